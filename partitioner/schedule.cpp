#include "partitioner/schedule.h"

#include "backends/engine.h"
#include "backends/target.h"
#include "ir/error.h"
#include "partitioner/order.h"
#include "partitioner/plan_choice.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <map>

namespace bstc {

static bst::DType dtypeOf(ElementType element) {
  switch (element) {
  case ElementType::S8:
    return bst::DType::S8;
  case ElementType::U8:
    return bst::DType::U8;
  case ElementType::S32:
    return bst::DType::S32;
  case ElementType::F32:
    return bst::DType::F32;
  case ElementType::S64:
  case ElementType::F64:
  case ElementType::Bool:
    break; // Of shapes, which are folded away: no engine takes them.
  }
  llvm_unreachable("an element type that no engine takes");
}

/// int8 feature maps are NHWC, everything else row-major, and so is what a host sees.
static bst::Tensor tensorFor(const Value &value) {
  bst::Tensor tensor;
  tensor.name = value.name;
  tensor.dtype = dtypeOf(value.type.element);
  tensor.shape.assign(value.type.shape.begin(), value.type.shape.end());
  tensor.size = value.type.bytes();
  if (value.type.isQuantised()) {
    tensor.scale = value.type.quant->scale();
    tensor.zeroPoint = value.type.quant->zeroPoint();
    if (value.type.rank() == 4 && !hasFileForm(value))
      tensor.layout = bst::Layout::Nhwc;
  }
  return tensor;
}

namespace {

/// Fills a CompiledProgram from a placed graph.
class Scheduler final : public LoweringContext {
public:
  Scheduler(const Graph &graph, const Target &target, CompiledProgram &compiled)
      : graph(graph), target(target), compiled(compiled), program(compiled.program) {
    program.name = graph.name;
    program.target = target.name;
    program.compiler = BSTC_VERSION;
  }

  llvm::Error run();

  uint32_t tensorOf(const Value &value) override;
  uint32_t pictureOf(const Value &value) override;
  uint32_t addConstant(bst::Tensor tensor, llvm::ArrayRef<std::byte> bytes) override;

private:
  llvm::Error addBoundary();
  llvm::Error addCommand(const Node &node);
  void addDependencies();
  llvm::Error chooseSections();
  uint32_t rootOf(uint32_t tensor) const {
    auto alias = aliasOf.find(tensor);
    return alias == aliasOf.end() ? tensor : alias->second;
  }
  std::vector<uint32_t> roots() const; ///< Of all tensors.

  const Graph &graph;
  const Target &target;
  CompiledProgram &compiled;
  bst::Program &program;
  llvm::DenseMap<const Value *, uint32_t> tensorIndex;
  llvm::DenseMap<uint32_t, uint32_t> pictures; ///< Tensor to itself as bst::Layout::Picture.
  llvm::DenseMap<uint32_t, uint32_t> aliasOf;  ///< Tensor to the tensor whose bytes it names.
  std::map<uint64_t, std::vector<uint32_t>> constants; ///< Hash of the bytes to tensors.
};

} // namespace

uint32_t Scheduler::tensorOf(const Value &value) {
  auto [entry, isNew] = tensorIndex.try_emplace(&value, uint32_t(program.tensors.size()));
  if (isNew)
    program.tensors.push_back(tensorFor(value));
  return entry->second;
}

uint32_t Scheduler::pictureOf(const Value &value) {
  const uint32_t pixels = tensorOf(value);
  auto [entry, isNew] = pictures.try_emplace(pixels, uint32_t(program.tensors.size()));
  if (isNew) {
    bst::Tensor picture = program.tensors[pixels];
    picture.name += "~picture";
    picture.layout = bst::Layout::Picture;
    const std::vector<int32_t> shape = picture.shape;
    picture.shape = {shape[0], shape[3], shape[1], shape[2]};
    aliasOf[entry->second] = rootOf(pixels);
    program.tensors.push_back(std::move(picture));
  }
  return entry->second;
}

uint32_t Scheduler::addConstant(bst::Tensor tensor, llvm::ArrayRef<std::byte> bytes) {
  llvm::StringRef text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  auto &candidates = constants[llvm::xxHash64(text)];
  for (uint32_t index : candidates) {
    const bst::Tensor &other = program.tensors[index];
    if (other.dtype == tensor.dtype && other.layout == tensor.layout &&
        other.shape == tensor.shape &&
        std::equal(bytes.begin(), bytes.end(), compiled.weights.begin() + ptrdiff_t(other.offset)))
      return index;
  }
  compiled.weights.resize((compiled.weights.size() + 63) / 64 * 64);
  tensor.storage = bst::Storage::Weights;
  tensor.offset = compiled.weights.size();
  tensor.size = bytes.size();
  compiled.weights.insert(compiled.weights.end(), bytes.begin(), bytes.end());
  candidates.push_back(uint32_t(program.tensors.size()));
  program.tensors.push_back(std::move(tensor));
  return candidates.back();
}

/// Floats or bytes.
static bool crossesBoundary(const TensorType &type) {
  return type.isFloat() || type.element == ElementType::S8 || type.element == ElementType::U8;
}

/// Graph inputs and outputs stay what they are in the file: names, types, shapes and order are
/// kept.
llvm::Error Scheduler::addBoundary() {
  for (const Value *input : graph.inputs()) {
    if (!crossesBoundary(input->type))
      return makeError(Code::BoundaryType, "graph input '" + input->name + "' is " +
                                               elementTypeName(input->type.element) +
                                               "; only f32, s8 and u8 inputs are supported");
    program.inputs.push_back(tensorOf(*input));
  }
  for (const Value *output : graph.outputs())
    if (output->isConstant() || !crossesBoundary(output->type))
      return makeError(
          Code::BoundaryType,
          "graph output '" + output->name + "' is " +
              (output->isConstant() ? "a constant" : elementTypeName(output->type.element)) +
              "; only computed f32, s8 and u8 outputs are supported");
  return llvm::Error::success();
}

static bool overlap(const bst::Tensor &a, const bst::Tensor &b) {
  return a.storage == bst::Storage::Arena && b.storage == bst::Storage::Arena &&
         a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

/// Engines run side by side, each its own commands in order. A command waits for those that wrote
/// its inputs, and for those that still used the arena bytes that it overwrites. Both are memory
/// that overlaps, so one rule finds them; the latest command of each engine stands for all before.
void Scheduler::addDependencies() {
  auto conflict = [&](const bst::Command &earlier, const bst::Command &later) {
    auto any = [&](llvm::ArrayRef<uint32_t> a, llvm::ArrayRef<uint32_t> b) {
      return llvm::any_of(a, [&](uint32_t i) {
        return llvm::any_of(
            b, [&](uint32_t j) { return overlap(program.tensors[i], program.tensors[j]); });
      });
    };
    return any(earlier.outputs, later.inputs) || any(earlier.inputs, later.outputs) ||
           any(earlier.outputs, later.outputs);
  };
  for (size_t i = 0; i < program.commands.size(); ++i) {
    bst::Command &command = program.commands[i];
    bool found[bst::engineNames.size()] = {};
    for (size_t j = i; j-- > 0;) {
      bool &engineFound = found[size_t(program.commands[j].engine)];
      if (!engineFound && conflict(program.commands[j], command)) {
        engineFound = true;
        command.dependsOn.insert(command.dependsOn.begin(), uint32_t(j));
      }
    }
  }
}

llvm::Error Scheduler::addCommand(const Node &node) {
  if (node.placement->engine == NodeEngine::None) {
    uint32_t source = tensorOf(*node.input(0));
    auto root = aliasOf.find(source);
    aliasOf[tensorOf(*node.output())] = root == aliasOf.end() ? source : root->second;
    return llvm::Error::success();
  }
  const EngineBackend &backend = backendOf(commandEngine(node.placement->engine));
  llvm::Expected<bst::Command> command = backend.lower(node, *this);
  if (!command)
    return command.takeError();
  command->name = node.name;
  program.commands.push_back(std::move(*command));
  return llvm::Error::success();
}

std::vector<uint32_t> Scheduler::roots() const {
  std::vector<uint32_t> result;
  for (uint32_t tensor = 0; tensor < program.tensors.size(); ++tensor)
    result.push_back(rootOf(tensor));
  return result;
}

llvm::Error Scheduler::chooseSections() {
  llvm::Expected<TilePlan> plan = choosePlan(program, roots(), target);
  if (!plan)
    return plan.takeError();
  compiled.plan = std::move(*plan);
  return llvm::Error::success();
}

llvm::Error Scheduler::run() {
  if (llvm::Error error = addBoundary())
    return error;
  for (const auto &node : graph.nodes())
    if (llvm::Error error = addCommand(*node))
      return error;
  for (const Value *output : graph.outputs())
    program.outputs.push_back(tensorOf(*output));
  orderCommands(program, roots());
  if (llvm::Error error = chooseSections())
    return error;
  applyPlan(program, roots(), compiled.plan, target);
  addDependencies();
  compiled.weights.resize((compiled.weights.size() + 63) / 64 * 64);
  program.weights = compiled.weights.data();
  program.weightsSize = compiled.weights.size();
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<CompiledProgram>> schedule(const Graph &graph,
                                                          const Target &target) {
  auto compiled = std::make_unique<CompiledProgram>();
  if (llvm::Error error = Scheduler(graph, target, *compiled).run())
    return error;
  return compiled;
}

} // namespace bstc
