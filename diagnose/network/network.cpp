#include "diagnose/network/network.h"
#include "diagnose/network/preparation.h"
#include "ir/patterns.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc::diagnose {

namespace {

/// Makes layers and wires of a prepared graph.
class Reader {
public:
  explicit Reader(const Prepared &prepared) : prepared(prepared) {}
  Network read(const Graph &imported);

private:
  bool isLayer(const Node &node) const;
  void addLayer(const Node &node);
  void addOperands(const Node &node, Layer &layer);
  Wire trace(const Value *value) const;
  std::optional<Weights> weightsOf(const Value *value, int outAxis) const;
  Weights stored(const Node &dequantize, int outAxis) const;
  void findReaders();

  const Prepared &prepared;
  Network network;
  llvm::DenseMap<const Node *, int> places;
  llvm::DenseMap<const Value *, int> inputPlaces;
};

} // namespace

/// Is part of a wire, not a layer.
static bool isConversion(const Node &node) {
  constexpr OpKind kinds[] = {OpKind::Quantize, OpKind::Dequantize, OpKind::Reinterpret,
                              OpKind::Identity, OpKind::Dropout,    OpKind::Reorder};
  return llvm::is_contained(kinds, node.op);
}

bool Reader::isLayer(const Node &node) const {
  return !isConversion(node) && prepared.computed.count(&node);
}

static std::string fileName(const Node &node) { return originOf(node.name).str(); }

static TensorDataRef dequantised(const Value &integers) {
  const Quantisation &quant = *integers.type.quant;
  if (!quant.perTensor() || integers.data->type.count() != integers.type.count())
    return nullptr;
  std::vector<float> values(size_t(integers.type.count()));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(integers.data->at(int64_t(i)) - quant.zeroPoint()) * quant.scale();
  return TensorData::make<float>({ElementType::F32, integers.type.shape}, values);
}

/// The pair that ends at a Dequantize, and the value in front of it.
static Pair pairAt(const Prepared &prepared, const Node &dequantize, const Value *&value) {
  const Value *integers = dequantize.input(0);
  Pair pair;
  pair.dequantize = fileName(dequantize);
  pair.element = integers->type.element;
  pair.read = pair.written = *integers->type.quant;
  pair.leastCode = minOf(pair.element);
  pair.greatestCode = maxOf(pair.element);
  if (const Node *reinterpret = madeBy(integers, OpKind::Reinterpret))
    integers = reinterpret->input(0);
  value = integers;
  if (const Node *quantize = madeBy(integers, OpKind::Quantize)) {
    pair.quantize = fileName(*quantize);
    pair.written = *integers->type.quant;
    value = quantize->input(0);
    if (auto found = prepared.clips.find(quantize->name); found != prepared.clips.end())
      std::tie(pair.leastCode, pair.greatestCode) = found->second;
  }
  return pair;
}

Wire Reader::trace(const Value *value) const {
  Wire wire;
  wire.value = originOf(value->name).str();
  while (const Node *node = value->producer()) {
    if (node->op == OpKind::Dequantize) {
      if (node->input(0)->isConstant()) {
        wire.constant = dequantised(*node->input(0));
        return wire;
      }
      wire.pairs.push_back(pairAt(prepared, *node, value));
    } else if (node->op == OpKind::Quantize) { // Integers are what is read.
      Pair pair{fileName(*node),           "",
                value->type.element,       *value->type.quant,
                *value->type.quant,        minOf(value->type.element),
                maxOf(value->type.element)};
      wire.pairs.push_back(std::move(pair));
      value = node->input(0);
    } else if (isConversion(*node)) {
      value = node->input(0);
    } else {
      break;
    }
  }
  std::reverse(wire.pairs.begin(), wire.pairs.end());
  if (const Node *node = value->producer()) {
    auto found = places.find(node);
    wire.layer = found == places.end() ? -1 : found->second;
    wire.result = value->resultIndex();
  } else if (auto found = inputPlaces.find(value); found != inputPlaces.end()) {
    wire.input = found->second;
  } else {
    wire.constant = value->data;
  }
  return wire;
}

/// Constants behind a Dequantize, as the file has them.
Weights Reader::stored(const Node &dequantize, int outAxis) const {
  const Value &integers = *dequantize.input(0);
  Weights weights;
  weights.outAxis = outAxis;
  weights.value = originOf(integers.name).str();
  weights.shape = integers.type.shape;
  Pair pair;
  pair.dequantize = fileName(dequantize);
  pair.element = integers.type.element;
  pair.leastCode = minOf(pair.element);
  pair.greatestCode = maxOf(pair.element);
  auto own = prepared.weightScales.find(dequantize.name);
  pair.read = own == prepared.weightScales.end() ? *integers.type.quant : own->second;
  pair.written = pair.read;
  if (auto found = prepared.weights.find(weights.value); found != prepared.weights.end()) {
    const Prepared::QuantisedWeights &source = found->second;
    pair.quantize = source.node;
    pair.written = source.quant;
    weights.floats = source.floats;
    weights.value = source.value;
    weights.shape = source.floats->type.shape;
    if (auto clip = prepared.clips.find(source.node); clip != prepared.clips.end())
      std::tie(pair.leastCode, pair.greatestCode) = clip->second;
  } else {
    weights.integers = integers.data;
  }
  const Quantisation &now = *integers.type.quant;
  if (now.scales != pair.read.scales)
    for (size_t c = 0; c < now.scales.size(); ++c)
      weights.factors.push_back(double(now.scales[c]) /
                                pair.read.scales[pair.read.perTensor() ? 0 : c]);
  weights.pair = std::move(pair);
  return weights;
}

std::optional<Weights> Reader::weightsOf(const Value *value, int outAxis) const {
  if (const Node *transpose = madeBy(value, OpKind::Transpose);
      transpose && value->type.rank() == 2 && !prepared.computed.count(transpose)) {
    value = transpose->input(0);
    outAxis = transpose->as<TransposeAttrs>().perm[0] == 1 ? 1 - outAxis : outAxis;
  }
  if (value->isConstant() && value->type.isFloat()) {
    Weights weights;
    weights.value = originOf(value->name).str();
    weights.shape = value->type.shape;
    weights.outAxis = outAxis;
    weights.floats = value->data;
    return weights;
  }
  const Node *dequantize = madeBy(value, OpKind::Dequantize);
  if (!dequantize || !dequantize->input(0)->isConstant())
    return std::nullopt;
  return stored(*dequantize, outAxis);
}

/// Operands that are no weights become wires.
void Reader::addOperands(const Node &node, Layer &layer) {
  const bool convolution = layer.op == OpKind::Conv, gemm = layer.op == OpKind::Gemm;
  const bool matmul = layer.op == OpKind::MatMul;
  for (unsigned i = 0; i < node.inputs().size(); ++i) {
    const Value *operand = node.input(i);
    if (!operand || (layer.op == OpKind::BatchNorm && i > 0))
      continue;
    if ((convolution || gemm) && i == 2) {
      layer.bias = weightsOf(operand, std::max(0, int(operand->type.rank()) - 1));
      if (layer.bias)
        continue;
    } else if (convolution ? i == 1 : (gemm || matmul) && !layer.weights) {
      const int last = int(operand->type.rank()) - 1;
      const bool transposed =
          gemm && (i == 0 ? node.as<GemmAttrs>().transposeA : node.as<GemmAttrs>().transposeB);
      const int axis = convolution ? 0 : (i == 1) != transposed ? last : last - 1;
      layer.weights = weightsOf(operand, std::max(axis, 0));
      if (layer.weights)
        continue;
    }
    layer.inputs.push_back(trace(operand));
  }
}

void Reader::addLayer(const Node &node) {
  Layer layer;
  layer.node = fileName(node);
  layer.op = node.op;
  // What foldBatchNorm() could not fold became a convolution of its name.
  if (prepared.norms.contains(layer.node) && node.op == OpKind::Conv)
    layer.op = OpKind::BatchNorm;
  layer.path = layerPath(layer.node);
  layer.merged = node.fused;
  layer.attrs = node.attrs;
  addOperands(node, layer);
  const bool norm = llvm::any_of(
      node.fused, [&](const std::string &name) { return prepared.norms.contains(name); });
  if (layer.weights)
    layer.weights->foldedNorm = norm;
  if (layer.bias)
    layer.bias->foldedNorm = norm;
  for (const Value *result : node.outputs()) {
    layer.results.push_back(result->type);
    layer.values.push_back(originOf(result->name).str());
  }
  layer.readers.resize(layer.results.size());
  places[&node] = int(network.layers.size());
  network.layers.push_back(std::move(layer));
}

void Reader::findReaders() {
  for (size_t i = 0; i < network.layers.size(); ++i)
    for (const Wire &wire : network.layers[i].inputs)
      if (wire.layer >= 0) {
        std::vector<int> &readers = network.layers[size_t(wire.layer)].readers[wire.result];
        if (readers.empty() || readers.back() != int(i))
          readers.push_back(int(i));
      }
}

Network Reader::read(const Graph &imported) {
  network.source = imported.source;
  const Graph &graph = prepared.graph;
  for (const Value *input : graph.inputs()) {
    inputPlaces[input] = int(network.inputs.size());
    network.inputs.push_back({input->name, input->type});
  }
  for (const auto &node : graph.nodes())
    if (isLayer(*node))
      addLayer(*node);
  for (const Value *output : graph.outputs()) {
    network.outputs.push_back(trace(output));
    network.outputNames.push_back(output->name);
  }
  findReaders();
  network.quantised = llvm::any_of(graph.nodes(), [](const auto &node) {
    return node->op == OpKind::Quantize || node->op == OpKind::Dequantize;
  });
  return std::move(network);
}

llvm::Expected<Network> readNetwork(const Graph &imported) {
  llvm::Expected<Prepared> prepared = prepare(imported);
  if (!prepared)
    return prepared.takeError();
  return Reader(*prepared).read(imported);
}

std::vector<const Pair *> Network::pairsBehind(int layer, unsigned result) const {
  std::vector<const Pair *> pairs;
  auto add = [&](const Wire &wire) {
    if (wire.layer != layer || wire.result != result)
      return;
    for (const Pair &pair : wire.pairs)
      if (llvm::none_of(pairs, [&](const Pair *known) {
            return known->quantize == pair.quantize && known->dequantize == pair.dequantize;
          }))
        pairs.push_back(&pair);
  };
  for (int reader : layers[size_t(layer)].readers[result])
    llvm::for_each(layers[size_t(reader)].inputs, add);
  llvm::for_each(outputs, add);
  return pairs;
}

const Layer *Network::find(llvm::StringRef path) const {
  auto found = llvm::find_if(layers, [&](const Layer &layer) { return layer.path == path; });
  return found == layers.end() ? nullptr : &*found;
}

} // namespace bstc::diagnose
