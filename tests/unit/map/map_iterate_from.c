/* iterate_from and iter_place: an iteration that begins anywhere and goes round, and a cursor that survives changes. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

enum { MOST = 3000 };

static void fill(u64_map *map, uint64_t from, uint64_t to) {
    for (uint64_t key = from; key < to; ++key)
        assert_true(u64_map_insert(map, key, ~key).inserted);
}

static size_t slot_of(const u64_map *map, const u64_map_entry *entry) {
    return (size_t)(entry - (const u64_map_entry *)(const void *)map->table.slots);
}

/* Asserts that an iteration from `hint` meets every entry once, by the distance of its slot from the hint, that its
 * place lies behind the entry before and not behind the next, and at the end not behind where it began. */
static void goes_round(const u64_map *map, size_t hint) {
    const size_t capacity = u64_map_capacity(map);
    size_t count = 0, last = 0, place = hint;
    u64_map_iter iter = u64_map_iterate_from(map, hint);
    for (u64_map_entry *entry; place = u64_map_iter_place(&iter), (entry = u64_map_next(&iter)); ++count) {
        const size_t distance = (slot_of(map, entry) - hint) & (capacity - 1);
        assert_true(count == 0 || distance > last);
        assert_true(place < capacity && ((place - hint) & (capacity - 1)) <= distance);
        assert_true(count == 0 || ((place - hint) & (capacity - 1)) > last);
        assert_true(entry->value == ~entry->key);
        last = distance;
    }
    assert_int_equal(count, u64_map_size(map));
    assert_null(u64_map_next(&iter));
    assert_null(u64_map_next(&iter));
    place = (u64_map_iter_place(&iter) - hint) & (capacity - 1);
    assert_true(count == 0 || place == 0 || place > last);
}

static void from_anywhere(void **state) {
    (void)state;
    uint64_t random = 3;
    for (uint64_t size = 0; size < MOST; size += 1 + size / 4) {
        u64_map map = {0};
        goes_round(&map, 17);
        fill(&map, 0, size);
        for (int thinned = 0; thinned < 2; ++thinned) {
            const size_t capacity = u64_map_capacity(&map);
            for (size_t hint = 0; hint < capacity; hint += 1 + hint / 20)
                goes_round(&map, hint);
            for (size_t before = capacity < 40 ? capacity : 40; before-- > 0;)
                goes_round(&map, capacity - before);
            for (int i = 0; i < 50; ++i)
                goes_round(&map, (size_t)next_random(&random));
            goes_round(&map, SIZE_MAX);
            for (uint64_t key = 0; key < size; ++key)
                if (key % 11)
                    u64_map_remove(&map, key);
        }
        u64_map_free(&map);
    }
}

static void it_may_remove(void **state) {
    (void)state;
    for (size_t hint = 0; hint < 4096; hint += 37) {
        u64_map map = {0};
        fill(&map, 0, 1000);
        size_t count = 0;
        u64_map_iter iter = u64_map_iterate_from(&map, hint);
        for (u64_map_entry *entry; (entry = u64_map_next(&iter)); ++count)
            if (entry->key % 3)
                u64_map_iter_remove(&map, &iter);
        assert_int_equal(count, 1000);
        assert_int_equal(u64_map_size(&map), 334);
        assert_null(u64_map_validate(&map));
        u64_map_free(&map);
    }
}

/* Every entry is the first from one hint or another, and none from nearly all. */
static void random_hints_give_random_entries(void **state) {
    (void)state;
    static size_t met[200];
    uint64_t random = 1;
    u64_map map = {0};
    fill(&map, 0, 200);
    memset(met, 0, sizeof met);
    for (int i = 0; i < 40000; ++i) {
        u64_map_iter iter = u64_map_iterate_from(&map, (size_t)next_random(&random));
        ++met[u64_map_next(&iter)->key];
    }
    for (size_t i = 0; i < 200; ++i)
        assert_in_range(met[i], 40, 4000);
    u64_map_free(&map);
}

/* How often each key has come in this round; and whether it is there. */
static unsigned came[2 * MOST];
static bool there[2 * MOST];

/* Goes on with at most `count` entries from *cursor, up to the end of the slots. True if it has come there. */
static bool walk(const u64_map *map, size_t *cursor, size_t count) {
    u64_map_iter iter = u64_map_iterate_from(map, *cursor);
    while (count-- > 0) {
        const u64_map_entry *entry = u64_map_next(&iter);
        if (entry == NULL || slot_of(map, entry) < *cursor) {
            *cursor = 0;
            return true;
        }
        assert_true(there[entry->key]);
        ++came[entry->key];
        const size_t place = u64_map_iter_place(&iter);
        if (place <= *cursor) {
            *cursor = 0;
            return true;
        }
        *cursor = place;
    }
    return false;
}

/* No entry moves, for there is room: in each round what is there from its beginning to its end comes once, and nothing
 * twice. */
static void a_cursor_among_insertions_and_removals(void **state) {
    (void)state;
    static bool all_the_while[2 * MOST];
    uint64_t random = 7;
    u64_map map = {0};
    assert_true(u64_map_reserve(&map, 100000));
    memset(there, 0, sizeof there);
    size_t cursor = 0;
    for (int round = 0; round < 30; ++round) {
        memset(came, 0, sizeof came);
        memcpy(all_the_while, there, sizeof there);
        do {
            for (int i = 0; i < 5; ++i) {
                const uint64_t key = random_below(&random, MOST);
                if (random_below(&random, 100) < 65) {
                    u64_map_insert(&map, key, ~key);
                    there[key] = true;
                } else {
                    u64_map_remove(&map, key);
                    there[key] = all_the_while[key] = false;
                }
            }
        } while (!walk(&map, &cursor, random_below(&random, 20)));
        for (size_t key = 0; key < MOST; ++key) {
            assert_true(came[key] <= 1 + (unsigned)!all_the_while[key]);
            assert_true(came[key] == 1 || !all_the_while[key]);
        }
    }
    assert_true(u64_map_size(&map) > MOST / 4);
    u64_map_free(&map);
}

/* When entries have moved, the round after that meets all. */
static void a_cursor_while_the_map_grows(void **state) {
    (void)state;
    u64_map map = {0};
    memset(there, 0, sizeof there);
    size_t cursor = 0;
    uint64_t next = 0;
    for (int round = 0; round < 12; ++round) {
        while (!walk(&map, &cursor, 3) && next < 2 * MOST) {
            there[next] = true;
            fill(&map, next, next + 1);
            ++next;
        }
        const size_t size = u64_map_size(&map);
        memset(came, 0, sizeof came);
        while (!walk(&map, &cursor, 5))
            continue;
        cursor = 0;
        memset(came, 0, sizeof came);
        while (!walk(&map, &cursor, 5))
            continue;
        for (size_t key = 0; key < size; ++key)
            assert_int_equal(came[key], 1);
        there[next] = true;
        fill(&map, next, next + 1);
        ++next;
    }
    u64_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_anywhere),
        cmocka_unit_test(it_may_remove),
        cmocka_unit_test(random_hints_give_random_entries),
        cmocka_unit_test(a_cursor_among_insertions_and_removals),
        cmocka_unit_test(a_cursor_while_the_map_grows),
    };
    return RUN_TESTS(tests);
}
