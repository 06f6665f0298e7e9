#ifndef BST_BACKENDS_MACA_KERNELS_CONV_H
#define BST_BACKENDS_MACA_KERNELS_CONV_H

#include "backends/simulator/isa.h"
#include "runtime/device.h"

#include <span>

/// MACA's convolution (bst::ConvParams, backends/NUMERICS.md): one table of kernels that the
/// simulator, the tests and the benchmarks share.
namespace bst {

/// One convolution without its data; what a kernel decides and plans by.
struct ConvProblem {
  const ConvParams &params;
  const Tensor &x, &weights, &y;
};

/// Where the data lies; same order as ConvProblem.
struct ConvData {
  const std::byte *x, *weights;
  std::byte *y;
};

/// One way to run a convolution.
struct ConvKernel {
  const char *name;
  Isa isa; ///< What it needs.
  /// Can it run `problem`? If not, \p whyNot gets the reason: a literal.
  bool (*supports)(const ConvProblem &problem, const char *&whyNot);
  uint64_t (*scratchSize)(const ConvProblem &problem); ///< Bytes.
  void (*run)(const ConvProblem &problem, const ConvData &data, std::byte *scratch);
};

/// All kernels of this build, the best first; the last one runs everything everywhere.
std::span<const ConvKernel> convKernels();

/// The first kernel of the table that `isa` can run and that supports `problem`.
const ConvKernel &selectConvKernel(const ConvProblem &problem, Isa isa);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_CONV_H
