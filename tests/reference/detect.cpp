// Detection is the decode and then the suppression: every row is decoded, by the simulator's
// decode, so that the floats are the same ones (dsp.cpp holds those against a decode of its own).
#include "backends/dsp/kernels/kernels.h"
#include "tests/reference/engines.h"

namespace bst::reference {

/// A head anchor by anchor, of one that begins with the objectness of all anchors.
static std::vector<std::byte> anchorByAnchor(const TensorView &head, size_t anchors, size_t width) {
  std::vector<std::byte> result;
  const std::byte *from = head.data;
  for (size_t pixel = 0; pixel < elementCount(*head.tensor) / (anchors * width); ++pixel) {
    const std::byte *rest = from + anchors;
    for (size_t anchor = 0; anchor < anchors; ++anchor, rest += width - 1) {
      result.insert(result.end(), rest, rest + 4);
      result.push_back(from[anchor]);
      result.insert(result.end(), rest + 4, rest + width - 1);
    }
    from = rest;
  }
  return result;
}

void run(const DetectParams &params, Views inputs, const TensorView &output) {
  const int64_t width = 5 + params.decode.classes + params.decode.masks;
  int64_t rows = 0;
  for (const TensorView &head : inputs)
    rows += params.decode.anchorsPerLevel * int64_t(head.tensor->shape[2]) * head.tensor->shape[3];
  Tensor predictions;
  predictions.dtype = DType::F32;
  predictions.shape = {1, int32_t(rows), int32_t(width)};
  std::vector<float> values(size_t(rows * width));
  std::vector<std::byte> scratch(yoloDecodeScratchSize(params.decode, 1) + 64);
  void *aligned = scratch.data();
  size_t space = scratch.size();
  std::align(64, space - 64, aligned, space);
  Workers workers(1);
  const TensorView decoded = {&predictions, reinterpret_cast<std::byte *>(values.data())};
  std::vector<std::vector<std::byte>> ordered;
  std::vector<TensorView> heads(inputs.begin(), inputs.end());
  for (TensorView &head : heads)
    if (params.objectnessFirst) {
      ordered.push_back(anchorByAnchor(head, size_t(params.decode.anchorsPerLevel), size_t(width)));
      head.data = ordered.back().data();
    }
  runYoloDecode(params.decode, {heads.data(), heads.size()}, decoded,
                {Isa::Scalar, workers, static_cast<std::byte *>(aligned)});
  run(NmsParams{params.decode.classes, params.decode.masks, params.options}, {&decoded, 1}, output);
}

} // namespace bst::reference
