#include "tests/report/sample.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <regex>

namespace bstc::test {
namespace {

constexpr double us = 1e-6;

bst::Tensor tensor(const char *name, std::vector<int32_t> shape) {
  bst::Tensor result;
  result.name = name;
  result.shape = std::move(shape);
  return result;
}

bst::Command command(bst::Engine engine, const char *name, uint32_t input, bst::Params params) {
  return {engine, name, {input}, {input + 1}, {}, std::move(params)};
}

bst::TileOp tileOp(bst::Queue queue, uint32_t index, uint32_t tensorIndex) {
  bst::TileOp op;
  op.queue = queue;
  op.commands = {index};
  op.output.tensor = tensorIndex;
  return op;
}

bst::Program makeProgram() {
  bst::Program program;
  program.name = "sample";
  program.tensors = {tensor("image", {1, 3, 8, 6}), tensor("map", {1, 16, 4, 3}),
                     tensor("active", {1, 16, 4, 2}), tensor("out", {1, 48})};
  program.commands = {
      command(bst::Engine::Maca, "stem", 0, bst::ConvParams{}),
      command(bst::Engine::Edp, "act", 1, bst::LutParams{"silu", std::vector<uint8_t>(256)}),
      command(bst::Engine::Dsp, "tail", 2, bst::DequantizeParams{})};
  program.tensors.push_back(tensor("weights", {5}));
  program.tensors.back().storage = bst::Storage::Weights;
  program.tensors.back().size = 1580;
  program.commands[0].inputs.push_back(4);
  program.inputs = {0};
  program.outputs = {3};
  program.arenaSize = 2530;
  program.arenaLowerBound = 2200; // 15.0% less.
  program.tiles.dataBytes = 64000;
  program.tiles.weightBytes = 32000;
  program.tiles.ops = {tileOp(bst::Queue::LoadData, 0, 0), tileOp(bst::Queue::Maca, 0, 1),
                       tileOp(bst::Queue::Edp, 1, 2), tileOp(bst::Queue::Dsp, 2, 3)};
  return program;
}

CommandCost stem() {
  CommandCost cost;
  cost.command = 0;
  cost.tiles = 2;
  cost.work = {.macs = 1234500,
               .macSlots = 2000000,
               .elements = 11,
               .cycles = 3001,
               .overheadCycles = 401,
               .dramRead = 5001,
               .dramWrite = 6002,
               .sramBytes = 7003};
  cost.recomputedMacs = 37035; // 3.0%.
  cost.recomputedElements = 12;
  cost.computeSeconds = 21.1 * us;
  cost.overheadSeconds = 3.1 * us;
  cost.haloSeconds = 4.1 * us;
  cost.hostBytes = 0;
  cost.memorySeconds = 17.2 * us; // 8600 cycles of 500 MHz.
  cost.active = {1 * us, 91 * us};
  cost.seconds = 50 * us; // A quarter of the frame; 25,000 cycles.
  cost.utilisation = 0.123;
  cost.bound = Bound::Maca;
  return cost;
}

CommandCost act() {
  CommandCost cost;
  cost.command = 1;
  cost.tiles = 3;
  cost.work = {.macs = 0,
               .macSlots = 0,
               .elements = 4000,
               .cycles = 1300,
               .overheadCycles = 502,
               .dramRead = 810,
               .dramWrite = 920,
               .sramBytes = 3460};
  cost.recomputedElements = 160; // 4.0%.
  cost.computeSeconds = 5.2 * us;
  cost.overheadSeconds = 2.008 * us;
  cost.haloSeconds = 0.2 * us;
  cost.memorySeconds = 6.4 * us; // 1600 cycles of 250 MHz.
  cost.active = {92 * us, 120 * us};
  cost.seconds = 80 * us; // 40%; 20,000 cycles.
  cost.bound = Bound::Dram;
  return cost;
}

CommandCost tail() {
  CommandCost cost;
  cost.command = 2;
  cost.tiles = 1;
  cost.work = {.macs = 0,
               .macSlots = 0,
               .elements = 777,
               .cycles = 990,
               .overheadCycles = 603,
               .dramRead = 33,
               .dramWrite = 44,
               .sramBytes = 154};
  cost.hostBytes = 654;
  cost.computeSeconds = 0.99 * us;
  cost.overheadSeconds = 0.603 * us;
  cost.memorySeconds = 1.5 * us; // 1500 cycles of 1000 MHz.
  cost.active = {121 * us, 200 * us};
  cost.seconds = 70 * us; // 35%; 70,000 cycles.
  cost.bound = Bound::Overhead;
  return cost;
}

/// Parts that add up to 125 us.
EngineTime engineTime(uint32_t commands, double compute, double halo, double wait, double overhead,
                      Waits waits) {
  EngineTime time;
  time.commands = commands;
  time.computeSeconds = compute * us;
  time.haloSeconds = halo * us;
  time.waitSeconds = wait * us;
  time.overheadSeconds = overhead * us;
  for (size_t cause = 0; cause < waitCauses; ++cause) {
    time.waits[cause] = waits[cause] * us;
    time.idleSeconds += waits[cause] * us;
  }
  return time;
}

CostReport makeCost() {
  CostReport cost;
  cost.commands = {stem(), act(), tail()};
  cost.engines[0] = engineTime(1, 60, 4, 7, 3, {0, 11, 12, 13, 14, 2, 3});
  cost.engines[1] = engineTime(2, 30, 2, 6, 5, {21, 0, 22, 23, 8, 9, 1});
  cost.engines[2] = engineTime(3, 20, 0, 1, 4, {31, 32, 0, 10, 15, 5, 7});
  cost.dram.compute = 40 * us;
  cost.dram.starts = 9 * us;
  cost.dram.memory = 16 * us;
  cost.dram.waits = {17 * us, 18 * us, 19 * us, 0, 0, 0, 6 * us};
  cost.macs = 1234500;
  cost.recomputedMacs = 37035;
  cost.macSlots = 2000000;
  cost.dramRead = 5844;
  cost.dramWrite = 6966;
  cost.hostBytes = 654;
  cost.latencySeconds = 200 * us;
  cost.driverSeconds = 31 * us;
  cost.framesPerSecond = 8000;
  cost.shareOfPeak = 0.0987;
  cost.bound = Bound::Edp;
  cost.gain = 0.25;
  cost.faster = {8400, 10000, 8080, 8240, 7960};
  cost.roofline.engines = {50 * us, 25 * us, 10 * us};
  cost.roofline.dram = 30 * us;
  cost.roofline.dramBytes = 4321;
  cost.roofline.seconds = 50 * us;
  cost.roofline.bound = Bound::Maca;
  cost.shareOfRoofline = 0.4;
  cost.least = {62.5 * us, 35 * us, 12 * us, 3210}; // 16,000 FPS.
  cost.shareOfLeast = 0.5;
  cost.breakdown = {.resource = Bound::Maca,
                    .minimum = 50 * us,
                    .excess = 10 * us,
                    .halos = 4 * us,
                    .starts = 3 * us,
                    .waits = 7 * us,
                    .idle = 55 * us,
                    .waitsFor = cost.engines[0].waits};
  cost.demands.resize(4);
  cost.demands[0].startSeconds = 1 * us;
  cost.demands[0].readBytes = 800;
  cost.demands[1].startSeconds = 2 * us;
  cost.demands[1].computeSeconds = 40 * us;
  cost.demands[1].work.macs = 1234500;
  cost.demands[2].startSeconds = 3 * us;
  cost.demands[2].computeSeconds = 20 * us;
  cost.demands[3].startSeconds = 4 * us;
  cost.demands[3].computeSeconds = 10 * us;
  cost.demands[3].readBytes = 300;
  cost.demands[3].writeBytes = 450;
  cost.alone.frames = 1;
  cost.alone.ops = {{0, 9 * us}, {9 * us, 91 * us}, {92 * us, 120 * us}, {121 * us, 200 * us}};
  cost.alone.frameTimes = {{0, 200 * us}};
  cost.alone.endSeconds = 200 * us;
  cost.occupancy = {{0, 100, 200}, {10 * us, 5600, 300}, {20 * us, 400, 7800}, {30 * us, 0, 0}};
  return cost;
}

} // namespace

SampleProfile::SampleProfile() : program(makeProgram()), cost(makeCost()) {
  target = llvm::cantFail(loadTarget("bst-a1000b0"));
  llvm::cantFail(
      applySettings(target, {"maca_mhz=500", "edp_mhz=250", "dsp_mhz=1000", "macs_per_cycle=2000",
                             "dram_gbps=7", "device.cores=2", "frames_in_flight=2"}));
  target.name = "device";
  range.emplace();
  for (size_t i = 0; i < target.fields.size(); ++i) {
    if (target.fields[i].key == "edp.bytes_per_cycle")
      range->effects.push_back({i, 7100, 8900, ""});
    if (target.fields[i].key == "dma.channels")
      range->effects.push_back({i, 0, 8300, "node 'stem' does not fit"});
  }
  range->low = 6500;
  range->high = 9100;
  range->draws = {6450, 9150, 7777};
  frames.frames = 2;
  frames.inFlight = 2;
  frames.ops = {{0, 9 * us},          {9 * us, 91 * us},   {92 * us, 120 * us},
                {121 * us, 200 * us}, {10 * us, 19 * us},  {19 * us, 101 * us},
                {121 * us, 149 * us}, {201 * us, 325 * us}};
  frames.frameTimes = {{0, 200 * us}, {10 * us, 325 * us}};
  frames.endSeconds = 325 * us;
  fusedAdds = FusedAdds{7, 7200, 210 * us, 1242810};
  assumptions.size = 96;
  outlook.deployed = Standing{
      14000, 90 * us, 12345, 15000, "maca.clock_mhz", {62.4 * us, 0, 11 * us, 3111}, 0.875};
  outlook.advised = true;
  outlook.advice = {{"deploy", "deploy form", 14000, 0.75, "exported"},
                    {"relu", "ReLU for SiLU", 15400, 0.1, "deployed"}};
}

std::vector<std::string> linesOf(llvm::StringRef text) {
  std::vector<std::string> lines;
  llvm::SmallVector<llvm::StringRef, 64> parts;
  text.split(parts, '\n');
  for (llvm::StringRef part : parts)
    lines.push_back(std::regex_replace(part.str(), std::regex(" +"), " "));
  while (!lines.empty() && lines.back().empty())
    lines.pop_back();
  return lines;
}

} // namespace bstc::test
