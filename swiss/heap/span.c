/* span.c - the slots of one span.
 *
 * A span is a run of pages cut into equal slots, or a run of pages that is one large block. Which slots are free is
 * kept in bits, one per slot, a set bit for a free one, in a record that lies apart (record.c).
 *
 * A span has one owner at a time: a thread, or the central lists under their lock. The owner alone takes slots, and
 * writes the bitmap without any synchronisation. As in the Go runtime it takes them through a window, a copy of one
 * word of the bitmap: count the trailing zeros, clear the bit. What is freed goes to the bitmap only, and is taken once
 * the window is empty and the word is loaded again. That is not to save writes, the bitmap is kept exact: it is to keep
 * the next allocation from waiting for the last free, which has to find its slot first.
 *
 *      bits      1 1 0 1 ...     all free slots that the owner has
 *      freed     0 0 1 0 ...     slots that others than the owner have given back
 *      window        . 1         of one word, what has not been taken since it was loaded: a part of its bits
 *      state     0 0 0 0 7 ...   a byte per slot: 0 if no block in it is alive
 *
 * Anyone else gives a slot back by setting its bit in a second bitmap, `freed`, with an atomic "or". The owner collects
 * those when it has no other free slot. How it learns that a span with no free slot has one again is told in bin.c.
 *
 * Free blocks may also be on their way, in the stack of some thread (cache.c): then no bit is set. Whether a block is
 * alive is said by a byte of its own, which is written by the thread that allocates or frees it, and by no other
 * meanwhile: a plain store, while a bit would share its word with blocks of other threads. It is exact, and readable by
 * anyone: so a second free is noticed, whoever frees.
 */
#include "span.h"

void swiss_span_walk(const swiss_span *span, void (*visit)(void *argument, void *block, size_t size), void *argument) {
    for (uint32_t slot = 0; slot < span->slots; ++slot)
        if (swiss_span_is_taken(span, slot))
            visit(argument, span->base + slot * span->size, span->size);
}

void swiss_span_collect(swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    for (unsigned word = 0; word < span->words; ++word) {
        if (!atomic_load_explicit(&remote->freed[word], memory_order_relaxed))
            continue;
        uint64_t freed = atomic_exchange_explicit(&remote->freed[word], 0, memory_order_acquire);
        _Atomic(uint64_t) *bits = &swiss_span_bits(span)[word];
        uint64_t before = atomic_load_explicit(bits, memory_order_relaxed);
        freed &= ~before; /* freed by two threads at once: misuse */
        atomic_store_explicit(bits, before | freed, memory_order_relaxed);
        span->used = (uint16_t)(span->used - swiss_bits_count(freed));
    }
}

static bool load_word(swiss_span *span) {
    for (unsigned word = 0; word < span->words; ++word) {
        span->window = atomic_load_explicit(&swiss_span_bits(span)[word], memory_order_relaxed);
        if (!span->window)
            continue;
        span->cursor = (uint8_t)word;
        span->used = (uint16_t)(span->used + swiss_bits_count(span->window));
        return true;
    }
    return false;
}

bool swiss_span_load(swiss_span *span) {
    if (load_word(span))
        return true;
    swiss_span_collect(span);
    return load_word(span);
}

void swiss_span_unload(swiss_span *span) {
    span->used = (uint16_t)(span->used - swiss_bits_count(span->window));
    span->window = 0;
}
