#ifndef BSTC_TOOLS_BSTC_DETECT_DETECT_FILES_H
#define BSTC_TOOLS_BSTC_DETECT_DETECT_FILES_H

#include "vision/detect/detector.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace bstc {

/// "4 persons, 1 bus", in the order of the classes; "nothing" where nothing was found.
std::string summaryOf(const std::vector<Detection> &detections, llvm::ArrayRef<std::string> names);

/// The name of a class, or its number where it has none.
std::string className(int32_t classIndex, llvm::ArrayRef<std::string> names);

/// One line per detection: class, x and y of the centre, width, height (fractions of the
/// picture's), score: YOLOv5's --save-txt --save-conf.
std::string yoloText(const Image &picture, const std::vector<Detection> &detections);

/// COCO's detection results, one object per line with commas between them: image_id (the file's
/// name without suffix, as a number where it is one), category_id, bbox [x, y, width, height]
/// (pixels, three decimals), score (five); with masks, segmentation as compressed run lengths. \p
/// coco: classes get COCO's category numbers, otherwise they keep their own.
std::string cocoResults(llvm::StringRef path, const PictureDetections &found, bool coco);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_DETECT_DETECT_FILES_H
