#include "tools/bstc/picture_arguments.h"

#include "driver/class_names.h"

namespace bstc {

/// The option's value, a number from 0 to 1.
static llvm::Expected<double> share(const Arguments &arguments, llvm::StringRef option,
                                    double otherwise) {
  if (!arguments.has(option))
    return otherwise;
  double value = 0;
  if (arguments.value(option).getAsDouble(value) || !(value >= 0 && value <= 1))
    return llvm::make_error<UsageError>(
        (option + " takes a number from 0 to 1, not '" + arguments.value(option) + "'").str());
  return value;
}

llvm::Error readNmsOptions(const Arguments &arguments, bst::NmsOptions &options) {
  llvm::Expected<double> confidence = share(arguments, "--conf", double(options.confidence));
  if (!confidence)
    return confidence.takeError();
  llvm::Expected<double> iou = share(arguments, "--iou", options.iou);
  if (!iou)
    return iou.takeError();
  llvm::Expected<uint64_t> most =
      arguments.number("--max-det", uint64_t(options.maxDetections), 1, 30000);
  if (!most)
    return most.takeError();
  if (arguments.has("--conf"))
    options.confidence = float(*confidence);
  options.iou = *iou;
  options.maxDetections = int32_t(*most);
  return llvm::Error::success();
}

static llvm::Error readDecode(const Arguments &arguments, PictureOptions &options) {
  options.decodeHeads = arguments.has("--decode");
  if (options.decodeHeads && arguments.value("--decode") != "yolov5")
    return llvm::make_error<UsageError>(
        ("--decode takes yolov5, not '" + arguments.value("--decode") + "'").str());
  if (!arguments.has("--anchors"))
    return llvm::Error::success();
  if (!options.decodeHeads)
    return llvm::make_error<UsageError>("--anchors needs --decode yolov5");
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
