#include "driver/pictures.h"

#include "driver/class_names.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

static bool fitsClasses(const bst::Program &program, size_t names) {
  return !program.decode.classes || names == size_t(program.decode.classes);
}

static llvm::Error nameClasses(bst::Program &program, const Graph &imported,
                               const PictureOptions &options, std::vector<std::string> &notices) {
  const size_t given = options.classNames.size();
  if (given && !fitsClasses(program, given))
    return makeError("the network has " + llvm::Twine(program.decode.classes) + " classes but " +
                     llvm::Twine(given) + " class names were given");
  program.decode.classNames = options.classNames;
  const auto entry = imported.metadata.find("names");
  if (given || entry == imported.metadata.end())
    return llvm::Error::success();
  llvm::Expected<std::vector<std::string>> names = parseClassNames(entry->second);
  if (!names)
    notices.push_back("the class names in the file's metadata are left out: " +
                      llvm::toString(names.takeError()));
  else if (!fitsClasses(program, names->size()))
    notices.push_back("the class names in the file's metadata are left out: they are " +
                      std::to_string(names->size()) + ", but the network has " +
                      std::to_string(program.decode.classes) + " classes");
  else
    program.decode.classNames = std::move(*names);
  return llvm::Error::success();
}

/// Which outputs hold the predictions and the prototypes of a decode in the graph.
static void findOutputs(bst::Program &program) {
  bst::DecodeInfo &decode = program.decode;
  const auto shapeOf = [&](uint32_t output) -> const std::vector<int32_t> & {
    return program.tensors[program.outputs[output]].shape;
  };
  const int32_t width = 5 + decode.classes + decode.masks;
  for (uint32_t output = 0; output < program.outputs.size(); ++output) {
    const std::vector<int32_t> &shape = shapeOf(output);
    if (shape.size() == 3 && shape[0] == 1 && shape[2] == width && decode.outputs.empty())
      decode.outputs = {output};
    if (decode.masks && decode.prototypes < 0 && shape.size() == 4 && shape[0] == 1 &&
        shape[1] == decode.masks)
      decode.prototypes = int32_t(output);
  }
}

/// What the end of the detector holds, where the user asked for one.
static llvm::Error takeTail(bst::Program &program, const DetectionTail &tail) {
  bst::DecodeInfo &decode = program.decode;
  if (!decode.kind.empty() &&
      (decode.classes != tail.decode.classes || decode.masks != tail.decode.masks))
    return makeError("the network's decode has " + llvm::Twine(decode.classes) + " classes and " +
                     llvm::Twine(decode.masks) + " mask coefficients, but its outputs look like " +
                     llvm::Twine(tail.decode.classes) + " and " + llvm::Twine(tail.decode.masks));
  decode.kind = tail.decode.masks ? "yolov5-segment" : "yolov5-detect";
  decode.classes = int32_t(tail.decode.classes);
  decode.masks = int32_t(tail.decode.masks);
  if (!tail.decode.strides.empty()) {
    decode.strides = tail.decode.strides;
    decode.anchors = tail.decode.anchors;
  }
  decode.stage = tail.stage;
  decode.outputs = tail.outputs;
  decode.prototypes = tail.prototypes;
  return llvm::Error::success();
}

llvm::Error describePictures(bst::Program &program, const Graph &imported,
                             const DetectionTail &tail, const PictureOptions &options,
                             std::vector<std::string> &notices) {
  if (!tail.outputs.empty()) {
    if (llvm::Error error = takeTail(program, tail))
      return error;
  } else if (!program.decode.kind.empty()) {
    findOutputs(program);
  }
  if (llvm::Error error = nameClasses(program, imported, options, notices))
    return error;
  const bool isDetector = !program.decode.kind.empty();
  program.decode.nms = options.nms;
  if (options.preprocess.empty()) {
    if (isDetector)
      program.preprocess = defaultPreprocess(program);
    return llvm::Error::success();
  }
  llvm::Expected<std::vector<bst::Preprocess>> list = preprocessOf(program, options.preprocess);
  if (!list)
    return list.takeError();
  program.preprocess = std::move(*list);
  return llvm::Error::success();
}

} // namespace bstc
