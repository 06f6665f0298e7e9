#include "vision/detector.h"

#include "ir/error.h"

#include <chrono>

namespace bstc {

static std::string describe(const bst::Program &program, std::span<const uint32_t> tensors) {
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

llvm::Expected<DetectorContract> detectorContract(const bst::Program &program) {
  DetectorContract contract;
  const auto isFloat = [&](uint32_t index, size_t rank) {
    const bst::Tensor &tensor = program.tensors[index];
    return tensor.dtype == bst::DType::F32 && tensor.layout == bst::Layout::RowMajor &&
           tensor.shape.size() == rank && tensor.shape[0] == 1;
  };
  const auto failure = [&](const char *what, std::span<const uint32_t> tensors) {
    return makeError("'" + program.name + "' is no detection network: " + what + ", but it has " +
                     describe(program, tensors));
  };
  if (program.inputs.size() != 1 || !isFloat(program.inputs[0], 4) ||
      program.tensors[program.inputs[0]].shape[1] != 3)
    return failure("the one input must be f32 1x3xHEIGHTxWIDTH", program.inputs);
  contract.input = program.inputs[0];
  contract.height = program.tensors[contract.input].shape[2];
  contract.width = program.tensors[contract.input].shape[3];

  std::optional<uint32_t> predictions;
  for (uint32_t output : program.outputs)
    if (!predictions && isFloat(output, 3) && program.tensors[output].shape[2] > 5)
      predictions = output;
  if (!predictions)
    return failure("an output must be f32 1xBOXESx(5 + CLASSES)", program.outputs);
  contract.predictions = *predictions;
  const int32_t width = program.tensors[*predictions].shape[2];
  contract.rows = size_t(program.tensors[*predictions].shape[1]);
  // Prototypes are a map of as many channels as a row has mask coefficients.
  for (uint32_t output : program.outputs)
    if (isFloat(output, 4) && program.tensors[output].shape[1] < width - 5 &&
        (program.decode.masks == 0 || program.decode.masks == program.tensors[output].shape[1]))
      contract.prototypes = output;
  contract.layout.masks =
      contract.prototypes ? program.tensors[*contract.prototypes].shape[1] : program.decode.masks;
  contract.layout.classes = width - 5 - contract.layout.masks;
  if (contract.layout.classes < 1)
    return failure("an output must be f32 1xBOXESx(5 + CLASSES + MASKS)", program.outputs);
  return contract;
}

Detector::Detector(const bst::Program &program, const DetectorContract &contract,
                   const DetectorOptions &options)
    : program(program), uses(contract), options(options) {}

llvm::Expected<std::unique_ptr<Detector>>
Detector::create(const bst::Program &program, bst::Device &device, const DetectorOptions &options) {
  llvm::Expected<DetectorContract> contract = detectorContract(program);
  if (!contract)
    return contract.takeError();
  std::unique_ptr<Detector> detector(new Detector(program, *contract, options));
  const bst::Status status =
      bst::Session::create(program, device, detector->session, {.threads = options.threads});
  if (!status.ok())
    return makeError(status.message());
  return detector;
}

Letterbox Detector::fit(const Image &picture) const {
  return options.fit == DetectorOptions::Fit::Detect
             ? letterboxToDetect(picture.width, picture.height, uses.width, uses.height)
             : letterboxToEvaluate(picture.width, picture.height, uses.width, uses.height);
}

std::span<const float> Detector::values(uint32_t tensor) const {
  const std::span<const std::byte> bytes = static_cast<const bst::Session &>(*session).data(tensor);
  return {reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)};
}

RunLengthMask Detector::mask(const Detection &detection, const Letterbox &letterbox) const {
  const bst::Tensor &tensor = program.tensors[*uses.prototypes];
  const Prototypes prototypes = {.values = values(*uses.prototypes),
                                 .count = tensor.shape[1],
                                 .height = tensor.shape[2],
                                 .width = tensor.shape[3]};
  const std::span<const float> coefficients =
      values(uses.predictions)
          .subspan(detection.row * uses.layout.width() + 5 + size_t(uses.layout.classes),
                   size_t(uses.layout.masks));
  if (options.masks == DetectorOptions::Masks::Prototype)
    return prototypeMask(prototypes, coefficients, detection.box, letterbox);
  return pictureMask(prototypes, coefficients, letterbox.toPicture(detection.box), letterbox);
}

llvm::Expected<PictureDetections> Detector::detect(const Image &picture) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
  };
  const Clock::time_point start = Clock::now();
  const Letterbox letterbox = fit(picture);
  const std::span<std::byte> input = session->data(uses.input);
  writeInput(letterbox, picture, format,
             {reinterpret_cast<float *>(input.data()), input.size() / sizeof(float)});
  const Clock::time_point prepared = Clock::now();
  if (const bst::Status status = session->run(); !status.ok())
    return makeError(status.message());
  const Clock::time_point ran = Clock::now();
  PictureDetections found;
  found.detections = suppress(values(uses.predictions), uses.rows, uses.layout, options.nms);
  const bool hasMasks = uses.prototypes && options.masks != DetectorOptions::Masks::None;
  for (Detection &detection : found.detections) {
    if (hasMasks)
      found.masks.push_back(mask(detection, letterbox));
    detection.box = letterbox.toPicture(detection.box);
  }
  found.prepareSeconds = seconds(start, prepared);
  found.networkSeconds = seconds(prepared, ran);
  found.finishSeconds = seconds(ran, Clock::now());
  return found;
}

} // namespace bstc
