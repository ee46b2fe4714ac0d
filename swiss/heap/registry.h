/* registry.h - what heaps consist of, and what they have in common. Explained at the top of registry.c. */
#ifndef SWISS_HEAP_REGISTRY_H
#define SWISS_HEAP_REGISTRY_H

#include "swiss/heap.h"
#include "../os/os.h"
#include "cache.h"
#include "central.h"

struct swiss_heap {
    swiss_share share; /* of the page heap */
    /* Of a heap of one's own, one per size class that it was ever asked for, and in [0] that for large blocks; else
     * NULL. */
    _Atomic(swiss_central *) central[SWISS_CLASS_COUNT];
    struct swiss_heap *next,
        *prev; /* the heaps there are, from the default heap on; guarded by the lock of its caches */
};

/* A heap over a page heap of its own, as the default heap is one: for tests. */
#define SWISS_HEAP_INITIALIZER(page_heap)                                                                              \
    { .share = SWISS_SHARE_INITIALIZER(page_heap, true) }

/* unload.c: it can be told that the program ends, and not only closes the library that this is in, after this was
 * called once and without a lock. */
void swiss_unload_prepare(void);

/* From now on forks leave all heaps in order. */
void swiss_registry_guard_forks(void);

/* The heap that every `heap` NULL stands for: the only one with caches; and the page heap of all. */
typedef struct swiss_main_heap {
    swiss_heap heap;
    swiss_spans spans;
    swiss_central
        central[SWISS_CLASS_COUNT]; /* of [0] only the counters are used, and that bins of large blocks have a share */
    swiss_caches caches;            /* their lock is held also for the list and the records of all heaps */
} swiss_main_heap;

extern swiss_main_heap swiss_heap_main;

SWISS_ALWAYS_INLINE bool swiss_heap_is_main(const swiss_heap *heap) {
    return heap == &swiss_heap_main.heap;
}

/* The heap that is meant: NULL stands for the default heap. Heaps are guarded by their locks, not by const. */
SWISS_ALWAYS_INLINE swiss_heap *swiss_heap_or_default(const swiss_heap *heap) {
    return heap ? (swiss_heap *)(uintptr_t)heap : &swiss_heap_main.heap;
}

/* The central of a class; of a heap of one's own NULL if it was never asked for one. */
SWISS_ALWAYS_INLINE swiss_central *swiss_heap_central(swiss_heap *heap, unsigned size_class) {
    return heap == &swiss_heap_main.heap ? &swiss_heap_main.central[size_class]
                                         : atomic_load_explicit(&heap->central[size_class], memory_order_acquire);
}

/* The same, which is made if it is missing. NULL when out of memory. */
swiss_central *swiss_heap_need_central(swiss_heap *heap, unsigned size_class);

/* Ends a heap that is not the default heap, and gives back all that it has. */
void swiss_registry_remove(swiss_heap *heap);

/* Takes the locks of all centrals of a heap, and releases them. The caller holds the lock of all caches. */
void swiss_heap_stop(swiss_heap *heap);
void swiss_heap_go(swiss_heap *heap);

/* How often, in milliseconds, heaps of one's own want free memory to go back: what is least; 0: never. The caller holds
 * the lock of all caches. O(heaps). */
uint32_t swiss_registry_scavenge_every(void);

/* The bytes of a heap's own records; of the default heap, those of the records that all have in common. The caller
 * holds the lock of all caches. */
size_t swiss_registry_bytes(swiss_heap *heap);

/* Gives the memory of unused records back to the system. Returns how many bytes. */
size_t swiss_registry_trim(void);

#endif
