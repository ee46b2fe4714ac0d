/* Keys chosen by someone who knows the code of the hashes and not the seed: tables of them are searched in as few
 * groups, and their longest searches are as short, as in tables of random keys. For keys of 1 to 64 bytes and of some
 * more, integers, pairs of integers, and hashes of the user's own that are none.
 *
 *     FLOOD_KEYS=1000000 unit_hash_flood
 *
 * makes the flood of all lengths so large, and draws other attacks and seeds in each run.
 */
#include "tests/support.h"
#include <swiss/hash.h>
#include <swiss/table.h>

#define SWISS_NAME numbers
#define SWISS_KEY uint64_t
#include <swiss/set.h>

#define SWISS_NAME narrow
#define SWISS_KEY uint32_t
#include <swiss/set.h>

typedef struct {
    uint64_t x, y;
} pair;

/* Members one after the other: as hash.h says it is to be done, of two integers, their hashes, and a text and an
 * integer. */
#define SWISS_NAME combined
#define SWISS_KEY pair
#define SWISS_HASH(p, seed) swiss_hash_combine(swiss_hash_combine((seed), (p)->x), (p)->y)
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#include <swiss/set.h>

#define SWISS_NAME hashes
#define SWISS_KEY pair
#define SWISS_HASH(p, seed) swiss_hash_combine(swiss_hash_u64((p)->x, (seed)), swiss_hash_u64((p)->y, (seed)))
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#include <swiss/set.h>

#define SWISS_NAME named
#define SWISS_KEY pair
#define SWISS_HASH(p, seed) swiss_hash_combine(swiss_hash_bytes(&(p)->x, 8, (seed)), (p)->y)
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#include <swiss/set.h>

/* By hand. */
#define SWISS_NAME pairs
#define SWISS_KEY pair
#define SWISS_HASH(p, seed) swiss_hash_u64((p)->y, swiss_hash_u64((p)->x, (seed)))
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#include <swiss/set.h>

/* Mixed by the map. */
#define SWISS_NAME raw
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), *(key))
#include <swiss/set.h>

#define SWISS_NAME seeded
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) (*(key) ^ (seed))
#include <swiss/set.h>

enum {
    KEYS = 1792,  /* in a table of 2,048 slots, as full as it becomes */
    LONGEST = 64, /* bytes; and a few longer ones */
    ATTACKS = 12, /* at each length */
    TABLES = 3,   /* for each set of keys, each with a seed of its own */
    MOST_BYTES = 1024,
};

/* Means over some tables, and the longest search in any. */
typedef struct {
    double hit, miss;
    size_t longest;
} cost;

static void add_cost(cost *sum, swiss_table_stats stats, int tables) {
    sum->hit += stats.mean_probe_hit / tables;
    sum->miss += stats.mean_probe_miss / tables;
    sum->longest = stats.max_probe > sum->longest ? stats.max_probe : sum->longest;
}

static uint64_t random_state;

/* A seed that the attacker does not know. */
static uint64_t fresh_seed(void) {
    return next_random(&random_state) | 1;
}

/* What as many random keys cost, at most KEYS: in more tables, for the longest search varies. */
static cost of_random_keys(size_t size) {
    static cost known[KEYS + 1];
    cost *c = &known[size];
    if (c->longest)
        return *c;
    const int tables = 20 * TABLES;
    for (int table = 0; table < tables; ++table) {
        numbers set;
        swiss_options options = {NULL, fresh_seed(), size};
        assert_true(numbers_init(&set, &options));
        while (numbers_size(&set) < size)
            assert_non_null(numbers_insert(&set, next_random(&random_state)).entry);
        add_cost(c, numbers_stats(&set), tables);
        numbers_free(&set);
    }
    return *c;
}

/* Asserts that a set of keys is as good as random ones. That is a mean: evenly spaced integers meet a multiplier that
 * suits them badly, with 2 times the groups, in one table of 10,000. */
static void check(const char *what, size_t length, size_t attack, size_t size, cost c) {
    const cost r = of_random_keys(size);
    if (c.hit > 1.25 * r.hit || c.miss > 1.6 * r.miss || c.longest > 2 * r.longest + 4) {
        print_error("%s, %zu bytes, attack %zu, %zu keys: %g %g %zu, random keys %g %g %zu\n", what, length, attack,
                    size, c.hit, c.miss, c.longest, r.hit, r.miss, r.longest);
        fail();
    }
}

/* x with x * odd == 1. */
static uint64_t inverse(uint64_t odd) {
    uint64_t x = odd;
    for (int i = 0; i < 6; ++i)
        x *= 2 - odd * x;
    return x;
}

static uint64_t reversed(uint64_t bits) {
    uint64_t result = 0;
    for (int i = 0; i < 64; ++i)
        result |= (bits >> i & 1) << (63 - i);
    return result;
}

/* Constants that the code shows, and what makes them disappear. `size`: of the key, which is mixed in somewhere. */
enum { CONSTANTS = 16 };
static uint64_t constant(size_t n, uint64_t size) {
    const uint64_t root = UINT64_C(0xBB67AE8584CAA73B), lane = UINT64_C(0xA0761D6478BD642F);
    const uint64_t all[CONSTANTS] = {0,
                                     UINT64_MAX,
                                     SWISS_GOLDEN,
                                     SWISS_GOLDEN ^ size,
                                     SWISS_GOLDEN * size,
                                     SWISS_GOLDEN * (2 * size + 1),
                                     inverse(SWISS_GOLDEN),
                                     0 - SWISS_GOLDEN,
                                     root,
                                     inverse(root),
                                     lane,
                                     inverse(lane),
                                     UINT64_MAX / 3,
                                     UINT64_MAX / 255,
                                     UINT64_C(1) << 63,
                                     UINT64_C(0x6161616161616161)};
    return all[n % CONSTANTS];
}

/* The i-th of a series of distinct words. */
enum { SERIES = 24 };
static uint64_t series(size_t n, uint64_t i, uint64_t size) {
    switch (n % SERIES) {
    case 0:
        return i;
    case 1:
        return ~i;
    case 2:
        return i * SWISS_GOLDEN;
    case 3:
        return i * inverse(SWISS_GOLDEN);
    case 4:
        return i << 32 | i;
    case 5:
        return constant(3, size) + i;
    case 6:
        return reversed(i);
    case 7:
        return i << 40 | i >> 24;
    case 8:
        return i << 16 | i >> 48;
    case 9:
        return i * (UINT64_MAX / 65535);
    case 10:
        return i * inverse(constant(8, size));
    case 11:
        return i << 32;
    case 12:
        return (i << 32 | i) ^ constant(4, size);
    case 13:
        return i << 32 | (uint32_t)(0 - i);
    case 14:
        return i << 32 | (uint32_t)~i;
    case 15:
        return reversed(i) ^ SWISS_GOLDEN;
    case 16:
        return i * UINT64_C(0x0001000100010001); /* all four quarters */
    case 17:
        return (i & 0xFF) << 56 | i >> 8; /* low and high byte */
    case 18:
        return i * inverse(UINT64_MAX / 3);
    case 19:
        return i * (i + 1) / 2;
    case 20:
        return i * i * SWISS_GOLDEN + i;
    case 21:
        return i << 48 | i >> 16;
    case 22:
        return i << 28;
    default:
        return i ^ i >> 1 ^ UINT64_C(0x8000000080000000); /* one bit changes at a time */
    }
}

/* Writes `word` at `at`, or what there is room for of it: its lower bytes. */
static void write_word(char *key, size_t size, size_t at, uint64_t word) {
    for (size_t i = 0; i < 8 && at + i < size; ++i)
        key[at + i] = (char)(word >> 8 * i);
}

/* The i-th key of an attack, which is a number that says what is where: all bytes are of a constant; a series goes to
 * one place; and to another something that may undo what it does to the hash. */
static void make_key(char *key, size_t size, uint64_t attack, uint64_t i) {
    const uint64_t fill = constant(attack % CONSTANTS, size);
    const uint64_t word = series(attack / CONSTANTS % SERIES, i, size);
    uint64_t rest = attack / CONSTANTS / SERIES;
    static const size_t steps[] = {1, 4, 8, 16};
    for (size_t at = 0; at < size; at += 8)
        write_word(key, size, at, fill);
    const size_t room = size > 8 ? size - 8 : 0, step = steps[rest % 4];
    const size_t at = room / step ? rest / 4 % (room / step + 1) * step : 0;
    rest /= 256;
    const size_t twin = rest / 8 % 2 ? room - at : at >= 8 ? at - 8 : at + 8;
    switch (rest % 8) {
    case 0:
        write_word(key, size, twin, word);
        break;
    case 1:
        write_word(key, size, twin, ~word);
        break;
    case 2:
        write_word(key, size, twin, 0 - word);
        break;
    case 3:
        write_word(key, size, twin, word << 32 | word >> 32);
        break;
    case 4:
        write_word(key, size, twin, word ^ fill);
        break;
    default: /* nothing */
        break;
    }
    write_word(key, size, at, word);
}

/* What the hash of 16 bytes and fewer once fell to: the second of the two words that it reads is a constant that makes
 * the known factor 0. */
static void make_zero_factor(char *key, size_t size, uint64_t i) {
    const uint64_t last = SWISS_GOLDEN ^ size;
    const size_t second = size / 8 * 4;
    for (size_t at = 0; at < size; at += 8)
        write_word(key, size, at, i * inverse(SWISS_GOLDEN));
    write_word(key, size, 0, i);
    const uint32_t high = (uint32_t)(last >> 32), low = (uint32_t)last;
    memcpy(key + size - 4 - second, &low, 4);
    memcpy(key + size - 4, &high, 4);
}

/* KEYS keys of `size` bytes, or as many as there are, in tables as bindings have them: the default hash of their bytes.
 * `attack`: ZERO_FACTOR, or the number of one. */
#define ZERO_FACTOR UINT64_MAX
static void attack_bytes(size_t size, uint64_t attack) {
    static char key[MOST_BYTES];
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, size, 1, 0, 0, NULL, NULL));
    cost sum = {0, 0, 0};
    size_t distinct = 0;
    for (int n = 0; n < TABLES; ++n) {
        swiss_table table;
        swiss_options options = {NULL, fresh_seed(), 0};
        assert_true(swiss_table_init(&table, &type, &options));
        for (uint64_t i = 0; i < KEYS; ++i) {
            if (attack == ZERO_FACTOR)
                make_zero_factor(key, size, i);
            else
                make_key(key, size, attack, i);
            assert_non_null(swiss_table_insert(&table, &type, key, NULL).slot);
        }
        add_cost(&sum, swiss_table_get_stats(&table, &type), TABLES);
        distinct = swiss_table_size(&table);
        swiss_table_free(&table, &type);
    }
    check("bytes", size, (size_t)attack, distinct, sum);
}

static void keys_of_every_length(void **state) {
    (void)state;
    uint64_t random = fresh_seed();
    for (size_t size = 1; size <= LONGEST; ++size)
        for (size_t n = 0; n < ATTACKS; ++n)
            attack_bytes(size, next_random(&random) >> 1);
}

static void longer_keys(void **state) {
    (void)state;
    static const size_t sizes[] = {65, 79, 80, 81, 96, 127, 128, 129, 200, 240, 241, 300, 896, MOST_BYTES};
    uint64_t random = fresh_seed();
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; ++n)
        for (size_t i = 0; i < ATTACKS; ++i)
            attack_bytes(sizes[n], next_random(&random) >> 1);
}

static void a_known_factor_that_is_0(void **state) {
    (void)state;
    for (size_t size = 8; size <= 16; ++size)
        attack_bytes(size, ZERO_FACTOR);
}

/* Tables of strings of all lengths and many attacks, FLOOD_KEYS in all: 40 of one attack after the other. */
#define SWISS_NAME texts
#define SWISS_KEY swiss_slice
#include <swiss/set.h>

static void a_flood_of_all_lengths(void **state) {
    (void)state;
    const char *given = getenv("FLOOD_KEYS");
    const size_t count = given ? (size_t)strtoull(given, NULL, 10) : 28000;
    char *bytes = (char *)malloc(count * LONGEST);
    assert_non_null(bytes);
    texts chosen, others;
    swiss_options options = {NULL, fresh_seed(), 0};
    assert_true(texts_init(&chosen, &options) && texts_init(&others, &options));
    uint64_t random = fresh_seed(), attack = 0;
    for (uint64_t i = 0; texts_size(&chosen) < count; ++i) {
        const size_t size = 1 + i % LONGEST;
        char *key = bytes + texts_size(&chosen) * LONGEST;
        if (i % (40 * LONGEST) == 0)
            attack = next_random(&random) >> 1;
        if (size >= 8 && size <= 16 && i % 2)
            make_zero_factor(key, size, i);
        else
            make_key(key, size, attack, i / LONGEST);
        assert_non_null(texts_insert(&chosen, (swiss_slice){key, size}).entry);
    }
    const swiss_table_stats c = texts_stats(&chosen);
    texts_free(&chosen);
    for (size_t i = 0; texts_size(&others) < count; ++i) {
        char *key = bytes + texts_size(&others) * LONGEST;
        for (size_t at = 0; at < LONGEST; at += 8)
            write_word(key, LONGEST, at, next_random(&random));
        assert_non_null(texts_insert(&others, (swiss_slice){key, 8 + i % (LONGEST - 8)}).entry);
    }
    const swiss_table_stats r = texts_stats(&others);
    texts_free(&others);
    free(bytes);
    print_message("%zu keys: groups per hit %.4f, per miss %.4f, longest %zu; random keys %.4f, %.4f, %zu\n", count,
                  c.mean_probe_hit, c.mean_probe_miss, c.max_probe, r.mean_probe_hit, r.mean_probe_miss, r.max_probe);
    assert_true(c.mean_probe_hit <= 1.02 * r.mean_probe_hit && c.mean_probe_miss <= 1.05 * r.mean_probe_miss &&
                c.max_probe <= 2 * r.max_probe + 4);
}

/* Defines attack_NAME: what the first `size` keys cost. */
#define DEFINE_ATTACK(name, type)                                                                                      \
    static void attack_##name(size_t attack, size_t size, const type *keys) {                                          \
        cost sum = {0, 0, 0};                                                                                          \
        size_t distinct = 0;                                                                                           \
        for (int n = 0; n < TABLES; ++n) {                                                                             \
            name set;                                                                                                  \
            swiss_options options = {NULL, fresh_seed(), 0};                                                           \
            assert_true(name##_init(&set, &options));                                                                  \
            for (size_t i = 0; i < size; ++i)                                                                          \
                assert_non_null(name##_insert(&set, keys[i]).entry);                                                   \
            add_cost(&sum, name##_stats(&set), TABLES);                                                                \
            distinct = name##_size(&set);                                                                              \
            name##_free(&set);                                                                                         \
        }                                                                                                              \
        check(#name, sizeof(type), attack, distinct, sum);                                                             \
    }

DEFINE_ATTACK(numbers, uint64_t)
DEFINE_ATTACK(raw, uint64_t)
DEFINE_ATTACK(seeded, uint64_t)
DEFINE_ATTACK(narrow, uint32_t)
DEFINE_ATTACK(pairs, pair)
DEFINE_ATTACK(combined, pair)
DEFINE_ATTACK(hashes, pair)
DEFINE_ATTACK(named, pair)

static void integers(void **state) {
    (void)state;
    static uint64_t keys[KEYS];
    static uint32_t lower[KEYS];
    for (size_t n = 0; n < SERIES; ++n)
        for (size_t m = 0; m < CONSTANTS; ++m) {
            for (uint64_t i = 0; i < KEYS; ++i) {
                keys[i] = series(n, i, m) ^ constant(m, 8);
                lower[i] = (uint32_t)keys[i];
            }
            attack_numbers(n * CONSTANTS + m, KEYS, keys);
            attack_narrow(n * CONSTANTS + m, KEYS, lower);
            attack_raw(n * CONSTANTS + m, KEYS, keys);
            attack_seeded(n * CONSTANTS + m, KEYS, keys);
        }
}

static void pairs_of_integers(void **state) {
    (void)state;
    static pair keys[KEYS];
    for (size_t n = 0; n < SERIES; ++n)
        for (size_t m = n % 4; m < CONSTANTS; m += 4)
            for (size_t way = 0; way < 6; ++way) {
                for (uint64_t i = 0; i < KEYS; ++i) {
                    const uint64_t word = series(n, i, 8), fixed = constant(m, 8);
                    const pair all[] = {{fixed, word},        {word, fixed},
                                        {word, word ^ fixed}, {word, fixed - word},
                                        {word, word * fixed}, {series(n, i / 42, 8), i % 42 ^ fixed}};
                    keys[i] = all[way];
                }
                const size_t attack = (n * CONSTANTS + m) * 6 + way;
                attack_pairs(attack, KEYS, keys);
                attack_combined(attack, KEYS, keys);
                attack_hashes(attack, KEYS, keys);
                attack_named(attack, KEYS, keys);
            }
}

static int begin(void **state) {
    (void)state;
    random_state = getenv("FLOOD_KEYS") ? swiss_seed() : 1;
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_factor_that_is_0),
        cmocka_unit_test(keys_of_every_length),
        cmocka_unit_test(longer_keys),
        cmocka_unit_test(integers),
        cmocka_unit_test(pairs_of_integers),
        cmocka_unit_test(a_flood_of_all_lengths),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
