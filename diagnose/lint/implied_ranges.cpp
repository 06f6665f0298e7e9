#include "diagnose/lint/implied_ranges.h"
#include "diagnose/findings/median.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <cmath>

namespace bstc::diagnose {

namespace {

/// Layers whose relations have one centre.
enum class Kind { Pointwise, Window, Depthwise, Product, Bias, Concat, Add, Activation };

struct Raw {
  Kind kind;
  RangeRelation relation;
};

class Relations {
public:
  explicit Relations(const Facts &facts) : facts(facts) {
    for (size_t i = 0; i < facts.tensors.size(); ++i)
      places[facts.tensors[i].pair->quantize] = i;
  }
  std::vector<RangeRelation> all();

private:
  std::optional<size_t> place(const Pair *pair) const;
  std::optional<size_t> behind(int layer) const;
  bool joinsPools(int layer) const;
  void addLayer(int layer);
  void addJoin(int layer);
  void add(Kind kind, size_t to, size_t from, double factor);

  const Facts &facts;
  llvm::StringMap<size_t> places;
  std::vector<Raw> raw;
};

} // namespace

std::optional<size_t> Relations::place(const Pair *pair) const {
  if (!pair || pair->quantize.empty())
    return std::nullopt;
  auto found = places.find(pair->quantize);
  return found == places.end() ? std::nullopt : std::optional<size_t>(found->second);
}

/// The first tensor behind a layer, through activations that have none in front.
std::optional<size_t> Relations::behind(int layer) const {
  for (;;) {
    const std::vector<const Pair *> pairs = facts.network.pairsBehind(layer);
    if (!pairs.empty())
      return place(pairs.front());
    const std::vector<int> &readers = facts.layer(layer).readers[0];
    if (readers.size() != 1 || !(isActivationLayer(facts.layer(readers[0])) ||
                                 facts.layer(readers[0]).op == OpKind::BatchNorm))
      return std::nullopt;
    layer = readers[0];
  }
}

void Relations::add(Kind kind, size_t to, size_t from, double factor) {
  const double expected = factor * span(*facts.tensors[from].pair);
  const double range = span(*facts.tensors[to].pair);
  if (expected > 0 && range > 0 && to != from)
    raw.push_back({kind, {to, from, std::log(range / expected)}});
}

static Kind kindOf(const Layer &layer) {
  if (layer.op != OpKind::Conv)
    return Kind::Product;
  const auto &attrs = std::get<ConvAttrs>(layer.attrs);
  if (attrs.groups > 1)
    return Kind::Depthwise;
  return attrs.window.kernel[0] * attrs.window.kernel[1] == 1 ? Kind::Pointwise : Kind::Window;
}

/// A concatenation of a map and of its maxima (SPPF).
bool Relations::joinsPools(int index) const {
  return index >= 0 && facts.layer(index).op == OpKind::Concat &&
         llvm::any_of(facts.layer(index).inputs, [&](const Wire &wire) {
           return wire.layer >= 0 && facts.layer(wire.layer).op == OpKind::MaxPool;
         });
}

void Relations::addLayer(int index) {
  const Layer &layer = facts.layer(index);
  const auto known = facts.weights.find(index);
  if (known == facts.weights.end() || layer.inputs.empty())
    return;
  const std::optional<size_t> from = place(facts.nearest(layer.inputs[0])), to = behind(index);
  if (!to)
    return;
  double bias = 0;
  if (layer.bias)
    for (float value : layer.bias->read())
      bias = std::max(bias, std::fabs(double(value)));
  if (bias > 0)
    raw.push_back(
        {Kind::Bias, {*to, RangeRelation::none, std::log(span(*facts.tensors[*to].pair) / bias)}});
  // Pixels next to each other are alike, and so are maxima around them: sums of them are greater
  // than of others.
  if (!from || facts.tensors[*from].maker < 0 || joinsPools(facts.origin(layer.inputs[0])))
    return;
  double most = 0;
  const std::vector<double> &factors = layer.weights->factors;
  for (size_t c = 0; c < known->second.energy.size(); ++c)
    most = std::max(most, std::sqrt(double(known->second.energy[c])) *
                              (factors.empty() ? 1 : std::fabs(factors[c])));
  add(kindOf(layer), *to, *from, most);
}

/// The widest operand decides.
void Relations::addJoin(int index) {
  const Layer &layer = facts.layer(index);
  const std::optional<size_t> to = behind(index);
  std::optional<size_t> widest;
  for (const Wire &wire : layer.inputs) {
    const std::optional<size_t> from = place(facts.nearest(wire));
    if (!from)
      return;
    if (!widest || span(*facts.tensors[*from].pair) > span(*facts.tensors[*widest].pair))
      widest = from;
  }
  if (!to || !widest)
    return;
  const bool concat = layer.op == OpKind::Concat, sum = layer.op == OpKind::Add;
  add(concat ? Kind::Concat : sum ? Kind::Add : Kind::Activation, *to, *widest, 1);
}

std::vector<RangeRelation> Relations::all() {
  constexpr double biasWeight = 0.6, narrowedWeight = 0.5;
  for (size_t i = 0; i < facts.network.layers.size(); ++i) {
    const Layer &layer = facts.layer(int(i));
    if (facts.tail[i])
      continue;
    if (hasWeights(layer))
      addLayer(int(i));
    else if (layer.op == OpKind::Concat || layer.op == OpKind::Add ||
             (isActivationLayer(layer) && !layer.inputs[0].pairs.empty()))
      addJoin(int(i));
  }
  std::map<Kind, std::vector<double>> byKind;
  std::vector<double> weighted;
  for (const Raw &one : raw) {
    byKind[one.kind].push_back(one.relation.log);
    if (one.kind <= Kind::Product)
      weighted.push_back(one.relation.log);
  }
  std::vector<RangeRelation> result;
  for (Raw &one : raw) {
    const std::vector<double> &alike = byKind[one.kind];
    // Of few of a kind the median says little.
    if (one.kind == Kind::Bias && alike.size() < 5)
      continue;
    if (alike.size() >= 5)
      one.relation.log -= medianOf(alike);
    else if (one.kind <= Kind::Product && weighted.size() >= 5)
      one.relation.log -= medianOf(weighted);
    else if (one.kind <= Kind::Product)
      continue;
    if (one.kind == Kind::Bias)
      one.relation.log *= biasWeight;
    // A SiLU drops large negative numbers, which may have set the range in front of it.
    if (one.kind == Kind::Activation && one.relation.log < 0)
      one.relation.log *= narrowedWeight;
    result.push_back(one.relation);
  }
  return result;
}

std::vector<RangeRelation> rangeRelations(const Facts &facts) { return Relations(facts).all(); }

std::vector<RangeEvidence> rangeEvidence(size_t tensors,
                                         const std::vector<RangeRelation> &relations) {
  std::vector<std::vector<double>> logs(tensors);
  for (const RangeRelation &relation : relations)
    if (relation.from != RangeRelation::none) {
      logs[relation.to].push_back(relation.log);
      logs[relation.from].push_back(-relation.log);
    }
  // Biases spread more: only where little else is known.
  for (const RangeRelation &relation : relations)
    if (relation.from == RangeRelation::none && logs[relation.to].size() < 2)
      logs[relation.to].push_back(relation.log);
  std::vector<RangeEvidence> all(tensors);
  for (size_t i = 0; i < tensors; ++i) {
    if (logs[i].empty())
      continue;
    RangeEvidence &evidence = all[i];
    evidence.count = logs[i].size();
    evidence.least = 1e9;
    for (double value : logs[i])
      evidence.mean += value / double(evidence.count);
    for (double value : logs[i])
      evidence.least = std::min(evidence.least, value * evidence.mean > 0 ? std::fabs(value) : 0.0);
  }
  return all;
}

/// Deviation of the relations, from the median of their magnitudes.
static double deviationOf(const std::vector<RangeRelation> &relations) {
  std::vector<double> magnitudes;
  magnitudes.reserve(relations.size());
  for (const RangeRelation &relation : relations)
    magnitudes.push_back(std::fabs(relation.log));
  return 1.4826 * medianOf(magnitudes);
}

std::vector<RangeError> rangeErrors(const Facts &facts,
                                    llvm::function_ref<bool(const Pair &)> isKnown) {
  constexpr size_t leastRelations = 12, mostErrors = 12;
  std::vector<RangeRelation> relations = rangeRelations(facts);
  llvm::erase_if(relations, [&](const RangeRelation &relation) {
    return isKnown(*facts.tensors[relation.to].pair) ||
           (relation.from != RangeRelation::none && isKnown(*facts.tensors[relation.from].pair));
  });
  std::vector<RangeError> errors;
  if (relations.size() < leastRelations || facts.powersOfTwo)
    return errors;
  const double noise = std::max(1.0, deviationOf(relations) / 0.4);
  while (errors.size() < mostErrors) {
    const std::vector<RangeEvidence> all = rangeEvidence(facts.tensors.size(), relations);
    double best = 0;
    size_t tensor = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const RangeEvidence &one = all[i];
      const double mean = std::fabs(one.mean);
      // On one side only, a range may be what the layer makes of its input.
      const double most = one.count > 2 ? 0.8 : one.count > 1 ? 1.0 : 2.0;
      const bool clear = mean > most * noise && (one.count == 1 || one.least > 0.4 * mean);
      const double gain = mean * mean * double(one.count);
      if (clear && gain > best && facts.tensors[i].maker >= 0) {
        best = gain;
        tensor = i;
      }
    }
    if (best == 0)
      break;
    errors.push_back({tensor, all[tensor].mean});
    for (RangeRelation &relation : relations) {
      relation.log -= relation.to == tensor ? all[tensor].mean : 0;
      relation.log += relation.from == tensor ? all[tensor].mean : 0;
    }
  }
  return errors;
}

} // namespace bstc::diagnose
