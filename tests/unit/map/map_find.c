/* find, contains and get, also where a group has no free lane. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* The key is the hash: its top byte is h2. */
#define SWISS_NAME raw_set
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), *(key))
#define SWISS_HASH_AVALANCHES
#include <swiss/set.h>

static void find_and_contains_and_get_agree(void **state) {
    (void)state;
    u64_map map = {0};
    for (uint64_t key = 0; key < 1000; key += 2)
        assert_true(u64_map_insert(&map, key, key + 7).inserted);
    for (uint64_t key = 0; key < 1000; ++key) {
        bool there = key % 2 == 0;
        u64_map_entry *entry = u64_map_find(&map, key);
        assert_int_equal(u64_map_contains(&map, key), there);
        assert_int_equal(entry != NULL, there);
        assert_ptr_equal(u64_map_get(&map, key), entry ? &entry->value : NULL);
        if (entry)
            assert_true(entry->key == key && entry->value == key + 7);
    }
    u64_map_free(&map);
}

static void values_found_may_be_changed(void **state) {
    (void)state;
    u64_map map = {0};
    assert_true(u64_map_insert(&map, 1, 10).inserted);
    *u64_map_get(&map, 1) = 11;
    assert_true(u64_map_find(&map, 1)->value == 11);
    u64_map_find(&map, 1)->value = 12;
    assert_true(*u64_map_get(&map, 1) == 12);
    u64_map_free(&map);
}

static void one_entry(void **state) {
    (void)state;
    u64_map map = {0};
    assert_true(u64_map_insert(&map, 77, 1).inserted);
    for (uint64_t key = 0; key < 1000; ++key)
        assert_int_equal(u64_map_contains(&map, key), key == 77);
    u64_map_free(&map);
}

/* Every slot of the only group taken, by every h2 in turn. */
static void a_miss_in_a_full_group_ends(void **state) {
    (void)state;
    for (size_t capacity = 4; capacity <= 16; capacity *= 2)
        for (uint64_t h2 = 0; h2 < 256; ++h2) {
            raw_set set = {0};
            assert_true(raw_set_reserve(&set, capacity));
            for (uint64_t i = 0; i < capacity; ++i)
                assert_true(raw_set_insert(&set, h2 << 56 | i).inserted);
            assert_int_equal(raw_set_capacity(&set), capacity);
            for (uint64_t i = 0; i < 2 * capacity; ++i)
                assert_int_equal(raw_set_contains(&set, h2 << 56 | i), i < capacity);
            for (uint64_t other = 0; other < 256; ++other)
                assert_int_equal(raw_set_contains(&set, other << 56), other == h2);
            raw_set_free(&set);
        }
}

/* Lanes of a small table that no slot belongs to are EMPTY, and stay out of reach. */
static void lanes_past_the_last_slot_are_not_used(void **state) {
    (void)state;
    for (size_t capacity = 4; capacity <= 8; capacity *= 2) {
        raw_set set = {0};
        assert_true(raw_set_reserve(&set, capacity));
        assert_int_equal(raw_set_capacity(&set), capacity);
        for (uint64_t round = 0; round < 200; ++round) {
            for (uint64_t i = 0; i < capacity; ++i)
                assert_true(raw_set_insert(&set, round * 1000 + i).inserted);
            assert_int_equal(raw_set_capacity(&set), capacity);
            for (uint64_t i = 0; i < capacity; ++i)
                assert_true(raw_set_remove(&set, round * 1000 + (i * 3 + round) % capacity));
        }
        raw_set_free(&set);
    }
}

static const void *first_argument;

static bool remember_first(const uint64_t *stored, const uint64_t *key) {
    first_argument = stored;
    return *stored == *key;
}

#define SWISS_NAME watched_set
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) swiss_hash_u64(*(key), (seed))
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL remember_first
#include <swiss/set.h>

static void equal_is_asked_with_the_stored_key_first(void **state) {
    (void)state;
    watched_set set = {0};
    watched_set_result result = watched_set_insert(&set, 1);
    assert_ptr_equal(watched_set_find(&set, 1), result.entry);
    assert_ptr_equal(first_argument, &result.entry->key);
    watched_set_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find_and_contains_and_get_agree),
        cmocka_unit_test(values_found_may_be_changed),
        cmocka_unit_test(one_entry),
        cmocka_unit_test(a_miss_in_a_full_group_ends),
        cmocka_unit_test(lanes_past_the_last_slot_are_not_used),
        cmocka_unit_test(equal_is_asked_with_the_stored_key_first),
    };
    return RUN_TESTS(tests);
}
