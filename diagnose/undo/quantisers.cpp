#include "diagnose/undo/undoer.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {

/// The pairs that readers get a place's value through, each once.
static std::vector<const Pair *> pairsAt(const Network &network, int layer, const Place &place) {
  if (place.input < 0)
    return layer < 0 ? std::vector<const Pair *>() : network.pairsBehind(layer, place.result);
  std::vector<const Pair *> pairs;
  for (const Layer &reader : network.layers)
    for (const Wire &wire : reader.inputs)
      if (wire.input == place.input)
        for (const Pair &pair : wire.pairs)
          if (llvm::none_of(pairs, [&](const Pair *known) {
                return known->dequantize == pair.dequantize && known->quantize == pair.quantize;
              }))
            pairs.push_back(&pair);
  return pairs;
}

/// Constants for the second and third operand of a QuantizeLinear.
std::pair<Value *, Value *> Undoer::parameters(const Quantisation &quant, ElementType element) {
  const Shape shape = quant.perTensor() ? Shape{} : Shape{int64_t(quant.scales.size())};
  Value *scale = graph.addConstant(fresh("undone/scale"),
                                   TensorData::make<float>(ArrayType{ElementType::F32, shape},
                                                           llvm::ArrayRef<float>(quant.scales)));
  const ArrayType integers{element, shape};
  const std::vector<int32_t> &zeros = quant.zeroPoints;
  const TensorDataRef points =
      element == ElementType::U8
          ? TensorData::make<uint8_t>(integers, std::vector<uint8_t>(zeros.begin(), zeros.end()))
          : TensorData::make<int8_t>(integers, std::vector<int8_t>(zeros.begin(), zeros.end()));
  return {scale, graph.addConstant(fresh("undone/zero_point"), points)};
}

/// `value` behind a new pair.
Value *Undoer::quantised(Value *value, const Quantisation &quant, ElementType element) {
  const auto [scale, zero] = parameters(quant, element);
  const TensorType integers(element, value->type.shape, quant);
  const std::string base = value->name;
  const Node *quantize =
      graph.addNode(OpKind::Quantize, "undone/" + base + "/QuantizeLinear", {value, scale, zero},
                    AxisAttrs{quant.axis}, {{fresh(base), integers}});
  return graph
      .addNode(OpKind::Dequantize, "undone/" + base + "/DequantizeLinear",
               {quantize->output(), scale, zero}, AxisAttrs{quant.axis},
               {{fresh(base), TensorType(ElementType::F32, value->type.shape, std::nullopt)}})
      ->output();
}

llvm::Error Undoer::removePair(const Pair &pair) {
  const Node *quantize = node(pair.quantize), *dequantize = node(pair.dequantize);
  if (!quantize || !dequantize)
    return cannotUndo("its QuantizeLinear or DequantizeLinear is missing");
  graph.replaceUses(dequantize->output(), quantize->input(0));
  return llvm::Error::success();
}

/// Gives both nodes of a pair the scale and zero point that `like` is written with.
llvm::Error Undoer::setPair(const Pair &pair, const Pair &like) {
  const Node *quantize = node(pair.quantize), *dequantize = node(pair.dequantize);
  if (!quantize || !dequantize)
    return cannotUndo("its QuantizeLinear or DequantizeLinear is missing");
  graph.replaceUses(dequantize->output(),
                    quantised(quantize->input(0), like.written, like.element));
  return llvm::Error::success();
}

llvm::Error Undoer::restorePair(const Place &place, bool isContradiction) {
  const std::vector<const Pair *> mine = pairsAt(b, place.b, place);
  const std::vector<const Pair *> theirs = pairsAt(a, place.a, place);
  if (mine.empty())
    return cannotUndo("there is no QuantizeLinear in B");
  for (const Pair *pair : mine) {
    // What a contradiction says in the QuantizeLinear is as good as any.
    const Pair *like = !theirs.empty() ? theirs.front() : isContradiction ? pair : nullptr;
    if (llvm::Error error = like ? setPair(*pair, *like) : removePair(*pair))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error Undoer::insertPair(const Place &place) {
  const std::vector<const Pair *> theirs = pairsAt(a, place.a, place);
  Value *value = place.input >= 0 ? graph.find(b.inputs[size_t(place.input)].name)
                 : place.b >= 0   ? graph.find(b.layers[size_t(place.b)].values[place.result])
                                  : nullptr;
  if (theirs.empty() || !value)
    return cannotUndo("A has no QuantizeLinear there");
  Value *behind = quantised(value, theirs.front()->written, theirs.front()->element);
  Node *quantize = behind->producer()->input(0)->producer();
  graph.replaceUses(value, behind);
  quantize->setInput(0, value);
  return llvm::Error::success();
}

} // namespace bstc::diagnose
