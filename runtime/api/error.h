#ifndef BST_RUNTIME_API_ERROR_H
#define BST_RUNTIME_API_ERROR_H

#include "runtime/status.h"

#include <bst/bst.h>

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

// Errors of the C interface. They are put together in the caller's bst_error: nothing is allocated.
namespace bst::api {

/// A name in quotes, its control characters replaced, cut where it is long.
struct Quoted {
  std::string_view name;
};
/// A shape as "[1,3,640,640]".
using Shape = std::span<const int32_t>;

/// The text of a bst_error as it grows; what does not fit is cut.
class Message {
public:
  explicit Message(bst_error &error) : error(error) {}
  ~Message();
  Message(const Message &) = delete;
  Message &operator=(const Message &) = delete;

  void append(std::string_view part);
  void append(Quoted part);
  void append(Shape part);
  template <std::integral Number> void append(Number part) {
    if constexpr (std::signed_integral<Number>)
      appendNumber(part < 0 ? 0 - uint64_t(part) : uint64_t(part), part < 0);
    else
      appendNumber(part, false);
  }

private:
  void appendNumber(uint64_t magnitude, bool negative);
  bst_error &error;
  size_t length = 0;
};

/// A part of a message, its type forgotten, as TextPart of text.h.
struct MessagePart {
  void (*append)(Message &message, const void *part);
  const void *part;
};
template <class Part> void appendPart(Message &message, const void *part) {
  message.append(*static_cast<const Part *>(part));
}
void appendLiteral(Message &message, const void *text);
template <class Part> MessagePart messagePart(const Part &part) {
  return {appendPart<Part>, &part};
}
template <size_t size> MessagePart messagePart(const char (&literal)[size]) {
  return {appendLiteral, literal};
}
bst_status failWith(bst_error *error, bst_status code, const MessagePart *parts, size_t count);

/// Fills `error` (may be null) with the parts, one after the other, and returns `code`.
template <class... Parts>
bst_status fail(bst_error *error, bst_status code, const Parts &...parts) {
  const MessagePart list[] = {messagePart(parts)...};
  return failWith(error, code, list, sizeof...(parts));
}

/// BST_OK, and says so.
bst_status succeed(bst_error *error);

/// What a function of the runtime says, in C.
bst_status report(const Status &status, bst_error *error);

/// The same failure with the parts in front of its message. \p why: by value, may be `error`'s.
template <class... Parts>
bst_status failIn(bst_error *error, bst_error why, const Parts &...parts) {
  return fail(error, why.code, parts..., std::string_view(why.message));
}

} // namespace bst::api

#endif // BST_RUNTIME_API_ERROR_H
