/* Keys and values of many sizes, alignments and kinds. */
#include "tests/support.h"
#include <swiss/hash.h>

/* Bytes: N of them, aligned to A. */
#define DEFINE_BYTES(n, a)                                                                                             \
    typedef struct {                                                                                                   \
        _Alignas(a) unsigned char bytes[n];                                                                            \
    } bytes_##n##_##a;

/* Writes a number all over `size` bytes, and reads it back: false if some byte is not as it was written. */
static void write_number(unsigned char *bytes, size_t size, uint64_t number) {
    for (size_t i = 0; i < size; ++i)
        bytes[i] = (unsigned char)((number >> 8 * (i % 2)) + i / 2);
}

static bool reads_number(const unsigned char *bytes, size_t size, uint64_t number) {
    for (size_t i = 0; i < size; ++i)
        if (bytes[i] != (unsigned char)((number >> 8 * (i % 2)) + i / 2))
            return false;
    return true;
}

#define HASH_BYTES(key, seed) swiss_hash_bytes((key)->bytes, sizeof(key)->bytes, (seed))
#define EQUAL_BYTES(a, b) (memcmp((a)->bytes, (b)->bytes, sizeof(a)->bytes) == 0)

/* Defines test_NAME, which fills, searches, empties, shrinks and clones the map NAME. Its keys stand for `most`
 * numbers. */
#define DEFINE_TEST(name, most)                                                                                        \
    static void test_##name(void **state) {                                                                            \
        (void)state;                                                                                                   \
        memory m;                                                                                                      \
        memory_begin(&m);                                                                                              \
        swiss_options options = {&m.allocator, 0, 0};                                                                  \
        name map, copy;                                                                                                \
        assert_true(name##_init(&map, &options));                                                                      \
        for (uint64_t i = 0; i < (most); ++i) {                                                                        \
            name##_key key;                                                                                            \
            name##_value value;                                                                                        \
            write_number(key.bytes, sizeof key.bytes, i);                                                              \
            write_number(value.bytes, sizeof value.bytes, ~i);                                                         \
            name##_result result = name##_insert(&map, key, value);                                                    \
            assert_true(result.inserted);                                                                              \
            assert_true((uintptr_t)&result.entry->key % _Alignof(name##_key) == 0);                                    \
            assert_true((uintptr_t)&result.entry->value % _Alignof(name##_value) == 0);                                \
        }                                                                                                              \
        assert_true(name##_clone(&copy, &map));                                                                        \
        name##_free(&map);                                                                                             \
        for (uint64_t i = 0; i < (most); ++i) {                                                                        \
            name##_key key;                                                                                            \
            write_number(key.bytes, sizeof key.bytes, i);                                                              \
            name##_entry *entry = name##_find(&copy, key);                                                             \
            assert_non_null(entry);                                                                                    \
            assert_true(reads_number(entry->key.bytes, sizeof key.bytes, i));                                          \
            assert_true(reads_number(entry->value.bytes, sizeof entry->value.bytes, ~i));                              \
            if (i % 4)                                                                                                 \
                assert_true(name##_remove(&copy, key));                                                                \
        }                                                                                                              \
        assert_true(name##_shrink(&copy));                                                                             \
        assert_int_equal(name##_size(&copy), ((most) + 3) / 4);                                                        \
        for (uint64_t i = 0; i < (most); ++i) {                                                                        \
            name##_key key;                                                                                            \
            write_number(key.bytes, sizeof key.bytes, i);                                                              \
            name##_value *value = name##_get(&copy, key);                                                              \
            assert_int_equal(value != NULL, i % 4 == 0);                                                               \
            if (value)                                                                                                 \
                assert_true(reads_number(value->bytes, sizeof value->bytes, ~i));                                      \
        }                                                                                                              \
        name##_free(&copy);                                                                                            \
        memory_end(&m);                                                                                                \
    }

/* The types first: a template's parameters are one line each. */
DEFINE_BYTES(1, 1)
DEFINE_BYTES(2, 1)
DEFINE_BYTES(3, 1)
DEFINE_BYTES(4, 4)
DEFINE_BYTES(5, 1)
DEFINE_BYTES(7, 1)
DEFINE_BYTES(8, 8)
DEFINE_BYTES(12, 4)
DEFINE_BYTES(16, 8)
DEFINE_BYTES(16, 16)
DEFINE_BYTES(24, 8)
DEFINE_BYTES(32, 32)
DEFINE_BYTES(33, 1)
DEFINE_BYTES(64, 64)
DEFINE_BYTES(100, 4)
DEFINE_BYTES(128, 128)
DEFINE_BYTES(300, 4)
DEFINE_BYTES(1000, 8)

#define SWISS_NAME key1
#define SWISS_KEY bytes_1_1
#define SWISS_VALUE bytes_1_1
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key1, 256)

#define SWISS_NAME key2
#define SWISS_KEY bytes_2_1
#define SWISS_VALUE bytes_3_1
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key2, 3000)

#define SWISS_NAME key3
#define SWISS_KEY bytes_3_1
#define SWISS_VALUE bytes_8_8
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key3, 1000)

#define SWISS_NAME key4
#define SWISS_KEY bytes_4_4
#define SWISS_VALUE bytes_1_1
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key4, 1000)

#define SWISS_NAME key5
#define SWISS_KEY bytes_5_1
#define SWISS_VALUE bytes_16_16
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key5, 1000)

#define SWISS_NAME key7
#define SWISS_KEY bytes_7_1
#define SWISS_VALUE bytes_1_1
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key7, 1000)

#define SWISS_NAME key8
#define SWISS_KEY bytes_8_8
#define SWISS_VALUE bytes_1000_8
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key8, 300)

#define SWISS_NAME key12
#define SWISS_KEY bytes_12_4
#define SWISS_VALUE bytes_5_1
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key12, 1000)

#define SWISS_NAME key16
#define SWISS_KEY bytes_16_8
#define SWISS_VALUE bytes_64_64
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key16, 1000)

#define SWISS_NAME key16_aligned
#define SWISS_KEY bytes_16_16
#define SWISS_VALUE bytes_4_4
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key16_aligned, 1000)

#define SWISS_NAME key24
#define SWISS_KEY bytes_24_8
#define SWISS_VALUE bytes_128_128
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key24, 1000)

#define SWISS_NAME key32_aligned
#define SWISS_KEY bytes_32_32
#define SWISS_VALUE bytes_1_1
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key32_aligned, 1000)

#define SWISS_NAME key33
#define SWISS_KEY bytes_33_1
#define SWISS_VALUE bytes_32_32
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key33, 1000)

#define SWISS_NAME key100
#define SWISS_KEY bytes_100_4
#define SWISS_VALUE bytes_100_4
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key100, 500)

#define SWISS_NAME key128_aligned
#define SWISS_KEY bytes_128_128
#define SWISS_VALUE bytes_1_1
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key128_aligned, 500)

#define SWISS_NAME key300
#define SWISS_KEY bytes_300_4
#define SWISS_VALUE bytes_2_1
#define SWISS_HASH HASH_BYTES
#define SWISS_EQUAL EQUAL_BYTES
#include <swiss/map.h>
DEFINE_TEST(key300, 500)

/* Empty structs are an extension of GNU C. */
#if defined(__GNUC__)
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wpedantic"
typedef struct {
} nothing;
#    pragma GCC diagnostic pop

#    define SWISS_NAME to_nothing
#    define SWISS_KEY uint32_t
#    define SWISS_VALUE nothing
#    include <swiss/map.h>

static void values_of_no_size(void **state) {
    (void)state;
    to_nothing map = {0}, copy;
    nothing none;
    memset(&none, 0, sizeof none);
    for (uint32_t i = 0; i < 1000; ++i) {
        assert_true(to_nothing_insert(&map, i, none).inserted);
        assert_false(to_nothing_put(&map, i, none).inserted);
    }
    assert_true(to_nothing_clone(&copy, &map));
    for (uint32_t i = 0; i < 2000; ++i)
        assert_int_equal(to_nothing_get(&copy, i) != NULL, i < 1000);
    to_nothing_free(&map);
    to_nothing_free(&copy);
}
#endif

typedef int (*function)(int);
typedef enum planet { MERCURY = 1, VENUS, EARTH = 1000 } planet;

#define SWISS_NAME by_function
#define SWISS_KEY function
#define SWISS_VALUE function
#include <swiss/map.h>

#define SWISS_NAME by_planet
#define SWISS_KEY planet
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME by_address
#define SWISS_KEY const void *
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME by_bool
#define SWISS_KEY bool
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME by_int
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME by_string
#define SWISS_KEY const char *
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME by_slice
#define SWISS_KEY swiss_slice
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME by_double
#define SWISS_KEY double
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME by_float
#define SWISS_KEY float
#define SWISS_VALUE int
#include <swiss/map.h>

static int successor(int n) {
    return n + 1;
}

static int predecessor(int n) {
    return n - 1;
}

static void functions(void **state) {
    (void)state;
    by_function map = {0};
    assert_true(by_function_insert(&map, successor, predecessor).inserted);
    assert_true(by_function_insert(&map, predecessor, successor).inserted);
    assert_false(by_function_insert(&map, successor, successor).inserted);
    assert_int_equal((*by_function_get(&map, successor))(5), 4);
    by_function_free(&map);
}

static void enumerations_bools_and_addresses(void **state) {
    (void)state;
    by_planet planets = {0};
    assert_true(by_planet_insert(&planets, EARTH, 3).inserted);
    assert_true(by_planet_insert(&planets, VENUS, 2).inserted);
    assert_int_equal(*by_planet_get(&planets, EARTH), 3);
    assert_false(by_planet_contains(&planets, MERCURY));
    by_planet_free(&planets);

    by_bool bools = {0};
    assert_true(by_bool_insert(&bools, true, 1).inserted);
    assert_false(by_bool_contains(&bools, false));
    assert_true(by_bool_insert(&bools, false, 0).inserted);
    assert_false(by_bool_insert(&bools, true, 2).inserted);
    by_bool_free(&bools);

    int objects[100];
    by_address addresses = {0};
    for (int i = 0; i < 100; ++i)
        assert_true(by_address_insert(&addresses, &objects[i], i).inserted);
    assert_true(by_address_insert(&addresses, NULL, -1).inserted);
    for (int i = 0; i < 100; ++i)
        assert_int_equal(*by_address_get(&addresses, &objects[i]), i);
    assert_int_equal(*by_address_get(&addresses, NULL), -1);
    by_address_free(&addresses);
}

static void negative_integers(void **state) {
    (void)state;
    by_int map = {0};
    for (int i = -1000; i <= 1000; ++i)
        assert_true(by_int_insert(&map, i, -i).inserted);
    assert_true(by_int_insert(&map, INT32_MIN, 0).inserted);
    assert_true(by_int_insert(&map, INT32_MAX, 0).inserted);
    for (int i = -1000; i <= 1000; ++i)
        assert_int_equal(*by_int_get(&map, i), -i);
    by_int_free(&map);
}

static void strings_by_their_characters(void **state) {
    (void)state;
    char text[16], other[16];
    by_string strings = {0};
    by_slice slices = {0};
    static char texts[1000][12];
    for (int i = 0; i < 1000; ++i) {
        snprintf(texts[i], sizeof texts[i], "%d", i);
        assert_true(by_string_insert(&strings, texts[i], i).inserted);
        assert_true(by_slice_insert(&slices, (swiss_slice){texts[i], strlen(texts[i])}, i).inserted);
    }
    assert_true(by_string_insert(&strings, "", -1).inserted);
    assert_true(by_slice_insert(&slices, (swiss_slice){NULL, 0}, -1).inserted);
    for (int i = 0; i < 1000; ++i) {
        snprintf(text, sizeof text, "%d", i);
        snprintf(other, sizeof other, "%d+", i);
        assert_int_equal(*by_string_get(&strings, text), i);
        assert_false(by_string_contains(&strings, other));
        assert_int_equal(*by_slice_get(&slices, (swiss_slice){other, strlen(text)}), i);
        assert_false(by_slice_contains(&slices, (swiss_slice){other, strlen(other)}));
    }
    text[0] = 0;
    assert_int_equal(*by_string_get(&strings, text), -1);
    assert_int_equal(*by_slice_get(&slices, (swiss_slice){text, 0}), -1);
    by_string_free(&strings);
    by_slice_free(&slices);
}

static void zeros_are_one_key(void **state) {
    (void)state;
    by_double doubles = {0};
    by_float floats = {0};
    assert_true(by_double_insert(&doubles, 0.0, 1).inserted);
    assert_false(by_double_insert(&doubles, -0.0, 2).inserted);
    assert_int_equal(*by_double_get(&doubles, -0.0), 1);
    assert_true(by_float_insert(&floats, -0.0f, 1).inserted);
    assert_false(by_float_insert(&floats, 0.0f, 2).inserted);
    for (int i = 1; i < 1000; ++i) {
        assert_true(by_double_insert(&doubles, i / 10.0, i).inserted);
        assert_true(by_float_insert(&floats, (float)i / 16, i).inserted);
    }
    for (int i = 1; i < 1000; ++i) {
        assert_int_equal(*by_double_get(&doubles, i / 10.0), i);
        assert_int_equal(*by_float_get(&floats, (float)i / 16), i);
    }
    by_double_free(&doubles);
    by_float_free(&floats);
}

/* Each NaN is a key of its own that no search finds; iterating does. */
static void a_nan_is_never_found(void **state) {
    (void)state;
    const double nan = strtod("nan", NULL);
    by_double map = {0};
    for (int i = 0; i < 300; ++i) {
        assert_true(by_double_insert(&map, nan, i).inserted);
        assert_true(by_double_put(&map, i, i).inserted);
    }
    assert_int_equal(by_double_size(&map), 600);
    assert_false(by_double_contains(&map, nan));
    assert_false(by_double_remove(&map, nan));
    bool seen[300] = {false};
    by_double_iter iter = by_double_iterate(&map);
    for (by_double_entry *entry; (entry = by_double_next(&iter));)
        if (entry->key != entry->key) {
            assert_false(seen[entry->value]);
            seen[entry->value] = true;
            by_double_iter_remove(&map, &iter);
        }
    assert_int_equal(by_double_size(&map), 300);
    for (int i = 0; i < 300; ++i) {
        assert_true(seen[i]);
        assert_int_equal(*by_double_get(&map, i), i);
    }
    by_double_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key1),
        cmocka_unit_test(test_key2),
        cmocka_unit_test(test_key3),
        cmocka_unit_test(test_key4),
        cmocka_unit_test(test_key5),
        cmocka_unit_test(test_key7),
        cmocka_unit_test(test_key8),
        cmocka_unit_test(test_key12),
        cmocka_unit_test(test_key16),
        cmocka_unit_test(test_key16_aligned),
        cmocka_unit_test(test_key24),
        cmocka_unit_test(test_key32_aligned),
        cmocka_unit_test(test_key33),
        cmocka_unit_test(test_key100),
        cmocka_unit_test(test_key128_aligned),
        cmocka_unit_test(test_key300),
#if defined(__GNUC__)
        cmocka_unit_test(values_of_no_size),
#endif
        cmocka_unit_test(functions),
        cmocka_unit_test(enumerations_bools_and_addresses),
        cmocka_unit_test(negative_integers),
        cmocka_unit_test(strings_by_their_characters),
        cmocka_unit_test(zeros_are_one_key),
        cmocka_unit_test(a_nan_is_never_found),
    };
    return RUN_TESTS(tests);
}
