#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

#include "tests/reference/requant.h"

#include <algorithm>

namespace bst::problems {
namespace {

/// A problem with `types` 8-bit types and a shape in field `d`.
Problem start(const Family &family, Rng &rng, size_t types) {
  Problem problem;
  problem.family = &family;
  problem.types = drawTypes(rng, types);
  const size_t rank = rng.chance(75) ? 4 : size_t(rng.between(1, 5));
  problem.set("d", drawShape(rng, rank, drawBudget(rng)));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

Problem generateLut(const Family &family, Rng &rng) { return start(family, rng, 2); }

std::string buildLut(const Problem &problem, Case &result) {
  const std::string error = checkTypes(problem, "qq");
  if (!error.empty())
    return error;
  Rng rng(uint64_t(problem.number("seed")));
  const std::vector<int64_t> &shape = problem.list("d");
  const uint32_t x = result.add(problem.types[0], mapLayout(shape), shape, 0.5f, 3);
  result.add(problem.types[1], mapLayout(shape), shape, 0.25f, 5);
  result.fill(x, makeQuantised(rng, size_t(product(shape)), problem.types[0], 0, 0));
  LutParams params;
  params.function = "random";
  params.table = makeQuantised(rng, 256, problem.types[1], 0, 0);
  result.finish(Engine::Edp, std::move(params));
  return {};
}

Problem generatePair(const Family &family, Rng &rng) {
  Problem problem = start(family, rng, 3);
  problem.set("za", drawZeroPoint(rng, problem.types[0]));
  problem.set("zb", drawZeroPoint(rng, problem.types[1]));
  problem.set("zy", drawZeroPoint(rng, problem.types[2]));
  problem.set("shift", drawShift(rng));
  problem.set("clamp", rng.between(0, 3));
  problem.set("data", drawDataMode(rng));
  return problem;
}

/// The tensors of add and mul.
std::string buildPair(const Problem &problem, Rng &rng, Case &result, Bounds &bounds) {
  const std::string error = checkTypes(problem, "qqq");
  if (!error.empty())
    return error;
  const std::vector<int64_t> &shape = problem.list("d");
  const char *zeroPoints[] = {"za", "zb"};
  for (size_t k = 0; k < 2; ++k) {
    const int64_t zero = problem.number(zeroPoints[k]);
    const uint32_t index =
        result.add(problem.types[k], mapLayout(shape), shape, 0.5f, int32_t(zero));
    result.fill(index, makeQuantised(rng, size_t(product(shape)), problem.types[k], zero,
                                     problem.number("data")));
  }
  const int64_t zero = problem.number("zy");
  result.add(problem.types[2], mapLayout(shape), shape, 0.5f, int32_t(zero));
  bounds = makeClamp(rng, problem.number("clamp"), problem.types[2], zero);
  return {};
}

std::string buildAdd(const Problem &problem, Case &result) {
  Rng rng(uint64_t(problem.number("seed")));
  Bounds bounds{};
  const std::string error = buildPair(problem, rng, result, bounds);
  if (!error.empty())
    return error;
  const int64_t shift = problem.number("shift");
  AddParams params;
  if (shift == 0) {
    const float scaleA = makeScale(rng), scaleB = makeScale(rng);
    const float scaleY = float(rng.real(0.2, 2)) * std::max(scaleA, scaleB);
    params = reference::deriveAdd(scaleA, scaleB, scaleY, rng.chance(30)).value_or(AddParams{});
  } else {
    params.multiplierA = makeRequant(rng, shift, 0).multiplier * int32_t(rng.pick({-1, 1}));
    params.multiplierB = makeRequant(rng, shift, 0).multiplier * int32_t(rng.pick({-1, 0, 1}));
    params.shift = int32_t(shift);
  }
  params.clampLo = bounds.lo;
  params.clampHi = bounds.hi;
  result.finish(Engine::Edp, params);
  return {};
}

std::string buildMul(const Problem &problem, Case &result) {
  Rng rng(uint64_t(problem.number("seed")));
  Bounds bounds{};
  const std::string error = buildPair(problem, rng, result, bounds);
  if (!error.empty())
    return error;
  MulParams params;
  params.requant = makeRequant(rng, problem.number("shift"), std::exp2(rng.real(-12, -6)));
  params.clampLo = bounds.lo;
  params.clampHi = bounds.hi;
  result.finish(Engine::Edp, params);
  return {};
}

Problem generateConcat(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  const size_t count = size_t(rng.between(1, 5));
  problem.types = drawTypes(rng, count + 1);
  const int64_t axis = rng.chance(60) ? 1 : rng.between(0, 3);
  const std::vector<int64_t> shape = drawShape(rng, 4, drawBudget(rng) / 2);
  std::vector<int64_t> parts, copies;
  for (size_t k = 0; k < count; ++k) {
    parts.push_back(rng.between(1, shape[size_t(axis)]));
    copies.push_back(rng.between(0, 1));
    if (copies.back() != 0)
      problem.types[k] = problem.types.back();
  }
  problem.set("d", shape);
  problem.set("axis", axis);
  problem.set("parts", parts);
  problem.set("copy", copies);
  problem.set("zy", drawZeroPoint(rng, problem.types.back()));
  problem.set("shift", drawShift(rng));
  problem.set("data", drawDataMode(rng));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildConcat(const Problem &problem, Case &result) {
  const std::vector<int64_t> &parts = problem.list("parts"), &copies = problem.list("copy");
  std::vector<int64_t> shape = problem.list("d");
  const size_t axis = size_t(problem.number("axis"));
  const DType output = problem.types.back();
  std::string error = checkTypes(problem, std::string(parts.size() + 1, 'q'));
  if (error.empty() && (copies.size() != parts.size() || shape.size() != 4))
    error = "expected as many numbers in copy as in parts, and four in d";
  for (size_t k = 0; error.empty() && k < parts.size(); ++k)
    if (copies[k] != 0 && problem.types[k] != output)
      error = "an input that is copied must have the output's type";
  if (!error.empty())
    return error;

  Rng rng(uint64_t(problem.number("seed")));
  const int32_t zy = int32_t(problem.number("zy"));
  const float scale = makeScale(rng);
  ConcatParams params;
  params.axis = int32_t(axis);
  shape[axis] = 0;
  for (size_t k = 0; k < parts.size(); ++k) {
    std::vector<int64_t> part = shape;
    part[axis] = parts[k];
    const bool copied = copies[k] != 0;
    const int32_t zero = copied ? zy : int32_t(drawZeroPoint(rng, problem.types[k]));
    const uint32_t index =
        result.add(problem.types[k], Layout::Nhwc, part, copied ? scale : makeScale(rng), zero);
    result.fill(index, makeQuantised(rng, size_t(product(part)), problem.types[k], zero,
                                     problem.number("data")));
    params.copy.push_back(copied);
    params.requant.push_back(makeRequant(rng, problem.number("shift"), std::exp2(rng.real(-3, 2))));
  }
  for (int64_t part : parts)
    shape[axis] += part;
  result.add(output, Layout::Nhwc, shape, scale, zy);
  result.finish(Engine::Edp, std::move(params));
  return {};
}

Problem generateMaxPool(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = drawTypes(rng, 1);
  const std::vector<int64_t> shape = drawShape(rng, 4, drawBudget(rng) / 2);
  problem.set("d", shape);
  drawWindow(problem, rng, shape[2], shape[3], true);
  problem.set("zx", drawZeroPoint(rng, problem.types[0]));
  problem.set("data", rng.chance(90) ? 0 : 1);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildMaxPool(const Problem &problem, Case &result) {
  const std::vector<int64_t> &shape = problem.list("d");
  std::vector<int64_t> out;
  const std::string error = pooledShape(problem, "q", out);
  if (!error.empty())
    return error;
  Rng rng(uint64_t(problem.number("seed")));
  const int32_t zero = int32_t(problem.number("zx"));
  const uint32_t x = result.add(problem.types[0], Layout::Nhwc, shape, 0.5f, zero);
  result.add(problem.types[0], Layout::Nhwc, out, 0.5f, zero);
  result.fill(x, makeQuantised(rng, size_t(product(shape)), problem.types[0], zero,
                               problem.number("data")));
  result.finish(Engine::Edp, MaxPoolParams{windowOf(problem)});
  return {};
}

Problem generateAveragePool(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = drawTypes(rng, 2);
  const std::vector<int64_t> shape = drawShape(rng, 4, drawBudget(rng) / 2);
  problem.set("d", shape);
  drawWindow(problem, rng, shape[2], shape[3], true);
  const bool dilated = problem.number("dh") != 1 || problem.number("dw") != 1;
  if (dilated || rng.chance(20)) { // The whole map, but for what fields may not be.
    for (const char *field : {"sh", "sw", "dh", "dw"})
      problem.set(field, 1);
    for (const char *field : {"pt", "pl", "pb", "pr"})
      problem.set(field, 0);
    problem.set("kh", std::min<int64_t>(shape[2], 64));
    problem.set("kw", std::min<int64_t>(shape[3], 64));
  }
  problem.set("whole", rng.between(0, 1));
  problem.set("zx", drawZeroPoint(rng, problem.types[0]));
  problem.set("zy", drawZeroPoint(rng, problem.types[1]));
  problem.set("shift", drawShift(rng));
  problem.set("data", drawDataMode(rng));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildAveragePool(const Problem &problem, Case &result) {
  const std::vector<int64_t> &shape = problem.list("d");
  std::vector<int64_t> out;
  const std::string error = pooledShape(problem, "qq", out);
  if (!error.empty())
    return error;
  Rng rng(uint64_t(problem.number("seed")));
  const int32_t zx = int32_t(problem.number("zx")), zy = int32_t(problem.number("zy"));
  const uint32_t x = result.add(problem.types[0], Layout::Nhwc, shape, 0.5f, zx);
  result.add(problem.types[1], Layout::Nhwc, out, 0.5f, zy);
  result.fill(
      x, makeQuantised(rng, size_t(product(shape)), problem.types[0], zx, problem.number("data")));
  AveragePoolParams params;
  params.window = windowOf(problem);
  params.countPadding = problem.number("whole") == 1;
  params.counts =
      averagedCounts(params.window, params.countPadding, shape[2], shape[3], out[2], out[3]);
  const double ratio = std::exp2(rng.real(-1, 1));
  for (int32_t count : params.counts)
    params.requant.push_back(makeRequant(rng, problem.number("shift"), ratio / count));
  result.finish(Engine::Edp, std::move(params));
  return {};
}

} // namespace

Family lutFamily() {
  return {"lut", {shapeField("d", {1, 1, 1, 1}, 5), seedField()}, generateLut, buildLut};
}

static std::vector<Field> pairFields() {
  return {shapeField("d", {1, 1, 1, 1}, 5),
          zeroPointField("za"),
          zeroPointField("zb"),
          zeroPointField("zy"),
          shiftField(),
          clampField(),
          dataField(),
          seedField()};
}

Family addFamily() { return {"add", pairFields(), generatePair, buildAdd}; }
Family mulFamily() { return {"mul", pairFields(), generatePair, buildMul}; }

Family concatFamily() {
  return {"concat",
          {shapeField("d", {1, 1, 1, 1}, 4), // Extents of `axis` are in `parts`.
           {"axis", {1}, 0, 3},
           shapeField("parts", {1}, 16),
           {"copy", {0}, 0, 1, 16},
           zeroPointField("zy"),
           shiftField(),
           dataField(),
           seedField()},
          generateConcat,
          buildConcat};
}

Family maxPoolFamily() {
  return {"max_pool",
          std::vector<Field>{shapeField("d", {1, 1, 1, 1}, 4)} + windowFields() +
              std::vector<Field>{zeroPointField("zx"), dataField(), seedField()},
          generateMaxPool, buildMaxPool};
}

Family averagePoolFamily() {
  return {"average_pool",
          std::vector<Field>{shapeField("d", {1, 1, 1, 1}, 4)} + windowFields() +
              std::vector<Field>{{"whole", {0}, 0, 1},
                                 zeroPointField("zx"),
                                 zeroPointField("zy"),
                                 shiftField(),
                                 dataField(),
                                 seedField()},
          generateAveragePool, buildAveragePool};
}

} // namespace bst::problems
