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

/* Of one frame: the tool's sessions have no more. */
typedef struct execution {
  const device *of;
  const bst_package *package;
  void *simulated;
  void *const *tensors;
  uint32_t frames;
  int failed;
  const bst_completion *host;
  bst_completion own;
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
  execution filled = {of, package, NULL, NULL, 0, 0, NULL, {0}};
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

static void frame_done(void *cookie, const bst_error *failure, uint32_t command) {
  const execution *running = (const execution *)cookie;
  const bst_completion *host = running->host;
  bst_error error;
  if (running->failed) {
    bst_set_error(&error, BST_ERROR_IO, "no answer for 20 ms");
    host->done(host->cookie, &error, running->of->command);
  } else {
    host->done(host->cookie, failure, command);
  }
}

static void command_done(void *cookie, uint32_t command, double seconds) {
  execution *running = (execution *)cookie;
  const device *of = running->of;
  bst_command_info info = BST_INIT(bst_command_info);
  if (command == of->command &&
      (strcmp(of->what, "run") == 0 || (strcmp(of->what, "late") == 0 && running->frames > 1))) {
    running->failed = 1;
    bst_simulator_driver()->cancel(running->simulated, 0);
    return;
  }
  if (command == of->command && strcmp(of->what, "flip") == 0 &&
      bst_package_get_command(running->package, command, &info, NULL) == BST_OK)
    *(unsigned char *)running->tensors[info.outputs[0]] ^= 1;
  if (running->host->command)
    running->host->command(running->host->cookie, command, seconds);
}

static bst_status begin(void *made, uint32_t frame, void *const *tensors,
                        const bst_completion *completion, bst_error *error) {
  execution *running = (execution *)made;
  running->tensors = tensors;
  running->host = completion;
  running->failed = 0;
  running->own.struct_size = sizeof(bst_completion);
  running->own.cookie = running;
  running->own.done = frame_done;
  running->own.command = command_done;
  ++running->frames;
  return bst_simulator_driver()->begin(running->simulated, frame, tensors, &running->own, error);
}

static void cancel(void *made, uint32_t frame) {
  bst_simulator_driver()->cancel(((execution *)made)->simulated, frame);
}

static void wait_for(void *made, uint32_t frame) {
  bst_simulator_driver()->wait(((execution *)made)->simulated, frame);
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
  driver.begin = begin;
  driver.cancel = cancel;
  driver.wait = wait_for;
  return &driver;
}
