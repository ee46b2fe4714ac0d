/* pages.h - the page heap: runs of 8 KiB pages out of segments. Explained at the top of pages.c. */
#ifndef SWISS_HEAP_PAGES_H
#define SWISS_HEAP_PAGES_H

#include "longest.h"

#define SWISS_PAGES_MOVED 8 /* runs that memory was moved to and that the system keeps apart, at most */

typedef struct swiss_pages {
    swiss_longest tree;     /* the segments */
    uintptr_t hint;         /* no page at a lower address is reusable */
    size_t used_pages;      /* pages in runs */
    size_t touched_pages;   /* pages in runs, or free after having been and not given back since */
    size_t committed_pages; /* pages that may be touched */
    struct {
        char *base;
        size_t size;
    } moved[SWISS_PAGES_MOVED]; /* runs that memory was moved to */
    uint32_t moved_count;
    uint64_t scavenged_at; /* milliseconds: when last; limits.c */
} swiss_pages;

/* Notes that memory of whole pages is to be moved to a run, or a part of one: the system keeps such in a mapping of its
 * own, of which it allows so many. False if there are too many: then it is to be copied. */
bool swiss_pages_expect_move(swiss_pages *pages, char *base, size_t size);

/* A run of `count` pages, 1 to SWISS_SEGMENT_PAGES, that starts at a multiple of `alignment` pages, and if all of it is
 * fresh at one of `best`: powers of two up to SWISS_SEGMENT_PAGES, `best` not less. Sets *zeroed to whether its memory
 * is known to be zero. NULL when out of memory. */
void *swiss_pages_alloc(swiss_pages *pages, size_t count, size_t alignment, size_t best, bool *zeroed);

/* Frees `count` pages at `address`: a run, or its tail. They join with the free pages next to them. */
void swiss_pages_free(swiss_pages *pages, void *address, size_t count);

/* Grows the run of `count` pages at `address` to `new_count` without moving it. False if the pages behind it are not
 * free, or when out of memory: then nothing has changed. */
bool swiss_pages_grow(swiss_pages *pages, void *address, size_t count, size_t new_count);

/* Takes whatever is free of 64 pages at a multiple of their size: of the first with a reusable page, or if there is
 * none of some with fresh ones. Returns the address of the 64, and in *taken and *zero a set bit for each page taken,
 * and for each of these whose memory is known to be zero. NULL when out of memory. */
char *swiss_pages_take_piece(swiss_pages *pages, uint64_t *taken, uint64_t *zero);

/* Frees pages of such a piece, those set in `freed`; the memory of those set in `zero` was not touched. */
void swiss_pages_put_piece(swiss_pages *pages, char *piece, uint64_t freed, uint64_t zero);

/* Gives the memory of the free pages back to the system; they stay free, and committed. Returns how many pages went. */
size_t swiss_pages_release(swiss_pages *pages);

/* The same for pages that have been free since the last call of either: those of whole huge pages, and then, while more
 * than `enough` pages are touched, others that lie in longer runs. */
size_t swiss_pages_scavenge(swiss_pages *pages, size_t enough);

/* Gives back the address space of SWISS_CHUNK_PAGES free pages, and their memory, if any segment ends with so many.
 * True if the system has more now. O(segments). */
bool swiss_pages_unreserve(swiss_pages *pages);

/* Gives back everything, runs in use included. */
void swiss_pages_destroy(swiss_pages *pages);

/* The segment of these that holds `address`; NULL if none does. O(log segments). */
swiss_segment *swiss_pages_find(const swiss_pages *pages, const void *address);

/* The length of the longest run of free pages. O(1). */
size_t swiss_pages_longest(const swiss_pages *pages);

/* How many pages of address space there are. */
size_t swiss_pages_reserved(const swiss_pages *pages);

/* The bytes of this page heap's records. */
size_t swiss_pages_metadata(const swiss_pages *pages);

#endif
