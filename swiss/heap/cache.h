/* cache.h - what a thread owns of the default heap. Explained at the top of cache.c. */
#ifndef SWISS_HEAP_CACHE_H
#define SWISS_HEAP_CACHE_H

#include "bin.h"

#define SWISS_CACHE_STACK 1024u /* blocks of one class that a thread keeps at hand, at most, */
#define SWISS_CACHE_STACK_BYTES                                                                                        \
    ((size_t)64 << 10) /* and their bytes, before the stack grows; but at least four blocks */

/* The blocks of one class that a thread has at hand, last in, first out. Only the thread writes, anyone may read the counts. */
typedef struct swiss_stack {
    _Atomic(uint64_t)
        counts; /* bytes of blocks[] at hand in the lower SWISS_STACK_BITS, and above what the thread has allocated */
    swiss_block *blocks;
    uint32_t reciprocal;     /* of the class's size; 0 in a stack that never holds a block, as is the rest */
    uint16_t limit;          /* of the bytes of blocks[] at hand */
    uint8_t tag;             /* of the cache: what the bytes of the blocks say that it handed out */
    _Atomic(uint64_t) drawn; /* blocks that came here from spans, less those that went back */
} swiss_stack;

#define SWISS_STACK_BITS 16

typedef struct swiss_cache {
    swiss_stack stacks[SWISS_CLASS_COUNT]; /* of class 0 none */
    swiss_bin bins[SWISS_CLASS_COUNT];     /* of class 0 none */
    swiss_span_cache spans;                /* what new spans are made of */
    uint16_t aside[SWISS_CLASS_COUNT];     /* blocks in front of each stack's: those that others handed out */
    uint16_t aside_limits[SWISS_CLASS_COUNT];
    size_t spare_pages;      /* that the bins may still keep in empty spans, and stacks may grow by */
    swiss_tally large_tally; /* of large blocks */
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

/* Frees a block that the stack, one of this thread's cache, has no room for or that the cache did not hand out. False if it is
 * free already: then nothing has changed. */
bool swiss_cache_free(swiss_stack *stack, swiss_block block);

/* Adds what all threads have allocated and freed of a class. The caller holds the caches' lock. */
void swiss_cache_count(unsigned size_class, uint64_t *mallocs, uint64_t *frees);

/* Gives back what this thread has at hand: blocks, those set aside, empty spans, pages. Stacks that have grown shrink. */
void swiss_cache_trim(void);

/* How many blocks there are in the stack. */
SWISS_ALWAYS_INLINE uint32_t swiss_stack_count(const swiss_stack *stack) {
    return (uint16_t)atomic_load_explicit(&stack->counts, memory_order_relaxed) / (uint32_t)sizeof(swiss_block);
}

/* The block freed last, now alive, into *block. False if there is none. O(1). */
SWISS_ALWAYS_INLINE bool swiss_stack_pop(swiss_stack *stack, void **block) {
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    size_t bytes = (uint16_t)counts;
    if (SWISS_UNLIKELY(!bytes))
        return false;
    swiss_block last = ((swiss_block *)(void *)((char *)stack->blocks + bytes))[-1];
    atomic_store_explicit(&stack->counts, counts + (1u << SWISS_STACK_BITS) - sizeof last, memory_order_relaxed);
    atomic_store_explicit(last.state, stack->tag, memory_order_relaxed);
    *block = last.address;
    return true;
}

/* Takes a free block. False if there is no room. O(1). */
SWISS_ALWAYS_INLINE bool swiss_stack_push(swiss_stack *stack, swiss_block block) {
    uint64_t counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    size_t bytes = (uint16_t)counts;
    if (SWISS_UNLIKELY(bytes == stack->limit))
        return false;
    *(swiss_block *)(void *)((char *)stack->blocks + bytes) = block;
    atomic_store_explicit(&stack->counts, counts + sizeof block, memory_order_relaxed);
    return true;
}

#endif
