/* heap_stats.h - the numbers of a heap: what it holds, as numbers and as text, and a walk over its live blocks.
 *
 *     swiss_heap_stats stats;
 *     char text[8192];
 *     swiss_heap_get_stats(NULL, &stats); // NULL: the default heap
 *     printf("%zu bytes in use\n", stats.in_use_bytes);
 *     swiss_heap_format_text(&stats, text, sizeof text);
 *     fputs(text, stderr);
 *
 * Any thread may call at any time.
 */
#ifndef SWISS_HEAP_STATS_H
#define SWISS_HEAP_STATS_H

#include "heap.h"

SWISS_BEGIN_C

#define SWISS_HEAP_CLASSES 69

typedef struct swiss_heap_class_stats {
    size_t block_size; /* bytes; 0 in class 0, which stands for all blocks of more than 32 KiB or page alignment */
    uint64_t mallocs;  /* blocks allocated since the program began */
    uint64_t frees;    /* blocks freed since then; the difference is alive */
    size_t spans;      /* spans of this class now */
} swiss_heap_class_stats;

/* The numbers of a heap. Bytes are now, blocks are since the program began. A resize in place counts for nothing; one
 * that moves the block is a malloc and a free.
 *     in_use_bytes <= span_bytes;  span_bytes + idle_bytes <= committed_bytes <= reserved_bytes
 *     mallocs, frees: the sums of those of the classes;  frees <= mallocs, also in each class
 * This is true also while threads are at work. All heaps share one stock of free pages, which counts for the default
 * heap: in another heap idle, free and longest bytes are 0, and committed and reserved bytes are those of its spans and
 * large blocks. So the bytes of all heaps may be added up. */
typedef struct swiss_heap_stats {
    uint64_t mallocs, frees; /* blocks allocated, and freed */
    size_t in_use_bytes;     /* usable bytes of the blocks that are alive */
    size_t span_bytes;       /* pages that belong to spans and to large blocks */
    size_t idle_bytes;       /* free pages that were in use before and stay with the heap */
    size_t committed_bytes;  /* memory that may be touched */
    size_t reserved_bytes;   /* address space taken from the operating system for blocks */
    size_t metadata_bytes;   /* the heap's own records, not part of the numbers above */
    size_t free_bytes;       /* free pages: idle, given back, or never used yet */
    size_t longest_bytes;    /* the longest run of them outside the page caches of threads: the largest block at once */
    swiss_heap_class_stats classes[SWISS_HEAP_CLASSES];
} swiss_heap_stats;

/* Fills *stats. What other threads do at the same time may be counted or not. O(classes * threads + segments). */
SWISS_API void swiss_heap_get_stats(const swiss_heap *heap, swiss_heap_stats *stats);

/* Returns the part of the spans' bytes that no live block uses, 0 to 1. The difference between a block's size class and
 * the size asked for is not known, and not part of it. */
SWISS_API double swiss_heap_waste(const swiss_heap_stats *stats);

/* Returns how scattered the free pages are: 1 less the longest run's part of them, 0 to 1; 0 if none is free. */
SWISS_API double swiss_heap_fragmentation(const swiss_heap_stats *stats);

/* Write stats as lines of text, or as one JSON object with the names of the members above; classes that never had a
 * block are left out. As snprintf: they write at most `size` bytes, the last of them 0, and return the length of the
 * whole text. They use no heap. */
SWISS_API size_t swiss_heap_format_text(const swiss_heap_stats *stats, char *buffer, size_t size);
SWISS_API size_t swiss_heap_format_json(const swiss_heap_stats *stats, char *buffer, size_t size);

/* Calls visit(argument, block, usable size) for each live block, in no order. `visit` may not call functions of this
 * heap; if the heap is the default heap, or hardened, it may call functions of no heap. Blocks that other threads
 * allocate or free meanwhile may be visited or not. O(slots), of the default heap O(pages of all heaps + slots). */
SWISS_API void swiss_heap_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size),
                               void *argument);

SWISS_END_C

#endif
