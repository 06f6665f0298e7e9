#include "tools/bstc/profile/report_rows.h"

#include "tools/bstc/cli/arguments.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace bstc {
namespace {

const bst::Command &commandOf(const Profile &profile, const CommandCost &cost) {
  return profile.program.commands[cost.command];
}

llvm::ArrayRef<int32_t> shapeOf(const Profile &profile, uint32_t tensor) {
  return profile.program.tensors[tensor].shape;
}

/// Cycles of the clock of the command's engine.
uint64_t cycles(const Profile &profile, const CommandCost &cost, double seconds) {
  return uint64_t(std::llround(seconds * clockHz(commandOf(profile, cost).engine, profile.target)));
}

/// Of the time of a frame that runs alone.
double shareOf(const Profile &profile, const CommandCost &cost) {
  return profile.cost.latencySeconds > 0 ? cost.seconds / profile.cost.latencySeconds : 0;
}

using P = const Profile &;
using C = const CommandCost &;

constexpr ReportColumn columns[] = {
    {"command", [](P, C c) -> ReportCell { return uint64_t(c.command); }},
    {"node", [](P p, C c) -> ReportCell { return commandOf(p, c).name; }},
    {"engine",
     [](P p, C c) -> ReportCell { return std::string(bst::engineName(commandOf(p, c).engine)); }},
    {"op",
     [](P p, C c) -> ReportCell { return std::string(bst::opcodeName(commandOf(p, c).params)); }},
    {"function", [](P p, C c) -> ReportCell { return functionOf(commandOf(p, c)); }},
    {"input_shape", [](P p, C c) -> ReportCell { return shapeOf(p, commandOf(p, c).inputs[0]); }},
    {"output_shape", [](P p, C c) -> ReportCell { return shapeOf(p, commandOf(p, c).outputs[0]); }},
    {"tiles", [](P, C c) -> ReportCell { return uint64_t(c.tiles); }},
    {"macs", [](P, C c) -> ReportCell { return c.work.macs; }},
    {"recomputed_macs", [](P, C c) -> ReportCell { return c.recomputedMacs; }},
    {"mac_slots", [](P, C c) -> ReportCell { return c.work.macSlots; }},
    {"elements", [](P, C c) -> ReportCell { return c.work.elements; }},
    {"recomputed_elements", [](P, C c) -> ReportCell { return c.recomputedElements; }},
    {"cycles", [](P, C c) -> ReportCell { return c.work.cycles; }},
    {"dma_cycles", [](P p, C c) -> ReportCell { return cycles(p, c, c.memorySeconds); }},
    {"overhead_cycles", [](P, C c) -> ReportCell { return c.work.overheadCycles; }},
    {"total_cycles", [](P p, C c) -> ReportCell { return cycles(p, c, c.seconds); }},
    {"dram_read_bytes", [](P, C c) -> ReportCell { return c.work.dramRead; }},
    {"dram_write_bytes", [](P, C c) -> ReportCell { return c.work.dramWrite; }},
    {"host_bytes", [](P, C c) -> ReportCell { return c.hostBytes; }},
    {"sram_bytes", [](P, C c) -> ReportCell { return c.work.sramBytes; }},
    {"compute_ms", [](P, C c) -> ReportCell { return c.computeSeconds * 1e3; }},
    {"dram_ms", [](P, C c) -> ReportCell { return c.memorySeconds * 1e3; }},
    {"start_ms", [](P, C c) -> ReportCell { return c.active.start * 1e3; }},
    {"end_ms", [](P, C c) -> ReportCell { return c.active.end * 1e3; }},
    {"time_ms", [](P, C c) -> ReportCell { return c.seconds * 1e3; }},
    {"share", [](P p, C c) -> ReportCell { return shareOf(p, c); }},
    {"utilisation", [](P, C c) -> ReportCell { return c.utilisation; }},
    {"bound", [](P, C c) -> ReportCell { return std::string(boundName(c.bound)); }},
};

/// Does `a` come before `b`?
bool before(const ReportCell &a, const ReportCell &b) {
  if (const auto *text = std::get_if<std::string>(&a))
    return *text < std::get<std::string>(b);
  if (const auto *count = std::get_if<uint64_t>(&a))
    return *count > std::get<uint64_t>(b);
  if (const auto *measure = std::get_if<double>(&a))
    return *measure > std::get<double>(b);
  const auto elements = [](llvm::ArrayRef<int32_t> shape) {
    int64_t count = 1;
    for (int32_t extent : shape)
      count *= extent;
    return count;
  };
  return elements(std::get<llvm::ArrayRef<int32_t>>(a)) >
         elements(std::get<llvm::ArrayRef<int32_t>>(b));
}

} // namespace

std::string functionOf(const bst::Command &command) {
  const auto *table = std::get_if<bst::LutParams>(&command.params);
  return table ? table->function : "";
}

llvm::ArrayRef<ReportColumn> reportColumns() { return columns; }

llvm::Expected<std::vector<const CommandCost *>> sortedCommands(const Profile &profile,
                                                                llvm::StringRef name, size_t top) {
  std::vector<const CommandCost *> rows;
  for (const CommandCost &cost : profile.cost.commands)
    rows.push_back(&cost);
  if (!name.empty()) {
    const ReportColumn *column =
        llvm::find_if(columns, [&](const ReportColumn &c) { return name == c.name; });
    if (column == std::end(columns)) {
      std::vector<llvm::StringRef> names;
      for (const ReportColumn &known : columns)
        names.push_back(known.name);
      return llvm::make_error<UsageError>("no column is named '" + name.str() +
                                          "' (known: " + llvm::join(names, ", ") + ")");
    }
    llvm::stable_sort(rows, [&](const CommandCost *a, const CommandCost *b) {
      return before(column->cell(profile, *a), column->cell(profile, *b));
    });
  }
  rows.resize(std::min(rows.size(), top));
  return rows;
}

} // namespace bstc
