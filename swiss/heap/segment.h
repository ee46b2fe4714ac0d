/* segment.h - segments of 64 MiB, and the map from an address to its span. Explained at the top of segment.c. */
#ifndef SWISS_HEAP_SEGMENT_H
#define SWISS_HEAP_SEGMENT_H

#include "swiss/base.h"
#include <stdatomic.h>

SWISS_BEGIN_HIDDEN

#define SWISS_PAGE_SHIFT 13
#define SWISS_PAGE_SIZE ((size_t)1 << SWISS_PAGE_SHIFT)
#define SWISS_SEGMENT_SHIFT 26
#define SWISS_SEGMENT_SIZE ((size_t)1 << SWISS_SEGMENT_SHIFT)
#define SWISS_SEGMENT_PAGES 8192u
#define SWISS_CHUNK_PAGES 512u
#define SWISS_MAP_SIZE ((size_t)1 << (SWISS_ADDRESS_BITS - SWISS_SEGMENT_SHIFT))
/* The bits of an address that a program is given if it does not ask for more. */
#if UINTPTR_MAX == UINT32_MAX
#    define SWISS_ADDRESS_BITS 32
#elif defined(__x86_64__) || defined(_M_X64)
#    define SWISS_ADDRESS_BITS 47
#else
#    define SWISS_ADDRESS_BITS 48
#endif

struct swiss_span; /* some tiers up; only its address matters here */

/* The owner of a page: its span, if the page is of a span of slots or the first of a large block; else 0. If thread
 * caches may hold the page's slots, it also has all that freeing one needs first, in places where a mask alone gets it:
 *
 *      63                           16 15    12 11        5 4   0
 *     +-------------------------------+--------+-----------+-----+
 *     |    address of the span - 1    |  page  |   class   |  0  |
 *     +-------------------------------+--------+-----------+-----+
 *
 * "Page" is the page's number in its span: with the zeros below it, it reads as half an offset in bytes. The class
 * reads as 32 times the class, for an array of entries of that size. The byte in front of a span is the state byte of
 * its first slot.
 */
typedef uint64_t swiss_owner;

SWISS_ALWAYS_INLINE char *swiss_owner_front(swiss_owner owner) {
    return (char *)(uintptr_t)(owner >> 16);
}

SWISS_ALWAYS_INLINE struct swiss_span *swiss_owner_span(swiss_owner owner) {
    return owner ? (struct swiss_span *)(void *)(swiss_owner_front(owner) + 1) : NULL;
}

SWISS_ALWAYS_INLINE size_t swiss_owner_class32(swiss_owner owner) {
    return (size_t)owner & 0xFE0;
}

SWISS_ALWAYS_INLINE size_t swiss_owner_offset(swiss_owner owner) {
    return ((size_t)owner & 0xF000) << (SWISS_PAGE_SHIFT - 12);
}

typedef struct swiss_segment {
    _Atomic(uint64_t) owners[SWISS_SEGMENT_PAGES]; /* of each page a swiss_owner */
    char *base;
    uint32_t index;     /* its place in the tree (longest.c) */
    uint32_t reserved;  /* pages [0, reserved) are reserved: all, unless address space is limited */
    uint32_t committed; /* pages [0, committed) may be touched */
    uint32_t top;       /* pages [0, top) have been in use; those above were never touched and are zero */
    uint32_t summaries[SWISS_SEGMENT_PAGES / SWISS_CHUNK_PAGES]; /* of the chunks; summary.h tells what they say */
    uint64_t free[SWISS_SEGMENT_PAGES / 64];                     /* a set bit: the page is free */
    uint64_t released[SWISS_SEGMENT_PAGES /
                      64]; /* a set bit: the page is free, below the top, was given back, and is zero */
    uint64_t young[SWISS_SEGMENT_PAGES / 64]; /* a set bit: the page was freed since the last scavenging */
} swiss_segment;

/* Returns a new segment: reserved, nothing committed, all pages free, known to the address map. NULL when out of
 * memory. */
swiss_segment *swiss_segment_create(void);

/* Reserves at least the first `pages` pages of a segment. Returns false if the system refuses. */
bool swiss_segment_reserve(swiss_segment *segment, uint32_t pages);

/* Gives back the address space of the last SWISS_CHUNK_PAGES reserved pages of a segment, none of them in use. Returns
 * false if they are all that it has, or if the system refuses: then nothing has changed. */
bool swiss_segment_unreserve(swiss_segment *segment);

/* Gives back all of a segment, and its record. */
void swiss_segment_destroy(swiss_segment *segment);

/* Returns a mapping for a huge block of `size` bytes, a multiple of the system page size: committed, zero, aligned to
 * SWISS_SEGMENT_SIZE and to `alignment`. The address map leads from all of it to `span`. NULL when out of memory. */
void *swiss_segment_map_huge(size_t size, size_t alignment, struct swiss_span *span);

/* Lets the address map lead from such a mapping, which was forgotten, to another span. */
void swiss_segment_find_huge(void *address, size_t size, struct swiss_span *span);

/* Returns the bytes of address space that swiss_segment_map_huge(size) reserves. */
size_t swiss_segment_huge_reserved(size_t size);

/* Takes a huge block out of the address map. The caller then gives its memory back, without a lock, because it may take
 * long: swiss_os_release(address, swiss_segment_huge_reserved(size)). */
void swiss_segment_forget_huge(void *address, size_t size);

/* The address map. An entry is 0, that of a segment (swiss_segment_entry_for), or the address of a huge block's
 * span. */
extern _Atomic(uintptr_t) swiss_segment_map[SWISS_MAP_SIZE];

/* Returns the map's entry for `address`; any address is allowed. */
SWISS_ALWAYS_INLINE uintptr_t swiss_segment_entry(const void *address) {
    uintptr_t place = (uintptr_t)address >> SWISS_SEGMENT_SHIFT;
    return SWISS_LIKELY(place < SWISS_MAP_SIZE) ? atomic_load_explicit(&swiss_segment_map[place], memory_order_acquire)
                                                : 0;
}

/* Returns the map's entry for a segment at `base`: the address where owners[] would begin if its first entry was that
 * of the page at address 0, plus 1, which tells it from a span. */
SWISS_ALWAYS_INLINE uintptr_t swiss_segment_entry_for(const swiss_segment *segment, const void *base) {
    return (uintptr_t)segment->owners - ((uintptr_t)base >> SWISS_PAGE_SHIFT) * sizeof *segment->owners + 1;
}

/* Lets `count` pages from `address` on, of one segment, lead to `span`, or to nothing if that is NULL. `size_class` is
 * not 0 if thread caches may hold the span's slots. */
void swiss_segment_set_owner(void *address, size_t count, const struct swiss_span *span, unsigned size_class);

/* Returns the segment of `address`; NULL if it lies in none. Any address is allowed. O(1). */
SWISS_ALWAYS_INLINE swiss_segment *swiss_segment_of(const void *address) {
    uintptr_t entry = swiss_segment_entry(address);
    uintptr_t first_page = (uintptr_t)address >> SWISS_SEGMENT_SHIFT << (SWISS_SEGMENT_SHIFT - SWISS_PAGE_SHIFT);
    return entry & 1 ? (swiss_segment *)(entry - 1 + first_page * sizeof(uint64_t)) : NULL;
}

/* Returns the owner of the page at `address`; any address is allowed. 0: none, or a huge block. O(1). */
SWISS_ALWAYS_INLINE swiss_owner swiss_segment_owner(const void *address) {
    uintptr_t entry = swiss_segment_entry(address);
    if (SWISS_UNLIKELY(!(entry & 1)))
        return 0;
    _Atomic(uint64_t) *owners =
        (_Atomic(uint64_t) *)(entry - 1); /* as if the first was that of the page at address 0 */
    return atomic_load_explicit(&owners[(uintptr_t)address >> SWISS_PAGE_SHIFT], memory_order_acquire);
}

/* Returns the span of the page that holds `address`; NULL if it has none. All pages of a span of slots have it, but
 * only the first of a large block. Any address is allowed. O(1). */
SWISS_ALWAYS_INLINE struct swiss_span *swiss_segment_find(const void *address) {
    uintptr_t entry = swiss_segment_entry(address);
    return entry & 1 ? swiss_owner_span(swiss_segment_owner(address)) : (struct swiss_span *)entry;
}

SWISS_END_HIDDEN

#endif
