/* reach.c - which blocks the program can still reach: a search for their addresses, as a conservative collector makes.
 *
 * Terms:
 * - Root: memory where the program may keep addresses: all that is mapped, private and readable, but not the heap. That
 *   is, the data of the program and of its libraries, stacks, variables of threads, memory that it has mapped for
 *   itself. And live blocks that are not among those that are looked at.
 * - Own: what the heap has for its records (os/own.c). It is no root.
 * - Reached: an address in the block, its first or any other, is in a root or in a block that is reached.
 *
 *     roots ----> kept ----> kept              lost ----> indirect ----> indirect
 *
 * Mark. Searches the roots, then each block that was found. What is left is lost. Then each lost block is searched, in
 * the order of addresses, as Valgrind does it: what it leads to is indirect, an earlier lost one too. So of blocks that
 * lead to each other in a circle one is lost, and the others are indirect.
 *
 * No thread is stopped, and nothing is read by a load: memory may go at any moment (os/look.c). Of the stack of a
 * thread that waits in a system call, the kernel tells how far it reaches. What a thread that runs has only in its
 * registers is not seen. Words that are no addresses may look like one: then a lost block seems kept, and never the
 * other way round.
 */
#include "reach.h"
#include "../os/look.h"
#include "../os/maps.h"
#include "../os/os.h"
#include "../os/own.h"
#include "harden.h"
#include "options.h"
#include "plain.h"
#include "registry.h"
#include "segment.h"
#include "sort.h"
#include "swiss/align.h"
#include <string.h>

#define REACH_VIEW ((size_t)64 << 10)     /* bytes that are read at once */
#define REACH_SPARSE ((size_t)4 << 20)    /* a mapping of as many is first asked which pages it has */
#define REACH_HUGEST ((uintptr_t)1 << 20) /* MiB: such are shadows of sanitizers */
#define REACH_STACKS 1024                 /* of other threads, at most */
#define REACH_RED_ZONE ((uintptr_t)128)   /* bytes that a function may use beyond the end of the stack */

typedef struct reach_search {
    swiss_reach_block *blocks;
    size_t count;
    uintptr_t low, high; /* no block is outside */
    uint32_t found;      /* blocks to be searched, linked by `next`, plus 1 */
    uint8_t state;       /* of what is found now */
    int look, pages;
    size_t stack_count, owned_count;
    uintptr_t stacks[REACH_STACKS + 1]; /* where the stacks end that have been told; the first is this thread's */
    swiss_os_owned owned[SWISS_OS_OWNED + 1];
    swiss_reach_told told;
    uintptr_t viewed, viewed_end; /* what is in `view` of the blocks that are not looked at */
    uintptr_t view[REACH_VIEW / sizeof(uintptr_t)];
} reach_search;

static bool reach_block_is_before(const void *a, const void *b) {
    return ((const swiss_reach_block *)a)->start < ((const swiss_reach_block *)b)->start;
}

static bool reach_owned_is_before(const void *a, const void *b) {
    return ((const swiss_os_owned *)a)->start < ((const swiss_os_owned *)b)->start;
}

/* Returns the block that an address lies in; NULL if none. */
static swiss_reach_block *reach_block_around(const reach_search *in, uintptr_t address) {
    if (address < in->low || address >= in->high)
        return NULL;
    size_t low = 0, high = in->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(in->blocks[middle].start <= address ? &low : &high) = middle;
    }
    swiss_reach_block *block = &in->blocks[low];
    return address - block->start < block->size + !block->size ? block : NULL;
}

/* Finds a block by a word: it gets the state, unless it was found before. A block that was taken for lost becomes an
 * indirect one, and has been searched. */
static void reach_block(reach_search *in, uintptr_t word) {
    swiss_reach_block *block = reach_block_around(in, word);
    if (!block || block->state == in->state || block->state == SWISS_REACH_KEPT)
        return;
    bool searched = block->next != 0;
    block->state = in->state;
    if (searched)
        return;
    block->next = in->found ? in->found : UINT32_MAX;
    in->found = (uint32_t)(block - in->blocks) + 1;
}

/* Searches memory from `start` to `end` for addresses of blocks. Leaves out pages that cannot be read. */
static void reach_search_range(reach_search *in, uintptr_t start, uintptr_t end) {
    const size_t page = swiss_os_page_size();
    bool sparse = in->pages >= 0 && end - start >= REACH_SPARSE;
    in->viewed_end = 0;
    start = swiss_round_up(start, sizeof(uintptr_t));
    while (start < end && end - start >= sizeof(uintptr_t)) {
        if (sparse) {
            uintptr_t next = swiss_os_pages_next(in->pages, swiss_round_down(start, page), end);
            start = next > start ? next : start;
            if (start >= end || end - start < sizeof(uintptr_t))
                break;
        }
        size_t length = REACH_VIEW - start % REACH_VIEW < end - start ? REACH_VIEW - start % REACH_VIEW : end - start;
        size_t got = swiss_os_look(in->look, in->view, (const void *)start, length) / sizeof(uintptr_t);
        for (size_t i = 0; i < got; ++i)
            reach_block(in, in->view[i]);
        start = got ? start + got * sizeof(uintptr_t) : swiss_round_down(start, page) + page;
    }
}

static void reach_search_found(reach_search *in) {
    while (in->found) {
        swiss_reach_block *block = &in->blocks[in->found - 1];
        in->found = block->next == UINT32_MAX ? 0 : block->next;
        block->next = UINT32_MAX;
        reach_search_range(in, block->start, block->start + block->size);
    }
}

/* Roots ------------------------------------------------------------------------------------------------------------ */

/* Searches what is mapped, without the parts that are the heap's: segments, large blocks, records. */
static void reach_search_mapping(reach_search *in, uintptr_t start, uintptr_t end) {
    size_t owned = 0;
    while (start < end) {
        if (swiss_segment_entry((const void *)start)) {
            uintptr_t next = swiss_round_down(start, SWISS_SEGMENT_SIZE) + SWISS_SEGMENT_SIZE;
            start = next ? next : end;
            continue;
        }
        uintptr_t stop = swiss_round_down(start, SWISS_SEGMENT_SIZE) + SWISS_SEGMENT_SIZE;
        stop = stop && stop < end ? stop : end;
        while (owned < in->owned_count && in->owned[owned].end <= start)
            ++owned;
        if (owned < in->owned_count && in->owned[owned].start <= start) {
            start = in->owned[owned].end;
            continue;
        }
        if (owned < in->owned_count && in->owned[owned].start < stop)
            stop = in->owned[owned].start;
        reach_search_range(in, start, stop);
        start = stop;
    }
}

static void note_reach_stack(void *argument, const void *stack) {
    reach_search *in = argument;
    ++in->told.threads;
    if (stack && in->stack_count <= REACH_STACKS)
        in->stacks[in->stack_count++] = (uintptr_t)stack - REACH_RED_ZONE;
    else
        ++in->told.running;
}

static void reach_search_roots(reach_search *in, const swiss_os_maps *maps) {
    swiss_os_mapping line;
    uintptr_t guard = 0; /* the end of the last mapping that cannot be read: a stack begins there, and nothing else */
    for (const char *at = maps->text; swiss_os_maps_next(&at, &line);) {
        const bool is_stack = line.start == guard || (line.name_length == 7 && memcmp(line.name, "[stack]", 7) == 0);
        guard = line.readable ? guard : line.end;
        if (!line.readable || line.shared || (!line.writable && line.name_length) ||
            (line.end - line.start) >> 20 >= REACH_HUGEST)
            continue;
        uintptr_t lowest = line.end; /* of several stacks in a mapping: the others are searched as a whole */
        for (size_t i = 0; i < in->stack_count; ++i)
            if (in->stacks[i] >= line.start && in->stacks[i] < lowest)
                lowest = in->stacks[i];
        if (is_stack && lowest < line.end)
            line.start = lowest;
        reach_search_mapping(in, line.start, line.end);
    }
}

/* Searches a block of those that are not looked at. They come span by span: small ones are read many at once. */
static void reach_search_block(reach_search *in, uintptr_t start, uintptr_t end) {
    if (start < in->viewed || end > in->viewed_end) {
        in->viewed = swiss_round_down(start, sizeof(uintptr_t));
        in->viewed_end = end - start > REACH_VIEW / 8
                             ? 0
                             : in->viewed + swiss_os_look(in->look, in->view, (const void *)in->viewed, REACH_VIEW);
    }
    if (end > in->viewed_end) {
        reach_search_range(in, start, end);
        return;
    }
    for (uintptr_t at = swiss_round_up(start, sizeof at); end - at >= sizeof at && at < end; at += sizeof at)
        reach_block(in, in->view[(at - in->viewed) / sizeof at]);
}

/* Searches a live block, unless it is one of those that are looked at. */
static void reach_search_other(void *argument, void *block, size_t size) {
    reach_search *in = argument;
    const swiss_reach_block *known = reach_block_around(in, (uintptr_t)block);
    if (!known || known->start != (uintptr_t)block)
        reach_search_block(in, (uintptr_t)block, (uintptr_t)block + size);
}

static void reach_search_other_blocks(reach_search *in) {
    if (swiss_options_hardened()) {
        swiss_harden_walk(NULL, reach_search_other, in); /* all heaps */
        return;
    }
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    for (swiss_heap *heap = &swiss_heap_main.heap; heap; heap = heap->next)
        swiss_plain_walk(heap, reach_search_other, in);
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
}

/* Searches each block that is lost. */
static void reach_search_lost(reach_search *in) {
    in->state = SWISS_REACH_INDIRECT;
    for (size_t i = 0; i < in->count; ++i) {
        swiss_reach_block *block = &in->blocks[i];
        if (block->state != SWISS_REACH_LOST)
            continue;
        block->next = UINT32_MAX; /* it is searched: one that leads to itself stays lost */
        block->state = SWISS_REACH_INDIRECT;
        reach_search_range(in, block->start, block->start + block->size);
        reach_search_found(in);
        block->state = SWISS_REACH_LOST;
    }
}

bool swiss_reach_mark(swiss_reach_block *blocks, size_t count, const void *stack, swiss_reach_told *told) {
    swiss_sort(blocks, count, sizeof *blocks, reach_block_is_before);
    for (size_t i = 0; i < count; ++i) {
        blocks[i].state = SWISS_REACH_LOST;
        blocks[i].next = 0;
    }
    swiss_os_maps maps = {NULL, 0, 0};
    reach_search *in = swiss_os_alloc(sizeof *in);
    if (!in)
        return false;
    in->blocks = blocks;
    in->count = count;
    in->low = count ? blocks[0].start : 0;
    in->high = count ? blocks[count - 1].start + blocks[count - 1].size + 1 : 0;
    in->look = swiss_os_look_begin();
    in->pages = swiss_os_pages_begin();
    in->stacks[in->stack_count++] = (uintptr_t)stack;
    bool read = swiss_os_maps_read(&maps), listed = swiss_os_each_thread(note_reach_stack, in);
    in->owned_count = swiss_os_own_list(in->owned);
    in->told.known =
        read && listed && maps.length && in->look >= 0 && in->owned_count != SIZE_MAX && count < UINT32_MAX;
    if (in->told.known) {
        const uintptr_t main_heap = (uintptr_t)&swiss_heap_main; /* a record that lies among the data of the program */
        in->owned[in->owned_count++] = (swiss_os_owned){main_heap, main_heap + sizeof swiss_heap_main};
        swiss_sort(in->owned, in->owned_count, sizeof *in->owned, reach_owned_is_before);
        in->state = SWISS_REACH_KEPT;
        reach_search_roots(in, &maps);
        reach_search_other_blocks(in);
        reach_search_found(in);
        reach_search_lost(in);
    }
    *told = in->told;
    swiss_os_look_end(in->look);
    swiss_os_look_end(in->pages);
    swiss_os_maps_end(&maps);
    swiss_os_release(in, swiss_os_round(sizeof *in));
    return read;
}
