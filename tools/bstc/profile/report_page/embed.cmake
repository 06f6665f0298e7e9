# cmake -DOUTPUT=out.cpp -DFOLDER=report_page -DSCRIPTS=a.js,b.js -P embed.cmake
# Writes the page with its style and scripts in it into a C++ source. A string literal may not be
# arbitrarily long, so there is one a file.
set(text "// Generated from tools/bstc/profile/report_page by its embed.cmake.
#include \"tools/bstc/profile/page_template.h\"

namespace bstc {

static const char text[] =
")
# What comes before and after the marks in page.html.
file(READ ${FOLDER}/page.html page)
string(FIND "${page}" "{{style}}" style)
string(FIND "${page}" "{{scripts}}" scripts)
string(SUBSTRING "${page}" 0 ${style} head)
math(EXPR after_style "${style} + 9")
math(EXPR middle_length "${scripts} - ${after_style}")
string(SUBSTRING "${page}" ${after_style} ${middle_length} middle)
math(EXPR after_scripts "${scripts} + 11")
string(SUBSTRING "${page}" ${after_scripts} -1 tail)

function(append content)
  set(text "${text}    R\"page(${content})page\"\n" PARENT_SCOPE)
endfunction()
append("${head}")
file(READ ${FOLDER}/page.css css)
append("${css}")
append("${middle}")
string(REPLACE "," ";" names "${SCRIPTS}")
foreach(name IN LISTS names)
  file(READ ${FOLDER}/${name} script)
  append("${script}")
endforeach()
append("${tail}")
string(APPEND text "    ;
const llvm::StringRef pageTemplate(text, sizeof text - 1);

} // namespace bstc
")
file(WRITE ${OUTPUT} "${text}")
