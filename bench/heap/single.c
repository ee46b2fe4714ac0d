/* single.c - what one thread does. Blocks are marked, and the marks checked as they are freed: a heap that hands out
 * memory twice does not win. */
#include "worker.h"
#include <string.h>

static void pairs(size_t size, size_t count) {
    for (size_t i = 0; i < count; ++i)
        free_block(new_block(size, i), i);
}

void fixed_pair(const heap_job *job) {
    pairs(job->size, job->operations / 8 + 1);
    clock_start();
    pairs(job->size, job->operations);
    clock_stop(job->operations);
}

void large_pair(const heap_job *job) {
    fixed_pair(job);
}

/* Batches of blocks of 64 bytes, block order[i] being the i-th to go. There are several orders, used in turn: one alone
 * would be learned by the branch predictors. */
#define ORDERS 16
static void batches(const heap_job *job, uint32_t *orders[ORDERS]) {
    void **blocks = own_memory(job->size * sizeof *blocks);
    size_t done = 0;
    for (size_t round = 0; done < job->operations; ++round) {
        if (round == ORDERS) /* what came before was warming up */
            clock_start();
        const uint32_t *order = orders[round % ORDERS];
        for (size_t i = 0; i < job->size; ++i)
            blocks[i] = new_block(64, i);
        for (size_t i = 0; i < job->size; ++i)
            free_block(blocks[order[i]], order[i]);
        done += round < ORDERS ? 0 : job->size;
    }
    clock_stop(done);
}

static void in_order(uint32_t *order, size_t count, uint64_t *state) {
    (void)state;
    for (size_t i = 0; i < count; ++i)
        order[i] = (uint32_t)i;
}

static void reversed(uint32_t *order, size_t count, uint64_t *state) {
    (void)state;
    for (size_t i = 0; i < count; ++i)
        order[i] = (uint32_t)(count - 1 - i);
}

static void shuffled(uint32_t *order, size_t count, uint64_t *state) {
    in_order(order, count, state);
    for (size_t i = count; i > 1; --i) {
        const uint32_t other = random_below(state, (uint32_t)i), last = order[i - 1];
        order[i - 1] = order[other];
        order[other] = last;
    }
}

static void batch(const heap_job *job, void (*arrange)(uint32_t *order, size_t count, uint64_t *state)) {
    uint64_t state = job->seed;
    uint32_t *orders[ORDERS];
    for (size_t i = 0; i < ORDERS; ++i)
        arrange(orders[i] = own_memory(job->size * sizeof(uint32_t)), job->size, &state);
    batches(job, orders);
}

#define BATCH(order)                                                                                                   \
    void batch_##order(const heap_job *job) {                                                                          \
        batch(job, order);                                                                                             \
    }
BATCH(in_order)
BATCH(reversed)
BATCH(shuffled)

typedef struct node {
    struct node *next;
    uint64_t value, rest[8]; /* 80 bytes */
} node;

/* Allocates a list, walks it, and frees it. */
static void list(size_t length) {
    node *first = NULL;
    uint64_t sum = 0;
    for (size_t i = 0; i < length; ++i) {
        node *made = malloc(sizeof *made);
        if (!made)
            fail("out of memory");
        made->next = first;
        made->value = i;
        first = made;
    }
    for (const node *at = first; at; at = at->next)
        sum += at->value;
    if (sum != (uint64_t)length * (length - 1) / 2)
        fail("a node was overwritten");
    for (node *next; first; first = next) {
        next = first->next;
        free(first);
    }
}

void list_cycle(const heap_job *job) {
    list(job->size);
    size_t done = 0;
    clock_start();
    for (; done < job->operations; done += job->size)
        list(job->size);
    clock_stop(done);
}

/* With `job->size` blocks alive, frees a random one and allocates another, again and again. */
static void churn(const heap_job *job, size_source *source) {
    uint64_t state = job->seed;
    void **blocks = own_memory(job->size * sizeof *blocks);
    const size_t warming = job->size < job->operations ? job->size : job->operations;
    for (size_t i = 0; i < job->size; ++i)
        blocks[i] = new_block(source(&state), i);
    replace(blocks, draw_steps(warming, job->size, source, &state), warming);
    const heap_step *steps = draw_steps(job->operations, job->size, source, &state);
    clock_start();
    replace(blocks, steps, job->operations);
    clock_stop(job->operations);
}

#define CHURN(sizes)                                                                                                   \
    void sizes##_churn(const heap_job *job) {                                                                          \
        churn(job, size_##sizes);                                                                                      \
    }
CHURN(mixed)
CHURN(pareto)
CHURN(large)

/* An array that grows by a half each time, and is full before it grows again. */
typedef struct growing_array {
    char *bytes;
    size_t size;
} growing_array;

static void grow(growing_array *array, size_t size) {
    char *bytes = realloc(array->bytes, size);
    if (!bytes)
        fail("out of memory");
    if (array->size && (bytes[0] != 1 || bytes[array->size - 1] != 1))
        fail("realloc lost what was there");
    memset(bytes + array->size, 1, size - array->size);
    array->bytes = bytes;
    array->size = size;
}

/* `count` arrays grow to `most` bytes, each a step at a time, one after the other. Returns the number of steps. */
static size_t grow_arrays(growing_array *arrays, size_t count, size_t most) {
    size_t steps = 0;
    for (size_t size = 64; size < most; size += size / 2)
        for (size_t i = 0; i < count; ++i, ++steps)
            grow(&arrays[i], size);
    for (size_t i = 0; i < count; ++i) {
        free(arrays[i].bytes);
        arrays[i] = (growing_array){NULL, 0};
    }
    return steps;
}

static void grow_all(const heap_job *job, size_t count) {
    growing_array *arrays = own_memory(count * sizeof *arrays);
    grow_arrays(arrays, count, job->size);
    size_t done = 0;
    clock_start();
    while (done < job->operations)
        done += grow_arrays(arrays, count, job->size);
    clock_stop(done);
}

void realloc_grow(const heap_job *job) {
    grow_all(job, 1);
}

void realloc_grow_in_turn(const heap_job *job) {
    grow_all(job, 100);
}
