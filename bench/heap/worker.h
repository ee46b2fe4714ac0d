/* worker.h - the process that measures one cell for one contender: of the suite heap, whose operations are in this
 * folder, of the suites of ../lifetimes, and of the suite growth (../growth_suite.cc).
 *
 * A malloc cannot share its process with another honestly: loaded beside it, a rival keeps its thread variables in
 * dynamic TLS, which is slower than what its users get, or replaces the malloc that everyone calls; and pages, and what
 * is resident, are those of the process. So each measurement is a process of its own, this one, with the contender
 * preloaded, which is how its users run it: all contenders are called the same way, through the linkage table, by the
 * names malloc, free, calloc and realloc. What the worker itself needs never comes from malloc.
 *
 * A worker prints lines of a name and a number; time is the one that all have, in nanoseconds per operation.
 */
#ifndef BENCH_HEAP_WORKER_H
#define BENCH_HEAP_WORKER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct heap_job {
    size_t size;       /* what the cell's name says: bytes, blocks or threads */
    size_t operations; /* to be measured, about */
    uint64_t seed;
} heap_job;

/* Returns the operation of this name, of those that the program has, or NULL. */
typedef void heap_operation(const heap_job *);
heap_operation *find_operation(const char *name);

/* single.c, threads.c, resident.c: the operations of the heap. Each tells the clock what it did. */
#define HEAP_CELL(types, operation, ...) void types##_##operation(const heap_job *);
#include "../manifest.h"

/* contender.c: prints what is preloaded; gives free memory back by the contender's own means. */
void print_identity(void);
void trim(void);

/* What is timed lies between these two, and is so many operations. */
void clock_start(void);
void clock_stop(size_t operations);

/* Says the time of an operation, if it was not the clock that measured it. */
void clock_set(double nanoseconds_of_one);

/* The time of an operation, which main tells at the end. */
extern double clock_result;

/* Prints a number besides the time. */
void tell(const char *name, double value);

/* The bytes of a line of /proc/self/status: "RssAnon:", what is resident and the process's own; "VmRSS:", what is
 * resident; "VmHWM:", the most of it since forget_peak. */
double memory(const char *line);
void forget_peak(void);

/* Lets this thread, and those that it starts, run on all processors: the harness keeps itself, and so what it starts,
 * on one. */
void use_all_processors(void);

/* Ends the process: what was measured does not count. */
__attribute__((noreturn)) void fail(const char *reason);

/* Memory that is not malloc's, resident already. Never freed. */
void *own_memory(size_t bytes);

/* Random numbers: the next one, one below `limit`, and one from 0 up to, not including, 1. */
uint64_t random_next(uint64_t *state);
uint32_t random_below(uint64_t *state, uint32_t limit);
double random_unit(uint64_t *state);

/* Where sizes are drawn from: a fixed one of 64 bytes; 8 to 1,024 bytes evenly; a Pareto distribution from 16 bytes on,
 * of exponent 1.16 (a fifth of the blocks has four fifths of the bytes) up to 32 KiB; 64 KiB to 8 MiB, each octave
 * alike. */
typedef uint32_t size_source(uint64_t *state);
size_source size_fixed, size_mixed, size_pareto, size_large;

/* Blocks are allocated in some slot of an array, and freed from there. */
typedef struct heap_step {
    uint32_t slot, size;
} heap_step;

/* `count` random steps over `slots` slots, drawn ahead so that drawing is not timed. */
heap_step *draw_steps(size_t count, size_t slots, size_source *source, uint64_t *state);

/* A block of `size` bytes, 8 at least, that knows its `mark`: its start is written, and a byte of each page. */
static inline void *new_block(size_t size, uint64_t mark) {
    char *block = (char *)malloc(size);
    if (!block)
        fail("out of memory");
    for (size_t page = 4096; page < size; page += 4096)
        *(volatile char *)(block + page) = 1;
    *(volatile uint64_t *)(void *)block = mark;
    return block;
}

/* Frees it. Fails if the mark is not there any more. */
static inline void free_block(void *block, uint64_t mark) {
    if (*(volatile uint64_t *)block != mark)
        fail("a block was overwritten");
    free(block);
}

/* Takes `count` steps: frees the block in a slot, and allocates another there. */
static inline void replace(void **blocks, const heap_step *steps, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        const uint32_t slot = steps[i].slot;
        free_block(blocks[slot], slot);
        blocks[slot] = new_block(steps[i].size, slot);
    }
}

#ifdef __cplusplus
}
#endif

#endif
