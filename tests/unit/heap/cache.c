/* What a thread keeps of the default heap: blocks that it freed, how many of them, and that they count as free. */
#include "tests/support.h"
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

static swiss_heap_stats get_stats(void) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    return stats;
}

static void test_the_block_freed_last_is_used_first(void **state) {
    (void)state;
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class) {
        void *first = swiss_heap_alloc(NULL, swiss_class_size[size_class]);
        void *second = swiss_heap_alloc(NULL, swiss_class_size[size_class]);
        swiss_heap_free(NULL, first);
        swiss_heap_free(NULL, second);
        assert_ptr_equal(swiss_heap_alloc(NULL, swiss_class_size[size_class]), second);
        assert_ptr_equal(swiss_heap_alloc(NULL, swiss_class_size[size_class]), first);
        swiss_heap_free(NULL, first);
        swiss_heap_free(NULL, second);
    }
}

/* More blocks than a stack holds, freed in several orders: each is handed out once, and none is lost. */
static void test_stacks_overflow_and_run_out(void **state) {
    (void)state;
    enum { COUNT = 5000 };
    static unsigned char *blocks[COUNT];
    const size_t sizes[] = {8, 16, 80, 500, 2048, 9000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s)
        for (unsigned order = 0; order < 4; ++order) {
            swiss_heap_stats before = get_stats();
            for (uint32_t i = 0; i < COUNT; ++i) {
                blocks[i] = swiss_heap_alloc(NULL, sizes[s]);
                assert_non_null(blocks[i]);
                memcpy(blocks[i], &i, sizeof i);
            }
            const swiss_stack *stack = &swiss_thread_mine.cache->stacks[swiss_class_of(sizes[s])];
            swiss_heap_stats full = get_stats();
            assert_int_equal(full.mallocs - before.mallocs, COUNT);
            assert_int_equal(full.frees, before.frees);
            for (uint32_t i = 0; i < COUNT; ++i) {
                uint32_t at = order == 0   ? i
                              : order == 1 ? COUNT - 1 - i
                                           : i * (order == 2 ? 1999u : 3001u) % COUNT,
                         found;
                memcpy(&found, blocks[at], sizeof found);
                assert_int_equal(found, at); /* else two have the same address */
                swiss_heap_free(NULL, blocks[at]);
                assert_false(swiss_heap_owns(NULL, blocks[at]));
                assert_true(swiss_stack_count(stack) * SWISS_STACK_BLOCK <= stack->limit);
            }
            swiss_heap_stats after = get_stats();
            assert_int_equal(after.frees - before.frees, COUNT);
            assert_int_equal(after.in_use_bytes, before.in_use_bytes);
        }
    swiss_heap_trim(NULL);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        assert_int_equal(swiss_stack_count(&swiss_thread_mine.cache->stacks[i]), 0);
    assert_int_equal(get_stats().span_bytes, 0);
}

/* What a thread keeps in empty spans is limited, and all of it goes on request. */
static void test_empty_spans_are_spared(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    static void *blocks[COUNT];
    for (int round = 0; round < 3; ++round) {
        for (int again = 0; again < 3; ++again) { /* what is needed again is kept */
            for (size_t i = 0; i < COUNT; ++i)
                blocks[i] = swiss_heap_alloc(NULL, 200 + i % 3 * 300);
            for (size_t i = 0; i < COUNT; ++i)
                swiss_heap_free(NULL, blocks[i]);
        }
        swiss_heap_stats stats = get_stats();
        size_t at_hand = 3 * SWISS_CACHE_STACK_BYTES, others = 6 * 2 * SWISS_PAGE_SIZE;
        assert_true(stats.span_bytes > (size_t)1 << 20);
        assert_true(stats.span_bytes < ((size_t)1 << 20) + 2 * at_hand + others);
        assert_true(swiss_thread_mine.cache->spare.pages < 3);
        swiss_heap_trim(NULL);
        assert_int_equal(swiss_thread_mine.cache->spare.pages, SWISS_SPARE_LEAST);
        assert_int_equal(get_stats().span_bytes, 0);
    }
}

/* Allocates blocks of a class and frees all but the first `live`, which are kept. */
enum { GROWN = 1500 };
static void *grown_blocks[8][GROWN];

static void overflow(unsigned which, size_t size, size_t live) {
    for (size_t i = 0; i < GROWN; ++i)
        if (!grown_blocks[which][i])
            assert_non_null(grown_blocks[which][i] = swiss_heap_alloc(NULL, size));
    for (size_t i = live; i < GROWN; ++i) {
        swiss_heap_free(NULL, grown_blocks[which][i]);
        grown_blocks[which][i] = NULL;
    }
}

static const swiss_stack *stack_for(size_t size) {
    return &swiss_thread_mine.cache->stacks[swiss_class_of(size)];
}

/* A stack that overflows may grow, all stacks together by 1 MiB, and one that need not be so large makes room for
 * another. */
static void test_stacks_grow(void **state) {
    (void)state;
    const size_t sizes[] = {48, 64, 80, 96, 112, 128, 144, 160};
    swiss_heap_trim(NULL);
    unsigned small[8], grown = 0;
    for (unsigned i = 0; i < 8; ++i)
        small[i] =
            (unsigned)((SWISS_CACHE_STACK_BYTES / sizes[i] < SWISS_CACHE_STACK ? SWISS_CACHE_STACK_BYTES / sizes[i]
                                                                               : SWISS_CACHE_STACK) *
                       SWISS_STACK_BLOCK);
    for (unsigned i = 0; i < 8; ++i) {
        assert_true(stack_for(sizes[i])->limit <= 64 * SWISS_STACK_BLOCK);
        for (int again = 0; again < 4; ++again)
            overflow(i, sizes[i], 0);
        assert_true(swiss_stack_count(stack_for(sizes[i])) * SWISS_STACK_BLOCK <= stack_for(sizes[i])->limit);
        grown += stack_for(sizes[i])->limit > small[i];
    }
    assert_true(grown >= 4 && grown < 8);
    assert_true(stack_for(48)->limit > 3 * small[0]);
    assert_int_equal(stack_for(160)->limit, small[7]);

    swiss_heap_stats before = get_stats();
    for (unsigned i = 0; i < 8; ++i)
        for (size_t j = 0; j < GROWN; ++j)
            grown_blocks[i][j] = swiss_heap_alloc(NULL, sizes[i]);
    for (unsigned i = 8; i-- > 5;) { /* the others have nothing at hand now */
        overflow(i, sizes[i], 0);
        assert_true(stack_for(sizes[i])->limit > 3 * small[i]);
    }
    assert_int_equal(stack_for(48)->limit, small[0]);
    for (unsigned i = 0; i < 5; ++i)
        overflow(i, sizes[i], 0);
    swiss_heap_stats after = get_stats();
    assert_int_equal(after.mallocs - before.mallocs, after.frees - before.frees);
    assert_int_equal(after.in_use_bytes, before.in_use_bytes);

    swiss_heap_trim(NULL);
    assert_int_equal(swiss_thread_mine.cache->spare.pages, SWISS_SPARE_LEAST);
    for (unsigned i = 0; i < 8; ++i)
        assert_int_equal(stack_for(sizes[i])->limit, (8192 / sizes[i] < 64 ? 8192 / sizes[i] : 64) * SWISS_STACK_BLOCK);
    assert_int_equal(get_stats().span_bytes, 0);
}

static void count_block(void *argument, void *block, size_t size) {
    (void)block, (void)size;
    ++*(size_t *)argument;
}

/* What a thread needs again and again of one class it has at hand, up to 1 MiB of it. */
static void test_a_stack_grows_far(void **state) {
    (void)state;
    if (sizeof(void *) < 8)
        skip();
    enum { COUNT = 10000 };
    static void *blocks[COUNT];
    swiss_heap_trim(NULL);
    for (int again = 0; again < 10; ++again) {
        for (size_t i = 0; i < COUNT; ++i)
            assert_non_null(blocks[i] = swiss_heap_alloc(NULL, 80));
        for (size_t i = 0; i < COUNT; ++i)
            swiss_heap_free(NULL, blocks[i]);
    }
    assert_true(swiss_stack_count(stack_for(80)) >= COUNT);
    assert_int_equal(stack_for(80)->limit / SWISS_STACK_BLOCK, 13 * (SWISS_CACHE_STACK_BYTES / 80));
    const uint64_t drawn = stack_for(80)->drawn;
    for (size_t i = 0; i < COUNT; ++i)
        blocks[i] = swiss_heap_alloc(NULL, 80);
    assert_int_equal(stack_for(80)->drawn, drawn);
    for (size_t i = 0; i < COUNT; ++i)
        swiss_heap_free(NULL, blocks[i]);
    swiss_heap_trim(NULL);
    assert_int_equal(get_stats().span_bytes, 0);
}

/* What is at hand is free, to everyone who asks. */
static void test_blocks_at_hand_are_free(void **state) {
    (void)state;
    unsigned char *blocks[100];
    size_t before = 0, live = 0;
    swiss_heap_walk(NULL, count_block, &before);
    for (size_t i = 0; i < 100; ++i)
        blocks[i] = swiss_heap_alloc(NULL, 100);
    for (size_t i = 0; i < 100; i += 2)
        swiss_heap_free(NULL, blocks[i]);
    swiss_heap_walk(NULL, count_block, &live);
    assert_int_equal(live, before + 50);
    for (size_t i = 0; i < 100; ++i)
        assert_int_equal(swiss_heap_owns(NULL, blocks[i] + 50), i % 2);
#ifdef NDEBUG
    swiss_heap_stats freed = get_stats();
    for (size_t i = 0; i < 100; ++i) {
        if (i % 2 == 0) {
            swiss_heap_free(NULL, blocks[i]);
            assert_int_equal(swiss_heap_usable_size(NULL, blocks[i]), 0);
            assert_null(swiss_heap_resize(NULL, blocks[i], 1000));
        }
        for (size_t offset = 1; offset < 112; ++offset)
            swiss_heap_free(NULL, blocks[i] + offset);
    }
    unsigned char *tail = (unsigned char *)((uintptr_t)blocks[1] / SWISS_PAGE_SIZE * SWISS_PAGE_SIZE) + 73 * 112;
    swiss_heap_free(NULL, tail); /* where a 74th slot would begin */
    swiss_heap_stats again = get_stats();
    assert_memory_equal(&again, &freed, sizeof again);
#endif
    for (size_t i = 1; i < 100; i += 2)
        swiss_heap_free(NULL, blocks[i]);
}

/* Whoever counts while a stack is filled may see what came from spans, but not yet at hand: no frees, not 2^64 less
 * some. */
static void test_counts_between_two_stores(void **state) {
    (void)state;
    const size_t size = 13000; /* of which nothing was freed before */
    unsigned size_class = swiss_class_of(size);
    swiss_stack *stack = &swiss_thread_mine.cache->stacks[size_class];
    void *block = swiss_heap_alloc(NULL, size);
    assert_int_equal(get_stats().classes[size_class].mallocs, 1);
    atomic_fetch_add(&stack->drawn, 3);
    swiss_heap_stats stats = get_stats();
    atomic_fetch_sub(&stack->drawn, 3);
    assert_int_equal(stats.classes[size_class].mallocs, 1);
    assert_int_equal(stats.classes[size_class].frees, 0);
    swiss_heap_free(NULL, block);
    assert_int_equal(get_stats().classes[size_class].frees, 1);
}

int main(void) {
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, 1)); /* the thread has a cache */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_between_two_stores),
        cmocka_unit_test(test_the_block_freed_last_is_used_first),
        cmocka_unit_test(test_stacks_overflow_and_run_out),
        cmocka_unit_test(test_empty_spans_are_spared),
        cmocka_unit_test(test_stacks_grow),
        cmocka_unit_test(test_a_stack_grows_far),
        cmocka_unit_test(test_blocks_at_hand_are_free),
    };
    return RUN_TESTS(tests);
}
