/* The random operations of map.c on the run-time typed table, behind functions with a map's names. */
#include "tests/support.h"
#include <swiss/table.h>

typedef uint32_t wrapped_key;
typedef uint64_t wrapped_value;
typedef struct wrapped_entry {
    wrapped_key key;
    wrapped_value value;
} wrapped_entry;
typedef struct wrapped {
    swiss_table table;
} wrapped;
typedef struct wrapped_result {
    wrapped_entry *entry;
    bool inserted;
} wrapped_result;
typedef struct wrapped_iter {
    swiss_table_iter at;
} wrapped_iter;

static swiss_table_type type;

static bool wrapped_init(wrapped *map, const swiss_options *options) {
    return swiss_table_init(&map->table, &type, options);
}
static void wrapped_free(wrapped *map) {
    swiss_table_free(&map->table, &type);
}
static size_t wrapped_size(const wrapped *map) {
    return swiss_table_size(&map->table);
}
static size_t wrapped_capacity(const wrapped *map) {
    return swiss_table_capacity(&map->table);
}
static wrapped_entry *wrapped_find(const wrapped *map, wrapped_key key) {
    return swiss_table_find(&map->table, &type, &key);
}
static bool wrapped_contains(const wrapped *map, wrapped_key key) {
    return swiss_table_contains(&map->table, &type, &key);
}
static wrapped_value *wrapped_get(const wrapped *map, wrapped_key key) {
    return swiss_table_get(&map->table, &type, &key);
}
static wrapped_result wrapped_insert(wrapped *map, wrapped_key key, wrapped_value value) {
    swiss_table_result result = swiss_table_insert(&map->table, &type, &key, &value);
    return (wrapped_result){result.slot, result.inserted};
}
static wrapped_result wrapped_put(wrapped *map, wrapped_key key, wrapped_value value) {
    swiss_table_result result = swiss_table_put(&map->table, &type, &key, &value);
    return (wrapped_result){result.slot, result.inserted};
}
static wrapped_value *wrapped_get_or_insert(wrapped *map, wrapped_key key, wrapped_value value) {
    return swiss_table_get_or_insert(&map->table, &type, &key, &value);
}
static bool wrapped_remove(wrapped *map, wrapped_key key) {
    return swiss_table_remove(&map->table, &type, &key);
}
static bool wrapped_take(wrapped *map, wrapped_key key, wrapped_entry *entry) {
    return swiss_table_take(&map->table, &type, &key, entry);
}
static void wrapped_remove_entry(wrapped *map, wrapped_entry *entry) {
    swiss_table_remove_entry(&map->table, &type, entry);
}
static bool wrapped_pop(wrapped *map, wrapped_entry *entry) {
    return swiss_table_pop(&map->table, &type, entry);
}
static wrapped_result wrapped_replace(wrapped *map, wrapped_key key, wrapped_value value, wrapped_entry *old) {
    swiss_table_result result = swiss_table_replace(&map->table, &type, &key, &value, old);
    return (wrapped_result){result.slot, result.inserted};
}

/* By the hash. */
static uint64_t wrapped_hash(wrapped *map, wrapped_key key) {
    return swiss_table_hash(&map->table, &type, &key);
}
static void wrapped_prefetch(const wrapped *map, uint64_t hash) {
    swiss_table_prefetch(&map->table, &type, hash);
}
static wrapped_entry *wrapped_find_hashed(const wrapped *map, uint64_t hash, wrapped_key key) {
    return swiss_table_find_hashed(&map->table, &type, hash, &key);
}
static bool wrapped_contains_hashed(const wrapped *map, uint64_t hash, wrapped_key key) {
    return swiss_table_contains_hashed(&map->table, &type, hash, &key);
}
static wrapped_value *wrapped_get_hashed(const wrapped *map, uint64_t hash, wrapped_key key) {
    return swiss_table_get_hashed(&map->table, &type, hash, &key);
}
static wrapped_result wrapped_insert_hashed(wrapped *map, uint64_t hash, wrapped_key key, wrapped_value value) {
    swiss_table_result result = swiss_table_insert_hashed(&map->table, &type, hash, &key, &value);
    return (wrapped_result){result.slot, result.inserted};
}
static wrapped_result wrapped_put_hashed(wrapped *map, uint64_t hash, wrapped_key key, wrapped_value value) {
    swiss_table_result result = swiss_table_put_hashed(&map->table, &type, hash, &key, &value);
    return (wrapped_result){result.slot, result.inserted};
}
static wrapped_result wrapped_replace_hashed(wrapped *map, uint64_t hash, wrapped_key key, wrapped_value value,
                                             wrapped_entry *old) {
    swiss_table_result result = swiss_table_replace_hashed(&map->table, &type, hash, &key, &value, old);
    return (wrapped_result){result.slot, result.inserted};
}
static wrapped_value *wrapped_get_or_insert_hashed(wrapped *map, uint64_t hash, wrapped_key key, wrapped_value value) {
    return swiss_table_get_or_insert_hashed(&map->table, &type, hash, &key, &value);
}
static bool wrapped_remove_hashed(wrapped *map, uint64_t hash, wrapped_key key) {
    return swiss_table_remove_hashed(&map->table, &type, hash, &key);
}
static bool wrapped_take_hashed(wrapped *map, uint64_t hash, wrapped_key key, wrapped_entry *entry) {
    return swiss_table_take_hashed(&map->table, &type, hash, &key, entry);
}

/* By pointer, as all of a table. */
static wrapped_entry *wrapped_find_ptr(const wrapped *map, const wrapped_key *key) {
    return swiss_table_find(&map->table, &type, key);
}
static bool wrapped_contains_ptr(const wrapped *map, const wrapped_key *key) {
    return swiss_table_contains(&map->table, &type, key);
}
static wrapped_value *wrapped_get_ptr(const wrapped *map, const wrapped_key *key) {
    return swiss_table_get(&map->table, &type, key);
}
static wrapped_result wrapped_insert_ptr(wrapped *map, const wrapped_key *key, const wrapped_value *value) {
    swiss_table_result result = swiss_table_insert(&map->table, &type, key, value);
    return (wrapped_result){result.slot, result.inserted};
}
static wrapped_result wrapped_put_ptr(wrapped *map, const wrapped_key *key, const wrapped_value *value) {
    swiss_table_result result = swiss_table_put(&map->table, &type, key, value);
    return (wrapped_result){result.slot, result.inserted};
}
static bool wrapped_remove_ptr(wrapped *map, const wrapped_key *key) {
    return swiss_table_remove(&map->table, &type, key);
}
static wrapped_iter wrapped_iterate(const wrapped *map) {
    return (wrapped_iter){swiss_table_iterate(&map->table)};
}
static wrapped_iter wrapped_iterate_from(const wrapped *map, size_t hint) {
    return (wrapped_iter){swiss_table_iterate_from(&map->table, &type, hint)};
}
static size_t wrapped_iter_place(const wrapped_iter *iter) {
    return swiss_table_iter_place(&iter->at);
}
static wrapped_entry *wrapped_next(wrapped_iter *iter) {
    return swiss_table_next(&iter->at, &type);
}
static void wrapped_iter_remove(wrapped *map, wrapped_iter *iter) {
    swiss_table_iter_remove(&map->table, &type, &iter->at);
}
static bool wrapped_reserve(wrapped *map, size_t size) {
    return swiss_table_reserve(&map->table, &type, size);
}
static bool wrapped_shrink(wrapped *map) {
    return swiss_table_shrink(&map->table, &type);
}
static void wrapped_clear(wrapped *map) {
    swiss_table_clear(&map->table, &type);
}
static void wrapped_clear_keep(wrapped *map) {
    swiss_table_clear_keep(&map->table, &type);
}
static bool wrapped_clone(wrapped *to, const wrapped *from) {
    return swiss_table_clone(&to->table, &from->table, &type);
}
static void wrapped_swap(wrapped *a, wrapped *b) {
    swiss_table_swap(&a->table, &b->table);
}
static wrapped wrapped_move(wrapped *from) {
    return (wrapped){swiss_table_move(&from->table)};
}
static bool wrapped_merge(wrapped *to, wrapped *from) {
    return swiss_table_merge(&to->table, &from->table, &type);
}
static swiss_table_stats wrapped_stats(const wrapped *map) {
    return swiss_table_get_stats(&map->table, &type);
}

typedef bool keep_function(wrapped_entry *entry, void *context);
typedef bool equal_function(const wrapped_value *a, const wrapped_value *b);
static keep_function *keep;
static equal_function *equal;

static bool call_keep(void *slot, void *context) {
    return keep(slot, context);
}
static bool call_equal(const void *a, const void *b, void *context) {
    (void)context;
    return equal(a, b);
}
static size_t wrapped_retain(wrapped *map, keep_function *function, void *context) {
    keep = function;
    return swiss_table_retain(&map->table, &type, call_keep, context);
}
static bool wrapped_equal(const wrapped *a, const wrapped *b, equal_function *function) {
    equal = function;
    return swiss_table_equal(&a->table, &b->table, &type, call_equal, NULL);
}
static const char *wrapped_validate(const wrapped *map) {
    return swiss_table_validate(&map->table, &type);
}

#define MODEL wrapped
#define wrapped_type_ type
#define MODEL_KEY(id) ((wrapped_key)(id) << 8)
#define MODEL_DISCARD(key) ((void)(key))
#define MODEL_ID(key) ((size_t)(key) >> 8)
#define MODEL_VALUE(stamp) ((wrapped_value)(stamp) << 30)
#define MODEL_STAMP(value) ((uint32_t)(*(value) >> 30))
#define MODEL_IDS 1000
#include "map_model.h"

static void hashed_and_compared_by_bytes(void **state) {
    (void)state;
    assert_true(swiss_table_type_init(&type, sizeof(wrapped_key), _Alignof(wrapped_key), sizeof(wrapped_value),
                                      _Alignof(wrapped_value), NULL, NULL));
    assert_int_equal(type.slot_size, sizeof(wrapped_entry));
    assert_int_equal(type.value_offset, offsetof(wrapped_entry, value));
    for (uint64_t seed = 1; seed <= 4; ++seed)
        model_test_wrapped(seed, 60000);
}

static uint64_t weak_hash(const void *key, uint64_t seed, const swiss_table_type *of) {
    (void)seed, (void)of;
    return *(const wrapped_key *)key % 64;
}

static void by_a_weak_hash(void **state) {
    (void)state;
    assert_true(swiss_table_type_init(&type, sizeof(wrapped_key), _Alignof(wrapped_key), sizeof(wrapped_value),
                                      _Alignof(wrapped_value), weak_hash, NULL));
    model_test_wrapped(5, 20000);
    type.avalanches = true;
    model_test_wrapped(6, 20000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashed_and_compared_by_bytes),
        cmocka_unit_test(by_a_weak_hash),
    };
    return RUN_TESTS(tests);
}
