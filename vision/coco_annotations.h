#ifndef BSTC_VISION_COCO_ANNOTATIONS_H
#define BSTC_VISION_COCO_ANNOTATIONS_H

#include "vision/dataset.h"

namespace bstc {

/// Reads COCO's instances_*.json into `dataset`. Classes are the categories by rising id, as
/// YOLOv5 numbers them (80 of the ids up to 90). Marks of crowds (iscrowd) and empty boxes are left
/// out, as in YOLOv5's conversion: a detection there counts as false. Masks are polygons or runs
/// of pixels. Pictures are in `imageFolder`, or else in the first of these folders that has the
/// first one: beside the file, in images/ there, and the same one folder up, with a folder named
/// as the file is after "instances_". Errors name `path` and the annotation.
llvm::Error readCocoAnnotations(llvm::StringRef path, llvm::StringRef imageFolder,
                                Dataset &dataset);

} // namespace bstc

#endif // BSTC_VISION_COCO_ANNOTATIONS_H
