/* How well the hashes spread the keys that programs have: tables of them are searched in as few groups, and with as few
 * comparisons, as tables of random keys. */
#include "tests/support.h"

static size_t comparisons;

static bool counted_equal(uint64_t a, uint64_t b) {
    ++comparisons;
    return a == b;
}

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_EQUAL(a, b) counted_equal(*(a), *(b))
#include <swiss/set.h>

#define SWISS_NAME u32_map
#define SWISS_KEY uint32_t
#define SWISS_EQUAL(a, b) counted_equal(*(a), *(b))
#include <swiss/set.h>

#define SWISS_NAME double_map
#define SWISS_KEY double
#define SWISS_EQUAL(a, b) (++comparisons, swiss_default_equal((a), (b)))
#include <swiss/set.h>

#define SWISS_NAME float_map
#define SWISS_KEY float
#define SWISS_EQUAL(a, b) (++comparisons, swiss_default_equal((a), (b)))
#include <swiss/set.h>

#define SWISS_NAME string_map
#define SWISS_KEY const char *
#define SWISS_EQUAL(a, b) (++comparisons, strcmp(*(a), *(b)) == 0)
#include <swiss/set.h>

/* A user's hash that is none, and promises nothing. */
#define SWISS_NAME identity_map
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), *(key))
#define SWISS_EQUAL(a, b) counted_equal(*(a), *(b))
#include <swiss/set.h>

/* Keys of several members: the two halves, and a text and a half. */
#define SWISS_NAME halves_map
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) swiss_hash_combine(swiss_hash_combine((seed), *(key) >> 32), (uint32_t) * (key))
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) counted_equal(*(a), *(b))
#include <swiss/set.h>

static uint64_t hash_named(const uint64_t *key, uint64_t seed) {
    const uint32_t number = (uint32_t)*key, rest = (uint32_t)(*key >> 32);
    const uint64_t text = swiss_hash_bytes(&number, sizeof number, seed);
    return swiss_hash_combine(text, swiss_hash_u64(rest, seed));
}

#define SWISS_NAME named_map
#define SWISS_KEY uint64_t
#define SWISS_HASH hash_named
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) counted_equal(*(a), *(b))
#include <swiss/set.h>

/* Sizes of tables that are half full, and as full as they become. */
static const size_t sizes[] = {1024, 1792, 57344};
#define SIZES (sizeof sizes / sizeof *sizes)
#define MOST 57344
#define ROUNDS 6

/* Means over ROUNDS tables with seeds of their own. */
typedef struct {
    double hit, miss;                         /* groups per search */
    double hit_comparisons, miss_comparisons; /* calls of equal per search */
} cost;

/* Defines measure_NAME: the cost of a table of keys[0..size), searched for them and for keys[size..2 size). */
#define DEFINE_MEASURE(name, key_type)                                                                                 \
    static cost measure_##name(key_type const *keys, size_t size) {                                                    \
        cost sum = {0, 0, 0, 0};                                                                                       \
        for (uint64_t seed = 1; seed <= ROUNDS; ++seed) {                                                              \
            uint64_t random = seed;                                                                                    \
            swiss_options options = {NULL, next_random(&random), size};                                                \
            name map;                                                                                                  \
            assert_true(name##_init(&map, &options));                                                                  \
            for (size_t i = 0; i < size; ++i)                                                                          \
                assert_true(name##_insert(&map, keys[i]).inserted);                                                    \
            swiss_table_stats stats = name##_stats(&map);                                                              \
            sum.hit += stats.mean_probe_hit / ROUNDS;                                                                  \
            sum.miss += stats.mean_probe_miss / ROUNDS;                                                                \
            comparisons = 0;                                                                                           \
            for (size_t i = 0; i < size; ++i)                                                                          \
                assert_true(name##_contains(&map, keys[i]));                                                           \
            sum.hit_comparisons += (double)comparisons / (double)size / ROUNDS;                                        \
            comparisons = 0;                                                                                           \
            for (size_t i = size; i < 2 * size; ++i)                                                                   \
                assert_false(name##_contains(&map, keys[i]));                                                          \
            sum.miss_comparisons += (double)comparisons / (double)size / ROUNDS;                                       \
            name##_free(&map);                                                                                         \
        }                                                                                                              \
        return sum;                                                                                                    \
    }

DEFINE_MEASURE(u64_map, uint64_t)
DEFINE_MEASURE(u32_map, uint32_t)
DEFINE_MEASURE(double_map, double)
DEFINE_MEASURE(float_map, float)
DEFINE_MEASURE(string_map, const char *)
DEFINE_MEASURE(identity_map, uint64_t)
DEFINE_MEASURE(halves_map, uint64_t)
DEFINE_MEASURE(named_map, uint64_t)

static cost of_random_keys[SIZES];

static int measure_random_keys(void **state) {
    (void)state;
    static uint64_t keys[2 * MOST];
    uint64_t random = 7;
    for (size_t i = 0; i < 2 * MOST; ++i)
        keys[i] = next_random(&random);
    for (size_t s = 0; s < SIZES; ++s)
        of_random_keys[s] = measure_u64_map(keys, sizes[s]);
    return 0;
}

/* How many times the groups of random keys a table may need. */
#define AS_RANDOM 1.1
static bool is_good(const char *what, uint64_t parameter, size_t s, cost c) {
    cost r = of_random_keys[s];
    if (c.hit <= AS_RANDOM * r.hit && c.miss <= AS_RANDOM * r.miss &&
        c.hit_comparisons <= AS_RANDOM * r.hit_comparisons && c.miss_comparisons <= 1.3 * r.miss_comparisons)
        return true;
    print_error("%s %llu, %zu keys: %g %g %g %g, random keys %g %g %g %g\n", what, (unsigned long long)parameter,
                sizes[s], c.hit, c.miss, c.hit_comparisons, c.miss_comparisons, r.hit, r.miss, r.hit_comparisons,
                r.miss_comparisons);
    return false;
}

/* Asserts that the table NAME of keys[i] = expression is as good as one of random keys, at every size. */
#define ASSERT_GOOD(name, key_type, what, parameter, expression)                                                       \
    do {                                                                                                               \
        static key_type keys[2 * MOST];                                                                                \
        for (uint64_t i = 0; i < 2 * MOST; ++i)                                                                        \
            keys[i] = (expression);                                                                                    \
        for (size_t s = 0; s < SIZES; ++s)                                                                             \
            assert_true(is_good(what, parameter, s, measure_##name(keys, sizes[s])));                                  \
    } while (0)

static void numbers_at_every_power_of_two(void **state) {
    (void)state;
    /* What is shifted out comes back at the bottom: the keys stay distinct. */
    for (unsigned shift = 0; shift < 64; ++shift)
        ASSERT_GOOD(u64_map, uint64_t, "u64 strided by 2^", shift, i << shift | (shift ? i >> (64 - shift) : 0));
    for (unsigned shift = 0; shift < 32; ++shift)
        ASSERT_GOOD(u32_map, uint32_t, "u32 strided by 2^", shift,
                    (uint32_t)i << shift | (shift ? (uint32_t)i >> (32 - shift) : 0));
}

static void numbers_at_other_strides(void **state) {
    (void)state;
    static const uint64_t strides[] = {3, 5, 7, 10, 24, 100, 1000, 4097, 65537, 1000000, 0x9E3779B9};
    for (size_t n = 0; n < sizeof strides / sizeof *strides; ++n)
        ASSERT_GOOD(u64_map, uint64_t, "u64 strided by", strides[n], strides[n] * i);
}

static void addresses(void **state) {
    (void)state;
    ASSERT_GOOD(u64_map, uint64_t, "addresses, aligned to", 16, UINT64_C(0x7F3A5C001000) + 16 * i);
    ASSERT_GOOD(u64_map, uint64_t, "addresses, aligned to", 64, UINT64_C(0x55D0A2B4C2A0) + 64 * i);
    ASSERT_GOOD(u64_map, uint64_t, "addresses, aligned to", 4096, UINT64_C(0xFFFF888000000000) + 4096 * i);
}

static uint64_t reversed(uint64_t bits) {
    uint64_t result = 0;
    for (int i = 0; i < 64; ++i)
        result |= (bits >> i & 1) << (63 - i);
    return result;
}

static void bit_reversed_numbers(void **state) {
    (void)state;
    ASSERT_GOOD(u64_map, uint64_t, "u64 reversed", 64, reversed(i));
    ASSERT_GOOD(u32_map, uint32_t, "u32 reversed", 32, (uint32_t)(reversed(i) >> 32));
    ASSERT_GOOD(u64_map, uint64_t, "u64 complemented", 64, ~i);
}

static void two_halves(void **state) {
    (void)state;
    ASSERT_GOOD(u64_map, uint64_t, "pairs of 32 bits", 128, (i / 128) << 32 | i % 128);
    ASSERT_GOOD(u64_map, uint64_t, "the same number twice", 32, i << 32 | i);
}

static void several_members(void **state) {
    (void)state;
    for (unsigned shift = 0; shift < 64; ++shift) {
        ASSERT_GOOD(halves_map, uint64_t, "two members, strided by 2^", shift,
                    i << shift | (shift ? i >> (64 - shift) : 0));
        ASSERT_GOOD(named_map, uint64_t, "a text and a number, strided by 2^", shift,
                    i << shift | (shift ? i >> (64 - shift) : 0));
    }
    ASSERT_GOOD(halves_map, uint64_t, "pairs", 128, (i / 128) << 32 | i % 128);
    ASSERT_GOOD(halves_map, uint64_t, "the same member twice", 32, i << 32 | i);
    ASSERT_GOOD(named_map, uint64_t, "the same member twice", 32, i << 32 | i);
}

static void floats(void **state) {
    (void)state;
    ASSERT_GOOD(double_map, double, "doubles", 1, (double)i);
    ASSERT_GOOD(double_map, double, "doubles in steps of 1/", 8, (double)i / 8);
    ASSERT_GOOD(double_map, double, "doubles in steps of 1/", 10, (double)i / 10);
    ASSERT_GOOD(float_map, float, "floats", 1, (float)i);
    ASSERT_GOOD(float_map, float, "floats in steps of 1/", 8, (float)i / 8);
}

static void a_hash_that_does_not_spread(void **state) {
    (void)state;
    for (unsigned shift = 0; shift < 64; shift += 7)
        ASSERT_GOOD(identity_map, uint64_t, "identity strided by 2^", shift,
                    i << shift | (shift ? i >> (64 - shift) : 0));
}

/* 2 * MOST strings in a static array. */
static char texts[2 * MOST][24];

static const char *text(const char *format, uint64_t i) {
    snprintf(texts[i], sizeof texts[i], format, (unsigned long long)i);
    return texts[i];
}

/* "a" to "z", "aa" and so on: base 26 without a zero. */
static const char *letters(uint64_t i) {
    char *end = texts[i];
    for (uint64_t rest = i + 1; rest; rest = (rest - 1) / 26)
        *end++ = (char)('a' + (rest - 1) % 26);
    *end = 0;
    return texts[i];
}

static void short_strings(void **state) {
    (void)state;
    ASSERT_GOOD(string_map, const char *, "decimal numbers", 0, text("%llu", i));
    ASSERT_GOOD(string_map, const char *, "key%llu", 0, text("key%llu", i));
    ASSERT_GOOD(string_map, const char *, "%016llx", 0, text("%016llx", i));
    ASSERT_GOOD(string_map, const char *, "letters", 0, letters(i));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_at_every_power_of_two),
        cmocka_unit_test(a_hash_that_does_not_spread),
        cmocka_unit_test(numbers_at_other_strides),
        cmocka_unit_test(addresses),
        cmocka_unit_test(bit_reversed_numbers),
        cmocka_unit_test(two_halves),
        cmocka_unit_test(several_members),
        cmocka_unit_test(floats),
        cmocka_unit_test(short_strings),
    };
    return cmocka_run_group_tests(tests, measure_random_keys, NULL);
}
