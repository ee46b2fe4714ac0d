/* spans.c - spans of small blocks: how they are made from pages, and ended.
 *
 * Terms:
 * - Span cache: the pages, records and counts of which a thread makes spans; a part of its thread cache.
 * - Share: how much of the page heap one heap has, and may have. The *main* share is the default heap's.
 * - Held: the pages and mappings that a share has in spans and large blocks.
 *
 *     make:   span cache: 64 pages, records --> span      no lock that another thread wants
 *                 ^ used up
 *             page heap, under its lock:  limits, pages, records
 *
 *     end:    pages of the piece --> span cache           others, or too many --> page heap
 *
 * Make. A thread has 64 pages (pagecache.c), a few records, and counts of its own. Their lock is wanted by no other
 * thread, but for one that needs all spans to stay: to walk over them, to count them, to fork. The lock of the page
 * heap is taken for the next 64 pages or records. If memory is limited, it is taken for each span, so that no page
 * counts that is not used.
 *
 * End. The pages go back the way they came; those of another piece go to the page heap, under its lock.
 *
 * Shares. All heaps of a program have one page heap, with its lock, its records and its free pages. A share is counts
 * and limits, and costs no mapping, so that there may be very many heaps. The main share has what the others do not
 * have. So threads may take pages for it without counting.
 */
#include "spans.h"
#include "validate.h"
#include <string.h>

#define RECORDS_BYTES 2048 /* of records that a thread gets at once */
#define RECORDS_MOST 128   /* records that it keeps */

static void add_difference(swiss_held *held, swiss_held now, swiss_held before) {
    held->pages += now.pages - before.pages;
    held->huge_bytes += now.huge_bytes - before.huge_bytes;
    held->huge_reserved += now.huge_reserved - before.huge_reserved;
}

void swiss_share_count_own(swiss_share *share, swiss_held before) {
    swiss_spans *spans = share->spans;
    add_difference(&share->held, swiss_spans_held(spans), before);
    add_difference(&spans->lent, swiss_spans_held(spans), before);
}

swiss_held swiss_share_held(const swiss_share *share) {
    swiss_held held = share->held;
    if (share->main)
        add_difference(&held, swiss_spans_held(share->spans), share->spans->lent);
    return held;
}

void swiss_share_note_peak(swiss_share *share) {
    swiss_spans *spans = share->spans;
    size_t pages = share->held.pages, bytes = share->held.huge_bytes;
    if (share->main) {
        pages += spans->pages.used_pages - spans->lent.pages;
        bytes += spans->mappings.bytes - spans->lent.huge_bytes;
    }
    bytes += pages * SWISS_PAGE_SIZE;
    if (share->peak < bytes)
        share->peak = bytes;
    bytes = spans->pages.touched_pages * SWISS_PAGE_SIZE + spans->mappings.bytes + spans->mappings.kept.size;
    if (spans->peak < bytes)
        spans->peak = bytes;
}

uint32_t swiss_spans_scavenge(swiss_share *share, uint32_t often) {
    swiss_os_lock_acquire(&share->spans->lock, SWISS_RANK_PAGES);
    uint32_t every = swiss_limits_know(&share->limits)->scavenge_every;
    if (often && (!every || often < every))
        every = often;
    swiss_limits_scavenge(&share->spans->pages, &share->spans->mappings, every);
    swiss_os_lock_release(&share->spans->lock, SWISS_RANK_PAGES);
    return every;
}

static unsigned class_slots(unsigned size_class) {
    return (unsigned)(swiss_class_pages[size_class] * SWISS_PAGE_SIZE / swiss_class_size[size_class]);
}

static unsigned class_words(unsigned size_class) {
    return (class_slots(size_class) + 63) / 64;
}

/* Makes pages a span of small blocks. */
static void begin(const swiss_share *share, swiss_span *span, char *base, unsigned size_class, struct swiss_bin *bin) {
    swiss_record_fill(span, base, swiss_class_size[size_class], class_slots(size_class), bin);
    span->reciprocal = swiss_class_reciprocal[size_class];
    span->size_class = (uint8_t)size_class;
    swiss_segment_set_owner(base, swiss_class_pages[size_class], span, share->main ? size_class : 0);
    SWISS_VALIDATE_SPAN(span);
}

static swiss_span *create(swiss_share *share, unsigned size_class, struct swiss_bin *bin) {
    swiss_spans *spans = share->spans;
    size_t pages = swiss_class_pages[size_class];
    swiss_held before = swiss_spans_held(spans);
    swiss_span *span = swiss_share_admits(share, pages * SWISS_PAGE_SIZE)
                           ? swiss_record_take(&spans->records, &spans->pages, class_words(size_class))
                           : NULL;
    if (!span)
        return NULL;
    bool zeroed;
    char *base = swiss_pages_alloc(&spans->pages, pages, 1, 1, &zeroed);
    if (!base) {
        swiss_record_give(&spans->records, span);
        return NULL;
    }
    begin(share, span, base, size_class, bin);
    swiss_share_count(share, before);
    swiss_share_note_peak(share);
    ++share->alive[size_class];
    SWISS_VALIDATE_PAGES(&spans->pages);
    return span;
}

static void cache_record(swiss_span_cache *cache, swiss_span *span) {
    swiss_span **unused = &cache->unused[span->words];
    swiss_span_remote_of(span)->next = *unused;
    *unused = span;
    ++cache->unused_count;
}

/* Returns a span made from the cache; NULL if that lacks the pages or a record. */
static swiss_span *create_cached(swiss_share *share, swiss_span_cache *cache, unsigned size_class,
                                 struct swiss_bin *bin) {
    swiss_span **unused = &cache->unused[class_words(size_class)], *span = *unused;
    char *base = span ? swiss_page_cache_take(&cache->pages, swiss_class_pages[size_class]) : NULL;
    if (!base)
        return NULL;
    *unused = swiss_span_remote_of(span)->next;
    --cache->unused_count;
    begin(share, span, base, size_class, bin);
    ++cache->alive[size_class];
    return span;
}

/* Gives a cache records for a class if it has none, and pages if it has none at all; nothing if there is a limit: then
 * everything counts as it is used. */
static void refill_cache(swiss_share *share, swiss_span_cache *cache, unsigned size_class) {
    swiss_spans *spans = share->spans;
    const swiss_limits *limits = swiss_limits_know(&share->limits);
    if (limits->soft_limit || limits->hard_limit)
        return;
    swiss_limits_scavenge(&spans->pages, &spans->mappings, limits->scavenge_every);
    unsigned words = class_words(size_class);
    for (size_t bytes = cache->unused[words] ? RECORDS_BYTES : 0; bytes < RECORDS_BYTES;
         bytes += swiss_record_size(words)) {
        swiss_span *span = swiss_record_take(&spans->records, &spans->pages, words);
        if (!span)
            return;
        if (span->words !=
            words) { /* a longer one, for want of memory: create() takes it, the cache would not find it */
            swiss_record_give(&spans->records, span);
            return;
        }
        cache_record(cache, span);
    }
    if (!cache->pages.free)
        (void)swiss_page_cache_refill(&cache->pages, &spans->pages);
    swiss_share_note_peak(share);
    SWISS_VALIDATE_PAGE_CACHE(&cache->pages);
    SWISS_VALIDATE_PAGES(&spans->pages);
}

swiss_span *swiss_span_create(swiss_share *share, swiss_span_cache *cache, unsigned size_class, struct swiss_bin *bin) {
    if (cache)
        swiss_os_spin_acquire(&cache->lock, SWISS_RANK_SPAN_CACHE);
    swiss_span *span = cache ? create_cached(share, cache, size_class, bin) : NULL;
    if (!span) {
        swiss_os_lock_acquire(&share->spans->lock, SWISS_RANK_PAGES);
        if (cache) {
            refill_cache(share, cache, size_class);
            span = create_cached(share, cache, size_class, bin);
        }
        if (!span)
            span = create(share, size_class, bin);
        swiss_os_lock_release(&share->spans->lock, SWISS_RANK_PAGES);
    }
    if (cache)
        swiss_os_spin_release(&cache->lock, SWISS_RANK_SPAN_CACHE);
    return span;
}

static void destroy(swiss_share *share, swiss_span *span) {
    swiss_spans *spans = share->spans;
    swiss_held before = swiss_spans_held(spans);
    size_t pages = swiss_class_pages[span->size_class];
    --share->alive[span->size_class];
    swiss_segment_set_owner(span->base, pages, NULL, 0);
    swiss_pages_free(&spans->pages, span->base, pages);
    swiss_record_give(&spans->records, span);
    swiss_share_count(share, before);
    SWISS_VALIDATE_PAGES(&spans->pages);
    swiss_limits_scavenge(&spans->pages, &spans->mappings, share->limits.scavenge_every);
}

/* Gives the pages of a span to the cache. Returns false if they are not of its piece, or if it has enough records. Sets
 * *touched to the number of touched pages in the cache. */
static bool destroy_cached(swiss_span_cache *cache, swiss_span *span, size_t *touched) {
    size_t pages = swiss_class_pages[span->size_class];
    swiss_os_spin_acquire(&cache->lock, SWISS_RANK_SPAN_CACHE);
    bool fits = cache->unused_count < RECORDS_MOST && swiss_page_cache_put(&cache->pages, span->base, pages);
    if (fits) {
        swiss_segment_set_owner(span->base, pages, NULL, 0);
        --cache->alive[span->size_class];
        cache_record(cache, span);
        *touched = swiss_page_cache_touched(&cache->pages);
    }
    swiss_os_spin_release(&cache->lock, SWISS_RANK_SPAN_CACHE);
    return fits;
}

void swiss_span_destroy(swiss_share *share, swiss_span_cache *cache, swiss_span *span, size_t most) {
    size_t touched;
    SWISS_ASSERT(span->size_class && "a large block is destroyed by swiss_large_drop");
    SWISS_VALIDATE_SPAN(span);
    if (!cache || !destroy_cached(cache, span, &touched)) {
        swiss_os_lock_acquire(&share->spans->lock, SWISS_RANK_PAGES);
        destroy(share, span);
        swiss_os_lock_release(&share->spans->lock, SWISS_RANK_PAGES);
    } else if (touched > most) {
        swiss_span_cache_flush(share->spans, cache);
    }
}

void swiss_spans_add_cache(swiss_spans *spans, swiss_span_cache *cache) {
    swiss_os_lock_acquire(&spans->lock, SWISS_RANK_PAGES);
    cache->next = atomic_load_explicit(&spans->caches, memory_order_relaxed);
    atomic_store_explicit(&spans->caches, cache, memory_order_release);
    swiss_os_lock_release(&spans->lock, SWISS_RANK_PAGES);
}

static swiss_span_cache *first_cache(swiss_spans *spans) {
    return atomic_load_explicit(&spans->caches, memory_order_acquire);
}

void swiss_span_cache_flush(swiss_spans *spans, swiss_span_cache *cache) {
    swiss_os_spin_acquire(&cache->lock, SWISS_RANK_SPAN_CACHE);
    swiss_os_lock_acquire(&spans->lock, SWISS_RANK_PAGES);
    SWISS_VALIDATE_PAGE_CACHE(&cache->pages);
    swiss_page_cache_flush(&cache->pages, &spans->pages);
    SWISS_VALIDATE_PAGES(&spans->pages);
    for (unsigned words = 0; words < SWISS_RECORD_KINDS; ++words)
        for (swiss_span *span; (span = cache->unused[words]);) {
            cache->unused[words] = swiss_span_remote_of(span)->next;
            swiss_record_give(&spans->records, span);
        }
    cache->unused_count = 0;
    swiss_os_lock_release(&spans->lock, SWISS_RANK_PAGES);
    swiss_os_spin_release(&cache->lock, SWISS_RANK_SPAN_CACHE);
}

void swiss_spans_flush(swiss_spans *spans) {
    for (swiss_span_cache *cache = first_cache(spans); cache; cache = cache->next)
        swiss_span_cache_flush(spans, cache);
}

/* Releases the locks of a cache and of those added before it. */
static void release_caches(swiss_span_cache *cache) {
    for (; cache; cache = cache->next)
        swiss_os_spin_release(&cache->lock, SWISS_RANK_SPAN_CACHE);
}

void swiss_spans_stop(swiss_spans *spans) {
    for (;;) {
        swiss_span_cache *first = first_cache(spans);
        for (swiss_span_cache *cache = first; cache; cache = cache->next)
            swiss_os_spin_acquire(&cache->lock, SWISS_RANK_SPAN_CACHE);
        swiss_os_lock_acquire(&spans->lock, SWISS_RANK_PAGES);
        if (first == first_cache(spans))
            return; /* and while the lock is held no cache is added */
        swiss_os_lock_release(&spans->lock, SWISS_RANK_PAGES);
        release_caches(first);
    }
}

void swiss_spans_go(swiss_spans *spans) {
    swiss_span_cache *first = first_cache(spans);
    swiss_os_lock_release(&spans->lock, SWISS_RANK_PAGES);
    release_caches(first);
}

size_t swiss_spans_count(swiss_share *share, size_t *zero) {
    size_t free = 0;
    *zero = 0;
    for (swiss_span_cache *cache = first_cache(share->spans); cache; cache = cache->next) {
        for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
            share->alive[i] += cache->alive[i];
            cache->alive[i] = 0;
        }
        free += swiss_bits_count(cache->pages.free);
        *zero += swiss_bits_count(cache->pages.zero);
    }
    return free;
}

size_t swiss_spans_release(swiss_spans *spans) {
    swiss_os_lock_acquire(&spans->lock, SWISS_RANK_PAGES);
    size_t pages = swiss_pages_release(&spans->pages);
    swiss_mapping mapping = swiss_mapping_drop(&spans->mappings);
    swiss_os_lock_release(&spans->lock, SWISS_RANK_PAGES);
    swiss_mapping_release(mapping);
    return pages * SWISS_PAGE_SIZE + mapping.size;
}

void swiss_spans_destroy(swiss_spans *spans) {
    for (swiss_span *span = spans->mapped; span; span = swiss_span_remote_of(span)->next)
        swiss_mapping_release(swiss_mapping_end(&spans->mappings, (swiss_mapping){span->base, span->size}));
    spans->mapped = NULL;
    swiss_mapping_release(swiss_mapping_drop(&spans->mappings));
    swiss_pages_destroy(&spans->pages);
    swiss_records_destroy(&spans->records);
}

bool swiss_spans_forget(swiss_share *share) {
    swiss_spans *spans = share->spans;
    size_t alive = 0, zero;
    swiss_spans_stop(spans);
    (void)swiss_spans_count(share, &zero);
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        alive += share->alive[i];
    if (alive || spans->lent.pages || spans->lent.huge_bytes) {
        swiss_spans_go(spans);
        return false;
    }
    swiss_spans_destroy(spans);
    memset(&spans->pages, 0, sizeof spans->pages);
    swiss_span_cache *last = first_cache(spans);
    atomic_store_explicit(&spans->caches, NULL, memory_order_relaxed);
    swiss_os_lock_release(&spans->lock, SWISS_RANK_PAGES);
    release_caches(last);
    return true;
}

void swiss_spans_each(swiss_spans *spans, void (*visit)(void *argument, swiss_span *span), void *argument) {
    for (size_t i = 0; i < spans->pages.tree.count; ++i) {
        swiss_segment *segment = spans->pages.tree.segments[i];
        swiss_span *last = NULL;
        for (uint32_t page = 0; page < segment->top; ++page) {
            swiss_span *span = swiss_owner_span(atomic_load_explicit(&segment->owners[page], memory_order_acquire));
            if (span && span != last)
                visit(argument, span);
            last = span;
        }
    }
    for (swiss_span *span = spans->mapped; span; span = swiss_span_remote_of(span)->next)
        visit(argument, span);
}

swiss_span *swiss_spans_find(swiss_spans *spans, const void *address) {
    if (!swiss_segment_of(address))
        return swiss_segment_find(address); /* huge, or none */
    const swiss_segment *segment = swiss_pages_find(&spans->pages, address);
    if (!segment)
        return NULL;
    swiss_owner owner;
    size_t page = (size_t)((const char *)address - segment->base) >> SWISS_PAGE_SHIFT;
    do
        owner = atomic_load_explicit(&segment->owners[page], memory_order_relaxed);
    while (!owner && page-- > 0); /* of a large block only the first page is known */
    return swiss_owner_span(owner);
}
