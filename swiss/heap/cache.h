/* cache.h - the thread cache: what a thread owns of the default heap. Explained at the tops of cache.c and caches.c. */
#ifndef SWISS_HEAP_CACHE_H
#define SWISS_HEAP_CACHE_H

#include "../os/os.h"
#include "bin.h"

SWISS_BEGIN_HIDDEN

#define SWISS_CACHE_STACK 1024u /* blocks of one class in a cache, at most, */
#define SWISS_CACHE_STACK_BYTES                                                                                        \
    ((size_t)64 << 10)       /* and their bytes, before the stack grows by pages; but at least four blocks */
#define SWISS_CACHE_LARGE 8u /* large blocks of one class in a cache, at most, */
#define SWISS_CACHE_LARGE_BYTES ((size_t)4 << 20) /* and the bytes of all of them */
#define SWISS_CACHE_LIMIT                                                                                              \
    ((size_t)32 << 20) /* bytes of blocks in the stacks of all threads, unless it is set otherwise */

/* The free blocks of one class in a cache, last in, first out. Only the thread writes; anyone may read the counts. */
typedef struct swiss_stack {
    _Atomic(uint64_t) counts; /* four numbers, told apart below */
    swiss_block *blocks;
    uint32_t reciprocal;     /* of the class's size; 0 in a stack that never holds a block, as all else is */
    uint16_t limit;          /* on the units of blocks[] in use */
    uint8_t tag;             /* the cache's: the state byte of each block that it handed out */
    _Atomic(uint64_t) drawn; /* blocks that came from spans, less those that went back */
} swiss_stack;

/* The counts of a stack share a word, so that one subtraction counts an allocation, and one test of two bits finds that
 * the stack was empty, or that the allocation is not one that may be made without a look at the countdown:
 *
 *     bits 0 to 15     units of 8 bytes of blocks[] in use
 *     bit 16           0; 1 if the subtraction has borrowed from it: there was no block
 *     bits 17 to 30    *ahead*: allocations that may be made until the countdown to the next sample is looked at
 *     bit 31           0; 1 if the subtraction has borrowed from it: there was none ahead
 *     bits 32 to 63    allocations that were made, and that are ahead
 *
 * A word with one of the two bits set is never stored. */
#define SWISS_STACK_AHEAD ((uint64_t)1 << 17)
#define SWISS_STACK_AHEAD_MOST ((1u << 14) - 1)
#define SWISS_STACK_BORROWED 0x80010000u
#define SWISS_STACK_MADE ((uint64_t)1 << 32)
#define SWISS_STACK_UNIT 8u /* bytes of blocks[]: a scale of indices that processors have in their addresses */
#define SWISS_STACK_BLOCK (sizeof(swiss_block) / SWISS_STACK_UNIT)
#define SWISS_STACK_TAKEN (SWISS_STACK_AHEAD + SWISS_STACK_BLOCK) /* what an allocation subtracts */

typedef struct swiss_cache {
    swiss_stack stacks[SWISS_CLASS_END]; /* of class 0 none */
    swiss_bin bins[SWISS_CLASS_COUNT];   /* of class 0 none */
    swiss_span_cache spans;              /* what new spans are made of */
    uint16_t aside[SWISS_CLASS_END];     /* blocks in front of each stack's that other caches handed out */
    uint16_t aside_limits[SWISS_CLASS_END];
    swiss_spare spare;                       /* pages that the bins may keep in empty spans, or stacks grow by */
    uint32_t events;                         /* how often a stack was empty or full */
    bool due;                                /* it is time for swiss_cache_upkeep */
    bool absent;                             /* true in the two below that stand for no cache */
    uint64_t swept_at;                       /* milliseconds: when the thread last gave back what it had not used */
    uint64_t seen_counts[SWISS_CLASS_END];   /* of the stacks then, or when the cache was taken */
    _Atomic(uint64_t) made[SWISS_CLASS_END]; /* blocks that were allocated when the allocations ahead were last set */
    /* The blocks to come behind those ahead, with the first one that is sampled; 0: not drawn yet. And the bytes per
     * sample that it was drawn with. */
    uint64_t countdown[SWISS_CLASS_COUNT];
    size_t rates[SWISS_CLASS_COUNT];
    size_t large_room;    /* bytes that its large blocks may have, of those that all threads may, */
    size_t large_limits;  /* and those that their stacks may hold */
    uint64_t large_roomy; /* a bit for each of their classes, from the lowest on: set if its stack has room */
    /* Guarded by the lock of all caches: */
    struct swiss_thread *owner; /* NULL: no thread, or one that ends */
    uint64_t seen;              /* activity_of() when another thread last looked */
    bool taken;   /* from its owner, which has not come back yet: seen_counts holds instead of the stacks' counts */
    bool touched; /* no thread uses it, and its blocks[] may have memory */
    bool stale;   /* its thread is to draw its samples anew */
    struct swiss_cache *next, *next_parked;
    struct swiss_caches *caches; /* this is one of them */
    swiss_block blocks[];        /* the stacks' */
} swiss_cache;

/* The caches of a heap, and what they work with. */
typedef struct swiss_caches {
    swiss_share *share;            /* the heap's */
    struct swiss_central *central; /* one per size class */
    void (*wake)(
        void); /* called without a lock if `asked` is set: when a thread gets a cache, or looks after all of them */
    atomic_bool asked;
    swiss_os_lock lock;  /* guards all below, and what the registry keeps under it */
    swiss_cache *all;    /* all caches, in use or parked, linked by `next` */
    swiss_cache *parked; /* those without a thread, linked by `next_parked` */
    uint8_t last_tag;    /* the one that a cache was given last; 0: none was */
} swiss_caches;

/* The cache of one thread. Other threads may take what it holds, as the top of caches.c explains. */
typedef struct swiss_thread {
    swiss_cache
        *cache; /* this thread's, which no other thread writes; or one of the two below, which never hold a span */
    atomic_bool busy;     /* the thread uses more of its cache than the top of a stack */
    atomic_bool revoked;  /* another thread is about to take what the cache holds, or has taken it, or wants the thread
                             to draw its samples anew */
    uint8_t sampling;     /* 0, or what profile.c does now */
    atomic_bool locking;  /* the thread makes, resizes or ends a large block of the default heap */
    swiss_cache *owned;   /* this thread's; NULL: none. Guarded by the lock of all caches */
    swiss_caches *caches; /* those that it has, or had, one of; NULL: none */
} swiss_thread;

extern SWISS_OS_THREAD_LOCAL swiss_thread swiss_thread_mine;
extern swiss_os_exit swiss_cache_exit; /* gives the caches of threads back when these end */
extern swiss_cache swiss_cache_none;   /* no cache: the thread has not needed one yet */
extern swiss_cache swiss_cache_gone;   /* the same for a thread that has given its cache back, and ends */

SWISS_ALWAYS_INLINE swiss_cache *swiss_cache_mine(void) {
    return swiss_thread_mine.cache;
}

SWISS_ALWAYS_INLINE bool swiss_cache_is_revoked(void) {
    atomic_signal_fence(memory_order_seq_cst); /* holds back the compiler; swiss_os_barrier_all, the processor */
    return SWISS_UNLIKELY(atomic_load_explicit(&swiss_thread_mine.revoked, memory_order_relaxed));
}

/* Says that this thread begins, or has ended, what takes locks without a use of its cache: a call for a large block. */
SWISS_ALWAYS_INLINE void swiss_thread_set_locking(bool locking) {
    atomic_store_explicit(&swiss_thread_mine.locking, locking, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

/* Returns true if this thread is amid a call that may hold a lock: it is asked in a signal handler that ends the
 * program. */
static inline bool swiss_thread_is_inside(void) {
    return swiss_thread_mine.sampling || atomic_load(&swiss_thread_mine.busy) ||
           atomic_load(&swiss_thread_mine.locking);
}

/* Begins a use of this thread's cache, and returns it. Returns NULL if the thread has no cache, or must ask for its
 * own: the use has begun then, too. Until swiss_cache_leave the thread calls no function of others. */
SWISS_ALWAYS_INLINE swiss_cache *swiss_cache_enter(void) {
    atomic_store_explicit(&swiss_thread_mine.busy, true, memory_order_relaxed);
    swiss_cache *cache = swiss_cache_mine();
    return swiss_cache_is_revoked() || cache->absent ? NULL : cache;
}

SWISS_ALWAYS_INLINE void swiss_cache_leave(void) {
    atomic_store_explicit(&swiss_thread_mine.busy, false, memory_order_release);
}

/* Gives this thread a cache after swiss_cache_enter has returned NULL, and begins a use of it. Returns NULL if the
 * thread cannot have one, because it ends or memory is out: then no use has begun. */
swiss_cache *swiss_cache_join(swiss_caches *caches);

/* Begins a use of this thread's cache, and gives it one if it has none. Returns NULL as swiss_cache_join does. */
SWISS_ALWAYS_INLINE swiss_cache *swiss_cache_use(swiss_caches *caches) {
    swiss_cache *cache = swiss_cache_enter();
    return SWISS_LIKELY(cache != NULL) ? cache : swiss_cache_join(caches);
}

/* Ends a use, and looks after all caches (swiss_cache_upkeep). */
void swiss_cache_end(swiss_cache *cache);

/* Ends a use that swiss_cache_use began, and looks after all caches when it is time to. */
SWISS_ALWAYS_INLINE void swiss_cache_done(swiss_cache *cache) {
    if (SWISS_UNLIKELY(cache->due))
        swiss_cache_end(cache);
    else
        swiss_cache_leave();
}

/* Returns the bytes of a cache, whole system pages. */
size_t swiss_cache_size(void);

/* For caches.c. Makes a new cache ready, but for its tag. */
void swiss_cache_prepare(swiss_cache *cache, swiss_share *share);

/* Sets the tag of the blocks that a cache hands out from now on. */
void swiss_cache_set_tag(swiss_cache *cache, uint8_t tag);

/* Takes what the cache of a thread holds that is revoked and not busy, and keeps the counts. Writes nothing that the
 * thread reads before it has the lock. The caller holds the caches' lock, here and in swiss_cache_restore. */
void swiss_cache_take(swiss_cache *cache);

/* Makes a cache that was taken from its owner an empty one, for the owner, or, if that has ended, for any thread. */
void swiss_cache_restore(swiss_cache *cache);

/* Lets the thread that calls, whose cache this is, draw anew which blocks it samples, and give back large blocks that
 * it may no longer cache. */
void swiss_cache_begin_anew(swiss_cache *cache);

/* Gives all blocks back to their spans, and shrinks all stacks to the least room. */
void swiss_cache_empty(swiss_cache *cache);

/* Looks at the clock, every 32nd time or each time, and gives back what this thread has not used for a while. For slow
 * paths. */
void swiss_cache_look(swiss_cache *cache);
void swiss_cache_look_now(swiss_cache *cache);

/* Returns a small block of a class that the fast path could not. NULL when out of memory. Sets *rate to the bytes per
 * sample if the block is to be one, else to 0. */
void *swiss_cache_alloc(swiss_cache *cache, unsigned size_class, size_t *rate);

/* Frees a block of a class that the stack has no room for, or that another cache handed out. Returns false if it is
 * free already, or a sample, or a large block that there is no room for: then nothing has changed. */
bool swiss_cache_free(swiss_cache *cache, unsigned size_class, swiss_block block);

/* Does the same in this thread's cache, while that is not in use. Returns false also if the thread has no cache. */
bool swiss_cache_free_further(void *address, _Atomic(uint8_t) *state, size_t size_class);

/* Returns a cached large block of a class. NULL if none is aligned well enough. */
void *swiss_cache_alloc_large(swiss_cache *cache, unsigned size_class, size_t alignment);

/* Gives back the cached large blocks that begin at `begin` or behind it, and before `end`. Returns true if there were
 * any. */
bool swiss_cache_drop_large(swiss_cache *cache, const char *begin, const char *end);

/* Says if there is a limit on the memory of the heap: then no large block is cached from now on. */
void swiss_cache_set_limited(bool limited);

/* Lets each thread begin its next call anew: it draws its samples, and gives back large blocks that it may no longer
 * cache. */
void swiss_cache_begin_all_anew(swiss_caches *caches);

/* Returns the blocks of a class that a thread has allocated, by the counts of its stack. Any thread may call this. */
SWISS_ALWAYS_INLINE uint64_t swiss_cache_made(const swiss_cache *cache, unsigned size_class, uint64_t counts) {
    uint64_t made = atomic_load_explicit(&cache->made[size_class], memory_order_relaxed);
    uint32_t ahead = (uint32_t)(counts / SWISS_STACK_AHEAD) & SWISS_STACK_AHEAD_MOST;
    int32_t since = (int32_t)((uint32_t)(counts / SWISS_STACK_MADE) - ahead - (uint32_t)made);
    return made + (uint64_t)(int64_t)since; /* less than none, if `made` is newer than the counts */
}

/* Adds up what all threads have allocated and freed of a class. The caller holds the caches' lock. */
void swiss_cache_count(const swiss_caches *caches, unsigned size_class, uint64_t *mallocs, uint64_t *frees);

/* Large blocks: those that threads have allocated from their caches, and those that these hold. */
typedef struct swiss_large_sums {
    uint64_t mallocs, malloc_bytes, cached, cached_bytes;
} swiss_large_sums;

/* Adds them up for all threads. The caller holds the caches' lock, and spans are stopped. */
swiss_large_sums swiss_cache_count_large(const swiss_caches *caches);

/* Gives back what caches hold: cached blocks, blocks set aside, empty spans, pages. All of it of this thread; of other
 * threads, where the system has swiss_os_barrier_all, if they are not inside a call; and what threads that have ended
 * left. */
void swiss_cache_trim(swiss_caches *caches);

/* Sets, or returns, how many milliseconds threads keep what they do not use; 0: for ever. */
void swiss_cache_set_interval(uint32_t milliseconds);
uint32_t swiss_cache_interval(void);

/* Sets how many bytes of blocks the stacks of all threads may hold. */
void swiss_cache_set_limit(size_t bytes);

/* Takes what the caches of idle threads hold, and scavenges, once per interval. Called by the thread that scavenges,
 * and by others as swiss_cache_done says. */
void swiss_cache_upkeep(swiss_caches *caches);

/* Takes all caches from their threads, unless these are inside a call, and that of this thread for good. */
void swiss_cache_retire(swiss_caches *caches);

/* Returns true if no cache is in use: each is parked, or was taken. The caller holds the caches' lock, here and in the
 * next two. */
bool swiss_cache_none_is_used(const swiss_caches *caches);

/* Gives the memory of all caches back to the system. No cache is in use, and all of their spans are gone. */
void swiss_cache_release_all(swiss_caches *caches);

/* For a forked child: parks the caches that were taken from other threads, and forgets the owners of all but this
 * thread's. */
void swiss_cache_after_fork(swiss_caches *caches);

/* Has `wake` called by this thread if it has a cache, or by the next thread that gets one. */
void swiss_cache_ask(swiss_caches *caches);

/* Returns the number of blocks in the stack. */
SWISS_ALWAYS_INLINE uint32_t swiss_stack_count(const swiss_stack *stack) {
    return (uint16_t)atomic_load_explicit(&stack->counts, memory_order_relaxed) / (uint32_t)SWISS_STACK_BLOCK;
}

/* Hides from the compiler where an index comes from. Else gcc computes the address that two accesses have in common
 * first, which is an instruction more for each: filling 300,000 blocks took 1.08 of the time. */
#ifdef __GNUC__
#    define SWISS_STACK_HIDE(index) __asm__("" : "+r"(index))
#else
#    define SWISS_STACK_HIDE(index) ((void)(index))
#endif

/* Returns the place that is so many units behind the begin of blocks[]. */
SWISS_ALWAYS_INLINE swiss_block *swiss_stack_place(swiss_block *blocks, size_t units) {
    return (swiss_block *)(void *)((char *)blocks + units * SWISS_STACK_UNIT);
}

/* Returns, or sets, the block behind those in use, as `counts` say. */
SWISS_ALWAYS_INLINE swiss_block swiss_stack_read(const swiss_stack *stack, uint64_t counts) {
    swiss_block *blocks = stack->blocks;
    size_t units = (uint16_t)counts;
    void *address = swiss_stack_place(blocks, units)->address;
    SWISS_STACK_HIDE(units);
    return (swiss_block){address, swiss_stack_place(blocks, units)->state};
}

SWISS_ALWAYS_INLINE void swiss_stack_write(const swiss_stack *stack, uint64_t counts, swiss_block block) {
    swiss_block *blocks = stack->blocks;
    size_t units = (uint16_t)counts;
    swiss_stack_place(blocks, units)->address = block.address;
    SWISS_STACK_HIDE(units);
    swiss_stack_place(blocks, units)->state = block.state;
}

/* Takes the block that was freed last out of a stack that has one, and an allocation ahead, as its `counts` say. The
 * block still counts as free. */
SWISS_ALWAYS_INLINE swiss_block swiss_stack_pop(swiss_stack *stack, uint64_t counts) {
    swiss_block last = swiss_stack_read(stack, counts - SWISS_STACK_TAKEN);
    atomic_store_explicit(&stack->counts, counts - SWISS_STACK_TAKEN, memory_order_release);
    return last;
}

/* Adds a block, which counts as free, to a stack that has room for it, as its `counts` say. */
SWISS_ALWAYS_INLINE void swiss_stack_push(swiss_stack *stack, uint64_t counts, swiss_block block) {
    swiss_stack_write(stack, counts, block);
    atomic_store_explicit(&stack->counts, counts + SWISS_STACK_BLOCK, memory_order_release);
}

/* A block that came from a stack of this thread's cache, or went to it. */
typedef struct swiss_change {
    swiss_stack *stack;
    uint64_t
        counts; /* of the stack: before a free, or after an allocation: then no register is needed for the old ones */
    swiss_block block;
    bool unsure; /* the cache was revoked meanwhile: only the two functions below know if the change was made */
} swiss_change;

/* Ends an allocation that is unsure, with the counts after it. Returns the block, or NULL if the cache was taken first:
 * then nothing has changed. */
void *swiss_cache_settle_pop(swiss_stack *stack, uint64_t counts, void *address, _Atomic(uint8_t) *state);

/* Ends a free that is unsure, with the counts before it. Returns false if the cache was taken first: then the block is
 * live. */
bool swiss_cache_settle_push(swiss_stack *stack, uint64_t counts, _Atomic(uint8_t) *state);

/* Returns true if the change was made: the cache was this thread's until then. Else sets `unsure`. */
SWISS_ALWAYS_INLINE bool swiss_change_is_sure(swiss_change *change) {
    change->unsure = swiss_cache_is_revoked();
    return !change->unsure;
}

/* Allocates a block from `stack` of this thread's cache: change->block. Returns false if the stack is empty or has no
 * allocation ahead, or if the allocation is unsure: then the block still counts as free. O(1). */
SWISS_ALWAYS_INLINE bool swiss_cache_pop(swiss_stack *stack, swiss_change *change) {
    const uint64_t left = atomic_load_explicit(&stack->counts, memory_order_relaxed) - SWISS_STACK_TAKEN;
    change->stack = stack;
    change->counts = left;
    change->unsure = false;
    if (SWISS_UNLIKELY(left & SWISS_STACK_BORROWED))
        return false;
    change->block = swiss_stack_read(stack, left);
    atomic_store_explicit(&stack->counts, left, memory_order_release);
    const uint8_t tag = stack->tag;
    if (!swiss_change_is_sure(change))
        return false;
    atomic_store_explicit(change->block.state, tag, memory_order_relaxed);
    return true;
}

/* Frees a block into `stack` of this thread's cache. Returns false if another cache handed the block out, if the stack
 * has no room, or if the free is unsure: then the block counts as free. O(1). */
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

SWISS_END_HIDDEN

#endif
