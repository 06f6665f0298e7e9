/* bst/device.h: what a device's driver provides. The simulators are one driver, a board's is
 * another; examples/recording_driver is one to begin with.
 *
 * A driver is a table of C functions. A host hands it to bst_device_open, or names the shared
 * library that exports it:
 *
 *   const bst_device_driver *bst_device_driver_entry(void);
 *
 * How the runtime calls it, for one session:
 *
 *   open ─► prepare ─► (bind ─► run command 0, 1, 2, ... ─► finish) for each frame ─► release ─►
 * close
 *
 * The package has been verified: every index, shape, offset and parameter is sound, and commands
 * come in an order in which they can run. Functions fill `error` (never NULL) through
 * bst_set_error where they do not return BST_OK, and never throw.
 */
#ifndef BST_DEVICE_H
#define BST_DEVICE_H

#include <bst/bst.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the table. A runtime refuses drivers with another version. */
#define BST_DEVICE_ABI_VERSION 1

/** How a program is to be run. */
typedef struct bst_prepare_options {
  size_t struct_size;
  uint32_t threads;      /**< Host threads that may work on a command; at least 1. */
  uint32_t keep_tensors; /**< 1: every command leaves its output in memory. 0: a device may compute
                              several commands in one pass, and leave what is between unwritten. */
  uint32_t frames;       /**< Frames of the session. Only one is between bind and finish. */
  /** Addresses of the program's tensors, in their order, in the arena of the first frame. A device
   * may conclude from them what overlaps what; those of bind never overlap more. */
  void *const *tensors;
  /** Never NULL. For everything that lives as long as the execution. Only to be called within
   * prepare and release. */
  const bst_allocator *allocator;
} bst_prepare_options;

/** The table. `device` and `execution` are the driver's own pointers. */
struct bst_device_driver {
  uint32_t abi_version; /**< BST_DEVICE_ABI_VERSION. */
  uint32_t struct_size; /**< sizeof(bst_device_driver). */
  const char *name;     /**< For messages: "simulator". */

  /** Finds and opens the device. `options`: from the host, in the driver's own language, or NULL.
   */
  bst_status (*open)(const char *options, void **device, bst_error *error);
  void (*close)(void *device);

  /** Makes a program ready: an execution, used by one thread at a time. Several may exist; any
   * thread may prepare. `package` outlives the execution; what it holds is read with the functions
   * of bst/bst.h. Errors: OUT_OF_MEMORY; UNSUPPORTED where the device lacks a command. */
  bst_status (*prepare)(void *device, const bst_package *package,
                        const bst_prepare_options *options, void **execution, bst_error *error);
  void (*release)(void *device, void *execution);

  /** A frame begins: the tensors lie at these addresses until finish; inputs are written, and the
   * device must not write them. A board cleans caches and maps memory here. Allocates nothing. */
  bst_status (*bind)(void *execution, uint32_t frame, void *const *tensors, bst_error *error);
  /** Runs one command to its end. Called in the program's order. Allocates nothing. */
  bst_status (*run)(void *execution, uint32_t command, bst_error *error);
  /** The frame's last command has run, or the frame was given up: afterwards, the host reads the
   * outputs. May be NULL. */
  bst_status (*finish)(void *execution, uint32_t frame, bst_error *error);

  /** What runs a command, for reports. The text lives as long as the execution. May be NULL. */
  const char *(*kernel)(void *execution, uint32_t command);

  /* Every table has the members above; struct_size says which of those below are there. */

  /** Fills `pass` and `refusals` of what bst_session_get_kernel gives; the runtime has filled in
   * the rest, and what holds where a device says nothing. May be NULL. */
  void (*explain)(void *execution, uint32_t command, bst_kernel_info *info);
};

/** What a shared library with a driver exports under the name "bst_device_driver_entry". */
typedef const bst_device_driver *(*bst_device_driver_entry_function)(void);

/** Fills `error` (may be NULL) and returns `code`, for drivers: `return bst_set_error(error,
 * BST_ERROR_IO, "the board does not answer");`. `message` is copied, and cut where it is too long.
 */
BST_API bst_status bst_set_error(bst_error *error, bst_status code,
                                 const char *message) BST_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* BST_DEVICE_H */
