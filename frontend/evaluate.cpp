#include "frontend/evaluate.h"
#include "frontend/ops/family.h"
#include "frontend/ops/support.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

namespace bstc {

namespace {
class Evaluation {
public:
  explicit Evaluation(ValueHook hook) : hook(hook) {}

  void expectReads(const Node &node) {
    for (const Value *operand : node.inputs())
      ++readsLeft[operand];
  }
  /// Of what is never read in the loop, and so never freed.
  void expectRead(const Value *value) { ++readsLeft[value]; }

  llvm::Error bind(const Value *value, TensorDataRef data) {
    if (data->type.element != value->type.element || data->type.shape != value->type.shape)
      return makeError(Code::InputMismatch, "input '" + value->name + "' must be " +
                                                typeText(value->type) + ", but is " +
                                                typeText(data->type));
    live[value] = std::move(data);
    return llvm::Error::success();
  }

  llvm::Error bindInputs(const Graph &graph, llvm::ArrayRef<TensorDataRef> inputs) {
    if (inputs.size() != graph.inputs().size())
      return makeError(Code::InputMismatch, "got " + llvm::Twine(inputs.size()) +
                                                " inputs, but the network has " +
                                                llvm::Twine(graph.inputs().size()));
    for (auto [value, data] : llvm::zip(graph.inputs(), inputs))
      if (llvm::Error error = bind(value, data))
        return error;
    return llvm::Error::success();
  }

  llvm::Error run(const Node &node) {
    llvm::SmallVector<const TensorData *, 4> operands;
    for (const Value *operand : node.inputs())
      operands.push_back(operand ? data(operand).get() : nullptr);
    std::vector<std::shared_ptr<TensorData>> results;
    llvm::SmallVector<TensorData *, 2> targets;
    for (const Value *result : node.outputs()) {
      results.push_back(std::make_shared<TensorData>(result->type));
      targets.push_back(results.back().get());
    }
    if (llvm::Error error = opFamily(node.op).evaluate(node, operands, targets))
      return prefixError("node '" + node.name + "' (" + opInfo(node.op).text + ")",
                         std::move(error));
    for (auto [value, result] : llvm::zip(node.outputs(), results)) {
      TensorDataRef made = std::move(result);
      if (hook)
        hook(*value, made);
      // What is known already stays: a node is also run for its other results.
      if (readsLeft.lookup(value) > 0)
        live.try_emplace(value, std::move(made));
    }
    for (const Value *operand : node.inputs())
      if (--readsLeft[operand] == 0)
        live.erase(operand);
    return llvm::Error::success();
  }

  const TensorDataRef &data(const Value *value) {
    return value->isConstant() ? value->data : live.find(value)->second;
  }
  bool isLive(const Value *value) const { return value->isConstant() || live.count(value); }

private:
  ValueHook hook;
  llvm::DenseMap<const Value *, TensorDataRef> live;
  llvm::DenseMap<const Value *, unsigned> readsLeft;
};
} // namespace

llvm::Expected<std::vector<TensorDataRef>>
evaluate(const Graph &graph, llvm::ArrayRef<TensorDataRef> inputs,
         llvm::function_ref<void(const Value &, const TensorDataRef &)> observer) {
  const auto watch = [&](const Value &value, TensorDataRef &data) { observer(value, data); };
  Evaluation evaluation(observer ? ValueHook(watch) : ValueHook(nullptr));
  for (const auto &node : graph.nodes())
    evaluation.expectReads(*node);
  for (const Value *output : graph.outputs())
    evaluation.expectRead(output);
  if (llvm::Error error = evaluation.bindInputs(graph, inputs))
    return error;
  for (const auto &node : graph.nodes())
    if (llvm::Error error = evaluation.run(*node))
      return error;
  std::vector<TensorDataRef> outputs;
  for (const Value *output : graph.outputs())
    outputs.push_back(evaluation.data(output));
  return outputs;
}

/// Binds what is known on the way up from `wanted`, and finds the nodes that make the rest.
static llvm::Expected<llvm::DenseSet<const Node *>>
neededNodes(llvm::ArrayRef<const Value *> wanted, KnownValues known, Evaluation &evaluation) {
  llvm::DenseSet<const Node *> needed;
  llvm::SmallVector<const Value *> open(wanted.begin(), wanted.end());
  while (!open.empty()) {
    const Value *value = open.pop_back_val();
    if (!value || evaluation.isLive(value))
      continue;
    if (TensorDataRef data = known(*value)) {
      if (llvm::Error error = evaluation.bind(value, std::move(data)))
        return error;
      continue;
    }
    if (!value->producer())
      return makeError(Code::InputMissing, "input '" + value->name + "' is missing");
    if (needed.insert(value->producer()).second)
      llvm::append_range(open, value->producer()->inputs());
  }
  return needed;
}

llvm::Expected<std::vector<TensorDataRef>> evaluateValues(const Graph &graph,
                                                          llvm::ArrayRef<const Value *> wanted,
                                                          KnownValues known, ValueHook hook) {
  Evaluation evaluation(hook);
  auto needed = neededNodes(wanted, known, evaluation);
  if (!needed)
    return needed.takeError();
  for (const Node *node : *needed)
    evaluation.expectReads(*node);
  for (const Value *value : wanted)
    evaluation.expectRead(value);
  for (const auto &node : graph.nodes())
    if (needed->contains(node.get()))
      if (llvm::Error error = evaluation.run(*node))
        return error;
  std::vector<TensorDataRef> results;
  for (const Value *value : wanted)
    results.push_back(evaluation.data(value));
  return results;
}

} // namespace bstc
