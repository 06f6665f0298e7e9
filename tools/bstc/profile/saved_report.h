#ifndef BSTC_TOOLS_BSTC_PROFILE_SAVED_REPORT_H
#define BSTC_TOOLS_BSTC_PROFILE_SAVED_REPORT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Included by a file that is compiled as C++17 (see CMakeLists.txt).
namespace bstc {

/// The parts of the time from frame to frame and what idle time waits for: members of the report,
/// and in words.
struct PartName {
  const char *key, *text;
};
inline constexpr PartName framePartNames[] = {{"minimum_ms", "work at its peak"},
                                              {"excess_ms", "work beyond that"},
                                              {"starts_ms", "starts of commands"},
                                              {"waits_ms", "waiting for DRAM"},
                                              {"idle_ms", "idle"}};
inline constexpr PartName waitNames[] = {{"maca_ms", "while MACA works"},
                                         {"edp_ms", "while EDP works"},
                                         {"dsp_ms", "while DSP works"},
                                         {"load_data_ms", "while maps are loaded"},
                                         {"load_weights_ms", "while weights are loaded"},
                                         {"store_ms", "while maps are stored"},
                                         {"other_ms", "while driver or host work"}};

struct Profile;

/// What a comparison needs of a profile: of one at hand, or of what `bstc profile --json` wrote.
/// Times in milliseconds.
struct SavedReport {
  struct Command {
    std::string node, engine, op, function, outputShape, bound;
    uint64_t macs = 0, dramBytes = 0;
    double computeMs = 0, startMs = 0; ///< On its engine.
    double timeMs = 0;                 ///< Of a frame alone; all of them add up to its latency.
    bool rides = false;                ///< Is done by another command in its time.
    /// "silu" of a table, otherwise the operator.
    const std::string &label() const { return function.empty() ? op : function; }
    /// Sets `startMs` and `rides`, the other members being known. `clockMHz` of its engine; 0: not
    /// known.
    void setStart(uint64_t tiles, double overheadCycles, double clockMHz);
  };
  struct Resource {
    std::string name; ///< An engine or "dram".
    double busyMs = 0;
  };
  /// What the time from frame to frame is made of, for the busiest resource.
  struct Part {
    std::string key, name; ///< "idle_ms" of the report; "idle".
    double ms = 0;
  };
  struct Field {
    std::string key, unit;
    double value = 0;
  };
  std::string network, target, bound;
  double fps = 0, latencyMs = 0;
  /// FPS on drawn devices (predictDraws()); empty: nothing is uncertain.
  std::vector<double> fpsDraws;
  bool hasDraws = true; ///< False of an older report, which does not say.
  /// Share of FPS that twice as much of `bound` gains; none: an older report, whose `bound` is what
  /// the busiest resource spends most of its time on.
  std::optional<double> boundGain;
  uint64_t macs = 0, dramRead = 0, dramWrite = 0;
  uint64_t hostBytes = 0; ///< What a host moves, past the device's DRAM port.
  std::vector<Resource> resources;
  std::vector<Part> frameTime; ///< The same parts in every report; they add up to 1 / fps.
  std::vector<Part> waits;     ///< What the last of them, idle time, waits for; the same, too.
  bool assumeInt8 = false;     ///< A float network as if it were quantised.
  std::string whatIf;          ///< What the network was changed to; empty: as it is.
  std::vector<Command> commands;
  std::vector<Field> fields;
  const Resource &busiest() const;
  double field(llvm::StringRef key) const; ///< Its value; 0: there is none.
};

/// What profileJson() writes of `profile` and parseReport() reads, without the way through text.
SavedReport reportOf(const Profile &profile);

/// Reads a report. Errors name `source`: not JSON, no report of this tool, a missing member.
llvm::Expected<SavedReport> parseReport(llvm::StringRef json, llvm::StringRef source);

/// Does a file hold JSON rather than a model? Its first character that is not white space is '{'.
bool looksLikeReport(llvm::StringRef path);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_SAVED_REPORT_H
