/* summary.h - what of a segment is reusable, a word per 512 pages. Explained at the top of summary.c. */
#ifndef SWISS_HEAP_SUMMARY_H
#define SWISS_HEAP_SUMMARY_H

#include "segment.h"

/* What has happened to a run of pages. */
typedef enum swiss_page_event { SWISS_PAGES_FREED, SWISS_PAGES_TAKEN, SWISS_PAGES_TOP_MOVED } swiss_page_event;

/* Makes the summaries of a segment right again after a change to its pages [start, end). True if any has changed. */
bool swiss_summary_update(swiss_segment *segment, uint32_t start, uint32_t end, swiss_page_event what);

/* The length of the longest reusable run of a segment. */
uint32_t swiss_summary_longest_run(const swiss_segment *segment);

/* The first of `count` reusable pages that begin at a multiple of `alignment`; SWISS_SEGMENT_PAGES if there are none.
 * */
uint32_t swiss_summary_find(const swiss_segment *segment, uint32_t count, uint32_t alignment);

/* The same from page `from` on and in its chunk. */
uint32_t swiss_summary_find_in_chunk(const swiss_segment *segment, uint32_t from, uint32_t count, uint32_t alignment);

/* The reusable pages of a chunk: how many it begins with, how many there are in its longest run, and how many it ends
 * with; 0 to SWISS_CHUNK_PAGES each, in ten bits each. */
SWISS_ALWAYS_INLINE uint32_t swiss_summary_start(uint32_t summary) {
    return summary & 0x3FF;
}

SWISS_ALWAYS_INLINE uint32_t swiss_summary_longest(uint32_t summary) {
    return summary >> 10 & 0x3FF;
}

SWISS_ALWAYS_INLINE uint32_t swiss_summary_end(uint32_t summary) {
    return summary >> 20;
}

#endif
