/* byte_pool.h - a pool of buffers: their sizes are powers of two, and each size is a tier, a pool of its own (pool.h).
 *
 *     swiss_byte_pool *pool = swiss_byte_pool_create(&(swiss_byte_pool_options){.smallest = 1024, .largest = 65536});
 *     size_t capacity;
 *     char *line = swiss_byte_pool_get(pool, 1500, &capacity); // 2048 bytes
 *     if (!line)
 *         return OUT_OF_MEMORY;
 *     ...
 *     swiss_byte_pool_put(pool, line, capacity);
 *     swiss_byte_pool_destroy(pool);
 *
 * A buffer belongs to whoever got it, and goes back with the capacity that it had: from that the pool knows its tier. A
 * request beyond the largest tier gets a buffer of its own, which put frees: so a few very large messages do not stay
 * in memory. buffer.h has a buffer that grows, and looks after its capacity.
 *
 * What pool.h says of threads, trims, forks, and of buffers that are put twice, is true here, too. A thread keeps
 * buffers of each tier up to SWISS_BYTE_POOL_ALONE bytes by itself: one, or, without a bound, as many as have 4 KiB
 * together, up to SWISS_POOL_OWN; those of larger tiers are shared by all threads.
 */
#ifndef SWISS_BYTE_POOL_H
#define SWISS_BYTE_POOL_H

#include "pool.h"

/* The largest buffers, in bytes, that a thread keeps by itself. */
#define SWISS_BYTE_POOL_ALONE ((size_t)32 << 10)

SWISS_BEGIN_C

/* How a pool of buffers is to be. All 0 gives the defaults. */
typedef struct swiss_byte_pool_options {
    /* The capacities of the first tier and of the last in bytes, rounded up to powers of two, and to 16. 0: 64 and
     * 1 MiB. */
    size_t smallest, largest;
    /* The most bytes that idle buffers of a tier may have together, beside the buffer that each thread keeps by itself
     * of the tiers that are not shared: beyond, put frees. At least one buffer may stay. 0: any number. */
    size_t bound;
    /* Buffers have only zeros when they are got: put clears them, also the bytes that were never written. */
    bool clear;
    /* What put does with a buffer whose capacity is that of no tier, up to `largest`. It frees it: then such a buffer
     * comes from the same allocator, and is aligned as buffers are. Or it refuses it: then it returns false, and the
     * buffer stays the caller's. */
    bool refuse_foreign;
    /* Where buffers come from. NULL: the default one. */
    const swiss_allocator *allocator;
} swiss_byte_pool_options;

/* Buffers are aligned to this. */
#define SWISS_BYTE_POOL_ALIGNMENT 16

/* A tier, by the bits of sizes. All members are private. */
typedef struct swiss_byte_tier_ {
    swiss_pool *pool_; /* NULL: such sizes have no tier */
    size_t capacity_;
} swiss_byte_tier_;

/* A pool. All members are private. */
typedef struct swiss_byte_pool {
    swiss_pool views_[sizeof(size_t) * 8];       /* of tiers_[n].pool_; empty without */
    swiss_byte_tier_ tiers_[sizeof(size_t) * 8]; /* [n]: of sizes beyond 2^n, up to 2^(n + 1) */
} swiss_byte_pool;

/* The numbers of a tier. */
typedef struct swiss_byte_tier_stats {
    size_t capacity; /* of its buffers, in bytes */
    swiss_pool_stats pool;
} swiss_byte_tier_stats;

/* What has no tier, counted since the pool was made. */
typedef struct swiss_byte_pool_stats {
    uint64_t oversize_gets;   /* buffers beyond the largest tier that were got */
    uint64_t oversize_frees;  /* and that were put, and freed */
    uint64_t foreign_frees;   /* buffers up to `largest` that were freed because their capacity is that of no tier */
    uint64_t foreign_refused; /* and that were refused */
    size_t idle_bytes;        /* in the pool now */
} swiss_byte_pool_stats;

/* Returns a new pool without buffers, or NULL when out of memory, and if `smallest` is more than `largest` or that more
 * than PTRDIFF_MAX. The options are copied. `options` NULL is all 0. O(tiers). */
SWISS_API SWISS_MUST_USE swiss_byte_pool *swiss_byte_pool_create(const swiss_byte_pool_options *options);

/* Frees all idle buffers and the pool. Those in use may no longer be put. NULL is ignored. */
SWISS_API void swiss_byte_pool_destroy(swiss_byte_pool *pool);

/* Trims each tier as swiss_pool_trim does. Returns how many bytes were freed. */
SWISS_API size_t swiss_byte_pool_trim(swiss_byte_pool *pool);

/* Returns the number of tiers, at least 1. O(1). */
SWISS_API unsigned swiss_byte_pool_tiers(const swiss_byte_pool *pool);

/* Fills *stats with the numbers of a tier, the smallest being 0. Returns false if there is no such tier. O(threads). */
SWISS_API bool swiss_byte_pool_get_tier_stats(const swiss_byte_pool *pool, unsigned tier, swiss_byte_tier_stats *stats);

/* Fills *stats with the numbers of what has no tier, and the bytes of all. O(tiers * threads). */
SWISS_API void swiss_byte_pool_get_stats(const swiss_byte_pool *pool, swiss_byte_pool_stats *stats);

/* Do what the functions below do where their fast paths end: if a thread has no buffer of the tier, or without one. */
SWISS_API void *swiss_byte_pool_get_other_(swiss_byte_pool *pool, size_t size, size_t *capacity);
SWISS_API bool swiss_byte_pool_put_other_(swiss_byte_pool *pool, void *buffer, size_t capacity);

/* Returns the number of the tier of a size. That of size 0 is the one of the largest sizes: none. */
static inline unsigned swiss_byte_tier_of_(size_t size) {
#if defined(__GNUC__)
    return 63u ^ (unsigned)__builtin_clzll((size - 1) | 1);
#else
    unsigned bits = 0;
    for (size_t rest = (size - 1) >> 1; rest != 0; rest >>= 1)
        ++bits;
    return bits;
#endif
}

/* Returns a buffer of at least `size` bytes, and stores how many it has in *capacity: a power of two, or, if `size` is
 * more than the largest tier's, `size`. Returns NULL when out of memory, and if `size` is more than PTRDIFF_MAX; then
 * *capacity is 0. A size of 0 counts as 1. The contents are undefined, unless the pool clears. O(1), or O(threads) for
 * the first of a tier, and what an allocation takes. */
static inline SWISS_MUST_USE void *swiss_byte_pool_get(swiss_byte_pool *pool, size_t size, size_t *capacity) {
    const unsigned tier = swiss_byte_tier_of_(size);
    void *buffer = swiss_pool_take_(swiss_pool_slot_of_(&pool->views_[tier]));
    if (SWISS_UNLIKELY(buffer == NULL))
        return swiss_byte_pool_get_other_(pool, size, capacity);
    *capacity = pool->tiers_[tier].capacity_;
    return buffer;
}

/* Takes a buffer back that has this capacity. Returns true if it is the pool's from now on, which may have freed it.
 * Returns false if its capacity is that of no tier, and the pool refuses such, as every pool does a capacity of 0: then
 * it stays the caller's. NULL is ignored. A capacity of more than the largest tier's is that of a buffer that
 * swiss_byte_pool_get made: it is freed. O(1), and the time that the clearing takes. */
static inline bool swiss_byte_pool_put(swiss_byte_pool *pool, void *buffer, size_t capacity) {
    const unsigned tier = swiss_byte_tier_of_(capacity);
    if (SWISS_UNLIKELY(pool->tiers_[tier].capacity_ != capacity))
        return swiss_byte_pool_put_other_(pool, buffer, capacity);
    swiss_pool_place_(pool->tiers_[tier].pool_, swiss_pool_slot_of_(&pool->views_[tier]), buffer);
    return true;
}

SWISS_END_C

#endif
