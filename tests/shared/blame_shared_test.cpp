// Faults in a real export, and none in correct ones.
#include "diagnose/blame/part_accuracy.h"
#include "diagnose/measure/measured_findings.h"
#include "frontend/import.h"
#include "vision/detect/network_input.h"
#include "vision/image/image_file.h"

#include "detectors/shared/nms_defaults.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::diagnose;

namespace {

Graph import(const std::string &name) {
  auto graph = importOnnxFile(BSTC_SHARED_DIR "/" + name);
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return std::move(*graph);
}

Dataset pictures(size_t limit) {
  DatasetOptions options;
  options.limit = limit;
  auto dataset = readDataset(BSTC_SHARED_DIR "/images/coco108", options);
  EXPECT_TRUE(bool(dataset)) << llvm::toString(dataset.takeError());
  return std::move(*dataset);
}

std::vector<Finding> find(const Graph &graph, const Graph *reference) {
  auto measurement = Measurement::create(graph, reference);
  EXPECT_TRUE(bool(measurement)) << llvm::toString(measurement.takeError());
  const ArrayType &type = graph.inputs()[0]->type;
  Measures sum;
  for (const LabelledImage &image : pictures(3).images) {
    auto picture = readImage(image.path);
    EXPECT_TRUE(bool(picture));
    const Letterbox letterbox =
        letterboxToDetect(picture->width, picture->height, int(type.shape[3]), int(type.shape[2]));
    auto data = std::make_shared<TensorData>(type);
    const llvm::MutableArrayRef<float> elements = data->mutableValues<float>();
    writeInput(letterbox, *picture, inputFormat(), {elements.data(), elements.size()});
    auto measures = (*measurement)->measure({data});
    EXPECT_TRUE(bool(measures)) << llvm::toString(measures.takeError());
    sum.add(*measures);
  }
  return findInMeasures(**measurement, sum);
}

} // namespace

TEST(BlameShared, CorrectExportsHaveNoWarning) {
  const Graph reference = import("models/yolov5n_relu_fp32_320.onnx");
  for (const char *name : {"qat/c00_correct_relu_s8.onnx", "models/yolov5n_relu_qat_s8_320.onnx"})
    for (const Finding &finding : find(import(name), &reference))
      EXPECT_EQ(finding.severity, Severity::Note) << name << ": " << finding.text;
}

/// The P3 head at a quarter of its range, as shared/qat/plant.py plants it.
TEST(BlameShared, AHeadThatSaturatesIsNamed) {
  Graph graph = import("qat/c00_correct_relu_s8.onnx");
  auto network = readNetwork(graph);
  ASSERT_TRUE(bool(network)) << llvm::toString(network.takeError());
  const Layer *head = network->find("model.24.m.0");
  ASSERT_TRUE(head);
  const int index = int(head - network->layers.data());
  const std::string quantise = network->pairsBehind(index).front()->quantize;
  Value *scale = nullptr;
  for (const auto &node : graph.nodes()) {
    const bool reads = node->op == OpKind::Dequantize && node->input(0)->producer() &&
                       node->input(0)->producer()->name == quantise;
    if (node->name != quantise && !reads)
      continue;
    if (!scale) {
      const float planted = network->pairsBehind(index).front()->written.scale() / 4;
      scale = graph.addConstant(
          "planted", TensorData::make<float>(ArrayType{ElementType::F32, {1}}, {planted}));
    }
    node->setInput(1, scale);
  }
  const std::vector<Finding> findings = find(graph, nullptr);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::TensorSaturates);
  EXPECT_EQ(findings.front().layer, "model.24.m.0");
  EXPECT_EQ(findings.front().severity, Severity::Error);
}

/// Quantised and float figures are those of qat/README.md; a head in float changes nothing before
/// it.
TEST(BlameShared, AccuracyOfPartsGoesWithThatOfTheWhole) {
  CompileOptions options;
  options.cost = options.fidelity = false;
  auto compilation = compileFile(BSTC_SHARED_DIR "/qat/c00_correct_relu_s8.onnx", options);
  ASSERT_TRUE(bool(compilation)) << llvm::toString(compilation.takeError());
  auto package = openInMemory(compilation->package);
  ASSERT_TRUE(bool(package));
  auto network = RunnableNetwork::create(*compilation);
  ASSERT_TRUE(bool(network));
  auto contract = detectorContract((*network)->program());
  ASSERT_TRUE(bool(contract));
  auto read = readNetwork(compilation->imported);
  ASSERT_TRUE(bool(read));
  std::vector<PartPlan> plans;
  for (const Part &part : layerParts(*read))
    if (part.name == "model.24.m.1" || part.name == "model.5") {
      auto plan = planPart(**network, part);
      ASSERT_TRUE(bool(plan));
      plans.push_back(std::move(*plan));
    }
  ASSERT_EQ(plans.size(), 2u);
  const Graph floats = import("models/yolov5n_relu_fp32_320.onnx");
  const Dataset dataset = pictures(SIZE_MAX);
  const AccuracyRuns runs = {network->get(), &*package, &*contract, &floats, plans};
  PartsAccuracyOptions how;
  how.nms = evaluationNms;
  how.threads = 2;
  auto accuracy = measureParts(runs, dataset, how);
  ASSERT_TRUE(bool(accuracy)) << llvm::toString(accuracy.takeError());
  EXPECT_EQ(accuracy->pictures, 108u);
  EXPECT_NEAR(accuracy->quantised.map50, 0.325, 0.0015);
  EXPECT_NEAR(accuracy->quantised.map, 0.180, 0.0015);
  EXPECT_NEAR(accuracy->allFloat->map50, 0.327, 0.0015);
  EXPECT_NEAR(accuracy->allFloat->map, 0.186, 0.0015);
  for (const Score &score : accuracy->parts) {
    EXPECT_NEAR(score.map50, accuracy->quantised.map50, 0.01);
    EXPECT_NE(score.map, accuracy->quantised.map);
  }
}
