#include "vision/detect/letterbox.h"

#include <algorithm>
#include <cmath>

namespace bstc {

Box Letterbox::toPicture(const Box &box) const {
  const auto across = [&](float x) {
    return std::clamp((x - padX) / gainX, 0.0f, float(pictureWidth));
  };
  const auto down = [&](float y) {
    return std::clamp((y - padY) / gainY, 0.0f, float(pictureHeight));
  };
  return {across(box.x1), down(box.y1), across(box.x2), down(box.y2)};
}

static Letterbox emptyBox(int pictureWidth, int pictureHeight, int width, int height) {
  Letterbox box;
  box.width = width;
  box.height = height;
  box.pictureWidth = pictureWidth;
  box.pictureHeight = pictureHeight;
  return box;
}

/// Of an odd number of pixels, the smaller half comes first.
static int firstPad(double both) { return int(std::lrint(both / 2 - 0.1)); }

static void centre(Letterbox &box) {
  box.left = firstPad(box.width - box.innerWidth);
  box.top = firstPad(box.height - box.innerHeight);
}

Letterbox letterboxToDetect(int pictureWidth, int pictureHeight, int width, int height) {
  Letterbox box = emptyBox(pictureWidth, pictureHeight, width, height);
  const double gain = std::min(double(height) / pictureHeight, double(width) / pictureWidth);
  // Even the short side of a very long picture keeps one pixel.
  box.innerWidth = std::max(1, int(std::lrint(pictureWidth * gain)));
  box.innerHeight = std::max(1, int(std::lrint(pictureHeight * gain)));
  centre(box);
  box.gainX = box.gainY = float(gain);
  box.padX = float((width - pictureWidth * gain) / 2);
  box.padY = float((height - pictureHeight * gain) / 2);
  return box;
}

Letterbox stretched(int pictureWidth, int pictureHeight, int width, int height) {
  Letterbox box = emptyBox(pictureWidth, pictureHeight, width, height);
  box.innerWidth = width;
  box.innerHeight = height;
  box.gainX = float(width) / float(pictureWidth);
  box.gainY = float(height) / float(pictureHeight);
  return box;
}

Letterbox letterboxToEvaluate(int pictureWidth, int pictureHeight, int width, int height) {
  Letterbox box = emptyBox(pictureWidth, pictureHeight, width, height);
  const double gain = std::min(double(height) / pictureHeight, double(width) / pictureWidth);
  box.innerWidth = std::max(1, int(pictureWidth * gain));
  box.innerHeight = std::max(1, int(pictureHeight * gain));
  box.resampling = gain > 1 ? Resampling::Linear : Resampling::Area;
  centre(box);
  box.gainX = box.gainY = float(double(box.innerHeight) / pictureHeight);
  box.padX = float((width - box.innerWidth) / 2.0);
  box.padY = float((height - box.innerHeight) / 2.0);
  return box;
}

} // namespace bstc
