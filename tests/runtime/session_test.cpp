#include "test_programs.h"
#include "tests/support/command_device.h"

#include "runtime/package/package.h"
#include "runtime/run/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

// The sanitizer shall let a hopeless allocation fail, as it does without it.
extern "C" const char *__asan_default_options() { return "allocator_may_return_null=1"; }

namespace bst::testing {

using ::testing::ElementsAre;

namespace {

/// Writes down what it is asked to do, and each command's number into its output.
class RecordingDevice final : public CommandDevice {
public:
  struct Call {
    std::string command;
    std::vector<std::string> inputs, outputs;
  };

  const char *name() const override { return "recorder"; }
  Status execute(const Command &command, std::span<const TensorView> inputs,
                 std::span<const TensorView> outputs) override {
    Call call{command.name, {}, {}};
    for (const TensorView &view : inputs)
      call.inputs.push_back(checked(view));
    for (const TensorView &view : outputs) {
      call.outputs.push_back(checked(view));
      std::memset(view.data, int(calls.size() + 1), view.tensor->size);
    }
    calls.push_back(std::move(call));
    return command.name == failing ? Status(StatusCode::Unsupported, "cannot do that") : Status();
  }

  std::vector<Call> calls;
  std::string failing;

private:
  static std::string checked(const TensorView &view) {
    EXPECT_EQ(uintptr_t(view.data) % 64, 0u) << view.tensor->name;
    return view.tensor->name;
  }
};

} // namespace

static std::unique_ptr<Session> sessionOf(const Program &program, Device &device) {
  std::unique_ptr<Session> session;
  const Status status = Session::create(program, device, session);
  EXPECT_EQ(status.message(), "");
  return session;
}

TEST(Session, RunsCommandsInOrderOnTheirTensors) {
  const TestProgram test = smallProgram();
  RecordingDevice device;
  const auto session = sessionOf(test.program, device);
  ASSERT_TRUE(session->run().ok());
  ASSERT_EQ(device.calls.size(), 3u);
  EXPECT_EQ(device.calls[0].command, "quantize0");
  EXPECT_THAT(device.calls[0].inputs, ElementsAre("images"));
  EXPECT_THAT(device.calls[0].outputs, ElementsAre("q"));
  EXPECT_EQ(device.calls[1].command, "conv0");
  EXPECT_THAT(device.calls[1].inputs, ElementsAre("q", "w"));
  EXPECT_THAT(device.calls[1].outputs, ElementsAre("c"));
  EXPECT_EQ(device.calls[2].command, "dequantize0");
  EXPECT_THAT(device.calls[2].inputs, ElementsAre("c"));
  EXPECT_THAT(device.calls[2].outputs, ElementsAre("output"));
  ASSERT_TRUE(session->run().ok());
  EXPECT_EQ(device.calls.size(), 6u);
}

TEST(Session, GivesAccessToTensors) {
  const TestProgram test = smallProgram();
  RecordingDevice device;
  const auto session = sessionOf(test.program, device);
  const uint32_t output = test.program.outputs[0];
  for (std::byte byte : session->data(output))
    EXPECT_EQ(byte, std::byte(0));
  ASSERT_TRUE(session->run().ok());
  const auto bytes = session->data(output);
  EXPECT_EQ(bytes.size(), 3u * 4 * 4 * sizeof(float));
  EXPECT_EQ(uintptr_t(bytes.data()) % 64, 0u);
  for (std::byte byte : bytes)
    EXPECT_EQ(byte, std::byte(3)); // The third command wrote it.

  // Weights can be read, not written; other tensors do not exist.
  const Session &readOnly = *session;
  const uint32_t weights = tensorIndex(test.program, "w");
  EXPECT_EQ(readOnly.data(weights).data(), test.program.weights);
  EXPECT_EQ(readOnly.data(weights).size(),
            384u); // A panel of 3 rows of ceil(3 * 2 / 4) quads of 64.
  EXPECT_TRUE(session->data(weights).empty());
  EXPECT_TRUE(session->data(99).empty());
  EXPECT_TRUE(readOnly.data(99).empty());
  EXPECT_TRUE(readOnly.data(uint32_t(test.program.tensors.size())).empty());
}

TEST(Session, HasAnArenaOfItsOwn) {
  const TestProgram test = smallProgram();
  RecordingDevice device;
  const auto first = sessionOf(test.program, device), second = sessionOf(test.program, device);
  const uint32_t input = test.program.inputs[0];
  std::memset(first->data(input).data(), 1, first->data(input).size());
  EXPECT_EQ(second->data(input)[0], std::byte(0));
}

TEST(Session, ObserverSeesEveryCommandAfterItRan) {
  const TestProgram test = smallProgram();
  RecordingDevice device;
  const auto session = sessionOf(test.program, device);
  std::vector<uint32_t> seen;
  ASSERT_TRUE(session
                  ->run([&](uint32_t command, double seconds) {
                    EXPECT_EQ(device.calls.size(), command + 1u);
                    EXPECT_GE(seconds, 0);
                    EXPECT_LT(seconds, 60);
                    const uint32_t output = test.program.commands[command].outputs[0];
                    EXPECT_EQ(session->data(output)[0], std::byte(command + 1));
                    seen.push_back(command);
                  })
                  .ok());
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
}

TEST(Session, StopsAtTheCommandThatFails) {
  const TestProgram test = smallProgram();
  RecordingDevice device;
  device.failing = "conv0";
  const auto session = sessionOf(test.program, device);
  size_t observed = 0;
  const Status status = session->run([&](uint32_t, double) { ++observed; });
  EXPECT_EQ(status.getCode(), StatusCode::Unsupported);
  EXPECT_EQ(status.message(), "command 1 'conv0' on recorder: cannot do that");
  EXPECT_EQ(device.calls.size(), 2u);
  EXPECT_EQ(observed, 1u);
}

TEST(Session, SaysHowMuchMemoryThereIsNot) {
  TestProgram test = smallProgram();
  RecordingDevice device;
  std::unique_ptr<Session> session;
  for (uint64_t absurd : {uint64_t(1) << 62, UINT64_MAX}) {
    Program large = test.program;
    large.arenaSize = absurd;
    const Status status = Session::create(large, device, session);
    EXPECT_EQ(status.getCode(), StatusCode::OutOfMemory);
    EXPECT_EQ(status.message(), "no memory for an arena of " + std::to_string(absurd) + " bytes");
    EXPECT_EQ(session, nullptr);
  }
}

TEST(Session, RefusesWeightsThatAreNotAligned) {
  TestProgram test = smallProgram();
  test.program.weights += 8;
  RecordingDevice device;
  std::unique_ptr<Session> session;
  const Status status = Session::create(test.program, device, session);
  EXPECT_EQ(status.getCode(), StatusCode::InvalidArgument);
  EXPECT_EQ(status.message(), "the program's weights lie 8 bytes past a 64-byte boundary");
}

TEST(Session, RunsALoadedPackage) {
  std::unique_ptr<Package> package;
  ASSERT_TRUE(Package::fromMemory(packageOf(completeProgram().program), package).ok());
  RecordingDevice device;
  const auto session = sessionOf(package->program(), device);
  ASSERT_TRUE(session->run().ok());
  EXPECT_EQ(device.calls.size(), package->program().commands.size());
}

} // namespace bst::testing
