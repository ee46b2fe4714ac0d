/* probe.h - how a table finds, inserts and removes: the core, inlined into map.h, where the types are constants, and
 * into table.c, where they are not. A part of table.h, which ends with it and with batch.h (how a table looks up many
 * keys at once), grow.h (how it grows) and words.h (what maps of words share).
 *
 * Terms
 *   slot           the room of one entry: a key followed by a value
 *   group, lane    16 slots side by side, and a slot's place among them
 *   control byte   one per slot: 0 is EMPTY, 1 to 255 is the h2 of the entry (control.h)
 *   h1, h2         parts of the hash of a key: h2 goes to the control byte, h1 picks the home group
 *   home group     the group where the search for a key begins
 *   overflow byte  one per group, if there are several: a bit for each of the eight classes of h2
 *   away lanes     16 bits per group, likewise: of the lanes whose entries may not be in their home group
 *   retired        said of room that a removed entry still costs
 *   capacity       the number of slots: 4, 8, 16, or a larger power of two
 *
 *     hash   63      56 55                      28 27        0
 *            |   h2    | ........ h1 ............ | not used |      above 2^28 groups h1 reaches into h2
 *             ^^^ its upper three bits are the class
 *
 *     home group 1       control   2A 00 91 2A 00 ... 00      overflow   00100000
 *                        slots     k  .  k  k  .      .
 *
 *     To find a key with h2 = 2A: one compare says that lanes 0 and 3 may hold it; their keys are compared with it. 2A
 *     is of class 1, whose bit is clear in the overflow byte: if neither key is equal the search ends here.
 *
 * Find: visit the home group, then the others on the key's way, which meets every group once. In each, compare the keys
 * of the lanes that have the key's h2. The search ends with an equal key, at the first group whose overflow bit of the
 * key's class is clear, or when all groups have been visited. EMPTY lanes say nothing.
 *
 * The way: step k leads to the group `home ^ c(k)`, where the lower seven bits of c(k) are those of k * (2 * h2 + 1),
 * and the others those of (k / 128 * 128) * (2 * h2 + 1) * SWISS_GOLDEN. So it meets first the 128 groups of the home
 * group's block, in one of 64 orders by h2, then those of other blocks, which by h2 are others too. No bit of c(k)
 * depends on the bits of k above it: so when the table doubles, a key in group g goes to g or to g + (old groups),
 * wherever on its way it is, by one bit of `home ^ c(k)`; while it is in its own block that is one bit of its hash
 * (grow.h). Blocks are far apart on a way since whole runs of blocks may be full: where entries are copied by an
 * iteration to a table of the same seed, which takes them in the order of their groups.
 *
 * Insert: a key that is not there goes to the first group on its way with an EMPTY lane, into the lowest. In each group
 * that it passes the overflow bit of its class is set; if it passes any, its lane is an away lane until the next rehash
 * or growth. A table of 4 or 8 slots is one group, whose lanes past the last slot stay EMPTY: since the lowest lane is
 * taken, a table with room never comes to them.
 *
 * Remove: the control byte becomes EMPTY. There are no tombstones; the overflow bits stay. If the bit of the entry's
 * class is set in its group, then an entry may have gone past the group while this one was there. The room is then
 * retired: it still counts as used, so that a table that churns cannot fill up with bits that nobody needs.
 *
 * Pop: entries are taken out group by group. Where the last came from is kept behind the away lanes, so that groups
 * that are empty already are not looked at again until all others have been. In a table of one group the next slot is
 * kept in the table, so that what is inserted meanwhile does not come before what is there already.
 *
 * Grow: a table whose room is used up is rehashed in place if enough of the room is retired. That clears the overflow
 * bits and sets those that are needed: only entries in away lanes need any, and only their keys are hashed. Else the
 * table doubles: each group is split in two (grow.h, table.c).
 *
 * Overflow bits by classes of hashes are J. M. Lopez Munoz's, of boost::unordered_flat_map, where they are the 16th
 * byte of a group of 15 slots.
 */
SWISS_BEGIN_C

/* Makes room for one more entry: allocates, rehashes in place, or grows. Returns false when out of memory: the table is
 * as it was. The seed of a table that has entries does not change. */
SWISS_API SWISS_NOINLINE bool swiss_table_make_room_(swiss_table *table, const swiss_table_type *type);

/* Rehashes in place if swiss_table_make_room_ would, and tells of each entry that moves, after it has. Returns false,
 * and does nothing, if that would not. */
SWISS_API SWISS_NOINLINE bool swiss_table_rehash_moving_(swiss_table *table, const swiss_table_type *type,
                                                         void (*moved)(void *context, size_t from, size_t to),
                                                         void *context);

/* As swiss_table_add_, for a home group without an EMPTY lane, or a table without room, or without a block. That one
 * gets a block, and with it a seed: so it is *key that is hashed then, and `hash` does not count. For other tables
 * `key` may be NULL. */
SWISS_API SWISS_NOINLINE void *swiss_table_add_further_(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                                        const void *key);

/* Frees a slot whose entry has been dropped or moved away. */
SWISS_API void swiss_table_release_slot_(swiss_table *table, const swiss_table_type *type, const void *slot);

#ifdef SWISS_VALIDATE
/* True at first: tables are validated whenever they have been rebuilt. Tests that count calls of hash and equal say
 * no. */
extern SWISS_API bool swiss_validates_;
#endif

/* Gives a table that has none yet its seed. */
SWISS_ALWAYS_INLINE void swiss_table_draw_seed_(swiss_table *table) {
    if (SWISS_UNLIKELY(table->seed == 0))
        table->seed = swiss_seed();
}

/* Where things are ------------------------------------------------------------------------------------------------- */

/* Returns the hash of a key, by `hash`, which stands for type->hash. */
SWISS_ALWAYS_INLINE uint64_t swiss_table_hash_by_(const swiss_table *table, const swiss_table_type *type,
                                                  swiss_hash_function hash, const void *key) {
    return type->avalanches ? hash(key, table->seed, type) : swiss_hash_mix(hash(key, table->seed, type), table->seed);
}

SWISS_ALWAYS_INLINE uint64_t swiss_table_hash_(const swiss_table *table, const swiss_table_type *type,
                                               const void *key) {
    return swiss_table_hash_by_(table, type, type->hash, key);
}

/* Returns the slot number `index`. */
SWISS_ALWAYS_INLINE char *swiss_table_slot_(const swiss_table *table, const swiss_table_type *type, size_t index) {
    return swiss_slot_at_(table->slots, index, type->slot_size);
}

/* Returns the number of a slot. */
SWISS_ALWAYS_INLINE size_t swiss_table_index_(const swiss_table *table, const swiss_table_type *type,
                                              const void *slot) {
    return (size_t)((const char *)slot - table->slots) / type->slot_size;
}

/* True if `slot` is a slot of the table that holds an entry. For assertions. */
SWISS_ALWAYS_INLINE bool swiss_table_holds_(const swiss_table *table, const swiss_table_type *type, const void *slot) {
    if (table->control == NULL)
        return false;
    if (swiss_table_grows_(table, type))
        return type->bounded->holds(table, type, slot, false);
    size_t index = swiss_table_index_(table, type, slot);
    return index < table->mask + SWISS_GROUP_WIDTH && table->control[index] != SWISS_EMPTY;
}

/* Returns the first slot of the home group: h1, bits 28 and up of the hash, times 16. In a table of more than 2^32
 * slots its upper bits are also those of h2. */
SWISS_ALWAYS_INLINE size_t swiss_h1_(uint64_t hash, size_t mask) {
    return (size_t)(hash >> 24) & mask;
}

/* Returns the stride of a way from group to group of a block. */
SWISS_ALWAYS_INLINE size_t swiss_stride_(uint64_t hash) {
    return (size_t)(hash >> 56) * 2 + 1;
}

/* Returns that from block to block. */
SWISS_ALWAYS_INLINE size_t swiss_far_stride_(uint64_t hash) {
    return swiss_stride_(hash) * (size_t)SWISS_GOLDEN;
}

/* Returns the first slot of the group that step `step` of the way of `hash` leads to, from the home group at `home`. */
SWISS_ALWAYS_INLINE size_t swiss_way_(uint64_t hash, size_t home, size_t step, size_t mask) {
    const size_t at = step * SWISS_GROUP_WIDTH, inside = SWISS_BLOCK_ - 1;
    return (home ^ (((at * swiss_stride_(hash)) & inside) | ((at & ~inside) * swiss_far_stride_(hash)))) & mask;
}

/* False if no entry of the class of `hash` has ever gone past the group at `position`. */
SWISS_ALWAYS_INLINE bool swiss_overflowed_(uint8_t *overflow, size_t position, uint64_t hash) {
    return (*swiss_overflow_byte_(overflow, position) >> (hash >> 61)) & 1;
}

/* Finding ---------------------------------------------------------------------------------------------------------- */

/* Tables with fewer slots lie in the second-level cache, where prefetching costs more than it brings. */
enum { SWISS_PREFETCH_FROM_ = 8192 };

/* When a search fetches the slots of the home group; a constant. */
typedef enum swiss_fetch_ {
    SWISS_FETCH_NOTHING_,  /* they are in the cache, or on their way */
    SWISS_FETCH_MATCHING_, /* once a control byte matches: for searches that are as likely to find nothing */
    SWISS_FETCH_EARLY_,    /* with the control bytes: for insertions */
} swiss_fetch_;

/* Fetches the first two cache lines of a group's slots, where most of its entries are, while its control bytes are on
 * their way. In a table larger than the caches a search then waits for one line instead of two, one after the other:
 * hits among 1,000,000 pairs of integers took 0.73 of the time, hits that wait for each other 0.65. Larger slots have
 * too few entries in two lines. A miss needs no slots, and takes 0.6 of the time without them. So a search fetches them
 * behind the branch that a match takes. Processors go on along the branch that they expect before they have the control
 * bytes: where keys are mostly found they fetch as early, and where they are not they fetch nothing. */
SWISS_ALWAYS_INLINE void swiss_table_prefetch_(const swiss_table *table, const char *slots,
                                               const swiss_table_type *type) {
    if (type->slot_size <= 32 && SWISS_UNLIKELY(table->mask >= SWISS_PREFETCH_FROM_)) {
        SWISS_PREFETCH(slots);
        SWISS_PREFETCH(slots + 64);
    }
}

/* Fetches what a search by `hash` reads first. */
SWISS_ALWAYS_INLINE void swiss_table_prefetch_home_(const swiss_table *table, const swiss_table_type *type,
                                                    uint64_t hash) {
    if (table->control == NULL)
        return;
    size_t position = swiss_h1_(hash, table->mask);
    SWISS_PREFETCH(table->control + position);
    SWISS_PREFETCH(swiss_table_slot_(table, type, position));
    if (type->slot_size <= 32)
        SWISS_PREFETCH(swiss_table_slot_(table, type, position) + 64);
}

/* The place where a search found an entry. */
typedef struct swiss_found_ {
    size_t position;
    swiss_group group; /* the control bytes at `position` */
    unsigned lane;
} swiss_found_;

/* Returns the slot of the group at `position` whose key `equal` accepts, or NULL. If there is one, *found, unless
 * `found` is NULL, says where. */
SWISS_ALWAYS_INLINE void *swiss_table_find_in_group_(const swiss_table *table, const swiss_table_type *type,
                                                     size_t position, uint64_t hash, swiss_equal_function equal,
                                                     const void *key, swiss_fetch_ fetch, swiss_found_ *found) {
    char *slots = swiss_table_slot_(table, type, position);
    swiss_group group = swiss_group_load(table->control + position);
    for (swiss_mask match = swiss_group_match(group, hash); match; match = swiss_mask_next(match)) {
        if (fetch == SWISS_FETCH_MATCHING_)
            swiss_table_prefetch_(table, slots, type);
        unsigned lane = swiss_mask_lowest(match);
        char *slot = swiss_lane_slot_(slots, lane, type->slot_size);
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

/* A search has two parts: the home group, and, if that has overflowed, the groups after it. The second is rare: it is
 * apart so that the first needs few registers. */

/* The first part; the table has a block. */
SWISS_ALWAYS_INLINE void *swiss_table_find_first_(const swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                                  swiss_equal_function equal, const void *key, swiss_fetch_ fetch,
                                                  swiss_found_ *found) {
    size_t position = swiss_h1_(hash, table->mask);
    if (fetch == SWISS_FETCH_EARLY_)
        swiss_table_prefetch_(table, swiss_table_slot_(table, type, position), type);
    return swiss_table_find_in_group_(table, type, position, hash, equal, key, fetch, found);
}

/* True if a key that swiss_table_find_first_ has not found may be in a group after the first. */
SWISS_ALWAYS_INLINE bool swiss_table_goes_further_(const swiss_table *table, uint64_t hash) {
    return swiss_overflowed_(table->overflow, swiss_h1_(hash, table->mask), hash);
}

/* The second part: returns the slot whose key `equal` accepts in the groups after the home group, or NULL. */
SWISS_ALWAYS_INLINE void *swiss_table_find_further_(const swiss_table *table, const swiss_table_type *type,
                                                    uint64_t hash, swiss_equal_function equal, const void *key) {
    if (swiss_table_grows_(table, type))
        return type->bounded->find(table, type, hash, equal, key);
    const size_t mask = table->mask, home = swiss_h1_(hash, mask);
    for (size_t step = 1; step <= mask / SWISS_GROUP_WIDTH; ++step) {
        const size_t position = swiss_way_(hash, home, step, mask);
        void *slot = swiss_table_find_in_group_(table, type, position, hash, equal, key, SWISS_FETCH_NOTHING_, NULL);
        if (slot || !swiss_overflowed_(table->overflow, position, hash))
            return slot;
    }
    return NULL;
}

/* Inserting -------------------------------------------------------------------------------------------------------- */

/* Allocates a table's first block, and so gives it a seed, before a key is hashed for insertion. Returns false when out
 * of memory. */
SWISS_ALWAYS_INLINE bool swiss_table_prepare_(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT_LIVES_(table);
    return SWISS_LIKELY(table->control != NULL) || swiss_table_make_room_(table, type);
}

/* Takes an EMPTY lane of the home group of `hash`, whose key is not in the table; the table has a block. The slot
 * counts as an entry, and the caller fills it at once. NULL: the group has no such lane, or the table no room. */
SWISS_ALWAYS_INLINE void *swiss_table_add_first_(swiss_table *table, const swiss_table_type *type, uint64_t hash) {
    size_t position = swiss_h1_(hash, table->mask);
    swiss_group group = swiss_group_load(table->control + position);
    swiss_mask free = swiss_group_match_free(group);
    if (SWISS_UNLIKELY(free == 0 || table->growth_left == 0))
        return NULL;
    unsigned lane = swiss_mask_lowest(free);
    table->growth_left -= 1;
    table->size += 1;
    char *slot = swiss_lane_slot_(swiss_table_slot_(table, type, position), lane, type->slot_size);
    swiss_group_fill(table->control + position, group, lane, hash);
    SWISS_TOUCH_(table);
    SWISS_ASSUME(slot != NULL);
    return slot;
}

/* Takes an EMPTY lane of the first group on the way of `hash` that has one, as swiss_table_add_first_. NULL: out of
 * memory. */
SWISS_ALWAYS_INLINE void *swiss_table_add_(swiss_table *table, const swiss_table_type *type, uint64_t hash) {
    void *slot = swiss_table_grows_(table, type) ? NULL : swiss_table_add_first_(table, type, hash);
    return SWISS_LIKELY(slot != NULL) ? slot : swiss_table_add_further_(table, type, hash, NULL);
}

/* Removing --------------------------------------------------------------------------------------------------------- */

/* Frees the slot that swiss_table_find_first_ found for `hash`, whose entry has been dropped or moved away. The one in
 * table.h frees a slot by its number. */
SWISS_ALWAYS_INLINE void swiss_table_release_found_(swiss_table *table, const swiss_found_ *found, uint64_t hash) {
    SWISS_ASSERT(swiss_group_match_full(swiss_group_load(table->control + found->position)) ==
                 swiss_group_match_full(found->group));
    table->growth_left += !swiss_overflowed_(table->overflow, found->position, hash);
    table->size -= 1;
    swiss_group_empty(table->control + found->position, found->group, found->lane);
}

/* The lanes of a group in memory. The backends of two files may differ: what one has written is then of no use to the
 * other, but still lanes of the group. */
#if SWISS_MASK_BITS == 16
typedef uint16_t swiss_lanes_;
#else
typedef uint64_t swiss_lanes_;
#endif

/* Moves some entry out of the table, to *taken unless that is NULL. Returns false if there is none. A group is loaded
 * once: to load it for each of its entries, after the store that has removed the one before, took 2.3 to 3.7 times as
 * long as to remove all by an iterator. Entries may have gone from it meanwhile, so the control byte is looked at. */
SWISS_ALWAYS_INLINE bool swiss_table_pop_(swiss_table *table, const swiss_table_type *type, void *taken) {
    SWISS_ASSERT_LIVES_(table);
    if (table->size == 0)
        return false;
    if (swiss_table_grows_(table, type))
        return type->bounded->pop(table, type, taken);
    const size_t mask = table->mask;
    const uint8_t *const control = table->control;
    uint8_t *const place = swiss_pop_place_(table->overflow, mask);
    size_t position = 0, index;
    swiss_lanes_ lanes = 0;
    if (mask) {
        memcpy(&position, place, sizeof position);
        memcpy(&lanes, place + sizeof position, sizeof lanes);
    } else {
        const uint64_t from = UINT64_MAX << table->popped * SWISS_LANE_BITS_;
        lanes = (swiss_lanes_)(swiss_group_match_full(swiss_group_load(control)) & from);
    }
    do {
        while (lanes == 0) {
            position = (position + SWISS_GROUP_WIDTH) & mask;
            lanes = (swiss_lanes_)swiss_group_match_full(swiss_group_load(control + position));
        }
        index = position + swiss_mask_lowest(lanes);
        lanes = (swiss_lanes_)swiss_mask_next(lanes);
    } while (SWISS_UNLIKELY(control[index] == SWISS_EMPTY));
    if (mask) {
        memcpy(place, &position, sizeof position);
        memcpy(place + sizeof position, &lanes, sizeof lanes);
    } else {
        table->popped = (uint8_t)((index + 1) % SWISS_GROUP_WIDTH);
    }
    if (taken)
        memcpy(taken, swiss_table_slot_(table, type, index), type->slot_size);
    swiss_table_release_(table, index);
    return true;
}

SWISS_END_C
