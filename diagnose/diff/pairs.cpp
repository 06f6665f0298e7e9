// Pairs that only one has, or that contradict themselves; codes of another type.
#include "diagnose/diff/spots.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace bstc::diagnose {
namespace {

/// How codes lie around 0, the same for all layers of one qconfig.
std::string schemeOf(const Pair &pair) {
  const int32_t zero = pair.written.zeroPoint();
  const char *lie = zero == 0 ? "0" : zero == minOf(pair.element) ? "least" : "other";
  return std::string(elementTypeName(pair.element)) + lie + std::to_string(pair.leastCode) + ".." +
         std::to_string(pair.greatestCode);
}

std::string codesText(const Pair &pair) {
  std::string text = typeText(pair);
  if (pair.leastCode != minOf(pair.element) || pair.greatestCode != maxOf(pair.element))
    text +=
        " and codes " + std::to_string(pair.leastCode) + " to " + std::to_string(pair.greatestCode);
  return text;
}

/// A pair of which one says something else than the other.
Change contradiction(const Spot &spot, const Pair &pair, const std::string &who) {
  Change change{EditKind::PairContradicts, spot.place, "", "", ""};
  change.place.amount = pair.read.scale() / pair.written.scale();
  change.text = spot.text + " " + who + "'s DequantizeLinear does not say what its " +
                "QuantizeLinear says: its scale is " + timesText(change.place.amount, "that one's");
  if (pair.read.zeroPoint() != pair.written.zeroPoint())
    change.text += ", its zero point " + std::to_string(pair.read.zeroPoint()) + " for " +
                   std::to_string(pair.written.zeroPoint());
  change.key = who + timesText(change.place.amount, "");
  return change;
}

void compareAgreement(const Spot &spot, Changes &changes) {
  if (spot.a->agrees() == spot.b->agrees())
    return;
  const bool inB = spot.a->agrees();
  changes.push_back(contradiction(spot, inB ? *spot.b : *spot.a, inB ? "B" : "A"));
  changes.back().text += inB ? "; A's two agree" : "; B's two agree";
}

void compareSpot(const Spot &spot, bool most, Changes &changes) {
  if (spot.a && spot.b) {
    compareAgreement(spot, changes);
    const std::string a = schemeOf(*spot.a), b = schemeOf(*spot.b);
    const bool onlyZero = spot.a->written.scales == spot.b->written.scales &&
                          spot.a->written.zeroPoints != spot.b->written.zeroPoints;
    if (a != b || onlyZero)
      changes.push_back({EditKind::TypeChanged, spot.place,
                         spot.text + " codes are " + codesText(*spot.b) + " in B, " +
                             codesText(*spot.a) + " in A",
                         a + ">" + b, "", most});
  }
  if (spot.readersDiffer)
    return;
  const bool lostAll = spot.a && !spot.b, gainedAll = !spot.a && spot.b;
  const bool both = spot.a && spot.b;
  if (lostAll || (both && spot.bareB > spot.bareA))
    changes.push_back({EditKind::PairRemoved, spot.place,
                       spot.text + " A has a QuantizeLinear/DequantizeLinear pair, B has none" +
                           (both ? " for some readers" : ""),
                       both ? "some" : "all", ""});
  else if (gainedAll && spot.activation >= 0)
    changes.push_back({EditKind::PairBeforeActivation, spot.place,
                       spot.text + " B has a QuantizeLinear/DequantizeLinear pair, A has none", "",
                       ""});
  else if (gainedAll || (both && spot.bareA > spot.bareB))
    changes.push_back({EditKind::PairAdded, spot.place,
                       spot.text + " B has a QuantizeLinear/DequantizeLinear pair, A has none" +
                           (both ? " for some readers" : ""),
                       both ? "some" : "all", ""});
}

/// What contradicts itself in the quantised one of two, the other being float.
void checkAlone(const Spot &spot, Changes &changes) {
  const Pair *pair = spot.b ? spot.b : spot.a;
  if (!pair)
    return;
  const std::string who = spot.b ? "B" : "A";
  if (!pair->agrees())
    changes.push_back(contradiction(spot, *pair, who));
  if (isUncalibrated(*pair))
    changes.push_back({EditKind::Uncalibrated, spot.place,
                       spot.text + " " + who + "'s scale is exactly 1 with zero point 0", who, ""});
}

/// "B is quantised, A is float", with how much of it.
void addQuantised(const Compared &compared, Changes &changes) {
  const Network &network = compared.b.quantised ? compared.b : compared.a;
  size_t weights = 0, weightsQuantised = 0, values = 0, others = 0;
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer &layer = network.layers[i];
    weights += layer.weights.has_value();
    weightsQuantised += layer.weights && layer.weights->pair;
    for (unsigned result = 0; result < layer.results.size(); ++result)
      (network.pairsBehind(int(i), result).empty() ? others : values) += 1;
  }
  Change change{EditKind::Quantised, {}, "", "", "", true};
  change.text = std::string(compared.b.quantised ? "B is quantised, A is float: "
                                                 : "A is quantised, B is float: ") +
                std::to_string(weightsQuantised) + " of " + std::to_string(weights) +
                " layers have integer weights, " + std::to_string(values) + " of " +
                std::to_string(values + others) + " results a QuantizeLinear/DequantizeLinear pair";
  changes.push_back(std::move(change));
}

} // namespace

void findPairs(const Compared &compared, Changes &changes) {
  if (!compared.a.quantised && !compared.b.quantised)
    return;
  const std::vector<Spot> spots = spotsOf(compared);
  if (compared.a.quantised != compared.b.quantised) {
    for (const Spot &spot : spots)
      checkAlone(spot, changes);
    return addQuantised(compared, changes);
  }
  size_t both = 0, otherType = 0;
  for (const Spot &spot : spots)
    if (spot.a && spot.b) {
      ++both;
      otherType += schemeOf(*spot.a) != schemeOf(*spot.b);
    }
  std::set<int> early; // Activations of A, in front of which B has the pair that A has behind.
  for (const Spot &spot : spots) {
    if (!spot.a && spot.b && spot.activation >= 0)
      early.insert(spot.activation);
    const bool moved = spot.a && !spot.b && early.count(spot.place.a);
    if (!moved)
      compareSpot(spot, otherType * 2 > both, changes);
  }
}

} // namespace bstc::diagnose
