/* cache.c - what a thread owns of the default heap, used without locks or atomic operations but loads and stores: for
 * each size class a stack of free blocks that it has at hand, and a bin of spans that the stack is filled from.
 *
 *      alloc:  stack  <-- empty: a word of a span's bitmap, of the own bin, else of central, else of a new span
 *      free:   stack  --> full: the older half goes back to its spans
 *              what another thread's cache handed out: set aside, and goes back to its span (bin.c) with many more
 *
 * Blocks come and go at the top of the stack: the block freed last, which is most likely in the processor's cache, is
 * the next to be allocated, and what is known of its span is looked at once per refill or flush of many blocks instead
 * of once per block. This is the thread cache of tcmalloc (its "per-thread mode"), and of jemalloc.
 *
 * Unlike there, a thread does not use what others allocated and it freed. Blocks that two threads got of one span lie
 * side by side, and so do their bytes (below): if each thread used them again and again, the lines of the processors'
 * caches with these would go to and fro. So the byte of a block that is alive has the tag of the cache that handed it
 * out; free compares it with the own tag instead of with "alive". Two threads that churned 1,000 blocks each, which a
 * third had allocated, took half the time then (0.53), and a consumer freed a producer's blocks no slower. 254 caches
 * have tags of their own: then they repeat, which is no harm but that one. A pair of malloc and free takes 1.03 of the
 * time for that.
 *
 * To free a block its class is needed, and whether it is alive. The page map has the class beside the address of the
 * span (segment.h), and the span's record a byte per slot for the other (span.c): the block itself is not touched, for
 * it may have left the processor's cache long ago. A mark in the block's first word instead of the byte was tried:
 * churning 100,000 blocks of random sizes took twice the time. The stack keeps the address of the byte beside that of
 * the block, so that an allocation, which changes it, need not look for it.
 *
 * New spans are made of 64 pages that the thread has at hand, and what ends there goes back to them, without the lock
 * of the page heap (pagecache.c).
 *
 * A stack begins with room for 64 blocks, or 8 KiB, and may hold twice as much each time it has been full or empty: up
 * to 64 KiB of blocks, or 1,024 blocks, and half as many are set aside. With 64 blocks only, batches of 1,000 blocks
 * took 2.3 times as long. All threads together may hold SWISS_CACHE_LIMIT beyond what they begin with (as tcmalloc's
 * max_total_thread_cache_bytes, 32 MiB there too). A stack of blocks up to 1 KiB that overflows when it has grown so
 * far grows fourfold while there are pages left of the 1 MiB that the thread may also keep in empty spans (bin.c); it
 * shrinks when another one needs them and it is not so full any more. Batches of 2,000 blocks in random order take 0.65
 * of the time for that, a list of 2,000 nodes 0.8, one of 10,000 0.97.
 *
 * What did not help a list of 10,000 nodes, of which most do not fit: to flush three quarters (0.97, but batches of
 * 2,000 in random order 1.19), to look for runs of neighbours when flushing (0.98), to fetch ahead the blocks of a
 * refill (1.05), a block some pops ahead (1.07), or the record of the next span (1.00). Reciprocals of 64 bits for
 * finding the slot, which save a shift, gave nothing (1.00).
 *
 * The number of blocks at hand, as bytes of their entries, and that of all allocations share a word, which costs one
 * addition for both. What was freed follows from these and from what the spans have given and got back.
 */
#include "cache.h"
#include "central.h"
#include "options.h"
#include <string.h>

#define LEAST 64         /* blocks of a class that a thread may have at hand in any case */
#define LEAST_BYTES 8192 /* if they have no more bytes than these, or are one */
#define GROWTH 4
#define GROWTH_CLASSES 33 /* up to 1 KiB: beyond, the last growth would take too much for too few */
#define EVENTS 32         /* between two looks at the clock */

static atomic_size_t rooms_limit = SWISS_CACHE_LIMIT,
                     rooms_taken; /* bytes that the stacks of all threads may hold, and do at most */
static _Atomic(uint32_t) sweep_interval = SWISS_SCAVENGE_EVERY;

void swiss_cache_set_interval(uint32_t milliseconds) {
    atomic_store_explicit(&sweep_interval, milliseconds, memory_order_relaxed);
}

uint32_t swiss_cache_interval(void) {
    return atomic_load_explicit(&sweep_interval, memory_order_relaxed);
}

void swiss_cache_set_limit(size_t bytes) {
    atomic_store_explicit(&rooms_limit, bytes, memory_order_relaxed);
}

/* ------------------------------------------------------------------------------------------------------- blocks at
 * hand */

/* Notes that so many blocks have come into a stack, or gone if negative, that were not freed or allocated. */
static void draw_blocks(swiss_cache *cache, unsigned size_class, int32_t count) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint64_t more = (uint64_t)(int64_t)count;
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    uint64_t drawn = atomic_load_explicit(&stack->drawn, memory_order_relaxed);
    atomic_store_explicit(&stack->counts, counts + more * sizeof(swiss_block), memory_order_relaxed);
    atomic_store_explicit(&stack->drawn, drawn + more, memory_order_relaxed);
}

/* Gives blocks of one class back to their spans. Those of one word of a bitmap that lie next to each other, as they do
 * when they were freed in the order of their addresses, go together: the bytes of its 64 slots are a cache line. */
static void give_blocks(swiss_bin *bin, const swiss_block *blocks, uint32_t count) {
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
static void flush_stack(swiss_cache *cache, unsigned size_class, uint32_t count) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint32_t left = swiss_stack_count(stack) - count;
    if (!count)
        return;
    give_blocks(&cache->bins[size_class], stack->blocks, count);
    memmove(stack->blocks, stack->blocks + count, left * sizeof *stack->blocks);
    draw_blocks(cache, size_class, -(int32_t)count);
}

/* Gives back what was set aside, which lies in front of what is at hand. */
static void flush_aside(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint32_t count = cache->aside[size_class];
    give_blocks(&cache->bins[size_class], stack->blocks - count, count);
    cache->aside[size_class] = 0;
}

/* --------------------------------------------------------------------------------------------------- how large stacks
 * are */

static uint32_t at_most(uint32_t a, size_t b) {
    return a < b ? a : (uint32_t)b;
}

/* How many blocks of a class a thread may have at hand, and where. The area that a stack begins in holds as many as a
 * word of a bitmap can fill it with. The first areas of all classes lie close together, so that threads which need few
 * blocks have few pages. In front of either area there is room for half as many, up to `ordinary`, that are set aside.
 * */
typedef struct class_room {
    uint16_t least;     /* in any case */
    uint16_t first;     /* in the first area */
    uint16_t ordinary;  /* while it has not grown for the last time */
    uint16_t most;      /* and then, in the second area */
    uint32_t places[2]; /* where in blocks[] the two areas begin, with what is set aside */
} class_room;

static class_room rooms[SWISS_CLASS_COUNT + 1]; /* of the class behind the last, `places`: where areas end */

static uint16_t aside_in(unsigned size_class, unsigned area) {
    return (uint16_t)(((area ? rooms[size_class].ordinary : rooms[size_class].first) + 1) / 2);
}

static void make_rooms(void) {
    const uint32_t most = UINT16_MAX / (uint32_t)sizeof(swiss_block);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        size_t least = LEAST_BYTES / swiss_class_size[i], fit = SWISS_CACHE_STACK_BYTES / swiss_class_size[i];
        uint32_t ordinary = fit < 4 ? 4 : at_most(SWISS_CACHE_STACK, fit);
        rooms[i].least = (uint16_t)at_most(LEAST, least ? least : 1);
        rooms[i].first = (uint16_t)at_most(64, ordinary);
        rooms[i].ordinary = (uint16_t)ordinary;
        rooms[i].most = (uint16_t)at_most(most, ordinary * (size_t)(i <= GROWTH_CLASSES ? GROWTH : 1));
    }
    uint32_t place = 0;
    for (unsigned area = 0; area < 2; ++area)
        for (unsigned i = 1; i <= SWISS_CLASS_COUNT; ++i) {
            rooms[i].places[area] = place;
            if (i < SWISS_CLASS_COUNT)
                place += aside_in(i, area) + (uint32_t)(area ? rooms[i].most : rooms[i].first);
        }
}

/* First called when there is no cache yet, with their lock. */
size_t swiss_cache_size(void) {
    if (SWISS_UNLIKELY(!rooms[SWISS_CLASS_COUNT].places[1]))
        make_rooms();
    return swiss_os_round(sizeof(swiss_cache) + rooms[SWISS_CLASS_COUNT].places[1] * sizeof(swiss_block));
}

static uint32_t limit_of(const swiss_stack *stack) {
    return stack->limit / (uint32_t)sizeof(swiss_block);
}

/* Lets a stack, with no more at hand, hold so many blocks. */
static void set_limit(swiss_cache *cache, unsigned size_class, uint32_t blocks) {
    swiss_stack *stack = &cache->stacks[size_class];
    unsigned area = blocks > rooms[size_class].first;
    uint32_t aside = cache->aside[size_class];
    swiss_block *to = cache->blocks + rooms[size_class].places[area] + aside_in(size_class, area);
    if (to != stack->blocks && stack->blocks)
        memmove(to - aside, stack->blocks - aside, (aside + swiss_stack_count(stack)) * sizeof *to);
    stack->blocks = to;
    stack->limit = (uint16_t)(blocks * sizeof(swiss_block));
    uint32_t ordinary = at_most(blocks, rooms[size_class].ordinary);
    cache->aside_limits[size_class] = (uint16_t)((ordinary + 1) / 2);
}

/* Counts what a stack may hold beyond the least room, with what is set aside. False if all threads together would hold
 * too much. */
static bool count_room(unsigned size_class, uint32_t from, uint32_t to) {
    size_t bytes = (to - from) * (swiss_class_size[size_class] * (size_t)3 / 2);
    if (atomic_fetch_add_explicit(&rooms_taken, bytes, memory_order_relaxed) + bytes <=
        atomic_load_explicit(&rooms_limit, memory_order_relaxed))
        return true;
    atomic_fetch_sub_explicit(&rooms_taken, bytes, memory_order_relaxed);
    return false;
}

static void uncount_room(unsigned size_class, uint32_t from) {
    size_t bytes = (from - rooms[size_class].least) * (swiss_class_size[size_class] * (size_t)3 / 2);
    atomic_fetch_sub_explicit(&rooms_taken, bytes, memory_order_relaxed);
}

/* The pages that go to blocks at hand if a stack grows for the last time. */
static size_t growth_pages(unsigned size_class) {
    return ((rooms[size_class].most - rooms[size_class].ordinary) * (size_t)swiss_class_size[size_class]) >>
           SWISS_PAGE_SHIFT;
}

/* Takes its last growth back from a stack that has no more at hand than it would have without. */
static void shrink_stack(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint32_t room = rooms[size_class].ordinary;
    if (limit_of(stack) <= room || swiss_stack_count(stack) > room)
        return;
    set_limit(cache, size_class, room);
    cache->spare.pages += growth_pages(size_class);
}

/* Lets a full stack hold four times as much as others, if the thread has pages to spare for that. */
static bool grow_stack(swiss_cache *cache, unsigned size_class) {
    size_t pages = growth_pages(size_class);
    if (!pages || limit_of(&cache->stacks[size_class]) == rooms[size_class].most)
        return false;
    swiss_spare_earn(&cache->spare, pages);
    for (unsigned i = 1; i <= GROWTH_CLASSES && cache->spare.pages < pages; ++i)
        shrink_stack(cache, i);
    if (cache->spare.pages < pages)
        return false;
    cache->spare.pages -= pages;
    set_limit(cache, size_class, rooms[size_class].most);
    return true;
}

/* Lets a stack hold twice as much, up to `room`, unless all threads together would hold too much. */
static void extend_stack(swiss_cache *cache, unsigned size_class, uint32_t room) {
    uint32_t now = limit_of(&cache->stacks[size_class]), more = at_most(room, (size_t)now * 2);
    if (now < more && count_room(size_class, now, more))
        set_limit(cache, size_class, more);
}

/* Makes room for blocks that other caches handed out: for more of them, once there has been none. */
static SWISS_NOINLINE void make_aside_room(swiss_cache *cache, size_t size_class) {
    flush_aside(cache, (unsigned)size_class);
    extend_stack(cache, (unsigned)size_class, rooms[size_class].ordinary);
}

/* Takes a block that another cache handed out. */
static inline void set_aside(swiss_cache *cache, size_t size_class, swiss_block block) {
    swiss_stack *stack = &cache->stacks[size_class];
    if (SWISS_UNLIKELY(cache->aside[size_class] == cache->aside_limits[size_class]))
        make_aside_room(cache, size_class);
    (stack->blocks - ++cache->aside[size_class])[0] = block;
    uint64_t drawn = atomic_load_explicit(&stack->drawn, memory_order_relaxed);
    atomic_store_explicit(&stack->drawn, drawn - 1, memory_order_relaxed);
}

/* A stack is full: makes room. */
static SWISS_NOINLINE void make_stack_room(swiss_cache *cache, unsigned size_class) {
    uint32_t now = limit_of(&cache->stacks[size_class]), room = rooms[size_class].ordinary;
    if (now >= room && grow_stack(cache, size_class))
        return;
    flush_stack(cache, size_class, (now + 1) / 2);
    extend_stack(cache, size_class, room);
}

/* Gives back all blocks of a class, and what its stack has grown. */
static void empty_class(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    flush_stack(cache, size_class, swiss_stack_count(stack));
    flush_aside(cache, size_class);
    shrink_stack(cache, size_class);
    uint32_t fewest = rooms[size_class].least, now = limit_of(stack);
    if (now == fewest)
        return;
    uncount_room(size_class, now);
    set_limit(cache, size_class, fewest);
}

void swiss_cache_empty(swiss_cache *cache) {
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        empty_class(cache, i);
}

/* Of the thread itself: gives back the blocks of all classes that it has not used since it did so last. */
static void sweep(swiss_cache *cache, uint64_t now) {
    cache->swept_at = now;
    bool too_much = atomic_load_explicit(&rooms_taken, memory_order_relaxed) >
                    atomic_load_explicit(&rooms_limit, memory_order_relaxed);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        uint64_t counts = atomic_load_explicit(&cache->stacks[i].counts, memory_order_relaxed);
        if ((counts == cache->seen_counts[i] && (counts || cache->aside[i])) || too_much) {
            empty_class(cache, i);
            swiss_bin_trim(&cache->bins[i]);
        }
        cache->seen_counts[i] = atomic_load_explicit(&cache->stacks[i].counts, memory_order_relaxed);
    }
}

void swiss_cache_look(swiss_cache *cache) {
    if (++cache->events % EVENTS == 0)
        swiss_cache_look_now(cache);
}

void swiss_cache_look_now(swiss_cache *cache) {
    uint32_t every = atomic_load_explicit(&sweep_interval, memory_order_relaxed);
    if (!every)
        return;
    uint64_t now = swiss_os_milliseconds();
    if (now - cache->swept_at < every)
        return;
    if (cache->swept_at)
        sweep(cache, now);
    cache->swept_at = now;
    cache->due = true;
}

/* ----------------------------------------------------------------------------------------------------- allocate and
 * free */

/* Lets the class, which has no block at hand, have some, as many as the next word of a bitmap has. False when out of
 * memory. */
static bool refill(swiss_cache *cache, unsigned size_class) {
    swiss_bin *bin = &cache->bins[size_class];
    swiss_stack *stack = &cache->stacks[size_class];
    if (!swiss_bin_next(bin) &&
        !(swiss_central_lend(&cache->caches->central[size_class], bin) && swiss_bin_next(bin)) &&
        !swiss_bin_grow(bin, size_class))
        return false;
    draw_blocks(cache, size_class, (int32_t)swiss_bin_take_many(bin, stack->blocks, limit_of(stack)));
    extend_stack(cache, size_class, rooms[size_class].first); /* as many as a word of a bitmap has */
    return true;
}

/* Takes a block off a stack; NULL if it is empty. */
static void *pop_block(swiss_stack *stack) {
    const uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    if (!(uint16_t)counts)
        return NULL;
    swiss_block last = swiss_stack_pop(stack, counts);
    atomic_store_explicit(last.state, stack->tag, memory_order_relaxed);
    return last.address;
}

void *swiss_cache_alloc(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    if (swiss_stack_count(stack))
        return pop_block(stack);
    swiss_cache_look(cache);
    return refill(cache, size_class) ? pop_block(stack) : NULL;
}

static inline bool free_in_cache(swiss_cache *cache, size_t size_class, swiss_block block) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint8_t tag = atomic_load_explicit(block.state, memory_order_relaxed);
    if (tag == SWISS_SLOT_FREE)
        return false;
    atomic_store_explicit(block.state, SWISS_SLOT_FREE, memory_order_relaxed);
    if (tag != stack->tag) {
        set_aside(cache, size_class, block);
        return true;
    }
    if (swiss_stack_count(stack) >= limit_of(stack))
        swiss_cache_look(cache);
    if (swiss_stack_count(stack) >= limit_of(stack))
        make_stack_room(cache, (unsigned)size_class);
    swiss_stack_push(stack, atomic_load_explicit(&stack->counts, memory_order_relaxed), block);
    return true;
}

bool swiss_cache_free(swiss_cache *cache, unsigned size_class, swiss_block block) {
    return free_in_cache(cache, size_class, block);
}

bool swiss_cache_free_further(void *address, _Atomic(uint8_t) *state, size_t size_class) {
    swiss_cache *cache = swiss_cache_enter();
    if (SWISS_UNLIKELY(!cache)) {
        swiss_cache_leave();
        return false;
    }
    bool freed = free_in_cache(cache, size_class, (swiss_block){address, state});
    swiss_cache_done(cache);
    return freed;
}

/* ------------------------------------------------------------------------------------------------ begun, taken, given
 * back */

void swiss_cache_prepare(swiss_cache *cache, swiss_share *share, uint8_t tag) {
    cache->spare = (swiss_spare){SWISS_SPARE_LEAST, SWISS_SPARE_LEAST, 0};
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        cache->bins[i].share = share;
        cache->bins[i].cache = &cache->spans;
        cache->bins[i].spare = &cache->spare;
        swiss_stack *stack = &cache->stacks[i];
        stack->tag = tag;
        stack->reciprocal = swiss_class_reciprocal[i];
        set_limit(cache, i, rooms[i].least);
    }
}

void swiss_cache_take(swiss_cache *cache) {
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        swiss_stack *stack = &cache->stacks[i];
        cache->seen_counts[i] = atomic_load_explicit(&stack->counts, memory_order_acquire);
        uint32_t count = (uint16_t)cache->seen_counts[i] / (uint32_t)sizeof(swiss_block);
        uint64_t drawn = atomic_load_explicit(&stack->drawn, memory_order_relaxed);
        give_blocks(&cache->bins[i], stack->blocks, count);
        atomic_store_explicit(&stack->drawn, drawn - count, memory_order_relaxed);
        flush_aside(cache, i);
        uncount_room(i, at_most(limit_of(stack), rooms[i].ordinary));
    }
    cache->taken = cache->touched = true;
}

void swiss_cache_restore(swiss_cache *cache) {
    const uint64_t at_hand = (1u << SWISS_STACK_BITS) - 1;
    if (!cache->taken)
        return;
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        atomic_store_explicit(&cache->stacks[i].counts, cache->seen_counts[i] & ~at_hand, memory_order_relaxed);
        set_limit(cache, i, rooms[i].least);
    }
    cache->taken = false;
}
