#ifndef BSTC_DRIVER_STAGES_H
#define BSTC_DRIVER_STAGES_H

#include "frontend/passes/passes.h"

#include <chrono>

namespace bstc {

/// Logs a step that began at \p begin and has ended.
void logStage(llvm::StringRef stage, const Graph &graph,
              std::chrono::steady_clock::time_point begin);

/// Watches the steps of a compilation: logs each with its time, and prints the graph after those
/// that change it, where that is asked for.
class Stages {
public:
  /// \p wanted: a step whose graph is appended to \p printed as text with a header line; "all" for
  /// every one, "" for none (CompileOptions::printIrAfter).
  Stages(llvm::StringRef wanted, std::string &printed) : wanted(wanted), printed(printed) {}

  /// The step has ended: logs the time since the one before.
  void log(llvm::StringRef stage, const Graph &graph);
  void print(llvm::StringRef stage, const Graph &graph);
  void done(llvm::StringRef stage, const Graph &graph) {
    log(stage, graph);
    print(stage, graph);
  }

private:
  std::string wanted, previous;
  std::string &printed;
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};

/// An error where \p wanted names no step, or a pass that \p options leave out.
llvm::Error checkStage(llvm::StringRef wanted, const PassOptions &options);

} // namespace bstc

#endif // BSTC_DRIVER_STAGES_H
