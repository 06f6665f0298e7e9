// Which activation function stands where.
#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {

/// The activations that networks choose between. Others (Sigmoid, Tanh) are gates and outputs.
static bool isChoice(const Layer &layer) {
  constexpr OpKind kinds[] = {OpKind::Relu, OpKind::Silu, OpKind::LeakyRelu, OpKind::HardSwish,
                              OpKind::Elu};
  return llvm::is_contained(kinds, layer.op);
}

/// Squeeze-and-excitation has an activation of its own, on maps of one element.
static bool isGate(const Layer &layer) {
  const Shape &shape = layer.results[0].shape;
  return shape.size() != 4 || (shape[2] == 1 && shape[3] == 1);
}

void findMixedActivations(const Facts &facts, Report &report) {
  std::map<OpKind, std::vector<int>> byKind;
  size_t all = 0;
  for (size_t i = 0; i < facts.network.layers.size(); ++i) {
    const Layer &layer = facts.layer(int(i));
    const int maker = layer.inputs.empty() ? -1 : layer.inputs[0].layer;
    if (!isChoice(layer) || isGate(layer) || maker < 0 || !hasWeights(facts.layer(maker)))
      continue;
    byKind[layer.op].push_back(int(i));
    ++all;
  }
  if (byKind.size() < 2)
    return;
  const auto most =
      std::max_element(byKind.begin(), byKind.end(), [](const auto &a, const auto &b) {
        return a.second.size() < b.second.size();
      });
  for (const auto &[kind, layers] : byKind) {
    if (kind == most->first)
      continue;
    std::vector<Suspect> suspects;
    for (int index : layers)
      suspects.push_back({facts.name(index), facts.layer(index).node,
                          std::string("its activation is ") + opInfo(kind).text + ", that of " +
                              std::to_string(most->second.size()) + " other layers is " +
                              opInfo(most->first).text,
                          10});
    // MobileNetV3 has ReLU in its first blocks and HardSwish in the others.
    const bool designed =
        layers.size() * 4 > all || kind == OpKind::HardSwish || most->first == OpKind::HardSwish;
    report.add(Code::MixedActivations, designed ? Severity::Note : Severity::Error,
               designed ? Certainty::Possible : Certainty::Likely, std::move(suspects),
               "Replace it in every module, before training");
  }
}

} // namespace bstc::diagnose
