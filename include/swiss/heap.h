/* heap.h - the bundled allocator: allocate, resize, free, and tune. heap_stats.h has its numbers, heap_misuse.h finds
 * misuse.
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
 * Sizes up to 32 KiB are rounded up to one of 68 size classes. Blocks of one class come from spans: runs of 8 KiB pages
 * that are cut into equal slots. A larger block is a run of pages by itself, and one beyond 64 MiB is a mapping of its
 * own. All other memory comes from the operating system in segments of 64 MiB of address space. Freed memory is kept
 * for reuse. Memory that stays unused for a while goes back to the system; a block beyond 64 MiB that lived for over a
 * second goes back at once.
 *
 * For every function here:
 * - `heap` NULL is the default heap. A block goes back to the heap that it came from.
 * - Sizes and alignments are in bytes. A size of 0 counts as 1: the block is real, distinct, and must be freed. An
 *   alignment is a power of two.
 * - NULL means out of memory, or a size or an alignment that can never be met. Then nothing has changed.
 * - Any thread may call, and may free what another thread allocated. In the default heap each thread has a cache of up
 *   to 64 KiB of free blocks of each size, and most calls for small blocks take no lock and no atomic operation. Other
 *   heaps have one lock per size class.
 * - The cache of a thread is emptied when the thread ends, and when the thread has done nothing for a while.
 *   Destructors that run after the thread's end may still call. After a fork the child may use the heap; free memory in
 *   the caches of the parent's other threads is lost to the child.
 * - Misuse (a block freed twice, the free of what is not the start of a block) is an assertion in debug builds. In
 *   release builds such a call does nothing if the address is not that of a live block. This is always noticed, unless
 *   two threads misuse the same block at once.
 * - O(1) for small blocks, except for a new span now and then. O(log segments) for large blocks, plus the search of one
 *   bitmap: that of the 512 pages where the run begins.
 */
#ifndef SWISS_HEAP_H
#define SWISS_HEAP_H

#include "base.h"

SWISS_BEGIN_C

typedef struct swiss_heap swiss_heap;

/* Returns the heap that every `heap` NULL stands for. It exists from the start of the program to its end; never
 * NULL. */
SWISS_API swiss_heap *swiss_heap_default(void);

/* Returns a new heap without blocks, or NULL when out of memory. A heap takes 1.3 KiB, and for each size class that it
 * is asked for 128 bytes and at least 8 KiB of blocks. All heaps share free pages and address space, so that there may
 * be very many. O(1). */
SWISS_API SWISS_MUST_USE swiss_heap *swiss_heap_create(void);

/* Frees a heap that swiss_heap_create made, and all of its blocks. Nobody may use the heap or its blocks during the
 * call or after it. The pages are then free for all heaps, and go back to the operating system as other free pages do;
 * blocks beyond 64 MiB go back at once. NULL is ignored. The default heap here is misuse. O(spans + large blocks). */
SWISS_API void swiss_heap_destroy(swiss_heap *heap);

/* Returns a block of at least `size` bytes with undefined contents, or NULL. The block is aligned for any object of
 * `size` bytes: to 16, but to 8 if `size` is 5 to 8 or 17 to 24, and to 4 if `size` is at most 4. A program that keeps
 * marks in the low bits of addresses asks swiss_heap_alloc_aligned for the alignment that it needs. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc(swiss_heap *heap, size_t size);

/* Returns a block of at least `count` * `size` zero bytes, aligned as by swiss_heap_alloc; or NULL, also if the product
 * is more than SIZE_MAX. The cost of clearing is O(size), except for pages that are new from the operating system. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc_zeroed(swiss_heap *heap, size_t count, size_t size);

/* Returns a block of at least `size` bytes with undefined contents at a multiple of `alignment`, or NULL, also if
 * `alignment` is 0, is not a power of two, or is so large that the address space has no such multiple free. For an
 * alignment of more than 64 MiB the block, however small, is a mapping of its own: whole pages, in 64 MiB of address
 * space or more, which the system makes and takes back. 64-bit systems can meet 16 GiB and more. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc_aligned(swiss_heap *heap, size_t size, size_t alignment);

/* Makes `block` hold at least `new_size` bytes and returns it or its new place. As many of its bytes as fit are kept,
 * and it is aligned as by swiss_heap_alloc. If the result is another address, `block` is invalid. Returns NULL when out
 * of memory: then `block` is as it was. To shrink a block that is aligned well enough cannot fail. `block` NULL: the
 * same as swiss_heap_alloc. A `new_size` of 0 keeps a smallest block and does not free. The block stays in place if its
 * size class stays; if it still fits and more than half of it is used; and, for a large block, if the pages behind it
 * are free. Else it is copied: O(the smaller size). A block of at least 4 MiB takes its pages along where the system
 * can do that (Linux 5.7), in a fraction of the time. */
SWISS_API SWISS_MUST_USE void *swiss_heap_resize(swiss_heap *heap, void *block, size_t new_size);

/* The same for a block at a multiple of `alignment`, which may differ from the one that the block was allocated with.
 * Returns NULL also for an alignment that swiss_heap_alloc_aligned refuses. */
SWISS_API SWISS_MUST_USE void *swiss_heap_resize_aligned(swiss_heap *heap, void *block, size_t new_size,
                                                         size_t alignment);

/* Frees `block`, which is invalid afterwards. NULL is ignored. */
SWISS_API void swiss_heap_free(swiss_heap *heap, void *block);

/* The same for a caller who knows the block's size: the size last asked for, or any from there to the usable size.
 * Debug builds check it. */
SWISS_API void swiss_heap_free_sized(swiss_heap *heap, void *block, size_t size);

/* Returns the number of bytes that may be used in `block`, at least the size asked for. 0 for NULL. O(1). */
SWISS_API size_t swiss_heap_usable_size(const swiss_heap *heap, const void *block);

/* True if `address` lies inside a live block of the heap, at its first byte or any other. Any address may be asked
 * about. O(log segments + threads), and inside a large block O(pages before the address). */
SWISS_API bool swiss_heap_owns(const swiss_heap *heap, const void *address);

/* Tuning ----------------------------------------------------------------------------------------------------------- */

/* Gives memory that no block needs back to the operating system, and returns the number of bytes: free memory that the
 * heap keeps, then the free pages of all heaps, those in the page caches of threads included. Of the default heap also
 * the cache of this thread, and those of threads that are not allocating or freeing at this moment (where the system
 * can tell: Linux 4.14, Windows). The address space stays. O(segments * pages / 64 + threads) and system calls. */
SWISS_API size_t swiss_heap_trim(swiss_heap *heap);

/* Sets how often calls on a heap give memory back by themselves, in milliseconds. 0 is never; at first it is 1000. A
 * call that takes or frees pages looks at the clock if there are more than 4 MiB of idle pages and a tenth of the pages
 * in use. When the time is up, pages that were free since the last time go back, in runs of at least 64 KiB. Free pages
 * belong to all heaps: calls on any heap give back what calls on another left, at the times of the heap that is called.
 * In the default heap every 32nd call of a thread for small blocks that finds its cache empty or full looks at the
 * clock too. Then the thread gives back the blocks of sizes that it has not used since the last time, and the caches of
 * threads that have done nothing since then are emptied. While nobody makes such calls nothing goes back, unless there
 * is the thread of swiss_heap_set_scavenger_thread. */
SWISS_API void swiss_heap_set_scavenging(swiss_heap *heap, unsigned milliseconds);

/* Starts or stops a thread that gives free memory back when the time of any heap is up, also while nobody calls. At
 * first there is none. Returns false if the system has no thread to give. A forked child gets one of its own with one
 * of its first calls. */
SWISS_API bool swiss_heap_set_scavenger_thread(bool wanted);

/* Limits the memory of a heap, in bytes; 0 is no limit, as at first. Beyond `soft`, free memory is given back to the
 * operating system before more is taken; but memory that is needed is taken. The spans and large blocks of the heap
 * count, and so does the free memory of all heaps, because the heap takes from that. Beyond `hard`, memory for spans
 * and large blocks is refused as if the machine had none: functions return NULL. Only the heap's own spans and blocks
 * count. Blocks in use stay.
 *
 * The default heap has, until this is called, the limits of the environment: SWISS_SOFT_LIMIT and SWISS_HARD_LIMIT in
 * bytes, or in KiB, MiB or GiB with k, m or g behind the number; SWISS_SCAVENGE in milliseconds; SWISS_SCAVENGER=thread
 * for the thread, which starts with the first allocation. */
SWISS_API void swiss_heap_set_limits(swiss_heap *heap, size_t soft, size_t hard);

/* Limits the caches of all threads together, in bytes of blocks of the default heap. At first 32 MiB, or what
 * SWISS_CACHE_LIMIT in the environment says. Beyond the limit a thread keeps at most 8 KiB, or one block, of each
 * size. */
SWISS_API void swiss_heap_set_cache_limit(size_t bytes);

/* The memory that is asked to be on huge pages of 2 MiB, where the system has them: none; that of blocks of at least 2
 * MiB; all. Huge pages make large blocks faster to touch for the first time and to read at random. On all memory they
 * make small programs larger. */
typedef enum swiss_heap_huge_pages {
    SWISS_HEAP_HUGE_OFF,
    SWISS_HEAP_HUGE_AUTO,
    SWISS_HEAP_HUGE_ON
} swiss_heap_huge_pages;

/* Chooses huge pages, for all heaps, and for memory that is taken from the operating system from now on. Before the
 * first call the choice is that of the environment variable SWISS_HUGE_PAGES (off, auto or on), and auto without it. */
SWISS_API void swiss_heap_set_huge_pages(swiss_heap_huge_pages which);

SWISS_END_C

#endif
