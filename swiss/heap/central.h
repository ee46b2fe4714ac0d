/* central.h - the spans of one size class that no thread owns. Explained at the top of central.c. */
#ifndef SWISS_HEAP_CENTRAL_H
#define SWISS_HEAP_CENTRAL_H

#include "bin.h"
#include "swiss/align.h"

SWISS_BEGIN_HIDDEN

typedef struct swiss_central {
    SWISS_ALIGNED(SWISS_CACHE_LINE_PAIR) swiss_bin bin;
    swiss_os_spin lock; /* guards the bin, as its owner, and the tally */
    swiss_tally tally;  /* of threads that have no cache */
} swiss_central;

/* Gives a span with free slots to another owner. Returns false if there is none. */
bool swiss_central_lend(swiss_central *central, swiss_bin *to);

/* Returns a block, if need be from a new span. NULL when out of memory. */
void *swiss_central_alloc(swiss_central *central, swiss_share *share, unsigned size_class);

/* Frees `slot` of `span`, which any bin may own. Returns false if it is known to be free already. */
bool swiss_central_free(swiss_central *central, swiss_span *span, uint32_t slot);

/* Calls visit(argument, block, size) for each live block. */
void swiss_central_walk(swiss_central *central, void (*visit)(void *argument, void *block, size_t size),
                        void *argument);

/* Takes over the spans of a thread that ends. */
void swiss_central_receive(swiss_central *central, swiss_bin *from);

/* Gives all empty spans back to the page heap. */
void swiss_central_trim(swiss_central *central);

SWISS_END_HIDDEN

#endif
