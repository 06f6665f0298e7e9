// Damaged and crafted packages: refused, or a program that a device can walk.
#include "test_programs.h"
#include "tests/support/command_simulator.h"
#include "tests/support/program_run.h"

#include "backends/simulator/strict.h"
#include "runtime/package/format.h"
#include "runtime/package/package.h"
#include "runtime/verify/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace bst::testing {

namespace {

/// Reads all bytes of all inputs and writes all bytes of all outputs, for the sanitizers to see.
class Walker final : public CommandSimulator {
public:
  const char *name() const override { return "walker"; }
  Status execute(const Command &, std::span<const TensorView> inputs,
                 std::span<const TensorView> outputs) override {
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
          status.getCode() == StatusCode::UnsupportedVersion ||
          status.getCode() == StatusCode::Unsupported) && // Beyond the limits.
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
  Walker walker;
  ProgramRun run(package->program(), walker);
  ASSERT_TRUE(run.status().ok());
  ASSERT_TRUE(run.run().ok());
  const TileProgram &tiles = package->program().tiles;
  constexpr uint64_t quickToFill = 1 << 20;
  if (!tiles.ops.empty() && tiles.dataBytes + tiles.weightBytes < quickToFill) {
    std::unique_ptr<StrictRun> strict;
    ASSERT_TRUE(StrictRun::create(package->program(), walker, strict).ok());
    ASSERT_TRUE(strict->run(TileOrder::LoadsFirst).ok());
  }
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
  const size_t weights = bytes.size() - completeProgram().program.weightsSize;
  Outcome outcome;
  size_t inWeights = 0;
  for (size_t i = 0; i < bytes.size(); i += i < weights ? 1 : 13) // Weights may be anything.
    for (unsigned bits : {0x01u, 0x80u, 0xffu}) {
      SCOPED_TRACE(::testing::Message() << "byte " << i << " xor " << bits);
      std::vector<std::byte> flipped = bytes;
      flipped[i] ^= std::byte(bits);
      sealAndWalk(std::move(flipped), outcome);
      inWeights += i >= weights;
      if (HasFatalFailure())
        return;
    }
  EXPECT_GT(inWeights, 100u);
  EXPECT_GE(outcome.walked, inWeights);
  // Names, tables of values, costs and the like may change; most of the rest must not.
  EXPECT_GT(outcome.refused, outcome.walked);
}

TEST(Corruption, TileOperationsWithARightHashAreRefusedOrRun) {
  // Every byte but those of the weights, set to the edges of its type and to its neighbours.
  const std::vector<std::byte> bytes = packageOf(tiledProgram().program);
  Outcome outcome;
  for (size_t i = 0; i + tiledProgram().program.weightsSize < bytes.size(); ++i)
    for (unsigned bits : {0x01u, 0x02u, 0x10u, 0x40u, 0x80u, 0xffu}) {
      SCOPED_TRACE(::testing::Message() << "byte " << i << " xor " << bits);
      std::vector<std::byte> flipped = bytes;
      flipped[i] ^= std::byte(bits);
      sealAndWalk(std::move(flipped), outcome);
      if (HasFatalFailure())
        return;
    }
  EXPECT_GT(outcome.walked, 100u);
  EXPECT_GT(outcome.refused, outcome.walked);
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

static void expectSealedRefusal(std::vector<std::byte> bytes, const char *message) {
  ASSERT_TRUE(sealPackage(bytes).ok());
  const Status status = load(bytes);
  EXPECT_EQ(status.getCode(), StatusCode::CorruptPackage);
  EXPECT_EQ(status.message(), std::string("package in memory: ") + message);
}

TEST(Corruption, ParamsOfAnUnknownType) {
  const std::vector<std::byte> bytes = packageOf(smallProgram().program);
  const size_t commands = follow(bytes, fieldOf(bytes, rootTable(bytes), 7));
  const size_t conv = follow(bytes, commands + 4 + 4 * 1);
  const size_t type = fieldOf(bytes, conv, 5);
  ASSERT_EQ(bytes[type], std::byte(1)); // Conv is the first of the union.
  for (unsigned unknown : {0u, unsigned(std::variant_size_v<Params>) + 1, 255u}) {
    std::vector<std::byte> changed = bytes;
    changed[type] = std::byte(unknown);
    const std::string message =
        "is damaged: command 1 'conv0' has params of unknown type " + std::to_string(unknown);
    expectSealedRefusal(std::move(changed), message.c_str());
  }
}

TEST(Corruption, WeightsThatAreNotAligned) {
  // The weights begin with the length of a second list of weights, four bytes further on.
  TestProgram test = smallProgram();
  constexpr uint32_t length = 50;
  std::copy_n(reinterpret_cast<const std::byte *>(&length), 4, test.weights->front().bytes);
  std::vector<std::byte> bytes = packageOf(test.program);
  const size_t field = fieldOf(bytes, rootTable(bytes), 14);
  const auto moved = uint32_t(follow(bytes, field) + 4 - field);
  std::copy_n(reinterpret_cast<const std::byte *>(&moved), 4, bytes.begin() + field);
  expectSealedRefusal(std::move(bytes), "has its weights 4 bytes past a 64-byte boundary");
}

TEST(Corruption, ListsOfTileOperationsOfOtherLengths) {
  const std::vector<std::byte> bytes = packageOf(tiledProgram().program);
  const size_t tiles = follow(bytes, fieldOf(bytes, rootTable(bytes), 15));
  const auto listAt = [&](size_t field) { return follow(bytes, fieldOf(bytes, tiles, field)); };
  const size_t ops = listAt(3), commands = listAt(4), slices = listAt(5), dependsOn = listAt(6);
  // An operation: queue, commands, inputs (two bytes), dependencies, and a byte of padding.
  const size_t last = ops + 4 + 8 * 6;
  ASSERT_EQ(bytes[last], std::byte(Queue::Dsp));
  // Lists that are too short, and an operation that takes less or more than there is.
  for (const auto &[at, more] : std::vector<std::pair<size_t, int>>{{commands, -1},
                                                                    {slices, -1},
                                                                    {dependsOn, -1},
                                                                    {last + 1, -1},
                                                                    {last + 2, -1},
                                                                    {last + 4, -1},
                                                                    {last + 1, 1},
                                                                    {last + 2, 1},
                                                                    {last + 4, 1}}) {
    std::vector<std::byte> changed = bytes;
    changed[at] = std::byte(int(changed[at]) + more);
    expectSealedRefusal(std::move(changed),
                        "is damaged: the lists of its tile operations do not have as many "
                        "elements as the operations ask for");
  }
}

TEST(Corruption, TablesThatAreNotWellFormed) {
  std::vector<std::byte> bytes = packageOf(smallProgram().program);
  bytes[fieldOf(bytes, rootTable(bytes), 3) + 3] = std::byte(0x7f); // The name, 2 GiB further on.
  expectSealedRefusal(std::move(bytes), "is damaged: a table in it is not well formed");
}

TEST(Corruption, HeadersWithoutHashOrSize) {
  for (size_t field : {1, 2}) {
    std::vector<std::byte> bytes = packageOf(smallProgram().program);
    const size_t root = rootTable(bytes);
    // Tables point back to their vtable, whose entry 0 means: not there.
    int32_t back;
    std::memcpy(&back, bytes.data() + root, 4);
    std::memset(bytes.data() + root - back + 4 + 2 * field, 0, 2);
    const Status status = load(bytes);
    EXPECT_EQ(status.message(),
              "package in memory: is damaged: its header has no byte_size or no content_hash");
  }
}

TEST(Corruption, ANameIsACString) {
  const std::vector<std::byte> package = packageOf(completeProgram().program);
  for (const char *name :
       {"graph", "target", "images", "conv0", "silu", "yolov5-detect", "person"}) {
    std::vector<std::byte> bytes = package;
    const auto *begin = reinterpret_cast<const std::byte *>(name);
    const auto at = std::search(bytes.begin(), bytes.end(), begin, begin + std::strlen(name));
    ASSERT_NE(at, bytes.end()) << name;
    at[1] = std::byte(0);
    ASSERT_TRUE(sealPackage(bytes).ok());
    const Status status = load(bytes);
    EXPECT_EQ(status.getCode(), StatusCode::CorruptPackage) << name;
    EXPECT_THAT(status.message(), ::testing::HasSubstr("a zero byte")) << name;
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
  auto *list = reinterpret_cast<uint32_t *>(bytes.data() +
                                            follow(bytes, fieldOf(bytes, rootTable(bytes), 7)) + 4);
  const uint32_t first = list[0];
  for (uint32_t i = 0; i < 60000; ++i)
    list[i] = first - 4 * i; // Offsets count from where they stand.
  ASSERT_TRUE(sealPackage(bytes).ok());
  const Status status = load(bytes);
  EXPECT_EQ(status.getCode(), StatusCode::CorruptPackage);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("its lists together more than the file"));
}

} // namespace bst::testing
