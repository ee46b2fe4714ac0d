/* segment.c - segments, and the map from an address to its span.
 *
 * A segment is 64 MiB of address space aligned to 64 MiB, 8192 pages of 8 KiB (the Go runtime's heapArena). All of it is
 * blocks: its record, with the page bitmap and one span pointer per page, lies elsewhere, so that a block may be as large
 * and as aligned as a whole segment, and a page of records is touched only when its pages are used.
 *
 * From an address to its span, for a free that is given nothing but a pointer:
 *
 *      47       37 36       26 25       13 12        0
 *     +-----------+-----------+-----------+-----------+
 *     |   root    |   leaf    |   page    |  in page  |
 *     +-----------+-----------+-----------+-----------+
 *          |            |           |
 *      root[...] -> leaf[...] -> segment->spans[...] -> span
 *
 * Root and leaves have 2048 entries of 8 bytes. A program's segments usually share one leaf (128 GiB of addresses), so in
 * practice two loads that stay in the cache lead to the segment. Addresses have 48 bits: what systems hand out
 * unless a program asks for more. Should one hand out more, the memory is refused rather than lost track of.
 *
 * A block larger than a segment is huge: it gets a mapping of its own, a whole number of segments of address space of
 * which only its size is committed, and every entry of the map that it covers leads straight to its span. Freed, it goes
 * back to the system at once: mappings this large are worth more to the machine than to a free list.
 *
 * The map belongs to the process, not to a heap: whoever frees must find a block's span whichever heap it came from. So
 * its entries are atomic; each is written only under the lock of the heap that owns the address space behind it.
 */
#include "segment.h"
#include "os.h"
#include <string.h>

_Atomic(swiss_segment_leaf *) swiss_segment_root[1 << SWISS_MAP_BITS];

/* The leaf that holds the entry of `address`, made if there is none yet. NULL when out of memory, or when the address has
 * more than 48 bits. */
static swiss_segment_leaf *leaf_of(uint64_t address) {
    uint64_t top = address >> (SWISS_SEGMENT_SHIFT + SWISS_MAP_BITS);
    if (top >> SWISS_MAP_BITS)
        return NULL;
    swiss_segment_leaf *leaf = atomic_load_explicit(&swiss_segment_root[top], memory_order_acquire);
    if (leaf)
        return leaf;
    swiss_segment_leaf *made = swiss_os_alloc(sizeof *made);
    if (!made)
        return NULL;
    if (atomic_compare_exchange_strong(&swiss_segment_root[top], &leaf, made))
        return made;
    swiss_os_release(made, swiss_os_round(sizeof *made)); /* another heap was faster */
    return leaf;
}

/* Lets the `size` bytes from `address`, whole segments, lead to `entry`. False when out of memory: nothing has changed. */
static bool map_set(void *address, size_t size, uintptr_t entry) {
    uint64_t first = (uintptr_t)address, end = first + size;
    for (uint64_t at = first; at < end; at += SWISS_SEGMENT_SIZE)
        if (!leaf_of(at))
            return false;
    for (uint64_t at = first; at < end; at += SWISS_SEGMENT_SIZE) {
        size_t place = (size_t)(at >> SWISS_SEGMENT_SHIFT) & ((1u << SWISS_MAP_BITS) - 1);
        atomic_store_explicit(&leaf_of(at)->entries[place], entry, memory_order_release);
    }
    return true;
}

swiss_segment *swiss_segment_create(void) {
    swiss_segment *segment = swiss_os_alloc(sizeof *segment);
    if (!segment)
        return NULL;
    segment->base = swiss_os_reserve(SWISS_SEGMENT_SIZE, SWISS_SEGMENT_SIZE);
    if (segment->base && map_set(segment->base, SWISS_SEGMENT_SIZE, (uintptr_t)segment)) {
        memset(segment->free, 0xFF, sizeof segment->free);
        return segment;
    }
    if (segment->base)
        swiss_os_release(segment->base, SWISS_SEGMENT_SIZE);
    swiss_os_release(segment, swiss_os_round(sizeof *segment));
    return NULL;
}

void swiss_segment_destroy(swiss_segment *segment) {
    (void)map_set(segment->base, SWISS_SEGMENT_SIZE, 0);
    swiss_os_release(segment->base, SWISS_SEGMENT_SIZE);
    swiss_os_release(segment, swiss_os_round(sizeof *segment));
}

size_t swiss_segment_huge_reserved(size_t size) {
    return (size + SWISS_SEGMENT_SIZE - 1) & ~(SWISS_SEGMENT_SIZE - 1);
}

void *swiss_segment_map_huge(size_t size, struct swiss_span *span) {
    size_t reserved = swiss_segment_huge_reserved(size);
    void *address = swiss_os_reserve(reserved, SWISS_SEGMENT_SIZE);
    if (!address)
        return NULL;
    if (swiss_os_commit(address, size) && map_set(address, reserved, (uintptr_t)span | 1)) {
        if (swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
            swiss_os_advise_huge(address, size);
        return address;
    }
    swiss_os_release(address, reserved);
    return NULL;
}

void swiss_segment_forget_huge(void *address, size_t size) {
    (void)map_set(address, swiss_segment_huge_reserved(size), 0);
}
