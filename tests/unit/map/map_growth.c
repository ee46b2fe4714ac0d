/* Growing in place: large blocks are resized, whatever the allocator does then; all entries are found at each size, and
 * nothing is lost when it refuses. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* The key is the hash: bits 28 and up pick the group, the top byte is h2. */
#define SWISS_NAME raw_set
#define SWISS_KEY uint64_t
#define SWISS_HASH(key, seed) ((void)(seed), *(key))
#define SWISS_HASH_AVALANCHES
#include <swiss/set.h>

/* Entries of 24 bytes. */
typedef struct three {
    uint64_t words[2];
} three;
#define SWISS_NAME wide_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE three
#include <swiss/map.h>

enum {
    BLOCK = 2048,
    LARGE = 1 << 20
}; /* slots of a block of groups; bytes from which on blocks are resized in any build */

/* An allocator with one block that grows where it stands, and others from malloc. */
typedef struct ground {
    swiss_allocator allocator;
    char *large;
    size_t large_size, room, most; /* bytes: of the block that grows, that there are for it, alive at once at most */
    size_t alive, resized, refused;
    bool refuses, moves;
} ground;

static void *ground_allocate(void *context, size_t size, size_t alignment) {
    ground *of = context;
    char *block = NULL;
    if (size >= LARGE / 4 && !of->large_size && size <= of->room) {
        block = of->large;
        of->large_size = size;
    } else {
        block = swiss_allocator_allocate(swiss_allocator_malloc(), size, alignment);
        assert_non_null(block);
    }
    memset(block, 0xEE, size);
    of->alive += size;
    of->most = of->alive > of->most ? of->alive : of->most;
    return block;
}

static void ground_free(void *context, void *block, size_t size, size_t alignment) {
    ground *of = context;
    of->alive -= size;
    memset(block, 0xDD, size);
    if (block == of->large)
        of->large_size = 0;
    else
        swiss_allocator_free(swiss_allocator_malloc(), block, size, alignment);
}

static void *ground_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    ground *of = context;
    if (of->refuses) {
        ++of->refused;
        return NULL;
    }
    ++of->resized;
    if (block == of->large && new_size <= of->room && !of->moves) {
        memset(of->large + old_size, 0xEE, new_size - old_size);
        of->alive += new_size - old_size;
        of->most = of->alive > of->most ? of->alive : of->most;
        return of->large;
    }
    void *moved = ground_allocate(of, new_size, alignment);
    assert_non_null(moved);
    memcpy(moved, block, old_size);
    ground_free(of, block, old_size, alignment);
    return moved;
}

static ground begin(size_t room) {
    ground of = {{ground_allocate, ground_resize, ground_free, NULL}, NULL, 0, room, 0, 0, 0, 0, false, false};
    of.large = swiss_allocator_allocate(swiss_allocator_malloc(), room, 64);
    assert_non_null(of.large);
    return of;
}

static void end(ground *of) {
    assert_int_equal(of->alive, 0);
    swiss_allocator_free(swiss_allocator_malloc(), of->large, of->room, 64);
}

static u64_map map_on(ground *of) {
    of->allocator.context = of;
    swiss_options options = {&of->allocator, 0, 0};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    return map;
}

static void fill(u64_map *map, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; ++i) {
        const size_t before = u64_map_capacity(map);
        assert_true(u64_map_insert(map, i, ~i).inserted);
        if (u64_map_capacity(map) == before)
            continue;
        assert_null(u64_map_validate(map));
        for (uint64_t k = 0; k <= i; k += 1 + i / 4096)
            assert_true(*u64_map_get(map, k) == ~k);
        assert_null(u64_map_get(map, i + 1));
    }
}

static void in_its_place(void **state) {
    (void)state;
    ground of = begin(16 << 20);
    u64_map map = map_on(&of);
    fill(&map, 0, 400000);
    assert_true(of.resized >= 2);
    const size_t bytes = u64_map_stats(&map).bytes;
    assert_int_equal(of.alive, bytes);
    assert_int_equal(of.most, bytes); /* and never an old block and a new one */
    u64_map_free(&map);
    end(&of);
}

static void to_another_place(void **state) {
    (void)state;
    ground of = begin(4096);
    u64_map map = map_on(&of);
    fill(&map, 0, 200000);
    assert_true(of.resized >= 1);
    u64_map_free(&map);
    end(&of);
}

static void without_resize(void **state) {
    (void)state;
    ground of = begin(4096);
    of.allocator.resize = NULL;
    u64_map map = map_on(&of);
    fill(&map, 0, 200000);
    assert_int_equal(of.resized, 0);
    u64_map_free(&map);
    end(&of);
}

/* Out of memory at each size: the table is as it was, and grows when there is memory again. */
static void refused(void **state) {
    (void)state;
    ground of = begin(16 << 20);
    u64_map map = map_on(&of);
    uint64_t i = 0;
    for (; i < 400000; ++i) {
        of.refuses = true;
        const size_t capacity = u64_map_capacity(&map), times = of.refused;
        u64_map_result result = u64_map_insert(&map, i, ~i);
        of.refuses = false;
        if (of.refused == times)
            continue;
        assert_null(result.entry);
        assert_int_equal(u64_map_capacity(&map), capacity);
        assert_int_equal(u64_map_size(&map), i);
        assert_null(u64_map_validate(&map));
        for (uint64_t k = 0; k < i; k += 1 + i / 4096)
            assert_true(*u64_map_get(&map, k) == ~k);
        assert_true(u64_map_insert(&map, i, ~i).inserted);
    }
    assert_true(of.refused >= 2);
    assert_int_equal(u64_map_size(&map), i);
    u64_map_free(&map);
    end(&of);
}

/* The number-th key of home group 77, with one of `kinds` h2. */
static uint64_t key_of_77(uint64_t number, uint64_t kinds) {
    return (number % kinds * 4) << 56 | UINT64_C(77) << 28 | number;
}

/* Keys of one home group fill more than a block of groups, and go to others; keys of other blocks lie between them.
 * Some of the first are removed, so that there is room at home again. All others are found at each size, and no
 * overflow bit is missing. */
static void keys_that_leave_their_block(void **state) {
    (void)state;
    for (uint64_t kinds = 1; kinds <= 64; kinds *= 8) {
        ground of = begin(16 << 20);
        of.allocator.context = &of;
        swiss_options options = {&of.allocator, 1, 0};
        raw_set set;
        assert_true(raw_set_init(&set, &options));
        const uint64_t same = 2 * BLOCK + 300, gone = 1000;
        uint64_t random = 1, number = 0;
        for (uint64_t i = 0; i < 20000; ++i) {
            const size_t capacity = raw_set_capacity(&set);
            const uint64_t key = i % 4 == 0 && number < same ? key_of_77(number++, kinds) : next_random(&random);
            assert_non_null(raw_set_insert(&set, key).entry);
            if (raw_set_capacity(&set) != capacity)
                assert_null(raw_set_validate(&set));
            if (i == 10000) {
                assert_true(raw_set_stats(&set).max_probe > BLOCK / 16); /* some have left */
                for (uint64_t k = 0; k < gone; ++k)
                    assert_true(raw_set_remove(&set, key_of_77(k, kinds)));
            }
        }
        assert_null(raw_set_validate(&set));
        assert_int_equal(number, same);
        for (uint64_t k = 0; k < same; ++k)
            assert_true(raw_set_contains(&set, key_of_77(k, kinds)) == (k >= gone));
        raw_set_free(&set);
        end(&of);
    }
}

/* Slots that are no power of two, on the bundled heap, up to sizes that it moves page by page. */
static void wide_slots(void **state) {
    (void)state;
    wide_map map = {0};
    const uint64_t count = 1000000;
    for (uint64_t i = 0; i < count; ++i)
        assert_true(wide_map_insert(&map, i, (three){{i * 3, ~i}}).inserted);
    for (uint64_t i = 0; i < count; ++i) {
        const three *value = wide_map_get(&map, i);
        assert_true(value && value->words[0] == i * 3 && value->words[1] == ~i);
    }
    wide_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_its_place),
        cmocka_unit_test(to_another_place),
        cmocka_unit_test(without_resize),
        cmocka_unit_test(refused),
        cmocka_unit_test(keys_that_leave_their_block),
        cmocka_unit_test(wide_slots),
    };
    return RUN_TESTS(tests);
}
