#include "driver/detection_tail.h"

#include "driver/raw_heads.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {
namespace {

TensorType floats(Shape shape) { return {ElementType::F32, std::move(shape), std::nullopt}; }

/// What a network with its decode in the graph gives.
struct Predictions {
  uint32_t output = 0;
  YoloDecodeAttrs decode; ///< Classes and masks.
  int32_t prototypes = -1;
};

/// The output [1, rows, 5 + classes + masks], and the prototypes: a map of fewer channels.
llvm::Expected<Predictions> findPredictions(const Graph &graph) {
  std::optional<Predictions> found;
  std::string all;
  for (uint32_t output = 0; output < graph.outputs().size(); ++output) {
    const Value &value = *graph.outputs()[output];
    const Shape &shape = value.type.shape;
    all.append(all.empty() ? "" : ", ").append(value.name);
    if (shape.size() != 3 || shape[0] != 1 || shape[2] <= 5)
      continue;
    if (found)
      return makeError("--with-nms: several outputs could be predictions: " +
                       graph.outputs()[found->output]->name + ", " + value.name);
    found = Predictions{.output = output, .decode = {}};
    found->decode.classes = shape[2] - 5;
    found->decode.masks = 0;
  }
  if (!found)
    return makeError("--with-nms: none of the outputs (" + all +
                     ") is 1xROWSx(5+CLASSES); raw heads are decoded with --decode yolov5");
  for (uint32_t output = 0; output < graph.outputs().size(); ++output) {
    const Shape &shape = graph.outputs()[output]->type.shape;
    if (shape.size() == 4 && shape[0] == 1 && shape[1] < found->decode.classes &&
        found->prototypes < 0) {
      found->prototypes = int32_t(output);
      found->decode.masks = shape[1];
    }
  }
  found->decode.classes -= found->decode.masks;
  return std::move(*found);
}

/// Takes the parts of the packed result (bst::NmsParams) apart.
class PartWriter {
public:
  PartWriter(Graph &graph, Value *packed) : graph(graph), packed(packed) {}

  /// The next numbers, as many as `shape` has.
  Value *next(const char *name, const Shape &shape) {
    const int64_t count = floats(shape).count();
    const std::string part = graph.uniqueName(name);
    const bool flat = shape.size() == 1;
    const std::string sliced = flat ? part : graph.uniqueName(part + "#flat");
    Value *slice = graph
                       .addNode(OpKind::Slice, sliced, {packed}, SliceAttrs{{begin}, {1}, {count}},
                                {{sliced, floats({count})}})
                       ->output();
    begin += count;
    if (flat)
      return slice;
    return graph.addNode(OpKind::Reshape, part, {slice}, std::monostate(), {{part, floats(shape)}})
        ->output();
  }

private:
  Graph &graph;
  Value *packed;
  int64_t begin = 0;
};

/// Appends the suppression of \p predictions and returns its outputs.
std::vector<Value *> appendNms(Graph &graph, Value *predictions, const YoloDecodeAttrs &decode,
                               const bst::NmsOptions &options) {
  const NmsAttrs attrs = {.classes = decode.classes,
                          .masks = decode.masks,
                          .confidence = options.confidence,
                          .iou = options.iou,
                          .maxDetections = options.maxDetections,
                          .multiLabel = options.multiLabel,
                          .classAgnostic = options.classAgnostic,
                          .maxCandidates = options.maxCandidates};
  const int64_t most = options.maxDetections;
  const std::string name = graph.uniqueName("detections");
  Value *packed = graph
                      .addNode(OpKind::Nms, name, {predictions}, attrs,
                               {{name, floats({most * (6 + decode.masks) + 1})}})
                      ->output();
  PartWriter parts(graph, packed);
  Value *boxes = parts.next("boxes", {1, most, 4});
  Value *scores = parts.next("scores", {1, most});
  Value *classes = parts.next("classes", {1, most});
  Value *masks = decode.masks ? parts.next("mask_coefficients", {1, most, decode.masks}) : nullptr;
  Value *count = parts.next("count", {1});
  std::vector<Value *> outputs = {boxes, scores, classes, count};
  if (masks)
    outputs.push_back(masks);
  return outputs;
}

/// The graph's outputs become the detections, and those that are not in \p replaced.
void replaceOutputs(Graph &graph, llvm::ArrayRef<Value *> detections,
                    llvm::ArrayRef<uint32_t> replaced, DetectionTail &tail) {
  std::vector<Value *> outputs(detections.begin(), detections.end());
  tail.outputs.clear();
  for (uint32_t i = 0; i < detections.size(); ++i)
    tail.outputs.push_back(i);
  const int32_t prototypes = tail.prototypes;
  for (uint32_t i = 0; i < graph.outputs().size(); ++i) {
    if (llvm::is_contained(replaced, i))
      continue;
    if (int32_t(i) == prototypes)
      tail.prototypes = int32_t(outputs.size());
    outputs.push_back(graph.outputs()[i]);
  }
  graph.setOutputs(outputs);
  tail.stage = bst::DetectionStage::Detections;
}

} // namespace

llvm::Expected<DetectionTail> finishDetector(Graph &graph, const PictureOptions &options) {
  DetectionTail tail;
  Value *predictions = nullptr;
  if (options.decodeHeads) {
    llvm::Expected<RawHeads> heads = findRawHeads(graph, options.anchors);
    if (!heads)
      return heads.takeError();
    tail.stage = bst::DetectionStage::Heads;
    tail.decode = heads->decode;
    tail.outputs = heads->outputs;
    if (heads->prototypes)
      tail.prototypes = int32_t(*heads->prototypes);
    if (options.withNms)
      predictions = appendDecode(graph, *heads);
  } else if (options.withNms) {
    llvm::Expected<Predictions> found = findPredictions(graph);
    if (!found)
      return found.takeError();
    tail.decode = found->decode;
    tail.outputs = {found->output};
    tail.prototypes = found->prototypes;
    predictions = graph.outputs()[found->output];
  }
  if (options.withNms)
    replaceOutputs(graph, appendNms(graph, predictions, tail.decode, options.nms),
                   std::vector<uint32_t>(tail.outputs), tail);
  return tail;
}

} // namespace bstc
