/* radix.c - the segments of a page heap in the order of their addresses, and above them a tree of what each has to offer.
 *
 * First fit by address looks for the first segment with a free run that is long enough. There may be thousands of segments
 * (64 GiB are 1,024), most of them full. So each has a node with the length of its longest reusable run and of its free
 * tail (pages.c tells what these are), 16 of them have one with the longest among theirs, and so on up to one level of 16:
 *
 *     levels[2]                         9                 the longest of 16 x 16 segments
 *                             /       |    |       \
 *     levels[1]             3         9    9        2     the longest of 16
 *                                  / | \
 *     levels[0]                  1   4   9                the longest of one
 *     segments[]                 |   |   |
 *
 * From the first node on that level which says enough the search goes down to the left, never in vain: at most 16 nodes per
 * level are looked at, a cache line, and three levels are enough for 4,096 segments, or 256 GiB. This is the upper part of the
 * tree of summaries in the Go runtime's page allocator. There a node has three lengths, for runs may cross from any
 * part of the address space to the next; here none crosses the end of a segment, so that the longest is all that is left
 * to know above it. And the tree stands over the segments there are, not over all that an address could be: it takes 12 bytes
 * per segment instead of half a GiB reserved. The price is that a new segment moves all nodes behind it, which is little
 * compared with touching its 64 MiB.
 *
 * Segments and nodes are one block of memory: room for 256 segments at first, which makes do with a page, then for 16 times
 * as many.
 */
#include "radix.h"
#include "os.h"
#include <string.h>

#define RADIX_HEIGHT 2

/* How many nodes a level has room for. */
static size_t level_room(unsigned height, unsigned level) {
    return (size_t)1 << SWISS_RADIX_SHIFT * (height - level);
}

static size_t radix_bytes(unsigned height) {
    size_t bytes = height ? level_room(height, 0) * sizeof(swiss_segment *) : 0;
    for (unsigned level = 0; level < height; ++level)
        bytes += level_room(height, level) * sizeof(swiss_radix_node);
    return height ? swiss_os_round(bytes) : 0;
}

/* The longest of the nodes below a node. */
static uint16_t longest_below(const swiss_radix *radix, unsigned level, size_t index, swiss_radix_kind kind) {
    const swiss_radix_node *below = radix->levels[level - 1] + (index << SWISS_RADIX_SHIFT);
    uint16_t longest = 0;
    for (unsigned i = 0; i < SWISS_RADIX_FANOUT; ++i)
        longest = longest < below[i].longest[kind] ? below[i].longest[kind] : longest;
    return longest;
}

/* Makes room for 16 times as many segments. The levels above the first are to be joined anew. False when out of memory. */
static bool radix_grow(swiss_radix *radix) {
    unsigned height = radix->height ? radix->height + 1 : RADIX_HEIGHT;
    char *block = height <= SWISS_RADIX_LEVELS ? swiss_os_alloc(radix_bytes(height)) : NULL;
    if (!block)
        return false;
    swiss_radix old = *radix;
    radix->height = height;
    radix->segments = (swiss_segment **)(void *)block;
    swiss_radix_node *nodes = (swiss_radix_node *)(void *)(radix->segments + level_room(height, 0));
    for (unsigned level = 0; level < height; ++level) {
        radix->levels[level] = nodes;
        nodes += level_room(height, level);
    }
    if (old.height) {
        memcpy(radix->segments, old.segments, old.count * sizeof *old.segments);
        memcpy(radix->levels[0], old.levels[0], old.count * sizeof *old.levels[0]);
        swiss_radix_destroy(&old);
    }
    return true;
}

bool swiss_radix_insert(swiss_radix *radix, swiss_segment *segment) {
    if ((!radix->height || radix->count == level_room(radix->height, 0)) && !radix_grow(radix))
        return false;
    swiss_radix_node *nodes = radix->levels[0];
    size_t index = radix->count++;
    for (; index > 0 && (uintptr_t)radix->segments[index - 1]->base > (uintptr_t)segment->base; --index) {
        radix->segments[index] = radix->segments[index - 1];
        radix->segments[index]->index = (uint32_t)index;
        nodes[index] = nodes[index - 1];
    }
    radix->segments[index] = segment;
    segment->index = (uint32_t)index;
    nodes[index] = (swiss_radix_node){{[SWISS_RADIX_TAIL] = SWISS_SEGMENT_PAGES}};
    for (unsigned level = 1; level < radix->height; ++level)
        for (size_t i = 0; i << SWISS_RADIX_SHIFT * level < radix->count; ++i)
            for (unsigned kind = 0; kind < SWISS_RADIX_KINDS; ++kind)
                radix->levels[level][i].longest[kind] = longest_below(radix, level, i, (swiss_radix_kind)kind);
    return true;
}

void swiss_radix_set(swiss_radix *radix, const swiss_segment *segment, swiss_radix_kind kind, uint32_t pages) {
    size_t index = segment->index;
    uint16_t *node = &radix->levels[0][index].longest[kind], longest = (uint16_t)pages, before = *node;
    *node = longest;
    for (unsigned level = 1; longest != before && level < radix->height; ++level) {
        index >>= SWISS_RADIX_SHIFT;
        node = &radix->levels[level][index].longest[kind];
        if (longest < *node) {
            if (before < *node)
                return; /* another one is the longest */
            longest = longest_below(radix, level, index, kind);
        }
        *node = longest;
    }
}

size_t swiss_radix_next(const swiss_radix *radix, size_t from, swiss_radix_kind kind, uint32_t count) {
    unsigned level = 0;
    while (level < radix->height && from < level_room(radix->height, level)) {
        const swiss_radix_node *nodes = radix->levels[level];
        size_t end = (from | (SWISS_RADIX_FANOUT - 1)) + 1;
        while (from < end && nodes[from].longest[kind] < count)
            ++from;
        if (from == end) { /* on with the parent of the next node */
            ++level;
            from >>= SWISS_RADIX_SHIFT;
        } else if (level) {
            --level;
            from <<= SWISS_RADIX_SHIFT;
        } else {
            return from;
        }
    }
    return radix->count;
}

uint32_t swiss_radix_longest(const swiss_radix *radix, swiss_radix_kind kind) {
    uint32_t longest = 0;
    for (unsigned i = 0; radix->height && i < SWISS_RADIX_FANOUT; ++i)
        if (longest < radix->levels[radix->height - 1][i].longest[kind])
            longest = radix->levels[radix->height - 1][i].longest[kind];
    return longest;
}

size_t swiss_radix_find(const swiss_radix *radix, const void *address) {
    size_t low = 0, high = radix->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)address - (uintptr_t)radix->segments[middle]->base < SWISS_SEGMENT_SIZE)
            return middle;
        if ((uintptr_t)address < (uintptr_t)radix->segments[middle]->base)
            high = middle;
        else
            low = middle + 1;
    }
    return radix->count;
}

size_t swiss_radix_bytes(const swiss_radix *radix) {
    return radix_bytes(radix->height);
}

void swiss_radix_destroy(swiss_radix *radix) {
    if (radix->height)
        swiss_os_release(radix->segments, swiss_radix_bytes(radix));
}
