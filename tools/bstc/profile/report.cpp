#include "tools/bstc/profile/report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <set>

namespace bstc {

std::string milliseconds(double seconds) { return fixedPoint(seconds * 1e3, 3); }
std::string percent(double share) { return fixedPoint(share * 100, 1); }

namespace {

std::string microseconds(double seconds) { return fixedPoint(seconds * 1e6, 1); }

double peakMacsPerSecond(const Target &target) {
  return double(target.maca.macsPerCycle) * target.maca.clockMHz * 1e6 *
         double(target.device.cores);
}

/// What commands of one kind take of a frame.
struct Passes {
  size_t count = 0, riding = 0;
  double seconds = 0;
  uint64_t dram = 0;
  void add(const CommandCost &cost) {
    ++count;
    riding += cost.tiles == 0 || cost.computeSeconds == 0;
    seconds += cost.seconds;
    dram += cost.work.dramRead + cost.work.dramWrite;
  }
};

/// Why no table is a command of EDP.
const char *whyNoPasses(const Profile &profile) {
  const auto on = [&](bst::Engine engine) { return profile.cost.engines[size_t(engine)].commands; };
  if (on(bst::Engine::Maca))
    return "MACA's convolutions clamp their results themselves";
  return on(bst::Engine::Edp) ? "nothing runs on MACA"
                              : "nothing runs on MACA or EDP, all is float on DSP";
}

/// Activations that are commands of their own are the difference between SiLU and ReLU.
void printActivations(const Profile &profile, llvm::raw_ostream &stream) {
  std::map<std::string, Passes> tables;
  Passes rescales, floats;
  for (const CommandCost &cost : profile.cost.commands) {
    const bst::Params &params = profile.program.commands[cost.command].params;
    if (const auto *table = std::get_if<bst::LutParams>(&params))
      (table->function == "rescale" ? rescales : tables[table->function]).add(cost);
    else if (std::holds_alternative<bst::FloatUnaryParams>(params))
      floats.add(cost);
  }
  if (tables.empty())
    stream << "EDP activation passes: none (" << whyNoPasses(profile) << ")\n";
  for (const auto &[function, sum] : tables)
    if (sum.riding == sum.count)
      stream << "EDP activation passes: none (" << sum.count << " x " << function
             << " ride on MACA's convolutions, at "
             << numberText(profile.target.maca.fusedTableBytesPerCycle) << " bytes/cycle)\n";
    else
      stream << "EDP activation passes: " << sum.count << " x " << function << ", "
             << milliseconds(sum.seconds) << " ms and " << bytesText(sum.dram)
             << " of DRAM traffic a frame, which a fused ReLU would not cost\n";
  if (rescales.count)
    stream << "EDP rescaling passes: " << rescales.count << ", " << milliseconds(rescales.seconds)
           << " ms and " << bytesText(rescales.dram) << " of DRAM traffic a frame\n";
  if (floats.count)
    stream << "float functions of one operand on DSP: " << floats.count << ", "
           << milliseconds(floats.seconds) << " ms a frame\n";
}

/// What is gained where residual sums ride on convolutions.
void printFusedAdds(const Profile &profile, llvm::raw_ostream &stream) {
  if (!profile.fusedAdds)
    return;
  const FusedAdds &apart = *profile.fusedAdds;
  const CostReport &cost = profile.cost;
  const double traffic = double(cost.dramRead + cost.dramWrite);
  stream << "residual adds: " << apart.count
         << " ride on MACA's convolutions; on EDP instead: " << fixedPoint(apart.framesPerSecond, 1)
         << " FPS (" << signedFixed((apart.framesPerSecond / cost.framesPerSecond - 1) * 100, 1)
         << "%), latency " << signedFixed((apart.latencySeconds - cost.latencySeconds) * 1e3, 3)
         << " ms, DRAM traffic " << signedFixed((double(apart.dramBytes) - traffic) / 1e6, 2)
         << " MB a frame\n";
}

void printRoofline(const CostReport &cost, llvm::raw_ostream &stream) {
  if (cost.roofline.seconds == 0)
    return;
  stream << llvm::formatv("roofline       {0} FPS ({1}), of which {2}% reached\n",
                          fixedPoint(1 / cost.roofline.seconds, 1), boundName(cost.roofline.bound),
                          percent(cost.shareOfRoofline));
  printBreakdown(cost, stream);
}

void printOnChip(const Profile &profile, llvm::raw_ostream &stream) {
  Occupancy most;
  for (const Occupancy &step : profile.cost.occupancy) {
    most.dataBytes = std::max(most.dataBytes, step.dataBytes);
    most.weightBytes = std::max(most.weightBytes, step.weightBytes);
  }
  const bst::TileProgram &tiles = profile.program.tiles;
  stream << llvm::formatv("on chip        at most {0} of {1} data, {2} of {3} weights; {4} tile "
                          "operations\n",
                          bytesText(most.dataBytes), bytesText(tiles.dataPart()),
                          bytesText(most.weightBytes), bytesText(tiles.weightPart()),
                          withCommas(tiles.ops.size()));
  if (tiles.contexts > 1)
    stream << "               " << tiles.contexts << " frames at one time, each in a part of "
           << bytesText(tiles.dataBytes) << " of data and " << bytesText(tiles.weightBytes)
           << " of weight memory\n";
  if (tiles.once)
    stream << "               constants of " << withCommas(tiles.once) << " convolutions ("
           << bytesText(tiles.keptBytes) << ") stay on chip for all frames\n";
}

/// Of the arena over the largest live set.
double arenaExcess(const bst::Program &program) {
  const auto least = double(program.arenaLowerBound);
  return least > 0 ? double(program.arenaSize) / least - 1 : 0;
}

std::string boundText(Bound bound) {
  switch (bound) {
  case Bound::Overhead:
    return "starts of commands and transfers";
  case Bound::Sync:
    return "no single resource";
  case Bound::None:
    return "nothing";
  default:
    return llvm::StringRef(boundName(bound)).upper();
  }
}

/// "twice as much of each alone: DSP +74.0%, MACA 0.0%, ...", the greatest first.
void printGains(const CostReport &cost, llvm::raw_ostream &stream) {
  std::array<size_t, boundCount> order{};
  for (size_t resource = 0; resource < boundCount; ++resource)
    order[resource] = resource;
  llvm::stable_sort(order, [&](size_t a, size_t b) { return cost.faster[a] > cost.faster[b]; });
  stream << "               FPS with twice as much of one:";
  const char *separator = " ";
  for (size_t resource : order) {
    const double gain = cost.faster[resource] / cost.framesPerSecond - 1;
    const bool starts = Bound(resource) == Bound::Overhead;
    stream << separator << (starts ? "starts halved" : boundText(Bound(resource))) << ' '
           << signedFixed(gain * 100, 1) << '%';
    separator = ", ";
  }
  stream << '\n';
}

void printTotals(const Profile &profile, llvm::raw_ostream &stream) {
  const CostReport &cost = profile.cost;
  const Standing standing = standingOf(cost, profile.range, profile.target);
  stream << llvm::formatv("throughput     {0} FPS, bound by {1} ({2})\n",
                          fixedPoint(cost.framesPerSecond, 1), boundText(cost.bound),
                          profile.target.device.framesInFlight > 1
                              ? "consecutive frames overlap across engines"
                              : "a frame is a job; the host works beside it");
  if (cost.framesPerSecond > 0)
    printGains(cost, stream);
  if (standing.low < standing.high)
    stream << "               " << fpsSentence(standing) << "; " << modelErrorSentence() << '\n';
  if (standing.share > 0)
    stream << "bound          " << boundSentence(standing) << '\n';
  const double outside = cost.driverSeconds + profile.target.host.frameMilliseconds * 1e-3;
  stream << llvm::formatv(
      "latency        {0} ms (one frame alone{1})\n", milliseconds(cost.latencySeconds),
      outside > 0 ? ", of it " + milliseconds(outside) + " of driver and host" : "");
  printRoofline(cost, stream);
  stream << llvm::formatv("share of peak  {0}% of {1} TOPS\n", percent(cost.shareOfPeak),
                          fixedPoint(2 * peakMacsPerSecond(profile.target) / 1e12, 1));
  stream << llvm::formatv(
      "MACs           {0}, {1} more in halos of bands, {2} array slots{3}\n",
      withPrefix(double(cost.macs)), withPrefix(double(cost.recomputedMacs)),
      withPrefix(double(cost.macSlots)),
      cost.macSlots ? " (" + percent(double(cost.macs) / double(cost.macSlots)) + "% used)" : "");
  stream << llvm::formatv(
      "DRAM           {0} read, {1} written a frame (least: {2} in all): {3} of {4} "
      "GB/s\n",
      bytesText(cost.dramRead), bytesText(cost.dramWrite), bytesText(cost.roofline.dramBytes),
      fixedPoint(double(cost.dramRead + cost.dramWrite) * cost.framesPerSecond / 1e9, 1),
      numberText(profile.target.dram.gigabytesPerSecond));
  if (cost.hostBytes)
    stream << llvm::formatv("host           {0} read and written a frame, past the device\n",
                            bytesText(cost.hostBytes));
  stream << llvm::formatv("arena          {0}, {1}% above its lower bound (largest live set {2})\n",
                          bytesText(profile.program.arenaSize),
                          percent(arenaExcess(profile.program)),
                          bytesText(profile.program.arenaLowerBound));
  printOnChip(profile, stream);
}

/// What the FPS rests on: fields that are assumed or have a range, the greatest effect first.
void printAssumptions(const Profile &profile, llvm::raw_ostream &stream) {
  const Target &target = profile.target;
  const auto assumed = [](const TargetField &field) { return field.origin == Origin::Assumed; };
  const auto count = size_t(llvm::count_if(target.fields, assumed));
  if (!profile.range || (count == 0 && profile.range->effects.empty()))
    return;
  stream
      << "these times are predictions; they rest on " << counted(count, "assumed field") << " of "
      << target.name << " ('bstc targets " << llvm::StringRef(target.name).split(',').first
      << "' says why).\nFPS with one field at either end of its range, the others as they are:\n";
  Table table({{"field"},
               {"value", true},
               {"from", true},
               {"to", true},
               {"unit"},
               {"FPS worse", true},
               {"FPS better", true}});
  std::set<size_t> shown;
  const auto add = [&](size_t index, const std::string &worse, const std::string &better) {
    const TargetField &field = target.fields[index];
    const bool range = field.uncertain();
    table.add({field.key, numberText(field.value), range ? numberText(field.low) : "-",
               range ? numberText(field.high) : "-", field.unit, worse, better});
    shown.insert(index);
  };
  for (const FpsRange::Effect &effect : profile.range->effects)
    add(effect.field, fixedPoint(effect.low, 1), fixedPoint(effect.high, 1));
  for (size_t index = 0; index < target.fields.size(); ++index)
    if (!shown.count(index) && (assumed(target.fields[index]) || target.fields[index].uncertain()))
      add(index, target.fields[index].uncertain() ? "the same" : "-",
          target.fields[index].uncertain() ? "the same" : "-");
  table.print(stream);
  for (const FpsRange::Effect &effect : profile.range->effects)
    if (!effect.refusal.empty())
      stream << "at an end of " << target.fields[effect.field].key
             << " the network does not run: " << effect.refusal << '\n';
  stream << '\n';
}

/// Work that bands do once more, over that of the network.
std::string haloText(const CommandCost &cost) {
  const auto share = [](uint64_t more, uint64_t asked) {
    return more && asked ? percent(double(more) / double(asked)) : "-";
  };
  return cost.work.macs ? share(cost.recomputedMacs, cost.work.macs)
                        : share(cost.recomputedElements, cost.work.elements);
}

} // namespace

std::string Assumptions::whatIf() const {
  std::string text;
  const auto add = [&](const std::string &change) {
    text.append(text.empty() ? "" : " ").append(change);
  };
  if (relu)
    add("relu");
  if (tieScales)
    add("tie-scales");
  if (size)
    add("size-" + std::to_string(size));
  return text;
}

std::array<EngineWork, bst::engineNames.size()> engineWork(const Profile &profile) {
  std::array<EngineWork, bst::engineNames.size()> sums;
  std::set<std::pair<bst::Engine, uint32_t>> constants;
  for (const CommandCost &cost : profile.cost.commands) {
    const bst::Command &command = profile.program.commands[cost.command];
    EngineWork &sum = sums[size_t(command.engine)];
    ++sum.commands;
    sum.macs += cost.work.macs;
    sum.dramRead += cost.work.dramRead;
    sum.dramWrite += cost.work.dramWrite;
    for (uint32_t input : command.inputs) {
      const bst::Tensor &tensor = profile.program.tensors[input];
      if (tensor.storage == bst::Storage::Weights &&
          constants.emplace(command.engine, input).second)
        sum.weights += tensor.size;
    }
  }
  return sums;
}

void printEngineWork(const Profile &profile, llvm::raw_ostream &stream) {
  const auto sums = engineWork(profile);
  Table table({{"engine"},
               {"commands", true},
               {"MACs", true},
               {"weights", true},
               {"DRAM read", true},
               {"DRAM written", true},
               {"busy ms", true}});
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine) {
    const EngineWork &sum = sums[engine];
    table.add({bst::engineNames[engine], std::to_string(sum.commands), withPrefix(double(sum.macs)),
               bytesText(sum.weights), bytesText(sum.dramRead), bytesText(sum.dramWrite),
               milliseconds(profile.cost.engines[engine].seconds())});
  }
  table.print(stream);
}

void printLayers(const Profile &profile, llvm::ArrayRef<const CommandCost *> rows,
                 llvm::raw_ostream &stream) {
  Table table({{"engine"},
               {"op"},
               nameColumn("node", 28),
               {"output"},
               {"tiles", true},
               {"MACs", true},
               {"halo %", true},
               {"comp us", true},
               {"DRAM us", true},
               {"DRAM KB", true},
               {"time us", true},
               {"share %", true},
               {"util %", true},
               {"bound"}});
  for (const CommandCost *row : rows) {
    const CommandCost &cost = *row;
    const bst::Command &command = profile.program.commands[cost.command];
    const bool maca = command.engine == bst::Engine::Maca;
    const double frame = profile.cost.latencySeconds;
    table.add(
        {bst::engineName(command.engine), bst::opcodeName(command.params), command.name,
         shapeText(profile.program.tensors[command.outputs[0]].shape), std::to_string(cost.tiles),
         cost.work.macs ? withPrefix(double(cost.work.macs)) : "-", haloText(cost),
         microseconds(cost.computeSeconds), microseconds(cost.memorySeconds),
         fixedPoint(double(cost.work.dramRead + cost.work.dramWrite) / 1e3, 1),
         microseconds(cost.seconds), percent(frame > 0 ? cost.seconds / frame : 0),
         maca ? percent(cost.utilisation) : "-", cost.tiles ? boundName(cost.bound) : "rides"});
  }
  table.print(stream);
}

void printFrames(const Timeline &timeline, llvm::raw_ostream &stream) {
  Table table({{"frame", true},
               {"start ms", true},
               {"end ms", true},
               {"takes ms", true},
               {"after the one before ms", true}});
  for (size_t frame = 0; frame < timeline.frameTimes.size(); ++frame) {
    const Interval &time = timeline.frameTimes[frame];
    table.add({std::to_string(frame), milliseconds(time.start), milliseconds(time.end),
               milliseconds(time.seconds()),
               frame ? milliseconds(time.end - timeline.frameTimes[frame - 1].end) : "-"});
  }
  table.print(stream);
}

void printProfile(const Profile &profile, llvm::raw_ostream &stream) {
  printEngineTimes(profile, stream);
  stream << '\n';
  printAssumptions(profile, stream);
  printActivations(profile, stream);
  printFusedAdds(profile, stream);
  printTotals(profile, stream);
  printOutlook(standingOf(profile.cost, profile.range, profile.target), profile.outlook, stream);
}

} // namespace bstc
