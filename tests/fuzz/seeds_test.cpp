// A fuzzer that starts from packages which are refused gets nowhere: the seeds are accepted, run,
// and hold what packages may hold.
#include "tests/hostile/attempt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace bst::testing {
namespace {

std::vector<std::byte> seed(const std::string &name) {
  std::ifstream file("fuzz/corpus/loader/" + name + ".bst", std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  const auto *begin = reinterpret_cast<const std::byte *>(bytes.data());
  return {begin, begin + bytes.size()};
}

} // namespace

TEST(FuzzSeeds, AreAcceptedAndHoldEverything) {
  std::set<size_t> commands;
  std::set<DetectionStage> stages;
  size_t tiled = 0, tested = 0, withInput = 0, pictures = 0, masks = 0;
  for (const char *name :
       {"small", "tiled", "complete", "self_test", "heads", "detections", "compiled"}) {
    const std::vector<std::byte> bytes = seed(name);
    const Attempt made = attempt(bytes, {});
    EXPECT_EQ(made.result, Attempt::Ran) << name << ": " << made.message;
    std::unique_ptr<Package> package;
    ASSERT_EQ(Package::fromMemory(bytes, package).message(), "") << name;
    const Program &program = package->program();
    for (const Command &command : program.commands)
      commands.insert(command.params.index());
    if (!program.decode.kind.empty())
      stages.insert(program.decode.stage);
    tiled += !program.tiles.ops.empty();
    tested += !package->selfTest().checksums.empty();
    withInput += !package->selfTest().inputs.empty();
    pictures += !program.preprocess.empty();
    masks += program.decode.prototypes >= 0;
  }
  EXPECT_EQ(commands.size(), std::variant_size_v<Params>);
  EXPECT_THAT(stages, ::testing::ElementsAre(DetectionStage::Predictions, DetectionStage::Heads,
                                             DetectionStage::Detections));
  EXPECT_GE(tiled, 3u);
  EXPECT_GE(tested, 3u);
  EXPECT_GE(withInput, 1u);
  EXPECT_GE(pictures, 3u);
  EXPECT_GE(masks, 1u);
}

} // namespace bst::testing
