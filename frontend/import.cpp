#include "frontend/import.h"
#include "frontend/model_file.h"
#include "frontend/node_order.h"
#include "frontend/ops/family.h"
#include "frontend/ops/support.h"
#include "frontend/resizing.h"
#include "frontend/tensor_import.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <onnx/onnx_pb.h>

namespace bstc {

static constexpr int64_t oldestOpset = 7, newestOpset = 17;
/// What folding may compute in all: as much as an ONNX file could have carried itself.
static constexpr uint64_t mostFoldedBytes = uint64_t(1) << 31;
/// Of a name: well below what a package holds, since our own names are made of those of the file.
static constexpr size_t mostNameBytes = 4096;

static bool isDefaultDomain(const std::string &domain) {
  return domain.empty() || domain == "ai.onnx";
}

/// Names up to the last that is not empty: ONNX lets optional ones at the end be empty or absent.
static llvm::SmallVector<llvm::StringRef, 4>
trimmed(const google::protobuf::RepeatedPtrField<std::string> &names) {
  llvm::SmallVector<llvm::StringRef, 4> list(names.begin(), names.end());
  while (!list.empty() && list.back().empty())
    list.pop_back();
  return list;
}

/// Names become C strings for whoever embeds the network.
static llvm::Error checkName(llvm::StringRef what, const std::string &name) {
  if (name.size() > mostNameBytes)
    return makeError(Code::BadName, "the name of " + what + " has " + llvm::Twine(name.size()) +
                                        " bytes, at most " + llvm::Twine(mostNameBytes) +
                                        " are supported: '" + name.substr(0, 40) + "...'");
  if (size_t end = name.find('\0'); end != name.npos)
    return makeError(Code::BadName, "the name of " + what + " has a zero byte in it: '" +
                                        name.substr(0, end) + "...'");
  return llvm::Error::success();
}

/// Operators that only move elements, or take them from attributes: exact whatever the type.
static bool onlyMoves(OpKind op) {
  constexpr OpKind kinds[] = {
      OpKind::Identity,  OpKind::Constant, OpKind::ConstantOfShape, OpKind::Gather,
      OpKind::Cast,      OpKind::Concat,   OpKind::Split,           OpKind::Slice,
      OpKind::Reshape,   OpKind::Flatten,  OpKind::Squeeze,         OpKind::Unsqueeze,
      OpKind::Transpose, OpKind::Expand,   OpKind::Where,           OpKind::Pad};
  return llvm::is_contained(kinds, op);
}

/// Whether a node is computed here, so that later nodes can take its results as attributes: what
/// only moves constants, and arithmetic on integers or on lists as short as a shape. Arithmetic on
/// weights stays in the graph, and so does their quantisation.
static bool isFolded(const Node &node, llvm::ArrayRef<TensorType> results) {
  if (node.op == OpKind::ShapeOf)
    return true;
  bool constant = llvm::all_of(node.inputs(), [](Value *v) { return !v || v->isConstant(); });
  if (!constant || node.op == OpKind::Quantize || onlyMoves(node.op))
    return constant && node.op != OpKind::Quantize;
  llvm::StringRef family = opInfo(node.op).family;
  bool arithmetic = family == "Elementwise" || family == "Activation";
  return llvm::all_of(results, [&](const TensorType &type) {
    return !type.isFloat() || (arithmetic && type.rank() <= 1 && type.count() <= maxRank);
  });
}

namespace {
/// A node outside of any graph, as imported so far.
struct LooseNode : Node {
  ~LooseNode() { setInputs({}); }
};

class GraphImporter {
public:
  /// With `resizing`, what the file says of shapes holds for another size.
  explicit GraphImporter(onnx::ModelProto &model, Resizing *resizing = nullptr)
      : model(model), proto(*model.mutable_graph()), resizing(resizing) {}

  llvm::Expected<Graph> run() {
    for (auto step : {&GraphImporter::checkModel, &GraphImporter::checkNames,
                      &GraphImporter::importInitializers, &GraphImporter::importInputs,
                      &GraphImporter::importNodes, &GraphImporter::importOutputs})
      if (llvm::Error error = (this->*step)())
        return error;
    graph.name = proto.name();
    for (const auto &entry : model.metadata_props())
      graph.metadata[entry.key()] = entry.value();
    noteRenamedNodes();
    return std::move(graph);
  }

private:
  onnx::ModelProto &model;
  onnx::GraphProto &proto;
  Resizing *resizing;
  Graph graph;
  int64_t opset = 0;
  uint64_t foldedBytes = 0;
  llvm::StringSet<> nodeNames;
  std::vector<std::string> renamedNodes; ///< Names that import gave in place of a repeated one.
  /// Constants by name; a copy goes into the graph when the first node there reads one.
  llvm::StringMap<std::unique_ptr<Value>> constants;
  llvm::StringMap<const onnx::TypeProto *> declared; ///< value_info.
  llvm::StringSet<> read;                            ///< Names that a node or an output reads.

  llvm::Error checkModel() {
    for (const auto &import : model.opset_import())
      if (isDefaultDomain(import.domain()))
        opset = import.version();
    if (opset == 0)
      return makeError(Code::UnsupportedOpset,
                       "does not say which opset of the default domain it uses");
    if (opset < oldestOpset || opset > newestOpset)
      return makeError(Code::UnsupportedOpset,
                       "opset " + llvm::Twine(opset) + " is not supported, only " +
                           llvm::Twine(oldestOpset) + " to " + llvm::Twine(newestOpset) +
                           "; export with, for example, opset_version=13");
    if (proto.sparse_initializer_size() > 0)
      return makeError(Code::DataElsewhere, "initializer '" +
                                                proto.sparse_initializer(0).values().name() +
                                                "' is sparse, which is not supported");
    for (const auto &info : proto.value_info())
      if (info.has_type() && !resizing)
        declared[info.name()] = &info.type();
    for (const auto &node : proto.node())
      read.insert(node.input().begin(), node.input().end());
    for (const auto &output : proto.output())
      read.insert(output.name());
    return llvm::Error::success();
  }

  llvm::Error checkNames() {
    llvm::SmallVector<std::pair<const char *, const std::string *>, 0> names = {
        {"the graph", &proto.name()}};
    for (const auto &node : proto.node()) {
      names.push_back({"a node", &node.name()});
      for (const std::string &output : node.output())
        names.push_back({"a node's output", &output});
    }
    for (const auto &tensor : proto.initializer())
      names.push_back({"an initializer", &tensor.name()});
    for (const auto &input : proto.input())
      names.push_back({"an input", &input.name()});
    for (auto [what, name] : names)
      if (llvm::Error error = checkName(what, *name))
        return error;
    return llvm::Error::success();
  }

  void addConstant(llvm::StringRef name, TensorDataRef data) {
    auto value = std::make_unique<Value>();
    value->name = name.str();
    value->type = TensorType(data->type);
    value->data = std::move(data);
    constants[name] = std::move(value);
  }

  llvm::Error importInitializers() {
    for (onnx::TensorProto &tensor : *proto.mutable_initializer()) {
      if (tensor.name().empty())
        return makeError(Code::BadTensor, "an initializer has no name");
      if (constants.count(tensor.name()))
        return makeError(Code::BadTensor, "initializer '" + tensor.name() + "' is defined twice");
      auto data = importTensor(tensor);
      if (!data)
        return prefixError("initializer '" + tensor.name() + "'", data.takeError());
      addConstant(tensor.name(), *data);
      // Weights are most of a file; do not hold them twice.
      std::unique_ptr<std::string>(tensor.release_raw_data()).reset();
    }
    return llvm::Error::success();
  }

  /// Before IR version 4 initializers had to be inputs, too; those are constants.
  llvm::Error importInputs() {
    llvm::StringSet<> names;
    for (const auto &input : proto.input()) {
      std::string place = "input '" + input.name() + "'";
      if (input.name().empty() || !names.insert(input.name()).second)
        return makeError(Code::BadGraph,
                         place + (input.name().empty() ? " has no name" : " is defined twice"));
      if (auto constant = constants.find(input.name()); constant != constants.end()) {
        if (llvm::Error error = checkDeclaredType(input.type(), constant->second->type))
          return prefixError(place, std::move(error));
        continue;
      }
      auto type = importInputType(input.type());
      if (type && resizing)
        type = resizing->inputType(*type);
      if (!type)
        return prefixError(place, type.takeError());
      graph.addInput(input.name(), *type);
    }
    return llvm::Error::success();
  }

  llvm::Error importNodes() {
    llvm::StringSet<> given;
    for (const auto &constant : constants)
      given.insert(constant.first());
    for (const Value *input : graph.inputs())
      given.insert(input->name);
    auto order = orderNodes(proto, given);
    if (!order)
      return order.takeError();
    for (const onnx::NodeProto *node : *order)
      if (llvm::Error error = importNode(*node))
        return prefixError(nodeText(*node), std::move(error));
    return llvm::Error::success();
  }

  static llvm::Expected<const OpInfo *> findOperator(const onnx::NodeProto &node) {
    if (!isDefaultDomain(node.domain()))
      return makeError(Code::UnsupportedOperator,
                       "operators of domain '" + node.domain() + "' are not supported");
    if (const OpInfo *info = findOnnxOp(node.op_type()))
      return info;
    for (const auto &attribute : node.attribute())
      if (attribute.has_g() || attribute.graphs_size() > 0)
        return makeError(Code::ControlFlow,
                         "control flow is not supported; export a model without it");
    return makeError(Code::UnsupportedOperator,
                     "the operator is not supported; docs/operators.md lists those that are");
  }

  /// The value of that name, a constant not from the graph. The name is defined: orderNodes saw it.
  Value *lookUp(llvm::StringRef name) {
    if (name.empty())
      return nullptr;
    auto constant = constants.find(name);
    return constant != constants.end() ? constant->second.get() : graph.find(name);
  }

  /// The same value in the graph.
  Value *inGraph(const Value *value) {
    if (!value)
      return nullptr;
    Value *known = graph.find(value->name);
    return known ? known : graph.addConstant(value->name, value->data);
  }

  /// ONNX lets nodes share a name or have none. Here a name stands for one node, in reports and
  /// between the imported graph and the placed one: unnamed nodes go by their output, and the
  /// second of a name gets a number.
  std::string uniqueNodeName(const onnx::NodeProto &source) {
    const std::string &base = source.name().empty() ? source.output(0) : source.name();
    std::string name = base;
    for (unsigned i = 2; !nodeNames.insert(name).second; ++i)
      name = (base + "~" + llvm::Twine(i)).str();
    if (name != base && !source.name().empty())
      renamedNodes.push_back(name);
    return name;
  }

  void noteRenamedNodes() {
    if (renamedNodes.empty())
      return;
    constexpr size_t most = 3;
    auto shown = llvm::makeArrayRef(renamedNodes).take_front(most);
    graph.notices.push_back(makeNotice(
        Code::RepeatedNames, "nodes of the model share names; those that repeat one are called '" +
                                 llvm::join(shown, "', '") + "'" +
                                 (renamedNodes.size() > most ? ", ... here" : " here")));
  }

  llvm::Error importNode(const onnx::NodeProto &source) {
    auto info = findOperator(source);
    if (!info)
      return info.takeError();
    LooseNode node;
    node.op = (*info)->kind;
    llvm::SmallVector<Value *, 4> operands;
    for (llvm::StringRef name : trimmed(source.input()))
      operands.push_back(lookUp(name));
    node.setInputs(operands);
    if (resizing)
      if (llvm::Error error = resizing->adapt(node))
        return error;

    const OpFamily &family = opFamily(node.op);
    if (llvm::Error error = family.import(source, opset, node))
      return error;
    llvm::SmallVector<TensorType, 2> types;
    if (llvm::Error error = family.infer(node, types))
      return error;
    auto names = trimmed(source.output());
    // Optional results that nobody reads: the mask of Dropout, the indices of MaxPool.
    bool optional = node.op == OpKind::Dropout || node.op == OpKind::MaxPool;
    while (optional && names.size() > types.size() && !read.count(names.back()))
      names.pop_back();
    if (llvm::Error error = checkResults(names, types))
      return error;
    if (llvm::Error error = checkFinite(node))
      return error;
    if (isFolded(node, types))
      return fold(node, names, types);
    node.name = uniqueNodeName(source);
    return keep(node, names, types);
  }

  llvm::Error checkResults(llvm::ArrayRef<llvm::StringRef> names,
                           llvm::ArrayRef<TensorType> types) const {
    if (names.size() != types.size())
      return makeError(Code::OperandCount, "has " + llvm::Twine(names.size()) + " outputs, but " +
                                               llvm::Twine(types.size()) +
                                               (types.size() == 1 ? " is" : " are") + " supported");
    for (auto [name, type] : llvm::zip(names, types)) {
      if (name.empty())
        return makeError(Code::BadGraph, "an output has no name");
      if (llvm::Error error = checkSize(type))
        return error;
      if (const auto *claim = declared.lookup(name))
        if (llvm::Error error = checkDeclaredType(*claim, type))
          return prefixError("output '" + name + "'", std::move(error));
    }
    return llvm::Error::success();
  }

  /// Weights and biases that are not finite are damage, and have no integers.
  static llvm::Error checkFinite(const Node &node) {
    constexpr OpKind weighted[] = {OpKind::Conv, OpKind::Gemm, OpKind::MatMul, OpKind::BatchNorm,
                                   OpKind::Quantize};
    if (!llvm::is_contained(weighted, node.op))
      return llvm::Error::success();
    for (unsigned operand = 0; operand < node.inputs().size(); ++operand) {
      const Value *value = node.input(operand);
      if (!value || !value->isConstant() || !value->type.isFloat())
        continue;
      for (float number : value->data->values<float>())
        if (!std::isfinite(number))
          return makeError(Code::NotFinite, operandText(node, operand) + " holds " +
                                                (std::isnan(number) ? "nan"
                                                 : number > 0       ? "inf"
                                                                    : "-inf") +
                                                "; weights, biases and scales must be finite");
    }
    return llvm::Error::success();
  }

  llvm::Error keep(LooseNode &node, llvm::ArrayRef<llvm::StringRef> names,
                   llvm::ArrayRef<TensorType> types) {
    llvm::SmallVector<std::pair<std::string, TensorType>, 2> results;
    for (auto [name, type] : llvm::zip(names, types)) {
      if (llvm::is_contained(type.shape, 0))
        return makeError(Code::EmptyTensor,
                         "output '" + name + "' would be empty: " + typeText(type));
      results.emplace_back(name.str(), type);
    }
    llvm::SmallVector<Value *, 4> operands;
    for (unsigned i = 0; i < node.inputs().size(); ++i) {
      const Value *operand = node.input(i);
      // Resize leaves out operands by giving them no elements.
      if (operand && node.op != OpKind::Resize && llvm::is_contained(operand->type.shape, 0))
        return makeError(Code::EmptyTensor,
                         operandText(node, i) + " is empty: " + typeText(operand->type));
      operands.push_back(inGraph(operand));
    }
    graph.addNode(node.op, node.name, operands, std::move(node.attrs), results);
    return llvm::Error::success();
  }

  llvm::Error fold(const LooseNode &node, llvm::ArrayRef<llvm::StringRef> names,
                   llvm::ArrayRef<TensorType> types) {
    if (node.op == OpKind::Identity) {
      addConstant(names[0], node.input(0)->data);
      return llvm::Error::success();
    }
    llvm::SmallVector<const TensorData *, 4> operands;
    for (const Value *operand : node.inputs())
      operands.push_back(operand ? operand->data.get() : nullptr);
    std::vector<std::shared_ptr<TensorData>> results;
    llvm::SmallVector<TensorData *, 2> targets;
    for (const TensorType &type : types) {
      foldedBytes += type.bytes();
      if (foldedBytes > mostFoldedBytes)
        return makeError(Code::TooLarge, "constants computed from other constants exceed 2 GiB");
      results.push_back(std::make_shared<TensorData>(type));
      targets.push_back(results.back().get());
    }
    if (llvm::Error error = opFamily(node.op).evaluate(node, operands, targets))
      return error;
    for (auto [name, result] : llvm::zip(names, results))
      addConstant(name, result);
    return llvm::Error::success();
  }

  llvm::Error importOutputs() {
    if (proto.output_size() == 0)
      return makeError(Code::BadGraph, "the graph has no outputs");
    for (const auto &output : proto.output()) {
      std::string place = "output '" + output.name() + "'";
      Value *value = lookUp(output.name());
      if (!value)
        return makeError(Code::BadGraph,
                         place + " is not defined by any node, input or initializer");
      if (graph.isOutput(graph.find(output.name())))
        return makeError(Code::BadGraph, place + " is listed twice");
      if (output.has_type() && !resizing)
        if (llvm::Error error = checkDeclaredType(output.type(), value->type))
          return prefixError(place, std::move(error));
      graph.addOutput(inGraph(value));
    }
    return llvm::Error::success();
  }
};
} // namespace

llvm::Expected<Graph> importOnnx(llvm::StringRef bytes, llvm::StringRef source) {
  onnx::ModelProto model;
  if (llvm::Error error = parseModel(bytes, model))
    return prefixError(source, std::move(error));
  auto graph = GraphImporter(model).run();
  if (!graph)
    return prefixError(source, graph.takeError());
  graph->source = source.str();
  return graph;
}

llvm::Expected<Graph> importResized(llvm::StringRef bytes, llvm::StringRef source, int64_t size) {
  auto original = importOnnx(bytes, source);
  if (!original)
    return original;
  onnx::ModelProto model;
  if (llvm::Error error = parseModel(bytes, model))
    return prefixError(source, std::move(error));
  Resizing resizing(*original, size);
  auto graph = GraphImporter(model, &resizing).run();
  if (!graph)
    return prefixError(source + " at " + llvm::Twine(size) + "x" + llvm::Twine(size),
                       graph.takeError());
  graph->source = source.str();
  return graph;
}

llvm::Expected<Graph> importResizedFile(llvm::StringRef path, int64_t size) {
  auto buffer = readModelFile(path);
  if (!buffer)
    return buffer.takeError();
  return importResized((*buffer)->getBuffer(), path, size);
}

llvm::Expected<Graph> importOnnxFile(llvm::StringRef path) {
  auto buffer = readModelFile(path);
  if (!buffer)
    return buffer.takeError();
  return importOnnx((*buffer)->getBuffer(), path);
}

} // namespace bstc
