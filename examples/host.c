/* A host in C, as a camera application would be built around libbstrt: while the device works on
 * some frames, the next picture is prepared. Pictures come from PPM files in place of a camera. For
 * networks that take floats, as the ONNX file does; camera.c is for those that take pixels.
 *
 *   host MODEL.bst PICTURE.ppm ...
 *
 * Prints the boxes of each picture, in its pixels. */
#include "host/boxes.h"
#include "host/picture.h"

#include <bst/bst.h>

#include <stdio.h>

#define FRAMES 2 /* In flight at a time. */
#define MOST_BOXES 20

typedef struct host {
  bst_package *package;
  bst_device *device;
  bst_session *session;
  bst_tensor_info input, output;
  bst_preprocess_info preprocess;
  bst_decode_info decode;
  uint32_t output_index;
} host;

static int failed(const bst_error *error) {
  fprintf(stderr, "host: %s: %s\n", bst_status_name(error->code), error->message);
  return 0;
}

/* The package's contract: what goes in, what comes out. */
static int read_contract(host *h, bst_error *error) {
  h->input.struct_size = h->output.struct_size = sizeof(bst_tensor_info);
  h->preprocess.struct_size = sizeof(bst_preprocess_info);
  h->decode.struct_size = sizeof(bst_decode_info);
  if (bst_package_get_input(h->package, 0, &h->input, error) != BST_OK ||
      bst_package_get_preprocess(h->package, 0, &h->preprocess, error) != BST_OK ||
      bst_package_get_decode(h->package, &h->decode, error) != BST_OK)
    return failed(error);
  h->output_index = h->decode.output_count ? h->decode.outputs[0] : 0;
  if (bst_package_get_output(h->package, h->output_index, &h->output, error) != BST_OK)
    return failed(error);
  if (h->input.dtype == BST_F32 && h->input.rank == 4 && h->output.dtype == BST_F32 &&
      h->output.rank == 3 &&
      (h->decode.stage == BST_DETECTIONS ||
       (h->decode.stage == BST_PREDICTIONS &&
        (uint32_t)h->output.shape[2] == 5 + h->decode.classes + h->decode.masks)))
    return 1;
  fprintf(stderr, "host: the package is not a detector that takes floats (camera.c: pixels)\n");
  return 0;
}

static int open_host(host *h, const char *path) {
  bst_error error;
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = FRAMES;
  options.threads = FRAMES; /* The simulator computes as many frames side by side. */
  if (bst_check_abi(BST_ABI_VERSION, &error) != BST_OK ||
      bst_package_open(path, &h->package, &error) != BST_OK)
    return failed(&error);
  if (!read_contract(h, &error))
    return 0;
  if (bst_device_open(bst_simulator_driver(), NULL, &h->device, &error) != BST_OK ||
      bst_session_create(h->package, h->device, &options, &h->session, &error) != BST_OK)
    return failed(&error);
  return 1;
}

/* The picture goes into the frame's own input memory, so that nothing is copied. */
static int submit(host *h, uint32_t frame, const char *path, placement *where) {
  bst_error error;
  bst_buffer memory = BST_INIT(bst_buffer);
  picture shot;
  if (!picture_read(path, &shot))
    return 0;
  if (bst_session_get_input(h->session, frame, 0, &memory, &error) != BST_OK)
    return failed(&error);
  if (!picture_prepare(&shot, &h->preprocess, &h->input, (float *)memory.data, where)) {
    fprintf(stderr, "%s: is not of the size that the network takes\n", path);
    picture_free(&shot);
    return 0;
  }
  picture_free(&shot);
  return bst_session_submit(h->session, frame, &error) == BST_OK ? 1 : failed(&error);
}

/* The boxes of a frame that is done: those that the network lists (bstc compile --with-nms), or the
 * best of its predictions. */
static int read_boxes(host *h, uint32_t frame, box *kept, size_t *count, bst_error *error) {
  const int listed = h->decode.stage == BST_DETECTIONS;
  const float *parts[4];
  uint32_t i;
  for (i = 0; i < (listed ? 4u : 1u); ++i) {
    bst_buffer memory = BST_INIT(bst_buffer);
    const uint32_t output = listed ? h->decode.outputs[i] : h->output_index;
    if (bst_session_get_output(h->session, frame, output, &memory, error) != BST_OK)
      return 0;
    parts[i] = (const float *)memory.data;
  }
  *count = listed ? boxes_listed(parts, kept, MOST_BOXES)
                  : boxes_best(parts[0], &h->output, &h->decode, kept, MOST_BOXES);
  return 1;
}

static int collect(host *h, uint32_t frame, const char *path, const placement *where) {
  bst_error error;
  box kept[MOST_BOXES];
  size_t count, i;
  if (bst_session_wait(h->session, frame, -1, &error) != BST_OK ||
      !read_boxes(h, frame, kept, &count, &error))
    return failed(&error);
  printf("%s: %lu boxes\n", path, (unsigned long)count);
  for (i = 0; i < count; ++i) {
    const char *name = bst_package_class_name(h->package, kept[i].category);
    printf("  %.3f  %7.1f %7.1f %7.1f %7.1f  ", (double)kept[i].score,
           (kept[i].x1 - where->left) / where->gain_x, (kept[i].y1 - where->top) / where->gain_y,
           (kept[i].x2 - where->left) / where->gain_x, (kept[i].y2 - where->top) / where->gain_y);
    if (name)
      printf("%s\n", name);
    else
      printf("class %lu\n", (unsigned long)kept[i].category);
  }
  return 1;
}

int main(int argc, char **argv) {
  host h = {0};
  placement where[FRAMES];
  int next, ok;
  if (argc < 3) {
    fprintf(stderr, "usage: host MODEL.bst PICTURE.ppm ...\n");
    return 2;
  }
  ok = open_host(&h, argv[1]);
  /* Picture `next` goes into a frame as soon as the one that was there has been collected. */
  for (next = 2; ok && next < argc + FRAMES; ++next) {
    const uint32_t frame = (uint32_t)next % FRAMES;
    if (next - FRAMES >= 2)
      ok = collect(&h, frame, argv[next - FRAMES], &where[frame]);
    if (ok && next < argc)
      ok = submit(&h, frame, argv[next], &where[frame]);
  }
  bst_session_destroy(h.session);
  bst_device_release(h.device);
  bst_package_release(h.package);
  return ok ? 0 : 1;
}
