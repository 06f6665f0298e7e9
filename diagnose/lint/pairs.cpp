// QuantizeLinear/DequantizeLinear where they are missing, or where they should not be.
#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace bstc::diagnose {

/// So few that they are an oversight; more are a habit of the exporter.
static bool areExceptions(size_t few, size_t others) { return few * 3 <= others; }

namespace {
/// Results that are read by layers of one kind: those with and those without a pair on the way.
struct Population {
  std::set<int> paired;
  std::map<int, std::vector<int>> unpaired; ///< And who reads them so.
};
/// Kinds of results: by what makes them, and whether an activation reads them.
using Populations = std::map<std::pair<std::string, bool>, Population>;
} // namespace

/// Int8 engines read quantised operands here, and rounding matters.
static bool wantsPairs(const Facts &facts, int index) {
  const Layer &layer = facts.layer(index);
  if (facts.tail[size_t(index)])
    return false;
  if (isActivationLayer(layer))
    return !isRectifier(layer) && layer.op != OpKind::LeakyRelu && layer.op != OpKind::Sigmoid;
  constexpr OpKind kinds[] = {OpKind::Add, OpKind::Concat, OpKind::Mul, OpKind::AveragePool};
  return hasWeights(layer) || llvm::is_contained(kinds, layer.op);
}

static std::string kindOf(const Facts &facts, int index) {
  const Layer &owner = facts.layer(facts.owner(index));
  return hasWeights(owner) ? "layer" : opInfo(owner.op).text;
}

static bool readsQuantised(const Layer &layer) {
  return llvm::any_of(layer.inputs, [](const Wire &wire) { return !wire.pairs.empty(); });
}

static Populations populationsOf(const Facts &facts) {
  Populations populations;
  for (size_t i = 0; i < facts.network.layers.size(); ++i) {
    if (!wantsPairs(facts, int(i)))
      continue;
    const Layer &reader = facts.layer(int(i));
    for (const Wire &wire : reader.inputs) {
      const int origin = facts.origin(wire);
      if (origin < 0)
        continue;
      Population &population = populations[{kindOf(facts, origin), isActivationLayer(reader)}];
      const Layer &maker = facts.layer(origin);
      // A pair in front of the ReLU instead of behind it is another finding.
      const bool misplaced =
          isActivationLayer(maker) && isRectifier(maker) && readsQuantised(maker);
      if (facts.nearest(wire))
        population.paired.insert(origin);
      else if (!misplaced)
        population.unpaired[origin].push_back(int(i));
    }
  }
  for (auto &[kind, population] : populations)
    for (const auto &[origin, readers] : population.unpaired)
      population.paired.erase(origin);
  return populations;
}

static std::string readersText(const Facts &facts, const std::vector<int> &readers) {
  std::string text = facts.layer(readers.front()).path;
  if (readers.size() > 1)
    text += (readers.size() == 2 ? " and " : ", ") + facts.layer(readers[1]).path;
  if (readers.size() > 2)
    text += " and others";
  return text;
}

static Suspect missing(const Facts &facts, int origin, const std::vector<int> &readers) {
  const bool elsewhere = !facts.network.pairsBehind(origin).empty();
  return {facts.name(origin), facts.layer(origin).node,
          (elsewhere ? std::string("its result is read in front of its "
                                   "QuantizeLinear/DequantizeLinear by ")
                     : std::string("its result has no QuantizeLinear/DequantizeLinear on the way "
                                   "to ")) +
              readersText(facts, readers) + ", which falls to float with it",
          5};
}

void findMissingPairs(const Facts &facts, Report &report) {
  if (facts.tensors.empty())
    return;
  for (const auto &[kind, population] : populationsOf(facts)) {
    std::vector<Suspect> suspects;
    for (const auto &[origin, readers] : population.unpaired)
      suspects.push_back(missing(facts, origin, readers));
    const bool exceptions = areExceptions(population.unpaired.size(), population.paired.size());
    const std::string others = exceptions ? "All " + std::to_string(population.paired.size()) +
                                                " others of its kind "
                                                "have one: "
                                          : "";
    const bool functional = kind.first != "layer";
    report.add(Code::MissingPair, exceptions ? Severity::Error : Severity::Warning,
               exceptions ? Certainty::Certain : Certainty::Likely, std::move(suspects),
               others + (functional ? "use nn.quantized.FloatFunctional for x + y, x * y and "
                                      "torch.cat in forward()"
                                    : "give the module the qconfig of the others before "
                                      "prepare_qat()"));
  }
}

void findFloatInput(const Facts &facts, Report &report) {
  if (facts.tensors.empty())
    return;
  for (size_t i = 0; i < facts.network.layers.size(); ++i) {
    const Layer &layer = facts.layer(int(i));
    if (!hasWeights(layer) || layer.inputs.empty() || facts.nearest(layer.inputs[0]) ||
        facts.origin(layer.inputs[0]) >= 0 || layer.inputs[0].constant)
      continue;
    const bool meant = layer.weights->pair.has_value();
    report.add(Code::FloatInput, meant ? Severity::Error : Severity::Warning,
               meant ? Certainty::Certain : Certainty::Likely,
               {{layer.path, layer.node,
                 "reads the input without a QuantizeLinear/DequantizeLinear in between" +
                     std::string(meant ? ", although its weights are quantised" : ""),
                 6}},
               "Put a QuantStub in front: x = self.quant(x) as the first line of forward()");
    return;
  }
}

/// The result of a head, behind an activation of its own.
static bool isPairedHead(const Facts &facts, int head) {
  if (!facts.network.pairsBehind(head).empty())
    return true;
  return llvm::any_of(facts.layer(head).readers[0], [&](int reader) {
    return passesOn(facts.layer(reader)) || isActivationLayer(facts.layer(reader))
               ? !facts.network.pairsBehind(reader).empty()
               : false;
  });
}

void findFloatHeads(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  size_t paired = 0;
  for (int head : facts.heads)
    if (isPairedHead(facts, head))
      ++paired;
    else
      suspects.push_back({facts.layer(head).path, facts.layer(head).node,
                          "this head has no QuantizeLinear/DequantizeLinear behind it, the others "
                          "have one",
                          5});
  if (paired && facts.heads.size() > 1)
    report.add(Code::FloatHead, suspects.size() <= paired ? Severity::Error : Severity::Warning,
               Certainty::Likely, std::move(suspects), "The same qconfig for all heads");
}

void findPairBeforeRelu(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  size_t others = 0;
  for (const Layer &layer : facts.network.layers) {
    if (!isRectifier(layer) && layer.op != OpKind::LeakyRelu)
      continue;
    const Wire &wire = layer.inputs[0];
    const bool behindLayer = wire.layer >= 0 && !isActivationLayer(facts.layer(wire.layer)) &&
                             !passesOn(facts.layer(wire.layer));
    if (!behindLayer)
      continue;
    if (wire.pairs.empty()) {
      ++others;
      continue;
    }
    report.blame(wire.pairs.back());
    const bool again =
        !layer.readers[0].empty() &&
        !facts.network.pairsBehind(int(&layer - facts.network.layers.data())).empty();
    suspects.push_back(
        {facts.name(wire.layer), wire.pairs.back().quantize,
         std::string("a QuantizeLinear/DequantizeLinear stands between it and its ") +
             opInfo(layer.op).text +
             (again ? ", and another one behind that" : ", and none behind that"),
         again ? 5.0 : 6.0});
  }
  const bool exceptions = areExceptions(suspects.size(), others);
  report.add(Code::QuantizeBeforeRelu, exceptions ? Severity::Error : Severity::Warning,
             exceptions ? Certainty::Certain : Certainty::Likely, std::move(suspects),
             "fuse_modules_qat() before prepare_qat() makes one layer of them");
}

void findFloatWeights(const Facts &facts, Report &report) {
  if (facts.tensors.empty())
    return;
  std::vector<Suspect> suspects, whole;
  size_t quantised = 0;
  for (const auto &[index, weights] : facts.weights) {
    const Layer &layer = facts.layer(index);
    if (layer.weights->pair) {
      ++quantised;
    } else if (!facts.tail[size_t(index)]) {
      const bool reads = !layer.inputs.empty() && facts.nearest(layer.inputs[0]);
      (reads ? suspects : whole)
          .push_back({layer.path, layer.node,
                      reads ? "its weights are float, what it reads is quantised"
                            : "it is float as a whole: input and weights",
                      5});
    }
  }
  if (!quantised && suspects.size() + whole.size() < 2)
    return;
  const bool exceptions = areExceptions(suspects.size(), quantised);
  report.add(Code::FloatWeights, exceptions ? Severity::Error : Severity::Warning,
             Certainty::Likely, std::move(suspects),
             "Give the module the qconfig of the others before prepare_qat()");
  report.add(Code::FloatWeights, Severity::Warning, Certainty::Possible, std::move(whole),
             "Right where it was meant so");
}

void findUnfoldedNorms(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  for (const Layer &layer : facts.network.layers)
    if (layer.op == OpKind::BatchNorm && !layer.inputs.empty() && !layer.inputs[0].pairs.empty() &&
        layer.inputs[0].layer >= 0 && hasWeights(facts.layer(layer.inputs[0].layer)))
      suspects.push_back({facts.name(layer.inputs[0].layer), layer.node,
                          "a QuantizeLinear/DequantizeLinear stands between it and its "
                          "BatchNormalization, which stays a layer",
                          4});
  report.add(Code::UnfoldedNorm, Severity::Warning, Certainty::Likely, std::move(suspects),
             "fuse_modules_qat() before prepare_qat()");
}

} // namespace bstc::diagnose
