#ifndef BST_BACKENDS_DSP_KERNELS_FLOAT_TABLE_H
#define BST_BACKENDS_DSP_KERNELS_FLOAT_TABLE_H

#include "backends/simulator/isa.h"

#include <bit>
#include <cstdint>

namespace bst {

/// A float function of one byte, by bit pattern: its values, and their bytes in tables of their own
/// (the lowest bytes first), which byte shuffles look up.
struct FloatTable {
  alignas(64) float entry[256];
  alignas(64) uint8_t plane[4][256];

  void set(int bits, float value) {
    entry[bits] = value;
    for (int byte = 0; byte < 4; ++byte)
      plane[byte][bits] = uint8_t(std::bit_cast<uint32_t>(value) >> (8 * byte));
  }
};

/// Rows of bytes and the rows of floats that they become; strides in elements.
struct FloatRows {
  const uint8_t *source;
  int64_t sourceStride;
  float *target;
  int64_t targetStride;
  int64_t count;
};

/// target[row][i] = table[source[row][i]], i in [first, end).
void lookUpFloats(const FloatTable &table, const FloatRows &rows, int64_t first, int64_t end,
                  Isa isa);
/// The same for Isa::Avx512Vnni.
void lookUpFloatsAvx512(const FloatTable &table, const FloatRows &rows, int64_t first, int64_t end);

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_FLOAT_TABLE_H
