#include "tools/bstc/run/run_timings.h"

#include "tools/bstc/cli/table.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace bstc {
namespace {

/// Multiply-accumulates of an int8 convolution; 0 for other commands.
uint64_t macsOf(const bst::Program &program, const bst::Command &command) {
  if (!std::holds_alternative<bst::ConvParams>(command.params))
    return 0;
  const bst::Tensor &weights = program.tensors[command.inputs[1]];
  return elementCount(program.tensors[command.outputs[0]]) * elementCount(weights) /
         uint64_t(weights.shape[0]);
}

/// The last three cells of a row: time, MACs a second and their share of `peak`, where there are
/// any.
void addTime(std::vector<std::string> &row, uint64_t macs, double seconds, double peak) {
  row.push_back(fixedPoint(seconds * 1e3, 3));
  row.push_back(macs ? fixedPoint(double(macs) / seconds * 1e-9, 1) : "-");
  row.push_back(macs && peak > 0 ? fixedPoint(100 * double(macs) / seconds / peak, 1) : "-");
}

} // namespace

std::string kernelText(const bst::ProgramSession &session, uint32_t command) {
  const bst_kernel_info info = session.kernel(command);
  if (info.pass != command && info.pass < session.program().commands.size())
    return "in " + session.program().commands[info.pass].name;
  return info.name;
}

RunTimings::RunTimings(const bst::Program &program)
    : program(program), seconds(program.commands.size(), std::numeric_limits<double>::infinity()),
      macaSeconds(std::numeric_limits<double>::infinity()), allSeconds(macaSeconds) {
  for (const bst::Command &command : program.commands)
    macs.push_back(macsOf(program, command));
}

void RunTimings::addRun(llvm::ArrayRef<double> times) {
  double maca = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    seconds[i] = std::min(seconds[i], times[i]);
    maca += macs[i] ? times[i] : 0;
  }
  macaSeconds = std::min(macaSeconds, maca);
  allSeconds = std::min(allSeconds, std::accumulate(times.begin(), times.end(), 0.0));
  ++runs;
}

void RunTimings::compareWith(double peakMacs, unsigned ofThreads) {
  peak = peakMacs;
  threads = ofThreads;
}

void RunTimings::write(const bst::ProgramSession &session, JsonWriter &json) const {
  json.key("timings");
  json.beginObject();
  json.member("runs", runs);
  json.member("threads", threads);
  json.member("all_ms", allSeconds * 1e3);
  json.member("maca_ms", macaSeconds * 1e3);
  json.member("peak_macs_per_second", peak);
  json.key("commands");
  json.beginArray();
  for (uint32_t i = 0; i < seconds.size(); ++i) {
    const bst::Command &command = program.commands[i];
    json.beginObjectOnOneLine();
    json.member("engine", bst::engineName(command.engine));
    json.member("op", bst::opcodeName(command.params));
    json.member("node", command.name);
    json.member("kernel", kernelText(session, i));
    json.member("host_ms", seconds[i] * 1e3);
    json.member("macs", macs[i]);
    json.endObject();
  }
  json.endArray();
  json.endObject();
}

void RunTimings::print(const bst::ProgramSession &session, llvm::raw_ostream &stream) const {
  Table table({{"engine"},
               {"op"},
               nameColumn("node", 60),
               {"kernel"},
               {"host ms", true},
               {"GMAC/s", true},
               {"% of peak", true}});
  for (uint32_t i = 0; i < seconds.size(); ++i) {
    const bst::Command &command = program.commands[i];
    std::vector<std::string> row = {bst::engineName(command.engine),
                                    bst::opcodeName(command.params), command.name,
                                    kernelText(session, i)};
    addTime(row, macs[i], seconds[i], peak);
    table.add(std::move(row));
  }
  table.addRule();
  const uint64_t total = std::accumulate(macs.begin(), macs.end(), uint64_t(0));
  for (const auto &[name, time] : {std::pair("maca", macaSeconds), std::pair("all", allSeconds)}) {
    std::vector<std::string> row = {name, "", "", ""};
    addTime(row, total, time, peak);
    table.add(std::move(row));
  }
  table.print(stream);
  if (peak > 0)
    stream << "peak measured in this run: " << fixedPoint(peak * 1e-9, 1) << " GMAC/s with "
           << threads << (threads == 1 ? " thread" : " threads") << "; "
           << (runs == 1 ? std::string("times of the second of two runs")
                         : "each time the least of " + std::to_string(runs) +
                               " runs, after one that does not count")
           << "\n";
}

} // namespace bstc
