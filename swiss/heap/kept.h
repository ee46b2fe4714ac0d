/* kept.h - large blocks that a thread keeps for its next allocations. Explained at the top of kept.c. */
#ifndef SWISS_HEAP_KEPT_H
#define SWISS_HEAP_KEPT_H

#include "large.h"

SWISS_BEGIN_HIDDEN

#define SWISS_KEPT_BLOCKS 8u                     /* that a thread keeps at most, */
#define SWISS_KEPT_BYTES ((size_t)4 << 20)       /* and their bytes */
#define SWISS_KEPT_ROOM_STEP ((size_t)512 << 10) /* by which its room grows */

typedef struct swiss_kept_block {
    swiss_span *span;
    uint32_t pages;
    uint32_t period; /* in which it was freed */
} swiss_kept_block;

/* A part of a thread cache. All zero: none. Only the thread changes it, or who takes its cache. */
typedef struct swiss_kept {
    swiss_kept_block blocks[SWISS_KEPT_BLOCKS]; /* the one freed last is the last */
    uint32_t count;
    uint32_t period; /* counts the times that the thread has given back what it did not use */
    size_t bytes;    /* of the blocks */
    size_t room;     /* bytes that they may have, of those that all threads may */
    /* Blocks that came and that went again, since the cache was made. Any thread may read them. */
    _Atomic(uint64_t) freed, freed_bytes, allocated, allocated_bytes;
    uint64_t dropped, dropped_bytes; /* to the page heap; written under the lock of the cache's spans */
} swiss_kept;

/* Returns true if there is room for a block of `size` bytes. */
SWISS_ALWAYS_INLINE bool swiss_kept_has_room(const swiss_kept *kept, size_t size) {
    return kept->count < SWISS_KEPT_BLOCKS && kept->bytes + size <= kept->room;
}

/* Adds to a counter, by a plain load and store. */
SWISS_ALWAYS_INLINE void swiss_kept_add(_Atomic(uint64_t) *counter, uint64_t more) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more, memory_order_release);
}

/* Frees a live large block of at most SWISS_KEPT_BYTES that is not a mapping. There is room for it. O(1). */
SWISS_ALWAYS_INLINE void swiss_kept_put(swiss_kept *kept, swiss_span *span) {
    const size_t size = span->size;
    span->spare = true;
    atomic_store_explicit(swiss_span_state(span, 0), SWISS_SLOT_FREE, memory_order_relaxed);
    kept->blocks[kept->count++] = (swiss_kept_block){span, (uint32_t)(size >> SWISS_PAGE_SHIFT), kept->period};
    kept->bytes += size;
    swiss_kept_add(&kept->freed, 1);
    swiss_kept_add(&kept->freed_bytes, size);
}

/* Allocates the kept block of at least `size` bytes, but not much more, that was freed last and is aligned well enough.
 * NULL if there is none. `size` is at most SWISS_KEPT_BYTES and not 0. O(1). */
void *swiss_kept_take(swiss_kept *kept, size_t size, size_t alignment);

/* Give blocks back to the page heap: the `count` that were freed first; or those that begin at `begin` or behind it,
 * and before `end`. The second returns true if there were any. `cache` is what has made the thread's spans. */
void swiss_kept_drop(swiss_kept *kept, swiss_share *share, swiss_span_cache *cache, uint32_t count);
bool swiss_kept_drop_between(swiss_kept *kept, swiss_share *share, swiss_span_cache *cache, const char *begin,
                             const char *end);

/* Returns how many blocks were not freed since the last call, and begins a new period. They are the first. */
uint32_t swiss_kept_age(swiss_kept *kept);

SWISS_END_HIDDEN

#endif
