/* In a hardened program an arena finds writes past the ends of its blocks, and before their starts, reports each once
 * with the block, and finds nothing where there is nothing. */
#ifndef _WIN32
#    define _DEFAULT_SOURCE
#endif
#include "tests/support.h"
#include <swiss/arena.h>
#include <swiss/heap_misuse.h>
#ifndef _WIN32
#    include <sys/wait.h>
#    include <unistd.h>
#endif

static memory m;
static swiss_arena arena;
static unsigned reports;
static swiss_heap_misuse last;

static void note(void *argument, const swiss_heap_misuse *misuse) {
    assert_ptr_equal(argument, &reports);
    ++reports;
    last = *misuse;
}

static int begin(void **state) {
    (void)state;
    memory_begin(&m);
    swiss_heap_set_misuse_handler(note, &reports);
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
    reports = 0;
    return 0;
}

static int end(void **state) {
    (void)state;
    assert_true(swiss_arena_free(&arena));
    memory_end(&m);
    swiss_heap_set_misuse_handler(NULL, NULL);
    return 0;
}

static char *block_of(size_t size) {
    char *block = swiss_arena_alloc(&arena, size, 1);
    assert_non_null(block);
    return memset(block, 1, size);
}

/* Writes as a program does that knows no better. */
static void write_at(char *address) {
    *(volatile char *)address = 7;
}

/* There has been one report since the last call: of the block, and of a write `offset` bytes from its start on. */
static void expect_report(const char *block, size_t size, size_t offset) {
    assert_int_equal(reports, 1);
    reports = 0;
    assert_int_equal(last.kind, SWISS_HEAP_OVERRUN);
    assert_ptr_equal(last.block, block);
    assert_int_equal(last.size, size);
    assert_ptr_equal(last.address, block + offset);
    assert_int_equal(last.slot_size, 0);
    assert_null(last.allocated_at[0]);
    assert_null(last.freed_at[0]);
    char text[256], expected[64];
    swiss_heap_describe_misuse(&last, text, sizeof text);
    snprintf(expected, sizeof expected, "a block of %zu bytes (in an arena)", size);
    assert_non_null(strstr(text, expected));
}

static void each_way_of_looking(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 15, 16, 17, 100, 4000, 4096};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        const size_t size = sizes[i];
        for (int way = 0; way < 8; ++way) {
            swiss_arena_mark mark = swiss_arena_mark_here(&arena);
            block_of(40);
            char *block = block_of(size), *next = way % 2 ? NULL : block_of(3000);
            write_at(block + size);
            assert_int_equal(reports, 0);
            switch (way) {
            case 0:
            case 1:
                assert_int_equal(swiss_arena_check(&arena), 1);
                break;
            case 2:
            case 3:
                swiss_arena_free_block(&arena, block, size, 1);
                break;
            case 4:
                block = swiss_arena_resize(&arena, block, size, size + 90, 1) ? block : NULL;
                break;
            case 5:
                assert_true(swiss_arena_rewind(&arena, mark));
                break;
            case 6:
                assert_true(swiss_arena_reset(&arena, SIZE_MAX));
                break;
            default:
                assert_true(swiss_arena_reset(&arena, 0));
            }
            expect_report(block, size, size);
            assert_int_equal(swiss_arena_check(&arena), 0); /* once is enough */
            assert_int_equal(reports, 0);
            if (way < 4 && next)
                assert_int_equal(next[0], 1);
            assert_true(swiss_arena_reset(&arena, SIZE_MAX));
            assert_int_equal(reports, 0);
        }
    }
}

static void a_child(void **state) {
    (void)state;
    static swiss_arena child;
    swiss_arena_init(&child, &(swiss_arena_options){.parent = &arena});
    char *block = swiss_arena_alloc(&child, 10, 1);
    write_at(block + 11);
    assert_int_equal(swiss_arena_check(&arena), 0);
    assert_true(swiss_arena_reset(&arena, 0));
    expect_report(block, 10, 11);
}

#ifdef __GNUC__
static void a_scope(void **state) {
    (void)state;
    char *before = block_of(30), *block;
    {
        SWISS_ARENA_SCOPE(&arena);
        block = block_of(50);
        write_at(block + 53);
    }
    expect_report(block, 50, 53);
    write_at(before + 30);
    {
        SWISS_ARENA_SCOPE(&arena);
        block = block_of(5000); /* which leads to no guard */
    }
    assert_int_equal(reports, 0); /* what is older stays */
    assert_int_equal(swiss_arena_check(&arena), 1);
    expect_report(before, 30, 30);
}
#endif

/* Each byte near a block, of this one or of the next. */
static void each_byte(void **state) {
    (void)state;
    for (size_t at = 0; at < 16; ++at) {
        char *block = block_of(33), *next = block_of(8);
        write_at(block + 33 + at);
        assert_int_equal(swiss_arena_check(&arena), 1);
        expect_report(block, 33, 33 + at);
        if (at < 8) {
            write_at(next - 1 - at);
            assert_int_equal(swiss_arena_check(&arena), 1);
            expect_report(block, 33, (size_t)(next - block) - 1 - at);
        }
    }
}

/* Writes over whole blocks: the first one is told; those that are older are not known any more, and nothing breaks. */
static void far_too_far(void **state) {
    (void)state;
    for (size_t over = 17; over < 1000; over += 13) {
        char *oldest = block_of(20), *block = block_of(10), *newest = block_of(1100);
        memset(block + 10, 0xEE, over);
        write_at(newest + 1100);
        write_at(oldest + 20);
        assert_true(swiss_arena_check(&arena) >= 2);
        assert_true(reports <= 3);
        assert_true(swiss_arena_reset(&arena, over % 2 ? SIZE_MAX : 0));
        reports = 0;
        swiss_arena_mark mark = swiss_arena_mark_here(&arena);
        block = block_of(100);
        memset(block + 100, 0, 40);
        block_of(5);
        swiss_arena_free_block(&arena, block, 100, 1);
        expect_report(block, 100, 100);
        assert_true(swiss_arena_rewind(&arena, mark));
        assert_int_equal(reports, 0);
    }
}

/* The guard of a block that is no longer the last follows its end. */
static void resized(void **state) {
    (void)state;
    for (size_t size = 1; size < 100; size += 7) {
        char *first = block_of(100), *second = block_of(10), *third = block_of(100);
        assert_ptr_equal(swiss_arena_resize(&arena, first, 100, size, 1), first);
        assert_ptr_equal(swiss_arena_resize(&arena, third, 100, size, 1), third);
        assert_int_equal(swiss_arena_check(&arena), 0);
        write_at(first + size);
        write_at(second + 12);
        assert_int_equal(swiss_arena_check(&arena), 2);
        reports = 0;
        write_at(third + size);
        third = swiss_arena_resize(&arena, third, size, size + 50, 1); /* in place */
        expect_report(third, size, size);
        write_at(third + size + 50);
        assert_int_equal(swiss_arena_check(&arena), 1);
        expect_report(third, size + 50, size + 50);
        swiss_arena_free_block(&arena, first, size, 1);
        swiss_arena_free_block(&arena, third, size + 50, 1);
        assert_int_equal(swiss_arena_check(&arena), 0);
        write_at(second + 11); /* the newest again */
        assert_int_equal(swiss_arena_check(&arena), 1);
        expect_report(second, 10, 11);
    }
}

/* Writes all of each block that it has, and nothing else. */
static void nothing_wrong(void **state) {
    (void)state;
    enum { BLOCKS = 50 };
    struct {
        char *at;
        size_t size;
    } blocks[BLOCKS];
    uint64_t random = 12;
    for (int round = 0; round < 40; ++round) {
        memset(blocks, 0, sizeof blocks);
        swiss_arena_mark mark = swiss_arena_mark_here(&arena);
        for (int i = 0; i < 500; ++i) {
            size_t which = random_below(&random, BLOCKS), size = 1 + random_below(&random, i % 9 ? 200 : 6000);
            if (i % 3 == 0) {
                swiss_arena_free_block(&arena, blocks[which].at, blocks[which].size, 8);
                blocks[which].at = NULL;
            }
            blocks[which].at = swiss_arena_resize(&arena, blocks[which].at, blocks[which].size, size, 8);
            assert_non_null(blocks[which].at);
            memset(blocks[which].at, i, blocks[which].size = size);
            if (i % 50 == 0)
                assert_int_equal(swiss_arena_check(&arena), 0);
        }
        assert_non_null(swiss_arena_printf(&arena, "%d", round));
        assert_true(round % 3 ? swiss_arena_rewind(&arena, mark) : swiss_arena_reset(&arena, SIZE_MAX));
        assert_int_equal(reports, 0);
    }
}

#ifndef _WIN32
/* Without a handler the program ends, and says why. */
static void without_a_handler(void **state) {
    (void)state;
    int ends[2], status;
    char text[512] = {0};
    assert_int_equal(pipe(ends), 0);
    swiss_heap_set_misuse_handler(NULL, NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        char *block = block_of(24);
        write_at(block + 25);
        swiss_arena_free(&arena);
        _exit(0);
    }
    close(ends[1]);
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_non_null(strstr(text, "swiss: overrun, found written at "));
    assert_non_null(strstr(text, ", byte 25 of "));
    assert_non_null(strstr(text, ", a block of 24 bytes (in an arena)"));
}
#endif

int main(void) {
    if (UNDER_ASAN) /* which finds all of it */
        return 0;
    assert_true(swiss_heap_harden());
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(each_way_of_looking),
        TEST(a_child),
#ifdef __GNUC__
        TEST(a_scope),
#endif
        TEST(each_byte),
        TEST(far_too_far),
        TEST(resized),
        TEST(nothing_wrong),
#ifndef _WIN32
        TEST(without_a_handler),
#endif
    };
    return RUN_TESTS(tests);
}
