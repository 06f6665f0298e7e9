// Forms of quantised layers as exporters write them: where they run and what they compute, against
// numbers worked out here from the file's integers and scales.

#include "tests/passes/imported.h"
#include "tests/support/compiled_run.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace bstc;
using namespace bstc::test;
using Floats = std::vector<float>;

namespace {

/// Steps of one QuantizeLinear, saturated to s8 or u8.
int stepsOf(double real, double scale, int zero, int low) {
  const int steps = int(std::nearbyint(float(real) / float(scale))) + zero;
  return std::clamp(steps, low, low + 255);
}

/// Runs the file; where it ran goes to `engines`.
Floats outputOf(const OnnxBuilder &model, const Floats &x, std::string *engines = nullptr) {
  auto outputs = runCompiled(model, x, engines);
  EXPECT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  return outputs ? outputs->front() : Floats();
}

void expectNear(const Floats &actual, const Floats &expected, float tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], tolerance) << "element " << i;
}

enum class Bias { None, Float, Stored };

/// x [2, 6] times weights of 3 columns.
struct Layer {
  const char *op;
  bool transposed, stored, perChannel;
  Bias bias;
};

constexpr float inputScale = 0.05f, outputScale = 0.07f;
constexpr float columnScales[] = {0.02f, 0.01f, 0.03f}, columnBias[] = {0.5f, -1, 2};

int weightAt(int k, int m) { return (k * 37 + m * 53) % 255 - 127; }
float weightScale(const Layer &layer, int m) { return columnScales[layer.perChannel ? m : 0]; }

/// Int8 weights behind a DequantizeLinear, stored so or quantised from floats by the file.
std::string weightsOf(QdqBuilder &model, const Layer &layer) {
  const Dims dims = layer.transposed ? Dims{3, 6} : Dims{6, 3};
  std::vector<int32_t> integers(18);
  Floats reals(18);
  for (int k = 0; k < 6; ++k)
    for (int m = 0; m < 3; ++m) {
      const auto at = size_t(layer.transposed ? m * 6 + k : k * 3 + m);
      integers[at] = weightAt(k, m);
      reals[at] = float(weightAt(k, m)) * weightScale(layer, m);
    }
  Floats scales(columnScales, columnScales + (layer.perChannel ? 3 : 1));
  const auto operands = model.parameters(scales, std::vector<int>(scales.size(), 0));
  const int64_t axis = layer.transposed ? 0 : 1;
  if (layer.stored) {
    model.bytes("wq", dims, integers);
  } else {
    model.floats("w", dims, reals);
    set(model.node("QuantizeLinear", {"w", operands[0], operands[1]}, {"wq"}), "axis", axis);
  }
  set(model.node("DequantizeLinear", {"wq", operands[0], operands[1]}, {"wd"}), "axis", axis);
  return "wd";
}

std::string biasOf(QdqBuilder &model, const Layer &layer) {
  if (layer.bias == Bias::Float) {
    model.floats("b", {3}, {columnBias[0], columnBias[1], columnBias[2]});
    return "b";
  }
  std::vector<int32_t> steps;
  Floats scales;
  for (int m = 0; m < 3; ++m) {
    scales.push_back(inputScale * weightScale(layer, m));
    steps.push_back(int32_t(std::lround(columnBias[m] / scales.back())));
  }
  model.bytes("bq", {3}, steps, onnx::TensorProto::INT32);
  model.floats("bs", {3}, scales);
  set(model.node("DequantizeLinear", {"bq", "bs"}, {"b"}), "axis", int64_t(0));
  return "b";
}

QdqBuilder fileOf(const Layer &layer) {
  QdqBuilder model;
  const int type = onnx::TensorProto::UINT8;
  model.input("x", {2, 6}).output("y");
  std::vector<std::string> operands = {
      model.dequantize(model.quantize("x", "xq", inputScale, 120, type), "xd", inputScale, 120,
                       type),
      weightsOf(model, layer)};
  const bool gemm = llvm::StringRef(layer.op) == "Gemm";
  if (layer.bias != Bias::None && gemm)
    operands.push_back(biasOf(model, layer));
  auto &product = model.node(layer.op, operands, {"p"});
  if (layer.transposed)
    set(product, "transB", int64_t(1));
  std::string last = "p";
  if (layer.bias != Bias::None && !gemm) {
    model.node("Add", {"p", biasOf(model, layer)}, {"sum"});
    last = "sum";
  }
  model.dequantize(model.quantize(last, "yq", outputScale), "y", outputScale);
  return model;
}

Floats someRows() {
  Floats x;
  for (int i = 0; i < 12; ++i)
    x.push_back(0.31f * float(i * 5 % 12) - 1.6f);
  return x;
}

Floats expectedOf(const Layer &layer) {
  const Floats x = someRows();
  Floats y;
  for (int n = 0; n < 2; ++n)
    for (int m = 0; m < 3; ++m) {
      double sum = layer.bias == Bias::None ? 0 : double(columnBias[m]);
      for (int k = 0; k < 6; ++k)
        sum += (stepsOf(x[size_t(n * 6 + k)], inputScale, 120, 0) - 120) * double(inputScale) *
               weightAt(k, m) * double(weightScale(layer, m));
      y.push_back(float(stepsOf(sum, outputScale, 0, -128)) * outputScale);
    }
  return y;
}

} // namespace

TEST(QdqForms, FullyConnectedLayersOfRealFilesRunOnTheConvolutionEngine) {
  for (const char *op : {"Gemm", "MatMul"})
    for (const bool transposed : {false, true})
      for (const bool stored : {false, true})
        for (const bool perChannel : {false, true})
          for (const Bias bias : {Bias::None, Bias::Float, Bias::Stored}) {
            const Layer layer{op, transposed, stored, perChannel, bias};
            if (transposed && llvm::StringRef(op) == "MatMul")
              continue;
            SCOPED_TRACE(testing::Message()
                         << op << " transposed " << transposed << " stored " << stored
                         << " per channel " << perChannel << " bias " << int(bias));
            std::string engines;
            const Floats y = outputOf(fileOf(layer), someRows(), &engines);
            EXPECT_EQ(engines, "dsp maca dsp");
            expectNear(y, expectedOf(layer), outputScale * 0.01f);
          }
}

TEST(QdqForms, AFlattenOfIntegersInFrontOfALayer) {
  // Conv -> Q -> Flatten (of the integers) -> DQ -> Gemm -> Q: the flattened order is ONNX's.
  QdqBuilder model;
  model.input("x", {1, 2, 1, 2}).output("y");
  model.dequantize(model.quantize("x", "xq", 0.5f), "xd", 0.5f);
  model.bytes("w", {2, 2, 1, 1}, {1, 0, 0, 2}); // y0 = x0, y1 = 2 x1
  model.node("Conv", {"xd", model.dequantize("w", "wd", 1)}, {"c"});
  set(model.node("Flatten", {model.quantize("c", "cq", 0.5f)}, {"f"}), "axis", int64_t(1));
  model.dequantize("f", "fd", 0.5f);
  model.bytes("g", {4, 1}, {1, 10, 100, 50}); // Rows in the order of the flattened map.
  model.node("MatMul", {"fd", model.dequantize("g", "gd", 0.01f)}, {"p"});
  model.dequantize(model.quantize("p", "pq", 0.01f), "y", 0.01f);
  std::string engines;
  // 0.5 * 0.01 + 1 * 0.1 + (2 * -0.5) * 1 + (2 * 0.5) * 0.5, one rounding, to even or up.
  expectNear(outputOf(model, {0.5f, 1, -0.5f, 0.5f}, &engines), {-0.395f}, 0.0051f);
  EXPECT_EQ(engines, "dsp maca maca dsp");
}

/// The stem of YOLOv5 as quantize_static writes it: stored weights, stored bias, u8 or s8 image.
TEST(QdqForms, AStemOfStoredIntegersReadsTheImageInBlocks) {
  for (const int type : {int(onnx::TensorProto::UINT8), int(onnx::TensorProto::INT8)}) {
    const int zero = type == onnx::TensorProto::UINT8 ? 3 : -5, low = zero > 0 ? 0 : -128;
    const float xs = 1.0f / 255, ys = 0.05f;
    QdqBuilder model;
    model.input("x", {1, 3, 8, 8}).output("y");
    model.dequantize(model.quantize("x", "xq", xs, zero, type), "xd", xs, zero, type);
    std::vector<int32_t> weights(2 * 3 * 36);
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = int32_t(i * 31 % 255) - 127;
    model.bytes("w", {2, 3, 6, 6}, weights);
    const Floats scales = {0.01f, 0.02f};
    model.dequantizeAlong(0, "w", "wd", scales, {0, 0});
    model.bytes("bq", {2}, {5000, -2000}, onnx::TensorProto::INT32);
    model.floats("bs", {2}, {xs * scales[0], xs * scales[1]});
    set(model.node("DequantizeLinear", {"bq", "bs"}, {"b"}), "axis", int64_t(0));
    auto &conv = model.node("Conv", {"xd", "wd", "b"}, {"c"});
    set(conv, "kernel_shape", Dims{6, 6});
    set(conv, "strides", Dims{2, 2});
    set(conv, "pads", Dims{2, 2, 2, 2});
    model.dequantize(model.quantize("c", "cq", ys), "y", ys);
    Floats x(3 * 64), expected;
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(i * 67 % 101) / 100;
    for (int o = 0; o < 2; ++o)
      for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 4; ++column) {
          int64_t sum = o == 0 ? 5000 : -2000;
          for (int c = 0; c < 3; ++c)
            for (int i = 0; i < 36; ++i) {
              const int r = row * 2 - 2 + i / 6, k = column * 2 - 2 + i % 6;
              if (r >= 0 && r < 8 && k >= 0 && k < 8)
                sum += (stepsOf(x[size_t(c * 64 + r * 8 + k)], xs, zero, low) - zero) *
                       weights[size_t((o * 3 + c) * 36 + i)];
            }
          expected.push_back(
              float(stepsOf(double(sum) * double(xs) * double(scales[size_t(o)]), ys, 0, -128)) *
              ys);
        }
    std::string engines;
    expectNear(outputOf(model, x, &engines), expected, ys * 1.01f);
    EXPECT_EQ(engines, "dsp maca dsp");
    Graph graph = imported(model);
    for (const Pass &pass : passPipeline())
      if (pass.runs({}))
        runPass(pass.run, graph);
    EXPECT_EQ(nodeNamed(graph, "Conv_4")->input(0)->type.shape, (Shape{1, 12, 4, 4}));
  }
}

/// A bias that is one number per row, or one for all, is not one number per column.
TEST(QdqForms, ABiasBroadcastsAsItsShapeSays) {
  struct Form {
    Dims dims;
    Floats values;
    Floats expected; ///< Of [[1, 2], [3, 4]] and the bias.
  };
  const Form forms[] = {
      {{2}, {10, 20}, {11, 22, 13, 24}},    {{1, 2}, {10, 20}, {11, 22, 13, 24}},
      {{2, 1}, {10, 20}, {11, 12, 23, 24}}, {{2, 2}, {10, 20, 30, 40}, {11, 22, 33, 44}},
      {{1}, {10}, {11, 12, 13, 14}},        {{}, {10}, {11, 12, 13, 14}},
      {{1, 1}, {10}, {11, 12, 13, 14}}};
  for (const bool gemm : {true, false})
    for (const Form &form : forms) {
      SCOPED_TRACE(testing::Message() << (gemm ? "Gemm " : "Add ") << form.dims.size() << " dims, "
                                      << form.values.size() << " values");
      QdqBuilder model;
      model.input("x", {2, 2}).output("y");
      model.dequantize(model.quantize("x", "xq", 1), "xd", 1);
      model.bytes("w", {2, 2}, {1, 0, 0, 1});
      model.dequantize("w", "wd", 1);
      model.floats("b", form.dims, form.values);
      if (gemm) {
        model.node("Gemm", {"xd", "wd", "b"}, {"p"});
      } else {
        model.node("MatMul", {"xd", "wd"}, {"m"});
        model.node("Add", {"m", "b"}, {"p"});
      }
      model.dequantize(model.quantize("p", "pq", 1), "y", 1);
      EXPECT_EQ(outputOf(model, {1, 2, 3, 4}), form.expected);
    }
}

// What a DequantizeLinear says counts, whoever reads it.

namespace {
/// The map [1, 1, 2, 2] of 1 2 3 4 in steps of 1, taken for twice as much.
struct Doubled : QdqBuilder {
  Doubled() {
    input("x", {1, 1, 2, 2}).output("y");
    dequantize(quantize("x", "q", 1), "d", 2);
  }
  Floats run(const std::string &last) {
    dequantize(quantize(last, "lq", 0.5f), "y", 0.5f);
    return outputOf(*this, {1, 2, 3, 4}, &engines);
  }
  std::string engines;
};
} // namespace

TEST(QdqForms, AConvolutionReadsTheDequantizersScale) {
  Doubled model;
  model.bytes("w", {1, 1, 1, 1}, {3});
  model.node("Conv", {"d", model.dequantize("w", "wd", 1)}, {"c"});
  EXPECT_EQ(model.run("c"), (Floats{6, 12, 18, 24}));
  EXPECT_EQ(model.engines, "dsp maca dsp"); // And needs no other command for it.
}

TEST(QdqForms, ASumReadsEachDequantizersScale) {
  Doubled model;
  model.dequantize("q", "other", 1, 4);
  model.node("Add", {"d", "other"}, {"s"});
  EXPECT_EQ(model.run("s"), (Floats{-1, 2, 5, 8})); // 2 q + (q - 4)
  EXPECT_EQ(model.engines, "dsp edp dsp");
}

TEST(QdqForms, AConcatenationReadsEachDequantizersScale) {
  Doubled model;
  model.dequantize("q", "other", 1);
  set(model.node("Concat", {"other", "d"}, {"c"}), "axis", int64_t(1));
  EXPECT_EQ(model.run("c"), (Floats{1, 2, 3, 4, 2, 4, 6, 8}));
  EXPECT_EQ(model.engines, "dsp edp dsp");
}

TEST(QdqForms, PoolsAndActivationsReadTheDequantizersScale) {
  Doubled max;
  set(max.node("MaxPool", {"d"}, {"p"}), "kernel_shape", Dims{2, 2});
  EXPECT_EQ(max.run("p"), (Floats{8}));
  Doubled average;
  set(average.node("AveragePool", {"d"}, {"p"}), "kernel_shape", Dims{2, 2});
  EXPECT_EQ(average.run("p"), (Floats{5}));
  Doubled relu;
  relu.node("Relu", {"d"}, {"r"});
  EXPECT_EQ(relu.run("r"), (Floats{2, 4, 6, 8}));
  Doubled again;
  EXPECT_EQ(again.run("d"), (Floats{2, 4, 6, 8}));
}

TEST(QdqForms, AnOutputIsWhatItsDequantizerSays) {
  QdqBuilder model;
  model.input("x", {1, 1, 2, 2}).output("y").output("z");
  model.quantize("x", "q", 1);
  model.dequantize("q", "y", 2);
  model.dequantize("q", "z", 1, 1);
  auto outputs = runCompiled(model, Floats{1, 2, 3, 4});
  ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  EXPECT_EQ((*outputs)[0], (Floats{2, 4, 6, 8}));
  EXPECT_EQ((*outputs)[1], (Floats{0, 1, 2, 3}));
}

TEST(QdqForms, AConstantBehindTwoPairsIsAddedJoinedAndMultiplied) {
  for (const char *op : {"Add", "Mul", "Concat"}) {
    QdqBuilder model;
    model.input("x", {1, 1, 2, 2}).output("y");
    model.dequantize(model.quantize("x", "q", 0.5f), "d", 0.5f);
    model.floats("k", {1, 1, 2, 2}, {1, 2, 0.5f, -1});
    model.dequantize(model.quantize("k", "k1", 0.5f), "e1", 0.5f);
    model.dequantize(model.quantize("e1", "k2", 0.5f), "e2", 0.5f);
    auto &node = model.node(op, {"d", "e2"}, {"r"});
    const bool joins = llvm::StringRef(op) == "Concat";
    if (joins)
      set(node, "axis", int64_t(1));
    model.dequantize(model.quantize("r", "rq", 0.5f), "y", 0.5f);
    const Floats expected = joins                          ? Floats{1, 1, 2, 2, 1, 2, 0.5f, -1}
                            : llvm::StringRef(op) == "Add" ? Floats{2, 3, 2.5f, 1}
                                                           : Floats{1, 2, 1, -2};
    EXPECT_EQ(outputOf(model, {1, 1, 2, 2}), expected) << op;
  }
}

TEST(QdqForms, PairsThatChangeNothingBehindAMovedMapCostNothing) {
  QdqBuilder model;
  model.input("x", {1, 2, 1, 2}).output("y");
  model.dequantize(model.quantize("x", "q", 0.5f), "d", 0.5f);
  set(model.node("Transpose", {"d"}, {"t"}), "perm", Dims{0, 3, 2, 1});
  model.dequantize(model.quantize("t", "tq", 0.5f), "y", 0.5f);
  std::string engines;
  EXPECT_EQ(outputOf(model, {1, 2, 3, 4}, &engines), (Floats{1, 3, 2, 4}));
  EXPECT_EQ(engines, "dsp dsp dsp"); // Quantize, dequantize, transpose.
  QdqBuilder other;                  // Another scale does change something.
  other.input("x", {1, 2, 1, 2}).output("y");
  other.dequantize(other.quantize("x", "q", 0.5f), "d", 0.5f);
  set(other.node("Transpose", {"d"}, {"t"}), "perm", Dims{0, 3, 2, 1});
  other.dequantize(other.quantize("t", "tq", 2), "y", 2);
  EXPECT_EQ(outputOf(other, {1, 2, 5, 4}), (Floats{0, 4, 2, 4}));
}
