// Resize and its forerunner Upsample: nearest, over the rows and columns of an NCHW tensor.
#include "frontend/ops/support.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cmath>

namespace bstc {

using Rule = ResizeRule;

static llvm::Expected<Rule::Coordinates> coordinatesOf(llvm::StringRef mode) {
  constexpr std::pair<const char *, Rule::Coordinates> known[] = {
      {"half_pixel", Rule::HalfPixel},
      {"pytorch_half_pixel", Rule::PytorchHalfPixel},
      {"tf_half_pixel_for_nn", Rule::TfHalfPixelForNn},
      {"asymmetric", Rule::Asymmetric},
      {"align_corners", Rule::AlignCorners},
      {"tf_crop_and_resize", Rule::TfCropAndResize}};
  for (auto [name, coordinates] : known)
    if (mode == name)
      return coordinates;
  return makeError(Code::UnsupportedForm,
                   "coordinate_transformation_mode = " + mode + " is not supported");
}

static llvm::Expected<Rule::Rounding> roundingOf(llvm::StringRef mode) {
  constexpr std::pair<const char *, Rule::Rounding> known[] = {
      {"round_prefer_floor", Rule::RoundPreferFloor},
      {"round_prefer_ceil", Rule::RoundPreferCeil},
      {"floor", Rule::Floor},
      {"ceil", Rule::Ceil}};
  for (auto [name, rounding] : known)
    if (mode == name)
      return rounding;
  return makeError(Code::UnsupportedForm, "nearest_mode = " + mode + " is not supported");
}

namespace {
/// A coordinate in the input, exact: numerator / denominator, denominator > 0.
struct Fraction {
  int64_t numerator, denominator;
};

/// One axis of a Resize.
struct AxisMap {
  Rule::Coordinates coordinates;
  Rule::Rounding rounding;
  int64_t in, out;
  float scale = 0;          ///< As the file gives it; 0: it gives sizes.
  float start = 0, end = 1; ///< Region of interest, for tf_crop_and_resize.

  llvm::Expected<std::vector<int32_t>> indices() const;

private:
  bool isExact() const;
  Fraction exact(int64_t x) const;
  float rounded(int64_t x) const;
};
} // namespace

/// floor(a / b), b > 0.
static int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

static int64_t nearest(Rule::Rounding rounding, const Fraction &at) {
  const int64_t n = at.numerator, d = at.denominator;
  switch (rounding) {
  case Rule::RoundPreferFloor: // ceil(at - 1/2)
    return -floorDivide(d - 2 * n, 2 * d);
  case Rule::RoundPreferCeil: // floor(at + 1/2)
    return floorDivide(2 * n + d, 2 * d);
  case Rule::Floor:
    return floorDivide(n, d);
  case Rule::Ceil:
    return -floorDivide(-n, d);
  }
  llvm_unreachable("a rounding of ResizeRule");
}

/// `at` is a float32, so that halves can be added without rounding.
static int64_t nearest(Rule::Rounding rounding, double at) {
  switch (rounding) {
  case Rule::RoundPreferFloor:
    return int64_t(std::ceil(at - 0.5));
  case Rule::RoundPreferCeil:
    return int64_t(std::floor(at + 0.5));
  case Rule::Floor:
    return int64_t(std::floor(at));
  case Rule::Ceil:
    return int64_t(std::ceil(at));
  }
  llvm_unreachable("a rounding of ResizeRule");
}

/// By sizes the ratio is out / in, a number that float32 does not have: only fractions give the
/// row that ONNX means. align_corners knows no other ratio than that of the extents.
bool AxisMap::isExact() const {
  return (scale == 0 || coordinates == Rule::AlignCorners) && coordinates != Rule::TfCropAndResize;
}

/// x_original of the ONNX specification with scale = out / in.
Fraction AxisMap::exact(int64_t x) const {
  switch (coordinates) {
  case Rule::PytorchHalfPixel:
    if (out == 1)
      return {0, 1};
    [[fallthrough]];
  case Rule::HalfPixel:
    return {(2 * x + 1) * in - out, 2 * out};
  case Rule::TfHalfPixelForNn:
    return {(2 * x + 1) * in, 2 * out};
  case Rule::Asymmetric:
    return {x * in, out};
  case Rule::AlignCorners:
    return out > 1 ? Fraction{x * (in - 1), out - 1} : Fraction{0, 1};
  case Rule::TfCropAndResize:
    break;
  }
  llvm_unreachable("not a coordinate of exact fractions");
}

/// The same with the scale that the file gives. It is a float32 near the ratio that was meant, and
/// float32 arithmetic, each operation rounded as in ONNX Runtime, brings quotients back to the
/// whole numbers that they were meant to be: 17 / 1.2142857f is 14.
float AxisMap::rounded(int64_t x) const {
  const auto at = float(x), last = float(in - 1);
  switch (coordinates) {
  case Rule::PytorchHalfPixel:
    if (out == 1)
      return 0;
    [[fallthrough]];
  case Rule::HalfPixel:
    return (at + 0.5f) / scale - 0.5f;
  case Rule::TfHalfPixelForNn:
    return (at + 0.5f) / scale;
  case Rule::Asymmetric:
    return at / scale;
  case Rule::TfCropAndResize:
    return out > 1 ? start * last + at * (end - start) * last / float(out - 1)
                   : 0.5f * (start + end) * last;
  case Rule::AlignCorners:
    break;
  }
  llvm_unreachable("not a coordinate of rounded scales");
}

/// The input index that each output index shows.
llvm::Expected<std::vector<int32_t>> AxisMap::indices() const {
  std::vector<int32_t> indices;
  for (int64_t x = 0; x < out; ++x) {
    int64_t index;
    if (isExact()) {
      index = nearest(rounding, exact(x));
    } else {
      const float at = rounded(x);
      if (coordinates == Rule::TfCropAndResize && !(at >= 0 && at <= float(in - 1)))
        return makeError(Code::UnsupportedForm,
                         "tf_crop_and_resize with a region outside the input is not supported");
      index = nearest(rounding, double(at));
    }
    indices.push_back(int32_t(std::clamp<int64_t>(index, 0, in - 1)));
  }
  return indices;
}

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
    return makeError(Code::OperandCount, "needs either scales or sizes, not both or neither");
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
      return makeError(
          Code::UnsupportedOpset,
          "a scale of " + std::to_string(scale) + " is not supported before opset " +
              "11, where ONNX does not say how to round; export with opset 11 or later");
  return extents;
}

/// Fills in `out` and, where they are given, `scale` of the four axes.
static llvm::Error assignExtents(const Extents &given, llvm::MutableArrayRef<AxisMap> axes) {
  const std::vector<int64_t> &sizes = given.sizes;
  const std::vector<float> &scales = given.scales;
  bool bySizes = !sizes.empty();
  if (sizes.size() + scales.size() != axes.size())
    return makeError(Code::BadAttribute, std::string(bySizes ? "sizes" : "scales") +
                                             " must have one element an axis, but there are " +
                                             llvm::Twine(sizes.size() + scales.size()));
  for (size_t i = 0; i < axes.size(); ++i) {
    // The float32 product is ONNX's own shape rule: 10 * 0.7f is 7 in it, and below 7 in double.
    double extent = bySizes ? double(sizes[i]) : std::floor(float(axes[i].in) * scales[i]);
    if (!(extent >= 1 && extent <= double(1 << 24)))
      return makeError(Code::BadAttribute, "axis " + llvm::Twine(i) + " would get an extent of " +
                                               std::to_string(extent));
    axes[i].out = int64_t(extent);
    axes[i].scale = bySizes ? 0 : scales[i];
  }
  if (axes[0].out != axes[0].in || axes[1].out != axes[1].in)
    return makeError(Code::UnsupportedForm, "only rows and columns (axes 2 and 3) can be resized");
  return llvm::Error::success();
}

static llvm::Error readRegion(const Node &node, llvm::MutableArrayRef<AxisMap> axes) {
  auto region = constantReals(node, 1, "region of interest");
  if (!region)
    return region.takeError();
  if (region->size() != 2 * axes.size())
    return makeError(Code::BadAttribute, "the region of interest must have two elements an axis");
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
    return makeError(Code::UnsupportedOpset,
                     "Upsample ended with opset 9, but the model says " + llvm::Twine(opset));
  if (llvm::Error error = expectOperands(node, old ? operands : 1, old ? operands : 4))
    return error;
  const Shape &shape = node.input(0)->type.shape;
  if (shape.size() != 4)
    return makeError(Code::UnsupportedForm, "only four-dimensional inputs (NCHW) are supported: " +
                                                typeText(node.input(0)->type));
  AttributeReader reader(proto);
  if (std::string mode = reader.text("mode", "nearest"); mode != "nearest")
    return makeError(Code::UnsupportedForm, "mode = " + mode + " is not supported, only nearest");
  auto coordinates = coordinatesOf(
      reader.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel"));
  if (!coordinates)
    return coordinates.takeError();
  auto rounding = roundingOf(reader.text("nearest_mode", old ? "floor" : "round_prefer_floor"));
  if (!rounding)
    return rounding.takeError();
  reader.skip("cubic_coeff_a"); // Of the other modes; exporters write them for nearest, too.
  reader.skip("exclude_outside");
  reader.skip("extrapolation_value");
  llvm::SmallVector<AxisMap, 4> axes;
  for (int64_t extent : shape)
    axes.push_back({*coordinates, *rounding, extent, extent});
  auto extents = old ? readScales(reader, node) : readScalesOrSizes(node);
  if (!extents)
    return extents.takeError();
  if (llvm::Error error = assignExtents(*extents, axes))
    return error;
  if (*coordinates == Rule::TfCropAndResize)
    if (llvm::Error error = readRegion(node, axes))
      return error;
  auto rows = axes[2].indices();
  if (!rows)
    return rows.takeError();
  auto columns = axes[3].indices();
  if (!columns)
    return columns.takeError();
  const AxisMap &y = axes[2], &x = axes[3];
  node.attrs = ResizeAttrs{
      std::move(*rows),
      std::move(*columns),
      {*coordinates, *rounding, {y.scale, x.scale}, {y.start, x.start}, {y.end, x.end}}};
  return reader.finish();
}

llvm::Error inferResampling(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const ResizeAttrs &attrs = node.as<ResizeAttrs>();
  const TensorType &x = node.input(0)->type;
  if (x.rank() != 4)
    return makeError(Code::UnsupportedForm,
                     "only four-dimensional inputs (NCHW) are supported: " + typeText(x));
  for (int32_t row : attrs.rows)
    if (row >= x.shape[2])
      return makeError(Code::Internal,
                       "shows row " + llvm::Twine(row) + " of input " + typeText(x));
  for (int32_t column : attrs.columns)
    if (column >= x.shape[3])
      return makeError(Code::Internal,
                       "shows column " + llvm::Twine(column) + " of input " + typeText(x));
  results.push_back(movedType(
      x, {x.shape[0], x.shape[1], int64_t(attrs.rows.size()), int64_t(attrs.columns.size())}));
  return llvm::Error::success();
}

namespace {
/// The reference's own reading of a rule, apart from AxisMap: positions of the input are looked
/// through, and compared with the coordinate.
class ShownIndex {
public:
  ShownIndex(const Rule &rule, int axis, int64_t in, int64_t out)
      : rule(rule), axis(axis), in(in), out(out) {}

  int64_t operator()(int64_t x) const {
    int64_t best = 0; // Floor and ceil: where no position is on that side, the end is shown.
    for (int64_t k = 0; k < in; ++k) {
      const double here = distance(x, k), before = distance(x, best);
      switch (rule.rounding) {
      case Rule::Floor:
        best = here <= 0 ? k : best;
        break;
      case Rule::Ceil:
        best = before < 0 ? k : best;
        break;
      case Rule::RoundPreferFloor:
        best = std::fabs(here) < std::fabs(before) ? k : best;
        break;
      case Rule::RoundPreferCeil:
        best = std::fabs(here) <= std::fabs(before) ? k : best;
        break;
      }
    }
    return best;
  }

private:
  /// How far position `k` of the input lies behind the coordinate of `x`, in a unit that makes it a
  /// whole number where sizes are given: pixel centres lie at (x + 1/2) / out and (k + 1/2) / in of
  /// the whole.
  double distance(int64_t x, int64_t k) const {
    const auto scale = double(rule.scales[axis]);
    const bool first = out == 1; // The one element of an axis may be of its own.
    switch (rule.coordinates) {
    case Rule::AlignCorners:
      return first ? double(k) : double(k * (out - 1) - x * (in - 1));
    case Rule::TfCropAndResize:
      return double(k) - double(cropped(x));
    case Rule::Asymmetric:
      return scale > 0 ? double(k) - double(float(double(x) / scale)) : double(k * out - x * in);
    case Rule::PytorchHalfPixel:
      if (first)
        return double(k);
      break;
    case Rule::TfHalfPixelForNn:
      if (scale > 0)
        return double(k) - double(float((double(x) + 0.5) / scale));
      return double(2 * k * out - (2 * x + 1) * in);
    case Rule::HalfPixel:
      break;
    }
    if (scale > 0) // float32: a quotient, and a half less.
      return double(k) - double(float(double(float((double(x) + 0.5) / scale)) - 0.5));
    return double((2 * k + 1) * out - (2 * x + 1) * in);
  }

  /// The corners of the region are shown at the corners of the output.
  float cropped(int64_t x) const {
    const float begin = rule.regionBegin[axis], end = rule.regionEnd[axis], last = float(in - 1);
    if (out == 1)
      return 0.5f * (begin + end) * last;
    return begin * last + float(x) * (end - begin) * last / float(out - 1);
  }

  const Rule &rule;
  int axis;
  int64_t in, out;
};
} // namespace

llvm::Error evaluateResampling(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                               llvm::MutableArrayRef<TensorData *> results) {
  const Rule &rule = node.as<ResizeAttrs>().rule;
  const TensorData &x = *operands[0];
  const Shape &in = x.type.shape, &out = results[0]->type.shape;
  std::vector<int64_t> shown[2];
  for (int axis = 0; axis < 2; ++axis)
    for (int64_t i = 0; i < out[2 + axis]; ++i)
      shown[axis].push_back(ShownIndex(rule, axis, in[2 + axis], out[2 + axis])(i));
  withElementType(x.type.element, [&](auto example) {
    using T = decltype(example);
    const T *plane = x.values<T>().data();
    T *y = results[0]->mutableValues<T>().data();
    for (int64_t i = 0; i < in[0] * in[1]; ++i, plane += in[2] * in[3])
      for (int64_t row : shown[0])
        for (int64_t column : shown[1])
          *y++ = plane[row * in[3] + column];
  });
  return llvm::Error::success();
}

} // namespace bstc
