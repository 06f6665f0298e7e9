#ifndef BST_RUNTIME_API_ERROR_H
#define BST_RUNTIME_API_ERROR_H

#include "runtime/support/text.h"

#include <bst/bst.h>

#include <span>

// Errors of the C interface. They are put together in the caller's bst_error: nothing is allocated.
namespace bst::api {

/// A shape as "[1,3,640,640]".
using Shape = std::span<const int32_t>;

bst_status failWith(bst_error *error, bst_status code, Text message);
bst_status failWith(bst_error *error, const bst_error &why, Text before);

/// Fills `error` (may be null) with the format and its parts (text.h), and returns `code`. What
/// does not fit is cut.
template <class... Parts>
[[gnu::always_inline]] inline bst_status fail(bst_error *error, bst_status code,
                                              TextFormat<std::type_identity_t<Parts>...> format,
                                              const Parts &...parts) {
  const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
  return failWith(error, code, Text{format.format, words});
}

/// Returns BST_OK, and clears `error`.
bst_status succeed(bst_error *error);

/// A result of the runtime's own functions as one of the C interface.
bst_status report(const Status &status, bst_error *error);

/// The same failure with a text in front of its message. \p why: not `error`.
template <class... Parts>
[[gnu::always_inline]] inline bst_status failIn(bst_error *error, const bst_error &why,
                                                TextFormat<std::type_identity_t<Parts>...> format,
                                                const Parts &...parts) {
  const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
  return failWith(error, why, Text{format.format, words});
}

} // namespace bst::api

#endif // BST_RUNTIME_API_ERROR_H
