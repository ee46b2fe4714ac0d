/* longest.h - the segments of a page heap, and a tree that finds the first with room. Explained at the top of
 * longest.c. */
#ifndef SWISS_HEAP_LONGEST_H
#define SWISS_HEAP_LONGEST_H

#include "segment.h"

SWISS_BEGIN_HIDDEN

#define SWISS_LONGEST_SHIFT 4                            /* a node stands for 16 of the level below */
#define SWISS_LONGEST_FANOUT (1u << SWISS_LONGEST_SHIFT) /* = a cache line of them */
#define SWISS_LONGEST_LEVELS 6                           /* 16 million segments: more than an address has bits for */

/* The two runs of a segment that the tree can look for. */
typedef enum swiss_longest_kind {
    SWISS_LONGEST_REUSABLE, /* its longest reusable run */
    SWISS_LONGEST_TAIL,     /* the free run that ends with it */
    SWISS_LONGEST_KINDS
} swiss_longest_kind;

/* The length of the longest run of each kind in a segment, or in all segments below, in pages. */
typedef struct swiss_longest_node {
    uint16_t longest[SWISS_LONGEST_KINDS];
} swiss_longest_node;

/* All zero: no segments. */
typedef struct swiss_longest {
    swiss_segment **segments; /* in the order of their addresses */
    size_t count;
    unsigned height; /* levels in use; there is room for SWISS_LONGEST_FANOUT to the power of it segments */
    swiss_longest_node
        *levels[SWISS_LONGEST_LEVELS]; /* [0]: one per segment; above, one per SWISS_LONGEST_FANOUT below */
} swiss_longest;

/* Adds a segment, all of whose pages are fresh. Returns false when out of memory: then nothing has changed.
 * O(segments). */
bool swiss_longest_insert(swiss_longest *tree, swiss_segment *segment);

/* Sets the length of a segment's run of that kind. O(1) if nothing changes, else O(log segments). */
void swiss_longest_set(swiss_longest *tree, const swiss_segment *segment, swiss_longest_kind kind, uint32_t pages);

/* Returns the index of the first segment, from index `from` on, with a run of at least `count` pages, 1 or more;
 * tree->count if none has. O(log segments). */
size_t swiss_longest_next(const swiss_longest *tree, size_t from, swiss_longest_kind kind, uint32_t count);

/* Returns the length of the longest run of that kind in any segment. O(1). */
uint32_t swiss_longest_of_all(const swiss_longest *tree, swiss_longest_kind kind);

/* Returns the index of the segment that holds `address`; tree->count if none does. O(log segments). */
size_t swiss_longest_find(const swiss_longest *tree, const void *address);

/* Returns the bytes of the tree's memory. */
size_t swiss_longest_bytes(const swiss_longest *tree);

/* Gives the tree's memory back to the system, not that of the segments. */
void swiss_longest_destroy(swiss_longest *tree);

SWISS_ALWAYS_INLINE uint32_t swiss_longest_get(const swiss_longest *tree, const swiss_segment *segment,
                                               swiss_longest_kind kind) {
    return tree->levels[0][segment->index].longest[kind];
}

SWISS_END_HIDDEN

#endif
