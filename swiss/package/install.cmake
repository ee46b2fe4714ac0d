# install.cmake - what `cmake --install` puts where, `cmake --build . --target uninstall` takes away, and `cpack` packs.
#
# Components, which are the packages, too:
#   runtime   libswiss.so.N              libswissN
#   devel     headers, libraries to link, what find_package, pkg-config and gdb read, pages of man        libswiss-dev
#   malloc    libswiss-malloc.so, swiss-memory        libswiss-malloc
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_runtime libswiss${abi})
set(package_devel libswiss-dev)
set(package_malloc libswiss-malloc)
set(swiss_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/swiss)
install(TARGETS ${libraries} EXPORT swissTargets
        LIBRARY COMPONENT runtime NAMELINK_COMPONENT devel
        ARCHIVE COMPONENT devel
        RUNTIME COMPONENT runtime
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/ TYPE INCLUDE COMPONENT devel FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(EXPORT swissTargets NAMESPACE swiss:: DESTINATION ${swiss_cmake_dir} COMPONENT devel)
if(TARGET swiss_malloc)
    install(TARGETS swiss_malloc LIBRARY COMPONENT malloc NAMELINK_COMPONENT malloc)
    install(PROGRAMS swiss/override/memory/swiss-memory TYPE BIN COMPONENT malloc)
    install(DIRECTORY swiss/override/memory/ DESTINATION ${CMAKE_INSTALL_DATADIR}/swiss/memory COMPONENT malloc
            FILES_MATCHING PATTERN "*.py" PATTERN "page.*")
    install(FILES ${CMAKE_CURRENT_LIST_DIR}/swiss-memory.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT malloc)
    install(FILES ${CMAKE_CURRENT_LIST_DIR}/libswiss-malloc.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 COMPONENT malloc)
endif()

write_basic_package_version_file(${PROJECT_BINARY_DIR}/swissConfigVersion.cmake COMPATIBILITY SameMinorVersion)
set(config "include(\${CMAKE_CURRENT_LIST_DIR}/swissTargets.cmake)\n")
if(threads)
    set(config "include(CMakeFindDependencyMacro)\nfind_dependency(Threads)\n${config}")
    set(swiss_threads -pthread)
endif()
if(SWISS_NO_HEAP)
    set(swiss_no_heap -DSWISS_NO_HEAP)
endif()
file(WRITE ${PROJECT_BINARY_DIR}/swissConfig.cmake "${config}")
install(FILES ${PROJECT_BINARY_DIR}/swissConfig.cmake ${PROJECT_BINARY_DIR}/swissConfigVersion.cmake
        DESTINATION ${swiss_cmake_dir} COMPONENT devel)

# The paths in it are relative to where the file is, so that the whole tree may be moved.
file(RELATIVE_PATH swiss_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/swiss.pc.in ${PROJECT_BINARY_DIR}/swiss.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/swiss.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT devel)

include(swiss/package/debuggers.cmake)
install(FILES README.md TYPE DOC COMPONENT devel)
install(DIRECTORY swiss/doc/ TYPE DOC COMPONENT devel FILES_MATCHING PATTERN "*.md" PATTERN "*.svg"
        PATTERN experiments.md EXCLUDE PATTERN doxygen EXCLUDE)
# The pages that the target docs has made, if it has.
install(DIRECTORY ${PROJECT_BINARY_DIR}/docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT devel OPTIONAL
        FILES_MATCHING PATTERN "*.3")

# The licence, once with all, and with each component that is installed by itself, where Debian has it.
install(FILES LICENSE TYPE DOC COMPONENT license)
foreach(component runtime devel malloc)
    install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package_${component}} RENAME copyright
            COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()

# Takes away what was installed last, as the list of the build directory has it.
if(top_level)
    add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
                                        -P ${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake)
    include(${CMAKE_CURRENT_LIST_DIR}/pack.cmake)
endif()
