// A part of a network in float while the simulator runs the rest.
#include "diagnose/blame/part_run.h"
#include "diagnose/measure/float_form.h"
#include "frontend/evaluate.h"
#include "tests/diagnose/two_layers.h"

#include <gtest/gtest.h>

namespace bstc::diagnose {
namespace {

using test::TwoLayers;

struct Fixture {
  std::optional<Compilation> compilation;
  std::optional<bstrt::Package> package;
  std::unique_ptr<RunnableNetwork> network;
  std::unique_ptr<PartRun> run;
  std::vector<Part> parts;
  std::vector<float> x;

  explicit Fixture(const TwoLayers &layers) : x(layers.x) {
    auto graph = layers.build().import();
    EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
    CompileOptions options;
    options.cost = options.fidelity = false;
    auto compiled = compile(std::move(*graph), options);
    EXPECT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    compilation.emplace(std::move(*compiled));
    auto opened = openInMemory(compilation->package);
    EXPECT_TRUE(bool(opened));
    package.emplace(std::move(*opened));
    auto runnable = RunnableNetwork::create(*compilation);
    EXPECT_TRUE(bool(runnable));
    network = std::move(*runnable);
    auto made = PartRun::create(*network, *package);
    EXPECT_TRUE(bool(made));
    run = std::move(*made);
    auto read = readNetwork(compilation->imported);
    EXPECT_TRUE(bool(read));
    parts = layerParts(*read);
    const std::span<std::byte> input = run->data(network->program().inputs[0]);
    std::memcpy(input.data(), x.data(), input.size());
    EXPECT_FALSE(bool(run->run()));
  }

  std::vector<float> output() {
    const std::span<std::byte> bytes = run->data(network->program().outputs[0]);
    const auto *floats = reinterpret_cast<const float *>(bytes.data());
    return {floats, floats + bytes.size() / sizeof(float)};
  }
  std::vector<float> outputOf(const Part &part) {
    auto plan = planPart(*network, part);
    EXPECT_TRUE(bool(plan));
    EXPECT_FALSE(bool(run->run(*plan)));
    return output();
  }
  /// The same by the float evaluator alone.
  std::vector<float> evaluated(const Part &part) {
    auto graph = partInFloat(compilation->imported, [&](llvm::StringRef name) {
      return part.quantisers.find(name) != part.quantisers.end();
    });
    EXPECT_TRUE(bool(graph));
    const TensorDataRef input =
        TensorData::make<float>(graph->inputs()[0]->type, llvm::ArrayRef<float>(x));
    auto outputs = evaluate(*graph, {input});
    EXPECT_TRUE(bool(outputs));
    return outputs->front()->values<float>().vec();
  }
};

/// Numbers half-way between two codes may go either way, a step of the output apart.
void expectNear(const std::vector<float> &actual, const std::vector<float> &expected, float step) {
  ASSERT_EQ(actual.size(), expected.size());
  size_t different = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], 1.01f * step) << i;
    different += std::fabs(actual[i] - expected[i]) > 1e-4f;
  }
  EXPECT_LE(different, actual.size() / 20);
}

TEST(PartRun, EveryLayerInFloatIsWhatTheEvaluatorComputes) {
  const TwoLayers layers;
  Fixture fixture(layers);
  ASSERT_EQ(fixture.parts.size(), 3u); // The input and two layers.
  const std::vector<float> quantised = fixture.output();
  for (const Part &part : fixture.parts) {
    SCOPED_TRACE(part.name);
    const std::vector<float> actual = fixture.outputOf(part);
    expectNear(actual, fixture.evaluated(part), layers.outputScale);
    EXPECT_NE(actual, quantised);
  }
}

TEST(PartRun, PartsDoNotLeaveATrace) {
  Fixture fixture{TwoLayers()};
  const std::vector<float> quantised = fixture.output();
  const std::vector<float> alone = fixture.outputOf(fixture.parts[2]);
  fixture.outputOf(fixture.parts[0]);
  EXPECT_EQ(fixture.outputOf(fixture.parts[2]), alone);
  EXPECT_EQ(fixture.outputOf({"nothing", "", {}}), quantised);
}

TEST(PartRun, APlanOfNothingRunsNothing) {
  Fixture fixture{TwoLayers()};
  auto plan = planPart(*fixture.network, {"nothing", "", {}});
  ASSERT_TRUE(bool(plan));
  EXPECT_TRUE(plan->steps.empty());
  EXPECT_TRUE(plan->changed.empty());
}

TEST(PartRun, WhatIsCutOffComesBackInFloat) {
  TwoLayers layers;
  layers.middleScale /= 8;
  layers.outputScale = 0.04f;
  Fixture fixture(layers);
  const auto expected =
      layers.layer(1, layers.layer(0, TwoLayers::doubles(layers.x), false), false);
  const auto error = [&](const std::vector<float> &actual) {
    double sum = 0;
    for (size_t i = 0; i < actual.size(); ++i)
      sum += std::pow(double(actual[i]) - expected[i], 2);
    return sum;
  };
  const double quantised = error(fixture.output());
  EXPECT_LT(error(fixture.outputOf(fixture.parts[1])), quantised / 100);
}

TEST(Part, BlocksEndAtTheFirstNumber) {
  EXPECT_EQ(blockOf("model.6.m.0.cv1"), "model.6");
  EXPECT_EQ(blockOf("model.0"), "model.0");
  EXPECT_EQ(blockOf("images"), "images");
  const Part layers[] = {{"model.6.cv1", "model.6", {"a", "b"}}, {"model.6.cv2", "model.6", {"c"}}};
  const std::vector<Part> blocks = blockParts(layers);
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].name, "model.6");
  EXPECT_EQ(blocks[0].quantisers.size(), 3u);
}

} // namespace
} // namespace bstc::diagnose
