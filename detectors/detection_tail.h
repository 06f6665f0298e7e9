#ifndef BSTC_DETECTORS_DETECTION_TAIL_H
#define BSTC_DETECTORS_DETECTION_TAIL_H

#include "detectors/predictions.h"
#include "ir/graph.h"

namespace bstc {

/// The end of a detector: which outputs hold what. Decided here and nowhere else; packages store it
/// (describePictures), and hosts and non-maximum suppression go by what is stored.
struct DetectionTail {
  bst::DetectionStage stage = bst::DetectionStage::Predictions; ///< Of `outputs`.
  const Family *family = nullptr;                               ///< Null: nothing is known.
  DecodeDescription decode; ///< Strides and anchors only where the decode is known, not its result.
  std::vector<uint32_t> outputs; ///< Of the graph, as in bst::DecodeInfo; empty: nothing is known.
  int32_t prototypes = -1;
  std::vector<std::string> classNames; ///< Of the user, else of the file's metadata; may be empty.
};

/// Finds out what the outputs hold: what a decode in the graph gives (\p recognised), else what the
/// options say (PictureOptions::decode); shapes alone prove nothing. Then appends non-maximum
/// suppression (withNms; where the heads are raw, their decode before it), which takes the place of
/// what it reads among the outputs: `boxes` [1, most, 4], `scores` [1, most], `classes` [1, most],
/// `count` [1], all f32, and for Segment networks `mask_coefficients` [1, most, masks]. Errors:
/// outputs that are not what the options say; several that could be meant, as far as the options
/// ask for one of them (otherwise a notice says so); class names that are not as many as the
/// classes. Metadata that is no list of names is left out with a notice.
llvm::Expected<DetectionTail> finishDetector(Graph &graph, llvm::ArrayRef<Predictions> recognised,
                                             const PictureOptions &options,
                                             std::vector<Notice> &notices);

/// Whether the graph is that of a detector, for those who want its detections if it is one: its
/// decode is recognised, or the options say what the outputs hold. An error where they have the
/// shapes of raw heads and nothing says that they are.
llvm::Expected<bool> isDetector(const Graph &graph, llvm::ArrayRef<Predictions> recognised,
                                const PictureOptions &options);

/// The predictions out of which the suppression at the end of the graph, where finishDetector() put
/// one, makes \p output; null: it does not.
const Value *suppressedPredictions(const Value &output);

} // namespace bstc

#endif // BSTC_DETECTORS_DETECTION_TAIL_H
