/* Hashes that collide: one for all keys, one group for all, one h2 for all, one class of h2 for all. Slow, but right,
 * ending, and no larger. */
#include "tests/support.h"

#define SWISS_NAME constant_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed) ((void)(key), (void)(seed), UINT64_C(42))
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

/* Constant before it is mixed. */
#define SWISS_NAME mixed_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed) ((void)(key), (void)(seed), UINT64_C(42))
#include <swiss/map.h>

/* The h2 is the key's low byte, the group always the first. */
#define SWISS_NAME group_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), *(key) << 56)
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

/* The last of the groups, whatever the capacity. */
#define SWISS_NAME last_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), *(key) << 56 | UINT64_MAX >> 8)
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

/* The groups are spread, the top byte is 0 for all. */
#define SWISS_NAME h2_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed) (swiss_hash_u64(*(key), (seed)) & UINT64_MAX >> 8)
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

/* The top byte is all ones. */
#define SWISS_NAME ones_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed) (swiss_hash_u64(*(key), (seed)) | UINT64_C(0xFF) << 56)
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

/* All bits are ones: the last group and the last h2. */
#define SWISS_NAME all_ones_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed) ((void)(key), (void)(seed), UINT64_MAX)
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

/* The last group until there are 16, then the last of each 16; one class of h2. */
#define SWISS_NAME class_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH(key, seed)                                                                                          \
    ((swiss_hash_u64(*(key), (seed)) & UINT64_MAX >> 3) | UINT64_C(5) << 61 | UINT64_C(0xF) << 28)
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

enum { KEYS = 700 };

/* Defines test_NAME: fill, search, churn, grow, shrink, merge, clone, empty. */
#define DEFINE_TEST(name)                                                                                              \
    static void test_##name(void **state) {                                                                            \
        (void)state;                                                                                                   \
        memory m;                                                                                                      \
        memory_begin(&m);                                                                                              \
        swiss_options options = {&m.allocator, 0, 0};                                                                  \
        name map, copy;                                                                                                \
        assert_true(name##_init(&map, &options));                                                                      \
        for (uint64_t i = 0; i < KEYS; ++i) {                                                                          \
            assert_true(name##_insert(&map, i, ~i).inserted);                                                          \
            assert_false(name##_insert(&map, i / 2, 0).inserted);                                                      \
        }                                                                                                              \
        assert_int_equal(name##_capacity(&map), 1024);                                                                 \
        assert_null(swiss_table_validate(&map.table, &name##_type_));                                                  \
        for (uint64_t i = 0; i < 2 * KEYS; ++i)                                                                        \
            assert_int_equal(name##_contains(&map, i), i < KEYS);                                                      \
        /* Churn at constant size. */                                                                                  \
        for (uint64_t i = KEYS; i < 4 * KEYS; ++i) {                                                                   \
            assert_true(name##_remove(&map, i - KEYS));                                                                \
            assert_true(name##_insert(&map, i, ~i).inserted);                                                          \
            assert_false(name##_contains(&map, i - KEYS));                                                             \
        }                                                                                                              \
        assert_int_equal(name##_capacity(&map), 1024);                                                                 \
        assert_int_equal(m.blocks, 1);                                                                                 \
        assert_true(name##_clone(&copy, &map));                                                                        \
        assert_true(name##_reserve(&copy, 3000));                                                                      \
        assert_null(swiss_table_validate(&map.table, &name##_type_));                                                  \
        assert_null(swiss_table_validate(&copy.table, &name##_type_));                                                 \
        for (uint64_t i = 3 * KEYS; i < 4 * KEYS; ++i) {                                                               \
            assert_true(*name##_get(&map, i) == ~i);                                                                   \
            assert_true(*name##_get(&copy, i) == ~i);                                                                  \
            if (i % 16)                                                                                                \
                assert_true(name##_remove(&copy, i));                                                                  \
        }                                                                                                              \
        assert_true(name##_shrink(&copy));                                                                             \
        assert_true(name##_merge(&copy, &map));                                                                        \
        assert_int_equal(name##_size(&copy), KEYS);                                                                    \
        assert_null(swiss_table_validate(&copy.table, &name##_type_));                                                 \
        for (uint64_t i = 3 * KEYS; i < 4 * KEYS; ++i) {                                                               \
            assert_true(*name##_get(&copy, i) == ~i);                                                                  \
            assert_true(name##_remove(&copy, i));                                                                      \
        }                                                                                                              \
        assert_int_equal(name##_size(&copy), 0);                                                                       \
        name##_free(&map);                                                                                             \
        name##_free(&copy);                                                                                            \
        memory_end(&m);                                                                                                \
    }

DEFINE_TEST(constant_map)
DEFINE_TEST(mixed_map)
DEFINE_TEST(group_map)
DEFINE_TEST(last_map)
DEFINE_TEST(h2_map)
DEFINE_TEST(ones_map)
DEFINE_TEST(all_ones_map)
DEFINE_TEST(class_map)

static void a_constant_hash_fills_group_after_group(void **state) {
    (void)state;
    constant_map map = {0};
    for (uint64_t i = 0; i < KEYS; ++i)
        assert_true(constant_map_insert(&map, i, i).inserted);
    swiss_table_stats stats = constant_map_stats(&map);
    assert_int_equal(stats.max_probe, KEYS / 16 + 1);
    constant_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_map),
        cmocka_unit_test(test_mixed_map),
        cmocka_unit_test(test_group_map),
        cmocka_unit_test(test_last_map),
        cmocka_unit_test(test_h2_map),
        cmocka_unit_test(test_ones_map),
        cmocka_unit_test(test_all_ones_map),
        cmocka_unit_test(test_class_map),
        cmocka_unit_test(a_constant_hash_fills_group_after_group),
    };
    return RUN_TESTS(tests);
}
