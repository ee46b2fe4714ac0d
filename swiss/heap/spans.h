/* spans.h - spans of small blocks: how they come and go. Explained at the top of spans.c. */
#ifndef SWISS_HEAP_SPANS_H
#define SWISS_HEAP_SPANS_H

#include "../os/os.h"
#include "limits.h"
#include "pagecache.h"
#include "ranks.h"
#include "record.h"
#include "span.h"

SWISS_BEGIN_HIDDEN

/* The pages and records of which a thread makes spans of small blocks without the lock of the page heap: a part of its
 * thread cache. */
typedef struct swiss_span_cache {
    swiss_os_spin
        lock; /* held by the thread while it makes or ends a span, and by a thread that needs all spans to stay */
    swiss_page_cache pages;
    swiss_span *unused[SWISS_RECORD_KINDS]; /* records, by their words of bits */
    uint32_t unused_count;
    size_t alive[SWISS_CLASS_COUNT]; /* spans made here less those ended here: may be below zero, modulo SIZE_MAX + 1 */
    struct swiss_span_cache *next;
} swiss_span_cache;

/* A page heap, and the records of the spans made from it. */
typedef struct swiss_spans {
    swiss_os_lock lock; /* guards everything below but `caches`, which only grows, and the entries of the address map */
    swiss_pages pages;
    swiss_records records;
    swiss_mappings mappings;
    swiss_span *mapped;                 /* the large blocks that have a mapping of their own, by `next` and `prev` */
    swiss_held lent;                    /* what shares other than the main one hold */
    size_t peak;                        /* bytes of memory at most, in use and idle */
    _Atomic(swiss_span_cache *) caches; /* of threads: all that there ever were */
} swiss_spans;

#define SWISS_SPANS_INITIALIZER                                                                                        \
    { .lock = SWISS_OS_LOCK_INITIALIZER }

/* The share of one heap in a page heap, and its limits. Guarded by the lock of `spans`. */
typedef struct swiss_share {
    swiss_spans *spans;
    bool main; /* the default heap's: thread caches hold slots of its spans, and it has what no other share has */
    swiss_limits limits;
    swiss_held held;                 /* not counted for the main share */
    size_t peak;                     /* bytes held at most; for the main share, with the pages in caches */
    size_t alive[SWISS_CLASS_COUNT]; /* spans of each class, large blocks in [0]; those that caches count are missing */
    _Atomic(uint64_t) large_mallocs; /* large blocks allocated since the program began; any thread may read it */
    _Atomic(uint64_t) failures;      /* blocks that were not to be had; any thread counts and reads it */
    uint64_t large_bytes;            /* the bytes of these, and those by which they grew in place */
} swiss_share;

#define SWISS_SHARE_INITIALIZER(page_heap, is_main)                                                                    \
    {                                                                                                                  \
        .spans = (page_heap), .main = (is_main), .limits = {.scavenge_every = SWISS_SCAVENGE_EVERY, .known = true }    \
    }

/* Returns a new span of `size_class`, all slots free, owned by `bin`. Makes it from `cache`, the caller's or NULL, if
 * that has what is needed. NULL when out of memory. */
swiss_span *swiss_span_create(swiss_share *share, swiss_span_cache *cache, unsigned size_class, struct swiss_bin *bin);

/* Gives the pages of a span of small blocks back, to `cache` if they are of its piece. If `cache` then has more than
 * `most` touched pages, it gives all of them to the page heap. */
void swiss_span_destroy(swiss_share *share, swiss_span_cache *cache, swiss_span *span, size_t most);

/* Adds a cache, empty and all zero, that stays as long as the heap. Two threads may not do this at once. */
void swiss_spans_add_cache(swiss_spans *spans, swiss_span_cache *cache);

/* Gives the pages and records of a cache back to the page heap. Any thread may call this. */
void swiss_span_cache_flush(swiss_spans *spans, swiss_span_cache *cache);

/* Does the same for all caches. */
void swiss_spans_flush(swiss_spans *spans);

/* Stops all spans until swiss_spans_go: none is made or ended. Takes the locks of all caches, and `lock`. */
void swiss_spans_stop(swiss_spans *spans);
void swiss_spans_go(swiss_spans *spans);

/* While spans are stopped: adds what caches count to the main share's `alive`. Returns how many pages are free in
 * caches, and in *zero how many of these are not touched. */
size_t swiss_spans_count(swiss_share *share, size_t *zero);

/* Returns what all shares hold together. The caller holds the lock, here and in the next three. */
SWISS_ALWAYS_INLINE swiss_held swiss_spans_held(const swiss_spans *spans) {
    return (swiss_held){spans->pages.used_pages, spans->mappings.bytes, spans->mappings.reserved};
}

/* Returns what a share holds; for the main share, the pages in caches count. */
swiss_held swiss_share_held(const swiss_share *share);

/* Counts for a share other than the main one what it holds more, or less, since all together held `before`. */
void swiss_share_count_own(swiss_share *share, swiss_held before);

/* Does the same for any share; the main share is not counted. */
SWISS_ALWAYS_INLINE void swiss_share_count(swiss_share *share, swiss_held before) {
    if (!share->main)
        swiss_share_count_own(share, before);
}

/* Notes how much the share holds, and how much memory all have, if it is the most ever: after memory was taken. */
void swiss_share_note_peak(swiss_share *share);

/* Returns true if the share may have `bytes` more; scavenges first if it is time to. The caller holds the lock. */
SWISS_ALWAYS_INLINE bool swiss_share_admits(swiss_share *share, size_t bytes) {
    swiss_spans *spans = share->spans;
    swiss_limits *limits = swiss_limits_know(&share->limits);
    swiss_limits_scavenge(&spans->pages, &spans->mappings, limits->scavenge_every);
    if (SWISS_LIKELY(!limits->hard_limit && !limits->soft_limit))
        return true;
    return swiss_limits_admit(limits, &spans->pages, &spans->mappings, swiss_share_held(share), bytes);
}

/* While spans are stopped: returns the span that holds `address`, whichever share it is of; NULL if none does. Any
 * address is allowed. O(log segments), and inside a large block O(pages before the address). */
swiss_span *swiss_spans_find(swiss_spans *spans, const void *address);

/* While spans are stopped: calls visit(argument, span) for all spans. O(pages). */
void swiss_spans_each(swiss_spans *spans, void (*visit)(void *argument, swiss_span *span), void *argument);

/* Scavenges if it is time to: every so many milliseconds as the share's limits say, or `often` if that is less and not
 * 0. Returns these milliseconds; 0: never. */
uint32_t swiss_spans_scavenge(swiss_share *share, uint32_t often);

/* Gives the memory of all free pages back to the system. Returns how many bytes went. */
size_t swiss_spans_release(swiss_spans *spans);

/* Gives everything back, blocks in use and all records included. */
void swiss_spans_destroy(swiss_spans *spans);

/* Gives everything back, also the records of spans and the list of caches, so that the page heap is as new. Returns
 * false if there is a span: then nothing has changed. */
bool swiss_spans_forget(swiss_share *share);

SWISS_END_HIDDEN

#endif
