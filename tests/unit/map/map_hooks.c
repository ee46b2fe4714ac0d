/* Drop and clone hooks: whatever is made or cloned is dropped once, in every operation. */
#include "tests/support.h"

/* A thing that has to be dropped. */
typedef struct thing {
    uint32_t number; /* what it is equal by */
    uint32_t handle; /* its own, in alive[] */
} thing;

enum { MOST_HANDLES = 100000 };
static bool alive[MOST_HANDLES];
static uint32_t handles;
static size_t living;
static size_t clones_left; /* how many more clones succeed */

static thing make(size_t number) {
    assert_true(handles < MOST_HANDLES);
    thing made = {(uint32_t)number, handles++};
    alive[made.handle] = true;
    ++living;
    return made;
}

static void drop(thing *dropped) {
    assert_true(dropped->handle < handles && alive[dropped->handle]);
    alive[dropped->handle] = false;
    --living;
}

static bool clone(thing *to, const thing *from) {
    assert_true(alive[from->handle]);
    if (clones_left == 0)
        return false;
    --clones_left;
    *to = make(from->number);
    return true;
}

static bool make_from(thing *to, const uint32_t *number) {
    if (clones_left == 0)
        return false;
    --clones_left;
    *to = make(*number);
    return true;
}

static int begin(void **state) {
    (void)state;
    handles = 0;
    living = 0;
    clones_left = NEVER;
    return 0;
}

static int end(void **state) {
    (void)state;
    return living == 0 ? 0 : -1;
}

#define SWISS_NAME both
#define SWISS_KEY thing
#define SWISS_VALUE thing
#define SWISS_HASH(key, seed) swiss_hash_u64((key)->number, (seed))
#define SWISS_EQUAL(a, b) ((a)->number == (b)->number)
#define SWISS_KEY_DROP drop
#define SWISS_KEY_CLONE clone
#define SWISS_VALUE_DROP drop
#define SWISS_VALUE_CLONE clone
#define SWISS_LOOKUP uint32_t
#define SWISS_LOOKUP_HASH(key, seed) swiss_hash_u64(*(key), (seed))
#define SWISS_LOOKUP_EQUAL(a, b) ((a)->number == *(b))
#define SWISS_LOOKUP_MAKE make_from
#include <swiss/map.h>

/* Looks up by a thing that owns nothing. */
#define THING(number) ((thing){(uint32_t)(number), NEVER_ALIVE})
#define NEVER_ALIVE UINT32_MAX

static both filled(size_t size) {
    both map = {0};
    for (size_t i = 0; i < size; ++i)
        assert_true(both_insert(&map, make(i), make(i + 1000)).inserted);
    assert_int_equal(living, 2 * size);
    return map;
}

/* Asserts that the map's entries are alive and that nothing else is. */
static void check_all(const both *map, size_t others) {
    assert_int_equal(living, 2 * both_size(map) + others);
    both_iter iter = both_iterate(map);
    for (both_entry *entry; (entry = both_next(&iter));)
        assert_true(alive[entry->key.handle] && alive[entry->value.handle]);
}

static void free_drops_everything(void **state) {
    (void)state;
    for (size_t size = 0; size < 200; size = size * 2 + 1) {
        both map = filled(size);
        both_free(&map);
        assert_int_equal(living, 0);
    }
}

static void insert_takes_over_only_what_it_inserts(void **state) {
    (void)state;
    both map = filled(10);
    thing key = make(5), value = make(0);
    assert_false(both_insert(&map, key, value).inserted);
    check_all(&map, 2);
    assert_true(both_get_or_insert(&map, key, value)->handle != value.handle);
    check_all(&map, 2);
    drop(&key), drop(&value);
    both_free(&map);
}

static void put_drops_what_it_replaces(void **state) {
    (void)state;
    both map = filled(10);
    thing key = make(5), value = make(0);
    assert_false(both_put(&map, key, value).inserted);
    check_all(&map, 0);
    assert_int_equal(both_find(&map, THING(5))->key.handle, key.handle);
    assert_int_equal(both_get(&map, THING(5))->handle, value.handle);
    assert_true(both_put(&map, make(10), make(0)).inserted);
    check_all(&map, 0);
    both_free(&map);
}

static void put_keeps_what_the_entry_has(void **state) {
    (void)state;
    for (size_t size = 8; size <= 28; size += 10) { /* some full, some not */
        both map = filled(size);
        for (uint32_t i = 0; i < size; ++i) {
            both_entry *entry = both_find(&map, THING(i));
            const both_entry before = *entry;
            both_result result = both_put(&map, entry->key, make(i));
            assert_true(result.entry == entry && !result.inserted);
            check_all(&map, 0);
            assert_int_equal(entry->key.handle, before.key.handle);
            assert_true(entry->value.handle != before.value.handle && !alive[before.value.handle]);
            const both_entry now = *entry;
            assert_ptr_equal(both_put(&map, make(i), entry->value).entry, entry);
            check_all(&map, 0);
            assert_true(entry->key.handle != now.key.handle && !alive[now.key.handle]);
            assert_int_equal(entry->value.handle, now.value.handle);
            assert_ptr_equal(both_put(&map, entry->key, entry->value).entry, entry);
            check_all(&map, 0);
        }
        both_free(&map);
    }
}

static void growing_and_shrinking_drop_nothing(void **state) {
    (void)state;
    both map = filled(100);
    assert_true(both_reserve(&map, 1000));
    check_all(&map, 0);
    assert_true(both_shrink(&map));
    check_all(&map, 0);
    both moved = both_move(&map);
    check_all(&moved, 0);
    both_free(&map);
    both_free(&moved);
}

static void removing_drops_and_taking_does_not(void **state) {
    (void)state;
    both map = filled(100);
    both_entry entry = {THING(0), THING(0)};
    for (uint32_t i = 0; i < 60; i += 3) {
        assert_true(both_remove(&map, THING(i)));
        check_all(&map, 0);
        both_remove_entry(&map, both_find(&map, THING(i + 1)));
        check_all(&map, 0);
        assert_true(both_take(&map, THING(i + 2), &entry));
        check_all(&map, 2);
        drop(&entry.key), drop(&entry.value);
    }
    assert_true(both_remove_as(&map, 60));
    check_all(&map, 0);
    assert_true(both_take_as(&map, 61, &entry));
    drop(&entry.key), drop(&entry.value);
    both_iter iter = both_iterate(&map);
    for (both_entry *e; (e = both_next(&iter));)
        if (e->key.number % 2)
            both_iter_remove(&map, &iter);
    check_all(&map, 0);
    assert_int_equal(both_size(&map), 19);
    both_free(&map);
}

static void taking_to_nowhere_drops_nothing(void **state) {
    (void)state;
    both map = filled(20);
    for (uint32_t i = 0; i < 20; ++i) {
        both_entry entry = *both_find(&map, THING(i));
        assert_true(i % 2 ? both_take(&map, THING(i), NULL) : both_take_as(&map, i, NULL));
        assert_null(both_find(&map, THING(i)));
        assert_false(i % 2 ? both_take(&map, THING(i), NULL) : both_take_as(&map, i, NULL));
        check_all(&map, 2);
        drop(&entry.key), drop(&entry.value);
    }
    both_free(&map);
}

static void clear_drops_everything_once(void **state) {
    (void)state;
    both map = filled(100);
    both_clear(&map);
    assert_int_equal(living, 0);
    both_clear(&map);
    assert_true(both_insert(&map, make(1), make(2)).inserted);
    check_all(&map, 0);
    both_free(&map);
}

static bool keep_even(both_entry *entry, void *context) {
    (void)context;
    return entry->key.number % 2 == 0;
}

static void retain_drops_the_others(void **state) {
    (void)state;
    both map = filled(101);
    assert_int_equal(both_retain(&map, keep_even, NULL), 50);
    check_all(&map, 0);
    both_free(&map);
}

static void merge_moves_and_leaves(void **state) {
    (void)state;
    both to = filled(50), from = {0};
    for (size_t i = 25; i < 100; ++i)
        assert_true(both_insert(&from, make(i), make(i)).inserted);
    assert_true(both_merge(&to, &from));
    assert_int_equal(both_size(&to), 100);
    assert_int_equal(both_size(&from), 25);
    check_all(&to, 50);
    check_all(&from, 200);
    both_free(&from);
    check_all(&to, 0);
    both_free(&to);
}

static void clones_own_their_things(void **state) {
    (void)state;
    both map = filled(100), copy;
    assert_true(both_clone(&copy, &map));
    check_all(&copy, 200);
    for (uint32_t i = 0; i < 100; ++i) {
        assert_true(both_find(&copy, THING(i))->key.handle != both_find(&map, THING(i))->key.handle);
        assert_true(both_get(&copy, THING(i))->handle != both_get(&map, THING(i))->handle);
        assert_int_equal(both_get(&copy, THING(i))->number, i + 1000);
    }
    both_free(&map);
    check_all(&copy, 0);
    both_free(&copy);
}

static void a_clone_that_fails_drops_what_it_has_made(void **state) {
    (void)state;
    for (size_t n = 0; n <= 60; ++n) {
        both map = filled(30), copy;
        clones_left = n;
        assert_int_equal(both_clone(&copy, &map), n == 60);
        clones_left = NEVER;
        assert_int_equal(both_size(&copy), n == 60 ? 30 : 0);
        check_all(&map, n == 60 ? 60 : 0);
        both_free(&map);
        assert_true(both_put(&copy, make(1), make(2)).entry != NULL);
        both_free(&copy);
        assert_int_equal(living, 0);
    }
}

static void insert_as_makes_a_key_only_to_insert_it(void **state) {
    (void)state;
    for (uint32_t size = 0; size < 60; ++size) {
        both map = filled(size);
        thing value = make(0);
        if (size)
            assert_false(both_insert_as(&map, size - 1, value).inserted);
        check_all(&map, 1);
        clones_left = 0;
        both_result result = both_insert_as(&map, size, value);
        assert_true(result.entry == NULL && !result.inserted);
        check_all(&map, 1);
        assert_int_equal(both_size(&map), size);
        clones_left = NEVER;
        assert_true(both_insert_as(&map, size, value).inserted);
        assert_int_equal(both_size(&map), size + 1);
        check_all(&map, 0);
        both_free(&map);
    }
}

/* With a hook for one half only, the other is plain. */
#define SWISS_NAME by_value
#define SWISS_KEY uint32_t
#define SWISS_VALUE thing
#define SWISS_VALUE_DROP drop
#define SWISS_VALUE_CLONE clone
#include <swiss/map.h>

#define SWISS_NAME by_key
#define SWISS_KEY thing
#define SWISS_HASH(key, seed) swiss_hash_u64((key)->number, (seed))
#define SWISS_EQUAL(a, b) ((a)->number == (b)->number)
#define SWISS_KEY_DROP drop
#define SWISS_KEY_CLONE clone
#include <swiss/set.h>

static void hooks_for_the_value_only(void **state) {
    (void)state;
    by_value map = {0}, copy;
    for (uint32_t i = 0; i < 100; ++i)
        assert_true(by_value_insert(&map, i, make(i)).inserted);
    assert_true(by_value_clone(&copy, &map));
    assert_int_equal(living, 200);
    assert_false(by_value_put(&map, 5, make(5)).inserted);
    assert_false(by_value_put(&map, 5, *by_value_get(&map, 5)).inserted);
    assert_true(by_value_remove(&map, 6));
    assert_int_equal(living, 199);
    by_value_free(&map);
    by_value_free(&copy);
}

static void hooks_of_a_set(void **state) {
    (void)state;
    by_key set = {0}, copy;
    for (uint32_t i = 0; i < 100; ++i)
        assert_true(by_key_insert(&set, make(i)).inserted);
    assert_true(by_key_clone(&copy, &set));
    assert_int_equal(living, 200);
    assert_false(by_key_put(&set, make(5)).inserted);
    assert_false(by_key_put(&set, by_key_find(&set, THING(5))->key).inserted);
    assert_true(by_key_remove(&set, THING(6)));
    assert_int_equal(living, 199);
    by_key_free(&set);
    by_key_free(&copy);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(free_drops_everything),
        TEST(insert_takes_over_only_what_it_inserts),
        TEST(put_drops_what_it_replaces),
        TEST(put_keeps_what_the_entry_has),
        TEST(growing_and_shrinking_drop_nothing),
        TEST(removing_drops_and_taking_does_not),
        TEST(taking_to_nowhere_drops_nothing),
        TEST(clear_drops_everything_once),
        TEST(retain_drops_the_others),
        TEST(merge_moves_and_leaves),
        TEST(clones_own_their_things),
        TEST(a_clone_that_fails_drops_what_it_has_made),
        TEST(insert_as_makes_a_key_only_to_insert_it),
        TEST(hooks_for_the_value_only),
        TEST(hooks_of_a_set),
    };
    return RUN_TESTS(tests);
}
