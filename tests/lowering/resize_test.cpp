// Rows and columns of a nearest resize, as imported and as the float evaluation takes them, against
// the reference's, and against what ONNX Runtime recorded.
#include "frontend/evaluate.h"
#include "tests/lowering/lowered.h"

using namespace bstc;
using namespace bstc::test;

namespace {
struct Resized {
  std::vector<int32_t> imported;  ///< The rule that the program gets.
  std::vector<int32_t> evaluated; ///< What the float evaluation shows.
};

/// Rows are resized from `in`; columns stay.
std::optional<Resized> resized(const char *coordinates, const char *rounding, int64_t in,
                               int64_t out, float scale) {
  OnnxBuilder model;
  model.input("x", {1, 1, in, 1}).output("y");
  std::vector<std::string> operands = {"x", ""};
  if (scale > 0) {
    model.floats("scales", {4}, {1, 1, scale, 1});
    operands.push_back("scales");
  } else {
    model.ints("sizes", {4}, {1, 1, out, 1});
    operands.insert(operands.end(), {"", "sizes"});
  }
  auto &node = model.node("Resize", operands, {"y"});
  set(node, "coordinate_transformation_mode", coordinates);
  set(node, "nearest_mode", rounding);
  auto graph = model.import();
  if (!graph) {
    ADD_FAILURE() << llvm::toString(graph.takeError());
    return std::nullopt;
  }
  std::vector<float> ramp;
  for (int64_t i = 0; i < in; ++i)
    ramp.push_back(float(i));
  const TensorType type{ElementType::F32, {1, 1, in, 1}, std::nullopt};
  auto outputs = evaluate(*graph, {TensorData::make<float>(type, ramp)});
  if (!outputs) {
    ADD_FAILURE() << llvm::toString(outputs.takeError());
    return std::nullopt;
  }
  Resized result;
  result.imported = graph->nodes().back()->as<ResizeAttrs>().rows;
  for (float value : (*outputs)[0]->values<float>())
    result.evaluated.push_back(int32_t(value));
  return result;
}

void expectShown(const char *coordinates, const char *rounding, int64_t in, int64_t out,
                 float scale) {
  const auto actual = resized(coordinates, rounding, in, out, scale);
  ASSERT_TRUE(actual);
  const auto expected = bst::reference::deriveNearest(coordinates, rounding, in,
                                                      int64_t(actual->imported.size()), scale);
  EXPECT_EQ(actual->imported, expected)
      << coordinates << ' ' << rounding << ' ' << in << " -> " << out << " scale " << scale;
  EXPECT_EQ(actual->evaluated, expected)
      << coordinates << ' ' << rounding << ' ' << in << " -> " << out << " scale " << scale;
}

constexpr const char *coordinateModes[] = {"half_pixel", "pytorch_half_pixel",
                                           "tf_half_pixel_for_nn", "asymmetric", "align_corners"};
constexpr const char *roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
} // namespace

TEST(NearestResize, AnySizes) {
  for (const char *coordinates : coordinateModes)
    for (const char *rounding : roundings) {
      for (int64_t in = 1; in <= 13; ++in)
        for (int64_t out = 1; out <= 13; ++out)
          expectShown(coordinates, rounding, in, out, 0);
      for (auto [in, out] : {std::pair<int64_t, int64_t>(14, 17),
                             {14, 18},
                             {28, 34},
                             {49, 63},
                             {40, 56},
                             {56, 40},
                             {21, 49}})
        expectShown(coordinates, rounding, in, out, 0);
    }
}

TEST(NearestResize, AnyScales) {
  for (const char *coordinates : coordinateModes)
    for (const char *rounding : roundings)
      for (int64_t in : {1, 2, 5, 14, 28})
        for (float scale : {0.5f, 0.7f, 1.0f, 1.2142857f, 1.2857143f, 1.5f, 2.0f, 2.3f, 3.0f})
          if (float(in) * scale >= 1)
            expectShown(coordinates, rounding, in, 0, scale);
}

/// 9 * 14 / 18 is 7, but 9 / (18 / 14) is below 7 in double.
TEST(NearestResize, ARatioThatDoubleDoesNotHave) {
  const auto rows = resized("asymmetric", "floor", 14, 18, 0);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->imported[9], 7);
  EXPECT_EQ(rows->evaluated[9], 7);
}

/// The file's float32 scale is above 34 / 28, so 17 / scale is below 14, but rounds to it.
TEST(NearestResize, AScaleThatMeansARatio) {
  const auto rows = resized("asymmetric", "floor", 28, 0, 1.2142857313156128f);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->imported.size(), 34u);
  EXPECT_EQ(rows->imported[17], 14);
  EXPECT_EQ(rows->evaluated[17], 14);
}

TEST(NearestResize, RowsAndColumnsReachTheInt8Command) {
  const Quant x = {bst::DType::S8, 0.1f, 3};
  QdqModel model;
  model.quantisedInput("x", {1, 2, 14, 5}, x);
  model.ints("sizes", {4}, {1, 2, 18, 7});
  set(model.node("Resize", {"x", "", "", "sizes"}, {"r"}), "coordinate_transformation_mode",
      "asymmetric");
  model.quantisedOutput("r", x);
  const auto resize = lowered<bst::ResizeParams>(model);
  ASSERT_TRUE(resize);
  EXPECT_EQ(resize->params.rows,
            bst::reference::deriveNearest("asymmetric", "round_prefer_floor", 14, 18, 0));
  EXPECT_EQ(resize->params.columns,
            bst::reference::deriveNearest("asymmetric", "round_prefer_floor", 5, 7, 0));
  expectMeans(resize->output, x);
}
