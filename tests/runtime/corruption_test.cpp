// Damaged and crafted packages: refused, or a program that a device can walk.
#include "test_programs.h"

#include "runtime/package.h"
#include "runtime/package_format.h"
#include "runtime/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace bst::testing {

namespace {

/// Reads all bytes of all inputs and writes all bytes of all outputs, for the sanitizers to see.
class WalkingDevice final : public Device {
public:
  const char *name() const override { return "walker"; }
  uint64_t scratchSize(const Program &, const Command &) const override { return 0; }
  Status execute(const Command &, std::span<const TensorView> inputs,
                 std::span<const TensorView> outputs, std::span<std::byte>) override {
    for (const TensorView &view : inputs)
      for (uint64_t i = 0; i < view.tensor->size; ++i)
        sum += unsigned(view.data[i]);
    for (const TensorView &view : outputs)
      std::fill_n(view.data, view.tensor->size, std::byte(sum));
    return Status();
  }

private:
  unsigned sum = 0;
};

/// What became of many packages.
struct Outcome {
  size_t refused = 0, walked = 0;
};

} // namespace

static Status load(std::span<const std::byte> bytes) {
  std::unique_ptr<Package> package;
  return Package::fromMemory(bytes, package);
}

static bool isRefusal(const Status &status) {
  return (status.getCode() == StatusCode::CorruptPackage ||
          status.getCode() == StatusCode::UnsupportedVersion) &&
         !status.message().empty();
}

// Refused with a message, or verified and walked.
static void loadAndWalk(std::span<const std::byte> bytes, Outcome &outcome) {
  std::unique_ptr<Package> package;
  const Status status = Package::fromMemory(bytes, package);
  if (!status.ok()) {
    ASSERT_TRUE(isRefusal(status)) << status.message();
    ++outcome.refused;
    return;
  }
  ASSERT_TRUE(verifyProgram(package->program()).ok());
  WalkingDevice device;
  std::unique_ptr<Session> session;
  ASSERT_TRUE(Session::create(package->program(), device, session).ok());
  ASSERT_TRUE(session->run().ok());
  ++outcome.walked;
}

// As loadAndWalk, with length and hash made right again where the header can still be found.
static void sealAndWalk(std::vector<std::byte> bytes, Outcome &outcome) {
  (void)sealPackage(bytes);
  loadAndWalk(bytes, outcome);
}

TEST(Corruption, EveryTruncationIsRefused) {
  const std::vector<std::byte> bytes = packageOf(completeProgram().program);
  for (size_t length = 0; length < bytes.size(); ++length)
    ASSERT_TRUE(isRefusal(load(std::span(bytes).first(length)))) << length;
}

TEST(Corruption, EveryFlippedByteIsRefused) {
  std::vector<std::byte> bytes = packageOf(completeProgram().program);
  ASSERT_TRUE(load(bytes).ok());
  for (size_t i = 0; i < bytes.size(); ++i)
    for (unsigned bits : {0x01u, 0x80u, 0xffu}) {
      bytes[i] ^= std::byte(bits);
      ASSERT_TRUE(isRefusal(load(bytes))) << "byte " << i << " xor " << bits;
      bytes[i] ^= std::byte(bits);
    }
}

TEST(Corruption, FlipsWithARightHashAreRefusedOrRun) {
  const std::vector<std::byte> bytes = packageOf(completeProgram().program);
  const size_t weights = completeProgram().program.weightsSize;
  Outcome outcome;
  for (size_t i = 0; i < bytes.size(); ++i)
    for (unsigned bits : {0x01u, 0x80u, 0xffu}) {
      SCOPED_TRACE(::testing::Message() << "byte " << i << " xor " << bits);
      std::vector<std::byte> flipped = bytes;
      flipped[i] ^= std::byte(bits);
      sealAndWalk(std::move(flipped), outcome);
      if (HasFatalFailure())
        return;
    }
  // Weights may be anything; of the rest, much is checked.
  EXPECT_GE(outcome.walked, 3 * weights);
  EXPECT_GT(outcome.refused, outcome.walked / 4);
}

TEST(Corruption, WordsWithARightHashAreRefusedOrRun) {
  // Aligned words set to the edges of their types, in everything but the weights.
  const std::vector<std::byte> bytes = packageOf(completeProgram().program);
  const size_t end = bytes.size() - completeProgram().program.weightsSize;
  Outcome outcome;
  for (size_t i = 0; i + 4 <= end; i += 4)
    for (uint32_t value : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
      SCOPED_TRACE(::testing::Message() << "word at " << i << " = " << value);
      std::vector<std::byte> changed = bytes;
      std::copy_n(reinterpret_cast<const std::byte *>(&value), 4, changed.begin() + i);
      sealAndWalk(std::move(changed), outcome);
      if (HasFatalFailure())
        return;
    }
  EXPECT_GT(outcome.refused, outcome.walked);
}

TEST(Corruption, TruncationsWithARightHashAreRefusedOrRun) {
  const std::vector<std::byte> bytes = packageOf(completeProgram().program);
  Outcome outcome;
  for (size_t length = 0; length < bytes.size(); ++length) {
    SCOPED_TRACE(length);
    sealAndWalk({bytes.begin(), bytes.begin() + length}, outcome);
    if (HasFatalFailure())
      return;
  }
  EXPECT_EQ(outcome.walked, 0u); // The last bytes are those of the weights.
}

TEST(Corruption, SeveralRandomChangesWithARightHashAreRefusedOrRun) {
  const std::vector<std::byte> bytes = packageOf(completeProgram().program);
  const size_t end = bytes.size() - completeProgram().program.weightsSize;
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  Outcome outcome;
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::byte> changed = bytes;
    for (int change = 0; change < 3; ++change)
      changed[random() % end] = std::byte(random());
    sealAndWalk(std::move(changed), outcome);
    if (HasFatalFailure())
      return;
  }
}

TEST(Corruption, SharedListsAreNotMultiplied) {
  // 60,000 commands, of which all but the first are pointed at the first, whose name is long: a
  // file of 5 MB that would take 4 GB of names.
  ProgramBuilder b;
  const uint32_t x = b.floats("x", {1}), y = b.floats("y", {1});
  TestProgram test = b.finish({x}, {y});
  Command command{Engine::Dsp, "c", {x}, {y}, {}, FloatUnaryParams{}};
  test.program.commands.assign(60000, command);
  test.program.commands[0].name.assign(maxNameBytes, 'n');
  std::vector<std::byte> bytes = packageOf(test.program);
  // The list of commands is the one run of 60,000 in the file; its elements are offsets from
  // themselves, in the order of the list.
  auto *words = reinterpret_cast<uint32_t *>(bytes.data());
  uint32_t *list = std::find(words, words + bytes.size() / 4, 60000u) + 1;
  ASSERT_LT(size_t(list - words) + 60000, bytes.size() / 4);
  const uint32_t first = list[0];
  for (uint32_t i = 0; i < 60000; ++i)
    list[i] = first - 4 * i;
  ASSERT_TRUE(sealPackage(bytes).ok());
  const Status status = load(bytes);
  EXPECT_EQ(status.getCode(), StatusCode::CorruptPackage);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("its lists together more than the file"));
}

} // namespace bst::testing
