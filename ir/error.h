#ifndef BSTC_IR_ERROR_H
#define BSTC_IR_ERROR_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace bstc {

/// An error with a message for the user: what, where, what to do.
inline llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

} // namespace bstc

#endif // BSTC_IR_ERROR_H
