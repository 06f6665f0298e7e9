#ifndef BSTC_TOOLS_BSTC_CLI_ARGUMENTS_H
#define BSTC_TOOLS_BSTC_CLI_ARGUMENTS_H

#include "ir/error.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <utility>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// What the value of an option stands for. A shell completes it by this, and it decides what "-"
/// means there.
enum class Takes : uint8_t {
  Text,
  File,         ///< A file or folder that is read.
  Target,       ///< A device: a built-in name, or a file.
  OutputFile,   ///< Text to write; "-" is stdout, and then nothing else goes there.
  OutputBytes,  ///< The same of a binary file, which no terminal gets.
  OutputFolder, ///< A folder for several files; "-" is refused.
};

/// An option of a subcommand. Those that several subcommands share are in cli/options.h.
struct Option {
  const char *name;  ///< "--output".
  const char *alias; ///< "-o", or null.
  const char *value; ///< What its argument is called in the help ("FILE"); null for a switch.
  const char *help;
  bool repeatable = false;
  Takes takes = Takes::Text;
  llvm::ArrayRef<const char *> choices = {}; ///< The only values that it takes; empty: any.
  const char *synonym = nullptr;             ///< Another long name of the same option, or null.
};

/// What the user asked of a subcommand.
class Arguments {
public:
  std::vector<std::string> positional;
  bool verbose = false; ///< -v: log the pipeline.
  bool help = false;

  /// Where text for people goes: stdout, or nowhere where a file goes to stdout ("-").
  llvm::raw_ostream &report() const;
  bool has(llvm::StringRef option) const;
  /// The value of an option that may be given once; `otherwise` where it is not.
  llvm::StringRef value(llvm::StringRef option, llvm::StringRef otherwise = "") const;
  /// All values of a repeatable option, in order.
  std::vector<llvm::StringRef> values(llvm::StringRef option) const;
  /// The value as a whole number in [least, greatest]; a UsageError where it is not one.
  llvm::Expected<uint64_t> number(llvm::StringRef option, uint64_t otherwise, uint64_t least,
                                  uint64_t greatest) const;
  /// The value as a number in [0, 1]; a UsageError where it is not one.
  llvm::Expected<double> fraction(llvm::StringRef option, double otherwise) const;

private:
  friend llvm::Expected<Arguments> parseArguments(const struct Subcommand &,
                                                  llvm::ArrayRef<llvm::StringRef>);
  std::vector<std::pair<std::string, std::string>> given;
  std::string toStdout; ///< The option whose file goes to stdout, or empty.
};

/// A subcommand of the tool: one row of the table in cli/subcommands.cpp.
struct Subcommand {
  const char *name;
  const char *operands; ///< As the help writes them: "MODEL", "[NAME]"; empty for none.
  size_t leastOperands, mostOperands;
  const char *summary;     ///< One line for the list of subcommands.
  const char *description; ///< A paragraph for its own help.
  llvm::ArrayRef<Option> options;
  llvm::ArrayRef<const char *> examples;
  llvm::Error (*run)(const Arguments &arguments);
  /// What a shell proposes for the operands; nothing stands for files.
  std::vector<std::string> (*operandNames)() = nullptr;
};

/// The user called the tool wrongly: exit code 2 and a hint, instead of 1.
class UsageError : public llvm::ErrorInfo<UsageError, CodedError> {
public:
  static char ID;
  explicit UsageError(std::string message, Code code = Code::Usage)
      : ErrorInfo(code, std::move(message)) {}
};

/// The answer is no and all has been said: exit code 1 without a message. `diff` finds a
/// difference.
class QuietFailure : public llvm::ErrorInfo<QuietFailure, CodedError> {
public:
  static char ID;
  QuietFailure() : ErrorInfo(Code::Usage, "") {}
};

llvm::Error usageError(const llvm::Twine &message);

/// Reads the arguments after the subcommand's name: options anywhere, "--name value" or
/// "--name=value", "--" before operands that start with a dash. Every subcommand takes -h and -v.
/// Errors are UsageErrors: unknown option (with the nearest known one), missing or superfluous
/// value, a value that is none of the choices, option given twice, "-" for a folder, two files for
/// stdout or a binary one for a terminal, wrong number of operands.
llvm::Expected<Arguments> parseArguments(const Subcommand &subcommand,
                                         llvm::ArrayRef<llvm::StringRef> arguments);

/// -v and -h, which every subcommand has.
llvm::ArrayRef<Option> commonOptions();

void printHelp(const Subcommand &subcommand, llvm::raw_ostream &stream);

/// The name among `known` that `word` was probably meant to be, or an empty text.
llvm::StringRef nearestName(llvm::StringRef word, llvm::ArrayRef<llvm::StringRef> known);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_ARGUMENTS_H
