#include "tools/bstc/cli/arguments.h"

#include "tools/bstc/cli/terminal.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <unistd.h>

namespace bstc {

using llvm::StringRef;

namespace {

constexpr Option common[] = {
    {"--verbose", "-v", nullptr, "Log the steps of the pipeline and their times to stderr."},
    {"--help", "-h", nullptr, "Print this text."},
};

const Option *findOption(const Subcommand &subcommand, StringRef name) {
  const auto matches = [&](const Option &option) {
    return name == option.name || (option.alias && name == option.alias) ||
           (option.synonym && name == option.synonym);
  };
  for (llvm::ArrayRef<Option> options : {subcommand.options, commonOptions()})
    if (const Option *found = llvm::find_if(options, matches); found != options.end())
      return found;
  return nullptr;
}

llvm::Error unknownOption(const Subcommand &subcommand, StringRef name) {
  std::vector<StringRef> known;
  for (llvm::ArrayRef<Option> options : {subcommand.options, commonOptions()})
    for (const Option &option : options) {
      known.push_back(option.name);
      if (option.synonym)
        known.push_back(option.synonym);
    }
  const StringRef nearest = nearestName(name, known);
  return usageError("unknown option '" + name + "'" +
                    (nearest.empty() ? "" : "; did you mean '" + nearest.str() + "'?"));
}

bool writesFile(const Option &option) {
  return option.takes == Takes::OutputFile || option.takes == Takes::OutputBytes;
}

llvm::Error checkOperands(const Subcommand &subcommand, llvm::ArrayRef<std::string> operands) {
  if (operands.size() < subcommand.leastOperands)
    return usageError(llvm::Twine("missing argument: ") + subcommand.operands);
  if (operands.size() > subcommand.mostOperands)
    return usageError("unexpected argument '" + operands[subcommand.mostOperands] + "'");
  return llvm::Error::success();
}

/// "relu", "relu or silu", "one of s8, u8, float".
std::string choicesText(llvm::ArrayRef<const char *> choices) {
  std::string text = choices.size() > 2 ? "one of " : "";
  llvm::raw_string_ostream stream(text);
  llvm::interleave(choices, stream, choices.size() > 2 ? ", " : " or ");
  return text;
}

/// What is wrong with a value, by what the option takes; `before` is the option whose file already
/// goes to stdout, or empty.
llvm::Error checkValue(const Option &option, StringRef value, StringRef before) {
  if (!option.choices.empty() && !llvm::is_contained(option.choices, value))
    return usageError(StringRef(option.name) + " takes " + choicesText(option.choices) + ", not '" +
                      value + "'");
  if (value != "-")
    return llvm::Error::success();
  if (option.takes == Takes::OutputFolder)
    return usageError(StringRef(option.name) +
                      " is a folder for several files: they cannot go to stdout ('-')");
  if (!writesFile(option))
    return llvm::Error::success();
  if (!before.empty())
    return usageError(before + " and " + option.name + " cannot both go to stdout ('-')");
  if (option.takes == Takes::OutputBytes && ::isatty(STDOUT_FILENO))
    return usageError(StringRef(option.name) +
                      " - writes a binary file to stdout, which is a terminal; redirect it");
  return llvm::Error::success();
}

void printOptions(llvm::ArrayRef<Option> options, llvm::raw_ostream &stream) {
  constexpr size_t column = 34, width = 100;
  for (const Option &option : options) {
    std::string left = "  " + (option.alias ? std::string(option.alias) + ", " : "    ") +
                       option.name + (option.value ? std::string(" ") + option.value : "");
    left.resize(std::max(left.size() + 1, column), ' ');
    stream << left;
    size_t used = left.size();
    StringRef separator;
    llvm::SmallVector<StringRef, 32> words;
    StringRef(option.help).split(words, ' ');
    for (StringRef word : words) {
      if (used + separator.size() + word.size() > width) {
        stream << '\n' << std::string(column, ' ');
        used = column;
        separator = "";
      }
      stream << separator << word;
      used += separator.size() + word.size();
      separator = " ";
    }
    stream << '\n';
  }
}

} // namespace

char UsageError::ID = 0;
char QuietFailure::ID = 0;

llvm::Error usageError(const llvm::Twine &message) {
  return llvm::make_error<UsageError>(message.str());
}

llvm::ArrayRef<Option> commonOptions() { return common; }

llvm::raw_ostream &Arguments::report() const {
  return toStdout.empty() ? llvm::outs() : llvm::nulls();
}

bool Arguments::has(StringRef option) const {
  return llvm::any_of(given, [&](const auto &entry) { return option == entry.first; });
}

StringRef Arguments::value(StringRef option, StringRef otherwise) const {
  for (const auto &[name, text] : given)
    if (option == name)
      return text;
  return otherwise;
}

std::vector<StringRef> Arguments::values(StringRef option) const {
  std::vector<StringRef> found;
  for (const auto &[name, text] : given)
    if (option == name)
      found.push_back(text);
  return found;
}

llvm::Expected<uint64_t> Arguments::number(StringRef option, uint64_t otherwise, uint64_t least,
                                           uint64_t greatest) const {
  if (!has(option))
    return otherwise;
  uint64_t number = 0;
  if (value(option).getAsInteger(10, number) || number < least || number > greatest) {
    const std::string range = greatest == ~uint64_t(0) ? "of at least " + std::to_string(least)
                                                       : "from " + std::to_string(least) + " to " +
                                                             std::to_string(greatest);
    return usageError(option + " takes a whole number " + range + ", not '" + value(option) + "'");
  }
  return number;
}

llvm::Expected<double> Arguments::fraction(StringRef option, double otherwise) const {
  if (!has(option))
    return otherwise;
  double number = 0;
  if (value(option).getAsDouble(number) || !(number >= 0 && number <= 1))
    return usageError(option + " takes a number from 0 to 1, not '" + value(option) + "'");
  return number;
}

StringRef nearestName(StringRef word, llvm::ArrayRef<StringRef> known) {
  StringRef nearest;
  // A third of the letters may be wrong; beyond that, a guess confuses more than it helps.
  const StringRef letters = word.ltrim('-');
  unsigned best = unsigned(letters.size()) / 3 + 1;
  // Any word of three letters is near to another: it must begin alike.
  const auto mayBe = [&](StringRef name) {
    return letters.size() > 3 || letters.take_front() == name.ltrim('-').take_front();
  };
  for (StringRef name : known)
    if (unsigned distance = word.edit_distance(name); distance < best && mayBe(name)) {
      best = distance;
      nearest = name;
    }
  return nearest;
}

llvm::Expected<Arguments> parseArguments(const Subcommand &subcommand,
                                         llvm::ArrayRef<StringRef> arguments) {
  Arguments result;
  bool optionsEnded = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const StringRef argument = arguments[i];
    if (optionsEnded || !argument.startswith("-") || argument == "-") {
      result.positional.push_back(argument.str());
      continue;
    }
    if (argument == "--") {
      optionsEnded = true;
      continue;
    }
    const auto [name, attached] = argument.split('=');
    const bool hasValue = name.size() != argument.size();
    const Option *option = findOption(subcommand, name);
    if (!option)
      return unknownOption(subcommand, name);
    if (!option->value && hasValue)
      return usageError("option '" + name + "' takes no value");
    const bool missing =
        hasValue ? attached.empty() : i + 1 == arguments.size() || arguments[i + 1].empty();
    if (option->value && missing)
      return usageError("option '" + name + "' needs a value: " + option->value);
    if (!option->repeatable && option->value && result.has(option->name))
      return usageError("option '" + name + "' is given twice");
    const StringRef value = !option->value ? "" : hasValue ? attached : arguments[++i];
    if (option->value)
      if (llvm::Error error = checkValue(*option, value, result.toStdout))
        return error;
    if (value == "-" && writesFile(*option))
      result.toStdout = option->name;
    result.given.emplace_back(option->name, value.str());
  }
  result.help = result.has("--help");
  result.verbose = result.has("--verbose");
  if (result.help)
    return result;
  if (llvm::Error error = checkOperands(subcommand, result.positional))
    return error;
  return result;
}

void printHelp(const Subcommand &subcommand, llvm::raw_ostream &stream) {
  const auto heading = [&](const char *text) { return painted(stream, Paint::Heading, text); };
  stream << heading("Usage:") << " bstc " << subcommand.name;
  if (*subcommand.operands)
    stream << ' ' << subcommand.operands;
  stream << " [options]\n\n" << subcommand.description << "\n\n" << heading("Options:") << '\n';
  printOptions(subcommand.options, stream);
  printOptions(commonOptions(), stream);
  stream << '\n' << heading("Examples:") << '\n';
  for (const char *example : subcommand.examples)
    stream << "  " << example << '\n';
}

} // namespace bstc
