#ifndef BST_BACKENDS_EDP_KERNELS_TABLE_H
#define BST_BACKENDS_EDP_KERNELS_TABLE_H

#include "backends/simulator/isa.h"
#include "runtime/program/program.h"

namespace bst {

/// A function of one byte, indexed by the input's bit pattern.
struct ByteTable {
  uint8_t entry[256];
};

/// The table of a lut command, which starts at its input's smallest value.
ByteTable lutTable(const LutParams &params, const Tensor &x);
/// y = clamp(zy + requant(x - zx)) of every value that an 8-bit input can have.
ByteTable rescaleTable(const Tensor &x, const Tensor &y, const Requant &requant);

/// Rows of bytes with a distance of their own in source and destination.
struct ByteRows {
  int64_t count = 1, bytes = 0;
  int64_t sourceStride = 0, targetStride = 0;
};

/// target[row][i] = table[source[row][i]].
void applyTable(const ByteTable &table, const uint8_t *source, uint8_t *target,
                const ByteRows &rows, Isa isa);

/// The same for Isa::Avx512Vnni.
void applyTableAvx512(const ByteTable &table, const uint8_t *source, uint8_t *target,
                      const ByteRows &rows);

} // namespace bst

#endif // BST_BACKENDS_EDP_KERNELS_TABLE_H
