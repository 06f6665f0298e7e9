#include "partitioner/plan_choice.h"

#include "backends/target.h"
#include "partitioner/plan_trial.h"
#include "partitioner/section_search.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc {

void applyPlan(bst::Program &program, llvm::ArrayRef<uint32_t> roots, const TilePlan &plan,
               const Target &target) {
  TilingContext context(program, target, plan.units);
  applyPlan(program, roots, plan, target, context);
}

namespace {

/// Shares of the weight memory for constants that are loaded once: all of it where they fit.
constexpr double keptShares[] = {0, 1, 0.5};
constexpr SectionStyle styles[] = {{false, false}, {true, false}, {false, true}, {true, true}};
/// Prices are changed so often towards what binds.
constexpr int rounds = 4;
constexpr uint32_t mostContexts = 3;
/// Plans from which the search goes on.
constexpr size_t mostStarts = 4;
/// Operations that are emitted and simulated in trials, in all: what bounds the time. A climb has
/// at least so many trials.
constexpr size_t triedOps = 90000;
constexpr size_t leastTrials = 4;
/// Of all climbs; what small programs would have more of gains them nothing.
constexpr size_t mostTrials = 150;
/// The same where plans are crossed.
constexpr size_t crossedOps = 100000;
constexpr size_t mostCrossed = 300;

/// Units, of which some keep their constants on chip.
struct KeptUnits {
  std::vector<TileUnit> units;
  uint64_t bytes;
};

bool faster(const TriedPlan &a, const TriedPlan &b) { return a.period < b.period; }

bool sameKind(const TriedPlan &a, const TriedPlan &b) {
  return a.plan.share.contexts == b.plan.share.contexts &&
         a.plan.sections.front().style == b.plan.sections.front().style;
}

class Chooser {
public:
  Chooser(PlanTrial &trial, TilePlan first) : trial(trial) { offer(std::move(first)); }

  TilePlan run() {
    searchSections();
    searchPrices();
    return bestOfAll();
  }

private:
  void offer(TilePlan plan);
  std::vector<KeptUnits> waysToKeep() const;
  void searchSections();
  void searchPrices();
  void searchPrices(const SectionSearch &search, const KeptUnits &kept, uint32_t contexts);
  TilePlan bestOfAll();
  uint32_t contextsAtMost() const {
    return std::min(uint32_t(trial.target.device.framesInFlight), mostContexts);
  }

  PlanTrial &trial;
  std::vector<TriedPlan> known; ///< What has been tried.
  size_t ops = 0;               ///< Of these.
};

void Chooser::offer(TilePlan plan) {
  const auto same = [&](const TriedPlan &other) {
    return other.plan.share.contexts == plan.share.contexts &&
           other.plan.share.keptBytes == plan.share.keptBytes &&
           other.plan.sections == plan.sections;
  };
  if (llvm::any_of(known, same))
    return;
  TriedPlan tried = trial.run(std::move(plan));
  ops += trial.program().tiles.ops.size();
  known.insert(llvm::upper_bound(known, tried, faster), std::move(tried));
}

std::vector<KeptUnits> Chooser::waysToKeep() const {
  std::vector<KeptUnits> result;
  for (double share : keptShares) {
    KeptUnits kept = {trial.units, 0};
    kept.bytes =
        keepWeights(kept.units, uint64_t(share * double(trial.target.maca.weightMemoryBytes)));
    const bool room = share < 1 || llvm::none_of(kept.units, [](const TileUnit &unit) {
                        return unit.weightBytes > 0;
                      });
    if (!room || (!result.empty() && kept.bytes == result.back().bytes))
      continue;
    result.push_back(std::move(kept));
    if (share == 1)
      break;
  }
  return result;
}

/// Section by section, with the parts of the memories that several frames at one time have.
void Chooser::searchSections() {
  for (uint32_t contexts = 2; contexts <= contextsAtMost(); ++contexts) {
    const MemoryShare share = {contexts, 0};
    auto plan = planUnits(trial.program(), trial.units, shareOf(trial.target, share));
    if (!plan) {
      llvm::consumeError(plan.takeError()); // They are too small.
      continue;
    }
    plan->share = share;
    offer(std::move(*plan));
  }
}

void Chooser::searchPrices(const SectionSearch &search, const KeptUnits &kept, uint32_t contexts) {
  const MemoryShare share = {contexts, kept.bytes};
  const Target part = shareOf(trial.target, share);
  if (!constantsFit(trial.program(), kept.units, part))
    return;
  ResourceSeconds prices;
  prices.fill(1);
  for (int round = 0; round < rounds; ++round) {
    const SectionSearch::Found found = search.cheapest(prices, part.maca, kept.units);
    if (found.sections.empty())
      return;
    offer({kept.units, found.sections, share});
    const double most = *std::max_element(found.seconds.begin(), found.seconds.end());
    for (size_t i = 0; i < resourceCount; ++i)
      prices[i] *= std::max(std::pow(found.seconds[i] / most, 2.0), 1e-3);
  }
}

void Chooser::searchPrices() {
  const std::vector<KeptUnits> ways = waysToKeep();
  for (const SectionStyle style : styles) {
    const SectionSearch search(trial.context(), style);
    for (uint32_t contexts = 1; contexts <= contextsAtMost(); ++contexts)
      for (const KeptUnits &kept : ways)
        searchPrices(search, kept, contexts);
  }
}

/// Climbs from the best of each kind, then crosses what was found.
TilePlan Chooser::bestOfAll() {
  std::vector<TriedPlan> tops;
  for (const TriedPlan &tried : known)
    if (tops.size() < mostStarts &&
        llvm::none_of(tops, [&](const TriedPlan &top) { return sameKind(top, tried); }))
      tops.push_back(tried);
  const size_t each = std::max<size_t>(ops / known.size(), 1);
  auto left = uint32_t(std::clamp((triedOps - std::min(ops, triedOps)) / each,
                                  leastTrials * tops.size(), mostTrials));
  for (size_t i = 0; i < tops.size(); ++i) {
    auto trials = uint32_t(left / (tops.size() - i));
    left -= trials;
    tops[i] = climb(trial, std::move(tops[i]), trials);
    left += trials;
  }
  llvm::stable_sort(tops, faster);
  TriedPlan best = tops.front();
  auto trials = uint32_t(std::clamp<size_t>(crossedOps / each, 1, mostCrossed));
  for (const TriedPlan &donor : llvm::makeArrayRef(tops).drop_front())
    best = cross(trial, std::move(best), donor.plan, trials);
  auto part = trials / 3;
  trials -= part;
  best = climb(trial, std::move(best), part);
  trials += part;
  for (const TriedPlan &donor : known)
    best = cross(trial, std::move(best), donor.plan, trials);
  best = climb(trial, std::move(best), trials);
  return std::move(best.plan);
}

} // namespace

llvm::Expected<TilePlan> choosePlan(const bst::Program &program, llvm::ArrayRef<uint32_t> roots,
                                    const Target &target) {
  llvm::Expected<TilePlan> first = planSections(program, roots, shareOf(target, {}));
  // Where frames do not overlap, the sum of the sections' times is what counts; a compiler that
  // goes layer by layer has no choice.
  if (!first || target.device.framesInFlight == 1 || target.device.layerByLayer)
    return first;
  PlanTrial trial(program, roots, target);
  return Chooser(trial, std::move(*first)).run();
}

} // namespace bstc
