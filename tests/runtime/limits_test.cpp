// What a package may ask of its host. The work of the small programs is counted by hand.
#include "test_programs.h"

#include "runtime/package.h"
#include "runtime/package_format.h"
#include "runtime/tile_flow.h"

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

TEST(Limits, WorkOfTileOperations) {
  // Bytes in and out of each operation, and 18 products a byte that the convolution writes.
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
