#include "backends/edp/kernels/table.h"

#include "backends/simulator/avx2.h"

namespace bst {
namespace {

void applyScalar(const ByteTable &table, const uint8_t *source, uint8_t *target, int64_t bytes) {
  for (int64_t i = 0; i < bytes; ++i)
    target[i] = table.entry[source[i]];
}

#if BST_X86
constexpr int64_t unroll = 2, width = 32;

/// The table in slices of 16 that a byte shuffle can look up. A shuffle gives 0 for an index with
/// its top bit set. Each half of the table (128 entries) is searched by lowering the index by 16
/// for every slice: as long as it stays non-negative the slice's entry is xored in, and `delta`
/// holds each slice xored with the one before, so that what remains is the last one's entry.
struct SlicedTable {
  alignas(32) uint8_t delta[16][width];

  explicit SlicedTable(const ByteTable &table) {
    for (int slice = 0; slice < 16; ++slice)
      for (int i = 0; i < width; ++i) {
        int index = slice * 16 + i % 16;
        uint8_t before = slice % 8 == 0 ? uint8_t(0) : table.entry[index - 16];
        delta[slice][i] = uint8_t(table.entry[index] ^ before);
      }
  }
};

BST_TARGET_AVX2 BST_INLINE void lookUp(const SlicedTable &table, const uint8_t *source,
                                       uint8_t *target) {
  const __m256i step = _mm256_set1_epi8(16), top = _mm256_set1_epi8(-128);
  __m256i x[unroll], low[unroll], high[unroll], found[unroll];
  for (int u = 0; u < unroll; ++u) {
    x[u] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(source) + u);
    low[u] = x[u];
    high[u] = _mm256_xor_si256(x[u], top);
    found[u] = _mm256_setzero_si256();
  }
  // An index of the other half is negative here and stays so: 8 steps of 16 do not wrap it round.
  for (int slice = 0; slice < 8; ++slice) {
    __m256i lowSlice = loadLanes(table.delta[slice]), highSlice = loadLanes(table.delta[slice + 8]);
    for (int u = 0; u < unroll; ++u) {
      __m256i both = _mm256_xor_si256(_mm256_shuffle_epi8(lowSlice, low[u]),
                                      _mm256_shuffle_epi8(highSlice, high[u]));
      found[u] = _mm256_xor_si256(found[u], both);
      low[u] = _mm256_subs_epi8(low[u], step);
      high[u] = _mm256_subs_epi8(high[u], step);
    }
  }
  for (int u = 0; u < unroll; ++u)
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(target) + u, found[u]);
}

BST_TARGET_AVX2 void applyAvx2(const ByteTable &table, const uint8_t *source, uint8_t *target,
                               const ByteRows &rows) {
  const SlicedTable sliced(table);
  for (int64_t row = 0; row < rows.count; ++row) {
    const uint8_t *from = source + row * rows.sourceStride;
    uint8_t *to = target + row * rows.targetStride;
    int64_t i = 0;
    for (; i + unroll * width <= rows.bytes; i += unroll * width)
      lookUp(sliced, from + i, to + i);
    applyScalar(table, from + i, to + i, rows.bytes - i);
  }
}
#endif

} // namespace

void applyTable(const ByteTable &table, const uint8_t *source, uint8_t *target,
                const ByteRows &rows, [[maybe_unused]] Isa isa) {
#if BST_X86
  if (includes(isa, Isa::Avx512Vnni))
    return applyTableAvx512(table, source, target, rows);
  if (includes(isa, Isa::Avx2))
    return applyAvx2(table, source, target, rows);
#endif
  for (int64_t row = 0; row < rows.count; ++row)
    applyScalar(table, source + row * rows.sourceStride, target + row * rows.targetStride,
                rows.bytes);
}

} // namespace bst
