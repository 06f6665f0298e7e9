// MaxPool, AveragePool, GlobalAveragePool: 2-D.
#include "frontend/ops/window.h"

#include <algorithm>
#include <limits>

namespace bstc {

static llvm::Error checkOperand(const Node &node) {
  if (llvm::Error error = expectOperands(node, 1, 1))
    return error;
  const TensorType &x = node.input(0)->type;
  if (x.rank() != 4)
    return makeError(Code::UnsupportedForm, "only 2-D pooling is supported: input " + typeText(x));
  if (node.op == OpKind::MaxPool && isByte(x.element))
    return llvm::Error::success();
  return expectFloat(node);
}

/// A window that stands wholly in the padding has no maximum and no average.
static llvm::Error checkPads(const WindowAttrs &window) {
  for (int axis = 0; axis < 2; ++axis)
    if (window.padBegin[axis] >= window.kernel[axis] || window.padEnd[axis] >= window.kernel[axis])
      return makeError(Code::BadAttribute, "pads must be smaller than the kernel");
  return llvm::Error::success();
}

llvm::Error importPooling(const onnx::NodeProto &proto, int64_t, Node &node) {
  if (llvm::Error error = checkOperand(node))
    return error;
  AttributeReader reader(proto);
  if (node.op == OpKind::GlobalAveragePool)
    return reader.finish();
  PoolAttrs attrs;
  const Shape &x = node.input(0)->type.shape;
  if (node.op == OpKind::AveragePool && reader.has("dilations"))
    return makeError(Code::UnsupportedForm, "attribute 'dilations' is not supported");
  if (llvm::Error error = readWindow(reader, x, {}, attrs.window))
    return error;
  if (llvm::Error error = checkPads(attrs.window))
    return error;
  if (node.op == OpKind::AveragePool)
    attrs.countPadding = reader.integer("count_include_pad", 0) != 0;
  else if (reader.integer("storage_order", 0) != 0)
    return makeError(Code::UnsupportedForm, "storage_order = 1 is not supported");
  bool grew = reader.integer("ceil_mode", 0) != 0 && growToCeil(x, attrs.window);
  if (grew && attrs.countPadding)
    return makeError(Code::UnsupportedForm,
                     "ceil_mode = 1 with count_include_pad = 1 is not supported where the last "
                     "window leaves the padded input: ONNX does not say what to divide by");
  node.attrs = attrs;
  return reader.finish();
}

llvm::Error inferPooling(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  if (llvm::Error error = checkOperand(node))
    return error;
  const TensorType &x = node.input(0)->type;
  if (node.op == OpKind::GlobalAveragePool) {
    results.push_back(movedType(x, {x.shape[0], x.shape[1], 1, 1}));
    return llvm::Error::success();
  }
  auto shape = windowResult(node.as<PoolAttrs>().window, x.shape, x.shape[1]);
  if (!shape)
    return shape.takeError();
  results.push_back(movedType(x, *shape));
  return llvm::Error::success();
}

namespace {
/// Positions k in [first, last) of a kernel axis that stand inside the input.
struct Taps {
  int64_t start, dilation, first = 0, last;
  Taps(const WindowAttrs &window, int axis, int64_t output, int64_t extent)
      : start(output * window.stride[axis] - window.padBegin[axis]),
        dilation(window.dilation[axis]), last(window.kernel[axis]) {
    while (first < last && start + first * dilation < 0)
      ++first;
    while (first < last && start + (last - 1) * dilation >= extent)
      --last;
  }
};
} // namespace

/// Calls body(plane, output index, rows, columns) for every output element.
template <typename Body>
static void forEachWindow(const WindowAttrs &window, const Shape &in, const Shape &out, Body body) {
  int64_t index = 0;
  for (int64_t plane = 0; plane < in[0] * in[1]; ++plane)
    for (int64_t i = 0; i < out[2]; ++i) {
      Taps rows(window, 0, i, in[2]);
      for (int64_t j = 0; j < out[3]; ++j)
        body(plane, index++, rows, Taps(window, 1, j, in[3]));
    }
}

template <typename T>
static void maxPool(const WindowAttrs &window, const TensorData &x, TensorData &y) {
  const Shape &in = x.type.shape;
  const T *source = x.values<T>().data();
  T *out = y.mutableValues<T>().data();
  constexpr T least = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                           : std::numeric_limits<T>::min();
  auto body = [&](int64_t plane, int64_t index, const Taps &rows, const Taps &columns) {
    T best = least;
    for (int64_t ky = rows.first; ky < rows.last; ++ky) {
      const T *row = source + (plane * in[2] + rows.start + ky * rows.dilation) * in[3];
      for (int64_t kx = columns.first; kx < columns.last; ++kx)
        best = std::max(best, row[columns.start + kx * columns.dilation]);
    }
    out[index] = best;
  };
  forEachWindow(window, in, y.type.shape, body);
}

static void averagePool(const PoolAttrs &attrs, const TensorData &x, TensorData &y) {
  const Shape &in = x.type.shape;
  const float *source = x.values<float>().data();
  float *out = y.mutableValues<float>().data();
  const int64_t whole = attrs.window.kernel[0] * attrs.window.kernel[1];
  auto body = [&](int64_t plane, int64_t index, const Taps &rows, const Taps &columns) {
    double sum = 0;
    for (int64_t ky = rows.first; ky < rows.last; ++ky) {
      const float *row = source + (plane * in[2] + rows.start + ky) * in[3];
      for (int64_t kx = columns.first; kx < columns.last; ++kx)
        sum += row[columns.start + kx];
    }
    int64_t inside = (rows.last - rows.first) * (columns.last - columns.first);
    out[index] = float(sum / double(attrs.countPadding ? whole : inside));
  };
  forEachWindow(attrs.window, in, y.type.shape, body);
}

llvm::Error evaluatePooling(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                            llvm::MutableArrayRef<TensorData *> results) {
  if (llvm::Error error = checkOperand(node))
    return error;
  const TensorData &x = *operands[0];
  if (node.op == OpKind::MaxPool) {
    withElementType(x.type.element, [&](auto zero) {
      maxPool<decltype(zero)>(node.as<PoolAttrs>().window, x, *results[0]);
    });
  } else if (node.op == OpKind::AveragePool) {
    averagePool(node.as<PoolAttrs>(), x, *results[0]);
  } else {
    PoolAttrs whole;
    whole.window.kernel[0] = x.type.shape[2];
    whole.window.kernel[1] = x.type.shape[3];
    averagePool(whole, x, *results[0]);
  }
  return llvm::Error::success();
}

} // namespace bstc
