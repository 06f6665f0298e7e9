// Which command of one report is which of the other, and what the differences come from.
#include "tools/bstc/profile/compare.h"

#include "tools/bstc/cli/table.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace bstc {
namespace {

using Command = SavedReport::Command;
constexpr size_t none = ~size_t(0);

/// For each command of `a` the one of `b` with the same name; the n-th of a name is the n-th.
std::vector<size_t> matchByName(const SavedReport &a, const SavedReport &b) {
  std::map<std::pair<std::string, size_t>, size_t> places;
  std::map<std::string, size_t> seenA, seenB;
  for (size_t j = 0; j < b.commands.size(); ++j)
    places[{b.commands[j].node, seenB[b.commands[j].node]++}] = j;
  std::vector<size_t> match(a.commands.size(), none);
  for (size_t i = 0; i < match.size(); ++i) {
    const std::string &node = a.commands[i].node;
    if (const auto found = places.find({node, seenA[node]++}); found != places.end())
      match[i] = found->second;
  }
  return match;
}

/// Pairs the commands [beginA, endA) with those of [beginB, endB) that have the same operator, as
/// many as possible in order (the longest common subsequence).
void matchInOrder(const SavedReport &a, const SavedReport &b, size_t beginA, size_t endA,
                  size_t beginB, size_t endB, std::vector<size_t> &match) {
  const size_t rows = endA - beginA, columns = endB - beginB;
  const auto same = [&](size_t i, size_t j) {
    return a.commands[beginA + i].label() == b.commands[beginB + j].label();
  };
  std::vector<std::vector<uint32_t>> longest(rows + 1, std::vector<uint32_t>(columns + 1));
  for (size_t i = rows; i-- > 0;)
    for (size_t j = columns; j-- > 0;)
      longest[i][j] =
          same(i, j) ? longest[i + 1][j + 1] + 1 : std::max(longest[i + 1][j], longest[i][j + 1]);
  for (size_t i = 0, j = 0; i < rows && j < columns;) {
    if (same(i, j))
      match[beginA + i++] = beginB + j++;
    else if (longest[i + 1][j] >= longest[i][j + 1])
      ++i;
    else
      ++j;
  }
}

/// Fills the gaps between commands that were matched by name.
void matchGaps(const SavedReport &a, const SavedReport &b, std::vector<size_t> &match) {
  size_t beginA = 0, beginB = 0;
  const std::vector<size_t> byName = match;
  for (size_t i = 0; i <= byName.size(); ++i) {
    const bool end = i == byName.size();
    if (!end && (byName[i] == none || byName[i] < beginB))
      continue;
    const size_t endB = end ? b.commands.size() : byName[i];
    // Gaps hold unmatched commands only: those matched across each other bound them, too.
    const bool free = std::all_of(byName.begin() + ptrdiff_t(beginA), byName.begin() + ptrdiff_t(i),
                                  [](size_t partner) { return partner == none; }) &&
                      llvm::none_of(byName, [&](size_t partner) {
                        return partner != none && partner >= beginB && partner < endB;
                      });
    if (free)
      matchInOrder(a, b, beginA, i, beginB, endB, match);
    beginA = i + 1;
    beginB = endB + 1;
  }
}

std::string placeOf(const Command &command) {
  return command.rides ? "riding on other commands"
                       : "on " + llvm::StringRef(command.engine).upper();
}

/// What the members of one cause have in common, said of `count` of them.
std::string causeKey(const CommandPair &pair) {
  const Command &one = pair.a ? *pair.a : *pair.b;
  const std::string what = " " + one.label() + " command{s}";
  if (!pair.b)
    return what + " " + placeOf(one) + ", only in A";
  if (!pair.a)
    return what + " " + placeOf(one) + ", only in B";
  const std::string from = placeOf(*pair.a), to = placeOf(*pair.b);
  if (from != to)
    return what + " " + to + " instead of " + from;
  if (pair.a->label() != pair.b->label())
    return what + " that become{s3} " + pair.b->label();
  return what + " " + to + " in both";
}

struct Sums {
  size_t count = 0;
  Cause cause;
  std::map<std::string, double> busy; ///< Milliseconds on both sides, by engine.
  uint64_t macsA = 0, macsB = 0;
};

std::string replaced(std::string text, llvm::StringRef mark, llvm::StringRef by) {
  if (const size_t at = text.find(mark.str()); at != std::string::npos)
    text.replace(at, mark.size(), by.str());
  return text;
}

/// "57 silu commands on EDP, only in A".
std::string causeText(const std::string &key, const Sums &sums) {
  const bool many = sums.count != 1;
  std::string text = std::to_string(sums.count) + key;
  text = replaced(replaced(text, "{s}", many ? "s" : ""), "{s3}", many ? "" : "s");
  if (sums.macsA != sums.macsB && sums.macsA && sums.macsB)
    text +=
        " (" + withPrefix(double(sums.macsA)) + " -> " + withPrefix(double(sums.macsB)) + " MACs)";
  return text;
}

/// Work that moves from one engine to another is that of the engine which has more of it: what
/// leaves DSP for MACA is time that DSP wins, not time that MACA takes.
std::string engineOf(const Sums &sums) {
  return std::max_element(sums.busy.begin(), sums.busy.end(),
                          [](const auto &x, const auto &y) { return x.second < y.second; })
      ->first;
}

/// Is it the same command on both sides, whatever it costs?
bool isSame(const CommandPair &pair) {
  return pair.a && pair.b && placeOf(*pair.a) == placeOf(*pair.b) &&
         pair.a->label() == pair.b->label();
}

void addTo(Sums &sums, const Command &command, int sign) {
  const double engineMs = command.computeMs + command.startMs;
  sums.busy[command.engine] += engineMs;
  sums.cause.timeMs += sign * command.timeMs;
  sums.cause.engineMs += sign * engineMs;
  sums.cause.dramBytes += sign * int64_t(command.dramBytes);
  (sign > 0 ? sums.macsB : sums.macsA) += command.macs;
}

} // namespace

bool Cause::costsNothing() const {
  return std::abs(timeMs) < 5e-5 && std::abs(engineMs) < 5e-5 && dramBytes == 0;
}

std::vector<CommandPair> matchCommands(const SavedReport &a, const SavedReport &b) {
  std::vector<size_t> match = matchByName(a, b);
  matchGaps(a, b, match);
  std::vector<size_t> partner(b.commands.size(), none);
  for (size_t i = 0; i < match.size(); ++i)
    if (match[i] != none)
      partner[match[i]] = i;
  std::vector<std::pair<size_t, CommandPair>> rows;
  for (size_t i = 0; i < match.size(); ++i)
    rows.push_back(
        {2 * i + 2, {&a.commands[i], match[i] == none ? nullptr : &b.commands[match[i]]}});
  size_t last = 0; // Place of the latest command of `b` that has a partner.
  for (size_t j = 0; j < partner.size(); ++j)
    if (partner[j] == none)
      rows.push_back({last + 1, {nullptr, &b.commands[j]}});
    else
      last = 2 * partner[j] + 2;
  llvm::stable_sort(rows, [](const auto &x, const auto &y) { return x.first < y.first; });
  std::vector<CommandPair> pairs;
  pairs.reserve(rows.size());
  for (const auto &row : rows)
    pairs.push_back(row.second);
  return pairs;
}

std::vector<Cause> findCauses(llvm::ArrayRef<CommandPair> pairs) {
  std::map<std::string, Sums> groups;
  for (const CommandPair &pair : pairs) {
    Sums &sums = groups[causeKey(pair)];
    ++sums.count;
    sums.cause.same = isSame(pair);
    if (!pair.a || !pair.b)
      sums.cause.nodes.push_back((pair.a ? pair.a : pair.b)->node);
    if (pair.a)
      addTo(sums, *pair.a, -1);
    if (pair.b)
      addTo(sums, *pair.b, 1);
  }
  std::vector<Cause> causes;
  for (const auto &[key, sums] : groups) {
    const Cause &cause = sums.cause;
    if (cause.same && cause.costsNothing())
      continue;
    causes.push_back(cause);
    causes.back().text = causeText(key, sums);
    causes.back().engine = engineOf(sums);
    causes.back().count = sums.count;
  }
  const auto weight = [](const Cause &cause) {
    return std::max(std::abs(cause.timeMs), std::abs(cause.engineMs));
  };
  llvm::stable_sort(causes, [&](const Cause &x, const Cause &y) { return weight(x) > weight(y); });
  return causes;
}

} // namespace bstc
