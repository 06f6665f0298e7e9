// What a package may ask of its host. The work of the small programs is counted by hand.
#include "test_programs.h"

#include "runtime/package/format.h"
#include "runtime/package/package.h"
#include "runtime/verify/tile_flow.h"
#include "runtime/verify/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace bst::testing {

using ::testing::HasSubstr;

static void expectBeyond(const Program &program, const Limits &limits, const char *message) {
  const Status status = verifyProgram(program, limits);
  EXPECT_EQ(status.getCode(), StatusCode::Unsupported);
  EXPECT_EQ(status.message(), message);
}

static void expectWithin(const Program &program, const Limits &limits) {
  EXPECT_EQ(verifyProgram(program, limits).message(), "");
}

TEST(Limits, Arena) {
  const TestProgram test = smallProgram(); // 128 + 64 + 64 + 192 bytes.
  expectWithin(test.program, {.arenaBytes = 448});
  expectBeyond(test.program, {.arenaBytes = 447},
               "arena size is 448 bytes, at most 447 are allowed");
}

TEST(Limits, WorkOfARun) {
  // quantize reads 32 elements and writes 32; the convolution reads 32 + 54, computes 48 elements
  // of 18 products and a write, and takes 4 bands of 3 x 6 x 2; dequantize reads 48 and writes 48.
  constexpr uint64_t work = 64 + 86 + 48 * 19 + 4 * 36 + 96;
  const TestProgram test = smallProgram();
  expectWithin(test.program, {.work = work});
  expectBeyond(test.program, {.work = work - 1},
               "command 2 'dequantize0' (dequantize): up to here a run takes 1302 operations, at "
               "most 1301 are allowed");
}

/// A run of one command takes so much work, to the operation.
static void expectWork(const TestProgram &test, uint64_t work) {
  expectWithin(test.program, {.work = work});
  EXPECT_EQ(verifyProgram(test.program, {.work = work - 1}).getCode(), StatusCode::Unsupported);
}

TEST(Limits, WorkOfEachKind) {
  for (bool transposed : {false, true}) { // [2,3] * [3,5]: 10 elements of 3 products and a write.
    ProgramBuilder b;
    const uint32_t x = b.floats("x", transposed ? std::vector{3, 2} : std::vector{2, 3});
    const uint32_t w = b.constant("w", {3, 5}, DType::F32, Layout::RowMajor);
    const uint32_t y = b.floats("y", {2, 5});
    b.command(Engine::Dsp, "product", {x, w}, y, MatMulParams{transposed, false});
    expectWork(b.finish({x}, {y}), 6 + 15 + 10 * (3 + 1));
  }
  { // [2,3,4] * [4,5]: 30 elements of 4 products and a write.
    ProgramBuilder b;
    const uint32_t x = b.floats("x", {2, 3, 4}), y = b.floats("y", {2, 3, 5});
    const uint32_t w = b.constant("w", {4, 5}, DType::F32, Layout::RowMajor);
    b.command(Engine::Dsp, "product", {x, w}, y, MatMulParams{});
    expectWork(b.finish({x}, {y}), 24 + 20 + 30 * (4 + 1));
  }
  ProgramBuilder lrn; // 24 elements read; each of them 7 squares and a write.
  const uint32_t x = lrn.floats("x", {2, 3, 4}), y = lrn.floats("y", {2, 3, 4});
  lrn.command(Engine::Dsp, "lrn", {x}, y, LrnParams{.size = 7});
  expectWork(lrn.finish({x}, {y}), 24 + 24 * (7 + 1));
  ProgramBuilder relu; // Nothing but reading and writing.
  const uint32_t r = relu.floats("x", {2, 3}), s = relu.floats("y", {2, 3});
  relu.command(Engine::Dsp, "relu", {r}, s, FloatUnaryParams{UnaryFn::Relu});
  expectWork(relu.finish({r}, {s}), 6 + 6);
  // 10 rows of 2 classes are 20 candidates, each held against what is kept: 19 numbers come out.
  for (int32_t most : {20, 12}) {
    ProgramBuilder nms;
    const uint32_t boxes = nms.floats("boxes", {1, 10, 7}), kept = nms.floats("kept", {3 * 6 + 1});
    nms.command(Engine::Dsp, "nms", {boxes}, kept,
                NmsParams{2, 0, {.maxDetections = 3, .maxCandidates = most}});
    expectWork(nms.finish({boxes}, {kept}), 70 + 19 * (uint64_t(most) + 1));
  }
  // Two maps [4,5,6] in a batch under windows of 2 x 2, whose rows are two apart: bands of 3 rows
  // of 6 + 1 floats for each of 3 rows of the result.
  ProgramBuilder pool;
  const uint32_t m = pool.floats("x", {2, 4, 5, 6}), p = pool.floats("y", {2, 4, 3, 6});
  pool.command(Engine::Dsp, "pool", {m}, p,
               FloatPoolParams{PoolFn::Max, {2, 2, 1, 1, 0, 1, 0, 0, 2, 1}, false});
  expectWork(pool.finish({m}, {p}), 240 + 144 * (4 + 1) + (3 * 7 * 4 * 4) * (2 * 3));
}

TEST(Limits, WorkOfTileOperations) {
  // Bytes in and out of each operation, and 18 products per byte that the convolution writes.
  constexpr uint64_t conv = 192 + 396 + 128 + 128 * 18;
  constexpr uint64_t work = (128 + 256) + (192 + 192) + (396 + 396) + conv + (128 + 128) +
                            (192 + 192) + conv + (128 + 128) + (256 + 192);
  const TestProgram test = tiledProgram();
  expectWithin(test.program, {.work = work});
  expectBeyond(test.program, {.work = work - 1},
               "tiles: dsp operation 8 (command 2 'dequantize0'): up to here a run takes 8944 "
               "operations, at most 8943 are allowed");
}

TEST(Limits, BandsUnderAWindow) {
  // One element with 65536 columns of padding on both sides: 3 results, but rows of 131073 floats.
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {1, 1, 1, 1}), y = b.floats("y", {1, 1, 1, 3});
  const uint32_t w = b.constant("w", {1, 1, 1, 1}, DType::F32, Layout::RowMajor);
  FloatConvParams conv;
  conv.window.padLeft = conv.window.padRight = conv.window.strideW = 65536;
  b.command(Engine::Dsp, "conv0", {x, w}, y, conv);
  const TestProgram test = b.finish({x}, {y});
  expectWithin(test.program, {.arenaBytes = 131073 * 4});
  expectBeyond(test.program, {.arenaBytes = 131073 * 4 - 1},
               "command 0 'conv0' (float_conv): its window reads 524292 bytes for a row, at most "
               "524291 are allowed");
}

TEST(Limits, HugeShapesDoNotOverflow) {
  // 2^53 elements, in aliases that nothing needs memory for: refused by the arena, never wrapped.
  TestProgram test = smallProgram();
  reshape(test.program, "images", {1, 1 << 30, 1 << 11, 1 << 10});
  EXPECT_EQ(verifyProgram(test.program).getCode(), StatusCode::Unsupported);
}

TEST(Limits, InputsAndOutputs) {
  TestProgram test = smallProgram();
  test.program.inputs.assign(maxInterface + 1, test.program.inputs[0]);
  EXPECT_EQ(verifyProgram(test.program).message(), "has 1025 inputs, at most 1024");
  test = smallProgram();
  test.program.outputs.assign(maxInterface + 1, test.program.outputs[0]);
  EXPECT_EQ(verifyProgram(test.program).message(), "has 1025 outputs, at most 1024");
}

TEST(Limits, RangesThatTileOperationsTouch) {
  const TestProgram test = tiledProgram();
  uint64_t needed = 1;
  const auto lastOf = [&](uint64_t mostVisits) {
    TileFlow flow(test.program, mostVisits);
    for (uint32_t op = 0; op < test.program.tiles.ops.size(); ++op)
      if (Status status = flow.step(op); !status.ok())
        return status;
    return Status();
  };
  while (!lastOf(needed).ok())
    ASSERT_LT(++needed, 1000u);
  EXPECT_GT(needed, test.program.tiles.ops.size());
  EXPECT_THAT(lastOf(needed - 1).message(), HasSubstr("ranges of bytes, at most"));
}

TEST(Limits, ApplyWhenAPackageIsLoaded) {
  const std::vector<std::byte> bytes = packageOf(smallProgram().program);
  std::unique_ptr<Package> package;
  EXPECT_TRUE(Package::fromMemory(bytes, package, {.arenaBytes = 448}).ok());
  const Status status = Package::fromMemory(bytes, package, {.arenaBytes = 447});
  EXPECT_EQ(status.getCode(), StatusCode::Unsupported);
  EXPECT_THAT(status.message(), HasSubstr("package in memory: arena size is 448"));
}

static Status loadWithWeight(size_t at) {
  TestProgram test = smallProgram();
  test.weights = std::make_shared<std::vector<Block>>(*test.weights);
  test.program.weights = test.weights->front().bytes;
  (*test.weights)[at / 64].bytes[at % 64] ^= std::byte(0x55);
  std::unique_ptr<Package> package;
  return Package::fromMemory(packageOf(test.program), package);
}

TEST(Panels, AreFilledUpWithZeros) {
  // [3,2,3,3]: rows of 6 inputs in 2 quads of 4, for 16 lanes of which 3 are used.
  constexpr size_t quad = 64, lane = 4, row = 2 * quad;
  EXPECT_TRUE(loadWithWeight(0).ok());
  EXPECT_TRUE(loadWithWeight(2 * row + quad + 2 * lane + 1).ok());
  for (size_t fill : {quad + 2, 2 * row + quad + 2 * lane + 3, 3 * lane, row + quad + 15 * lane})
    EXPECT_EQ(loadWithWeight(fill).message(),
              "package in memory: tensor 2 'w': its panels are not filled up with zeros");
}

/// Panels of [outputs, inputs, rows, 1] with one byte set, in an unused constant.
static Status loadPanels(std::vector<int32_t> shape, size_t at, Storage storage) {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {4}), y = b.floats("y", {4});
  b.command(Engine::Dsp, "relu", {x}, y, FloatUnaryParams{UnaryFn::Relu});
  const uint32_t w = b.constant("w", std::move(shape), DType::S8, Layout::Panels);
  TestProgram test = b.finish({x}, {y});
  for (Block &block : *test.weights)
    block = {};
  (*test.weights)[at / 64].bytes[at % 64] = std::byte(1);
  if (storage == Storage::Arena) { // As large, in other memory: nothing to look at.
    Tensor &moved = test.program.tensors[w];
    moved.storage = storage;
    moved.offset = test.program.arenaSize;
    fitArena(test.program);
  }
  std::unique_ptr<Package> package;
  return Package::fromMemory(packageOf(test.program), package);
}

TEST(Panels, OfSeveralRowsAndPanels) {
  // [20,4,3,1]: 3 rows of a quad for the first 16 outputs, and for 4 more.
  constexpr size_t quad = 64, lane = 4, panel = 3 * quad;
  for (size_t used : {size_t(0), panel - 1, panel, panel + 4 * lane - 1, 2 * panel - quad + 3})
    EXPECT_TRUE(loadPanels({20, 4, 3, 1}, used, Storage::Weights).ok()) << used;
  for (size_t fill :
       {panel + 4 * lane, panel + quad - 1, 2 * panel - 1, 2 * panel - quad + 4 * lane})
    EXPECT_FALSE(loadPanels({20, 4, 3, 1}, fill, Storage::Weights).ok()) << fill;
  EXPECT_TRUE(loadPanels({20, 4, 3, 1}, panel + quad - 1, Storage::Arena).ok());
  // [32,3,2,1]: every quad has a fourth byte of fill, in both panels.
  for (size_t fill : {size_t(3), quad + 3, 2 * quad + 15 * lane + 3, 4 * quad - 1})
    EXPECT_FALSE(loadPanels({32, 3, 2, 1}, fill, Storage::Weights).ok()) << fill;
  EXPECT_TRUE(loadPanels({32, 3, 2, 1}, 4 * quad - 2, Storage::Weights).ok());
}

TEST(Panels, AreNotSharedByTooMany) {
  for (size_t copies : {15, 16}) { // Beside the original.
    TestProgram test = smallProgram();
    for (size_t i = 0; i < copies; ++i)
      test.program.tensors.push_back(tensorNamed(test.program, "w"));
    std::unique_ptr<Package> package;
    const Status status = Package::fromMemory(packageOf(test.program), package);
    EXPECT_EQ(status.ok(), copies == 15) << status.message();
    EXPECT_THAT(status.message(),
                HasSubstr(copies == 15 ? "" : "share their bytes more than 16 times"));
  }
}

} // namespace bst::testing
