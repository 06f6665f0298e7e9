#include "tools/bstc/manual/manual.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>

namespace bstc {
namespace {

std::vector<std::string> namesOf(const Option &option) {
  std::vector<std::string> names;
  for (const char *name : {option.alias, option.name, option.synonym})
    if (name)
      names.emplace_back(name);
  return names;
}

/// The options of a subcommand and those that all have.
std::vector<Option> allOptions(const Subcommand &subcommand) {
  std::vector<Option> options = subcommand.options.vec();
  llvm::append_range(options, commonOptions());
  return options;
}

std::vector<std::string> operandsOf(const char *subcommandName,
                                    llvm::ArrayRef<const Subcommand *> subcommands) {
  for (const Subcommand *subcommand : subcommands)
    if (llvm::StringRef(subcommand->name) == subcommandName && subcommand->operandNames)
      return subcommand->operandNames();
  return {};
}

/// The words that a value may be, and whether it may be a file or a folder instead.
struct Proposal {
  std::vector<std::string> words;
  bool files = false, folders = false;
};

Proposal valueOf(const Option &option, llvm::ArrayRef<const Subcommand *> subcommands) {
  Proposal proposal;
  for (const char *choice : option.choices)
    proposal.words.emplace_back(choice);
  if (option.takes == Takes::Target)
    proposal.words = operandsOf("targets", subcommands);
  proposal.folders = option.takes == Takes::OutputFolder;
  proposal.files = option.takes != Takes::Text && !proposal.folders;
  return proposal;
}

Proposal operandOf(const Subcommand &subcommand) {
  if (!subcommand.operandNames)
    return {{}, true, false};
  // Names stand beside files where the subcommand says so: "[NAME|FILE.json]".
  return {subcommand.operandNames(), llvm::StringRef(subcommand.operands).contains("FILE"), false};
}

/// Body of a function of bash that proposes.
std::string bashProposal(const Proposal &proposal) {
  std::string kinds = proposal.files ? " -f" : proposal.folders ? " -d" : "";
  if (!proposal.words.empty())
    kinds += " -W '" + llvm::join(proposal.words, " ") + "'";
  return kinds.empty() ? "return 0" : "_bstc_propose" + kinds;
}

std::string bashSubcommand(const Subcommand &subcommand,
                           llvm::ArrayRef<const Subcommand *> subcommands) {
  std::vector<std::string> names;
  std::string values;
  for (const Option &option : allOptions(subcommand)) {
    const std::vector<std::string> own = namesOf(option);
    llvm::append_range(names, own);
    if (option.value)
      values += "      " + llvm::join(own, "|") + ") " +
                bashProposal(valueOf(option, subcommands)) + "; return ;;\n";
  }
  return "  " + std::string(subcommand.name) + ")\n    case $option in\n" + values +
         "    esac\n    if [[ $word == -* ]]; then\n      _bstc_propose -W '" +
         llvm::join(names, " ") + "'\n    else\n      " + bashProposal(operandOf(subcommand)) +
         "\n    fi ;;\n";
}

/// Within single quotes of zsh, and without what _arguments takes for its own.
std::string zshText(llvm::StringRef text) {
  std::string result;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\')
      result += '\\';
    result += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return result;
}

/// The last part of a specification of _arguments: what is proposed.
std::string zshProposal(const Proposal &proposal) {
  const std::string words = "(" + llvm::join(proposal.words, " ") + ")";
  if (proposal.words.empty())
    return proposal.files ? "_files" : proposal.folders ? "_files -/" : "";
  return proposal.files ? "{_alternative \"names:name:" + words + "\" \"files:file:_files\"}"
                        : words;
}

/// The first sentence, which is what fits beside a proposal.
std::string firstSentence(llvm::StringRef help) {
  const size_t end = std::min(help.find(". "), help.find(" ("));
  return help.substr(0, end).rtrim('.').str();
}

std::string zshOption(const Option &option, const std::string &name,
                      llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string line = "        '" + std::string(option.repeatable ? "*" : "") + name;
  if (option.value && llvm::StringRef(name).startswith("--"))
    line += "="; // "--name value" and "--name=value".
  line += "[" + zshText(firstSentence(option.help)) + "]";
  if (option.value)
    line += ":" + zshText(option.value) + ":" + zshProposal(valueOf(option, subcommands));
  return line + "' \\\n";
}

std::string zshSubcommand(const Subcommand &subcommand,
                          llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string text = "    " + std::string(subcommand.name) + ")\n      _arguments -S \\\n";
  for (const Option &option : allOptions(subcommand))
    for (const std::string &name : namesOf(option))
      text += zshOption(option, name, subcommands);
  return text + "        '*:" + zshText(subcommand.operands) + ":" +
         zshProposal(operandOf(subcommand)) + "' ;;\n";
}

std::string subcommandNames(llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string names = "help";
  for (const Subcommand *subcommand : subcommands)
    names += std::string(" ") + subcommand->name;
  return names;
}

} // namespace

std::string bashCompletion(llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string text = R"(# Completion of bstc for bash, made of the tables behind its --help.
_bstc_propose() {
  [[ $1 == -W ]] || compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$@" -- "$word"))
}

_bstc() {
  local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} subcommand= i
  COMPREPLY=()
  # "--name=value" comes as three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then
      subcommand=${COMP_WORDS[i]}
      break
    fi
  done
  case $subcommand in
  '')
    if [[ $word == -* ]]; then
      _bstc_propose -W '--version --help -h --verbose -v'
    else
      _bstc_propose -W ')" +
                     subcommandNames(subcommands) + R"('
    fi ;;
  help) _bstc_propose -W ')" +
                     subcommandNames(subcommands) + R"(' ;;
)";
  for (const Subcommand *subcommand : subcommands)
    text += bashSubcommand(*subcommand, subcommands);
  return text + "  esac\n}\n\ncomplete -F _bstc bstc\n";
}

std::string zshCompletion(llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string list = "    'help:Explain a subcommand'\n";
  for (const Subcommand *subcommand : subcommands)
    list += "    '" + std::string(subcommand->name) + ":" + zshText(subcommand->summary) + "'\n";
  std::string text = "#compdef bstc\n# Completion of bstc for zsh, made of the tables behind its "
                     "--help.\n_bstc() {\n  local -a subcommands=(\n" +
                     list + R"(  )
  if ((CURRENT == 2)); then
    _describe subcommand subcommands
    return
  fi
  local subcommand=${words[2]}
  shift words
  ((CURRENT--))
  case $subcommand in
    help) _describe subcommand subcommands ;;
)";
  for (const Subcommand *subcommand : subcommands)
    text += zshSubcommand(*subcommand, subcommands);
  return text + "  esac\n}\n\n_bstc \"$@\"\n";
}

} // namespace bstc
