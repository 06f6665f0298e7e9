#ifndef BSTC_TOOLS_BSTC_COMPILE_SELF_TEST_H
#define BSTC_TOOLS_BSTC_COMPILE_SELF_TEST_H

#include "runtime/package/package.h"
#include "tools/bstc/cli/arguments.h"

namespace bstc {

/// compile's --selftest and --selftest-input: runs the package on the simulator and replaces
/// `bytes` by the same package with a self-test. Without either, nothing happens.
llvm::Error addSelfTest(const bst::Package &package, const Arguments &arguments,
                        std::vector<std::byte> &bytes);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_COMPILE_SELF_TEST_H
