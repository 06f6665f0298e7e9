// The two sides of limits that the complete program is too small or too square to show: the last
// program that is accepted, and the first that only one check refuses.
#include "runtime/verify/verify.h"
#include "verify_cases.h"

#include <limits>

namespace bst::testing {

namespace {

/// One command from 'x' to 'y'.
TestProgram single(Engine engine, ProgramBuilder &b, uint32_t x, uint32_t y, Params made) {
  b.command(engine, "command", {x}, y, std::move(made));
  return b.finish({x}, {y});
}

void expectValid(const TestProgram &test) { EXPECT_EQ(verifyProgram(test.program).message(), ""); }

void expectFault(const TestProgram &test, const char *message) {
  EXPECT_THAT(verifyProgram(test.program).message(), ::testing::HasSubstr(message));
}

/// [1,3,8,6] to the blocks of 2 x 2 positions, [1,12,4,3].
TestProgram blocks(std::vector<int32_t> from, std::vector<int32_t> to) {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", std::move(from));
  const uint32_t y = b.quantised("y", std::move(to), DType::S8, 0.5f, 0);
  return single(Engine::Dsp, b, x, y, QuantizeParams{2});
}

TestProgram maxPool(int32_t rows, int32_t outRows, const Window &window) {
  ProgramBuilder b;
  const uint32_t x = b.quantised("x", {1, 1, rows, 1}, DType::S8, 0.5f, 0);
  const uint32_t y = b.quantised("y", {1, 1, outRows, 1}, DType::S8, 0.5f, 0);
  return single(Engine::Edp, b, x, y, MaxPoolParams{window});
}

} // namespace

TEST(VerifyNeighbours, BlocksOfAQuantizer) {
  expectValid(blocks({1, 3, 8, 6}, {1, 12, 4, 3}));
  const char *message = "expected a map of its blocks of 2 x 2 positions";
  expectFault(blocks({1, 3, 8, 6}, {2, 12, 4, 3}), message);
  expectFault(blocks({1, 3, 8, 6}, {1, 11, 4, 3}), message);
  expectFault(blocks({1, 3, 8, 6}, {1, 13, 4, 3}), message);
  expectFault(blocks({1, 3, 8, 6}, {1, 12, 5, 3}), message);
  expectFault(blocks({1, 3, 8, 6}, {1, 12, 4, 4}), message); // Writes beyond what it reads.
  expectFault(blocks({1, 3, 9, 6}, {1, 12, 4, 3}), message);
  expectFault(blocks({1, 3, 8, 7}, {1, 12, 4, 3}), message);
  expectFault(blocks({1, 3, 8, 6, 1}, {1, 12, 4, 3}), message);
  expectFault(blocks({1, 3, 8, 6}, {1, 12, 4, 3, 1}), message);
  TestProgram rowMajor = blocks({1, 3, 8, 6}, {1, 12, 4, 3});
  tensorNamed(rowMajor.program, "y").layout = Layout::RowMajor;
  expectFault(rowMajor, message);
  for (int32_t block : {64, 65}) {
    TestProgram test = blocks({1, 1, 65, 65}, {1, block * block, 1, 1});
    reshape(test.program, "x", {1, 1, block, block});
    params<QuantizeParams>(test.program, "command").block = block;
    EXPECT_EQ(verifyProgram(test.program).ok(), block == 64);
  }
}

TEST(VerifyNeighbours, MapsThatAreNotSquare) {
  const std::vector<int32_t> rows = {0, 0, 1, 1}, columns = {0, 1, 2, 2, 1, 0};
  const Window window = {1, 2, 1, 1, 0, 0, 0, 0, 1, 1};
  for (int32_t extra : {0, 1}) { // In columns.
    ProgramBuilder f;
    const uint32_t fx = f.floats("x", {1, 2, 2, 3}), fy = f.floats("y", {1, 2, 4, 6 + extra});
    const uint32_t fp = f.floats("p", {1, 2, 2, 2 + extra});
    f.command(Engine::Dsp, "resize", {fx}, fy, FloatResizeParams{rows, columns});
    f.command(Engine::Dsp, "pool", {fx}, fp, FloatPoolParams{PoolFn::Max, window, false});
    EXPECT_EQ(verifyProgram(f.finish({fx}, {fy, fp}).program).ok(), extra == 0);
    ProgramBuilder q;
    const uint32_t x = q.quantised("x", {1, 2, 2, 3}, DType::S8, 0.5f, 0);
    const uint32_t y = q.quantised("y", {1, 2, 4, 6 + extra}, DType::S8, 0.5f, 0);
    const uint32_t m = q.quantised("m", {1, 2, 2, 2}, DType::S8, 0.5f, 0);
    const uint32_t a = q.quantised("a", {1, 2, 2, 2 + extra}, DType::S8, 0.5f, 0);
    q.command(Engine::Edp, "max_pool", {x}, m, MaxPoolParams{window});
    q.command(Engine::Edp, "average", {x}, a,
              AveragePoolParams{window, false, {2}, {{1 << 30, 31, 0}}});
    q.command(Engine::Edp, "resize", {x}, y, ResizeParams{rows, columns});
    EXPECT_EQ(verifyProgram(q.finish({x}, {y, m, a}).program).ok(), extra == 0);
  }
}

TEST(VerifyNeighbours, WindowsInThePadding) {
  // Taps at -3 and 0 of one row.
  expectValid(maxPool(1, 1, {2, 1, 1, 1, 3, 0, 0, 0, 3, 1}));
  // Of two rows the windows see none (-3, -1), the first (-2, 0) and the second (-1, 1).
  expectFault(maxPool(2, 3, {2, 1, 1, 1, 3, 0, 0, 0, 2, 1}),
              "window of 2 rows lies wholly in the padding of 3 and 0");
}

TEST(VerifyNeighbours, FieldsOfWindows) {
  const auto widest = [](Program &p) -> Window & {
    return params<MaxPoolParams>(p, "command").window;
  };
  // Kernel, stride, dilation and padding of 65536, where the input has as many rows.
  TestProgram test = maxPool(65536, 1, {65536, 1, 65536, 1, 0, 0, 0, 0, 1, 1});
  expectAccepted(test,
                 {[](Program &) {},
                  [=](Program &p) { widest(p) = {2, 1, 65536, 1, 65536, 0, 0, 0, 65536, 1}; },
                  [=](Program &p) { widest(p) = {2, 1, 65536, 1, 0, 0, 65535, 0, 65536, 1}; }});
  expectRefusals(test, {
                           {[=](Program &p) { widest(p).kernelH = 65537; }, "kernel is 65537"},
                           {[=](Program &p) { widest(p).strideH = 65537; }, "stride is 65537"},
                           {[=](Program &p) { widest(p).dilationH = 65537; }, "dilation is 65537"},
                           {[=](Program &p) { widest(p).padTop = 65537; }, "padding is 65537"},
                           {[=](Program &p) { widest(p).padBottom = 65537; }, "padding is 65537"},
                       });
}

TEST(VerifyNeighbours, GroupsDivideTheInputs) {
  expectRefusals(completeProgram(),
                 {{[](Program &p) { // 12 = 3 * 4 outputs, but 8 inputs.
                     params<ConvParams>(p, "head1").groups = 3;
                     tensorNamed(p, "w2").layout = Layout::Ohwi;
                     reshape(p, "w2", {12, 2, 1, 1});
                   },
                   "groups are 3, expected a divisor of 8 input and 12 output channels"}},
                 "head1");
}

TEST(VerifyNeighbours, AverageOfADilatedWindow) {
  expectRefusals(completeProgram(),
                 {{[](Program &p) { // Taps two apart in a row of 4, which fits.
                     params<AveragePoolParams>(p, "average_pool0").window = {3, 2, 1, 1, 1,
                                                                             1, 1, 1, 1, 2};
                     params<AveragePoolParams>(p, "average_pool0").counts = {2, 3, 4, 6};
                   },
                   "is dilated"}},
                 "average_pool0");
}

TEST(VerifyNeighbours, JoinsAgreeAlongEveryOtherAxis) {
  for (int32_t batch : {1, 2}) {
    ProgramBuilder b;
    const uint32_t x = b.floats("x", {batch, 3, 2, 2}), x2 = b.floats("x2", {1, 3, 2, 2});
    const uint32_t y = b.floats("y", {1, 6, 2, 2});
    b.command(Engine::Dsp, "concat", {x, x2}, y, FloatConcatParams{1});
    const Status status = verifyProgram(b.finish({x, x2}, {y}).program);
    EXPECT_EQ(status.ok(), batch == 1) << status.message();
  }
  expectRefusals(
      completeProgram(),
      {{[](Program &p) { commandNamed(p, "float_concat0").inputs[0] = tensorIndex(p, "conv"); },
        "'conv' is s8 nhwc, expected f32 row_major"}},
      "float_concat0");
}

TEST(VerifyNeighbours, SlicesBeginInside) {
  // Rows -1 to 6 of 8: the last one is inside.
  expectRefusals(completeProgram(),
                 {{[](Program &p) { params<SliceParams>(p, "slice0").start[2] = -1; },
                   "reads elements -1 to 6 along axis 2"}},
                 "slice0");
}

TEST(VerifyNeighbours, PaddingAndNormalisation) {
  const auto lrn = [](Program &p) -> LrnParams & { return params<LrnParams>(p, "lrn0"); };
  const auto quantised = [](Program &p, const char *tensor) {
    Tensor other = tensorNamed(p, tensor);
    other.dtype = DType::S8;
    other.scale = 1;
    other.size = elementCount(other);
    p.tensors.push_back(other);
    return uint32_t(p.tensors.size() - 1);
  };
  expectRefusals(
      completeProgram(),
      {
          {[=](Program &p) { commandNamed(p, "lrn0").inputs[0] = tensorIndex(p, "q"); },
           "'q' is s8 nhwc, expected f32 row_major", "lrn0"},
          {[=](Program &p) { commandNamed(p, "lrn0").outputs[0] = quantised(p, "normal"); },
           "'normal' is s8 row_major, expected f32 row_major", "lrn0"},
          {[=](Program &p) { commandNamed(p, "pad0").outputs[0] = quantised(p, "padded"); },
           "'padded' is s8 row_major, expected f32 row_major", "pad0"},
      });
  expectAccepted(completeProgram(),
                 {[=](Program &p) { lrn(p).size = 65536; }, [=](Program &p) { lrn(p).size = 1; }});
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {4, 3}), y = b.floats("y", {4, 3});
  expectValid(single(Engine::Dsp, b, x, y, LrnParams{}));
}

TEST(VerifyNeighbours, ProductsWithATransposeOrABias) {
  expectRefusals(completeProgram(),
                 {{[](Program &p) {
                     params<MatMulParams>(p, "matmul0").transposeB = false;
                     reshape(p, "matrix", {12, 5});
                     reshape(p, "offset", {32});
                   },
                   "'offset' of shape [32] does not broadcast to [32,5]"}},
                 "matmul0");
  // A square stack, which would do without the transposition.
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {2, 4, 4}), y = b.floats("y", {2, 4, 4});
  const uint32_t w = b.constant("w", {4, 4}, DType::F32, Layout::RowMajor);
  b.command(Engine::Dsp, "product", {x, w}, y, MatMulParams{});
  expectRefusals(b.finish({x}, {y}),
                 {{[](Program &p) { params<MatMulParams>(p, "product").transposeA = true; },
                   "'x' has shape [2,4,4], expected rank 2"},
                  {[](Program &p) { params<MatMulParams>(p, "product").transposeB = true; },
                   "'x' has shape [2,4,4], expected rank 2"}});
}

TEST(VerifyNeighbours, DecodeOfOneBatch) {
  expectRefusals(completeProgram(),
                 {{[](Program &p) {
                     reshape(p, "boxes", {2, 160, 6});
                   },
                   "'boxes' has shape [2,160,6], expected [1,160,6]"}},
                 "decode0");
  // Strides and anchors below a pixel; a map that is not square.
  ProgramBuilder b;
  const uint32_t head = b.floats("head", {1, 8, 2, 3}), boxes = b.floats("boxes", {1, 6, 8});
  b.command(Engine::Dsp, "decode", {head}, boxes, YoloDecodeParams{1, 1, 2, {0.5f}, {0.25f, 0.5f}});
  const TestProgram test = b.finish({head}, {boxes});
  expectValid(test);
  expectRefusals(test, {{[](Program &p) {
                           reshape(p, "boxes", {1, 9, 8});
                         },
                         "expected [1,6,8]"},
                        {[](Program &p) { params<YoloDecodeParams>(p, "decode").strides = {0}; },
                         "strides are not all finite and above 0"},
                        {[](Program &p) {
                           params<YoloDecodeParams>(p, "decode").anchors[1] =
                               std::numeric_limits<float>::infinity();
                         },
                         "anchors are not all finite and above 0"}});
}

/// Suppression of 'x' [batch, rows, 5 + classes + masks], 20 boxes at most.
static TestProgram suppression(int32_t batch, int32_t rows, int32_t classes, int32_t masks) {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {batch, rows, 5 + classes + masks});
  const uint32_t y = b.floats("y", {20 * (6 + masks) + 1});
  return single(Engine::Dsp, b, x, y, NmsParams{classes, masks, {.maxDetections = 20}});
}

TEST(VerifyNeighbours, Suppression) {
  const auto options = [](Program &p) -> NmsOptions & {
    return params<NmsParams>(p, "command").options;
  };
  expectAccepted(suppression(1, 9, 2, 3),
                 {[](Program &) {}, [=](Program &p) { options(p).confidence = 0; },
                  [=](Program &p) { options(p).confidence = 1; },
                  [=](Program &p) { options(p).iou = 0; }, [=](Program &p) { options(p).iou = 1; },
                  [=](Program &p) { options(p).maxCandidates = 1; },
                  [=](Program &p) { options(p).maxCandidates = 1 << 20; },
                  [=](Program &p) {
                    options(p).maxDetections = 1;
                    reshape(p, "y", {10});
                  },
                  [=](Program &p) {
                    options(p).maxDetections = 1 << 20;
                    reshape(p, "y", {(1 << 20) * 9 + 1});
                  }});
  expectRefusals(
      suppression(1, 9, 2, 3),
      {{[=](Program &p) { options(p).confidence = 1.5f; }, "confidence is 1.5, expected 0 to 1"},
       {[=](Program &p) { options(p).iou = -0.5; }, "iou is -0.5, expected 0 to 1"},
       {[=](Program &p) { options(p).maxCandidates = (1 << 20) + 1; }, "candidates are at most"},
       {[=](Program &p) {
          options(p).maxDetections = (1 << 20) + 1;
          reshape(p, "y", {((1 << 20) + 1) * 9 + 1});
        },
        "detections are at most 1048577"},
       {[](Program &p) {
          reshape(p, "x", {2, 9, 10});
        },
        "'x' has shape [2,9,10], expected [1,n,10]"},
       {[](Program &p) {
          reshape(p, "x", {1, 9, 11});
        },
        "'x' has shape [1,9,11], expected [1,n,10]"}});
}

// Candidates are numbered in 32 bits: 2^20 classes leave room for 4096 rows.
TEST(VerifyNeighbours, AsManyCandidatesAsANumberHolds) {
  const Limits enough = {.arenaBytes = uint64_t(1) << 40, .work = uint64_t(1) << 60};
  EXPECT_EQ(verifyProgram(suppression(1, 4096, 1 << 20, 0).program, enough).message(), "");
  EXPECT_THAT(verifyProgram(suppression(1, 4097, 1 << 20, 0).program, enough).message(),
              ::testing::HasSubstr("n at most 4096"));
}

TEST(VerifyNeighbours, Tensors) {
  const auto zeroPoint = [](Program &p, DType dtype, int32_t value) {
    tensorNamed(p, "q").dtype = dtype;
    tensorNamed(p, "q").zeroPoint = value;
  };
  expectAccepted(smallProgram(), {[=](Program &p) { zeroPoint(p, DType::S8, 127); },
                                  [=](Program &p) { zeroPoint(p, DType::S8, -128); },
                                  [=](Program &p) { zeroPoint(p, DType::U8, 255); },
                                  [=](Program &p) { zeroPoint(p, DType::U8, 0); },
                                  [](Program &p) { p.cost.latencySeconds = 0; },
                                  [](Program &p) { p.cost.framesPerSecond = 0; }});
  expectRefusals(smallProgram(), {{[=](Program &p) { zeroPoint(p, DType::U8, 256); },
                                   "zero point is 256, expected 0 to 255"}});
  // 2^53 elements are a shape, if one too large for any memory; more are none.
  for (int32_t more : {0, 1}) {
    TestProgram test = smallProgram();
    Tensor &images = tensorNamed(test.program, "images");
    images.shape = {1 << 30, (1 << 23) + more};
    images.size = storedSize(images);
    EXPECT_THAT(verifyProgram(test.program).message(),
                ::testing::HasSubstr(more ? "a product up to 2^53" : "of the arena, which have"));
  }
}

} // namespace bst::testing
