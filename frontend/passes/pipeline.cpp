#include "frontend/passes/passes.h"

namespace bstc {

llvm::ArrayRef<Pass> passPipeline() {
  static constexpr Pass passes[] = {
      {"fold-constants", foldConstants},
      {"recognise-decode", recogniseDecode},
      {"canonicalise", canonicalise},
      {"fold-batch-norm", foldBatchNorm},
      {"fuse-silu", fuseSilu},
      {"fuse-activations", fuseActivations},
      {"quantise", quantise},
      {"fold-dequantised-weights", foldDequantisedWeights},
  };
  return passes;
}

} // namespace bstc
