/* kept.c - large blocks that a thread has freed and keeps for its next allocations.
 *
 *     free     put   --> no room: drop the one that was freed first
 *     alloc    take  <-- none fits: the page heap
 *
 *     blocks[]    | freed first ... freed last |       up to 8, of 4 MiB together
 *                   dropped first   taken first
 *
 * Put, take. A program that needs a buffer again and again would enter the page heap each time: its lock, its limits,
 * its bitmaps and their summaries. A kept block is a span as it was, with its record, its pages and its place in the
 * address map. Only its state byte says that it is free. So a second free is noticed, and who walks over the blocks, or
 * asks for one, does not find it.
 *
 * Fit. A kept block serves what is up to an eighth smaller. Its bytes beyond count as used, as those of a size class
 * do.
 *
 * Drop. To the page heap its pages are in use; the statistics, which know better, count them as idle. They go back as
 * all that a thread caches does: after a second without use, when the thread ends, trims or is idle, and before memory
 * is said to be out. If the heap has a limit, nothing is kept. A block that grows in place drops those behind it.
 *
 * Room. The bytes of kept blocks count within the limit on what all threads cache (cache.c).
 *
 * Counts. Who adds up those of all threads reads the frees first: each follows an allocation. They and the counts of
 * the page heap agree while spans are stopped, because blocks are dropped under the lock of the cache's spans.
 */
#include "kept.h"
#include "swiss/align.h"
#include <string.h>

static swiss_kept_block remove_at(swiss_kept *kept, uint32_t i) {
    const swiss_kept_block block = kept->blocks[i];
    --kept->count;
    memmove(&kept->blocks[i], &kept->blocks[i + 1], (kept->count - i) * sizeof *kept->blocks);
    kept->bytes -= (size_t)block.pages << SWISS_PAGE_SHIFT;
    return block;
}

void *swiss_kept_take(swiss_kept *kept, size_t size, size_t alignment) {
    const uint32_t pages = (uint32_t)((size + SWISS_PAGE_SIZE - 1) >> SWISS_PAGE_SHIFT);
    for (uint32_t i = kept->count; i-- > 0;) {
        swiss_span *span = kept->blocks[i].span;
        if (kept->blocks[i].pages - pages > pages / 8 || !swiss_is_aligned(span->base, alignment))
            continue; /* less is far more, modulo 2^32 */
        (void)remove_at(kept, i);
        span->spare = false;
        atomic_store_explicit(swiss_span_state(span, 0), SWISS_SLOT_LIVE, memory_order_relaxed);
        swiss_kept_add(&kept->allocated, 1);
        swiss_kept_add(&kept->allocated_bytes, span->size);
        return span->base;
    }
    return NULL;
}

/* Gives a block back. The lock of the cache's spans is held. */
static void drop_at(swiss_kept *kept, swiss_share *share, uint32_t i) {
    const swiss_kept_block block = remove_at(kept, i);
    ++kept->dropped;
    kept->dropped_bytes += (size_t)block.pages << SWISS_PAGE_SHIFT;
    (void)swiss_large_drop(share, block.span); /* it is no mapping */
}

void swiss_kept_drop(swiss_kept *kept, swiss_share *share, swiss_span_cache *cache, uint32_t count) {
    if (!count)
        return;
    swiss_os_spin_acquire(&cache->lock, SWISS_RANK_SPAN_CACHE);
    for (; count; --count)
        drop_at(kept, share, 0);
    swiss_os_spin_release(&cache->lock, SWISS_RANK_SPAN_CACHE);
}

bool swiss_kept_drop_between(swiss_kept *kept, swiss_share *share, swiss_span_cache *cache, const char *begin,
                             const char *end) {
    const uint32_t before = kept->count;
    swiss_os_spin_acquire(&cache->lock, SWISS_RANK_SPAN_CACHE);
    for (uint32_t i = before; i-- > 0;)
        if (kept->blocks[i].span->base >= begin && kept->blocks[i].span->base < end)
            drop_at(kept, share, i);
    swiss_os_spin_release(&cache->lock, SWISS_RANK_SPAN_CACHE);
    return kept->count < before;
}

uint32_t swiss_kept_age(swiss_kept *kept) {
    uint32_t old = 0;
    while (old < kept->count && kept->blocks[old].period != kept->period)
        ++old;
    ++kept->period;
    return old;
}
