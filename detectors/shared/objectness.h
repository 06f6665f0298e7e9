#ifndef BSTC_DETECTORS_SHARED_OBJECTNESS_H
#define BSTC_DETECTORS_SHARED_OBJECTNESS_H

#include "ir/types.h"

namespace bstc {

/// The smallest integer of an 8-bit head, quantised per tensor, whose sigmoid is above \p
/// confidence, by the very floats that devices compute; one above the greatest integer of its type
/// where none is (bst::DetectParams::thresholds).
int32_t objectnessThreshold(const TensorType &head, float confidence);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_OBJECTNESS_H
