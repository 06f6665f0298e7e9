#include "frontend/passes/passes.h"

namespace bstc {

llvm::ArrayRef<Pass> passPipeline() {
  static constexpr Pass passes[] = {
      {"relu-for-silu", reluForSilu, &PassOptions::reluForSilu},
      {"fold-constants", foldConstants},
      {"settle-quantisation", settleQuantisation},
      {"lift-integers", liftIntegers},
      {"recognise-decode", recogniseDecode, &PassOptions::recogniseDecode},
      {"canonicalise", canonicalise},
      {"fold-pads", foldPads},
      {"fold-batch-norm", foldBatchNorm},
      {"fuse-silu", fuseSilu},
      {"assume-int8", assumeInt8, &PassOptions::assumeInt8},
      {"products-to-convolutions", productsToConvolutions},
      {"fuse-activations", fuseActivations},
      {"quantise", quantise},
      {"tie-scales", tieScales, &PassOptions::tieScales},
      {"space-to-depth", spaceToDepth, &PassOptions::spaceToDepth},
      {"split-pools", splitPools},
      {"fold-dequantised-weights", foldDequantisedWeights},
  };
  return passes;
}

} // namespace bstc
