#include "tools/bstc/manual/manual.h"

#include "llvm/ADT/StringExtras.h"

namespace bstc {
namespace {

/// Text as troff prints it: a '-' is a minus sign (as people copy it), a '\' one of its own, and a
/// line that begins with a dot or a quote is no request.
std::string escaped(llvm::StringRef text) {
  std::string result;
  for (char c : text) {
    if (result.empty() ? c == '.' || c == '\'' : result.back() == '\n' && (c == '.' || c == '\''))
      result += "\\&";
    result += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  }
  return result;
}

std::string bold(llvm::StringRef text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(llvm::StringRef text) { return "\\fI" + escaped(text) + "\\fR"; }

/// The date is left out: the same sources give the same page.
std::string heading(llvm::StringRef name) {
  return ".TH " + name.upper() + " 1 \"\" \"bstc " BSTC_VERSION "\" \"bstc\"\n";
}

std::string optionEntry(const Option &option) {
  std::string names;
  for (const char *name : {option.alias, option.name, option.synonym})
    if (name)
      names += (names.empty() ? "" : ", ") + bold(name);
  return ".TP\n" + names + (option.value ? " " + italic(option.value) : "") + "\n" +
         escaped(option.help) + "\n";
}

std::string exampleEntry(llvm::StringRef example) {
  return ".PP\n.nf\n.RS 4\n" + escaped(example) + "\n.RE\n.fi\n";
}

constexpr const char *exitStatus =
    ".SH EXIT STATUS\n0: done. 1: it failed; one line on stderr says what, where and what to do.\n"
    "2: it was called wrongly. 130: it was interrupted.\n";
constexpr const char *environment =
    ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNo colours, on terminals either.\n.TP\n.B COLUMNS\n"
    "Width of the terminal, which tables are fitted to.\n.TP\n.B BSTC_ISA\n"
    "Forces the simulator's kernels of one instruction set: scalar, avx2, avxvnni, avx512vnni, "
    "neon, neondot.\n";

} // namespace

std::string manPage(const Subcommand &subcommand) {
  const std::string name = std::string("bstc-") + subcommand.name;
  std::string page = heading(name) + ".SH NAME\n" + escaped(name) + " \\- " +
                     escaped(subcommand.summary) + "\n.SH SYNOPSIS\n" + bold("bstc") + " " +
                     bold(subcommand.name);
  if (*subcommand.operands)
    page += " " + italic(subcommand.operands);
  page += " [" + italic("options") + "]\n.SH DESCRIPTION\n" + escaped(subcommand.description) +
          "\n.SH OPTIONS\n";
  for (llvm::ArrayRef<Option> options : {subcommand.options, commonOptions()})
    for (const Option &option : options)
      page += optionEntry(option);
  page += ".SH EXAMPLES\n";
  for (const char *example : subcommand.examples)
    page += exampleEntry(example);
  return page + exitStatus + environment + ".SH SEE ALSO\n" + bold("bstc") + "(1)\n";
}

std::string overviewPage(llvm::ArrayRef<const Subcommand *> subcommands) {
  std::string page =
      heading("bstc") + ".SH NAME\nbstc \\- compile, predict and run neural networks for an edge " +
      "SoC\n.SH SYNOPSIS\n" + bold("bstc") + " " + italic("SUBCOMMAND") + " [" +
      italic("arguments") + "]\n.br\n" + bold("bstc help") + " [" + italic("SUBCOMMAND") +
      "]\n.SH DESCRIPTION\nCompiles neural networks (ONNX) for an SoC with an int8 MAC array "
      "(MACA), an int8 element\\-wise processor (EDP) and a float DSP; predicts their speed; runs "
      "them bit\\-exactly.\n.SH SUBCOMMANDS\n";
  std::string pages;
  for (const Subcommand *subcommand : subcommands) {
    page += ".TP\n" + bold(subcommand->name) + "\n" + escaped(subcommand->summary) + ".\n";
    pages += (pages.empty() ? "" : ",\n") + bold(std::string("bstc-") + subcommand->name) + "(1)";
  }
  page += ".SH OPTIONS\n.TP\n" + bold("--version") + "\nPrint the version.\n";
  for (const Option &option : commonOptions())
    page += optionEntry(option);
  return page + ".SH EXAMPLES\n" + exampleEntry("bstc zoo yolov5n -o model.onnx") +
         exampleEntry("bstc compile model.onnx -o model.bst") + exitStatus + environment +
         ".SH SEE ALSO\n" + pages + "\n";
}

} // namespace bstc
