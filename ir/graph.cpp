#include "ir/graph.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>
#include <queue>

namespace bstc {

void Node::setInput(unsigned i, Value *value) {
  if (i >= operands.size())
    operands.resize(i + 1, nullptr);
  if (Value *old = operands[i])
    old->readers.erase(llvm::find(old->readers, this));
  operands[i] = value;
  if (value)
    value->readers.push_back(this);
}

void Node::setInputs(llvm::ArrayRef<Value *> values) {
  llvm::SmallVector<Value *, 4> copy(values.begin(), values.end());
  for (unsigned i = 0; i < operands.size(); ++i)
    setInput(i, nullptr);
  operands.clear();
  for (unsigned i = 0; i < copy.size(); ++i)
    setInput(i, copy[i]);
}

Value *Graph::newValue(std::string valueName, TensorType type) {
  assert(!byName.count(valueName) && "value names are unique");
  valueList.push_back(std::make_unique<Value>());
  Value *value = valueList.back().get();
  byName[valueName] = value;
  value->name = std::move(valueName);
  value->type = std::move(type);
  return value;
}

Value *Graph::addInput(std::string valueName, TensorType type) {
  Value *value = newValue(std::move(valueName), std::move(type));
  inputList.push_back(value);
  return value;
}

Value *Graph::addConstant(std::string valueName, TensorDataRef data,
                          std::optional<Quantisation> quant) {
  Value *value = newValue(std::move(valueName), TensorType(data->type, std::move(quant)));
  value->data = std::move(data);
  return value;
}

Node *Graph::addNode(OpKind op, std::string nodeName, llvm::ArrayRef<Value *> operands,
                     Attributes attrs, llvm::ArrayRef<std::pair<std::string, TensorType>> results) {
  nodeList.push_back(std::make_unique<Node>());
  Node *node = nodeList.back().get();
  node->op = op;
  node->name = std::move(nodeName);
  node->attrs = std::move(attrs);
  node->setInputs(operands);
  for (const auto &[resultName, type] : results) {
    Value *value = newValue(resultName, type);
    value->definer = node;
    value->result = node->results.size();
    node->results.push_back(value);
  }
  return node;
}

Node *Graph::addBeforeInput(size_t index, OpKind op, std::string nodeName, Attributes attrs,
                            TensorType type, std::string result) {
  Value *made = inputList[index];
  std::string inputName = made->name;
  rename(made, std::move(result));
  inputList[index] = newValue(std::move(inputName), std::move(type));
  Node *node = addNode(op, std::move(nodeName), {inputList[index]}, std::move(attrs), {});
  node->results.push_back(made);
  made->definer = node;
  std::rotate(nodeList.begin(), nodeList.end() - 1, nodeList.end());
  return node;
}

void Graph::replaceUses(Value *from, Value *to) {
  llvm::SmallVector<Node *, 4> readers(from->readers.begin(), from->readers.end());
  for (Node *node : readers)
    for (unsigned i = 0; i < node->operands.size(); ++i)
      if (node->operands[i] == from)
        node->setInput(i, to);
  for (Value *&output : outputList)
    if (output == from)
      output = to;
}

bool Graph::isOutput(const Value *value) const { return llvm::is_contained(outputList, value); }

Value *Graph::find(llvm::StringRef valueName) const { return byName.lookup(valueName); }

void Graph::rename(Value *value, std::string newName) {
  assert(!byName.count(newName) && "value names are unique");
  byName.erase(value->name);
  byName[newName] = value;
  value->name = std::move(newName);
}

std::string Graph::uniqueName(llvm::StringRef base) const {
  std::string candidate = base.str();
  for (unsigned i = 1; byName.count(candidate); ++i)
    candidate = (base + "~" + llvm::Twine(i)).str();
  return candidate;
}

bool hasFileForm(const Value &value) {
  const Node *maker = value.producer();
  if (!maker)
    return !value.isConstant();
  return maker->op == OpKind::Nv12 ||
         (maker->op == OpKind::Reorder && maker->as<ReorderAttrs>().toFile);
}

llvm::SmallVector<int64_t, 4> axesInMemory(const Value &value) {
  if (value.type.isQuantised() && value.type.rank() == 4 && !hasFileForm(value))
    return {0, 2, 3, 1};
  llvm::SmallVector<int64_t, 4> axes;
  for (int64_t axis = 0; axis < value.type.rank(); ++axis)
    axes.push_back(axis);
  return axes;
}

bool keepsBytes(const Node &reorder) {
  // Axes of one position can stand anywhere.
  const auto real = [](const Value &value, llvm::ArrayRef<int64_t> names) {
    llvm::SmallVector<int64_t, 4> axes;
    for (int64_t axis : axesInMemory(value))
      if (value.type.shape[size_t(axis)] != 1)
        axes.push_back(names[size_t(axis)]);
    return axes;
  };
  const auto &perm = reorder.as<ReorderAttrs>().perm;
  llvm::SmallVector<int64_t, 4> own;
  for (size_t axis = 0; axis < perm.size(); ++axis)
    own.push_back(int64_t(axis));
  return real(*reorder.input(0), own) == real(*reorder.output(), perm);
}

int64_t quantizeBlock(const Node &quantize) {
  const Shape &x = quantize.input(0)->type.shape, &y = quantize.output()->type.shape;
  if (quantize.op == OpKind::Picture) // Of a picture, channels last.
    return y.size() != 4 ? 1 : x[2] / y[3];
  return x == y || y.size() != 4 ? 1 : x[3] / y[3];
}

llvm::StringRef originOf(llvm::StringRef valueName) { return valueName.split('~').first; }

/// Nodes in topological order; among those that are free to run, the one that stands first in
/// `nodes` goes first, so that passes do not reshuffle a graph.
static std::vector<size_t> topologicalOrder(llvm::ArrayRef<std::unique_ptr<Node>> nodes) {
  llvm::DenseMap<const Node *, size_t> position;
  for (size_t i = 0; i < nodes.size(); ++i)
    position[nodes[i].get()] = i;
  std::vector<size_t> missing(nodes.size(), 0);
  std::vector<std::vector<size_t>> readers(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i)
    for (Value *operand : nodes[i]->inputs())
      if (operand && operand->producer()) {
        ++missing[i];
        readers[position[operand->producer()]].push_back(i);
      }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < nodes.size(); ++i)
    if (missing[i] == 0)
      ready.push(i);
  std::vector<size_t> order;
  while (!ready.empty()) {
    size_t i = ready.top();
    ready.pop();
    order.push_back(i);
    for (size_t reader : readers[i])
      if (--missing[reader] == 0)
        ready.push(reader);
  }
  return order;
}

void Graph::cleanUp() {
  llvm::DenseSet<const Node *> live;
  llvm::SmallVector<const Node *, 32> work;
  auto need = [&](const Value *value) {
    if (value && value->producer() && live.insert(value->producer()).second)
      work.push_back(value->producer());
  };
  llvm::for_each(outputList, need);
  while (!work.empty())
    llvm::for_each(work.pop_back_val()->inputs(), need);

  for (auto &node : nodeList)
    if (!live.count(node.get()))
      node->setInputs({});
  auto isDead = [&](const std::unique_ptr<Node> &node) { return !live.count(node.get()); };
  llvm::DenseSet<const Value *> deadValues;
  for (auto &value : valueList) {
    bool madeByDead = value->definer && !live.count(value->definer);
    bool unusedConstant = value->isConstant() && value->readers.empty() && !isOutput(value.get());
    if (madeByDead || unusedConstant) {
      byName.erase(value->name);
      deadValues.insert(value.get());
    }
  }
  llvm::erase_if(nodeList, isDead);
  llvm::erase_if(valueList, [&](const auto &value) { return deadValues.count(value.get()); });

  std::vector<std::unique_ptr<Node>> sorted;
  for (size_t i : topologicalOrder(nodeList))
    sorted.push_back(std::move(nodeList[i]));
  assert(sorted.size() == nodeList.size() && "a pass made a cycle");
  nodeList = std::move(sorted);
}

Graph Graph::clone() const {
  Graph copy;
  copy.name = name;
  copy.source = source;
  copy.notices = notices;
  copy.metadata = metadata;
  llvm::DenseMap<const Value *, Value *> map;
  for (Value *input : inputList)
    map[input] = copy.addInput(input->name, input->type);
  for (const auto &value : valueList)
    if (value->isConstant()) {
      Value *twin = copy.addConstant(value->name, value->data, value->type.quant);
      twin->dequantised = value->dequantised;
      map[value.get()] = twin;
    }
  for (const auto &node : nodeList) {
    llvm::SmallVector<Value *, 4> operands;
    for (Value *operand : node->inputs())
      operands.push_back(operand ? map.lookup(operand) : nullptr);
    llvm::SmallVector<std::pair<std::string, TensorType>, 2> results;
    for (Value *result : node->outputs())
      results.emplace_back(result->name, result->type);
    Node *twin = copy.addNode(node->op, node->name, operands, node->attrs, results);
    twin->placement = node->placement;
    twin->fused = node->fused;
    for (auto [mine, theirs] : llvm::zip(node->outputs(), twin->outputs()))
      map[mine] = theirs;
  }
  for (Value *output : outputList)
    copy.addOutput(map.lookup(output));
  return copy;
}

} // namespace bstc
