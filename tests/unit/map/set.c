/* Sets: maps without values. */
#include "tests/support.h"

#define SWISS_NAME u32_set
#define SWISS_KEY uint32_t
#include <swiss/set.h>

#define SWISS_NAME string_set
#define SWISS_KEY const char *
#include <swiss/set.h>

/* A map without a value is a set too. */
#define SWISS_NAME plain_map
#define SWISS_KEY uint32_t
#include <swiss/map.h>

static u32_set range(uint32_t from, uint32_t to) {
    u32_set set = {0};
    for (uint32_t i = from; i < to; ++i)
        assert_true(u32_set_insert(&set, i).inserted);
    return set;
}

static void an_entry_is_a_key(void **state) {
    (void)state;
    assert_int_equal(sizeof(u32_set_entry), sizeof(uint32_t));
    assert_int_equal(sizeof(string_set_entry), sizeof(char *));
}

static void insert_put_find_remove_take(void **state) {
    (void)state;
    u32_set set = range(0, 1000);
    u32_set_entry entry;
    for (uint32_t i = 0; i < 1000; ++i) {
        assert_false(u32_set_insert(&set, i).inserted);
        assert_false(u32_set_put(&set, i).inserted);
        assert_int_equal(u32_set_find(&set, i)->key, i);
    }
    assert_true(u32_set_put(&set, 1000).inserted);
    assert_true(u32_set_remove(&set, 1000));
    assert_false(u32_set_remove(&set, 1000));
    assert_true(u32_set_take(&set, 999, &entry));
    assert_int_equal(entry.key, 999);
    u32_set_remove_entry(&set, u32_set_find(&set, 998));
    assert_int_equal(u32_set_size(&set), 998);
    for (uint32_t i = 0; i < 2000; ++i)
        assert_int_equal(u32_set_contains(&set, i), i < 998);
    u32_set_free(&set);
}

static bool is_even(u32_set_entry *entry, void *context) {
    (void)context;
    return entry->key % 2 == 0;
}

static void whole_sets(void **state) {
    (void)state;
    u32_set a = range(0, 100), b = range(50, 150), copy;
    assert_true(u32_set_clone(&copy, &a));
    assert_true(u32_set_equal(&a, &copy));
    assert_false(u32_set_equal(&a, &b));
    assert_true(u32_set_merge(&a, &b));
    assert_int_equal(u32_set_size(&a), 150);
    assert_int_equal(u32_set_size(&b), 50);
    assert_int_equal(u32_set_retain(&a, is_even, NULL), 75);
    assert_true(u32_set_shrink(&a));
    u32_set_swap(&a, &b);
    assert_true(u32_set_contains(&a, 51));
    assert_true(u32_set_reserve(&a, 500));
    assert_true(u32_set_capacity(&a) >= 500);
    u32_set moved = u32_set_move(&a);
    assert_int_equal(u32_set_size(&moved), 50);
    size_t count = 0;
    u32_set_iter iter = u32_set_iterate(&moved);
    for (u32_set_entry *entry; (entry = u32_set_next(&iter)); ++count)
        if (entry->key % 2)
            u32_set_iter_remove(&moved, &iter);
    assert_int_equal(count, 50);
    assert_int_equal(u32_set_size(&moved), 25);
    assert_int_equal(u32_set_stats(&moved).size, 25);
    u32_set_clear(&moved);
    assert_int_equal(u32_set_size(&moved), 0);
    u32_set_free(&a);
    u32_set_free(&b);
    u32_set_free(&copy);
    u32_set_free(&moved);
}

static void strings(void **state) {
    (void)state;
    string_set set = {0};
    char text[] = "one";
    assert_true(string_set_insert(&set, "one").inserted);
    assert_true(string_set_insert(&set, "two").inserted);
    assert_false(string_set_insert(&set, text).inserted);
    assert_ptr_not_equal(string_set_find(&set, text)->key, text);
    assert_false(string_set_contains(&set, "three"));
    string_set_free(&set);
}

static void a_map_without_a_value(void **state) {
    (void)state;
    plain_map map = {0};
    assert_true(plain_map_insert(&map, 1).inserted);
    assert_int_equal(sizeof(plain_map_entry), sizeof(uint32_t));
    plain_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_is_a_key),
        cmocka_unit_test(insert_put_find_remove_take),
        cmocka_unit_test(whole_sets),
        cmocka_unit_test(strings),
        cmocka_unit_test(a_map_without_a_value),
    };
    return RUN_TESTS(tests);
}
