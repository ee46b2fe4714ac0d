/* record.h - the records of spans. Explained at the top of record.c. */
#ifndef SWISS_HEAP_RECORD_H
#define SWISS_HEAP_RECORD_H

#include "sizeclass.h"
#include <stdatomic.h>

struct swiss_bin;   /* some tiers up: the spans of one class that one owner holds */
struct swiss_pages; /* the page heap */

/* The record of a span: this, in front of it a byte per slot, the bitmap of its free slots behind it, and
 * swiss_span_remote from the next cache line on. */
typedef struct swiss_span {
    uint64_t window;                 /* free slots of word `cursor` that are to be taken next */
    char *base;                      /* the first slot, page-aligned */
    size_t size;                     /* bytes of a slot; of a large block, all of its pages */
    _Atomic(struct swiss_bin *) bin; /* the owner's; of a large block, the heap's bin 0 */
    uint32_t reciprocal;             /* of size, for finding the slot of an address; 0 in a large block */
    uint16_t slots;                  /* how many there are */
    uint16_t used;                   /* all but those that are free for the owner and not in the window */
    uint8_t cursor;                  /* the word of the bitmap that the window was loaded from */
    uint8_t words;                   /* of the bitmap */
    uint8_t size_class;              /* 0: one large block */
    bool full;                       /* not listed: had no free slot when it was last looked at */
    bool spare;                      /* kept although no slot is taken, within what the owner may keep */
    bool armed;                      /* `waiting` was set, and no one has been seen to clear it */
} swiss_span;

/* What others than the owner write, in a cache line of its own, and what is seldom used. */
typedef struct swiss_span_remote {
    atomic_bool waiting;                 /* the next to free a slot is to announce the span */
    _Atomic(swiss_span *) announced;     /* the span announced before this one */
    swiss_span *next, *prev;             /* the list of spans to allocate from, of mappings, or of unused records */
    swiss_span *next_owned, *prev_owned; /* all of the owner's spans */
    _Atomic(uint64_t) freed[];           /* slots that others have freed, until the owner collects them */
} swiss_span_remote;

#define SWISS_RECORD_KINDS (SWISS_SPAN_SLOTS_MAX / 64 + 1) /* by their words of bits; of 0 words there are none */

/* Records, and the memory that they are cut from. All zero: none. */
typedef struct swiss_records {
    swiss_span *unused[SWISS_RECORD_KINDS]; /* records that may be used again */
    char *chunks;                           /* the last chunk of records, which leads to the others */
    char *chunk, *chunk_end;                /* where new records are cut from */
    size_t bytes;                           /* taken from the system */
} swiss_records;

/* A record for at least `words` words of bits: more only if there is no memory, but an unused record that is larger.
 * NULL when out of memory. */
swiss_span *swiss_record_take(swiss_records *records, struct swiss_pages *pages, unsigned words);

/* Gives a record back, to be used again. */
void swiss_record_give(swiss_records *records, swiss_span *span);

/* Fills the record of a span that no one knows yet: all slots are free. */
void swiss_record_fill(swiss_span *span, char *base, size_t size, unsigned slots, struct swiss_bin *bin);

/* The bytes of a record for `words` words of bits. */
size_t swiss_record_size(unsigned words);

/* Gives the memory of all records back to the system. */
void swiss_records_destroy(swiss_records *records);

SWISS_ALWAYS_INLINE size_t swiss_span_head_size(unsigned words) {
    return (sizeof(swiss_span) + words * sizeof(uint64_t) + 63) & ~(size_t)63;
}

SWISS_ALWAYS_INLINE swiss_span_remote *swiss_span_remote_of(const swiss_span *span) {
    return (swiss_span_remote *)((uintptr_t)span + swiss_span_head_size(span->words));
}

/* The bitmap: a set bit for each free slot. Only the owner writes it; anyone may read. */
SWISS_ALWAYS_INLINE _Atomic(uint64_t) *swiss_span_bits(const swiss_span *span) {
    return (_Atomic(uint64_t) *)(uintptr_t)(span + 1);
}

/* What the byte of a slot says: free; or alive, and whose thread's cache handed it out: none's, or the one of this tag.
 * */
enum { SWISS_SLOT_FREE, SWISS_SLOT_LIVE, SWISS_SLOT_TAG_MIN, SWISS_SLOT_TAG_MAX = 255 };

/* The byte of a slot: 0 if it is free. Written by whoever allocates and frees it, readable by anyone. */
SWISS_ALWAYS_INLINE _Atomic(uint8_t) *swiss_span_state(const swiss_span *span, uint32_t slot) {
    return (_Atomic(uint8_t) *)(uintptr_t)span - 1 - slot;
}

#endif
