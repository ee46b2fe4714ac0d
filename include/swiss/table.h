/* table.h - a hash table whose key and value types are known only at run time.
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
 * An entry is a key followed by a value, in one slot of one array. The typed maps of map.h are such a table each, with
 * a type that the compiler knows. detail/probe.h says how a table works.
 *
 * Capacity: a table of 4, 8 or 16 slots is one group and may fill up. The first block has as many slots as go into 256
 * bytes, but at least 4 and at most 16. A larger table doubles when 7 of 8 slots are used. Removals may leave slots
 * retired: free, but still counted as used, until the table is rehashed in place.
 *
 * Guarantees:
 * - {0} is a valid empty table that has allocated nothing.
 * - When out of memory an operation says so, and the table is as it was.
 * - A pointer to a slot is valid as long as its entry is in a table and does not move. Entries move when a new key is
 *   inserted without room reserved for it; and by reserve, shrink and merge (into the table) when these have something
 *   to do. Entries do not move when the key to be inserted is there, when others are removed, or when memory runs out.
 *   swap and move take slots along.
 * - Tables share nothing but their allocator. Distinct tables may be used from distinct threads, and one table may be
 *   read by several threads as long as none changes it.
 * - Entries are moved with memcpy.
 * - Files of a program that share iterators agree on SWISS_GROUP_... (group.h); for tables alone they need not.
 */
#ifndef SWISS_TABLE_H
#define SWISS_TABLE_H

#include "allocator.h"
#include "base.h"
#include "detail/slots.h"
#include "group.h"
#include "hash.h"

SWISS_BEGIN_C

typedef struct swiss_table_type swiss_table_type;
typedef struct swiss_table swiss_table;

/* A block of groups that is split in two, as a table that doubles does (detail/grow.h). */
typedef struct swiss_split swiss_split;

/* How a table grows bit by bit (detail/bounded.h): swiss_table_bounded is the only one. */
typedef struct swiss_bounded swiss_bounded;

/* Returns the hash of a key. */
typedef uint64_t (*swiss_hash_function)(const void *key, uint64_t seed, const swiss_table_type *type);
/* Returns true if the key at the start of the slot `stored` equals the one looked for. */
typedef bool (*swiss_equal_function)(const void *stored, const void *key, const swiss_table_type *type);

/* The entries of a table: their parts, and the functions that treat them. swiss_table_type_init fills in a plain one;
 * change or add functions afterwards. Every function gets the type, and with it `context`. */
struct swiss_table_type {
    size_t key_size;     /* bytes; the key is at the start of the slot */
    size_t value_offset; /* bytes from the start of the slot to the value */
    size_t value_size;   /* bytes; 0 for a set */
    size_t slot_size;    /* bytes, a multiple of slot_align */
    size_t slot_align;   /* a power of two */
    /* Of a key. */
    swiss_hash_function hash;
    /* Of a key in a slot and one that is looked for. */
    swiss_equal_function equal;
    /* Gives up what an entry owns, and does not use the table. NULL: nothing. */
    void (*drop)(void *slot, const swiss_table_type *type);
    /* Gives up what only the value of an entry owns, for put, which keeps the key. NULL: put calls drop, so keys own
     * nothing. */
    void (*drop_value)(void *slot, const swiss_table_type *type);
    /* Makes `to` a copy of the entry `from` that owns what it needs. Returns false when out of memory, with `to` owning
     * nothing. NULL: the bytes are copied. */
    bool (*clone)(void *to, const void *from, const swiss_table_type *type);
    /* swiss_table_split_ (detail/grow.h) compiled for this type, as map.h has it, or for all types, as
     * swiss_table_type_init sets it. NULL: a table that grows inserts its entries again, in a new block. */
    void (*split)(const swiss_table *table, const swiss_table_type *type, swiss_split *split);
    void *context; /* the caller's own */
    /* A promise: every bit of `hash` depends on the whole key and on the seed. Without it hashes are mixed. */
    bool avalanches;
    /* &swiss_table_bounded: no insertion works on more than a few groups besides its own; NULL: one that doubles the
     * table moves all entries. It is the same for all calls on one table. */
    const swiss_bounded *bounded;
};

/* For the member `bounded` of a type. A table of that type grows, and is rehashed in place, bit by bit, a few groups in
 * each insertion, if it has 2,048 slots or more; smaller ones do so at once, in some microseconds. Meanwhile all
 * operations work as ever, with these differences:
 * - reserve, shrink, retain, merge, clear_keep and free are O(capacity) as for other types; the first four end the
 *   growth. clear gives the memory of a table of over 65,536 slots back.
 * - Capacity is that of before, and may be exceeded by the load that is allowed for it.
 * - A table that has been rehashed may have moved entries in any insertion.
 * When out of memory at the beginning of a growth, an insertion says so and the table is as it was; what has begun ends
 * without more memory. Growth goes on with insertions only, and by swiss_table_step. */
#ifdef _WIN32
extern const swiss_bounded swiss_table_bounded; /* an address that is constant also where it comes from a DLL */
#else
extern SWISS_API const swiss_bounded swiss_table_bounded;
#endif

/* The beginning of a table. All zero is the default: the default allocator, a seed of its own, nothing allocated. */
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
    uint32_t generation;              /* changes when entries come or move: finds stale iterators */
    uint8_t capacity_small;           /* slots, if less than 16 control bytes are in use; else 0 */
    bool freed;                       /* finds a table freed twice */
    uint8_t popped;                   /* the slot where pop goes on in a table of one group; slots.h has the others */
};

/* The outcome of an insertion. */
typedef struct swiss_table_result {
    void *slot;    /* the entry, new or found; NULL: out of memory, and nothing has changed */
    bool inserted; /* it is new */
} swiss_table_result;

/* The place of an iteration. Its members are private. */
typedef struct swiss_table_iter {
    const swiss_table *table;
    size_t base;         /* the first slot of the groups at hand */
    size_t next;         /* and of those after them; past all slots: there are none */
    size_t start;        /* where it began, if it comes round to the slots before that; else 0 */
    size_t end;          /* where it ends, once it has come round; before that SIZE_MAX */
    char *slots;         /* of the groups at hand */
    size_t current;      /* the slot of the entry returned last; SIZE_MAX: none */
    size_t size;         /* the table's when the iteration last saw it: another tells that entries were removed */
    size_t left;         /* so many entries at most are still to come */
    uint64_t rest;       /* the lanes of the groups at hand that are still to come */
    uint32_t ahead;      /* so many bytes behind each entry memory is fetched */
    uint32_t generation; /* the table's when the iteration last saw it */
} swiss_table_iter;

/* The numbers of groups that the histograms of swiss_table_stats tell apart: 0 to 6, and 7 or more. */
#define SWISS_TABLE_PROBES 8

/* The numbers of a table. map_stats.h writes them as text and as JSON. `bytes` is the sum of the five kinds after it.
 * Of a table that has allocated nothing all but header_bytes are 0. */
typedef struct swiss_table_stats {
    size_t size;            /* entries */
    size_t capacity;        /* slots */
    size_t retired;         /* free slots that count as used until the next rehash: their groups have overflowed */
    size_t groups;          /* of 16 slots; fewer slots are one group */
    size_t overflow_bits;   /* set, of the 8 of each group */
    size_t bytes;           /* drawn from the allocator */
    size_t entry_bytes;     /* slots of the entries */
    size_t unused_bytes;    /* free slots */
    size_t control_bytes;   /* a byte for each slot, at least 16 */
    size_t overflow_bytes;  /* a byte for each group, if there are several */
    size_t other_bytes;     /* padding, the place of pop, and two bytes more for each group of several */
    size_t header_bytes;    /* the swiss_table itself, which is not from the allocator and not part of `bytes` */
    double load_factor;     /* size / capacity; 0 for an empty table */
    double mean_probe_hit;  /* groups that finding an entry visits, mean over the entries that can be found */
    double mean_probe_miss; /* groups that a search in vain visits, mean over where it may begin */
    size_t max_probe;       /* the longest of either kind */
    size_t probe_hits[SWISS_TABLE_PROBES];   /* [n]: entries that are found in the n-th group that a search visits; the
                                                last: in it or later; [0]: that cannot be found, such as a NaN */
    size_t probe_misses[SWISS_TABLE_PROBES]; /* likewise where a search in vain ends: 8 of them begin in each group */
} swiss_table_stats;

#include "detail/bounded.h"

/* The life of a table ---------------------------------------------------------------------------------------------- */

/* Describes entries of a key and a value; value_size 0: keys only, and value_align is ignored. With `hash` NULL the
 * bytes of a key are hashed, with `equal` NULL they are compared: then a key has no padding. Returns false, and leaves
 * *type alone, if a size or an alignment is impossible: a key of 0 bytes, an alignment that is no power of two or does
 * not divide its size, or a slot larger than PTRDIFF_MAX. O(1). */
SWISS_API bool swiss_table_type_init(swiss_table_type *type, size_t key_size, size_t key_align, size_t value_size,
                                     size_t value_align, swiss_hash_function hash, swiss_equal_function equal);

/* Makes *table an empty table, as `options` say (NULL: the defaults). The former contents of *table are forgotten, not
 * freed. Returns false when out of memory or when the byte size of what is reserved overflows: then *table is a valid
 * table without room. O(reserve). */
SWISS_API bool swiss_table_init(swiss_table *table, const swiss_table_type *type, const swiss_options *options);

/* Drops every entry and gives the memory back. The table is then at its end: before it is used or freed again it must
 * be initialised, by swiss_table_init or with {0}. O(capacity). */
SWISS_API void swiss_table_free(swiss_table *table, const swiss_table_type *type);

/* What debug builds assert, with what is wrong and what to do. */
#define SWISS_ASSERT_LIVES_(table)                                                                                     \
    SWISS_ASSERT(!(table)->freed && "swiss: this map is freed: begin it anew, by init or with {0}, before it is used")
#define SWISS_ASSERT_HOLDS_(table, type, slot)                                                                         \
    SWISS_ASSERT(swiss_table_holds_(table, type, slot) &&                                                              \
                 "swiss: this entry is not in the map: it is removed, or has moved when a key came: find it again")
#define SWISS_ASSERT_FRESH_(iter, table)                                                                               \
    SWISS_ASSERT(                                                                                                      \
        (iter)->generation == (table)->generation &&                                                                   \
        "swiss: entries have moved since this iteration began: insert, clear and the like before it or after")

/* Returns the number of entries. O(1). */
SWISS_ALWAYS_INLINE size_t swiss_table_size(const swiss_table *table) {
    return table->size;
}

/* Returns the number of slots, 0 if nothing is allocated. O(1). */
SWISS_ALWAYS_INLINE size_t swiss_table_capacity(const swiss_table *table) {
    if (table->control == NULL)
        return 0;
    return table->capacity_small ? table->capacity_small : table->mask + SWISS_GROUP_WIDTH;
}

/* Returns the value of the entry in `slot`. O(1). */
SWISS_ALWAYS_INLINE void *swiss_table_value(const swiss_table_type *type, void *slot) {
    return (char *)slot + type->value_offset;
}

/* Finding ---------------------------------------------------------------------------------------------------------- */

/* Returns the slot whose key equals *key, or NULL. O(1) expected. */
SWISS_API void *swiss_table_find(const swiss_table *table, const swiss_table_type *type, const void *key);

/* True if there is an entry of *key. O(1) expected. */
SWISS_API bool swiss_table_contains(const swiss_table *table, const swiss_table_type *type, const void *key);

/* Returns the value of *key, or NULL. O(1) expected. */
SWISS_API void *swiss_table_get(const swiss_table *table, const swiss_table_type *type, const void *key);

/* Sets slots[i] to the slot of the i-th of `count` keys, or to NULL. The keys lie one after the other in `keys`. In a
 * table larger than the caches their searches run side by side, in a fraction of the time of as many calls of find.
 * O(count) expected. */
SWISS_API void swiss_table_find_many(const swiss_table *table, const swiss_table_type *type, const void *keys,
                                     size_t count, void **slots);

/* Inserting -------------------------------------------------------------------------------------------------------- */

/* Inserts a copy of the bytes of *key and *value (NULL: zero bytes) unless the key is there; then nothing changes.
 * Either pointer may point into the table itself. O(1) expected and amortised, but O(capacity) in a full table that
 * cannot grow, where entries were removed. */
SWISS_API swiss_table_result swiss_table_insert(swiss_table *table, const swiss_table_type *type, const void *key,
                                                const void *value);

/* As insert, but if the key is there its entry is dropped and replaced, in place. Bytes that the entry has already stay
 * and are not dropped: if the key has the same bytes, drop_value drops only the old value; if key and value have,
 * nothing changes. The entry's own value may come with another, equal key only if values own nothing. *value does not
 * lie in the key that is replaced. */
SWISS_API swiss_table_result swiss_table_put(swiss_table *table, const swiss_table_type *type, const void *key,
                                             const void *value);

/* As put, but an entry that is there is copied to *old (slot_size bytes; NULL: nowhere) and not dropped. If none is
 * there, or when out of memory, *old is left alone. A key or a value that the entry has already is in both afterwards,
 * and owned once. */
SWISS_API swiss_table_result swiss_table_replace(swiss_table *table, const swiss_table_type *type, const void *key,
                                                 const void *value, void *old);

/* Returns the value of *key, which is inserted with *value (NULL: zero bytes) if it is not there. NULL: out of memory.
 * O(1) expected and amortised. */
SWISS_API void *swiss_table_get_or_insert(swiss_table *table, const swiss_table_type *type, const void *key,
                                          const void *value);

/* Inserts each of `count` keys, which lie one after the other in `keys`, with its value of those in `values` (NULL: all
 * zero bytes), unless it is there already. Neither array lies in the table itself. Returns the number of keys that it
 * has come to: less than `count` when out of memory. In a table larger than the caches their searches run side by side.
 * O(count) expected. */
SWISS_API size_t swiss_table_insert_many(swiss_table *table, const swiss_table_type *type, const void *keys,
                                         const void *values, size_t count);

/* As insert_many, and says which keys and values the table has taken over: inserted[i] becomes true if it has the i-th,
 * and false if that was there already. Nothing is written for keys that it has not come to. */
SWISS_API size_t swiss_table_insert_many_marked(swiss_table *table, const swiss_table_type *type, const void *keys,
                                                const void *values, size_t count, bool *inserted);

/* Makes room for `size` entries in all: until there are so many, and as long as none is removed, no insertion allocates
 * or moves entries. Returns false when out of memory or when the byte size overflows. O(1) amortised if the table is as
 * large already, so that it may come before every insertion; else O(capacity). It is O(capacity) each time if removals
 * have retired slots and no memory can be had. */
SWISS_API bool swiss_table_reserve(swiss_table *table, const swiss_table_type *type, size_t size);

/* For a table of a bounded type while nobody waits for it: does what the next insertion would do besides its own work,
 * if the table is growing or being rehashed. Returns true if more is left to do. Entries may move. O(1). */
SWISS_API bool swiss_table_step(swiss_table *table, const swiss_table_type *type);

/* Moves into *to every entry of *from whose key *to lacks; the others stay. Returns false when out of memory, with both
 * as they were. Room for all of them is made first. O(capacity of both). */
SWISS_API SWISS_MUST_USE bool swiss_table_merge(swiss_table *to, swiss_table *from, const swiss_table_type *type);

/* Removing --------------------------------------------------------------------------------------------------------- */

/* Removes and drops the entry of *key. Returns false if there is none. Never allocates. O(1) expected. */
SWISS_API bool swiss_table_remove(swiss_table *table, const swiss_table_type *type, const void *key);

/* Removes the entry of *key without dropping it, after copying its bytes to *slot (slot_size bytes; NULL: nowhere).
 * Returns false if there is none. O(1) expected. */
SWISS_API bool swiss_table_take(swiss_table *table, const swiss_table_type *type, const void *key, void *slot);

/* Removes and drops the entry in `slot`, without a search. O(1). */
SWISS_API void swiss_table_remove_entry(swiss_table *table, const swiss_table_type *type, void *slot);

/* Removes and drops the entries of `count` keys, which lie one after the other in `keys`, and not in the table. Returns
 * the number of entries that were there. In a table larger than the caches their searches run side by side. O(count)
 * expected. */
SWISS_API size_t swiss_table_remove_many(swiss_table *table, const swiss_table_type *type, const void *keys,
                                         size_t count);

/* Moves some entry out of the table, its bytes to *slot (slot_size bytes; NULL: nowhere), without dropping it. Returns
 * false, and leaves *slot alone, if the table is empty. Each goes on where the one before ended, round and round: to
 * pop all entries is O(capacity) in all, and O(1) each while a good part of the slots is in use. In one round, which is
 * O(capacity), all entries that were there at its beginning are popped, unless they have moved, whatever is inserted
 * meanwhile. */
SWISS_API bool swiss_table_pop(swiss_table *table, const swiss_table_type *type, void *slot);

/* Removes and drops every entry for which `keep` returns false. `keep` does not change the table. Returns the number of
 * entries that were removed. O(capacity). */
SWISS_API size_t swiss_table_retain(swiss_table *table, const swiss_table_type *type,
                                    bool (*keep)(void *slot, void *context), void *context);

/* Drops every entry and keeps the memory. But a table of over 4,096 slots of which less than a sixteenth is in use
 * gives it back, so that to clear it again and again takes no longer than to fill it. O(capacity) with a drop function,
 * else O(size). */
SWISS_API void swiss_table_clear(swiss_table *table, const swiss_table_type *type);

/* Drops every entry and keeps the memory in any case. O(capacity). */
SWISS_API void swiss_table_clear_keep(swiss_table *table, const swiss_table_type *type);

/* Gives back the memory that the entries do not need, and makes retired slots free. Returns false when out of memory.
 * O(capacity). */
SWISS_API bool swiss_table_shrink(swiss_table *table, const swiss_table_type *type);

/* With a hash known beforehand ------------------------------------------------------------------------------------- */

/* Returns the hash of *key in this table, mixed. It holds for as long as the table does, whatever is inserted or
 * removed, and however the table grows, shrinks or is cleared: until free or init, or until another table comes in its
 * place, by swap, move or clone. Tables of one type and one seed have the same hashes: those with the same
 * options.seed, a copy and its original, and what move returns and has left behind. A table that has no seed yet gets
 * one; nothing is allocated. O(1). */
SWISS_API uint64_t swiss_table_hash(swiss_table *table, const swiss_table_type *type, const void *key);

/* Fetches from memory what a search by this hash reads first: to be called some time before it. O(1). */
SWISS_API void swiss_table_prefetch(const swiss_table *table, const swiss_table_type *type, uint64_t hash);

/* Each does as the one without _hashed, and is given what swiss_table_hash returns for the key. A hash that is not that
 * of the key is noticed in debug builds, which assert. Other builds may not find the key, or insert it twice, and do no
 * other harm. */
SWISS_API void *swiss_table_find_hashed(const swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                        const void *key);
SWISS_API bool swiss_table_contains_hashed(const swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                           const void *key);
SWISS_API void *swiss_table_get_hashed(const swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                       const void *key);
SWISS_API swiss_table_result swiss_table_insert_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                                       const void *key, const void *value);
SWISS_API swiss_table_result swiss_table_put_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                                    const void *key, const void *value);
SWISS_API swiss_table_result swiss_table_replace_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                                        const void *key, const void *value, void *old);
SWISS_API void *swiss_table_get_or_insert_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                                 const void *key, const void *value);
SWISS_API bool swiss_table_remove_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                         const void *key);
SWISS_API bool swiss_table_take_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key,
                                       void *slot);

/* Whole tables ----------------------------------------------------------------------------------------------------- */

/* Makes *to, which is overwritten and not freed, a copy of *from, on the same allocator. Returns false when out of
 * memory: then *to is an empty table. O(capacity). */
SWISS_API SWISS_MUST_USE bool swiss_table_clone(swiss_table *to, const swiss_table *from, const swiss_table_type *type);

/* Exchanges two tables. O(1). */
SWISS_ALWAYS_INLINE void swiss_table_swap(swiss_table *a, swiss_table *b) {
    swiss_table t = *a;
    *a = *b;
    *b = t;
}

/* Returns the table and leaves *from empty, with nothing allocated, on the same allocator. O(1). */
SWISS_API SWISS_MUST_USE swiss_table swiss_table_move(swiss_table *from);

/* True if both tables hold the same keys, each with values that `equal` calls equal (NULL: values are not compared).
 * O(capacity). */
SWISS_API bool swiss_table_equal(const swiss_table *a, const swiss_table *b, const swiss_table_type *type,
                                 bool (*equal)(const void *value_a, const void *value_b, void *context), void *context);

/* Measures a table. Hashes every key. O(capacity). */
SWISS_API swiss_table_stats swiss_table_get_stats(const swiss_table *table, const swiss_table_type *type);

/* Checks all that a table promises about itself, for debugging: that the members agree, that each control byte is the
 * h2 of its entry, that the counts are those of the bytes, that a search for each key ends at its entry, and so that no
 * overflow bit is missing and no key is there twice. Returns NULL if it holds, or else a sentence that says what does
 * not. An entry whose key does not equal itself, as a NaN, is only counted. Changes nothing, hashes and compares every
 * key. O(capacity). */
SWISS_API const char *swiss_table_validate(const swiss_table *table, const swiss_table_type *type);

/* Iterating -------------------------------------------------------------------------------------------------------- */

/* Frees the slot number `index`, whose entry has been dropped or moved away. */
SWISS_ALWAYS_INLINE void swiss_table_release_(swiss_table *table, size_t index) {
    uint8_t *control = table->control;
    SWISS_ASSERT(control != NULL && control[index] != SWISS_EMPTY);
    table->growth_left += (*swiss_overflow_byte_(table->overflow, index) & swiss_overflow_bit_(control[index])) == 0;
    table->size -= 1;
    control[index] = SWISS_EMPTY;
}

/* A window is as many groups as there is room for in 64 bits: where each ends is a branch that cannot be predicted. In
 * fours an iteration takes 0.42 to 0.62 of the time. */
enum { SWISS_LANE_BITS_ = SWISS_MASK_BITS / SWISS_GROUP_WIDTH, SWISS_WINDOW_ = 64 / SWISS_LANE_BITS_ /* slots */ };

/* Returns the lanes that hold an entry, of the groups from slot `base` on. The table has a block. */
SWISS_ALWAYS_INLINE uint64_t swiss_table_full_(const swiss_table *table, size_t base) {
    uint64_t full = 0;
    for (unsigned bits = 0; bits < 64 && base <= table->mask; bits += SWISS_MASK_BITS, base += SWISS_GROUP_WIDTH)
        full |= (uint64_t)swiss_group_match_full(swiss_group_load(table->control + base)) << bits;
    return full;
}

/* The same where entries have been removed while they are iterated over. The caller's group backend, whose masks have
 * `lane_bits` bits for each lane, may not be that of the library: then all bits of a lane are set, not one. Rare: so it
 * is not in the caller's file. */
SWISS_API SWISS_NOINLINE SWISS_PURE uint64_t swiss_table_still_full_(const swiss_table *table, size_t base,
                                                                     unsigned lane_bits);

/* Begins an iteration over all entries, in no particular order. O(1). */
SWISS_ALWAYS_INLINE swiss_table_iter swiss_table_iterate(const swiss_table *table) {
    SWISS_ASSERT_LIVES_(table);
    const swiss_table_iter iter = {
        table, 0, 0, 0, SIZE_MAX, NULL, SIZE_MAX, table->size, table->size, 0, 0, table->generation,
    };
    return iter;
}

/* Begins an iteration over all entries at the slot number `hint`, modulo the capacity, from where it goes round. With
 * random hints the first entry is a random one, though not each is as likely: an entry is the likelier the more free
 * slots lie before it. O(1). */
SWISS_ALWAYS_INLINE swiss_table_iter swiss_table_iterate_from(const swiss_table *table, const swiss_table_type *type,
                                                              size_t hint) {
    swiss_table_iter iter = swiss_table_iterate(table);
    if (table->size == 0)
        return iter;
    if (swiss_table_grows_(table, type))
        return type->bounded->iterate_from(table, hint);
    iter.start = hint & (swiss_table_capacity(table) - 1);
    iter.base = iter.start & ~(size_t)(SWISS_GROUP_WIDTH - 1);
    iter.next = iter.base + SWISS_WINDOW_;
    iter.slots = swiss_slot_at_(table->slots, iter.base, type->slot_size);
    iter.rest = swiss_table_full_(table, iter.base) & UINT64_MAX << (iter.start - iter.base) * SWISS_LANE_BITS_;
    return iter;
}

/* Entries are fetched before an iteration comes to them, where the slots are more than the first-level cache holds and
 * most of what is fetched is used: small ones a window at a time, which costs an entry nothing; large ones one with
 * each entry, since a processor cannot wait for as many lines at once as a window has. Slots smaller than 16 bytes it
 * fetches early by itself. Any address may be fetched from: so those past the block do no harm. */
enum { SWISS_AHEAD_ = 4096 /* bytes */, SWISS_AHEAD_FROM_ = 65536 /* bytes of slots */ };

SWISS_ALWAYS_INLINE void swiss_table_fetch_window_(swiss_table_iter *iter, const swiss_table_type *type) {
    const size_t mask = iter->table->mask;
    if (type->slot_size < 16 || SWISS_LIKELY(mask * type->slot_size < SWISS_AHEAD_FROM_) ||
        iter->table->size < mask / 8 * 3)
        return;
    if (type->slot_size > 32)
        iter->ahead = SWISS_AHEAD_;
    else
        for (size_t at = 0; at < SWISS_WINDOW_ * type->slot_size; at += 64)
            SWISS_PREFETCH((const char *)((uintptr_t)iter->slots + SWISS_AHEAD_ + at));
}

/* Returns the next entry, or NULL after the last. Between two calls entries may be changed (not their keys) and
 * removed, this one and any other, by whatever removes: one that has gone is not returned any more, each other one is
 * returned once. The iterator becomes stale when a new key is inserted, by whatever else moves entries, by clear, and
 * when another table comes in the place of this one, by swap, move, clone or init. Debug builds assert that it is not
 * stale. A whole iteration is O(capacity), and ends with the last entry if none was removed: that of an empty table is
 * O(1). */
SWISS_ALWAYS_INLINE void *swiss_table_next(swiss_table_iter *iter, const swiss_table_type *type) {
    const swiss_table *table = iter->table;
    SWISS_ASSERT_FRESH_(iter, table);
    if (SWISS_UNLIKELY(iter->size != table->size)) {
        iter->size = iter->left = table->size;
        iter->rest &= swiss_table_still_full_(table, iter->base, SWISS_LANE_BITS_);
    }
    while (SWISS_UNLIKELY(iter->rest == 0)) { /* then from entry to entry is one jump */
        if (swiss_table_grows_(table, type)) {
            swiss_table_iter copy = *iter; /* so that the iterator need not be in memory */
            void *slot = type->bounded->next(&copy, type);
            *iter = copy;
            return slot;
        }
        if (iter->left == 0 || iter->next > table->mask) {
            if (iter->left == 0 || iter->start == 0) {
                iter->current = SIZE_MAX;
                return NULL;
            }
            iter->end = iter->start;
            iter->next = iter->start = 0;
        }
        iter->base = iter->next;
        iter->slots = swiss_slot_at_(table->slots, iter->base, type->slot_size);
        for (unsigned bits = 0; bits < 64 && iter->next <= table->mask; bits += SWISS_MASK_BITS) {
            iter->rest |= (uint64_t)swiss_group_match_full(swiss_group_load(table->control + iter->next)) << bits;
            iter->next += SWISS_GROUP_WIDTH;
        }
        if (iter->next <= table->mask)
            swiss_table_fetch_window_(iter, type);
        if (iter->next > iter->end) { /* the lanes from there on have been returned */
            iter->rest &= ~(UINT64_MAX << (iter->end - iter->base) * SWISS_LANE_BITS_);
            iter->next = SIZE_MAX;
        }
    }
    iter->left -= 1;
    unsigned lane = swiss_masks_lowest(iter->rest);
    iter->rest &= iter->rest - 1;
    iter->current = iter->base + lane;
    char *slot = swiss_lane_slot_(iter->slots, lane, type->slot_size);
    if (type->slot_size > 32 && iter->ahead)
        SWISS_PREFETCH((const char *)((uintptr_t)slot + iter->ahead));
    SWISS_ASSUME(slot != NULL); /* so that the caller's loop need not compare it */
    return slot;
}

/* Returns the number of the slot where the iteration goes on, below the capacity (below 4 times that in a table that
 * grows bit by bit): a hint for swiss_table_iterate_from, later, when this iterator is stale. As long as no entry
 * moves, iterations that begin each at the place of the one before are as one that goes round and round: an entry that
 * is there all the while comes once in each round, one that is inserted meanwhile comes in this round or in the next.
 * When entries have moved, some may come twice or not at all in that round; in the next round all do. O(1). */
SWISS_ALWAYS_INLINE size_t swiss_table_iter_place(const swiss_table_iter *iter) {
    if (iter->rest)
        return iter->base + swiss_masks_lowest(iter->rest);
    if (iter->next <= iter->table->mask)
        return iter->next;
    return iter->end == SIZE_MAX ? 0 : iter->end;
}

/* A loop over the entries of a map or set called `name` (map.h): `SWISS_EACH(word_count, e, &words) ++e->value;`. It
 * declares `e`, and `e_iter` for name_iter_remove(&words, &e_iter); break and continue do what they do in one loop. */
#define SWISS_EACH(name, entry, map)                                                                                   \
    for (name##_iter entry##_iter = name##_iterate(map); entry##_iter.at.table; swiss_iter_end_(&entry##_iter.at))     \
        for (name##_entry * entry; (entry = name##_next(&entry##_iter));)

SWISS_ALWAYS_INLINE void swiss_iter_end_(swiss_table_iter *iter) {
    iter->table = NULL;
}

/* Removes and drops the entry that swiss_table_next returned last; the iteration goes on. Once per entry, and not if it
 * was removed in another way: debug builds assert. Neither hashes nor searches: O(1). */
SWISS_ALWAYS_INLINE void swiss_table_iter_remove(swiss_table *table, const swiss_table_type *type,
                                                 swiss_table_iter *iter) {
    SWISS_ASSERT(iter->table == table && "swiss: this iterator is one of another map");
    SWISS_ASSERT_FRESH_(iter, table);
    if (swiss_table_grows_(table, type)) {
        type->bounded->iter_remove(table, type, iter);
        return;
    }
    SWISS_ASSERT(iter->current != SIZE_MAX && table->control[iter->current] != SWISS_EMPTY &&
                 "swiss: next has returned no entry, or one that is removed already: call next before iter_remove");
    if (SWISS_UNLIKELY(iter->current == SIZE_MAX || table->control[iter->current] == SWISS_EMPTY))
        return;
    if (type->drop)
        type->drop(swiss_slot_at_(table->slots, iter->current, type->slot_size), type);
    swiss_table_release_(table, iter->current);
    iter->current = SIZE_MAX;
    iter->size -= 1;
}

SWISS_END_C

/* The core. In C++ a template of map.h may be included in a namespace, and this may not: so it is here. */
#include "detail/probe.h"
#include "detail/batch.h"
#include "detail/grow.h"
#include "detail/words.h"

#endif
