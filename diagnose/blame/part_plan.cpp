#include "diagnose/blame/part_plan.h"

#include "diagnose/measure/float_form.h"
#include "driver/tensor_owners.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {

llvm::Expected<std::unique_ptr<RunnableNetwork>>
RunnableNetwork::create(const Compilation &compilation) {
  std::unique_ptr<RunnableNetwork> network(new RunnableNetwork(compilation));
  auto quantised = partInFloat(compilation.imported, [](llvm::StringRef) { return false; });
  if (!quantised)
    return quantised.takeError();
  network->graph = std::move(*quantised);
  const bst::Program &program = network->program();
  network->owner = tensorOwners(compilation.placed, program);
  for (uint32_t i = 0; i < program.tensors.size(); ++i)
    if (program.tensors[i].storage == bst::Storage::Arena && network->owner[i] == i)
      network->tensors.try_emplace(originOf(program.tensors[i].name), i);
  return network;
}

bool RunnableNetwork::isMapped(const Value &value) const {
  const Node *maker = value.producer();
  const bool counts =
      maker && (maker->op == OpKind::Quantize || graph.isOutput(graph.find(value.name)));
  const auto found = tensors.find(value.name);
  return counts && found != tensors.end() &&
         bst::elementCount(program().tensors[found->second]) == uint64_t(value.type.count());
}

namespace {

/// What a part changes, found by comparing its graph with the quantised one.
class Planner {
public:
  Planner(const RunnableNetwork &network, PartPlan &plan)
      : network(network), plan(plan), dirty(network.program().tensors.size()) {}
  void run();

private:
  bool isSame(const Node &node) const;
  bool isChanged(const Value *value);
  const Value *counterpart(const Value &value) const;
  void addCommand(uint32_t index);
  void mark(const bst::Command &command);

  const RunnableNetwork &network;
  PartPlan &plan;
  llvm::StringMap<const Node *> quantisedNodes;
  llvm::DenseMap<const Value *, bool> changes; ///< By value: something before it is another node.
  std::vector<bool> dirty;                     ///< By tensor.
};

} // namespace

/// Whether the quantised network has the node, with the same operands.
bool Planner::isSame(const Node &node) const {
  const Node *before = quantisedNodes.lookup(node.name);
  if (!before || before->inputs().size() != node.inputs().size())
    return false;
  return llvm::all_of(llvm::zip(before->inputs(), node.inputs()), [](const auto &operands) {
    const Value *a = std::get<0>(operands), *b = std::get<1>(operands);
    return a == b || (a && b && a->name == b->name);
  });
}

/// Whether float arithmetic has to make `value` anew: between it and the tensors of the program
/// that it is made of, some node is another one. Whether those tensors changed is another question.
bool Planner::isChanged(const Value *value) {
  const Node *node = value->producer();
  if (!node)
    return false;
  if (const auto known = changes.find(value); known != changes.end())
    return known->second;
  bool changed = !isSame(*node);
  for (const Value *operand : node->inputs())
    if (!changed && operand && !network.isMapped(*operand))
      changed = isChanged(operand);
  return changes[value] = changed;
}

void Planner::mark(const bst::Command &command) {
  for (const uint32_t output : command.outputs) {
    const uint32_t owner = network.owners()[output];
    if (!dirty[owner])
      plan.changed.push_back(owner);
    dirty[owner] = true;
  }
}

/// The same number in the plan's graph: an output by its place, as its name may have been that of a
/// DequantizeLinear that is gone. Null: nothing needs it any more.
const Value *Planner::counterpart(const Value &value) const {
  const llvm::ArrayRef<Value *> outputs = network.quantised().outputs();
  if (const auto found = llvm::find(outputs, &value); found != outputs.end())
    return plan.graph.outputs()[size_t(found - outputs.begin())];
  return plan.graph.find(value.name);
}

void Planner::addCommand(uint32_t index) {
  const bst::Command &command = network.program().commands[index];
  PartPlan::Step step{index, {}};
  for (uint32_t i = 0; i < command.outputs.size(); ++i) {
    const std::string &name = network.program().tensors[command.outputs[i]].name;
    const llvm::StringRef origin = originOf(name);
    const Value *before = network.quantised().find(origin);
    if (!before || !network.isMapped(*before))
      continue;
    const Value *value = counterpart(*before);
    if (!value)
      return; // It was the part's; nothing reads it any more.
    if (isChanged(value))
      step.computed.push_back({i, value});
  }
  const bool reads =
      llvm::any_of(command.inputs, [&](uint32_t input) { return dirty[network.owners()[input]]; });
  if (step.computed.empty() && !reads)
    return;
  mark(command);
  plan.steps.push_back(std::move(step));
}

void Planner::run() {
  for (const auto &node : network.quantised().nodes())
    quantisedNodes[node->name] = node.get();
  for (uint32_t index = 0; index < network.program().commands.size(); ++index)
    addCommand(index);
}

llvm::Expected<PartPlan> planPart(const RunnableNetwork &network, const Part &part) {
  auto graph = partInFloat(network.imported(), [&](llvm::StringRef quantize) {
    return part.quantisers.find(quantize) != part.quantisers.end();
  });
  if (!graph)
    return graph.takeError();
  PartPlan plan{std::move(*graph), {}, {}};
  Planner(network, plan).run();
  return plan;
}

} // namespace bstc::diagnose
