#include "vision/picture_matches.h"

#include "vision/bit_mask.h"

namespace bstc {

namespace {

/// One IoU a pair: [labels][detections].
using Overlaps = std::vector<float>;

/// Where a label is on the picture after the way that the detections go, there and back.
Box onPicture(const Box &label, const Letterbox &letterbox) {
  const float w = float(letterbox.innerWidth), h = float(letterbox.innerHeight);
  return letterbox.toPicture({label.x1 * w + letterbox.padX, label.y1 * h + letterbox.padY,
                              label.x2 * w + letterbox.padX, label.y2 * h + letterbox.padY});
}

Overlaps boxOverlaps(std::span<const Label> labels, std::span<const Detection> detections,
                     const Letterbox &letterbox) {
  std::vector<Box> boxes;
  for (const Detection &detection : detections)
    boxes.push_back(letterbox.toPicture(detection.box));
  Overlaps overlaps;
  for (const Label &label : labels) {
    const Box box = onPicture(label.box, letterbox);
    for (const Box &other : boxes)
      overlaps.push_back(intersectionOverUnion(box, other));
  }
  return overlaps;
}

Overlaps maskOverlaps(std::span<const Label> labels, std::span<const Detection> detections,
                      const Letterbox &letterbox, const MaskOutputs &outputs) {
  std::vector<BitMask> predicted;
  const float across = float(outputs.width) / float(letterbox.width),
              down = float(outputs.height) / float(letterbox.height);
  for (const Detection &detection : detections) {
    const size_t end = (size_t(detection.row) + 1) * outputs.rowWidth;
    const auto coefficients =
        outputs.predictions.subspan(end - size_t(outputs.count), size_t(outputs.count));
    const Box &box = detection.box;
    predicted.push_back(
        predictMask(coefficients, outputs.prototypes,
                    {box.x1 * across, box.y1 * down, box.x2 * across, box.y2 * down}, outputs.width,
                    outputs.height));
  }
  const PictureFrame frame = {letterbox.width,
                              letterbox.height,
                              double(letterbox.padX),
                              double(letterbox.padY),
                              double(letterbox.innerWidth),
                              double(letterbox.innerHeight)};
  Overlaps overlaps;
  for (const Label &label : labels) {
    const BitMask mask = drawLabel(label, frame, outputs.width, outputs.height);
    for (const BitMask &other : predicted)
      overlaps.push_back(intersectionOverUnion(mask, other));
  }
  return overlaps;
}

std::vector<ScoredMatch> scored(std::span<const int32_t> labelClasses,
                                std::span<const Detection> detections, const Overlaps &overlaps) {
  std::vector<int32_t> classes;
  for (const Detection &detection : detections)
    classes.push_back(detection.classIndex);
  const std::vector<CorrectAt> correct = matchLabels(labelClasses, classes, overlaps);
  std::vector<ScoredMatch> matches;
  for (size_t i = 0; i < detections.size(); ++i)
    matches.push_back({detections[i].score, classes[i], correct[i]});
  return matches;
}

} // namespace

PictureMatches matchPicture(std::span<const Label> labels, std::span<const Detection> detections,
                            const Letterbox &letterbox, const MaskOutputs *masks) {
  PictureMatches matches;
  for (const Label &label : labels)
    matches.labelClasses.push_back(label.classIndex);
  matches.boxes =
      scored(matches.labelClasses, detections, boxOverlaps(labels, detections, letterbox));
  if (masks)
    matches.masks = scored(matches.labelClasses, detections,
                           maskOverlaps(labels, detections, letterbox, *masks));
  return matches;
}

} // namespace bstc
