/* mapping.h - blocks with a mapping of their own. Explained at the top of mapping.c. */
#ifndef SWISS_HEAP_MAPPING_H
#define SWISS_HEAP_MAPPING_H

#include "segment.h"

/* Address space, and how much of it from the start on is committed. */
typedef struct swiss_mapping {
    char *base; /* NULL: none */
    size_t size;
} swiss_mapping;

/* All zero: no mappings. */
typedef struct swiss_mappings {
    size_t bytes, reserved; /* of those in use, and the address space for them */
    swiss_mapping kept;     /* one that was freed, for the next block */
    uint64_t kept_since;    /* milliseconds */
    char *last;             /* the one made last, and when */
    uint64_t last_made;
} swiss_mappings;

/* What a block of `size` bytes takes: whole pages of the heap and of the system. */
size_t swiss_mapping_size(size_t size);

/* Memory of `size` bytes, as swiss_mapping_size says, aligned to a segment and to `alignment`, found as `span`. Sets
 * *zeroed to true if it is known to be zero, else to false. NULL when out of memory. */
char *swiss_mapping_make(swiss_mappings *mappings, size_t size, size_t alignment, struct swiss_span *span,
                         bool *zeroed);

/* Takes one out of use and out of the address map. Returns what the caller is to give back with swiss_mapping_release,
 * and without a lock, for it takes the system long. */
swiss_mapping swiss_mapping_end(swiss_mappings *mappings, swiss_mapping mapping);

/* Changes its size, to another one as swiss_mapping_size says, without moving it. False where that cannot be done, as
 * when it would need fewer segments: then nothing has changed. */
bool swiss_mapping_resize(swiss_mappings *mappings, swiss_mapping mapping, size_t size);

/* Takes over what is kept; the same goes for what it returns. */
swiss_mapping swiss_mapping_drop(swiss_mappings *mappings);

/* Gives a mapping back to the system. Nothing happens for that which is none. */
void swiss_mapping_release(swiss_mapping mapping);

#endif
