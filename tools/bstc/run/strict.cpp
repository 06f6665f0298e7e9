#include "tools/bstc/run/strict.h"

#include "backends/simulator/strict.h"
#include "ir/error.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/table.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>

namespace bstc {

InputBytes copyInputs(const bst::ProgramSession &session) {
  InputBytes inputs;
  for (uint32_t index : session.program().inputs) {
    const auto bytes = session.data(index);
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  return inputs;
}

static llvm::Error compareOutputs(bst::StrictRun &run, const bst::ProgramSession &expected) {
  const bst::Program &program = expected.program();
  for (uint32_t index : program.outputs) {
    const auto actual = run.data(index);
    const auto wanted = expected.data(index);
    const auto differs = std::mismatch(actual.begin(), actual.end(), wanted.begin()).first;
    if (differs != actual.end())
      return makeError(Code::StrictRunDiffers, "strict run: output '" +
                                                   program.tensors[index].name +
                                                   "' differs from the fast path at byte " +
                                                   llvm::Twine(differs - actual.begin()));
  }
  return llvm::Error::success();
}

llvm::Error runStrictly(const bst::ProgramSession &session, const std::string &isa,
                        const InputBytes &inputs, llvm::raw_ostream &stream) {
  const bst::Program &program = session.program();
  std::unique_ptr<bst::Simulator> simulator;
  if (llvm::Error error = toError(bst::createSimulator(isa.c_str(), simulator)))
    return error;
  for (bst::TileOrder order : {bst::TileOrder::Program, bst::TileOrder::LoadsFirst}) {
    std::unique_ptr<bst::StrictRun> run;
    if (llvm::Error error = toError(bst::StrictRun::create(program, *simulator, run)))
      return error;
    for (size_t i = 0; i < inputs.size(); ++i)
      std::copy(inputs[i].begin(), inputs[i].end(), run->data(program.inputs[i]).begin());
    if (llvm::Error error = toError(run->run(order)))
      return error;
    if (llvm::Error error = compareOutputs(*run, session))
      return error;
  }
  stream << "strict: " << withCommas(program.tiles.ops.size())
         << " tile operations in two orders through " << bytesText(program.tiles.dataBytes)
         << " of data and " << bytesText(program.tiles.weightBytes)
         << " of weight memory; the outputs equal the fast path byte for byte\n";
  return llvm::Error::success();
}

} // namespace bstc
