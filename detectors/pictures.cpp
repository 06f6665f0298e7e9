#include "detectors/pictures.h"

namespace bstc {

/// What is known of the outputs.
static bst::DecodeInfo decodeInfo(const DetectionTail &tail, const PictureOptions &options) {
  bst::DecodeInfo info;
  info.classNames = tail.classNames;
  info.nms = options.nms;
  if (tail.outputs.empty())
    return info;
  info.kind = kindOf(*tail.family, tail.decode);
  info.classes = int32_t(tail.decode.classes);
  info.masks = int32_t(tail.decode.masks);
  info.strides = tail.decode.strides;
  info.anchors = tail.decode.anchors;
  info.stage = tail.stage;
  info.outputs = tail.outputs;
  info.prototypes = tail.prototypes;
  return info;
}

llvm::Error describePictures(bst::Program &program, const DetectionTail &tail,
                             const PictureOptions &options, llvm::ArrayRef<bst::Preprocess> taken) {
  program.decode = decodeInfo(tail, options);
  if (!taken.empty()) {
    program.preprocess = taken.vec();
    return llvm::Error::success();
  }
  if (options.preprocess.empty()) {
    if (tail.family)
      program.preprocess = defaultPreprocess(program, *tail.family);
    return llvm::Error::success();
  }
  llvm::Expected<std::vector<bst::Preprocess>> list = preprocessOf(program, options.preprocess);
  if (!list)
    return list.takeError();
  program.preprocess = std::move(*list);
  return llvm::Error::success();
}

} // namespace bstc
