/* The heap's front: alignment, sizes, limits, zeroing, resizing, freeing from other threads, and what the numbers say.
 * */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#    define _POSIX_C_SOURCE 200809L
#endif
#include "tests/support.h"
#include <pthread.h>
#include <time.h>
#ifndef _WIN32
#    include <sys/mman.h>
#endif
#include "swiss/allocator.h"
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define SEGMENT (64 * MIB)
#define SMALL_MAX (32 * KIB)
#define PAGE (8 * KIB)

/* A heap with a page heap of its own, so that no other test has been there. */
#define PRIVATE_HEAP(name)                                                                                             \
    static swiss_spans name##_pages = SWISS_SPANS_INITIALIZER;                                                         \
    static swiss_heap name = SWISS_HEAP_INITIALIZER(&name##_pages)

static bool is_aligned(const void *block, size_t alignment) {
    return (uintptr_t)block % alignment == 0;
}

static void fill(void *block, size_t size, unsigned seed) {
    unsigned char *bytes = block;
    for (size_t i = 0; i < size; ++i)
        bytes[i] = (unsigned char)(i * 7 + i / 256 + seed);
}

static void check_fill(const void *block, size_t size, unsigned seed) {
    const unsigned char *bytes = block;
    for (size_t i = 0; i < size; ++i)
        if (bytes[i] != (unsigned char)(i * 7 + i / 256 + seed))
            fail_msg("byte %zu of %zu has changed", i, size);
}

static void test_default(void **state) {
    (void)state;
    assert_non_null(swiss_heap_default());
    void *block = swiss_heap_alloc(NULL, 10);
    assert_true(swiss_heap_owns(swiss_heap_default(), block));
    swiss_heap_free(swiss_heap_default(), block);
    swiss_heap_free(NULL, NULL);
    swiss_heap_free_sized(NULL, NULL, 10);
    assert_int_equal(swiss_heap_usable_size(NULL, NULL), 0);
}

/* What swiss_heap_alloc promises. */
static size_t alignment_of(size_t size) {
    return size <= 4 ? 4 : size <= 8 || (size > 16 && size <= 24) ? 8 : 16;
}

static void test_sizes_and_alignment(void **state) {
    (void)state;
    for (size_t size = 0; size < 100 * KIB; size += size < 2 * KIB ? 1 : 97) {
        char *block = swiss_heap_alloc(NULL, size);
        assert_non_null(block);
        assert_true(is_aligned(block, alignment_of(size)));
        size_t usable = swiss_heap_usable_size(NULL, block);
        assert_true(usable >= size && usable > 0);
        if (size > 16)
            assert_true(usable - size < (size > SMALL_MAX ? PAGE : size / 2));
        fill(block, usable, 1);
        swiss_heap_free_sized(NULL, block, size);
    }
}

static void test_every_alignment(void **state) {
    (void)state;
    const size_t sizes[] = {0, 1, 24, 100, 1000, 5000, 9000, SMALL_MAX, SMALL_MAX + 1, MIB, SEGMENT + 1};
    for (size_t alignment = 1; alignment <= SEGMENT; alignment *= 2)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
            char *blocks[3];
            for (int j = 0; j < 3; ++j) {
                blocks[j] = swiss_heap_alloc_aligned(NULL, sizes[i], alignment);
                assert_non_null(blocks[j]);
                assert_true(is_aligned(blocks[j], alignment));
                size_t usable = swiss_heap_usable_size(NULL, blocks[j]);
                assert_true(usable >= sizes[i]);
                blocks[j][0] = blocks[j][usable - 1] = (char)j;
            }
            for (int j = 0; j < 3; ++j) {
                assert_int_equal(blocks[j][0], j);
                swiss_heap_free_sized(NULL, blocks[j], sizes[i]);
            }
        }
}

/* Beyond a segment the alignment asks for a mapping of its own, however small the block. */
static void test_giant_alignments(void **state) {
    (void)state;
    const size_t most = SIZE_MAX > UINT32_MAX ? SEGMENT * 256 : SEGMENT * 4; /* 16 GiB */
    const size_t sizes[] = {0, 1, 100, PAGE + 1, MIB, SEGMENT, SEGMENT + MIB};
    swiss_heap *heap = swiss_heap_create();
    assert_non_null(heap);
    swiss_heap_stats empty, stats;
    swiss_heap_get_stats(heap, &empty);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
        for (size_t alignment = 2 * SEGMENT; alignment && alignment <= most; alignment *= 2) {
            char *blocks[2];
            for (int j = 0; j < 2; ++j) {
                char *block = blocks[j] = swiss_heap_alloc_aligned(heap, sizes[i], alignment);
                assert_non_null(block);
                assert_true(is_aligned(block, alignment));
                size_t usable = swiss_heap_usable_size(heap, block);
                assert_true(usable >= sizes[i] && usable < sizes[i] + 128 * KIB);
                assert_true(swiss_heap_owns(heap, block + usable - 1));
                assert_false(swiss_heap_owns(heap, block + usable));
                fill(block, usable < 64 * KIB ? usable : 64 * KIB, (unsigned)j);
                block[usable - 1] = 1;
            }
            swiss_heap_get_stats(heap, &stats);
            assert_int_equal(stats.in_use_bytes, 2 * swiss_heap_usable_size(heap, blocks[0]));
            assert_int_equal(stats.mallocs - stats.frees, 2);
            check_fill(blocks[0], sizes[i] < 64 * KIB ? sizes[i] : 64 * KIB, 0);
            for (int j = 0; j < 2; ++j)
                swiss_heap_free_sized(heap, blocks[j], sizes[i]);
            swiss_heap_get_stats(heap, &stats);
            assert_int_equal(stats.in_use_bytes, 0);
        }
    /* No system has such addresses. */
    for (size_t alignment = SIZE_MAX / 2 + 1; alignment >> 16 >> 16 > 32768; alignment /= 2)
        assert_null(swiss_heap_alloc_aligned(heap, 1, alignment));
    swiss_heap_trim(heap);
    swiss_heap_get_stats(heap, &stats);
    assert_int_equal(stats.committed_bytes, 0);
    assert_int_equal(stats.reserved_bytes, 0);
    swiss_heap_destroy(heap);
}

/* Resized with its alignment such a block stays as long as its address space is enough. */
static void test_giant_alignments_resize(void **state) {
    (void)state;
    const size_t alignment = 4 * SEGMENT;
    char *block = swiss_heap_alloc_aligned(NULL, 100, alignment);
    assert_non_null(block);
    fill(block, 100, 1);
    for (size_t size = 100; size <= SEGMENT; size = size * 3 + 1) {
        assert_ptr_equal(swiss_heap_resize_aligned(NULL, block, size, alignment), block);
        assert_true(swiss_heap_usable_size(NULL, block) >= size);
        check_fill(block, 100, 1);
        if (size > 100)
            block[size - 1] = 1; /* may be touched */
    }
    assert_ptr_equal(swiss_heap_resize_aligned(NULL, block, 200, alignment), block);
    assert_true(swiss_heap_usable_size(NULL, block) < 128 * KIB);
    char *longer = swiss_heap_resize_aligned(NULL, block, 3 * SEGMENT, alignment);
    assert_non_null(longer);
    assert_true(is_aligned(longer, alignment));
    check_fill(longer, 100, 1);
    longer[3 * SEGMENT - 1] = 1;
    char *small = swiss_heap_resize(NULL, longer, 100);
    assert_int_equal(swiss_heap_usable_size(NULL, small), 112);
    check_fill(small, 100, 1);
    char *again = swiss_heap_resize_aligned(NULL, small, 50, alignment);
    assert_true(is_aligned(again, alignment));
    check_fill(again, 50, 1);
    swiss_heap_free(NULL, again);
}

static void test_limits(void **state) {
    (void)state;
    swiss_heap_stats before, after;
    void *block = swiss_heap_alloc(NULL, 100);
    swiss_heap_get_stats(NULL, &before);
    const size_t sizes[] = {SIZE_MAX,           SIZE_MAX - 1,     SIZE_MAX - PAGE,
                            SIZE_MAX - SEGMENT, SIZE_MAX / 2 + 1, SIZE_MAX / 2};
    const size_t alignments[] = {1, 16, PAGE, SEGMENT};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        assert_null(swiss_heap_alloc(NULL, sizes[i]));
        assert_null(swiss_heap_alloc_zeroed(NULL, 1, sizes[i]));
        assert_null(swiss_heap_alloc_zeroed(NULL, sizes[i], 1));
        assert_null(swiss_heap_resize(NULL, NULL, sizes[i]));
        assert_null(swiss_heap_resize(NULL, block, sizes[i]));
        for (size_t j = 0; j < sizeof alignments / sizeof *alignments; ++j)
            assert_null(swiss_heap_alloc_aligned(NULL, sizes[i], alignments[j]));
    }
    assert_null(swiss_heap_alloc_zeroed(NULL, SIZE_MAX / 2, 3));
    assert_null(swiss_heap_alloc_zeroed(NULL, 3, SIZE_MAX / 2));
    assert_null(swiss_heap_alloc_zeroed(NULL, SIZE_MAX / 8 + 2, 8)); /* the product wraps around to 8 */
    const size_t wrong[] = {0, 3, 24, SEGMENT + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        assert_null(swiss_heap_alloc_aligned(NULL, 100, wrong[i]));
        assert_null(swiss_heap_resize_aligned(NULL, NULL, 100, wrong[i]));
        assert_null(swiss_heap_resize_aligned(NULL, block, 100, wrong[i]));
    }
    swiss_heap_get_stats(NULL, &after);
    assert_true(after.failures >= before.failures + 6 * 9);
    after.failures = before.failures;
    assert_memory_equal(&before, &after, sizeof before);
    swiss_heap_free(NULL, block);
}

static void test_zeroed(void **state) {
    (void)state;
    const size_t sizes[] = {1, 100, 5000, SMALL_MAX, SMALL_MAX + 1, 3 * MIB + 5, SEGMENT + MIB};
    for (int again = 0; again < 3; ++again)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
            unsigned char *block = swiss_heap_alloc_zeroed(NULL, sizes[i], 1);
            assert_non_null(block);
            for (size_t j = 0; j < sizes[i]; j += j < MIB ? 1 : 1021)
                if (block[j])
                    fail_msg("byte %zu of %zu is not zero", j, sizes[i]);
            memset(block, 0xFF, sizes[i] < 4 * MIB ? sizes[i] : MIB); /* for the next one */
            swiss_heap_free(NULL, block);
        }
    void *nothing = swiss_heap_alloc_zeroed(NULL, 0, SIZE_MAX), *neither = swiss_heap_alloc_zeroed(NULL, SIZE_MAX, 0);
    assert_non_null(nothing);
    assert_non_null(neither);
    assert_ptr_not_equal(nothing, neither);
    swiss_heap_free(NULL, nothing);
    swiss_heap_free(NULL, neither);
}

static void test_resize_keeps_contents(void **state) {
    (void)state;
    const size_t sizes[] = {0,
                            1,
                            8,
                            24,
                            16,
                            17,
                            40,
                            100,
                            1000,
                            900,
                            SMALL_MAX,
                            MIB,
                            SEGMENT - 1,
                            SEGMENT + 1,
                            2 * SEGMENT,
                            SEGMENT + PAGE,
                            SMALL_MAX + 1,
                            50,
                            5 * MIB};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (size_t from = 0; from < COUNT; ++from)
        for (size_t to = 0; to < COUNT; ++to) {
            void *block = swiss_heap_resize(NULL, NULL, sizes[from]);
            assert_non_null(block);
            size_t kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
            size_t checked = kept < 40 * KIB ? kept : 40 * KIB;
            fill(block, checked, 5);
            if (kept)
                ((char *)block)[kept - 1] = 5;
            void *resized = swiss_heap_resize(NULL, block, sizes[to]);
            assert_non_null(resized);
            assert_true(swiss_heap_usable_size(NULL, resized) >= sizes[to]);
            assert_true(is_aligned(resized, alignment_of(sizes[to])));
            check_fill(resized, checked ? checked - 1 : 0, 5);
            if (kept)
                assert_int_equal(((char *)resized)[kept - 1], 5);
            if (resized != block)
                assert_false(swiss_heap_owns(NULL, block));
            swiss_heap_free_sized(NULL, resized, sizes[to]);
        }
}

/* Large blocks that move take their pages along; the system may refuse, and then they are copied. */
static bool refuse_all(void) {
    return true;
}

static void test_resize_moves_pages(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    const size_t sizes[] = {5 * MIB, 4 * MIB + 12345, 30 * MIB, SEGMENT + MIB};
    for (int refused = 0; refused <= 1; ++refused)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
            char *block = swiss_heap_alloc(&heap, sizes[i]), *behind = swiss_heap_alloc(&heap, 10 * PAGE);
            fill(block, sizes[i], (unsigned)i);
            char *other = swiss_heap_alloc(&heap, sizes[i] * 3);
            swiss_heap_free(&heap, other); /* room that is there, should the system refuse */
            swiss_os_refuse = refused && sizes[i] < 20 * MIB ? refuse_all : NULL;
            char *moved = swiss_heap_resize(&heap, block, sizes[i] * 2);
            swiss_os_refuse = NULL;
            assert_non_null(moved);
            check_fill(moved, sizes[i], (unsigned)i);
            if (moved != block && sizes[i] <= SEGMENT) { /* what was left behind is as good as any other memory */
                char *again = swiss_heap_alloc_zeroed(&heap, sizes[i], 1);
                for (size_t at = 0; at < sizes[i]; at += 1001)
                    assert_int_equal(again[at], 0);
                fill(again, sizes[i], 77);
                check_fill(moved, sizes[i], (unsigned)i);
                swiss_heap_free(&heap, again);
            }
            moved = swiss_heap_resize_aligned(&heap, moved, sizes[i] / 2, SEGMENT); /* smaller, and elsewhere */
            assert_true(is_aligned(moved, SEGMENT));
            check_fill(moved, sizes[i] / 2, (unsigned)i);
            swiss_heap_free(&heap, moved);
            swiss_heap_free(&heap, behind);
        }
}

/* Blocks of 24 bytes lie at multiples of 8: those of other sizes must not stay there. */
static void test_resize_aligns(void **state) {
    (void)state;
    for (int i = 0; i < 4; ++i) {
        char *block = swiss_heap_resize(NULL, swiss_heap_alloc(NULL, 24), 16);
        assert_non_null(block);
        assert_true(is_aligned(block, 16));
    }
}

/* To the size and the alignment that it has, a block stays where it is. */
static void test_resize_to_the_same_stays(void **state) {
    (void)state;
    for (size_t alignment = 1; alignment <= SEGMENT; alignment *= 4)
        for (size_t size = 1; size <= 300 * KIB; size += size < 70 ? 1 : size / 3)
            for (int i = 0; i < 2; ++i) {
                char *block = swiss_heap_alloc_aligned(NULL, size, alignment);
                assert_non_null(block);
                assert_ptr_equal(swiss_heap_resize_aligned(NULL, block, size, alignment), block);
                if (alignment == 1)
                    assert_ptr_equal(swiss_heap_resize(NULL, block, size), block);
                size_t usable = swiss_heap_usable_size(NULL, block);
                assert_ptr_equal(swiss_heap_resize_aligned(NULL, block, usable, alignment), block);
                swiss_heap_free(NULL, block);
            }
}

static void test_resize_in_place(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    char *block = swiss_heap_alloc(&heap, 100);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 112), block);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 60), block);
    char *moved = swiss_heap_resize(&heap, block, 50); /* less than half: a block of that size frees memory */
    assert_ptr_not_equal(moved, block);
    assert_int_equal(swiss_heap_usable_size(&heap, moved), 64);
    swiss_heap_free(&heap, moved);

    block = swiss_heap_alloc(&heap, 10 * PAGE);
    char *behind = swiss_heap_alloc(&heap, 10 * PAGE);
    assert_ptr_equal(behind, block + 10 * PAGE);
    moved = swiss_heap_resize(&heap, block, 11 * PAGE);
    assert_ptr_not_equal(moved, block);
    swiss_heap_free(&heap, moved);

    block = swiss_heap_alloc(&heap, 10 * PAGE);
    assert_ptr_equal(block + 10 * PAGE, behind);
    fill(block, 5 * PAGE, 3);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 5 * PAGE), block);
    assert_int_equal(swiss_heap_usable_size(&heap, block), 5 * PAGE);
    void *tail = swiss_heap_alloc(&heap, 5 * PAGE); /* what was given back */
    assert_ptr_equal(tail, block + 5 * PAGE);
    swiss_heap_free(&heap, tail);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 10 * PAGE), block);
    check_fill(block, 5 * PAGE, 3);
    swiss_heap_free(&heap, behind);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 3 * MIB), block);
    block = swiss_heap_resize(&heap, block, 5 * MIB); /* from 4 MiB on to where a huge page begins, once */
    assert_true(is_aligned(block, SWISS_OS_HUGE_PAGE));
    check_fill(block, 5 * PAGE, 3);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 40 * MIB), block);
    block[40 * MIB - 1] = 1;
    assert_true(swiss_heap_owns(&heap, block + 40 * MIB - 1));
    swiss_heap_free(&heap, block);

    block = swiss_heap_alloc(&heap, SEGMENT + MIB);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 2 * SEGMENT), block);
    block[2 * SEGMENT - 1] = 1;
    assert_ptr_equal(swiss_heap_resize(&heap, block, SEGMENT + 1), block);
    assert_int_equal(swiss_heap_usable_size(&heap, block),
                     SEGMENT + (PAGE > swiss_os_page_size() ? PAGE : swiss_os_page_size()));
    swiss_heap_free(&heap, block);
    swiss_heap_stats stats;
    swiss_heap_get_stats(&heap, &stats);
    assert_int_equal(stats.in_use_bytes, 0);
}

static void test_resize_aligned(void **state) {
    (void)state;
    for (size_t alignment = 1; alignment <= SEGMENT; alignment *= 4) {
        char *block = swiss_heap_resize_aligned(NULL, NULL, 10, alignment);
        for (size_t size = 10; size < 300 * KIB; size = size * 5 / 2) {
            fill(block, size, 9);
            char *bigger = swiss_heap_resize_aligned(NULL, block, size * 5 / 2, alignment);
            assert_non_null(bigger);
            assert_true(is_aligned(bigger, alignment));
            check_fill(bigger, size, 9);
            block = bigger;
        }
        block = swiss_heap_resize_aligned(NULL, block, 10, alignment);
        assert_true(is_aligned(block, alignment));
        check_fill(block, 10, 9);
        swiss_heap_free(NULL, block);
    }
    char *first = swiss_heap_alloc(NULL, 100), *second = swiss_heap_alloc(NULL, 100);
    char *block = is_aligned(first, 4096) ? second : first; /* a block at a lesser alignment than is asked for now */
    block = swiss_heap_resize_aligned(NULL, block, 100, 4096);
    assert_true(is_aligned(block, 4096));
}

static bool is_mapped(void *address) {
#ifdef _WIN32
    MEMORY_BASIC_INFORMATION info;
    return VirtualQuery(address, &info, sizeof info) && info.State != MEM_FREE;
#else
    return msync(address, swiss_os_page_size(), MS_ASYNC) == 0;
#endif
}

static size_t idle_bytes(swiss_heap *heap) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(heap, &stats);
    return stats.idle_bytes;
}

/* The memory of a huge block that lived shortly is there for the next one as long; that of others goes at once. */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_huge_is_used_again(void **state) {
    (void)state;
    PRIVATE_HEAP(own);
    swiss_heap *heap = &own;
    const size_t sizes[] = {SEGMENT + MIB, 2 * SEGMENT, SEGMENT + 2, 2 * SEGMENT - 5};
    double born = seconds();
    char *block = swiss_heap_alloc(heap, sizes[0]), *first = block;
    size_t whole = swiss_heap_usable_size(heap, block);
    for (size_t i = 1; i < 9; ++i) {
        size_t size = sizes[i % 4], usable = swiss_heap_usable_size(heap, block);
        for (size_t j = 0; j < usable; j += MIB)
            memset(block + j, 0xEE, 64);
        swiss_heap_free(heap, block);
        if (seconds() - born > 0.9) { /* it may have lived too long to be kept: once more, with another one */
            born = seconds();
            block = first = swiss_heap_alloc(heap, sizes[--i % 4]);
            whole = swiss_heap_usable_size(heap, block);
            continue;
        }
        assert_true(is_mapped(block) && !swiss_heap_owns(heap, block));
        assert_int_equal(idle_bytes(heap), whole);
        born = seconds();
        block = swiss_heap_alloc_zeroed(heap, size, 1);
        assert_ptr_equal(block, first);
        const size_t now_usable = swiss_heap_usable_size(heap, block);
        assert_int_equal(idle_bytes(heap), now_usable < whole ? whole - now_usable : 0); /* kept behind it */
        whole = now_usable < whole ? whole : now_usable;
        for (size_t j = 0; j < size; j += j % 64 == 63 ? MIB - 63 : 1)
            assert_int_equal(block[j], 0);
        block[size - 1] = 1;
        assert_true(swiss_heap_owns(heap, block + size - 1));
    }
    swiss_heap_free(heap, block);
    char *longer = swiss_heap_alloc(heap, 2 * SEGMENT + 1);
    assert_int_equal(idle_bytes(heap), 0);
    char *other = swiss_heap_alloc(heap, SEGMENT + 1);
    swiss_heap_free(heap, longer); /* not the block made last */
    assert_int_equal(idle_bytes(heap), 0);
    assert_false(is_mapped(longer));
    nanosleep(&(struct timespec){1, 100000000}, NULL);
    swiss_heap_free(heap, other);
    assert_int_equal(idle_bytes(heap), 0);
    swiss_heap_free(heap, swiss_heap_alloc(heap, SEGMENT + 1));
    assert_true(idle_bytes(heap) > SEGMENT);
    nanosleep(&(struct timespec){1, 100000000}, NULL);
    swiss_heap_free(heap, swiss_heap_alloc(heap, 100000)); /* looks at the clock */
    assert_true(idle_bytes(heap) < SEGMENT);
    swiss_heap_free(heap, swiss_heap_alloc(heap, SEGMENT + 1));
}

static void test_huge(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    swiss_heap_stats stats;
    const size_t sizes[] = {SEGMENT, SEGMENT + 1, 3 * SEGMENT, 300 * MIB + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        char *block = swiss_heap_alloc(&heap, sizes[i]);
        assert_non_null(block);
        for (size_t offset = 0; offset < sizes[i]; offset += MIB) {
            block[offset] = (char)(offset / MIB);
            assert_true(swiss_heap_owns(&heap, block + offset));
        }
        for (size_t offset = 0; offset < sizes[i]; offset += MIB)
            assert_int_equal((unsigned char)block[offset], offset / MIB % 256);
        assert_false(swiss_heap_owns(&heap, block - 1));
        swiss_heap_get_stats(&heap, &stats);
        assert_true(stats.in_use_bytes >= sizes[i]);
        swiss_heap_free_sized(&heap, block, sizes[i]);
        assert_false(swiss_heap_owns(&heap, block));
        swiss_heap_trim(&heap);
        if (sizes[i] > SEGMENT)
            assert_false(is_mapped(block));
        swiss_heap_get_stats(&heap, &stats);
        assert_int_equal(stats.in_use_bytes, 0);
        assert_int_equal(stats.reserved_bytes, SEGMENT); /* only what is larger than a segment goes back */
    }
}

/* The number in "Name:   number kB" among what the kernel says of the mapping that holds `address`; -1 if it does not.
 * */
static long smaps_kib(const void *address, const char *name) {
    FILE *file = fopen("/proc/self/smaps", "r");
    char line[512];
    unsigned long start, end;
    bool inside = false;
    long found = -1;
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            inside = (uintptr_t)address >= start && (uintptr_t)address < end;
        else if (inside && strncmp(line, name, strlen(name)) == 0)
            found = strtol(line + strlen(name) + 1, NULL, 10);
    }
    if (file)
        fclose(file);
    return found;
}

/* Whether the kernel was advised to put the mapping that holds `address` on huge pages. */
static bool is_advised(const void *address) {
    FILE *file = fopen("/proc/self/smaps", "r");
    char line[512];
    unsigned long start, end;
    bool inside = false, advised = false;
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            inside = (uintptr_t)address >= start && (uintptr_t)address < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            advised = strstr(line, " hg") != NULL;
    }
    if (file)
        fclose(file);
    return advised;
}

/* True if the kernel puts memory on huge pages that nobody advised. */
static bool is_huge_always(void) {
    char line[64] = "";
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    bool always = file && fgets(line, sizeof line, file) && strstr(line, "[always]");
    if (file)
        fclose(file);
    return always;
}

/* Where only the whole 2 MiB units of a block are advised its pages are two mappings, which older kernels do not move
 * at once: the move fails, and must not have changed anything. */
static void test_resize_moves_two_mappings(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    char *block = swiss_heap_alloc(&heap, 5 * MIB);
    fill(block, 5 * MIB, 7);
    char *fence = swiss_heap_alloc(&heap, 100000);
    fill(fence, 100000, 8);
    if (swiss_os_huge_get() == SWISS_OS_HUGE_AUTO)
        assert_true(is_advised(block) && !is_advised(block + 5 * MIB - 1));
    char *moved = swiss_heap_resize(&heap, block, 20 * MIB);
    assert_ptr_not_equal(moved, block);
    check_fill(moved, 5 * MIB, 7);
    fill(moved, 20 * MIB, 9);
    check_fill(fence, 100000, 8);
    char *again = swiss_heap_alloc_zeroed(&heap, 5 * MIB, 1); /* at the place that was left */
    for (size_t i = 0; i < 5 * MIB; i += 1001)
        assert_int_equal(again[i], 0);
    fill(again, 5 * MIB, 10);
    check_fill(moved, 20 * MIB, 9);
    swiss_heap_free(&heap, moved);
    swiss_heap_free(&heap, again);
    swiss_heap_free(&heap, fence);
}

/* Where a block ended before it grew, it lies on a huge page, too, if the system makes one on request. */
static void check_where_a_block_ended(long made) {
    PRIVATE_HEAP(heap);
    swiss_heap_set_huge_pages(SWISS_HEAP_HUGE_AUTO);
    char *block = swiss_heap_alloc(&heap, 5 * MIB);
    block[5 * MIB - 1] = 1;
    assert_int_equal(smaps_kib(block + 4 * MIB, "AnonHugePages:"), 0);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 6 * MIB), block); /* not for so little */
    assert_int_equal(smaps_kib(block + 4 * MIB, "AnonHugePages:"), 0);
    assert_ptr_equal(swiss_heap_resize(&heap, block, 10 * MIB), block);
    assert_int_equal(smaps_kib(block + 4 * MIB, "AnonHugePages:"), 0);
    assert_int_equal(block[5 * MIB - 1], 1);
    block = swiss_heap_alloc(&heap, 5 * MIB);
    block[5 * MIB - 1] = 1;
    assert_ptr_equal(swiss_heap_resize(&heap, block, 10 * MIB), block);
    assert_int_equal(smaps_kib(block + 4 * MIB, "AnonHugePages:"), made);
    assert_int_equal(block[5 * MIB - 1], 1);
}

static void test_huge_pages(void **state) {
    (void)state;
    swiss_os_huge before = swiss_os_huge_get();
    swiss_heap_set_huge_pages(SWISS_HEAP_HUGE_AUTO);
    if (swiss_os_huge_get() == SWISS_OS_HUGE_OFF)
        skip(); /* the system has none of 2 MiB */
    PRIVATE_HEAP(heap);
    PRIVATE_HEAP(off);
    PRIVATE_HEAP(on);
    char *small = swiss_heap_alloc(&heap, 100), *medium = swiss_heap_alloc(&heap, MIB);
    char *large = swiss_heap_alloc(&heap, 5 * MIB), *huge = swiss_heap_alloc(&heap, SEGMENT + MIB);
    assert_true(is_aligned(large, 2 * MIB));
    small[0] = medium[0] = large[0] = large[4 * MIB] = huge[0] = 1;
    long covered = smaps_kib(large, "AnonHugePages:");
    if (covered > 0) {                       /* 0: the machine has no free ones, or says never */
        assert_int_equal(covered, 2 * 1024); /* the first two units are one mapping; the first was touched */
        assert_true(smaps_kib(huge, "AnonHugePages:") > 0);
    }
    assert_true(is_advised(large) && is_advised(huge) && !is_advised(small) && !is_advised(medium));
    if (!is_huge_always()) {
        assert_int_equal(smaps_kib(small, "AnonHugePages:"), 0);
        assert_true(smaps_kib(small, "Rss:") <= 256);
    }

    swiss_heap_set_huge_pages(SWISS_HEAP_HUGE_OFF);
    char *plain = swiss_heap_alloc_aligned(&off, 5 * MIB, 2 * MIB);
    plain[0] = 1;
    if (!is_huge_always()) {
        assert_int_equal(smaps_kib(plain, "AnonHugePages:"), 0);
        swiss_os_collapse(plain);
        check_where_a_block_ended(smaps_kib(plain, "AnonHugePages:"));
    }
    swiss_heap_set_huge_pages(SWISS_HEAP_HUGE_ON);
    small = swiss_heap_alloc(&on, 100);
    small[0] = 1;
    if (covered > 0)
        assert_int_equal(smaps_kib(small, "AnonHugePages:"), 2 * 1024);
    swiss_os_huge_set(before);
}

static void test_owns(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    int local = 0;
    assert_false(swiss_heap_owns(&heap, NULL));
    assert_false(swiss_heap_owns(&heap, &local));
    char *block = swiss_heap_alloc(&heap, 48), *next = swiss_heap_alloc(&heap, 48);
    assert_ptr_equal(next, block + 48);
    assert_true(swiss_heap_owns(&heap, block) && swiss_heap_owns(&heap, block + 47));
    assert_false(swiss_heap_owns(&heap, next + 48));
    swiss_heap_free(&heap, next);
    assert_false(swiss_heap_owns(&heap, next));
    assert_true(swiss_heap_owns(&heap, block + 47));
    assert_false(swiss_heap_owns(&heap, block + 8191)); /* the tail of the span, behind the last slot */
    swiss_heap_free(&heap, block);
    PRIVATE_HEAP(other);
    assert_non_null(swiss_heap_alloc(&other, 100));
    const size_t sizes[] = {100, 40 * KIB, 5 * MIB, SEGMENT + MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        block = swiss_heap_alloc(&heap, sizes[i]);
        assert_true(swiss_heap_owns(&heap, block) && swiss_heap_owns(&heap, block + sizes[i] / 2));
        assert_true(swiss_heap_owns(&heap, block + sizes[i] - 1));
        assert_false(swiss_heap_owns(&other, block) || swiss_heap_owns(&other, block + sizes[i] / 2));
        swiss_heap_free(&heap, block);
        assert_false(swiss_heap_owns(&heap, block) || swiss_heap_owns(&heap, block + sizes[i] / 2));
    }
}

/* Freed memory is used again before new memory is. */
static void test_reuse(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    swiss_heap_stats first, last;
    swiss_heap_set_scavenging(&heap, 0);
    for (int round = 0; round < 200; ++round) {
        void *blocks[24];
        for (unsigned i = 0; i < 24; ++i)
            blocks[i] = swiss_heap_alloc(&heap, (size_t)1 << i);
        for (unsigned i = 0; i < 24; ++i)
            swiss_heap_free(&heap, blocks[i]);
        swiss_heap_get_stats(&heap, round > 1 ? &last : &first); /* large blocks may settle elsewhere once */
    }
    assert_int_equal(last.span_bytes + last.idle_bytes, first.span_bytes + first.idle_bytes);
    assert_int_equal(last.reserved_bytes, first.reserved_bytes);
}

static void test_stats(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    swiss_heap_stats stats;
    swiss_heap_get_stats(&heap, &stats);
    assert_int_equal(stats.reserved_bytes + stats.committed_bytes + stats.span_bytes, 0);
    void *small = swiss_heap_alloc(&heap, 100), *large = swiss_heap_alloc(&heap, 100000);
    void *huge = swiss_heap_alloc(&heap, SEGMENT + PAGE);
    swiss_heap_get_stats(&heap, &stats);
    size_t huge_size = swiss_heap_usable_size(&heap, huge);
    assert_int_equal(stats.mallocs, 3);
    assert_int_equal(stats.frees, 0);
    assert_int_equal(stats.in_use_bytes, 112 + 13 * PAGE + huge_size);
    assert_int_equal(stats.span_bytes, PAGE + 13 * PAGE + huge_size);
    assert_int_equal(stats.idle_bytes, 0);
    assert_int_equal(stats.reserved_bytes, 3 * SEGMENT);
    assert_true(stats.span_bytes + stats.idle_bytes <= stats.committed_bytes);
    assert_true(stats.committed_bytes <= stats.reserved_bytes);
    assert_true(stats.metadata_bytes > 0);
    assert_int_equal(stats.classes[0].block_size, 0);
    assert_int_equal(stats.classes[0].mallocs, 2);
    assert_int_equal(stats.classes[0].spans, 2);
    assert_int_equal(stats.classes[10].block_size, 112);
    assert_int_equal(stats.classes[10].mallocs, 1);
    assert_int_equal(stats.classes[10].spans, 1);
    swiss_heap_free(&heap, large);
    swiss_heap_free(&heap, huge);
    swiss_heap_get_stats(&heap, &stats);
    assert_int_equal(stats.idle_bytes, 13 * PAGE + huge_size);
    assert_int_equal(stats.in_use_bytes, 112);
    assert_int_equal(stats.classes[0].frees, 2);
    swiss_heap_free(&heap, small);
    swiss_heap_get_stats(&heap, &stats);
    assert_int_equal(stats.in_use_bytes, 0);
    assert_int_equal(stats.frees, 3);
}

#ifdef NDEBUG
/* In release builds misuse does nothing. In debug builds each of these is an assertion. */
static void test_misuse_is_ignored(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    static _Alignas(16) char foreign[64];
    const size_t sizes[] = {24, 1000, 20000, 100000, SEGMENT + MIB};
    swiss_heap_stats before, after;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        char *kept = swiss_heap_alloc(&heap, sizes[i]), *freed = swiss_heap_alloc(&heap, sizes[i]);
        swiss_heap_free(&heap, freed);
        swiss_heap_get_stats(&heap, &before);
        char *const wrong[] = {freed,   kept + 1,  kept + 8, kept + sizes[i] / 2, kept + sizes[i] - 1,
                               foreign, (char *)16};
        for (size_t j = 0; j < sizeof wrong / sizeof *wrong; ++j) {
            swiss_heap_free(&heap, wrong[j]);
            swiss_heap_free_sized(&heap, wrong[j], sizes[i]);
            assert_null(swiss_heap_resize(&heap, wrong[j], 10));
            assert_int_equal(swiss_heap_usable_size(&heap, wrong[j]), 0);
        }
        swiss_heap_get_stats(&heap, &after);
        assert_memory_equal(&before, &after, sizeof before);
        swiss_heap_free(&heap, kept);
    }
}
#endif

static void test_allocators(void **state) {
    (void)state;
    const swiss_allocator *allocators[] = {swiss_allocator_heap(), swiss_allocator_malloc()};
    for (int i = 0; i < 2; ++i) {
        const swiss_allocator *allocator = allocators[i];
        for (size_t alignment = 1; alignment <= 4096; alignment *= 2)
            for (size_t size = 1; size < 200 * KIB; size = size * 3 + 1) {
                char *block = allocator->allocate(allocator->context, size, alignment);
                assert_non_null(block);
                assert_true(is_aligned(block, alignment));
                fill(block, size, 2);
                char *bigger = allocator->resize(allocator->context, block, size, 2 * size, alignment);
                assert_non_null(bigger);
                assert_true(is_aligned(bigger, alignment));
                check_fill(bigger, size, 2);
                char *smaller = allocator->resize(allocator->context, bigger, 2 * size, size / 3 + 1, alignment);
                assert_non_null(smaller);
                assert_true(is_aligned(smaller, alignment));
                check_fill(smaller, size / 3 + (size > 1 ? 1 : 0), 2);
                allocator->free(allocator->context, smaller, size / 3 + 1, alignment);
            }
    }
    assert_null(allocators[0]->allocate(NULL, SIZE_MAX / 2, 16));
}

/* Threads take blocks out of a common array and put others in, so that most are freed by another than their maker. */
enum { THREADS = 4, SHELF = 512, ROUNDS = 20000 };

struct shelf {
    pthread_mutex_t lock[SHELF];
    struct {
        unsigned char *block;
        size_t size;
        unsigned seed;
    } place[SHELF];
    swiss_heap heap;
};

static swiss_spans shelf_pages = SWISS_SPANS_INITIALIZER;
static struct shelf shelf = {.heap = SWISS_HEAP_INITIALIZER(&shelf_pages)};

static void *exchange(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (int round = 0; round < ROUNDS; ++round) {
        size_t size = random_below(&random, random_below(&random, 16) ? 600 : 60000);
        unsigned seed = (unsigned)random_below(&random, 256);
        unsigned char *block = swiss_heap_alloc(&shelf.heap, size);
        if (!block)
            abort();
        memset(block, (int)seed, size);
        size_t place = random_below(&random, SHELF);
        pthread_mutex_lock(&shelf.lock[place]);
        unsigned char *old = shelf.place[place].block;
        size_t old_size = shelf.place[place].size;
        unsigned old_seed = shelf.place[place].seed;
        shelf.place[place].block = block;
        shelf.place[place].size = size;
        shelf.place[place].seed = seed;
        pthread_mutex_unlock(&shelf.lock[place]);
        if (!old)
            continue;
        if (random_below(&random, 2) && old_size) {
            old = swiss_heap_resize(&shelf.heap, old, old_size / 2 + 1);
            old_size = old_size / 2 + 1;
        }
        for (size_t i = 0; i < old_size; ++i)
            if (old[i] != old_seed)
                abort();
        swiss_heap_free_sized(&shelf.heap, old, old_size);
    }
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    for (size_t i = 0; i < SHELF; ++i)
        pthread_mutex_init(&shelf.lock[i], NULL);
    for (uintptr_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, exchange, (void *)(i + 1)), 0);
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < SHELF; ++i) {
        swiss_heap_free(&shelf.heap, shelf.place[i].block);
        pthread_mutex_destroy(&shelf.lock[i]);
    }
    swiss_heap_stats stats;
    swiss_heap_get_stats(&shelf.heap, &stats);
    assert_int_equal(stats.in_use_bytes, 0);
    assert_int_equal(stats.mallocs, stats.frees);
    assert_true(stats.mallocs >= THREADS * ROUNDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_sizes_and_alignment),
        cmocka_unit_test(test_every_alignment),
        cmocka_unit_test(test_giant_alignments),
        cmocka_unit_test(test_giant_alignments_resize),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_resize_keeps_contents),
        cmocka_unit_test(test_resize_moves_pages),
        cmocka_unit_test(test_resize_moves_two_mappings),
        cmocka_unit_test(test_resize_aligns),
        cmocka_unit_test(test_resize_to_the_same_stays),
        cmocka_unit_test(test_resize_in_place),
        cmocka_unit_test(test_resize_aligned),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_huge_is_used_again),
        cmocka_unit_test(test_huge_pages),
        cmocka_unit_test(test_owns),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_stats),
#ifdef NDEBUG
        cmocka_unit_test(test_misuse_is_ignored),
#endif
        cmocka_unit_test(test_allocators),
        cmocka_unit_test(test_threads),
    };
    return RUN_TESTS(tests);
}
