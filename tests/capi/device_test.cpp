// Drivers: the table, its checks, and names.
#include "fixture.h"

#include <cstring>

namespace bst::testing {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Why the driver is refused.
static std::string refusal(const bst_device_driver &driver, bst_status expected) {
  bst_device *device = nullptr;
  bst_error error = {};
  EXPECT_EQ(bst_device_open(&driver, nullptr, &device, &error), expected);
  EXPECT_EQ(device, nullptr);
  return error.message;
}

TEST(Driver, OfAnotherVersionIsRefused) {
  bst_device_driver driver = *bst_simulator_driver();
  driver.abi_version = 99;
  EXPECT_THAT(refusal(driver, BST_ERROR_UNSUPPORTED_VERSION),
              StartsWith("the driver's table has ABI version 99 "));
  driver = *bst_simulator_driver();
  driver.struct_size = 16;
  EXPECT_THAT(refusal(driver, BST_ERROR_UNSUPPORTED_VERSION), HasSubstr(" and 16 bytes"));
}

TEST(Driver, WithoutAFunctionIsRefused) {
  bst_device_driver driver = *bst_simulator_driver();
  driver.run = nullptr;
  EXPECT_EQ(refusal(driver, BST_ERROR_INVALID_ARGUMENT),
            "driver 'simulator' has no function 'run'");
  driver = *bst_simulator_driver();
  driver.name = nullptr;
  EXPECT_EQ(refusal(driver, BST_ERROR_INVALID_ARGUMENT), "the driver has no name");
}

TEST(Driver, ErrorsCarryItsNameAndTheCommands) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  bst_device_driver driver = *bst_simulator_driver();
  driver.name = "broken board";
  driver.run = [](void *execution, uint32_t command, bst_error *error) {
    return command == 1 ? bst_set_error(error, BST_ERROR_IO, "no answer for 20 ms")
                        : bst_simulator_driver()->run(execution, command, error);
  };
  const Held<bst_device> device = openDevice(driver);
  EXPECT_STREQ(bst_device_name(device.get()), "broken board");
  const Held<bst_session> session = createSession(package.get(), device.get());
  bst_error error = {};
  EXPECT_EQ(bst_session_run(session.get(), 0, &error), BST_ERROR_IO);
  EXPECT_STREQ(error.message, "command 1 'conv0' on broken board: no answer for 20 ms");

  driver.prepare = [](void *, const bst_package *, const bst_prepare_options *, void **,
                      bst_error *error) {
    return bst_set_error(error, BST_ERROR_UNSUPPORTED, "command 0: cannot quantise");
  };
  bst_session *none = nullptr;
  EXPECT_EQ(bst_session_create(package.get(), device.get(), nullptr, &none, &error),
            BST_ERROR_UNSUPPORTED);
  EXPECT_EQ(none, nullptr);
  EXPECT_STREQ(error.message, "device 'broken board': command 0: cannot quantise");
}

TEST(Driver, HasAFrameFinishedEvenWhereItFailed) {
  static int bound, finished;
  bound = finished = 0;
  const Held<bst_package> package = openPackage(smallProgram().program);
  bst_device_driver driver = *bst_simulator_driver();
  driver.bind = [](void *execution, uint32_t frame, void *const *tensors, bst_error *error) {
    ++bound;
    return bst_simulator_driver()->bind(execution, frame, tensors, error);
  };
  driver.finish = [](void *, uint32_t, bst_error *) -> bst_status {
    ++finished;
    return BST_OK;
  };
  driver.run = [](void *, uint32_t, bst_error *error) {
    return bst_set_error(error, BST_ERROR_IO, "no");
  };
  const Held<bst_device> device = openDevice(driver);
  const Held<bst_session> session = createSession(package.get(), device.get());
  EXPECT_EQ(bst_session_run(session.get(), 0, nullptr), BST_ERROR_IO);
  EXPECT_EQ(bound, 1);
  EXPECT_EQ(finished, 1);
}

TEST(Device, IsFoundByName) {
  bst_device *device = nullptr;
  bst_error error = {};
  ASSERT_EQ(bst_device_open_by_name("simulator", nullptr, &device, &error), BST_OK);
  EXPECT_STREQ(bst_device_name(device), "simulator");
  bst_device_release(device);
  EXPECT_EQ(bst_device_open_by_name("abacus", nullptr, &device, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(device, nullptr);
  EXPECT_THAT(error.message, StartsWith("no device is named 'abacus'; expected 'simulator'"));
  EXPECT_EQ(bst_device_open_by_name("./no/such.so", nullptr, &device, &error), BST_ERROR_IO);
  EXPECT_THAT(error.message, StartsWith("driver './no/such.so' cannot be loaded: "));
  EXPECT_EQ(bst_device_load("libc.so.6", nullptr, &device, &error), BST_ERROR_IO);
  EXPECT_STREQ(error.message, "driver 'libc.so.6': it does not export bst_device_driver_entry");
}

TEST(Device, TheSimulatorTakesAnInstructionSet) {
  bst_device *device = nullptr;
  bst_error error = {};
  ASSERT_EQ(bst_device_open(bst_simulator_driver(), "isa=scalar", &device, &error), BST_OK)
      << error.message;
  const Held<bst_package> package = openPackage(smallProgram().program);
  {
    const Held<bst_session> session = createSession(package.get(), device);
    EXPECT_STREQ(bst_session_kernel(session.get(), 1), "gemm_portable");
    EXPECT_STREQ(bst_session_kernel(session.get(), 99), "");
  }
  bst_device_release(device);
  EXPECT_EQ(bst_device_open(bst_simulator_driver(), "isa=abacus", &device, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message,
              StartsWith("device 'simulator': simulator: instruction set 'abacus' is unknown"));
  EXPECT_EQ(bst_device_open(bst_simulator_driver(), "fast", &device, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("options are 'fast', expected 'isa=NAME'"));
}

} // namespace bst::testing
