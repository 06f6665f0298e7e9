#include "tools/bstc/profile/saved_report.h"

#include "ir/error.h"

#include "llvm/Support/JSON.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace bstc {

using llvm::json::Object;

namespace {

/// Reads members of one object and remembers the first that is missing.
class Members {
public:
  Members(const Object &object, std::string &missing) : object(object), missing(missing) {}

  std::string text(llvm::StringRef name) { return want(name, object.getString(name)).str(); }
  double number(llvm::StringRef name) { return want(name, object.getNumber(name)); }
  uint64_t count(llvm::StringRef name) { return uint64_t(std::max(number(name), 0.0)); }
  /// One that older reports do not have.
  uint64_t optionalCount(llvm::StringRef name) {
    return uint64_t(std::max(object.getNumber(name).getValueOr(0), 0.0));
  }
  std::string optionalText(llvm::StringRef name) {
    return object.getString(name).getValueOr("").str();
  }

private:
  template <typename T> T want(llvm::StringRef name, llvm::Optional<T> value) {
    if (!value && missing.empty())
      missing = name.str();
    return value ? *value : T();
  }
  const Object &object;
  std::string &missing;
};

std::string shapeOf(const Object &row) {
  std::string text;
  if (const llvm::json::Array *extents = row.getArray("output_shape"))
    for (const llvm::json::Value &extent : *extents)
      text += (text.empty() ? "" : "x") + std::to_string(extent.getAsInteger().getValueOr(0));
  return text;
}

/// Every object of an array; others are passed over.
template <typename Read>
void forEachObject(const Object &root, llvm::StringRef name, std::string &missing, Read &&read) {
  const llvm::json::Array *rows = root.getArray(name);
  if (!rows && missing.empty())
    missing = name.str();
  if (rows)
    for (const llvm::json::Value &row : *rows)
      if (const Object *object = row.getAsObject())
        read(*object);
}

SavedReport::Command readCommand(const Object &row, const SavedReport &report,
                                 std::string &missing) {
  Members members(row, missing);
  SavedReport::Command command;
  command.node = members.text("node");
  command.engine = members.text("engine");
  command.op = members.text("op");
  command.function = members.optionalText("function");
  command.bound = members.text("bound");
  command.outputShape = shapeOf(row);
  command.macs = members.count("macs");
  command.dramBytes = members.count("dram_read_bytes") + members.count("dram_write_bytes");
  command.computeMs = members.number("compute_ms");
  command.timeMs = members.number("time_ms");
  command.setStart(members.count("tiles"), members.number("overhead_cycles"),
                   report.field(command.engine + ".clock_mhz"));
  return command;
}

/// Reports of an older schema count as the device's DRAM traffic what a host moves.
constexpr int64_t firstWithoutHostBytes = 3;
void separateHost(const Object &root, SavedReport &report) {
  std::string missing;
  forEachObject(root, "commands", missing, [&](const Object &row) {
    Members members(row, missing);
    if (members.text("engine") != "dsp")
      return;
    report.dramRead -= members.count("dram_read_bytes");
    report.dramWrite -= members.count("dram_write_bytes");
  });
  for (SavedReport::Command &command : report.commands)
    if (command.engine == "dsp")
      report.hostBytes += std::exchange(command.dramBytes, 0);
}

/// Older reports do not have these.
void readWaits(const Object &frameTime, SavedReport &report) {
  const Object *waits = frameTime.getObject("waits_for");
  for (const auto &[name, text] : waitNames)
    report.waits.push_back({name, text, waits ? waits->getNumber(name).getValueOr(0) : 0});
}

SavedReport readReport(const Object &root, std::string &missing) {
  Members members(root, missing);
  SavedReport report;
  report.network = members.text("network");
  report.target = members.text("target");
  report.bound = members.text("bound");
  report.fps = members.number("fps");
  const llvm::json::Array *draws = root.getArray("fps_draws");
  report.hasDraws = draws != nullptr;
  if (draws)
    for (const llvm::json::Value &fps : *draws)
      report.fpsDraws.push_back(fps.getAsNumber().getValueOr(0));
  report.latencyMs = members.number("latency_ms");
  report.macs = members.count("macs");
  report.dramRead = members.count("dram_read_bytes");
  report.dramWrite = members.count("dram_write_bytes");
  report.hostBytes = members.optionalCount("host_bytes");
  if (const auto gain = root.getNumber("bound_gain"))
    report.boundGain = *gain;
  const Object *engines = root.getObject("engines");
  for (const char *name : {"maca", "edp", "dsp"}) {
    const Object *engine = engines ? engines->getObject(name) : nullptr;
    if (!engine && missing.empty())
      missing = std::string("engines.") + name;
    report.resources.push_back({name, engine ? Members(*engine, missing).number("busy_ms") : 0});
  }
  report.resources.push_back({"dram", members.number("dram_ms")});
  const Object *frameTime = root.getObject("frame_time");
  if (!frameTime && missing.empty())
    missing = "frame_time";
  report.assumeInt8 = root.getBoolean("assume_int8").getValueOr(false);
  report.whatIf = members.optionalText("what_if");
  readWaits(frameTime ? *frameTime : Object(), report);
  for (const auto &[name, text] : framePartNames)
    report.frameTime.push_back(
        {name, text, frameTime ? Members(*frameTime, missing).number(name) : 0});
  forEachObject(root, "target_fields", missing, [&](const Object &row) {
    Members field(row, missing);
    report.fields.push_back({field.text("field"), field.text("unit"), field.number("value")});
  });
  forEachObject(root, "commands", missing, [&](const Object &row) {
    report.commands.push_back(readCommand(row, report, missing));
  });
  if (root.getInteger("schema").getValueOr(0) < firstWithoutHostBytes &&
      report.field("dsp.host") > 0)
    separateHost(root, report);
  return report;
}

} // namespace

void SavedReport::Command::setStart(uint64_t tiles, double overheadCycles, double clockMHz) {
  // A table of a device with maca.fused_table_bytes_per_cycle takes no time of its own.
  const bool free = computeMs == 0 && overheadCycles == 0;
  rides = tiles == 0 || (!function.empty() && free);
  startMs = clockMHz > 0 ? overheadCycles / (clockMHz * 1e3) : 0;
}

double SavedReport::field(llvm::StringRef key) const {
  for (const Field &field : fields)
    if (field.key == key)
      return field.value;
  return 0;
}

const SavedReport::Resource &SavedReport::busiest() const {
  return *std::max_element(
      resources.begin(), resources.end(),
      [](const Resource &a, const Resource &b) { return a.busyMs < b.busyMs; });
}

llvm::Expected<SavedReport> parseReport(llvm::StringRef json, llvm::StringRef source) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(json);
  if (!value)
    return makeError(Code::BadReport,
                     source + ": is not JSON: " + llvm::toString(value.takeError()));
  const Object *root = value->getAsObject();
  if (root && root->getInteger("comparison_schema"))
    return makeError(Code::BadReport, source + ": is a comparison of two profiles, not a profile");
  if (!root || !root->getInteger("schema"))
    return makeError(Code::BadReport, source + ": is not a report of 'bstc profile --json'");
  std::string missing;
  SavedReport report = readReport(*root, missing);
  if (!missing.empty())
    return makeError(Code::BadReport, source + ": the report has no '" + missing +
                                          "'; write it again with 'bstc profile --json'");
  return report;
}

bool looksLikeReport(llvm::StringRef path) {
  std::ifstream file(path.str(), std::ios::binary);
  char first = 0;
  return bool(file >> first) && first == '{';
}

} // namespace bstc
