// Expected pixels are OpenCV's, recorded by data/record.py; boxes are computed by hand.

#include "vision/detect/network_input.h"

#include "tests/vision/pictures.h"

#include <numeric>

using namespace bstc;
using namespace bstc::test;

TEST(Resize, LinearIsOpenCvsPixelForPixel) {
  const Image noise = recorded("noise");
  for (const auto &[width, height] : {std::pair(16, 11), {61, 70}, {43, 12}, {50, 29}, {1, 1}}) {
    const std::string name = "linear_" + std::to_string(width) + "x" + std::to_string(height);
    expectEqual(resize(noise, width, height, Resampling::Linear), recorded(name), name);
  }
}

TEST(Resize, AreaIsOpenCvsPixelForPixel) {
  const Image noise = recorded("noise");
  for (const auto &[width, height] : {std::pair(16, 11), {42, 28}, {43, 7}, {1, 1}}) {
    const std::string name = "area_" + std::to_string(width) + "x" + std::to_string(height);
    expectEqual(resize(noise, width, height, Resampling::Area), recorded(name), name);
  }
  expectEqual(resize(recorded("even"), 12, 8, Resampling::Area), recorded("even_area_12x8"),
              "thirds");
}

TEST(Resize, HalvingIsTheMeanOfFourInEitherMode) {
  const Image even = recorded("even"), half = recorded("even_18x12");
  expectEqual(resize(even, 18, 12, Resampling::Linear), half, "linear");
  expectEqual(resize(even, 18, 12, Resampling::Area), half, "area");
}

TEST(Resize, TheSameSizeIsTheSamePicture) {
  const Image noise = recorded("noise");
  expectEqual(resize(noise, 43, 29, Resampling::Area), noise, "area");
}

/// The input as a picture: elements are pixel values.
static Image fitted(const Letterbox &letterbox, const Image &picture) {
  InputFormat format;
  format.channelsLast = true;
  format.padding = {114, 114, 114};
  for (auto &table : format.elements)
    std::iota(table.begin(), table.end(), 0.0f);
  std::vector<float> input(size_t(letterbox.width) * size_t(letterbox.height) * 3);
  writeInput(letterbox, picture, format, input);
  return {letterbox.width, letterbox.height, {input.begin(), input.end()}};
}

TEST(Letterbox, InputsAreThoseOfYolov5) {
  const Image noise = recorded("noise");
  for (int size : {32, 64}) {
    const std::string side = std::to_string(size);
    expectEqual(fitted(letterboxToDetect(43, 29, size, size), noise), recorded("detect_" + side),
                "detect " + side);
    expectEqual(fitted(letterboxToEvaluate(43, 29, size, size), noise),
                recorded("evaluate_" + side), "evaluate " + side);
  }
}

/// 810x1080 into 640x640: gain 0.59259..., 480x640 with 80 columns either side.
TEST(Letterbox, BoxesComeBackToThePicture) {
  const Letterbox letterbox = letterboxToDetect(810, 1080, 640, 640);
  EXPECT_EQ(letterbox.innerWidth, 480);
  EXPECT_EQ(letterbox.innerHeight, 640);
  EXPECT_EQ(letterbox.left, 80);
  EXPECT_EQ(letterbox.top, 0);
  const Box box = letterbox.toPicture({80 + 48, 64, 80 + 240, 320});
  EXPECT_NEAR(box.x1, 81, 1e-3);
  EXPECT_NEAR(box.y1, 108, 1e-3);
  EXPECT_NEAR(box.x2, 405, 1e-3);
  EXPECT_NEAR(box.y2, 540, 1e-3);
}

TEST(Letterbox, BoxesAreCutOffAtThePicturesEdges) {
  const Letterbox letterbox = letterboxToDetect(810, 1080, 640, 640);
  const Box box = letterbox.toPicture({0, -5, 640, 700});
  EXPECT_EQ(box.x1, 0);
  EXPECT_EQ(box.y1, 0);
  EXPECT_EQ(box.x2, 810);
  EXPECT_EQ(box.y2, 1080);
}

/// 500x333 to 640: 1.28 x 333 = 426.24. Detection pads by (640 - 426.24) / 2 = 106.88; evaluation
/// by the whole 107 and takes 426 / 333 for the gain.
TEST(Letterbox, EvaluationRestsOnWholePixels) {
  const Letterbox detect = letterboxToDetect(500, 333, 640, 640);
  EXPECT_EQ(detect.innerHeight, 426);
  EXPECT_FLOAT_EQ(detect.gainX, 1.28f);
  EXPECT_FLOAT_EQ(detect.padY, 106.88f);
  const Letterbox evaluate = letterboxToEvaluate(500, 333, 640, 640);
  EXPECT_EQ(evaluate.innerHeight, 426);
  EXPECT_FLOAT_EQ(evaluate.gainY, 426.0f / 333.0f);
  EXPECT_FLOAT_EQ(evaluate.padY, 107.0f);
  EXPECT_EQ(evaluate.top, 107);
}

/// 500x334: 1.28 x 334 = 427.52, cut to 427, which leaves 213 in all: half a pixel to each side.
/// Turned, the same beside the picture. Its edges come back to the picture's.
TEST(Letterbox, HalfPixelsOfTheBorderCountForBoxes) {
  const Letterbox flat = letterboxToEvaluate(500, 334, 640, 640);
  EXPECT_EQ(flat.innerWidth, 640);
  EXPECT_EQ(flat.innerHeight, 427);
  EXPECT_EQ(flat.padX, 0);
  EXPECT_EQ(flat.padY, 106.5f);
  EXPECT_EQ(flat.top, 106);
  EXPECT_EQ(flat.left, 0);
  const Letterbox tall = letterboxToEvaluate(334, 500, 640, 640);
  EXPECT_EQ(tall.innerWidth, 427);
  EXPECT_EQ(tall.innerHeight, 640);
  EXPECT_EQ(tall.padX, 106.5f);
  EXPECT_EQ(tall.padY, 0);
  EXPECT_EQ(tall.left, 106);
  EXPECT_EQ(tall.top, 0);
  EXPECT_EQ(tall.gainX, 1.28f); // 640 / 500: of the height for both.
  EXPECT_EQ(tall.gainY, 1.28f);
  const Box box = tall.toPicture({106.5f + 128, 64, 106.5f + 256, 640});
  EXPECT_NEAR(box.x1, 100, 1e-4);
  EXPECT_NEAR(box.y1, 50, 1e-4);
  EXPECT_NEAR(box.x2, 200, 1e-4);
  EXPECT_NEAR(box.y2, 500, 1e-4);
}

/// 334x500 for detection: 427.52 is rounded to 428; the border is that of 427.52, (640 - 427.52)
/// / 2.
TEST(Letterbox, DetectionRoundsSidesAndKeepsTheFraction) {
  const Letterbox tall = letterboxToDetect(334, 500, 640, 640);
  EXPECT_EQ(tall.innerWidth, 428);
  EXPECT_EQ(tall.left, 106);
  EXPECT_FLOAT_EQ(tall.padX, 106.24f);
  EXPECT_EQ(tall.padY, 0);
  EXPECT_FLOAT_EQ(tall.gainX, 1.28f);
}

TEST(Letterbox, VeryLongPicturesKeepAPixelToBeMeasured) {
  EXPECT_EQ(letterboxToEvaluate(10000, 1, 64, 64).innerHeight, 1);
  EXPECT_EQ(letterboxToEvaluate(1, 10000, 64, 64).innerWidth, 1);
}

/// Into an input that is no square: 100x100 into 64x32 is 32x32, 16 columns beside it.
TEST(Letterbox, TheShorterSideOfTheInputBounds) {
  for (const Letterbox &letterbox :
       {letterboxToEvaluate(100, 100, 64, 32), letterboxToDetect(100, 100, 64, 32)}) {
    EXPECT_EQ(letterbox.innerWidth, 32);
    EXPECT_EQ(letterbox.innerHeight, 32);
    EXPECT_EQ(letterbox.left, 16);
    EXPECT_EQ(letterbox.top, 0);
  }
}

TEST(Letterbox, PicturesAreAveragedWhereTheyShrink) {
  EXPECT_EQ(letterboxToEvaluate(100, 100, 64, 64).resampling, Resampling::Area);
  EXPECT_EQ(letterboxToEvaluate(50, 50, 64, 64).resampling, Resampling::Linear);
  EXPECT_EQ(letterboxToDetect(100, 100, 64, 64).resampling, Resampling::Linear);
}

/// An odd border: its smaller half comes first. 100x63 into 64x64 is 64x40; into 64x61, 21 rows.
TEST(Letterbox, OddBordersAreSmallerOnTop) {
  const Letterbox letterbox = letterboxToDetect(100, 63, 64, 61);
  EXPECT_EQ(letterbox.innerHeight, 40);
  EXPECT_EQ(letterbox.top, 10);
}

TEST(Letterbox, VeryLongPicturesKeepAPixel) {
  const Image input = fitted(letterboxToDetect(10000, 1, 64, 64), plain(10000, 1, 7));
  EXPECT_EQ(input.at(5, 31)[0], 7);
  EXPECT_EQ(input.at(5, 30)[0], 114);
  EXPECT_EQ(input.at(5, 32)[0], 114);
}

/// A picture of two pixels in an input of 2x4: a row of padding, the pixels, two rows of padding.
TEST(NetworkInput, ElementsAreWhereTheNetworkWantsThem) {
  const Image picture = {2, 1, {0, 51, 255, 102, 204, 153}};
  const Letterbox letterbox = letterboxToDetect(2, 1, 2, 4);
  std::vector<float> input(24);
  writeInput(letterbox, picture, inputFormat(), input);
  const float pad = 114.0f / 255.0f;
  EXPECT_EQ(input, (std::vector<float>{pad, pad, 0,    0.4f, pad, pad, pad, pad, //
                                       pad, pad, 0.2f, 0.8f, pad, pad, pad, pad, //
                                       pad, pad, 1,    0.6f, pad, pad, pad, pad}));
  InputFormat format = inputFormat();
  format.channelsLast = true;
  format.source = {2, 1, 0};
  format.padding = {1, 2, 3};
  writeInput(letterbox, picture, format, input);
  EXPECT_EQ(input, (std::vector<float>{1, 2,    3, 1,    2,    3,    //
                                       1, 0.2f, 0, 0.6f, 0.8f, 0.4f, //
                                       1, 2,    3, 1,    2,    3,    //
                                       1, 2,    3, 1,    2,    3}));
}

TEST(NetworkInput, YolosElementsAreExactQuotients) {
  const InputFormat format = inputFormat();
  for (size_t value = 0; value < 256; ++value)
    EXPECT_EQ(format.elements[1][value], float(value) / 255.0f) << value;
}

/// (51 - 1) * 2 = 100 and so on; mean and scale belong to the channels of the input.
TEST(NetworkInput, PackagesMayAskForOtherElements) {
  const bst::Preprocess preprocess = {.channelsLast = true,
                                      .colours = bst::ColourOrder::Bgr,
                                      .fit = bst::PictureFit::Stretch,
                                      .pad = 10,
                                      .mean = {1, 2, 3},
                                      .scale = {2, 1, 0.5}};
  const InputFormat format = inputFormat(preprocess);
  EXPECT_EQ(format.padding, (std::array<float, 3>{18, 8, 3.5}));
  std::vector<float> input(6);
  writeInput(stretched(1, 1, 2, 1), {1, 1, {11, 22, 51}}, format, input);
  EXPECT_EQ(input, (std::vector<float>{100, 20, 4, 100, 20, 4}));
}

/// 100x50 over 64x64: 0.64 and 1.28 input pixels per picture's pixel.
TEST(Letterbox, StretchedPicturesHaveAGainASide) {
  const Letterbox letterbox = stretched(100, 50, 64, 64);
  const Box box = letterbox.toPicture({0, 32, 32, 64});
  EXPECT_FLOAT_EQ(box.x1, 0);
  EXPECT_FLOAT_EQ(box.y1, 25);
  EXPECT_FLOAT_EQ(box.x2, 50);
  EXPECT_FLOAT_EQ(box.y2, 50);
}
