#include "partitioner/order.h"
#include "tests/partitioner/random_program.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace bstc::test {
namespace {

/// Small maps of which only sizes and the order of commands matter.
class Sketch {
public:
  bst::Program program;

  uint32_t map(const char *name, int32_t channels) {
    bst::Tensor tensor;
    tensor.name = name;
    tensor.dtype = bst::DType::S8;
    tensor.layout = bst::Layout::Nhwc;
    tensor.shape = {1, channels, 8, 8};
    tensor.size = uint64_t(channels) * 64;
    program.tensors.push_back(tensor);
    return uint32_t(program.tensors.size() - 1);
  }
  /// A pool: works in bands on any map.
  uint32_t pool(const char *name, uint32_t input, int32_t channels) {
    return add(name, bst::Engine::Edp, {input}, channels, bst::MaxPoolParams{});
  }
  uint32_t join(const char *name, std::vector<uint32_t> inputs, int32_t channels) {
    return add(name, bst::Engine::Edp, std::move(inputs), channels, bst::ConcatParams{1, {}, {}});
  }
  uint32_t dsp(const char *name, std::vector<uint32_t> inputs) {
    return add(name, bst::Engine::Dsp, std::move(inputs), 1, bst::DequantizeParams{});
  }
  uint32_t table(const char *name, uint32_t input, int32_t channels) {
    return add(name, bst::Engine::Edp, {input}, channels, bst::LutParams{});
  }
  std::string ordered() {
    std::vector<uint32_t> roots;
    for (uint32_t i = 0; i < program.tensors.size(); ++i)
      roots.push_back(i);
    orderCommands(program, roots);
    std::string names;
    for (const bst::Command &command : program.commands)
      names += (names.empty() ? "" : " ") + command.name;
    return names;
  }

private:
  uint32_t add(const char *name, bst::Engine engine, std::vector<uint32_t> inputs, int32_t channels,
               bst::Params params) {
    const uint32_t output = map(name, channels);
    program.commands.push_back({engine, name, std::move(inputs), {output}, {}, std::move(params)});
    return output;
  }
};

} // namespace

TEST(Order, TheSecondBranchComesBehindTheFirst) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 64);
  const uint32_t a = s.pool("a", x, 32), b = s.pool("b", a, 32), c = s.pool("c", b, 32);
  const uint32_t side = s.pool("side", x, 32);
  s.program.outputs = {s.join("all", {c, side}, 64)};
  EXPECT_EQ(s.ordered(), "x a side b c all");
}

TEST(Order, ABranchThatKeepsMoreThanItFreesStays) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 16);
  const uint32_t a = s.pool("a", x, 16), b = s.pool("b", a, 16);
  const uint32_t side = s.pool("side", x, 64);
  s.program.outputs = {s.join("all", {b, side}, 80)};
  EXPECT_EQ(s.ordered(), "x a b side all");
}

TEST(Order, AHeadComesBehindItsMapWhateverItsSize) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 16);
  const uint32_t down = s.pool("down", x, 16), deep = s.pool("deep", down, 16);
  const uint32_t head0 = s.pool("head0", x, 255), head1 = s.pool("head1", deep, 255);
  s.program.outputs = {s.dsp("decode", {head0, head1})};
  EXPECT_EQ(s.ordered(), "x down head0 deep head1 decode");
}

TEST(Order, ATableMovesWithWhatItFollows) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 64);
  const uint32_t a = s.pool("a", x, 32), b = s.pool("b", a, 32), c = s.pool("c", b, 32);
  const uint32_t side = s.table("table", s.pool("side", x, 32), 32);
  s.program.outputs = {s.join("all", {c, side}, 64)};
  EXPECT_EQ(s.ordered(), "x a side table b c all");
}

/// x is an output: it is in DRAM anyway, so a branch that reads it frees nothing.
TEST(Order, ABranchOfAnOutputStays) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 64);
  const uint32_t a = s.pool("a", x, 32), b = s.pool("b", a, 32);
  const uint32_t side = s.pool("side", x, 32);
  s.program.outputs = {s.join("all", {b, side}, 64), x};
  EXPECT_EQ(s.ordered(), "x a b side all");
}

/// What leaves is not kept: an output of any size moves to its map.
TEST(Order, AnOutputComesBehindItsMapWhateverItsSize) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 16);
  const uint32_t a = s.pool("a", x, 16), b = s.pool("b", a, 16);
  const uint32_t side = s.pool("side", x, 255);
  s.program.outputs = {b, side};
  EXPECT_EQ(s.ordered(), "x a side b");
}

/// A map with a later reader is kept for that one in any case.
TEST(Order, AnInputThatIsReadLaterFreesNothing) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 64);
  const uint32_t a = s.pool("a", x, 32), b = s.pool("b", a, 32);
  const uint32_t side = s.pool("side", x, 32);
  const uint32_t all = s.join("all", {b, side}, 64);
  s.program.outputs = {s.join("end", {all, x}, 128)};
  EXPECT_EQ(s.ordered(), "x a b side all end");
}

/// Equal sizes gain nothing: 32 channels are kept in place of 32.
TEST(Order, WithoutAGainNothingMoves) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 32);
  const uint32_t a = s.pool("a", x, 32), b = s.pool("b", a, 32);
  const uint32_t side = s.pool("side", x, 32);
  s.program.outputs = {s.join("all", {b, side}, 64)};
  EXPECT_EQ(s.ordered(), "x a b side all");
}

/// Two steps earlier, 96 channels are kept for two commands, in place of 64.
TEST(Order, ABranchIsKeptForEveryStepThatItMoves) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 64);
  const uint32_t a = s.pool("a", x, 32), b = s.pool("b", a, 32), c = s.pool("c", b, 32);
  const uint32_t side = s.pool("side", x, 96);
  s.program.outputs = {s.join("all", {c, side}, 128)};
  EXPECT_EQ(s.ordered(), "x a b c side all");
}

/// Commands of DSP stay where they are, and keep nothing on chip.
TEST(Order, CommandsOfDspStay) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 64);
  const uint32_t a = s.pool("a", x, 32), b = s.pool("b", a, 32);
  s.program.outputs = {b, s.dsp("values", {x})};
  EXPECT_EQ(s.ordered(), "x a b values");
}

/// A table comes behind the command whose result it takes, whatever comes between in the file.
TEST(Order, ATableFollowsWhatItIsMadeOf) {
  Sketch s;
  const uint32_t x = s.pool("x", s.map("image", 4), 64);
  const uint32_t a = s.pool("a", x, 32), b = s.pool("b", a, 32), c = s.pool("c", b, 32);
  const uint32_t side = s.table("table", x, 32);
  s.program.outputs = {s.join("all", {c, side}, 64)};
  EXPECT_EQ(s.ordered(), "x table a b c all");
}

/// Whatever is moved, each command still comes after those that write what it reads.
TEST(Order, RandomProgramsStayInAnOrderOfTheirDependencies) {
  size_t moved = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomProgram made = randomProgram(seed);
    std::map<std::string, size_t> before;
    for (size_t i = 0; i < made.program.commands.size(); ++i)
      before[made.program.commands[i].name] = i;
    orderCommands(made.program, made.roots);
    ASSERT_EQ(made.program.commands.size(), before.size());
    std::set<uint32_t> written;
    for (uint32_t input : made.program.inputs)
      written.insert(made.roots[input]);
    for (size_t i = 0; i < made.program.commands.size(); ++i) {
      const bst::Command &command = made.program.commands[i];
      for (uint32_t input : command.inputs)
        if (made.program.tensors[input].storage == bst::Storage::Arena) {
          EXPECT_TRUE(written.count(made.roots[input])) << "seed " << seed << " " << command.name;
        }
      for (uint32_t output : command.outputs)
        written.insert(made.roots[output]);
      moved += before.at(command.name) != i;
    }
  }
  EXPECT_GE(moved, 100u);
}

} // namespace bstc::test
