#include "backends/target_schema.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace bstc {
namespace {

using llvm::StringRef;

constexpr double maxCycles = 1e9, maxBytes = 1e12, maxClock = 1e5;

void addMaca(Target::Maca &maca, std::vector<FieldRow> &rows) {
  const FieldRow fields[] = {
      {"maca", "macs_per_cycle", "MAC/cycle", 1, 1e9, &maca.macsPerCycle, true},
      {"maca", "pixel_quantum", "pixels", 1, 1e6, &maca.pixelQuantum, false},
      {"maca", "blocks_in_row", "flag", 0, 1, &maca.blocksInRow, false},
      {"maca", "out_channel_quantum", "channels", 1, 1e6, &maca.outChannelQuantum, false,
       Decides::Tiles},
      {"maca", "in_channel_quantum", "channels", 1, 1e6, &maca.inChannelQuantum, false},
      {"maca", "depthwise_group", "channels", 1, 1e6, &maca.depthwiseGroup, false},
      {"maca", "depthwise_macs_per_cycle", "MAC/cycle", 0, 1e9, &maca.depthwiseMacsPerCycle, true},
      {"maca", "channel_augmentation", "flag", 0, 1, &maca.channelAugmentation, true},
      {"maca", "stride_factor", "ratio", 1, 1e3, &maca.strideFactor, false},
      {"maca", "efficiency", "ratio", 0.01, 1, &maca.efficiency, true},
      {"maca", "clock_mhz", "MHz", 1, maxClock, &maca.clockMHz, true},
      {"maca", "data_memory_bytes", "bytes", 1, maxBytes, &maca.dataMemoryBytes, true,
       Decides::Tiles},
      {"maca", "weight_memory_bytes", "bytes", 1, maxBytes, &maca.weightMemoryBytes, true,
       Decides::Tiles},
      {"maca", "weight_bytes_per_cycle", "bytes/cycle", 1, 1e6, &maca.weightBytesPerCycle, true},
      {"maca", "command_cycles", "cycles", 0, maxCycles, &maca.commandCycles, false},
      {"maca", "fused_add", "flag", 0, 1, &maca.fusedAdd, true, Decides::Tiles},
      {"maca", "fused_table_bytes_per_cycle", "bytes/cycle", 0, 1e6, &maca.fusedTableBytesPerCycle,
       true},
  };
  rows.insert(rows.end(), std::begin(fields), std::end(fields));
}

void addOthers(Target &t, std::vector<FieldRow> &rows) {
  const FieldRow fields[] = {
      {"edp", "present", "flag", 0, 1, &t.edp.present, true, Decides::Commands},
      {"edp", "bytes_per_cycle", "bytes/cycle", 1, 1e6, &t.edp.bytesPerCycle, true},
      {"edp", "clock_mhz", "MHz", 1, maxClock, &t.edp.clockMHz, true},
      {"edp", "command_cycles", "cycles", 0, maxCycles, &t.edp.commandCycles, false},
      {"edp", "concat_in_place", "flag", 0, 1, &t.edp.concatInPlace, true},
      {"dsp", "flops_per_cycle", "flop/cycle", 1, 1e6, &t.dsp.flopsPerCycle, true},
      {"dsp", "transcendental_flops", "flop", 1, 1e6, &t.dsp.transcendentalFlops, false},
      {"dsp", "clock_mhz", "MHz", 1, maxClock, &t.dsp.clockMHz, true},
      {"dsp", "command_cycles", "cycles", 0, maxCycles, &t.dsp.commandCycles, false},
      {"dsp", "cores", "cores", 1, 1024, &t.dsp.cores, true},
      {"dsp", "host", "flag", 0, 1, &t.dsp.host, false, Decides::Commands},
      {"dsp", "candidates", "boxes", 0, 1e6, &t.dsp.candidates, false},
      {"dma", "channels", "channels", 1, 1024, &t.dma.channels, true},
      {"dma", "transfer_cycles", "cycles", 0, maxCycles, &t.dma.transferCycles, false},
      {"dram", "bytes_per_cycle", "bytes/cycle", 1, 1e6, &t.dram.bytesPerCycle, true},
      {"dram", "gigabytes_per_second", "GB/s", 0.001, 1e6, &t.dram.gigabytesPerSecond, true},
      {"dram", "core_gigabytes_per_second", "GB/s", 0, 1e6, &t.dram.coreGigabytesPerSecond, true},
      {"dram", "burst_bytes", "bytes", 1, 65536, &t.dram.burstBytes, false},
      {"device", "cores", "cores", 1, 1024, &t.device.cores, true},
      {"device", "frames_in_flight", "frames", 1, 64, &t.device.framesInFlight, true},
      {"device", "frame_microseconds", "us", 0, 1e6, &t.device.frameMicroseconds, false},
      {"device", "layer_by_layer", "flag", 0, 1, &t.device.layerByLayer, false, Decides::Tiles},
      {"device", "keeps_maps", "flag", 0, 1, &t.device.keepsMaps, true, Decides::Tiles},
      {"host", "frame_milliseconds", "ms", 0, 1e6, &t.host.frameMilliseconds, false},
      {"host", "gigabytes_per_second", "GB/s", 0, 1e6, &t.host.gigabytesPerSecond, true},
  };
  rows.insert(rows.end(), std::begin(fields), std::end(fields));
}

/// Short names for `--set`; docs/targets.md lists them.
constexpr std::pair<const char *, const char *> shortNames[] = {
    {"dram_gbps", "dram.gigabytes_per_second"},
    {"maca_mhz", "maca.clock_mhz"},
    {"edp_mhz", "edp.clock_mhz"},
    {"dsp_mhz", "dsp.clock_mhz"},
};

std::string number(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.12g", value);
  return text;
}

llvm::Error fail(const llvm::Twine &what) { return makeError(Code::BadTarget, what); }

} // namespace

std::vector<FieldRow> schemaOf(Target &target) {
  std::vector<FieldRow> rows;
  addMaca(target.maca, rows);
  addOthers(target, rows);
  return rows;
}

llvm::Error storeValue(const FieldRow &row, double value) {
  if (!(value >= row.least && value <= row.greatest))
    return fail(llvm::formatv("field '{0}': value {1} is outside {2} to {3} {4}", row.name(),
                              number(value), number(row.least), number(row.greatest), row.unit));
  if (const auto *real = std::get_if<double *>(&row.slot)) {
    **real = value;
    return llvm::Error::success();
  }
  if (value != std::floor(value))
    return fail("field '" + row.name() + "': value " + number(value) + " must be a whole number");
  if (const auto *whole = std::get_if<int64_t *>(&row.slot))
    **whole = int64_t(value);
  else
    *std::get<bool *>(row.slot) = value != 0;
  return llvm::Error::success();
}

llvm::Expected<const FieldRow *> findField(llvm::ArrayRef<FieldRow> schema, StringRef name) {
  for (auto [shortName, fullName] : shortNames)
    if (name == shortName)
      name = fullName;
  std::vector<const FieldRow *> found;
  for (const FieldRow &row : schema) {
    if (row.name() == name)
      return &row;
    if (name == row.key)
      found.push_back(&row);
  }
  if (found.size() == 1)
    return found.front();
  if (found.empty())
    return fail("no field is named '" + name + "' (docs/targets.md lists them)");
  std::vector<std::string> names;
  names.reserve(found.size());
  for (const FieldRow *row : found)
    names.push_back(row->name());
  return fail("field '" + name + "' is ambiguous: " + llvm::join(names, ", "));
}

} // namespace bstc
