// `bstc detect` as a user runs it, on small pictures and a network of the zoo that is not trained:
// what it finds means nothing, but is the same every time.

#include "ir/notice.h"
#include "tests/support/detector_models.h"
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"
#include "vision/image/image_file.h"

#include <gmock/gmock.h>

#include <csignal>
#include <sstream>
#include <sys/wait.h>

using namespace bstc;
using namespace bstc::test;
using testing::HasSubstr;

namespace {

/// A detection as --txt writes it.
struct TextRow {
  int classIndex = -1;
  double x = 0, y = 0, width = 0, height = 0, score = 0;
};

std::vector<TextRow> textRows(const std::string &text) {
  std::vector<TextRow> rows;
  std::istringstream stream(text);
  for (TextRow row;
       stream >> row.classIndex >> row.x >> row.y >> row.width >> row.height >> row.score;)
    rows.push_back(row);
  return rows;
}

class DetectTest : public ToolTest {
protected:
  DetectTest() { writeModel(); }

  /// A picture with more than one colour, `shade` of it.
  void writePicture(const std::string &name, int shade, int width = 96, int height = 70) const {
    Image image;
    image.width = width;
    image.height = height;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int value : {x * 2 + shade, y * 3 + shade, (x ^ y) + shade})
          image.pixels.push_back(uint8_t(value));
    llvm::Expected<std::string> bytes =
        llvm::StringRef(name).endswith(".png") ? encodePng(image) : encodeJpeg(image);
    ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
    write(name, *bytes);
  }
  /// A picture of 4 x 4 with these values in its planes, one after the other; then zeros. Each
  /// pixel may be repeated along its row.
  void paint(const std::string &name, const std::vector<uint8_t> &values, int repeat = 1) const {
    Image image;
    image.width = 4 * repeat;
    image.height = 4;
    image.pixels.assign(size_t(48 * repeat), 0);
    for (size_t i = 0; i < values.size(); ++i)
      for (size_t copy = 0; copy < size_t(repeat); ++copy)
        image.pixels[(i % 16 * size_t(repeat) + copy) * 3 + i / 16] = values[i];
    llvm::Expected<std::string> png = encodePng(image);
    ASSERT_TRUE(bool(png)) << llvm::toString(png.takeError());
    write(name, *png);
  }
  void makeFolder(const std::string &name) const { std::filesystem::create_directory(path(name)); }
};

const std::string everything = " --conf 0.0001 --max-det 5";

} // namespace

TEST_F(DetectTest, PrintsALineAnImageAndASummary) {
  writePicture("a.png", 0);
  writePicture("b.jpg", 50);
  const std::string out = succeed("detect model.onnx a.png b.jpg --conf 1");
  EXPECT_THAT(out, testing::ContainsRegex("a.png: nothing, [0-9]+\\.[0-9] ms\n"
                                          "b.jpg: nothing, [0-9]+\\.[0-9] ms\n"
                                          "2 images, 0 objects; .*images/s"));
  const std::string found = succeed("detect model.onnx a.png" + everything);
  EXPECT_THAT(found, HasSubstr("1 image, 5 objects"));
}

TEST_F(DetectTest, FoldersAreTakenByNameAndPackagesToo) {
  succeed("compile model.onnx --no-fidelity");
  makeFolder("photos");
  for (const char *name : {"photos/c.png", "photos/a.jpg", "photos/b.PNG.png"})
    writePicture(name, 9);
  write("photos/notes.txt", "no image");
  const std::string out = succeed("detect model.bst photos");
  const size_t a = out.find("photos/a.jpg"), b = out.find("photos/b.PNG.png"),
               c = out.find("photos/c.png");
  EXPECT_LT(a, b);
  EXPECT_LT(b, c);
  EXPECT_NE(c, std::string::npos);
  EXPECT_THAT(out, HasSubstr("3 images"));
}

TEST_F(DetectTest, TextAndJsonSayTheSame) {
  writePicture("000000000139.png", 0);
  writePicture("other.png", 90);
  succeed("detect model.onnx 000000000139.png other.png --json r.json --txt labels" + everything);
  const JsonReader json(read("r.json"));
  ASSERT_EQ(json.size(""), 10u);
  EXPECT_EQ(json.number("0.image_id"), 139);
  EXPECT_EQ(json.text("9.image_id"), "other");
  const std::vector<TextRow> rows = textRows(read("labels/000000000139.txt"));
  ASSERT_EQ(rows.size(), 5u);
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string object = std::to_string(i) + ".";
    const auto bbox = [&](int side) {
      return json.number(object + "bbox." + std::to_string(side));
    };
    EXPECT_NEAR(bbox(2), rows[i].width * 96, 2e-3);
    EXPECT_NEAR(bbox(3), rows[i].height * 70, 2e-3);
    EXPECT_NEAR(bbox(0) + bbox(2) / 2, rows[i].x * 96, 2e-3);
    EXPECT_NEAR(bbox(1) + bbox(3) / 2, rows[i].y * 70, 2e-3);
    EXPECT_NEAR(json.number(object + "score"), rows[i].score, 1e-5);
    // COCO's categories begin with 1 and leave numbers out.
    EXPECT_GT(json.number(object + "category_id"), rows[i].classIndex);
  }
  EXPECT_FALSE(json.has("0.segmentation"));
}

/// The network's predictions are painted into the picture.
TEST_F(DetectTest, BoxesAreThoseThatTheNetworkSays) {
  OnnxBuilder model;
  model.input("images", {1, 3, 4, 4}).output("boxes").ints("shape", {3}, {1, 8, 6});
  model.node("Relu", {"images"}, {"positive"});
  model.node("Reshape", {"positive", "shape"}, {"boxes"});
  write("paint.onnx", model.proto.SerializeAsString());
  succeed("compile paint.onnx --decode yolov5-rows --no-fidelity");
  // x, y, width, height, objectness, probability, as fractions of 255. The second is the first
  // again, less sure; the fourth is below the threshold.
  const std::vector<uint8_t> rows = {128, 128, 255, 255, 255, 255, //
                                     128, 128, 255, 255, 204, 255, //
                                     255, 255, 51,  51,  255, 204, //
                                     51,  51,  51,  51,  51,  255};
  paint("painted.png", rows);
  write("names.txt", "thing\n");
  const std::string out =
      succeed("detect paint.bst painted.png --json r.json --txt . --classes names.txt");
  EXPECT_THAT(out, HasSubstr("painted.png: 2 things, "));
  EXPECT_EQ(read("r.json"),
            "[\n"
            "{\"image_id\": \"painted\", \"category_id\": 0, \"bbox\": [0.002, 0.002, 1, 1], "
            "\"score\": 1},\n"
            "{\"image_id\": \"painted\", \"category_id\": 0, \"bbox\": [0.9, 0.9, 0.2, 0.2], "
            "\"score\": 0.8}\n"
            "]\n");
  // 128 / 255 / 4 and so on.
  EXPECT_EQ(read("painted.txt"), "0 0.12549 0.12549 0.25 0.25 1\n0 0.25 0.25 0.05 0.05 0.8\n");

  EXPECT_THAT(succeed("detect paint.bst painted.png --iou 0.99"), HasSubstr("2 class 0s, "));
  EXPECT_THAT(succeed("detect paint.bst painted.png --iou 1"), HasSubstr(": 3 class 0s, "));
  EXPECT_THAT(succeed("detect paint.bst painted.png --conf 0.9"), HasSubstr(": 1 class 0, "));
}

TEST_F(DetectTest, AnnotatedPicturesKeepTheirSizeAndKind) {
  writePicture("a.png", 0);
  writePicture("b.jpg", 0);
  succeed("detect model.onnx a.png b.jpg --save-dir out" + everything);
  for (const char *name : {"a.png", "b.jpg"}) {
    llvm::Expected<Image> before = readImage(path(name).string());
    llvm::Expected<Image> after = readImage(path(std::string("out/") + name).string());
    ASSERT_TRUE(before && after);
    EXPECT_EQ(after->width, 96);
    EXPECT_EQ(after->height, 70);
    EXPECT_NE(after->pixels, before->pixels) << name;
  }
  // The kind is that of the bytes, not of the name alone.
  EXPECT_EQ(read("out/a.png").substr(1, 3), "PNG");
  EXPECT_EQ(read("out/b.jpg").substr(0, 2), "\xff\xd8");
}

TEST_F(DetectTest, SegmentNetworksWriteMasks) {
  succeed("zoo yolov5n --task segment --size 64 -o seg.onnx");
  writePicture("a.png", 0);
  succeed("detect seg.onnx a.png --json r.json --save-dir out" + everything);
  const JsonReader json(read("r.json"));
  ASSERT_EQ(json.size(""), 5u);
  for (const char *object : {"0", "4"}) {
    EXPECT_EQ(json.number(std::string(object) + ".segmentation.size.0"), 70);
    EXPECT_EQ(json.number(std::string(object) + ".segmentation.size.1"), 96);
    EXPECT_NE(json.text(std::string(object) + ".segmentation.counts"), "");
  }
}

TEST_F(DetectTest, UnreadableImagesAreSkippedAndCounted) {
  writePicture("good.png", 0);
  writePicture("cut.jpg", 0);
  write("cut.jpg", read("cut.jpg").substr(0, 500));
  write("text.png", "no picture");
  const Outcome outcome =
      bstc("detect model.onnx cut.jpg good.png missing.png text.png --json r.json --txt labels" +
           everything);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("bstc: warning: cannot read cut.jpg: "));
  EXPECT_THAT(outcome.err, HasSubstr("bstc: warning: cannot read missing.png: No such file"));
  EXPECT_THAT(outcome.err, HasSubstr("bstc: warning: cannot read text.png: it is neither "));
  // The table calls them what is printed.
  for (const char *code : {"[BST5001]", "[BST5002]"})
    EXPECT_THAT(outcome.err, HasSubstr(code));
  for (const char *code : {"BST5001", "BST5002", "BST5003", "BST5004", "BST6006"})
    EXPECT_EQ(findCode(code)->severity, Severity::Warning) << code;
  EXPECT_THAT(outcome.err,
              HasSubstr("bstc: error: 3 of 4 images could not be used and were skipped"));
  EXPECT_THAT(outcome.out, HasSubstr("1 image, 5 objects"));
  EXPECT_EQ(JsonReader(read("r.json")).size(""), 5u);
  EXPECT_TRUE(files().count("labels/good.txt"));
  EXPECT_FALSE(files().count("labels/cut.txt"));
}

TEST_F(DetectTest, ThreadsDoNotChangeResults) {
  makeFolder("photos");
  for (int i = 0; i < 9; ++i)
    writePicture("photos/" + std::to_string(i) + ".png", 20 * i);
  succeed("detect model.onnx photos --json one.json --threads 1" + everything);
  succeed("detect model.onnx photos --json four.json --threads 4" + everything);
  EXPECT_EQ(JsonReader(read("one.json")).size(""), 45u);
  EXPECT_EQ(read("one.json"), read("four.json"));
}

TEST_F(DetectTest, AnInterruptLeavesWhatWasDone) {
  writePicture("a.png", 0, 1600, 1200);
  makeFolder("photos");
  constexpr int count = 300;
  for (int i = 0; i < count; ++i)
    std::filesystem::create_symlink("../a.png", path("photos/" + std::to_string(i) + ".png"));
  const pid_t process =
      start("detect model.onnx photos --json r.json --txt labels --save-dir out" + everything);
  waitForFile("labels/101.txt", process); // One of the first by name.
  kill(process, SIGINT);
  int status = 0;
  waitpid(process, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  size_t texts = 0, pictures = 0;
  for (const std::string &name : files()) {
    texts += name.rfind("labels/", 0) == 0;
    pictures += name.rfind("out/", 0) == 0;
    EXPECT_EQ(name.find(".tmp"), std::string::npos) << name;
  }
  EXPECT_GE(texts, 4u);
  EXPECT_LT(texts, size_t(count));
  EXPECT_EQ(pictures, texts);
  EXPECT_EQ(JsonReader(read("r.json")).size(""), texts * 5);
}

TEST_F(DetectTest, MistakesAreNamedBeforeAnythingIsDone) {
  makeFolder("a");
  makeFolder("b");
  makeFolder("empty");
  writePicture("a/x.png", 0);
  writePicture("b/x.png", 0);
  write("names.txt", "one\ntwo\n");
  const std::set<std::string> before = files();
  const auto usage = [&](const std::string &arguments, const std::string &problem) {
    const Outcome outcome = bstc("detect " + arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(problem)) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
  };
  const auto failure = [&](const std::string &arguments, const std::string &problem) {
    const Outcome outcome = bstc("detect " + arguments);
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, HasSubstr(problem)) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
  };
  usage("model.onnx", "IMAGE");
  usage("model.onnx a --conf 1.5", "--conf takes a number from 0 to 1, not '1.5'");
  usage("model.onnx a --iou nan", "--iou takes a number from 0 to 1, not 'nan'");
  usage("model.onnx a b --txt labels", "a/x.png and b/x.png would both be written to labels/x.txt");
  usage("model.onnx a --save-dir a", "a/x.png would overwrite the image");
  failure("model.onnx empty", "empty has no images");
  failure("model.onnx a --classes names.txt", "names.txt has 2 names, but the network has 80");
  failure("model.onnx a --json nowhere/r.json", "cannot write nowhere/r.json");
  failure("names.txt a", "names.txt");
  EXPECT_EQ(files(), before);
}

TEST_F(DetectTest, OtherNetworksAreRefused) {
  OnnxBuilder model;
  model.input("images", {1, 3, 4, 4}).output("y");
  model.node("Relu", {"images"}, {"y"});
  write("relu.onnx", model.proto.SerializeAsString());
  writePicture("a.png", 0);
  const Outcome outcome = bstc("detect relu.onnx a.png");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("is no detection network"));
  EXPECT_THAT(outcome.err, HasSubstr("'y' (f32 1x3x4x4)"));
}

/// The same network in all the forms that a package may have: the host decodes and suppresses, only
/// suppresses, or does nothing.
TEST_F(DetectTest, WhoeverDecodesAndSuppressesTheResultIsTheSame) {
  writePicture("a.png", 0);
  succeed("zoo yolov5n --size 64 --raw-heads -o heads.onnx");
  const std::string limits = " --conf 0.0001 --max-det 7";
  succeed("compile heads.onnx --no-fidelity --decode yolov5 -o heads.bst" + limits);
  succeed("compile model.onnx --no-fidelity --with-nms -o nms.bst" + limits);
  succeed("detect model.onnx a.png --json host.json" + limits);
  succeed("detect heads.bst a.png --json heads.json");
  succeed("detect nms.bst a.png --json nms.json");
  EXPECT_EQ(JsonReader(read("host.json")).size(""), 7u);
  EXPECT_EQ(read("heads.json"), read("host.json"));
  EXPECT_EQ(read("nms.json"), read("host.json"));
}

TEST_F(DetectTest, PackagesSuppressWithTheirOwnNumbers) {
  writePicture("a.png", 0);
  const std::string limits = " --conf 0.0001 --iou 0.05 --max-det 25";
  succeed("compile model.onnx --no-fidelity -o host.bst" + limits);
  succeed("compile model.onnx --no-fidelity --with-nms -o nms.bst" + limits);
  succeed("detect model.onnx a.png --json said.json" + limits);
  const std::string host = succeed("detect host.bst a.png --json host.json");
  EXPECT_THAT(host, testing::Not(HasSubstr("suppresses")));
  EXPECT_EQ(JsonReader(read("said.json")).size(""), 25u);
  EXPECT_EQ(read("host.json"), read("said.json"));
  EXPECT_THAT(succeed("detect nms.bst a.png --json nms.json"),
              HasSubstr("nms.bst suppresses boxes by itself: confidence 0.0001, iou 0.05, at most "
                        "25 detections\n"));
  EXPECT_EQ(read("nms.json"), read("said.json"));
  // The host's numbers are defaults, each for itself.
  EXPECT_THAT(succeed("detect host.bst a.png --max-det 3"), HasSubstr("1 image, 3 objects"));
  EXPECT_THAT(succeed("detect host.bst a.png --conf 0.9"), HasSubstr("1 image, 0 objects"));
  succeed("detect host.bst a.png --iou 0.9 --json other.json");
  EXPECT_NE(read("other.json"), read("host.json"));
  succeed("detect model.onnx a.png --conf 0.0001 --iou 0.9 --max-det 25 --json same.json");
  EXPECT_EQ(read("other.json"), read("same.json"));
}

TEST_F(DetectTest, WhatAPackageDroppedCannotBeHad) {
  writePicture("a.png", 0);
  succeed("compile model.onnx --no-fidelity --with-nms -o nms.bst --conf 0.001 --iou 0.4 "
          "--max-det 7");
  for (const char *option :
       {"--conf 0.0009", "--iou 0.3", "--iou 0.5", "--max-det 8", "--agnostic"}) {
    const Outcome outcome = bstc(std::string("detect nms.bst a.png ") + option);
    expectOneLineError(outcome);
    EXPECT_EQ(outcome.out, "");
    const std::string name = llvm::StringRef(option).split(' ').first.str();
    EXPECT_THAT(outcome.err,
                HasSubstr(name +
                          ": nms.bst suppresses boxes by itself (--deploy, --with-nms), with "
                          "confidence 0.001, iou 0.4, at most 7 detections; what it dropped "
                          "is gone: " +
                          (name == "--agnostic" ? "compile it without either"
                                                : "give " + name + " to bstc compile")));
  }
  EXPECT_THAT(succeed("detect nms.bst a.png --conf 0.001 --iou 0.4 --max-det 7"),
              HasSubstr("1 image, 7 objects"));
  EXPECT_THAT(succeed("detect nms.bst a.png --max-det 6"), HasSubstr("1 image, 6 objects"));
  // A greater confidence takes of what is there those above it: strictly.
  succeed("detect nms.bst a.png --txt labels");
  const std::vector<TextRow> rows = textRows(read("labels/a.txt"));
  ASSERT_EQ(rows.size(), 7u);
  succeed("detect nms.bst a.png --txt fewer --conf " + std::to_string(rows[3].score + 1e-6));
  EXPECT_LE(textRows(read("fewer/a.txt")).size(), 4u);
  EXPECT_GE(textRows(read("fewer/a.txt")).size(), 1u);
}

TEST_F(DetectTest, AgnosticBoxesPushOtherClassesOut) {
  write("paint.onnx", paintModel(6, 8).SerializeAsString());
  succeed("compile paint.onnx --no-fidelity --decode yolov5-rows -o paint.bst");
  // The same box twice: class 0 with .8, class 2 with .6.
  paint("a.png", {128, 128, 64, 64, 255, 204, 0, 0, 128, 128, 64, 64, 255, 0, 0, 153});
  EXPECT_THAT(succeed("detect paint.bst a.png"), HasSubstr("a.png: 1 class 0, 1 class 2, "));
  EXPECT_THAT(succeed("detect paint.bst a.png --agnostic"), HasSubstr("a.png: 1 class 0, "));
  EXPECT_THAT(succeed("detect paint.bst a.png --agnostic"), HasSubstr("1 image, 1 object;"));
  EXPECT_THAT(succeed("detect paint.bst a.png --classes x,y,z"), HasSubstr("a.png: 1 x, 1 z, "));
}

TEST_F(DetectTest, PackagesMayKeepEveryClassOfABox) {
  write("paint.onnx", paintModel(6, 8).SerializeAsString());
  paint("a.png", {128, 128, 64, 64, 255, 204, 0, 153}); // Class 0 with .8 and class 2 with .6.
  for (const char *nms : {"", " --with-nms"}) {
    const std::string compile =
        std::string("compile paint.onnx --no-fidelity --decode yolov5-rows");
    succeed(compile + nms);
    EXPECT_THAT(succeed("detect paint.bst a.png"), HasSubstr("a.png: 1 class 0, "));
    EXPECT_THAT(succeed("detect paint.bst a.png"), HasSubstr("1 image, 1 object;"));
    succeed(compile + nms + " --multi-label");
    EXPECT_THAT(succeed("detect paint.bst a.png"), HasSubstr("a.png: 1 class 0, 1 class 2, "));
  }
}

TEST_F(DetectTest, StretchedPicturesKeepNoProportions) {
  write("paint.onnx", paintModel(8, 6).SerializeAsString());
  succeed("compile paint.onnx --no-fidelity --decode yolov5-rows --preprocess stretch");
  // Twice as wide: neighbours are equal, so that the picture shrinks to what the network reads.
  paint("wide.png", {102, 102, 51, 51, 255, 255}, 2);
  succeed("detect paint.bst wide.png --txt .");
  EXPECT_EQ(read("wide.txt"), "0 0.4 0.4 0.2 0.2 1\n");
}

TEST_F(DetectTest, MasksAreTheSameWhoeverSuppresses) {
  writeModel("--task segment");
  writePicture("a.png", 0);
  const std::string limits = " --conf 0.0001 --max-det 7";
  succeed("compile model.onnx --no-fidelity --with-nms -o nms.bst" + limits);
  succeed("detect model.onnx a.png --json host.json" + limits);
  succeed("detect nms.bst a.png --json nms.json");
  EXPECT_TRUE(JsonReader(read("host.json")).has("6.segmentation"));
  EXPECT_EQ(read("nms.json"), read("host.json"));
  succeed("zoo yolov5n --task segment --size 64 --raw-heads -o heads.onnx");
  succeed("compile heads.onnx --no-fidelity --decode yolov5 --prototypes output3" + limits);
  succeed("detect heads.bst a.png --json heads.json");
  EXPECT_EQ(read("heads.json"), read("host.json"));
}

// COCO's numbers are for COCO's names only.
TEST_F(DetectTest, OtherNamesKeepTheirNumbers) {
  writePicture("a.png", 0);
  std::string names;
  for (int i = 0; i < 80; ++i)
    names += "kind" + std::to_string(i) + "\n";
  write("names.txt", names);
  succeed("detect model.onnx a.png --json own.json --txt labels --classes names.txt" + everything);
  succeed("detect model.onnx a.png --json coco.json" + everything);
  const std::vector<TextRow> rows = textRows(read("labels/a.txt"));
  ASSERT_EQ(rows.size(), 5u);
  const JsonReader own(read("own.json")), coco(read("coco.json"));
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string member = std::to_string(i) + ".category_id";
    EXPECT_EQ(own.number(member), rows[i].classIndex);
    EXPECT_GT(coco.number(member), rows[i].classIndex);
  }
}

TEST_F(DetectTest, OutputsAreNotGuessed) {
  writePicture("a.png", 0);
  write("v8.onnx", yolov8Model().SerializeAsString());
  const Outcome unknown = bstc("detect v8.onnx a.png");
  expectOneLineError(unknown);
  EXPECT_THAT(unknown.err,
              HasSubstr("v8.onnx: 'test' is no detection network: what its outputs hold, 'output0' "
                        "(f32 1x84x64), is not known"));
  EXPECT_EQ(unknown.out, "");
  succeed("compile v8.onnx --no-fidelity");
  expectOneLineError(bstc("detect v8.bst a.png"));
  EXPECT_THAT(succeed("profile v8.onnx"), HasSubstr("FPS"));

  ZooOptions small;
  small.size = 64;
  onnx::ModelProto two = zooModelProto(small);
  small.task = ZooOptions::Task::Segment;
  addNetwork(two, zooModelProto(small), "second_");
  write("two.onnx", two.SerializeAsString());
  const Outcome several = bstc("detect two.onnx a.png");
  expectOneLineError(several);
  EXPECT_THAT(several.err, HasSubstr("has several outputs with predictions of a decode, "
                                     "'output0' (f32 1x252x85), 'second_output0' (f32 1x252x117), "
                                     "and the package does not say which one counts"));
  succeed("compile two.onnx --no-fidelity --predictions output0 -o one.bst");
  succeed("detect one.bst a.png --json one.json" + everything);
  succeed("detect model.onnx a.png --json model.json" + everything);
  EXPECT_EQ(read("one.json"), read("model.json"));
  EXPECT_FALSE(JsonReader(read("one.json")).has("0.segmentation"));
  succeed("compile two.onnx --no-fidelity --predictions second_output0 -o other.bst");
  succeed("detect other.bst a.png --json other.json" + everything);
  EXPECT_TRUE(JsonReader(read("other.json")).has("0.segmentation"));
}

TEST_F(DetectTest, PackagesSayNamesAndHowPicturesBecomeInputs) {
  writePicture("a.png", 0);
  writePicture("fits.png", 0, 64, 64);
  writePicture("tall.png", 0, 64, 70);
  write("names.yaml", [] {
    std::string text = "names:\n";
    for (int i = 0; i < 80; ++i)
      text += "  " + std::to_string(i) + ": kind" + std::to_string(i) + "\n";
    return text;
  }());
  succeed("compile model.onnx --no-fidelity --names names.yaml --preprocess exact -o exact.bst");
  const Outcome outcome = bstc("detect exact.bst a.png fits.png --json exact.json" + everything);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cannot use a.png: the picture is 96x70, but the network "
                                     "takes only 64x64"));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("fits.png: [0-9] kind[0-9]"));
  EXPECT_THAT(bstc("detect exact.bst tall.png").err, HasSubstr("the picture is 64x70, but"));
  // A picture of the input's size is the same in a letterbox; the classes are not COCO's any more.
  succeed("detect model.onnx fits.png --classes names.yaml --json letterbox.json" + everything);
  EXPECT_EQ(read("exact.json"), read("letterbox.json"));
  succeed("compile model.onnx --no-fidelity --names names.yaml --preprocess bgr -o bgr.bst");
  succeed("detect bgr.bst fits.png --json bgr.json" + everything);
  EXPECT_NE(read("bgr.json"), read("letterbox.json"));
}
