#include "diagnose/measure/lineup.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc::diagnose {

size_t Lineup::matched() const {
  return size_t(llvm::count_if(layers, [](int layer) { return layer >= 0; }));
}

namespace {
/// A convolution or product, in the order of the file.
struct Weighted {
  int layer;
  const Weights *weights;
  std::vector<float> values; ///< Of its weights, as it computes with them.
};

class LineUp {
public:
  LineUp(const Network &network, const Network &reference)
      : network(network), reference(reference), lineup{std::vector<int>(network.layers.size(), -1)},
        taken(reference.layers.size()) {}
  Lineup run();

private:
  void lineUpWeights();
  void lineUpRest();
  void match(int layer, int other) {
    lineup.layers[size_t(layer)] = other;
    taken[size_t(other)] = true;
  }
  bool doesSame(const Layer &layer, const Layer &other) const;
  bool readsSame(const Wire &wire, const Wire &other) const;

  const Network &network, &reference;
  Lineup lineup;
  std::vector<bool> taken;
};
} // namespace

static std::vector<Weighted> weightedLayers(const Network &network) {
  std::vector<Weighted> result;
  for (size_t i = 0; i < network.layers.size(); ++i)
    if (const std::optional<Weights> &weights = network.layers[i].weights)
      result.push_back({int(i), &*weights, weights->read()});
  return result;
}

/// 1 for weights of one shape, and up to 1 more the more they are alike (cosine); 0: other shapes.
static double likeness(const Weighted &a, const Weighted &b) {
  if (a.weights->shape != b.weights->shape)
    return 0;
  double product = 0, squaresA = 0, squaresB = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    product += double(a.values[i]) * b.values[i];
    squaresA += double(a.values[i]) * a.values[i];
    squaresB += double(b.values[i]) * b.values[i];
  }
  const double squares = squaresA * squaresB;
  return squares > 0 ? 1 + std::max(0.0, product / std::sqrt(squares)) : 1;
}

/// The longest common subsequence, weighted by likeness.
void LineUp::lineUpWeights() {
  const std::vector<Weighted> own = weightedLayers(network), other = weightedLayers(reference);
  const size_t columns = other.size() + 1;
  std::vector<double> best((own.size() + 1) * columns), alike(best.size());
  for (size_t i = own.size(); i-- > 0;)
    for (size_t j = other.size(); j-- > 0;) {
      const size_t at = i * columns + j;
      alike[at] = likeness(own[i], other[j]);
      best[at] = std::max(best[at + columns], best[at + 1]);
      if (alike[at] > 0)
        best[at] = std::max(best[at], alike[at] + best[at + columns + 1]);
    }
  for (size_t i = 0, j = 0; i < own.size() && j < other.size();) {
    const size_t at = i * columns + j;
    if (alike[at] > 0 && best[at] == alike[at] + best[at + columns + 1])
      match(own[i++].layer, other[j++].layer);
    else if (best[at] == best[at + columns])
      ++i;
    else
      ++j;
  }
}

/// SiLU in the place of ReLU is a finding of its own; the numbers are still to be compared.
static bool isActivation(OpKind op) {
  constexpr OpKind kinds[] = {OpKind::Relu,      OpKind::Silu, OpKind::Clip,
                              OpKind::LeakyRelu, OpKind::Elu,  OpKind::HardSwish};
  return llvm::is_contained(kinds, op);
}

bool LineUp::readsSame(const Wire &wire, const Wire &other) const {
  if (wire.layer < 0)
    return other.layer < 0 && wire.input == other.input;
  return wire.result == other.result && other.layer >= 0 &&
         lineup.layers[size_t(wire.layer)] == other.layer;
}

bool LineUp::doesSame(const Layer &layer, const Layer &other) const {
  if (layer.op != other.op && !(isActivation(layer.op) && isActivation(other.op)))
    return false;
  if (layer.inputs.size() != other.inputs.size() || layer.results != other.results)
    return false;
  return llvm::all_of(llvm::zip(layer.inputs, other.inputs), [&](const auto &wires) {
    return readsSame(std::get<0>(wires), std::get<1>(wires));
  });
}

void LineUp::lineUpRest() {
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer &layer = network.layers[i];
    if (layer.weights || layer.inputs.empty())
      continue;
    for (size_t j = 0; j < reference.layers.size(); ++j)
      if (!taken[j] && doesSame(layer, reference.layers[j])) {
        match(int(i), int(j));
        break;
      }
  }
}

Lineup LineUp::run() {
  lineUpWeights();
  lineUpRest();
  return std::move(lineup);
}

Lineup lineUp(const Network &network, const Network &reference) {
  return LineUp(network, reference).run();
}

} // namespace bstc::diagnose
