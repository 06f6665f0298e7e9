#ifndef BSTC_DRIVER_DETECTION_TAIL_H
#define BSTC_DRIVER_DETECTION_TAIL_H

#include "driver/picture_options.h"
#include "ir/graph.h"

namespace bstc {

/// The end of a detector as the user asked for it.
struct DetectionTail {
  bst::DetectionStage stage = bst::DetectionStage::Predictions; ///< Of `outputs`.
  YoloDecodeAttrs decode;        ///< Strides and anchors only where the heads are raw.
  std::vector<uint32_t> outputs; ///< Of the graph, as in bst::DecodeInfo; empty: nothing asked.
  int32_t prototypes = -1;
};

/// Finds the raw heads (PictureOptions::decodeHeads) and appends non-maximum suppression (withNms;
/// where the heads are raw, their decode before it), which takes the place of what it reads among
/// the outputs: `boxes` [1, most, 4], `scores` [1, most], `classes` [1, most], `count` [1], all
/// f32, and for Segment networks `mask_coefficients` [1, most, masks]. Errors: outputs that are no
/// heads, or no predictions.
llvm::Expected<DetectionTail> finishDetector(Graph &graph, const PictureOptions &options);

} // namespace bstc

#endif // BSTC_DRIVER_DETECTION_TAIL_H
