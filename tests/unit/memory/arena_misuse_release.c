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

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_mark_of_another_arena),        TEST(a_mark_that_was_rewound_past),
#ifdef __GNUC__
        TEST(a_mark_of_a_scope_that_is_left),
#endif
        TEST(a_mark_of_an_older_generation),  TEST(stale_marks_without_number),
        TEST(an_end_within_an_end),           TEST(a_block_of_another_size),
    };
    return RUN_TESTS(tests);
}
