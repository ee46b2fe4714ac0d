/* allocator.c - the two allocators that come with swiss, and which of them a table uses; and where those who look after
 * memory by themselves report misuse. */
#include "swiss/allocator.h"
#include "swiss/align.h"

#ifndef SWISS_NO_HEAP

#    include "swiss/heap.h"
#    include "heap/harden.h"

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

bool swiss_allocator_is_hardened_(void) {
    return swiss_harden_is_on();
}

void swiss_allocator_report_overrun_(const void *block, size_t size, const void *address) {
    swiss_harden_report_overrun(block, size, address);
}

#elif defined(SWISS_HARDENED) && SWISS_HARDENED && __STDC_HOSTED__

#    include <stdio.h>
#    include <stdlib.h>

bool swiss_allocator_is_hardened_(void) {
    return true;
}

void swiss_allocator_report_overrun_(const void *block, size_t size, const void *address) {
    fprintf(stderr, "swiss: overrun, found written at %p, byte %ld of %p, a block of %lu bytes in an arena\n", address,
            (long)((intptr_t)address - (intptr_t)block), block, (unsigned long)size);
    abort();
}

#else

bool swiss_allocator_is_hardened_(void) {
    return false;
}

void swiss_allocator_report_overrun_(const void *block, size_t size, const void *address) {
    (void)block, (void)size, (void)address;
}

#endif

#ifndef SWISS_NO_MALLOC

#    include <stdlib.h>
#    include <string.h>

/* Sanitizers replace malloc, and see only its blocks: where they were allocated and freed, and what they point to. The
 * function below exists exactly where malloc is replaced. A weak reference finds it also if only the program is
 * compiled with a sanitizer. Under MemorySanitizer tables use the heap: it takes the heap's memory to be initialised,
 * while blocks of malloc need all code that writes them to be compiled with it. */
#    if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#        define SWISS_SANITIZED
#    elif defined(__has_feature)
#        if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#            define SWISS_SANITIZED
#        endif
#    endif

#    if defined(SWISS_SANITIZED)
static bool malloc_is_watched(void) {
    return true;
}
#    elif defined(__GNUC__) && defined(__ELF__)
int __sanitizer_get_ownership(const volatile void *block) __attribute__((weak));
void __msan_init(void) __attribute__((weak));

static bool malloc_is_watched(void) {
    return __sanitizer_get_ownership != NULL && __msan_init == NULL;
}
#    else
static bool malloc_is_watched(void) {
    return false;
}
#    endif

/* Returns false if a sanitizer would end the program instead of returning NULL: under one, malloc's blocks have at most
 * 256 GiB. */
static bool malloc_takes(size_t size) {
#    if SIZE_MAX > UINT32_MAX
    const size_t most = (size_t)1 << 38;
#    else
    const size_t most = (size_t)1 << 30;
#    endif
    return size <= most || !malloc_is_watched();
}

/* True if malloc's own alignment is enough. Every malloc aligns a block that could hold two pointers for them. */
static bool is_plain(size_t size, size_t alignment) {
    return alignment <= 2 * sizeof(void *) && alignment <= size;
}

/* Allocates. A block that malloc may not align lies inside one that is larger, whose address is in front of it: so
 * nothing more is asked of a C library. */
static void *libc_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    if (is_plain(size, alignment))
        return malloc_takes(size) ? malloc(size) : NULL;
    const size_t front = sizeof(void *) + alignment - 1, most = PTRDIFF_MAX;
    char *whole = front <= most && size <= most - front && malloc_takes(size + front) ? malloc(size + front) : NULL;
    if (!whole)
        return NULL;
    char *block = swiss_align_down(whole + front, alignment);
    memcpy(block - sizeof whole, &whole, sizeof whole);
    return block;
}

static void libc_free(void *context, void *block, size_t size, size_t alignment) {
    (void)context;
    void *whole = block;
    if (block && !is_plain(size, alignment))
        memcpy(&whole, (char *)block - sizeof whole, sizeof whole);
    free(whole);
}

/* Resizes by realloc, which keeps only malloc's alignment; a block with a larger one is copied. */
static void *libc_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    if (is_plain(old_size, alignment) && is_plain(new_size, alignment))
        return malloc_takes(new_size) ? realloc(block, new_size) : NULL;
    void *moved = libc_allocate(context, new_size, alignment);
    if (!moved)
        return NULL;
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    libc_free(context, block, old_size, alignment);
    return moved;
}

const swiss_allocator *swiss_allocator_malloc(void) {
    static const swiss_allocator libc = {libc_allocate, libc_resize, libc_free, NULL};
    return &libc;
}

const swiss_allocator *swiss_allocator_default(void) {
#    ifndef SWISS_NO_HEAP
    if (!malloc_is_watched())
        return swiss_allocator_heap();
#    endif
    return swiss_allocator_malloc();
}

#endif

#if defined(SWISS_GDB_SCRIPT) && defined(__ELF__) && defined(__GNUC__)
/* Tells gdb what to load with a program that has this in it: 1 stands for a file of Python. The section takes no
 * memory. Here, because nearly all that is in a program needs an allocator. */
__asm__(".pushsection .debug_gdb_scripts, \"MS\", %progbits, 1\n"
        ".byte 1\n"
        ".asciz \"" SWISS_GDB_SCRIPT "\"\n"
        ".popsection\n");
#endif
