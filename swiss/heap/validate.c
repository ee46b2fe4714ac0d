/* validate.c - what must hold of pages, of the pages in a page cache, and of spans.
 *
 * Each validator computes anew what its tier keeps up to date step by step, and compares. It writes nothing, allocates
 * nothing and takes no lock. Tiers call them at their borders, where a change is complete and the lock that made it is
 * still held: for each span that comes, goes or is handed over; for the page heap every so many calls, so that it takes
 * a small part of the time however large the heap is. The tiers above are validated in validate_heap.c.
 *
 * Only builds with SWISS_VALIDATE have any of this.
 */
#include "validate.h"
#include "bits.h"
#include "runs.h"
#include "summary.h"

#ifdef SWISS_VALIDATE

const char *swiss_longest_validate(const swiss_longest *tree) {
    if (!tree->height)
        return tree->count ? "a tree without levels has segments" : NULL;
    size_t room = (size_t)1 << SWISS_LONGEST_SHIFT * tree->height;
    if (tree->height > SWISS_LONGEST_LEVELS || tree->count > room)
        return "there are more levels or segments than the tree has room for";
    for (size_t i = 0; i < tree->count; ++i) {
        if (tree->segments[i]->index != i)
            return "a segment is not where its index says";
        if (i && (uintptr_t)tree->segments[i - 1]->base >= (uintptr_t)tree->segments[i]->base)
            return "the segments are not in the order of their addresses";
    }
    for (unsigned kind = 0; kind < SWISS_LONGEST_KINDS; ++kind) {
        for (size_t i = tree->count; i < room; ++i)
            if (tree->levels[0][i].longest[kind])
                return "a node without a segment is not zero";
        for (unsigned level = 1; level < tree->height; ++level)
            for (size_t i = 0; i < room >> SWISS_LONGEST_SHIFT * level; ++i) {
                uint16_t longest = 0;
                for (size_t below = i << SWISS_LONGEST_SHIFT; below < (i + 1) << SWISS_LONGEST_SHIFT; ++below)
                    if (longest < tree->levels[level - 1][below].longest[kind])
                        longest = tree->levels[level - 1][below].longest[kind];
                if (tree->levels[level][i].longest[kind] != longest)
                    return "a node is not the longest of those below it";
            }
    }
    return NULL;
}

/* The longest run of reusable pages of a segment, found in the bitmap alone. */
static uint32_t longest_in_bitmap(const swiss_segment *segment) {
    uint32_t longest = 0, end = 0;
    for (uint32_t start = 0; start < segment->top; start = end) {
        start = swiss_runs_next_free(segment, start, segment->top);
        end = swiss_runs_next_used(segment, start, segment->top);
        longest = longest < end - start ? end - start : longest;
    }
    return longest;
}

/* Looks at where the segment is and how far it is in use. */
static const char *wrong_ends(const swiss_segment *segment) {
    if (swiss_segment_of(segment->base) != segment)
        return "the address map does not lead to a segment";
    if (segment->top > segment->committed || segment->committed > segment->reserved ||
        segment->reserved > SWISS_SEGMENT_PAGES)
        return "a segment has more pages in use than committed, or more committed than reserved";
    if (swiss_runs_next_used(segment, segment->top, SWISS_SEGMENT_PAGES) < SWISS_SEGMENT_PAGES)
        return "a page above the top of its segment is in use";
    if (swiss_runs_next(segment->released, segment->top, SWISS_SEGMENT_PAGES, 0) < SWISS_SEGMENT_PAGES)
        return "a page above the top of its segment is marked as given back";
    for (unsigned word = 0; word < SWISS_SEGMENT_PAGES / 64; ++word)
        if (segment->released[word] & ~segment->free[word])
            return "a page in use is marked as given back";
    return NULL;
}

/* Looks at what follows from the segment's bitmap. */
static const char *wrong_summaries(const swiss_pages *pages, const swiss_segment *segment) {
    for (uint32_t chunk = 0; chunk < SWISS_SEGMENT_PAGES / SWISS_CHUNK_PAGES; ++chunk)
        if (segment->summaries[chunk] != swiss_summary_make(segment, chunk))
            return "a summary is not what the bitmap of its chunk says";
    if (swiss_longest_get(&pages->tree, segment, SWISS_LONGEST_REUSABLE) != longest_in_bitmap(segment))
        return "the tree does not say how long the longest reusable run of a segment is";
    uint32_t tail = SWISS_SEGMENT_PAGES - swiss_runs_start(segment, SWISS_SEGMENT_PAGES, 0);
    if (swiss_longest_get(&pages->tree, segment, SWISS_LONGEST_TAIL) != tail)
        return "the tree does not say how long the free tail of a segment is";
    uint32_t first = swiss_runs_next_free(segment, 0, segment->top);
    if (first < segment->top && pages->hint > (uintptr_t)segment->base + first * SWISS_PAGE_SIZE)
        return "a page below the hint is reusable";
    return NULL;
}

const char *swiss_pages_validate(const swiss_pages *pages) {
    size_t used = 0, touched = 0, committed = 0;
    const char *wrong = swiss_longest_validate(&pages->tree);
    for (size_t i = 0; !wrong && i < pages->tree.count; ++i) {
        const swiss_segment *segment = pages->tree.segments[i];
        touched += segment->top;
        committed += segment->committed;
        for (unsigned word = 0; word < SWISS_SEGMENT_PAGES / 64; ++word) {
            used += swiss_bits_count(~segment->free[word]);
            touched -= swiss_bits_count(segment->released[word]);
        }
        wrong = wrong_ends(segment);
        if (!wrong)
            wrong = wrong_summaries(pages, segment);
    }
    if (wrong)
        return wrong;
    if (pages->used_pages != used)
        return "the pages in use are not as many as the bitmaps say";
    if (pages->touched_pages != touched)
        return "the touched pages are not those below the tops that were not given back";
    if (pages->committed_pages != committed)
        return "the committed pages are not those of all segments";
    return pages->moved_count > SWISS_PAGES_MOVED ? "too many runs are known to have been moved to" : NULL;
}

bool swiss_validate_is_due(const swiss_pages *pages) {
    static _Atomic(size_t) calls;
    return atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) % (64 + 16 * pages->tree.count) == 0;
}

const char *swiss_page_cache_validate(const swiss_page_cache *cache) {
    if (cache->zero & ~cache->free)
        return "a page outside the page cache is known to be zero in it";
    if (!cache->piece)
        return cache->free ? "a page cache has pages of no piece" : NULL;
    const swiss_segment *segment = swiss_segment_of(cache->piece);
    if (!segment || (uintptr_t)cache->piece % (64 * SWISS_PAGE_SIZE))
        return "the piece that a thread has pages of is not 64 pages of a segment";
    if (cache->free & segment->free[(size_t)(cache->piece - segment->base) / (64 * SWISS_PAGE_SIZE)])
        return "a page of a page cache is free in the page heap";
    for (uint64_t left = cache->free; left; left &= left - 1)
        if (swiss_segment_owner(cache->piece + swiss_bits_lowest(left) * SWISS_PAGE_SIZE))
            return "a page of a page cache belongs to a span";
    return NULL;
}

/* Looks at what the class of a span of small blocks, and its place, make of it. */
static const char *wrong_place(const swiss_span *span) {
    const unsigned size_class = span->size_class, pages = swiss_class_pages[size_class];
    if (span->size != swiss_class_size[size_class] || span->reciprocal != swiss_class_reciprocal[size_class] ||
        span->slots != pages * SWISS_PAGE_SIZE / span->size)
        return "a span has not the slots of its class";
    for (unsigned page = 0; page < pages; ++page) {
        swiss_owner owner = swiss_segment_owner(span->base + page * SWISS_PAGE_SIZE);
        if (swiss_owner_span(owner) != span)
            return "a page of a span does not lead to it";
        size_t class32 = swiss_owner_class32(owner); /* 0 where no thread's cache holds its slots */
        if (class32 && (class32 != size_class * 32u || swiss_owner_offset(owner) != page * SWISS_PAGE_SIZE))
            return "a page of a span leads to another class, or another page of it";
    }
    return NULL;
}

const char *swiss_record_validate(const swiss_span *span) {
    if (span->size_class >= SWISS_CLASS_COUNT || span->words >= SWISS_RECORD_KINDS || span->slots > span->words * 64u)
        return "a record has a class that is none, or is too short for its slots";
    if ((uintptr_t)span->base % SWISS_PAGE_SIZE)
        return "a span does not begin with a page";
    if (span->size_class)
        return wrong_place(span);
    if (span->slots != 1 || span->reciprocal || span->size % SWISS_PAGE_SIZE || !span->size)
        return "a large block is not one slot of whole pages";
    if (swiss_segment_find(span->base) != span)
        return "a large block's first page does not lead to it";
    size_t size_class = swiss_owner_class32(swiss_segment_owner(span->base)) / 32;
    return size_class && (size_class < SWISS_CLASS_COUNT || swiss_class_large_size((unsigned)size_class) != span->size)
               ? "a large block's first page leads to another class"
               : NULL;
}

/* Looks at 64 slots, and adds those that are free in the bitmap to *free. Slots freed by others are read before their
 * bytes, which those have written before. */
static const char *wrong_slots(const swiss_span *span, unsigned word, unsigned *free) {
    const uint64_t freed = atomic_load(&swiss_span_remote_of(span)->freed[word]);
    const uint64_t bits = atomic_load_explicit(&swiss_span_bits(span)[word], memory_order_relaxed);
    const unsigned first = word * 64, slots = span->slots > first ? span->slots - first : 0u;
    const uint64_t none = ~swiss_bits_low(slots < 64 ? slots : 64);
    if ((bits | freed) & none)
        return "a slot behind the last one is free";
    if (bits & freed)
        return "a slot that is free already was freed by others";
    for (uint64_t left = bits | freed | none; left; left &= left - 1)
        if (swiss_span_is_taken(span, first + swiss_bits_lowest(left)))
            return "the byte of a slot that is free, or behind the last one, says that its block is alive";
    *free += swiss_bits_count(bits);
    return NULL;
}

const char *swiss_span_validate(const swiss_span *span) {
    unsigned free = 0;
    const char *wrong = swiss_record_validate(span);
    for (unsigned word = 0; !wrong && word < span->words; ++word)
        wrong = wrong_slots(span, word, &free);
    if (wrong)
        return wrong;
    if (span->cursor >= span->words || span->window & ~swiss_span_bits(span)[span->cursor])
        return "a slot in the window is not free";
    if (span->used != span->slots - free + swiss_bits_count(span->window))
        return "the used slots are not all but those that are free and not in the window";
    if (!span->size_class && free) /* one that a thread caches has only its byte to say so */
        return "a large block is free";
    if (span->spare && span->used)
        return "a span that is kept as empty has slots in use";
    if (!span->armed && atomic_load_explicit(&swiss_span_remote_of(span)->waiting, memory_order_relaxed))
        return "a span waits for others to free a slot, and its owner does not know";
    return NULL;
}

#endif
