#ifndef BSTC_TOOLS_BSTC_INSPECT_INSPECT_JSON_H
#define BSTC_TOOLS_BSTC_INSPECT_INSPECT_JSON_H

#include "runtime/api/program_session.h"

#include "llvm/ADT/StringRef.h"

namespace bstc {

/// What 'bstc inspect' says of the package at `path`, as JSON (docs/json.md describes it; keep the
/// two together); its tile operations, which are many, where `tiles`.
std::string inspectJson(const bstrt::Package &package, llvm::StringRef path, bool tiles);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_INSPECT_INSPECT_JSON_H
