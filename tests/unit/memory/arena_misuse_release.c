/* Misuse of an arena in release builds: what cannot be done is refused, and nothing has changed. */
#ifndef NDEBUG
#    define NDEBUG
#endif
#include "tests/support.h"
#include "swiss/arena.c"
#define REFUSED(call) assert_false(call)
#include "arena_misuse.h"

/* An oversize block knows its size. */
static void a_block_of_another_size(void **state) {
    (void)state;
    char *block = fill(&arena, 10000);
    swiss_arena_free_block(&arena, block, 9999, 2);
    assert_int_equal(m.blocks, 0);
}

/* What is not noticed any more, because more ranges of stale marks would have to be known than are, leaves the arena
 * whole: also if the chunk of the mark is not in use, or gone. */
static void what_is_not_noticed(void **state) {
    (void)state;
    enum { MANY = 20 };
    for (int gone = 0; gone < 2; ++gone) {
        swiss_arena_mark live[MANY], stale[MANY];
        for (size_t i = 0; i < MANY; ++i) {
            live[i] = swiss_arena_mark_here(&arena);
            fill(&arena, 4000), fill(&arena, 4000), fill(&arena, 4000);
            stale[i] = swiss_arena_mark_here(&arena);
            assert_true(swiss_arena_rewind(&arena, live[i]));
        }
        if (gone) {
            assert_true(swiss_arena_reset(&arena, 0));
            for (size_t i = 0; i < MANY; ++i) {
                live[i] = swiss_arena_mark_here(&arena);
                swiss_arena_mark inner = swiss_arena_mark_here(&arena);
                assert_true(swiss_arena_rewind(&arena, live[i]));
                assert_false(swiss_arena_rewind(&arena, inner));
                fill(&arena, 10);
            }
        }
        for (size_t i = 0; i < MANY; ++i) {
            (void)swiss_arena_rewind(&arena, stale[i]);
            fill(&arena, 100);
        }
        assert_true(swiss_arena_reset(&arena, 10000));
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_mark_of_another_arena),        TEST(a_mark_that_was_rewound_past),
#ifdef __GNUC__
        TEST(a_mark_of_a_scope_that_is_left),
#endif
        TEST(a_mark_of_an_older_generation),  TEST(stale_marks_without_number),
        TEST(an_end_within_an_end),           TEST(what_is_not_noticed),
        TEST(a_block_of_another_size),
    };
    return RUN_TESTS(tests);
}
