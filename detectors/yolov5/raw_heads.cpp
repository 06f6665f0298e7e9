#include "detectors/yolov5/raw_heads.h"

#include "detectors/shared/text.h"
#include "detectors/yolov5/anchors.h"
#include "ir/error.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace bstc::yolov5 {

namespace {

/// An output that may be a head.
struct Head {
  uint32_t output;
  int64_t width, rows, columns; ///< Numbers per box; cells.
};

std::optional<Head> headOf(const Graph &graph, uint32_t output, int64_t anchors) {
  const Shape &shape = graph.outputs()[output]->type.shape;
  if (shape.size() == 4 && shape[0] == 1 && shape[1] % anchors == 0 &&
      shape[1] / anchors > PredictionPlaces::scores)
    return Head{output, shape[1] / anchors, shape[2], shape[3]};
  if (shape.size() == 5 && shape[0] == 1 && shape[1] == anchors &&
      shape[4] > PredictionPlaces::scores)
    return Head{output, shape[4], shape[2], shape[3]};
  return std::nullopt;
}

/// The input picture's height and width.
llvm::Expected<std::pair<int64_t, int64_t>> pictureSize(const Graph &graph) {
  const Value *picture = nullptr;
  for (const Value *input : graph.inputs())
    if (input->type.rank() == 4) {
      if (picture)
        return makeError(Code::HeadsNotFound, "the network has several pictures as inputs");
      picture = input;
    }
  if (!picture)
    return makeError(Code::HeadsNotFound, "the network has no picture 1x3xHEIGHTxWIDTH as input");
  return std::pair(picture->type.shape[2], picture->type.shape[3]);
}

/// The outputs that are heads of one network: as many as levels, of one width.
llvm::Expected<std::vector<Head>> headsOf(const Graph &graph, const AnchorLevels &anchors) {
  const auto perLevel = int64_t(anchors[0].size() / 2);
  std::map<int64_t, std::vector<Head>> byWidth;
  for (uint32_t output = 0; output < graph.outputs().size(); ++output) {
    if (const std::optional<Head> head = headOf(graph, output, perLevel))
      byWidth[head->width].push_back(*head);
  }
  std::vector<std::vector<Head>> sets;
  for (auto &[width, heads] : byWidth)
    if (heads.size() == anchors.size())
      sets.push_back(std::move(heads));
  if (sets.size() > 1)
    return makeError(Code::HeadsNotFound,
                     "outputs of different widths could be the heads; the outputs are " +
                         outputsText(graph) + "; export the network without the others");
  if (!sets.empty())
    return std::move(sets.front());
  return makeError(Code::HeadsNotFound,
                   "the anchors are of " + llvm::Twine(anchors.size()) + " levels with " +
                       llvm::Twine(perLevel) + " each, but there are no " +
                       llvm::Twine(anchors.size()) + " outputs 1x(" + llvm::Twine(perLevel) +
                       "*(5+CLASSES))xROWSxCOLUMNS or 1x" + llvm::Twine(perLevel) +
                       "xROWSxCOLUMNSx(5+CLASSES); the outputs are " + outputsText(graph));
}

/// Operators that leave numbers what they are, or scale and shift them: what may come between a
/// head's convolution and the output.
bool keepsHeadRaw(OpKind op) {
  switch (op) {
  case OpKind::Reshape:
  case OpKind::Flatten:
  case OpKind::Squeeze:
  case OpKind::Unsqueeze:
  case OpKind::Transpose:
  case OpKind::Identity:
  case OpKind::Dropout:
  case OpKind::Cast:
  case OpKind::Concat:
  case OpKind::Split:
  case OpKind::Slice:
  case OpKind::Quantize:
  case OpKind::Dequantize:
  case OpKind::BatchNorm:
  case OpKind::Add:
  case OpKind::Sub:
  case OpKind::Mul:
  case OpKind::Div:
    return true;
  default:
    return false;
  }
}

/// The node after the head's convolution that makes something else of it; null where it is raw.
const Node *processing(const Value &head) {
  std::vector<const Node *> work, seen;
  const auto visit = [&](const Value *value) {
    if (const Node *node = value ? value->producer() : nullptr)
      if (!llvm::is_contained(seen, node)) {
        seen.push_back(node);
        work.push_back(node);
      }
  };
  visit(&head);
  while (!work.empty()) {
    const Node *node = work.back();
    work.pop_back();
    if (node->op == OpKind::Conv || node->op == OpKind::Gemm || node->op == OpKind::MatMul)
      continue;
    if (!keepsHeadRaw(node->op))
      return node;
    for (const Value *operand : node->inputs())
      visit(operand);
  }
  return nullptr;
}

llvm::Error checkRaw(const Graph &graph, llvm::ArrayRef<Head> heads) {
  for (const Head &head : heads) {
    const Value &value = *graph.outputs()[head.output];
    if (const Node *node = processing(value))
      return makeError(
          Code::HeadNotRaw,
          "output " + shapeText(value) + " is no raw head: node '" + node->name + "' (" +
              opInfo(node->op).onnxType +
              ") comes after its convolution, and the decode begins with a Sigmoid of its "
              "own; export the network without it");
  }
  return llvm::Error::success();
}

llvm::Error takeStrides(const Graph &graph, llvm::ArrayRef<Head> heads, bool yolov5,
                        RawHeads &result) {
  auto size = pictureSize(graph);
  if (!size)
    return size.takeError();
  for (const Head &head : heads) {
    const int64_t stride = size->first / head.rows;
    if (head.rows * stride != size->first || head.columns * stride != size->second)
      return makeError(Code::HeadsNotFound, "output " + shapeText(*graph.outputs()[head.output]) +
                                                " does not divide the picture of " +
                                                llvm::Twine(size->first) + "x" +
                                                llvm::Twine(size->second) + " by a whole stride");
    if (!result.decode.strides.empty() && float(stride) <= result.decode.strides.back())
      return makeError(Code::HeadsNotFound, "two heads have the stride " + llvm::Twine(stride));
    result.decode.strides.push_back(float(stride));
    result.outputs.push_back(head.output);
  }
  if (yolov5 && result.decode.strides != std::vector<float>{8, 16, 32}) {
    std::string strides;
    for (float stride : result.decode.strides)
      strides.append(strides.empty() ? "" : ", ").append(std::to_string(int64_t(stride)));
    return makeError(Code::HeadsNotFound,
                     "YOLOv5's anchors are for strides 8, 16, 32, but the heads have " + strides +
                         ", whose anchors were not given");
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<RawHeads> findRawHeads(const Graph &graph, const AnchorLevels &given) {
  const AnchorLevels &anchors = given.empty() ? ownAnchors() : given;
  auto heads = headsOf(graph, anchors);
  if (!heads)
    return heads.takeError();
  llvm::stable_sort(*heads, [](const Head &a, const Head &b) { return a.rows > b.rows; });
  RawHeads result;
  if (llvm::Error error = takeStrides(graph, *heads, given.empty(), result))
    return error;
  if (llvm::Error error = checkRaw(graph, *heads))
    return error;
  result.decode.classes = heads->front().width - PredictionPlaces::scores;
  for (const std::vector<float> &level : anchors)
    llvm::append_range(result.decode.anchors, level);
  return result;
}

/// The map that the graph turns into the head [1, anchors, ny, nx, width] where it does nothing
/// else to it, as Detect.forward does; else null.
static Value *turnedMap(const Value *head) {
  const Node *turn = madeBy(head, OpKind::Transpose);
  if (!turn || turn->as<TransposeAttrs>().perm != std::vector<int64_t>{0, 1, 3, 4, 2})
    return nullptr;
  const Node *split = madeBy(turn->input(0), OpKind::Reshape);
  const Shape &shape = head->type.shape;
  return split && split->input(0)->type.shape == Shape{1, shape[1] * shape[4], shape[2], shape[3]}
             ? split->input(0)
             : nullptr;
}

/// The head as a map [1, anchors * width, ny, nx].
static Value *mapOf(Graph &graph, Value *head) {
  const Shape &shape = head->type.shape;
  if (shape.size() == 4)
    return head;
  if (Value *map = turnedMap(head))
    return map;
  const auto made = [&](const char *suffix, OpKind op, Value *x, Attributes attrs, Shape result) {
    const std::string name = graph.uniqueName(head->name + "#" + suffix);
    return graph
        .addNode(op, name, {x}, std::move(attrs),
                 {{name, {ElementType::F32, std::move(result), std::nullopt}}})
        ->output();
  };
  Value *turned = made("turned", OpKind::Transpose, head, TransposeAttrs{{0, 1, 4, 2, 3}},
                       {1, shape[1], shape[4], shape[2], shape[3]});
  return made("map", OpKind::Reshape, turned, std::monostate(),
              {1, shape[1] * shape[4], shape[2], shape[3]});
}

Value *appendDecode(Graph &graph, llvm::ArrayRef<uint32_t> heads, const DecodeDescription &decode) {
  const YoloDecodeAttrs attrs = {.anchorsPerLevel =
                                     int64_t(decode.anchors.size() / heads.size() / 2),
                                 .classes = decode.classes,
                                 .masks = decode.masks,
                                 .strides = decode.strides,
                                 .anchors = decode.anchors};
  llvm::SmallVector<Value *, 3> maps;
  int64_t rows = 0;
  for (uint32_t output : heads) {
    maps.push_back(mapOf(graph, graph.outputs()[output]));
    const Shape &shape = maps.back()->type.shape;
    rows += attrs.anchorsPerLevel * shape[2] * shape[3];
  }
  const std::string name = graph.uniqueName("predictions");
  return graph
      .addNode(OpKind::YoloDecode, name, maps, attrs,
               {{name, {ElementType::F32, {1, rows, attrs.row().width()}, std::nullopt}}})
      ->output();
}

} // namespace bstc::yolov5
