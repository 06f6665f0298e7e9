#include "diagnose/undo/undoer.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc::diagnose {

/// The symmetric scale of each output channel that just reaches its greatest weight.
static Quantisation symmetricScales(const Weights &weights, llvm::ArrayRef<float> numbers) {
  constexpr float greatestCode = 127;
  const int64_t channels = weights.channels();
  int64_t inner = 1;
  for (size_t axis = size_t(weights.outAxis) + 1; axis < weights.shape.size(); ++axis)
    inner *= weights.shape[axis];
  Quantisation quant;
  quant.axis = weights.outAxis;
  quant.scales.assign(size_t(channels), 0);
  quant.zeroPoints.assign(size_t(channels), 0);
  for (size_t i = 0; i < numbers.size(); ++i) {
    float &scale = quant.scales[(i / size_t(inner)) % size_t(channels)];
    scale = std::max(scale, std::fabs(numbers[i]) / greatestCode);
  }
  for (float &scale : quant.scales)
    scale = scale > 0 ? scale : 1 / greatestCode;
  return quant;
}

/// A pair of A's whose scales are of the weights as the file has them.
static std::optional<Pair> plainPair(const Weights &weights) {
  return weights.factors.empty() ? weights.pair : std::nullopt;
}

/// Gives a layer of B these weights; quantised as `like`, or with scales of their own, where the
/// layer's are.
llvm::Error Undoer::setWeights(const Layer &layer, std::vector<float> numbers,
                               const std::optional<Pair> &like) {
  Node *reader = node(layer.node);
  const Weights &weights = *layer.weights;
  if (!reader || reader->inputs().size() < 2)
    return cannotUndo("the layer is not one node of the file");
  if (weights.foldedNorm || !weights.factors.empty())
    return cannotUndo("a BatchNormalization of the file was folded into its weights");
  Value *value = graph.addConstant(
      fresh(weights.value), TensorData::make<float>(ArrayType{ElementType::F32, weights.shape},
                                                    llvm::ArrayRef<float>(numbers)));
  if (like)
    value = quantised(value, like->read, like->element);
  else if (weights.pair)
    value = quantised(value, symmetricScales(weights, numbers), ElementType::S8);
  reader->setInput(1, value);
  return llvm::Error::success();
}

static bool haveOneShape(const Layer &layer, const Layer &other) {
  return layer.weights && other.weights && layer.weights->shape == other.weights->shape &&
         layer.weights->outAxis == other.weights->outAxis;
}

llvm::Error Undoer::restoreWeights(const Place &place) {
  if (place.a < 0 || place.b < 0)
    return cannotUndo("it is not one layer");
  const Layer &layer = b.layers[size_t(place.b)], &other = a.layers[size_t(place.a)];
  if (!haveOneShape(layer, other))
    return cannotUndo("the weights have other shapes");
  if (llvm::Error error = setWeights(layer, other.weights->read(), plainPair(*other.weights)))
    return error;
  return other.bias ? restoreBias(place) : llvm::Error::success();
}

/// The layer's own weights, with A's scales or, where A has none, scales that fit them.
llvm::Error Undoer::restoreWeightScale(const Place &place) {
  if (place.b < 0 || !b.layers[size_t(place.b)].weights)
    return cannotUndo("it is not one layer with weights");
  const Layer &layer = b.layers[size_t(place.b)];
  std::vector<float> numbers = layer.weights->written();
  if (numbers.empty())
    return cannotUndo("the file has only the integers of its weights");
  const Layer *other = place.a >= 0 ? &a.layers[size_t(place.a)] : nullptr;
  return setWeights(layer, std::move(numbers),
                    other && haveOneShape(layer, *other) ? plainPair(*other->weights)
                                                         : std::nullopt);
}

llvm::Error Undoer::restoreBias(const Place &place) {
  if (place.a < 0 || place.b < 0)
    return cannotUndo("it is not one layer");
  const Layer &layer = b.layers[size_t(place.b)], &other = a.layers[size_t(place.a)];
  Node *reader = node(layer.node);
  if (!reader || reader->inputs().size() < 2 || (layer.bias && layer.bias->foldedNorm) ||
      (layer.weights && layer.weights->foldedNorm))
    return cannotUndo("the bias is not that of one node of the file");
  if (!other.bias)
    return cannotUndo("A has no bias there");
  llvm::SmallVector<Value *, 3> operands(reader->inputs().begin(), reader->inputs().end());
  operands.resize(3, nullptr);
  operands[2] =
      graph.addConstant(fresh(layer.node + ".bias"),
                        TensorData::make<float>(ArrayType{ElementType::F32, other.bias->shape},
                                                llvm::ArrayRef<float>(other.bias->read())));
  reader->setInputs(operands);
  return llvm::Error::success();
}

} // namespace bstc::diagnose
