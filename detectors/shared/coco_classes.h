#ifndef BSTC_DETECTORS_SHARED_COCO_CLASSES_H
#define BSTC_DETECTORS_SHARED_COCO_CLASSES_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>

namespace bstc {

/// The names of COCO's 80 classes (cocodataset.org), in the order in which YOLOv5 numbers them.
llvm::ArrayRef<std::string> cocoNames();

/// The number that COCO's annotation files give to one of the 80 classes: they number from 1 to 90,
/// and ten numbers are not used.
int32_t cocoCategory(int32_t classIndex);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_COCO_CLASSES_H
