#ifndef BSTC_TOOLS_BSTC_EVAL_EVAL_REPORT_H
#define BSTC_TOOLS_BSTC_EVAL_EVAL_REPORT_H

#include "runtime/program/commands.h"
#include "vision/accuracy/average_precision.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// How well one model found what is on the pictures.
struct ModelAccuracy {
  std::string model;               ///< Its file.
  bool suppressesItself = false;   ///< Else the host does.
  std::vector<int32_t> inputShape; ///< Of the network.
  Accuracy boxes;
  std::optional<Accuracy> masks; ///< Of a Segment network, where the labels have masks.
  /// Host time per picture, of one thread: picture to input, the network, detections.
  double prepareMs = 0, networkMs = 0, finishMs = 0;
};

/// What `bstc eval` found out.
struct EvalReport {
  std::string data, split;        ///< As the user wrote them.
  std::vector<std::string> names; ///< Of the classes; may be empty.
  int32_t classes = 0;            ///< How many the networks tell apart.
  uint64_t asked = 0;             ///< Pictures with good labels.
  uint64_t pictures = 0;          ///< Of them, those that were run.
  uint64_t unreadable = 0;        ///< Not to be decoded, or of another shape than their labels.
  uint64_t leftOut = 0;           ///< With bad labels.
  uint64_t background = 0;        ///< Without labels.
  uint64_t duplicates = 0, crowds = 0, empty = 0; ///< Labels that do not count.
  bst::NmsOptions nms;               ///< The suppression of all models, whoever does it.
  double seconds = 0;                ///< For all pictures.
  std::vector<ModelAccuracy> models; ///< One, or two to be compared.

  std::string className(int32_t index) const;
};

/// The table that YOLOv5's val.py prints: all classes in one row, and one row per class where
/// `perClass`. Segment networks have the four columns of the masks behind those of the boxes.
void printAccuracy(const EvalReport &report, const ModelAccuracy &model, bool perClass,
                   llvm::raw_ostream &stream);

/// Both models of the report side by side, and the second minus the first: all classes, then every
/// class with the greatest loss of AP50-95 first.
void printComparison(const EvalReport &report, llvm::raw_ostream &stream);

/// The report as JSON (docs/vision.md has the schema).
std::string accuracyJson(const EvalReport &report);

/// Writes precision over recall, and F1, precision and recall over confidence, as SVG into
/// `folder`, which is made: PR_curve.svg, F1_curve.svg, P_curve.svg, R_curve.svg; of Segment
/// networks BoxPR_curve.svg, MaskPR_curve.svg and so on. Two models share each plot.
llvm::Error writePlots(const EvalReport &report, llvm::StringRef folder);

/// The files that writePlots() may write into `folder`.
std::vector<std::string> plotFiles(llvm::StringRef folder);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_EVAL_EVAL_REPORT_H
