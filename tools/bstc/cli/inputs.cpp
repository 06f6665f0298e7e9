#include "tools/bstc/cli/inputs.h"

#include "tools/bstc/cli/table.h"
#include "tools/bstc/files/array_file.h"

#include "ir/error.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <set>

namespace bstc {
namespace {

std::string describe(bst::DType dtype, llvm::ArrayRef<int32_t> shape) {
  return std::string(numpyName(dtype)) + " " + shapeText(shape);
}

/// "'images' (float32 1x3x640x640)", for each of the inputs.
std::string describeInputs(const bst::Program &program) {
  std::vector<std::string> texts;
  for (uint32_t index : program.inputs) {
    const bst::Tensor &tensor = program.tensors[index];
    texts.push_back("'" + tensor.name + "' (" + describe(tensor.dtype, tensor.shape) + ")");
  }
  return llvm::join(texts, ", ");
}

/// Splits NAME=FILE at the '=' that ends an input's name: names and paths may hold others. With one
/// input, FILE alone will do.
llvm::Expected<std::pair<uint32_t, llvm::StringRef>>
splitInput(const bst::Program &program, llvm::StringRef option, llvm::StringRef argument) {
  for (uint32_t index : program.inputs) {
    llvm::StringRef rest = argument;
    if (rest.consume_front(program.tensors[index].name) && rest.consume_front("="))
      return std::pair(index, rest);
  }
  if (program.inputs.size() == 1 && (!argument.contains('=') || llvm::sys::fs::exists(argument)))
    return std::pair(program.inputs.front(), argument);
  return makeError(Code::InputMismatch, option + " " + argument + ": the model's inputs are " +
                                            describeInputs(program) + "; pass " + option +
                                            " NAME=FILE");
}

llvm::Error loadInput(const bst::Tensor &tensor, llvm::StringRef path,
                      llvm::MutableArrayRef<std::byte> memory) {
  llvm::Expected<Array> array = readArray(path);
  if (!array)
    return array.takeError();
  if (array->dtype != tensor.dtype || array->shape != tensor.shape)
    return makeError(Code::InputMismatch,
                     "input '" + tensor.name + "' is " + describe(tensor.dtype, tensor.shape) +
                         ", but " + path + " holds " + describe(array->dtype, array->shape));
  fromOnnxOrder(tensor, array->bytes, memory);
  return llvm::Error::success();
}

} // namespace

llvm::Error
loadInputs(const bst::Program &program, llvm::StringRef option,
           llvm::ArrayRef<llvm::StringRef> arguments,
           llvm::function_ref<llvm::MutableArrayRef<std::byte>(uint32_t tensor)> memory) {
  std::set<uint32_t> given;
  for (llvm::StringRef argument : arguments) {
    auto input = splitInput(program, option, argument);
    if (!input)
      return input.takeError();
    const auto [index, path] = *input;
    const bst::Tensor &tensor = program.tensors[index];
    if (!given.insert(index).second)
      return makeError(Code::InputMismatch, "input '" + tensor.name + "' is given twice");
    if (llvm::Error error = loadInput(tensor, path, memory(index)))
      return error;
  }
  for (uint32_t index : program.inputs)
    if (!given.count(index))
      return makeError(Code::InputMissing, "input '" + program.tensors[index].name +
                                               "' is missing: the model needs " +
                                               describeInputs(program) + "; pass " + option +
                                               " NAME=FILE (.npy or ONNX TensorProto)");
  return llvm::Error::success();
}

} // namespace bstc
