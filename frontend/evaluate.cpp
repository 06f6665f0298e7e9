#include "frontend/evaluate.h"
#include "frontend/ops/family.h"
#include "frontend/ops/support.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

namespace bstc {

namespace {
class Evaluation {
public:
  Evaluation(const Graph &graph,
             llvm::function_ref<void(const Value &, const TensorDataRef &)> observer)
      : graph(graph), observer(observer) {
    for (const auto &node : graph.nodes())
      for (const Value *operand : node->inputs())
        ++readsLeft[operand];
    for (const Value *output : graph.outputs())
      ++readsLeft[output]; // Never read in the loop, so never freed.
  }

  llvm::Error bindInputs(llvm::ArrayRef<TensorDataRef> inputs) {
    if (inputs.size() != graph.inputs().size())
      return makeError(Code::InputMismatch, "got " + llvm::Twine(inputs.size()) +
                                                " inputs, but the network has " +
                                                llvm::Twine(graph.inputs().size()));
    for (auto [value, data] : llvm::zip(graph.inputs(), inputs)) {
      if (data->type.element != value->type.element || data->type.shape != value->type.shape)
        return makeError(Code::InputMismatch, "input '" + value->name + "' must be " +
                                                  typeText(value->type) + ", but is " +
                                                  typeText(data->type));
      live[value] = data;
    }
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
      if (observer)
        observer(*value, result);
      if (readsLeft.lookup(value) > 0)
        live[value] = result;
    }
    for (const Value *operand : node.inputs())
      if (--readsLeft[operand] == 0)
        live.erase(operand);
    return llvm::Error::success();
  }

  const TensorDataRef &data(const Value *value) {
    return value->isConstant() ? value->data : live.find(value)->second;
  }

private:
  const Graph &graph;
  llvm::function_ref<void(const Value &, const TensorDataRef &)> observer;
  llvm::DenseMap<const Value *, TensorDataRef> live;
  llvm::DenseMap<const Value *, unsigned> readsLeft;
};
} // namespace

llvm::Expected<std::vector<TensorDataRef>>
evaluate(const Graph &graph, llvm::ArrayRef<TensorDataRef> inputs,
         llvm::function_ref<void(const Value &, const TensorDataRef &)> observer) {
  Evaluation evaluation(graph, observer);
  if (llvm::Error error = evaluation.bindInputs(inputs))
    return error;
  for (const auto &node : graph.nodes())
    if (llvm::Error error = evaluation.run(*node))
      return error;
  std::vector<TensorDataRef> outputs;
  for (const Value *output : graph.outputs())
    outputs.push_back(evaluation.data(output));
  return outputs;
}

} // namespace bstc
