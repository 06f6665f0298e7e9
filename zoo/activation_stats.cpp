#include "zoo/activation_stats.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace bstc::zoo {
namespace {

/// An observer sees about this many deviations of a convolution's result.
constexpr double tail = 4;

/// exp(x) = (Taylor of x / 1024)^1024; relative error below 1e-9 for |x| <= 30. std::exp differs in
/// the last bit between C libraries, and the zoo promises equal bytes.
constexpr double portableExp(double x) {
  double r = x / 1024;
  double y = 1 + r * (1 + r / 2 * (1 + r / 3 * (1 + r / 4 * (1 + r / 5))));
  for (int i = 0; i < 10; ++i)
    y *= y;
  return y;
}

double activate(ZooOptions::Activation activation, double x) {
  if (activation == ZooOptions::Activation::Relu)
    return std::max(x, 0.0);
  return x > -30 ? x / (1 + portableExp(-x)) : 0.0;
}

/// Nodes and weights to average a function of a standard Gaussian: the trapezoidal rule, which is
/// exact to many digits for smooth functions and to about 0.2% for the kink of ReLU.
struct Quadrature {
  static constexpr int count = 41;
  std::array<double, count> node{}, weight{};
  constexpr Quadrature() {
    double sum = 0;
    for (int i = 0; i < count; ++i) {
      node[i] = -5 + 0.25 * i;
      weight[i] = portableExp(-node[i] * node[i] / 2);
      sum += weight[i];
    }
    for (double &w : weight)
      w /= sum;
  }
};
constexpr Quadrature quadrature;

} // namespace

ChannelStats imageStats(int channels) {
  // An observer's moving average of maxima ends a little below 1. With exactly 1, every second
  // 8-bit pixel (k / 255) would stand on a rounding tie of the int8 scale 1 / 127.5. The last
  // digits keep every value of the recorded int8 model (tests/data/zoo) off its rounding ties.
  constexpr double seen = 0.99477;
  return ChannelStats(channels, {0.5, 1.0 / 12, 0, seen});
}

ChannelStats linearStats(const std::vector<Gaussian> &channels) {
  ChannelStats stats;
  for (const Gaussian &g : channels)
    stats.push_back({g.mean, g.deviation * g.deviation, g.mean - tail * g.deviation,
                     g.mean + tail * g.deviation});
  return stats;
}

ChannelStats activatedStats(const std::vector<Gaussian> &channels,
                            ZooOptions::Activation activation) {
  ChannelStats stats;
  for (const Gaussian &g : channels) {
    Channel channel;
    channel.high = activate(activation, g.mean + tail * g.deviation);
    channel.low = channel.high;
    double square = 0;
    for (int i = 0; i < Quadrature::count; ++i) {
      double y = activate(activation, g.mean + g.deviation * quadrature.node[i]);
      channel.mean += quadrature.weight[i] * y;
      square += quadrature.weight[i] * y * y;
      channel.low = std::min(channel.low, y);
    }
    channel.variance = square - channel.mean * channel.mean;
    stats.push_back(channel);
  }
  return stats;
}

ChannelStats sumStats(const ChannelStats &a, const ChannelStats &b) {
  assert(a.size() == b.size());
  // In a chain of additions the extremes do not meet: 6 deviations hold the sum.
  constexpr double sumTail = 6;
  ChannelStats stats;
  for (size_t i = 0; i < a.size(); ++i) {
    double mean = a[i].mean + b[i].mean, variance = a[i].variance + b[i].variance;
    double reach = sumTail * std::sqrt(variance);
    stats.push_back({mean, variance, std::max(a[i].low + b[i].low, mean - reach),
                     std::min(a[i].high + b[i].high, mean + reach)});
  }
  return stats;
}

ChannelStats pooledStats(const ChannelStats &map, int stage) {
  // Mean (in deviations) and variance of the greatest of 8, 20 and 40 independent Gaussians: the
  // 25, 81 and 169 elements under the window are neighbours and far from independent.
  constexpr double shift[] = {1.42, 1.87, 2.16}, shrink[] = {0.37, 0.28, 0.23};
  assert(stage >= 1 && stage <= 3);
  ChannelStats stats = map;
  for (Channel &channel : stats) {
    channel.mean += shift[stage - 1] * std::sqrt(channel.variance);
    channel.variance *= shrink[stage - 1];
  }
  return stats;
}

Range rangeOf(const ChannelStats &map) {
  Range range;
  for (const Channel &channel : map) {
    range.low = std::min(range.low, channel.low);
    range.high = std::max(range.high, channel.high);
  }
  return range;
}

} // namespace bstc::zoo
