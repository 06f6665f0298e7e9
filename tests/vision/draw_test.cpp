// Positions and mixed colours are computed by hand.

#include "vision/draw/draw.h"

#include "tests/vision/pictures.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>
#include <tuple>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;

namespace {

std::vector<int> pixel(const Image &image, int x, int y) {
  const uint8_t *at = image.at(x, y);
  return {at[0], at[1], at[2]};
}

std::vector<int> asPixel(Colour colour) { return {colour.red, colour.green, colour.blue}; }

const std::vector<int> grey = {100, 100, 100};

/// The smallest rectangle around the pixels that are not grey any more: left, top, right, bottom
/// (inside).
std::array<int, 4> changed(const Image &image, int top = 0, int bottom = 1 << 20) {
  std::array<int, 4> area = {image.width, image.height, -1, -1};
  for (int y = std::max(0, top); y < std::min(image.height, bottom); ++y)
    for (int x = 0; x < image.width; ++x)
      if (pixel(image, x, y) != grey) {
        area[0] = std::min(area[0], x);
        area[1] = std::min(area[1], y);
        area[2] = std::max(area[2], x);
        area[3] = std::max(area[3], y);
      }
  return area;
}

} // namespace

TEST(Draw, NothingFoundNothingDrawn) {
  Image image = plain(60, 40, 100);
  drawDetections(image, {}, {});
  expectEqual(image, plain(60, 40, 100), "picture");
}

/// In a picture of 200x200 a line is 2 pixels wide: it covers those on either side of the edge.
TEST(Draw, BoxesAreLinesInTheColourOfTheClass) {
  Image image = plain(200, 200, 100);
  PictureDetections found;
  found.detections = {{.box = {40, 60, 160, 140}, .score = 0.5f, .classIndex = 3, .row = 0}};
  drawDetections(image, found, {});
  const std::vector<int> colour = asPixel(classColour(3));
  for (int x : {39, 40, 159, 160})
    EXPECT_EQ(pixel(image, x, 100), colour) << x;
  for (int y : {139, 140})
    EXPECT_EQ(pixel(image, 100, y), colour) << y;
  for (int x : {38, 41, 100, 158, 161})
    EXPECT_EQ(pixel(image, x, 100), grey) << x;
  for (int y : {138, 141})
    EXPECT_EQ(pixel(image, 100, y), grey) << y;
  // The corner is round, the label over the box.
  EXPECT_EQ(pixel(image, 160, 140), grey);
  EXPECT_NE(pixel(image, 60, 50), grey);
}

/// Lines and text grow with the picture.
TEST(Draw, LinesSuitThePicture) {
  Image image = plain(2000, 1000, 100);
  PictureDetections found;
  found.detections = {{.box = {400, 400, 1600, 800}, .score = 0.5f, .classIndex = 3, .row = 0}};
  drawDetections(image, found, {});
  // 0.3% of 1500 is 4.5: 5 pixels, of which 397.5 to 402.5 at the left edge.
  EXPECT_EQ(pixel(image, 398, 600), asPixel(classColour(3)));
  EXPECT_EQ(pixel(image, 401, 600), asPixel(classColour(3)));
  EXPECT_EQ(pixel(image, 404, 600), grey);
  EXPECT_GT(397 - changed(image, 0, 397)[1], 30); // The label's height.
}

TEST(Draw, LabelsStayInThePicture) {
  for (const Box &box :
       {Box{0, 0, 50, 50}, {150, 0, 200, 50}, {0, 0, 200, 200}, {190, 190, 200, 200}}) {
    Image image = plain(200, 200, 100);
    PictureDetections found;
    found.detections = {{.box = box, .score = 0.5f, .classIndex = 0, .row = 0}};
    Image bare = image;
    drawDetections(bare, found, {std::string(" ")});
    drawDetections(image, found, {std::string("hippopotamus")});
    size_t different = 0;
    for (size_t i = 0; i < image.pixels.size(); ++i)
      different += image.pixels[i] != bare.pixels[i];
    EXPECT_GT(different, 300u) << "the name does not show at " << box.x1 << ", " << box.y1;
  }
}

/// Two boxes with the same corner: the second label finds another place, so that both grounds are
/// whole.
TEST(Draw, LabelsKeepOffEachOther) {
  PictureDetections one, both;
  one.detections = {{.box = {60, 60, 160, 160}, .score = 0.9f, .classIndex = 0, .row = 0}};
  both.detections = {one.detections[0],
                     {.box = {60, 60, 160, 160}, .score = 0.8f, .classIndex = 1, .row = 1}};
  Image alone = plain(200, 200, 100), together = plain(200, 200, 100);
  drawDetections(alone, one, {});
  drawDetections(together, both, {});
  const auto count = [](const Image &image, Colour colour) {
    size_t pixels = 0;
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x)
        pixels += pixel(image, x, y) == asPixel(colour);
    return pixels;
  };
  EXPECT_EQ(count(alone, classColour(0)), count(together, classColour(0)));
  EXPECT_GT(count(together, classColour(1)), 200u);
}

/// Inside, 4 parts of colour to 6 of the picture; on the contour 9 to 1.
TEST(Draw, MasksAreTintsWithAContour) {
  Image image = plain(100, 100, 100);
  PictureDetections found;
  found.detections = {{.box = {20, 20, 80, 80}, .score = 0.5f, .classIndex = 0, .row = 0}};
  RunLengthMask mask = {100, 100, {}};
  for (int x = 0; x < 100; ++x)
    for (int y = 0; y < 100; ++y)
      mask.append(x >= 40 && x < 60 && y >= 40 && y < 60, 1);
  found.masks = {mask};
  drawDetections(image, found, {});
  const Colour colour = classColour(0);
  const auto mixed = [&](double share) {
    std::vector<int> pixel;
    for (int channel : asPixel(colour))
      pixel.push_back(int(std::lround(100 + (channel - 100) * share)));
    return pixel;
  };
  EXPECT_EQ(pixel(image, 50, 50), mixed(0.4));
  EXPECT_EQ(pixel(image, 40, 50), mixed(0.9));
  EXPECT_EQ(pixel(image, 50, 59), mixed(0.9));
  EXPECT_EQ(pixel(image, 38, 50), grey);
}

TEST(Draw, ClassesHaveColoursOfTheirOwn) {
  std::set<std::vector<int>> colours;
  for (int32_t i = 0; i < 16; ++i)
    colours.insert(asPixel(classColour(i)));
  EXPECT_EQ(colours.size(), 16u);
  EXPECT_EQ(asPixel(classColour(16)), asPixel(classColour(0)));
}

TEST(Text, IsAsWideAsItIsDrawn) {
  const Font font(20);
  EXPECT_EQ(font.width(""), 0);
  EXPECT_GT(font.width("mm"), font.width("ii"));
  Image image = plain(200, 60, 100);
  font.draw(image, 10, 40, {255, 255, 255}, "bus 0.53");
  const std::array<int, 4> area = changed(image);
  EXPECT_GE(area[0], 10);
  EXPECT_NEAR(area[2], 10 + font.width("bus 0.53"), 3);
  EXPECT_GE(area[1], 40 - font.ascent());
  EXPECT_NEAR(area[3], 39, 1); // Digits stand on the baseline.
}

TEST(Text, WhatIsNoTextOrOutsideDoesNoHarm) {
  const Font font(20);
  Image image = plain(30, 30, 100);
  font.draw(image, -200, -100, {}, "outside");
  font.draw(image, 1000, 1000, {}, "outside");
  expectEqual(image, plain(30, 30, 100), "picture");
  font.draw(image, 5, 20, {}, "\xff\xc3"); // No UTF-8: replacement characters.
  EXPECT_NE(changed(image)[2], -1);
  EXPECT_GT(font.width("\xc3\xa9"), 0); // One letter with an accent
  EXPECT_EQ(font.width("\xc3\xa9"), font.width("e"));
}
