#ifndef BST_RUNTIME_SUPPORT_MEMORY_H
#define BST_RUNTIME_SUPPORT_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <new>
#include <span>
#include <utility>

namespace bst {

/// Where a session's memory comes from: the caller's allocator, or the C++ heap.
using Memory = std::pmr::memory_resource;
/// The C++ heap.
inline Memory *heap() { return std::pmr::new_delete_resource(); }

/// Destroys an object and gives its memory back to where it came from.
template <class T> struct GiveBack {
  GiveBack() = default;
  GiveBack(Memory *memory, void *block, size_t size, size_t alignment)
      : memory(memory), block(block), size(size), alignment(alignment) {}
  template <class Derived>
  GiveBack(const GiveBack<Derived> &other) // NOLINT(google-explicit-constructor): as default_delete
      : GiveBack(other.memory, other.block, other.size, other.alignment) {}
  void operator()(T *object) const {
    object->~T();
    memory->deallocate(block, size, alignment);
  }
  Memory *memory = nullptr;
  void *block = nullptr; ///< `object` may be a base inside of it.
  size_t size = 0, alignment = 0;
};
template <class T> using Owned = std::unique_ptr<T, GiveBack<T>>;

/// A T in memory of `memory`.
template <class T, class... Arguments> Owned<T> makeIn(Memory *memory, Arguments &&...arguments) {
  struct Block { // Given back where the constructor throws.
    ~Block() {
      if (at)
        memory->deallocate(at, sizeof(T), alignof(T));
    }
    Memory *memory;
    void *at;
  } block{memory, memory->allocate(sizeof(T), alignof(T))};
  T *object = new (block.at) T(std::forward<Arguments>(arguments)...);
  return {object, GiveBack<T>(memory, std::exchange(block.at, nullptr), sizeof(T), alignof(T))};
}

/// 64-byte aligned memory, zero at first.
class AlignedMemory {
public:
  /// Takes it from `from`; null: from the C library.
  explicit AlignedMemory(Memory *from = nullptr) : from(from) {}
  AlignedMemory(const AlignedMemory &) = delete;
  AlignedMemory &operator=(const AlignedMemory &) = delete;
  ~AlignedMemory() {
    if (from && block)
      from->deallocate(block, size + alignment, alignment);
    else
      std::free(block);
  }

  /// To be called once. False where there is not that much memory.
  bool allocate(uint64_t bytes) {
    if (bytes > PTRDIFF_MAX - alignment)
      return false;
    block = zeros(size_t(bytes) + alignment);
    if (!block)
      return false;
    const uint64_t past = uintptr_t(block) % alignment;
    start = static_cast<std::byte *>(block) + (past ? alignment - past : 0);
    size = size_t(bytes);
    return true;
  }
  std::span<std::byte> bytes() const { return {start, size}; }

private:
  static constexpr size_t alignment = 64;
  void *zeros(size_t count) {
    if (!from) // calloc, since it gets zero pages from the system without touching them.
      return std::calloc(1, count);
    try {
      return std::memset(from->allocate(count, alignment), 0, count);
    } catch (const std::bad_alloc &) {
      return nullptr;
    }
  }

  Memory *from;
  void *block = nullptr;
  std::byte *start = nullptr;
  size_t size = 0;
};

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_MEMORY_H
