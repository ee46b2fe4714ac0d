/* heap.c - the malloc-like front of the heap.
 *
 * It sorts requests by size and passes them down:
 *
 *     size <= 32 KiB, alignment <= 8 KiB    cache or central -> span   a slot of a size class
 *     both <= 64 MiB                        span -> page heap          a run of pages
 *     larger                                span -> segment -> os      a mapping of its own
 *
 * Alignment costs nothing where a class can give it: spans begin at pages, so all slots of a class whose size is a multiple
 * of the alignment have it. Alignments beyond a page are met by runs of pages that begin at a multiple of them, and those
 * beyond a segment by mappings.
 *
 * The default heap serves small blocks from the cache of the calling thread, without a lock. Heaps that a program makes for
 * itself (registry.c) have no caches: they take the lock of the size class. Large blocks take the lock of the page heap, which
 * all heaps share. A block's class and size are read without a lock, for they do not change while it is alive.
 */
#include "swiss/heap.h"
#include "heap/harden.h"
#include "heap/large.h"
#include "heap/options.h"
#include "heap/registry.h"
#include <string.h>

swiss_heap *swiss_heap_default(void) {
    return &swiss_heap_main.heap;
}

/* The records are guarded by their locks, not by const. */
static inline swiss_heap *heap_or_default(const swiss_heap *heap) {
    return heap ? (swiss_heap *)(uintptr_t)heap : &swiss_heap_main.heap;
}

/* The class for blocks of `size` bytes aligned to `alignment`; 0 if they are to be large. */
static inline unsigned class_for(size_t size, size_t alignment) {
    if (SWISS_UNLIKELY(size > SWISS_SMALL_MAX || alignment > SWISS_PAGE_SIZE))
        return 0;
    unsigned size_class = swiss_class_of((size + alignment - 1) & ~(alignment - 1));
    while (SWISS_UNLIKELY(swiss_class_size[size_class] & (alignment - 1)))
        ++size_class; /* ends: the largest size is a multiple of a page */
    return size_class;
}

static inline bool alignment_is_valid(size_t alignment) {
    return alignment && !(alignment & (alignment - 1)) && alignment <= (size_t)1 << (SWISS_ADDRESS_BITS - 1);
}

static inline bool is_main(const swiss_heap *heap) {
    return heap == &swiss_heap_main.heap;
}

/* Gives back what is kept for the next allocation. */
SWISS_COLD static void trim(swiss_heap *heap) {
    if (is_main(heap))
        swiss_cache_trim(&swiss_heap_main.caches);
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class)
        if (swiss_heap_central(heap, size_class))
            swiss_central_trim(swiss_heap_central(heap, size_class));
    swiss_spans_flush(heap->share.spans);
}

/* The cache that this thread has of the heap, to be used until swiss_cache_done; or NULL. */
static inline swiss_cache *use_cache_of(const swiss_heap *heap) {
    return is_main(heap) ? swiss_cache_use(&swiss_heap_main.caches) : NULL;
}

static void *alloc_shared(swiss_heap *heap, unsigned size_class) {
    swiss_cache *cache = use_cache_of(heap);
    if (SWISS_UNLIKELY(!cache)) {
        swiss_central *central = swiss_heap_need_central(heap, size_class);
        return central ? swiss_central_alloc(central, &heap->share, size_class) : NULL;
    }
    void *block = swiss_cache_alloc(cache, size_class);
    swiss_cache_done(cache);
    return block;
}

static void *take_small(swiss_heap *heap, unsigned size_class) {
    void *block = alloc_shared(heap, size_class);
    if (SWISS_LIKELY(block))
        return block;
    trim(heap);
    return alloc_shared(heap, size_class);
}

/* A block of a class that the cache has none of at hand, or of a heap without caches; or of a hardened one, for which it
 * matters what was asked for. */
static SWISS_NOINLINE void *alloc_slow(swiss_heap *heap, unsigned size_class, size_t size, size_t alignment) {
    heap = heap_or_default(heap);
    return swiss_options_hardened() ? swiss_harden_alloc(heap, size, alignment) : take_small(heap, size_class);
}

/* Ends an allocation that someone may have come in between. */
static SWISS_NOINLINE void *alloc_unsure(size_t size, size_t alignment, const swiss_stack *stack, uint64_t counts,
                                         void *address, _Atomic(uint8_t) *state) {
    void *block = swiss_cache_settle_pop(stack, counts, address, state);
    return block ? block : alloc_slow(NULL, class_for(size, alignment), size, alignment);
}

static inline void *alloc_small(swiss_heap *heap, size_t size_class, size_t size, size_t alignment) {
    swiss_change change;
    if (SWISS_UNLIKELY(heap))
        return alloc_slow(heap, (unsigned)size_class, size, alignment);
    if (SWISS_LIKELY(swiss_cache_pop(&swiss_cache_mine()->stacks[size_class], &change)))
        return change.block.address;
    if (change.unsure)
        return alloc_unsure(size, alignment, change.stack, change.counts, change.block.address, change.block.state);
    return alloc_slow(heap, (unsigned)size_class, size, alignment);
}

/* Counts a large block of the default heap. */
static void count_large(bool freed) {
    swiss_cache *cache = swiss_cache_use(&swiss_heap_main.caches);
    if (!cache) {
        swiss_central_count(&swiss_heap_main.central[0], freed);
        return;
    }
    swiss_count(freed ? &cache->large_tally.frees : &cache->large_tally.mallocs);
    swiss_cache_look(cache);
    swiss_cache_done(cache);
}

static void *make_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed) {
    if (!is_main(heap)) {
        swiss_central *central = swiss_heap_need_central(heap, 0);
        return central ? swiss_central_alloc_large(central, size, alignment, zeroed) : NULL;
    }
    swiss_bin *bin = &swiss_heap_main.central[0].bin;
    swiss_span *span = swiss_large_create(&heap->share, size, alignment, bin, zeroed);
    if (SWISS_UNLIKELY(!span))
        return NULL;
    void *block = span->base; /* read before anyone can know of the block */
    count_large(false);
    return block;
}

static void *take_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed) {
    void *block = make_large(heap, size + !size, alignment, zeroed);
    if (SWISS_LIKELY(block) || size > SWISS_SEGMENT_SIZE || alignment > SWISS_SEGMENT_SIZE)
        return block;
    trim(heap);
    return make_large(heap, size + !size, alignment, zeroed);
}

static SWISS_NOINLINE void *alloc_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed) {
    heap = heap_or_default(heap);
    *zeroed = false;
    return swiss_options_hardened() ? swiss_harden_alloc(heap, size, alignment)
                                    : take_large(heap, size, alignment, zeroed);
}

void *swiss_heap_plain_alloc(swiss_heap *heap, size_t size, size_t alignment) {
    unsigned size_class = class_for(size, alignment);
    bool zeroed;
    return size_class ? take_small(heap, size_class) : take_large(heap, size, alignment, &zeroed);
}

void *swiss_heap_alloc(swiss_heap *heap, size_t size) {
    if (SWISS_LIKELY(size <= SWISS_CLASS_FINE_MAX))
        return alloc_small(heap, swiss_class_fine[(size + 3) >> 2], size, 1);
    if (SWISS_LIKELY(size <= SWISS_SMALL_MAX))
        return alloc_small(heap, swiss_class_of(size), size, 1);
    bool zeroed;
    return alloc_large(heap, size, 1, &zeroed);
}

void *swiss_heap_alloc_aligned(swiss_heap *heap, size_t size, size_t alignment) {
    if (SWISS_UNLIKELY(!alignment_is_valid(alignment)))
        return NULL;
    unsigned size_class = class_for(size, alignment);
    if (SWISS_LIKELY(size_class))
        return alloc_small(heap, size_class, size, alignment);
    bool zeroed;
    return alloc_large(heap, size, alignment, &zeroed);
}

void *swiss_heap_alloc_zeroed(swiss_heap *heap, size_t count, size_t size) {
    const size_t half =
        (size_t)1 << (sizeof(size_t) * 4); /* below it no product overflows, and no division is needed */
    if (SWISS_UNLIKELY(count >= half || size >= half) && size && count > SIZE_MAX / size)
        return NULL;
    size *= count;
    bool zeroed = false;
    void *block = size <= SWISS_SMALL_MAX ? alloc_small(heap, swiss_class_of(size), size, 1)
                                          : alloc_large(heap, size, 1, &zeroed);
    if (block && !zeroed)
        memset(block, 0, size);
    return block;
}

/* Whether a span is of this heap. */
static inline bool belongs(const swiss_span *span, const swiss_heap *heap) {
    swiss_bin *bin = atomic_load_explicit(&span->bin, memory_order_acquire);
    return bin->share == &heap->share;
}

/* The span of the live block of this heap that begins at `block`; NULL if there is none. */
static inline swiss_span *find_block(const swiss_heap *heap, const void *block) {
    swiss_span *span = swiss_segment_find(block);
    if (SWISS_UNLIKELY(!span))
        return NULL;
    uint32_t slot = swiss_span_slot(span, block);
    if (SWISS_UNLIKELY(slot == UINT32_MAX || !swiss_span_is_taken(span, slot)))
        return NULL;
    return SWISS_LIKELY(belongs(span, heap_or_default(heap))) ? span : NULL;
}

static bool free_large(swiss_heap *heap, void *block) {
    swiss_central *central = swiss_heap_central(heap, 0);
    if (!is_main(heap))
        return swiss_central_free_large(central, block);
    if (!swiss_large_free(&heap->share, &central->bin, block))
        return false;
    count_large(true);
    return true;
}

/* Frees a block that is large, or of a heap or a thread without caches. False: it is not a live block. */
static bool put_back(swiss_heap *heap, void *block) {
    swiss_span *span = swiss_segment_find(block);
    if (!span || !belongs(span, heap))
        return false;
    uint32_t slot = swiss_span_slot(span, block);
    if (slot == UINT32_MAX)
        return false;
    if (!span->size_class)
        return free_large(heap, block);
    unsigned size_class = span->size_class;
    swiss_cache *cache = use_cache_of(heap);
    if (!cache)
        return swiss_central_free(swiss_heap_central(heap, size_class), span, slot);
    bool freed = swiss_cache_free(cache, size_class, (swiss_block){block, swiss_span_state(span, slot)});
    swiss_cache_done(cache);
    return freed;
}

static SWISS_NOINLINE bool free_slow(swiss_heap *heap, void *block, size_t size) {
    heap = heap_or_default(heap);
    if (!swiss_options_hardened() || !block)
        return put_back(heap, block);
    swiss_harden_free(heap, block, size);
    return true; /* or reported */
}

void swiss_heap_plain_free(swiss_heap *heap, void *block) {
    (void)put_back(heap, block);
}

SWISS_STATIC_ASSERT(sizeof(swiss_stack) == 32 || sizeof(void *) != 8, "swiss_owner_class32 counts in stacks");

/* That of the class of a page's slots. */
static inline swiss_stack *stack_of(swiss_cache *cache, swiss_owner owner) {
    swiss_stack *stacks = cache->stacks;
    if (sizeof *stacks != 32)
        return &stacks[swiss_owner_class32(owner) / 32];
    return (swiss_stack *)(void *)((char *)stacks + swiss_owner_class32(owner)); /* two instructions less */
}

/* Frees a block that the stack has no room for, or that is not the cache's own, or not alive. */
static SWISS_NOINLINE bool free_further(void *address, _Atomic(uint8_t) *state, size_t size_class) {
    return SWISS_LIKELY(swiss_cache_free_further(&swiss_heap_main.caches, address, state, size_class)) ||
           put_back(&swiss_heap_main.heap, address);
}

/* Ends a free that someone may have come in between. */
static SWISS_NOINLINE bool free_unsure(void *address, _Atomic(uint8_t) *state, size_t size_class,
                                       const swiss_stack *stack, uint64_t counts) {
    return swiss_cache_settle_push(stack, counts, state) || free_further(address, state, size_class);
}

static inline bool free_live(swiss_heap *heap, void *block, size_t size) {
    swiss_owner owner = swiss_segment_owner(block);
    swiss_stack *stack = stack_of(swiss_cache_mine(), owner);
    size_t offset = swiss_owner_offset(owner) + ((uintptr_t)block & (SWISS_PAGE_SIZE - 1));
    uint32_t reciprocal = stack->reciprocal;
    uint64_t product = (uint64_t)offset * reciprocal; /* swiss_span_slot explains */
    if (SWISS_UNLIKELY(heap || (uint32_t)product >= reciprocal))
        return free_slow(heap, block, size);
    /* Behind the last slot there are bytes of slots that are never alive. */
    _Atomic(uint8_t) *state = (_Atomic(uint8_t) *)swiss_owner_front(owner) - (product >> 32);
    swiss_change change;
    if (SWISS_LIKELY(swiss_cache_push(stack, (swiss_block){block, state}, &change)))
        return true;
    size_t size_class = swiss_owner_class32(owner) / 32;
    return change.unsure ? free_unsure(block, state, size_class, stack, change.counts)
                         : free_further(block, state, size_class);
}

void swiss_heap_free_sized(swiss_heap *heap, void *block, size_t size) {
    SWISS_ASSERT((!swiss_segment_find(block) || size <= swiss_segment_find(block)->size || swiss_options_hardened()) &&
                 "swiss_heap_free_sized: the block is smaller");
    bool freed = free_live(heap, block, size);
    SWISS_ASSERT((freed || !block) && "swiss_heap_free: not a live block");
    (void)freed;
}

void swiss_heap_free(swiss_heap *heap, void *block) {
    swiss_heap_free_sized(heap, block, 0);
}

/* True if the block that `span` holds, aligned well enough, can stay where it is and be `size` bytes: also if a new one would
 * be no better. If large, it is resized. */
static bool resize_in_place(swiss_heap *heap, swiss_span *span, size_t size, size_t alignment) {
    if (span->size_class)
        return size <= span->size && (size > span->size / 2 || class_for(size, alignment) == span->size_class);
    if (class_for(size, alignment))
        return false;
    return is_main(heap) ? swiss_large_resize(&heap->share, span, size)
                         : swiss_central_resize_large(swiss_heap_central(heap, 0), span, size);
}

#define MOVED_FROM ((size_t)4 << 20) /* bytes that are moved rather than copied */

/* Copies what a block holds to a new one that is to take its place: by moving whole huge pages if there are 4 MiB of them,
 * which is faster than copying and does not split mappings into all too many. Only whole ones, for they are what the system
 * may have in a mapping apart from what lies beside them. Growing 64 MiB took 0.06 ms instead of 25. False if the new block
 * has become unusable, and the old one is as it was. */
static bool transfer(swiss_heap *heap, char *to, char *from, size_t size) {
    const size_t unit = SWISS_OS_HUGE_PAGE;
    size_t first = -(uintptr_t)from & (unit - 1), whole = size > first ? (size - first) & ~(unit - 1) : 0;
    bool may = whole >= MOVED_FROM && !(((uintptr_t)to ^ (uintptr_t)from) & (unit - 1)) &&
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

void *swiss_heap_resize_aligned(swiss_heap *heap, void *block, size_t new_size, size_t alignment) {
    if (!block || !alignment_is_valid(alignment))
        return block ? NULL : swiss_heap_alloc_aligned(heap, new_size, alignment);
    new_size += !new_size;
    if (swiss_options_hardened())
        return swiss_harden_resize(heap_or_default(heap), block, new_size, alignment);
    bool aligned = !((uintptr_t)block & (alignment - 1));
    swiss_span *span = find_block(heap, block);
    SWISS_ASSERT(span && "swiss_heap_resize: not a live block");
    if (SWISS_UNLIKELY(!span))
        return NULL;
    size_t old_size = span->size;
    if (aligned && resize_in_place(heap_or_default(heap), span, new_size, alignment))
        return block;
    void *moved = NULL;
    if (old_size >= MOVED_FROM && new_size >= MOVED_FROM && alignment < SWISS_OS_HUGE_PAGE)
        moved = swiss_heap_alloc_aligned(heap, new_size, SWISS_OS_HUGE_PAGE);
    if (!moved)
        moved = swiss_heap_alloc_aligned(heap, new_size, alignment);
    if (!moved) /* a block that was to shrink serves as it is */
        return aligned && new_size <= old_size ? block : NULL;
    if (!transfer(heap_or_default(heap), moved, block, new_size < old_size ? new_size : old_size))
        return NULL; /* and no one ever gets the new block */
    swiss_heap_free(heap, block);
    return moved;
}

void *swiss_heap_resize(swiss_heap *heap, void *block, size_t new_size) {
    if (!block)
        return swiss_heap_alloc(heap, new_size);
    return swiss_heap_resize_aligned(heap, block, new_size, swiss_class_alignment(new_size));
}

size_t swiss_heap_usable_size(const swiss_heap *heap, const void *block) {
    if (!block)
        return 0;
    if (swiss_options_hardened())
        return swiss_harden_usable_size(heap_or_default(heap), block);
    swiss_span *span = find_block(heap, block);
    SWISS_ASSERT(span && "swiss_heap_usable_size: not a live block");
    return span ? span->size : 0;
}

bool swiss_heap_owns(const swiss_heap *asked, const void *address) {
    const swiss_heap *heap = heap_or_default(asked);
    if (swiss_options_hardened())
        return swiss_harden_owns(heap, address);
    swiss_spans_stop(heap->share.spans); /* no span comes or goes */
    const swiss_span *span = swiss_spans_find(heap->share.spans, address);
    bool owns = false;
    if (span && belongs(span, heap)) {
        size_t slot = (size_t)((const char *)address - span->base) / span->size;
        owns = slot < span->slots && swiss_span_is_taken(span, (uint32_t)slot);
    }
    swiss_spans_go(heap->share.spans);
    return owns;
}

void swiss_heap_destroy(swiss_heap *heap) {
    SWISS_ASSERT(!is_main(heap) && "swiss_heap_destroy: the default heap stays");
    if (!heap || is_main(heap))
        return;
    if (swiss_options_hardened())
        swiss_harden_forget(heap);
    swiss_registry_remove(heap);
}

size_t swiss_heap_trim(swiss_heap *heap) {
    heap = heap_or_default(heap);
    if (swiss_options_hardened())
        swiss_harden_flush();
    trim(heap);
    return swiss_spans_release(heap->share.spans) + swiss_registry_trim();
}

/* That of all caches is taken for those who look at the tunings of all heaps. */
static void lock_tuning(swiss_heap *heap) {
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    swiss_os_lock_acquire(&heap->share.spans->lock, SWISS_RANK_PAGES);
}

static void unlock_tuning(swiss_heap *heap) {
    swiss_os_lock_release(&heap->share.spans->lock, SWISS_RANK_PAGES);
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
}

void swiss_heap_set_scavenging(swiss_heap *heap, unsigned milliseconds) {
    heap = heap_or_default(heap);
    lock_tuning(heap);
    swiss_limits_know(&heap->share.limits)->scavenge_every = milliseconds;
    unlock_tuning(heap);
    if (is_main(heap))
        swiss_cache_set_interval(milliseconds);
}

void swiss_heap_set_cache_limit(size_t bytes) {
    swiss_cache_set_limit(bytes);
}

void swiss_heap_set_limits(swiss_heap *heap, size_t soft, size_t hard) {
    heap = heap_or_default(heap);
    lock_tuning(heap);
    swiss_limits *limits = swiss_limits_know(&heap->share.limits);
    limits->soft_limit = soft;
    limits->hard_limit = hard;
    unlock_tuning(heap);
    if (is_main(heap))
        swiss_spans_flush(heap->share.spans); /* which are empty from now on if there is a limit */
}

typedef struct swiss_walk {
    const swiss_heap *heap;
    void (*visit)(void *argument, void *block, size_t size);
    void *argument;
} swiss_walk;

static void walk_span(void *argument, swiss_span *span) {
    const swiss_walk *walk = argument;
    if (belongs(span, walk->heap))
        swiss_span_walk(span, walk->visit, walk->argument);
}

/* The spans of the default heap are found in the page heap, among those of all heaps; those of another by its centrals. */
void swiss_heap_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size), void *argument) {
    heap = heap_or_default(heap);
    swiss_walk walk = {heap, visit, argument};
    if (swiss_options_hardened()) {
        swiss_harden_walk(heap, visit, argument);
    } else if (is_main(heap)) {
        swiss_spans_stop(heap->share.spans);
        swiss_spans_each(heap->share.spans, walk_span, &walk);
        swiss_spans_go(heap->share.spans);
    } else {
        for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
            if (swiss_heap_central(heap, i))
                swiss_central_walk(swiss_heap_central(heap, i), visit, argument);
    }
}

void swiss_heap_set_huge_pages(swiss_heap_huge_pages which) {
    swiss_os_huge_set((swiss_os_huge)which);
}
