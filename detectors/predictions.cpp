#include "detectors/predictions.h"

#include "detectors/shared/text.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

bool mayHaveRows(const Graph &graph) {
  return llvm::any_of(graph.outputs(), [](const Value *output) {
    return llvm::any_of(families(), [&](const Family *family) {
      return family->numbersOf(output->type).has_value();
    });
  });
}

std::vector<Predictions> decodedOutputs(const Graph &graph) {
  std::vector<Predictions> found;
  for (uint32_t output = 0; output < graph.outputs().size(); ++output) {
    const Node *producer = graph.outputs()[output]->producer();
    if (const Family *family = producer ? familyOfDecode(producer->op) : nullptr)
      found.push_back({output, family, family->describe(*producer), true});
  }
  return found;
}

/// The output that the user names as the one with `what`.
static llvm::Expected<uint32_t> outputNamed(const Graph &graph, const char *what,
                                            llvm::StringRef name) {
  for (uint32_t output = 0; output < graph.outputs().size(); ++output)
    if (graph.outputs()[output]->name == name)
      return output;
  return makeError(Code::NoSuchOutput, llvm::Twine("the network has no output '") + name +
                                           "' that could hold the " + what + "; its outputs are " +
                                           outputsText(graph));
}

/// Rows because the user says so; none where the output cannot hold them.
static std::optional<Predictions> saidRows(const Graph &graph, uint32_t output,
                                           const Family &family) {
  const std::optional<int64_t> numbers = family.numbersOf(graph.outputs()[output]->type);
  if (!numbers)
    return std::nullopt;
  return Predictions{.output = output, .family = &family, .decode = {.classes = *numbers}};
}

/// The output of PictureOptions::predictions.
static llvm::Expected<Predictions> namedPredictions(const Graph &graph,
                                                    llvm::ArrayRef<Predictions> recognised,
                                                    const PictureOptions &options) {
  llvm::Expected<uint32_t> output = outputNamed(graph, "predictions", options.predictions);
  if (!output)
    return output.takeError();
  for (const Predictions &each : recognised)
    if (each.output == *output)
      return each;
  const Value &value = *graph.outputs()[*output];
  if (options.decode != PictureOptions::Decode::Rows)
    return makeError(Code::OutputForm, "output '" + value.name +
                                           "' is not what a decode in the graph gives, and nothing "
                                           "says that it holds rows all the same");
  if (std::optional<Predictions> rows = saidRows(graph, *output, *options.family))
    return *rows;
  return makeError(Code::OutputForm,
                   "output " + shapeText(value) + " is not " + options.family->rowsForm);
}

/// An error that asks which of several outputs is meant.
static llvm::Error ambiguous(const Graph &graph, llvm::ArrayRef<uint32_t> outputs,
                             const llvm::Twine &what) {
  std::string names;
  for (size_t i = 0; i < outputs.size(); ++i)
    names += (i == 0                    ? "'"
              : i + 1 == outputs.size() ? "' and '"
                                        : "', '") +
             graph.outputs()[outputs[i]]->name;
  return makeError(Code::AmbiguousOutputs,
                   "outputs " + names + "' " + what + ", and nothing says which one counts");
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
  std::vector<Predictions> found;
  const bool said = options.decode == PictureOptions::Decode::Rows;
  for (uint32_t output = 0; output < graph.outputs().size(); ++output) {
    const auto *known =
        llvm::find_if(recognised, [&](const auto &each) { return each.output == output; });
    if (std::optional<Predictions> rows =
            said ? saidRows(graph, output, *options.family) : std::nullopt)
      found.push_back(known == recognised.end() ? *rows : *known);
    else if (!said && known != recognised.end())
      found.push_back(*known);
  }
  if (found.size() > 1) {
    std::vector<uint32_t> outputs;
    outputs.reserve(found.size());
    for (const Predictions &each : found)
      outputs.push_back(each.output);
    return ambiguous(graph, outputs,
                     said ? "could both hold the rows of predictions"
                          : "both hold predictions of a decode");
  }
  if (found.empty() && said)
    return makeError(Code::OutputForm, "no output is " + llvm::Twine(options.family->rowsForm) +
                                           "; they are " + outputsText(graph));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

/// Prototypes of masks by their shape, fewer than a row has numbers.
static bool mayBePrototypes(const Value &output, int64_t numbers) {
  const Shape &shape = output.type.shape;
  return output.type.element == ElementType::F32 && shape.size() == 4 && shape[0] == 1 &&
         shape[1] < numbers;
}

static llvm::Expected<Masks> namedMasks(const Graph &graph, const MaskQuestion &question,
                                        llvm::StringRef name) {
  llvm::Expected<uint32_t> output = outputNamed(graph, "prototypes of masks", name);
  if (!output)
    return output.takeError();
  const Value &value = *graph.outputs()[*output];
  const bool fits = mayBePrototypes(value, question.numbers) &&
                    !llvm::is_contained(question.predictions, *output);
  if (!fits || (question.known && value.type.shape[1] != *question.known)) {
    const std::string wanted =
        question.known ? std::to_string(*question.known) + ", as the decode has mask coefficients"
                       : "fewer than the " + std::to_string(question.numbers) +
                             " numbers of a row for classes and masks";
    return makeError(Code::OutputForm, "output " + shapeText(value) +
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
    return ambiguous(graph, maps, "could both hold the prototypes of masks");
  if (!count && !maps.empty())
    return makeError(Code::AmbiguousOutputs,
                     "output " + shapeText(*graph.outputs()[maps[0]]) +
                         " may hold the prototypes of masks or something else, and neither the "
                         "user nor the number of class names says which");
  if (question.known)
    return Masks{*count, maps.empty() ? std::nullopt : std::optional(maps[0])};
  // The numbers beyond the class names are mask coefficients only where there are prototypes.
  return maps.empty() ? Masks{} : Masks{*count, maps[0]};
}

} // namespace bstc
