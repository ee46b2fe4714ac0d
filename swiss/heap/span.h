/* span.h - the slots of one span, and which of them are free. Explained at the top of span.c. */
#ifndef SWISS_HEAP_SPAN_H
#define SWISS_HEAP_SPAN_H

#include "bits.h"
#include "record.h"

SWISS_BEGIN_HIDDEN

/* Calls visit(argument, block, size) for each live block of a span, which stays meanwhile. */
void swiss_span_walk(const swiss_span *span, void (*visit)(void *argument, void *block, size_t size), void *argument);

/* Loads the window of a span whose window is empty, and first collects what others have freed if no other slot is free.
 * Returns false if none is. The slots in the window count as used. Only the owner may call this, and all below that
 * does not say otherwise. O(words). */
bool swiss_span_load(swiss_span *span);

/* Moves the slots that others have freed to the owner's bitmap. O(words). */
void swiss_span_collect(swiss_span *span);

/* Empties the window: what is left in it no longer counts as used. O(1). */
void swiss_span_unload(swiss_span *span);

/* Returns the slot whose state byte is `state`, if it is one of this span; else some number that is none of its
 * slots. */
SWISS_ALWAYS_INLINE size_t swiss_span_slot_of(const swiss_span *span, const _Atomic(uint8_t) *state) {
    return (uintptr_t)span - 1 - (uintptr_t)state;
}

/* Takes a slot of a span whose window is not empty. O(1). */
SWISS_ALWAYS_INLINE void *swiss_span_take(swiss_span *span) {
    uint64_t window = span->window;
    uint32_t slot = span->cursor * 64u + swiss_bits_lowest(window);
    uint64_t rest = window & (window - 1);
    _Atomic(uint64_t) *bits = swiss_span_bits(span) + span->cursor;
    uint64_t left = atomic_load_explicit(bits, memory_order_relaxed) & ~(window ^ rest);
    atomic_store_explicit(bits, left, memory_order_relaxed);
    span->window = rest;
    atomic_store_explicit(swiss_span_state(span, slot), SWISS_SLOT_LIVE, memory_order_relaxed);
    return span->base + slot * span->size;
}

/* Returns the slot that begins at `block`, an address inside the span; UINT32_MAX if none begins there. Any thread may
 * call this. O(1). */
SWISS_ALWAYS_INLINE uint32_t swiss_span_slot(const swiss_span *span, const void *block) {
    size_t offset = (size_t)((const char *)block - span->base);
    uint64_t product = (uint64_t)(uint32_t)offset * span->reciprocal;
    uint32_t slot = (uint32_t)(product >> 32);
    if (SWISS_LIKELY((uint32_t)product < span->reciprocal && slot < span->slots)) /* divisible, and inside */
        return slot;
    return span->reciprocal || offset ? UINT32_MAX : 0;
}

/* Returns true if the block in `slot` is live. Any thread may call this; the answer is right if no thread allocates or
 * frees the slot meanwhile. O(1). */
SWISS_ALWAYS_INLINE bool swiss_span_is_taken(const swiss_span *span, uint32_t slot) {
    return atomic_load_explicit(swiss_span_state(span, slot), memory_order_relaxed) != SWISS_SLOT_FREE;
}

/* Frees `slot`. Returns false if it is free already: then nothing has changed. O(1). */
SWISS_ALWAYS_INLINE bool swiss_span_give(swiss_span *span, uint32_t slot) {
    uint64_t bit = UINT64_C(1) << (slot & 63);
    _Atomic(uint64_t) *bits = &swiss_span_bits(span)[slot >> 6];
    if (SWISS_UNLIKELY(!swiss_span_is_taken(span, slot)))
        return false;
    atomic_store_explicit(swiss_span_state(span, slot), SWISS_SLOT_FREE, memory_order_relaxed);
    atomic_store_explicit(bits, atomic_load_explicit(bits, memory_order_relaxed) | bit, memory_order_relaxed);
    --span->used;
    return true;
}

SWISS_END_HIDDEN

#endif
