// The profile as files: JSON and CSV. docs/profile.md describes the fields; keep the two together.
#include "tools/bstc/report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

namespace json = llvm::json;

json::Value toJson(const TargetField &field) {
  return json::Object{{"field", field.key},
                      {"value", field.value},
                      {"unit", field.unit},
                      {"origin", originName(field.origin)},
                      {"source", jsonText(field.source)}};
}

json::Value toJson(const EngineTime &time) {
  return json::Object{{"commands", int64_t(time.commands)},
                      {"compute_ms", time.computeSeconds * 1e3},
                      {"wait_ms", time.waitSeconds * 1e3},
                      {"overhead_ms", time.overheadSeconds * 1e3},
                      {"busy_ms", time.seconds() * 1e3}};
}

json::Value toJson(const Profile &profile, const CommandCost &cost) {
  const bst::Command &command = profile.program.commands[cost.command];
  json::Array shape;
  for (int32_t extent : profile.program.tensors[command.outputs[0]].shape)
    shape.push_back(extent);
  return json::Object{{"command", int64_t(cost.command)},
                      {"node", jsonText(command.name)},
                      {"engine", bst::engineName(command.engine)},
                      {"op", bst::opcodeName(command.params)},
                      {"output_shape", std::move(shape)},
                      {"macs", int64_t(cost.work.macs)},
                      {"mac_slots", int64_t(cost.work.macSlots)},
                      {"elements", int64_t(cost.work.elements)},
                      {"cycles", int64_t(cost.work.cycles)},
                      {"overhead_cycles", int64_t(cost.work.overheadCycles)},
                      {"dram_read_bytes", int64_t(cost.work.dramRead)},
                      {"dram_write_bytes", int64_t(cost.work.dramWrite)},
                      {"sram_bytes", int64_t(cost.work.sramBytes)},
                      {"compute_ms", cost.computeSeconds * 1e3},
                      {"dram_ms", cost.memorySeconds * 1e3},
                      {"time_ms", cost.seconds * 1e3},
                      {"utilisation", cost.utilisation},
                      {"bound", boundName(cost.bound)}};
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

std::string jsonText(llvm::StringRef text) {
  return json::isUTF8(text) ? text.str() : json::fixUTF8(text);
}

std::string profileJson(const Profile &profile) {
  const CostReport &cost = profile.cost;
  json::Object engines;
  for (size_t engine = 0; engine < 3; ++engine)
    engines[bst::engineNames[engine]] = toJson(cost.engines[engine]);
  json::Array commands, fields;
  for (const CommandCost &command : cost.commands)
    commands.push_back(toJson(profile, command));
  for (const TargetField &field : profile.target.fields)
    fields.push_back(toJson(field));
  const json::Value root = json::Object{{"schema", 1},
                                        {"network", jsonText(profile.program.name)},
                                        {"target", jsonText(profile.target.name)},
                                        {"fps", cost.framesPerSecond},
                                        {"latency_ms", cost.latencySeconds * 1e3},
                                        {"share_of_peak", cost.shareOfPeak},
                                        {"bound", boundName(cost.bound)},
                                        {"macs", int64_t(cost.macs)},
                                        {"mac_slots", int64_t(cost.macSlots)},
                                        {"dram_read_bytes", int64_t(cost.dramRead)},
                                        {"dram_write_bytes", int64_t(cost.dramWrite)},
                                        {"dram_ms", cost.dramSeconds * 1e3},
                                        {"arena_bytes", int64_t(profile.program.arenaSize)},
                                        {"engines", std::move(engines)},
                                        {"commands", std::move(commands)},
                                        {"target_fields", std::move(fields)}};
  std::string text;
  llvm::raw_string_ostream(text) << llvm::formatv("{0:2}\n", root);
  return text;
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
