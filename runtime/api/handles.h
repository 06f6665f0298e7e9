#ifndef BST_RUNTIME_API_HANDLES_H
#define BST_RUNTIME_API_HANDLES_H

#include "runtime/api/error.h"
#include "runtime/bindings.h"
#include "runtime/package.h"

#include <bst/device.h>

#include <atomic>
#include <cstring>

/// What bst_package stands for. Constant once it is open.
struct bst_package {
  static constexpr uint32_t expectedTag = 0x6b636170; // "pack"
  uint32_t tag = expectedTag;
  std::atomic<uint32_t> references{1};
  std::unique_ptr<bst::Package> package;
  bst::Bindings bindings;
  std::string hash;

  const bst::Program &program() const { return package->program(); }
};

/// What bst_device stands for.
struct bst_device {
  static constexpr uint32_t expectedTag = 0x69766564; // "devi"
  uint32_t tag = expectedTag;
  std::atomic<uint32_t> references{1};
  const bst_device_driver *driver = nullptr;
  void *device = nullptr;                  ///< The driver's.
  void (*unload)(void *library) = nullptr; ///< Where the driver came from a library.
  void *library = nullptr;
};

namespace bst::api {

/// Is `handle` one that the library gave out? Catches null, other structures and memory that was
/// cleared, as an InvalidArgument that names the argument.
template <class Handle>
bool isHandle(const Handle *handle, const char *argument, bst_error *error) {
  if (handle && handle->tag == Handle::expectedTag)
    return true;
  fail(error, BST_ERROR_INVALID_ARGUMENT, "{}{}", argument,
       handle ? " is not a handle of that type" : " is NULL");
  return false;
}

/// A pointer that must not be null.
inline bool isGiven(const void *pointer, const char *argument, bst_error *error) {
  if (!pointer)
    fail(error, BST_ERROR_INVALID_ARGUMENT, "{} is NULL", argument);
  return pointer != nullptr;
}

/// Copies `from` into the caller's structure, of which only the first struct_size bytes exist.
template <class Info>
bst_status fillInfo(Info from, Info *to, const char *argument, bst_error *error) {
  if (!isGiven(to, argument, error))
    return BST_ERROR_INVALID_ARGUMENT;
  const size_t size = to->struct_size;
  if (size < 2 * sizeof(size_t))
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "{}->struct_size is {}, expected {}: initialise it with BST_INIT", argument, size,
                sizeof(Info));
  from.struct_size = size < sizeof(Info) ? size : sizeof(Info);
  std::memcpy(static_cast<void *>(to), &from, from.struct_size);
  return succeed(error);
}

/// The caller's structure with zeros where it is older than this library. Refuses one that is newer
/// and asks for something unknown.
template <class Options>
bst_status readOptions(const Options *from, Options &to, const char *argument, bst_error *error) {
  to = {};
  const size_t size = from->struct_size;
  if (size < 2 * sizeof(size_t))
    return fail(error, BST_ERROR_INVALID_ARGUMENT,
                "{}->struct_size is {}, expected {}: initialise it with BST_INIT", argument, size,
                sizeof(Options));
  std::memcpy(static_cast<void *>(&to), from, size < sizeof(Options) ? size : sizeof(Options));
  const auto *bytes = reinterpret_cast<const unsigned char *>(from);
  for (size_t i = sizeof(Options); i < size; ++i)
    if (bytes[i])
      return fail(error, BST_ERROR_UNSUPPORTED_VERSION,
                  "{}->struct_size is {} and byte {} is set: this library knows the first {}",
                  argument, size, i, sizeof(Options));
  return BST_OK;
}

/// The program behind a handle, for drivers that are part of the library.
inline const Program &programOf(const bst_package *package) { return package->program(); }

/// What bst_package_get_tensor gives.
bst_tensor_info tensorInfo(const Program &program, uint32_t index);

} // namespace bst::api

#endif // BST_RUNTIME_API_HANDLES_H
