#include "frontend/passes/passes.h"
#include "frontend/passes/quantisation.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

namespace bstc {

static bool isBytes(const Value *value) {
  return value &&
         (value->type.element == ElementType::S8 || value->type.element == ElementType::U8);
}

/// Moves or compares integers: not what makes them of floats or takes them for floats.
static bool isIntegerOperator(const Node &node) {
  constexpr OpKind others[] = {OpKind::Quantize, OpKind::Dequantize, OpKind::Reinterpret,
                               OpKind::Cast,     OpKind::Picture,    OpKind::Nv12,
                               OpKind::Reorder};
  return !llvm::is_contained(others, node.op) && llvm::all_of(node.outputs(), isBytes) &&
         llvm::any_of(node.inputs(), isBytes);
}

namespace {

class Lifter {
public:
  explicit Lifter(Graph &graph) : graph(graph) {}
  void run();

private:
  /// The float form of integers, and by which parameters it is.
  struct Form {
    Value *real;
    Quantisation quant;
  };

  void findReaders();
  Quantisation parametersFor(const Node &node);
  Value *floatOf(const Node &node, Value *integers, const Quantisation &quant);
  void lift(Node &node);
  void dropReinterpret(Node &reinterpret);

  Graph &graph;
  llvm::DenseMap<const Value *, Form> forms;
  llvm::DenseMap<const Node *, Quantisation> readers; ///< Parameters, by integer operator.
};

} // namespace

/// By what the results of each integer operator, or what others of them make of those, become
/// floats; nothing where nothing says it.
void Lifter::findReaders() {
  for (const auto &node : llvm::reverse(graph.nodes())) {
    if (!isIntegerOperator(*node))
      continue;
    for (const Value *result : node->outputs())
      for (const Node *user : result->users()) {
        const Value *taken = user->op == OpKind::Reinterpret ? user->output() : result;
        const bool read = user->op == OpKind::Reinterpret || user->op == OpKind::Dequantize;
        if (read && isExact(*taken->type.quant))
          readers.try_emplace(node.get(), *taken->type.quant);
        else if (auto found = readers.find(user); found != readers.end())
          readers.try_emplace(node.get(), Quantisation(found->second));
      }
  }
}

/// Any parameters give the same integers. Those of the readers cost nothing behind the operator,
/// those of the operand nothing in front of it.
Quantisation Lifter::parametersFor(const Node &node) {
  if (auto found = readers.find(&node); found != readers.end())
    return found->second;
  const Quantisation plain{{1}, {0}, -1};
  const Value *first = *llvm::find_if(node.inputs(), isBytes);
  auto alike = [&](const Value *operand) {
    return !isBytes(operand) || operand->isConstant() || operand->type.quant == first->type.quant;
  };
  bool common =
      first->type.quant && isExact(*first->type.quant) && llvm::all_of(node.inputs(), alike);
  return common ? *first->type.quant : plain;
}

/// `integers`, an operand of `node`, as floats by `quant`.
Value *Lifter::floatOf(const Node &node, Value *integers, const Quantisation &quant) {
  if (auto form = forms.find(integers); form != forms.end() && form->second.quant == quant)
    return form->second.real;
  std::string name = originOf(integers->name).str();
  Value *taken = integers->isConstant()
                     ? graph.addConstant(graph.uniqueName(integers->name), integers->data, quant)
                     : reinterpreted(graph, node.name, integers, quant, name + "~steps");
  for (const Node *user : taken->users())
    if (user->op == OpKind::Dequantize)
      return user->output();
  return addDequantize(graph, node.name + "~dequantize", taken, name + "~float");
}

/// The constant of a Pad and the bounds of a Clip are numbers of steps, too.
static Attributes inReals(const Node &node, const Quantisation &quant) {
  auto real = [&](float steps) { return (steps - float(quant.zeroPoint())) * quant.scale(); };
  Attributes attrs = node.attrs;
  if (auto *pad = std::get_if<PadAttrs>(&attrs))
    pad->value = real(pad->value);
  if (auto *clip = std::get_if<ActivationAttrs>(&attrs))
    *clip = {real(clip->alpha), real(clip->beta)};
  return attrs;
}

void Lifter::lift(Node &node) {
  const Quantisation quant = parametersFor(node);
  llvm::SmallVector<Value *, 4> operands;
  for (Value *operand : node.inputs())
    operands.push_back(isBytes(operand) ? floatOf(node, operand, quant) : operand);
  llvm::SmallVector<std::pair<std::string, TensorType>, 2> results;
  for (const Value *result : node.outputs())
    results.emplace_back(graph.uniqueName((originOf(result->name) + "~float").str()),
                         TensorType(ElementType::F32, result->type.shape, std::nullopt));
  Node *twin = graph.addNode(node.op, node.name, operands, inReals(node, quant), results);
  for (auto [result, real] : llvm::zip(node.outputs(), twin->outputs())) {
    std::string name = result->name;
    graph.rename(result, graph.uniqueName(name));
    Value *back =
        addQuantize(graph, node.name + "~quantize", real, result->type.element, quant, name);
    if (result->type.quant) // What a Dequantize takes them for does not change.
      for (Node *user : llvm::to_vector(result->users()))
        if (user->op == OpKind::Dequantize)
          user->setInput(0, reinterpreted(graph, node.name, back, *result->type.quant,
                                          (originOf(user->output()->name) + "~int8").str()));
    graph.replaceUses(result, back);
    forms[back] = {real, quant};
  }
}

/// A Reinterpret of what a lifted operator made: not needed where that has these parameters now.
void Lifter::dropReinterpret(Node &reinterpret) {
  Value *integers = reinterpret.input(0), *result = reinterpret.output();
  if (integers->type.quant == result->type.quant)
    graph.replaceUses(result, integers);
}

void Lifter::run() {
  findReaders();
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i) {
    Node &node = *graph.nodes()[i];
    if (isIntegerOperator(node))
      lift(node);
    else if (node.op == OpKind::Reinterpret)
      dropReinterpret(node);
  }
  graph.cleanUp();
}

llvm::Error liftIntegers(Graph &graph) {
  Lifter(graph).run();
  return llvm::Error::success();
}

} // namespace bstc
