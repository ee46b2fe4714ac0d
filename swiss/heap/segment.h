/* segment.h - segments of 64 MiB, and the map from an address to its span. Explained at the top of segment.c. */
#ifndef SWISS_HEAP_SEGMENT_H
#define SWISS_HEAP_SEGMENT_H

#include "swiss/base.h"
#include <stdatomic.h>

#define SWISS_PAGE_SHIFT 13
#define SWISS_PAGE_SIZE ((size_t)1 << SWISS_PAGE_SHIFT)
#define SWISS_SEGMENT_SHIFT 26
#define SWISS_SEGMENT_SIZE ((size_t)1 << SWISS_SEGMENT_SHIFT)
#define SWISS_SEGMENT_PAGES 8192u
#define SWISS_MAP_BITS 11 /* of each level of the address map: 2 * 11 + 26 = 48 bits of address */

struct swiss_span; /* two tiers up; here only its address matters */

typedef struct swiss_segment {
    char *base;
    uint32_t index;     /* its place in the page heap's address-ordered array */
    uint32_t committed; /* pages [0, committed) may be touched */
    uint32_t top;       /* pages [0, top) have been in use; those above were never touched and are zero */
    uint32_t lowest;    /* no page below this one is free */
    uint64_t free[SWISS_SEGMENT_PAGES / 64];     /* a set bit: the page is free */
    uint64_t released[SWISS_SEGMENT_PAGES / 64]; /* a set bit: it is free, below the top, was given back, and is zero */
    uint64_t young[SWISS_SEGMENT_PAGES / 64];    /* a set bit: it was freed since the last scavenging */
    _Atomic(struct swiss_span *) spans[SWISS_SEGMENT_PAGES]; /* what each page belongs to; NULL: to none */
} swiss_segment;

/* A new segment, reserved, nothing committed, all pages free, known to the address map. NULL when out of memory. */
swiss_segment *swiss_segment_create(void);

/* Gives back all of a segment, and its record. */
void swiss_segment_destroy(swiss_segment *segment);

/* A mapping of its own for a block of `size` bytes, larger than a segment, a multiple of the system page size: committed,
 * zero, aligned to SWISS_SEGMENT_SIZE, all of its addresses found as `span`. NULL when out of memory. */
void *swiss_segment_map_huge(size_t size, struct swiss_span *span);

/* The address space that swiss_segment_map_huge(size) reserved, in bytes. */
size_t swiss_segment_huge_reserved(size_t size);

/* Takes a huge block out of the address map. The caller then gives its memory back: swiss_os_release(address,
 * swiss_segment_huge_reserved(size)), which may take long and needs no lock. */
void swiss_segment_forget_huge(void *address, size_t size);

/* An entry of the address map is 0, the address of a segment, or that of a huge block's span with the lowest bit set. */
typedef struct swiss_segment_leaf {
    _Atomic(uintptr_t) entries[1 << SWISS_MAP_BITS];
} swiss_segment_leaf;

extern _Atomic(swiss_segment_leaf *) swiss_segment_root[1 << SWISS_MAP_BITS];

/* The map's entry for `address`; any address may be asked for. */
SWISS_ALWAYS_INLINE uintptr_t swiss_segment_entry(const void *address) {
    uint64_t bits = (uintptr_t)address;
    uint64_t top = bits >> (SWISS_SEGMENT_SHIFT + SWISS_MAP_BITS);
    if (SWISS_UNLIKELY(top >> SWISS_MAP_BITS))
        return 0;
    swiss_segment_leaf *leaf = atomic_load_explicit(&swiss_segment_root[top], memory_order_acquire);
    if (SWISS_UNLIKELY(!leaf))
        return 0;
    size_t place = (size_t)(bits >> SWISS_SEGMENT_SHIFT) & ((1u << SWISS_MAP_BITS) - 1);
    return atomic_load_explicit(&leaf->entries[place], memory_order_acquire);
}

/* The segment of `address`, which lies in one. */
SWISS_ALWAYS_INLINE swiss_segment *swiss_segment_of(const void *address) {
    return (swiss_segment *)swiss_segment_entry(address);
}

/* The span that holds `address`, or NULL if none does. Any address may be asked for. O(1). */
SWISS_ALWAYS_INLINE struct swiss_span *swiss_segment_find(const void *address) {
    uintptr_t entry = swiss_segment_entry(address);
    if (SWISS_UNLIKELY(entry & 1))
        return (struct swiss_span *)(entry - 1);
    if (SWISS_UNLIKELY(!entry))
        return NULL;
    size_t page = ((uintptr_t)address >> SWISS_PAGE_SHIFT) & (SWISS_SEGMENT_PAGES - 1);
    return atomic_load_explicit(&((swiss_segment *)entry)->spans[page], memory_order_acquire);
}

#endif
