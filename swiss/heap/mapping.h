/* mapping.h - blocks of more than 64 MiB: each has a mapping of its own. Explained at the top of mapping.c. */
#ifndef SWISS_HEAP_MAPPING_H
#define SWISS_HEAP_MAPPING_H

#include "segment.h"

SWISS_BEGIN_HIDDEN

/* Address space, of which the first `size` bytes are committed. */
typedef struct swiss_mapping {
    char *base; /* NULL: none */
    size_t size;
} swiss_mapping;

/* All zero: no mappings. */
typedef struct swiss_mappings {
    size_t bytes, reserved; /* of those in use, and their address space */
    uint64_t given_back;    /* bytes that went back to the system, all in all */
    swiss_mapping kept;     /* a freed one, for the next block; or the rest of it, behind the block that took it */
    uint64_t kept_since;    /* milliseconds */
    char *last;             /* the one that was made last, and when */
    uint64_t last_made;
} swiss_mappings;

/* Returns the bytes of a mapping for a block of `size` bytes: whole pages of the heap and of the system. */
size_t swiss_mapping_size(size_t size);

/* Returns memory of `size` bytes, a result of swiss_mapping_size, aligned to a segment and to `alignment`; the
 * address map leads from it to `span`. Sets *zeroed to true if it is known to be zero, else to false. NULL when out
 * of memory. */
char *swiss_mapping_make(swiss_mappings *mappings, size_t size, size_t alignment, struct swiss_span *span,
                         bool *zeroed);

/* Takes a mapping out of use and out of the address map. Returns a mapping that the caller gives to
 * swiss_mapping_release, without a lock, for it takes the system long. */
swiss_mapping swiss_mapping_end(swiss_mappings *mappings, swiss_mapping mapping);

/* Changes the size of the mapping of `span` to `size`, a result of swiss_mapping_size, without moving it. Returns false
 * if that cannot be done, for instance because it would need fewer segments, or more, and the mapping that is kept does
 * not lie behind it: then nothing has changed. */
bool swiss_mapping_resize(swiss_mappings *mappings, swiss_mapping mapping, size_t size, struct swiss_span *span);

/* Keeps nothing any more. Returns the mapping that was kept, or what of it shares no segment with a block; the caller
 * gives it to swiss_mapping_release. All of it counts as given back. */
swiss_mapping swiss_mapping_drop(swiss_mappings *mappings);

/* Returns the address space of the mapping that is kept: whole segments, and what it has of the last segment of the
 * block in front of it, which counts for that, too: it may be another heap's. */
size_t swiss_mappings_kept_reserved(const swiss_mappings *mappings);

/* Gives a mapping back to the system. Ignores one whose base is NULL. */
void swiss_mapping_release(swiss_mapping mapping);

SWISS_END_HIDDEN

#endif
