// Biases.
#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc::diagnose {

namespace {
/// What is known of a bias.
struct BiasFacts {
  bool has = false;
  bool isSplat = false; ///< Made up, not trained.
  int64_t zeros = 0, count = 0;
};
} // namespace

static BiasFacts biasOf(const Layer &layer) {
  BiasFacts facts;
  facts.has = layer.bias.has_value();
  if (!facts.has)
    return facts;
  const std::vector<float> values = layer.bias->read();
  facts.count = int64_t(values.size());
  facts.zeros = llvm::count(values, 0.0f);
  facts.isSplat = llvm::is_splat(values);
  return facts;
}

void findLostBias(const Facts &facts, Report &report) {
  std::vector<Suspect> lost, absent;
  size_t others = 0;
  for (const auto &[index, weights] : facts.weights) {
    const Layer &layer = facts.layer(index);
    if (layer.op != OpKind::Conv || weights.greatest.size() < 2)
      continue;
    const BiasFacts bias = biasOf(layer);
    if (!bias.has)
      absent.push_back({layer.path, layer.node, "it has no bias", 10});
    else if (bias.zeros == bias.count)
      lost.push_back({layer.path, layer.node, "its bias is all 0", 10});
    else if (bias.zeros * 2 > bias.count && bias.count >= 8)
      lost.push_back({layer.path, layer.node,
                      "its bias is 0 in " + std::to_string(bias.zeros) + " of " +
                          std::to_string(bias.count) + " channels",
                      9});
    else
      others += !bias.isSplat;
  }
  const std::string advice = "The other " + std::to_string(others) +
                             " convolutions have one: fold BatchNormalization with fuse_modules() "
                             "and load the weights with strict=True";
  // A habit of the network, not a fault, where many are so.
  for (auto *suspects : {&lost, &absent})
    if (others >= 2 && suspects->size() * 6 <= others)
      report.add(Code::BiasLost, suspects == &lost ? Severity::Error : Severity::Warning,
                 suspects == &lost ? Certainty::Certain : Certainty::Likely, std::move(*suspects),
                 advice);
}

void findBiasOutOfRange(const Facts &facts, Report &report) {
  constexpr double most = 1 << 23;
  constexpr float dead = 1e-6f;
  std::vector<Suspect> suspects;
  for (const auto &[index, weights] : facts.weights) {
    const Layer &layer = facts.layer(index);
    if (!layer.bias || !layer.weights->pair || layer.inputs.empty() ||
        !layer.weights->pair->read.scales.size())
      continue;
    const Pair *input = facts.nearest(layer.inputs[0]);
    if (!input)
      continue;
    const Quantisation &quant = layer.weights->pair->read;
    const std::vector<float> bias = layer.bias->read();
    double worst = 0;
    size_t where = 0;
    for (size_t c = 0; c < bias.size() && (quant.perTensor() || c < quant.scales.size()); ++c) {
      double step = double(input->read.scale()) * quant.scales[quant.perTensor() ? 0 : c];
      if (!layer.weights->factors.empty())
        step *= layer.weights->factors[c];
      if (weights.greatest.size() == bias.size() && weights.greatest[c] < dead)
        continue; // Whatever its scale is.
      if (std::fabs(bias[c]) / step > worst) {
        worst = std::fabs(bias[c]) / step;
        where = c;
      }
    }
    if (worst > most)
      suspects.push_back({layer.path, layer.node,
                          "the bias of channel " + std::to_string(where) + ", " +
                              shown(bias[where]) + ", is " + shown(worst) +
                              " steps of input scale * weight scale, more than 2^23",
                          std::log2(worst / most)});
  }
  report.add(Code::BiasOutOfRange, Severity::Warning, Certainty::Certain, std::move(suspects),
             "A floor for the scales (eps in the observers)");
}

} // namespace bstc::diagnose
