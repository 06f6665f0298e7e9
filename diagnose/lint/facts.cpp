#include "diagnose/lint/facts.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bstc::diagnose {

bool passesOn(const Layer &layer) {
  constexpr OpKind kinds[] = {OpKind::MaxPool, OpKind::Resize, OpKind::Reshape, OpKind::Transpose,
                              OpKind::Slice,   OpKind::Pad,    OpKind::Gather,  OpKind::Expand};
  return llvm::is_contained(kinds, layer.op);
}

bool isActivationLayer(const Layer &layer) {
  constexpr OpKind kinds[] = {
      OpKind::Relu, OpKind::Silu,    OpKind::LeakyRelu, OpKind::Clip,     OpKind::HardSwish,
      OpKind::Elu,  OpKind::Sigmoid, OpKind::Tanh,      OpKind::Softplus, OpKind::HardSigmoid};
  return llvm::is_contained(kinds, layer.op);
}

bool hasWeights(const Layer &layer) { return layer.weights.has_value(); }

bool isRectifier(const Layer &layer) {
  return layer.op == OpKind::Relu ||
         (layer.op == OpKind::Clip && std::get<ActivationAttrs>(layer.attrs).alpha == 0);
}

float span(const Pair &pair) { return std::max(std::fabs(pair.least()), pair.greatest()); }

std::string shown(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.3g", value);
  return text;
}

namespace {

/// Greatest magnitude, sum of squares and what float16 cannot hold of a run of floats, in loops
/// that compilers turn into vectors.
struct RunFacts {
  uint32_t greatest = 0; ///< The bits of a magnitude, which are ordered as the numbers are.
  uint32_t lost = 0;     ///< Bits of mantissas behind float16's.
  float energy = 0;
};

} // namespace

static RunFacts factsOf(const float *x, size_t count) {
  constexpr size_t lanes = 8;
  int32_t greatest[lanes] = {};
  uint32_t lost[lanes] = {};
  float energy[lanes] = {};
  auto take = [&](size_t lane, float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    const int32_t magnitude = int32_t(bits & 0x7fffffff);
    greatest[lane] = magnitude > greatest[lane] ? magnitude : greatest[lane];
    lost[lane] |= bits & 0x1fff;
    energy[lane] += value * value;
  };
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane)
      take(lane, x[i + lane]);
  for (; i < count; ++i)
    take(i % lanes, x[i]);
  RunFacts facts;
  for (size_t lane = 0; lane < lanes; ++lane) {
    facts.greatest = std::max(facts.greatest, uint32_t(greatest[lane]));
    facts.lost |= lost[lane];
    facts.energy += energy[lane];
  }
  return facts;
}

static float asFloat(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// Of floats whose channels lie one behind the other.
static WeightFacts factsOfRows(const TensorData &floats, int64_t channels) {
  WeightFacts facts;
  uint32_t lost = 0;
  facts.perChannel = floats.type.count() / std::max<int64_t>(channels, 1);
  for (int64_t c = 0; c < channels; ++c) {
    const RunFacts run =
        factsOf(floats.values<float>().data() + c * facts.perChannel, size_t(facts.perChannel));
    facts.greatest.push_back(asFloat(run.greatest));
    facts.energy.push_back(run.energy);
    lost |= run.lost;
  }
  facts.halfExact = lost == 0;
  return facts;
}

/// Of any others: integers, and matrices whose channels are columns.
static WeightFacts factsOfAny(const Weights &weights) {
  const TensorData &data = weights.floats ? *weights.floats : *weights.integers;
  const int64_t channels = weights.channels(), count = data.type.count();
  WeightFacts facts;
  facts.perChannel = count / std::max<int64_t>(channels, 1);
  facts.greatest.assign(size_t(channels), 0);
  facts.energy.assign(size_t(channels), 0);
  int64_t inner = 1;
  for (size_t axis = size_t(weights.outAxis) + 1; axis < weights.shape.size(); ++axis)
    inner *= weights.shape[axis];
  const Quantisation *quant = weights.pair ? &weights.pair->read : nullptr;
  facts.halfExact = weights.floats != nullptr;
  const llvm::ArrayRef<float> floats =
      weights.floats ? data.values<float>() : llvm::ArrayRef<float>();
  for (int64_t i = 0; i < count; ++i) {
    const size_t c = size_t(i / inner % channels);
    float value;
    if (weights.floats) {
      value = floats[size_t(i)];
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof(bits));
      facts.halfExact &= (bits & 0x1fff) == 0;
    } else {
      const size_t q = quant->perTensor() || quant->axis != weights.outAxis ? 0 : c;
      value = (float(data.at(i)) - float(quant->zeroPoints[q])) * quant->scales[q];
    }
    facts.greatest[c] = std::max(facts.greatest[c], std::fabs(value));
    facts.energy[c] += value * value;
  }
  return facts;
}

static std::map<int, WeightFacts> weightFacts(const Network &network) {
  std::map<int, WeightFacts> facts;
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const std::optional<Weights> &weights = network.layers[i].weights;
    if (!weights || !(weights->floats || weights->integers))
      continue;
    facts[int(i)] = weights->floats && weights->outAxis == 0
                        ? factsOfRows(*weights->floats, weights->channels())
                        : factsOfAny(*weights);
  }
  return facts;
}

static void addTensor(std::vector<QuantisedTensor> &tensors, llvm::StringMap<size_t> &known,
                      const Wire &wire, const Pair &pair, int reader) {
  const std::string name = pair.quantize.empty() ? pair.dequantize : pair.quantize;
  const auto [found, isNew] = known.try_emplace(name, tensors.size());
  if (isNew)
    tensors.push_back({&pair, wire.layer, wire.input, {}, false});
  QuantisedTensor &tensor = tensors[found->second];
  if (reader < 0)
    tensor.isOutput = true;
  else if (!llvm::is_contained(tensor.readers, reader))
    tensor.readers.push_back(reader);
}

static std::vector<QuantisedTensor> tensorsOf(const Network &network) {
  std::vector<QuantisedTensor> tensors;
  llvm::StringMap<size_t> known;
  for (size_t i = 0; i < network.layers.size(); ++i)
    for (const Wire &wire : network.layers[i].inputs)
      for (const Pair &pair : wire.pairs)
        addTensor(tensors, known, wire, pair, int(i));
  for (const Wire &wire : network.outputs)
    for (const Pair &pair : wire.pairs)
      addTensor(tensors, known, wire, pair, -1);
  return tensors;
}

static bool isPowerOfTwo(float value) {
  int exponent;
  return std::frexp(value, &exponent) == 0.5f;
}

Facts::Facts(const Network &network) : network(network) {
  tensors = tensorsOf(network);
  weights = weightFacts(network);
  tail.assign(network.layers.size(), false);
  for (int i = int(network.layers.size()) - 1; i >= 0; --i) {
    bool behind = true;
    for (const std::vector<int> &readers : layer(i).readers)
      for (int reader : readers)
        behind = behind && tail[size_t(reader)];
    if (hasWeights(layer(i)) && behind)
      heads.push_back(i);
    tail[size_t(i)] = behind && !hasWeights(layer(i));
  }
  std::reverse(heads.begin(), heads.end());
  powersOfTwo = tensors.size() >= 3 && llvm::all_of(tensors, [](const QuantisedTensor &tensor) {
                  return isPowerOfTwo(tensor.pair->written.scale());
                });
  isDetector = llvm::any_of(network.layers,
                            [](const Layer &layer) { return layer.op == OpKind::YoloDecode; });
}

int Facts::owner(int index) const {
  while (index >= 0) {
    const Layer &current = layer(index);
    const bool single =
        llvm::count_if(current.inputs, [](const Wire &wire) { return wire.layer >= 0; }) == 1;
    if (hasWeights(current) || !single || current.inputs[0].layer < 0 ||
        !(isActivationLayer(current) || passesOn(current) || current.op == OpKind::BatchNorm))
      return index;
    index = current.inputs[0].layer;
  }
  return index;
}

std::string Facts::name(int index) const {
  return index < 0 ? "the input" : layer(owner(index)).path;
}

std::string Facts::maker(const QuantisedTensor &tensor) const { return name(tensor.maker); }

const Pair *Facts::nearest(const Wire &wire) const {
  const Wire *current = &wire;
  while (current->pairs.empty()) {
    if (current->layer < 0 || !passesOn(layer(current->layer)) ||
        layer(current->layer).inputs.empty())
      return nullptr;
    current = &layer(current->layer).inputs[0];
  }
  return &current->pairs.back();
}

int Facts::origin(const Wire &wire) const {
  int index = wire.layer;
  while (index >= 0 && passesOn(layer(index)) && !layer(index).inputs.empty())
    index = layer(index).inputs[0].layer;
  return index;
}

} // namespace bstc::diagnose
