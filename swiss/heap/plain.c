/* plain.c - the heap without extras: slow paths of heap.c, and all that hardening stands on.
 *
 *     size <= 32 KiB, alignment <= 8 KiB    cache or central -> span    a slot of a size class
 *     both <= 64 MiB                        large -> page heap          a run of pages; up to 4 MiB it may be cached
 *     larger                                large -> mapping            a mapping of its own
 *
 * Alloc. A thread with a cache of the heap uses that; others take the lock of a central. When memory is out, all that
 * is kept for later is given back, and the allocation is tried once more.
 *
 * Free. The same way back, by the span of the block.
 *
 * In a heap of one's own, large blocks are spans of its central of class 0, under that lock. So it finds all that it
 * has by its centrals.
 */
#include "plain.h"
#include "large.h"
#include "sampling.h"
#include "validate_heap.h"
#include <string.h>

SWISS_COLD void swiss_plain_trim(swiss_heap *heap) {
    if (swiss_heap_is_main(heap))
        swiss_cache_trim(&swiss_heap_main.caches);
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class)
        if (swiss_heap_central(heap, size_class))
            swiss_central_trim(swiss_heap_central(heap, size_class));
    swiss_spans_flush(heap->share.spans);
}

/* Returns this thread's cache of the heap, to be used until swiss_cache_done; or NULL. */
static inline swiss_cache *use_cache_of(const swiss_heap *heap) {
    return swiss_heap_is_main(heap) ? swiss_cache_use(&swiss_heap_main.caches) : NULL;
}

static void *alloc_shared(swiss_heap *heap, unsigned size_class, size_t *rate) {
    swiss_cache *cache = use_cache_of(heap);
    if (SWISS_UNLIKELY(!cache)) {
        swiss_central *central = swiss_heap_need_central(heap, size_class);
        *rate = swiss_sampling_pick(swiss_class_size[size_class]);
        return central ? swiss_central_alloc(central, &heap->share, size_class) : NULL;
    }
    void *block = swiss_cache_alloc(cache, size_class, rate);
    swiss_cache_done(cache);
    return block;
}

/* Gives back what is kept when memory is out; for a heap that may have more also what threads cache of the default
 * heap. */
static SWISS_COLD void empty_for(swiss_heap *heap) {
    swiss_plain_trim(heap);
    swiss_os_lock_acquire(&heap->share.spans->lock, SWISS_RANK_PAGES);
    const bool own_limit = heap->share.limits.hard_limit;
    swiss_os_lock_release(&heap->share.spans->lock, SWISS_RANK_PAGES);
    if (!swiss_heap_is_main(heap) && !own_limit)
        swiss_plain_trim(&swiss_heap_main.heap);
}

/* Counts a block that is not to be had. */
static void *or_failure(swiss_heap *heap, void *block) {
    if (SWISS_UNLIKELY(!block))
        atomic_fetch_add_explicit(&heap->share.failures, 1, memory_order_relaxed);
    return block;
}

void *swiss_plain_small(swiss_heap *heap, unsigned size_class, size_t *rate) {
    SWISS_VALIDATE_HEAP(1);
    void *block = alloc_shared(heap, size_class, rate);
    if (SWISS_LIKELY(block))
        return block;
    empty_for(heap);
    return or_failure(heap, alloc_shared(heap, size_class, rate));
}

/* Allocates a large block of a heap of one's own. A fork must find each large block either live and among those of its
 * heap, or neither: hence the lock, also while the block is made and while it ends. */
static void *own_alloc_large(swiss_central *central, size_t size, size_t alignment, bool *zeroed) {
    swiss_bin *bin = &central->bin;
    void *block = NULL;
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL);
    swiss_span *span = swiss_large_create(bin->share, size, alignment, bin, zeroed);
    if (span) {
        swiss_bin_add(bin, span);
        block = span->base;
    }
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
    return block;
}

static bool own_resize_large(swiss_central *central, swiss_span *span, size_t size) {
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL); /* no thread walks over its blocks meanwhile */
    bool resized = swiss_large_resize(central->bin.share, span, size);
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
    return resized;
}

static bool own_free_large(swiss_central *central, const void *block) {
    swiss_bin *bin = &central->bin;
    swiss_mapping mapping = {NULL, 0};
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL);
    swiss_span *span = swiss_segment_find(block);
    bool found = span && atomic_load_explicit(&span->bin, memory_order_relaxed) == bin && span->base == block;
    if (found) {
        swiss_bin_remove(bin, span);
        mapping = swiss_large_drop(bin->share, span);
    }
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
    swiss_mapping_release(mapping);
    return found;
}

/* Lets also a thread that allocates nothing but large blocks give back what it has not used: at the first block, and
 * then once in 16. */
static void look_at_clock(const swiss_share *share) {
    if (atomic_load_explicit(&share->large_mallocs, memory_order_relaxed) % 16 != 1)
        return;
    swiss_cache *cache = swiss_cache_use(&swiss_heap_main.caches);
    if (!cache)
        return;
    swiss_cache_look_now(cache);
    swiss_cache_done(cache);
}

/* Returns a block that this thread has cached; NULL if there is none. */
static void *reuse_large(size_t size, size_t alignment) {
    swiss_cache *cache = swiss_cache_enter();
    if (SWISS_UNLIKELY(!cache)) {
        swiss_cache_leave();
        return NULL;
    }
    void *block = swiss_cache_alloc_large(cache, swiss_class_of_large(size), alignment);
    swiss_cache_done(cache);
    return block;
}

static void *make_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed) {
    if (!swiss_heap_is_main(heap)) {
        swiss_central *central = swiss_heap_need_central(heap, 0);
        return central ? own_alloc_large(central, size, alignment, zeroed) : NULL;
    }
    swiss_bin *bin = &swiss_heap_main.central[0].bin;
    swiss_thread_set_locking(true);
    swiss_span *span = swiss_large_create(&heap->share, size, alignment, bin, zeroed);
    void *block = span ? span->base : NULL; /* read while no other thread can know of the block */
    swiss_thread_set_locking(false);
    if (SWISS_LIKELY(block))
        look_at_clock(&heap->share);
    return block;
}

void *swiss_plain_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed) {
    SWISS_VALIDATE_HEAP(4);
    size += !size;
    bool has_class = size > SWISS_SMALL_MAX && size <= SWISS_LARGE_MAX && swiss_heap_is_main(heap);
    void *block = has_class ? reuse_large(size, alignment) : NULL;
    if (SWISS_LIKELY(block))
        return block;
    block = make_large(heap, size, alignment, zeroed);
    if (SWISS_LIKELY(block) || size > SWISS_SEGMENT_SIZE || alignment > SWISS_SEGMENT_SIZE)
        return or_failure(heap, block);
    empty_for(heap);
    return or_failure(heap, make_large(heap, size, alignment, zeroed));
}

void *swiss_plain_alloc(swiss_heap *heap, size_t size, size_t alignment) {
    unsigned size_class = swiss_plain_class(size, alignment);
    size_t rate; /* not looked at: heap.c samples what hardening hands out */
    bool zeroed;
    return size_class ? swiss_plain_small(heap, size_class, &rate) : swiss_plain_large(heap, size, alignment, &zeroed);
}

static bool free_large(swiss_heap *heap, void *block) {
    swiss_central *central = swiss_heap_central(heap, 0);
    if (!swiss_heap_is_main(heap))
        return own_free_large(central, block);
    swiss_thread_set_locking(true);
    bool freed = swiss_large_free(&heap->share, &central->bin, block);
    swiss_thread_set_locking(false);
    return freed;
}

bool swiss_plain_free(swiss_heap *heap, void *block) {
    swiss_span *span = swiss_segment_find(block);
    if (!span || !swiss_plain_belongs(span, heap))
        return false;
    uint32_t slot = swiss_span_slot(span, block);
    if (slot == UINT32_MAX)
        return false;
    unsigned size_class = (unsigned)swiss_owner_class32(swiss_segment_owner(block)) / 32;
    swiss_cache *cache = size_class ? use_cache_of(heap) : NULL;
    bool freed = cache && swiss_cache_free(cache, size_class, (swiss_block){block, swiss_span_state(span, slot)});
    if (cache)
        swiss_cache_done(cache);
    if (!span->size_class)
        return freed || free_large(heap, block);
    return cache ? freed : swiss_central_free(swiss_heap_central(heap, span->size_class), span, slot);
}

/* Gives back what this thread has cached between two addresses. Returns true if there was anything. */
static bool drop_cached_between(const char *begin, const char *end) {
    swiss_cache *cache = swiss_cache_enter();
    bool dropped = cache && swiss_cache_drop_large(cache, begin, end);
    swiss_cache_leave();
    return dropped;
}

/* A block of huge pages ends with small ones, which would stay when it grows in place: where it has grown by a huge
 * page or more, that unit is put on one, too, which costs less than the faults of its other pages. (Of mappings it is
 * too small a part.) */
static void collapse_seam(char *old_end, const char *end) {
    char *unit = (char *)((uintptr_t)old_end & ~(uintptr_t)(SWISS_OS_HUGE_PAGE - 1));
    if (unit != old_end && (size_t)(end - old_end) >= SWISS_OS_HUGE_PAGE && swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
        swiss_os_collapse(unit);
}

static bool resize_in_place(swiss_heap *heap, swiss_span *span, size_t size) {
    if (!swiss_heap_is_main(heap))
        return own_resize_large(swiss_heap_central(heap, 0), span, size);
    const char *end = span->base + span->size;
    swiss_thread_set_locking(true);
    bool resized = swiss_large_resize(&heap->share, span, size) ||
                   (size > span->size && size <= SWISS_SEGMENT_SIZE && drop_cached_between(end, span->base + size) &&
                    swiss_large_resize(&heap->share, span, size));
    swiss_thread_set_locking(false);
    return resized;
}

bool swiss_plain_resize_large(swiss_heap *heap, swiss_span *span, size_t size) {
    const size_t old_size = span->size;
    const bool resized = resize_in_place(heap, span, size);
    if (resized && old_size >= SWISS_OS_HUGE_PAGE && span->size <= SWISS_SEGMENT_SIZE)
        collapse_seam(span->base + old_size, span->base + span->size);
    return resized;
}

bool swiss_plain_transfer(swiss_heap *heap, char *to, char *from, size_t size) {
    const size_t unit = SWISS_OS_HUGE_PAGE;
    size_t first = (size_t)((char *)swiss_align_up(from, unit) - from);
    size_t whole = size > first ? swiss_round_down(size - first, unit) : 0;
    bool may = whole >= SWISS_PLAIN_MOVED && !(((uintptr_t)to ^ (uintptr_t)from) & (unit - 1)) &&
               swiss_large_expect_move(heap->share.spans, to + first, whole);
    swiss_os_moved moved = may ? swiss_os_move(to + first, from + first, whole) : SWISS_OS_STAYED;
    if (moved == SWISS_OS_LOST)
        return false;
    if (moved == SWISS_OS_STAYED)
        first = whole = 0;
    memcpy(to, from, first);
    memcpy(to + first + whole, from + first + whole, size - first - whole);
    return true;
}

bool swiss_plain_owns(const swiss_heap *heap, const void *address) {
    swiss_spans_stop(heap->share.spans); /* no span comes or goes */
    const swiss_span *span = swiss_spans_find(heap->share.spans, address);
    bool owns = false;
    if (span && swiss_plain_belongs(span, heap)) {
        size_t slot = (size_t)((const char *)address - span->base) / span->size;
        owns = slot < span->slots && swiss_span_is_taken(span, (uint32_t)slot);
    }
    swiss_spans_go(heap->share.spans);
    return owns;
}

typedef struct swiss_walk {
    const swiss_heap *heap;
    void (*visit)(void *argument, void *block, size_t size);
    void *argument;
} swiss_walk;

static void walk_span(void *argument, swiss_span *span) {
    const swiss_walk *walk = argument;
    if (swiss_plain_belongs(span, walk->heap))
        swiss_span_walk(span, walk->visit, walk->argument);
}

/* Walks over the spans of the default heap in the page heap, among those of all heaps; over those of another by its
 * centrals. */
void swiss_plain_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size), void *argument) {
    swiss_walk walk = {heap, visit, argument};
    if (swiss_heap_is_main(heap)) {
        swiss_spans_stop(heap->share.spans);
        swiss_spans_each(heap->share.spans, walk_span, &walk);
        swiss_spans_go(heap->share.spans);
        return;
    }
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        if (swiss_heap_central(heap, i))
            swiss_central_walk(swiss_heap_central(heap, i), visit, argument);
}
