#include "tests/reference/requant.h"

#include "tests/reference/access.h"

namespace bst::reference {

std::optional<Requant> deriveRequant(double ratio) {
  if (!std::isfinite(ratio) || ratio <= 0)
    return std::nullopt;
  // ratio = fraction * 2^exponent with fraction in [0.5, 1); halving and doubling are exact, but
  // for subnormal ratios, which are far below 2^-32 anyway.
  double fraction = ratio;
  int exponent = 0;
  for (; fraction >= 1; fraction /= 2)
    ++exponent;
  for (; fraction < 0.5; fraction *= 2)
    --exponent;
  int64_t multiplier = int64_t(roundHalfAwayFromZero(fraction * 2147483648.0));
  int shift = 31 - exponent;
  if (multiplier == int64_t(1) << 31) {
    multiplier = int64_t(1) << 30;
    shift -= 1;
  }
  if (shift < 1)
    return std::nullopt;
  if (shift > 62)
    return Requant{1, 62};
  return Requant{int32_t(multiplier), shift};
}

std::optional<Requant> deriveProductRequant(float scaleA, float scaleB, float scaleY) {
  return deriveRequant(double(scaleA) * double(scaleB) / double(scaleY));
}

std::optional<Requant> deriveRescale(float scaleX, float scaleY) {
  return deriveRequant(double(scaleX) / double(scaleY));
}

std::optional<AddParams> deriveAdd(float scaleA, float scaleB, float scaleY, bool subtract) {
  const double ratioA = double(scaleA) / double(scaleY);
  const double ratioB = double(scaleB) / double(scaleY);
  const std::optional<Requant> larger = deriveRequant(std::max(ratioA, ratioB));
  if (!larger)
    return std::nullopt;
  const double unit = double(int64_t(1) << larger->shift);
  AddParams params;
  params.multiplierA = int32_t(roundHalfAwayFromZero(ratioA * unit));
  params.multiplierB = int32_t(roundHalfAwayFromZero(ratioB * unit)) * (subtract ? -1 : 1);
  params.shift = larger->shift;
  return params;
}

ClampBounds deriveClamp(float lo, float hi, const Quantisation &y) {
  const double least = double(lowest(y.dtype)), most = double(highest(y.dtype));
  const auto bound = [&](float real, double open) {
    if (std::isinf(real))
      return int32_t(open);
    const float steps = real / y.scale;
    return int32_t(std::clamp(roundHalfEven(steps) + y.zeroPoint, least, most));
  };
  return {bound(lo, least), bound(hi, most)};
}

std::array<uint8_t, 256> deriveTable(const std::function<float(float)> &function,
                                     const Quantisation &x, const Quantisation &y) {
  std::array<uint8_t, 256> table{};
  for (int64_t stored = lowest(x.dtype); stored <= highest(x.dtype); ++stored) {
    // Products of 9 and 24 bits are exact in double, and a quotient of floats rounded twice is the
    // one rounded once: both are what float32 arithmetic gives.
    const auto real = float(double(stored - x.zeroPoint) * double(x.scale));
    const float value = function(real);
    const auto steps = float(double(value) / double(y.scale));
    const double entry = std::isnan(steps)
                             ? double(y.zeroPoint)
                             : std::clamp(roundHalfEven(double(steps)) + y.zeroPoint,
                                          double(lowest(y.dtype)), double(highest(y.dtype)));
    table[size_t(stored - lowest(x.dtype))] = uint8_t(int64_t(entry) & 0xff);
  }
  return table;
}

int32_t deriveWeight(float weight, const Quantisation &quantisation) {
  const float steps = weight / quantisation.scale;
  return int32_t(std::clamp(roundHalfEven(steps) + quantisation.zeroPoint,
                            double(lowest(quantisation.dtype)),
                            double(highest(quantisation.dtype))));
}

std::optional<Bias> deriveBias(float bias, float scaleX, float scaleW, int32_t multiplier) {
  const double exact = double(bias) / (double(scaleX) * double(scaleW));
  const double steps = roundHalfEven(exact);
  if (!(steps >= -2147483648.0 && steps <= 2147483647.0))
    return std::nullopt;
  return Bias{int32_t(steps), int32_t(roundHalfEven((exact - steps) * multiplier))};
}

} // namespace bst::reference
