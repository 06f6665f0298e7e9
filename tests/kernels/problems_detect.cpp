#include "backends/dsp/kernels/head.h"
#include "tests/kernels/draw.h"
#include "tests/kernels/families.h"

#include <limits>

// Detections: the decode, non-maximum suppression, and both on int8 heads.
namespace bst::problems {
namespace {

// What these families share: heads, and options of suppression.

/// A type, a height and a width per level; what a row has. `floats`: some heads are float.
void drawHeads(Problem &problem, Rng &rng, bool floats) {
  const size_t levels = size_t(rng.between(1, 4));
  std::vector<int64_t> heights(levels), widths(levels);
  for (size_t level = 0; level < levels; ++level) {
    problem.types.push_back(floats && rng.chance(33) ? DType::F32 : drawTypes(rng, 1)[0]);
    heights[level] = rng.logarithmic(1, 12);
    widths[level] = rng.logarithmic(1, 12);
  }
  problem.set("h", heights);
  problem.set("w", widths);
  problem.set("anchors", rng.between(1, 4));
  problem.set("classes", rng.chance(10) ? 80 : rng.between(1, 10));
  problem.set("masks", rng.chance(60) ? 0 : rng.between(1, 33));
}

std::vector<Field> headFields() {
  return {shapeField("h", {1}, 8),
          shapeField("w", {1}, 8),
          {"anchors", {3}, 1, 64},
          {"classes", {80}, 1, 4096},
          {"masks", {0}, 0, 4096}};
}

std::string checkHeads(const Problem &problem) {
  const size_t levels = problem.types.size();
  if (problem.list("h").size() != levels || problem.list("w").size() != levels)
    return "expected one type, one number in h and one in w a level";
  return {};
}

/// Without levels, which addLevel() adds.
YoloDecodeParams decodeOf(const Problem &problem) {
  YoloDecodeParams decode;
  decode.anchorsPerLevel = int32_t(problem.number("anchors"));
  decode.classes = int32_t(problem.number("classes"));
  decode.masks = int32_t(problem.number("masks"));
  return decode;
}

std::vector<int64_t> headShape(const Problem &problem, const YoloDecodeParams &decode,
                               size_t level) {
  return {1, decode.anchorsPerLevel * decode.row().width(), problem.list("h")[level],
          problem.list("w")[level]};
}

void addLevel(YoloDecodeParams &decode, Rng &rng, float stride) {
  decode.strides.push_back(stride);
  for (int64_t k = 0; k < 2 * decode.anchorsPerLevel; ++k)
    decode.anchors.push_back(float(rng.between(4, 400)));
}

void drawSuppression(Problem &problem, Rng &rng, std::initializer_list<int64_t> confidences) {
  problem.set("conf", rng.pick(confidences));
  problem.set("iou", rng.pick({0, 300, 450, 600, 1000}));
  problem.set("most", rng.pick({1, 20, 300}));
  problem.set("candidates", rng.pick({1, 7, 100, 30000}));
  problem.set("labels", rng.between(0, 1));
  problem.set("agnostic", rng.chance(30) ? 1 : 0);
}

std::vector<Field> suppressionFields() {
  return {{"conf", {250}, 0, 1000}, // Thousandths.
          {"iou", {450}, 0, 1000},  {"most", {300}, 1, 100000}, {"candidates", {30000}, 1, 1000000},
          {"labels", {0}, 0, 1},    {"agnostic", {0}, 0, 1}};
}

NmsOptions suppressionOf(const Problem &problem) {
  return {.confidence = float(problem.number("conf")) / 1000,
          .iou = double(problem.number("iou")) / 1000,
          .maxDetections = int32_t(problem.number("most")),
          .multiLabel = problem.number("labels") == 1,
          .classAgnostic = problem.number("agnostic") == 1,
          .maxCandidates = int32_t(problem.number("candidates"))};
}

// The decode.

Problem generateDecode(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  drawHeads(problem, rng, true);
  problem.set("seed", rng.between(0, INT32_MAX));
  return problem;
}

std::string buildDecode(const Problem &problem, Case &result) {
  const std::string error = checkHeads(problem);
  if (!error.empty())
    return error;
  Rng rng(uint64_t(problem.number("seed")));
  YoloDecodeParams params = decodeOf(problem);
  int64_t boxes = 0;
  for (size_t level = 0; level < problem.types.size(); ++level) {
    const DType type = problem.types[level];
    const std::vector<int64_t> shape = headShape(problem, params, level);
    const size_t count = size_t(product(shape));
    if (type == DType::F32) {
      result.fill(result.add(type, Layout::RowMajor, shape), makeFloats(rng, count, -9, 9));
    } else {
      const int32_t zero = int32_t(drawZeroPoint(rng, type));
      const float scale = float(rng.real(0.01, rng.chance(10) ? 2 : 0.15));
      const uint32_t x = result.add(type, Layout::Nhwc, shape, scale, zero);
      result.fill(x, makeQuantised(rng, count, type, zero, 0));
    }
    addLevel(params, rng, float(8 << level));
    boxes += params.anchorsPerLevel * shape[2] * shape[3];
  }
  result.add(DType::F32, Layout::RowMajor, {1, boxes, params.row().width()});
  result.finish(Engine::Dsp, std::move(params));
  return {};
}

// Suppression.

Problem generateNms(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  problem.types = {DType::F32};
  problem.set("rows", rng.logarithmic(1, 400));
  problem.set("classes", rng.chance(10) ? 80 : rng.logarithmic(1, 20));
  problem.set("masks", rng.chance(60) ? 0 : rng.between(1, 33));
  drawSuppression(problem, rng, {0, 1, 250, 900});
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
                            .options = suppressionOf(problem)};
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

// Both on int8 heads.

Problem generateDetect(const Family &family, Rng &rng) {
  Problem problem;
  problem.family = &family;
  drawHeads(problem, rng, false);
  problem.set("scale", rng.pick({0, 0, 0, 1, 2}));
  problem.set("codes", rng.pick({256, 256, 16, 3, 2}));
  drawSuppression(problem, rng, {0, 1, 250, 250, 900, 1000});
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
  const std::string error = checkHeads(problem);
  if (!error.empty())
    return error;
  Rng rng(uint64_t(problem.number("seed")));
  DetectParams params;
  params.decode = decodeOf(problem);
  params.options = suppressionOf(problem);
  params.objectnessFirst = problem.number("first") == 1;
  for (size_t level = 0; level < problem.types.size(); ++level) {
    const DType type = problem.types[level];
    if (type != DType::S8 && type != DType::U8)
      return "expected s8 or u8";
    const std::vector<int64_t> shape = headShape(problem, params.decode, level);
    // One after the other: compilers evaluate arguments of a call in orders of their own.
    const int32_t zero = int32_t(drawZeroPoint(rng, type));
    const float scale = drawScaleOf(rng, problem.number("scale"));
    const uint32_t x = result.add(type, Layout::Nhwc, shape, scale, zero);
    result.fill(x, makeHead(rng, size_t(product(shape)), problem.number("codes")));
    params.thresholds.push_back(objectnessThreshold(result.tensor(x), params.options.confidence));
    const bool huge = problem.number("huge") && level == 0;
    addLevel(params.decode, rng, huge ? 3e38f : float(8 << level));
  }
  result.add(DType::F32, Layout::RowMajor, {params.nms().resultSize()});
  result.finish(Engine::Dsp, std::move(params));
  return {};
}

} // namespace

Family yoloDecodeFamily() {
  return {"yolo_decode", headFields() + std::vector<Field>{seedField()}, generateDecode,
          buildDecode};
}

Family nmsFamily() {
  const std::vector<Field> rows = {
      {"rows", {1}, 1, 100000}, {"classes", {80}, 1, 4096}, {"masks", {0}, 0, 4096}};
  return {"nms", rows + suppressionFields() + std::vector<Field>{seedField()}, generateNms,
          buildNms};
}

Family detectFamily() {
  const std::vector<Field> numbers = {
      {"scale", {0}, 0, 2},     // See drawScaleOf().
      {"codes", {256}, 2, 256}, // Different ones in a head: fewer make ties.
  };
  const std::vector<Field> rest = {
      {"huge", {0}, 0, 1},  // The first level's boxes are not finite.
      {"first", {0}, 0, 1}, // The objectness of all anchors first.
      seedField(),
  };
  return {"detect", headFields() + numbers + suppressionFields() + rest, generateDetect,
          buildDetect};
}

} // namespace bst::problems
