#include "vision/accuracy/picture_matches.h"

#include "vision/accuracy/label_mask.h"

#include <cassert>

namespace bstc {

namespace {

/// One IoU per pair: [labels][detections].
using Overlaps = std::vector<float>;

/// Where a label is on the picture after the way that the detections go, there and back.
Box onPicture(const Box &label, const Letterbox &letterbox) {
  const float w = float(letterbox.innerWidth), h = float(letterbox.innerHeight);
  return letterbox.toPicture({label.x1 * w + letterbox.padX, label.y1 * h + letterbox.padY,
                              label.x2 * w + letterbox.padX, label.y2 * h + letterbox.padY});
}

Overlaps boxOverlaps(std::span<const Label> labels, std::span<const Detection> detections,
                     const Letterbox &letterbox) {
  Overlaps overlaps;
  for (const Label &label : labels) {
    const Box box = onPicture(label.box, letterbox);
    for (const Detection &detection : detections)
      overlaps.push_back(intersectionOverUnion(box, detection.box));
  }
  return overlaps;
}

Overlaps maskOverlaps(std::span<const Label> labels, std::span<const RunLengthMask> masks,
                      const Letterbox &letterbox) {
  Overlaps overlaps;
  for (const Label &label : labels) {
    const RunLengthMask drawn =
        drawLabel(label, letterbox, masks.front().width, masks.front().height);
    for (const RunLengthMask &mask : masks)
      overlaps.push_back(float(intersectionOverUnion(drawn, mask)));
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
                            std::span<const RunLengthMask> masks, const Letterbox &letterbox) {
  assert(masks.empty() || masks.size() == detections.size());
  PictureMatches matches;
  for (const Label &label : labels)
    matches.labelClasses.push_back(label.classIndex);
  matches.boxes =
      scored(matches.labelClasses, detections, boxOverlaps(labels, detections, letterbox));
  if (!masks.empty())
    matches.masks =
        scored(matches.labelClasses, detections, maskOverlaps(labels, masks, letterbox));
  return matches;
}

} // namespace bstc
