#include "diagnose/diff/finders.h"
#include "diagnose/diff/words.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace bstc::diagnose {

const EditInfo &editInfo(EditKind kind) {
  static const EditInfo rows[] = {
#define BSTC_EDIT(kind, family, name, hint) {EditKind::kind, EditFamily::family, name, hint},
#include "diagnose/diff/edits.def"
  };
  return rows[size_t(kind)];
}

const char *familyName(EditFamily family) {
  static const char *const names[] = {"structure", "activation", "quantisation", "weights",
                                      "decode"};
  return names[size_t(family)];
}

/// One edit of equal changes.
static Edit together(llvm::ArrayRef<Change> changes) {
  const Change &first = changes.front();
  Edit edit;
  edit.kind = first.kind;
  edit.summary = first.summary;
  std::vector<std::string> layers;
  for (const Change &change : changes) {
    edit.places.push_back(change.place);
    layers.push_back(change.place.layer);
  }
  if (!first.others.empty())
    edit.places = first.others;
  if (changes.size() > 1)
    edit.text = std::to_string(changes.size()) + " places, the same edit: ";
  edit.text += first.text;
  if (changes.size() > 1)
    edit.text += " (" + otherPlacesText(layers) + ")";
  edit.text += ".";
  if (!first.remark.empty())
    edit.text += " " + first.remark;
  return edit;
}

std::vector<Edit> groupChanges(Changes changes) {
  std::vector<std::vector<Change>> groups;
  std::map<std::pair<EditKind, std::string>, size_t> places;
  for (Change &change : changes) {
    const auto [found, isNew] = places.try_emplace({change.kind, change.key}, groups.size());
    if (isNew)
      groups.emplace_back();
    groups[found->second].push_back(std::move(change));
  }
  std::vector<Edit> edits;
  edits.reserve(groups.size());
  for (const std::vector<Change> &group : groups)
    edits.push_back(together(group));
  llvm::stable_sort(edits, [](const Edit &x, const Edit &y) {
    const auto rank = [](const Edit &edit) {
      return std::pair(edit.summary, editInfo(edit.kind).family);
    };
    return rank(x) < rank(y);
  });
  for (size_t i = 0; i < edits.size(); ++i)
    edits[i].id = unsigned(i + 1);
  return edits;
}

} // namespace bstc::diagnose
