#ifndef BSTC_DIAGNOSE_VERDICT_VERDICT_H
#define BSTC_DIAGNOSE_VERDICT_VERDICT_H

#include "diagnose/diff/diff.h"
#include "diagnose/findings/finding.h"
#include "diagnose/measure/measurement.h"

#include <optional>

namespace bstc::diagnose {

/// What a finding rests on.
enum class Basis : uint8_t { File, Reference, Pictures };
/// "file", "reference", "pictures".
const char *basisName(Basis basis);

/// Which part of a layer a finding is about: two findings about one part of one layer are one
/// fault.
enum class Aspect : uint8_t {
  Structure,
  Activation,
  Quantiser,
  WeightQuantiser,
  Weights,
  Bias,
  Decode,
  Other, ///< None of a layer: the finding stands alone.
};
/// A row of aspects.def; Other for a code that has none.
Aspect aspectOf(Code code);

/// A finding, and who says so.
struct Evidence {
  Basis basis;
  Finding finding;
  /// What to look for in the training code, where that is more exact than the code's cure; or null.
  const char *hint = nullptr;
  unsigned edit = 0; ///< Of the difference from the reference, where it is one: its id.
};

/// One fault, with all that was found of it.
struct Fault {
  Finding finding;                ///< The surest, with the figures of all.
  Basis basis;                  ///< Of that one.
  std::vector<Evidence> evidence; ///< The others.
  std::string cure;               ///< What to change in the training code.
  std::vector<unsigned> edits;    ///< Ids of edits that are this fault.

  /// Module paths of all layers that it is about, the first one in front.
  std::vector<std::string> layers() const;
};

/// What is wrong with a network, as far as anything tells.
struct Verdict {
  std::vector<Fault> faults; ///< Errors and warnings, the most likely cause first.
  std::vector<Fault> hints;  ///< Notes: correct networks have such, too.
  /// Whether there is a finding of level error.
  bool isFaulty() const;
};

/// The edits of a difference as findings about its B, \p network; A is the reference. Summaries of
/// what training does to all layers are none.
std::vector<Evidence> evidenceOf(const Difference &difference, const Network &network);
/// Findings of one source.
std::vector<Evidence> evidenceOf(Basis basis, llvm::ArrayRef<Finding> findings);

/// Puts together what is about one fault: the same part of the same layer. The surest text leads,
/// of two as sure the one that needs less.
Verdict judge(std::vector<Evidence> evidence);

/// What is left of the signal at a layer, from the picture on, in dB.
struct SignalLoss {
  double before = 0, behind = 0; ///< At the worst of what the layer reads; behind its quantiser.
};
/// Of the first of \p fault's layers that was measured; nothing where none was, or where nothing
/// is lost there.
std::optional<SignalLoss> signalLoss(const Fault &fault, const Measurement &measurement,
                                     const Measures &measures);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_VERDICT_VERDICT_H
