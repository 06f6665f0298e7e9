#include "runtime/support/text.h"
#include "runtime/verify/verify.h"

namespace bst {

Status verifySelfTestInputs(const Program &program, const SelfTest &test, StatusCode code) {
  if (test.inputs.empty())
    return Status();
  if (test.inputs.size() != program.inputs.size())
    return failed(code, "self-test: has {} inputs, expected {}", test.inputs.size(),
                  program.inputs.size());
  for (size_t i = 0; i < test.inputs.size(); ++i) {
    const Tensor &tensor = program.tensors[program.inputs[i]];
    if (test.inputs[i].size() != tensor.size)
      return failed(code, "self-test: input {} has {} bytes, expected {}", quoted(tensor.name),
                    test.inputs[i].size(), tensor.size);
  }
  return Status();
}

Status verifySelfTest(const Program &program, const SelfTest &test) {
  if (test.checksums.empty() && test.inputs.empty())
    return Status();
  if (test.checksums.size() != program.commands.size())
    return corrupt("self-test: has {} checksums for {} commands", test.checksums.size(),
                   program.commands.size());
  return verifySelfTestInputs(program, test, StatusCode::CorruptPackage);
}

} // namespace bst
