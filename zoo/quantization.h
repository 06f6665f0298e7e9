/// Scales and zero points as PyTorch's observers derive them from a range.
#ifndef BSTC_TOOLS_ZOO_QUANTIZATION_H
#define BSTC_TOOLS_ZOO_QUANTIZATION_H

#include "zoo/activation_stats.h"

namespace bstc::zoo {

struct Quantization {
  float scale = 1;
  int zeroPoint = 0;
};

/// Symmetric int8: the range's greater side is 127.5 steps, zero point 0.
Quantization symmetricInt8(Range range);

/// The whole range is 255 steps from the type's least value (uint8: 0, int8: -128). The range holds
/// 0 and 0 is represented exactly.
Quantization affine(Range range, int least);

/// Quantisation of an activation. Not for Quant::Float.
Quantization activationQuantization(ZooOptions::Quant quant, Range range);

/// Quantisation of one output channel's weights: int8 in every style. Not for Quant::Float.
Quantization weightQuantization(ZooOptions::Quant quant, Range range);

} // namespace bstc::zoo

#endif // BSTC_TOOLS_ZOO_QUANTIZATION_H
