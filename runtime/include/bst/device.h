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
 *   open ─► prepare ─► (begin ─► done ─► finish) for each frame ─► release ─► close
 *
 * begin hands a frame over and returns; the driver computes it, and calls the frame's
 * completion->done when it has come to its end. Up to as many frames of a session as it asked for
 * in prepare are between begin and done at a time, and frames of other sessions beside them. They
 * may end in any order.
 *
 * The package has been verified: every index, shape, offset and parameter is sound, and commands
 * come in an order in which they can run. Functions fill `error` (never NULL) through
 * bst_set_error where they do not return BST_OK, and never throw. Functions for one execution are
 * called by any thread, and for different frames by several at a time; for one frame, by one after
 * the other.
 */
#ifndef BST_DEVICE_H
#define BST_DEVICE_H

#include <bst/bst.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the table. A runtime refuses drivers with another version. */
#define BST_DEVICE_ABI_VERSION 2

/** How a program is to be run. */
typedef struct bst_prepare_options {
  size_t struct_size;
  uint32_t threads;      /**< Host threads that may compute, for all frames together; at least 1. */
  uint32_t keep_tensors; /**< 1: every command leaves its output in memory. 0: a device may compute
                              several commands in one pass, and leave what is between unwritten. */
  uint32_t frames;       /**< Frames of the session: as many may be in flight, numbered from 0. */
  /** Addresses of the program's tensors, in their order, in the arena of the first frame. A device
   * may conclude from them what overlaps what; those of begin never overlap more. */
  void *const *tensors;
  /** Never NULL. For everything that lives as long as the execution. Only to be called within
   * prepare and release. */
  const bst_allocator *allocator;
  int32_t priority; /**< Of the session (bst_session_options), for drivers with queues of their own.
                         What waits in the runtime for `capacity` is in this order already. */
} bst_prepare_options;

/** A frame as a whole, in place of a command of it. */
#define BST_NO_COMMAND UINT32_MAX

/** How a driver reports on a frame: begin gets it, and it stays until done has returned. Any thread
 * may call the functions, also within begin, wait or cancel; for one frame, one at a time. They
 * take locks of the runtime for moments only, and may call begin of other frames: a driver must
 * hold no lock then that its functions take. */
typedef struct bst_completion {
  size_t struct_size;
  void *cookie; /**< The functions' first argument. */
  /** The frame has come to its end; the device leaves its memory alone from now on. To be called
   * once for each frame for which begin returned BST_OK (or will). `failure`: NULL where all
   * commands have run, else what went wrong; it is copied. BST_ERROR_CANCELLED: given up, since
   * cancel was called. `command`: the one that failed, or before which the frame was given up;
   * BST_NO_COMMAND where there is none to name. */
  void (*done)(void *cookie, const bst_error *failure, uint32_t command);
  /** A command has run, in `seconds`. NULL where nobody wants to know. Called in the program's
   * order. Where prepare was asked to keep tensors, it has to be called for every command, whose
   * output is in memory until it returns; else a device may leave it out. */
  void (*command)(void *cookie, uint32_t command, double seconds);
} bst_completion;

/** The table. `device` and `execution` are the driver's own pointers. */
struct bst_device_driver {
  uint32_t abi_version; /**< BST_DEVICE_ABI_VERSION. */
  uint32_t struct_size; /**< sizeof(bst_device_driver). */
  const char *name;     /**< For messages: "simulator". */

  /** Finds and opens the device. `options`: from the host, in the driver's own language, or NULL.
   */
  bst_status (*open)(const char *options, void **device, bst_error *error);
  void (*close)(void *device);

  /** Makes a program ready: an execution. Several may exist; any thread may prepare. `package`
   * outlives the execution; what it holds is read with the functions of bst/bst.h. Everything that
   * the frames need is allocated here. Errors: OUT_OF_MEMORY; UNSUPPORTED where the device lacks a
   * command. */
  bst_status (*prepare)(void *device, const bst_package *package,
                        const bst_prepare_options *options, void **execution, bst_error *error);
  /** No frame is in flight. */
  void (*release)(void *device, void *execution);

  /** Starts a frame and returns, without waiting for it. The tensors lie at these addresses, and
   * the array is there, until done; inputs are written, and the device must not write them. A board
   * cleans caches and maps memory here. Allocates nothing. After an error, the frame has not begun:
   * neither done nor finish is called for it. */
  bst_status (*begin)(void *execution, uint32_t frame, void *const *tensors,
                      const bst_completion *completion, bst_error *error);
  /** After done, by the thread that called it or one that was within begin or cancel: afterwards,
   * the host reads the outputs. May be NULL. */
  bst_status (*finish)(void *execution, uint32_t frame, bst_error *error);
  /** The host has no use for the frame any more: the device gives it up as soon as it can, and
   * calls done as ever. Called once at most for a frame, after its begin, perhaps while it reports
   * done; does not wait. May be NULL: a frame that has begun then runs to its end. */
  void (*cancel)(void *execution, uint32_t frame);
  /** bst_session_run hands its thread over for a frame that has begun, in sessions of one frame:
   * the device may compute with it. Returns when it likes; the host's thread then sleeps until
   * done. May be NULL. */
  void (*wait)(void *execution, uint32_t frame);
  /** Frames that the device takes at a time, of all its sessions together; others wait in the
   * runtime, those of sessions with a higher priority before others. 0, or NULL in place of the
   * function: as many as come. Asked once, after open. */
  uint32_t (*capacity)(void *device);

  /** What runs a command, for reports. The text lives as long as the execution. May be NULL. */
  const char *(*kernel)(void *execution, uint32_t command);
  /** Fills `pass` and `refusals` of what bst_session_get_kernel gives; the runtime has filled in
   * the rest, and what holds where a device says nothing. May be NULL. */
  void (*explain)(void *execution, uint32_t command, bst_kernel_info *info);

  /* Every table has the members above; struct_size will say which of later ones are there. */
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
