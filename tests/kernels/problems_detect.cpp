#include "backends/dsp/kernels/head.h"
#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

// Detection on int8 heads.
namespace bst::problems {
namespace {

Problem generateDetect(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  const size_t levels = size_t(rng.between(1, 4));
  std::vector<int64_t> heights(levels), widths(levels);
  for (size_t level = 0; level < levels; ++level) {
    problem.types.push_back(drawTypes(rng, 1)[0]);
    heights[level] = rng.logarithmic(1, 12);
    widths[level] = rng.logarithmic(1, 12);
  }
  problem.set("h", heights);
  problem.set("w", widths);
  problem.set("anchors", rng.between(1, 4));
  problem.set("classes", rng.chance(10) ? 80 : rng.between(1, 10));
  problem.set("masks", rng.chance(60) ? 0 : rng.between(1, 33));
  problem.set("scale", rng.pick({0, 0, 0, 1, 2}));
  problem.set("codes", rng.pick({256, 256, 16, 3, 2}));
  problem.set("conf", rng.pick({0, 1, 250, 250, 900, 1000}));
  problem.set("iou", rng.pick({0, 300, 450, 600, 1000}));
  problem.set("most", rng.pick({1, 20, 300}));
  problem.set("candidates", rng.pick({1, 7, 100, 30000}));
  problem.set("labels", rng.between(0, 1));
  problem.set("agnostic", rng.chance(30) ? 1 : 0);
  problem.set("huge", rng.chance(10) ? 1 : 0);
  problem.set("first", rng.between(0, 1));
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

/// Numbers of a head: `codes` different ones, those between the ends at random.
std::vector<uint8_t> makeHead(Rng &rng, size_t count, int64_t codes) {
  std::vector<uint8_t> alphabet = {0x00, 0x80, 0x7f, 0xff}; // The ends of both types.
  while (int64_t(alphabet.size()) < codes)
    alphabet.push_back(uint8_t(rng.next()));
  for (size_t i = alphabet.size() - 1; i > 0; --i)
    std::swap(alphabet[i], alphabet[size_t(rng.between(0, int64_t(i)))]);
  alphabet.resize(size_t(codes));
  std::vector<uint8_t> values(count);
  for (uint8_t &value : values)
    value = codes == 256 ? uint8_t(rng.next())
                         : alphabet[size_t(rng.between(0, int64_t(alphabet.size()) - 1))];
  return values;
}

/// Usual steps; such that most sigmoids are 0 or 1; so small that their rounding shows.
float drawScaleOf(Rng &rng, int64_t mode) {
  return float(mode == 0   ? rng.real(0.01, 0.15)
               : mode == 1 ? rng.real(0.5, 4)
                           : std::exp2(rng.real(-40, -14)));
}

std::string buildDetect(const Problem &problem, Case &result) {
  const std::vector<int64_t> &heights = problem.list("h"), &widths = problem.list("w");
  if (heights.size() != problem.types.size() || widths.size() != problem.types.size())
    return "expected one type, one number in h and one in w a level";
  Rng rng(uint64_t(problem.number("seed")));
  DetectParams params;
  YoloDecodeParams &decode = params.decode;
  decode.anchorsPerLevel = int32_t(problem.number("anchors"));
  decode.classes = int32_t(problem.number("classes"));
  decode.masks = int32_t(problem.number("masks"));
  params.options = {.confidence = float(problem.number("conf")) / 1000,
                    .iou = double(problem.number("iou")) / 1000,
                    .maxDetections = int32_t(problem.number("most")),
                    .multiLabel = problem.number("labels") == 1,
                    .classAgnostic = problem.number("agnostic") == 1,
                    .maxCandidates = int32_t(problem.number("candidates"))};
  params.objectnessFirst = problem.number("first") == 1;
  for (size_t level = 0; level < heights.size(); ++level) {
    const DType type = problem.types[level];
    if (type != DType::S8 && type != DType::U8)
      return "expected s8 or u8";
    const std::vector<int64_t> shape = {1, decode.anchorsPerLevel * decode.row().width(),
                                        heights[level], widths[level]};
    const uint32_t x =
        result.add(type, Layout::Nhwc, shape, drawScaleOf(rng, problem.number("scale")),
                   int32_t(drawZeroPoint(rng, type)));
    result.fill(x, makeHead(rng, size_t(shape[1] * shape[2] * shape[3]), problem.number("codes")));
    params.thresholds.push_back(objectnessThreshold(result.tensor(x), params.options.confidence));
    decode.strides.push_back(problem.number("huge") && level == 0 ? 3e38f : float(8 << level));
    for (int64_t k = 0; k < 2 * decode.anchorsPerLevel; ++k)
      decode.anchors.push_back(float(rng.between(4, 400)));
  }
  result.add(DType::F32, Layout::RowMajor, {params.nms().resultSize()});
  result.finish(Engine::Dsp, std::move(params));
  return {};
}

} // namespace

Family detectFamily() {
  return {"detect",
          {shapeField("h", {1}, 8),
           shapeField("w", {1}, 8),
           {"anchors", {3}, 1, 64},
           {"classes", {80}, 1, 4096},
           {"masks", {0}, 0, 4096},
           {"scale", {0}, 0, 2},     // See drawScaleOf().
           {"codes", {256}, 2, 256}, // Different ones in a head: fewer make ties.
           {"conf", {250}, 0, 1000}, // Thousandths.
           {"iou", {450}, 0, 1000},
           {"most", {300}, 1, 100000},
           {"candidates", {30000}, 1, 1000000},
           {"labels", {0}, 0, 1},
           {"agnostic", {0}, 0, 1},
           {"huge", {0}, 0, 1},  // The first level's boxes are not finite.
           {"first", {0}, 0, 1}, // The objectness of all anchors first.
           seedField()},
          generateDetect,
          buildDetect};
}

} // namespace bst::problems
