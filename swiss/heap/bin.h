/* bin.h - the spans of one size class that one owner holds. Explained at the top of bin.c. */
#ifndef SWISS_HEAP_BIN_H
#define SWISS_HEAP_BIN_H

#include "spans.h"

SWISS_BEGIN_HIDDEN

/* Pages that an owner may keep in spare spans, in all of its bins together. At first they are few. An owner that needs
 * again what it gave back may keep more the next time. */
#define SWISS_SPARE_LEAST 64 /* 512 KiB */
#define SWISS_SPARE_MOST 128 /* 1 MiB */

typedef struct swiss_spare {
    size_t pages; /* that the owner may still keep */
    size_t limit; /* that it may keep in all */
    size_t gone;  /* that it has given back and not needed again */
} swiss_spare;

typedef struct swiss_bin {
    swiss_span *first, *last;        /* the list of spans that may have a free slot; the first is allocated from */
    swiss_span *empty;               /* a listed span behind the first that is kept although it is empty; or NULL */
    swiss_span *owned;               /* all spans, listed or not */
    swiss_span_cache *cache;         /* the owner's, for making and ending spans; NULL: none */
    swiss_spare *spare;              /* pages for spare spans; NULL: none */
    swiss_share *share;              /* the heap's; NULL in a bin that never had a span */
    _Atomic(swiss_span *) announced; /* a stack of spans that others have freed a slot of */
} swiss_bin;

/* Makes the first span of the list one whose window is not empty, and returns it. NULL if no span has a free slot. */
swiss_span *swiss_bin_next(swiss_bin *bin);

/* Adds a new span to a bin that has none with a free slot. NULL when out of memory. */
swiss_span *swiss_bin_grow(swiss_bin *bin, unsigned size_class);

/* Lets an owner keep `pages` more, up to SWISS_SPARE_MOST in all. */
void swiss_spare_earn(swiss_spare *spare, size_t pages);

/* Moves a span that swiss_bin_next returned to another bin, which has none with a free slot. Returns false if the span
 * is just being announced, and cannot be moved now. */
bool swiss_bin_lend(swiss_bin *from, swiss_bin *to, swiss_span *span);

/* Called when the owner has freed a slot of `span`: lists the span if it was full, and gives it back if it is empty and
 * another one is, too. */
void swiss_bin_settle(swiss_bin *bin, swiss_span *span);

/* Adds a span to the owner's without listing it, and removes it again: for large blocks. */
void swiss_bin_add(swiss_bin *bin, swiss_span *span);
void swiss_bin_remove(swiss_bin *bin, swiss_span *span);

/* Gives all spans back to the page heap, blocks in use included. The bin may not be used afterwards. O(spans). */
void swiss_bin_destroy(swiss_bin *bin);

/* Frees `slot` of a span that another bin owns. Returns false if it is known to be free already: then nothing has
 * changed. */
bool swiss_bin_give_remote(swiss_span *span, uint32_t slot);

/* Gives all empty spans back to the page heap. */
void swiss_bin_trim(swiss_bin *bin);

/* Gives all spans to another bin, but those that are just being announced to this one: they follow when they have
 * arrived. */
void swiss_bin_hand_over(swiss_bin *from, swiss_bin *to);

/* A free block, and the byte that says if it is live. */
typedef struct swiss_block {
    void *address;
    _Atomic(uint8_t) *state;
} swiss_block;

/* The blocks that an owner has allocated and freed since it began. Only the owner writes; anyone may read. */
typedef struct swiss_tally {
    _Atomic(uint64_t) mallocs, frees;
} swiss_tally;

/* Adds one, by a plain load and store. */
SWISS_ALWAYS_INLINE void swiss_count(_Atomic(uint64_t) *counter) {
    uint64_t count = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, count + 1, memory_order_relaxed);
}

/* Takes a block from the window of the first span; NULL if that is empty. O(1). */
SWISS_ALWAYS_INLINE void *swiss_bin_take(swiss_bin *bin) {
    swiss_span *span = bin->first;
    if (SWISS_UNLIKELY(!span || !span->window))
        return NULL;
    return swiss_span_take(span);
}

/* Takes up to `most` slots from the window of the first span, which is not empty. The lowest address comes last in
 * blocks[]. The blocks still count as free. Returns their number. */
uint32_t swiss_bin_take_many(swiss_bin *bin, swiss_block *blocks, uint32_t most);

/* Frees `slot` of a span that `bin` owns. Returns false if it is free already: then nothing has changed. O(1), except
 * for a span that goes back to the page heap. */
SWISS_ALWAYS_INLINE bool swiss_bin_give(swiss_bin *bin, swiss_span *span, uint32_t slot) {
    if (SWISS_UNLIKELY(!swiss_span_give(span, slot)))
        return false;
    if (SWISS_UNLIKELY(span->full || !span->used))
        swiss_bin_settle(bin, span);
    return true;
}

/* Gives free slots back: those set in `bits` of word `word` of the bitmap of a span that another bin may own. */
void swiss_bin_give_many_remote(swiss_span *span, uint32_t word, uint64_t bits);

/* Does the same for a span of any owner. `bin` is the caller's, `count` the number of the slots. */
SWISS_ALWAYS_INLINE void swiss_bin_give_many(swiss_bin *bin, swiss_span *span, uint32_t word, uint64_t bits,
                                             uint32_t count) {
    if (SWISS_UNLIKELY(atomic_load_explicit(&span->bin, memory_order_relaxed) != bin)) {
        swiss_bin_give_many_remote(span, word, bits);
        return;
    }
    _Atomic(uint64_t) *all = &swiss_span_bits(span)[word];
    atomic_store_explicit(all, atomic_load_explicit(all, memory_order_relaxed) | bits, memory_order_relaxed);
    span->used = (uint16_t)(span->used - count);
    if (SWISS_UNLIKELY(span->full || !span->used))
        swiss_bin_settle(bin, span);
}

/* Frees `slot` of a span of any owner; `bin` is the caller's. Returns false if it is known to be free already. */
SWISS_ALWAYS_INLINE bool swiss_bin_give_any(swiss_bin *bin, swiss_span *span, uint32_t slot) {
    return atomic_load_explicit(&span->bin, memory_order_relaxed) == bin ? swiss_bin_give(bin, span, slot)
                                                                         : swiss_bin_give_remote(span, slot);
}

SWISS_END_HIDDEN

#endif
