/* cache.h - what a thread owns of the default heap. Explained at the top of cache.c. */
#ifndef SWISS_HEAP_CACHE_H
#define SWISS_HEAP_CACHE_H

#include "bin.h"

#define SWISS_CACHE_STACK 1024u                    /* blocks of one class that a thread keeps at hand, at most */
#define SWISS_CACHE_STACK_BYTES ((size_t)64 << 10) /* and their bytes */

/* The blocks of one class that a thread has at hand, last in, first out. Only the thread writes, anyone may read the counts. */
typedef struct swiss_stack {
    _Atomic(uint64_t)
        counts; /* blocks at hand in the lower SWISS_STACK_BITS, and above what the thread has allocated */
    swiss_block *blocks;
    uint32_t limit;          /* of the blocks at hand; 0 in a stack that never holds any, as is the rest */
    uint32_t reciprocal;     /* of the class's size */
    _Atomic(uint64_t) drawn; /* blocks that came here from spans, less those that went back */
} swiss_stack;

#define SWISS_STACK_BITS 16

typedef struct swiss_cache {
    swiss_stack stacks[SWISS_CLASS_COUNT]; /* of class 0 none */
    swiss_bin bins[SWISS_CLASS_COUNT];     /* of class 0 none */
    swiss_span_cache spans;                /* what new spans are made of */
    size_t spare_pages;                    /* that the bins may still keep in empty spans */
    swiss_tally large_tally;               /* of large blocks */
    struct swiss_cache *next, *next_parked;
    swiss_block blocks[]; /* the stacks' */
} swiss_cache;

/* This thread's cache; or one of the two below, that never hold a span. */
extern SWISS_OS_THREAD_LOCAL swiss_cache *swiss_cache_mine;
extern swiss_cache swiss_cache_none; /* the thread has had no need of one yet */
extern swiss_cache swiss_cache_gone; /* the thread has given its cache back, and ends */

/* This thread's cache, which it gets now if it has none. NULL if it cannot have one: it ends, or memory is out. */
swiss_cache *swiss_cache_get(void);

/* The bytes of a cache, whole system pages. */
size_t swiss_cache_size(void);

/* From now on forks leave all heaps in order. */
void swiss_cache_guard_forks(void);

/* A block of a class that the cache has none of at hand. NULL when out of memory. */
void *swiss_cache_alloc(swiss_cache *cache, unsigned size_class);

/* Takes a free block of a class that the cache may have no room for: then older ones go. */
void swiss_cache_free(swiss_cache *cache, unsigned size_class, swiss_block block);

/* Adds what all threads have allocated and freed of a class. The caller holds the caches' lock. */
void swiss_cache_count(unsigned size_class, uint64_t *mallocs, uint64_t *frees);

/* Gives the empty spans of this thread back to the page heap. */
void swiss_cache_trim(void);

/* How many blocks there are in the stack. */
SWISS_ALWAYS_INLINE uint32_t swiss_stack_count(const swiss_stack *stack) {
    return (uint32_t)atomic_load_explicit(&stack->counts, memory_order_relaxed) & ((1u << SWISS_STACK_BITS) - 1);
}

/* The block freed last, now alive, into *block. False if there is none. O(1). */
SWISS_ALWAYS_INLINE bool swiss_stack_pop(swiss_stack *stack, void **block) {
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    uint32_t count = (uint32_t)counts & ((1u << SWISS_STACK_BITS) - 1);
    if (SWISS_UNLIKELY(!count))
        return false;
    swiss_block last = stack->blocks[count - 1];
    atomic_store_explicit(&stack->counts, counts + (1u << SWISS_STACK_BITS) - 1, memory_order_relaxed);
    atomic_store_explicit(last.state, SWISS_SLOT_LIVE, memory_order_relaxed);
    *block = last.address;
    return true;
}

/* Takes a free block. False if there is no room. O(1). */
SWISS_ALWAYS_INLINE bool swiss_stack_push(swiss_stack *stack, swiss_block block) {
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    uint32_t count = (uint32_t)counts & ((1u << SWISS_STACK_BITS) - 1);
    if (SWISS_UNLIKELY(count == stack->limit))
        return false;
    stack->blocks[count] = block;
    atomic_store_explicit(&stack->counts, counts + 1, memory_order_relaxed);
    return true;
}

#endif
