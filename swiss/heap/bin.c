/* bin.c - a bin: the spans of one size class that one owner holds, and how the owner learns what others have freed.
 *
 * Terms:
 * - Owner: a thread, with a bin per class that only it touches (cache.c), or central, with one bin under a lock
 *   (central.c). A span belongs to one bin at a time, and only its owner takes slots of it.
 * - Listed: the span may have a free slot. Full: it had none when the owner last looked, and is not listed.
 * - Empty: no slot of it is taken. Spare: an empty span that the owner keeps.
 * - Announced: a full span of which another thread has freed a slot, and that it has pushed to a stack of the owner's.
 * - Armed: the span is to be announced when another thread frees a slot of it; the flag `waiting` says so to the
 *   others.
 *
 *                   a slot freed                        the last block freed
 *      full    <--------------------->     listed    <------------------------>    empty  ---> page heap
 *                found full when first                    a slot taken
 *
 * Alloc. Takes slots from the first span of the list. When none of them is free the span is full, and leaves the list.
 * When no listed span is left, the announced ones are listed. When there are none, the owner asks central, or makes a
 * new span.
 *
 * Free, by the owner. Sets the slot's bit. A full span joins the list at the end: by the time its turn comes more of
 * its blocks may have been freed, so that it serves several allocations, or is empty and its pages can be used for
 * something else.
 *
 * End. If each empty span was given back, a program that allocates and frees one block again and again, just where one
 * span ends and the next begins, would make and end a span each time. So one empty span is kept besides the first; only
 * the next one goes back. A thread keeps further spare ones, of all classes together: at first 512 KiB, and up to 1 MiB
 * when it has needed again what it gave back, less what its stacks have grown by (cache.c). (doc/experiments.md: "Spare
 * spans".)
 *
 * Free, by others. Slots of a listed span that others have freed wait in its second bitmap, `freed` (span.c), until its
 * turn comes. The turn of a full span never comes. Therefore:
 *
 *      the owner, of a full span                   another thread
 *      1. waiting = true                           1. freed |= bit
 *      2. freed != 0?  claim, and list it again    2. waiting?  claim, and announce it: push it to the bin's stack
 *
 *      to claim: compare and exchange waiting, true -> false
 *
 * All threads see these four accesses in the same order (sequential consistency). So at least one of the two sees what
 * the other has written, and exactly one claims the span. A claimed span is not destroyed, and stays with its bin,
 * until it has arrived on the stack; and the memory of a bin outlives its spans. That is why the other thread may read
 * the bin and push, with no lock, even if the owning thread has ended. The stack is popped as a whole, so a push has no
 * ABA problem.
 *
 * A span stays armed when the owner frees a slot of it and lists it again. So a thread that frees its own blocks pays
 * for the two atomic operations once per span, and not each time the span is full. The announcement of a span that is
 * listed means nothing. Only before a span is destroyed or given to another owner it must be disarmed: the owner claims
 * it like any other thread. If it comes too late, it leaves the span until that arrives.
 *
 * A thread that has freed the last block of a span may look at the record after the span was destroyed, and claim the
 * next span that has this record. That, too, is an announcement that means nothing.
 *
 * In a heap of one's own each bin has one lock, which every alloc and free takes: no thread frees without it. Its spans
 * are never armed. So no late look at a record claims one of them, and the heap may be destroyed at any time, bins
 * included.
 *
 * tests/model/handover.pml is this protocol in Promela; spin has tried all of its interleavings.
 */
#include "bin.h"
#include "validate.h"

static void append(swiss_bin *bin, swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    remote->next = NULL;
    remote->prev = bin->last;
    if (bin->last)
        swiss_span_remote_of(bin->last)->next = span;
    else
        bin->first = span;
    bin->last = span;
    span->full = false;
}

/* Keeps an empty span as a spare one if the owner has pages left for that. */
static bool spare(swiss_bin *bin, swiss_span *span) {
    size_t pages = swiss_class_pages[span->size_class];
    if (!bin->spare || bin->spare->pages < pages)
        return false;
    bin->spare->pages -= pages;
    span->spare = true;
    return true;
}

/* Undoes spare(): the span is used again, or goes. */
static void unspare(swiss_bin *bin, swiss_span *span) {
    if (span->spare)
        bin->spare->pages += swiss_class_pages[span->size_class];
    span->spare = false;
    if (bin->empty == span)
        bin->empty = NULL;
}

static void unlist(swiss_bin *bin, swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    unspare(bin, span);
    if (remote->prev)
        swiss_span_remote_of(remote->prev)->next = remote->next;
    else
        bin->first = remote->next;
    if (remote->next)
        swiss_span_remote_of(remote->next)->prev = remote->prev;
    else
        bin->last = remote->prev;
}

void swiss_bin_add(swiss_bin *bin, swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    remote->prev_owned = NULL;
    remote->next_owned = bin->owned;
    if (bin->owned)
        swiss_span_remote_of(bin->owned)->prev_owned = span;
    bin->owned = span;
}

void swiss_bin_remove(swiss_bin *bin, swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    if (remote->prev_owned)
        swiss_span_remote_of(remote->prev_owned)->next_owned = remote->next_owned;
    else
        bin->owned = remote->next_owned;
    if (remote->next_owned)
        swiss_span_remote_of(remote->next_owned)->prev_owned = remote->prev_owned;
}

/* Adds a span that has no owner. */
static void own(swiss_bin *bin, swiss_span *span) {
    swiss_bin_add(bin, span);
    append(bin, span);
    atomic_store_explicit(&span->bin, bin, memory_order_release);
}

/* Removes a listed, disarmed span from its owner. */
static void disown(swiss_bin *bin, swiss_span *span) {
    unlist(bin, span);
    swiss_bin_remove(bin, span);
}

/* Claims a span. The thread that gets true announces it, or, if it is the owner, knows that no thread does. */
static bool claim(swiss_span_remote *remote) {
    bool waiting = true;
    return atomic_compare_exchange_strong(&remote->waiting, &waiting, false);
}

/* Returns true if no thread is announcing the span, nor will. */
static bool disarm(swiss_span *span) {
    if (span->armed && claim(swiss_span_remote_of(span)))
        span->armed = false;
    return !span->armed;
}

static bool has_freed(const swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    for (unsigned word = 0; word < span->words; ++word)
        if (atomic_load(&remote->freed[word]))
            return true;
    return false;
}

/* Takes the first span, which has no free slot, off the list. In a heap of one's own it need not be armed: all who free
 * take the bin's lock. */
static void set_full(swiss_bin *bin, swiss_span *span) {
    unlist(bin, span);
    span->full = true;
    if (span->armed || !bin->share->main)
        return;
    span->armed = true;
    atomic_store(&swiss_span_remote_of(span)->waiting, true);
    if (has_freed(span) && disarm(span))
        append(bin, span);
}

/* Keeps or gives back a listed span that is empty, or gives back another empty one in its place. */
static void retire(swiss_bin *bin, swiss_span *span) {
    if (span->spare)
        return;
    if (span != bin->first && !bin->empty && bin->first->used > swiss_bits_count(bin->first->window)) {
        unlist(bin, span); /* to the end: its turn comes last */
        append(bin, span);
        bin->empty = span;
        return;
    }
    if (spare(bin, span))
        return;
    if (span == bin->first)
        span = bin->empty;
    if (!span || !disarm(span))
        return;
    if (bin->spare)
        bin->spare->gone += swiss_class_pages[span->size_class];
    disown(bin, span);
    swiss_span_destroy(bin->share, bin->cache, span, bin->spare ? bin->spare->limit : SIZE_MAX);
}

void swiss_spare_earn(swiss_spare *spare, size_t pages) {
    size_t more = SWISS_SPARE_MOST - spare->limit;
    more = pages < more ? pages : more;
    spare->limit += more;
    spare->pages += more;
}

void swiss_bin_settle(swiss_bin *bin, swiss_span *span) {
    if (span->full)
        append(bin, span);
    if (!span->used)
        retire(bin, span);
}

/* Lists the spans that were announced. */
static void welcome(swiss_bin *bin) {
    if (!atomic_load_explicit(&bin->announced, memory_order_relaxed))
        return;
    swiss_span *span = atomic_exchange_explicit(&bin->announced, NULL, memory_order_acquire), *next;
    for (; span; span = next) {
        next = atomic_load_explicit(&swiss_span_remote_of(span)->announced, memory_order_relaxed);
        span->armed = false;
        if (span->full)
            append(bin, span);
        swiss_span_collect(span);
        if (!span->used)
            retire(bin, span);
    }
}

swiss_span *swiss_bin_next(swiss_bin *bin) {
    for (;;) {
        if (!bin->first)
            welcome(bin);
        swiss_span *span = bin->first;
        if (!span)
            return NULL;
        unspare(bin, span);
        if (span->window || swiss_span_load(span))
            return span;
        set_full(bin, span);
    }
}

swiss_span *swiss_bin_grow(swiss_bin *bin, unsigned size_class) {
    swiss_span *span = swiss_span_create(bin->share, bin->cache, size_class, bin);
    if (!span)
        return NULL;
    const size_t pages = swiss_class_pages[size_class];
    if (bin->spare && bin->spare->gone >= pages) {
        bin->spare->gone -= pages;
        swiss_spare_earn(bin->spare, pages);
    }
    own(bin, span);
    (void)swiss_span_load(span);
    return span;
}

/* Fills blocks[] from the end with the slots set in `bits`, in order; the first bit is that of the slot at `base`. */
static void spread(swiss_block *blocks, swiss_block *end, uint64_t bits, char *base, size_t size,
                   _Atomic(uint8_t) *state) {
    unsigned slot = swiss_bits_lowest(bits);
    if (!(bits & (bits + (bits & -bits)))) { /* neighbours, as in a span of which no slot was taken yet */
        base += slot * size;
        state -= slot;
        for (; end > blocks; base += size)
            *--end = (swiss_block){base, state--};
        return;
    }
    for (; bits; bits &= bits - 1) {
        slot = swiss_bits_lowest(bits);
        *--end = (swiss_block){base + slot * size, state - slot};
    }
}

uint32_t swiss_bin_take_many(swiss_bin *bin, swiss_block *blocks, uint32_t most) {
    swiss_span *span = bin->first;
    uint64_t taken = span->window;
    uint32_t count = swiss_bits_count(taken);
    for (; count > most; --count)
        taken ^= UINT64_C(1) << swiss_bits_highest(taken);
    spread(blocks, blocks + count, taken, span->base + span->cursor * 64u * span->size, span->size,
           swiss_span_state(span, span->cursor * 64u));
    _Atomic(uint64_t) *bits = swiss_span_bits(span) + span->cursor;
    atomic_store_explicit(bits, atomic_load_explicit(bits, memory_order_relaxed) & ~taken, memory_order_relaxed);
    span->window &= ~taken;
    return count;
}

bool swiss_bin_lend(swiss_bin *from, swiss_bin *to, swiss_span *span) {
    if (!disarm(span))
        return false;
    disown(from, span);
    own(to, span);
    SWISS_VALIDATE_SPAN(span);
    return true;
}

/* Tells the owner of a span that a slot of it was freed, if the span is armed. The span may be gone by now, and its
 * record that of another one. */
static void announce(swiss_span *span) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    if (!atomic_load(&remote->waiting) || !claim(remote))
        return;
    swiss_bin *bin = atomic_load_explicit(&span->bin, memory_order_acquire);
    swiss_span *last = atomic_load_explicit(&bin->announced, memory_order_relaxed);
    do
        atomic_store_explicit(&remote->announced, last, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&bin->announced, &last, span, memory_order_release,
                                                  memory_order_relaxed));
}

bool swiss_bin_give_remote(swiss_span *span, uint32_t slot) {
    if (SWISS_UNLIKELY(!swiss_span_is_taken(span, slot)))
        return false;
    atomic_store_explicit(swiss_span_state(span, slot), SWISS_SLOT_FREE, memory_order_relaxed);
    (void)atomic_fetch_or(&swiss_span_remote_of(span)->freed[slot >> 6], UINT64_C(1) << (slot & 63));
    announce(span);
    return true;
}

void swiss_bin_give_many_remote(swiss_span *span, uint32_t word, uint64_t bits) {
    (void)atomic_fetch_or(&swiss_span_remote_of(span)->freed[word], bits);
    announce(span);
}

void swiss_bin_trim(swiss_bin *bin) {
    welcome(bin);
    swiss_span *next;
    for (swiss_span *span = bin->first; span; span = next) {
        next = swiss_span_remote_of(span)->next;
        swiss_span_unload(span);
        swiss_span_collect(span);
        if (span->used)
            continue;
        unspare(bin, span);
        if (!disarm(span))
            continue;
        disown(bin, span);
        swiss_span_destroy(bin->share, bin->cache, span, SIZE_MAX);
    }
}

void swiss_bin_destroy(swiss_bin *bin) {
    swiss_span *next;
    for (swiss_span *span = bin->owned; span; span = next) {
        next = swiss_span_remote_of(span)->next_owned;
        swiss_span_destroy(bin->share, bin->cache, span, SIZE_MAX);
    }
}

void swiss_bin_hand_over(swiss_bin *from, swiss_bin *to) {
    swiss_bin_trim(from);
    swiss_span *next;
    for (swiss_span *span = from->owned; span; span = next) {
        next = swiss_span_remote_of(span)->next_owned;
        if (!disarm(span))
            continue;
        if (span->full)
            append(from, span);
        disown(from, span);
        own(to, span);
        SWISS_VALIDATE_SPAN(span);
    }
}
