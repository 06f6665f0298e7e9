#include "diagnose/undo/undoer.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace bstc::diagnose {

/// What operand `operand` of A's layer is in B.
std::optional<Source> Undoer::wanted(int layerA, unsigned operand) const {
  const std::vector<Wire> &inputs = a.layers[size_t(layerA)].inputs;
  if (operand >= inputs.size() || Source(inputs[operand]).isConstant())
    return std::nullopt;
  return matching.inB(Source(inputs[operand]));
}

/// What B's layer would read in the place of `operand`, if it were A's: by the operand's place;
/// where order means nothing, what A's counterpart reads and B's layer does not.
std::optional<Source> Undoer::wantedFor(int layerB, unsigned operand) const {
  const Layer &layer = b.layers[size_t(layerB)];
  const int layerA = matching.toA[size_t(layerB)];
  if (layerA < 0)
    return std::nullopt;
  const Layer &counterpart = a.layers[size_t(layerA)];
  if (!isCommutative(layer.op))
    return counterpart.inputs.size() == layer.inputs.size() ? wanted(layerA, operand)
                                                            : std::nullopt;
  for (unsigned i = 0; i < counterpart.inputs.size(); ++i) {
    const std::optional<Source> source = wanted(layerA, i);
    if (source &&
        llvm::none_of(layer.inputs, [&](const Wire &wire) { return Source(wire) == *source; }))
      return source;
  }
  return std::nullopt;
}

/// The value that stands for a source, through its pairs: as one of `readers` reads it, else as
/// any layer does.
llvm::Expected<Value *> Undoer::valueOf(const Source &source, llvm::ArrayRef<int> readers) const {
  const auto search = [&](const Layer &layer) -> Value * {
    for (const Wire &wire : layer.inputs)
      if (Source(wire) == source)
        return graph.find(wire.value);
    return nullptr;
  };
  for (const int reader : readers)
    if (Value *value = search(b.layers[size_t(reader)]))
      return value;
  for (const Layer &layer : b.layers)
    if (Value *value = search(layer))
      return value;
  return cannotUndo("nothing in B reads what A reads there");
}

/// Takes out layers that only B has: what reads them gets what A's readers get.
llvm::Error Undoer::takeOut(const Place &place) {
  if (place.onlyB.empty() || !place.onlyA.empty())
    return cannotUndo("layers were exchanged there, not only added");
  const auto isOut = [&](int layer) { return llvm::is_contained(place.onlyB, layer); };
  std::map<std::string, Value *> instead;
  const auto replace = [&](const Wire &wire, std::optional<Source> source) -> llvm::Error {
    if (!source || isOut(source->layer))
      return cannotUndo("it is not clear what A has in place of '" + wire.value + "'");
    llvm::Expected<Value *> value = valueOf(*source, place.onlyB);
    if (!value)
      return value.takeError();
    if (!instead.try_emplace(wire.value, *value).second && instead[wire.value] != *value)
      return cannotUndo("A has different values in place of '" + wire.value + "'");
    return llvm::Error::success();
  };
  for (size_t i = 0; i < b.layers.size(); ++i)
    for (unsigned operand = 0; operand < b.layers[i].inputs.size() && !isOut(int(i)); ++operand)
      if (const Wire &wire = b.layers[i].inputs[operand]; isOut(wire.layer))
        if (llvm::Error error = replace(wire, wantedFor(int(i), operand)))
          return error;
  for (size_t i = 0; i < std::min(a.outputs.size(), b.outputs.size()); ++i)
    if (isOut(b.outputs[i].layer))
      if (llvm::Error error = replace(b.outputs[i], matching.inB(Source(a.outputs[i]))))
        return error;
  for (const auto &[name, value] : instead)
    if (Value *old = graph.find(name))
      graph.replaceUses(old, value);
  return llvm::Error::success();
}

/// Makes the nodes of B's layer read `value` as that operand.
llvm::Error Undoer::setOperand(int layerB, unsigned operand, Value *value) {
  const Layer &layer = b.layers[size_t(layerB)];
  Value *old = graph.find(layer.inputs[operand].value);
  const auto isOfLayer = [&](const Node &node) {
    return node.name == layer.node || llvm::is_contained(layer.merged, node.name);
  };
  bool found = false;
  if (old)
    for (Node *user : llvm::SmallVector<Node *>(old->users().begin(), old->users().end()))
      for (unsigned i = 0; i < user->inputs().size() && isOfLayer(*user); ++i)
        if (user->input(i) == old) {
          user->setInput(i, value);
          found = true;
        }
  return found ? llvm::Error::success()
               : cannotUndo("no node of the file reads '" + layer.inputs[operand].value + "'");
}

/// Puts in the one layer, an addition or an activation, that only A has.
llvm::Error Undoer::putBack(const Place &place) {
  if (place.onlyA.size() != 1 || !place.onlyB.empty())
    return cannotUndo("more than one layer is missing there");
  const int index = place.onlyA.front();
  const Layer &layer = a.layers[size_t(index)];
  llvm::SmallVector<Value *, 2> operands;
  for (unsigned i = 0; i < layer.inputs.size(); ++i) {
    const std::optional<Source> source = wanted(index, i);
    if (!source)
      return cannotUndo("B has nothing that it could read");
    llvm::Expected<Value *> value = valueOf(*source, {});
    if (!value)
      return value.takeError();
    operands.push_back(*value);
  }
  Value *result = graph
                      .addNode(layer.op, "undone/" + layer.node, operands, layer.attrs,
                               {{fresh(layer.node), TensorType(ArrayType(operands[0]->type))}})
                      ->output();
  if (const std::vector<const Pair *> pairs = a.pairsBehind(index); !pairs.empty())
    result = quantised(result, pairs.front()->written, pairs.front()->element);
  bool isRead = false;
  for (const int readerA : layer.readers[0]) {
    const int readerB = matching.toB[size_t(readerA)];
    const std::vector<Wire> &inputs = a.layers[size_t(readerA)].inputs;
    if (readerB < 0 || b.layers[size_t(readerB)].inputs.size() != inputs.size())
      return cannotUndo("what reads it in A has no counterpart in B");
    for (unsigned i = 0; i < inputs.size(); ++i)
      if (inputs[i].layer == index) {
        if (llvm::Error error = setOperand(readerB, i, result))
          return error;
        isRead = true;
      }
  }
  return isRead ? llvm::Error::success() : cannotUndo("no layer reads it in A");
}

llvm::Error Undoer::rewire(const Place &place) {
  if (place.a < 0 || place.b < 0)
    return cannotUndo("it is not one layer that reads something else");
  const std::vector<Wire> &inputs = b.layers[size_t(place.b)].inputs;
  if (inputs.size() != a.layers[size_t(place.a)].inputs.size())
    return cannotUndo("A's layer has another number of operands");
  std::vector<std::pair<unsigned, Value *>> changes;
  for (unsigned i = 0; i < inputs.size(); ++i) {
    const std::optional<Source> source = wanted(place.a, i);
    if (!source || *source == Source(inputs[i]))
      continue;
    llvm::Expected<Value *> value = valueOf(*source, {place.b});
    if (!value)
      return value.takeError();
    changes.emplace_back(i, *value);
  }
  // By place: what one operand gets may be what another had.
  Node *reader = node(b.layers[size_t(place.b)].node);
  if (!reader || reader->inputs().size() < inputs.size() || changes.empty())
    return cannotUndo("the layer is more than one node of the file");
  for (const auto &[operand, value] : changes)
    reader->setInput(operand, value);
  return llvm::Error::success();
}

llvm::Error Undoer::exchangeActivation(const Place &place) {
  if (place.a < 0 || place.b < 0)
    return cannotUndo("it is not one layer");
  const Layer &layer = b.layers[size_t(place.b)], &other = a.layers[size_t(place.a)];
  Value *old = graph.find(layer.values.front());
  if (!isActivation(layer.op) || !isActivation(other.op) || !old || layer.inputs.empty())
    return cannotUndo("the activation is no layer of its own");
  llvm::Expected<Value *> operand = valueOf(Source(layer.inputs[0]), {place.b});
  if (!operand)
    return operand.takeError();
  const Node *made = graph.addNode(other.op, "undone/" + layer.node, {*operand}, other.attrs,
                                   {{fresh(layer.values.front()), old->type}});
  graph.replaceUses(old, made->output());
  return llvm::Error::success();
}

} // namespace bstc::diagnose
