/* Entries end when their time to live is over, or when they have not been asked for; a clock that goes back, and one at
 * the end of time, end nothing early. */
#include "tests/support.h"

#define SWISS_NAME timed
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_TIMES
#include <swiss/cache.h>

static uint64_t now;
static size_t expired;

static uint64_t tell_time(void *context) {
    (void)context;
    return now;
}

static void count_expired(timed_entry *entry, swiss_cache_reason reason, void *context) {
    (void)entry, (void)context;
    expired += reason == SWISS_CACHE_EXPIRED;
}

static void begin(timed *cache, uint64_t ttl, uint64_t idle) {
    timed_options options = {0};
    options.capacity = 100;
    options.ttl = ttl;
    options.idle = idle;
    options.clock = tell_time;
    options.evicted = count_expired;
    now = 1000;
    expired = 0;
    assert_true(timed_init(cache, &options));
}

static void end(timed *cache) {
    assert_null(timed_validate(cache));
    timed_free(cache);
}

static void time_to_live(void **state) {
    (void)state;
    timed cache;
    begin(&cache, 10, 0);
    timed_put(&cache, 1, 1);
    now += 9;
    assert_non_null(timed_get(&cache, 1));
    assert_non_null(timed_peek(&cache, 1));
    now += 1;
    assert_null(timed_peek(&cache, 1)); /* changes nothing */
    assert_false(timed_contains(&cache, 1));
    assert_int_equal(timed_size(&cache), 1);
    assert_false(timed_pin(&cache, 1));
    assert_null(timed_get(&cache, 1));
    assert_int_equal(timed_size(&cache), 0);
    assert_int_equal(expired, 1);
    timed_put(&cache, 1, 1);
    now += 5;
    timed_put(&cache, 1, 2); /* begins again */
    now += 9;
    assert_int_equal(*timed_get(&cache, 1), 2);
    now += 1;
    assert_false(timed_remove(&cache, 1)); /* it is over */
    assert_int_equal(expired, 2);
    const swiss_cache_stats stats = timed_stats(&cache);
    assert_int_equal(stats.expirations, 2);
    assert_int_equal(stats.removals, 0);
    end(&cache);
}

static void times_of_their_own(void **state) {
    (void)state;
    timed cache;
    begin(&cache, 0, 0);
    timed_put(&cache, 1, 1);
    timed_put_for(&cache, 2, 2, 10);
    timed_put_for(&cache, 3, 3, UINT64_MAX); /* overflows: endless */
    timed_put_for(&cache, 4, 4, UINT64_MAX - 1000);
    now += 10;
    assert_null(timed_get(&cache, 2));
    now = UINT64_MAX - 1;
    assert_non_null(timed_get(&cache, 1));
    assert_non_null(timed_get(&cache, 3));
    assert_non_null(timed_get(&cache, 4));
    end(&cache);
}

static void idle_time(void **state) {
    (void)state;
    timed cache;
    begin(&cache, 100, 10);
    timed_put(&cache, 1, 1);
    timed_put(&cache, 2, 2);
    for (int i = 0; i < 12; ++i) {
        assert_non_null(timed_get(&cache, 1));
        assert_int_equal(timed_peek(&cache, 2) != NULL, i < 2); /* which is not asking for it */
        now += 8;
    }
    assert_int_equal(timed_expire(&cache), 1);
    now += 5;
    assert_null(timed_get(&cache, 1)); /* 101 since it was put */
    assert_int_equal(expired, 2);
    end(&cache);
}

static void sweeping(void **state) {
    (void)state;
    timed cache;
    begin(&cache, 0, 0);
    for (int i = 0; i < 100; ++i)
        timed_put_for(&cache, i, i, 1 + (uint64_t)i % 2);
    assert_true(timed_pin(&cache, 2));
    assert_int_equal(timed_expire(&cache), 0);
    now += 1;
    assert_int_equal(timed_expire(&cache), 50); /* the pinned one, too */
    assert_int_equal(timed_size(&cache), 50);
    now += 1;
    assert_int_equal(timed_expire(&cache), 50);
    assert_int_equal(timed_stats(&cache).expirations, 100);
    assert_int_equal(expired, 100);
    end(&cache);
}

static void clock_that_goes_back(void **state) {
    (void)state;
    timed cache;
    begin(&cache, 10, 5);
    timed_put(&cache, 1, 1);
    now = 0;
    assert_non_null(timed_get(&cache, 1));
    timed_put(&cache, 2, 2);
    now = 4;
    assert_non_null(timed_get(&cache, 1));
    assert_non_null(timed_get(&cache, 2));
    assert_int_equal(timed_expire(&cache), 0);
    now = 9;
    assert_null(timed_get(&cache, 1)); /* idle since 4 */
    end(&cache);
}

static void clock_of_the_system(void **state) {
    (void)state;
    timed cache;
    timed_options options = {0};
    options.capacity = 10;
    options.ttl = 1000000;
#ifdef SWISS_NO_HEAP
    assert_false(timed_init(&cache, &options));
    assert_int_equal(timed_put(&cache, 1, 1), SWISS_CACHE_REFUSED);
#else
    assert_true(timed_init(&cache, &options));
    timed_put(&cache, 1, 1);
    assert_non_null(timed_get(&cache, 1));
#endif
    timed_free(&cache);
}

static void loaded(void **state) {
    (void)state;
    timed zero = {0}; /* has no clock */
    assert_null(timed_get(&zero, 1));
    assert_int_equal(timed_expire(&zero), 0);
    timed_free(&zero);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_to_live), cmocka_unit_test(times_of_their_own),   cmocka_unit_test(idle_time),
        cmocka_unit_test(sweeping),     cmocka_unit_test(clock_that_goes_back), cmocka_unit_test(clock_of_the_system),
        cmocka_unit_test(loaded),
    };
    return RUN_TESTS(tests);
}
