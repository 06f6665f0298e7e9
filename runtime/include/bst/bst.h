/* bst: runs compiled networks (.bst packages). The C interface of libbstrt.
 *
 * The life of a session:
 *
 *   bst_package_open ─► bst_session_create ─► write or bind inputs ─► run, or submit and wait ─►
 *   read outputs ─► ... ─► bst_session_destroy ─► bst_package_release
 *
 * Rules that hold everywhere (docs/runtime.md has the long form):
 *
 * - A function that can fail returns a bst_status and, where its last argument is not NULL, fills a
 *   bst_error with the same code and one sentence: what is wrong, with which tensor or field, what
 *   was expected and what is there. After BST_OK the bst_error's code is BST_OK and its message is
 *   empty. There is no other place where errors are kept.
 * - Structures that may grow begin with `struct_size`; set it with BST_INIT. A function fills (or
 *   reads) as much of a structure as both sides know. Fields that are zero mean the default.
 * - Strings and arrays in info structures belong to the package and live as long as it does.
 * - No function throws, prints, or keeps state outside of its handles.
 * - A package and a device may be used by several threads at a time, and so may a session, for
 *   different frames. The inputs and outputs of one frame, its run and submission are one thread's
 *   at a time; wait and cancel are anybody's.
 */
#ifndef BST_BST_H
#define BST_BST_H

#include <stddef.h>
#include <stdint.h>

#if defined(BST_STATIC) || !defined(__GNUC__)
#define BST_API
#else
#define BST_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#define BST_NOEXCEPT noexcept
#else
#define BST_NOEXCEPT
#endif

/* ---- Version ---------------------------------------------------------------------------------*/

#define BST_VERSION_MAJOR 0
#define BST_VERSION_MINOR 2
#define BST_VERSION_PATCH 0
/** A version as one number: major * 1000000 + minor * 1000 + patch. */
#define BST_VERSION (BST_VERSION_MAJOR * 1000000 + BST_VERSION_MINOR * 1000 + BST_VERSION_PATCH)
/** Changes only where something that a compiled host relies on is gone or means something else. */
#define BST_ABI_VERSION 1

/** Result codes. The numbers never change; new ones are added at the end. */
typedef int32_t bst_status;
enum {
  BST_OK = 0,
  BST_ERROR_INVALID_ARGUMENT = 1,    /**< The caller's mistake: a wrong shape, type, size, name. */
  BST_ERROR_CORRUPT_PACKAGE = 2,     /**< Truncated, damaged, or not a package at all. */
  BST_ERROR_UNSUPPORTED_VERSION = 3, /**< Package, library, driver: of another version. */
  BST_ERROR_UNSUPPORTED = 4,         /**< Well formed, but this device cannot do it. */
  BST_ERROR_IO = 5,                  /**< A file or a device does not answer. */
  BST_ERROR_OUT_OF_MEMORY = 6,
  BST_ERROR_CANCELLED = 7,
  BST_ERROR_TIMEOUT = 8,   /**< bst_session_wait: not done yet. The frame goes on. */
  BST_ERROR_BUSY = 9,      /**< The frame is in flight. */
  BST_ERROR_SELF_TEST = 10 /**< The device computes something else than the package says. */
};

/** Bytes of an error's message, with the terminating zero. Longer ones are cut. */
#define BST_MESSAGE_SIZE 512

/** What went wrong. Handed in by the caller; NULL where only the code is of interest. */
typedef struct bst_error {
  bst_status code;
  char message[BST_MESSAGE_SIZE]; /**< UTF-8, one line, no control characters. */
} bst_error;

/** The library's version as BST_VERSION, and as text ("1.2.3"). */
BST_API uint32_t bst_version(void) BST_NOEXCEPT;
BST_API const char *bst_version_string(void) BST_NOEXCEPT;

/** Can a host that was compiled with this `abi_version` use the library? Call it once, first, as
 * `bst_check_abi(BST_ABI_VERSION, &error)`. BST_ERROR_UNSUPPORTED_VERSION with both versions in the
 * message where it cannot. */
BST_API bst_status bst_check_abi(uint32_t abi_version, bst_error *error) BST_NOEXCEPT;

/** A code's name: "BST_ERROR_IO"; "unknown" for others. */
BST_API const char *bst_status_name(bst_status status) BST_NOEXCEPT;

/** Initialises a structure that begins with struct_size:
 * `bst_session_options options = BST_INIT(bst_session_options);` */
#ifdef __cplusplus
} /* A template has no C linkage. */
namespace bstrt {
/** What BST_INIT is in C++. */
template <class Info> constexpr Info initialised() noexcept {
  Info info{};
  info.struct_size = sizeof(Info);
  return info;
}
} // namespace bstrt
extern "C" {
#define BST_INIT(type) ::bstrt::initialised<type>()
#else
#define BST_INIT(type)                                                                             \
  { .struct_size = sizeof(type) }
#endif

/* ---- Packages --------------------------------------------------------------------------------*/

/** A loaded package: verified, read-only, shared by the sessions that run it. */
typedef struct bst_package bst_package;

/** Maps the file and checks everything in it; the weights are used in place, so the file must not
 * be changed while the package lives. The package starts with one reference.
 * Errors: IO, CORRUPT_PACKAGE, UNSUPPORTED_VERSION, OUT_OF_MEMORY; the message begins with the
 * path.
 */
BST_API bst_status bst_package_open(const char *path, bst_package **package,
                                    bst_error *error) BST_NOEXCEPT;

enum {
  BST_MEMORY_COPY = 0,  /**< The bytes are copied; they may be freed after the call. */
  BST_MEMORY_BORROW = 1 /**< The bytes are used in place: 64-byte aligned, and neither changed nor
                             freed while the package lives. For packages in flash, for example. */
};

/** The same for a package in memory. `mode`: BST_MEMORY_*. */
BST_API bst_status bst_package_open_memory(const void *bytes, size_t size, uint32_t mode,
                                           bst_package **package, bst_error *error) BST_NOEXCEPT;

/** One more reference, one less; the last one frees the package. Sessions hold references of their
 * own. NULL is allowed. Any thread. */
BST_API void bst_package_retain(bst_package *package) BST_NOEXCEPT;
BST_API void bst_package_release(bst_package *package) BST_NOEXCEPT;

/** What a package says of itself: bst_package_get_info(). Texts live as long as the package. */
typedef struct bst_package_info {
  size_t struct_size;
  const char *name;     /**< Of the network. */
  const char *target;   /**< Device description that it was compiled for. */
  const char *compiler; /**< Version of the compiler. */
  const char *hash;     /**< Content hash, 16 hexadecimal digits. */
  uint32_t schema_version;
  uint32_t inputs, outputs, tensors, commands; /**< How many there are. */
  uint32_t has_self_test; /**< 1 where the package brings one (bst_session_selftest). */
  uint64_t file_size;     /**< Bytes. */
  uint64_t weights_size;  /**< Bytes. */
  uint64_t arena_size;    /**< Bytes of arena that each frame of a session needs. */
  /* The compiler's prediction for the target; 0 where there is none. */
  uint64_t macs;       /**< Multiply-accumulates per frame. */
  uint64_t dram_bytes; /**< Traffic per frame. */
  double latency_seconds;
  double frames_per_second;
} bst_package_info;

BST_API bst_status bst_package_get_info(const bst_package *package, bst_package_info *info,
                                        bst_error *error) BST_NOEXCEPT;

/** The package file's bytes: FlatBuffers, by the schema package.fbs. For device drivers, which find
 * there the parameters of commands and the tile program. */
BST_API bst_status bst_package_get_bytes(const bst_package *package, const void **bytes,
                                         size_t *size, bst_error *error) BST_NOEXCEPT;

/* ---- Tensors ---------------------------------------------------------------------------------*/

typedef int32_t bst_dtype;
enum { BST_F32 = 0, BST_S8 = 1, BST_U8 = 2, BST_S32 = 3 };
/** "f32", "s8", "u8", "s32"; "unknown". */
BST_API const char *bst_dtype_name(bst_dtype dtype) BST_NOEXCEPT;

/** How elements lie in memory. Shapes are always written in ONNX order (N, C, H, W). */
typedef int32_t bst_layout;
enum {
  BST_ROW_MAJOR = 0, /**< As the shape says, the last extent innermost. */
  BST_NHWC = 1,      /**< Rank 4: channels innermost. */
  BST_OHWI = 2,      /**< Convolution weights. */
  BST_PANELS = 3,    /**< Convolution weights, packed (docs/architecture.md). */
  BST_PICTURE = 4    /**< 8-bit pixels, channels innermost; shapes are still NCHW. */
};
/** "row_major", "nhwc", "ohwi", "panels", "picture"; "unknown". */
BST_API const char *bst_layout_name(bst_layout layout) BST_NOEXCEPT;

#define BST_MAX_RANK 8
/** Where tensors, bound buffers and arenas have to begin, bytes. */
#define BST_ALIGNMENT 64

/** An input or output: bst_package_get_input(), bst_package_get_output(). */
typedef struct bst_tensor_info {
  size_t struct_size;
  const char *name; /**< As in the ONNX file. */
  bst_dtype dtype;
  bst_layout layout;
  uint32_t rank;
  int32_t shape[BST_MAX_RANK]; /**< The first `rank` of them. */
  float scale; /**< A quantised element q means (q - zero_point) * scale. 0: it is not
                    quantised. */
  int32_t zero_point;
  uint64_t size;       /**< Bytes. */
  uint32_t index;      /**< Among the package's tensors. */
  uint32_t in_weights; /**< 1 for constants. */
  uint64_t offset;     /**< In the arena, or in the weights. */
  uint32_t zero_copy;  /**< Inputs and outputs: 1 where a bound buffer is read or written in place;
                            else a run copies it. 0 for other tensors. */
} bst_tensor_info;

/** Input, output or any tensor `index` of the package. INVALID_ARGUMENT where there is none. */
BST_API bst_status bst_package_get_input(const bst_package *package, uint32_t index,
                                         bst_tensor_info *info, bst_error *error) BST_NOEXCEPT;
BST_API bst_status bst_package_get_output(const bst_package *package, uint32_t index,
                                          bst_tensor_info *info, bst_error *error) BST_NOEXCEPT;
BST_API bst_status bst_package_get_tensor(const bst_package *package, uint32_t index,
                                          bst_tensor_info *info, bst_error *error) BST_NOEXCEPT;
/** The index of the input or output of that name. INVALID_ARGUMENT, with the names that there are,
 * where there is none. */
BST_API bst_status bst_package_find_input(const bst_package *package, const char *name,
                                          uint32_t *index, bst_error *error) BST_NOEXCEPT;
BST_API bst_status bst_package_find_output(const bst_package *package, const char *name,
                                           uint32_t *index, bst_error *error) BST_NOEXCEPT;

/** A command: what an engine does in one go. */
typedef struct bst_command_info {
  size_t struct_size;
  const char *name;      /**< Of the ONNX node. */
  const char *engine;    /**< "maca", "edp", "dsp". */
  const char *operation; /**< "conv", "lut", "yolo_decode", ... */
  const uint32_t *inputs, *outputs,
      *depends_on; /**< Indices of tensors, and of earlier commands. */
  uint32_t input_count, output_count, depends_on_count;
} bst_command_info;
BST_API bst_status bst_package_get_command(const bst_package *package, uint32_t index,
                                           bst_command_info *info, bst_error *error) BST_NOEXCEPT;

enum { BST_RGB = 0, BST_BGR = 1 }; /**< Order of colours. */
enum { BST_FIT_EXACT = 0, BST_FIT_STRETCH = 1, BST_FIT_LETTERBOX = 2 };
enum { BST_ELEMENTS = 0, BST_NV12 = 1, BST_NV12_FULL = 2 }; /**< Y from 16 to 235, or to 255. */

/** How an input is made of a picture of 8-bit pixels: value v of channel c, in the order `colours`,
 * becomes (float)((v - mean[c]) * scale[c]), computed in double. An input that is u8 takes the
 * pixels themselves: mean 0, scale 1 (bst/picture.h writes them). */
typedef struct bst_preprocess_info {
  size_t struct_size;
  uint32_t channels_last; /**< 1: the input is [N, height, width, 3]; 0: [N, 3, height, width]. */
  uint32_t colours;       /**< BST_RGB or BST_BGR. */
  /** How the picture gets the input's size. EXACT: it has it. STRETCH: resized, whatever becomes of
   * its proportions. LETTERBOX: resized to fit, proportions kept, put in the middle, the rest
   * filled with `pad`. */
  uint32_t fit;
  float pad; /**< Pixel value of all channels, 0 to 255. */
  double mean[3], scale[3];
  /** BST_ELEMENTS, or the input is NV12: u8 [N, height * 3 / 2, width], made of the picture as
   * bst_picture_write() does (bst/picture.h). */
  uint32_t form;
} bst_preprocess_info;
/** UNSUPPORTED where the package says nothing about this input: it is not a picture. */
BST_API bst_status bst_package_get_preprocess(const bst_package *package, uint32_t input,
                                              bst_preprocess_info *info,
                                              bst_error *error) BST_NOEXCEPT;

/** What the outputs of a detector hold. */
enum {
  BST_PREDICTIONS =
      0,             /**< Decoded rows x, y, w, h, objectness, classes, masks; to be suppressed. */
  BST_HEADS = 1,     /**< The last convolutions' results, to be decoded by the host. */
  BST_DETECTIONS = 2 /**< Boxes [1, most, 4] (corners), scores [1, most], classes [1, most], their
                          count [1] and, where there are masks, coefficients [1, most, masks]. */
};

/** What the boxes in the output mean, for hosts that post-process. */
typedef struct bst_decode_info {
  size_t struct_size;
  const char *kind; /**< "yolov5-detect", "yolov5-segment"; empty: none was recognised. */
  uint32_t classes;
  uint32_t masks;  /**< Mask coefficients per box; 0 for detection. */
  uint32_t levels; /**< Of the feature pyramid. */
  uint32_t anchors_per_level;
  const float *strides; /**< Pixels; one per level. */
  const float *anchors; /**< Pixels; [level][anchor][w, h]. */
  uint32_t class_names; /**< How many there are: `classes`, or 0. */
  uint32_t stage;       /**< BST_PREDICTIONS, BST_HEADS or BST_DETECTIONS. */
  /** Indices of the outputs that hold it: a single one, one per level, or those listed at
   * BST_DETECTIONS. NULL with a count of 0 where the compiler did not know. */
  const uint32_t *outputs;
  uint32_t output_count;
  int32_t prototypes; /**< Output with the prototypes of masks, by index; -1: none. */
  /* Non-maximum suppression, unless the host knows better. */
  float nms_confidence; /**< Objectness and score must be above it. */
  uint32_t nms_max_detections;
  double nms_iou;              /**< A box that overlaps a better one by more is dropped. */
  uint32_t nms_multi_label;    /**< 1: every class above the confidence, not only a row's best. */
  uint32_t nms_class_agnostic; /**< 1: a box may suppress one of another class. */
} bst_decode_info;
BST_API bst_status bst_package_get_decode(const bst_package *package, bst_decode_info *info,
                                          bst_error *error) BST_NOEXCEPT;
/** Name of class `index`; NULL where there is none. */
BST_API const char *bst_package_class_name(const bst_package *package, uint32_t index) BST_NOEXCEPT;

/* ---- Devices ---------------------------------------------------------------------------------*/

/** What runs programs. Any number of sessions may share one. */
typedef struct bst_device bst_device;
/** The functions of a device's driver: see bst/device.h. */
typedef struct bst_device_driver bst_device_driver;

/** Opens a device. `options` are the driver's own; NULL for its defaults. `driver` must outlive the
 * device. Errors: UNSUPPORTED_VERSION, INVALID_ARGUMENT, and the driver's. */
BST_API bst_status bst_device_open(const bst_device_driver *driver, const char *options,
                                   bst_device **device, bst_error *error) BST_NOEXCEPT;

/** Loads a driver from a shared library, which has to export bst_device_driver_entry
 * (bst/device.h), and opens its device; the library is unloaded with the device. Errors:
 * IO where it cannot be loaded; those of bst_device_open. */
BST_API bst_status bst_device_load(const char *library, const char *options, bst_device **device,
                                   bst_error *error) BST_NOEXCEPT;

/** By name: "simulator", or a shared library's path (what holds a '/' or ends in ".so"). A program
 * that links libbstrt statically and calls this, links the simulator. */
BST_API bst_status bst_device_open_by_name(const char *name, const char *options,
                                           bst_device **device, bst_error *error) BST_NOEXCEPT;

/** The driver of the bit-exact simulator of MACA, EDP and DSP. Its options: "isa=NAME" for the
 * kernels of one instruction set; "frames=N" for as many frames at a time, of all sessions together
 * (else as many as come); or both, with a comma between them. */
BST_API const bst_device_driver *bst_simulator_driver(void) BST_NOEXCEPT;

/** As for packages. */
BST_API void bst_device_retain(bst_device *device) BST_NOEXCEPT;
BST_API void bst_device_release(bst_device *device) BST_NOEXCEPT;
/** The driver's name; "" for NULL. */
BST_API const char *bst_device_name(const bst_device *device) BST_NOEXCEPT;

/* ---- Sessions --------------------------------------------------------------------------------*/

/** A package made ready on a device, with memory for some frames. */
typedef struct bst_session bst_session;

/** Where memory comes from. `allocate` returns NULL where there is none; `deallocate` gets what was
 * asked for. Both may be called by the thread that creates or destroys the session only. */
typedef struct bst_allocator {
  void *user;
  void *(*allocate)(void *user, size_t size, size_t alignment);
  void (*deallocate)(void *user, void *memory, size_t size, size_t alignment);
} bst_allocator;

/** Called after each command, by a thread of the device; must not call into the session but for
 * bst_session_get_tensor and bst_session_cancel. Frames side by side call it at the same time. */
typedef void (*bst_command_callback)(void *user, uint32_t frame, uint32_t command, double seconds);

/** How a session works: bst_session_create(). Begin with BST_INIT. */
typedef struct bst_session_options {
  size_t struct_size;
  /** Where all of the session's memory comes from, with what the device needs for it; only the
   * stacks of threads come from the system. NULL: the C library. The structure is copied. */
  const bst_allocator *allocator;
  /** Host threads that compute, 1 to 256; 0 is 1. Frames in flight share them: a frame alone has
   * all, and of several, each has at least one as long as there are as many. Results do not depend
   * on it. */
  uint32_t threads;
  /** Frames that may be in flight, 1 to 64; 0 is 1. Each has an arena, inputs and outputs of its
   * own. A session of one frame computes on the thread that calls bst_session_run. */
  uint32_t frames;
  /** Memory for the arenas: `frames` times bst_package_info.arena_size, BST_ALIGNMENT aligned; it
   * must outlive the session. NULL: from the allocator. */
  void *arena;
  size_t arena_size;
  /** Told how long each command took; NULL: nobody. */
  bst_command_callback on_command;
  void *on_command_user;
  /** 1: every command leaves its output in memory (slower), to be read by bst_session_get_tensor.
   */
  uint32_t keep_tensors;
  /** Of frames that wait for the device, those of the session with the higher priority start
   * first; of equal ones, who was submitted first. A frame that has begun is not stopped for it. */
  int32_t priority;
} bst_session_options;

/** Makes `package` ready on `device`; both are retained. After that, no function of the session
 * allocates memory, except bst_session_selftest. Arenas start as zeros. `options` may be NULL.
 * Errors: INVALID_ARGUMENT with the option's name; OUT_OF_MEMORY; the device's. */
BST_API bst_status bst_session_create(bst_package *package, bst_device *device,
                                      const bst_session_options *options, bst_session **session,
                                      bst_error *error) BST_NOEXCEPT;

/** Cancels what is in flight, waits until the device has reported the end of every frame that it
 * has begun and until nobody is within bst_session_wait or _run any more, and frees everything. A
 * device that never reports holds it for ever: to learn of that before, cancel and wait with a
 * timeout. No other call may begin any more. NULL is allowed. */
BST_API void bst_session_destroy(bst_session *session) BST_NOEXCEPT;

/** Memory with elements in it, described by whoever owns it. */
typedef struct bst_buffer {
  size_t struct_size;
  void *data;
  size_t size; /**< Bytes. */
  bst_dtype dtype;
  bst_layout layout;
  uint32_t rank;
  int32_t shape[BST_MAX_RANK];
} bst_buffer;

/* Inputs and outputs of a frame that is not in flight. A buffer has to have the tensor's dtype,
 * layout, shape and size: nothing is converted, and everything else is refused with
 * INVALID_ARGUMENT, the tensor's name, and expected against actual. BUSY where the frame is in
 * flight.
 *
 * Each frame has memory for its inputs and outputs, which these functions copy to and from, or hand
 * out: write inputs before every run (a run may use their memory for other things), read outputs
 * before the next one.
 *
 * Or the host's own memory is bound in its place: BST_ALIGNMENT aligned, overlapping nothing else
 * that is bound or the arena. Inputs are never written. A binding holds until the next one; a
 * buffer with data NULL ends it. Where bst_tensor_info.zero_copy is set, the device reads and
 * writes that memory itself; else a run copies. */

BST_API bst_status bst_session_write_input(bst_session *session, uint32_t frame, uint32_t input,
                                           const bst_buffer *from, bst_error *error) BST_NOEXCEPT;
BST_API bst_status bst_session_read_output(bst_session *session, uint32_t frame, uint32_t output,
                                           const bst_buffer *to, bst_error *error) BST_NOEXCEPT;
/** The memory that the frame's input or output has now: its own, or what is bound. */
BST_API bst_status bst_session_get_input(bst_session *session, uint32_t frame, uint32_t input,
                                         bst_buffer *buffer, bst_error *error) BST_NOEXCEPT;
BST_API bst_status bst_session_get_output(bst_session *session, uint32_t frame, uint32_t output,
                                          bst_buffer *buffer, bst_error *error) BST_NOEXCEPT;
BST_API bst_status bst_session_bind_input(bst_session *session, uint32_t frame, uint32_t input,
                                          const bst_buffer *buffer, bst_error *error) BST_NOEXCEPT;
BST_API bst_status bst_session_bind_output(bst_session *session, uint32_t frame, uint32_t output,
                                           const bst_buffer *buffer, bst_error *error) BST_NOEXCEPT;

/** Tensor `index` of the package as the frame's last run left it. Sessions with keep_tensors only,
 * and only until another tensor takes its memory: inside the command callback it is sure to be
 * there, right after its command, which is why this function may be called from it. */
BST_API bst_status bst_session_get_tensor(bst_session *session, uint32_t frame, uint32_t index,
                                          bst_buffer *buffer, bst_error *error) BST_NOEXCEPT;

/** Runs a frame to its end. Errors: BUSY; CANCELLED; the device's, with the command's number and
 * name in front. */
BST_API bst_status bst_session_run(bst_session *session, uint32_t frame,
                                   bst_error *error) BST_NOEXCEPT;

/** Starts a frame and returns at once. All frames of a session may be in flight; they begin in the
 * order of their submission, and end in the order in which the device is done with them. One that
 * fails disturbs no other. Needs a session of two or more frames. Errors: BUSY where the frame is
 * in flight already. */
BST_API bst_status bst_session_submit(bst_session *session, uint32_t frame,
                                      bst_error *error) BST_NOEXCEPT;

/** Waits until a submitted frame is done and returns how it ended (as bst_session_run), also when
 * asked again. A negative `timeout_seconds` waits without limit; 0 only looks. Errors: TIMEOUT,
 * after which the frame goes on; INVALID_ARGUMENT where it was never submitted, or for a NaN. Any
 * thread, several at a time, in any order of frames. */
BST_API bst_status bst_session_wait(bst_session *session, uint32_t frame, double timeout_seconds,
                                    bst_error *error) BST_NOEXCEPT;

/** A file descriptor that becomes readable (poll, epoll, select) when a frame ends, however it
 * does: an eventfd, non-blocking, whose 8-byte read gives the number of frames that have ended
 * since the last read and makes it unreadable again. bst_session_wait with a timeout of 0 then says
 * which. The session's: it closes it. The first call opens it; frames that end before are not
 * counted. Errors: UNSUPPORTED where the system has no eventfd; IO where it grants none. Any
 * thread. */
BST_API bst_status bst_session_get_event(bst_session *session, int *descriptor,
                                         bst_error *error) BST_NOEXCEPT;

#define BST_ALL_FRAMES UINT32_MAX
/** Ends a frame (or all) that is in flight. One that waits for the device is done at once; one that
 * has begun, when the device gives it up (the simulator: before the next command), until when the
 * device uses its memory. Whoever waits for it gets CANCELLED, and its outputs are garbage. A
 * device that cannot give up, or has just finished, ends it as if nothing had been. A frame that is
 * not in flight stays as it is. Any thread. */
BST_API bst_status bst_session_cancel(bst_session *session, uint32_t frame,
                                      bst_error *error) BST_NOEXCEPT;

/** Does this device compute what the package says? Runs the package's own input (bstc compile
 * --selftest) on a session made for it, command by command, and compares the checksum of each
 * command's output; then once more the way this session runs. BST_ERROR_SELF_TEST names the first
 * command that differs, `*command` (may be NULL) gets its index. UNSUPPORTED where the package has
 * no self-test. No frame may be in flight: BUSY. Allocates. Inputs and outputs of frame 0, and what
 * is bound there, stay as they are. */
BST_API bst_status bst_session_selftest(bst_session *session, uint32_t *command,
                                        bst_error *error) BST_NOEXCEPT;

/** What runs a command on this device, for reports: a kernel's name. "" where it is not known. */
BST_API const char *bst_session_kernel(bst_session *session, uint32_t command) BST_NOEXCEPT;

/** How a device runs a command, for reports. */
typedef struct bst_kernel_info {
  size_t struct_size;
  const char *name; /**< As bst_session_kernel returns it. */
  uint32_t pass;    /**< The command in whose pass it is computed; itself where it has its own. */
  /** Why kernels that would be better did not take it: "NAME: reason; ...", cut where it is longer.
   * Empty where the best one runs it, or where the driver does not say. */
  char refusals[BST_MESSAGE_SIZE];
} bst_kernel_info;
/** INVALID_ARGUMENT where there is no such command. */
BST_API bst_status bst_session_get_kernel(bst_session *session, uint32_t command,
                                          bst_kernel_info *info, bst_error *error) BST_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* BST_BST_H */
