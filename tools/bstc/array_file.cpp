#include "tools/bstc/array_file.h"

#include "ir/error.h"

#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <cstring>

namespace bstc {

llvm::Expected<Array> readArray(llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return makeError("cannot read " + path + ": " + file.getError().message());
  const llvm::StringRef contents = (*file)->getBuffer();
  if (contents.empty())
    return makeError(path + ": is empty, expected a .npy file or an ONNX TensorProto");
  // No TensorProto starts with the byte 0x93: it would be a field with wire type 3 in field 18.
  return contents.startswith("\x93NUMPY") || path.endswith(".npy")
             ? parseNpy(contents, path)
             : parseTensorProto(contents, path);
}

/// Calls move(index in ONNX order, index in memory), in elements.
template <typename Move> static void forEachElement(const bst::Tensor &tensor, Move move) {
  const uint64_t count = elementCount(tensor);
  if (tensor.layout != bst::Layout::Nhwc || tensor.shape.size() != 4) {
    for (uint64_t i = 0; i < count; ++i)
      move(i, i);
    return;
  }
  const uint64_t channels = uint64_t(tensor.shape[1]);
  const uint64_t pixels = uint64_t(tensor.shape[2]) * uint64_t(tensor.shape[3]);
  for (uint64_t n = 0; n < uint64_t(tensor.shape[0]); ++n)
    for (uint64_t c = 0; c < channels; ++c)
      for (uint64_t p = 0; p < pixels; ++p)
        move((n * channels + c) * pixels + p, (n * pixels + p) * channels + c);
}

std::vector<std::byte> toOnnxOrder(const bst::Tensor &tensor, llvm::ArrayRef<std::byte> stored) {
  std::vector<std::byte> elements(tensor.size);
  const uint64_t size = bst::elementSize(tensor.dtype);
  forEachElement(tensor, [&](uint64_t onnx, uint64_t memory) {
    std::memcpy(&elements[onnx * size], &stored[memory * size], size);
  });
  return elements;
}

void fromOnnxOrder(const bst::Tensor &tensor, llvm::ArrayRef<std::byte> elements,
                   llvm::MutableArrayRef<std::byte> stored) {
  const uint64_t size = bst::elementSize(tensor.dtype);
  forEachElement(tensor, [&](uint64_t onnx, uint64_t memory) {
    std::memcpy(&stored[memory * size], &elements[onnx * size], size);
  });
}

} // namespace bstc
