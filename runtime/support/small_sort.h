#ifndef BST_RUNTIME_SUPPORT_SMALL_SORT_H
#define BST_RUNTIME_SUPPORT_SMALL_SORT_H

#include <cstdlib>
#include <type_traits>
#include <vector>

namespace bst {

/// std::sort by the C library's qsort: a call instead of a kilobyte of code. T: copied as bytes,
/// compared by <.
template <class T> void smallSort(std::vector<T> &values) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (!values.empty())
    std::qsort(values.data(), values.size(), sizeof(T), [](const void *a, const void *b) {
      const T &left = *static_cast<const T *>(a), &right = *static_cast<const T *>(b);
      return left < right ? -1 : int(right < left);
    });
}

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_SMALL_SORT_H
