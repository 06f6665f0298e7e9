# cmake -DOUTPUT=out.cpp -DFILES=a.json,b.json -P embed.cmake
# Writes the device descriptions into a C++ source, so that the tool needs no data folder.
string(REPLACE "," ";" files "${FILES}")
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND rows "    {\"${name}\", R\"json(${text})json\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from targets/*.json by targets/embed.cmake.
#include \"backends/target_builtin.h\"

namespace bstc {

static const BuiltinTarget table[] = {
${rows}};

llvm::ArrayRef<BuiltinTarget> builtinTargetTable() { return table; }

} // namespace bstc
")
