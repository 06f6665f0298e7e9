#include "tools/bstc/cli/picture_arguments.h"

#include "detectors/shared/class_names.h"
#include "ir/error.h"
#include "tools/bstc/cli/table.h"

#include <deque>

namespace bstc {

llvm::Error readNmsOptions(const Arguments &arguments, bst::NmsOptions &options) {
  llvm::Expected<double> confidence = arguments.fraction("--conf", double(options.confidence));
  if (!confidence)
    return confidence.takeError();
  llvm::Expected<double> iou = arguments.fraction("--iou", options.iou);
  if (!iou)
    return iou.takeError();
  llvm::Expected<uint64_t> most =
      arguments.number("--max-det", uint64_t(options.maxDetections), 1, 30000);
  if (!most)
    return most.takeError();
  options.confidence = float(*confidence);
  options.iou = *iou;
  options.maxDetections = int32_t(*most);
  options.multiLabel |= arguments.has("--multi-label");
  options.classAgnostic |= arguments.has("--agnostic");
  return llvm::Error::success();
}

const char *nmsHelp(llvm::StringRef text, const bst::NmsOptions &defaults) {
  static std::deque<std::string> kept;
  const std::pair<llvm::StringRef, std::string> places[] = {
      {"{conf}", numberText(double(defaults.confidence), 6)},
      {"{iou}", numberText(defaults.iou)},
      {"{max-det}", std::to_string(defaults.maxDetections)}};
  std::string &result = kept.emplace_back(text.str());
  for (const auto &[place, number] : places)
    if (const size_t at = result.find(place.data()); at != std::string::npos)
      result.replace(at, place.size(), number);
  return result.c_str();
}

std::string suppressionText(const bst::NmsOptions &options) {
  return "confidence " + numberText(double(options.confidence), 6) + ", iou " +
         numberText(options.iou) + ", at most " + std::to_string(options.maxDetections) +
         " detections" + (options.multiLabel ? ", several classes a box" : "") +
         (options.classAgnostic ? ", across classes" : "");
}

llvm::Expected<bst::NmsOptions> suppressionOf(const Arguments &arguments, llvm::StringRef model,
                                              const DetectorContract &contract,
                                              const bst::NmsOptions &otherwise) {
  const bool itself = contract.stage == bst::DetectionStage::Detections;
  const bst::NmsOptions &own = contract.nms;
  bst::NmsOptions options = itself ? own : otherwise;
  if (llvm::Error error = readNmsOptions(arguments, options))
    return error;
  const char *option = options.confidence < own.confidence          ? "--conf"
                       : options.iou != own.iou                     ? "--iou"
                       : options.maxDetections > own.maxDetections  ? "--max-det"
                       : options.classAgnostic != own.classAgnostic ? "--agnostic"
                                                                    : nullptr;
  if (itself && option) {
    // A package's own suppression is within classes.
    const bool within = llvm::StringRef(option) == "--agnostic";
    return makeError(Code::SuppressedAlready,
                     llvm::Twine(option) + ": " + model +
                         " suppresses boxes by itself (--deploy, --with-nms), with " +
                         suppressionText(own) + "; what it dropped is gone: " +
                         (within ? std::string("compile it without either")
                                 : "give " + std::string(option) + " to bstc compile"));
  }
  return options;
}

/// Where the model's predictions are, and in which form.
static llvm::Error readDecode(const Arguments &arguments, PictureOptions &options) {
  using Decode = PictureOptions::Decode;
  const llvm::StringRef kind = arguments.value("--decode");
  if (arguments.has("--decode")) // The table of options lets no other pass.
    parseDecodeKind(kind, options);
  options.predictions = arguments.value("--predictions").str();
  options.prototypes = arguments.value("--prototypes").str();
  if (!options.predictions.empty() && options.decode == Decode::Heads)
    return llvm::make_error<UsageError>(("--predictions names decoded rows; raw heads (--decode " +
                                         kind + ") are found by themselves")
                                            .str());
  if (!arguments.has("--anchors"))
    return llvm::Error::success();
  if (options.decode != Decode::Heads)
    return llvm::make_error<UsageError>("--anchors needs --decode " + familyNames());
  llvm::Expected<AnchorLevels> anchors = parseAnchors(arguments.value("--anchors"));
  if (!anchors)
    return llvm::make_error<UsageError>("--anchors: " + llvm::toString(anchors.takeError()));
  options.anchors = std::move(*anchors);
  return llvm::Error::success();
}

llvm::Error readPictureOptions(const Arguments &arguments, PictureOptions &options) {
  for (llvm::StringRef text : arguments.values("--preprocess")) {
    if (llvm::Expected<PreprocessSpec> spec = parsePreprocess(text); !spec)
      return llvm::make_error<UsageError>("--preprocess: " + llvm::toString(spec.takeError()));
    options.preprocess.push_back(text.str());
  }
  if (arguments.has("--input")) // The table of options lets no other pass.
    parsePictureInput(arguments.value("--input"), options);
  if (arguments.has("--deploy") && arguments.value("--input") == "file")
    return llvm::make_error<UsageError>("--input file does not go with --deploy, which takes 8-bit "
                                        "pictures: u8, nv12 or nv12-full");
  options.withNms = arguments.has("--with-nms");
  if (llvm::Error error = readDecode(arguments, options))
    return error;
  if (llvm::Error error = readNmsOptions(arguments, options.nms))
    return error;
  if (!arguments.has("--names"))
    return llvm::Error::success();
  llvm::Expected<std::vector<std::string>> names = readClassNames(arguments.value("--names"));
  if (!names)
    return names.takeError();
  options.classNames = std::move(*names);
  return llvm::Error::success();
}

} // namespace bstc
