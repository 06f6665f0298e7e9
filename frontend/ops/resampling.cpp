// Resize and its forerunner Upsample: nearest, over the rows and columns of an NCHW tensor.
#include "frontend/ops/support.h"

#include <algorithm>
#include <cmath>

namespace bstc {

namespace {
/// One axis of a Resize: how an output coordinate maps to an input one.
struct AxisMap {
  std::string coordinates, rounding;
  int64_t in, out;
  double scale;
  double start = 0, end = 1; ///< Region of interest, for tf_crop_and_resize.

  /// x_original of the ONNX specification; fails for a mode that it does not have.
  llvm::Expected<double> original(int64_t x) const {
    if (coordinates == "half_pixel")
      return (double(x) + 0.5) / scale - 0.5;
    if (coordinates == "pytorch_half_pixel")
      return out > 1 ? (double(x) + 0.5) / scale - 0.5 : 0;
    if (coordinates == "tf_half_pixel_for_nn")
      return (double(x) + 0.5) / scale;
    if (coordinates == "asymmetric")
      return double(x) / scale;
    if (coordinates == "align_corners")
      return out > 1 ? double(x) * double(in - 1) / double(out - 1) : 0;
    if (coordinates != "tf_crop_and_resize")
      return makeError("coordinate_transformation_mode = " + coordinates + " is not supported");
    double at = out > 1 ? start * double(in - 1) +
                              double(x) * (end - start) * double(in - 1) / double(out - 1)
                        : 0.5 * (start + end) * double(in - 1);
    if (!(at >= 0 && at <= double(in - 1)))
      return makeError("tf_crop_and_resize with a region outside the input is not supported");
    return at;
  }

  llvm::Expected<double> nearest(double at) const {
    if (rounding == "round_prefer_floor")
      return std::ceil(at - 0.5);
    if (rounding == "round_prefer_ceil")
      return std::floor(at + 0.5);
    if (rounding == "floor")
      return std::floor(at);
    if (rounding == "ceil")
      return std::ceil(at);
    return makeError("nearest_mode = " + rounding + " is not supported");
  }

  /// The input index that each output index shows.
  llvm::Expected<std::vector<int32_t>> indices() const {
    std::vector<int32_t> indices;
    for (int64_t x = 0; x < out; ++x) {
      auto at = original(x);
      if (!at)
        return at.takeError();
      auto index = nearest(*at);
      if (!index)
        return index.takeError();
      indices.push_back(int32_t(std::clamp(*index, 0.0, double(in - 1))));
    }
    return indices;
  }
};
} // namespace

/// An operand that is there and is not the empty tensor that exporters write for "none".
static bool given(const Node &node, unsigned operand) {
  const Value *value = node.input(operand);
  return value && !(value->isConstant() && value->type.count() == 0);
}

/// What the result's extents come from: one of the two lists.
struct Extents {
  std::vector<int64_t> sizes;
  std::vector<float> scales;
};

/// Operand 2 (scales) or 3 (sizes) of a Resize since opset 11.
static llvm::Expected<Extents> readScalesOrSizes(const Node &node) {
  bool bySizes = given(node, 3);
  if (bySizes == given(node, 2))
    return makeError("needs either scales or sizes, not both or neither");
  if (bySizes) {
    auto values = constantIntegers(node, 3, "sizes");
    if (!values)
      return values.takeError();
    return Extents{*values, {}};
  }
  auto values = constantReals(node, 2, "scales");
  if (!values)
    return values.takeError();
  return Extents{{}, *values};
}

/// Upsample, and Resize of opset 10: scales only, an attribute at first.
static llvm::Expected<Extents> readScales(AttributeReader &reader, const Node &node) {
  Extents extents;
  if (node.input(1)) {
    auto values = constantReals(node, 1, "scales");
    if (!values)
      return values.takeError();
    extents.scales = *values;
  } else {
    extents.scales = reader.reals("scales");
  }
  for (float scale : extents.scales)
    if (!(scale >= 1))
      return makeError("a scale of " + std::to_string(scale) + " is not supported before opset " +
                       "11, where ONNX does not say how to round; export with opset 11 or later");
  return extents;
}

/// Fills in `out` and `scale` of the four axes.
static llvm::Error assignExtents(const Extents &given, llvm::MutableArrayRef<AxisMap> axes) {
  const std::vector<int64_t> &sizes = given.sizes;
  const std::vector<float> &scales = given.scales;
  bool bySizes = !sizes.empty();
  if (sizes.size() + scales.size() != axes.size())
    return makeError(std::string(bySizes ? "sizes" : "scales") +
                     " must have one element an axis, but there are " +
                     llvm::Twine(sizes.size() + scales.size()));
  for (size_t i = 0; i < axes.size(); ++i) {
    // The float32 product is ONNX's own shape rule: 10 * 0.7f is 7 in it, and below 7 in double.
    double extent = bySizes ? double(sizes[i]) : std::floor(float(axes[i].in) * scales[i]);
    if (!(extent >= 1 && extent <= double(1 << 24)))
      return makeError("axis " + llvm::Twine(i) + " would get an extent of " +
                       std::to_string(extent));
    axes[i].out = int64_t(extent);
    axes[i].scale = bySizes ? extent / double(axes[i].in) : double(scales[i]);
  }
  if (axes[0].out != axes[0].in || axes[1].out != axes[1].in)
    return makeError("only rows and columns (axes 2 and 3) can be resized");
  return llvm::Error::success();
}

static llvm::Error readRegion(const Node &node, llvm::MutableArrayRef<AxisMap> axes) {
  auto region = constantReals(node, 1, "region of interest");
  if (!region)
    return region.takeError();
  if (region->size() != 2 * axes.size())
    return makeError("the region of interest must have two elements an axis");
  for (size_t i = 0; i < axes.size(); ++i) {
    axes[i].start = (*region)[i];
    axes[i].end = (*region)[axes.size() + i];
  }
  return llvm::Error::success();
}

llvm::Error importResampling(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  bool old = node.op == OpKind::Upsample || opset < 11;
  unsigned operands = node.op == OpKind::Upsample && opset < 9 ? 1 : 2;
  if (node.op == OpKind::Upsample && opset > 9)
    return makeError("Upsample ended with opset 9, but the model says " + llvm::Twine(opset));
  if (llvm::Error error = expectOperands(node, old ? operands : 1, old ? operands : 4))
    return error;
  const Shape &x = node.input(0)->type.shape;
  if (x.size() != 4)
    return makeError("only four-dimensional inputs (NCHW) are supported: " +
                     typeText(node.input(0)->type));
  AttributeReader reader(proto);
  if (std::string mode = reader.text("mode", "nearest"); mode != "nearest")
    return makeError("mode = " + mode + " is not supported, only nearest");
  std::string coordinates = old ? "asymmetric" : "half_pixel";
  std::string rounding = old ? "floor" : "round_prefer_floor";
  coordinates = reader.text("coordinate_transformation_mode", coordinates);
  rounding = reader.text("nearest_mode", rounding);
  reader.skip("cubic_coeff_a"); // Of the other modes; exporters write them for nearest, too.
  reader.skip("exclude_outside");
  reader.skip("extrapolation_value");
  llvm::SmallVector<AxisMap, 4> axes;
  for (int64_t extent : x)
    axes.push_back({coordinates, rounding, extent, extent, 1});
  auto extents = old ? readScales(reader, node) : readScalesOrSizes(node);
  if (!extents)
    return extents.takeError();
  if (llvm::Error error = assignExtents(*extents, axes))
    return error;
  if (coordinates == "tf_crop_and_resize")
    if (llvm::Error error = readRegion(node, axes))
      return error;
  auto rows = axes[2].indices();
  if (!rows)
    return rows.takeError();
  auto columns = axes[3].indices();
  if (!columns)
    return columns.takeError();
  node.attrs = ResizeAttrs{std::move(*rows), std::move(*columns)};
  return reader.finish();
}

llvm::Error inferResampling(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const ResizeAttrs &attrs = node.as<ResizeAttrs>();
  const TensorType &x = node.input(0)->type;
  if (x.rank() != 4)
    return makeError("only four-dimensional inputs (NCHW) are supported: " + typeText(x));
  for (int32_t row : attrs.rows)
    if (row >= x.shape[2])
      return makeError("shows row " + llvm::Twine(row) + " of input " + typeText(x));
  for (int32_t column : attrs.columns)
    if (column >= x.shape[3])
      return makeError("shows column " + llvm::Twine(column) + " of input " + typeText(x));
  results.push_back(movedType(
      x, {x.shape[0], x.shape[1], int64_t(attrs.rows.size()), int64_t(attrs.columns.size())}));
  return llvm::Error::success();
}

llvm::Error evaluateResampling(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                               llvm::MutableArrayRef<TensorData *> results) {
  const ResizeAttrs &attrs = node.as<ResizeAttrs>();
  const TensorData &x = *operands[0];
  int64_t height = x.type.shape[2], width = x.type.shape[3];
  withElementType(x.type.element, [&](auto example) {
    using T = decltype(example);
    const T *plane = x.values<T>().data();
    T *out = results[0]->mutableValues<T>().data();
    for (int64_t i = 0; i < x.type.shape[0] * x.type.shape[1]; ++i, plane += height * width)
      for (int32_t row : attrs.rows)
        for (int32_t column : attrs.columns)
          *out++ = plane[row * width + column];
  });
  return llvm::Error::success();
}

} // namespace bstc
