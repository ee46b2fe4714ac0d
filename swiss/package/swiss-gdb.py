"""swiss in gdb: printers for maps, sets, caches, tables, arenas, references, pools and texts, and the command `swiss`.

    (gdb) print words                  the entries of a map, set or cache, for any SWISS_NAME, and of swiss::map and set
    (gdb) print arena                  an arena: its bytes, chunks, children
    (gdb) print in_cache               a weak reference: the object, or that it is dead
    (gdb) swiss find words "to"        looks a key up; also a number, {4, 0} or {.x = 4} for a struct, or an expression
    (gdb) swiss stats words            slots, load, and the lengths of probes
    (gdb) swiss heap                   the size classes of the default heap
    (gdb) swiss block 0x7ffff4002000   the block of the heap that an address is in

Everything is read from memory: nothing is called in the program, so that all of it works on a core file, too. It needs the
debugging information of the program, and the last two, and pools, that of the library. What is not initialised, or was overwritten,
is said to be so.

Where the libraries are installed in /usr, as by the Debian packages, gdb finds this file by itself; else: source swiss-gdb.py.
"""
import os
import sys

# gdb runs all scripts in one namespace: so the names are in modules, and those of another version give way.
for module in ("swiss_debugger", "swiss_gdb"):
    sys.modules.pop(module, None)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # nothing where the packages of a system are
try:
    import swiss_gdb
finally:
    del sys.path[0]
    sys.dont_write_bytecode = writes
    del module, writes
