/* large.c - large blocks: of more than 32 KiB, or aligned to more than a page.
 *
 *      up to 64 MiB    a run of pages of a segment; its first page leads to the span
 *      beyond          a mapping of its own (mapping.c), listed in the page heap's `mapped`
 *
 * Each is a span of one slot, with a record of its own (record.c), which says where it begins and how long it is.
 *
 * Those of the default heap up to 4 MiB have the size of a class (sizeclass.c), of which a thread caches a few that it
 * has freed (cache.c): they never get here while it uses them again. The first page leads to the class, too. If the
 * heap has a limit, nothing is rounded up, and no thread caches them.
 *
 * Alloc. Asks the limits, takes a record, and then a run of pages or a mapping.
 *
 * Free. Gives the run back to the page heap. A mapping is ended under the lock, and given back without it.
 *
 * Resize. In place: grows if what follows is free, and shrinks. A mapping stays in its segments, or goes on into those
 * of the one that is kept. A block that grows to 4 MiB moves once, to where a huge page begins (heap.c): from then on
 * its pages can be moved.
 *
 * All of it under the lock of the page heap.
 */
#include "large.h"
#include "validate.h"

static bool has_class(const swiss_share *share, size_t size) {
    return share->main && size > SWISS_SMALL_MAX && size <= SWISS_LARGE_MAX;
}

/* Returns the pages of a block of `size` bytes. */
static size_t pages_for(const swiss_share *share, size_t size) {
    if (has_class(share, size) && !share->limits.soft_limit && !share->limits.hard_limit)
        size = swiss_class_large_size(swiss_class_of_large(size));
    return (size + SWISS_PAGE_SIZE - 1) >> SWISS_PAGE_SHIFT;
}

/* Lets the first page of a run lead to its span. */
static void set_owner(const swiss_share *share, const swiss_span *span) {
    unsigned size_class = has_class(share, span->size) ? swiss_class_of_large(span->size) : 0;
    bool exact = size_class && swiss_class_large_size(size_class) == span->size;
    swiss_segment_set_owner(span->base, 1, span, exact ? size_class : 0);
}

/* Returns a run of pages. A fresh run of at least a huge page begins with a huge page, so that as many as possible back
 * it. */
static char *alloc_run(swiss_spans *spans, size_t pages, size_t alignment, bool *zeroed) {
    const size_t huge = SWISS_OS_HUGE_PAGE / SWISS_PAGE_SIZE;
    bool on_huge = pages >= huge && alignment < huge && swiss_os_huge_get() != SWISS_OS_HUGE_OFF;
    return swiss_pages_alloc(&spans->pages, pages, alignment, on_huge ? huge : alignment, zeroed);
}

static void list_mapped(swiss_spans *spans, swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    remote->prev = NULL;
    remote->next = spans->mapped;
    if (spans->mapped)
        swiss_span_remote_of(spans->mapped)->prev = span;
    spans->mapped = span;
}

static void unlist_mapped(swiss_spans *spans, swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    if (remote->prev)
        swiss_span_remote_of(remote->prev)->next = remote->next;
    else
        spans->mapped = remote->next;
    if (remote->next)
        swiss_span_remote_of(remote->next)->prev = remote->prev;
}

static swiss_span *create_large(swiss_share *share, size_t size, size_t alignment, struct swiss_bin *bin,
                                bool *zeroed) {
    swiss_spans *spans = share->spans;
    swiss_held before = swiss_spans_held(spans);
    bool huge = size > SWISS_SEGMENT_SIZE || alignment > SWISS_SEGMENT_SIZE;
    swiss_span *span = swiss_share_admits(share, pages_for(share, size) << SWISS_PAGE_SHIFT)
                           ? swiss_record_take(&spans->records, &spans->pages, 1)
                           : NULL;
    if (!span)
        return NULL;
    char *base;
    if (!huge) {
        size_t pages = pages_for(share, size);
        size_t page_alignment = alignment > SWISS_PAGE_SIZE ? alignment >> SWISS_PAGE_SHIFT : 1;
        size = pages << SWISS_PAGE_SHIFT;
        base = alloc_run(spans, pages, page_alignment, zeroed);
    } else {
        size = swiss_mapping_size(size);
        base = swiss_mapping_make(&spans->mappings, size, alignment, span, zeroed);
    }
    if (!base) {
        swiss_record_give(&spans->records, span);
        return NULL;
    }
    swiss_record_fill(span, base, size, 1, bin);
    if (huge)
        list_mapped(spans, span);
    span->reciprocal = 0;
    span->size_class = 0;
    atomic_store_explicit(swiss_span_bits(span), 0, memory_order_relaxed);
    atomic_store_explicit(swiss_span_state(span, 0), SWISS_SLOT_LIVE, memory_order_relaxed);
    span->used = 1;
    if (!huge)
        set_owner(share, span);
    swiss_share_count(share, before);
    swiss_share_note_peak(share);
    ++share->alive[0];
    share->large_bytes += size;
    atomic_store_explicit(&share->large_mallocs, atomic_load_explicit(&share->large_mallocs, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    SWISS_VALIDATE_SPAN(span);
    SWISS_VALIDATE_PAGES(&spans->pages);
    return span;
}

swiss_span *swiss_large_create(swiss_share *share, size_t size, size_t alignment, struct swiss_bin *bin, bool *zeroed) {
    if (size > SIZE_MAX / 2 - SWISS_SEGMENT_SIZE)
        return NULL;
    swiss_os_lock_acquire(&share->spans->lock, SWISS_RANK_PAGES);
    swiss_span *span = create_large(share, size, alignment, bin, zeroed);
    swiss_os_lock_release(&share->spans->lock, SWISS_RANK_PAGES);
    return span;
}

static bool resize_mapped(swiss_spans *spans, swiss_span *span, size_t size) {
    bool resized = swiss_mapping_resize(&spans->mappings, (swiss_mapping){span->base, span->size}, size, span);
    if (resized)
        span->size = size;
    return resized;
}

static bool resize_large(swiss_share *share, swiss_span *span, size_t size) {
    swiss_spans *spans = share->spans;
    if (swiss_large_is_mapped(span))
        return resize_mapped(spans, span, swiss_mapping_size(size));
    size_t old_pages = span->size >> SWISS_PAGE_SHIFT, pages = pages_for(share, size);
    if (pages < old_pages)
        swiss_pages_free(&spans->pages, span->base + (pages << SWISS_PAGE_SHIFT), old_pages - pages);
    else if (pages > old_pages && !swiss_pages_grow(&spans->pages, span->base, old_pages, pages))
        return false;
    span->size = pages << SWISS_PAGE_SHIFT;
    set_owner(share, span);
    return true;
}

bool swiss_large_resize(swiss_share *share, swiss_span *span, size_t size) {
    if (size > SIZE_MAX / 2 - SWISS_SEGMENT_SIZE)
        return false;
    swiss_os_lock_acquire(&share->spans->lock, SWISS_RANK_PAGES);
    swiss_held before = swiss_spans_held(share->spans);
    bool grows = size > span->size;
    size_t old_size = span->size;
    bool resized = (!grows || swiss_share_admits(share, size - old_size)) && resize_large(share, span, size);
    swiss_share_count(share, before);
    swiss_share_note_peak(share);
    share->large_bytes += span->size > old_size ? span->size - old_size : 0;
    SWISS_VALIDATE_SPAN(span);
    SWISS_VALIDATE_PAGES(&share->spans->pages);
    swiss_os_lock_release(&share->spans->lock, SWISS_RANK_PAGES);
    return resized;
}

bool swiss_large_expect_move(swiss_spans *spans, char *to, size_t size) {
    if (!swiss_segment_of(to)) /* a mapping of its own */
        return true;
    swiss_os_lock_acquire(&spans->lock, SWISS_RANK_PAGES);
    bool may = swiss_pages_expect_move(&spans->pages, to, size);
    swiss_os_lock_release(&spans->lock, SWISS_RANK_PAGES);
    return may;
}

static swiss_mapping drop_large(swiss_share *share, swiss_span *span) {
    swiss_spans *spans = share->spans;
    swiss_mapping mapping = {NULL, 0};
    swiss_held before = swiss_spans_held(spans);
    SWISS_VALIDATE_SPAN(span);
    --share->alive[0];
    if (swiss_large_is_mapped(span)) {
        unlist_mapped(spans, span);
        mapping = swiss_mapping_end(&spans->mappings, (swiss_mapping){span->base, span->size});
    } else {
        swiss_segment_set_owner(span->base, 1, NULL, 0);
        swiss_pages_free(&spans->pages, span->base, span->size >> SWISS_PAGE_SHIFT);
    }
    swiss_record_give(&spans->records, span);
    swiss_share_count(share, before);
    SWISS_VALIDATE_PAGES(&spans->pages);
    swiss_limits_scavenge(&spans->pages, &spans->mappings, share->limits.scavenge_every);
    return mapping;
}

swiss_mapping swiss_large_drop(swiss_share *share, swiss_span *span) {
    swiss_os_lock_acquire(&share->spans->lock, SWISS_RANK_PAGES);
    swiss_mapping mapping = drop_large(share, span);
    swiss_os_lock_release(&share->spans->lock, SWISS_RANK_PAGES);
    return mapping;
}

bool swiss_large_free(swiss_share *share, const struct swiss_bin *bin, const void *block) {
    swiss_os_lock_acquire(&share->spans->lock, SWISS_RANK_PAGES);
    swiss_span *span = swiss_segment_find(block); /* looked up again: by mistake, another thread may have freed it */
    bool found = span && !span->size_class && span->base == block &&
                 atomic_load_explicit(&span->bin, memory_order_relaxed) == bin && swiss_span_is_taken(span, 0);
    swiss_mapping mapping = found ? drop_large(share, span) : (swiss_mapping){NULL, 0};
    swiss_os_lock_release(&share->spans->lock, SWISS_RANK_PAGES);
    swiss_mapping_release(mapping);
    return found;
}
