/* malloc.c - malloc and its family over the default heap: libswiss-malloc.so, for LD_PRELOAD.
 *
 *     LD_PRELOAD=/usr/local/lib/libswiss-malloc.so program
 *
 * What the standards leave open is as in glibc: malloc(0) returns a block, realloc(block, 0) frees it, errno is ENOMEM when
 * a request cannot be met, and every block of more than 8 bytes lies at a multiple of 16: compilers count on that. Smaller
 * ones lie at a multiple of 8, also those of up to 4 bytes, for which the heap by itself is content with 4: programs keep marks in
 * the low three bits of pointers. Freeing what is not the address of a live block does nothing.
 */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "../heap.c" /* so that malloc and free call nothing on their way */
#include <errno.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default"), used))

static void *or_enomem(void *block) {
    if (SWISS_UNLIKELY(!block))
        errno = ENOMEM;
    return block;
}

/* To ask for the alignment gives a block of the class that `take` wants, and tells a hardened heap where it ends. */
static SWISS_NOINLINE void *malloc_slow(size_t size) {
    return or_enomem(size > 24 ? swiss_heap_alloc(NULL, size)
                               : swiss_heap_alloc_aligned(NULL, size, size <= 8 ? 8 : 16));
}

/* Of the classes from 16 bytes on only that of 24 lies at odd multiples of 8: such sizes get 32. */
static inline void *take(size_t size) {
    void *block;
    size_t size_class;
    if (SWISS_LIKELY(size <= SWISS_CLASS_FINE_MAX))
        size_class = swiss_class_fine_16[(size + 7) >> 3];
    else if (SWISS_LIKELY(size <= SWISS_SMALL_MAX))
        size_class = swiss_class_of(size);
    else
        return malloc_slow(size);
    bool popped = swiss_stack_pop(&swiss_cache_enter()->stacks[size_class], &block);
    swiss_cache_leave();
    return SWISS_LIKELY(popped) ? block : malloc_slow(size);
}

EXPORT void *malloc(size_t size) {
    return take(size);
}

EXPORT void *calloc(size_t count, size_t size) {
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

EXPORT void free(void *block) {
    (void)free_live(NULL, block, 0);
}

EXPORT void *realloc(void *block, size_t size) {
    if (block && !size) {
        free(block);
        return NULL;
    }
    return block ? or_enomem(swiss_heap_resize_aligned(NULL, block, size, 16)) : take(size);
}

EXPORT void *reallocarray(void *block, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        return or_enomem(NULL);
    return realloc(block, count * size);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || alignment & (alignment - 1))
        return EINVAL;
    void *made = swiss_heap_alloc_aligned(NULL, size, alignment);
    if (!made)
        return ENOMEM;
    *block = made;
    return 0;
}

EXPORT void *memalign(size_t alignment, size_t size) {
    size_t power = 16;
    while (power < alignment && power <= SIZE_MAX / 2)
        power *= 2;
    return or_enomem(swiss_heap_alloc_aligned(NULL, size, power));
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    if (!alignment || alignment & (alignment - 1)) {
        errno = EINVAL;
        return NULL;
    }
    return memalign(alignment, size);
}

EXPORT void *valloc(size_t size) {
    return memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

EXPORT void *pvalloc(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return size > SIZE_MAX - page ? or_enomem(NULL) : memalign(page, (size + page - 1) & ~(page - 1));
}

EXPORT int malloc_trim(size_t keep) {
    (void)keep;
    return swiss_heap_trim(NULL) != 0;
}

EXPORT size_t malloc_usable_size(void *block) {
    return swiss_heap_usable_size(NULL, block);
}
