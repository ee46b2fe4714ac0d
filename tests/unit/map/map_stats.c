/* stats, against tables whose shape is known. */
#include "tests/support.h"
#include <math.h>

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

#define SWISS_NAME double_set
#define SWISS_KEY double
#include <swiss/set.h>

static bool is_about(double value, double wanted) {
    return value > wanted - 1e-9 && value < wanted + 1e-9;
}

/* The number-th key of the home group `group`, with an even h2 of `class`: its way among four groups goes from group g
 * to g ^ 1, g ^ 2 and g ^ 3. */
static uint64_t raw(uint64_t group, uint64_t class, uint64_t number) {
    return class << 61 | number % 16 << 57 | group << 28 | number;
}

/* What holds for every table. */
static void check_sums(const swiss_table_stats *stats) {
    size_t hits = 0, misses = 0;
    for (size_t i = 0; i < SWISS_TABLE_PROBES; ++i) {
        hits += stats->probe_hits[i];
        misses += stats->probe_misses[i];
    }
    assert_int_equal(hits, stats->size);
    assert_int_equal(misses, 8 * stats->groups);
    assert_int_equal(stats->bytes, stats->entry_bytes + stats->unused_bytes + stats->control_bytes +
                                       stats->overflow_bytes + stats->other_bytes);
    assert_int_equal(stats->header_bytes, sizeof(swiss_table));
}

static void check_counts(const size_t counts[SWISS_TABLE_PROBES], size_t one, size_t two, size_t three) {
    const size_t wanted[SWISS_TABLE_PROBES] = {0, one, two, three};
    for (size_t i = 0; i < SWISS_TABLE_PROBES; ++i)
        assert_int_equal(counts[i], wanted[i]);
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
        check_sums(&stats);
        check_counts(stats.probe_misses, round ? 8 : 0, 0, 0);
        assert_int_equal(stats.groups, round);
        assert_int_equal(stats.entry_bytes, 0);
        assert_int_equal(stats.unused_bytes, round ? 16 * sizeof(u64_map_entry) : 0);
        assert_int_equal(stats.control_bytes, round ? 16 : 0);
        assert_true(u64_map_reserve(&map, 16));
    }
    u64_map_free(&map);
}

static void one_group(void **state) {
    (void)state;
    for (size_t capacity = 4; capacity <= 16; capacity *= 2) {
        u64_map map = {0};
        assert_true(u64_map_reserve(&map, capacity));
        for (size_t i = 0; i < capacity; ++i) {
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
            check_sums(&stats);
            check_counts(stats.probe_hits, i + 1, 0, 0);
            assert_int_equal(stats.entry_bytes, (i + 1) * sizeof(u64_map_entry));
            assert_int_equal(stats.overflow_bits, 0);
            assert_int_equal(stats.overflow_bytes, 0);
            assert_int_equal(stats.other_bytes, 0);
        }
        for (uint64_t i = 0; i < capacity; ++i)
            assert_true(u64_map_remove(&map, i));
        assert_int_equal(u64_map_stats(&map).retired, 0);
        u64_map_free(&map);
    }
}

/* Four groups: one key of class 5 and 39 of class 2, all of group 0, fill 0 and 1 and half of 2. */
static void four_groups_with_one_home(void **state) {
    (void)state;
    raw_set set = {0};
    assert_true(raw_set_reserve(&set, 56));
    assert_int_equal(raw_set_capacity(&set), 64);
    assert_int_equal(raw_set_stats(&set).bytes, 64 + 64 * sizeof(uint64_t) + 4 * 3 + sizeof(size_t) + 8);
    assert_true(raw_set_insert(&set, raw(0, 5, 0)).inserted);
    for (uint64_t i = 1; i < 40; ++i)
        assert_true(raw_set_insert(&set, raw(0, 2, i)).inserted);
    swiss_table_stats stats = raw_set_stats(&set);
    assert_true(is_about(stats.mean_probe_hit, (16 * 1 + 16 * 2 + 8 * 3) / 40.0));
    /* A miss of class 2 from group 0 visits 0, 1, 2; from 1: 1, 0, 3; from 2: 2; from 3: 3; one of another class its
     * first group. */
    const double miss = (3 + 3 + 1 + 1 + 7 * 4) / 32.0;
    assert_true(is_about(stats.mean_probe_miss, miss));
    assert_int_equal(stats.max_probe, 3);
    assert_int_equal(stats.retired, 0);
    assert_true(is_about(stats.load_factor, 40.0 / 64));
    check_sums(&stats);
    check_counts(stats.probe_hits, 16, 16, 8);
    check_counts(stats.probe_misses, 1 + 1 + 7 * 4, 0, 1 + 1);
    assert_int_equal(stats.groups, 4);
    assert_int_equal(stats.overflow_bits, 2);
    assert_int_equal(stats.entry_bytes, 40 * sizeof(uint64_t));
    assert_int_equal(stats.unused_bytes, 24 * sizeof(uint64_t));
    assert_int_equal(stats.control_bytes, 64);
    assert_int_equal(stats.overflow_bytes, 4);
    assert_int_equal(stats.other_bytes, 4 * 2 + sizeof(size_t) + 8);

    /* Only where its class has overflowed does an entry retire its slot: none in group 2, and not that of class 5. */
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
    assert_true(is_about(stats.mean_probe_miss, ((4 * 3 + 4 * 2) + (4 * 3 + 4 * 1) + 8 + 8) / 32.0));
    assert_int_equal(stats.max_probe, 3);
    assert_int_equal(stats.overflow_bits, 8 + 4);
    check_counts(stats.probe_misses, 4 + 8 + 8, 4, 4 + 4);
    for (uint64_t i = 0; i < 16 + 16 + 4; ++i)
        assert_true(raw_set_remove(&set, raw(0, i % 8, i)));
    assert_int_equal(raw_set_stats(&set).retired, 16 + 8);
    raw_set_free(&set);
}

/* 16 groups with one home, of which all but the last are full: what is found in the 7th or later counts as one. */
static void long_searches(void **state) {
    (void)state;
    raw_set set = {0};
    assert_true(raw_set_reserve(&set, 224));
    assert_int_equal(raw_set_capacity(&set), 256);
    for (uint64_t i = 0; i < 10 * 16; ++i)
        assert_true(raw_set_insert(&set, raw(0, 3, 16 * i)).inserted); /* of one h2: they go one way */
    swiss_table_stats stats = raw_set_stats(&set);
    check_sums(&stats);
    assert_int_equal(stats.max_probe, 10);
    for (size_t i = 1; i < SWISS_TABLE_PROBES; ++i)
        assert_int_equal(stats.probe_hits[i], i < 7 ? 16 : 4 * 16);
    raw_set_free(&set);
}

/* No search finds a NaN: its hash is another each time. */
static void unfindable(void **state) {
    (void)state;
    double_set set = {0};
    for (int i = 0; i < 10000; ++i)
        assert_true(double_set_insert(&set, i < 5000 ? (double)NAN : (double)i).inserted);
    swiss_table_stats stats = double_set_stats(&set);
    check_sums(&stats);
    assert_true(stats.probe_hits[0] > 0 && stats.probe_hits[0] <= 5000);
    assert_true(stats.size - stats.probe_hits[0] >= 5000);
    assert_true(stats.mean_probe_hit >= 1);
    double_set_free(&set);
}

/* Slots of other sizes count as they are, and the padding between slots and control bytes is of the other kind. */
static void other_slots(void **state) {
    (void)state;
    static const struct {
        size_t value_size, value_align, slot_size, capacity, padding;
    } cases[] = {{64, 64, 128, 4, 0}, {32, 1, 33, 4, 12}, {31, 1, 32, 8, 0}, {40, 1, 41, 4, 12}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        swiss_table_type type;
        swiss_table table = {0};
        assert_true(swiss_table_type_init(&type, 1, 1, cases[i].value_size, cases[i].value_align, NULL, NULL));
        for (uint8_t key = 0; key < 3; ++key)
            assert_true(swiss_table_insert(&table, &type, &key, NULL).inserted);
        swiss_table_stats stats = swiss_table_get_stats(&table, &type);
        check_sums(&stats);
        assert_int_equal(stats.entry_bytes, 3 * cases[i].slot_size);
        assert_int_equal(stats.unused_bytes, (cases[i].capacity - 3) * cases[i].slot_size);
        assert_int_equal(stats.other_bytes, cases[i].padding);
        swiss_table_free(&table, &type);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_maps),
        cmocka_unit_test(one_group),
        cmocka_unit_test(four_groups_with_one_home),
        cmocka_unit_test(every_class_counts),
        cmocka_unit_test(long_searches),
        cmocka_unit_test(unfindable),
        cmocka_unit_test(other_slots),
    };
    return RUN_TESTS(tests);
}
