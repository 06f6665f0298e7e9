#ifndef BSTC_DETECTORS_PICTURES_H
#define BSTC_DETECTORS_PICTURES_H

#include "detectors/detection_tail.h"
#include "runtime/program/program.h"

namespace bstc {

/// Fills in what the package says about its pictures (runtime/program/picture.h): preprocessing,
/// class names, NMS defaults, and which outputs hold what, as \p tail has it. Preprocessing that \p
/// options leave open is that of the detector's family; where the network itself normalises its
/// pictures, \p taken (takePictures()) is all there is. Errors are the user's: inputs that are no
/// pictures.
llvm::Error describePictures(bst::Program &program, const DetectionTail &tail,
                             const PictureOptions &options,
                             llvm::ArrayRef<bst::Preprocess> taken = {});

} // namespace bstc

#endif // BSTC_DETECTORS_PICTURES_H
