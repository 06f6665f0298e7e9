// Every kind of bad model gives one clear error: what is wrong, in which file and node.

#include "tests/support/onnx_builder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>

using namespace bstc;
using namespace bstc::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

namespace {

/// The one message; also fails when something else was printed.
std::string errorOf(std::function<llvm::Expected<Graph>()> import) {
  testing::internal::CaptureStderr();
  auto graph = import();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  if (graph)
    return "<no error>";
  return llvm::toString(graph.takeError());
}

std::string errorOf(const OnnxBuilder &model) {
  return errorOf([&] { return model.import(); });
}

OnnxBuilder reluModel() {
  OnnxBuilder model;
  model.input("x", {1, 2, 4, 4}).output("y").node("Relu", {"x"}, {"y"});
  return model;
}

/// A temporary file that goes with the test.
class TemporaryFile {
public:
  explicit TemporaryFile(const std::string &content)
      : path(fs::path(testing::TempDir()) /
             (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) +
              ".onnx")) {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TemporaryFile() { fs::remove(path); }
  const fs::path path;
};

std::string errorOfFile(const std::string &path) {
  return errorOf([&] { return importOnnxFile(path); });
}

} // namespace

TEST(BadFile, Missing) {
  EXPECT_EQ(errorOfFile("/nowhere/model.onnx"),
            "/nowhere/model.onnx: cannot be read: No such file or directory");
}

TEST(BadFile, Directory) {
  EXPECT_THAT(errorOfFile(testing::TempDir()),
              AllOf(StartsWith(testing::TempDir()), HasSubstr("is a directory")));
}

TEST(BadFile, NeitherFileNorDirectory) {
  EXPECT_EQ(errorOfFile("/dev/zero"), "/dev/zero: is not a regular file");
}

TEST(BadFile, Empty) {
  TemporaryFile file("");
  EXPECT_EQ(errorOfFile(file.path), file.path.string() + ": is empty");
}

TEST(BadFile, LargerThanProtobufCanHold) {
  TemporaryFile file("");
  fs::resize_file(file.path, uint64_t(1) << 31); // Sparse: costs no disk.
  EXPECT_EQ(errorOfFile(file.path),
            file.path.string() + ": is larger than 2 GiB, the most that an ONNX file can hold");
}

TEST(BadFile, NotOnnx) {
  for (const std::string &content :
       {std::string("Hello, world\n"), std::string("PK\x03\x04 a zip archive"),
        std::string("\x89PNG\r\n\x1a\n"), std::string(64, '\0'), std::string(64, '\xff'),
        std::string("{\"graph\": {}}")}) {
    TemporaryFile file(content);
    EXPECT_EQ(errorOfFile(file.path), file.path.string() + ": is not an ONNX file") << content;
  }
}

TEST(BadFile, CutOffAtAnyByte) {
  OnnxBuilder model = reluModel();
  model.ramp("w", {8});
  std::string whole = model.proto.SerializeAsString();
  for (size_t length = 3; length < whole.size(); ++length)
    EXPECT_THAT(errorOf([&] { return importOnnx(whole.substr(0, length), "cut.onnx"); }),
                StartsWith("cut.onnx: is cut off"))
        << length << " of " << whole.size() << " bytes";
}

TEST(BadFile, DamagedInside) {
  std::string bytes = reluModel().proto.SerializeAsString();
  size_t name = bytes.find("Relu");
  bytes[name - 1] = '\x7f'; // The length of the name, now beyond the node's end.
  EXPECT_EQ(errorOf([&] { return importOnnx(bytes, "m.onnx"); }), "m.onnx: is a damaged ONNX file");
}

// Names go on to hosts, as C strings: a package would be refused later, and blame the compiler.
TEST(BadModel, NamesThatNoHostCouldAskFor) {
  const std::string broken("a\0b", 3);
  const std::vector<std::pair<std::string, std::function<void(onnx::GraphProto &)>>> places = {
      {"the graph", [&](auto &graph) { graph.set_name(broken); }},
      {"a node", [&](auto &graph) { graph.mutable_node(0)->set_name(broken); }},
      {"a node's output", [&](auto &graph) { graph.mutable_node(0)->set_output(0, broken); }},
      {"an initializer", [&](auto &graph) { graph.add_initializer()->set_name(broken); }},
      {"an input", [&](auto &graph) { graph.mutable_input(0)->set_name(broken); }}};
  for (const auto &[what, damage] : places) {
    OnnxBuilder model = reluModel();
    damage(model.graph());
    EXPECT_EQ(errorOf(model), "model.onnx: the name of " + what + " has a zero byte in it: 'a...'");
  }
  OnnxBuilder model = reluModel();
  model.graph().mutable_node(0)->set_name(std::string(4097, 'n'));
  EXPECT_EQ(errorOf(model), "model.onnx: the name of a node has 4097 bytes, at most 4096 are "
                            "supported: '" +
                                std::string(40, 'n') + "...'");
}

TEST(BadModel, OpsetOutsideTheRange) {
  for (int64_t opset : {6, 18}) {
    OnnxBuilder model(opset);
    model.input("x", {1}).output("y").node("Relu", {"x"}, {"y"});
    EXPECT_EQ(errorOf(model), "model.onnx: opset " + std::to_string(opset) +
                                  " is not supported, only 7 to 17; export with, for example, "
                                  "opset_version=13");
  }
}

TEST(BadModel, OtherDomain) {
  OnnxBuilder model = reluModel();
  model.graph().mutable_node(0)->set_domain("com.microsoft");
  EXPECT_EQ(errorOf(model), "model.onnx: node 'Relu_0' (Relu): operators of domain 'com.microsoft' "
                            "are not supported");
}

TEST(BadModel, UnknownOperator) {
  OnnxBuilder model = reluModel();
  model.graph().mutable_node(0)->set_op_type("GridSample");
  EXPECT_EQ(errorOf(model),
            "model.onnx: node 'Relu_0' (GridSample): the operator is not supported; "
            "docs/operators.md lists those that are");
}

TEST(BadModel, ControlFlow) {
  OnnxBuilder model = reluModel();
  auto &node = *model.graph().mutable_node(0);
  node.set_op_type("If");
  attribute(node, "then_branch", onnx::AttributeProto::GRAPH).mutable_g()->set_name("then");
  EXPECT_THAT(errorOf(model), AllOf(HasSubstr("'Relu_0' (If)"), HasSubstr("control flow")));
}

TEST(BadModel, DynamicShape) {
  OnnxBuilder named = reluModel();
  auto *shape = named.graph().mutable_input(0)->mutable_type()->mutable_tensor_type();
  shape->mutable_shape()->mutable_dim(0)->set_dim_param("batch");
  EXPECT_EQ(errorOf(named),
            "model.onnx: input 'x': has a dynamic shape: dimension 0 is 'batch'; export the model "
            "with static shapes (torch.onnx.export without dynamic_axes)");
  for (int64_t extent : {0, -1}) {
    OnnxBuilder model;
    model.input("x", {1, extent}).output("y").node("Relu", {"x"}, {"y"});
    EXPECT_THAT(errorOf(model), HasSubstr("'x': has a dynamic shape: dimension 1"));
  }
  OnnxBuilder unknown = reluModel();
  shape = unknown.graph().mutable_input(0)->mutable_type()->mutable_tensor_type();
  shape->mutable_shape()->mutable_dim(2)->clear_dim_value();
  EXPECT_THAT(errorOf(unknown), HasSubstr("'x': has a dynamic shape: dimension 2"));
  shape->clear_shape();
  EXPECT_THAT(errorOf(unknown), HasSubstr("'x': has no shape"));
}

TEST(BadModel, InputOfAnotherType) {
  for (auto [type, name] : {std::pair(onnx::TensorProto::FLOAT16, "float16"),
                            std::pair(onnx::TensorProto::DOUBLE, "double"),
                            std::pair(onnx::TensorProto::INT64, "int64")}) {
    OnnxBuilder model;
    model.input("x", {1}, type).output("y").node("Relu", {"x"}, {"y"});
    EXPECT_EQ(errorOf(model), std::string("model.onnx: input 'x': is ") + name +
                                  "; only float32, int8 and uint8 inputs are supported");
  }
}

TEST(BadModel, Cycle) {
  OnnxBuilder model;
  model.input("x", {1}).output("d");
  model.node("Add", {"x", "c"}, {"a"});
  model.node("Relu", {"a"}, {"b"});
  model.node("Tanh", {"b"}, {"c"});
  model.node("Neg", {"c"}, {"d"});
  EXPECT_EQ(errorOf(model), "model.onnx: the nodes form a cycle: node 'Relu_1' (Relu) -> node "
                            "'Tanh_2' (Tanh) -> node 'Add_0' (Add) -> node 'Relu_1' (Relu)");
}

TEST(BadModel, LongCycleNamesItsFirstNodes) {
  OnnxBuilder model;
  model.input("x", {1}).output("v0");
  auto name = [](int i) { return std::string("v").append(std::to_string(i)); };
  for (int i = 0; i < 5000; ++i)
    model.node("Relu", {name((i + 4999) % 5000)}, {name(i)});
  std::string message = errorOf(model);
  EXPECT_THAT(message, HasSubstr("-> ... ->"));
  EXPECT_LT(message.size(), 400u);
}

TEST(BadModel, NodeThatReadsItself) {
  OnnxBuilder model;
  model.input("x", {1}).output("y").node("Add", {"x", "y"}, {"y"});
  EXPECT_THAT(errorOf(model), HasSubstr("cycle: node 'Add_0' (Add) -> node 'Add_0' (Add)"));
}

TEST(BadModel, UndefinedValue) {
  OnnxBuilder model;
  model.input("x", {1}).output("y").node("Add", {"x", "ghost"}, {"y"});
  EXPECT_EQ(errorOf(model), "model.onnx: node 'Add_0' (Add): input 1 'ghost' is not defined by any "
                            "node, input or initializer");
  OnnxBuilder output = reluModel();
  output.output("ghost");
  EXPECT_THAT(errorOf(output), HasSubstr("output 'ghost' is not defined"));
}

TEST(BadModel, ValueDefinedTwice) {
  OnnxBuilder nodes = reluModel();
  nodes.node("Tanh", {"x"}, {"y"});
  EXPECT_EQ(errorOf(nodes), "model.onnx: node 'Tanh_1' (Tanh): output 'y' is already made by node "
                            "'Relu_0' (Relu)");
  OnnxBuilder input = reluModel();
  input.node("Tanh", {"y"}, {"x"});
  EXPECT_THAT(errorOf(input), HasSubstr("'x' is already an input or initializer"));
  OnnxBuilder inputs = reluModel();
  inputs.input("x", {1});
  EXPECT_THAT(errorOf(inputs), HasSubstr("input 'x' is defined twice"));
  OnnxBuilder initializers = reluModel();
  initializers.ramp("w", {1});
  initializers.ramp("w", {2});
  EXPECT_THAT(errorOf(initializers), HasSubstr("initializer 'w' is defined twice"));
  OnnxBuilder outputs = reluModel();
  outputs.output("y");
  EXPECT_THAT(errorOf(outputs), HasSubstr("output 'y' is listed twice"));
}

TEST(BadModel, NoOutputs) {
  OnnxBuilder model = reluModel();
  model.graph().clear_output();
  EXPECT_EQ(errorOf(model), "model.onnx: the graph has no outputs");
}

TEST(BadModel, DeclaredTypeContradictsTheComputedOne) {
  OnnxBuilder value = reluModel();
  OnnxBuilder::declare(*value.graph().add_value_info(), "y", {1, 2, 4, 5}, 1);
  EXPECT_EQ(errorOf(value), "model.onnx: node 'Relu_0' (Relu): output 'y': is declared as "
                            "[1, 2, 4, 5], but computes to f32[1, 2, 4, 4]");
  OnnxBuilder output = reluModel();
  OnnxBuilder::declare(*output.graph().mutable_output(0), "y", {1, 2, 4, 4},
                       onnx::TensorProto::INT64);
  EXPECT_THAT(errorOf(output), HasSubstr("output 'y': is declared as s64, but computes to f32["));
}

TEST(BadModel, ExternalData) {
  OnnxBuilder model = reluModel();
  auto &tensor = model.initializer("w", {4}, onnx::TensorProto::FLOAT);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  EXPECT_THAT(errorOf(model), AllOf(StartsWith("model.onnx: initializer 'w'"),
                                    HasSubstr("external file"), HasSubstr("save the model")));
}

TEST(BadModel, SparseInitializer) {
  OnnxBuilder model = reluModel();
  model.graph().add_sparse_initializer()->mutable_values()->set_name("w");
  EXPECT_EQ(errorOf(model), "model.onnx: initializer 'w' is sparse, which is not supported");
}

TEST(BadModel, InitializerOfAnotherSizeThanItsShape) {
  OnnxBuilder typed = reluModel();
  typed.floats("w", {2, 2}, {1, 2, 3});
  EXPECT_EQ(errorOf(typed), "model.onnx: initializer 'w': holds 3 values, which does not fit its "
                            "type f32[2, 2]");
  OnnxBuilder raw = reluModel();
  raw.initializer("w", {2, 2}, onnx::TensorProto::FLOAT).set_raw_data(std::string(15, 'x'));
  EXPECT_THAT(errorOf(raw), HasSubstr("'w': holds 15 bytes"));
  OnnxBuilder bytes = reluModel();
  bytes.bytes("w", {1}, {300});
  EXPECT_THAT(errorOf(bytes), HasSubstr("'w': holds 300, which does not fit s8"));
}

TEST(BadModel, ParametersThatAreNotFinite) {
  for (auto [number, name] : {std::pair(NAN, "nan"), std::pair(-INFINITY, "-inf")}) {
    OnnxBuilder conv;
    conv.input("x", {1, 1, 2, 2}).output("y").floats("w", {1, 1, 1, 1}, {1});
    conv.floats("b", {1}, {number});
    conv.node("Conv", {"x", "w", "b"}, {"y"});
    EXPECT_THAT(errorOf(conv), testing::AllOf(HasSubstr("node 'Conv_0' (Conv): input 2 ('b')"),
                                              HasSubstr(std::string("holds ") + name)));
    OnnxBuilder quantised;
    quantised.input("x", {1}).output("y").floats("w", {2}, {1, number});
    quantised.floats("s", {}, {1});
    quantised.node("QuantizeLinear", {"w", "s"}, {"q"});
    quantised.node("DequantizeLinear", {"q", "s"}, {"d"});
    quantised.node("Add", {"x", "d"}, {"y"});
    EXPECT_THAT(errorOf(quantised), HasSubstr("node 'QuantizeLinear_0' (QuantizeLinear): input 0"));
  }
  OnnxBuilder mask; // What is no weight may be infinite: attention masks are.
  mask.input("x", {1}).output("y").floats("m", {1}, {-INFINITY});
  mask.node("Add", {"x", "m"}, {"y"});
  EXPECT_TRUE(bool(mask.import()));
}

TEST(BadModel, ShapesThatOverflow) {
  for (const Dims &dims :
       {Dims{int64_t(1) << 62, 4}, Dims{int64_t(1) << 32, int64_t(1) << 32}, Dims(9, 1)}) {
    OnnxBuilder model = reluModel();
    model.initializer("w", dims, onnx::TensorProto::FLOAT).set_raw_data("");
    EXPECT_THAT(errorOf(model), HasSubstr("initializer 'w': a tensor of type f32["));
  }
  OnnxBuilder negative = reluModel();
  negative.initializer("w", {2, -1}, onnx::TensorProto::FLOAT).set_raw_data("");
  EXPECT_THAT(errorOf(negative), HasSubstr("initializer 'w': dimension 1 is -1"));
  OnnxBuilder input;
  input.input("x", {1 << 20, 1 << 20}).output("y").node("Relu", {"x"}, {"y"});
  EXPECT_THAT(errorOf(input), HasSubstr("input 'x': a tensor of type f32["));
  OnnxBuilder folded; // A small file that asks for a lot of memory.
  folded.input("x", {1}).output("y");
  folded.ints("shape", {2}, {1 << 16, 1 << 14});
  folded.node("ConstantOfShape", {"shape"}, {"c"});
  folded.node("Add", {"x", "c"}, {"y"});
  EXPECT_THAT(errorOf(folded), HasSubstr("constants computed from other constants exceed 2 GiB"));
}

TEST(BadModel, WrongNumberOfOperands) {
  OnnxBuilder few;
  few.input("x", {1}).output("y").node("Add", {"x"}, {"y"});
  EXPECT_EQ(errorOf(few), "model.onnx: node 'Add_0' (Add): has 1 inputs, but needs 2");
  OnnxBuilder many;
  many.input("x", {1}).output("y").node("Relu", {"x", "x"}, {"y"});
  EXPECT_THAT(errorOf(many), HasSubstr("has 2 inputs, but needs 1"));
  OnnxBuilder gap;
  gap.input("x", {1}).output("y").node("Add", {"", "x"}, {"y"});
  EXPECT_THAT(errorOf(gap), HasSubstr("input 0 is left empty"));
  OnnxBuilder results;
  results.input("x", {1}).output("y").node("Relu", {"x"}, {"y", "z"});
  EXPECT_THAT(errorOf(results), HasSubstr("has 2 outputs, but 1 is supported"));
}

TEST(BadModel, TypeMismatches) {
  OnnxBuilder dequantise = reluModel();
  dequantise.floats("s", {}, {1}).set_name("s");
  dequantise.output("z").node("DequantizeLinear", {"y", "s"}, {"z"});
  EXPECT_THAT(errorOf(dequantise),
              HasSubstr("node 'DequantizeLinear_1' (DequantizeLinear): the quantised tensor is "
                        "f32, but only s8 and u8 are supported"));
  OnnxBuilder conv;
  conv.input("x", {1, 1, 2, 2}).output("y").ints("w", {1, 1, 1, 1}, {1});
  conv.node("Conv", {"x", "w"}, {"y"});
  EXPECT_THAT(errorOf(conv), HasSubstr("'Conv_0' (Conv): input 1 ('w') is s64[1, 1, 1, 1], but "
                                       "must be f32"));
  OnnxBuilder mixed;
  mixed.input("x", {1}).output("y").ints("c", {1}, {1});
  mixed.node("Add", {"x", "c"}, {"y"});
  EXPECT_THAT(errorOf(mixed), HasSubstr("inputs are of different types, f32[1] and s64[1]"));
}

TEST(BadModel, AttributesThatAreNotSupported) {
  OnnxBuilder unknown = reluModel();
  set(*unknown.graph().mutable_node(0), "consumed_inputs", Dims{0});
  EXPECT_EQ(errorOf(unknown),
            "model.onnx: node 'Relu_0' (Relu): attribute 'consumed_inputs' is not "
            "supported");
  OnnxBuilder wrong;
  wrong.input("x", {2, 2}).output("y");
  set(wrong.node("Transpose", {"x"}, {"y"}), "perm", int64_t(1));
  EXPECT_THAT(errorOf(wrong),
              HasSubstr("attribute 'perm' must be of type INTS, but is of type INT"));
  OnnxBuilder twice;
  twice.input("x", {2, 2}).output("y");
  auto &node = twice.node("Flatten", {"x"}, {"y"});
  set(node, "axis", int64_t(1));
  set(node, "axis", int64_t(0));
  EXPECT_THAT(errorOf(twice), HasSubstr("attribute 'axis' is given twice"));
}

TEST(BadModel, MessageIsOneLine) {
  OnnxBuilder model = reluModel();
  model.node("Add", {"y", "ghost"}, {"z"});
  EXPECT_THAT(errorOf(model), AllOf(StartsWith("model.onnx: "), Not(HasSubstr("\n"))));
}
