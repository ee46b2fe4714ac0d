/* heap.c - the malloc-like front of the heap.
 *
 * It sorts requests by size and passes them down:
 *
 *     size <= 32 KiB, alignment <= 8 KiB    central -> span         a slot of a size class
 *     size <= 64 MiB                        span -> page heap       a run of pages
 *     larger                                span -> segment -> os   a mapping of its own
 *
 * Alignment costs nothing where a class can give it: spans begin at pages, so all slots of a class whose size is a multiple
 * of the alignment have it. Alignments beyond a page are met by runs of pages that begin at a multiple of them.
 *
 * One lock per heap is held around each operation on its records. Not under the lock: copying and clearing blocks, and
 * giving huge mappings back, which takes the system as long as it takes to free their pages.
 */
#include "swiss/heap.h"
#include "heap/state.h"
#include <string.h>

SWISS_STATIC_ASSERT(SWISS_HEAP_CLASSES == SWISS_CLASS_COUNT, "the statistics have an entry for each size class");

static swiss_heap default_heap = SWISS_HEAP_INITIALIZER;

swiss_heap *swiss_heap_default(void) {
    return &default_heap;
}

/* The heap to use, locked. The records are guarded by the lock, not by const. */
static inline swiss_heap *lock_heap(const swiss_heap *heap) {
    swiss_heap *locked = heap ? (swiss_heap *)heap : &default_heap;
    swiss_os_lock_acquire(&locked->lock);
    return locked;
}

static inline void unlock_heap(swiss_heap *heap) {
    swiss_os_lock_release(&heap->lock);
}

/* The class for blocks of `size` bytes aligned to `alignment`; 0 if they are to be large. */
static inline unsigned class_for(size_t size, size_t alignment) {
    if (SWISS_UNLIKELY(size > SWISS_SMALL_MAX || alignment > SWISS_PAGE_SIZE))
        return 0;
    unsigned size_class = swiss_class_of((size + alignment - 1) & ~(alignment - 1));
    while (SWISS_UNLIKELY(swiss_class_size[size_class] & (alignment - 1)))
        ++size_class; /* ends: the largest size is a multiple of a page */
    return size_class;
}

static inline bool alignment_is_valid(size_t alignment) {
    return alignment && !(alignment & (alignment - 1)) && alignment <= SWISS_SEGMENT_SIZE;
}

/* Gives back what the central lists keep for the next allocation. */
SWISS_COLD static void trim(swiss_heap *heap) {
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class)
        swiss_central_trim(&heap->central[size_class], &heap->spans);
}

/* A block of a class that has no free slot. */
SWISS_COLD static void *take_from_new_span(swiss_heap *heap, unsigned size_class) {
    swiss_central *central = &heap->central[size_class];
    if (!swiss_central_grow(central, &heap->spans, size_class)) {
        trim(heap);
        if (!swiss_central_grow(central, &heap->spans, size_class))
            return NULL;
    }
    return swiss_central_take(central);
}

static inline void *alloc_small(swiss_heap *heap, unsigned size_class) {
    heap = lock_heap(heap);
    void *block = swiss_central_take(&heap->central[size_class]);
    if (SWISS_UNLIKELY(!block))
        block = take_from_new_span(heap, size_class);
    unlock_heap(heap);
    return block;
}

SWISS_COLD static void *alloc_large(swiss_heap *heap, size_t size, size_t alignment, bool *zeroed) {
    size += !size;
    heap = lock_heap(heap);
    swiss_span *span = swiss_span_create_large(&heap->spans, size, alignment, zeroed);
    if (!span && size <= SWISS_SEGMENT_SIZE) {
        trim(heap);
        span = swiss_span_create_large(&heap->spans, size, alignment, zeroed);
    }
    void *block = NULL;
    if (span) {
        block = span->base;
        ++heap->central[0].mallocs;
        ++heap->central[0].spans;
    }
    unlock_heap(heap);
    return block;
}

void *swiss_heap_alloc(swiss_heap *heap, size_t size) {
    if (SWISS_LIKELY(size <= SWISS_SMALL_MAX))
        return alloc_small(heap, swiss_class_of(size));
    bool zeroed;
    return alloc_large(heap, size, 1, &zeroed);
}

void *swiss_heap_alloc_aligned(swiss_heap *heap, size_t size, size_t alignment) {
    if (SWISS_UNLIKELY(!alignment_is_valid(alignment)))
        return NULL;
    unsigned size_class = class_for(size, alignment);
    if (SWISS_LIKELY(size_class))
        return alloc_small(heap, size_class);
    bool zeroed;
    return alloc_large(heap, size, alignment, &zeroed);
}

void *swiss_heap_alloc_zeroed(swiss_heap *heap, size_t count, size_t size) {
    const size_t half =
        (size_t)1 << (sizeof(size_t) * 4); /* below it no product overflows, and no division is needed */
    if (SWISS_UNLIKELY(count >= half || size >= half) && size && count > SIZE_MAX / size)
        return NULL;
    size *= count;
    bool zeroed = false;
    void *block =
        size <= SWISS_SMALL_MAX ? alloc_small(heap, swiss_class_of(size)) : alloc_large(heap, size, 1, &zeroed);
    if (block && !zeroed)
        memset(block, 0, size);
    return block;
}

/* The span of the live block that begins at `block`, and its slot; NULL if there is none. */
static inline swiss_span *find_block(const void *block, uint32_t *slot) {
    swiss_span *span = swiss_segment_find(block);
    if (SWISS_UNLIKELY(!span))
        return NULL;
    *slot = swiss_span_slot(span, block);
    if (SWISS_UNLIKELY(*slot == UINT32_MAX || !swiss_span_is_taken(span, *slot)))
        return NULL;
    return span;
}

/* Frees the large block `span` is, and unlocks the heap. */
SWISS_COLD static void free_large(swiss_heap *heap, swiss_span *span) {
    void *base = span->base;
    size_t mapped = swiss_span_is_huge(span) ? swiss_segment_huge_reserved(span->size) : 0;
    ++heap->central[0].frees;
    --heap->central[0].spans;
    swiss_span_destroy(&heap->spans, span);
    unlock_heap(heap);
    if (mapped)
        swiss_os_release(base, mapped);
}

void swiss_heap_free_sized(swiss_heap *heap, void *block, size_t size) {
    if (!block)
        return;
    heap = lock_heap(heap);
    uint32_t slot;
    swiss_span *span = find_block(block, &slot);
    SWISS_ASSERT(span && "swiss_heap_free: not a live block");
    if (SWISS_UNLIKELY(!span)) {
        unlock_heap(heap);
        return;
    }
    SWISS_ASSERT(size <= span->size && "swiss_heap_free_sized: the block is smaller");
    (void)size;
    if (SWISS_UNLIKELY(!span->size_class)) {
        free_large(heap, span);
        return;
    }
    swiss_central_give(&heap->central[span->size_class], &heap->spans, span, slot);
    unlock_heap(heap);
}

void swiss_heap_free(swiss_heap *heap, void *block) {
    swiss_heap_free_sized(heap, block, 0);
}

/* Whether the block that `span` holds can stay where it is and be `size` bytes. If large, it is resized. */
static bool resize_in_place(swiss_heap *heap, swiss_span *span, size_t size) {
    if (span->size_class)
        return size <= span->size && (size > span->size / 2 || swiss_class_of(size) == span->size_class);
    return size > SWISS_SMALL_MAX && swiss_span_resize_large(&heap->spans, span, size);
}

void *swiss_heap_resize_aligned(swiss_heap *heap, void *block, size_t new_size, size_t alignment) {
    if (!block || !alignment_is_valid(alignment))
        return block ? NULL : swiss_heap_alloc_aligned(heap, new_size, alignment);
    bool aligned = !((uintptr_t)block & (alignment - 1));
    swiss_heap *locked = lock_heap(heap);
    uint32_t slot;
    swiss_span *span = find_block(block, &slot);
    SWISS_ASSERT(span && "swiss_heap_resize: not a live block");
    if (SWISS_UNLIKELY(!span)) {
        unlock_heap(locked);
        return NULL;
    }
    size_t old_size = span->size;
    bool stays = aligned && resize_in_place(locked, span, new_size);
    unlock_heap(locked);
    if (stays)
        return block;
    void *moved = swiss_heap_alloc_aligned(heap, new_size, alignment);
    if (!moved) /* a block that was to shrink serves as it is */
        return aligned && new_size <= old_size ? block : NULL;
    memcpy(moved, block, new_size < old_size ? new_size : old_size);
    swiss_heap_free(heap, block);
    return moved;
}

void *swiss_heap_resize(swiss_heap *heap, void *block, size_t new_size) {
    if (!block)
        return swiss_heap_alloc(heap, new_size);
    /* What swiss_heap_alloc promises. The classes of 8 and 24 bytes are those aligned to 8 only. */
    bool to_8 = new_size <= 8 || (new_size > 16 && new_size <= 24);
    return swiss_heap_resize_aligned(heap, block, new_size, to_8 ? 8 : 16);
}

size_t swiss_heap_usable_size(const swiss_heap *heap, const void *block) {
    if (!block)
        return 0;
    swiss_heap *locked = lock_heap(heap);
    uint32_t slot;
    swiss_span *span = find_block(block, &slot);
    SWISS_ASSERT(span && "swiss_heap_usable_size: not a live block");
    size_t size = span ? span->size : 0;
    unlock_heap(locked);
    return size;
}

bool swiss_heap_owns(const swiss_heap *heap, const void *address) {
    swiss_heap *locked = lock_heap(heap);
    swiss_span *span = swiss_segment_find(address);
    bool owns = false;
    if (span) {
        size_t offset = (size_t)((const char *)address - span->base);
        size_t slot = offset / span->size;
        owns = slot < span->slots && swiss_span_is_taken(span, (uint32_t)slot);
    }
    unlock_heap(locked);
    return owns;
}

void swiss_heap_set_huge_pages(swiss_heap_huge_pages which) {
    swiss_os_huge_set((swiss_os_huge)which);
}

void swiss_heap_get_stats(const swiss_heap *heap, swiss_heap_stats *stats) {
    memset(stats, 0, sizeof *stats);
    swiss_heap *locked = lock_heap(heap);
    const swiss_spans *spans = &locked->spans;
    const swiss_pages *pages = &spans->pages;
    stats->span_bytes = pages->used_pages * SWISS_PAGE_SIZE + spans->huge_bytes;
    stats->idle_bytes = (pages->touched_pages - pages->used_pages) * SWISS_PAGE_SIZE;
    stats->committed_bytes = pages->committed_pages * SWISS_PAGE_SIZE + spans->huge_bytes;
    stats->reserved_bytes = pages->count * SWISS_SEGMENT_SIZE + spans->huge_reserved;
    stats->metadata_bytes = swiss_pages_metadata(pages) + spans->chunk_bytes;
    stats->in_use_bytes = stats->span_bytes; /* all of the large blocks; of the small ones' spans what is alive */
    for (unsigned size_class = 0; size_class < SWISS_CLASS_COUNT; ++size_class) {
        const swiss_central *central = &locked->central[size_class];
        swiss_heap_class_stats *of_class = &stats->classes[size_class];
        of_class->block_size = swiss_class_size[size_class];
        of_class->mallocs = central->mallocs;
        of_class->frees = central->frees;
        of_class->spans = central->spans;
        stats->mallocs += central->mallocs;
        stats->frees += central->frees;
        stats->in_use_bytes -= central->spans * swiss_class_pages[size_class] * SWISS_PAGE_SIZE;
        stats->in_use_bytes += (size_t)(central->mallocs - central->frees) * swiss_class_size[size_class];
    }
    unlock_heap(locked);
}
