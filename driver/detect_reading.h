#ifndef BSTC_DRIVER_DETECT_READING_H
#define BSTC_DRIVER_DETECT_READING_H

#include "ir/graph.h"
#include "runtime/program/program.h"

namespace bstc {

/// Where the file's predictions went: a command that decodes and suppresses in one has no tensor
/// for them, and lists of boxes change order over the least rounding. Null unless \p command is
/// such a one; else the value of the imported graph that its decode stands for.
const Value *predictionsOf(const Graph &imported, const bst::Program &program,
                           const bst::Command &command);

/// What a Detect command is to compute: decode and suppression as plain commands, one after the
/// other, on the same heads.
struct PlainDetection {
  bst::Tensor rows; ///< Type of `predictions`.
  std::vector<float> predictions, detections;
};
/// \p heads: the contents of the command's inputs.
PlainDetection plainDetection(const bst::Program &program, const bst::Command &command,
                              llvm::ArrayRef<const std::byte *> heads);

} // namespace bstc

#endif // BSTC_DRIVER_DETECT_READING_H
