#include "diagnose/match/signature.h"

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"

#include <cmath>

namespace bstc::diagnose {

/// Beyond that, one edit would change the hashes of half the network.
static constexpr size_t radii = 4;
static constexpr size_t sampleSize = 96, quantiles = 24;

static uint64_t labelOf(const Layer &layer) {
  uint64_t label = llvm::hash_combine(unsigned(kindOf(layer.op)));
  if (const auto *conv = std::get_if<ConvAttrs>(&layer.attrs))
    label =
        llvm::hash_combine(label, conv->window.kernel[0], conv->window.kernel[1], conv->groups > 1);
  return label;
}

/// The layer whose numbers arrive, less activations on the way.
static int beforeActivations(const Network &network, int layer) {
  while (layer >= 0 && isActivation(network.layers[layer].op) &&
         !network.layers[layer].inputs.empty())
    layer = network.layers[layer].inputs[0].layer;
  return layer;
}

/// Every layer that reads a result, less activations on the way.
static void readersOf(const Network &network, int layer, std::vector<int> &found) {
  for (const std::vector<int> &readers : network.layers[layer].readers)
    for (const int reader : readers) {
      if (isActivation(network.layers[reader].op))
        readersOf(network, reader, found);
      else
        found.push_back(reader);
    }
}

/// One round: each layer's label with those of its neighbours of the round before.
template <typename Neighbours>
static std::vector<uint64_t> refine(const std::vector<uint64_t> &labels,
                                    const std::vector<uint64_t> &own,
                                    const Neighbours &neighbours) {
  std::vector<uint64_t> refined(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    llvm::SmallVector<uint64_t, 8> around;
    for (const int neighbour : neighbours[i])
      around.push_back(neighbour < 0 ? uint64_t(1) : labels[neighbour]);
    llvm::sort(around); // Exporters exchange the operands of additions.
    refined[i] = llvm::hash_combine(own[i], llvm::hash_combine_range(around.begin(), around.end()));
  }
  return refined;
}

static void addNeighbourhoods(const Network &network, std::vector<Signature> &signatures) {
  const size_t count = network.layers.size();
  std::vector<std::vector<int>> makers(count), readers(count);
  std::vector<uint64_t> own(count);
  for (size_t i = 0; i < count; ++i) {
    own[i] = signatures[i].label;
    for (const Wire &wire : network.layers[i].inputs)
      if (!Source(wire).isConstant())
        makers[i].push_back(beforeActivations(network, wire.layer));
    readersOf(network, int(i), readers[i]);
  }
  for (const Wire &output : network.outputs)
    if (const int maker = beforeActivations(network, output.layer); maker >= 0)
      readers[maker].push_back(-1);
  std::vector<uint64_t> before = own, behind = own;
  for (size_t radius = 0; radius < radii; ++radius) {
    before = refine(before, own, makers);
    behind = refine(behind, own, readers);
    for (size_t i = 0; i < count; ++i) {
      signatures[i].before.push_back(before[i]);
      signatures[i].behind.push_back(behind[i]);
    }
  }
}

std::vector<float> filterNorms(const Weights &weights, llvm::ArrayRef<float> numbers) {
  size_t inner = 1;
  for (size_t i = size_t(weights.outAxis) + 1; i < weights.shape.size(); ++i)
    inner *= size_t(weights.shape[i]);
  const auto channels = size_t(weights.channels());
  std::vector<double> squares(channels);
  for (size_t start = 0; start < numbers.size(); start += inner) {
    double sum = 0;
    for (const float number : numbers.slice(start, inner))
      sum += double(number) * number;
    squares[start / inner % channels] += sum;
  }
  std::vector<float> norms;
  norms.reserve(squares.size());
  for (const double sum : squares)
    norms.push_back(float(std::sqrt(sum)));
  return norms;
}

/// `count` of the values, evenly spaced, the first and the last among them.
static std::vector<float> spaced(llvm::ArrayRef<float> values, size_t count) {
  std::vector<float> chosen;
  count = std::min(count, values.size());
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(values[count == 1 ? 0 : i * (values.size() - 1) / (count - 1)]);
  return chosen;
}

static void addWeights(const Weights &weights, Signature &signature) {
  const std::vector<float> numbers = numbersOf(weights);
  signature.weightHash = llvm::xxHash64(llvm::StringRef(
                             reinterpret_cast<const char *>(numbers.data()), numbers.size() * 4)) |
                         1;
  signature.sample = spaced(numbers, sampleSize);
  std::vector<float> norms = filterNorms(weights, numbers);
  llvm::sort(norms);
  signature.norms = spaced(norms, quantiles);
}

std::vector<Signature> signaturesOf(const Network &network) {
  std::vector<Signature> signatures(network.layers.size());
  for (size_t i = 0; i < signatures.size(); ++i) {
    signatures[i].label = labelOf(network.layers[i]);
    if (network.layers[i].weights)
      addWeights(*network.layers[i].weights, signatures[i]);
  }
  addNeighbourhoods(network, signatures);
  return signatures;
}

std::vector<int> canonicalOrder(const Network &network) {
  std::vector<int> order;
  std::vector<uint8_t> state(network.layers.size()); // 1: entered, 2: in the order.
  std::vector<int> stack;
  const auto visit = [&](int root) {
    stack.push_back(root);
    while (!stack.empty()) {
      const int layer = stack.back();
      if (state[layer] == 0) {
        state[layer] = 1;
        for (const Wire &wire : llvm::reverse(network.layers[layer].inputs))
          if (wire.layer >= 0 && state[wire.layer] == 0)
            stack.push_back(wire.layer);
        continue;
      }
      stack.pop_back();
      if (state[layer] == 1) {
        state[layer] = 2;
        order.push_back(layer);
      }
    }
  };
  for (const Wire &output : network.outputs)
    if (output.layer >= 0)
      visit(output.layer);
  for (size_t i = 0; i < network.layers.size(); ++i)
    if (state[i] != 2)
      visit(int(i));
  return order;
}

double relativeDistance(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b) {
  if (a.size() != b.size())
    return 2;
  double difference = 0, normA = 0, normB = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double delta = double(a[i]) - b[i];
    difference += delta * delta;
    normA += double(a[i]) * a[i];
    normB += double(b[i]) * b[i];
  }
  return difference == 0 ? 0 : std::sqrt(difference / std::max(normA, normB));
}

} // namespace bstc::diagnose
