// Planted faults, and what is said of them.
#include "diagnose/measure/measured_findings.h"
#include "tests/diagnose/measured.h"

#include <gtest/gtest.h>

namespace bstc::diagnose {
namespace {

using test::TwoLayers;

std::vector<Finding> find(const TwoLayers &network, const TwoLayers *reference = nullptr) {
  const test::Result result = test::measure(network, reference);
  return findInMeasures(*result.measurement, result.measures);
}

/// The only finding, which has to be there.
Finding only(const std::vector<Finding> &findings) {
  EXPECT_EQ(findings.size(), 1u);
  for (const Finding &finding : findings)
    EXPECT_FALSE(findings.size() > 1) << finding.text;
  Finding none;
  none.code = Code::Internal;
  return findings.empty() ? none : findings.front();
}

TwoLayers floatNetwork() {
  TwoLayers reference;
  reference.quantised = false;
  return reference;
}

TEST(MeasuredFindings, ACorrectNetworkHasNone) {
  const TwoLayers reference = floatNetwork();
  EXPECT_TRUE(find(TwoLayers()).empty());
  EXPECT_TRUE(find(TwoLayers(), &reference).empty());
}

TEST(MeasuredFindings, ARangeThatIsTooSmall) {
  TwoLayers network;
  network.middleScale /= 8;
  const Finding finding = only(find(network));
  EXPECT_EQ(finding.code, Code::TensorSaturates);
  EXPECT_EQ(finding.layer, "model.0");
}

TEST(MeasuredFindings, AnObserverThatSawNothing) {
  TwoLayers network;
  network.middleScale = 1;
  const Finding finding = only(find(network));
  EXPECT_EQ(finding.code, Code::FewCodesUsed);
  EXPECT_EQ(finding.layer, "model.0");
  EXPECT_NE(finding.text.find("an observer that saw nothing"), std::string::npos);
}

TEST(MeasuredFindings, APairThatReadsWhatItDidNotWrite) {
  TwoLayers network;
  network.middleRead = 2 * network.middleScale;
  network.outputScale *= 2; // Room for what follows from it.
  const Finding finding = only(find(network));
  EXPECT_EQ(finding.code, Code::QuantiserNoisy);
  EXPECT_EQ(finding.severity, Severity::Error);
  EXPECT_EQ(finding.certainty, Certainty::Certain);
  EXPECT_EQ(finding.layer, "model.0");
}

TEST(MeasuredFindings, AnInputRangeThatPicturesDoNotReach) {
  TwoLayers network;
  network.inputScale *= 2;
  const Finding finding = only(find(network));
  EXPECT_EQ(finding.code, Code::InputRangeUnfit);
  EXPECT_EQ(finding.layer, "x");
}

TEST(MeasuredFindings, AnInputRangeThatPicturesExceed) {
  TwoLayers network;
  network.inputScale = 1 / 255.0f; // Meant for uint8.
  const Finding finding = only(find(network));
  EXPECT_EQ(finding.code, Code::InputRangeUnfit);
  EXPECT_NE(finding.text.find("are cut off"), std::string::npos);
}

TEST(MeasuredFindings, WeightScalesOfAnotherRun) {
  TwoLayers network;
  network.weightShrink = 0.4f;
  const Finding finding = only(find(network));
  EXPECT_EQ(finding.code, Code::WeightsNoisy);
  EXPECT_EQ(finding.layer, "model.0");
}

TEST(MeasuredFindings, ABiasThatWasLost) {
  const TwoLayers reference = floatNetwork();
  TwoLayers network;
  network.bias[1].assign(TwoLayers::channels, 0);
  EXPECT_TRUE(find(network).empty()) << "without a reference nothing shows";
  const Finding finding = only(find(network, &reference));
  EXPECT_EQ(finding.code, Code::BiasDiffers);
  EXPECT_EQ(finding.certainty, Certainty::Certain);
  EXPECT_EQ(finding.layer, "model.1");
}

TEST(MeasuredFindings, ChannelsInAnotherOrder) {
  const TwoLayers reference = floatNetwork();
  TwoLayers network;
  std::vector<float> &weights = network.weights[1], &bias = network.bias[1];
  std::rotate(weights.begin(), weights.end() - TwoLayers::channels, weights.end());
  std::rotate(bias.begin(), bias.end() - 1, bias.end());
  const std::vector<Finding> findings = find(network, &reference);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().code, Code::WeightsDiffer);
  EXPECT_EQ(findings.front().layer, "model.1");
  EXPECT_NE(findings.front().text.find("in another order"), std::string::npos)
      << findings.front().text;
}

/// Two layers do not make a region with the default limit, but do with a lower one.
TEST(MeasuredFindings, NeighboursThatSaturateAreOneFinding) {
  TwoLayers network;
  network.middleScale /= 8;
  network.outputScale /= 40;
  const Graph graph = import(network);
  auto measurement = Measurement::create(graph);
  ASSERT_TRUE(bool(measurement));
  const TensorDataRef x =
      TensorData::make<float>(graph.inputs()[0]->type, llvm::ArrayRef<float>(network.x));
  auto measures = (*measurement)->measure({x});
  ASSERT_TRUE(bool(measures));
  EXPECT_EQ(findInMeasures(**measurement, *measures).size(), 2u);
  MeasureLimits limits;
  limits.regionTensors = 2;
  const Finding finding = only(findInMeasures(**measurement, *measures, limits));
  EXPECT_EQ(finding.code, Code::RegionSaturates);
  EXPECT_EQ(finding.layer, "model.0");
}

} // namespace
} // namespace bstc::diagnose
