// Scales and zero points by themselves.
#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

namespace bstc::diagnose {

/// What a scale looks like that no observer measured: as PyTorch's FakeQuantize is made, or with
/// the floor of its observers for data that were all 0.
static const char *notMeasured(float scale, int32_t zeroPoint) {
  if (scale == 1.0f && zeroPoint == 0)
    return "its scale is exactly 1.0 and its zero point 0, as an observer has that never ran";
  if (scale == std::numeric_limits<float>::epsilon())
    return "its scale is 1.19e-07, the least that an observer gives: it saw nothing but zeros";
  return nullptr;
}

/// Pixels as they are, 0 to 255: scale 1 is right for them.
static bool isRawPicture(const QuantisedTensor &tensor) {
  return tensor.maker < 0 && tensor.pair->element == ElementType::U8;
}

void findUncalibrated(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  for (const QuantisedTensor &tensor : facts.tensors) {
    const Pair &pair = *tensor.pair;
    const char *why = notMeasured(pair.written.scale(), pair.written.zeroPoint());
    if (!why || pair.quantize.empty() || facts.powersOfTwo || isRawPicture(tensor))
      continue;
    suspects.push_back({facts.maker(tensor), pair.quantize, why, 12});
    report.blame(pair);
  }
  report.add(Code::UncalibratedObserver, Severity::Error, Certainty::Certain, std::move(suspects),
             "Run calibration pictures through the prepared model with observers on");
  std::vector<Suspect> ofWeights;
  for (const auto &[index, weights] : facts.weights) {
    const Layer &layer = facts.layer(index);
    if (!layer.weights->pair || !llvm::all_of(layer.weights->pair->written.scales,
                                              [](float scale) { return scale == 1.0f; }))
      continue;
    const float most = *std::max_element(weights.greatest.begin(), weights.greatest.end());
    if (most < 32)
      ofWeights.push_back(
          {layer.path, layer.node,
           "the scales of its weights are exactly 1.0, the weights reach only " + shown(most), 15});
  }
  report.add(Code::UncalibratedObserver, Severity::Error, Certainty::Certain, std::move(ofWeights),
             "The weight observer never ran: one forward pass of the prepared model before export");
}

static std::string quantText(const Quantisation &quant) {
  return "scale " + shown(quant.scale()) + (quant.perTensor() ? "" : ", ...") + ", zero point " +
         std::to_string(quant.zeroPoint());
}

/// What the two say, in one sentence; empty where it is only a rounding.
static std::string disagreementText(const Pair &pair) {
  const Quantisation &written = pair.written, &read = pair.read;
  if (written.scales.size() != read.scales.size() || written.axis != read.axis)
    return "its QuantizeLinear has " + std::to_string(written.scales.size()) +
           " scales along axis " + std::to_string(written.axis) + ", its DequantizeLinear " +
           std::to_string(read.scales.size()) + " along " + std::to_string(read.axis);
  double worst = 1;
  size_t differing = 0;
  for (size_t c = 0; c < written.scales.size(); ++c) {
    const double ratio = double(read.scales[c]) / written.scales[c];
    differing += ratio != 1 || read.zeroPoints[c] != written.zeroPoints[c];
    if (std::fabs(std::log(ratio)) > std::fabs(std::log(worst)))
      worst = ratio;
  }
  std::string text =
      "its QuantizeLinear says " + quantText(written) + ", its DequantizeLinear " + quantText(read);
  if (written.scales.size() > 1)
    text += " (" + std::to_string(differing) + " of " + std::to_string(written.scales.size()) +
            " channels differ)";
  if (std::fabs(std::log(worst)) > 1e-4)
    text += ": what is read is " + shown(worst) + " times what was quantised";
  return text;
}

void findDisagreement(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  const auto look = [&](const std::string &path, const Pair &pair) {
    if (pair.quantize.empty() || pair.dequantize.empty() || pair.agrees())
      return;
    suspects.push_back({path, pair.dequantize, disagreementText(pair), 20});
    report.blame(pair);
  };
  // A tensor stands for all that read it: one of several DequantizeLinear may differ.
  for (size_t i = 0; i < facts.network.layers.size(); ++i) {
    const Layer &layer = facts.layer(int(i));
    for (const Wire &wire : layer.inputs)
      for (const Pair &pair : wire.pairs)
        if (llvm::none_of(suspects,
                          [&](const Suspect &suspect) { return suspect.node == pair.dequantize; }))
          look(facts.name(wire.layer), pair);
    for (const auto *constants : {&layer.weights, &layer.bias})
      if (*constants && (*constants)->pair)
        look(layer.path + (constants == &layer.weights ? " (weights)" : " (bias)"),
             *(*constants)->pair);
  }
  for (const Wire &wire : facts.network.outputs)
    for (const Pair &pair : wire.pairs)
      if (llvm::none_of(suspects,
                        [&](const Suspect &suspect) { return suspect.node == pair.dequantize; }))
        look(facts.name(wire.layer), pair);
  report.add(Code::DequantizeDiffers, Severity::Error, Certainty::Certain, std::move(suspects),
             "Both come of one FakeQuantize: export again without the script that edits them");
}

/// Layers that have one range by construction: what a concatenation or an addition joins, and what
/// pools and resizes hand on.
namespace {
class Groups {
public:
  explicit Groups(const Facts &facts) : parents(facts.network.layers.size()) {
    for (size_t i = 0; i < parents.size(); ++i)
      parents[i] = int(i);
    for (size_t i = 0; i < parents.size(); ++i) {
      const Layer &layer = facts.layer(int(i));
      if (layer.op == OpKind::Concat || layer.op == OpKind::Add || passesOn(layer) ||
          layer.op == OpKind::AveragePool)
        for (const Wire &wire : layer.inputs)
          if (wire.layer >= 0)
            parents[size_t(find(wire.layer))] = find(int(i));
    }
  }
  int find(int layer) {
    while (parents[size_t(layer)] != layer)
      layer = parents[size_t(layer)];
    return layer;
  }

private:
  std::vector<int> parents;
};
} // namespace

/// The range is that of the function: ReLU6, sigmoid, ...
static bool isBounded(const Facts &facts, int maker) {
  const OpKind op = facts.layer(maker).op;
  return op == OpKind::Clip || op == OpKind::Sigmoid || op == OpKind::HardSigmoid ||
         op == OpKind::Softmax || op == OpKind::Tanh;
}

void findSharedScales(const Facts &facts, Report &report) {
  if (facts.powersOfTwo)
    return;
  constexpr size_t most = 4;
  Groups groups(facts);
  std::map<std::pair<float, int32_t>, std::vector<const QuantisedTensor *>> byScale;
  for (const QuantisedTensor &tensor : facts.tensors)
    if (tensor.maker >= 0 && !tensor.pair->quantize.empty() && !report.isBlamed(*tensor.pair) &&
        !isBounded(facts, tensor.maker))
      byScale[{tensor.pair->written.scale(), tensor.pair->written.zeroPoint()}].push_back(&tensor);
  for (const auto &[scale, tensors] : byScale) {
    std::vector<int> apart;
    std::vector<Suspect> suspects;
    for (const QuantisedTensor *tensor : tensors) {
      if (const int group = groups.find(tensor->maker); !llvm::is_contained(apart, group))
        apart.push_back(group);
      suspects.push_back({facts.maker(*tensor), tensor->pair->quantize, "", 6});
    }
    if (apart.size() <= most)
      continue;
    for (const QuantisedTensor *tensor : tensors)
      report.blame(*tensor->pair);
    for (Suspect &suspect : suspects)
      suspect.detail = "shares the scale " + shown(scale.first) + " to the last bit with " +
                       std::to_string(tensors.size() - 1) + " other layers: one observer saw all";
    report.add(Code::SharedScale, Severity::Error, Certainty::Likely, std::move(suspects),
               "Give each place a module object of its own (self.act = nn.ReLU()) instead of a "
               "shared default_act");
  }
}

/// Behind a ReLU, or what only hands on and joins results of ReLU.
static bool neverNegative(const Facts &facts, int index) {
  if (index < 0)
    return false;
  const Layer &layer = facts.layer(index);
  if (isRectifier(layer) || layer.op == OpKind::Sigmoid)
    return true;
  return (layer.op == OpKind::Concat || passesOn(layer)) &&
         llvm::all_of(layer.inputs,
                      [&](const Wire &wire) { return neverNegative(facts, wire.layer); });
}

void findUnusedHalf(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  for (const QuantisedTensor &tensor : facts.tensors) {
    const Pair &pair = *tensor.pair;
    if (pair.element == ElementType::S8 && pair.written.zeroPoint() == 0 &&
        neverNegative(facts, tensor.maker))
      suspects.push_back({facts.maker(tensor), pair.quantize, "", 1});
  }
  for (Suspect &suspect : suspects)
    suspect.detail =
        "int8 with zero point 0 behind ReLU never uses half of its codes, here and at " +
        std::to_string(suspects.size() - 1) + " other tensors: about 5 dB for free with uint8";
  if (suspects.size() > 1)
    suspects.resize(1);
  report.add(Code::HalfTheCodes, Severity::Note, Certainty::Certain, std::move(suspects));
}

void findReducedRange(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  for (const QuantisedTensor &tensor : facts.tensors) {
    const Pair &pair = *tensor.pair;
    const int all = maxOf(pair.element) - minOf(pair.element) + 1;
    const int kept = pair.greatestCode - pair.leastCode + 1;
    if (kept * 4 >= all * 3)
      continue;
    report.blame(pair);
    suspects.push_back({facts.maker(tensor), pair.quantize,
                        "a Clip lets " + std::to_string(kept) + " of " + std::to_string(all) +
                            " codes through (" + std::to_string(pair.leastCode) + " to " +
                            std::to_string(pair.greatestCode) + ")",
                        6});
  }
  report.add(Code::ReducedRange, Severity::Warning, Certainty::Certain, std::move(suspects),
             "Observers with reduce_range=False");
}

void findPowersOfTwo(const Facts &facts, Report &report) {
  if (facts.powersOfTwo)
    report.add(Code::PowerOfTwoScales, Severity::Note, Certainty::Certain,
               {{"", "",
                 "all " + std::to_string(facts.tensors.size()) +
                     " scales of activations are powers of two: values often lie half-way between "
                     "two codes, and may round the other way than in PyTorch",
                 3}});
}

} // namespace bstc::diagnose
