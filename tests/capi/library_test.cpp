// libbstrt.so and a driver that is not part of it (examples/recording_driver): what is linked is
// the shared library.
#include "tests/runtime/test_programs.h"

#include <bst/bst.h>
#include <bst/device.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <dlfcn.h>
#include <unistd.h>

namespace bst::testing {

static std::vector<std::byte> outputOf(bst_device *device, const std::vector<std::byte> &bytes) {
  bst_error error = {};
  bst_package *package = nullptr;
  bst_session *session = nullptr;
  bst_buffer input = BST_INIT(bst_buffer), output = BST_INIT(bst_buffer);
  EXPECT_EQ(bst_package_open_memory(bytes.data(), bytes.size(), BST_MEMORY_COPY, &package, &error),
            BST_OK)
      << error.message;
  EXPECT_EQ(bst_session_create(package, device, nullptr, &session, &error), BST_OK)
      << error.message;
  EXPECT_EQ(bst_session_get_input(session, 0, 0, &input, &error), BST_OK);
  auto *values = static_cast<float *>(input.data);
  for (size_t i = 0; i < input.size / sizeof(float); ++i)
    values[i] = float(i % 7) - 3;
  EXPECT_EQ(bst_session_run(session, 0, &error), BST_OK) << error.message;
  EXPECT_EQ(bst_session_get_output(session, 0, 0, &output, &error), BST_OK);
  const auto *data = static_cast<const std::byte *>(output.data);
  std::vector<std::byte> result(data, data + output.size);
  bst_session_destroy(session);
  bst_package_release(package);
  return result;
}

static bool isLoaded(const char *library) {
  void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle)
    dlclose(handle);
  return handle != nullptr;
}

TEST(Library, ADriverOutsideOfItRecordsAndForwards) {
  const std::vector<std::byte> bytes = packageOf(smallProgram().program);
  const std::string record =
      (std::filesystem::temp_directory_path() / "bst-record-XXXXXX").string();
  std::string path = record;
  close(mkstemp(path.data()));
  bst_device *device = nullptr, *simulator = nullptr;
  bst_error error = {};
  ASSERT_EQ(bst_device_load(RECORDING_DRIVER, path.c_str(), &device, &error), BST_OK)
      << error.message;
  EXPECT_STREQ(bst_device_name(device), "recorder");
  const std::vector<std::byte> recorded = outputOf(device, bytes);
  EXPECT_TRUE(isLoaded(RECORDING_DRIVER));
  bst_device_release(device);
  EXPECT_FALSE(isLoaded(RECORDING_DRIVER)) << "the library is unloaded with the device";
  ASSERT_EQ(bst_device_open_by_name("simulator", nullptr, &simulator, &error), BST_OK);
  EXPECT_EQ(recorded, outputOf(simulator, bytes));
  bst_device_release(simulator);

  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  EXPECT_THAT(text.str(),
              ::testing::MatchesRegex("prepare graph: 3 commands, 1 frames\n"
                                      "frame 0 begins: 1 in flight\n"
                                      "  0 dsp quantize 'quantize0' frame 0 [0-9.]+ us\n"
                                      "  1 maca conv 'conv0' frame 0 [0-9.]+ us\n"
                                      "  2 dsp dequantize 'dequantize0' frame 0 [0-9.]+ us\n"
                                      "frame 0 done: 0 in flight\n"
                                      "release\n"));
}

TEST(Library, TheRecordShowsFramesSideBySide) {
  const std::vector<std::byte> bytes = packageOf(completeProgram().program);
  std::string path = (std::filesystem::temp_directory_path() / "bst-record-XXXXXX").string();
  close(mkstemp(path.data()));
  bst_device *device = nullptr;
  bst_package *package = nullptr;
  bst_session *session = nullptr;
  bst_error error = {};
  ASSERT_EQ(bst_device_load(RECORDING_DRIVER, path.c_str(), &device, &error), BST_OK);
  ASSERT_EQ(bst_package_open_memory(bytes.data(), bytes.size(), BST_MEMORY_COPY, &package, &error),
            BST_OK);
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = 3;
  ASSERT_EQ(bst_session_create(package, device, &options, &session, &error), BST_OK);
  for (int run = 0; run < 20; ++run) // So that one at least is not over before the last begins.
    for (uint32_t frame : {0, 1, 2}) {
      if (run) {
        EXPECT_EQ(bst_session_wait(session, frame, -1, &error), BST_OK) << error.message;
      }
      ASSERT_EQ(bst_session_submit(session, frame, &error), BST_OK) << error.message;
    }
  bst_session_destroy(session);
  bst_package_release(package);
  bst_device_release(device);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  EXPECT_THAT(text.str(), ::testing::HasSubstr(": 3 in flight\n"));
  EXPECT_THAT(text.str(), ::testing::EndsWith(": 0 in flight\nrelease\n"));
}

TEST(Library, ADriverThatCannotOpenSaysWhy) {
  bst_device *device = nullptr;
  bst_error error = {};
  EXPECT_EQ(bst_device_load(RECORDING_DRIVER, "/no/such/folder/file", &device, &error),
            BST_ERROR_IO);
  EXPECT_EQ(device, nullptr);
  EXPECT_THAT(error.message,
              ::testing::HasSubstr("device 'recorder': the file for the record cannot be opened"));
  EXPECT_FALSE(isLoaded(RECORDING_DRIVER));
}

TEST(Library, AnEntryWithoutADriverIsRefused) {
  bst_device *device = nullptr;
  bst_error error = {};
  EXPECT_EQ(bst_device_open_by_name(NO_DRIVER, nullptr, &device, &error), BST_ERROR_IO);
  EXPECT_EQ(device, nullptr);
  EXPECT_EQ(std::string(error.message),
            std::string("driver '") + NO_DRIVER + "': bst_device_driver_entry returns NULL");
}

} // namespace bst::testing
