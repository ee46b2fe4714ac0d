/* Every allocation that an arena makes fails once: the operation says so, the arena is as it was, the same operation
 * then succeeds, and at the end nothing has leaked. */
#include "tests/support.h"
#include <swiss/arena.h>

#define SWISS_NAME numbers
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

static memory m;
static swiss_arena arena, child;
static numbers map;
static swiss_arena_text text;
static size_t cleanups;

static void count_cleanup(void *argument) {
    cleanups += argument == &cleanups;
}

static bool small_block(void) {
    void *block = swiss_arena_alloc(&arena, 3000, 8);
    return block && memset(block, 1, 3000);
}

static bool large_block(void) {
    return swiss_arena_new(&arena, double, 1000) != NULL;
}

static bool grown_block(void) {
    char *block = swiss_arena_alloc(&arena, 10, 1);
    if (!block)
        return false;
    memset(block, 7, 10);
    for (size_t size = 10; size < 50000; size *= 3) {
        char *grown = swiss_arena_resize(&arena, block, size, 3 * size, 1);
        if (!grown) {
            for (size_t i = 0; i < 10; ++i) /* it is as it was */
                assert_int_equal(block[i], 7);
            swiss_arena_free_block(&arena, block, size, 1);
            return false;
        }
        block = grown;
    }
    return true;
}

static bool shrunk_block(void) {
    char *block = swiss_arena_alloc(&arena, 10000, 1);
    if (!block)
        return false;
    memset(block, 7, 10000);
    char *less = swiss_arena_resize(&arena, block, 10000, 2000, 1);
    if (!less)
        swiss_arena_free_block(&arena, block, 10000, 1);
    else
        assert_int_equal(less[1999], 7);
    return less != NULL;
}

static bool copies(void) {
    return swiss_arena_copy_string(&arena, "some words") && swiss_arena_copy(&arena, &m, sizeof m, 8);
}

static bool printing(void) {
    return swiss_arena_printf(&arena, "%*d", 3500, 1) && swiss_arena_printf(&arena, "%*d", 5000, 1);
}

/* A text of which anything fails is not handed out. */
static bool growing_text(void) {
    bool all = true;
    for (int i = 0; i < 2000; ++i)
        all = swiss_arena_text_printf(&text, "%d ", i) && all;
    char *taken = swiss_arena_text_take(&text);
    assert_int_equal(taken != NULL, all);
    if (!taken)
        return false;
    assert_int_equal(strlen(taken), 10 * 2 + 90 * 3 + 900 * 4 + 1000 * 5);
    return true;
}

static bool a_map(void) {
    for (uint64_t i = 0; i < 5000; ++i)
        if (!numbers_put(&map, i, i).entry)
            return false;
    assert_int_equal(numbers_size(&map), 5000);
    return true;
}

static bool a_cleanup(void) {
    size_t before = cleanups;
    if (!swiss_arena_add_cleanup(&arena, NULL, count_cleanup, &cleanups))
        return false;
    assert_int_equal(cleanups, before);
    return true;
}

static bool a_child(void) {
    if (!child.link_.to_)
        swiss_arena_init(&child, &(swiss_arena_options){.parent = &arena});
    return swiss_arena_alloc(&child, 3000, 8) && swiss_arena_alloc(&child, 3000, 8);
}

static bool a_scope(void) {
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    bool done = small_block() && large_block() && printing();
    assert_true(swiss_arena_rewind(&arena, mark));
    return done;
}

static bool a_reset(void) {
    numbers_free(&map);
    assert_true(swiss_arena_reset(&arena, 8192));
    return numbers_init(&map, &(swiss_options){.allocator = swiss_arena_allocator(&arena)});
}

static bool (*const operations[])(void) = {small_block, large_block,  grown_block, shrunk_block, copies,   printing,
                                           a_map,       growing_text, a_cleanup,   a_child,      a_scope,  a_reset,
                                           small_block, a_map,        a_cleanup,   a_child,      printing, grown_block};

/* Runs all operations, with the allocation of number `fail_at` failing. Returns false if there are not so many. */
static bool run(size_t fail_at) {
    memory_begin(&m);
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
    memset(&child, 0, sizeof child);
    text = (swiss_arena_text){.arena = &arena};
    assert_true(numbers_init(&map, &(swiss_options){.allocator = swiss_arena_allocator(&arena)}));
    cleanups = 0;
    m.fail_at = fail_at;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; ++i) {
        size_t failures = m.failures;
        if (!operations[i]()) {
            assert_int_equal(m.failures, failures + 1);
            assert_true(operations[i]());
        } else /* a text that cannot be moved to where it takes less serves as it is */
            assert_true(m.failures == failures || operations[i] == growing_text);
    }
    size_t before = cleanups;
    assert_true(swiss_arena_free(&arena));
    assert_int_equal(before, 1);
    assert_int_equal(cleanups, 2);
    memory_end(&m);
    return m.failures != 0;
}

static void every_allocation_fails_once(void **state) {
    (void)state;
    size_t runs = 0;
    while (run(runs))
        ++runs;
    assert_true(runs > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return RUN_TESTS(tests);
}
