/* A device driver of one's own, outside of the project: writes down which frames are in flight,
 * every command and how long it took, and has the simulator compute them. A board's driver begins
 * like this, with its own queues where this one calls the simulator: begin puts a frame there, and
 * whatever hears of the board's answer (a thread, for example) calls completion->done.
 *
 *   bstc verify model.bst --device ./libbst_recording_driver.so --device-options record.txt
 *
 * Options: the file to write to, "-" or none for stderr. */
#define _POSIX_C_SOURCE 200809L /* flockfile: frames report from several threads. */
#include <bst/device.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct recorder {
  FILE *file;
  void *simulator; /* Its device. */
} recorder;

/* A frame of a session: what the runtime wants to hear of it, and what the simulator reports to. */
typedef struct recorded_frame {
  struct recording *of;
  uint32_t number;
  const bst_completion *host;
  bst_completion own;
} recorded_frame;

typedef struct recording {
  recorder *of;
  const bst_package *package;
  void *execution; /* The simulator's. */
  bst_allocator allocator;
  uint32_t count, in_flight; /* Frames; in_flight is guarded by the file's lock. */
  recorded_frame *frames;
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

static void give_back(const bst_allocator *allocator, recording *made) {
  if (made->frames)
    allocator->deallocate(allocator->user, made->frames, made->count * sizeof(recorded_frame),
                          sizeof(void *));
  allocator->deallocate(allocator->user, made, sizeof(recording), sizeof(void *));
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
  made->count = options->frames;
  made->in_flight = 0;
  made->frames = (recorded_frame *)allocator->allocate(
      allocator->user, made->count * sizeof(recorded_frame), sizeof(void *));
  status = made->frames ? bst_simulator_driver()->prepare(opened->simulator, package, options,
                                                          &made->execution, error)
                        : bst_set_error(error, BST_ERROR_OUT_OF_MEMORY, "out of memory");
  if (status != BST_OK) {
    give_back(allocator, made);
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
  give_back(&allocator, made);
}

/* One line per begin and end of a frame, with the number of those that are in flight after it. */
static void write_flight(recording *made, uint32_t frame, const char *what, int change) {
  flockfile(made->of->file);
  made->in_flight += (uint32_t)change;
  fprintf(made->of->file, "frame %lu %s: %lu in flight\n", (unsigned long)frame, what,
          (unsigned long)made->in_flight);
  funlockfile(made->of->file);
}

/* What the simulator reports goes on to the runtime, by threads of the simulator. */
static void frame_done(void *cookie, const bst_error *failure, uint32_t command) {
  const recorded_frame *frame = (const recorded_frame *)cookie;
  const bst_completion *host = frame->host;
  write_flight(frame->of, frame->number, failure ? "failed" : "done", -1);
  host->done(host->cookie, failure, command); /* Afterwards, the frame may begin anew. */
}

static void command_done(void *cookie, uint32_t command, double seconds) {
  const recorded_frame *frame = (const recorded_frame *)cookie;
  const recording *made = frame->of;
  bst_command_info info = BST_INIT(bst_command_info);
  if (bst_package_get_command(made->package, command, &info, NULL) == BST_OK)
    fprintf(made->of->file, "  %lu %s %s '%s' frame %lu %.1f us\n", (unsigned long)command,
            info.engine, info.operation, info.name, (unsigned long)frame->number, seconds * 1e6);
  if (frame->host->command)
    frame->host->command(frame->host->cookie, command, seconds);
}

static bst_status begin(void *execution, uint32_t number, void *const *tensors,
                        const bst_completion *completion, bst_error *error) {
  recording *made = (recording *)execution;
  recorded_frame *frame = &made->frames[number];
  bst_status status;
  frame->of = made;
  frame->number = number;
  frame->host = completion;
  frame->own.struct_size = sizeof(bst_completion);
  frame->own.cookie = frame;
  frame->own.done = frame_done;
  frame->own.command = command_done;
  write_flight(made, number, "begins", 1);
  status = bst_simulator_driver()->begin(made->execution, number, tensors, &frame->own, error);
  if (status != BST_OK)
    write_flight(made, number, "did not begin", -1);
  return status;
}

static void cancel(void *execution, uint32_t frame) {
  bst_simulator_driver()->cancel(((recording *)execution)->execution, frame);
}

/* The simulator computes on the host's thread where a session has one frame. */
static void wait_for(void *execution, uint32_t frame) {
  bst_simulator_driver()->wait(((recording *)execution)->execution, frame);
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
                                           begin,
                                           NULL, /* finish: there are no caches to look after. */
                                           cancel,
                                           wait_for,
                                           NULL, /* capacity: as many frames as come. */
                                           kernel,
                                           explain};
  return &driver;
}
