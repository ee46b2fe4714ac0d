/* Keys of floating point, whatever the compiler and the machine are allowed to make of them: CMakeLists.txt builds this
 * once more for each of some options. */
#include "tests/support.h"
#include <float.h>
#include <swiss/hash.h>

#define SWISS_NAME doubles
#define SWISS_KEY double
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME floats
#define SWISS_KEY float
#define SWISS_VALUE int
#include <swiss/map.h>

/* Where it has 8 bytes. */
#if LDBL_MANT_DIG == DBL_MANT_DIG
#    define SWISS_NAME long_doubles
#    define SWISS_KEY long double
#    define SWISS_VALUE int
#    include <swiss/map.h>
#endif

/* Finds a NaN by its bits. */
#define SWISS_NAME by_bits
#define SWISS_KEY double
#define SWISS_EQUAL(a, b) (memcmp((a), (b), sizeof *(a)) == 0)
#include <swiss/set.h>

/* Floats are doubles too. */
#define SWISS_NAME found_by_float
#define SWISS_KEY double
#define SWISS_LOOKUP float
#define SWISS_LOOKUP_EQUAL(key, lookup) (*(key) == (double)*(lookup))
#include <swiss/set.h>

static double double_of(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#define PLUS double_of(0)
#define MINUS double_of(UINT64_C(1) << 63)
#define NOT_A_NUMBER double_of(UINT64_C(0x7FF8000000000000))

static void zeros_are_one_key(void **state) {
    (void)state;
    doubles map = {0};
    assert_true(doubles_insert(&map, PLUS, 1).inserted);
    assert_false(doubles_insert(&map, MINUS, 2).inserted);
    assert_int_equal(*doubles_get(&map, MINUS), 1);
    assert_true(doubles_remove(&map, MINUS));
    assert_true(doubles_insert(&map, MINUS, 3).inserted);
    assert_int_equal(*doubles_get(&map, PLUS), 3);
    volatile double zero = 0;
    assert_int_equal(*doubles_get(&map, zero * -1), 3);
    doubles_free(&map);

    floats narrow = {0};
    assert_true(floats_insert(&narrow, float_of(UINT32_C(1) << 31), 1).inserted);
    assert_false(floats_insert(&narrow, float_of(0), 2).inserted);
    assert_int_equal(*floats_get(&narrow, float_of(0)), 1);
    floats_free(&narrow);
}

static void a_nan_equals_no_key(void **state) {
    (void)state;
    doubles map = {0};
    floats narrow = {0};
    for (int i = 0; i < 5000; ++i) {
        assert_true(doubles_insert(&map, i, i).inserted);
        assert_true(doubles_insert(&map, NOT_A_NUMBER, i).inserted);
        assert_true(floats_insert(&narrow, (float)i, i).inserted);
        assert_true(floats_put(&narrow, float_of(0x7FC00000), i).inserted);
    }
    assert_false(doubles_contains(&map, NOT_A_NUMBER) || doubles_remove(&map, NOT_A_NUMBER));
    assert_false(floats_contains(&narrow, float_of(0x7FC00000)) || floats_contains(&narrow, float_of(0xFF800001)));
    assert_int_equal(doubles_size(&map), 10000);
    for (int i = 0; i < 5000; ++i)
        assert_true(*doubles_get(&map, i) == i && *floats_get(&narrow, (float)i) == i);
    /* They are spread as if they were different keys. */
    assert_true(doubles_stats(&map).mean_probe_miss < 1.5 && doubles_stats(&map).max_probe < 30);
    assert_true(floats_stats(&narrow).mean_probe_miss < 1.5 && floats_stats(&narrow).max_probe < 30);
    assert_true(doubles_shrink(&map));
    doubles_iter iter = doubles_iterate(&map);
    int sum = 0;
    for (doubles_entry *entry; (entry = doubles_next(&iter));) {
        uint64_t bits;
        memcpy(&bits, &entry->key, sizeof bits);
        if (bits == UINT64_C(0x7FF8000000000000)) {
            sum += entry->value;
            doubles_iter_remove(&map, &iter);
        }
    }
    assert_int_equal(sum, 4999 * 5000 / 2);
    assert_int_equal(doubles_size(&map), 5000);
    doubles_free(&map);
    floats_free(&narrow);

    by_bits set = {0};
    assert_true(by_bits_insert(&set, NOT_A_NUMBER).inserted);
    assert_false(by_bits_insert(&set, NOT_A_NUMBER).inserted);
    for (int i = 0; i < 100; ++i)
        assert_true(by_bits_insert(&set, i).inserted);
    assert_true(by_bits_contains(&set, NOT_A_NUMBER));
    by_bits_free(&set);
}

/* Numbers so small that machines may be told to take them for 0, and others at the ends. */
static void numbers_at_the_ends(void **state) {
    (void)state;
    doubles map = {0};
    floats narrow = {0};
    for (unsigned sign = 0; sign < 2; ++sign)
        for (uint32_t i = 1; i < 500; ++i) {
            const int value = (int)(i + 1000 * sign);
            const uint64_t at_64 = (uint64_t)sign << 63;
            const uint32_t at_32 = (uint32_t)sign << 31;
            assert_true(doubles_insert(&map, double_of(at_64 | i), value).inserted);
            assert_true(doubles_insert(&map, double_of(at_64 | (UINT64_C(0x7FF0000000000001) - i)), -value).inserted);
            assert_true(floats_insert(&narrow, float_of(at_32 | i), value).inserted);
            assert_true(floats_insert(&narrow, float_of(at_32 | (0x7F800001 - i)), -value).inserted);
        }
    assert_true(doubles_insert(&map, PLUS, 0).inserted && floats_insert(&narrow, float_of(0), 0).inserted);
    for (unsigned sign = 0; sign < 2; ++sign)
        for (uint32_t i = 1; i < 500; ++i) {
            const int value = (int)(i + 1000 * sign);
            const uint64_t at_64 = (uint64_t)sign << 63;
            const uint32_t at_32 = (uint32_t)sign << 31;
            assert_int_equal(*doubles_get(&map, double_of(at_64 | i)), value);
            assert_int_equal(*doubles_get(&map, double_of(at_64 | (UINT64_C(0x7FF0000000000001) - i))), -value);
            assert_int_equal(*floats_get(&narrow, float_of(at_32 | i)), value);
            assert_int_equal(*floats_get(&narrow, float_of(at_32 | (0x7F800001 - i))), -value);
        }
    doubles_free(&map);
    floats_free(&narrow);
}

/* The hash of a float is that of the double which equals it, the bits of which are known. */
static void a_float_is_hashed_as_a_double(void **state) {
    (void)state;
    static const struct {
        uint32_t single;
        uint64_t same;
    } numbers[] = {
        {0x3F000000, UINT64_C(0x3FE0000000000000)}, /* 0.5 */
        {0xC1280000, UINT64_C(0xC025000000000000)}, /* -10.5 */
        {0x00000001, UINT64_C(0x36A0000000000000)}, /* the least: 2^-149 */
        {0x807FFFFF, UINT64_C(0xB80FFFFFC0000000)}, /* the greatest that is not normal, negative */
        {0x00800000, UINT64_C(0x3810000000000000)}, /* the least normal number: 2^-126 */
        {0x7F7FFFFF, UINT64_C(0x47EFFFFFE0000000)}, /* the greatest */
        {0x7F800000, UINT64_C(0x7FF0000000000000)}, /* infinity */
        {0x80000000, 0},
        {0x00000000, 0},
    };
    found_by_float set = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        const float single = float_of(numbers[i].single);
        const double same = double_of(numbers[i].same);
        assert_true(swiss_default_hash(&single, 1) == swiss_hash_u64(numbers[i].same, 1));
        assert_true(swiss_default_hash(&same, 1) == swiss_hash_u64(numbers[i].same, 1));
        assert_non_null(found_by_float_insert(&set, same).entry);
    }
    assert_true(found_by_float_contains_as(&set, 0.5f) && found_by_float_contains_as(&set, -10.5f));
    assert_false(found_by_float_contains_as(&set, 10.5f));
    found_by_float_free(&set);
}

static void long_doubles_of_8_bytes(void **state) {
    (void)state;
#if LDBL_MANT_DIG == DBL_MANT_DIG
    long_doubles map = {0};
    assert_true(long_doubles_insert(&map, (long double)PLUS, 1).inserted);
    assert_false(long_doubles_insert(&map, (long double)MINUS, 2).inserted);
    for (int i = 1; i < 100; ++i)
        assert_true(long_doubles_insert(&map, (long double)i / 8, i).inserted);
    for (int i = 1; i < 100; ++i)
        assert_int_equal(*long_doubles_get(&map, (long double)i / 8), i);
    const long double half = 0.5L;
    const double same = 0.5;
    assert_true(swiss_default_hash(&half, 1) == swiss_default_hash(&same, 1));
    long_doubles_free(&map);
#else
    skip();
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_are_one_key),       cmocka_unit_test(a_nan_equals_no_key),
        cmocka_unit_test(numbers_at_the_ends),     cmocka_unit_test(a_float_is_hashed_as_a_double),
        cmocka_unit_test(long_doubles_of_8_bytes),
    };
    return RUN_TESTS(tests);
}
