# libbstrt, what hosts link: runtime, C interface and simulator in one. `bstrt` is the shared library
# (it shows bst_* only), `bstrt_static` the archive: what a program does not call of it, the linker
# leaves out.
set(bstrt_objects $<TARGET_OBJECTS:bst_runtime> $<TARGET_OBJECTS:bst_simulator>)
foreach(library bstrt bstrt_static)
  if(library STREQUAL bstrt)
    add_library(bstrt SHARED ${bstrt_objects})
    set_target_properties(bstrt PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 1)
    target_link_options(bstrt PRIVATE -Wl,--gc-sections -Wl,--exclude-libs,ALL
      -Wl,--version-script=${PROJECT_SOURCE_DIR}/runtime/bstrt.map)
    set_target_properties(bstrt PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/runtime/bstrt.map)
  else()
    add_library(bstrt_static STATIC ${bstrt_objects})
    set_target_properties(bstrt_static PROPERTIES OUTPUT_NAME bstrt)
  endif()
  add_dependencies(${library} bst_runtime bst_simulator)
  set_target_properties(${library} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(${library} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime/include> $<INSTALL_INTERFACE:include>)
  target_link_libraries(${library} PUBLIC Threads::Threads ${CMAKE_DL_LIBS})
  add_library(bstrt::${library} ALIAS ${library})
  if(BSTC_SANITIZE)
    target_link_options(${library} PUBLIC -fsanitize=${BSTC_SANITIZE})
  endif()
endforeach()
