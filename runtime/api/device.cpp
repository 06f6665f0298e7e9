#include "runtime/api/handles.h"

#include <new>

using namespace bst;
using namespace bst::api;

/// The functions that a driver must have.
static const char *missingFunction(const bst_device_driver &driver) {
  return !driver.open      ? "open"
         : !driver.close   ? "close"
         : !driver.prepare ? "prepare"
         : !driver.release ? "release"
         : !driver.begin   ? "begin"
                           : nullptr;
}

static bst_status checkDriver(const bst_device_driver &driver, bst_error *error) {
  constexpr size_t least = sizeof(bst_device_driver);
  if (driver.abi_version != BST_DEVICE_ABI_VERSION || driver.struct_size < least)
    return fail(error, BST_ERROR_UNSUPPORTED_VERSION,
                "the driver's table has ABI version {} and {} bytes, this library takes version {} "
                "and at least {} bytes: build the driver with this library's bst/device.h",
                driver.abi_version, driver.struct_size, uint32_t(BST_DEVICE_ABI_VERSION), least);
  if (!driver.name)
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "the driver has no name");
  if (const char *missing = missingFunction(driver)) {
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "driver {} has no function '{}'",
                quoted(driver.name), missing);
  }
  return succeed(error);
}

bst_status bst_device_open(const bst_device_driver *driver, const char *options,
                           bst_device **device, bst_error *error) noexcept {
  if (!isGiven(device, "device", error) || !isGiven(driver, "driver", error))
    return BST_ERROR_INVALID_ARGUMENT;
  *device = nullptr;
  if (const bst_status status = checkDriver(*driver, error); status != BST_OK)
    return status;
  auto *opened = new (std::nothrow) bst_device;
  if (!opened)
    return fail(error, BST_ERROR_OUT_OF_MEMORY, "out of memory");
  opened->driver = driver;
  bst_error why = {};
  why.code = driver->open(options, &opened->device, &why);
  if (why.code != BST_OK) {
    delete opened;
    return failIn(error, why, "device {}: ", quoted(driver->name));
  }
  opened->capacity = driver->capacity ? driver->capacity(opened->device) : 0;
  *device = opened;
  return succeed(error);
}

void bst_device_retain(bst_device *device) noexcept {
  if (device)
    device->references.fetch_add(1, std::memory_order_relaxed);
}

void bst_device_release(bst_device *device) noexcept {
  if (!device || device->references.fetch_sub(1, std::memory_order_acq_rel) != 1)
    return;
  device->driver->close(device->device);
  if (device->unload)
    device->unload(device->library);
  device->tag = 0;
  delete device;
}

const char *bst_device_name(const bst_device *device) noexcept {
  return isHandle(device, "device", nullptr) ? device->driver->name : "";
}
