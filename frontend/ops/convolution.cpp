// Conv: 2-D, groups, dilation, explicit and automatic padding.
#include "frontend/ops/float_gemm.h"
#include "frontend/ops/window.h"

#include <algorithm>

namespace bstc {

static llvm::Error checkOperands(const Node &node) {
  if (llvm::Error error = expectOperands(node, 2, 3))
    return error;
  if (llvm::Error error = expectFloat(node))
    return error;
  const TensorType &x = node.input(0)->type, &weights = node.input(1)->type;
  if (x.rank() != 4 || weights.rank() != 4)
    return makeError(Code::UnsupportedForm, "only 2-D convolution is supported: input " +
                                                typeText(x) + ", weights " + typeText(weights));
  return llvm::Error::success();
}

llvm::Error importConvolution(const onnx::NodeProto &proto, int64_t, Node &node) {
  if (llvm::Error error = checkOperands(node))
    return error;
  AttributeReader reader(proto);
  ConvAttrs attrs;
  attrs.groups = reader.integer("group", 1);
  llvm::ArrayRef<int64_t> kernel = llvm::makeArrayRef(node.input(1)->type.shape).drop_front(2);
  if (llvm::Error error = readWindow(reader, node.input(0)->type.shape, kernel, attrs.window))
    return error;
  node.attrs = attrs;
  return reader.finish();
}

llvm::Error inferConvolution(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  if (llvm::Error error = checkOperands(node))
    return error;
  const ConvAttrs &attrs = node.as<ConvAttrs>();
  const TensorType &x = node.input(0)->type, &weights = node.input(1)->type;
  int64_t channels = weights.shape[0];
  if (attrs.groups < 1 || channels % attrs.groups != 0 || x.shape[1] % attrs.groups != 0 ||
      x.shape[1] / attrs.groups != weights.shape[1])
    return makeError(Code::OperandMismatch,
                     "input " + typeText(x) + " and weights " + typeText(weights) +
                         " do not fit each other with group = " + llvm::Twine(attrs.groups));
  if (const Value *bias = node.input(2); bias && bias->type.shape != Shape{channels})
    return makeError(Code::OperandMismatch, "bias is " + typeText(bias->type) +
                                                ", but must be f32[" + llvm::Twine(channels) + "]");
  auto shape = windowResult(attrs.window, x.shape, channels);
  if (!shape)
    return shape.takeError();
  results.push_back({ElementType::F32, *shape, std::nullopt});
  return llvm::Error::success();
}

namespace {
/// The right operand of a convolution as a matrix product: one column per output position, one row
/// for each channel and kernel position, zero where the window stands in the padding.
struct Im2col {
  const float *x; ///< Channels of one group of one image.
  int64_t height, width, outWidth;
  const WindowAttrs &window;

  /// Writes rows [first, first + count) of columns [begin, end) as panels for multiplyAdd.
  void pack(int64_t first, int64_t count, int64_t begin, int64_t end, float *panels) const {
    for (int64_t column = begin; column < end; column += gemmTileColumns) {
      for (int64_t at = column, stop = std::min(end, column + gemmTileColumns); at < stop;) {
        int64_t run = std::min(stop - at, outWidth - at % outWidth);
        packRun(first, count, at, run, panels + (at - column));
        at += run;
      }
      panels += gemmTileColumns * count;
    }
  }

private:
  /// `run` neighbours in one output row, from position `at`.
  void packRun(int64_t first, int64_t count, int64_t at, int64_t run, float *out) const {
    int64_t y0 = at / outWidth * window.stride[0] - window.padBegin[0];
    int64_t x0 = at % outWidth * window.stride[1] - window.padBegin[1];
    int64_t kx = first % window.kernel[1];
    int64_t ky = first / window.kernel[1] % window.kernel[0];
    const float *plane = x + first / (window.kernel[0] * window.kernel[1]) * height * width;
    for (int64_t k = 0; k < count; ++k, out += gemmTileColumns) {
      int64_t row = y0 + ky * window.dilation[0];
      if (row < 0 || row >= height)
        std::fill_n(out, run, 0.0f);
      else
        copyRun(plane + row * width, x0 + kx * window.dilation[1], run, out);
      if (++kx < window.kernel[1])
        continue;
      kx = 0;
      if (++ky < window.kernel[0])
        continue;
      ky = 0;
      plane += height * width;
    }
  }

  void copyRun(const float *row, int64_t start, int64_t run, float *out) const {
    int64_t stride = window.stride[1];
    if (start >= 0 && start + (run - 1) * stride < width) {
      if (stride == 1)
        std::copy_n(row + start, run, out);
      else
        for (int64_t i = 0; i < run; ++i)
          out[i] = row[start + i * stride];
      return;
    }
    for (int64_t i = 0; i < run; ++i) {
      int64_t column = start + i * stride;
      out[i] = column >= 0 && column < width ? row[column] : 0.0f;
    }
  }
};
} // namespace

/// A 1x1 convolution without stride or padding sees each channel as one long row.
static bool isPointwise(const WindowAttrs &w) {
  return w.kernel[0] == 1 && w.kernel[1] == 1 && w.stride[0] == 1 && w.stride[1] == 1 &&
         !w.padBegin[0] && !w.padBegin[1] && !w.padEnd[0] && !w.padEnd[1];
}

/// c += rows * columns, blocked so that a block of the right operand stays in the L2 cache.
static void multiplyImage(const PackedRows &rows, const Im2col &columns, int64_t positions,
                          std::vector<float> &panels, float *c) {
  constexpr int64_t blockColumns = 16 * gemmTileColumns, blockDepth = 256;
  panels.resize(blockColumns * blockDepth);
  for (int64_t begin = 0; begin < positions; begin += blockColumns) {
    int64_t end = std::min(positions, begin + blockColumns);
    for (int64_t first = 0; first < rows.depth(); first += blockDepth) {
      int64_t count = std::min(blockDepth, rows.depth() - first);
      columns.pack(first, count, begin, end, panels.data());
      multiplyAdd(rows, first, count, panels.data(), end - begin, c + begin, positions);
    }
  }
}

/// Each element starts at its bias and adds the products by channel, kernel row, kernel column.
llvm::Error evaluateConvolution(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                                llvm::MutableArrayRef<TensorData *> results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  const ConvAttrs &attrs = node.as<ConvAttrs>();
  const Shape &in = operands[0]->type.shape, &out = results[0]->type.shape;
  const float *x = operands[0]->values<float>().data();
  const float *weights = operands[1]->values<float>().data();
  const TensorData *bias = operands.size() > 2 ? operands[2] : nullptr;
  float *y = results[0]->mutableValues<float>().data();

  bool pointwise = isPointwise(attrs.window);
  int64_t planeIn = in[2] * in[3], planeOut = out[2] * out[3];
  int64_t depth = operands[1]->type.count() / out[1];
  int64_t groupIn = in[1] / attrs.groups, groupOut = out[1] / attrs.groups;
  std::vector<float> panels;
  for (int64_t group = 0; group < attrs.groups; ++group) {
    PackedRows rows(weights + group * groupOut * depth, groupOut, depth);
    for (int64_t image = 0; image < in[0]; ++image) {
      float *c = y + (image * out[1] + group * groupOut) * planeOut;
      for (int64_t channel = 0; channel < groupOut; ++channel)
        std::fill_n(c + channel * planeOut, planeOut,
                    bias ? bias->values<float>()[group * groupOut + channel] : 0.0f);
      Im2col columns{x + (image * in[1] + group * groupIn) * planeIn, pointwise ? 1 : in[2],
                     pointwise ? planeIn : in[3], pointwise ? planeOut : out[3], attrs.window};
      multiplyImage(rows, columns, planeOut, panels, c);
    }
  }
  if (!attrs.bounds.none())
    for (float &value : results[0]->mutableValues<float>())
      value = std::min(std::max(value, attrs.bounds.lo), attrs.bounds.hi);
  return llvm::Error::success();
}

} // namespace bstc
