# cmake --install and CPack, in three components: `runtime` (the shared library), `dev` (headers,
# archive, CMake package, pkg-config) and `tools` (bstc).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/bstrt)

install(TARGETS bstrt bstrt_static EXPORT bstrt
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT dev
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(DIRECTORY runtime/include/bst DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(EXPORT bstrt NAMESPACE bstrt:: FILE bstrt-targets.cmake DESTINATION ${package_dir}
  COMPONENT dev)
configure_package_config_file(cmake/bstrt-config.cmake.in ${PROJECT_BINARY_DIR}/bstrt-config.cmake
  INSTALL_DESTINATION ${package_dir})
# Before 1.0, a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/bstrt-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/bstrt-config.cmake
              ${PROJECT_BINARY_DIR}/bstrt-config-version.cmake
        DESTINATION ${package_dir} COMPONENT dev)
# The folder of the .pc file leads to the prefix, so that an installed tree can be moved.
file(RELATIVE_PATH BSTRT_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" BSTRT_PC_TO_PREFIX "${BSTRT_PC_TO_PREFIX}")
configure_file(cmake/bstrt.pc.in ${PROJECT_BINARY_DIR}/bstrt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/bstrt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT dev)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libbstrt1 RENAME copyright
        COMPONENT runtime)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libbstrt-dev RENAME copyright
        COMPONENT dev)

set(components runtime dev)
if(BSTC_BUILD_COMPILER)
  install(TARGETS bstc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/bstc RENAME copyright
          COMPONENT tools)
  # Man pages and completions of bash and zsh; not there where only some targets were built.
  install(DIRECTORY ${PROJECT_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATADIR}
          COMPONENT tools OPTIONAL PATTERN manual.stamp EXCLUDE)
  list(APPEND components tools)
endif()

# Debian packages: cpack -G DEB.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bstc)
set(CPACK_PACKAGE_VENDOR bstc)
set(CPACK_PACKAGE_CONTACT "bstc maintainers <maintainers@example.org>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libbstrt1)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libbstrt-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libbstrt1 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME bstc)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION devel)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "Runs networks that bstc has compiled: shared library")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Runs networks that bstc has compiled: headers and archive")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "Compiles neural networks for an automotive vision SoC")
include(CPack)
