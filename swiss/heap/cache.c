/* cache.c - what a thread owns of the default heap: a bin per size class, used without locks or atomic operations but loads
 * and stores.
 *
 *      alloc:  own bin -> its announced spans -> central -> page heap
 *      free:   own span: its bitmap      any other: its second bitmap, and perhaps announcing it (bin.c)
 *
 * A thread gets its cache when it first allocates. One that only frees never needs any.
 *
 * Large blocks that a thread frees are kept, too, the last eight of them and 16 MiB at most, for when it wants one of the
 * same size again: then neither a lock is taken nor a page map entry written. Such a block is marked as free, like a
 * slot. Before a block of 2 MiB or more is taken from the page heap, those that are kept go there: they may join to make
 * room for it.
 *
 * When a thread ends its spans go to central, where the next thread that needs one finds them. The cache itself is
 * parked, for the next thread that begins: spans that someone is just announcing to it arrive there, so it must stay. Caches
 * are never given back to the system; there are as many as there were ever threads at once. Destructors of other
 * libraries may run after ours. From then on the thread has swiss_cache_gone, and allocates from central.
 *
 * fork copies the memory of all threads but only one of them. To leave no lock held and no list half changed, the locks of
 * all heaps are held across it. What the caches of the other threads hold stays as it is in the child: their
 * blocks may be freed, but no one allocates from their spans again.
 */
#include "cache.h"
#include "state.h"

SWISS_OS_THREAD_LOCAL swiss_cache *swiss_cache_mine = &swiss_cache_none;
swiss_cache swiss_cache_none, swiss_cache_gone;

static void before_fork(void) {
    swiss_os_lock_acquire(&swiss_heap_main.caches_lock);
    for (swiss_heap *heap = &swiss_heap_main; heap; heap = heap->next) {
        for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
            swiss_os_spin_acquire(&heap->central[i].lock);
        swiss_os_lock_acquire(&heap->spans.lock);
    }
}

static void after_fork(void) {
    for (swiss_heap *heap = &swiss_heap_main; heap; heap = heap->next) {
        swiss_os_lock_release(&heap->spans.lock);
        for (unsigned i = SWISS_CLASS_COUNT; i-- > 0;)
            swiss_os_spin_release(&heap->central[i].lock);
    }
    swiss_os_lock_release(&swiss_heap_main.caches_lock);
}

void swiss_cache_guard_forks(void) {
    static atomic_bool done;
    if (!atomic_exchange(&done, true))
        swiss_os_at_fork(before_fork, after_fork, after_fork);
}

/* The thread ends. */
static void leave(void *argument) {
    swiss_heap *heap = &swiss_heap_main;
    swiss_cache *cache = argument;
    swiss_cache_mine = &swiss_cache_gone;
    swiss_cache_flush_large(cache);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        if (cache->bins[i].owned)
            swiss_central_receive(&heap->central[i], &cache->bins[i]);
    swiss_os_lock_acquire(&heap->caches_lock);
    cache->next_parked = heap->parked;
    heap->parked = cache;
    swiss_os_lock_release(&heap->caches_lock);
}

/* A cache for this thread: a parked one, or a new one, with `heap`'s lock held. NULL when out of memory. */
static swiss_cache *unpark(swiss_heap *heap) {
    swiss_cache *cache = heap->parked;
    if (cache) {
        heap->parked = cache->next_parked;
        return cache;
    }
    cache = swiss_os_alloc(sizeof *cache);
    if (!cache)
        return NULL;
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        cache->bins[i].spans = &heap->spans;
    cache->next = heap->caches;
    heap->caches = cache;
    return cache;
}

SWISS_COLD static swiss_cache *join(void) {
    swiss_heap *heap = &swiss_heap_main;
    swiss_os_lock_acquire(&heap->caches_lock);
    swiss_cache *cache = unpark(heap);
    swiss_os_lock_release(&heap->caches_lock);
    if (!cache)
        return NULL;
    swiss_cache_mine = cache; /* now: what follows may allocate, if the heap is what malloc is made of */
    swiss_cache_guard_forks();
    if (!swiss_os_at_thread_exit(leave, cache)) {
        leave(cache);
        return NULL;
    }
    return cache;
}

swiss_cache *swiss_cache_get(void) {
    swiss_cache *cache = swiss_cache_mine;
    if (SWISS_LIKELY(cache != &swiss_cache_none))
        return cache == &swiss_cache_gone ? NULL : cache;
    return join();
}

void *swiss_cache_alloc(swiss_cache *cache, unsigned size_class) {
    swiss_bin *bin = &cache->bins[size_class];
    if (!swiss_bin_next(bin) &&
        !(swiss_central_lend(&swiss_heap_main.central[size_class], bin) && swiss_bin_next(bin)) &&
        !swiss_bin_grow(bin, size_class))
        return NULL;
    return swiss_bin_take(bin);
}

/* Changes the count of what is kept by `size` bytes and one block. */
static void count_kept(swiss_cache *cache, size_t size, size_t one) {
    size_t bytes = atomic_load_explicit(&cache->large_bytes, memory_order_relaxed);
    size_t count = atomic_load_explicit(&cache->large_count, memory_order_relaxed);
    atomic_store_explicit(&cache->large_bytes, bytes + size, memory_order_relaxed);
    atomic_store_explicit(&cache->large_count, count + one, memory_order_relaxed);
}

static swiss_span *unkeep(swiss_cache *cache, unsigned place) {
    size_t size = cache->large_size[place];
    if (!size)
        return NULL;
    cache->large_size[place] = 0;
    count_kept(cache, 0 - size, 0 - (size_t)1);
    return cache->large[place];
}

static void drop_oldest(swiss_cache *cache) {
    swiss_span *span = unkeep(cache, cache->large_oldest);
    if (span)
        swiss_span_destroy(&swiss_heap_main.spans, span);
    cache->large_oldest = (cache->large_oldest + 1) % SWISS_CACHE_LARGE;
}

swiss_span *swiss_cache_take_large(swiss_cache *cache, size_t size) {
    for (unsigned place = 0; place < SWISS_CACHE_LARGE; ++place)
        if (cache->large_size[place] == size) {
            swiss_span *span = unkeep(cache, place);
            cache->large_oldest = place; /* so that its place is found free when it is freed */
            atomic_store_explicit(swiss_span_bits(span), 0, memory_order_relaxed);
            return span;
        }
    return NULL;
}

bool swiss_cache_keep_large(swiss_cache *cache, swiss_span *span) {
    size_t size = span->size;
    if (size > SWISS_CACHE_LARGE_BYTES)
        return false;
    atomic_store_explicit(swiss_span_bits(span), 1, memory_order_relaxed);
    while (cache->large_size[cache->large_oldest] ||
           atomic_load_explicit(&cache->large_bytes, memory_order_relaxed) + size > SWISS_CACHE_LARGE_BYTES)
        drop_oldest(cache);
    unsigned place = cache->large_oldest;
    cache->large_oldest = (place + 1) % SWISS_CACHE_LARGE;
    cache->large_size[place] = size;
    cache->large[place] = span;
    count_kept(cache, size, 1);
    return true;
}

void swiss_cache_flush_large(swiss_cache *cache) {
    for (unsigned i = 0; i < SWISS_CACHE_LARGE; ++i)
        drop_oldest(cache);
}

void swiss_cache_trim(void) {
    swiss_cache *cache = swiss_cache_mine;
    if (cache == &swiss_cache_none || cache == &swiss_cache_gone)
        return;
    swiss_cache_flush_large(cache);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        swiss_bin_trim(&cache->bins[i]);
}
