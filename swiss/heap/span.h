/* span.h - a run of pages cut into equal slots. Explained at the top of span.c. */
#ifndef SWISS_HEAP_SPAN_H
#define SWISS_HEAP_SPAN_H

#include "bits.h"
#include "pages.h"
#include "sizeclass.h"

typedef struct swiss_span {
    /* One cache line for every allocation and most frees. */
    uint64_t cache;          /* the free slots among the 64 of word `cursor` */
    char *base;              /* the first slot, page-aligned */
    size_t size;             /* bytes of a slot; of a large block, all of its pages */
    struct swiss_span *next; /* central's list, or the list of unused records */
    struct swiss_span *prev;
    uint32_t reciprocal; /* of size, for finding the slot of an address; 0 in a large block */
    uint16_t slots;      /* how many there are */
    uint16_t free;       /* how many of them are free */
    uint16_t words;      /* bit w is set if bits[w] is not 0 */
    uint8_t cursor;
    uint8_t size_class; /* 0: one large block */
    /* The free slots of the other words; always 0 for the word in the cache. */
    uint64_t bits[SWISS_SPAN_SLOTS_MAX / 64];
} swiss_span;

/* A heap's page heap, and the records of the spans made from it. */
typedef struct swiss_spans {
    swiss_pages pages;
    swiss_span *unused;      /* records that may be used again */
    char *chunk, *chunk_end; /* where new records are cut from */
    size_t chunk_bytes;      /* taken from the system for records */
    size_t huge_bytes;       /* of huge blocks, and the address space reserved for them */
    size_t huge_reserved;
} swiss_spans;

/* A new span of `size_class`, all slots free. NULL when out of memory. */
swiss_span *swiss_span_create(swiss_spans *spans, unsigned size_class);

/* A new span of one block of `size` bytes, at least 1, aligned to `alignment`, at most SWISS_SEGMENT_SIZE. The block is
 * allocated. Sets *zeroed to whether its memory is known to be zero. NULL when out of memory. */
swiss_span *swiss_span_create_large(swiss_spans *spans, size_t size, size_t alignment, bool *zeroed);

/* Changes the size of a large block without moving it. False where that cannot be done: then nothing has changed. */
bool swiss_span_resize_large(swiss_spans *spans, swiss_span *span, size_t size);

/* Gives the pages of a span back, if they came from a segment. A huge block is only forgotten: the caller then passes its
 * base and swiss_segment_huge_reserved(size), read before, to swiss_os_release. */
void swiss_span_destroy(swiss_spans *spans, swiss_span *span);

/* Whether a span has a mapping of its own. */
SWISS_ALWAYS_INLINE bool swiss_span_is_huge(const swiss_span *span) {
    return span->size > SWISS_SEGMENT_SIZE;
}

/* Takes a free slot of a span that has one. O(1). */
SWISS_ALWAYS_INLINE void *swiss_span_take(swiss_span *span) {
    if (SWISS_UNLIKELY(!span->cache)) {
        span->cursor = (uint8_t)swiss_bits_lowest(span->words);
        span->cache = span->bits[span->cursor];
        span->bits[span->cursor] = 0;
        span->words = (uint16_t)(span->words & (span->words - 1));
    }
    uint32_t slot = span->cursor * 64u + swiss_bits_lowest(span->cache);
    span->cache &= span->cache - 1;
    --span->free;
    return span->base + slot * span->size;
}

/* The slot that begins at `block`, an address inside the span; UINT32_MAX if none begins there. O(1). */
SWISS_ALWAYS_INLINE uint32_t swiss_span_slot(const swiss_span *span, const void *block) {
    size_t offset = (size_t)((const char *)block - span->base);
    if (SWISS_UNLIKELY(!span->reciprocal))
        return offset ? UINT32_MAX : 0;
    uint32_t slot = swiss_class_divide((uint32_t)offset, span->reciprocal);
    return slot < span->slots && slot * span->size == offset ? slot : UINT32_MAX;
}

/* Whether `slot` is allocated. O(1). */
SWISS_ALWAYS_INLINE bool swiss_span_is_taken(const swiss_span *span, uint32_t slot) {
    uint64_t free_slots = slot >> 6 == span->cursor ? span->cache : span->bits[slot >> 6];
    return !(free_slots >> (slot & 63) & 1);
}

/* Frees `slot`, which is allocated. O(1). */
SWISS_ALWAYS_INLINE void swiss_span_give(swiss_span *span, uint32_t slot) {
    uint64_t bit = UINT64_C(1) << (slot & 63);
    uint32_t word = slot >> 6;
    if (word == span->cursor) {
        span->cache |= bit;
    } else {
        span->bits[word] |= bit;
        span->words = (uint16_t)(span->words | 1u << word);
    }
    ++span->free;
}

#endif
