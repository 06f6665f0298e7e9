// The report as a page: report_page/ with the profile in it as JSON. report_page/model.js reads it.
#include "tools/bstc/files/html_page.h"
#include "tools/bstc/files/json_writer.h"
#include "tools/bstc/profile/page_template.h"
#include "tools/bstc/profile/report.h"
#include "tools/bstc/profile/tracks.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc {
namespace {

/// Operations that a page shows at most, where there are frames enough to choose from.
constexpr size_t mostEvents = 24000;
constexpr uint32_t leastFrames = 3, mostFrames = 8;

class PageData {
public:
  PageData(const Profile &profile, llvm::StringRef title)
      : profile(profile), program(profile.program), target(profile.target), title(title) {}

  std::string write() {
    json.beginObject();
    writeHeader();
    writeDevice();
    writeFields();
    writeCommands();
    writeTensors();
    writeOperations();
    json.key("timelines");
    json.beginObject();
    // A run of as many frames as there is room for, so that it drains as a run does.
    const uint32_t shown = shownFrames();
    if (shown < profile.frames.frames)
      writeTimeline("steady", simulate(program.tiles, profile.cost.demands, target, shown), shown);
    else
      writeTimeline("steady", profile.frames, shown);
    writeTimeline("alone", profile.cost.alone, 1);
    json.endObject();
    json.endObject();
    return json.take();
  }

private:
  const Profile &profile;
  const bst::Program &program;
  const Target &target;
  llvm::StringRef title;
  JsonWriter json;

  uint32_t shownFrames() const {
    const size_t ops = std::max<size_t>(program.tiles.ops.size(), 1);
    const auto fit = uint32_t(std::min<size_t>(mostEvents / ops, mostFrames));
    return std::min(profile.frames.frames, std::max(fit, leastFrames));
  }

  void writeHeader() {
    json.member("title", title);
    json.member("description", target.description);
  }

  void writeDevice() {
    const double clock = target.maca.clockMHz * 1e6;
    json.key("device");
    json.beginObject();
    json.member("cores", target.device.cores);
    json.member("dsps", target.dsp.cores);
    json.member("data_bytes", program.tiles.dataBytes);
    json.member("weight_bytes", program.tiles.weightBytes);
    json.member("dram_bytes_per_second", target.dram.gigabytesPerSecond * 1e9);
    json.key("peak_ops_per_second");
    json.beginObject();
    json.member("maca", 2.0 * double(target.maca.macsPerCycle) * clock);
    json.member("edp", double(target.edp.bytesPerCycle) * clockHz(bst::Engine::Edp, target));
    json.member("dsp", double(target.dsp.flopsPerCycle) * clockHz(bst::Engine::Dsp, target));
    json.endObject();
    json.endObject();
  }

  /// Fields of the device that are not certain, and what they do to the FPS.
  void writeFields() {
    const auto effects = profile.range ? llvm::makeArrayRef(profile.range->effects)
                                       : llvm::ArrayRef<FpsRange::Effect>();
    json.key("assumptions");
    json.beginArray();
    for (size_t i = 0; i < target.fields.size(); ++i) {
      const TargetField &field = target.fields[i];
      if (!field.uncertain() && field.origin != Origin::Assumed && field.origin != Origin::Set)
        continue;
      const auto effect = llvm::find_if(
          effects, [&](const FpsRange::Effect &candidate) { return candidate.field == i; });
      const bool matters = effect != effects.end();
      json.beginObjectOnOneLine();
      json.member("field", field.key);
      json.member("value", field.value);
      json.member("unit", field.unit);
      json.member("low", field.low);
      json.member("high", field.high);
      json.member("origin", originName(field.origin));
      json.member("source", field.source);
      json.member("fps_low", matters ? effect->low : profile.cost.framesPerSecond);
      json.member("fps_high", matters ? effect->high : profile.cost.framesPerSecond);
      json.endObject();
    }
    json.endArray();
  }

  /// What the report's own rows do not say of a command.
  void writeCommands() {
    json.objectsOnOneLine("commands", program.commands, [&](const bst::Command &command) {
      writeIndices("inputs", command.inputs);
      writeIndices("outputs", command.outputs);
    });
    writeIndices("inputs", program.inputs);
    writeIndices("outputs", program.outputs);
  }

  void writeTensors() {
    json.objectsOnOneLine("tensors", program.tensors, [&](const bst::Tensor &tensor) {
      json.member("name", tensor.name);
      json.member("dtype", bst::dtypeName(tensor.dtype));
      json.member("shape", llvm::makeArrayRef(tensor.shape));
      json.member("constant", uint32_t(tensor.storage == bst::Storage::Weights));
      json.member("offset", tensor.offset);
    });
  }

  /// Columns are far smaller than rows, and there are thousands of operations.
  template <typename Range, typename Get>
  void writeColumn(llvm::StringRef name, const Range &rows, Get &&get) {
    json.key(name);
    json.beginArrayOnOneLine();
    for (const auto &row : rows)
      json.value(get(row));
    json.endArray();
  }
  void writeIndices(llvm::StringRef name, llvm::ArrayRef<uint32_t> indices) {
    json.arrayOnOneLine(name, indices);
  }

  void writeOperations() {
    using bst::TileOp;
    const auto &ops = program.tiles.ops;
    json.key("operations");
    json.beginObject();
    writeColumn("queue", ops, [](const TileOp &op) { return uint32_t(op.queue); });
    // What rides on a convolution is done in its time, which counts as the convolution's.
    writeColumn("command", ops, [](const TileOp &op) { return op.commands.front(); });
    writeColumn("rider", ops, [](const TileOp &op) { return op.commands.back(); });
    writeColumn("tensor", ops, [](const TileOp &op) { return op.output.tensor; });
    writeColumn("part", ops, [](const TileOp &op) { return partText(op.output.part); });
    const auto &demands = profile.cost.demands;
    writeColumn("read", demands, [](const OpDemand &demand) { return demand.readBytes; });
    writeColumn("written", demands, [](const OpDemand &demand) { return demand.writeBytes; });
    writeColumn("macs", demands, [](const OpDemand &demand) { return demand.work.macs; });
    json.endObject();
  }

  static int64_t nanoseconds(double seconds) { return std::llround(seconds * 1e9); }

  void writeTimeline(llvm::StringRef name, const Timeline &timeline, uint32_t frames) {
    json.key(name);
    json.beginObject();
    json.member("frames", frames);
    const auto tracks = tracksOf(program.tiles, timeline, target, frames);
    json.objects("tracks", tracks, [&](const Track &track) {
      json.member("name", track.name);
      json.member("queue", bst::queueNames[size_t(track.queue)]);
      using Event = TrackEvent;
      writeColumn("op", track.events, [](const Event &event) { return event.op; });
      writeColumn("frame", track.events, [](const Event &event) { return event.frame; });
      writeColumn("start", track.events,
                  [](const Event &event) { return nanoseconds(event.time.start); });
      writeColumn("end", track.events,
                  [](const Event &event) { return nanoseconds(event.time.end); });
    });
    writeMemory(timeline, frames);
    json.endObject();
  }

  void writeMemory(const Timeline &timeline, uint32_t frames) {
    const std::vector<Sample> rate =
        dramRate(program.tiles, profile.cost.demands, target, timeline, frames);
    json.key("dram");
    json.beginObject();
    writeColumn("time", rate, [](const Sample &at) { return nanoseconds(at.seconds); });
    writeColumn("rate", rate, [](const Sample &at) { return std::round(at.value); });
    json.endObject();
    json.key("memory");
    json.beginArray();
    for (uint32_t core = 0; core < target.device.cores; ++core) {
      const std::vector<Occupancy> used =
          coreOccupancy(program.tiles, timeline, target, core, frames);
      json.beginObject();
      writeColumn("time", used, [](const Occupancy &at) { return nanoseconds(at.seconds); });
      writeColumn("data", used, [](const Occupancy &at) { return at.dataBytes; });
      writeColumn("weights", used, [](const Occupancy &at) { return at.weightBytes; });
      json.endObject();
    }
    json.endArray();
  }
};

} // namespace

std::string profilePage(const Profile &profile, llvm::StringRef title) {
  return fillPage(pageTemplate, {{"title", asHtml((title + " on " + profile.target.name).str())},
                                 {"report", inScript(profileJson(profile))},
                                 {"page", inScript(PageData(profile, title).write())}});
}

} // namespace bstc
