// Opening and looking into packages through the C interface.
#include "fixture.h"

#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace bst::testing {

using ::testing::HasSubstr;
using ::testing::StartsWith;

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
  EXPECT_EQ(info.inputs, 2u);
  EXPECT_EQ(info.outputs, 2u);
  EXPECT_EQ(info.tensors, test.program.tensors.size());
  EXPECT_EQ(info.commands, test.program.commands.size());
  EXPECT_EQ(info.has_self_test, 0u);
  EXPECT_EQ(info.file_size, packageOf(test.program).size());
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
  EXPECT_EQ(bst_package_get_input(package.get(), 2, &info, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "input 2: the package has 2");
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
  EXPECT_EQ(tensor.index, conv);
  EXPECT_EQ(tensor.offset, test.program.tensors[conv].offset);
  EXPECT_EQ(tensor.size, test.program.tensors[conv].size);
  EXPECT_EQ(tensor.zero_copy, 0u);
  bst_error error = {};
  const auto count = uint32_t(test.program.tensors.size());
  EXPECT_EQ(bst_package_get_tensor(package.get(), count, &tensor, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(error.message,
            "tensor " + std::to_string(count) + ": the package has " + std::to_string(count));

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
  const auto commands = uint32_t(test.program.commands.size());
  EXPECT_EQ(bst_package_get_command(package.get(), commands, &command, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(error.message, "command " + std::to_string(commands) + ": the package has " +
                               std::to_string(commands));
}

/// Two inputs and, of them, two heads and the prototypes of masks between.
static TestProgram twoPictures() {
  ProgramBuilder b;
  const uint32_t left = b.floats("left", {1, 20, 4, 4}), right = b.floats("right", {1, 8, 8, 3});
  const uint32_t fine = b.floats("fine", {1, 20, 4, 4}), coarse = b.floats("coarse", {1, 20, 4, 4});
  const uint32_t masks = b.floats("masks", {1, 8, 8, 3});
  const uint32_t prototypes = b.alias("prototypes", {1, 3, 8, 8}, masks);
  b.command(Engine::Dsp, "neg", {left}, fine, FloatUnaryParams{UnaryFn::Neg, 0, 0});
  b.command(Engine::Dsp, "abs", {left}, coarse, FloatUnaryParams{UnaryFn::Abs, 0, 0});
  b.command(Engine::Dsp, "exp", {right}, masks, FloatUnaryParams{UnaryFn::Exp, 0, 0});
  return b.finish({left, right}, {coarse, prototypes, fine});
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
  EXPECT_EQ(info.stage, uint32_t(BST_PREDICTIONS));
  EXPECT_EQ(info.nms_confidence, 0.25f); // YOLOv5's.
  EXPECT_EQ(info.nms_iou, 0.45);
  EXPECT_EQ(info.nms_max_detections, 300u);
  EXPECT_STREQ(bst_package_class_name(package.get(), 0), "person");
  EXPECT_EQ(bst_package_class_name(package.get(), 1), nullptr);
}

// Nothing that equals the defaults.
TEST(CPackage, TellsWhatTheOutputsOfASegmenterHold) {
  TestProgram test = twoPictures();
  DecodeInfo &decode = test.program.decode;
  decode.kind = "yolov5-segment";
  decode.classes = 2;
  decode.masks = 3;
  decode.strides = {8, 16};
  decode.anchors = {1, 2, 3, 4, 5, 6, 7, 8};
  decode.stage = DetectionStage::Heads;
  decode.outputs = {2, 0};
  decode.prototypes = 1;
  decode.nms = {.confidence = 0.5f, .iou = 0.625, .maxDetections = 17, .multiLabel = true};
  const Held<bst_package> package = openPackage(test.program);
  bst_decode_info info = BST_INIT(bst_decode_info);
  ASSERT_EQ(bst_package_get_decode(package.get(), &info, nullptr), BST_OK);
  EXPECT_STREQ(info.kind, "yolov5-segment");
  EXPECT_EQ(info.classes, 2u);
  EXPECT_EQ(info.masks, 3u);
  EXPECT_EQ(info.levels, 2u);
  EXPECT_EQ(info.anchors_per_level, 2u);
  EXPECT_EQ(info.class_names, 0u);
  EXPECT_EQ(info.stage, uint32_t(BST_HEADS));
  ASSERT_EQ(info.output_count, 2u);
  EXPECT_EQ(info.outputs[0], 2u);
  EXPECT_EQ(info.outputs[1], 0u);
  EXPECT_EQ(info.prototypes, 1);
  EXPECT_EQ(info.nms_confidence, 0.5f);
  EXPECT_EQ(info.nms_iou, 0.625);
  EXPECT_EQ(info.nms_max_detections, 17u);
  EXPECT_EQ(info.nms_multi_label, 1u);
  EXPECT_EQ(info.nms_class_agnostic, 0u);

  decode.nms.multiLabel = false;
  decode.nms.classAgnostic = true;
  const Held<bst_package> other = openPackage(test.program);
  ASSERT_EQ(bst_package_get_decode(other.get(), &info, nullptr), BST_OK);
  EXPECT_EQ(info.nms_multi_label, 0u);
  EXPECT_EQ(info.nms_class_agnostic, 1u);

  test.program.decode = {};
  const Held<bst_package> silent = openPackage(test.program);
  ASSERT_EQ(bst_package_get_decode(silent.get(), &info, nullptr), BST_OK);
  EXPECT_STREQ(info.kind, "");
  EXPECT_EQ(info.levels, 0u);
  EXPECT_EQ(info.anchors_per_level, 0u);
  EXPECT_EQ(info.outputs, nullptr);
  EXPECT_EQ(info.output_count, 0u);
  EXPECT_EQ(info.prototypes, -1);
}

TEST(CPackage, TellsTheInputsApart) {
  TestProgram test = twoPictures();
  test.program.preprocess = {{.input = 1, .channelsLast = true, .colours = ColourOrder::Bgr}};
  const Held<bst_package> package = openPackage(test.program);
  uint32_t index = 99;
  ASSERT_EQ(bst_package_find_input(package.get(), "right", &index, nullptr), BST_OK);
  EXPECT_EQ(index, 1u);
  bst_preprocess_info info = BST_INIT(bst_preprocess_info);
  bst_error error = {};
  EXPECT_EQ(bst_package_get_preprocess(package.get(), 0, &info, &error), BST_ERROR_UNSUPPORTED);
  EXPECT_THAT(error.message, StartsWith("input 'left': "));
  ASSERT_EQ(bst_package_get_preprocess(package.get(), 1, &info, &error), BST_OK) << error.message;
  EXPECT_EQ(info.channels_last, 1u);
  EXPECT_EQ(info.fit, uint32_t(BST_FIT_LETTERBOX));
  EXPECT_EQ(info.pad, 114);
}

TEST(CPackage, TellsHowItsInputIsMadeOfAPicture) {
  TestProgram test = completeProgram();
  test.program.preprocess = {{.input = 0,
                              .channelsLast = false,
                              .colours = ColourOrder::Bgr,
                              .fit = PictureFit::Stretch,
                              .pad = 7,
                              .mean = {1, 2, 3},
                              .scale = {0.5, 0.25, 0.125}}};
  const Held<bst_package> package = openPackage(test.program);
  bst_preprocess_info info = BST_INIT(bst_preprocess_info);
  bst_error error = {};
  ASSERT_EQ(bst_package_get_preprocess(package.get(), 0, &info, &error), BST_OK) << error.message;
  EXPECT_EQ(info.channels_last, 0u);
  EXPECT_EQ(info.colours, uint32_t(BST_BGR));
  EXPECT_EQ(info.fit, uint32_t(BST_FIT_STRETCH));
  EXPECT_EQ(info.pad, 7);
  EXPECT_EQ(info.mean[2], 3);
  EXPECT_EQ(info.scale[1], 0.25);
  EXPECT_EQ(bst_package_get_preprocess(package.get(), 2, &info, &error),
            BST_ERROR_INVALID_ARGUMENT);
  test.program.preprocess.clear();
  const Held<bst_package> silent = openPackage(test.program);
  EXPECT_EQ(bst_package_get_preprocess(silent.get(), 0, &info, &error), BST_ERROR_UNSUPPORTED);
  EXPECT_STREQ(error.message,
               "input 'images': the package does not say how it is made of a picture");
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

} // namespace bst::testing
