#include "runtime/api/handles.h"

#include <algorithm>
#include <cstring>

namespace bst::api {

bool noHandle(const void *handle, const char *argument, bst_error *error) {
  fail(error, BST_ERROR_INVALID_ARGUMENT, "{}{}", argument,
       handle ? " is not a handle of that type" : " is NULL");
  return false;
}

bool isGiven(const void *pointer, const char *argument, bst_error *error) {
  if (!pointer)
    fail(error, BST_ERROR_INVALID_ARGUMENT, "{} is NULL", argument);
  return pointer != nullptr;
}

/// struct_size of the caller's structure, the bytes that it has; 0, with the error, where that
/// cannot be.
static size_t callersSize(const void *structure, size_t expected, const char *argument,
                          bst_error *error) {
  size_t size = 0;
  std::memcpy(&size, structure, sizeof(size));
  if (size >= 2 * sizeof(size))
    return size;
  fail(error, BST_ERROR_INVALID_ARGUMENT,
       "{}->struct_size is {}, expected {}: initialise it with BST_INIT", argument, size, expected);
  return 0;
}

bst_status fillStructure(const void *from, size_t size, void *to, const char *argument,
                         bst_error *error) {
  if (!isGiven(to, argument, error))
    return BST_ERROR_INVALID_ARGUMENT;
  const size_t room = callersSize(to, size, argument, error);
  if (!room)
    return BST_ERROR_INVALID_ARGUMENT;
  const size_t filled = std::min(room, size);
  std::memcpy(to, from, filled);
  std::memcpy(to, &filled, sizeof(filled));
  return succeed(error);
}

bst_status readStructure(const void *from, void *to, size_t size, const char *argument,
                         bst_error *error) {
  const size_t given = callersSize(from, size, argument, error);
  if (!given)
    return BST_ERROR_INVALID_ARGUMENT;
  std::memset(to, 0, size);
  std::memcpy(to, from, std::min(given, size));
  const auto *bytes = static_cast<const unsigned char *>(from);
  for (size_t i = size; i < given; ++i)
    if (bytes[i])
      return fail(error, BST_ERROR_UNSUPPORTED_VERSION,
                  "{}->struct_size is {} and byte {} is set: this library knows the first {}",
                  argument, given, i, size);
  return BST_OK;
}

} // namespace bst::api
