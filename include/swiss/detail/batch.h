/* batch.h - many keys at once: keys are hashed, and what their searches will read is fetched, some blocks of keys ahead
 * of the operation itself. So the waits for memory overlap. In a table that is in the cache anyway that is a loss.
 *
 *     keys     | block 0     | block 1        | block 2                | block 3
 *     now      | looked up   | slots fetched  | control bytes fetched  | not yet
 *     ring     | the hashes of blocks 0, 1 and 2: 96 of 128 places      |
 */
SWISS_BEGIN_C

enum {
    SWISS_BATCH_ = 32,                /* keys in a block */
    SWISS_BATCH_RING_ = 128,          /* hashes kept: a power of two, of 3 blocks or more */
    SWISS_BATCH_FROM_SIZE_ = 8 << 20, /* bytes of slots */
};

/* True if the table has a block, and is so large that batches are worth it. */
SWISS_ALWAYS_INLINE bool swiss_table_gains_by_batches_(const swiss_table *table, const swiss_table_type *type) {
    return table->mask > SWISS_BATCH_FROM_SIZE_ / type->slot_size; /* 0 without a block */
}

/* The keys of a batch. */
typedef struct swiss_batch_keys_ {
    const void *keys;
    size_t stride, count;     /* bytes from one key to the next; keys */
    swiss_hash_function hash; /* of these keys, in the place of the type's */
} swiss_batch_keys_;

/* Hashes the keys number `begin` to `end` - 1 into the ring, and fetches the control bytes of their home groups. */
SWISS_ALWAYS_INLINE void swiss_table_fetch_control_(const swiss_table *table, const swiss_table_type *type,
                                                    uint64_t *ring, const swiss_batch_keys_ *keys, size_t begin,
                                                    size_t end) {
    for (size_t i = begin; i < end; ++i) {
        uint64_t hash = swiss_table_hash_by_(table, type, keys->hash, (const char *)keys->keys + i * keys->stride);
        ring[i % SWISS_BATCH_RING_] = hash;
        SWISS_PREFETCH(table->control + swiss_h1_(hash, table->mask));
    }
}

/* Fetches for each of the keys number `begin` to `end` - 1, whose control bytes have been fetched, the slot that may
 * hold the key, or else, if `filling`, the one that it would take. */
SWISS_API void swiss_table_fetch_slots_(const swiss_table *table, const swiss_table_type *type, const uint64_t *ring,
                                        size_t begin, size_t end, bool filling);

/* Must be called before key number `i` is looked up, by ring[i % SWISS_BATCH_RING_], if `i` is a multiple of
 * SWISS_BATCH_: hashes one block, whose control bytes it fetches, and fetches the slots of the block before that. */
SWISS_ALWAYS_INLINE void swiss_table_fetch_ahead_(const swiss_table *table, const swiss_table_type *type,
                                                  uint64_t *ring, const swiss_batch_keys_ *keys, size_t i,
                                                  bool filling) {
    size_t block[4];
    for (size_t n = 0; n < 4; ++n)
        block[n] = keys->count - i < n * SWISS_BATCH_ ? keys->count : i + n * SWISS_BATCH_;
    if (i == 0) {
        swiss_table_fetch_control_(table, type, ring, keys, 0, block[2]);
        swiss_table_fetch_slots_(table, type, ring, 0, block[1], filling);
    }
    swiss_table_fetch_control_(table, type, ring, keys, block[2], block[3]);
    swiss_table_fetch_slots_(table, type, ring, block[1], block[2], filling);
}

SWISS_END_C
