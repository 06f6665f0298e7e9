// Real YOLOv5n exports, tile by tile through the memories of bst-a1000b0.
#include "runtime/package/package.h"
#include "tests/support/networks.h"
#include "tests/support/strict.h"

#include <gmock/gmock.h>

using namespace bstc;

namespace {

class StrictExport : public testing::TestWithParam<const char *> {};

} // namespace

TEST_P(StrictExport, EqualsTheFastPath) {
  CompileOptions options;
  options.fidelity = false;
  auto compilation =
      compileFile(std::string(BSTC_SHARED_DIR "/models/") + GetParam() + ".onnx", options);
  ASSERT_TRUE(bool(compilation)) << llvm::toString(compilation.takeError());
  std::unique_ptr<bst::Package> package;
  ASSERT_TRUE(bst::Package::fromMemory(compilation->package, package).ok());
  const bst::Program &program = package->program();
  bst::testing::expectStrictEqualsFast(program);
  // Maps stay on chip: at most two thirds of what moves layer by layer, and arena close to the
  // bound.
  EXPECT_LE(3 * (compilation->cost.dramRead + compilation->cost.dramWrite),
            2 * layerTraffic(program, compilation->target));
  EXPECT_LE(double(program.arenaSize), 1.05 * double(program.arenaLowerBound));
}

INSTANTIATE_TEST_SUITE_P(Shared, StrictExport,
                         testing::Values("yolov5n_relu_qat_s8_320", "yolov5n_relu_qat_s8_640",
                                         "yolov5n_relu_qat_u8_640", "yolov5n_relu_qat_affine_640",
                                         "yolov5n_relu_qat_s8_bnraw_640", "yolov5n_silu_qat_s8_640",
                                         "yolov5n_seg_relu_qat_s8_640"),
                         [](const auto &info) { return std::string(info.param); });
