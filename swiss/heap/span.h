/* span.h - a run of pages cut into equal slots. Explained at the top of span.c. */
#ifndef SWISS_HEAP_SPAN_H
#define SWISS_HEAP_SPAN_H

#include "bits.h"
#include "mapping.h"
#include "../os/os.h"
#include "pagecache.h"
#include "sizeclass.h"
#include "tuning.h"

struct swiss_bin; /* one tier up: the spans of one class that one owner holds */

/* The record of a span: this, in front of it a byte per slot, the bitmap of its free slots behind it, and swiss_span_remote
 * from the next cache line on. */
typedef struct swiss_span {
    uint64_t window;                 /* free slots of word `cursor` that are to be taken next */
    char *base;                      /* the first slot, page-aligned */
    size_t size;                     /* bytes of a slot; of a large block, all of its pages */
    _Atomic(struct swiss_bin *) bin; /* the owner's; of a large block, the heap's bin 0 */
    uint32_t reciprocal;             /* of size, for finding the slot of an address; 0 in a large block */
    uint16_t slots;                  /* how many there are */
    uint16_t used;                   /* all but those that are free for the owner and not in the window */
    uint8_t cursor;                  /* the word of the bitmap that the window was loaded from */
    uint8_t words;                   /* of the bitmap */
    uint8_t size_class;              /* 0: one large block */
    bool full;                       /* not listed: had no free slot when it was last looked at */
    bool spare;                      /* kept although no slot is taken, within what the owner may keep */
    bool armed;                      /* `waiting` was set, and no one has been seen to clear it */
} swiss_span;

/* What others than the owner write, in a cache line of its own, and what is seldom used. */
typedef struct swiss_span_remote {
    atomic_bool waiting;                 /* the next to free a slot is to announce the span */
    _Atomic(swiss_span *) announced;     /* the span announced before this one */
    swiss_span *next, *prev;             /* the owner's list of spans to allocate from, or that of unused records */
    swiss_span *next_owned, *prev_owned; /* all of the owner's spans */
    _Atomic(uint64_t) freed[];           /* slots that others have freed, until the owner collects them */
} swiss_span_remote;

/* What a thread has at hand to make spans of small blocks without the lock of the page heap. */
typedef struct swiss_span_cache {
    swiss_os_spin lock; /* held by the thread while it makes or ends a span, and by whoever needs all spans to stay */
    swiss_page_cache pages;
    swiss_span *unused[SWISS_SPAN_SLOTS_MAX / 64 + 1]; /* records, by their words of bits */
    uint32_t unused_count;
    size_t alive[SWISS_CLASS_COUNT]; /* spans made here less those ended here: may be below zero, modulo SIZE_MAX + 1 */
    struct swiss_span_cache *next;
} swiss_span_cache;

/* Memory that spans and large blocks have. */
typedef struct swiss_held {
    size_t pages;
    size_t huge_bytes,
        huge_reserved; /* of huge blocks, which are not among the pages, and the address space for them */
} swiss_held;

/* A page heap, and the records of the spans made from it. */
typedef struct swiss_spans {
    swiss_os_lock
        lock; /* held for everything below but `caches`, which only grows, and for the address map's entries */
    swiss_pages pages;
    swiss_span *unused[SWISS_SPAN_SLOTS_MAX / 64 + 1]; /* records that may be used again, by their words of bits */
    char *chunks;                                      /* the last chunk of records, which leads to the others */
    char *chunk, *chunk_end;                           /* where new records are cut from */
    size_t chunk_bytes;                                /* taken from the system for records */
    swiss_mappings mappings;
    uint64_t scavenged_at;              /* when last */
    swiss_held lent;                    /* what shares other than the main one hold */
    _Atomic(swiss_span_cache *) caches; /* of threads: all there ever were */
} swiss_spans;

#define SWISS_SPANS_INITIALIZER                                                                                        \
    { .lock = SWISS_OS_LOCK_INITIALIZER }

/* What one heap has of a page heap, and how much it may have: guarded by the lock of `spans`. */
typedef struct swiss_share {
    swiss_spans *spans;
    bool main; /* the default heap's: threads' caches hold slots of its spans, and what no other share holds is its */
    swiss_tuning tuning;
    swiss_held held;                 /* of the main share not counted */
    size_t alive[SWISS_CLASS_COUNT]; /* spans of each class; large blocks in 0; what caches count is missing */
} swiss_share;

#define SWISS_SHARE_INITIALIZER(page_heap, is_main)                                                                    \
    {                                                                                                                  \
        .spans = (page_heap), .main = (is_main), .tuning = { 0, 0, SWISS_SCAVENGE_EVERY, true }                        \
    }

/* A new span of `size_class`, all slots free, owned by `bin`; from `cache`, the caller's or NULL, if it has what is needed.
 * NULL when out of memory. */
swiss_span *swiss_span_create(swiss_share *share, swiss_span_cache *cache, unsigned size_class, struct swiss_bin *bin);

/* A new span of one block of `size` bytes, at least 1, aligned to `alignment`, a power of two. The block is
 * allocated. Sets *zeroed to whether its memory is known to be zero. NULL when out of memory. */
swiss_span *swiss_span_create_large(swiss_share *share, size_t size, size_t alignment, struct swiss_bin *bin,
                                    bool *zeroed);

/* Changes the size of a large block without moving it. False where that cannot be done: then nothing has changed. */
bool swiss_span_resize_large(swiss_share *share, swiss_span *span, size_t size);

/* Asks if memory may be moved to `to`, a part of a large block of system pages: false if the process would come to have too
 * many mappings. */
bool swiss_spans_expect_move(swiss_spans *spans, char *to, size_t size);

/* Gives the pages of a span back, to `cache` if it has room for them; which gives all back if more than `most` touched pages
 * are there then. */
void swiss_span_destroy(swiss_share *share, swiss_span_cache *cache, swiss_span *span, size_t most);

/* The same to the page heap, of any span. Returns what the caller is to give back with swiss_mapping_release, and without a lock.
 * */
swiss_mapping swiss_span_drop(swiss_share *share, swiss_span *span);

/* Adds a cache, empty and all zero, that stays as long as the heap. Not by two threads at once. */
void swiss_spans_add_cache(swiss_spans *spans, swiss_span_cache *cache);

/* Gives back what a cache has. For anyone. */
void swiss_span_cache_flush(swiss_spans *spans, swiss_span_cache *cache);

/* The same for all caches. */
void swiss_spans_flush(swiss_spans *spans);

/* Keeps all spans as they are until swiss_spans_go: takes the locks of all caches, and `lock`. */
void swiss_spans_stop(swiss_spans *spans);
void swiss_spans_go(swiss_spans *spans);

/* While spans are stopped: lets the main share's `alive` count all of its spans. Returns how many pages are free in caches, and
 * in *zero how many of these are not touched. */
size_t swiss_spans_count(swiss_share *share, size_t *zero);

/* What a share holds. With the lock held; of the main share, the pages in caches included. */
swiss_held swiss_share_held(const swiss_share *share);

/* Frees the large block of `bin` that begins at `block`. False if there is none. */
bool swiss_span_free_large(swiss_share *share, const struct swiss_bin *bin, const void *block);

/* While spans are stopped: the one that holds `address`, whose ever it is; NULL if none does. Any address may be asked for.
 * O(log segments), and inside a large block O(pages before the address). */
swiss_span *swiss_spans_find(swiss_spans *spans, const void *address);

/* While spans are stopped: calls visit(argument, span) for all of them. O(pages). */
void swiss_spans_each(swiss_spans *spans, void (*visit)(void *argument, swiss_span *span), void *argument);

/* Calls visit(argument, block, size) for each taken slot of a span that stays meanwhile. */
void swiss_span_walk(const swiss_span *span, void (*visit)(void *argument, void *block, size_t size), void *argument);

/* Loads the window of a span whose window is empty, collecting what others have freed if nothing else is free. False
 * if none is free. The slots in the window count as used. Only for the owner, as everything below that does not say otherwise.
 * O(words). */
bool swiss_span_load(swiss_span *span);

/* How it is tuned. With the lock held. */
swiss_tuning *swiss_share_tuning(swiss_share *share);

/* Gives back what has been free for a while, if there is more than a little of it and it is time to: every so many milliseconds
 * as the share's tuning says, or `often` if that is less and not 0. Returns which; 0: never. */
uint32_t swiss_spans_scavenge(swiss_share *share, uint32_t often);

/* Gives the memory of free pages back to the system. Returns how many bytes. */
size_t swiss_spans_release(swiss_spans *spans);

/* Gives back everything, blocks in use and all records included. */
void swiss_spans_destroy(swiss_spans *spans);

/* Gives everything back, the records of spans and the caches included, and is as new. False, and nothing has changed, if there
 * is a span. */
bool swiss_spans_forget(swiss_share *share);

/* Takes over the slots that others have freed. */
void swiss_span_collect(swiss_span *span);

/* Empties the window: what was left in it no longer counts as used. */
void swiss_span_unload(swiss_span *span);

/* What the byte of a slot says: free; or alive, and whose thread's cache handed it out: none's, or the one of this tag. */
enum { SWISS_SLOT_FREE, SWISS_SLOT_LIVE, SWISS_SLOT_TAG_MIN, SWISS_SLOT_TAG_MAX = 255 };

/* Whether a span has a mapping of its own. */
SWISS_ALWAYS_INLINE bool swiss_span_is_huge(const swiss_span *span) {
    return !swiss_segment_of(span->base);
}

/* The bitmap: a set bit for each free slot. Only the owner writes it; anyone may read. */
SWISS_ALWAYS_INLINE _Atomic(uint64_t) *swiss_span_bits(const swiss_span *span) {
    return (_Atomic(uint64_t) *)(uintptr_t)(span + 1);
}

SWISS_ALWAYS_INLINE size_t swiss_span_head_size(unsigned words) {
    return (sizeof(swiss_span) + words * sizeof(uint64_t) + 63) & ~(size_t)63;
}

SWISS_ALWAYS_INLINE swiss_span_remote *swiss_span_remote_of(const swiss_span *span) {
    return (swiss_span_remote *)((uintptr_t)span + swiss_span_head_size(span->words));
}

/* The byte of a slot: 0 if it is free. Written by whoever allocates and frees it, readable by anyone. */
SWISS_ALWAYS_INLINE _Atomic(uint8_t) *swiss_span_state(const swiss_span *span, uint32_t slot) {
    return (_Atomic(uint8_t) *)(uintptr_t)span - 1 - slot;
}

/* The slot whose byte `state` is, if it is one of this span: else some number that is none of its slots. */
SWISS_ALWAYS_INLINE size_t swiss_span_slot_of(const swiss_span *span, const _Atomic(uint8_t) *state) {
    return (uintptr_t)span - 1 - (uintptr_t)state;
}

/* Takes a slot of a span whose window is not empty. O(1). */
SWISS_ALWAYS_INLINE void *swiss_span_take(swiss_span *span) {
    uint64_t window = span->window;
    uint32_t slot = span->cursor * 64u + swiss_bits_lowest(window);
    uint64_t rest = window & (window - 1);
    _Atomic(uint64_t) *bits = swiss_span_bits(span) + span->cursor;
    uint64_t left = atomic_load_explicit(bits, memory_order_relaxed) & ~(window ^ rest);
    atomic_store_explicit(bits, left, memory_order_relaxed);
    span->window = rest;
    atomic_store_explicit(swiss_span_state(span, slot), SWISS_SLOT_LIVE, memory_order_relaxed);
    return span->base + slot * span->size;
}

/* The slot that begins at `block`, an address inside the span; UINT32_MAX if none begins there. For anyone. O(1). */
SWISS_ALWAYS_INLINE uint32_t swiss_span_slot(const swiss_span *span, const void *block) {
    size_t offset = (size_t)((const char *)block - span->base);
    uint64_t product = (uint64_t)(uint32_t)offset * span->reciprocal;
    uint32_t slot = (uint32_t)(product >> 32);
    if (SWISS_LIKELY((uint32_t)product < span->reciprocal && slot < span->slots)) /* divisible, and inside */
        return slot;
    return span->reciprocal || offset ? UINT32_MAX : 0;
}

/* Whether `slot` is taken. For anyone, who is told the truth about slots that no one takes or frees meanwhile. O(1). */
SWISS_ALWAYS_INLINE bool swiss_span_is_taken(const swiss_span *span, uint32_t slot) {
    return atomic_load_explicit(swiss_span_state(span, slot), memory_order_relaxed) != SWISS_SLOT_FREE;
}

/* Frees `slot`. False if it is free already: then nothing has changed. O(1). */
SWISS_ALWAYS_INLINE bool swiss_span_give(swiss_span *span, uint32_t slot) {
    uint64_t bit = UINT64_C(1) << (slot & 63);
    _Atomic(uint64_t) *bits = &swiss_span_bits(span)[slot >> 6];
    if (SWISS_UNLIKELY(!swiss_span_is_taken(span, slot)))
        return false;
    atomic_store_explicit(swiss_span_state(span, slot), SWISS_SLOT_FREE, memory_order_relaxed);
    atomic_store_explicit(bits, atomic_load_explicit(bits, memory_order_relaxed) | bit, memory_order_relaxed);
    --span->used;
    return true;
}

#endif
