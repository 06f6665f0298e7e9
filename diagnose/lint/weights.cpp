// Weights and their scales.
#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc::diagnose {

/// Calls each(layer, weights, facts) for all whose weights are quantised.
template <class Each> static void forEachQuantised(const Facts &facts, const Each &each) {
  for (const auto &[index, known] : facts.weights)
    if (facts.layer(index).weights->pair)
      each(facts.layer(index), *facts.layer(index).weights, known);
}

/// The index of the scale of a channel.
static size_t scaleOf(const Weights &weights, size_t channel) {
  return weights.pair->written.perTensor() ? 0 : channel;
}

static bool alongChannels(const Weights &weights) {
  return weights.pair->written.perTensor() || weights.pair->written.axis == weights.outAxis;
}

void findPerTensorWeights(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  size_t others = 0;
  forEachQuantised(facts, [&](const Layer &layer, const Weights &weights,
                              const WeightFacts &known) {
    if (!weights.pair->written.perTensor()) {
      ++others;
      return;
    }
    if (weights.channels() < 2)
      return;
    const float most = *std::max_element(known.greatest.begin(), known.greatest.end());
    std::vector<float> sorted = known.greatest;
    std::nth_element(sorted.begin(), sorted.begin() + long(sorted.size() / 2), sorted.end());
    const float median = sorted[sorted.size() / 2];
    suspects.push_back({layer.path, layer.node,
                        "its weights have one scale for all " + std::to_string(weights.channels()) +
                            " channels; half of the channels use " +
                            (most > 0 ? std::to_string(int(127 * median / most)) : "0") +
                            " of 127 codes or fewer",
                        most > 0 && median > 0 ? std::log2(double(most) / median) : 0.0});
  });
  report.add(Code::WeightsPerTensor, Severity::Warning,
             others ? Certainty::Likely : Certainty::Possible, std::move(suspects),
             "qscheme=torch.per_channel_symmetric, ch_axis=0 for weights");
}

namespace {
/// How well scales fit the weights of a layer.
struct Fit {
  int64_t beyond = 0; ///< Weights that are cut off.
  double worst = 0;   ///< Greatest of them in codes.
  double most = 0;    ///< Greatest code that a channel reaches, of all channels.
  size_t cutChannels = 0;
};
} // namespace

static Fit fitOf(const Weights &weights, const WeightFacts &known) {
  Fit fit;
  const Quantisation &quant = weights.pair->written;
  const double limit = weights.pair->element == ElementType::U8 ? 256 : 128;
  for (size_t c = 0; c < known.greatest.size(); ++c) {
    const double code = known.greatest[c] / quant.scales[scaleOf(weights, c)];
    fit.most = std::max(fit.most, code);
    // Symmetric: from -128.5 to 127.5; with a zero point the ends are elsewhere.
    const double end = quant.zeroPoints[scaleOf(weights, c)]
                           ? limit + std::abs(quant.zeroPoints[scaleOf(weights, c)])
                           : limit;
    if (code <= end * 1.01)
      continue;
    fit.worst = std::max(fit.worst, code);
    ++fit.cutChannels;
    if (!weights.floats || weights.outAxis != 0)
      continue;
    const float bound = float(end * quant.scales[scaleOf(weights, c)]);
    const float *x = weights.floats->values<float>().data() + int64_t(c) * known.perChannel;
    fit.beyond += std::count_if(x, x + known.perChannel,
                                [&](float value) { return std::fabs(value) > bound; });
  }
  return fit;
}

/// Of stored integers: the share that lies at the ends of the codes.
static double shareAtEnds(const Weights &weights) {
  const TensorData &data = *weights.integers;
  if (data.type.element != ElementType::S8)
    return 0;
  const llvm::ArrayRef<int8_t> codes = data.values<int8_t>();
  const auto count = llvm::count_if(codes, [](int8_t code) { return code >= 127 || code <= -127; });
  return codes.empty() ? 0 : double(count) / double(codes.size());
}

void findStaleWeightScales(const Facts &facts, Report &report) {
  std::vector<Suspect> cut, coarse;
  size_t quantised = 0;
  forEachQuantised(facts, [&](const Layer &layer, const Weights &weights,
                              const WeightFacts &known) {
    if (!alongChannels(weights))
      return;
    ++quantised;
    const Fit fit = fitOf(weights, known);
    const double count = double(known.perChannel) * double(known.greatest.size());
    // Of a channel of n weights one or two are at the end where the scale fits.
    const double expected = 4 / std::max(double(known.perChannel), 1.0) + 0.01;
    if (weights.floats ? fit.beyond > 0.001 * count : shareAtEnds(weights) > expected)
      cut.push_back({layer.path, layer.node,
                     weights.floats
                         ? shown(100 * double(fit.beyond) / count) +
                               "% of its weights lie beyond the codes, the farthest at " +
                               shown(fit.worst) + " of 127 (" + std::to_string(fit.cutChannels) +
                               " of " + std::to_string(known.greatest.size()) + " channels)"
                         : shown(100 * shareAtEnds(weights)) +
                               "% of its weights stand at the ends of the codes",
                     weights.floats ? 5 + std::log2(fit.worst / 127) : 5.0});
    else if (fit.most < 64 && fit.most > 0)
      coarse.push_back({layer.path, layer.node,
                        "its weights reach only " + std::to_string(int(fit.most)) + " of 127 codes",
                        3 + std::log2(64 / fit.most)});
  });
  const char *advice = "Weight observers must see the weights that are exported";
  // Learned scales (LSQ) cut off a little everywhere, 4-bit weights use few codes everywhere; of
  // one or two layers it is hard to say what they are meant to be.
  for (auto *suspects : {&cut, &coarse}) {
    const bool habit = suspects->size() * 2 > quantised && quantised > 2;
    report.add(Code::WeightScaleStale,
               habit           ? Severity::Note
               : quantised < 3 ? Severity::Warning
                               : Severity::Error,
               habit ? Certainty::Possible : Certainty::Likely, std::move(*suspects), advice);
  }
}

void findWrongWeightAxis(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  forEachQuantised(facts, [&](const Layer &layer, const Weights &weights, const WeightFacts &) {
    if (!alongChannels(weights))
      suspects.push_back({layer.path, layer.node,
                          "its weights are quantised along axis " +
                              std::to_string(weights.pair->written.axis) +
                              ", its output channels are axis " + std::to_string(weights.outAxis),
                          8});
  });
  report.add(Code::WeightAxis, Severity::Error, Certainty::Certain, std::move(suspects),
             "ch_axis=0 in the weight observer");
}

/// The greatest magnitude of a channel and the next one.
static std::pair<float, float> greatestTwo(const float *x, int64_t count) {
  float first = 0, second = 0;
  for (int64_t i = 0; i < count; ++i) {
    const float value = std::fabs(x[i]);
    if (value > first) {
      second = first;
      first = value;
    } else if (value > second) {
      second = value;
    }
  }
  return {first, second};
}

/// Weights so far from the rest of their channel that nothing explains them.
static std::vector<Suspect> outliersOf(const Facts &facts) {
  constexpr double mostSigmas = 7, mostRatio = 3;
  std::vector<Suspect> suspects;
  for (const auto &[index, known] : facts.weights) {
    const Weights &weights = *facts.layer(index).weights;
    if (!weights.floats || weights.outAxis != 0 || known.perChannel < 16)
      continue;
    for (size_t c = 0; c < known.greatest.size(); ++c) {
      // Of the others: the outlier itself is much of the energy.
      const double most = known.greatest[c];
      const double rest = std::max(0.0, double(known.energy[c]) - most * most);
      const double sigma = std::sqrt(rest / double(known.perChannel - 1));
      if (!(most > mostSigmas * sigma) || most < 1e-6)
        continue;
      const auto [first, second] = greatestTwo(
          weights.floats->values<float>().data() + int64_t(c) * known.perChannel, known.perChannel);
      if (first > mostRatio * second)
        suspects.push_back({facts.layer(index).path, facts.layer(index).node,
                            "channel " + std::to_string(c) + " has a weight of " + shown(first) +
                                ", the next is " + shown(second) + ": the others keep " +
                                std::to_string(int(127 * second / first)) + " of 127 codes",
                            std::log2(first / std::max(second, 1e-9f))});
    }
  }
  return suspects;
}

void findOutliers(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects = outliersOf(facts), severe;
  for (const Suspect &suspect : suspects)
    if (suspect.weight > 4)
      severe.push_back(suspect);
  if (!severe.empty())
    suspects = std::move(severe);
  const bool isSevere = !suspects.empty() && suspects.front().weight > 4;
  report.add(Code::WeightOutlier, isSevere ? Severity::Warning : Severity::Note,
             isSevere ? Certainty::Likely : Certainty::Possible, std::move(suspects));
}

void findDeadChannels(const Facts &facts, Report &report) {
  constexpr float dead = 1e-6f;
  std::vector<Suspect> suspects;
  for (const auto &[index, known] : facts.weights) {
    const auto count = llvm::count_if(known.greatest, [](float most) { return most < dead; });
    if (count)
      suspects.push_back({facts.layer(index).path, facts.layer(index).node,
                          std::to_string(count) + " of its " +
                              std::to_string(known.greatest.size()) +
                              " channels have only weights of 0",
                          2 + double(count) / double(known.greatest.size())});
  }
  report.add(Code::DeadChannels, Severity::Note, Certainty::Certain, std::move(suspects));
}

void findLargeWeights(const Facts &facts, Report &report) {
  constexpr int64_t most = 2 << 20;
  std::vector<Suspect> suspects;
  for (const auto &[index, known] : facts.weights) {
    const int64_t bytes = known.perChannel * int64_t(known.greatest.size());
    if (bytes > most && facts.layer(index).op == OpKind::Conv && facts.layer(index).weights->pair)
      suspects.push_back(
          {facts.layer(index).path, facts.layer(index).node,
           "has " + shown(double(bytes) / (1 << 20)) + " MiB of weights, more than fit at once",
           double(bytes)});
  }
  for (Suspect &suspect : suspects)
    suspect.weight *= 1e-9;
  report.add(Code::LargeWeights, Severity::Note, Certainty::Certain, std::move(suspects));
}

void findHalfPrecision(const Facts &facts, Report &report) {
  int64_t count = 0;
  for (const auto &[index, known] : facts.weights) {
    if (!known.halfExact)
      return;
    count += known.perChannel * int64_t(known.greatest.size());
  }
  // Constants of tests and of made-up networks are round numbers, too.
  if (count > 10000)
    report.add(Code::HalfPrecision, Severity::Note, Certainty::Certain,
               {{"", "",
                 "all " + std::to_string(count) +
                     " weights are exact in float16: they come of a checkpoint in half precision, "
                     "which is harmless",
                 3}});
}

} // namespace bstc::diagnose
