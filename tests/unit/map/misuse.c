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

#define SWISS_NAME doubles
#define SWISS_KEY double
#include <swiss/set.h>

static doubles nans;

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

/* All that inserts or moves entries, or puts others in their place. */
static void stale_iterators(void **state) {
    (void)state;
    static u64_map removed;
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
            u64_map_clear_keep(&left);
        else if (way == 2)
            u64_map_clear(&left);
        else if (way == 3)
            assert_true(u64_map_reserve(&left, 100));
        else if (way == 4)
            assert_true(u64_map_insert_ptr(&left, &more[0], &more[1]).inserted);
        else if (way == 5)
            assert_true(u64_map_remove(&left, 5) && u64_map_insert(&left, 5, 0).inserted);
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
    assert_true(u64_map_remove(&map, 5) || u64_map_remove(&map, 6));
    assert_true(u64_map_pop(&map, NULL));
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
    fill_alike(&left, &right, 7);
    iter = u64_map_iterate(&left);
    assert_non_null(u64_map_next(&iter));
    expect_assert_failure(u64_map_iter_remove(&right, &iter));
    u64_map_iter_remove(&left, &iter);
    u64_map_free(&left), u64_map_free(&right);
    iter = u64_map_iterate(&map);
    entry = u64_map_next(&iter);
    assert_true(u64_map_remove(&map, entry->key));
    expect_assert_failure(u64_map_iter_remove(&map, &iter));
    assert_int_equal(u64_map_size(&map), 14);
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

/* Of another key, of another map, and of the map that was there before. */
static void a_hash_that_does_not_match(void **state) {
    (void)state;
    static uint64_t wrong[4];
    static u64_map_entry old;
    static swiss_table_type type;
    static swiss_table table;
    static uint64_t key = 3;
    fill_alike(&left, &right, 0);
    wrong[0] = u64_map_hash(&left, 4);
    wrong[1] = u64_map_hash(&right, 3);
    wrong[2] = u64_map_hash(&left, 3) ^ 1;
    wrong[3] = 0;
    drops = 0;
    assert_true(swiss_table_type_init(&type, 8, 8, 0, 0, NULL, NULL));
    for (volatile int filled = 0; filled < 2; ++filled) {
        table = (swiss_table){0};
        assert_true(!filled || swiss_table_insert(&table, &type, &key, NULL).inserted);
        if (!filled)
            map = (u64_map){0};
        for (volatile int i = 0; i < 4; ++i) {
            u64_map *const tried = filled ? &left : &map;
            expect_assert_failure(u64_map_find_hashed(tried, wrong[i], 3));
            expect_assert_failure(u64_map_contains_hashed(tried, wrong[i], 3));
            expect_assert_failure(u64_map_get_hashed(tried, wrong[i], 3));
            expect_assert_failure(u64_map_insert_hashed(tried, wrong[i], 3, 0));
            expect_assert_failure(u64_map_put_hashed(tried, wrong[i], 3, 0));
            expect_assert_failure(u64_map_replace_hashed(tried, wrong[i], 3, 0, &old));
            expect_assert_failure(u64_map_get_or_insert_hashed(tried, wrong[i], 3, 0));
            expect_assert_failure(u64_map_remove_hashed(&left, wrong[i], 3));
            expect_assert_failure(u64_map_take_hashed(&left, wrong[i], 3, &old));
            expect_assert_failure(swiss_table_find_hashed(&table, &type, wrong[i], &key));
            expect_assert_failure(swiss_table_contains_hashed(&table, &type, wrong[i], &key));
            expect_assert_failure(swiss_table_get_hashed(&table, &type, wrong[i], &key));
            expect_assert_failure(swiss_table_insert_hashed(&table, &type, wrong[i], &key, NULL));
            expect_assert_failure(swiss_table_put_hashed(&table, &type, wrong[i], &key, NULL));
            expect_assert_failure(swiss_table_replace_hashed(&table, &type, wrong[i], &key, NULL, NULL));
            expect_assert_failure(swiss_table_get_or_insert_hashed(&table, &type, wrong[i], &key, NULL));
            expect_assert_failure(swiss_table_remove_hashed(&table, &type, wrong[i], &key));
            expect_assert_failure(swiss_table_take_hashed(&table, &type, wrong[i], &key, NULL));
        }
        assert_int_equal(swiss_table_size(&table), filled);
        swiss_table_free(&table, &type);
    }
    assert_int_equal(u64_map_size(&left), 16);
    assert_int_equal(u64_map_size(&map), 0);
    assert_int_equal(drops, 0);
    u64_map_free(&left), u64_map_free(&right), u64_map_free(&map);
}

/* A NaN has another hash each time: that is no mistake. */
static void the_hash_of_a_nan(void **state) {
    (void)state;
    volatile double zero = 0;
    const double nan = zero / zero;
    assert_true(doubles_insert_hashed(&nans, doubles_hash(&nans, nan), nan).inserted);
    assert_false(doubles_remove_hashed(&nans, doubles_hash(&nans, nan), nan));
    doubles_free(&nans);
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
    static const uint64_t key = 1;
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
        expect_assert_failure(u64_set_replace(&set, 1, &taken));
        expect_assert_failure(u64_set_hash(&set, 1));
        expect_assert_failure(u64_set_find_hashed(&set, 1, 1));
        expect_assert_failure(u64_set_insert_ptr(&set, &key));
        expect_assert_failure(u64_set_remove_ptr(&set, &key));
        expect_assert_failure(u64_set_pop(&set, &taken));
        expect_assert_failure(u64_set_iterate_from(&set, 1));
        expect_assert_failure(u64_set_clear_keep(&set));
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
    static void *slot;
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
    expect_assert_failure(swiss_table_pop(&table, &type, NULL));
    expect_assert_failure(swiss_table_replace(&table, &type, &key, NULL, NULL));
    expect_assert_failure(swiss_table_clear_keep(&table, &type));
    expect_assert_failure(swiss_table_find_many(&table, &type, &key, 1, &slot));
    expect_assert_failure(swiss_table_insert_many(&table, &type, &key, NULL, 1));
    expect_assert_failure(swiss_table_remove_many(&table, &type, &key, 1));
    expect_assert_failure(swiss_table_hash(&table, &type, &key));
    expect_assert_failure(swiss_table_insert_hashed(&table, &type, 1, &key, NULL));
    expect_assert_failure(swiss_table_remove_hashed(&table, &type, 1, &key));
}

static void an_entry_that_the_table_does_not_hold(void **state) {
    (void)state;
    static swiss_table table;
    static swiss_table_type type;
    static uint32_t key = 1;
    static void *slot;
    assert_true(swiss_table_type_init(&type, 4, 4, 0, 0, NULL, NULL));
    table = (swiss_table){0};
    slot = swiss_table_insert(&table, &type, &key, NULL).slot;
    expect_assert_failure(swiss_table_remove_entry(&table, &type, &key));
    swiss_table_remove_entry(&table, &type, slot);
    expect_assert_failure(swiss_table_remove_entry(&table, &type, slot));
    swiss_table_free(&table, &type);
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

/* What is wrong, and mostly what to do, is part of the assertion. */
#define SAYS(text, call)                                                                                               \
    do {                                                                                                               \
        expect_assert_failure(call);                                                                                   \
        assert_non_null(strstr(global_last_failed_assert, text));                                                      \
    } while (0)

static void what_assertions_say(void **state) {
    (void)state;
    static bool done;
    static u64_map_entry stranger;
    fill_alike(&left, &right, 7);
    iter = u64_map_iterate(&left);
    SAYS("call next before iter_remove", u64_map_iter_remove(&left, &iter));
    entry = u64_map_next(&iter);
    SAYS("this iterator is one of another map", u64_map_iter_remove(&right, &iter));
    u64_map_remove_entry(&left, entry);
    SAYS("call next before iter_remove", u64_map_iter_remove(&left, &iter));
    SAYS("this entry is not in the map: it is removed, or has moved", u64_map_remove_entry(&left, entry));
    SAYS("this entry is not in the map", u64_map_remove_entry(&left, &stranger));
    assert_true(u64_map_insert(&left, 100, 0).inserted);
    SAYS("entries have moved since this iteration began", u64_map_next(&iter));
    SAYS("entries have moved since this iteration began", u64_map_iter_remove(&left, &iter));
    SAYS("ask NAME_hash for it", u64_map_find_hashed(&left, 1, 2));
    SAYS("ask NAME_hash for it", swiss_table_find_hashed(&left.table, &u64_map_type_, 1, &entry->key));
    SAYS("cloned into itself", done = swiss_table_clone(&left.table, &left.table, &u64_map_type_));
    u64_map_free(&left), u64_map_free(&right);
    SAYS("this map is freed: begin it anew, by init or with {0}", u64_map_free(&left));
    SAYS("this map is freed: begin it anew, by init or with {0}", u64_map_insert(&left, 1, 1));
    SAYS("this map is freed: begin it anew, by init or with {0}", u64_map_find(&left, 1));
    SAYS("this map is freed: begin it anew, by init or with {0}", u64_map_reserve(&left, 1));
    assert_true(remade_init(&changing, NULL));
    SAYS("SWISS_LOOKUP_MAKE has changed the map", remade_insert_as(&changing, 1));
    remade_free(&changing);
    assert_false(done);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_assertions_say),
        cmocka_unit_test(stale_iterators),
        cmocka_unit_test(what_changes_no_place_makes_no_iterator_stale),
        cmocka_unit_test(removing_what_the_iterator_has_not),
        cmocka_unit_test(removing_an_entry_that_is_none),
        cmocka_unit_test(using_or_freeing_what_is_freed),
        cmocka_unit_test(a_freed_table),
        cmocka_unit_test(a_hash_that_does_not_match),
        cmocka_unit_test(the_hash_of_a_nan),
        cmocka_unit_test(an_entry_that_the_table_does_not_hold),
        cmocka_unit_test(a_hook_that_changes_the_map),
        cmocka_unit_test(an_allocator_that_does_not_align),
    };
    return RUN_TESTS(tests);
}
