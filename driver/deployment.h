#ifndef BSTC_DRIVER_DEPLOYMENT_H
#define BSTC_DRIVER_DEPLOYMENT_H

#include "detectors/predictions.h"

namespace bstc {

/// What CompileOptions::deploy makes of the options for a network: 8-bit pictures go in; a detector
/// (isDetector()) ends in suppression. Errors: isDetector()'s.
llvm::Expected<PictureOptions> deployedPictures(const Graph &imported,
                                                llvm::ArrayRef<Predictions> recognised,
                                                const PictureOptions &options);

/// Output \p prototypes of a quantised graph stays int8, under its own name: its dequantisation,
/// four times the bytes, is left to the host, which needs some of the pixels only. A float one, and
/// -1, are left as they are.
void keepPrototypesInt8(Graph &placed, int32_t prototypes);

} // namespace bstc

#endif // BSTC_DRIVER_DEPLOYMENT_H
