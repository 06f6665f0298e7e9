// Pairs that only one has, or that contradict themselves; codes of another type.
#include "diagnose/diff/spots.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"

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

void compareAgreement(const Spot &spot, Changes &changes) {
  const bool inB = spot.a->agrees() && !spot.b->agrees();
  if (!inB && (spot.a->agrees() || !spot.b->agrees()))
    return;
  const Pair &pair = inB ? *spot.b : *spot.a;
  Change change{EditKind::PairContradicts, spot.place, "", "", ""};
  change.place.amount = pair.read.scale() / pair.written.scale();
  const std::string who = inB ? "B" : "A";
  change.text = spot.text + " " + who + "'s DequantizeLinear does not say what its " +
                "QuantizeLinear says: scale " + factorText(change.place.amount);
  if (pair.read.zeroPoint() != pair.written.zeroPoint())
    change.text += ", zero point " + std::to_string(pair.read.zeroPoint()) + " for " +
                   std::to_string(pair.written.zeroPoint());
  change.text += "; " + std::string(inB ? "A" : "B") + "'s two agree";
  change.key = who + factorText(change.place.amount);
  changes.push_back(std::move(change));
}

void compareSpot(const Spot &spot, bool most, Changes &changes) {
  if (spot.a && spot.b) {
    compareAgreement(spot, changes);
    if (const std::string a = schemeOf(*spot.a), b = schemeOf(*spot.b); a != b)
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
  else if (gainedAll || (both && spot.bareA > spot.bareB))
    changes.push_back({EditKind::PairAdded, spot.place,
                       spot.text + " B has a QuantizeLinear/DequantizeLinear pair, A has none" +
                           (both ? " for some readers" : ""),
                       both ? "some" : "all", ""});
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
  if (compared.a.quantised != compared.b.quantised)
    return addQuantised(compared, changes);
  const std::vector<Spot> spots = spotsOf(compared);
  size_t both = 0, otherType = 0;
  for (const Spot &spot : spots)
    if (spot.a && spot.b) {
      ++both;
      otherType += schemeOf(*spot.a) != schemeOf(*spot.b);
    }
  for (const Spot &spot : spots)
    compareSpot(spot, otherType * 2 > both, changes);
}

} // namespace bstc::diagnose
