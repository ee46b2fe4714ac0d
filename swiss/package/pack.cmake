# pack.cmake - the Debian packages: configure with -DCMAKE_INSTALL_PREFIX=/usr, build, and run `cpack` in the build directory. As
# for Debian's own tools, DEBFULLNAME and DEBEMAIL name who packs.
find_program(SWISS_DPKG dpkg)
mark_as_advanced(SWISS_DPKG)
if(NOT SWISS_DPKG OR NOT SWISS_BUILD_SHARED)
    return()
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME swiss)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Swiss-table hash maps in C with their allocator")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL runtime devel)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(maintainer "The swiss authors")
if(NOT "$ENV{DEBFULLNAME}" STREQUAL "")
    set(maintainer "$ENV{DEBFULLNAME}")
endif()
set(mail "swiss@localhost")
if(NOT "$ENV{DEBEMAIL}" STREQUAL "")
    set(mail "$ENV{DEBEMAIL}")
endif()
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${maintainer} <${mail}>")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libswiss${abi})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "Hash maps and sets whose groups of control bytes are tested by one vector
instruction, over a heap with thread caches and size classes. This package has
the shared library.")

set(CPACK_DEBIAN_DEVEL_PACKAGE_NAME libswiss-dev)
set(CPACK_DEBIAN_DEVEL_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVEL_PACKAGE_DEPENDS "libswiss${abi} (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEVEL_DESCRIPTION "Hash maps and sets whose groups of control bytes are tested by one vector
instruction, over a heap with thread caches and size classes. This package has
the headers, the static library, and what CMake, pkg-config and gdb read.")

if(TARGET swiss_malloc)
    list(APPEND CPACK_COMPONENTS_ALL malloc)
    set(CPACK_DEBIAN_MALLOC_PACKAGE_NAME libswiss-malloc)
    set(CPACK_DEBIAN_MALLOC_PACKAGE_SECTION libs)
    set(CPACK_DEBIAN_MALLOC_PACKAGE_DEPENDS python3:any) # of swiss-memory
    set(CPACK_DEBIAN_MALLOC_PACKAGE_RECOMMENDS binutils)
    set(CPACK_DEBIAN_MALLOC_DESCRIPTION "A malloc with thread caches and size classes that gives free memory back, with
limits, hardening, leak reports and heap profiles, for programs that are
started with LD_PRELOAD=libswiss-malloc.so.")
endif()

# What Debian asks of every package: a copyright file, and a changelog.
find_program(SWISS_GZIP gzip)
mark_as_advanced(SWISS_GZIP)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(READ LICENSE license)
string(REGEX REPLACE "\n\n" "\n.\n" license "${license}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" license "${license}")
string(STRIP "${license}" license)
file(WRITE ${PROJECT_BINARY_DIR}/package/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: swiss

Files: *
Copyright: 2026 The swiss authors
License: MIT
 ${license}
")
file(WRITE ${PROJECT_BINARY_DIR}/package/changelog "swiss (${PROJECT_VERSION}) unstable; urgency=medium

  * See changes.md in libswiss-dev.

 -- ${maintainer} <${mail}>  ${now}
")
execute_process(COMMAND ${SWISS_GZIP} -9nf changelog WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/package)
foreach(component ${CPACK_COMPONENTS_ALL})
    string(TOUPPER ${component} upper)
    foreach(file copyright changelog.gz)
        install(FILES ${PROJECT_BINARY_DIR}/package/${file} COMPONENT ${component} EXCLUDE_FROM_ALL
                DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
    endforeach()
endforeach()
file(WRITE ${PROJECT_BINARY_DIR}/package/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers)
set(CPACK_DEBIAN_MALLOC_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers)
include(CPack)
