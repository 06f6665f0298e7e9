#ifndef BSTC_DRIVER_TENSOR_MEANING_H
#define BSTC_DRIVER_TENSOR_MEANING_H

#include "runtime/program/program.h"

#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace bstc {

/// 64-byte aligned bytes, as a device expects them.
struct AlignedFree {
  void operator()(std::byte *bytes) const { ::operator delete[](bytes, std::align_val_t(64)); }
};
using AlignedBytes = std::unique_ptr<std::byte[], AlignedFree>;
AlignedBytes allocateAligned(uint64_t size);

/// How the numbers of an Nhwc tensor lie where its channels are not the file's.
struct MapForm {
  /// It has the values of blocks of positions as channels of one (bst::QuantizeParams).
  uint64_t block = 1;
  /// By channel of the file: the tensor's channel; empty: the same.
  std::vector<uint32_t> channels;
};
/// By tensor.
std::vector<MapForm> mapForms(const bst::Program &program);

/// The real numbers that a tensor of a program stands for, by its own scale, zero point and layout.
/// Bytes without a scale are numbers themselves.
class TensorMeaning {
public:
  explicit TensorMeaning(const bst::Tensor &tensor, MapForm form = {})
      : tensor(tensor), form(std::move(form)) {}

  bool isQuantised() const { return tensor.scale > 0; }
  /// Calls body(index, place) for every element: its index in the file's order (row-major, NCHW),
  /// and where it lies in memory, in elements. Row by row of a map, so that both stay in cache.
  template <typename Body> void forEach(Body body) const;
  /// The real number of the element that lies at `place`.
  float at(const std::byte *bytes, uint64_t place) const;
  /// Writes there what is nearest to `real`: as ONNX QuantizeLinear does, or the float itself.
  void set(std::byte *bytes, uint64_t place, float real) const;

private:
  const bst::Tensor &tensor;
  MapForm form;
};

template <typename Body> void TensorMeaning::forEach(Body body) const {
  if (tensor.layout != bst::Layout::Nhwc) {
    for (uint64_t index = 0, count = bst::elementCount(tensor); index < count; ++index)
      body(index, index);
    return;
  }
  const uint64_t block = form.block;
  const auto stored = uint64_t(tensor.shape[1]), lines = uint64_t(tensor.shape[2]);
  const auto cells = uint64_t(tensor.shape[3]);
  const uint64_t channels = stored / (block * block), rows = lines * block, columns = cells * block;
  for (uint64_t n = 0; n < uint64_t(tensor.shape[0]); ++n)
    for (uint64_t row = 0; row < rows; ++row)
      for (uint64_t channel = 0; channel < channels; ++channel) {
        const uint64_t index = ((n * channels + channel) * rows + row) * columns;
        const uint64_t line = (n * lines + row / block) * cells;
        const uint64_t place = form.channels.empty() ? channel : form.channels[channel];
        for (uint64_t column = 0; column < columns; ++column) {
          const uint64_t inBlock = row % block * block + column % block;
          body(index + column, (line + column / block) * stored + inBlock * channels + place);
        }
      }
}

} // namespace bstc

#endif // BSTC_DRIVER_TENSOR_MEANING_H
