// Writes the seeds of tests/fuzz/corpus/onnx: float and quantised networks of a few nodes that
// together hold most families of operators.
#include "tests/support/onnx_builder.h"

#include <filesystem>
#include <fstream>

using namespace bstc::test;

/// Quantises `from` to s8 and back, as exporters do.
static std::string quantised(OnnxBuilder &m, const std::string &from) {
  m.node("QuantizeLinear", {from, "scale", "zero"}, {from + "_q"});
  m.node("DequantizeLinear", {from + "_q", "scale", "zero"}, {from + "_d"});
  return from + "_d";
}

static OnnxBuilder quantisedNetwork() {
  OnnxBuilder m;
  m.input("x", {1, 4, 8, 8}).output("y");
  m.floats("scale", {}, {0.05f});
  m.bytes("zero", {}, {0});
  m.bytes("w", {4, 4, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  m.node("DequantizeLinear", {"w", "scale", "zero"}, {"wd"});
  m.floats("b", {4}, {0.5f, 0, -0.5f, 1});
  m.node("Conv", {quantised(m, "x"), "wd", "b"}, {"c"});
  m.node("Sigmoid", {"c"}, {"s"});
  m.node("Mul", {"c", "s"}, {"silu"});
  const std::string silu = quantised(m, "silu");
  auto &pool = m.node("MaxPool", {silu}, {"p"});
  set(pool, "kernel_shape", Dims{3, 3});
  set(pool, "pads", Dims{1, 1, 1, 1});
  m.node("Add", {quantised(m, "p"), silu}, {"sum"});
  set(m.node("Concat", {quantised(m, "sum"), silu}, {"cat"}), "axis", int64_t(1));
  m.floats("scales", {4}, {1, 1, 2, 2});
  m.node("Resize", {quantised(m, "cat"), "", "scales"}, {"u"});
  m.node("GlobalAveragePool", {quantised(m, "u")}, {"mean"});
  m.node("Identity", {quantised(m, "mean")}, {"y"});
  return m;
}

/// Where everything is quantised: convolutions with SiLU and ReLU in one pass, a residual sum, a
/// product with weights of one scale per channel.
static OnnxBuilder residualNetwork() {
  OnnxBuilder m;
  m.input("x", {1, 4, 12, 12}).output("y");
  m.floats("scale", {}, {0.05f});
  m.bytes("zero", {}, {0});
  m.floats("scales", {4}, {0.01f, 0.02f, 0.03f, 0.04f});
  m.bytes("zeros", {4}, {0, 0, 0, 0});
  std::vector<int> values;
  for (int i = 0; i < 4 * 4 * 3 * 3; ++i)
    values.push_back(i * 37 % 15 - 7);
  m.bytes("w3", {4, 4, 3, 3}, values);
  values.resize(4 * 4);
  m.bytes("w1", {4, 4, 1, 1}, values);
  m.bytes("w0", {4, 4}, values);
  for (const char *name : {"w3", "w1", "w0"}) {
    auto &node = m.node("DequantizeLinear", {name, "scales", "zeros"}, {std::string(name) + "d"});
    set(node, "axis", int64_t(0));
  }
  const std::string x = quantised(m, "x");
  auto &conv = m.node("Conv", {x, "w3d"}, {"c3"});
  set(conv, "pads", Dims{1, 1, 1, 1});
  const std::string c3 = quantised(m, "c3");
  m.node("Sigmoid", {c3}, {"s"});
  m.node("Mul", {c3, quantised(m, "s")}, {"silu"});
  m.node("Conv", {quantised(m, "silu"), "w1d"}, {"c1"});
  m.node("Relu", {"c1"}, {"r"});
  m.node("Add", {x, quantised(m, "r")}, {"sum"});
  const std::string sum = quantised(m, "sum");
  auto &strided = m.node("Conv", {sum, "w3d"}, {"down"});
  set(strided, "strides", Dims{2, 2});
  m.node("GlobalAveragePool", {quantised(m, "down")}, {"mean"});
  m.node("Flatten", {quantised(m, "mean")}, {"flat"});
  set(m.node("Gemm", {quantised(m, "flat"), "w0d"}, {"g"}), "transB", int64_t(1));
  m.node("Identity", {quantised(m, "g")}, {"y"});
  return m;
}

static OnnxBuilder floatNetwork() {
  OnnxBuilder m;
  m.input("x", {1, 4, 6, 6}).output("y").output("z");
  m.ramp("w", {4, 2, 3, 3});
  m.floats("b", {4}, {1, 2, 3, 4});
  auto &conv = m.node("Conv", {"x", "w", "b"}, {"c"});
  set(conv, "group", int64_t(2));
  set(conv, "pads", Dims{1, 1, 1, 1});
  m.node("BatchNormalization", {"c", "b", "b", "b", "b"}, {"n"});
  m.node("LeakyRelu", {"n"}, {"r"});
  m.ints("parts", {2}, {1, 3});
  set(m.node("Split", {"r", "parts"}, {"s0", "s1"}), "axis", int64_t(1));
  m.ints("starts", {1}, {-5});
  m.ints("ends", {1}, {1000});
  m.ints("axes", {1}, {2});
  m.node("Slice", {"s1", "starts", "ends", "axes"}, {"sl"});
  m.node("Shape", {"sl"}, {"shape"});
  m.node("ConstantOfShape", {"shape"}, {"zeros"});
  m.node("Add", {"sl", "zeros"}, {"added"});
  set(m.node("Transpose", {"s0"}, {"t"}), "perm", Dims{0, 2, 3, 1});
  m.ints("flat", {2}, {0, -1});
  m.node("Reshape", {"t", "flat"}, {"rs"});
  m.ramp("matrix", {36, 3});
  m.node("MatMul", {"rs", "matrix"}, {"mm"});
  m.node("Softmax", {"mm"}, {"y"});
  m.ints("pads", {8}, {0, 0, 1, 1, 0, 0, 1, 1});
  m.node("Pad", {"added", "pads"}, {"padded"});
  m.node("ReduceMean", {"padded"}, {"z"});
  return m;
}

static OnnxBuilder shapeNetwork() {
  OnnxBuilder m;
  m.input("x", {1, 2, 4}).output("y");
  m.ints("shape", {3}, {1, 2, 4});
  m.ints("index", {1}, {1});
  m.node("Expand", {"index", "shape"}, {"e"});
  auto &cast = m.node("Cast", {"e"}, {"f"});
  set(cast, "to", int64_t(onnx::TensorProto::FLOAT));
  m.node("Mul", {"x", "f"}, {"y"});
  return m;
}

int main(int count, char **arguments) {
  if (count != 2)
    return 2;
  const std::filesystem::path folder = arguments[1];
  bool good = true;
  for (const auto &[name, model] :
       {std::pair("quantised.onnx", quantisedNetwork()), std::pair("float.onnx", floatNetwork()),
        std::pair("shapes.onnx", shapeNetwork()), std::pair("residual.onnx", residualNetwork())}) {
    std::ofstream file(folder / name, std::ios::binary);
    good = model.proto.SerializeToOstream(&file) && file && good;
  }
  return !good;
}
