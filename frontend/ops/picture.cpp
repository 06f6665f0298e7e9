// Picture, Nv12, Reorder: 8-bit pictures, and bytes between the file's order and that of the int8
// engines. Only the compiler makes them.
#include "frontend/ops/support.h"

#include <algorithm>

namespace bstc {

constexpr int64_t levels = 256; ///< Of a pixel's colour.

llvm::Error importPicture(const onnx::NodeProto &, int64_t, Node &) {
  return makeError(Code::Internal, "is an operator of the compiler, not of ONNX");
}

static bool isBytes(const TensorType &type, int64_t rank) {
  return type.element == ElementType::U8 && type.rank() == rank;
}

static llvm::Expected<TensorType> resultType(const Node &node) {
  const TensorType &x = node.input(0)->type;
  const Shape &shape = x.shape;
  if (node.op == OpKind::Reorder) {
    TensorType type = x;
    for (auto [extent, axis] : llvm::zip(type.shape, node.as<ReorderAttrs>().perm))
      extent = shape[size_t(axis)];
    return type;
  }
  if (node.op == OpKind::Nv12) {
    if (!isBytes(x, 3) || shape[1] % 3 || shape[2] % 2)
      return makeError(Code::Internal, operandText(node, 0) + " is " + typeText(x) +
                                           ", but NV12 is u8 [n, h * 3 / 2, w]");
    return TensorType(ElementType::U8, {shape[0], shape[1] / 3 * 2, shape[2], 3}, std::nullopt);
  }
  if (!isBytes(x, 4) || shape[3] != 3 || !node.as<PictureAttrs>().tables.empty())
    return makeError(Code::Internal, operandText(node, 0) + " is " + typeText(x) +
                                         ", but pictures are u8 [n,h,w,3]");
  return TensorType(ElementType::F32, {shape[0], 3, shape[1], shape[2]}, std::nullopt);
}

llvm::Error inferPicture(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  llvm::Expected<TensorType> type = resultType(node);
  if (!type)
    return type.takeError();
  results.push_back(std::move(*type));
  return llvm::Error::success();
}

/// Calls set(place in the result, channel of the network, pixel value) for all elements.
template <typename Set>
static void forEachElement(const Node &node, const TensorData &x, const Shape &y, Set set) {
  const Shape &shape = x.type.shape;
  const bool reversed = node.as<PictureAttrs>().reversed;
  const int64_t rows = y[2], columns = y[3], block = shape[2] / columns;
  llvm::ArrayRef<uint8_t> pixels = x.values<uint8_t>();
  size_t place = 0;
  for (int64_t n = 0; n < shape[0]; ++n)
    for (int64_t position = 0; position < block * block; ++position)
      for (int64_t c = 0; c < 3; ++c)
        for (int64_t i = 0; i < rows; ++i)
          for (int64_t j = 0; j < columns; ++j) {
            const int64_t row = i * block + position / block, column = j * block + position % block;
            const int64_t pixel = (n * shape[1] + row) * shape[2] + column;
            set(place++, c, pixels[size_t(pixel * 3 + (reversed ? 2 - c : c))]);
          }
}

static void evaluatePixels(const Node &node, const TensorData &x, TensorData &y) {
  const auto &attrs = node.as<PictureAttrs>();
  if (y.type.isFloat()) {
    llvm::MutableArrayRef<float> to = y.mutableValues<float>();
    forEachElement(node, x, y.type.shape, [&](size_t place, int64_t c, uint8_t value) {
      to[place] = float((double(value) - attrs.mean[size_t(c)]) * attrs.scale[size_t(c)]);
    });
    return;
  }
  llvm::MutableArrayRef<uint8_t> to = y.mutableValues<uint8_t>();
  forEachElement(node, x, y.type.shape, [&](size_t place, int64_t c, uint8_t value) {
    to[place] = attrs.tables[size_t(c * levels + value)];
  });
}

/// round(v / 2^20), as 8 bits.
static uint8_t colour(int64_t v) {
  return uint8_t(std::clamp<int64_t>((v + (1 << 19)) >> 20, 0, 255));
}

/// The factors of ITU-R BT.601 in 2^-20, as bst/picture.h has them: of Y, of V in red, of U and V
/// in green, of U in blue.
static void evaluateNv12(const Node &node, const TensorData &x, TensorData &y) {
  const bool full = node.as<Nv12Attrs>().fullRange;
  const int64_t factorY = full ? 1 << 20 : 1220945, redV = full ? 1470104 : 1673555,
                greenU = full ? -360853 : -410793, greenV = full ? -748826 : -852458,
                blueU = full ? 1858077 : 2115221;
  const Shape &shape = y.type.shape;
  const int64_t rows = shape[1], columns = shape[2];
  const uint8_t *from = x.values<uint8_t>().data();
  uint8_t *to = y.mutableValues<uint8_t>().data();
  for (int64_t n = 0; n < shape[0]; ++n, from += rows / 2 * 3 * columns)
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column) {
        const uint8_t *chroma = from + (rows + row / 2) * columns + column / 2 * 2;
        const int64_t luma = from[row * columns + column];
        const int64_t light = (full ? luma : luma - 16) * factorY;
        const int64_t u = chroma[0] - 128, v = chroma[1] - 128;
        *to++ = colour(light + redV * v);
        *to++ = colour(light + greenU * u + greenV * v);
        *to++ = colour(light + blueU * u);
      }
}

static void evaluateReorder(const Node &node, const TensorData &x, TensorData &y) {
  const llvm::SmallVector<int64_t, 4> strides = rowMajorStrides(x.type.shape);
  llvm::SmallVector<int64_t, 6> permuted;
  for (int64_t axis : node.as<ReorderAttrs>().perm)
    permuted.push_back(strides[size_t(axis)]);
  copyStrided(x.data(), y.type.shape, permuted, 1, y.mutableValues<std::byte>().data());
}

llvm::Error evaluatePicture(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                            llvm::MutableArrayRef<TensorData *> results) {
  if (node.op == OpKind::Picture)
    evaluatePixels(node, *operands[0], *results[0]);
  else if (node.op == OpKind::Nv12)
    evaluateNv12(node, *operands[0], *results[0]);
  else
    evaluateReorder(node, *operands[0], *results[0]);
  return llvm::Error::success();
}

} // namespace bstc
