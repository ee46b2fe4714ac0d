/* What removing leaves behind: a table that only churns stays as large and as fast as it was, and every way of rehashing
 * in place keeps every entry. */
#include "../support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* The key is the hash: its low 7 bits are h2, the others pick the group. */
typedef struct {
    unsigned char bytes[100];
} hundred;
#define SWISS_NAME raw_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE hundred
#define SWISS_HASH(key, seed) ((void)(seed), *(key))
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

static memory m;

static int begin(void **state) {
    (void)state;
    memory_begin(&m);
    return 0;
}

static int end(void **state) {
    (void)state;
    memory_end(&m);
    return 0;
}

static u64_map seeded(uint64_t seed, size_t capacity) {
    swiss_options options = {&m.allocator, seed, capacity};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    return map;
}

/* The means of a fresh table with the entries of `map`, at the same capacity. */
static swiss_table_stats fresh_stats(const u64_map *map, size_t room) {
    u64_map fresh = seeded(99, room);
    u64_map_iter iter = u64_map_iterate(map);
    for (u64_map_entry *entry; (entry = u64_map_next(&iter));)
        assert_true(u64_map_insert(&fresh, entry->key, entry->value).inserted);
    assert_int_equal(u64_map_capacity(&fresh), u64_map_capacity(map));
    swiss_table_stats stats = u64_map_stats(&fresh);
    u64_map_free(&fresh);
    return stats;
}

/* Entries come and go, the oldest first, `size` at a time: sequential keys or random ones. */
static void churn(size_t size, size_t generations, bool random_keys, uint64_t seed, size_t growths) {
    u64_map map = seeded(seed, size);
    const size_t capacity = u64_map_capacity(&map), room = capacity <= 16 ? capacity : capacity / 8 * 7;
    uint64_t in = seed, out = seed;
    size_t longest = 0;
    for (size_t i = 0; i < size * generations; ++i) {
        uint64_t key = random_keys ? next_random(&in) : i;
        assert_true(u64_map_insert(&map, key, ~key).inserted);
        if (i + 1 >= size) {
            uint64_t old = random_keys ? next_random(&out) : i + 1 - size;
            assert_true(u64_map_remove(&map, old));
        }
        if (i % (4 * size) == 0 && u64_map_capacity(&map) == capacity) {
            swiss_table_stats stats = u64_map_stats(&map);
            longest = stats.max_probe > longest ? stats.max_probe : longest;
            assert_true(stats.size + stats.tombstones <= room);
        }
    }
    assert_true(u64_map_capacity(&map) <= capacity << growths);
    assert_true(longest <= capacity / 16 + 1);
    if (u64_map_capacity(&map) == capacity && capacity >= 1024) {
        swiss_table_stats stats = u64_map_stats(&map), fresh = fresh_stats(&map, room);
        assert_true(stats.mean_probe_hit <= 1.5 * fresh.mean_probe_hit);
        /* Tombstones keep a search going: at worst as in a table as full as it may be. */
        assert_true(stats.mean_probe_miss <= 4);
    }
    u64_map_free(&map);
}

static void churning_does_not_grow(void **state) {
    (void)state;
    static const size_t capacities[] = {4, 8, 16, 32, 64, 128, 1024, 4096};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; ++i) {
        size_t capacity = capacities[i], generations = 20000 / capacity + 20;
        /* In one group tombstones do not exist. With several, those win that leave 3 of 32 slots to win back. */
        size_t most = capacity <= 16 ? capacity - 1 : capacity / 32 * 25 - 1;
        for (uint64_t seed = 1; seed <= 3; ++seed) {
            churn(most, generations, false, seed, 0);
            churn(most, generations, true, seed, 0);
            churn(capacity / 2 + 1, generations, true, seed, 0);
        }
    }
}

/* Nearly full, a table may double, once. */
static void churning_when_full_grows_once(void **state) {
    (void)state;
    for (size_t capacity = 32; capacity <= 4096; capacity *= 2)
        for (uint64_t seed = 1; seed <= 3; ++seed) {
            churn(capacity / 8 * 7 - 1, 20000 / capacity + 20, false, seed, 1);
            churn(capacity / 8 * 7 - 1, 20000 / capacity + 20, true, seed, 1);
        }
}

static void filling_a_tombstone_moves_nothing(void **state) {
    (void)state;
    raw_map map;
    swiss_options options = {&m.allocator, 0, 56};
    hundred value = {{0}};
    assert_true(raw_map_init(&map, &options));
    assert_int_equal(raw_map_capacity(&map), 64);
    for (uint64_t i = 0; i < 56; ++i)
        assert_true(raw_map_insert(&map, i % 4 << 7 | i << 20, value).inserted);
    /* Each group holds 14; two more go to group 0 in the place of two of group 1. */
    assert_true(raw_map_remove(&map, 1 << 7 | 1 << 20));
    assert_true(raw_map_remove(&map, 1 << 7 | 5 << 20));
    assert_true(raw_map_insert(&map, UINT64_C(100) << 20, value).inserted);
    assert_true(raw_map_insert(&map, UINT64_C(101) << 20, value).inserted);
    assert_int_equal(raw_map_stats(&map).tombstones, 0);
    /* Now group 0 is full, and the table too. Removing leaves a tombstone, and inserting fills it. */
    const raw_map_entry *there = raw_map_find(&map, 4 << 20);
    size_t calls = m.calls;
    for (uint64_t round = 0; round < 100; ++round) {
        assert_true(raw_map_remove(&map, (100 + round) << 20));
        assert_int_equal(raw_map_stats(&map).tombstones, 1);
        assert_true(raw_map_insert(&map, (102 + round) << 20, value).inserted);
        assert_int_equal(raw_map_stats(&map).tombstones, 0);
        assert_true(raw_map_remove(&map, (101 + round) << 20));
        assert_true(raw_map_insert(&map, (101 + round) << 20, value).inserted);
    }
    assert_ptr_equal(raw_map_find(&map, 4 << 20), there);
    assert_int_equal(m.calls, calls);
    raw_map_free(&map);
}

/* Three groups of four full of tombstones. */
static void nothing_but_tombstones(void **state) {
    (void)state;
    raw_map map;
    swiss_options options = {&m.allocator, 0, 56};
    hundred value = {{0}};
    assert_true(raw_map_init(&map, &options));
    for (int round = 0; round < 5; ++round) {
        for (uint64_t i = 0; i < 56; ++i)
            assert_true(raw_map_insert(&map, i << 20, value).inserted);
        for (uint64_t i = 0; i < 56; ++i)
            assert_true(raw_map_remove(&map, i << 20));
        assert_int_equal(raw_map_size(&map), 0);
        assert_true(raw_map_stats(&map).tombstones >= 48);
        for (uint64_t group = 0; group < 4; ++group)
            for (uint64_t h2 = 0; h2 < 128; ++h2)
                assert_false(raw_map_contains(&map, group << 7 | h2));
        raw_map_iter iter = raw_map_iterate(&map);
        assert_null(raw_map_next(&iter));
        raw_map copy;
        assert_true(raw_map_clone(&copy, &map));
        assert_int_equal(raw_map_size(&copy), 0);
        raw_map_free(&copy);
    }
    assert_int_equal(raw_map_capacity(&map), 64);
    assert_true(raw_map_reserve(&map, 56));
    assert_int_equal(raw_map_stats(&map).tombstones, 0);
    raw_map_free(&map);
}

static hundred stamped(uint64_t key) {
    hundred value;
    for (size_t i = 0; i < sizeof value.bytes; ++i)
        value.bytes[i] = (unsigned char)(key >> 20) ^ (unsigned char)i;
    return value;
}

/* Homes in `homes` of the groups only: their entries spill far, and an in-place rehash has to move some to EMPTY slots,
 * to exchange others, and to leave the rest. Every entry is checked after each rehash. */
static void rehash_in_place(uint64_t homes, uint64_t h2s, size_t capacity, uint64_t seed) {
    bool there[1024] = {false};
    const uint64_t ids = 2 * capacity;
    raw_map map;
    swiss_options options = {&m.allocator, 0, capacity / 8 * 7};
    assert_true(raw_map_init(&map, &options));
    assert_int_equal(raw_map_capacity(&map), capacity);
    const size_t most = capacity / 32 * 25 - 1;
    size_t rehashes = 0, calls = m.calls;
    for (size_t step = 0; step < 16 * capacity; ++step) {
        uint64_t id = random_below(&seed, ids);
        uint64_t key = id << 20 | (id * 7 % homes) << 7 | id % h2s;
        if (there[id]) {
            assert_true(raw_map_remove(&map, key));
            there[id] = false;
        } else if (raw_map_size(&map) < most) {
            size_t before = raw_map_stats(&map).tombstones;
            assert_true(raw_map_insert(&map, key, stamped(key)).inserted);
            there[id] = true;
            if (raw_map_stats(&map).tombstones + 1 < before || step % 211 == 0) {
                ++rehashes;
                if (step % 211 == 0)
                    assert_true(raw_map_reserve(&map, capacity / 8 * 7));
                for (uint64_t other = 0; other < ids; ++other) {
                    uint64_t k = other << 20 | (other * 7 % homes) << 7 | other % h2s;
                    raw_map_entry *entry = raw_map_find(&map, k);
                    assert_int_equal(entry != NULL, there[other]);
                    if (entry) {
                        hundred wanted = stamped(k);
                        assert_true(entry->key == k);
                        assert_memory_equal(&entry->value, &wanted, sizeof wanted);
                    }
                }
            }
        }
    }
    assert_true(rehashes > 0);
    assert_int_equal(m.calls, calls);
    raw_map_free(&map);
}

static void rehashing_in_place_keeps_every_entry(void **state) {
    (void)state;
    for (size_t capacity = 32; capacity <= 256; capacity *= 2)
        for (uint64_t homes = 1; homes <= capacity / 16; homes *= 2) {
            rehash_in_place(homes, 128, capacity, homes);
            rehash_in_place(homes, 1, capacity, homes + 1);
        }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(churning_does_not_grow),
        TEST(churning_when_full_grows_once),
        TEST(filling_a_tombstone_moves_nothing),
        TEST(nothing_but_tombstones),
        TEST(rehashing_in_place_keeps_every_entry),
    };
    return RUN_TESTS(tests);
}
