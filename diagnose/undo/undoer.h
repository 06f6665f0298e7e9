#ifndef BSTC_DIAGNOSE_UNDO_UNDOER_H
#define BSTC_DIAGNOSE_UNDO_UNDOER_H

#include "diagnose/undo/undo.h"

namespace bstc::diagnose {

/// Takes edits back, one place at a time, in a copy of B's graph. Errors say what is in the way.
class Undoer {
public:
  explicit Undoer(const ComparedFiles &files)
      : a(files.a), b(files.b), matching(files.difference.matching),
        graph(files.importedB.clone()) {}

  llvm::Error undo(EditKind kind, const Place &place);
  /// The graph, once all is done.
  llvm::Expected<Graph> take();

private:
  // structure.cpp
  llvm::Error takeOut(const Place &place);
  llvm::Error putBack(const Place &place);
  llvm::Error rewire(const Place &place);
  llvm::Error exchangeActivation(const Place &place);
  std::optional<Source> wanted(int layerA, unsigned operand) const;
  std::optional<Source> wantedFor(int layerB, unsigned operand) const;
  llvm::Expected<Value *> valueOf(const Source &source, llvm::ArrayRef<int> readers) const;
  llvm::Error setOperand(int layerB, unsigned operand, Value *value);
  // quantisers.cpp
  llvm::Error restorePair(const Place &place, bool isContradiction);
  llvm::Error insertPair(const Place &place);
  llvm::Error removePair(const Pair &pair);
  llvm::Error setPair(const Pair &pair, const Pair &like);
  Value *quantised(Value *value, const Quantisation &quant, ElementType element);
  std::pair<Value *, Value *> parameters(const Quantisation &quant, ElementType element);
  // weights.cpp
  llvm::Error restoreWeights(const Place &place);
  llvm::Error restoreWeightScale(const Place &place);
  llvm::Error restoreBias(const Place &place);
  llvm::Error setWeights(const Layer &layer, std::vector<float> numbers,
                         const std::optional<Pair> &like);

  Node *node(llvm::StringRef name) const;
  std::string fresh(llvm::StringRef base) const { return graph.uniqueName(base); }

  const Network &a, &b;
  const Matching &matching;
  Graph graph;
};

/// The error of what cannot be taken back (Code::Usage), with the reason.
llvm::Error cannotUndo(const llvm::Twine &why);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_UNDO_UNDOER_H
