#include "frontend/passes/passes.h"

namespace bstc {

llvm::ArrayRef<Pass> passPipeline() {
  static constexpr Pass passes[] = {
      {"relu-for-silu", reluForSilu, &PassOptions::reluForSilu},
      {"fold-constants", foldConstants},
      {"settle-quantisation", settleQuantisation},
      {"byte-inputs", byteInputs},
      {"lift-integers", liftIntegers},
      {"byte-outputs", byteOutputs},
      {"recognise-decode", recogniseDecode, &PassOptions::recogniseDecode},
      {"canonicalise", canonicalise},
      {"fold-pads", foldPads},
      {"fold-batch-norm", foldBatchNorm},
      {"fuse-silu", fuseSilu},
      {"assume-int8", assumeInt8, &PassOptions::assumeInt8},
      {"products-to-convolutions", productsToConvolutions},
      {"fuse-activations", fuseActivations},
      {"quantise", quantise},
      {"fuse-pictures", fusePictures, &PassOptions::fusePictures},
      {"tie-scales", tieScales, &PassOptions::tieScales},
      {"space-to-depth", spaceToDepth, &PassOptions::spaceToDepth},
      {"pictures-in-blocks", picturesInBlocks, &PassOptions::fusePictures},
      {"take-pixels", takePixels, &PassOptions::fusePictures},
      {"split-pools", splitPools},
      {"fuse-detect", fuseDetect},
      {"objectness-first", objectnessFirst},
      {"fold-dequantised-weights", foldDequantisedWeights},
  };
  return passes;
}

} // namespace bstc
