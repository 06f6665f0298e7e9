#ifndef BSTC_FRONTEND_OPS_WINDOW_H
#define BSTC_FRONTEND_OPS_WINDOW_H

#include "frontend/ops/support.h"

namespace bstc {

/// Reads kernel_shape, strides, pads, dilations and auto_pad of a 2-D sliding window over `input`
/// (NCHW), auto_pad resolved to explicit pads. `kernel` is the extent that the weights imply; empty
/// for pools, whose kernel_shape is not optional.
llvm::Error readWindow(AttributeReader &reader, const Shape &input, llvm::ArrayRef<int64_t> kernel,
                       WindowAttrs &window);

/// Grows the end pads to what ceil_mode = 1 reaches: ceil((in + pads - kernel) / stride) + 1
/// positions, without those that would start in the end padding (as PyTorch, and ONNX since opset
/// 19). Returns whether it grew any.
bool growToCeil(const Shape &input, WindowAttrs &window);

/// [N, channels, H', W'] of a window over `input`; fails where the kernel does not fit in.
llvm::Expected<Shape> windowResult(const WindowAttrs &window, const Shape &input, int64_t channels);

} // namespace bstc

#endif // BSTC_FRONTEND_OPS_WINDOW_H
