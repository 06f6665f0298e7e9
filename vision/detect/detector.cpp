#include "vision/detect/detector.h"

#include "backends/dsp/kernels/kernels.h"
#include "ir/error.h"

#include <algorithm>
#include <chrono>

namespace bstc {

Detector::Detector(const bst::Program &program, const DetectorContract &contract,
                   const DetectorOptions &options)
    : program(program), uses(contract), options(options), format(inputFormat(contract.preprocess)) {
}

llvm::Expected<std::unique_ptr<Detector>> Detector::create(const bstrt::Package &package,
                                                           const bstrt::Device &device,
                                                           const DetectorOptions &options) {
  const bst::Program &program = bst::programOf(package);
  llvm::Expected<DetectorContract> contract = detectorContract(program);
  if (!contract)
    return contract.takeError();
  std::unique_ptr<Detector> detector(new Detector(program, *contract, options));
  if (contract->stage == bst::DetectionStage::Heads) {
    auto decoder = contract->family->createDecoder(program, options.threads);
    if (!decoder)
      return decoder.takeError();
    detector->decoder = std::move(*decoder);
  }
  const bst::Status status =
      bst::ProgramSession::create(package, device, detector->session, {.threads = options.threads});
  if (!status.ok())
    return toError(status);
  return detector;
}

llvm::Expected<Letterbox> Detector::fit(const Image &picture) const {
  const int width = picture.width, height = picture.height;
  switch (uses.preprocess.fit) {
  case bst::PictureFit::Exact:
    if (width != uses.width || height != uses.height)
      return makeError(Code::PictureSize,
                       "the picture is " + llvm::Twine(width) + "x" + llvm::Twine(height) +
                           ", but the network takes only " + llvm::Twine(uses.width) + "x" +
                           llvm::Twine(uses.height));
    return stretched(width, height, uses.width, uses.height);
  case bst::PictureFit::Stretch:
    return stretched(width, height, uses.width, uses.height);
  case bst::PictureFit::Letterbox:
    break;
  }
  return options.fit == DetectorOptions::Fit::Detect
             ? letterboxToDetect(width, height, uses.width, uses.height)
             : letterboxToEvaluate(width, height, uses.width, uses.height);
}

std::span<const float> Detector::values(uint32_t tensor) const {
  const std::span<const std::byte> bytes = std::as_const(*session).data(tensor);
  return {reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)};
}

std::span<const float> Detector::prototypeValues() {
  const bst::Tensor &tensor = program.tensors[*uses.prototypes];
  if (tensor.dtype == bst::DType::F32)
    return values(*uses.prototypes);
  dequantised.resize(bst::elementCount(tensor));
  bst::Tensor floats;
  floats.dtype = bst::DType::F32;
  floats.shape = tensor.shape;
  bst::runDequantize({&tensor, session->data(*uses.prototypes).data()},
                     {&floats, reinterpret_cast<std::byte *>(dequantised.data())},
                     bst::supportedIsas().front());
  return dequantised;
}

RunLengthMask Detector::mask(const Detection &detection, const Letterbox &letterbox) const {
  const bst::Tensor &tensor = program.tensors[*uses.prototypes];
  const Prototypes shaped = {.values = prototypes,
                             .count = tensor.shape[1],
                             .height = tensor.shape[2],
                             .width = tensor.shape[3]};
  const auto masks = size_t(uses.layout.masks);
  const std::span<const float> coefficients =
      uses.stage == bst::DetectionStage::Detections
          ? values(uses.outputs[4]).subspan(detection.row * masks, masks)
          : rows.subspan(detection.row * size_t(uses.layout.width()) +
                             size_t(uses.layout.coefficients()),
                         masks);
  if (options.masks == DetectorOptions::Masks::Prototype)
    return prototypeMask(shaped, coefficients, detection.box, letterbox);
  return pictureMask(shaped, coefficients, letterbox.toPicture(detection.box), letterbox);
}

/// What the host keeps of the network's predictions, decoded here where they are raw.
std::vector<Detection> Detector::suppressed() {
  if (decoder) {
    std::vector<std::span<const std::byte>> heads;
    for (uint32_t output : uses.outputs)
      heads.push_back(std::as_const(*session).data(output));
    rows = decoder->decode(heads);
  } else {
    rows = values(uses.outputs[0]);
  }
  return suppress(rows, rows.size() / size_t(uses.layout.width()), uses.layout, options.nms);
}

/// What the network itself kept (boxes, scores, classes, count), as far as it is wanted.
std::vector<Detection> Detector::listed() const {
  const std::span<const float> boxes = values(uses.outputs[0]), scores = values(uses.outputs[1]),
                               classes = values(uses.outputs[2]);
  const auto count = std::min(size_t(values(uses.outputs[3])[0]), scores.size());
  std::vector<Detection> detections;
  for (size_t i = 0; i < count && int(i) < options.nms.maxDetections; ++i)
    if (scores[i] > options.nms.confidence)
      detections.push_back(
          {.box = {boxes[i * 4], boxes[i * 4 + 1], boxes[i * 4 + 2], boxes[i * 4 + 3]},
           .score = scores[i],
           .classIndex = int32_t(classes[i]),
           .row = uint32_t(i)});
  return detections;
}

/// The memory of an input that takes pixels.
static bst_picture pictureOfInput(const DetectorContract &contract, std::byte *memory) {
  bst_picture picture = BST_INIT(bst_picture);
  const bst::Preprocess &how = contract.preprocess;
  picture.format = how.form == bst::PictureForm::Nv12       ? BST_PIXELS_NV12
                   : how.form == bst::PictureForm::Nv12Full ? BST_PIXELS_NV12_FULL
                   : how.colours == bst::ColourOrder::Bgr   ? BST_PIXELS_BGR
                                                            : BST_PIXELS_RGB;
  picture.width = uint32_t(contract.width);
  picture.height = uint32_t(contract.height);
  picture.planes[0] = memory;
  return picture;
}

llvm::Expected<PictureDetections> Detector::detect(const Image &picture) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
  };
  const Clock::time_point start = Clock::now();
  llvm::Expected<Letterbox> fitted = fit(picture);
  if (!fitted)
    return fitted.takeError();
  const Letterbox &letterbox = *fitted;
  const std::span<std::byte> input = session->data(uses.input);
  if (program.tensors[uses.input].dtype == bst::DType::U8)
    writePicture(picture, letterbox.placement(), uint8_t(uses.preprocess.pad),
                 pictureOfInput(uses, input.data()));
  else
    writeInput(letterbox, picture, format,
               {reinterpret_cast<float *>(input.data()), input.size() / sizeof(float)});
  const Clock::time_point prepared = Clock::now();
  if (const bst::Status status = session->run(); !status.ok())
    return toError(status);
  const Clock::time_point ran = Clock::now();
  PictureDetections found;
  found.detections = uses.stage == bst::DetectionStage::Detections ? listed() : suppressed();
  const bool hasMasks = uses.prototypes && options.masks != DetectorOptions::Masks::None;
  if (hasMasks && !found.detections.empty())
    prototypes = prototypeValues();
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
