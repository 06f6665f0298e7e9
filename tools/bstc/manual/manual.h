#ifndef BSTC_TOOLS_BSTC_MANUAL_MANUAL_H
#define BSTC_TOOLS_BSTC_MANUAL_MANUAL_H

#include "tools/bstc/cli/subcommands.h"

#include <string>

namespace bstc {

// What is installed beside bstc, made of the same tables as its --help: nobody keeps two texts
// together.

/// bstc.1: the overview, in the language of man pages (man(7)).
std::string overviewPage(llvm::ArrayRef<const Subcommand *> subcommands);
/// bstc-SUBCOMMAND.1.
std::string manPage(const Subcommand &subcommand);

/// Completion of subcommands, options and their values, for bash and for zsh.
std::string bashCompletion(llvm::ArrayRef<const Subcommand *> subcommands);
std::string zshCompletion(llvm::ArrayRef<const Subcommand *> subcommands);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_MANUAL_MANUAL_H
