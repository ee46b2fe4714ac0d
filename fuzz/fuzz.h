/* fuzz.h - what the fuzz targets share: a check that also holds in release builds, the input, an allocator that watches
 * and fails, hashes of chosen quality, and the reference model.
 *
 * An input is a few bytes of configuration, then operations of three bytes each: what to do, and two arguments. Every
 * input means something, and a byte changed changes one operation.
 */
#ifndef SWISS_FUZZ_H
#define SWISS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <swiss/table.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

static inline void fuzz_fail(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
    abort();
}

/* The input -------------------------------------------------------------------------------------------------------- */

typedef struct {
    const uint8_t *at, *end;
} fuzz_input;

/* The next byte, or 0 after the last. */
static inline unsigned fuzz_byte(fuzz_input *input) {
    return input->at < input->end ? *input->at++ : 0;
}

/* The allocator ---------------------------------------------------------------------------------------------------- */

/* The blocks that may be out at once. A target that needs more says so. */
#ifndef FUZZ_BLOCKS
#    define FUZZ_BLOCKS 16
#endif

enum { FUZZ_BLOCK_MAX = 1 << 26 };

/* Every block that is out, and when to fail. There is one. */
typedef struct {
    struct {
        void *block;
        size_t size, alignment;
    } blocks[FUZZ_BLOCKS];
    size_t bytes;    /* out now */
    size_t asked;    /* allocations asked for so far */
    size_t failures; /* of them, and of clones and made keys, refused so far */
    size_t fail_in;  /* the how manieth from now is refused; 0: none */
    size_t owned;    /* what keys, values and entries with hooks own now, in pieces */
} fuzz_memory;

static fuzz_memory memory;

/* True if what is asked for now is to be refused. */
static inline bool memory_refuses(void) {
    bool refuse = memory.fail_in == 1;
    memory.fail_in -= memory.fail_in != 0;
    memory.failures += refuse;
    return refuse;
}

static inline void *memory_allocate(void *context, size_t size, size_t alignment) {
    CHECK(context == &memory && size != 0 && alignment != 0 && (alignment & (alignment - 1)) == 0);
    ++memory.asked;
    if (size > FUZZ_BLOCK_MAX) {
        ++memory.failures;
        return NULL;
    }
    if (memory_refuses())
        return NULL;
    size_t i = 0;
    while (memory.blocks[i].block)
        CHECK(++i < FUZZ_BLOCKS);
    void *block = swiss_allocator_malloc()->allocate(NULL, size, alignment);
    CHECK(block);
    memset(block, 0xA5, size);
    memory.blocks[i].block = block;
    memory.blocks[i].size = size;
    memory.blocks[i].alignment = alignment;
    memory.bytes += size;
    return block;
}

static inline void memory_free(void *context, void *block, size_t size, size_t alignment) {
    CHECK(context == &memory && block);
    size_t i = 0;
    while (memory.blocks[i].block != block)
        CHECK(++i < FUZZ_BLOCKS);
    CHECK(memory.blocks[i].size == size && memory.blocks[i].alignment == alignment);
    memory.blocks[i].block = NULL;
    memory.bytes -= size;
    memset(block, 0x5A, size);
    swiss_allocator_malloc()->free(NULL, block, size, alignment);
}

static inline void *memory_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    void *moved = memory_allocate(context, new_size, alignment);
    if (moved) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        memory_free(context, block, old_size, alignment);
    }
    return moved;
}

static const swiss_allocator fuzz_allocator = {memory_allocate, memory_resize, memory_free, &memory};

/* Hashes ----------------------------------------------------------------------------------------------------------- */

enum {
    HASH_GOOD,
    HASH_FEW_BITS,    /* 8 groups to begin at */
    HASH_CONSTANT_H2, /* every full slot of a group is compared */
    HASH_RUNS,        /* neighbours share a group: full groups beside empty ones */
    HASH_CONSTANT,    /* all begin at one group, with one h2 */
    HASH_LATE,        /* all begin at one group, until the table has more than 16 */
    HASH_QUALITIES
};

/* Only the good one looks at the seed. */
static inline uint64_t fuzz_hash(unsigned quality, uint64_t key, uint64_t seed) {
    uint64_t good = swiss_hash_u64(key, quality == HASH_GOOD ? seed : 0);
    switch (quality) {
    case HASH_FEW_BITS:
        return good & (UINT64_C(0xFF) << 56 | UINT64_C(7) << 28);
    case HASH_CONSTANT_H2:
        return good | UINT64_C(0xFF) << 56;
    case HASH_RUNS:
        return (key / 24) << 28 | (key & 0x3F) << 56;
    case HASH_CONSTANT:
        return 0;
    case HASH_LATE:
        return good & ~(UINT64_C(0xF) << 28);
    default:
        return good;
    }
}

/* The model -------------------------------------------------------------------------------------------------------- */

enum { FUZZ_KEYS = 2048 };

/* What a map should hold: for each key whether it is there, and the number that its value carries. */
typedef struct {
    size_t size;
    bool present[FUZZ_KEYS];
    uint64_t number[FUZZ_KEYS];
} fuzz_model;

static inline void model_set(fuzz_model *model, unsigned key, uint64_t number) {
    model->size += !model->present[key];
    model->present[key] = true;
    model->number[key] = number;
}

static inline void model_remove(fuzz_model *model, unsigned key) {
    model->size -= model->present[key];
    model->present[key] = false;
}

/* The entries that so many slots may hold. */
static inline size_t fuzz_max_load(size_t capacity) {
    return capacity <= SWISS_GROUP_WIDTH ? capacity : capacity / 8 * 7;
}

/* Checks that the bytes of the table are those of its entries, and its counts those of its bytes. The library keeps
 * none of them twice, so this looks at its private members. */
static inline void fuzz_check_layout(const swiss_table *table, const swiss_table_type *type,
                                     const swiss_table_stats *stats) {
    CHECK(swiss_table_validate(table, type) == NULL);
    size_t capacity = swiss_table_capacity(table), limit = fuzz_max_load(capacity);
    CHECK(stats->size == table->size && stats->capacity == capacity);
    CHECK(swiss_table_grows_(table, type) || table->size + table->growth_left + stats->retired == limit);
    CHECK(stats->load_factor == (capacity ? (double)stats->size / (double)capacity : 0));
    CHECK(stats->max_probe <= (capacity + 15) / 16 && stats->mean_probe_hit <= (double)stats->max_probe);
    CHECK(stats->bytes ==
          stats->entry_bytes + stats->unused_bytes + stats->control_bytes + stats->overflow_bytes + stats->other_bytes);
    CHECK((stats->mean_probe_hit >= 1) == (stats->size != 0) && (stats->mean_probe_miss >= 1) == (capacity != 0));
}

/* A run ------------------------------------------------------------------------------------------------------------ */

/* What all of a run's operations depend on. */
typedef struct {
    swiss_options options;
    unsigned choice; /* bits that the target makes of what it will */
    unsigned keys;   /* they are 0 to keys - 1; a power of two, at most FUZZ_KEYS */
    size_t work;     /* entries that may still be touched: keeps every input short of a second */
    uint64_t number; /* counts up, so that no two values carry the same */
    bool zero;       /* maps begin as {0} */
} fuzz_run;

/* Reads the four bytes that every configuration begins with. */
static inline fuzz_run fuzz_begin(fuzz_input *input, unsigned *quality) {
    fuzz_run run = {.work = 20000};
    unsigned byte = fuzz_byte(input);
    run.choice = byte % 8;
    *quality = byte / 8 % HASH_QUALITIES;
    byte = fuzz_byte(input);
    run.keys = 32u << byte % 4 * 2;
    if (*quality == HASH_CONSTANT && run.keys > 512)
        run.keys = 512;
    run.zero = byte & 0x40;
    run.options.allocator = byte / 0x10 % 4 == 3 ? NULL : &fuzz_allocator;
    memset(&memory, 0, sizeof memory);
    memory.fail_in = fuzz_byte(input) % 64;
    run.options.seed = swiss_hash_u64(fuzz_byte(input), 1) | 1;
    return run;
}

#endif
