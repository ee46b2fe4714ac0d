/* reach.h - which blocks the program can still reach. Explained at the top of reach.c. */
#ifndef SWISS_HEAP_REACH_H
#define SWISS_HEAP_REACH_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

typedef enum swiss_reach { SWISS_REACH_LOST, SWISS_REACH_INDIRECT, SWISS_REACH_KEPT } swiss_reach;

typedef struct swiss_reach_block {
    uintptr_t start;
    size_t size;
    uint64_t age; /* these three are the caller's */
    double weight;
    uint32_t site;
    uint32_t next; /* of those still to be searched, the next one plus 1 */
    uint8_t state; /* a swiss_reach */
} swiss_reach_block;

/* What could be told. */
typedef struct swiss_reach_told {
    bool known;     /* false: nothing, and all blocks are SWISS_REACH_LOST */
    size_t threads; /* other threads, whose registers were not searched, */
    size_t running; /* and those of them that were running, whose stacks were searched as a whole */
} swiss_reach_told;

/* Sorts the blocks by their addresses, and sets their states. `stack` is an address in the stack of this thread: what
 * is below it was used by calls that have ended. All other live blocks of the heaps count as reached. Returns false
 * when out of memory. Stops no thread, but those that want pages while it searches the other blocks: it holds the locks
 * of the heaps then. O((bytes of the program's memory) log blocks). */
bool swiss_reach_mark(swiss_reach_block *blocks, size_t count, const void *stack, swiss_reach_told *told);

SWISS_END_HIDDEN

#endif
