#ifndef BSTC_BACKENDS_TARGET_BUILTIN_H
#define BSTC_BACKENDS_TARGET_BUILTIN_H

#include "llvm/ADT/ArrayRef.h"

namespace bstc {

/// A file of targets/, as it was when the library was built.
struct BuiltinTarget {
  const char *name; ///< File name without its suffix.
  const char *json;
};

/// In alphabetical order. Defined in a source that CMake generates (targets/embed.cmake).
llvm::ArrayRef<BuiltinTarget> builtinTargetTable();

} // namespace bstc

#endif // BSTC_BACKENDS_TARGET_BUILTIN_H
