#ifndef BSTC_DIAGNOSE_BLAME_PART_ACCURACY_H
#define BSTC_DIAGNOSE_BLAME_PART_ACCURACY_H

#include "detectors/contract.h"
#include "diagnose/blame/part_run.h"
#include "ir/error.h"
#include "vision/data/dataset.h"

#include <atomic>
#include <functional>

namespace bstc::diagnose {

/// Mean average precision of boxes, as `bstc eval` has it.
struct Score {
  double map50 = 0, map = 0; ///< At IoU 0.5; mean from 0.5 to 0.95.
};

/// What labelled pictures say of a detector and of its parts in float.
struct PartsAccuracy {
  Score quantised;               ///< As the device runs it.
  std::optional<Score> allFloat; ///< The float network.
  std::vector<Score> parts;      ///< Of each plan: that part in float, everything else quantised.
  uint64_t pictures = 0, unreadable = 0;
  bool stopped = false; ///< By the signal: figures are of the pictures done so far.
};

struct PartsAccuracyOptions {
  bst::NmsOptions nms;  ///< Suppression.
  unsigned threads = 1; ///< Each works on pictures of its own.
  const std::atomic<bool> *stop = nullptr;
  /// Called in the calling thread with the number of pictures done, and with what cannot be read.
  std::function<void(uint64_t)> progress = nullptr;
  std::function<void(const Failure &)> unreadable = nullptr;
};

/// What is run: one detector, whole, in float and with parts in float.
struct AccuracyRuns {
  const RunnableNetwork *network = nullptr;
  const bstrt::Package *package = nullptr; ///< Of the same compilation.
  const DetectorContract *contract = nullptr;
  const Graph *floats = nullptr; ///< A float network with the same inputs and outputs; null: none.
  llvm::ArrayRef<PartPlan> plans;
};

/// Runs all of that over every picture, in one pass. Errors: a detector that suppresses by itself
/// or takes bytes; the simulator's and the evaluator's.
llvm::Expected<PartsAccuracy> measureParts(const AccuracyRuns &runs, const Dataset &dataset,
                                           const PartsAccuracyOptions &options);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_BLAME_PART_ACCURACY_H
