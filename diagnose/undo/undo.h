#ifndef BSTC_DIAGNOSE_UNDO_UNDO_H
#define BSTC_DIAGNOSE_UNDO_UNDO_H

#include "diagnose/diff/diff.h"

namespace bstc::diagnose {

/// Two files as imported, their networks, and what makes B of A. All outlive what is made of them.
struct ComparedFiles {
  const Graph &importedA, &importedB;
  const Network &a, &b;
  const Difference &difference;
};

/// Whether edits of that kind can be taken back at all; at some places they cannot.
bool canUndo(EditKind kind);

/// B's graph with A's form at every place of the edits with these ids. What A has in float is in
/// float there: a range is taken away where A has none, weights of A get scales of their own.
/// Errors (Code::Usage: the number was a wrong choice): there is no such edit; it is of a kind that
/// cannot be taken back, or at a place where the two networks are too different.
llvm::Expected<Graph> undoEdits(const ComparedFiles &files, llvm::ArrayRef<unsigned> ids);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_UNDO_UNDO_H
