/* table.c - fuzzes the run-time typed table of table.h: keys of 1 to 40 bytes, values of 0 to 64, alignments to 64,
 * with and without hooks. operations.h says what an input does.
 *
 * Configuration, 8 bytes: the four of map.c, of which the first chooses the hash and the hooks, and the seed if the
 * type is bounded; then the sizes and alignments of key and value.
 */
#include "fuzz.h"

enum { KEY_MAX = 40, VALUE_MAX = 64, SLOT_MAX = 256 };

static swiss_table_type type;
static unsigned quality;

/* What map.h would make of a type that is known to the compiler. Keys and values are passed with room for the largest;
 * an entry is the bytes of a slot. */
typedef struct {
    swiss_table table;
} any;
typedef unsigned char any_entry;
typedef struct {
    unsigned char bytes[KEY_MAX];
} any_key;
typedef struct {
    unsigned char bytes[VALUE_MAX];
} any_value;
typedef struct {
    any_entry *entry;
    bool inserted;
} any_result;
typedef struct {
    swiss_table_iter at;
} any_iter;

static any_key keys[FUZZ_KEYS];

/* Key number `id`: its two bytes, as far as there is room, and then more that depend on it. */
static void make_keys(void) {
    for (unsigned id = 0; id < FUZZ_KEYS; ++id)
        for (unsigned i = 0; i < KEY_MAX; ++i)
            keys[id].bytes[i] = (unsigned char)(i < 2 ? id >> (8 * i) : id * (i + 1));
}

static unsigned key_id(const unsigned char *key) {
    unsigned id = key[0] | (type.key_size > 1 ? (unsigned)key[1] << 8 : 0);
    CHECK(id < FUZZ_KEYS && memcmp(key, keys[id].bytes, type.key_size) == 0);
    return id;
}

static any_value value_of(uint64_t number) {
    any_value value;
    for (unsigned i = 0; i < VALUE_MAX; ++i)
        value.bytes[i] = (unsigned char)(i < 8 ? number >> (8 * i) : number * (i + 1));
    return value;
}

static bool value_carries(const void *value, uint64_t number) {
    return memcmp(value, value_of(number).bytes, type.value_size) == 0;
}

/* True if the values that carry these are equal: short ones may be. */
static bool same_values(uint64_t a, uint64_t b) {
    return memcmp(value_of(a).bytes, value_of(b).bytes, type.value_size) == 0;
}

static void value_set(void *value, uint64_t number) {
    memcpy(value, value_of(number).bytes, type.value_size);
}

/* The hooks. */
static uint64_t any_hash_key(const void *key, uint64_t seed, const swiss_table_type *of) {
    CHECK(of == &type && (uintptr_t)key != 0);
    return fuzz_hash(quality, key_id(key), seed);
}

static bool any_equal_keys(const void *stored, const void *key, const swiss_table_type *of) {
    CHECK(of == &type);
    return key_id(stored) == key_id(key);
}

static void any_split(const swiss_table *table, const swiss_table_type *of, swiss_split *split) {
    CHECK(of == &type && swiss_table_capacity(table) == 2 * split->half);
    swiss_table_split_(table, &type, split);
}

static void any_drop(void *slot, const swiss_table_type *of) {
    CHECK(of == &type && key_id(slot) < FUZZ_KEYS);
    --memory.owned;
}

static bool any_clone_entry(void *to, const void *from, const swiss_table_type *of) {
    CHECK(of == &type);
    if (memory_refuses())
        return false;
    memcpy(to, from, of->slot_size);
    ++memory.owned;
    return true;
}

/* The functions. Counts what entries own, if they own something. */
static any_result counted(swiss_table_result result, bool owns) {
    memory.owned += owns && type.drop;
    return (any_result){result.slot, result.inserted};
}

static bool any_init(any *map, const swiss_options *options) {
    return swiss_table_init(&map->table, &type, options);
}
static void any_free(any *map) {
    swiss_table_free(&map->table, &type);
}
static size_t any_size(const any *map) {
    return swiss_table_size(&map->table);
}
static size_t any_capacity(const any *map) {
    return swiss_table_capacity(&map->table);
}
static any_entry *any_find(const any *map, any_key key) {
    any_entry *slot = swiss_table_find(&map->table, &type, key.bytes);
    CHECK((uintptr_t)slot % type.slot_align == 0);
    return slot;
}
static bool any_contains(const any *map, any_key key) {
    return swiss_table_contains(&map->table, &type, key.bytes);
}
static any_value *any_get(const any *map, any_key key) {
    return swiss_table_get(&map->table, &type, key.bytes);
}
static any_result any_insert(any *map, any_key key, any_value value) {
    swiss_table_result result = swiss_table_insert(&map->table, &type, key.bytes, value.bytes);
    return counted(result, result.inserted);
}
static any_result any_insert_from(any *map, any_key key, any_entry *entry) {
    swiss_table_result result = swiss_table_insert(&map->table, &type, key.bytes, swiss_table_value(&type, entry));
    return counted(result, result.inserted);
}
static uint64_t any_hash(any *map, any_key key) {
    return swiss_table_hash(&map->table, &type, key.bytes);
}
static any_entry *any_find_hashed(const any *map, uint64_t hash, any_key key) {
    swiss_table_prefetch(&map->table, &type, hash);
    return swiss_table_find_hashed(&map->table, &type, hash, key.bytes);
}
static any_result any_insert_hashed(any *map, uint64_t hash, any_key key, any_value value) {
    swiss_table_result result = swiss_table_insert_hashed(&map->table, &type, hash, key.bytes, value.bytes);
    return counted(result, result.inserted);
}
static any_result any_insert_ptr(any *map, const any_key *key, const any_value *value) {
    return any_insert(map, *key, *value);
}
/* An entry that has the value already, by its bytes, stays. */
static bool any_has(const any *map, any_key key, any_value value) {
    any_value *had = any_get(map, key);
    return had && memcmp(had, value.bytes, type.value_size) == 0;
}
static any_result any_put(any *map, any_key key, any_value value) {
    bool same = any_has(map, key, value);
    swiss_table_result result = swiss_table_put(&map->table, &type, key.bytes, value.bytes);
    return counted(result, result.slot != NULL && !same);
}
static any_result any_put_ptr(any *map, const any_key *key, const any_value *value) {
    return any_put(map, *key, *value);
}
static any_result any_put_hashed(any *map, uint64_t hash, any_key key, any_value value) {
    bool same = any_has(map, key, value);
    swiss_table_result result = swiss_table_put_hashed(&map->table, &type, hash, key.bytes, value.bytes);
    return counted(result, result.slot != NULL && !same);
}
/* What is handed out is no longer owned here. */
static any_result any_replace(any *map, any_key key, any_value value, any_entry *old) {
    swiss_table_result result = swiss_table_replace(&map->table, &type, key.bytes, value.bytes, old);
    return counted(result, result.inserted);
}
static any_result any_replace_hashed(any *map, uint64_t hash, any_key key, any_value value, any_entry *old) {
    swiss_table_result result = swiss_table_replace_hashed(&map->table, &type, hash, key.bytes, value.bytes, old);
    return counted(result, result.inserted);
}
/* The keys lie side by side, as long as they are. */
static const void *pack(const void *from, size_t stride, size_t size, size_t count) {
    static unsigned char packed[2][16 * VALUE_MAX];
    static unsigned which;
    unsigned char *to = packed[which ^= 1];
    for (size_t i = 0; i < count; ++i)
        memcpy(to + i * size, (const unsigned char *)from + i * stride, size);
    return to;
}
static size_t any_insert_many_marked(any *map, const any_key *many, const any_value *values, size_t count,
                                     bool *inserted) {
    const void *packed_keys = pack(many, sizeof *many, type.key_size, count);
    const void *packed_values = pack(values, sizeof *values, type.value_size, count);
    const size_t before = any_size(map);
    const size_t done = swiss_table_insert_many_marked(&map->table, &type, packed_keys, packed_values, count, inserted);
    memory.owned += type.drop ? any_size(map) - before : 0;
    return done;
}
static size_t any_remove_many(any *map, const any_key *many, size_t count) {
    return swiss_table_remove_many(&map->table, &type, pack(many, sizeof *many, type.key_size, count), count);
}
static any_value *any_get_or_insert(any *map, any_key key, any_value value) {
    size_t size = any_size(map);
    void *got = swiss_table_get_or_insert(&map->table, &type, key.bytes, value.bytes);
    memory.owned += type.drop && any_size(map) > size;
    return got;
}
static bool any_remove(any *map, any_key key) {
    return swiss_table_remove(&map->table, &type, key.bytes);
}
static bool any_take(any *map, any_key key, any_entry *entry) {
    bool taken = swiss_table_take(&map->table, &type, key.bytes, entry);
    memory.owned -= taken && type.drop;
    return taken;
}
static bool any_remove_hashed(any *map, uint64_t hash, any_key key) {
    return swiss_table_remove_hashed(&map->table, &type, hash, key.bytes);
}
static bool any_remove_ptr(any *map, const any_key *key) {
    return any_remove(map, *key);
}
static bool any_take_hashed(any *map, uint64_t hash, any_key key, any_entry *entry) {
    bool taken = swiss_table_take_hashed(&map->table, &type, hash, key.bytes, entry);
    memory.owned -= taken && type.drop;
    return taken;
}
static bool any_pop(any *map, any_entry *entry) {
    bool popped = swiss_table_pop(&map->table, &type, entry);
    memory.owned -= popped && type.drop;
    return popped;
}
static void any_remove_entry(any *map, any_entry *entry) {
    swiss_table_remove_entry(&map->table, &type, entry);
}
static any_iter any_iterate(const any *map) {
    return (any_iter){swiss_table_iterate(&map->table)};
}
static any_iter any_iterate_from(const any *map, size_t hint) {
    return (any_iter){swiss_table_iterate_from(&map->table, &type, hint)};
}
static size_t any_iter_place(const any_iter *iter) {
    return swiss_table_iter_place(&iter->at);
}
static any_entry *any_next(any_iter *iter) {
    return swiss_table_next(&iter->at, &type);
}
static void any_iter_remove(any *map, any_iter *iter) {
    swiss_table_iter_remove(&map->table, &type, &iter->at);
}
static bool any_reserve(any *map, size_t size) {
    return swiss_table_reserve(&map->table, &type, size);
}
static bool any_shrink(any *map) {
    return swiss_table_shrink(&map->table, &type);
}
static void any_clear(any *map) {
    swiss_table_clear(&map->table, &type);
}
static void any_clear_keep(any *map) {
    swiss_table_clear_keep(&map->table, &type);
}
static bool any_clone(any *to, const any *from) {
    return swiss_table_clone(&to->table, &from->table, &type);
}
static void any_swap(any *a, any *b) {
    swiss_table_swap(&a->table, &b->table);
}
static any any_move(any *from) {
    return (any){swiss_table_move(&from->table)};
}
static bool any_merge(any *to, any *from) {
    return swiss_table_merge(&to->table, &from->table, &type);
}
static swiss_table_stats any_stats(const any *map) {
    return swiss_table_get_stats(&map->table, &type);
}

typedef struct {
    bool (*keep)(any_entry *, void *);
    void *context;
} any_keeper;
static bool any_keep_slot(void *slot, void *context) {
    const any_keeper *keeper = context;
    return keeper->keep(slot, keeper->context);
}
static size_t any_retain(any *map, bool (*keep)(any_entry *, void *), void *context) {
    any_keeper keeper = {keep, context};
    return swiss_table_retain(&map->table, &type, any_keep_slot, &keeper);
}

static bool values_equal(const void *a, const void *b, void *context) {
    CHECK(context == &type);
    return memcmp(a, b, type.value_size) == 0;
}
static bool any_equal(const any *a, const any *b,
                      bool (*equal)(const void *value_a, const void *value_b, void *context)) {
    return swiss_table_equal(&a->table, &b->table, &type, equal, &type);
}

#define FUZZ_NAME any
#define any_type_ type
#define FUZZ_KEY(id) keys[id]
#define FUZZ_ID(entry) key_id(entry)
#define FUZZ_VALUE(number) value_of(number)
#define FUZZ_VALUE_OF(entry) swiss_table_value(&type, entry)
#define FUZZ_VALUE_SET(entry, number) value_set(FUZZ_VALUE_OF(entry), number)
#define FUZZ_CARRIES(value, number) value_carries(value, number)
#define FUZZ_SAME(a, b) same_values(a, b)
#define FUZZ_EQUAL values_equal
#define FUZZ_OWNED (type.drop != NULL)
#define FUZZ_ENTRY_SIZE SLOT_MAX
#define FUZZ_ALIAS
#include "operations.h"

static bool divides(size_t alignment, size_t size) {
    return alignment != 0 && (alignment & (alignment - 1)) == 0 && size % alignment == 0;
}

/* Describes the entries as four bytes say, or, if these sizes and alignments are impossible, as nearly so as can be. */
static void choose_type(fuzz_input *input) {
    size_t key_size = fuzz_byte(input) % (KEY_MAX + 1), key_align = fuzz_byte(input) % 65;
    size_t value_size = fuzz_byte(input) % (VALUE_MAX + 1), value_align = fuzz_byte(input) % 65;
    bool possible = key_size != 0 && divides(key_align, key_size) && (!value_size || divides(value_align, value_size));
    CHECK(swiss_table_type_init(&type, key_size, key_align, value_size, value_align, NULL, NULL) == possible);
    if (!possible) {
        key_size += key_size == 0;
        key_align = key_size & (0 - key_size); /* the largest power of two that divides it */
        value_align = value_size & (0 - value_size);
        CHECK(swiss_table_type_init(&type, key_size, key_align, value_size, value_align, NULL, NULL));
    }
    CHECK(type.slot_size <= SLOT_MAX && type.slot_size % type.slot_align == 0);
    CHECK(type.value_offset >= key_size && type.value_offset + value_size <= type.slot_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    fuzz_run run = fuzz_begin(&input, &quality);
    choose_type(&input);
    if (keys[1].bytes[0] == 0)
        make_keys();
    if (type.key_size == 1 && run.keys > 256)
        run.keys = 256;
    if (run.choice & 1) {
        type.hash = any_hash_key;
        type.equal = any_equal_keys;
        type.avalanches = quality != HASH_GOOD;
    }
    if (run.choice & 2) {
        type.drop = any_drop;
        type.clone = any_clone_entry;
    }
    if (run.choice & 4)
        type.split = any_split;
    if (run.options.seed & 2)
        type.bounded = &swiss_table_bounded;
    run.zero = false;
    any_run(&run, &input);
    return 0;
}
