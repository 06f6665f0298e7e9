#include "runtime/api/error.h"

#include <bst/device.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace bst::api {

/// Bytes of the UTF-8 character that `text` begins with; 0 where it begins with none.
static size_t characterSize(std::string_view text) {
  const auto lead = uint8_t(text[0]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (size < 2 || size > text.size() || lead > 0xf4)
    return size == 1;
  uint32_t code = lead & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((text[i] & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (text[i] & 0x3f);
  }
  constexpr uint32_t least[] = {0x80, 0x800, 0x10000}; // Anything else has a shorter form.
  const bool isSurrogate = code >= 0xd800 && code < 0xe000;
  return code >= least[size - 2] && code < 0x110000 && !isSurrogate ? size : 0;
}

// Names come from files, paths and drivers, and may be cut: what the host gets is UTF-8, one line.
Message::~Message() {
  error.message[length] = '\0';
  for (size_t at = 0; at < length;) {
    char &c = error.message[at];
    const size_t size = characterSize({&c, length - at});
    if (size == 0 || uint8_t(c) < ' ' || c == 127)
      c = '?';
    at += size ? size : 1;
  }
}

void Message::append(std::string_view part) {
  const size_t count = std::min(part.size(), size_t(BST_MESSAGE_SIZE) - 1 - length);
  std::memcpy(error.message + length, part.data(), count);
  length += count;
}

void Message::append(Quoted part) {
  constexpr size_t mostShown = 120; // As quoted() of text.h.
  append("'");
  for (char c : part.name.substr(0, mostShown)) {
    const char shown = uint8_t(c) < ' ' || c == 127 ? '?' : c;
    append(std::string_view(&shown, 1));
  }
  append(part.name.size() > mostShown ? "...'" : "'");
}

void Message::append(Shape part) {
  append("[");
  for (size_t i = 0; i < part.size(); ++i) {
    if (i)
      append(",");
    append(part[i]);
  }
  append("]");
}

void Message::appendNumber(uint64_t magnitude, bool negative) {
  char digits[24];
  char *begin = digits;
  if (negative)
    *begin++ = '-';
  const std::to_chars_result end = std::to_chars(begin, std::end(digits), magnitude);
  append(std::string_view(digits, size_t(end.ptr - digits)));
}

void appendLiteral(Message &message, const void *text) {
  message.append(std::string_view(static_cast<const char *>(text)));
}

bst_status failWith(bst_error *error, bst_status code, const MessagePart *parts, size_t count) {
  if (!error)
    return code;
  error->code = code;
  Message message(*error);
  for (; count; --count, ++parts)
    parts->append(message, parts->part);
  return code;
}

bst_status succeed(bst_error *error) { return failWith(error, BST_OK, nullptr, 0); }

static_assert(int(StatusCode::Ok) == BST_OK);
static_assert(int(StatusCode::InvalidArgument) == BST_ERROR_INVALID_ARGUMENT);
static_assert(int(StatusCode::CorruptPackage) == BST_ERROR_CORRUPT_PACKAGE);
static_assert(int(StatusCode::UnsupportedVersion) == BST_ERROR_UNSUPPORTED_VERSION);
static_assert(int(StatusCode::Unsupported) == BST_ERROR_UNSUPPORTED);
static_assert(int(StatusCode::IoError) == BST_ERROR_IO);
static_assert(int(StatusCode::OutOfMemory) == BST_ERROR_OUT_OF_MEMORY);
static_assert(int(StatusCode::Cancelled) == BST_ERROR_CANCELLED);

bst_status report(const Status &status, bst_error *error) {
  return fail(error, bst_status(status.getCode()), std::string_view(status.message()));
}

} // namespace bst::api

using namespace bst::api;

bst_status bst_set_error(bst_error *error, bst_status code, const char *message) noexcept {
  return fail(error, code, std::string_view(message ? message : ""));
}

const char *bst_status_name(bst_status status) noexcept {
  static constexpr const char *names[] = {"BST_OK",
                                          "BST_ERROR_INVALID_ARGUMENT",
                                          "BST_ERROR_CORRUPT_PACKAGE",
                                          "BST_ERROR_UNSUPPORTED_VERSION",
                                          "BST_ERROR_UNSUPPORTED",
                                          "BST_ERROR_IO",
                                          "BST_ERROR_OUT_OF_MEMORY",
                                          "BST_ERROR_CANCELLED",
                                          "BST_ERROR_TIMEOUT",
                                          "BST_ERROR_BUSY",
                                          "BST_ERROR_SELF_TEST"};
  return status >= 0 && size_t(status) < std::size(names) ? names[status] : "unknown";
}

uint32_t bst_version(void) noexcept { return BST_VERSION; }

#define BST_TEXT_OF(value) #value
#define BST_TEXT(value) BST_TEXT_OF(value)
const char *bst_version_string(void) noexcept {
  return BST_TEXT(BST_VERSION_MAJOR) "." BST_TEXT(BST_VERSION_MINOR) "." BST_TEXT(
      BST_VERSION_PATCH);
}

bst_status bst_check_abi(uint32_t abi_version, bst_error *error) noexcept {
  if (abi_version == BST_ABI_VERSION)
    return succeed(error);
  return fail(error, BST_ERROR_UNSUPPORTED_VERSION, "the host was compiled for ABI version ",
              abi_version, " of libbstrt, this library (", bst_version_string(),
              ") has ABI version ", uint32_t(BST_ABI_VERSION));
}
