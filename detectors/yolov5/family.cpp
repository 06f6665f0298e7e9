#include "detectors/yolov5/family.h"

#include "detectors/yolov5/decode_heads.h"
#include "detectors/yolov5/raw_heads.h"
#include "detectors/yolov5/recognise.h"

namespace bstc::yolov5 {

static DecodeDescription describe(const Node &decode) {
  const auto &attrs = decode.as<YoloDecodeAttrs>();
  return {attrs.classes, attrs.masks, attrs.strides, attrs.anchors};
}

static std::optional<int64_t> numbersOf(const TensorType &type) {
  const Shape &shape = type.shape;
  if (type.element != ElementType::F32 || shape.size() != 3 || shape[0] != 1 ||
      shape[2] <= PredictionPlaces::scores)
    return std::nullopt;
  return shape[2] - PredictionPlaces::scores;
}

static bst::PredictionRow row(int64_t classes, int64_t masks) { return {classes, masks}; }

static std::optional<bst::PredictionRow> rowOf(const bst::Command &command) {
  const auto *params = std::get_if<bst::YoloDecodeParams>(&command.params);
  return params ? std::optional(params->row()) : std::nullopt;
}

// The verifier knows the form of the heads.
static llvm::Expected<std::unique_ptr<HeadDecoder>> createDecoder(const bst::Program &program,
                                                                  unsigned threads) {
  return std::make_unique<Decoder>(program, threads);
}

static const OpKind decodes[] = {OpKind::YoloDecode};

constinit const Family family = {
    .name = "yolov5",
    .rowsForm = "f32 1xROWSx(5+CLASSES)",
    .preprocess = {}, // Its defaults are YOLOv5's.
    .decodes = decodes,
    .recognise = recognise,
    .describe = describe,
    .numbersOf = numbersOf,
    .findRawHeads = findRawHeads,
    .appendDecode = appendDecode,
    .row = row,
    .rowOf = rowOf,
    .createDecoder = createDecoder,
};

} // namespace bstc::yolov5
