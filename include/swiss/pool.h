/* pool.h - a pool of objects that are used again: connections, parsers, nodes, whatever takes long to make.
 *
 *     static void *open_connection(void *server) { ... }              // NULL: it cannot be made
 *     static bool reset_connection(void *object, void *server) { ... } // false: of no use any more
 *     static void close_connection(void *object, void *server) { ... }
 *     ...
 *     swiss_pool *pool = swiss_pool_create(&(swiss_pool_options){
 *         .make = open_connection, .reset = reset_connection, .drop = close_connection, .context = &server,
 *         .bound = 16, .max_idle = 30000});
 *     connection *c = swiss_pool_get(pool); // an idle one, or a new one
 *     if (!c)
 *         return NO_CONNECTION;
 *     ...
 *     swiss_pool_put(pool, c);
 *     swiss_pool_destroy(pool);
 *
 * An object in the pool is idle. Each thread keeps the idle objects that it put last by itself, one or a few, and gets
 * the newest of them first, without a lock. Older ones lie on a stack of the thread's. A thread that has none takes the
 * oldest of another thread's stack.
 *
 *     thread 1   stack: old ... new | own: ... newest     get: the newest that the thread has,
 *     thread 2   stack: old ... new | own: ... newest          then the oldest of another's stack, then make
 *     ...
 *     shared by threads beyond 1,023, and by those that end: a stack
 *
 * A trim drops the objects that have been idle since the trim before. So memory that was needed once goes back, and
 * what is used all the time stays. Nothing is trimmed by itself: a program calls swiss_pool_trim now and then.
 *
 * For every function here:
 * - Any thread may call, also while it ends; an object may be put by another thread than got it. Only
 *   swiss_pool_destroy needs the pool for itself. What a thread leaves in a pool when it ends goes to the next thread,
 *   or to a trim. With SWISS_NO_HEAP there are no threads: a pool is for one thread at a time.
 * - make, reset, drop and clock are called without a lock, and may use this pool and others.
 * - A pool does not notice that an object is put that it never gave out: it becomes one of the pool's, and is dropped
 *   as the others are.
 * - To put an object that is in the pool already fails an assertion in debug builds, which look through the newest
 *   1,000 idle objects of each thread for it. In release builds it would be given out twice, and dropped twice.
 * - To use an object after it was put, or to put one that was destroyed with its pool, is not noticed.
 * - After a fork the child may use a pool only if no other thread of the parent was inside a call for it.
 */
#ifndef SWISS_POOL_H
#define SWISS_POOL_H

#include "allocator.h"
#include "detail/thread.h"

SWISS_BEGIN_C

/* The most objects that a thread can keep by itself. */
#define SWISS_POOL_OWN ((size_t)32)

/* How a pool is to be. All 0: one that has only what was put. */
typedef struct swiss_pool_options {
    /* Returns a new object, or NULL if it cannot be made. May be NULL: then objects are blocks of `size` bytes with
     * undefined contents, aligned to `alignment`; if `size` is 0 too, a pool has only what was put. */
    void *(*make)(void *context);
    /* Called by put, to make an object as good as new. Returns false if it is not: it is dropped. May be NULL. */
    bool (*reset)(void *object, void *context);
    /* Called for each object that leaves the pool for good. May be NULL. Blocks of `size` are freed afterwards. */
    void (*drop)(void *object, void *context);
    /* Passed to the functions. */
    void *context;
    /* Without `make`. An alignment of 0 is that of any object of C. */
    size_t size, alignment;
    /* The most idle objects there may be, beside those that each thread keeps by itself: beyond, put drops. 0: any
     * number. */
    size_t bound;
    /* The most objects that each thread keeps by itself, up to SWISS_POOL_OWN: other threads cannot get them. A thread
     * that gets and puts many at a time takes a lock about once for half of them. 0: one; for blocks of `size` without
     * a bound as many as have 4 KiB together, but one at least. */
    size_t own;
    /* No thread keeps an object by itself: `bound` counts all, a trim reaches all, and every call takes a lock. For
     * objects that are large or few. */
    bool shared;
    /* The longest time that an object may be idle, as `clock` counts it: an older one is dropped instead of given out,
     * and a trim drops those that are older, and no others; after the clock went back, it may leave some of them for
     * later. Such a pool is shared. 0: any time. */
    uint64_t max_idle;
    /* Returns the time now. If it goes back, objects count as just put. NULL: milliseconds of the system's clock, which
     * there is not with SWISS_NO_HEAP: there max_idle needs a clock. */
    uint64_t (*clock)(void *context);
    /* Of the pool's own memory, and of blocks of `size`. NULL: the default one. */
    const swiss_allocator *allocator;
} swiss_pool_options;

/* Counted since the pool was made. Calls that other threads make at the same time may be counted or not. On 32-bit
 * systems each thread counts to 2^32. */
typedef struct swiss_pool_stats {
    uint64_t gets;   /* hits and misses */
    uint64_t hits;   /* gets that were served by an idle object */
    uint64_t misses; /* gets that had to make one, also if that failed */
    uint64_t puts;   /* of objects; also those that were dropped at once */
    uint64_t made;   /* objects made by gets or swiss_pool_prefill */
    uint64_t drops;  /* objects dropped: by put beyond the bound, if reset returned false, or when out of memory; by get
                      * and trim as too old; by trim */
    size_t idle;     /* objects in the pool now */
} swiss_pool_stats;

/* What a thread writes with each call. All members are private. */
typedef struct swiss_pool_slot_ {
    void *object_; /* the first that the thread keeps by itself; NULL: none */
    size_t hits_;  /* gets that were served by it; as often, and once more if it is there, a put has placed it */
    bool takes_;   /* put need do no more than place an object there */
} swiss_pool_slot_;

/* A pool. All members are private. */
typedef struct swiss_pool {
    swiss_pool_slot_ **slots_; /* by the number of the thread; the first stands for all who have none */
    size_t count_;             /* of slots_ */
} swiss_pool;

/* Returns a new pool without objects, or NULL when out of memory, if a size or an alignment is impossible, and if there
 * is no clock for max_idle. The options are copied. `options` NULL is all 0. O(1). */
SWISS_API SWISS_MUST_USE swiss_pool *swiss_pool_create(const swiss_pool_options *options);

/* Drops all idle objects and frees the pool. Objects that are in use stay as they are, and may no longer be put. NULL
 * is ignored. O(threads + idle objects). */
SWISS_API void swiss_pool_destroy(swiss_pool *pool);

/* Makes `count` objects, and leaves them in the pool for whoever comes. Returns false if one could not be made, or
 * would be beyond the bound: those before it stay. */
SWISS_API bool swiss_pool_prefill(swiss_pool *pool, size_t count);

/* Drops the objects that have been idle since the trim before, or, with max_idle, for longer than that. Those that
 * another living thread keeps by itself stay; those of this thread go, too, if the bound leaves no room for them
 * elsewhere. Returns how many were dropped. O(threads + dropped objects). */
SWISS_API size_t swiss_pool_trim(swiss_pool *pool);

/* Fills *stats. O(threads). */
SWISS_API void swiss_pool_get_stats(const swiss_pool *pool, swiss_pool_stats *stats);

/* Do what no fast path does; for this header. */
SWISS_API void *swiss_pool_get_slow_(swiss_pool *pool, swiss_pool_slot_ *slot);
SWISS_API void swiss_pool_put_slow_(swiss_pool *pool, void *object, swiss_pool_slot_ *slot);
SWISS_API bool swiss_pool_has_(swiss_pool *pool, const void *object);

/* Makes `views`, `count` of them, the same as *pool from now on: a shorter way to its slots. Once for a pool. */
SWISS_API void swiss_pool_view_(swiss_pool *pool, swiss_pool *views, size_t count);

/* Returns the slot of this thread, or the first; NULL if there is no place yet for one of its number. */
static inline swiss_pool_slot_ *swiss_pool_slot_of_(const swiss_pool *pool) {
    const size_t index = SWISS_THREAD_INDEX_;
    if (SWISS_UNLIKELY(index >= SWISS_SEEN_(pool->count_)))
        return NULL;
    swiss_pool_slot_ **slots = SWISS_SEEN_(pool->slots_);
    swiss_pool_slot_ *slot = SWISS_SEEN_(slots[index]);
    SWISS_ASSUME(slot != NULL);
    return slot;
}

/* Returns the first object of a slot; NULL if it is not there. */
static inline void *swiss_pool_take_(swiss_pool_slot_ *slot) {
    if (slot == NULL)
        return NULL;
    void *object = SWISS_LOAD_(slot->object_);
    if (SWISS_LIKELY(object != NULL)) {
        SWISS_STORE_(slot->object_, NULL);
        SWISS_STORE_(slot->hits_, SWISS_LOAD_(slot->hits_) + 1);
    }
    return object;
}

/* Does what swiss_pool_put does, by way of the slot of this thread, or NULL. */
static inline void swiss_pool_place_(swiss_pool *pool, swiss_pool_slot_ *slot, void *object) {
    SWISS_ASSERT(!swiss_pool_has_(pool, object) && "the object is in the pool already");
    if (SWISS_LIKELY(slot != NULL && SWISS_LOAD_(slot->object_) == NULL && slot->takes_ && object != NULL))
        SWISS_STORE_(slot->object_, object);
    else
        swiss_pool_put_slow_(pool, object, slot);
}

/* Returns an idle object, or a new one. Returns NULL if `make` does, when out of memory, and if there is nothing to
 * make objects with. O(1) if the thread has an idle object, else O(threads), and what `make` takes. */
static inline SWISS_MUST_USE void *swiss_pool_get(swiss_pool *pool) {
    swiss_pool_slot_ *slot = swiss_pool_slot_of_(pool);
    void *object = swiss_pool_take_(slot);
    return SWISS_LIKELY(object != NULL) ? object : swiss_pool_get_slow_(pool, slot);
}

/* Makes an object idle, or drops it, as the options say. It is the pool's from now on. NULL is ignored. Cannot fail:
 * when out of memory the object is dropped. O(1), and what `reset` takes. */
static inline void swiss_pool_put(swiss_pool *pool, void *object) {
    swiss_pool_place_(pool, swiss_pool_slot_of_(pool), object);
}

SWISS_END_C

#endif
