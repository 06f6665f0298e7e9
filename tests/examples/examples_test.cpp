// The hosts of examples/ on packages that the tool makes.
#include "tests/support/sessions.h"
#include "tests/tool/tool.h"
#include "vision/detect/detector.h"

#include "llvm/Support/FormatVariadic.h"

#include <gmock/gmock.h>

#include <random>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ExampleHosts : public ToolTest {
protected:
  /// A package that takes pixels. A network that is not trained is sure of nothing.
  void writeDeployed(const std::string &input) const {
    writeModel();
    succeed("compile model.onnx --deploy --input " + input +
            " --conf 0.0001 --max-det 8 --no-fidelity");
  }
  Outcome camera(const std::string &arguments, const std::string &pictures) const {
    write("pictures.raw", pictures);
    return shell(CAMERA " model.bst " + arguments + " <pictures.raw");
  }
  std::string seen(const std::string &arguments, const std::string &pictures) const {
    const Outcome outcome = camera(arguments, pictures);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }
};

Image noise(int width, int height, bool grey) {
  std::mt19937 random(5);
  Image image = {width, height, std::vector<uint8_t>(size_t(width) * size_t(height) * 3)};
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = grey && i % 3 ? image.pixels[i - 1] : uint8_t(random());
  return image;
}

std::string bytes(const Image &image) { return {image.pixels.begin(), image.pixels.end()}; }

/// What the camera has to say of it, by the detector of `bstc detect`.
std::string found(const std::string &package, const Image &image, int number) {
  const bstrt::Package opened = bst::testing::required(bstrt::Package::open(package.c_str()));
  DetectorOptions options;
  options.nms = bst::programOf(opened).decode.nms;
  auto detector =
      llvm::cantFail(Detector::create(opened, bst::testing::simulatorDevice(), options));
  const PictureDetections found = llvm::cantFail(detector->detect(image));
  std::string text = llvm::formatv("picture {0}: {1} boxes\n", number, found.detections.size());
  for (const Detection &d : found.detections) {
    char line[200];
    std::snprintf(line, sizeof(line), "  %.3f  %7.1f %7.1f %7.1f %7.1f  %d \n", double(d.score),
                  double(d.box.x1), double(d.box.y1), double(d.box.x2), double(d.box.y2),
                  int(d.classIndex));
    text += line;
  }
  return text;
}

} // namespace

TEST_F(ExampleHosts, ACameraSeesWhatDetectSees) {
  writeDeployed("u8");
  const Image image = noise(100, 75, false), grey = noise(100, 75, true);
  Image blueFirst = image;
  for (size_t i = 0; i < image.pixels.size(); i += 3)
    std::swap(blueFirst.pixels[i], blueFirst.pixels[i + 2]);
  const std::string package = path("model.bst").string();
  const std::string first = found(package, image, 0);
  EXPECT_THAT(first, StartsWith("picture 0: 8 boxes\n"));
  EXPECT_EQ(seen("rgb 100 75", bytes(image)), first);
  EXPECT_EQ(seen("bgr 100 75", bytes(blueFirst)), first);
  EXPECT_EQ(seen("rgb 100 75", bytes(image) + bytes(grey) + bytes(image)),
            first + found(package, grey, 1) + found(package, image, 2));
  EXPECT_EQ(seen("rgb 100 75", ""), "");
}

/// Grey in full range is Y alone: U and V are 128.
TEST_F(ExampleHosts, ACameraReadsNv12) {
  for (const char *input : {"u8", "nv12-full"}) {
    writeDeployed(input);
    const Image grey = noise(100, 76, true);
    std::string nv12;
    for (size_t i = 0; i < grey.pixels.size(); i += 3)
      nv12 += char(grey.pixels[i]);
    nv12.append(nv12.size() / 2, char(128));
    const std::string expected = found(path("model.bst").string(), grey, 0);
    EXPECT_EQ(seen("nv12-full 100 76", nv12), expected);
    EXPECT_NE(seen("nv12 100 76", nv12), expected) << "its range is another";
  }
}

TEST_F(ExampleHosts, ACameraSaysWhatItCannotRead) {
  writeDeployed("u8");
  const auto said = [&](const std::string &arguments, const std::string &pictures = "") {
    const Outcome outcome = camera(arguments, pictures);
    EXPECT_EQ(outcome.code, 1) << arguments;
    return outcome.err;
  };
  EXPECT_EQ(said("yuv 8 8"), "camera: pictures are rgb, bgr, nv12 or nv12-full\n");
  EXPECT_EQ(said("nv12 8 7"), "camera: NV12 has an even number of rows and columns\n");
  EXPECT_THAT(said("rgb 0 8"), HasSubstr("BST_ERROR_INVALID_ARGUMENT: picture: is 0 x 8"));
  EXPECT_EQ(said("rgb 2 2", "thirteen byte"), "camera: the last picture is cut off\n");
  EXPECT_EQ(shell(CAMERA " model.bst").code, 2);
  succeed("compile model.onnx --no-fidelity");
  EXPECT_EQ(said("rgb 8 8"), "camera: the network lists no boxes: compile it with --deploy\n");
  succeed("compile model.onnx --with-nms --no-fidelity");
  EXPECT_THAT(said("rgb 8 8"), HasSubstr("input 'images': it does not take a picture of 8-bit"));
}

/// Networks that take floats: with their own suppression, and without.
TEST_F(ExampleHosts, HostsInCAndInCppAgree) {
  writeModel();
  write("a.ppm", "P6\n100 75\n255\n" + bytes(noise(100, 75, false)));
  write("b.ppm", "P6\n# grey\n64 64 255\n" + bytes(noise(64, 64, true)));
  for (const char *options : {"--conf 0.0001", "--conf 0.0001 --with-nms"}) {
    succeed("compile model.onnx --no-fidelity " + std::string(options));
    const Outcome c = shell(HOST " model.bst a.ppm b.ppm a.ppm");
    const Outcome cpp = shell(HOST_CPP " model.bst a.ppm b.ppm a.ppm");
    EXPECT_EQ(c.code, 0) << c.err;
    EXPECT_THAT(c.out, StartsWith("a.ppm: 20 boxes\n"));
    EXPECT_THAT(c.out, HasSubstr("b.ppm: 20 boxes\n"));
    EXPECT_EQ(cpp.code, 0) << cpp.err;
    EXPECT_EQ(cpp.out, c.out);
  }
  writeDeployed("u8");
  for (const char *host : {HOST, HOST_CPP}) {
    const Outcome outcome = shell(host + std::string(" model.bst a.ppm"));
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err,
              "host: the package is not a detector that takes floats (camera.c: pixels)\n");
  }
}

} // namespace bstc::test
