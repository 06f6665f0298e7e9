#include "detectors/yolov5/decode_heads.h"

#include "backends/dsp/kernels/kernels.h"
#include "backends/simulator/arithmetic.h"

#include <cassert>

namespace bstc::yolov5 {

using bst::Tensor;

/// Whether the kernel takes the tensor as it is.
static bool isKernelForm(const Tensor &head) {
  return head.shape.size() == 4 &&
         head.layout == (head.dtype == bst::DType::F32 ? bst::Layout::RowMajor : bst::Layout::Nhwc);
}

/// The shape [1, channels, ny, nx] of a head, which may be [1, anchors, ny, nx, numbers].
static std::vector<int32_t> mapShape(const std::vector<int32_t> &shape) {
  if (shape.size() == 4)
    return shape;
  return {1, shape[1] * shape[4], shape[2], shape[3]};
}

/// The number that element `index` of the memory of `head` stands for.
static float valueAt(const Tensor &head, const std::byte *bytes, size_t index) {
  if (head.dtype == bst::DType::F32)
    return reinterpret_cast<const float *>(bytes)[index];
  const int32_t value = bst::valueOf(uint8_t(bytes[index]), head.dtype == bst::DType::S8);
  return float(value - head.zeroPoint) * head.scale;
}

/// Writes the head as a float map, row-major.
static void writeMap(const Tensor &head, const std::byte *bytes, float *map) {
  if (head.shape.size() == 4) { // Quantised, row-major.
    for (size_t i = 0; i < bst::elementCount(head); ++i)
      map[i] = valueAt(head, bytes, i);
    return;
  }
  const auto cells = size_t(head.shape[2]) * size_t(head.shape[3]), width = size_t(head.shape[4]);
  for (size_t anchor = 0; anchor < size_t(head.shape[1]); ++anchor)
    for (size_t cell = 0; cell < cells; ++cell)
      for (size_t number = 0; number < width; ++number)
        map[(anchor * width + number) * cells + cell] =
            valueAt(head, bytes, (anchor * cells + cell) * width + number);
}

Decoder::Decoder(const bst::Program &program, unsigned threads) : workers(threads) {
  const bst::DecodeInfo &info = program.decode;
  assert(info.stage == bst::DetectionStage::Heads && !info.outputs.empty());
  params.anchorsPerLevel = int32_t(info.anchors.size() / info.strides.size() / 2);
  params.classes = info.classes;
  params.masks = info.masks;
  params.strides = info.strides;
  params.anchors = info.anchors;
  for (uint32_t index : info.outputs) {
    const Tensor &source = program.tensors[program.outputs[index]];
    Head &head = sources.emplace_back(Head{&source, source, {}});
    head.map.shape = mapShape(source.shape);
    if (!isKernelForm(source)) {
      head.map.dtype = bst::DType::F32;
      head.map.layout = bst::Layout::RowMajor;
      head.values.resize(bst::elementCount(head.map));
    }
    rowCount +=
        size_t(params.anchorsPerLevel) * size_t(head.map.shape[2]) * size_t(head.map.shape[3]);
  }
  const int64_t width = layout().width();
  output.shape = {1, int32_t(rowCount), int32_t(width)};
  predictions.resize(rowCount * size_t(width));
  scratch.resize(bst::yoloDecodeScratchSize(params, workers.threads()) / sizeof(float));
}

std::span<const float> Decoder::decode(std::span<const std::span<const std::byte>> heads) {
  assert(heads.size() == sources.size());
  std::vector<bst::TensorView> views;
  views.reserve(heads.size());
  for (size_t level = 0; level < heads.size(); ++level) {
    Head &head = sources[level];
    assert(heads[level].size() == head.source->size);
    const std::byte *bytes = heads[level].data();
    if (!head.values.empty()) {
      writeMap(*head.source, bytes, head.values.data());
      bytes = reinterpret_cast<const std::byte *>(head.values.data());
    }
    views.push_back({&head.map, const_cast<std::byte *>(bytes)}); // The kernel does not write it.
  }
  bst::runYoloDecode(params, views, {&output, reinterpret_cast<std::byte *>(predictions.data())},
                     {.isa = bst::supportedIsas().front(),
                      .workers = workers,
                      .scratch = reinterpret_cast<std::byte *>(scratch.data())});
  return {predictions.data(), rowCount * size_t(layout().width())};
}

} // namespace bstc::yolov5
