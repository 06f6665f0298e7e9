#ifndef BST_BACKENDS_MACA_KERNELS_CONV_H
#define BST_BACKENDS_MACA_KERNELS_CONV_H

#include "backends/simulator/isa.h"
#include "runtime/device.h"

#include <memory>
#include <span>

namespace bst {
class Workers;
}

/// MACA's convolution (bst::ConvParams, backends/NUMERICS.md): one table of kernels that the
/// simulator, the tests and the benchmarks share.
namespace bst {

/// One convolution without its data; what a kernel decides and plans by.
struct ConvProblem {
  const ConvParams &params;
  const Tensor &x, &weights, &y;
  /// What follows in the same pass: y = table[value + 128 or value], 256 bit patterns; or null.
  const uint8_t *table = nullptr;
};

/// A convolution made ready: its plan, its constants, its weights in the kernel's form.
class PreparedConv {
public:
  virtual ~PreparedConv() = default;
  virtual uint64_t scratchSize() const = 0; ///< Bytes.
  /// \p scratch: 64-byte aligned. \p workers: at most as many threads as prepared for.
  virtual void run(const std::byte *x, std::byte *y, std::byte *scratch,
                   Workers &workers) const = 0;
};

/// One way to run a convolution.
struct ConvKernel {
  const char *name;
  Isa isa; ///< What it needs.
  /// Can it run `problem`? If not, \p whyNot gets the reason: a literal.
  bool (*supports)(const ConvProblem &problem, const char *&whyNot);
  /// The problem's references and the weights must outlive the result; null where there is no
  /// memory for it.
  std::unique_ptr<PreparedConv> (*prepare)(const ConvProblem &problem, const std::byte *weights,
                                           unsigned threads);
};

/// All kernels of this build, the best first; the last one runs everything everywhere.
std::span<const ConvKernel> convKernels();

/// The first kernel of the table that `isa` can run and that supports `problem`.
const ConvKernel &selectConvKernel(const ConvProblem &problem, Isa isa);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_CONV_H
