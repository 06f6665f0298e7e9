// The profile as files: JSON and CSV. docs/profile.md describes the fields; keep the two together.
#include "partitioner/model_error.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/files/json_writer.h"
#include "tools/bstc/profile/report_rows.h"

#include "llvm/Support/raw_ostream.h"

namespace bstc {

void writeFieldMembers(JsonWriter &json, const TargetField &field) {
  json.member("field", field.key);
  json.member("value", field.value);
  json.member("unit", field.unit);
  json.member("origin", originName(field.origin));
  json.member("source", field.source);
}

namespace {

void writeWaits(JsonWriter &json, const Waits &waits) {
  json.key("waits_for");
  json.beginObjectOnOneLine();
  for (size_t cause = 0; cause < waitCauses; ++cause)
    json.member(std::string(cause == otherCause ? "other" : bst::queueNames[cause]) + "_ms",
                waits[cause] * 1e3);
  json.endObject();
}

void writeEngine(JsonWriter &json, const EngineTime &time) {
  json.beginObject();
  json.member("commands", time.commands);
  json.member("compute_ms", time.computeSeconds * 1e3);
  json.member("wait_ms", time.waitSeconds * 1e3);
  json.member("overhead_ms", time.overheadSeconds * 1e3);
  json.member("busy_ms", time.seconds() * 1e3);
  json.member("halos_ms", time.haloSeconds * 1e3);
  json.member("idle_ms", time.idleSeconds * 1e3);
  writeWaits(json, time.waits);
  json.endObject();
}

void writeCommand(JsonWriter &json, const Profile &profile, const CommandCost &cost) {
  for (const ReportColumn &column : reportColumns())
    std::visit([&](const auto &cell) { json.member(column.name, cell); },
               column.cell(profile, cost));
}

void writeRange(JsonWriter &json, const Profile &profile) {
  if (!profile.range)
    return;
  const FpsRange &range = *profile.range;
  json.member("fps_low", range.low);
  json.member("fps_high", range.high);
  json.arrayOnOneLine("fps_draws", range.draws);
  json.member("model_error_percent", modelErrorPercent);
  json.objects("rests_on", range.effects, [&](const FpsRange::Effect &effect) {
    const TargetField &field = profile.target.fields[effect.field];
    json.member("field", field.key);
    json.member("low", field.low);
    json.member("high", field.high);
    json.member("fps_worse", effect.low);
    json.member("fps_better", effect.high);
    if (!effect.refusal.empty())
      json.member("refusal", effect.refusal);
  });
}

void writeRoofline(JsonWriter &json, const CostReport &cost) {
  const Roofline &roofline = cost.roofline;
  json.key("roofline");
  json.beginObject();
  json.member("fps", roofline.seconds > 0 ? 1 / roofline.seconds : 0);
  json.member("share", cost.shareOfRoofline);
  json.member("bound", boundName(roofline.bound));
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine)
    json.member(std::string(bst::engineNames[engine]) + "_ms", roofline.engines[engine] * 1e3);
  json.member("dram_ms", roofline.dram * 1e3);
  json.member("dram_bytes", roofline.dramBytes);
  json.endObject();
  const Breakdown &parts = cost.breakdown;
  json.key("frame_time");
  json.beginObject();
  json.member("resource", boundName(parts.resource));
  json.member("minimum_ms", parts.minimum * 1e3);
  json.member("excess_ms", parts.excess * 1e3);
  json.member("halos_ms", parts.halos * 1e3);
  json.member("starts_ms", parts.starts * 1e3);
  json.member("waits_ms", parts.waits * 1e3);
  json.member("idle_ms", parts.idle * 1e3);
  writeWaits(json, parts.waitsFor);
  json.endObject();
}

void writeFrames(JsonWriter &json, const Timeline &timeline) {
  json.objects("frames", timeline.frameTimes, [&](const Interval &frame) {
    json.member("start_ms", frame.start * 1e3);
    json.member("end_ms", frame.end * 1e3);
  });
}

void writeFusedAdds(JsonWriter &json, const std::optional<FusedAdds> &apart) {
  json.key("fused_adds");
  json.beginObject();
  json.member("count", apart ? apart->count : 0);
  if (apart) {
    json.member("fps_apart", apart->framesPerSecond);
    json.member("latency_ms_apart", apart->latencySeconds * 1e3);
    json.member("dram_bytes_apart", apart->dramBytes);
  }
  json.endObject();
}

void writeTotals(JsonWriter &json, const Profile &profile) {
  const CostReport &cost = profile.cost;
  json.member("schema", 4);
  json.member("network", profile.program.name);
  json.member("target", profile.target.name);
  json.member("assume_int8", profile.assumptions.int8);
  json.member("what_if", profile.assumptions.whatIf());
  json.member("fps", cost.framesPerSecond);
  writeRange(json, profile);
  json.member("latency_ms", cost.latencySeconds * 1e3);
  json.member("driver_ms", cost.driverSeconds * 1e3);
  json.member("share_of_peak", cost.shareOfPeak);
  json.member("bound", boundName(cost.bound));
  json.member("bound_gain", cost.gain);
  json.key("fps_with_twice");
  json.beginObjectOnOneLine();
  for (size_t resource = 0; resource < boundCount; ++resource)
    json.member(boundName(Bound(resource)), cost.faster[resource]);
  json.endObject();
  json.member("macs", cost.macs);
  json.member("recomputed_macs", cost.recomputedMacs);
  json.member("mac_slots", cost.macSlots);
  json.member("tile_operations", uint64_t(profile.program.tiles.ops.size()));
  json.member("dram_read_bytes", cost.dramRead);
  json.member("dram_write_bytes", cost.dramWrite);
  json.member("host_bytes", cost.hostBytes);
  json.member("dram_ms", cost.dram.compute * 1e3);
  json.member("arena_bytes", profile.program.arenaSize);
  json.member("arena_least_bytes", profile.program.arenaLowerBound);
  writeFusedAdds(json, profile.fusedAdds);
  writeLowerBound(json, standingOf(cost, profile.range, profile.target));
  writeRoofline(json, cost);
  writeOutlook(json, profile.outlook);
  writeNotices(json, profile.notices);
}

std::string csvText(llvm::StringRef text) {
  if (text.find_first_of(",\"\r\n") == llvm::StringRef::npos)
    return text.str();
  std::string quoted = "\"";
  for (char c : text)
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

} // namespace

std::string profileJson(const Profile &profile) {
  JsonWriter json;
  json.beginObject();
  writeTotals(json, profile);
  json.key("engines");
  json.beginObject();
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine) {
    json.key(bst::engineNames[engine]);
    writeEngine(json, profile.cost.engines[engine]);
  }
  json.endObject();
  const ResourceUse &dram = profile.cost.dram;
  json.key("dram");
  json.beginObject();
  json.member("full_rate_ms", dram.compute * 1e3);
  json.member("below_full_rate_ms", dram.memory * 1e3);
  json.member("starts_ms", dram.starts * 1e3);
  json.member("idle_ms", dram.idle() * 1e3);
  writeWaits(json, dram.waits);
  json.endObject();
  writeFrames(json, profile.frames);
  json.objects("commands", profile.cost.commands,
               [&](const CommandCost &cost) { writeCommand(json, profile, cost); });
  json.objects("target_fields", profile.target.fields,
               [&](const TargetField &field) { writeFieldMembers(json, field); });
  json.endObject();
  return json.take();
}

/// As a cell of a CSV file.
static std::string csvCell(const ReportCell &cell) {
  if (const auto *text = std::get_if<std::string>(&cell))
    return csvText(*text);
  if (const auto *shape = std::get_if<llvm::ArrayRef<int32_t>>(&cell))
    return shapeText(*shape);
  if (const auto *count = std::get_if<uint64_t>(&cell))
    return std::to_string(*count);
  return numberText(std::get<double>(cell));
}

std::string profileCsv(const Profile &profile) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  const char *separator = "";
  for (const ReportColumn &column : reportColumns()) {
    stream << separator << column.name;
    separator = ",";
  }
  // Of the whole file, as nothing else in it could say so.
  stream << ",assume_int8,what_if,network_bound,network_bound_gain\n";
  for (const CommandCost &cost : profile.cost.commands) {
    separator = "";
    for (const ReportColumn &column : reportColumns()) {
      stream << separator << csvCell(column.cell(profile, cost));
      separator = ",";
    }
    stream << ',' << int(profile.assumptions.int8) << ',' << profile.assumptions.whatIf() << ','
           << boundName(profile.cost.bound) << ',' << numberText(profile.cost.gain) << '\n';
  }
  return text;
}

} // namespace bstc
