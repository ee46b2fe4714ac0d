/* heap.h - the bundled allocator: allocate, resize and free blocks, and tune how much memory a heap keeps. heap_stats.h
 * has the numbers of a heap, heap_misuse.h finds misuse.
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
 * A block of up to 32 KiB is rounded up to one of 68 size classes. The blocks of a class lie in spans: runs of 8 KiB
 * pages that are cut into equal slots. A larger block is a run of pages by itself. A block of more than 64 MiB is a
 * mapping of its own. All other memory comes from the operating system in segments of 64 MiB of address space. Freed
 * memory is kept for reuse, and goes back to the system when it has been unused for a second
 * (swiss_heap_set_scavenging). A block of more than 64 MiB that lived for over a second goes back as soon as it is
 * freed.
 *
 * For every function here:
 * - `heap` NULL is the default heap. A block is resized and freed by the heap that allocated it.
 * - Sizes and alignments are in bytes. An alignment is a power of two. A size of 0 counts as 1: such a block has an
 *   address of its own, and must be freed.
 * - NULL means out of memory, or a size or an alignment that can never be met. Then nothing has changed.
 * - Any thread may call, and may free what another thread allocated. In the default heap each thread has a thread
 *   cache: up to 64 KiB of free blocks of each size class, and more of those that it needs most. Most calls for small
 *   blocks take no lock and no atomic operation. Other heaps have no thread caches, and one lock per size class.
 * - The cache of a thread is emptied when the thread ends, and when the thread has not called for a while. Destructors
 *   that run after that may still call. After a fork the child may use the heap; the free blocks in the caches of the
 *   parent's other threads are lost to the child.
 * - Misuse (a block freed twice, the free of an address where no block begins) fails an assertion in debug builds. In
 *   release builds such a call does nothing. It is always noticed, unless two threads misuse the same block at once, or
 *   the memory has become another block.
 * - Small blocks take O(1), except for a new span now and then, and so do blocks of up to 4 MiB that lie in the thread
 *   cache; the pages of those are rounded up by an eighth at most. Other large blocks take O(log segments) plus the
 *   search of one bitmap, that of the 512 pages where the run begins.
 */
#ifndef SWISS_HEAP_H
#define SWISS_HEAP_H

#include "base.h"

#ifdef SWISS_NO_HEAP
#    error "swiss: the heap is left out by SWISS_NO_HEAP: compile all files without it, or do not include heap.h"
#endif

SWISS_BEGIN_C

/* A heap. Its members are private. */
typedef struct swiss_heap swiss_heap;

/* Returns the heap that `heap` NULL stands for. Never NULL: it exists from the start of the program to its end.
 * O(1). */
SWISS_API swiss_heap *swiss_heap_default(void);

/* Returns a new heap without blocks, or NULL when out of memory. A heap takes 1.3 KiB. Each size class that it is asked
 * for takes 128 bytes, and at least 8 KiB for blocks. All heaps share free pages and address space, so a program may
 * have very many. The caller ends the heap with swiss_heap_destroy. O(1). */
SWISS_API SWISS_MUST_USE swiss_heap *swiss_heap_create(void);

/* Frees a heap that swiss_heap_create made, and all of its blocks, which are invalid afterwards. No thread may use the
 * heap or its blocks during the call. The pages are then free for all heaps, and go back to the system as other free
 * pages do; blocks of more than 64 MiB go back at once. NULL is ignored. To destroy the default heap is misuse. O(spans
 * + large blocks). */
SWISS_API void swiss_heap_destroy(swiss_heap *heap);

/* Returns a block of at least `size` bytes with undefined contents, or NULL when out of memory. The block is aligned
 * for any object of `size` bytes: to 4 if `size` is at most 4, to 8 if it is 5 to 8 or 17 to 24, else to 16. A program
 * that keeps marks in the low bits of addresses asks swiss_heap_alloc_aligned for the alignment that it needs. O(1) up
 * to 32 KiB. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc(swiss_heap *heap, size_t size);

/* Returns a block of at least `count` * `size` zero bytes, aligned as by swiss_heap_alloc. Returns NULL when out of
 * memory, and if the product is more than SIZE_MAX. O(size), for the clearing; pages that are new from the system need
 * none. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc_zeroed(swiss_heap *heap, size_t count, size_t size);

/* Returns a block of at least `size` bytes with undefined contents, at a multiple of `alignment`. Returns NULL when out
 * of memory, if `alignment` is 0 or not a power of two, and if the address space has no such multiple free. An
 * alignment of more than 64 MiB makes even a small block a mapping of its own, which takes at least 64 MiB of address
 * space and a call of the system. 64-bit systems can meet 16 GiB and more. */
SWISS_API SWISS_MUST_USE void *swiss_heap_alloc_aligned(swiss_heap *heap, size_t size, size_t alignment);

/* Makes `block` hold at least `new_size` bytes. Returns its address, which may be another one: then the old address is
 * invalid. The contents are kept, up to the smaller of both sizes; the bytes behind them are undefined, also where
 * swiss_heap_alloc_zeroed made the block. The result is aligned as by swiss_heap_alloc. Returns NULL when out of
 * memory: then `block` is as it was. To make a block smaller cannot fail if it is aligned well enough. If `block` is
 * NULL, this is swiss_heap_alloc. A `new_size` of 0 counts as 1, and does not free.
 *
 * The block stays where it is if its size class stays, if more than half of the old block is still used, or, for a
 * large block, if the pages behind it are free. Else it is copied: O(the smaller size). A block of at least 4 MiB is
 * moved with its pages where the system can do that (Linux 5.7), which takes a fraction of the time. For that a block
 * that grows to so many moves once to where a huge page begins.
 */
SWISS_API SWISS_MUST_USE void *swiss_heap_resize(swiss_heap *heap, void *block, size_t new_size);

/* Resizes as swiss_heap_resize does; the result lies at a multiple of `alignment`, which may differ from the one that
 * the block was allocated with. Returns NULL also for an alignment that swiss_heap_alloc_aligned refuses: then `block`
 * is as it was. */
SWISS_API SWISS_MUST_USE void *swiss_heap_resize_aligned(swiss_heap *heap, void *block, size_t new_size,
                                                         size_t alignment);

/* Frees `block`, which is invalid afterwards. NULL is ignored. Cannot fail. O(1) up to 32 KiB. */
SWISS_API void swiss_heap_free(swiss_heap *heap, void *block);

/* Frees `block` as swiss_heap_free does, for a caller who knows its size: the size last asked for, or any from there to
 * swiss_heap_usable_size. Debug builds and hardened heaps check the size. */
SWISS_API void swiss_heap_free_sized(swiss_heap *heap, void *block, size_t size);

/* Returns the number of bytes that the program may use in `block`, at least the size asked for; 0 for NULL. O(1). */
SWISS_API size_t swiss_heap_usable_size(const swiss_heap *heap, const void *block);

/* Returns true if `address` lies inside a live block of the heap, at its first byte or at any other. Any address is
 * allowed. O(log segments + threads), and inside a large block O(pages before the address). */
SWISS_API bool swiss_heap_owns(const swiss_heap *heap, const void *address);

/* Tuning ----------------------------------------------------------------------------------------------------------- */

/* Gives the memory that no block needs back to the system. Returns how many bytes went. These are the free memory that
 * the heap keeps, and the free pages of all heaps, also those in thread caches. Trimming the default heap also empties
 * the cache of this thread, and those of threads that are not inside a call at this moment (where the system can tell:
 * Linux 4.14, Windows). Address space stays reserved. O(segments * pages / 64 + threads), and system calls. */
SWISS_API size_t swiss_heap_trim(swiss_heap *heap);

/* Sets how often the heap gives free memory back by itself, in milliseconds. 0 is never; at first it is 1000. Cannot
 * fail.
 *
 * A call that takes or frees pages looks at the clock if the free pages that still have memory are more than 4 MiB plus
 * a tenth of the pages in use. When the time is up, the pages that have been free since the last time go back, in runs
 * of at least 64 KiB. Free pages belong to all heaps, so a call on any heap gives back what calls on others left.
 *
 * In the default heap every 32nd call that finds the thread's cache empty or full looks at the clock, too. When the
 * time is up, the thread gives back the blocks of sizes that it has not used since the last time, and empties the
 * caches of threads that have not called since then. Nothing goes back while no thread makes such calls, unless there
 * is the thread of swiss_heap_set_scavenger_thread.
 */
SWISS_API void swiss_heap_set_scavenging(swiss_heap *heap, unsigned milliseconds);

/* Starts, or stops and waits for, a thread that gives free memory back when the time of any heap is up, also while no
 * other thread calls. At first there is none. Returns false if the system refuses to make one. A forked child gets its
 * own with one of its first calls. */
SWISS_API bool swiss_heap_set_scavenger_thread(bool wanted);

/* Limits the memory of a heap, in bytes; 0 is no limit, as at first. Blocks in use always stay. Cannot fail.
 * - Beyond `soft`, free memory goes back to the system before the heap takes more. Memory that is needed is still
 *   taken. The limit counts the spans and large blocks of the heap, and the free memory of all heaps, because this heap
 *   takes from it.
 * - Beyond `hard`, the heap gets no more memory for spans and large blocks: functions return NULL, as when out of
 *   memory. The limit counts the heap's own spans and large blocks.
 *
 * Until this is called, the default heap has the limits of the environment: SWISS_SOFT_LIMIT and SWISS_HARD_LIMIT, in
 * bytes, or in KiB, MiB or GiB with k, m or g behind the number. SWISS_SCAVENGE has the milliseconds of
 * swiss_heap_set_scavenging. SWISS_SCAVENGER=thread starts the thread with the first allocation.
 */
SWISS_API void swiss_heap_set_limits(swiss_heap *heap, size_t soft, size_t hard);

/* Limits the free blocks in the caches of all threads together, in bytes. At first the limit is 32 MiB, or what
 * SWISS_CACHE_LIMIT in the environment says. Beyond it, a thread caches at most 8 KiB, or one block, of each size
 * class. Blocks of more than 32 KiB have at most half of it. A thread caches up to eight of each size, of 4 MiB
 * together, if there is no limit on the memory of the default heap. Cannot fail. */
SWISS_API void swiss_heap_set_cache_limit(size_t bytes);

/* The memory for which the heap asks for huge pages of 2 MiB, where the system has them: none; that of blocks of at
 * least 2 MiB; all. On huge pages a large block is faster to touch for the first time and to read at random. If all
 * memory is on them, a small program takes more of it. A block of 2 to 64 MiB that grows in place by 2 MiB or more has
 * the pages where it ended put on one at once (Linux 6.1): that takes 0.2 ms. */
typedef enum swiss_heap_huge_pages {
    SWISS_HEAP_HUGE_OFF,
    SWISS_HEAP_HUGE_AUTO,
    SWISS_HEAP_HUGE_ON
} swiss_heap_huge_pages;

/* Chooses huge pages for all heaps, for memory that they take from the system from now on. Before the first call the
 * choice is that of the environment variable SWISS_HUGE_PAGES (off, auto or on); without it, auto. Cannot fail. */
SWISS_API void swiss_heap_set_huge_pages(swiss_heap_huge_pages which);

SWISS_END_C

#endif
