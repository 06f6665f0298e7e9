// A host that prepares its pictures with bst/picture.h gives the device, byte for byte, what `bstc
// detect` gives it, and gets its boxes: a driver looks at what arrives.

#include "tests/support/networks.h"
#include "tests/support/sessions.h"
#include "tests/vision/pictures.h"
#include "vision/detect/detector.h"

#include <bst/device.h>
#include <bst/picture.h>

#include <random>

using namespace bstc;
using namespace bstc::test;

namespace {

// A driver's table has no argument of its own: what is seen is a global of this test.
uint32_t inputTensor = 0;
std::vector<std::byte> seen; ///< As many bytes as the input has.

bst_status beginSeen(void *execution, uint32_t frame, void *const *tensors,
                     const bst_completion *completion, bst_error *error) {
  std::memcpy(seen.data(), tensors[inputTensor], seen.size());
  return bst_simulator_driver()->begin(execution, frame, tensors, completion, error);
}

const bst_device_driver &onlooker() {
  static const bst_device_driver table = [] {
    bst_device_driver driver = *bst_simulator_driver();
    driver.begin = beginSeen;
    return driver;
  }();
  return table;
}

/// A network of 64 x 64 pixels that lists its detections, and a session of a host.
struct Host {
  bstrt::Package package;
  bstrt::Device device = bst::testing::required(bstrt::Device::open(onlooker()));
  bstrt::Session session;
  bstrt::TensorInfo input;
  bst_preprocess_info how;

  explicit Host(const CompileOptions &options)
      : package(bst::testing::openBytes(compiled(zooGraph(smallZoo()), options).package)),
        session(bst::testing::required(bstrt::Session::create(package, device))),
        input(bst::testing::required(package.input(0))),
        how(bst::testing::required(package.preprocess(0))) {
    inputTensor = input.index;
    seen.assign(input.size, std::byte());
  }

  /// The picture's place, and its pixels in `to`.
  bst_placement write(const Image &image, const bst_picture &to) const {
    const bst_picture from = pictureOf(image);
    bst_placement place = bst::testing::required(
        bstrt::placePicture(from.width, from.height, to.width, to.height, how.fit));
    std::vector<uint64_t> scratch(bst_picture_scratch_size(&from, &place, &to) / 8);
    const bstrt::Error error = bstrt::writePicture(
        from, place, uint8_t(how.pad), to,
        {reinterpret_cast<unsigned char *>(scratch.data()), scratch.size() * 8});
    EXPECT_FALSE(error) << error.message();
    return place;
  }

  PictureDetections detect(const Image &image) const {
    DetectorOptions options;
    options.nms = bst::programOf(package).decode.nms;
    auto detector = llvm::cantFail(Detector::create(package, device, options));
    return llvm::cantFail(detector->detect(image));
  }
};

Image randomPicture(std::mt19937 &random) {
  Image image = plain(1 + int(random() % 150), 1 + int(random() % 150), 0);
  for (uint8_t &pixel : image.pixels)
    pixel = uint8_t(random());
  return image;
}

CompileOptions deployed(PictureOptions::Input input, const char *preprocess = nullptr) {
  CompileOptions options;
  options.fidelity = false;
  options.deploy = true;
  options.pictures.input = input;
  options.pictures.nms.confidence = 0.0001f; // A network that is not trained is sure of nothing.
  options.pictures.nms.maxDetections = 20;
  if (preprocess)
    options.pictures.preprocess = {preprocess};
  return options;
}

/// The host's own frame sees what the detector's saw, and its boxes are the detector's.
void expectTheSame(Host &host, const Image &image) {
  const PictureDetections expected = host.detect(image);
  const std::vector<std::byte> detectors = seen;
  auto memory = bst::testing::required(host.session.input<uint8_t>(0));
  const bst_placement place =
      host.write(image, bst::testing::required(host.package.picture(0, memory.data())));
  const bstrt::Error error = host.session.run();
  ASSERT_FALSE(error) << error.message();
  ASSERT_EQ(seen, detectors);
  const bst_decode_info decode = host.package.decode();
  const auto listed = bst::testing::required(host.session.output<float>(decode.outputs[0]));
  const auto count = bst::testing::required(host.session.output<float>(decode.outputs[3]));
  ASSERT_EQ(size_t(count[0]), expected.detections.size());
  ASSERT_GT(expected.detections.size(), 0u);
  std::vector<float> boxes(listed.begin(), listed.end());
  bst_picture_boxes(&place, boxes.data(), size_t(count[0]));
  for (size_t i = 0; i < expected.detections.size(); ++i) {
    const Box &box = expected.detections[i].box;
    EXPECT_EQ(boxes[4 * i], box.x1) << i;
    EXPECT_EQ(boxes[4 * i + 1], box.y1) << i;
    EXPECT_EQ(boxes[4 * i + 2], box.x2) << i;
    EXPECT_EQ(boxes[4 * i + 3], box.y2) << i;
  }
}

} // namespace

TEST(HostPictures, AreThoseOfDetectByteForByte) {
  using Input = PictureOptions::Input;
  for (const CompileOptions &options :
       {deployed(Input::U8), deployed(Input::Nv12), deployed(Input::Nv12Full),
        deployed(Input::U8, "pad=7"), deployed(Input::Nv12, "bgr,stretch")}) {
    Host host(options);
    for (uint32_t seed = 1; seed <= 12; ++seed) {
      SCOPED_TRACE(testing::Message()
                   << "input " << int(options.pictures.input) << ", seed " << seed);
      std::mt19937 random(seed);
      expectTheSame(host, randomPicture(random));
    }
  }
}

/// Of a float input, detect writes (v - mean) * scale of the same pixels.
TEST(HostPictures, FloatInputsAreMadeOfTheSamePixels) {
  CompileOptions options;
  options.fidelity = false;
  const Host host(options);
  Image pixels = plain(64, 64, 0);
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const Image image = randomPicture(random);
    host.detect(image);
    host.write(image, pictureOf(pixels));
    const auto *elements = reinterpret_cast<const float *>(seen.data());
    for (int channel = 0; channel < 3; ++channel)
      for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64; ++x)
          ASSERT_EQ(*elements++, float(pixels.at(x, y)[channel] / 255.0))
              << "channel " << channel << " of " << x << ", " << y;
  }
}
