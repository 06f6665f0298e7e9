#ifndef BSTC_VISION_DRAW_DRAW_H
#define BSTC_VISION_DRAW_DRAW_H

#include "vision/detect/detector.h"
#include "vision/draw/text.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace bstc {

/// The colour in which a class is drawn: neighbours differ clearly; they repeat after sixteen.
Colour classColour(int32_t classIndex);

/// Draws what was found into its picture: masks as tints with a contour, boxes, labels on a filled
/// ground ("person 0.86"), all in the classes' colours, in sizes that suit the picture. Labels stay
/// inside the picture and off each other where there is room. A class without a name shows as its
/// number.
void drawDetections(Image &picture, const PictureDetections &found,
                    llvm::ArrayRef<std::string> names);

} // namespace bstc

#endif // BSTC_VISION_DRAW_DRAW_H
