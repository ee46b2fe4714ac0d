/* Operations with a hash known beforehand: they do as those without and hash nothing, and what keeps a hash. */
#define SWISS_ASSERT(condition) ((void)0) /* the assertions hash */
#include "tests/support.h"
#include <swiss/hash.h>

static size_t hashed;

static uint64_t hash_counted(const uint64_t *key, uint64_t seed) {
    ++hashed;
    return swiss_hash_u64(*key, seed);
}

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH hash_counted
#include <swiss/map.h>

/* Few homes and few h2: what is hashed stands in other groups, too. */
#define SWISS_NAME weak_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), ++hashed, (*(key) % 3) << 28 | (*(key) % 2) << 62)
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

#define SWISS_NAME u64_set
#define SWISS_KEY uint64_t
#include <swiss/set.h>

static bool copy_word(char **to, const swiss_slice *from) {
    *to = calloc(from->size + 1, 1);
    if (*to)
        memcpy(*to, from->data, from->size);
    return *to != NULL;
}

#define SWISS_NAME words
#define SWISS_KEY char *
#define SWISS_VALUE int
#define SWISS_KEY_DROP(key) free(*(key))
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL(key, slice)                                                                                 \
    (strlen(*(key)) == (slice)->size && memcmp(*(key), (slice)->data, (slice)->size) == 0)
#define SWISS_LOOKUP_MAKE copy_word
#include <swiss/map.h>

#define SWISS_NAME doubles
#define SWISS_KEY double
#include <swiss/set.h>

enum { KEYS = 400 };

/* A random sequence of operations, each done with the hash to one map and without to another. */
#define DEFINE_SEQUENCE(m)                                                                                             \
    static void sequence_##m(uint64_t seed) {                                                                          \
        swiss_options options = {NULL, 7, 0};                                                                          \
        m map, plain;                                                                                                  \
        uint64_t random = seed, values[KEYS];                                                                          \
        assert_true(m##_init(&map, &options) && m##_init(&plain, &options));                                           \
        memset(values, 0, sizeof values);                                                                              \
        for (uint64_t step = 1; step <= 20000; ++step) {                                                               \
            const uint64_t key = random_below(&random, KEYS), hash = m##_hash(&map, key);                              \
            m##_entry one = {0, 0}, other = {0, 0};                                                                    \
            m##_result result = {NULL, false}, expected = {NULL, false};                                               \
            const size_t way = random_below(&random, 9), calls = hashed;                                               \
            if (step % 16 == 0)                                                                                        \
                m##_prefetch(&map, hash);                                                                              \
            switch (way) {                                                                                             \
            case 0:                                                                                                    \
                result = m##_insert_hashed(&map, hash, key, step);                                                     \
                break;                                                                                                 \
            case 1:                                                                                                    \
                result = m##_put_hashed(&map, hash, key, step);                                                        \
                break;                                                                                                 \
            case 2:                                                                                                    \
                assert_true(*m##_get_or_insert_hashed(&map, hash, key, step) == (values[key] ? values[key] : step));   \
                break;                                                                                                 \
            case 3:                                                                                                    \
                result = m##_replace_hashed(&map, hash, key, step, &one);                                              \
                break;                                                                                                 \
            case 4:                                                                                                    \
                assert_int_equal(m##_remove_hashed(&map, hash, key), values[key] != 0);                                \
                break;                                                                                                 \
            case 5:                                                                                                    \
                assert_int_equal(m##_take_hashed(&map, hash, key, &one), values[key] != 0);                            \
                break;                                                                                                 \
            default:                                                                                                   \
                assert_int_equal(m##_contains_hashed(&map, hash, key), values[key] != 0);                              \
                break;                                                                                                 \
            }                                                                                                          \
            if (way > 3 || values[key] != 0) /* else the table may grow, and hash its entries */                       \
                assert_true(hashed == calls);                                                                          \
            if (way == 0)                                                                                              \
                expected = m##_insert(&plain, key, step);                                                              \
            else if (way == 1)                                                                                         \
                expected = m##_put(&plain, key, step);                                                                 \
            else if (way == 2)                                                                                         \
                assert_non_null(m##_get_or_insert(&plain, key, step));                                                 \
            else if (way == 3)                                                                                         \
                expected = m##_replace(&plain, key, step, &other);                                                     \
            else if (way == 4)                                                                                         \
                m##_remove(&plain, key);                                                                               \
            else if (way == 5)                                                                                         \
                m##_take(&plain, key, &other);                                                                         \
            assert_int_equal(result.inserted, expected.inserted);                                                      \
            assert_true(one.key == other.key && one.value == other.value);                                             \
            if (way < 4 && (values[key] == 0 || way % 2 == 1))                                                         \
                values[key] = step;                                                                                    \
            else if (way == 4 || way == 5)                                                                             \
                values[key] = 0;                                                                                       \
            m##_entry *found = m##_find_hashed(&map, hash, key);                                                       \
            assert_int_equal(found != NULL, values[key] != 0);                                                         \
            assert_ptr_equal(found, m##_find(&map, key));                                                              \
            assert_ptr_equal(m##_get_hashed(&map, hash, key), found ? &found->value : NULL);                           \
            if (found)                                                                                                 \
                assert_true(found->value == values[key]);                                                              \
            if (result.entry)                                                                                          \
                assert_ptr_equal(result.entry, found);                                                                 \
            assert_int_equal(m##_size(&map), m##_size(&plain));                                                        \
        }                                                                                                              \
        assert_null(m##_validate(&map));                                                                               \
        m##_free(&map);                                                                                                \
        m##_free(&plain);                                                                                              \
    }

DEFINE_SEQUENCE(u64_map)
DEFINE_SEQUENCE(weak_map)

static void they_do_as_those_without(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        sequence_u64_map(seed);
        sequence_weak_map(seed);
    }
}

static void a_set_has_them_too(void **state) {
    (void)state;
    u64_set set = {0};
    u64_set_entry old = {9};
    for (uint64_t key = 0; key < 100; ++key) {
        const uint64_t hash = u64_set_hash(&set, key);
        assert_true(u64_set_insert_hashed(&set, hash, key).inserted);
        assert_false(u64_set_put_hashed(&set, hash, key).inserted);
        assert_false(u64_set_replace_hashed(&set, hash, key, &old).inserted);
        assert_true(old.key == key && u64_set_find_hashed(&set, hash, key)->key == key);
    }
    for (uint64_t key = 0; key < 100; ++key) {
        const uint64_t hash = u64_set_hash(&set, key);
        assert_true(key % 2 ? u64_set_remove_hashed(&set, hash, key) : u64_set_take_hashed(&set, hash, key, &old));
        assert_false(u64_set_contains_hashed(&set, hash, key));
    }
    u64_set_free(&set);
}

static void by_the_second_key_type(void **state) {
    (void)state;
    words map = {0};
    words_entry entry = {NULL, 0};
    int old = 0;
    for (int i = 0; i < 100; ++i) {
        char text[16];
        const swiss_slice slice = {text, (size_t)snprintf(text, sizeof text, "word %d", i)};
        const uint64_t hash = words_hash_as(&map, slice);
        assert_true(hash == words_hash(&map, text));
        assert_true(words_insert_hashed_as(&map, hash, slice, i).inserted);
        assert_int_equal(*words_get_or_insert_hashed_as(&map, hash, slice, -1), i);
        assert_false(words_put_hashed_as(&map, hash, slice, i + 1).inserted);
        assert_false(words_replace_hashed_as(&map, hash, slice, i + 2, &old).inserted);
        assert_int_equal(old, i + 1);
        assert_int_equal(*words_get_hashed_as(&map, hash, slice), i + 2);
        assert_ptr_equal(words_find_hashed_as(&map, hash, slice), words_find_hashed(&map, hash, text));
        if (i % 3 == 1) {
            assert_true(words_take_hashed_as(&map, hash, slice, &entry));
            free(entry.key);
        } else if (i % 3 == 2) {
            assert_true(words_remove_hashed_as(&map, hash, slice));
        }
        assert_int_equal(words_contains_hashed_as(&map, hash, slice), i % 3 == 0);
    }
    words_free(&map);
}

static void a_nan_is_never_found(void **state) {
    (void)state;
    doubles set = {0};
    volatile double zero = 0;
    const double nan = zero / zero;
    for (size_t i = 0; i < 20; ++i) {
        assert_true(doubles_insert_hashed(&set, doubles_hash(&set, nan), nan).inserted);
        assert_false(doubles_contains_hashed(&set, doubles_hash(&set, nan), nan));
    }
    assert_int_equal(doubles_size(&set), 20);
    doubles_free(&set);
}

/* Asserts that the key 1 has this hash. */
static void has(u64_set *set, uint64_t hash) {
    assert_true(u64_set_hash(set, 1) == hash);
}

static void what_keeps_a_hash(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_set set, other;
    u64_set_entry entry;
    assert_true(u64_set_init(&set, &options) && u64_set_init(&other, &options));
    const uint64_t hash = u64_set_hash(&set, 1);
    assert_int_equal(m.calls, 0); /* nothing was allocated, and still the hash is the one it will have */
    has(&set, hash);
    for (uint64_t round = 0; round < 6; ++round) {
        assert_true(u64_set_insert_hashed(&set, hash, 1).inserted);
        for (uint64_t key = 2; key < 10000; ++key)
            assert_true(u64_set_insert(&set, key).inserted);
        has(&set, hash);
        if (round == 0)
            u64_set_clear(&set);
        else if (round == 1)
            u64_set_clear_keep(&set);
        else
            for (uint64_t key = 1; key < 10000; ++key)
                assert_true(round == 2 ? u64_set_remove(&set, key) : u64_set_pop(&set, &entry));
        has(&set, hash);
        if (round == 4) /* nearly empty: the memory goes back */
            assert_true(u64_set_insert(&set, 1).inserted), u64_set_clear(&set);
        assert_true(round != 3 || u64_set_shrink(&set));
        if (round >= 3)
            assert_int_equal(u64_set_capacity(&set), round == 5 ? 16384 : 0);
        has(&set, hash);
    }
    u64_set moved = u64_set_move(&set);
    has(&moved, hash), has(&set, hash);
    assert_true(u64_set_insert(&set, 5).inserted);
    has(&set, hash);
    assert_true(u64_set_merge(&set, &moved));
    has(&moved, hash), has(&set, hash);
    u64_set_swap(&set, &other);
    has(&other, hash);
    assert_true(u64_set_hash(&set, 1) != hash);
    assert_true(u64_set_clone(&set, &other));
    has(&set, hash);
    u64_set_free(&set);
    u64_set_clear(&other);
    assert_true(u64_set_shrink(&other) && u64_set_clone(&set, &other)); /* of a map without a block */
    has(&set, hash);
    u64_set_free(&set), u64_set_free(&other), u64_set_free(&moved);
    memory_end(&m);
}

static void maps_with_one_seed_share_hashes(void **state) {
    (void)state;
    swiss_options options = {NULL, 12345, 100};
    u64_set a, b;
    assert_true(u64_set_init(&a, &options));
    options.reserve = 0;
    assert_true(u64_set_init(&b, &options));
    for (uint64_t key = 0; key < 300; ++key) {
        const uint64_t hash = u64_set_hash(&a, key);
        assert_true(u64_set_hash(&b, key) == hash);
        assert_true(u64_set_insert_hashed(&a, hash, key).inserted && u64_set_insert_hashed(&b, hash, key).inserted);
        assert_true(u64_set_contains(&a, key) && u64_set_contains(&b, key));
    }
    u64_set_free(&a), u64_set_free(&b);
}

static void prefetching_changes_nothing(void **state) {
    (void)state;
    u64_set set = {0};
    u64_set_prefetch(&set, u64_set_hash(&set, 1));
    for (uint64_t key = 0; key < 100; ++key) {
        u64_set_prefetch(&set, key << 28);
        assert_true(u64_set_insert(&set, key).inserted);
    }
    assert_null(u64_set_validate(&set));
    u64_set_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_do_as_those_without),    cmocka_unit_test(a_set_has_them_too),
        cmocka_unit_test(by_the_second_key_type),      cmocka_unit_test(a_nan_is_never_found),
        cmocka_unit_test(what_keeps_a_hash),           cmocka_unit_test(maps_with_one_seed_share_hashes),
        cmocka_unit_test(prefetching_changes_nothing),
    };
    return RUN_TESTS(tests);
}
