#ifndef BSTC_BENCH_ONEDNN_CONVOLUTION_H
#define BSTC_BENCH_ONEDNN_CONVOLUTION_H

#include "backends/simulator/simulator.h"
#include "runtime/package/package.h"
#include "runtime/support/memory.h"

namespace bstc::bench {

/// What an int8 convolution computes, without its weights.
struct Convolution {
  int32_t in, inHeight, inWidth, out, outHeight, outWidth; ///< Channels and pixels.
  bst::Window window;
  bst::DType dtype; ///< Of both maps.
  int32_t inZeroPoint, outZeroPoint;
  bool needsRelu; ///< A clamp at zero that the type's range does not give already.
  bool operator==(const Convolution &) const = default;

  double macs() const;
  /// "64->128 3x3/2 @80": channels, kernel and stride, size of the output.
  std::string name() const;
};

/// A convolution that a network has, and how often.
struct Occurrence {
  Convolution convolution;
  uint32_t command; ///< Its first one.
  int count;
};

/// A compiled network of which any command may be run alone, on random data.
class Network {
public:
  explicit Network(std::span<const std::byte> package);

  /// Distinct int8 convolutions, in their order in the network.
  std::vector<Occurrence> convolutions() const;
  /// Makes the simulator ready; the network must outlive the execution.
  std::unique_ptr<bst::Execution> prepare(unsigned threads);

private:
  std::unique_ptr<bst::Simulator> device;
  std::unique_ptr<bst::Package> package;
  bst::AlignedMemory arena;
};

} // namespace bstc::bench

#endif // BSTC_BENCH_ONEDNN_CONVOLUTION_H
