/* support.h - what the tests share: cmocka, random numbers, and an allocator that counts, checks and fails. */
#ifndef SWISS_TESTS_SUPPORT_H
#define SWISS_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/allocator.h>

/* 1 in a build under AddressSanitizer, or under ThreadSanitizer, and else 0: gcc and clang say it in their own ways. */
#ifdef __has_feature
#    define UNDER_ASAN __has_feature(address_sanitizer)
#    define UNDER_TSAN __has_feature(thread_sanitizer)
#else
#    ifdef __SANITIZE_ADDRESS__
#        define UNDER_ASAN 1
#    else
#        define UNDER_ASAN 0
#    endif
#    ifdef __SANITIZE_THREAD__
#        define UNDER_TSAN 1
#    else
#        define UNDER_TSAN 0
#    endif
#endif

/* On Windows what is free may keep its memory for a while, and does not count as given back. */
#ifdef _WIN32
enum { GIVES_BACK = 0 };
#else
enum { GIVES_BACK = 1 };
#endif

/* The next of a sequence of random numbers that *state names: the same ones in every run (SplitMix64). */
SWISS_ALWAYS_INLINE uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A random number below `limit`. */
SWISS_ALWAYS_INLINE size_t random_below(uint64_t *state, size_t limit) {
    return (size_t)(next_random(state) % limit);
}

#define NEVER SIZE_MAX

/* An allocator over malloc. Every free and resize must give the size and the alignment that the block has; new blocks
 * and freed ones are full of junk. Initialise one with memory_begin and end with memory_end, which finds leaks. */
typedef struct memory {
    swiss_allocator allocator;
    size_t blocks, bytes; /* alive */
    size_t calls;         /* of allocate and resize, those that failed included */
    size_t fail_at;       /* the number of the call, counted from 0, that fails once; NEVER */
    size_t failures;      /* calls that failed */
} memory;

/* Lies before each block. */
typedef struct memory_header {
    size_t size, alignment;
    void *raw;
    uint64_t magic;
} memory_header;

#define MEMORY_MAGIC UINT64_C(0x5157155ABCDEF012)

SWISS_ALWAYS_INLINE void *memory_allocate(void *context, size_t size, size_t alignment) {
    memory *m = (memory *)context;
    assert_true(size != 0 && alignment != 0 && (alignment & (alignment - 1)) == 0);
    assert_true(size <= PTRDIFF_MAX);
    if (m->calls++ == m->fail_at) {
        ++m->failures;
        return NULL;
    }
    size_t room = sizeof(memory_header) + alignment;
    char *raw = (char *)malloc(room + size);
    assert_non_null(raw);
    char *block = raw + room - (uintptr_t)(raw + room) % alignment;
    memory_header header = {size, alignment, raw, MEMORY_MAGIC};
    memcpy(block - sizeof header, &header, sizeof header);
    memset(block, 0xA5, size);
    m->blocks += 1;
    m->bytes += size;
    return block;
}

SWISS_ALWAYS_INLINE void memory_free(void *context, void *block, size_t size, size_t alignment) {
    memory *m = (memory *)context;
    memory_header header;
    memcpy(&header, (char *)block - sizeof header, sizeof header);
    assert_true(header.magic == MEMORY_MAGIC);
    assert_int_equal(header.size, size);
    assert_int_equal(header.alignment, alignment);
    memset((char *)block - sizeof header, 0xDF, sizeof header + size);
    free(header.raw);
    m->blocks -= 1;
    m->bytes -= size;
}

SWISS_ALWAYS_INLINE void *memory_resize(void *context, void *block, size_t old_size, size_t new_size,
                                        size_t alignment) {
    void *moved = memory_allocate(context, new_size, alignment);
    if (moved) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        memory_free(context, block, old_size, alignment);
    }
    return moved;
}

SWISS_ALWAYS_INLINE void memory_begin(memory *m) {
    memset(m, 0, sizeof *m);
    m->allocator.allocate = memory_allocate;
    m->allocator.resize = memory_resize;
    m->allocator.free = memory_free;
    m->allocator.context = m;
    m->fail_at = NEVER;
}

SWISS_ALWAYS_INLINE void memory_end(const memory *m) {
    assert_int_equal(m->blocks, 0);
    assert_int_equal(m->bytes, 0);
}

/* Runs `tests`, an array of CMUnitTest, as the file's main. */
#define RUN_TESTS(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif
