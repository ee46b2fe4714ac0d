/* Random operations on a tree of arenas against a plain reference: a list of what is alive, each thing with the time
 * when it came. The contents of every block, the order of cleanups, the numbers and what is stale must be as the
 * reference says. The arena's source is a part of this file, without its assertions: a stale mark is then refused. */
#define SWISS_ASSERT(condition) ((void)(condition))
#include "tests/support.h"
#include "swiss/arena.c"

enum { ARENAS = 4, BLOCKS = 200, MARKS = 12, RECORDS = 20, STALE = 64 };

typedef struct block {
    unsigned char *address;
    size_t size, alignment;
    unsigned char fill;
    uint64_t born;
} block;

typedef struct mark {
    swiss_arena_mark mark;
    uint64_t born;
    size_t used; /* in blocks that were not oversize */
} mark;

typedef struct record {
    swiss_arena_cleanup cleanup;
    uint64_t born; /* 0: not added */
} record;

typedef struct model {
    swiss_arena arena;
    struct model *parent; /* NULL: it is not a child */
    uint64_t born;
    block blocks[BLOCKS];
    size_t block_count;
    mark marks[MARKS];
    size_t mark_count;
    swiss_arena_mark stale[STALE];
    size_t stale_count;
    record records[RECORDS];
    size_t small_used, peak;
} model;

static memory m;
static model models[ARENAS];
static uint64_t now, seed;
static size_t most_marks;
static record *expected[ARENAS * RECORDS]; /* the cleanups that are to run */
static size_t expected_count, run_count;

static bool big(const block *b) {
    return b->size > 4096 || b->alignment > 4096;
}

static size_t big_used(const model *of) {
    size_t used = 0;
    for (size_t i = 0; i < of->block_count; ++i)
        used += big(&of->blocks[i]) ? of->blocks[i].size : 0;
    return used;
}

static void check_block(const block *b) {
    assert_int_equal((uintptr_t)b->address % b->alignment, 0);
    for (size_t i = 0; i < b->size; ++i)
        if (b->address[i] != b->fill)
            fail_msg("byte %zu of %zu has changed", i, b->size);
}

static void fill_block(block *b) {
    b->fill = (unsigned char)next_random(&seed);
    memset(b->address, b->fill, b->size);
}

static void check(model *of) {
    swiss_arena_stats stats = swiss_arena_get_stats(&of->arena);
    size_t used = of->small_used + big_used(of);
    assert_int_equal(stats.used, used);
    of->peak = used > of->peak ? used : of->peak;
    assert_true(stats.peak >= of->peak && stats.peak >= stats.used);
    assert_true(stats.used + stats.wasted <= stats.reserved);
    for (size_t i = 0; i < of->block_count; ++i)
        check_block(&of->blocks[i]);
    size_t reserved = 0;
    for (size_t i = 0; i < ARENAS; ++i)
        reserved += swiss_arena_get_stats(&models[i].arena).reserved;
    assert_int_equal(reserved, m.bytes);
}

static void run(void *argument) {
    assert_true(run_count < expected_count);
    assert_ptr_equal(argument, expected[run_count]);
    ++run_count;
}

/* Expects the cleanups of an arena that are no older than `born`: first those of its children, the newest first. */
static void end_model(model *of, uint64_t born, bool freed) {
    for (;;) {
        model *child = NULL;
        for (size_t i = 0; i < ARENAS; ++i)
            if (models[i].parent == of && models[i].born >= born && (!child || models[i].born > child->born))
                child = &models[i];
        if (!child)
            break;
        end_model(child, 0, true);
        child->parent = NULL;
    }
    for (;;) {
        record *newest = NULL;
        for (size_t i = 0; i < RECORDS; ++i)
            if (of->records[i].born && of->records[i].born >= born && (!newest || of->records[i].born > newest->born))
                newest = &of->records[i];
        if (!newest)
            break;
        newest->born = 0;
        expected[expected_count++] = newest;
    }
    size_t kept = 0;
    for (size_t i = 0; i < of->block_count; ++i)
        if (of->blocks[i].born < born)
            of->blocks[kept++] = of->blocks[i];
    of->block_count = kept;
    while (of->mark_count && of->marks[of->mark_count - 1].born > born) {
        --of->mark_count;
        if (of->stale_count < STALE)
            of->stale[of->stale_count++] = of->marks[of->mark_count].mark;
    }
    if (!born) {
        of->small_used = 0;
        of->peak = freed ? 0 : of->peak;
    }
}

static void add_block(model *of, size_t size, size_t alignment) {
    bool zeroed = random_below(&seed, 2);
    block b = {NULL, size, alignment, 0, ++now};
    b.address =
        zeroed ? swiss_arena_alloc_zeroed(&of->arena, size, alignment) : swiss_arena_alloc(&of->arena, size, alignment);
    assert_non_null(b.address);
    if (zeroed)
        check_block(&b);
    fill_block(&b);
    if (!big(&b))
        of->small_used += size;
    of->blocks[of->block_count++] = b;
}

static size_t some_size(void) {
    static const size_t most[] = {16, 100, 1000, 6000, 20000};
    return 1 + random_below(&seed, most[random_below(&seed, 5)]);
}

static void resize_block(model *of, block *b) {
    block old = *b;
    size_t size = random_below(&seed, 3) ? some_size() : old.size + 1 + random_below(&seed, 20);
    b->address = swiss_arena_resize(&of->arena, old.address, old.size, size, old.alignment);
    assert_non_null(b->address);
    b->size = size;
    for (size_t i = 0; i < size && i < old.size; ++i)
        assert_int_equal(b->address[i], old.fill);
    of->small_used += (big(b) ? 0 : size) - (big(&old) ? 0 : old.size);
    if (!big(b) || !big(&old))
        b->born = ++now;
    fill_block(b);
}

static void step(model *of) {
    block *b = of->block_count ? &of->blocks[random_below(&seed, of->block_count)] : NULL;
    record *r = &of->records[random_below(&seed, RECORDS)];
    expected_count = run_count = 0;
    switch (random_below(&seed, 20)) {
    default:
        if (of->block_count < BLOCKS)
            add_block(of, some_size(), (size_t)1 << random_below(&seed, random_below(&seed, 8) ? 5 : 14));
        break;
    case 0:
    case 1:
    case 2:
        if (b)
            resize_block(of, random_below(&seed, 2) ? b : &of->blocks[of->block_count - 1]);
        break;
    case 3:
    case 4:
        if (b) {
            swiss_arena_free_block(&of->arena, b->address, b->size, b->alignment);
            of->small_used -= big(b) ? 0 : b->size;
            *b = of->blocks[--of->block_count];
        }
        break;
    case 5:
        if (of->mark_count < most_marks)
            of->marks[of->mark_count++] = (mark){swiss_arena_mark_here(&of->arena), ++now, of->small_used};
        break;
    case 6:
        if (of->mark_count) {
            mark to = of->marks[random_below(&seed, of->mark_count)];
            end_model(of, to.born, false);
            of->small_used = to.used;
            assert_true(swiss_arena_rewind(&of->arena, to.mark));
        }
        break;
    case 7:
        if (of->stale_count && most_marks <= 3)
            assert_false(swiss_arena_rewind(&of->arena, of->stale[random_below(&seed, of->stale_count)]));
        break;
    case 8:
        if (r->born) {
            assert_true(swiss_arena_cancel_cleanup(&r->cleanup));
            r->born = 0;
        } else {
            assert_false(swiss_arena_cancel_cleanup(&r->cleanup));
            assert_non_null(swiss_arena_add_cleanup(&of->arena, &r->cleanup, run, r));
            r->born = ++now;
        }
        break;
    case 9:
        if (random_below(&seed, 8) == 0) {
            size_t keep = random_below(&seed, 50000);
            end_model(of, 0, false);
            assert_true(swiss_arena_reset(&of->arena, keep));
            assert_true(swiss_arena_get_stats(&of->arena).reserved <= keep);
        } else if (random_below(&seed, 8) == 0) {
            end_model(of, 0, true);
            of->parent = NULL;
            of->stale_count = 0;
            assert_true(swiss_arena_free(&of->arena));
            assert_int_equal(swiss_arena_get_stats(&of->arena).reserved, 0);
        }
        break;
    case 10: {
        model *parent = &models[random_below(&seed, (size_t)(of - models) + 1)];
        if (parent != of && !of->parent) {
            end_model(of, 0, true);
            assert_true(swiss_arena_free(&of->arena));
            swiss_arena_init(&of->arena, &(swiss_arena_options){.parent = &parent->arena});
            of->parent = parent;
            of->born = ++now;
            of->stale_count = 0; /* a new one does not know the marks of the old one */
        }
        break;
    }
    }
    assert_int_equal(run_count, expected_count);
    check(of);
}

static void random_operations(size_t marks, uint64_t begin) {
    memory_begin(&m);
    seed = begin;
    most_marks = marks;
    now = 0;
    memset(models, 0, sizeof models);
    for (size_t i = 0; i < ARENAS; ++i)
        swiss_arena_init(&models[i].arena, &(swiss_arena_options){.allocator = &m.allocator});
    for (size_t i = 0; i < 10000; ++i)
        step(&models[random_below(&seed, ARENAS)]);
    for (size_t i = 0; i < ARENAS; ++i) {
        expected_count = run_count = 0;
        end_model(&models[i], 0, true);
        models[i].parent = NULL;
        assert_true(swiss_arena_free(&models[i].arena));
        assert_int_equal(run_count, expected_count);
    }
    memory_end(&m);
}

static void few_marks(void **state) {
    (void)state;
    for (uint64_t i = 1; i <= 4; ++i)
        random_operations(3, i);
}

static void many_marks(void **state) {
    (void)state;
    for (uint64_t i = 1; i <= 4; ++i)
        random_operations(MARKS, 100 + i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_marks),
        cmocka_unit_test(many_marks),
    };
    return RUN_TESTS(tests);
}
