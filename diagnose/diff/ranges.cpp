// What activations' codes span.
#include "diagnose/diff/outliers.h"
#include "diagnose/diff/spots.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cmath>
#include <map>
#include <set>

namespace bstc::diagnose {
namespace {

/// Another calibration or some epochs move ranges by less.
const double usual = std::log(1.5);
/// More than that many different factors are a matter of the whole network.
constexpr size_t mostListed = 8;

std::string quantText(const Pair &pair) {
  return numberText(pair.written.scale()) +
         (pair.written.zeroPoint() ? " at " + std::to_string(pair.written.zeroPoint()) : "");
}

struct Ratio {
  const Spot *spot;
  double log;
  double factor() const { return std::exp(log); }
};

Change changeOf(const Ratio &ratio) {
  const Spot &spot = *ratio.spot;
  Change change{EditKind::RangeChanged, spot.place, "", "", ""};
  change.place.amount = ratio.factor();
  const bool uncalibrated = isUncalibrated(*spot.b) && !isUncalibrated(*spot.a);
  change.kind = uncalibrated ? EditKind::Uncalibrated : EditKind::RangeChanged;
  change.text = spot.text + " B's range is " + timesText(ratio.factor(), "A's") + " (scale " +
                quantText(*spot.a) + " in A, " + quantText(*spot.b) + " in B)";
  if (uncalibrated)
    change.text = spot.text + " B's scale is exactly 1 with zero point 0, A's is " +
                  quantText(*spot.a) + ": the range is " + timesText(ratio.factor(), "A's");
  change.key = uncalibrated ? "1" : timesText(ratio.factor(), "");
  return change;
}

/// One line about many ranges.
Change together(llvm::ArrayRef<Ratio> ratios, const std::string &subject, const std::string &key) {
  std::vector<double> logs;
  Change change{EditKind::RangeChanged, ratios.front().spot->place, "", key, ""};
  for (const Ratio &ratio : ratios) {
    logs.push_back(ratio.log);
    change.others.push_back(ratio.spot->place);
    change.others.back().amount = ratio.factor();
  }
  const auto [least, greatest] = std::minmax_element(logs.begin(), logs.end());
  change.text = subject + ": B's are " + numberText(std::exp(*least)) + " to " +
                timesText(std::exp(*greatest), "A's") + ", median " +
                numberText(std::exp(medianOf(logs)));
  return change;
}

/// Values with scales in both networks, in the network's order.
std::vector<Ratio> ratiosOf(llvm::ArrayRef<Spot> spots) {
  std::vector<Ratio> ratios;
  for (const Spot &spot : spots) {
    if (!spot.a || !spot.b || !spot.a->written.perTensor() || !spot.b->written.perTensor())
      continue;
    const Quantisation &a = spot.a->written, &b = spot.b->written;
    const double ratio = reachOf(*spot.b) / reachOf(*spot.a);
    // A Clip to 127 codes in place of 128, or another zero point, is another type, not another
    // range; int8 and uint8 differ by half a step.
    const bool sameType = spot.a->element == spot.b->element;
    const bool same =
        sameType ? std::fabs(b.scale() / a.scale() - 1) < 1e-6 : std::fabs(ratio - 1) < 1.0 / 127;
    ratios.push_back({&spot, same ? 0 : std::log(ratio)});
  }
  return ratios;
}

/// Training does not move the range of the images.
bool isOutlier(const Outliers &outliers, const Ratio &ratio) {
  constexpr double usualOfImages = 0.2;
  return outliers.isOne(ratio.log) ||
         (ratio.spot->place.input >= 0 && std::fabs(ratio.log) > usualOfImages);
}

/// Each by itself, those that are farthest off first; where nearly each is another one, those that
/// are wider and those that are narrower together.
void list(std::vector<Ratio> ratios, double base, Changes &changes) {
  // Equal ones, but for the rounding of floats, stay in the network's order.
  const auto rank = [&](const Ratio &ratio) {
    return std::llround(std::fabs(ratio.log - base) * 1e4);
  };
  std::set<std::string> factors;
  for (const Ratio &ratio : ratios)
    factors.insert(timesText(ratio.factor(), ""));
  if (factors.size() <= mostListed) {
    llvm::stable_sort(ratios, [&](const Ratio &x, const Ratio &y) { return rank(x) > rank(y); });
    for (const Ratio &ratio : ratios)
      changes.push_back(changeOf(ratio));
    return;
  }
  std::vector<Ratio> narrower, wider;
  for (const Ratio &ratio : ratios)
    (ratio.log < base ? narrower : wider).push_back(ratio);
  for (const auto &[group, word] : {std::pair(&narrower, "narrower"), std::pair(&wider, "wider")}) {
    if (group->empty())
      continue;
    std::vector<std::string> layers;
    for (const Ratio &ratio : *group)
      layers.push_back(ratio.spot->place.layer);
    std::string subject = std::to_string(group->size()) + " ranges are much " + word + " (";
    subject += placesText(layers) + ")";
    changes.push_back(together(*group, subject, word));
  }
}

/// Takes out those that got one scale in B, to the bit, where A has one for each.
void takeShared(std::vector<Ratio> &ratios, Changes &changes) {
  constexpr size_t few = 3;
  std::map<float, std::vector<Ratio>> byScale;
  for (const Ratio &ratio : ratios)
    byScale[ratio.spot->b->written.scale()].push_back(ratio);
  for (const auto &[scale, group] : byScale) {
    std::set<float> inA;
    for (const Ratio &ratio : group)
      inA.insert(ratio.spot->a->written.scale());
    if (group.size() < few || inA.size() < group.size() || isUncalibrated(*group[0].spot->b))
      continue;
    for (const Ratio &ratio : group) {
      Change change = changeOf(ratio);
      change.kind = EditKind::ScaleShared;
      change.text = ratio.spot->text + " B has the scale " + numberText(scale) +
                    ", as at all these places; A has one for each, here " +
                    numberText(ratio.spot->a->written.scale());
      change.key = numberText(scale);
      changes.push_back(std::move(change));
    }
    llvm::erase_if(ratios, [&, shared = scale](const Ratio &ratio) {
      return ratio.spot->b->written.scale() == shared;
    });
  }
}

} // namespace

void findRanges(const Compared &compared, DiffTotals &totals, Changes &changes) {
  if (!compared.a.quantised || !compared.b.quantised)
    return;
  const std::vector<Spot> spots = spotsOf(compared);
  const std::vector<Ratio> ratios = ratiosOf(spots);
  const auto logs = llvm::to_vector(llvm::map_range(ratios, [](const Ratio &r) { return r.log; }));
  const Outliers outliers = outliersOf(logs, usual);
  std::vector<Ratio> listed, rest;
  for (const Ratio &ratio : ratios) {
    if (std::fabs(ratio.log) < 1e-4)
      ++totals.rangesEqual;
    else
      (isOutlier(outliers, ratio) ? listed : rest).push_back(ratio);
  }
  totals.rangesCompared = ratios.size();
  const bool others = !listed.empty();
  takeShared(listed, changes);
  list(listed, outliers.base, changes);
  if (rest.empty())
    return;
  const std::string which = others ? "the other " : "";
  changes.push_back(together(rest,
                             which + std::to_string(rest.size()) +
                                 " ranges differ as another calibration or training makes them",
                             "summary"));
  changes.back().summary = true;
}

} // namespace bstc::diagnose
