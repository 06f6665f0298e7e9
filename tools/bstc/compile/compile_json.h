#ifndef BSTC_TOOLS_BSTC_COMPILE_COMPILE_JSON_H
#define BSTC_TOOLS_BSTC_COMPILE_COMPILE_JSON_H

#include "driver/compile.h"

namespace bstc {

/// The package that a compilation left behind.
struct WrittenPackage {
  std::string path; ///< "-": stdout.
  size_t bytes;
  std::string hash;
};

/// What 'bstc compile' says of a compilation of the file `model`, as JSON (docs/json.md describes
/// it; keep the two together). `package` is null where none was written.
std::string compileJson(llvm::StringRef model, const Compilation &compilation,
                        const WrittenPackage *package);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_COMPILE_COMPILE_JSON_H
