#include "tools/bstc/manual/manual.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

/// Text as troff prints it: a '-' is a minus sign (as people copy it), a '\' one of its own, and a
/// line that begins with a dot or a quote is no request.
std::string escaped(llvm::StringRef text) {
  std::string result;
  bool startsLine = true;
  for (char c : text) {
    if (startsLine && (c == '.' || c == '\''))
      result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
    startsLine = c == '\n';
  }
  return result;
}

/// Text in a font: 'B' is bold, 'I' italic.
std::string inFont(char font, llvm::StringRef text) {
  std::string result = "\\f";
  result += font;
  result += escaped(text);
  result += "\\fR";
  return result;
}
std::string bold(llvm::StringRef text) { return inFont('B', text); }
std::string italic(llvm::StringRef text) { return inFont('I', text); }

std::string pageName(const Subcommand &subcommand) {
  return std::string("bstc-") + subcommand.name;
}

/// The date is left out: the same sources give the same page.
void writeTitle(llvm::raw_ostream &out, llvm::StringRef name) {
  out << ".TH " << name.upper() << " 1 \"\" \"bstc " BSTC_VERSION "\" \"bstc\"\n";
}

void writeOption(llvm::raw_ostream &out, const Option &option) {
  out << ".TP\n";
  llvm::StringRef separator;
  for (const char *name : {option.alias, option.name, option.synonym})
    if (name) {
      out << separator << bold(name);
      separator = ", ";
    }
  if (option.value)
    out << ' ' << italic(option.value);
  out << '\n' << escaped(option.help) << '\n';
}

void writeExample(llvm::raw_ostream &out, llvm::StringRef example) {
  out << ".PP\n.nf\n.RS 4\n" << escaped(example) << "\n.RE\n.fi\n";
}

/// What all pages end in.
constexpr const char *commonSections =
    ".SH EXIT STATUS\n0: done. 1: it failed; one line on stderr says what, where and what to do.\n"
    "2: it was called wrongly. 130: it was interrupted.\n"
    ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNo colours, on terminals either.\n.TP\n.B COLUMNS\n"
    "Width of the terminal, which tables are fitted to.\n.TP\n.B BSTC_ISA\n"
    "Forces the simulator's kernels of one instruction set: scalar, avx2, avxvnni, avx512vnni, "
    "neon, neondot.\n.SH SEE ALSO\n";

} // namespace

std::string manPage(const Subcommand &subcommand) {
  std::string page;
  llvm::raw_string_ostream out(page);
  const std::string name = pageName(subcommand);
  writeTitle(out, name);
  out << ".SH NAME\n"
      << escaped(name) << " \\- " << escaped(subcommand.summary) << "\n.SH SYNOPSIS\n"
      << bold("bstc") << ' ' << bold(subcommand.name);
  if (*subcommand.operands)
    out << ' ' << italic(subcommand.operands);
  out << " [" << italic("options") << "]\n.SH DESCRIPTION\n"
      << escaped(subcommand.description) << "\n.SH OPTIONS\n";
  for (llvm::ArrayRef<Option> options : {subcommand.options, commonOptions()})
    for (const Option &option : options)
      writeOption(out, option);
  out << ".SH EXAMPLES\n";
  for (const char *example : subcommand.examples)
    writeExample(out, example);
  out << commonSections << bold("bstc") << "(1)\n";
  return out.str();
}

std::string overviewPage(llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string page;
  llvm::raw_string_ostream out(page);
  writeTitle(out, "bstc");
  out << ".SH NAME\nbstc \\- compile, predict and run neural networks for an edge SoC\n"
      << ".SH SYNOPSIS\n"
      << bold("bstc") << ' ' << italic("SUBCOMMAND") << " [" << italic("arguments") << "]\n.br\n"
      << bold("bstc help") << " [" << italic("SUBCOMMAND")
      << "]\n.SH DESCRIPTION\nCompiles neural networks (ONNX) for an SoC with an int8 MAC array "
         "(MACA), an int8 element\\-wise processor (EDP) and a float DSP; predicts their speed; "
         "runs them bit\\-exactly.\n.SH SUBCOMMANDS\n";
  for (const Subcommand *subcommand : subcommands)
    out << ".TP\n" << bold(subcommand->name) << '\n' << escaped(subcommand->summary) << ".\n";
  out << ".SH OPTIONS\n.TP\n" << bold("--version") << "\nPrint the version.\n";
  for (const Option &option : commonOptions())
    writeOption(out, option);
  out << ".SH EXAMPLES\n";
  writeExample(out, "bstc zoo yolov5n -o model.onnx");
  writeExample(out, "bstc compile model.onnx -o model.bst");
  out << commonSections;
  llvm::StringRef separator;
  for (const Subcommand *subcommand : subcommands) {
    out << separator << bold(pageName(*subcommand)) << "(1)";
    separator = ",\n";
  }
  out << '\n';
  return out.str();
}

} // namespace bstc
