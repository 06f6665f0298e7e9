// A system that grants no threads (ld --wrap of pthread_create).
#include "fixture.h"

#include <cerrno>
#include <pthread.h>

static bool grantsThreads = true;

extern "C" {
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument) {
  return grantsThreads ? __real_pthread_create(thread, attributes, function, argument) : EAGAIN;
}
}

namespace bst::testing {

TEST(NoThreads, AreAnErrorWhereFramesNeedOne) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openSimulator();
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = 2;
  bst_session *session = nullptr;
  bst_error error = {};
  grantsThreads = false;
  const bst_status status =
      bst_session_create(package.get(), device.get(), &options, &session, &error);
  grantsThreads = true;
  EXPECT_EQ(status, BST_ERROR_OUT_OF_MEMORY);
  EXPECT_STREQ(error.message,
               "device 'simulator': the system grants no thread for frames in flight");
  EXPECT_EQ(session, nullptr);
}

TEST(NoThreads, AreNotMissedWhereTheyOnlyHelp) {
  const TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  bst_session_options options = BST_INIT(bst_session_options);
  options.threads = 4;
  grantsThreads = false;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  grantsThreads = true;
  writePicture(session.get(), package.get(), 0, 4);
  ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
  expectClose(readOutputs(session.get(), package.get(), 0)[1], expectedOutputs(test.program, 4)[1]);
}

} // namespace bst::testing
