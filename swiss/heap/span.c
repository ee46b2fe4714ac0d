/* span.c - spans.
 *
 * A span is a run of pages cut into equal slots, or a run of pages that is one large block. Its record lies apart from
 * its pages, so that a block that overflows cannot destroy it, and so that looking for a free slot touches no page of
 * blocks. Which slots are free is kept in bits, one per slot, a set bit for a free one.
 *
 * A span has one owner at a time: a thread, or the central lists under their lock. The owner alone takes slots, and writes
 * the bitmap without any synchronisation. As in the Go runtime it takes them through a window, a copy of one word of the
 * bitmap: count the trailing zeros, clear the bit. What is freed goes to the bitmap only, and is taken once the window
 * is empty and the word is loaded again. That is not to save writes, the bitmap is kept exact: it is to keep the next
 * allocation from waiting for the last free, which has to find its slot first.
 *
 *      bits      1 1 0 1 ...     all free slots that the owner has
 *      freed     0 0 1 0 ...     slots that others than the owner have given back
 *      window        . 1         of one word, what has not been taken since it was loaded: a part of its bits
 *      state     0 0 0 0 7 ...   a byte per slot: 0 if no block in it is alive
 *
 * Anyone else gives a slot back by setting its bit in a second bitmap, `freed`, with an atomic "or". The owner collects those
 * when it has no other free slot. How it learns that a span with no free slot has one again is told in bin.c.
 *
 * Free blocks may also be on their way, in the stack of some thread (cache.c): then no bit is set. Whether a block is alive is
 * said by a byte of its own, which is written by the thread that allocates or frees it, and by no other meanwhile: a plain
 * store, while a bit would share its word with blocks of other threads. It is exact, and readable by anyone: so a second free
 * is noticed, whoever frees.
 *
 * A record has the bytes in front, backwards, where they are found without knowing how many there are. Then comes a cache line
 * that the owner reads and writes, ending with the first two words of the bitmap; what others write lies in another line:
 *
 *     ... state[1] state[0] | window base size bin ... bits[0] bits[1] | ... bits[31] | waiting announced next ... freed[] |
 *                           span                                       + 64           the next multiple of 64
 *
 * Threads make and end spans without the lock of the page heap: each has 64 pages (pagecache.c), a few records, and counts of
 * its own, under a lock that no one else wants but who needs all spans to stay: to walk over them, to count them, to fork. The
 * page heap's is taken for the next 64 pages or the next records, and for a span that ends elsewhere. Where memory is limited
 * it is taken for each span, so that no page counts that is not used.
 *
 * All heaps of a program have one page heap, with its lock, its records and its free pages. What one of them has of it is its
 * share: counts, limits, and nothing that costs a mapping, so that there may be very many heaps. A share that is not the
 * default heap's is counted; the default heap's is what is left, so that threads may take pages for it without counting.
 *
 * Spans have 1 to 32 words of bits, and records only as many lines as they need, 3 to 42. They come in chunks from the
 * operating system, and when their span is gone they go to a list of those as long as they are. They are never given back,
 * nor is their layout ever changed: whoever has freed the last slot of a span that is then destroyed may still look at the
 * record for a moment.
 */
#include "span.h"
#include "../os/os.h"
#include <string.h>

#define RECORDS_BYTES 2048              /* of those that a thread gets at once */
#define RECORDS_MOST 128                /* that it keeps */
#define CHUNK_BYTES ((size_t)64 * 1024) /* of records: up to 341 of them, a whole number of system pages everywhere */

SWISS_STATIC_ASSERT(sizeof(swiss_span) == 48 || sizeof(void *) != 8, "two words of bits fit into the first cache line");

static size_t record_size(unsigned words) {
    return words * 64u + swiss_span_head_size(words) +
           ((sizeof(swiss_span_remote) + words * sizeof(uint64_t) + 63) & ~(size_t)63);
}

/* An unused record for `words` words of bits; NULL if there is none. */
static swiss_span *record_reuse(swiss_spans *spans, unsigned words) {
    swiss_span *span = spans->unused[words];
    if (span)
        spans->unused[words] = swiss_span_remote_of(span)->next;
    return span;
}

/* Room for a record of `size` bytes that never was one. Where pages have taken all address space, free ones give way: a limit
 * on it would else leave them without records. NULL when out of memory. */
static char *record_room(swiss_spans *spans, size_t size) {
    if ((size_t)(spans->chunk_end - spans->chunk) < size) {
        char *chunk = swiss_os_alloc(CHUNK_BYTES);
        while (!chunk && swiss_pages_unreserve(&spans->pages))
            chunk = swiss_os_alloc(CHUNK_BYTES);
        if (!chunk)
            return NULL;
        *(char **)(void *)chunk = spans->chunks; /* its first line links the chunks */
        spans->chunks = chunk;
        spans->chunk = chunk + 64;
        spans->chunk_end = chunk + CHUNK_BYTES;
        spans->chunk_bytes += CHUNK_BYTES;
    }
    char *room = spans->chunk;
    spans->chunk += size;
    return room;
}

/* A record for at least `words` words of bits: more only if there is no memory, but an unused record that is larger. NULL when
 * out of memory. */
static swiss_span *record_new(swiss_spans *spans, unsigned words) {
    swiss_span *span = record_reuse(spans, words);
    if (span)
        return span;
    char *room = record_room(spans, record_size(words));
    if (room) {
        span = (swiss_span *)(void *)(room + words * 64u);
        span->words = (uint8_t)words;
    }
    while (!span && ++words < sizeof spans->unused / sizeof *spans->unused)
        span = record_reuse(spans, words);
    return span;
}

static void record_drop(swiss_spans *spans, swiss_span *span) {
    swiss_span **unused = &spans->unused[span->words];
    swiss_span_remote_of(span)->next = *unused;
    *unused = span;
}

/* Fills the record of a span that no one knows yet. */
static void record_fill(swiss_span *span, char *base, size_t size, unsigned slots, struct swiss_bin *bin) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    span->window = 0;
    span->base = base;
    span->size = size;
    span->slots = (uint16_t)slots;
    span->used = 0;
    span->cursor = 0;
    span->full = span->spare = span->armed = false;
    atomic_store_explicit(&span->bin, bin, memory_order_relaxed);
    atomic_store_explicit(&remote->waiting, false, memory_order_relaxed);
    for (unsigned word = 0; word < span->words; ++word) {
        unsigned left = slots > word * 64 ? slots - word * 64 : 0;
        atomic_store_explicit(&swiss_span_bits(span)[word], swiss_bits_low(left < 64 ? left : 64),
                              memory_order_relaxed);
        atomic_store_explicit(&remote->freed[word], 0, memory_order_relaxed);
    }
    memset((char *)span - span->words * 64u, SWISS_SLOT_FREE, span->words * 64u);
}

/* How many pages may be touched before those that are idle go: a tenth more than are in use, and 4 MiB. */
static size_t enough(const swiss_pages *pages) {
    return pages->used_pages + pages->used_pages / 10 + 512;
}

/* Gives back what has been free for long, if it is time to, every so many milliseconds (0: never), and more than a little.
 * Looks at the clock only then. */
static void scavenge(swiss_spans *spans, uint32_t every) {
    swiss_pages *pages = &spans->pages;
    if (SWISS_LIKELY(pages->touched_pages <= enough(pages) && !spans->mappings.kept.base) || !every)
        return;
    uint64_t now = swiss_os_milliseconds();
    if (spans->mappings.kept.base && now - spans->mappings.kept_since >= every)
        swiss_mapping_release(swiss_mapping_drop(&spans->mappings));
    if (pages->touched_pages <= enough(pages) || now - spans->scavenged_at < every)
        return;
    spans->scavenged_at = now;
    (void)swiss_pages_scavenge(pages, enough(pages));
}

swiss_tuning *swiss_share_tuning(swiss_share *share) {
    if (SWISS_UNLIKELY(!share->tuning.known))
        swiss_tuning_read(&share->tuning);
    return &share->tuning;
}

uint32_t swiss_spans_scavenge(swiss_share *share, uint32_t often) {
    swiss_os_lock_acquire(&share->spans->lock);
    uint32_t every = swiss_share_tuning(share)->scavenge_every;
    if (often && (!every || often < every))
        every = often;
    scavenge(share->spans, every);
    swiss_os_lock_release(&share->spans->lock);
    return every;
}

/* What all shares hold together. */
static swiss_held held_by_all(const swiss_spans *spans) {
    return (swiss_held){spans->pages.used_pages, spans->mappings.bytes, spans->mappings.reserved};
}

static void add_difference(swiss_held *held, swiss_held now, swiss_held before) {
    held->pages += now.pages - before.pages;
    held->huge_bytes += now.huge_bytes - before.huge_bytes;
    held->huge_reserved += now.huge_reserved - before.huge_reserved;
}

/* Counts for a share, unless it is the main one, what it holds more, or less, since all held `before`. */
static void count_held(swiss_share *share, swiss_held before) {
    swiss_spans *spans = share->spans;
    if (share->main)
        return;
    add_difference(&share->held, held_by_all(spans), before);
    add_difference(&spans->lent, held_by_all(spans), before);
}

swiss_held swiss_share_held(const swiss_share *share) {
    swiss_held held = share->held;
    if (share->main)
        add_difference(&held, held_by_all(share->spans), share->spans->lent);
    return held;
}

/* Whether `bytes` more keep within the hard limit. To keep within the soft one, free memory goes back first: all of it, for
 * whoever needs memory takes from it. */
static bool admits(swiss_share *share, size_t bytes) {
    const swiss_tuning *tuning = swiss_share_tuning(share);
    scavenge(share->spans, tuning->scavenge_every);
    if (SWISS_LIKELY(!tuning->hard_limit && !tuning->soft_limit))
        return true;
    swiss_pages *pages = &share->spans->pages;
    swiss_mappings *huge = &share->spans->mappings;
    swiss_held held = swiss_share_held(share);
    size_t used = held.pages * SWISS_PAGE_SIZE + held.huge_bytes;
    if (tuning->hard_limit && (used > tuning->hard_limit || bytes > tuning->hard_limit - used))
        return false;
    size_t idle = (pages->touched_pages - pages->used_pages) * SWISS_PAGE_SIZE + huge->kept.size;
    if (tuning->soft_limit && idle && (used + idle > tuning->soft_limit || bytes > tuning->soft_limit - used - idle)) {
        (void)swiss_pages_release(pages);
        swiss_mapping_release(swiss_mapping_drop(huge));
    }
    return true;
}

static unsigned class_slots(unsigned size_class) {
    return (unsigned)(swiss_class_pages[size_class] * SWISS_PAGE_SIZE / swiss_class_size[size_class]);
}

static unsigned class_words(unsigned size_class) {
    return (class_slots(size_class) + 63) / 64;
}

/* Lets pages be a span of small blocks. */
static void begin(const swiss_share *share, swiss_span *span, char *base, unsigned size_class, struct swiss_bin *bin) {
    record_fill(span, base, swiss_class_size[size_class], class_slots(size_class), bin);
    span->reciprocal = swiss_class_reciprocal[size_class];
    span->size_class = (uint8_t)size_class;
    swiss_segment_set_owner(base, swiss_class_pages[size_class], span, share->main ? size_class : 0);
}

static swiss_span *create(swiss_share *share, unsigned size_class, struct swiss_bin *bin) {
    swiss_spans *spans = share->spans;
    size_t pages = swiss_class_pages[size_class];
    swiss_held before = held_by_all(spans);
    swiss_span *span = admits(share, pages * SWISS_PAGE_SIZE) ? record_new(spans, class_words(size_class)) : NULL;
    if (!span)
        return NULL;
    bool zeroed;
    char *base = swiss_pages_alloc(&spans->pages, pages, 1, 1, &zeroed);
    if (!base) {
        record_drop(spans, span);
        return NULL;
    }
    begin(share, span, base, size_class, bin);
    count_held(share, before);
    ++share->alive[size_class];
    return span;
}

static void cache_record(swiss_span_cache *cache, swiss_span *span) {
    swiss_span **unused = &cache->unused[span->words];
    swiss_span_remote_of(span)->next = *unused;
    *unused = span;
    ++cache->unused_count;
}

/* NULL if the cache lacks the pages or a record. */
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

/* Gives a cache records for a class if it has none, and pages if it has none at all. Not where there is a limit: then
 * everything is to be counted as it is used. */
static void refill_cache(swiss_share *share, swiss_span_cache *cache, unsigned size_class) {
    swiss_spans *spans = share->spans;
    const swiss_tuning *tuning = swiss_share_tuning(share);
    if (tuning->soft_limit || tuning->hard_limit)
        return;
    scavenge(spans, tuning->scavenge_every);
    unsigned words = class_words(size_class);
    for (size_t bytes = cache->unused[words] ? RECORDS_BYTES : 0; bytes < RECORDS_BYTES; bytes += record_size(words)) {
        swiss_span *span = record_new(spans, words);
        if (!span)
            return;
        if (span->words !=
            words) { /* a longer one, for want of memory: create() takes it, the cache would not find it */
            record_drop(spans, span);
            return;
        }
        cache_record(cache, span);
    }
    if (!cache->pages.free)
        (void)swiss_page_cache_refill(&cache->pages, &spans->pages);
}

swiss_span *swiss_span_create(swiss_share *share, swiss_span_cache *cache, unsigned size_class, struct swiss_bin *bin) {
    if (cache)
        swiss_os_spin_acquire(&cache->lock);
    swiss_span *span = cache ? create_cached(share, cache, size_class, bin) : NULL;
    if (!span) {
        swiss_os_lock_acquire(&share->spans->lock);
        if (cache) {
            refill_cache(share, cache, size_class);
            span = create_cached(share, cache, size_class, bin);
        }
        if (!span)
            span = create(share, size_class, bin);
        swiss_os_lock_release(&share->spans->lock);
    }
    if (cache)
        swiss_os_spin_release(&cache->lock);
    return span;
}

static size_t pages_for(size_t size) {
    return (size + SWISS_PAGE_SIZE - 1) >> SWISS_PAGE_SHIFT;
}

/* A large run. A fresh one of at least a huge page begins with one: then as much of it as possible is on such. */
static char *alloc_run(swiss_spans *spans, size_t pages, size_t alignment, bool *zeroed) {
    const size_t huge = SWISS_OS_HUGE_PAGE / SWISS_PAGE_SIZE;
    bool on_huge = pages >= huge && alignment < huge && swiss_os_huge_get() != SWISS_OS_HUGE_OFF;
    return swiss_pages_alloc(&spans->pages, pages, alignment, on_huge ? huge : alignment, zeroed);
}

static swiss_span *create_large(swiss_share *share, size_t size, size_t alignment, struct swiss_bin *bin,
                                bool *zeroed) {
    swiss_spans *spans = share->spans;
    swiss_held before = held_by_all(spans);
    bool huge = size > SWISS_SEGMENT_SIZE || alignment > SWISS_SEGMENT_SIZE;
    swiss_span *span = admits(share, pages_for(size) << SWISS_PAGE_SHIFT) ? record_new(spans, 1) : NULL;
    if (!span)
        return NULL;
    char *base;
    if (!huge) {
        size_t pages = pages_for(size);
        size_t page_alignment = alignment > SWISS_PAGE_SIZE ? alignment >> SWISS_PAGE_SHIFT : 1;
        size = pages << SWISS_PAGE_SHIFT;
        base = alloc_run(spans, pages, page_alignment, zeroed);
    } else {
        size = swiss_mapping_size(size);
        base = swiss_mapping_map(&spans->mappings, size, alignment, span, zeroed);
    }
    if (!base) {
        record_drop(spans, span);
        return NULL;
    }
    record_fill(span, base, size, 1, bin);
    if (huge)
        swiss_mapping_add(&spans->mappings, span);
    span->reciprocal = 0;
    span->size_class = 0;
    atomic_store_explicit(swiss_span_bits(span), 0, memory_order_relaxed);
    atomic_store_explicit(swiss_span_state(span, 0), SWISS_SLOT_LIVE, memory_order_relaxed);
    span->used = 1;
    if (!huge)
        swiss_segment_set_owner(base, 1, span, 0);
    count_held(share, before);
    ++share->alive[0];
    return span;
}

swiss_span *swiss_span_create_large(swiss_share *share, size_t size, size_t alignment, struct swiss_bin *bin,
                                    bool *zeroed) {
    if (size > SIZE_MAX / 2 - SWISS_SEGMENT_SIZE)
        return NULL;
    swiss_os_lock_acquire(&share->spans->lock);
    swiss_span *span = create_large(share, size, alignment, bin, zeroed);
    swiss_os_lock_release(&share->spans->lock);
    return span;
}

static bool resize_large(swiss_spans *spans, swiss_span *span, size_t size) {
    if (swiss_span_is_huge(span))
        return swiss_mapping_resize(&spans->mappings, span, size);
    size_t old_pages = span->size >> SWISS_PAGE_SHIFT, pages = pages_for(size);
    if (pages < old_pages)
        swiss_pages_free(&spans->pages, span->base + (pages << SWISS_PAGE_SHIFT), old_pages - pages);
    else if (pages > old_pages && !swiss_pages_grow(&spans->pages, span->base, old_pages, pages))
        return false;
    span->size = pages << SWISS_PAGE_SHIFT;
    return true;
}

bool swiss_span_resize_large(swiss_share *share, swiss_span *span, size_t size) {
    if (size > SIZE_MAX / 2 - SWISS_SEGMENT_SIZE)
        return false;
    swiss_os_lock_acquire(&share->spans->lock);
    swiss_held before = held_by_all(share->spans);
    bool grows = size > span->size;
    bool resized = (!grows || admits(share, size - span->size)) && resize_large(share->spans, span, size);
    count_held(share, before);
    swiss_os_lock_release(&share->spans->lock);
    return resized;
}

bool swiss_spans_expect_move(swiss_spans *spans, char *to, size_t size) {
    if (!swiss_segment_of(to)) /* a mapping of its own anyhow */
        return true;
    swiss_os_lock_acquire(&spans->lock);
    bool may = swiss_pages_expect_move(&spans->pages, to, size);
    swiss_os_lock_release(&spans->lock);
    return may;
}

/* Returns what the caller is to give back without the lock, with swiss_mapping_release. */
static swiss_mapping destroy(swiss_share *share, swiss_span *span) {
    swiss_spans *spans = share->spans;
    swiss_mapping mapping = {NULL, 0};
    swiss_held before = held_by_all(spans);
    --share->alive[span->size_class];
    if (swiss_span_is_huge(span)) {
        mapping = swiss_mapping_remove(&spans->mappings, span);
    } else {
        size_t pages = span->size_class ? swiss_class_pages[span->size_class] : span->size >> SWISS_PAGE_SHIFT;
        swiss_segment_set_owner(span->base, span->size_class ? pages : 1, NULL, 0);
        swiss_pages_free(&spans->pages, span->base, pages);
    }
    record_drop(spans, span);
    count_held(share, before);
    scavenge(spans, share->tuning.scavenge_every);
    return mapping;
}

/* False if the pages are not of the cache's piece, or it has enough records. Sets *touched to the touched pages in the cache.
 * */
static bool destroy_cached(swiss_span_cache *cache, swiss_span *span, size_t *touched) {
    size_t pages = swiss_class_pages[span->size_class];
    swiss_os_spin_acquire(&cache->lock);
    bool fits = cache->unused_count < RECORDS_MOST && swiss_page_cache_put(&cache->pages, span->base, pages);
    if (fits) {
        swiss_segment_set_owner(span->base, pages, NULL, 0);
        --cache->alive[span->size_class];
        cache_record(cache, span);
        *touched = swiss_page_cache_touched(&cache->pages);
    }
    swiss_os_spin_release(&cache->lock);
    return fits;
}

swiss_mapping swiss_span_drop(swiss_share *share, swiss_span *span) {
    swiss_os_lock_acquire(&share->spans->lock);
    swiss_mapping mapping = destroy(share, span);
    swiss_os_lock_release(&share->spans->lock);
    return mapping;
}

void swiss_span_destroy(swiss_share *share, swiss_span_cache *cache, swiss_span *span, size_t most) {
    size_t touched;
    if (!cache || !destroy_cached(cache, span, &touched))
        swiss_mapping_release(swiss_span_drop(share, span));
    else if (touched > most)
        swiss_span_cache_flush(share->spans, cache);
}

bool swiss_span_free_large(swiss_share *share, const struct swiss_bin *bin, const void *block) {
    swiss_os_lock_acquire(&share->spans->lock);
    swiss_span *span =
        swiss_segment_find(block); /* looked up again: another thread may have freed it, against the rules */
    bool found = span && !span->size_class && span->base == block &&
                 atomic_load_explicit(&span->bin, memory_order_relaxed) == bin;
    swiss_mapping mapping = found ? destroy(share, span) : (swiss_mapping){NULL, 0};
    swiss_os_lock_release(&share->spans->lock);
    swiss_mapping_release(mapping);
    return found;
}

void swiss_spans_add_cache(swiss_spans *spans, swiss_span_cache *cache) {
    swiss_os_lock_acquire(&spans->lock);
    cache->next = atomic_load_explicit(&spans->caches, memory_order_relaxed);
    atomic_store_explicit(&spans->caches, cache, memory_order_release);
    swiss_os_lock_release(&spans->lock);
}

static swiss_span_cache *first_cache(swiss_spans *spans) {
    return atomic_load_explicit(&spans->caches, memory_order_acquire);
}

void swiss_span_cache_flush(swiss_spans *spans, swiss_span_cache *cache) {
    swiss_os_spin_acquire(&cache->lock);
    swiss_os_lock_acquire(&spans->lock);
    swiss_page_cache_flush(&cache->pages, &spans->pages);
    for (unsigned words = 0; words < sizeof cache->unused / sizeof *cache->unused; ++words)
        for (swiss_span *span; (span = cache->unused[words]);) {
            cache->unused[words] = swiss_span_remote_of(span)->next;
            record_drop(spans, span);
        }
    cache->unused_count = 0;
    swiss_os_lock_release(&spans->lock);
    swiss_os_spin_release(&cache->lock);
}

void swiss_spans_flush(swiss_spans *spans) {
    for (swiss_span_cache *cache = first_cache(spans); cache; cache = cache->next)
        swiss_span_cache_flush(spans, cache);
}

/* Lets go of the locks of a cache and those added before it. */
static void release_caches(swiss_span_cache *cache) {
    for (; cache; cache = cache->next)
        swiss_os_spin_release(&cache->lock);
}

void swiss_spans_stop(swiss_spans *spans) {
    for (;;) {
        swiss_span_cache *first = first_cache(spans);
        for (swiss_span_cache *cache = first; cache; cache = cache->next)
            swiss_os_spin_acquire(&cache->lock);
        swiss_os_lock_acquire(&spans->lock);
        if (first == first_cache(spans))
            return; /* and as long as the lock is held no cache is added */
        swiss_os_lock_release(&spans->lock);
        release_caches(first);
    }
}

void swiss_spans_go(swiss_spans *spans) {
    swiss_span_cache *first = first_cache(spans);
    swiss_os_lock_release(&spans->lock);
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
    swiss_os_lock_acquire(&spans->lock);
    size_t pages = swiss_pages_release(&spans->pages);
    swiss_mapping mapping = swiss_mapping_drop(&spans->mappings);
    swiss_os_lock_release(&spans->lock);
    swiss_mapping_release(mapping);
    return pages * SWISS_PAGE_SIZE + mapping.size;
}

void swiss_spans_destroy(swiss_spans *spans) {
    while (spans->mappings.first)
        swiss_mapping_release(swiss_mapping_remove(&spans->mappings, spans->mappings.first));
    swiss_mapping_release(swiss_mapping_drop(&spans->mappings));
    swiss_pages_destroy(&spans->pages);
    while (spans->chunks) {
        char *chunk = spans->chunks;
        spans->chunks = *(char **)(void *)chunk;
        swiss_os_release(chunk, CHUNK_BYTES);
    }
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
    memset(spans->unused, 0, sizeof spans->unused);
    spans->chunk = spans->chunk_end = NULL;
    spans->chunk_bytes = 0;
    atomic_store_explicit(&spans->caches, NULL, memory_order_relaxed);
    swiss_os_lock_release(&spans->lock);
    return true;
}

void swiss_span_walk(const swiss_span *span, void (*visit)(void *argument, void *block, size_t size), void *argument) {
    for (uint32_t slot = 0; slot < span->slots; ++slot)
        if (swiss_span_is_taken(span, slot))
            visit(argument, span->base + slot * span->size, span->size);
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
    for (swiss_span *span = spans->mappings.first; span; span = swiss_span_remote_of(span)->next)
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

void swiss_span_collect(swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    for (unsigned word = 0; word < span->words; ++word) {
        if (!atomic_load_explicit(&remote->freed[word], memory_order_relaxed))
            continue;
        uint64_t freed = atomic_exchange_explicit(&remote->freed[word], 0, memory_order_acquire);
        _Atomic(uint64_t) *bits = &swiss_span_bits(span)[word];
        uint64_t before = atomic_load_explicit(bits, memory_order_relaxed);
        freed &= ~before; /* freed by two threads at once: misuse */
        atomic_store_explicit(bits, before | freed, memory_order_relaxed);
        span->used = (uint16_t)(span->used - swiss_bits_count(freed));
    }
}

static bool load_word(swiss_span *span) {
    for (unsigned word = 0; word < span->words; ++word) {
        span->window = atomic_load_explicit(&swiss_span_bits(span)[word], memory_order_relaxed);
        if (!span->window)
            continue;
        span->cursor = (uint8_t)word;
        span->used = (uint16_t)(span->used + swiss_bits_count(span->window));
        return true;
    }
    return false;
}

bool swiss_span_load(swiss_span *span) {
    if (load_word(span))
        return true;
    swiss_span_collect(span);
    return load_word(span);
}

void swiss_span_unload(swiss_span *span) {
    span->used = (uint16_t)(span->used - swiss_bits_count(span->window));
    span->window = 0;
}
