// Classification networks without QDQ: they import, run, and are placed as if they were int8.

#include "driver/compile.h"
#include "frontend/evaluate.h"
#include "frontend/import.h"
#include "frontend/tensor_import.h"

#include "llvm/ADT/StringRef.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <fstream>
#include <map>

using namespace bstc;

namespace {

/// Commands of the network as if int8. `grown` are average pools and convolutions that stand for
/// other operators of the file.
struct Network {
  const char *file;
  int conv, edp, dsp;
};

/// Convolutions: those of the file, its fully connected layers and, in DenseNet, the 62
/// BatchNormalizations that follow a concatenation or a pool. EDP: pools, concatenations, sums,
/// ReLUs that follow a concatenation (ShuffleNet). DSP: quantiser and dequantiser, Softmax; two LRN
/// or 16 transpositions of ShuffleNet's channel shuffle with a pair of their own.
constexpr Network networks[] = {
    {"shapes/resnet50", 54, 18, 2},          {"shapes/vgg16", 16, 5, 2},
    {"shapes/googlenet", 58, 23, 2},         {"shapes/inception_v3", 95, 25, 2},
    {"shapes/squeezenet1_1", 26, 12, 2},     {"shapes/mobilenet_v1", 28, 1, 2},
    {"light/light_bvlc_alexnet", 8, 3, 9},   {"light/light_densenet121", 183, 63, 2},
    {"light/light_inception_v1", 58, 23, 9}, {"light/light_inception_v2", 70, 23, 3},
    {"light/light_resnet50", 54, 18, 3},     {"light/light_shufflenet", 50, 24, 51},
    {"light/light_squeezenet", 26, 12, 3},   {"light/light_vgg19", 19, 5, 3},
    {"light/light_zfnet512", 8, 3, 9},
};

std::string pathOf(const std::string &file) { return BSTC_SHARED_DIR "/models/" + file + ".onnx"; }

Graph importFile(const std::string &file) {
  auto graph = importOnnxFile(pathOf(file));
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return std::move(*graph);
}

/// GOPs of truth/dpu_b4096_kv260.csv by file; an operation is half a MAC.
std::map<std::string, double> publishedGops() {
  std::map<std::string, double> gops;
  std::ifstream stream(BSTC_SHARED_DIR "/truth/dpu_b4096_kv260.csv");
  for (std::string line; std::getline(stream, line);) {
    llvm::SmallVector<llvm::StringRef, 8> cells;
    llvm::StringRef(line).split(cells, ',');
    double value = 0;
    if (cells.size() > 3 && cells[1].consume_front("models/") && cells[1].consume_back(".onnx") &&
        !cells[3].getAsDouble(value))
      gops[cells[1].str()] = value;
  }
  return gops;
}

class Classification : public testing::TestWithParam<Network> {};

} // namespace

TEST_P(Classification, IsPlacedOnTheInt8EnginesAsIfInt8) {
  const Network &network = GetParam();
  CompileOptions options;
  options.assumeInt8 = true;
  auto c = compile(importFile(network.file), options);
  ASSERT_TRUE(bool(c)) << llvm::toString(c.takeError());
  std::map<bst::Engine, int> commands;
  double macs = 0;
  for (const bst::Command &command : c->compiled->program.commands)
    ++commands[command.engine];
  macs = double(c->cost.macs);
  EXPECT_EQ(commands[bst::Engine::Maca], network.conv);
  EXPECT_EQ(commands[bst::Engine::Edp], network.edp);
  EXPECT_EQ(commands[bst::Engine::Dsp], network.dsp);
  static const std::map<std::string, double> published = publishedGops();
  if (llvm::StringRef(network.file).startswith("shapes/")) {
    ASSERT_TRUE(published.count(network.file));
    EXPECT_NEAR(2e-9 * macs / published.at(network.file), 1, 0.02);
  }
}

TEST_P(Classification, CompilesInFloat) {
  CompileOptions options;
  options.fidelity = false;
  auto c = compile(importFile(GetParam().file), options);
  ASSERT_TRUE(bool(c)) << llvm::toString(c.takeError());
  for (const bst::Command &command : c->compiled->program.commands)
    EXPECT_EQ(command.engine, bst::Engine::Dsp);
}

INSTANTIATE_TEST_SUITE_P(Shared, Classification, testing::ValuesIn(networks), [](const auto &info) {
  std::string name = info.param.file;
  return name.substr(name.find('/') + 1);
});

/// ONNX's backend test runner feeds these models element i of n as i / n. Weights are constants, so
/// that only DenseNet, which has no Softmax, has outputs that say much.
TEST(SharedLight, EvaluatorGivesTheOutputsOfTheSuite) {
  for (const char *name : {"light_bvlc_alexnet", "light_densenet121", "light_inception_v1",
                           "light_inception_v2", "light_resnet50", "light_shufflenet",
                           "light_squeezenet", "light_vgg19", "light_zfnet512"}) {
    SCOPED_TRACE(name);
    Graph graph = importFile(std::string("light/") + name);
    auto input = std::make_shared<TensorData>(graph.inputs()[0]->type);
    double count = double(input->type.count());
    int64_t i = 0;
    for (float &value : input->mutableValues<float>())
      value = float(double(i++) / count);
    auto outputs = evaluate(graph, {input});
    ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
    onnx::TensorProto proto;
    std::ifstream stream(std::string(BSTC_SHARED_DIR "/models/light/") + name + "_output_0.pb",
                         std::ios::binary);
    ASSERT_TRUE(proto.ParseFromIstream(&stream));
    TensorDataRef expected = llvm::cantFail(importTensor(proto));
    ASSERT_EQ((*outputs)[0]->type, expected->type);
    for (int64_t k = 0; k < expected->type.count(); ++k)
      ASSERT_NEAR((*outputs)[0]->at(k), expected->at(k), 1e-7 + 1e-3 * std::fabs(expected->at(k)));
  }
}

/// The float kernels against the evaluator, layer by layer: LRN, padding and pools of every form.
TEST(SharedLight, DspComputesWhatTheEvaluatorDoes) {
  for (const char *name :
       {"light/light_bvlc_alexnet", "light/light_densenet121", "light/light_shufflenet",
        "shapes/inception_v3", "shapes/mobilenet_v1", "shapes/squeezenet1_1"}) {
    SCOPED_TRACE(name);
    auto c = compile(importFile(name), {});
    ASSERT_TRUE(bool(c)) << llvm::toString(c.takeError());
    ASSERT_TRUE(c->fidelity);
    for (const TensorFidelity &tensor : c->fidelity->tensors)
      EXPECT_LE(tensor.maxDifference, 1e-4) << tensor.tensor;
  }
}
