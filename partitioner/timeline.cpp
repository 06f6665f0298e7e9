#include "partitioner/timeline.h"

#include "partitioner/dram_port.h"
#include "partitioner/reuse.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cassert>
#include <limits>
#include <tuple>

namespace bstc {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr size_t queueCount = bst::queueNames.size();

/// Who waits for an operation: successors in its frame, and those of the next frame on its core.
struct Successors {
  std::vector<std::vector<uint32_t>> sameFrame, nextFrame;
  std::vector<uint32_t> sameCount, nextCount; ///< How many each operation waits for.

  explicit Successors(const bst::TileProgram &tiles)
      : sameFrame(tiles.ops.size()), nextFrame(tiles.ops.size()), sameCount(tiles.ops.size()),
        nextCount(tiles.ops.size()) {
    for (uint32_t op = 0; op < tiles.ops.size(); ++op) {
      for (uint32_t before : tiles.ops[op].dependsOn)
        sameFrame[before].push_back(op);
      sameCount[op] = uint32_t(tiles.ops[op].dependsOn.size());
    }
    const std::vector<std::vector<uint32_t>> users = lastUsersOfPlaces(tiles);
    for (uint32_t op = 0; op < users.size(); ++op) {
      for (uint32_t user : users[op])
        nextFrame[user].push_back(op);
      nextCount[op] = uint32_t(users[op].size());
    }
  }
};

/// Of a frame's operations on DSP, how many have to pass before nothing else waits for DSP: up to
/// the last one that an operation of another queue depends on.
uint32_t countFeeding(const bst::TileProgram &tiles, llvm::ArrayRef<uint32_t> onDsp,
                      const Successors &successors) {
  for (size_t count = onDsp.size(); count > 0; --count)
    if (llvm::any_of(successors.sameFrame[onDsp[count - 1]],
                     [&](uint32_t op) { return tiles.ops[op].queue != bst::Queue::Dsp; }))
      return uint32_t(count);
  return 0;
}

/// What no engine waits for (results of the network) is as urgent as what is needed so many frames
/// later: it moves when the memory has nothing else to do.
constexpr uint32_t framesOfPatience = 4;

/// How long each operation's result can wait: the position of the first operation of an engine that
/// needs it, directly or through transfers.
std::vector<uint32_t> urgencies(const bst::TileProgram &tiles, const Successors &successors) {
  const auto count = uint32_t(tiles.ops.size());
  std::vector<uint32_t> result(count, framesOfPatience * count);
  for (uint32_t op = count; op-- > 0;)
    for (uint32_t successor : successors.sameFrame[op])
      result[op] = std::min(result[op],
                            isEngine(tiles.ops[successor].queue) ? successor : result[successor]);
  return result;
}

/// A frame on its way.
struct Frame {
  std::vector<uint32_t> waitsFor;          ///< By operation: how many others have not ended.
  std::array<uint32_t, queueCount> next{}; ///< By queue: position of the next operation to start.
  uint32_t left = 0, jobLeft = 0;          ///< Operations to end: all, and those of the job.
  bool onDsp = false;                      ///< One of its operations runs there.
};

/// An operation that runs.
struct Running {
  uint32_t frame, op;
  bool started = false; ///< startSeconds are over.
  double timer;         ///< When startSeconds, then when the arithmetic ends; `never` after that.
  double readLeft, writeLeft;
  double readRate = 0, writeRate = 0; ///< Bytes a second, until the next event.
};

class Simulation {
public:
  Simulation(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands, const Target &target,
             uint32_t frames)
      : tiles(tiles), demands(demands), target(target), successors(tiles), port(target),
        cores(uint32_t(target.device.cores)), lanes(cores * tiles.contexts),
        window(framesInFlight(target)), jobs(target.device.framesInFlight == 1),
        urgency(urgencies(tiles, successors)) {
    timeline.frames = frames;
    timeline.frameTimes.assign(frames, {never, 0});
    for (uint32_t op = 0; op < tiles.ops.size(); ++op)
      order[size_t(tiles.ops[op].queue)].push_back(op);
    feeding = countFeeding(tiles, order[size_t(bst::Queue::Dsp)], successors);
    timeline.inFlight = window;
    this->frames.resize(frames);
    prepare();
    busy.assign(cores * queueCount, false);
    freeDsps = uint32_t(target.dsp.cores);
    channelsInUse.assign(cores, 0);
    for (uint32_t lane = 0; lane < lanes; ++lane)
      laneFrame.insert(laneFrame.end(), queueCount, lane);
    coreFreeAt.assign(cores, jobs ? target.device.frameMicroseconds * 1e-6 : 0);
    jobFrame.resize(cores);
    for (uint32_t core = 0; core < cores; ++core)
      jobFrame[core] = core;
  }

  Timeline run(llvm::function_ref<bool(llvm::ArrayRef<double>)> enough) {
    if (tiles.ops.empty())
      return std::move(timeline);
    for (uint32_t seen = 0; ended < timeline.frames;) {
      if (mayStart || jobs)
        startAll();
      step();
      if (enough && ended > seen && enough(ends))
        break;
      seen = ended;
    }
    timeline.endSeconds = now;
    return std::move(timeline);
  }

private:
  /// Those frames that may start soon, or whose places ones that may start have.
  void prepare();
  void prepare(uint32_t index);
  bool isHostOp(uint32_t op) const { return onHost(tiles.ops[op].queue, target); }
  /// May an operation of the frame start, as far as other frames are concerned?
  bool admitted(uint32_t frame, uint32_t op) const;
  bool ready(uint32_t frame, uint32_t op) const {
    return admitted(frame, op) && frames[frame].waitsFor[op] == 0;
  }
  void startAll();
  void startQueue(uint32_t core, bst::Queue queue);
  void startTransfers(uint32_t core);
  void startDsps();
  /// The frame whose operation a free DSP takes next, or timeline.frames.
  uint32_t nextForDsp() const;
  /// The operation at the head of a queue, if it can start: of several frames', that of least rank.
  bool head(uint32_t core, bst::Queue queue, uint32_t &frame, uint32_t &op);
  /// Which of several frames' operations a queue of a core takes: the least, then the oldest.
  double rank(uint32_t frame, uint32_t op) const;
  /// How soon its result is needed: operations between those that the engines run next for the
  /// frame and the first that needs it.
  uint32_t distance(uint32_t frame, uint32_t op) const;
  void start(uint32_t frame, uint32_t op);
  void step();
  /// DRAM moves something from now on.
  void addMoving(double seconds);
  void advance(double seconds);
  /// Gives what runs its rates. Does the device move anything?
  bool shareDram();
  void afterTimer(Running &running);
  bool finished(const Running &running) const {
    return running.started && running.timer == never && running.readLeft == 0 &&
           running.writeLeft == 0;
  }
  void end(const Running &op);

  const bst::TileProgram &tiles;
  llvm::ArrayRef<OpDemand> demands;
  const Target &target;
  Successors successors;
  DramPort port;
  uint32_t cores;
  uint32_t lanes; ///< Frame f works in the on-chip memory in which frame f - lanes did.
  uint32_t window;
  bool jobs;
  std::vector<uint32_t> urgency;                       ///< By operation; less is more urgent.
  std::array<std::vector<uint32_t>, queueCount> order; ///< Operations by queue.
  std::vector<Frame> frames;
  std::vector<Running> running;
  /// Of shareDram(): by distance and frame.
  std::vector<std::pair<std::pair<uint32_t, uint32_t>, Running *>> queue;
  std::vector<DramShare> shares; ///< By core; of shareDram().
  std::vector<bool> busy;        ///< By core and queue.
  uint32_t feeding;              ///< See countFeeding().
  uint32_t freeDsps;
  std::vector<uint32_t> channelsInUse; ///< By core.
  std::vector<uint32_t> laneFrame;     ///< By lane and queue: the frame it works on.
  std::vector<uint32_t> jobFrame;      ///< By core: the frame whose job runs or is next.
  std::vector<double> coreFreeAt;      ///< By core: when its next job may start.
  uint32_t oldest = 0;                 ///< Frame that has not ended.
  uint32_t prepared = 0;               ///< Frames that are.
  uint32_t ended = 0;                  ///< Frames that have.
  std::vector<double> ends;            ///< When.
  bool mayStart = true;                ///< Something has ended since startAll().
  double now = 0;
  Timeline timeline;
};

void Simulation::prepare() {
  const uint32_t until = std::min(ended + window + lanes, timeline.frames);
  timeline.ops.resize(size_t(until) * tiles.ops.size());
  for (; prepared < until; ++prepared)
    prepare(prepared);
}

void Simulation::prepare(uint32_t index) {
  Frame &frame = frames[index];
  frame.waitsFor = successors.sameCount;
  if (index >= lanes)
    for (size_t op = 0; op < tiles.ops.size(); ++op)
      frame.waitsFor[op] += successors.nextCount[op];
  frame.left = uint32_t(tiles.ops.size());
  for (uint32_t op = 0; op < tiles.ops.size(); ++op)
    frame.jobLeft += !isHostOp(op);
}

bool Simulation::admitted(uint32_t frame, uint32_t op) const {
  if (frame >= ended + window)
    return false;
  if (!jobs || isHostOp(op))
    return true;
  const uint32_t core = frame % cores;
  return jobFrame[core] == frame && coreFreeAt[core] <= now;
}

bool Simulation::head(uint32_t core, bst::Queue queue, uint32_t &frame, uint32_t &op) {
  const std::vector<uint32_t> &list = order[size_t(queue)];
  frame = timeline.frames;
  std::pair<double, uint32_t> least(never, timeline.frames);
  for (uint32_t lane = core; lane < lanes; lane += cores) {
    uint32_t &at = laneFrame[lane * queueCount + size_t(queue)];
    while (at < timeline.frames && frames[at].next[size_t(queue)] == list.size())
      at += lanes;
    if (at >= timeline.frames || !ready(at, list[frames[at].next[size_t(queue)]]))
      continue;
    const uint32_t candidate = list[frames[at].next[size_t(queue)]];
    if (const std::pair ranked(rank(at, candidate), at); ranked < least) {
      least = ranked;
      frame = at;
      op = candidate;
    }
  }
  return frame != timeline.frames;
}

double Simulation::rank(uint32_t frame, uint32_t op) const {
  switch (tiles.ops[op].queue) {
  case bst::Queue::Edp: // MACA, mostly at work on another frame, soon gets what it waits for.
    return demands[op].computeSeconds;
  case bst::Queue::LoadData:
  case bst::Queue::LoadWeights:
  case bst::Queue::Store:
    return distance(frame, op);
  case bst::Queue::Maca:
  case bst::Queue::Dsp: // See nextForDsp().
    break;
  }
  return frame;
}

uint32_t Simulation::distance(uint32_t frame, uint32_t op) const {
  auto at = uint32_t(tiles.ops.size());
  for (bst::Queue engine : {bst::Queue::Maca, bst::Queue::Edp})
    if (const uint32_t next = frames[frame].next[size_t(engine)];
        next < order[size_t(engine)].size())
      at = std::min(at, order[size_t(engine)][next]);
  return std::max(urgency[op], at) - at;
}

void Simulation::startQueue(uint32_t core, bst::Queue queue) {
  uint32_t frame, op;
  if (!busy[core * queueCount + size_t(queue)] && head(core, queue, frame, op))
    start(frame, op);
}

void Simulation::startTransfers(uint32_t core) {
  while (channelsInUse[core] < uint64_t(target.dma.channels)) {
    std::tuple<double, uint32_t, uint32_t> first(never, timeline.frames, 0);
    for (bst::Queue queue : {bst::Queue::LoadData, bst::Queue::LoadWeights, bst::Queue::Store}) {
      uint32_t frame, op;
      if (!busy[core * queueCount + size_t(queue)] && head(core, queue, frame, op))
        first = std::min(first, std::tuple(rank(frame, op), frame, op));
    }
    const auto [least, frame, op] = first;
    if (frame == timeline.frames)
      return;
    start(frame, op);
    ++channelsInUse[core];
  }
}

uint32_t Simulation::nextForDsp() const {
  const std::vector<uint32_t> &list = order[size_t(bst::Queue::Dsp)];
  uint32_t found = timeline.frames;
  for (uint32_t index = oldest; index < std::min(timeline.frames, ended + window); ++index) {
    const Frame &frame = frames[index];
    const uint32_t next = frame.next[size_t(bst::Queue::Dsp)];
    if (next == list.size() || frame.onDsp || !ready(index, list[next]))
      continue;
    if (next < feeding)
      return index;
    found = std::min(found, index);
  }
  return found;
}

void Simulation::startDsps() {
  while (freeDsps > 0) {
    const uint32_t frame = nextForDsp();
    if (frame == timeline.frames)
      return;
    start(frame, order[size_t(bst::Queue::Dsp)][frames[frame].next[size_t(bst::Queue::Dsp)]]);
  }
}

void Simulation::startAll() {
  mayStart = false;
  for (uint32_t core = 0; core < cores; ++core) {
    startQueue(core, bst::Queue::Maca);
    startQueue(core, bst::Queue::Edp);
    startTransfers(core);
  }
  startDsps();
}

void Simulation::start(uint32_t frame, uint32_t op) {
  const bst::Queue queue = tiles.ops[op].queue;
  if (queue == bst::Queue::Dsp) {
    frames[frame].onDsp = true;
    --freeDsps;
  } else {
    busy[frame % cores * queueCount + size_t(queue)] = true;
  }
  ++frames[frame].next[size_t(queue)];
  timeline.ops[size_t(frame) * tiles.ops.size() + op].start = now;
  timeline.frameTimes[frame].start = std::min(timeline.frameTimes[frame].start, now);
  const OpDemand &demand = demands[op];
  running.push_back({frame, op, false, now + demand.startSeconds, double(demand.readBytes),
                     double(demand.writeBytes)});
}

/// Shares DRAM among what moves: the most urgent first, each as much as there is.
bool Simulation::shareDram() {
  uint32_t hosts = 0;
  bool moves = false;
  queue.clear();
  for (Running &op : running) {
    op.readRate = op.writeRate = 0;
    if (!op.started || (op.readLeft == 0 && op.writeLeft == 0))
      continue;
    if (isHostOp(op.op)) {
      hosts += (op.readLeft > 0) + (op.writeLeft > 0);
      continue;
    }
    moves = true;
    queue.emplace_back(std::pair(distance(op.frame, op.op), op.frame), &op);
  }
  llvm::sort(queue);
  shares.assign(cores, port.ofCore());
  double all = port.total();
  for (auto &[key, op] : queue) {
    DramShare &share = shares[op->frame % cores];
    op->readRate = op->readLeft > 0 ? share.takeRead(all) : 0;
    op->writeRate = op->writeLeft > 0 ? share.takeWrite(all) : 0;
  }
  if (hosts)
    for (Running &op : running)
      if (op.started && isHostOp(op.op)) {
        op.readRate = port.hostShare(hosts);
        op.writeRate = port.hostShare(hosts);
      }
  return moves;
}

/// Moves the clock to the next event and deals with it.
void Simulation::step() {
  const bool moves = shareDram();
  double next = never;
  for (const Running &op : running) {
    next = std::min(next, op.timer - now);
    if (op.started && op.readLeft > 0 && op.readRate > 0)
      next = std::min(next, op.readLeft / op.readRate);
    if (op.started && op.writeLeft > 0 && op.writeRate > 0)
      next = std::min(next, op.writeLeft / op.writeRate);
  }
  if (jobs)
    for (double free : coreFreeAt)
      if (free > now)
        next = std::min(next, free - now);
  assert(next < never && "the tile program waits for itself");
  if (next == never) { // A program that does so never ends; do not hang.
    ended = timeline.frames;
    return;
  }
  if (moves)
    addMoving(std::max(next, 0.0));
  advance(std::max(next, 0.0));
}

void Simulation::addMoving(double seconds) {
  if (timeline.moving.empty() || timeline.moving.back().end < now)
    timeline.moving.push_back({now, now});
  timeline.moving.back().end = now + seconds;
}

void Simulation::advance(double seconds) {
  now += seconds;
  // What is left after the last byte is rounding.
  const auto move = [&](double left, double rate) {
    const double rest = left - rate * seconds;
    return rest > 1e-3 ? rest : 0;
  };
  for (Running &op : running) {
    if (op.started) {
      op.readLeft = move(op.readLeft, op.readRate);
      op.writeLeft = move(op.writeLeft, op.writeRate);
    }
    if (op.timer <= now)
      afterTimer(op);
  }
  for (size_t i = 0; i < running.size();) {
    if (!finished(running[i])) {
      ++i;
      continue;
    }
    const Running op = running[i];
    running.erase(running.begin() + std::ptrdiff_t(i));
    end(op);
  }
}

void Simulation::afterTimer(Running &op) {
  if (op.started) {
    op.timer = never;
    return;
  }
  op.started = true;
  op.timer = demands[op.op].computeSeconds > 0 ? now + demands[op.op].computeSeconds : never;
}

void Simulation::end(const Running &op) {
  mayStart = true;
  const bst::Queue queue = tiles.ops[op.op].queue;
  const uint32_t core = op.frame % cores;
  if (queue == bst::Queue::Dsp) {
    frames[op.frame].onDsp = false;
    ++freeDsps;
  } else {
    busy[core * queueCount + size_t(queue)] = false;
  }
  channelsInUse[core] -= !isEngine(queue);

  Interval &time = timeline.ops[size_t(op.frame) * tiles.ops.size() + op.op];
  time.end = now;
  timeline.frameTimes[op.frame].end = now;
  const OpDemand &demand = demands[op.op];
  QueueUse &use = timeline.queues[size_t(queue)];
  ++use.ops;
  use.startSeconds += demand.startSeconds;
  use.computeSeconds += demand.computeSeconds;
  use.busySeconds += time.seconds();

  Frame &frame = frames[op.frame];
  for (uint32_t successor : successors.sameFrame[op.op])
    --frame.waitsFor[successor];
  if (op.frame + lanes < timeline.frames)
    for (uint32_t successor : successors.nextFrame[op.op])
      --frames[op.frame + lanes].waitsFor[successor];
  if (--frame.left == 0) {
    ++ended;
    ends.push_back(now);
    prepare();
  }
  if (!isHostOp(op.op) && --frame.jobLeft == 0) {
    jobFrame[core] += cores;
    coreFreeAt[core] = now + target.device.frameMicroseconds * 1e-6;
  }
  while (oldest < timeline.frames && frames[oldest].left == 0)
    ++oldest;
}

} // namespace

uint32_t framesInFlight(const Target &target) {
  const int64_t hosts = target.dsp.host ? target.dsp.cores : 0;
  return uint32_t(target.device.framesInFlight * target.device.cores + hosts);
}

Timeline simulate(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                  const Target &target, uint32_t frames,
                  llvm::function_ref<bool(llvm::ArrayRef<double>)> enough) {
  assert(frames >= 1 && demands.size() == tiles.ops.size());
  return Simulation(tiles, demands, target, frames).run(enough);
}

} // namespace bstc
