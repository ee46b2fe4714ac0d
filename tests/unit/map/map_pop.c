/* pop: every entry comes out once, undropped, and all of them in time that is linear, also among insertions. */
#include "tests/support.h"
#include <swiss/group.h>

/* Counts the groups that are looked at here. */
static size_t loads;
#define swiss_group_load(control) (++loads, swiss_group_load(control))

static size_t drops;

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_VALUE_DROP(value) ((void)(value), (void)++drops)
#include <swiss/map.h>

/* All search from the same two groups on: the others are full of entries that have gone past these. */
#define SWISS_NAME weak_set
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), (*(key) % 2) << 28 | (*(key) % 7) << 61)
#define SWISS_HASH_AVALANCHES
#include <swiss/set.h>

enum { MOST = 4000 };

static void fill(u64_map *map, uint64_t from, uint64_t to) {
    for (uint64_t key = from; key < to; ++key)
        assert_true(u64_map_insert(map, key, ~key).inserted);
}

static void every_entry_comes_out_once(void **state) {
    (void)state;
    static bool out[MOST];
    for (uint64_t size = 0; size < MOST; size += 1 + size / 8) {
        u64_map map = {0};
        u64_map_entry entry = {1, 2};
        assert_false(u64_map_pop(&map, &entry));
        fill(&map, 0, size);
        const size_t capacity = u64_map_capacity(&map);
        memset(out, 0, sizeof out);
        drops = 0;
        for (uint64_t left = size; left-- > 0;) {
            assert_true(u64_map_pop(&map, &entry));
            assert_true(entry.key < size && entry.value == ~entry.key && !out[entry.key]);
            out[entry.key] = true;
            assert_int_equal(u64_map_size(&map), left);
            assert_false(u64_map_contains(&map, entry.key));
        }
        entry.key = 3;
        assert_false(u64_map_pop(&map, &entry));
        assert_true(entry.key == 3);
        assert_int_equal(drops, 0);
        assert_int_equal(u64_map_capacity(&map), capacity);
        assert_null(u64_map_validate(&map));
        u64_map_free(&map);
    }
}

static void to_nowhere(void **state) {
    (void)state;
    u64_map map = {0};
    fill(&map, 0, 100);
    drops = 0;
    for (size_t left = 100; left-- > 0;) {
        assert_true(u64_map_pop(&map, NULL));
        assert_int_equal(u64_map_size(&map), left);
    }
    assert_false(u64_map_pop(&map, NULL));
    assert_int_equal(drops, 0);
    u64_map_free(&map);
}

/* Full groups, overflowed ones, and retired room. */
static void among_entries_that_collide(void **state) {
    (void)state;
    static bool there[MOST];
    uint64_t random = 1;
    weak_set set = {0};
    weak_set_entry entry;
    size_t size = 0;
    memset(there, 0, sizeof there);
    for (int step = 0; step < 20000; ++step) {
        const uint64_t key = random_below(&random, 150);
        if (random_below(&random, 2)) {
            assert_int_equal(weak_set_insert(&set, key).inserted, !there[key]);
            size += !there[key];
            there[key] = true;
        } else if (weak_set_pop(&set, &entry)) {
            assert_true(there[entry.key]);
            there[entry.key] = false;
            --size;
        }
        assert_int_equal(weak_set_size(&set), size);
        if (step % 100 == 0)
            assert_null(weak_set_validate(&set));
        if (step % 5000 == 4999) {
            if (step % 10000 == 9999)
                weak_set_clear(&set), size = 0, memset(there, 0, sizeof there);
            assert_true(weak_set_shrink(&set));
        }
    }
    weak_set_free(&set);
}

/* Each group is looked at once in a round, whatever is in it. */
static void popping_all_is_linear(void **state) {
    (void)state;
    for (uint64_t size = 1000; size <= 64000; size *= 4) {
        for (int sparse = 0; sparse < 2; ++sparse) {
            u64_map map = {0};
            fill(&map, 0, size);
            for (uint64_t key = 0; sparse && key < size; ++key)
                assert_true(key % 100 == 0 || u64_map_remove(&map, key));
            const size_t groups = u64_map_capacity(&map) / 16;
            loads = 0;
            while (u64_map_pop(&map, NULL))
                continue;
            assert_in_range(loads, 1, groups);
            assert_int_equal(u64_map_size(&map), 0);
            u64_map_free(&map);
        }
    }
}

/* In each round over the table at least those are popped that were there at its beginning. */
static void popping_and_inserting_is_linear(void **state) {
    (void)state;
    for (uint64_t size = 1000; size <= 64000; size *= 4) {
        u64_map map = {0};
        fill(&map, 0, size);
        const size_t groups = u64_map_capacity(&map) / 16, pops = 10 * (size_t)size;
        uint64_t next = size;
        size_t looked_at = 0;
        for (size_t i = 0; i < pops; ++i) {
            u64_map_entry entry;
            loads = 0;
            assert_true(u64_map_pop(&map, &entry));
            looked_at += loads;
            assert_true(u64_map_insert(&map, next++, 0).inserted);
        }
        assert_int_equal(u64_map_size(&map), size);
        assert_in_range(looked_at, groups, (pops / size + 1) * groups);
        u64_map_free(&map);
    }
}

/* None is left behind: whatever is put in meanwhile, one round takes out all that were there at its beginning. */
static void a_round_reaches_all(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 4, 5, 8, 9, 10, 16, 17, 100, MOST}; /* those up to 16 are one group */
    static bool out[MOST];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        const size_t size = sizes[i];
        u64_map map = {0};
        u64_map_entry entry;
        assert_true(u64_map_reserve(&map, size > 16 ? 2 * size : size));
        fill(&map, 0, size);
        memset(out, 0, sizeof out);
        uint64_t next = size, pops = 0;
        for (size_t old = 0; old < size && pops <= 3 * size; ++pops) {
            assert_true(u64_map_pop(&map, &entry));
            if (entry.key < size) {
                assert_false(out[entry.key]);
                out[entry.key] = true;
                ++old;
            }
            assert_true(u64_map_insert(&map, next++, 0).inserted);
        }
        assert_true(pops <= 3 * size);
        assert_null(u64_map_validate(&map));
        u64_map_free(&map);
    }
}

/* What gives the table another block, or other entries, leaves no place behind. */
static void after_whatever_changes_the_table(void **state) {
    (void)state;
    for (int way = 0; way < 7; ++way) {
        u64_map map = {0}, copy;
        fill(&map, 0, 1000);
        for (int i = 0; i < 600; ++i)
            assert_true(u64_map_pop(&map, NULL));
        size_t left = 400;
        if (way == 0)
            assert_true(u64_map_shrink(&map));
        else if (way == 1)
            assert_true(u64_map_reserve(&map, 5000));
        else if (way == 2)
            u64_map_clear_keep(&map), fill(&map, 0, 10), left = 10;
        else if (way == 3)
            fill(&map, 1000, 3000), left = 2400;
        else if (way == 4)
            assert_false(u64_map_shrink(&map) && u64_map_shrink(&map) && u64_map_capacity(&map) > 512);
        else if (way == 5)
            u64_map_clear(&map), assert_true(u64_map_shrink(&map)), fill(&map, 0, 8), left = 8;
        else
            copy = u64_map_move(&map), map = copy;
        for (; left-- > 0;)
            assert_true(u64_map_pop(&map, NULL));
        assert_false(u64_map_pop(&map, NULL));
        assert_null(u64_map_validate(&map));
        u64_map_free(&map);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_comes_out_once),       cmocka_unit_test(to_nowhere),
        cmocka_unit_test(among_entries_that_collide),       cmocka_unit_test(popping_all_is_linear),
        cmocka_unit_test(popping_and_inserting_is_linear),  cmocka_unit_test(a_round_reaches_all),
        cmocka_unit_test(after_whatever_changes_the_table),
    };
    return RUN_TESTS(tests);
}
