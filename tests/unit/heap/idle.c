/* What threads keep and do not use: it is bounded, and goes, by themselves, by others, and when they end. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "tests/support.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#ifdef __linux__
#    include <sys/mman.h>
#endif
#include <unistd.h>
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

enum { BLOCKS = 2000, THREADS = 8 };

static swiss_heap_stats get_stats(void) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    return stats;
}

/* Allocates blocks of sizes below `most`, and frees them. */
static void burst(uint64_t *random, size_t most) {
    void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = swiss_heap_alloc(NULL, random_below(random, most) + 1);
        assert_non_null(blocks[i]);
        *(char *)blocks[i] = 1;
    }
    for (size_t i = 0; i < BLOCKS; ++i)
        swiss_heap_free(NULL, blocks[i]);
}

/* How far the test is, and how often a thread has come to where it waits for that. Who waits does nothing. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned stage, there;

static void set(unsigned *what, unsigned value) {
    pthread_mutex_lock(&lock);
    *what = value;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void wait_until(const unsigned *what, unsigned wanted) {
    pthread_mutex_lock(&lock);
    while (*what < wanted)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

/* Of a thread: it is there, and goes on when the test is at `wanted`. */
static void arrive(unsigned wanted) {
    pthread_mutex_lock(&lock);
    ++there;
    pthread_cond_broadcast(&changed);
    while (stage < wanted)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void *burst_and_wait(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (unsigned i = 1; i <= 3; ++i) {
        burst(&random, 3000);
        arrive(i);
    }
    return NULL;
}

static void start(pthread_t *threads, void *(*run)(void *)) {
    set(&stage, 0);
    set(&there, 0);
    for (uintptr_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)(i + 1)), 0);
}

static void join(pthread_t *threads) {
    for (unsigned i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* One thread's trim takes what others have at hand; they go on with nothing at hand. */
static void test_a_trim_takes_from_idle_threads(void **state) {
    (void)state;
    if (!swiss_os_barrier_all())
        skip();
    pthread_t threads[THREADS];
    start(threads, burst_and_wait);
    for (unsigned i = 1; i <= 3; ++i) {
        wait_until(&there, THREADS * i);
        usleep(10000); /* so that all of them wait */
        assert_true(get_stats().span_bytes > 0);
        swiss_heap_trim(NULL);
        assert_int_equal(get_stats().span_bytes, 0);
#ifndef _WIN32 /* which takes no memory back that stays usable */
        if (swiss_os_page_size() <= SWISS_PAGE_SIZE)
            assert_int_equal(get_stats().idle_bytes, 0);
#endif
        set(&stage, i);
    }
    join(threads);
    swiss_heap_trim(NULL);
    assert_int_equal(get_stats().span_bytes, 0);
}

static void *trim(void *argument) {
    swiss_heap_trim(NULL);
    return argument;
}

static void let_another_trim(void) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, trim, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

enum { CLASS = 8 };

/* Lets this thread have a block of CLASS at hand, and returns its stack. */
static swiss_stack *have_at_hand(uint64_t *counts) {
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, swiss_class_size[CLASS]));
    swiss_stack *stack = &swiss_thread_mine.cache->stacks[CLASS];
    assert_true(swiss_stack_count(stack) > 0);
    *counts = stack->counts;
    return stack;
}

static swiss_block block_at(void *address) {
    swiss_span *span = swiss_segment_find(address);
    return (swiss_block){address, swiss_span_state(span, swiss_span_slot(span, address))};
}

static void assert_alive(uint64_t blocks) {
    swiss_heap_stats stats = get_stats();
    assert_int_equal(stats.mallocs - stats.frees, blocks);
}

/* A thread is stopped where it has read the counts of a stack and not written them, or has written them, and what it
 * has at hand is taken meanwhile: in the first case its call has not begun, in the second it is done. */
static void test_a_cache_is_taken_amid_a_call(void **state) {
    (void)state;
    if (!swiss_os_barrier_all())
        skip();
    uint64_t counts;
    for (int written = 0; written < 2; ++written) {
        swiss_heap_trim(NULL);
        const swiss_heap_stats before = get_stats();
        swiss_stack *stack = have_at_hand(&counts);
        swiss_block block;
        if (written)
            block = swiss_stack_pop(stack, counts);
        let_another_trim();
        if (!written)
            block = swiss_stack_pop(stack, counts);
        assert_true(swiss_cache_is_revoked());
        void *popped = swiss_cache_settle_pop(stack, counts - SWISS_STACK_TAKEN, block.address, block.state);
        assert_int_equal(popped != NULL, written);
        if (!written) {
            assert_int_equal(get_stats().span_bytes, 0); /* what it would have got is not there any more */
            popped = swiss_heap_alloc(NULL, swiss_class_size[CLASS]);
        }
        assert_alive(before.mallocs - before.frees + 1);
        assert_true(swiss_heap_owns(NULL, popped));

        (void)have_at_hand(&counts);
        block = block_at(popped);
        if (stack->tag != *block.state) { /* let_another_trim has made it another's */
            swiss_heap_free(NULL, popped);
            popped = swiss_heap_alloc(NULL, swiss_class_size[CLASS]);
            block = block_at(popped);
        }
        counts = stack->counts;
        assert_int_equal(*block.state, stack->tag);
        *block.state = SWISS_SLOT_FREE;
        if (written)
            swiss_stack_push(stack, counts, block);
        let_another_trim();
        if (!written)
            swiss_stack_push(stack, counts, block);
        assert_int_equal(swiss_cache_settle_push(stack, counts, block.state), written);
        if (!written) {
            assert_true(swiss_heap_owns(NULL, popped));
            swiss_heap_free(NULL, popped);
        }
        assert_alive(before.mallocs - before.frees);
        swiss_heap_trim(NULL);
        assert_int_equal(get_stats().span_bytes, 0);
    }
}

/* What a thread handed out before its cache was taken it does not use again: the spans went away. */
static void test_blocks_from_before_go_back(void **state) {
    (void)state;
    if (!swiss_os_barrier_all())
        skip();
    void *before = swiss_heap_alloc(NULL, swiss_class_size[CLASS]);
    let_another_trim();
    uint64_t counts;
    const swiss_stack *stack = have_at_hand(&counts);
    const swiss_cache *cache = swiss_thread_mine.cache;
    assert_int_equal(cache->aside[CLASS], 0);
    swiss_heap_free(NULL, before);
    assert_int_equal(cache->aside[CLASS], 1);
    assert_int_equal(stack->counts, counts);
}

/* From a thread that does more than a look at the top of a stack nothing is taken. */
static void test_nothing_is_taken_from_a_busy_thread(void **state) {
    (void)state;
    uint64_t counts;
    swiss_stack *stack = have_at_hand(&counts);
    assert_non_null(swiss_cache_enter());
    let_another_trim();
    assert_false(swiss_cache_is_revoked());
    assert_int_equal(stack->counts, counts);
    swiss_cache_leave();
}

static atomic_bool over;

static void *burst_until_over(void *argument) {
    uint64_t random = (uintptr_t)argument;
    while (!atomic_load(&over))
        burst(&random, random % 4 ? 200 : 3000);
    return NULL;
}

/* Trims meanwhile take caches from threads that are at work: nothing is lost or handed out twice. */
static void *check_blocks(void *argument) {
    uint64_t random = (uintptr_t)argument;
    unsigned char *blocks[64] = {NULL};
    const unsigned char mine = (unsigned char)random;
    while (!atomic_load(&over)) {
        size_t i = random_below(&random, 64), size = random_below(&random, 500) + 1;
        if (blocks[i])
            assert_int_equal(*blocks[i], mine);
        swiss_heap_free(NULL, blocks[i]);
        blocks[i] = swiss_heap_alloc(NULL, size);
        memset(blocks[i], mine, size);
    }
    for (size_t i = 0; i < 64; ++i)
        swiss_heap_free(NULL, blocks[i]);
    return NULL;
}

static void test_trims_while_threads_work(void **state) {
    (void)state;
    for (int checks = 0; checks < 2; ++checks) {
        pthread_t threads[THREADS];
        atomic_store(&over, false);
        start(threads, checks ? check_blocks : burst_until_over);
        for (int i = 0; i < 50; ++i) {
            swiss_heap_trim(NULL);
            swiss_heap_stats stats = get_stats();
            assert_true(stats.frees <= stats.mallocs);
            sched_yield();
        }
        atomic_store(&over, true);
        join(threads);
        swiss_heap_trim(NULL);
        assert_int_equal(get_stats().span_bytes, 0);
        assert_int_equal(get_stats().mallocs, get_stats().frees);
    }
}

/* Bytes of the blocks that threads have at hand. */
static size_t at_hand(void) {
    size_t bytes = 0;
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    for (swiss_cache *cache = swiss_heap_main.caches.all; cache; cache = cache->next)
        for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
            bytes += ((cache->taken ? 0 : swiss_stack_count(&cache->stacks[i])) + cache->aside[i]) *
                     (size_t)swiss_class_size[i];
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    return bytes;
}

static void *burst_much(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (int i = 0; i < 20; ++i)
        burst(&random, 1000);
    arrive(1);
    return NULL;
}

/* All threads together keep no more than is allowed, beyond what each may have in any case. */
static void test_a_limit_for_all_threads(void **state) {
    (void)state;
    size_t held[2];
    const size_t limits[2] = {(size_t)32 << 20, (size_t)1 << 20};
    swiss_heap_set_scavenging(NULL, 0); /* the first thread may wait for the last for more than a second */
    for (int i = 0; i < 2; ++i) {
        pthread_t threads[THREADS];
        swiss_heap_set_cache_limit(limits[i]);
        swiss_heap_trim(NULL);
        start(threads, burst_much);
        wait_until(&there, THREADS);
        held[i] = at_hand();
        set(&stage, 1);
        join(threads);
    }
    swiss_heap_set_cache_limit(SWISS_CACHE_LIMIT);
    swiss_heap_set_scavenging(NULL, 1000);
    size_t in_any_case = 33 * 8192 * 3 / 2 * THREADS;
    assert_true(held[0] > limits[1] + in_any_case);
    assert_true(held[1] <= limits[1] + in_any_case);
}

static void *be_idle(void *argument) {
    uint64_t random = (uintptr_t)argument;
    burst(&random, 1000);
    arrive(1);
    return NULL;
}

/* A thread that goes on with other sizes gives back what it does not use, and takes from those who do nothing, in its
 * time. */
static void test_what_is_not_used_goes_by_itself(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    uint64_t random = 1;
    swiss_heap_set_scavenging(NULL, 20);
    start(threads, be_idle);
    wait_until(&there, THREADS);
    burst(&random, 1000);
    size_t before = at_hand();
    for (int i = 0; i < 60; ++i) { /* small calls alone */
        void *blocks[BLOCKS];
        for (size_t j = 0; j < BLOCKS; ++j)
            blocks[j] = swiss_heap_alloc(NULL, 1500);
        for (size_t j = 0; j < BLOCKS; ++j)
            swiss_heap_free(NULL, blocks[j]);
        usleep(2000);
    }
    size_t own = 0;
    const swiss_cache *mine = swiss_thread_mine.cache;
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        own += swiss_class_size[i] == 1536 ? 0 : swiss_stack_count(&mine->stacks[i]);
    assert_int_equal(own, 0);
    if (swiss_os_barrier_all())
        assert_true(at_hand() < before / 4);
    set(&stage, 1);
    join(threads);
    swiss_heap_set_scavenging(NULL, 1000);
}

enum { FOREIGN = 8 };
static void *foreign[FOREIGN];

static void *make_foreign(void *argument) {
    for (size_t i = 0; i < FOREIGN; ++i)
        foreign[i] = swiss_heap_alloc(NULL, 100);
    return argument;
}

static void *look_after_caches(void *argument) {
    swiss_cache_upkeep(&swiss_heap_main.caches);
    return argument;
}

static void run(void *(*what)(void *)) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, what, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* A thread that only frees blocks that others have allocated is not idle. */
static void test_who_only_frees_is_not_idle(void **state) {
    (void)state;
    uint64_t counts;
    run(make_foreign);
    swiss_heap_set_scavenging(NULL, 10);
    for (size_t i = 0; i < FOREIGN; ++i) {
        if (i == 0)
            (void)have_at_hand(&counts);
        swiss_heap_free(NULL, foreign[i]);
        usleep(20000); /* so that someone looks */
        run(look_after_caches);
        assert_false(swiss_cache_is_revoked());
    }
    swiss_heap_set_scavenging(NULL, 1000);
}

#ifdef __linux__
/* Bytes of memory that caches have, which is less than their size. */
static size_t cache_memory(void) {
    size_t bytes = 0, page = swiss_os_page_size(), pages = swiss_cache_size() / page;
    unsigned char *here = malloc(pages);
    assert_non_null(here);
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    for (swiss_cache *cache = swiss_heap_main.caches.all; cache; cache = cache->next) {
        assert_int_equal(mincore(cache, swiss_cache_size(), here), 0);
        for (size_t i = 0; i < pages; ++i)
            bytes += here[i] & 1 ? page : 0;
    }
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    free(here);
    return bytes;
}
#endif

static void test_threads_that_ended_keep_little(void **state) {
    (void)state;
#ifdef __linux__
    enum { COUNT = 300 };
    static pthread_t threads[COUNT];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)256 << 10);
    swiss_heap_trim(NULL);
    size_t before = cache_memory();
    set(&stage, 0);
    set(&there, 0);
    for (uintptr_t i = 0; i < COUNT; ++i)
        assert_int_equal(pthread_create(&threads[i], &attributes, be_idle, (void *)(i + 1)), 0);
    wait_until(&there, COUNT); /* so that all of them are there at once */
    set(&stage, 1);
    for (unsigned i = 0; i < COUNT; ++i)
        pthread_join(threads[i], NULL);
    swiss_heap_trim(NULL);
    assert_true(cache_memory() - before <= COUNT * swiss_os_round(sizeof(swiss_cache)));
#endif
}

int main(void) {
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, 1));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_trim_takes_from_idle_threads),
        cmocka_unit_test(test_a_cache_is_taken_amid_a_call),
        cmocka_unit_test(test_blocks_from_before_go_back),
        cmocka_unit_test(test_nothing_is_taken_from_a_busy_thread),
        cmocka_unit_test(test_trims_while_threads_work),
        cmocka_unit_test(test_a_limit_for_all_threads),
        cmocka_unit_test(test_what_is_not_used_goes_by_itself),
        cmocka_unit_test(test_who_only_frees_is_not_idle),
        cmocka_unit_test(test_threads_that_ended_keep_little),
    };
    return RUN_TESTS(tests);
}
