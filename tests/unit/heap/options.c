/* The table of options, and how the environment's values are read. */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#    define _DEFAULT_SOURCE /* setenv */
#endif
#include "tests/support.h"
#include "swiss/heap/options.h"

static size_t get_with(swiss_option option, const char *text) {
    setenv(swiss_option_table[option].name, text, 1);
    size_t value = swiss_option_get(option);
    unsetenv(swiss_option_table[option].name);
    return value;
}

static void test_table_is_complete(void **state) {
    (void)state;
    for (unsigned i = 0; i < SWISS_OPTIONS; ++i) {
        const swiss_option_row *row = &swiss_option_table[i];
        assert_true(row->name && strncmp(row->name, "SWISS_", 6) == 0);
        assert_true(row->help && *row->help);
        assert_int_equal(row->form == SWISS_OPTION_WORD, row->words != NULL);
        for (unsigned other = 0; other < i; ++other)
            assert_string_not_equal(row->name, swiss_option_table[other].name);
    }
}

static void test_what_is_not_said_is_as_the_table_says(void **state) {
    (void)state;
    for (unsigned i = 0; i < SWISS_OPTIONS; ++i) {
        unsetenv(swiss_option_table[i].name);
        assert_int_equal(swiss_option_get((swiss_option)i), swiss_option_table[i].otherwise);
        assert_int_equal(get_with((swiss_option)i, ""), swiss_option_table[i].otherwise);
        assert_int_equal(get_with((swiss_option)i, "123456789012345678901234567890123"),
                         swiss_option_table[i].otherwise);
    }
}

static void test_switches(void **state) {
    (void)state;
    assert_int_equal(get_with(SWISS_OPTION_HARDENED, "0"), 0);
    assert_int_equal(get_with(SWISS_OPTION_HARDENED, "1"), 1);
    assert_int_equal(get_with(SWISS_OPTION_HARDENED, "yes"), 1);
    assert_int_equal(get_with(SWISS_OPTION_HARDENED, "00"), 1);
}

static void test_words(void **state) {
    (void)state;
    assert_int_equal(get_with(SWISS_OPTION_HUGE_PAGES, "off"), 0);
    assert_int_equal(get_with(SWISS_OPTION_HUGE_PAGES, "auto"), 1);
    assert_int_equal(get_with(SWISS_OPTION_HUGE_PAGES, "on"), 2);
    static const char *const none[] = {"o", "onn", "of", "aut", " on", "on ", "off auto", "ON", "auto on"};
    for (size_t i = 0; i < sizeof none / sizeof *none; ++i)
        assert_int_equal(get_with(SWISS_OPTION_HUGE_PAGES, none[i]), 1);
    assert_int_equal(get_with(SWISS_OPTION_SCAVENGER, "thread"), 1);
    assert_int_equal(get_with(SWISS_OPTION_SCAVENGER, "threads"), 0);
}

static void test_numbers(void **state) {
    (void)state;
    assert_int_equal(get_with(SWISS_OPTION_CACHE_LIMIT, "3k"), 3 << 10);
    assert_int_equal(get_with(SWISS_OPTION_CACHE_LIMIT, "3M"), 3 << 20);
    assert_int_equal(get_with(SWISS_OPTION_CACHE_LIMIT, "0"), 0);
    assert_int_equal(get_with(SWISS_OPTION_CACHE_LIMIT, "3x"), SWISS_OPTION_UNSAID);
    assert_int_equal(get_with(SWISS_OPTION_SCAVENGE, "20"), 20);
    assert_int_equal(get_with(SWISS_OPTION_SCAVENGE, "2k"), SWISS_SCAVENGE_EVERY); /* no unit for times */
}

static void test_texts(void **state) {
    (void)state;
    char text[8] = "";
    const char *name = swiss_option_table[SWISS_OPTION_PROFILE].name;
    unsetenv(name);
    assert_false(swiss_option_get_text(SWISS_OPTION_PROFILE, text, sizeof text));
    setenv(name, "", 1);
    assert_false(swiss_option_get_text(SWISS_OPTION_PROFILE, text, sizeof text));
    setenv(name, "12345678", 1);
    assert_false(swiss_option_get_text(SWISS_OPTION_PROFILE, text, sizeof text));
    setenv(name, "1234567", 1);
    assert_true(swiss_option_get_text(SWISS_OPTION_PROFILE, text, sizeof text));
    assert_string_equal(text, "1234567");
    unsetenv(name);
    assert_int_equal(get_with(SWISS_OPTION_PROFILE, "123"), SWISS_OPTION_UNSAID); /* a text is no number */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_complete), cmocka_unit_test(test_what_is_not_said_is_as_the_table_says),
        cmocka_unit_test(test_switches),          cmocka_unit_test(test_words),
        cmocka_unit_test(test_numbers),           cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
