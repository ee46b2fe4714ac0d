/* huge.h - blocks with a mapping of their own. Explained at the top of huge.c. */
#ifndef SWISS_HEAP_HUGE_H
#define SWISS_HEAP_HUGE_H

#include "segment.h"

/* Address space, and how much of it from the start on is committed. */
typedef struct swiss_mapping {
    char *base; /* NULL: none */
    size_t size;
} swiss_mapping;

typedef struct swiss_huge {
    struct swiss_span *first; /* the blocks, linked by `next` and `prev` */
    size_t bytes, reserved;   /* of them, and the address space for them */
    swiss_mapping kept;       /* one that was freed, for the next block */
    uint64_t kept_since;      /* milliseconds */
    char *last;               /* the block made last, and when */
    uint64_t last_made;
} swiss_huge;

/* What a huge block of `size` bytes takes: whole pages of the heap and of the system. */
size_t swiss_huge_size(size_t size);

/* Memory for a huge block of `size` bytes, as swiss_huge_size says, aligned to a segment and to `alignment`, found as `span`.
 * Sets *zeroed to whether it is known to be zero. NULL when out of memory. */
char *swiss_huge_map(swiss_huge *huge, size_t size, size_t alignment, struct swiss_span *span, bool *zeroed);

/* Adds a huge block, whose record is complete, to the list. */
void swiss_huge_add(swiss_huge *huge, struct swiss_span *span);

/* Takes one out of the list and out of the address map. Returns what the caller is to give back with swiss_huge_release, and
 * without a lock, for it takes the system long. */
swiss_mapping swiss_huge_remove(swiss_huge *huge, struct swiss_span *span);

/* Changes the size of a huge block without moving it. False where that cannot be done, as when it would need fewer segments. */
bool swiss_huge_resize(swiss_huge *huge, struct swiss_span *span, size_t size);

/* Takes over what is kept; the same goes for what it returns. */
swiss_mapping swiss_huge_drop(swiss_huge *huge);

/* Gives a mapping back to the system. Nothing happens for that which is none. */
void swiss_huge_release(swiss_mapping mapping);

#endif
