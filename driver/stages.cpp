#include "driver/stages.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <spdlog/spdlog.h>

namespace bstc {

using Clock = std::chrono::steady_clock;

void logStage(llvm::StringRef stage, const Graph &graph, Clock::time_point begin) {
  spdlog::debug("{}: {} nodes, {:.1f} ms", stage.str(), graph.nodes().size(),
                std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
}

void Stages::log(llvm::StringRef stage, const Graph &graph) {
  logStage(stage, graph, last);
  last = Clock::now();
}

void Stages::print(llvm::StringRef stage, const Graph &graph) {
  if (wanted != "all" && wanted != stage)
    return;
  std::string text = toString(graph);
  printed += "// IR after " + stage.str() + (text == previous ? " (unchanged)\n" : "\n" + text);
  previous = std::move(text);
}

llvm::Error checkStage(llvm::StringRef wanted, const PassOptions &options) {
  if (wanted.empty() || wanted == "all")
    return llvm::Error::success();
  std::vector<llvm::StringRef> names = {"import"};
  for (const Pass &pass : passPipeline()) {
    if (wanted == pass.name && !pass.runs(options))
      return makeError(Code::Usage,
                       "there is nothing to print after " + wanted + ": the pass is switched off");
    names.push_back(pass.name);
  }
  names.push_back("assign-engines");
  if (llvm::is_contained(names, wanted))
    return llvm::Error::success();
  return makeError(Code::Usage,
                   "no pass is named '" + wanted + "'; known: all, " + llvm::join(names, ", "));
}

} // namespace bstc
