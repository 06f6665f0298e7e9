// Random files with QuantizeLinear and DequantizeLinear in every place where exports put them, and
// in some where they do not: what the compiled program computes against the evaluation of the file
// node by node, which no pass touches.

#include "frontend/evaluate.h"
#include "tests/support/compiled_run.h"
#include "tests/support/runs.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

using namespace bstc;
using namespace bstc::test;

namespace {

/// Grows one network: every step reads values that are there and adds others.
class RandomNetwork {
public:
  explicit RandomNetwork(unsigned seed) : random(seed) {
    const Dims shape = {1, 1 + below(5), 1 + below(5), 1 + below(5)};
    model.input("x", shape);
    values.push_back({"x", shape});
    for (int64_t step = 0, steps = 4 + below(9); step < steps; ++step)
      grow();
    finish();
  }

  OnnxBuilder model;

  std::vector<float> inputs() {
    std::vector<float> x(size_t(countOf(values[0].shape)));
    for (float &value : x)
      value = real(-3, 3);
    return x;
  }

private:
  struct Tensor {
    std::string name;
    Dims shape;
    int type = onnx::TensorProto::FLOAT;
    float scale = 0; ///< Of the QuantizeLinear; integers only.
    int zero = 0;
    bool read = false;
    bool isFloat() const { return type == onnx::TensorProto::FLOAT; }
  };

  static int64_t countOf(const Dims &shape) {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    return count;
  }
  int64_t below(int64_t bound) { return int64_t(random() % uint64_t(bound)); }
  bool chance(int percent) { return below(100) < percent; }
  float real(float lo, float hi) { return std::uniform_real_distribution<float>(lo, hi)(random); }
  std::string fresh(const char *prefix) { return prefix + std::to_string(names++); }
  int zeroFor(int type) {
    return type == onnx::TensorProto::UINT8 ? int(100 + below(56)) : int(below(40) - 20);
  }

  Tensor &add(std::string name, Dims shape, int type) {
    values.push_back({std::move(name), std::move(shape), type});
    return values.back();
  }
  onnx::NodeProto &node(const char *op, const std::vector<std::string> &inputs,
                        const std::string &output) {
    return model.node(op, inputs, {output});
  }

  /// Scale and zero point of one element, or of `count` along an axis, as operands.
  std::vector<std::string> parameters(const std::vector<float> &scales,
                                      const std::vector<int> &zeros, int type) {
    const std::string scale = fresh("s"), zero = fresh("z");
    const Dims dims = scales.size() > 1 ? Dims{int64_t(scales.size())}
                      : chance(50)      ? Dims{}
                                        : Dims{1};
    model.floats(scale, dims, scales);
    model.bytes(zero, dims, std::vector<int32_t>(zeros.begin(), zeros.end()), type);
    return {scale, zero};
  }

  void quantize(size_t at) {
    const int type = chance(60) ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8;
    const Tensor x = values[at];
    const float scale = real(0.02f, 0.06f);
    const int zero = chance(50) && type == onnx::TensorProto::INT8 ? 0 : zeroFor(type);
    const auto operands = parameters({scale}, {zero}, type);
    Tensor &q = add(fresh("q"), x.shape, type);
    q.scale = scale;
    q.zero = zero;
    node("QuantizeLinear", {x.name, operands[0], operands[1]}, q.name);
  }

  void dequantize(size_t at) {
    const Tensor q = values[at];
    std::vector<float> scales = {q.scale ? q.scale : 0.03f};
    std::vector<int> zeros = {q.zero};
    int64_t axis = -1;
    if (chance(30))
      scales[0] *= real(0.5f, 1.8f);
    if (chance(15))
      zeros[0] = zeroFor(q.type);
    if (chance(15)) {
      axis = below(int64_t(q.shape.size()));
      const auto count = size_t(q.shape[size_t(axis)]);
      scales.resize(count, scales[0]);
      zeros.resize(count, zeros[0]);
      if (chance(50))
        for (float &scale : scales)
          scale = real(0.02f, 0.08f);
      if (chance(30))
        for (int &zero : zeros)
          zero = zeroFor(q.type);
    }
    const auto operands = parameters(scales, zeros, q.type);
    Tensor &y = add(fresh("d"), q.shape, onnx::TensorProto::FLOAT);
    auto &dq = node("DequantizeLinear", {q.name, operands[0], operands[1]}, y.name);
    if (axis >= 0)
      set(dq, "axis", axis);
  }

  /// Operators that move elements, of floats and of integers alike.
  void move(size_t at) {
    const Tensor x = values[at];
    Tensor y = x;
    y.name = fresh("m");
    y.read = false;
    const auto rank = int64_t(x.shape.size());
    switch (below(8)) {
    case 0: {
      y.shape = {x.shape[0], countOf(x.shape) / x.shape[0]};
      set(node("Flatten", {x.name}, y.name), "axis", int64_t(1));
      break;
    }
    case 1: {
      std::vector<int64_t> perm(x.shape.size());
      for (int64_t i = 0; i < rank; ++i)
        perm[size_t(i)] = i;
      std::shuffle(perm.begin(), perm.end(), random);
      for (size_t i = 0; i < perm.size(); ++i)
        y.shape[i] = x.shape[size_t(perm[i])];
      set(node("Transpose", {x.name}, y.name), "perm", perm);
      break;
    }
    case 2: {
      const int64_t count = countOf(x.shape), split = count % 2 == 0 ? 2 : 1;
      y.shape = chance(50) ? Dims{1, split, count / split, 1} : Dims{1, count / split, 1, split};
      const std::string shape = fresh("shape");
      model.ints(shape, {4}, y.shape);
      node("Reshape", {x.name, shape}, y.name);
      break;
    }
    case 3: {
      if (rank > 4)
        return;
      const std::string axes = fresh("axes");
      model.ints(axes, {1}, {below(rank + 1)});
      y.shape.insert(
          y.shape.begin() +
              model.graph().initializer(model.graph().initializer_size() - 1).int64_data(0),
          1);
      node("Unsqueeze", {x.name, axes}, y.name);
      break;
    }
    case 4: {
      const int64_t axis = below(rank), extent = x.shape[size_t(axis)];
      const std::string starts = fresh("starts"), ends = fresh("ends"), axes = fresh("axes");
      const int64_t start = below(extent);
      model.ints(starts, {1}, {start});
      model.ints(ends, {1}, {extent});
      model.ints(axes, {1}, {axis});
      y.shape[size_t(axis)] = extent - start;
      node("Slice", {x.name, starts, ends, axes}, y.name);
      break;
    }
    case 5: {
      if (rank != 4 || x.shape[2] < 2 || x.shape[3] < 2)
        return;
      y.shape[2] -= 1;
      y.shape[3] -= 1;
      set(node("MaxPool", {x.name}, y.name), "kernel_shape", Dims{2, 2});
      break;
    }
    case 6: {
      std::vector<std::string> parts = {x.name};
      for (size_t other = 0; other < values.size() && parts.size() < 3; ++other)
        if (values[other].shape == x.shape && values[other].type == x.type && chance(60)) {
          parts.push_back(values[other].name);
          values[other].read = true;
        }
      const int64_t axis = below(rank);
      y.shape[size_t(axis)] *= int64_t(parts.size());
      set(node("Concat", parts, y.name), "axis", axis);
      break;
    }
    default: {
      std::vector<int64_t> pads(2 * x.shape.size(), 0);
      const auto axis = size_t(below(rank));
      pads[axis] = below(2);
      pads[axis + x.shape.size()] = below(2);
      y.shape[axis] += pads[axis] + pads[axis + x.shape.size()];
      const std::string list = fresh("pads"), value = fresh("v");
      model.ints(list, {int64_t(pads.size())}, pads);
      if (x.isFloat())
        model.floats(value, {}, {real(-1, 1)});
      else
        model.bytes(value, {}, {zeroFor(x.type)}, x.type);
      node("Pad", {x.name, list, value}, y.name);
    }
    }
    y.scale = x.scale;
    values.push_back(y);
  }

  /// Weights as integers behind a DequantizeLinear, or as floats behind a pair.
  std::string weights(const Dims &shape, int64_t axis, float bound) {
    const std::string stored = fresh("w"), result = fresh("wd");
    const bool perChannel = chance(60);
    const auto channels = size_t(perChannel ? shape[size_t(axis)] : 1);
    std::vector<float> scales(channels);
    for (float &scale : scales)
      scale = bound / 127 * real(0.5f, 1);
    const auto operands =
        parameters(scales, std::vector<int>(channels, 0), onnx::TensorProto::INT8);
    std::string integers = stored;
    if (chance(50)) {
      std::vector<int32_t> values(size_t(countOf(shape)));
      for (int32_t &value : values)
        value = int32_t(below(255)) - 127;
      model.bytes(stored, shape, values);
    } else {
      std::vector<float> values(size_t(countOf(shape)));
      for (float &value : values)
        value = real(-bound, bound);
      model.floats(stored, shape, values);
      integers = fresh("wq");
      set(node("QuantizeLinear", {stored, operands[0], operands[1]}, integers), "axis",
          channels > 1 ? axis : int64_t(0));
    }
    set(node("DequantizeLinear", {integers, operands[0], operands[1]}, result), "axis",
        channels > 1 ? axis : int64_t(0));
    return result;
  }

  void compute(size_t at) {
    const Tensor x = values[at];
    const auto rank = int64_t(x.shape.size());
    switch (below(5)) {
    case 0: {
      const char *ops[] = {"Relu", "Sigmoid", "Tanh", "LeakyRelu"};
      const char *op = ops[below(4)];
      const std::string y = add(fresh("a"), x.shape, x.type).name;
      node(op, {x.name}, y);
      return;
    }
    case 1: {
      if (rank != 4)
        return;
      const int64_t outputs = 1 + below(4);
      const std::string w =
          weights({outputs, x.shape[1], 1, 1}, 0, 1.5f / std::sqrt(float(x.shape[1])));
      std::vector<std::string> operands = {x.name, w};
      if (chance(60)) {
        operands.push_back(fresh("b"));
        model.floats(operands.back(), {outputs}, std::vector<float>(size_t(outputs), real(-1, 1)));
      }
      const std::string y =
          add(fresh("c"), {x.shape[0], outputs, x.shape[2], x.shape[3]}, x.type).name;
      node("Conv", operands, y);
      return;
    }
    case 2: {
      if (rank != 2)
        return;
      const int64_t outputs = 1 + below(4);
      const bool transposed = chance(50);
      const Dims shape = transposed ? Dims{outputs, x.shape[1]} : Dims{x.shape[1], outputs};
      const std::string w = weights(shape, transposed ? 0 : 1, 1.5f / std::sqrt(float(x.shape[1])));
      std::vector<std::string> operands = {x.name, w};
      if (chance(60)) {
        const Dims forms[] = {{outputs}, {1, outputs}, {x.shape[0], 1}, {1}, {x.shape[0], outputs}};
        const Dims form = forms[below(5)];
        operands.push_back(fresh("b"));
        std::vector<float> bias(size_t(countOf(form)));
        for (float &value : bias)
          value = real(-1, 1);
        model.floats(operands.back(), form, bias);
      }
      const std::string y = add(fresh("g"), {x.shape[0], outputs}, x.type).name;
      set(node("Gemm", operands, y), "transB", int64_t(transposed));
      return;
    }
    case 3: {
      for (size_t other = 0; other < values.size(); ++other)
        if (values[other].isFloat() && values[other].shape == x.shape && chance(60)) {
          const char *ops[] = {"Add", "Sub", "Mul"};
          const char *op = ops[below(3)];
          values[other].read = true;
          const std::string second = values[other].name, y = add(fresh("e"), x.shape, x.type).name;
          node(op, {x.name, second}, y);
          return;
        }
      return;
    }
    default: {
      const std::string constant = fresh("k"), pair = weights(x.shape, 0, 1);
      const std::string y = add(fresh("k"), x.shape, x.type).name;
      node(chance(50) ? "Add" : "Mul", {x.name, pair}, y);
    }
    }
  }

  void grow() {
    // What nobody read yet comes first, so that chains are long.
    size_t at = size_t(below(int64_t(values.size())));
    for (size_t i = values.size(); i-- > 0 && values[at].read;)
      at = i;
    const size_t before = values.size();
    if (!values[at].isFloat())
      chance(55) ? dequantize(at) : move(at);
    else if (chance(50))
      quantize(at);
    else
      chance(50) ? move(at) : compute(at);
    values[at].read = values[at].read || values.size() > before;
  }

  void finish() {
    for (size_t i = 0; i < values.size(); ++i)
      if (!values[i].isFloat() && !values[i].read) {
        values[i].read = true;
        dequantize(i);
      }
    for (size_t i = 1; i < values.size(); ++i)
      if (!values[i].read || (values[i].isFloat() && chance(10)))
        model.output(values[i].name);
    if (model.graph().output_size() == 0) {
      node("Relu", {"x"}, "y");
      model.output("y");
    }
  }

  std::mt19937 random;
  std::vector<Tensor> values;
  unsigned names = 0;
};

/// The network, and the file for `bstc run` where BSTC_SAVE_FAILING names one.
std::string text(const OnnxBuilder &model) {
  if (const char *path = std::getenv("BSTC_SAVE_FAILING"))
    std::ofstream(path, std::ios::binary) << model.proto.SerializeAsString();
  auto graph = model.import();
  return graph ? toString(*graph) : llvm::toString(graph.takeError());
}

/// Inner roundings may differ by a step; what is read in a wrong order or by wrong parameters is
/// far off.
void compareOne(unsigned seed) {
  RandomNetwork network(seed);
  const std::vector<float> x = network.inputs();
  auto graph = network.model.import();
  ASSERT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  auto expected =
      evaluate(*graph, {TensorDataRef(TensorData::make<float>(graph->inputs()[0]->type, x))});
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError());
  auto actual = runCompiled(network.model, x);
  ASSERT_TRUE(bool(actual)) << llvm::toString(actual.takeError()) << "\n" << text(network.model);
  for (size_t i = 0; i < actual->size(); ++i) {
    const auto values = (*expected)[i]->values<float>();
    ASSERT_EQ((*actual)[i].size(), values.size());
    double sum = 0, most = 0, largest = 1e-3;
    for (size_t k = 0; k < values.size(); ++k) {
      const double difference = std::fabs(double((*actual)[i][k]) - double(values[k]));
      sum += difference;
      most = std::max(most, difference);
      largest = std::max(largest, std::fabs(double(values[k])));
    }
    ASSERT_TRUE(sum / double(values.size()) <= 0.03 * largest && most <= 0.25 * largest)
        << "output '" << graph->outputs()[i]->name << "': " << most << " of " << largest << "\n"
        << text(network.model);
  }
}

} // namespace

TEST(RandomQdq, CompiledProgramsComputeWhatTheFileMeans) {
  const auto runs = unsigned(bst::testing::runsOfAThread(400));
  for (unsigned seed = 1; seed <= runs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    compareOne(seed);
    if (testing::Test::HasFatalFailure())
      return;
  }
}
