// Ranges of activations against what weights, biases and neighbours say.
#include "diagnose/lint/implied_ranges.h"
#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

#include <algorithm>
#include <cmath>

namespace bstc::diagnose {

/// "13 of 256".
static std::string codesText(double codes) {
  return (llvm::Twine(int(std::max(1.0, std::round(codes)))) + " of 256").str();
}

void findConcatRanges(const Facts &facts, Report &report) {
  constexpr double mostWide = 3, mostNarrow = 24;
  std::vector<Suspect> wide, narrow, own;
  for (size_t i = 0; i < facts.network.layers.size(); ++i) {
    const Layer &layer = facts.layer(int(i));
    const std::vector<const Pair *> results = facts.network.pairsBehind(int(i));
    if (layer.op != OpKind::Concat || facts.tail[i] || results.empty() ||
        report.isBlamed(*results.front()))
      continue;
    const double result = span(*results.front());
    double widest = 0;
    for (const Wire &wire : layer.inputs)
      if (const Pair *pair = facts.nearest(wire))
        widest = std::max(widest, double(span(*pair)));
    if (widest > 0 && result > mostWide * widest)
      own.push_back({layer.path, results.front()->quantize,
                     "its range of " + shown(result) + " is " + shown(result / widest) +
                         " times the widest of its inputs': " + codesText(256 * widest / result) +
                         " codes are used",
                     std::log2(result / widest)});
    for (const Wire &wire : layer.inputs) {
      const Pair *pair = facts.nearest(wire);
      if (!pair || report.isBlamed(*pair))
        continue;
      const double ratio = span(*pair) / result;
      if (ratio > mostWide)
        wide.push_back({facts.name(facts.origin(wire)), pair->quantize,
                        "its range of " + shown(span(*pair)) + " is " + shown(ratio) +
                            " times that of " + layer.path +
                            ", which reads it: " + codesText(256 / ratio) + " codes are left",
                        std::log2(ratio)});
      else if (ratio < 1 / mostNarrow)
        narrow.push_back({facts.name(facts.origin(wire)), pair->quantize,
                          "its range of " + shown(span(*pair)) + " is " + shown(1 / ratio) +
                              " times smaller than that of " + layer.path +
                              ", which reads it: it keeps " + codesText(256 * ratio) + " codes",
                          -std::log2(ratio)});
    }
  }
  const char *advice = "Share one observer between the inputs and the result of torch.cat";
  report.add(Code::ConcatRanges, Severity::Warning, Certainty::Likely, std::move(own), advice);
  report.add(Code::ConcatRanges, Severity::Warning, Certainty::Likely, std::move(wide), advice);
  report.add(Code::ConcatRanges, Severity::Note, Certainty::Possible, std::move(narrow), advice);
}

void findAddRanges(const Facts &facts, Report &report) {
  constexpr double most = 8;
  std::vector<Suspect> suspects;
  for (size_t i = 0; i < facts.network.layers.size(); ++i) {
    const Layer &layer = facts.layer(int(i));
    if (layer.op != OpKind::Add || facts.tail[i] || layer.inputs.size() != 2)
      continue;
    const Pair *a = facts.nearest(layer.inputs[0]), *b = facts.nearest(layer.inputs[1]);
    if (!a || !b || report.isBlamed(*a) || report.isBlamed(*b))
      continue;
    const bool first = span(*a) > span(*b);
    const double ratio = first ? span(*a) / span(*b) : span(*b) / span(*a);
    if (ratio > most)
      suspects.push_back({layer.path, layer.node,
                          "its inputs have ranges of " + shown(span(*a)) + " and " +
                              shown(span(*b)) + ": of " +
                              facts.name(facts.origin(layer.inputs[first ? 1 : 0])) + " " +
                              codesText(256 / ratio) + " codes are left",
                          std::log2(ratio)});
  }
  const bool severe =
      llvm::any_of(suspects, [](const Suspect &suspect) { return suspect.weight > std::log2(24); });
  report.add(Code::AddRanges, severe ? Severity::Warning : Severity::Note, Certainty::Possible,
             std::move(suspects), "Look for outliers in the wide branch");
}

/// The greatest bias of a layer.
static double biasOf(const Layer &layer) {
  double most = 0;
  if (layer.bias)
    for (float value : layer.bias->read())
      most = std::max(most, std::fabs(double(value)));
  return most;
}

/// A head has no normalisation: its bias is what it gives where there is nothing.
static void findCutBiases(const Facts &facts, Report &report) {
  if (facts.heads.size() < 2)
    return;
  std::vector<Suspect> suspects;
  std::vector<float> scales;
  for (int head : facts.heads) {
    const std::vector<const Pair *> pairs = facts.network.pairsBehind(head);
    if (pairs.empty())
      continue;
    scales.push_back(pairs.front()->written.scale());
    const double bias = biasOf(facts.layer(head)), range = span(*pairs.front());
    if (bias > 1.1 * range && !report.isBlamed(*pairs.front()))
      suspects.push_back({facts.layer(head).path, pairs.front()->quantize,
                          "its range of " + shown(range) +
                              " does not hold its own bias, which "
                              "reaches " +
                              shown(bias) + ": logits are cut off",
                          8 + std::log2(bias / range)});
  }
  // A range that was set on purpose is the same for all heads.
  if (scales.size() > 1 && llvm::is_splat(scales))
    return;
  const bool all = suspects.size() == scales.size();
  for (const Suspect &suspect : suspects)
    for (const QuantisedTensor &tensor : facts.tensors)
      if (tensor.pair->quantize == suspect.node)
        report.blame(*tensor.pair);
  report.add(Code::RangeTooSmall, all ? Severity::Warning : Severity::Error, Certainty::Likely,
             std::move(suspects), "Calibrate the heads again");
}

namespace {
/// A layer's range against its bias.
struct BiasShare {
  int layer;
  const Pair *pair;
  double share; ///< Greatest bias / range.
};
} // namespace

static std::vector<BiasShare> biasShares(const Facts &facts) {
  std::vector<BiasShare> shares;
  for (const auto &[index, known] : facts.weights) {
    const double bias = biasOf(facts.layer(index));
    int behind = index;
    while (facts.network.pairsBehind(behind).empty() &&
           facts.layer(behind).readers[0].size() == 1 &&
           isActivationLayer(facts.layer(facts.layer(behind).readers[0][0])))
      behind = facts.layer(behind).readers[0][0];
    const std::vector<const Pair *> pairs = facts.network.pairsBehind(behind);
    if (bias > 0 && !pairs.empty())
      shares.push_back({index, pairs.front(), bias / span(*pairs.front())});
  }
  return shares;
}

/// A region of the network whose ranges mostly do not hold the biases: observers that were frozen
/// before the layers had learnt anything.
static void findFrozenRegion(const Facts &facts, Report &report) {
  constexpr size_t least = 8;
  const std::vector<BiasShare> shares = biasShares(facts);
  size_t first = 0, last = 0;
  int best = 0, sum = 0;
  size_t start = 0;
  // The run with the most biases beyond the range, where one within takes two away.
  for (size_t i = 0; i < shares.size(); ++i) {
    sum += shares[i].share > 1 ? 2 : -1;
    if (sum <= 0) {
      sum = 0;
      start = i + 1;
    } else if (sum > best) {
      best = sum;
      first = start;
      last = i + 1;
    }
  }
  std::vector<Suspect> suspects;
  for (size_t i = first; i < last; ++i)
    if (shares[i].share > 1 && !report.isBlamed(*shares[i].pair))
      suspects.push_back({facts.layer(shares[i].layer).path, shares[i].pair->quantize, "", 20});
  const size_t outside =
      size_t(llvm::count_if(shares, [](const BiasShare &share) { return share.share > 1; })) -
      suspects.size();
  // Most of the region, and few elsewhere.
  if (suspects.size() < least || suspects.size() * 3 < (last - first) * 2 ||
      outside * 6 > shares.size() - (last - first))
    return;
  for (size_t i = first; i < last; ++i)
    report.blame(*shares[i].pair);
  const std::string where =
      ("from here to " + llvm::Twine(facts.layer(shares[last - 1].layer).path) +
       ", the ranges of " + llvm::Twine(suspects.size()) + " of " + llvm::Twine(last - first) +
       " layers do not even hold their biases: all ranges of this part are too small")
          .str();
  for (Suspect &suspect : suspects)
    suspect.detail = where;
  suspects.erase(suspects.begin() + 1, suspects.end());
  report.add(Code::RangeTooSmall, Severity::Error, Certainty::Likely, std::move(suspects),
             "Observers were frozen before training had got there: calibrate again");
}

void findImpliedRanges(const Facts &facts, Report &report) {
  findCutBiases(facts, report);
  findFrozenRegion(facts, report);
  std::vector<Suspect> small, wide;
  const auto isKnown = [&](const Pair &pair) { return report.isBlamed(pair); };
  for (const RangeError &error : rangeErrors(facts, isKnown)) {
    const QuantisedTensor &tensor = facts.tensors[error.tensor];
    if (report.isBlamed(*tensor.pair))
      continue;
    const double factor = std::exp(std::fabs(error.log));
    std::vector<Suspect> &suspects = error.log < 0 ? small : wide;
    suspects.push_back({facts.maker(tensor), tensor.pair->quantize,
                        "its range of " + shown(span(*tensor.pair)) + " is about " + shown(factor) +
                            " times too " + (error.log < 0 ? "small" : "wide") +
                            " for its weights and for the ranges around it",
                        6 + std::log2(factor)});
    report.blame(*tensor.pair);
  }
  report.add(Code::RangeTooSmall, Severity::Error, Certainty::Likely, std::move(small),
             "Calibrate again with the weights that are exported (or BatchNormalization was folded "
             "into them twice)");
  report.add(Code::RangeTooWide, Severity::Error, Certainty::Likely, std::move(wide),
             "Look for an outlier in calibration (HistogramObserver in place of MinMaxObserver)");
}

void findHeadRanges(const Facts &facts, Report &report) {
  constexpr float most = 16.0f / 128;
  if (!facts.isDetector)
    return;
  std::vector<Suspect> suspects;
  for (int head : facts.heads)
    for (const Pair *pair : facts.network.pairsBehind(head))
      if (pair->written.scale() > most && !report.isBlamed(*pair))
        suspects.push_back({facts.layer(head).path, pair->quantize,
                            "its range of " + shown(span(*pair)) +
                                " is set by large negative logits; +-16 or +-8 is enough for "
                                "scores",
                            double(pair->written.scale())});
  report.add(Code::HeadRange, Severity::Note, Certainty::Possible, std::move(suspects));
}

} // namespace bstc::diagnose
