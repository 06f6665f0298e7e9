#include "tools/bstc/compile/self_test.h"

#include "tools/bstc/cli/inputs.h"
#include "tools/bstc/cli/model.h"

#include "driver/package_run.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

llvm::Error addSelfTest(const Arguments &arguments, bstrt::Package &package,
                        std::vector<std::byte> &bytes) {
  if (!arguments.has("--selftest") && !arguments.has("--selftest-input"))
    return llvm::Error::success();
  const bst::Program &program = bst::programOf(package);
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
  llvm::Expected<bstrt::Device> simulator = openSimulator();
  if (!simulator)
    return simulator.takeError();
  if (llvm::Error error = toError(bst::makeSelfTest(package, *simulator, test)))
    return error;
  if (llvm::Error error = toError(bst::writePackage(program, bytes, test)))
    return error;
  llvm::Expected<bstrt::Package> tested = openInMemory(bytes); // With every check of the loader.
  if (!tested)
    return tested.takeError();
  package = std::move(*tested);
  return llvm::Error::success();
}

} // namespace bstc
