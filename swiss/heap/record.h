/* record.h - the records of spans. Explained at the top of record.c. */
#ifndef SWISS_HEAP_RECORD_H
#define SWISS_HEAP_RECORD_H

#include "sizeclass.h"
#include "swiss/align.h"
#include <stdatomic.h>

SWISS_BEGIN_HIDDEN

struct swiss_bin;   /* some tiers up: the spans of one class that one owner holds */
struct swiss_pages; /* the page heap */

/* The record of a span: this structure, in front of it a state byte per slot, behind it the bitmap of free slots, and
 * from the next cache line on swiss_span_remote. */
typedef struct swiss_span {
    uint64_t window;                 /* free slots of word `cursor`, to be taken next */
    char *base;                      /* the first slot, page-aligned */
    size_t size;                     /* bytes of a slot; of a large block, all of its pages */
    _Atomic(struct swiss_bin *) bin; /* the owner's; of a large block, the heap's bin 0 */
    uint32_t reciprocal;             /* of size, for finding the slot of an address; 0 in a large block */
    uint16_t slots;                  /* how many there are */
    uint16_t used;                   /* all slots but those that are free for the owner and not in the window */
    uint8_t cursor;                  /* the word of the bitmap that the window was loaded from */
    uint8_t words;                   /* of the bitmap */
    uint8_t size_class;              /* 0: one large block */
    bool full;                       /* not listed: it had no free slot when the owner last looked */
    bool spare;                      /* kept although it is empty, within what the owner may keep */
    bool armed;                      /* `waiting` was set, and no thread has been seen to clear it */
} swiss_span;

/* The members that others than the owner write, in a cache line of their own, and those that are seldom used. */
typedef struct swiss_span_remote {
    atomic_bool waiting;                 /* the next thread that frees a slot is to announce the span */
    _Atomic(swiss_span *) announced;     /* the span announced before this one */
    swiss_span *next, *prev;             /* the list of spans to allocate from, of mappings, or of unused records */
    swiss_span *next_owned, *prev_owned; /* all of the owner's spans */
    _Atomic(uint64_t) freed[];           /* slots that others have freed, until the owner collects them */
} swiss_span_remote;

#define SWISS_RECORD_KINDS (SWISS_SPAN_SLOTS_MAX / 64 + 1) /* by their words of bits; there are none of 0 words */

/* All records, and the memory that they are cut from. All zero: none. */
typedef struct swiss_records {
    swiss_span *unused[SWISS_RECORD_KINDS]; /* records that may be used again */
    char *chunks;                           /* the last chunk of records, which leads to the others */
    char *chunk, *chunk_end;                /* where new records are cut from */
    size_t bytes;                           /* taken from the system */
} swiss_records;

/* Returns a record for at least `words` words of bits; for more only if there is no memory, but a larger unused record.
 * NULL when out of memory. */
swiss_span *swiss_record_take(swiss_records *records, struct swiss_pages *pages, unsigned words);

/* Gives a record back, to be used again. */
void swiss_record_give(swiss_records *records, swiss_span *span);

/* Fills the record of a new span: all slots are free. */
void swiss_record_fill(swiss_span *span, char *base, size_t size, unsigned slots, struct swiss_bin *bin);

/* Returns the bytes of a record for `words` words of bits. */
size_t swiss_record_size(unsigned words);

/* Gives the memory of all records back to the system. */
void swiss_records_destroy(swiss_records *records);

SWISS_ALWAYS_INLINE size_t swiss_span_head_size(unsigned words) {
    return swiss_round_up(sizeof(swiss_span) + words * sizeof(uint64_t), 64);
}

SWISS_ALWAYS_INLINE swiss_span_remote *swiss_span_remote_of(const swiss_span *span) {
    return (swiss_span_remote *)((uintptr_t)span + swiss_span_head_size(span->words));
}

/* Returns the bitmap: a set bit for each free slot. Only the owner writes it; any thread may read it. */
SWISS_ALWAYS_INLINE _Atomic(uint64_t) *swiss_span_bits(const swiss_span *span) {
    return (_Atomic(uint64_t) *)(uintptr_t)(span + 1);
}

/* The values of a state byte: free; live, and a sample (profile.c), which has one of the others in its record; live, of
 * no cache; or live, and handed out by the cache with this tag. */
enum { SWISS_SLOT_FREE, SWISS_SLOT_SAMPLED, SWISS_SLOT_LIVE, SWISS_SLOT_TAG_MIN, SWISS_SLOT_TAG_MAX = 255 };

/* Returns the state byte of a slot. The thread that allocates or frees the slot writes it; any thread may read it. */
SWISS_ALWAYS_INLINE _Atomic(uint8_t) *swiss_span_state(const swiss_span *span, uint32_t slot) {
    return (_Atomic(uint8_t) *)(uintptr_t)span - 1 - slot;
}

SWISS_END_HIDDEN

#endif
