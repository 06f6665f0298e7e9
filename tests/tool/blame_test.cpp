// bstc blame as a user calls it.
#include "tests/tool/tool.h"

#include "onnx/onnx_pb.h"

#include <gmock/gmock.h>

#include <cstring>

namespace bstc::test {
namespace {

using testing::HasSubstr;

class BlameTest : public ToolTest {
protected:
  BlameTest() {
    writeModel();
    writeInput();
  }

  /// Multiplies the scale of the pair behind the first Conv's activation, which both nodes share.
  std::string plantRange(float factor) const {
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(read("model.onnx")));
    onnx::GraphProto &graph = *model.mutable_graph();
    std::string value, layer;
    for (const onnx::NodeProto &node : graph.node())
      if (node.op_type() == "Conv" && value.empty()) {
        value = node.output(0);
        layer = node.name();
      }
    for (onnx::NodeProto &node : *graph.mutable_node()) {
      if (node.op_type() != "QuantizeLinear" && node.op_type() != "DequantizeLinear") {
        if (node.input(0) == value)
          value = node.output(0); // The activation.
        continue;
      }
      if (node.input(0) != value)
        continue;
      for (onnx::TensorProto &constant : *graph.mutable_initializer())
        if (constant.name() == node.input(1) && node.op_type() == "QuantizeLinear") {
          onnx::TensorProto planted = constant;
          planted.set_name("planted");
          float scale;
          if (planted.has_raw_data()) {
            std::memcpy(&scale, planted.raw_data().data(), sizeof(scale));
            scale *= factor;
            planted.set_raw_data(&scale, sizeof(scale));
          } else {
            planted.set_float_data(0, planted.float_data(0) * factor);
          }
          *graph.add_initializer() = planted;
          break;
        }
      node.set_input(1, "planted");
      value = node.output(0);
      if (node.op_type() == "DequantizeLinear")
        break;
    }
    write("planted.onnx", model.SerializeAsString());
    return layer;
  }
};

TEST_F(BlameTest, NeedsSomethingToMeasureOn) {
  const Outcome outcome = bstc("blame model.onnx");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--images"));
}

TEST_F(BlameTest, TakesOneKindOfThem) {
  const Outcome outcome = bstc("blame model.onnx --images . --input in.npy");
  EXPECT_EQ(outcome.code, 2);
}

TEST_F(BlameTest, RefusesPackages) {
  writePackage();
  const Outcome outcome = bstc("blame model.bst --input in.npy");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("give the ONNX file"));
}

TEST_F(BlameTest, SaysWhereItPlantsARangeThatIsTooSmall) {
  const std::string clean = succeed("blame model.onnx --input in.npy");
  EXPECT_THAT(clean, HasSubstr("own dB"));
  plantRange(1 / 64.0f);
  const Outcome outcome = bstc("blame planted.onnx --input in.npy --top 3");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("[BST8202]"));
}

TEST_F(BlameTest, WritesTheSameAsData) {
  plantRange(1 / 64.0f);
  const std::string text = succeed("blame planted.onnx --input in.npy --json -");
  EXPECT_THAT(text, HasSubstr("\"kind\": \"blame\""));
  EXPECT_THAT(text, HasSubstr("\"name\": \"TensorSaturates\""));
  EXPECT_THAT(text, HasSubstr("\"own_db\": "));
  EXPECT_THAT(text, testing::Not(HasSubstr("\"accuracy\"")));
}

TEST_F(BlameTest, AFailedRunLeavesNoFile) {
  const auto before = files();
  expectOneLineError(bstc("blame model.onnx --input missing.npy --json out.json"));
  EXPECT_EQ(files(), before);
}

TEST_F(BlameTest, RefusesToOverwriteTheReference) {
  const Outcome outcome =
      bstc("blame model.onnx --input in.npy --reference model.onnx --json model.onnx");
  EXPECT_EQ(outcome.code, 2);
}

TEST_F(BlameTest, ComparesWithAReferenceFile) {
  plantRange(1 / 64.0f);
  const std::string text = succeed("blame planted.onnx --input in.npy --reference model.onnx");
  EXPECT_THAT(text, HasSubstr("reference dB"));
  EXPECT_THAT(text, HasSubstr("lined up"));
}

} // namespace
} // namespace bstc::test
