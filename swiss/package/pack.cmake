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

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${package_runtime})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "Hash maps and sets whose groups of control bytes are tested by one vector
instruction, over a heap with thread caches and size classes. This package has
the shared library.")

set(CPACK_DEBIAN_DEVEL_PACKAGE_NAME ${package_devel})
set(CPACK_DEBIAN_DEVEL_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVEL_PACKAGE_DEPENDS "${package_runtime} (= ${PROJECT_VERSION}), libc6-dev | libc-dev")
set(CPACK_DEBIAN_DEVEL_DESCRIPTION "Hash maps and sets whose groups of control bytes are tested by one vector
instruction, over a heap with thread caches and size classes. This package has
the headers, the static library, and what CMake, pkg-config and gdb read.")

if(TARGET swiss_malloc)
    list(APPEND CPACK_COMPONENTS_ALL malloc)
    set(CPACK_DEBIAN_MALLOC_PACKAGE_NAME ${package_malloc})
    set(CPACK_DEBIAN_MALLOC_PACKAGE_SECTION libs)
    set(CPACK_DEBIAN_MALLOC_PACKAGE_DEPENDS python3:any) # of swiss-memory
    set(CPACK_DEBIAN_MALLOC_PACKAGE_RECOMMENDS binutils)
    set(CPACK_DEBIAN_MALLOC_DESCRIPTION "A malloc with thread caches and size classes that gives free memory back, with
limits, hardening, leak reports and heap profiles, for programs that are
started with LD_PRELOAD=libswiss-malloc.so.")
endif()

# What Debian asks of every package beside the licence: a changelog, and compressed pages of man.
find_program(SWISS_GZIP gzip)
mark_as_advanced(SWISS_GZIP)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${PROJECT_BINARY_DIR}/package/changelog "swiss (${PROJECT_VERSION}) unstable; urgency=medium

  * See changes.md in libswiss-dev.

 -- ${maintainer} <${mail}>  ${now}
")
execute_process(COMMAND ${SWISS_GZIP} -9nf changelog WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/package)
# What lintian would say of each package that is as it should be.
set(lintian_runtime "# CPack calls ldconfig there, beside the trigger that does it.\nPACKAGE: maintscript-calls-ldconfig *\n")
set(lintian_malloc "${lintian_runtime}# It is preloaded, by the name without a number: a newer one takes its place.
PACKAGE: package-name-doesnt-match-sonames *\nPACKAGE: link-to-shared-library-in-wrong-package *\n")
foreach(component ${CPACK_COMPONENTS_ALL})
    if(lintian_${component})
        string(REPLACE PACKAGE ${package_${component}} lintian_${component} "${lintian_${component}}")
        file(WRITE ${PROJECT_BINARY_DIR}/package/lintian-${component} "${lintian_${component}}")
        install(FILES ${PROJECT_BINARY_DIR}/package/lintian-${component} COMPONENT ${component} EXCLUDE_FROM_ALL
                DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME ${package_${component}})
    endif()
    install(FILES ${PROJECT_BINARY_DIR}/package/changelog.gz COMPONENT ${component} EXCLUDE_FROM_ALL
            DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package_${component}})
endforeach()
file(WRITE ${PROJECT_BINARY_DIR}/package/compress.cmake "file(GLOB pages \${CPACK_TEMPORARY_DIRECTORY}/*/usr/${CMAKE_INSTALL_MANDIR}/man?/*)
if(pages) # gzip without a file waits for its input
    execute_process(COMMAND ${SWISS_GZIP} -9n \${pages})
endif()
")
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_BINARY_DIR}/package/compress.cmake)
file(WRITE ${PROJECT_BINARY_DIR}/package/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers)
set(CPACK_DEBIAN_MALLOC_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers)
include(CPack)
