// bstc lint's rules: each names the fault that a small network has, and its layer, and is silent
// about the correct one.
#include "tests/diagnose/lint_network.h"

#include "llvm/ADT/STLExtras.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using diagnose::Finding;

std::string textOf(llvm::ArrayRef<Finding> findings) {
  std::string text;
  for (const Finding &finding : findings)
    text += std::string(severityName(finding.severity)) + ": " + finding.text + " [" +
            codeInfo(finding.code).name + "]\n";
  return text;
}

std::vector<Finding> findingsOf(const Fault &fault) { return LintNetwork(fault).findings(); }

bool has(llvm::ArrayRef<Finding> findings, Code code) {
  return llvm::any_of(findings, [&](const Finding &finding) { return finding.code == code; });
}

/// The fault is named first, at that layer; the correct network has no such finding.
void expectFirst(const Fault &fault, Code code, const std::string &layer, Severity severity) {
  EXPECT_FALSE(has(findingsOf({}), code));
  const std::vector<Finding> findings = findingsOf(fault);
  ASSERT_FALSE(findings.empty());
  const Finding &first = findings.front();
  EXPECT_EQ(first.code, code) << textOf(findings);
  EXPECT_EQ(first.layer, layer) << textOf(findings);
  EXPECT_EQ(first.severity, severity) << textOf(findings);
}

TEST(Lint, FindsNoFaultInACorrectNetwork) {
  for (const Finding &finding : findingsOf({}))
    EXPECT_EQ(finding.severity, Severity::Note) << finding.text;
}

TEST(Lint, ObserverThatNeverRan) {
  expectFirst({.scales = {{"c3", 1.0f}}}, Code::UncalibratedObserver, "c3", Severity::Error);
}

TEST(Lint, ObserverThatSawZeros) {
  expectFirst({.scales = {{"c3", 1.1920929e-07f}}}, Code::UncalibratedObserver, "c3",
              Severity::Error);
}

TEST(Lint, ByteScaleAtAnInt8Input) {
  expectFirst({.scales = {{"images", 1.0f / 255}}}, Code::InputRange, "", Severity::Error);
}

TEST(Lint, DequantizeLinearOfAnotherScale) {
  expectFirst({.readAs = {{"c2", 2.0f}}}, Code::DequantizeDiffers, "c2", Severity::Error);
}

TEST(Lint, RangeThatIsTooSmall) {
  expectFirst({.ranges = {{"c3", 1 / 8.0f}}}, Code::RangeTooSmall, "c3", Severity::Error);
}

TEST(Lint, RangeThatIsTooWide) {
  expectFirst({.ranges = {{"c4", 20.0f}}}, Code::RangeTooWide, "c4", Severity::Error);
}

TEST(Lint, MissingPairs) {
  expectFirst({.bare = {"c6"}}, Code::MissingPair, "c6", Severity::Error);
  expectFirst({.bare = {"add"}}, Code::MissingPair, "add", Severity::Warning);
}

TEST(Lint, InputThatIsNotQuantised) {
  expectFirst({.bare = {"images"}}, Code::FloatInput, "c0", Severity::Error);
}

TEST(Lint, HeadThatIsNotQuantised) {
  expectFirst({.bare = {"h1"}}, Code::FloatHead, "h1", Severity::Error);
}

TEST(Lint, PairBetweenConvolutionAndRelu) {
  expectFirst({.early = {"c4"}}, Code::QuantizeBeforeRelu, "c4", Severity::Error);
}

TEST(Lint, WeightsInFloat) {
  expectFirst({.floatWeights = {"c5"}}, Code::FloatWeights, "c5", Severity::Error);
}

TEST(Lint, AnotherActivation) {
  expectFirst({.activations = {{"c5", "LeakyRelu"}}}, Code::MixedActivations, "c5",
              Severity::Error);
}

TEST(Lint, WeightsOfOneScale) {
  expectFirst({.perTensor = {"c5"}}, Code::WeightsPerTensor, "c5", Severity::Warning);
}

TEST(Lint, WeightsAlongTheWrongAxis) {
  expectFirst({.alongInputs = {"c6"}}, Code::WeightAxis, "c6", Severity::Error);
}

TEST(Lint, WeightScalesOfAnotherRun) {
  expectFirst({.weightScales = {{"c2", 0.5f}}}, Code::WeightScaleStale, "c2", Severity::Error);
  expectFirst({.weightScales = {{"c2", 4.0f}}}, Code::WeightScaleStale, "c2", Severity::Error);
}

TEST(Lint, LostBias) {
  const Fault lost = {.change = [](const std::string &layer, auto &, std::vector<float> &bias) {
    if (layer == "c5")
      std::fill(bias.begin(), bias.end(), 0.0f);
  }};
  expectFirst(lost, Code::BiasLost, "c5", Severity::Error);
}

TEST(Lint, BiasThatItsStepsCannotHold) {
  const Fault huge = {.change = [](const std::string &layer, auto &, std::vector<float> &bias) {
    if (layer == "h0")
      bias[3] = 1e6f;
  }};
  EXPECT_FALSE(has(findingsOf({}), Code::BiasOutOfRange));
  EXPECT_TRUE(has(findingsOf(huge), Code::BiasOutOfRange)) << textOf(findingsOf(huge));
}

TEST(Lint, OneScaleForManyLayers) {
  Fault shared;
  for (const char *layer : {"c0", "c2", "c3", "c5", "c6", "c7"})
    shared.scales[layer] = 0.0123f;
  const std::vector<Finding> findings = findingsOf(shared);
  EXPECT_FALSE(has(findingsOf({}), Code::SharedScale));
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::SharedScale) << textOf(findings);
}

TEST(Lint, ClippedCodes) {
  expectFirst({.clipped = {"c4"}}, Code::ReducedRange, "c4", Severity::Warning);
}

TEST(Lint, WeightFarFromTheOthers) {
  const Fault outlier = {
      .change = [](const std::string &layer, std::vector<float> &weights, auto &) {
        if (layer == "c2")
          weights[5] = 9;
      }};
  EXPECT_FALSE(has(findingsOf({}), Code::WeightOutlier));
  EXPECT_TRUE(has(findingsOf(outlier), Code::WeightOutlier));
}

TEST(Lint, DeadChannels) {
  const Fault dead = {.change = [](const std::string &layer, std::vector<float> &weights, auto &) {
    if (layer == "c2")
      std::fill_n(weights.begin(), 72, 0.0f);
  }};
  expectFirst(dead, Code::DeadChannels, "c2", Severity::Note);
}

TEST(Lint, PowersOfTwo) {
  const std::vector<Finding> findings = findingsOf({.roundScales = true});
  EXPECT_FALSE(has(findingsOf({}), Code::PowerOfTwoScales));
  EXPECT_TRUE(has(findings, Code::PowerOfTwoScales));
  for (const Finding &finding : findings)
    EXPECT_EQ(finding.severity, Severity::Note) << finding.text;
}

TEST(Lint, SaysOnceWhatManyLayersHave) {
  const std::vector<Finding> findings = findingsOf({.perTensor = {"c1", "c2", "c3"}});
  EXPECT_EQ(
      llvm::count_if(findings,
                     [](const Finding &finding) { return finding.code == Code::WeightsPerTensor; }),
      1);
  EXPECT_THAT(
      findings.front().text,
      testing::AllOf(testing::HasSubstr("c1"), testing::HasSubstr("c2"), testing::HasSubstr("c3")));
}

} // namespace
} // namespace bstc::test
