#ifndef BSTC_TESTS_KERNELS_HAND_H
#define BSTC_TESTS_KERNELS_HAND_H

#include "tests/kernels/case.h"

#include <vector>

/// Cases worked out by hand: the expected numbers stand in the tests with their working, and the
/// reference and every simulator have to give them.
namespace bst::problems {

using Shape = std::vector<int64_t>;

/// Ratio 1 as a requantisation: (v * 2^30 + 2^29) >> 30 = v.
constexpr Requant one = {1 << 30, 30};
/// Ratio 1/2.
constexpr Requant half = {1 << 30, 31};

/// Adds an input with its elements in memory order: 8-bit values as integers, or floats.
uint32_t addInput(Case &test, DType dtype, Layout layout, const Shape &shape, int32_t zeroPoint,
                  const std::vector<int> &values, float scale = 1);
uint32_t addInput(Case &test, const Shape &shape, const std::vector<float> &values);
/// Adds the float output.
void addOutput(Case &test, const Shape &shape);

/// Checks that verifyProgram takes the case and that every device gives `expected`, in memory
/// order.
void expectInts(const Case &test, const std::vector<int> &expected);
void expectFloats(const Case &test, const std::vector<float> &expected, float tolerance = 0);

} // namespace bst::problems

#endif // BSTC_TESTS_KERNELS_HAND_H
