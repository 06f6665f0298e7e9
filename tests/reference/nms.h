#ifndef BSTC_TESTS_REFERENCE_NMS_H
#define BSTC_TESTS_REFERENCE_NMS_H

#include "backends/dsp/kernels/nms.h"

#include <vector>

namespace bst::reference {

/// YOLOv5's non-maximum suppression step by step as utils/general.py (v7.0) and torchvision do it:
/// a list of all candidates, sorted as a whole, then every pair compared. Shares only the data
/// structures with the kernel. Rows with a number that is not finite in box, objectness or the
/// class at hand make no candidate, as docs say.
std::vector<NmsBox> suppressBoxes(const NmsPredictions &predictions, const NmsOptions &options);

} // namespace bst::reference

#endif // BSTC_TESTS_REFERENCE_NMS_H
