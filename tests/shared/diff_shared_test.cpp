// What makes one real export of another.

#include "diagnose/diff/diff.h"
#include "frontend/import.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::diagnose;

namespace {

Network read(const std::string &file) {
  auto graph = importOnnxFile(BSTC_SHARED_DIR "/" + file);
  EXPECT_TRUE(bool(graph)) << llvm::toString(graph.takeError());
  auto network = readNetwork(*graph);
  EXPECT_TRUE(bool(network)) << llvm::toString(network.takeError());
  return network ? std::move(*network) : Network();
}

Difference compare(const std::string &a, const std::string &b) {
  return compareNetworks(read(a), read(b));
}

std::string textsOf(const Difference &difference) {
  std::string texts;
  for (const Edit &edit : difference.edits)
    texts += edit.text + "\n";
  return texts;
}

TEST(DiffShared, TheFourAddsAreOneEdit) {
  const Difference difference =
      compare("models/yolov5n_silu_fp32_320.onnx", "models/yolov5n_silu_addbug_fp32_320.onnx");
  ASSERT_EQ(difference.edits.size(), 1u) << textsOf(difference);
  EXPECT_EQ(difference.edits[0].text,
            "4 places, the same edit: B adds the block's input to model.13.m.0.cv2's output; A has "
            "no Add there (also 17, 20, 23). Bottlenecks built with shortcut=False.");
  EXPECT_EQ(difference.edits[0].places.size(), 4u);
  EXPECT_EQ(difference.totals.weightsEqual, 60u);
}

/// Exports of one network in two forms: only what is said of the whole network, no edit of a layer.
TEST(DiffShared, FormsOfOneNetworkHaveNoEditOfALayer) {
  const char *const pairs[][2] = {
      {"models/yolov5n_relu_fp32_320.onnx", "qat/c00_correct_relu_s8.onnx"},
      {"models/yolov5n_relu_qat_s8_bnraw_640.onnx", "models/yolov5n_relu_fp32_640.onnx"},
      {"models/yolov5n_relu_qat_s8_bnraw_640.onnx", "models/yolov5n_relu_qat_s8_640.onnx"},
      {"models/yolov5n_relu_qat_s8_640.onnx", "models/yolov5n_relu_qat_u8_640.onnx"},
      {"models/yolov5n_silu_fp32_640.onnx", "models/yolov5n_silu_qat_s8_640.onnx"},
      {"models/yolov5n_relu_qat_s8_320.onnx", "qat/c00_correct_relu_s8.onnx"},
  };
  for (const auto &[a, b] : pairs) {
    const Difference difference = compare(a, b);
    EXPECT_TRUE(difference.matching.sameNetwork());
    EXPECT_EQ(difference.matching.weightedBoth, 60u);
    EXPECT_FALSE(difference.edits.empty());
    for (const Edit &edit : difference.edits)
      EXPECT_TRUE(edit.summary) << a << " and " << b << ": " << edit.text;
  }
}

TEST(DiffShared, BatchNormalizationInsideIsTheSameButForRounding) {
  const Difference difference =
      compare("models/yolov5n_relu_qat_s8_bnraw_640.onnx", "models/yolov5n_relu_fp32_640.onnx");
  EXPECT_EQ(difference.totals.weightsEqual + difference.totals.weightsRounded, 60u);
}

TEST(DiffShared, ActivationsAreOneEdit) {
  const Difference whole = compare("qat/c00_correct_relu_s8.onnx", "qat/c04_correct_silu_s8.onnx");
  ASSERT_FALSE(whole.edits.empty());
  EXPECT_EQ(whole.edits[0].kind, EditKind::ActivationChanged);
  EXPECT_EQ(whole.edits[0].places.size(), 57u);
  const Difference block =
      compare("qat/c00_correct_relu_s8.onnx", "qat/f08b_silu_left_with_q.onnx");
  ASSERT_FALSE(block.edits.empty());
  EXPECT_EQ(block.edits[0].kind, EditKind::ActivationChanged);
  EXPECT_EQ(block.edits[0].places.size(), 9u);
  for (const Place &place : block.edits[0].places)
    EXPECT_EQ(place.layer.substr(0, 7), "model.6") << place.layer;
}

TEST(DiffShared, AnotherImageSizeIsOneEdit) {
  const Difference difference =
      compare("models/yolov5n_relu_fp32_320.onnx", "models/yolov5n_relu_fp32_640.onnx");
  ASSERT_EQ(difference.edits.size(), 1u) << textsOf(difference);
  EXPECT_EQ(difference.edits[0].kind, EditKind::Inputs);
}

TEST(DiffShared, EveryNetworkIsEqualToItselfAndToNoOther) {
  const char *const files[] = {"densenet121", "inception_v1", "inception_v2",
                               "resnet50",    "shufflenet",   "squeezenet"};
  std::vector<Network> networks;
  for (const char *file : files)
    networks.push_back(read(std::string("models/light/light_") + file + ".onnx"));
  for (size_t i = 0; i < networks.size(); ++i)
    for (size_t j = 0; j < networks.size(); ++j)
      EXPECT_EQ(compareNetworks(networks[i], networks[j]).matching.sameNetwork(), i == j)
          << files[i] << " and " << files[j];
}

} // namespace
