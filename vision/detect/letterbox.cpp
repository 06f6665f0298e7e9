#include "vision/detect/letterbox.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bstc {

bst_placement Letterbox::placement() const {
  bst_placement p = BST_INIT(bst_placement);
  p.width = uint32_t(width);
  p.height = uint32_t(height);
  p.picture_width = uint32_t(pictureWidth);
  p.picture_height = uint32_t(pictureHeight);
  p.inner_width = uint32_t(innerWidth);
  p.inner_height = uint32_t(innerHeight);
  p.left = uint32_t(left);
  p.top = uint32_t(top);
  p.resampling = resampling == Resampling::Area ? BST_RESAMPLE_AREA : BST_RESAMPLE_LINEAR;
  p.gain_x = gainX;
  p.gain_y = gainY;
  p.pad_x = padX;
  p.pad_y = padY;
  return p;
}

Box Letterbox::toPicture(const Box &box) const {
  float corners[4] = {box.x1, box.y1, box.x2, box.y2};
  const bst_placement where = placement();
  bst_picture_boxes(&where, corners, 1);
  return {corners[0], corners[1], corners[2], corners[3]};
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

/// As the library places it. Sizes are those of pictures and inputs, which it takes.
static Letterbox placed(int pictureWidth, int pictureHeight, int width, int height, uint32_t fit) {
  bst_placement p = BST_INIT(bst_placement);
  [[maybe_unused]] const bst_status status =
      bst_picture_place(uint32_t(pictureWidth), uint32_t(pictureHeight), uint32_t(width),
                        uint32_t(height), fit, &p, nullptr);
  assert(status == BST_OK && "a picture has some pixels, and not too many");
  Letterbox box = emptyBox(pictureWidth, pictureHeight, width, height);
  box.innerWidth = int(p.inner_width);
  box.innerHeight = int(p.inner_height);
  box.left = int(p.left);
  box.top = int(p.top);
  box.gainX = p.gain_x;
  box.gainY = p.gain_y;
  box.padX = p.pad_x;
  box.padY = p.pad_y;
  return box;
}

Letterbox letterboxToDetect(int pictureWidth, int pictureHeight, int width, int height) {
  return placed(pictureWidth, pictureHeight, width, height, BST_FIT_LETTERBOX);
}

Letterbox stretched(int pictureWidth, int pictureHeight, int width, int height) {
  return placed(pictureWidth, pictureHeight, width, height, BST_FIT_STRETCH);
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
