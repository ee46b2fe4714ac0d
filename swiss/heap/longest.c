/* longest.c - the segments of a page heap in the order of their addresses, and a tree that finds the first with a long
 * run.
 *
 * First fit by address looks for the first segment with a free run that is long enough. There may be thousands of
 * segments (64 GiB are 1,024), most of them full. So each segment has a node with the lengths of its longest reusable
 * run and of its tail (pages.c tells what these are), 16 nodes have a node with the longest among theirs, and so on, up
 * to one level of 16:
 *
 *     levels[2]                         9                 the longest of 16 x 16 segments
 *                             /       |    |       \
 *     levels[1]             3         9    9        2     the longest of 16
 *                                  / | \
 *     levels[0]                  1   4   9                the longest of one
 *     segments[]                 |   |   |
 *
 * Find. The search goes along a level to the first node that is long enough, and down from there, never in vain. It
 * looks at 16 nodes per level at most, a cache line. Three levels are enough for 4,096 segments, or 256 GiB.
 *
 * Insert. A new segment moves all nodes behind it, which is little compared with touching its 64 MiB. Segments and
 * nodes are one block of memory: with room for 256 segments at first, which fits into a page, then for 16 times as
 * many.
 *
 * Set. Changes nodes only as far up as a longest run changes.
 *
 * This is the upper part of the tree of summaries in the Go runtime's page allocator. There a node has three lengths,
 * because runs may cross from any part of the address space to the next. Here none crosses the end of a segment, and so
 * the longest is all that the levels above need. And this tree stands over the segments there are, not over all that an
 * address could be: it takes 12 bytes per segment instead of half a GiB reserved.
 */
#include "longest.h"
#include "../os/os.h"
#include <string.h>

#define LONGEST_HEIGHT 2

/* Returns the number of nodes that a level has room for. */
static size_t level_room(unsigned height, unsigned level) {
    return (size_t)1 << SWISS_LONGEST_SHIFT * (height - level);
}

static size_t tree_bytes(unsigned height) {
    size_t bytes = height ? level_room(height, 0) * sizeof(swiss_segment *) : 0;
    for (unsigned level = 0; level < height; ++level)
        bytes += level_room(height, level) * sizeof(swiss_longest_node);
    return height ? swiss_os_round(bytes) : 0;
}

/* Returns the longest of the nodes below a node. */
static uint16_t longest_below(const swiss_longest *tree, unsigned level, size_t index, swiss_longest_kind kind) {
    const swiss_longest_node *below = tree->levels[level - 1] + (index << SWISS_LONGEST_SHIFT);
    uint16_t longest = 0;
    for (unsigned i = 0; i < SWISS_LONGEST_FANOUT; ++i)
        longest = longest < below[i].longest[kind] ? below[i].longest[kind] : longest;
    return longest;
}

/* Makes room for 16 times as many segments; the levels above the first are to be joined anew. Returns false when out of
 * memory. */
static bool tree_grow(swiss_longest *tree) {
    unsigned height = tree->height ? tree->height + 1 : LONGEST_HEIGHT;
    char *block = height <= SWISS_LONGEST_LEVELS ? swiss_os_alloc(tree_bytes(height)) : NULL;
    if (!block)
        return false;
    swiss_longest old = *tree;
    tree->height = height;
    tree->segments = (swiss_segment **)(void *)block;
    swiss_longest_node *nodes = (swiss_longest_node *)(void *)(tree->segments + level_room(height, 0));
    for (unsigned level = 0; level < height; ++level) {
        tree->levels[level] = nodes;
        nodes += level_room(height, level);
    }
    if (old.height) {
        memcpy(tree->segments, old.segments, old.count * sizeof *old.segments);
        memcpy(tree->levels[0], old.levels[0], old.count * sizeof *old.levels[0]);
        swiss_longest_destroy(&old);
    }
    return true;
}

bool swiss_longest_insert(swiss_longest *tree, swiss_segment *segment) {
    if ((!tree->height || tree->count == level_room(tree->height, 0)) && !tree_grow(tree))
        return false;
    swiss_longest_node *nodes = tree->levels[0];
    size_t index = tree->count++;
    for (; index > 0 && (uintptr_t)tree->segments[index - 1]->base > (uintptr_t)segment->base; --index) {
        tree->segments[index] = tree->segments[index - 1];
        tree->segments[index]->index = (uint32_t)index;
        nodes[index] = nodes[index - 1];
    }
    tree->segments[index] = segment;
    segment->index = (uint32_t)index;
    nodes[index] = (swiss_longest_node){{[SWISS_LONGEST_TAIL] = SWISS_SEGMENT_PAGES}};
    for (unsigned level = 1; level < tree->height; ++level)
        for (size_t i = 0; i << SWISS_LONGEST_SHIFT * level < tree->count; ++i)
            for (unsigned kind = 0; kind < SWISS_LONGEST_KINDS; ++kind)
                tree->levels[level][i].longest[kind] = longest_below(tree, level, i, (swiss_longest_kind)kind);
    return true;
}

void swiss_longest_set(swiss_longest *tree, const swiss_segment *segment, swiss_longest_kind kind, uint32_t pages) {
    size_t index = segment->index;
    uint16_t *node = &tree->levels[0][index].longest[kind], longest = (uint16_t)pages, before = *node;
    *node = longest;
    for (unsigned level = 1; longest != before && level < tree->height; ++level) {
        index >>= SWISS_LONGEST_SHIFT;
        node = &tree->levels[level][index].longest[kind];
        if (longest < *node) {
            if (before < *node)
                return; /* another one is the longest */
            if (tree->count > 1)
                longest = longest_below(tree, level, index, kind);
        }
        *node = longest;
    }
}

size_t swiss_longest_next(const swiss_longest *tree, size_t from, swiss_longest_kind kind, uint32_t count) {
    unsigned level = 0;
    while (level < tree->height && from < level_room(tree->height, level)) {
        const swiss_longest_node *nodes = tree->levels[level];
        size_t end = (from | (SWISS_LONGEST_FANOUT - 1)) + 1;
        while (from < end && nodes[from].longest[kind] < count)
            ++from;
        if (from == end) { /* on with the parent of the next node */
            ++level;
            from >>= SWISS_LONGEST_SHIFT;
        } else if (level) {
            --level;
            from <<= SWISS_LONGEST_SHIFT;
        } else {
            return from;
        }
    }
    return tree->count;
}

uint32_t swiss_longest_of_all(const swiss_longest *tree, swiss_longest_kind kind) {
    uint32_t longest = 0;
    for (unsigned i = 0; tree->height && i < SWISS_LONGEST_FANOUT; ++i)
        if (longest < tree->levels[tree->height - 1][i].longest[kind])
            longest = tree->levels[tree->height - 1][i].longest[kind];
    return longest;
}

size_t swiss_longest_find(const swiss_longest *tree, const void *address) {
    size_t low = 0, high = tree->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)address - (uintptr_t)tree->segments[middle]->base < SWISS_SEGMENT_SIZE)
            return middle;
        if ((uintptr_t)address < (uintptr_t)tree->segments[middle]->base)
            high = middle;
        else
            low = middle + 1;
    }
    return tree->count;
}

size_t swiss_longest_bytes(const swiss_longest *tree) {
    return tree_bytes(tree->height);
}

void swiss_longest_destroy(swiss_longest *tree) {
    if (tree->height)
        swiss_os_release(tree->segments, swiss_longest_bytes(tree));
}
