/* summary.h - which pages of a segment are reusable: one word per chunk of 512 pages, as in the Go runtime's page
 * allocator.
 *
 *     chunk     | . . x x . . . . x x x . x . . . |     . a reusable page, x any other
 *                 ---     -------         -----
 *     summary      2         4              3           how many it begins with, its longest run has, and it ends with
 *
 * Find. The 16 summaries of a segment, a cache line, show the first run that is long enough, also one that crosses from
 * a chunk to the next. Only if it lies inside a chunk, the bitmap is read, 8 words of it.
 *
 * Update. Summaries are exact at all times. The new summary of a chunk follows from the old one and the run that pages
 * were taken from or have joined. Only if pages were taken from the longest run, the chunk's bitmap is read. The tree
 * above (longest.c) changes only as far up as a longest run changes. (doc/experiments.md: "Summaries".)
 */
#ifndef SWISS_HEAP_SUMMARY_H
#define SWISS_HEAP_SUMMARY_H

#include "bits.h"
#include "runs.h"
#include "segment.h"

/* The changes to a run of pages. */
typedef enum swiss_page_event { SWISS_PAGES_FREED, SWISS_PAGES_TAKEN, SWISS_PAGES_TOP_MOVED } swiss_page_event;

/* The reusable pages of a chunk: how many it begins with, how many its longest run has, and how many it ends with; 0 to
 * SWISS_CHUNK_PAGES each, in ten bits each. */
SWISS_ALWAYS_INLINE uint32_t swiss_summary_of(uint32_t start, uint32_t longest, uint32_t end) {
    return start | longest << 10 | end << 20;
}

SWISS_ALWAYS_INLINE uint32_t swiss_summary_start(uint32_t summary) {
    return summary & 0x3FF;
}

SWISS_ALWAYS_INLINE uint32_t swiss_summary_longest(uint32_t summary) {
    return summary >> 10 & 0x3FF;
}

SWISS_ALWAYS_INLINE uint32_t swiss_summary_end(uint32_t summary) {
    return summary >> 20;
}

/* Returns the length of the longest run of set bits in `bits`, or `least` if that is more. */
static inline uint32_t swiss_summary_longest_bits(uint64_t bits, uint32_t least) {
    uint32_t length = 1; /* a set bit: so long a run begins here */
    while (bits && length <= least) {
        uint32_t more = length <= least + 1 - length ? length : least + 1 - length;
        bits &= bits >> more;
        length += more;
    }
    for (; bits; bits &= bits >> 1)
        least = length++;
    return least;
}

/* Returns the summary of a chunk, from its bitmap. */
static inline uint32_t swiss_summary_make(const swiss_segment *segment, uint32_t chunk) {
    const uint32_t first = chunk * SWISS_CHUNK_PAGES, last = first + SWISS_CHUNK_PAGES;
    const uint32_t limit = last < segment->top ? last : segment->top;
    uint32_t start = SWISS_CHUNK_PAGES, longest = 0, run = 0;
    for (uint32_t page = first; page < limit; page += 64) {
        uint64_t bits = segment->free[page >> 6] & swiss_bits_low(limit - page < 64 ? limit - page : 64);
        if (!~bits) {
            run += 64;
            continue;
        }
        run += swiss_bits_lowest(~bits);
        if (start == SWISS_CHUNK_PAGES)
            start = run;
        longest = swiss_summary_longest_bits(bits, longest < run ? run : longest);
        run = 63 - swiss_bits_highest(~bits);
    }
    longest = longest < run ? run : longest;
    return limit == last ? swiss_summary_of(start, longest, run)
                         : swiss_summary_of(start < SWISS_CHUNK_PAGES ? start : run, longest, 0);
}

/* Returns the summary of a chunk after a change to its pages [start, end), from the old one where that is enough. */
static inline uint32_t swiss_summary_after(const swiss_segment *segment, uint32_t start, uint32_t end,
                                           swiss_page_event what) {
    uint32_t chunk = start / SWISS_CHUNK_PAGES, first = chunk * SWISS_CHUNK_PAGES, last = first + SWISS_CHUNK_PAGES;
    uint32_t before = segment->summaries[chunk], longest = swiss_summary_longest(before);
    uint32_t from = swiss_runs_start(segment, start, first); /* the run that they are part of, or were */
    uint32_t to = swiss_runs_next_used(segment, end, last < segment->top ? last : segment->top);
    if (what == SWISS_PAGES_TOP_MOVED || (what == SWISS_PAGES_TAKEN && to - from == longest))
        return swiss_summary_make(segment, chunk);
    if (longest < to - from)
        longest = to - from;
    return swiss_summary_of(
        from > first ? swiss_summary_start(before) : (what == SWISS_PAGES_FREED ? to : start) - from, longest,
        to < last ? swiss_summary_end(before) : to - (what == SWISS_PAGES_FREED ? from : end));
}

/* Updates the summaries of a segment after a change to its pages [start, end). Returns true if any has changed. */
static inline bool swiss_summary_update(swiss_segment *segment, uint32_t start, uint32_t end, swiss_page_event what) {
    bool changed = false;
    for (uint32_t next; start < end; start = next) {
        uint32_t chunk = start / SWISS_CHUNK_PAGES;
        next = (chunk + 1) * SWISS_CHUNK_PAGES < end ? (chunk + 1) * SWISS_CHUNK_PAGES : end;
        uint32_t summary = swiss_summary_after(segment, start, next, what);
        changed |= segment->summaries[chunk] != summary;
        segment->summaries[chunk] = summary;
    }
    return changed;
}

/* Returns the length of the longest reusable run of a segment. */
static inline uint32_t swiss_summary_longest_run(const swiss_segment *segment) {
    uint32_t longest = 0, run = 0;
    for (uint32_t chunk = 0; chunk * SWISS_CHUNK_PAGES < segment->top; ++chunk) {
        uint32_t summary = segment->summaries[chunk], start = swiss_summary_start(summary);
        longest = longest < run + start ? run + start : longest;
        longest = longest < swiss_summary_longest(summary) ? swiss_summary_longest(summary) : longest;
        run = start == SWISS_CHUNK_PAGES ? run + start : swiss_summary_end(summary);
    }
    return longest;
}

/* Returns the first of `count` reusable pages that begin at a multiple of `alignment`, in the chunk of page `from` and
 * not before it; SWISS_SEGMENT_PAGES if there are none. */
static inline uint32_t swiss_summary_find_in_chunk(const swiss_segment *segment, uint32_t from, uint32_t count,
                                                   uint32_t alignment) {
    uint32_t limit = (from | (SWISS_CHUNK_PAGES - 1)) + 1;
    limit = limit < segment->top ? limit : segment->top;
    uint32_t start = swiss_runs_next_free(segment, from, limit);
    while (start < limit) {
        uint32_t end = swiss_runs_next_used(segment, start, limit), aligned = swiss_runs_align(start, alignment);
        if (aligned + count <= end)
            return aligned;
        start = swiss_runs_next_free(segment, end, limit);
    }
    return SWISS_SEGMENT_PAGES;
}

/* Does the same for a whole segment. */
static inline uint32_t swiss_summary_find(const swiss_segment *segment, uint32_t count, uint32_t alignment) {
    uint32_t run = 0; /* reusable pages just before the chunk */
    for (uint32_t page = 0; page < segment->top; page += SWISS_CHUNK_PAGES) {
        uint32_t summary = segment->summaries[page / SWISS_CHUNK_PAGES], start = swiss_summary_start(summary);
        uint32_t found = swiss_runs_align(page - run, alignment);
        if (found + count <= page + start)
            return found;
        if (swiss_summary_longest(summary) >= count) {
            found = swiss_summary_find_in_chunk(segment, page, count, alignment);
            if (found < SWISS_SEGMENT_PAGES)
                return found;
        }
        run = start == SWISS_CHUNK_PAGES ? run + start : swiss_summary_end(summary);
    }
    return SWISS_SEGMENT_PAGES;
}

#endif
