// The lower bound of small networks, worked out by hand: a cycle is a microsecond, 16 MAC, 2 bytes
// of EDP, 4 bytes of DRAM in each direction a microsecond.
#include "partitioner/cost.h"
#include "tests/cost/small_program.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

constexpr double us = 1e-6;

/// 10 x 10 pixels of 8 channels from 3x3 x 8: 57,600 MACs. 800 bytes in, 576 of weights (panels: 3
/// rows of 6 quads for 16 channels, 1152), 800 out.
TEST(LowerBound, OfAConvolution) {
  const LowerBound least = lowerBoundOf(tiledConvolution(), microsecondTarget());
  EXPECT_NEAR(least.maca, 3600 * us, 1e-9 * us);
  EXPECT_EQ(least.edp, 0);
  EXPECT_EQ(least.dramBytes, 800u + 1152 + 800);
  EXPECT_NEAR(least.dram, (800 + 1152) / 4.0 * us, 1e-9 * us);
  EXPECT_EQ(least.seconds(), least.maca);
}

TEST(LowerBound, CountsQuantaAndStrides) {
  Target target = microsecondTarget();
  target.maca.pixelQuantum = 64;                                     // 100 pixels are 128,
  target.maca.outChannelQuantum = target.maca.inChannelQuantum = 16; // 8 channels 16.
  EXPECT_NEAR(lowerBoundOf(tiledConvolution(), target).maca, 128 * 16 * 16 * 9 / 16 * us,
              1e-9 * us);
  target.maca.strideFactor = 2;
  target.device.cores = 2;
  bst::Program strided = convProgram(8, 8, 3, 2, 10);
  EXPECT_NEAR(lowerBoundOf(strided, target).maca, 2 * 128 * 16 * 16 * 9 / 16 / 2 * us, 1e-9 * us);
}

/// Halos and starts are the schedule's.
TEST(LowerBound, DoesNotDependOnTheTiles) {
  bst::Program program = tiledConvolution();
  const double whole = lowerBoundOf(program, microsecondTarget()).seconds();
  program.tiles.ops[2].output.part = {0, 6, 0, 8};
  program.tiles.ops.push_back(program.tiles.ops[2]);
  program.tiles.ops.back().output.part = {4, 6, 0, 8};
  EXPECT_EQ(lowerBoundOf(program, microsecondTarget()).seconds(), whole);
  const CostReport report = predictCost(program, microsecondTarget());
  EXPECT_EQ(report.least.seconds(), whole);
  EXPECT_NEAR(report.shareOfLeast, whole * report.framesPerSecond, 1e-12);
  EXPECT_LT(report.shareOfLeast, 3600.0 / 4320); // 12 of 10 rows are computed.
}

TEST(LowerBound, OfATable) {
  Target target = microsecondTarget();
  target.maca.macsPerCycle = 1000000;
  const LowerBound least = lowerBoundOf(tiledConvolutionAndTable(), target);
  EXPECT_NEAR(least.edp, 400 * us, 1e-9 * us); // 800 values.
  // One that rides on the convolution bounds that instead.
  target.maca.fusedTableBytesPerCycle = 4;
  const LowerBound riding = lowerBoundOf(tiledConvolutionAndTable(), target);
  EXPECT_EQ(riding.edp, 0);
  EXPECT_NEAR(riding.maca, 200 * us, 1e-9 * us);
}

/// Of a concatenation of three maps of 800 bytes, what a convolution makes, and what is only
/// copied, is written in place.
TEST(LowerBound, OfAConcatenation) {
  bst::Program program = tiledConvolution(); // Tensor 2.
  bst::Tensor map = program.tensors[2], all = map;
  all.shape[1] *= 3;
  all.size *= 3;
  program.tensors.insert(program.tensors.end(), {map, map, all}); // 3, 4, and the result 5.
  bst::Command concat;
  concat.engine = bst::Engine::Edp;
  concat.inputs = {2, 3, 4};
  concat.outputs = {5};
  const auto least = [&](std::vector<bool> copy) {
    bst::ConcatParams params;
    params.axis = 1;
    params.copy.assign(copy.begin(), copy.end());
    params.requant.resize(3);
    concat.params = params;
    bst::Program joined = program;
    joined.commands.push_back(concat);
    return lowerBoundOf(joined, microsecondTarget()).edp;
  };
  EXPECT_EQ(least({true, true, true}), 0);
  EXPECT_EQ(least({false, true, true}), 0);
  EXPECT_NEAR(least({false, true, false}), 400 * us, 1e-9 * us);
  EXPECT_NEAR(least({false, false, false}), 800 * us, 1e-9 * us);
}

/// What DSP does with floats is left out, and integers that it makes floats of leave as they are.
TEST(LowerBound, IsThatOfTheDeployedForm) {
  bst::Program program = tiledConvolution();
  appendDequantize(program);
  EXPECT_EQ(lowerBoundOf(program, microsecondTarget()).dramBytes, 800u + 1152 + 800);
  // A float picture that is only quantised comes as bytes.
  bst::Tensor picture = program.tensors[0];
  picture.dtype = bst::DType::F32;
  picture.layout = bst::Layout::RowMajor;
  picture.size *= 4;
  program.tensors.push_back(picture);
  bst::Command quantise;
  quantise.inputs = {uint32_t(program.tensors.size() - 1)};
  quantise.outputs = {0};
  quantise.params = bst::QuantizeParams{};
  program.inputs = quantise.inputs;
  program.commands.insert(program.commands.begin(), quantise);
  EXPECT_EQ(lowerBoundOf(program, microsecondTarget()).dramBytes, 800u + 1152 + 800);
}

/// At most 5 rows of 6 numbers and 2 coefficients, and their count; and the integers of 8
/// prototypes.
TEST(LowerBound, OfADetectorWritesBoxes) {
  bst::Program program = tiledConvolution();
  program.decode.kind = "yolov5-segment";
  program.decode.masks = 2;
  program.decode.nms.maxDetections = 5;
  EXPECT_EQ(lowerBoundOf(program, microsecondTarget()).dramBytes, 800u + 1152 + 5 * 8 * 4 + 4);
  // A small table is less than its boxes.
  program.decode.nms.maxDetections = 300;
  EXPECT_EQ(lowerBoundOf(program, microsecondTarget()).dramBytes, 800u + 1152 + 800);
  program.decode.nms.maxDetections = 5;
  program.outputs = {2, 2};
  program.decode.prototypes = 1;
  EXPECT_EQ(lowerBoundOf(program, microsecondTarget()).dramBytes,
            800u + 1152 + 5 * 8 * 4 + 4 + 800);
}

} // namespace
} // namespace bstc
