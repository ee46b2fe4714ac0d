/* harden_records.h - what a hardened heap knows of its blocks. Explained at the top of harden.c. */
#ifndef SWISS_HEAP_HARDEN_RECORDS_H
#define SWISS_HEAP_HARDEN_RECORDS_H

#include "swiss/heap_misuse.h"

typedef struct swiss_harden_record {
    char *block;                      /* NULL: unused */
    struct swiss_harden_record *next; /* in the quarantine, the one freed after it; of unused records */
    swiss_heap *heap;
    size_t size; /* what was asked for */
    bool freed, reported;
    const void *allocated_at[SWISS_HEAP_FRAMES], *freed_at[SWISS_HEAP_FRAMES];
} swiss_harden_record;

struct swiss_harden_chunk;

/* Where a walk over all records is. */
typedef struct swiss_harden_place {
    struct swiss_harden_chunk *chunk;
    size_t index;
} swiss_harden_place;

/* Take and release the lock of everything that hardening knows; all that follows is for those who hold it. */
void swiss_harden_lock(void);
void swiss_harden_unlock(void);

/* The record of the block that begins at `block`; NULL if there is none. O(1). */
swiss_harden_record *swiss_harden_find(const void *block);

/* The record of the block that `address` lies in. O(1), but O(blocks) behind the first page of a large one, and in free
 * memory: their spans are not known there. */
swiss_harden_record *swiss_harden_find_around(const void *address);

/* A new record of a live block. NULL when out of memory. O(1) on average. */
swiss_harden_record *swiss_harden_add(swiss_heap *heap, char *block, size_t size);

/* Takes a record out of the table, and makes it unused. */
void swiss_harden_drop(swiss_harden_record *record);

/* Begins a walk, and goes on with it: NULL at the end. Unused records are among them. */
swiss_harden_place swiss_harden_begin(void);
swiss_harden_record *swiss_harden_next(swiss_harden_place *place);

/* The bytes of the slot, or of the pages, that the block has. */
size_t swiss_harden_slot_size(const swiss_harden_record *record);

#endif
