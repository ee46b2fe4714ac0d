/* harden_records.h - the records of a hardened heap's blocks. Explained at the tops of harden.c and
 * harden_records.c. */
#ifndef SWISS_HEAP_HARDEN_RECORDS_H
#define SWISS_HEAP_HARDEN_RECORDS_H

#include "swiss/heap_misuse.h"

SWISS_BEGIN_HIDDEN

typedef struct swiss_harden_record {
    char *block;                      /* NULL: unused */
    struct swiss_harden_record *next; /* in the quarantine, the one freed after it; of unused records */
    swiss_heap *heap;
    size_t size; /* as asked for */
    bool freed, reported;
    const void *allocated_at[SWISS_HEAP_FRAMES], *freed_at[SWISS_HEAP_FRAMES];
} swiss_harden_record;

struct swiss_harden_chunk;

/* A place in a walk over all records. */
typedef struct swiss_harden_place {
    struct swiss_harden_chunk *chunk;
    size_t index;
} swiss_harden_place;

/* Take and release the lock of all records; the caller of all functions below holds it. */
void swiss_harden_lock(void);
void swiss_harden_unlock(void);

/* Returns the record of the block that begins at `block`; NULL if there is none. O(1). */
swiss_harden_record *swiss_harden_find(const void *block);

/* Returns the record of the block that `address` lies in. O(1), but O(blocks) behind the first page of a large block,
 * and in free memory: no span is known there. */
swiss_harden_record *swiss_harden_find_around(const void *address);

/* Adds the record of a live block, and returns it. NULL when out of memory. O(1) on average. */
swiss_harden_record *swiss_harden_add(swiss_heap *heap, char *block, size_t size);

/* Removes a record from the table, and makes it unused. */
void swiss_harden_drop(swiss_harden_record *record);

/* Begin a walk over all records, unused ones too, and go on with it: NULL at the end. */
swiss_harden_place swiss_harden_begin(void);
swiss_harden_record *swiss_harden_next(swiss_harden_place *place);

/* Returns the bytes of the block's slot, or of its pages. */
size_t swiss_harden_slot_size(const swiss_harden_record *record);

SWISS_END_HIDDEN

#endif
