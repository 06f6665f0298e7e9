// The main job as a user does it: zoo, compile, inspect, run.
#include "tests/support/onnx_builder.h"
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"
#include "tools/bstc/files/npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <gmock/gmock.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <cstring>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using EndToEnd = ToolTest;

TEST_F(EndToEnd, ZooSaysWhatItWrote) {
  // Published: yolov5n has 1,872,157 parameters and 4.5 GFLOPs at 640 pixels.
  EXPECT_THAT(succeed("zoo yolov5n"),
              AllOf(HasSubstr("yolov5n.onnx"), HasSubstr("1,872,157 parameters"),
                    HasSubstr("4.5 GFLOPs"), HasSubstr("1x3x640x640")));
  EXPECT_EQ(files(), std::set<std::string>{"yolov5n.onnx"});
}

TEST_F(EndToEnd, CompileSummarisesAndNamesItsPackage) {
  writeModel();
  const std::string out = succeed("compile model.onnx");
  EXPECT_THAT(out, AllOf(HasSubstr("maca "), HasSubstr("edp "), HasSubstr("dsp "),
                         HasSubstr("fidelity"), HasSubstr("model.bst"), HasSubstr("hash ")));
  EXPECT_THAT(out, testing::ContainsRegex("tiles     [0-9]+ sections in [0-9]+ bands, [0-9]+ "
                                          "operations; .*B of DRAM traffic a frame \\(.*B layer"));
  EXPECT_EQ(files(), (std::set<std::string>{"model.onnx", "model.bst"}));
  // The hash is the package's own.
  const std::string hash = out.substr(out.rfind("hash ") + 5, 16);
  EXPECT_THAT(succeed("inspect model.bst"), HasSubstr("hash      " + hash));
}

TEST_F(EndToEnd, TheSameModelGivesTheSameBytes) {
  writeModel();
  succeed("compile model.onnx -o a.bst");
  succeed("compile model.onnx -o b.bst --no-fidelity");
  EXPECT_EQ(read("a.bst"), read("b.bst"));
}

TEST_F(EndToEnd, InspectPrintsTheContractAndTheDecode) {
  writeModel();
  std::string names;
  for (int i = 0; i < 80; ++i)
    names += "class-" + std::to_string(i) + "\n";
  write("names.txt", names + "\n");
  succeed("compile model.onnx --names names.txt --no-fidelity");
  const std::string out = succeed("inspect model.bst");
  EXPECT_THAT(out, AllOf(HasSubstr("input     images   f32   1x3x64x64"),
                         HasSubstr("output    output0  f32   1x252x85"), HasSubstr("bst-a1000b0"),
                         HasSubstr("schema    1")));
  // Strides and anchors of the published yolov5n.yaml.
  EXPECT_THAT(out, AllOf(HasSubstr("stride 8, anchors 10x13 16x30 33x23"),
                         HasSubstr("stride 32, anchors 116x90 156x198 373x326"),
                         HasSubstr("class-0, class-1"), HasSubstr("class-79")));
}

TEST_F(EndToEnd, InspectPrintsTheTiles) {
  writePackage();
  const std::string out = succeed("inspect model.bst --tiles");
  EXPECT_THAT(out, AllOf(HasSubstr("of weight memory, maps in blocks of 16 channels"),
                         testing::ContainsRegex("load_weights +1 .* weights@0"),
                         testing::ContainsRegex("maca +1 +.* rows 0-[0-9]+ data@"),
                         testing::ContainsRegex("store .* data@[0-9]+ .* dram")));
}

TEST_F(EndToEnd, StrictRunComparesWithTheFastPath) {
  writePackage();
  writeInput();
  EXPECT_THAT(succeed("run model.bst -i in.npy --strict"),
              testing::ContainsRegex("strict: [0-9]+ tile operations in two orders through 2.10 MB "
                                     "of data and 2.10 MB of weight memory; the outputs equal the "
                                     "fast path byte for byte"));
}

TEST_F(EndToEnd, RunGivesTheSameBytesFromModelAndPackageAndEitherInput) {
  writePackage();
  writeInput();
  onnx::TensorProto proto;
  proto.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t extent : {1, 3, 64, 64})
    proto.add_dims(extent);
  for (float value : inputValues())
    proto.add_float_data(value);
  write("in.pb", proto.SerializeAsString());

  EXPECT_THAT(succeed("run model.bst --input images=in.npy --output-dir a"),
              AllOf(HasSubstr("output0"), HasSubstr("1x252x85")));
  succeed("run model.onnx -i in.npy -o b/nested");
  succeed("run model.bst -i in.pb -o c");
  const std::string bytes = read("a/output0.npy");
  EXPECT_EQ(bytes, read("b/nested/output0.npy"));
  EXPECT_EQ(bytes, read("c/output0.npy"));
  llvm::Expected<Array> output = parseNpy(bytes, "output0.npy");
  ASSERT_TRUE(bool(output)) << llvm::toString(output.takeError());
  EXPECT_EQ(output->dtype, bst::DType::F32);
  EXPECT_THAT(output->shape, testing::ElementsAre(1, 252, 85));
  EXPECT_EQ(files().count("a/tensors.json"), 0u);
}

TEST_F(EndToEnd, RunWithoutAFolderWritesNothing) {
  writePackage();
  writeInput();
  const std::set<std::string> before = files();
  EXPECT_THAT(succeed("run model.bst -i in.npy --timings"),
              AllOf(HasSubstr("output0"), HasSubstr("yolo_decode"), HasSubstr("host ms")));
  EXPECT_EQ(files(), before);
}

TEST_F(EndToEnd, TimingsNameKernelsAndTheirShareOfPeak) {
  writePackage();
  writeInput();
  // All but the scalar kernels have a peak that they can be held against.
  const Outcome scalar = shell("BSTC_ISA=scalar $BSTC run model.bst -i in.npy --timings");
  EXPECT_EQ(scalar.code, 0) << scalar.err;
  EXPECT_THAT(scalar.out, AllOf(HasSubstr("gemm_portable"), Not(HasSubstr("peak measured"))));
}

TEST_F(EndToEnd, RepeatedRunsGiveTheSameOutputs) {
  writePackage();
  writeInput();
  succeed("run model.bst -i in.npy -o once --all-tensors");
  const std::string text =
      succeed("run model.bst -i in.npy -o last --all-tensors --timings --repeat 3");
  // Scalar kernels have no peak, and the line that says so many runs is about it.
  if (text.find("peak measured") != std::string::npos) {
    EXPECT_THAT(text, HasSubstr("the least of 3 runs"));
  }
  for (const std::string &file : files())
    if (file.rfind("once/", 0) == 0) {
      EXPECT_EQ(read(file), read("last/" + file.substr(5))) << file;
    }
  EXPECT_EQ(files().count("last/output0.npy"), 1u);
}

TEST_F(EndToEnd, ThreadsDoNotChangeWhatComesOut) {
  writePackage();
  writeInput();
  succeed("run model.bst -i in.npy -o a --all-tensors");
  succeed("run model.bst -i in.npy -o b --all-tensors --threads 3");
  for (const std::string &file : files())
    if (file.rfind("a/", 0) == 0) {
      EXPECT_EQ(read(file), read("b/" + file.substr(2))) << file;
    }
  EXPECT_EQ(files().count("b/output0.npy"), 1u);
  for (const char *wrong : {"0", "257", "two"}) {
    const Outcome refused = shell(std::string("$BSTC run model.bst -i in.npy --threads ") + wrong);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--threads"));
  }
}

TEST_F(EndToEnd, InstructionSetOfTheEnvironment) {
  writePackage();
  writeInput();
  succeed("run model.bst -i in.npy -o a");
  EXPECT_EQ(shell("BSTC_ISA=scalar $BSTC run model.bst -i in.npy -o b").code, 0);
  EXPECT_EQ(read("a/output0.npy"), read("b/output0.npy"));
  const Outcome unknown = shell("BSTC_ISA=mmx $BSTC run model.bst -i in.npy -o c");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("'mmx'"), HasSubstr("scalar")));
}

TEST_F(EndToEnd, PlainDecodeGivesTheSameNumbers) {
  writeModel();
  writeInput();
  succeed("run model.onnx -i in.npy -o a");
  succeed("run model.onnx -i in.npy -o b --no-recognise-decode");
  llvm::Expected<Array> a = parseNpy(read("a/output0.npy"), "a"),
                        b = parseNpy(read("b/output0.npy"), "b");
  ASSERT_TRUE(a && b);
  const auto *x = reinterpret_cast<const float *>(a->bytes.data());
  const auto *y = reinterpret_cast<const float *>(b->bytes.data());
  for (size_t i = 0; i < a->bytes.size() / sizeof(float); ++i)
    ASSERT_NEAR(x[i], y[i], 1e-5 * std::max(1.f, std::abs(y[i]))) << i;
}

TEST_F(EndToEnd, AllTensorsAreInOnnxOrder) {
  writePackage();
  writeInput();
  succeed("run model.bst -i in.npy -o out --all-tensors");
  const JsonReader index(read("out/tensors.json"));
  bool sawImage = false;
  for (size_t row = 0; row < index.size(""); ++row) {
    const std::string entry = std::to_string(row) + ".", file = index.text(entry + "file");
    llvm::Expected<Array> array = parseNpy(read("out/" + file), file);
    ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
    EXPECT_EQ(index.text(entry + "dtype"), numpyName(array->dtype));
    EXPECT_EQ(index.size(entry + "shape"), array->shape.size());
    if (array->shape != std::vector<int32_t>{1, 3, 64, 64} || array->dtype != bst::DType::S8)
      continue;
    // The quantised image, stored NHWC: its elements are those of the input, in the input's order.
    sawImage = true;
    const float scale = float(index.number(entry + "scale"));
    const std::vector<float> values = inputValues();
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(int8_t(array->bytes[i]),
                std::clamp(int(std::nearbyint(values[i] / scale)), -128, 127))
          << i;
  }
  EXPECT_TRUE(sawImage);
  EXPECT_EQ(files().count("out/output0.npy"), 1u);
}

TEST_F(EndToEnd, SegmentationHasItsTwoOutputs) {
  writeModel("--task segment");
  writeInput();
  succeed("run model.onnx -i in.npy -o out");
  EXPECT_EQ(files().count("out/output0.npy") + files().count("out/output1.npy"), 2u);
}

TEST_F(EndToEnd, ExplainGivesEveryNodeAnEngineAndAReason) {
  writeModel();
  const std::string out = succeed("compile model.onnx --explain --no-fidelity");
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(read("model.onnx")));
  llvm::SmallVector<llvm::StringRef, 0> lines;
  llvm::StringRef(out).split(lines, '\n');
  const auto isRow = [](llvm::StringRef line) {
    llvm::SmallVector<llvm::StringRef, 8> words;
    line.split(words, ' ', -1, false);
    return words.size() >= 4 &&
           (words[2] == "maca" || words[2] == "edp" || words[2] == "dsp" || words[2] == "none");
  };
  // Constant and Identity (of a constant) only hold parameters: nothing of them could be placed.
  const auto operators = llvm::count_if(model.graph().node(), [](const onnx::NodeProto &node) {
    return node.op_type() != "Constant" && node.op_type() != "Identity";
  });
  EXPECT_EQ(llvm::count_if(lines, isRow), operators);
  EXPECT_THAT(out, HasSubstr("int8 conv, fused relu"));
}

TEST_F(EndToEnd, IrIsPrintedToStderrAfterThePassesAskedFor) {
  writeModel();
  const Outcome one = bstc("compile model.onnx --no-fidelity --print-ir-after=quantise");
  EXPECT_EQ(one.code, 0);
  EXPECT_THAT(one.err, AllOf(HasSubstr("IR after quantise"), HasSubstr(" = conv(%")));
  EXPECT_THAT(one.err, testing::Not(HasSubstr("IR after import")));
  const Outcome all = bstc("compile model.onnx --no-fidelity --print-ir-after all");
  EXPECT_THAT(all.err, AllOf(HasSubstr("IR after import"), HasSubstr("IR after quantise"),
                             HasSubstr("IR after assign-engines")));
  EXPECT_EQ(one.out, all.out);
}

TEST_F(EndToEnd, FloatModelsRunOnDspWithANotice) {
  writeModel("--quant float");
  EXPECT_THAT(succeed("compile model.onnx --no-fidelity"),
              HasSubstr("warning: nothing is quantised"));
  writeInput();
  succeed("run model.bst -i in.npy -o out");
  EXPECT_EQ(files().count("out/output0.npy"), 1u);
}

/// A convolution that halves integers: odd ones end half-way between two steps, which the float
/// evaluation rounds to even, and exact arithmetic with a scale just above 0.1 upwards.
std::string modelOfTies() {
  OnnxBuilder model;
  model.input("x", {1, 1, 16, 16}).output("y");
  model.floats("s", {}, {0.1f});
  model.floats("sx", {}, {0.01f});
  model.bytes("z", {}, {0});
  model.bytes("w", {1, 1, 1, 1}, {5});
  model.node("QuantizeLinear", {"x", "sx", "z"}, {"xq"});
  model.node("DequantizeLinear", {"xq", "sx", "z"}, {"xd"});
  model.node("DequantizeLinear", {"w", "s", "z"}, {"wd"});
  model.node("Conv", {"xd", "wd"}, {"c"}).set_name("tie");
  model.node("QuantizeLinear", {"c", "sx", "z"}, {"cq"});
  model.node("DequantizeLinear", {"cq", "sx", "z"}, {"y"});
  return model.proto.SerializeAsString();
}

TEST_F(EndToEnd, ALayerWhoseTiesRoundUpIsExplained) {
  write("model.onnx", modelOfTies());
  const Outcome outcome = bstc("compile model.onnx");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, ""); // Nothing else differs: no warning.
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("worst layer: tie, "), HasSubstr("1 step, all of them ties\n"),
                    HasSubstr("ties round up on MACA and EDP, to even in ONNX: "),
                    HasSubstr("of the values of 1 layer lie half-way"), HasSubstr("end to end: y "),
                    HasSubstr(" dB, largest difference ")));
  EXPECT_EQ(files().count("model.bst"), 1u);
}

TEST_F(EndToEnd, OutputsThatAreNoNumbersSaySo) {
  OnnxBuilder model;
  model.input("x", {2}).output("y").node("Neg", {"x"}, {"y"});
  write("model.onnx", model.proto.SerializeAsString());
  const float values[] = {1, NAN};
  write("in.npy", npyBytes(bst::DType::F32, {2},
                           {reinterpret_cast<const std::byte *>(values), sizeof values}));
  EXPECT_THAT(succeed("run model.onnx -i in.npy"), HasSubstr("  nan       nan  -"));
}

TEST_F(EndToEnd, FloatLayersAreCloseNotEqual) {
  writeModel("--quant float");
  EXPECT_THAT(succeed("compile model.onnx"), HasSubstr("100.0000% within 1e-05, largest relative"));
}

/// DequantizeLinear -> LRN -> QuantizeLinear: no int8 engine runs a local response normalisation.
std::string modelWithFallback() {
  onnx::ModelProto model;
  model.set_ir_version(7);
  model.add_opset_import()->set_version(13);
  onnx::GraphProto &graph = *model.mutable_graph();
  graph.set_name("fallback");
  onnx::TensorProto &scale = *graph.add_initializer();
  scale.set_name("scale");
  scale.set_data_type(onnx::TensorProto::FLOAT);
  scale.add_float_data(0.1f);
  const auto node = [&](const char *op, std::vector<const char *> inputs, const char *output) {
    onnx::NodeProto &added = *graph.add_node();
    added.set_op_type(op);
    added.set_name(std::string(op) + "_" + output);
    for (const char *input : inputs)
      added.add_input(input);
    added.add_output(output);
    return &added;
  };
  const auto declare = [](onnx::ValueInfoProto &info, const char *name) {
    info.set_name(name);
    auto &tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t extent : {1, 4, 8, 8})
      tensor.mutable_shape()->add_dim()->set_dim_value(extent);
  };
  onnx::TensorProto &zero = *graph.add_initializer();
  zero.set_name("zero");
  zero.set_data_type(onnx::TensorProto::INT8);
  zero.add_int32_data(0);
  declare(*graph.add_input(), "x");
  node("QuantizeLinear", {"x", "scale", "zero"}, "xq");
  node("DequantizeLinear", {"xq", "scale", "zero"}, "xd");
  onnx::AttributeProto &size = *node("LRN", {"xd"}, "p")->add_attribute();
  size.set_name("size");
  size.set_type(onnx::AttributeProto::INT);
  size.set_i(3);
  node("QuantizeLinear", {"p", "scale", "zero"}, "pq");
  node("DequantizeLinear", {"pq", "scale", "zero"}, "y");
  declare(*graph.add_output(), "y");
  return model.SerializeAsString();
}

TEST_F(EndToEnd, FailOnFallbackNamesTheNodesAndWritesNothing) {
  write("model.onnx", modelWithFallback());
  const Outcome outcome = bstc("compile model.onnx --fail-on-fallback");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("LRN_p"));
  EXPECT_THAT(outcome.out, HasSubstr("LRN_p"));
  EXPECT_EQ(files(), std::set<std::string>{"model.onnx"});
  EXPECT_EQ(bstc("compile model.onnx").code, 0);
  writeModel();
  EXPECT_EQ(bstc("compile model.onnx --fail-on-fallback").code, 0);
}

} // namespace
} // namespace bstc::test
