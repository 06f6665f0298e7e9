// A package on another device: planned again as a compilation would, refused where its commands
// would be others.
#include "partitioner/cost.h"
#include "partitioner/plan_choice.h"
#include "partitioner/retile.h"
#include "tests/partitioner/random_program.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace bstc::test {
namespace {

using testing::HasSubstr;

Target targetOf(int64_t dataBytes, int64_t weightBytes = 1 << 20) {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  target.maca.dataMemoryBytes = dataBytes;
  target.maca.weightMemoryBytes = weightBytes;
  return target;
}

/// What schedule() does with commands in order, with the roots that the generator knows.
llvm::Error plan(bst::Program &program, llvm::ArrayRef<uint32_t> roots, const Target &target) {
  llvm::Expected<TilePlan> chosen = choosePlan(program, roots, target);
  if (!chosen)
    return chosen.takeError();
  applyPlan(program, roots, *chosen, target);
  return llvm::Error::success();
}

/// Random programs of a test: a third of them under the sanitizers, which set BSTC_TEST_PROBLEMS.
unsigned shareOf(unsigned programs) {
  return std::getenv("BSTC_TEST_PROBLEMS") ? programs / 3 : programs;
}

TEST(Retile, GivesWhatACompilationWouldGive) {
  size_t planned = 0, different = 0;
  const unsigned programs = shareOf(30);
  for (unsigned seed = 0; seed < programs; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const RandomProgram made = randomProgram(seed);
    Target other = targetOf(seed % 2 ? 40 << 10 : 100 << 10, 60 << 10);
    other.maca.fusedAdd = seed % 3 == 0;
    other.maca.outChannelQuantum = seed % 5 ? 16 : 32;
    bst::Program first = made.program, second = made.program;
    if (llvm::Error error = llvm::joinErrors(plan(first, made.roots, targetOf(1 << 20)),
                                             plan(second, made.roots, other))) {
      llvm::consumeError(std::move(error));
      continue;
    }
    ++planned;
    different += first.tiles.ops.size() != second.tiles.ops.size();
    llvm::Expected<bst::Program> again = retile(first, other);
    ASSERT_TRUE(bool(again));
    EXPECT_TRUE(again->tiles == second.tiles);
    EXPECT_EQ(again->arenaSize, second.arenaSize);
    EXPECT_EQ(again->arenaLowerBound, second.arenaLowerBound);
    for (const bst::Command &command : second.commands)
      for (uint32_t tensor : command.inputs)
        EXPECT_EQ(again->tensors[tensor].offset, second.tensors[tensor].offset) << tensor;
    EXPECT_TRUE(again->commands == first.commands);
  }
  EXPECT_GE(planned, programs / 2);
  EXPECT_GE(different, programs / 3);
}

TEST(Retile, SaysWhatDoesNotFit) {
  const RandomProgram made = randomProgram(3);
  llvm::Expected<bst::Program> again = retile(made.program, targetOf(64, 64));
  ASSERT_FALSE(bool(again));
  EXPECT_THAT(llvm::toString(again.takeError()), HasSubstr("does not fit into the"));
}

bst::Tensor map(std::vector<int32_t> shape) {
  bst::Tensor tensor;
  tensor.dtype = bst::DType::S8;
  tensor.layout = bst::Layout::Nhwc;
  tensor.shape = std::move(shape);
  tensor.size = elementCount(tensor);
  return tensor;
}

/// DSP quantises a 3 x 8 x 8 image, in blocks or not; MACA reads it with a window.
bst::Program stem(bst::Window window, int32_t block = 1, int32_t channels = 3) {
  bst::Program program;
  program.tensors = {map({1, channels, 8, 8}),
                     map({1, channels * block * block, 8 / block, 8 / block}), map({1, 4, 4, 4}),
                     map({4, channels, 2, 2})};
  program.tensors[3].storage = bst::Storage::Weights;
  bst::ConvParams conv;
  conv.window = window;
  program.commands = {{bst::Engine::Dsp, "quantise", {0}, {1}, {}, bst::QuantizeParams{block}},
                      {bst::Engine::Maca, "stem", {1, 3}, {2}, {}, conv}};
  program.inputs = {0};
  program.outputs = {2};
  for (size_t i = 0; i < 3; ++i)
    program.tensors[i].offset = 1024 * i;
  return program;
}

bst::Window window(int32_t kernel, int32_t stride, int32_t pad = 0) {
  bst::Window w;
  w.kernelH = w.kernelW = kernel;
  w.strideH = w.strideW = stride;
  w.padTop = w.padLeft = w.padBottom = w.padRight = pad;
  return w;
}

Target host(bool isHost) {
  Target target = targetOf(1 << 20);
  target.dsp.host = isHost;
  return target;
}

TEST(OtherCommands, OfADeviceWithoutEdp) {
  bst::Program program = stem(window(3, 1, 1));
  Target target = targetOf(1 << 20);
  target.edp.present = false;
  EXPECT_EQ(whyOtherCommands(program, target), "");
  program.commands[1].engine = bst::Engine::Edp;
  EXPECT_EQ(whyOtherCommands(program, targetOf(1 << 20)), "");
  EXPECT_THAT(whyOtherCommands(program, target), HasSubstr("has 1 command on EDP, which the device "
                                                           "does not have"));
}

/// A host hands the image over as it is; a DSP of the chip writes blocks of positions where the
/// first convolution can read them. (YOLOv5: 6 x 6, stride 2, pads 2.)
TEST(OtherCommands, OfAHostInPlaceOfADsp) {
  const bst::Program blocks = stem(window(3, 1, 1), 2), plain = stem(window(6, 2, 2));
  EXPECT_EQ(whyOtherCommands(blocks, host(false)), "");
  EXPECT_EQ(whyOtherCommands(plain, host(true)), "");
  EXPECT_THAT(whyOtherCommands(blocks, host(true)), HasSubstr("in blocks of positions"));
  EXPECT_THAT(whyOtherCommands(plain, host(false)), HasSubstr("as a host hands it over"));
}

/// The same stems, each with one thing that the compiler asks for missing, are the same on both.
TEST(OtherCommands, OfStemsThatAreNeverReadInBlocks) {
  const auto expectSame = [](const bst::Program &program, const char *what) {
    EXPECT_EQ(whyOtherCommands(program, host(false)), "") << what;
    EXPECT_EQ(whyOtherCommands(program, host(true)), "") << what;
  };
  expectSame(stem(window(6, 1, 2)), "no stride");
  expectSame(stem(window(7, 2, 2)), "a window of 7 in strides of 2");
  expectSame(stem(window(6, 2, 3)), "pads of 3 in strides of 2");
  expectSame(stem(window(6, 2, 2), 1, 5), "20 channels in a block");
  bst::Program program = stem(window(6, 2, 2));
  std::get<bst::ConvParams>(program.commands[1].params).window.strideW = 1;
  expectSame(program, "two strides");
  program = stem(window(6, 2, 2));
  std::get<bst::ConvParams>(program.commands[1].params).window.dilationH = 2;
  expectSame(program, "dilated");
  program = stem(window(6, 2, 2));
  std::get<bst::ConvParams>(program.commands[1].params).groups = 3;
  expectSame(program, "grouped");
  program = stem(window(6, 2, 2));
  program.tensors[1].shape = {1, 3, 7, 8};
  expectSame(program, "7 rows");
  program = stem(window(6, 2, 2));
  program.outputs.push_back(1);
  expectSame(program, "the image has another reader");
  program = stem(window(6, 2, 2));
  program.commands[0].params = bst::DequantizeParams{};
  expectSame(program, "nothing quantises");
}

/// A program of random commands with its tiles, and a device with a range for its data memory.
TEST(Ranges, OverMemoriesPlanAgain) {
  size_t moved = 0;
  for (unsigned seed = 0; seed < shareOf(12); ++seed) {
    const RandomProgram made = randomProgram(seed);
    Target target = targetOf(400 << 10);
    bst::Program program = made.program;
    if (llvm::Error error = plan(program, made.roots, target)) {
      llvm::consumeError(std::move(error));
      continue;
    }
    size_t index = 0;
    for (size_t i = 0; i < target.fields.size(); ++i) {
      TargetField &field = target.fields[i];
      field.low = field.high = field.value;
      if (field.key == "maca.data_memory_bytes") {
        index = i;
        field.value = 400 << 10;
        field.low = 30 << 10;
        field.high = 400 << 10;
      }
    }
    EXPECT_EQ(target.fields[index].decides, Decides::Tiles);
    const CostReport report = predictCost(program, target);
    const FpsRange range = predictRange(program, target, report);
    bst::Program small = made.program;
    Target less = targetOf(30 << 10);
    if (llvm::Error error = plan(small, made.roots, less)) {
      // It does not run with that little: 0 FPS, and why.
      const std::string why = llvm::toString(std::move(error));
      ASSERT_EQ(range.effects.size(), 1u);
      EXPECT_EQ(range.effects[0].refusal, why);
      EXPECT_EQ(range.effects[0].low, 0);
      EXPECT_EQ(range.low, 0);
      EXPECT_EQ(range.high, report.framesPerSecond);
      continue;
    }
    const double fps = predictCost(small, less).framesPerSecond;
    if (std::abs(fps / report.framesPerSecond - 1) <= 1e-3)
      continue;
    ++moved;
    ASSERT_EQ(range.effects.size(), 1u) << seed;
    EXPECT_NEAR(range.effects[0].low, fps, 1e-9 * fps) << seed;
    EXPECT_EQ(range.effects[0].high, report.framesPerSecond);
    EXPECT_EQ(range.effects[0].refusal, "");
  }
  EXPECT_GE(moved, 2u);
}

} // namespace
} // namespace bstc::test
