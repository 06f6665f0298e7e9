#include "runtime/api/error.h"

#include <bst/device.h>

#include <iterator>

namespace bst::api {

namespace {

/// The message of a bst_error as it grows; what does not fit is cut.
struct Message final : TextSink {
  explicit Message(bst_error &error) : error(error) {}
  ~Message() {
    error.message[length] = '\0';
    makeOneLine(error.message, length);
  }
  void append(std::string_view part) override {
    length += part.copy(error.message + length, BST_MESSAGE_SIZE - 1 - length);
  }
  bst_error &error;
  size_t length = 0;
};

} // namespace

bst_status failWith(bst_error *error, bst_status code, Text message) {
  if (!error)
    return code;
  error->code = code;
  Message(*error).print(message);
  return code;
}

bst_status failWith(bst_error *error, const bst_error &why, Text before) {
  return fail(error, why.code, "{}{}", before, why.message);
}

bst_status succeed(bst_error *error) { return fail(error, BST_OK, ""); }

static_assert(int(StatusCode::Ok) == BST_OK);
static_assert(int(StatusCode::InvalidArgument) == BST_ERROR_INVALID_ARGUMENT);
static_assert(int(StatusCode::CorruptPackage) == BST_ERROR_CORRUPT_PACKAGE);
static_assert(int(StatusCode::UnsupportedVersion) == BST_ERROR_UNSUPPORTED_VERSION);
static_assert(int(StatusCode::Unsupported) == BST_ERROR_UNSUPPORTED);
static_assert(int(StatusCode::IoError) == BST_ERROR_IO);
static_assert(int(StatusCode::OutOfMemory) == BST_ERROR_OUT_OF_MEMORY);
static_assert(int(StatusCode::Cancelled) == BST_ERROR_CANCELLED);

bst_status report(const Status &status, bst_error *error) {
  return fail(error, bst_status(status.getCode()), "{}", status.message());
}

} // namespace bst::api

using namespace bst::api;

bst_status bst_set_error(bst_error *error, bst_status code, const char *message) noexcept {
  return fail(error, code, "{}", message ? message : "");
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
  return fail(
      error, BST_ERROR_UNSUPPORTED_VERSION,
      "the host was compiled for ABI version {} of libbstrt, this library ({}) has ABI version {}",
      abi_version, bst_version_string(), uint32_t(BST_ABI_VERSION));
}
