/* validate_heap.h - validators of bins, of all spans of a page heap, of thread caches and of the list of heaps, in
 * builds with SWISS_VALIDATE. Explained at the top of validate_heap.c. */
#ifndef SWISS_HEAP_VALIDATE_HEAP_H
#define SWISS_HEAP_VALIDATE_HEAP_H

#include "registry.h"

SWISS_BEGIN_HIDDEN

#ifdef SWISS_VALIDATE

/* Each of these returns NULL if all holds, else a sentence that says what does not. */

/* A bin and its spans, all of one class. The caller is the owner. O(slots). */
const char *swiss_bin_validate(const swiss_bin *bin, unsigned size_class);

/* Page heap, records, and where spans are; while spans are stopped. O(pages). */
const char *swiss_spans_validate(swiss_spans *spans);

/* A thread cache: of the calling thread, which does not just use it; or parked, or taken, with the lock of all caches.
 * O(slots). */
const char *swiss_cache_validate(const swiss_cache *cache);

/* The default heap, the list of caches and that of heaps, and all of the above but for caches that other threads use.
 * The caller holds all locks, as a fork does. */
const char *swiss_registry_validate(void);

/* The same for whoever holds no lock. */
const char *swiss_heap_validate(void);

/* Calls swiss_heap_validate if enough has happened for the time that it takes: `weight` is 1 for what takes about as
 * long as to make a span. */
const char *swiss_heap_validate_seldom(size_t weight);

#    define SWISS_VALIDATE_HEAP(weight) SWISS_ASSERT(swiss_heap_validate_seldom(weight) == NULL)
#    define SWISS_VALIDATE_REGISTRY() SWISS_ASSERT(swiss_registry_validate() == NULL)
#    define SWISS_VALIDATE_BIN(bin, size_class) SWISS_ASSERT(swiss_bin_validate(bin, size_class) == NULL)

#else

#    define SWISS_VALIDATE_HEAP(weight) ((void)0)
#    define SWISS_VALIDATE_REGISTRY() ((void)0)
#    define SWISS_VALIDATE_BIN(bin, size_class) ((void)0)

#endif

SWISS_END_HIDDEN

#endif
