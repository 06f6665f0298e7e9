#ifndef BSTC_TOOLS_BSTC_EVAL_EVAL_RUN_H
#define BSTC_TOOLS_BSTC_EVAL_EVAL_RUN_H

#include "detectors/shared/nms_defaults.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/eval/eval_report.h"
#include "vision/data/dataset.h"
#include "vision/detect/detector.h"

#include "llvm/ADT/ArrayRef.h"

namespace bstc {

/// A model that is to be evaluated.
struct EvaluatedModel {
  std::string path;
  LoadedModel model;
  DetectorContract contract;
};

/// How pictures are run.
struct EvalRunOptions {
  /// What is kept of the predictions; the default is val.py's. Of a model that suppresses by itself
  /// it must be what it does, or less.
  bst::NmsOptions nms = evaluationNms;
  unsigned threads = 1; ///< Each works on pictures of its own.
};

/// A UsageError or error where a model's classes are not those of the dataset.
llvm::Error checkClasses(const EvaluatedModel &model, const Dataset &dataset);

/// Runs every model over every picture, in one pass, and compares what they find with the labels.
/// Pictures that cannot be decoded are skipped with a warning. On a signal it ends with the
/// pictures that were done (report.pictures says how many). Constant memory but for 12 bytes per
/// detection. Errors are the device's.
llvm::Error runEvaluation(llvm::ArrayRef<EvaluatedModel> models, const bstrt::Device &device,
                          const Dataset &dataset, const EvalRunOptions &options,
                          EvalReport &report);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_EVAL_EVAL_RUN_H
