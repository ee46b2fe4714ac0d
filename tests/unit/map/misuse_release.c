/* What release builds promise of misuse: freeing twice, and using what is freed, does no harm. The table's source is
 * part of this file, so that it is a release build of it. */
#ifndef NDEBUG
#    define NDEBUG
#endif
#include "tests/support.h"
#include "swiss/table.c"

#define SWISS_NAME u64_set
#define SWISS_KEY uint64_t
#include <swiss/set.h>

static void freeing_twice(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_set set;
    for (int filled = 0; filled < 2; ++filled) {
        assert_true(u64_set_init(&set, &options));
        if (filled)
            assert_true(u64_set_insert(&set, 1).inserted);
        u64_set_free(&set);
        u64_set_free(&set);
        memory_end(&m);
    }
}

static void a_freed_map_is_an_empty_one(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_set set;
    u64_set_entry entry;
    assert_true(u64_set_init(&set, &options));
    assert_true(u64_set_insert(&set, 1).inserted);
    u64_set_iter iter = u64_set_iterate(&set);
    assert_non_null(u64_set_next(&iter));
    u64_set_free(&set);
    assert_int_equal(u64_set_size(&set), 0);
    assert_null(u64_set_find(&set, 1));
    assert_false(u64_set_remove(&set, 1));
    assert_false(u64_set_take(&set, 1, &entry));
    assert_null(u64_set_next(&iter));
    u64_set_clear(&set);
    assert_true(u64_set_shrink(&set));
    assert_true(u64_set_insert(&set, 2).inserted);
    assert_true(u64_set_contains(&set, 2));
    u64_set_free(&set);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freeing_twice),
        cmocka_unit_test(a_freed_map_is_an_empty_one),
    };
    return RUN_TESTS(tests);
}
