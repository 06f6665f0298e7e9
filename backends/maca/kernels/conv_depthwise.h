#ifndef BST_BACKENDS_MACA_KERNELS_CONV_DEPTHWISE_H
#define BST_BACKENDS_MACA_KERNELS_CONV_DEPTHWISE_H

#include "backends/maca/kernels/conv.h"

namespace bst {

/// Depthwise convolution, one output channel per input channel: no sum over channels to block, so
/// channels are the vector lanes and the window's taps are the only sum.
bool depthwiseSupports(const ConvProblem &problem, const char *&whyNot);
Owned<PreparedConv> prepareDepthwiseAvx2(const ConvProblem &problem, const std::byte *weights,
                                         unsigned threads);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_CONV_DEPTHWISE_H
