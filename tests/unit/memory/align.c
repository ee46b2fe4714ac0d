/* Rounding agrees with counting up and down, says 0 where the result has no room, and padded types share no line. */
#include "tests/support.h"
#include <swiss/align.h>

static void test_rounding(void **state) {
    (void)state;
    for (size_t unit = 1; unit <= 4096; unit *= 2)
        for (size_t n = 0; n < 9000; n += 1 + n % 7) {
            size_t up = swiss_round_up(n, unit), down = swiss_round_down(n, unit);
            assert_true(up >= n && up - n < unit && up % unit == 0);
            assert_true(down <= n && n - down < unit && down % unit == 0);
        }
}

static void test_rounding_at_the_end(void **state) {
    (void)state;
    for (size_t unit = 2; unit; unit *= 2) {
        size_t last = SIZE_MAX - unit + 1;
        assert_true(swiss_round_up(last, unit) == last && swiss_round_down(SIZE_MAX, unit) == last);
        assert_true(swiss_round_up(last + 1, unit) == 0 && swiss_round_up(SIZE_MAX, unit) == 0);
        assert_true(swiss_round_up(0, unit) == 0 && swiss_round_up(1, unit) == unit);
    }
    assert_true(swiss_round_up(SIZE_MAX, 1) == SIZE_MAX);
}

static void test_powers(void **state) {
    (void)state;
    const size_t highest = SIZE_MAX / 2 + 1;
    assert_false(swiss_is_power_of_two(0));
    assert_int_equal(swiss_round_up_to_power(0), 1);
    assert_int_equal(swiss_round_up_to_power(1), 1);
    assert_int_equal(swiss_round_up_to_power(2), 2);
    for (size_t power = 4; power; power *= 2) {
        assert_true(swiss_is_power_of_two(power));
        assert_false(swiss_is_power_of_two(power - 1) || swiss_is_power_of_two(power + 1));
        assert_true(swiss_round_up_to_power(power) == power && swiss_round_up_to_power(power - 1) == power);
        assert_true(swiss_round_up_to_power(power + 1) == (power == highest ? 0 : 2 * power));
    }
    assert_true(swiss_round_up_to_power(SIZE_MAX) == 0);
}

static void test_addresses(void **state) {
    (void)state;
    static char block[512];
    for (size_t alignment = 1; alignment <= 128; alignment *= 2)
        for (char *at = block + 128; at < block + 384; ++at) {
            char *up = swiss_align_up(at, alignment), *down = swiss_align_down(at, alignment);
            assert_true(up >= at && up < at + alignment && swiss_is_aligned(up, alignment));
            assert_true(down <= at && at < down + alignment && swiss_is_aligned(down, alignment));
            assert_true((up == at) == swiss_is_aligned(at, alignment) && (up == at) == (down == at));
            assert_int_equal((uintptr_t)up % alignment + (uintptr_t)down % alignment, 0);
        }
}

/* The compiler does not warn of memory that nobody has written yet. */
static void test_fresh_memory(void **state) {
    (void)state;
    char *block = malloc(100);
    assert_non_null(block);
    assert_true((char *)swiss_align_up(block, 16) < block + 16 && (char *)swiss_align_down(block + 50, 16) > block);
    assert_true(swiss_is_aligned(block, 1));
    free(block);
}

static void test_padded_types(void **state) {
    (void)state;
    SWISS_PADDED(int) counters[3];
    SWISS_ALIGNED(SWISS_CACHE_LINE) char line[1];
    for (size_t i = 0; i < 3; ++i)
        counters[i].value = (int)i;
    assert_true(swiss_is_aligned(counters, SWISS_CACHE_LINE) && swiss_is_aligned(line, SWISS_CACHE_LINE));
    assert_int_equal(sizeof counters, 3 * SWISS_CACHE_LINE_PAIR);
    assert_int_equal(counters[0].value + counters[1].value + counters[2].value, 3);
    SWISS_PADDED(struct { char bytes[SWISS_CACHE_LINE_PAIR + 1]; }) larger;
    assert_int_equal(sizeof larger, 2 * SWISS_CACHE_LINE_PAIR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounding),     cmocka_unit_test(test_rounding_at_the_end),
        cmocka_unit_test(test_powers),       cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_fresh_memory), cmocka_unit_test(test_padded_types),
    };
    return RUN_TESTS(tests);
}
