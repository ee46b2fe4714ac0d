/* Beginning a map: {0}, init and its options. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

static void zero_is_a_map_on_the_default_heap(void **state) {
    (void)state;
    u64_map map = {0};
    assert_int_equal(u64_map_size(&map), 0);
    assert_int_equal(u64_map_capacity(&map), 0);
    assert_true(u64_map_insert(&map, 1, 2).inserted);
    assert_true(*u64_map_get(&map, 1) == 2);
    u64_map_free(&map);
}

static void init_without_options_is_zero(void **state) {
    (void)state;
    u64_map map;
    memset(&map, 0xFF, sizeof map);
    assert_true(u64_map_init(&map, NULL));
    assert_int_equal(u64_map_capacity(&map), 0);
    assert_true(u64_map_insert(&map, 1, 2).inserted);
    u64_map_free(&map);
}

static void init_forgets_what_was_there(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_map map, kept;
    assert_true(u64_map_init(&map, &options));
    assert_true(u64_map_insert(&map, 1, 2).inserted);
    kept = map;
    assert_true(u64_map_init(&map, &options));
    assert_int_equal(m.blocks, 1);
    assert_int_equal(u64_map_size(&map), 0);
    assert_true(u64_map_contains(&kept, 1));
    u64_map_free(&kept);
    u64_map_free(&map);
    memory_end(&m);
}

static void everything_comes_from_the_allocator(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    assert_int_equal(m.calls, 0);
    for (uint64_t i = 0; i < 1000; ++i) {
        assert_true(u64_map_insert(&map, i, i).inserted);
        assert_int_equal(m.blocks, 1);
        assert_int_equal(m.bytes, u64_map_stats(&map).bytes);
    }
    u64_map_free(&map);
    memory_end(&m);
}

static void malloc_is_an_allocator_too(void **state) {
    (void)state;
    swiss_options options = {swiss_allocator_malloc(), 0, 100};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    for (uint64_t i = 0; i < 1000; ++i)
        assert_true(u64_map_insert(&map, i, i).inserted);
    u64_map_free(&map);
}

static void reserve_is_room_for_so_many(void **state) {
    (void)state;
    for (size_t room = 1; room < 300; ++room) {
        memory m;
        memory_begin(&m);
        swiss_options options = {&m.allocator, 0, room};
        u64_map map;
        assert_true(u64_map_init(&map, &options));
        assert_int_equal(m.calls, 1);
        assert_true(u64_map_capacity(&map) >= room);
        size_t capacity = u64_map_capacity(&map);
        for (uint64_t i = 0; i < room; ++i)
            assert_true(u64_map_insert(&map, i, i).inserted);
        assert_int_equal(m.calls, 1);
        assert_int_equal(u64_map_capacity(&map), capacity);
        u64_map_free(&map);
        memory_end(&m);
    }
}

static void too_large_a_reserve_leaves_a_valid_map(void **state) {
    (void)state;
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4, SIZE_MAX / sizeof(u64_map_entry),
                            PTRDIFF_MAX / sizeof(u64_map_entry)};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        memory m;
        memory_begin(&m);
        swiss_options options = {&m.allocator, 5, sizes[i]};
        u64_map map;
        memset(&map, 0xFF, sizeof map);
        assert_false(u64_map_init(&map, &options));
        assert_int_equal(m.calls, 0);
        assert_int_equal(u64_map_capacity(&map), 0);
        assert_true(u64_map_insert(&map, 1, 2).inserted);
        assert_int_equal(m.blocks, 1);
        u64_map_free(&map);
        memory_end(&m);
    }
}

static void out_of_memory_leaves_a_valid_map(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    m.fail_at = 0;
    swiss_options options = {&m.allocator, 0, 10};
    u64_map map;
    assert_false(u64_map_init(&map, &options));
    assert_int_equal(u64_map_capacity(&map), 0);
    assert_true(u64_map_insert(&map, 1, 2).inserted);
    assert_int_equal(m.blocks, 1);
    u64_map_free(&map);
    memory_end(&m);
}

/* The keys of a map of 1000 numbers in the order of an iteration. */
static void order_of(uint64_t seed, uint64_t keys[1000]) {
    swiss_options options = {NULL, seed, 1000};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    for (uint64_t i = 0; i < 1000; ++i)
        assert_true(u64_map_insert(&map, i, i).inserted);
    u64_map_iter iter = u64_map_iterate(&map);
    for (size_t i = 0; i < 1000; ++i)
        keys[i] = u64_map_next(&iter)->key;
    assert_null(u64_map_next(&iter));
    u64_map_free(&map);
}

static void a_seed_repeats_and_others_differ(void **state) {
    (void)state;
    static uint64_t a[1000], b[1000];
    order_of(1, a), order_of(1, b);
    assert_memory_equal(a, b, sizeof a);
    order_of(2, b);
    assert_memory_not_equal(a, b, sizeof a);
    order_of(0, a), order_of(0, b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void a_seed_given_stays_for_ever(void **state) {
    (void)state;
    static uint64_t fresh[1000], keys[1000];
    order_of(7, fresh);
    swiss_options options = {NULL, 7, 0};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    assert_true(u64_map_insert(&map, 0, 0).inserted);
    u64_map_clear(&map);
    assert_true(u64_map_shrink(&map));
    assert_true(u64_map_reserve(&map, 5000));
    for (uint64_t i = 1000; i--;)
        assert_true(u64_map_insert(&map, i, i).inserted);
    assert_true(u64_map_shrink(&map));
    u64_map moved = u64_map_move(&map);
    u64_map_free(&map);
    u64_map_clear(&moved);
    for (uint64_t i = 0; i < 1000; ++i)
        assert_true(u64_map_insert(&moved, i, i).inserted);
    u64_map_iter iter = u64_map_iterate(&moved);
    for (size_t i = 0; i < 1000; ++i)
        keys[i] = u64_map_next(&iter)->key;
    u64_map_free(&moved);
    assert_memory_equal(keys, fresh, sizeof keys);
}

static void a_freed_map_begins_again(void **state) {
    (void)state;
    u64_map map = {0};
    for (int round = 0; round < 3; ++round) {
        assert_true(u64_map_insert(&map, 1, 2).inserted);
        u64_map_free(&map);
        if (round == 0)
            map = (u64_map){0};
        else
            assert_true(u64_map_init(&map, NULL));
    }
    u64_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_is_a_map_on_the_default_heap),
        cmocka_unit_test(init_without_options_is_zero),
        cmocka_unit_test(init_forgets_what_was_there),
        cmocka_unit_test(everything_comes_from_the_allocator),
        cmocka_unit_test(malloc_is_an_allocator_too),
        cmocka_unit_test(reserve_is_room_for_so_many),
        cmocka_unit_test(too_large_a_reserve_leaves_a_valid_map),
        cmocka_unit_test(out_of_memory_leaves_a_valid_map),
        cmocka_unit_test(a_seed_repeats_and_others_differ),
        cmocka_unit_test(a_seed_given_stays_for_ever),
        cmocka_unit_test(a_freed_map_begins_again),
    };
    return RUN_TESTS(tests);
}
