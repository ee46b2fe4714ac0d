/* allocator.c - the two allocators that come with swiss, and which of them a table uses. */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#    define _POSIX_C_SOURCE 200809L /* posix_memalign */
#endif
#include "swiss/allocator.h"
#include "swiss/heap.h"
#include <stdlib.h>
#include <string.h>

static void *heap_allocate(void *context, size_t size, size_t alignment) {
    return swiss_heap_alloc_aligned(context, size, alignment);
}

static void *heap_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    (void)old_size;
    return swiss_heap_resize_aligned(context, block, new_size, alignment);
}

static void heap_free(void *context, void *block, size_t size, size_t alignment) {
    (void)alignment;
    swiss_heap_free_sized(context, block, size);
}

const swiss_allocator *swiss_allocator_heap(void) {
    static const swiss_allocator heap = {heap_allocate, heap_resize, heap_free, NULL};
    return &heap;
}

/* Sanitizers replace malloc, and see only its blocks: where they were allocated and freed, and what they point to. The
 * function below exists exactly where malloc is replaced. A weak reference finds it also if only the program is
 * compiled with a sanitizer. Under MemorySanitizer tables use the heap: it takes the heap's memory to be initialised,
 * while blocks of malloc need all code that writes them to be compiled with it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define SWISS_SANITIZED
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#        define SWISS_SANITIZED
#    endif
#endif

#if defined(SWISS_SANITIZED)
static bool malloc_is_watched(void) {
    return true;
}
#elif defined(__GNUC__) && defined(__ELF__)
int __sanitizer_get_ownership(const volatile void *block) __attribute__((weak));
void __msan_init(void) __attribute__((weak));

static bool malloc_is_watched(void) {
    return __sanitizer_get_ownership != NULL && __msan_init == NULL;
}
#else
static bool malloc_is_watched(void) {
    return false;
}
#endif

/* Returns false if a sanitizer would end the program instead of returning NULL: under one, malloc's blocks have at most
 * 256 GiB. */
static bool malloc_takes(size_t size) {
#if SIZE_MAX > UINT32_MAX
    const size_t most = (size_t)1 << 38;
#else
    const size_t most = (size_t)1 << 30;
#endif
    return size <= most || !malloc_is_watched();
}

#ifdef _WIN32

#    include <malloc.h>

/* Allocates an aligned block, always: Windows' free does not take aligned blocks. */
static void *libc_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    return malloc_takes(size) ? _aligned_malloc(size, alignment) : NULL;
}

static void *libc_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    (void)context, (void)old_size;
    return _aligned_realloc(block, new_size, alignment);
}

static void libc_free(void *context, void *block, size_t size, size_t alignment) {
    (void)context, (void)size, (void)alignment;
    _aligned_free(block);
}

#else

/* Returns true if malloc's own alignment is enough. C promises that of max_align_t for blocks that could hold one. */
static bool is_plain(size_t size, size_t alignment) {
    return alignment <= SWISS_ALIGNOF(max_align_t) && alignment <= size;
}

static void *libc_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    if (!malloc_takes(size))
        return NULL;
    if (is_plain(size, alignment))
        return malloc(size);
    void *block = NULL;
    if (posix_memalign(&block, alignment < sizeof(void *) ? sizeof(void *) : alignment, size) != 0)
        return NULL;
    return block;
}

/* Resizes by realloc, which keeps only malloc's alignment; a block with a larger one is copied. */
static void *libc_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    if (!malloc_takes(new_size))
        return NULL;
    if (is_plain(new_size, alignment))
        return realloc(block, new_size);
    void *moved = libc_allocate(context, new_size, alignment);
    if (!moved)
        return NULL;
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    free(block);
    return moved;
}

static void libc_free(void *context, void *block, size_t size, size_t alignment) {
    (void)context, (void)size, (void)alignment;
    free(block);
}

#endif

const swiss_allocator *swiss_allocator_malloc(void) {
    static const swiss_allocator libc = {libc_allocate, libc_resize, libc_free, NULL};
    return &libc;
}

const swiss_allocator *swiss_allocator_default(void) {
    return malloc_is_watched() ? swiss_allocator_malloc() : swiss_allocator_heap();
}
