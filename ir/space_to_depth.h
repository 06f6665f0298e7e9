#ifndef BSTC_IR_SPACE_TO_DEPTH_H
#define BSTC_IR_SPACE_TO_DEPTH_H

#include "ir/attributes.h"

namespace bstc {

/// The stride of a convolution over the quantised image whose windows are whole blocks of
/// stride x stride positions, and whose input (`shape`, NCHW) has room for such a block in the
/// channels that every array takes at one time; else 1. The pass spaceToDepth rewrites those above
/// 1; whoever asks what a compilation would do asks the same.
int64_t spaceToDepthBlock(const WindowAttrs &window, int64_t groups, llvm::ArrayRef<int64_t> shape);

} // namespace bstc

#endif // BSTC_IR_SPACE_TO_DEPTH_H
