#include "detectors/predictions.h"

#include "detectors/shared/text.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// Decoded rows of one picture, by their shape: necessary, but no proof.
static bool mayBeRows(const Value &output) {
  const Shape &shape = output.type.shape;
  return output.type.element == ElementType::F32 && shape.size() == 3 && shape[0] == 1 &&
         shape[2] > 5;
}

bool mayHaveRows(const Graph &graph) {
  return llvm::any_of(graph.outputs(), [](const Value *output) { return mayBeRows(*output); });
}

std::vector<Predictions> decodedOutputs(const Graph &graph) {
  std::vector<Predictions> found;
  for (uint32_t output = 0; output < graph.outputs().size(); ++output) {
    const Node *producer = graph.outputs()[output]->producer();
    if (producer && producer->op == OpKind::YoloDecode)
      found.push_back({output, producer->as<YoloDecodeAttrs>(), true});
  }
  return found;
}

/// The output that an option names.
static llvm::Expected<uint32_t> outputNamed(const Graph &graph, const char *option,
                                            llvm::StringRef name) {
  for (uint32_t output = 0; output < graph.outputs().size(); ++output)
    if (graph.outputs()[output]->name == name)
      return output;
  return makeError(llvm::Twine(option) + ": the network has no output '" + name +
                   "'; its outputs are " + outputsText(graph));
}

static Predictions saidRows(const Graph &graph, uint32_t output) {
  Predictions rows = {.output = output, .decode = {}};
  rows.decode.masks = 0;
  rows.decode.classes = graph.outputs()[output]->type.shape[2] - 5;
  return rows;
}

/// The output of PictureOptions::predictions.
static llvm::Expected<Predictions> namedPredictions(const Graph &graph,
                                                    llvm::ArrayRef<Predictions> recognised,
                                                    const PictureOptions &options) {
  llvm::Expected<uint32_t> output = outputNamed(graph, "--predictions", options.predictions);
  if (!output)
    return output.takeError();
  for (const Predictions &each : recognised)
    if (each.output == *output)
      return each;
  const Value &value = *graph.outputs()[*output];
  if (options.decode != PictureOptions::Decode::Rows)
    return makeError("--predictions: output '" + value.name +
                     "' is not what a YOLOv5 decode in the graph gives; --decode yolov5-rows says "
                     "that it holds rows of x, y, w, h, objectness and classes all the same");
  if (!mayBeRows(value))
    return makeError("--predictions: output " + shapeText(value) +
                     " is not f32 1xROWSx(5+CLASSES)");
  return saidRows(graph, *output);
}

/// An error that asks which of several outputs is meant.
static llvm::Error ambiguous(const Graph &graph, llvm::ArrayRef<uint32_t> outputs,
                             const llvm::Twine &what, const char *option) {
  std::string names;
  for (size_t i = 0; i < outputs.size(); ++i)
    names += (i == 0                    ? "'"
              : i + 1 == outputs.size() ? "' and '"
                                        : "', '") +
             graph.outputs()[outputs[i]]->name;
  return makeError("outputs " + names + "' " + what + ": 'bstc compile " + option +
                   " NAME' says which one counts");
}

llvm::Expected<std::optional<Predictions>> choosePredictions(const Graph &graph,
                                                             llvm::ArrayRef<Predictions> recognised,
                                                             const PictureOptions &options) {
  if (!options.predictions.empty()) {
    llvm::Expected<Predictions> named = namedPredictions(graph, recognised, options);
    if (!named)
      return named.takeError();
    return std::optional(std::move(*named));
  }
  std::vector<uint32_t> outputs;
  const bool said = options.decode == PictureOptions::Decode::Rows;
  for (uint32_t output = 0; output < graph.outputs().size(); ++output)
    if (said ? mayBeRows(*graph.outputs()[output])
             : llvm::any_of(recognised, [&](const auto &each) { return each.output == output; }))
      outputs.push_back(output);
  if (outputs.size() > 1)
    return ambiguous(graph, outputs,
                     said ? "could both hold the rows of predictions"
                          : "both hold predictions of a YOLOv5 decode",
                     "--predictions");
  if (outputs.empty() && said)
    return makeError("--decode yolov5-rows: no output is f32 1xROWSx(5+CLASSES); they are " +
                     outputsText(graph));
  if (outputs.empty())
    return std::optional<Predictions>();
  for (const Predictions &each : recognised)
    if (each.output == outputs[0])
      return std::optional(each);
  return std::optional(saidRows(graph, outputs[0]));
}

/// Prototypes of masks by their shape, fewer than a row has numbers.
static bool mayBePrototypes(const Value &output, int64_t numbers) {
  const Shape &shape = output.type.shape;
  return output.type.element == ElementType::F32 && shape.size() == 4 && shape[0] == 1 &&
         shape[1] < numbers;
}

static llvm::Expected<Masks> namedMasks(const Graph &graph, const MaskQuestion &question,
                                        llvm::StringRef name) {
  llvm::Expected<uint32_t> output = outputNamed(graph, "--prototypes", name);
  if (!output)
    return output.takeError();
  const Value &value = *graph.outputs()[*output];
  const bool fits = mayBePrototypes(value, question.numbers) &&
                    !llvm::is_contained(question.predictions, *output);
  if (!fits || (question.known && value.type.shape[1] != *question.known)) {
    const std::string wanted =
        question.known ? std::to_string(*question.known) + ", as the decode has mask coefficients"
                       : "fewer than the " + std::to_string(question.numbers) +
                             " numbers behind a row's objectness";
    return makeError("--prototypes: output " + shapeText(value) +
                     " is not f32 1xMASKSxROWSxCOLUMNS with MASKS " + wanted);
  }
  return Masks{value.type.shape[1], *output};
}

llvm::Expected<Masks> chooseMasks(const Graph &graph, const MaskQuestion &question,
                                  const PictureOptions &options) {
  std::optional<int64_t> count = question.known;
  if (options.prototypes == "none")
    return Masks{count.value_or(0), std::nullopt};
  if (!options.prototypes.empty())
    return namedMasks(graph, question, options.prototypes);
  if (!count && question.classNames > 0)
    count = std::max<int64_t>(0, question.numbers - int64_t(question.classNames));
  if (count == 0)
    return Masks{};
  std::vector<uint32_t> maps;
  for (uint32_t output = 0; output < graph.outputs().size(); ++output) {
    const Value &value = *graph.outputs()[output];
    if (!llvm::is_contained(question.predictions, output) &&
        mayBePrototypes(value, question.numbers) && (!count || value.type.shape[1] == *count))
      maps.push_back(output);
  }
  if (maps.size() > 1)
    return ambiguous(graph, maps, "could both hold the prototypes of masks", "--prototypes");
  if (!count && !maps.empty())
    return makeError("output " + shapeText(*graph.outputs()[maps[0]]) +
                     " may hold the prototypes of masks or something else: 'bstc compile "
                     "--prototypes NAME' or '--prototypes none' says which, and so do as many "
                     "--names as there are classes");
  if (question.known)
    return Masks{*count, maps.empty() ? std::nullopt : std::optional(maps[0])};
  // What class names leave over are masks only where there is something to weight with them.
  return maps.empty() ? Masks{} : Masks{*count, maps[0]};
}

} // namespace bstc
