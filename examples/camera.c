/* A camera in front of a network that was made with `bstc compile --deploy`: 8-bit pictures go in,
 * boxes come out. While the device works on one picture, the next one is read and brought to the
 * network's size. Pictures come from stdin, raw, one after the other:
 *
 *   ffmpeg -i street.mp4 -f rawvideo -pix_fmt nv12 - | camera model.bst nv12 1920 1080
 *
 * Prints the boxes of each picture, in its pixels. */
#include <bst/picture.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 2 /* In flight at a time. */
#define MOST_BOXES 20

typedef struct camera {
  bst_package *package;
  bst_device *device;
  bst_session *session;
  bst_preprocess_info how;
  bst_decode_info decode;
  bst_picture picture; /* What is read into: all pictures have one size. */
  bst_placement where; /* In the network's input. */
  size_t size;         /* Of a picture, bytes. */
  void *scratch;       /* For bst_picture_write. */
  size_t scratch_size;
} camera;

static int failed(const bst_error *error) {
  fprintf(stderr, "camera: %s: %s\n", bst_status_name(error->code), error->message);
  return 0;
}
static int refused(const char *why) {
  fprintf(stderr, "camera: %s\n", why);
  return 0;
}

static int open_network(camera *c, const char *path) {
  bst_error error;
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = options.threads = FRAMES;
  c->how.struct_size = sizeof(c->how);
  c->decode.struct_size = sizeof(c->decode);
  if (bst_check_abi(BST_ABI_VERSION, &error) != BST_OK ||
      bst_package_open(path, &c->package, &error) != BST_OK ||
      bst_package_get_preprocess(c->package, 0, &c->how, &error) != BST_OK ||
      bst_package_get_decode(c->package, &c->decode, &error) != BST_OK)
    return failed(&error);
  if (c->decode.stage != BST_DETECTIONS)
    return refused("the network lists no boxes: compile it with --deploy");
  if (bst_device_open(bst_simulator_driver(), NULL, &c->device, &error) != BST_OK ||
      bst_session_create(c->package, c->device, &options, &c->session, &error) != BST_OK)
    return failed(&error);
  return 1;
}

/* The frame's input as a picture to write to. */
static int input_of(camera *c, uint32_t frame, bst_picture *to, bst_error *error) {
  bst_buffer memory = BST_INIT(bst_buffer);
  to->struct_size = sizeof(*to);
  return bst_session_get_input(c->session, frame, 0, &memory, error) == BST_OK &&
         bst_picture_of_input(c->package, 0, memory.data, to, error) == BST_OK;
}

/* All memory that is ever needed, and where pictures go, which is the same for all. */
static int open_camera(camera *c, const char *format, const char *width, const char *height) {
  static const char *const formats[] = {"rgb", "bgr", "nv12", "nv12-full"}; /* BST_PIXELS_*. */
  bst_error error;
  bst_picture input;
  bst_picture *const from = &c->picture;
  from->struct_size = sizeof(*from);
  while (from->format < 4 && strcmp(format, formats[from->format]) != 0)
    ++from->format;
  if (from->format == 4)
    return refused("pictures are rgb, bgr, nv12 or nv12-full");
  from->width = (uint32_t)strtoul(width, NULL, 10);
  from->height = (uint32_t)strtoul(height, NULL, 10);
  c->where.struct_size = sizeof(c->where);
  if (!input_of(c, 0, &input, &error) ||
      bst_picture_place(from->width, from->height, input.width, input.height, c->how.fit, &c->where,
                        &error) != BST_OK)
    return failed(&error);
  c->size = (size_t)from->width * from->height * 3 / (from->format >= BST_PIXELS_NV12 ? 2 : 1);
  c->scratch_size = bst_picture_scratch_size(from, &c->where, &input);
  if (!c->scratch_size)
    return refused("NV12 has an even number of rows and columns");
  from->planes[0] = malloc(c->size);
  c->scratch = malloc(c->scratch_size);
  return (from->planes[0] && c->scratch) || refused("there is not enough memory");
}

/* The picture that was read goes straight into the frame's own input memory. */
static int submit(camera *c, uint32_t frame) {
  bst_error error;
  bst_picture to;
  if (!input_of(c, frame, &to, &error) ||
      bst_picture_write(&c->picture, &c->where, (uint8_t)c->how.pad, &to, c->scratch,
                        c->scratch_size, &error) != BST_OK ||
      bst_session_submit(c->session, frame, &error) != BST_OK)
    return failed(&error);
  return 1;
}

/* What the network lists: boxes, scores, classes and their number. */
static int collect(camera *c, uint32_t frame, unsigned long number) {
  bst_error error;
  const float *parts[4];
  float boxes[4 * MOST_BOXES];
  size_t count, i;
  if (bst_session_wait(c->session, frame, -1, &error) != BST_OK)
    return failed(&error);
  for (i = 0; i < 4; ++i) {
    bst_buffer memory = BST_INIT(bst_buffer);
    if (bst_session_get_output(c->session, frame, c->decode.outputs[i], &memory, &error) != BST_OK)
      return failed(&error);
    parts[i] = (const float *)memory.data;
  }
  count = (size_t)parts[3][0] < MOST_BOXES ? (size_t)parts[3][0] : MOST_BOXES;
  memcpy(boxes, parts[0], count * 4 * sizeof(float));
  bst_picture_boxes(&c->where, boxes, count);
  printf("picture %lu: %lu boxes\n", number, (unsigned long)count);
  for (i = 0; i < count; ++i) {
    const uint32_t category = (uint32_t)parts[2][i];
    const char *name = bst_package_class_name(c->package, category);
    printf("  %.3f  %7.1f %7.1f %7.1f %7.1f  %lu %s\n", (double)parts[1][i], (double)boxes[4 * i],
           (double)boxes[4 * i + 1], (double)boxes[4 * i + 2], (double)boxes[4 * i + 3],
           (unsigned long)category, name ? name : "");
  }
  return 1;
}

static int run(camera *c) {
  unsigned long begun = 0, done = 0;
  size_t bytes;
  while ((bytes = fread(c->picture.planes[0], 1, c->size, stdin)) == c->size) {
    if (begun - done == FRAMES && !collect(c, done % FRAMES, done))
      return 0;
    done += begun - done == FRAMES;
    if (!submit(c, begun % FRAMES))
      return 0;
    ++begun;
  }
  for (; done < begun; ++done)
    if (!collect(c, done % FRAMES, done))
      return 0;
  return bytes == 0 || refused("the last picture is cut off");
}

int main(int argc, char **argv) {
  camera c = {0};
  int ok;
  if (argc != 5) {
    fprintf(stderr, "usage: camera MODEL.bst rgb|bgr|nv12|nv12-full WIDTH HEIGHT <PICTURES\n");
    return 2;
  }
  ok = open_network(&c, argv[1]) && open_camera(&c, argv[2], argv[3], argv[4]) && run(&c);
  bst_session_destroy(c.session);
  bst_device_release(c.device);
  bst_package_release(c.package);
  free(c.picture.planes[0]);
  free(c.scratch);
  return ok ? 0 : 1;
}
