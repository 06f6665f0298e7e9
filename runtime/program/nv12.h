#ifndef BST_RUNTIME_PROGRAM_NV12_H
#define BST_RUNTIME_PROGRAM_NV12_H

#include <algorithm>
#include <cstdint>

/// Red, green and blue of NV12, as commands and bst/picture.h have them.
namespace bst {

/// In 2^-20, rounded, of ITU-R BT.601-7 (2.5.1: 0.299, 0.587 and 0.114 of red, green and blue are
/// Y; U and V are the differences of blue and red to it over 1.772 and 1.402). Limited range
/// (2.5.3): Y has 219 steps from 16, U and V 224 around 128.
struct Nv12Factors {
  int32_t black;                             ///< Y of black.
  int32_t luma, redV, greenU, greenV, blueU; ///< Of Y - black, of U - 128 and V - 128.
  int32_t y[3], u[3], v[3];                  ///< Of red, green and blue.
};
/// Of limited or full range.
constexpr Nv12Factors nv12Factors(bool fullRange) {
  if (fullRange)
    return {.black = 0,
            .luma = 1 << 20,
            .redV = 1470104,
            .greenU = -360853,
            .greenV = -748826,
            .blueU = 1858077,
            .y = {313524, 615514, 119538},
            .u = {-176932, -347356, 524288},
            .v = {524288, -439026, -85262}};
  return {.black = 16,
          .luma = 1220945,
          .redV = 1673555,
          .greenU = -410793,
          .greenV = -852458,
          .blueU = 2115221,
          .y = {269262, 528618, 102662},
          .u = {-155423, -305128, 460551},
          .v = {460551, -385654, -74897}};
}

/// 2^`shift` of the sum is one step; half up.
inline uint8_t nv12Step(int32_t sum, int shift = 20) {
  return uint8_t(std::clamp<int32_t>((sum + (1 << (shift - 1))) >> shift, 0, 255));
}

/// One row of `columns` (even) pixels, red first, of its Y and its U and V.
inline void nv12Row(const Nv12Factors &f, const uint8_t *y, const uint8_t *uv, int64_t columns,
                    uint8_t *to) {
  for (int64_t i = 0; i < columns; ++i, to += 3) {
    const int32_t light = (y[i] - f.black) * f.luma;
    const int32_t u = uv[i / 2 * 2] - 128, v = uv[i / 2 * 2 + 1] - 128;
    to[0] = nv12Step(light + f.redV * v);
    to[1] = nv12Step(light + f.greenU * u + f.greenV * v);
    to[2] = nv12Step(light + f.blueU * u);
  }
}

/// The way back: Y of two rows of `columns` pixels (even), and U and V of both.
inline void nv12Rows(const Nv12Factors &f, const uint8_t *const rgb[2], int64_t columns,
                     uint8_t *const y[2], uint8_t *uv) {
  const auto sum = [](const int32_t(&factors)[3], int32_t r, int32_t g, int32_t b) {
    return factors[0] * r + factors[1] * g + factors[2] * b;
  };
  for (int row = 0; row < 2; ++row)
    for (int64_t i = 0; i < columns; ++i) {
      const uint8_t *p = rgb[row] + i * 3;
      y[row][i] = nv12Step(sum(f.y, p[0], p[1], p[2]) + (f.black << 20));
    }
  for (int64_t i = 0; i < columns; i += 2) {
    const uint8_t *p = rgb[0] + i * 3, *q = rgb[1] + i * 3;
    const int32_t r = p[0] + p[3] + q[0] + q[3], g = p[1] + p[4] + q[1] + q[4],
                  b = p[2] + p[5] + q[2] + q[5];
    constexpr int32_t middle = 128 << 22;
    uv[i] = nv12Step(sum(f.u, r, g, b) + middle, 22);
    uv[i + 1] = nv12Step(sum(f.v, r, g, b) + middle, 22);
  }
}

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_NV12_H
