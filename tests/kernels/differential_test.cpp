// Every kernel of the simulator, on each instruction set that this processor has, against the
// scalar reference, on random problems: bit for bit where backends/NUMERICS.md promises it, else
// within the tolerance that stands beside the reference. A failure prints the problem's line;
// `kernels_test --problem="<line>"` runs it again.
//
//   BSTC_TEST_PROBLEMS  of each command, at least (default 10000)
//   BSTC_TEST_SECONDS   time for each command's problems, if they take less (default 0)
//   BSTC_TEST_SEED      of the problems (default 1)

#include "runtime/package/package.h"
#include "runtime/verify/verify.h"
#include "tests/kernels/problem.h"
#include "tests/kernels/simulators.h"
#include "tests/reference/reference.h"
#include "tests/support/sessions.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <set>

namespace bst::problems {
namespace {

constexpr int cornerProblems = 300; ///< Among which every corner is to be found.
constexpr int mostFailures = 3;     ///< Printed per command.

uint64_t environmentSeed() {
  const char *text = std::getenv("BSTC_TEST_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 1;
}

double environmentSeconds() {
  const char *text = std::getenv("BSTC_TEST_SECONDS");
  return text ? std::strtod(text, nullptr) : 0;
}

uint64_t environmentProblems() {
  const char *text = std::getenv("BSTC_TEST_PROBLEMS");
  return text ? std::strtoull(text, nullptr, 10) : 10000;
}

/// Problem `index` of the family: the same for a seed, however many are run.
Problem problemAt(const Family &family, uint64_t seed, uint64_t index) {
  std::seed_seq sequence(family.name, family.name + std::strlen(family.name));
  uint32_t ofFamily[1];
  sequence.generate(ofFamily, ofFamily + 1);
  Rng rng(seed * 0x9e3779b97f4a7c15u + index * 0xbf58476d1ce4e5b9u + ofFamily[0]);
  return family.generate(family, rng);
}

/// Makes the problem, runs it on every simulator (and a convolution on every kernel) and compares:
/// with the reference, and their bytes with each other; the first with `threads`, too. Returns what
/// went wrong, or nothing.
std::string check(const Problem &problem, const std::vector<NamedDevice> &simulators,
                  unsigned threads = 3) {
  Case test;
  std::string error = problem.family->build(problem, test);
  if (!error.empty())
    return "not a problem: " + error;
  const Status legal = verifyProgram(test.program());
  if (!legal.ok())
    return "not a legal program: " + std::string(legal.message());
  const Expected expected = expectedOf(test);
  Bytes first;
  const auto compare = [&](const NamedDevice &each, unsigned threads) -> std::string {
    Bytes output = runOn(test, *each.device, error, threads);
    if (error.empty())
      error = difference(test, expected, output);
    if (!error.empty())
      return each.name + ": " + error;
    if (first.size() == 0)
      first = std::move(output);
    else if (std::memcmp(first.data(), output.data(), first.size()) != 0)
      return each.name + ": other bytes than " + simulators[0].name + ", though within tolerance";
    return {};
  };
  std::string wrong;
  for (const NamedDevice &simulator : simulators)
    wrong = wrong.empty() ? compare(simulator, 1) : wrong;
  for (const NamedDevice &kernel : convKernelsFor(test))
    wrong = wrong.empty() ? compare(kernel, 1) : wrong;
  if (threads > 1 && wrong.empty()) {
    wrong = compare(simulators.front(), threads);
    if (!wrong.empty())
      wrong += " (with several threads)";
  }
  return wrong;
}

class Kernels : public testing::TestWithParam<const Family *> {};

TEST_P(Kernels, AgreeWithTheReferenceOnRandomProblems) {
  using Clock = std::chrono::steady_clock;
  const uint64_t seed = environmentSeed(), least = environmentProblems();
  const auto end = Clock::now() + std::chrono::duration<double>(environmentSeconds());
  const std::vector<NamedDevice> simulators = allSimulators();
  ASSERT_FALSE(simulators.empty());
  int failures = 0;
  uint64_t count = 0;
  for (; failures < mostFailures && (count < least || Clock::now() < end); ++count) {
    const Problem problem = problemAt(*GetParam(), seed, count);
    // Threads have to be started for each problem: one in eight.
    const std::string wrong = check(problem, simulators, count % 8 == 0 ? 3 : 1);
    if (!wrong.empty()) {
      ++failures;
      ADD_FAILURE() << wrong << "\n  --problem=\"" << problem.text() << '"';
    }
  }
  std::cout << GetParam()->name << ": " << count << " problems, BSTC_TEST_SEED=" << seed << '\n';
  EXPECT_TRUE(failures > 0 || count >= std::max<uint64_t>(least, 1));
}

TEST_P(Kernels, RunInASession) {
  Case test;
  const Problem problem = problemAt(*GetParam(), environmentSeed(), 0);
  ASSERT_EQ(GetParam()->build(problem, test), "");
  std::string error;
  for (const NamedDevice &each : allSimulators()) {
    const auto session = bst::testing::sessionOf(bst::testing::openProgram(test.program()),
                                                 bst::testing::simulatorDevice(each.name.c_str()));
    for (uint32_t index : test.program().inputs)
      std::memcpy(session->data(index).data(), test.input(index).data(), test.input(index).size());
    const Status status = session->run();
    ASSERT_TRUE(status.ok()) << status.message();
    const Bytes direct = runOn(test, *each.device, error);
    ASSERT_EQ(error, "");
    const std::span<std::byte> output = session->data(test.outputIndex());
    ASSERT_EQ(output.size(), direct.size());
    EXPECT_EQ(std::memcmp(output.data(), direct.data(), direct.size()), 0) << each.name;
  }
}

TEST_P(Kernels, ProblemsAreNamedByTheirText) {
  for (uint64_t index = 0; index < 50; ++index) {
    const Problem problem = problemAt(*GetParam(), 1, index);
    std::string error;
    const std::optional<Problem> read = parseProblem(problem.text(), error);
    ASSERT_TRUE(read) << problem.text() << ": " << error;
    EXPECT_EQ(read->family, problem.family);
    EXPECT_EQ(read->types, problem.types);
    EXPECT_EQ(read->fields, problem.fields);
  }
}

TEST_P(Kernels, HaveTheCommandsName) {
  Case test;
  ASSERT_EQ(GetParam()->build(problemAt(*GetParam(), 1, 0), test), "");
  EXPECT_STREQ(GetParam()->name, opcodeName(test.command().params));
}

std::vector<const Family *> allFamilies() {
  std::vector<const Family *> all;
  for (const Family &family : families())
    all.push_back(&family);
  return all;
}

std::string familyName(const testing::TestParamInfo<const Family *> &info) {
  return info.param->name;
}

INSTANTIATE_TEST_SUITE_P(All, Kernels, testing::ValuesIn(allFamilies()), familyName);

TEST(Families, AreAllCommandsInOrder) {
  ASSERT_EQ(families().size(), std::variant_size_v<Params>);
  for (size_t index = 0; index < families().size(); ++index) {
    Case test;
    ASSERT_EQ(families()[index].build(problemAt(families()[index], 1, 0), test), "");
    EXPECT_EQ(test.command().params.index(), index);
  }
}

// What the convolutions' problems are worth: every corner is among the first ones, every kernel
// has its share, and their outputs are not all one number.
TEST(ConvProblems, ReachTheCorners) {
  const std::unique_ptr<Simulator> reference = createReference();
  std::set<std::string> seen;
  std::map<std::string, int> kernels;
  int lively = 0;
  for (uint64_t index = 0; index < cornerProblems; ++index) {
    const Problem p = problemAt(families()[0], 1, index);
    const auto number = [&](const char *field) { return p.number(field); };
    const auto note = [&](bool condition, const char *what) {
      if (condition)
        seen.insert(what);
    };
    for (const char *field : {"kh", "kw"})
      seen.insert(std::string(field) + std::to_string(number(field)));
    for (const char *field : {"sh", "sw"})
      seen.insert(std::string(field) + std::to_string(number(field)));
    note(number("dh") == 2 || number("dw") == 2, "dilation");
    note(number("pt") != number("pb") || number("pl") != number("pr"), "asymmetric padding");
    note(number("g") > 1 && number("g") == number("ic"), "depthwise");
    note(number("g") > 1 && number("g") < number("ic"), "groups");
    note(number("ic") > 256 || number("oc") > 256, "many channels");
    note(number("shift") == 1, "shift 1");
    note(number("shift") == 62, "shift 62");
    note(number("wz") != 0, "weight zero points");
    note(number("bias") == 1, "bias at the upper limit");
    note(number("bias") == 2, "bias at the lower limit");
    note(p.types[0] == DType::S8 && p.types[1] == DType::S8, "s8s8");
    note(p.types[0] == DType::S8 && p.types[1] == DType::U8, "s8u8");
    note(p.types[0] == DType::U8 && p.types[1] == DType::S8, "u8s8");
    note(p.types[0] == DType::U8 && p.types[1] == DType::U8, "u8u8");

    Case test;
    ASSERT_EQ(p.family->build(p, test), "");
    std::string error;
    const Bytes output = runOn(test, *reference, error);
    for (const NamedDevice &kernel : convKernelsFor(test))
      ++kernels[kernel.name];
    const std::set<std::byte> values(output.data(), output.data() + output.size());
    lively += values.size() > 8;
  }
  EXPECT_EQ(seen.size(), 2u * 7 + 2u * 3 + 14) << testing::PrintToString(seen);
  EXPECT_GT(lively, cornerProblems / 4);
  for (const auto &[kernel, problems] : kernels)
    EXPECT_GT(problems, cornerProblems / 20) << kernel;
}

// Layers of real networks, and what random problems are too small to reach.
TEST(KnownShapes, AgreeWithTheReference) {
  const std::vector<NamedDevice> simulators = allSimulators();
  for (const char *line : {
           // YOLOv5: first layer, stride 2, bottleneck, head, SPPF, upsampling.
           "conv u8u8 ic3 ih64 iw64 oc16 kh6 kw6 sh2 sw2 pt2 pl2 pb2 pr2 clamp1",
           "conv s8s8 ic16 ih40 iw40 oc32 kh3 kw3 sh2 sw2 pt1 pl1 pb1 pr1 wz1 zx-128 clamp1",
           "conv s8s8 ic64 ih20 iw20 oc64 kh3 kw3 pt1 pl1 pb1 pr1 wz1 zx-128 clamp1",
           "conv u8u8 ic256 ih20 iw20 oc255 zy114",
           "max_pool s8 d1x128x20x20 kh5 kw5 pt2 pl2 pb2 pr2 zx-128",
           "resize u8 d1x64x20x20 oh40 ow40",
           "add s8s8s8 d1x64x20x20 za-10 zb3 zy-128 clamp1",
           "concat s8s8s8 d1x1x20x20 parts64x64 copy0x1 zy-5",
           "yolo_decode s8s8s8 h20x10x5 w20x10x5",
           "yolo_decode s8 h20 w20 masks32",
           // MobileNet: depthwise, stride 1 and 2.
           "conv u8u8 ic96 ih28 iw28 oc96 g96 kh3 kw3 pt1 pl1 pb1 pr1 clamp2",
           "conv u8u8 ic144 ih28 iw28 oc144 g144 kh3 kw3 sh2 sw2 pb1 pr1 clamp2",
           // The longest sums, at the limits of int32.
           "conv u8u8 ic512 ih7 iw7 oc3 kh7 kw7 data2 bias1",
           "conv s8s8 ic512 ih7 iw7 oc3 kh7 kw7 zx127 wz2 data2 bias2 shift1",
           // A window that spans megabytes.
           "conv s8u8 ic512 ih20 iw20 oc2 kh7 kw7 sh7 sw7 dh20 dw20 pt60 pl60 pb60 pr60 zx5",
           // Float layers over more than a block of columns or of depth.
           "float_conv f32 d1x3x64x64 oc16 kh6 kw6 sh2 sw2 pt2 pl2 pb2 pr2 bias1",
           "float_conv f32 d1x300x9x33 oc13 kh3 kw3 pt1 pl1 pb1 pr1 bias1 clamp1",
           "matmul f32 a33x1200 b1200x70 c70",
           "matmul f32 a70x700 b700x33 ta0 scaled1",
       }) {
    std::string error;
    const std::optional<Problem> problem = parseProblem(line, error);
    ASSERT_TRUE(problem) << line << ": " << error;
    EXPECT_EQ(check(*problem, simulators), "") << "\n  --problem=\"" << line << '"';
  }
}

TEST(ProblemText, ErrorsNameTheToken) {
  const auto errorOf = [](const char *text) {
    std::string error;
    EXPECT_FALSE(parseProblem(text, error)) << text;
    return error;
  };
  EXPECT_THAT(errorOf(""), testing::HasSubstr("no such command"));
  EXPECT_THAT(errorOf("convolve s8s8"), testing::HasSubstr("'convolve'"));
  EXPECT_THAT(errorOf("conv s8s9 ic1"), testing::HasSubstr("'s8s9'"));
  EXPECT_THAT(errorOf("conv s8s8 id1"), testing::HasSubstr("'id1'"));
  EXPECT_THAT(errorOf("conv s8s8 ic"), testing::HasSubstr("'ic'"));
  EXPECT_THAT(errorOf("conv s8s8 ic1x2"), testing::HasSubstr("one number"));
  EXPECT_THAT(errorOf("conv s8s8 shift63"), testing::HasSubstr("[0, 62]"));
  EXPECT_THAT(errorOf("lut s8s8 d1x"), testing::HasSubstr("'d1x'"));
}

/// --problem="<line>": 0 when the simulator agrees, 1 when not, 2 when it is no problem.
int runProblem(const std::string &text) {
  std::string error;
  const std::optional<Problem> problem = parseProblem(text, error);
  if (!problem) {
    std::cerr << "--problem: " << error << '\n';
    return 2;
  }
  const std::string wrong = check(*problem, allSimulators());
  std::cout << problem->text() << "\n  " << (wrong.empty() ? "agrees" : wrong) << '\n';
  return wrong.empty() ? 0 : 1;
}

} // namespace
} // namespace bst::problems

int main(int argc, char **argv) {
  testing::InitGoogleMock(&argc, argv);
  const std::string flag = "--problem=";
  for (int k = 1; k < argc; ++k)
    if (std::string(argv[k]).rfind(flag, 0) == 0)
      return bst::problems::runProblem(argv[k] + flag.size());
  return RUN_ALL_TESTS();
}
