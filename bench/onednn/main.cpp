// The simulator's int8 convolutions against oneDNN's, on every shape of the zoo's networks, in one
// run. See bench/README.md.
#include "backends/simulator/simulator.h"
#include "bench/onednn/convolution.h"
#include "bench/onednn/onednn_convolution.h"
#include "bench/support/zoo_package.h"
#include "tools/bstc/cli/table.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <omp.h>
#include <thread>

using namespace bstc;
using namespace bstc::bench;

namespace {

namespace cl = llvm::cl;
cl::list<std::string> networks(cl::Positional, cl::desc("[NETWORK]..."));
cl::list<unsigned> threadCounts("threads", cl::CommaSeparated, cl::desc("default: 1,2"));
cl::opt<unsigned> rounds("rounds", cl::init(8), cl::desc("of both in turn (default: 8)"));

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// Milliseconds of the fastest run among those of a short while.
double bestOfAWhile(llvm::function_ref<void()> run) {
  using namespace std::chrono_literals;
  // OpenMP's threads spin for a few milliseconds before they sleep, and would disturb the other.
  std::this_thread::sleep_for(10ms);
  run();
  double best = std::numeric_limits<double>::infinity();
  const auto end = Clock::now() + 10ms;
  do {
    const auto start = Clock::now();
    run();
    best = std::min(best, Milliseconds(Clock::now() - start).count());
  } while (Clock::now() < end);
  return best;
}

struct Times {
  double ours = std::numeric_limits<double>::infinity(), theirs = ours; ///< Milliseconds.
};

/// A convolution of the network and its rival.
struct Contest {
  explicit Contest(const Occurrence &occurrence)
      : ours(occurrence), theirs(occurrence.convolution) {}

  void round(bst::Execution &execution) {
    best.theirs = std::min(best.theirs, bestOfAWhile([&] { theirs.run(); }));
    best.ours = std::min(best.ours, bestOfAWhile([&] {
                           if (!execution.run(ours.command).ok())
                             std::abort();
                         }));
  }

  Occurrence ours;
  OnednnConvolution theirs;
  Times best;
};

void addRow(Table &table, std::string name, std::string count, double macs, Times times,
            double peak, std::string implementation) {
  const auto rate = [&](double ms) { return macs / ms * 1e-6; };
  const auto share = [&](double ms) {
    return peak > 0 ? fixedPoint(100 * rate(ms) / peak, 1) : "-";
  };
  table.add({std::move(name), std::move(count), fixedPoint(times.ours, 3),
             fixedPoint(times.theirs, 3), fixedPoint(rate(times.ours), 1),
             fixedPoint(rate(times.theirs), 1), fixedPoint(times.theirs / times.ours, 2),
             share(times.ours), share(times.theirs), std::move(implementation)});
}

void compareNetwork(llvm::StringRef name, ZooOptions::Quant quant, unsigned threads) {
  Network network(packageOf(zooModel(name, ZooOptions::Activation::Relu, quant)));
  const std::unique_ptr<bst::Execution> execution = network.prepare(threads);
  omp_set_num_threads(int(threads));

  std::vector<Contest> contests;
  for (const Occurrence &occurrence : network.convolutions())
    contests.emplace_back(occurrence);
  double peak = 0; // GMAC/s.
  // Round by round over all of them, so that no convolution meets only a busy machine.
  for (unsigned round = 0; round < rounds; ++round) {
    peak = std::max(peak, bst::simulatorPeakMacs(nullptr) * threads * 1e-9);
    for (Contest &contest : contests)
      contest.round(*execution);
  }

  Table table({{"convolution"},
               {"count", true},
               {"ours ms", true},
               {"oneDNN ms", true},
               {"ours GMAC/s", true},
               {"oneDNN GMAC/s", true},
               {"ours/oneDNN", true},
               {"ours % of peak", true},
               {"oneDNN %", true},
               {"oneDNN's kernel"}});
  Times sum = {0, 0};
  double macs = 0;
  for (const Contest &contest : contests) {
    const auto &[convolution, command, count] = contest.ours;
    addRow(table, convolution.name(), std::to_string(count), convolution.macs(), contest.best, peak,
           contest.theirs.implementation());
    sum.ours += contest.best.ours * count;
    sum.theirs += contest.best.theirs * count;
    macs += convolution.macs() * count;
  }
  table.addRule();
  addRow(table, "all", "", macs, sum, peak, "");
  llvm::outs() << "\n"
               << name << ", " << (quant == ZooOptions::Quant::U8 ? "u8" : "s8") << " activations, "
               << threads << (threads == 1 ? " thread" : " threads") << ", peak "
               << fixedPoint(peak, 1) << " GMAC/s\n";
  table.print(llvm::outs());
  llvm::outs().flush();
}

} // namespace

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "int8 convolutions: the simulator against oneDNN\n");
  if (networks.empty())
    for (const char *network : {"yolov5n", "yolov5s", "yolov5m"})
      networks.push_back(network);
  if (threadCounts.empty())
    for (unsigned count : {1u, 2u})
      threadCounts.push_back(count);
  const dnnl_version_t &version = *dnnl_version();
  llvm::outs() << "oneDNN " << version.major << "." << version.minor << "." << version.patch
               << "; ours/oneDNN above 1: ours is faster\n";
  for (const std::string &network : networks)
    for (ZooOptions::Quant quant : {ZooOptions::Quant::U8, ZooOptions::Quant::S8})
      for (unsigned threads : threadCounts)
        compareNetwork(network, quant, threads);
}
