// The float engine, worked out by hand from backends/NUMERICS.md, section DSP, ONNX's definitions
// and YOLOv5's published decode. Constants of transcendental functions: Python's math module.

#include "tests/kernels/hand.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace bst::problems {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

Case quantizer(DType type, float scale, int32_t zeroPoint, const std::vector<float> &x) {
  const Shape shape = {int64_t(x.size())};
  Case test;
  addInput(test, shape, x);
  test.add(type, Layout::RowMajor, shape, scale, zeroPoint);
  test.finish(Engine::Dsp, QuantizeParams{});
  return test;
}

TEST(HandQuantize, HalfToEven) {
  expectInts(quantizer(DType::S8, 1, 0, {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 0.50001f}),
             {0, 2, 2, 0, -2, -2, 1});
  // The tie is the quotient's, not the sum's: 0.5 -> 0, + 3.
  expectInts(quantizer(DType::U8, 2, 3, {1.0f, 3.0f, -1.0f}), {3, 5, 3});
}

TEST(HandQuantize, SaturatesAndTakesNanAsZero) {
  expectInts(quantizer(DType::S8, 0.5f, 10,
                       {infinity, -infinity, nan, 1e30f, -1e30f, 58.5f, 58.8f, -69.0f, -69.3f}),
             // 58.5 / 0.5 + 10 = 127; 58.8 -> 118 + 10 = 128; -138 + 10 = -128; -139 + 10 = -129.
             {127, -128, 10, 127, -128, 127, 127, -128, -128});
  expectInts(quantizer(DType::U8, 1e-30f, 128, {1e30f, -1e30f, nan, 0, 3e-30f}),
             {255, 0, 128, 128, 131});
}

TEST(HandQuantize, DividesInFloat32) {
  // 0.35f = 0.3499999940 and 0.1f = 0.1000000015: the exact quotient lies below 3.5, its float32
  // rounding is 3.5 and goes to 4. Likewise 0.45f / 0.1f: exactly above 4.5, in float32 4.5 -> 4.
  expectInts(quantizer(DType::S8, 0.1f, 0, {0.35f, 0.45f}), {4, 4});
}

TEST(HandQuantize, ReordersToNhwc) {
  // NCHW {1, 2, 1, 3}: channel 0 = 1 2 3, channel 1 = 4 5 6.
  Case test;
  addInput(test, {1, 2, 1, 3}, {1, 2, 3, 4, 5, 6});
  test.add(DType::S8, Layout::Nhwc, {1, 2, 1, 3}, 1, 0);
  test.finish(Engine::Dsp, QuantizeParams{});
  expectInts(test, {1, 4, 2, 5, 3, 6});
}

TEST(HandQuantize, MakesChannelsOfBlocks) {
  // NCHW {1, 2, 2, 4}: channel 0 = 1..4 / 5..8, channel 1 = 11..14 / 15..18.
  Case test;
  addInput(test, {1, 2, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18});
  test.add(DType::S8, Layout::Nhwc, {1, 8, 1, 2}, 1, 0);
  test.finish(Engine::Dsp, QuantizeParams{2});
  // Each pixel: the block's first row, left to right, all channels of a position together.
  expectInts(test, {1, 11, 2, 12, 5, 15, 6, 16, 3, 13, 4, 14, 7, 17, 8, 18});
}

TEST(HandDequantize, MultipliesInFloat32) {
  // float32 3 * 0.1f = 0x1.333334p-2, -127 * 0.1f = -0x1.966666p+3 (NumPy's float32).
  Case test;
  addInput(test, DType::S8, Layout::RowMajor, {3}, 1, {4, -126, 1}, 0.1f);
  addOutput(test, {3});
  test.finish(Engine::Dsp, DequantizeParams{});
  expectFloats(test, {0x1.333334p-2f, -0x1.966666p+3f, 0});
}

TEST(HandDequantize, ReordersFromNhwc) {
  // Pixels (1, 201), (2, 202), (3, 203); zero point 1, scale 2.
  Case test;
  addInput(test, DType::U8, Layout::Nhwc, {1, 2, 1, 3}, 1, {1, 201, 2, 202, 3, 203}, 2);
  addOutput(test, {1, 2, 1, 3});
  test.finish(Engine::Dsp, DequantizeParams{});
  expectFloats(test, {0, 2, 4, 400, 402, 404});
}

TEST(HandMoves, Transpose) {
  // {2, 3}: 1 2 3 / 4 5 6.
  Case matrix;
  addInput(matrix, {2, 3}, {1, 2, 3, 4, 5, 6});
  addOutput(matrix, {3, 2});
  matrix.finish(Engine::Dsp, TransposeParams{{1, 0}});
  expectFloats(matrix, {1, 4, 2, 5, 3, 6});
  // {1, 2, 3} by (2, 0, 1): y[i][j][k] = x[j][k][i]; not its inverse, which would be {2, 3, 1}.
  Case cube;
  addInput(cube, DType::S8, Layout::RowMajor, {1, 2, 3}, 0, {1, 2, 3, 4, 5, 6});
  cube.add(DType::S8, Layout::RowMajor, {3, 1, 2}, 1, 0);
  cube.finish(Engine::Dsp, TransposeParams{{2, 0, 1}});
  expectInts(cube, {1, 4, 2, 5, 3, 6});
}

TEST(HandMoves, SliceForwardsAndBackwards) {
  // Rows 1 and 0 (step -1), columns 0 and 2 (step 2) of 1 2 3 / 4 5 6.
  Case test;
  addInput(test, {2, 3}, {1, 2, 3, 4, 5, 6});
  addOutput(test, {2, 2});
  test.finish(Engine::Dsp, SliceParams{{1, 0}, {-1, 2}});
  expectFloats(test, {4, 6, 1, 3});
}

TEST(HandMoves, FloatConcatAndResize) {
  Case concat;
  addInput(concat, {2, 1}, {1, 2});
  addInput(concat, {2, 2}, {3, 4, 5, 6});
  addOutput(concat, {2, 3});
  concat.finish(Engine::Dsp, FloatConcatParams{1});
  expectFloats(concat, {1, 3, 4, 2, 5, 6});
  Case resize;
  addInput(resize, {1, 2, 1, 2}, {1, 2, 3, 4});
  addOutput(resize, {1, 2, 2, 3});
  resize.finish(Engine::Dsp, FloatResizeParams{{0, 0}, {1, 0, 0}});
  expectFloats(resize, {2, 1, 1, 2, 1, 1, 4, 3, 3, 4, 3, 3});
}

TEST(HandUnary, KnownValues) {
  struct Row {
    UnaryFn fn;
    float alpha, beta;
    std::vector<float> x, y;
  };
  const std::vector<Row> rows = {
      {UnaryFn::Relu, 0, 0, {-1, 0, 2.5f}, {0, 0, 2.5f}},
      {UnaryFn::Sigmoid, 0, 0, {0, 1, -2, 200, -200}, {0.5f, 0.731058579f, 0.119202922f, 1, 0}},
      {UnaryFn::Silu, 0, 0, {0, 1, -2, 200, -200}, {0, 0.731058579f, -0.238405844f, 200, 0}},
      {UnaryFn::Tanh, 0, 0, {0.5f, -0.5f, 50}, {0.462117157f, -0.462117157f, 1}},
      {UnaryFn::Exp, 0, 0, {0, 1, -200}, {1, 2.71828183f, 0}},
      {UnaryFn::Log, 0, 0, {1, 2}, {0, 0.693147181f}},
      {UnaryFn::Sqrt, 0, 0, {4, 2}, {2, 1.41421356f}},
      {UnaryFn::Neg, 0, 0, {1, -2}, {-1, 2}},
      {UnaryFn::Abs, 0, 0, {1, -2}, {1, 2}},
      {UnaryFn::Clip, -1, 2, {-3, 0.5f, 7}, {-1, 0.5f, 2}},
      {UnaryFn::LeakyRelu, 0.25f, 0, {-4, 4}, {-1, 4}},
      // ONNX: max(0, min(1, alpha * x + beta)).
      {UnaryFn::HardSigmoid, 0.25f, 0.5f, {-4, 1, 4}, {0, 0.75f, 1}},
      // ONNX: x * max(0, min(1, x / 6 + 0.5)): 1.5 * 0.75.
      {UnaryFn::HardSwish, 0, 0, {-4, 1.5f, 4}, {0, 1.125f, 4}},
      {UnaryFn::Elu, 0.5f, 0, {-1, 3}, {-0.316060279f, 3}},
      {UnaryFn::Softplus, 0, 0, {1, -2, 150, -150}, {1.31326169f, 0.126928011f, 150, 0}},
      {UnaryFn::Erf, 0, 0, {0.5f, -0.5f}, {0.520499878f, -0.520499878f}},
      {UnaryFn::Floor, 0, 0, {-0.5f, 1.9f}, {-1, 1}},
      {UnaryFn::Ceil, 0, 0, {-0.5f, 1.1f}, {0, 2}},
      {UnaryFn::Reciprocal, 0, 0, {4, -0.1f}, {0.25f, -10}},
  };
  for (const Row &row : rows) {
    SCOPED_TRACE(int(row.fn));
    const Shape shape = {int64_t(row.x.size())};
    Case test;
    addInput(test, shape, row.x);
    addOutput(test, shape);
    test.finish(Engine::Dsp, FloatUnaryParams{row.fn, row.alpha, row.beta});
    expectFloats(test, row.y, 5e-7f);
  }
}

TEST(HandBinary, BroadcastsLikeNumPy) {
  const auto expect = [](BinaryFn fn, const std::vector<float> &expected) {
    // {2, 1} against {3}: columns 8, 2 by row 1, 2, 4.
    Case test;
    addInput(test, {2, 1}, {8, 2});
    addInput(test, {3}, {1, 2, 4});
    addOutput(test, {2, 3});
    test.finish(Engine::Dsp, FloatBinaryParams{fn});
    expectFloats(test, expected, fn == BinaryFn::Pow ? 1e-3f : 0);
  };
  expect(BinaryFn::Add, {9, 10, 12, 3, 4, 6});
  expect(BinaryFn::Sub, {7, 6, 4, 1, 0, -2});
  expect(BinaryFn::Mul, {8, 16, 32, 2, 4, 8});
  expect(BinaryFn::Div, {8, 4, 2, 2, 1, 0.5f});
  expect(BinaryFn::Pow, {8, 64, 4096, 2, 4, 16});
  expect(BinaryFn::Max, {8, 8, 8, 2, 2, 4});
  expect(BinaryFn::Min, {1, 2, 4, 1, 2, 2});
}

TEST(HandFloatConv, PadsBiasAndClamp) {
  // 1x2 kernel (1, -1) over 3 5 1, one column of padding on the left, bias 0.5:
  // 0 - 3, 3 - 5, 5 - 1 -> -2.5, -1.5, 4.5; clamped to [-2, 4].
  Case test;
  addInput(test, {1, 1, 1, 3}, {3, 5, 1});
  addInput(test, {1, 1, 1, 2}, {1, -1});
  addInput(test, {1}, {0.5f});
  addOutput(test, {1, 1, 1, 3});
  FloatConvParams params;
  params.window.kernelW = 2;
  params.window.padLeft = 1;
  params.clampLo = -2;
  params.clampHi = 4;
  test.finish(Engine::Dsp, params);
  expectFloats(test, {-2, -1.5f, 4});
}

TEST(HandFloatPool, AverageCounts) {
  // 1x2 windows of 4 8, one column of padding on the left: (p, 4), (4, 8).
  FloatPoolParams params;
  params.window.kernelW = 2;
  params.window.padLeft = 1;
  const auto make = [&] {
    Case test;
    addInput(test, {1, 1, 1, 2}, {4, 8});
    addOutput(test, {1, 1, 1, 2});
    test.finish(Engine::Dsp, params);
    return test;
  };
  expectFloats(make(), {4, 8}); // Max.
  params.fn = PoolFn::Average;
  expectFloats(make(), {4, 6});
  params.countPadding = true;
  expectFloats(make(), {2, 6});
}

TEST(HandLrn, SquaresOfTheChannelsAround) {
  // Three channels 1 2 3 of one pixel, size 2: the element's channel and the one behind it.
  // bias 1, alpha 2 (1 per channel), beta 1: 1/(1 + 1 + 4), 2/(1 + 4 + 9), 3/(1 + 9).
  Case test;
  addInput(test, {1, 3, 1, 1}, {1, 2, 3});
  addOutput(test, {1, 3, 1, 1});
  test.finish(Engine::Dsp, LrnParams{2, 2, 1, 1});
  expectFloats(test, {1.0f / 6, 2.0f / 14, 0.3f}, 1e-6f);
  // Size 3, beta 1/2, two pixels side by side: 3 4 and 1 0 over the channels.
  Case wide;
  addInput(wide, {1, 2, 1, 2}, {3, 1, 4, 0});
  addOutput(wide, {1, 2, 1, 2});
  wide.finish(Engine::Dsp, LrnParams{3, 3, 0.5f, 0});
  expectFloats(wide, {0.6f, 1, 0.8f, 0}, 1e-6f);
}

TEST(HandPad, ConstantMirrorAndEdge) {
  const auto make = [](PadMode mode, const Shape &out, std::vector<int32_t> begin) {
    Case test;
    addInput(test, {2, 3}, {1, 2, 3, 4, 5, 6});
    addOutput(test, out);
    test.finish(Engine::Dsp, FloatPadParams{mode, std::move(begin), 9});
    return test;
  };
  expectFloats(make(PadMode::Constant, {3, 4}, {1, 0}), {9, 9, 9, 9, 1, 2, 3, 9, 4, 5, 6, 9});
  expectFloats(make(PadMode::Reflect, {2, 7}, {0, 2}), {3, 2, 1, 2, 3, 2, 1, 6, 5, 4, 5, 6, 5, 4});
  expectFloats(make(PadMode::Edge, {3, 4}, {1, 1}), {1, 1, 2, 3, 1, 1, 2, 3, 4, 4, 5, 6});
  // One row and one column fewer in front, one column more behind.
  expectFloats(make(PadMode::Constant, {1, 3}, {-1, -1}), {5, 6, 9});
}

TEST(HandSoftmax, SumsToOneAndDoesNotOverflow) {
  Case test;
  addInput(test, {2, 3}, {1, 2, 3, 1001, 1002, 1003});
  addOutput(test, {2, 3});
  test.finish(Engine::Dsp, SoftmaxParams{-1});
  const float a = 0.0900305732f, b = 0.244728471f, c = 0.665240956f;
  expectFloats(test, {a, b, c, a, b, c}, 1e-6f);
  // Along the other axis: columns of two equal differences of 1000.
  Case columns;
  addInput(columns, {2, 1}, {0, 1000});
  addOutput(columns, {2, 1});
  columns.finish(Engine::Dsp, SoftmaxParams{0});
  expectFloats(columns, {0, 1}, 1e-6f);
}

TEST(HandMatMul, TransposedScaledAndBiased) {
  // a^T = (1 2; 3 4), b^T = (5 6; 7 8): (19 22; 43 50). 2 * that + 10 * c, c = a row (1, 2).
  Case gemm;
  addInput(gemm, {2, 2}, {1, 3, 2, 4});
  addInput(gemm, {2, 2}, {5, 7, 6, 8});
  addInput(gemm, {2}, {1, 2});
  addOutput(gemm, {2, 2});
  gemm.finish(Engine::Dsp, MatMulParams{true, true, 2, 10});
  expectFloats(gemm, {48, 64, 96, 120});
  // A batch of two 1x2 by 2x1 products.
  Case batch;
  addInput(batch, {2, 1, 2}, {1, 2, 3, 4});
  addInput(batch, {2, 2, 1}, {5, 6, 7, 8});
  addOutput(batch, {2, 1, 1});
  batch.finish(Engine::Dsp, MatMulParams{});
  expectFloats(batch, {17, 53});
  // Leading axes broadcast: two rows by one matrix.
  Case broadcast;
  addInput(broadcast, {2, 1, 2}, {1, 2, 3, 4});
  addInput(broadcast, {2, 1}, {5, 6});
  addOutput(broadcast, {2, 1, 1});
  broadcast.finish(Engine::Dsp, MatMulParams{});
  expectFloats(broadcast, {17, 39});
}

/// One level of 3x4 cells, one anchor (10, 13), stride 8, two classes, `masks` mask coefficients.
/// Every number of cell (row 2, column 3) is that of `t`, all others are 0.
struct Head {
  std::vector<float> t = {0.5f, -1.2f, 0.3f, -0.7f, 1.1f, 2.0f, -3.0f, 0.25f};
  YoloDecodeParams params;
  Head() {
    params.anchorsPerLevel = 1;
    params.classes = 2;
    params.masks = 1;
    params.strides = {8};
    params.anchors = {10, 13};
  }
};

// With s = sigmoid (Python): (2 s(0.5) + 2.5) * 8, (2 s(-1.2) + 1.5) * 8, (2 s(0.3))^2 * 10,
// (2 s(-0.7))^2 * 13, s(1.1), s(2), s(-3); the mask coefficient as it is.
const std::vector<float> decodedCell = {29.9593493f,  15.7036035f,  13.1993682f,   5.72516644f,
                                        0.750260106f, 0.880797078f, 0.0474258732f, 0.25f};
// s(0) = 1/2: xy = (1 + grid) * 8 with grid = -0.5, wh = the anchor.
const std::vector<float> firstCell = {4, 4, 10, 13, 0.5f, 0.5f, 0.5f, 0};

/// The twelve rows of the output that the two cells above determine.
std::vector<float> decodedHead() {
  std::vector<float> expected;
  for (int cell = 0; cell < 12; ++cell) {
    std::vector<float> row = cell == 11 ? decodedCell : firstCell;
    if (cell != 11) {
      row[0] += float(8 * (cell % 4));
      row[1] += float(8 * (cell / 4));
    }
    expected.insert(expected.end(), row.begin(), row.end());
  }
  return expected;
}

TEST(HandDecode, FloatHead) {
  const Head head;
  std::vector<float> x(8 * 12, 0.0f); // Channel by channel.
  for (size_t field = 0; field < 8; ++field)
    x[field * 12 + 11] = head.t[field];
  Case test;
  addInput(test, {1, 8, 3, 4}, x);
  addOutput(test, {1, 12, 8});
  test.finish(Engine::Dsp, head.params);
  expectFloats(test, decodedHead(), 4e-5f);
}

TEST(HandDecode, QuantisedHead) {
  // Scale 0.05, zero point 4: 0.5 -> 10 + 4, ... pixel by pixel.
  const Head head;
  std::vector<int> x(8 * 12, 4);
  const int stored[] = {14, -20, 10, -10, 26, 44, -56, 9};
  std::copy(std::begin(stored), std::end(stored), x.begin() + 11 * 8);
  Case test;
  addInput(test, DType::S8, Layout::Nhwc, {1, 8, 3, 4}, 4, x, 0.05f);
  addOutput(test, {1, 12, 8});
  test.finish(Engine::Dsp, head.params);
  expectFloats(test, decodedHead(), 4e-5f);
}

TEST(HandDecode, RowsAreLevelAnchorYX) {
  // Two levels of 1x2 and 1x1 cells, two anchors, all zeros: centres (grid + 1) * stride and the
  // anchors tell the rows apart.
  YoloDecodeParams params;
  params.anchorsPerLevel = 2;
  params.classes = 1;
  params.strides = {8, 16};
  params.anchors = {1, 2, 3, 4, 5, 6, 7, 8};
  Case test;
  addInput(test, {1, 12, 1, 2}, std::vector<float>(24, 0.0f));
  addInput(test, {1, 12, 1, 1}, std::vector<float>(12, 0.0f));
  addOutput(test, {1, 6, 6});
  test.finish(Engine::Dsp, params);
  const float h = 0.5f;
  expectFloats(test, {4,  4, 1, 2, h, h, 12, 4, 1, 2, h, h, 4, 4, 3, 4, h, h,
                      12, 4, 3, 4, h, h, 8,  8, 5, 6, h, h, 8, 8, 7, 8, h, h},
               1e-5f);
}

TEST(HandNms, PartsOneAfterTheOther) {
  // Two classes, one mask coefficient, two boxes at most. Rows 0 and 1 are one box of class 1, rows
  // 2 and 3 others, of which there is room for the better: 0.9 * 0.5 = 0.45 and 0.5 * 0.75 = 0.375.
  Case test;
  addInput(test, {1, 4, 8},
           {50, 50, 20, 10, 0.5f, 0.25f, 0.75f, 7, 51, 50, 20, 10, 0.5f, 0.25f, 0.7f, 8,
            10, 20, 4,  6,  0.9f, 0.5f,  0,     9, 90, 20, 4,  6,  0.6f, 0.5f,  0,    1});
  addOutput(test, {15});
  test.finish(Engine::Dsp, NmsParams{2, 1, {.maxDetections = 2}});
  expectFloats(test, {8, 17, 12, 23, 40, 45, 60, 55, 0.9f * 0.5f, 0.375f, 0, 1, 9, 7, 2});
  // Nothing above the confidence: zeros.
  Case none;
  addInput(none, {1, 1, 6}, {50, 50, 20, 10, 0.5f, 0.4f});
  addOutput(none, {19});
  none.finish(Engine::Dsp, NmsParams{1, 0, {.maxDetections = 3}});
  expectFloats(none, std::vector<float>(19, 0.0f));
}

} // namespace
} // namespace bst::problems
