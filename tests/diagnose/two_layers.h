#ifndef BSTC_TESTS_DIAGNOSE_TWO_LAYERS_H
#define BSTC_TESTS_DIAGNOSE_TWO_LAYERS_H

#include "tests/support/onnx_builder.h"

#include <cmath>
#include <random>

namespace bstc::test {

/// A QDQ network of two 1x1 convolutions as PyTorch's exporter writes them, and what it computes by
/// formulas of this header's own, in double: x -> pair -> model.0 (Conv, Relu) -> pair -> model.1
/// (Conv) -> pair -> y. Without pairs it is a float network.
struct TwoLayers {
  static constexpr int64_t channels = 4, side = 8, pixels = side * side;

  bool quantised = true;
  float inputScale = 1 / 127.0f, middleScale = 0.02f, outputScale = 0.03f;
  float middleRead = 0;   ///< What the DequantizeLinear behind model.0 says; 0: the same.
  float weightShrink = 1; ///< Of the scales of model.0's weights.
  std::vector<float> weights[2], bias[2], x;

  TwoLayers() {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> any(-1, 1), positive(0, 1);
    for (int layer = 0; layer < 2; ++layer) {
      for (int64_t i = 0; i < channels * channels; ++i)
        weights[layer].push_back(any(random));
      for (int64_t i = 0; i < channels; ++i)
        bias[layer].push_back(any(random) * 0.3f + 0.2f);
    }
    for (int64_t i = 0; i < channels * pixels; ++i)
      x.push_back(positive(random));
  }

  /// 127 codes for the largest weight of a channel.
  std::vector<float> weightScales(int layer) const {
    std::vector<float> scales;
    for (int64_t o = 0; o < channels; ++o) {
      float most = 0;
      for (int64_t i = 0; i < channels; ++i)
        most = std::max(most, std::fabs(weights[layer][size_t(o * channels + i)]));
      scales.push_back(most / 127 * (layer == 0 ? weightShrink : 1));
    }
    return scales;
  }

  static double code(double value, float scale, double low = -128) {
    return std::min(127.0, std::max(low, std::nearbyint(value / double(scale))));
  }
  static std::vector<double> pair(std::vector<double> values, float scale, float read) {
    for (double &value : values)
      value = code(value, scale) * double(read);
    return values;
  }
  static std::vector<double> doubles(const std::vector<float> &values) {
    return {values.begin(), values.end()};
  }
  /// Weights as the layer reads them.
  std::vector<double> weightsOf(int layer, bool rounded) const {
    std::vector<double> result = doubles(weights[layer]);
    const std::vector<float> scales = weightScales(layer);
    for (size_t i = 0; rounded && i < result.size(); ++i)
      result[i] = code(result[i], scales[i / channels]) * double(scales[i / channels]);
    return result;
  }
  std::vector<double> layer(int index, const std::vector<double> &in, bool rounded) const {
    const std::vector<double> w = weightsOf(index, rounded);
    std::vector<double> out(size_t(channels * pixels));
    for (int64_t o = 0; o < channels; ++o)
      for (int64_t p = 0; p < pixels; ++p) {
        double sum = double(bias[index][size_t(o)]);
        for (int64_t i = 0; i < channels; ++i)
          sum += w[size_t(o * channels + i)] * in[size_t(i * pixels + p)];
        out[size_t(o * pixels + p)] = index == 0 ? std::max(0.0, sum) : sum;
      }
    return out;
  }
  float read() const { return middleRead > 0 ? middleRead : middleScale; }

  OnnxBuilder build() const {
    OnnxBuilder builder;
    builder.input("x", {1, channels, side, side});
    std::string value = addPair(builder, "/quant", "x", inputScale, inputScale);
    value = addConvolution(builder, 0, value);
    builder.node("Relu", {value}, {"relu"}).set_name("/model.0/act/Relu");
    value = addPair(builder, "/model.0", "relu", middleScale, read());
    value = addConvolution(builder, 1, value);
    addPair(builder, "/model.1", value, outputScale, outputScale);
    builder.output(quantised ? "/model.1.dequantised" : value);
    return builder;
  }

private:
  std::string addPair(OnnxBuilder &builder, const std::string &name, const std::string &value,
                      float scale, float readScale) const {
    if (!quantised)
      return value;
    builder.floats(name + ".scale", {1}, {scale});
    builder.floats(name + ".read", {1}, {readScale});
    builder.bytes(name + ".zero", {1}, {0});
    builder.node("QuantizeLinear", {value, name + ".scale", name + ".zero"}, {name + ".codes"})
        .set_name(name + "/QuantizeLinear");
    builder
        .node("DequantizeLinear", {name + ".codes", name + ".read", name + ".zero"},
              {name + ".dequantised"})
        .set_name(name + "/DequantizeLinear");
    return name + ".dequantised";
  }
  std::string addConvolution(OnnxBuilder &builder, int index, const std::string &value) const {
    const std::string name = "model." + std::to_string(index);
    builder.floats(name + ".w", {channels, channels, 1, 1}, weights[index]);
    builder.floats(name + ".b", {channels}, bias[index]);
    std::string w = name + ".w";
    if (quantised) {
      builder.floats(name + ".ws", {channels}, weightScales(index));
      builder.bytes(name + ".wz", {channels}, std::vector<int32_t>(channels, 0));
      auto &q = builder.node("QuantizeLinear", {w, name + ".ws", name + ".wz"}, {name + ".wq"});
      set(q, "axis", int64_t(0));
      auto &d = builder.node("DequantizeLinear", {name + ".wq", name + ".ws", name + ".wz"},
                             {name + ".wd"});
      set(d, "axis", int64_t(0));
      w = name + ".wd";
    }
    builder.node("Conv", {value, w, name + ".b"}, {name + ".conv"})
        .set_name("/" + name + "/conv/Conv");
    return name + ".conv";
  }
};

} // namespace bstc::test

#endif // BSTC_TESTS_DIAGNOSE_TWO_LAYERS_H
