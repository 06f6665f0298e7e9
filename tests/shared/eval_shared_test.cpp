// Accuracy on real photographs against what YOLOv5's own val.py measured for the same weights
// (models/README.md, rounded to three digits).

#include "driver/package_run.h"
#include "tools/bstc/eval/eval_run.h"

#include <gtest/gtest.h>

using namespace bstc;

namespace {

struct Measured {
  const char *model;
  double map50, map, tolerance;
};

/// Float networks agree to the last digit that is published, and the bound is that of the project;
/// rounding the same int8 weights in another order moves single detections.
constexpr double floats = 0.005, quantised = 0.015;

class EvalShared : public testing::TestWithParam<Measured> {
protected:
  static Accuracy evaluate(const std::string &name, const std::string &split) {
    const std::string path = BSTC_SHARED_DIR "/models/yolov5n_" + name + ".onnx";
    DatasetOptions options;
    options.split = split;
    auto dataset = readDataset(BSTC_SHARED_DIR "/images/coco108/coco108.yaml", options);
    EXPECT_TRUE(bool(dataset)) << llvm::toString(dataset.takeError());
    CompileOptions compile;
    compile.fidelity = false;
    auto model = loadModel(path, compile);
    EXPECT_TRUE(bool(model)) << llvm::toString(model.takeError());
    auto contract = detectorContract(model->program());
    EXPECT_TRUE(bool(contract)) << llvm::toString(contract.takeError());
    std::vector<EvaluatedModel> models;
    models.push_back({path, std::move(*model), *contract});
    EvalRunOptions run;
    run.threads = 2;
    EvalReport report;
    llvm::Expected<bstrt::Device> device = openSimulator();
    EXPECT_TRUE(bool(device)) << llvm::toString(device.takeError());
    llvm::Error error = runEvaluation(models, *device, *dataset, run, report);
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
    return report.models.at(0).boxes;
  }
};

} // namespace

/// The 20 pictures that no training saw: `heldout.txt`, which the dataset names as "val".
TEST_P(EvalShared, AgreesWithYolov5OnTheHeldOutPictures) {
  const auto &[model, map50, map, tolerance] = GetParam();
  const Accuracy accuracy = evaluate(model, "");
  EXPECT_EQ(accuracy.labels, 154u);
  EXPECT_NEAR(accuracy.map50, map50, tolerance);
  EXPECT_NEAR(accuracy.map, map, tolerance);
}

INSTANTIATE_TEST_SUITE_P(Models, EvalShared,
                         testing::Values(Measured{"silu_fp32_640", 0.595, 0.420, floats},
                                         Measured{"silu_fp32_320", 0.543, 0.369, floats},
                                         Measured{"relu_fp32_320", 0.319, 0.204, floats},
                                         Measured{"silu_qat_s8_640", 0.597, 0.396, quantised},
                                         Measured{"relu_qat_s8_640", 0.349, 0.205, quantised},
                                         Measured{"relu_qat_u8_640", 0.363, 0.207, quantised},
                                         Measured{"relu_qat_s8_bnraw_640", 0.378, 0.218,
                                                  quantised}),
                         [](const auto &info) { return std::string(info.param.model); });

/// An export with additions where the network has none: half of the accuracy is gone.
TEST_F(EvalShared, FindsTheMistakenExport) {
  const Accuracy accuracy = evaluate("silu_addbug_fp32_320", "all.txt");
  EXPECT_EQ(accuracy.labels, 872u);
  EXPECT_NEAR(accuracy.map50, 0.205, floats);
  EXPECT_NEAR(accuracy.map, 0.096, floats);
}
