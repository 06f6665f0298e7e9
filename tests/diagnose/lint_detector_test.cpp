// Rules about detectors, on the zoo's YOLOv5.
#include "diagnose/lint/lint.h"
#include "frontend/import.h"
#include "zoo/zoo.h"

#include "llvm/ADT/STLExtras.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using diagnose::Finding;
using testing::AllOf;
using testing::HasSubstr;

Graph zooGraph(ZooOptions::Quant quant = ZooOptions::Quant::Float) {
  ZooOptions options;
  options.size = 64;
  options.quant = quant;
  auto bytes = buildZooModel(options);
  EXPECT_TRUE(bool(bytes));
  auto graph = importOnnx(*bytes, "zoo");
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return std::move(*graph);
}

std::vector<Finding> findingsOf(const Graph &graph) {
  auto findings = diagnose::lint(graph);
  EXPECT_TRUE(bool(findings)) << llvm::toString(findings.takeError());
  return findings ? std::move(*findings) : std::vector<Finding>();
}

/// The result of the node of operator `op` in `scope`.
Value *resultOf(const Graph &graph, OpKind op, llvm::StringRef scope) {
  for (const auto &node : graph.nodes())
    if (node->op == op && llvm::StringRef(node->name).startswith(scope))
      return node->output();
  ADD_FAILURE() << "no node in " << scope.str();
  return nullptr;
}

TEST(LintDetector, ZooNetworksHaveNoFaults) {
  for (auto quant : {ZooOptions::Quant::S8, ZooOptions::Quant::U8, ZooOptions::Quant::Affine,
                     ZooOptions::Quant::Float})
    for (const Finding &finding : findingsOf(zooGraph(quant)))
      EXPECT_EQ(finding.severity, Severity::Note) << finding.text;
}

TEST(LintDetector, NamesAdditionsThatThePublishedNetworkHasNot) {
  Graph graph = zooGraph();
  for (const std::string block : {"/model.13", "/model.20"}) {
    Value *input = resultOf(graph, OpKind::Relu, block + "/cv1/");
    Value *branch = resultOf(graph, OpKind::Relu, block + "/m/m.0/cv2/");
    const TensorType type = branch->type;
    Node *add = graph.addNode(OpKind::Add, block + "/m/m.0/Add", {input, branch},
                              ElementwiseAttrs{}, {{block + "/m/m.0/Add_output_0", type}});
    graph.replaceUses(branch, add->output());
    add->setInput(1, branch);
  }
  graph.cleanUp();
  const std::vector<Finding> findings = findingsOf(graph);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::BlocksDiffer);
  EXPECT_EQ(findings.front().layer, "model.13.m.0");
  EXPECT_THAT(findings.front().text,
              AllOf(HasSubstr("2 places, the same edit"), HasSubstr("YOLOv5n"),
                    HasSubstr("model.20.m.0"), HasSubstr("shortcut=False")));
}

TEST(LintDetector, NamesAdditionsThatAreMissing) {
  Graph graph = zooGraph();
  Value *sum = resultOf(graph, OpKind::Add, "/model.4/m/m.0/");
  graph.replaceUses(sum, sum->producer()->input(1));
  graph.cleanUp();
  const std::vector<Finding> findings = findingsOf(graph);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::BlocksDiffer);
  EXPECT_THAT(findings.front().layer, HasSubstr("model.4.m.0"));
}

/// The network with another decode.
template <class Change> std::vector<Finding> withDecode(const Change &change) {
  auto network = diagnose::readNetwork(zooGraph());
  EXPECT_TRUE(bool(network)) << llvm::toString(network.takeError());
  for (diagnose::Layer &layer : network->layers)
    if (auto *decode = std::get_if<YoloDecodeAttrs>(&layer.attrs))
      change(*decode);
  return diagnose::lint(*network);
}

TEST(LintDetector, AnchorsInTheWrongOrder) {
  EXPECT_TRUE(withDecode([](YoloDecodeAttrs &) {}).empty());
  const std::vector<Finding> findings = withDecode(
      [](YoloDecodeAttrs &decode) { std::reverse(decode.anchors.begin(), decode.anchors.end()); });
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::AnchorOrder);
  EXPECT_EQ(findings.front().layer, "model.24");
}

TEST(LintDetector, StridesOfOtherLevels) {
  const std::vector<Finding> findings = withDecode(
      [](YoloDecodeAttrs &decode) { std::reverse(decode.strides.begin(), decode.strides.end()); });
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::AnchorOrder);
}

TEST(LintDetector, QuantisedDecode) {
  Graph graph = zooGraph(ZooOptions::Quant::S8);
  Value *rows = graph.outputs()[0];
  const Quantisation quant{{640.0f / 127}, {0}, -1};
  Value *scale = graph.addConstant(
      "scale", TensorData::make<float>(ArrayType{ElementType::F32, {}}, quant.scales));
  Value *zero = graph.addConstant(
      "zero", TensorData::make<int8_t>(ArrayType{ElementType::S8, {}}, std::vector<int8_t>{0}));
  Node *quantize =
      graph.addNode(OpKind::Quantize, "/model.24/QuantizeLinear", {rows, scale, zero},
                    AxisAttrs{-1}, {{"codes", {ElementType::S8, rows->type.shape, quant}}});
  Node *dequantize =
      graph.addNode(OpKind::Dequantize, "/model.24/DequantizeLinear",
                    {quantize->output(), scale, zero}, AxisAttrs{-1}, {{"rows", rows->type}});
  graph.setOutputs({dequantize->output()});
  const std::vector<Finding> findings = findingsOf(graph);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::QuantisedDecode);
  EXPECT_EQ(findings.front().layer, "model.24");
}

} // namespace
} // namespace bstc::test
