/* Every allocation of a cache fails once: what failed has changed nothing, and works when it is tried again; to evict,
 * to remove and to shrink need no memory. */
#include "tests/support.h"

#define SWISS_NAME numbers
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/cache.h>

#define SWISS_NAME shared
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_THREADS
#include <swiss/cache.h>

enum { CAPACITY = 300, KEYS = 1000 };

static memory m;

static bool square(const int *key, int *value, void *context) {
    (void)context;
    *value = *key * *key;
    return true;
}

static void put(numbers *cache, int key) {
    const memory before = m;
    const swiss_cache_stats stats = numbers_stats(cache);
    swiss_cache_result result = numbers_put(cache, key, key);
    if (result == SWISS_CACHE_OUT_OF_MEMORY) {
        const swiss_cache_stats after = numbers_stats(cache);
        assert_int_equal(m.failures, before.failures + 1);
        assert_int_equal(m.blocks, before.blocks);
        assert_int_equal(m.bytes, before.bytes);
        assert_memory_equal(&stats, &after, sizeof stats);
        assert_null(numbers_validate(cache));
        result = numbers_put(cache, key, key);
    }
    assert_int_equal(result, SWISS_CACHE_INSERTED);
}

/* Returns true if an allocation failed. */
static bool run(size_t fail_at, swiss_cache_policy policy, size_t reserve) {
    numbers cache;
    numbers_options options = {0};
    memory_begin(&m);
    m.fail_at = fail_at;
    options.allocator = &m.allocator;
    options.capacity = CAPACITY;
    options.reserve = reserve;
    options.policy = policy;
    if (!numbers_init(&cache, &options)) {
        assert_int_equal(m.failures, 1);
        assert_int_equal(m.blocks, 0);
        assert_int_equal(numbers_put(&cache, 1, 1), SWISS_CACHE_REFUSED);
        numbers_free(&cache);
        assert_true(numbers_init(&cache, &options));
    }
    for (int i = 0; i < KEYS; ++i) {
        put(&cache, i);
        assert_int_equal(*numbers_get(&cache, i), i);
    }
    assert_int_equal(numbers_size(&cache), CAPACITY);
    int value = 0;
    for (int i = KEYS; i < KEYS + 10; ++i) {
        assert_int_equal(numbers_get_or_load(&cache, i, square, NULL, &value), SWISS_CACHE_LOADED);
        assert_int_equal(value, i * i);
    }
    numbers_resize(&cache, 10);
    assert_int_equal(numbers_size(&cache), 10);
    assert_null(numbers_validate(&cache));
    numbers_clear(&cache);
    numbers_free(&cache);
    memory_end(&m);
    return m.failures != 0;
}

static void each_fails_once(void **state) {
    (void)state;
    for (int p = 0; p < 4; ++p) {
        size_t fail_at = 0;
        while (run(fail_at, p % 2 ? SWISS_CACHE_LRU : SWISS_CACHE_S3_FIFO, p < 2 ? 0 : CAPACITY))
            ++fail_at;
        assert_true(fail_at >= (p == 3 ? 1 : 2));
    }
}

static void shards_fail(void **state) {
    (void)state;
    size_t failures = 0;
    for (size_t fail_at = 0; fail_at < 20; ++fail_at) {
        shared cache;
        shared_options options = {0};
        memory_begin(&m);
        m.fail_at = fail_at;
        options.allocator = &m.allocator;
        options.capacity = CAPACITY;
        options.reserve = CAPACITY;
        options.shards = 4;
        bool made = shared_init(&cache, &options);
        failures += !made;
        assert_int_equal(made, m.failures == 0);
        for (int i = 0; i < KEYS; ++i)
            assert_int_equal(shared_put(&cache, i, i), made ? SWISS_CACHE_INSERTED : SWISS_CACHE_REFUSED);
        shared_free(&cache);
        memory_end(&m);
    }
    assert_int_equal(failures, 5); /* the shards, and the tables of four */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fails_once),
        cmocka_unit_test(shards_fail),
    };
    return RUN_TESTS(tests);
}
