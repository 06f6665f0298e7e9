// Networks of integers only, the forms that are refused, and what packages say of integers.
#include "tests/passes/byte_boundaries.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::HasSubstr;

namespace {

/// A network of integers only, or nearly so, as exporters leave them around others: what the file's
/// own operators make of them.
struct Odd {
  const char *name;
  void (*build)(QdqBuilder &model);
  Dims shape = planes; ///< Of the input, u8.
};

const Odd odds[] = {
    {"moved only", [](QdqBuilder &m) { moved(m, "x", "y", toPixels); }},
    {"pooled only",
     [](QdqBuilder &m) {
       set(m.node("MaxPool", {"x"}, {"y"}), "kernel_shape", Dims{2, 2});
     }},
    {"joined with itself, moved",
     [](QdqBuilder &m) {
       set(m.node("Concat", {"x", moved(m, "x", "t", {0, 2, 1, 3})}, {"y"}), "axis", int64_t(3));
     }},
    {"joined with stored integers",
     [](QdqBuilder &m) {
       m.bytes("k", {1, 1, rows, columns}, {0, 1, 100, 200, 254, 255}, u8Type);
       set(m.node("Concat", {"x", "k"}, {"y"}), "axis", int64_t(1));
     }},
    {"read as floats", [](QdqBuilder &m) { m.dequantize("x", "y", 0.5f, 100, u8Type); }},
    {"cast to floats", [](QdqBuilder &m) { cast(m, "x", "y"); }},
    {"cast to floats, moved", [](QdqBuilder &m) { moved(m, cast(m, "x", "f"), "y", toPixels); }},
    {"quantised anew",
     [](QdqBuilder &m) {
       m.quantize(m.dequantize("x", "d", 0.5f, 100, u8Type), "y", 0.75f, -3); // Thirds: no ties.
     }},
    {"a scale for each channel",
     [](QdqBuilder &m) {
       const auto operands = m.parameters({0.5f, 0.25f}, {100, 3}, u8Type);
       set(m.node("DequantizeLinear", {"x", operands[0], operands[1]}, {"y"}), "axis", int64_t(1));
     }},
    {"the same integers twice, moved once",
     [](QdqBuilder &m) {
       m.output("z");
       m.quantize(cast(m, "x", "f"), "y", 3, 0);
       moved(m, "y", "z", toPixels);
     }},
    {"integers and what they stand for",
     [](QdqBuilder &m) {
       m.output("z");
       m.dequantize(m.quantize(cast(m, "x", "f"), "y", 3, 0), "z", 3, 0);
     }},
    {"two pictures", [](QdqBuilder &m) { moved(m, "x", "y", toPixels); }, {2, 1, 2, 3}},
    {"a list of five",
     [](QdqBuilder &m) {
       reshaped(m, "x", "y", {1, 6, 2});
     },
     {1, 1, 2, 2, 3}},
    {"one position", [](QdqBuilder &m) { moved(m, "x", "y", toPlanes); }, {1, 1, 1, 12}},
    {"handed through", [](QdqBuilder &m) { m.node("Identity", {"x"}, {"y"}); }},
};

/// By the evaluation of the file, which knows nothing of passes.
std::vector<Bytes> evaluated(const Graph &graph, const Integers &x) {
  auto data = std::make_shared<TensorData>(ArrayType(graph.inputs()[0]->type));
  llvm::copy(bytesOf(x), data->mutableValues<std::byte>().begin());
  auto results = evaluate(graph, {data});
  EXPECT_TRUE(bool(results)) << llvm::toString(results.takeError());
  std::vector<Bytes> outputs;
  for (const TensorDataRef &result : *results)
    outputs.emplace_back(result->data(), result->data() + size_t(result->size()));
  return outputs;
}

std::string refusalOf(const OnnxBuilder &model) {
  auto graph = model.import();
  if (!graph)
    return llvm::toString(graph.takeError());
  auto compilation = compile(std::move(*graph), {});
  return compilation ? "no error" : llvm::toString(compilation.takeError());
}

} // namespace

/// So do networks without a single command: bytes that lie as they are wanted.
TEST(ByteBoundaries, OddNetworksComputeWhatTheirFilesSay) {
  for (const Odd &odd : odds) {
    SCOPED_TRACE(odd.name);
    QdqBuilder model;
    model.input("x", odd.shape, u8Type).output("y");
    odd.build(model);
    const Integers x = someBytes(u8Type, 0);
    const Compilation compilation = compiledFile(model);
    if (compilation.compiled) {
      EXPECT_EQ(textOf(outputsOf(compilation, {x})), textOf(evaluated(imported(model), x)));
    }
  }
}

TEST(ByteBoundaries, OtherIntegersAreRefused) {
  struct Refused {
    int type;
    void (*build)(QdqBuilder &model);
    const char *why;
  };
  const Refused forms[] = {
      {onnx::TensorProto::INT32, [](QdqBuilder &m) { cast(m, "x", "y"); },
       "input 'x': is int32; only float32, int8 and uint8 inputs are supported"},
      {u8Type,
       [](QdqBuilder &m) {
         m.node("Add", {"x", "x"}, {"y"});
       },
       "node 'Add_0' (Add): input 0 ('x') is u8[1, 2, 2, 3], but must be f32"},
      {u8Type,
       [](QdqBuilder &m) {
         m.floats("w", {1, 2, 1, 1}, {1, 1});
         m.node("Conv", {"x", "w"}, {"y"});
       },
       "node 'Conv_0' (Conv): input 0 ('x') is u8[1, 2, 2, 3], but must be f32"},
      {onnx::TensorProto::FLOAT,
       [](QdqBuilder &m) { set(m.node("Cast", {"x"}, {"y"}), "to", int64_t(u8Type)); },
       "node 'Cast_0' (cast): no engine takes it"},
      {onnx::TensorProto::FLOAT,
       [](QdqBuilder &m) {
         const auto operands = m.parameters({0.75f, 0.3f}, {5, -3});
         set(m.node("QuantizeLinear", {"x", operands[0], operands[1]}, {"y"}), "axis", int64_t(1));
       },
       "dsp: quantises f32 to s8 or u8 with one scale only"},
  };
  for (const Refused &form : forms) {
    QdqBuilder model;
    model.input("x", planes, form.type).output("y");
    form.build(model);
    EXPECT_THAT(refusalOf(model), HasSubstr(form.why));
  }
}

namespace {

/// u8 pixels, moved, as the first layer's input, whose result leaves in the same order.
QdqBuilder pixelsToPixels() {
  QdqBuilder model;
  model.input("x", pixels, u8Type).output("y");
  model.bytes("w", {2, 2, 1, 1}, {1, -2, 3, 1});
  const std::string real =
      moved(model, model.dequantize("x", "d", 0.5f, 100, u8Type), "r", toPlanes);
  model.node("Conv", {real, model.dequantize("w", "wd", 0.25f)}, {"c"});
  model.quantize(moved(model, "c", "t", toPixels), "y", 0.375f, 5);
  return model;
}

} // namespace

/// NHWC is how the int8 engines have maps: nothing is left to do but a command of the layer.
TEST(ByteBoundaries, PixelsCostNothing) {
  const Compilation compilation = compiledFile(pixelsToPixels());
  const bst::Program &program = compilation.compiled->program;
  std::string commands;
  for (const bst::Command &command : program.commands)
    commands += std::string(bst::opcodeName(command.params)) + " ";
  EXPECT_EQ(commands, "conv ");
}

TEST(ByteBoundaries, ThePackageSaysWhatTheIntegersStandFor) {
  const auto boundary = [](const Compilation &compilation) {
    const bst::Program &program = compilation.compiled->program;
    return std::pair(program.tensors[program.inputs[0]], program.tensors[program.outputs[0]]);
  };
  const auto [x, y] = boundary(compiledFile(pixelsToPixels()));
  EXPECT_EQ(x.dtype, bst::DType::U8);
  EXPECT_EQ(x.layout, bst::Layout::RowMajor);
  EXPECT_THAT(x.shape, testing::ElementsAre(1, rows, columns, channels));
  EXPECT_EQ(std::pair(x.scale, x.zeroPoint), std::pair(0.5f, 100));
  EXPECT_EQ(y.dtype, bst::DType::S8);
  EXPECT_EQ(y.layout, bst::Layout::RowMajor);
  EXPECT_THAT(y.shape, testing::ElementsAre(1, rows, columns, channels));
  EXPECT_EQ(std::pair(y.scale, y.zeroPoint), std::pair(0.375f, 5));
  // Readers that do not agree say nothing for the input.
  QdqBuilder other = pixelsToPixels();
  other.output("z");
  other.dequantize("x", "z", 0.25f, 100, u8Type);
  EXPECT_EQ(boundary(compiledFile(other)).first.scale, 0);
}
