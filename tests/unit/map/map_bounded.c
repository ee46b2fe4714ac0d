/* Maps with SWISS_BOUNDED: operations on the whole of a map that is growing, what an insertion does when there is no
 * memory, and how much one does. */
#include "tests/support.h"
#include <swiss/heap.h>

#define SWISS_NAME bounded
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_BOUNDED
#include <swiss/map.h>

#define SWISS_NAME plain
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

static size_t hashed; /* calls of the hash */

static uint64_t hash_counted(const uint64_t *key, uint64_t seed) {
    ++hashed;
    return swiss_hash_u64(*key, seed);
}

static bool equal_counted(const uint64_t *a, const uint64_t *b) {
    return *a == *b;
}

#define SWISS_NAME counted
#define SWISS_KEY uint64_t
#define SWISS_HASH hash_counted
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL equal_counted
#define SWISS_BOUNDED
#include <swiss/set.h>

#define SWISS_NAME words
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE uint64_t
#define SWISS_BOUNDED
#include <swiss/map.h>

/* Bytes of which none equals another, each with another hash at each call, as a NaN has. */
static uint64_t hash_anew(const uint8_t *key, uint64_t seed) {
    static uint64_t calls;
    return swiss_hash_u64(*key + 256 * ++calls, seed);
}

static bool equals_none(const uint8_t *a, const uint8_t *b) {
    (void)a, (void)b;
    return false;
}

#define SWISS_NAME many_bytes
#define SWISS_KEY uint8_t
#define SWISS_HASH hash_anew
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL equals_none
#define SWISS_BOUNDED
#include <swiss/set.h>

#define SWISS_NAME many_bytes_at_once
#define SWISS_KEY uint8_t
#define SWISS_HASH hash_anew
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL equals_none
#include <swiss/set.h>

/* Keys that are asked for nothing once they are gone. */
typedef struct item {
    uint64_t number;
    bool is_alive;
} item;

static uint64_t hash_alive(item *const *key, uint64_t seed) {
    assert_true((*key)->is_alive);
    return swiss_hash_u64((*key)->number, seed);
}

#define SWISS_NAME items
#define SWISS_KEY item *
#define SWISS_HASH hash_alive
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) (*(a) == *(b))
#define SWISS_BOUNDED
#include <swiss/set.h>

#define SWISS_NAME doubles
#define SWISS_KEY double
#define SWISS_VALUE uint64_t
#define SWISS_BOUNDED
#include <swiss/map.h>

static memory m;

static bool grows(const bounded *map) {
    return swiss_table_grows_(&map->table, &bounded_type_);
}

/* Returns a map that holds 0 to its size - 1, each with twice itself. It has begun to grow, from room for `reserve` on,
 * `steps` insertions ago. */
static bounded growing_from(const swiss_allocator *allocator, size_t reserve, unsigned steps) {
    bounded map;
    assert_true(bounded_init(&map, &(swiss_options){.allocator = allocator, .seed = 5, .reserve = reserve}));
    uint64_t key = 0;
    for (unsigned n = 0; n < steps; n += grows(&map), ++key)
        assert_true(bounded_insert(&map, key, 2 * key).inserted);
    assert_true(grows(&map));
    return map;
}

static bounded growing(const swiss_allocator *allocator, unsigned steps) {
    return growing_from(allocator, 0, steps);
}

static void holds(const bounded *map, uint64_t first, uint64_t end) {
    assert_int_equal(bounded_size(map), end - first);
    assert_null(bounded_validate(map));
    for (uint64_t key = first; key < end; ++key) {
        const uint64_t *value = bounded_get(map, key);
        assert_true(value && *value == 2 * key);
    }
    assert_false(bounded_contains(map, end));
}

static bool is_small(bounded_entry *entry, void *context) {
    return entry->key < *(const uint64_t *)context;
}

static void works_on_the_whole(void **state) {
    (void)state;
    for (unsigned steps = 1; steps < 50; steps += 8) {
        memory_begin(&m);
        bounded map = growing(&m.allocator, steps), other = growing(&m.allocator, 50 - steps);
        const size_t size = bounded_size(&map), other_size = bounded_size(&other);
        assert_true(bounded_reserve(&map, size));
        assert_true(grows(&map)); /* there is nothing to do */
        assert_true(bounded_reserve(&map, size + 1));
        assert_false(grows(&map));
        holds(&map, 0, size);
        bounded_free(&map);

        map = growing(&m.allocator, steps);
        assert_true(bounded_shrink(&map));
        holds(&map, 0, size);
        bounded_free(&map);

        map = growing(&m.allocator, steps);
        uint64_t limit = 1000;
        assert_int_equal(bounded_retain(&map, is_small, &limit), size - limit);
        holds(&map, 0, limit);
        assert_true(bounded_merge(&map, &other));
        assert_int_equal(bounded_size(&other), limit);
        holds(&map, 0, other_size);
        bounded_free(&other);

        other = growing(&m.allocator, steps);
        bounded_swap(&map, &other);
        assert_true(grows(&map));
        bounded moved = bounded_move(&map);
        holds(&moved, 0, size);
        while (bounded_step(&moved))
            holds(&moved, 0, size);
        assert_false(grows(&moved) || bounded_step(&moved) || bounded_step(&map));
        holds(&moved, 0, size);
        bounded_clear_keep(&moved);
        holds(&moved, 0, 0);
        bounded_free(&moved);
        bounded_free(&other);

        map = growing(&m.allocator, steps);
        bounded_clear(&map);
        holds(&map, 0, 0);
        assert_true(bounded_insert(&map, 0, 0).inserted);
        holds(&map, 0, 1);
        bounded_free(&map);
        map = growing(&m.allocator, steps);
        for (uint64_t n = 0; n < size; ++n)
            assert_true(bounded_pop(&map, NULL));
        assert_false(bounded_pop(&map, NULL));
        holds(&map, 0, 0);
        bounded_free(&map);
        memory_end(&m);
    }
}

/* Keys and values that lie in the map itself. */
static void inserts_from_the_map(void **state) {
    (void)state;
    for (unsigned steps = 1; steps < 50; ++steps) {
        bounded map = growing_from(NULL, 3584, steps); /* whose slots are resized where they are validated */
        for (uint64_t n = 0; grows(&map); ++n) {
            const bounded_entry *entry =
                bounded_find(&map, (n * 7919 + steps) % 1000); /* value: a key that is not there */
            const uint64_t value = entry->value, key = value + 10000 * (n + 1);
            bounded_find(&map, entry->key)->value = key;
            const bounded_result result = bounded_insert_ptr(&map, &bounded_find(&map, entry->key)->value, &entry->key);
            assert_true(result.inserted && result.entry->key == key);
            bounded_remove(&map, 1000 + n); /* so that there is room in the old view */
            assert_int_equal(result.entry->value, (n * 7919 + steps) % 1000);
            *bounded_get(&map, (n * 7919 + steps) % 1000) = value;
        }
        assert_null(bounded_validate(&map));
        bounded_free(&map);
    }
}

/* Each allocation of the beginning of a growth fails once: the insertion says so, and nothing has changed. */
static void survives_that_there_is_no_memory(void **state) {
    (void)state;
    for (size_t failing = 0; failing < 3; ++failing) {
        memory_begin(&m);
        bounded map;
        assert_true(bounded_init(&map, &(swiss_options){.allocator = &m.allocator, .seed = 5}));
        const size_t full = 4096 / 8 * 7;
        for (uint64_t key = 0; key < full; ++key)
            while (bounded_insert(&map, key, 2 * key).entry == NULL)
                fail();
        while (bounded_step(&map))
            ;
        assert_int_equal(bounded_capacity(&map), 4096);
        const size_t bytes = m.bytes;
        m.fail_at = m.calls + failing;
        assert_null(bounded_insert(&map, full, 2 * full).entry);
        assert_int_equal(m.failures, 1);
        assert_int_equal(m.bytes, bytes);
        assert_false(grows(&map));
        holds(&map, 0, full);
        m.fail_at = m.calls + 3; /* what has begun needs no more */
        for (uint64_t key = full; key == full || grows(&map); ++key)
            assert_true(bounded_insert(&map, key, 2 * key).inserted);
        assert_int_equal(m.failures, 1);
        holds(&map, 0, bounded_size(&map));
        m.fail_at = NEVER;
        /* A full map whose room is retired, and that cannot grow: it is rehashed at once. */
        while (!grows(&map)) {
            const size_t size = bounded_size(&map);
            m.fail_at = m.calls;
            if (bounded_insert(&map, size, 2 * size).entry == NULL)
                break;
        }
        for (uint64_t key = 0; key < 5; ++key)
            assert_true(bounded_remove(&map, key));
        for (uint64_t key = 0; key < 5; ++key) {
            m.fail_at = m.calls;
            assert_true(bounded_insert(&map, key, 2 * key).inserted);
        }
        m.fail_at = m.calls;
        assert_null(bounded_insert(&map, UINT64_MAX, 0).entry);
        holds(&map, 0, bounded_size(&map));
        m.fail_at = NEVER;
        bounded_free(&map);
        memory_end(&m);
    }
}

#ifndef SWISS_NO_HEAP
/* The slots are on the heap, which has a limit, and cannot be resized. */
static void survives_that_slots_cannot_be_resized(void **state) {
    (void)state;
    bounded map;
    assert_true(bounded_init(&map, &(swiss_options){swiss_allocator_heap(), .seed = 5, .reserve = 3584}));
    for (uint64_t key = 0; key < 3584; ++key)
        assert_true(bounded_insert(&map, key, 2 * key).inserted);
    swiss_heap_set_limits(NULL, 0, 1);
    assert_null(bounded_insert(&map, 3584, 2 * 3584).entry);
    assert_false(grows(&map));
    holds(&map, 0, 3584);
    swiss_heap_set_limits(NULL, 0, 0);
    assert_true(bounded_insert(&map, 3584, 2 * 3584).inserted);
    assert_true(grows(&map));
    holds(&map, 0, 3585);
    bounded_free(&map);
}
#endif

/* Copying in the order of an iteration fills whole runs of blocks, which entries leave for others. Afterwards they are
 * called home, and searches in vain are short again. */
static void calls_entries_home(void **state) {
    (void)state;
    enum { MANY = 80000 };
    bounded from, to;
    assert_true(bounded_init(&from, &(swiss_options){.seed = 5, .reserve = MANY}));
    assert_true(bounded_init(&to, &(swiss_options){.seed = 5}));
    for (uint64_t key = 0; key < MANY; ++key)
        assert_true(bounded_insert(&from, key, 2 * key).inserted);
    bounded_iter iter = bounded_iterate(&from);
    double longest = 0;
    for (bounded_entry *entry; (entry = bounded_next(&iter));) {
        assert_true(bounded_insert(&to, entry->key, entry->value).inserted);
        if (bounded_size(&to) % 1000)
            continue;
        assert_null(bounded_validate(&to));
        const double miss = bounded_stats(&to).mean_probe_miss;
        longest = miss > longest ? miss : longest;
    }
    assert_in_range((uint64_t)longest, 20, 160);
    while (bounded_step(&to))
        ;
    holds(&to, 0, MANY);
    assert_true(bounded_stats(&to).mean_probe_miss < 1.1);
    bounded_free(&from);
    bounded_free(&to);
}

/* A sweep whose memory fails is done at once. */
static void sweeps_without_memory(void **state) {
    (void)state;
    memory_begin(&m);
    bounded map;
    assert_true(bounded_init(&map, &(swiss_options){.allocator = &m.allocator, .seed = 5, .reserve = 3500}));
    uint64_t first = 0, end = 0;
    while (end < 3100)
        assert_true((bounded_insert(&map, end, 2 * end).inserted) && ++end);
    const size_t calls = m.calls;
    for (; m.calls == calls; ++first, ++end) {
        assert_true(end < 1000000);
        m.fail_at = m.calls;
        assert_true(bounded_remove(&map, first));
        assert_true(bounded_insert(&map, end, 2 * end).inserted);
    }
    assert_int_equal(m.failures, 1);
    holds(&map, first, end);
    assert_int_equal(bounded_capacity(&map), 4096);
    assert_false(swiss_table_moves_(&map.table, &bounded_type_));
    m.fail_at = NEVER;
    bounded_free(&map);
    memory_end(&m);
}

/* No insertion hashes more than a few groups of keys, whatever the size of the map; one by one all of them. */
static void does_little_at_once(void **state) {
    (void)state;
#ifdef SWISS_VALIDATE
    swiss_validates_ = false;
#endif
    size_t most = 0, sweeps = 0;
    for (unsigned churns = 0; churns < 2; ++churns) {
        const uint64_t kept = churns ? 25000 : UINT64_MAX; /* the latest, which are 0.76 of the slots of a table */
        counted set = {0};
        for (uint64_t key = 0; key < 300000; ++key) {
            hashed = 0;
            assert_true(counted_insert(&set, key).inserted);
            if (key > 1800)
                most = hashed > most ? hashed : most;
            sweeps += swiss_table_under_way_(&set.table, &counted_type_, 1) != NULL;
            hashed = 0;
            if (key >= kept)
                assert_true(counted_remove(&set, key - kept));
            assert_true(hashed <= 1);
        }
        assert_true(churns == (sweeps > 0));
        assert_null(counted_validate(&set));
        counted_free(&set);
    }
    assert_true(most > 20 && most < 150);
#ifdef SWISS_VALIDATE
    swiss_validates_ = true;
#endif
}

/* Entries that own memory are dropped once, in both views. */
static void drops_what_entries_own(void **state) {
    (void)state;
    for (unsigned steps = 1; steps < 40; steps += 6) {
        words map = {0}, copy;
        char text[32];
        uint64_t n = 0;
        for (unsigned since = 0; since < steps; since += swiss_table_grows_(&map.table, &words_type_), ++n) {
            snprintf(text, sizeof text, "word %u", (unsigned)n);
            assert_true(words_insert_as(&map, swiss_slice_of(text), n).inserted);
        }
        assert_true(words_clone(&copy, &map));
        assert_null(words_validate(&copy));
        assert_true(words_equal(&map, &copy, NULL));
        assert_true(words_remove_as(&map, swiss_slice_of("word 1")));
        words_iter iter = words_iterate(&map);
        for (const words_entry *entry; (entry = words_next(&iter));)
            if (entry->value % 2)
                words_iter_remove(&map, &iter);
        assert_int_equal(words_size(&map), (n + 1) / 2);
        if (steps % 4 == 1)
            words_clear_keep(&map);
        words_free(&map);
        words_free(&copy);
    }
}

/* Each byte is there as often as it was inserted. */
static void counts_bytes(many_bytes *bytes, many_bytes_at_once *at_once, size_t each) {
    size_t counts[256] = {0};
    many_bytes_iter iter = many_bytes_iterate(bytes);
    for (const many_bytes_entry *entry; (entry = many_bytes_next(&iter));)
        ++counts[entry->key];
    many_bytes_at_once_iter other = many_bytes_at_once_iterate(at_once);
    for (const many_bytes_at_once_entry *entry; (entry = many_bytes_at_once_next(&other));)
        counts[entry->key] += 1000000;
    for (size_t i = 0; i < 256; ++i)
        assert_int_equal(counts[i], each * 1000001);
    assert_null(many_bytes_validate(bytes));
    assert_null(many_bytes_at_once_validate(at_once));
}

/* Slots of one byte, whose hashes change all the time. */
static void moves_keys_that_equal_none(void **state) {
    (void)state;
    many_bytes bytes = {0};
    many_bytes_at_once at_once = {0};
    const uint8_t key = 5;
    for (size_t n = 0; n < 256 * 256; ++n) {
        assert_true(many_bytes_insert(&bytes, (uint8_t)n).inserted);
        assert_true(many_bytes_at_once_insert(&at_once, (uint8_t)n).inserted);
        if (n % 4096 == 4095)
            counts_bytes(&bytes, &at_once, (n + 1) / 256);
    }
    assert_false(many_bytes_contains(&bytes, key) || many_bytes_remove(&bytes, key));
    for (size_t n = 0; n < 256 * 256; ++n) { /* which retires slots, so that what is left is swept */
        many_bytes_entry popped = {0};
        many_bytes_at_once_entry popped_too = {0};
        assert_true(many_bytes_pop(&bytes, &popped) && many_bytes_insert(&bytes, popped.key).inserted);
        assert_true(many_bytes_at_once_pop(&at_once, &popped_too));
        assert_true(many_bytes_at_once_insert(&at_once, popped_too.key).inserted);
        if (n % 4096 == 4095)
            counts_bytes(&bytes, &at_once, 256);
    }
    many_bytes_free(&bytes);
    many_bytes_at_once_free(&at_once);
}

/* Lanes whose entries were away from home, and have been removed since, are passed over by a growth. */
static void grows_over_what_was_removed(void **state) {
    (void)state;
    enum { MANY = 60000 };
    item *all = calloc(MANY, sizeof *all);
    assert_non_null(all);
    items set = {0};
    size_t grown = 0;
    uint64_t random = 1;
    for (size_t n = 0; n < MANY; ++n) {
        all[n] = (item){next_random(&random), true};
        assert_true(items_insert(&set, &all[n]).inserted);
        grown += swiss_table_grows_(&set.table, &items_type_);
        item *const gone = &all[n / 2 + n / 4]; /* often: so that there are some when it begins to grow */
        if (n % 8 == 7 && gone->is_alive) {
            assert_true(items_remove(&set, gone));
            gone->is_alive = false;
        }
    }
    assert_true(grown > 100);
    assert_null(items_validate(&set));
    for (size_t n = 0; n < MANY; ++n)
        if (all[n].is_alive)
            assert_true(items_contains(&set, &all[n]));
    items_free(&set);
    free(all);
}

/* Of a map that grows, half of whose keys are never found. */
static void moves_not_a_number(void **state) {
    (void)state;
    const uint64_t bits = UINT64_C(0x7FF8000000000000);
    double nan;
    memcpy(&nan, &bits, sizeof nan);
    doubles map = {0};
    size_t moving = 0;
    for (uint64_t n = 0; n < 20000; ++n) {
        assert_true(doubles_insert(&map, (double)n, n).inserted && doubles_insert(&map, nan, n).inserted);
        moving += swiss_table_grows_(&map.table, &doubles_type_);
        assert_false(doubles_contains(&map, nan));
        assert_true(*doubles_get(&map, (double)(n / 2)) == n / 2);
        if (n % 1000)
            continue;
        assert_null(doubles_validate(&map));
        uint64_t count = 0, sum = 0;
        doubles_iter iter = doubles_iterate(&map);
        for (const doubles_entry *entry; (entry = doubles_next(&iter)); ++count)
            sum += entry->value;
        assert_true(count == doubles_size(&map) && count == 2 * (n + 1) && sum == n * (n + 1));
    }
    assert_true(moving > 100);
    doubles copy;
    assert_true(doubles_clone(&copy, &map));
    assert_int_equal(doubles_size(&copy), doubles_size(&map));
    assert_null(doubles_validate(&copy));
    doubles_free(&copy);
    doubles_free(&map);
}

/* The types are as large, and a map that asks for nothing pays nothing. */
static void is_off_by_default(void **state) {
    (void)state;
    assert_null(plain_type_.bounded);
    assert_int_equal(sizeof(plain), sizeof(bounded));
    plain map = {0};
    for (uint64_t key = 0; key < 20000; ++key) {
        assert_true(plain_insert(&map, key, key).inserted);
        assert_true(plain_size(&map) <= plain_capacity(&map) / 8 * 7 || plain_capacity(&map) <= 16);
    }
    assert_false(swiss_table_step(&map.table, &plain_type_));
    plain_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(works_on_the_whole),
        cmocka_unit_test(inserts_from_the_map),
        cmocka_unit_test(calls_entries_home),
        cmocka_unit_test(sweeps_without_memory),
        cmocka_unit_test(survives_that_there_is_no_memory),
        cmocka_unit_test(does_little_at_once),
        cmocka_unit_test(drops_what_entries_own),
        cmocka_unit_test(moves_keys_that_equal_none),
        cmocka_unit_test(grows_over_what_was_removed),
        cmocka_unit_test(moves_not_a_number),
        cmocka_unit_test(is_off_by_default),
#ifndef SWISS_NO_HEAP
        cmocka_unit_test(survives_that_slots_cannot_be_resized),
#endif
    };
    return RUN_TESTS(tests);
}
