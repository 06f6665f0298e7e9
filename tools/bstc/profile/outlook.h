#ifndef BSTC_TOOLS_BSTC_PROFILE_OUTLOOK_H
#define BSTC_TOOLS_BSTC_PROFILE_OUTLOOK_H

#include "partitioner/cost.h"
#include "partitioner/draws.h"

#include <optional>
#include <string>
#include <vector>

namespace bstc {

class JsonWriter;
struct Profile;

/// What is said of one form of a network in a line: how fast it is, how sure that is, and how far
/// from the bound.
struct Standing {
  double fps = 0, latencySeconds = 0;
  double low = 0, high = 0; ///< The band of 8 of 10 draws; equal where nothing is uncertain.
  std::string most;         ///< The uncertain field that matters most; empty: none does.
  LowerBound least;
  double share = 0; ///< Of the bound's FPS.
};
/// Without a range it says nothing of how sure the FPS are.
Standing standingOf(const CostReport &cost, const std::optional<FpsRange> &range,
                    const Target &target);

/// One change of a network that makes it faster, as simulated.
struct Advice {
  std::string key;  ///< "deploy", "relu", "size": of the row of candidates.
  std::string text; ///< "ReLU for SiLU".
  double fps = 0;   ///< With this change alone, on top of `base`.
  double gain = 0;  ///< Over the FPS of `base`: 0.12 for 12% more.
  std::string base; ///< "exported" or "deployed": what it is a change of.
};

/// What a summary says of a network beside its profile: its other form, and what would gain most.
struct Outlook {
  std::optional<Standing> deployed;
  std::string whyNotDeployed; ///< Where there is no `deployed`; empty: it was not asked for.
  std::vector<Advice> advice; ///< The greatest gain first, three at most.
  bool advised = false;       ///< Changes were tried.
};

/// "2,280 FPS (1,900-2,500 in 8 of 10 draws of the assumed fields; most: maca.clock_mhz)".
std::string fpsSentence(const Standing &standing);
/// "3,801 FPS (MACA slots); 60% of it reached".
std::string boundSentence(const Standing &standing);
/// "where silicon is known this model is 9% off in the mean".
std::string modelErrorSentence();
/// "faster in 97% of draws, +4.0% to +12.1% in 8 of 10"; "sign not certain: faster in 61%, slower
/// in 39% of draws, ..."; of B against A.
std::string differenceSentence(const FpsDifference &difference);

/// The two forms in a line each, then a line for each piece of advice; nothing where there is
/// nothing to say.
void printOutlook(const Standing &exported, const Outlook &outlook, llvm::raw_ostream &stream);

/// Members of the profile's JSON: `lower_bound`; `deployed` and `advice`.
void writeLowerBound(JsonWriter &json, const Standing &standing);
void writeOutlook(JsonWriter &json, const Outlook &outlook);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_OUTLOOK_H
