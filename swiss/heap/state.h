/* state.h - what heaps consist of, and what they have in common. Explained at the top of registry.c. */
#ifndef SWISS_HEAP_STATE_H
#define SWISS_HEAP_STATE_H

#include "swiss/heap.h"
#include "cache.h"
#include "central.h"
#include "../os/os.h"

struct swiss_heap {
    swiss_share share; /* of the page heap */
    /* Of a heap of one's own, one per size class that it was ever asked for, and in [0] that for large blocks; else NULL. */
    _Atomic(swiss_central *) central[SWISS_CLASS_COUNT];
    struct swiss_heap *next, *prev; /* the heaps there are, from the default heap on; guarded by its caches_lock */
};

/* A heap over a page heap of its own, as the default heap is one: for tests. */
#define SWISS_HEAP_INITIALIZER(page_heap)                                                                              \
    { .share = SWISS_SHARE_INITIALIZER(page_heap, true) }

/* Held while the thread that scavenges begins or ends. */
extern swiss_os_lock swiss_worker_lock;

/* unload.c: the program ends, or closes the library that this is in; it can be told which after swiss_unload_prepare, which is
 * called once and without a lock. */
void swiss_unload(void);
void swiss_unload_prepare(void);

/* heap.c: does what the environment asks for that no call of a heap's functions would find out. Called once, with no lock. */
void swiss_heap_begin(void);

/* The heap that every `heap` NULL stands for: the only one with caches; and the page heap of all. Whoever holds several of the
 * locks takes them in this order: swiss_worker_lock, caches_lock, those of centrals (heap by heap, class by class), those of
 * the span caches, that of spans. */
typedef struct swiss_main_heap {
    swiss_heap heap;
    swiss_spans spans;
    swiss_central
        central[SWISS_CLASS_COUNT]; /* of [0] only the counters are used, and that bins of large blocks have a share */
    swiss_os_lock caches_lock;      /* held for the two lists, and for the list and the records of all heaps */
    swiss_cache *caches;            /* all there are, in use or parked, linked by `next` */
    swiss_cache *parked;            /* those that no thread uses, linked by `next_parked` */
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

/* Takes the locks of all centrals of a heap, and releases them. The caller holds caches_lock. */
void swiss_heap_stop(swiss_heap *heap);
void swiss_heap_go(swiss_heap *heap);

/* How often, in milliseconds, heaps of one's own want free memory to go back: what is least; 0: never. The caller holds
 * caches_lock. O(heaps). */
uint32_t swiss_registry_scavenge_every(void);

/* The bytes of a heap's own records; of the default heap, those of the records that all have in common. The caller holds
 * caches_lock. */
size_t swiss_registry_bytes(swiss_heap *heap);

/* Gives the memory of unused records back to the system. Returns how many bytes. */
size_t swiss_registry_trim(void);

#endif
