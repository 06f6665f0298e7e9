// The package's self-test, in the package and on devices.
#include "fixture.h"

#include "runtime/package/package.h"
#include "tests/support/sessions.h"

#include <cstdlib>
#include <cstring>

namespace bst::testing {

using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

std::vector<std::byte> packageWith(const Program &program, SelfTest test) {
  EXPECT_EQ(makeSelfTest(openProgram(program), simulatorDevice(), test).message(), "");
  std::vector<std::byte> bytes;
  EXPECT_EQ(writePackage(program, bytes, test).message(), "");
  return bytes;
}

SelfTest seeded(uint64_t seed) {
  SelfTest test;
  test.seed = seed;
  return test;
}

/// Why a package with this self-test is refused.
std::string refusal(const Program &program, const SelfTest &test) {
  std::vector<std::byte> bytes;
  EXPECT_EQ(writePackage(program, bytes, test).message(), "");
  std::unique_ptr<Package> package;
  const Status status = Package::fromMemory(bytes, package);
  EXPECT_EQ(status.getCode(), StatusCode::CorruptPackage);
  return std::string(status.message());
}

uint32_t brokenCommand = 0; ///< Whose first output byte the driver below changes.
uint32_t commandsRun = 0;   ///< By the driver below.
bool onlyTogether = false;  ///< And only in sessions that do not keep tensors.

Onlooker brokenDriver(const Program &program) {
  return Onlooker(
      [&program](uint32_t, uint32_t command, void *const *tensors, bst_error *) -> bst_status {
        ++commandsRun;
        if (command == brokenCommand && !(onlyTogether && Onlooker::prepared().keep_tensors))
          *static_cast<uint8_t *>(tensors[program.commands[command].outputs[0]]) ^= 1;
        return BST_OK;
      },
      "broken");
}

} // namespace

TEST(SelfTest, HoldsOnTheSimulatorItWasMadeOn) {
  const Held<bst_package> package = openPackage(packageWith(completeProgram().program, seeded(7)));
  bst_package_info info = BST_INIT(bst_package_info);
  ASSERT_EQ(bst_package_get_info(package.get(), &info, nullptr), BST_OK);
  EXPECT_EQ(info.has_self_test, 1u);
  for (const char *isa : {static_cast<const char *>(nullptr), "isa=scalar"}) {
    bst_device *opened = nullptr;
    ASSERT_EQ(bst_device_open(bst_simulator_driver(), isa, &opened, nullptr), BST_OK);
    const Held<bst_device> device(opened);
    bst_session_options options = BST_INIT(bst_session_options);
    options.threads = 2;
    options.frames = 2;
    const Held<bst_session> session = createSession(package.get(), device.get(), options);
    bst_error error = {};
    EXPECT_EQ(bst_session_selftest(session.get(), nullptr, &error), BST_OK) << error.message;
  }
}

TEST(SelfTest, NamesTheFirstCommandThatDiffers) {
  TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(packageWith(test.program, seeded(7)));
  const Onlooker broken = brokenDriver(test.program);
  const Held<bst_device> device = openDevice(*broken.driver());
  const Held<bst_session> session = createSession(package.get(), device.get());
  onlyTogether = false;
  for (uint32_t command : {0U, 2U, uint32_t(test.program.commands.size() - 1)}) {
    brokenCommand = command;
    commandsRun = 0;
    uint32_t found = 99;
    bst_error error = {};
    EXPECT_EQ(bst_session_selftest(session.get(), &found, &error), BST_ERROR_SELF_TEST);
    EXPECT_EQ(found, command);
    EXPECT_EQ(commandsRun, command + 1) << "what follows says nothing more";
    EXPECT_THAT(error.message, StartsWith("self-test: command " + std::to_string(command) + " '" +
                                          test.program.commands[command].name + "' ("));
    EXPECT_THAT(error.message, HasSubstr(") computes something else on broken: "));
  }
}

TEST(SelfTest, AlsoRunsAsTheSessionDoes) {
  TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(packageWith(test.program, seeded(7)));
  const Onlooker broken = brokenDriver(test.program);
  const Held<bst_device> device = openDevice(*broken.driver());
  const Held<bst_session> session = createSession(package.get(), device.get());
  onlyTogether = true;
  for (brokenCommand = 0; test.program.commands[brokenCommand].name != "decode0";)
    ++brokenCommand;
  uint32_t found = 99;
  bst_error error = {};
  EXPECT_EQ(bst_session_selftest(session.get(), &found, &error), BST_ERROR_SELF_TEST);
  EXPECT_EQ(found, brokenCommand);
  EXPECT_THAT(error.message, HasSubstr("where commands are run together"));
}

// A session that keeps tensors runs command by command anyway.
TEST(SelfTest, OfASessionThatKeepsTensorsRunsThatWay) {
  const TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(packageWith(test.program, seeded(7)));
  const Onlooker broken = brokenDriver(test.program);
  const Held<bst_device> device = openDevice(*broken.driver());
  bst_session_options options = BST_INIT(bst_session_options);
  options.keep_tensors = 1;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  onlyTogether = true;
  brokenCommand = 0;
  bst_error error = {};
  EXPECT_EQ(bst_session_selftest(session.get(), nullptr, &error), BST_OK) << error.message;
}

TEST(SelfTest, WaitsForNoFrame) {
  Gate gate;
  const Held<bst_package> package = openPackage(packageWith(smallProgram().program, seeded(7)));
  const Held<bst_device> device = openDevice(*gate.driver());
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = 2;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  ASSERT_EQ(bst_session_submit(session.get(), 1, nullptr), BST_OK);
  gate.waitForGuest();
  bst_error error = {};
  EXPECT_EQ(bst_session_selftest(session.get(), nullptr, &error), BST_ERROR_BUSY);
  EXPECT_STREQ(error.message, "frame 1 is in flight");
  gate.open();
  ASSERT_EQ(bst_session_wait(session.get(), 1, -1, nullptr), BST_OK);
  EXPECT_EQ(bst_session_selftest(session.get(), nullptr, &error), BST_OK) << error.message;
}

// What it runs on is made as the session was: with its threads, in its memory.
TEST(SelfTest, RunsAsItsSessionWasMade) {
  static uint32_t threads;
  const Held<bst_package> package = openPackage(packageWith(smallProgram().program, seeded(7)));
  bst_device_driver driver = *bst_simulator_driver();
  driver.prepare = [](void *device, const bst_package *of, const bst_prepare_options *options,
                      void **execution, bst_error *error) {
    threads = options->threads;
    return bst_simulator_driver()->prepare(device, of, options, execution, error);
  };
  const Held<bst_device> device = openDevice(driver);
  long calls = 0;
  const bst_allocator allocator = {&calls,
                                   [](void *user, size_t size, size_t alignment) {
                                     ++*static_cast<long *>(user);
                                     return std::aligned_alloc(64,
                                                               (size + alignment + 63) / 64 * 64);
                                   },
                                   [](void *, void *memory, size_t, size_t) { std::free(memory); }};
  bst_session_options options = BST_INIT(bst_session_options);
  options.threads = 3;
  options.allocator = &allocator;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  const long created = calls;
  threads = 0;
  ASSERT_EQ(bst_session_selftest(session.get(), nullptr, nullptr), BST_OK);
  EXPECT_EQ(threads, 3u);
  EXPECT_GT(calls, 2 * created) << "a session of its own for each of two runs";
}

TEST(SelfTest, LeavesTheSessionAsItIs) {
  const Held<bst_package> package = openPackage(packageWith(completeProgram().program, seeded(7)));
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get());
  writePicture(session.get(), package.get(), 0, 3);
  ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
  const auto before = readOutputs(session.get(), package.get(), 0);
  ASSERT_EQ(bst_session_selftest(session.get(), nullptr, nullptr), BST_OK);
  EXPECT_EQ(readOutputs(session.get(), package.get(), 0), before);
}

TEST(SelfTest, APackageWithoutOneSaysSo) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get());
  bst_error error = {};
  EXPECT_EQ(bst_session_selftest(session.get(), nullptr, &error), BST_ERROR_UNSUPPORTED);
  EXPECT_STREQ(error.message, "the package has no self-test");
}

TEST(SelfTest, KeepsTheInputThatItIsGiven) {
  const TestProgram test = smallProgram();
  SelfTest given;
  given.inputs = {std::vector<std::byte>(2 * 4 * 4 * 4, std::byte(0x3f))};
  std::unique_ptr<Package> package;
  ASSERT_TRUE(Package::fromMemory(packageWith(test.program, given), package).ok());
  EXPECT_EQ(package->selfTest().inputs, given.inputs);
  EXPECT_EQ(package->selfTest().checksums.size(), 3u);
  // Other inputs, other results.
  std::unique_ptr<Package> other;
  ASSERT_TRUE(Package::fromMemory(packageWith(test.program, seeded(1)), other).ok());
  EXPECT_TRUE(other->selfTest().inputs.empty());
  EXPECT_NE(other->selfTest().checksums, package->selfTest().checksums);
}

// SplitMix64 from state 1234567: 6457827717110365317, 3203168211198807973, 9817491932198370423 (the
// reference implementation's published test values).
TEST(SelfTest, SeededInputsAreThoseThatAreWrittenDown) {
  Tensor tensor;
  tensor.dtype = DType::U8;
  std::vector<std::byte> bytes(3);
  selfTestInput(1234567, 0, tensor, bytes);
  EXPECT_EQ(bytes[0], std::byte(6457827717110365317u >> 56));
  EXPECT_EQ(bytes[1], std::byte(3203168211198807973u >> 56));
  EXPECT_EQ(bytes[2], std::byte(9817491932198370423u >> 56));
  tensor.dtype = DType::F32;
  float value = 0;
  std::vector<std::byte> one(4);
  selfTestInput(1234567, 0, tensor, one);
  std::memcpy(&value, one.data(), 4);
  EXPECT_EQ(value, float(6457827717110365317u >> 56) / 256);
}

TEST(SelfTest, ThatDoesNotFitItsProgramIsRefused) {
  const TestProgram small = smallProgram(); // Owns the weights.
  const Program &program = small.program;
  SelfTest test;
  test.checksums = {1, 2};
  EXPECT_EQ(refusal(program, test), "package in memory: self-test: has 2 checksums for 3 commands");
  test.checksums = {1, 2, 3};
  test.inputs = {{}, {}};
  EXPECT_EQ(refusal(program, test), "package in memory: self-test: has 2 inputs, expected 1");
  test.inputs = {std::vector<std::byte>(5)};
  EXPECT_EQ(refusal(program, test),
            "package in memory: self-test: input 'images' has 5 bytes, expected 128");
  EXPECT_EQ(makeSelfTest(openProgram(program), simulatorDevice(), test).getCode(),
            StatusCode::InvalidArgument);
}

} // namespace bst::testing
