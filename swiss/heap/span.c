/* span.c - spans.
 *
 * A span is a run of pages cut into equal slots, or a run of pages that is one large block. Its record lies apart from
 * its pages, so that a block that overflows cannot destroy it, and so that looking for a free slot touches no page of
 * blocks. Which slots are free is kept in bits, one per slot, a set bit for a free one.
 *
 * The Go runtime's spans allocate from a 64-bit window of such bits, the alloc cache: count the trailing zeros, clear the
 * bit, and nothing but the window has been written. The bitmap behind it is not touched, since the collector, which alone
 * frees, rebuilds it as a whole; until then a slot is known to be allocated by lying below the free index.
 *
 * Here blocks are freed one by one, and a slot should be usable again at once. So the window does not shadow a word of
 * the bitmap, it *holds* it: to refill the cache moves a word out of the bitmap and leaves 0 behind. Every free slot then
 * has its bit in exactly one place, and that place follows from its number:
 *
 *      slot / 64 == cursor:  in the cache          otherwise:  in bits[slot / 64]
 *
 *      words   0 1 0 1 ...       which words of the bitmap have a bit left
 *      bits    0 x 0 x ...       word 2, under the cursor, has moved
 *                  |
 *      cache       x             taken from the lowest bit up
 *
 * Taking a slot writes only the cache and a counter, all in the first cache line of the record. Freeing sets one bit, in
 * the cache if the slot is near the last ones taken: it is then among the next to be reused, while still in the cache of
 * the processor. That a slot is allocated is known exactly and at all times, so a second free of the same block is seen.
 * A span has at most 1024 slots, 16 words, and a mask of the words that are not 0 finds the next one without a
 * search. So everything here is O(1).
 *
 * Records come in chunks from the operating system and go to a list when their span is gone. They are never given back.
 */
#include "span.h"
#include "os.h"
#include <string.h>

#define CHUNK_BYTES ((size_t)64 * 1024) /* of records: 341 of them, and a whole number of system pages everywhere */
#define RECORD_BYTES ((sizeof(swiss_span) + 63) & ~(size_t)63) /* a record begins with a cache line */

static swiss_span *record_new(swiss_spans *spans) {
    swiss_span *span = spans->unused;
    if (span) {
        spans->unused = span->next;
        return span;
    }
    if ((size_t)(spans->chunk_end - spans->chunk) < RECORD_BYTES) {
        char *chunk = swiss_os_alloc(CHUNK_BYTES);
        if (!chunk)
            return NULL;
        spans->chunk = chunk;
        spans->chunk_end = chunk + CHUNK_BYTES;
        spans->chunk_bytes += CHUNK_BYTES;
    }
    span = (swiss_span *)(void *)spans->chunk;
    spans->chunk += RECORD_BYTES;
    return span;
}

static void record_drop(swiss_spans *spans, swiss_span *span) {
    span->next = spans->unused;
    spans->unused = span;
}

swiss_span *swiss_span_create(swiss_spans *spans, unsigned size_class) {
    swiss_span *span = record_new(spans);
    if (!span)
        return NULL;
    bool zeroed;
    size_t pages = swiss_class_pages[size_class];
    char *base = swiss_pages_alloc(&spans->pages, pages, 1, span, &zeroed);
    if (!base) {
        record_drop(spans, span);
        return NULL;
    }
    unsigned slots = (unsigned)(pages * SWISS_PAGE_SIZE / swiss_class_size[size_class]);
    unsigned words = (slots + 63) / 64;
    *span = (swiss_span){
        .base = base,
        .size = swiss_class_size[size_class],
        .reciprocal = swiss_class_reciprocal[size_class],
        .slots = (uint16_t)slots,
        .free = (uint16_t)slots,
        .words = (uint16_t)(swiss_bits_low(words) & ~UINT64_C(1)),
        .size_class = (uint8_t)size_class,
    };
    for (unsigned word = 1; word < words; ++word)
        span->bits[word] = swiss_bits_low(slots - word * 64 < 64 ? slots - word * 64 : 64);
    span->cache = swiss_bits_low(slots < 64 ? slots : 64);
    return span;
}

static size_t pages_for(size_t size) {
    return (size + SWISS_PAGE_SIZE - 1) >> SWISS_PAGE_SHIFT;
}

/* Whole pages of the heap and of the system: what a huge block of `size` bytes takes. */
static size_t huge_size(size_t size) {
    return swiss_os_round(pages_for(size) << SWISS_PAGE_SHIFT);
}

/* A large run. One of at least a huge page begins with one if it can be had so: then as much of it as possible is on such. */
static char *alloc_run(swiss_spans *spans, size_t pages, size_t alignment, swiss_span *span, bool *zeroed) {
    const size_t huge = SWISS_OS_HUGE_PAGE / SWISS_PAGE_SIZE;
    char *base = NULL;
    if (pages >= huge && alignment < huge && swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
        base = swiss_pages_alloc(&spans->pages, pages, huge, span, zeroed);
    return base ? base : swiss_pages_alloc(&spans->pages, pages, alignment, span, zeroed);
}

swiss_span *swiss_span_create_large(swiss_spans *spans, size_t size, size_t alignment, bool *zeroed) {
    if (size > SIZE_MAX / 2 - SWISS_SEGMENT_SIZE)
        return NULL;
    swiss_span *span = record_new(spans);
    if (!span)
        return NULL;
    char *base;
    if (size <= SWISS_SEGMENT_SIZE) {
        size_t pages = pages_for(size);
        size_t page_alignment = alignment > SWISS_PAGE_SIZE ? alignment >> SWISS_PAGE_SHIFT : 1;
        size = pages << SWISS_PAGE_SHIFT;
        base = alloc_run(spans, pages, page_alignment, span, zeroed);
    } else {
        size = huge_size(size);
        base = swiss_segment_map_huge(size, span);
        *zeroed = true;
    }
    if (!base) {
        record_drop(spans, span);
        return NULL;
    }
    if (size > SWISS_SEGMENT_SIZE) {
        spans->huge_bytes += size;
        spans->huge_reserved += swiss_segment_huge_reserved(size);
    }
    *span = (swiss_span){.base = base, .size = size, .slots = 1};
    return span;
}

/* A huge block has its size committed and may grow up to the next multiple of a segment. */
static bool resize_huge(swiss_spans *spans, swiss_span *span, size_t size) {
    size = huge_size(size);
    if (swiss_segment_huge_reserved(size) != swiss_segment_huge_reserved(span->size))
        return false;
    if (size > span->size) {
        if (!swiss_os_commit(span->base + span->size, size - span->size))
            return false;
        if (swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
            swiss_os_advise_huge(span->base, size);
    } else if (size < span->size) {
        swiss_os_decommit(span->base + size, span->size - size);
    }
    spans->huge_bytes += size - span->size;
    span->size = size;
    return true;
}

bool swiss_span_resize_large(swiss_spans *spans, swiss_span *span, size_t size) {
    if (size > SIZE_MAX / 2 - SWISS_SEGMENT_SIZE || (size > SWISS_SEGMENT_SIZE) != swiss_span_is_huge(span))
        return false;
    if (swiss_span_is_huge(span))
        return resize_huge(spans, span, size);
    size_t old_pages = span->size >> SWISS_PAGE_SHIFT, pages = pages_for(size);
    if (pages < old_pages)
        swiss_pages_free(&spans->pages, span->base + (pages << SWISS_PAGE_SHIFT), old_pages - pages);
    else if (pages > old_pages && !swiss_pages_grow(&spans->pages, span->base, old_pages, pages, span))
        return false;
    span->size = pages << SWISS_PAGE_SHIFT;
    return true;
}

void swiss_span_destroy(swiss_spans *spans, swiss_span *span) {
    if (swiss_span_is_huge(span)) {
        spans->huge_bytes -= span->size;
        spans->huge_reserved -= swiss_segment_huge_reserved(span->size);
        swiss_segment_forget_huge(span->base, span->size);
    } else {
        size_t pages = span->size_class ? swiss_class_pages[span->size_class] : span->size >> SWISS_PAGE_SHIFT;
        swiss_pages_free(&spans->pages, span->base, pages);
    }
    record_drop(spans, span);
}
