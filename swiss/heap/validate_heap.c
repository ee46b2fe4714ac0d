/* validate_heap.c - what must hold of bins, of all spans together, of thread caches and of the list of heaps.
 *
 *      fork, swiss_heap_destroy    each time, all or the heap's own
 *      swiss_heap_trim, refills    all, once the calls since the last time outweigh the time that it takes
 *
 * With all locks held everything stays as it is but what other threads do to their own caches and to the spans of
 * these, to the bytes of blocks, and what they free in the spans of others. So only the cache of the calling thread,
 * parked ones and those that were taken are looked into. After a fork the child leaves the others alone, too: their
 * threads may have been anywhere. A block in a cache is free, but not in its span's bitmaps, so of a heap with
 * caches it is not known how many such there are; of a heap of one's own, which has none, each slot is either alive or
 * in a bitmap.
 */
#include "validate_heap.h"
#include "large.h"
#include "runs.h"
#include "validate.h"

#ifdef SWISS_VALIDATE

/* Bins ---------------------------------------------------------------------------------------------------------- */

/* Looks at what full says of a span. */
static const char *wrong_full(const swiss_bin *bin, const swiss_span *span) {
    if (span->used != span->slots || span->window)
        return "a full span has a free slot that its owner knows of";
    return span->armed || !bin->share->main ? NULL : "a full span does not wait for others to free a slot";
}

/* True if there is a slot neither alive nor in one of the bitmaps. */
static bool has_slot_at_hand(const swiss_span *span) {
    for (uint32_t slot = 0; slot < span->slots; ++slot) {
        uint64_t free = swiss_span_bits(span)[slot >> 6] | swiss_span_remote_of(span)->freed[slot >> 6];
        if (!(free >> (slot & 63) & 1) && !swiss_span_is_taken(span, slot))
            return true;
    }
    return false;
}

/* Looks at one span that the bin owns. */
static const char *wrong_owned(const swiss_bin *bin, const swiss_span *span, unsigned size_class) {
    if (atomic_load_explicit(&span->bin, memory_order_relaxed) != bin)
        return "a span is in the list of another owner than its own";
    if (span->size_class != size_class)
        return "a span is of another class than its bin";
    const char *wrong = swiss_span_validate(span);
    if (!wrong && span->full)
        wrong = wrong_full(bin, span);
    if (!wrong && span->spare && !bin->spare)
        wrong = "a span is kept as empty whose owner may keep none";
    if (!wrong && !bin->share->main && has_slot_at_hand(span))
        wrong = "a slot of a heap without caches is neither alive nor free";
    return wrong;
}

/* Looks at the list of spans that may have a free slot, `count` of them. */
static const char *wrong_listed(const swiss_bin *bin, size_t count) {
    const swiss_span *last = NULL;
    bool has_empty = !bin->empty;
    for (const swiss_span *span = bin->first; span; span = swiss_span_remote_of(span)->next) {
        if (swiss_span_remote_of(span)->prev != last)
            return "the list of spans to allocate from is broken";
        if (span->full || atomic_load_explicit(&span->bin, memory_order_relaxed) != bin)
            return "a span is listed that is full or of another owner";
        has_empty |= span == bin->empty;
        --count; /* below zero, modulo SIZE_MAX + 1, if there are too many */
        last = span;
    }
    if (bin->last != last)
        return "the last listed span is another one";
    if (count)
        return "not all owned spans that are not full are listed, once each";
    if (!has_empty || (bin->empty && bin->empty->used))
        return "the span that is kept as empty is not listed, or has slots in use";
    return NULL;
}

const char *swiss_bin_validate(const swiss_bin *bin, unsigned size_class) {
    const swiss_span *last = NULL;
    size_t listed = 0;
    if (bin->owned && !bin->share)
        return "a bin without a share has spans";
    for (const swiss_span *span = bin->owned; span; span = swiss_span_remote_of(span)->next_owned) {
        if (swiss_span_remote_of(span)->prev_owned != last)
            return "the list of all spans of an owner is broken";
        const char *wrong = wrong_owned(bin, span, size_class);
        if (wrong)
            return wrong;
        listed += size_class && !span->full;
        last = span;
    }
    const swiss_span *span = atomic_load_explicit(&bin->announced, memory_order_acquire);
    for (; span; span = atomic_load_explicit(&swiss_span_remote_of(span)->announced, memory_order_relaxed))
        if (atomic_load_explicit(&span->bin, memory_order_relaxed) != bin || !span->armed ||
            atomic_load_explicit(&swiss_span_remote_of(span)->waiting, memory_order_relaxed))
            return "a span is announced that did not wait for it, or to another owner than its own";
    return wrong_listed(bin, listed);
}

/* All spans of a page heap --------------------------------------------------------------------------------------- */

typedef struct span_sums {
    const char *wrong;
    size_t pages, bytes, reserved;   /* in spans; and of mappings */
    size_t alive[SWISS_CLASS_COUNT]; /* spans of the main share */
} span_sums;

static void add_span(void *argument, swiss_span *span) {
    span_sums *sums = argument;
    if (!sums->wrong)
        sums->wrong = swiss_record_validate(span);
    if (sums->wrong)
        return;
    const swiss_bin *bin = atomic_load_explicit(&span->bin, memory_order_acquire);
    sums->alive[span->size_class] += bin && bin->share && bin->share->main;
    if (!span->size_class && swiss_large_is_mapped(span)) {
        sums->bytes += span->size;
        sums->reserved += swiss_segment_huge_reserved(span->size);
        return;
    }
    const swiss_segment *segment = swiss_segment_of(span->base);
    uint32_t first = (uint32_t)((size_t)(span->base - segment->base) >> SWISS_PAGE_SHIFT);
    uint32_t pages = (uint32_t)(span->size >> SWISS_PAGE_SHIFT);
    pages = span->size_class ? swiss_class_pages[span->size_class] : pages;
    sums->pages += pages;
    if (pages > SWISS_SEGMENT_PAGES - first || swiss_runs_next_free(segment, first, first + pages) < first + pages)
        sums->wrong = "a page of a span is free in the page heap";
}

static const char *wrong_unused(swiss_span *const *unused, size_t *count) {
    *count = 0;
    for (unsigned words = 0; words < SWISS_RECORD_KINDS; ++words)
        for (const swiss_span *span = unused[words]; span; span = swiss_span_remote_of(span)->next, ++*count)
            if (span->words != words)
                return "an unused record is in the list of records of another length";
    return NULL;
}

/* Looks at all spans, and adds them up. */
static const char *wrong_spans(swiss_spans *spans, span_sums *sums) {
    size_t count;
    const swiss_span *last = NULL;
    sums->wrong = swiss_pages_validate(&spans->pages);
    if (!sums->wrong)
        sums->wrong = wrong_unused(spans->records.unused, &count);
    for (const swiss_span *span = spans->mapped; !sums->wrong && span; span = swiss_span_remote_of(span)->next) {
        sums->wrong = swiss_span_remote_of(span)->prev != last ? "the list of mappings is broken" : NULL;
        last = span;
    }
    if (!sums->wrong)
        swiss_spans_each(spans, add_span, sums);
    const swiss_span_cache *cache = atomic_load_explicit(&spans->caches, memory_order_acquire);
    for (; cache && !sums->wrong; cache = cache->next) {
        sums->pages += swiss_bits_count(cache->pages.free);
        sums->wrong = swiss_page_cache_validate(&cache->pages);
        if (!sums->wrong)
            sums->wrong = wrong_unused(cache->unused, &count);
        if (!sums->wrong && count != cache->unused_count)
            sums->wrong = "a thread has another number of unused records than it says";
    }
    if (sums->wrong)
        return sums->wrong;
    if (sums->pages > spans->pages.used_pages) /* equal, unless the system refused to take back what was moved */
        return "spans and threads have more pages than are in use";
    if (sums->bytes != spans->mappings.bytes || sums->reserved != spans->mappings.reserved)
        return "the mappings do not have the bytes that are counted";
    return NULL;
}

const char *swiss_spans_validate(swiss_spans *spans) {
    span_sums sums = {.wrong = NULL};
    return wrong_spans(spans, &sums);
}

/* Thread caches -------------------------------------------------------------------------------------------------- */

/* Looks at one block in a cache. */
static const char *wrong_block(const swiss_block *block, unsigned size_class) {
    const swiss_span *span = swiss_segment_find(block->address);
    if (!span || span->size_class != size_class)
        return "a cached block is not of its class";
    uint32_t slot = swiss_span_slot(span, block->address);
    if (block->state != swiss_span_state(span, slot)) /* if no slot begins there, that is no slot's */
        return "a cached block does not begin at a slot, or its byte is another slot's";
    if (swiss_span_is_taken(span, slot))
        return "a cached block is alive";
    const uint64_t free = swiss_span_bits(span)[slot >> 6] | swiss_span_remote_of(span)->freed[slot >> 6];
    return free >> (slot & 63) & 1 ? "a cached block is free in its span, too" : NULL;
}

/* The blocks of a class in a cache before its stack grows by pages. */
static size_t ordinary_room(unsigned size_class) {
    size_t room = SWISS_CACHE_STACK_BYTES / swiss_class_size[size_class];
    return room < 4 ? 4 : room < SWISS_CACHE_STACK ? room : SWISS_CACHE_STACK;
}

/* Looks at the numbers of a stack. */
static const char *wrong_counts(const swiss_cache *cache, unsigned size_class) {
    const swiss_stack *stack = &cache->stacks[size_class];
    const char *begin = (const char *)(stack->blocks - cache->aside_limits[size_class]);
    const char *end = (const char *)stack->blocks + (size_t)stack->limit * SWISS_STACK_UNIT;
    uint64_t counts = cache->taken ? cache->seen_counts[size_class] : stack->counts, count = swiss_stack_count(stack);
    const bool large = size_class >= SWISS_CLASS_COUNT;
    if (stack->tag < SWISS_SLOT_TAG_MIN || stack->tag != cache->stacks[1].tag ||
        stack->reciprocal != (large ? 1 : swiss_class_reciprocal[size_class]))
        return "a stack has not the tag of its cache, or the reciprocal of its class";
    if (begin < (const char *)cache->blocks || end > (const char *)cache + swiss_cache_size() ||
        (!stack->limit && !large))
        return "a stack does not lie in the blocks of its cache";
    if ((uint16_t)stack->counts > stack->limit || (uint16_t)stack->counts % SWISS_STACK_BLOCK)
        return "a stack has more blocks than it may, or a part of a block";
    if (cache->aside[size_class] > cache->aside_limits[size_class])
        return "more blocks are set aside than may be";
    if (counts & SWISS_STACK_BORROWED)
        return "the counts of a stack have borrowed from each other";
    if ((int64_t)(swiss_cache_made(cache, size_class, counts) + (cache->taken ? 0 : count) - stack->drawn) < 0)
        return "more blocks were drawn from spans than are cached or were allocated";
    if (!cache->owner && !cache->taken && (count || cache->aside[size_class]))
        return "a parked cache has blocks";
    return NULL;
}

/* Looks at the cached blocks of a class, and its bin. Adds the pages that it uses of what the thread may keep. */
static const char *wrong_class(const swiss_cache *cache, unsigned size_class, size_t *kept) {
    const swiss_stack *stack = &cache->stacks[size_class];
    const swiss_bin *bin = &cache->bins[size_class];
    const char *wrong = wrong_counts(cache, size_class);
    if (!wrong && !cache->taken) { /* else the spans have them again, though the stack says nothing of it */
        for (uint32_t i = 0; !wrong && i < swiss_stack_count(stack); ++i)
            wrong = wrong_block(&stack->blocks[i], size_class);
        for (uint32_t i = 1; !wrong && i <= cache->aside[size_class]; ++i)
            wrong = wrong_block(stack->blocks - i, size_class);
    }
    if (!wrong && (bin->share != cache->caches->share || bin->cache != &cache->spans || bin->spare != &cache->spare))
        wrong = "a thread's bin is not tied to its cache";
    if (!wrong)
        wrong = swiss_bin_validate(bin, size_class);
    if (wrong)
        return wrong;
    for (const swiss_span *span = bin->first; span; span = swiss_span_remote_of(span)->next)
        *kept += span->spare ? swiss_class_pages[size_class] : 0u;
    size_t room = stack->limit / SWISS_STACK_BLOCK, ordinary = ordinary_room(size_class);
    *kept += room > ordinary ? (room - ordinary) * swiss_class_size[size_class] >> SWISS_PAGE_SHIFT : 0;
    return NULL;
}

/* Looks at a large block in a cache. */
static const char *wrong_large_block(const swiss_cache *cache, const swiss_block *block, unsigned size_class) {
    const swiss_span *span = swiss_segment_find(block->address);
    if (!span || swiss_owner_class32(swiss_segment_owner(block->address)) != size_class * 32u)
        return "a cached large block is not of its class";
    const char *wrong = swiss_span_validate(span);
    if (wrong)
        return wrong;
    if (atomic_load_explicit(&span->bin, memory_order_relaxed)->share != cache->caches->share)
        return "a cached large block is of another heap";
    if (block->address != span->base || block->state != swiss_span_state(span, 0))
        return "a cached large block is not where its span begins, or its byte is another's";
    return swiss_span_is_taken(span, 0) ? "a cached large block is alive" : NULL;
}

/* Looks at the large blocks of a class in a cache. Adds their room to *limits. */
static const char *wrong_large_class(const swiss_cache *cache, unsigned size_class, size_t *limits) {
    const swiss_stack *stack = &cache->stacks[size_class];
    const char *wrong = wrong_counts(cache, size_class);
    for (uint32_t i = 0; !wrong && !cache->taken && i < swiss_stack_count(stack); ++i)
        wrong = wrong_large_block(cache, &stack->blocks[i], size_class);
    *limits += stack->limit / SWISS_STACK_BLOCK * swiss_class_large_size(size_class);
    return wrong;
}

static const char *wrong_large(const swiss_cache *cache) {
    size_t limits = 0;
    uint64_t roomy = 0;
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END; ++i) {
        const char *wrong = wrong_large_class(cache, i, &limits);
        if (wrong)
            return wrong;
        roomy |= (uint64_t)(cache->stacks[i].limit > 0) << (i - SWISS_CLASS_COUNT);
    }
    if (cache->large_limits != (cache->taken ? 0 : limits) || cache->large_roomy != (cache->taken ? 0 : roomy))
        return "the room of stacks of large blocks is miscounted";
    if (cache->large_limits > cache->large_room || cache->large_room > SWISS_CACHE_LARGE_BYTES)
        return "stacks of large blocks have more room than the thread, or that has more than it may";
    return (!cache->owner || cache->taken) && cache->large_room
               ? "a cache that no thread uses has room for large blocks"
               : NULL;
}

const char *swiss_cache_validate(const swiss_cache *cache) {
    size_t kept = cache->spare.pages;
    if (cache->absent || cache->stacks[0].reciprocal || cache->stacks[0].counts || cache->bins[0].owned)
        return "a cache is none, or holds blocks of class 0";
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        const char *wrong = wrong_class(cache, i, &kept);
        if (wrong)
            return wrong;
    }
    const char *wrong = wrong_large(cache);
    if (wrong)
        return wrong;
    if (cache->spare.limit < SWISS_SPARE_LEAST || cache->spare.limit > SWISS_SPARE_MOST)
        return "a thread may keep fewer pages than all may, or more";
    return !cache->taken && kept != cache->spare.limit ? "the pages that a thread may still keep are miscounted" : NULL;
}

/* The registry --------------------------------------------------------------------------------------------------- */

/* True if no one changes what the cache holds. */
static bool is_still(const swiss_cache *cache, const swiss_cache *parked) {
    while (parked && parked != cache)
        parked = parked->next_parked;
    return parked || cache->taken || (cache->owner == &swiss_thread_mine && !swiss_thread_mine.busy);
}

/* Looks at the lists of caches: each is parked, or a thread's, or its thread ends or was left behind by a fork. */
static const char *wrong_caches(const swiss_caches *caches) {
    size_t all = 0, parked = 0;
    const swiss_span_cache *spans = atomic_load_explicit(&caches->share->spans->caches, memory_order_acquire);
    for (const swiss_cache *cache = caches->all; cache; cache = cache->next, spans = spans->next, ++all) {
        if (spans != &cache->spans || cache->caches != caches)
            return "a cache is not of these caches, or its spans are not known";
        if (cache->owner && cache->owner->owned != cache)
            return "a thread that owns a cache knows another one";
        if (cache->taken && cache->owner && !atomic_load_explicit(&cache->owner->revoked, memory_order_relaxed))
            return "a cache was taken from a thread that still uses it";
    }
    if (spans)
        return "the spans of a cache are known that is not among the caches";
    for (const swiss_cache *cache = caches->parked; cache; cache = cache->next_parked)
        if (cache->owner || ++parked > all)
            return "a parked cache has an owner, or is parked twice";
    for (const swiss_cache *cache = caches->all; cache; cache = cache->next) {
        const char *wrong = is_still(cache, caches->parked) ? swiss_cache_validate(cache) : NULL;
        if (wrong)
            return wrong;
    }
    return NULL;
}

/* Looks at the centrals of a heap, and counts their spans. */
static const char *wrong_centrals(swiss_heap *heap, size_t *alive, swiss_held *held) {
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i) {
        const swiss_central *central = swiss_heap_central(heap, i);
        if (!central)
            continue;
        if (!atomic_load_explicit(&central->lock, memory_order_relaxed))
            return "the lock of a central is not held";
        if (central->bin.share != &heap->share && (central->bin.share || !swiss_heap_is_main(heap)))
            return "a central has the share of another heap";
        const char *wrong = swiss_bin_validate(&central->bin, i);
        if (wrong)
            return wrong;
        for (const swiss_span *span = central->bin.owned; span; span = swiss_span_remote_of(span)->next_owned) {
            bool mapped = !i && swiss_large_is_mapped(span);
            ++alive[i];
            held->huge_bytes += mapped ? span->size : 0;
            held->huge_reserved += mapped ? swiss_segment_huge_reserved(span->size) : 0;
            held->pages += mapped ? 0 : i ? swiss_class_pages[i] : span->size >> SWISS_PAGE_SHIFT;
        }
    }
    return NULL;
}

/* Looks at a heap of one's own, and adds what it holds to *lent. */
static const char *wrong_own_heap(swiss_heap *heap, swiss_held *lent) {
    size_t alive[SWISS_CLASS_COUNT] = {0};
    const swiss_held counted = heap->share.held;
    swiss_held held = {0, 0, 0};
    const char *wrong = wrong_centrals(heap, alive, &held);
    if (wrong)
        return wrong;
    if (held.pages != counted.pages || held.huge_bytes != counted.huge_bytes ||
        held.huge_reserved != counted.huge_reserved)
        return "a heap does not hold what is counted for it";
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        if (alive[i] != heap->share.alive[i])
            return "a heap has not as many spans of a class as are counted";
    lent->pages += held.pages;
    lent->huge_bytes += held.huge_bytes;
    lent->huge_reserved += held.huge_reserved;
    return NULL;
}

/* Looks at how many spans of each class the default heap has. */
static const char *wrong_main_heap(swiss_spans *spans) {
    span_sums sums = {.wrong = NULL};
    size_t alive[SWISS_CLASS_COUNT] = {0};
    swiss_held held = {0, 0, 0};
    const char *wrong = wrong_spans(spans, &sums);
    for (unsigned i = 0; !wrong && i < SWISS_CLASS_COUNT; ++i) {
        size_t counted = swiss_heap_main.heap.share.alive[i];
        for (const swiss_span_cache *cache = spans->caches; cache; cache = cache->next)
            counted += cache->alive[i];
        wrong = counted != sums.alive[i] ? "the default heap has not as many spans of a class as are counted" : NULL;
    }
    return wrong ? wrong : wrong_centrals(&swiss_heap_main.heap, alive, &held);
}

const char *swiss_registry_validate(void) {
    const swiss_held all_lent = swiss_heap_main.spans.lent;
    swiss_held lent = {0, 0, 0};
    swiss_heap *before = &swiss_heap_main.heap;
    const char *wrong = wrong_main_heap(&swiss_heap_main.spans);
    if (!wrong)
        wrong = wrong_caches(&swiss_heap_main.caches);
    for (swiss_heap *heap = before->next; !wrong && heap; before = heap, heap = heap->next)
        wrong = heap->prev != before ? "the list of heaps is broken" : wrong_own_heap(heap, &lent);
    if (wrong)
        return wrong;
    /* What a heap holds that is just being destroyed is lent, but to none of these. */
    if (lent.pages > all_lent.pages || lent.huge_bytes > all_lent.huge_bytes ||
        lent.huge_reserved > all_lent.huge_reserved)
        return "heaps hold more than is lent to them";
    return NULL;
}

/* With all locks held: about how long it takes to validate all, as multiples of a span. */
static size_t cost_of_all(void) {
    const swiss_pages *pages = &swiss_heap_main.spans.pages;
    size_t cost = 64 * pages->tree.count + pages->used_pages;
    for (const swiss_cache *cache = swiss_heap_main.caches.all; cache; cache = cache->next)
        cost += 16;
    for (const swiss_heap *heap = swiss_heap_main.heap.next; heap; heap = heap->next)
        cost += 16;
    return cost;
}

static _Atomic(size_t) credit, enough = 256; /* validated once so much has happened */

const char *swiss_heap_validate(void) {
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    for (swiss_heap *heap = &swiss_heap_main.heap; heap; heap = heap->next)
        swiss_heap_stop(heap);
    swiss_spans_stop(&swiss_heap_main.spans);
    const char *wrong = swiss_registry_validate();
    atomic_store_explicit(&enough, 16 * cost_of_all(), memory_order_relaxed);
    swiss_spans_go(&swiss_heap_main.spans);
    for (swiss_heap *heap = &swiss_heap_main.heap; heap; heap = heap->next)
        swiss_heap_go(heap);
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    return wrong;
}

const char *swiss_heap_validate_seldom(size_t weight) {
    size_t now = atomic_fetch_add_explicit(&credit, weight, memory_order_relaxed) + weight;
    if (now < atomic_load_explicit(&enough, memory_order_relaxed) || swiss_os_passes())
        return NULL;
    atomic_store_explicit(&credit, 0, memory_order_relaxed);
    swiss_thread_set_locking(true);
    const char *wrong = swiss_heap_validate();
    swiss_thread_set_locking(false);
    return wrong;
}

#endif
