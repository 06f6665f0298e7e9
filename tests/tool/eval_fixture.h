#ifndef BSTC_TESTS_TOOL_EVAL_FIXTURE_H
#define BSTC_TESTS_TOOL_EVAL_FIXTURE_H

#include "tests/support/sessions.h"
#include "tests/tool/tool.h"
#include "tools/bstc/cli/model.h"
#include "vision/detect/detector.h"
#include "vision/image/image_file.h"

#include "llvm/ADT/StringExtras.h"

#include <random>

namespace bstc::test {

/// Of what counts as found when a dataset is made.
constexpr float leastScore = 0.1f;

/// Datasets of random pictures, with what a network finds on them as labels.
class Eval : public ToolTest {
protected:
  /// A picture of coarse random tiles.
  static Image picture(unsigned seed, int width, int height) {
    std::mt19937 random(seed);
    Image image;
    image.width = width;
    image.height = height;
    image.pixels.resize(size_t(width) * size_t(height) * 3);
    std::vector<uint8_t> colours(16 * 16 * 3);
    for (uint8_t &colour : colours)
      colour = uint8_t(random());
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < 3; ++c)
          image.at(x, y)[c] = colours[size_t(((y / 8 % 16) * 16 + x / 8 % 16) * 3 + c)];
    return image;
  }

  void writePicture(const std::string &name, const Image &image) {
    std::filesystem::create_directories(path(name).parent_path());
    llvm::Expected<std::string> bytes = encodePng(image);
    ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
    write(name, *bytes);
  }
  /// A dataset of one picture.
  void writeOnePicture(const Image &image, const std::string &labels) {
    writePicture("images/a.png", image);
    std::filesystem::create_directories(path("labels"));
    write("labels/a.txt", labels);
  }

  /// Four pictures, and what model.bst finds on each as its labels: but for classes of which two
  /// boxes look alike where the picture's edge cuts them, or of which nothing is left there.
  /// Returns the number of labels.
  size_t writeDataset() {
    llvm::Expected<LoadedModel> model = loadModel(path("model.bst").string(), {});
    EXPECT_TRUE(bool(model)) << llvm::toString(model.takeError());
    const bstrt::Device device = bst::testing::simulatorDevice();
    const DetectorOptions options = {
        .nms = {.confidence = leastScore, .iou = 0.6, .multiLabel = true},
        .fit = DetectorOptions::Fit::Evaluate,
        .masks = DetectorOptions::Masks::None};
    auto detector = Detector::create(*model->package, device, options);
    EXPECT_TRUE(bool(detector)) << llvm::toString(detector.takeError());
    std::vector<std::vector<Detection>> pictures;
    std::set<int32_t> unclear;
    for (int i = 0; i < 4; ++i) {
      // Squares: nothing is found in the padding, and val.py's gain is exact.
      const Image image = picture(unsigned(i), 32 << i, 32 << i);
      writePicture("images/" + std::to_string(i) + ".png", image);
      llvm::Expected<PictureDetections> found = (*detector)->detect(image);
      EXPECT_TRUE(bool(found)) << llvm::toString(found.takeError());
      for (const Detection &a : found->detections)
        for (const Detection &b : found->detections)
          if (a.classIndex == b.classIndex &&
              (intersectionOverUnion(a.box, b.box) > (&a == &b ? 2.0f : 0.8f) ||
               intersectionOverUnion(a.box, a.box) == 0))
            unclear.insert(a.classIndex);
      pictures.push_back(found->detections);
    }
    std::filesystem::create_directories(path("labels"));
    size_t count = 0;
    for (int i = 0; i < 4; ++i) {
      std::string labels;
      for (const Detection &detection : pictures[size_t(i)]) {
        if (unclear.count(detection.classIndex))
          continue;
        const Box &box = detection.box;
        const double size = 32 << i;
        char line[200];
        snprintf(line, sizeof(line), "%d %.9g %.9g %.9g %.9g\n", detection.classIndex,
                 double(box.x1 + box.x2) / 2 / size, double(box.y1 + box.y2) / 2 / size,
                 double(box.x2 - box.x1) / size, double(box.y2 - box.y1) / size);
        labels += line;
        ++count;
      }
      write("labels/" + std::to_string(i) + ".txt", labels);
    }
    EXPECT_GT(count, 10u);
    return count;
  }
  /// instances.json of one picture, images/a.png.
  void writeAnnotations(const std::vector<std::string> &annotations) {
    std::vector<std::string> categories;
    for (int i = 0; i < 80; ++i)
      categories.push_back("{\"id\": " + std::to_string(i) + ", \"name\": \"" + std::to_string(i) +
                           "\"}");
    write("instances.json", "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\", \"width\": 64, "
                            "\"height\": 64}], \"categories\": [" +
                                llvm::join(categories, ", ") + "], \"annotations\": [" +
                                llvm::join(annotations, ", ") + "]}");
  }
  const std::string confidence = " --conf 0.1 ";
};

} // namespace bstc::test

#endif // BSTC_TESTS_TOOL_EVAL_FIXTURE_H
