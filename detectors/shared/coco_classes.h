#ifndef BSTC_DETECTORS_SHARED_COCO_CLASSES_H
#define BSTC_DETECTORS_SHARED_COCO_CLASSES_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>

namespace bstc {

/// The names of COCO's 80 classes (cocodataset.org), in the order in which YOLOv5 numbers them.
llvm::ArrayRef<std::string> cocoNames();

/// The category that COCO's annotation files number from 1 to 90, ten of them not used, of one of
/// the 80 classes.
int32_t cocoCategory(int32_t classIndex);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_COCO_CLASSES_H
