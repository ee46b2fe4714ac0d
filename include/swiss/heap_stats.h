/* heap_stats.h - the numbers of a heap: how much it holds and what it has done, as a structure, as text, as JSON and in
 * Prometheus's form; and a walk over its live blocks.
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

/* The number of size classes, with class 0. */
#define SWISS_HEAP_CLASSES 69

/* The numbers of a size class. */
typedef struct swiss_heap_class_stats {
    size_t block_size; /* bytes; 0 in class 0, that of blocks of more than 32 KiB or aligned to more than 8 KiB */
    uint64_t mallocs;  /* blocks allocated since the program began */
    uint64_t frees;    /* blocks freed since then; the difference is live */
    size_t spans;      /* spans of this class now */
} swiss_heap_class_stats;

/* The numbers of a heap. Blocks, bytes and times that are counted since the program began never become less; the other
 * numbers are those of now. A resize in place counts as neither a malloc nor a free, but the bytes by which a block
 * grows or shrinks count as allocated or freed. A resize that moves the block counts as a malloc and a free. These
 * always hold, also while threads allocate:
 *
 *     in_use_bytes <= span_bytes;  span_bytes + idle_bytes <= committed_bytes <= reserved_bytes
 *     frees <= mallocs, also in each class; each is the sum of those of the classes
 *     allocated_bytes - freed_bytes = in_use_bytes
 *     span_bytes <= peak_span_bytes;  span_bytes + idle_bytes <= peak_memory_bytes
 *
 * All heaps share their free pages, and these count for the default heap. In another heap idle_bytes, free_bytes,
 * longest_bytes, given_back_bytes, scavenges and last_scavenge are 0, and committed_bytes and reserved_bytes are those
 * of its spans and large blocks. So the bytes of all heaps may be added up, but not the peaks, which heaps may have had
 * at different times.
 *
 * Go's runtime.MemStats has the same under these names:
 *
 *     Alloc, HeapAlloc   in_use_bytes                        TotalAlloc       allocated_bytes
 *     HeapInuse          span_bytes                          Mallocs, Frees   mallocs, frees
 *     HeapIdle           committed_bytes - span_bytes        HeapObjects      mallocs - frees
 *     HeapReleased       HeapIdle - idle_bytes               BySize           classes
 *     HeapSys            committed_bytes                     NextGC           soft_limit_bytes
 *     Sys                committed_bytes + metadata_bytes    LastGC           last_scavenge
 */
typedef struct swiss_heap_stats {
    uint64_t mallocs, frees;   /* blocks allocated, and freed, since the program began */
    size_t in_use_bytes;       /* usable bytes of the live blocks */
    size_t span_bytes;         /* pages in spans and in large blocks */
    size_t idle_bytes;         /* free pages that still have memory */
    size_t committed_bytes;    /* memory that may be touched */
    size_t reserved_bytes;     /* address space taken from the operating system for blocks */
    size_t metadata_bytes;     /* the heap's own records; not part of the numbers above */
    size_t free_bytes;         /* free pages: idle, given back, or never used yet */
    size_t longest_bytes;      /* the longest run of free pages, but for those in thread caches */
    uint64_t allocated_bytes;  /* usable bytes of all blocks since the program began */
    uint64_t freed_bytes;      /* usable bytes of those that were freed */
    size_t peak_span_bytes;    /* the most that span_bytes was, with the free pages in thread caches */
    size_t peak_memory_bytes;  /* the most that was in use and idle; for the default heap, by all heaps together */
    uint64_t given_back_bytes; /* memory of blocks that went back to the system since the program began */
    uint64_t scavenges;        /* times that some of it did because it had been free for long */
    uint64_t last_scavenge;    /* the last such time, in seconds since 1970, to a second or so; 0: never */
    size_t soft_limit_bytes;   /* as swiss_heap_set_limits says; 0: none */
    size_t hard_limit_bytes;   /* likewise */
    uint64_t soft_limit_hits;  /* times that more memory was needed than the soft limit, which the heap took */
    uint64_t hard_limit_hits;  /* times that it refused memory; the heap then frees what it can, and tries once more */
    uint64_t failures;         /* times that a block was not to be had, for whatever reason; a resize may ask twice */
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
 * of the whole text in bytes. They allocate nothing. O(classes). swiss/doc/heap_stats.schema.json is the JSON Schema of
 * what swiss_heap_format_json writes. */
SWISS_API size_t swiss_heap_format_text(const swiss_heap_stats *stats, char *buffer, size_t size);
SWISS_API size_t swiss_heap_format_json(const swiss_heap_stats *stats, char *buffer, size_t size);

/* Writes the numbers in the text format of Prometheus, version 0.0.4, in the same way: the answer to a scrape, whose
 * Content-Type is "text/plain; version=0.0.4". Names are those above behind "swiss_heap_"; "_total" follows those of
 * counters. The label `class` is the size of a class's blocks, or "large". With all classes in use it is about 16 KiB.
 * An answer can hold the numbers of one heap, because a name may come in it only once. */
SWISS_API size_t swiss_heap_format_prometheus(const swiss_heap_stats *stats, char *buffer, size_t size);

/* Calls visit(argument, block, usable size) once for each live block, in no order. `visit` may not call functions of
 * this heap. If the heap is the default heap or is hardened, it may call functions of no heap. Blocks that other
 * threads allocate or free meanwhile may be visited or not. O(slots); of the default heap O(pages of all heaps +
 * slots). */
SWISS_API void swiss_heap_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size),
                               void *argument);

SWISS_END_C

#endif
