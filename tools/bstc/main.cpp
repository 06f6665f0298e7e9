// The command line: finds the subcommand, reads its arguments, turns its error into one line and an
// exit code (0: done; 1: it failed; 2: it was called wrongly; 130: it was interrupted).
#include "tools/bstc/cli/foreign_model.h"
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/terminal.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <new>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

using namespace bstc;
using llvm::StringRef;

static void printOverview(llvm::raw_ostream &stream) {
  const auto heading = [&](const char *text) { return painted(stream, Paint::Heading, text); };
  stream << "bstc " BSTC_VERSION
            ": compiles neural networks for an edge SoC with an int8 MAC array "
            "(MACA),\nan int8 element-wise processor (EDP) and a float DSP; predicts their speed; "
            "runs them bit-exactly.\n\n"
         << heading("Usage:") << " bstc SUBCOMMAND [arguments]\n\n"
         << heading("Subcommands:") << '\n';
  for (const Subcommand *subcommand : allSubcommands())
    stream << llvm::formatv("  {0,-9} {1}\n", subcommand->name, subcommand->summary);
  stream << '\n'
         << heading("Options:")
         << "\n  --version      Print the version.\n  -h, --help     Print this text.\n"
            "  -v, --verbose  Before a subcommand: log its steps, as after it.\n"
            "\n'bstc help SUBCOMMAND' explains a subcommand, as 'bstc SUBCOMMAND --help' does.\n\n"
         << heading("Example:")
         << "\n  bstc zoo yolov5n -o model.onnx && bstc compile model.onnx -o model.bst\n";
}

/// Prints `error` as one line with its code, and returns the exit code.
static int report(llvm::Error error, StringRef subcommand) {
  if (error.isA<QuietFailure>()) {
    llvm::consumeError(std::move(error));
    return 1;
  }
  const bool usage = error.isA<UsageError>(), interrupted = error.isA<InterruptedError>();
  std::string message;
  for (const Failure &failure : takeFailures(std::move(error)))
    message.append(message.empty() ? "" : " ").append(withCode(failure.code, failure.text));
  std::replace(message.begin(), message.end(), '\n', ' ');
  llvm::outs().flush(); // What was printed before is seen before.
  llvm::errs() << "bstc: " << painted(llvm::errs(), Paint::Error, "error:") << ' ' << message
               << '\n';
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

/// What was probably meant by a word that is no subcommand.
static std::string adviceOn(StringRef word) {
  if (const std::string advice = foreignModelAdvice(word); !advice.empty())
    return ": " + word.str() + " is " + advice;
  if (llvm::sys::fs::is_regular_file(word) || word.endswith(".onnx") || word.endswith(".bst"))
    return ": it is a file, which comes after a subcommand: 'bstc " +
           std::string(looksLikePackage(word) ? "profile " : "compile ") + word.str() + "'";
  std::vector<StringRef> known = {"help"};
  for (const Subcommand *subcommand : allSubcommands())
    known.push_back(subcommand->name);
  const StringRef nearest = nearestName(word, known);
  return nearest.empty() ? "" : "; did you mean '" + nearest.str() + "'?";
}

/// The subcommand of that name, or an error that guesses what was meant.
static llvm::Expected<const Subcommand *> findSubcommand(StringRef name) {
  for (const Subcommand *subcommand : allSubcommands())
    if (name == subcommand->name)
      return subcommand;
  return llvm::make_error<UsageError>(("unknown subcommand '" + name + "'" + adviceOn(name)).str());
}

static int runSubcommandNamed(StringRef name, llvm::ArrayRef<StringRef> rest) {
  llvm::Expected<const Subcommand *> found = findSubcommand(name);
  if (!found)
    return report(found.takeError(), "");
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

/// "bstc help", "bstc help SUBCOMMAND".
static int printHelpOn(llvm::ArrayRef<StringRef> names) {
  if (names.size() > 1)
    return report(llvm::make_error<UsageError>(("unexpected argument '" + names[1] + "'").str()),
                  "");
  if (names.empty() || names.front() == "help" || names.front().startswith("-")) {
    printOverview(llvm::outs());
    return 0;
  }
  llvm::Expected<const Subcommand *> found = findSubcommand(names.front());
  if (!found)
    return report(found.takeError(), "");
  printHelp(**found, llvm::outs());
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
  if (first == "help")
    return printHelpOn(arguments.drop_front());
  if (first == "--version") {
    llvm::outs() << "bstc " BSTC_VERSION "\n";
    return 0;
  }
  if (first == "-v" || first == "--verbose") {
    const auto isOfTheTool = [](StringRef word) { return word == "help" || word.startswith("-"); };
    if (arguments.size() == 1 || isOfTheTool(arguments[1]))
      return runTool(arguments.drop_front()); // There are no steps to log.
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
