/* What each operation on a cache does to one or a few entries, by both policies; and what is refused. */
#include "tests/support.h"

#define SWISS_NAME numbers
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/cache.h>

#define SIZE_OF(key, value) ((void)(key), (size_t) * (value))
#define SWISS_NAME sized
#define SWISS_KEY int
#define SWISS_VALUE uint64_t
#define SWISS_COST SIZE_OF
#include <swiss/cache.h>

#define SWISS_NAME named
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#include <swiss/cache.h>

typedef struct big_key {
    uint64_t words[5];
} big_key;

static uint64_t hash_big(const big_key *key, uint64_t seed) {
    return swiss_hash_bytes(key, sizeof *key, seed);
}

static bool equal_big(const big_key *a, const big_key *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

#define SWISS_NAME bigs
#define SWISS_KEY big_key
#define SWISS_VALUE char
#define SWISS_HASH hash_big
#define SWISS_EQUAL equal_big
#include <swiss/cache.h>

static const swiss_cache_policy policies[] = {SWISS_CACHE_S3_FIFO, SWISS_CACHE_LRU};

static void begin(numbers *cache, size_t capacity, swiss_cache_policy policy) {
    numbers_options options = {0};
    options.capacity = capacity;
    options.policy = policy;
    assert_true(numbers_init(cache, &options));
}

static void end(numbers *cache) {
    assert_null(numbers_validate(cache));
    numbers_free(cache);
}

/* The keys in the order of an iteration, as digits. */
static const char *order(const numbers *cache) {
    static char text[100];
    size_t length = 0;
    numbers_iter iter = numbers_iterate(cache);
    for (numbers_entry *e; (e = numbers_next(&iter)) != NULL;)
        text[length++] = (char)('0' + e->key);
    text[length] = 0;
    return text;
}

static void put_and_get(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        numbers cache;
        begin(&cache, 10, policies[p]);
        assert_null(numbers_get(&cache, 1));
        assert_int_equal(numbers_put(&cache, 1, 100), SWISS_CACHE_INSERTED);
        assert_int_equal(*numbers_get(&cache, 1), 100);
        assert_int_equal(numbers_put(&cache, 1, 101), SWISS_CACHE_UPDATED);
        assert_int_equal(*numbers_peek(&cache, 1), 101);
        assert_true(numbers_contains(&cache, 1));
        assert_false(numbers_contains(&cache, 2));
        assert_null(numbers_peek(&cache, 2));
        int copy = 0;
        assert_true(numbers_get_copy(&cache, 1, &copy));
        assert_int_equal(copy, 101);
        assert_false(numbers_get_copy(&cache, 2, &copy));
        assert_true(numbers_peek_copy(&cache, 1, &copy));
        assert_false(numbers_peek_copy(&cache, 2, &copy));
        const swiss_cache_stats stats = numbers_stats(&cache);
        assert_int_equal(stats.hits, 2);
        assert_int_equal(stats.misses, 2);
        assert_int_equal(stats.insertions, 1);
        assert_int_equal(stats.replacements, 1);
        assert_int_equal(stats.entries, 1);
        assert_int_equal(stats.cost, 1);
        assert_int_equal(stats.capacity, 10);
        end(&cache);
    }
}

static void lru_evicts_the_least_recent(void **state) {
    (void)state;
    numbers cache;
    begin(&cache, 3, SWISS_CACHE_LRU);
    for (int i = 1; i <= 3; ++i)
        numbers_put(&cache, i, i);
    assert_string_equal(order(&cache), "321");
    assert_non_null(numbers_get(&cache, 1));
    assert_string_equal(order(&cache), "132");
    assert_non_null(numbers_peek(&cache, 2));
    numbers_put(&cache, 4, 4);
    assert_string_equal(order(&cache), "413");
    numbers_put(&cache, 3, 33);
    assert_string_equal(order(&cache), "341");
    assert_int_equal(numbers_stats(&cache).evictions, 1);
    end(&cache);
}

static void s3_keeps_what_is_asked_for_twice(void **state) {
    (void)state;
    numbers cache;
    begin(&cache, 4, SWISS_CACHE_S3_FIFO);
    for (int i = 1; i <= 4; ++i)
        numbers_put(&cache, i, i);
    assert_string_equal(order(&cache), "4321");
    numbers_get(&cache, 1);
    numbers_get(&cache, 1);
    numbers_get(&cache, 2);
    numbers_put(&cache, 5, 5); /* 1 moves to the main queue, 2 was asked for once only */
    assert_string_equal(order(&cache), "1543");
    for (int i = 6; i <= 9; ++i)
        numbers_put(&cache, i, i);
    assert_string_equal(order(&cache), "1987");
    numbers_put(&cache, 6, 6); /* which is remembered */
    assert_string_equal(order(&cache), "6198");
    end(&cache);
}

static void remove_and_take(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        numbers cache;
        begin(&cache, 10, policies[p]);
        for (int i = 1; i <= 5; ++i)
            numbers_put(&cache, i, 10 * i);
        assert_true(numbers_remove(&cache, 3));
        assert_false(numbers_remove(&cache, 3));
        numbers_entry entry = {0, 0};
        assert_true(numbers_take(&cache, 5, &entry));
        assert_int_equal(entry.key, 5);
        assert_int_equal(entry.value, 50);
        assert_false(numbers_take(&cache, 5, &entry));
        assert_true(numbers_take(&cache, 1, NULL));
        assert_string_equal(order(&cache), "42");
        assert_int_equal(numbers_stats(&cache).removals, 3);
        numbers_clear(&cache);
        assert_int_equal(numbers_size(&cache), 0);
        assert_string_equal(order(&cache), "");
        numbers_put(&cache, 1, 1);
        assert_string_equal(order(&cache), "1");
        end(&cache);
    }
}

static void capacity_zero(void **state) {
    (void)state;
    numbers zero = {0};
    assert_null(numbers_get(&zero, 1));
    assert_int_equal(numbers_put(&zero, 1, 1), SWISS_CACHE_REFUSED);
    assert_false(numbers_remove(&zero, 1));
    assert_false(numbers_pin(&zero, 1));
    numbers_clear(&zero);
    assert_int_equal(numbers_size(&zero), 0);
    assert_int_equal(numbers_stats(&zero).refusals, 1);
    assert_null(numbers_validate(&zero));
    numbers_resize(&zero, 0);
    numbers_free(&zero);
    numbers_free(&zero); /* it is as {0} is */
    numbers cache;
    begin(&cache, 0, SWISS_CACHE_LRU);
    assert_int_equal(numbers_put(&cache, 1, 1), SWISS_CACHE_REFUSED);
    assert_string_equal(order(&cache), "");
    numbers_resize(&cache, 1);
    assert_int_equal(numbers_put(&cache, 1, 1), SWISS_CACHE_INSERTED);
    assert_int_equal(numbers_put(&cache, 2, 2), SWISS_CACHE_INSERTED);
    assert_string_equal(order(&cache), "2");
    end(&cache);
}

static void pins(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        numbers cache;
        begin(&cache, 3, policies[p]);
        assert_false(numbers_pin(&cache, 1));
        assert_false(numbers_unpin(&cache, 1));
        for (int i = 1; i <= 3; ++i)
            numbers_put(&cache, i, i);
        assert_true(numbers_pin(&cache, 1));
        assert_true(numbers_pin(&cache, 1));
        assert_false(numbers_unpin(&cache, 2));
        for (int i = 4; i <= 9; ++i) {
            assert_int_equal(numbers_put(&cache, i, i), SWISS_CACHE_INSERTED);
            assert_null(numbers_validate(&cache));
        }
        assert_string_equal(order(&cache), "981");
        assert_int_equal(numbers_stats(&cache).pinned, 1);
        assert_non_null(numbers_get(&cache, 1));
        assert_true(numbers_pin(&cache, 8));
        assert_true(numbers_pin(&cache, 9));
        assert_int_equal(numbers_put(&cache, 2, 2), SWISS_CACHE_REFUSED);
        assert_int_equal(numbers_put(&cache, 1, 11), SWISS_CACHE_UPDATED); /* and is still pinned */
        numbers_resize(&cache, 1);
        assert_int_equal(numbers_size(&cache), 3);
        assert_int_equal(numbers_put(&cache, 2, 2), SWISS_CACHE_REFUSED);
        assert_true(numbers_remove(&cache, 8));
        assert_true(numbers_unpin(&cache, 1));
        assert_true(numbers_unpin(&cache, 1));
        assert_false(numbers_unpin(&cache, 1));
        assert_int_equal(numbers_put(&cache, 2, 2), SWISS_CACHE_REFUSED); /* 9 alone fills it */
        assert_false(numbers_contains(&cache, 1));                        /* which had to go for that */
        assert_true(numbers_unpin(&cache, 9));
        assert_int_equal(numbers_put(&cache, 2, 2), SWISS_CACHE_INSERTED);
        assert_string_equal(order(&cache), "2");
        numbers_pin(&cache, 2);
        numbers_clear(&cache);
        assert_int_equal(numbers_stats(&cache).pinned, 0);
        end(&cache);
    }
}

static void resizing(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        numbers cache;
        memory m;
        memory_begin(&m);
        numbers_options options = {0};
        options.allocator = &m.allocator;
        options.capacity = 1000;
        options.reserve = 1000;
        options.policy = policies[p];
        assert_true(numbers_init(&cache, &options));
        const size_t calls = m.calls, bytes = m.bytes;
        for (int i = 0; i < 1000; ++i)
            numbers_put(&cache, i, i);
        assert_int_equal(m.calls, calls);
        numbers_resize(&cache, 100);
        assert_int_equal(numbers_size(&cache), 100);
        assert_true(m.bytes < bytes / 4);
        assert_null(numbers_validate(&cache));
        assert_true(numbers_contains(&cache, 999));
        assert_false(numbers_contains(&cache, 0));
        numbers_resize(&cache, 200);
        for (int i = 0; i < 1000; ++i)
            numbers_put(&cache, i, i);
        assert_int_equal(numbers_size(&cache), 200);
        end(&cache);
        memory_end(&m);
    }
}

/* The table behind a cache grows, and is rehashed in place: the order stays. */
static void order_survives_moves(void **state) {
    (void)state;
    numbers cache;
    begin(&cache, 3500, SWISS_CACHE_LRU); /* 7 of 8 slots: there is hardly any room for what removals retire */
    uint64_t seed = 3;
    for (int i = 0; i < 20000; ++i) {
        numbers_put(&cache, i, i);
        numbers_get(&cache, i - (int)random_below(&seed, 3000));
        if (i % 5 == 0)
            numbers_remove(&cache, i - (int)random_below(&seed, 3000));
        if (i % 1000 == 0)
            assert_null(numbers_validate(&cache));
    }
    /* Read once more, the entries are in the opposite order. */
    static int keys[3500];
    size_t count = 0;
    numbers_iter iter = numbers_iterate(&cache);
    for (numbers_entry *e; (e = numbers_next(&iter)) != NULL;)
        keys[count++] = e->key;
    for (size_t i = 0; i < count; ++i)
        numbers_get(&cache, keys[i]);
    iter = numbers_iterate(&cache);
    while (count)
        assert_int_equal(numbers_next(&iter)->key, keys[--count]);
    end(&cache);
}

static void costs(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        sized cache;
        sized_options options = {0};
        options.capacity = 1000;
        options.policy = policies[p];
        assert_true(sized_init(&cache, &options));
        assert_int_equal(sized_put(&cache, 1, 400), SWISS_CACHE_INSERTED);
        assert_int_equal(sized_put(&cache, 2, 400), SWISS_CACHE_INSERTED);
        assert_int_equal(sized_put(&cache, 3, 200), SWISS_CACHE_INSERTED);
        assert_int_equal(sized_stats(&cache).cost, 1000);
        assert_int_equal(sized_put(&cache, 4, 0), SWISS_CACHE_INSERTED); /* costs 1 */
        assert_false(sized_contains(&cache, 1));
        assert_int_equal(sized_stats(&cache).cost, 601);
        assert_int_equal(sized_put(&cache, 5, 1001), SWISS_CACHE_REFUSED);
        assert_int_equal(sized_stats(&cache).entries, 3);
        assert_int_equal(sized_put(&cache, 2, 900), SWISS_CACHE_UPDATED); /* dearer than before: 3 has to go */
        assert_true(sized_contains(&cache, 2));
        assert_false(sized_contains(&cache, 3));
        assert_int_equal(sized_stats(&cache).cost, 901);
        assert_int_equal(sized_put(&cache, 2, SIZE_MAX), SWISS_CACHE_REFUSED);
        assert_false(sized_contains(&cache, 2)); /* not what it was before */
        assert_int_equal(sized_put(&cache, 6, 1000), SWISS_CACHE_INSERTED);
        assert_int_equal(sized_stats(&cache).entries, 1);
        assert_null(sized_validate(&cache));
        sized_free(&cache);
        options.capacity = SIZE_MAX;
        assert_true(sized_init(&cache, &options));
        assert_int_equal(sized_put(&cache, 1, SIZE_MAX - 1), SWISS_CACHE_INSERTED);
        assert_int_equal(sized_put(&cache, 2, 1), SWISS_CACHE_INSERTED);
        assert_int_equal(sized_put(&cache, 3, SIZE_MAX), SWISS_CACHE_INSERTED);
        assert_int_equal(sized_stats(&cache).entries, 1);
        assert_null(sized_validate(&cache));
        sized_free(&cache);
    }
}

static void owned_strings(void **state) {
    (void)state;
    named cache;
    named_options options = {0};
    options.capacity = 100;
    assert_true(named_init(&cache, &options));
    for (int i = 0; i < 1000; ++i) {
        char text[20];
        snprintf(text, sizeof text, "number %d", i);
        assert_int_equal(named_put_as(&cache, swiss_slice_of(text), i), SWISS_CACHE_INSERTED);
        assert_int_equal(named_put_as(&cache, swiss_slice_of(text), i), SWISS_CACHE_UPDATED);
        assert_int_equal(*named_get_as(&cache, swiss_slice_of(text)), i);
        assert_int_equal(*named_peek(&cache, text), i);
    }
    const swiss_slice slice = {"a\0b", 3};
    assert_int_equal(named_put_as(&cache, slice, 1), SWISS_CACHE_OUT_OF_MEMORY);
    assert_true(named_remove_as(&cache, swiss_slice_of("number 999")));
    named_entry entry;
    assert_true(named_take_as(&cache, swiss_slice_of("number 998"), &entry));
    assert_string_equal(entry.key, "number 998");
    free((void *)(uintptr_t)entry.key);
    assert_true(named_pin_as(&cache, swiss_slice_of("number 997")));
    assert_true(named_unpin_as(&cache, swiss_slice_of("number 997")));
    assert_int_equal(named_size(&cache), 98);
    assert_null(named_validate(&cache));
    named_free(&cache);
}

static void big_keys(void **state) {
    (void)state;
    bigs cache;
    bigs_options options = {0};
    options.capacity = 500;
    assert_true(bigs_init(&cache, &options));
    for (uint64_t i = 0; i < 5000; ++i) {
        const big_key key = {{i, 0, i % 3, 0, i}};
        assert_null(bigs_get(&cache, key));
        assert_int_equal(bigs_put(&cache, key, (char)(i % 100)), SWISS_CACHE_INSERTED);
        assert_int_equal(*bigs_get(&cache, key), i % 100);
    }
    assert_int_equal(bigs_size(&cache), 500);
    assert_null(bigs_validate(&cache));
    bigs_free(&cache);
}

static bool count_visits(const numbers_entry *entry, void *context) {
    return entry->key == entry->value && --*(int *)context != 0;
}

static void visits(void **state) {
    (void)state;
    numbers cache;
    begin(&cache, 10, SWISS_CACHE_S3_FIFO);
    for (int i = 0; i < 10; ++i)
        numbers_put(&cache, i, i);
    numbers_pin(&cache, 4);
    int left = 11;
    assert_true(numbers_each(&cache, count_visits, &left));
    assert_int_equal(left, 1);
    left = 3;
    assert_false(numbers_each(&cache, count_visits, &left));
    assert_int_equal(left, 0);
    end(&cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_and_get),
        cmocka_unit_test(lru_evicts_the_least_recent),
        cmocka_unit_test(s3_keeps_what_is_asked_for_twice),
        cmocka_unit_test(remove_and_take),
        cmocka_unit_test(capacity_zero),
        cmocka_unit_test(pins),
        cmocka_unit_test(resizing),
        cmocka_unit_test(order_survives_moves),
        cmocka_unit_test(costs),
        cmocka_unit_test(owned_strings),
        cmocka_unit_test(big_keys),
        cmocka_unit_test(visits),
    };
    return RUN_TESTS(tests);
}
