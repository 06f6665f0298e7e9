#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

#include <limits>

// Non-maximum suppression.
namespace bst::problems {
namespace {

Problem generateNms(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  problem.set("rows", rng.logarithmic(1, 400));
  problem.set("classes", rng.chance(10) ? 80 : rng.logarithmic(1, 20));
  problem.set("masks", rng.chance(60) ? 0 : rng.between(1, 33));
  problem.set("conf", rng.pick({0, 1, 250, 900}));
  problem.set("iou", rng.pick({0, 300, 450, 600, 1000}));
  problem.set("most", rng.pick({1, 20, 300}));
  problem.set("candidates", rng.pick({1, 7, 100, 30000}));
  problem.set("labels", rng.between(0, 1));
  problem.set("agnostic", rng.chance(30) ? 1 : 0);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

/// Boxes that overlap a lot or a little, scores with and without ties, and what is not finite.
std::vector<float> makePredictions(Rng &rng, const NmsParams &params, int64_t rows) {
  const double area = rng.pick({20, 200, 2000}), size = rng.pick({5, 50, 300});
  const int64_t steps = rng.pick({8, 1000, 1 << 24});
  const int oddities = rng.chance(30) ? 3 : 0;
  const auto odd = [&] {
    return rng.chance(50) ? std::numeric_limits<float>::quiet_NaN()
                          : std::numeric_limits<float>::infinity();
  };
  const auto score = [&] {
    return rng.chance(oddities) ? odd() : float(rng.between(0, steps)) / float(steps);
  };
  std::vector<float> numbers;
  for (int64_t r = 0; r < rows; ++r) {
    for (int i = 0; i < 4; ++i)
      numbers.push_back(rng.chance(oddities) ? odd() : float(rng.real(0, i < 2 ? area : size)));
    for (int32_t i = 0; i <= params.classes; ++i)
      numbers.push_back(score());
    for (int32_t i = 0; i < params.masks; ++i)
      numbers.push_back(float(rng.real(-2, 2)));
  }
  return numbers;
}

std::string buildNms(const Problem &problem, Case &result) {
  const std::string error = checkTypes(problem, "f");
  if (!error.empty())
    return error;
  const NmsParams params = {.classes = int32_t(problem.number("classes")),
                            .masks = int32_t(problem.number("masks")),
                            .options = {.confidence = float(problem.number("conf")) / 1000,
                                        .iou = double(problem.number("iou")) / 1000,
                                        .maxDetections = int32_t(problem.number("most")),
                                        .multiLabel = problem.number("labels") == 1,
                                        .classAgnostic = problem.number("agnostic") == 1,
                                        .maxCandidates = int32_t(problem.number("candidates"))}};
  Rng rng(uint64_t(problem.number("seed")));
  const int64_t rows = problem.number("rows");
  result.fill(
      result.add(DType::F32, Layout::RowMajor, {1, rows, 5 + params.classes + params.masks}),
      makePredictions(rng, params, rows));
  result.add(DType::F32, Layout::RowMajor,
             {int64_t(params.options.maxDetections) * (6 + params.masks) + 1});
  result.finish(Engine::Dsp, params);
  return {};
}

} // namespace

Family nmsFamily() {
  return {"nms",
          {{"rows", {1}, 1, 100000},
           {"classes", {80}, 1, 4096},
           {"masks", {0}, 0, 4096},
           {"conf", {250}, 0, 1000}, // Thousandths.
           {"iou", {450}, 0, 1000},
           {"most", {300}, 1, 100000},
           {"candidates", {30000}, 1, 1000000},
           {"labels", {0}, 0, 1},
           {"agnostic", {0}, 0, 1},
           seedField()},
          generateNms,
          buildNms};
}

} // namespace bst::problems
