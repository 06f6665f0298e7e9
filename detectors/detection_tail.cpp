#include "detectors/detection_tail.h"

#include "detectors/shared/class_names.h"
#include "detectors/shared/text.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {
namespace {

TensorType floats(Shape shape) { return {ElementType::F32, std::move(shape), std::nullopt}; }

/// The names of the classes. Metadata that cannot be read is left out: nobody promised that it
/// holds names.
llvm::Expected<std::vector<std::string>>
classNames(const Graph &graph, const PictureOptions &options, std::vector<Notice> &notices) {
  if (!options.classNames.empty())
    return options.classNames;
  const auto entry = graph.metadata.find("names");
  if (entry == graph.metadata.end())
    return std::vector<std::string>();
  llvm::Expected<std::vector<std::string>> names = parseClassNames(entry->second);
  if (names)
    return names;
  notices.push_back(
      makeNotice(Code::MetadataNames, "the class names in the file's metadata are left out: " +
                                          takeFailure(names.takeError()).text));
  return std::vector<std::string>();
}

/// Names of other classes than the network's would be printed at boxes.
llvm::Error checkNames(const DetectionTail &tail, const PictureOptions &options) {
  const size_t names = tail.classNames.size();
  if (tail.outputs.empty() || names == 0 || names == size_t(tail.decode.classes))
    return llvm::Error::success();
  return makeError(Code::ClassCount,
                   "the network has " + llvm::Twine(tail.decode.classes) + " classes but " +
                       (options.classNames.empty()
                            ? "the file's metadata names " + llvm::Twine(names)
                            : llvm::Twine(names) + (names == 1 ? " class name was given"
                                                               : " class names were given")));
}

/// Sets how the numbers of a row divide into classes and masks.
llvm::Error divideNumbers(const Graph &graph, std::optional<int64_t> known,
                          const PictureOptions &options, DetectionTail &tail) {
  const int64_t numbers = tail.decode.classes + tail.decode.masks;
  llvm::Expected<Masks> masks =
      chooseMasks(graph, {tail.outputs, numbers, known, tail.classNames.size()}, options);
  if (!masks)
    return masks.takeError();
  tail.decode.masks = masks->count;
  tail.decode.classes = numbers - masks->count;
  tail.prototypes = masks->prototypes ? int32_t(*masks->prototypes) : -1;
  return llvm::Error::success();
}

llvm::Error takeHeads(const Graph &graph, llvm::ArrayRef<Predictions> recognised,
                      const PictureOptions &options, DetectionTail &tail) {
  if (!recognised.empty())
    return makeError(Code::DecodedAlready,
                     "output " + shapeText(*graph.outputs()[recognised.front().output]) +
                         " is decoded already, in the graph");
  llvm::Expected<RawHeads> heads = options.family->findRawHeads(graph, options.anchors);
  if (!heads)
    return heads.takeError();
  tail.stage = bst::DetectionStage::Heads;
  tail.family = options.family;
  tail.decode = heads->decode;
  tail.outputs = heads->outputs;
  return divideNumbers(graph, std::nullopt, options, tail);
}

/// Fills in what is known of the outputs, if anything is.
llvm::Error takeOutputs(const Graph &graph, llvm::ArrayRef<Predictions> recognised,
                        const PictureOptions &options, DetectionTail &tail) {
  if (options.decode == PictureOptions::Decode::Heads)
    return takeHeads(graph, recognised, options, tail);
  auto chosen = choosePredictions(graph, recognised, options);
  if (!chosen)
    return chosen.takeError();
  if (!*chosen)
    return llvm::Error::success();
  tail.family = (*chosen)->family;
  tail.decode = (*chosen)->decode;
  tail.outputs = {(*chosen)->output};
  return divideNumbers(graph,
                       (*chosen)->recognised ? std::optional(tail.decode.masks) : std::nullopt,
                       options, tail);
}

/// Whether the user wants more of the outputs than a package that runs.
bool asksForDetector(const PictureOptions &options) {
  return options.withNms || options.decode != PictureOptions::Decode::Graph ||
         !options.predictions.empty() || !options.prototypes.empty();
}

llvm::Error unknownOutputs(const Graph &graph) {
  return makeError(Code::NothingToSuppress,
                   "no output is known to hold predictions, as no decode is recognised before one, "
                   "and nothing says so (outputs: " +
                       outputsText(graph) + ")");
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
std::vector<Value *> appendNms(Graph &graph, Value *predictions, const DecodeDescription &decode,
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
  Value *packed =
      graph
          .addNode(OpKind::Nms, name, {predictions}, attrs, {{name, floats({attrs.resultSize()})}})
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

llvm::Expected<DetectionTail> finishDetector(Graph &graph, llvm::ArrayRef<Predictions> recognised,
                                             const PictureOptions &options,
                                             std::vector<Notice> &notices) {
  llvm::Expected<std::vector<std::string>> names = classNames(graph, options, notices);
  if (!names)
    return names.takeError();
  DetectionTail tail;
  tail.classNames = *names;
  if (llvm::Error error = takeOutputs(graph, recognised, options, tail)) {
    if (asksForDetector(options))
      return error;
    const Failure why = takeFailure(std::move(error));
    notices.push_back({why.code, Severity::Warning, "", why.text});
    tail = {};
    tail.classNames = std::move(*names);
  }
  if (tail.outputs.empty() && asksForDetector(options))
    return unknownOutputs(graph);
  if (llvm::Error error = checkNames(tail, options))
    return error;
  if (!options.withNms)
    return tail;
  Value *predictions = tail.stage == bst::DetectionStage::Heads
                           ? tail.family->appendDecode(graph, tail.outputs, tail.decode)
                           : graph.outputs()[tail.outputs.front()];
  replaceOutputs(graph, appendNms(graph, predictions, tail.decode, options.nms),
                 std::vector<uint32_t>(tail.outputs), tail);
  return tail;
}

llvm::Expected<bool> isDetector(const Graph &graph, llvm::ArrayRef<Predictions> recognised,
                                const PictureOptions &options) {
  if (!recognised.empty() || asksForDetector(options))
    return true;
  for (const Family *family : families()) {
    llvm::Expected<RawHeads> heads = family->findRawHeads(graph, {});
    if (heads)
      return makeError(Code::NothingToSuppress, "the outputs (" + outputsText(graph) +
                                                    ") could be the raw heads of " + family->name +
                                                    ", but nothing says so");
    llvm::consumeError(heads.takeError());
  }
  return false;
}

const Value *suppressedPredictions(const Value &output) {
  const Node *node = output.producer();
  while (node && (node->op == OpKind::Reshape || node->op == OpKind::Slice)) // PartWriter
    node = node->input(0)->producer();
  return node && node->op == OpKind::Nms ? node->input(0) : nullptr;
}

} // namespace bstc
