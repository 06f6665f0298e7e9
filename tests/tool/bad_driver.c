/* A device driver that goes wrong as its options say; the rest is the simulator's:
 *
 *   open, prepare    that function fails
 *   run=N            command N of each frame fails
 *   late=N           the same from the second frame on
 *   flip=N           command N computes something else: a bit of its first output byte
 */
#include <bst/device.h>

#include <stdlib.h>
#include <string.h>

typedef struct device {
  char what[16];
  uint32_t command;
  void *simulator;
} device;

typedef struct execution {
  const device *of;
  const bst_package *package;
  void *simulated;
  void *const *tensors;
  uint32_t frames;
} execution;

static bst_status open_device(const char *options, void **opened, bst_error *error) {
  device *made = (device *)calloc(1, sizeof(device));
  const char *number = options ? strchr(options, '=') : NULL;
  if (!made)
    return bst_set_error(error, BST_ERROR_OUT_OF_MEMORY, "out of memory");
  strncpy(made->what, options ? options : "", sizeof(made->what) - 1);
  if (number) {
    made->what[number - options] = '\0';
    made->command = (uint32_t)strtoul(number + 1, NULL, 10);
  }
  if (strcmp(made->what, "open") == 0) {
    free(made);
    return bst_set_error(error, BST_ERROR_IO, "no board answers");
  }
  *opened = made;
  return bst_simulator_driver()->open(NULL, &made->simulator, error);
}

static void close_device(void *opened) {
  bst_simulator_driver()->close(((device *)opened)->simulator);
  free(opened);
}

static bst_status prepare(void *opened, const bst_package *package,
                          const bst_prepare_options *options, void **made, bst_error *error) {
  const device *of = (const device *)opened;
  execution filled = {of, package, NULL, NULL, 0};
  execution *kept;
  bst_status status;
  if (strcmp(of->what, "prepare") == 0)
    return bst_set_error(error, BST_ERROR_UNSUPPORTED, "the board has no room for it");
  status =
      bst_simulator_driver()->prepare(of->simulator, package, options, &filled.simulated, error);
  if (status != BST_OK)
    return status;
  kept = (execution *)malloc(sizeof(execution));
  if (!kept)
    return bst_set_error(error, BST_ERROR_OUT_OF_MEMORY, "out of memory");
  memcpy(kept, &filled, sizeof(execution));
  *made = kept;
  return BST_OK;
}

static void release(void *opened, void *made) {
  bst_simulator_driver()->release(((device *)opened)->simulator, ((execution *)made)->simulated);
  free(made);
}

static bst_status bind_frame(void *made, uint32_t frame, void *const *tensors, bst_error *error) {
  execution *running = (execution *)made;
  running->tensors = tensors;
  ++running->frames;
  return bst_simulator_driver()->bind(running->simulated, frame, tensors, error);
}

static bst_status run(void *made, uint32_t command, bst_error *error) {
  const execution *running = (const execution *)made;
  const device *of = running->of;
  bst_command_info info = BST_INIT(bst_command_info);
  bst_status status;
  if (command == of->command &&
      (strcmp(of->what, "run") == 0 || (strcmp(of->what, "late") == 0 && running->frames > 1)))
    return bst_set_error(error, BST_ERROR_IO, "no answer for 20 ms");
  status = bst_simulator_driver()->run(running->simulated, command, error);
  if (status == BST_OK && command == of->command && strcmp(of->what, "flip") == 0) {
    status = bst_package_get_command(running->package, command, &info, error);
    if (status == BST_OK)
      *(unsigned char *)running->tensors[info.outputs[0]] ^= 1;
  }
  return status;
}

BST_API const bst_device_driver *bst_device_driver_entry(void);

const bst_device_driver *bst_device_driver_entry(void) {
  static bst_device_driver driver;
  driver.abi_version = BST_DEVICE_ABI_VERSION;
  driver.struct_size = sizeof(driver);
  driver.name = "board";
  driver.open = open_device;
  driver.close = close_device;
  driver.prepare = prepare;
  driver.release = release;
  driver.bind = bind_frame;
  driver.run = run;
  return &driver;
}
