/* allocator.h - where the memory of tables comes from.
 *
 * All that the map and the heap know of each other. A table asks its allocator for a block by size and alignment, and
 * gives both back when it frees the block, so that an allocator never has to look them up.
 *
 *     static void *count_allocate(void *context, size_t size, size_t alignment) {
 *         *(size_t *)context += size;
 *         return swiss_allocator_allocate(NULL, size, alignment);
 *     }
 *     ...
 *     swiss_allocator counting = {count_allocate, count_resize, count_free, &total};
 *     my_map_init(&map, &(swiss_options){.allocator = &counting});
 *
 * An allocator outlives every table that uses it. It has to be safe for several threads only if such tables are used
 * from several threads.
 */
#ifndef SWISS_ALLOCATOR_H
#define SWISS_ALLOCATOR_H

#include "base.h"
#include <string.h>

SWISS_BEGIN_C

/* Where memory comes from: three functions, and what is passed to them. */
typedef struct swiss_allocator {
    /* Returns `size` bytes aligned to `alignment`, or NULL when out of memory. `size` is at least 1, `alignment` a
     * power of two. The contents are undefined. */
    void *(*allocate)(void *context, size_t size, size_t alignment);
    /* Changes the size of `block` from `old_size` to `new_size` bytes, both at least 1, and moves it if it must.
     * Returns the block with its first min(old_size, new_size) bytes kept, or NULL when out of memory: then `block` is
     * as it was. A table that is large doubles by this in place. NULL in the place of the function: blocks are
     * allocated anew and copied, and a table that grows is there twice meanwhile. */
    void *(*resize)(void *context, void *block, size_t old_size, size_t new_size, size_t alignment);
    /* Frees `block`, which came from `allocate` or `resize` with this size and alignment. */
    void (*free)(void *context, void *block, size_t size, size_t alignment);
    /* Passed to the three functions. */
    void *context;
} swiss_allocator;

/* Returns the allocator of a table that is given none: the bundled heap; but malloc with SWISS_NO_HEAP (base.h), and
 * where a sanitizer watches malloc. The sanitizer then reports the use of an entry whose table has grown or is freed,
 * with the calls that allocated and freed it, and finds memory that only a table leads to. The answer never changes.
 * With SWISS_NO_MALLOC the program defines this function.
 *
 * Address-, Leak- and ThreadSanitizer are noticed if swiss was compiled like the program, and on ELF systems also if it
 * was not. MemorySanitizer is noticed only if swiss was compiled for it too. The call stacks of reports are whole if
 * swiss was compiled with -fno-omit-frame-pointer, as its CMake does it. */
SWISS_API const swiss_allocator *swiss_allocator_default(void);

#ifndef SWISS_NO_HEAP
/* Returns the bundled heap (heap.h) as an allocator. Thread-safe. */
SWISS_API const swiss_allocator *swiss_allocator_heap(void);
#endif

#ifndef SWISS_NO_MALLOC
/* Returns malloc, realloc and free of the C library as an allocator. Thread-safe as they are. */
SWISS_API const swiss_allocator *swiss_allocator_malloc(void);
#endif

/* Each calls one of the three functions of an allocator; NULL is the default one. */
static inline void *swiss_allocator_allocate(const swiss_allocator *allocator, size_t size, size_t alignment) {
    const swiss_allocator *from = allocator ? allocator : swiss_allocator_default();
    return from->allocate(from->context, size, alignment);
}

/* Resizes a block, as `resize` of the allocator does. */
static inline void *swiss_allocator_resize(const swiss_allocator *allocator, void *block, size_t old_size,
                                           size_t new_size, size_t alignment) {
    const swiss_allocator *from = allocator ? allocator : swiss_allocator_default();
    if (from->resize)
        return from->resize(from->context, block, old_size, new_size, alignment);
    void *moved = from->allocate(from->context, new_size, alignment);
    if (moved) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        from->free(from->context, block, old_size, alignment);
    }
    return moved;
}

/* Frees a block, as `free` of the allocator does. */
static inline void swiss_allocator_free(const swiss_allocator *allocator, void *block, size_t size, size_t alignment) {
    const swiss_allocator *from = allocator ? allocator : swiss_allocator_default();
    from->free(from->context, block, size, alignment);
}

SWISS_BEGIN_HIDDEN

/* For arenas: true if misuse is to be found, and where it is reported then: bytes behind a block of `size` bytes were
 * written, the first of them at `address`. */
bool swiss_allocator_is_hardened_(void);
void swiss_allocator_report_overrun_(const void *block, size_t size, const void *address);

SWISS_END_HIDDEN

SWISS_END_C

#endif
