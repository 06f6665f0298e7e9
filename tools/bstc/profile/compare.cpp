#include "tools/bstc/profile/compare.h"

#include "tools/bstc/cli/table.h"
#include "tools/bstc/profile/outlook.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace bstc {
namespace {

std::string signedBytes(int64_t bytes) {
  if (bytes == 0)
    return "0 B";
  return ((bytes > 0 ? "+" : "-") + llvm::Twine(bytesText(uint64_t(std::abs(bytes))))).str();
}

/// "+12.3%".
std::string change(double a, double b) {
  return a > 0 ? signedFixed((b / a - 1) * 100, 1) + "%" : "-";
}

/// "dsp", and what twice as much of it gains; older reports name the busiest resource.
std::string boundText(const SavedReport &report) {
  if (!report.boundGain)
    return report.bound + " (busiest)";
  return report.bound + " (" + signedFixed(*report.boundGain * 100, 1) + "% if doubled)";
}

void printTotals(const SavedReport &a, const SavedReport &b, llvm::raw_ostream &stream) {
  Table table({{""}, {"A", true}, {"B", true}, {"B less A", true}, {"", true}});
  const auto addFixed = [&](llvm::StringRef name, double x, double y, int digits) {
    table.add({name.str(), fixedPoint(x, digits), fixedPoint(y, digits), signedFixed(y - x, digits),
               change(x, y)});
  };
  const auto addBytes = [&](const char *name, uint64_t x, uint64_t y) {
    table.add({name, bytesText(x), bytesText(y), signedBytes(int64_t(y) - int64_t(x)),
               change(double(x), double(y))});
  };
  addFixed("FPS", a.fps, b.fps, 1);
  addFixed("latency ms", a.latencyMs, b.latencyMs, 3);
  for (size_t i = 0; i < a.resources.size(); ++i)
    addFixed(a.resources[i].name + " busy ms", a.resources[i].busyMs, b.resources[i].busyMs, 3);
  table.add({"bound by", boundText(a), boundText(b), "", ""});
  table.add({"commands", std::to_string(a.commands.size()), std::to_string(b.commands.size()),
             signedFixed(double(b.commands.size()) - double(a.commands.size()), 0), ""});
  table.add({"MACs", withPrefix(double(a.macs)), withPrefix(double(b.macs)), "",
             change(double(a.macs), double(b.macs))});
  addBytes("DRAM read", a.dramRead, b.dramRead);
  addBytes("DRAM written", a.dramWrite, b.dramWrite);
  if (a.hostBytes || b.hostBytes)
    addBytes("moved by a host", a.hostBytes, b.hostBytes);
  table.print(stream);
}

/// Numbers of the device that differ; many where the devices have nothing in common.
void printDevices(const SavedReport &a, const SavedReport &b, llvm::raw_ostream &stream) {
  std::vector<std::string> lines;
  for (const SavedReport::Field &field : a.fields) {
    const auto other = llvm::find_if(
        b.fields, [&](const SavedReport::Field &candidate) { return candidate.key == field.key; });
    if (other != b.fields.end() && other->value != field.value)
      lines.push_back("  " + field.key + ": " + numberText(field.value) + " -> " +
                      numberText(other->value) + " " + field.unit);
  }
  if (lines.empty())
    return;
  stream << "\nthe device differs:\n";
  for (const std::string &line : lines)
    stream << line << '\n';
}

/// "B reaches 300.0 FPS, 12.3% more than A: a frame every ...".
void printVerdict(const SavedReport &a, const SavedReport &b, llvm::raw_ostream &stream) {
  if (a.fps <= 0 || b.fps <= 0)
    return;
  const double relative = b.fps / a.fps - 1;
  stream << "\nB reaches " << fixedPoint(b.fps, 1) << " FPS, ";
  if (std::abs(relative) < 5e-4)
    stream << "as many as A";
  else
    stream << fixedPoint(std::abs(relative) * 100, 1) << "% " << (relative > 0 ? "more" : "less")
           << " than A's " << fixedPoint(a.fps, 1);
  stream << ": a frame every " << fixedPoint(1e3 / b.fps, 3) << " ms instead of "
         << fixedPoint(1e3 / a.fps, 3) << " ms.\n";
  if (const auto difference = drawnDifference(a, b))
    stream << "B against A over what is assumed of the device: " << differenceSentence(*difference)
           << ".\n";
  const SavedReport::Resource &x = a.busiest(), &y = b.busiest();
  const auto busy = [](const SavedReport::Resource &resource) {
    return llvm::StringRef(resource.name).upper() + ", " + fixedPoint(resource.busyMs, 3) +
           " ms a frame";
  };
  if (x.name == y.name)
    stream << "Both have the same busiest resource: " << llvm::StringRef(x.name).upper() << ", "
           << fixedPoint(x.busyMs, 3) << " -> " << fixedPoint(y.busyMs, 3) << " ms a frame.";
  else
    stream << "A's busiest resource is " << busy(x) << "; B's is " << busy(y) << ".";
  stream << " Its time from frame to frame:\n\n";
  Table table({{"  ms a frame"}, {"A", true}, {"B", true}, {"B less A", true}});
  for (size_t i = 0; i < a.frameTime.size(); ++i)
    table.add({"  " + a.frameTime[i].name, fixedPoint(a.frameTime[i].ms, 3),
               fixedPoint(b.frameTime[i].ms, 3),
               signedFixed(b.frameTime[i].ms - a.frameTime[i].ms, 3)});
  for (size_t i = 0; i < a.waits.size(); ++i)
    if (std::max(a.waits[i].ms, b.waits[i].ms) >= 5e-4)
      table.add({"    of it " + a.waits[i].name, fixedPoint(a.waits[i].ms, 3),
                 fixedPoint(b.waits[i].ms, 3), signedFixed(b.waits[i].ms - a.waits[i].ms, 3)});
  table.print(stream);
}

/// The first few of commands that only one side has.
void printNodes(llvm::ArrayRef<std::string> nodes, llvm::raw_ostream &stream) {
  constexpr size_t most = 3;
  if (nodes.empty())
    return;
  stream << "    ";
  llvm::interleaveComma(nodes.take_front(most), stream);
  if (nodes.size() > most)
    stream << " and " << nodes.size() - most << " more";
  stream << '\n';
}

void printCauses(llvm::ArrayRef<Cause> causes, const SavedReport &a, const SavedReport &b,
                 llvm::raw_ostream &stream) {
  if (causes.empty()) {
    stream << "\nno command differs\n";
    return;
  }
  stream << "\nwhy (B less A; frame: time of a frame alone, engine: arithmetic and starts):\n";
  double explained = 0;
  for (const Cause &cause : causes) {
    explained += cause.timeMs;
    stream << "  " << cause.text << ": ";
    if (cause.costsNothing())
      stream << "at no cost\n";
    else
      stream << signedFixed(cause.timeMs, 3) << " ms of the frame, "
             << signedFixed(cause.engineMs, 3) << " ms of " << llvm::StringRef(cause.engine).upper()
             << ", " << signedBytes(cause.dramBytes) << " DRAM a frame\n";
    printNodes(cause.nodes, stream);
  }
  const double rest = b.latencyMs - a.latencyMs - explained;
  if (std::abs(rest) >= 5e-4)
    stream << "  outside of commands (driver, host): " << signedFixed(rest, 3)
           << " ms of the frame\n";
  stream << "  in all: " << signedFixed(b.latencyMs - a.latencyMs, 3) << " ms of latency\n";
}

std::string both(const std::string &a, const std::string &b) {
  return a == b || b.empty() ? a : a.empty() ? b : a + " -> " + b;
}

void printLayers(std::vector<CommandPair> pairs, size_t top, llvm::raw_ostream &stream) {
  const auto difference = [](const CommandPair &pair) {
    return (pair.b ? pair.b->timeMs : 0) - (pair.a ? pair.a->timeMs : 0);
  };
  if (top > 0) {
    llvm::stable_sort(pairs, [&](const CommandPair &x, const CommandPair &y) {
      return std::abs(difference(x)) > std::abs(difference(y));
    });
    pairs.resize(std::min(top, pairs.size()));
  }
  Table table({nameColumn("node", 36),
               {"op"},
               {"engine"},
               {"output"},
               {"A us", true},
               {"B us", true},
               {"B less A", true},
               {"A DRAM", true},
               {"B DRAM", true}});
  for (const CommandPair &pair : pairs) {
    const SavedReport::Command missing;
    const SavedReport::Command &a = pair.a ? *pair.a : missing, &b = pair.b ? *pair.b : missing;
    table.add({pair.a ? a.node : b.node, both(a.label(), b.label()), both(a.engine, b.engine),
               both(a.outputShape, b.outputShape), pair.a ? fixedPoint(a.timeMs * 1e3, 1) : "-",
               pair.b ? fixedPoint(b.timeMs * 1e3, 1) : "-", signedFixed(difference(pair) * 1e3, 1),
               pair.a ? bytesText(a.dramBytes) : "-", pair.b ? bytesText(b.dramBytes) : "-"});
  }
  table.print(stream);
}

} // namespace

std::optional<FpsDifference> drawnDifference(const SavedReport &a, const SavedReport &b) {
  const auto draws = [](const SavedReport &report, size_t count) {
    return report.fpsDraws.empty() ? std::vector<double>(count, report.fps) : report.fpsDraws;
  };
  const size_t count = std::max(a.fpsDraws.size(), b.fpsDraws.size());
  if (count == 0 || !a.hasDraws || !b.hasDraws)
    return std::nullopt;
  return differenceOf(draws(a, count), draws(b, count));
}

void printComparison(const SavedReport &a, llvm::StringRef nameA, const SavedReport &b,
                     llvm::StringRef nameB, size_t top, llvm::raw_ostream &stream) {
  const std::vector<CommandPair> pairs = matchCommands(a, b);
  const auto printSide = [&](const char *side, llvm::StringRef name, const SavedReport &report) {
    stream << side << ": " << name << " on " << report.target
           << (report.assumeInt8 ? ", taken as if int8" : "")
           << (report.whatIf.empty() ? "" : ", what if: " + report.whatIf) << '\n';
  };
  printSide("A", nameA, a);
  printSide("B", nameB, b);
  stream << '\n';
  printLayers(pairs, top, stream);
  stream << '\n';
  printTotals(a, b, stream);
  printDevices(a, b, stream);
  printVerdict(a, b, stream);
  const std::vector<Cause> causes = findCauses(pairs);
  printCauses(causes, a, b, stream);
  const bool otherCommands =
      llvm::any_of(causes, [](const Cause &cause) { return !cause.same && !cause.nodes.empty(); });
  if (otherCommands && a.whatIf == b.whatIf && a.target == b.target)
    stream << "\nWhat one has and the other has not: 'bstc diff' of the two models says what was "
              "changed in the\nnetwork, 'bstc blame' what that costs in accuracy.\n";
}

} // namespace bstc
