#ifndef BST_RUNTIME_PROGRAM_SELF_TEST_H
#define BST_RUNTIME_PROGRAM_SELF_TEST_H

#include "runtime/program/program.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bst {

/// What a package brings to see whether a device computes what the compiler's simulator did: an
/// input, and a checksum of what each command makes of it.
struct SelfTest {
  uint64_t seed = 0; ///< Of selfTestInput(), where `inputs` is empty.
  /// Every input of the program as it lies in memory; or empty.
  std::vector<std::vector<std::byte>> inputs;
  std::vector<uint64_t> checksums; ///< checksumOf() each command's output. Empty: no self-test.
  bool operator==(const SelfTest &) const = default;
};

/// XXH3_64bits (xxHash 0.8, seed 0).
uint64_t checksumOf(std::span<const std::byte> bytes);

/// Fills the memory of input number `input` of a program. Element i is made of the highest byte b
/// of number i of the SplitMix64 that begins at seed + input * 0x9e3779b97f4a7c15: f32 b / 256, u8
/// and s32 b, s8 b - 128.
void selfTestInput(uint64_t seed, uint32_t input, const Tensor &tensor,
                   std::span<std::byte> memory);

/// Writes input number `input` of the test to `memory`, that of `tensor`.
void writeInput(const SelfTest &test, uint32_t input, const Tensor &tensor,
                std::span<std::byte> memory);

/// The command whose output is in `tensor` when the program has run; the number of commands where
/// an input of the program is.
uint32_t writerOf(const Program &program, uint32_t tensor);

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_SELF_TEST_H
