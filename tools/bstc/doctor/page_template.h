#ifndef BSTC_TOOLS_BSTC_DOCTOR_PAGE_TEMPLATE_H
#define BSTC_TOOLS_BSTC_DOCTOR_PAGE_TEMPLATE_H

#include "llvm/ADT/StringRef.h"

namespace bstc {

/// The page of `bstc doctor --html`: doctor_page/page.html with its style and scripts in it, made
/// at build time. {{title}}, {{report}} and {{page}} stand for what a report fills in.
extern const llvm::StringRef doctorPageTemplate;

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_DOCTOR_PAGE_TEMPLATE_H
