/* Operations on whole maps: clone, swap, move, merge, retain, equal. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

#define SWISS_NAME double_map
#define SWISS_KEY double
#define SWISS_VALUE int
#include <swiss/map.h>

/* Sizes on both sides of every boundary that small tables have. */
static const uint64_t sizes[] = {0, 1, 3, 4, 5, 8, 9, 16, 17, 28, 29, 100, 448, 449, 1000};
#define SIZES (sizeof sizes / sizeof *sizes)

static void insert_range(u64_map *map, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; ++i)
        assert_true(u64_map_insert(map, i, ~i).inserted);
}

/* A map of [from, to) on the allocator of `m`. */
static u64_map range(memory *m, uint64_t from, uint64_t to) {
    swiss_options options = {&m->allocator, 0, 0};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    insert_range(&map, from, to);
    return map;
}

static void check_range(const u64_map *map, uint64_t from, uint64_t to) {
    assert_int_equal(u64_map_size(map), to - from);
    for (uint64_t i = from; i < to; ++i)
        assert_true(*u64_map_get(map, i) == ~i);
}

static bool same_value(const uint64_t *a, const uint64_t *b) {
    return *a == *b;
}

static void a_clone_is_another_map(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZES; ++s) {
        memory m;
        memory_begin(&m);
        u64_map map = range(&m, 0, sizes[s]), copy;
        memset(&copy, 0xFF, sizeof copy);
        assert_true(u64_map_clone(&copy, &map));
        assert_int_equal(m.blocks, sizes[s] ? 2 : 0);
        check_range(&copy, 0, sizes[s]);
        assert_true(u64_map_equal(&map, &copy, same_value));
        assert_true(u64_map_equal(&map, &copy, NULL));
        insert_range(&copy, sizes[s], 2 * sizes[s]);
        check_range(&map, 0, sizes[s]);
        u64_map_free(&map);
        check_range(&copy, 0, 2 * sizes[s]);
        insert_range(&copy, 2 * sizes[s], 2 * sizes[s] + 10);
        u64_map_free(&copy);
        memory_end(&m);
    }
}

static void a_clone_of_a_map_with_retired_slots(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    u64_map map = range(&m, 0, 448), copy;
    for (uint64_t i = 0; i < 300; ++i)
        assert_true(u64_map_remove(&map, i));
    assert_true(u64_map_stats(&map).retired > 0);
    assert_true(u64_map_clone(&copy, &map));
    assert_int_equal(u64_map_stats(&copy).retired, u64_map_stats(&map).retired);
    assert_null(swiss_table_validate(&copy.table, &u64_map_type_));
    check_range(&copy, 300, 448);
    for (uint64_t i = 1000; i < 5000; ++i) {
        assert_true(u64_map_insert(&copy, i, ~i).inserted);
        if (i >= 1200)
            assert_true(u64_map_remove(&copy, i - 200));
    }
    assert_int_equal(u64_map_size(&copy), 148 + 200);
    check_range(&map, 300, 448);
    u64_map_free(&map);
    u64_map_free(&copy);
    memory_end(&m);
}

static void swap_exchanges(void **state) {
    (void)state;
    memory m, n;
    memory_begin(&m), memory_begin(&n);
    u64_map a = range(&m, 0, 100), b = range(&n, 1000, 1003);
    u64_map_swap(&a, &b);
    check_range(&a, 1000, 1003);
    check_range(&b, 0, 100);
    u64_map_swap(&a, &a);
    check_range(&a, 1000, 1003);
    insert_range(&a, 1003, 1100);
    insert_range(&b, 100, 1000);
    u64_map_free(&a);
    memory_end(&n);
    u64_map_free(&b);
    memory_end(&m);
}

static void move_leaves_an_empty_map_on_the_same_allocator(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZES; ++s) {
        memory m;
        memory_begin(&m);
        u64_map map = range(&m, 0, sizes[s]);
        size_t calls = m.calls;
        u64_map moved = u64_map_move(&map);
        assert_int_equal(m.calls, calls);
        assert_int_equal(u64_map_size(&map), 0);
        assert_int_equal(u64_map_capacity(&map), 0);
        check_range(&moved, 0, sizes[s]);
        insert_range(&map, 0, 10);
        assert_int_equal(m.blocks, 1 + (sizes[s] != 0));
        check_range(&moved, 0, sizes[s]);
        u64_map_free(&moved);
        check_range(&map, 0, 10);
        u64_map_free(&map);
        memory_end(&m);
    }
}

static void merge_moves_what_is_missing(void **state) {
    (void)state;
    for (size_t t = 0; t < SIZES; ++t)
        for (size_t f = 0; f < SIZES; ++f) {
            memory m, n;
            memory_begin(&m), memory_begin(&n);
            /* `to` has the keys below `have`, `from` those from the half of it on. */
            uint64_t have = sizes[t], first = have / 2, last = first + sizes[f];
            u64_map to = range(&m, 0, have), from = range(&n, first, last);
            for (uint64_t i = first; i < last; ++i)
                *u64_map_get(&from, i) = i;
            assert_true(u64_map_merge(&to, &from));
            uint64_t all = last > have ? last : have, shared = last > have ? have - first : last - first;
            assert_int_equal(u64_map_size(&to), all);
            assert_int_equal(u64_map_size(&from), shared);
            for (uint64_t i = 0; i < all; ++i)
                assert_true(*u64_map_get(&to, i) == (i < have ? ~i : i));
            for (uint64_t i = first; i < last; ++i)
                assert_int_equal(u64_map_contains(&from, i), i < have);
            u64_map_free(&from);
            insert_range(&to, 5000, 5010);
            u64_map_free(&to);
            memory_end(&m), memory_end(&n);
        }
}

static void merge_into_itself_does_nothing(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    u64_map map = range(&m, 0, 100);
    assert_true(u64_map_merge(&map, &map));
    check_range(&map, 0, 100);
    u64_map_free(&map);
    memory_end(&m);
}

static void merge_of_a_clone_moves_nothing(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    u64_map map = range(&m, 0, 1000), copy;
    assert_true(u64_map_clone(&copy, &map));
    assert_true(u64_map_merge(&map, &copy));
    check_range(&map, 0, 1000);
    check_range(&copy, 0, 1000);
    u64_map_free(&map);
    u64_map_free(&copy);
    memory_end(&m);
}

static bool keep_and_count(u64_map_entry *entry, void *context) {
    uint64_t *counts = context;
    ++counts[entry->key];
    entry->value = entry->key;
    return entry->key % 3 == 0;
}

static void retain_asks_for_each_entry_once(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZES; ++s) {
        memory m;
        memory_begin(&m);
        uint64_t counts[1000] = {0};
        u64_map map = range(&m, 0, sizes[s]);
        uint64_t kept = (sizes[s] + 2) / 3;
        assert_int_equal(u64_map_retain(&map, keep_and_count, counts), sizes[s] - kept);
        assert_int_equal(u64_map_size(&map), kept);
        for (uint64_t i = 0; i < 1000; ++i) {
            assert_int_equal(counts[i], i < sizes[s]);
            assert_int_equal(u64_map_contains(&map, i), i < sizes[s] && i % 3 == 0);
            if (u64_map_contains(&map, i))
                assert_true(*u64_map_get(&map, i) == i);
        }
        u64_map_free(&map);
        memory_end(&m);
    }
}

static void equal_is_by_content(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZES; ++s) {
        uint64_t size = sizes[s];
        u64_map a = {0}, b = {0};
        assert_true(u64_map_reserve(&b, 3000));
        insert_range(&a, 0, size);
        for (uint64_t i = size; i--;)
            assert_true(u64_map_insert(&b, i, ~i).inserted);
        assert_true(u64_map_equal(&a, &b, same_value));
        assert_true(u64_map_equal(&a, &a, same_value));
        assert_true(u64_map_insert(&b, size, ~size).inserted);
        assert_false(u64_map_equal(&a, &b, same_value));
        assert_false(u64_map_equal(&b, &a, same_value));
        if (size) {
            /* As many, but not the same ones. */
            assert_true(u64_map_remove(&b, size / 2));
            assert_false(u64_map_equal(&a, &b, same_value));
            assert_false(u64_map_equal(&b, &a, same_value));
            /* The same ones, with a value that differs. */
            assert_true(u64_map_remove(&b, size));
            assert_true(u64_map_insert(&b, size / 2, 1).inserted);
            assert_false(u64_map_equal(&a, &b, same_value));
        }
        u64_map_free(&a);
        u64_map_free(&b);
    }
}

static bool same_int(const int *a, const int *b) {
    return *a == *b;
}

static void a_map_with_a_nan_equals_not_even_itself(void **state) {
    (void)state;
    double_map map = {0};
    assert_true(double_map_equal(&map, &map, same_int));
    assert_true(double_map_insert(&map, strtod("nan", NULL), 1).inserted);
    assert_false(double_map_equal(&map, &map, same_int));
    double_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clone_is_another_map),
        cmocka_unit_test(a_clone_of_a_map_with_retired_slots),
        cmocka_unit_test(swap_exchanges),
        cmocka_unit_test(move_leaves_an_empty_map_on_the_same_allocator),
        cmocka_unit_test(merge_moves_what_is_missing),
        cmocka_unit_test(merge_into_itself_does_nothing),
        cmocka_unit_test(merge_of_a_clone_moves_nothing),
        cmocka_unit_test(retain_asks_for_each_entry_once),
        cmocka_unit_test(equal_is_by_content),
        cmocka_unit_test(a_map_with_a_nan_equals_not_even_itself),
    };
    return RUN_TESTS(tests);
}
