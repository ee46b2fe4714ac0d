/* What an operation costs: it hashes its key once and searches for it once; and within a group nothing is hashed again.
 * */
#include "tests/support.h"
#include <swiss/hash.h>

static size_t hashed, compared;

static uint64_t hash_alike(const uint64_t *key, uint64_t seed) {
    (void)key, (void)seed;
    ++hashed;
    return 0;
}

static bool equal_counted(const uint64_t *a, const uint64_t *b) {
    ++compared;
    return *a == *b;
}

static bool make_key(uint64_t *key, const uint64_t *from) {
    *key = *from;
    return true;
}

/* All keys are candidates for each other: a search compares one after the other, from the first lane on. */
#define SWISS_NAME crowd
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH hash_alike
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL equal_counted
#define SWISS_LOOKUP uint64_t
#define SWISS_LOOKUP_HASH hash_alike
#define SWISS_LOOKUP_EQUAL equal_counted
#define SWISS_LOOKUP_MAKE make_key
#include <swiss/map.h>

enum { ENTRIES = 10 };

static crowd tried;

static void begin(void) {
    tried = (crowd){0};
    for (uint64_t i = 0; i < ENTRIES; ++i)
        assert_true(crowd_insert(&tried, i, i).inserted);
    hashed = compared = 0;
}

static void costs(size_t comparisons) {
    assert_int_equal(hashed, 1);
    assert_int_equal(compared, comparisons);
    hashed = compared = 0;
}

static void a_key_that_is_there(void **state) {
    (void)state;
    crowd_entry taken;
    begin();
    for (uint64_t i = 0; i < ENTRIES; ++i) {
        const size_t way = (size_t)i + 1;
        assert_non_null(crowd_find(&tried, i));
        costs(way);
        assert_true(crowd_contains(&tried, i));
        costs(way);
        assert_non_null(crowd_get_or_insert(&tried, i, 0));
        costs(way);
        assert_false(crowd_insert(&tried, i, 0).inserted);
        costs(way);
        assert_false(crowd_put(&tried, i, i).inserted);
        costs(way);
        assert_non_null(crowd_find_as(&tried, i));
        costs(way);
        assert_non_null(crowd_get_or_insert_as(&tried, i, 0));
        costs(way);
    }
    for (uint64_t i = ENTRIES; i-- > 6;) {
        assert_true(i % 2 ? crowd_remove(&tried, i) : crowd_take(&tried, i, &taken));
        costs((size_t)i + 1);
    }
    for (uint64_t i = 6; i-- > 3;) {
        assert_true(i % 2 ? crowd_remove_as(&tried, i) : crowd_take_as(&tried, i, &taken));
        costs((size_t)i + 1);
    }
    crowd_free(&tried);
}

static void a_key_that_is_not_there(void **state) {
    (void)state;
    crowd_entry taken;
    for (int way = 0; way < 9; ++way) {
        begin();
        if (way == 0)
            assert_null(crowd_find(&tried, ENTRIES));
        else if (way == 1)
            assert_false(crowd_remove(&tried, ENTRIES));
        else if (way == 2)
            assert_false(crowd_take(&tried, ENTRIES, &taken));
        else if (way == 3)
            assert_true(crowd_insert(&tried, ENTRIES, 0).inserted);
        else if (way == 4)
            assert_true(crowd_put(&tried, ENTRIES, 0).inserted);
        else if (way == 5)
            assert_non_null(crowd_get_or_insert(&tried, ENTRIES, 0));
        else if (way == 6)
            assert_non_null(crowd_get_or_insert_as(&tried, ENTRIES, 0));
        else if (way == 7)
            assert_null(crowd_find_as(&tried, ENTRIES));
        else
            assert_false(crowd_remove_as(&tried, ENTRIES));
        costs(ENTRIES);
        crowd_free(&tried);
    }
}

/* By the entry in hand, and on the way of an iteration. */
static void no_search_at_all(void **state) {
    (void)state;
    begin();
    crowd_iter iter = crowd_iterate(&tried);
    crowd_remove_entry(&tried, crowd_next(&iter));
    iter = crowd_iterate(&tried);
    while (crowd_next(&iter))
        crowd_iter_remove(&tried, &iter);
    assert_int_equal(crowd_size(&tried), 0);
    assert_int_equal(hashed, 0);
    assert_int_equal(compared, 0);
    crowd_free(&tried);
}

static uint64_t hash_counted(const uint64_t *key, uint64_t seed) {
    ++hashed;
    return swiss_hash_u64(*key, seed);
}

typedef struct {
    unsigned char bytes[56];
} large;
#define SWISS_NAME large_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE large
#define SWISS_HASH hash_counted
#include <swiss/map.h>

/* From 4 slots to 8 and 16 entries keep their control bytes; beyond a group each is hashed once more to find its new
 * one. */
static void growing_within_a_group_hashes_nothing(void **state) {
    (void)state;
    static const large value;
    large_map grown = {0};
    size_t capacities = 0;
    for (uint64_t i = 0; i < 17; ++i) {
        const size_t before = large_map_capacity(&grown);
        hashed = 0;
        assert_true(large_map_insert(&grown, i, value).inserted);
        capacities += large_map_capacity(&grown) != before;
        assert_int_equal(hashed, i < 16 ? 1 : 17);
    }
    assert_int_equal(capacities, 4);
    assert_int_equal(large_map_capacity(&grown), 32);
    large_map_free(&grown);
}

int main(void) {
#ifdef SWISS_VALIDATE
    swiss_validates_ = false; /* it would hash and compare too */
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_is_there),
        cmocka_unit_test(a_key_that_is_not_there),
        cmocka_unit_test(no_search_at_all),
        cmocka_unit_test(growing_within_a_group_hashes_nothing),
    };
    return RUN_TESTS(tests);
}
