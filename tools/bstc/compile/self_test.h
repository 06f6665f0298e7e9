#ifndef BSTC_TOOLS_BSTC_COMPILE_SELF_TEST_H
#define BSTC_TOOLS_BSTC_COMPILE_SELF_TEST_H

#include "tools/bstc/cli/arguments.h"

#include <bst/bst.hpp>

#include <vector>

namespace bstc {

/// compile's --selftest and --selftest-input: runs `package` on the simulator, and replaces it and
/// `bytes` by the same package with a self-test. Without either, nothing happens.
llvm::Error addSelfTest(const Arguments &arguments, bstrt::Package &package,
                        std::vector<std::byte> &bytes);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_COMPILE_SELF_TEST_H
