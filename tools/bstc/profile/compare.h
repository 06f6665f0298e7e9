#ifndef BSTC_TOOLS_BSTC_PROFILE_COMPARE_H
#define BSTC_TOOLS_BSTC_PROFILE_COMPARE_H

#include "partitioner/draws.h"
#include "tools/bstc/profile/saved_report.h"

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// The same command in two reports; one of them is null where the other has no counterpart.
struct CommandPair {
  const SavedReport::Command *a = nullptr, *b = nullptr;
};

/// Pairs commands by the name of their node (the n-th of a name with the n-th), then those between
/// two such pairs by operator and order. In the order of `a`, with what only `b` has where it comes
/// in `b`.
std::vector<CommandPair> matchCommands(const SavedReport &a, const SavedReport &b);

/// What one cause does to a frame. Differences are `b` less `a`.
struct Cause {
  std::string text;  ///< "57 silu commands on EDP, only in A".
  size_t count = 0;  ///< Of the commands (or pairs of them).
  bool same = false; ///< Both sides have them, on the same engine with the same operator.
  std::vector<std::string> nodes; ///< Of those that only one side has.
  std::string engine;             ///< On which its work is; of two, that with more of it.
  double timeMs = 0; ///< Of a frame alone. Those of all causes add up to the difference of latency
                     ///< (but for the host's part).
  double engineMs = 0; ///< Work of the engine: arithmetic and starts.
  int64_t dramBytes = 0;
  bool costsNothing() const;
};
/// Causes, those that change the frame most first. Commands that are the same in both and whose
/// cost differs by nothing are left out; what only one side has is a difference whatever it costs.
std::vector<Cause> findCauses(llvm::ArrayRef<CommandPair> pairs);

/// How the FPS differ over the draws of the devices' assumed fields, the same ones on both sides. A
/// side of which nothing is uncertain has its FPS in all of them. None where neither has draws, or
/// where one is an older report without.
std::optional<FpsDifference> drawnDifference(const SavedReport &a, const SavedReport &b);

/// Prints both side by side: totals, why the FPS differ, and the layers; at most `top` of them,
/// those that differ most first, where `top` is not 0.
void printComparison(const SavedReport &a, llvm::StringRef nameA, const SavedReport &b,
                     llvm::StringRef nameB, size_t top, llvm::raw_ostream &stream);

/// The same as JSON; docs/profile.md describes it.
std::string comparisonJson(const SavedReport &a, llvm::StringRef nameA, const SavedReport &b,
                           llvm::StringRef nameB);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_COMPARE_H
