#include "partitioner/plan_trial.h"

#include "backends/target.h"
#include "partitioner/arena.h"
#include "partitioner/steady_state.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

void applyPlan(bst::Program &program, llvm::ArrayRef<uint32_t> roots, const TilePlan &plan,
               const Target &target, TilingContext &context) {
  planArena(program, roots, plan);
  program.tiles = {};
  emitTiles(program, plan, target, context);
}

TriedPlan PlanTrial::run(TilePlan plan, double wanted) {
  applyPlan(scratch, roots, plan, target, tiling);
  const std::vector<OpDemand> demands = tileDemands(scratch, scratch.tiles, target);
  return {std::move(plan), steadyPeriod(scratch.tiles, demands, target, wanted)};
}

bool PlanTrial::fits(const TilePlan &plan, Section &section) {
  const Target part = shareOf(target, plan.share);
  SectionBands bands(tiling, section.last, section.bands, section.style);
  while (bands.firstUnit() > section.first)
    if (!bands.grow())
      return false;
  uint64_t weights = 0;
  for (uint32_t unit = section.first; unit <= section.last; ++unit)
    weights += (plan.units[unit].weightBytes + 63) / 64 * 64;
  section.resident = section.bands > 1 && weights <= uint64_t(part.maca.weightMemoryBytes);
  const uint64_t places = section.lag <= section.last - section.first ? 2 : 1;
  return places * bands.place().bandBytes <= uint64_t(part.maca.dataMemoryBytes);
}

namespace {

class Climber {
public:
  Climber(PlanTrial &trial, TriedPlan from, uint32_t &trials)
      : trial(trial), best(std::move(from)), trials(trials) {}

  TriedPlan run() {
    for (bool better = true; better && trials;) {
      better = false;
      for (size_t at = 0; at < best.plan.sections.size(); ++at)
        while (improve(at))
          better = true;
    }
    return std::move(best);
  }
  TriedPlan cross(const TilePlan &donor);

private:
  bool inBands(const Section &section) const { return best.plan.units[section.first].inBands; }
  bool replace(size_t at, size_t count, llvm::ArrayRef<Section> by);
  bool improve(size_t at);
  bool improveBands(size_t at);
  bool improveStyle(size_t at);
  bool improveEnds(size_t at);

  PlanTrial &trial;
  TriedPlan best;
  uint32_t &trials;
};

/// One band after the other, as a section whose units change is run.
Section between(Section section, uint32_t first, uint32_t last) {
  section.first = first;
  section.last = last;
  section.lag = last - first + 1;
  return section;
}

} // namespace

/// Tries other sections in place of some.
bool Climber::replace(size_t at, size_t count, llvm::ArrayRef<Section> by) {
  if (!trials)
    return false;
  TilePlan plan = best.plan;
  std::vector<Section> made(by.begin(), by.end());
  for (Section &section : made)
    if (!trial.fits(plan, section))
      return false;
  const auto begin = plan.sections.begin() + ptrdiff_t(at);
  plan.sections.insert(plan.sections.erase(begin, begin + ptrdiff_t(count)), made.begin(),
                       made.end());
  --trials;
  TriedPlan tried = trial.run(std::move(plan), best.period);
  if (tried.period >= best.period * (1 - 1e-5))
    return false;
  best = std::move(tried);
  return true;
}

bool Climber::improveBands(size_t at) {
  Section section = best.plan.sections[at];
  const std::vector<uint32_t> counts = bandCountsFor(best.plan.units[section.last].rows);
  const auto here = llvm::lower_bound(counts, section.bands);
  const auto withBands = [&](uint32_t bands) {
    Section other = section;
    other.bands = bands;
    return replace(at, 1, other);
  };
  return (here != counts.begin() && withBands(*std::prev(here))) ||
         (here != counts.end() && std::next(here) != counts.end() && withBands(*std::next(here)));
}

bool Climber::improveStyle(size_t at) {
  const Section section = best.plan.sections[at];
  const uint32_t units = section.last - section.first + 1;
  Section ahead = section, early = section, side = section;
  ahead.style.ahead = !section.style.ahead;
  early.style.early = !section.style.early;
  side.lag = section.lag < units ? units : (units + 1) / 2;
  return (section.bands > 1 && replace(at, 1, ahead)) || replace(at, 1, early) ||
         (section.bands > 1 && units > 1 && replace(at, 1, side));
}

bool Climber::improveEnds(size_t at) {
  const Section section = best.plan.sections[at];
  const uint32_t units = section.last - section.first + 1;
  if (at + 1 < best.plan.sections.size() && inBands(best.plan.sections[at + 1])) {
    const Section next = best.plan.sections[at + 1];
    const auto endAt = [&](uint32_t last) {
      return replace(at, 2,
                     {between(section, section.first, last), between(next, last + 1, next.last)});
    };
    if ((next.last - section.first < mostUnits &&
         replace(at, 2, between(next, section.first, next.last))) ||
        (units > 1 && endAt(section.last - 1)) || (next.last > next.first && endAt(next.first)))
      return true;
  }
  const uint32_t middle = section.first + units / 2;
  return units > 3 && replace(at, 1,
                              {between(section, section.first, middle - 1),
                               between(section, middle, section.last)});
}

/// Tries the neighbours of one section until one is better.
bool Climber::improve(size_t at) {
  return inBands(best.plan.sections[at]) &&
         (improveBands(at) || improveStyle(at) || improveEnds(at));
}

TriedPlan Climber::cross(const TilePlan &donor) {
  const std::vector<Section> &given = donor.sections;
  size_t at = 0, from = 0;
  while (at < best.plan.sections.size() && trials) {
    // Up to the next unit behind which both have a cut.
    size_t end = at, givenEnd = from;
    while (best.plan.sections[end].last != given[givenEnd].last)
      best.plan.sections[end].last < given[givenEnd].last ? ++end : ++givenEnd;
    ++end, ++givenEnd;
    const auto piece = llvm::makeArrayRef(given).slice(from, givenEnd - from);
    if (llvm::makeArrayRef(best.plan.sections).slice(at, end - at) != piece &&
        replace(at, end - at, piece))
      end = at + piece.size();
    at = end;
    from = givenEnd;
  }
  return std::move(best);
}

TriedPlan climb(PlanTrial &trial, TriedPlan from, uint32_t &trials) {
  return Climber(trial, std::move(from), trials).run();
}

TriedPlan cross(PlanTrial &trial, TriedPlan into, const TilePlan &donor, uint32_t &trials) {
  return Climber(trial, std::move(into), trials).cross(donor);
}

} // namespace bstc
