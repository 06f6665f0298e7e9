#ifndef BST_BACKENDS_MACA_KERNELS_CONV_DIRECT_H
#define BST_BACKENDS_MACA_KERNELS_CONV_DIRECT_H

#include "backends/maca/kernels/conv.h"

namespace bst {

/// The plain convolution that ends the table: any geometry, no scratch, slow.
bool directSupports(const ConvProblem &problem, const char *&whyNot);
Owned<PreparedConv> prepareDirect(const ConvProblem &problem, const std::byte *weights,
                                  unsigned threads);

/// Adds the products of each output of `problem` to `sums` ([n][row][column][channel], modulo
/// 2^32), without biases.
void addProducts(const ConvProblem &problem, const std::byte *weights, const std::byte *x,
                 std::span<int32_t> sums);
/// What a convolution makes of its sums of products: biases, requantisation, bounds; as one run in
/// one go, to the bit.
void finishSums(const ConvProblem &problem, std::span<const int32_t> sums, std::byte *y);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_CONV_DIRECT_H
