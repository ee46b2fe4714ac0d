/* malloc.c - malloc and its family over the default heap: libswiss-malloc.so, for LD_PRELOAD.
 *
 *     LD_PRELOAD=/usr/local/lib/libswiss-malloc.so program
 *
 * Where the standards leave a choice, this does as glibc. malloc(0) returns a block. realloc(block, 0) frees it. errno
 * becomes ENOMEM when a request cannot be met, and stays as it was when it can. A block of more than 8 bytes lies at a
 * multiple of 16, because compilers count on that. A smaller one lies at a multiple of 8, where the heap by itself
 * would be content with 4: programs keep marks in the low three bits of pointers. To free what is not the address of a
 * live block does nothing.
 *
 * Programs also ask malloc for its numbers: mallinfo and malloc_info give the heap's in glibc's form, malloc_stats in
 * its own (heap_stats.h). mallopt has nothing to set, and says so.
 */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "swiss/base.h"
#include <stdlib.h>

void *memalign(size_t alignment, size_t size);
void *pvalloc(size_t size);

/* Where call stacks begin. */
static SWISS_NOINLINE void *malloc_slow(size_t size);
static SWISS_NOINLINE void *take_aligned(size_t alignment, size_t size);
#define FRONT_OF_MALLOC                                                                                                \
    FRONT(malloc_slow), FRONT(take_aligned), FRONT(malloc), FRONT(calloc), FRONT(realloc), FRONT(reallocarray),        \
        FRONT(posix_memalign), FRONT(aligned_alloc), FRONT(valloc), FRONT(memalign), FRONT(pvalloc)

/* The environment may ask for profiles and reports. */
#include "../heap/dump.h"
#define BEGIN_MALLOC() swiss_dump_begin()

#include "../heap.c" /* so that malloc and free call nothing on their way */
#include "swiss/align.h"
#include "swiss/heap_stats.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default"), used))

static void *or_enomem(void *block) {
    if (SWISS_UNLIKELY(!block))
        errno = ENOMEM;
    return block;
}

/* Returns the alignment that malloc promises for a block of `size` bytes. */
static inline size_t alignment_for(size_t size) {
    return size <= 8 ? 8 : 16;
}

/* Allocates a block that the cache has none of. To ask for the alignment gives a block of the class that take() wants,
 * and tells a hardened heap where the block ends. */
static SWISS_NOINLINE void *malloc_slow(size_t size) {
    return or_enomem(size > 24 ? swiss_heap_alloc(NULL, size)
                               : swiss_heap_alloc_aligned(NULL, size, alignment_for(size)));
}

/* Ends an allocation during which the cache was revoked (caches.c). */
static SWISS_NOINLINE void *malloc_unsure(size_t size, swiss_stack *stack, uint64_t counts, void *address,
                                          _Atomic(uint8_t) *state) {
    void *block = swiss_cache_settle_pop(stack, counts, address, state);
    return block ? block : malloc_slow(size);
}

/* Allocates. Of the classes from 16 bytes on, only that of 24 lies at odd multiples of 8: such sizes get 32. */
static inline void *take(size_t size) {
    swiss_change change;
    size_t size_class;
    if (SWISS_LIKELY(size <= SWISS_CLASS_FINE_MAX))
        size_class = swiss_class_fine_16[(size + 7) >> 3];
    else if (SWISS_LIKELY(size <= SWISS_SMALL_MAX))
        size_class = swiss_class_of(size);
    else if (SWISS_LIKELY(size <= SWISS_LARGE_MAX))
        size_class = swiss_class_of_large(size);
    else
        return malloc_slow(size);
    if (SWISS_LIKELY(swiss_cache_pop(&swiss_cache_mine()->stacks[size_class], &change)))
        return change.block.address;
    return change.unsure ? malloc_unsure(size, change.stack, change.counts, change.block.address, change.block.state)
                         : malloc_slow(size);
}

FAST_PATH EXPORT void *malloc(size_t size) {
    return take(size);
}

FAST_PATH EXPORT void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (SWISS_UNLIKELY(__builtin_mul_overflow(count, size, &bytes)))
        return or_enomem(NULL);
    if (SWISS_LIKELY(bytes > 24))
        return or_enomem(swiss_heap_alloc_zeroed(NULL, 1, bytes));
    void *block = take(bytes);
    if (SWISS_LIKELY(block))
        memset(block, 0, bytes);
    return block;
}

FAST_PATH EXPORT void free(void *block) {
    (void)free_live(NULL, block, 0);
}

/* The two of C23, for callers who know the size, which a hardened heap checks, and the alignment. */
EXPORT void free_sized(void *block, size_t size) {
    (void)free_live(NULL, block, size);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size) {
    (void)alignment;
    (void)free_live(NULL, block, size);
}

EXPORT void *realloc(void *block, size_t size) {
    if (block && !size) {
        (void)free_live(NULL, block, 0);
        return NULL;
    }
    return block ? or_enomem(swiss_heap_resize_aligned(NULL, block, size, alignment_for(size))) : take(size);
}

EXPORT void *reallocarray(void *block, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        return or_enomem(NULL);
    return realloc(block, count * size);
}

/* Allocates a block at a multiple of `alignment`, a power of two, that keeps malloc's promise too. */
static SWISS_NOINLINE void *take_aligned(size_t alignment, size_t size) {
    return swiss_heap_alloc_aligned(NULL, size, alignment < 16 ? alignment_for(size) : alignment);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || !swiss_is_power_of_two(alignment))
        return EINVAL;
    void *made = take_aligned(alignment, size);
    if (!made)
        return ENOMEM;
    *block = made;
    return 0;
}

/* Rounds an alignment up to a power of two, as glibc does. */
EXPORT void *memalign(size_t alignment, size_t size) {
    size_t power = 1;
    while (power < alignment && power <= SIZE_MAX / 2)
        power *= 2;
    if (power < alignment) {
        errno = EINVAL;
        return NULL;
    }
    return or_enomem(take_aligned(power, size));
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    if (!swiss_is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return or_enomem(take_aligned(alignment, size));
}

EXPORT void *valloc(size_t size) {
    return or_enomem(take_aligned((size_t)sysconf(_SC_PAGESIZE), size));
}

EXPORT void *pvalloc(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return or_enomem(size > SIZE_MAX - page ? NULL : take_aligned(page, swiss_round_up(size, page)));
}

EXPORT size_t malloc_usable_size(void *block) {
    return swiss_heap_usable_size(NULL, block);
}

EXPORT int malloc_trim(size_t keep) {
    (void)keep;
    return swiss_heap_trim(NULL) != 0;
}

/* Has nothing to set: 1 would say that the setting is made. */
EXPORT int mallopt(int which, int value) {
    (void)which, (void)value;
    return 0;
}

/* The structures of glibc. <malloc.h> would declare them along with functions whose attributes are not for those who
 * define them. */
#define MALLINFO_MEMBERS(type)                                                                                         \
    type arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost

struct mallinfo2 {
    MALLINFO_MEMBERS(size_t);
};

struct mallinfo {
    MALLINFO_MEMBERS(int);
};

/* Returns the number of blocks of a class that are free in spans and in thread caches. */
static size_t free_blocks(const swiss_heap_stats *stats, unsigned size_class) {
    const swiss_heap_class_stats *of_class = &stats->classes[size_class];
    if (!of_class->block_size)
        return 0;
    size_t slots = of_class->spans * (swiss_class_pages[size_class] * SWISS_PAGE_SIZE / of_class->block_size);
    size_t live = (size_t)(of_class->mallocs - of_class->frees);
    return live < slots ? slots - live : 0; /* other threads go on while all of this is counted */
}

/* Fills in glibc's numbers: `arena` is the memory taken from the system, `uordblks` and `fordblks` are its parts in use
 * and free, `ordblks` is the number of free blocks, and `keepcost` what a trim may give back. */
EXPORT struct mallinfo2 mallinfo2(void) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    struct mallinfo2 info = {.arena = stats.committed_bytes,
                             .uordblks = stats.in_use_bytes,
                             .fordblks = stats.committed_bytes - stats.in_use_bytes,
                             .keepcost = stats.idle_bytes};
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        info.ordblks += free_blocks(&stats, i);
    return info;
}

static int or_int_max(size_t value) {
    return value < INT_MAX ? (int)value : INT_MAX;
}

EXPORT struct mallinfo mallinfo(void) {
    struct mallinfo2 info = mallinfo2();
    return (struct mallinfo){.arena = or_int_max(info.arena),
                             .ordblks = or_int_max(info.ordblks),
                             .uordblks = or_int_max(info.uordblks),
                             .fordblks = or_int_max(info.fordblks),
                             .keepcost = or_int_max(info.keepcost)};
}

EXPORT void malloc_stats(void) {
    char text[12000];
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    (void)swiss_heap_format_text(&stats, text, sizeof text);
    (void)fputs(text, stderr);
}

/* Writes one heap, whose <sizes> are the free blocks of each class, as glibc's are the chunks in its lists. "rest" is
 * all that is free and usable, pages included. */
EXPORT int malloc_info(int options, FILE *stream) {
    if (options)
        return EINVAL;
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    size_t count = 0, bytes = stats.committed_bytes - stats.in_use_bytes;
    (void)fputs("<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n", stream);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        size_t blocks = free_blocks(&stats, i), size = swiss_class_size[i];
        count += blocks;
        if (blocks)
            (void)fprintf(stream, "  <size from=\"%d\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>\n",
                          swiss_class_size[i - 1] + 1, size, blocks * size, blocks);
    }
    (void)fputs("</sizes>\n", stream);
    for (int whole = 0; whole <= 1; ++whole)
        (void)fprintf(stream,
                      "<total type=\"fast\" count=\"0\" size=\"0\"/>\n"
                      "<total type=\"rest\" count=\"%zu\" size=\"%zu\"/>\n%s"
                      "<system type=\"current\" size=\"%zu\"/>\n"
                      "<system type=\"max\" size=\"%zu\"/>\n"
                      "<aspace type=\"total\" size=\"%zu\"/>\n"
                      "<aspace type=\"mprotect\" size=\"%zu\"/>\n%s",
                      count, bytes, whole ? "<total type=\"mmap\" count=\"0\" size=\"0\"/>\n" : "",
                      stats.committed_bytes, stats.committed_bytes, stats.reserved_bytes, stats.committed_bytes,
                      whole ? "</malloc>\n" : "</heap>\n");
    return ferror(stream) ? -1 : 0;
}

/* The names by which other libraries and the loader reach the real malloc: libraries that put a malloc of their own in
 * front, and the loader of older C libraries. A block that comes from one name is freed under another. */
#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC diagnostic ignored "-Wmissing-attributes" /* those that <stdlib.h> gives malloc */
#endif
#define ALIAS(name, of, result, ...) EXPORT result name(__VA_ARGS__) __attribute__((alias(#of)))
ALIAS(__libc_malloc, malloc, void *, size_t);
ALIAS(__libc_calloc, calloc, void *, size_t, size_t);
ALIAS(__libc_realloc, realloc, void *, void *, size_t);
ALIAS(__libc_free, free, void, void *);
ALIAS(__libc_memalign, memalign, void *, size_t, size_t);
ALIAS(__libc_valloc, valloc, void *, size_t);
ALIAS(__libc_pvalloc, pvalloc, void *, size_t);
ALIAS(__posix_memalign, posix_memalign, int, void **, size_t, size_t);
