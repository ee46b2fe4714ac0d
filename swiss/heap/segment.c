/* segment.c - segments, and the map from an address to its span.
 *
 * A *segment* is 64 MiB of address space, aligned to 64 MiB: 8192 pages of 8 KiB (the Go runtime's heapArena). All of
 * it is for blocks. Its record, with bitmaps of pages and one owner per page, lies elsewhere. So a block may be as
 * large and as aligned as a whole segment, and a page of records is touched only when its pages are used.
 *
 *      46                26 25       13 12        0
 *     +--------------------+-----------+-----------+
 *     |        map         |   page    |  in page  |      an address
 *     +--------------------+-----------+-----------+
 *                |               |
 *            map[...] -> segment->owners[...] -> span
 *
 * Find. A free is given nothing but an address. Two loads lead to the span, as in the Go runtime. The map has an entry
 * for each 64 MiB of the addresses that a program may be given: 16 MiB of address space on x86-64, 32 MiB elsewhere, of
 * which only the pages with entries cost memory. Memory beyond the map, which a system gives only to a program that
 * asks for it, is refused. (doc/experiments.md: "The address map".)
 *
 * Create. Where a limit on address space leaves no room for a whole segment, only its first 4 MiB are reserved, at an
 * address where the rest may follow, 4 MiB at a time.
 *
 * Unreserve. Where no address space is left for a record, a free end of a segment goes back.
 *
 * Huge. A block that is larger than a segment, or aligned to more, is a mapping of its own: a whole number of segments
 * of address space, of which only its size is committed. Each entry of the map that it covers leads straight to its
 * span (mapping.c).
 *
 * The map belongs to the process, not to a heap: a free finds the block's span whichever heap it came from. So its
 * entries are atomic. Each is written only under the lock of the page heap that has the addresses; the owners of pages
 * under that lock, or under that of the span cache that has the pages.
 */
#include "segment.h"
#include "../os/os.h"
#include "swiss/align.h"
#include <string.h>

_Atomic(uintptr_t) swiss_segment_map[SWISS_MAP_SIZE];

/* Lets the map lead from the `size` bytes from `address` on, whole segments, to `entry`. Returns false if the map has
 * no such addresses. */
static bool map_set(void *address, size_t size, uintptr_t entry) {
    uintptr_t first = (uintptr_t)address >> SWISS_SEGMENT_SHIFT, count = size >> SWISS_SEGMENT_SHIFT;
    if (first + count > SWISS_MAP_SIZE)
        return false;
    for (uintptr_t i = 0; i < count; ++i)
        atomic_store_explicit(&swiss_segment_map[first + i], entry, memory_order_release);
    return true;
}

/* Reserves address space for a segment: all of it, or, where that is limited, a chunk of pages where the rest can
 * follow. */
static char *reserve(uint32_t *pages) {
    *pages = SWISS_SEGMENT_PAGES;
    char *base = swiss_os_reserve(SWISS_SEGMENT_SIZE, SWISS_SEGMENT_SIZE);
    if (base)
        return base;
    const size_t size = SWISS_CHUNK_PAGES * SWISS_PAGE_SIZE;
    char *found = swiss_os_reserve(size, size); /* where the system has room: most likely below that, too */
    if (!found)
        return NULL;
    swiss_os_release(found, size);
    *pages = SWISS_CHUNK_PAGES;
    base = found - ((uintptr_t)found & (SWISS_SEGMENT_SIZE - 1));
    for (int attempt = 0; attempt < 64 && (uintptr_t)base > SWISS_SEGMENT_SIZE; ++attempt) {
        base -= SWISS_SEGMENT_SIZE;
        if (!swiss_segment_entry(base) && swiss_os_reserve_at(base, size))
            return base;
    }
    return NULL;
}

swiss_segment *swiss_segment_create(void) {
    swiss_segment *segment = swiss_os_alloc(sizeof *segment);
    if (!segment)
        return NULL;
    segment->base = reserve(&segment->reserved);
    if (segment->base && map_set(segment->base, SWISS_SEGMENT_SIZE, swiss_segment_entry_for(segment, segment->base))) {
        memset(segment->free, 0xFF, sizeof segment->free);
        return segment;
    }
    if (segment->base)
        swiss_os_release(segment->base, segment->reserved * SWISS_PAGE_SIZE);
    swiss_os_release(segment, swiss_os_round(sizeof *segment));
    return NULL;
}

bool swiss_segment_reserve(swiss_segment *segment, uint32_t pages) {
    if (pages <= segment->reserved)
        return true;
    uint32_t more = (pages - segment->reserved + SWISS_CHUNK_PAGES - 1) & ~(SWISS_CHUNK_PAGES - 1);
    if (!swiss_os_reserve_at(segment->base + segment->reserved * SWISS_PAGE_SIZE, more * SWISS_PAGE_SIZE))
        return false;
    segment->reserved += more;
    return true;
}

bool swiss_segment_unreserve(swiss_segment *segment) {
    uint32_t pages = segment->reserved - SWISS_CHUNK_PAGES;
    if (!pages || !swiss_os_release_end(segment->base + pages * SWISS_PAGE_SIZE, SWISS_CHUNK_PAGES * SWISS_PAGE_SIZE))
        return false;
    segment->reserved = pages;
    return true;
}

void swiss_segment_destroy(swiss_segment *segment) {
    (void)map_set(segment->base, SWISS_SEGMENT_SIZE, 0);
    swiss_os_release(segment->base, segment->reserved * SWISS_PAGE_SIZE);
    swiss_os_release(segment, swiss_os_round(sizeof *segment));
}

void swiss_segment_set_owner(void *address, size_t count, const struct swiss_span *span, unsigned size_class) {
    swiss_segment *segment = swiss_segment_of(address);
    _Atomic(uint64_t) *owners = &segment->owners[(size_t)((char *)address - segment->base) >> SWISS_PAGE_SHIFT];
    swiss_owner owner = span ? ((uint64_t)(uintptr_t)span - 1) << 16 : 0;
    for (uint64_t i = 0; i < count; ++i) {
        swiss_owner place = size_class ? (uint64_t)size_class << 5 | i << 12 : 0;
        atomic_store_explicit(&owners[i], owner | place, memory_order_release);
    }
}

size_t swiss_segment_huge_reserved(size_t size) {
    return swiss_round_up(size, SWISS_SEGMENT_SIZE);
}

void *swiss_segment_map_huge(size_t size, size_t alignment, struct swiss_span *span) {
    size_t reserved = swiss_segment_huge_reserved(size);
    void *address = swiss_os_reserve(reserved, alignment > SWISS_SEGMENT_SIZE ? alignment : SWISS_SEGMENT_SIZE);
    if (!address)
        return NULL;
    if (swiss_os_commit(address, size) && map_set(address, reserved, (uintptr_t)span)) {
        if (swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
            swiss_os_advise_huge(address, size);
        return address;
    }
    swiss_os_release(address, reserved);
    return NULL;
}

void swiss_segment_find_huge(void *address, size_t size, struct swiss_span *span) {
    (void)map_set(address, swiss_segment_huge_reserved(size), (uintptr_t)span);
}

void swiss_segment_forget_huge(void *address, size_t size) {
    (void)map_set(address, swiss_segment_huge_reserved(size), 0);
}
