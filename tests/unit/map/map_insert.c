/* insert, put and get_or_insert, and growing by them. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* Equal in the lower half: which of two equal keys is stored can be told by the upper. */
#define SWISS_NAME half_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE int
#define SWISS_HASH(key, seed) swiss_hash_u64((uint32_t) * (key), (seed))
#define SWISS_EQUAL(a, b) ((uint32_t) * (a) == (uint32_t) * (b))
#include <swiss/map.h>

static void insert_keeps_what_is_there(void **state) {
    (void)state;
    u64_map map = {0};
    u64_map_result first = u64_map_insert(&map, 1, 10);
    assert_true(first.inserted);
    assert_true(first.entry->key == 1 && first.entry->value == 10);
    u64_map_result second = u64_map_insert(&map, 1, 20);
    assert_false(second.inserted);
    assert_ptr_equal(second.entry, first.entry);
    assert_true(first.entry->value == 10);
    assert_int_equal(u64_map_size(&map), 1);
    u64_map_free(&map);
}

static void put_replaces(void **state) {
    (void)state;
    u64_map map = {0};
    u64_map_result first = u64_map_put(&map, 1, 10);
    assert_true(first.inserted);
    u64_map_result second = u64_map_put(&map, 1, 20);
    assert_false(second.inserted);
    assert_ptr_equal(second.entry, first.entry);
    assert_true(first.entry->value == 20);
    assert_int_equal(u64_map_size(&map), 1);
    u64_map_free(&map);
}

static void get_or_insert_returns_the_value(void **state) {
    (void)state;
    u64_map map = {0};
    uint64_t *value = u64_map_get_or_insert(&map, 1, 10);
    assert_true(*value == 10);
    ++*value;
    assert_ptr_equal(u64_map_get_or_insert(&map, 1, 20), value);
    assert_true(*u64_map_get(&map, 1) == 11);
    assert_int_equal(u64_map_size(&map), 1);
    u64_map_free(&map);
}

static void only_put_replaces_the_key(void **state) {
    (void)state;
    const uint64_t other = (UINT64_C(1) << 32) + 5;
    half_map map = {0};
    assert_true(half_map_insert(&map, 5, 1).inserted);
    assert_true(half_map_insert(&map, other, 2).entry->key == 5);
    assert_int_equal(*half_map_get_or_insert(&map, other, 3), 1);
    assert_true(half_map_find(&map, 5)->key == 5);
    assert_true(half_map_put(&map, other, 4).entry->key == other);
    assert_int_equal(half_map_find(&map, 5)->value, 4);
    assert_int_equal(half_map_size(&map), 1);
    half_map_free(&map);
}

/* Every size from nothing to a few hundred, by each way of inserting. */
static void growing_loses_nothing(void **state) {
    (void)state;
    for (int way = 0; way < 3; ++way) {
        u64_map map = {0};
        for (uint64_t n = 0; n < 500; ++n) {
            if (way == 0)
                assert_true(u64_map_insert(&map, n * 3, n).inserted);
            else if (way == 1)
                assert_true(u64_map_put(&map, n * 3, n).inserted);
            else
                assert_true(*u64_map_get_or_insert(&map, n * 3, n) == n);
            assert_int_equal(u64_map_size(&map), n + 1);
            for (uint64_t i = 0; i <= n; ++i) {
                assert_true(*u64_map_get(&map, i * 3) == i);
                assert_false(u64_map_contains(&map, i * 3 + 1));
            }
        }
        u64_map_free(&map);
    }
}

/* The first block has 256 bytes of slots, or the most and the least that one group may have: 16 and 4. */
static void the_first_block_goes_by_the_size_of_a_slot(void **state) {
    (void)state;
    static const struct {
        size_t value_size, capacity;
    } cases[] = {{0, 16}, {12, 16}, {13, 8}, {28, 8}, {29, 4}, {60, 4}, {61, 4}, {1000, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        swiss_table_type type;
        swiss_table table = {0};
        uint32_t key = 1;
        assert_true(swiss_table_type_init(&type, 4, 4, cases[i].value_size, 1, NULL, NULL));
        assert_true(swiss_table_insert(&table, &type, &key, NULL).inserted);
        assert_int_equal(swiss_table_capacity(&table), cases[i].capacity);
        swiss_table_free(&table, &type);
    }
}

/* One group may fill up; several may up to 7 of 8 slots. */
static void capacities_double_when_full(void **state) {
    (void)state;
    static const size_t capacities[] = {16, 32, 64, 128, 256, 512};
    u64_map map = {0};
    size_t size = 0;
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; ++i) {
        size_t most = capacities[i] <= 16 ? capacities[i] : capacities[i] / 8 * 7;
        for (; size < most; ++size) {
            assert_true(u64_map_insert(&map, size, size).inserted);
            assert_int_equal(u64_map_capacity(&map), capacities[i]);
        }
        /* A key that is there needs no room. */
        for (uint64_t key = 0; key < size; ++key) {
            assert_false(u64_map_insert(&map, key, 0).inserted);
            assert_false(u64_map_put(&map, key, key).inserted);
            assert_non_null(u64_map_get_or_insert(&map, key, 0));
        }
        assert_int_equal(u64_map_capacity(&map), capacities[i]);
    }
    u64_map_free(&map);
}

static void values_of_the_map_itself_may_be_inserted(void **state) {
    (void)state;
    u64_map map = {0};
    assert_true(u64_map_insert(&map, 0, 12345).inserted);
    for (uint64_t i = 1; i < 1000; ++i) {
        const u64_map_entry *entry = u64_map_find(&map, i - 1);
        assert_true(u64_map_put(&map, entry->key + 1, entry->value).inserted);
        assert_true(*u64_map_get(&map, i) == 12345);
    }
    u64_map_free(&map);
}

static void many_random_keys(void **state) {
    (void)state;
    enum { KEYS = 200000 };
    u64_map map = {0};
    uint64_t random = 3;
    for (size_t i = 0; i < KEYS; ++i) {
        uint64_t key = next_random(&random);
        assert_true(u64_map_insert(&map, key, ~key).inserted);
    }
    random = 3;
    for (size_t i = 0; i < KEYS; ++i) {
        uint64_t key = next_random(&random);
        assert_true(*u64_map_get(&map, key) == ~key);
        assert_null(u64_map_get(&map, ~key));
    }
    assert_int_equal(u64_map_size(&map), KEYS);
    u64_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(insert_keeps_what_is_there),
        cmocka_unit_test(put_replaces),
        cmocka_unit_test(get_or_insert_returns_the_value),
        cmocka_unit_test(only_put_replaces_the_key),
        cmocka_unit_test(growing_loses_nothing),
        cmocka_unit_test(the_first_block_goes_by_the_size_of_a_slot),
        cmocka_unit_test(capacities_double_when_full),
        cmocka_unit_test(values_of_the_map_itself_may_be_inserted),
        cmocka_unit_test(many_random_keys),
    };
    return RUN_TESTS(tests);
}
