/* The default heap from several threads: blocks that cross from one to another, threads that only free, that end, that
 * allocate while they end, and that fork. */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#    define _POSIX_C_SOURCE 200809L
#endif
#include "tests/support.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

static void start(pthread_t *thread, void *(*run)(void *), void *argument) {
    assert_int_equal(pthread_create(thread, NULL, run, argument), 0);
}

static swiss_heap_stats get_stats(void) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    return stats;
}

static void check_nothing_lost(const swiss_heap_stats *before) {
    swiss_heap_stats after = get_stats();
    assert_int_equal(after.mallocs - before->mallocs, after.frees - before->frees);
    assert_int_equal(after.in_use_bytes, before->in_use_bytes);
}

/* A ring that one thread fills and another empties, or all do both. */
enum { RING = 256 };

struct ring {
    _Atomic(unsigned char *) place[RING];
};

static void *produce(void *argument) {
    struct ring *ring = argument;
    for (size_t i = 0; i < 300000; ++i) {
        size_t size = 8 + i * 37 % 400;
        unsigned char *block = swiss_heap_alloc(NULL, size);
        if (!block)
            abort();
        memset(block, (int)(size & 0xFF), size);
        memcpy(block, &size, sizeof size);
        while (atomic_load_explicit(&ring->place[i % RING], memory_order_acquire))
            sched_yield();
        atomic_store_explicit(&ring->place[i % RING], block, memory_order_release);
    }
    return NULL;
}

static void *consume(void *argument) {
    struct ring *ring = argument;
    for (size_t i = 0; i < 300000; ++i) {
        unsigned char *block;
        while (!(block = atomic_load_explicit(&ring->place[i % RING], memory_order_acquire)))
            sched_yield();
        atomic_store_explicit(&ring->place[i % RING], NULL, memory_order_release);
        size_t size;
        memcpy(&size, block, sizeof size);
        for (size_t j = sizeof size; j < size; ++j)
            if (block[j] != (size & 0xFF))
                abort();
        swiss_heap_free_sized(NULL, block, size);
    }
    return NULL;
}

static void test_producer_and_consumer(void **state) {
    (void)state;
    static struct ring ring;
    swiss_heap_stats before = get_stats();
    pthread_t producer, consumer;
    start(&producer, produce, &ring);
    start(&consumer, consume, &ring);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    check_nothing_lost(&before);
    swiss_heap_stats after = get_stats(); /* what the consumer frees, the producer uses again */
    assert_true(after.span_bytes - before.span_bytes < 2 * 1024 * 1024);
}

static struct ring exchange_ring;

/* Puts blocks in and frees what it takes out: of its own, of others, of threads that are gone. */
static void *exchange(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (int i = 0; i < 30000; ++i) {
        size_t size = 2 + random_below(&random, random_below(&random, 64) ? 300 : 60000);
        unsigned char *block = swiss_heap_alloc(NULL, size);
        if (!block)
            abort();
        block[0] = block[size - 1] = (unsigned char)random;
        block = atomic_exchange(&exchange_ring.place[random_below(&random, RING)], block);
        if (block && random_below(&random, 8) == 0)
            block = swiss_heap_resize(NULL, block, 300);
        swiss_heap_free(NULL, block);
    }
    return NULL;
}

static void test_exchange_with_threads_reborn(void **state) {
    (void)state;
    enum { THREADS = 4, LIVES = 6 };
    swiss_heap_stats before = get_stats();
    for (int life = 0; life < LIVES; ++life) {
        pthread_t threads[THREADS];
        for (uintptr_t i = 0; i < THREADS; ++i)
            start(&threads[i], exchange, (void *)(i + 10 * (uintptr_t)life));
        for (int i = 0; i < THREADS; ++i)
            pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < RING; ++i)
        swiss_heap_free(NULL, atomic_exchange(&exchange_ring.place[i], NULL));
    check_nothing_lost(&before);
    unsigned caches = 0;
    for (swiss_cache *cache = swiss_heap_main.caches.all; cache; cache = cache->next)
        ++caches;
    assert_true(caches <= THREADS + 2); /* the dead leave theirs to the living */
}

/* Each thread frees all but one block of each span that it made, and ends: another thread finds the free slots. */
static void *leave_holes(void *argument) {
    static void *blocks[2000];
    for (int i = 0; i < 2000; ++i)
        blocks[i] = swiss_heap_alloc(NULL, 500);
    for (int i = 0; i < 2000; ++i)
        if (i % 16)
            swiss_heap_free(NULL, blocks[i]);
        else
            ((void **)argument)[i / 16] = blocks[i];
    return NULL;
}

static void test_spans_of_dead_threads_are_used(void **state) {
    (void)state;
    void *kept[125];
    size_t span_bytes = 0;
    for (int i = 0; i < 20; ++i) {
        pthread_t thread;
        start(&thread, leave_holes, kept);
        pthread_join(thread, NULL);
        if (i == 0)
            span_bytes = get_stats().span_bytes;
        for (int j = 0; j < 125; ++j)
            swiss_heap_free(NULL, kept[j]);
    }
    swiss_heap_trim(NULL); /* what this thread has at hand keeps their spans */
    assert_true(get_stats().span_bytes <= span_bytes);

    /* Also by a thread that has been there all the time. */
    pthread_t thread;
    start(&thread, leave_holes, kept);
    pthread_join(thread, NULL);
    span_bytes = get_stats().span_bytes;
    static void *found[1800];
    for (int i = 0; i < 1800; ++i)
        found[i] = swiss_heap_alloc(NULL, 500);
    assert_true(get_stats().span_bytes <= span_bytes + 2 * SWISS_PAGE_SIZE);
    for (int i = 0; i < 1800; ++i)
        swiss_heap_free(NULL, found[i]);
    for (int j = 0; j < 125; ++j)
        swiss_heap_free(NULL, kept[j]);
}

/* What another thread allocated: freed it is free, to everyone, but the thread does not use it itself, and gives it
 * back. */
enum { OTHERS = 3000 };
static void *others_blocks[OTHERS];

static void *free_what_others_allocated(void *argument) {
    (void)argument;
    swiss_heap_stats before = get_stats();
    static void *own[OTHERS];
    unsigned used = 0;
    for (int i = 0; i < OTHERS; ++i) {
        swiss_heap_free(NULL, others_blocks[i]);
        if (swiss_heap_owns(NULL, others_blocks[i]))
            abort();
#ifdef NDEBUG
        swiss_heap_free(NULL, others_blocks[i]);
        swiss_heap_free(NULL, others_blocks[i / 2]);
#endif
    }
    swiss_heap_stats after = get_stats();
    if (after.frees - before.frees != OTHERS || after.mallocs != before.mallocs)
        abort();
    uintptr_t least = UINTPTR_MAX, most = 0;
    for (int i = 0; i < OTHERS; ++i) {
        uintptr_t address = (uintptr_t)others_blocks[i];
        least = address < least ? address : least;
        most = address > most ? address : most;
    }
    for (int i = 0; i < OTHERS; ++i) {
        own[i] = swiss_heap_alloc(NULL, 100);
        for (int j = OTHERS - 100; j < OTHERS && (uintptr_t)own[i] >= least && (uintptr_t)own[i] <= most; ++j)
            used += own[i] == others_blocks[j];
    }
    for (int i = 0; i < OTHERS; ++i)
        swiss_heap_free(NULL, own[i]);
    if (used)
        abort();
    return NULL;
}

static void test_blocks_of_others_go_back(void **state) {
    (void)state;
    swiss_heap_stats before = get_stats();
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < OTHERS; ++i)
            others_blocks[i] = swiss_heap_alloc(NULL, 100);
        pthread_t thread;
        start(&thread, free_what_others_allocated, NULL);
        pthread_join(thread, NULL);
        check_nothing_lost(&before);
    }
    swiss_heap_stats after = get_stats(); /* 300 KB each */
    assert_true(after.span_bytes - before.span_bytes < 3 * OTHERS * 112);
}

/* The cache of a thread that has ended serves the next one, but for what it has handed out: by now the spans of these
 * blocks may be a third thread's, beside whose blocks they lie. So the next thread gives them back to the spans,
 * too. */
typedef struct heir {
    swiss_cache *cache;
    void *block;
} heir;

static void *leave_a_block(void *argument) {
    heir *left = argument;
    left->block = swiss_heap_alloc(NULL, 100);
    left->cache = swiss_thread_mine.cache;
    return NULL;
}

static void *free_what_the_last_one_left(void *argument) {
    heir *left = argument;
    const unsigned size_class = swiss_class_of(100);
    void *own = swiss_heap_alloc(NULL, 40);
    if (swiss_thread_mine.cache != left->cache || left->cache->aside[size_class])
        abort();
    swiss_heap_free(NULL, left->block);
    if (left->cache->aside[size_class] != 1)
        abort();
    swiss_heap_free(NULL, own);
    return NULL;
}

static void test_blocks_of_the_last_thread_go_back(void **state) {
    (void)state;
    swiss_heap_stats before = get_stats();
    heir left = {NULL, NULL};
    pthread_t thread;
    start(&thread, leave_a_block, &left);
    pthread_join(thread, NULL);
    start(&thread, free_what_the_last_one_left, &left);
    pthread_join(thread, NULL);
    check_nothing_lost(&before);
}

/* More caches than there are tags. */
enum { CROWD = 300 };
static _Atomic int crowd_begun;
static pthread_mutex_t crowd_gate = PTHREAD_MUTEX_INITIALIZER;

static void *be_one_of_many(void *argument) {
    void *own = swiss_heap_alloc(NULL, 40);
    unsigned tag = swiss_thread_mine.cache->stacks[1].tag;
    ++crowd_begun;
    pthread_mutex_lock(&crowd_gate);
    pthread_mutex_unlock(&crowd_gate);
    swiss_heap_free(NULL, argument);
    swiss_heap_free(NULL, own);
    return tag >= SWISS_SLOT_TAG_MIN && tag <= SWISS_SLOT_TAG_MAX ? argument : NULL;
}

static void test_tags_repeat(void **state) {
    (void)state;
    swiss_heap_stats before = get_stats();
    static pthread_t threads[CROWD];
    pthread_mutex_lock(&crowd_gate);
    for (int i = 0; i < CROWD; ++i)
        start(&threads[i], be_one_of_many, swiss_heap_alloc(NULL, 40));
    while (crowd_begun < CROWD)
        sched_yield();
    pthread_mutex_unlock(&crowd_gate);
    for (int i = 0; i < CROWD; ++i) {
        void *good = NULL;
        pthread_join(threads[i], &good);
        assert_non_null(good);
    }
    check_nothing_lost(&before);
}

/* Keys' destructors may run after the heap's own, and in several rounds. */
static pthread_key_t late_key;
static int late_rounds, late_gone;

static void late(void *argument) {
    swiss_heap_free(NULL, argument);
    void *blocks[300];
    for (int i = 0; i < 300; ++i)
        blocks[i] = swiss_heap_alloc(NULL, 100 + (size_t)i * 7);
    for (int i = 0; i < 300; ++i)
        swiss_heap_free(NULL, blocks[i]);
    late_gone += swiss_thread_mine.cache == &swiss_cache_gone;
    if (++late_rounds < 3)
        pthread_setspecific(late_key, swiss_heap_alloc(NULL, 50));
}

static void *end_late(void *argument) {
    (void)argument;
    pthread_setspecific(late_key, swiss_heap_alloc(NULL, 50));
    return NULL;
}

static void test_late_destructors(void **state) {
    (void)state;
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, 1)); /* the heap's own key comes first */
    assert_int_equal(pthread_key_create(&late_key, late), 0);
    swiss_heap_stats before = get_stats();
    pthread_t thread;
    start(&thread, end_late, NULL);
    pthread_join(thread, NULL);
    assert_int_equal(late_rounds, 3);
    assert_true(late_gone >= 2); /* from the second round on, whichever key comes first */
    check_nothing_lost(&before);
    pthread_key_delete(late_key);
}

/* A child of a program whose threads are all in the heap can allocate and free, its parent's blocks too. */
static atomic_bool stop;

static void *keep_busy(void *argument) {
    (void)argument;
    for (size_t i = 0; !atomic_load(&stop); ++i) {
        /* the page heap's lock is held most of the time */
        void *large = swiss_heap_alloc(NULL, ((size_t)16 << 20) + i % 50000), *small = swiss_heap_alloc(NULL, i % 3000);
        void *spans[20]; /* more than a stack holds: made and ended with what the thread has of the page heap */
        for (size_t k = 0; k < 20; ++k)
            spans[k] = swiss_heap_alloc(NULL, 8192);
        swiss_heap_free(NULL, large);
        swiss_heap_free(NULL, small);
        for (size_t k = 0; k < 20; ++k)
            swiss_heap_free(NULL, spans[k]);
    }
    return NULL;
}

static void test_fork(void **state) {
    (void)state;
    pthread_t threads[3];
    for (int i = 0; i < 3; ++i)
        start(&threads[i], keep_busy, NULL);
    for (int i = 0; i < 20; ++i) {
        unsigned char *block = swiss_heap_alloc(NULL, 5000);
        block[0] = 7;
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            bool good = block[0] == 7;
            swiss_heap_free(NULL, block);
            for (size_t size = 1; size < 200000; size = size * 3 / 2 + 1) {
                void *made = swiss_heap_alloc(NULL, size);
                good = good && made;
                swiss_heap_free(NULL, made);
            }
            _exit(good ? 0 : 1);
        }
        assert_true(child > 0);
        int status = -1;
        waitpid(child, &status, 0);
        assert_int_equal(status, 0);
        swiss_heap_free(NULL, block);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 3; ++i)
        pthread_join(threads[i], NULL);
}

/* A fork waits for whoever counts a heap of one's own. The thread that does is stopped wherever it is, for as long as a
 * fork takes: a lock that the fork does not wait for would stay held in the child. */
static atomic_int stops;
static atomic_uint counted;

static void stop_for_a_while(int number) {
    (void)number;
    ++stops;
    (void)nanosleep(&(struct timespec){0, 10000000}, NULL);
}

static void *count_again_and_again(void *argument) {
    swiss_heap_stats stats;
    for (; !atomic_load(&stop); ++counted)
        swiss_heap_get_stats(argument, &stats);
    return NULL;
}

static void test_fork_while_counting(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    struct sigaction action = {.sa_handler = stop_for_a_while}, before;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    atomic_store(&stop, false);
    pthread_t thread;
    start(&thread, count_again_and_again, heap);
    int status = 0;
    for (int i = 1; i <= 30 && status == 0; ++i) {
        for (unsigned seen = counted; counted - seen < 100;) /* or it would be stopped where it was before */
            sched_yield();
        pthread_kill(thread, SIGUSR1);
        while (stops < i)
            sched_yield();
        pid_t child = fork();
        if (child == 0) {
            alarm(10);
            swiss_heap_stats stats;
            swiss_heap_get_stats(heap, &stats);
            _exit(0);
        }
        status = -1;
        waitpid(child, &status, 0);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    sigaction(SIGUSR1, &before, NULL);
    swiss_heap_destroy(heap);
    assert_int_equal(status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_producer_and_consumer),
        cmocka_unit_test(test_exchange_with_threads_reborn),
        cmocka_unit_test(test_spans_of_dead_threads_are_used),
        cmocka_unit_test(test_blocks_of_others_go_back),
        cmocka_unit_test(test_late_destructors),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_fork_while_counting),
        cmocka_unit_test(test_blocks_of_the_last_thread_go_back),
        cmocka_unit_test(test_tags_repeat),
    };
    return RUN_TESTS(tests);
}
