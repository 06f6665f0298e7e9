// What the compiler works out for EDP before a program runs, from backends/NUMERICS.md and ONNX's
// operator schemas.
#include "tests/reference/requant.h"

#include "tests/reference/access.h"

#include <map>
#include <set>
#include <string>

namespace bst::reference {

namespace {
using Wide = long double;
using Function = std::function<float(float)>;

float times(float a, float b) { return float(Wide(a) * Wide(b)); }
float plus(float a, float b) { return float(Wide(a) + Wide(b)); }

float sigmoid(float x) { return float(1 / (1 + std::exp(-Wide(x)))); }

/// alpha * x + beta, between 0 and 1.
float hardSigmoid(float x, float alpha, float beta) {
  const float line = plus(times(alpha, x), beta);
  return line > 1 ? 1 : line < 0 ? 0 : line;
}

/// Functions of a real number, rounded to the nearest float32.
Function rounded(Wide (*function)(Wide)) {
  return [function](float x) { return float(function(Wide(x))); };
}
} // namespace

std::optional<Function> elementFunction(std::string_view name, float alpha, float beta) {
  const std::map<std::string, Function, std::less<>> functions = {
      {"identity", [](float x) { return x; }},
      {"relu", [](float x) { return x > 0 ? x : 0; }},
      {"clip",
       [=](float x) {
         const float raised = x < alpha ? alpha : x;
         return raised > beta ? beta : raised;
       }},
      {"leaky_relu", [=](float x) { return x < 0 ? times(alpha, x) : x; }},
      {"sigmoid", sigmoid},
      {"silu", [](float x) { return times(x, sigmoid(x)); }},
      {"tanh", rounded([](Wide x) { return std::tanh(x); })},
      {"hard_sigmoid", [=](float x) { return hardSigmoid(x, alpha, beta); }},
      {"hard_swish",
       [](float x) { return times(x, hardSigmoid(x, float(Wide(1) / Wide(6)), 0.5f)); }},
      {"elu",
       [=](float x) { return x < 0 ? times(alpha, plus(float(std::exp(Wide(x))), -1.0f)) : x; }},
      {"softplus", rounded([](Wide x) {
         return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
       })},
      {"exp", rounded([](Wide x) { return std::exp(x); })},
      {"log", rounded([](Wide x) { return std::log(x); })},
      {"sqrt", rounded([](Wide x) { return std::sqrt(x); })},
      {"erf", rounded([](Wide x) { return std::erf(x); })},
      {"reciprocal", rounded([](Wide x) { return 1 / x; })},
      {"neg", [](float x) { return 0 - x; }},
      {"abs", [](float x) { return x < 0 ? 0 - x : x; }},
      {"floor", rounded([](Wide x) { return std::floor(x); })},
      {"ceil", rounded([](Wide x) { return std::ceil(x); })},
  };
  const auto found = functions.find(name);
  return found == functions.end() ? std::nullopt : std::optional(found->second);
}

std::vector<int32_t> deriveCounts(const Window &window, bool countPadding, int64_t rows,
                                  int64_t columns, int64_t outRows, int64_t outColumns) {
  std::set<int32_t> counts;
  for (int64_t i = 0; i < outRows; ++i)
    for (int64_t j = 0; j < outColumns; ++j) {
      int32_t count = 0;
      for (int64_t ki = 0; ki < window.kernelH; ++ki)
        for (int64_t kj = 0; kj < window.kernelW; ++kj) {
          const int64_t row = i * window.strideH + ki - window.padTop;
          const int64_t column = j * window.strideW + kj - window.padLeft;
          const bool inside = row >= 0 && row < rows && column >= 0 && column < columns;
          count += inside || countPadding;
        }
      counts.insert(count);
    }
  return {counts.begin(), counts.end()};
}

namespace {
/// A coordinate as a fraction; den > 0.
struct Coordinate {
  Wide num, den;
};

Coordinate bySizes(std::string_view mode, int64_t x, int64_t in, int64_t out) {
  const Wide twice = Wide(2 * x + 1) * Wide(in); // Of the pixel's centre, in halves of out.
  if (mode == "asymmetric")
    return {Wide(x) * Wide(in), Wide(out)};
  if (mode == "tf_half_pixel_for_nn")
    return {twice, Wide(2 * out)};
  if (out == 1 && mode != "half_pixel")
    return {0, 1};
  if (mode == "align_corners")
    return {Wide(x) * Wide(in - 1), Wide(out - 1)};
  return {twice - Wide(out), Wide(2 * out)};
}

Coordinate byScale(std::string_view mode, int64_t x, int64_t in, int64_t out, float scale) {
  const float centre = float(x) + 0.5f;
  if (mode == "align_corners")
    return bySizes(mode, x, in, out);
  if (mode == "asymmetric")
    return {Wide(float(x) / scale), 1};
  if (mode == "tf_half_pixel_for_nn")
    return {Wide(centre / scale), 1};
  if (mode == "pytorch_half_pixel" && out == 1)
    return {0, 1};
  const float quotient = centre / scale;
  return {Wide(quotient - 0.5f), 1};
}
} // namespace

std::vector<int32_t> deriveNearest(std::string_view coordinates, std::string_view rounding,
                                   int64_t in, int64_t out, float scale) {
  std::vector<int32_t> shown;
  for (int64_t x = 0; x < out; ++x) {
    const Coordinate at =
        scale > 0 ? byScale(coordinates, x, in, out, scale) : bySizes(coordinates, x, in, out);
    // Counts the positions that lie before the coordinate as the rounding sees it.
    int32_t k = 0;
    const auto passes = [&](int32_t next) { // Is `next` still not beyond?
      const Wide position = Wide(next) * at.den, half = at.den / 2;
      if (rounding == "floor")
        return position <= at.num;
      if (rounding == "ceil")
        return position - at.den < at.num;
      if (rounding == "round_prefer_floor")
        return position - half < at.num;
      return position - half <= at.num;
    };
    while (k + 1 < in && passes(k + 1))
      ++k;
    shown.push_back(k);
  }
  return shown;
}

SamePads deriveSamePads(int64_t in, int64_t kernel, int64_t stride, int64_t dilation, bool upper) {
  int64_t out = 0;
  while (out * stride < in) // ceil(in / stride)
    ++out;
  int64_t total = 0;
  const int64_t span = dilation * (kernel - 1) + 1;
  while ((out - 1) * stride + span > in + total)
    ++total;
  const int64_t less = total / 2, more = total - less;
  return {upper ? less : more, upper ? more : less, out};
}

} // namespace bst::reference
