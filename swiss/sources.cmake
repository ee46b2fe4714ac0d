# The sources of the library, one a line, from the top of the repository: the only list of them. CMake includes this file; scripts
# take the lines with `grep '^swiss/' swiss/sources.cmake`.

# The map, and what else stands on any allocator: all that there is with SWISS_NO_HEAP.
set(swiss_map_sources
swiss/allocator.c
swiss/arena.c
swiss/arena_weak.c
swiss/buffer.c
swiss/byte_pool.c
swiss/cache.c
swiss/group.c
swiss/hash.c
swiss/pool.c
swiss/pool_manager.c
swiss/ref.c
swiss/table.c
swiss/version.c
swiss/words.c
)

# The heap and what it asks of the system, but for its front, swiss/heap.c. libswiss-malloc.so is made of these and swiss/override/malloc.c.
set(swiss_heap_sources
swiss/os/file.c
swiss/os/linux.c
swiss/os/lock.c
swiss/os/look.c
swiss/os/maps.c
swiss/os/os.c
swiss/os/own.c
swiss/os/posix.c
swiss/os/system.c
swiss/os/thread.c
swiss/os/window.c
swiss/os/windows.c
swiss/heap/bin.c
swiss/heap/cache.c
swiss/heap/caches.c
swiss/heap/central.c
swiss/heap/dump.c
swiss/heap/harden.c
swiss/heap/harden_records.c
swiss/heap/large.c
swiss/heap/leaks.c
swiss/heap/limits.c
swiss/heap/longest.c
swiss/heap/mapping.c
swiss/heap/misuse.c
swiss/heap/options.c
swiss/heap/pagecache.c
swiss/heap/pages.c
swiss/heap/plain.c
swiss/heap/profile.c
swiss/heap/profile_write.c
swiss/heap/reach.c
swiss/heap/record.c
swiss/heap/registry.c
swiss/heap/runs.c
swiss/heap/samples.c
swiss/heap/sampling.c
swiss/heap/segment.c
swiss/heap/sizeclass.c
swiss/heap/sort.c
swiss/heap/span.c
swiss/heap/spans.c
swiss/heap/stats.c
swiss/heap/symbols.c
swiss/heap/trace.c
swiss/heap/unload.c
swiss/heap/validate.c
swiss/heap/validate_heap.c
)

set(swiss_sources
${swiss_map_sources}
${swiss_heap_sources}
swiss/heap.c
)
