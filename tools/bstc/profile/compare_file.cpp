// A comparison as JSON. docs/profile.md describes the fields; keep the two together.
#include "tools/bstc/files/json_writer.h"
#include "tools/bstc/profile/compare.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {
namespace {

void writeSide(JsonWriter &json, const char *side, const SavedReport &report,
               llvm::StringRef name) {
  json.key(side);
  json.beginObject();
  json.member("name", name);
  json.member("network", report.network);
  json.member("target", report.target);
  json.member("assume_int8", report.assumeInt8);
  json.member("what_if", report.whatIf);
  json.member("fps", report.fps);
  json.member("latency_ms", report.latencyMs);
  json.member("bound", report.bound);
  if (report.boundGain)
    json.member("bound_gain", *report.boundGain);
  json.member("macs", report.macs);
  json.member("dram_read_bytes", report.dramRead);
  json.member("dram_write_bytes", report.dramWrite);
  json.member("host_bytes", report.hostBytes);
  json.key("busy_ms");
  json.beginObjectOnOneLine();
  for (const SavedReport::Resource &resource : report.resources)
    json.member(resource.name, resource.busyMs);
  json.endObject();
  json.key("frame_time");
  json.beginObjectOnOneLine();
  json.member("resource", report.busiest().name);
  for (const SavedReport::Part &part : report.frameTime)
    json.member(part.key, part.ms);
  json.key("waits_for");
  json.beginObject();
  for (const SavedReport::Part &part : report.waits)
    json.member(part.key, part.ms);
  json.endObject();
  json.endObject();
  json.endObject();
}

void writeCauses(JsonWriter &json, llvm::ArrayRef<Cause> causes) {
  json.objects("causes", causes, [&](const Cause &cause) {
    json.member("text", cause.text);
    json.member("count", uint64_t(cause.count));
    json.member("engine", cause.engine);
    json.member("time_ms", cause.timeMs);
    json.member("engine_ms", cause.engineMs);
    json.member("dram_bytes", cause.dramBytes);
  });
}

void writeDifference(JsonWriter &json, const SavedReport &a, const SavedReport &b) {
  const std::optional<FpsDifference> difference = drawnDifference(a, b);
  if (!difference)
    return;
  json.key("fps_difference");
  json.beginObject();
  json.member("gain_low", difference->low);
  json.member("gain_high", difference->high);
  json.member("faster", difference->faster);
  json.member("slower", difference->slower);
  json.member("certain", difference->certain());
  json.endObject();
}

void writeDevices(JsonWriter &json, const SavedReport &a, const SavedReport &b) {
  json.key("device_fields");
  json.beginArray();
  for (const SavedReport::Field &field : a.fields) {
    const auto other = llvm::find_if(
        b.fields, [&](const SavedReport::Field &candidate) { return candidate.key == field.key; });
    if (other == b.fields.end() || other->value == field.value)
      continue;
    json.beginObjectOnOneLine();
    json.member("field", field.key);
    json.member("unit", field.unit);
    json.member("a", field.value);
    json.member("b", other->value);
    json.endObject();
  }
  json.endArray();
}

void writeCommand(JsonWriter &json, const char *side, const SavedReport::Command *command) {
  if (!command)
    return;
  json.key(side);
  json.beginObjectOnOneLine();
  json.member("node", command->node);
  json.member("engine", command->engine);
  json.member("op", command->op);
  json.member("function", command->function);
  json.member("output_shape", command->outputShape);
  json.member("macs", command->macs);
  json.member("compute_ms", command->computeMs);
  json.member("time_ms", command->timeMs);
  json.member("dram_bytes", command->dramBytes);
  json.member("bound", command->bound);
  json.endObject();
}

} // namespace

std::string comparisonJson(const SavedReport &a, llvm::StringRef nameA, const SavedReport &b,
                           llvm::StringRef nameB) {
  const std::vector<CommandPair> pairs = matchCommands(a, b);
  JsonWriter json;
  json.beginObject();
  json.member("comparison_schema", 1);
  writeSide(json, "a", a, nameA);
  writeSide(json, "b", b, nameB);
  writeDifference(json, a, b);
  writeDevices(json, a, b);
  writeCauses(json, findCauses(pairs));
  json.objects("commands", pairs, [&](const CommandPair &pair) {
    writeCommand(json, "a", pair.a);
    writeCommand(json, "b", pair.b);
  });
  json.endObject();
  return json.take();
}

} // namespace bstc
