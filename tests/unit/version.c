/* The version of the headers and that of the library: one number. */
#include "tests/support.h"
#include <swiss/base.h>

#if SWISS_VERSION_NUMBER < 200
#    error "an #if can compare versions"
#endif

static void test_the_library_says_the_headers_version(void **state) {
    (void)state;
    assert_int_equal(swiss_version(), SWISS_VERSION_NUMBER);
    assert_int_equal(swiss_version() / 10000, SWISS_VERSION_MAJOR);
    assert_int_equal(swiss_version() / 100 % 100, SWISS_VERSION_MINOR);
    assert_int_equal(swiss_version() % 100, SWISS_VERSION_PATCH);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_library_says_the_headers_version)};
    return RUN_TESTS(tests);
}
