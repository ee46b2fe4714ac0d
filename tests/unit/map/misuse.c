/* Broken preconditions that debug builds assert. The table's source is part of this file, so that its assertions are
 * seen here too, in every build. */
#define SWISS_ASSERT(condition) mock_assert((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define SWISS_CHECK_ITERATORS
#include "tests/support.h"
#include "swiss/table.c"

static size_t drops;

static void count_drop(uint64_t *value) {
    (void)value;
    ++drops;
}

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_VALUE_DROP count_drop
#include <swiss/map.h>

#define SWISS_NAME u64_set
#define SWISS_KEY uint64_t
#include <swiss/set.h>

static bool insert_while_making(uint64_t *to, const uint32_t *from);

#define SWISS_NAME remade
#define SWISS_KEY uint64_t
#define SWISS_LOOKUP uint32_t
#define SWISS_LOOKUP_HASH(key, seed) swiss_hash_u64(*(key), (seed))
#define SWISS_LOOKUP_EQUAL(a, b) (*(a) == *(b))
#define SWISS_LOOKUP_MAKE insert_while_making
#include <swiss/set.h>

static remade changing;

static bool insert_while_making(uint64_t *to, const uint32_t *from) {
    *to = *from;
    return remade_insert(&changing, *from + 1).inserted;
}

/* Static, for an assertion that fails jumps out of the function that it is in. */
static u64_map map;
static u64_map_iter iter;
static u64_map_entry *entry;
static u64_set set, other;

static void refill(u64_map *filled) {
    for (uint64_t i = 0; i < 16; ++i)
        assert_true(u64_map_insert(filled, i, i).inserted);
}

static void fill_map(uint64_t size) {
    map = (u64_map){0};
    for (uint64_t i = 0; i < size; ++i)
        assert_true(u64_map_insert(&map, i, i).inserted);
    drops = 0;
}

/* Two maps that have gone through the same, also with the same seed. */
static void fill_alike(u64_map *a, u64_map *b, uint64_t seed) {
    swiss_options options = {NULL, seed, 0};
    assert_true(u64_map_init(a, &options) && u64_map_init(b, &options));
    refill(a), refill(b);
}

static u64_map left, right;

/* All that moves entries, or puts others in their place. */
static void stale_iterators(void **state) {
    (void)state;
    static u64_map removed;
    static u64_map_entry taken;
    static const uint64_t more[] = {16, 17};
    static swiss_table_type plain;
    plain = u64_map_type_;
    plain.drop = NULL;
    for (volatile int run = 0; run < 40; ++run) {
        const int way = run / 2;
        fill_alike(&left, &right, run % 2 ? 7 : 0);
        iter = u64_map_iterate(&left);
        assert_non_null(u64_map_next(&iter));
        memset(&removed, 0, sizeof removed);
        if (way == 0)
            assert_true(u64_map_insert(&left, 16, 0).inserted);
        else if (way == 1)
            assert_true(u64_map_remove(&left, 5));
        else if (way == 2)
            u64_map_clear(&left);
        else if (way == 3)
            assert_true(u64_map_reserve(&left, 100));
        else if (way == 4)
            assert_true(u64_map_take(&left, 5, &taken));
        else if (way == 5)
            u64_map_remove_entry(&left, u64_map_find(&left, 5));
        else if (way == 6)
            removed = u64_map_move(&left);
        else if (way == 7)
            u64_map_free(&left);
        else if (way == 8)
            assert_non_null(u64_map_get_or_insert(&left, 16, 0));
        else if (way == 9)
            u64_map_swap(&left, &right);
        else if (way == 10)
            u64_map_swap(&right, &left);
        else if (way == 11)
            removed = left, left = u64_map_move(&right);
        else if (way == 12)
            removed = left, assert_true(swiss_table_clone(&left.table, &right.table, &plain));
        else if (way == 13)
            removed = left, assert_true(u64_map_init(&left, NULL)), refill(&left);
        else if (way == 14)
            u64_map_free(&left), assert_true(u64_map_init(&left, NULL)), refill(&left);
        else if (way == 15)
            u64_map_free(&left), left = (u64_map){0}, refill(&left);
        else if (way == 16)
            u64_map_clear(&left), assert_true(u64_map_shrink(&left)), refill(&left);
        else if (way == 17)
            assert_int_equal(u64_map_insert_many(&left, more, more, 2), 2);
        else if (way == 18)
            assert_int_equal(u64_map_remove_many(&left, more, 2), 0), assert_true(u64_map_put(&left, 16, 0).inserted);
        else
            assert_true(u64_map_insert(&right, 16, 0).inserted && u64_map_merge(&left, &right));
        expect_assert_failure(u64_map_next(&iter));
        expect_assert_failure(u64_map_iter_remove(&left, &iter));
        u64_map_free(&removed);
        if (way != 7)
            u64_map_free(&left);
        u64_map_free(&right);
    }
}

static void what_changes_no_place_makes_no_iterator_stale(void **state) {
    (void)state;
    fill_map(16);
    iter = u64_map_iterate(&map);
    assert_non_null(u64_map_next(&iter));
    assert_false(u64_map_insert(&map, 3, 5).inserted);
    assert_false(u64_map_put(&map, 4, 5).inserted);
    assert_false(u64_map_remove(&map, 100));
    assert_true(u64_map_reserve(&map, 10));
    assert_non_null(u64_map_next(&iter));
    u64_map_iter_remove(&map, &iter);
    assert_non_null(u64_map_next(&iter));
    u64_map_free(&map);
}

static void removing_what_the_iterator_has_not(void **state) {
    (void)state;
    fill_map(16);
    iter = u64_map_iterate(&map);
    expect_assert_failure(u64_map_iter_remove(&map, &iter));
    assert_non_null(u64_map_next(&iter));
    u64_map_iter_remove(&map, &iter);
    expect_assert_failure(u64_map_iter_remove(&map, &iter));
    while (u64_map_next(&iter))
        ;
    expect_assert_failure(u64_map_iter_remove(&map, &iter));
    assert_int_equal(drops, 1);
    u64_map another = {0};
    iter = u64_map_iterate(&map);
    assert_non_null(u64_map_next(&iter));
    expect_assert_failure(u64_map_iter_remove(&another, &iter));
    assert_int_equal(u64_map_size(&map), 15);
    u64_map_free(&map);
}

static void removing_an_entry_that_is_none(void **state) {
    (void)state;
    static u64_map_entry stranger;
    fill_map(16);
    entry = u64_map_find(&map, 3);
    u64_map_remove_entry(&map, entry);
    expect_assert_failure(u64_map_remove_entry(&map, entry));
    expect_assert_failure(u64_map_remove_entry(&map, &stranger));
    assert_int_equal(drops, 1);
    entry = u64_map_find(&map, 4);
    u64_map_free(&map);
    drops = 0;
    expect_assert_failure(u64_map_remove_entry(&map, entry));
    assert_int_equal(drops, 0);
}

static bool keep(u64_set_entry *kept, void *context) {
    (void)kept, (void)context;
    return true;
}

static void using_or_freeing_what_is_freed(void **state) {
    (void)state;
    static u64_set_entry taken;
    static u64_set moved;
    static bool done;
    for (volatile int filled = 0; filled < 2; ++filled) {
        set = other = (u64_set){0};
        if (filled)
            assert_true(u64_set_insert(&set, 1).inserted);
        u64_set_free(&set);
        expect_assert_failure(u64_set_free(&set));
        expect_assert_failure(u64_set_insert(&set, 1));
        expect_assert_failure(u64_set_put(&set, 1));
        expect_assert_failure(u64_set_find(&set, 1));
        expect_assert_failure(u64_set_contains(&set, 1));
        expect_assert_failure(u64_set_remove(&set, 1));
        expect_assert_failure(u64_set_take(&set, 1, &taken));
        expect_assert_failure(u64_set_iterate(&set));
        expect_assert_failure(u64_set_reserve(&set, 0));
        expect_assert_failure(u64_set_shrink(&set));
        expect_assert_failure(u64_set_clear(&set));
        expect_assert_failure(done = u64_set_clone(&other, &set));
        expect_assert_failure(moved = u64_set_move(&set));
        expect_assert_failure(done = u64_set_merge(&other, &set));
        expect_assert_failure(u64_set_retain(&set, keep, NULL));
        expect_assert_failure(u64_set_stats(&set));
        expect_assert_failure(u64_set_equal(&set, &other));
        assert_true(u64_set_init(&set, NULL));
        assert_true(u64_set_insert(&set, 1).inserted);
        expect_assert_failure(done = u64_set_clone(&set, &set));
        assert_false(done || moved.table.control);
        u64_set_free(&set);
    }
}

static void a_freed_table(void **state) {
    (void)state;
    static swiss_table table;
    static swiss_table_type type;
    static uint32_t key = 1;
    assert_true(swiss_table_type_init(&type, 4, 4, 0, 0, NULL, NULL));
    assert_true(swiss_table_init(&table, &type, NULL));
    assert_true(swiss_table_insert(&table, &type, &key, NULL).inserted);
    swiss_table_free(&table, &type);
    expect_assert_failure(swiss_table_free(&table, &type));
    expect_assert_failure(swiss_table_find(&table, &type, &key));
    expect_assert_failure(swiss_table_insert(&table, &type, &key, NULL));
    expect_assert_failure(swiss_table_put(&table, &type, &key, NULL));
    expect_assert_failure(swiss_table_get_or_insert(&table, &type, &key, NULL));
    expect_assert_failure(swiss_table_remove(&table, &type, &key));
    expect_assert_failure(swiss_table_take(&table, &type, &key, NULL));
}

static void a_hook_that_changes_the_map(void **state) {
    (void)state;
    assert_true(remade_init(&changing, NULL));
    expect_assert_failure(remade_insert_as(&changing, 1));
    assert_true(remade_contains(&changing, 2));
    remade_free(&changing);
}

static void *allocate_misaligned(void *context, size_t size, size_t alignment) {
    (void)size, (void)alignment;
    return (char *)context + 8;
}

static void an_allocator_that_does_not_align(void **state) {
    (void)state;
    static _Alignas(64) char memory_of_it[1000];
    static swiss_allocator allocator = {allocate_misaligned, NULL, NULL, memory_of_it};
    static swiss_options options = {&allocator, 0, 0};
    assert_true(u64_set_init(&set, &options));
    expect_assert_failure(u64_set_insert(&set, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_iterators),
        cmocka_unit_test(what_changes_no_place_makes_no_iterator_stale),
        cmocka_unit_test(removing_what_the_iterator_has_not),
        cmocka_unit_test(removing_an_entry_that_is_none),
        cmocka_unit_test(using_or_freeing_what_is_freed),
        cmocka_unit_test(a_freed_table),
        cmocka_unit_test(a_hook_that_changes_the_map),
        cmocka_unit_test(an_allocator_that_does_not_align),
    };
    return RUN_TESTS(tests);
}
