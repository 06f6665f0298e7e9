/* A host in C99: everything it needs is in the two public headers, and a network runs. */
#include "small_package.h"

#include <bst/bst.h>
#include <bst/device.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

static void check(int condition, const char *what, const bst_error *error) {
  if (condition)
    return;
  ++failures;
  printf("FAILED: %s: %s: %s\n", what, bst_status_name(error->code), error->message);
}
#define CHECK(condition) check((condition), #condition, &error)

static void countCommand(void *user, uint32_t frame, uint32_t command, double seconds) {
  uint32_t *next = (uint32_t *)user;
  if (frame == 0 && command == *next && seconds >= 0)
    ++*next;
}

int main(void) {
  bst_error error = {BST_OK, ""};
  size_t size = 0;
  const void *bytes = smallPackage(&size);
  bst_package *package = NULL;
  bst_device *device = NULL;
  bst_session *session = NULL;
  bst_session_options options = BST_INIT(bst_session_options);
  bst_tensor_info input = BST_INIT(bst_tensor_info);
  bst_tensor_info output = BST_INIT(bst_tensor_info);
  bst_buffer from = BST_INIT(bst_buffer);
  bst_buffer to = BST_INIT(bst_buffer);
  float in[32], out[48];
  uint32_t commandsSeen = 0;
  int i;

  CHECK(bst_check_abi(BST_ABI_VERSION, &error) == BST_OK);
  CHECK(bst_version() == BST_VERSION);
  CHECK(bst_package_open_memory(bytes, size, BST_MEMORY_COPY, &package, &error) == BST_OK);
  CHECK(bst_package_get_input(package, 0, &input, &error) == BST_OK);
  CHECK(bst_package_get_output(package, 0, &output, &error) == BST_OK);
  CHECK(strcmp(input.name, "images") == 0 && input.size == sizeof(in));
  CHECK(strcmp(output.name, "output") == 0 && output.size == sizeof(out));

  CHECK(bst_device_open(bst_simulator_driver(), NULL, &device, &error) == BST_OK);
  options.on_command = countCommand;
  options.on_command_user = &commandsSeen;
  CHECK(bst_session_create(package, device, &options, &session, &error) == BST_OK);
  bst_package_release(package); /* The session has its own references. */
  bst_device_release(device);

  /* All inputs 0: the quantised map holds the zero point everywhere, the convolution leaves its
   * bias, 100 * 2^30 / 2^36 = 1.56.., rounded 2 for the first channel, at a scale of 0.25. */
  memset(in, 0, sizeof(in));
  from.data = in;
  from.size = sizeof(in);
  from.dtype = BST_F32;
  from.layout = BST_ROW_MAJOR;
  from.rank = 4;
  memcpy(from.shape, input.shape, sizeof(from.shape));
  to = from;
  to.data = out;
  to.size = sizeof(out);
  memcpy(to.shape, output.shape, sizeof(to.shape));
  CHECK(bst_session_write_input(session, 0, 0, &from, &error) == BST_OK);
  CHECK(bst_session_run(session, 0, &error) == BST_OK);
  CHECK(bst_session_read_output(session, 0, 0, &to, &error) == BST_OK);
  for (i = 0; i < 48; ++i)
    if (fabs((double)out[i] - 0.5) > 1e-6) {
      ++failures;
      printf("FAILED: element %d is %g, expected 0.5\n", i, (double)out[i]);
      break;
    }
  CHECK(commandsSeen == 3);

  from.dtype = BST_U8;
  CHECK(bst_session_write_input(session, 0, 0, &from, &error) == BST_ERROR_INVALID_ARGUMENT);
  CHECK(strcmp(error.message, "input 'images': the buffer's dtype is u8, expected f32") == 0);
  bst_session_destroy(session);
  printf("%d failures\n", failures);
  return failures != 0;
}
