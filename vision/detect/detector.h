#ifndef BSTC_VISION_DETECT_DETECTOR_H
#define BSTC_VISION_DETECT_DETECTOR_H

#include "detectors/contract.h"
#include "detectors/shared/suppress.h"
#include "runtime/api/program_session.h"
#include "vision/detect/letterbox.h"
#include "vision/detect/mask.h"
#include "vision/detect/network_input.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace bstc {

/// How pictures are taken, and what is made of the predictions.
struct DetectorOptions {
  bst::NmsOptions nms = {};
  /// How letterboxed pictures get their size: as YOLOv5's detect.py or, to compare accuracies, as
  /// its val.py.
  enum class Fit { Detect, Evaluate } fit = Fit::Detect;
  /// Masks of a Segment network: none, at the picture's resolution, or at the prototypes'.
  enum class Masks { None, Picture, Prototype } masks = Masks::Picture;
  unsigned threads = 1; ///< Threads that a detector may use to run the network.
};

/// What was found in a picture.
struct PictureDetections {
  std::vector<Detection> detections; ///< The best first; boxes in pixels of the picture.
  std::vector<RunLengthMask> masks;  ///< One per detection, or none at all.
  /// Seconds on the host: picture to input, the network, predictions to detections.
  double prepareSeconds = 0, networkSeconds = 0, finishSeconds = 0;
};

/// A detection network with what comes before and after it. Used by one thread at a time; several
/// may share a package and a device.
class Detector {
public:
  /// Errors: detectorContract's, the device's.
  static llvm::Expected<std::unique_ptr<Detector>> create(const bstrt::Package &package,
                                                          const bstrt::Device &device,
                                                          const DetectorOptions &options = {});

  /// How a picture gets the network's size. An error where the package takes only its own size, and
  /// the picture has another.
  llvm::Expected<Letterbox> fit(const Image &picture) const;

  /// Errors: fit's, the device's.
  llvm::Expected<PictureDetections> detect(const Image &picture);

  const DetectorContract &contract() const { return uses; }

private:
  Detector(const bst::Program &program, const DetectorContract &contract,
           const DetectorOptions &options);
  std::span<const float> values(uint32_t tensor) const;
  std::vector<Detection> suppressed();
  std::vector<Detection> listed() const;
  /// Of the last picture, in the order [masks][height][width].
  std::span<const float> prototypeValues();
  RunLengthMask mask(const Detection &detection, const Letterbox &letterbox) const;

  const bst::Program &program; ///< Of the package that the session holds.
  DetectorContract uses;
  DetectorOptions options;
  InputFormat format;
  std::unique_ptr<HeadDecoder> decoder; ///< Where the network leaves that to us.
  std::span<const float> rows;          ///< Decoded predictions of the last picture.
  std::vector<float> dequantised;       ///< Prototypes, where the network's are int8.
  std::span<const float> prototypes;    ///< Of the last picture, where masks are wanted.
  std::unique_ptr<bst::ProgramSession> session;
};

} // namespace bstc

#endif // BSTC_VISION_DETECT_DETECTOR_H
