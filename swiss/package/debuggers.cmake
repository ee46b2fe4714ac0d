# debuggers.cmake - how gdb and lldb find what they have for swiss. README.md tells what a user does.
#
#   share/swiss/                                        the scripts
#   share/gdb/auto-load/<path of libswiss.so>-gdb.py    gdb looks there when it loads the library, if the prefix is /usr
#   share/gdb/auto-load/swiss-gdb.py                    for programs that libswiss.a is linked to: it has the name of this file
#   libswiss.so.N-gdb.py                                in the build directory, beside the library
#
# The last three only lead to the first. gdb runs those in share/gdb/auto-load, and asks to be told so before it runs others.
set(swiss_debuggers ${CMAKE_CURRENT_LIST_DIR})
install(FILES ${swiss_debuggers}/swiss-gdb.py ${swiss_debuggers}/swiss_gdb.py ${swiss_debuggers}/swiss_lldb.py
              ${swiss_debuggers}/swiss_debugger.py
        DESTINATION ${CMAKE_INSTALL_DATADIR}/swiss COMPONENT devel)
if(NOT UNIX OR APPLE)
    return()
endif()

# swiss_lead(FILE FOLDER SCRIPTS): writes a file that loads swiss-gdb.py out of SCRIPTS, as seen from FOLDER, where it will lie.
function(swiss_lead file folder scripts)
    file(RELATIVE_PATH way ${folder} ${scripts})
    file(WRITE ${file} "import os, runpy
runpy.run_path(os.path.join(os.path.dirname(os.path.realpath(__file__)), \"${way}\", \"swiss-gdb.py\"))
")
endfunction()

set(auto_load ${CMAKE_INSTALL_FULL_DATADIR}/gdb/auto-load)
set(scripts ${CMAKE_INSTALL_FULL_DATADIR}/swiss)
set(made ${PROJECT_BINARY_DIR}/CMakeFiles/debuggers)
swiss_lead(${made}/swiss-gdb.py ${auto_load} ${scripts})
install(FILES ${made}/swiss-gdb.py DESTINATION ${CMAKE_INSTALL_DATADIR}/gdb/auto-load COMPONENT devel)
if(SWISS_BUILD_SHARED)
    set(library libswiss.so.${abi}.${PROJECT_VERSION}-gdb.py)
    swiss_lead(${made}/${library} ${auto_load}${CMAKE_INSTALL_FULL_LIBDIR} ${scripts})
    install(FILES ${made}/${library} DESTINATION ${CMAKE_INSTALL_DATADIR}/gdb/auto-load${CMAKE_INSTALL_FULL_LIBDIR}
            COMPONENT devel)
    swiss_lead(${PROJECT_BINARY_DIR}/${library} ${PROJECT_BINARY_DIR} ${swiss_debuggers})
endif()
if(CMAKE_INSTALL_FULL_DATADIR STREQUAL /usr/share)
    target_compile_definitions(swiss PRIVATE SWISS_GDB_SCRIPT="${auto_load}/swiss-gdb.py")
endif()
