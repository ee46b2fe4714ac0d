/* heap_stats.h - the numbers of a heap: how much it holds, as a structure, as text and as JSON; and a walk over its
 * live blocks.
 *
 *     swiss_heap_stats stats;
 *     char text[8192];
 *     swiss_heap_get_stats(NULL, &stats); // NULL: the default heap
 *     printf("%zu bytes in use\n", stats.in_use_bytes);
 *     swiss_heap_format_text(&stats, text, sizeof text);
 *     fputs(text, stderr);
 *
 * Any thread may call at any time. No function here fails.
 */
#ifndef SWISS_HEAP_STATS_H
#define SWISS_HEAP_STATS_H

#include "heap.h"

SWISS_BEGIN_C

#define SWISS_HEAP_CLASSES 69

typedef struct swiss_heap_class_stats {
    size_t block_size; /* bytes; 0 in class 0, that of blocks of more than 32 KiB or aligned to more than 8 KiB */
    uint64_t mallocs;  /* blocks allocated since the program began */
    uint64_t frees;    /* blocks freed since then; the difference is live */
    size_t spans;      /* spans of this class now */
} swiss_heap_class_stats;

/* The numbers of a heap. Bytes are those of now; mallocs and frees are counted since the program began. A resize in
 * place does not count; one that moves the block counts as a malloc and a free. These always hold, also while threads
 * allocate:
 *
 *     in_use_bytes <= span_bytes;  span_bytes + idle_bytes <= committed_bytes <= reserved_bytes
 *     frees <= mallocs, also in each class; each is the sum of those of the classes
 *
 * All heaps share their free pages, and these count for the default heap. In another heap idle_bytes, free_bytes and
 * longest_bytes are 0, and committed_bytes and reserved_bytes are those of its spans and large blocks. So the bytes of
 * all heaps may be added up.
 */
typedef struct swiss_heap_stats {
    uint64_t mallocs, frees; /* blocks allocated, and freed */
    size_t in_use_bytes;     /* usable bytes of the live blocks */
    size_t span_bytes;       /* pages in spans and in large blocks */
    size_t idle_bytes;       /* free pages that still have memory */
    size_t committed_bytes;  /* memory that may be touched */
    size_t reserved_bytes;   /* address space taken from the operating system for blocks */
    size_t metadata_bytes;   /* the heap's own records; not part of the numbers above */
    size_t free_bytes;       /* free pages: idle, given back, or never used yet */
    size_t longest_bytes;    /* the longest run of free pages, but for those in thread caches */
    swiss_heap_class_stats classes[SWISS_HEAP_CLASSES];
} swiss_heap_stats;

/* Fills *stats. A call that another thread makes at the same time may be counted or not. O(classes * threads +
 * segments). */
SWISS_API void swiss_heap_get_stats(const swiss_heap *heap, swiss_heap_stats *stats);

/* Returns the part of span_bytes that no live block uses, from 0 to 1. The heap does not know the sizes that were asked
 * for: a block counts with the size of its class. O(1). */
SWISS_API double swiss_heap_waste(const swiss_heap_stats *stats);

/* Returns how scattered the free pages are, from 0 (one run) to nearly 1: 1 less the longest run's part of free_bytes.
 * 0 if no page is free. O(1). */
SWISS_API double swiss_heap_fragmentation(const swiss_heap_stats *stats);

/* Writes the numbers as lines of text, or as one JSON object with the names of the members above; classes that never
 * had a block are left out. As snprintf, each writes at most `size` bytes, the last of them 0, and returns the length
 * of the whole text in bytes. They allocate nothing. O(classes). */
SWISS_API size_t swiss_heap_format_text(const swiss_heap_stats *stats, char *buffer, size_t size);
SWISS_API size_t swiss_heap_format_json(const swiss_heap_stats *stats, char *buffer, size_t size);

/* Calls visit(argument, block, usable size) once for each live block, in no order. `visit` may not call functions of
 * this heap. If the heap is the default heap or is hardened, it may call functions of no heap. Blocks that other
 * threads allocate or free meanwhile may be visited or not. O(slots); of the default heap O(pages of all heaps +
 * slots). */
SWISS_API void swiss_heap_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size),
                               void *argument);

SWISS_END_C

#endif
