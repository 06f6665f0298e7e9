// What `bstc eval` suppresses and measures of a network's outputs: val.py's choices, a package's
// own.
#include "tests/support/detector_models.h"
#include "tests/tool/eval_fixture.h"
#include "tests/tool/json_reader.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// 4 x 4 pixels whose reds are the numbers that paintModel() makes rows of.
Image painted(const std::vector<uint8_t> &reds) {
  Image image;
  image.width = image.height = 4;
  image.pixels.assign(48, 0);
  for (size_t i = 0; i < reds.size(); ++i)
    image.pixels[i * 3] = reds[i];
  return image;
}

/// val.py counts every class of a box; a network with one row shows it.
TEST_F(Eval, EveryClassOfABoxCounts) {
  write("paint.onnx", paintModel(6, 8).SerializeAsString());
  succeed("compile paint.onnx --no-fidelity --decode yolov5-rows");
  // Classes 0 and 1: .8 and .2.
  const Image image = painted({128, 128, 128, 128, 255, 204, 51, 0});
  writeOnePicture(image, "0 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.5 0.5\n");
  succeed("eval paint.bst --data . --json a.json");
  EXPECT_NEAR(JsonReader(read("a.json")).number("models.0.boxes.map50"), 0.995, 1e-6);
  // Scores are above .001 unless it is said otherwise.
  succeed("eval paint.bst --data . --json a.json --conf 0.7");
  EXPECT_NEAR(JsonReader(read("a.json")).number("models.0.boxes.map50"), 0.995 / 2, 1e-6);
}

TEST_F(Eval, OverlapsAreThoseOfValPyUnlessSaid) {
  write("paint.onnx", paintModel(8, 6).SerializeAsString());
  succeed("compile paint.onnx --no-fidelity --decode yolov5-rows --iou 0.1");
  // Two boxes of 2 x 2 and 2 x 1.1 at one place: an overlap of .549 (140 / 255).
  const Image image = painted({128, 128, 128, 128, 255, 255, 128, 128, 128, 70, 255, 204});
  writeOnePicture(image, "0 0.50196 0.50196 0.50196 0.50196\n0 0.50196 0.50196 0.50196 0.27451\n");
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
  writeOnePicture(image, "0 0.5 0.5 0.5 0.5\n");
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
                "than val.py's. To measure the network, compile it with --conf 0.001 --iou 0.6 "
                "--multi-label beside --deploy or --with-nms, or with neither"));
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
    EXPECT_THAT(refused.err, HasSubstr("n.bst suppresses boxes by itself (--deploy, --with-nms)"));
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
  writeOnePicture(picture(1, 64, 64), "3 0.5 0.5 0.5 0.5\n");
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

} // namespace
} // namespace bstc::test
