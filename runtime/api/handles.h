#ifndef BST_RUNTIME_API_HANDLES_H
#define BST_RUNTIME_API_HANDLES_H

#include "runtime/api/error.h"
#include "runtime/package/package.h"
#include "runtime/program/bindings.h"

#include <bst/device.h>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <type_traits>

namespace bst::api {
struct Frame;
}

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

  /// Guards what follows, and the states of the frames of all sessions.
  std::mutex mutex;
  bst::api::Frame *waiting = nullptr; ///< Frames to be begun, the next one first.
  uint32_t running = 0;               ///< Frames that have begun.
  uint32_t capacity = 0;              ///< Frames that may run; 0: any number.
};

namespace bst::api {

/// False, with the reason.
bool noHandle(const void *handle, const char *argument, bst_error *error);

/// Is `handle` one that the library gave out? Catches null, other structures and memory that was
/// cleared, as an InvalidArgument that names the argument.
template <class Handle>
bool isHandle(const Handle *handle, const char *argument, bst_error *error) {
  const bool valid = handle && handle->tag == Handle::expectedTag;
  return valid || noHandle(handle, argument, error);
}

/// A pointer that must not be null.
bool isGiven(const void *pointer, const char *argument, bst_error *error);

bst_status fillStructure(const void *from, size_t size, void *to, const char *argument,
                         bst_error *error);
bst_status readStructure(const void *from, void *to, size_t size, const char *argument,
                         bst_error *error);

/// Copies `from` into the caller's structure, of which only the first struct_size bytes exist.
template <class Info>
bst_status fillInfo(const Info &from, Info *to, const char *argument, bst_error *error) {
  static_assert(offsetof(Info, struct_size) == 0 && std::is_trivially_copyable_v<Info>);
  return fillStructure(&from, sizeof(Info), to, argument, error);
}

/// The caller's structure, with zeros for what it does not have yet where it is older than this
/// library. Refuses a newer one that sets something unknown.
template <class Options>
bst_status readOptions(const Options *from, Options &to, const char *argument, bst_error *error) {
  static_assert(offsetof(Options, struct_size) == 0 && std::is_trivially_copyable_v<Options>);
  return readStructure(from, &to, sizeof(Options), argument, error);
}

/// The program behind a handle, for drivers that are part of the library.
inline const Program &programOf(const bst_package *package) { return package->program(); }

/// What bst_package_get_tensor gives.
bst_tensor_info tensorInfo(const Program &program, uint32_t index);

} // namespace bst::api

#endif // BST_RUNTIME_API_HANDLES_H
