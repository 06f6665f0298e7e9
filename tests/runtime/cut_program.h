#ifndef BST_TESTS_RUNTIME_CUT_PROGRAM_H
#define BST_TESTS_RUNTIME_CUT_PROGRAM_H

#include "test_programs.h"

/// A program whose tile operations cut channels and join commands, and what its tests change in it.
namespace bst::testing {

inline Requant half() { return {1 << 30, 31, 0}; }
inline Window threeByThree() { return {3, 3, 1, 1, 1, 1, 1, 1, 1, 1}; }
/// A 1x1 convolution.
ConvParams pointwise(size_t channels);

/// Slices of a program's tensors, of whole maps or of some of their channels or rows.
class Slices {
public:
  explicit Slices(Program &program) : program(program) {}

  Slice part(const char *name, Part part) const;
  Slice dram(const char *name) const;
  Slice chip(const char *name, uint64_t offset) const;
  Slice chip(const char *name, int32_t channel, int32_t channels, uint64_t offset) const;
  /// Of 'w', whose panels take 8 quads: 16 output channels, or 32.
  Slice weights(int32_t channel, int32_t channels) const;
  Slice weightsAt(int32_t channel, int32_t channels, uint64_t offset) const;

private:
  Program &program;
};

/// 'x' [1,32,4,4] -> conv0 -> 'c', + 'x' -> 's', max_pool0 -> 'p'. On chip 'x' is loaded in two
/// halves side by side; convolution and sum are one operation for each half of their channels.
TestProgram cutProgram();

constexpr uint32_t loadLow = 0, loadHigh = 1, weightsLow = 2, weightsHigh = 3, lowHalf = 4,
                   highHalf = 5, pool = 6, store = 7; ///< Of cutProgram.

} // namespace bst::testing

#endif // BST_TESTS_RUNTIME_CUT_PROGRAM_H
