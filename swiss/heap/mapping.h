/* mapping.h - blocks with a mapping of their own. Explained at the top of mapping.c. */
#ifndef SWISS_HEAP_MAPPING_H
#define SWISS_HEAP_MAPPING_H

#include "segment.h"

/* Address space, and how much of it from the start on is committed. */
typedef struct swiss_mapping {
    char *base; /* NULL: none */
    size_t size;
} swiss_mapping;

typedef struct swiss_mappings {
    struct swiss_span *first; /* the blocks, linked by `next` and `prev` */
    size_t bytes, reserved;   /* of them, and the address space for them */
    swiss_mapping kept;       /* one that was freed, for the next block */
    uint64_t kept_since;      /* milliseconds */
    char *last;               /* the block made last, and when */
    uint64_t last_made;
} swiss_mappings;

/* What a huge block of `size` bytes takes: whole pages of the heap and of the system. */
size_t swiss_mapping_size(size_t size);

/* Memory for a huge block of `size` bytes, as swiss_mapping_size says, aligned to a segment and to `alignment`, found as `span`.
 * Sets *zeroed to whether it is known to be zero. NULL when out of memory. */
char *swiss_mapping_map(swiss_mappings *huge, size_t size, size_t alignment, struct swiss_span *span, bool *zeroed);

/* Adds a huge block, whose record is complete, to the list. */
void swiss_mapping_add(swiss_mappings *huge, struct swiss_span *span);

/* Takes one out of the list and out of the address map. Returns what the caller is to give back with swiss_mapping_release, and
 * without a lock, for it takes the system long. */
swiss_mapping swiss_mapping_remove(swiss_mappings *huge, struct swiss_span *span);

/* Changes the size of a huge block without moving it. False where that cannot be done, as when it would need fewer segments. */
bool swiss_mapping_resize(swiss_mappings *huge, struct swiss_span *span, size_t size);

/* Takes over what is kept; the same goes for what it returns. */
swiss_mapping swiss_mapping_drop(swiss_mappings *huge);

/* Gives a mapping back to the system. Nothing happens for that which is none. */
void swiss_mapping_release(swiss_mapping mapping);

#endif
