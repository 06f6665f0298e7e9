// `bstc eval` as a user calls it. The labels are what a network of random weights finds on random
// pictures: it has to find all of them again.

#include "tests/tool/eval_fixture.h"
#include "tests/tool/json_reader.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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
  writeOnePicture(picture(1, 64, 64), "3 0.5 0.5 0.5 0.5\n");
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
  writeOnePicture(picture(1, 64, 64), "3 0.5 0.5 0.5 0.5\n");
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
  writeOnePicture(picture(1, 64, 64), "3 0.5 0.5 0.5 0.5\n");
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
