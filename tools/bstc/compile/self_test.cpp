#include "tools/bstc/compile/self_test.h"

#include "tools/bstc/cli/inputs.h"
#include "tools/bstc/cli/model.h"

#include "backends/simulator/simulator.h"
#include "ir/error.h"
#include "runtime/run/self_test.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

llvm::Error addSelfTest(const bst::Package &package, const Arguments &arguments,
                        std::vector<std::byte> &bytes) {
  if (!arguments.has("--selftest") && !arguments.has("--selftest-input"))
    return llvm::Error::success();
  const bst::Program &program = package.program();
  bst::SelfTest test;
  test.seed = 1;
  if (arguments.has("--selftest-input")) {
    for (uint32_t input : program.inputs)
      test.inputs.emplace_back(program.tensors[input].size);
    const auto memory = [&](uint32_t tensor) {
      const auto at = llvm::find(program.inputs, tensor) - program.inputs.begin();
      return llvm::MutableArrayRef<std::byte>(test.inputs[size_t(at)]);
    };
    if (llvm::Error error =
            loadInputs(program, "--selftest-input", arguments.values("--selftest-input"), memory))
      return error;
  }
  const std::unique_ptr<bst::Device> device = bst::createSimulator();
  if (llvm::Error error = toError(bst::makeSelfTest(program, *device, test)))
    return error;
  return toError(bst::writePackage(program, bytes, test));
}

} // namespace bstc
