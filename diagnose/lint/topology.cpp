#include "diagnose/lint/topology.h"
#include "diagnose/lint/report.h"
#include "zoo/yolov5_topology.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace bstc::diagnose {

namespace {

/// Lines the steps of a published network up with layers.
class Matcher {
public:
  Matcher(const Facts &facts, const zoo::Network &published)
      : facts(facts), published(published), layers(published.steps.size(), -1),
        values(published.steps.size(), -1) {}

  bool match() { return matchFrom(1); }
  TopologyMatch result() const;
  /// Whether widths are the published ones, too.
  bool hasWidths() const;

private:
  using Kind = zoo::Step::Kind;
  bool matchFrom(size_t index);
  std::vector<int> candidates(const zoo::Step &step) const;
  bool fits(const zoo::Step &step, int layer) const;
  bool readsAll(const zoo::Step &step, int layer) const;
  int additionOf(int a, int b) const;
  int behind(int layer) const;
  int valueFor(size_t index, int layer) const;

  const Facts &facts;
  const zoo::Network &published;
  std::vector<int> layers; ///< Of each step; -1: an addition that is missing.
  std::vector<int> values; ///< The layer whose result stands for the step's.
  std::set<int> used;
  int tries = 0;
};

} // namespace

/// The activation and the normalisation behind a convolution are part of it.
int Matcher::behind(int layer) const {
  while (facts.layer(layer).readers[0].size() == 1) {
    const int reader = facts.layer(layer).readers[0].front();
    if (!isActivationLayer(facts.layer(reader)) && facts.layer(reader).op != OpKind::BatchNorm)
      break;
    layer = reader;
  }
  return layer;
}

static bool reads(const Layer &layer, int value) {
  return llvm::any_of(layer.inputs, [&](const Wire &wire) { return wire.layer == value; });
}

bool Matcher::readsAll(const zoo::Step &step, int layer) const {
  return facts.layer(layer).inputs.size() == step.inputs.size() &&
         llvm::all_of(step.inputs,
                      [&](unsigned input) { return reads(facts.layer(layer), values[input]); });
}

bool Matcher::fits(const zoo::Step &step, int index) const {
  const Layer &layer = facts.layer(index);
  switch (step.kind) {
  case Kind::Conv:
  case Kind::HeadConv: {
    if (layer.op != OpKind::Conv || !layer.weights || layer.weights->shape.size() != 4)
      return false;
    const auto &attrs = std::get<ConvAttrs>(layer.attrs);
    return attrs.groups == 1 && attrs.window.kernel[0] == step.window.kernel &&
           attrs.window.stride[0] == step.window.stride;
  }
  case Kind::Add:
    return layer.op == OpKind::Add;
  case Kind::Concat:
    return layer.op == OpKind::Concat;
  case Kind::MaxPool:
    return layer.op == OpKind::MaxPool;
  case Kind::Upsample:
    return layer.op == OpKind::Resize;
  case Kind::Image:
    break;
  }
  return false;
}

/// Layers that may be the step, in their order.
std::vector<int> Matcher::candidates(const zoo::Step &step) const {
  std::vector<int> found;
  if (step.inputs.front() == 0) { // The picture, which may be normalised first.
    for (size_t i = 0; i < facts.network.layers.size(); ++i)
      if (fits(step, int(i)) && facts.layer(int(i)).weights->shape[1] == 3)
        found.push_back(int(i));
    return found;
  }
  for (int reader : facts.layer(values[step.inputs.front()]).readers[0])
    if (fits(step, reader) && readsAll(step, reader) && !used.count(reader))
      found.push_back(reader);
  return found;
}

int Matcher::additionOf(int a, int b) const {
  for (int reader : facts.layer(a).readers[0])
    if (facts.layer(reader).op == OpKind::Add && reads(facts.layer(reader), b) && a != b)
      return reader;
  return -1;
}

/// What stands for the result of a convolution: of a bottleneck without a shortcut that has an
/// addition all the same, the sum.
int Matcher::valueFor(size_t index, int layer) const {
  const zoo::Step &step = published.steps[index];
  const int value = step.kind == Kind::Conv ? behind(layer) : layer;
  const llvm::StringRef scope = step.scope;
  if (step.kind != Kind::Conv || step.residualBranch || !scope.contains("/m/m.") ||
      !scope.endswith("/cv2"))
    return value;
  const int input = values[published.steps[step.inputs.front()].inputs.front()];
  const int sum = additionOf(value, input);
  return sum >= 0 ? behind(sum) : value;
}

bool Matcher::matchFrom(size_t index) {
  constexpr int mostTries = 20000;
  if (index == published.steps.size())
    return true;
  if (++tries > mostTries)
    return false;
  const zoo::Step &step = published.steps[index];
  if (step.kind == Kind::Add) {
    const int sum = additionOf(values[step.inputs[0]], values[step.inputs[1]]);
    layers[index] = sum;
    values[index] = sum >= 0 ? behind(sum) : values[step.inputs[1]];
    return matchFrom(index + 1);
  }
  for (int layer : candidates(step)) {
    layers[index] = layer;
    values[index] = valueFor(index, layer);
    used.insert(layer);
    if (matchFrom(index + 1))
      return true;
    used.erase(layer);
  }
  return false;
}

TopologyMatch Matcher::result() const {
  TopologyMatch match;
  for (size_t i = 0; i < layers.size(); ++i) {
    const zoo::Step &step = published.steps[i];
    if (step.kind == Kind::Add && layers[i] < 0)
      match.missing.push_back(layers[step.inputs[1]]);
    if (step.kind == Kind::Conv && behind(layers[i]) != values[i])
      match.added.emplace_back(
          additionOf(behind(layers[i]),
                     values[published.steps[step.inputs.front()].inputs.front()]),
          layers[i]);
  }
  return match;
}

bool Matcher::hasWidths() const {
  for (size_t i = 0; i < layers.size(); ++i)
    if (published.steps[i].kind == Kind::Conv &&
        facts.layer(layers[i]).weights->channels() != published.steps[i].channels)
      return false;
  return true;
}

std::optional<TopologyMatch> matchYolov5(const Facts &facts) {
  constexpr size_t leastConvolutions = 60;
  if (facts.weights.size() < leastConvolutions)
    return std::nullopt;
  std::optional<TopologyMatch> own;
  for (llvm::StringRef name : zoo::yolov5Names()) {
    const std::optional<zoo::Network> published = zoo::unrollYolov5(name, false);
    Matcher matcher(facts, *published);
    if (!matcher.match())
      continue;
    TopologyMatch match = matcher.result();
    match.network = "YOLOv5";
    if (matcher.hasWidths()) {
      match.network += name.drop_front(llvm::StringRef("yolov5").size());
      return match;
    }
    own = std::move(match);
  }
  return own;
}

static std::string placesText(size_t count) {
  return count == 1 ? "" : std::to_string(count) + " places, the same edit: ";
}

void findOtherTopology(const Facts &facts, Report &report) {
  if (!facts.topology)
    return;
  const TopologyMatch &match = *facts.topology;
  std::vector<Suspect> added, missing;
  for (const auto &[sum, convolution] : match.added)
    added.push_back({facts.layer(sum).path, facts.layer(sum).node,
                     placesText(match.added.size()) +
                         "it adds the block's input to the result of " +
                         facts.layer(convolution).path + "; " + match.network + " has no Add there",
                     20});
  report.add(Code::BlocksDiffer, Severity::Error, Certainty::Certain, std::move(added),
             "Bottlenecks built with shortcut=False. Look for 'x + ...' or skip_add(x, ... if "
             "self.add else ...) whose condition does not cover the add");
  for (int index : match.missing)
    missing.push_back({facts.layer(index).path, facts.layer(index).node,
                       placesText(match.missing.size()) +
                           "its result is not added to the block's input; " + match.network +
                           " has an Add there",
                       20});
  report.add(Code::BlocksDiffer, Severity::Error, Certainty::Certain, std::move(missing),
             "Bottlenecks built with shortcut=True: look at self.add, and at what replaced "
             "'x + self.cv2(self.cv1(x))'");
}

} // namespace bstc::diagnose
