// Against outputs that ONNX Runtime recorded for zoo models (tests/data/zoo/README.md).

#include "frontend/evaluate.h"
#include "runtime/package/package.h"
#include "tests/support/networks.h"
#include "tests/support/npy.h"
#include "tests/support/sessions.h"

#include <cmath>
#include <cstring>

using namespace bstc;
using namespace bstc::test;

static TensorDataRef recordedInput(const Graph &graph) {
  auto data = std::make_shared<TensorData>(graph.inputs()[0]->type);
  auto values = data->mutableValues<float>();
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(double((i * 7919 + 13) % 256) / 255);
  return data;
}

/// Boxes (columns 0 to 3) in pixels, everything else as a score. The logits of random weights are
/// large, so sums in another order move a box of hundreds of pixels by 1e-5 of its size.
static void expectClose(llvm::ArrayRef<float> actual, const std::vector<float> &expected,
                        size_t columns, double pixels, double score) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    bool box = columns > 4 && i % columns < 4;
    double allowed = (box ? pixels : score) + 1e-5 * std::fabs(double(expected[i]));
    ASSERT_NEAR(actual[i], expected[i], allowed) << "element " << i;
  }
}

static ZooOptions segment() {
  ZooOptions options = smallZoo(ZooOptions::Quant::Float);
  options.activation = ZooOptions::Activation::Silu;
  options.task = ZooOptions::Task::Segment;
  return options;
}

static std::vector<TensorDataRef> evaluated(const Graph &graph) {
  auto outputs = evaluate(graph, {recordedInput(graph)});
  EXPECT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  return std::move(*outputs);
}

TEST(Recorded, EvaluatorOnFloatDetect) {
  auto outputs = evaluated(zooGraph(smallZoo(ZooOptions::Quant::Float)));
  expectClose(outputs[0]->values<float>(),
              readNpy("data/zoo/yolov5n_relu_detect_float_64.output0.npy"), 85, 2e-3, 2e-5);
}

TEST(Recorded, EvaluatorOnFloatSegment) {
  auto outputs = evaluated(zooGraph(segment()));
  expectClose(outputs[0]->values<float>(),
              readNpy("data/zoo/yolov5n_silu_segment_float_64.output0.npy"), 117, 2e-3, 2e-5);
  expectClose(outputs[1]->values<float>(),
              readNpy("data/zoo/yolov5n_silu_segment_float_64.output1.npy"), 1, 2e-5, 2e-5);
}

/// No value of this network lies near a rounding tie on this input, so any evaluation agrees.
TEST(Recorded, EvaluatorOnQuantisedDetect) {
  auto outputs = evaluated(zooGraph(smallZoo(ZooOptions::Quant::S8)));
  expectClose(outputs[0]->values<float>(),
              readNpy("data/zoo/yolov5n_relu_detect_s8_64.output0.npy"), 85, 2e-3, 2e-5);
}

/// Runs the compiled network on the simulator.
static std::vector<std::vector<float>> simulated(Graph graph, bool recogniseDecode) {
  TensorDataRef input = recordedInput(graph);
  CompileOptions options;
  options.fidelity = false;
  options.recogniseDecode = recogniseDecode;
  Compilation c = compiled(std::move(graph), options);
  const auto session = bst::testing::sessionOf(bst::testing::openBytes(c.package));
  const bst::Program &program = session->program();
  std::memcpy(session->data(program.inputs[0]).data(), input->data(), input->size());
  EXPECT_TRUE(session->run().ok());
  std::vector<std::vector<float>> outputs;
  for (uint32_t output : program.outputs) {
    auto bytes = session->data(output);
    outputs.emplace_back(bytes.size() / sizeof(float));
    std::memcpy(outputs.back().data(), bytes.data(), bytes.size());
  }
  return outputs;
}

TEST(Recorded, SimulatorOnFloatDetect) {
  auto outputs = simulated(zooGraph(smallZoo(ZooOptions::Quant::Float)), true);
  expectClose(outputs[0], readNpy("data/zoo/yolov5n_relu_detect_float_64.output0.npy"), 85, 2e-3,
              2e-5);
}

TEST(Recorded, SimulatorOnFloatSegment) {
  auto outputs = simulated(zooGraph(segment()), true);
  expectClose(outputs[0], readNpy("data/zoo/yolov5n_silu_segment_float_64.output0.npy"), 117, 2e-3,
              2e-5);
  expectClose(outputs[1], readNpy("data/zoo/yolov5n_silu_segment_float_64.output1.npy"), 1, 2e-5,
              2e-5);
}

TEST(Recorded, ADecodeLeftAsPlainOperatorsGivesTheSameNumbers) {
  for (bool recognise : {true, false}) {
    auto outputs = simulated(zooGraph(segment()), recognise);
    expectClose(outputs[0], readNpy("data/zoo/yolov5n_silu_segment_float_64.output0.npy"), 117,
                2e-3, 2e-5);
  }
  auto fused = simulated(zooGraph(smallZoo()), true),
       plain = simulated(zooGraph(smallZoo()), false);
  expectClose(fused[0], plain[0], 85, 1e-4, 1e-6);
}
