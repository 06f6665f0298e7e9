// The pictures and the trained network that YOLOv5 shows itself with. Expected detections: OpenCV
// 4.6 reads and resizes, ONNX Runtime 1.30 runs the network, a NumPy script suppresses.

#include "driver/compile.h"
#include "tests/support/sessions.h"
#include "vision/detect/detector.h"
#include "vision/image/image_file.h"

#include <gtest/gtest.h>

using namespace bstc;

namespace {

std::optional<bstrt::Package> compiledModel(const std::string &name) {
  auto compilation = compileFile(BSTC_SHARED_DIR "/models/" + name, {});
  EXPECT_TRUE(bool(compilation)) << llvm::toString(compilation.takeError());
  return bst::testing::openBytes(compilation->package);
}

struct Known {
  int classIndex;
  Box box;
  float score;
};

class DetectorShared : public testing::Test {
protected:
  static void SetUpTestSuite() { model = compiledModel("yolov5n_silu_fp32_640.onnx"); }
  static void TearDownTestSuite() { model.reset(); }

  std::vector<Detection> detect(const std::string &picture) {
    auto detector = Detector::create(*model, bst::testing::simulatorDevice(), {.threads = 2});
    EXPECT_TRUE(bool(detector)) << llvm::toString(detector.takeError());
    auto image = readImage(picture);
    EXPECT_TRUE(bool(image)) << llvm::toString(image.takeError());
    auto found = (*detector)->detect(*image);
    EXPECT_TRUE(bool(found)) << llvm::toString(found.takeError());
    return found->detections;
  }

  static void expectKnown(const std::vector<Detection> &found, const std::vector<Known> &known) {
    ASSERT_EQ(found.size(), known.size());
    for (size_t i = 0; i < known.size(); ++i) {
      SCOPED_TRACE(i);
      EXPECT_EQ(found[i].classIndex, known[i].classIndex);
      EXPECT_NEAR(found[i].score, known[i].score, 2e-4);
      EXPECT_NEAR(found[i].box.x1, known[i].box.x1, 0.05);
      EXPECT_NEAR(found[i].box.y1, known[i].box.y1, 0.05);
      EXPECT_NEAR(found[i].box.x2, known[i].box.x2, 0.05);
      EXPECT_NEAR(found[i].box.y2, known[i].box.y2, 0.05);
    }
  }

  static std::optional<bstrt::Package> model;
};
std::optional<bstrt::Package> DetectorShared::model;

constexpr int person = 0, bus = 5, tie = 27;

} // namespace

TEST_F(DetectorShared, BusHasPersonsAndABus) {
  expectKnown(detect(BSTC_SHARED_DIR "/images/bus.jpg"),
              {{person, {219.26f, 407.82f, 349.41f, 862.75f}, 0.8231f},
               {person, {51.90f, 398.66f, 206.77f, 895.43f}, 0.8158f},
               {person, {680.60f, 377.17f, 810.00f, 870.01f}, 0.6757f},
               {bus, {48.78f, 236.83f, 810.00f, 772.04f}, 0.5255f}});
}

TEST_F(DetectorShared, ZidaneHasTwoPersonsAndATie) {
  expectKnown(detect(BSTC_SHARED_DIR "/images/zidane.jpg"),
              {{person, {742.37f, 39.88f, 1154.10f, 716.05f}, 0.7897f},
               {person, {135.70f, 180.75f, 739.33f, 720.00f}, 0.3683f},
               {tie, {438.22f, 434.27f, 503.57f, 711.38f}, 0.2712f}});
}

/// The pictures of examples/ show what they are meant to show.
TEST_F(DetectorShared, TheExamplesAreRecognised) {
  constexpr int stopSign = 11, clock = 74;
  for (const auto &[picture, classIndex] :
       {std::pair("../examples/street.jpg", stopSign), {"../examples/clock.png", clock}}) {
    const std::vector<Detection> found = detect(picture);
    ASSERT_EQ(found.size(), 1u) << picture;
    EXPECT_EQ(found[0].classIndex, classIndex) << picture;
  }
}
