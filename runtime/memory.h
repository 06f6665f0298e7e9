#ifndef BST_RUNTIME_MEMORY_H
#define BST_RUNTIME_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace bst {

/// 64-byte aligned memory, zero at first.
class AlignedMemory {
public:
  AlignedMemory() = default;
  AlignedMemory(const AlignedMemory &) = delete;
  AlignedMemory &operator=(const AlignedMemory &) = delete;
  ~AlignedMemory() { std::free(block); }

  /// To be called once. False where there is not that much memory.
  bool allocate(uint64_t bytes) {
    constexpr uint64_t alignment = 64;
    if (bytes > PTRDIFF_MAX - alignment)
      return false;
    // calloc, since it gets zero pages from the system without touching them.
    block = std::calloc(1, size_t(bytes) + alignment);
    if (!block)
      return false;
    const uint64_t past = uintptr_t(block) % alignment;
    start = static_cast<std::byte *>(block) + (past ? alignment - past : 0);
    size = size_t(bytes);
    return true;
  }
  std::span<std::byte> bytes() const { return {start, size}; }

private:
  void *block = nullptr;
  std::byte *start = nullptr;
  size_t size = 0;
};

} // namespace bst

#endif // BST_RUNTIME_MEMORY_H
