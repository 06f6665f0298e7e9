#include "zoo/quantization.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cmath>

namespace bstc::zoo {

Quantization symmetricInt8(Range range) {
  return {static_cast<float>(std::max(-range.low, range.high) / 127.5), 0};
}

Quantization affine(Range range, int least) {
  double scale = (range.high - range.low) / 255;
  int steps = static_cast<int>(std::floor(-range.low / scale + 0.5));
  return {static_cast<float>(scale), least + std::clamp(steps, 0, 255)};
}

Quantization activationQuantization(ZooOptions::Quant quant, Range range) {
  switch (quant) {
  case ZooOptions::Quant::S8:
    return symmetricInt8(range);
  case ZooOptions::Quant::U8:
    return affine(range, 0);
  case ZooOptions::Quant::Affine:
    return affine(range, -128);
  case ZooOptions::Quant::Float:
    break;
  }
  llvm_unreachable("float models have no quantisation");
}

Quantization weightQuantization(ZooOptions::Quant quant, Range range) {
  return quant == ZooOptions::Quant::Affine ? affine(range, -128) : symmetricInt8(range);
}

} // namespace bstc::zoo
