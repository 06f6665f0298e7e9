#include "tools/bstc/manual/manual.h"

#include "tools/bstc/cli/options.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <bst/device.h>

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

/// The words that a value may be, and whether it may be a file or a folder instead.
struct Proposal {
  std::vector<std::string> words;
  bool files = false, folders = false;
};

Proposal operandOf(const Subcommand &subcommand) {
  if (!subcommand.operandNames)
    return {{}, true, false};
  // Names stand beside files where the subcommand says so: "[NAME|FILE.json]".
  return {subcommand.operandNames(), llvm::StringRef(subcommand.operands).contains("FILE"), false};
}

Proposal valueOf(const Option &option) {
  if (option.takes == Takes::Target)
    return {targetsSubcommand.operandNames(), true, false};
  Proposal proposal;
  for (const char *choice : option.choices)
    proposal.words.emplace_back(choice);
  proposal.folders = option.takes == Takes::OutputFolder;
  proposal.files = option.takes != Takes::Text && !proposal.folders;
  return proposal;
}

/// The same for bash, where names may stand beside files of any kind.
Proposal bashValueOf(const Option &option) {
  if (llvm::StringRef(option.name) == option::device.name)
    return {{bst_simulator_driver()->name}, true, false};
  return valueOf(option);
}

/// A command of bash that proposes.
std::string bashProposal(const Proposal &proposal) {
  if (proposal.words.empty())
    return proposal.files ? "_bstc_propose -f" : proposal.folders ? "_bstc_propose -d" : ":";
  std::string command = proposal.files ? "_bstc_propose -f -W '" : "_bstc_propose -W '";
  command += llvm::join(proposal.words, " ");
  command += '\'';
  return command;
}

void writeBash(llvm::raw_ostream &out, const Subcommand &subcommand) {
  std::vector<std::string> names;
  out << "  " << subcommand.name << ")\n    case $option in\n";
  for (const Option &option : allOptions(subcommand)) {
    const std::vector<std::string> own = namesOf(option);
    llvm::append_range(names, own);
    if (option.value)
      out << "    " << llvm::join(own, "|") << ") " << bashProposal(bashValueOf(option))
          << "; return ;;\n";
  }
  out << "    esac\n    if [[ $word == -* ]]; then\n      _bstc_propose -W '"
      << llvm::join(names, " ") << "'\n    else\n      " << bashProposal(operandOf(subcommand))
      << "\n    fi ;;\n";
}

/// Within single quotes of zsh, and without what _arguments takes for its own.
std::string zshText(llvm::StringRef text) {
  std::string result;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\')
      result += '\\';
    if (c == '\'')
      result += "'\\'"; // Ends the quotes, and begins them again.
    result += c;
  }
  return result;
}

/// The last part of a specification of _arguments: what is proposed.
std::string zshProposal(const Proposal &proposal) {
  if (proposal.words.empty())
    return proposal.files ? "_files" : proposal.folders ? "_files -/" : "";
  if (proposal.files)
    return "_bstc_target"; // Names beside files: of devices alone.
  std::string words = "(";
  words += llvm::join(proposal.words, " ");
  words += ')';
  return words;
}

/// The first sentence, which is what fits beside a proposal.
llvm::StringRef firstSentence(llvm::StringRef help) {
  return help.substr(0, std::min(help.find(". "), help.find(" ("))).rtrim('.');
}

void writeZshOption(llvm::raw_ostream &out, const Option &option, llvm::StringRef name) {
  out << "        '" << (option.repeatable ? "*" : "") << name;
  if (option.value && name.startswith("--"))
    out << '='; // "--name value" and "--name=value".
  out << '[' << zshText(firstSentence(option.help)) << ']';
  if (option.value)
    out << ':' << zshText(option.value) << ':' << zshProposal(valueOf(option));
  out << "' \\\n";
}

void writeZsh(llvm::raw_ostream &out, const Subcommand &subcommand) {
  out << "    " << subcommand.name << ")\n      _arguments -S \\\n";
  for (const Option &option : allOptions(subcommand))
    for (const std::string &name : namesOf(option))
      writeZshOption(out, option, name);
  out << "        '*:" << zshText(subcommand.operands) << ':' << zshProposal(operandOf(subcommand))
      << "' ;;\n";
}

constexpr const char *bashStart =
    R"(# Completion of bstc for bash, made of the tables behind its --help.
_bstc_propose() {
  [[ $1 == -W ]] || compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
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
)";

constexpr const char *zshStart = R"(  )
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

} // namespace

std::string bashCompletion(llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string names = "help";
  for (const Subcommand *subcommand : subcommands) {
    names += ' ';
    names += subcommand->name;
  }
  std::string text;
  llvm::raw_string_ostream out(text);
  out << bashStart << "  case $subcommand in\n  '')\n    if [[ $word == -* ]]; then\n"
      << "      _bstc_propose -W '--version --help -h --verbose -v'\n    else\n"
      << "      _bstc_propose -W '" << names
      << "'\n    fi ;;\n  help) ((COMP_CWORD > i + 1)) || _bstc_propose -W '" << names << "' ;;\n";
  for (const Subcommand *subcommand : subcommands)
    writeBash(out, *subcommand);
  out << "  esac\n}\n\ncomplete -F _bstc bstc\n";
  return out.str();
}

std::string zshCompletion(llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "#compdef bstc\n# Completion of bstc for zsh, made of the tables behind its --help.\n"
      << "_bstc_target() {\n  _alternative 'names:target:("
      << llvm::join(targetsSubcommand.operandNames(), " ")
      << ")' 'files:file:_files'\n}\n\n_bstc() {\n  local -a subcommands=(\n"
      << "    'help:Explain a subcommand'\n";
  for (const Subcommand *subcommand : subcommands)
    out << "    '" << subcommand->name << ':' << zshText(subcommand->summary) << "'\n";
  out << zshStart;
  for (const Subcommand *subcommand : subcommands)
    writeZsh(out, *subcommand);
  out << "  esac\n}\n\n_bstc \"$@\"\n";
  return out.str();
}

} // namespace bstc
