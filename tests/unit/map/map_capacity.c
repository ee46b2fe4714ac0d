/* reserve, shrink and clear. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

static memory m;

static u64_map counted_map(void) {
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    return map;
}

static void end(u64_map *map) {
    u64_map_free(map);
    memory_end(&m);
}

static void insert_range(u64_map *map, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; ++i)
        assert_true(u64_map_insert(map, i, ~i).inserted);
}

static void remove_range(u64_map *map, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; ++i)
        assert_true(u64_map_remove(map, i));
}

/* Asserts that the map holds exactly the keys of [from, to). */
static void check_range(const u64_map *map, uint64_t from, uint64_t to) {
    assert_int_equal(u64_map_size(map), to - from);
    for (uint64_t i = from; i < to; ++i)
        assert_true(*u64_map_get(map, i) == ~i);
}

static void reserve_makes_room_once(void **state) {
    (void)state;
    for (uint64_t before = 0; before < 40; ++before)
        for (size_t size = 0; size < 260; size += 1 + size / 8) {
            u64_map map = counted_map();
            insert_range(&map, 0, before);
            assert_true(u64_map_reserve(&map, size));
            check_range(&map, 0, before);
            size_t calls = m.calls;
            const u64_map_entry *first = u64_map_find(&map, 0);
            insert_range(&map, before, size);
            assert_int_equal(m.calls, calls);
            if (before && size > before)
                assert_ptr_equal(u64_map_find(&map, 0), first);
            check_range(&map, 0, size > before ? size : before);
            end(&map);
        }
}

static void reserve_of_what_is_there_does_nothing(void **state) {
    (void)state;
    u64_map map = counted_map();
    assert_true(u64_map_reserve(&map, 0));
    assert_int_equal(m.calls, 0);
    assert_true(u64_map_reserve(&map, 100));
    size_t capacity = u64_map_capacity(&map);
    for (size_t size = 0; size <= 100; ++size)
        assert_true(u64_map_reserve(&map, size));
    assert_int_equal(m.calls, 1);
    assert_int_equal(u64_map_capacity(&map), capacity);
    end(&map);
}

/* Where retired slots take the room, it is won back in place, if they are many. */
static void reserve_counts_retired_slots(void **state) {
    (void)state;
    u64_map map = counted_map();
    insert_range(&map, 0, 448);
    assert_int_equal(u64_map_capacity(&map), 512);
    remove_range(&map, 0, 440);
    uint64_t next = 448;
    while (u64_map_stats(&map).retired < 48) { /* 3/32 of the slots */
        insert_range(&map, next, next + 100);
        remove_range(&map, next - 8, next + 92);
        next += 100;
    }
    size_t calls = m.calls;
    assert_true(u64_map_reserve(&map, 448));
    assert_int_equal(u64_map_stats(&map).retired, 0);
    check_range(&map, next - 8, next);
    insert_range(&map, next, next + 440);
    check_range(&map, next - 8, next + 440);
    assert_int_equal(m.calls, calls);
    end(&map);
}

static void impossible_capacities_are_refused(void **state) {
    (void)state;
    const size_t slot = sizeof(u64_map_entry);
    const size_t sizes[] = {SIZE_MAX,
                            SIZE_MAX - 1,
                            SIZE_MAX / 2 + 1,
                            SIZE_MAX / 2,
                            SIZE_MAX / 4,
                            SIZE_MAX / slot,
                            SIZE_MAX / (slot + 1),
                            PTRDIFF_MAX / slot,
                            SIZE_MAX / slot + 1,
                            PTRDIFF_MAX / slot + 1,
                            PTRDIFF_MAX / (slot + 1)};
    for (uint64_t before = 0; before < 40; before += 13) {
        u64_map map = counted_map();
        insert_range(&map, 0, before);
        size_t calls = m.calls, capacity = u64_map_capacity(&map);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
            assert_false(u64_map_reserve(&map, sizes[i]));
        assert_int_equal(m.calls, calls);
        assert_int_equal(u64_map_capacity(&map), capacity);
        check_range(&map, 0, before);
        insert_range(&map, before, 100);
        check_range(&map, 0, 100);
        end(&map);
    }
}

static void shrink_keeps_what_is_needed(void **state) {
    (void)state;
    for (size_t size = 0; size < 1000; size += 1 + size / 8) {
        u64_map map = counted_map(), fresh = {0};
        insert_range(&map, 0, 1000);
        remove_range(&map, size, 1000);
        assert_true(u64_map_shrink(&map));
        check_range(&map, 0, size);
        for (uint64_t i = size; i < 1000; ++i)
            assert_false(u64_map_contains(&map, i));
        assert_true(u64_map_reserve(&fresh, size));
        assert_int_equal(u64_map_capacity(&map), u64_map_capacity(&fresh));
        assert_int_equal(u64_map_stats(&map).retired, 0);
        size_t calls = m.calls;
        assert_true(u64_map_shrink(&map));
        assert_int_equal(m.calls, calls);
        insert_range(&map, size, 1000);
        check_range(&map, 0, 1000);
        u64_map_free(&fresh);
        end(&map);
    }
}

static void shrink_of_an_empty_map_gives_everything_back(void **state) {
    (void)state;
    u64_map map = counted_map();
    insert_range(&map, 0, 100);
    remove_range(&map, 0, 100);
    assert_true(u64_map_shrink(&map));
    assert_int_equal(m.blocks, 0);
    assert_int_equal(u64_map_capacity(&map), 0);
    insert_range(&map, 0, 100);
    check_range(&map, 0, 100);
    end(&map);
}

static void shrink_wins_retired_slots_back(void **state) {
    (void)state;
    u64_map map = counted_map();
    insert_range(&map, 0, 448);
    remove_range(&map, 0, 200);
    assert_true(u64_map_stats(&map).retired > 0);
    assert_true(u64_map_shrink(&map));
    assert_int_equal(u64_map_capacity(&map), 512);
    assert_int_equal(u64_map_stats(&map).retired, 0);
    check_range(&map, 200, 448);
    end(&map);
}

static void clear_keeps_the_memory(void **state) {
    (void)state;
    for (uint64_t size = 1; size < 1000; size += 1 + size / 4) {
        u64_map map = counted_map();
        insert_range(&map, 0, size);
        size_t capacity = u64_map_capacity(&map), calls = m.calls;
        for (int round = 0; round < 3; ++round) {
            u64_map_clear(&map);
            assert_int_equal(u64_map_size(&map), 0);
            assert_int_equal(u64_map_capacity(&map), capacity);
            for (uint64_t i = 0; i < size; ++i)
                assert_false(u64_map_contains(&map, i));
            insert_range(&map, 1000, 1000 + size);
            check_range(&map, 1000, 1000 + size);
        }
        assert_int_equal(m.calls, calls);
        end(&map);
    }
}

static void clear_wins_retired_slots_back(void **state) {
    (void)state;
    u64_map map = counted_map();
    insert_range(&map, 0, 448);
    remove_range(&map, 0, 448);
    assert_true(u64_map_stats(&map).retired > 0);
    u64_map_clear(&map);
    assert_int_equal(u64_map_stats(&map).retired, 0);
    insert_range(&map, 0, 448);
    assert_int_equal(u64_map_capacity(&map), 512);
    end(&map);
}

/* Else clearing a table that was large once would take long each time. */
static void clear_gives_a_large_sparse_table_back(void **state) {
    (void)state;
    u64_map map = counted_map();
    assert_true(u64_map_reserve(&map, 100000));
    for (uint64_t size = 8192; size >= 8191; --size) {
        insert_range(&map, 0, size);
        assert_int_equal(u64_map_capacity(&map), 131072);
        u64_map_clear(&map);
        assert_int_equal(u64_map_size(&map), 0);
        assert_int_equal(m.blocks, size == 8192);
    }
    assert_int_equal(u64_map_capacity(&map), 0);
    u64_map_clear(&map);
    insert_range(&map, 0, 1000);
    check_range(&map, 0, 1000);
    /* A small one keeps it. */
    u64_map_clear(&map);
    insert_range(&map, 0, 1);
    u64_map_clear(&map);
    assert_int_equal(u64_map_capacity(&map), 2048);
    end(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clear_gives_a_large_sparse_table_back),
        cmocka_unit_test(reserve_makes_room_once),
        cmocka_unit_test(reserve_of_what_is_there_does_nothing),
        cmocka_unit_test(reserve_counts_retired_slots),
        cmocka_unit_test(impossible_capacities_are_refused),
        cmocka_unit_test(shrink_keeps_what_is_needed),
        cmocka_unit_test(shrink_of_an_empty_map_gives_everything_back),
        cmocka_unit_test(shrink_wins_retired_slots_back),
        cmocka_unit_test(clear_keeps_the_memory),
        cmocka_unit_test(clear_wins_retired_slots_back),
    };
    return RUN_TESTS(tests);
}
