#ifndef BSTC_VISION_DATA_COCO_ANNOTATIONS_H
#define BSTC_VISION_DATA_COCO_ANNOTATIONS_H

#include "vision/data/dataset.h"

namespace bstc {

/// A class of a COCO file.
struct CocoCategory {
  int64_t id = 0;
  std::string name;
  bool isUsed = false; ///< Some label is of it.
};

/// What a COCO file says.
struct CocoAnnotations {
  std::string file;
  std::vector<CocoCategory> categories; ///< By rising id; no id and no name is there twice.
  /// Labels' classes count in `categories`. Each image has its size and its `labelFile`.
  std::vector<LabelledImage> images;
  size_t duplicates = 0, crowds = 0, empty = 0; ///< Annotations that were left out.
};

/// Reads COCO's instances_*.json.
///
/// Boxes are [left, top, width, height] in pixels of the size that `images` states. As in YOLOv5
/// (JSON2YOLO, then scale_boxes() in val.py) and unlike pycocotools, which does not cut boxes, both
/// corners are computed first and then cut off at the picture's edges: [-20, 0, 50, 10] ends at 30.
/// Outlines are kept as they are, beyond the edges too; they are cut off when they are drawn.
///
/// Marks of crowds (iscrowd), boxes of which nothing is in the picture and annotations that repeat
/// the category and box of another are left out and counted, as in YOLOv5's conversion: a detection
/// there counts as false. Masks are polygons or runs of pixels.
///
/// Pictures are in `imageFolder`, or else in the first of these folders that has the first one:
/// beside the file, in images/ there, and the same one folder up, with a folder named as the file
/// is after "instances_".
///
/// Errors name the file and the row: ids or names of categories, ids or files of images that are
/// there twice; annotations of an image or a category that is not there; what is not a number where
/// one is needed; runs of a mask for a picture of another shape.
llvm::Expected<CocoAnnotations> readCocoAnnotations(llvm::StringRef path,
                                                    llvm::StringRef imageFolder);

} // namespace bstc

#endif // BSTC_VISION_DATA_COCO_ANNOTATIONS_H
