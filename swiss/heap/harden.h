/* harden.h - hardening: finds misuse of the heap. Explained at the top of harden.c. */
#ifndef SWISS_HEAP_HARDEN_H
#define SWISS_HEAP_HARDEN_H

#include "swiss/heap_misuse.h"

SWISS_BEGIN_HIDDEN

/* The functions of heap.h for hardened heaps. Neither `heap` nor `block` is NULL. */
void *swiss_harden_alloc(swiss_heap *heap, size_t size, size_t alignment);
void *swiss_harden_resize(swiss_heap *heap, void *block, size_t new_size, size_t alignment);
void swiss_harden_free(swiss_heap *heap, void *block, size_t size);
size_t swiss_harden_usable_size(swiss_heap *heap, const void *block);
bool swiss_harden_owns(const swiss_heap *heap, const void *address);

/* Visits the live blocks of a heap; NULL: of all heaps. */
void swiss_harden_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size), void *argument);

/* Frees all blocks in the quarantine. */
void swiss_harden_flush(void);

/* Checks the blocks of a heap that is about to be destroyed, and forgets them. */
void swiss_harden_forget(swiss_heap *heap);

/* For those who look after memory by themselves: returns true if misuse is to be found; reports that bytes behind their
 * block were written, the first at `address`. */
bool swiss_harden_is_on(void);
void swiss_harden_report_overrun(const void *block, size_t size, const void *address);

SWISS_END_HIDDEN

#endif
