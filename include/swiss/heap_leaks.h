/* heap_leaks.h - blocks that were not freed: where they were allocated, how old they are, and which of them the program
 * has lost.
 *
 *     static void put(void *file, const char *text, size_t length) {
 *         fwrite(text, 1, length, file);
 *     }
 *     ...
 *     swiss_heap_track(true);                                                    // first, or as early as possible
 *     ...
 *     swiss_heap_print_leaks(60000, SWISS_LEAKS_TEXT, put, stderr);              // those older than a minute
 *
 * Every block that is tracked (profile.h) and not freed is looked at. If only samples were taken, their numbers are
 * scaled, and which blocks are lost is not known. libswiss-malloc.so makes this report by itself when a program ends,
 * if the environment variable SWISS_LEAKS is 1.
 *
 * Lost. The memory of the program is searched for the addresses of the blocks: the data of the program and of its
 * libraries, the stacks and variables of its threads, memory that it has mapped for itself, and live blocks that are
 * not tracked. Blocks that these lead to, at whatever place in the block, also through other blocks, are reachable, and
 * no leaks. The others are lost. This is conservative: a number that looks like an address keeps a block. No thread is
 * stopped; so what another thread keeps in its registers alone, or moves meanwhile, may seem to be lost. Memory that is
 * shared with other processes, and a mapping of 1 TiB or more, is not searched, and addresses that a program keeps in a
 * disguise are not found. It can be told on Linux with 64 bits, where /proc is there; elsewhere all blocks are of
 * unknown kind.
 */
#ifndef SWISS_HEAP_LEAKS_H
#define SWISS_HEAP_LEAKS_H

#include "heap.h"

SWISS_BEGIN_C

/* Tells if a block that was not freed is lost. */
typedef enum swiss_leak_kind {
    SWISS_LEAK_LOST,      /* nothing leads to the block; of several that lead to each other in a circle, one */
    SWISS_LEAK_INDIRECT,  /* only lost blocks lead to it */
    SWISS_LEAK_REACHABLE, /* the program can still reach it: no leak */
    SWISS_LEAK_UNKNOWN,   /* that could not be told */
    SWISS_LEAK_KINDS
} swiss_leak_kind;

/* The blocks of one kind that were allocated by one call stack. */
typedef struct swiss_leak {
    swiss_leak_kind kind;
    uint64_t blocks, bytes;    /* bytes as they were asked for */
    uint64_t oldest, newest;   /* ages in milliseconds */
    const void *const *frames; /* return addresses, the innermost first */
    unsigned frame_count;
    uint32_t site; /* the id of the call stack, as swiss_profile_walk gives it */
} swiss_leak;

/* The sums of all blocks that were looked at, by kind, and how much of the program was known. */
typedef struct swiss_leak_totals {
    uint64_t blocks[SWISS_LEAK_KINDS], bytes[SWISS_LEAK_KINDS];
    bool tracked;   /* every block is known; false: samples stand for many */
    size_t threads; /* other threads that were there */
    size_t running; /* of these, how many ran meanwhile; their stacks were searched as a whole */
} swiss_leak_totals;

/* The form of a report. */
typedef enum swiss_leaks_form {
    SWISS_LEAKS_TEXT, /* for people: what is lost or of unknown kind, with the names of functions and lines */
    SWISS_LEAKS_ALL,  /* the same with what is reachable */
    SWISS_LEAKS_JSON  /* all of it, an object: "totals", and "leaks", an array */
} swiss_leaks_form;

/* Finds the blocks that are at least `age` milliseconds old. Calls visit(argument, leak), if it is not NULL, for each
 * kind and call stack, kind by kind in the order above, and from the most bytes on. What `leak` points to is valid
 * during the call, which may use heaps. Fills *totals if that is not NULL. Returns false, with errno set, when out of
 * memory. It takes 48 bytes a block from the system meanwhile. O(memory of the program). */
SWISS_API bool swiss_heap_find_leaks(uint64_t age, void (*visit)(void *argument, const swiss_leak *leak),
                                     void *argument, swiss_leak_totals *totals);

/* Finds the same, and calls put(argument, text, length) for each piece of a report about it. For names and lines it
 * runs addr2line, or the program that SWISS_SYMBOLIZER names, once per library (SWISS_SYMBOLIZER=0: none); what that
 * does not know is printed as file and address, which addr2line understands. Not for signal handlers. Returns false,
 * with errno set, when out of memory. */
SWISS_API bool swiss_heap_print_leaks(uint64_t age, swiss_leaks_form form,
                                      void (*put)(void *argument, const char *text, size_t length), void *argument);

SWISS_END_C

#endif
