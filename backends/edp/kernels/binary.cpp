#include "backends/edp/kernels/add.h"
#include "backends/edp/kernels/kernels.h"
#include "backends/simulator/arithmetic.h"
#include "backends/simulator/avx2.h"

#include <cstring>

namespace bst {
namespace {

constexpr int64_t leastElements = 4096; ///< That are worth a thread.

/// Operands of an element-wise command of two inputs.
struct Operands {
  const uint8_t *a = nullptr, *b = nullptr;
  uint8_t *y = nullptr;
  int64_t count = 0;
  bool aSigned, bSigned, ySigned;
  int32_t za, zb, zy, clampLo, clampHi;

  Operands(const Tensor &tensorA, const Tensor &tensorB, const Tensor &tensorY, int32_t lo,
           int32_t hi)
      : aSigned(tensorA.dtype == DType::S8), bSigned(tensorB.dtype == DType::S8),
        ySigned(tensorY.dtype == DType::S8), za(tensorA.zeroPoint), zb(tensorB.zeroPoint),
        zy(tensorY.zeroPoint), clampLo(lo), clampHi(hi) {}
  Operands(const TensorView &viewA, const TensorView &viewB, const TensorView &viewY, int32_t lo,
           int32_t hi)
      : Operands(*viewA.tensor, *viewB.tensor, *viewY.tensor, lo, hi) {
    a = reinterpret_cast<const uint8_t *>(viewA.data);
    b = reinterpret_cast<const uint8_t *>(viewB.data);
    y = reinterpret_cast<uint8_t *>(viewY.data);
    count = int64_t(elementCount(*viewY.tensor));
  }

  /// Elements [first, first + length).
  Operands part(int64_t first, int64_t length) const {
    Operands result = *this;
    result.a += first, result.b += first, result.y += first;
    result.count = length;
    return result;
  }

  /// y[i] = the formula's value of a[i] - za and b[i] - zb, from element `first` on.
  template <class Formula> void runScalar(int64_t first, const Formula &formula) const {
    for (int64_t i = first; i < count; ++i)
      y[i] = offsetAndClamp(formula(valueOf(a[i], aSigned) - za, valueOf(b[i], bSigned) - zb), zy,
                            clampLo, clampHi);
  }
};

#if BST_X86
constexpr int64_t step = 32;

/// The sum's rounding has RequantLanes' form, with (a-za)*ma + (b-zb)*mb in the product's place.
BST_TARGET_AVX2 int64_t addAvx2(const Operands &o, const AddParams &params) {
  RequantLanes lanes;
  lanes.setAll({.multiplier = params.multiplierA, .shift = params.shift});
  const RequantRegisters requant(lanes);
  const OutputRegisters out(o.zy, o.clampLo, o.clampHi, o.ySigned);
  const __m256i za = _mm256_set1_epi32(o.za), zb = _mm256_set1_epi32(o.zb);
  const __m256i ma = requant.multiplier[0], mb = _mm256_set1_epi64x(params.multiplierB);
  int64_t i = 0;
  for (; i + step <= o.count; i += step) {
    __m256i v[4];
    for (int part = 0; part < 4; ++part) {
      __m256i a = _mm256_sub_epi32(widenToInt32(o.a + i + part * 8, o.aSigned), za);
      __m256i b = _mm256_sub_epi32(widenToInt32(o.b + i + part * 8, o.bSigned), zb);
      __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, ma), _mm256_mul_epi32(b, mb));
      __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), ma),
                                     _mm256_mul_epi32(_mm256_srli_epi64(b, 32), mb));
      v[part] = roundShiftLanes(even, odd, requant);
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(o.y + i),
                        packOutput(v[0], v[1], v[2], v[3], out));
  }
  return i;
}

BST_TARGET_AVX2 int64_t mulAvx2(const Operands &o, const MulParams &params) {
  RequantLanes lanes;
  lanes.setAll(params.requant);
  const RequantRegisters requant(lanes);
  const OutputRegisters out(o.zy, o.clampLo, o.clampHi, o.ySigned);
  const __m256i za = _mm256_set1_epi32(o.za), zb = _mm256_set1_epi32(o.zb);
  int64_t i = 0;
  for (; i + step <= o.count; i += step) {
    __m256i v[4];
    for (int part = 0; part < 4; ++part) {
      __m256i a = _mm256_sub_epi32(widenToInt32(o.a + i + part * 8, o.aSigned), za);
      __m256i b = _mm256_sub_epi32(widenToInt32(o.b + i + part * 8, o.bSigned), zb);
      v[part] = requantLanes(_mm256_mullo_epi32(a, b), requant);
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(o.y + i),
                        packOutput(v[0], v[1], v[2], v[3], out));
  }
  return i;
}
#endif

/// The rows' bytes by one Operands per row.
void addRows(const AddParams &params, Operands operands, const AddRows &rows, Isa isa) {
  operands.count = rows.bytes;
  for (int64_t row = 0; row < rows.count; ++row) {
    operands.a = rows.a + row * rows.strideA;
    operands.b = rows.b + row * rows.strideB;
    operands.y = rows.y + row * rows.strideY;
    int64_t done = 0;
#if BST_X86
    // |x - z| <= 255, so the sum is below 2^40 and fits int32 after these shifts.
    if (includes(isa, Isa::Avx2) && params.shift >= 9)
      done = addAvx2(operands, params);
#endif
    operands.runScalar(done, [&](int32_t va, int32_t vb) BST_ALWAYS_INLINE {
      return roundShift(int64_t(va) * params.multiplierA + int64_t(vb) * params.multiplierB,
                        params.shift);
    });
  }
  (void)isa;
}

} // namespace

Adder::Adder(const AddParams &params, const Tensor &a, const Tensor &b, const Tensor &y, Isa isa)
    : params(params), a(a), b(b), y(y), isa(isa), pairs(pairedSum(params, a, b, y)) {}

void Adder::operator()(const AddRows &rows) const {
#if BST_X86
  if (pairs.exact && includes(isa, Isa::Avx512Vnni))
    return addRowsAvx512(pairs, rows);
#endif
  addRows(params, Operands(a, b, y, params.clampLo, params.clampHi), rows, isa);
}

void runAdd(const AddParams &params, const TensorView &a, const TensorView &b, const TensorView &y,
            const KernelContext &context) {
  const Operands whole(a, b, y, params.clampLo, params.clampHi);
  const Adder add(params, *a.tensor, *b.tensor, *y.tensor, context.isa);
  forParts(context.workers, whole.count, leastElements, [&](int64_t first, int64_t count) {
    add({.a = whole.a + first, .b = whole.b + first, .y = whole.y + first, .bytes = count});
  });
}

void runMul(const MulParams &params, const TensorView &a, const TensorView &b, const TensorView &y,
            const KernelContext &context) {
  const Operands whole(a, b, y, params.clampLo, params.clampHi);
  forParts(context.workers, whole.count, leastElements, [&](int64_t first, int64_t count) {
    const Operands operands = whole.part(first, count);
    int64_t done = 0;
#if BST_X86
    // |a - za| * |b - zb| < 2^16: see requantLanes.
    if (includes(context.isa, Isa::Avx2) && params.requant.shift >= 16)
      done = mulAvx2(operands, params);
#endif
    operands.runScalar(done, [&](int32_t va, int32_t vb)
                                 BST_ALWAYS_INLINE { return requantize(va * vb, params.requant); });
  });
}

} // namespace bst
