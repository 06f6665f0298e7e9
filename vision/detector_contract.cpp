#include "vision/detector_contract.h"

#include "ir/error.h"

namespace bstc {

namespace {

std::string describe(const bst::Program &program, const std::vector<uint32_t> &tensors) {
  std::string text;
  for (uint32_t index : tensors) {
    const bst::Tensor &tensor = program.tensors[index];
    text.append(text.empty() ? "'" : ", '").append(tensor.name).append("' (");
    text += bst::dtypeName(tensor.dtype);
    for (size_t i = 0; i < tensor.shape.size(); ++i)
      text.append(i == 0 ? " " : "x").append(std::to_string(tensor.shape[i]));
    text += ')';
  }
  return text;
}

llvm::Error refusal(const bst::Program &program, const char *what,
                    const std::vector<uint32_t> &tensors) {
  return makeError("'" + program.name + "' is no detection network: " + what + ", but it has " +
                   describe(program, tensors));
}

/// One image a run: float, rank \p rank.
bool isFloat(const bst::Tensor &tensor, size_t rank) {
  return tensor.dtype == bst::DType::F32 && tensor.layout == bst::Layout::RowMajor &&
         tensor.shape.size() == rank && tensor.shape[0] == 1;
}

llvm::Error findInput(const bst::Program &program, DetectorContract &contract) {
  if (program.inputs.size() == 1 && isFloat(program.tensors[program.inputs[0]], 4)) {
    contract.input = program.inputs[0];
    for (const bst::Preprocess &preprocess : program.preprocess)
      contract.preprocess = preprocess;
    const std::vector<int32_t> &shape = program.tensors[contract.input].shape;
    const bool last = contract.preprocess.channelsLast;
    contract.height = shape[last ? 1 : 2];
    contract.width = shape[last ? 2 : 3];
    if (shape[last ? 3 : 1] == 3)
      return llvm::Error::success();
  }
  return refusal(program, "the one input must be f32 1x3xHEIGHTxWIDTH", program.inputs);
}

/// Predictions and prototypes of a package that does not say which outputs they are.
llvm::Error findOutputs(const bst::Program &program, DetectorContract &contract) {
  for (uint32_t output : program.outputs)
    if (contract.outputs.empty() && isFloat(program.tensors[output], 3) &&
        program.tensors[output].shape[2] > 5)
      contract.outputs = {output};
  if (contract.outputs.empty())
    return refusal(
        program,
        "an output must be f32 1xBOXESx(5 + CLASSES), or the package compiled with --decode yolov5",
        program.outputs);
  const int32_t width = program.tensors[contract.outputs[0]].shape[2];
  // Prototypes are a map of as many channels as a row has mask coefficients.
  for (uint32_t output : program.outputs)
    if (isFloat(program.tensors[output], 4) && program.tensors[output].shape[1] < width - 5 &&
        (program.decode.masks == 0 || program.decode.masks == program.tensors[output].shape[1]))
      contract.prototypes = output;
  contract.layout.masks =
      contract.prototypes ? program.tensors[*contract.prototypes].shape[1] : program.decode.masks;
  contract.layout.classes = width - 5 - contract.layout.masks;
  if (contract.layout.classes < 1)
    return refusal(program, "an output must be f32 1xBOXESx(5 + CLASSES + MASKS)", program.outputs);
  return llvm::Error::success();
}

} // namespace

llvm::Expected<DetectorContract> detectorContract(const bst::Program &program) {
  DetectorContract contract;
  if (llvm::Error error = findInput(program, contract))
    return error;
  const bst::DecodeInfo &decode = program.decode;
  if (decode.outputs.empty()) {
    if (llvm::Error error = findOutputs(program, contract))
      return error;
    return contract;
  }
  contract.stage = decode.stage;
  for (uint32_t output : decode.outputs)
    contract.outputs.push_back(program.outputs[output]);
  if (decode.prototypes >= 0)
    contract.prototypes = program.outputs[size_t(decode.prototypes)];
  contract.layout = {.classes = decode.classes, .masks = decode.masks};
  return contract;
}

} // namespace bstc
