#include "tools/bstc/report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <set>

namespace bstc {
namespace {

std::string milliseconds(double seconds) { return fixedPoint(seconds * 1e3, 3); }
std::string microseconds(double seconds) { return fixedPoint(seconds * 1e6, 1); }
std::string percent(double share) { return fixedPoint(share * 100, 1); }

double peakMacsPerSecond(const Target &target) {
  return double(target.maca.macsPerCycle) * target.maca.clockMHz * 1e6;
}

void printLayers(const Profile &profile, llvm::raw_ostream &stream) {
  Table table({{"engine"},
               {"op"},
               {"node", false, 32},
               {"output"},
               {"MACs", true},
               {"comp us", true},
               {"DRAM us", true},
               {"time us", true},
               {"util %", true},
               {"bound"}});
  for (const CommandCost &cost : profile.cost.commands) {
    const bst::Command &command = profile.program.commands[cost.command];
    const bool maca = command.engine == bst::Engine::Maca;
    table.add({bst::engineName(command.engine), bst::opcodeName(command.params), command.name,
               shapeText(profile.program.tensors[command.outputs[0]].shape),
               cost.work.macs ? withPrefix(double(cost.work.macs)) : "-",
               microseconds(cost.computeSeconds), microseconds(cost.memorySeconds),
               microseconds(cost.seconds), maca ? percent(cost.utilisation) : "-",
               boundName(cost.bound)});
  }
  table.print(stream);
}

void printEngineTimes(const Profile &profile, llvm::raw_ostream &stream) {
  const CostReport &cost = profile.cost;
  Table table({{"engine"},
               {"commands", true},
               {"computes ms", true},
               {"waits for DRAM ms", true},
               {"starts ms", true},
               {"busy ms", true},
               {"% of frame time", true}});
  const double frame = cost.framesPerSecond > 0 ? 1 / cost.framesPerSecond : 1;
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine) {
    const EngineTime &time = cost.engines[engine];
    table.add({bst::engineNames[engine], std::to_string(time.commands),
               milliseconds(time.computeSeconds), milliseconds(time.waitSeconds),
               milliseconds(time.overheadSeconds), milliseconds(time.seconds()),
               percent(time.seconds() / frame)});
  }
  table.add(
      {"dram", "", "", "", "", milliseconds(cost.dramSeconds), percent(cost.dramSeconds / frame)});
  table.print(stream);
}

/// Activations that are commands of their own are the difference between SiLU and ReLU.
void printActivations(const Profile &profile, llvm::raw_ostream &stream) {
  struct Passes {
    size_t count = 0;
    double seconds = 0;
    uint64_t dram = 0;
  };
  std::map<std::string, Passes> passes;
  for (const CommandCost &cost : profile.cost.commands)
    if (const auto *table =
            std::get_if<bst::LutParams>(&profile.program.commands[cost.command].params)) {
      Passes &sum = passes[table->function];
      ++sum.count;
      sum.seconds += cost.seconds;
      sum.dram += cost.work.dramRead + cost.work.dramWrite;
    }
  if (passes.empty())
    stream << "EDP activation passes: none (activations are fused into MACA's convolutions)\n";
  for (const auto &[function, sum] : passes)
    stream << "EDP activation passes: " << sum.count << " x " << function << ", "
           << milliseconds(sum.seconds) << " ms and " << bytesText(sum.dram)
           << " of DRAM traffic a frame, which a fused ReLU would not cost\n";
}

void printTotals(const Profile &profile, llvm::raw_ostream &stream) {
  const CostReport &cost = profile.cost;
  const char *busiest = cost.bound == Bound::Dram ? "DRAM" : boundName(cost.bound);
  stream << llvm::formatv("throughput     {0} FPS, bound by {1} (consecutive frames overlap across "
                          "engines)\n",
                          fixedPoint(cost.framesPerSecond, 1), busiest);
  stream << llvm::formatv("latency        {0} ms (one frame alone, its commands in sequence)\n",
                          milliseconds(cost.latencySeconds));
  stream << llvm::formatv("share of peak  {0}% of {1} TOPS\n", percent(cost.shareOfPeak),
                          fixedPoint(2 * peakMacsPerSecond(profile.target) / 1e12, 1));
  stream << llvm::formatv(
      "MACs           {0}, {1} array slots{2}\n", withPrefix(double(cost.macs)),
      withPrefix(double(cost.macSlots)),
      cost.macSlots ? " (" + percent(double(cost.macs) / double(cost.macSlots)) + "% used)" : "");
  stream << llvm::formatv("DRAM           {0} read, {1} written a frame\n",
                          bytesText(cost.dramRead), bytesText(cost.dramWrite));
  stream << llvm::formatv("arena          {0} (largest live set {1})\n",
                          bytesText(profile.program.arenaSize),
                          bytesText(profile.program.arenaLowerBound));
}

void printAssumptions(const Target &target, llvm::raw_ostream &stream) {
  const size_t assumed = size_t(llvm::count_if(
      target.fields, [](const TargetField &field) { return field.origin == Origin::Assumed; }));
  if (assumed == 0)
    return;
  stream << "\nThese times are predictions. They rest on " << counted(assumed, "assumed field")
         << " of " << target.name << " ('bstc targets " << target.name << "' says why):\n";
  Table table({{"  field"}, {"value", true}, {"unit"}});
  for (const TargetField &field : target.fields)
    if (field.origin == Origin::Assumed)
      table.add({"  " + field.key, numberText(field.value), field.unit});
  table.print(stream);
}

} // namespace

void printEngineWork(const Profile &profile, llvm::raw_ostream &stream) {
  struct Sum {
    uint64_t commands = 0, macs = 0, weights = 0, dramRead = 0, dramWrite = 0;
    std::set<uint32_t> constants;
  } sums[bst::engineNames.size()];
  for (const CommandCost &cost : profile.cost.commands) {
    const bst::Command &command = profile.program.commands[cost.command];
    Sum &sum = sums[size_t(command.engine)];
    ++sum.commands;
    sum.macs += cost.work.macs;
    sum.dramRead += cost.work.dramRead;
    sum.dramWrite += cost.work.dramWrite;
    for (uint32_t input : command.inputs) {
      const bst::Tensor &tensor = profile.program.tensors[input];
      if (tensor.storage == bst::Storage::Weights && sum.constants.insert(input).second)
        sum.weights += tensor.size;
    }
  }
  Table table({{"engine"},
               {"commands", true},
               {"MACs", true},
               {"weights", true},
               {"DRAM read", true},
               {"DRAM written", true},
               {"busy ms", true}});
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine) {
    const Sum &sum = sums[engine];
    table.add({bst::engineNames[engine], std::to_string(sum.commands), withPrefix(double(sum.macs)),
               bytesText(sum.weights), bytesText(sum.dramRead), bytesText(sum.dramWrite),
               milliseconds(profile.cost.engines[engine].seconds())});
  }
  table.print(stream);
}

void printProfile(const Profile &profile, llvm::raw_ostream &stream) {
  printLayers(profile, stream);
  stream << '\n';
  printEngineTimes(profile, stream);
  stream << '\n';
  printActivations(profile, stream);
  printTotals(profile, stream);
  printAssumptions(profile.target, stream);
}

} // namespace bstc
