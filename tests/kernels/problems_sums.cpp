#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

#include <algorithm>
#include <limits>

// Float windows, products and softmax.
namespace bst::problems {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

Problem generateFloatConv(const Family &family, Rng &rng) {
  const int64_t budget = rng.chance(90) ? 40000 : 400000;
  Problem problem;
  int64_t macs = 0;
  do {
    problem = {};
    problem.family = &family;
    problem.types = {DType::F32};
    const int64_t groups = rng.chance(70) ? 1 : rng.between(2, 8);
    const bool depthwise = groups > 1 && rng.chance(50);
    const int64_t in = groups * (depthwise ? 1 : rng.logarithmic(1, 64));
    const int64_t out = groups * (depthwise ? 1 : rng.logarithmic(1, 64));
    const std::vector<int64_t> shape = {rng.chance(90) ? 1 : 2, in, rng.logarithmic(1, 24),
                                        rng.logarithmic(1, rng.chance(20) ? 200 : 24)};
    problem.set("d", shape);
    problem.set("oc", out);
    problem.set("g", groups);
    drawWindow(problem, rng, shape[2], shape[3], false);
    std::vector<int64_t> result;
    windowedShape(problem, shape, out, result);
    macs = product(result) * problem.number("kh") * problem.number("kw") * in / groups;
  } while (macs > budget);
  problem.set("bias", rng.between(0, 1));
  problem.set("clamp", rng.between(0, 2));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildFloatConv(const Problem &problem, Case &result) {
  const std::vector<int64_t> &shape = problem.list("d");
  const int64_t groups = problem.number("g"), outChannels = problem.number("oc");
  std::string error = checkTypes(problem, "f");
  if (error.empty() && (shape.size() != 4 || shape[1] % groups != 0 || outChannels % groups != 0))
    error = "expected four numbers in d, the second and oc multiples of g";
  std::vector<int64_t> out;
  if (error.empty())
    error = windowedShape(problem, shape, outChannels, out);
  if (!error.empty())
    return error;
  const std::vector<int64_t> weightShape = {outChannels, shape[1] / groups, problem.number("kh"),
                                            problem.number("kw")};
  Rng rng(uint64_t(problem.number("seed")));
  const auto add = [&](const std::vector<int64_t> &extents, Storage storage) {
    const uint32_t index = result.add(DType::F32, Layout::RowMajor, extents, 0, 0, storage);
    result.fill(index, makeFloats(rng, size_t(product(extents)), -2, 2));
  };
  add(shape, Storage::Arena);
  add(weightShape, Storage::Weights);
  if (problem.number("bias") == 1)
    add({outChannels}, Storage::Weights);
  result.add(DType::F32, Layout::RowMajor, out);
  FloatConvParams params;
  params.window = windowOf(problem);
  params.groups = int32_t(groups);
  params.clampLo = problem.number("clamp") == 0 ? -infinity : 0;
  params.clampHi = problem.number("clamp") == 2 ? 6 : infinity;
  result.finish(Engine::Dsp, params);
  return {};
}

Problem generateFloatPool(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  problem.set("fn", rng.between(0, 1));
  const std::vector<int64_t> shape = drawShape(rng, 4, drawBudget(rng));
  problem.set("d", shape);
  drawWindow(problem, rng, shape[2], shape[3], true);
  problem.set("whole", rng.between(0, 1));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildFloatPool(const Problem &problem, Case &result) {
  const std::vector<int64_t> &shape = problem.list("d");
  std::vector<int64_t> out;
  const std::string error = pooledShape(problem, "f", out);
  if (!error.empty())
    return error;
  Rng rng(uint64_t(problem.number("seed")));
  const uint32_t x = result.add(DType::F32, Layout::RowMajor, shape);
  result.add(DType::F32, Layout::RowMajor, out);
  result.fill(x, makeFloats(rng, size_t(product(shape)), -10, 10));
  FloatPoolParams params;
  params.fn = PoolFn(problem.number("fn"));
  params.window = windowOf(problem);
  params.countPadding = params.fn == PoolFn::Average && problem.number("whole") == 1;
  result.finish(Engine::Dsp, params);
  return {};
}

Problem generateSoftmax(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  const size_t rank = size_t(rng.between(1, 5));
  problem.set("d", drawShape(rng, rank, drawBudget(rng)));
  problem.set("axis", rng.chance(40) ? -1 : rng.between(-int64_t(rank), int64_t(rank) - 1));
  problem.set("range", rng.pick({1, 10, 100, 10000}));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildSoftmax(const Problem &problem, Case &result) {
  const std::vector<int64_t> &shape = problem.list("d");
  const int64_t axis = problem.number("axis"), rank = int64_t(shape.size());
  const std::string error = checkTypes(problem, "f");
  if (!error.empty())
    return error;
  if (axis < -rank || axis >= rank)
    return "axis must be one of d's";
  Rng rng(uint64_t(problem.number("seed")));
  const double range = double(problem.number("range"));
  const uint32_t x = result.add(DType::F32, Layout::RowMajor, shape);
  result.add(DType::F32, Layout::RowMajor, shape);
  result.fill(x, makeFloats(rng, size_t(product(shape)), -range, range));
  result.finish(Engine::Dsp, SoftmaxParams{int32_t(axis)});
  return {};
}

Problem generateMatMul(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  const int64_t rows = rng.logarithmic(1, 40), depth = rng.logarithmic(1, 200),
                columns = rng.logarithmic(1, 40);
  if (rng.chance(50)) { // Gemm.
    const bool ta = rng.chance(50), tb = rng.chance(50);
    problem.set("a", ta ? std::vector<int64_t>{depth, rows} : std::vector<int64_t>{rows, depth});
    problem.set("b",
                tb ? std::vector<int64_t>{columns, depth} : std::vector<int64_t>{depth, columns});
    problem.set("ta", ta);
    problem.set("tb", tb);
    problem.set("scaled", rng.between(0, 1));
    const int64_t kind = rng.between(0, 4);
    if (kind == 1)
      problem.set("c", std::vector<int64_t>{columns});
    else if (kind == 2)
      problem.set("c", std::vector<int64_t>{rows, columns});
    else if (kind == 3)
      problem.set("c", std::vector<int64_t>{rows, 1});
    else if (kind == 4)
      problem.set("c", std::vector<int64_t>{1, columns});
  } else {
    std::vector<int64_t> a, b;
    for (int64_t axes = rng.between(0, 2); axes > 0; --axes)
      a.push_back(rng.between(1, 4));
    b = a;
    for (size_t axis = 0; axis < a.size(); ++axis) // Leading axes broadcast.
      if (rng.chance(40))
        (rng.chance(50) ? a : b)[axis] = 1;
    std::vector<int64_t> &shorter = rng.chance(50) ? a : b;
    if (rng.chance(30))
      shorter.clear();
    a.insert(a.end(), {rows, depth});
    b.insert(b.end(), {depth, columns});
    problem.set("a", a);
    problem.set("b", b);
  }
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildMatMul(const Problem &problem, Case &result) {
  const std::vector<int64_t> &a = problem.list("a"), &b = problem.list("b"), &c = problem.list("c");
  const bool ta = problem.number("ta") == 1, tb = problem.number("tb") == 1;
  const std::string error = checkTypes(problem, "f");
  if (!error.empty())
    return error;
  if (a.size() < 2 || b.size() < 2)
    return "a and b must be matrices";
  const int64_t rows = a[a.size() - (ta ? 1 : 2)], depthA = a[a.size() - (ta ? 2 : 1)];
  const int64_t columns = b[b.size() - (tb ? 2 : 1)], depthB = b[b.size() - (tb ? 1 : 2)];
  if (depthA != depthB)
    return "a and b must agree on the axis that is summed";
  std::vector<int64_t> out;
  if (!broadcastShape({a.begin(), a.end() - 2}, {b.begin(), b.end() - 2}, out))
    return "the leading axes of a and b cannot be broadcast";
  out.insert(out.end(), {rows, columns});

  Rng rng(uint64_t(problem.number("seed")));
  const auto add = [&](const std::vector<int64_t> &shape) {
    const uint32_t index = result.add(DType::F32, Layout::RowMajor, shape);
    result.fill(index, makeFloats(rng, size_t(product(shape)), -2, 2));
  };
  add(a);
  add(b);
  if (!c.empty())
    add(c);
  result.add(DType::F32, Layout::RowMajor, out);
  MatMulParams params;
  params.transposeA = ta;
  params.transposeB = tb;
  if (problem.number("scaled") == 1) {
    params.alpha = float(rng.real(-2, 2));
    params.beta = float(rng.real(-2, 2));
  }
  result.finish(Engine::Dsp, params);
  return {};
}

Problem generateLrn(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  problem.set("d", drawShape(rng, size_t(rng.between(2, 5)), drawBudget(rng) / 4));
  problem.set("size", rng.between(1, 9));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildLrn(const Problem &problem, Case &result) {
  const std::vector<int64_t> &shape = problem.list("d");
  const std::string error = checkTypes(problem, "f");
  if (!error.empty())
    return error;
  if (shape.size() < 2)
    return "d must have two numbers or more";
  Rng rng(uint64_t(problem.number("seed")));
  const uint32_t x = result.add(DType::F32, Layout::RowMajor, shape);
  result.add(DType::F32, Layout::RowMajor, shape);
  result.fill(x, makeFloats(rng, size_t(product(shape)), -10, 10));
  result.finish(Engine::Dsp, LrnParams{int32_t(problem.number("size")), float(rng.real(0, 1)),
                                       float(rng.real(0, 1)), float(rng.real(0.5, 2))});
  return {};
}

} // namespace

Family floatConvFamily() {
  return {"float_conv",
          std::vector<Field>{
              shapeField("d", {1, 1, 1, 1}, 4), {"oc", {1}, 1, 65536}, {"g", {1}, 1, 65536}} +
              windowFields() +
              std::vector<Field>{{"bias", {0}, 0, 1},
                                 {"clamp", {0}, 0, 2}, // 0: none, 1: ReLU, 2: ReLU6.
                                 seedField()},
          generateFloatConv, buildFloatConv};
}

Family floatPoolFamily() {
  return {"float_pool",
          std::vector<Field>{{"fn", {0}, 0, 1}, shapeField("d", {1, 1, 1, 1}, 4)} + windowFields() +
              std::vector<Field>{{"whole", {0}, 0, 1}, seedField()},
          generateFloatPool, buildFloatPool};
}

Family softmaxFamily() {
  return {"softmax",
          {shapeField("d", {1}, 5), {"axis", {-1}, -5, 4}, {"range", {1}, 1, 1 << 20}, seedField()},
          generateSoftmax,
          buildSoftmax};
}

Family matMulFamily() {
  return {"matmul",
          {shapeField("a", {1, 1}, 5),
           shapeField("b", {1, 1}, 5),
           shapeField("c", {}, 2),
           {"ta", {0}, 0, 1},
           {"tb", {0}, 0, 1},
           {"scaled", {0}, 0, 1}, // Whether alpha and beta are other than 1.
           seedField()},
          generateMatMul,
          buildMatMul};
}

Family lrnFamily() {
  return {"lrn",
          {shapeField("d", {1, 1}, 5), {"size", {1}, 1, 65536}, seedField()},
          generateLrn,
          buildLrn};
}

} // namespace bst::problems
