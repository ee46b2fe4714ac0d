/* Every operation on a map that is {0}, cleared, or emptied: nothing is found, and no memory is asked for that no entry
 * needs. */
#include "tests/support.h"

static bool lookup_equal(const uint64_t *key, const uint32_t *other) {
    return *key == *other;
}

static bool lookup_make(uint64_t *key, const uint32_t *other) {
    *key = *other;
    return true;
}

static void drop_nothing(uint64_t *value) {
    (void)value;
    fail();
}

static bool clone_nothing(uint64_t *to, const uint64_t *from) {
    (void)to, (void)from;
    fail();
    return false;
}

#define SWISS_NAME hooked
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_VALUE_DROP drop_nothing
#define SWISS_VALUE_CLONE clone_nothing
#define SWISS_LOOKUP uint32_t
#define SWISS_LOOKUP_EQUAL lookup_equal
#define SWISS_LOOKUP_MAKE lookup_make
#include <swiss/map.h>

static bool keep_nothing(hooked_entry *entry, void *context) {
    (void)entry, (void)context;
    fail();
    return false;
}

static bool compare_nothing(const uint64_t *a, const uint64_t *b) {
    (void)a, (void)b;
    fail();
    return false;
}

/* Asserts what holds of an empty map, by every operation but those that insert and free. */
static void check_empty(hooked *map, memory *m) {
    size_t calls = m->calls;
    hooked_entry entry;
    hooked other;
    swiss_options options = {&m->allocator, 0, 0};
    assert_int_equal(hooked_size(map), 0);
    assert_null(hooked_find(map, 1));
    assert_null(hooked_get(map, 1));
    assert_false(hooked_contains(map, 1));
    assert_false(hooked_remove(map, 1));
    assert_false(hooked_take(map, 1, &entry));
    assert_null(hooked_find_as(map, 1));
    assert_false(hooked_contains_as(map, 1));
    assert_false(hooked_remove_as(map, 1));
    assert_false(hooked_take_as(map, 1, &entry));
    hooked_iter iter = hooked_iterate(map);
    assert_null(hooked_next(&iter));
    assert_null(hooked_next(&iter));
    assert_int_equal(hooked_retain(map, keep_nothing, NULL), 0);
    assert_int_equal(hooked_stats(map).size, 0);
    hooked_clear(map);
    assert_true(hooked_reserve(map, 0));
    assert_true(hooked_clone(&other, map));
    assert_int_equal(hooked_capacity(&other), 0);
    assert_true(hooked_equal(map, &other, compare_nothing));
    assert_true(hooked_equal(&other, map, compare_nothing));
    assert_true(hooked_merge(map, &other));
    assert_true(hooked_merge(&other, map));
    hooked_swap(map, &other);
    hooked_swap(map, &other);
    hooked_free(&other);
    assert_true(hooked_init(&other, &options));
    assert_true(hooked_merge(map, &other));
    hooked_free(&other);
    other = hooked_move(map);
    assert_int_equal(hooked_size(&other), 0);
    hooked_swap(map, &other);
    hooked_free(&other);
    assert_int_equal(m->calls, calls);
    assert_true(hooked_shrink(map));
    assert_int_equal(hooked_capacity(map), 0);
    assert_int_equal(m->calls, calls);
    assert_int_equal(m->blocks, 0);
}

/* The ways in which a map may come to be empty. */
static void make_empty(hooked *map, memory *m, int way) {
    hooked_entry entry;
    hooked other;
    swiss_options options = {&m->allocator, 0, 0};
    memory_begin(m);
    assert_true(hooked_init(map, &options));
    if (way == 0)
        return;
    for (uint64_t i = 0; i < 100; ++i)
        assert_true(hooked_insert(map, i, i).inserted);
    if (way == 1) {
        for (uint64_t i = 0; i < 100; ++i)
            assert_true(hooked_take(map, i, &entry));
    } else if (way == 2) {
        other = hooked_move(map);
        for (uint64_t i = 0; i < 100; ++i)
            assert_true(hooked_take(&other, i, &entry));
        hooked_free(&other);
    } else {
        assert_true(hooked_init(&other, &options));
        assert_true(hooked_merge(&other, map));
        for (uint64_t i = 0; i < 100; ++i)
            assert_true(hooked_take(&other, i, &entry));
        hooked_free(&other);
    }
}

static void nothing_is_there_and_nothing_is_allocated(void **state) {
    (void)state;
    for (int way = 0; way < 4; ++way) {
        memory m;
        hooked map;
        make_empty(&map, &m, way);
        check_empty(&map, &m);
        hooked_free(&map);
        memory_end(&m);
    }
}

static void each_way_of_inserting_begins_a_map(void **state) {
    (void)state;
    for (int way = 0; way < 4; ++way)
        for (int insert = 0; insert < 4; ++insert) {
            memory m;
            hooked map;
            hooked_entry entry = {0, 0};
            make_empty(&map, &m, way);
            if (insert == 0)
                assert_true(hooked_insert(&map, 5, 6).inserted);
            else if (insert == 1)
                assert_true(hooked_put(&map, 5, 6).inserted);
            else if (insert == 2)
                assert_true(*hooked_get_or_insert(&map, 5, 6) == 6);
            else
                assert_true(hooked_insert_as(&map, 5, 6).inserted);
            assert_int_equal(m.blocks, 1);
            assert_int_equal(hooked_size(&map), 1);
            assert_true(hooked_take(&map, 5, &entry));
            assert_true(entry.key == 5 && entry.value == 6);
            hooked_free(&map);
            memory_end(&m);
        }
}

static void an_empty_map_on_the_default_heap(void **state) {
    (void)state;
    hooked map = {0}, other = {0};
    assert_null(hooked_find(&map, 0));
    assert_true(hooked_shrink(&map));
    assert_true(hooked_equal(&map, &other, compare_nothing));
    assert_true(hooked_merge(&map, &other));
    assert_int_equal(hooked_capacity(&map), 0);
    hooked_free(&map);
    hooked_free(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_there_and_nothing_is_allocated),
        cmocka_unit_test(each_way_of_inserting_begins_a_map),
        cmocka_unit_test(an_empty_map_on_the_default_heap),
    };
    return RUN_TESTS(tests);
}
