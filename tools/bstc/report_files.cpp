// The profile as files: JSON and CSV. docs/profile.md describes the fields; keep the two together.
#include "tools/bstc/json_writer.h"
#include "tools/bstc/report.h"

#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

void writeField(JsonWriter &json, const TargetField &field) {
  json.beginObject();
  json.member("field", field.key);
  json.member("value", field.value);
  json.member("unit", field.unit);
  json.member("origin", originName(field.origin));
  json.member("source", field.source);
  json.endObject();
}

void writeEngine(JsonWriter &json, const EngineTime &time) {
  json.beginObject();
  json.member("commands", time.commands);
  json.member("compute_ms", time.computeSeconds * 1e3);
  json.member("wait_ms", time.waitSeconds * 1e3);
  json.member("overhead_ms", time.overheadSeconds * 1e3);
  json.member("busy_ms", time.seconds() * 1e3);
  json.endObject();
}

void writeCommand(JsonWriter &json, const Profile &profile, const CommandCost &cost) {
  const bst::Command &command = profile.program.commands[cost.command];
  json.beginObject();
  json.member("command", cost.command);
  json.member("node", command.name);
  json.member("engine", bst::engineName(command.engine));
  json.member("op", bst::opcodeName(command.params));
  json.member("output_shape",
              llvm::makeArrayRef(profile.program.tensors[command.outputs[0]].shape));
  json.member("macs", cost.work.macs);
  json.member("mac_slots", cost.work.macSlots);
  json.member("elements", cost.work.elements);
  json.member("cycles", cost.work.cycles);
  json.member("overhead_cycles", cost.work.overheadCycles);
  json.member("dram_read_bytes", cost.work.dramRead);
  json.member("dram_write_bytes", cost.work.dramWrite);
  json.member("sram_bytes", cost.work.sramBytes);
  json.member("compute_ms", cost.computeSeconds * 1e3);
  json.member("dram_ms", cost.memorySeconds * 1e3);
  json.member("time_ms", cost.seconds * 1e3);
  json.member("utilisation", cost.utilisation);
  json.member("bound", boundName(cost.bound));
  json.endObject();
}

void writeTotals(JsonWriter &json, const Profile &profile) {
  const CostReport &cost = profile.cost;
  json.member("schema", 1);
  json.member("network", profile.program.name);
  json.member("target", profile.target.name);
  json.member("fps", cost.framesPerSecond);
  json.member("latency_ms", cost.latencySeconds * 1e3);
  json.member("share_of_peak", cost.shareOfPeak);
  json.member("bound", boundName(cost.bound));
  json.member("macs", cost.macs);
  json.member("mac_slots", cost.macSlots);
  json.member("dram_read_bytes", cost.dramRead);
  json.member("dram_write_bytes", cost.dramWrite);
  json.member("dram_ms", cost.dramSeconds * 1e3);
  json.member("arena_bytes", profile.program.arenaSize);
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
  json.key("commands");
  json.beginArray();
  for (const CommandCost &cost : profile.cost.commands)
    writeCommand(json, profile, cost);
  json.endArray();
  json.key("target_fields");
  json.beginArray();
  for (const TargetField &field : profile.target.fields)
    writeField(json, field);
  json.endArray();
  json.endObject();
  return json.take();
}

std::string profileCsv(const Profile &profile) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "command,node,engine,op,output_shape,macs,mac_slots,elements,cycles,overhead_cycles,"
            "dram_read_bytes,dram_write_bytes,sram_bytes,compute_ms,dram_ms,time_ms,utilisation,"
            "bound\n";
  for (const CommandCost &cost : profile.cost.commands) {
    const bst::Command &command = profile.program.commands[cost.command];
    stream << cost.command << ',' << csvText(command.name) << ',' << bst::engineName(command.engine)
           << ',' << bst::opcodeName(command.params) << ','
           << shapeText(profile.program.tensors[command.outputs[0]].shape);
    for (uint64_t count :
         {cost.work.macs, cost.work.macSlots, cost.work.elements, cost.work.cycles,
          cost.work.overheadCycles, cost.work.dramRead, cost.work.dramWrite, cost.work.sramBytes})
      stream << ',' << count;
    for (double number : {cost.computeSeconds * 1e3, cost.memorySeconds * 1e3, cost.seconds * 1e3,
                          cost.utilisation})
      stream << ',' << numberText(number);
    stream << ',' << boundName(cost.bound) << '\n';
  }
  return text;
}

} // namespace bstc
