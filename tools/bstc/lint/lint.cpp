#include "diagnose/lint/lint.h"
#include "frontend/import.h"
#include "ir/error.h"
#include "tools/bstc/cli/foreign_model.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/cli/terminal.h"
#include "tools/bstc/files/json_writer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

using diagnose::Finding;

/// What people call the levels of findings.
std::string levelOf(const Finding &finding) {
  return finding.severity == Severity::Note ? "hint" : severityName(finding.severity);
}

size_t countOf(llvm::ArrayRef<Finding> findings, Severity severity) {
  return size_t(llvm::count_if(
      findings, [&](const Finding &finding) { return finding.severity == severity; }));
}

void printFindings(llvm::StringRef model, llvm::ArrayRef<Finding> findings,
                   llvm::raw_ostream &out) {
  for (const Finding &finding : findings) {
    const Paint paint = finding.severity == Severity::Error     ? Paint::Error
                        : finding.severity == Severity::Warning ? Paint::Warning
                                                                : Paint::Note;
    out << painted(out, paint, levelOf(finding) + ":") << ' '
        << withCode(finding.code, finding.text) << '\n';
  }
  if (findings.empty())
    out << model << ": no findings\n";
  else
    out << model << ": " << counted(countOf(findings, Severity::Error), "error") << ", "
        << counted(countOf(findings, Severity::Warning), "warning") << ", "
        << counted(countOf(findings, Severity::Note), "hint")
        << "; 'bstc explain CODE' says how training code cures them\n";
}

std::string lintJson(llvm::StringRef model, llvm::ArrayRef<Finding> findings) {
  JsonWriter json;
  json.beginDocument("lint");
  json.member("model", model);
  json.member("errors", uint64_t(countOf(findings, Severity::Error)));
  json.member("warnings", uint64_t(countOf(findings, Severity::Warning)));
  json.member("hints", uint64_t(countOf(findings, Severity::Note)));
  json.objects("findings", findings, [&](const Finding &finding) {
    json.member("code", codeText(finding.code));
    json.member("name", codeInfo(finding.code).name);
    json.member("level", levelOf(finding));
    json.member("certainty", diagnose::certaintyName(finding.certainty));
    json.member("layer", finding.layer);
    json.member("node", finding.node);
    json.member("text", finding.text);
  });
  json.endObject();
  return json.take();
}

llvm::Error runLint(const Arguments &arguments) {
  const std::string &model = arguments.positional.front();
  if (llvm::sys::fs::exists(model) && looksLikePackage(model))
    return makeError(Code::PackageAlready,
                     model + ": is a package, which keeps nothing of how the model was trained; "
                             "'bstc lint' takes the .onnx file that it was made of");
  if (llvm::Error error = checkNotForeign(model))
    return error;
  if (llvm::Error error =
          checkDistinct({{"the model", model}}, {{"--json", arguments.value("--json").str()}}))
    return error;
  llvm::Expected<Graph> graph = importOnnxFile(model);
  if (!graph)
    return graph.takeError();
  llvm::Expected<std::vector<Finding>> findings = diagnose::lint(*graph);
  if (!findings)
    return prefixError(model, findings.takeError());
  if (arguments.has("--json"))
    if (llvm::Error error = writeFile(arguments.value("--json"), lintJson(model, *findings)))
      return error;
  printFindings(model, *findings, arguments.report());
  if (countOf(*findings, Severity::Error))
    return llvm::make_error<QuietFailure>();
  return llvm::Error::success();
}

constexpr Option options[] = {option::json};

constexpr const char *examples[] = {
    "bstc lint model.onnx", "bstc lint model.onnx --json findings.json", "bstc explain BST8004"};

} // namespace

const Subcommand lintSubcommand = {
    "lint",
    "MODEL.onnx",
    1,
    1,
    "Find what costs accuracy in a model, from the file alone",
    "Looks for what makes a quantised export less accurate than its training said: observers that\n"
    "never ran, ranges that do not fit, pairs that are missing, lost biases, other blocks than "
    "the\n"
    "published network's, and so on; the most likely cause first, each with the layer's path in "
    "the\n"
    "PyTorch model. Runs nothing and takes milliseconds; 'bstc compile' does the same. The exit\n"
    "code is 1 where there is a finding of level error, else 0: warnings and hints may be right "
    "as\n"
    "they are.",
    options,
    examples,
    runLint};

} // namespace bstc
