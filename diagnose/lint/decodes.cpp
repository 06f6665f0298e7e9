// What stands behind the heads of detectors.
#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bstc::diagnose {

static bool isArithmetic(OpKind op) {
  constexpr OpKind kinds[] = {OpKind::Mul, OpKind::Add,     OpKind::Sub,    OpKind::Div,
                              OpKind::Pow, OpKind::Sigmoid, OpKind::Softmax};
  return llvm::is_contained(kinds, op);
}

/// Layers of the tail that make boxes or scores, or hand them on.
static std::vector<bool> decodedLayers(const Facts &facts) {
  const std::vector<Layer> &layers = facts.network.layers;
  std::vector<bool> decoded(layers.size(), false);
  bool scores = false, joins = false;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (!facts.tail[i])
      continue;
    scores |= layers[i].op == OpKind::Sigmoid || layers[i].op == OpKind::Softmax;
    joins |= layers[i].op == OpKind::Concat;
    decoded[i] = layers[i].op == OpKind::YoloDecode || isArithmetic(layers[i].op) ||
                 llvm::any_of(layers[i].inputs, [&](const Wire &wire) {
                   return wire.layer >= 0 && decoded[size_t(wire.layer)];
                 });
  }
  // A classifier's softmax, a gate or a mask's sigmoid is no decode.
  if (!facts.isDetector && !(scores && joins))
    std::fill(decoded.begin(), decoded.end(), false);
  return decoded;
}

void findQuantisedDecode(const Facts &facts, Report &report) {
  const std::vector<bool> decoded = decodedLayers(facts);
  std::vector<Suspect> suspects;
  for (const QuantisedTensor &tensor : facts.tensors) {
    if (tensor.maker < 0 || !decoded[size_t(tensor.maker)])
      continue;
    const Layer &maker = facts.layer(tensor.maker);
    const bool scoresOnly = maker.op == OpKind::Sigmoid && tensor.isOutput;
    if (scoresOnly)
      continue;
    const double scale = tensor.pair->written.scale();
    const bool joined = maker.op == OpKind::YoloDecode || maker.op == OpKind::Concat;
    std::string detail = "the decode is quantised";
    if (joined || scale > 0.1)
      detail +=
          " with steps of " + shown(scale) +
          (scale > 0.1 ? ": scores between 0 and 1 round to nothing next to boxes in pixels" : "");
    suspects.push_back({maker.path, tensor.pair->quantize, detail, joined ? 40.0 : 30.0});
    report.blame(*tensor.pair);
  }
  report.add(Code::QuantisedDecode, Severity::Error, Certainty::Certain, std::move(suspects),
             "Put the DeQuantStub right behind the last convolutions, in front of the decode");
}

namespace {
/// A level of a decode.
struct Level {
  double stride = 0; ///< As the decode says.
  double pixels = 0; ///< As the sizes of input and head say; 0: unknown.
  double area = 0;   ///< Geometric mean of the anchors' areas.
};
} // namespace

static std::vector<Level> levelsOf(const Facts &facts, const Layer &decode) {
  const auto &attrs = std::get<YoloDecodeAttrs>(decode.attrs);
  std::vector<Level> levels(attrs.strides.size());
  const size_t anchors = size_t(attrs.anchorsPerLevel);
  for (size_t i = 0; i < levels.size(); ++i) {
    levels[i].stride = attrs.strides[i];
    double logs = 0;
    for (size_t j = 2 * i * anchors; j < 2 * (i + 1) * anchors && j < attrs.anchors.size(); ++j)
      logs += std::log(std::max(double(attrs.anchors[j]), 1e-6));
    levels[i].area = std::exp(logs / double(anchors));
    const int head = i < decode.inputs.size() ? decode.inputs[i].layer : -1;
    const Shape *image = nullptr;
    for (const Network::Input &input : facts.network.inputs)
      if (input.type.rank() == 4)
        image = &input.type.shape;
    if (head >= 0 && image && facts.layer(head).results[0].rank() == 4 && (*image)[1] < (*image)[2])
      levels[i].pixels = double((*image)[2]) / double(facts.layer(head).results[0].shape[2]);
  }
  return levels;
}

template <class Value> static std::string listed(const std::vector<Level> &levels, Value value) {
  std::string text;
  for (const Level &level : levels)
    text += (text.empty() ? "" : ", ") + shown(value(level));
  return text;
}

/// What is wrong, or nothing.
static std::string anchorFault(const std::vector<Level> &given) {
  std::vector<Level> levels = given;
  const bool known = llvm::all_of(levels, [](const Level &level) { return level.pixels > 0; });
  const auto side = [](const Level &level) { return std::sqrt(level.area); };
  const auto stride = [](const Level &level) { return level.stride; };
  const auto pixels = [](const Level &level) { return level.pixels; };
  if (known)
    for (const Level &level : levels)
      if (std::fabs(level.stride / level.pixels - 1) > 0.01)
        return "the strides of its levels are " + listed(levels, stride) +
               ", their maps have strides " + listed(levels, pixels);
  llvm::stable_sort(levels, [](const Level &a, const Level &b) { return a.stride < b.stride; });
  for (size_t i = 1; i < levels.size(); ++i)
    if (levels[i].area < levels[i - 1].area)
      return "the anchors of strides " + listed(levels, stride) + " have sides of " +
             listed(levels, side) + " pixels on average; they must grow with the stride";
  if (llvm::all_of(levels, [&](const Level &level) { return side(level) < 0.5 * level.stride; }))
    return "the anchors of strides " + listed(levels, stride) + " have sides of " +
           listed(levels, side) + " pixels on average, as if they were in units of the grid";
  if (llvm::all_of(levels, [&](const Level &level) { return side(level) > 40 * level.stride; }))
    return "the anchors of strides " + listed(levels, stride) + " have sides of " +
           listed(levels, side) +
           " pixels on average, as if they were multiplied by the stride "
           "twice";
  return "";
}

void findAnchorOrder(const Facts &facts, Report &report) {
  std::vector<Suspect> suspects;
  for (const Layer &layer : facts.network.layers) {
    if (layer.op != OpKind::YoloDecode)
      continue;
    const std::string fault = anchorFault(levelsOf(facts, layer));
    if (!fault.empty())
      suspects.push_back({layer.path, layer.node, fault, 35});
  }
  report.add(Code::AnchorOrder, Severity::Error, Certainty::Certain, std::move(suspects),
             "check_anchor_order(m), and m.stride before the anchors are divided by it");
}

} // namespace bstc::diagnose
