/* pagecache.c - 64 pages side by side, of which a thread takes without the page heap's lock.
 *
 * A *piece* is 64 pages at a multiple of their size, so that their bits are a word.
 *
 *      piece    |. . x x x . . . . x . . . ... |    64 pages, 512 KiB
 *      free      0 0 1 1 1 0 0 0 0 1 0 0 0 ...      here to be taken; 0: in use elsewhere
 *      zero      0 0 0 0 1 0 0 0 0 1 0 0 0 ...      of these, not touched since the system gave them
 *
 * Refill. As in the Go runtime, the cache gets all free pages of a piece at once.
 *
 * Take. Shifts the word over itself until only the first bits of runs that are long enough are left, and takes the
 * lowest.
 *
 * Put. Pages of the piece come back as bits; others go to the page heap.
 *
 * Flush. To the page heap all pages of a cache are in use; the statistics, which know better, count the bits. They go
 * back when the thread ends, when a thread trims the heap, before memory is said to be out, and when limits are set.
 *
 * Numbers: doc/experiments.md, "Page caches".
 */
#include "pagecache.h"
#include "bits.h"

char *swiss_page_cache_take(swiss_page_cache *cache, size_t count) {
    uint64_t starts = cache->free; /* a set bit: a run of `length` begins here */
    for (size_t length = 1; starts && length < count;) {
        size_t more = length < count - length ? length : count - length;
        starts &= starts >> more;
        length += more;
    }
    if (!starts)
        return NULL;
    unsigned first = swiss_bits_lowest(starts);
    uint64_t taken = swiss_bits_low((unsigned)count) << first;
    cache->free &= ~taken;
    cache->zero &= ~taken;
    return cache->piece + first * SWISS_PAGE_SIZE;
}

bool swiss_page_cache_put(swiss_page_cache *cache, const char *address, size_t count) {
    size_t page = ((uintptr_t)address - (uintptr_t)cache->piece) >> SWISS_PAGE_SHIFT;
    if (page >= 64 || count > 64 - page || !cache->piece)
        return false;
    cache->free |= swiss_bits_low((unsigned)count) << page;
    return true;
}

size_t swiss_page_cache_touched(const swiss_page_cache *cache) {
    return swiss_bits_count(cache->free & ~cache->zero);
}

bool swiss_page_cache_refill(swiss_page_cache *cache, swiss_pages *pages) {
    cache->piece = swiss_pages_take_piece(pages, &cache->free, &cache->zero);
    return cache->piece;
}

void swiss_page_cache_flush(swiss_page_cache *cache, swiss_pages *pages) {
    if (cache->free)
        swiss_pages_put_piece(pages, cache->piece, cache->free, cache->zero);
    *cache = (swiss_page_cache){NULL, 0, 0};
}
