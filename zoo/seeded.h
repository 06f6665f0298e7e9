/// Seeded weights: our own generator and transforms, because the distributions of <random> and the
/// functions of libm differ between C++ libraries and the zoo promises equal bytes everywhere.
#ifndef BSTC_TOOLS_ZOO_SEEDED_H
#define BSTC_TOOLS_ZOO_SEEDED_H

#include "zoo/activation_stats.h"

#include "llvm/ADT/StringRef.h"

#include <array>
#include <cstdint>
#include <vector>

namespace bstc::zoo {

/// xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64. Every parameter has a
/// stream of its own, by name, so that no part of a network changes the weights of another.
class SeededRandom {
public:
  SeededRandom(uint64_t seed, llvm::StringRef stream);

  uint64_t next();
  /// Uniform in [low, high).
  double uniform(double low, double high);
  /// Mean 0, variance 1, within +-3.47: the sum of four uniforms.
  double normal();

private:
  std::array<uint64_t, 4> state;
};

/// Float parameters of one convolution, batch normalisation folded in.
struct ConvParameters {
  std::vector<float> weight; ///< [outputs, inputs, kernel, kernel]
  std::vector<float> bias;   ///< [outputs]
  std::vector<Range> ranges; ///< of the weights, per output channel, with 0 in it
};

/// Draws the weights and scales each output channel to the wanted Gaussian for an input with the
/// given statistics: what a folded batch normalisation would do. One entry of `wanted` per output.
ConvParameters seededConv(SeededRandom &random, const ChannelStats &input, int kernel,
                          const std::vector<Gaussian> &wanted);

/// What the channels of an inner convolution should be before their activation.
std::vector<Gaussian> featureTargets(SeededRandom &random, int channels, bool residualBranch);

/// What the channels of a Detect or Segment convolution should be: box, objectness, class and mask
/// logits of every anchor, such that most scores are low and some are high.
std::vector<Gaussian> headTargets(SeededRandom &random, int channels, int valuesPerAnchor);

} // namespace bstc::zoo

#endif // BSTC_TOOLS_ZOO_SEEDED_H
