// The command line: finds the subcommand, reads its arguments, turns its error into one line and an
// exit code (0: done; 1: it failed; 2: it was called wrongly; 130: it was interrupted).
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/subcommands.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <new>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

using namespace bstc;
using llvm::StringRef;

static const Subcommand *const subcommands[] = {
    &compileSubcommand, &profileSubcommand, &runSubcommand, &detectSubcommand,  &evalSubcommand,
    &inspectSubcommand, &verifySubcommand,  &zooSubcommand, &targetsSubcommand, &explainSubcommand};

static void printOverview(llvm::raw_ostream &stream) {
  stream << "bstc " BSTC_VERSION
            ": compiles neural networks for an edge SoC with an int8 MAC array "
            "(MACA),\nan int8 element-wise processor (EDP) and a float DSP; predicts their speed; "
            "runs them bit-exactly.\n\nUsage: bstc SUBCOMMAND [arguments]\n\nSubcommands:\n";
  for (const Subcommand *subcommand : subcommands)
    stream << llvm::formatv("  {0,-9} {1}\n", subcommand->name, subcommand->summary);
  stream
      << "\nOptions:\n  --version      Print the version.\n  -h, --help     Print this text.\n"
         "  -v, --verbose  Before a subcommand: log its steps, as after it.\n"
         "\n'bstc SUBCOMMAND --help' explains a subcommand.\n"
         "\nExample:\n  bstc zoo yolov5n -o model.onnx && bstc compile model.onnx -o model.bst\n";
}

/// Prints `error` as one line with its code, and returns the exit code.
static int report(llvm::Error error, StringRef subcommand) {
  const bool usage = error.isA<UsageError>(), interrupted = error.isA<InterruptedError>();
  std::string message;
  for (const Failure &failure : takeFailures(std::move(error)))
    message += (message.empty() ? "" : " ") + withCode(failure.code, failure.text);
  std::replace(message.begin(), message.end(), '\n', ' ');
  llvm::errs() << "bstc: error: " << message << '\n';
  if (usage)
    llvm::errs() << "hint: see 'bstc " << subcommand << (subcommand.empty() ? "" : " ")
                 << "--help'\n";
  return usage ? 2 : interrupted ? 130 : 1;
}

/// Without -v only what goes wrong is logged; the log never mixes with the output.
static void setUpLog(bool verbose) {
  auto log =
      std::make_shared<spdlog::logger>("bstc", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_pattern("[%l] %v");
  log->set_level(verbose ? spdlog::level::debug : spdlog::level::warn);
  spdlog::set_default_logger(std::move(log));
}

static int runSubcommandNamed(StringRef name, llvm::ArrayRef<StringRef> rest) {
  const auto *found =
      llvm::find_if(subcommands, [&](const Subcommand *s) { return name == s->name; });
  if (found == std::end(subcommands)) {
    std::vector<StringRef> known;
    for (const Subcommand *subcommand : subcommands)
      known.push_back(subcommand->name);
    const StringRef nearest = nearestName(name, known);
    return report(llvm::make_error<UsageError>(
                      ("unknown subcommand '" + name + "'" +
                       (nearest.empty() ? "" : "; did you mean '" + nearest.str() + "'?"))
                          .str()),
                  "");
  }
  llvm::Expected<Arguments> arguments = parseArguments(**found, rest);
  if (!arguments)
    return report(arguments.takeError(), name);
  if (arguments->help) {
    printHelp(**found, llvm::outs());
    return 0;
  }
  setUpLog(arguments->verbose);
  if (llvm::Error error = (*found)->run(*arguments))
    return report(std::move(error), name);
  return 0;
}

static int runTool(llvm::ArrayRef<StringRef> arguments) {
  if (arguments.empty())
    return report(llvm::make_error<UsageError>("no subcommand given"), "");
  const StringRef first = arguments.front();
  if (first == "--help" || first == "-h") {
    printOverview(llvm::outs());
    return 0;
  }
  if (first == "--version") {
    llvm::outs() << "bstc " BSTC_VERSION "\n";
    return 0;
  }
  if ((first == "-v" || first == "--verbose") && arguments.size() > 1) {
    std::vector<StringRef> rest = {first};
    llvm::append_range(rest, arguments.drop_front(2));
    return runSubcommandNamed(arguments[1], rest);
  }
  if (first.startswith("-"))
    return report(llvm::make_error<UsageError>(("unknown option '" + first + "'").str()), "");
  return runSubcommandNamed(first, arguments.drop_front());
}

/// Memory that runs out is an error like others, wherever it happens: one line, exit code 1,
/// nothing left behind. An exception would not get here from every place: LLVM is built without
/// them.
static void exitOutOfMemory() {
  constexpr StringRef message = "bstc: error: out of memory [BST4006]\n";
  llvm::sys::RunInterruptHandlers(); // Removes temporary files.
  if (::write(STDERR_FILENO, message.data(), message.size()) < 0) {
    // There is nobody left to tell.
  }
  ::_exit(1);
}

int main(int argc, char **argv) {
  std::set_new_handler(exitOutOfMemory);
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { exitOutOfMemory(); });
  const std::vector<StringRef> arguments(argv + 1, argv + argc);
  const int code = runTool(arguments);
  llvm::outs().flush();
  if (std::error_code error = llvm::outs().error()) {
    llvm::outs().clear_error();
    return report(makeError(Code::CannotWrite, "cannot write the output: " + error.message()), "");
  }
  return code;
}
