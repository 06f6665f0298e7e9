#ifndef BSTC_DETECTORS_FAMILIES_H
#define BSTC_DETECTORS_FAMILIES_H

#include "detectors/shared/family.h"

namespace bstc {

/// All families of detectors: one row each. At least one.
llvm::ArrayRef<const Family *> families();

/// Their names, with "or" between them.
std::string familyNames();

/// The family whose package's kind this is (kindOf()); null: there is none.
const Family *familyOfKind(llvm::StringRef kind);

/// The family of which the operator is a decode; null: it is none.
const Family *familyOfDecode(OpKind op);

} // namespace bstc

#endif // BSTC_DETECTORS_FAMILIES_H
