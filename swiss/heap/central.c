/* central.c - the spans of one size class.
 *
 * A class has spans that are full and spans that have a free slot. Only the latter are listed: a full span is of no use
 * until one of its blocks is freed, and that free finds it by the block's address. So a span goes on and off the list
 * once for each time that it fills up, not for each block.
 *
 *                    a slot freed                        the last block freed
 *      full  <---------------------------->  listed  <------------------------>  empty  ---> page heap
 *                    the last slot taken                  a slot taken
 *
 * Blocks are taken from the first span of the list until it is full. A span that gets its first free slot joins at the
 * end: by the time its turn comes more of its blocks may have been freed, so that it serves several allocations, or all
 * of them, so that its pages can be used for something else.
 *
 * A program that frees and allocates one block again and again, just where one span ends and the next begins, would make
 * and give back a span each time. So one empty span per class is kept, at the end of the list; only when a second one
 * becomes empty do pages go back. What is kept is at most 80 KiB per class, and swiss_central_trim gives it back when
 * memory runs out.
 */
#include "central.h"

static void append(swiss_central *central, swiss_span *span) {
    span->next = NULL;
    span->prev = central->last;
    if (central->last)
        central->last->next = span;
    else
        central->first = span;
    central->last = span;
}

static void remove_span(swiss_central *central, swiss_span *span) {
    if (span->prev)
        span->prev->next = span->next;
    else
        central->first = span->next;
    if (span->next)
        span->next->prev = span->prev;
    else
        central->last = span->prev;
}

bool swiss_central_grow(swiss_central *central, swiss_spans *spans, unsigned size_class) {
    swiss_span *span = swiss_span_create(spans, size_class);
    if (!span)
        return false;
    ++central->spans;
    append(central, span);
    return true;
}

void swiss_central_settle(swiss_central *central, swiss_spans *spans, swiss_span *span) {
    if (span->free == 1)
        append(central, span);
    if (span->free < span->slots)
        return;
    remove_span(central, span);
    if (central->empty) {
        --central->spans;
        swiss_span_destroy(spans, span);
    } else {
        append(central, span);
        central->empty = span;
    }
}

void swiss_central_trim(swiss_central *central, swiss_spans *spans) {
    swiss_span *span = central->empty;
    if (!span)
        return;
    central->empty = NULL;
    remove_span(central, span);
    --central->spans;
    swiss_span_destroy(spans, span);
}
