// Inputs and outputs: copies, bindings, and what is refused.
#include "fixture.h"

#include <cstring>

namespace bst::testing {

using ::testing::HasSubstr;

namespace {

class Ports : public ::testing::Test {
protected:
  /// Fails with `message`, whether the buffer is copied from or bound.
  void refuseInput(const bst_buffer &buffer, const std::string &message) {
    bst_error error = {};
    EXPECT_EQ(bst_session_write_input(session.get(), 0, 0, &buffer, &error),
              BST_ERROR_INVALID_ARGUMENT);
    EXPECT_EQ(error.message, message);
    EXPECT_EQ(bst_session_bind_input(session.get(), 0, 0, &buffer, &error),
              BST_ERROR_INVALID_ARGUMENT);
    EXPECT_EQ(error.message, message);
  }
  void run() {
    bst_error error = {};
    ASSERT_EQ(bst_session_run(session.get(), 0, &error), BST_OK) << error.message;
  }

  TestProgram test = completeProgram();
  Held<bst_package> package = openPackage(test.program);
  Held<bst_device> device = openSimulator();
  Held<bst_session> session = createSession(package.get(), device.get());
  Aligned images{3 * 8 * 8 * 4 + 64}, boxes{160 * 6 * 4}, scores{32 * 5 * 4};
};

} // namespace

TEST_F(Ports, CopiesComputeWhatTheReferenceDoes) {
  for (uint32_t seed : {1, 2, 3}) {
    writePicture(session.get(), package.get(), 0, seed);
    run();
    const auto expected = expectedOutputs(test.program, seed);
    const auto actual = readOutputs(session.get(), package.get(), 0);
    expectClose(actual[0], expected[0]);
    expectClose(actual[1], expected[1]);
  }
}

TEST_F(Ports, BoundMemoryIsReadAndWrittenInPlace) {
  writePicture(session.get(), package.get(), 0, 5);
  run();
  const auto expected = readOutputs(session.get(), package.get(), 0);

  const std::vector<float> values = picture(package.get(), 5);
  std::memcpy(images.data(), values.data(), values.size() * 4);
  bst_error error = {};
  bst_buffer buffer = inputBuffer(package.get(), 0, images.data());
  ASSERT_EQ(bst_session_bind_input(session.get(), 0, 0, &buffer, &error), BST_OK) << error.message;
  buffer = outputBuffer(package.get(), 0, boxes.data());
  ASSERT_EQ(bst_session_bind_output(session.get(), 0, 0, &buffer, &error), BST_OK) << error.message;
  buffer = outputBuffer(package.get(), 1, scores.data());
  ASSERT_EQ(bst_session_bind_output(session.get(), 0, 1, &buffer, &error), BST_OK) << error.message;
  const std::vector<std::byte> before = images.contents();
  run();
  EXPECT_EQ(boxes.contents(), expected[0]);
  EXPECT_EQ(scores.contents(), expected[1]);
  EXPECT_EQ(images.contents(), before) << "an input was written";
  EXPECT_EQ(readOutputs(session.get(), package.get(), 0), expected);

  bst_buffer found = BST_INIT(bst_buffer);
  ASSERT_EQ(bst_session_get_output(session.get(), 0, 0, &found, &error), BST_OK);
  EXPECT_EQ(found.data, boxes.data());
  EXPECT_EQ(found.rank, 3u);
  ASSERT_EQ(bst_session_get_input(session.get(), 0, 0, &found, &error), BST_OK);
  EXPECT_EQ(found.data, images.data());
  const bst_buffer copy = inputBuffer(package.get(), 0, boxes.data());
  EXPECT_EQ(bst_session_write_input(session.get(), 0, 0, &copy, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("input 'images': the host's memory is bound"));
}

TEST_F(Ports, ABindingEndsWithNull) {
  bst_buffer buffer = outputBuffer(package.get(), 1, scores.data());
  ASSERT_EQ(bst_session_bind_output(session.get(), 0, 1, &buffer, nullptr), BST_OK);
  buffer.data = nullptr;
  ASSERT_EQ(bst_session_bind_output(session.get(), 0, 1, &buffer, nullptr), BST_OK);
  const std::vector<std::byte> before = scores.contents();
  writePicture(session.get(), package.get(), 0, 5);
  run();
  EXPECT_EQ(scores.contents(), before);
  expectClose(readOutputs(session.get(), package.get(), 0)[1], expectedOutputs(test.program, 5)[1]);
}

TEST_F(Ports, TheSessionsOwnMemoryMayBeUsed) {
  bst_buffer own = BST_INIT(bst_buffer);
  ASSERT_EQ(bst_session_get_input(session.get(), 0, 0, &own, nullptr), BST_OK);
  EXPECT_EQ(uintptr_t(own.data) % BST_ALIGNMENT, 0u);
  const std::vector<float> values = picture(package.get(), 9);
  ASSERT_EQ(own.size, values.size() * 4);
  std::memcpy(own.data, values.data(), own.size);
  run();
  ASSERT_EQ(bst_session_get_output(session.get(), 0, 1, &own, nullptr), BST_OK);
  const auto *bytes = static_cast<const std::byte *>(own.data);
  expectClose({bytes, bytes + own.size}, expectedOutputs(test.program, 9)[1]);
}

TEST_F(Ports, RefusesAnotherType) {
  bst_buffer buffer = inputBuffer(package.get(), 0, images.data());
  buffer.dtype = BST_U8;
  refuseInput(buffer, "input 'images': the buffer's dtype is u8, expected f32");
  buffer.dtype = 17;
  refuseInput(buffer, "input 'images': the buffer's dtype is unknown, expected f32");
}

TEST_F(Ports, RefusesAnotherLayout) {
  bst_buffer buffer = inputBuffer(package.get(), 0, images.data());
  buffer.layout = BST_NHWC;
  refuseInput(buffer, "input 'images': the buffer's layout is nhwc, expected row_major");
}

TEST_F(Ports, RefusesAnotherShape) {
  bst_buffer buffer = inputBuffer(package.get(), 0, images.data());
  buffer.shape[1] = 8;
  buffer.shape[3] = 3; // As many elements.
  refuseInput(buffer, "input 'images': the buffer's shape is [1,8,8,3], expected [1,3,8,8]");
  buffer = inputBuffer(package.get(), 0, images.data());
  buffer.rank = 3;
  refuseInput(buffer, "input 'images': the buffer's shape is [1,3,8], expected [1,3,8,8]");
  buffer.rank = 9;
  refuseInput(buffer, "input 'images': the buffer's rank is 9, expected 4");
}

TEST_F(Ports, RefusesAnotherSize) {
  bst_buffer buffer = inputBuffer(package.get(), 0, images.data());
  buffer.size -= 4;
  refuseInput(buffer, "input 'images': the buffer has 764 bytes, expected 768");
  buffer.size = 3 * 8 * 8 * 4 + 1;
  refuseInput(buffer, "input 'images': the buffer has 769 bytes, expected 768");
}

TEST_F(Ports, RefusesBuffersThatNobodyInitialised) {
  bst_buffer buffer = inputBuffer(package.get(), 0, images.data());
  buffer.struct_size = 0;
  bst_error error = {};
  EXPECT_EQ(bst_session_bind_input(session.get(), 0, 0, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("buffer->struct_size is 0"));
  EXPECT_EQ(bst_session_bind_input(session.get(), 0, 0, nullptr, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "buffer is NULL");
  buffer = inputBuffer(package.get(), 0, nullptr);
  EXPECT_EQ(bst_session_write_input(session.get(), 0, 0, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "input 'images': the buffer's data is NULL");
}

TEST_F(Ports, RefusesBoundMemoryThatIsNotAligned) {
  const bst_buffer buffer = inputBuffer(package.get(), 0, images.data() + 4);
  bst_error error = {};
  EXPECT_EQ(bst_session_bind_input(session.get(), 0, 0, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "input 'images': the buffer lies 4 bytes past a multiple of 64");
  EXPECT_EQ(bst_session_write_input(session.get(), 0, 0, &buffer, &error), BST_OK)
      << "a copy takes any alignment";
}

TEST_F(Ports, RefusesBoundMemoryThatOverlaps) {
  Aligned shared(160 * 6 * 4 + 64);
  bst_error error = {};
  bst_buffer buffer = outputBuffer(package.get(), 0, shared.data());
  ASSERT_EQ(bst_session_bind_output(session.get(), 0, 0, &buffer, &error), BST_OK) << error.message;
  buffer = inputBuffer(package.get(), 0, shared.data() + 64);
  EXPECT_EQ(bst_session_bind_input(session.get(), 0, 0, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message,
               "input 'images': the buffer overlaps that of output 'boxes' of frame 0");
  bst_buffer own = BST_INIT(bst_buffer);
  ASSERT_EQ(bst_session_get_output(session.get(), 0, 1, &own, nullptr), BST_OK);
  EXPECT_EQ(bst_session_bind_output(session.get(), 0, 1, &own, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "output 'scores': the buffer overlaps the session's arena");
}

TEST_F(Ports, RefusesMemoryThatIsBoundElsewhere) {
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = 2;
  session = createSession(package.get(), device.get(), options);
  bst_error error = {};
  const bst_buffer output = outputBuffer(package.get(), 0, boxes.data());
  ASSERT_EQ(bst_session_bind_output(session.get(), 1, 0, &output, &error), BST_OK);
  EXPECT_EQ(bst_session_bind_output(session.get(), 1, 0, &output, &error), BST_OK)
      << "its own memory once more: " << error.message;
  EXPECT_EQ(bst_session_bind_output(session.get(), 0, 0, &output, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message,
               "output 'boxes': the buffer overlaps that of output 'boxes' of frame 1");
  // One picture may be the input of several frames, but nobody's output.
  const bst_buffer input = inputBuffer(package.get(), 0, images.data());
  for (const uint32_t frame : {0, 1})
    EXPECT_EQ(bst_session_bind_input(session.get(), frame, 0, &input, &error), BST_OK)
        << error.message;
  const bst_buffer over = outputBuffer(package.get(), 1, images.data());
  EXPECT_EQ(bst_session_bind_output(session.get(), 0, 1, &over, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message,
               "output 'scores': the buffer overlaps that of input 'images' of frame 0");
}

TEST_F(Ports, RefusesTheMemoryOfAnyFrame) {
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = 3;
  session = createSession(package.get(), device.get(), options);
  for (const uint32_t owner : {0, 1, 2}) {
    bst_buffer own = BST_INIT(bst_buffer);
    ASSERT_EQ(bst_session_get_output(session.get(), owner, 1, &own, nullptr), BST_OK);
    for (const uint32_t frame : {0, 1, 2}) {
      bst_error error = {};
      EXPECT_EQ(bst_session_bind_output(session.get(), frame, 1, &own, &error),
                BST_ERROR_INVALID_ARGUMENT);
      EXPECT_STREQ(error.message, "output 'scores': the buffer overlaps the session's arena");
    }
  }
}

TEST_F(Ports, RefusesForOutputsWhatItRefusesForInputs) {
  bst_buffer buffer = outputBuffer(package.get(), 1, scores.data());
  buffer.shape[0] = 5;
  buffer.shape[1] = 32;
  bst_error error = {};
  for (const auto use : {bst_session_bind_output, bst_session_read_output}) {
    EXPECT_EQ(use(session.get(), 0, 1, &buffer, &error), BST_ERROR_INVALID_ARGUMENT);
    EXPECT_STREQ(error.message, "output 'scores': the buffer's shape is [5,32], expected [32,5]");
  }
  buffer.shape[0] = -5; // Numbers of both signs are told as they are.
  EXPECT_EQ(bst_session_bind_output(session.get(), 0, 1, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "output 'scores': the buffer's shape is [-5,32], expected [32,5]");
}

TEST_F(Ports, RefusesPortsAndFramesThatDoNotExist) {
  const bst_buffer buffer = inputBuffer(package.get(), 0, images.data());
  bst_error error = {};
  EXPECT_EQ(bst_session_write_input(session.get(), 0, 2, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "input 2: the package has 2");
  EXPECT_EQ(bst_session_read_output(session.get(), 0, 2, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "output 2: the package has 2");
  EXPECT_EQ(bst_session_write_input(session.get(), 1, 0, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "frame 1: the session has 1");
  EXPECT_EQ(bst_session_run(session.get(), 1, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "frame 1: the session has 1");
}

TEST_F(Ports, TensorsAreKeptOnRequestOnly) {
  bst_buffer buffer = BST_INIT(bst_buffer);
  bst_error error = {};
  EXPECT_EQ(bst_session_get_tensor(session.get(), 0, 0, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "the session was created without options->keep_tensors");
  bst_session_options options = BST_INIT(bst_session_options);
  options.keep_tensors = 1;
  session = createSession(package.get(), device.get(), options);
  ASSERT_EQ(
      bst_session_get_tensor(session.get(), 0, tensorIndex(test.program, "q"), &buffer, &error),
      BST_OK)
      << error.message;
  EXPECT_EQ(buffer.dtype, BST_S8);
  EXPECT_EQ(buffer.size, 3u * 8 * 8);
  EXPECT_EQ(bst_session_get_tensor(session.get(), 0, 999, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("tensor 999: the package has "));
  EXPECT_EQ(bst_session_get_tensor(session.get(), 0, uint32_t(test.program.tensors.size()), &buffer,
                                   &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr(": the package has "));
  EXPECT_EQ(bst_session_get_tensor(session.get(), 1, 0, &buffer, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "frame 1: the session has 1");
}

TEST(PortsOfPassedOnInputs, AreCopied) {
  // The only output is another name of the input: nothing could be bound in place for both.
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {1, 16});
  const uint32_t y = b.alias("y", {16}, x);
  const uint32_t z = b.floats("z", {1, 16});
  b.command(Engine::Dsp, "neg", {x}, z, FloatUnaryParams{UnaryFn::Neg, 0, 0});
  const TestProgram test = b.finish({x}, {y, z});
  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get());
  bst_tensor_info info = BST_INIT(bst_tensor_info);
  ASSERT_EQ(bst_package_get_output(package.get(), 0, &info, nullptr), BST_OK);
  EXPECT_EQ(info.zero_copy, 0u);
  Aligned in(64), out(64);
  std::vector<float> values(16);
  for (size_t i = 0; i < 16; ++i)
    values[i] = float(i) + 0.5f;
  std::memcpy(in.data(), values.data(), 64);
  bst_buffer buffer = inputBuffer(package.get(), 0, in.data());
  ASSERT_EQ(bst_session_bind_input(session.get(), 0, 0, &buffer, nullptr), BST_OK);
  buffer = outputBuffer(package.get(), 0, out.data());
  ASSERT_EQ(bst_session_bind_output(session.get(), 0, 0, &buffer, nullptr), BST_OK);
  ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
  EXPECT_EQ(out.contents(), in.contents());
  bst_buffer found = BST_INIT(bst_buffer);
  ASSERT_EQ(bst_session_get_output(session.get(), 0, 0, &found, nullptr), BST_OK);
  EXPECT_EQ(found.data, out.data());
  const auto negated = readOutputs(session.get(), package.get(), 0)[1];
  float third = 0;
  std::memcpy(&third, &negated[8], 4);
  EXPECT_EQ(third, -2.5f);

  // When the bindings end, a run leaves what was bound as it was.
  const bst_buffer none = BST_INIT(bst_buffer);
  ASSERT_EQ(bst_session_bind_input(session.get(), 0, 0, &none, nullptr), BST_OK);
  ASSERT_EQ(bst_session_bind_output(session.get(), 0, 0, &none, nullptr), BST_OK);
  std::vector<float> others(16, 7);
  buffer = inputBuffer(package.get(), 0, others.data());
  ASSERT_EQ(bst_session_write_input(session.get(), 0, 0, &buffer, nullptr), BST_OK);
  ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
  const auto own = readOutputs(session.get(), package.get(), 0)[0];
  EXPECT_EQ(std::memcmp(own.data(), others.data(), 64), 0);
  EXPECT_EQ(std::memcmp(out.data(), values.data(), 64), 0);
}

// The bytes of the input hold another value later: a buffer that is bound is copied there first.
TEST(PortsOfTwoValues, AreCopiedToo) {
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {16}), a = b.floats("a", {16});
  const uint32_t again = b.alias("again", {16}, x), root = b.floats("root", {16});
  const uint32_t over = b.alias("over", {16}, x), out = b.floats("out", {16});
  b.command(Engine::Dsp, "neg", {again}, a, FloatUnaryParams{UnaryFn::Neg, 0, 0});
  b.command(Engine::Dsp, "abs", {a}, over, FloatUnaryParams{UnaryFn::Abs, 0, 0});
  b.command(Engine::Dsp, "sqrt", {again}, root, FloatUnaryParams{UnaryFn::Sqrt, 0, 0});
  b.command(Engine::Dsp, "neg2", {root}, out, FloatUnaryParams{UnaryFn::Neg, 0, 0});
  const TestProgram test = b.finish({x}, {out});
  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  const Held<bst_session> session = createSession(package.get(), device.get());
  bst_tensor_info info = BST_INIT(bst_tensor_info);
  ASSERT_EQ(bst_package_get_input(package.get(), 0, &info, nullptr), BST_OK);
  EXPECT_EQ(info.zero_copy, 0u);
  Aligned in(64);
  float values[16];
  for (int i = 0; i < 16; ++i)
    values[i] = float(-i * i);
  std::memcpy(in.data(), values, 64);
  const bst_buffer buffer = inputBuffer(package.get(), 0, in.data());
  ASSERT_EQ(bst_session_bind_input(session.get(), 0, 0, &buffer, nullptr), BST_OK);
  for (int run = 0; run < 2; ++run) {
    ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
    EXPECT_EQ(std::memcmp(in.data(), values, 64), 0) << "an input was written";
    const auto outputs = readOutputs(session.get(), package.get(), 0);
    for (int i = 0; i < 16; ++i) {
      float value = 0;
      std::memcpy(&value, &outputs[0][size_t(i) * 4], 4);
      EXPECT_EQ(value, float(-i));
    }
  }
}

} // namespace bst::testing
