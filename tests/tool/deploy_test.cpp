// The form for deployment as a user makes it: 8-bit pictures in, boxes out.

#include "tests/support/onnx_builder.h"
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"
#include "vision/image/image_file.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

class DeployTest : public ToolTest {
protected:
  /// u8 elements of that shape ("1, 64, 64, 3"), all values among them, as NumPy writes them.
  void writeBytes(const std::string &name, const std::string &shape, size_t count) const {
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize(117, ' ');
    header += '\n';
    std::string bytes = std::string("\x93NUMPY\x01\x00", 8) + char(118) + '\0' + header;
    for (size_t i = 0; i < count; ++i)
      bytes += char(i * 37 + i / 256);
    write(name, bytes);
  }
  void writePicture(const std::string &name) const {
    Image image;
    image.width = 96;
    image.height = 70;
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x)
        for (int value : {x * 2, y * 3, x ^ y})
          image.pixels.push_back(uint8_t(value));
    write(name, llvm::cantFail(encodePng(image)));
  }
  /// Ends with exit code 2 and one line on stderr that says it, before the hint.
  void expectWrongUsage(const std::string &arguments, const std::string &why) const {
    const Outcome outcome = bstc(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("bstc: error: " + why)) << arguments;
    EXPECT_EQ(llvm::StringRef(outcome.err).count("\n"), 2u) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("\nhint: see 'bstc ")) << arguments;
  }
};

} // namespace

TEST_F(DeployTest, PicturesGoInAndBoxesComeOut) {
  writeModel();
  succeed("compile model.onnx --deploy --max-det 20");
  EXPECT_THAT(succeed("inspect model.bst --json i.json"),
              AllOf(HasSubstr("input     images   u8    1x64x64x3 "),
                    HasSubstr("picture   images: rgb nhwc, letterbox with 114 around it, 8-bit "
                              "values as they are\n"),
                    HasSubstr("output    boxes    f32   1x20x4"),
                    HasSubstr("output    scores   f32   1x20 "),
                    HasSubstr("output    classes  f32   1x20 "),
                    HasSubstr("output    count    f32   1 "),
                    HasSubstr("detections in boxes, scores, classes, count")));
  const JsonReader json(read("i.json"));
  EXPECT_EQ(json.size("outputs"), 4u);
  EXPECT_EQ(json.text("pictures.0.form"), "elements");
  EXPECT_EQ(json.number("pictures.0.mean.0"), 0);
  EXPECT_EQ(json.number("pictures.0.scale.0"), 1);
}

TEST_F(DeployTest, PlanesGoInWhereTheyAreAskedFor) {
  writeModel();
  for (const std::string form : {"nv12", "nv12-full"}) {
    succeed("compile model.onnx --deploy --input " + form);
    EXPECT_THAT(succeed("inspect model.bst --json i.json"),
                AllOf(HasSubstr("input     images   u8    1x96x64 "),
                      HasSubstr("picture   images: " + form + ", letterbox with 114 around it"),
                      HasSubstr("dsp     nv12 "), Not(HasSubstr("images: rgb"))));
    EXPECT_EQ(JsonReader(read("i.json")).text("pictures.0.form"), form);
    writeBytes("in.npy", "1, 96, 64", 96 * 64);
    EXPECT_THAT(succeed("run model.bst -i in.npy --strict"),
                HasSubstr("the outputs equal the fast path byte for byte"));
  }
}

TEST_F(DeployTest, StrictRunsGiveTheSameBytes) {
  writeModel("--task segment");
  succeed("compile model.onnx --deploy --conf 0.0001");
  writeBytes("in.npy", "1, 64, 64, 3", 64 * 64 * 3);
  EXPECT_THAT(succeed("run model.bst -i in.npy --strict"),
              HasSubstr("the outputs equal the fast path byte for byte"));
}

/// RGB pictures: the table is the two steps, so every box is the same to the last bit.
TEST_F(DeployTest, DetectFindsWhatTheExportedFormFinds) {
  writePicture("a.png");
  for (const char *task : {"detect", "segment"}) {
    writeModel(std::string("--task ") + task);
    const std::string limits = " --conf 0.0001 --iou 0.5 --max-det 9";
    succeed("compile model.onnx --no-fidelity -o exported.bst" + limits);
    succeed("compile model.onnx --no-fidelity --deploy -o deployed.bst" + limits);
    succeed("detect exported.bst a.png --json exported.json");
    succeed("detect deployed.bst a.png --json deployed.json");
    EXPECT_EQ(JsonReader(read("exported.json")).size(""), 9u);
    EXPECT_EQ(read("deployed.json"), read("exported.json")) << task;
  }
}

TEST_F(DeployTest, DetectMakesPlanesOfPictures) {
  writePicture("a.png");
  writeModel();
  succeed("compile model.onnx --no-fidelity --deploy --input nv12 --conf 0.0001 --max-det 9");
  succeed("detect model.bst a.png --json planes.json");
  EXPECT_EQ(JsonReader(read("planes.json")).size(""), 9u);
}

TEST_F(DeployTest, ProfileShowsBothForms) {
  writeModel();
  EXPECT_THAT(succeed("profile model.onnx --no-advice --json p.json"),
              AllOf(HasSubstr("\nas exported    "), HasSubstr("\ndeployed       ")));
  EXPECT_GT(JsonReader(read("p.json")).number("deployed.fps"), 0);
  succeed("compile model.onnx --no-fidelity --deploy");
  const std::string deployed = succeed("profile model.onnx --deploy --quick --json d.json");
  EXPECT_THAT(deployed, AllOf(HasSubstr("edp     picture"), HasSubstr("dsp     detect"),
                              Not(HasSubstr("as exported"))));
  EXPECT_EQ(JsonReader(read("d.json")).number("fps"),
            JsonReader(read("p.json")).number("deployed.fps"));
  EXPECT_THAT(succeed("profile model.onnx --deploy --input nv12 --quick"),
              HasSubstr("dsp     nv12"));
  EXPECT_FALSE(JsonReader(read("d.json")).has("deployed"));
}

/// Raw heads: one error, which says why, and an option that mends it for every subcommand.
TEST_F(DeployTest, RawHeadsAreAskedAbout) {
  writeModel("--raw-heads");
  for (const char *subcommand : {"compile", "profile"}) {
    const Outcome outcome = bstc(std::string(subcommand) + " model.onnx --deploy");
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, HasSubstr("could be the raw heads of yolov5, but nothing says so "
                                       "[BST5010]"));
  }
  EXPECT_THAT(succeed("explain BST5010"), HasSubstr("--decode yolov5 (raw heads)"));
  EXPECT_THAT(succeed("profile model.onnx --no-advice"),
              HasSubstr("deployed       not possible: model.onnx: the outputs"));
  EXPECT_THAT(succeed("profile model.onnx --no-advice --decode yolov5"),
              AllOf(HasSubstr("\ndeployed       "), Not(HasSubstr("not possible"))));
  succeed("compile model.onnx --no-fidelity --deploy --decode yolov5");
  EXPECT_THAT(succeed("inspect model.bst"), HasSubstr("detections in boxes, scores"));
}

/// No detector at all, as a classifier: its outputs stay, but how its pictures are normalised must
/// be said.
TEST_F(DeployTest, OtherNetworksSayHowTheirPicturesAreNormalised) {
  OnnxBuilder classifier;
  classifier.input("x", {1, 3, 8, 8}).output("y");
  classifier.node("GlobalAveragePool", {"x"}, {"y"});
  write("model.onnx", classifier.proto.SerializeAsString());
  for (const char *subcommand : {"compile", "profile"}) {
    const Outcome outcome = bstc(std::string(subcommand) + " model.onnx --deploy");
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, HasSubstr("nothing says how pixels are normalised [BST5024]"));
  }
  EXPECT_THAT(succeed("explain BST5024"), AllOf(HasSubstr("--preprocess"), HasSubstr("--deploy")));
  EXPECT_THAT(
      succeed("profile model.onnx --no-advice"),
      HasSubstr("deployed       not possible: model.onnx: it is not known how an 8-bit picture"));
  EXPECT_THAT(succeed("profile model.onnx --deploy --preprocess stretch --quick"),
              HasSubstr("picture"));
  succeed("compile model.onnx --no-fidelity --deploy --preprocess stretch,scale=1/255");
  EXPECT_THAT(succeed("inspect model.bst"),
              AllOf(HasSubstr("picture   x: rgb nhwc, stretch, 8-bit values as they are"),
                    HasSubstr("output    y     f32   1x3x1x1"), Not(HasSubstr("boxes"))));
}

TEST_F(DeployTest, WrongUsage) {
  writeModel();
  expectWrongUsage("compile model.onnx --deploy --input file",
                   "--input file does not go with --deploy, which takes 8-bit pictures");
  expectWrongUsage("profile model.onnx --deploy --input file", "--input file does not go with");
  expectWrongUsage("compile model.onnx --deploy --input yuv", "");
  expectWrongUsage("compile model.onnx --deploy --preprocess lettrbox",
                   "--preprocess: preprocessing 'lettrbox'");
  succeed("compile model.onnx --no-fidelity --deploy");
  for (const char *option : {"--deploy", "--input u8", "--preprocess rgb", "--decode yolov5"})
    expectWrongUsage(std::string("profile model.bst ") + option,
                     llvm::StringRef(option).split(' ').first.str() +
                         " applies to ONNX files only: model.bst is compiled already");
}
