#ifndef BSTC_TOOLS_BSTC_BLAME_BLAME_ACCURACY_H
#define BSTC_TOOLS_BSTC_BLAME_BLAME_ACCURACY_H

#include "driver/compile.h"
#include "tools/bstc/blame/blame_report.h"
#include "tools/bstc/cli/arguments.h"
#include "vision/data/dataset.h"

namespace bstc {

/// What blame's labelled pictures are run on.
struct BlameAccuracyRun {
  const Compilation *compilation = nullptr; ///< With its package.
  const Graph *reference =
      nullptr; ///< A float network as its file has it; null: the network itself.
  const Dataset *dataset = nullptr;
  unsigned threads = 1;
};

/// Fills in the report's accuracy: of blocks, then of layers; of more than a few hundred pictures
/// only the layers of blocks that cost something. Errors: a network that is no detector, or has
/// other classes than the dataset; those of running it.
llvm::Error measureAccuracy(const Arguments &arguments, const BlameAccuracyRun &run,
                            BlameReport &report);

/// What is run of one network as the device runs it.
struct NetworkAccuracyRun {
  const Compilation *compilation = nullptr; ///< With its package.
  std::string model;                        ///< The file, for messages.
  const Dataset *dataset = nullptr;
  unsigned threads = 1;
  llvm::ArrayRef<diagnose::Part> parts = {}; ///< Also with each of these in float.
};

/// Accuracy of a network, whole and with parts of it in float. Errors: as measureAccuracy().
llvm::Expected<diagnose::PartsAccuracy> measureNetwork(const Arguments &arguments,
                                                       const NetworkAccuracyRun &run);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_BLAME_BLAME_ACCURACY_H
