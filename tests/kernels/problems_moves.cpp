#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

#include <algorithm>

// What only moves data: transpose, slice, float concatenation, nearest resize.
namespace bst::problems {
namespace {

/// Fills tensor `index` with random bits; as floats they are small numbers of either sign.
void fillAny(Case &result, uint32_t index, Rng &rng) {
  const Tensor &tensor = result.tensor(index);
  const size_t count = size_t(elementCount(tensor));
  if (tensor.dtype == DType::F32)
    result.fill(index, makeFloats(rng, count, -100, 100));
  else
    result.fill(index, makeQuantised(rng, size_t(tensor.size), DType::U8, 0, 0));
}

float scaleOf(DType dtype) { return dtype == DType::S8 || dtype == DType::U8 ? 0.5f : 0.0f; }

DType drawAnyType(Rng &rng) {
  return rng.chance(60) ? DType::F32 : rng.chance(50) ? DType::S8 : DType::U8;
}

/// The input, `d` with any values, and the output of the same type.
void addMoved(const Problem &problem, Case &result, const std::vector<int64_t> &out) {
  Rng rng(uint64_t(problem.number("seed")));
  const DType type = problem.types[0];
  const uint32_t x = result.add(type, Layout::RowMajor, problem.list("d"), scaleOf(type));
  result.add(type, Layout::RowMajor, out, scaleOf(type));
  fillAny(result, x, rng);
}

Problem generateTranspose(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {drawAnyType(rng)};
  const size_t rank = size_t(rng.between(1, 6));
  problem.set("d", drawShape(rng, rank, drawBudget(rng)));
  std::vector<int64_t> perm(rank);
  for (size_t k = 0; k < rank; ++k) {
    perm[k] = int64_t(k);
    std::swap(perm[k], perm[size_t(rng.between(0, int64_t(k)))]);
  }
  problem.set("perm", perm);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildTranspose(const Problem &problem, Case &result) {
  const std::vector<int64_t> &shape = problem.list("d"), &perm = problem.list("perm");
  const std::string error = checkTypes(problem, "*");
  if (!error.empty())
    return error;
  std::vector<int64_t> out;
  TransposeParams params;
  for (int64_t axis : perm) {
    if (perm.size() != shape.size() || axis >= int64_t(shape.size()))
      return "perm must be a permutation of the axes of d";
    out.push_back(shape[size_t(axis)]);
    params.perm.push_back(int32_t(axis));
  }
  addMoved(problem, result, out);
  result.finish(Engine::Dsp, std::move(params));
  return {};
}

Problem generateSlice(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {drawAnyType(rng)};
  const std::vector<int64_t> shape = drawShape(rng, size_t(rng.between(1, 5)), drawBudget(rng));
  std::vector<int64_t> out, starts, steps;
  for (int64_t extent : shape) {
    const int64_t step = rng.chance(50) ? 1 : rng.pick({-3, -2, -1, 1, 2, 3});
    const int64_t start = rng.chance(40) ? (step > 0 ? 0 : extent - 1) : rng.between(0, extent - 1);
    const int64_t room = step > 0 ? extent - 1 - start : start;
    const int64_t most = room / std::abs(step) + 1;
    out.push_back(rng.chance(50) ? most : rng.between(1, most));
    starts.push_back(start);
    steps.push_back(step);
  }
  problem.set("d", shape);
  problem.set("out", out);
  problem.set("start", starts);
  problem.set("step", steps);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildSlice(const Problem &problem, Case &result) {
  const std::string error = checkTypes(problem, "*");
  if (!error.empty())
    return error;
  const std::vector<int64_t> &shape = problem.list("d"), &out = problem.list("out");
  const std::vector<int64_t> &starts = problem.list("start"), &steps = problem.list("step");
  if (out.size() != shape.size() || starts.size() != shape.size() || steps.size() != shape.size())
    return "d, out, start and step must have one number an axis";
  SliceParams params;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const int64_t last = starts[axis] + (out[axis] - 1) * steps[axis];
    if (starts[axis] >= shape[axis] || last < 0 || last >= shape[axis])
      return "the slice leaves the input on axis " + std::to_string(axis);
    params.start.push_back(int32_t(starts[axis]));
    params.step.push_back(int32_t(steps[axis]));
  }
  addMoved(problem, result, out);
  result.finish(Engine::Dsp, std::move(params));
  return {};
}

Problem generateFloatConcat(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  const std::vector<int64_t> shape = drawShape(rng, size_t(rng.between(1, 5)), drawBudget(rng));
  const int64_t axis = rng.between(0, int64_t(shape.size()) - 1);
  std::vector<int64_t> parts(size_t(rng.between(1, 5)));
  for (int64_t &part : parts)
    part = rng.between(1, shape[size_t(axis)]);
  problem.set("d", shape);
  problem.set("axis", axis);
  problem.set("parts", parts);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildFloatConcat(const Problem &problem, Case &result) {
  const std::string error = checkTypes(problem, "f");
  if (!error.empty())
    return error;
  std::vector<int64_t> shape = problem.list("d");
  const size_t axis = size_t(problem.number("axis"));
  if (axis >= shape.size())
    return "axis must be one of d's";
  Rng rng(uint64_t(problem.number("seed")));
  int64_t whole = 0;
  for (int64_t part : problem.list("parts")) {
    shape[axis] = part;
    whole += part;
    fillAny(result, result.add(DType::F32, Layout::RowMajor, shape), rng);
  }
  shape[axis] = whole;
  result.add(DType::F32, Layout::RowMajor, shape);
  result.finish(Engine::Dsp, FloatConcatParams{int32_t(axis)});
  return {};
}

Problem generateResize(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = drawTypes(rng, 1);
  if (std::string(family.name) == "float_resize")
    problem.types = {DType::F32};
  const std::vector<int64_t> shape = drawShape(rng, 4, drawBudget(rng) / 4);
  problem.set("d", shape);
  const bool twice = rng.chance(40); // YOLOv5's.
  problem.set("oh", twice ? 2 * shape[2] : rng.logarithmic(1, 3 * shape[2]));
  problem.set("ow", twice ? 2 * shape[3] : rng.logarithmic(1, 3 * shape[3]));
  problem.set("pick", rng.chance(70) ? 0 : 1);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::vector<int32_t> makeSources(Rng &rng, int64_t from, int64_t to, bool anywhere) {
  std::vector<int32_t> sources;
  for (int64_t k = 0; k < to; ++k)
    sources.push_back(int32_t(anywhere ? rng.between(0, from - 1) : k * from / to));
  return sources;
}

std::string buildResize(const Problem &problem, Case &result) {
  const bool isFloat = std::string(problem.family->name) == "float_resize";
  const std::vector<int64_t> &shape = problem.list("d");
  const std::string error = checkTypes(problem, isFloat ? "f" : "q");
  if (!error.empty())
    return error;
  if (shape.size() != 4)
    return "expected four numbers in d";
  Rng rng(uint64_t(problem.number("seed")));
  const bool anywhere = problem.number("pick") == 1;
  const std::vector<int32_t> rows = makeSources(rng, shape[2], problem.number("oh"), anywhere);
  const std::vector<int32_t> columns = makeSources(rng, shape[3], problem.number("ow"), anywhere);
  const DType type = problem.types[0];
  const Layout layout = isFloat ? Layout::RowMajor : Layout::Nhwc;
  const uint32_t x = result.add(type, layout, shape, scaleOf(type), isFloat ? 0 : 7);
  result.add(type, layout, {shape[0], shape[1], problem.number("oh"), problem.number("ow")},
             scaleOf(type), isFloat ? 0 : 7);
  fillAny(result, x, rng);
  if (isFloat)
    result.finish(Engine::Dsp, FloatResizeParams{rows, columns});
  else
    result.finish(Engine::Edp, ResizeParams{rows, columns});
  return {};
}

std::vector<Field> resizeFields() {
  return {shapeField("d", {1, 1, 1, 1}, 4),
          {"oh", {1}, 1, 65536},
          {"ow", {1}, 1, 65536},
          {"pick", {0}, 0, 1}, // 0: floor(k * from / to), 1: anywhere.
          seedField()};
}

Problem generateFloatPad(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  const std::vector<int64_t> shape = drawShape(rng, size_t(rng.between(1, 5)), drawBudget(rng) / 8);
  const int64_t mode = rng.between(0, 2);
  std::vector<int64_t> begin, end;
  for (int64_t extent : shape) {
    // A mirror reaches one short of the extent; what is dropped leaves one element at least.
    const int64_t most = mode == int64_t(PadMode::Reflect) ? std::min<int64_t>(extent - 1, 4) : 4;
    const int64_t dropped = (extent - 1) / 2;
    begin.push_back(rng.between(rng.chance(20) ? -dropped : 0, most));
    end.push_back(rng.between(rng.chance(20) ? -dropped : 0, most));
  }
  problem.set("mode", mode);
  problem.set("d", shape);
  problem.set("begin", begin);
  problem.set("end", end);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildFloatPad(const Problem &problem, Case &result) {
  const std::vector<int64_t> &shape = problem.list("d"), &begin = problem.list("begin"),
                             &end = problem.list("end");
  std::string error = checkTypes(problem, "f");
  if (error.empty() && (begin.size() != shape.size() || end.size() != shape.size()))
    error = "expected as many numbers in begin and end as in d";
  std::vector<int64_t> out = shape;
  for (size_t i = 0; error.empty() && i < out.size(); ++i) {
    out[i] += begin[i] + end[i];
    if (out[i] < 1)
      error = "nothing would be left of an axis";
  }
  if (!error.empty())
    return error;
  Rng rng(uint64_t(problem.number("seed")));
  const uint32_t x = result.add(DType::F32, Layout::RowMajor, shape);
  result.add(DType::F32, Layout::RowMajor, out);
  result.fill(x, makeFloats(rng, size_t(product(shape)), -10, 10));
  result.finish(Engine::Dsp, FloatPadParams{PadMode(problem.number("mode")),
                                            {begin.begin(), begin.end()},
                                            float(rng.real(-1, 1))});
  return {};
}

} // namespace

Family transposeFamily() {
  return {"transpose",
          {shapeField("d", {1}, 6), {"perm", {0}, 0, 5, 6}, seedField()},
          generateTranspose,
          buildTranspose};
}

Family sliceFamily() {
  return {"slice",
          {shapeField("d", {1}, 6),
           shapeField("out", {1}, 6),
           {"start", {0}, 0, 1 << 20, 6},
           {"step", {1}, -64, 64, 6},
           seedField()},
          generateSlice,
          buildSlice};
}

Family floatConcatFamily() {
  return {"float_concat",
          {shapeField("d", {1}, 6), {"axis", {0}, 0, 5}, shapeField("parts", {1}, 16), seedField()},
          generateFloatConcat,
          buildFloatConcat};
}

Family resizeFamily() { return {"resize", resizeFields(), generateResize, buildResize}; }
Family floatResizeFamily() { return {"float_resize", resizeFields(), generateResize, buildResize}; }

Family floatPadFamily() {
  return {"float_pad",
          {{"mode", {0}, 0, 2},
           shapeField("d", {1}, 5),
           {"begin", {0}, -65536, 65536, 5},
           {"end", {0}, -65536, 65536, 5},
           seedField()},
          generateFloatPad,
          buildFloatPad};
}

} // namespace bst::problems
