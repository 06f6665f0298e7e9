#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

#include "tests/reference/access.h"

#include <algorithm>

namespace bst::problems {
namespace {

using reference::highest;
using reference::lowest;

/// Multiply-accumulates of the problem, window included.
int64_t macs(const Problem &problem) {
  std::vector<int64_t> out;
  const std::vector<int64_t> in = {problem.number("n"), problem.number("ic"), problem.number("ih"),
                                   problem.number("iw")};
  if (!windowedShape(problem, in, problem.number("oc"), out).empty())
    return 0;
  return product(out) * problem.number("kh") * problem.number("kw") * problem.number("ic") /
         problem.number("g");
}

void drawChannels(Problem &problem, Rng &rng) {
  int64_t groups = 1;
  int64_t in = rng.logarithmic(1, 512), out = rng.logarithmic(1, 512);
  const int64_t kind = rng.between(0, 9);
  if (kind == 0) { // Depthwise, sometimes with a channel multiplier.
    groups = in;
    out = in * rng.pick({1, 1, 2});
  } else if (kind == 1) {
    groups = rng.between(2, 8);
    in = groups * rng.logarithmic(1, 40);
    out = groups * rng.logarithmic(1, 20);
  } else if (kind == 2) { // The image.
    in = 3;
  }
  problem.set("g", groups);
  problem.set("ic", in);
  problem.set("oc", out);
}

Problem generate(const Family &family, Rng &rng) {
  const int64_t budget = rng.chance(90) ? 60000 : rng.chance(90) ? 600000 : 6000000;
  Problem problem;
  do {
    problem = {};
    problem.family = &family;
    problem.types = drawTypes(rng, 2);
    problem.set("n", rng.chance(90) ? 1 : rng.between(2, 3));
    problem.set("ih", rng.logarithmic(1, 40));
    problem.set("iw", rng.logarithmic(1, rng.chance(10) ? 300 : 40));
    drawChannels(problem, rng);
    drawWindow(problem, rng, problem.number("ih"), problem.number("iw"), false);
  } while (macs(problem) > budget);
  problem.set("zx", drawZeroPoint(rng, problem.types[0]));
  problem.set("zy", drawZeroPoint(rng, problem.types[1]));
  problem.set("wz", rng.chance(50) ? 0 : rng.between(1, 2));
  problem.set("bias", rng.chance(60) ? 0 : rng.between(1, 3));
  problem.set("shift", drawShift(rng));
  problem.set("clamp", rng.between(0, 3));
  problem.set("data", drawDataMode(rng));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

/// Makes the vectors of one output channel after another.
class ChannelMaker {
public:
  ChannelMaker(const Problem &problem, Rng &source)
      : rng(source), weightMode(problem.number("data")), zeroMode(problem.number("wz")),
        biasMode(problem.number("bias")), shift(problem.number("shift")),
        least(lowest(problem.types[0]) - problem.number("zx")),
        most(highest(problem.types[0]) - problem.number("zx")) {}

  /// `weights`: the channel's, to be drawn. Adds the channel to `params`.
  void make(std::span<int8_t> weights, ConvParams &params) {
    const int64_t zero = zeroMode == 0    ? 0
                         : zeroMode == 2  ? rng.pick({-128, 127})
                         : rng.chance(25) ? 0
                                          : rng.between(-128, 127);
    const int64_t sign = rng.pick({-128, 127});
    for (int8_t &weight : weights)
      weight = int8_t(weightMode == 2   ? sign
                      : weightMode == 1 ? rng.pick({-128, 127})
                                        : rng.between(-128, 127));
    if (zeroMode != 0)
      params.weightZeroPoint.push_back(int32_t(zero));
    const int64_t bias = drawBias(weights, zero);
    params.bias.push_back(int32_t(bias));
    // So that a typical deviation of the accumulator spans some 40 steps of the output; where the
    // bias is huge, so that the sum still matters.
    const double spread =
        biasMode == 0 ? 5500 * std::sqrt(double(weights.size())) : std::exp2(rng.real(23, 33));
    params.requant.push_back(makeRequant(rng, shift, rng.real(10, 80) / spread));
    // What a rounded bias leaves is up to half a unit of the accumulator; what the contract allows
    // is more.
    const int64_t half = params.requant.back().multiplier / 2;
    const int64_t offset = rng.chance(20)   ? rng.pick({-(1 << 30), 1 << 30})
                           : rng.chance(50) ? rng.between(-half, half)
                                            : 0;
    params.requant.back().offset = int32_t(offset);
  }

private:
  /// A bias that keeps the worst case inside of int32, as the compiler guarantees: mode 0 centres
  /// the accumulator, 1 and 2 touch the upper and the lower limit, 3 is anywhere.
  int64_t drawBias(std::span<const int8_t> weights, int64_t zero) {
    int64_t upper = 0, lower = 0;
    double centre = 0;
    for (int8_t weight : weights) {
      const int64_t w = weight - zero;
      upper += std::max(w * least, w * most);
      lower += std::min(w * least, w * most);
      centre += double(w) * double(least + most) / 2;
    }
    const int64_t highestBias = INT32_MAX - upper, lowestBias = INT32_MIN - lower;
    if (biasMode == 1)
      return highestBias;
    if (biasMode == 2)
      return lowestBias;
    if (biasMode == 3)
      return rng.between(lowestBias, highestBias);
    return std::clamp(int64_t(-centre) + rng.between(-5000, 5000), lowestBias, highestBias);
  }

  Rng &rng;
  int64_t weightMode, zeroMode, biasMode, shift;
  int64_t least, most; ///< Of x - zx.
};

std::string build(const Problem &problem, Case &result) {
  const int64_t groups = problem.number("g");
  const int64_t inChannels = problem.number("ic"), outChannels = problem.number("oc");
  const int64_t kernel = problem.number("kh") * problem.number("kw");
  std::string error = checkTypes(problem, "qq");
  if (!error.empty())
    return error;
  if (inChannels % groups != 0 || outChannels % groups != 0)
    return "ic and oc must be multiples of g";
  const std::vector<int64_t> in = {problem.number("n"), inChannels, problem.number("ih"),
                                   problem.number("iw")};
  std::vector<int64_t> out;
  error = windowedShape(problem, in, outChannels, out);
  if (!error.empty())
    return error;
  const int64_t taps = kernel * inChannels / groups;
  if (taps > 33000) // 33000 * 255 * 255 < 2^31
    return "kh * kw * ic / g must be at most 33000, else the accumulator may overflow";

  Rng rng(uint64_t(problem.number("seed")));
  const int64_t zx = problem.number("zx"), zy = problem.number("zy");
  const uint32_t x = result.add(problem.types[0], Layout::Nhwc, in, 0.5f, int32_t(zx));
  result.fill(
      x, makeQuantised(rng, size_t(product(in)), problem.types[0], zx, problem.number("data")));

  ConvParams params;
  params.window = windowOf(problem);
  params.groups = int32_t(groups);
  const Bounds bounds = makeClamp(rng, problem.number("clamp"), problem.types[1], zy);
  params.clampLo = bounds.lo;
  params.clampHi = bounds.hi;
  std::vector<int8_t> weights(size_t(outChannels * taps));
  ChannelMaker maker(problem, rng);
  for (int64_t oc = 0; oc < outChannels; ++oc)
    maker.make(std::span(weights).subspan(size_t(oc * taps), size_t(taps)), params);
  result.addWeights({outChannels, inChannels / groups, problem.number("kh"), problem.number("kw")},
                    weights, params);
  result.add(problem.types[1], Layout::Nhwc, out, 0.5f, int32_t(zy));
  result.finish(Engine::Maca, std::move(params));
  return {};
}

} // namespace

Family convFamily() {
  const std::vector<Field> fields =
      std::vector<Field>{{"n", {1}, 1, 64},     {"ic", {1}, 1, 65536}, {"ih", {1}, 1, 65536},
                         {"iw", {1}, 1, 65536}, {"oc", {1}, 1, 65536}, {"g", {1}, 1, 65536}} +
      windowFields() +
      std::vector<Field>{zeroPointField("zx"), zeroPointField("zy"),
                         {"wz", {0}, 0, 2},   // Weight zero points. 0: none, 1: any, 2: the ends.
                         {"bias", {0}, 0, 3}, // See ChannelMaker::drawBias.
                         shiftField(),         clampField(),
                         dataField(),          seedField()};
  return {"conv", fields, generate, build};
}

} // namespace bst::problems
