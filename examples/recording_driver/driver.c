/* A device driver of one's own, outside of the project: writes down every command that the runtime
 * runs and how long it took, and has the simulator compute it. A board's driver begins like this,
 * with its own queues where this one calls the simulator.
 *
 *   bstc verify model.bst --device ./libbst_recording_driver.so --device-options record.txt
 *
 * Options: the file to write to, "-" or none for stderr. */
#include <bst/device.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct recorder {
  FILE *file;
  void *simulator; /* Its device. */
} recorder;

typedef struct recording {
  recorder *of;
  const bst_package *package;
  void *execution; /* The simulator's. */
  uint32_t frame;
  bst_allocator allocator;
} recording;

static bst_status open_device(const char *options, void **device, bst_error *error) {
  recorder *opened = (recorder *)calloc(1, sizeof(recorder));
  bst_status status;
  if (!opened)
    return bst_set_error(error, BST_ERROR_OUT_OF_MEMORY, "out of memory");
  opened->file = options && strcmp(options, "-") != 0 ? fopen(options, "w") : stderr;
  if (!opened->file) {
    free(opened);
    return bst_set_error(error, BST_ERROR_IO, "the file for the record cannot be opened");
  }
  status = bst_simulator_driver()->open(NULL, &opened->simulator, error);
  if (status != BST_OK) {
    if (opened->file != stderr)
      fclose(opened->file);
    free(opened);
    return status;
  }
  *device = opened;
  return BST_OK;
}

static void close_device(void *device) {
  recorder *opened = (recorder *)device;
  bst_simulator_driver()->close(opened->simulator);
  if (opened->file != stderr)
    fclose(opened->file);
  free(opened);
}

/* What lives as long as the session comes from the session's allocator. */
static bst_status prepare(void *device, const bst_package *package,
                          const bst_prepare_options *options, void **execution, bst_error *error) {
  recorder *opened = (recorder *)device;
  const bst_allocator *allocator = options->allocator;
  bst_package_info info = BST_INIT(bst_package_info);
  bst_status status = bst_package_get_info(package, &info, error);
  recording *made;
  if (status != BST_OK)
    return status;
  made = (recording *)allocator->allocate(allocator->user, sizeof(recording), sizeof(void *));
  if (!made)
    return bst_set_error(error, BST_ERROR_OUT_OF_MEMORY, "out of memory");
  made->of = opened;
  made->package = package;
  made->allocator = *allocator;
  made->frame = 0;
  status =
      bst_simulator_driver()->prepare(opened->simulator, package, options, &made->execution, error);
  if (status != BST_OK) {
    allocator->deallocate(allocator->user, made, sizeof(recording), sizeof(void *));
    return status;
  }
  fprintf(opened->file, "prepare %s: %lu commands, %lu frames\n", info.name,
          (unsigned long)info.commands, (unsigned long)options->frames);
  *execution = made;
  return BST_OK;
}

static void release(void *device, void *execution) {
  recorder *opened = (recorder *)device;
  recording *made = (recording *)execution;
  const bst_allocator allocator = made->allocator;
  bst_simulator_driver()->release(opened->simulator, made->execution);
  fprintf(opened->file, "release\n");
  allocator.deallocate(allocator.user, made, sizeof(recording), sizeof(void *));
}

static bst_status bind_frame(void *execution, uint32_t frame, void *const *tensors,
                             bst_error *error) {
  recording *made = (recording *)execution;
  made->frame = frame;
  fprintf(made->of->file, "frame %lu\n", (unsigned long)frame);
  return bst_simulator_driver()->bind(made->execution, frame, tensors, error);
}

static bst_status run(void *execution, uint32_t command, bst_error *error) {
  recording *made = (recording *)execution;
  bst_command_info info = BST_INIT(bst_command_info);
  const clock_t begin = clock();
  bst_status status = bst_package_get_command(made->package, command, &info, error);
  if (status == BST_OK)
    status = bst_simulator_driver()->run(made->execution, command, error);
  if (status == BST_OK)
    fprintf(made->of->file, "  %lu %s %s '%s' %.1f us\n", (unsigned long)command, info.engine,
            info.operation, info.name, (double)(clock() - begin) * 1e6 / CLOCKS_PER_SEC);
  return status;
}

static bst_status finish(void *execution, uint32_t frame, bst_error *error) {
  recording *made = (recording *)execution;
  (void)error;
  fprintf(made->of->file, "frame %lu finished\n", (unsigned long)frame);
  return BST_OK;
}

static const char *kernel(void *execution, uint32_t command) {
  return bst_simulator_driver()->kernel(((recording *)execution)->execution, command);
}

static void explain(void *execution, uint32_t command, bst_kernel_info *info) {
  bst_simulator_driver()->explain(((recording *)execution)->execution, command, info);
}

BST_API const bst_device_driver *bst_device_driver_entry(void);

const bst_device_driver *bst_device_driver_entry(void) {
  static const bst_device_driver driver = {BST_DEVICE_ABI_VERSION,
                                           sizeof(bst_device_driver),
                                           "recorder",
                                           open_device,
                                           close_device,
                                           prepare,
                                           release,
                                           bind_frame,
                                           run,
                                           finish,
                                           kernel,
                                           explain};
  return &driver;
}
