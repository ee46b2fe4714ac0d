/* remove, take and remove_entry. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* A map of the keys 0 to size - 1, each with its double. */
static u64_map numbers(uint64_t size) {
    u64_map map = {0};
    for (uint64_t i = 0; i < size; ++i)
        assert_true(u64_map_insert(&map, i, 2 * i).inserted);
    return map;
}

static void remove_removes_one(void **state) {
    (void)state;
    u64_map map = numbers(300);
    assert_false(u64_map_remove(&map, 300));
    for (uint64_t gone = 0; gone < 300; ++gone) {
        assert_true(u64_map_remove(&map, gone));
        assert_false(u64_map_remove(&map, gone));
        assert_int_equal(u64_map_size(&map), 299 - gone);
        for (uint64_t i = 0; i < 300; ++i)
            assert_int_equal(u64_map_contains(&map, i), i > gone);
    }
    u64_map_free(&map);
}

static void take_hands_the_entry_over(void **state) {
    (void)state;
    u64_map map = numbers(300);
    u64_map_entry entry = {7, 8};
    assert_false(u64_map_take(&map, 300, &entry));
    assert_true(entry.key == 7 && entry.value == 8);
    for (uint64_t i = 0; i < 300; ++i) {
        assert_true(u64_map_take(&map, i, &entry));
        assert_true(entry.key == i && entry.value == 2 * i);
        assert_false(u64_map_contains(&map, i));
    }
    assert_int_equal(u64_map_size(&map), 0);
    u64_map_free(&map);
}

static void remove_entry_needs_no_search(void **state) {
    (void)state;
    u64_map map = numbers(300);
    for (uint64_t i = 0; i < 300; ++i) {
        u64_map_remove_entry(&map, u64_map_find(&map, i));
        assert_false(u64_map_contains(&map, i));
        assert_int_equal(u64_map_size(&map), 299 - i);
    }
    u64_map_free(&map);
}

static void other_entries_stay_where_they_are(void **state) {
    (void)state;
    static u64_map_entry *entries[300];
    u64_map map = numbers(300);
    for (uint64_t i = 0; i < 300; ++i)
        entries[i] = u64_map_find(&map, i);
    for (uint64_t i = 0; i < 300; i += 2)
        assert_true(u64_map_remove(&map, i));
    for (uint64_t i = 1; i < 300; i += 2)
        assert_ptr_equal(u64_map_find(&map, i), entries[i]);
    u64_map_free(&map);
}

static void removing_allocates_and_shrinks_nothing(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_map map;
    u64_map_entry entry;
    assert_true(u64_map_init(&map, &options));
    for (uint64_t i = 0; i < 300; ++i)
        assert_true(u64_map_insert(&map, i, i).inserted);
    size_t calls = m.calls, bytes = m.bytes;
    for (uint64_t i = 0; i < 300; i += 3) {
        assert_true(u64_map_remove(&map, i));
        assert_true(u64_map_take(&map, i + 1, &entry));
        u64_map_remove_entry(&map, u64_map_find(&map, i + 2));
    }
    assert_int_equal(u64_map_size(&map), 0);
    assert_int_equal(m.calls, calls);
    assert_int_equal(m.bytes, bytes);
    u64_map_free(&map);
    memory_end(&m);
}

static void what_was_removed_can_come_back(void **state) {
    (void)state;
    u64_map map = numbers(300);
    for (int round = 0; round < 20; ++round) {
        for (uint64_t i = 0; i < 300; ++i)
            assert_true(u64_map_remove(&map, i));
        for (uint64_t i = 0; i < 300; ++i)
            assert_true(u64_map_insert(&map, i, 3 * i).inserted);
    }
    for (uint64_t i = 0; i < 300; ++i)
        assert_true(*u64_map_get(&map, i) == 3 * i);
    u64_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remove_removes_one),
        cmocka_unit_test(take_hands_the_entry_over),
        cmocka_unit_test(remove_entry_needs_no_search),
        cmocka_unit_test(other_entries_stay_where_they_are),
        cmocka_unit_test(removing_allocates_and_shrinks_nothing),
        cmocka_unit_test(what_was_removed_can_come_back),
    };
    return RUN_TESTS(tests);
}
