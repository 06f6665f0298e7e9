#include "diagnose/measure/measured_tensor.h"

#include "diagnose/match/kinds.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace bstc::diagnose {

namespace {

/// Which of the numbers get a row, and how the rows depend on each other.
class Selection {
public:
  explicit Selection(const Network &network) : network(network) {}
  std::vector<MeasuredTensor> run();

private:
  void addInputs();
  void addLayer(int index, unsigned result);
  bool isWanted(int index, unsigned result, const Pair *pair) const;
  std::string describe(int index, MeasuredTensor &tensor) const;
  void addSources(const Wire &wire, std::vector<int> &sources) const;

  const Network &network;
  std::vector<MeasuredTensor> tensors;
  std::map<std::pair<int, unsigned>, int> rows; ///< By layer and result; inputs by -1 - input.
};

} // namespace

static bool hasPairsOf(const Pair &pair) {
  return !pair.quantize.empty() && pair.written.perTensor() && pair.read.perTensor();
}

static const Pair *firstPair(llvm::ArrayRef<const Pair *> pairs) {
  const auto found = llvm::find_if(pairs, [](const Pair *pair) { return hasPairsOf(*pair); });
  return found == pairs.end() ? nullptr : *found;
}

void Selection::addInputs() {
  const auto add = [&](const Wire &wire) {
    if (wire.input < 0 || wire.pairs.empty() || rows.count({-1 - wire.input, 0}) ||
        !hasPairsOf(wire.pairs.front()))
      return;
    const Pair &pair = wire.pairs.front();
    MeasuredTensor tensor;
    tensor.path = tensor.value = network.inputs[size_t(wire.input)].name;
    tensor.node = pair.quantize;
    tensor.operators = "input";
    tensor.input = wire.input;
    tensor.pair = &pair;
    rows[{-1 - wire.input, 0}] = int(tensors.size());
    tensors.push_back(std::move(tensor));
  };
  for (const Layer &layer : network.layers)
    llvm::for_each(layer.inputs, add);
}

/// Float results of convolutions and products count, unless an activation follows that is measured
/// in their place; other float results only where the network ends.
bool Selection::isWanted(int index, unsigned result, const Pair *pair) const {
  if (pair)
    return true;
  const Layer &layer = network.layers[size_t(index)];
  const bool isOutput = llvm::any_of(network.outputs, [&](const Wire &wire) {
    return wire.layer == index && wire.result == result;
  });
  if (isOutput)
    return true;
  if (!layer.weights)
    return false;
  const std::vector<int> &readers = layer.readers[result];
  return readers.size() != 1 || !isActivation(network.layers[size_t(readers.front())].op);
}

/// The measured tensors behind an operand: through what has no row of its own.
void Selection::addSources(const Wire &wire, std::vector<int> &sources) const {
  const std::pair<int, unsigned> key =
      wire.layer < 0 ? std::pair(-1 - wire.input, 0u) : std::pair(wire.layer, wire.result);
  if (auto found = rows.find(key); found != rows.end()) {
    if (!llvm::is_contained(sources, found->second))
      sources.push_back(found->second);
  } else if (wire.layer >= 0) {
    for (const Wire &operand : network.layers[size_t(wire.layer)].inputs)
      addSources(operand, sources);
  }
}

/// Sets the path and the layer with weights; returns the operators, from the convolution on.
std::string Selection::describe(int index, MeasuredTensor &tensor) const {
  const Layer &layer = network.layers[size_t(index)];
  std::string text = opInfo(layer.op).text;
  if (layer.weights) {
    tensor.weighted = index;
    return text;
  }
  if (!isActivation(layer.op) || layer.inputs.empty())
    return text;
  const Wire &wire = layer.inputs.front();
  if (wire.layer < 0 || !network.layers[size_t(wire.layer)].weights)
    return text;
  const Layer &before = network.layers[size_t(wire.layer)];
  tensor.path = before.path;
  tensor.weighted = wire.layer;
  return std::string(opInfo(before.op).text) + " " + text;
}

void Selection::addLayer(int index, unsigned result) {
  const Layer &layer = network.layers[size_t(index)];
  const std::vector<const Pair *> pairs = network.pairsBehind(index, result);
  MeasuredTensor tensor;
  tensor.pair = firstPair(pairs);
  if (!layer.results[result].isFloat() || !isWanted(index, result, tensor.pair))
    return;
  tensor.path = layer.path;
  tensor.node = layer.node;
  tensor.value = layer.values[result];
  tensor.layer = index;
  tensor.result = result;
  tensor.operators = describe(index, tensor);
  for (const Wire &wire : layer.inputs)
    addSources(wire, tensor.sources);
  rows[{index, result}] = int(tensors.size());
  tensors.push_back(std::move(tensor));
}

std::vector<MeasuredTensor> Selection::run() {
  addInputs();
  for (size_t index = 0; index < network.layers.size(); ++index)
    for (unsigned result = 0; result < network.layers[index].results.size(); ++result)
      addLayer(int(index), result);
  return std::move(tensors);
}

std::vector<MeasuredTensor> measuredTensors(const Network &network) {
  return Selection(network).run();
}

} // namespace bstc::diagnose
