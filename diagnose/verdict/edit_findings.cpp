#include "diagnose/verdict/verdict.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {

namespace {

/// What an edit is a finding of: a row of aspects.def.
struct EditMeaning {
  Code code;
  Severity severity;
  Certainty certainty;
};

EditMeaning meaningOf(EditKind kind) {
  switch (kind) {
#define BSTC_EDIT_FINDING(kind, code, severity, certainty)                                         \
  case EditKind::kind:                                                                             \
    return {Code::code, Severity::severity, Certainty::certainty};
#include "diagnose/verdict/aspects.def"
  }
  llvm_unreachable("every kind has a row");
}

/// Whether an edit is at so many layers that it was meant: a network of another width, or trained
/// with another activation than the reference. With the same weights it was not trained at all.
bool wasMeant(const Edit &edit, const Difference &difference, const Network &network) {
  const auto isNearlyAllOf = [&](size_t all) { return edit.places.size() * 10 >= all * 9; };
  const size_t weighted = difference.matching.weightedBoth;
  if (edit.kind == EditKind::WeightShape)
    return isNearlyAllOf(weighted);
  const size_t untrained = difference.totals.weightsEqual + difference.totals.weightsRounded;
  return edit.kind == EditKind::ActivationChanged && untrained * 2 < weighted &&
         isNearlyAllOf(size_t(llvm::count_if(
             network.layers, [](const Layer &layer) { return isActivation(layer.op); })));
}

std::string nodeOf(const Place &place, const Network &network) {
  const int layer = !place.onlyB.empty() ? place.onlyB.front() : place.b;
  return layer >= 0 ? network.layers[size_t(layer)].node : "";
}

/// The cure of these codes has the line of code; the edit's own hint would only repeat a part.
bool hasBetterCure(Code code) { return code == Code::BlocksDiffer; }

Evidence evidenceOfEdit(const Edit &edit, const Difference &difference, const Network &network) {
  EditMeaning meaning = meaningOf(edit.kind);
  const Place &first = edit.places.front();
  if (edit.kind == EditKind::RangeChanged)
    meaning.code = first.input >= 0   ? Code::InputRange
                   : first.amount > 1 ? Code::RangeTooWide
                                      : Code::RangeTooSmall;
  if (wasMeant(edit, difference, network))
    meaning.severity = Severity::Note;
  Evidence evidence{Basis::Reference, {}, nullptr, edit.id};
  Finding &finding = evidence.finding;
  finding.code = meaning.code;
  finding.severity = meaning.severity;
  finding.certainty = meaning.certainty;
  finding.layer = first.layer;
  finding.node = nodeOf(first, network);
  finding.text = edit.text;
  for (const Place &place : llvm::drop_begin(edit.places))
    if (place.layer != first.layer && !llvm::is_contained(finding.others, place.layer))
      finding.others.push_back(place.layer);
  const char *hint = editInfo(edit.kind).hint;
  if (*hint && !hasBetterCure(meaning.code))
    evidence.hint = hint;
  return evidence;
}

} // namespace

std::vector<Evidence> evidenceOf(const Difference &difference, const Network &network) {
  std::vector<Evidence> evidence;
  for (const Edit &edit : difference.edits)
    if (!edit.summary && !edit.places.empty())
      evidence.push_back(evidenceOfEdit(edit, difference, network));
  return evidence;
}

std::vector<Evidence> evidenceOf(Basis basis, llvm::ArrayRef<Finding> findings) {
  std::vector<Evidence> evidence;
  for (const Finding &finding : findings)
    evidence.push_back({basis, finding, nullptr, 0});
  return evidence;
}

} // namespace bstc::diagnose
