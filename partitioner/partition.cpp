#include "partitioner/partition.h"

#include "backends/engine.h"
#include "backends/requantise.h"
#include "backends/target.h"
#include "ir/error.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// int8 maps have their channels innermost; they stand in ONNX order where either is the only one.
static bool isRowMajor(const TensorType &type) {
  if (!type.isQuantised() || type.rank() != 4)
    return true;
  return type.shape[1] == 1 || type.shape[2] * type.shape[3] == 1;
}

/// Whether the result is another name for the bytes of the operand.
static bool isAlias(const Node &node) {
  const TensorType &from = node.input(0)->type, &to = node.output()->type;
  switch (node.op) {
  case OpKind::Reinterpret:
    return true;
  case OpKind::Reorder:
    return keepsBytes(node);
  case OpKind::Identity:
  case OpKind::Dropout:
    return from == to;
  case OpKind::Reshape:
    return isRowMajor(from) && isRowMajor(to);
  default:
    return false;
  }
}

/// The refusal that tells the user most: MACA's for a convolution, EDP's where it knows the
/// operator, none where no int8 engine ever runs it.
static std::string placementReason(const Node &node, llvm::ArrayRef<Answer> refusals,
                                   const Answer &answer) {
  const llvm::StringRef family = opInfo(node.op).family;
  bool floatWork =
      llvm::any_of(node.inputs(), [](const Value *v) { return v && v->type.isFloat(); }) &&
      node.op != OpKind::Quantize && node.op != OpKind::Dequantize && family != "Decode" &&
      family != "Suppression";
  if (refusals.size() < 2 || !floatWork)
    return answer.reason;
  const Answer &refusal = refusals[node.op == OpKind::Conv ? 0 : 1];
  return answer.reason + "; " + refusal.reason;
}

/// What an engine says, if the device has it.
static Answer ask(const EngineBackend &backend, const Node &node, const Target &target) {
  if (backend.engine() == bst::Engine::Edp && !target.edp.present)
    return Answer::no("the device has no EDP");
  return backend.query(node, target);
}

static const WindowAttrs *windowOf(const Node &node) {
  if (node.op == OpKind::Conv)
    return &node.as<ConvAttrs>().window;
  if (node.op == OpKind::MaxPool || node.op == OpKind::AveragePool)
    return &node.as<PoolAttrs>().window;
  return nullptr;
}

/// Commands have limits of their own (runtime/verify/maps.cpp); what is beyond them is refused
/// here, where the node is still known. A mean over an axis has become a window by now.
static llvm::Error checkLimits(const Node &node) {
  constexpr int64_t most = 1 << 16;
  auto tooLarge = [&](const char *what, int64_t value) {
    return makeError(Code::ParameterTooLarge, "node '" + node.name + "' (" + opInfo(node.op).text +
                                                  "): " + what + " of " + llvm::Twine(value) +
                                                  " is too large, at most " + llvm::Twine(most) +
                                                  " is supported");
  };
  if (const WindowAttrs *window = windowOf(node))
    for (int axis = 0; axis < 2; ++axis)
      for (auto [what, value] : {std::pair("a kernel", window->kernel[axis]),
                                 {"a stride", window->stride[axis]},
                                 {"a dilation", window->dilation[axis]},
                                 {"padding", window->padBegin[axis]},
                                 {"padding", window->padEnd[axis]}})
        if (value > most)
          return tooLarge(what, value);
  if (node.op == OpKind::Lrn && node.as<LrnAttrs>().size > most)
    return tooLarge("a size", node.as<LrnAttrs>().size);
  return llvm::Error::success();
}

static llvm::Error assign(Node &node, const Target &target) {
  if (llvm::Error error = checkLimits(node))
    return error;
  if (isAlias(node)) {
    node.placement = {NodeEngine::None, "another name for the same bytes"};
    return llvm::Error::success();
  }
  llvm::SmallVector<Answer, 3> refusals;
  for (const EngineBackend *backend : engineBackends()) {
    Answer answer = ask(*backend, node, target);
    if (answer.native) {
      node.placement = {nodeEngine(backend->engine()), placementReason(node, refusals, answer)};
      return llvm::Error::success();
    }
    refusals.push_back(answer);
  }
  std::string why;
  for (auto [backend, refusal] : llvm::zip(engineBackends(), refusals))
    why += std::string(why.empty() ? "" : "; ") + bst::engineName(backend->engine()) + ": " +
           refusal.reason;
  return makeError(Code::NoEngine, "node '" + node.name + "' (" + opInfo(node.op).text +
                                       "): no engine takes it (" + why + ")");
}

llvm::Error assignEngines(Graph &graph, const Target &target) {
  for (const auto &node : graph.nodes())
    if (llvm::Error error = assign(*node, target))
      return error;
  return llvm::Error::success();
}

/// Nodes from which a Quantize is reached: their results become int8 again.
static llvm::DenseSet<const Node *> nodesBeforeQuantize(const Graph &graph) {
  llvm::DenseSet<const Node *> before;
  for (const auto &node : llvm::reverse(graph.nodes()))
    for (const Value *result : node->outputs())
      for (const Node *user : result->users())
        if (user->op == OpKind::Quantize || before.count(user))
          before.insert(node.get());
  return before;
}

/// Operators that move elements and compute nothing.
static bool onlyMoves(OpKind op) {
  constexpr OpKind kinds[] = {OpKind::Identity,  OpKind::Dropout, OpKind::Reshape,
                              OpKind::Transpose, OpKind::Slice,   OpKind::Concat};
  return llvm::is_contained(kinds, op);
}

/// Values that are int8 numbers behind a Dequantize, however they were moved since.
static llvm::DenseSet<const Value *> dequantisedValues(const Graph &graph) {
  llvm::DenseSet<const Value *> values;
  for (const auto &node : graph.nodes()) {
    auto isDequantised = [&](const Value *operand) { return values.count(operand) > 0; };
    if (node->op == OpKind::Dequantize ||
        (onlyMoves(node->op) && llvm::any_of(node->inputs(), isDequantised)))
      values.insert(node->outputs().begin(), node->outputs().end());
  }
  return values;
}

/// Is it of the work that MACA is there for?
static bool isHeavy(const Node &node) {
  return node.op == OpKind::Conv || node.op == OpKind::Gemm || node.op == OpKind::MatMul;
}

static bool onDsp(const Node &node) {
  return node.placement && node.placement->engine == NodeEngine::Dsp;
}

Notice Fallback::notice() const {
  constexpr size_t most = 5;
  const std::string what =
      (readsInt8 ? "reads int8 data but runs on DSP: " : "runs in float on DSP: ") + reason;
  std::string text = "node '" + node->name + "' " + what;
  for (size_t i = 0; i < std::min(with.size(), most); ++i)
    text += (i ? ", "
               : "; with it " + std::to_string(with.size()) +
                     (with.size() == 1 ? " node: " : " nodes: ")) +
            with[i]->name;
  if (with.size() > most)
    text += " and " + std::to_string(with.size() - most) + " more";
  Notice notice = makeNotice(Code::FallbackToDsp, std::move(text), node->name);
  notice.reason = what;
  return notice;
}

std::vector<Fallback> findFallbacks(const Graph &graph) {
  const llvm::DenseSet<const Node *> before = nodesBeforeQuantize(graph);
  const llvm::DenseSet<const Value *> dequantised = dequantisedValues(graph);
  std::vector<Fallback> fallbacks;
  llvm::DenseMap<const Value *, size_t> fallen; // Float because of that fallback.
  for (const auto &node : graph.nodes()) {
    const bool quantises = node->op == OpKind::Quantize;
    const Value *const *cause = llvm::find_if(
        node->inputs(), [&](const Value *operand) { return fallen.count(operand) > 0; });
    const bool quantisedData = llvm::any_of(
        node->inputs(), [&](const Value *operand) { return dequantised.count(operand) > 0; });
    const bool quantisedWeights = llvm::any_of(node->inputs(), [](const Value *operand) {
      return operand && operand->isConstant() && operand->dequantised;
    });
    const bool again = before.count(node.get()) > 0, heavy = isHeavy(*node);
    const bool lost = heavy ? quantisedData || quantisedWeights || again : quantisedData && again;
    size_t index = fallbacks.size();
    if (cause != node->inputs().end() && !quantises) {
      index = fallen.lookup(*cause);
      if (onDsp(*node) && (again || lost))
        fallbacks[index].with.push_back(node.get());
    } else if (onDsp(*node) && lost) {
      fallbacks.push_back({node.get(), node->placement->reason, quantisedData, {}});
    } else {
      continue;
    }
    for (const Value *result : node->outputs())
      if (result->type.isFloat())
        fallen[result] = index;
  }
  return fallbacks;
}

bool runsInt8(const Graph &graph) {
  return llvm::any_of(graph.nodes(), [](const auto &node) {
    return node->placement && (node->placement->engine == NodeEngine::Maca ||
                               node->placement->engine == NodeEngine::Edp);
  });
}

} // namespace bstc
