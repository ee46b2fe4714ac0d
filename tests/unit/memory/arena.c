/* Blocks of an arena: where they lie, what is in them, how they are resized and freed, and where the memory comes from
 * and goes to. Marks and cleanups are in arena_ends.c, texts in arena_text.c. */
#include "tests/support.h"
#include <swiss/arena.h>
#include <swiss/hash.h>

#define SWISS_NAME numbers
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* Under a tool that watches, blocks have distances between them. */
#define WATCHED UNDER_ASAN

typedef struct point {
    double x, y;
    char name;
} point;

static memory m;

static int begin(void **state) {
    (void)state;
    memory_begin(&m);
    return 0;
}

static int end(void **state) {
    (void)state;
    memory_end(&m);
    return 0;
}

static swiss_arena arena_of_memory(void) {
    swiss_arena arena;
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
    return arena;
}

static bool is_zero(const void *block, size_t size) {
    const char *bytes = block;
    for (size_t i = 0; i < size; ++i)
        if (bytes[i])
            return false;
    return true;
}

static void zero_is_an_empty_arena(void **state) {
    (void)state;
    swiss_arena arena = {0};
    swiss_arena_stats stats = swiss_arena_get_stats(&arena);
    assert_int_equal(stats.used + stats.wasted + stats.reserved + stats.peak, 0);
    assert_true(swiss_arena_reset(&arena, 0));
    assert_true(swiss_arena_free(&arena));
    swiss_arena_free_block(&arena, NULL, 10, 1);
    int *number = swiss_arena_new(&arena, int, 1);
    assert_non_null(number);
    assert_int_equal(*number, 0);
    assert_true(swiss_arena_free(&arena));
    assert_true(swiss_arena_free(&arena));
    number = swiss_arena_new(&arena, int, 1);
    assert_non_null(number);
    swiss_arena_free(&arena);
    swiss_arena_init(&arena, NULL);
    assert_non_null(swiss_arena_new(&arena, int, 1));
    swiss_arena_free(&arena);
}

static void blocks_lie_one_behind_the_other(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *first = swiss_arena_alloc(&arena, 3, 1);
    char *second = swiss_arena_alloc(&arena, 5, 1);
    char *third = swiss_arena_alloc(&arena, 8, 8);
    assert_true(second >= first + 3 && third >= second + 5);
    assert_int_equal((uintptr_t)third % 8, 0);
    if (!WATCHED) {
        assert_ptr_equal(second, first + 3);
        assert_ptr_equal(third, first + 8);
    }
    assert_int_equal(m.blocks, 1);
    memset(first, 1, 3), memset(second, 2, 5), memset(third, 3, 8);
    assert_int_equal(first[2], 1);
    assert_int_equal(second[4], 2);
    swiss_arena_free(&arena);
}

/* Alignments up to far beyond a page, sizes that fit them or not; each by itself and in a chunk that is begun. */
static void alignment(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2)
        for (size_t size = 1; size < 10000; size = size * 3 + 1) {
            assert_non_null(swiss_arena_alloc(&arena, 1, 1));
            char *block = swiss_arena_alloc(&arena, size, alignment);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block % alignment, 0);
            memset(block, 0x5A, size);
        }
    swiss_arena_free(&arena);
}

static void sizes_that_cannot_be(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    volatile size_t most = SIZE_MAX, none = 0; /* so that compilers do not see them coming */
    assert_null(swiss_arena_alloc(&arena, most, 1));
    assert_null(swiss_arena_alloc(&arena, most / 2 + 1, 16));
    assert_null(swiss_arena_alloc(&arena, 1, most / 2 + 1));
    assert_null(swiss_arena_alloc(&arena, most / 2, most / 4 + 1));
    assert_null(swiss_arena_alloc_zeroed(&arena, most, 1));
    assert_null(swiss_arena_alloc(&arena, 10, none));
    assert_null(swiss_arena_alloc(&arena, 10, 3));
    assert_null(swiss_arena_alloc(&arena, 10, 24));
    assert_null(swiss_arena_new(&arena, uint64_t, most / 8 + 1));
    assert_null(swiss_arena_new(&arena, uint64_t, most));
    assert_null(swiss_arena_new_raw(&arena, point, most / sizeof(point) + 2));
    assert_null(swiss_arena_copy_text(&arena, "", most));
    assert_int_equal(m.calls, 0);
    char *block = swiss_arena_alloc(&arena, 10, 1), *large = swiss_arena_alloc(&arena, 10000, 1);
    assert_null(swiss_arena_resize(&arena, block, 10, most, 1));
    assert_null(swiss_arena_resize(&arena, large, 10000, most / 2, 1));
    assert_null(swiss_arena_resize(&arena, block, 10, 20, 3));
    assert_null(swiss_arena_resize(&arena, block, 10, 20, none));
    assert_null(swiss_arena_alloc(&arena, 10, none));
    assert_null(swiss_arena_alloc(&arena, 10, 3));
    assert_null(swiss_arena_alloc(&arena, 10, 24));
    assert_int_equal(swiss_arena_get_stats(&arena).used, 10010);
    swiss_arena_free(&arena);
}

static void no_size_is_one_byte(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *first = swiss_arena_alloc(&arena, 0, 1), *second = swiss_arena_alloc(&arena, 0, 1);
    int *third = swiss_arena_new(&arena, int, 0);
    assert_non_null(first);
    assert_true(second && third && first != second && (char *)third != second);
    assert_int_equal(swiss_arena_get_stats(&arena).used, 3);
    second = swiss_arena_resize(&arena, second, 0, 0, 1);
    assert_non_null(second);
    swiss_arena_free_block(&arena, third, 0, _Alignof(int));
    swiss_arena_free_block(&arena, second, 0, 1);
    swiss_arena_free_block(&arena, first, 0, 1);
    assert_int_equal(swiss_arena_get_stats(&arena).used, 0);
    swiss_arena_free(&arena);
}

static void types(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    for (size_t i = 0; i < 500; ++i) {
        assert_non_null(swiss_arena_new_raw(&arena, char, 1 + i % 3));
        point *points = swiss_arena_new(&arena, point, 1 + i % 50);
        assert_non_null(points);
        assert_int_equal((uintptr_t)points % _Alignof(point), 0);
        assert_true(is_zero(points, (1 + i % 50) * sizeof *points));
        memset(points, 0xFF, (1 + i % 50) * sizeof *points);
    }
    long double *number = swiss_arena_new(&arena, long double, 1);
    assert_int_equal((uintptr_t)number % _Alignof(long double), 0);
    swiss_arena_free(&arena);
}

static void the_last_block_is_resized_in_place(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *first = swiss_arena_alloc(&arena, 100, 8);
    char *last = swiss_arena_alloc(&arena, 10, 1);
    memcpy(last, "0123456789", 10);
    assert_ptr_equal(swiss_arena_resize(&arena, last, 10, 1000, 1), last);
    assert_memory_equal(last, "0123456789", 10);
    memset(last, 1, 1000);
    assert_ptr_equal(swiss_arena_resize(&arena, last, 1000, 20, 1), last);
    assert_int_equal(swiss_arena_get_stats(&arena).used, 120);
    char *next = swiss_arena_alloc(&arena, 1, 1);
    assert_true(next >= last + 20 && next < last + 64);
    swiss_arena_free_block(&arena, next, 1, 1);
    assert_ptr_equal(swiss_arena_alloc(&arena, 2, 1), next);
    /* Any other block is copied when it grows, and stays when it shrinks. */
    memset(first, 7, 100);
    assert_ptr_equal(swiss_arena_resize(&arena, first, 100, 50, 8), first);
    char *moved = swiss_arena_resize(&arena, first, 50, 60, 8);
    assert_ptr_not_equal(moved, first);
    assert_int_equal((uintptr_t)moved % 8, 0);
    for (size_t i = 0; i < 50; ++i)
        assert_int_equal(moved[i], 7);
    assert_int_equal(swiss_arena_get_stats(&arena).used, 60 + 20 + 2);
    assert_int_equal(m.blocks, 1);
    assert_non_null(swiss_arena_resize(&arena, NULL, 0, 10, 8));
    swiss_arena_free(&arena);
}

/* A block that fills its chunk to the last byte grows no further in place. */
static void the_end_of_a_chunk(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *block = swiss_arena_alloc(&arena, 1, 1);
    size_t size = 1;
    for (char *grown; (grown = swiss_arena_resize(&arena, block, size, size + 1, 1)) == block; ++size)
        assert_int_equal(m.blocks, 1);
    assert_int_equal(m.blocks, 2);
    assert_true(size >= 4096 - 64 && size <= 4096);
    if (!WATCHED)
        assert_int_equal(size, 4096 - 16);
    assert_int_equal(swiss_arena_get_stats(&arena).used, size + 1);
    swiss_arena_free(&arena);
}

static void oversize_blocks_go_back(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *small = swiss_arena_alloc(&arena, 4096, 1);
    assert_int_equal(m.blocks, 1);
    char *blocks[10];
    for (size_t i = 0; i < 10; ++i) {
        blocks[i] = swiss_arena_alloc(&arena, 4097 + i * 1000, (size_t)1 << i);
        assert_int_equal((uintptr_t)blocks[i] % ((size_t)1 << i), 0);
        memset(blocks[i], (int)i, 4097 + i * 1000);
    }
    assert_int_equal(m.blocks, 11);
    size_t reserved = swiss_arena_get_stats(&arena).reserved;
    assert_int_equal(reserved, m.bytes);
    static const size_t order[] = {3, 9, 0, 5, 4};
    for (size_t i = 0; i < 5; ++i)
        swiss_arena_free_block(&arena, blocks[order[i]], 4097 + order[i] * 1000, (size_t)1 << order[i]);
    assert_int_equal(m.blocks, 6);
    assert_int_equal(swiss_arena_get_stats(&arena).reserved, m.bytes);
    /* Resized by the allocator. */
    blocks[7] = swiss_arena_resize(&arena, blocks[7], 11097, 50000, 128);
    blocks[1] = swiss_arena_resize(&arena, blocks[1], 5097, 4200, 2);
    blocks[8] = swiss_arena_resize(&arena, blocks[8], 12097, 12098, 256);
    assert_int_equal(m.blocks, 6);
    assert_int_equal((uintptr_t)blocks[7] % 128, 0);
    for (size_t i = 0; i < 4200; ++i)
        assert_true(blocks[7][i] == 7 && blocks[1][i] == 1 && blocks[8][i] == 8);
    /* To what is not oversize, and back. */
    char *less = swiss_arena_resize(&arena, blocks[7], 50000, 4096, 128);
    assert_int_equal(m.blocks, 6); /* and a chunk more */
    assert_int_equal(less[4095], 7);
    less = swiss_arena_resize(&arena, less, 4096, 4097, 128);
    assert_int_equal(m.blocks, 7);
    assert_int_equal(less[4095], 7);
    assert_int_equal(swiss_arena_get_stats(&arena).reserved, m.bytes);
    small[0] = 0;
    swiss_arena_free(&arena);
    assert_int_equal(m.blocks, 0);
}

static void chunks_double(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    size_t before = 0, size = 4096;
    for (size_t i = 0; i < 3 << 20; i += 64) {
        assert_non_null(swiss_arena_alloc(&arena, 64, 8));
        if (m.bytes != before) {
            assert_int_equal(m.bytes - before, size);
            before = m.bytes;
            size = size < 1 << 20 ? 2 * size : size;
        }
    }
    swiss_arena_free(&arena);
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator, .chunk_size = 100000});
    assert_non_null(swiss_arena_alloc(&arena, 64, 8));
    assert_int_equal(m.bytes, 100000);
    swiss_arena_free(&arena);
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator, .chunk_size = 1});
    for (size_t i = 0; i < 100; ++i)
        assert_non_null(swiss_arena_alloc(&arena, 64, 8));
    swiss_arena_free(&arena);
}

static void a_reset_keeps_chunks(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    for (size_t keep = 0; keep < 40000; keep += 1000) {
        for (size_t i = 0; i < 30000; i += 100) /* 4 + 8 + 16 KiB, and a part of 32 */
            memset(swiss_arena_alloc(&arena, 100, 4), 1, 100);
        assert_non_null(swiss_arena_alloc(&arena, 9000, 4));
        assert_true(swiss_arena_reset(&arena, keep));
        swiss_arena_stats stats = swiss_arena_get_stats(&arena);
        assert_true(stats.reserved <= keep && stats.reserved == m.bytes);
        assert_true(keep < 32768 || stats.reserved >= 32768);
        assert_int_equal(stats.used, 0);
        assert_int_equal(stats.peak, 39000);
        assert_true(swiss_arena_reset(&arena, 0));
        assert_int_equal(m.blocks, 0);
    }
    assert_true(swiss_arena_reset(&arena, SIZE_MAX));
    size_t calls = 0;
    for (size_t round = 0; round < 10; ++round) { /* from the second time on, everything is there */
        for (size_t i = 0; i < 200000; i += 100)
            memset(swiss_arena_alloc(&arena, 100, 4), 1, 100);
        assert_true(swiss_arena_reset(&arena, SIZE_MAX));
        if (!round)
            calls = m.calls;
    }
    assert_int_equal(m.calls, calls);
    assert_true(swiss_arena_reset(&arena, 0));
    assert_int_equal(m.blocks, 0);
    swiss_arena_free(&arena);
}

static void a_first_chunk_of_the_caller(void **state) {
    (void)state;
    char room[1000];
    for (size_t from = 0; from < 16; ++from) {
        swiss_arena arena;
        swiss_arena_init(
            &arena,
            &(swiss_arena_options){.allocator = &m.allocator, .first = room + from, .first_size = sizeof room - from});
        for (int round = 0; round < 3; ++round) {
            char *block = swiss_arena_alloc(&arena, 100, 8);
            assert_true(block >= room + from && block + 100 <= room + sizeof room);
            memset(block, 1, 100);
            assert_int_equal(m.blocks, 0);
            assert_non_null(swiss_arena_alloc(&arena, 1000, 8));
            assert_int_equal(m.blocks, 1);
            assert_true(swiss_arena_reset(&arena, 0));
            assert_int_equal(m.blocks, 0);
        }
        swiss_arena_free(&arena);
        assert_int_equal(swiss_arena_get_stats(&arena).reserved, 0);
        memset(room, 2, sizeof room);
        assert_non_null(swiss_arena_alloc(&arena, 100, 8));
        assert_int_equal(m.blocks, 1); /* the caller has it back */
        swiss_arena_free(&arena);
    }
    for (size_t size = 0; size < 64; ++size) { /* too small is not there */
        swiss_arena arena;
        swiss_arena_init(&arena,
                         &(swiss_arena_options){.allocator = &m.allocator, .first = room + 1, .first_size = size});
        for (size_t i = 1; i < 3; ++i) {
            char *block = swiss_arena_alloc(&arena, i, 1);
            bool inside = block >= room && block < room + sizeof room;
            assert_true(block && (!inside || (block > room && block + i <= room + 1 + size)));
        }
        swiss_arena_free(&arena);
    }
}

static void a_map_lives_in_an_arena(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    numbers map = {0};
    numbers_init(&map, &(swiss_options){.allocator = swiss_arena_allocator(&arena)});
    size_t most = 0;
    for (uint64_t i = 0; i < 100000; ++i) {
        assert_non_null(numbers_insert(&map, i, i * i).entry);
        if (m.blocks > most)
            most = m.blocks;
    }
    assert_true(most <= 6); /* old tables went back, but for the small ones, which are in the first chunks */
    assert_true(swiss_arena_get_stats(&arena).wasted < 16384);
    for (uint64_t i = 0; i < 100000; ++i)
        assert_int_equal(*numbers_get(&map, i), i * i);
    swiss_arena_free(&arena);
    assert_int_equal(m.blocks, 0);
    /* A map that is freed all the same leaves nothing behind. */
    numbers_init(&map, &(swiss_options){.allocator = swiss_arena_allocator(&arena)});
    assert_non_null(numbers_insert(&map, 1, 2).entry);
    numbers_free(&map);
    assert_int_equal(swiss_arena_get_stats(&arena).used, 0);
    swiss_arena_free(&arena);
}

static void the_numbers_add_up(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *first = swiss_arena_alloc(&arena, 10, 1);
    swiss_arena_stats stats = swiss_arena_get_stats(&arena);
    assert_int_equal(stats.used, 10);
    assert_int_equal(stats.reserved, 4096);
    assert_int_equal(stats.wasted, WATCHED ? 32 : 16);
    assert_int_equal(stats.peak, 10);
    assert_non_null(swiss_arena_alloc(&arena, 8, 8));
    stats = swiss_arena_get_stats(&arena);
    assert_int_equal(stats.used, 18);
    assert_true(WATCHED || stats.wasted == 16 + 6);
    swiss_arena_free_block(&arena, first, 10, 1);
    stats = swiss_arena_get_stats(&arena);
    assert_int_equal(stats.used, 8);
    assert_true(WATCHED || stats.wasted == 16 + 6 + 10);
    assert_int_equal(stats.peak, 18);
    assert_true(swiss_arena_reset(&arena, 10000));
    stats = swiss_arena_get_stats(&arena);
    assert_int_equal(stats.used, 0);
    assert_int_equal(stats.wasted, 16);
    assert_int_equal(stats.peak, 18);
    swiss_arena_free(&arena);
    assert_int_equal(swiss_arena_get_stats(&arena).peak, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(zero_is_an_empty_arena),
        TEST(blocks_lie_one_behind_the_other),
        TEST(alignment),
        TEST(sizes_that_cannot_be),
        TEST(no_size_is_one_byte),
        TEST(types),
        TEST(the_last_block_is_resized_in_place),
        TEST(the_end_of_a_chunk),
        TEST(oversize_blocks_go_back),
        TEST(chunks_double),
        TEST(a_reset_keeps_chunks),
        TEST(a_first_chunk_of_the_caller),
        TEST(a_map_lives_in_an_arena),
        TEST(the_numbers_add_up),
    };
    return RUN_TESTS(tests);
}
