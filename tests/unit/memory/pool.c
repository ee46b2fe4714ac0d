/* A pool gives out what was put last, makes what it lacks, drops what it may not keep, and says so: nothing is lost,
 * and nothing is dropped twice. One thread; pool_threads.c has several. */
#include "tests/support.h"
#include <swiss/pool.h>

enum { OBJECTS = 100 };

/* An object of the test: how often it was made, reset and dropped, less what was undone. */
typedef struct thing {
    int alive, resets;
    bool broken;
} thing;

/* Where they come from. */
typedef struct factory {
    thing things[OBJECTS];
    size_t made, dropped, clock_calls;
    size_t fail_from; /* the number of the object that cannot be made, and all behind it */
    uint64_t now;
    swiss_pool *inner; /* is used by drop; NULL: not */
} factory;

static void *make_thing(void *context) {
    factory *f = context;
    if (f->made >= f->fail_from || f->made == OBJECTS)
        return NULL;
    f->things[f->made].alive = 1;
    return &f->things[f->made++];
}

static bool reset_thing(void *object, void *context) {
    (void)context;
    thing *t = object;
    assert_int_equal(t->alive, 1);
    ++t->resets;
    return !t->broken;
}

static void drop_thing(void *object, void *context) {
    factory *f = context;
    thing *t = object;
    assert_int_equal(t->alive, 1);
    t->alive = 0;
    ++f->dropped;
    if (f->inner)
        swiss_pool_put(f->inner, swiss_pool_get(f->inner));
}

static uint64_t tell_time(void *context) {
    factory *f = context;
    ++f->clock_calls;
    return f->now;
}

static void begin_factory(factory *f) {
    memset(f, 0, sizeof *f);
    f->fail_from = OBJECTS;
}

static swiss_pool_options options_of(factory *f, memory *m) {
    swiss_pool_options options = {0};
    options.make = make_thing;
    options.drop = drop_thing;
    options.context = f;
    options.allocator = m ? &m->allocator : NULL;
    return options;
}

static swiss_pool *create(const swiss_pool_options *options) {
    swiss_pool *pool = swiss_pool_create(options);
    assert_non_null(pool);
    return pool;
}

static swiss_pool_stats stats_of(const swiss_pool *pool) {
    swiss_pool_stats stats;
    swiss_pool_get_stats(pool, &stats);
    assert_int_equal(stats.gets, stats.hits + stats.misses);
    return stats;
}

static void check_stats(const swiss_pool *pool, uint64_t hits, uint64_t misses, uint64_t puts, uint64_t drops,
                        size_t idle) {
    swiss_pool_stats stats = stats_of(pool);
    assert_int_equal(stats.hits, hits);
    assert_int_equal(stats.misses, misses);
    assert_int_equal(stats.puts, puts);
    assert_int_equal(stats.drops, drops);
    assert_int_equal(stats.idle, idle);
}

static void test_the_last_comes_first(void **state) {
    (void)state;
    memory m;
    factory f;
    memory_begin(&m);
    begin_factory(&f);
    swiss_pool_options options = options_of(&f, &m);
    for (int shared = 0; shared < 2; ++shared) {
        begin_factory(&f);
        options.shared = shared != 0;
        swiss_pool *pool = create(&options);
        thing *got[5];
        for (int i = 0; i < 5; ++i) {
            got[i] = swiss_pool_get(pool);
            assert_ptr_equal(got[i], &f.things[i]);
        }
        check_stats(pool, 0, 5, 0, 0, 0);
        if (shared) { /* the stack alone: exactly in reverse */
            for (int i = 0; i < 5; ++i)
                swiss_pool_put(pool, got[i]);
            for (int i = 4; i >= 0; --i)
                assert_ptr_equal(swiss_pool_get(pool), got[i]);
        } else { /* the one that is kept aside stays aside */
            swiss_pool_put(pool, got[0]);
            assert_ptr_equal(swiss_pool_get(pool), got[0]);
            for (int i = 0; i < 5; ++i)
                swiss_pool_put(pool, got[i]);
            check_stats(pool, 1, 5, 6, 0, 5);
            assert_ptr_equal(swiss_pool_get(pool), got[0]);
            for (int i = 4; i >= 1; --i)
                assert_ptr_equal(swiss_pool_get(pool), got[i]);
        }
        assert_int_equal(f.made, 5);
        for (int i = 0; i < 5; ++i)
            swiss_pool_put(pool, got[i]);
        swiss_pool_destroy(pool);
        assert_int_equal(f.dropped, 5);
    }
    memory_end(&m);
}

static void test_blocks_without_functions(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_pool_options options = {0};
    options.size = 100;
    options.alignment = 256;
    options.allocator = &m.allocator;
    swiss_pool *pool = create(&options);
    unsigned char *a = swiss_pool_get(pool), *b = swiss_pool_get(pool);
    assert_true(a && b && a != b && (uintptr_t)a % 256 == 0 && (uintptr_t)b % 256 == 0);
    memset(a, 1, 100);
    memset(b, 2, 100);
    swiss_pool_put(pool, a);
    swiss_pool_put(pool, b);
    assert_ptr_equal(swiss_pool_get(pool), a);
    swiss_pool_put(pool, a);
    swiss_pool_destroy(pool);
    memory_end(&m);
}

static void test_only_what_was_put(void **state) {
    (void)state;
    int one = 1;
    swiss_pool *pool = create(NULL);
    assert_null(swiss_pool_get(pool));
    swiss_pool_put(pool, &one);
    swiss_pool_put(pool, NULL); /* is nothing */
    assert_ptr_equal(swiss_pool_get(pool), &one);
    assert_null(swiss_pool_get(pool));
    check_stats(pool, 1, 2, 1, 0, 0);
    assert_false(swiss_pool_prefill(pool, 1));
    assert_true(swiss_pool_prefill(pool, 0));
    swiss_pool_destroy(pool);
    swiss_pool_destroy(NULL);
}

static void test_impossible_options(void **state) {
    (void)state;
    swiss_pool_options options = {0};
    options.size = 8;
    options.alignment = 24;
    assert_null(swiss_pool_create(&options));
    options.alignment = 8;
    options.size = SIZE_MAX;
    assert_null(swiss_pool_create(&options));
    options.size = (size_t)PTRDIFF_MAX; /* may be asked for, and is not there */
    swiss_pool *pool = create(&options);
    assert_null(swiss_pool_get(pool));
    assert_false(swiss_pool_prefill(pool, 2));
    check_stats(pool, 0, 1, 0, 0, 0);
    swiss_pool_destroy(pool);
}

static void test_make_fails(void **state) {
    (void)state;
    factory f;
    begin_factory(&f);
    f.fail_from = 2;
    swiss_pool_options options = options_of(&f, NULL);
    swiss_pool *pool = create(&options);
    thing *a = swiss_pool_get(pool), *b = swiss_pool_get(pool);
    assert_true(a && b);
    assert_null(swiss_pool_get(pool));
    check_stats(pool, 0, 3, 0, 0, 0);
    assert_int_equal(stats_of(pool).made, 2);
    swiss_pool_put(pool, a); /* what there is still serves */
    assert_ptr_equal(swiss_pool_get(pool), a);
    assert_null(swiss_pool_get(pool));
    swiss_pool_put(pool, a);
    swiss_pool_put(pool, b);
    swiss_pool_destroy(pool);
    assert_int_equal(f.dropped, 2);
}

static void test_reset(void **state) {
    (void)state;
    factory f;
    begin_factory(&f);
    swiss_pool_options options = options_of(&f, NULL);
    options.reset = reset_thing;
    options.size = 100; /* says nothing where there is a `make` */
    swiss_pool *pool = create(&options);
    thing *a = swiss_pool_get(pool), *b = swiss_pool_get(pool);
    assert_int_equal(a->resets, 0);
    swiss_pool_put(pool, a);
    assert_int_equal(a->resets, 1);
    b->broken = true;
    swiss_pool_put(pool, b);
    assert_true(b->resets == 1 && !b->alive);
    check_stats(pool, 0, 2, 2, 1, 1);
    assert_ptr_equal(swiss_pool_get(pool), a);
    a->broken = true;
    swiss_pool_put(pool, a);
    check_stats(pool, 1, 2, 3, 2, 0);
    assert_non_null(swiss_pool_get(pool)); /* a third one, which is never put */
    swiss_pool_destroy(pool);
    assert_int_equal(f.dropped, 2);
}

static void test_bound(void **state) {
    (void)state;
    memory m;
    factory f;
    memory_begin(&m);
    swiss_pool_options options = options_of(&f, &m);
    options.bound = 3;
    for (int shared = 0; shared < 2; ++shared) {
        begin_factory(&f);
        options.shared = shared != 0;
        swiss_pool *pool = create(&options);
        size_t kept = shared ? 3 : 4; /* with the one aside */
        thing *got[10];
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 10; ++i) {
                got[i] = swiss_pool_get(pool);
                assert_non_null(got[i]);
            }
            for (size_t i = 0; i < 10; ++i) {
                swiss_pool_put(pool, got[i]);
                assert_int_equal(got[i]->alive, i < kept);
                assert_int_equal(stats_of(pool).idle, i < kept ? i + 1 : kept);
            }
        }
        check_stats(pool, 2 * kept, 30 - 2 * kept, 30, 3 * (10 - kept), kept);
        assert_false(swiss_pool_prefill(pool, 1));
        assert_int_equal(stats_of(pool).idle, kept);
        swiss_pool_destroy(pool);
        assert_int_equal(f.made, f.dropped);
    }
    memory_end(&m);
}

static void get_all(swiss_pool *pool, thing **got, int count) {
    for (int i = 0; i < count; ++i) {
        got[i] = swiss_pool_get(pool);
        assert_true(got[i] && got[i]->alive);
    }
}

static void put_all(swiss_pool *pool, thing **got, int count) {
    for (int i = 0; i < count; ++i)
        swiss_pool_put(pool, got[i]);
}

/* The first stays aside, and all others come in reverse, however many a thread keeps by itself. */
static void test_own_objects(void **state) {
    (void)state;
    memory m;
    factory f;
    memory_begin(&m);
    const size_t own[] = {1, 2, 3, 7, SWISS_POOL_OWN, SWISS_POOL_OWN + 1, SIZE_MAX};
    for (size_t i = 0; i < 2 * sizeof own / sizeof *own; ++i) {
        begin_factory(&f);
        swiss_pool_options options = options_of(&f, &m);
        options.own = own[i / 2];
        options.reset = i % 2 ? reset_thing : NULL;
        swiss_pool *pool = create(&options);
        thing *got[OBJECTS], *again[OBJECTS];
        get_all(pool, got, OBJECTS);
        for (int count = OBJECTS; count > 0; count -= 9) {
            put_all(pool, got, count);
            assert_int_equal(stats_of(pool).idle, count);
            get_all(pool, again, count);
            assert_ptr_equal(again[0], got[0]);
            for (int j = 1; j < count; ++j)
                assert_ptr_equal(again[j], got[count - j]);
            memcpy(got, again, sizeof got);
        }
        const uint64_t puts = 100 + 91 + 82 + 73 + 64 + 55 + 46 + 37 + 28 + 19 + 10 + 1;
        check_stats(pool, puts, OBJECTS, puts, 0, 0);
        put_all(pool, got, OBJECTS);
        swiss_pool_destroy(pool);
        assert_true(f.made == OBJECTS && f.dropped == OBJECTS);
    }
    memory_end(&m);
}

/* Nothing is pushed to a stack before the thread has as many as it may keep. */
static void test_own_objects_by_default(void **state) {
    (void)state;
    const struct {
        size_t size, bound, own;
    } cases[] = {{1, 0, SWISS_POOL_OWN}, {128, 0, 32}, {129, 0, 31}, {2048, 0, 2}, {5000, 0, 1}, {64, 9, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        memory m;
        memory_begin(&m);
        swiss_pool_options options = {0};
        options.size = cases[i].size;
        options.bound = cases[i].bound;
        options.allocator = &m.allocator;
        swiss_pool *pool = create(&options);
        void *got[SWISS_POOL_OWN + 1];
        for (size_t j = 0; j <= cases[i].own; ++j) {
            got[j] = swiss_pool_get(pool);
            assert_non_null(got[j]);
        }
        size_t blocks = m.blocks;
        for (size_t j = 0; j <= cases[i].own; ++j) {
            assert_int_equal(m.blocks, blocks);
            swiss_pool_put(pool, got[j]);
        }
        assert_int_equal(m.blocks, blocks + 1); /* the stack */
        swiss_pool_destroy(pool);
        memory_end(&m);
    }
}

static void test_own_objects_and_a_bound(void **state) {
    (void)state;
    factory f;
    begin_factory(&f);
    swiss_pool_options options = options_of(&f, NULL);
    options.own = 5;
    options.bound = 6;
    swiss_pool *pool = create(&options);
    thing *got[20];
    for (int round = 0; round < 3; ++round) {
        get_all(pool, got, 20);
        for (int i = 0; i < 20; ++i) {
            swiss_pool_put(pool, got[i]);
            assert_int_equal(got[i]->alive, i < 11);
            assert_int_equal(stats_of(pool).idle, i < 11 ? i + 1 : 11);
        }
    }
    /* 6 are on the stack already: so the own ones have to go. */
    assert_int_equal(swiss_pool_trim(pool), 5);
    assert_int_equal(swiss_pool_trim(pool), 6);
    check_stats(pool, 22, 38, 60, 38, 0);
    swiss_pool_destroy(pool);
    assert_int_equal(f.made, f.dropped);
}

/* An object that a trim has seen does not get out of the next one's reach because another one is wanted. */
static void test_own_objects_are_trimmed(void **state) {
    (void)state;
    factory f;
    begin_factory(&f);
    swiss_pool_options options = options_of(&f, NULL);
    options.own = 8;
    swiss_pool *pool = create(&options);
    thing *got[30];
    get_all(pool, got, 30);
    put_all(pool, got, 30);
    assert_int_equal(swiss_pool_trim(pool), 0);
    get_all(pool, got, 2);
    put_all(pool, got, 2);
    assert_int_equal(swiss_pool_trim(pool), 28);
    assert_true(got[0]->alive && got[1]->alive);
    assert_int_equal(swiss_pool_trim(pool), 2);
    check_stats(pool, 2, 30, 32, 30, 0);
    swiss_pool_destroy(pool);
}

static void test_prefill(void **state) {
    (void)state;
    factory f;
    begin_factory(&f);
    swiss_pool_options options = options_of(&f, NULL);
    swiss_pool *pool = create(&options);
    assert_true(swiss_pool_prefill(pool, 20));
    swiss_pool_stats stats = stats_of(pool);
    assert_true(f.made == 20 && stats.made == 20 && stats.idle == 20 && stats.puts == 0 && stats.gets == 0);
    for (int i = 0; i < 20; ++i)
        assert_non_null(swiss_pool_get(pool));
    check_stats(pool, 20, 0, 0, 0, 0);
    f.fail_from = 25;
    assert_false(swiss_pool_prefill(pool, 20)); /* what could be made stays */
    assert_int_equal(stats_of(pool).idle, 5);
    swiss_pool_destroy(pool);
    assert_int_equal(f.dropped, 5);
}

static void test_trim_ages(void **state) {
    (void)state;
    memory m;
    factory f;
    memory_begin(&m);
    begin_factory(&f);
    swiss_pool_options options = options_of(&f, &m);
    swiss_pool *pool = create(&options);
    thing *got[6];
    for (int i = 0; i < 6; ++i)
        got[i] = swiss_pool_get(pool);
    size_t blocks = m.blocks; /* without a stack */
    for (int i = 0; i < 6; ++i)
        swiss_pool_put(pool, got[i]);
    assert_int_equal(m.blocks, blocks + 1);
    assert_int_equal(swiss_pool_trim(pool), 0); /* now all are victims */
    thing *a = swiss_pool_get(pool), *b = swiss_pool_get(pool);
    assert_true(a && b && f.made == 6);
    swiss_pool_put(pool, a);
    swiss_pool_put(pool, b);
    assert_int_equal(swiss_pool_trim(pool), 4); /* those that nobody wanted */
    assert_true(a->alive && b->alive && f.dropped == 4);
    check_stats(pool, 2, 6, 8, 4, 2);
    assert_int_equal(swiss_pool_trim(pool), 2);
    check_stats(pool, 2, 6, 8, 6, 0);
    assert_int_equal(m.blocks, blocks);
    assert_int_equal(swiss_pool_trim(pool), 0);
    a = swiss_pool_get(pool);
    assert_ptr_equal(a, &f.things[6]);
    swiss_pool_put(pool, a);
    swiss_pool_destroy(pool);
    assert_int_equal(f.dropped, 7);
    memory_end(&m);
}

static void test_idle_age(void **state) {
    (void)state;
    factory f;
    begin_factory(&f);
    swiss_pool_options options = options_of(&f, NULL);
    options.max_idle = 10;
    options.clock = tell_time;
    swiss_pool *pool = create(&options);
    f.now = 1000;
    thing *a = swiss_pool_get(pool), *b = swiss_pool_get(pool), *c = swiss_pool_get(pool);
    swiss_pool_put(pool, a);
    f.now = 1005;
    swiss_pool_put(pool, b);
    f.now = 1010; /* a is just young enough */
    swiss_pool_put(pool, c);
    assert_ptr_equal(swiss_pool_get(pool), c);
    assert_ptr_equal(swiss_pool_get(pool), b);
    assert_ptr_equal(swiss_pool_get(pool), a);
    swiss_pool_put(pool, a);
    swiss_pool_put(pool, b);
    f.now = 1021; /* both are too old: dropped, and another one made */
    thing *d = swiss_pool_get(pool);
    assert_true(d == &f.things[3] && !a->alive && !b->alive);
    check_stats(pool, 3, 4, 5, 2, 0);
    /* A trim drops the old ones, and however many come no others. */
    swiss_pool_put(pool, c);
    f.now = 1030;
    swiss_pool_put(pool, d);
    for (int i = 0; i < 5; ++i)
        assert_int_equal(swiss_pool_trim(pool), 0);
    f.now = 1032;
    assert_int_equal(swiss_pool_trim(pool), 1);
    assert_true(!c->alive && d->alive);
    /* A clock that goes back makes nothing old. */
    f.now = 3;
    assert_int_equal(swiss_pool_trim(pool), 0);
    assert_ptr_equal(swiss_pool_get(pool), d);
    swiss_pool_put(pool, d);
    f.now = UINT64_MAX;
    assert_ptr_equal(swiss_pool_get(pool), &f.things[4]);
    assert_int_equal(f.dropped, 4);
    swiss_pool_destroy(pool);
    assert_int_equal(f.dropped, 4); /* the fifth was not put */
}

static void test_system_clock(void **state) {
    (void)state;
    factory f;
    begin_factory(&f);
    swiss_pool_options options = options_of(&f, NULL);
    options.max_idle = 1000000;
#ifdef SWISS_NO_HEAP
    assert_null(swiss_pool_create(&options));
#else
    swiss_pool *pool = create(&options);
    thing *a = swiss_pool_get(pool);
    swiss_pool_put(pool, a);
    assert_ptr_equal(swiss_pool_get(pool), a);
    swiss_pool_put(pool, a);
    swiss_pool_destroy(pool);
#endif
    assert_int_equal(f.made, f.dropped);
}

static void test_drop_uses_pools(void **state) {
    (void)state;
    factory f, inner;
    begin_factory(&f);
    begin_factory(&inner);
    swiss_pool_options options = options_of(&inner, NULL);
    f.inner = create(&options);
    options = options_of(&f, NULL);
    options.shared = true;
    options.bound = 1;
    swiss_pool *pool = create(&options);
    thing *got[4];
    for (int i = 0; i < 4; ++i)
        got[i] = swiss_pool_get(pool);
    for (int i = 0; i < 4; ++i)
        swiss_pool_put(pool, got[i]);
    assert_int_equal(f.dropped, 3);
    assert_int_equal(swiss_pool_trim(pool) + swiss_pool_trim(pool), 1);
    swiss_pool_put(pool, swiss_pool_get(pool));
    swiss_pool_destroy(pool);
    assert_int_equal(f.made, f.dropped);
    swiss_pool_destroy(f.inner);
    assert_int_equal(inner.made, inner.dropped);
}

/* An allocator that puts into the pool while this asks it for a larger stack. */
static memory *busy_memory;
static swiss_pool *busy_pool;
static thing busy_things[30];
static size_t busy_count;

static void *busy_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    for (size_t more = busy_count + 10; busy_pool && busy_count < more && busy_count < 30;) {
        busy_things[busy_count].alive = 1;
        swiss_pool_put(busy_pool, &busy_things[busy_count++]);
    }
    return memory_allocate(busy_memory, size, alignment);
}

static void busy_free(void *context, void *block, size_t size, size_t alignment) {
    (void)context;
    memory_free(busy_memory, block, size, alignment);
}

/* A drop function that makes use of its own pool: once more, so that this ends. */
static struct {
    swiss_pool *pool;
    thing *got;
    size_t idle;
} in_drop;

static void drop_and_get(void *object, void *context) {
    swiss_pool_stats stats;
    swiss_pool_get_stats(in_drop.pool, &stats);
    in_drop.idle += stats.idle;
    if (!in_drop.got) {
        in_drop.got = swiss_pool_get(in_drop.pool);
        assert_ptr_not_equal(in_drop.got, object);
        swiss_pool_put(in_drop.pool, in_drop.got);
    }
    drop_thing(object, context);
}

static void test_destroy_drops_with_the_pool_in_use(void **state) {
    (void)state;
    factory f;
    memory m;
    begin_factory(&f);
    memory_begin(&m);
    swiss_pool_options options = options_of(&f, &m);
    options.drop = drop_and_get;
    memset(&in_drop, 0, sizeof in_drop);
    swiss_pool *pool = in_drop.pool = create(&options);
    thing *first = swiss_pool_get(pool), *second = swiss_pool_get(pool);
    swiss_pool_put(pool, first);
    swiss_pool_put(pool, second);
    swiss_pool_destroy(pool);
    assert_ptr_equal(in_drop.got, second);
    assert_int_equal(in_drop.idle, 1);
    assert_int_equal(f.dropped, 2);
    memory_end(&m);
}

#ifndef SWISS_NO_HEAP /* where a pool has one slot only */
/* Without memory the thread has no slot at first, and then it has: destroying ends both, and each is still counted. */
static void test_destroy_drops_before_it_frees(void **state) {
    (void)state;
    factory f;
    memory m;
    begin_factory(&f);
    memory_begin(&m);
    swiss_pool_options options = options_of(&f, &m);
    options.drop = drop_and_get;
    in_drop.got = &f.things[0];
    in_drop.idle = 0;
    swiss_pool *pool = in_drop.pool = create(&options);
    m.fail_at = m.calls;
    assert_true(swiss_pool_prefill(pool, 2));
    assert_int_equal(m.failures, 1);
    assert_true(swiss_pool_prefill(pool, 2));
    swiss_pool_destroy(pool);
    assert_int_equal(in_drop.idle, 3 + 2 + 1);
    assert_int_equal(f.dropped, 4);
    memory_end(&m);
}
#endif

static void grow_twice_at_once(size_t own) {
    memory m;
    factory f;
    memory_begin(&m);
    begin_factory(&f);
    const swiss_allocator allocator = {busy_allocate, NULL, busy_free, NULL};
    busy_memory = &m;
    swiss_pool_options options = options_of(&f, NULL);
    options.allocator = &allocator;
    options.own = own;
    swiss_pool *pool = create(&options);
    const int count = (int)own + 1;
    thing *got[5];
    get_all(pool, got, count);
    busy_pool = pool;
    busy_count = 0;
    put_all(pool, got, count);
    busy_pool = NULL;
    assert_true(busy_count == 30 && stats_of(pool).idle == 30 + own + 1);
    for (int i = 0; i < 30 + count; ++i)
        assert_true(swiss_pool_get(pool) != NULL && f.made == own + 1);
    for (int i = 0; i < 30; ++i)
        swiss_pool_put(pool, &busy_things[i]);
    swiss_pool_destroy(pool);
    assert_int_equal(f.dropped, 30);
    memory_end(&m);
}

static void test_the_stack_grows_twice_at_once(void **state) {
    (void)state;
    for (size_t own = 1; own <= 4; ++own)
        grow_twice_at_once(own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_comes_first),
        cmocka_unit_test(test_blocks_without_functions),
        cmocka_unit_test(test_only_what_was_put),
        cmocka_unit_test(test_impossible_options),
        cmocka_unit_test(test_make_fails),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_own_objects),
        cmocka_unit_test(test_own_objects_by_default),
        cmocka_unit_test(test_own_objects_and_a_bound),
        cmocka_unit_test(test_own_objects_are_trimmed),
        cmocka_unit_test(test_prefill),
        cmocka_unit_test(test_trim_ages),
        cmocka_unit_test(test_idle_age),
        cmocka_unit_test(test_system_clock),
        cmocka_unit_test(test_drop_uses_pools),
        cmocka_unit_test(test_destroy_drops_with_the_pool_in_use),
#ifndef SWISS_NO_HEAP
        cmocka_unit_test(test_destroy_drops_before_it_frees),
#endif
        cmocka_unit_test(test_the_stack_grows_twice_at_once),
    };
    return RUN_TESTS(tests);
}
