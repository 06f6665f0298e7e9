#ifndef BST_BACKENDS_MACA_KERNELS_CONV_H
#define BST_BACKENDS_MACA_KERNELS_CONV_H

#include "backends/simulator/isa.h"
#include "runtime/program/tensor_view.h"
#include "runtime/support/memory.h"
#include "runtime/support/text.h"

#include <memory>
#include <span>

namespace bst {
class Workers;
}

/// MACA's convolution (bst::ConvParams, backends/NUMERICS.md): one table of kernels that the
/// simulator, the tests and the benchmarks share.
namespace bst {

/// A part of a convolution's outputs, in memory.
struct ConvOutputs {
  uint8_t *y;      ///< First pixel, first channel.
  int64_t stride;  ///< Bytes from a pixel to the next one.
  int64_t pixel;   ///< Index of the first pixel in the map, rows after each other.
  int64_t pixels;  ///< That follow each other in the map.
  int64_t channel; ///< First channel.
  int64_t channels;
};

/// What follows a convolution in the same pass: works on its outputs where they are, part by part,
/// while they are in cache.
class ConvTail {
public:
  virtual ~ConvTail() = default;
  virtual void apply(const ConvOutputs &outputs) const = 0;
};

/// One convolution without its data; what a kernel decides and plans by.
struct ConvProblem {
  const ConvParams &params;
  const Tensor &x, &weights, &y;
  /// x and its zero point are in [0, 127] for certain, so that its type's sign does not matter.
  bool signless = false;
  int64_t pixelStride = 0;        ///< Bytes from a pixel of y to the next; 0: they touch.
  const ConvTail *tail = nullptr; ///< Or null.
  Memory *memory = heap();        ///< For what is kept when it is made ready.
};

/// A convolution made ready: its plan, its constants, its weights in the kernel's form. Several may
/// run it at a time.
class PreparedConv {
public:
  virtual ~PreparedConv() = default;
  virtual uint64_t scratchSize() const = 0; ///< Bytes.
  /// \p scratch: 64-byte aligned, and of no other run at that time. \p workers: at most as many
  /// threads as prepared for. \p tail: the problem's, or its copy for other memory; null for none.
  virtual void run(const std::byte *x, std::byte *y, std::byte *scratch, Workers &workers,
                   const ConvTail *tail) const = 0;
};

/// One way to run a convolution.
struct ConvKernel {
  const char *name;
  Isa isa; ///< What it needs.
  /// Can it run `problem`? If not, \p whyNot gets the reason: a literal.
  bool (*supports)(const ConvProblem &problem, const char *&whyNot);
  /// The problem's references and the weights must outlive the result. Throws std::bad_alloc, as
  /// containers do (runtime/support/guard.h).
  Owned<PreparedConv> (*prepare)(const ConvProblem &problem, const std::byte *weights,
                                 unsigned threads);
};

/// All kernels of this build, the best first; the last one runs everything everywhere.
std::span<const ConvKernel> convKernels();

/// For kernels that know of no tail and no pixelStride: refuses both.
bool writesPlainly(const ConvProblem &problem, const char *&whyNot);

/// The first kernel of the table that `isa` can run and that supports `problem`. \p refusals, where
/// given, gets "NAME: reason; ..." of those before it.
const ConvKernel &selectConvKernel(const ConvProblem &problem, Isa isa,
                                   TextSink *refusals = nullptr);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_CONV_H
