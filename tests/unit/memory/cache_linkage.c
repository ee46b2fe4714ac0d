/* A cache that a header declares and one source file defines: SWISS_DECLARE and SWISS_DEFINE. */
#include "tests/support.h"

#define SWISS_NAME names
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#define SWISS_TIMES
#define SWISS_THREADS
#define SWISS_DECLARE
#include <swiss/cache.h>

#define SWISS_NAME numbers
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_DECLARE
#include <swiss/cache.h>

static uint64_t tell_time(void *context) {
    return ++*(uint64_t *)context;
}

static bool measure(const char *const *key, int *value, void *context) {
    (void)context;
    *value = (int)strlen(*key);
    return true;
}

static void declared(void **state) {
    (void)state;
    uint64_t now = 0;
    names cache;
    names_options options = {0};
    options.capacity = 10;
    options.clock = tell_time;
    options.context = &now;
    assert_true(names_init(&cache, &options));
    int length = 0;
    assert_int_equal(names_get_or_load_as(&cache, swiss_slice_of("seven"), measure, NULL, &length), SWISS_CACHE_LOADED);
    assert_int_equal(length, 5);
    assert_true(names_get_copy(&cache, "seven", &length));
    assert_int_equal(names_put_for_as(&cache, swiss_slice_of("short"), 1, 2), SWISS_CACHE_INSERTED);
    now += 2;
    assert_int_equal(names_expire(&cache), 1);
    assert_int_equal(names_size(&cache), 1);
    names_free(&cache);

    numbers other = {0};
    assert_int_equal(numbers_put(&other, 1, 1), SWISS_CACHE_REFUSED);
    numbers_iter iter = numbers_iterate(&other);
    assert_null(numbers_next(&iter));
    numbers_free(&other);
}

#define SWISS_NAME names
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#define SWISS_TIMES
#define SWISS_THREADS
#define SWISS_DEFINE
#include <swiss/cache.h>

#define SWISS_NAME numbers
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_DEFINE
#include <swiss/cache.h>

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declared),
    };
    return RUN_TESTS(tests);
}
