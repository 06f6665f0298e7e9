/// What a feature map is expected to hold, channel by channel, derived on paper (no forward pass):
/// the seeded convolutions make each channel close to a Gaussian of known mean and deviation, and
/// the rules here carry that through activations, sums and pooling. Quantisation ranges and the
/// next convolution's scaling come from it. Only +, -, *, / and sqrt are used, so that every
/// compiler and C library computes the same bits.
#ifndef BSTC_TOOLS_ZOO_ACTIVATION_STATS_H
#define BSTC_TOOLS_ZOO_ACTIVATION_STATS_H

#include "zoo/zoo.h"

#include <vector>

namespace bstc::zoo {

/// A channel before its activation.
struct Gaussian {
  double mean = 0;
  double deviation = 1;
};

struct Channel {
  double mean = 0;
  double variance = 0;
  double low = 0, high = 0; ///< the range an observer would have seen
};
using ChannelStats = std::vector<Channel>;

struct Range {
  double low = 0, high = 0;
};

/// The image: pixels uniform in [0, 1].
ChannelStats imageStats(int channels);

/// The Gaussians as they are, before any activation.
ChannelStats linearStats(const std::vector<Gaussian> &channels);

/// The Gaussians behind ReLU or x * sigmoid(x).
ChannelStats activatedStats(const std::vector<Gaussian> &channels,
                            ZooOptions::Activation activation);

/// Sum of two independent maps.
ChannelStats sumStats(const ChannelStats &a, const ChannelStats &b);

/// Stride-1 max pooling `stage` times in a row (1, 2, 3: the windows of SPPF).
ChannelStats pooledStats(const ChannelStats &map, int stage);

/// Range over all channels, always with 0 in it, as quantisation observers keep it.
Range rangeOf(const ChannelStats &map);

} // namespace bstc::zoo

#endif // BSTC_TOOLS_ZOO_ACTIVATION_STATS_H
