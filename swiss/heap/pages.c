/* pages.c - the page heap.
 *
 * It hands out runs of 8 KiB pages, 1 to 8192 of them, to spans. A segment's free pages are the set bits of a bitmap, so
 * a freed run has joined its neighbours the moment its bits are set: there are no headers to merge and no lists to keep.
 *
 * Where a run comes from, in this order:
 *
 * 1. Reuse. Each segment has a top, the end of the pages that were ever in use. Free pages below it are committed and
 *    backed by memory already: the first run there that fits, in the order of addresses, is taken. First fit by address
 *    keeps the pages in use close together at the bottom, which leaves long free runs further up.
 * 2. Fresh pages, of the first segment whose free tail is long enough. The tail may begin with pages that were in use
 *    before. Fresh pages are committed 4 MiB at a time, and are known to be zero.
 * 3. A new segment.
 *
 * To reuse before touching fresh pages matters more than the strict order of addresses: the first touch of fresh memory is
 * a page fault and a page to be cleared, measured at 380 microseconds per MiB with 4 KiB pages on an EPYC.
 *
 * What keeps the search short. A bitmap is 128 words. Each segment, and in it each chunk of 512 pages, has an upper bound on
 * the longest reusable run that begins there, and each segment a page below which none is free. A bound rises when runs
 * are freed, and a search that fails has seen every run and sets it to the exact length; so a chunk is not searched in vain
 * for the same size again and again. Go's summaries of first, longest and last run per chunk, joined up a tree, are exact at all
 * times, but have to be made again at every change; bounds cost a comparison. Those of segments lie next to each other
 * in one array: to pass by a full segment costs 16 bytes of reading, and the full ones at the beginning not even that.
 *
 *     page      0          lowest            tail     top      committed          8192
 *               | in use     | mixed           | free   | free     | free           |
 *               |            |<--- reusable ---------->|  fresh    | not committed  |
 *                                              |<----------- the free tail -------->|
 *
 * Runs of at least 2 MiB get huge pages where they are fresh (see os.c). Memory that small runs used before has its pages
 * already, and stays as it is.
 *
 * A run of 512 KiB or more for which all idle memory together would not do takes fresh pages, and the idle memory goes back
 * to the system first: a table that doubles again and again, each time too large for all that it left, else ends with nearly
 * twice its size. Where idle memory is only in the wrong pieces it stays: giving it back then made blocks of 64 KiB to 8 MiB,
 * 32 at a time, take up to twice as long, for a peak of 1.35 instead of 1.45 times what is alive.
 *
 * Freed pages stay committed. Those that are given back to the system are marked as released until they are taken again:
 * they do not count as touched, and are known to be zero. All go on request; by themselves, at most once a second, of those
 * that have been free since the last time first whole huge pages, and then, while there are more than a few, runs of at least
 * 64 KiB: what is freed and taken again all the time stays, and a huge page is not broken up without need.
 */
#include "pages.h"
#include "bits.h"
#include "os.h"
#include <string.h>

#define SCAVENGE_PAGES 8u  /* 64 KiB, as in Go: shorter runs are worth more than they cost */
#define EXCHANGE_PAGES 64u /* 512 KiB: a system call costs less than the faults that such a run does */
#define COMMIT_PAGES 512u  /* 4 MiB: few system calls, little that is counted against the machine without being used */

/* The first page in [from, limit) whose bit is set in `bits` inverted by `flip` (0 or all ones), or `limit`. */
static uint32_t next_page(const uint64_t *bits, uint32_t from, uint32_t limit, uint64_t flip) {
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

static uint32_t next_free(const swiss_segment *segment, uint32_t from, uint32_t limit) {
    return next_page(segment->free, from, limit, 0);
}

static uint32_t next_used(const swiss_segment *segment, uint32_t from, uint32_t limit) {
    return next_page(segment->free, from, limit, ~UINT64_C(0));
}

/* The first page of the free run that ends just before page `end`: `end` itself if the page before it is in use. */
static uint32_t run_start(const swiss_segment *segment, uint32_t end) {
    if (end == 0)
        return 0;
    uint32_t word = (end - 1) >> 6;
    uint64_t used = ~segment->free[word] & swiss_bits_low(((end - 1) & 63) + 1);
    while (!used) {
        if (word == 0)
            return 0;
        used = ~segment->free[--word];
    }
    return (word << 6) + swiss_bits_highest(used) + 1;
}

/* Sets or clears the bits of `count` pages. */
static void mark(uint64_t *bits, uint32_t start, uint32_t count, bool set) {
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

static uint32_t align_up(uint32_t page, uint32_t alignment) {
    return (page + alignment - 1) & ~(alignment - 1);
}

/* Searches the reusable runs of one chunk. The first page of one that fits, or SWISS_SEGMENT_PAGES: then the chunk's bound is
 * exact. A run that reaches into the chunk counts with that part only, for all of it was looked at before. */
static uint32_t find_in_chunk(swiss_segment *segment, uint32_t chunk, uint32_t count, uint32_t alignment) {
    uint32_t top = segment->top, limit = (chunk + 1) * SWISS_CHUNK_PAGES, longest = 0;
    uint32_t start = next_free(segment, chunk * SWISS_CHUNK_PAGES, limit < top ? limit : top);
    while (start < limit && start < top) {
        uint32_t end = next_used(segment, start, top);
        uint32_t aligned = align_up(start, alignment);
        if (aligned < end && end - aligned >= count)
            return aligned;
        if (end - start > longest)
            longest = end - start;
        start = next_free(segment, end, limit < top ? limit : top);
    }
    segment->bounds[chunk] = (uint16_t)longest;
    return SWISS_SEGMENT_PAGES;
}

/* Step 1: the first page of a reusable run that fits, or SWISS_SEGMENT_PAGES. */
static uint32_t find_reusable(swiss_pages_entry *entry, uint32_t count, uint32_t alignment) {
    swiss_segment *segment = entry->segment;
    uint32_t longest = 0;
    for (uint32_t chunk = segment->lowest / SWISS_CHUNK_PAGES; chunk * SWISS_CHUNK_PAGES < segment->top; ++chunk) {
        uint32_t start =
            segment->bounds[chunk] < count ? SWISS_SEGMENT_PAGES : find_in_chunk(segment, chunk, count, alignment);
        if (start < SWISS_SEGMENT_PAGES)
            return start;
        if (segment->bounds[chunk] > longest)
            longest = segment->bounds[chunk];
    }
    entry->reusable = longest;
    return SWISS_SEGMENT_PAGES;
}

/* A reusable run of `length` pages begins at `start`. */
static void raise_bound(swiss_pages *pages, swiss_pages_entry *entry, uint32_t start, uint32_t length) {
    uint16_t *bound = &entry->segment->bounds[start / SWISS_CHUNK_PAGES];
    if (*bound < length)
        *bound = (uint16_t)length;
    if (entry->reusable < length)
        entry->reusable = length;
    if (length && pages->first > entry->segment->index)
        pages->first = entry->segment->index;
}

static bool commit(swiss_pages *pages, swiss_segment *segment, uint32_t end) {
    if (end <= segment->committed)
        return true;
    uint32_t committed = align_up(end, COMMIT_PAGES);
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

/* Huge pages for what is fresh of the run [start, end), if it is large. */
static void advise(swiss_segment *segment, uint32_t start, uint32_t end) {
    const uint32_t huge = (uint32_t)(SWISS_OS_HUGE_PAGE / SWISS_PAGE_SIZE);
    if (end - start < huge || end <= segment->top || swiss_os_huge_get() == SWISS_OS_HUGE_OFF)
        return;
    uint32_t fresh = segment->top & ~(huge - 1); /* a unit that is partly in use elsewhere begins before the run */
    if (start < fresh)
        start = fresh;
    swiss_os_advise_huge(segment->base + start * SWISS_PAGE_SIZE, (end - start) * SWISS_PAGE_SIZE);
}

/* Forgets that any of the pages [start, end) was released. Returns how many were. */
static uint32_t unrelease(swiss_segment *segment, uint32_t start, uint32_t end) {
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

/* Takes pages [start, start + count), which are free and committed, out of the free ones. Returns how many of them were
 * released. */
static uint32_t take(swiss_pages *pages, swiss_pages_entry *entry, uint32_t start, uint32_t count) {
    swiss_segment *segment = entry->segment;
    uint32_t end = start + count;
    mark(segment->free, start, count, false);
    advise(segment, start, end);
    if (segment->lowest == start)
        segment->lowest = end;
    if (end > segment->top) {
        /* Fresh pages that an alignment skipped are reusable from now on. */
        if (start > entry->tail)
            raise_bound(pages, entry, entry->tail, start - entry->tail);
        pages->touched_pages += end - segment->top;
        segment->top = end;
    } else if (end < segment->top) { /* what is left of the run may begin in another chunk now */
        raise_bound(pages, entry, end, next_used(segment, end, segment->top) - end);
    }
    if (end > entry->tail)
        entry->tail = end;
    uint32_t released = unrelease(segment, start, end);
    pages->touched_pages += released;
    pages->used_pages += count;
    return released;
}

static void *take_at(swiss_pages *pages, swiss_pages_entry *entry, uint32_t start, uint32_t count, bool *zeroed) {
    uint32_t top = entry->segment->top, end = start + count;
    uint32_t known = end > top ? end - (start > top ? start : top) : 0; /* pages known to be zero: fresh ones, */
    *zeroed = take(pages, entry, start, count) + known == count;        /* and those released */
    return entry->segment->base + start * SWISS_PAGE_SIZE;
}

/* Doubles the array of segments when it is full. False when out of memory. */
static bool grow_entries(swiss_pages *pages) {
    if (pages->count < pages->capacity)
        return true;
    size_t bytes = pages->capacity ? 2 * pages->capacity * sizeof *pages->entries : swiss_os_round(1);
    swiss_pages_entry *entries = swiss_os_alloc(bytes);
    if (!entries)
        return false;
    if (pages->entries) {
        memcpy(entries, pages->entries, pages->count * sizeof *entries);
        swiss_os_release(pages->entries, bytes / 2);
    }
    pages->entries = entries;
    pages->capacity = bytes / sizeof *entries;
    return true;
}

static swiss_pages_entry *add_segment(swiss_pages *pages) {
    if (!grow_entries(pages))
        return NULL;
    swiss_segment *segment = swiss_segment_create();
    if (!segment)
        return NULL;
    size_t index = pages->count++;
    for (; index > 0 && (uintptr_t)pages->entries[index - 1].segment->base > (uintptr_t)segment->base; --index) {
        pages->entries[index] = pages->entries[index - 1];
        pages->entries[index].segment->index = (uint32_t)index;
    }
    pages->entries[index] = (swiss_pages_entry){segment, 0, 0};
    segment->index = (uint32_t)index;
    pages->first = 0;
    return &pages->entries[index];
}

static size_t release_segment(swiss_segment *segment, bool old, uint32_t shortest, uint32_t unit);

/* Before so many fresh pages are touched: gives long idle runs back if all that is idle, joined, would be too short. */
static void exchange(swiss_pages *pages, size_t count) {
    if (count < EXCHANGE_PAGES || pages->touched_pages - pages->used_pages >= count)
        return;
    for (size_t i = 0; i < pages->count; ++i)
        if (pages->entries[i].reusable >= EXCHANGE_PAGES)
            pages->touched_pages -= release_segment(pages->entries[i].segment, false, EXCHANGE_PAGES, 1);
}

/* Step 1. NULL if there is no such run. */
static void *reuse(swiss_pages *pages, uint32_t count, uint32_t alignment, bool *zeroed) {
    while (pages->first < pages->count && !pages->entries[pages->first].reusable)
        ++pages->first;
    for (size_t i = pages->first; i < pages->count; ++i) {
        swiss_pages_entry *entry = &pages->entries[i];
        if (entry->reusable < count)
            continue;
        uint32_t start = find_reusable(entry, count, alignment);
        if (start < SWISS_SEGMENT_PAGES)
            return take_at(pages, entry, start, count, zeroed);
    }
    return NULL;
}

static void *take_fresh(swiss_pages *pages, uint32_t count, uint32_t alignment, bool *zeroed) {
    for (size_t i = 0; i < pages->count; ++i) {
        swiss_pages_entry *entry = &pages->entries[i];
        uint32_t start = align_up(entry->tail, alignment);
        if (start + count <= SWISS_SEGMENT_PAGES && commit(pages, entry->segment, start + count))
            return take_at(pages, entry, start, count, zeroed);
    }
    swiss_pages_entry *entry = add_segment(pages);
    return entry && commit(pages, entry->segment, count) ? take_at(pages, entry, 0, count, zeroed) : NULL;
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

/* The entry of the segment that holds `address`, a page's, and in *page which of its pages that is. */
static swiss_pages_entry *entry_of(swiss_pages *pages, const void *address, uint32_t *page) {
    swiss_segment *segment = swiss_segment_of(address);
    *page = (uint32_t)((size_t)((const char *)address - segment->base) >> SWISS_PAGE_SHIFT);
    return &pages->entries[segment->index];
}

void swiss_pages_free(swiss_pages *pages, void *address, size_t count) {
    uint32_t start;
    swiss_pages_entry *entry = entry_of(pages, address, &start);
    swiss_segment *segment = entry->segment;
    uint32_t end = start + (uint32_t)count;
    mark(segment->free, start, (uint32_t)count, true);
    mark(segment->young, start, (uint32_t)count, true);
    pages->used_pages -= count;
    if (segment->lowest > start)
        segment->lowest = start;
    uint32_t joined_start = run_start(segment, start), joined_end = next_used(segment, end, segment->top);
    raise_bound(pages, entry, joined_start, joined_end - joined_start);
    if (entry->tail == end)
        entry->tail = joined_start;
}

bool swiss_pages_grow(swiss_pages *pages, void *address, size_t count, size_t new_count) {
    uint32_t start;
    swiss_pages_entry *entry = entry_of(pages, address, &start);
    uint32_t end = start + (uint32_t)count;
    if (new_count > SWISS_SEGMENT_PAGES - start)
        return false;
    uint32_t new_end = start + (uint32_t)new_count;
    if (next_used(entry->segment, end, new_end) < new_end || !commit(pages, entry->segment, new_end))
        return false;
    (void)take(pages, entry, end, new_end - end);
    return true;
}

/* Gives those pages of [start, end) back that are whole system pages. Returns how many went. */
static size_t release_run(swiss_segment *segment, uint32_t start, uint32_t end) {
    uint32_t unit = (uint32_t)(swiss_os_page_size() >> SWISS_PAGE_SHIFT);
    if (unit > 1) {
        start = align_up(start, unit);
        end &= ~(unit - 1);
    }
    if (start >= end || !swiss_os_discard(segment->base + start * SWISS_PAGE_SIZE, (end - start) * SWISS_PAGE_SIZE))
        return 0;
    mark(segment->released, start, end - start, true);
    return end - start;
}

/* Gives back the free pages of one segment that are not yet, in runs of at least `shortest` whose ends are multiples of
 * `unit`, powers of two; if `old`, none that is young. */
static size_t release_segment(swiss_segment *segment, bool old, uint32_t shortest, uint32_t unit) {
    uint64_t candidates[SWISS_SEGMENT_PAGES / 64];
    for (uint32_t word = 0; word < SWISS_SEGMENT_PAGES / 64; ++word)
        candidates[word] = segment->free[word] & ~segment->released[word] & ~(old ? segment->young[word] : 0);
    size_t count = 0;
    uint32_t start = next_page(candidates, segment->lowest, segment->top, 0);
    while (start < segment->top) {
        uint32_t end = next_page(candidates, start, segment->top, ~UINT64_C(0));
        uint32_t first = align_up(start, unit), last = end & ~(unit - 1);
        if (first < last && last - first >= shortest)
            count += release_run(segment, first, last);
        start = next_page(candidates, end, segment->top, 0);
    }
    return count;
}

size_t swiss_pages_release(swiss_pages *pages) {
    size_t count = 0;
    for (size_t i = 0; i < pages->count; ++i) {
        swiss_segment *segment = pages->entries[i].segment;
        count += release_segment(segment, false, 1, 1);
        memset(segment->young, 0, sizeof segment->young);
    }
    pages->touched_pages -= count;
    return count;
}

size_t swiss_pages_scavenge(swiss_pages *pages, size_t enough) {
    const uint32_t huge = (uint32_t)(SWISS_OS_HUGE_PAGE / SWISS_PAGE_SIZE);
    size_t before = pages->touched_pages;
    for (size_t i = pages->count; i-- > 0;)
        pages->touched_pages -= release_segment(pages->entries[i].segment, true, huge, huge);
    for (size_t i = pages->count;
         i-- > 0 && pages->touched_pages > enough;) /* from the highest on: the lowest fill up first */
        pages->touched_pages -= release_segment(pages->entries[i].segment, true, SCAVENGE_PAGES, 1);
    for (size_t i = 0; i < pages->count; ++i)
        memset(pages->entries[i].segment->young, 0, sizeof pages->entries[i].segment->young);
    return before - pages->touched_pages;
}

bool swiss_pages_unreserve(swiss_pages *pages) {
    for (size_t i = pages->count; i-- > 0;) { /* from the highest on, as in swiss_pages_scavenge */
        swiss_segment *segment = pages->entries[i].segment;
        if (segment->reserved < pages->entries[i].tail + SWISS_CHUNK_PAGES || !swiss_segment_unreserve(segment))
            continue;
        uint32_t end = segment->reserved;
        if (segment->top > end) {
            pages->touched_pages -= segment->top - end - unrelease(segment, end, segment->top);
            segment->top = end;
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
    for (size_t i = 0; i < pages->count; ++i)
        swiss_segment_destroy(pages->entries[i].segment);
    if (pages->entries)
        swiss_os_release(pages->entries, pages->capacity * sizeof *pages->entries);
}

bool swiss_pages_has(const swiss_pages *pages, const swiss_segment *segment) {
    for (size_t i = 0; i < pages->count; ++i)
        if (pages->entries[i].segment == segment)
            return true;
    return false;
}

size_t swiss_pages_longest(const swiss_pages *pages) {
    uint32_t longest = 0;
    for (size_t i = 0; i < pages->count; ++i) {
        const swiss_segment *segment = pages->entries[i].segment;
        uint32_t start = next_free(segment, segment->lowest, SWISS_SEGMENT_PAGES);
        while (start < SWISS_SEGMENT_PAGES) {
            uint32_t end = next_used(segment, start, SWISS_SEGMENT_PAGES);
            if (end - start > longest)
                longest = end - start;
            start = next_free(segment, end, SWISS_SEGMENT_PAGES);
        }
    }
    return longest;
}

size_t swiss_pages_reserved(const swiss_pages *pages) {
    size_t count = 0;
    for (size_t i = 0; i < pages->count; ++i)
        count += pages->entries[i].segment->reserved;
    return count;
}

size_t swiss_pages_metadata(const swiss_pages *pages) {
    return pages->count * swiss_os_round(sizeof(swiss_segment)) + pages->capacity * sizeof *pages->entries;
}
