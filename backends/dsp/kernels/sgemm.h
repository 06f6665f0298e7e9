#ifndef BST_BACKENDS_DSP_KERNELS_SGEMM_H
#define BST_BACKENDS_DSP_KERNELS_SGEMM_H

#include "backends/simulator/arithmetic.h"

namespace bst {

/// Blocked float matrix product c[m][n] = start[m] + sum over k of a[m][k] * b[k][n], the terms in
/// the order of k, each product rounded; `start` may be null, for zeros. Operands are packed into
/// panels of 6 rows and of 16 columns by functions of the caller, so that a convolution needs no
/// matrix of its own.
constexpr int64_t sgemmRows = 6, sgemmColumns = 16;
constexpr int64_t sgemmDepth = 256;                    ///< A panel of columns is 16 KiB.
constexpr int64_t sgemmBlockRows = 42 * sgemmRows;     ///< A block of rows is 252 KiB.
constexpr int64_t sgemmBlockColumns = 512;             ///< At most; fewer when they are deep.
constexpr int64_t sgemmBlockFloats = 128 * sgemmDepth; ///< Of a block of columns.

/// A tile of c. Panels are packed [depth][sgemmRows] and [depth][sgemmColumns], filled up with
/// zeros.
struct SgemmTile {
  const float *a, *b;
  int64_t depth;
  bool first;         ///< Sums start from `start`, else from c.
  const float *start; ///< One per row; null: zeros.
  float *c;
  int64_t cStride;
  int64_t rows, columns; ///< Valid ones.
};
void sgemmTile(const SgemmTile &tile, Isa isa);

inline uint64_t sgemmScratchSize() {
  return uint64_t(sgemmBlockRows * sgemmDepth + sgemmBlockFloats) * sizeof(float);
}

/// \p packRows(panel, row, rows, depth0, depth) fills one panel, \p packColumns(panels, column,
/// columns, depth0, depth) all panels of a block of columns. \p finish(row, rows, column, columns)
/// is called once for each finished part of c, while it is in cache.
template <class PackRows, class PackColumns, class Finish>
void sgemm(int64_t m, int64_t n, int64_t k, const float *start, const PackRows &packRows,
           const PackColumns &packColumns, const Finish &finish, float *c, std::byte *scratch,
           Isa isa) {
  float *a = reinterpret_cast<float *>(scratch), *b = a + sgemmBlockRows * sgemmDepth;
  for (int64_t row = 0; row < m; row += sgemmBlockRows) {
    int64_t rows = std::min(sgemmBlockRows, m - row);
    for (int64_t depth0 = 0; depth0 < k; depth0 += sgemmDepth) {
      int64_t depth = std::min(sgemmDepth, k - depth0);
      for (int64_t r = 0; r < rows; r += sgemmRows)
        packRows(a + r * depth, row + r, std::min(sgemmRows, rows - r), depth0, depth);
      int64_t most =
          std::min(sgemmBlockColumns, sgemmBlockFloats / depth / sgemmColumns * sgemmColumns);
      for (int64_t column = 0; column < n; column += most) {
        int64_t columns = std::min(most, n - column);
        packColumns(b, column, columns, depth0, depth);
        for (int64_t i = 0; i < columns; i += sgemmColumns)
          for (int64_t r = 0; r < rows; r += sgemmRows)
            sgemmTile({.a = a + r * depth,
                       .b = b + i * depth,
                       .depth = depth,
                       .first = depth0 == 0,
                       .start = start ? start + row + r : nullptr,
                       .c = c + (row + r) * n + column + i,
                       .cStride = n,
                       .rows = std::min(sgemmRows, rows - r),
                       .columns = std::min(sgemmColumns, columns - i)},
                      isa);
        if (depth0 + depth == k)
          finish(row, rows, column, columns);
      }
    }
  }
}

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_SGEMM_H
