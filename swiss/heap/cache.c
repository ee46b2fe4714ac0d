/* cache.c - the thread cache: for each size class the free blocks that a thread allocates next. Only the thread uses
 * it, without a lock, and without atomic operations other than plain loads and stores.
 *
 * Terms:
 * - Stack: the free blocks of one size class in the cache, last in, first out. They are *cached* blocks.
 * - Bin: the spans of one class that the thread owns (bin.c). The stack is filled from them.
 * - Tag: the number of a cache, a new one each time that a thread gets it. The state byte of a live block (span.c)
 *   holds the tag that the cache had when it handed the block out.
 * - Aside: free blocks that another thread's cache handed out. They wait in front of the stack until they go back to
 *   their spans.
 * - Room: the number of blocks that a stack may hold.
 *
 *     blocks[] of a class     | free | aside ... aside | cached ... cached | free ...                 |
 *                                    <-- grows         ^ stack->blocks     ^ top, grows -->   limit --^
 *
 *     alloc    pop    <-- stack empty: fill it with a word of the bitmap of a span: own, central's, or new
 *     free     push   --> stack full: flush some of it to the spans
 *              aside  --> no room: flush it to the spans, which have other owners (bin.c)
 *
 * Alloc. Pops the block that was freed last, which most likely is still in the processor's cache. The record of a span
 * is read once per fill or flush of many blocks, not once per block. (This is the thread cache of tcmalloc, its
 * "per-thread mode", and of jemalloc.) New spans are made of 64 pages that the thread has, without the lock of the page
 * heap (pagecache.c).
 *
 * Free. Needs the block's class, and to know if the block is live. The page map has the class beside the address of the
 * span (segment.h). The span's record has a state byte per slot (span.c). So the block itself is not touched: it may
 * have left the processor's cache long ago. The stack keeps the address of the state byte beside that of the block, so
 * that an allocation, which changes the byte, need not look for it.
 *
 * Free of a block that another thread's cache handed out. The thread does not use it again, but sets it aside. Blocks
 * that two threads got of one span lie side by side, and so do their state bytes. If each thread used them again and
 * again, the lines of the processors' caches would go to and fro between the two. The test of the tag costs a pair of
 * malloc and free 1.03 of the time; for that, two threads that churn 1,000 blocks each, which another thread had
 * allocated, take half of the time (0.53). The same holds for what a thread before this one got of the same cache, or
 * this one before the cache was taken: the spans went away, and may be of other threads by now. There are 253 tags;
 * they repeat after that, and only lose this advantage.
 *
 * Room. A stack begins with room for 64 blocks, or 8 KiB. Each time it is found full or empty its room doubles, up to
 * 1,024 blocks, or 64 KiB; half as many blocks may be aside. All threads together may hold SWISS_CACHE_LIMIT more than
 * they begin with (as tcmalloc's max_total_thread_cache_bytes, 32 MiB there too). A stack of blocks of up to 1 KiB that
 * is still full then grows up to four times, by three times that room, while pages are left of the 1 MiB that the
 * thread may also keep in spare spans (bin.c). It shrinks when another one needs these pages, and it is not that full
 * any more.
 *
 * Large blocks. A program that needs a buffer again and again would enter the page heap each time: its lock, its
 * limits, its bitmaps and their summaries. So large blocks of up to 4 MiB have classes, too, and a thread has stacks of
 * up to eight of a class, of 4 MiB together, on the same fast path. A cached one is a span as it was, with its record,
 * its pages and its place in the address map. Only its state byte says that it is free. So a second free is noticed,
 * and who walks over the blocks, or asks for one, does not find it. There is no bin: a stack begins without room, and
 * each time that it is found full it may hold one block more, if need be in the place of larger ones first: to make
 * such a block anew takes as long, but using it longer. To the page heap its pages are in use; the statistics, which
 * know better, count them as idle. They go as all that is cached does, and a block that grows in place drops those
 * behind it. If the heap has a limit, none is cached. Their bytes are room, too, but at most half of what all threads
 * may have, so that small blocks have the other half.
 *
 * Counts. The bytes of blocks[] in use and the number of allocations share a word, so that one subtraction changes
 * both. The number of frees follows from these and from what spans have given and got back.
 *
 * Samples. Some blocks are to be sampled (sampling.c): of each class the thread has drawn how many blocks come before
 * the next one. It counts them down in the same word, at most 16,383 at once: the test that finds the stack empty finds
 * that the count is used up, too. (Of large blocks 64 at once, so that a thread that has no others looks at the clock;
 * or one, if there are samples, as heap.c draws for each.) So a block that is not sampled takes no instruction more,
 * and if none is, one allocation of 16,383 takes the slow path. A block that is sampled has another state byte than
 * that of its cache. So the test that finds blocks of other caches finds it when it is freed.
 *
 * Numbers, and what did not help: doc/experiments.md, "Thread caches".
 */
#include "cache.h"
#include "bits.h"
#include "central.h"
#include "large.h"
#include "options.h"
#include "sampling.h"
#include "swiss/align.h"
#include <string.h>

#define LEAST 64                             /* blocks of a class that a thread may cache in any case, */
#define LEAST_BYTES 8192                     /* if they have no more bytes than these, or are one */
#define GROWTH 3                             /* of the ordinary room, how much more a full stack gets at a time, */
#define GROWTHS (sizeof(void *) < 8 ? 1 : 4) /* and how often; address space is short where it has 32 bits */
#define GROWTH_CLASSES 33              /* up to 1 KiB: beyond, a growth would take too many pages for too few blocks */
#define EVENTS 32                      /* between two looks at the clock */
#define LARGE_AHEAD 64                 /* allocations of large blocks of one class, the same */
#define LARGE_STEP ((size_t)512 << 10) /* by which the room of large blocks grows */

static atomic_size_t rooms_limit = SWISS_CACHE_LIMIT,
                     rooms_taken; /* bytes of blocks that the stacks of all threads may hold, and have room for */
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

/* Cached blocks ---------------------------------------------------------------------------------------------------- */

/* Notes that `count` blocks have come into a stack without being freed, or, if negative, gone without being
 * allocated. */
static void draw_blocks(swiss_cache *cache, unsigned size_class, int32_t count) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint64_t more = (uint64_t)(int64_t)count;
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    uint64_t drawn = atomic_load_explicit(&stack->drawn, memory_order_relaxed);
    atomic_store_explicit(&stack->counts, counts + more * SWISS_STACK_BLOCK, memory_order_relaxed);
    atomic_store_explicit(&stack->drawn, drawn + more, memory_order_relaxed);
}

/* Gives blocks of one class back to their spans. Blocks of one word of a bitmap that follow each other, as they do when
 * they were freed in the order of their addresses, go together: the state bytes of its 64 slots are a cache line. */
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

/* Gives `count` cached blocks from `first` on back to their spans. */
static void flush_stack(swiss_cache *cache, unsigned size_class, uint32_t first, uint32_t count) {
    swiss_stack *stack = &cache->stacks[size_class];
    swiss_block *begin = stack->blocks + first;
    uint32_t behind = swiss_stack_count(stack) - first - count;
    if (!count)
        return;
    give_blocks(&cache->bins[size_class], begin, count);
    memmove(begin, begin + count, behind * sizeof *begin);
    draw_blocks(cache, size_class, -(int32_t)count);
}

/* Gives all blocks that are aside back to their spans. */
static void flush_aside(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint32_t count = cache->aside[size_class];
    give_blocks(&cache->bins[size_class], stack->blocks - count, count);
    cache->aside[size_class] = 0;
}

/* Room ------------------------------------------------------------------------------------------------------------- */

static uint32_t at_most(uint32_t a, size_t b) {
    return a < b ? a : (uint32_t)b;
}

/* The room of a class, in blocks, and its two areas in blocks[]. The area that a stack begins in holds as many blocks
 * as a word of a bitmap can fill it with. The first areas of all classes lie close together, so that a thread that
 * needs few blocks touches few pages. In front of an area is room for half as many blocks, up to `ordinary`, that are
 * aside. */
typedef struct class_room {
    uint16_t least;     /* in any case */
    uint16_t first;     /* in the first area */
    uint16_t ordinary;  /* before it grows by pages */
    uint16_t most;      /* with all growths, in the second area */
    uint32_t places[2]; /* where in blocks[] the two areas begin, with the blocks that are aside */
} class_room;

static class_room rooms[SWISS_CLASS_END + 1]; /* [SWISS_CLASS_END].places: where the areas end */

static uint16_t aside_in(unsigned size_class, unsigned area) {
    return (uint16_t)(((area ? rooms[size_class].ordinary : rooms[size_class].first) + 1) / 2);
}

static void make_rooms(void) {
    const uint32_t most = UINT16_MAX / (uint32_t)SWISS_STACK_BLOCK;
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        size_t least = LEAST_BYTES / swiss_class_size[i], fit = SWISS_CACHE_STACK_BYTES / swiss_class_size[i];
        uint32_t ordinary = fit < 4 ? 4 : at_most(SWISS_CACHE_STACK, fit);
        rooms[i].least = (uint16_t)at_most(LEAST, least ? least : 1);
        rooms[i].first = (uint16_t)at_most(64, ordinary);
        rooms[i].ordinary = (uint16_t)ordinary;
        rooms[i].most = (uint16_t)at_most(most, ordinary * (size_t)(i <= GROWTH_CLASSES ? 1 + GROWTH * GROWTHS : 1));
    }
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END; ++i)
        rooms[i].first = rooms[i].ordinary =
            (uint16_t)at_most(SWISS_CACHE_LARGE, SWISS_CACHE_LARGE_BYTES / swiss_class_large_size(i));
    uint32_t place = 0;
    for (unsigned area = 0; area < 2; ++area)
        for (unsigned i = 1; i <= SWISS_CLASS_END; ++i) {
            rooms[i].places[area] = place;
            if (i < SWISS_CLASS_END)
                place += aside_in(i, area) + (uint32_t)(area ? rooms[i].most : rooms[i].first);
        }
}

/* The first call comes when there is no cache yet, with their lock. */
size_t swiss_cache_size(void) {
    if (SWISS_UNLIKELY(!rooms[SWISS_CLASS_END].places[1]))
        make_rooms();
    return swiss_os_round(sizeof(swiss_cache) + rooms[SWISS_CLASS_END].places[1] * sizeof(swiss_block));
}

static uint32_t limit_of(const swiss_stack *stack) {
    return stack->limit / (uint32_t)SWISS_STACK_BLOCK;
}

/* Lets a stack hold `blocks` blocks; it has no more. */
static void set_limit(swiss_cache *cache, unsigned size_class, uint32_t blocks) {
    swiss_stack *stack = &cache->stacks[size_class];
    unsigned area = blocks > rooms[size_class].first;
    uint32_t aside = cache->aside[size_class];
    swiss_block *to = cache->blocks + rooms[size_class].places[area] + aside_in(size_class, area);
    if (to != stack->blocks && stack->blocks)
        memmove(to - aside, stack->blocks - aside, (aside + swiss_stack_count(stack)) * sizeof *to);
    stack->blocks = to;
    stack->limit = (uint16_t)(blocks * SWISS_STACK_BLOCK);
    uint32_t ordinary = at_most(blocks, rooms[size_class].ordinary);
    cache->aside_limits[size_class] = (uint16_t)((ordinary + 1) / 2);
}

/* Counts the room of a stack beyond the least room, with what may be aside. Returns false if all threads together would
 * have too much. */
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

/* The pages that the blocks of a stack with so much room take beyond the ordinary room. */
static size_t grown_pages(unsigned size_class, uint32_t room) {
    uint32_t ordinary = rooms[size_class].ordinary;
    return room <= ordinary ? 0 : ((room - ordinary) * (size_t)swiss_class_size[size_class]) >> SWISS_PAGE_SHIFT;
}

/* Takes the growths back that a stack does not need for the blocks that it has. */
static void shrink_stack(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint32_t now = limit_of(stack), room = rooms[size_class].ordinary, growth = GROWTH * room;
    while (room < swiss_stack_count(stack))
        room += growth;
    if (now <= room)
        return;
    set_limit(cache, size_class, room);
    cache->spare.pages += grown_pages(size_class, now) - grown_pages(size_class, room);
}

/* Lets a full stack hold more than the ordinary room, if the thread has pages left for that. */
static bool grow_stack(swiss_cache *cache, unsigned size_class) {
    uint32_t now = limit_of(&cache->stacks[size_class]), growth = GROWTH * rooms[size_class].ordinary,
             room = at_most(now + growth, rooms[size_class].most);
    size_t pages = grown_pages(size_class, room) - grown_pages(size_class, now);
    if (!pages)
        return false;
    swiss_spare_earn(&cache->spare, pages);
    for (unsigned i = 1; i <= GROWTH_CLASSES && cache->spare.pages < pages; ++i)
        shrink_stack(cache, i);
    if (cache->spare.pages < pages)
        return false;
    cache->spare.pages -= pages;
    set_limit(cache, size_class, room);
    return true;
}

/* Lets a stack hold twice as many blocks, up to `room`, unless all threads together would have too much room. */
static void extend_stack(swiss_cache *cache, unsigned size_class, uint32_t room) {
    uint32_t now = limit_of(&cache->stacks[size_class]), more = at_most(room, (size_t)now * 2);
    if (now < more && count_room(size_class, now, more))
        set_limit(cache, size_class, more);
}

/* Makes room for a block to be set aside: flushes those that are, and lets there be more of them. */
static SWISS_NOINLINE void make_aside_room(swiss_cache *cache, size_t size_class) {
    flush_aside(cache, (unsigned)size_class);
    extend_stack(cache, (unsigned)size_class, rooms[size_class].ordinary);
}

/* Sets a block aside that another cache handed out. */
static inline void set_aside(swiss_cache *cache, size_t size_class, swiss_block block) {
    swiss_stack *stack = &cache->stacks[size_class];
    if (SWISS_UNLIKELY(cache->aside[size_class] == cache->aside_limits[size_class]))
        make_aside_room(cache, size_class);
    (stack->blocks - ++cache->aside[size_class])[0] = block;
    uint64_t drawn = atomic_load_explicit(&stack->drawn, memory_order_relaxed);
    atomic_store_explicit(&stack->drawn, drawn - 1, memory_order_relaxed);
}

/* Makes room in a stack that is full. The blocks that were cached for longest go, unless the stack has grown: to move
 * the others would take longer than that is worth, as all of them have left the nearest cache of the processor. */
static SWISS_NOINLINE void make_stack_room(swiss_cache *cache, unsigned size_class) {
    uint32_t now = limit_of(&cache->stacks[size_class]), room = rooms[size_class].ordinary;
    if (now >= room && grow_stack(cache, size_class))
        return;
    uint32_t count = (at_most(now, room) + 1) / 2;
    flush_stack(cache, size_class, now > room ? now - count : 0, count);
    extend_stack(cache, size_class, room);
}

/* Gives back all blocks of a class, and all room but the least. */
static void empty_class(swiss_cache *cache, unsigned size_class) {
    swiss_stack *stack = &cache->stacks[size_class];
    flush_stack(cache, size_class, 0, swiss_stack_count(stack));
    flush_aside(cache, size_class);
    shrink_stack(cache, size_class);
    uint32_t fewest = rooms[size_class].least, now = limit_of(stack);
    if (now == fewest)
        return;
    uncount_room(size_class, now);
    set_limit(cache, size_class, fewest);
}

/* Allocations ahead ---------------------------------------------------------------------------------------------- */

/* Returns how many allocations are ahead. */
static uint32_t ahead_of(const swiss_stack *stack) {
    return (uint32_t)(atomic_load_explicit(&stack->counts, memory_order_relaxed) / SWISS_STACK_AHEAD) &
           SWISS_STACK_AHEAD_MOST;
}

/* Sets how many allocations are ahead. As many as before have been made. */
static void set_ahead(swiss_cache *cache, unsigned size_class, uint32_t ahead) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    uint64_t more = (uint64_t)ahead - ahead_of(stack);
    atomic_store_explicit(&cache->made[size_class], swiss_cache_made(cache, size_class, counts), memory_order_relaxed);
    atomic_store_explicit(&stack->counts, counts + more * (SWISS_STACK_AHEAD + SWISS_STACK_MADE), memory_order_relaxed);
}

/* Large blocks ----------------------------------------------------------------------------------------------------- */

static atomic_bool has_limit; /* the heap has a limit: no large block is cached */

void swiss_cache_set_limited(bool is_limited) {
    atomic_store_explicit(&has_limit, is_limited, memory_order_relaxed);
}

static bool is_limited(void) {
    return atomic_load_explicit(&has_limit, memory_order_relaxed);
}

/* Gives large blocks back to the page heap. */
static void give_large(const swiss_cache *cache, const swiss_block *blocks, uint32_t count) {
    for (const swiss_block *end = blocks + count; blocks < end; ++blocks)
        (void)swiss_large_drop(cache->caches->share, swiss_segment_find(blocks->address)); /* it is no mapping */
}

/* Gives `count` cached blocks from `first` on back. While spans are stopped, either this cache or the page heap counts
 * them as free. */
static void flush_large(swiss_cache *cache, unsigned size_class, uint32_t first, uint32_t count) {
    swiss_stack *stack = &cache->stacks[size_class];
    swiss_block *begin = stack->blocks + first;
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    if (!count)
        return;
    swiss_os_spin_acquire(&cache->spans.lock, SWISS_RANK_SPAN_CACHE);
    give_large(cache, begin, count);
    memmove(begin, begin + count, (swiss_stack_count(stack) - first - count) * sizeof *begin);
    atomic_store_explicit(&stack->counts, counts - count * SWISS_STACK_BLOCK, memory_order_relaxed);
    swiss_os_spin_release(&cache->spans.lock, SWISS_RANK_SPAN_CACHE);
}

/* The bit of a class in large_roomy. */
static uint64_t roomy_bit(unsigned size_class) {
    return UINT64_C(1) << (size_class - SWISS_CLASS_COUNT);
}

/* Lets a stack hold `blocks` large blocks; it has no more. */
static void set_large_limit(swiss_cache *cache, unsigned size_class, uint32_t blocks) {
    const uint32_t now = limit_of(&cache->stacks[size_class]);
    cache->large_limits += ((size_t)blocks - now) * swiss_class_large_size(size_class);
    cache->large_roomy &= ~roomy_bit(size_class);
    cache->large_roomy |= blocks ? roomy_bit(size_class) : 0;
    set_limit(cache, size_class, blocks);
}

/* Gives back all blocks of a class, and its room. */
static void empty_large_class(swiss_cache *cache, unsigned size_class) {
    flush_large(cache, size_class, 0, swiss_stack_count(&cache->stacks[size_class]));
    set_large_limit(cache, size_class, 0);
}

/* Gives the room of large blocks back. There are none. */
static void uncount_large_room(swiss_cache *cache) {
    atomic_fetch_sub_explicit(&rooms_taken, cache->large_room, memory_order_relaxed);
    cache->large_room = 0;
}

static void empty_large(swiss_cache *cache) {
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END && cache->large_limits; ++i)
        empty_large_class(cache, i);
    uncount_large_room(cache);
}

/* Lets large blocks have at least `wanted` bytes, or all that a thread's may have. Returns false if those of all
 * threads together would have too many. */
static bool extend_large_room(swiss_cache *cache, size_t wanted) {
    wanted = swiss_round_up(wanted < SWISS_CACHE_LARGE_BYTES ? wanted : SWISS_CACHE_LARGE_BYTES, LARGE_STEP);
    if (wanted <= cache->large_room)
        return true;
    size_t more = wanted - cache->large_room;
    if (atomic_fetch_add_explicit(&rooms_taken, more, memory_order_relaxed) + more <=
        atomic_load_explicit(&rooms_limit, memory_order_relaxed) / 2) {
        cache->large_room = wanted;
        return true;
    }
    atomic_fetch_sub_explicit(&rooms_taken, more, memory_order_relaxed);
    return false;
}

/* Takes room from the other classes, from that of the largest blocks on, until there is enough for `size` bytes more:
 * what it has for blocks that are live now, or that of the block that it has cached for longest. Returns false if they
 * have none. */
static bool take_large_room(swiss_cache *cache, unsigned size_class, size_t size) {
    while (cache->large_limits + size > cache->large_room) {
        const uint64_t others = cache->large_roomy & ~roomy_bit(size_class);
        if (!others)
            return false;
        const unsigned other = SWISS_CLASS_COUNT + swiss_bits_highest(others);
        const uint32_t count = swiss_stack_count(&cache->stacks[other]), limit = limit_of(&cache->stacks[other]);
        if (count == limit)
            flush_large(cache, other, 0, 1);
        set_large_limit(cache, other, count < limit ? count : limit - 1);
    }
    return true;
}

/* Lets a stack hold a block more, in the place of those of other classes if need be. Returns false if it has as many as
 * it may. */
static bool extend_large_stack(swiss_cache *cache, unsigned size_class) {
    const size_t size = swiss_class_large_size(size_class);
    const uint32_t now = limit_of(&cache->stacks[size_class]);
    if (now == rooms[size_class].ordinary ||
        (!extend_large_room(cache, cache->large_limits + size) && !extend_large_room(cache, size)))
        return false;
    if (!take_large_room(cache, size_class, size))
        return false;
    set_large_limit(cache, size_class, now + 1);
    return true;
}

/* Makes room for a large block. If there is no more, the one of its class that was cached for longest goes. Returns
 * false if there can be none. */
static SWISS_NOINLINE bool make_large_room(swiss_cache *cache, unsigned size_class) {
    const swiss_stack *stack = &cache->stacks[size_class];
    if (is_limited())
        return false;
    swiss_cache_look(cache);
    if (swiss_stack_count(stack) < limit_of(stack) || extend_large_stack(cache, size_class))
        return true;
    if (!stack->limit)
        return false;
    flush_large(cache, size_class, 0, 1);
    return true;
}

static bool cache_large(swiss_cache *cache, unsigned size_class, swiss_block block) {
    swiss_stack *stack = &cache->stacks[size_class];
    if (swiss_stack_count(stack) >= limit_of(stack) && !make_large_room(cache, size_class))
        return false;
    atomic_store_explicit(block.state, SWISS_SLOT_FREE, memory_order_relaxed);
    swiss_stack_push(stack, atomic_load_explicit(&stack->counts, memory_order_relaxed), block);
    return true;
}

void *swiss_cache_alloc_large(swiss_cache *cache, unsigned size_class, size_t alignment) {
    swiss_stack *stack = &cache->stacks[size_class];
    if (!ahead_of(stack))
        swiss_cache_look_now(cache);
    const uint32_t count = swiss_stack_count(stack);
    uint32_t fits = count;
    while (fits > 0 && !swiss_is_aligned(stack->blocks[fits - 1].address, alignment))
        --fits;
    if (!fits)
        return NULL;
    if (!ahead_of(stack)) /* the caller draws if a block is a sample: then each comes here */
        set_ahead(cache, size_class,
                  atomic_load_explicit(&swiss_sampling_rate, memory_order_relaxed) ? 1 : LARGE_AHEAD);
    const swiss_block block = stack->blocks[fits - 1];
    stack->blocks[fits - 1] = stack->blocks[count - 1];
    stack->blocks[count - 1] = block;
    (void)swiss_stack_pop(stack, atomic_load_explicit(&stack->counts, memory_order_relaxed));
    atomic_store_explicit(block.state, stack->tag, memory_order_relaxed);
    return block.address;
}

bool swiss_cache_drop_large(swiss_cache *cache, const char *begin, const char *end) {
    bool dropped = false;
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END && cache->large_limits; ++i)
        for (uint32_t j = swiss_stack_count(&cache->stacks[i]); j-- > 0;) {
            const char *block = cache->stacks[i].blocks[j].address;
            if (block < begin || block >= end)
                continue;
            flush_large(cache, i, j, 1);
            dropped = true;
        }
    return dropped;
}

/* All that is cached ----------------------------------------------------------------------------------------------- */

void swiss_cache_empty(swiss_cache *cache) {
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        empty_class(cache, i);
    empty_large(cache);
}

/* Gives back the large blocks of all classes that the thread has not used since the last time. */
static void sweep_large(swiss_cache *cache, bool too_much) {
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END; ++i) {
        const swiss_stack *stack = &cache->stacks[i];
        if (too_much || atomic_load_explicit(&stack->counts, memory_order_relaxed) == cache->seen_counts[i])
            empty_large_class(cache, i);
        cache->seen_counts[i] = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    }
    if (!cache->large_limits)
        uncount_large_room(cache);
}

/* Called by the thread itself: gives back the blocks of all classes that it has not used since the last time. */
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
    sweep_large(cache, too_much);
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

/* Alloc and free --------------------------------------------------------------------------------------------------- */

/* Fills the empty stack of a class with the next word of a bitmap. Returns false when out of memory. */
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

void swiss_cache_begin_anew(swiss_cache *cache) {
    memset(cache->countdown, 0, sizeof cache->countdown);
    for (unsigned i = 1; i < SWISS_CLASS_END; ++i)
        set_ahead(cache, i, 0);
    if (is_limited())
        empty_large(cache);
}

static uint32_t fewer(uint64_t a, uint32_t b) {
    return a < b ? (uint32_t)a : b;
}

/* Goes on with the countdown of a class when no allocation is ahead: makes at least one be. Returns the bytes per
 * sample if it is the one that is sampled; else 0. */
static size_t count_down(swiss_cache *cache, unsigned size_class) {
    uint64_t *countdown = &cache->countdown[size_class];
    size_t rate = 0;
    uint32_t now = 0;
    if (!*countdown)
        *countdown = swiss_sampling_draw(swiss_class_size[size_class], &cache->rates[size_class]);
    if (*countdown == 1) {
        rate = cache->rates[size_class];
        now = 1;
        *countdown = swiss_sampling_draw(swiss_class_size[size_class], &cache->rates[size_class]);
    }
    uint32_t ahead = fewer(*countdown - 1, SWISS_STACK_AHEAD_MOST - now);
    *countdown -= ahead;
    set_ahead(cache, size_class, ahead + now);
    return rate;
}

void *swiss_cache_alloc(swiss_cache *cache, unsigned size_class, size_t *rate) {
    swiss_stack *stack = &cache->stacks[size_class];
    *rate = 0;
    if (!swiss_stack_count(stack)) {
        swiss_cache_look(cache);
        if (!refill(cache, size_class))
            return NULL;
    }
    if (!ahead_of(stack))
        *rate = count_down(cache, size_class);
    swiss_block last = swiss_stack_pop(stack, atomic_load_explicit(&stack->counts, memory_order_relaxed));
    atomic_store_explicit(last.state, stack->tag, memory_order_relaxed);
    return last.address;
}

static inline bool free_in_cache(swiss_cache *cache, size_t size_class, swiss_block block) {
    swiss_stack *stack = &cache->stacks[size_class];
    uint8_t tag = atomic_load_explicit(block.state, memory_order_relaxed);
    if (tag <= SWISS_SLOT_SAMPLED) /* free, or a sample */
        return false;
    if (size_class >= SWISS_CLASS_COUNT)
        return cache_large(cache, (unsigned)size_class, block);
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

/* Caches that begin, or are taken ---------------------------------------------------------------------------------- */

void swiss_cache_prepare(swiss_cache *cache, swiss_share *share) {
    cache->spare = (swiss_spare){SWISS_SPARE_LEAST, SWISS_SPARE_LEAST, 0};
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        cache->bins[i].share = share;
        cache->bins[i].cache = &cache->spans;
        cache->bins[i].spare = &cache->spare;
        cache->stacks[i].reciprocal = swiss_class_reciprocal[i];
        set_limit(cache, i, rooms[i].least);
    }
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END; ++i) {
        cache->stacks[i].reciprocal = 1; /* a block begins where its offset is 0 */
        set_limit(cache, i, 0);
    }
}

void swiss_cache_set_tag(swiss_cache *cache, uint8_t tag) {
    for (unsigned i = 1; i < SWISS_CLASS_END; ++i)
        cache->stacks[i].tag = tag;
}

void swiss_cache_take(swiss_cache *cache) {
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        swiss_stack *stack = &cache->stacks[i];
        cache->seen_counts[i] = atomic_load_explicit(&stack->counts, memory_order_acquire);
        uint32_t count = (uint16_t)cache->seen_counts[i] / (uint32_t)SWISS_STACK_BLOCK;
        uint64_t drawn = atomic_load_explicit(&stack->drawn, memory_order_relaxed);
        give_blocks(&cache->bins[i], stack->blocks, count);
        atomic_store_explicit(&stack->drawn, drawn - count, memory_order_relaxed);
        flush_aside(cache, i);
        uncount_room(i, at_most(limit_of(stack), rooms[i].ordinary));
    }
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END; ++i) {
        cache->seen_counts[i] = atomic_load_explicit(&cache->stacks[i].counts, memory_order_acquire);
        give_large(cache, cache->stacks[i].blocks, (uint16_t)cache->seen_counts[i] / (uint32_t)SWISS_STACK_BLOCK);
    }
    uncount_large_room(cache);
    cache->large_limits = 0;
    cache->large_roomy = 0;
    cache->taken = cache->touched = true;
}

void swiss_cache_restore(swiss_cache *cache) {
    const uint64_t at_hand = UINT16_MAX;
    if (!cache->taken)
        return;
    for (unsigned i = 1; i < SWISS_CLASS_END; ++i) {
        atomic_store_explicit(&cache->stacks[i].counts, cache->seen_counts[i] & ~at_hand, memory_order_relaxed);
        set_limit(cache, i, rooms[i].least);
    }
    cache->taken = false;
}
