/* Random operations on a heap against a plain list of the blocks that are alive: their patterns stay intact, none
 * overlap, sizes and alignments hold, and the counters agree. With blocks of all sizes, and with tiny ones only; with
 * heaps of the test's own, and with the default heap, which has caches. */
#include "tests/support.h"
#include "swiss/heap_stats.h"
#include "swiss/heap/validate_heap.h"

enum { LIVE_MAX = 2000 };

struct block {
    unsigned char *bytes;
    size_t size, alignment;
    unsigned char pattern;
};

struct model {
    swiss_heap *heap;
    bool tiny; /* only blocks of less than 16 bytes */
    swiss_heap_stats before;
    struct block blocks[LIVE_MAX];
    size_t live;
    uint64_t random, allocated, freed;
};

/* Mostly small, with a long tail: every power of two up to 2^27 is as likely as the next beyond 4 KiB. */
static size_t random_size(struct model *model) {
    uint64_t bits = next_random(&model->random);
    if (model->tiny)
        return bits % 16;
    unsigned log = (unsigned)(bits % 64 ? bits % 13 : 12 + (bits >> 8) % 16);
    return (size_t)((bits >> 16) % (UINT64_C(2) << log));
}

/* The bytes of a block that carry its pattern: all of a small one, both ends of a large one. */
static void paint(struct block *block) {
    size_t ends = block->size <= 8192 ? block->size : 4096;
    memset(block->bytes, block->pattern, ends);
    memset(block->bytes + block->size - ends, block->pattern, ends);
}

static void check_range(const unsigned char *bytes, size_t count, unsigned char pattern) {
    for (size_t i = 0; i < count; ++i)
        if (bytes[i] != pattern)
            fail_msg("byte %zu is %u instead of %u", i, bytes[i], pattern);
}

static void check_paint(const struct block *block) {
    size_t ends = block->size <= 8192 ? block->size : 4096;
    check_range(block->bytes, ends, block->pattern);
    check_range(block->bytes + block->size - ends, ends, block->pattern);
}

static void check_new(struct model *model, struct block *block) {
    assert_non_null(block->bytes);
    assert_int_equal((uintptr_t)block->bytes % block->alignment, 0);
    assert_true(swiss_heap_usable_size(model->heap, block->bytes) >= block->size);
    block->pattern = (unsigned char)next_random(&model->random);
    paint(block);
}

static void step_alloc(struct model *model) {
    struct block block = {NULL, random_size(model), 1, 0};
    uint64_t bits = next_random(&model->random);
    if (bits % 4 == 0) {
        block.alignment = (size_t)1 << (bits >> 8) % (model->tiny ? 4 : bits >> 16 & 15 ? 8 : 20);
        block.bytes = swiss_heap_alloc_aligned(model->heap, block.size, block.alignment);
    } else if (bits % 4 == 1) {
        block.bytes = swiss_heap_alloc_zeroed(model->heap, block.size, 1);
        check_range(block.bytes, block.size < 65536 ? block.size : 65536, 0);
    } else {
        block.bytes = swiss_heap_alloc(model->heap, block.size);
    }
    ++model->allocated;
    check_new(model, &block);
    model->blocks[model->live++] = block;
}

static void step_free(struct model *model) {
    size_t pick = random_below(&model->random, model->live);
    struct block *block = &model->blocks[pick];
    check_paint(block);
    if (random_below(&model->random, 2))
        swiss_heap_free(model->heap, block->bytes);
    else
        swiss_heap_free_sized(model->heap, block->bytes, block->size);
    assert_false(swiss_heap_owns(model->heap, block->bytes));
    ++model->freed;
    *block = model->blocks[--model->live];
}

static void step_resize(struct model *model) {
    struct block *block = &model->blocks[random_below(&model->random, model->live)];
    check_paint(block);
    size_t old_size = block->size;
    unsigned char *old = block->bytes;
    block->size = random_below(&model->random, 2) ? random_size(model) : old_size + old_size / 4;
    if (block->size > (size_t)1 << 28)
        block->size = 100;
    block->bytes = swiss_heap_resize_aligned(model->heap, old, block->size, block->alignment);
    assert_non_null(block->bytes);
    size_t kept = old_size < block->size ? old_size : block->size;
    check_range(block->bytes, old_size <= 8192 || kept < 4096 ? kept : 4096, block->pattern);
    if (block->bytes != old) {
        ++model->allocated;
        ++model->freed;
    }
    check_new(model, block);
}

static int by_address(const void *left, const void *right) {
    const unsigned char *a = ((const struct block *)left)->bytes, *b = ((const struct block *)right)->bytes;
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static void check_all(struct model *model) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(model->heap, &stats);
    size_t usable = 0;
    qsort(model->blocks, model->live, sizeof *model->blocks, by_address);
    for (size_t i = 0; i < model->live; ++i) {
        const struct block *block = &model->blocks[i];
        size_t size = swiss_heap_usable_size(model->heap, block->bytes);
        usable += size;
        check_paint(block);
        assert_true(swiss_heap_owns(model->heap, block->bytes + size - 1));
        if (i + 1 < model->live)
            assert_true(block->bytes + size <= model->blocks[i + 1].bytes);
    }
    assert_int_equal(stats.in_use_bytes - model->before.in_use_bytes, usable);
    assert_int_equal(stats.mallocs - model->before.mallocs, model->allocated);
    assert_int_equal(stats.frees - model->before.frees, model->freed);
    assert_true(stats.in_use_bytes <= stats.span_bytes);
    assert_true(stats.span_bytes + stats.idle_bytes <= stats.committed_bytes);
    assert_true(stats.committed_bytes <= stats.reserved_bytes);
#ifdef SWISS_VALIDATE
    assert_null(swiss_heap_validate());
#endif
}

static void run(struct model *model, uint64_t seed, int steps) {
    model->random = seed;
    swiss_heap_get_stats(model->heap, &model->before);
    for (int step = 0; step < steps; ++step) {
        /* Grows and shrinks in turns, so that spans fill up and empty. */
        bool growing = step / (steps / 8) % 2 == 0;
        size_t choice = random_below(&model->random, 16);
        if (model->live && choice < 3)
            step_resize(model);
        else if (model->live < LIVE_MAX && (!model->live || choice < (growing ? 12 : 7)))
            step_alloc(model);
        else
            step_free(model);
        if (step % 2000 == 0)
            check_all(model);
    }
    check_all(model);
    while (model->live)
        step_free(model);
    check_all(model);
}

static void test_random_operations(void **state) {
    (void)state;
    static struct model models[] = {{.heap = NULL}, {.heap = NULL}, {.heap = NULL}};
    models[0].heap = swiss_heap_create();
    models[1].heap = swiss_heap_create();
    for (unsigned i = 0; i < 3; ++i)
        run(&models[i], i + 1, 20000);
    swiss_heap_destroy(models[0].heap);
    swiss_heap_destroy(models[1].heap);
}

static void test_tiny_blocks(void **state) {
    (void)state;
    static struct model models[] = {{.heap = NULL, .tiny = true}, {.heap = NULL, .tiny = true}};
    models[0].heap = swiss_heap_create();
    for (unsigned i = 0; i < 2; ++i)
        run(&models[i], i + 5, 40000);
    swiss_heap_destroy(models[0].heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_operations), cmocka_unit_test(test_tiny_blocks)};
    return RUN_TESTS(tests);
}
