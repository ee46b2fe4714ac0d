/* cache.h - what a thread owns of the default heap. Explained at the top of cache.c. */
#ifndef SWISS_HEAP_CACHE_H
#define SWISS_HEAP_CACHE_H

#include "bin.h"

#define SWISS_CACHE_LARGE 8                        /* large blocks kept by a thread */
#define SWISS_CACHE_LARGE_BYTES ((size_t)16 << 20) /* and their bytes, at most */

typedef struct swiss_cache {
    swiss_bin bins[SWISS_CLASS_COUNT];    /* of bins[0] only the counters are used: for large blocks */
    size_t large_size[SWISS_CACHE_LARGE]; /* of large blocks freed last; 0: none */
    swiss_span *large[SWISS_CACHE_LARGE];
    unsigned large_oldest;                    /* where the next one goes */
    _Atomic(size_t) large_bytes, large_count; /* only the owner writes, anyone may read */
    struct swiss_cache *next, *next_parked;
} swiss_cache;

/* This thread's cache; or one of the two below, that never hold a span. */
extern SWISS_OS_THREAD_LOCAL swiss_cache *swiss_cache_mine;
extern swiss_cache swiss_cache_none; /* the thread has had no need of one yet */
extern swiss_cache swiss_cache_gone; /* the thread has given its cache back, and ends */

/* This thread's cache, which it gets now if it has none. NULL if it cannot have one: it ends, or memory is out. */
swiss_cache *swiss_cache_get(void);

/* From now on forks leave all heaps in order. */
void swiss_cache_guard_forks(void);

/* A block of a class that the cache has none of at hand. NULL when out of memory. */
void *swiss_cache_alloc(swiss_cache *cache, unsigned size_class);

/* Takes a large block of exactly `size` bytes, a multiple of the page size, that the thread freed. NULL if it has none. */
swiss_span *swiss_cache_take_large(swiss_cache *cache, size_t size);

/* Keeps a large block that is being freed, and gives back what it is kept instead of. False if it is too large. */
bool swiss_cache_keep_large(swiss_cache *cache, swiss_span *span);

/* Gives back all large blocks that are kept. */
void swiss_cache_flush_large(swiss_cache *cache);

/* Gives the empty spans of this thread back to the page heap. */
void swiss_cache_trim(void);

#endif
