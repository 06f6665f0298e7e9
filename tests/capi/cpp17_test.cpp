// The C++17 wrapper on the simulator.
#include "fixture.h"

#include <bst/bst.hpp>

namespace bst::testing {

static bstrt::Package wrapped(const Program &program) {
  const std::vector<std::byte> bytes = packageOf(program);
  auto package = bstrt::Package::fromMemory(
      {reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()});
  return std::move(*package);
}

TEST(Cpp17, RunsANetwork) {
  const TestProgram test = smallProgram();
  bstrt::Package package = wrapped(test.program);
  auto device = bstrt::Device::byName("simulator");
  ASSERT_TRUE(device) << device.error().message();
  auto options = bstrt::Session::defaults();
  options.frames = 2;
  auto session = bstrt::Session::create(package, *device, options);
  ASSERT_TRUE(session) << session.error().message();
  for (uint32_t frame : {0, 1}) {
    auto images = session->input<float>(0, frame);
    ASSERT_TRUE(images);
    const std::vector<float> values = picture(package.get(), frame);
    ASSERT_EQ(images->size(), values.size());
    std::copy(values.begin(), values.end(), images->begin());
    EXPECT_FALSE(session->submit(frame));
  }
  for (uint32_t frame : {0, 1}) {
    EXPECT_FALSE(session->wait(frame));
    auto output = session->output<float>(0, frame);
    ASSERT_TRUE(output);
    const auto expected = expectedOutputs(test.program, frame)[0];
    ASSERT_EQ(output->size() * 4, expected.size());
    EXPECT_EQ(std::memcmp(output->data(), expected.data(), expected.size()), 0);
  }
}

TEST(Cpp17, HandlesAreCountedAndMoved) {
  bstrt::Package package = wrapped(smallProgram().program);
  bstrt::Package copy = package;
  { const bstrt::Package gone = std::move(package); }
  EXPECT_STREQ(copy.info().name, "graph");
  package = copy;
  EXPECT_EQ(package.get(), copy.get());
  auto input = copy.input(0);
  ASSERT_TRUE(input);
  EXPECT_EQ(input->nameView(), "images");
  EXPECT_EQ(input->extents().size(), 4u);
  EXPECT_EQ(*copy.findOutput("output"), 0u);
}

TEST(Cpp17, FailuresAreValues) {
  auto missing = bstrt::Package::open("/no/such.bst");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), BST_ERROR_IO);
  EXPECT_THAT(missing.error().message(), ::testing::StartsWith("/no/such.bst: cannot be opened"));
  bstrt::Package package = wrapped(smallProgram().program);
  auto device = bstrt::Device::simulator();
  auto session = bstrt::Session::create(package, *device);
  ASSERT_TRUE(session);
  auto wrong = session->input<uint8_t>(0);
  ASSERT_FALSE(wrong);
  EXPECT_STREQ(wrong.error().message(), "input is read as u8, expected f32");
  EXPECT_EQ(session->submit(0).code(), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_FALSE(package.preprocess(0));
}

} // namespace bst::testing
