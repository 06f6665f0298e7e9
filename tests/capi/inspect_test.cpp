// Opening and looking into packages through the C interface.
#include "fixture.h"

#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace bst::testing {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CVersion, IsTheHeadersOne) {
  EXPECT_EQ(bst_version(), 1000u); // 0.1.0, as the header documents it.
  EXPECT_STREQ(bst_version_string(), "0.1.0");
  EXPECT_STREQ(bst_version_string(), BSTC_VERSION);
}

TEST(CVersion, AHostOfAnotherAbiIsRefused) {
  bst_error error = {};
  EXPECT_EQ(bst_check_abi(BST_ABI_VERSION, &error), BST_OK);
  EXPECT_STREQ(error.message, "");
  EXPECT_EQ(bst_check_abi(BST_ABI_VERSION + 7, &error), BST_ERROR_UNSUPPORTED_VERSION);
  EXPECT_EQ(error.code, BST_ERROR_UNSUPPORTED_VERSION);
  EXPECT_THAT(error.message, HasSubstr("ABI version 8"));
  EXPECT_THAT(error.message, HasSubstr("has ABI version 1"));
}

TEST(CPackage, TellsWhatItIs) {
  TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  bst_package_info info = BST_INIT(bst_package_info);
  ASSERT_EQ(bst_package_get_info(package.get(), &info, nullptr), BST_OK);
  EXPECT_STREQ(info.name, "graph");
  EXPECT_STREQ(info.target, "target");
  EXPECT_STREQ(info.compiler, "1.2.3");
  EXPECT_EQ(std::strlen(info.hash), 16u);
  EXPECT_EQ(info.schema_version, 1u);
  EXPECT_EQ(info.inputs, 1u);
  EXPECT_EQ(info.outputs, 2u);
  EXPECT_EQ(info.tensors, test.program.tensors.size());
  EXPECT_EQ(info.commands, test.program.commands.size());
  EXPECT_EQ(info.weights_size, test.program.weightsSize);
  EXPECT_EQ(info.arena_size, test.program.arenaSize);
  EXPECT_EQ(info.macs, 1000u);
  EXPECT_EQ(info.dram_bytes, 2000u);
  EXPECT_EQ(info.latency_seconds, 0.25);
  EXPECT_EQ(info.frames_per_second, 4);
}

TEST(CPackage, TellsItsContract) {
  const Held<bst_package> package = openPackage(completeProgram().program);
  bst_tensor_info info = BST_INIT(bst_tensor_info);
  ASSERT_EQ(bst_package_get_input(package.get(), 0, &info, nullptr), BST_OK);
  EXPECT_STREQ(info.name, "images");
  EXPECT_EQ(info.dtype, BST_F32);
  EXPECT_EQ(info.layout, BST_ROW_MAJOR);
  ASSERT_EQ(info.rank, 4u);
  EXPECT_THAT(std::vector<int32_t>(info.shape, info.shape + 4), ::testing::ElementsAre(1, 3, 8, 8));
  EXPECT_EQ(info.size, 3u * 8 * 8 * 4);
  EXPECT_EQ(info.scale, 0);
  EXPECT_EQ(info.zero_copy, 1u);
  ASSERT_EQ(bst_package_get_output(package.get(), 1, &info, nullptr), BST_OK);
  EXPECT_STREQ(info.name, "scores");

  uint32_t index = 99;
  ASSERT_EQ(bst_package_find_output(package.get(), "scores", &index, nullptr), BST_OK);
  EXPECT_EQ(index, 1u);
  bst_error error = {};
  EXPECT_EQ(bst_package_find_output(package.get(), "images", &index, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "no output is named 'images'; the package has 'boxes', 'scores'");
  EXPECT_EQ(bst_package_get_input(package.get(), 1, &info, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "input 1: the package has 1");
}

TEST(CPackage, TellsItsTensorsAndCommands) {
  TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  const uint32_t w0 = tensorIndex(test.program, "w0"), conv = tensorIndex(test.program, "conv");
  bst_tensor_info tensor = BST_INIT(bst_tensor_info);
  ASSERT_EQ(bst_package_get_tensor(package.get(), w0, &tensor, nullptr), BST_OK);
  EXPECT_EQ(tensor.in_weights, 1u);
  EXPECT_EQ(tensor.layout, BST_PANELS);
  ASSERT_EQ(bst_package_get_tensor(package.get(), conv, &tensor, nullptr), BST_OK);
  EXPECT_EQ(tensor.dtype, BST_S8);
  EXPECT_EQ(tensor.layout, BST_NHWC);
  EXPECT_EQ(tensor.scale, 0.05f);
  EXPECT_EQ(tensor.zero_point, 4);
  EXPECT_EQ(tensor.in_weights, 0u);

  bst_command_info command = BST_INIT(bst_command_info);
  ASSERT_EQ(bst_package_get_command(package.get(), 1, &command, nullptr), BST_OK);
  EXPECT_STREQ(command.name, "conv0");
  EXPECT_STREQ(command.engine, "maca");
  EXPECT_STREQ(command.operation, "conv");
  ASSERT_EQ(command.input_count, 2u);
  EXPECT_EQ(command.inputs[1], w0);
  ASSERT_EQ(command.output_count, 1u);
  EXPECT_EQ(command.outputs[0], conv);
  ASSERT_EQ(command.depends_on_count, 1u);
  EXPECT_EQ(command.depends_on[0], 0u);
  bst_error error = {};
  EXPECT_EQ(bst_package_get_command(package.get(), 99, &command, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, StartsWith("command 99: the package has "));
}

TEST(CPackage, TellsHowBoxesAreDecoded) {
  const Held<bst_package> package = openPackage(completeProgram().program);
  bst_decode_info info = BST_INIT(bst_decode_info);
  ASSERT_EQ(bst_package_get_decode(package.get(), &info, nullptr), BST_OK);
  EXPECT_STREQ(info.kind, "yolov5-detect");
  EXPECT_EQ(info.classes, 1u);
  EXPECT_EQ(info.masks, 0u);
  ASSERT_EQ(info.levels, 2u);
  EXPECT_EQ(info.strides[1], 16);
  ASSERT_EQ(info.anchors_per_level, 2u);
  EXPECT_EQ(info.anchors[7], 61);
  ASSERT_EQ(info.class_names, 1u);
  EXPECT_STREQ(bst_package_class_name(package.get(), 0), "person");
  EXPECT_EQ(bst_package_class_name(package.get(), 1), nullptr);
}

TEST(CPackage, AnOlderHostGetsWhatItKnows) {
  const Held<bst_package> package = openPackage(completeProgram().program);
  bst_tensor_info info = BST_INIT(bst_tensor_info);
  info.struct_size = offsetof(bst_tensor_info, scale); // Of a time before quantisation.
  info.scale = 123;
  ASSERT_EQ(bst_package_get_tensor(package.get(), 1, &info, nullptr), BST_OK);
  EXPECT_STREQ(info.name, "q");
  EXPECT_EQ(info.scale, 123);
  EXPECT_EQ(info.struct_size, offsetof(bst_tensor_info, scale));

  info.struct_size = 0;
  bst_error error = {};
  EXPECT_EQ(bst_package_get_tensor(package.get(), 1, &info, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, StartsWith("info->struct_size is 0, expected "));
}

TEST(CPackage, OpensAFile) {
  const std::vector<std::byte> bytes = packageOf(smallProgram().program);
  char path[] = "/tmp/bst-capi-XXXXXX";
  const int file = mkstemp(path);
  ASSERT_GE(file, 0);
  ASSERT_EQ(write(file, bytes.data(), bytes.size()), ssize_t(bytes.size()));
  close(file);
  bst_package *package = nullptr;
  bst_error error = {};
  EXPECT_EQ(bst_package_open(path, &package, &error), BST_OK) << error.message;
  const void *found = nullptr;
  size_t size = 0;
  ASSERT_EQ(bst_package_get_bytes(package, &found, &size, nullptr), BST_OK);
  ASSERT_EQ(size, bytes.size());
  EXPECT_EQ(std::memcmp(found, bytes.data(), size), 0);
  bst_package_release(package);
  unlink(path);
  EXPECT_EQ(bst_package_open(path, &package, &error), BST_ERROR_IO);
  EXPECT_EQ(package, nullptr);
  EXPECT_THAT(error.message, StartsWith(path));
}

TEST(CPackage, BorrowsMemoryWhereItIsAligned) {
  const std::vector<std::byte> bytes = packageOf(smallProgram().program);
  Aligned memory(bytes.size() + 8);
  std::memcpy(memory.data(), bytes.data(), bytes.size());
  bst_package *package = nullptr;
  bst_error error = {};
  ASSERT_EQ(
      bst_package_open_memory(memory.data(), bytes.size(), BST_MEMORY_BORROW, &package, &error),
      BST_OK)
      << error.message;
  const void *found = nullptr;
  size_t size = 0;
  ASSERT_EQ(bst_package_get_bytes(package, &found, &size, nullptr), BST_OK);
  EXPECT_EQ(found, memory.data());
  bst_package_release(package);

  std::memmove(memory.data() + 8, memory.data(), bytes.size());
  EXPECT_EQ(
      bst_package_open_memory(memory.data() + 8, bytes.size(), BST_MEMORY_BORROW, &package, &error),
      BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("8 bytes past a 64-byte boundary"));
  EXPECT_EQ(bst_package_open_memory(memory.data(), bytes.size(), 7, &package, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, StartsWith("mode is 7"));
}

TEST(CPackage, RefusesWhatIsDamagedOrNotThere) {
  std::vector<std::byte> bytes = packageOf(smallProgram().program);
  bytes[bytes.size() / 2] ^= std::byte(1);
  bst_package *package = reinterpret_cast<bst_package *>(&bytes);
  bst_error error = {};
  EXPECT_EQ(bst_package_open_memory(bytes.data(), bytes.size(), BST_MEMORY_COPY, &package, &error),
            BST_ERROR_CORRUPT_PACKAGE);
  EXPECT_EQ(package, nullptr);
  EXPECT_THAT(error.message, StartsWith("package in memory: is damaged: its content hash is "));
  EXPECT_EQ(bst_package_open_memory(nullptr, 3, BST_MEMORY_COPY, &package, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "bytes is NULL");
  EXPECT_EQ(bst_package_open(nullptr, &package, nullptr), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(bst_package_open("x", nullptr, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "package is NULL");
}

TEST(CHandles, OthersAreRefused) {
  bst_error error = {};
  bst_package_info info = BST_INIT(bst_package_info);
  EXPECT_EQ(bst_package_get_info(nullptr, &info, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "package is NULL");
  const Held<bst_device> device = openSimulator();
  EXPECT_EQ(bst_package_get_info(reinterpret_cast<bst_package *>(device.get()), &info, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "package is not a handle of that type");
  EXPECT_EQ(bst_session_run(nullptr, 0, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "session is NULL");
  EXPECT_EQ(bst_session_create(nullptr, device.get(), nullptr, nullptr, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "session is NULL");
  EXPECT_STREQ(bst_device_name(nullptr), "");
  bst_package_release(nullptr);
  bst_device_release(nullptr);
  bst_session_destroy(nullptr);
}

TEST(CErrors, LongMessagesAreCutAndNamesMadeFitForATerminal) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  bst_error error = {};
  uint32_t index = 0;
  const std::string evil = "bell\a" + std::string(2000, 'x');
  EXPECT_EQ(bst_package_find_input(package.get(), evil.c_str(), &index, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, StartsWith("no input is named 'bell?xxx"));
  EXPECT_THAT(error.message, HasSubstr("...'; the package has 'images'"));
  EXPECT_EQ(bst_set_error(&error, BST_ERROR_IO, std::string(5000, 'y').c_str()), BST_ERROR_IO);
  EXPECT_EQ(std::strlen(error.message), size_t(BST_MESSAGE_SIZE) - 1);
}

TEST(CErrors, CodesHaveNames) {
  EXPECT_STREQ(bst_status_name(BST_OK), "BST_OK");
  EXPECT_STREQ(bst_status_name(BST_ERROR_CANCELLED), "BST_ERROR_CANCELLED");
  EXPECT_STREQ(bst_status_name(BST_ERROR_SELF_TEST), "BST_ERROR_SELF_TEST");
  EXPECT_STREQ(bst_status_name(BST_ERROR_SELF_TEST + 1), "unknown");
  EXPECT_STREQ(bst_status_name(-1), "unknown");
}

} // namespace bst::testing
