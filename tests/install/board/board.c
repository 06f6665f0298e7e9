/* A host in C with a driver of its own, which computes nothing: what a program for a board takes of
 * the archive. Opens a package, runs one frame and prints how many the driver was given.
 * scripts/test-install.sh builds it in every way that a host may. */
#include <bst/bst.h>
#include <bst/device.h>

#include <stdio.h>

static unsigned frames;

static bst_status open_board(const char *options, void **device, bst_error *error) {
  (void)options;
  (void)error;
  *device = &frames;
  return BST_OK;
}

static void close_board(void *device) { (void)device; }

static bst_status prepare(void *device, const bst_package *package,
                          const bst_prepare_options *options, void **execution, bst_error *error) {
  (void)package;
  (void)options;
  (void)error;
  *execution = device;
  return BST_OK;
}

static void release(void *device, void *execution) {
  (void)device;
  (void)execution;
}

/* A board would put the frame into its queue, and report its end from elsewhere. */
static bst_status begin(void *execution, uint32_t frame, void *const *tensors,
                        const bst_completion *completion, bst_error *error) {
  (void)frame;
  (void)tensors;
  (void)error;
  ++*(unsigned *)execution;
  completion->done(completion->cookie, NULL, BST_NO_COMMAND);
  return BST_OK;
}

static const bst_device_driver board = {BST_DEVICE_ABI_VERSION,
                                        sizeof(bst_device_driver),
                                        "board",
                                        open_board,
                                        close_board,
                                        prepare,
                                        release,
                                        begin,
                                        NULL,
                                        NULL,
                                        NULL,
                                        NULL,
                                        NULL,
                                        NULL};

int main(int argc, char **argv) {
  bst_error error;
  bst_package *package = NULL;
  bst_device *device = NULL;
  bst_session *session = NULL;
  bst_session_options options = BST_INIT(bst_session_options);
  int failed = 1;
  if (argc != 2) {
    fprintf(stderr, "usage: board MODEL.bst\n");
    return 2;
  }
  if (bst_check_abi(BST_ABI_VERSION, &error) != BST_OK ||
      bst_package_open(argv[1], &package, &error) != BST_OK ||
      bst_device_open(&board, NULL, &device, &error) != BST_OK ||
      bst_session_create(package, device, &options, &session, &error) != BST_OK ||
      bst_session_run(session, 0, &error) != BST_OK) {
    fprintf(stderr, "board: %s: %s\n", bst_status_name(error.code), error.message);
  } else {
    printf("%u frames\n", frames);
    failed = 0;
  }
  bst_session_destroy(session);
  bst_device_release(device);
  bst_package_release(package);
  return failed;
}
