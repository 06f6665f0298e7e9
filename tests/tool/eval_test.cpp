// `bstc eval` as a user calls it. The labels are what a network of random weights finds on random
// pictures: it has to find all of them again.

#include "tests/support/detector_models.h"
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"
#include "tools/bstc/eval/eval_run.h"

#include "vision/image/image_file.h"

#include "tests/support/sessions.h"
#include "llvm/ADT/StringExtras.h"

#include <gmock/gmock.h>

#include <random>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr float leastScore = 0.1f;

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

TEST_F(Eval, FindsAgainWhatTheNetworkFound) {
  writePackage();
  const size_t labels = writeDataset();
  const std::string out =
      succeed("eval model.bst --data . --json a.json --plots plots" + confidence);
  EXPECT_THAT(out, StartsWith("                 Class     Images  Instances          P          R  "
                              "    mAP50   mAP50-95\n                   all          4 "));
  const JsonReader json(read("a.json"));
  EXPECT_EQ(json.number("pictures"), 4);
  EXPECT_EQ(json.number("instances"), double(labels));
  EXPECT_NEAR(json.number("models.0.boxes.precision"), 1, 1e-6);
  EXPECT_NEAR(json.number("models.0.boxes.recall"), 1, 1e-6);
  EXPECT_NEAR(json.number("models.0.boxes.map50"), 0.995, 1e-6);
  EXPECT_NEAR(json.number("models.0.boxes.map50_95"), 0.995, 1e-6);
  EXPECT_THAT(read("plots/PR_curve.svg"), HasSubstr("mAP50 0.995"));
}

TEST_F(Eval, ComparesTwoModelsClassByClass) {
  writePackage();
  writeDataset();
  succeed("zoo yolov5n --size 64 --seed 7 -o other.onnx");
  const std::string out =
      succeed("eval model.bst --compare other.onnx --data . --json a.json --plots p" + confidence);
  EXPECT_THAT(out, HasSubstr("A: model.bst\nB: other.onnx\n"));
  const JsonReader json(read("a.json"));
  ASSERT_EQ(json.size("models"), 2u);
  EXPECT_GT(json.number("models.0.boxes.map50_95"), 0.99);
  EXPECT_LT(json.number("models.1.boxes.map50_95"), 0.5);
  EXPECT_EQ(json.size("models.0.boxes.classes"), json.size("models.1.boxes.classes"));
  const std::string same = succeed("eval model.bst --compare model.onnx --data ." + confidence);
  EXPECT_THAT(same,
              testing::ContainsRegex("all +[0-9]+ +0.995 +0.995 +0.000 +0.995 +0.995 +0.000"));
}

TEST_F(Eval, ThreadsAndLimitsDoWhatTheySay) {
  writePackage();
  writeDataset();
  const auto accuracy = [&](const std::string &options) {
    succeed("eval model.bst --data . --json a.json --conf 0.05 " + options);
    const JsonReader json(read("a.json"));
    return std::pair(json.number("models.0.boxes.map50_95"), json.number("pictures"));
  };
  const auto alone = accuracy("--threads 1");
  EXPECT_EQ(accuracy("--threads 3"), alone);
  EXPECT_EQ(alone.second, 4);
  EXPECT_EQ(accuracy("--limit 2").second, 2);
}

TEST_F(Eval, SegmentNetworksAreMeasuredByTheirMasksToo) {
  writeModel("--task segment");
  writePicture("images/a.png", picture(1, 64, 64));
  std::filesystem::create_directories(path("labels"));
  write("labels/a.txt", "3 0.5 0.5 0.5 0.5\n");
  EXPECT_THAT(succeed("eval model.onnx --data ."), Not(HasSubstr("Mask(P")));
  write("labels/a.txt", "3 0.25 0.25 0.75 0.25 0.75 0.75\n");
  EXPECT_THAT(succeed("eval model.onnx --data . --plots p"), HasSubstr("Mask(P"));
  EXPECT_TRUE(files().count("p/MaskPR_curve.svg"));
  EXPECT_TRUE(files().count("p/BoxF1_curve.svg"));
}

/// One object as COCO's JSON has it.
std::string annotation(const Detection &detection, const RunLengthMask &mask) {
  const Box &box = detection.box;
  char text[400];
  snprintf(text, sizeof(text),
           R"({"image_id": 1, "iscrowd": 0, "category_id": %d, "bbox": [%.9g, %.9g, %.9g, %.9g], )"
           R"("segmentation": {"size": [%d, %d], "counts": ")",
           detection.classIndex, double(box.x1), double(box.y1), double(box.x2 - box.x1),
           double(box.y2 - box.y1), mask.height, mask.width);
  std::string counts = mask.cocoText();
  for (size_t i = 0; (i = counts.find('\\', i)) != std::string::npos; i += 2)
    counts.insert(i, 1, '\\');
  return text + counts + "\"}}";
}

TEST_F(Eval, FindsAgainTheMasksThatTheNetworkDrew) {
  writeModel("--task segment");
  llvm::Expected<LoadedModel> model = loadModel(path("model.onnx").string(), {});
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  const bstrt::Device device = bst::testing::simulatorDevice();
  auto detector =
      Detector::create(*model->package, device,
                       {.nms = {.confidence = leastScore, .iou = 0.6, .multiLabel = true},
                        .fit = DetectorOptions::Fit::Evaluate,
                        .masks = DetectorOptions::Masks::Prototype});
  ASSERT_TRUE(bool(detector)) << llvm::toString(detector.takeError());
  writePicture("images/a.png", picture(1, 64, 64));
  llvm::Expected<PictureDetections> found = (*detector)->detect(picture(1, 64, 64));
  ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
  std::vector<std::string> annotations;
  // Of each class the best one: others come after it and take nothing away.
  std::set<int32_t> seen;
  for (size_t i = 0; i < found->detections.size(); ++i)
    if (seen.insert(found->detections[i].classIndex).second && found->masks[i].area() > 0)
      annotations.push_back(annotation(found->detections[i], found->masks[i]));
  ASSERT_GT(annotations.size(), 5u);
  writeAnnotations(annotations);
  succeed("eval model.onnx --data instances.json --json a.json" + confidence);
  const JsonReader json(read("a.json"));
  EXPECT_EQ(json.number("instances"), double(annotations.size()));
  EXPECT_NEAR(json.number("models.0.boxes.map50_95"), 0.995, 1e-6);
  EXPECT_NEAR(json.number("models.0.masks.map50_95"), 0.995, 1e-6);

  // One mask is enough to be measured.
  writeAnnotations({annotations[0]});
  succeed("eval model.onnx --data instances.json --json a.json" + confidence);
  EXPECT_NEAR(JsonReader(read("a.json")).number("models.0.masks.map50_95"), 0.995, 1e-6);

  // With another mask for one of the objects, the boxes are as right as before.
  annotations[0] = annotation(found->detections[0], {16, 16, {0, 16 * 16}});
  ASSERT_LT(found->masks[0].area(), 100u);
  writeAnnotations(annotations);
  succeed("eval model.onnx --data instances.json --json a.json" + confidence);
  const JsonReader other(read("a.json"));
  EXPECT_NEAR(other.number("models.0.boxes.map50_95"), 0.995, 1e-6);
  EXPECT_NEAR(other.number("models.0.masks.map50_95"),
              0.995 * (1 - 1.0 / double(annotations.size())), 1e-6);
}

/// val.py counts every class of a box; a network with one row shows it.
TEST_F(Eval, EveryClassOfABoxCounts) {
  write("paint.onnx", paintModel(6, 8).SerializeAsString());
  succeed("compile paint.onnx --no-fidelity --decode yolov5-rows");
  Image image;
  image.width = image.height = 4;
  image.pixels.assign(48, 0);
  const uint8_t row[] = {128, 128, 128, 128, 255, 204, 51, 0}; // Classes 0 and 1: .8 and .2.
  for (size_t i = 0; i < 8; ++i)
    image.pixels[i * 3] = row[i];
  writePicture("images/a.png", image);
  std::filesystem::create_directories(path("labels"));
  write("labels/a.txt", "0 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.5 0.5\n");
  succeed("eval paint.bst --data . --json a.json");
  EXPECT_NEAR(JsonReader(read("a.json")).number("models.0.boxes.map50"), 0.995, 1e-6);
  // Scores are above .001 unless it is said otherwise.
  succeed("eval paint.bst --data . --json a.json --conf 0.7");
  EXPECT_NEAR(JsonReader(read("a.json")).number("models.0.boxes.map50"), 0.995 / 2, 1e-6);
}

TEST_F(Eval, OverlapsAreThoseOfValPyUnlessSaid) {
  write("paint.onnx", paintModel(8, 6).SerializeAsString());
  succeed("compile paint.onnx --no-fidelity --decode yolov5-rows --iou 0.1");
  Image image;
  image.width = image.height = 4;
  image.pixels.assign(48, 0);
  // Two boxes of 2 x 2 and 2 x 1.1 at one place: an overlap of .549 (140 / 255).
  const uint8_t rows[] = {128, 128, 128, 128, 255, 255, 128, 128, 128, 70, 255, 204};
  for (size_t i = 0; i < 12; ++i)
    image.pixels[i * 3] = rows[i];
  writePicture("images/a.png", image);
  std::filesystem::create_directories(path("labels"));
  write("labels/a.txt", "0 0.50196 0.50196 0.50196 0.50196\n0 0.50196 0.50196 0.50196 0.27451\n");
  const auto recall = [&](const std::string &options) {
    succeed("eval paint.bst --data . --json a.json" + options);
    return JsonReader(read("a.json")).number("models.0.boxes.recall");
  };
  EXPECT_NEAR(recall(""), 1, 1e-6);
  EXPECT_NEAR(recall(" --iou 0.5"), 0.5, 1e-6);
  EXPECT_EQ(JsonReader(read("a.json")).number("iou"), 0.5);
}

/// val.py averages pictures that shrink; detect.py would read the middle of each 4 x 4 pixels,
/// which is black here: the values are around it, and 12 of 16 pixels have 4/3 of them.
TEST_F(Eval, PicturesAreResizedAsValPyDoes) {
  write("paint.onnx", paintModel(8, 6).SerializeAsString());
  succeed("compile paint.onnx --no-fidelity --decode yolov5-rows");
  Image image;
  image.width = image.height = 16;
  image.pixels.assign(16 * 16 * 3, 0);
  const uint8_t row[] = {171, 171, 171, 171, 240, 240};
  for (int i = 0; i < 6; ++i)
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 4; ++x)
        if (x % 3 == 0 || y % 3 == 0)
          image.at(i % 4 * 4 + x, i / 4 * 4 + y)[0] = row[i];
  writePicture("images/a.png", image);
  std::filesystem::create_directories(path("labels"));
  write("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
  succeed("eval paint.bst --data . --json a.json");
  EXPECT_NEAR(JsonReader(read("a.json")).number("models.0.boxes.map50"), 0.995, 1e-6);
}

TEST_F(Eval, PackagesThatSuppressAreMeasuredWithTheirOwnNumbers) {
  writePackage();
  writeDataset();
  succeed("compile model.onnx --no-fidelity --with-nms --conf 0.12 --iou 0.5 --max-det 9 -o n.bst");
  const Outcome outcome = bstc("eval n.bst --data . --json n.json");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(
      outcome.err,
      HasSubstr("bstc: warning: n.bst suppresses boxes by itself, with confidence 0.12, iou "
                "0.5, at most 9 detections: the figures are of what it keeps, and lower "
                "than val.py's. To measure the network, compile it with --with-nms --conf "
                "0.001 --iou 0.6 --multi-label, or without --with-nms"));
  EXPECT_THAT(outcome.out, HasSubstr("Suppressed by the model itself: confidence 0.12, iou 0.5, at "
                                     "most 9 detections\n"));
  const JsonReader json(read("n.json"));
  EXPECT_NEAR(json.number("conf"), 0.12, 1e-6);
  EXPECT_EQ(json.number("iou"), 0.5);
  EXPECT_EQ(json.number("max_detections"), 9);
  EXPECT_EQ(json.text("models.0.suppressed_by"), "model");
  for (const char *option : {"--conf 0.11", "--iou 0.6"}) {
    const Outcome refused = bstc(std::string("eval n.bst --data . ") + option);
    EXPECT_EQ(refused.code, 1);
    EXPECT_EQ(refused.out, "");
    EXPECT_THAT(refused.err, HasSubstr("n.bst suppresses boxes by itself (--with-nms)"));
    EXPECT_THAT(refused.err,
                HasSubstr(llvm::StringRef(option).split(' ').first.str() + " to bstc compile"));
  }
  // Beside it, another model is suppressed the same way: with the same weights nothing differs.
  const Outcome both = bstc("eval model.bst --compare n.bst --data . --json b.json");
  EXPECT_EQ(both.code, 0);
  const JsonReader compared(read("b.json"));
  EXPECT_NEAR(compared.number("conf"), 0.12, 1e-6);
  EXPECT_EQ(compared.text("models.0.suppressed_by"), "host");
  EXPECT_EQ(compared.text("models.1.suppressed_by"), "model");
  for (const char *figure : {"precision", "recall", "map50", "map50_95"}) {
    const std::string boxes = std::string(".boxes.") + figure;
    EXPECT_EQ(compared.number("models.0" + boxes), compared.number("models.1" + boxes));
    EXPECT_EQ(json.number("models.0" + boxes), compared.number("models.1" + boxes));
  }
  EXPECT_LT(compared.number("models.0.boxes.map50"), 0.9) << "nine boxes are too few";
  succeed("compile model.onnx --no-fidelity --with-nms --conf 0.3 -o m.bst");
  const Outcome apart = bstc("eval n.bst --compare m.bst --data .");
  EXPECT_EQ(apart.code, 1);
  EXPECT_THAT(apart.err, HasSubstr("figures of different suppressions cannot be compared"));
}

TEST_F(Eval, PackagesMadeToBeMeasuredGiveTheNetworksFigures) {
  writePackage();
  const size_t labels = writeDataset();
  succeed("compile model.onnx --no-fidelity --with-nms --conf 0.001 --iou 0.6 --multi-label");
  succeed("eval model.bst --data . --json nms.json" + confidence); // Without a word on stderr.
  const JsonReader json(read("nms.json"));
  EXPECT_EQ(json.number("instances"), double(labels));
  EXPECT_NEAR(json.number("models.0.boxes.map50_95"), 0.995, 1e-6);
  EXPECT_NEAR(json.number("models.0.boxes.recall"), 1, 1e-6);
  // Each of the numbers matters.
  for (const char *option :
       {"--conf 0.0011 --iou 0.6 --multi-label", "--conf 0.001 --multi-label",
        "--conf 0.001 --iou 0.6", "--conf 0.001 --iou 0.6 --multi-label --max-det 299"}) {
    succeed(std::string("compile model.onnx --no-fidelity --with-nms ") + option);
    EXPECT_THAT(bstc("eval model.bst --data . --limit 1" + confidence).err,
                HasSubstr("bstc: warning: model.bst suppresses boxes by itself"))
        << option;
  }
}

TEST_F(Eval, OutputsAreNotGuessed) {
  writePicture("images/a.png", picture(1, 64, 64));
  std::filesystem::create_directories(path("labels"));
  write("labels/a.txt", "3 0.5 0.5 0.5 0.5\n");
  write("v8.onnx", yolov8Model().SerializeAsString());
  const Outcome unknown = bstc("eval v8.onnx --data .");
  expectOneLineError(unknown);
  EXPECT_THAT(unknown.err, HasSubstr("v8.onnx: 'test' is no detection network"));
  ZooOptions small;
  small.size = 64;
  onnx::ModelProto two = zooModelProto(small);
  addNetwork(two, zooModelProto(small), "second_");
  write("two.onnx", two.SerializeAsString());
  const Outcome several = bstc("eval two.onnx --data .");
  expectOneLineError(several);
  EXPECT_THAT(several.err, HasSubstr("'output0' (f32 1x252x85), 'second_output0' (f32 1x252x85)"));
  onnx::ModelProto names = zooModelProto(small);
  setMetadata(names, "names", pythonNames(3));
  write("names.onnx", names.SerializeAsString());
  const Outcome contradiction = bstc("eval names.onnx --data .");
  expectOneLineError(contradiction);
  EXPECT_THAT(contradiction.err,
              HasSubstr("the network has 80 classes but the file's metadata names 3"));
}

/// instances.json for one picture of two labelled boxes, one of them beside the picture; the
/// categories of 80 classes are the numbers from 79 down, with rising ids.
std::string twoBoxes(const std::string &size) {
  std::vector<std::string> rows;
  for (int i = 0; i < 80; ++i)
    rows.push_back("{\"id\": " + std::to_string(i) + ", \"name\": \"" + std::to_string(79 - i) +
                   "\"}");
  return "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\", " + size + "}], \"categories\": [" +
         llvm::join(rows, ", ") +
         R"(], "annotations": [{"image_id": 1, "category_id": 3, "bbox": [8, 8, 16, 16]},
                               {"image_id": 1, "category_id": 5, "bbox": [-20, 0, 10, 10]}]})";
}

TEST_F(Eval, PicturesOfAnotherShapeThanTheirLabelsAreLeftOut) {
  writeModel();
  writePicture("a.png", picture(1, 64, 32));
  write("a.json", twoBoxes("\"width\": 128, \"height\": 64"));
  EXPECT_EQ(bstc("eval model.onnx --data a.json --json a.txt").err,
            "bstc: warning: 1 label without an area in the picture left out "
            "[BST6013]\n");
  EXPECT_EQ(JsonReader(read("a.txt")).number("empty_labels"), 1);
  EXPECT_EQ(JsonReader(read("a.txt")).number("instances"), 1);
  write("a.json", twoBoxes("\"width\": 32, \"height\": 64"));
  const Outcome turned = bstc("eval model.onnx --data a.json");
  EXPECT_EQ(turned.code, 1);
  EXPECT_THAT(turned.err,
              HasSubstr("a.png: is of 64 x 32 pixels, but a.json has its labels for 32 x "
                        "64"));
}

TEST_F(Eval, NamesInAnotherOrderThanTheNetworksAreAnError) {
  writePicture("a.png", picture(1, 64, 64));
  write("a.json", twoBoxes("\"width\": 64, \"height\": 64"));
  writeModel();
  std::string names;
  for (int i = 0; i < 80; ++i)
    names += std::to_string(i) + "\n";
  write("names.txt", names);
  succeed("compile model.onnx --no-fidelity --names names.txt");
  const Outcome outcome = bstc("eval model.bst --data a.json");
  expectOneLineError(outcome);
  EXPECT_THAT(
      outcome.err,
      HasSubstr("the classes of model.bst and of a.json are in different orders: '79' is class "
                "79 of the network and class 0 of the dataset"));
  // In the network's order they are no contradiction; other words for a class are not either.
  std::string yaml = "val: a.json\nnames:\n";
  for (int i = 0; i < 80; ++i)
    yaml += "  " + std::to_string(i) + ": '" + (i == 7 ? "seven" : std::to_string(i)) + "'\n";
  write("a.yaml", yaml);
  EXPECT_EQ(bstc("eval model.bst --data a.yaml --json a.txt").code, 0);
  // Category 3 is '76'.
  EXPECT_EQ(JsonReader(read("a.txt")).number("models.0.boxes.classes.0.class"), 76);
}

TEST_F(Eval, SaysWhichPartItMeasuresWithoutVal) {
  writeModel();
  writePicture("images/a.png", picture(1, 64, 64));
  std::filesystem::create_directories(path("labels"));
  write("labels/a.txt", "3 0.5 0.5 0.5 0.5\n");
  write("a.yaml", "train: images\n");
  const Outcome outcome = bstc("eval model.onnx --data a.yaml");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("a.yaml has no 'val'; these are figures of 'train'"));
  EXPECT_EQ(bstc("eval model.onnx --data a.yaml --split train").err, "");
}

TEST_F(Eval, PicturesThatCannotBeReadAreCounted) {
  writePackage();
  writeDataset();
  write("images/9.png", "no picture");
  const Outcome outcome = bstc("eval model.bst --data . --json a.json" + confidence);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("bstc: warning: "));
  EXPECT_THAT(outcome.err, HasSubstr("images/9.png"));
  EXPECT_THAT(outcome.err, HasSubstr("leave out 1 unreadable picture and 0 pictures"));
  EXPECT_THAT(outcome.out, HasSubstr("all          4 "));
  EXPECT_EQ(JsonReader(read("a.json")).number("pictures_unreadable"), 1);
}

TEST_F(Eval, PicturesWithBadLabelsAreNamed) {
  writePackage();
  writeDataset();
  write("labels/3.txt", "0 0.5 0.5 0.5 1.5\n");
  const Outcome outcome = bstc("eval model.bst --data ." + confidence);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("labels/3.txt:1: coordinate 1.5"));
  EXPECT_THAT(outcome.err, HasSubstr("0 unreadable pictures and 1 picture with bad labels"));
  EXPECT_THAT(outcome.out, HasSubstr("all          3 "));
}

TEST_F(Eval, WrongCallsAndFilesGetOneError) {
  writePackage();
  writePicture("images/a.png", picture(1, 64, 64));
  std::filesystem::create_directories(path("labels"));
  write("labels/a.txt", "3 0.5 0.5 0.5 0.5\n");
  EXPECT_EQ(bstc("eval model.bst").code, 2);
  EXPECT_EQ(bstc("eval model.bst --data . --conf 2").code, 2);
  EXPECT_EQ(bstc("eval model.bst --data . --iou much").code, 2);
  EXPECT_EQ(bstc("eval model.bst --data . --limit 0").code, 2);
  EXPECT_EQ(bstc("eval model.bst --data . --json model.bst").code, 2);
  expectOneLineError(bstc("eval model.bst --data nowhere"));
  expectOneLineError(bstc("eval nothing.bst --data ."));
  write("two.yaml", "val: images\nnames: [a, b]\n");
  write("labels/a.txt", "1 0.5 0.5 0.5 0.5\n");
  const Outcome classes = bstc("eval model.bst --data two.yaml");
  expectOneLineError(classes);
  EXPECT_THAT(classes.err, HasSubstr("finds 80 classes, but the dataset has 2 names"));
  write("labels/a.txt", "80 0.5 0.5 0.5 0.5\n");
  const Outcome label = bstc("eval model.bst --data . --json a.json");
  expectOneLineError(label);
  EXPECT_THAT(label.err, HasSubstr("images/a.png: a label of class 80"));
  EXPECT_FALSE(files().count("a.json"));
  // Outputs that cannot be written are refused before the work.
  write("labels/a.txt", "3 0.5 0.5 0.5 0.5\n");
  for (const char *output : {"--json nowhere/a.json", "--plots two.yaml/plots"}) {
    const Outcome outcome = bstc(std::string("eval model.bst --data . ") + output);
    expectOneLineError(outcome);
    EXPECT_EQ(outcome.out, "");
  }
}

TEST_F(Eval, EndsOnASignalWithWhatWasDone) {
  writePackage();
  writeDataset();
  // The first picture's warning says that the work has begun.
  write("images/00.png", "no picture");
  for (int i = 0; i < 3000; ++i)
    std::filesystem::create_hard_link(path("images/3.png"),
                                      path("images/more" + std::to_string(i) + ".png"));
  const Outcome outcome =
      shell("$BSTC eval model.bst --data . --threads 1 --json a.json --conf 0.1 >table 2>words & "
            "while ! [ -s words ]; do sleep 0.01; done; sleep 0.1; kill -TERM $!; wait $!");
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(read("words"), HasSubstr("bstc: error: stopped after "));
  EXPECT_THAT(read("words"), HasSubstr(" of 3005 pictures; the figures are of those"));
  EXPECT_THAT(read("table"), HasSubstr("mAP50-95"));
  const JsonReader json(read("a.json"));
  EXPECT_EQ(json.number("pictures_asked"), 3005);
  EXPECT_LT(json.number("pictures"), 3000);
}

} // namespace
} // namespace bstc::test
