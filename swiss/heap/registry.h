/* registry.h - the heaps of a program: the default heap, and the list of those that the program made. Explained at the
 * top of registry.c. */
#ifndef SWISS_HEAP_REGISTRY_H
#define SWISS_HEAP_REGISTRY_H

#include "swiss/heap.h"
#include "../os/os.h"
#include "cache.h"
#include "central.h"

SWISS_BEGIN_HIDDEN

struct swiss_heap {
    swiss_share share; /* of the page heap */
    /* Of a heap of one's own: one per size class that it was ever asked for, and in [0] the one for large blocks; else
     * NULL. */
    _Atomic(swiss_central *) central[SWISS_CLASS_COUNT];
    struct swiss_heap *next,
        *prev; /* the list of all heaps, from the default heap on; guarded by the lock of its caches */
};

/* Initializes a heap over a page heap of its own, as the default heap is one: for tests. */
#define SWISS_HEAP_INITIALIZER(page_heap)                                                                              \
    { .share = SWISS_SHARE_INITIALIZER(page_heap, true) }

/* unload.c. Lets it be told that the program ends, and does not only close the library with the heap. Called once,
 * without a lock. */
void swiss_unload_prepare(void);

/* Lets the thread that scavenges call `tick`, without a lock, at least every `milliseconds`. NULL: nothing more. */
void swiss_registry_set_tick(void (*tick)(void), uint32_t milliseconds);

/* Lets forks leave all heaps in order from now on. */
void swiss_registry_guard_forks(void);

/* The default heap, the only one with thread caches, and the page heap of all heaps. */
typedef struct swiss_main_heap {
    swiss_heap heap;
    swiss_spans spans;
    swiss_central central[SWISS_CLASS_COUNT]; /* of [0] only the bin, the owner of large blocks */
    swiss_caches caches;                      /* their lock also guards the list and the records of all heaps */
} swiss_main_heap;

extern swiss_main_heap swiss_heap_main;

SWISS_ALWAYS_INLINE bool swiss_heap_is_main(const swiss_heap *heap) {
    return heap == &swiss_heap_main.heap;
}

/* Returns the heap that is meant: NULL stands for the default heap. Locks guard a heap, so `const` means nothing
 * here. */
SWISS_ALWAYS_INLINE swiss_heap *swiss_heap_or_default(const swiss_heap *heap) {
    return heap ? (swiss_heap *)(uintptr_t)heap : &swiss_heap_main.heap;
}

/* Returns the central of a class; for a heap of one's own NULL if it was never asked for one. */
SWISS_ALWAYS_INLINE swiss_central *swiss_heap_central(swiss_heap *heap, unsigned size_class) {
    return heap == &swiss_heap_main.heap ? &swiss_heap_main.central[size_class]
                                         : atomic_load_explicit(&heap->central[size_class], memory_order_acquire);
}

/* Returns the same, and makes it if it is missing. NULL when out of memory. */
swiss_central *swiss_heap_need_central(swiss_heap *heap, unsigned size_class);

/* Ends a heap that is not the default heap, and gives back all that it has. */
void swiss_registry_remove(swiss_heap *heap);

/* Takes the locks of all centrals of a heap, and releases them. The caller holds the lock of all caches. */
void swiss_heap_stop(swiss_heap *heap);
void swiss_heap_go(swiss_heap *heap);

/* Returns how often heaps of one's own want free memory to go back, in milliseconds: the least of all; 0: never. The
 * caller holds the lock of all caches. O(heaps). */
uint32_t swiss_registry_scavenge_every(void);

/* Returns the bytes of a heap's own records; for the default heap, those of the records that all have in common. The
 * caller holds the lock of all caches. */
size_t swiss_registry_bytes(swiss_heap *heap);

/* Gives the memory of unused records back to the system. Returns how many bytes went. */
size_t swiss_registry_trim(void);

SWISS_END_HIDDEN

#endif
