// What the runtime and a driver promise each other about frames in flight, on a device that ends
// them when the test says so.
#include "stub_device.h"

#include <atomic>
#include <thread>

#include <poll.h>
#include <unistd.h>

namespace bst::testing {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

bst_session_options optionsOf(uint32_t frames, int32_t priority = 0) {
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = frames;
  options.priority = priority;
  return options;
}

class DriverFlight : public ::testing::Test {
protected:
  Held<bst_session> session(uint32_t frames, int32_t priority = 0) {
    return createSession(package.get(), stub.device(), optionsOf(frames, priority));
  }
  static bst_status waitNow(const Held<bst_session> &session, uint32_t frame,
                            bst_error *error = nullptr) {
    return bst_session_wait(session.get(), frame, 0, error);
  }

  const Held<bst_package> package = openPackage(smallProgram().program);
  StubDevice stub;
};

/// Who calls a driver's cancel ends the frame there and then.
void giveUp(const StubDevice::Begun &begun) {
  bst_error why = {};
  const bst_status code = bst_set_error(&why, BST_ERROR_CANCELLED, "given up");
  EXPECT_EQ(code, BST_ERROR_CANCELLED);
  begun.of->end(0, &why);
}

} // namespace

TEST_F(DriverFlight, AllFramesOfASessionAreInFlight) {
  const Held<bst_session> three = session(3);
  for (uint32_t frame : {0, 1, 2})
    ASSERT_EQ(bst_session_submit(three.get(), frame, nullptr), BST_OK);
  EXPECT_EQ(stub.inFlight(), 3u);
  for (uint32_t frame : {0, 1, 2})
    EXPECT_EQ(waitNow(three, frame), BST_ERROR_TIMEOUT);
  for (int i = 0; i < 3; ++i)
    stub.end();
  EXPECT_THAT(stub.events('b'), ElementsAre(0, 1, 2));
  EXPECT_THAT(stub.events('f'), ElementsAre(0, 1, 2));
}

TEST_F(DriverFlight, FramesEndInTheDevicesOrder) {
  const Held<bst_session> three = session(3);
  for (uint32_t frame : {0, 1, 2})
    ASSERT_EQ(bst_session_submit(three.get(), frame, nullptr), BST_OK);
  stub.end(2);
  EXPECT_EQ(waitNow(three, 2), BST_OK);
  EXPECT_EQ(waitNow(three, 0), BST_ERROR_TIMEOUT);
  EXPECT_EQ(bst_session_submit(three.get(), 2, nullptr), BST_OK) << "it is free again";
  stub.end(0);
  EXPECT_EQ(waitNow(three, 0), BST_OK);
  EXPECT_EQ(waitNow(three, 1), BST_ERROR_TIMEOUT);
  stub.end(0);
  stub.end(0);
  EXPECT_EQ(waitNow(three, 1), BST_OK);
  EXPECT_EQ(waitNow(three, 2), BST_OK);
  EXPECT_THAT(stub.events('f'), ElementsAre(2, 0, 1, 2));
}

TEST_F(DriverFlight, AFrameMayEndWithinItsBegin) {
  stub.onBegin = [](const StubDevice::Begun &begun) { begun.of->end(begun.of->inFlight() - 1); };
  const Held<bst_session> two = session(2);
  for (int run = 0; run < 3; ++run)
    for (uint32_t frame : {0, 1}) {
      ASSERT_EQ(bst_session_submit(two.get(), frame, nullptr), BST_OK);
      EXPECT_EQ(waitNow(two, frame), BST_OK);
    }
  EXPECT_EQ(bst_session_run(session(1).get(), 0, nullptr), BST_OK);
  EXPECT_EQ(stub.events('f').size(), 7u);
  EXPECT_THAT(stub.events('w'), IsEmpty()) << "nobody has to wait for what is done";
}

TEST_F(DriverFlight, ManyThatWaitForADeviceAndEndWithinBeginDoNotNest) {
  stub.capacity = 1;
  const Held<bst_session> many = session(64);
  static std::atomic<int> depth, deepest;
  depth = deepest = 0;
  for (uint32_t frame = 0; frame < 64; ++frame)
    ASSERT_EQ(bst_session_submit(many.get(), frame, nullptr), BST_OK);
  stub.onBegin = [](const StubDevice::Begun &begun) {
    deepest = std::max<int>(deepest, ++depth);
    begun.of->end(0);
    --depth;
  };
  stub.end(0); // Frame 0 did not end within begin; all others do.
  for (uint32_t frame = 0; frame < 64; ++frame)
    EXPECT_EQ(waitNow(many, frame), BST_OK) << frame;
  EXPECT_EQ(deepest, 1);
}

TEST_F(DriverFlight, FailuresNameWhatFailedAndDisturbNoOther) {
  const Held<bst_session> three = session(3);
  for (uint32_t frame : {0, 1, 2})
    ASSERT_EQ(bst_session_submit(three.get(), frame, nullptr), BST_OK);
  bst_error why = {}, error = {};
  bst_set_error(&why, BST_ERROR_IO, "no answer");
  stub.end(0, &why, 1);
  stub.end(0, &why);
  EXPECT_EQ(waitNow(three, 0, &error), BST_ERROR_IO);
  EXPECT_STREQ(error.message, "command 1 'conv0' on stub: no answer");
  EXPECT_EQ(waitNow(three, 1, &error), BST_ERROR_IO);
  EXPECT_STREQ(error.message, "frame 1 on stub: no answer");
  EXPECT_EQ(waitNow(three, 2, &error), BST_ERROR_TIMEOUT);
  stub.end();
  EXPECT_EQ(waitNow(three, 2, &error), BST_OK);
  EXPECT_THAT(stub.events('f'), ElementsAre(0, 1, 2)) << "finish is for failed ones, too";
}

TEST_F(DriverFlight, ABeginThatFailsIsTheEnd) {
  stub.capacity = 1;
  stub.table.begin = [](void *, uint32_t frame, void *const *, const bst_completion *,
                        bst_error *error) -> bst_status {
    return frame == 1 ? BST_OK : bst_set_error(error, BST_ERROR_IO, "no window is free");
  };
  const Held<bst_session> one = session(1);
  bst_error error = {};
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(bst_session_run(one.get(), 0, &error), BST_ERROR_IO);
    EXPECT_STREQ(error.message, "frame 0 on stub: no window is free");
  }
  EXPECT_THAT(stub.events('f'), IsEmpty());
}

TEST_F(DriverFlight, AFinishThatFailsCountsWhereNothingElseDid) {
  stub.table.finish = [](void *, uint32_t, bst_error *error) {
    return bst_set_error(error, BST_ERROR_IO, "the cache is not written back");
  };
  const Held<bst_session> two = session(2);
  bst_error why = {}, error = {};
  bst_set_error(&why, BST_ERROR_UNSUPPORTED, "never seen");
  for (uint32_t frame : {0, 1})
    ASSERT_EQ(bst_session_submit(two.get(), frame, nullptr), BST_OK);
  stub.end();
  stub.end(0, &why, 0);
  EXPECT_EQ(waitNow(two, 0, &error), BST_ERROR_IO);
  EXPECT_STREQ(error.message, "end of frame 0 on stub: the cache is not written back");
  EXPECT_EQ(waitNow(two, 1, &error), BST_ERROR_UNSUPPORTED);
  EXPECT_STREQ(error.message, "command 0 'quantize0' on stub: never seen");
}

TEST_F(DriverFlight, WhatEndsTwiceHasEndedOnce) {
  const Held<bst_session> two = session(2);
  ASSERT_EQ(bst_session_submit(two.get(), 0, nullptr), BST_OK);
  const bst_completion *completion = stub.begun(1)[0].completion;
  stub.end();
  bst_error why = {};
  bst_set_error(&why, BST_ERROR_IO, "late");
  completion->done(completion->cookie, &why, 0);
  EXPECT_EQ(waitNow(two, 0), BST_OK);
  EXPECT_THAT(stub.events('f'), ElementsAre(0));
}

TEST_F(DriverFlight, ADeviceThatNeverEndsAFrameTimesOutAndHoldsTheDestruction) {
  Held<bst_session> two = session(2);
  ASSERT_EQ(bst_session_submit(two.get(), 1, nullptr), BST_OK);
  bst_error error = {};
  EXPECT_EQ(bst_session_wait(two.get(), 1, 0.01, &error), BST_ERROR_TIMEOUT);
  EXPECT_STREQ(error.message, "frame 1 is not done yet");
  EXPECT_EQ(bst_session_cancel(two.get(), 1, &error), BST_OK);
  EXPECT_EQ(bst_session_cancel(two.get(), BST_ALL_FRAMES, &error), BST_OK);
  EXPECT_THAT(stub.events('c'), ElementsAre(1)) << "told once";
  EXPECT_EQ(bst_session_wait(two.get(), 1, 0.01, &error), BST_ERROR_TIMEOUT);
  std::atomic<bool> destroyed = false;
  std::thread destroys([&] {
    two.reset();
    destroyed = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(destroyed);
  stub.end();
  destroys.join();
}

TEST_F(DriverFlight, CancelReachesTheDriverWhichMayEndTheFrameThere) {
  stub.onCancel = giveUp;
  const Held<bst_session> two = session(2);
  ASSERT_EQ(bst_session_submit(two.get(), 1, nullptr), BST_OK);
  ASSERT_EQ(bst_session_cancel(two.get(), 1, nullptr), BST_OK);
  bst_error error = {};
  EXPECT_EQ(waitNow(two, 1, &error), BST_ERROR_CANCELLED);
  EXPECT_STREQ(error.message, "frame 1 was cancelled");
  EXPECT_THAT(stub.events('f'), ElementsAre(1));
  stub.onCancel = nullptr;
  ASSERT_EQ(bst_session_submit(two.get(), 1, nullptr), BST_OK);
  ASSERT_EQ(bst_session_cancel(two.get(), 1, nullptr), BST_OK);
  stub.end();
  EXPECT_EQ(waitNow(two, 1, &error), BST_OK) << "it was just finished";
}

TEST_F(DriverFlight, CancelWithinBeginComesAfterIt) {
  const Held<bst_session> two = session(2);
  stub.onBegin = [&](const StubDevice::Begun &) {
    EXPECT_EQ(bst_session_cancel(two.get(), 0, nullptr), BST_OK);
    EXPECT_THAT(stub.events('c'), IsEmpty());
  };
  stub.onCancel = giveUp;
  ASSERT_EQ(bst_session_submit(two.get(), 0, nullptr), BST_OK);
  EXPECT_THAT(stub.events('c'), ElementsAre(0));
  EXPECT_EQ(waitNow(two, 0), BST_ERROR_CANCELLED);
}

TEST_F(DriverFlight, ADriverWithoutCancelRunsFramesToTheirEnd) {
  stub.table.cancel = nullptr;
  Held<bst_session> two = session(2);
  ASSERT_EQ(bst_session_submit(two.get(), 0, nullptr), BST_OK);
  ASSERT_EQ(bst_session_cancel(two.get(), 0, nullptr), BST_OK);
  stub.end();
  EXPECT_EQ(waitNow(two, 0), BST_OK);
}

TEST_F(DriverFlight, OfThoseThatWaitThePriorityDecides) {
  stub.capacity = 1;
  const Held<bst_session> low = session(3, -1), high = session(2, 5), usual = session(2);
  ASSERT_EQ(bst_session_submit(low.get(), 0, nullptr), BST_OK); // Begins: nobody else is there.
  for (const auto &[of, frame] :
       {std::pair(&low, 1), {&usual, 1}, {&low, 2}, {&usual, 0}, {&high, 0}, {&high, 1}})
    ASSERT_EQ(bst_session_submit(of->get(), uint32_t(frame), nullptr), BST_OK);
  std::vector<std::pair<int32_t, uint32_t>> order;
  for (int i = 0; i < 7; ++i) {
    ASSERT_EQ(stub.inFlight(), 1u);
    order.emplace_back(stub.begun(1)[0].priority, stub.begun(1)[0].frame);
    stub.end();
  }
  EXPECT_THAT(order,
              ElementsAre(std::pair(-1, 0), std::pair(5, 0), std::pair(5, 1), std::pair(0, 1),
                          std::pair(0, 0), std::pair(-1, 1), std::pair(-1, 2)));
}

TEST_F(DriverFlight, NoMoreBeginThanTheDeviceTakes) {
  stub.capacity = 2;
  const Held<bst_session> first = session(2), second = session(2);
  for (const auto *of : {&first, &second})
    for (uint32_t frame : {0, 1})
      ASSERT_EQ(bst_session_submit(of->get(), frame, nullptr), BST_OK);
  EXPECT_EQ(stub.inFlight(), 2u);
  bst_error error = {};
  ASSERT_EQ(bst_session_cancel(second.get(), 0, nullptr), BST_OK);
  EXPECT_EQ(waitNow(second, 0, &error), BST_ERROR_CANCELLED);
  EXPECT_STREQ(error.message, "frame 0 was cancelled before it began");
  EXPECT_THAT(stub.events('c'), IsEmpty()) << "the driver never knew of it";
  for (int i = 0; i < 3; ++i)
    stub.end();
  EXPECT_EQ(stub.events('b').size(), 3u);
  EXPECT_EQ(waitNow(second, 1), BST_OK);
}

TEST_F(DriverFlight, ARunOfOneFrameLendsItsThread) {
  const Held<bst_session> one = session(1);
  std::thread runs([&] { EXPECT_EQ(bst_session_run(one.get(), 0, nullptr), BST_OK); });
  while (stub.events('w').empty())
    std::this_thread::yield();
  stub.end();
  runs.join();
  EXPECT_THAT(stub.events('w'), ElementsAre(0));
}

TEST_F(DriverFlight, DestructionSendsThoseHomeWhoWait) {
  stub.onCancel = giveUp;
  Held<bst_session> two = session(2);
  ASSERT_EQ(bst_session_submit(two.get(), 0, nullptr), BST_OK);
  std::atomic<bool> waits = false;
  bst_status ended = BST_OK;
  std::thread waiter([&, handle = two.get()] {
    waits = true;
    ended = bst_session_wait(handle, 0, -1, nullptr);
  });
  while (!waits)
    std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20)); // It is within by now.
  two.reset();
  waiter.join();
  EXPECT_EQ(ended, BST_ERROR_CANCELLED);
}

TEST_F(DriverFlight, TheEventTellsHowManyEnded) {
  const Held<bst_session> three = session(3);
  int event = -1;
  bst_error error = {};
  ASSERT_EQ(bst_session_get_event(three.get(), &event, &error), BST_OK) << error.message;
  int again = -1;
  ASSERT_EQ(bst_session_get_event(three.get(), &again, nullptr), BST_OK);
  EXPECT_EQ(event, again);
  EXPECT_EQ(bst_session_get_event(three.get(), nullptr, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "descriptor is NULL");
  const auto readable = [&](int milliseconds) {
    pollfd asked = {event, POLLIN, 0};
    return poll(&asked, 1, milliseconds) == 1;
  };
  for (uint32_t frame : {0, 1, 2})
    ASSERT_EQ(bst_session_submit(three.get(), frame, nullptr), BST_OK);
  EXPECT_FALSE(readable(0));
  stub.end(1);
  bst_error why = {};
  bst_set_error(&why, BST_ERROR_IO, "no answer");
  stub.end(1, &why);
  EXPECT_TRUE(readable(0));
  uint64_t count = 0;
  ASSERT_EQ(read(event, &count, sizeof(count)), ssize_t(sizeof(count)));
  EXPECT_EQ(count, 2u) << "failed ones, too";
  EXPECT_FALSE(readable(0));
  EXPECT_LT(read(event, &count, sizeof(count)), 0) << "it does not block";
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    stub.end();
  });
  EXPECT_TRUE(readable(-1)) << "somebody who polls is woken";
  EXPECT_EQ(waitNow(three, 0), BST_OK);
  later.join();
}

TEST_F(DriverFlight, TimingsAreTheDriversOwn) {
  bst_session_options options = optionsOf(2);
  std::vector<std::tuple<uint32_t, uint32_t, double>> told;
  options.on_command = [](void *user, uint32_t frame, uint32_t command, double seconds) {
    static_cast<decltype(told) *>(user)->emplace_back(frame, command, seconds);
  };
  options.on_command_user = &told;
  const Held<bst_session> two = createSession(package.get(), stub.device(), options);
  ASSERT_EQ(bst_session_submit(two.get(), 1, nullptr), BST_OK);
  const bst_completion *completion = stub.begun(1)[0].completion;
  completion->command(completion->cookie, 0, 0.25);
  completion->command(completion->cookie, 1, 0.5);
  stub.end();
  EXPECT_THAT(told, ElementsAre(std::tuple(1, 0, 0.25), std::tuple(1, 1, 0.5)));
  const Held<bst_session> deaf = session(2);
  ASSERT_EQ(bst_session_submit(deaf.get(), 0, nullptr), BST_OK);
  EXPECT_EQ(stub.begun(1)[0].completion->command, nullptr) << "nobody asks";
  stub.end();
}

} // namespace bst::testing
