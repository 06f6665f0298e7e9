// Drivers: the table, its checks, and names.
#include "fixture.h"

#include <cstdlib>
#include <cstring>

namespace bst::testing {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Why the driver is refused.
static std::string refusal(const bst_device_driver &driver, bst_status expected) {
  bst_error error = {};
  auto *device = reinterpret_cast<bst_device *>(&error); // Is set in any case.
  EXPECT_EQ(bst_device_open(&driver, nullptr, &device, &error), expected);
  EXPECT_EQ(device, nullptr);
  return error.message;
}

TEST(Driver, OfAnotherVersionIsRefused) {
  bst_device_driver driver = *bst_simulator_driver();
  driver.abi_version = 99;
  EXPECT_THAT(refusal(driver, BST_ERROR_UNSUPPORTED_VERSION),
              AllOf(StartsWith("the driver's table has ABI version 99 "),
                    HasSubstr("this library takes version 2 ")));
  // The table of version 1, which had bind, run and finish in place of begin.
  driver.abi_version = 1;
  driver.struct_size = 88;
  EXPECT_THAT(refusal(driver, BST_ERROR_UNSUPPORTED_VERSION),
              AllOf(StartsWith("the driver's table has ABI version 1 and 88 bytes, this library "
                               "takes version 2 "),
                    EndsWith("build the driver with this library's bst/device.h")));
  driver = *bst_simulator_driver();
  driver.struct_size = 16;
  EXPECT_THAT(refusal(driver, BST_ERROR_UNSUPPORTED_VERSION), HasSubstr(" and 16 bytes"));
}

TEST(Driver, WithoutAFunctionIsRefused) {
  const auto without = [](auto function, const std::string &name) {
    bst_device_driver driver = *bst_simulator_driver();
    driver.*function = nullptr;
    EXPECT_EQ(refusal(driver, BST_ERROR_INVALID_ARGUMENT),
              "driver 'simulator' has no function '" + name + "'");
  };
  without(&bst_device_driver::open, "open");
  without(&bst_device_driver::close, "close");
  without(&bst_device_driver::prepare, "prepare");
  without(&bst_device_driver::release, "release");
  without(&bst_device_driver::begin, "begin");
  bst_device_driver driver = *bst_simulator_driver();
  driver.name = nullptr;
  EXPECT_EQ(refusal(driver, BST_ERROR_INVALID_ARGUMENT), "the driver has no name");
}

TEST(Driver, ErrorsCarryItsNameAndTheCommands) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  const Onlooker broken(
      [](uint32_t, uint32_t command, void *const *, bst_error *error) -> bst_status {
        return command == 1 ? bst_set_error(error, BST_ERROR_IO, "no answer for 20 ms") : BST_OK;
      },
      "broken board");
  bst_device_driver driver = *broken.driver();
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

/// A driver that keeps book of its life; the simulator does the work.
static std::vector<std::string> events;
static bst_prepare_options prepared;
static bst_allocator preparedAllocator;
static bst_device_driver witness() {
  events.clear();
  bst_device_driver driver = *bst_simulator_driver();
  driver.open = [](const char *options, void **device, bst_error *error) {
    events.push_back(std::string("open ") + options);
    return bst_simulator_driver()->open(nullptr, device, error);
  };
  driver.close = [](void *device) {
    events.emplace_back("close");
    bst_simulator_driver()->close(device);
  };
  driver.prepare = [](void *device, const bst_package *package, const bst_prepare_options *options,
                      void **execution, bst_error *error) {
    events.emplace_back("prepare");
    prepared = *options;
    preparedAllocator = *options->allocator;
    return bst_simulator_driver()->prepare(device, package, options, execution, error);
  };
  driver.release = [](void *device, void *execution) {
    events.emplace_back("release");
    bst_simulator_driver()->release(device, execution);
  };
  return driver;
}

TEST(Driver, IsOpenAsLongAsItsDeviceIsUsed) {
  const bst_device_driver driver = witness();
  bst_device *device = nullptr;
  ASSERT_EQ(bst_device_open(&driver, "fast=1", &device, nullptr), BST_OK);
  bst_package *package = openPackage(smallProgram().program).release();
  Held<bst_session> session = createSession(package, device);
  bst_device_retain(device);
  bst_device_release(device);
  bst_device_release(device);
  bst_package_retain(package);
  bst_package_release(package);
  bst_package_release(package);
  EXPECT_THAT(events, ::testing::ElementsAre("open fast=1", "prepare"));
  EXPECT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK) << "both are the session's now";
  session.reset();
  EXPECT_THAT(events, ::testing::ElementsAre("open fast=1", "prepare", "release", "close"));
}

TEST(Driver, ThatDoesNotOpenIsNotClosed) {
  bst_device_driver driver = witness();
  driver.name = "board";
  driver.open = [](const char *, void **, bst_error *error) {
    return bst_set_error(error, BST_ERROR_IO, "no board answers");
  };
  EXPECT_EQ(refusal(driver, BST_ERROR_IO), "device 'board': no board answers");
  EXPECT_TRUE(events.empty());
}

TEST(Driver, GetsWhatTheSessionAsksFor) {
  const bst_device_driver driver = witness();
  bst_device *opened = nullptr;
  ASSERT_EQ(bst_device_open(&driver, "", &opened, nullptr), BST_OK);
  const Held<bst_device> device(opened);
  const Held<bst_package> package = openPackage(smallProgram().program);
  createSession(package.get(), opened);
  EXPECT_EQ(prepared.struct_size, sizeof(prepared));
  EXPECT_EQ(prepared.threads, 1u) << "the default";
  EXPECT_EQ(prepared.frames, 1u) << "the default";
  EXPECT_EQ(prepared.keep_tensors, 0u);
  bst_session_options options = BST_INIT(bst_session_options);
  options.threads = 3;
  options.frames = 2;
  options.keep_tensors = 1;
  const bst_allocator own = {&options,
                             [](void *, size_t size, size_t alignment) {
                               return std::aligned_alloc(alignment, (size + alignment - 1) /
                                                                        alignment * alignment);
                             },
                             [](void *, void *memory, size_t, size_t) { std::free(memory); }};
  options.allocator = &own;
  const Held<bst_session> session = createSession(package.get(), opened, options);
  EXPECT_EQ(preparedAllocator.user, own.user);
  EXPECT_EQ(preparedAllocator.allocate, own.allocate);
  EXPECT_EQ(preparedAllocator.deallocate, own.deallocate);
  EXPECT_EQ(prepared.threads, 3u);
  EXPECT_EQ(prepared.frames, 2u);
  EXPECT_EQ(prepared.keep_tensors, 1u);
  bst_buffer input = BST_INIT(bst_buffer);
  bst_tensor_info info = BST_INIT(bst_tensor_info);
  ASSERT_EQ(bst_package_get_input(package.get(), 0, &info, nullptr), BST_OK);
  ASSERT_EQ(bst_session_get_input(session.get(), 0, 0, &input, nullptr), BST_OK);
  EXPECT_EQ(prepared.tensors[info.index], input.data);
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
  ASSERT_EQ(bst_device_open_by_name("simulator", "isa=scalar", &device, &error), BST_OK);
  EXPECT_STREQ(bst_session_kernel(createSession(package.get(), device).get(), 1), "gemm_portable");
  bst_device_release(device);
  EXPECT_EQ(bst_device_open(bst_simulator_driver(), "isa=abacus", &device, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, StartsWith("device 'simulator': instruction set 'abacus' is unknown"));
  EXPECT_EQ(bst_device_open(bst_simulator_driver(), "fast", &device, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("options are 'fast', expected 'isa=NAME', 'frames=N' of 1"));
  for (const char *wrong : {"frames=0", "frames=", "frames=2x", "isa=scalar,frame=2"})
    EXPECT_EQ(bst_device_open(bst_simulator_driver(), wrong, &device, &error),
              BST_ERROR_INVALID_ARGUMENT)
        << wrong;
  ASSERT_EQ(bst_device_open(bst_simulator_driver(), "frames=2,isa=scalar", &device, &error), BST_OK)
      << error.message;
  EXPECT_STREQ(bst_session_kernel(createSession(package.get(), device).get(), 1), "gemm_portable");
  bst_device_release(device);
}

} // namespace bst::testing
