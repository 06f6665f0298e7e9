#include "diagnose/network/network.h"

#include <algorithm>
#include <cmath>

namespace bstc::diagnose {

/// Calls each(element, index along the axis) for all elements of an array, row by row.
template <class Each> static void forEachAlong(const Shape &shape, int axis, const Each &each) {
  int64_t outer = 1, inner = 1;
  const int64_t extent = shape.empty() || axis < 0 ? 1 : shape[size_t(axis)];
  for (size_t i = 0; i < shape.size(); ++i)
    (axis >= 0 && int64_t(i) < axis ? outer : inner) *= axis == int64_t(i) ? 1 : shape[i];
  int64_t element = 0;
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t channel = 0; channel < extent; ++channel)
      for (int64_t i = 0; i < inner; ++i)
        each(element++, size_t(channel));
}

static void multiply(std::vector<float> &values, const Weights &weights) {
  if (!weights.factors.empty())
    forEachAlong(weights.shape, weights.outAxis, [&](int64_t element, size_t channel) {
      values[size_t(element)] = float(values[size_t(element)] * weights.factors[channel]);
    });
}

static std::vector<float> toFloats(const TensorData &data) {
  std::vector<float> values(size_t(data.type.count()));
  if (data.type.isFloat())
    std::copy_n(data.values<float>().begin(), values.size(), values.begin());
  else
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = float(data.at(int64_t(i)));
  return values;
}

std::vector<float> Weights::written() const {
  if (!floats)
    return {};
  std::vector<float> values = toFloats(*floats);
  multiply(values, *this);
  return values;
}

std::vector<int16_t> Weights::codes() const {
  if (!pair)
    return {};
  std::vector<int16_t> result(size_t(ArrayType{ElementType::F32, shape}.count()));
  if (integers) {
    for (size_t i = 0; i < result.size(); ++i)
      result[i] = int16_t(std::clamp(integers->at(int64_t(i)), -32768.0, 32767.0));
    return result;
  }
  const Quantisation &quant = pair->written;
  const llvm::ArrayRef<float> values = floats->values<float>();
  const float least = float(pair->leastCode), greatest = float(pair->greatestCode);
  forEachAlong(shape, quant.axis, [&](int64_t element, size_t channel) {
    const float value = values[size_t(element)] / quant.scales[channel];
    const float code = std::nearbyint(value) + float(quant.zeroPoints[channel]);
    result[size_t(element)] = value == value ? int16_t(std::clamp(code, least, greatest))
                                             : int16_t(quant.zeroPoints[channel]);
  });
  return result;
}

std::vector<float> Weights::read() const {
  if (!pair)
    return written();
  std::vector<float> values;
  if (integers && integers->type.element == ElementType::S32) { // Codes hold 16 bits.
    values = toFloats(*integers);
  } else {
    const std::vector<int16_t> all = codes();
    values.assign(all.begin(), all.end());
  }
  const Quantisation &quant = pair->read;
  forEachAlong(shape, quant.axis, [&](int64_t element, size_t channel) {
    float &value = values[size_t(element)];
    value = (value - float(quant.zeroPoints[channel])) * quant.scales[channel];
  });
  multiply(values, *this);
  return values;
}

float Pair::least() const { return float(leastCode - read.zeroPoint()) * read.scale(); }
float Pair::greatest() const { return float(greatestCode - read.zeroPoint()) * read.scale(); }

} // namespace bstc::diagnose
