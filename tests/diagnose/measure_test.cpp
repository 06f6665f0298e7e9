// What is measured of a network's tensors, against the same computed apart, in double.
#include "tests/diagnose/measured.h"

#include <gtest/gtest.h>

#include <set>

namespace bstc::diagnose {
namespace {

using test::import;
using test::measure;
using test::Result;
using test::TwoLayers;

double decibels(const std::vector<double> &signal, const std::vector<double> &actual) {
  double squares = 0, noise = 0;
  for (size_t i = 0; i < signal.size(); ++i) {
    squares += signal[i] * signal[i];
    noise += (actual[i] - signal[i]) * (actual[i] - signal[i]);
  }
  return 10 * std::log10(squares / noise);
}

/// Float arithmetic may round a number that is half-way to the other code: 0.1 dB is far more.
constexpr double tolerance = 0.1;

TEST(Measure, NumbersAreThoseOfAnIndependentComputation) {
  const TwoLayers network;
  const Result result = measure(network);
  const std::vector<double> x = TwoLayers::doubles(network.x);
  const auto in = TwoLayers::pair(x, network.inputScale, network.inputScale);
  const auto before = network.layer(0, in, true);
  const auto middle = TwoLayers::pair(before, network.middleScale, network.middleScale);
  const auto last = network.layer(1, middle, true);
  const auto out = TwoLayers::pair(last, network.outputScale, network.outputScale);

  EXPECT_NEAR(result.at("x").own.decibels(), decibels(x, in), tolerance);
  EXPECT_NEAR(result.at("model.0").own.decibels(), decibels(before, middle), tolerance);
  EXPECT_NEAR(result.at("model.0").isolated.decibels(),
              decibels(network.layer(0, in, false), middle), tolerance);
  EXPECT_NEAR(result.at("model.1").isolated.decibels(),
              decibels(network.layer(1, middle, false), out), tolerance);
  const auto floatMiddle = network.layer(0, x, false);
  EXPECT_NEAR(result.at("model.0").endToEnd.decibels(), decibels(floatMiddle, middle), tolerance);
  EXPECT_NEAR(result.at("model.1").endToEnd.decibels(),
              decibels(network.layer(1, floatMiddle, false), out), tolerance);
  EXPECT_TRUE(result.at("model.1").replaced.empty()) << "there is no reference";
}

TEST(Measure, CodesAndWhatIsCutOffAreCounted) {
  TwoLayers network;
  network.middleScale = 0.004f; // To 0.508: much of model.0 is beyond.
  const Result result = measure(network);
  const auto in =
      TwoLayers::pair(TwoLayers::doubles(network.x), network.inputScale, network.inputScale);
  std::set<double> codes;
  double cut = 0, greatest = 0;
  for (const double value : network.layer(0, in, true)) {
    codes.insert(TwoLayers::code(value, network.middleScale));
    cut += value > 127.5 * double(network.middleScale);
    greatest = std::max(greatest, value);
  }
  const CodeUse &use = result.at("model.0").codes;
  EXPECT_EQ(use.elements(), uint64_t(TwoLayers::channels * TwoLayers::pixels));
  EXPECT_EQ(use.codesUsed(), codes.size());
  EXPECT_GT(cut, 20);
  EXPECT_NEAR(use.highShare(), cut / double(use.elements()), 0.01);
  EXPECT_NEAR(use.greatest(), greatest, 1e-4);
}

TEST(Measure, TheZerosOfAReluAreNotCutOff) {
  const Result result = measure(TwoLayers());
  EXPECT_EQ(result.at("model.0").codes.least(), 0);
  EXPECT_EQ(result.at("model.0").codes.lowShare(), 0);
}

TEST(Measure, AReferenceFileTakesThePlaceOfTheNetworkItself) {
  TwoLayers reference;
  reference.quantised = false;
  TwoLayers network; // One bias is another one.
  network.bias[1][2] += 0.5f;
  const Result result = measure(network, &reference);
  const auto in =
      TwoLayers::pair(TwoLayers::doubles(network.x), network.inputScale, network.inputScale);
  const auto middle =
      TwoLayers::pair(network.layer(0, in, true), network.middleScale, network.middleScale);
  const auto out =
      TwoLayers::pair(network.layer(1, middle, true), network.outputScale, network.outputScale);
  EXPECT_NEAR(result.at("model.1").replaced.decibels(),
              decibels(reference.layer(1, middle, false), out), tolerance);
  EXPECT_NEAR(result.at("model.1").isolated.decibels(),
              decibels(network.layer(1, middle, false), out), tolerance);
  EXPECT_LT(result.at("model.1").replaced.decibels(),
            result.at("model.1").isolated.decibels() - 10);
  EXPECT_NEAR(result.at("model.0").replaced.decibels(), result.at("model.0").isolated.decibels(),
              0.01);
}

TEST(Measure, PicturesAddUp) {
  const TwoLayers network;
  Result once = measure(network);
  Measures twice = once.measures;
  twice.add(once.measures);
  EXPECT_EQ(twice.pictures, 2u);
  EXPECT_EQ(twice.tensors[1].codes.elements(), 2 * once.measures.tensors[1].codes.elements());
  EXPECT_EQ(twice.tensors[1].codes.codesUsed(), once.measures.tensors[1].codes.codesUsed());
  EXPECT_DOUBLE_EQ(twice.tensors[1].own.decibels(), once.measures.tensors[1].own.decibels());
}

TEST(Measure, AReferenceOfAnotherSizeIsAnError) {
  const Graph graph = import(TwoLayers());
  test::OnnxBuilder other;
  other.input("x", {1, 4, 16, 16}).output("y");
  other.node("Relu", {"x"}, {"y"});
  auto imported = other.import();
  ASSERT_TRUE(bool(imported));
  auto measurement = Measurement::create(graph, &*imported);
  ASSERT_FALSE(bool(measurement));
  EXPECT_NE(llvm::toString(measurement.takeError()).find("export both for one size"),
            std::string::npos);
}

TEST(NoiseMeter, SaysWhatIsLeft) {
  const std::vector<float> signal = {3, 4, 0, 0, 0, 0, 0, 0, 0}, zero(9);
  std::vector<float> actual = signal;
  NoiseMeter meter;
  EXPECT_TRUE(meter.empty());
  meter.add(signal, actual);
  EXPECT_EQ(meter.decibels(), INFINITY);
  actual.back() = 0.5f; // 25 : 0.25, behind the last whole group of lanes.
  NoiseMeter other;
  other.add(signal, actual);
  EXPECT_DOUBLE_EQ(other.decibels(), 20);
  NoiseMeter nothing;
  nothing.add(zero, signal);
  EXPECT_EQ(nothing.decibels(), -INFINITY);
}

} // namespace
} // namespace bstc::diagnose
