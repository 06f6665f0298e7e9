#ifndef BSTC_TOOLS_BSTC_BLAME_BLAME_UNDO_H
#define BSTC_TOOLS_BSTC_BLAME_BLAME_UNDO_H

#include "tools/bstc/cli/arguments.h"

namespace bstc {

/// `blame MODEL --undo EDITS --reference A --data D`: accuracy of the reference, of the model, and
/// of the model with A's form at the places of edits that 'bstc diff A MODEL' lists. Errors: a
/// UsageError where options are missing or an edit cannot be undone; those of running detectors.
llvm::Error blameUndo(const Arguments &arguments);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_BLAME_BLAME_UNDO_H
