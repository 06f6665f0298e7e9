#ifndef BSTC_TOOLS_BSTC_PROFILE_REPORT_H
#define BSTC_TOOLS_BSTC_PROFILE_REPORT_H

#include "ir/notice.h"
#include "partitioner/fused_adds.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/profile/outlook.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace bstc {

/// "3.569": milliseconds of seconds; "74.0": percent of a share.
std::string milliseconds(double seconds);
std::string percent(double share);

/// What a profile is not of: the network as its file has it.
struct Assumptions {
  bool int8 = false;      ///< --assume-int8: a float network as if it were quantised.
  bool relu = false;      ///< --what-if relu.
  int64_t size = 0;       ///< --size, pixels; 0: the file's own.
  bool tieScales = false; ///< --what-if tie-scales.
  /// "relu size-512"; empty: the network as it is.
  std::string whatIf() const;
};

/// What the profile of a network is made of.
struct Profile {
  const bst::Program &program;
  const Target &target;
  const CostReport &cost;
  std::optional<FpsRange> range{}; ///< None: it was left out (--quick).
  Timeline frames{}; ///< The frames that the report shows: those asked for, or the steady state.
  std::optional<FusedAdds> fusedAdds{};
  Assumptions assumptions{};
  llvm::ArrayRef<Notice> notices = {}; ///< Of the compilation.
  Outlook outlook{};
};

/// What the commands of one engine amount to.
struct EngineWork {
  uint64_t commands = 0, macs = 0;
  uint64_t weights = 0, dramRead = 0, dramWrite = 0; ///< Bytes.
};
/// By bst::Engine. A constant that several commands of an engine read counts once.
std::array<EngineWork, bst::engineNames.size()> engineWork(const Profile &profile);

/// Commands, MACs, weights and DRAM traffic of each engine.
void printEngineWork(const Profile &profile, llvm::raw_ostream &stream);

/// Two tables with a row for each engine and for DRAM: what it does in a frame of the steady state,
/// and what it waits for. Together the parts of a row are the time from frame to frame.
void printEngineTimes(const Profile &profile, llvm::raw_ostream &stream);

/// The time from frame to frame as its busiest resource spends it, part by part.
void printBreakdown(const CostReport &cost, llvm::raw_ostream &stream);

/// One row per command of `rows`.
void printLayers(const Profile &profile, llvm::ArrayRef<const CommandCost *> rows,
                 llvm::raw_ostream &stream);

/// Start, end and distance of each frame.
void printFrames(const Timeline &timeline, llvm::raw_ostream &stream);

/// The engines' times, the assumed fields of the target that they rest on, and the summary:
/// activation passes, FPS with its range and what bounds it, its share of the bound and of the
/// roofline, where the rest goes, the network's other form, and what would gain most.
void printProfile(const Profile &profile, llvm::raw_ostream &stream);

/// The same as JSON and as CSV (one row per command); docs/profile.md describes both.
std::string profileJson(const Profile &profile);
std::string profileCsv(const Profile &profile);

/// Profile::frames in the Chrome trace event format: one track per queue and core, frames, DRAM
/// rate and on-chip occupancy.
std::string profileTrace(const Profile &profile);

/// The report as one page of HTML that needs nothing else (report_page/). `title` is the model's
/// name.
std::string profilePage(const Profile &profile, llvm::StringRef title);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_REPORT_H
