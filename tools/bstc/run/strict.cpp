#include "tools/bstc/run/strict.h"

#include "ir/error.h"
#include "runtime/run/strict.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/table.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>

namespace bstc {

InputBytes copyInputs(const bst::Program &program, const bst::Session &session) {
  InputBytes inputs;
  for (uint32_t index : program.inputs) {
    const auto bytes = session.data(index);
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  return inputs;
}

static llvm::Error compareOutputs(const bst::Program &program, bst::StrictRun &run,
                                  const bst::Session &expected) {
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

llvm::Error runStrictly(const bst::Program &program, bst::Device &device, const InputBytes &inputs,
                        const bst::Session &expected, llvm::raw_ostream &stream) {
  for (bst::TileOrder order : {bst::TileOrder::Program, bst::TileOrder::LoadsFirst}) {
    std::unique_ptr<bst::StrictRun> run;
    if (llvm::Error error = toError(bst::StrictRun::create(program, device, run)))
      return error;
    for (size_t i = 0; i < inputs.size(); ++i)
      std::copy(inputs[i].begin(), inputs[i].end(), run->data(program.inputs[i]).begin());
    if (llvm::Error error = toError(run->run(order)))
      return error;
    if (llvm::Error error = compareOutputs(program, *run, expected))
      return error;
  }
  stream << "strict: " << withCommas(program.tiles.ops.size())
         << " tile operations in two orders through " << bytesText(program.tiles.dataBytes)
         << " of data and " << bytesText(program.tiles.weightBytes)
         << " of weight memory; the outputs equal the fast path byte for byte\n";
  return llvm::Error::success();
}

} // namespace bstc
