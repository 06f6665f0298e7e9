#include "tools/bstc/files/array_file.h"

#include "ir/error.h"

#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <cstring>

namespace bstc {

llvm::Expected<Array> readArray(llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return makeError(Code::ArrayUnreadable,
                     "cannot read " + path + ": " + file.getError().message());
  const llvm::StringRef contents = (*file)->getBuffer();
  if (contents.empty())
    return makeError(Code::BadArray,
                     path + ": is empty, expected a .npy file or an ONNX TensorProto");
  // No TensorProto starts with the byte 0x93: it would be a field with wire type 3 in field 18.
  return contents.startswith("\x93NUMPY") || path.endswith(".npy")
             ? parseNpy(std::move(*file), path)
             : parseTensorProto(contents, path);
}

static bool isRowMajor(const bst::Tensor &tensor) {
  return (tensor.layout != bst::Layout::Nhwc && tensor.layout != bst::Layout::Picture) ||
         tensor.shape.size() != 4;
}

/// Calls move(index in ONNX order, index in memory), in elements of an NHWC tensor.
template <typename Move> static void forEachElement(const bst::Tensor &tensor, Move move) {
  const uint64_t channels = uint64_t(tensor.shape[1]);
  const uint64_t pixels = uint64_t(tensor.shape[2]) * uint64_t(tensor.shape[3]);
  for (uint64_t n = 0; n < uint64_t(tensor.shape[0]); ++n)
    for (uint64_t c = 0; c < channels; ++c)
      for (uint64_t p = 0; p < pixels; ++p)
        move((n * channels + c) * pixels + p, (n * pixels + p) * channels + c);
}

llvm::Error inOnnxOrder(const bst::Tensor &tensor, llvm::ArrayRef<std::byte> stored,
                        llvm::function_ref<llvm::Error(llvm::ArrayRef<std::byte>)> take) {
  if (isRowMajor(tensor))
    return take(stored);
  constexpr size_t most = size_t(1) << 16;
  const uint64_t size = bst::elementSize(tensor.dtype);
  std::vector<std::byte> piece;
  llvm::Error failure = llvm::Error::success();
  forEachElement(tensor, [&](uint64_t, uint64_t memory) {
    piece.insert(piece.end(), &stored[memory * size], &stored[memory * size] + size);
    if (piece.size() < most)
      return;
    if (!failure)
      failure = take(piece);
    piece.clear();
  });
  if (failure)
    return failure;
  return take(piece);
}

void fromOnnxOrder(const bst::Tensor &tensor, llvm::ArrayRef<std::byte> elements,
                   llvm::MutableArrayRef<std::byte> stored) {
  if (isRowMajor(tensor)) {
    llvm::copy(elements, stored.begin());
    return;
  }
  const uint64_t size = bst::elementSize(tensor.dtype);
  forEachElement(tensor, [&](uint64_t onnx, uint64_t memory) {
    std::memcpy(&stored[memory * size], &elements[onnx * size], size);
  });
}

} // namespace bstc
