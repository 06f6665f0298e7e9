#include "detectors/contract.h"

#include "detectors/shared/coco_classes.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

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
  return makeError(Code::NotADetector, "'" + program.name + "' is no detection network: " + what +
                                           ", but it has " + describe(program, tensors));
}

/// One picture of pixels, or of Y, U and V.
bool isPixels(const bst::Tensor &tensor, size_t rank) {
  return tensor.dtype == bst::DType::U8 && tensor.layout == bst::Layout::RowMajor &&
         tensor.shape.size() == rank && tensor.shape[0] == 1;
}

/// One image per run: float, rank \p rank.
bool isFloat(const bst::Tensor &tensor, size_t rank) {
  return tensor.dtype == bst::DType::F32 && tensor.layout == bst::Layout::RowMajor &&
         tensor.shape.size() == rank && tensor.shape[0] == 1;
}

llvm::Error ambiguous(const bst::Program &program, const char *what,
                      const std::vector<uint32_t> &tensors) {
  return makeError(Code::AmbiguousOutputs, "'" + program.name + "' has several outputs " + what +
                                               ", " + describe(program, tensors) +
                                               ", and the package does not say which one counts");
}

llvm::Error findInput(const bst::Program &program, DetectorContract &contract) {
  for (const bst::Preprocess &preprocess : program.preprocess)
    contract.preprocess = preprocess;
  const bool planes = contract.preprocess.form != bst::PictureForm::Elements;
  const bst::Tensor *input =
      program.inputs.size() == 1 ? &program.tensors[program.inputs[0]] : nullptr;
  if (input && planes && isPixels(*input, 3)) {
    contract.input = program.inputs[0];
    contract.height = input->shape[1] / 3 * 2;
    contract.width = input->shape[2];
    return llvm::Error::success();
  }
  const bool pixels = input && isPixels(*input, 4) && contract.preprocess.channelsLast;
  if (input && !planes && (pixels || isFloat(*input, 4))) {
    contract.input = program.inputs[0];
    const std::vector<int32_t> &shape = input->shape;
    const bool last = contract.preprocess.channelsLast;
    contract.height = shape[last ? 1 : 2];
    contract.width = shape[last ? 2 : 3];
    if (shape[last ? 3 : 1] == 3)
      return llvm::Error::success();
  }
  return refusal(program,
                 "the one input must be f32 1x3xHEIGHTxWIDTH or a picture's u8 1xHEIGHTxWIDTHx3",
                 program.inputs);
}

/// What the package says.
llvm::Error takeSaid(const bst::Program &program, DetectorContract &contract) {
  const bst::DecodeInfo &decode = program.decode;
  contract.family = familyOfKind(decode.kind);
  if (!contract.family)
    return makeError(Code::NotADetector, "'" + program.name +
                                             "' is a detection network of the kind '" +
                                             decode.kind + "', which is not known");
  contract.stage = decode.stage;
  for (uint32_t output : decode.outputs)
    contract.outputs.push_back(program.outputs[output]);
  if (decode.prototypes >= 0)
    contract.prototypes = program.outputs[size_t(decode.prototypes)];
  contract.layout = contract.family->row(decode.classes, decode.masks);
  return llvm::Error::success();
}

/// Notes the output of the command where it is a decode and an output of the program.
void takeDecode(const bst::Program &program, const bst::Command &command,
                DetectorContract &contract) {
  for (const Family *family : families())
    if (const auto row = family->rowOf(command);
        row && llvm::is_contained(program.outputs, command.outputs.front())) {
      contract.family = family;
      contract.outputs.push_back(command.outputs.front());
      contract.layout = *row;
    }
}

/// The outputs that decode commands write: older packages say no more, and new ones say nothing
/// where there are several.
llvm::Error takeDecoded(const bst::Program &program, DetectorContract &contract) {
  for (const bst::Command &command : program.commands)
    takeDecode(program, command, contract);
  if (contract.outputs.size() > 1)
    return ambiguous(program, "with predictions of a decode", contract.outputs);
  std::vector<uint32_t> prototypes;
  for (uint32_t output : program.outputs)
    if (contract.layout.masks > 0 && isFloat(program.tensors[output], 4) &&
        program.tensors[output].shape[1] == contract.layout.masks)
      prototypes.push_back(output);
  if (prototypes.size() > 1)
    return ambiguous(program, "that could be the prototypes of masks", prototypes);
  if (!prototypes.empty())
    contract.prototypes = prototypes.front();
  return llvm::Error::success();
}

/// An 8-bit map of one image.
bool isInt8Map(const bst::Tensor &tensor) {
  return tensor.scale > 0 && tensor.layout == bst::Layout::Nhwc && tensor.shape.size() == 4 &&
         tensor.shape[0] == 1;
}

/// Heads may be quantised, as the decode takes them, and prototypes, as suppression leaves them;
/// the rest is read as floats.
llvm::Error checkTypes(const bst::Program &program, const DetectorContract &contract) {
  if (contract.stage != bst::DetectionStage::Heads)
    for (uint32_t output : contract.outputs)
      if (!isFloat(program.tensors[output], program.tensors[output].shape.size()))
        return refusal(program, "what is found must be f32", {output});
  if (contract.prototypes && !isFloat(program.tensors[*contract.prototypes], 4) &&
      !isInt8Map(program.tensors[*contract.prototypes]))
    return refusal(program, "prototypes must be f32 or int8 1xMASKSxHEIGHTxWIDTH",
                   {*contract.prototypes});
  return llvm::Error::success();
}

} // namespace

llvm::Expected<DetectorContract> detectorContract(const bst::Program &program) {
  DetectorContract contract;
  if (llvm::Error error = findInput(program, contract))
    return error;
  // Without a kind, a loader has not looked at the rest.
  const bool said = !program.decode.kind.empty();
  if (said)
    contract.nms = program.decode.nms;
  if (llvm::Error error = said && !program.decode.outputs.empty() ? takeSaid(program, contract)
                                                                  : takeDecoded(program, contract))
    return error;
  if (contract.outputs.empty())
    return makeError(
        Code::NotADetector,
        "'" + program.name + "' is no detection network: what its outputs hold, " +
            describe(program, program.outputs) +
            ", is not known, as none ends in a decode and the package does not say it");
  if (llvm::Error error = checkTypes(program, contract))
    return error;
  contract.classNames = program.decode.classNames;
  if (contract.classNames.empty() && size_t(contract.layout.classes) == cocoNames().size())
    contract.classNames = cocoNames().vec();
  return contract;
}

} // namespace bstc
