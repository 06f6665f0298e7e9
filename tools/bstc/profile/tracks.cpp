#include "tools/bstc/profile/tracks.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace bstc {
namespace {

/// Gives each event to the first row that is free.
void addToFirstFree(llvm::MutableArrayRef<Track> rows, const TrackEvent &event) {
  Track *row = llvm::find_if(rows.drop_back(), [&](const Track &candidate) {
    return candidate.events.empty() || candidate.events.back().time.end <= event.time.start;
  });
  row->events.push_back(event);
}

std::vector<Track> emptyTracks(const Target &target) {
  std::vector<Track> tracks;
  const auto add = [&](bst::Queue queue, uint32_t core, int64_t copies) {
    const std::string name = bst::queueNames[size_t(queue)];
    tracks.push_back({copies > 1 ? name + " " + std::to_string(core) : name, queue, core, {}});
  };
  for (uint32_t core = 0; core < target.device.cores; ++core)
    for (size_t queue = 0; queue < bst::queueNames.size(); ++queue)
      if (bst::Queue(queue) != bst::Queue::Dsp)
        add(bst::Queue(queue), core, target.device.cores);
  for (uint32_t core = 0; core < target.dsp.cores; ++core)
    add(bst::Queue::Dsp, core, target.dsp.cores);
  return tracks;
}

} // namespace

std::vector<Track> tracksOf(const bst::TileProgram &tiles, const Timeline &timeline,
                            const Target &target, uint32_t frames) {
  std::vector<Track> tracks = emptyTracks(target);
  const auto dsps =
      llvm::makeMutableArrayRef(tracks.data(), tracks.size()).take_back(size_t(target.dsp.cores));
  const auto byStart = [](const TrackEvent &a, const TrackEvent &b) {
    return a.time.start < b.time.start;
  };
  std::vector<TrackEvent> onDsp;
  for (uint32_t frame = 0; frame < std::min(frames, timeline.frames); ++frame)
    for (uint32_t op = 0; op < tiles.ops.size(); ++op) {
      const bst::Queue queue = tiles.ops[op].queue;
      const TrackEvent event = {op, frame, timeline.ops[frame * tiles.ops.size() + op]};
      const uint32_t core = frame % uint32_t(target.device.cores);
      if (queue == bst::Queue::Dsp)
        onDsp.push_back(event);
      else
        llvm::find_if(tracks, [&](const Track &track) {
          return track.queue == queue && track.core == core;
        })->events.push_back(event);
    }
  // DSPs take operations as they become ready, whatever their frame.
  llvm::stable_sort(onDsp, byStart);
  for (const TrackEvent &event : onDsp)
    addToFirstFree(dsps, event);
  // So do the engines of a core whose frames share its memories.
  for (Track &track : tracks)
    llvm::stable_sort(track.events, byStart);
  return tracks;
}

std::vector<Sample> dramRate(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                             const Target &target, const Timeline &timeline, uint32_t frames) {
  std::map<double, double> changes;
  for (size_t i = 0; i < std::min(frames, timeline.frames) * demands.size(); ++i) {
    const OpDemand &demand = demands[i % demands.size()];
    const double bytes = double(demand.readBytes + demand.writeBytes);
    const double start = timeline.ops[i].start + demand.startSeconds, end = timeline.ops[i].end;
    if (bytes == 0 || end <= start || onHost(tiles.ops[i % demands.size()].queue, target))
      continue;
    changes[start] += bytes / (end - start);
    changes[end] -= bytes / (end - start);
  }
  std::vector<Sample> samples;
  double rate = 0;
  for (const auto &[seconds, change] : changes) {
    rate += change;
    // Less than 1 is what rounding leaves of 0.
    samples.push_back({seconds, rate < 1 ? 0 : rate});
  }
  return samples;
}

std::vector<Occupancy> coreOccupancy(const bst::TileProgram &tiles, const Timeline &timeline,
                                     const Target &target, uint32_t core, uint32_t frames) {
  struct Change {
    int64_t data = 0, weights = 0;
  };
  std::map<double, Change> changes;
  for (uint32_t frame = core; frame < std::min(frames, timeline.frames);
       frame += uint32_t(target.device.cores)) {
    const auto times =
        llvm::makeArrayRef(timeline.ops).slice(frame * tiles.ops.size(), tiles.ops.size());
    Occupancy before = {0, 0, tiles.keptBytes};
    for (const Occupancy &now : occupancy(tiles, times)) {
      changes[now.seconds].data += int64_t(now.dataBytes) - int64_t(before.dataBytes);
      changes[now.seconds].weights += int64_t(now.weightBytes) - int64_t(before.weightBytes);
      before = now;
    }
  }
  std::vector<Occupancy> result;
  Change sum;
  for (const auto &[seconds, change] : changes) {
    sum.data += change.data;
    sum.weights += change.weights;
    result.push_back({seconds, uint64_t(sum.data), uint64_t(sum.weights) + tiles.keptBytes});
  }
  return result;
}

std::string partText(const bst::Part &part) {
  const auto range = [](const char *what, int32_t begin, int32_t count) {
    return std::string(what) + " " + std::to_string(begin) + "-" +
           std::to_string(begin + count - 1);
  };
  std::string text = part.rows ? range("rows", part.row, part.rows) : "";
  if (part.channels)
    text += (text.empty() ? "" : ", ") + range("channels", part.channel, part.channels);
  return text;
}

} // namespace bstc
