#ifndef BST_BACKENDS_EDP_KERNELS_ADD_H
#define BST_BACKENDS_EDP_KERNELS_ADD_H

#include "backends/simulator/isa.h"
#include "runtime/program/program.h"

namespace bst {

/// Rows of bytes to be added up; y may be a or b.
struct AddRows {
  const uint8_t *a, *b;
  uint8_t *y;
  int64_t count = 1, bytes = 0; ///< Rows, and of each.
  int64_t strideA = 0, strideB = 0, strideY = 0;
};

/// The sum in 32 bits, for products of 16-bit pairs. With a' = a - min(type), b' likewise, and all
/// constants in C (zero points, rounding, zy 2^shift),
///
///     y = (a' ma + b' mb + C) >> shift,   m = 2^16 high + low with |low| <= 2^15
///       = (a' ha + b' hb + (C >> 16) + ((a' la + b' lb + (C mod 2^16)) >> 16)) >> (shift - 16)
///
/// since floors of quotients nest. `exact` where every term fits.
struct PairedSum {
  bool exact = false;
  int16_t high[2], low[2];
  int32_t addHigh, addLow, shift;
  uint8_t flipA, flipB, flipY; ///< 0x80 of signed inputs and of an unsigned output, else 0.
  int8_t lo, hi;               ///< Clamp of y, before its flip.
};
PairedSum pairedSum(const AddParams &params, const Tensor &a, const Tensor &b, const Tensor &y);

void addRowsAvx512(const PairedSum &sum, const AddRows &rows);

/// The sum of AddParams (NUMERICS.md, Add) made ready. The tensors give types and zero points.
class Adder {
public:
  Adder(const AddParams &params, const Tensor &a, const Tensor &b, const Tensor &y, Isa isa);
  void operator()(const AddRows &rows) const;

private:
  const AddParams &params;
  const Tensor &a, &b, &y;
  Isa isa;
  PairedSum pairs;
};

} // namespace bst

#endif // BST_BACKENDS_EDP_KERNELS_ADD_H
