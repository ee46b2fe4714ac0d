/* What release builds promise of misuse: freeing twice, and using what is freed, does no harm. The table's source is
 * part of this file, so that it is a release build of it. */
#ifndef NDEBUG
#    define NDEBUG
#endif
#include "tests/support.h"
#include "swiss/table.c"

#define SWISS_NAME u64_set
#define SWISS_KEY uint64_t
#include <swiss/set.h>

static void freeing_twice(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_set set;
    for (int filled = 0; filled < 2; ++filled) {
        assert_true(u64_set_init(&set, &options));
        if (filled)
            assert_true(u64_set_insert(&set, 1).inserted);
        u64_set_free(&set);
        u64_set_free(&set);
        memory_end(&m);
    }
}

static void a_freed_map_is_an_empty_one(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_set set;
    u64_set_entry entry;
    assert_true(u64_set_init(&set, &options));
    assert_true(u64_set_insert(&set, 1).inserted);
    u64_set_iter iter = u64_set_iterate(&set);
    assert_non_null(u64_set_next(&iter));
    u64_set_free(&set);
    assert_int_equal(u64_set_size(&set), 0);
    assert_null(u64_set_find(&set, 1));
    assert_false(u64_set_remove(&set, 1));
    assert_false(u64_set_take(&set, 1, &entry));
    assert_null(u64_set_next(&iter));
    u64_set_clear(&set);
    assert_true(u64_set_shrink(&set));
    assert_true(u64_set_insert(&set, 2).inserted);
    assert_true(u64_set_contains(&set, 2));
    u64_set_free(&set);
    memory_end(&m);
}

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* A hash that is not that of the key: entries may be there twice or not be found, but all that is there is counted,
 * iterated over, and given back. */
static void wrong_hashes(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    for (uint64_t seed = 1; seed < 20; ++seed) {
        u64_map map, copy;
        u64_map_entry entry;
        uint64_t random = seed;
        size_t size = 0;
        assert_true(u64_map_init(&map, &options));
        for (int step = 0; step < 5000; ++step) {
            const uint64_t key = random_below(&random, 500), choice = random_below(&random, 100);
            uint64_t hash = choice < 40 ? u64_map_hash(&map, key) : next_random(&random);
            if (choice >= 70)
                hash &= UINT64_C(3) << 61 | 3 << 28;
            if (choice % 10 < 5)
                size += u64_map_insert_hashed(&map, hash, key, key).inserted;
            else if (choice % 10 < 6)
                size += u64_map_put(&map, key, key).inserted;
            else if (choice % 10 < 8)
                size -= u64_map_remove_hashed(&map, hash, key);
            else
                size -= choice % 10 < 9 ? u64_map_remove(&map, key) : u64_map_pop(&map, &entry);
            assert_int_equal(u64_map_size(&map), size);
            if (step % 500 == 499)
                assert_true(u64_map_shrink(&map));
        }
        size_t count = 0;
        u64_map_iter iter = u64_map_iterate(&map);
        for (const u64_map_entry *at; (at = u64_map_next(&iter)); ++count)
            assert_true(at->key < 500 && at->value == at->key);
        assert_int_equal(count, size);
        assert_true(u64_map_clone(&copy, &map) && u64_map_merge(&copy, &map));
        u64_map_free(&copy);
        while (u64_map_pop(&map, &entry))
            continue;
        u64_map_free(&map);
    }
    memory_end(&m);
}

/* Once more, what another way has removed, and by an iterator that has ended. */
static void iterators_that_have_nothing(void **state) {
    (void)state;
    u64_set set = {0};
    for (uint64_t key = 0; key < 10; ++key)
        assert_true(u64_set_insert(&set, key).inserted);
    u64_set_iter iter = u64_set_iterate(&set);
    u64_set_iter_remove(&set, &iter);
    const u64_set_entry *entry = u64_set_next(&iter);
    assert_true(u64_set_remove(&set, entry->key));
    u64_set_iter_remove(&set, &iter);
    assert_int_equal(u64_set_size(&set), 9);
    assert_non_null(u64_set_next(&iter));
    u64_set_iter_remove(&set, &iter);
    u64_set_iter_remove(&set, &iter);
    assert_int_equal(u64_set_size(&set), 8);
    u64_set_clear(&set);
    assert_true(u64_set_shrink(&set));
    assert_null(u64_set_next(&iter));
    assert_true(u64_set_insert(&set, 1).inserted);
    iter = u64_set_iterate(&set);
    u64_set_free(&set);
    assert_null(u64_set_next(&iter));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freeing_twice),
        cmocka_unit_test(a_freed_map_is_an_empty_one),
        cmocka_unit_test(wrong_hashes),
        cmocka_unit_test(iterators_that_have_nothing),
    };
    return RUN_TESTS(tests);
}
