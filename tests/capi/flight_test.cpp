// Several frames in flight, waiting, cancelling.
#include "fixture.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

namespace bst::testing {

using ::testing::HasSubstr;

static bst_session_options framesOf(uint32_t frames) {
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = frames;
  return options;
}

TEST(Flight, FramesEqualThoseOfOneAfterTheOther) {
  const TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  constexpr uint32_t pictures = 20, frames = 3;
  std::vector<std::vector<std::vector<std::byte>>> sequential;
  const Held<bst_session> one = createSession(package.get(), device.get());
  for (uint32_t seed = 0; seed < pictures; ++seed) {
    writePicture(one.get(), package.get(), 0, seed);
    ASSERT_EQ(bst_session_run(one.get(), 0, nullptr), BST_OK);
    sequential.push_back(readOutputs(one.get(), package.get(), 0));
  }
  ASSERT_NE(sequential[0], sequential[1]);

  const Held<bst_session> session = createSession(package.get(), device.get(), framesOf(frames));
  bst_error error = {};
  for (uint32_t seed = 0; seed < pictures + frames; ++seed) {
    const uint32_t frame = seed % frames;
    if (seed >= frames) {
      ASSERT_EQ(bst_session_wait(session.get(), frame, -1, &error), BST_OK) << error.message;
      EXPECT_EQ(readOutputs(session.get(), package.get(), frame), sequential[seed - frames]);
    }
    if (seed < pictures) {
      writePicture(session.get(), package.get(), frame, seed);
      ASSERT_EQ(bst_session_submit(session.get(), frame, &error), BST_OK) << error.message;
    }
  }
}

TEST(Flight, AFrameInFlightIsLeftAlone) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  const Held<bst_session> session = createSession(package.get(), device.get(), framesOf(2));
  bst_error error = {};
  EXPECT_EQ(bst_session_wait(session.get(), 0, 0, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "frame 0 was never submitted");
  ASSERT_EQ(bst_session_submit(session.get(), 0, &error), BST_OK);
  gate.waitForGuest();
  EXPECT_EQ(bst_session_submit(session.get(), 0, &error), BST_ERROR_BUSY);
  EXPECT_STREQ(error.message, "frame 0 is in flight");
  EXPECT_EQ(bst_session_run(session.get(), 0, &error), BST_ERROR_BUSY);
  std::vector<float> values = picture(package.get(), 1);
  const bst_buffer buffer = inputBuffer(package.get(), 0, values.data());
  EXPECT_EQ(bst_session_write_input(session.get(), 0, 0, &buffer, &error), BST_ERROR_BUSY);
  EXPECT_STREQ(error.message, "input 'images': frame 0 is in flight");
  EXPECT_EQ(bst_session_wait(session.get(), 0, 0.001, &error), BST_ERROR_TIMEOUT);
  EXPECT_STREQ(error.message, "frame 0 is not done yet");
  EXPECT_EQ(bst_session_write_input(session.get(), 1, 0, &buffer, &error), BST_OK)
      << "the other frame is free";
  gate.open();
  EXPECT_EQ(bst_session_wait(session.get(), 0, -1, &error), BST_OK) << error.message;
  EXPECT_EQ(bst_session_wait(session.get(), 0, -1, &error), BST_OK) << "waiting twice is allowed";
}

TEST(Flight, CancelTakesEffectBetweenCommands) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  bst_session_options options = framesOf(2);
  std::atomic<uint32_t> commands{0};
  options.on_command = [](void *user, uint32_t, uint32_t, double) {
    ++*static_cast<std::atomic<uint32_t> *>(user);
  };
  options.on_command_user = &commands;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  ASSERT_EQ(bst_session_submit(session.get(), 0, nullptr), BST_OK);
  ASSERT_EQ(bst_session_submit(session.get(), 1, nullptr), BST_OK);
  gate.waitForGuest(); // Frame 0 is at its first command, frame 1 waits for the thread.
  bst_error error = {};
  ASSERT_EQ(bst_session_cancel(session.get(), 1, &error), BST_OK);
  EXPECT_EQ(bst_session_wait(session.get(), 1, -1, &error), BST_ERROR_CANCELLED)
      << "who waits in the queue does not wait for others";
  EXPECT_STREQ(error.message, "frame 1 was cancelled before command 0 'quantize0'");
  ASSERT_EQ(bst_session_cancel(session.get(), BST_ALL_FRAMES, &error), BST_OK);
  EXPECT_EQ(bst_session_wait(session.get(), 0, 0.001, &error), BST_ERROR_TIMEOUT)
      << "the command that runs uses the frame's memory still";
  gate.open();
  EXPECT_EQ(bst_session_wait(session.get(), 0, -1, &error), BST_ERROR_CANCELLED);
  EXPECT_STREQ(error.message, "frame 0 was cancelled before command 1 'conv0'");
  EXPECT_EQ(commands, 1u);

  // The session goes on as if nothing had been.
  EXPECT_EQ(bst_session_run(session.get(), 0, &error), BST_OK) << error.message;
  EXPECT_EQ(bst_session_cancel(session.get(), 0, &error), BST_OK);
  EXPECT_EQ(bst_session_wait(session.get(), 0, -1, &error), BST_OK)
      << "a frame that is done stays done";
}

TEST(Flight, CancelWakesThoseWhoWait) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  const Held<bst_session> session = createSession(package.get(), device.get(), framesOf(2));
  ASSERT_EQ(bst_session_submit(session.get(), 0, nullptr), BST_OK);
  ASSERT_EQ(bst_session_submit(session.get(), 1, nullptr), BST_OK);
  gate.waitForGuest();
  bst_status woken[2] = {BST_OK, BST_OK};
  std::thread first([&] { woken[0] = bst_session_wait(session.get(), 1, -1, nullptr); });
  std::thread second([&] { woken[1] = bst_session_wait(session.get(), 1, -1, nullptr); });
  ASSERT_EQ(bst_session_cancel(session.get(), 1, nullptr), BST_OK);
  first.join();
  second.join();
  EXPECT_EQ(woken[0], BST_ERROR_CANCELLED);
  EXPECT_EQ(woken[1], BST_ERROR_CANCELLED);
  gate.open();
}

TEST(Flight, CancelReachesARunOfAnotherThread) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  const Held<bst_session> session = createSession(package.get(), device.get());
  bst_status ended = BST_OK;
  std::thread runs([&] { ended = bst_session_run(session.get(), 0, nullptr); });
  gate.waitForGuest();
  EXPECT_EQ(bst_session_cancel(session.get(), 0, nullptr), BST_OK);
  gate.open();
  runs.join();
  EXPECT_EQ(ended, BST_ERROR_CANCELLED);
  EXPECT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK) << "the next run is another one";
}

TEST(Flight, FramesRunInTheOrderOfTheirSubmission) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openSimulator();
  bst_session_options options = framesOf(4);
  std::vector<uint32_t> order;
  options.on_command = [](void *user, uint32_t frame, uint32_t command, double) {
    if (command == 0)
      static_cast<std::vector<uint32_t> *>(user)->push_back(frame);
  };
  options.on_command_user = &order;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  for (uint32_t frame : {2, 0, 3, 1})
    ASSERT_EQ(bst_session_submit(session.get(), frame, nullptr), BST_OK);
  for (uint32_t frame = 0; frame < 4; ++frame)
    ASSERT_EQ(bst_session_wait(session.get(), frame, -1, nullptr), BST_OK);
  EXPECT_THAT(order, ::testing::ElementsAre(2, 0, 3, 1));
}

TEST(Flight, TheSimulatorComputesAsManyFramesAsItHasThreads) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  bst_session_options options = framesOf(3);
  options.threads = 2;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  for (uint32_t frame : {0, 1, 2})
    ASSERT_EQ(bst_session_submit(session.get(), frame, nullptr), BST_OK);
  gate.waitForGuest(2);
  EXPECT_EQ(gate.mostGuests(), 2u);
  gate.open();
  for (uint32_t frame : {2, 1, 0})
    EXPECT_EQ(bst_session_wait(session.get(), frame, -1, nullptr), BST_OK);
  EXPECT_EQ(gate.mostGuests(), 2u);
}

TEST(Flight, ASimulatorOfOneFrameTakesTheMoreImportantFirst) {
  static std::vector<std::pair<const void *, uint32_t>> order; // By the thread at a time.
  order.clear();
  const Held<bst_package> package = openPackage(smallProgram().program);
  bst_device *opened = nullptr;
  ASSERT_EQ(bst_device_open(bst_simulator_driver(), "frames=1", &opened, nullptr), BST_OK);
  const Held<bst_device> device(opened);
  Held<bst_session> low, high;
  static std::mutex mutex;
  static std::condition_variable changed;
  static bool isOpen;
  isOpen = false;
  bst_session_options options = framesOf(2);
  options.on_command = [](void *user, uint32_t frame, uint32_t command, double) {
    std::unique_lock lock(mutex);
    if (command == 0)
      order.emplace_back(user, frame);
    changed.wait(lock, [] { return isOpen; });
  };
  options.on_command_user = &low;
  low = createSession(package.get(), device.get(), options);
  options.on_command_user = &high;
  options.priority = 1;
  high = createSession(package.get(), device.get(), options);
  for (const auto *of : {&low, &high})
    for (uint32_t frame : {0, 1})
      ASSERT_EQ(bst_session_submit(of->get(), frame, nullptr), BST_OK);
  {
    const std::lock_guard lock(mutex);
    isOpen = true;
    changed.notify_all();
  }
  for (const auto *of : {&low, &high})
    for (uint32_t frame : {0, 1})
      EXPECT_EQ(bst_session_wait(of->get(), frame, -1, nullptr), BST_OK);
  using By = std::pair<const void *, uint32_t>;
  EXPECT_THAT(order, ::testing::ElementsAre(By(&low, 0), By(&high, 0), By(&high, 1), By(&low, 1)));
}

TEST(Flight, DestroyingASessionEndsWhatIsInFlight) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  bst_session_options options = framesOf(2);
  uint32_t commands = 0;
  options.on_command = [](void *user, uint32_t, uint32_t, double) {
    ++*static_cast<uint32_t *>(user);
  };
  options.on_command_user = &commands;
  Held<bst_session> session = createSession(package.get(), device.get(), options);
  ASSERT_EQ(bst_session_submit(session.get(), 0, nullptr), BST_OK);
  ASSERT_EQ(bst_session_submit(session.get(), 1, nullptr), BST_OK);
  gate.waitForGuest();
  std::thread opens([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    gate.open();
  });
  session.reset();
  opens.join();
  EXPECT_LE(commands, 1u);
}

TEST(Flight, AFailureIsTheWaitersToLearnAndNobodyElses) {
  const TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  const Onlooker onlooker([](uint32_t frame, uint32_t command, void *const *,
                             bst_error *error) -> bst_status {
    return frame == 1 && command == 1 ? bst_set_error(error, BST_ERROR_IO, "no answer") : BST_OK;
  });
  const Held<bst_device> device = openDevice(*onlooker.driver());
  bst_session_options options = framesOf(3);
  options.threads = 3;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  const Held<bst_session> alone = createSession(package.get(), device.get());
  writePicture(alone.get(), package.get(), 0, 5);
  ASSERT_EQ(bst_session_run(alone.get(), 0, nullptr), BST_OK);
  bst_error error = {};
  for (uint32_t frame : {0, 1, 2}) {
    writePicture(session.get(), package.get(), frame, 5);
    ASSERT_EQ(bst_session_submit(session.get(), frame, &error), BST_OK);
  }
  EXPECT_EQ(bst_session_wait(session.get(), 1, -1, &error), BST_ERROR_IO);
  EXPECT_EQ(std::string(error.message),
            "command 1 '" + test.program.commands[1].name + "' on onlooker: no answer");
  for (uint32_t frame : {2, 0}) {
    EXPECT_EQ(bst_session_wait(session.get(), frame, -1, nullptr), BST_OK);
    EXPECT_EQ(readOutputs(session.get(), package.get(), frame),
              readOutputs(alone.get(), package.get(), 0));
  }
  EXPECT_EQ(bst_session_run(session.get(), 1, &error), BST_ERROR_IO);
}

TEST(Flight, AVeryLongTimeoutIsNoTimeout) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  const Held<bst_session> session = createSession(package.get(), device.get(), framesOf(2));
  ASSERT_EQ(bst_session_submit(session.get(), 0, nullptr), BST_OK);
  gate.waitForGuest();
  std::thread opens([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    gate.open();
  });
  bst_error error = {};
  EXPECT_EQ(bst_session_wait(session.get(), 0, std::nan(""), &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "timeout_seconds is not a number");
  EXPECT_EQ(bst_session_wait(session.get(), 0, 1e300, &error), BST_OK) << error.message;
  opens.join();
}

TEST(Flight, CancelOfOneFrameLeavesTheOthers) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  const Held<bst_session> session = createSession(package.get(), device.get(), framesOf(3));
  for (uint32_t frame : {0, 1, 2})
    ASSERT_EQ(bst_session_submit(session.get(), frame, nullptr), BST_OK);
  gate.waitForGuest();
  ASSERT_EQ(bst_session_cancel(session.get(), 1, nullptr), BST_OK);
  gate.open();
  EXPECT_EQ(bst_session_wait(session.get(), 0, -1, nullptr), BST_OK);
  EXPECT_EQ(bst_session_wait(session.get(), 1, -1, nullptr), BST_ERROR_CANCELLED);
  EXPECT_EQ(bst_session_wait(session.get(), 2, -1, nullptr), BST_OK);
}

TEST(Flight, SeveralThreadsMayWaitForAFrame) {
  Gate gate;
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openDevice(*gate.driver());
  const Held<bst_session> session = createSession(package.get(), device.get(), framesOf(2));
  ASSERT_EQ(bst_session_submit(session.get(), 0, nullptr), BST_OK);
  gate.waitForGuest();
  std::atomic<int> woken = 0;
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i)
    waiters.emplace_back(
        [&] { woken += bst_session_wait(session.get(), 0, -1, nullptr) == BST_OK; });
  std::this_thread::sleep_for(std::chrono::milliseconds(20)); // They wait by now.
  gate.open();
  for (std::thread &waiter : waiters)
    waiter.join();
  EXPECT_EQ(woken, 4);
}

TEST(Flight, CancelWantsAFrameThatIsThere) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get(), framesOf(2));
  bst_error error = {};
  EXPECT_EQ(bst_session_cancel(session.get(), 2, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "frame 2: the session has 2");
  EXPECT_EQ(bst_session_submit(session.get(), 2, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(bst_session_wait(session.get(), 2, 0, &error), BST_ERROR_INVALID_ARGUMENT);
}

TEST(Flight, OneFrameHasNothingToRunBeside) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get());
  bst_error error = {};
  EXPECT_EQ(bst_session_submit(session.get(), 0, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("options->frames of 2 or more"));
}

TEST(Flight, TheCallbackSeesEveryCommandsTensors) {
  TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  struct Seen {
    bst_session *session = nullptr;
    std::vector<uint32_t> commands;
    bst_buffer output = BST_INIT(bst_buffer);
  } seen;
  bst_session_options options = BST_INIT(bst_session_options);
  options.keep_tensors = 1;
  options.on_command_user = &seen;
  options.on_command = [](void *user, uint32_t frame, uint32_t command, double seconds) {
    auto &to = *static_cast<Seen *>(user);
    EXPECT_GE(seconds, 0);
    to.commands.push_back(command);
    EXPECT_EQ(bst_session_get_tensor(to.session, frame, 0, &to.output, nullptr), BST_OK);
  };
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  seen.session = session.get();
  writePicture(session.get(), package.get(), 0, 3);
  ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
  ASSERT_EQ(seen.commands.size(), test.program.commands.size());
  for (uint32_t i = 0; i < seen.commands.size(); ++i)
    EXPECT_EQ(seen.commands[i], i);
  EXPECT_EQ(seen.output.size, 3u * 8 * 8 * 4);
}

} // namespace bst::testing
