#include "vision/draw/draw.h"

#include <algorithm>
#include <cmath>

namespace bstc {

Colour classColour(int32_t classIndex) {
  static constexpr Colour colours[] = {
      {255, 77, 109}, {58, 134, 255}, {255, 190, 11}, {6, 214, 160},
      {131, 56, 236}, {251, 133, 0},  {0, 180, 216},  {224, 64, 251},
      {112, 224, 0},  {181, 23, 158}, {17, 138, 178}, {199, 125, 59},
      {46, 196, 182}, {255, 0, 110},  {92, 107, 192}, {244, 166, 192}};
  return colours[uint32_t(classIndex) % std::size(colours)];
}

namespace {

/// Sizes in pixels that suit a picture.
struct Style {
  float line;   ///< Width of a box's line.
  float text;   ///< Height of a line of text.
  int padding;  ///< Around a label's text.
  float corner; ///< Radius of rounded corners.

  explicit Style(const Image &picture) {
    const float size = float(picture.width + picture.height) / 2;
    line = std::max(2.0f, std::round(size * 0.003f));
    text = std::max(13.0f, std::round(size * 0.024f));
    padding = std::max(2, int(std::lround(text * 0.2f)));
    corner = line * 1.5f;
  }
};

/// Whole pixels, the right and lower edge outside.
struct Rectangle {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool overlaps(const Rectangle &other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

/// How far a point is outside of a box with rounded corners (negative: inside), pixels.
float distanceOutside(float x, float y, const Box &box, float corner) {
  const float centreX = (box.x1 + box.x2) / 2, centreY = (box.y1 + box.y2) / 2;
  const float radius = std::min({corner, (box.x2 - box.x1) / 2, (box.y2 - box.y1) / 2});
  const float beyondX = std::abs(x - centreX) - (box.x2 - box.x1) / 2 + radius;
  const float beyondY = std::abs(y - centreY) - (box.y2 - box.y1) / 2 + radius;
  return std::hypot(std::max(beyondX, 0.0f), std::max(beyondY, 0.0f)) +
         std::min(std::max(beyondX, beyondY), 0.0f) - radius;
}

/// The picture's pixels that a box grown by `margin` touches.
Rectangle touched(const Image &picture, const Box &box, float margin) {
  const auto bound = [](float edge, int most) { return int(std::clamp(edge, 0.0f, float(most))); };
  return {bound(std::floor(box.x1 - margin), picture.width),
          bound(std::floor(box.y1 - margin), picture.height),
          bound(std::ceil(box.x2 + margin), picture.width),
          bound(std::ceil(box.y2 + margin), picture.height)};
}

/// Fills a box with rounded corners; edges are smooth.
void fillBox(Image &picture, const Box &box, float corner, Colour colour) {
  const Rectangle area = touched(picture, box, 1);
  for (int y = area.top; y < area.bottom; ++y)
    for (int x = area.left; x < area.right; ++x)
      blend(picture.at(x, y), colour,
            0.5f - distanceOutside(float(x) + 0.5f, float(y) + 0.5f, box, corner));
}

/// Draws a line along a box's edge, half of it on either side.
void strokeBox(Image &picture, const Box &box, float line, float corner, Colour colour) {
  const Rectangle area = touched(picture, box, line);
  const float reach = line + corner;
  // Nothing is drawn in the middle: rows between the edges skip from the left to the right one.
  const int skipFrom = int(std::ceil(box.x1 + reach)), skipTo = int(std::floor(box.x2 - reach));
  for (int y = area.top; y < area.bottom; ++y) {
    const bool atEdge = float(y) < box.y1 + reach || float(y) > box.y2 - reach;
    for (int x = area.left; x < area.right; ++x) {
      if (!atEdge && x >= skipFrom && x < skipTo)
        x = skipTo;
      if (x >= area.right)
        break;
      const float distance = distanceOutside(float(x) + 0.5f, float(y) + 0.5f, box, corner);
      blend(picture.at(x, y), colour, line / 2 + 0.5f - std::abs(distance));
    }
  }
}

/// Tints a mask's pixels, which are all in `box`, and draws its contour inside of it.
void drawMask(Image &picture, const RunLengthMask &mask, const Box &box, float line,
              Colour colour) {
  const Rectangle area = touched(picture, box, 1);
  const std::vector<uint8_t> inside = mask.pixels();
  const int reach = std::max(1, int(std::lround(line / 2)));
  const auto isInside = [&](int x, int y) {
    return x >= 0 && x < mask.width && y >= 0 && y < mask.height &&
           inside[size_t(y) * size_t(mask.width) + size_t(x)];
  };
  for (int y = area.top; y < area.bottom; ++y)
    for (int x = area.left; x < area.right; ++x) {
      if (!isInside(x, y))
        continue;
      const bool isContour = !isInside(x - reach, y) || !isInside(x + reach, y) ||
                             !isInside(x, y - reach) || !isInside(x, y + reach);
      blend(picture.at(x, y), colour, isContour ? 0.9f : 0.4f);
    }
}

/// Black or white, whichever is easier to read on `ground` (relative luminance of ITU-R BT.709).
Colour textColour(Colour ground) {
  const auto linear = [](uint8_t value) { return std::pow(float(value) / 255, 2.2f); };
  const float luminance =
      0.2126f * linear(ground.red) + 0.7152f * linear(ground.green) + 0.0722f * linear(ground.blue);
  return luminance > 0.35f ? Colour{20, 20, 20} : Colour{255, 255, 255};
}

std::string labelOf(const Detection &detection, llvm::ArrayRef<std::string> names) {
  const auto index = size_t(detection.classIndex);
  const auto percent = std::lround(double(detection.score) * 100);
  std::string score = percent >= 100 ? "1.00" : percent < 10 ? "0.0" : "0.";
  if (percent < 100)
    score += std::to_string(percent);
  return (index < names.size() ? names[index] : std::to_string(index)) + " " + score;
}

/// Where a label of this size goes: over the box, inside its upper edge, under it, or at its right
/// end; the first that is inside the picture and free.
Rectangle placeLabel(const Image &picture, const Box &box, int width, int height, float line,
                     llvm::ArrayRef<Rectangle> taken) {
  const int left = int(std::lround(box.x1 - line / 2)), right = int(std::lround(box.x2 + line / 2));
  const int top = int(std::lround(box.y1 - line / 2)), bottom = int(std::lround(box.y2 + line / 2));
  const std::pair<int, int> corners[] = {{left, top - height},
                                         {right - width, top - height},
                                         {left, top},
                                         {right - width, top},
                                         {left, bottom},
                                         {right - width, bottom},
                                         {left, bottom - height}};
  std::optional<Rectangle> first;
  for (const auto &[x, y] : corners) {
    if (y < 0 || y + height > picture.height)
      continue;
    const int shifted = std::max(0, std::min(x, picture.width - width));
    const Rectangle place = {shifted, y, shifted + width, y + height};
    if (!first)
      first = place;
    if (std::none_of(taken.begin(), taken.end(),
                     [&](const Rectangle &other) { return place.overlaps(other); }))
      return place;
  }
  return first.value_or(Rectangle{0, 0, width, height});
}

} // namespace

void drawDetections(Image &picture, const PictureDetections &found,
                    llvm::ArrayRef<std::string> names) {
  const Style style(picture);
  const Font font(style.text);
  // The best ones last, on top of the others; masks under every box, boxes under every label.
  for (size_t i = found.masks.size(); i-- > 0;)
    drawMask(picture, found.masks[i], found.detections[i].box, style.line,
             classColour(found.detections[i].classIndex));
  for (size_t i = found.detections.size(); i-- > 0;)
    strokeBox(picture, found.detections[i].box, style.line, style.corner,
              classColour(found.detections[i].classIndex));

  std::vector<Rectangle> places; // The best ones choose first.
  for (const Detection &detection : found.detections)
    places.push_back(placeLabel(
        picture, detection.box, font.width(labelOf(detection, names)) + 2 * style.padding,
        font.ascent() + font.descent() + style.padding, style.line, places));
  for (size_t i = found.detections.size(); i-- > 0;) {
    const Rectangle &place = places[i];
    const Colour ground = classColour(found.detections[i].classIndex);
    fillBox(picture, {float(place.left), float(place.top), float(place.right), float(place.bottom)},
            style.corner, ground);
    font.draw(picture, place.left + style.padding, place.top + style.padding / 2 + font.ascent(),
              textColour(ground), labelOf(found.detections[i], names));
  }
}

} // namespace bstc
