/* threads.c - what several threads do. The time is that of the wall, from the start of the threads to the end of the
 * last. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "worker.h"
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define MOST_THREADS 64

static void prepare_threads(size_t count) {
    if (count > MOST_THREADS)
        fail("too many threads");
    use_all_processors();
}

static pthread_t start_thread(void *(*run)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argument) != 0)
        fail("no thread");
    return thread;
}

static void join(pthread_t thread) {
    if (pthread_join(thread, NULL) != 0)
        fail("no join");
}

/* What a thread works on: an array of live blocks, and what to do with it. */
typedef struct thread_share {
    void **blocks;
    size_t slots;
    const heap_step *steps;
    size_t count;
} thread_share;

static void *replace_share(void *argument) {
    const thread_share *share = argument;
    replace(share->blocks, share->steps, share->count);
    return NULL;
}

/* Each of `job->size` threads keeps 1,000 blocks of 8 to 1,024 bytes alive and replaces random ones. It does so in
 * `turns`; after each it ends, and a new thread goes on with its blocks: with those of its neighbour, if they `rotate`.
 * */
static void replace_by_turns(const heap_job *job, size_t turns, bool rotate) {
    prepare_threads(job->size);
    uint64_t state = job->seed;
    const size_t threads = job->size, slots = 1000, turn = job->operations / threads / turns;
    thread_share shares[MOST_THREADS];
    pthread_t running[MOST_THREADS];
    for (size_t t = 0; t < threads; ++t) {
        shares[t] = (thread_share){own_memory(slots * sizeof(void *)), slots,
                                   draw_steps(turn * turns, slots, size_mixed, &state), turn};
        for (size_t slot = 0; slot < slots; ++slot)
            shares[t].blocks[slot] = new_block(size_mixed(&state), slot);
    }
    clock_start();
    for (size_t done = 0; done < turns; ++done) {
        for (size_t t = 0; t < threads; ++t)
            running[t] = start_thread(replace_share, &shares[t]);
        for (size_t t = 0; t < threads; ++t)
            join(running[t]);
        void **first = shares[0].blocks;
        for (size_t t = 0; t < threads; ++t) {
            shares[t].steps += turn;
            if (rotate)
                shares[t].blocks = t + 1 < threads ? shares[t + 1].blocks : first;
        }
    }
    clock_stop(turn * turns * threads);
}

void threads_churn(const heap_job *job) {
    replace_by_turns(job, 1, false);
}

/* After P. Larson and M. Krishnan, "Memory allocation for long-running server applications" (1998): blocks outlive the
 * threads that allocated them, and are freed by others. */
void threads_larson(const heap_job *job) {
    replace_by_turns(job, 50, true);
}

/* A line of threads: each starts the next one before it ends, which goes on with its blocks, by the same steps. */
#define LINE 100
typedef struct thread_line {
    thread_share share;
    size_t begun;
    pthread_t threads[LINE];
} thread_line;

static void *replace_and_start_next(void *argument) {
    thread_line *line = argument;
    (void)replace_share(&line->share);
    const size_t next = ++line->begun;
    if (next < LINE)
        line->threads[next] = start_thread(replace_and_start_next, line);
    return NULL;
}

/* As larson, but threads live for longer, have 5,000 blocks each, and begin and end while the other ones are at work;
 * and at first the blocks of all lines lie among each other. */
void threads_succession(const heap_job *job) {
    prepare_threads(job->size);
    uint64_t state = job->seed;
    const size_t lines = job->size, slots = 5000, turn = job->operations / lines / LINE;
    thread_line *all = own_memory(lines * sizeof *all);
    for (size_t i = 0; i < lines; ++i)
        all[i].share = (thread_share){own_memory(slots * sizeof(void *)), slots,
                                      draw_steps(turn, slots, size_mixed, &state), turn};
    for (size_t i = 0; i < lines * slots; ++i)
        all[i % lines].share.blocks[i / lines] = new_block(size_mixed(&state), i / lines);
    clock_start();
    for (size_t i = 0; i < lines; ++i)
        all[i].threads[0] = start_thread(replace_and_start_next, &all[i]);
    for (size_t i = 0; i < lines; ++i)
        for (size_t t = 0; t < LINE; ++t)
            join(all[i].threads[t]);
    clock_stop(turn * LINE * lines);
}

/* Each of `job->size` threads has 100,000 slots, of which it takes one after the other, some far more often than
 * others: four fifths of the time one of a fifth of them, and so on within these. It fills the slot if it is empty,
 * with a block of a size from a Pareto distribution, every byte of which it writes, and else reads the block and frees
 * it. */
static void *toggle_share(void *argument) {
    const thread_share *share = argument;
    uint64_t sum = 0;
    for (size_t i = 0; i < share->count; ++i) {
        const heap_step step = share->steps[i];
        char *block = share->blocks[step.slot];
        const size_t size = block ? *(const uint64_t *)(const void *)block : step.size;
        if (block) {
            for (size_t word = 1; word < size / sizeof sum; ++word)
                sum += ((const uint64_t *)(const void *)block)[word];
            free_block(block, size);
            share->blocks[step.slot] = NULL;
        } else {
            share->blocks[step.slot] = block = new_block(size, size);
            memset(block + sizeof sum, 1, size - sizeof sum);
        }
    }
    *(volatile uint64_t *)&sum = sum;
    return NULL;
}

void threads_pareto(const heap_job *job) {
    prepare_threads(job->size);
    uint64_t state = job->seed;
    const size_t threads = job->size, slots = 100000, count = job->operations / threads;
    const double exponent = log(0.2) / log(0.8);
    thread_share shares[MOST_THREADS];
    pthread_t running[MOST_THREADS];
    for (size_t t = 0; t < threads; ++t) {
        heap_step *steps = draw_steps(count, slots, size_pareto, &state);
        for (size_t i = 0; i < count; ++i)
            steps[i].slot = (uint32_t)(pow(random_unit(&state), exponent) * (double)slots);
        shares[t] = (thread_share){own_memory(slots * sizeof(void *)), slots, steps, count};
    }
    clock_start();
    for (size_t t = 0; t < threads; ++t)
        running[t] = start_thread(toggle_share, &shares[t]);
    for (size_t t = 0; t < threads; ++t)
        join(running[t]);
    clock_stop(count * threads);
}

/* Threads that live for 1,000 blocks of which they free half; the other half is freed by the main thread, after they
 * have ended. */
#define BIRTH_BLOCKS 1000
static void *live_and_die(void *argument) {
    const thread_share *share = argument;
    for (size_t i = 0; i < BIRTH_BLOCKS; ++i)
        share->blocks[i] = new_block(share->steps[i].size, i);
    for (size_t i = 0; i < BIRTH_BLOCKS; i += 2)
        free_block(share->blocks[i], i);
    return NULL;
}

void threads_births(const heap_job *job) {
    prepare_threads(job->size);
    uint64_t state = job->seed;
    const size_t threads = job->size;
    thread_share shares[MOST_THREADS];
    pthread_t running[MOST_THREADS];
    for (size_t t = 0; t < threads; ++t)
        shares[t] = (thread_share){own_memory(BIRTH_BLOCKS * sizeof(void *)), BIRTH_BLOCKS,
                                   draw_steps(BIRTH_BLOCKS, BIRTH_BLOCKS, size_mixed, &state), BIRTH_BLOCKS};
    size_t done = 0;
    clock_start();
    for (; done < job->operations; done += threads * BIRTH_BLOCKS) {
        for (size_t t = 0; t < threads; ++t)
            running[t] = start_thread(live_and_die, &shares[t]);
        for (size_t t = 0; t < threads; ++t) {
            join(running[t]);
            for (size_t i = 1; i < BIRTH_BLOCKS; i += 2)
                free_block(shares[t].blocks[i], i);
        }
    }
    clock_stop(done);
}

/* A ring between one who puts in and one who takes out. */
#define RING 4096
typedef struct block_ring {
    _Alignas(128) _Atomic(size_t) put;
    _Alignas(128) _Atomic(size_t) taken;
    _Alignas(128) void *blocks[RING];
    const heap_step *steps;
    size_t count;
} block_ring;

static size_t wait_past(_Atomic(size_t) *counter, size_t least) {
    for (;;) {
        for (int patience = 0; patience < 1000; ++patience) {
            const size_t value = atomic_load_explicit(counter, memory_order_acquire);
            if (value >= least)
                return value;
        }
        sched_yield();
    }
}

static void *produce(void *argument) {
    block_ring *ring = argument;
    for (size_t i = 0; i < ring->count; ++i) {
        void *block = new_block(ring->steps[i].size, i);
        if (i >= RING)
            (void)wait_past(&ring->taken, i - RING + 1);
        ring->blocks[i % RING] = block;
        atomic_store_explicit(&ring->put, i + 1, memory_order_release);
    }
    return NULL;
}

static void *consume(void *argument) {
    block_ring *ring = argument;
    for (size_t i = 0; i < ring->count;) {
        const size_t put = wait_past(&ring->put, i + 1);
        for (; i < put; ++i) {
            free_block(ring->blocks[i % RING], i);
            atomic_store_explicit(&ring->taken, i + 1, memory_order_release);
        }
    }
    return NULL;
}

/* Half of `job->size` threads allocate what the other half free. */
void threads_producer_consumer(const heap_job *job) {
    prepare_threads(job->size);
    uint64_t state = job->seed;
    const size_t couples = job->size / 2;
    pthread_t running[MOST_THREADS];
    block_ring *rings = own_memory(couples * sizeof *rings);
    for (size_t i = 0; i < couples; ++i) {
        rings[i].count = job->operations / couples;
        rings[i].steps = draw_steps(rings[i].count, 1, size_mixed, &state);
    }
    clock_start();
    for (size_t i = 0; i < couples; ++i) {
        running[2 * i] = start_thread(consume, &rings[i]);
        running[2 * i + 1] = start_thread(produce, &rings[i]);
    }
    for (size_t i = 0; i < 2 * couples; ++i)
        join(running[i]);
    clock_stop(rings->count * couples);
}
