/* The hash functions one by one, the defaults by key type, and seeds. How well they spread is hash_quality.c's. */
#include "tests/support.h"
#include <pthread.h>
#include <swiss/hash.h>

enum { THREADS = 4, SEEDS = 20000 };

static void *draw_seeds(void *seeds) {
    for (size_t i = 0; i < SEEDS; ++i)
        ((uint64_t *)seeds)[i] = swiss_seed();
    return NULL;
}

static int compare_seeds(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void seeds_are_distinct_and_never_0(void **state) {
    (void)state;
    static uint64_t seeds[(THREADS + 1) * SEEDS];
    pthread_t threads[THREADS];
    for (size_t t = 0; t < THREADS; ++t)
        assert_int_equal(pthread_create(&threads[t], NULL, draw_seeds, seeds + t * SEEDS), 0);
    draw_seeds(seeds + THREADS * (size_t)SEEDS);
    for (size_t t = 0; t < THREADS; ++t)
        assert_int_equal(pthread_join(threads[t], NULL), 0);
    qsort(seeds, (THREADS + 1) * SEEDS, sizeof *seeds, compare_seeds);
    assert_true(seeds[0] != 0);
    for (size_t i = 1; i < (THREADS + 1) * SEEDS; ++i)
        assert_true(seeds[i] != seeds[i - 1]);
}

static void mul_fold_is_the_128_bit_product_folded(void **state) {
    (void)state;
    assert_true(swiss_mul_fold(0, 5) == 0);
    assert_true(swiss_mul_fold(UINT64_MAX, 2) == (UINT64_C(1) ^ (UINT64_MAX - 1)));
    assert_true(swiss_mul_fold(UINT64_MAX, UINT64_MAX) == (UINT64_C(1) ^ (UINT64_MAX - 1)));
    uint64_t random = 1;
    for (int round = 0; round < 10000; ++round) {
        uint64_t a = next_random(&random), b = next_random(&random), high = 0, low = 0;
        for (int bit = 0; bit < 64; ++bit) {
            if (!(b >> bit & 1))
                continue;
            low += a << bit;
            high += (bit ? a >> (64 - bit) : 0) + (low < a << bit);
        }
        assert_true(swiss_mul_fold(a, b) == (high ^ low));
    }
}

static void members_are_combined_in_their_order(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int round = 0; round < 1000; ++round) {
        const uint64_t a = next_random(&random), b = next_random(&random), seed = next_random(&random);
        const uint64_t hash = swiss_hash_combine(swiss_hash_combine(seed, a), b);
        assert_true(hash != swiss_hash_combine(swiss_hash_combine(seed, b), a));
        assert_true(hash != swiss_hash_combine(swiss_hash_combine(seed + 1, a), b));
        assert_true(swiss_hash_combine(a, a) != swiss_hash_combine(b, b));
        /* Each bit of a member changes what a table looks at; hash_quality.c says how much of it. */
        for (unsigned bit = 0; bit < 64; ++bit) {
            const uint64_t other = swiss_hash_combine(swiss_hash_combine(seed, a ^ UINT64_C(1) << bit), b);
            assert_true(hash >> 28 != other >> 28);
        }
    }
    const swiss_slice slice = swiss_slice_of("cat");
    assert_int_equal(slice.size, 3);
    assert_true(swiss_hash_slice(slice, 5) == swiss_hash_string("cat", 5));
}

static void a_mixed_product_forgets_no_factor(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int round = 0; round < 1000; ++round) {
        uint64_t a = next_random(&random), b = next_random(&random);
        assert_true(swiss_mul_mix(a, 0) == swiss_turn(a) && swiss_mul_mix(0, b) == b);
        assert_true(swiss_mul_mix(a, b) == (swiss_turn(a * b + a) ^ ((a * b ^ swiss_mul_fold(a, b)) + b)));
    }
}

static void more_than_16_bytes_are_hashed_by_a_call(void **state) {
    (void)state;
    const char *bytes = "seventeen bytes..";
    assert_true(swiss_hash_bytes(bytes, 17, 5) == swiss_hash_long_(bytes, 17, 5));
    for (size_t size = 0; size <= 16; ++size)
        assert_true(swiss_hash_long_(bytes, size, 5) == swiss_hash_bytes(bytes, size, 5));
    assert_true(swiss_hash_bytes(NULL, 0, 5) == swiss_hash_bytes("", 0, 5));
}

/* Of the bytes 0, 1, 2 ... under the key of the bytes 0 to 15, as in the tests of Rust's standard library. */
static void siphash_is_siphash_1_3(void **state) {
    (void)state;
    static const uint64_t expected[] = {
        UINT64_C(0xABAC0158050FC4DC), UINT64_C(0xC9F49BF37D57CA93), UINT64_C(0x82CB9B024DC7D44D),
        UINT64_C(0x8BF80AB8E7DDF7FB), UINT64_C(0xCF75576088D38328), UINT64_C(0xDEF9D52F49533B67),
        UINT64_C(0xC50D2B50C59F22A7), UINT64_C(0xD3927D989BB11140), UINT64_C(0x369095118D299A8E),
        UINT64_C(0x25A48EB36C063DE4), UINT64_C(0x79DE85EE92FF097F), UINT64_C(0x70C118C1F94DC352),
        UINT64_C(0x78A384B157B4D9A2), UINT64_C(0x306F760C1229FFA7), UINT64_C(0x605AA111C0F95D34),
        UINT64_C(0xD320D86D2A519956), UINT64_C(0xCC4FDD1A7D908B66), UINT64_C(0x9CF2689063DBD80C)};
    char bytes[sizeof expected / sizeof *expected];
    for (size_t size = 0; size < sizeof bytes; ++size) {
        bytes[size] = (char)size;
        assert_true(swiss_siphash(bytes, size, UINT64_C(0x0706050403020100), UINT64_C(0x0F0E0D0C0B0A0908)) ==
                    expected[size]);
    }
    assert_true(swiss_siphash(NULL, 0, 0, 0) == UINT64_C(0xD1FBA762150C532C));
}

static void the_keyed_hash_is_siphash_under_the_seed(void **state) {
    (void)state;
    assert_true(swiss_hash_keyed("a string", 8, 3) == swiss_siphash("a string", 8, 3, 7 * SWISS_GOLDEN));
    char owned[] = "a string";
    char *string = owned;
    swiss_slice slice = {"a string, and more", 8};
    assert_true(swiss_default_hash_keyed(&string, 3) == swiss_hash_keyed("a string", 8, 3));
    assert_true(swiss_default_hash_keyed(&slice, 3) == swiss_hash_keyed("a string", 8, 3));
    const int64_t number = -2;
    const int8_t narrow = -2;
    const double minus = -0.0, zero = 0.0;
    const float half = 0.5f;
    const double same = 0.5;
    assert_true(swiss_default_hash_keyed(&number, 3) == swiss_hash_keyed(&number, sizeof number, 3));
    assert_true(swiss_default_hash_keyed(&narrow, 3) == swiss_hash_keyed(&number, sizeof number, 3));
    assert_true(swiss_default_hash_keyed(&minus, 3) == swiss_hash_keyed(&zero, sizeof zero, 3));
    assert_true(swiss_default_hash_keyed(&half, 3) == swiss_hash_keyed(&same, sizeof same, 3));
}

static void every_byte_the_length_and_the_seed_matter(void **state) {
    (void)state;
    char bytes[301], moved[302];
    for (size_t i = 0; i < sizeof bytes; ++i)
        bytes[i] = (char)(i * 7);
    for (size_t size = 0; size < 300; ++size) {
        uint64_t hash = swiss_hash_bytes(bytes, size, 42);
        memcpy(moved + 1, bytes, size);
        assert_true(swiss_hash_bytes(moved + 1, size, 42) == hash);
        assert_true(swiss_hash_bytes(bytes, size + 1, 42) != hash);
        assert_true(swiss_hash_bytes(bytes, size, 43) != hash);
        for (size_t i = 0; i < size; ++i) {
            bytes[i] ^= 0x10;
            assert_true(swiss_hash_bytes(bytes, size, 42) != hash);
            bytes[i] ^= 0x10;
        }
    }
}

static void strings_and_slices_hash_their_bytes(void **state) {
    (void)state;
    char owned[] = "a string";
    char *string = owned;
    const char *constant = "a string";
    swiss_slice slice = {"a string, and more", 8}, empty = {NULL, 0};
    uint64_t hash = swiss_hash_bytes("a string", 8, 3);
    assert_true(swiss_hash_string(string, 3) == hash);
    assert_true(swiss_hash_slice(slice, 3) == hash);
    assert_true(swiss_default_hash(&string, 3) == hash);
    assert_true(swiss_default_hash(&constant, 3) == hash);
    assert_true(swiss_default_hash(&slice, 3) == hash);
    assert_true(swiss_hash_slice(empty, 3) == swiss_hash_string("", 3));
}

static void slices_are_equal_by_their_bytes(void **state) {
    (void)state;
    swiss_slice a = {"one two", 3}, b = {"one", 3}, longer = {"one two", 4}, other = {"two", 3};
    swiss_slice empty = {"", 0}, none = {NULL, 0};
    assert_true(swiss_slice_equal(a, b));
    assert_false(swiss_slice_equal(a, longer));
    assert_false(swiss_slice_equal(a, other));
    assert_true(swiss_slice_equal(empty, none));
    assert_true(swiss_slice_equal(none, none));
    assert_false(swiss_slice_equal(none, a));
    assert_true(swiss_default_equal(&a, &b));
}

typedef struct {
    uint64_t x;
} record;
typedef union {
    uint64_t x;
    double y;
} either;

typedef void (*function)(void);
typedef enum { RED, GREEN, BLUE } colour;

#define ASSERT_SCALAR(type, a, b)                                                                                      \
    do {                                                                                                               \
        const type x = (a), same = (a), y = (b);                                                                       \
        assert_true(swiss_has_default(type));                                                                          \
        assert_true(swiss_default_hash(&x, 9) == swiss_default_hash(&same, 9));                                        \
        assert_true(swiss_default_hash(&x, 9) != swiss_default_hash(&x, 10));                                          \
        assert_true(swiss_default_hash(&x, 9) != swiss_default_hash(&y, 9));                                           \
        assert_true(swiss_default_equal(&x, &same));                                                                   \
        assert_false(swiss_default_equal(&x, &y));                                                                     \
    } while (0)

static void scalars_have_defaults(void **state) {
    (void)state;
    double object[2];
    ASSERT_SCALAR(bool, true, false);
    ASSERT_SCALAR(char, 'a', 'b');
    ASSERT_SCALAR(int8_t, -1, 1);
    ASSERT_SCALAR(uint8_t, 0, 255);
    ASSERT_SCALAR(int16_t, -300, 300);
    ASSERT_SCALAR(uint16_t, 0x100, 0x200);
    ASSERT_SCALAR(int32_t, INT32_MIN, INT32_MAX);
    ASSERT_SCALAR(uint32_t, 0, 0x80000000);
    ASSERT_SCALAR(int64_t, INT64_MIN, INT64_MAX);
    ASSERT_SCALAR(uint64_t, 0, UINT64_C(1) << 63);
    ASSERT_SCALAR(uint64_t, 1, (UINT64_C(1) << 32) + 1);
    ASSERT_SCALAR(long long, 1, -1);
    ASSERT_SCALAR(colour, RED, BLUE);
    ASSERT_SCALAR(float, 0.5f, -0.5f);
    ASSERT_SCALAR(double, 0.1, 0.2);
    ASSERT_SCALAR(swiss_slice, ((swiss_slice){"a", 1}), ((swiss_slice){"b", 1}));
    double *const one = &object[0], *const two = &object[1];
    assert_true(swiss_has_default(double *));
    assert_true(swiss_has_default(double **));
    assert_true(swiss_has_default(void *));
    assert_true(swiss_has_default(record *));
    assert_true(swiss_default_hash(&one, 9) != swiss_default_hash(&two, 9));
    assert_true(swiss_default_equal(&one, &one));
    assert_false(swiss_default_equal(&one, &two));
    assert_true(swiss_has_default(function));
}

static void structs_and_wide_types_have_none(void **state) {
    (void)state;
    assert_false(swiss_has_default(record));
    assert_false(swiss_has_default(either));
    assert_true(swiss_has_default(long double) == (sizeof(long double) == sizeof(double)));
#ifndef __STDC_NO_COMPLEX__
    assert_false(swiss_has_default(float _Complex));
#endif
}

/* As a string or as an address? */
static void pointers_to_other_characters_have_none(void **state) {
    (void)state;
    assert_false(swiss_has_default(unsigned char *));
    assert_false(swiss_has_default(const unsigned char *));
    assert_false(swiss_has_default(const uint8_t *));
    assert_false(swiss_has_default(signed char *));
    assert_false(swiss_has_default(const signed char *));
    assert_false(swiss_has_default(wchar_t *));
    assert_false(swiss_has_default(const wchar_t *));
    assert_false(swiss_has_default(const uint_least16_t *));
    assert_false(swiss_has_default(uint_least16_t *));
    assert_false(swiss_has_default(const uint_least32_t *));
    assert_false(swiss_has_default(uint_least32_t *));
    assert_true(swiss_has_default(unsigned char **));
}

/* Asserts that both types have one hash for the number. */
#define ASSERT_ALIKE(a, b, number)                                                                                     \
    do {                                                                                                               \
        const a x = (a)(number);                                                                                       \
        const b y = (b)(number);                                                                                       \
        _Static_assert(swiss_hashed_alike(a, b) && swiss_hashed_alike(b, a), #a " and " #b);                           \
        assert_true(swiss_default_hash(&x, 9) == swiss_default_hash(&y, 9));                                           \
    } while (0)

static void integers_are_hashed_by_value(void **state) {
    (void)state;
    for (int number = -128; number <= 127; ++number) {
        ASSERT_ALIKE(int8_t, int16_t, number);
        ASSERT_ALIKE(int8_t, int, number);
        ASSERT_ALIKE(int16_t, int64_t, number);
        ASSERT_ALIKE(int, long, number);
        ASSERT_ALIKE(int, long long, number);
        ASSERT_ALIKE(signed char, int, number);
        ASSERT_ALIKE(int, uint64_t, number); /* -1 == UINT64_MAX, says C */
        ASSERT_ALIKE(int8_t, uint64_t, number);
    }
    for (unsigned number = 0; number <= 127; ++number) {
        ASSERT_ALIKE(uint8_t, int, number);
        ASSERT_ALIKE(char, int64_t, number);
        ASSERT_ALIKE(uint16_t, int, number);
        ASSERT_ALIKE(uint32_t, int64_t, number);
        ASSERT_ALIKE(uint32_t, uint64_t, number);
        ASSERT_ALIKE(colour, unsigned, number);
        ASSERT_ALIKE(bool, int, number & 1);
    }
    ASSERT_ALIKE(uint8_t, int, 200);
    ASSERT_ALIKE(uint16_t, int, 65535);
    ASSERT_ALIKE(uint32_t, int64_t, UINT32_MAX);
    ASSERT_ALIKE(uint32_t, uint64_t, UINT32_MAX);
    ASSERT_ALIKE(float, double, -0.5);
    ASSERT_ALIKE(void *, uintptr_t, (uintptr_t)&state);
    _Static_assert(swiss_hashed_alike(char *, swiss_slice), "both are texts");
}

static void types_that_are_hashed_otherwise(void **state) {
    (void)state;
    /* -1 == 4294967295u, says C. */
    _Static_assert(!swiss_hashed_alike(unsigned, int) && !swiss_hashed_alike(int, unsigned), "");
    _Static_assert(!swiss_hashed_alike(unsigned, signed char) && !swiss_hashed_alike(short, unsigned), "");
    _Static_assert(!swiss_hashed_alike(double, int) && !swiss_hashed_alike(int64_t, double), "");
    _Static_assert(!swiss_hashed_alike(const char *, void *) && !swiss_hashed_alike(swiss_slice, int), "");
}

static void floats_are_keys_by_value(void **state) {
    (void)state;
    const double plus = 0.0, minus = -0.0, not_a_number = strtod("nan", NULL);
    const float fplus = 0.0f, fminus = -0.0f;
    assert_true(swiss_default_hash(&plus, 1) == swiss_default_hash(&minus, 1));
    assert_true(swiss_default_equal(&plus, &minus));
    assert_true(swiss_default_hash(&fplus, 1) == swiss_default_hash(&fminus, 1));
    assert_true(swiss_default_equal(&fplus, &fminus));
    assert_false(swiss_default_equal(&not_a_number, &not_a_number));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_are_distinct_and_never_0),
        cmocka_unit_test(mul_fold_is_the_128_bit_product_folded),
        cmocka_unit_test(members_are_combined_in_their_order),
        cmocka_unit_test(a_mixed_product_forgets_no_factor),
        cmocka_unit_test(more_than_16_bytes_are_hashed_by_a_call),
        cmocka_unit_test(siphash_is_siphash_1_3),
        cmocka_unit_test(the_keyed_hash_is_siphash_under_the_seed),
        cmocka_unit_test(every_byte_the_length_and_the_seed_matter),
        cmocka_unit_test(strings_and_slices_hash_their_bytes),
        cmocka_unit_test(slices_are_equal_by_their_bytes),
        cmocka_unit_test(scalars_have_defaults),
        cmocka_unit_test(structs_and_wide_types_have_none),
        cmocka_unit_test(pointers_to_other_characters_have_none),
        cmocka_unit_test(integers_are_hashed_by_value),
        cmocka_unit_test(types_that_are_hashed_otherwise),
        cmocka_unit_test(floats_are_keys_by_value),
    };
    return RUN_TESTS(tests);
}
