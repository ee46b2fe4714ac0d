/* pages.h - the page heap: runs of 8 KiB pages out of segments. Explained at the top of pages.c. */
#ifndef SWISS_HEAP_PAGES_H
#define SWISS_HEAP_PAGES_H

#include "longest.h"

SWISS_BEGIN_HIDDEN

#define SWISS_PAGES_MOVED 8 /* runs that memory was moved to and that are mappings apart, at most */

typedef struct swiss_pages {
    swiss_longest tree;     /* the segments */
    uintptr_t hint;         /* no page at a lower address is free and below its segment's top */
    size_t used_pages;      /* pages in runs */
    size_t touched_pages;   /* pages in runs, and free ones that still have memory */
    size_t committed_pages; /* pages that may be touched */
    uint64_t given_back;    /* pages whose memory went back to the system, all in all */
    struct {
        char *base;
        size_t size;
    } moved[SWISS_PAGES_MOVED]; /* runs that memory was moved to */
    uint32_t moved_count;
    uint64_t scavenged_at;       /* milliseconds: when limits.c last looked for what to give back */
    uint64_t scavenges, gave_at; /* times that it gave something, and when it last did; kept for statistics */
} swiss_pages;

/* Notes that memory is to be moved to a run, or a part of one. The system keeps it in a mapping of its own, and allows
 * a limited number of these. Returns false if there are too many: then the memory is to be copied. */
bool swiss_pages_expect_move(swiss_pages *pages, char *base, size_t size);

/* Returns a run of `count` pages, 1 to SWISS_SEGMENT_PAGES. It starts at a multiple of `alignment` pages; if all of it
 * is fresh, at one of `best` pages where possible. Both are powers of two up to SWISS_SEGMENT_PAGES, `best` not the
 * smaller. Sets *zeroed to true if its memory is known to be zero, else to false. NULL when out of memory. */
void *swiss_pages_alloc(swiss_pages *pages, size_t count, size_t alignment, size_t best, bool *zeroed);

/* Frees `count` pages at `address`, a run or its tail. They join with the free pages next to them. */
void swiss_pages_free(swiss_pages *pages, void *address, size_t count);

/* Grows the run of `count` pages at `address` to `new_count` pages without moving it. Returns false if the pages behind
 * it are not free, and when out of memory: then nothing has changed. */
bool swiss_pages_grow(swiss_pages *pages, void *address, size_t count, size_t new_count);

/* Takes all that is free of a piece, 64 pages at a multiple of their size: of the first piece with a reusable page,
 * else of one with fresh pages. Returns the address of the piece. Sets a bit in *taken for each page taken, and in
 * *zero for each of these whose memory is known to be zero. NULL when out of memory. */
char *swiss_pages_take_piece(swiss_pages *pages, uint64_t *taken, uint64_t *zero);

/* Frees the pages of a piece whose bits are set in `freed`; the memory of those set in `zero` was not touched. */
void swiss_pages_put_piece(swiss_pages *pages, char *piece, uint64_t freed, uint64_t zero);

/* Gives the memory of all free pages back to the system. The pages stay free and committed. Returns how many went. */
size_t swiss_pages_release(swiss_pages *pages);

/* Does the same for pages that have been free since the last call of either function: first those of whole huge pages,
 * and then, while more than `enough` pages are touched, others in longer runs. */
size_t swiss_pages_scavenge(swiss_pages *pages, size_t enough);

/* Gives back the address space and the memory of SWISS_CHUNK_PAGES free pages, if any segment ends with so many.
 * Returns true if the system has more now. O(segments). */
bool swiss_pages_unreserve(swiss_pages *pages);

/* Gives back everything, runs in use included. */
void swiss_pages_destroy(swiss_pages *pages);

/* Returns the segment that holds `address`; NULL if none of this page heap does. O(log segments). */
swiss_segment *swiss_pages_find(const swiss_pages *pages, const void *address);

/* Returns the length of the longest run of free pages. O(1). */
size_t swiss_pages_longest(const swiss_pages *pages);

/* Returns the number of pages of address space. O(segments). */
size_t swiss_pages_reserved(const swiss_pages *pages);

/* Returns the bytes of this page heap's records. */
size_t swiss_pages_metadata(const swiss_pages *pages);

SWISS_END_HIDDEN

#endif
