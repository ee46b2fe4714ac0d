/* heap_misuse.h - hardening: heaps that find misuse, for tests and for programs that prefer to stop.
 *
 *     static void on_misuse(void *log, const swiss_heap_misuse *misuse) {
 *         char line[512];
 *         swiss_heap_describe_misuse(misuse, line, sizeof line);
 *         write_line(log, line);
 *     }
 *     ...
 *     swiss_heap_harden();                           // before the first block
 *     swiss_heap_set_misuse_handler(on_misuse, log); // without it: print to stderr and abort
 *
 * Hardening is on
 * - if the program called swiss_heap_harden before it first used a heap;
 * - or if the environment variable SWISS_HARDENED is set to something other than 0;
 * - or, without the variable, if swiss was compiled with SWISS_HARDENED defined as 1 or with AddressSanitizer, or, on
 *   ELF systems, if only the program was compiled with AddressSanitizer;
 * - or, without the variable, if the program runs under Valgrind's memcheck and swiss was compiled where
 *   <valgrind/memcheck.h> is. Callgrind and the other tools see heaps as they are.
 * Off, it costs nothing. Tables need none of it under sanitizers (swiss_allocator_default). LeakSanitizer does not
 * search the blocks of a heap, and reports what only they lead to as lost.
 *
 * It finds blocks freed twice, frees of what is no block or a block of another heap, wrong sizes, writes beyond a
 * block's end, and writes to freed blocks. Writes are found when the block is freed or resized, or when a freed block
 * is really freed. That is put off until 16 MiB have been freed after it; blocks of more than 4 MiB are freed at once.
 * The rest is checked when the program exits, after its atexit functions (not by _exit, and not under memcheck, which
 * has said it). Under AddressSanitizer and memcheck the tool finds reads too, at once.
 *
 * Blocks have the usable size that was asked for and move with every resize. swiss_heap_trim really frees what was put
 * off. The statistics count what was put off, and what hardening adds to blocks, as in use. Calls take some
 * microseconds, one at a time.
 */
#ifndef SWISS_HEAP_MISUSE_H
#define SWISS_HEAP_MISUSE_H

#include "heap.h"

SWISS_BEGIN_C

typedef enum swiss_heap_misuse_kind {
    SWISS_HEAP_DOUBLE_FREE,   /* of a block that was freed before; or its resize, or asking for its size */
    SWISS_HEAP_INVALID_FREE,  /* of what is not the start of a block */
    SWISS_HEAP_WRONG_HEAP,    /* free to a heap that the block is not from */
    SWISS_HEAP_WRONG_SIZE,    /* swiss_heap_free_sized with another size than was asked for */
    SWISS_HEAP_OVERRUN,       /* something wrote behind the block's end (or before the start of the next) */
    SWISS_HEAP_USE_AFTER_FREE /* something wrote into a block that had been freed */
} swiss_heap_misuse_kind;

#define SWISS_HEAP_FRAMES 8

/* A misuse that was found. Frames are return addresses, the innermost first; NULL behind the last if there are
 * fewer. */
typedef struct swiss_heap_misuse {
    swiss_heap_misuse_kind kind;
    const void *address; /* the address that was freed, or the first byte found to be written */
    const void *block;   /* the block at that address, or that it lies in; NULL: none, and the members below are 0 */
    size_t size;         /* its size as it was asked for, in bytes */
    size_t slot_size;    /* its size class, or the bytes of its pages if that is more than 32 KiB */
    const void *allocated_at[SWISS_HEAP_FRAMES]; /* the call that allocated it */
    const void *freed_at[SWISS_HEAP_FRAMES];     /* the call that freed it; empty if it is not free */
    const void *found_at[SWISS_HEAP_FRAMES];     /* the call that found the misuse */
} swiss_heap_misuse;

/* Turns hardening on, whatever the environment says. Returns false if it is off and too late: a heap has been used. */
SWISS_API bool swiss_heap_harden(void);

/* Sets the function that is called with `argument` when misuse is found, in the thread that found it. It may be called
 * any number of times, the last ones while the program exits, after stdout has been written out. NULL is the default,
 * which prints to stderr and aborts. A handler may use heaps, and may return: then the wrong call does nothing and
 * returns 0 or NULL, but a block with an overrun or a wrong size is freed. */
SWISS_API void swiss_heap_set_misuse_handler(void (*handler)(void *argument, const swiss_heap_misuse *misuse),
                                             void *argument);

/* Writes a misuse as one line of text. As snprintf: it writes at most `size` bytes, the last of them 0, and returns the
 * length of the whole line. It uses no heap. */
SWISS_API size_t swiss_heap_describe_misuse(const swiss_heap_misuse *misuse, char *buffer, size_t size);

/* Looks for overruns of all blocks, and for writes to freed blocks that are still held back. Returns how many were
 * found and reported, each once; 0 if hardening is off. O(blocks). */
SWISS_API size_t swiss_heap_check(swiss_heap *heap);

SWISS_END_C

#endif
