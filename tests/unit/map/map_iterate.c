/* Iterating: every entry exactly once, and removing on the way. */
#include "tests/support.h"
#include <swiss/group.h>

/* Counts the groups that are looked at here. */
static size_t loads;
#define swiss_group_load(control) (++loads, swiss_group_load(control))

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

enum { MOST = 1000 };

/* Asserts that an iteration meets exactly the keys below `size` that leave the remainder `rest` modulo `step`. */
static void check_keys(const u64_map *map, uint64_t size, uint64_t step, uint64_t rest) {
    unsigned char seen[MOST] = {0};
    size_t count = 0;
    u64_map_iter iter = u64_map_iterate(map);
    for (u64_map_entry *entry; (entry = u64_map_next(&iter));) {
        assert_true(entry->key < size && entry->key % step == rest && entry->value == ~entry->key);
        assert_int_equal(seen[entry->key], 0);
        seen[entry->key] = 1;
        ++count;
        assert_ptr_equal(u64_map_find(map, entry->key), entry);
    }
    assert_int_equal(count, u64_map_size(map));
    assert_null(u64_map_next(&iter));
    assert_null(u64_map_next(&iter));
}

static void every_entry_exactly_once(void **state) {
    (void)state;
    u64_map map = {0};
    for (uint64_t size = 0; size < MOST; ++size) {
        if (size < 100 || size % 50 == 0)
            check_keys(&map, size, 1, 0);
        assert_true(u64_map_insert(&map, size, ~size).inserted);
    }
    check_keys(&map, MOST, 1, 0);
    u64_map_free(&map);
}

static void cleared_sparse_and_reserved(void **state) {
    (void)state;
    u64_map map = {0};
    assert_true(u64_map_reserve(&map, MOST));
    check_keys(&map, 0, 1, 0);
    for (uint64_t i = 0; i < MOST; ++i)
        assert_true(u64_map_insert(&map, i, ~i).inserted);
    for (uint64_t i = 0; i < MOST; ++i)
        if (i % 200 != 3)
            assert_true(u64_map_remove(&map, i));
    assert_int_equal(u64_map_size(&map), MOST / 200);
    check_keys(&map, MOST, 200, 3);
    u64_map_clear(&map);
    check_keys(&map, 0, 1, 0);
    assert_true(u64_map_insert(&map, 0, UINT64_MAX).inserted);
    check_keys(&map, 1, 1, 0);
    u64_map_free(&map);
}

static void values_may_be_changed_on_the_way(void **state) {
    (void)state;
    u64_map map = {0};
    for (uint64_t i = 0; i < MOST; ++i)
        assert_true(u64_map_insert(&map, i, i).inserted);
    u64_map_iter iter = u64_map_iterate(&map);
    for (u64_map_entry *entry; (entry = u64_map_next(&iter));)
        entry->value = ~entry->key;
    check_keys(&map, MOST, 1, 0);
    u64_map_free(&map);
}

/* The entries that an iteration meets first, last, alternately, all, or never. */
static bool is_to_go(int way, size_t number, uint64_t key) {
    switch (way) {
    case 0:
        return key % 2 == 1;
    case 1:
        return number == 0;
    case 2:
        return number == MOST - 1;
    case 3:
        return true;
    default:
        return number % 16 != 15;
    }
}

static void the_current_entry_may_be_removed(void **state) {
    (void)state;
    for (int way = 0; way < 5; ++way) {
        u64_map map = {0};
        bool gone[MOST] = {false};
        for (uint64_t i = 0; i < MOST; ++i)
            assert_true(u64_map_insert(&map, i, ~i).inserted);
        size_t number = 0, left = MOST;
        u64_map_iter iter = u64_map_iterate(&map);
        for (u64_map_entry *entry; (entry = u64_map_next(&iter)); ++number) {
            if (!is_to_go(way, number, entry->key))
                continue;
            gone[entry->key] = true;
            u64_map_iter_remove(&map, &iter);
            assert_int_equal(u64_map_size(&map), --left);
        }
        assert_int_equal(number, MOST);
        for (uint64_t i = 0; i < MOST; ++i)
            assert_int_equal(u64_map_contains(&map, i), !gone[i]);
        if (way == 0)
            check_keys(&map, MOST, 2, 0);
        u64_map_free(&map);
    }
}

static void two_iterators_do_not_disturb_each_other(void **state) {
    (void)state;
    u64_map map = {0};
    for (uint64_t i = 0; i < 100; ++i)
        assert_true(u64_map_insert(&map, i, ~i).inserted);
    size_t pairs = 0;
    u64_map_iter outer = u64_map_iterate(&map);
    while (u64_map_next(&outer)) {
        u64_map_iter inner = u64_map_iterate(&map);
        while (u64_map_next(&inner))
            ++pairs;
    }
    assert_int_equal(pairs, 100 * 100);
    u64_map_free(&map);
}

/* Nothing is looked at past the last entry: not in an empty table, however large, nor in one with an entry at its
 * beginning. */
static void iterating_ends_with_the_last_entry(void **state) {
    (void)state;
    u64_map map = {0};
    assert_true(u64_map_reserve(&map, 100000));
    u64_map_iter iter = u64_map_iterate(&map);
    assert_null(u64_map_next(&iter));
    assert_int_equal(iter.at.next, 0);
    uint64_t key = 0;
    while (swiss_h1_(swiss_default_hash(&key, map.table.seed), map.table.mask) != 0)
        ++key;
    assert_true(u64_map_insert(&map, key, 1).inserted);
    iter = u64_map_iterate(&map);
    assert_true(u64_map_next(&iter)->key == key);
    assert_null(u64_map_next(&iter));
    assert_null(u64_map_next(&iter));
    assert_in_range(iter.at.next, SWISS_GROUP_WIDTH, 64);
    u64_map_clear(&map);
    iter = u64_map_iterate(&map);
    assert_null(u64_map_next(&iter));
    assert_int_equal(iter.at.next, 0);
    u64_map_free(&map);
}

/* Each group is looked at once; the one in which an iteration from elsewhere begins, and those beside it, twice. */
static void each_group_is_looked_at_once(void **state) {
    (void)state;
    for (uint64_t size = 1; size < 3000; size += 1 + size / 3) {
        u64_map map = {0};
        for (uint64_t i = 0; i < size; ++i)
            assert_true(u64_map_insert(&map, i, ~i).inserted);
        const size_t groups = (u64_map_capacity(&map) + 15) / 16;
        u64_map_iter iter = u64_map_iterate(&map);
        loads = 0;
        while (u64_map_next(&iter))
            continue;
        assert_in_range(loads, 1, groups);
        loads = 0;
        iter = u64_map_iterate_from(&map, 5);
        while (u64_map_next(&iter))
            continue;
        assert_in_range(loads, groups, groups + 4);
        loads = 0;
        iter = u64_map_iterate(&map);
        while (u64_map_next(&iter))
            u64_map_iter_remove(&map, &iter);
        assert_in_range(loads, 1, groups);
        u64_map_free(&map);
    }
}

static void a_loop_in_one_line_breaks_continues_and_removes(void **state) {
    (void)state;
    u64_map map = {0};
    size_t met = 0;
    SWISS_EACH(u64_map, none, &map) met += none != NULL;
    assert_int_equal(met, 0);
    for (uint64_t key = 0; key < MOST; ++key)
        assert_true(u64_map_insert(&map, key, ~key).inserted);
    SWISS_EACH(u64_map, e, &map) {
        ++met;
        if (e->key % 3 == 0)
            continue;
        u64_map_iter_remove(&map, &e_iter);
    }
    assert_int_equal(met, MOST);
    check_keys(&map, MOST, 3, 0);
    met = 0;
    SWISS_EACH(u64_map, e, &map) {
        if (++met == 7)
            break;
    }
    assert_int_equal(met, 7);
    met = 0;
    SWISS_EACH(u64_map, a, &map) {
        SWISS_EACH(u64_map, b, &map) met += a == b;
    }
    assert_int_equal(met, u64_map_size(&map));
    u64_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iterating_ends_with_the_last_entry),
        cmocka_unit_test(each_group_is_looked_at_once),
        cmocka_unit_test(every_entry_exactly_once),
        cmocka_unit_test(cleared_sparse_and_reserved),
        cmocka_unit_test(values_may_be_changed_on_the_way),
        cmocka_unit_test(the_current_entry_may_be_removed),
        cmocka_unit_test(two_iterators_do_not_disturb_each_other),
        cmocka_unit_test(a_loop_in_one_line_breaks_continues_and_removes),
    };
    return RUN_TESTS(tests);
}
