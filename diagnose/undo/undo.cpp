#include "diagnose/undo/undo.h"

#include "diagnose/undo/undoer.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {

llvm::Error cannotUndo(const llvm::Twine &why) { return makeError(Code::Usage, why); }

bool canUndo(EditKind kind) {
  switch (kind) {
  case EditKind::AddAdded:
  case EditKind::AddRemoved:
  case EditKind::LayersAdded:
  case EditKind::Rewired:
  case EditKind::ActivationChanged:
  case EditKind::PairContradicts:
  case EditKind::PairAdded:
  case EditKind::PairRemoved:
  case EditKind::Uncalibrated:
  case EditKind::RangeChanged:
  case EditKind::TypeChanged:
  case EditKind::WeightScale:
  case EditKind::WeightsExchanged:
  case EditKind::WeightsZero:
  case EditKind::OutputChannelsMoved:
  case EditKind::InputChannelsReversed:
  case EditKind::InputChannelsMoved:
  case EditKind::ChannelsScaled:
  case EditKind::WeightsChanged:
  case EditKind::BiasZero:
  case EditKind::BiasChanged:
    return true;
  default:
    return false;
  }
}

llvm::Error Undoer::undo(EditKind kind, const Place &place) {
  switch (kind) {
  case EditKind::AddAdded:
  case EditKind::LayersAdded:
    return takeOut(place);
  case EditKind::AddRemoved:
    return putBack(place);
  case EditKind::Rewired:
    return rewire(place);
  case EditKind::ActivationChanged:
    return !place.onlyB.empty()   ? takeOut(place)
           : !place.onlyA.empty() ? putBack(place)
                                  : exchangeActivation(place);
  case EditKind::PairContradicts:
    return restorePair(place, true);
  case EditKind::PairAdded:
  case EditKind::Uncalibrated:
  case EditKind::RangeChanged:
  case EditKind::TypeChanged:
    return restorePair(place, false);
  case EditKind::PairRemoved:
    return insertPair(place);
  case EditKind::WeightScale:
    return restoreWeightScale(place);
  case EditKind::BiasZero:
  case EditKind::BiasChanged:
    return restoreBias(place);
  default:
    return restoreWeights(place);
  }
}

Node *Undoer::node(llvm::StringRef name) const {
  const auto found =
      llvm::find_if(graph.nodes(), [&](const auto &node) { return node->name == name; });
  return found == graph.nodes().end() ? nullptr : found->get();
}

llvm::Expected<Graph> Undoer::take() {
  graph.cleanUp();
  if (llvm::Error error = verify(graph))
    return error;
  return std::move(graph);
}

static std::string idsText(llvm::ArrayRef<Edit> edits) {
  return edits.empty() ? "there are none" : "they are 1 to " + std::to_string(edits.size());
}

llvm::Expected<Graph> undoEdits(const ComparedFiles &files, llvm::ArrayRef<unsigned> ids) {
  Undoer undoer(files);
  const std::vector<Edit> &edits = files.difference.edits;
  for (const unsigned id : ids) {
    const auto edit = llvm::find_if(edits, [&](const Edit &edit) { return edit.id == id; });
    if (edit == edits.end())
      return cannotUndo("no edit has number " + llvm::Twine(id) + ": " + idsText(edits) +
                        " (bstc diff " + files.a.source + " " + files.b.source + ")");
    const std::string which = "edit " + std::to_string(id) + " (" + editInfo(edit->kind).name + ")";
    if (!canUndo(edit->kind))
      return cannotUndo(which + " cannot be undone: only layers, activations, scales, weights and "
                                "biases can be given A's form");
    if (edit->summary)
      return cannotUndo(which + " says what training did to all layers; to undo it is to take "
                                "A itself");
    for (const Place &place : edit->places)
      if (llvm::Error error = undoer.undo(edit->kind, place))
        return prefixError(which + " cannot be undone at " + place.layer, std::move(error));
  }
  return undoer.take();
}

} // namespace bstc::diagnose
