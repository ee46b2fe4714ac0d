/* heap.c - the front of the heap: the fast paths of alloc and free, and the choice between the plain heap and the
 * hardened one.
 *
 *      alloc, free --> the stack of the thread cache           no call
 *                  \--> swiss_plain_...                        no cache, stack empty or full, large, another heap
 *                  \--> swiss_harden_...                       heaps are hardened
 *                  \--> swiss_profile_...                      the block is a sample
 *
 * Alloc. The default heap serves blocks of up to 4 MiB from the cache of the calling thread, without a lock. All that
 * this takes is here, so that it calls nothing. Heaps that a program makes for itself (registry.c) have no caches: they
 * take the lock of the size class. Large blocks that are not cached take the lock of the page heap, which all heaps
 * share.
 *
 * Free, resize. The class and the size of a block are read without a lock: they do not change while it is live.
 *
 * Alignment costs nothing where a class can give it: spans begin at pages, so all slots of a class whose size is a
 * multiple of the alignment have it. Larger alignments, beyond a page, are met by runs of pages, and beyond a segment
 * by mappings.
 */
#include "swiss/heap.h"
#include "swiss/align.h"
#include "swiss/heap_stats.h"
#include "heap/harden.h"
#include "heap/options.h"
#include "heap/plain.h"
#include "heap/profile.h"
#include "heap/registry.h"
#include "heap/trace.h"
#include "heap/validate_heap.h"
#include <string.h>

/* Lets a fast path begin with a cache line. Else its place depends on the code in front of it: replacing 1,000 blocks
 * of random sizes took 11.3 or 8.9 ns, with the same instructions. */
#ifdef __GNUC__
#    define FAST_PATH __attribute__((aligned(SWISS_CACHE_LINE)))
#else
#    define FAST_PATH
#endif

swiss_heap *swiss_heap_default(void) {
    return &swiss_heap_main.heap;
}

static inline bool alignment_is_valid(size_t alignment) {
    return swiss_is_power_of_two(alignment) && alignment <= (size_t)1 << (SWISS_ADDRESS_BITS - 1);
}

static SWISS_NOINLINE void *alloc_slow(swiss_heap *heap, unsigned size_class, size_t size, size_t alignment);
static SWISS_NOINLINE void *alloc_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed);

/* What malloc.c, which includes this file, has before: its own functions, and what is to be done at first. */
#ifndef FRONT_OF_MALLOC
#    define FRONT_OF_MALLOC
#endif
#ifndef BEGIN_MALLOC
#    define BEGIN_MALLOC() ((void)0)
#endif

/* Lets call stacks begin where one of these functions was called. */
static void name_front(void) {
#define FRONT(name) (swiss_trace_function *)name
    static swiss_trace_function *const front[] = {FRONT(swiss_harden_alloc),
                                                  FRONT(swiss_harden_resize),
                                                  FRONT(swiss_harden_free),
                                                  FRONT(swiss_profile_take),
                                                  FRONT(swiss_profile_offer),
                                                  FRONT(swiss_profile_resize),
                                                  FRONT(alloc_slow),
                                                  FRONT(alloc_large),
                                                  FRONT(swiss_heap_alloc),
                                                  FRONT(swiss_heap_alloc_zeroed),
                                                  FRONT(swiss_heap_alloc_aligned),
                                                  FRONT(swiss_heap_resize_aligned),
                                                  FRONT(swiss_heap_resize),
                                                  FRONT(swiss_heap_free_sized),
                                                  FRONT(swiss_heap_free),
                                                  FRONT_OF_MALLOC};
#undef FRONT
    swiss_trace_name_front(front, sizeof front / sizeof *front);
}

/* Returns true if heaps are hardened. */
static bool is_hardened(void) {
    if (SWISS_LIKELY(!swiss_options_hardened()))
        return false;
    name_front();
    return true;
}

/* An address in the function that called the one in which this stands. */
#ifdef __GNUC__
#    define CALLER() __builtin_return_address(0)
#else
#    define CALLER() NULL
#endif

/* Draws if a block that no cache has handed out is a sample. Returns the block. */
static SWISS_NOINLINE void *offer(void *block, size_t size, const void *caller) {
    name_front();
    if (block && atomic_load_explicit(&swiss_sampling_rate, memory_order_relaxed))
        swiss_profile_offer(block, size, caller);
    return block;
}

static bool is_profiled(void) {
    return SWISS_UNLIKELY(atomic_load_explicit(&swiss_profile_used, memory_order_relaxed));
}

/* Allocates a block of a class that the cache cannot give now, or of a heap without caches, or of a hardened one, which
 * needs the size that was asked for. Class 0 stands for a large block, too. */
static SWISS_NOINLINE void *alloc_slow(swiss_heap *heap, unsigned size_class, size_t size, size_t alignment) {
    if (!size_class || size_class >= SWISS_CLASS_COUNT) {
        bool zeroed;
        return alloc_large(heap, size, alignment, &zeroed);
    }
    BEGIN_MALLOC();
    heap = swiss_heap_or_default(heap);
    if (is_hardened()) {
        void *block = swiss_harden_alloc(heap, size, alignment);
        return is_profiled() ? offer(block, size, CALLER()) : block;
    }
    size_t rate;
    void *block = swiss_plain_small(heap, size_class, &rate);
    if (SWISS_UNLIKELY(rate) && block) {
        name_front();
        swiss_profile_take(block, size, swiss_class_size[size_class], rate, CALLER());
    }
    return block;
}

/* Ends an allocation during which the cache was revoked (caches.c). */
static SWISS_NOINLINE void *alloc_unsure(size_t size, size_t alignment, swiss_stack *stack, uint64_t counts,
                                         void *address, _Atomic(uint8_t) *state) {
    void *block = swiss_cache_settle_pop(stack, counts, address, state);
    return block ? block : alloc_slow(NULL, swiss_plain_class(size, alignment), size, alignment);
}

static inline void *alloc_cached(swiss_heap *heap, size_t size_class, size_t size, size_t alignment) {
    swiss_change change;
    if (SWISS_UNLIKELY(heap))
        return alloc_slow(heap, (unsigned)size_class, size, alignment);
    if (SWISS_LIKELY(swiss_cache_pop(&swiss_cache_mine()->stacks[size_class], &change)))
        return change.block.address;
    if (change.unsure)
        return alloc_unsure(size, alignment, change.stack, change.counts, change.block.address, change.block.state);
    return alloc_slow(heap, (unsigned)size_class, size, alignment);
}

static SWISS_NOINLINE void *alloc_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed) {
    BEGIN_MALLOC();
    heap = swiss_heap_or_default(heap);
    *zeroed = false;
    void *block =
        is_hardened() ? swiss_harden_alloc(heap, size, alignment) : swiss_plain_large(heap, size, alignment, zeroed);
    return is_profiled() ? offer(block, size, CALLER()) : block;
}

FAST_PATH void *swiss_heap_alloc(swiss_heap *heap, size_t size) {
    if (SWISS_LIKELY(size <= SWISS_CLASS_FINE_MAX))
        return alloc_cached(heap, swiss_class_fine[(size + 3) >> 2], size, 1);
    if (SWISS_LIKELY(size <= SWISS_SMALL_MAX))
        return alloc_cached(heap, swiss_class_of(size), size, 1);
    if (SWISS_LIKELY(size <= SWISS_LARGE_MAX))
        return alloc_cached(heap, swiss_class_of_large(size), size, 1);
    bool zeroed;
    return alloc_large(heap, size, 1, &zeroed);
}

FAST_PATH void *swiss_heap_alloc_aligned(swiss_heap *heap, size_t size, size_t alignment) {
    if (SWISS_UNLIKELY(!alignment_is_valid(alignment)))
        return NULL;
    unsigned size_class = swiss_plain_class(size, alignment);
    if (SWISS_LIKELY(size_class))
        return alloc_cached(heap, size_class, size, alignment);
    if (size > SWISS_SMALL_MAX && size <= SWISS_LARGE_MAX && alignment <= SWISS_PAGE_SIZE)
        return alloc_cached(heap, swiss_class_of_large(size), size, alignment);
    bool zeroed;
    return alloc_large(heap, size, alignment, &zeroed);
}

FAST_PATH void *swiss_heap_alloc_zeroed(swiss_heap *heap, size_t count, size_t size) {
    const size_t half =
        (size_t)1 << (sizeof(size_t) * 4); /* below it no product overflows, and no division is needed */
    if (SWISS_UNLIKELY(count >= half || size >= half) && size && count > SIZE_MAX / size)
        return NULL;
    size *= count;
    bool zeroed = false;
    void *block = size <= SWISS_SMALL_MAX ? alloc_cached(heap, swiss_class_of(size), size, 1)
                                          : alloc_large(heap, size, 1, &zeroed);
    if (block && !zeroed)
        memset(block, 0, size);
    return block;
}

static SWISS_NOINLINE bool free_slow(swiss_heap *heap, void *block, size_t size) {
    heap = swiss_heap_or_default(heap);
    if (is_profiled() && block)
        swiss_profile_end_at(heap, block);
    if (!is_hardened() || !block)
        return swiss_plain_free(heap, block);
    swiss_harden_free(heap, block, size);
    return true; /* or it was reported */
}

SWISS_STATIC_ASSERT(sizeof(swiss_stack) == 32 || sizeof(void *) != 8, "swiss_owner_class32 counts in stacks");

/* Returns the stack of the class of a page's slots. */
static inline swiss_stack *stack_of(swiss_cache *cache, swiss_owner owner) {
    swiss_stack *stacks = cache->stacks;
    if (sizeof *stacks != 32)
        return &stacks[swiss_owner_class32(owner) / 32];
    return (swiss_stack *)(void *)((char *)stacks + swiss_owner_class32(owner)); /* two instructions less */
}

/* Frees a block that the thread's cache does not take: of a thread without one, or a sample, or one that is not
 * live. */
static SWISS_NOINLINE bool free_unlikely(void *address, _Atomic(uint8_t) *state, size_t size_class) {
    if (atomic_load_explicit(state, memory_order_relaxed) == SWISS_SLOT_SAMPLED) {
        swiss_profile_end(address, state);
        if (swiss_cache_free_further(address, state, size_class))
            return true;
    }
    return swiss_plain_free(&swiss_heap_main.heap, address);
}

/* Frees a block that the stack has no room for, that another cache handed out, that is a sample, or that is not
 * live. */
static SWISS_NOINLINE bool free_further(void *address, _Atomic(uint8_t) *state, size_t size_class) {
    return SWISS_LIKELY(swiss_cache_free_further(address, state, size_class)) ||
           free_unlikely(address, state, size_class);
}

/* Ends a free during which the cache was revoked (caches.c). */
static SWISS_NOINLINE bool free_unsure(void *address, _Atomic(uint8_t) *state, size_t size_class, swiss_stack *stack,
                                       uint64_t counts) {
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
    /* The bytes behind that of the last slot are those of slots that are never live. */
    _Atomic(uint8_t) *state = (_Atomic(uint8_t) *)swiss_owner_front(owner) - (product >> 32);
    swiss_change change;
    if (SWISS_LIKELY(swiss_cache_push(stack, (swiss_block){block, state}, &change)))
        return true;
    size_t size_class = swiss_owner_class32(owner) / 32;
    return change.unsure ? free_unsure(block, state, size_class, stack, change.counts)
                         : free_further(block, state, size_class);
}

FAST_PATH void swiss_heap_free_sized(swiss_heap *heap, void *block, size_t size) {
    SWISS_ASSERT((!swiss_segment_find(block) || size <= swiss_segment_find(block)->size || swiss_options_hardened()) &&
                 "swiss_heap_free_sized: the block is smaller");
    bool freed = free_live(heap, block, size);
    SWISS_ASSERT((freed || !block) && "swiss_heap_free: not a live block");
    (void)freed;
}

FAST_PATH void swiss_heap_free(swiss_heap *heap, void *block) {
    swiss_heap_free_sized(heap, block, 0);
}

static SWISS_NOINLINE void note_resize(void *block, size_t usable, size_t size, const void *caller) {
    name_front();
    swiss_profile_resize(block, usable, size, caller);
}

void *swiss_heap_resize_aligned(swiss_heap *heap, void *block, size_t new_size, size_t alignment) {
    if (!block || !alignment_is_valid(alignment))
        return block ? NULL : swiss_heap_alloc_aligned(heap, new_size, alignment);
    new_size += !new_size;
    if (is_hardened()) {
        if (is_profiled())
            swiss_profile_end_at(heap, block);
        void *moved = swiss_harden_resize(swiss_heap_or_default(heap), block, new_size, alignment);
        if (is_profiled() && !moved) /* the block lives on */
            (void)offer(block, swiss_harden_usable_size(swiss_heap_or_default(heap), block), CALLER());
        return is_profiled() ? offer(moved, new_size, CALLER()) : moved;
    }
    bool aligned = swiss_is_aligned(block, alignment);
    swiss_span *span = swiss_plain_find(heap, block);
    SWISS_ASSERT(span && "swiss_heap_resize: not a live block");
    if (SWISS_UNLIKELY(!span))
        return NULL;
    size_t old_size = span->size;
    /* A block that becomes large begins with a huge page from then on: so its pages can be moved, not copied. */
    const bool becomes_large = old_size < SWISS_PLAIN_MOVED && new_size >= SWISS_PLAIN_MOVED;
    if (aligned && !(becomes_large && !swiss_is_aligned(block, SWISS_OS_HUGE_PAGE)) &&
        swiss_plain_resize(swiss_heap_or_default(heap), span, new_size, alignment)) {
        if (is_profiled())
            note_resize(block, old_size, new_size, CALLER());
        return block;
    }
    void *moved = NULL;
    if (new_size >= SWISS_PLAIN_MOVED && alignment < SWISS_OS_HUGE_PAGE)
        moved = swiss_heap_alloc_aligned(heap, new_size, SWISS_OS_HUGE_PAGE);
    if (!moved)
        moved = swiss_heap_alloc_aligned(heap, new_size, alignment);
    if (!moved) /* a block that was to shrink serves as it is */
        return aligned && new_size <= old_size ? block : NULL;
    if (!swiss_plain_transfer(swiss_heap_or_default(heap), moved, block, new_size < old_size ? new_size : old_size))
        return NULL; /* and the new block is lost */
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
    if (is_hardened())
        return swiss_harden_usable_size(swiss_heap_or_default(heap), block);
    swiss_span *span = swiss_plain_find(heap, block);
    SWISS_ASSERT(span && "swiss_heap_usable_size: not a live block");
    return span ? span->size : 0;
}

bool swiss_heap_owns(const swiss_heap *asked, const void *address) {
    const swiss_heap *heap = swiss_heap_or_default(asked);
    if (is_hardened())
        return swiss_harden_owns(heap, address);
    return swiss_plain_owns(heap, address);
}

void swiss_heap_destroy(swiss_heap *heap) {
    SWISS_ASSERT(!swiss_heap_is_main(heap) && "swiss_heap_destroy: the default heap stays");
    if (!heap || swiss_heap_is_main(heap))
        return;
    if (is_profiled())
        swiss_profile_end_all(heap);
    if (is_hardened())
        swiss_harden_forget(heap);
    swiss_registry_remove(heap);
    SWISS_VALIDATE_HEAP(16);
}

size_t swiss_heap_trim(swiss_heap *heap) {
    heap = swiss_heap_or_default(heap);
    if (is_hardened())
        swiss_harden_flush();
    swiss_plain_trim(heap);
    SWISS_VALIDATE_HEAP(16);
    return swiss_spans_release(heap->share.spans) + swiss_registry_trim();
}

/* Takes the lock of the heap's limits, and first that of all caches: the thread that scavenges reads the limits of all
 * heaps under it. */
static void lock_tuning(swiss_heap *heap) {
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    swiss_os_lock_acquire(&heap->share.spans->lock, SWISS_RANK_PAGES);
}

static void unlock_tuning(swiss_heap *heap) {
    swiss_os_lock_release(&heap->share.spans->lock, SWISS_RANK_PAGES);
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
}

void swiss_heap_set_scavenging(swiss_heap *heap, unsigned milliseconds) {
    heap = swiss_heap_or_default(heap);
    lock_tuning(heap);
    swiss_limits_know(&heap->share.limits)->scavenge_every = milliseconds;
    unlock_tuning(heap);
    if (swiss_heap_is_main(heap))
        swiss_cache_set_interval(milliseconds);
}

void swiss_heap_set_cache_limit(size_t bytes) {
    swiss_cache_set_limit(bytes);
}

void swiss_heap_set_limits(swiss_heap *heap, size_t soft, size_t hard) {
    heap = swiss_heap_or_default(heap);
    lock_tuning(heap);
    swiss_limits *limits = swiss_limits_know(&heap->share.limits);
    limits->soft_limit = soft;
    limits->hard_limit = hard;
    if (swiss_heap_is_main(heap))
        swiss_cache_set_limited(soft || hard);
    unlock_tuning(heap);
    if (!swiss_heap_is_main(heap))
        return;
    swiss_spans_flush(heap->share.spans); /* if there is a limit, caches of pages stay empty from now on, */
    if (!soft && !hard)
        return;
    swiss_cache_begin_all_anew(&swiss_heap_main.caches); /* and no large block is cached */
    swiss_cache_trim(&swiss_heap_main.caches);
}

void swiss_heap_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size), void *argument) {
    heap = swiss_heap_or_default(heap);
    if (is_hardened())
        swiss_harden_walk(heap, visit, argument);
    else
        swiss_plain_walk(heap, visit, argument);
}

void swiss_heap_set_huge_pages(swiss_heap_huge_pages which) {
    swiss_os_huge_set((swiss_os_huge)which);
}
