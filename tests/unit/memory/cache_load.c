/* get_or_load: what a loader makes is kept, once for each key; it may fail, and it may use the cache. One thread;
 * cache_threads.c has several. */
#include "tests/support.h"

#define SWISS_NAME squares
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/cache.h>

#define SWISS_NAME lengths
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE size_t
#include <swiss/cache.h>

typedef struct maker {
    squares cache;
    int calls;
    int does; /* besides, as below */
    swiss_cache_result result;
} maker;

enum { NOTHING, FAILS, ASKS_FOR_ITSELF, ASKS_FOR_LESS, PUTS, REMOVES, CLEARS, TAKES };

static bool make_square(const int *key, int *value, void *context) {
    maker *m = context;
    int other = 0;
    ++m->calls;
    *value = *key * *key;
    switch (m->does) {
    case FAILS:
        return false;
    case ASKS_FOR_ITSELF:
        m->result = squares_get_or_load(&m->cache, *key, make_square, m, &other);
        return true;
    case ASKS_FOR_LESS: /* which makes those for which there is no end but 0 */
        if (*key == 0)
            return true;
        m->result = squares_get_or_load(&m->cache, *key - 1, make_square, m, &other);
        *value = other + 2 * *key - 1;
        return m->result == SWISS_CACHE_LOADED || m->result == SWISS_CACHE_HIT;
    case PUTS:
        squares_put(&m->cache, *key, -1);
        return true;
    case REMOVES:
        assert_false(squares_remove(&m->cache, *key));
        return true;
    case CLEARS:
        squares_clear(&m->cache);
        return true;
    case TAKES:
        assert_false(squares_take(&m->cache, *key, NULL));
        return true;
    default:
        return true;
    }
}

static void begin(maker *m, size_t capacity, int does) {
    memset(m, 0, sizeof *m);
    squares_options options = {0};
    options.capacity = capacity;
    m->does = does;
    assert_true(squares_init(&m->cache, &options));
}

static void end(maker *m) {
    assert_null(squares_validate(&m->cache));
    squares_free(&m->cache);
}

static swiss_cache_result ask(maker *m, int key, int *value) {
    *value = -2;
    return squares_get_or_load(&m->cache, key, make_square, m, value);
}

static void loads_once(void **state) {
    (void)state;
    maker m;
    int value;
    begin(&m, 10, NOTHING);
    assert_int_equal(ask(&m, 7, &value), SWISS_CACHE_LOADED);
    assert_int_equal(value, 49);
    assert_int_equal(ask(&m, 7, &value), SWISS_CACHE_HIT);
    assert_int_equal(value, 49);
    assert_int_equal(m.calls, 1);
    const swiss_cache_stats stats = squares_stats(&m.cache);
    assert_int_equal(stats.loads, 1);
    assert_int_equal(stats.hits, 1);
    assert_int_equal(stats.misses, 1);
    assert_int_equal(stats.failures, 0);
    end(&m);
}

static void failing(void **state) {
    (void)state;
    maker m;
    int value;
    begin(&m, 10, FAILS);
    assert_int_equal(ask(&m, 7, &value), SWISS_CACHE_FAILED);
    assert_int_equal(squares_size(&m.cache), 0);
    assert_int_equal(squares_stats(&m.cache).failures, 1);
    m.does = NOTHING;
    assert_int_equal(ask(&m, 7, &value), SWISS_CACHE_LOADED);
    end(&m);
}

static void asking_for_itself(void **state) {
    (void)state;
    maker m;
    int value;
    begin(&m, 10, ASKS_FOR_ITSELF);
    assert_int_equal(ask(&m, 7, &value), SWISS_CACHE_LOADED);
    assert_int_equal(m.result, SWISS_CACHE_CIRCULAR);
    assert_int_equal(m.calls, 1);
    assert_int_equal(ask(&m, 7, &value), SWISS_CACHE_HIT);
    end(&m);
}

static void asking_for_others(void **state) {
    (void)state;
    maker m;
    int value;
    begin(&m, 10, ASKS_FOR_LESS);
    assert_int_equal(ask(&m, 30, &value), SWISS_CACHE_LOADED);
    assert_int_equal(value, 900);
    assert_int_equal(m.calls, 31);
    assert_int_equal(squares_size(&m.cache), 10);
    end(&m);
}

/* What was put meanwhile stays; what was removed meanwhile is not kept. */
static void changed_meanwhile(void **state) {
    (void)state;
    static const int does[] = {PUTS, REMOVES, CLEARS, TAKES};
    for (size_t i = 0; i < 4; ++i) {
        maker m;
        int value;
        begin(&m, 10, does[i]);
        assert_int_equal(ask(&m, 7, &value), SWISS_CACHE_LOADED);
        assert_int_equal(value, 49);
        int *kept = squares_peek(&m.cache, 7);
        if (does[i] == PUTS)
            assert_int_equal(*kept, -1);
        else
            assert_null(kept);
        end(&m);
    }
}

static void not_kept(void **state) {
    (void)state;
    maker m;
    int value;
    begin(&m, 0, NOTHING);
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(ask(&m, 7, &value), SWISS_CACHE_LOADED);
        assert_int_equal(value, 49);
    }
    assert_int_equal(m.calls, 2);
    end(&m);
}

static bool measure(const char *const *key, size_t *length, void *context) {
    ++*(int *)context;
    *length = strlen(*key);
    return *length != 0;
}

static void by_slices(void **state) {
    (void)state;
    lengths cache;
    lengths_options options = {0};
    options.capacity = 2;
    assert_true(lengths_init(&cache, &options));
    int calls = 0;
    size_t length = 0;
    for (int round = 0; round < 2; ++round) {
        assert_int_equal(lengths_get_or_load_as(&cache, swiss_slice_of("four"), measure, &calls, &length),
                         round ? SWISS_CACHE_HIT : SWISS_CACHE_LOADED);
        assert_int_equal(length, 4);
    }
    assert_int_equal(calls, 1);
    assert_int_equal(lengths_get_or_load_as(&cache, swiss_slice_of(""), measure, &calls, &length), SWISS_CACHE_FAILED);
    const swiss_slice slice = {"a\0b", 3};
    assert_int_equal(lengths_get_or_load_as(&cache, slice, measure, &calls, &length), SWISS_CACHE_OUT_OF_MEMORY);
    const swiss_cache_stats stats = lengths_stats(&cache);
    assert_int_equal(stats.hits, 1);
    assert_int_equal(stats.misses, 2);
    assert_int_equal(stats.loads, 2);
    lengths_free(&cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_once),        cmocka_unit_test(failing),           cmocka_unit_test(asking_for_itself),
        cmocka_unit_test(asking_for_others), cmocka_unit_test(changed_meanwhile), cmocka_unit_test(not_kept),
        cmocka_unit_test(by_slices),
    };
    return RUN_TESTS(tests);
}
