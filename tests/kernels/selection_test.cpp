// Which kernel a simulator takes for a convolution, and what it says about those it did not take.

#include "tests/kernels/problem.h"
#include "tests/kernels/simulators.h"
#include "tests/support/sessions.h"

#include <gmock/gmock.h>

namespace bst::problems {
namespace {

struct Choice {
  std::string kernel, refusals;
};

/// By the name of the simulator's instruction set.
std::map<std::string, Choice> choicesFor(const char *line) {
  std::string error;
  const std::optional<Problem> problem = parseProblem(line, error);
  EXPECT_TRUE(problem) << error;
  Case test;
  EXPECT_EQ(problem->family->build(*problem, test), "");
  std::vector<Bytes> memory;
  std::vector<TensorView> views;
  for (const Tensor &tensor : test.program().tensors) {
    memory.emplace_back(tensor.size);
    views.push_back({&tensor, memory.back().data()});
  }
  std::map<std::string, Choice> choices;
  for (const NamedDevice &simulator : allSimulators()) {
    std::unique_ptr<Execution> execution;
    EXPECT_TRUE(simulator.device->prepare(test.program(), views, {}, execution).ok());
    choices[simulator.name] = {execution->kernel(0), execution->refusals(0)};
    const bst_kernel_info info =
        bst::testing::sessionOf(bst::testing::openProgram(test.program()),
                                bst::testing::simulatorDevice(simulator.name.c_str()))
            ->kernel(0);
    EXPECT_EQ(info.name, choices[simulator.name].kernel) << "what hosts are told";
    EXPECT_EQ(info.refusals, choices[simulator.name].refusals);
  }
  return choices;
}

} // namespace

TEST(KernelSelection, TheScalarSimulatorRunsPortableCode) {
  const auto choices = choicesFor("conv u8u8 ic8 ih4 iw4 oc8 kh3 kw3");
  ASSERT_EQ(choices.count("scalar"), 1u);
  EXPECT_EQ(choices.at("scalar").kernel, "gemm_portable");
  EXPECT_EQ(choices.at("scalar").refusals, "");
}

TEST(KernelSelection, ARefusalNamesTheKernelAndTheReason) {
  // So much dilation that no tile holds a window: only the formula itself is left.
  const auto choices = choicesFor("conv s8u8 ic256 ih257 iw257 oc2 kh7 kw7 dh64 dw64 "
                                  "pt64 pl64 pb64 pr64");
  EXPECT_EQ(choices.at("scalar").kernel, "direct");
  for (const auto &[isa, choice] : choices)
    EXPECT_THAT(choice.refusals,
                testing::HasSubstr("gemm_portable: the window of one output pixel"))
        << isa;
}

TEST(KernelSelection, DepthwiseConvolutionsDoNotFillQuads) {
  for (const auto &[isa, choice] : choicesFor("conv u8u8 ic32 ih9 iw9 oc32 g32 kh3 kw3")) {
    EXPECT_EQ(choice.kernel.find("direct"), std::string::npos) << isa;
    EXPECT_THAT(choice.refusals,
                testing::HasSubstr(
                    isa == "avx512vnni" ? "gemm_avx512vnni: one input channel a group" : ""));
  }
}

} // namespace bst::problems
