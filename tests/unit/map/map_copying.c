/* Filling a map in the order in which another one iterates. That order is by hash: where both agree on the hash it must
 * not pile the entries up in a few groups. */
#include "tests/support.h"

static size_t comparisons;

#define SWISS_NAME u64_set
#define SWISS_KEY uint64_t
#define SWISS_EQUAL(a, b) (++comparisons, *(a) == *(b))
#include <swiss/set.h>

enum { KEYS = 14000 };

static u64_set seeded(uint64_t seed, size_t reserve) {
    swiss_options options = {NULL, seed, reserve};
    u64_set set;
    assert_true(u64_set_init(&set, &options));
    return set;
}

static u64_set filled(uint64_t seed, size_t reserve) {
    u64_set set = seeded(seed, reserve);
    for (uint64_t i = 0; i < KEYS; ++i)
        assert_true(u64_set_insert(&set, i).inserted);
    return set;
}

/* Inserts into *to, and looks up, the keys of `from` in its order. On the way searches must stay short: the groups that
 * they visit are seen at times, and counted by the comparisons, of which one group has one in 8 or so. */
static void copy(u64_set *to, const u64_set *from) {
    size_t number = 0;
    comparisons = 0;
    u64_set_iter iter = u64_set_iterate(from);
    for (u64_set_entry *entry; (entry = u64_set_next(&iter)); ++number) {
        assert_true(u64_set_insert(to, entry->key).inserted);
        if (number % 1000 == 0) {
            swiss_table_stats stats = u64_set_stats(to);
            assert_true(stats.mean_probe_hit <= 2);
            assert_true(stats.mean_probe_miss <= 4);
        }
    }
    assert_int_equal(u64_set_size(to), KEYS);
    assert_true(comparisons <= 2 * KEYS);
    comparisons = 0;
    iter = u64_set_iterate(from);
    for (u64_set_entry *entry; (entry = u64_set_next(&iter));)
        assert_true(u64_set_contains(to, entry->key));
    assert_true(comparisons <= 2 * KEYS);
}

static void with_the_same_and_with_other_seeds(void **state) {
    (void)state;
    static const size_t reserved[] = {0, 20, 500, KEYS / 4, KEYS / 2, KEYS};
    static const size_t room[] = {0, 2 * KEYS, 8 * KEYS};
    for (size_t f = 0; f < sizeof room / sizeof *room; ++f)
        for (size_t t = 0; t < sizeof reserved / sizeof *reserved; ++t)
            for (uint64_t seed = 0; seed < 3; ++seed) {
                u64_set from = filled(seed ? 7 : 0, room[f]), to = seeded(seed == 1 ? 7 : seed, reserved[t]);
                copy(&to, &from);
                u64_set_free(&from);
                u64_set_free(&to);
            }
}

/* A clone has its original's seed. */
static void into_a_clone(void **state) {
    (void)state;
    u64_set from = filled(0, 0), to;
    for (uint64_t i = 20; i < KEYS; ++i)
        assert_true(u64_set_remove(&from, i));
    assert_true(u64_set_shrink(&from));
    assert_true(u64_set_clone(&to, &from));
    for (uint64_t i = 20; i < KEYS; ++i)
        assert_true(u64_set_insert(&from, i).inserted);
    for (uint64_t i = 0; i < 20; ++i)
        assert_true(u64_set_remove(&to, i));
    copy(&to, &from);
    u64_set_clear(&to);
    copy(&to, &from);
    u64_set_free(&from);
    u64_set_free(&to);
}

/* With so many entries that whole runs of blocks of groups are full before the table doubles. */
static void of_many_entries(void **state) {
    (void)state;
    enum { MANY = 80000 };
    u64_set from = seeded(7, 0), to = seeded(7, 0);
    for (uint64_t i = 0; i < MANY; ++i)
        assert_true(u64_set_insert(&from, i).inserted);
    size_t capacity = 0;
    u64_set_iter iter = u64_set_iterate(&from);
    for (u64_set_entry *entry; (entry = u64_set_next(&iter));) {
        assert_true(u64_set_insert(&to, entry->key).inserted);
        const bool has_doubled = u64_set_capacity(&to) != capacity;
        if (!has_doubled && u64_set_size(&to) % 1000 != 0)
            continue;
        capacity = u64_set_capacity(&to);
        const swiss_table_stats stats = u64_set_stats(&to);
        assert_true(stats.mean_probe_hit <= (has_doubled ? 2 : 40));
        assert_true(stats.mean_probe_miss <= (has_doubled ? 2 : 160));
    }
    assert_null(u64_set_validate(&to));
    assert_true(u64_set_stats(&to).mean_probe_miss <= 2);
    u64_set_free(&from);
    u64_set_free(&to);
}

static void by_merging(void **state) {
    (void)state;
    for (size_t room = 0; room <= 8 * KEYS; room += 4 * KEYS) {
        u64_set from = filled(7, room), to = seeded(7, 0);
        comparisons = 0;
        assert_true(u64_set_merge(&to, &from));
        assert_true(comparisons <= KEYS);
        assert_true(u64_set_stats(&to).mean_probe_hit <= 2);
        assert_int_equal(u64_set_size(&to), KEYS);
        u64_set_free(&from);
        u64_set_free(&to);
    }
}

int main(void) {
#ifdef SWISS_VALIDATE
    swiss_validates_ = false; /* it would hash and compare too */
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_the_same_and_with_other_seeds),
        cmocka_unit_test(into_a_clone),
        cmocka_unit_test(of_many_entries),
        cmocka_unit_test(by_merging),
    };
    return RUN_TESTS(tests);
}
