/* A shared library that exports a driver's entry, and has no driver. */
#include <bst/device.h>

const bst_device_driver *bst_device_driver_entry(void);
const bst_device_driver *bst_device_driver_entry(void) { return NULL; }
