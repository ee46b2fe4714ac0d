/* Misuse of an arena fails an assertion in debug builds, and changes nothing; also a block freed by another size, and
 * an arena that two threads use. */
#define SWISS_ASSERT(condition) mock_assert((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#undef NDEBUG
#include "tests/support.h"
#include "swiss/arena.c"
#define REFUSED(call) expect_assert_failure((void)(call))
#include "arena_misuse.h"

static void a_block_of_another_size(void **state) {
    (void)state;
    char *block = fill(&arena, 10000);
    expect_assert_failure(swiss_arena_free_block(&arena, block, 9999, 1));
    expect_assert_failure(swiss_arena_free_block(&arena, block, 10000, 2));
    swiss_arena_free_block(&arena, block, 10000, 1);
}

#if defined(__GNUC__) && !defined(_WIN32)
#    include <pthread.h>

/* Uses the arena in each way, and counts those that were refused: mock_assert is for the main thread, so this one asks
 * what the assertions ask. */
static void *use(void *argument) {
    return swiss_arena_is_mine_(argument) ? argument : NULL;
}

static bool another_may_use(swiss_arena *which) {
    pthread_t thread;
    void *result;
    assert_int_equal(pthread_create(&thread, NULL, use, which), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    return result != NULL;
}

/* Each function asks. */
static void is_asked_everywhere(swiss_arena *which) {
    static swiss_arena_cleanup cleanup;
    swiss_arena inner;
    expect_assert_failure((void)!swiss_arena_alloc(which, 1, 1));
    expect_assert_failure((void)!swiss_arena_new(which, int, 1));
    expect_assert_failure((void)!swiss_arena_resize(which, &inner, 1, 2, 1));
    expect_assert_failure(swiss_arena_free_block(which, &inner, 1, 1));
    expect_assert_failure((void)swiss_arena_mark_here(which));
    expect_assert_failure(swiss_arena_rewind(which, (swiss_arena_mark){.arena_ = which}));
    expect_assert_failure(swiss_arena_reset(which, 0));
    expect_assert_failure(swiss_arena_free(which));
    expect_assert_failure((void)swiss_arena_add_cleanup(which, &cleanup, free, NULL));
    expect_assert_failure(swiss_arena_init(&inner, &(swiss_arena_options){.parent = which}));
    expect_assert_failure((void)!swiss_arena_printf(which, "%d", 1));
    expect_assert_failure(swiss_arena_hand_over(which));
}

static void two_threads(void **state) {
    (void)state;
    fill(&arena, 10);
    assert_false(another_may_use(&arena));
    fill(&arena, 10);
    swiss_arena_hand_over(&arena);
    assert_true(another_may_use(&arena)); /* and it is that thread's now */
    if (swiss_arena_is_mine_(&arena))     /* unless this one's variables are where those of the other were */
        return;
    is_asked_everywhere(&arena);
    arena.owner_ = NULL;
    fill(&arena, 10);
    swiss_arena_init(&child, &(swiss_arena_options){.parent = &arena});
    assert_true(
        another_may_use(&child)); /* a child may be that of another thread, which is done with it when it ends */
    assert_true(swiss_arena_reset(&arena, SIZE_MAX));
    assert_true(another_may_use(&arena));
    arena.owner_ = NULL;
}
#endif

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_mark_of_another_arena),
        TEST(a_mark_that_was_rewound_past),
#ifdef __GNUC__
        TEST(a_mark_of_a_scope_that_is_left),
#endif
        TEST(a_mark_of_an_older_generation),
        TEST(stale_marks_without_number),
        TEST(an_end_within_an_end),
        TEST(a_block_of_another_size),
#if defined(__GNUC__) && !defined(_WIN32)
        TEST(two_threads),
#endif
    };
    return RUN_TESTS(tests);
}
