/* pagecache.h - 64 pages, of which a thread takes without the page heap's lock. Explained at the top of pagecache.c. */
#ifndef SWISS_HEAP_PAGECACHE_H
#define SWISS_HEAP_PAGECACHE_H

#include "pages.h"

SWISS_BEGIN_HIDDEN

/* All zero: empty. */
typedef struct swiss_page_cache {
    char *piece;   /* the 64 pages, aligned to their size */
    uint64_t free; /* a set bit: the page is here to be taken */
    uint64_t zero; /* a set bit: the page is here, is not touched or was given back, and is zero */
} swiss_page_cache;

/* Takes the first `count` pages that lie side by side, 1 to 64, and returns their address. NULL if there are none.
 * O(log count). */
char *swiss_page_cache_take(swiss_page_cache *cache, size_t count);

/* Puts `count` pages at `address` back. Returns false if they are not of the piece: then nothing has changed. O(1). */
bool swiss_page_cache_put(swiss_page_cache *cache, const char *address, size_t count);

/* Returns how many of its free pages are touched. */
size_t swiss_page_cache_touched(const swiss_page_cache *cache);

/* Gets a piece for an empty cache. Returns false when out of memory. The caller holds the lock of the page heap, here
 * and in swiss_page_cache_flush. */
bool swiss_page_cache_refill(swiss_page_cache *cache, swiss_pages *pages);

/* Gives all pages back to the page heap. */
void swiss_page_cache_flush(swiss_page_cache *cache, swiss_pages *pages);

SWISS_END_HIDDEN

#endif
