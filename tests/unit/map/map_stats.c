/* stats, against tables whose shape is known. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* The key is the hash: bits 28 and up pick the group, the top byte is h2. */
#define SWISS_NAME raw_set
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), *(key))
#define SWISS_HASH_AVALANCHES
#include <swiss/set.h>

static bool is_about(double value, double wanted) {
    return value > wanted - 1e-9 && value < wanted + 1e-9;
}

/* The number-th key of the home group `group`, with an h2 of `class`. */
static uint64_t raw(uint64_t group, uint64_t class, uint64_t number) {
    return class << 61 | number % 32 << 56 | group << 28 | number;
}

static void empty_maps(void **state) {
    (void)state;
    u64_map map = {0};
    for (int round = 0; round < 2; ++round) {
        swiss_table_stats stats = u64_map_stats(&map);
        assert_int_equal(stats.size, 0);
        assert_int_equal(stats.retired, 0);
        assert_true(is_about(stats.load_factor, 0));
        assert_true(is_about(stats.mean_probe_hit, 0));
        assert_int_equal(stats.capacity, round ? 16 : 0);
        assert_int_equal(stats.bytes, round ? 16 + 16 * sizeof(u64_map_entry) : 0);
        assert_int_equal(stats.max_probe, round);
        assert_true(is_about(stats.mean_probe_miss, round));
        assert_true(u64_map_reserve(&map, 16));
    }
    u64_map_free(&map);
}

static void one_group(void **state) {
    (void)state;
    for (size_t capacity = 4; capacity <= 16; capacity *= 2) {
        u64_map map = {0};
        assert_true(u64_map_reserve(&map, capacity));
        for (uint64_t i = 0; i < capacity; ++i) {
            assert_true(u64_map_insert(&map, i, i).inserted);
            swiss_table_stats stats = u64_map_stats(&map);
            assert_int_equal(stats.size, i + 1);
            assert_int_equal(stats.capacity, capacity);
            assert_int_equal(stats.retired, 0);
            assert_int_equal(stats.bytes, 16 + capacity * sizeof(u64_map_entry));
            assert_true(is_about(stats.load_factor, (double)(i + 1) / (double)capacity));
            assert_true(is_about(stats.mean_probe_hit, 1));
            assert_true(is_about(stats.mean_probe_miss, 1));
            assert_int_equal(stats.max_probe, 1);
        }
        for (uint64_t i = 0; i < capacity; ++i)
            assert_true(u64_map_remove(&map, i));
        assert_int_equal(u64_map_stats(&map).retired, 0);
        u64_map_free(&map);
    }
}

/* Four groups, visited from 0 in the order 0, 1, 3, 2: one key of class 5 and 39 of class 2, all of group 0, fill 0 and
 * 1 and half of 3. */
static void four_groups_with_one_home(void **state) {
    (void)state;
    raw_set set = {0};
    assert_true(raw_set_reserve(&set, 56));
    assert_int_equal(raw_set_capacity(&set), 64);
    assert_int_equal(raw_set_stats(&set).bytes, 64 + 64 * sizeof(uint64_t) + 4 + sizeof(size_t) + 8);
    assert_true(raw_set_insert(&set, raw(0, 5, 0)).inserted);
    for (uint64_t i = 1; i < 40; ++i)
        assert_true(raw_set_insert(&set, raw(0, 2, i)).inserted);
    swiss_table_stats stats = raw_set_stats(&set);
    assert_true(is_about(stats.mean_probe_hit, (16 * 1 + 16 * 2 + 8 * 3) / 40.0));
    /* A miss of class 2 from group 0 visits 0, 1, 3; from 1: 1, 2; from 2: 2; from 3: 3; one of another class its first
     * group. */
    const double miss = (3 + 2 + 1 + 1 + 7 * 4) / 32.0;
    assert_true(is_about(stats.mean_probe_miss, miss));
    assert_int_equal(stats.max_probe, 3);
    assert_int_equal(stats.retired, 0);
    assert_true(is_about(stats.load_factor, 40.0 / 64));

    /* Only where its class has overflowed does an entry retire its slot: none in group 3, and not that of class 5. */
    for (uint64_t i = 0; i < 40; i += 4)
        assert_true(raw_set_remove(&set, raw(0, i ? 2 : 5, i)));
    stats = raw_set_stats(&set);
    assert_int_equal(stats.size, 30);
    assert_int_equal(stats.retired, 7);
    assert_true(is_about(stats.mean_probe_miss, miss));
    raw_set_free(&set);
}

/* Eight classes go past group 0, four of them past group 1. */
static void every_class_counts(void **state) {
    (void)state;
    raw_set set = {0};
    assert_true(raw_set_reserve(&set, 56));
    for (uint64_t i = 0; i < 16 + 16 + 4; ++i)
        assert_true(raw_set_insert(&set, raw(0, i % 8, i)).inserted);
    swiss_table_stats stats = raw_set_stats(&set);
    assert_true(is_about(stats.mean_probe_hit, (16 * 1 + 16 * 2 + 4 * 3) / 36.0));
    assert_true(is_about(stats.mean_probe_miss, ((4 * 3 + 4 * 2) + (4 * 2 + 4 * 1) + 8 + 8) / 32.0));
    assert_int_equal(stats.max_probe, 3);
    for (uint64_t i = 0; i < 16 + 16 + 4; ++i)
        assert_true(raw_set_remove(&set, raw(0, i % 8, i)));
    assert_int_equal(raw_set_stats(&set).retired, 16 + 8);
    raw_set_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_maps),
        cmocka_unit_test(one_group),
        cmocka_unit_test(four_groups_with_one_home),
        cmocka_unit_test(every_class_counts),
    };
    return RUN_TESTS(tests);
}
