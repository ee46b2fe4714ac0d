/* cache.h - what a thread owns of the default heap. Explained at the tops of cache.c and caches.c. */
#ifndef SWISS_HEAP_CACHE_H
#define SWISS_HEAP_CACHE_H

#include "../os/os.h"
#include "bin.h"

#define SWISS_CACHE_STACK 1024u /* blocks of one class that a thread keeps at hand, at most, */
#define SWISS_CACHE_STACK_BYTES                                                                                        \
    ((size_t)64 << 10) /* and their bytes, before the stack grows further; but at least four blocks */
#define SWISS_CACHE_LIMIT                                                                                              \
    ((size_t)32 << 20) /* bytes that the stacks of all threads may hold, unless it is set otherwise */

/* The blocks of one class that a thread has at hand, last in, first out. Only the thread writes, anyone may read the
 * counts. */
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
    swiss_spare spare;                       /* what the bins may keep in empty spans, and stacks may grow by */
    uint32_t events;                         /* how often a stack was filled or emptied */
    bool due;                                /* it is time for swiss_cache_upkeep */
    bool absent;                             /* one of the two that are none */
    uint64_t swept_at;                       /* milliseconds: when it last gave back what it had not used */
    uint64_t seen_counts[SWISS_CLASS_COUNT]; /* those of the stacks then, or when the cache was taken */
    /* Guarded by the lock of all caches: */
    struct swiss_thread *owner; /* NULL: none, or it ends */
    uint64_t seen;              /* what told its activity when someone last looked */
    bool taken;   /* from its owner, who has not come back yet: seen_counts holds instead of its stacks' counts */
    bool touched; /* no one uses it, and its blocks[] may take memory */
    struct swiss_cache *next, *next_parked;
    struct swiss_caches *caches; /* this is one of them */
    swiss_block blocks[];        /* the stacks' */
} swiss_cache;

/* The caches of a heap, and what they are given to work with. */
typedef struct swiss_caches {
    swiss_share *share;            /* the heap's */
    struct swiss_central *central; /* one per size class */
    void (*wake)(
        void); /* called, with no lock, if `asked` is set: when a thread gets a cache, or looks after all of them */
    atomic_bool asked;
    swiss_os_lock lock;  /* held for the two lists, and for what the registry keeps under it */
    swiss_cache *all;    /* all there are, in use or parked, linked by `next` */
    swiss_cache *parked; /* those that no thread uses, linked by `next_parked` */
} swiss_caches;

/* What a thread knows of its cache. Others may take what is in it, as the top of caches.c explains. */
typedef struct swiss_thread {
    swiss_cache *cache;   /* this thread's, which only itself writes; or one of the two below, that never hold a span */
    atomic_bool busy;     /* it uses more of its cache than the top of a stack */
    atomic_bool revoked;  /* someone else is about to take what its cache holds, or has taken it */
    swiss_cache *owned;   /* this thread's; NULL: none. Guarded by the lock of all caches */
    swiss_caches *caches; /* those that it has one of, or had; NULL: none */
} swiss_thread;

extern SWISS_OS_THREAD_LOCAL swiss_thread swiss_thread_mine;
extern swiss_cache swiss_cache_none; /* the thread has had no need of one yet */
extern swiss_cache swiss_cache_gone; /* the thread has given its cache back, and ends */

SWISS_ALWAYS_INLINE swiss_cache *swiss_cache_mine(void) {
    return swiss_thread_mine.cache;
}

SWISS_ALWAYS_INLINE bool swiss_cache_is_revoked(void) {
    atomic_signal_fence(memory_order_seq_cst); /* for the processor, swiss_os_barrier_all is */
    return SWISS_UNLIKELY(atomic_load_explicit(&swiss_thread_mine.revoked, memory_order_relaxed));
}

/* Begins a use of this thread's cache, and returns it; NULL, and it has begun, if the thread has none or has to ask for
 * it. No function of others is called until swiss_cache_leave. */
SWISS_ALWAYS_INLINE swiss_cache *swiss_cache_enter(void) {
    atomic_store_explicit(&swiss_thread_mine.busy, true, memory_order_relaxed);
    swiss_cache *cache = swiss_cache_mine();
    return swiss_cache_is_revoked() || cache->absent ? NULL : cache;
}

SWISS_ALWAYS_INLINE void swiss_cache_leave(void) {
    atomic_store_explicit(&swiss_thread_mine.busy, false, memory_order_release);
}

/* Gets this thread a cache when swiss_cache_enter has returned NULL, and begins a use of it.
 * NULL, and nothing has begun, if the thread cannot have one: it ends, or memory is out. */
swiss_cache *swiss_cache_join(swiss_caches *caches);

/* The same as swiss_cache_enter for those who need a cache: gets one if there is none. NULL, and nothing has begun, as
 * above. */
SWISS_ALWAYS_INLINE swiss_cache *swiss_cache_use(swiss_caches *caches) {
    swiss_cache *cache = swiss_cache_enter();
    return SWISS_LIKELY(cache != NULL) ? cache : swiss_cache_join(caches);
}

/* Ends a use, and looks after all caches. */
void swiss_cache_end(swiss_cache *cache);

/* Ends a use that swiss_cache_use began, and looks after all caches if it is time to. */
SWISS_ALWAYS_INLINE void swiss_cache_done(swiss_cache *cache) {
    if (SWISS_UNLIKELY(cache->due))
        swiss_cache_end(cache);
    else
        swiss_cache_leave();
}

/* The bytes of a cache, whole system pages. */
size_t swiss_cache_size(void);

/* For caches.c. Makes a new cache ready, whose blocks are to have this tag. */
void swiss_cache_prepare(swiss_cache *cache, swiss_share *share, uint8_t tag);

/* Takes the blocks that a cache holds from its thread, which is revoked and not busy, and keeps the counts. Writes
 * nothing that the thread reads before it has the lock. The caller holds the caches' lock, as for the next. */
void swiss_cache_take(swiss_cache *cache);

/* Makes a cache that was taken from its owner one that has nothing at hand, for the owner or, if that is gone, for
 * anyone. */
void swiss_cache_restore(swiss_cache *cache);

/* Gives all blocks back, and then it knows no more what it had needed. */
void swiss_cache_empty(swiss_cache *cache);

/* Now and then looks at the clock, and gives back what this thread has not used for a while. For calls that are not the
 * fastest. */
void swiss_cache_look(swiss_cache *cache);
void swiss_cache_look_now(swiss_cache *cache);

/* A block of a class that the cache has none of at hand. NULL when out of memory. */
void *swiss_cache_alloc(swiss_cache *cache, unsigned size_class);

/* Frees a block of a class that the stack has no room for or that the cache did not hand out. False if it is free
 * already: then nothing has changed. */
bool swiss_cache_free(swiss_cache *cache, unsigned size_class, swiss_block block);

/* The same for this thread's cache, which is not in use. False also if it has none now. */
bool swiss_cache_free_further(void *address, _Atomic(uint8_t) *state, size_t size_class);

/* Adds what all threads have allocated and freed of a class. The caller holds the caches' lock. */
void swiss_cache_count(const swiss_caches *caches, unsigned size_class, uint64_t *mallocs, uint64_t *frees);

/* Gives back what threads have at hand: blocks, those set aside, empty spans, pages. All of this thread; of others,
 * where the system has swiss_os_barrier_all, those who are not just allocating or freeing; of threads that have ended
 * what is left. */
void swiss_cache_trim(swiss_caches *caches);

/* How many milliseconds threads may keep what they do not use; 0: for ever. */
void swiss_cache_set_interval(uint32_t milliseconds);
uint32_t swiss_cache_interval(void);

/* How many bytes of blocks the stacks of all threads may hold. */
void swiss_cache_set_limit(size_t bytes);

/* Takes what idle threads have at hand, and looks after memory and the thread for that. For a thread that does nothing
 * else, or when swiss_cache_done says. */
void swiss_cache_upkeep(swiss_caches *caches);

/* Takes all caches from their threads, unless these are just using them, and that of this thread for good. */
void swiss_cache_retire(swiss_caches *caches);

/* True if no cache is in use: each is parked, or was taken. The caller holds the caches' lock, as for the next two. */
bool swiss_cache_none_is_used(const swiss_caches *caches);

/* Gives the memory of all caches back to the system; none is in use, and their spans are gone. */
void swiss_cache_release_all(swiss_caches *caches);

/* In a forked child: other threads are gone, and with them the memory by which they knew their caches. */
void swiss_cache_after_fork(swiss_caches *caches);

/* Has `wake` called, by this thread if it has a cache, or whichever gets one next. */
void swiss_cache_ask(swiss_caches *caches);

/* How many blocks there are in the stack. */
SWISS_ALWAYS_INLINE uint32_t swiss_stack_count(const swiss_stack *stack) {
    return (uint16_t)atomic_load_explicit(&stack->counts, memory_order_relaxed) / (uint32_t)sizeof(swiss_block);
}

/* Takes the block freed last out of a stack whose `counts` say that there is one. What it returns still counts as free.
 * */
SWISS_ALWAYS_INLINE swiss_block swiss_stack_pop(swiss_stack *stack, uint64_t counts) {
    swiss_block last = ((swiss_block *)(void *)((char *)stack->blocks + (uint16_t)counts))[-1];
    atomic_store_explicit(&stack->counts, counts + (1u << SWISS_STACK_BITS) - sizeof last, memory_order_release);
    return last;
}

/* Adds a block, which counts as free, to a stack that has room for it as its `counts` say. */
SWISS_ALWAYS_INLINE void swiss_stack_push(swiss_stack *stack, uint64_t counts, swiss_block block) {
    *(swiss_block *)(void *)((char *)stack->blocks + (uint16_t)counts) = block;
    atomic_store_explicit(&stack->counts, counts + sizeof block, memory_order_release);
}

/* A block that came from or went to a stack of this thread's cache. */
typedef struct swiss_change {
    swiss_stack *stack;
    uint64_t counts; /* of the stack, before */
    swiss_block block;
    bool unsure; /* the cache was revoked meanwhile: the two functions below know if the change was made */
} swiss_change;

/* Ends an unsure allocation: returns the block, or NULL if the cache was taken before, and nothing has changed. */
void *swiss_cache_settle_pop(swiss_stack *stack, uint64_t counts, void *address, _Atomic(uint8_t) *state);

/* Ends an unsure free. False if the cache was taken before, and the block is alive. */
bool swiss_cache_settle_push(swiss_stack *stack, uint64_t counts, _Atomic(uint8_t) *state);

/* True if the change was made, for this was still the thread's cache. */
SWISS_ALWAYS_INLINE bool swiss_change_is_sure(swiss_change *change) {
    change->unsure = swiss_cache_is_revoked();
    return !change->unsure;
}

/* Allocates a block that `stack` of this thread's cache has at hand: change->block. False if there is none, or it is
 * unsure: then it still counts as free. O(1). */
SWISS_ALWAYS_INLINE bool swiss_cache_pop(swiss_stack *stack, swiss_change *change) {
    change->stack = stack;
    change->counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    change->unsure = false;
    if (SWISS_UNLIKELY(!(uint16_t)change->counts))
        return false;
    change->block = swiss_stack_pop(stack, change->counts);
    const uint8_t tag = stack->tag;
    if (!swiss_change_is_sure(change))
        return false;
    atomic_store_explicit(change->block.state, tag, memory_order_relaxed);
    return true;
}

/* Frees a block that `stack` of this thread's cache is to have handed out. False if it has not, or has no room; or it
 * is unsure: then the block counts as free. O(1). */
SWISS_ALWAYS_INLINE bool swiss_cache_push(swiss_stack *stack, swiss_block block, swiss_change *change) {
    change->stack = stack;
    change->counts = atomic_load_explicit(&stack->counts, memory_order_relaxed);
    change->block = block;
    change->unsure = false;
    if (SWISS_UNLIKELY(atomic_load_explicit(block.state, memory_order_relaxed) != stack->tag) ||
        SWISS_UNLIKELY((uint16_t)change->counts >= stack->limit))
        return false;
    atomic_store_explicit(block.state, SWISS_SLOT_FREE, memory_order_relaxed);
    swiss_stack_push(stack, change->counts, block);
    return swiss_change_is_sure(change);
}

#endif
