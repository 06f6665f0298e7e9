#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

// 8-bit pictures: by tables to bytes and to floats, and NV12.
namespace bst::problems {
namespace {

Problem generatePixels(const Family &family, Rng &rng) {
  const std::string name = family.name;
  Problem problem;
  problem.family = &family;
  problem.types = {DType::U8};
  if (name == "picture")
    problem.types.push_back(rng.chance(50) ? DType::S8 : DType::U8);
  if (name == "float_picture")
    problem.types.push_back(DType::F32);
  problem.set("n", rng.chance(80) ? 1 : rng.between(2, 3));
  problem.set("h", rng.between(1, 9));
  problem.set("w", rng.chance(50) ? rng.between(1, 40) : rng.between(1, 9));
  if (name == "picture")
    problem.set("block", rng.pick({1, 1, 2, 3, 4}));
  problem.set("flag", rng.between(0, 1));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildPicture(const Problem &problem, Case &result) {
  const bool bytes = std::string(problem.family->name) == "picture";
  if (problem.types.size() != 2 || problem.types[0] != DType::U8)
    return "expected the types u8 and that of the result";
  Rng rng(uint64_t(problem.number("seed")));
  const int64_t n = problem.number("n"), h = problem.number("h"), w = problem.number("w");
  const int64_t block = bytes ? problem.number("block") : 1;
  const bool reversed = problem.number("flag") == 1;
  const std::vector<int64_t> pixels = {n, 3, h * block, w * block};
  const uint32_t x = result.add(DType::U8, Layout::Picture, pixels);
  result.fill(x, makeQuantised(rng, size_t(product(pixels)), DType::U8, 0, 0));
  if (bytes) {
    result.add(problem.types[1], Layout::Nhwc, {n, 3 * block * block, h, w}, 0.5f, 3);
    result.finish(Engine::Edp, PictureParams{makeQuantised(rng, 768, DType::U8, 0, 0),
                                             int32_t(block), reversed});
  } else {
    result.add(DType::F32, Layout::RowMajor, pixels);
    result.finish(Engine::Dsp, FloatPictureParams{makeFloats(rng, 768, -3, 3), reversed});
  }
  return {};
}

std::string buildNv12(const Problem &problem, Case &result) {
  if (problem.types.size() != 1 || problem.types[0] != DType::U8)
    return "expected the type u8";
  Rng rng(uint64_t(problem.number("seed")));
  const int64_t n = problem.number("n"), h = 2 * problem.number("h"), w = 2 * problem.number("w");
  const uint32_t x = result.add(DType::U8, Layout::RowMajor, {n, h / 2 * 3, w});
  result.fill(x, makeQuantised(rng, size_t(n * h / 2 * 3 * w), DType::U8, 0, 0));
  result.add(DType::U8, Layout::RowMajor, {n, h, w, 3});
  result.finish(Engine::Dsp, Nv12Params{problem.number("flag") == 1});
  return {};
}

std::vector<Field> pixelFields() {
  return {{"n", {1}, 1, 64},
          {"h", {1}, 1, 4096},
          {"w", {1}, 1, 4096},
          {"flag", {0}, 0, 1}, // Reversed, or of full range.
          seedField()};
}

} // namespace

Family pictureFamily() {
  std::vector<Field> fields = pixelFields();
  fields.insert(fields.begin() + 3, {"block", {1}, 1, 64});
  return {"picture", fields, generatePixels, buildPicture};
}
Family floatPictureFamily() {
  return {"float_picture", pixelFields(), generatePixels, buildPicture};
}
Family nv12Family() { return {"nv12", pixelFields(), generatePixels, buildNv12}; }

} // namespace bst::problems
