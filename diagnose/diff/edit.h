#ifndef BSTC_DIAGNOSE_DIFF_EDIT_H
#define BSTC_DIAGNOSE_DIFF_EDIT_H

#include <cstdint>
#include <string>
#include <vector>

namespace bstc::diagnose {

/// In the order in which edits are reported.
enum class EditFamily : uint8_t { Structure, Activation, Quantisation, Weights, Decode };
/// "structure", ...
const char *familyName(EditFamily family);

/// What kind of difference it is: a row of edits.def.
enum class EditKind : uint8_t {
#define BSTC_EDIT(kind, ...) kind,
#include "diagnose/diff/edits.def"
};

/// Row of edits.def.
struct EditInfo {
  EditKind kind;
  EditFamily family;
  const char *name; ///< In JSON: "add-added".
  const char *hint; ///< What to look for in the training code.
};
const EditInfo &editInfo(EditKind kind);

/// Where an edit is. Layers are indices into the two networks; -1: that network has none there.
struct Place {
  std::string layer;   ///< For the reader: a module path, or what the file has in its place.
  int a = -1, b = -1;  ///< The layer that is changed, or whose result is.
  unsigned result = 0; ///< Which result, where it is one that is changed.
  int input = -1;      ///< An input of both networks, in place of a layer.
  std::vector<int> onlyA, onlyB; ///< Layers that only one of them has.
  double amount = 0;             ///< Ranges: B's by A's. Weights: relative difference. Else 0.
};

/// The same change at one or more places.
struct Edit {
  unsigned id = 0; ///< From 1 on, in the order of the report: for `blame --undo`.
  EditKind kind;
  /// It says of many layers what retraining or another calibration does to all of them; nothing
  /// that stands out.
  bool summary = false;
  std::string text; ///< Sentences that stand by themselves, with the first place in them.
  std::vector<Place> places;
};

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_EDIT_H
