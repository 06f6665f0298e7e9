#ifndef BST_RUNTIME_SUPPORT_BYTE_RANGES_H
#define BST_RUNTIME_SUPPORT_BYTE_RANGES_H

#include <cstdint>
#include <map>
#include <utility>

namespace bst {

/// One value per byte of a memory, kept as ranges of bytes that share a value.
template <class T> class ByteRanges {
public:
  /// Every byte starts with `initial`.
  ByteRanges(uint64_t size, T initial) : size(size) { values.emplace(0, std::move(initial)); }

  /// Gives [begin, end) one value. begin < end <= size.
  void assign(uint64_t begin, uint64_t end, T value) {
    cut(end);
    auto first = cut(begin);
    values.erase(first, values.lower_bound(end));
    values.emplace(begin, std::move(value));
  }

  /// Calls visit(value, begin, end) for each range within [begin, end), cut to it.
  template <class Visit> void forEach(uint64_t begin, uint64_t end, Visit &&visit) {
    cut(end);
    for (auto it = cut(begin); it != values.end() && it->first < end;) {
      auto next = std::next(it);
      visit(it->second, it->first, next == values.end() ? size : next->first);
      it = next;
    }
  }

private:
  /// The range that starts at `at`; made where there is none. At the end of memory: none.
  typename std::map<uint64_t, T>::iterator cut(uint64_t at) {
    if (at >= size)
      return values.end();
    auto next = values.lower_bound(at);
    if (next != values.end() && next->first == at)
      return next;
    return values.emplace_hint(next, at, std::prev(next)->second);
  }

  uint64_t size;
  std::map<uint64_t, T> values; ///< By the first byte of the range.
};

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_BYTE_RANGES_H
