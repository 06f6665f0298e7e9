#ifndef BSTC_VISION_DATA_YOLO_LABELS_H
#define BSTC_VISION_DATA_YOLO_LABELS_H

#include "vision/data/dataset.h"

namespace bstc {

/// Where YOLOv5 looks for a picture's labels: the last "/images/" becomes "/labels/", the suffix
/// ".txt".
std::string labelFileOf(llvm::StringRef image);

/// Labels in YOLO's text format, one per line: a class and the box's centre, width and height, or a
/// class and an outline of three points and more; all as fractions of the picture. `duplicates`
/// grows by the lines that were there before. Errors ("FILE:LINE: ...") are those of YOLOv5's
/// check: what is not a number, wrong number of columns, negative, beyond the picture; and a class
/// that is not below `classes`.
llvm::Expected<std::vector<Label>> parseYoloLabels(llvm::StringRef text, llvm::StringRef file,
                                                   size_t classes, size_t &duplicates);

} // namespace bstc

#endif // BSTC_VISION_DATA_YOLO_LABELS_H
