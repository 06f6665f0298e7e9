// Damaged models, by the thousand: import gives a graph that holds its invariants, or an error.
// Worth most under the sanitizers.

#include "frontend/evaluate.h"
#include "tests/support/onnx_builder.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

using namespace bstc;
using namespace bstc::test;

namespace {

/// A network that touches most operator families.
OnnxBuilder richModel() {
  OnnxBuilder m;
  m.input("x", {1, 4, 6, 6}).output("y").output("z");
  m.ramp("w", {4, 2, 3, 3});
  m.floats("b", {4}, {1, 2, 3, 4});
  m.floats("s", {1}, {0.5f});
  m.bytes("zero", {1}, {2});
  m.floats("scales", {4}, {1, 1, 2, 2});
  m.ints("parts", {2}, {3, 5});
  m.ints("shape", {2}, {0, -1});
  m.ints("starts", {1}, {-5});
  m.ints("ends", {1}, {1000});
  m.ints("axes", {1}, {2});
  auto &conv = m.node("Conv", {"x", "w", "b"}, {"c"});
  set(conv, "group", int64_t(2));
  set(conv, "pads", Dims{1, 1, 1, 1});
  m.node("Relu", {"c"}, {"r"});
  m.node("QuantizeLinear", {"r", "s", "zero"}, {"q"});
  m.node("Identity", {"zero"}, {"zero2"});
  m.node("DequantizeLinear", {"q", "s", "zero2"}, {"d"});
  auto &pool = m.node("MaxPool", {"d"}, {"p"});
  set(pool, "kernel_shape", Dims{3, 3});
  set(pool, "strides", Dims{2, 2});
  set(pool, "pads", Dims{1, 1, 1, 1});
  m.node("Resize", {"p", "", "scales"}, {"u"});
  set(m.node("Concat", {"u", "x"}, {"cat"}), "axis", int64_t(1));
  set(m.node("Split", {"cat", "parts"}, {"s0", "s1"}), "axis", int64_t(1));
  m.node("Slice", {"s1", "starts", "ends", "axes"}, {"sl"});
  set(m.node("Transpose", {"s0"}, {"t"}), "perm", Dims{0, 2, 3, 1});
  m.node("Shape", {"t"}, {"ts"});
  m.node("Gather", {"ts", "axes"}, {"g"});
  m.node("Cast", {"g"}, {"gf"}).add_attribute()->CopyFrom([] {
    onnx::NodeProto node;
    set(node, "to", int64_t(onnx::TensorProto::FLOAT));
    return node.attribute(0);
  }());
  m.node("Mul", {"t", "gf"}, {"tm"});
  m.node("Reshape", {"tm", "shape"}, {"rs"});
  m.node("Softmax", {"rs"}, {"y"});
  m.node("GlobalAveragePool", {"sl"}, {"gap"});
  set(m.node("Flatten", {"gap"}, {"f"}), "axis", int64_t(1));
  m.node("Clip", {"f", "", "max"}, {"z"});
  m.floats("max", {}, {6});
  return m;
}

/// A model that import accepted runs, too, unless the damage made it huge.
void expectWhole(const Graph &graph) {
  llvm::Error error = verify(graph);
  EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  bool small = true;
  for (const auto &node : graph.nodes()) {
    for (const Value *result : node->outputs())
      small = small && result->type.count() < 100000;
    if (auto *pool = std::get_if<PoolAttrs>(&node->attrs))
      small = small && pool->window.kernel[0] * pool->window.kernel[1] < 1000;
  }
  if (!small)
    return;
  std::vector<TensorDataRef> inputs;
  for (const Value *input : graph.inputs())
    inputs.push_back(std::make_shared<TensorData>(input->type));
  if (auto outputs = evaluate(graph, inputs); !outputs)
    llvm::consumeError(outputs.takeError());
}

} // namespace

TEST(Robustness, DamagedModelsGiveAnErrorOrAWholeGraph) {
  const std::string bytes = richModel().proto.SerializeAsString();
  auto intact = importOnnx(bytes, "rich.onnx");
  ASSERT_TRUE(bool(intact)) << llvm::toString(intact.takeError());
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << std::endl; // At once: a crash must not lose it.
  std::mt19937 random(seed);
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    std::string damaged = bytes;
    for (int i = 0, flips = 1 + int(random() % 3); i < flips; ++i)
      damaged[random() % damaged.size()] = char(random());
    auto graph = importOnnx(damaged, "rich.onnx");
    if (!graph) {
      EXPECT_EQ(llvm::toString(graph.takeError()).rfind("rich.onnx: ", 0), 0u);
      continue;
    }
    ++accepted;
    expectWhole(*graph);
  }
  EXPECT_GT(accepted, 100) << "the damage never gets past the parser";
}
