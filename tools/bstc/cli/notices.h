#ifndef BSTC_TOOLS_BSTC_CLI_NOTICES_H
#define BSTC_TOOLS_BSTC_CLI_NOTICES_H

#include "tools/bstc/files/json_writer.h"

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// What a user should know of a compilation, one line each.
void printNotices(llvm::ArrayRef<std::string> notices, llvm::raw_ostream &stream);

/// The same as the member "notices" of the object that is open (docs/json.md).
void writeNotices(JsonWriter &json, llvm::ArrayRef<std::string> notices);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_NOTICES_H
