# cmake --install and CPack, by components: `runtime` (the shared library), `dev` (headers, archive,
# CMake package, pkg-config, the schema of packages, examples), `python` (the module bstrt), `tools`
# (bstc, target descriptions) and `doc`.
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

install(FILES runtime/package/package.fbs DESTINATION ${CMAKE_INSTALL_DATADIR}/bstc COMPONENT dev)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libbstrt-dev COMPONENT dev)
set(components runtime dev doc)
set(package_runtime libbstrt1)
set(package_dev libbstrt-dev)
set(package_doc bstc-doc)

# As in the sources, so that the pages' links lead somewhere.
set(pages ${CMAKE_INSTALL_DATADIR}/doc/bstc-doc)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md RELEASING.md LICENSE DESTINATION ${pages}
        COMPONENT doc)
install(FILES bench/README.md DESTINATION ${pages}/bench COMPONENT doc)
install(FILES bench/peers/README.md DESTINATION ${pages}/bench/peers COMPONENT doc)
install(DIRECTORY docs DESTINATION ${pages} COMPONENT doc FILES_MATCHING PATTERN *.md PATTERN *.png)
install(FILES backends/NUMERICS.md DESTINATION ${pages}/backends COMPONENT doc)

if(TARGET bstrt_python)
  # Debian's Python looks for packages in /usr/lib/python3, for local ones by the version's number.
  install(CODE "
    set(modules lib/python3.${BSTC_PYTHON_MINOR}/dist-packages)
    if(CMAKE_INSTALL_PREFIX MATCHES \"/usr$\")
      set(modules lib/python3/dist-packages)
    endif()
    file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/\${modules}\" TYPE MODULE
         FILES \"$<TARGET_FILE:bstrt_python>\")" COMPONENT python)
  install(FILES python/example.py DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/python3-bstrt/examples
          COMPONENT python)
  math(EXPR next "${BSTC_PYTHON_MINOR} + 1")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
      "python3 (>= 3.${BSTC_PYTHON_MINOR}), python3 (<< 3.${next}), python3-numpy")
  list(APPEND components python)
  set(package_python python3-bstrt)
endif()

if(BSTC_BUILD_COMPILER)
  install(TARGETS bstc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  # Man pages and completions of bash and zsh; not there where only some targets were built.
  install(DIRECTORY ${PROJECT_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATADIR}
          COMPONENT tools OPTIONAL PATTERN manual.stamp EXCLUDE)
  install(DIRECTORY targets DESTINATION ${CMAKE_INSTALL_DATADIR}/bstc COMPONENT tools
          FILES_MATCHING PATTERN *.json)
  list(APPEND components tools)
  set(package_tools bstc)
endif()

foreach(component ${components})
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package_${component}}
          RENAME copyright COMPONENT ${component})
  string(TOUPPER ${component} name)
  set(CPACK_DEBIAN_${name}_PACKAGE_NAME ${package_${component}})
endforeach()

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
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libbstrt1 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_DOC_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOC_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "Runs networks that bstc has compiled: shared library")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Runs networks that bstc has compiled: headers and archive")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "Compiles neural networks for an automotive vision SoC")
set(CPACK_COMPONENT_DOC_DESCRIPTION "Documentation of bstc and libbstrt")
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "Runs networks that bstc has compiled: Python module")
include(CPack)
