/* Tables of a bounded type beside a plain reference: after every step of a growth, and of a sweep, every operation, by
 * slots of several sizes, keys that collide in several ways, and allocators that resize or do not. */
#include "tests/support.h"
#include <swiss/table.h>

enum { IDS = 30000 };

typedef enum hash_kind { GOOD, CONSTANT, ONE_GROUP, ONE_H2, FEW_BLOCKS, HALF_THE_BLOCKS, HASHES } hash_kind;

typedef struct checked {
    swiss_table table;
    swiss_table_type type;
    memory m;
    swiss_allocator allocator;
    uint16_t values[IDS]; /* 0: not there */
    size_t size, ids;     /* ids that are in use: below it */
    uint64_t random;
} checked;

static uint16_t id_of(const void *key) {
    uint16_t id;
    memcpy(&id, key, sizeof id);
    return id;
}

static uint64_t hash_id(const void *key, uint64_t seed, const swiss_table_type *type) {
    const uint64_t hash = swiss_hash_u64(id_of(key), seed);
    switch (*(const hash_kind *)type->context) {
    case CONSTANT:
        return UINT64_C(0x4200000012345678);
    case ONE_GROUP:
        return (hash & UINT64_C(0xFF00000000FFFFFF)) | UINT64_C(0x9A9A9A9A000000);
    case ONE_H2:
        return (hash & UINT64_C(0xFFFFFFFFFFFFFF)) | UINT64_C(0x7700000000000000);
    case FEW_BLOCKS:
        return hash & ~(UINT64_C(0xF) << 39) & ~(UINT64_C(0x70) << 28); /* home groups of few blocks */
    case HALF_THE_BLOCKS:
        return hash & ~(UINT64_C(1) << 35);
    default:
        return hash;
    }
}

static bool equal_ids(const void *a, const void *b, const swiss_table_type *type) {
    (void)type;
    return id_of(a) == id_of(b);
}

/* Writes the slot of `id`, whose value is `value`: each byte depends on both, as far as there is room. */
static void make_slot(const checked *c, char *slot, size_t id, unsigned value) {
    const uint16_t key = (uint16_t)id;
    for (size_t i = 0; i < c->type.slot_size; ++i)
        slot[i] = (char)(id * 31 + value * 7 + i);
    memcpy(slot, &key, sizeof key);
}

static void check_slot(const checked *c, const void *slot) {
    char expected[400];
    const uint16_t id = id_of(slot);
    assert_true(id < c->ids && c->values[id] != 0);
    make_slot(c, expected, id, c->values[id]);
    assert_memory_equal(slot, expected, c->type.slot_size);
}

static void begin(checked *c, size_t slot_size, hash_kind *kind, const swiss_allocator *allocator) {
    memset(c, 0, sizeof *c);
    assert_true(swiss_table_type_init(&c->type, 2, 1, slot_size - 2, 1, hash_id, equal_ids));
    c->type.avalanches = true;
    c->type.context = kind;
    c->type.bounded = &swiss_table_bounded;
    c->type.slot_align = slot_size % 8 == 0 ? 8 : 1;
    c->random = slot_size * HASHES + *kind;
    c->ids = IDS;
    const swiss_options options = {allocator, 77, 0};
    assert_true(swiss_table_init(&c->table, &c->type, &options));
}

static bool grows(const checked *c) {
    return swiss_table_grows_(&c->table, &c->type);
}

static bool is_under_way(const checked *c) {
    return swiss_table_moves_(&c->table, &c->type);
}

static void add(checked *c, size_t id, unsigned value) {
    char slot[400];
    make_slot(c, slot, id, value);
    const swiss_table_result result = swiss_table_put(&c->table, &c->type, slot, slot + 2);
    assert_non_null(result.slot);
    assert_int_equal(result.inserted, c->values[id] == 0);
    c->size += result.inserted;
    c->values[id] = (uint16_t)value;
    check_slot(c, result.slot);
}

static void forget(checked *c, const void *slot) {
    check_slot(c, slot);
    c->values[id_of(slot)] = 0;
    c->size -= 1;
}

static size_t some_id(checked *c) {
    return random_below(&c->random, c->ids);
}

static void check_iteration(checked *c, swiss_table_iter iter) {
    static uint8_t seen[IDS];
    memset(seen, 0, sizeof seen);
    size_t count = 0;
    for (const void *slot; (slot = swiss_table_next(&iter, &c->type)); ++count) {
        check_slot(c, slot);
        assert_int_equal(seen[id_of(slot)]++, 0);
    }
    assert_int_equal(count, c->size);
    assert_null(swiss_table_next(&iter, &c->type));
}

/* Iterations of a few entries each, each from where the one before ended, are one that goes round. */
static void check_places(checked *c) {
    static uint8_t seen[IDS];
    memset(seen, 0, sizeof seen);
    size_t place = random_below(&c->random, SIZE_MAX), count = 0;
    for (size_t left = c->size; left;) {
        swiss_table_iter iter = swiss_table_iterate_from(&c->table, &c->type, place);
        for (size_t n = 1 + random_below(&c->random, 700); n && left; --n, --left) {
            const void *slot = swiss_table_next(&iter, &c->type);
            if (slot == NULL)
                break;
            assert_int_equal(seen[id_of(slot)]++, 0);
            ++count;
        }
        place = swiss_table_iter_place(&iter);
    }
    assert_int_equal(count, c->size);
}

static void check_all(checked *c) {
    assert_null(swiss_table_validate(&c->table, &c->type));
    assert_int_equal(c->table.size, c->size);
    for (size_t id = 0; id < c->ids; ++id) {
        const uint16_t key = (uint16_t)id;
        const void *slot = swiss_table_find(&c->table, &c->type, &key);
        assert_int_equal(slot != NULL, c->values[id] != 0);
        if (slot) {
            assert_int_equal(id_of(slot), id);
            check_slot(c, slot);
        }
    }
    check_iteration(c, swiss_table_iterate(&c->table));
    check_iteration(c, swiss_table_iterate_from(&c->table, &c->type, random_below(&c->random, SIZE_MAX)));
    check_places(c);
}

/* Copies, compares and measures. */
static void check_copies(checked *c) {
    swiss_table copy;
    assert_true(swiss_table_clone(&copy, &c->table, &c->type));
    assert_null(swiss_table_validate(&copy, &c->type));
    assert_false(swiss_table_grows_(&copy, &c->type));
    assert_true(swiss_table_equal(&copy, &c->table, &c->type, NULL, NULL));
    assert_true(swiss_table_equal(&c->table, &copy, &c->type, NULL, NULL));
    swiss_table_free(&copy, &c->type);
    const swiss_table_stats stats = swiss_table_get_stats(&c->table, &c->type);
    size_t hits = 0;
    for (unsigned i = 0; i < SWISS_TABLE_PROBES; ++i)
        hits += stats.probe_hits[i];
    assert_int_equal(hits, c->size);
    assert_int_equal(stats.probe_hits[0], 0);
    assert_int_equal(stats.bytes, stats.entry_bytes + stats.unused_bytes + stats.control_bytes + stats.overflow_bytes +
                                      stats.other_bytes);
    if (c->allocator.allocate)
        assert_int_equal(stats.bytes, c->m.bytes);
}

/* Each removal once. */
static void remove_some(checked *c) {
    char slot[400];
    for (unsigned n = 0; n < 3; ++n) {
        const size_t id = some_id(c);
        const uint16_t key = (uint16_t)id;
        const bool there = c->values[id] != 0;
        void *found = swiss_table_find(&c->table, &c->type, &key);
        if (found)
            forget(c, found);
        switch (n) {
        case 0:
            assert_int_equal(swiss_table_remove(&c->table, &c->type, &key), there);
            break;
        case 1:
            assert_int_equal(swiss_table_take(&c->table, &c->type, &key, slot), there);
            break;
        default:
            if (found)
                swiss_table_remove_entry(&c->table, &c->type, found);
        }
    }
    if (c->size && swiss_table_pop(&c->table, &c->type, slot))
        forget(c, slot);
    swiss_table_iter iter = swiss_table_iterate_from(&c->table, &c->type, random_below(&c->random, SIZE_MAX));
    for (unsigned n = 0; n < 4; ++n) {
        const void *at = swiss_table_next(&iter, &c->type);
        if (at && n % 2) {
            forget(c, at);
            swiss_table_iter_remove(&c->table, &c->type, &iter);
        }
    }
}

/* Adds and removes until nothing is under way, and looks at all after every step. */
static void through(checked *c, bool adds, unsigned every) {
    for (unsigned n = 0; is_under_way(c); ++n) {
        if (n % every == 0)
            check_all(c);
        if (n % (5 * every) == 0)
            check_copies(c);
        if (n % 3 == 0)
            remove_some(c);
        if (adds) {
            size_t id = some_id(c);
            for (unsigned tries = 0; c->values[id] && tries < 20; ++tries)
                id = some_id(c);
            add(c, id, 1 + n % 60000);
            add(c, id, 2 + n % 60000);
        } else {
            swiss_table_step(&c->table, &c->type);
        }
    }
    check_all(c);
    check_copies(c);
}

/* Adds until the table begins to grow or to be rehashed. */
static void until_under_way(checked *c) {
    for (size_t id = some_id(c); !is_under_way(c); id = (id + 1) % c->ids)
        if (c->values[id] == 0)
            add(c, id, 1 + (unsigned)random_below(&c->random, 60000));
}

/* Lets a table grow `times` times, then churn through a sweep. */
static void grow_and_sweep(checked *c, unsigned times, unsigned every) {
    const hash_kind kind = *(const hash_kind *)c->type.context;
    for (unsigned n = 0; n < times; ++n) {
        until_under_way(c);
        assert_true(grows(c));
        through(c, n % 2 == 0, every);
        if (kind == GOOD) { /* the overflow bits are those that are needed */
            const swiss_table_stats stats = swiss_table_get_stats(&c->table, &c->type);
            assert_true(stats.overflow_bits * 12 < stats.groups * 8);
            assert_true(stats.mean_probe_hit < 1.02);
        }
        if (kind == HALF_THE_BLOCKS) /* entries that have left their blocks are called home */
            assert_true(swiss_table_get_stats(&c->table, &c->type).mean_probe_miss < 2);
    }
    /* Removes a part, so that what comes back finds retired slots. */
    const size_t capacity = swiss_table_capacity(&c->table);
    while (c->size < capacity / 32 * 27) {
        const size_t id = some_id(c);
        if (c->values[id] == 0)
            add(c, id, 9);
    }
    const bool fills_few = kind == CONSTANT || kind == ONE_GROUP; /* of the groups */
    for (unsigned n = 0; n < (fills_few ? 300 : 200000) && !is_under_way(c); ++n) {
        remove_some(c);
        while (c->size < capacity / 4 * 3 && !is_under_way(c)) {
            const size_t id = some_id(c);
            if (c->values[id] == 0)
                add(c, id, 9);
        }
    }
    assert_true(is_under_way(c) || fills_few);
    assert_false(grows(c));
    const size_t bits = swiss_table_get_stats(&c->table, &c->type).overflow_bits;
    through(c, true, every);
    if (kind == GOOD)
        assert_true(swiss_table_get_stats(&c->table, &c->type).overflow_bits < bits / 2);
    swiss_table_clear(&c->table, &c->type);
    swiss_table_free(&c->table, &c->type);
}

/* `allocator`: 0 is the default, 1 one without resize, 2 one that moves. */
static void run(size_t slot_size, hash_kind kind, int allocator, size_t ids, unsigned times, unsigned every) {
    static checked c;
    begin(&c, slot_size, &kind, NULL);
    if (allocator) {
        memory_begin(&c.m);
        c.allocator = c.m.allocator;
        if (allocator == 1)
            c.allocator.resize = NULL;
        c.table.allocator = &c.allocator;
    }
    c.ids = ids;
    grow_and_sweep(&c, times, every);
    if (allocator)
        memory_end(&c.m);
}

static void grows_and_sweeps_with_slots_of_all_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {2, 3, 7, 8, 16, 24, 40, 120, 300};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
        run(sizes[i], GOOD, (int)(i % 3), 4000, 1, 11);
}

static void grows_by_every_allocator(void **state) {
    (void)state;
    for (int allocator = 0; allocator < 3; ++allocator)
        run(16, GOOD, allocator, 4000, 1, allocator ? 4 : 1);
}

static void grows_over_several_blocks(void **state) {
    (void)state;
    run(16, GOOD, 0, 16000, 3, 61);
    run(32, GOOD, 2, 16000, 2, 71);
}

static void grows_with_hashes_that_collide(void **state) {
    (void)state;
    run(8, ONE_H2, 0, 4000, 1, 13);
    run(8, FEW_BLOCKS, 2, 8000, 2, 61);
    run(8, HALF_THE_BLOCKS, 0, 16000, 3, 61);
    run(8, HALF_THE_BLOCKS, 1, 16000, 2, 1);
    run(8, ONE_GROUP, 1, 4000, 1, 40);
    run(8, CONSTANT, 2, 4000, 1, 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_sweeps_with_slots_of_all_sizes),
        cmocka_unit_test(grows_by_every_allocator),
        cmocka_unit_test(grows_over_several_blocks),
        cmocka_unit_test(grows_with_hashes_that_collide),
    };
    return RUN_TESTS(tests);
}
