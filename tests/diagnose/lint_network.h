#ifndef BSTC_TESTS_DIAGNOSE_LINT_NETWORK_H
#define BSTC_TESTS_DIAGNOSE_LINT_NETWORK_H

#include "diagnose/lint/lint.h"
#include "tests/passes/imported.h"

#include <cmath>
#include <functional>
#include <random>
#include <set>

namespace bstc::test {

/// A fault in a small quantised network; nothing set: it is correct. Layers are c0 to c7 and the
/// heads h0 and h1; "images", "add" and "cat" are places of pairs, too.
struct Fault {
  std::map<std::string, float> ranges = {}; ///< Factors of scales.
  std::map<std::string, float> scales = {}; ///< Scales in place of the right ones.
  std::map<std::string, float> readAs = {}; ///< Factors of scales of the DequantizeLinear alone.
  std::map<std::string, float> weightScales = {};
  std::set<std::string> bare = {};    ///< No pair there.
  std::set<std::string> early = {};   ///< Another pair in front of the ReLU.
  std::set<std::string> clipped = {}; ///< A Clip of codes to -32..31.
  std::set<std::string> floatWeights = {}, perTensor = {}, alongInputs = {};
  std::map<std::string, std::string> activations = {};
  bool roundScales = false; ///< To powers of two.
  /// Changes weights and bias of a layer.
  std::function<void(const std::string &, std::vector<float> &, std::vector<float> &)> change = {};
};

/// images, c0, c1, c2, c1 + c2, c3, {c4, c5}, concatenated, c6, c7, {h0, h1}: convolutions with a
/// ReLU and a pair each, 8 channels, names as PyTorch's exporter writes them. A layer's range is
/// 0.4 of its input's times the norm of its weights.
class LintNetwork {
public:
  explicit LintNetwork(Fault fault) : fault(std::move(fault)) {}

  std::vector<diagnose::Finding> findings() {
    build();
    auto findings = diagnose::lint(imported(builder));
    EXPECT_TRUE(bool(findings)) << llvm::toString(findings.takeError());
    return findings ? std::move(*findings) : std::vector<diagnose::Finding>();
  }

private:
  static constexpr int64_t width = 8;
  struct Place {
    std::string value;
    float range;
  };

  void build() {
    builder.input("images", {1, 3, 16, 16});
    const Place c0 = layer("c0", pair("images", {"images", 1}), 3);
    const Place c1 = layer("c1", c0, width), c2 = layer("c2", c1, width);
    const Place sum = pair("add", {node("Add", "/add/Add", {c1.value, c2.value}),
                                   1.1f * std::max(c1.range, c2.range)});
    const Place c3 = layer("c3", sum, width);
    const Place c4 = layer("c4", c3, width), c5 = layer("c5", c3, width);
    const std::string joined = node("Concat", "/cat/Concat", {c4.value, c5.value});
    set(*last, "axis", int64_t(1));
    const Place c6 = layer("c6", pair("cat", {joined, std::max(c4.range, c5.range)}), 2 * width);
    const Place c7 = layer("c7", c6, width);
    for (const char *head : {"h0", "h1"})
      builder.output(layer(head, c7, width).value);
  }

  Place layer(const std::string &name, const Place &x, int64_t in) {
    std::normal_distribution<float> normal(0, 1);
    std::vector<float> weights(size_t(width * in * 9)), bias(static_cast<size_t>(width));
    for (float &weight : weights)
      weight = normal(random);
    const size_t each = weights.size() / size_t(width);
    float norm = 0;
    for (size_t c = 0; c < size_t(width); ++c) {
      float energy = 0;
      for (size_t i = 0; i < each; ++i)
        energy += weights[c * each + i] * weights[c * each + i];
      norm = std::max(norm, std::sqrt(energy));
    }
    for (float &weight : weights)
      weight /= norm;
    const float range = 0.4f * x.range;
    for (float &element : bias)
      element = 0.2f * range * normal(random);
    if (fault.change)
      fault.change(name, weights, bias);
    builder.floats(name + ".weight", {width, in, 3, 3}, weights);
    builder.floats(name + ".bias", {width}, bias);
    std::string y = node("Conv", "/" + name + "/conv/Conv",
                         {x.value, quantised(name, weights, in), name + ".bias"});
    set(*last, "kernel_shape", Dims{3, 3});
    set(*last, "pads", Dims{1, 1, 1, 1});
    if (fault.early.count(name))
      y = pair(name + ".early", {y, range}).value;
    if (name[0] != 'h')
      y = node(activationOf(name), "/" + name + "/act/Act", {y});
    return pair(name, {y, range});
  }

  std::string activationOf(const std::string &name) const {
    const auto own = fault.activations.find(name);
    return own == fault.activations.end() ? "Relu" : own->second;
  }

  std::string quantised(const std::string &name, const std::vector<float> &weights, int64_t in) {
    if (fault.floatWeights.count(name))
      return name + ".weight";
    const bool one = fault.perTensor.count(name), inputs = fault.alongInputs.count(name);
    std::vector<float> scales(one ? 1 : size_t(inputs ? in : width));
    for (size_t i = 0; i < weights.size(); ++i) {
      float &scale = scales[one ? 0 : inputs ? i / 9 % size_t(in) : i / size_t(in * 9)];
      scale = std::max(scale, std::fabs(weights[i]) / 127.5f);
    }
    for (float &scale : scales)
      scale = std::max(scale, 1e-9f) * factor(fault.weightScales, name);
    const auto operands = builder.parameters(scales, std::vector<int>(scales.size()));
    set(builder.node("QuantizeLinear", {name + ".weight", operands[0], operands[1]},
                     {name + ".weight.q"}),
        "axis", int64_t(inputs));
    set(builder.node("DequantizeLinear", {name + ".weight.q", operands[0], operands[1]},
                     {name + ".weight.dq"}),
        "axis", int64_t(inputs));
    return name + ".weight.dq";
  }

  Place pair(const std::string &place, const Place &x) {
    if (fault.bare.count(place))
      return x;
    const auto given = fault.scales.find(place);
    float scale = x.range / 127 * factor(fault.ranges, place);
    if (given != fault.scales.end())
      scale = given->second;
    if (fault.roundScales)
      scale = std::exp2(std::round(std::log2(scale)));
    std::string codes = builder.quantize(x.value, place + ".q", scale);
    if (fault.clipped.count(place)) {
      builder.bytes(place + ".least", {}, {-32}, onnx::TensorProto::INT8);
      builder.bytes(place + ".most", {}, {31}, onnx::TensorProto::INT8);
      builder.node("Clip", {codes, place + ".least", place + ".most"}, {place + ".clip"});
      codes = place + ".clip";
    }
    return {builder.dequantize(codes, place + ".dq", scale * factor(fault.readAs, place)), x.range};
  }
  static float factor(const std::map<std::string, float> &factors, const std::string &place) {
    const auto found = factors.find(place);
    return found == factors.end() ? 1 : found->second;
  }

  std::string node(const std::string &op, const std::string &name,
                   const std::vector<std::string> &inputs) {
    last = &builder.node(op, inputs, {name + "_output_0"});
    last->set_name(name);
    return name + "_output_0";
  }

  Fault fault;
  std::mt19937 random{1};
  QdqBuilder builder;
  onnx::NodeProto *last = nullptr;
};

} // namespace bstc::test

#endif // BSTC_TESTS_DIAGNOSE_LINT_NETWORK_H
