// One picture at a time, with overlaps that are easy to count.

#include "vision/accuracy/picture_matches.h"

#include <gtest/gtest.h>

using namespace bstc;

constexpr CorrectAt everywhere = (1u << iouThresholds) - 1;

static Label label(int32_t index, Box box) {
  Label label;
  label.classIndex = index;
  label.box = box;
  return label;
}

TEST(PictureMatches, LabelsAreFractionsOfThePicture) {
  // A picture of 200 x 100 in an input of 64 x 64; the label covers its left half.
  const Letterbox letterbox = letterboxToEvaluate(200, 100, 64, 64);
  const std::vector<Label> labels = {label(3, {0, 0, 0.5f, 1}), label(5, {0.5f, 0.5f, 1, 1})};
  const std::vector<Detection> detections = {
      {{0, 0, 100, 100}, 0.9f, 3, 0},   // All of it.
      {{100, 50, 200, 89}, 0.8f, 5, 1}, // 3900 of 5000 pixels: right up to 0.75.
      {{0, 0, 100, 100}, 0.7f, 5, 2},   // Of another class.
  };
  const PictureMatches matches = matchPicture(labels, detections, {}, letterbox);
  EXPECT_EQ(matches.labelClasses, (std::vector<int32_t>{3, 5}));
  ASSERT_EQ(matches.boxes.size(), 3u);
  EXPECT_EQ(matches.boxes[0].correct, everywhere);
  EXPECT_EQ(matches.boxes[0].score, 0.9f);
  EXPECT_EQ(matches.boxes[0].classIndex, 3);
  EXPECT_EQ(matches.boxes[1].correct, 0b111111);
  EXPECT_EQ(matches.boxes[2].correct, 0);
  EXPECT_TRUE(matches.masks.empty());
}

TEST(PictureMatches, ATallPictureHasItsPaddingBesideIt) {
  const Letterbox letterbox = letterboxToEvaluate(100, 200, 64, 64);
  const std::vector<Label> labels = {label(3, {0.25f, 0, 0.75f, 0.5f})};
  const std::vector<Detection> detections = {{{25, 0, 75, 100}, 0.9f, 3, 0}};
  EXPECT_EQ(matchPicture(labels, detections, {}, letterbox).boxes.at(0).correct, everywhere);
}

TEST(PictureMatches, MasksAreComparedApartFromBoxes) {
  // An input of 8 x 8 with masks of 8 x 8; the label is a triangle, the detection's box fits.
  const Letterbox letterbox = letterboxToEvaluate(8, 8, 8, 8);
  Label triangle = label(0, {0, 0, 0.75f, 0.75f});
  triangle.polygons.push_back({0, 0, 0.75f, 0.75f, 0, 0.75f});
  // The label's mask has 1 + 2 + ... + 7 = 28 pixels: columns of 7, 6, ... 1 from the diagonal on.
  RunLengthMask same{8, 8, {}}, square{8, 8, {}};
  for (int x = 0; x < 8; ++x)
    for (int y = 0; y < 8; ++y) {
      same.append(y >= x && y < 7 && x < 7, 1);
      square.append(x < 7 && y < 7, 1); // 49 pixels: 28 / 49 is 0.57.
    }
  const std::vector<Detection> detections = {{{0, 0, 6, 6}, 0.9f, 0, 0}};
  const std::vector<Label> labels = {triangle};
  EXPECT_EQ(matchPicture(labels, detections, {{same}}, letterbox).masks.at(0).correct, everywhere);
  const PictureMatches coarse = matchPicture(labels, detections, {{square}}, letterbox);
  EXPECT_EQ(coarse.masks.at(0).correct, 0b11);
  EXPECT_EQ(coarse.boxes.at(0).correct, everywhere);
}

TEST(PictureMatches, NothingOnEitherSide) {
  const Letterbox letterbox = letterboxToEvaluate(8, 8, 8, 8);
  const std::vector<Label> labels = {label(0, {0, 0, 1, 1})};
  const std::vector<Detection> detections = {{{0, 0, 6, 6}, 0.9f, 0, 0}};
  EXPECT_TRUE(matchPicture(labels, {}, {}, letterbox).boxes.empty());
  EXPECT_EQ(matchPicture(labels, {}, {}, letterbox).labelClasses.size(), 1u);
  EXPECT_EQ(matchPicture({}, detections, {}, letterbox).boxes.at(0).correct, 0);
}
