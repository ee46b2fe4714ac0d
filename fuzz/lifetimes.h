/* lifetimes.h - what the parts of the target `lifetimes` share: an operation, painted bytes, and the time. */
#ifndef SWISS_FUZZ_LIFETIMES_H
#define SWISS_FUZZ_LIFETIMES_H

#define FUZZ_BLOCKS 2048
#include "fuzz.h"

typedef struct {
    unsigned op;
    unsigned which; /* arena, object, pool */
    unsigned index; /* what of it, and in the high bits how */
    unsigned first, second;
    size_t size, alignment; /* made of the two */
} lifetime_step;

/* Counts up with everything that is made, and so tells what is older. */
static uint64_t now;

/* The memory of a block that is out; it has to be. */
static size_t memory_index(const void *block) {
    size_t i = 0;
    while (memory.blocks[i].block != block)
        CHECK(++i < FUZZ_BLOCKS);
    return i;
}

static bool memory_has(const void *block) {
    size_t i = 0;
    while (i < FUZZ_BLOCKS && memory.blocks[i].block != block)
        ++i;
    return i < FUZZ_BLOCKS;
}

/* Frees a block, whatever its size and alignment are. */
static void memory_drop(void *block) {
    const size_t i = memory_index(block);
    memory_free(&memory, block, memory.blocks[i].size, memory.blocks[i].alignment);
}

static unsigned char paint(void *bytes, size_t size) {
    static unsigned char last;
    last = (unsigned char)(last % 251 + 1);
    if (size)
        memset(bytes, last, size);
    return last;
}

static void check_paint(const void *bytes, size_t size, unsigned char fill) {
    const unsigned char *at = bytes;
    CHECK(size == 0 || (at[0] == fill && memcmp(at, at + 1, size - 1) == 0));
}

#endif
