#ifndef BST_RUNTIME_PROGRAM_SELF_TEST_H
#define BST_RUNTIME_PROGRAM_SELF_TEST_H

#include <cstddef>
#include <cstdint>
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

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_SELF_TEST_H
