#ifndef BSTC_TOOLS_BSTC_CLI_SUBCOMMANDS_H
#define BSTC_TOOLS_BSTC_CLI_SUBCOMMANDS_H

#include "tools/bstc/cli/arguments.h"

namespace bstc {

/// Every subcommand, in the order of the overview.
llvm::ArrayRef<const Subcommand *> allSubcommands();

// One per file, named after it.
extern const Subcommand compileSubcommand;
extern const Subcommand profileSubcommand;
extern const Subcommand runSubcommand;
extern const Subcommand detectSubcommand;
extern const Subcommand evalSubcommand;
extern const Subcommand lintSubcommand;
extern const Subcommand diffSubcommand;
extern const Subcommand blameSubcommand;
extern const Subcommand doctorSubcommand;
extern const Subcommand inspectSubcommand;
extern const Subcommand verifySubcommand;
extern const Subcommand zooSubcommand;
extern const Subcommand targetsSubcommand;
extern const Subcommand explainSubcommand;

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_SUBCOMMANDS_H
