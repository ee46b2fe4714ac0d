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
 * value; at the end, if there are several groups, one overflow byte for each. The hash of a key gives h2, its top byte,
 * kept in the control byte, and h1, bits below, which pick the group where the search begins. A search visits group after
 * group, at triangular steps, so that it sees every group once.
 *
 * An entry goes to the first group on its way that has a free lane. Each group that it has to pass gets one bit of its
 * overflow byte set, by three bits of h2: a search in vain ends at the first group whose bit is clear, or when it has seen
 * all groups. Removing an entry leaves an EMPTY lane and no tombstone; but the bits stay. A bit that may be one of the
 * entry's own may now be useless, so that the entry is still counted against the room: a table that has run out of room by
 * such entries is rehashed in place, which clears the bits and sets those that are needed. (Overflow bits by classes of
 * hashes are J. M. Lopez Munoz's, of boost::unordered_flat_map, where they are the 16th byte of a group of 15 slots.)
 *
 * A table of 4, 8 or 16 slots is one group and may fill up; the first block is one with as many as go into 256 bytes. A
 * larger table doubles when 7 of 8 slots are used. In a table of 4 or 8 the lanes past the last slot stay EMPTY: free lanes
 * are taken from the lowest, so that a table with room never comes to them.
 *
 * Guarantees:
 * - {0} is a valid empty table that has allocated nothing.
 * - When out of memory an operation says so, and the table is as it was.
 * - A pointer to a slot is valid as long as its entry is in a table and does not move. Entries move when a new key is inserted
 *   for which no room was reserved, and by reserve, shrink and merge (into the table) where these have something to do; not
 *   when the key to be inserted is there, when others are removed, or when memory runs out. swap and move take slots along.
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
typedef struct swiss_table swiss_table;

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
    /* Gives up what an entry owns, and does not use the table. NULL: nothing. */
    void (*drop)(void *slot, const swiss_table_type *type);
    /* Gives up what only the value of an entry owns, for put, where the key stays. NULL: drop does it, so keys own nothing. */
    void (*drop_value)(void *slot, const swiss_table_type *type);
    /* Makes `to` a copy of the entry `from` that owns what it needs; false when out of memory, with `to`
     * owning nothing. NULL: the bytes are copied. */
    bool (*clone)(void *to, const void *from, const swiss_table_type *type);
    /* swiss_table_split_core compiled for this type, which makes growing faster. NULL: for all types. */
    size_t (*split)(swiss_table *to, const swiss_table *from, const swiss_table_type *type);
    void *context; /* the caller's own */
    /* A promise: every bit of `hash` depends on the whole key and on the seed. Without it hashes are mixed.
     */
    bool avalanches;
};

/* How a table begins. All zero is the default: the bundled heap, a seed of its own, nothing allocated. */
typedef struct swiss_options {
    const swiss_allocator *allocator; /* NULL: swiss_allocator_default() */
    uint64_t seed;                    /* 0: a fresh one. Another: this one, for runs that can be repeated */
    size_t reserve;                   /* room for so many entries without growing */
} swiss_options;

/* A table. Its members are private. */
struct swiss_table {
    uint8_t *control;   /* the control bytes; NULL: nothing allocated */
    char *slots;        /* the slots, in the same block */
    uint8_t *overflow;  /* a byte per group, in the same block; of a single group: a 0 that nobody writes */
    size_t mask;        /* control bytes - 16: `h1 & mask` is the first slot of a group */
    size_t size;        /* entries */
    uint64_t seed;      /* 0: not drawn yet */
    size_t growth_left; /* how many slots may still be filled; not beside `size`: gcc would change both as one vector */
    const swiss_allocator *allocator; /* NULL: swiss_allocator_default() */
    uint32_t generation;              /* changes when entries move or go: finds stale iterators */
    uint8_t capacity_small;           /* slots, if less than 16 control bytes are in use; else 0 */
    bool freed;                       /* finds a table freed twice */
};

/* What an insertion did. */
typedef struct swiss_table_result {
    void *slot;    /* the entry, new or found; NULL: out of memory, and nothing has changed */
    bool inserted; /* it is new */
} swiss_table_result;

/* Where an iteration is. */
typedef struct swiss_table_iter {
    const swiss_table *table;
    size_t base;         /* the first slot of the groups at hand */
    size_t next;         /* and of those after them */
    char *slots;         /* of the groups at hand */
    size_t current;      /* the slot of the entry returned last; SIZE_MAX: none */
    size_t left;         /* entries still to come */
    uint64_t rest;       /* the lanes of the groups at hand that are still to come */
    uint32_t generation; /* the table's when the iteration last saw it */
} swiss_table_iter;

typedef struct swiss_table_stats {
    size_t size;            /* entries */
    size_t capacity;        /* slots */
    size_t retired;         /* room that removed entries have used up until the next rehash: they may have overflowed */
    size_t bytes;           /* drawn from the allocator */
    double load_factor;     /* size / capacity; 0 for an empty table */
    double mean_probe_hit;  /* groups that finding an entry visits, mean over the entries that can be found */
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
 * freed. Returns false when out of memory or when the byte size of what is reserved overflows: then *table is a valid
 * table without room. O(reserve). */
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

/* slots[i] = the slot of the i-th of `count` keys, which lie one after the other in `keys`, or NULL. In a table larger than the
 * caches their searches run side by side, which takes a fraction of the time of as many calls of find. O(count) expected. */
SWISS_API void swiss_table_find_many(const swiss_table *table, const swiss_table_type *type, const void *keys,
                                     size_t count, void **slots);

/* Inserts a copy of the bytes of *key and *value (NULL: zero bytes) unless the key is there; then nothing
 * changes. Either pointer may point into the table itself. O(1) expected and amortised, but O(capacity) in a full table that
 * cannot grow, where entries were removed. */
SWISS_API swiss_table_result swiss_table_insert(swiss_table *table, const swiss_table_type *type, const void *key,
                                                const void *value);

/* As insert, but if the key is there its entry is dropped and replaced, in place. What the entry has already, byte for byte,
 * stays, and is not dropped: the key alone, then drop_value drops the old value; or key and value, then nothing changes. The
 * entry's own value comes with another, equal key only if values own nothing. */
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
 * allocates or moves entries. Returns false when out of memory or when the byte size overflows. O(1) amortised where the
 * table is as large already, so that it may come before every insertion; else O(capacity), as it is each time where removals
 * have used up room and no memory can be had. */
SWISS_API bool swiss_table_reserve(swiss_table *table, const swiss_table_type *type, size_t size);

/* Gives back what the entries do not need, and wins retired slots back. Returns false when out of memory.
 * O(capacity). */
SWISS_API bool swiss_table_shrink(swiss_table *table, const swiss_table_type *type);

/* Drops every entry and keeps the memory; but a table of over 4,096 slots of which less than a sixteenth is in use gives it
 * back, so that clearing it again and again takes no longer than filling it. O(capacity) with a drop function, else O(size). */
SWISS_API void swiss_table_clear(swiss_table *table, const swiss_table_type *type);

/* Makes *to, which is overwritten and not freed, a copy of *from, on the same allocator. Returns false when
 * out of memory: then *to is an empty table. O(capacity). */
SWISS_API SWISS_MUST_USE bool swiss_table_clone(swiss_table *to, const swiss_table *from, const swiss_table_type *type);

/* Moves into *to every entry of *from whose key *to lacks; the others stay. Returns false when out of memory,
 * with both as they were. Room for all of them is made first. O(capacity of both). */
SWISS_API SWISS_MUST_USE bool swiss_table_merge(swiss_table *to, swiss_table *from, const swiss_table_type *type);

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
SWISS_API SWISS_MUST_USE swiss_table swiss_table_move(swiss_table *from);

/* The core: what map.h inlines. ------------------------------------------------------------------------------------ */

/* Makes room for one more entry: allocates, rehashes in place, or grows. False when out of memory: the table
 * is as it was. The seed of a table that has entries does not change. */
SWISS_API SWISS_NOINLINE bool swiss_table_make_room(swiss_table *table, const swiss_table_type *type);

/* As swiss_table_add, for where the group has no free lane or the table no room. */
SWISS_API SWISS_NOINLINE void *swiss_table_add_further(swiss_table *table, const swiss_table_type *type, uint64_t hash);

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
    return index < table->mask + SWISS_GROUP_WIDTH && table->control[index] != SWISS_EMPTY;
}

/* The first slot of the group where the search for `hash` begins: bits 28 and up of the hash, times 16. Above 28 bits, of a
 * table of 2^32 slots, they are also those of h2. */
SWISS_ALWAYS_INLINE size_t swiss_h1(uint64_t hash, size_t mask) {
    return (size_t)(hash >> 24) & mask;
}

/* Tables with fewer slots lie in the second-level cache, where prefetching costs more than it brings. */
enum { SWISS_PREFETCH_FROM = 8192 };

/* Fetches the first two cache lines of a group's slots, where most of its entries are, while its control bytes are on their
 * way: in a table larger than the caches a search waits for one line instead of two, one after the other. Hits among 1,000,000
 * pairs of integers took 0.73 of the time, one after the other 0.65, misses 0.93. Larger slots have too few entries in two
 * lines. */
SWISS_ALWAYS_INLINE void swiss_table_prefetch(const swiss_table *table, const char *slots,
                                              const swiss_table_type *type) {
    if (type->slot_size <= 32 && SWISS_UNLIKELY(table->mask >= SWISS_PREFETCH_FROM)) {
        SWISS_PREFETCH(slots);
        SWISS_PREFETCH(slots + 64);
    }
}

/* The slot in `lane`, below 64, of groups whose slots begin at `group_slots`. The product of 32 bits saves extending the lane's
 * number to 64; a slot too large for that has its own way. */
SWISS_ALWAYS_INLINE char *swiss_lane_slot(char *group_slots, unsigned lane, const swiss_table_type *type) {
    if (type->slot_size <= UINT32_MAX / 64)
        return group_slots + lane * (uint32_t)type->slot_size;
    return group_slots + lane * type->slot_size;
}

/* The class of an entry with this h2, a bit of the overflow bytes. */
SWISS_ALWAYS_INLINE uint32_t swiss_class(uint32_t h2) {
    return 1u << (h2 >> 5);
}

/* False if no entry of the class of `hash` has ever gone past the group at `position`. */
SWISS_ALWAYS_INLINE bool swiss_overflowed(const uint8_t *overflow, size_t position, uint64_t hash) {
    return (overflow[position / SWISS_GROUP_WIDTH] >> (hash >> 61)) & 1;
}

/* Where a search found an entry. */
typedef struct swiss_found {
    size_t position;
    swiss_group group; /* the control bytes at `position` */
    unsigned lane;
} swiss_found;

/* The slot of the group at `position` whose key `equal` accepts, or NULL. If there is one, *found, unless `found` is NULL, says
 * where. */
SWISS_ALWAYS_INLINE void *swiss_table_find_in_group(const swiss_table *table, const swiss_table_type *type,
                                                    size_t position, uint64_t hash, swiss_equal_function equal,
                                                    const void *key, swiss_found *found) {
    char *slots = table->slots + position * type->slot_size;
    swiss_group group = swiss_group_load(table->control + position);
    for (swiss_mask match = swiss_group_match(group, hash); match; match = swiss_mask_next(match)) {
        unsigned lane = swiss_mask_lowest(match);
        char *slot = swiss_lane_slot(slots, lane, type);
        if (SWISS_LIKELY(equal(slot, key, type))) {
            if (found) {
                found->position = position;
                found->group = group;
                found->lane = lane;
            }
            return slot;
        }
    }
    return NULL;
}

/* A search has two parts: the group where it begins, and, if that has overflowed, the groups after it. The second is rare: it
 * is apart so that the first needs few registers. */

/* swiss_table_find_in_group for the group where the search for `hash` begins; the table has a block. `fetch`, a constant: the
 * group may not be in the cache. */
SWISS_ALWAYS_INLINE void *swiss_table_find_first(const swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                                 swiss_equal_function equal, const void *key, bool fetch,
                                                 swiss_found *found) {
    size_t position = swiss_h1(hash, table->mask);
    if (fetch)
        swiss_table_prefetch(table, table->slots + position * type->slot_size, type);
    return swiss_table_find_in_group(table, type, position, hash, equal, key, found);
}

/* True if what swiss_table_find_first has not found may be in a group after the first. */
SWISS_ALWAYS_INLINE bool swiss_table_goes_further(const swiss_table *table, uint64_t hash) {
    return swiss_overflowed(table->overflow, swiss_h1(hash, table->mask), hash);
}

/* The slot whose key `equal` accepts in the groups after the first on the way of `hash`, or NULL. */
SWISS_ALWAYS_INLINE void *swiss_table_find_further(const swiss_table *table, const swiss_table_type *type,
                                                   uint64_t hash, swiss_equal_function equal, const void *key) {
    size_t mask = table->mask, position = swiss_h1(hash, mask);
    for (size_t step = SWISS_GROUP_WIDTH; step <= mask; step += SWISS_GROUP_WIDTH) {
        position = (position + step) & mask;
        void *slot = swiss_table_find_in_group(table, type, position, hash, equal, key, NULL);
        if (slot || !swiss_overflowed(table->overflow, position, hash))
            return slot;
    }
    return NULL;
}

/* Allocates a table's first block, and so gives it a seed, before a key is hashed for insertion. False when
 * out of memory. */
SWISS_ALWAYS_INLINE bool swiss_table_prepare(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT(!table->freed);
    return SWISS_LIKELY(table->control != NULL) || swiss_table_make_room(table, type);
}

/* Takes a free slot of the group where the search for `hash` begins, whose key is not in the table, which has a block: the slot
 * counts as an entry, and the caller fills it at once. NULL: the group or the table has no room. */
SWISS_ALWAYS_INLINE void *swiss_table_add_first(swiss_table *table, const swiss_table_type *type, uint64_t hash) {
    size_t position = swiss_h1(hash, table->mask);
    swiss_group group = swiss_group_load(table->control + position);
    swiss_mask free = swiss_group_match_free(group);
    if (SWISS_UNLIKELY(free == 0 || table->growth_left == 0))
        return NULL;
    unsigned lane = swiss_mask_lowest(free);
    table->growth_left -= 1;
    table->size += 1;
    char *slot = swiss_lane_slot(table->slots + position * type->slot_size, lane, type);
    swiss_group_fill(table->control + position, group, lane, hash);
    SWISS_TOUCH(table);
    SWISS_ASSUME(slot != NULL);
    return slot;
}

/* Takes a free slot on the way of `hash`, as swiss_table_add_first. NULL: out of memory. */
SWISS_ALWAYS_INLINE void *swiss_table_add(swiss_table *table, const swiss_table_type *type, uint64_t hash) {
    void *slot = swiss_table_add_first(table, type, hash);
    return SWISS_LIKELY(slot != NULL) ? slot : swiss_table_add_further(table, type, hash);
}

/* Batches: keys are hashed, and what their searches will read is fetched, some blocks of keys ahead of the operation itself.
 * In a table that is in the cache anyway that is a loss. */
enum {
    SWISS_BATCH = 32,                /* keys in a block */
    SWISS_BATCH_RING = 128,          /* hashes kept: a power of two, of 3 blocks or more */
    SWISS_BATCH_FROM_SIZE = 8 << 20, /* bytes of slots */
};

SWISS_ALWAYS_INLINE bool swiss_table_gains_by_batches(const swiss_table *table, const swiss_table_type *type) {
    return table->mask > SWISS_BATCH_FROM_SIZE / type->slot_size; /* 0 without a block */
}

/* Hashes keys[begin] to keys[end - 1], `stride` bytes apart, into the ring, and fetches the control bytes of the groups where
 * their searches begin. */
SWISS_ALWAYS_INLINE void swiss_table_fetch_control(const swiss_table *table, const swiss_table_type *type,
                                                   uint64_t *ring, const void *keys, size_t stride, size_t begin,
                                                   size_t end) {
    for (size_t i = begin; i < end; ++i) {
        uint64_t hash = swiss_table_hash(table, type, (const char *)keys + i * stride);
        ring[i % SWISS_BATCH_RING] = hash;
        SWISS_PREFETCH(table->control + swiss_h1(hash, table->mask));
    }
}

/* Of keys[begin] to keys[end - 1], whose control bytes have been fetched, fetches the slot that may hold the key, or else, if
 * `filling`, the one that it would take. */
SWISS_API void swiss_table_fetch_slots(const swiss_table *table, const swiss_table_type *type, const uint64_t *ring,
                                       size_t begin, size_t end, bool filling);

/* To be called before keys[i] of `count` is looked up, by ring[i % SWISS_BATCH_RING], if i is a multiple of SWISS_BATCH: hashes
 * one block, whose control bytes it fetches, and fetches the slots of the block before that. */
SWISS_ALWAYS_INLINE void swiss_table_fetch_ahead(const swiss_table *table, const swiss_table_type *type, uint64_t *ring,
                                                 const void *keys, size_t stride, size_t i, size_t count,
                                                 bool filling) {
    size_t block[4];
    for (size_t n = 0; n < 4; ++n)
        block[n] = count - i < n * SWISS_BATCH ? count : i + n * SWISS_BATCH;
    if (i == 0) {
        swiss_table_fetch_control(table, type, ring, keys, stride, 0, block[2]);
        swiss_table_fetch_slots(table, type, ring, 0, block[1], filling);
    }
    swiss_table_fetch_control(table, type, ring, keys, stride, block[2], block[3]);
    swiss_table_fetch_slots(table, type, ring, block[1], block[2], filling);
}

/* Frees the slot that swiss_table_find_first found for `hash`, whose entry has been dropped or moved away. */
SWISS_ALWAYS_INLINE void swiss_table_release_found(swiss_table *table, const swiss_found *found, uint64_t hash) {
    SWISS_ASSERT(swiss_group_match_full(swiss_group_load(table->control + found->position)) ==
                 swiss_group_match_full(found->group));
    table->growth_left += !swiss_overflowed(table->overflow, found->position, hash);
    table->size -= 1;
    swiss_group_empty(table->control + found->position, found->group, found->lane);
    SWISS_TOUCH(table);
}

/* Frees the slot number `index`, whose entry has been dropped or moved away. */
SWISS_ALWAYS_INLINE void swiss_table_release(swiss_table *table, size_t index) {
    uint8_t *control = table->control;
    SWISS_ASSERT(control != NULL && control[index] != SWISS_EMPTY);
    table->growth_left += (table->overflow[index / SWISS_GROUP_WIDTH] & swiss_class(control[index])) == 0;
    table->size -= 1;
    control[index] = SWISS_EMPTY;
    SWISS_TOUCH(table);
}

/* Into a table twice as large go the entries that are in the group where their search begins, which nearly
 * all are. Those of group g go to group g or to group g + (old groups), by one more bit of the hash, and
 * nobody else goes there: they are laid down one after the other, without a search, in two streams of memory.
 * The first two control bytes of each old group become a mask of the lanes that are left. Returns how many were moved. */
SWISS_ALWAYS_INLINE size_t swiss_table_split_core(swiss_table *to, const swiss_table *from,
                                                  const swiss_table_type *type) {
    const size_t slot_size = type->slot_size, half = from->mask + SWISS_GROUP_WIDTH, mask = to->mask;
    const uint64_t seed = to->seed;
    uint8_t *const control = to->control, *const old_control = from->control;
    char *const slots = to->slots;
    char *old_slots = from->slots;
    size_t moved = 0;
    for (size_t base = 0; base < half; base += SWISS_GROUP_WIDTH) {
        size_t next[2] = {0, 0};
        uint32_t left = 0;
        for (swiss_mask full = swiss_group_match_full(swiss_group_load(old_control + base)); full;
             full = swiss_mask_next(full)) {
            unsigned lane = swiss_mask_lowest(full);
            const char *old_slot = swiss_lane_slot(old_slots, lane, type);
            uint64_t hash = type->hash(old_slot, seed, type);
            if (!type->avalanches)
                hash = swiss_hash_mix(hash, seed);
            size_t home = swiss_h1(hash, mask);
            if (SWISS_UNLIKELY((home & (half - 1)) != base)) {
                left |= UINT32_C(1) << lane;
                continue;
            }
            size_t index = home + next[home >= half]++;
            memcpy(slots + index * slot_size, old_slot, slot_size);
            control[index] = old_control[base + lane];
        }
        moved += next[0] + next[1];
        old_slots += SWISS_GROUP_WIDTH * slot_size;
        old_control[base] = (uint8_t)left;
        old_control[base + 1] = (uint8_t)(left >> 8);
    }
    return moved;
}

/* Begins an iteration over all entries, in no particular order. O(1). */
SWISS_ALWAYS_INLINE swiss_table_iter swiss_table_iterate(const swiss_table *table) {
    SWISS_ASSERT(!table->freed);
    swiss_table_iter iter = {table, 0, 0, NULL, SIZE_MAX, table->size, 0, table->generation};
    return iter;
}

/* The next entry, or NULL after the last. Between two calls entries may be changed (not their keys), and the one returned last
 * may be removed with swiss_table_iter_remove; inserting a new key, any other removal, and whatever else moves entries make the
 * iterator stale, and so does another table in the place of this one, by swap, move, clone or init. Debug builds assert that. A
 * whole iteration is O(capacity), and ends with the last entry: that of an empty table is O(1). */
SWISS_ALWAYS_INLINE void *swiss_table_next(swiss_table_iter *iter, const swiss_table_type *type) {
    const swiss_table *table = iter->table;
    SWISS_ASSERT(iter->generation == table->generation);
    while (iter->rest == 0) {
        if (iter->left == 0 || iter->next > table->mask) {
            iter->current = SIZE_MAX;
            return NULL;
        }
        /* As many groups at once as there is room for: where each ends is a branch that cannot be predicted. In fours walking
         * takes 0.42 to 0.62 of the time. */
        iter->base = iter->next;
        iter->slots = table->slots + iter->base * type->slot_size;
        for (unsigned bits = 0; bits < 64 && iter->next <= table->mask; bits += SWISS_MASK_BITS) {
            iter->rest |= (uint64_t)swiss_group_match_full(swiss_group_load(table->control + iter->next)) << bits;
            iter->next += SWISS_GROUP_WIDTH;
        }
    }
    iter->left -= 1;
    unsigned lane = swiss_count_trailing_zeros(iter->rest) >> SWISS_MASK_LANE_SHIFT;
    iter->rest &= iter->rest - 1;
    iter->current = iter->base + lane;
    char *slot = swiss_lane_slot(iter->slots, lane, type);
    SWISS_ASSUME(slot != NULL); /* so that the caller's loop need not compare it */
    return slot;
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
