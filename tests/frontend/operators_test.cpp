// Semantics that the ONNX project's test data leaves out, against hand-made numbers or a plain
// reference written here.

#include "frontend/ops/float_gemm.h"
#include "tests/frontend/run_model.h"
#include "tests/support/graph_builder.h"

#include <gmock/gmock.h>

#include <limits>

#include <cmath>
#include <random>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::vector<float> randoms(std::mt19937 &random, int64_t count) {
  std::uniform_real_distribution<float> any(-1, 1);
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(any(random));
  return values;
}

} // namespace

TEST(Quantize, RoundsHalfToEvenAndSaturates) {
  OnnxBuilder model;
  model.input("x", {12}).output("y").floats("s", {}, {0.5f});
  model.bytes("z", {}, {3});
  model.node("QuantizeLinear", {"x", "s", "z"}, {"y"});
  std::vector<float> x = {0.25f,   0.75f, -0.25f, -0.75f, 61.75f, 62.25f,
                          -65.25f, -66,   1e30f,  -1e30f, NAN,    INFINITY};
  // x / s: .5 1.5 -.5 -1.5 123.5 124.5 -130.5 -132; NaN gives the zero point
  // (backends/NUMERICS.md).
  EXPECT_THAT(run(model, x), ElementsAre(3, 5, 3, 1, 127, 127, -127, -128, 127, -128, 3, 127));
}

/// Against the formula as ONNX writes it, with the C library's rounding.
TEST(Quantize, EqualsThePlainFormulaOnRandomNumbers) {
  const unsigned seed = 20240611;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<float> x = randoms(random, 3 * 5000), scales = {0.0037f, 0.011f, 0.29f};
  OnnxBuilder model;
  model.input("x", {3, 5000}).output("y").floats("s", {3}, scales);
  model.bytes("z", {3}, {0, 128, 255}, onnx::TensorProto::UINT8);
  set(model.node("QuantizeLinear", {"x", "s", "z"}, {"y"}), "axis", int64_t(0));
  std::vector<double> y = run(model, x);
  const int zeros[] = {0, 128, 255};
  for (size_t i = 0; i < x.size(); ++i) {
    float ratio = x[i] / scales[i / 5000];
    double expected = std::clamp(std::nearbyint(double(ratio)) + zeros[i / 5000], 0.0, 255.0);
    ASSERT_EQ(y[i], expected) << "element " << i << ", " << x[i];
  }
}

TEST(Dequantize, Int32BiasHasAScaleForEachChannelAndNoZeroPoint) {
  OnnxBuilder model;
  model.input("x", {2}).output("y").floats("s", {2}, {0.5f, 2});
  model.bytes("b", {2}, {100000, -3}, onnx::TensorProto::INT32);
  set(model.node("DequantizeLinear", {"b", "s"}, {"d"}), "axis", int64_t(0));
  model.node("Add", {"x", "d"}, {"y"});
  EXPECT_THAT(run(model, {0, 0}), ElementsAre(50000, -6));
  model.bytes("z", {2}, {0, 1}, onnx::TensorProto::INT32);
  model.graph().mutable_node(0)->add_input("z");
  EXPECT_THAT(errorOf(model), HasSubstr("the zero point of an s32 tensor must be 0"));
}

namespace {
/// Conv as ONNX defines it, one product at a time, in double.
double convAt(const std::vector<float> &x, const Shape &in, const std::vector<float> &w,
              const Shape &weights, const ConvAttrs &attrs, int64_t n, int64_t oc, int64_t oy,
              int64_t ox) {
  const WindowAttrs &win = attrs.window;
  int64_t group = oc / (weights[0] / attrs.groups);
  double sum = 0;
  for (int64_t ic = 0; ic < weights[1]; ++ic)
    for (int64_t ky = 0; ky < weights[2]; ++ky)
      for (int64_t kx = 0; kx < weights[3]; ++kx) {
        int64_t iy = oy * win.stride[0] - win.padBegin[0] + ky * win.dilation[0];
        int64_t ix = ox * win.stride[1] - win.padBegin[1] + kx * win.dilation[1];
        if (iy < 0 || ix < 0 || iy >= in[2] || ix >= in[3])
          continue;
        int64_t c = group * weights[1] + ic;
        sum += double(x[((n * in[1] + c) * in[2] + iy) * in[3] + ix]) *
               double(w[((oc * weights[1] + ic) * weights[2] + ky) * weights[3] + kx]);
      }
  return sum;
}
} // namespace

TEST(Conv, EqualsThePlainSumOnRandomGeometries) {
  const unsigned seed = 7;
  std::mt19937 random(seed);
  auto pick = [&](int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random);
  };
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    ConvAttrs attrs;
    attrs.groups = pick(1, 3);
    WindowAttrs &win = attrs.window;
    Dims weights = {attrs.groups * pick(1, 9), pick(1, 40), pick(1, 3), pick(1, 3)};
    Shape in = {pick(1, 2), attrs.groups * weights[1], pick(5, 20), pick(5, 37)};
    for (int axis = 0; axis < 2; ++axis) {
      win.kernel[axis] = weights[2 + axis];
      win.stride[axis] = pick(1, 3);
      win.dilation[axis] = pick(1, 2);
      win.padBegin[axis] = pick(0, 3);
      win.padEnd[axis] = pick(0, 3);
    }
    OnnxBuilder model;
    model.input("x", Dims(in.begin(), in.end())).output("y");
    std::vector<float> x = randoms(random, f32(in).count());
    std::vector<float> w = randoms(random, weights[0] * weights[1] * weights[2] * weights[3]);
    std::vector<float> bias = randoms(random, weights[0]);
    model.floats("w", weights, w);
    model.floats("b", {weights[0]}, bias);
    auto &node = model.node("Conv", {"x", "w", "b"}, {"y"});
    set(node, "group", attrs.groups);
    set(node, "strides", Dims{win.stride[0], win.stride[1]});
    set(node, "dilations", Dims{win.dilation[0], win.dilation[1]});
    set(node, "pads", Dims{win.padBegin[0], win.padBegin[1], win.padEnd[0], win.padEnd[1]});
    Shape out;
    std::vector<double> y = run(model, x, &out);
    ASSERT_EQ(out.size(), 4u);
    size_t i = 0;
    for (int64_t n = 0; n < out[0]; ++n)
      for (int64_t oc = 0; oc < out[1]; ++oc)
        for (int64_t oy = 0; oy < out[2]; ++oy)
          for (int64_t ox = 0; ox < out[3]; ++ox, ++i)
            ASSERT_NEAR(y[i],
                        bias[oc] + convAt(x, in, w, Shape(weights.begin(), weights.end()), attrs, n,
                                          oc, oy, ox),
                        2e-5)
                << n << ", " << oc << ", " << oy << ", " << ox;
  }
}

/// The promise of float_gemm.h: the same bits as one running sum per element, however blocked.
TEST(FloatGemm, AddsInOrderWhateverTheBlocking) {
  const unsigned seed = 3;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr int64_t rows = 13, depth = 77, columns = 37;
  std::vector<float> a = randoms(random, rows * depth), b = randoms(random, depth * columns);
  std::vector<float> start = randoms(random, rows * columns), expected = start;
  for (int64_t m = 0; m < rows; ++m)
    for (int64_t n = 0; n < columns; ++n)
      for (int64_t k = 0; k < depth; ++k) {
        volatile float product = a[m * depth + k] * b[k * columns + n]; // Never contracted.
        expected[m * columns + n] += product;
      }
  PackedRows packed(a.data(), rows, depth);
  for (auto [block, tile] : {std::pair(depth, GemmTile::Portable), std::pair(depth, GemmTile::Host),
                             std::pair(int64_t(20), GemmTile::Host)}) {
    std::vector<float> c = start;
    for (int64_t first = 0; first < depth; first += block) {
      int64_t count = std::min(block, depth - first);
      int64_t panels = (columns + gemmTileColumns - 1) / gemmTileColumns;
      std::vector<float> right(panels * gemmTileColumns * count, NAN);
      for (int64_t n = 0; n < columns; ++n)
        for (int64_t k = 0; k < count; ++k)
          right[(n / gemmTileColumns * count + k) * gemmTileColumns + n % gemmTileColumns] =
              b[(first + k) * columns + n];
      multiplyAdd(packed, first, count, right.data(), columns, c.data(), columns, tile);
    }
    EXPECT_EQ(c, expected) << "depth in blocks of " << block;
  }
}

TEST(Conv, FusedBoundsClamp) {
  GraphBuilder b;
  Value *c = b.conv("c", b.input("x", {1, 1, 1, 4}), b.filled("w", {1, 1, 1, 1}, 2));
  c->producer()->as<ConvAttrs>().bounds = {0, 6};
  b.graph.addOutput(c);
  std::vector<float> x = {-1, 1, 3, 4};
  auto y = evaluate(b.graph, TensorDataRef(TensorData::make<float>(f32({1, 1, 1, 4}), x)));
  ASSERT_TRUE(bool(y));
  EXPECT_THAT(y->front()->values<float>(), ElementsAre(0, 2, 6, 6));
}

namespace {
OnnxBuilder pool(const char *op, const Dims &in, const Dims &kernel, const Dims &strides,
                 const Dims &pads, int64_t ceil) {
  OnnxBuilder model;
  model.input("x", in).output("y");
  auto &node = model.node(op, {"x"}, {"y"});
  set(node, "kernel_shape", kernel);
  set(node, "strides", strides);
  set(node, "pads", pads);
  set(node, "ceil_mode", ceil);
  return model;
}
} // namespace

/// torch.nn.MaxPool2d(..., ceil_mode=True): "sliding windows that would start in the right padded
/// region are ignored".
TEST(Pool, CeilModeDropsWindowsThatStartInThePadding) {
  Shape shape;
  OnnxBuilder beyond = pool("MaxPool", {1, 1, 1, 2}, {1, 1}, {1, 3}, {0, 0, 0, 0}, 1);
  EXPECT_THAT(run(beyond, {5, 6}, &shape), ElementsAre(5));
  OnnxBuilder inside = pool("MaxPool", {1, 1, 1, 6}, {1, 3}, {1, 2}, {0, 0, 0, 0}, 1);
  EXPECT_THAT(run(inside, {1, 2, 3, 4, 5, 6}, &shape), ElementsAre(3, 5, 6));
}

TEST(Pool, CeilModeAverageDividesByWhatIsInside) {
  OnnxBuilder model = pool("AveragePool", {1, 1, 1, 6}, {1, 3}, {1, 2}, {0, 0, 0, 0}, 1);
  EXPECT_THAT(run(model, {1, 2, 3, 4, 5, 6}), ElementsAre(2, 4, 5.5));
  set(*model.graph().mutable_node(0), "count_include_pad", int64_t(1));
  EXPECT_THAT(errorOf(model), HasSubstr("ceil_mode = 1 with count_include_pad = 1"));
}

TEST(Pool, PaddingNeverWinsTheMaximum) {
  OnnxBuilder model = pool("MaxPool", {1, 1, 1, 2}, {1, 2}, {1, 1}, {0, 1, 0, 1}, 0);
  EXPECT_THAT(run(model, {-3, -2}), ElementsAre(-3, -2, -2));
  EXPECT_THAT(errorOf(pool("MaxPool", {1, 1, 1, 2}, {1, 2}, {1, 1}, {0, 2, 0, 0}, 0)),
              HasSubstr("pads must be smaller than the kernel"));
}

TEST(Window, ImpossibleParametersAreRefused) {
  auto refusal = [](const Dims &kernel, const Dims &strides, const Dims &pads) {
    return errorOf(pool("MaxPool", {1, 1, 4, 4}, kernel, strides, pads, 0));
  };
  EXPECT_THAT(refusal({5, 1}, {1, 1}, {0, 0, 0, 0}), HasSubstr("does not fit"));
  EXPECT_THAT(refusal({1, 1}, {0, 1}, {0, 0, 0, 0}), HasSubstr("strides [0, 1] is out of range"));
  EXPECT_THAT(refusal({2, 2}, {1, 1}, {0, 0, 0, -1}), HasSubstr("pads [0, 0, 0, -1] is out of"));
  EXPECT_THAT(refusal({2}, {1, 1}, {0, 0, 0, 0}), HasSubstr("kernel_shape [2] must have 2"));
  EXPECT_THAT(refusal({2, int64_t(1) << 62}, {1, 1}, {0, 0, 0, 0}), HasSubstr("out of range"));
  EXPECT_THAT(refusal({}, {1, 1}, {0, 0, 0, 0}), HasSubstr("'kernel_shape' is missing"));
}

namespace {
/// Resize of one row of `in` elements; by `scale`, or to `out` elements where scale is 0.
OnnxBuilder resize(int64_t in, float scale, int64_t out, const char *coordinates,
                   const char *nearest, int64_t opset = 11) {
  OnnxBuilder model(opset);
  model.input("x", {1, 1, 1, in}).output("y").floats("none", {0}, {});
  model.floats("scales", {4}, {1, 1, 1, scale});
  model.ints("sizes", {4}, {1, 1, 1, out});
  auto &node = scale > 0 ? model.node("Resize", {"x", "none", "scales"}, {"y"})
                         : model.node("Resize", {"x", "", "", "sizes"}, {"y"});
  set(node, "coordinate_transformation_mode", coordinates);
  set(node, "nearest_mode", nearest);
  return model;
}
} // namespace

/// Expected indices computed by hand from the formulas of the specification.
TEST(Resize, EveryCoordinateAndNearestMode) {
  auto x = ramp(4);
  auto to = [&](int64_t out, const char *coordinates, const char *nearest) {
    return run(resize(4, 0, out, coordinates, nearest), x);
  };
  EXPECT_THAT(to(6, "asymmetric", "floor"), ElementsAre(0, 0, 1, 2, 2, 3));
  EXPECT_THAT(to(6, "asymmetric", "ceil"), ElementsAre(0, 1, 2, 2, 3, 3));
  EXPECT_THAT(to(8, "asymmetric", "round_prefer_floor"), ElementsAre(0, 0, 1, 1, 2, 2, 3, 3));
  EXPECT_THAT(to(8, "asymmetric", "round_prefer_ceil"), ElementsAre(0, 1, 1, 2, 2, 3, 3, 3));
  EXPECT_THAT(to(2, "half_pixel", "round_prefer_floor"), ElementsAre(0, 2));
  EXPECT_THAT(to(2, "half_pixel", "round_prefer_ceil"), ElementsAre(1, 3));
  EXPECT_THAT(to(1, "half_pixel", "floor"), ElementsAre(1));
  EXPECT_THAT(to(1, "pytorch_half_pixel", "floor"), ElementsAre(0));
  EXPECT_THAT(to(3, "align_corners", "floor"), ElementsAre(0, 1, 3));
  EXPECT_THAT(to(1, "align_corners", "floor"), ElementsAre(0));
  EXPECT_THAT(to(2, "tf_half_pixel_for_nn", "floor"), ElementsAre(1, 3));
}

TEST(Resize, CropsToARegion) {
  OnnxBuilder model = resize(5, 0, 3, "tf_crop_and_resize", "floor");
  model.floats("roi", {8}, {0, 0, 0, 0.25f, 1, 1, 1, 0.75f});
  model.graph().mutable_node(0)->set_input(1, "roi");
  EXPECT_THAT(run(model, ramp(5)), ElementsAre(1, 2, 3));
  model.graph().mutable_initializer(3)->set_float_data(7, 1.5f);
  EXPECT_THAT(errorOf(model), HasSubstr("a region outside the input is not supported"));
}

/// ONNX computes the extent in float32: 10 * 0.7f is 7 there, although 0.7f is below 0.7.
TEST(Resize, ExtentIsTheFloatProduct) {
  EXPECT_EQ(run(resize(10, 0.7f, 0, "asymmetric", "floor"), ramp(10)).size(), 7u);
}

TEST(Resize, RefusesWhatItCannotShow) {
  EXPECT_THAT(errorOf(resize(4, 0.1f, 0, "asymmetric", "floor")), HasSubstr("an extent of 0"));
  EXPECT_THAT(errorOf(resize(4, INFINITY, 0, "asymmetric", "floor")), HasSubstr("extent of inf"));
  EXPECT_THAT(errorOf(resize(4, 0, 4, "sideways", "floor")), HasSubstr("= sideways is not"));
  EXPECT_THAT(errorOf(resize(4, 0, 4, "asymmetric", "up")), HasSubstr("nearest_mode = up is not"));
  OnnxBuilder channels = resize(4, 0, 4, "asymmetric", "floor");
  channels.graph().mutable_initializer(2)->set_int64_data(1, 2);
  EXPECT_THAT(errorOf(channels), HasSubstr("only rows and columns"));
}

TEST(Softmax, OldOpsetsFlattenTheAxesFromOneOn) {
  OnnxBuilder flat(11);
  flat.input("x", {1, 2, 1, 1}).output("y").node("Softmax", {"x"}, {"y"}); // axis = 1
  EXPECT_THAT(run(flat, {std::log(1.0f), std::log(3.0f)}),
              ElementsAre(testing::DoubleNear(0.25, 1e-6), testing::DoubleNear(0.75, 1e-6)));
  // exp: 1 2 3 | 4 0 0 over all six of each image, that is of 10; then 1 and 9 of 10.
  OnnxBuilder deep(11);
  deep.input("x", {2, 2, 3}).output("y").node("Softmax", {"x"}, {"y"});
  const float none = -1000;
  std::vector<float> x = {0, std::log(2.0f), std::log(3.0f), std::log(4.0f), none, none, none, none,
                          0, none,           none,           std::log(9.0f)};
  EXPECT_THAT(run(deep, x),
              testing::Pointwise(testing::DoubleNear(1e-6),
                                 {0.1, 0.2, 0.3, 0.4, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.9}));
  // Since opset 13 each line of the last axis by itself.
  deep.proto.mutable_opset_import(0)->set_version(13);
  EXPECT_NEAR(run(deep, x)[3], 1, 1e-6);
}

TEST(HardSwish, NeedsOpset14) {
  OnnxBuilder model(13);
  model.input("x", {1}).output("y").node("HardSwish", {"x"}, {"y"});
  EXPECT_THAT(errorOf(model), HasSubstr("HardSwish needs opset 14, but the model says 13"));
}

TEST(MatMul, VectorsAreRowsOnTheLeftAndColumnsOnTheRight) {
  OnnxBuilder row;
  row.input("x", {2}).output("y").floats("m", {2, 3}, {1, 2, 3, 4, 5, 6});
  row.node("MatMul", {"x", "m"}, {"y"});
  Shape shape;
  EXPECT_THAT(run(row, {1, 10}, &shape), ElementsAre(41, 52, 63));
  EXPECT_EQ(shape, Shape{3});
  OnnxBuilder column;
  column.input("x", {3}).output("y").floats("m", {2, 3}, {1, 2, 3, 4, 5, 6});
  column.node("MatMul", {"m", "x"}, {"y"});
  EXPECT_THAT(run(column, {1, 10, 100}, &shape), ElementsAre(321, 654));
  OnnxBuilder both;
  both.input("x", {3}).output("y").node("MatMul", {"x", "x"}, {"y"});
  EXPECT_THAT(run(both, {1, 2, 3}, &shape), ElementsAre(14));
  EXPECT_EQ(shape, Shape{});
}

TEST(ShapeArithmetic, ErrorsNameTheNode) {
  OnnxBuilder division;
  division.input("x", {2}).output("y").ints("a", {1}, {4}).set_name("a");
  division.ints("zero", {1}, {0});
  division.node("Div", {"a", "zero"}, {"shape"});
  division.node("Reshape", {"x", "shape"}, {"y"});
  EXPECT_EQ(errorOf(division), "model.onnx: node 'Div_0' (Div): integer division by zero");
  OnnxBuilder gather;
  gather.input("x", {2}).output("y").ints("i", {1}, {1});
  gather.node("Shape", {"x"}, {"s"});
  gather.node("Gather", {"s", "i"}, {"g"});
  gather.node("Reshape", {"x", "g"}, {"y"});
  EXPECT_THAT(errorOf(gather), HasSubstr("index 1 is outside of axis 0 of s64[1]"));
  gather.graph().mutable_initializer()->RemoveLast();
  gather.ints("i", {1}, {std::numeric_limits<int64_t>::max()});
  EXPECT_THAT(errorOf(gather),
              HasSubstr("index 9223372036854775807 is outside of axis 0 of s64[1]"));
}

/// Two boxes of class 1, of which the better stays, and one of class 0; a coefficient each.
TEST(Nms, KeepsTheBestOfEachClass) {
  NmsAttrs attrs;
  attrs.classes = 2;
  attrs.masks = 1;
  attrs.confidence = 0.25f;
  attrs.iou = 0.45;
  attrs.maxDetections = 3;
  attrs.maxCandidates = 30000;
  GraphBuilder b;
  Value *x = b.input("x", {1, 4, 8});
  Node *node = b.graph.addNode(OpKind::Nms, "n", {x}, attrs, {{"y", f32({22})}});
  b.graph.addOutput(node->output());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  auto y = evaluate(b.graph,
                    {TensorData::make<float>(x->type, {51, 50, 20,  10, 0.5f, 0.25f, 0.7f,  8,
                                                       50, 50, 20,  10, 0.5f, 0.25f, 0.75f, 7,
                                                       50, 50, nan, 10, 0.9f, 0.9f,  0.9f,  6,
                                                       10, 20, 4,   6,  0.8f, 0.5f,  0,     9})});
  ASSERT_TRUE(bool(y)) << llvm::toString(y.takeError());
  EXPECT_THAT(y->front()->values<float>().vec(),
              testing::ElementsAre(8, 17, 12, 23, 40, 45, 60, 55, 0, 0, 0, 0, 0.4f, 0.375f, 0, 0, 1,
                                   0, 9, 7, 0, 2));
}

/// Detect.forward of YOLOv5 v7.0 on numbers: sigmoid(0) = 0.5, sigmoid(log 3) = 0.75.
TEST(YoloDecode, FollowsDetectForward) {
  YoloDecodeAttrs attrs;
  attrs.anchorsPerLevel = 2;
  attrs.classes = 1;
  attrs.masks = 1;
  attrs.strides = {8, 16};
  attrs.anchors = {10, 20, 30, 40, 50, 60, 70, 80};
  GraphBuilder b;
  Value *fine = b.input("fine", {1, 14, 1, 2}), *coarse = b.input("coarse", {1, 14, 1, 1});
  Node *node =
      b.graph.addNode(OpKind::YoloDecode, "d", {fine, coarse}, attrs, {{"y", f32({1, 6, 7})}});
  b.graph.addOutput(node->output());
  std::vector<float> zeros(14, 0), x(28, 0);
  x[0 * 2 + 1] = std::log(3.0f);  // Anchor 0, second column: x.
  x[2 * 2 + 1] = std::log(3.0f);  // Width.
  x[6 * 2 + 1] = -2.5f;           // Mask coefficient.
  x[12 * 2 + 0] = std::log(3.0f); // Anchor 1, first column: class.
  auto y = evaluate(b.graph, {TensorData::make<float>(fine->type, x),
                              TensorData::make<float>(coarse->type, zeros)});
  ASSERT_TRUE(bool(y)) << llvm::toString(y.takeError());
  auto row = [&](int i) { return y->front()->values<float>().slice(i * 7, 7).vec(); };
  auto near = [](std::vector<float> values) {
    return testing::Pointwise(testing::FloatNear(1e-4f), values);
  };
  EXPECT_THAT(row(0), near({4, 4, 10, 20, 0.5f, 0.5f, 0}));
  EXPECT_THAT(row(1), near({16, 4, 22.5f, 20, 0.5f, 0.5f, -2.5f})); // (1.5 + 0.5) * 8; 1.5^2 * 10
  EXPECT_THAT(row(2), near({4, 4, 30, 40, 0.5f, 0.75f, 0}));
  EXPECT_THAT(row(3), near({12, 4, 30, 40, 0.5f, 0.5f, 0}));
  EXPECT_THAT(row(4), near({8, 8, 50, 60, 0.5f, 0.5f, 0}));
  EXPECT_THAT(row(5), near({8, 8, 70, 80, 0.5f, 0.5f, 0}));
}
