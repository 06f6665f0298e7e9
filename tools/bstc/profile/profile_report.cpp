// What a comparison needs of a profile, from the profile itself.
#include "tools/bstc/profile/report_rows.h"
#include "tools/bstc/profile/saved_report.h"

namespace bstc {
namespace {

SavedReport::Command commandOf(const Profile &profile, const CommandCost &cost,
                               const SavedReport &report) {
  const bst::Command &command = profile.program.commands[cost.command];
  SavedReport::Command result;
  result.node = command.name;
  result.engine = bst::engineName(command.engine);
  result.op = bst::opcodeName(command.params);
  result.function = functionOf(command);
  result.outputShape = shapeText(profile.program.tensors[command.outputs[0]].shape);
  result.bound = boundName(cost.bound);
  result.macs = cost.work.macs;
  result.dramBytes = cost.work.dramRead + cost.work.dramWrite;
  result.computeMs = cost.computeSeconds * 1e3;
  result.timeMs = cost.seconds * 1e3;
  result.setStart(cost.tiles, double(cost.work.overheadCycles),
                  report.field(result.engine + ".clock_mhz"));
  return result;
}

void addParts(const Breakdown &breakdown, SavedReport &report) {
  const double parts[] = {breakdown.minimum, breakdown.excess, breakdown.starts, breakdown.waits,
                          breakdown.idle};
  static_assert(std::size(parts) == std::size(framePartNames));
  for (size_t i = 0; i < std::size(parts); ++i)
    report.frameTime.push_back({framePartNames[i].key, framePartNames[i].text, parts[i] * 1e3});
  static_assert(waitCauses == std::size(waitNames));
  for (size_t i = 0; i < waitCauses; ++i)
    report.waits.push_back({waitNames[i].key, waitNames[i].text, breakdown.waitsFor[i] * 1e3});
}

} // namespace

SavedReport reportOf(const Profile &profile) {
  const CostReport &cost = profile.cost;
  SavedReport report;
  report.network = profile.program.name;
  report.target = profile.target.name;
  report.bound = boundName(cost.bound);
  report.boundGain = cost.gain;
  report.fps = cost.framesPerSecond;
  report.hasDraws = profile.range.has_value();
  if (profile.range)
    report.fpsDraws = profile.range->draws;
  report.latencyMs = cost.latencySeconds * 1e3;
  report.macs = cost.macs;
  report.dramRead = cost.dramRead;
  report.dramWrite = cost.dramWrite;
  report.hostBytes = cost.hostBytes;
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine)
    report.resources.push_back({bst::engineNames[engine], cost.engines[engine].seconds() * 1e3});
  report.resources.push_back({"dram", cost.dram.compute * 1e3});
  addParts(cost.breakdown, report);
  report.assumeInt8 = profile.assumptions.int8;
  report.whatIf = profile.assumptions.whatIf();
  for (const TargetField &field : profile.target.fields)
    report.fields.push_back({field.key, field.unit, field.value});
  for (const CommandCost &command : cost.commands)
    report.commands.push_back(commandOf(profile, command, report));
  return report;
}

} // namespace bstc
