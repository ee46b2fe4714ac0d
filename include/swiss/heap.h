/* heap.h - the bundled allocator: malloc's work in fixed size classes.
 *
 * Blocks up to 32 KiB are rounded up to one of 68 sizes and come from spans of equal slots; larger ones are runs of 8 KiB
 * pages; those beyond 64 MiB are mappings of their own. All of it is taken from the operating system in segments of
 * 64 MiB of address space, and what is freed is kept for reuse; what stays unused for a while goes back, and blocks beyond
 * 64 MiB at once if they have lived for more than a second.
 *
 *     double *row = swiss_heap_alloc_zeroed(NULL, columns, sizeof *row);
 *     if (!row)
 *         return OUT_OF_MEMORY;
 *     double *longer = swiss_heap_resize(NULL, row, 2 * columns * sizeof *row);
 *     if (longer)
 *         row = longer; // NULL: out of memory, and row is as it was
 *     ...
 *     swiss_heap_free(NULL, row);
 *
 * For every function here:
 * - `heap` NULL is the default heap. A block goes back to the heap it came from.
 * - Sizes and alignments are in bytes. A size of 0 is as good as 1: the block is real, distinct, and to be freed. An
 *   alignment is a power of two.
 * - NULL means out of memory, or a size or an alignment that can never be met. Then nothing has changed.
 * - Any thread may call, and may free what another one allocated. In the default heap each thread has a cache of up to
 *   64 KiB of free blocks of each size, and most calls for small blocks take no lock and no atomic operation. Other
 *   heaps have a lock per size class. A thread's cache is given up when the thread ends, and when it has done nothing for a
 * while;
 *   destructors that run later may still call. After a fork the child may go on using the heap; free memory in the caches of
 * the parent's other threads is
 *   lost to it.
 * - Misuse - freeing twice, freeing what is not the start of a block - is an assertion in debug builds. In release builds
 *   it does nothing when the address is not that of a live block, which is always noticed, unless two threads do so at
 *   once.
 * - O(1) for small blocks, but for what a new span costs every so often. For large ones O(log segments), and the search of
 *   one bitmap, of the 512 pages where the run begins.
 */
#ifndef SWISS_HEAP_H
#define SWISS_HEAP_H

#include "base.h"

SWISS_BEGIN_C

typedef struct swiss_heap swiss_heap;

/* The heap that every `heap` NULL stands for. Exists from the start of the program to its end; never NULL. */
SWISS_API swiss_heap *swiss_heap_default(void);

/* Returns a new heap without blocks, or NULL when out of memory. It takes 1.3 KiB, 128 bytes for each size class that it is
 * asked for, and of that size at least 8 KiB. All heaps share free pages and address space: there may be very many. O(1). */
SWISS_API SWISS_MUST_USE swiss_heap *swiss_heap_create(void);

/* Frees a heap that swiss_heap_create made, all of its blocks included. No one may use it or them any more, or be just doing
 * so. Its pages are free then for all heaps, and go back to the operating system as other free pages do, blocks beyond 64 MiB
 * at once. NULL is ignored. Misuse: the default heap. O(spans + large blocks). */
SWISS_API void swiss_heap_destroy(swiss_heap *heap);

/* Returns a block of at least `size` bytes with undefined contents, or NULL. It is aligned for any object of `size`
 * bytes: to 16, but to 8 when `size` is 5 to 8 or 17 to 24, and to 4 when it is at most 4. Programs that keep marks in the low
 * bits of addresses ask swiss_heap_alloc_aligned for as much as they need. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc(swiss_heap *heap, size_t size);

/* Returns a block of at least `count` * `size` bytes, these zero, aligned as by swiss_heap_alloc; or NULL, also when the
 * product is more than SIZE_MAX. Costs the clearing, except for pages new from the operating system. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc_zeroed(swiss_heap *heap, size_t count, size_t size);

/* Returns a block of at least `size` bytes with undefined contents at a multiple of `alignment`, or NULL, also when
 * `alignment` is 0, not a power of two, or so large that the address space has no such multiple free. With more
 * than 64 MiB the block, however small, is a mapping of its own: whole pages, in 64 MiB of address space or more, made and
 * given back by the system. 64-bit systems have 16 GiB and more. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc_aligned(swiss_heap *heap, size_t size, size_t alignment);

/* Makes `block` hold at least `new_size` bytes and returns it or its new place, with as many of its bytes kept
 * as fit, aligned as by swiss_heap_alloc; `block` is invalid if the result is another. Returns NULL when out of
 * memory: then `block` is as it was. A block that shrinks at an address aligned well enough cannot fail.
 * `block` NULL: the same as swiss_heap_alloc. A `new_size` of 0 keeps a smallest block, it does not free.
 * In place if the size class stays, if the block still fits and more than half of it is used, or, for large
 * blocks, if the pages behind it are free. Otherwise copies: O(the smaller size). Blocks of at least 4 MiB take their pages
 * along where the system can do that (Linux 5.7): a fraction of the time. */
SWISS_API SWISS_MUST_USE void *swiss_heap_resize(swiss_heap *heap, void *block, size_t new_size);

/* The same for a block at a multiple of `alignment`, which may be another than it was allocated with; NULL also for an
 * alignment that swiss_heap_alloc_aligned refuses. */
SWISS_API SWISS_MUST_USE void *swiss_heap_resize_aligned(swiss_heap *heap, void *block, size_t new_size,
                                                         size_t alignment);

/* Frees `block`, which is invalid afterwards. NULL is ignored. */
SWISS_API void swiss_heap_free(swiss_heap *heap, void *block);

/* The same for a caller who knows the block's size: what was last asked for, or anything from there to its usable size.
 * Debug builds check it. */
SWISS_API void swiss_heap_free_sized(swiss_heap *heap, void *block, size_t size);

/* The number of bytes that may be used in `block`, at least what was asked for. 0 for NULL. O(1). */
SWISS_API size_t swiss_heap_usable_size(const swiss_heap *heap, const void *block);

/* Whether `address` lies inside a live block of the heap, its first byte or any other. Any address may be asked about.
 * O(log segments + threads), and inside a large block O(pages before the address). */
SWISS_API bool swiss_heap_owns(const swiss_heap *heap, const void *address);

/* Gives the memory that no block needs back to the operating system: what the heap keeps; of the default heap also what this
 * thread has at hand, and the caches of threads that are not just allocating or freeing (where the system can tell: Linux 4.14,
 * Windows); and then the free pages of all heaps, those that threads have at hand included. Returns the number of bytes. The
 * address space stays. O(segments * pages / 64 + threads) and system calls. */
SWISS_API size_t swiss_heap_trim(swiss_heap *heap);

/* How often calls on a heap give memory back by themselves, in milliseconds; 0 is never, and 1000 what it is at first. Calls
 * that take or free pages look at the clock when there are more than 4 MiB of idle pages and a tenth of those in use; pages
 * that were free all the time since the last time go, in runs of at least 64 KiB. Free pages are those of all heaps: what
 * calls on one heap leave, those on another give back when it is time to for that one. Of the default heap every 32nd call of
 * a thread for small blocks that finds nothing at hand, or no room, looks at the clock too: then the thread gives back the
 * blocks of sizes that it has not used since the last time, and the caches of threads that have done nothing since then go.
 * While no one makes such calls nothing goes, unless there is the thread that follows. */
SWISS_API void swiss_heap_set_scavenging(swiss_heap *heap, unsigned milliseconds);

/* Lets there be, or not, a thread that looks after free memory when it is time to for any heap, so that it goes back also
 * while no one calls. There is none at first. False when the system has no thread to give. A forked child gets one of its own
 * with one of its first calls. */
SWISS_API bool swiss_heap_set_scavenger_thread(bool wanted);

/* Limits the memory of a heap, in bytes; 0 is no limit, and so it is at first. Beyond `soft`, free memory is given back to
 * the operating system before more is taken; but what is needed is taken. What counts are the heap's spans and large blocks,
 * and the free memory of all heaps, for it takes from that. Beyond `hard`, memory for spans and large blocks is refused, as if
 * the machine had none: functions return NULL. Only the heap's own count. What is in use stays.
 *
 * For the default heap these are, until they are set by a call, what the environment says: SWISS_SOFT_LIMIT and
 * SWISS_HARD_LIMIT in bytes, or with k, m, or g behind the number in KiB, MiB, or GiB; SWISS_SCAVENGE in milliseconds;
 * SWISS_SCAVENGER=thread for the thread, which is there from the first allocation on. */
SWISS_API void swiss_heap_set_limits(swiss_heap *heap, size_t soft, size_t hard);

/* Limits what the threads keep at hand of the default heap, all together, in bytes of blocks; 32 MiB at first, or what
 * SWISS_CACHE_LIMIT in the environment says. Beyond it a thread has at most 8 KiB, or one block, of each size. */
SWISS_API void swiss_heap_set_cache_limit(size_t bytes);

/* Calls visit(argument, block, usable size) for each live block, in no order. `visit` may not call functions of this heap;
 * nor, if it is the default heap, or hardened, of any other. What other threads allocate or free meanwhile may be visited or
 * not. O(slots), of the default heap O(pages of all heaps + slots). */
SWISS_API void swiss_heap_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size),
                               void *argument);

/* Which memory is asked to be on huge pages of 2 MiB, where the system has them: none; that of blocks of at least 2 MiB;
 * all. They make large blocks faster to touch for the first time and to read at random. On all memory they make small
 * programs larger. */
typedef enum swiss_heap_huge_pages {
    SWISS_HEAP_HUGE_OFF,
    SWISS_HEAP_HUGE_AUTO,
    SWISS_HEAP_HUGE_ON
} swiss_heap_huge_pages;

/* Says so, for all heaps, and for memory that is taken from the operating system from now on. Before the first call it is
 * what the environment variable SWISS_HUGE_PAGES says, off, auto or on, and auto without it. */
SWISS_API void swiss_heap_set_huge_pages(swiss_heap_huge_pages which);

#define SWISS_HEAP_CLASSES 69

typedef struct swiss_heap_class_stats {
    size_t block_size; /* bytes; 0 in class 0, which stands for all blocks of more than 32 KiB or page alignment */
    uint64_t mallocs;  /* blocks allocated since the program began */
    uint64_t frees;    /* blocks freed since then; the difference is alive */
    size_t spans;      /* spans of this class now */
} swiss_heap_class_stats;

/* What a heap holds. Bytes are now, blocks since the program began. A resize in place counts for nothing, one that moves
 * the block is a malloc and a free.
 *     in_use_bytes <= span_bytes;  span_bytes + idle_bytes <= committed_bytes <= reserved_bytes
 *     mallocs, frees: the sums of those of the classes;  frees <= mallocs, also in each class
 * They hold also while threads are at work. All heaps share one stock of free pages, which counts for the default heap: of
 * another heap idle, free and longest bytes are 0, committed and reserved ones those of its spans and large blocks. So the
 * bytes of all heaps may be added up. */
typedef struct swiss_heap_stats {
    uint64_t mallocs, frees; /* blocks allocated, and freed */
    size_t in_use_bytes;     /* usable bytes of the blocks that are alive */
    size_t span_bytes;       /* pages that belong to spans and to large blocks */
    size_t idle_bytes;       /* free pages that were in use before and stay with the heap */
    size_t committed_bytes;  /* memory that may be touched */
    size_t reserved_bytes;   /* address space taken from the operating system for blocks */
    size_t metadata_bytes;   /* the heap's own records, not part of the numbers above */
    size_t free_bytes;       /* free pages: idle, given back, or never used yet */
    size_t longest_bytes;    /* the longest run of them that no thread has at hand: what a large block can be at once */
    swiss_heap_class_stats classes[SWISS_HEAP_CLASSES];
} swiss_heap_stats;

/* Fills *stats. What other threads do at the same time may be counted or not. O(classes * threads + segments). */
SWISS_API void swiss_heap_get_stats(const swiss_heap *heap, swiss_heap_stats *stats);

/* The part of the spans' bytes that no live block uses, 0 to 1. What blocks are larger than was asked for is not known. */
SWISS_API double swiss_heap_waste(const swiss_heap_stats *stats);

/* How scattered the free pages are: 1 less the longest run's part of them, 0 to 1; 0 if none is free. */
SWISS_API double swiss_heap_fragmentation(const swiss_heap_stats *stats);

/* Writes stats as lines of text, or as one JSON object with the names of the members above, classes in which nothing ever
 * was left out. Like snprintf: at most `size` bytes, the last of them 0; returns the length that all of it has. Uses no
 * heap. */
SWISS_API size_t swiss_heap_format_text(const swiss_heap_stats *stats, char *buffer, size_t size);
SWISS_API size_t swiss_heap_format_json(const swiss_heap_stats *stats, char *buffer, size_t size);

/* Hardening: heaps that find misuse, for tests and for programs that would rather stop than go on. It is on if the program
 * called swiss_heap_harden before it first used a heap, or the environment variable SWISS_HARDENED is set to something else
 * than 0; or, without the variable, if swiss was compiled with SWISS_HARDENED defined as 1, or with AddressSanitizer, or, on
 * ELF systems, if only the program was; or if the program runs under Valgrind's memcheck and swiss was compiled where
 * <valgrind/memcheck.h> is: under callgrind and the other tools heaps are as they are without. Off, it costs nothing. Tables
 * need none of it under sanitizers: see swiss_allocator_default. LeakSanitizer does not search blocks of a heap, and reports
 * what only they lead to as lost.
 *
 * It finds blocks freed twice, frees of what is no block or one of another heap, wrong sizes, writes beyond a block's end,
 * and writes to blocks that were freed: as soon as the block is freed or resized, or is really freed, which is put off until
 * 16 MiB have been freed after it; blocks of more than 4 MiB are freed at once. What is left is looked at once more when the
 * program exits, behind its atexit functions (not by _exit, and not under memcheck, which has said it). Under AddressSanitizer
 * and memcheck reads are found too, at once, by the tool. Blocks have the usable size that was asked for and move with every
 * resize, swiss_heap_trim really frees what was put off, and the statistics count that as in use, with what hardening adds to
 * blocks. Calls take some microseconds, one at a time. */
typedef enum swiss_heap_misuse_kind {
    SWISS_HEAP_DOUBLE_FREE,   /* of a block that was freed before; or its resize, or asking for its size */
    SWISS_HEAP_INVALID_FREE,  /* of what is not the start of a block */
    SWISS_HEAP_WRONG_HEAP,    /* free to a heap that the block is not from */
    SWISS_HEAP_WRONG_SIZE,    /* swiss_heap_free_sized with another size than was asked for */
    SWISS_HEAP_OVERRUN,       /* something wrote behind the block's end (or before the start of the next) */
    SWISS_HEAP_USE_AFTER_FREE /* something wrote into a block that had been freed */
} swiss_heap_misuse_kind;

#define SWISS_HEAP_FRAMES 8

/* What was found. Frames are return addresses, the innermost first; NULL behind the last if there are fewer. */
typedef struct swiss_heap_misuse {
    swiss_heap_misuse_kind kind;
    const void *address; /* what was freed, or the first byte found to be written */
    const void *block;   /* the block at that address, or that it lies in; NULL: none, and what follows is 0 */
    size_t size;         /* its size as it was asked for, in bytes */
    size_t slot_size;    /* its size class, or the bytes of its pages if that is more than 32 KiB */
    const void *allocated_at[SWISS_HEAP_FRAMES]; /* the call that allocated it */
    const void *freed_at[SWISS_HEAP_FRAMES];     /* the call that freed it; empty if it is not free */
    const void *found_at[SWISS_HEAP_FRAMES];     /* the call that found it */
} swiss_heap_misuse;

/* Turns hardening on, whatever the environment says. False if it is off and too late: a heap has been used. */
SWISS_API bool swiss_heap_harden(void);

/* Has `handler` called with `argument` when misuse is found, in the thread that found it, any number of times, at last while
 * the program exits, when what it has printed to stdout is written out; NULL is the default, which prints to stderr and
 * aborts. A handler may use heaps, and may return: then the wrong call does nothing and returns 0 or NULL, but a block with an
 * overrun or a wrong size is freed. */
SWISS_API void swiss_heap_set_misuse_handler(void (*handler)(void *argument, const swiss_heap_misuse *misuse),
                                             void *argument);

/* Writes what was found as one line of text. Like snprintf: at most `size` bytes, the last of them 0; returns the length
 * that all of it has. Uses no heap. */
SWISS_API size_t swiss_heap_describe_misuse(const swiss_heap_misuse *misuse, char *buffer, size_t size);

/* Looks for overruns of all blocks, and for writes to freed ones that are still held back. Returns how many were found and
 * reported, each once; 0 if hardening is off. O(blocks). */
SWISS_API size_t swiss_heap_check(swiss_heap *heap);

SWISS_END_C

#endif
