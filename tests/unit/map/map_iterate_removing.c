/* Entries removed while they are iterated over: one that has gone does not come any more, each other one comes once. */
#include "tests/support.h"

static size_t drops;

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_VALUE_DROP(value) ((void)(value), (void)++drops)
#define SWISS_LOOKUP uint32_t
#define SWISS_LOOKUP_EQUAL(key, lookup) (*(key) == *(lookup))
#include <swiss/map.h>

enum { MOST = 2000, WAYS = 12 };

static bool keep_all_but(u64_map_entry *entry, void *key) {
    return entry->key != *(const uint64_t *)key;
}

/* Removes `key`, which is there, in one of many ways. Returns the key that has gone: pop takes another. */
static uint64_t remove_one(u64_map *map, uint64_t key, size_t way) {
    const uint32_t small = (uint32_t)key;
    u64_map_entry entry = {0, 0};
    switch (way) {
    case 0:
        assert_true(u64_map_remove(map, key));
        break;
    case 1:
        assert_true(u64_map_take(map, key, &entry));
        break;
    case 2:
        u64_map_remove_entry(map, u64_map_find(map, key));
        break;
    case 3:
        assert_int_equal(u64_map_remove_many(map, &key, 1), 1);
        break;
    case 4:
        assert_true(u64_map_remove_hashed(map, u64_map_hash(map, key), key));
        break;
    case 5:
        assert_true(u64_map_take_hashed(map, u64_map_hash(map, key), key, NULL));
        break;
    case 6:
        assert_true(u64_map_remove_ptr(map, &key));
        break;
    case 7:
        assert_true(u64_map_remove_as(map, small));
        break;
    case 8:
        assert_true(u64_map_take_as(map, small, NULL));
        break;
    case 9:
        assert_int_equal(u64_map_remove_many_as(map, &small, 1), 1);
        break;
    case 10:
        assert_int_equal(u64_map_retain(map, keep_all_but, &key), 1);
        break;
    default:
        assert_true(u64_map_pop(map, &entry));
        return entry.key;
    }
    return key;
}

/* In each step so many of the entries go, chosen among all, those returned already and the one returned last too. */
static void check(size_t size, size_t way, unsigned removals, uint64_t seed) {
    static bool there[MOST], returned[MOST];
    uint64_t random = seed;
    u64_map map = {0};
    for (uint64_t key = 0; key < size; ++key) {
        assert_true(u64_map_insert(&map, key, ~key).inserted);
        there[key] = true;
        returned[key] = false;
    }
    size_t left = size;
    u64_map_iter iter = seed % 2 ? u64_map_iterate(&map) : u64_map_iterate_from(&map, (size_t)next_random(&random));
    for (u64_map_entry *entry; (entry = u64_map_next(&iter));) {
        assert_true(there[entry->key] && !returned[entry->key] && entry->value == ~entry->key);
        const uint64_t last = entry->key;
        returned[last] = true;
        for (unsigned i = 0; i < removals && left; ++i) {
            uint64_t key = random_below(&random, size);
            if (random_below(&random, 8) == 0)
                key = last;
            if (!there[key])
                continue;
            key = remove_one(&map, key, way < WAYS ? way : random_below(&random, WAYS));
            assert_true(there[key]);
            there[key] = false;
            assert_int_equal(u64_map_size(&map), --left);
        }
        if (there[last] && random_below(&random, 4) == 0) {
            u64_map_iter_remove(&map, &iter);
            there[last] = false;
            assert_int_equal(u64_map_size(&map), --left);
        }
    }
    for (uint64_t key = 0; key < size; ++key)
        assert_true(returned[key] || !there[key]);
    assert_null(u64_map_next(&iter));
    assert_null(u64_map_validate(&map));
    u64_map_free(&map);
}

static void by_whatever_removes(void **state) {
    (void)state;
    for (size_t way = 0; way <= WAYS; ++way)
        for (size_t size = 1; size < 400; size += 1 + size / 3)
            for (unsigned removals = 1; removals < 6; removals += 2)
                for (uint64_t seed = 1; seed < 7; ++seed)
                    check(size, way, removals, seed);
    for (uint64_t seed = 1; seed < 20; ++seed)
        check(MOST, WAYS, (unsigned)seed % 4, seed);
}

/* The rest of the groups at hand goes at once, and all of it. */
static void everything_that_is_left(void **state) {
    (void)state;
    for (size_t after = 1; after <= 200; ++after) {
        u64_map map = {0};
        for (uint64_t key = 0; key < 200; ++key)
            assert_true(u64_map_insert(&map, key, ~key).inserted);
        u64_map_iter iter = u64_map_iterate(&map);
        for (size_t i = 0; i < after; ++i)
            assert_non_null(u64_map_next(&iter));
        for (uint64_t key = 0; key < 200; ++key)
            assert_true(u64_map_remove(&map, key));
        assert_null(u64_map_next(&iter));
        assert_null(u64_map_next(&iter));
        u64_map_free(&map);
    }
}

/* The inner iteration takes from the outer one, and neither returns what the other has removed. */
static void iterators_side_by_side(void **state) {
    (void)state;
    u64_map map = {0};
    for (uint64_t key = 0; key < 1000; ++key)
        assert_true(u64_map_insert(&map, key, ~key).inserted);
    drops = 0;
    size_t outer_met = 0, removed = 0;
    u64_map_iter outer = u64_map_iterate(&map);
    for (u64_map_entry *entry; (entry = u64_map_next(&outer)); ++outer_met) {
        const uint64_t first = entry->key;
        assert_true(u64_map_contains(&map, first));
        size_t inner_met = 0, inner_removed = 0;
        u64_map_iter inner = u64_map_iterate_from(&map, (size_t)first);
        for (const u64_map_entry *other; (other = u64_map_next(&inner)); ++inner_met)
            if (other->key != first && (other->key ^ first) % 64 == 1) {
                u64_map_iter_remove(&map, &inner);
                ++inner_removed;
            }
        assert_int_equal(inner_met, u64_map_size(&map) + inner_removed);
        removed += inner_removed;
        if (outer_met % 5 == 0) {
            u64_map_iter_remove(&map, &outer);
            ++removed;
        }
    }
    assert_int_equal(drops, removed);
    assert_int_equal(u64_map_size(&map), 1000 - removed);
    assert_true(outer_met < 1000 && removed > 100);
    u64_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_whatever_removes),
        cmocka_unit_test(everything_that_is_left),
        cmocka_unit_test(iterators_side_by_side),
    };
    return RUN_TESTS(tests);
}
