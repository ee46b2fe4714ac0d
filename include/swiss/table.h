/* table.h - a Swiss table whose key and value types are known only at run time; and the core that map.h and set.h share.
 *
 * For callers that know sizes and functions but no C types: language bindings, interpreters, generic containers. One
 * swiss_table_type serves any number of tables and is passed to each call:
 *
 *     swiss_table_type type;
 *     swiss_table_type_init(&type, sizeof(uint32_t), _Alignof(uint32_t), sizeof(double), _Alignof(double), NULL, NULL);
 *     swiss_table table = {0};
 *     uint32_t key = 7;
 *     double value = 0.5;
 *     if (swiss_table_put(&table, &type, &key, &value).slot == NULL) return out_of_memory;
 *     void *slot = swiss_table_find(&table, &type, &key);
 *     if (slot) printf("%g\n", *(double *)swiss_table_value(&type, slot));
 *     swiss_table_free(&table, &type);
 *
 * Layout: one block of memory. First the control bytes, one per slot (group.h); then the slots, each a key followed by a
 * value. The hash h of a key gives h2 = its low 7 bits, kept in the control byte, and h1 = the other bits, which pick
 * the group where the search begins. A search visits group after group, at triangular steps, so that it sees every
 * group once, and ends at the first group with an EMPTY lane, or when it has seen them all.
 *
 * A table of 4, 8 or 16 slots is one group and may fill up; a larger one doubles when 7 of 8 slots are used. In a table
 * of 4 or 8 the lanes past the last slot stay EMPTY: free lanes are taken from the lowest, so that a table with room never
 * comes to them. Removing from a group that has an EMPTY lane leaves EMPTY, for no search has ever gone past it; only
 * removing from a group that was full leaves a tombstone (DELETED). A table without room but with many tombstones is
 * rehashed in place.
 *
 * Guarantees:
 * - {0} is a valid empty table that has allocated nothing.
 * - When out of memory an operation says so, and the table is as it was.
 * - A pointer to a slot is valid until its entry is removed, or until an operation that may move entries: insert, put,
 *   get_or_insert, reserve, shrink, merge (into it), clear, clone (onto it), free.
 * - Tables share nothing but their allocator: distinct tables may be used from distinct threads, and one table may be
 *   read by several threads as long as none changes it.
 * - Entries are moved with memcpy.
 * - The files of a program that share a table agree on SWISS_GROUP_... (group.h) if they share iterators too.
 */
#ifndef SWISS_TABLE_H
#define SWISS_TABLE_H

#include "allocator.h"
#include "base.h"
#include "group.h"
#include "hash.h"

SWISS_BEGIN_C

typedef struct swiss_table_type swiss_table_type;

/* Returns the hash of a key. */
typedef uint64_t (*swiss_hash_function)(const void *key, uint64_t seed, const swiss_table_type *type);
/* Returns true if the key at the start of the slot `stored` equals the one looked for. */
typedef bool (*swiss_equal_function)(const void *stored, const void *key, const swiss_table_type *type);

/* What a table's entries are, and how to treat them. swiss_table_type_init fills in a plain one; change or
 * add functions afterwards. Every function gets the type, and with it `context`. */
struct swiss_table_type {
    size_t key_size;     /* bytes; the key is at the start of the slot */
    size_t value_offset; /* bytes from the start of the slot to the value */
    size_t value_size;   /* bytes; 0 for a set */
    size_t slot_size;    /* bytes, a multiple of slot_align */
    size_t slot_align;   /* a power of two */
    swiss_hash_function hash;
    swiss_equal_function equal;
    /* Gives up what an entry owns. NULL: nothing. */
    void (*drop)(void *slot, const swiss_table_type *type);
    /* Makes `to` a copy of the entry `from` that owns what it needs; false when out of memory, with `to`
     * owning nothing. NULL: the bytes are copied. */
    bool (*clone)(void *to, const void *from, const swiss_table_type *type);
    /* Hashes `count` entries at once: hashes[i] = hash of the key of slot number lanes[i] of `slots`. NULL:
     * `hash` is called for each. Rehashing calls it once per group. */
    void (*hash_lanes)(const void *slots, const uint8_t *lanes, size_t count, uint64_t seed, uint64_t *hashes,
                       const swiss_table_type *type);
    void *context; /* the caller's own */
    /* A promise: every bit of `hash` depends on the whole key and on the seed. Without it hashes are mixed.
     */
    bool avalanches;
};

/* How a table begins. All zero is the default: the bundled heap, a seed of its own, nothing allocated. */
typedef struct swiss_options {
    const swiss_allocator *allocator; /* NULL: swiss_allocator_heap() */
    uint64_t seed;                    /* 0: a fresh one. Another: this one, for runs that can be repeated */
    size_t capacity;                  /* room for so many entries without growing */
} swiss_options;

/* A table. Its members are private. */
typedef struct swiss_table {
    uint8_t *control;                 /* the control bytes; NULL: nothing allocated */
    char *slots;                      /* the slots, in the same block */
    size_t mask;                      /* control bytes - 16: `h1 & mask` is the first slot of a group */
    size_t size;                      /* entries */
    size_t growth_left;               /* EMPTY slots that may still be filled */
    uint64_t seed;                    /* 0: not drawn yet */
    const swiss_allocator *allocator; /* NULL: swiss_allocator_heap() */
    uint32_t generation;              /* changes when entries move or go: finds stale iterators */
    uint8_t capacity_small;           /* slots, if less than 16 control bytes are in use; else 0 */
    bool freed;                       /* finds a table freed twice */
} swiss_table;

/* What an insertion did. */
typedef struct swiss_table_result {
    void *slot;    /* the entry, new or found; NULL: out of memory, and nothing has changed */
    bool inserted; /* it is new */
} swiss_table_result;

/* Where an iteration is. */
typedef struct swiss_table_iter {
    const swiss_table *table;
    size_t base;         /* the first slot of the group after the one at hand */
    size_t current;      /* the slot of the entry returned last; SIZE_MAX: none */
    uint64_t rest;       /* the lanes of the group at hand that are still to come */
    uint32_t generation; /* the table's when the iteration last saw it */
} swiss_table_iter;

typedef struct swiss_table_stats {
    size_t size;            /* entries */
    size_t capacity;        /* slots */
    size_t tombstones;      /* slots marked DELETED */
    size_t bytes;           /* drawn from the allocator */
    double load_factor;     /* size / capacity; 0 for an empty table */
    double mean_probe_hit;  /* groups that finding an entry visits, mean over the entries */
    double mean_probe_miss; /* groups that a search in vain visits, mean over where it may begin */
    size_t max_probe;       /* the longest of either kind */
} swiss_table_stats;

/* Describes entries of a key and a value (value_size 0: keys only; then value_align is not looked at). With
 * `hash` NULL a key's bytes are hashed, with `equal` NULL they are compared: then a key has no padding.
 * Returns false, and leaves *type alone, if a size or an alignment is impossible: a key of 0 bytes, an
 * alignment that is no power of two or does not divide its size, or a slot larger than PTRDIFF_MAX. */
SWISS_API bool swiss_table_type_init(swiss_table_type *type, size_t key_size, size_t key_align, size_t value_size,
                                     size_t value_align, swiss_hash_function hash, swiss_equal_function equal);

/* The value of the entry in `slot`. */
SWISS_ALWAYS_INLINE void *swiss_table_value(const swiss_table_type *type, void *slot) {
    return (char *)slot + type->value_offset;
}

/* Makes *table an empty table, as `options` say (NULL: the defaults). Whatever *table was is forgotten, not
 * freed. Returns false when out of memory or when the capacity's byte size overflows: then *table is a valid
 * table without room. O(capacity). */
SWISS_API bool swiss_table_init(swiss_table *table, const swiss_table_type *type, const swiss_options *options);

/* Drops every entry and gives the memory back. The table is then at its end: before it is used or freed again
 * it must be initialised, by swiss_table_init or with {0}. O(capacity). */
SWISS_API void swiss_table_free(swiss_table *table, const swiss_table_type *type);

/* The number of entries. O(1). */
SWISS_ALWAYS_INLINE size_t swiss_table_size(const swiss_table *table) {
    return table->size;
}

/* The number of slots, 0 if nothing is allocated. O(1). */
SWISS_ALWAYS_INLINE size_t swiss_table_capacity(const swiss_table *table) {
    if (table->control == NULL)
        return 0;
    return table->capacity_small ? table->capacity_small : table->mask + SWISS_GROUP_WIDTH;
}

/* The slot whose key equals *key, or NULL. O(1) expected. */
SWISS_API void *swiss_table_find(const swiss_table *table, const swiss_table_type *type, const void *key);

/* Inserts a copy of the bytes of *key and *value (NULL: zero bytes) unless the key is there; then nothing
 * changes. Either pointer may point into the table itself. O(1) expected and amortised. */
SWISS_API swiss_table_result swiss_table_insert(swiss_table *table, const swiss_table_type *type, const void *key,
                                                const void *value);

/* As insert, but if the key is there its entry is dropped and replaced; neither pointer may point into that
 * entry. */
SWISS_API swiss_table_result swiss_table_put(swiss_table *table, const swiss_table_type *type, const void *key,
                                             const void *value);

/* The value of *key, which is inserted with *value (NULL: zero bytes) if it is not there. NULL: out of
 * memory. */
SWISS_API void *swiss_table_get_or_insert(swiss_table *table, const swiss_table_type *type, const void *key,
                                          const void *value);

/* Removes and drops the entry of *key. Returns false if there is none. Never allocates. O(1) expected. */
SWISS_API bool swiss_table_remove(swiss_table *table, const swiss_table_type *type, const void *key);

/* Removes the entry of *key without dropping it, after copying its bytes to *slot (slot_size bytes; NULL:
 * nowhere). Returns false if there is none. O(1) expected. */
SWISS_API bool swiss_table_take(swiss_table *table, const swiss_table_type *type, const void *key, void *slot);

/* Makes room for `size` entries in all: until there are so many, and as long as none is removed, no insertion
 * allocates or moves entries. Returns false when out of memory or when the byte size overflows. O(capacity).
 */
SWISS_API bool swiss_table_reserve(swiss_table *table, const swiss_table_type *type, size_t size);

/* Gives back what the entries do not need, and clears tombstones. Returns false when out of memory.
 * O(capacity). */
SWISS_API bool swiss_table_shrink(swiss_table *table, const swiss_table_type *type);

/* Drops every entry and keeps the memory. O(capacity). */
SWISS_API void swiss_table_clear(swiss_table *table, const swiss_table_type *type);

/* Makes *to, which is overwritten and not freed, a copy of *from, on the same allocator. Returns false when
 * out of memory: then *to is an empty table. O(capacity). */
SWISS_API bool swiss_table_clone(swiss_table *to, const swiss_table *from, const swiss_table_type *type);

/* Moves into *to every entry of *from whose key *to lacks; the others stay. Returns false when out of memory,
 * with both as they were. Room for all of them is made first. O(capacity of both). */
SWISS_API bool swiss_table_merge(swiss_table *to, swiss_table *from, const swiss_table_type *type);

/* Removes and drops every entry for which `keep` returns false. `keep` does not change the table. Returns how
 * many were removed. O(capacity). */
SWISS_API size_t swiss_table_retain(swiss_table *table, const swiss_table_type *type,
                                    bool (*keep)(void *slot, void *context), void *context);

/* True if both tables hold the same keys, each with values that `equal` calls equal (NULL: values are not
 * compared). O(capacity). */
SWISS_API bool swiss_table_equal(const swiss_table *a, const swiss_table *b, const swiss_table_type *type,
                                 bool (*equal)(const void *value_a, const void *value_b, void *context), void *context);

/* Measures a table. Hashes every key. O(capacity). */
SWISS_API swiss_table_stats swiss_table_get_stats(const swiss_table *table, const swiss_table_type *type);

/* Exchanges two tables. O(1). */
SWISS_ALWAYS_INLINE void swiss_table_swap(swiss_table *a, swiss_table *b) {
    swiss_table t = *a;
    *a = *b;
    *b = t;
}

/* Returns the table and leaves *from empty, with nothing allocated, on the same allocator. O(1). */
SWISS_API swiss_table swiss_table_move(swiss_table *from);

/* The core: what map.h inlines. ------------------------------------------------------------------------------------ */

/* Makes room for one more entry: allocates, rehashes in place, or grows. False when out of memory: the table
 * is as it was. The seed of a table that has entries does not change. */
SWISS_API SWISS_COLD bool swiss_table_make_room(swiss_table *table, const swiss_table_type *type);

/* Debug builds compare generations; others do not keep them. */
#if !defined(NDEBUG) || defined(SWISS_CHECK_ITERATORS)
#    define SWISS_TOUCH(table) ((void)++(table)->generation)
#else
#    define SWISS_TOUCH(table) ((void)0)
#endif

SWISS_ALWAYS_INLINE uint64_t swiss_table_hash(const swiss_table *table, const swiss_table_type *type, const void *key) {
    uint64_t hash = type->hash(key, table->seed, type);
    return type->avalanches ? hash : swiss_hash_mix(hash, table->seed);
}

SWISS_ALWAYS_INLINE void *swiss_table_slot(const swiss_table *table, const swiss_table_type *type, size_t index) {
    return table->slots + index * type->slot_size;
}

SWISS_ALWAYS_INLINE size_t swiss_table_index(const swiss_table *table, const swiss_table_type *type, const void *slot) {
    return (size_t)((const char *)slot - table->slots) / type->slot_size;
}

/* True if `slot` is one of the table's that hold an entry. For assertions. */
SWISS_ALWAYS_INLINE bool swiss_table_holds(const swiss_table *table, const swiss_table_type *type, const void *slot) {
    if (table->control == NULL)
        return false;
    size_t index = swiss_table_index(table, type, slot);
    return index < table->mask + SWISS_GROUP_WIDTH && table->control[index] < SWISS_EMPTY;
}

/* The first slot of the group where the search for `hash` begins: bits 7 and up of the hash, times 16. */
SWISS_ALWAYS_INLINE size_t swiss_h1(uint64_t hash, size_t mask) {
    return (size_t)(hash >> 3) & mask;
}

SWISS_ALWAYS_INLINE uint8_t swiss_h2(uint64_t hash) {
    return (uint8_t)(hash & 0x7F);
}

/* Fetches the first two cache lines of a group's slots, where most of its entries are, while its control bytes are on their
 * way: in a table larger than the caches a search waits for one line instead of two, one after the other. Hits among 1,000,000
 * pairs of integers took 0.84 of the time, among 1,000 and misses as long as before within 3%. Larger slots have too few
 * entries in two lines. */
SWISS_ALWAYS_INLINE void swiss_table_prefetch(const char *slots, const swiss_table_type *type) {
    if (type->slot_size <= 32) {
        SWISS_PREFETCH(slots);
        SWISS_PREFETCH((const void *)((uintptr_t)slots + 64)); /* of a small table: past its end, which does no harm */
    }
}

/* The slot whose key `equal` accepts, or NULL. */
SWISS_ALWAYS_INLINE void *swiss_table_lookup(const swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                             swiss_equal_function equal, const void *key) {
    SWISS_ASSERT(!table->freed);
    uint8_t *control = table->control;
    if (SWISS_UNLIKELY(control == NULL))
        return NULL;
    size_t mask = table->mask;
    char *slots = table->slots;
    size_t position = swiss_h1(hash, mask);
    uint8_t h2 = swiss_h2(hash);
    swiss_table_prefetch(slots + position * type->slot_size, type);
    for (size_t step = SWISS_GROUP_WIDTH;; step += SWISS_GROUP_WIDTH) {
        swiss_group group = swiss_group_load(control + position);
        for (swiss_mask match = swiss_group_match(group, h2); match; match = swiss_mask_next(match)) {
            char *slot = slots + (position + swiss_mask_lowest(match)) * type->slot_size;
            if (SWISS_LIKELY(equal(slot, key, type)))
                return slot;
        }
        if (SWISS_LIKELY(swiss_group_match_empty(group)) || step > mask)
            return NULL;
        position = (position + step) & mask;
    }
}

/* The index of the first free slot on the way of `hash`. There is one. */
SWISS_ALWAYS_INLINE size_t swiss_table_first_free(const uint8_t *control, size_t mask, uint64_t hash) {
    size_t position = swiss_h1(hash, mask);
    for (size_t step = SWISS_GROUP_WIDTH;; step += SWISS_GROUP_WIDTH) {
        swiss_mask free = swiss_group_match_free(swiss_group_load(control + position));
        if (SWISS_LIKELY(free))
            return position + swiss_mask_lowest(free);
        position = (position + step) & mask;
    }
}

/* Allocates a table's first block, and so gives it a seed, before a key is hashed for insertion. False when
 * out of memory. */
SWISS_ALWAYS_INLINE bool swiss_table_prepare(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT(!table->freed);
    return SWISS_LIKELY(table->control != NULL) || swiss_table_make_room(table, type);
}

/* Finds the key, or takes a free slot for it: {slot, true} is a slot that counts as an entry and that the
 * caller fills at once. The table is prepared. One search serves both. */
SWISS_ALWAYS_INLINE swiss_table_result swiss_table_claim(swiss_table *table, const swiss_table_type *type,
                                                         uint64_t hash, swiss_equal_function equal, const void *key) {
    uint8_t *control = table->control;
    size_t mask = table->mask;
    char *slots = table->slots;
    size_t position = swiss_h1(hash, mask);
    uint8_t h2 = swiss_h2(hash);
    swiss_table_prefetch(slots + position * type->slot_size, type);
    size_t target = SIZE_MAX; /* the first tombstone on the way, to be filled again without growing */
    swiss_table_result result = {NULL, false};
    for (size_t step = SWISS_GROUP_WIDTH;; step += SWISS_GROUP_WIDTH) {
        swiss_group group = swiss_group_load(control + position);
        for (swiss_mask match = swiss_group_match(group, h2); match; match = swiss_mask_next(match)) {
            char *slot = slots + (position + swiss_mask_lowest(match)) * type->slot_size;
            if (SWISS_LIKELY(equal(slot, key, type))) {
                result.slot = slot;
                return result;
            }
        }
        swiss_mask empty = swiss_group_match_empty(group);
        if (SWISS_LIKELY(empty)) { /* the end of the search; a group with an EMPTY lane has no tombstones */
            if (SWISS_LIKELY(target == SIZE_MAX && table->growth_left != 0)) {
                target = position + swiss_mask_lowest(empty);
                table->growth_left -= 1;
            }
            break;
        }
        if (target == SIZE_MAX) {
            swiss_mask tombstones = swiss_group_match_free(group);
            if (tombstones)
                target = position + swiss_mask_lowest(tombstones);
        }
        if (step > mask)
            break;
        position = (position + step) & mask;
    }
    if (SWISS_UNLIKELY(target == SIZE_MAX)) { /* no room */
        if (!swiss_table_make_room(table, type))
            return result;
        control = table->control;
        slots = table->slots;
        target = swiss_table_first_free(control, table->mask, hash);
        table->growth_left -= 1;
    }
    table->size += 1;
    control[target] = h2;
    result.slot = slots + target * type->slot_size;
    result.inserted = true;
    SWISS_TOUCH(table);
    return result;
}

/* Frees the slot number `index`, whose entry has been dropped or moved away. */
SWISS_ALWAYS_INLINE void swiss_table_release(swiss_table *table, size_t index) {
    uint8_t *control = table->control;
    SWISS_ASSERT(control != NULL && control[index] < SWISS_EMPTY);
    /* No search has gone past this group if it is the only one, or if it has an EMPTY lane: those never come
     * back once a group has been full. */
    bool empty = table->mask == 0 ||
                 swiss_group_match_empty(swiss_group_load(control + (index & ~(size_t)(SWISS_GROUP_WIDTH - 1))));
    table->growth_left += empty;
    table->size -= 1;
    control[index] = empty ? SWISS_EMPTY : SWISS_DELETED;
    SWISS_TOUCH(table);
}

/* Begins an iteration over all entries, in no particular order. O(1). */
SWISS_ALWAYS_INLINE swiss_table_iter swiss_table_iterate(const swiss_table *table) {
    SWISS_ASSERT(!table->freed);
    swiss_table_iter iter = {table, 0, SIZE_MAX, 0, table->generation};
    return iter;
}

/* The next entry, or NULL after the last. Between two calls entries may be changed (not their keys), and the
 * one returned last may be removed with swiss_table_iter_remove; any other insertion or removal makes the
 * iterator stale, which debug builds assert. A whole iteration is O(capacity). */
SWISS_ALWAYS_INLINE void *swiss_table_next(swiss_table_iter *iter, const swiss_table_type *type) {
    const swiss_table *table = iter->table;
    SWISS_ASSERT(iter->generation == table->generation);
    if (SWISS_UNLIKELY(table->control == NULL))
        return NULL;
    while (iter->rest == 0) {
        if (iter->base > table->mask) {
            iter->current = SIZE_MAX;
            return NULL;
        }
        iter->rest = swiss_group_match_full(swiss_group_load(table->control + iter->base));
        iter->base += SWISS_GROUP_WIDTH;
    }
    iter->current = iter->base - SWISS_GROUP_WIDTH + swiss_mask_lowest((swiss_mask)iter->rest);
    iter->rest = swiss_mask_next((swiss_mask)iter->rest);
    return swiss_table_slot(table, type, iter->current);
}

/* Removes and drops the entry that swiss_table_next returned last; the iteration goes on. Once per entry.
 * Neither hashes nor searches: O(1). */
SWISS_ALWAYS_INLINE void swiss_table_iter_remove(swiss_table *table, const swiss_table_type *type,
                                                 swiss_table_iter *iter) {
    SWISS_ASSERT(iter->table == table && iter->generation == table->generation && iter->current != SIZE_MAX);
    if (SWISS_UNLIKELY(iter->current == SIZE_MAX))
        return;
    if (type->drop)
        type->drop(swiss_table_slot(table, type, iter->current), type);
    swiss_table_release(table, iter->current);
    iter->current = SIZE_MAX;
    iter->generation = table->generation;
}

SWISS_END_C

#endif
