/* A pool of several threads: no object is in two hands, what one thread puts another gets, and what threads leave
 * behind when they end is neither lost nor dropped twice. */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#    define _POSIX_C_SOURCE 200809L
#endif
#include "tests/support.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <swiss/pool.h>
#include "swiss/os/os.h"

static void start(pthread_t *thread, void *(*run)(void *), void *argument) {
    assert_int_equal(pthread_create(thread, NULL, run, argument), 0);
}

static void run_one(void *(*run)(void *), void *argument) {
    pthread_t thread;
    start(&thread, run, argument);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* In a thread an assertion of cmocka would jump out of it. */
static void check(bool condition) {
    if (!condition)
        abort();
}

typedef struct thing {
    atomic_bool taken;
} thing;

static atomic_size_t made, dropped;

static void *make_thing(void *context) {
    (void)context;
    thing *t = malloc(sizeof *t);
    check(t != NULL);
    atomic_init(&t->taken, false);
    atomic_fetch_add(&made, 1);
    return t;
}

static void drop_thing(void *object, void *context) {
    (void)context;
    thing *t = object;
    check(!atomic_load(&t->taken));
    atomic_fetch_add(&dropped, 1);
    free(t);
}

static thing *take(swiss_pool *pool) {
    thing *t = swiss_pool_get(pool);
    check(t && !atomic_exchange(&t->taken, true));
    return t;
}

static void give(swiss_pool *pool, thing *t) {
    check(atomic_exchange(&t->taken, false));
    swiss_pool_put(pool, t);
}

static swiss_pool *create(size_t bound, size_t own, bool shared) {
    atomic_store(&made, 0);
    atomic_store(&dropped, 0);
    swiss_pool_options options = {0};
    options.make = make_thing;
    options.drop = drop_thing;
    options.bound = bound;
    options.own = own;
    options.shared = shared;
    swiss_pool *pool = swiss_pool_create(&options);
    assert_non_null(pool);
    return pool;
}

static swiss_pool_stats stats_of(const swiss_pool *pool) {
    swiss_pool_stats stats;
    swiss_pool_get_stats(pool, &stats);
    return stats;
}

/* Ends a pool that has all of its objects. */
static void end(swiss_pool *pool) {
    swiss_pool_stats stats = stats_of(pool);
    assert_int_equal(stats.made, atomic_load(&made));
    assert_int_equal(stats.drops, atomic_load(&dropped));
    assert_int_equal(stats.idle, stats.made - stats.drops);
    swiss_pool_destroy(pool);
    assert_int_equal(atomic_load(&dropped), atomic_load(&made));
}

/* Gets and puts at random, holding up to 8. */
typedef struct work {
    swiss_pool *pool;
    uint64_t seed, gets, puts;
    size_t rounds;
} work;

static void *churn(void *argument) {
    work *w = argument;
    uint64_t random = w->seed;
    thing *held[8];
    size_t count = 0;
    for (size_t i = 0; i < w->rounds; ++i) {
        bool gets = count == 0 || (count < 8 && random_below(&random, 2) == 0);
        if (gets) {
            held[count++] = take(w->pool);
            ++w->gets;
        } else {
            size_t which = random_below(&random, count);
            give(w->pool, held[which]);
            held[which] = held[--count];
            ++w->puts;
        }
        if (i % 1000 == 999)
            sched_yield();
    }
    for (; count; ++w->puts)
        give(w->pool, held[--count]);
    return NULL;
}

enum { THREADS = 4, ROUNDS = 20000 };

static void churn_all(swiss_pool *pool, void (*meanwhile)(swiss_pool *), int lives) {
    uint64_t gets = 0, puts = 0;
    for (int life = 0; life < lives; ++life) {
        pthread_t threads[THREADS];
        work works[THREADS];
        for (int i = 0; i < THREADS; ++i) {
            works[i] = (work){pool, (uint64_t)(life * THREADS + i), 0, 0, ROUNDS};
            start(&threads[i], churn, &works[i]);
        }
        for (int i = 0; meanwhile && i < 50; ++i)
            meanwhile(pool);
        for (int i = 0; i < THREADS; ++i) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            gets += works[i].gets;
            puts += works[i].puts;
        }
    }
    swiss_pool_stats stats = stats_of(pool);
    assert_int_equal(stats.gets, gets);
    assert_int_equal(stats.gets, stats.hits + stats.misses);
    assert_int_equal(stats.misses, stats.made);
    assert_int_equal(stats.puts, puts);
}

static void test_no_object_is_in_two_hands(void **state) {
    (void)state;
    for (size_t own = 0; own < 13; own += 4) {
        swiss_pool *pool = create(0, own, own == 0);
        churn_all(pool, NULL, 3);
        assert_true(atomic_load(&made) <= (2 * THREADS + 1) * (8 + own)); /* at hand, and aside in the dead's slots */
        end(pool);
    }
}

static void trim_and_look(swiss_pool *pool) {
    swiss_pool_trim(pool);
    (void)stats_of(pool);
    sched_yield();
}

static void test_trims_meanwhile(void **state) {
    (void)state;
    for (size_t own = 0; own < 13; own += 3) {
        swiss_pool *pool = create(0, own, own == 0);
        churn_all(pool, trim_and_look, 3);
        swiss_pool_trim(pool);
        swiss_pool_trim(pool); /* reaches what the dead have left, too */
        assert_int_equal(stats_of(pool).idle, 0);
        end(pool);
    }
}

static void look_at_bound(swiss_pool *pool) {
    assert_true(stats_of(pool).idle <= 5);
    sched_yield();
}

static void test_bound_of_all_threads(void **state) {
    (void)state;
    swiss_pool *pool = create(5, 0, true);
    churn_all(pool, look_at_bound, 2);
    assert_int_equal(stats_of(pool).idle, 5);
    end(pool);
}

static void *put_many(void *argument) {
    swiss_pool *pool = argument;
    thing *held[100];
    for (int i = 0; i < 100; ++i)
        held[i] = take(pool);
    for (int i = 0; i < 100; ++i)
        give(pool, held[i]);
    return NULL;
}

static void *put_many_and_stay(void *argument) {
    void **pair = argument;
    atomic_int *step = pair[1];
    (void)put_many(pair[0]);
    atomic_store(step, 1);
    while (atomic_load(step) == 1)
        sched_yield();
    return NULL;
}

static void test_others_have_what_a_thread_has_put(void **state) {
    (void)state;
    swiss_pool *pool = create(0, 0, false);
    atomic_int step = 0;
    void *pair[] = {pool, &step};
    pthread_t thread;
    start(&thread, put_many_and_stay, pair);
    while (atomic_load(&step) == 0)
        sched_yield();
    thing *held[100];
    for (int i = 0; i < 99; ++i)
        held[i] = take(pool);
    assert_int_equal(atomic_load(&made), 100);
    held[99] = take(pool); /* the last one the thread keeps by itself */
    assert_int_equal(atomic_load(&made), 101);
    for (int i = 0; i < 100; ++i)
        give(pool, held[i]);
    assert_int_equal(swiss_pool_trim(pool), 0);
    assert_int_equal(swiss_pool_trim(pool), 100);
    atomic_store(&step, 2);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(stats_of(pool).idle, 1);
    swiss_pool_trim(pool);
    assert_int_equal(swiss_pool_trim(pool), 1); /* it is gone, and its object within reach */
    end(pool);
}

/* What a thread keeps by itself no other gets, as long as it lives; of the rest another takes several at a time. */
static void test_own_objects(void **state) {
    (void)state;
    swiss_pool *pool = create(0, 10, false);
    atomic_int step = 0;
    void *pair[] = {pool, &step};
    pthread_t thread;
    start(&thread, put_many_and_stay, pair);
    while (atomic_load(&step) == 0)
        sched_yield();
    thing *held[102];
    int count = 0;
    while (atomic_load(&made) == 100)
        held[count++] = take(pool);
    assert_in_range(count - 1, 90, 99);
    const size_t kept = 100 - (size_t)(count - 1);
    assert_int_equal(stats_of(pool).idle, kept);
    for (int i = 0; i < count; ++i)
        give(pool, held[i]);
    assert_int_equal(swiss_pool_trim(pool), 0);
    assert_int_equal(swiss_pool_trim(pool), count);
    assert_int_equal(stats_of(pool).idle, kept);
    atomic_store(&step, 2);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(swiss_pool_trim(pool), 0);
    assert_int_equal(swiss_pool_trim(pool), kept); /* it is gone, and its objects within reach */
    end(pool);
}

static void *take_and_give(void *argument) {
    give(argument, take(argument));
    return NULL;
}

static void *tell_number(void *argument) {
    *(unsigned *)argument = swiss_os_thread_index();
    return NULL;
}

static void test_threads_end_with_objects(void **state) {
    (void)state;
    swiss_pool *pool = create(0, 0, false);
    for (int i = 0; i < 200; ++i)
        run_one(take_and_give, pool);
    assert_int_equal(atomic_load(&made), 1); /* each finds that of the one before */
    assert_int_equal(stats_of(pool).idle, 1);
    unsigned before, after;
    run_one(tell_number, &before);
    swiss_pool_trim(pool); /* borrows the number, */
    run_one(tell_number, &after);
    assert_int_equal(before, after); /* and returns it */
    end(pool);                       /* and the last is dropped with the pool */
}

static void *get_once(void *argument) {
    void **pair = argument;
    *(thing **)pair[1] = take(pair[0]);
    return NULL;
}

static void test_another_thread_puts(void **state) {
    (void)state;
    swiss_pool *pool = create(0, 0, false);
    thing *t = NULL;
    void *pair[] = {pool, &t};
    for (int i = 0; i < 20; ++i) {
        run_one(get_once, pair);
        give(pool, t);
    }
    assert_true(atomic_load(&made) <= 2); /* this thread's own, and from its stack what the others take */
    end(pool);
}

/* A destructor of the program's that runs after the thread has given its number back. */
static pthread_key_t late_key;
static swiss_pool *late_pool;

static void use_late(void *argument) {
    uintptr_t round = (uintptr_t)argument;
    if (round < 3) {
        check(pthread_setspecific(late_key, (void *)(round + 1)) == 0);
        return;
    }
#ifndef _WIN32 /* which calls these before ours */
    check(swiss_os_thread_index() == 0);
#endif
    thing *a = take(late_pool), *b = take(late_pool);
    give(late_pool, a);
    give(late_pool, b);
    swiss_pool_trim(late_pool);
}

static void *end_late(void *argument) {
    check(pthread_setspecific(late_key, (void *)1) == 0);
    return take_and_give(argument);
}

static void test_pools_while_a_thread_ends(void **state) {
    (void)state;
    late_pool = create(0, 0, false);
    assert_int_equal(pthread_key_create(&late_key, use_late), 0);
    for (int i = 0; i < 20; ++i)
        run_one(end_late, late_pool);
    assert_int_equal(pthread_key_delete(late_key), 0);
    /* What they have put is within reach of others. */
    size_t before = atomic_load(&made), idle = stats_of(late_pool).idle;
    assert_true(idle >= 1);
    thing *held[8];
    for (size_t i = 1; i < idle; ++i) /* one may be aside, of the number that no thread has */
        held[i] = take(late_pool);
    assert_int_equal(atomic_load(&made), before);
    for (size_t i = 1; i < idle; ++i)
        give(late_pool, held[i]);
    end(late_pool);
}

static void test_more_threads_than_numbers(void **state) {
    (void)state;
    static bool borrowed[SWISS_OS_THREADS];
    swiss_pool *pool = create(0, 0, false);
    assert_true(swiss_os_thread_index() > 0);
    for (unsigned i = 0; i < SWISS_OS_THREADS; ++i)
        borrowed[i] = swiss_os_thread_borrow(i);
    assert_false(borrowed[0]);
    churn_all(pool, NULL, 2);
    for (unsigned i = 0; i < SWISS_OS_THREADS; ++i)
        if (borrowed[i])
            swiss_os_thread_return(i);
    end(pool);
}

static void test_numbers(void **state) {
    (void)state;
    unsigned mine = swiss_os_thread_index(), first = 0, second = 0;
    assert_true(mine > 0 && mine < SWISS_OS_THREADS);
    assert_int_equal(swiss_os_thread_index(), mine);
    assert_false(swiss_os_thread_borrow(mine));
    assert_false(swiss_os_thread_borrow(SWISS_OS_THREADS));
    run_one(tell_number, &first);
    assert_true(first != mine && swiss_os_thread_borrow(first));
    run_one(tell_number, &second);
    assert_true(second != mine && second != first);
    swiss_os_thread_return(first);
    run_one(tell_number, &second);
    assert_int_equal(second, first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_no_object_is_in_two_hands),
        cmocka_unit_test(test_trims_meanwhile),
        cmocka_unit_test(test_bound_of_all_threads),
        cmocka_unit_test(test_others_have_what_a_thread_has_put),
        cmocka_unit_test(test_own_objects),
        cmocka_unit_test(test_threads_end_with_objects),
        cmocka_unit_test(test_another_thread_puts),
        cmocka_unit_test(test_pools_while_a_thread_ends),
        cmocka_unit_test(test_more_threads_than_numbers),
    };
    return RUN_TESTS(tests);
}
