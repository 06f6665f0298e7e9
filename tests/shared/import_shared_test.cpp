// Real exports: what import makes of them, and the float evaluator against ONNX Runtime.

#include "frontend/evaluate.h"
#include "frontend/import.h"
#include "tests/support/npy.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace bstc;
using namespace bstc::test;

namespace {

using Histogram = std::map<std::string, int>;

/// A file of models/README.md with its node counts there, less what import folds away (Constant,
/// Identity and, in the last file, the shape arithmetic of the grid).
struct Export {
  const char *file;
  Histogram nodes;
};

/// The nodes that every detection export has: the 60 convolutions, neck and decode.
Histogram detect(Histogram extra) {
  Histogram nodes = {{"Conv", 60},   {"Concat", 17}, {"Mul", 12},      {"Add", 10},
                     {"Reshape", 6}, {"MaxPool", 3}, {"Transpose", 3}, {"Sigmoid", 3},
                     {"Split", 3},   {"Pow", 3},     {"Resize", 2}};
  for (const auto &[op, count] : extra)
    nodes[op] = count;
  return nodes;
}

const std::vector<Export> &exports() {
  static const Histogram relu = {{"Relu", 57}};
  static const Histogram pairs = {{"Relu", 57}, {"QuantizeLinear", 141}, {"DequantizeLinear", 141}};
  static const Histogram silu = {{"Sigmoid", 60}, {"Mul", 69}};
  static const std::vector<Export> list = {
      {"yolov5n_relu_fp32_320", detect(relu)},
      {"yolov5n_relu_fp32_640", detect(relu)},
      {"yolov5n_relu_qat_affine_640", detect(pairs)},
      {"yolov5n_relu_qat_s8_320", detect(pairs)},
      {"yolov5n_relu_qat_s8_640", detect(pairs)},
      {"yolov5n_relu_qat_u8_640", detect(pairs)},
      {"yolov5n_relu_qat_s8_bnraw_640", detect({{"Relu", 57},
                                                {"QuantizeLinear", 141},
                                                {"DequantizeLinear", 141},
                                                {"Div", 57},
                                                {"BatchNormalization", 57}})},
      {"yolov5n_silu_fp32_320", detect(silu)},
      {"yolov5n_silu_fp32_640", detect(silu)},
      {"yolov5n_silu_qat_s8_640",
       detect({{"Sigmoid", 60}, {"Mul", 69}, {"QuantizeLinear", 198}, {"DequantizeLinear", 198}})},
      {"yolov5n_seg_relu_fp32_640",
       detect({{"Conv", 63}, {"Relu", 60}, {"Sigmoid", 9}, {"Resize", 3}})},
      {"yolov5n_seg_relu_qat_s8_640", detect({{"Conv", 63},
                                              {"Relu", 60},
                                              {"Sigmoid", 9},
                                              {"Resize", 3},
                                              {"QuantizeLinear", 147},
                                              {"DequantizeLinear", 147}})},
      {"yolov5n_silu_addbug_fp32_320",
       detect({{"Sigmoid", 60}, {"Mul", 69}, {"Add", 14}, {"Sub", 3}})},
  };
  return list;
}

Graph importFile(const std::string &file) {
  auto graph = importOnnxFile(std::string(BSTC_SHARED_DIR "/models/") + file + ".onnx");
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  return std::move(*graph);
}

/// Output 0 of the evaluator for the recorded photograph.
std::vector<float> evaluateBus(const std::string &file) {
  Graph graph = importFile(file);
  std::vector<float> pixels = readNpy(BSTC_SHARED_DIR "/golden/bus_320_input.npy");
  TensorDataRef input = TensorData::make<float>(graph.inputs()[0]->type, pixels);
  auto outputs = evaluate(graph, input);
  EXPECT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  return outputs->front()->values<float>().vec();
}

std::vector<float> golden(const std::string &file) {
  return readNpy(std::string(BSTC_SHARED_DIR "/golden/") + file + ".output0.npy");
}

struct Box {
  float x, y, w, h, score;
  size_t label;
};

float overlap(const Box &a, const Box &b) {
  auto common = [](float p, float pExtent, float q, float qExtent) {
    return std::max(0.0f, std::min(p + pExtent / 2, q + qExtent / 2) -
                              std::max(p - pExtent / 2, q - qExtent / 2));
  };
  float both = common(a.x, a.w, b.x, b.w) * common(a.y, a.h, b.y, b.h);
  return both / (a.w * a.h + b.w * b.h - both);
}

/// As YOLOv5's detect.py: score = objectness * class > `least`, non-maximum suppression at IoU 0.45
/// within a class; best first.
std::vector<Box> detections(llvm::ArrayRef<float> rows, float least) {
  std::vector<Box> candidates, kept;
  for (; !rows.empty(); rows = rows.drop_front(85)) {
    auto best = std::max_element(rows.begin() + 5, rows.begin() + 85);
    if (float score = rows[4] * *best; score > least)
      candidates.push_back(
          {rows[0], rows[1], rows[2], rows[3], score, size_t(best - rows.begin()) - 5});
  }
  llvm::sort(candidates, [](const Box &a, const Box &b) { return a.score > b.score; });
  for (const Box &box : candidates)
    if (llvm::none_of(kept, [&](const Box &other) {
          return other.label == box.label && overlap(other, box) > 0.45f;
        }))
      kept.push_back(box);
  return kept;
}

} // namespace

TEST(SharedImport, NodesAreThoseOfTheFile) {
  for (const Export &item : exports()) {
    SCOPED_TRACE(item.file);
    Graph graph = importFile(item.file);
    Histogram nodes;
    for (const auto &node : graph.nodes())
      ++nodes[opInfo(node->op).onnxType];
    EXPECT_EQ(nodes, item.nodes);
    EXPECT_FALSE(bool(verify(graph)));
  }
}

TEST(SharedEvaluate, FloatModelsMatchOnnxRuntime) {
  for (const char *file : {"yolov5n_relu_fp32_320", "yolov5n_silu_fp32_320"}) {
    SCOPED_TRACE(file);
    std::vector<float> actual = evaluateBus(file), expected = golden(file);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(actual[i], expected[i], i % 85 < 4 ? 2e-3 : 2e-5) << "element " << i;
  }
}

/// One-step flips of int8 values grow through the layers, so single elements are no measure; the
/// mean is (models/README.md has 0.019 to 0.030 between two engines), and what is detected is.
TEST(SharedEvaluate, QuantisedModelDetectsWhatOnnxRuntimeDetects) {
  const char *file = "yolov5n_relu_qat_s8_320";
  std::vector<float> actual = evaluateBus(file), expected = golden(file);
  ASSERT_EQ(actual.size(), expected.size());
  double sum = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    sum += std::fabs(actual[i] - expected[i]);
  EXPECT_LT(sum / double(expected.size()), 0.03);
  // What one engine is sure of the other one finds, too, perhaps with a little less certainty.
  for (auto [sure, other] : {std::pair(&actual, &expected), std::pair(&expected, &actual)})
    for (const Box &box : detections(*sure, 0.3f))
      EXPECT_TRUE(llvm::any_of(detections(*other, 0.2f),
                               [&](const Box &twin) {
                                 return twin.label == box.label && overlap(twin, box) > 0.85f &&
                                        std::fabs(twin.score - box.score) < 0.1f;
                               }))
          << "class " << box.label << " at " << box.x << ", " << box.y;
  EXPECT_GE(detections(expected, 0.3f).size(), 2u);
}
