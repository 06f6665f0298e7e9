// ProgramSession: a session as tools and tests have it, by the program's tensors.
#include "fixture.h"

#include "tests/support/sessions.h"

#include <cstring>

namespace bst::testing {

using ::testing::ElementsAre;

namespace {

std::vector<uint32_t> ran; ///< Commands that the driver below was asked for.

/// The simulator, which writes down what it runs.
struct Watched {
  Watched() { ran.clear(); }
  const Onlooker onlooker{[](uint32_t, uint32_t command, void *const *, bst_error *) -> bst_status {
                            ran.push_back(command);
                            return BST_OK;
                          },
                          "watched"};
  const bstrt::Device device = *bstrt::Device::open(*onlooker.driver());
};

bool isZero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte byte) { return byte == std::byte(); });
}

} // namespace

TEST(ProgramSession, FindsInputsAndOutputsByTensor) {
  const TestProgram test = smallProgram();
  const Watched watched;
  const auto session = sessionOf(openProgram(test.program), watched.device);
  const std::span<std::byte> input = session->data(test.program.inputs[0]);
  EXPECT_EQ(input.size(), test.program.tensors[test.program.inputs[0]].size);
  std::vector<float> picture(input.size() / sizeof(float), 0.5F);
  std::memcpy(input.data(), picture.data(), input.size());
  const uint32_t output = test.program.outputs[0];
  EXPECT_TRUE(isZero(session->data(output)));
  ASSERT_TRUE(session->run().ok());
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
  EXPECT_EQ(session->data(output).size(), test.program.tensors[output].size);
  EXPECT_FALSE(isZero(session->data(output)));
  ASSERT_TRUE(session->run().ok());
  EXPECT_THAT(ran, ElementsAre(0, 1, 2, 0, 1, 2));

  // Others may be gone by then, or were never there.
  EXPECT_TRUE(session->data(tensorIndex(test.program, "c")).empty());
  EXPECT_TRUE(session->data(tensorIndex(test.program, "w")).empty());
  EXPECT_TRUE(session->data(uint32_t(test.program.tensors.size())).empty());
}

TEST(ProgramSession, KeptTensorsCanBeReadRightAfterTheirCommand) {
  const Watched watched;
  const TestProgram test = smallProgram();
  std::unique_ptr<ProgramSession> session;
  std::vector<uint32_t> seen;
  const auto onCommand = [&](uint32_t command, double seconds) {
    EXPECT_EQ(ran.size(), command + 1U);
    EXPECT_GE(seconds, 0);
    EXPECT_LT(seconds, 60);
    const uint32_t output = test.program.commands[command].outputs[0];
    EXPECT_EQ(session->data(output).size(), test.program.tensors[output].size);
    EXPECT_FALSE(isZero(session->data(output)));
    seen.push_back(command);
  };
  session = sessionOf(openProgram(test.program), watched.device,
                      {.keepTensors = true, .onCommand = onCommand});
  const std::span<std::byte> input = session->data(test.program.inputs[0]);
  std::vector<float> picture(input.size() / sizeof(float), 0.5F);
  std::memcpy(input.data(), picture.data(), input.size());
  ASSERT_TRUE(session->run().ok());
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
  const uint32_t weights = tensorIndex(test.program, "w");
  EXPECT_EQ(session->data(weights).size(), test.program.tensors[weights].size);
  EXPECT_TRUE(session->data(uint32_t(test.program.tensors.size())).empty());
}

TEST(ProgramSession, HasAnArenaOfItsOwn) {
  const bstrt::Package package = openProgram(smallProgram().program);
  const bstrt::Device device = simulatorDevice();
  const auto first = sessionOf(package, device), second = sessionOf(package, device);
  const uint32_t input = programOf(package).inputs[0];
  std::memset(first->data(input).data(), 1, first->data(input).size());
  EXPECT_TRUE(isZero(second->data(input)));
}

TEST(ProgramSession, StopsAtTheCommandThatFails) {
  const Onlooker board(
      [](uint32_t, uint32_t command, void *const *, bst_error *error) -> bst_status {
        ran.push_back(command);
        return command == 1 ? bst_set_error(error, BST_ERROR_UNSUPPORTED, "cannot do that")
                            : BST_OK;
      },
      "board");
  ran.clear();
  size_t observed = 0;
  const auto session =
      sessionOf(openProgram(smallProgram().program), *bstrt::Device::open(*board.driver()),
                {.onCommand = [&](uint32_t, double) { ++observed; }});
  const Status status = session->run();
  EXPECT_EQ(status.getCode(), StatusCode::Unsupported);
  EXPECT_EQ(status.message(), "command 1 'conv0' on board: cannot do that");
  EXPECT_THAT(ran, ElementsAre(0, 1));
  EXPECT_EQ(observed, 1U);
}

TEST(ProgramSession, SaysWhatCannotBe) {
  std::unique_ptr<ProgramSession> session;
  const Status status = ProgramSession::create(openProgram(smallProgram().program),
                                               simulatorDevice(), session, {.threads = 257});
  EXPECT_EQ(status.getCode(), StatusCode::InvalidArgument);
  EXPECT_EQ(status.message(), "options->threads is 257, expected 1 to 256");
  EXPECT_EQ(session, nullptr);
}

TEST(Kernel, SaysInWhosePassACommandIsComputed) {
  ProgramBuilder b; // A convolution with a table behind it.
  const uint32_t x = b.quantised("x", {1, 2, 4, 4}, DType::S8, 0.5F, 0);
  const uint32_t w = b.constant("w", {3, 2, 1, 1}, DType::S8, Layout::Panels);
  const uint32_t c = b.quantised("c", {1, 3, 4, 4}, DType::S8, 0.5F, 0);
  const uint32_t y = b.quantised("y", {1, 3, 4, 4}, DType::S8, 0.5F, 0);
  ConvParams conv;
  conv.bias.assign(3, 0);
  conv.requant.assign(3, {1 << 30, 31});
  b.command(Engine::Maca, "conv", {x, w}, c, conv);
  b.command(Engine::Edp, "table", {c}, y, LutParams{"silu", std::vector<uint8_t>(256)});
  const TestProgram test = b.finish({x}, {y});
  const bstrt::Package package = openProgram(test.program);
  const auto together = sessionOf(package);
  EXPECT_EQ(together->kernel(0).pass, 0U);
  EXPECT_EQ(together->kernel(1).pass, 0U);
  EXPECT_STREQ(together->kernel(1).name, together->kernel(0).name);
  const auto alone = sessionOf(package, simulatorDevice(), {.keepTensors = true});
  EXPECT_EQ(alone->kernel(1).pass, 1U);
  EXPECT_STRNE(alone->kernel(1).name, alone->kernel(0).name);
}

TEST(Kernel, ADriverThatSaysNothingIsTakenAsItIs) {
  static bst_device_driver silent = *bst_simulator_driver();
  silent.explain = nullptr;
  const bstrt::Package package = openProgram(smallProgram().program);
  const auto session = sessionOf(package, *bstrt::Device::open(silent));
  EXPECT_EQ(session->kernel(1).pass, 1U);
  EXPECT_STREQ(session->kernel(1).refusals, "");
}

TEST(Kernel, OfACommandThatIsNotThereIsAnError) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get());
  bst_error error = {};
  bst_kernel_info info = BST_INIT(bst_kernel_info);
  EXPECT_EQ(bst_session_get_kernel(session.get(), 2, &info, &error), BST_OK);
  EXPECT_EQ(info.pass, 2U);
  EXPECT_EQ(bst_session_get_kernel(session.get(), 3, &info, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "command 3: the package has 3");
  EXPECT_EQ(bst_session_get_kernel(nullptr, 0, &info, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "session is NULL");
  EXPECT_EQ(bst_session_get_kernel(session.get(), 0, nullptr, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "info is NULL");
}

TEST(Kernel, AHostThatKnowsTheFirstFieldsGetsNoMore) {
  struct {
    bst_kernel_info info;
    char guard;
  } older = {};
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get());
  older.info.struct_size = offsetof(bst_kernel_info, refusals);
  older.info.refusals[0] = 'x';
  ASSERT_EQ(bst_session_get_kernel(session.get(), 1, &older.info, nullptr), BST_OK);
  EXPECT_EQ(older.info.struct_size, offsetof(bst_kernel_info, refusals));
  EXPECT_EQ(older.info.refusals[0], 'x');
}

} // namespace bst::testing
