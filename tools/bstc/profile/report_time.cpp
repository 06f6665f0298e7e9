// Where the time from frame to frame goes, in the terminal.
#include "tools/bstc/profile/report.h"

#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace bstc {
namespace {

std::string orNothing(double seconds) { return seconds < 0.5e-6 ? "-" : milliseconds(seconds); }

/// What an idle engine waits for, by bst::Queue, then otherCause.
constexpr const char *causeColumns[waitCauses] = {"waits for maca", "edp",   "dsp",   "load",
                                                  "weights",        "store", "driver"};
constexpr const char *causeTexts[waitCauses] = {"while MACA works",         "while EDP works",
                                                "while DSP works",          "while maps are loaded",
                                                "while weights are loaded", "while maps are stored",
                                                "for the driver or host"};

void addBusy(Table &table, const CostReport &cost, const Target &target, size_t engine) {
  const EngineTime &time = cost.engines[engine];
  const double period = 1 / cost.framesPerSecond;
  const double peak = std::min(cost.roofline.engines[engine], time.computeSeconds);
  const double halos = std::min(time.haloSeconds, time.computeSeconds - peak);
  const double clock = clockHz(bst::Engine(engine), target);
  table.add({bst::engineNames[engine], std::to_string(time.commands),
             withCommas(uint64_t(std::llround(time.seconds() * clock))), milliseconds(peak),
             orNothing(time.computeSeconds - peak - halos), orNothing(halos),
             orNothing(time.overheadSeconds), orNothing(time.waitSeconds),
             milliseconds(time.seconds()), percent(time.seconds() / period)});
}

void addIdle(Table &table, const char *name, double idle, const Waits &waits) {
  std::vector<std::string> cells = {name, milliseconds(idle)};
  for (double wait : waits)
    cells.push_back(orNothing(wait));
  table.add(std::move(cells));
}

} // namespace

void printEngineTimes(const Profile &profile, llvm::raw_ostream &stream) {
  const CostReport &cost = profile.cost;
  if (cost.framesPerSecond <= 0)
    return;
  const double period = 1 / cost.framesPerSecond;
  stream << "a frame every " << milliseconds(period) << " ms in the steady state; of these, ms:\n";
  Table busy({{"engine"},
              {"commands", true},
              {"cycles", true},
              {"at peak", true},
              {"quanta", true},
              {"halos", true},
              {"starts", true},
              {"memory", true},
              {"busy", true},
              {"busy %", true}});
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine)
    addBusy(busy, cost, profile.target, engine);
  const ResourceUse &dram = cost.dram;
  const double moving = dram.compute + dram.starts + dram.memory;
  busy.add({"dram", "", "", milliseconds(dram.compute), "", "", orNothing(dram.starts),
            orNothing(dram.memory), milliseconds(moving), percent(moving / period)});
  busy.print(stream);
  stream << '\n';
  std::vector<Column> columns = {{"engine"}, {"idle", true}};
  for (const char *cause : causeColumns)
    columns.push_back({cause, true});
  Table idle(columns);
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine)
    addIdle(idle, bst::engineNames[engine], cost.engines[engine].idleSeconds,
            cost.engines[engine].waits);
  addIdle(idle, "dram", dram.idle(), dram.waits);
  idle.print(stream);
}

void printBreakdown(const CostReport &cost, llvm::raw_ostream &stream) {
  const Breakdown &parts = cost.breakdown;
  const bool dram = parts.resource == Bound::Dram;
  const double quanta = dram ? 0.0 : parts.excess - parts.halos;
  stream << "frame time     " << milliseconds(1 / cost.framesPerSecond)
         << " ms = " << milliseconds(parts.minimum) << (dram ? " of least DRAM traffic" : " of ")
         << (dram ? "" : llvm::StringRef(boundName(parts.resource)).upper() + " at its peak");
  const auto more = [&](double seconds, const llvm::Twine &what) {
    if (seconds >= 0.5e-6)
      stream << "\n               + " << milliseconds(seconds) << ' ' << what;
  };
  more(quanta, "block quanta, efficiency and tables of the engine");
  more(parts.halos, "halos computed again");
  more(dram ? parts.excess : 0, "feature maps that pass through DRAM, data loaded again");
  more(parts.starts, dram ? "starts of transfers" : "starts of commands");
  more(parts.waits, dram ? "moving at less than the full rate" : "waiting for DRAM in commands");
  for (size_t cause = 0; cause < waitCauses; ++cause)
    more(parts.waitsFor[cause], llvm::Twine("idle ") + causeTexts[cause]);
  stream << '\n';
}

} // namespace bstc
