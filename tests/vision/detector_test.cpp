// What a detector makes of a program's contract, and of pictures with a small network of the zoo.

#include "runtime/package/package.h"
#include "tests/support/networks.h"
#include "tests/support/sessions.h"
#include "tests/vision/pictures.h"
#include "vision/detect/detector.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::HasSubstr;

namespace {

bst::Tensor tensor(const char *name, std::vector<int32_t> shape) {
  bst::Tensor tensor;
  tensor.name = name;
  tensor.shape = std::move(shape);
  return tensor;
}

bst::Program program(std::vector<bst::Tensor> outputs) {
  bst::Program program;
  program.name = "net";
  program.tensors = std::move(outputs);
  for (uint32_t i = 0; i < program.tensors.size(); ++i)
    program.outputs.push_back(i);
  program.inputs = {uint32_t(program.tensors.size())};
  program.tensors.push_back(tensor("images", {1, 3, 96, 64}));
  return program;
}

std::string problemOf(const bst::Program &program) {
  llvm::Expected<DetectorContract> contract = detectorContract(program);
  return contract ? std::string() : llvm::toString(contract.takeError());
}

/// A compiled network of the zoo with a session's needs.
struct Network {
  std::optional<bstrt::Package> package;
  bstrt::Device device = bst::testing::simulatorDevice();

  explicit Network(ZooOptions::Task task, const CompileOptions &compile = {}) {
    ZooOptions options = smallZoo();
    options.task = task;
    Compilation compilation = compiled(zooGraph(options), compile);
    package = bst::testing::openBytes(compilation.package);
  }

  PictureDetections detect(const Image &picture, const DetectorOptions &options) {
    auto detector = Detector::create(*package, device, options);
    EXPECT_TRUE(bool(detector)) << llvm::toString(detector.takeError());
    auto found = (*detector)->detect(picture);
    EXPECT_TRUE(bool(found)) << llvm::toString(found.takeError());
    return std::move(*found);
  }

  /// A session after a run on `input`, a picture that has the size of the network's.
  auto ranOn(const Image &input) {
    auto session = bst::testing::sessionOf(*package, device);
    const uint32_t images = bst::programOf(*package).inputs[0];
    auto *planes = reinterpret_cast<float *>(session->data(images).data());
    for (int channel = 0; channel < 3; ++channel)
      for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64; ++x)
          *planes++ = float(input.at(x, y)[channel]) / 255;
    EXPECT_TRUE(session->run().ok());
    return session;
  }
};

/// A network that is not trained is sure of nothing.
DetectorOptions everything() {
  DetectorOptions options;
  options.nms.confidence = 0.0001f;
  options.nms.maxDetections = 20;
  return options;
}

} // namespace

/// A decode command that writes the tensor.
static bst::Command decodeInto(uint32_t output, int32_t classes, int32_t masks) {
  bst::Command command;
  bst::YoloDecodeParams params;
  params.classes = classes;
  params.masks = masks;
  command.outputs = {output};
  command.params = params;
  return command;
}

TEST(DetectorContract, IsWhatThePackageSays) {
  // The outputs' shapes would allow others.
  bst::Program p = program({tensor("rows", {1, 252, 11}), tensor("map", {1, 2, 24, 16}),
                            tensor("boxes", {1, 252, 11}), tensor("protos", {1, 2, 24, 16})});
  p.decode.kind = "yolov5-segment";
  p.decode.classes = 4;
  p.decode.masks = 2;
  p.decode.outputs = {2};
  p.decode.prototypes = 3;
  llvm::Expected<DetectorContract> contract = detectorContract(p);
  ASSERT_TRUE(bool(contract)) << llvm::toString(contract.takeError());
  EXPECT_EQ(contract->input, 4u);
  EXPECT_EQ(contract->width, 64);
  EXPECT_EQ(contract->height, 96);
  EXPECT_EQ(contract->stage, bst::DetectionStage::Predictions);
  EXPECT_THAT(contract->outputs, testing::ElementsAre(2u));
  EXPECT_EQ(contract->layout.classes, 4);
  EXPECT_EQ(contract->layout.masks, 2);
  EXPECT_EQ(contract->prototypes, 3u);
  p.decode.prototypes = -1;
  EXPECT_FALSE(llvm::cantFail(detectorContract(p)).prototypes.has_value());
  p.decode.prototypes = 0; // Rank 3.
  EXPECT_THAT(problemOf(p), HasSubstr("prototypes must be f32 or int8 1xMASKSxHEIGHTxWIDTH, but "
                                      "it has 'rows' (f32 1x252x11)"));
  p.decode.prototypes = 1;
  p.tensors[1].dtype = bst::DType::S8; // Without a scale, or in another order, they mean nothing.
  EXPECT_THAT(problemOf(p), HasSubstr("prototypes must be f32 or int8"));
  p.tensors[1].scale = 0.5f;
  EXPECT_THAT(problemOf(p), HasSubstr("prototypes must be f32 or int8"));
  p.tensors[1].layout = bst::Layout::Nhwc;
  EXPECT_EQ(llvm::cantFail(detectorContract(p)).prototypes, 1u);
  p.decode.prototypes = 3;
  p.tensors[2].dtype = bst::DType::S8;
  EXPECT_THAT(problemOf(p),
              HasSubstr("what is found must be f32, but it has 'boxes' (s8 1x252x11)"));
  p.decode.stage = bst::DetectionStage::Heads; // They may be quantised.
  EXPECT_EQ(problemOf(p), "");
}

TEST(DetectorContract, TheInputIsReadInItsLayout) {
  bst::Program p = program({tensor("boxes", {1, 252, 11})});
  p.commands = {decodeInto(0, 6, 0)};
  p.tensors[1].shape = {1, 96, 64, 3};
  EXPECT_THAT(problemOf(p), HasSubstr("the one input must be f32 1x3xHEIGHTxWIDTH"));
  p.preprocess = {{.channelsLast = true}};
  llvm::Expected<DetectorContract> contract = detectorContract(p);
  ASSERT_TRUE(bool(contract)) << llvm::toString(contract.takeError());
  EXPECT_EQ(contract->width, 64);
  EXPECT_EQ(contract->height, 96);
  p.inputs.push_back(1);
  EXPECT_THAT(problemOf(p), HasSubstr("the one input must be f32 1x3xHEIGHTxWIDTH"));
  p.inputs.pop_back();
  p.tensors[1].shape[0] = 2;
  EXPECT_THAT(problemOf(p), HasSubstr("the one input must be f32 1x3xHEIGHTxWIDTH"));
}

// Compilers before the package said which outputs hold what wrote a decode command all the same.
TEST(DetectorContract, OfOlderPackagesTheDecodeCommandTells) {
  bst::Program p = program({tensor("other", {1, 30, 11}), tensor("boxes", {1, 252, 117}),
                            tensor("map", {1, 16, 24, 16}), tensor("protos", {1, 32, 24, 16})});
  p.decode.kind = "yolov5-segment";
  p.commands = {decodeInto(1, 80, 32)};
  llvm::Expected<DetectorContract> contract = detectorContract(p);
  ASSERT_TRUE(bool(contract)) << llvm::toString(contract.takeError());
  EXPECT_EQ(contract->stage, bst::DetectionStage::Predictions);
  EXPECT_THAT(contract->outputs, testing::ElementsAre(1u));
  EXPECT_EQ(contract->layout.classes, 80);
  EXPECT_EQ(contract->layout.masks, 32);
  EXPECT_EQ(contract->prototypes, 3u);

  p.tensors[2].shape[1] = 32;
  EXPECT_EQ(problemOf(p), "'net' has several outputs that could be the prototypes of masks, 'map' "
                          "(f32 1x32x24x16), 'protos' (f32 1x32x24x16), and the package "
                          "does not say which one counts");
  p.commands = {decodeInto(1, 112, 0)}; // No masks: maps are maps.
  EXPECT_FALSE(llvm::cantFail(detectorContract(p)).prototypes.has_value());
  p.commands.push_back(decodeInto(0, 6, 0));
  EXPECT_EQ(problemOf(p), "'net' has several outputs with predictions of a decode, 'boxes' "
                          "(f32 1x252x117), 'other' (f32 1x30x11), and the package does not say "
                          "which one counts");
  p.commands = {decodeInto(4, 80, 32)}; // Decoded, but something else becomes of it.
  EXPECT_THAT(problemOf(p), HasSubstr("is not known"));
}

TEST(DetectorContract, ShapesProveNothing) {
  EXPECT_EQ(problemOf(program({tensor("output0", {1, 84, 2100})})),
            "'net' is no detection network: what its outputs hold, 'output0' (f32 1x84x2100), is "
            "not known, as none ends in a decode and the package does not say it");
  EXPECT_THAT(problemOf(program({tensor("boxes", {1, 252, 117}), tensor("p", {1, 32, 24, 16})})),
              HasSubstr("is no detection network"));
  // Outputs of no kind are not checked when a package is loaded.
  bst::Program unsaid = program({tensor("boxes", {1, 252, 117})});
  unsaid.decode.outputs = {99};
  EXPECT_THAT(problemOf(unsaid), HasSubstr("is no detection network"));
  bst::Program grey = program({tensor("boxes", {1, 252, 11})});
  grey.tensors[1].shape = {1, 1, 96, 64};
  EXPECT_EQ(
      problemOf(grey),
      "'net' is no detection network: the one input must be f32 "
      "1x3xHEIGHTxWIDTH or a picture's u8 1xHEIGHTxWIDTHx3, but it has 'images' (f32 1x1x96x64)");
}

TEST(Detector, BoxesLieInThePictureTheBestFirst) {
  Network network(ZooOptions::Task::Detect);
  const Image picture = recorded("noise"); // 43x29: the input's upper and lower parts are padding.
  const PictureDetections found = network.detect(picture, everything());
  ASSERT_EQ(found.detections.size(), 20u);
  EXPECT_TRUE(found.masks.empty());
  for (size_t i = 0; i < found.detections.size(); ++i) {
    const Detection &detection = found.detections[i];
    EXPECT_GE(detection.box.x1, 0);
    EXPECT_GE(detection.box.y1, 0);
    EXPECT_LE(detection.box.x2, 43);
    EXPECT_LE(detection.box.y2, 29);
    if (i > 0) {
      EXPECT_LE(detection.score, found.detections[i - 1].score);
    }
  }
}

/// The input is what an exporter's script would have written: the session is fed with it here.
TEST(Detector, ItsPredictionsAreThoseOfTheNetworkOnTheLetterboxedPicture) {
  Network network(ZooOptions::Task::Detect);
  const bst::Program &program = bst::programOf(*network.package);
  const Image picture = recorded("noise");
  const auto session = network.ranOn(recorded("detect_64"));
  const auto output = session->data(program.outputs[0]);
  const DetectorOptions options = everything();
  const size_t rows = size_t(program.tensors[program.outputs[0]].shape[1]);
  const std::vector<Detection> expected =
      suppress({reinterpret_cast<const float *>(output.data()), output.size() / 4}, rows,
               {.classes = 80}, options.nms);

  const std::vector<Detection> found = network.detect(picture, options).detections;
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].score, expected[i].score);
    EXPECT_EQ(found[i].classIndex, expected[i].classIndex);
    EXPECT_EQ(found[i].row, expected[i].row);
  }
}

TEST(Detector, SegmentNetworksGiveAMaskInsideEachBox) {
  Network network(ZooOptions::Task::Segment);
  const Image picture = recorded("noise");
  const PictureDetections found = network.detect(picture, everything());
  ASSERT_EQ(found.detections.size(), 20u);
  ASSERT_EQ(found.masks.size(), 20u);
  for (size_t i = 0; i < found.masks.size(); ++i) {
    ASSERT_EQ(found.masks[i].width, 43);
    ASSERT_EQ(found.masks[i].height, 29);
    const std::vector<uint8_t> pixels = found.masks[i].pixels();
    const Box &box = found.detections[i].box;
    for (int y = 0; y < 29; ++y)
      for (int x = 0; x < 43; ++x)
        if (pixels[size_t(y * 43 + x)]) {
          EXPECT_TRUE(float(x) >= box.x1 && float(x) < box.x2 && float(y) >= box.y1 &&
                      float(y) < box.y2)
              << i << ": " << x << ", " << y;
        }
  }
  DetectorOptions options = everything();
  options.masks = DetectorOptions::Masks::Prototype;
  EXPECT_EQ(network.detect(picture, options).masks.at(0).width, 16);
  options.masks = DetectorOptions::Masks::None;
  EXPECT_TRUE(network.detect(picture, options).masks.empty());
}

/// A mask is weighted with the numbers behind the classes of the detection's own row.
TEST(Detector, MasksAreMadeOfTheirRowsCoefficients) {
  Network network(ZooOptions::Task::Segment);
  const bst::Program &program = bst::programOf(*network.package);
  const Image picture = recorded("noise");
  const auto session = network.ranOn(recorded("detect_64"));
  const auto *rows = reinterpret_cast<const float *>(session->data(program.outputs[0]).data());
  const auto maps = session->data(program.outputs[1]);
  const Prototypes prototypes = {
      {reinterpret_cast<const float *>(maps.data()), maps.size() / 4}, 32, 16, 16};
  const Letterbox letterbox = letterboxToDetect(43, 29, 64, 64);
  const PictureDetections found = network.detect(picture, everything());
  ASSERT_EQ(found.masks.size(), 20u);
  size_t pixels = 0;
  for (size_t i = 0; i < found.masks.size(); ++i) {
    const Detection &detection = found.detections[i];
    const std::span<const float> coefficients(rows + detection.row * 117 + 85, 32);
    EXPECT_EQ(found.masks[i].counts,
              pictureMask(prototypes, coefficients, detection.box, letterbox).counts)
        << i;
    pixels += found.masks[i].area();
  }
  EXPECT_GT(pixels, 0u);
}

/// Detections of the device, and masks of int8 prototypes, are those that the host makes of the
/// exported form.
TEST(Detector, TheDeployedFormFindsTheSame) {
  const DetectorOptions options = everything();
  CompileOptions deploy;
  deploy.deploy = true;
  deploy.pictures.nms = options.nms;
  Network exported(ZooOptions::Task::Segment), deployed(ZooOptions::Task::Segment, deploy);
  const PictureDetections expected = exported.detect(recorded("noise"), options);
  const PictureDetections found = deployed.detect(recorded("noise"), options);
  ASSERT_EQ(found.detections.size(), 20u);
  ASSERT_EQ(expected.detections.size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    const Detection &a = found.detections[i], &b = expected.detections[i];
    EXPECT_EQ(a.score, b.score);
    EXPECT_EQ(a.classIndex, b.classIndex);
    EXPECT_EQ(std::tie(a.box.x1, a.box.y1, a.box.x2, a.box.y2),
              std::tie(b.box.x1, b.box.y1, b.box.x2, b.box.y2));
    EXPECT_EQ(found.masks[i].counts, expected.masks[i].counts);
  }
}

TEST(Detector, ThreadsDoNotChangeTheResult) {
  Network network(ZooOptions::Task::Detect);
  DetectorOptions options = everything();
  const auto one = network.detect(recorded("noise"), options).detections;
  options.threads = 3;
  const auto three = network.detect(recorded("noise"), options).detections;
  ASSERT_EQ(one.size(), three.size());
  for (size_t i = 0; i < one.size(); ++i)
    EXPECT_EQ(one[i].score, three[i].score);
}
