# Compile options of all our own code, and bstc_library(): a static library of one folder.
add_library(bstc_options INTERFACE)
target_compile_options(bstc_options INTERFACE -Wall -Wextra $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
if(BSTC_WERROR)
  target_compile_options(bstc_options INTERFACE -Werror)
endif()
# The numerics are IEEE as written: no contraction of a*b+c behind our back.
target_compile_options(bstc_options INTERFACE -ffp-contract=off)
target_include_directories(bstc_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_definitions(bstc_options INTERFACE BSTC_VERSION="${PROJECT_VERSION}")
if(BSTC_SANITIZE)
  # GCC 12 takes its own instrumentation for uses of uninitialised values.
  target_compile_options(bstc_options INTERFACE
    -fsanitize=${BSTC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(bstc_options INTERFACE -fsanitize=${BSTC_SANITIZE})
endif()

include(cmake/Precompiled.cmake)

# bstc_includes_llvm_json(FILE ...): llvm/Support/JSON.h of LLVM 14 does not compile as C++20 with
# Clang and libstdc++ 12.
function(bstc_includes_llvm_json)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -std=c++17
                              SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# bstc_library(NAME [FOLDERS dir ...] LINK lib ...): a static library of every .cpp in the folders
# (default: the current one; "*": every folder of the current one). Sources are globbed so that a new operator or pass is a new file only.
function(bstc_library name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;LINK" ${ARGN})
  if(NOT ARG_FOLDERS)
    set(ARG_FOLDERS .)
  endif()
  set(sources)
  foreach(folder ${ARG_FOLDERS})
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
    list(APPEND sources ${found})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC bstc_options ${ARG_LINK})
  bstc_precompiled(${name} library ${ARG_LINK})
endfunction()

# bstc_test(NAME SOURCES a.cpp ... LINK lib ... [LABEL l] [PREFIX p]): a GoogleTest executable, each
# TEST a ctest whose name begins with PREFIX; without BSTC_TEST_DISCOVER the executable is two, each
# of half the TESTs. Runs in the tests/ folder, so that data is named relative to it. LABEL groups
# tests for `ctest -L`.
function(bstc_test name)
  cmake_parse_arguments(ARG "" "LABEL;PREFIX" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} bstc_test_options GTest::gtest_main)
  bstc_precompiled(${name} test ${ARG_LINK})
  if(BSTC_TEST_DISCOVER)
    gtest_discover_tests(${name} TEST_PREFIX "${ARG_PREFIX}" WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests
      DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABEL})
    return()
  endif()
  foreach(half 0 1)
    add_test(NAME ${ARG_PREFIX}${name}.${half} COMMAND ${name} --gtest_brief=1
             WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests)
    set_tests_properties(${ARG_PREFIX}${name}.${half} PROPERTIES LABELS ${ARG_LABEL}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=2;GTEST_SHARD_INDEX=${half}")
  endforeach()
endfunction()
