/* radix.h - the segments of a page heap, and a tree that finds the first with room. Explained at the top of radix.c. */
#ifndef SWISS_HEAP_RADIX_H
#define SWISS_HEAP_RADIX_H

#include "segment.h"

#define SWISS_RADIX_SHIFT 4                          /* a node stands for 16 of the level below */
#define SWISS_RADIX_FANOUT (1u << SWISS_RADIX_SHIFT) /* = a cache line of them */
#define SWISS_RADIX_LEVELS 6                         /* 16 million segments: more than an address has bits for */

/* What of a segment there is to look for. */
typedef enum swiss_radix_kind {
    SWISS_RADIX_REUSABLE, /* its longest reusable run */
    SWISS_RADIX_TAIL,     /* the free run that ends with it */
    SWISS_RADIX_KINDS
} swiss_radix_kind;

/* The longest run of each kind in a segment, or in all segments below, in pages. */
typedef struct swiss_radix_node {
    uint16_t longest[SWISS_RADIX_KINDS];
} swiss_radix_node;

/* All zero: no segments. */
typedef struct swiss_radix {
    swiss_segment **segments; /* in the order of their addresses */
    size_t count;
    unsigned height; /* levels in use; there is room for SWISS_RADIX_FANOUT to the power of it segments */
    swiss_radix_node *levels[SWISS_RADIX_LEVELS]; /* [0]: one per segment; above, one per SWISS_RADIX_FANOUT below */
} swiss_radix;

/* Adds a segment, all of whose pages are fresh. False when out of memory: then nothing has changed. O(segments). */
bool swiss_radix_insert(swiss_radix *radix, swiss_segment *segment);

/* Says what a segment has now. O(1) if that is what it had, else O(log segments). */
void swiss_radix_set(swiss_radix *radix, const swiss_segment *segment, swiss_radix_kind kind, uint32_t pages);

/* The first segment from index `from` on with a run of at least `count` pages, 1 or more; radix->count if none has.
 * O(log segments). */
size_t swiss_radix_next(const swiss_radix *radix, size_t from, swiss_radix_kind kind, uint32_t count);

/* The longest run of that kind in any segment. O(1). */
uint32_t swiss_radix_longest(const swiss_radix *radix, swiss_radix_kind kind);

/* The index of the segment that holds `address`; radix->count if none does. O(log segments). */
size_t swiss_radix_find(const swiss_radix *radix, const void *address);

/* The bytes of its memory. */
size_t swiss_radix_bytes(const swiss_radix *radix);

/* Gives its memory back, not that of the segments. */
void swiss_radix_destroy(swiss_radix *radix);

SWISS_ALWAYS_INLINE uint32_t swiss_radix_get(const swiss_radix *radix, const swiss_segment *segment,
                                             swiss_radix_kind kind) {
    return radix->levels[0][segment->index].longest[kind];
}

#endif
