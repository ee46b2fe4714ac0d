/* A context for every hook: keys are offsets into a pool of bytes, which only the map's context knows. Two maps of one
 * type have pools of their own. */
#include "tests/support.h"
#include <swiss/hash.h>

typedef struct pool {
    char bytes[1 << 17];
    uint32_t used;
    size_t dropped_keys, dropped_values;
    size_t clones_left;
} pool;

/* Returns the offset of a new text. */
static uint32_t pool_add(pool *p, const char *data, size_t size) {
    const uint32_t at = p->used;
    assert_true(at + size < sizeof p->bytes);
    memcpy(p->bytes + at, data, size);
    p->bytes[at + size] = 0;
    p->used += (uint32_t)size + 1;
    return at;
}

static uint64_t hash_offset(const uint32_t *key, uint64_t seed, pool *p) {
    return swiss_hash_string(p->bytes + *key, seed);
}

static bool equal_offsets(const uint32_t *a, const uint32_t *b, pool *p) {
    return strcmp(p->bytes + *a, p->bytes + *b) == 0;
}

static void drop_offset(uint32_t *key, pool *p) {
    assert_true(p->bytes[*key] != 0);
    ++p->dropped_keys;
}

static void drop_value(int *value, pool *p) {
    assert_true(*value >= 0);
    ++p->dropped_values;
}

static bool clone_offset(uint32_t *to, const uint32_t *from, pool *p) {
    if (p->clones_left == 0)
        return false;
    --p->clones_left;
    *to = pool_add(p, p->bytes + *from, strlen(p->bytes + *from));
    return true;
}

static bool clone_value(int *to, const int *from, pool *p) {
    if (p->clones_left == 0)
        return false;
    --p->clones_left;
    *to = *from;
    return true;
}

static uint64_t hash_slice(const swiss_slice *slice, uint64_t seed, pool *p) {
    assert_non_null(p);
    return swiss_hash_slice(*slice, seed);
}

static bool offset_is(const uint32_t *key, const swiss_slice *slice, pool *p) {
    return swiss_slice_equal(swiss_slice_of(p->bytes + *key), *slice);
}

static bool make_offset(uint32_t *to, const swiss_slice *from, pool *p) {
    *to = pool_add(p, from->data, from->size);
    return true;
}

#define SWISS_NAME words
#define SWISS_KEY uint32_t
#define SWISS_VALUE int
#define SWISS_CONTEXT pool *
#define SWISS_HASH hash_offset
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL equal_offsets
#define SWISS_KEY_DROP drop_offset
#define SWISS_VALUE_DROP drop_value
#define SWISS_KEY_CLONE clone_offset
#define SWISS_VALUE_CLONE clone_value
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_HASH hash_slice
#define SWISS_LOOKUP_EQUAL offset_is
#define SWISS_LOOKUP_MAKE make_offset
#include <swiss/map.h>

/* A context that is more than a pointer, hooks that are macros, a hash that promises nothing, and slots so large that
 * batches run side by side. */
typedef struct {
    const char *bytes;
    size_t stride;
} text;

typedef struct {
    uint32_t at;
    char rest[4092];
} big;

#define SWISS_NAME big_set
#define SWISS_KEY big
#define SWISS_CONTEXT text
#define SWISS_HASH(key, seed, t) ((void)(seed), (uint64_t)(unsigned char)(t).bytes[(key)->at * (t).stride])
#define SWISS_EQUAL(a, b, t) ((t).bytes[(a)->at * (t).stride] == (t).bytes[(b)->at * (t).stride])
#define SWISS_LOOKUP char
#define SWISS_LOOKUP_HASH(key, seed, t) ((void)(seed), (void)(t), (uint64_t)(unsigned char)*(key))
#define SWISS_LOOKUP_EQUAL(a, b, t) ((t).bytes[(a)->at * (t).stride] == *(b))
#include <swiss/set.h>

enum { WORDS = 1000 };
static pool pools[2];

static int begin(void **state) {
    (void)state;
    memset(pools, 0, sizeof pools);
    for (size_t i = 0; i < 2; ++i) {
        pools[i].clones_left = NEVER;
        pools[i].used = i ? 5000 : 0; /* so that no key of one is a key of the other */
    }
    return 0;
}

static swiss_slice word(size_t i) {
    static char texts[4][16];
    static size_t next;
    char *to = texts[next++ % 4];
    snprintf(to, 16, "word %zu", i);
    return swiss_slice_of(to);
}

static uint32_t offset(pool *p, size_t i) {
    const swiss_slice slice = word(i);
    return pool_add(p, slice.data, slice.size);
}

/* Words number `from` to `to` - 1. */
static words filled(pool *p, size_t from, size_t to) {
    words map = {.context = p};
    for (size_t i = from; i < to; ++i)
        assert_true(words_insert(&map, offset(p, i), (int)i).inserted);
    return map;
}

static void check(const words *map, size_t from, size_t to) {
    assert_int_equal(words_size(map), to - from);
    for (size_t i = from; i < to; ++i) {
        const words_entry *entry = words_find_as(map, word(i));
        assert_non_null(entry);
        assert_int_equal(entry->value, i);
        assert_ptr_equal(words_find(map, entry->key), entry);
        assert_string_equal(map->context->bytes + entry->key, word(i).data);
    }
    assert_null(words_find_as(map, word(to)));
    assert_null(words_validate(map));
    assert_true(words_stats(map).mean_probe_hit < 2);
}

static void every_operation_by_key(void **state) {
    (void)state;
    pool *p = &pools[0];
    words map = filled(p, 0, WORDS); /* which grows: its entries are hashed again */
    check(&map, 0, WORDS);
    assert_false(words_insert(&map, offset(p, 5), 9).inserted);
    assert_int_equal(*words_get(&map, offset(p, 5)), 5);
    assert_int_equal(p->dropped_keys + p->dropped_values, 0);
    assert_false(words_put(&map, offset(p, 5), 5).inserted); /* another key, the same value */
    assert_int_equal(p->dropped_keys, 1);
    assert_int_equal(p->dropped_values, 0);
    assert_false(words_put_as(&map, word(6), 7).inserted);
    assert_int_equal(p->dropped_values, 1);
    *words_get_as(&map, word(6)) = 6;
    assert_true(words_remove(&map, offset(p, 7)));
    assert_true(words_remove_as(&map, word(8)));
    words_remove_entry(&map, words_find_as(&map, word(9)));
    assert_int_equal(p->dropped_keys, 4);
    assert_int_equal(p->dropped_values, 4);
    assert_false(words_contains_as(&map, word(8)));
    words_entry taken;
    assert_true(words_take_as(&map, word(10), &taken) && words_take(&map, offset(p, 11), &taken));
    assert_int_equal(p->dropped_keys, 4);
    for (size_t i = 7; i < 12; ++i)
        assert_int_equal(*words_get_or_insert_as(&map, word(i), (int)i), i);
    check(&map, 0, WORDS);
    words_free(&map);
    assert_int_equal(p->dropped_keys, WORDS + 4);
    assert_int_equal(p->dropped_values, WORDS + 4);
}

static bool keep_some(words_entry *entry, void *context) {
    return entry->value < *(const int *)context;
}

static bool same_int(const int *a, const int *b) {
    return *a == *b;
}

static void every_operation_on_a_whole_map(void **state) {
    (void)state;
    pool *p = &pools[0];
    words map = filled(p, 0, WORDS), copy;
    assert_true(words_reserve(&map, 10 * WORDS));
    check(&map, 0, WORDS);
    assert_true(words_shrink(&map));
    check(&map, 0, WORDS);
    assert_true(words_clone(&copy, &map));
    assert_ptr_equal(copy.context, p);
    check(&copy, 0, WORDS);
    assert_true(words_equal(&map, &copy, same_int));
    int limit = WORDS / 2;
    assert_int_equal(words_retain(&map, keep_some, &limit), WORDS / 2);
    assert_int_equal(p->dropped_keys, WORDS / 2);
    words_iter iter = words_iterate(&map);
    for (words_entry *entry; (entry = words_next(&iter));)
        if (entry->value >= 10)
            words_iter_remove(&map, &iter);
    check(&map, 0, 10);
    assert_int_equal(p->dropped_keys, WORDS - 10);
    assert_true(words_merge(&map, &copy)); /* both have the same pool */
    check(&map, 0, WORDS);
    check(&copy, 0, 10);
    words_clear(&copy);
    assert_int_equal(p->dropped_keys, WORDS);
    /* Rehashes in place: the table churns. */
    for (size_t i = WORDS; i < 3 * WORDS; ++i) {
        assert_true(words_insert_as(&map, word(i), (int)i).inserted);
        assert_true(words_remove_as(&map, word(i - WORDS)));
    }
    check(&map, 2 * WORDS, 3 * WORDS);
    words_free(&copy);
    words_free(&map);
}

static void a_clone_that_fails(void **state) {
    (void)state;
    words map = filled(&pools[0], 0, 30), copy;
    for (size_t n = 0; n < 60; ++n) {
        pools[0].dropped_keys = 0;
        pools[0].clones_left = n;
        assert_false(words_clone(&copy, &map));
        assert_int_equal(pools[0].dropped_keys, (n + 1) / 2);
        assert_ptr_equal(copy.context, &pools[0]);
        pools[0].clones_left = NEVER;
        assert_true(words_insert_as(&copy, word(1), 1).inserted);
        words_free(&copy);
    }
    words_free(&map);
}

static void contexts_go_with_their_maps(void **state) {
    (void)state;
    words a = filled(&pools[0], 0, 100), b = filled(&pools[1], 50, 90);
    words_swap(&a, &b);
    assert_ptr_equal(a.context, &pools[1]);
    assert_ptr_equal(b.context, &pools[0]);
    check(&a, 50, 90);
    check(&b, 0, 100);
    words moved = words_move(&a);
    check(&moved, 50, 90);
    /* What is left behind keeps it, and so does a map that is initialised or freed. */
    assert_true(words_insert_as(&a, word(1), 1).inserted);
    words_free(&a);
    assert_int_equal(pools[1].dropped_keys, 1);
    assert_true(words_init(&a, NULL));
    assert_true(words_insert_as(&a, word(50), 50).inserted);
    check(&a, 50, 51);
    swiss_options options = {NULL, 7, 500};
    words later;
    memset(&later, 0xA5, sizeof later);
    assert_true(words_init(&later, &options));
    later.context = &pools[0];
    assert_true(words_insert_as(&later, word(3), 3).inserted);
    words_free(&later);
    words_free(&a);
    words_free(&b);
    words_free(&moved);
}

static void batches(void **state) {
    (void)state;
    enum { KEYS = 250 };
    static char bytes[2 * KEYS];
    static big keys[KEYS];
    static char sought[KEYS];
    static big_set_entry *entries[KEYS];
    for (size_t i = 0; i < KEYS; ++i) {
        bytes[2 * i] = sought[i] = (char)i;
        keys[i].at = (uint32_t)i;
    }
    big_set set = {.context = {bytes, 2}};
    assert_true(big_set_reserve(&set, 3000)); /* more than 8 MiB: batches are worth it */
    assert_int_equal(big_set_insert_many(&set, keys, KEYS), KEYS);
    assert_int_equal(big_set_size(&set), KEYS);
    big_set_find_many(&set, keys, KEYS, entries);
    for (size_t i = 0; i < KEYS; ++i)
        assert_int_equal(entries[i]->key.at, i);
    big_set_find_many_as(&set, sought, KEYS, entries);
    for (size_t i = 0; i < KEYS; ++i)
        assert_int_equal(entries[i]->key.at, i);
    assert_null(big_set_validate(&set));
    assert_int_equal(big_set_remove_many(&set, keys, 100), 100);
    assert_int_equal(big_set_remove_many_as(&set, sought, KEYS), KEYS - 100);
    big_set_free(&set);
}

static void nothing_is_asked_of_an_empty_map(void **state) {
    (void)state;
    words map = {0}, copy;
    assert_true(words_reserve(&map, 100));
    assert_true(words_clone(&copy, &map));
    assert_null(words_next(&(words_iter){words_iterate(&map).at}));
    map.context = &pools[1];
    assert_true(words_insert_as(&map, word(1), 1).inserted);
    check(&map, 1, 2);
    words_free(&map);
    words_free(&copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_operation_by_key, begin),
        cmocka_unit_test_setup(every_operation_on_a_whole_map, begin),
        cmocka_unit_test_setup(a_clone_that_fails, begin),
        cmocka_unit_test_setup(contexts_go_with_their_maps, begin),
        cmocka_unit_test_setup(batches, begin),
        cmocka_unit_test_setup(nothing_is_asked_of_an_empty_map, begin),
    };
    return RUN_TESTS(tests);
}
