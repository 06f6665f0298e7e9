# bstc_precompiled(TARGET library|test lib ...): with BSTC_PCH, the target starts from a precompiled
# header: with LLVM and the graph for the compiler's libraries and tests; the runtime's tests do
# without those, and its libraries, with options of their own, without all. A file that leaves out an include goes unnoticed then; the default build finds it.
set(bstc_pch_runtime <algorithm> <cmath> <cstring> <functional> <map> <memory> <span> <string>
    <variant> <vector> ${PROJECT_SOURCE_DIR}/runtime/program/program.h)
set(bstc_pch_compiler ${bstc_pch_runtime} <llvm/ADT/STLExtras.h> <llvm/ADT/StringExtras.h>
    <llvm/Support/Error.h> <llvm/Support/FormatVariadic.h> <llvm/Support/raw_ostream.h>
    ${PROJECT_SOURCE_DIR}/ir/graph.h)
set(bstc_pch_test <fstream> <gmock/gmock.h> <gtest/gtest.h> <random> <sstream>)

function(bstc_precompiled name kind)
  set(of runtime)
  if("${name};${ARGN}" MATCHES "bstc_")
    set(of compiler)
  endif()
  if(NOT BSTC_PCH OR "${kind} ${of}" STREQUAL "library runtime")
    return()
  endif()
  set(headers ${bstc_pch_${of}})
  set(pch bstc_pch_${kind}_${of})
  if(kind STREQUAL test)
    list(APPEND headers ${bstc_pch_test})
  endif()
  if(NOT TARGET ${pch})
    set(source ${PROJECT_BINARY_DIR}/pch/${pch}.cpp)
    if(kind STREQUAL test) # An executable, as its users are: Clang tells -fPIE from -fPIC.
      file(WRITE ${source} "int main() { return 0; }\n")
      add_executable(${pch} ${source})
      target_link_libraries(${pch} PRIVATE bstc_test_options)
    else()
      file(WRITE ${source} "")
      add_library(${pch} OBJECT ${source})
      target_link_libraries(${pch} PRIVATE bstc_options)
    endif()
    if(of STREQUAL compiler)
      target_link_libraries(${pch} PRIVATE bstc_llvm)
    endif()
    target_precompile_headers(${pch} PRIVATE ${headers})
  endif()
  target_precompile_headers(${name} REUSE_FROM ${pch})
endfunction()
