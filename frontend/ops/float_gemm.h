#ifndef BSTC_FRONTEND_OPS_FLOAT_GEMM_H
#define BSTC_FRONTEND_OPS_FLOAT_GEMM_H

#include <cstdint>
#include <vector>

namespace bstc {

/// The register tile of the product: rows of the left operand times columns of the right one.
constexpr int64_t gemmTileRows = 6, gemmTileColumns = 16;

/// The left operand, packed once: strips of gemmTileRows rows, depth by depth; rows that are
/// missing in the last strip are zero.
class PackedRows {
public:
  /// Packs `rows` x `depth` floats that stand row-major at `source`.
  PackedRows(const float *source, int64_t rows, int64_t depth);

  int64_t rows() const { return rowCount; }
  int64_t depth() const { return depthCount; }
  /// gemmTileRows floats for each depth, from depth `first` of strip `strip`.
  const float *strip(int64_t strip, int64_t first) const {
    return data.data() + (strip * depthCount + first) * gemmTileRows;
  }

private:
  int64_t rowCount, depthCount;
  std::vector<float> data;
};

/// Which code computes a tile: the best that the host has, or what every host has (for tests).
enum class GemmTile { Host, Portable };

/// c[m][n] += sum over k in [first, first + count) of a[m][k] * b[k - first][n], for every row of
/// `a` and n < columns. `panels` is the right operand: panel n / gemmTileColumns holds
/// gemmTileColumns floats for each depth, padded where columns are missing. Row m of c starts at
/// c + m * stride. Each element adds its products one by one in order of k, without contraction:
/// results do not depend on the host's vector length, nor on how a caller blocks depth or columns.
void multiplyAdd(const PackedRows &a, int64_t first, int64_t count, const float *panels,
                 int64_t columns, float *c, int64_t stride, GemmTile tile = GemmTile::Host);

} // namespace bstc

#endif // BSTC_FRONTEND_OPS_FLOAT_GEMM_H
