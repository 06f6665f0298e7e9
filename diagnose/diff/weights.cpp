#include "diagnose/diff/finders.h"
#include "diagnose/diff/outliers.h"
#include "diagnose/diff/weight_forms.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <map>

namespace bstc::diagnose {
namespace {

/// Of floats that are computed in another order (a BatchNormalization folded by one or the other).
constexpr double floatRounding = 2e-5;
/// Training moves a layer's weights by less, unless it starts anew (doctor.md's proposal).
constexpr double trained = 0.2;
constexpr double manyTimesMedian = 5;

/// Weights or biases of one matched layer in both networks.
struct Pairing {
  int a, b;
  std::vector<float> inA, inB;
  double distance = 0;
  bool rounded = false; ///< The difference is that of rounding to integers.
};

/// The relative error that rounding to the codes of `weights` makes, uniform within a step:
/// step / sqrt(12).
double roundingOf(const Weights &weights, llvm::ArrayRef<float> numbers) {
  double squares = 0, steps = 0;
  for (const float number : numbers)
    squares += double(number) * number;
  const std::vector<float> &scales = weights.pair->read.scales;
  for (const float scale : scales)
    steps += double(scale) * scale / double(scales.size());
  return squares > 0 ? std::sqrt(steps / 12 * double(numbers.size()) / squares) : 0;
}

bool isRounding(const Weights &a, const Weights &b, const Pairing &pairing) {
  if (pairing.distance <= floatRounding)
    return true;
  // Of two with floats, rounding has no part in what is compared.
  double rounding = 0;
  if (!a.floats && a.pair)
    rounding = std::max(rounding, roundingOf(a, pairing.inA));
  if (!b.floats && b.pair)
    rounding = std::max(rounding, roundingOf(b, pairing.inB));
  return pairing.distance <= 2 * rounding;
}

/// Layers by their weights to the bit.
class Known {
public:
  explicit Known(const Network &network) : network(network) {}
  void add(int layer, llvm::ArrayRef<float> numbers) { layers[hash(numbers)].push_back(layer); }
  /// The one layer but `self` that has these weights; -1: none or several.
  int find(llvm::ArrayRef<float> numbers, int self) const {
    const auto found = layers.find(hash(numbers));
    return found != layers.end() && found->second.size() == 1 && found->second[0] != self
               ? found->second[0]
               : -1;
  }
  const Network &network;

private:
  static uint64_t hash(llvm::ArrayRef<float> numbers) {
    return llvm::xxHash64(
        llvm::StringRef(reinterpret_cast<const char *>(numbers.data()), numbers.size() * 4));
  }
  std::map<uint64_t, std::vector<int>> layers;
};

bool isZero(llvm::ArrayRef<float> numbers) {
  return llvm::all_of(numbers, [](float number) { return number == 0; });
}

Change changeAt(const Compared &compared, EditKind kind, const Pairing &pairing,
                const std::string &what, const std::string &key) {
  const std::string &path = compared.b.layers[size_t(pairing.b)].path;
  return {kind, Place{path, pairing.a, pairing.b, 0, -1, {}, {}, pairing.distance},
          layerText(compared.b, pairing.b) + ": " + what, key, ""};
}

/// What explains a difference, if anything does.
std::optional<Change> explain(const Compared &compared, const Pairing &pairing,
                              const Known &known) {
  const Layer &x = compared.a.layers[size_t(pairing.a)];
  if (isZero(pairing.inB))
    return changeAt(compared, EditKind::WeightsZero, pairing, "all weights are 0 in B", "0");
  if (const int other = known.find(pairing.inB, pairing.a); other >= 0)
    return changeAt(compared, EditKind::WeightsExchanged, pairing,
                    "B has the weights here that A has in " + layerText(compared.a, other), "");
  if (const std::optional<WeightForm> form = findForm(*x.weights, pairing.inA, pairing.inB))
    return changeAt(compared, form->kind, pairing, form->text + " in B", form->text);
  return std::nullopt;
}

/// All layers whose weights have one shape; counts and leaves out those that are equal.
std::vector<Pairing> pairWeights(const Compared &compared, DiffTotals &totals, Known &known) {
  std::vector<Pairing> pairings;
  for (size_t i = 0; i < compared.a.layers.size(); ++i) {
    const Layer &x = compared.a.layers[i];
    if (!x.weights)
      continue;
    Pairing pairing{int(i), compared.matching.toB[i], numbersOf(*x.weights), {}};
    known.add(int(i), pairing.inA);
    if (pairing.b < 0)
      continue;
    const Layer &y = compared.b.layers[size_t(pairing.b)];
    if (!y.weights || y.weights->shape != x.weights->shape)
      continue;
    ++totals.weightsCompared;
    pairing.inB = numbersOf(*y.weights);
    pairing.distance = relativeDistance(pairing.inA, pairing.inB);
    pairing.rounded = pairing.distance > 0 && isRounding(*x.weights, *y.weights, pairing);
    totals.weightsEqual += pairing.distance == 0;
    totals.weightsRounded += pairing.rounded;
    pairings.push_back(std::move(pairing));
  }
  return pairings;
}

/// One line about weights that all differ by some training.
Change summary(llvm::ArrayRef<const Pairing *> pairings, const Compared &compared, EditKind kind,
               const char *what, bool others) {
  Change change{kind, {}, "", "summary", "", true};
  std::vector<double> distances;
  for (const Pairing *pairing : pairings) {
    distances.push_back(pairing->distance);
    change.others.push_back({compared.b.layers[size_t(pairing->b)].path,
                             pairing->a,
                             pairing->b,
                             0,
                             -1,
                             {},
                             {},
                             pairing->distance});
  }
  const auto [least, greatest] = std::minmax_element(distances.begin(), distances.end());
  change.text =
      std::string(what) + " of " + (others ? "the other " : "") + std::to_string(pairings.size()) +
      " layers differ by " + percentText(*least) + " to " + percentText(*greatest) + ", median " +
      percentText(medianOf(distances)) +
      (medianOf(distances) < trained ? ", as some training makes them" : ": another training run");
  return change;
}

/// The nearest number of half precision (IEEE binary16), ties to even; no overflow.
float roundedToHalf(float value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  const int step = std::max(exponent - 11, -24); // 11 digits; the least is 2^-24.
  return float(std::ldexp(std::nearbyint(std::ldexp(double(value), -step)), step));
}

bool areHalves(llvm::ArrayRef<const Pairing *> pairings) {
  return llvm::all_of(pairings, [](const Pairing *pairing) {
    for (size_t i = 0; i < pairing->inA.size(); ++i)
      if (pairing->inB[i] != roundedToHalf(pairing->inA[i]))
        return false;
    return true;
  });
}

double limitOf(llvm::ArrayRef<Pairing> pairings) {
  std::vector<double> distances;
  size_t equal = 0;
  for (const Pairing &pairing : pairings) {
    distances.push_back(pairing.distance);
    equal += pairing.distance == 0 || pairing.rounded;
  }
  if (equal * 2 >= pairings.size())
    return 0; // Most are the same: whatever is not stands out.
  return std::max(trained, manyTimesMedian * medianOf(distances));
}

void compareBiases(const Compared &compared, llvm::ArrayRef<Pairing> weights, Changes &changes) {
  std::vector<Pairing> pairings;
  for (const Pairing &pairing : weights) {
    const auto &biasA = compared.a.layers[size_t(pairing.a)].bias;
    const auto &biasB = compared.b.layers[size_t(pairing.b)].bias;
    if (!biasA && !biasB)
      continue;
    Pairing bias{pairing.a, pairing.b, biasA ? numbersOf(*biasA) : std::vector<float>(),
                 biasB ? numbersOf(*biasB) : std::vector<float>()};
    bias.inA.resize(std::max(bias.inA.size(), bias.inB.size()));
    bias.inB.resize(bias.inA.size());
    bias.distance = relativeDistance(bias.inA, bias.inB);
    bias.rounded = bias.distance <= 1e-3; // 24 and 32 bit biases, BatchNormalizations.
    pairings.push_back(std::move(bias));
  }
  const double limit = limitOf(pairings);
  std::vector<const Pairing *> rest;
  bool listed = false;
  for (size_t i = 0; i < pairings.size(); ++i) {
    const Pairing &bias = pairings[i];
    if (bias.distance == 0 || bias.rounded)
      continue;
    if (isZero(bias.inB) || isZero(bias.inA)) {
      const bool inB = isZero(bias.inB);
      changes.push_back(
          changeAt(compared, inB ? EditKind::BiasZero : EditKind::BiasChanged, bias,
                   inB ? "B has no bias (all 0), A has one" : "A has no bias (all 0), B has one",
                   inB ? "B" : "A"));
      listed = true;
      continue;
    }
    // Whose weights differ, too, is told of already.
    const bool weightsDiffer = llvm::any_of(weights, [&](const Pairing &pairing) {
      return pairing.a == bias.a && pairing.distance > limit && !pairing.rounded;
    });
    if (limit == 0 && weightsDiffer)
      continue;
    if (bias.distance > limit) {
      changes.push_back(changeAt(compared, EditKind::BiasChanged, bias,
                                 "the bias differs by " + percentText(bias.distance), "differs"));
      listed = true;
    } else {
      rest.push_back(&bias);
    }
  }
  if (!rest.empty())
    changes.push_back(summary(rest, compared, EditKind::BiasChanged, "biases", listed));
}

} // namespace

void findWeights(const Compared &compared, DiffTotals &totals, Changes &changes) {
  Known known(compared.a);
  std::vector<Pairing> pairings = pairWeights(compared, totals, known);
  const double limit = limitOf(pairings);
  std::vector<const Pairing *> rest, unexplained;
  bool listed = false;
  for (const Pairing &pairing : pairings) {
    if (pairing.distance == 0 || pairing.rounded)
      continue;
    if (pairing.distance <= std::min(limit, trained)) {
      rest.push_back(&pairing);
      continue;
    }
    if (std::optional<Change> change = explain(compared, pairing, known)) {
      changes.push_back(std::move(*change));
      listed = true;
    } else {
      (pairing.distance > limit ? unexplained : rest).push_back(&pairing);
    }
  }
  llvm::stable_sort(unexplained,
                    [](const Pairing *x, const Pairing *y) { return x->distance > y->distance; });
  for (const Pairing *pairing : unexplained)
    changes.push_back(
        changeAt(compared, EditKind::WeightsChanged, *pairing,
                 "the weights differ by " + percentText(pairing->distance) + " of their norm",
                 unexplained.size() > 3 ? "differ" : std::to_string(pairing->a)));
  if (!rest.empty()) {
    const bool others = listed || !unexplained.empty();
    changes.push_back(summary(rest, compared, EditKind::WeightsChanged, "weights", others));
    if (areHalves(rest)) {
      changes.back().kind = EditKind::WeightsHalf;
      changes.back().text = std::string("weights of ") + (others ? "the other " : "") +
                            std::to_string(rest.size()) +
                            " layers are A's rounded to half precision, as model.half() leaves "
                            "them: harmless";
    }
  }
  compareBiases(compared, pairings, changes);
}

} // namespace bstc::diagnose
