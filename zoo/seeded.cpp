#include "zoo/seeded.h"

#include "zoo/yolov5_topology.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bstc::zoo {
namespace {

uint64_t rotateLeft(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

uint64_t splitmix64(uint64_t &state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// FNV-1a.
uint64_t hashName(llvm::StringRef name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : name)
    hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

} // namespace

SeededRandom::SeededRandom(uint64_t seed, llvm::StringRef stream) {
  uint64_t mixed = splitmix64(seed) ^ hashName(stream);
  for (uint64_t &word : state)
    word = splitmix64(mixed);
}

uint64_t SeededRandom::next() {
  uint64_t result = rotateLeft(state[1] * 5, 7) * 9;
  uint64_t t = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= t;
  state[3] = rotateLeft(state[3], 45);
  return result;
}

double SeededRandom::uniform(double low, double high) {
  double unit = static_cast<double>(next() >> 11) * 0x1p-53;
  return low + (high - low) * unit;
}

double SeededRandom::normal() {
  uint64_t bits = next();
  auto sum = static_cast<int64_t>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) +
                                  (bits >> 48));
  // Four 16-bit uniforms: mean 4 * 65535 / 2, variance 4 * (65536^2 - 1) / 12.
  return static_cast<double>(sum - 131070) * (1 / 37837.2272);
}

ConvParameters seededConv(SeededRandom &random, const ChannelStats &input, int kernel,
                          const std::vector<Gaussian> &wanted) {
  size_t taps = static_cast<size_t>(kernel) * kernel, perOutput = input.size() * taps;
  ConvParameters parameters;
  parameters.weight.resize(wanted.size() * perOutput);
  parameters.bias.reserve(wanted.size());
  parameters.ranges.reserve(wanted.size());
  std::vector<double> raw(perOutput);
  float *out = parameters.weight.data();
  for (const Gaussian &target : wanted) {
    double mean = 0, variance = 0;
    for (size_t c = 0, i = 0; c < input.size(); ++c) {
      double sum = 0, square = 0;
      for (size_t t = 0; t < taps; ++t, ++i) {
        raw[i] = random.normal();
        sum += raw[i];
        square += raw[i] * raw[i];
      }
      mean += input[c].mean * sum;
      variance += input[c].variance * square;
    }
    double gain = target.deviation / std::sqrt(variance);
    Range range;
    for (double r : raw) {
      auto w = static_cast<float>(r * gain);
      *out++ = w;
      range.low = std::min<double>(range.low, w);
      range.high = std::max<double>(range.high, w);
    }
    parameters.bias.push_back(static_cast<float>(target.mean - gain * mean));
    parameters.ranges.push_back(range);
  }
  return parameters;
}

std::vector<Gaussian> featureTargets(SeededRandom &random, int channels, bool residualBranch) {
  // Differing gains give neighbouring tensors differing scales. A shortcut's branch is the smaller
  // part of its sum. Means above 0 leave a quarter of ReLU's results 0: fewer than in a trained
  // network, but a random one with more zeros multiplies rounding errors from layer to layer.
  double gain = random.uniform(0.7, 1.4) * (residualBranch ? 0.6 : 1.0);
  std::vector<Gaussian> targets;
  for (int c = 0; c < channels; ++c) {
    double deviation = gain * random.uniform(0.7, 1.3);
    targets.push_back({deviation * random.uniform(0.0, 1.6), deviation});
  }
  return targets;
}

std::vector<Gaussian> headTargets(SeededRandom &random, int channels, int valuesPerAnchor) {
  assert(channels % valuesPerAnchor == 0);
  std::vector<Gaussian> targets;
  for (int c = 0; c < channels; ++c) {
    int value = c % valuesPerAnchor;
    double jitter = random.uniform(-0.5, 0.5);
    if (value < 4) // centre offset, width and height
      targets.push_back({jitter, 0.9});
    else if (value == 4) // objectness
      targets.push_back({jitter - 3, 1.6});
    else if (value < boxValues + classes)
      targets.push_back({jitter - 3.5, 1.3});
    else // mask coefficients
      targets.push_back({jitter, 0.8});
  }
  return targets;
}

} // namespace bstc::zoo
