// Drivers from shared libraries: an object of its own, so that programs without need no dlopen.
#include "runtime/api/handles.h"

#include <dlfcn.h>

using namespace bst;
using namespace bst::api;

static void unload(void *library) { dlclose(library); }

static std::string_view whyNot() {
  const char *reason = dlerror();
  return reason ? reason : "for no known reason";
}

bst_status bst_device_load(const char *library, const char *options, bst_device **device,
                           bst_error *error) noexcept {
  constexpr const char *entryName = "bst_device_driver_entry";
  if (!isGiven(library, "library", error) || !isGiven(device, "device", error))
    return BST_ERROR_INVALID_ARGUMENT;
  *device = nullptr;
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return fail(error, BST_ERROR_IO, "driver {} cannot be loaded: {}", quoted(library), whyNot());
  bst_error why = {};
  const auto entry = reinterpret_cast<bst_device_driver_entry_function>(dlsym(handle, entryName));
  const bst_device_driver *driver = entry ? entry() : nullptr;
  if (!entry)
    fail(&why, BST_ERROR_IO, "it does not export {}", entryName);
  else if (!driver)
    fail(&why, BST_ERROR_IO, "{} returns NULL", entryName);
  else
    bst_device_open(driver, options, device, &why);
  if (!*device) {
    dlclose(handle);
    return failIn(error, why, "driver {}: ", quoted(library));
  }
  (*device)->library = handle;
  (*device)->unload = unload;
  return succeed(error);
}
