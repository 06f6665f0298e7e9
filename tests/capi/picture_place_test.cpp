// Where pictures lie in inputs, and boxes on their way back: by hand, and against what the pixels
// themselves show.
#include "canvas.h"
#include "fixture.h"

#include <bst/bst.hpp>

#include <cmath>

namespace bst::testing {
namespace {

bst_placement placed(uint32_t width, uint32_t height, uint32_t inputWidth, uint32_t inputHeight,
                     uint32_t fit = BST_FIT_LETTERBOX) {
  bst_placement p = BST_INIT(bst_placement);
  bst_error error = {};
  EXPECT_EQ(bst_picture_place(width, height, inputWidth, inputHeight, fit, &p, &error), BST_OK)
      << error.message;
  return p;
}

void expectInner(const bst_placement &p, uint32_t width, uint32_t height, uint32_t left,
                 uint32_t top) {
  EXPECT_EQ(p.inner_width, width);
  EXPECT_EQ(p.inner_height, height);
  EXPECT_EQ(p.left, left);
  EXPECT_EQ(p.top, top);
}

/// The first and last column and row (and those behind) of pixels that are closer to 255 than to 0.
std::array<float, 4> brightBox(const Canvas &picture) {
  std::array<float, 4> box = {1e9f, 1e9f, 0, 0};
  for (size_t y = 0; y < picture.height; ++y)
    for (size_t x = 0; x < picture.width; ++x)
      if (picture.at(x, y, 0) > 127) {
        box[0] = std::min(box[0], float(x));
        box[1] = std::min(box[1], float(y));
        box[2] = std::max(box[2], float(x + 1));
        box[3] = std::max(box[3], float(y + 1));
      }
  return box;
}

/// A program whose input is an 8-bit picture: nobody runs it.
Program programOfPictures(std::vector<int32_t> shape, Preprocess preprocess) {
  ProgramBuilder b;
  const uint32_t images = b.bytes("images", std::move(shape));
  Program program = b.finish({images}, {images}).program;
  preprocess.scale = {1, 1, 1}; // Of u8 inputs, pixels are what they are.
  program.preprocess = {preprocess};
  return program;
}
Held<bst_package> packageOfPictures(std::vector<int32_t> shape, Preprocess preprocess) {
  return openPackage(programOfPictures(std::move(shape), preprocess));
}

} // namespace

/// 1920 x 1080 in 640 x 640: a third, 640 x 360, 140 rows above and below.
TEST(PicturePlace, Letterboxes) {
  const bst_placement p = placed(1920, 1080, 640, 640);
  expectInner(p, 640, 360, 0, 140);
  EXPECT_EQ(p.struct_size, sizeof(bst_placement));
  EXPECT_EQ(p.width, 640u);
  EXPECT_EQ(p.height, 640u);
  EXPECT_EQ(p.picture_width, 1920u);
  EXPECT_EQ(p.picture_height, 1080u);
  EXPECT_EQ(p.resampling, uint32_t(BST_RESAMPLE_LINEAR));
  EXPECT_FLOAT_EQ(p.gain_x, 1.0f / 3);
  EXPECT_FLOAT_EQ(p.gain_y, 1.0f / 3);
  EXPECT_FLOAT_EQ(p.pad_x, 0);
  EXPECT_FLOAT_EQ(p.pad_y, 140);
  expectInner(placed(1080, 1920, 640, 640), 360, 640, 140, 0);
  expectInner(placed(100, 100, 640, 480), 480, 480, 80, 0); // It grows.
  // 640 / 641 * 333 = 332.48: 332 rows, 308 in all; 16777215 / 640 to one: 1 row of 0.00004.
  expectInner(placed(641, 333, 640, 640), 640, 332, 0, 154);
  expectInner(placed(BST_PICTURE_MAX, 1, 640, 640), 640, 1, 0, 319);
  expectInner(placed(1, BST_PICTURE_MAX, 640, 640), 1, 640, 319, 0);
  expectInner(placed(1, 1, 640, 640), 640, 640, 0, 0);
  expectInner(placed(640, 640, 1, 1), 1, 1, 0, 0);
  expectInner(placed(3, 7, 640, 352), 151, 352, 244, 0); // 352 / 7 * 3 = 150.86; 489 in all.
}

TEST(PicturePlace, StretchedAndExactPicturesFillTheInput) {
  const bst_placement p = placed(1000, 250, 640, 320, BST_FIT_STRETCH);
  expectInner(p, 640, 320, 0, 0);
  EXPECT_FLOAT_EQ(p.gain_x, 0.64f);
  EXPECT_FLOAT_EQ(p.gain_y, 1.28f);
  EXPECT_EQ(p.pad_x, 0);
  EXPECT_EQ(p.pad_y, 0);
  const bst_placement exact = placed(31, 17, 31, 17, BST_FIT_EXACT);
  expectInner(exact, 31, 17, 0, 0);
  EXPECT_EQ(exact.gain_x, 1);
  EXPECT_EQ(exact.gain_y, 1);
}

/// (210 - 0) * 3, (200 - 140) * 3, ...
TEST(PictureBoxes, ByHand) {
  const bst_placement p = placed(1920, 1080, 640, 640);
  float boxes[8] = {210, 200, 320, 320, -5, 100, 700, 639};
  bst_picture_boxes(&p, boxes, 2);
  const float expected[8] = {630, 180, 960, 540, 0, 0, 1920, 1080}; // Cut off at the edges.
  for (size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(boxes[i], expected[i], 1e-3) << i;
  float untouched[4] = {1, 2, 3, 4};
  bst_picture_boxes(&p, untouched, 0);
  bst_picture_boxes(nullptr, untouched, 1);
  bst_picture_boxes(&p, nullptr, 1);
  EXPECT_EQ(untouched[3], 4);
}

/// To the input by arithmetic of our own, and back.
TEST(PictureBoxes, ComeBackToWhereTheyWere) {
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto extent = [&] { return 1 + uint32_t(random()) % 3000; };
    const uint32_t width = extent(), height = extent(), w = extent(), h = extent();
    for (const uint32_t fit : {BST_FIT_LETTERBOX, BST_FIT_STRETCH}) {
      const bst_placement p = placed(width, height, w, h, fit);
      const double x = double(w) / width, y = double(h) / height;
      const bool stretches = fit == BST_FIT_STRETCH;
      const double gain[2] = {stretches ? x : std::min(x, y), stretches ? y : std::min(x, y)};
      const double size[2] = {double(width), double(height)}, input[2] = {double(w), double(h)};
      double before[4];
      float box[4];
      for (size_t i = 0; i < 4; ++i) {
        before[i] = double(random()) / 4294967296.0 * size[i % 2];
        box[i] = float(before[i] * gain[i % 2] + (input[i % 2] - size[i % 2] * gain[i % 2]) / 2);
      }
      bst_picture_boxes(&p, box, 1);
      for (size_t i = 0; i < 4; ++i)
        EXPECT_NEAR(box[i], before[i], 1e-3 + 1e-6 * size[i % 2] / gain[i % 2]) << i;
    }
  }
}

/// A bright box on a dark picture is where its pixels are, to a pixel of the input and one of the
/// picture.
TEST(PictureBoxes, AreWhereThePixelsAre) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto extent = [&] { return 40 + uint32_t(random()) % 200; };
    Canvas from(BST_PIXELS_RGB, extent(), extent()), to(BST_PIXELS_RGB, extent(), extent());
    std::fill_n(from.row(0), from.height * from.stride, uint8_t(0));
    const size_t x1 = random() % 15, y1 = random() % 15;
    const size_t x2 = from.width - random() % 15, y2 = from.height - random() % 15;
    for (size_t y = y1; y < y2; ++y)
      std::fill(from.row(y) + 3 * x1, from.row(y) + 3 * x2, uint8_t(255));
    for (const uint32_t fit : {BST_FIT_LETTERBOX, BST_FIT_STRETCH}) {
      const bst_placement p = place(from, to, fit);
      write(from, p, to, 0);
      std::array<float, 4> box = brightBox(to);
      bst_picture_boxes(&p, box.data(), 1);
      const std::array<size_t, 4> expected = {x1, y1, x2, y2};
      for (size_t i = 0; i < 4; ++i)
        EXPECT_NEAR(box[i], double(expected[i]), 1 + 1 / (i % 2 ? p.gain_y : p.gain_x)) << i;
    }
  }
}

TEST(PictureOfInput, SaysHowThePixelsLie) {
  int memory = 0;
  const auto of = [&](std::vector<int32_t> shape, Preprocess preprocess) {
    const Held<bst_package> package = packageOfPictures(std::move(shape), preprocess);
    bst_picture picture = BST_INIT(bst_picture);
    bst_error error = {};
    EXPECT_EQ(bst_picture_of_input(package.get(), 0, &memory, &picture, &error), BST_OK)
        << error.message;
    EXPECT_EQ(picture.planes[0], &memory);
    EXPECT_EQ(picture.planes[1], nullptr);
    EXPECT_EQ(picture.width, 32u);
    EXPECT_EQ(picture.height, 64u);
    return picture.format;
  };
  EXPECT_EQ(of({1, 64, 32, 3}, {.channelsLast = true}), BST_PIXELS_RGB);
  EXPECT_EQ(of({1, 64, 32, 3}, {.channelsLast = true, .colours = ColourOrder::Bgr}),
            BST_PIXELS_BGR);
  Preprocess nv12 = {.channelsLast = true, .form = PictureForm::Nv12};
  EXPECT_EQ(of({1, 96, 32}, nv12), BST_PIXELS_NV12);
  nv12.form = PictureForm::Nv12Full;
  EXPECT_EQ(of({1, 96, 32}, nv12), BST_PIXELS_NV12_FULL);
}

TEST(PictureOfInput, OthersAreNoPictures) {
  bst_picture picture = BST_INIT(bst_picture);
  bst_error error = {};
  const auto refusal = [&](const Held<bst_package> &package, uint32_t index = 0) {
    return bst_picture_of_input(package.get(), index, nullptr, &picture, &error);
  };
  const Held<bst_package> several = packageOfPictures({2, 64, 32, 3}, {.channelsLast = true});
  EXPECT_EQ(refusal(several), BST_ERROR_UNSUPPORTED);
  EXPECT_STREQ(error.message, "input 'images': it does not take a picture of 8-bit pixels");
  EXPECT_EQ(refusal(packageOfPictures({1, 3, 64, 32}, {})), BST_ERROR_UNSUPPORTED) << "planes";
  EXPECT_EQ(refusal(openPackage(smallProgram().program)), BST_ERROR_UNSUPPORTED) << "f32";
  EXPECT_EQ(refusal(several, 1), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "input 1: the package has 1");
  EXPECT_EQ(bst_picture_of_input(nullptr, 0, nullptr, &picture, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "package is NULL");
  const Held<bst_package> good = packageOfPictures({1, 64, 32, 3}, {.channelsLast = true});
  EXPECT_EQ(bst_picture_of_input(good.get(), 0, nullptr, nullptr, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "picture is NULL");
}

/// The same through bst/bst.hpp.
TEST(PictureCpp, WrapsTheFunctions) {
  const auto bytes = packageOf(programOfPictures({1, 8, 8, 3}, {.channelsLast = true}));
  auto opened = bstrt::Package::fromMemory(
      {reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()});
  ASSERT_TRUE(opened) << opened.error().message();
  const bstrt::Package package = *opened;
  Canvas from(BST_PIXELS_BGR, 4, 2);
  std::mt19937 random(1);
  from.draw(random);
  Canvas expected(BST_PIXELS_RGB, 8, 8), is(BST_PIXELS_RGB, 8, 8);
  write(from, place(from, expected, BST_FIT_LETTERBOX), expected);
  auto to = package.picture(0, is.row(0));
  ASSERT_TRUE(to) << to.error().message();
  auto placement = bstrt::placePicture(4, 2, to->width, to->height, BST_FIT_LETTERBOX);
  ASSERT_TRUE(placement) << placement.error().message();
  Aligned scratch(bst_picture_scratch_size(from.get(), &*placement, &*to));
  const bstrt::Error error =
      bstrt::writePicture(*from.get(), *placement, 114, *to,
                          {reinterpret_cast<unsigned char *>(scratch.data()), scratch.size()});
  EXPECT_FALSE(error) << error.message();
  EXPECT_TRUE(std::equal(is.row(0), is.row(0) + 8 * 8 * 3, expected.row(0)));
  EXPECT_TRUE(bstrt::writePicture(*from.get(), *placement, 114, *to, {})) << "no scratch";
  EXPECT_FALSE(bstrt::placePicture(4, 0, 8, 8, BST_FIT_LETTERBOX)) << "no rows";
  EXPECT_FALSE(package.picture(3, nullptr)) << "no such input";
}

} // namespace bst::testing
