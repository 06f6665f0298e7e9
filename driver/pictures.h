#ifndef BSTC_DRIVER_PICTURES_H
#define BSTC_DRIVER_PICTURES_H

#include "driver/detection_tail.h"
#include "ir/graph.h"
#include "runtime/program.h"

namespace bstc {

/// Fills in what the package says about its pictures (runtime/picture.h): preprocessing, class
/// names, NMS defaults, and which outputs hold what. What \p options leave open is as in the ONNX
/// file, whose metadata may have `names`, and as YOLOv5 does it. `program.decode` has what the
/// graph's decode says, \p tail what finishDetector() made. Errors are the user's: names that do
/// not fit the classes, inputs that are no pictures. Metadata of the file that makes no sense is
/// left out with a notice.
llvm::Error describePictures(bst::Program &program, const Graph &imported,
                             const DetectionTail &tail, const PictureOptions &options,
                             std::vector<std::string> &notices);

} // namespace bstc

#endif // BSTC_DRIVER_PICTURES_H
