/* runs.c - runs of pages that are given back to the system. */
#include "runs.h"
#include "../os/os.h"

/* Releases those pages of [start, end) that are whole system pages. Returns how many went. */
static size_t release_run(swiss_segment *segment, uint32_t start, uint32_t end) {
    uint32_t unit = (uint32_t)(swiss_os_page_size() >> SWISS_PAGE_SHIFT);
    if (unit > 1) {
        start = swiss_runs_align(start, unit);
        end &= ~(unit - 1);
    }
    if (start >= end || !swiss_os_discard(segment->base + start * SWISS_PAGE_SIZE, (end - start) * SWISS_PAGE_SIZE))
        return 0;
    swiss_runs_mark(segment->released, start, end - start, true);
    return end - start;
}

size_t swiss_runs_release(swiss_segment *segment, bool old, uint32_t shortest, uint32_t unit) {
    uint64_t candidates[SWISS_SEGMENT_PAGES / 64];
    for (uint32_t word = 0; word < SWISS_SEGMENT_PAGES / 64; ++word)
        candidates[word] = segment->free[word] & ~segment->released[word] & ~(old ? segment->young[word] : 0);
    size_t count = 0;
    uint32_t start = swiss_runs_next(candidates, 0, segment->top, 0);
    while (start < segment->top) {
        uint32_t end = swiss_runs_next(candidates, start, segment->top, ~UINT64_C(0));
        uint32_t first = swiss_runs_align(start, unit), last = end & ~(unit - 1);
        if (first < last && last - first >= shortest)
            count += release_run(segment, first, last);
        start = swiss_runs_next(candidates, end, segment->top, 0);
    }
    return count;
}
