#ifndef BSTC_VISION_DATA_CLASS_NUMBERING_H
#define BSTC_VISION_DATA_CLASS_NUMBERING_H

#include "vision/data/coco_annotations.h"

#include "llvm/ADT/ArrayRef.h"

namespace bstc {

/// Gives the labels of COCO files the class numbers of one dataset, by their names: a COCO file
/// knows categories by ids of its own, a network by the order in which it was trained.
///
/// Where the dataset says `names` (in `namesFile`), their order is the numbering. Else the
/// categories of all files are numbered by rising id, as YOLOv5 numbers COCO's 80 of ids up to 90;
/// where the files give one id to different names or one name different ids, the file that has all
/// the names numbers them. `names` becomes the numbering.
///
/// Errors name the files and the classes: labels of a class that `names` does not have or has
/// twice; files with different ids of which none, or more than one in different orders, has all
/// names.
llvm::Error numberClasses(llvm::MutableArrayRef<CocoAnnotations> files,
                          std::vector<std::string> &names, llvm::StringRef namesFile);

} // namespace bstc

#endif // BSTC_VISION_DATA_CLASS_NUMBERING_H
