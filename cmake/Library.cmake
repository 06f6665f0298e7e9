# Compile options of all our own code, and bstc_library(): a static library of one folder.
add_library(bstc_options INTERFACE)
target_compile_options(bstc_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor)
if(BSTC_WERROR)
  target_compile_options(bstc_options INTERFACE -Werror)
endif()
# The numerics are IEEE as written: no contraction of a*b+c behind our back.
target_compile_options(bstc_options INTERFACE -ffp-contract=off)
target_include_directories(bstc_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_definitions(bstc_options INTERFACE BSTC_VERSION="${PROJECT_VERSION}")
if(BSTC_SANITIZE)
  target_compile_options(bstc_options INTERFACE
    -fsanitize=${BSTC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(bstc_options INTERFACE -fsanitize=${BSTC_SANITIZE})
endif()

# bstc_library(NAME SOURCES a.cpp ... LINK lib ...)
function(bstc_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC bstc_options ${ARG_LINK})
endfunction()
