// The timeline as a file in the Chrome trace event format, which Perfetto and chrome://tracing
// open.
#include "tools/bstc/files/json_writer.h"
#include "tools/bstc/profile/report.h"
#include "tools/bstc/profile/tracks.h"

#include <cmath>

namespace bstc {
namespace {

/// Frames are drawn by themselves, above the cores.
constexpr uint32_t framesProcess = 1;
constexpr uint32_t firstCoreProcess = 2;

/// Whole nanoseconds, so that what does not overlap stays so. The format counts microseconds.
int64_t nanoseconds(double seconds) { return std::llround(seconds * 1e9); }
double traceTime(double seconds) { return double(nanoseconds(seconds)) / 1e3; }
double traceDuration(const Interval &time) {
  return double(nanoseconds(time.end) - nanoseconds(time.start)) / 1e3;
}

class TraceWriter {
public:
  explicit TraceWriter(const Profile &profile)
      : profile(profile), tiles(profile.program.tiles), timeline(profile.frames) {}

  std::string write() {
    json.beginObject();
    json.member("displayTimeUnit", "ns");
    writeOrigin();
    json.key("traceEvents");
    json.beginArray();
    writeFrames();
    for (const Track &track : tracksOf(tiles, timeline, profile.target, timeline.frames))
      writeTrack(track);
    writeCounters();
    json.endArray();
    json.endObject();
    return json.take();
  }

private:
  const Profile &profile;
  const bst::TileProgram &tiles;
  const Timeline &timeline;
  JsonWriter json;

  void writeOrigin() {
    json.key("otherData");
    json.beginObject();
    json.member("network", profile.program.name);
    json.member("target", profile.target.name);
    json.member("assume_int8", profile.assumptions.int8);
    json.member("what_if", profile.assumptions.whatIf());
    json.member("fps", profile.cost.framesPerSecond);
    json.member("latency_ms", profile.cost.latencySeconds * 1e3);
    json.endObject();
  }

  void begin(const char *phase, const std::string &name, uint32_t process, uint32_t thread) {
    json.beginObjectOnOneLine();
    json.member("ph", phase);
    json.member("name", name);
    json.member("pid", process);
    json.member("tid", thread);
  }

  void beginArguments() {
    json.key("args");
    json.beginObject();
  }

  void end() {
    json.endObject();
    json.endObject();
  }

  void writeMetadata(const char *what, uint32_t process, uint32_t thread, const std::string &name,
                     uint32_t order) {
    const bool ofProcess = llvm::StringRef(what).startswith("process");
    begin("M", what, process, thread);
    beginArguments();
    json.member("name", name);
    end();
    begin("M", ofProcess ? "process_sort_index" : "thread_sort_index", process, thread);
    beginArguments();
    json.member("sort_index", order);
    end();
  }

  /// Frames overlap, so each is an asynchronous event with an identity of its own.
  void writeFrames() {
    writeMetadata("process_name", framesProcess, 0, "frames", 0);
    for (uint32_t frame = 0; frame < timeline.frames; ++frame)
      for (const char *phase : {"b", "e"}) {
        const Interval &time = timeline.frameTimes[frame];
        begin(phase, "frame " + std::to_string(frame), framesProcess, 0);
        json.member("cat", "frame");
        json.member("id", frame);
        json.member("ts", traceTime(*phase == 'b' ? time.start : time.end));
        beginArguments();
        json.member("frame", frame);
        end();
      }
  }

  /// DSPs serve all cores; where there is one core, they are drawn with it.
  uint32_t processOf(const Track &track) const {
    const uint32_t cores = uint32_t(profile.target.device.cores);
    if (track.queue != bst::Queue::Dsp)
      return firstCoreProcess + track.core;
    return cores == 1 ? firstCoreProcess : firstCoreProcess + cores;
  }

  std::string processName(const Track &track) const {
    if (profile.target.device.cores == 1)
      return profile.target.name;
    return track.queue == bst::Queue::Dsp ? "dsp" : "core " + std::to_string(track.core);
  }

  void writeTrack(const Track &track) {
    const uint32_t process = processOf(track);
    const uint32_t thread =
        1 + uint32_t(track.queue) + (track.queue == bst::Queue::Dsp ? 100 * track.core : 0);
    writeMetadata("process_name", process, thread, processName(track), process);
    writeMetadata("thread_name", process, thread, track.name, thread);
    for (const TrackEvent &event : track.events)
      writeEvent(event, process, thread);
  }

  void writeEvent(const TrackEvent &event, uint32_t process, uint32_t thread) {
    const bst::TileOp &op = tiles.ops[event.op];
    const OpDemand &demand = profile.cost.demands[event.op];
    const bst::Command &command = profile.program.commands[op.commands.back()];
    begin("X", command.name, process, thread);
    json.member("cat", "frame " + std::to_string(event.frame));
    json.member("ts", traceTime(event.time.start));
    json.member("dur", traceDuration(event.time));
    beginArguments();
    json.member("frame", event.frame);
    json.member("operation", event.op);
    json.member("queue", bst::queueNames[size_t(op.queue)]);
    json.member("op", bst::opcodeName(command.params));
    json.key("commands");
    json.beginArray();
    for (uint32_t index : op.commands)
      json.value(index);
    json.endArray();
    json.member("tensor", profile.program.tensors[op.output.tensor].name);
    json.member("part", partText(op.output.part));
    json.member("dram_read_bytes", demand.readBytes);
    json.member("dram_write_bytes", demand.writeBytes);
    json.member("start_us", demand.startSeconds * 1e6);
    if (demand.work.macs)
      json.member("macs", demand.work.macs);
    end();
  }

  template <typename Write>
  void writeCounter(const char *name, uint32_t process, double seconds, Write &&values) {
    begin("C", name, process, 0);
    json.member("ts", traceTime(seconds));
    beginArguments();
    values();
    end();
  }

  void writeCounters() {
    for (const Sample &sample :
         dramRate(tiles, profile.cost.demands, profile.target, timeline, timeline.frames))
      writeCounter("DRAM GB/s", framesProcess, sample.seconds,
                   [&] { json.member("rate", sample.value / 1e9); });
    for (uint32_t core = 0; core < profile.target.device.cores; ++core)
      for (const Occupancy &now :
           coreOccupancy(tiles, timeline, profile.target, core, timeline.frames)) {
        const uint32_t process = firstCoreProcess + core;
        writeCounter("data memory bytes", process, now.seconds,
                     [&] { json.member("used", now.dataBytes); });
        writeCounter("weight memory bytes", process, now.seconds,
                     [&] { json.member("used", now.weightBytes); });
      }
  }
};

} // namespace

std::string profileTrace(const Profile &profile) { return TraceWriter(profile).write(); }

} // namespace bstc
