/* plain.h - the heap without extras: slow paths, and all that hardening stands on. Explained at the top of plain.c.
 * `heap` is never NULL here. */
#ifndef SWISS_HEAP_PLAIN_H
#define SWISS_HEAP_PLAIN_H

#include "registry.h"
#include "swiss/align.h"

SWISS_BEGIN_HIDDEN

/* Return a block of a size class, not 0, or a large block. NULL when out of memory, after all that is kept was given
 * back. Set *rate to the bytes per sample if the small block is to be one, else to 0; *zeroed to true if the memory is
 * known to be zero, else to false. */
void *swiss_plain_small(swiss_heap *heap, unsigned size_class, size_t *rate);
void *swiss_plain_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed);

/* Returns a block of at least `size` bytes; NULL when out of memory. */
void *swiss_plain_alloc(swiss_heap *heap, size_t size, size_t alignment);

/* Frees any block that is not a sample, also for a thread without a cache. Returns false if it is not a live block of
 * this heap: then nothing has changed. */
bool swiss_plain_free(swiss_heap *heap, void *block);

/* Resizes a large block in place. Returns false if that cannot be done: then nothing has changed. */
bool swiss_plain_resize_large(swiss_heap *heap, swiss_span *span, size_t size);

#define SWISS_PLAIN_MOVED ((size_t)4 << 20) /* bytes that are moved with their pages, not copied */

/* Copies the first `size` bytes of a block to a new one that takes its place. Moves whole huge pages if there are 4 MiB
 * of them: that is faster than copying (64 MiB grew in 0.06 ms instead of 25), and makes few mappings, because the
 * system keeps what has moved in a mapping apart. Returns false if the new block has become unusable; then the old one
 * is as it was. */
bool swiss_plain_transfer(swiss_heap *heap, char *to, char *from, size_t size);

/* Returns true if `address` lies in a live block of this heap. */
bool swiss_plain_owns(const swiss_heap *heap, const void *address);

/* Calls visit(argument, block, size) for each live block. */
void swiss_plain_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size), void *argument);

/* Gives back what is kept for the next allocation. */
void swiss_plain_trim(swiss_heap *heap);

/* Returns the class for blocks of `size` bytes aligned to `alignment`; 0 if they are large. */
static inline unsigned swiss_plain_class(size_t size, size_t alignment) {
    if (SWISS_UNLIKELY(size > SWISS_SMALL_MAX || alignment > SWISS_PAGE_SIZE))
        return 0;
    unsigned size_class = swiss_class_of(swiss_round_up(size, alignment));
    while (SWISS_UNLIKELY(swiss_class_size[size_class] & (alignment - 1)))
        ++size_class; /* ends: the largest size is a multiple of a page */
    return size_class;
}

/* Returns true if a span is of this heap. */
static inline bool swiss_plain_belongs(const swiss_span *span, const swiss_heap *heap) {
    swiss_bin *bin = atomic_load_explicit(&span->bin, memory_order_acquire);
    return bin->share == &heap->share;
}

/* Returns the span of the live block of this heap that begins at `block`; NULL if there is none. O(1). */
static inline swiss_span *swiss_plain_find(const swiss_heap *heap, const void *block) {
    swiss_span *span = swiss_segment_find(block);
    if (SWISS_UNLIKELY(!span))
        return NULL;
    uint32_t slot = swiss_span_slot(span, block);
    if (SWISS_UNLIKELY(slot == UINT32_MAX || !swiss_span_is_taken(span, slot)))
        return NULL;
    return SWISS_LIKELY(swiss_plain_belongs(span, swiss_heap_or_default(heap))) ? span : NULL;
}

/* Returns true if the block that `span` holds, aligned well enough, stays in place with `size` bytes: also if a new one
 * would be no better. A large block is resized. */
static inline bool swiss_plain_resize(swiss_heap *heap, swiss_span *span, size_t size, size_t alignment) {
    if (span->size_class)
        return size <= span->size && (size > span->size / 2 || swiss_plain_class(size, alignment) == span->size_class);
    return !swiss_plain_class(size, alignment) && swiss_plain_resize_large(heap, span, size);
}

SWISS_END_HIDDEN

#endif
