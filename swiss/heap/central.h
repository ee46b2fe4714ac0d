/* central.h - the spans of one size class. Explained at the top of central.c. */
#ifndef SWISS_HEAP_CENTRAL_H
#define SWISS_HEAP_CENTRAL_H

#include "span.h"

typedef struct swiss_central {
    swiss_span *first, *last; /* the spans that have a free slot; the first is allocated from */
    swiss_span *empty;        /* the one of them that is kept although all of its slots are free; or NULL */
    size_t spans;             /* how many there are, full ones included */
    uint64_t mallocs, frees;  /* blocks taken and given back since the heap began */
} swiss_central;

/* Adds a new span, to be allocated from next. False when out of memory. */
bool swiss_central_grow(swiss_central *central, swiss_spans *spans, unsigned size_class);

/* After a slot of `span` was freed: lists the span if it was full, and gives it back if it is empty and another one is. */
void swiss_central_settle(swiss_central *central, swiss_spans *spans, swiss_span *span);

/* Gives the empty span that is kept back to the page heap. */
void swiss_central_trim(swiss_central *central, swiss_spans *spans);

/* Takes the first span, which is full, off the list. */
SWISS_ALWAYS_INLINE void swiss_central_pop(swiss_central *central) {
    swiss_span *next = central->first->next;
    central->first = next;
    if (next)
        next->prev = NULL;
    else
        central->last = NULL;
}

/* Takes a block; NULL if no span has a free slot. O(1). */
SWISS_ALWAYS_INLINE void *swiss_central_take(swiss_central *central) {
    swiss_span *span = central->first;
    if (SWISS_UNLIKELY(!span))
        return NULL;
    if (SWISS_UNLIKELY(span == central->empty))
        central->empty = NULL;
    void *block = swiss_span_take(span);
    if (SWISS_UNLIKELY(!span->free))
        swiss_central_pop(central);
    ++central->mallocs;
    return block;
}

/* Frees the allocated slot `slot` of `span`. O(1), but for a span that goes back to the page heap. */
SWISS_ALWAYS_INLINE void swiss_central_give(swiss_central *central, swiss_spans *spans, swiss_span *span,
                                            uint32_t slot) {
    swiss_span_give(span, slot);
    ++central->frees;
    if (SWISS_UNLIKELY(span->free == 1 || span->free == span->slots))
        swiss_central_settle(central, spans, span);
}

#endif
