#include "tools/bstc/cli/subcommands.h"

namespace bstc {

llvm::ArrayRef<const Subcommand *> allSubcommands() {
  static const Subcommand *const all[] = {&compileSubcommand, &profileSubcommand, &runSubcommand,
                                          &detectSubcommand,  &evalSubcommand,    &lintSubcommand,
                                          &diffSubcommand,    &blameSubcommand,   &doctorSubcommand,
                                          &inspectSubcommand, &verifySubcommand,  &zooSubcommand,
                                          &targetsSubcommand, &explainSubcommand};
  return all;
}

} // namespace bstc
