/* heap_misuse.h - hardened heaps: they find misuse and report it, for tests, and for programs that prefer to stop.
 *
 *     static void on_misuse(void *log, const swiss_heap_misuse *misuse) {
 *         char line[512];
 *         swiss_heap_describe_misuse(misuse, line, sizeof line);
 *         write_line(log, line);
 *     }
 *     ...
 *     swiss_heap_harden();                           // before the first block
 *     swiss_heap_set_misuse_handler(on_misuse, log); // without a handler: print to stderr and abort
 *
 * All heaps of a program are hardened, or none. They are
 * - if the program called swiss_heap_harden before it first used a heap or an arena;
 * - or if the environment variable SWISS_HARDENED is set to something other than 0;
 * - or, without the variable, if swiss was compiled with SWISS_HARDENED defined as 1 or with AddressSanitizer, or, on
 *   ELF systems, if only the program was compiled with AddressSanitizer;
 * - or, without the variable, if the program runs under Valgrind's memcheck, and <valgrind/memcheck.h> was there when
 *   swiss was compiled. Callgrind and the other tools see heaps as they are.
 *
 * When it is off, hardening costs nothing. Tables do not need it under sanitizers: they take their memory from malloc
 * there (swiss_allocator_default). LeakSanitizer does not search the blocks of a heap: it reports what only they lead
 * to as lost.
 *
 * A hardened heap finds blocks freed twice, frees of an address where no block begins, or of a block of another heap,
 * wrong sizes, writes beyond the end of a block, and writes to freed blocks. It finds writes when the block is freed or
 * resized, and when a freed block leaves the quarantine: a freed block stays there until 16 MiB have been freed after
 * it. Blocks of more than 4 MiB skip the quarantine. The rest is checked when the program exits, after its atexit
 * functions (not by _exit, and not under memcheck, which has reported it already). Under AddressSanitizer and memcheck
 * the tool reports the access itself, reads too.
 *
 * In a hardened heap a block has the usable size that was asked for, and moves with every resize. swiss_heap_trim
 * empties the quarantine. The statistics count the quarantine, and what hardening adds to a block, as in use. Calls
 * take some microseconds, one at a time.
 *
 * Arenas look after their blocks then, too (arena.h), and report writes beyond the end of one in the same way.
 */
#ifndef SWISS_HEAP_MISUSE_H
#define SWISS_HEAP_MISUSE_H

#include "heap.h"

SWISS_BEGIN_C

/* The kinds of misuse that are told apart. */
typedef enum swiss_heap_misuse_kind {
    SWISS_HEAP_DOUBLE_FREE,   /* a block that was freed before is freed, resized, or asked for its size */
    SWISS_HEAP_INVALID_FREE,  /* the same for an address where no block begins */
    SWISS_HEAP_WRONG_HEAP,    /* the same in a heap that the block is not from */
    SWISS_HEAP_WRONG_SIZE,    /* swiss_heap_free_sized with a size that was not asked for */
    SWISS_HEAP_OVERRUN,       /* bytes behind the block's end (or before the start of the next block) were written */
    SWISS_HEAP_USE_AFTER_FREE /* bytes of a block were written after it was freed */
} swiss_heap_misuse_kind;

/* The most return addresses of a call stack in a report. */
#define SWISS_HEAP_FRAMES 8

/* A misuse that was found. The three arrays of frames are call stacks: return addresses, the innermost first, and NULL
 * behind the last if there are fewer than SWISS_HEAP_FRAMES. */
typedef struct swiss_heap_misuse {
    swiss_heap_misuse_kind kind;
    const void *address; /* the address that was freed, or the first byte found to be written */
    const void *block;   /* the block that the address is or lies in; NULL: none, and then the members below are 0 */
    size_t size;         /* the size that was asked for, in bytes */
    size_t slot_size;    /* the size of its class, or of its pages if that is more than 32 KiB, in bytes; 0: the block
                            is one of an arena (arena.h), and the two members below are empty */
    const void *allocated_at[SWISS_HEAP_FRAMES]; /* the call that allocated it */
    const void *freed_at[SWISS_HEAP_FRAMES];     /* the call that freed it; empty while it is live */
    const void *found_at[SWISS_HEAP_FRAMES];     /* the call that found the misuse */
} swiss_heap_misuse;

/* Turns hardening on, whatever the environment says. Returns false if it stays off because a heap or an arena has been
 * used before. O(1). */
SWISS_API bool swiss_heap_harden(void);

/* Sets the function that is called with `argument` when misuse is found, in the thread that found it. It may be called
 * any number of times, the last time while the program exits, after stdout has been flushed. NULL restores the default,
 * which prints to stderr and aborts. A handler may use heaps, and may return: then the wrong call does nothing and
 * returns 0 or NULL, but a block with an overrun or a wrong size is freed. Cannot fail. */
SWISS_API void swiss_heap_set_misuse_handler(void (*handler)(void *argument, const swiss_heap_misuse *misuse),
                                             void *argument);

/* Writes a misuse as one line of text. As snprintf, it writes at most `size` bytes, the last of them 0, and returns the
 * length of the whole line in bytes. It allocates nothing. O(1). */
SWISS_API size_t swiss_heap_describe_misuse(const swiss_heap_misuse *misuse, char *buffer, size_t size);

/* Looks for overruns of all blocks of the heap, and for writes to its blocks in the quarantine. Returns how many blocks
 * were found damaged and reported; each is reported once. Returns 0 if heaps are not hardened. O(blocks). */
SWISS_API size_t swiss_heap_check(swiss_heap *heap);

SWISS_END_C

#endif
