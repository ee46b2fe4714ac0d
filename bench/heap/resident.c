/* resident.c - what a heap costs in memory: bytes resident for each byte that is asked for, and page faults.
 *
 * All blocks are written from end to end. Four counters, each the process's anonymous resident memory over that before
 * the first block, divided by the bytes alive at the peak:
 *     peak      with all blocks alive, after as many replacements as there are blocks
 *     sparse    after nine tenths of them, at random, were freed, and the heap was told to give back what it can
 *     freed     after the rest was freed
 *     trimmed   after it was told again to give back what it can
 */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "worker.h"
#include <string.h>
#include <sys/resource.h>

#define SWISS_NAME number_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include "swiss/map.h"

static double resident(void) {
    return memory("RssAnon:");
}

static void *new_written(size_t size, uint64_t mark) {
    char *block = new_block(size, mark);
    memset(block + sizeof mark, 1, size - sizeof mark);
    return block;
}

static void measure(const heap_job *job, size_source *source) {
    uint64_t state = job->seed;
    void **blocks = own_memory(job->size * sizeof *blocks);
    uint32_t *sizes = own_memory(job->size * sizeof *sizes);
    const heap_step *steps = draw_steps(job->size, job->size, source, &state);
    double alive = 0;
    const double before = resident();
    clock_start();
    for (size_t i = 0; i < job->size; ++i)
        blocks[i] = new_written(sizes[i] = source(&state), i);
    for (size_t i = 0; i < job->size; ++i) {
        const uint32_t slot = steps[i].slot;
        free_block(blocks[slot], slot);
        blocks[slot] = new_written(sizes[slot] = steps[i].size, slot);
    }
    clock_stop(2 * job->size);
    for (size_t i = 0; i < job->size; ++i)
        alive += sizes[i];
    tell("peak", (resident() - before) / alive);
    for (size_t i = 0; i < job->size; ++i)
        if (random_below(&state, 10)) {
            free_block(blocks[i], i);
            blocks[i] = NULL;
        }
    trim();
    tell("sparse", (resident() - before) / alive);
    for (size_t i = 0; i < job->size; ++i)
        if (blocks[i])
            free_block(blocks[i], i);
    tell("freed", (resident() - before) / alive);
    trim();
    tell("trimmed", (resident() - before) / alive);
}

#define RESIDENT(sizes)                                                                                                \
    void resident_##sizes(const heap_job *job) {                                                                       \
        measure(job, size_##sizes);                                                                                    \
    }
RESIDENT(fixed)
RESIDENT(mixed)
RESIDENT(pareto)
RESIDENT(large)

static double page_faults(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_minflt + usage.ru_majflt);
}

/* Inserts into a map that grows as it goes, its memory the contender's. */
void map_insert(const heap_job *job) {
    number_map map = {0};
    const swiss_options options = {.allocator = swiss_allocator_malloc()};
    if (!number_map_init(&map, &options))
        fail("out of memory");
    const double before = page_faults();
    uint64_t state = job->seed;
    clock_start();
    for (size_t i = 0; i < job->size; ++i)
        if (!number_map_insert(&map, random_next(&state), i).inserted)
            fail("not inserted");
    clock_stop(job->size);
    tell("faults", page_faults() - before);
    number_map_free(&map);
}
