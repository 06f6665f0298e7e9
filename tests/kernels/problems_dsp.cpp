#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

#include <algorithm>
#include <limits>

// The float engine, element by element.
namespace bst::problems {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

Problem generateQuantize(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  const bool quantises = std::string(family.name) == "quantize";
  const DType type = drawTypes(rng, 1)[0];
  problem.types = {quantises ? DType::F32 : type, quantises ? type : DType::F32};
  const size_t rank = rng.chance(60) ? 4 : size_t(rng.between(1, 5));
  problem.set("d", drawShape(rng, rank, drawBudget(rng)));
  problem.set("nhwc", rank == 4 && rng.chance(80) ? 1 : 0);
  if (quantises)
    problem.set("block", problem.number("nhwc") == 1 && rng.chance(30) ? rng.between(2, 4) : 1);
  problem.set("z", drawZeroPoint(rng, type));
  problem.set("scale", rng.between(0, 2));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

float makeQuantiserScale(Rng &rng, int64_t mode) {
  if (mode == 0)
    return float(std::exp2(double(rng.between(-10, 2)))); // Ties are exact.
  if (mode == 1)
    return float(std::exp2(rng.real(-10, 2)));
  return rng.chance(50) ? 1e-30f : 1e30f;
}

/// Floats around every step and every half step, beyond the range, and what is not a number; and
/// long runs of any within the range, as of pictures.
std::vector<float> makeQuantiserInputs(Rng &rng, size_t count, float scale) {
  constexpr size_t run = 150;
  std::vector<float> values(count);
  bool calm = false;
  for (size_t i = 0; i < count; ++i) {
    float &value = values[i];
    if (i % run == 0)
      calm = rng.chance(50);
    if (calm) {
      value = float(rng.real(-300, 300)) * scale;
      continue;
    }
    const int64_t kind = rng.between(0, 19);
    if (kind == 0)
      value = rng.chance(34)   ? std::numeric_limits<float>::quiet_NaN()
              : rng.chance(50) ? infinity
                               : -infinity;
    else if (kind == 1) // Far out; near zero.
      value = float((rng.chance(50) ? 1 : -1) * std::exp2(rng.real(-140, 120)));
    else if (kind < 8)
      value = float((double(rng.between(-300, 300)) + 0.5) * scale);
    else if (kind < 10) // A half step and the next float.
      value = std::nextafterf(float((double(rng.between(-300, 300)) + 0.5) * scale),
                              rng.chance(50) ? infinity : -infinity);
    else
      value = float(rng.real(-300, 300) * scale);
  }
  return values;
}

std::string buildQuantize(const Problem &problem, Case &result) {
  const bool quantises = std::string(problem.family->name) == "quantize";
  const std::string error = checkTypes(problem, quantises ? "fq" : "qf");
  if (!error.empty())
    return error;
  const std::vector<int64_t> &shape = problem.list("d");
  if (problem.number("nhwc") == 1 && shape.size() != 4)
    return "nhwc1 needs four numbers in d";
  Rng rng(uint64_t(problem.number("seed")));
  const float scale = makeQuantiserScale(rng, problem.number("scale"));
  const int32_t zero = int32_t(problem.number("z"));
  const Layout layout = problem.number("nhwc") == 1 ? Layout::Nhwc : Layout::RowMajor;
  const size_t count = size_t(product(shape));
  if (quantises) {
    const int64_t block = problem.number("block");
    if (block > 1 && layout != Layout::Nhwc)
      return "block needs nhwc1";
    std::vector<int64_t> from = shape; // `d` has the channels of one position, in blocks.
    std::vector<int64_t> to = shape;
    if (block > 1) {
      from[2] *= block;
      from[3] *= block;
      to[1] *= block * block;
    }
    const uint32_t x = result.add(DType::F32, Layout::RowMajor, from);
    result.add(problem.types[1], layout, to, scale, zero);
    result.fill(x, makeQuantiserInputs(rng, size_t(product(from)), scale));
    result.finish(Engine::Dsp, QuantizeParams{int32_t(block)});
  } else {
    const uint32_t x = result.add(problem.types[0], layout, shape, scale, zero);
    result.add(DType::F32, Layout::RowMajor, shape);
    result.fill(x, makeQuantised(rng, count, problem.types[0], zero, 0));
    result.finish(Engine::Dsp, DequantizeParams{});
  }
  return {};
}

Problem generateUnary(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  problem.set("fn", rng.between(0, int64_t(lastUnaryFn)));
  problem.set("d", drawShape(rng, size_t(rng.between(1, 5)), drawBudget(rng)));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildUnary(const Problem &problem, Case &result) {
  const std::string error = checkTypes(problem, "f");
  if (!error.empty())
    return error;
  Rng rng(uint64_t(problem.number("seed")));
  FloatUnaryParams params;
  params.fn = UnaryFn(problem.number("fn"));
  params.alpha = float(rng.real(-1, 1));
  params.beta = float(rng.real(-1, 1));
  if (params.fn == UnaryFn::Clip && params.alpha > params.beta)
    std::swap(params.alpha, params.beta);
  const std::vector<int64_t> &shape = problem.list("d");
  const uint32_t x = result.add(DType::F32, Layout::RowMajor, shape);
  result.add(DType::F32, Layout::RowMajor, shape);
  std::vector<float> values = makeFloats(rng, size_t(product(shape)), -8, 8);
  for (float &value : values) {
    if (rng.chance(10)) // Where exponentials overflow and vanish.
      value = float(rng.real(-200, 200));
    else if (rng.chance(10))
      value = float(rng.between(-4, 4));
    if (params.fn == UnaryFn::Log || params.fn == UnaryFn::Sqrt)
      value = std::abs(value);
  }
  result.fill(x, values);
  result.finish(Engine::Dsp, params);
  return {};
}

Problem generateBinary(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  problem.set("fn", rng.between(0, int64_t(BinaryFn::Min)));
  std::vector<int64_t> a = drawShape(rng, size_t(rng.between(1, 5)), drawBudget(rng)), b = a;
  for (size_t axis = 0; axis < a.size(); ++axis)
    if (rng.chance(35))
      (rng.chance(50) ? a : b)[axis] = 1;
  // One of the two may have fewer axes.
  if (rng.chance(30)) {
    std::vector<int64_t> &shorter = rng.chance(50) ? a : b;
    shorter.erase(shorter.begin(), shorter.begin() + rng.between(0, int64_t(shorter.size()) - 1));
  }
  problem.set("a", a);
  problem.set("b", b);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildBinary(const Problem &problem, Case &result) {
  const std::vector<int64_t> &a = problem.list("a"), &b = problem.list("b");
  const std::string error = checkTypes(problem, "f");
  std::vector<int64_t> out;
  if (!error.empty())
    return error;
  if (!broadcastShape(a, b, out))
    return "a and b cannot be broadcast";
  Rng rng(uint64_t(problem.number("seed")));
  const FloatBinaryParams params{BinaryFn(problem.number("fn"))};
  const bool power = params.fn == BinaryFn::Pow;
  std::vector<float> left = makeFloats(rng, size_t(product(a)), power ? 0 : -10, 10);
  std::vector<float> right = makeFloats(rng, size_t(product(b)), power ? -4 : -10, power ? 4 : 10);
  if (power && rng.chance(50)) { // Any base may have a whole exponent.
    for (float &value : left)
      value -= 5;
    for (float &value : right)
      value = float(rng.between(0, 3));
  }
  result.fill(result.add(DType::F32, Layout::RowMajor, a), left);
  result.fill(result.add(DType::F32, Layout::RowMajor, b), right);
  result.add(DType::F32, Layout::RowMajor, out);
  result.finish(Engine::Dsp, params);
  return {};
}

std::vector<Field> dequantizeFields() {
  return {shapeField("d", {1}, 5),
          {"nhwc", {0}, 0, 1}, // Layout of the 8-bit side.
          zeroPointField("z"),
          {"scale", {0}, 0, 2}, // 0: a power of two, 1: any, 2: tiny or huge.
          seedField()};
}

std::vector<Field> quantizeFields() {
  std::vector<Field> fields = dequantizeFields();
  fields.insert(fields.begin() + 2, {"block", {1}, 1, 4}); // `d`: channels before, places after.
  return fields;
}

} // namespace

Family quantizeFamily() { return {"quantize", quantizeFields(), generateQuantize, buildQuantize}; }
Family dequantizeFamily() {
  return {"dequantize", dequantizeFields(), generateQuantize, buildQuantize};
}

Family floatUnaryFamily() {
  return {"float_unary",
          {{"fn", {0}, 0, int64_t(lastUnaryFn)}, shapeField("d", {1}, 5), seedField()},
          generateUnary,
          buildUnary};
}

Family floatBinaryFamily() {
  return {"float_binary",
          {{"fn", {0}, 0, int64_t(BinaryFn::Min)},
           shapeField("a", {1}, 5),
           shapeField("b", {1}, 5),
           seedField()},
          generateBinary,
          buildBinary};
}

} // namespace bst::problems
