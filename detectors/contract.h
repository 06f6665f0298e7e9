#ifndef BSTC_DETECTORS_CONTRACT_H
#define BSTC_DETECTORS_CONTRACT_H

#include "detectors/families.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace bstc {

/// What of a program a detector uses, as the package says it (bst::DecodeInfo). Read here and
/// nowhere else: whoever needs the stage, the outputs or the suppression of a package asks its
/// contract. Packages of compilers that did not say it yet have a decode command where they are
/// detectors, and what it writes are the predictions. Nothing is taken from an output's rank or
/// shape.
struct DetectorContract {
  uint32_t input = 0; ///< Tensor, float32 [1, 3, height, width] or [1, height, width, 3].
  int32_t width = 0, height = 0;   ///< Of the input, pixels.
  bst::Preprocess preprocess = {}; ///< How a picture becomes the input.
  const Family *family = nullptr;  ///< Not null.
  bst::DetectionStage stage = bst::DetectionStage::Predictions;
  std::vector<uint32_t> outputs;      ///< Tensors, in the order of bst::DecodeInfo::outputs.
  bst::PredictionRow layout;          ///< Of rows; its classes and masks also of detections.
  std::optional<uint32_t> prototypes; ///< Tensor, float32 [1, layout.masks, h, w].
  /// Of a network that suppresses by itself (stage Detections) what it does; else what it
  /// recommends.
  bst::NmsOptions nms = {};
  /// The package's, else COCO's where there are as many classes; may be empty.
  std::vector<std::string> classNames;
};

/// The contract of `program`. Errors: where it is no detector, with the inputs or outputs that it
/// has; of a family that is not known here; several decodes, or outputs that could be the
/// prototypes, of which the package names none.
llvm::Expected<DetectorContract> detectorContract(const bst::Program &program);

} // namespace bstc

#endif // BSTC_DETECTORS_CONTRACT_H
