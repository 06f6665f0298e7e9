#ifndef BSTC_DIAGNOSE_DIFF_FINDERS_H
#define BSTC_DIAGNOSE_DIFF_FINDERS_H

#include "diagnose/diff/diff.h"

namespace bstc::diagnose {

/// What is compared.
struct Compared {
  const Network &a, &b;
  const Matching &matching;

  /// Whether inputs of the two have other shapes: then extents inside differ, too.
  bool otherSize() const;
};

/// One change at one place, before equal ones are put together.
struct Change {
  EditKind kind;
  Place place;
  std::string text;   ///< A sentence with the place in it, without a full stop.
  std::string key;    ///< Equal for equal changes: those become one edit.
  std::string remark; ///< A further sentence, the same for all equal ones; may be empty.
  bool summary = false;
  std::vector<Place> others = {}; ///< Of a summary: all places that it is about.
};
using Changes = std::vector<Change>;

// Each adds what it finds; the first finds most when it comes to the reader's question.
void findStructure(const Compared &compared, Changes &changes);
void findAttributes(const Compared &compared, Changes &changes);
void findActivations(const Compared &compared, Changes &changes);
void findPairs(const Compared &compared, Changes &changes);
void findRanges(const Compared &compared, DiffTotals &totals, Changes &changes);
void findWeightScales(const Compared &compared, Changes &changes);
void findWeights(const Compared &compared, DiffTotals &totals, Changes &changes);
void findDecode(const Compared &compared, Changes &changes);

/// Puts equal changes together, and numbers them: families in their order, summaries last.
std::vector<Edit> groupChanges(Changes changes);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_FINDERS_H
