/* pages.c - the page heap: runs of 8 KiB pages, 1 to 8192 of them, for spans and large blocks.
 *
 * Terms, for the pages of a segment:
 * - Top: the end of the pages that were ever in use. Fresh: above the top; such pages are zero.
 * - Reusable: free, and below the top; most likely it still has memory.
 * - Tail: the free run that ends with the segment. Committed: may be touched.
 * - Released: free, and its memory was given back; such pages are zero.
 *
 *     page      0                              tail     top      committed          8192
 *               | in use     | mixed           | free   | free     | free           |
 *               |<------------- reusable if free ------>|  fresh   | not committed  |
 *                                              |<----------- the free tail -------->|
 *
 * Free pages are the set bits of a bitmap. So a freed run has joined its neighbours as soon as its bits are set; there
 * are no headers to merge and no lists to keep.
 *
 * Alloc. A run comes from, in this order:
 *
 * 1. Reuse: the first reusable run that is long enough, in the order of addresses. So the pages in use stay close
 *    together at the bottom, and long free runs remain further up.
 * 2. Fresh pages, of the first segment whose tail is long enough; the tail may begin with reusable pages. They are
 *    committed 4 MiB at a time.
 * 3. A new segment.
 *
 * Reuse matters more than the strict order of addresses: the first touch of fresh memory is a page fault and a page to
 * be cleared (380 microseconds per MiB with 4 KiB pages on an EPYC).
 *
 * The first run that fits is found by summaries of each segment's bitmap (summary.h), and the first segment that has
 * one by a tree of their longest runs and tails (longest.c). A hint, an address below which no page is reusable, leads
 * straight to the first chunk that has any, where most small runs are found. Threads take small runs from pieces of 64
 * pages, which they get here as a whole (pagecache.c).
 *
 * Runs of at least 2 MiB get huge pages where they are fresh (os.c). Memory that small runs used before has its pages
 * already, and stays as it is.
 *
 * Exchange. If a run of 512 KiB or more needs more than all idle memory together, it takes fresh pages, and the idle
 * memory goes back to the system first. Else a table that doubles again and again, each time too large for all that it
 * left, ends with nearly twice its size. Idle memory that is only in the wrong pieces stays. (doc/experiments.md: "Idle
 * memory in the wrong pieces".)
 *
 * Free. Sets the bits. The pages stay committed.
 *
 * Scavenge. Released pages do not count as touched. All free pages are released on request. By itself, at most once a
 * second, the heap releases pages that have been free since the last time: first whole huge pages, and then, while
 * there are more than a few, runs of at least 64 KiB. So what is freed and taken again all the time stays, and a huge
 * page is not broken up without need.
 */
#include "pages.h"
#include "../os/os.h"
#include "bits.h"
#include "runs.h"
#include "summary.h"
#include <string.h>

#define SCAVENGE_PAGES 8u  /* 64 KiB, as in Go: shorter runs are worth more than they cost */
#define EXCHANGE_PAGES 64u /* 512 KiB: a system call costs less than the faults that such a run does */
#define CHUNK_SHIFT (SWISS_PAGE_SHIFT + 9)
#define COMMIT_PAGES 512u /* 4 MiB: few system calls, and little that counts without being used */

/* Updates the summaries and the tree after a change to pages [start, end). */
static void summarize_again(swiss_pages *pages, swiss_segment *segment, uint32_t start, uint32_t end,
                            swiss_page_event what) {
    if (swiss_summary_update(segment, start, end, what))
        swiss_longest_set(&pages->tree, segment, SWISS_LONGEST_REUSABLE, swiss_summary_longest_run(segment));
}

/* Returns the first page of the tail. */
static uint32_t tail_of(const swiss_pages *pages, const swiss_segment *segment) {
    return SWISS_SEGMENT_PAGES - swiss_longest_get(&pages->tree, segment, SWISS_LONGEST_TAIL);
}

static uintptr_t address_of(const swiss_segment *segment, uint32_t page) {
    return (uintptr_t)segment->base + page * SWISS_PAGE_SIZE;
}

/* Finds `count` reusable pages in the segments from index `from` on. Returns the segment, and in *page the first of the
 * pages; NULL if there are none. The first segment that is looked at has them, unless their alignment does not fit. */
static swiss_segment *find_run(const swiss_pages *pages, size_t from, uint32_t count, uint32_t alignment,
                               uint32_t *page) {
    const swiss_longest *tree = &pages->tree;
    size_t i = swiss_longest_next(tree, from, SWISS_LONGEST_REUSABLE, count);
    for (; i < tree->count; i = swiss_longest_next(tree, i + 1, SWISS_LONGEST_REUSABLE, count)) {
        *page = swiss_summary_find(tree->segments[i], count, alignment);
        if (*page < SWISS_SEGMENT_PAGES)
            return tree->segments[i];
    }
    return NULL;
}

static bool commit(swiss_pages *pages, swiss_segment *segment, uint32_t end) {
    if (end <= segment->committed)
        return true;
    uint32_t committed = swiss_runs_align(end, COMMIT_PAGES);
    size_t more = committed - segment->committed;
    if (!swiss_segment_reserve(segment, committed) ||
        !swiss_os_commit(segment->base + segment->committed * SWISS_PAGE_SIZE, more * SWISS_PAGE_SIZE))
        return false;
    if (swiss_os_huge_get() == SWISS_OS_HUGE_ON)
        swiss_os_advise_huge(segment->base + segment->committed * SWISS_PAGE_SIZE, more * SWISS_PAGE_SIZE);
    segment->committed = committed;
    pages->committed_pages += more;
    return true;
}

/* Asks for huge pages for the fresh part of the run [start, end), if that is large. */
static void advise(swiss_segment *segment, uint32_t start, uint32_t end) {
    const uint32_t huge = (uint32_t)(SWISS_OS_HUGE_PAGE / SWISS_PAGE_SIZE);
    if (end - start < huge || end <= segment->top || swiss_os_huge_get() == SWISS_OS_HUGE_OFF)
        return;
    uint32_t fresh = segment->top & ~(huge - 1); /* a unit that is partly in use elsewhere begins before the run */
    if (start < fresh)
        start = fresh;
    swiss_os_advise_huge(segment->base + start * SWISS_PAGE_SIZE, (end - start) * SWISS_PAGE_SIZE);
}

/* Takes pages [start, start + count), which are free and committed. Returns how many of them were released. */
static uint32_t take(swiss_pages *pages, swiss_segment *segment, uint32_t start, uint32_t count) {
    uint32_t end = start + count, top = segment->top;
    swiss_runs_mark(segment->free, start, count, false);
    advise(segment, start, end);
    if (end > top) {
        pages->touched_pages += end - top;
        segment->top = end;
    }
    if (start > top &&
        pages->hint > address_of(segment, top)) /* what an alignment has skipped is reusable from now on */
        pages->hint = address_of(segment, top);
    if (end > tail_of(pages, segment))
        swiss_longest_set(&pages->tree, segment, SWISS_LONGEST_TAIL, SWISS_SEGMENT_PAGES - end);
    summarize_again(pages, segment, start < top ? start : top, end,
                    end > top ? SWISS_PAGES_TOP_MOVED : SWISS_PAGES_TAKEN);
    uint32_t released = swiss_runs_unrelease(segment, start, end);
    pages->touched_pages += released;
    pages->used_pages += count;
    return released;
}

/* Counts pages whose memory has gone back to the system. */
static void count_given(swiss_pages *pages, size_t count) {
    pages->touched_pages -= count;
    pages->given_back += count;
}

static void *take_at(swiss_pages *pages, swiss_segment *segment, uint32_t start, uint32_t count, bool *zeroed) {
    uint32_t top = segment->top, end = start + count;
    uint32_t known = end > top ? end - (start > top ? start : top) : 0; /* pages known to be zero: fresh ones, */
    *zeroed = take(pages, segment, start, count) + known == count;      /* and those released */
    return segment->base + start * SWISS_PAGE_SIZE;
}

static swiss_segment *add_segment(swiss_pages *pages) {
    swiss_segment *segment = swiss_segment_create();
    if (!segment || swiss_longest_insert(&pages->tree, segment))
        return segment;
    swiss_segment_destroy(segment);
    return NULL;
}

/* Called before `count` fresh pages are touched: releases long idle runs if all that is idle, joined, would be too
 * short. */
static void exchange(swiss_pages *pages, size_t count) {
    if (count < EXCHANGE_PAGES || pages->touched_pages - pages->used_pages >= count)
        return;
    const swiss_longest *tree = &pages->tree;
    size_t i = swiss_longest_next(tree, 0, SWISS_LONGEST_REUSABLE, EXCHANGE_PAGES);
    for (; i < tree->count; i = swiss_longest_next(tree, i + 1, SWISS_LONGEST_REUSABLE, EXCHANGE_PAGES))
        count_given(pages, swiss_runs_release(tree->segments[i], false, EXCHANGE_PAGES, 1));
}

/* Returns the segment of the hint. If the hint's chunk has no reusable page, moves the hint to the first one. NULL if
 * there is none at all. */
static swiss_segment *follow_hint(swiss_pages *pages) {
    swiss_segment *segment = swiss_segment_of((void *)pages->hint);
    if (segment && segment->summaries[(pages->hint & (SWISS_SEGMENT_SIZE - 1)) >> CHUNK_SHIFT])
        return segment;
    uint32_t page;
    segment = find_run(pages, segment ? segment->index : 0, 1, 1, &page);
    pages->hint = segment ? address_of(segment, page) : UINTPTR_MAX;
    return segment;
}

/* Takes step 1. NULL if there is no such run. */
static void *reuse(swiss_pages *pages, uint32_t count, uint32_t alignment, bool *zeroed) {
    swiss_segment *segment = follow_hint(pages);
    if (!segment)
        return NULL;
    uint32_t page = (uint32_t)((pages->hint & (SWISS_SEGMENT_SIZE - 1)) >> SWISS_PAGE_SHIFT);
    if (swiss_summary_longest(segment->summaries[page / SWISS_CHUNK_PAGES]) >= count && alignment == 1)
        page = swiss_summary_find_in_chunk(segment, page, count, 1);
    else
        segment = find_run(pages, segment->index, count, alignment, &page);
    return segment ? take_at(pages, segment, page, count, zeroed) : NULL;
}

static void *take_fresh(swiss_pages *pages, uint32_t count, uint32_t alignment, bool *zeroed) {
    const swiss_longest *tree = &pages->tree;
    size_t i = swiss_longest_next(tree, 0, SWISS_LONGEST_TAIL, count);
    for (; i < tree->count; i = swiss_longest_next(tree, i + 1, SWISS_LONGEST_TAIL, count)) {
        swiss_segment *segment = tree->segments[i];
        uint32_t start = swiss_runs_align(tail_of(pages, segment), alignment);
        if (start + count <= SWISS_SEGMENT_PAGES && commit(pages, segment, start + count))
            return take_at(pages, segment, start, count, zeroed);
    }
    swiss_segment *segment = add_segment(pages);
    return segment && commit(pages, segment, count) ? take_at(pages, segment, 0, count, zeroed) : NULL;
}

void *swiss_pages_alloc(swiss_pages *pages, size_t wanted, size_t wanted_alignment, size_t best_alignment,
                        bool *zeroed) {
    uint32_t count = (uint32_t)wanted, alignment = (uint32_t)wanted_alignment, best = (uint32_t)best_alignment;
    void *run = reuse(pages, count, alignment, zeroed);
    if (run)
        return run;
    exchange(pages, count);
    run = take_fresh(pages, count, best, zeroed);
    return run || best == alignment ? run : take_fresh(pages, count, alignment, zeroed);
}

/* Returns the segment that holds `address`, and in *page which of its pages that is. */
static swiss_segment *segment_of(const void *address, uint32_t *page) {
    swiss_segment *segment = swiss_segment_of(address);
    *page = (uint32_t)((size_t)((const char *)address - segment->base) >> SWISS_PAGE_SHIFT);
    return segment;
}

void swiss_pages_free(swiss_pages *pages, void *address, size_t count) {
    uint32_t start;
    swiss_segment *segment = segment_of(address, &start);
    uint32_t end = start + (uint32_t)count;
    swiss_runs_mark(segment->free, start, (uint32_t)count, true);
    swiss_runs_mark(segment->young, start, (uint32_t)count, true);
    pages->used_pages -= count;
    if (pages->hint > (uintptr_t)address)
        pages->hint = (uintptr_t)address;
    if (tail_of(pages, segment) == end)
        swiss_longest_set(&pages->tree, segment, SWISS_LONGEST_TAIL,
                          SWISS_SEGMENT_PAGES - swiss_runs_start(segment, start, 0));
    summarize_again(pages, segment, start, end, SWISS_PAGES_FREED);
}

/* Lets the system join a run that memory was moved to with the mappings beside it, by giving its memory back. Returns
 * false if the run is in use. */
static bool join_moved(swiss_pages *pages, char *base, size_t size) {
    uint32_t start, count = (uint32_t)(size >> SWISS_PAGE_SHIFT);
    swiss_segment *segment = segment_of(base, &start);
    if (start + count > segment->top || swiss_runs_next_used(segment, start, start + count) < start + count)
        return false;
    uint32_t released = take(pages, segment, start, count);
    if (!swiss_os_renew(base, size))
        return true; /* what is left there belongs to no one: it stays taken */
    if (swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
        swiss_os_advise_huge(base, size);
    swiss_pages_free(pages, base, count);
    swiss_runs_mark(segment->released, start, count, true);
    count_given(pages, count);
    pages->given_back -= released; /* these had none */
    return true;
}

/* Forgets a run. */
static void forget_moved(swiss_pages *pages, uint32_t i) {
    pages->moved[i] = pages->moved[--pages->moved_count];
}

bool swiss_pages_expect_move(swiss_pages *pages, char *base, size_t size) {
    for (uint32_t i = pages->moved_count; i-- > 0;) /* what moves there now replaces them */
        if (pages->moved[i].base >= base && pages->moved[i].base + pages->moved[i].size <= base + size)
            forget_moved(pages, i);
    if (pages->moved_count == SWISS_PAGES_MOVED)
        for (uint32_t i = pages->moved_count; i-- > 0;)
            if (join_moved(pages, pages->moved[i].base, pages->moved[i].size))
                forget_moved(pages, i);
    if (pages->moved_count == SWISS_PAGES_MOVED)
        return false;
    pages->moved[pages->moved_count].base = base;
    pages->moved[pages->moved_count++].size = size;
    return true;
}

bool swiss_pages_grow(swiss_pages *pages, void *address, size_t count, size_t new_count) {
    uint32_t start;
    swiss_segment *segment = segment_of(address, &start);
    uint32_t end = start + (uint32_t)count;
    if (new_count > SWISS_SEGMENT_PAGES - start)
        return false;
    uint32_t new_end = start + (uint32_t)new_count;
    if (swiss_runs_next_used(segment, end, new_end) < new_end || !commit(pages, segment, new_end))
        return false;
    (void)take(pages, segment, end, new_end - end);
    return true;
}

/* Returns the start of the first run of set bits in `bits`, which is not 0, and in *length its length. */
static uint32_t first_run(uint64_t bits, uint32_t *length) {
    uint32_t start = swiss_bits_lowest(bits);
    uint64_t rest = ~(bits >> start);
    *length = rest ? swiss_bits_lowest(rest) : 64;
    return start;
}

/* Returns the segment of a piece that swiss_pages_take_piece may take, and in *first the first page to take. NULL when
 * out of memory. */
static swiss_segment *find_piece(swiss_pages *pages, uint32_t *first) {
    swiss_segment *segment = follow_hint(pages);
    if (segment) {
        *first = swiss_runs_next_free(segment, (uint32_t)((pages->hint & (SWISS_SEGMENT_SIZE - 1)) >> SWISS_PAGE_SHIFT),
                                      segment->top);
        return segment;
    }
    const swiss_longest *tree = &pages->tree;
    size_t i = swiss_longest_next(tree, 0, SWISS_LONGEST_TAIL, 1);
    for (; i < tree->count; i = swiss_longest_next(tree, i + 1, SWISS_LONGEST_TAIL, 1)) {
        *first = tail_of(pages, tree->segments[i]);
        if (commit(pages, tree->segments[i], *first + 1))
            return tree->segments[i];
    }
    *first = 0;
    segment = add_segment(pages);
    return segment && commit(pages, segment, 1) ? segment : NULL;
}

char *swiss_pages_take_piece(swiss_pages *pages, uint64_t *taken, uint64_t *zero) {
    *taken = *zero = 0;
    uint32_t first;
    swiss_segment *segment = find_piece(pages, &first);
    if (!segment)
        return NULL;
    uint32_t word = first >> 6, length;
    uint64_t below = segment->top <= word << 6
                         ? 0
                         : swiss_bits_low(segment->top - (word << 6) < 64 ? segment->top - (word << 6) : 64);
    *taken = segment->free[word];
    if (first < segment->top)
        *taken &= below; /* fresh pages only if there are no others */
    *zero = *taken & (segment->released[word] | ~below);
    for (uint64_t left = *taken; left; left &= ~(swiss_bits_low(length) << (first & 63))) {
        first = (word << 6) + first_run(left, &length);
        (void)take(pages, segment, first, length);
    }
    return segment->base + ((size_t)word << 6) * SWISS_PAGE_SIZE;
}

void swiss_pages_put_piece(swiss_pages *pages, char *piece, uint64_t freed, uint64_t zero) {
    uint32_t first, length;
    swiss_segment *segment = segment_of(piece, &first);
    segment->released[first >> 6] |= zero;
    pages->touched_pages -= swiss_bits_count(zero);
    while (freed) {
        uint32_t start = first_run(freed, &length);
        swiss_pages_free(pages, piece + start * SWISS_PAGE_SIZE, length);
        freed &= ~(swiss_bits_low(length) << start);
    }
}

size_t swiss_pages_release(swiss_pages *pages) {
    size_t count = 0;
    for (size_t i = 0; i < pages->tree.count; ++i) {
        swiss_segment *segment = pages->tree.segments[i];
        count += swiss_runs_release(segment, false, 1, 1);
        memset(segment->young, 0, sizeof segment->young);
    }
    count_given(pages, count);
    return count;
}

size_t swiss_pages_scavenge(swiss_pages *pages, size_t enough) {
    const uint32_t huge = (uint32_t)(SWISS_OS_HUGE_PAGE / SWISS_PAGE_SIZE);
    size_t before = pages->touched_pages;
    for (size_t i = pages->tree.count; i-- > 0;)
        count_given(pages, swiss_runs_release(pages->tree.segments[i], true, huge, huge));
    for (size_t i = pages->tree.count;
         i-- > 0 && pages->touched_pages > enough;) /* from the highest on: the lowest fill up first */
        count_given(pages, swiss_runs_release(pages->tree.segments[i], true, SCAVENGE_PAGES, 1));
    for (size_t i = 0; i < pages->tree.count; ++i)
        memset(pages->tree.segments[i]->young, 0, sizeof pages->tree.segments[i]->young);
    return before - pages->touched_pages;
}

bool swiss_pages_unreserve(swiss_pages *pages) {
    for (size_t i = pages->tree.count; i-- > 0;) { /* from the highest on, as in swiss_pages_scavenge */
        swiss_segment *segment = pages->tree.segments[i];
        if (segment->reserved < tail_of(pages, segment) + SWISS_CHUNK_PAGES || !swiss_segment_unreserve(segment))
            continue;
        uint32_t end = segment->reserved;
        if (segment->top > end) {
            count_given(pages, segment->top - end - swiss_runs_unrelease(segment, end, segment->top));
            uint32_t top = segment->top;
            segment->top = end;
            summarize_again(pages, segment, end, top, SWISS_PAGES_TOP_MOVED);
        }
        if (segment->committed > end) {
            pages->committed_pages -= segment->committed - end;
            segment->committed = end;
        }
        return true;
    }
    return false;
}

void swiss_pages_destroy(swiss_pages *pages) {
    for (size_t i = 0; i < pages->tree.count; ++i)
        swiss_segment_destroy(pages->tree.segments[i]);
    swiss_longest_destroy(&pages->tree);
}

swiss_segment *swiss_pages_find(const swiss_pages *pages, const void *address) {
    size_t index = swiss_longest_find(&pages->tree, address);
    return index < pages->tree.count ? pages->tree.segments[index] : NULL;
}

size_t swiss_pages_longest(const swiss_pages *pages) {
    uint32_t reusable = swiss_longest_of_all(&pages->tree, SWISS_LONGEST_REUSABLE);
    uint32_t tail = swiss_longest_of_all(&pages->tree, SWISS_LONGEST_TAIL);
    return reusable > tail ? reusable : tail;
}

size_t swiss_pages_reserved(const swiss_pages *pages) {
    size_t count = 0;
    for (size_t i = 0; i < pages->tree.count; ++i)
        count += pages->tree.segments[i]->reserved;
    return count;
}

size_t swiss_pages_metadata(const swiss_pages *pages) {
    return pages->tree.count * swiss_os_round(sizeof(swiss_segment)) + swiss_longest_bytes(&pages->tree);
}
