/* large.h - large blocks: a run of pages each, or a mapping of its own. Explained at the top of large.c. */
#ifndef SWISS_HEAP_LARGE_H
#define SWISS_HEAP_LARGE_H

#include "spans.h"

SWISS_BEGIN_HIDDEN

/* Returns a new span of one live block of `size` bytes, at least 1, aligned to `alignment`, a power of two. Sets
 * *zeroed to true if its memory is known to be zero, else to false. NULL when out of memory. */
swiss_span *swiss_large_create(swiss_share *share, size_t size, size_t alignment, struct swiss_bin *bin, bool *zeroed);

/* Changes the size of a large block without moving it. Returns false if that cannot be done: then nothing has
 * changed. */
bool swiss_large_resize(swiss_share *share, swiss_span *span, size_t size);

/* Returns true if memory may be moved to `to`, a part of a large block; false if that would give the process too many
 * mappings. */
bool swiss_large_expect_move(swiss_spans *spans, char *to, size_t size);

/* Ends the span of a large block. Returns a mapping that the caller gives to swiss_mapping_release, without a lock. */
swiss_mapping swiss_large_drop(swiss_share *share, swiss_span *span);

/* Frees the large block of `bin` that begins at `block`. Returns false if there is none. */
bool swiss_large_free(swiss_share *share, const struct swiss_bin *bin, const void *block);

/* Returns true if the block has a mapping of its own. */
SWISS_ALWAYS_INLINE bool swiss_large_is_mapped(const swiss_span *span) {
    return !swiss_segment_of(span->base);
}

SWISS_END_HIDDEN

#endif
