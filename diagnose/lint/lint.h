#ifndef BSTC_DIAGNOSE_LINT_LINT_H
#define BSTC_DIAGNOSE_LINT_LINT_H

#include "diagnose/findings/finding.h"
#include "diagnose/network/network.h"

namespace bstc::diagnose {

/// Everything that a file alone tells about why it may be less accurate than it should be, the most
/// likely cause first. Takes milliseconds; runs nothing. Equal findings at many layers are one,
/// which names the first few.
std::vector<Finding> lint(const Network &network);
/// The same of an imported graph. Errors: those of readNetwork().
llvm::Expected<std::vector<Finding>> lint(const Graph &imported);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_LINT_LINT_H
