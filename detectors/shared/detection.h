#ifndef BSTC_DETECTORS_SHARED_DETECTION_H
#define BSTC_DETECTORS_SHARED_DETECTION_H

#include <cstdint>

namespace bstc {

/// A rectangle by its corners, in pixels.
struct Box {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};

/// Area of the intersection over area of the union; 0 where both are empty.
float intersectionOverUnion(const Box &a, const Box &b);

/// An object that a network found.
struct Detection {
  Box box;
  float score = 0; ///< Objectness times the class's probability.
  int32_t classIndex = 0;
  uint32_t row = 0; ///< Of the network's predictions, where its mask coefficients are.
};

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_DETECTION_H
