/* span.c - the slots of one span, and which of them are free.
 *
 * Terms:
 * - Span: a run of pages cut into equal slots, or a run of pages that is one large block.
 * - Record: what is known of a span; it lies apart from the pages (record.c).
 * - Owner: one thread, or central under its lock (bin.c). Only the owner takes slots, and writes the bitmap, without
 *   any synchronisation.
 * - Window: a copy of one word of the bitmap, from which slots are taken.
 *
 *     bits      1 1 0 1 ...     all free slots that the owner has
 *     freed     0 0 1 0 ...     slots that others than the owner have given back
 *     window        . 1         of one word, what has not been taken since it was loaded: a part of its bits
 *     state     0 0 0 0 7 ...   a byte per slot: 0 if no block in it is live
 *
 * Alloc. Counts the window's trailing zeros, and clears that bit in both (as the Go runtime does). When the window is
 * empty, the next word of the bitmap that is not 0 is loaded.
 *
 * Free, by the owner. Sets the slot's bit in the bitmap only. It is found when the word is loaded again. So the next
 * allocation need not wait for the last free, which has to find its slot first.
 *
 * Free, by others. Sets the slot's bit in the second bitmap, `freed`, with an atomic "or". The owner collects these
 * bits when it has no other free slot. bin.c tells how it learns that a full span has one again.
 *
 * Live or free. A free block may also be in the stack of a thread cache (cache.c): then no bit is set for it. The state
 * byte says if a block is live. Only the thread that allocates or frees the block writes it, by a plain store; a bit
 * would share its word with blocks of other threads. The byte is exact, and any thread may read it. So a second free is
 * noticed, whichever thread it comes from.
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
