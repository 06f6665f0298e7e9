#include "diagnose/measure/measured_findings.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc::diagnose {

static double squares(llvm::ArrayRef<float> values) {
  double sum = 0;
  for (const float value : values)
    sum += double(value) * value;
  return sum;
}

/// |a - b| / |b|; 0 for two arrays of zeros.
static double relative(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b) {
  double difference = 0;
  for (size_t i = 0; i < a.size(); ++i)
    difference += std::pow(double(a[i]) - b[i], 2);
  const double expected = squares(b);
  return difference == 0 ? 0 : std::sqrt(difference / std::max(expected, 1e-30));
}

/// The channel of `b` that is most like channel `channel` of `a` (cosine), where that is near.
static int nearestChannel(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b, size_t channels,
                          size_t channel) {
  const size_t each = a.size() / channels;
  const llvm::ArrayRef<float> own = a.slice(channel * each, each);
  int best = -1;
  double bestCosine = 0.9; // What further training leaves is nearer than that.
  for (size_t other = 0; other < channels; ++other) {
    const llvm::ArrayRef<float> theirs = b.slice(other * each, each);
    double product = 0;
    for (size_t i = 0; i < each; ++i)
      product += double(own[i]) * theirs[i];
    const double cosine = product / std::sqrt(std::max(squares(own) * squares(theirs), 1e-30));
    if (cosine > bestCosine) {
      bestCosine = cosine;
      best = int(other);
    }
  }
  return best;
}

/// The reference's channel that is the first one here, where nearly all are there in another order.
static int permutation(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b, size_t channels) {
  size_t found = 0, moved = 0;
  int first = -1;
  for (size_t channel = 0; channel < channels; ++channel) {
    const int nearest = nearestChannel(a, b, channels, channel);
    found += nearest >= 0;
    moved += nearest >= 0 && size_t(nearest) != channel;
    if (first < 0 && nearest >= 0 && size_t(nearest) != channel)
      first = channel == 0 ? nearest : 0;
  }
  return found * 10 >= channels * 9 && moved * 2 >= channels ? first : -1;
}

static WeightDifference differenceOf(const Layer &layer, const Layer &other) {
  WeightDifference result;
  std::vector<float> own = layer.weights->written();
  if (own.empty())
    own = layer.weights->read();
  const std::vector<float> theirs = other.weights->read();
  if (own.size() != theirs.size())
    return result;
  result.weights = relative(own, theirs);
  constexpr double alike = 0.2; // Channels cannot have been moved.
  if (result.weights > alike && layer.weights->outAxis == 0)
    result.permutedFirst = permutation(own, theirs, size_t(layer.weights->channels()));
  if (!other.bias)
    return result;
  const std::vector<float> bias = other.bias->read();
  const std::vector<float> ownBias =
      layer.bias ? layer.bias->read() : std::vector<float>(bias.size());
  if (bias.size() != ownBias.size())
    return result;
  result.bias = relative(ownBias, bias);
  result.biasLost = squares(ownBias) == 0 && squares(bias) > 0;
  return result;
}

std::vector<WeightDifference> weightDifferences(const Measurement &measurement) {
  std::vector<WeightDifference> differences;
  const Network *reference = measurement.referenceNetwork();
  if (!reference)
    return differences;
  const std::vector<Layer> &layers = measurement.network().layers;
  for (size_t i = 0; i < layers.size(); ++i) {
    const int other = measurement.lineup()[i];
    if (other < 0 || !layers[i].weights || !reference->layers[size_t(other)].weights)
      continue;
    differences.push_back(differenceOf(layers[i], reference->layers[size_t(other)]));
    differences.back().layer = int(i);
  }
  return differences;
}

} // namespace bstc::diagnose
