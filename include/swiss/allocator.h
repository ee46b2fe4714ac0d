/* allocator.h - where a table's memory comes from.
 *
 * The only thing that the map and the heap know of each other. A table asks its allocator for every block
 * with size and alignment, and gives both back when it frees, so that an allocator never has to look them up.
 *
 *     static void *count_allocate(void *context, size_t size, size_t alignment) {
 *         *(size_t *)context += size;
 *         return swiss_allocator_default()->allocate(NULL, size, alignment);
 *     }
 *     ...
 *     swiss_allocator counting = {count_allocate, count_resize, count_free, &total};
 *     my_map_init(&map, &(swiss_options){.allocator = &counting});
 *
 * An allocator outlives every table that uses it. It needs to be safe for several threads only if such tables
 * are used from several threads.
 */
#ifndef SWISS_ALLOCATOR_H
#define SWISS_ALLOCATOR_H

#include "base.h"

SWISS_BEGIN_C

typedef struct swiss_allocator {
    /* Returns `size` bytes aligned to `alignment`, or NULL when out of memory. `size` is at least 1,
     * `alignment` a power of two. The contents are undefined. */
    void *(*allocate)(void *context, size_t size, size_t alignment);
    /* Changes the size of `block` from `old_size` to `new_size` bytes (both at least 1), moving it if need
     * be. Returns the block with its first min(old_size, new_size) bytes kept, or NULL when out of memory:
     * then `block` is as it was. */
    void *(*resize)(void *context, void *block, size_t old_size, size_t new_size, size_t alignment);
    /* Frees `block`, which came from `allocate` or `resize` with this size and alignment. */
    void (*free)(void *context, void *block, size_t size, size_t alignment);
    /* Passed to the three functions. */
    void *context;
} swiss_allocator;

/* What a table uses when it is given no allocator: the bundled heap; but malloc where a sanitizer watches that, which then
 * reports the use of an entry whose table has grown or is gone, with the calls that allocated and freed it, and finds what
 * only a table leads to. Address-, Leak- and ThreadSanitizer are noticed if swiss was compiled like the program, and on ELF
 * systems also if it was not; their reports lead up to the program's calls if it was compiled with -fno-omit-frame-pointer, as
 * its CMake does it. MemorySanitizer counts only if swiss was compiled for it too. The answer never changes. */
SWISS_API const swiss_allocator *swiss_allocator_default(void);

/* The bundled heap (heap.h). Thread-safe. */
SWISS_API const swiss_allocator *swiss_allocator_heap(void);

/* The C library's malloc family. Thread-safe. */
SWISS_API const swiss_allocator *swiss_allocator_malloc(void);

SWISS_END_C

#endif
