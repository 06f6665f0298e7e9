// The only place that knows devices by name: an object of its own, so that programs that bring
// their own driver are linked without the simulator.
#include "runtime/api/handles.h"

using namespace bst::api;

bst_status bst_device_open_by_name(const char *name, const char *options, bst_device **device,
                                   bst_error *error) noexcept {
  if (!isGiven(name, "name", error) || !isGiven(device, "device", error))
    return BST_ERROR_INVALID_ARGUMENT;
  *device = nullptr;
  const std::string_view wanted = name;
  const bst_device_driver *simulator = bst_simulator_driver();
  if (wanted == simulator->name)
    return bst_device_open(simulator, options, device, error);
  if (wanted.find('/') != std::string_view::npos || wanted.ends_with(".so"))
    return bst_device_load(name, options, device, error);
  return fail(
      error, BST_ERROR_INVALID_ARGUMENT,
      "no device is named {}; expected 'simulator', or the path of a driver's shared library (.so)",
      bst::quoted(wanted));
}
