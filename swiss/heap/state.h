/* state.h - what a heap consists of: one instance of each tier. */
#ifndef SWISS_HEAP_STATE_H
#define SWISS_HEAP_STATE_H

#include "swiss/heap.h"
#include "cache.h"
#include "central.h"
#include "os.h"

/* Whoever holds several of the locks takes them in this order: swiss_worker_lock, caches_lock, those of central from 0 up, those of the span
 * caches, that of spans; those of the default heap before those of others. */
struct swiss_heap {
    swiss_spans spans;
    /* One per size class. Of central[0] only the counters are used: for large blocks. */
    swiss_central central[SWISS_CLASS_COUNT];
    swiss_os_lock caches_lock;      /* held for the two lists; that of the default heap stands for all */
    swiss_cache *caches;            /* all there are, in use or parked, linked by `next` */
    swiss_cache *parked;            /* those that no thread uses, linked by `next_parked` */
    struct swiss_heap *next, *prev; /* the heaps there are, from the default heap on; guarded by its caches_lock */
};

/* The heap that every `heap` NULL stands for: the only one with caches. */
extern struct swiss_heap swiss_heap_main;

/* Held while the thread that scavenges begins or ends. */
extern swiss_os_lock swiss_worker_lock;

/* unload.c: the program ends, or closes the library that this is in. */
void swiss_unload(void);

/* heap.c: does what the environment asks for that no call of a heap's functions would find out. Called once, with no lock. */
void swiss_heap_begin(swiss_heap *heap);

/* A heap without blocks: has taken nothing from the system yet. */
#define SWISS_HEAP_INITIALIZER                                                                                         \
    { .spans = SWISS_SPANS_INITIALIZER, .caches_lock = SWISS_OS_LOCK_INITIALIZER }

#endif
