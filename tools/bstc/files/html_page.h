#ifndef BSTC_TOOLS_BSTC_FILES_HTML_PAGE_H
#define BSTC_TOOLS_BSTC_FILES_HTML_PAGE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <utility>

namespace bstc {

/// A page's template with a text in the place of each {{key}}.
std::string fillPage(llvm::StringRef pageTemplate,
                     llvm::ArrayRef<std::pair<llvm::StringRef, std::string>> parts);

/// JSON for a script element.
std::string inScript(llvm::StringRef json);
/// Text for an element.
std::string asHtml(llvm::StringRef text);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_FILES_HTML_PAGE_H
