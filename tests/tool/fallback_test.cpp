// --fail-on-fallback and the notes on what runs in float: on networks as exporters write them, with
// one thing left out.
#include "onnx/onnx_pb.h"
#include "tests/tool/tool.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class FallbackTest : public ToolTest {
protected:
  FallbackTest() { writeModel(); }

  /// Takes the pair of QuantizeLinear and DequantizeLinear behind a value out of model.onnx: its
  /// readers read the value itself.
  void removePairBehind(const std::string &value) const {
    onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(read("model.onnx")));
    onnx::GraphProto &graph = *model.mutable_graph();
    std::string quantised, result;
    for (const onnx::NodeProto &node : graph.node()) {
      if (node.op_type() == "QuantizeLinear" && node.input(0) == value)
        quantised = node.output(0);
      if (node.op_type() == "DequantizeLinear" && node.input(0) == quantised)
        result = node.output(0);
    }
    ASSERT_FALSE(result.empty()) << value;
    for (int i = graph.node_size() - 1; i >= 0; --i) {
      onnx::NodeProto &node = *graph.mutable_node(i);
      if (node.output(0) == quantised || node.output(0) == result)
        graph.mutable_node()->DeleteSubrange(i, 1);
      else
        for (int j = 0; j < node.input_size(); ++j)
          if (node.input(j) == result)
            node.set_input(j, value);
    }
    write("model.onnx", model.SerializeAsString());
  }

  /// The result of a node of model.onnx.
  std::string resultOf(const std::string &node) const {
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(read("model.onnx")));
    for (const onnx::NodeProto &candidate : model.graph().node())
      if (candidate.name() == node)
        return candidate.output(0);
    ADD_FAILURE() << node;
    return "";
  }

  /// What `profile` says beside its figures.
  std::string notes() const {
    const std::string report = succeed("profile model.onnx");
    const size_t at = std::min(report.find("\nnote: "), report.find("\nwarning: "));
    return at == std::string::npos ? "" : report.substr(at);
  }

  /// Fails with one line, writes nothing; without the option, it compiles.
  Outcome expectFailure() const {
    const std::set<std::string> before = files();
    Outcome outcome = bstc("compile model.onnx --no-fidelity --fail-on-fallback");
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, HasSubstr("--fail-on-fallback"));
    EXPECT_EQ(files(), before);
    EXPECT_EQ(bstc("compile model.onnx --no-fidelity").code, 0);
    return outcome;
  }
};

TEST_F(FallbackTest, AWholeExportPasses) {
  for (const char *options :
       {"", "--quant u8", "--quant affine", "--activation silu", "--task segment"}) {
    writeModel(options);
    EXPECT_EQ(bstc("compile model.onnx --no-fidelity --fail-on-fallback").code, 0) << options;
    EXPECT_EQ(notes(), "") << options;
  }
}

TEST_F(FallbackTest, AnInputThatIsNotQuantised) {
  removePairBehind("images");
  const Outcome outcome = expectFailure();
  const std::string why = "no quantisation on input 0 (graph input 'images')";
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("1 node falls back"), HasSubstr("/model.0/conv/Conv"),
                                 HasSubstr(why)));
  EXPECT_THAT(outcome.out, HasSubstr("/model.0/conv/Conv  float conv"));
  EXPECT_THAT(
      succeed("profile model.onnx"),
      HasSubstr("warning: node '/model.0/conv/Conv' runs in float on DSP: float conv; " + why));
}

TEST_F(FallbackTest, WhatFallsWithANodeIsNamed) {
  removePairBehind(resultOf("/model.4/cv1/conv/Relu"));
  const Outcome outcome = expectFailure();
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("1 node falls back"), HasSubstr("/model.4/cv1/conv/Conv")));
  EXPECT_THAT(outcome.out, HasSubstr("float with '/model.4/cv1/conv/Conv'"));
  EXPECT_THAT(
      succeed("profile model.onnx"),
      AllOf(HasSubstr("warning: node '/model.4/cv1/conv/Conv' reads int8 data but runs on DSP"),
            HasSubstr("; with it 2 nodes: /model.4/m/m.0/cv1/conv/Conv, "
                      "/model.4/m/m.0/Add")));
}

TEST_F(FallbackTest, AFloatNetwork) {
  writeModel("--quant float");
  EXPECT_THAT(expectFailure().err,
              AllOf(HasSubstr("nothing runs in int8"), HasSubstr("export a quantised model")));
}

/// Only weights are quantised: each layer asks for int8, and none gets it.
TEST_F(FallbackTest, WeightsOnly) {
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(read("model.onnx")));
  std::set<std::string> constants;
  for (const onnx::TensorProto &tensor : model.graph().initializer())
    constants.insert(tensor.name());
  std::vector<std::string> values;
  for (const onnx::NodeProto &node : model.graph().node())
    if (node.op_type() == "QuantizeLinear" && !constants.count(node.input(0)))
      values.push_back(node.input(0));
  for (const std::string &value : values)
    removePairBehind(value);
  EXPECT_THAT(expectFailure().err, HasSubstr("/model.0/conv/Conv"));
}

} // namespace
} // namespace bstc::test
