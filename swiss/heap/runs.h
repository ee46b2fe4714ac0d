/* runs.h - runs of pages in the bitmaps of a segment: finds, marks and releases them. The caller holds the page heap's
 * lock. */
#ifndef SWISS_HEAP_RUNS_H
#define SWISS_HEAP_RUNS_H

#include "bits.h"
#include "segment.h"
#include "swiss/align.h"

SWISS_BEGIN_HIDDEN

/* Returns the first page in [from, limit) whose bit is set in `bits` xor `flip` (0 or all ones), or `limit`. */
static inline uint32_t swiss_runs_next(const uint64_t *bits, uint32_t from, uint32_t limit, uint64_t flip) {
    if (from >= limit)
        return limit;
    uint32_t word = from >> 6;
    uint64_t found = (bits[word] ^ flip) & ~swiss_bits_low(from & 63);
    while (!found) {
        if (++word << 6 >= limit)
            return limit;
        found = bits[word] ^ flip;
    }
    uint32_t page = (word << 6) + swiss_bits_lowest(found);
    return page < limit ? page : limit;
}

static inline uint32_t swiss_runs_next_free(const swiss_segment *segment, uint32_t from, uint32_t limit) {
    return swiss_runs_next(segment->free, from, limit, 0);
}

static inline uint32_t swiss_runs_next_used(const swiss_segment *segment, uint32_t from, uint32_t limit) {
    return swiss_runs_next(segment->free, from, limit, ~UINT64_C(0));
}

/* Returns the first page of the free run that ends just before page `end`, or `limit` if the run begins before that;
 * `end` itself if the page before it is in use. */
static inline uint32_t swiss_runs_start(const swiss_segment *segment, uint32_t end, uint32_t limit) {
    if (end <= limit)
        return limit;
    uint32_t word = (end - 1) >> 6;
    uint64_t used = ~segment->free[word] & swiss_bits_low(((end - 1) & 63) + 1);
    while (!used) {
        if (word << 6 <= limit)
            return limit;
        used = ~segment->free[--word];
    }
    uint32_t start = (word << 6) + swiss_bits_highest(used) + 1;
    return start > limit ? start : limit;
}

/* Sets or clears the bits of `count` pages. */
static inline void swiss_runs_mark(uint64_t *bits, uint32_t start, uint32_t count, bool set) {
    for (uint32_t page = start, end = start + count; page < end;) {
        uint32_t in_word = 64 - (page & 63) < end - page ? 64 - (page & 63) : end - page;
        uint64_t mask = swiss_bits_low(in_word) << (page & 63);
        if (set)
            bits[page >> 6] |= mask;
        else
            bits[page >> 6] &= ~mask;
        page += in_word;
    }
}

static inline uint32_t swiss_runs_align(uint32_t page, uint32_t alignment) {
    return (uint32_t)swiss_round_up(page, alignment);
}

/* Clears the released bits of pages [start, end). Returns how many were set. */
static inline uint32_t swiss_runs_unrelease(swiss_segment *segment, uint32_t start, uint32_t end) {
    uint32_t count = 0;
    for (uint32_t page = start; page < end;) {
        uint32_t in_word = 64 - (page & 63) < end - page ? 64 - (page & 63) : end - page;
        uint64_t *word = &segment->released[page >> 6], bits = *word & swiss_bits_low(in_word) << (page & 63);
        count += swiss_bits_count(bits);
        *word &= ~bits;
        page += in_word;
    }
    return count;
}

/* Releases free pages of a segment, in runs of at least `shortest` pages whose ends are multiples of `unit`, both
 * powers of two; if `old`, only pages that are not young. Returns how many went. */
size_t swiss_runs_release(swiss_segment *segment, bool old, uint32_t shortest, uint32_t unit);

SWISS_END_HIDDEN

#endif
