/* cache.c - what a thread owns of the default heap, used without locks or atomic operations but loads and stores: for each
 * size class a stack of free blocks that it has at hand, and a bin of spans that the stack is filled from.
 *
 *      alloc:  stack  <-- empty: a word of a span's bitmap, of the own bin, else of central, else of a new span
 *      free:   stack  --> full: the older half goes back to its spans
 *              what another thread's cache handed out: set aside, and goes back to its span, as bin.c tells, with many more
 *
 * Blocks come and go at the top of the stack: the block freed last, which is most likely in the processor's cache, is the
 * next to be allocated, and what is known of its span is looked at once per refill or flush of many blocks instead of once
 * per block. This is the thread cache of tcmalloc (its "per-thread mode"), and of jemalloc.
 *
 * Unlike there, a thread does not use what others allocated and it freed. Blocks that two threads got of one span lie side by
 * side, and so do their bytes (below): if each thread used them again and again, the lines of the processors' caches with these
 * would go to and fro. So the byte of a block that is alive has the tag of the cache that handed it out; free compares it with
 * the own tag instead of with "alive". Two threads that churned 1,000 blocks each, which a third had allocated, took half the
 * time then (0.53), and a consumer freed a producer's blocks no slower. 254 caches have tags of their own: then they repeat,
 * which is no harm but that one. A pair of malloc and free takes 1.03 of the time for that.
 *
 * To free a block its class is needed, and whether it is alive. The page map has the class beside the address of the span
 * (segment.h), and the span's record a byte per slot for the other (span.c): the block itself is not touched, for it may
 * have left the processor's cache long ago. A mark in the block's first word instead of the byte was tried: churning 100,000
 * blocks of random sizes took twice the time. The stack keeps the address of the byte beside that of the block, so that an
 * allocation, which changes it, need not look for it.
 *
 * New spans are made of 64 pages that the thread has at hand, and what ends there goes back to them, without the lock of the
 * page heap (pagecache.c).
 *
 * A stack holds 64 KiB of blocks at most, or 1,024 blocks, and half as many are set aside. With 64 blocks only, batches of
 * 1,000 blocks took 2.3 times as long. A stack of blocks up to 1 KiB that overflows grows fourfold while there are pages left
 * of the 1 MiB that the thread may also keep in empty spans (bin.c); it shrinks when another one needs them and it is not so
 * full any more. Batches of 2,000 blocks in random order take 0.65 of the time for that, a list of 2,000 nodes 0.8, one of
 * 10,000 0.97.
 *
 * What did not help a list of 10,000 nodes, of which most do not fit: to flush three quarters (0.97, but batches of 2,000 in
 * random order 1.19), to look for runs of neighbours when flushing (0.98), to fetch ahead the blocks of a refill (1.05), a
 * block some pops ahead (1.07), or the record of the next span (1.00).
 * Reciprocals of 64 bits for finding the slot, which save a shift, gave nothing (1.00).
 *
 * The number of blocks at hand, as bytes of their entries, and that of all allocations share a word, which costs one
 * addition for both. What was freed follows from these and from what the spans have given and got back.
 *
 * When a thread ends its spans go to central, where the next thread that needs one finds them, and its pages to the page heap.
 * The cache itself is parked, for the next thread that begins: spans that someone is just announcing to it arrive there, so it
 * must stay. Caches are never given back to the system; there are as many as there were ever threads at once. Destructors of
 * other libraries may run after ours. From then on the thread has swiss_cache_gone, and allocates from central.
 *
 * fork copies the memory of all threads but only one of them. To leave no lock held and no list half changed, the locks of
 * all heaps are held across it. What the caches of the other threads hold stays as it is in the child: their
 * blocks may be freed, but no one allocates from their spans again.
 */
#include "cache.h"
#include "guard.h"
#include "state.h"
#include <string.h>

/* Entries of all stacks of a thread, and of what is set aside: a few more than it takes. */
#define ROOM 65536
#define GROWTH 4
#define GROWTH_CLASSES 33 /* up to 1 KiB: beyond, growth would take too much for too few */
#define SPARE_PAGES 128   /* 1 MiB */

SWISS_OS_THREAD_LOCAL swiss_cache *swiss_cache_mine = &swiss_cache_none;
swiss_cache swiss_cache_none, swiss_cache_gone;

static void before_fork(void) {
    swiss_os_lock_acquire(&swiss_heap_main.caches_lock);
    for (swiss_heap *heap = &swiss_heap_main; heap; heap = heap->next) {
        for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
            swiss_os_spin_acquire(&heap->central[i].lock);
        swiss_spans_stop(&heap->spans);
    }
}

static void after_fork(void) {
    for (swiss_heap *heap = &swiss_heap_main; heap; heap = heap->next) {
        swiss_spans_go(&heap->spans);
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

/* Notes that so many blocks have come into a stack, or gone if negative, that were not freed or allocated. */
static void draw(swiss_cache *cache, unsigned size_class, int32_t count) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint64_t more = (uint64_t)(int64_t)count;
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    uint64_t drawn = atomic_load_explicit(&stack->drawn, memory_order_relaxed);
    atomic_store_explicit(&stack->counts, counts + more * sizeof(swiss_block), memory_order_relaxed);
    atomic_store_explicit(&stack->drawn, drawn + more, memory_order_relaxed);
}

/* Gives blocks of one class back to their spans. Those of one word of a bitmap that lie next to each other, as they do when
 * they were freed in the order of their addresses, go together: the bytes of its 64 slots are a cache line. */
static void give(swiss_bin *bin, const swiss_block *blocks, uint32_t count) {
    for (const swiss_block *end = blocks + count, *first; blocks < end;) {
        swiss_span *span = swiss_segment_find(blocks->address);
        uintptr_t line = (uintptr_t)blocks->state | 63, slot = line - (uintptr_t)blocks->state;
        uint64_t bits = 0;
        first = blocks;
        do
            bits |= UINT64_C(1) << slot;
        while (++blocks < end && (slot = line - (uintptr_t)blocks->state) < 64);
        swiss_bin_give_many(bin, span, (uint32_t)(((uintptr_t)span - line) >> 6), bits, (uint32_t)(blocks - first));
    }
}

/* Gives the `count` blocks that have been at hand for longest back to their spans. */
static void flush(swiss_cache *cache, unsigned size_class, uint32_t count) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint32_t left = swiss_stack_count(stack) - count;
    if (!count)
        return;
    give(&cache->bins[size_class], stack->blocks, count);
    memmove(stack->blocks, stack->blocks + count, left * sizeof *stack->blocks);
    draw(cache, size_class, -(int32_t)count);
}

/* How many blocks of a class a thread keeps at hand while it has not overflowed, and how many it sets aside. */
static uint32_t room_of(unsigned size_class) {
    uint32_t fit = (uint32_t)(SWISS_CACHE_STACK_BYTES / swiss_class_size[size_class]);
    return fit > SWISS_CACHE_STACK ? SWISS_CACHE_STACK : fit < 4 ? 4 : fit;
}

static uint32_t room_aside(unsigned size_class) {
    return room_of(size_class) / 2;
}

/* And how many at hand once it has. */
static uint32_t room_grown(unsigned size_class) {
    const uint32_t most = UINT16_MAX / (uint32_t)sizeof(swiss_block);
    uint32_t room = room_of(size_class) * (size_class <= GROWTH_CLASSES ? GROWTH : 1);
    return room < most ? room : most;
}

/* Gives back what was set aside, which lies in front of what is at hand. */
static void flush_aside(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint32_t count = cache->aside[size_class];
    give(&cache->bins[size_class], stack->blocks - count, count);
    cache->aside[size_class] = 0;
}

static void set_aside(swiss_cache *cache, unsigned size_class, swiss_block block) {
    swiss_stack *stack = &cache->stacks[size_class];
    if (cache->aside[size_class] == cache->aside_limits[size_class])
        flush_aside(cache, size_class);
    (stack->blocks - ++cache->aside[size_class])[0] = block;
    uint64_t drawn = atomic_load_explicit(&stack->drawn, memory_order_relaxed);
    atomic_store_explicit(&stack->drawn, drawn - 1, memory_order_relaxed);
}

static void set_limit(swiss_stack *stack, uint32_t blocks) {
    stack->limit = (uint16_t)(blocks * sizeof(swiss_block));
}

static uint32_t limit_of(const swiss_stack *stack) {
    return stack->limit / (uint32_t)sizeof(swiss_block);
}

/* The pages that go to blocks at hand if a stack grows. */
static size_t growth_pages(unsigned size_class) {
    return ((room_grown(size_class) - room_of(size_class)) * (size_t)swiss_class_size[size_class]) >> SWISS_PAGE_SHIFT;
}

/* Takes its growth back from a stack that has no more at hand than it would have without. */
static void shrink(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint32_t room = room_of(size_class);
    if (limit_of(stack) == room || swiss_stack_count(stack) > room)
        return;
    set_limit(stack, room);
    cache->spare_pages += growth_pages(size_class);
}

/* Lets a full stack hold more, if the thread has pages to spare for that. False if not, or if it has grown already. */
static bool grow(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    size_t pages = growth_pages(size_class);
    if (limit_of(stack) == room_grown(size_class))
        return false;
    for (unsigned i = 1; i <= GROWTH_CLASSES && cache->spare_pages < pages; ++i)
        shrink(cache, i);
    if (cache->spare_pages < pages)
        return false;
    cache->spare_pages -= pages;
    set_limit(stack, room_grown(size_class));
    return true;
}

static void flush_all(swiss_cache *cache) {
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        flush(cache, i, swiss_stack_count(&cache->stacks[i]));
        flush_aside(cache, i);
        shrink(cache, i);
    }
}

/* Lets the class, which has no block at hand, have some, as many as the next word of a bitmap has. False when out of
 * memory. */
static bool refill(swiss_cache *cache, unsigned size_class) {
    swiss_bin *bin = &cache->bins[size_class];
    swiss_stack *stack = &cache->stacks[size_class];
    if (!swiss_bin_next(bin) &&
        !(swiss_central_lend(&swiss_heap_main.central[size_class], bin) && swiss_bin_next(bin)) &&
        !swiss_bin_grow(bin, size_class))
        return false;
    draw(cache, size_class, (int32_t)swiss_bin_take_many(bin, stack->blocks, limit_of(stack)));
    return true;
}

void *swiss_cache_alloc(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    void *block = NULL;
    if (!swiss_stack_pop(stack, &block) && refill(cache, size_class))
        (void)swiss_stack_pop(stack, &block);
    return block;
}

bool swiss_cache_free(swiss_stack *stack, swiss_block block) {
    swiss_cache *cache = swiss_cache_mine;
    unsigned size_class = (unsigned)(stack - cache->stacks);
    uint8_t tag = atomic_load_explicit(block.state, memory_order_relaxed);
    if (tag == SWISS_SLOT_FREE)
        return false;
    atomic_store_explicit(block.state, SWISS_SLOT_FREE, memory_order_relaxed);
    if (tag != stack->tag) {
        set_aside(cache, size_class, block);
    } else if (!swiss_stack_push(stack, block)) {
        if (!grow(cache, size_class))
            flush(cache, size_class, (limit_of(stack) + 1) / 2);
        (void)swiss_stack_push(stack, block);
    }
    return true;
}

void swiss_cache_count(unsigned size_class, uint64_t *mallocs, uint64_t *frees) {
    for (swiss_cache *cache = swiss_heap_main.caches; cache; cache = cache->next) {
        uint64_t counts = atomic_load_explicit(&cache->stacks[size_class].counts, memory_order_relaxed);
        uint64_t taken = counts >> SWISS_STACK_BITS, count = (uint16_t)counts / sizeof(swiss_block);
        *mallocs += taken;
        *frees += taken + count - atomic_load_explicit(&cache->stacks[size_class].drawn, memory_order_relaxed);
    }
}

/* The thread ends. */
static void leave(void *argument) {
    swiss_heap *heap = &swiss_heap_main;
    swiss_cache *cache = argument;
    swiss_cache_mine = &swiss_cache_gone;
    flush_all(cache);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        if (cache->bins[i].owned)
            swiss_central_receive(&heap->central[i], &cache->bins[i]);
    swiss_span_cache_flush(&heap->spans, &cache->spans);
    swiss_os_lock_acquire(&heap->caches_lock);
    cache->next_parked = heap->parked;
    heap->parked = cache;
    swiss_os_lock_release(&heap->caches_lock);
}

size_t swiss_cache_size(void) {
    return swiss_os_round(sizeof(swiss_cache) + ROOM * sizeof(swiss_block));
}

/* A cache for this thread: a parked one, or a new one, with `heap`'s lock held. NULL when out of memory. */
static swiss_cache *unpark(swiss_heap *heap) {
    swiss_cache *cache = heap->parked;
    if (cache) {
        heap->parked = cache->next_parked;
        return cache;
    }
    cache = swiss_os_alloc(swiss_cache_size());
    if (!cache)
        return NULL;
    swiss_block *room = cache->blocks;
    unsigned last = heap->caches ? heap->caches->stacks[1].tag : SWISS_SLOT_TAG_MAX;
    uint8_t tag = (uint8_t)(last < SWISS_SLOT_TAG_MAX ? last + 1 : SWISS_SLOT_TAG_MIN);
    cache->spare_pages = SPARE_PAGES;
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        cache->bins[i].spans = &heap->spans;
        cache->bins[i].cache = &cache->spans;
        cache->bins[i].spare_pages = &cache->spare_pages;
        swiss_stack *stack = &cache->stacks[i];
        stack->blocks = room + room_aside(i);
        set_limit(stack, room_of(i));
        stack->tag = tag;
        stack->reciprocal = swiss_class_reciprocal[i];
        cache->aside_limits[i] = (uint16_t)room_aside(i);
        room += room_aside(i) + room_grown(i);
    }
    swiss_spans_add_cache(&heap->spans, &cache->spans);
    SWISS_ASSERT(room <= cache->blocks + ROOM);
    cache->next = heap->caches;
    heap->caches = cache;
    return cache;
}

SWISS_COLD static swiss_cache *join(void) {
    swiss_heap *heap = &swiss_heap_main;
    if (swiss_guard_on()) /* which has to see every call */
        return NULL;
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
    static atomic_bool asked;
    if (!atomic_exchange(&asked, true) && swiss_tuning_wants_thread())
        (void)swiss_heap_set_scavenger_thread(true);
    return cache;
}

swiss_cache *swiss_cache_get(void) {
    swiss_cache *cache = swiss_cache_mine;
    if (SWISS_LIKELY(cache != &swiss_cache_none))
        return cache == &swiss_cache_gone ? NULL : cache;
    return join();
}

void swiss_cache_trim(void) {
    swiss_cache *cache = swiss_cache_mine;
    if (cache == &swiss_cache_none || cache == &swiss_cache_gone)
        return;
    flush_all(cache);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        swiss_bin_trim(&cache->bins[i]);
}
