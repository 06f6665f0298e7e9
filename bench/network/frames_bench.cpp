// Frames in flight: pictures a second of one session on two threads with one, two and three frames,
// in turns, so that whatever else the machine does slows all of them. `of_one`: over that of one
// frame.

#include "bench/support/zoo_package.h"
#include "driver/package_run.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>

using namespace bstc;
using namespace bstc::bench;

namespace {

constexpr unsigned threads = 2;

/// A session whose frames are all kept in flight.
class Flight {
public:
  Flight(const bstrt::Package &package, const bstrt::Device &device, uint32_t frames)
      : frames(frames), session(make(package, device, frames)) {}

  /// Runs `pictures`, and keeps the best rate.
  void run(uint32_t pictures) {
    const auto start = std::chrono::steady_clock::now();
    for (uint32_t picture = 0; picture < pictures + frames; ++picture) {
      const uint32_t frame = picture % frames;
      if (picture >= frames)
        ok &= frames == 1 ? !session.run() : !session.wait(frame);
      if (picture < pictures && frames > 1)
        ok &= !session.submit(frame);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::max(best, pictures / took.count());
  }

  double best = 0; ///< Pictures a second.
  bool ok = true;

private:
  static bstrt::Session make(const bstrt::Package &package, const bstrt::Device &device,
                             uint32_t frames) {
    auto options = bstrt::Session::defaults();
    options.threads = threads;
    options.frames = frames;
    return std::move(*bstrt::Session::create(package, device, options));
  }
  const uint32_t frames;
  bstrt::Session session;
};

void framesInFlight(benchmark::State &state) {
  ZooOptions zoo;
  zoo.network = "yolov5n";
  zoo.size = 320;
  const bstrt::Package package =
      llvm::cantFail(openInMemory(packageOf(llvm::cantFail(buildZooModel(zoo)))));
  const bstrt::Device device = llvm::cantFail(openSimulator());
  Flight one(package, device, 1), two(package, device, 2), three(package, device, 3);
  for (auto _ : state)
    for (Flight *flight : {&one, &two, &three})
      flight->run(12);
  if (!one.ok || !two.ok || !three.ok)
    state.SkipWithError("a frame does not run");
  state.counters["fps_1"] = one.best;
  state.counters["of_one_2"] = two.best / one.best;
  state.counters["of_one_3"] = three.best / one.best;
}

} // namespace

BENCHMARK(framesInFlight)->Unit(benchmark::kMillisecond)->UseRealTime();
