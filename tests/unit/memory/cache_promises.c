/* What a cache promises where little room is left: what get gives is in the cache, an entry that becomes dearer stays,
 * and a cache that has reserved its capacity asks for no memory. */
#include "tests/support.h"
#include <stdlib.h>
#include <swiss/ref.h>

#define SWISS_NAME weak_cache
#define SWISS_KEY uint64_t
#define SWISS_VALUE int *
#define SWISS_WEAK
#include <swiss/cache.h>

static size_t cost_of(const uint64_t *key, const uint64_t *value) {
    (void)key;
    return (size_t)*value;
}

#define SWISS_NAME cost_cache
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_COST cost_of
#include <swiss/cache.h>

#define SWISS_NAME plain_cache
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/cache.h>

/* A weak entry for which there is no room, because the only place is pinned, is not revived. */
static void test_get_gives_what_is_there(void **state) {
    (void)state;
    weak_cache cache;
    assert_true(weak_cache_init(&cache, &(weak_cache_options){.capacity = 1}));
    int *held = swiss_ref_new(NULL, int), *other = swiss_ref_new(NULL, int);
    swiss_ref_retain(held);
    assert_int_equal(weak_cache_put(&cache, 1, held), SWISS_CACHE_INSERTED);
    assert_int_equal(weak_cache_put(&cache, 2, other), SWISS_CACHE_INSERTED);
    assert_true(weak_cache_pin(&cache, 2));
    int **found = weak_cache_get(&cache, 1);
    assert_int_equal(found != NULL, weak_cache_contains(&cache, 1));
    swiss_cache_stats stats = weak_cache_stats(&cache);
    assert_int_equal(stats.hits, found != NULL);
    assert_int_equal(stats.misses, found == NULL);
    swiss_ref_release(held);
    weak_cache_free(&cache);
}

static void test_dearer_entry_stays(void **state) {
    (void)state;
    cost_cache cache;
    assert_true(cost_cache_init(&cache, &(cost_cache_options){.capacity = 100}));
    cost_cache_put(&cache, 50, 1);
    for (uint64_t key = 1; key <= 9; ++key)
        cost_cache_put(&cache, key, 10);
    for (int i = 0; i < 3; ++i)
        for (uint64_t key = 1; key <= 9; ++key)
            assert_non_null(cost_cache_get(&cache, key));
    assert_int_equal(cost_cache_put(&cache, 50, 12), SWISS_CACHE_UPDATED);
    assert_true(cost_cache_contains(&cache, 50));
    assert_true(cost_cache_stats(&cache).cost <= 100);
    assert_null(cost_cache_validate(&cache));
    cost_cache_free(&cache);
}

static bool refuses;

static void *allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    return refuses ? NULL : swiss_allocator_allocate(NULL, size, alignment);
}

static void *resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    (void)context;
    return refuses ? NULL : swiss_allocator_resize(NULL, block, old_size, new_size, alignment);
}

static void release(void *context, void *block, size_t size, size_t alignment) {
    (void)context;
    swiss_allocator_free(NULL, block, size, alignment);
}

static void test_reserved_capacity_is_enough(void **state) {
    (void)state;
    static const size_t capacities[] = {1, 4, 8, 16, 28, 100, 112, 896, 20000};
    const swiss_allocator allocator = {allocate, resize, release, NULL};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; ++i) {
        const size_t capacity = capacities[i];
        plain_cache cache;
        assert_true(plain_cache_init(&cache, &(plain_cache_options){.allocator = &allocator,
                                                                    .capacity = capacity,
                                                                    .reserve = capacity,
                                                                    .policy = SWISS_CACHE_LRU}));
        refuses = true;
        for (uint64_t key = 0; key < 10 * capacity; ++key)
            assert_int_equal(plain_cache_put(&cache, key, key), SWISS_CACHE_INSERTED);
        assert_int_equal(plain_cache_size(&cache), capacity);
        assert_null(plain_cache_validate(&cache));
        refuses = false;
        plain_cache_free(&cache);
    }
}

/* Rehashing in place, again and again, leaves the order as it was. */
static void test_order_outlives_rehashes(void **state) {
    (void)state;
    plain_cache cache;
    assert_true(
        plain_cache_init(&cache, &(plain_cache_options){.capacity = 3000, .reserve = 3000, .policy = SWISS_CACHE_LRU}));
    for (uint64_t key = 0; key < 100000; ++key)
        assert_int_equal(plain_cache_put(&cache, key, key), SWISS_CACHE_INSERTED);
    assert_null(plain_cache_validate(&cache));
    uint64_t next = 100000;
    plain_cache_iter iter = plain_cache_iterate(&cache);
    for (plain_cache_entry *entry; (entry = plain_cache_next(&iter)) != NULL;)
        assert_int_equal(entry->key, --next);
    assert_int_equal(next, 97000);
    plain_cache_free(&cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get_gives_what_is_there),
        cmocka_unit_test(test_dearer_entry_stays),
        cmocka_unit_test(test_reserved_capacity_is_enough),
        cmocka_unit_test(test_order_outlives_rehashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
