#include "partitioner/sections.h"

#include "backends/engine.h"
#include "backends/target.h"
#include "ir/error.h"
#include "partitioner/section_bands.h"
#include "runtime/program/tile_parts.h"
#include "runtime/support/text.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

namespace bstc {

constexpr uint32_t bandCounts[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 16, 18,
                                   20, 22, 24, 26, 28, 30, 32, 36, 40, 45, 50, 60, 70, 80, 160};
constexpr double impossible = std::numeric_limits<double>::infinity();

int32_t channelsOfPiece(const bst::Program &program, const TileUnit &unit, const Target &target,
                        bool whole) {
  const int32_t channels = program.tensors[unit.tensor].shape[1];
  if (whole || !unit.weightBytes)
    return channels;
  // Four pieces in memory at a time: one is used, the others are on their way.
  const auto most = std::max<uint64_t>(uint64_t(target.maca.weightMemoryBytes) / 4, 1);
  const auto pieces = int64_t((unit.weightBytes + most - 1) / most);
  const auto step = int64_t(bst::channelStep(program, program.commands[unit.commands[0]],
                                             uint32_t(target.maca.outChannelQuantum)));
  const int64_t piece = ((channels + pieces - 1) / pieces + step - 1) / step * step;
  return int32_t(std::min<int64_t>(piece, channels));
}

int32_t inputsOfPiece(const bst::Program &program, const TileUnit &unit, const Target &target,
                      bool whole) {
  if (whole || !unit.weightBytes)
    return 0;
  const bst::Tensor &constants = program.tensors[program.commands[unit.commands[0]].inputs[1]];
  const auto memory = uint64_t(target.maca.weightMemoryBytes);
  const int32_t channels = channelsOfPiece(program, unit, target, false);
  if (bst::partBytes(constants, {0, 0, 0, channels}, 1) <= memory)
    return 0;
  const int32_t step = bst::inputStep(constants, uint32_t(target.maca.outChannelQuantum));
  int32_t inputs = step;
  while (step && inputs + step < constants.shape[1] &&
         4 * bst::partBytes(constants, {0, inputs + step, 0, channels}, 1) <= memory)
    inputs += step;
  return inputs < constants.shape[1] ? inputs : 0;
}

Target shareOf(const Target &target, const MemoryShare &share) {
  Target part = target;
  const auto weights = target.maca.weightMemoryBytes - int64_t(share.keptBytes);
  part.maca.dataMemoryBytes = target.maca.dataMemoryBytes / share.contexts / 64 * 64;
  part.maca.weightMemoryBytes = weights / share.contexts / 64 * 64;
  return part;
}

uint64_t keepWeights(std::vector<TileUnit> &units, uint64_t bytes) {
  std::vector<TileUnit *> order;
  for (TileUnit &unit : units)
    if (unit.weightBytes)
      order.push_back(&unit);
  llvm::stable_sort(
      order, [](const TileUnit *a, const TileUnit *b) { return a->weightBytes < b->weightBytes; });
  uint64_t taken = 0;
  for (TileUnit *unit : order) {
    const uint64_t needed = (unit->weightBytes + 63) / 64 * 64;
    if (taken + needed > bytes)
      break;
    taken += needed;
    unit->keptBytes = std::exchange(unit->weightBytes, 0);
  }
  return taken;
}

std::vector<uint32_t> bandCountsFor(int32_t rows) {
  std::vector<uint32_t> counts;
  for (uint32_t count : bandCounts)
    if (int32_t(count) < rows)
      counts.push_back(count);
  counts.push_back(uint32_t(std::max(rows, 1)));
  return counts;
}

static llvm::Error checkWeights(const bst::Program &program, const TileUnit &unit,
                                const Target &target) {
  if (!unit.weightBytes)
    return llvm::Error::success();
  const bst::Command &conv = program.commands[unit.commands[0]];
  const int32_t channels = channelsOfPiece(program, unit, target, false);
  const int32_t inputs = inputsOfPiece(program, unit, target, false);
  const uint64_t bytes =
      bst::partBytes(program.tensors[conv.inputs[1]], {0, inputs, 0, channels}, 1);
  if (bytes <= uint64_t(target.maca.weightMemoryBytes))
    return llvm::Error::success();
  return makeError(Code::WeightsDoNotFit,
                   "node '" + conv.name + "' does not fit into the weight memory: the weights of " +
                       (inputs ? llvm::Twine(inputs) + " input and " : llvm::Twine("")) +
                       llvm::Twine(channels) + " output channels take " + llvm::Twine(bytes) +
                       " bytes, the memory has " + llvm::Twine(target.maca.weightMemoryBytes));
}

bool constantsFit(const bst::Program &program, llvm::ArrayRef<TileUnit> units,
                  const Target &target) {
  return llvm::all_of(units, [&](const TileUnit &unit) {
    llvm::Error error = unit.inBands ? checkWeights(program, unit, target) : llvm::Error::success();
    const bool fits = !error;
    llvm::consumeError(std::move(error));
    return fits;
  });
}

static llvm::Error tooLarge(const bst::Program &program, const TileUnit &unit,
                            TilingContext &context, uint32_t index) {
  SectionBands rows(context, index, uint32_t(std::max(unit.rows, 1)));
  rows.grow();
  return makeError(Code::RowDoesNotFit,
                   "node '" + program.commands[unit.commands.back()].name +
                       "' does not fit into the data memory: one row of its output " +
                       bst::text("{}", program.tensors[unit.tensor].shape) + " takes " +
                       llvm::Twine(rows.place().bandBytes) +
                       " bytes with the rows that it reads, " + "the memory has " +
                       llvm::Twine(context.target.maca.dataMemoryBytes));
}

namespace {

/// The best way to run the units up to one: the section that ends there, after the best way to run
/// what is before it.
struct Best {
  double seconds = impossible;
  Section section;
};

} // namespace

/// A compiler that goes layer by layer cuts no run of them into bands.
static bool layerAlone(const Target &target, uint32_t bands) {
  return target.device.layerByLayer && (bands > 1 || !target.device.keepsMaps);
}

/// All sections that end with unit `last`; best[i] is for the units before i.
static void extend(TilingContext &context, uint32_t last, std::vector<Best> &best) {
  const auto memory = uint64_t(context.target.maca.dataMemoryBytes);
  for (uint32_t count : bandCountsFor(context.units[last].rows)) {
    SectionBands bands(context, last, count);
    const uint32_t longest = layerAlone(context.target, count) ? 1 : mostUnits;
    while (last + 1 - bands.firstUnit() < longest && bands.grow()) {
      if (bands.liveBytes() > memory)
        break; // Units in front add to it.
      if (best[bands.firstUnit()].seconds + bands.leastSeconds() >= best[last + 1].seconds)
        continue;
      const Section section = bands.best();
      const double seconds = best[bands.firstUnit()].seconds + section.seconds;
      if (seconds >= best[last + 1].seconds)
        continue;
      const uint64_t bytes = bands.place().bandBytes;
      if (bytes > memory || (section.lag <= last - bands.firstUnit() && 2 * bytes > memory))
        continue;
      best[last + 1] = {seconds, section};
    }
  }
}

llvm::Expected<TilePlan> planSections(const bst::Program &program, llvm::ArrayRef<uint32_t> roots,
                                      const Target &target) {
  return planUnits(program, tileUnits(program, roots, target), target);
}

llvm::Expected<TilePlan> planUnits(const bst::Program &program, std::vector<TileUnit> units,
                                   const Target &target) {
  TilePlan plan;
  plan.units = std::move(units);
  TilingContext context(program, target, plan.units);
  std::vector<Best> best(plan.units.size() + 1);
  best[0].seconds = 0;
  for (uint32_t last = 0; last < plan.units.size(); ++last) {
    const TileUnit &unit = plan.units[last];
    if (!unit.inBands) {
      best[last + 1] = {best[last].seconds, {.first = last, .last = last}};
      continue;
    }
    if (llvm::Error error = checkWeights(program, unit, target))
      return error;
    extend(context, last, best);
    if (best[last + 1].seconds == impossible)
      return tooLarge(program, unit, context, last);
  }
  for (size_t end = plan.units.size(); end > 0; end = best[end].section.first)
    plan.sections.push_back(best[end].section);
  std::reverse(plan.sections.begin(), plan.sections.end());
  return plan;
}

SectionLayout layoutSection(TilingContext &context, const Section &section) {
  SectionBands bands(context, section.last, section.bands, section.style);
  while (bands.firstUnit() > section.first && bands.grow()) {
  }
  return bands.place();
}

uint64_t layerTraffic(const bst::Program &program, const Target &target) {
  const Riders riders(program, target);
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    const bst::Command &command = program.commands[i];
    if (riders.free(i) || onHost(bst::Queue(command.engine), target))
      continue;
    const Work work = backendOf(command.engine).cost(program, command, target);
    bytes += work.dramRead + work.dramWrite;
  }
  return bytes;
}

} // namespace bstc
