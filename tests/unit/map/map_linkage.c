/* Declared in a header, defined in one source file, used in another: SWISS_DECLARE and SWISS_DEFINE. */
#include "linkage/squares.h"
#include "tests/support.h"

/* Of the same types, but of this file only. */
#define SWISS_NAME other_squares
#define SWISS_KEY uint32_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

static void one_map_in_two_files(void **state) {
    (void)state;
    squares map = {0}, copy;
    assert_true(squares_fill(&map, 1000));
    assert_int_equal(squares_size(&map), 1000);
    for (uint32_t i = 0; i < 1000; ++i)
        assert_true(*squares_get(&map, i) == (uint64_t)i * i);
    assert_true(squares_clone(&copy, &map));
    assert_true(squares_remove(&map, 10));
    squares_iter iter = squares_iterate(&map);
    size_t count = 0;
    for (squares_entry *entry; (entry = squares_next(&iter)); ++count)
        assert_true(entry->value == (uint64_t)entry->key * entry->key);
    assert_int_equal(count, 999);
    assert_true(squares_merge(&map, &copy));
    assert_int_equal(squares_size(&map), 1000);
    squares_free(&map);
    squares_free(&copy);
}

static void hooks_of_the_defining_file(void **state) {
    (void)state;
    names set = {0};
    for (int i = 0; i < 100; ++i) {
        char *name = malloc(8);
        assert_non_null(name);
        snprintf(name, 8, "%d", i % 50);
        names_result result = names_insert(&set, name);
        assert_int_equal(result.inserted, i < 50);
        if (!result.inserted)
            free(name);
    }
    names_free(&set);
}

static void a_static_map_beside_it(void **state) {
    (void)state;
    other_squares map = {0};
    assert_true(other_squares_insert(&map, 3, 9).inserted);
    other_squares_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_map_in_two_files),
        cmocka_unit_test(hooks_of_the_defining_file),
        cmocka_unit_test(a_static_map_beside_it),
    };
    return RUN_TESTS(tests);
}
