#ifndef BST_BACKENDS_MACA_KERNELS_CONV_DIRECT_H
#define BST_BACKENDS_MACA_KERNELS_CONV_DIRECT_H

#include "backends/maca/kernels/conv.h"

namespace bst {

/// The plain convolution that ends the table: any geometry, no scratch, slow.
bool directSupports(const ConvProblem &problem, const char *&whyNot);
Owned<PreparedConv> prepareDirect(const ConvProblem &problem, const std::byte *weights,
                                  unsigned threads);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_CONV_DIRECT_H
