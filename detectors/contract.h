#ifndef BSTC_DETECTORS_CONTRACT_H
#define BSTC_DETECTORS_CONTRACT_H

#include "detectors/families.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace bstc {

/// What a detector uses of a program, as the package says it (bst::DecodeInfo). Nothing else reads
/// that: whoever needs the stage, the outputs or the suppression of a package asks its contract.
/// Packages of older compilers do not say it: those with a decode command are detectors, and what
/// that command writes are the predictions. Nothing is taken from an output's rank or shape.
struct DetectorContract {
  /// Tensor, float32 [1, 3, height, width] or [1, height, width, 3], or the pixels themselves: u8
  /// [1, height, width, 3], or [1, height * 3 / 2, width] of NV12 (preprocess.form).
  uint32_t input = 0;
  int32_t width = 0, height = 0;   ///< Of the input, pixels.
  bst::Preprocess preprocess = {}; ///< How a picture becomes the input.
  const Family *family = nullptr;  ///< Not null.
  bst::DetectionStage stage = bst::DetectionStage::Predictions;
  std::vector<uint32_t> outputs; ///< Tensors, in the order of bst::DecodeInfo::outputs.
  bst::PredictionRow layout;     ///< Of rows; its classes and masks also of detections.
  /// Tensor [1, layout.masks, h, w]: float32, or 8-bit Nhwc with scale and zero point.
  std::optional<uint32_t> prototypes;
  /// Of a network that suppresses by itself (stage Detections) what it does; else what it
  /// recommends.
  bst::NmsOptions nms = {};
  /// The package's, else COCO's where there are as many classes; may be empty.
  std::vector<std::string> classNames;
};

/// The contract of `program`. Errors: it is no detector (the message has the inputs or outputs that
/// it has); its family is not known here; it has several decodes, or several outputs that could be
/// the prototypes, and the package does not say which.
llvm::Expected<DetectorContract> detectorContract(const bst::Program &program);

} // namespace bstc

#endif // BSTC_DETECTORS_CONTRACT_H
