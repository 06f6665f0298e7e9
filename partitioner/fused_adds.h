#ifndef BSTC_PARTITIONER_FUSED_ADDS_H
#define BSTC_PARTITIONER_FUSED_ADDS_H

#include "partitioner/cost.h"

#include <optional>

namespace bstc {

/// What it is worth that sums ride on the convolutions that feed them (maca.fused_add).
struct FusedAdds {
  uint32_t count = 0; ///< Sums that ride.
  /// The same network with each sum as a command of its own on EDP, its tiles searched anew.
  double framesPerSecond = 0, latencySeconds = 0;
  uint64_t dramBytes = 0; ///< A frame.
};

/// None where no sum of the program rides. Errors: those of retile().
llvm::Expected<std::optional<FusedAdds>> withoutFusedAdds(const bst::Program &program,
                                                          const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_FUSED_ADDS_H
