// What activations' codes span.
#include "diagnose/diff/outliers.h"
#include "diagnose/diff/spots.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
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

/// What calibration does to all of them, in one line.
void summarise(std::vector<Ratio> ratios, bool others, Changes &changes) {
  std::vector<double> logs;
  Change change{EditKind::RangeChanged, {}, "", "summary", "", true};
  for (const Ratio &ratio : ratios) {
    logs.push_back(ratio.log);
    change.others.push_back(ratio.spot->place);
    change.others.back().amount = ratio.factor();
  }
  const auto [least, greatest] = std::minmax_element(logs.begin(), logs.end());
  change.text = std::string(others ? "the other " : "") + std::to_string(ratios.size()) +
                " ranges differ as another calibration or training makes them: B's are " +
                numberText(std::exp(*least)) + " to " + timesText(std::exp(*greatest), "A's") +
                ", median " + numberText(std::exp(medianOf(logs)));
  changes.push_back(std::move(change));
}

} // namespace

void findRanges(const Compared &compared, DiffTotals &totals, Changes &changes) {
  if (!compared.a.quantised || !compared.b.quantised)
    return;
  const std::vector<Spot> spots = spotsOf(compared);
  std::vector<Ratio> ratios;
  std::vector<double> logs;
  for (const Spot &spot : spots)
    if (spot.a && spot.b && spot.a->written.perTensor() && spot.b->written.perTensor()) {
      const double ratio = reachOf(*spot.b) / reachOf(*spot.a);
      // Codes of 127 and 128 steps of one range: the scales decide.
      const bool sameType = spot.a->element == spot.b->element;
      const double scales = double(spot.b->written.scale()) / spot.a->written.scale();
      ratios.push_back(
          {&spot, std::log(sameType && std::fabs(scales - 1) < 1e-6 &&
                                   spot.a->written.zeroPoint() == spot.b->written.zeroPoint()
                               ? 1
                               : ratio)});
      logs.push_back(ratios.back().log);
    }
  totals.rangesCompared = ratios.size();
  const Outliers outliers = outliersOf(logs, usual);
  // Equal ones, but for the rounding of floats, stay in the network's order.
  const auto rank = [&](const Ratio &ratio) {
    return std::llround(std::fabs(ratio.log - outliers.base) * 1e4);
  };
  llvm::stable_sort(ratios, [&](const Ratio &x, const Ratio &y) { return rank(x) > rank(y); });
  std::set<std::string> listed;
  std::vector<Ratio> rest;
  for (const Ratio &ratio : ratios) {
    if (std::fabs(ratio.log) < 1e-4) {
      ++totals.rangesEqual;
      continue;
    }
    const std::string factor = timesText(ratio.factor(), "");
    if (outliers.isOne(ratio.log) && (listed.size() < mostListed || listed.count(factor))) {
      listed.insert(factor);
      changes.push_back(changeOf(ratio));
    } else {
      rest.push_back(ratio);
    }
  }
  if (!rest.empty())
    summarise(rest, !listed.empty(), changes);
}

} // namespace bstc::diagnose
