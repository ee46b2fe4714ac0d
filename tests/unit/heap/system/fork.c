/* Forks among other people's code: their handlers allocate, threads are at work, and the thread that scavenges is to go
 * on. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "tests/support.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>
#include "swiss/heap_stats.h"

static swiss_heap *own;
static unsigned calls;

static void allocate(void) {
    ++calls;
    for (size_t size = 8; size < ((size_t)70 << 20); size *= 3) {
        swiss_heap_free(NULL, swiss_heap_alloc(NULL, size));
        swiss_heap_free(own, swiss_heap_alloc(own, size));
    }
    swiss_heap_destroy(swiss_heap_create());
    swiss_heap_trim(NULL);
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    swiss_heap_set_limits(NULL, 0, 0);
}

/* True if a child that runs `work` ends well. */
static bool child_does(bool (*work)(void)) {
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(work() ? 0 : 1);
    }
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool allocates(void) {
    allocate();
    return true;
}

static void test_handlers_allocate(void **state) {
    (void)state;
    calls = 0;
    for (int i = 0; i < 10; ++i)
        assert_true(child_does(allocates));
    assert_true(calls == 2 * 2 * 10); /* two registrations, each of them before, and after in the parent */
}

static atomic_bool over;

static void *churn(void *argument) {
    uint64_t random = (uintptr_t)argument;
    void *blocks[100] = {NULL};
    while (!atomic_load(&over)) {
        void **block = &blocks[random_below(&random, 100)];
        swiss_heap_free(NULL, *block);
        *block = swiss_heap_alloc(NULL, random_below(&random, 100000));
        if (random % 1000 == 0)
            swiss_heap_trim(NULL);
        if (random % 1001 == 0)
            swiss_heap_set_scavenger_thread(random & 1024);
    }
    for (int i = 0; i < 100; ++i)
        swiss_heap_free(NULL, blocks[i]);
    return NULL;
}

static void test_threads_are_at_work(void **state) {
    (void)state;
    pthread_t threads[3];
    for (uintptr_t i = 0; i < 3; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
    for (int i = 0; i < 50; ++i)
        assert_true(child_does(allocates));
    atomic_store(&over, true);
    for (int i = 0; i < 3; ++i)
        pthread_join(threads[i], NULL);
    swiss_heap_set_scavenger_thread(false);
}

static unsigned threads_now(void) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    unsigned count = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Threads: %u", &count) == 1)
            break;
    if (file)
        fclose(file);
    return count;
}

static size_t idle_bytes(void) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    return stats.idle_bytes + stats.span_bytes;
}

/* What is free goes back to the system although no one calls. */
static bool scavenges(void) {
    enum { BLOCKS = 20000 };
    static void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; ++i)
        memset(blocks[i] = swiss_heap_alloc(NULL, 2000), 1, 2000);
    for (int i = 0; i < BLOCKS; ++i)
        swiss_heap_free(NULL, blocks[i]);
    for (int i = 0; i < 100 && idle_bytes() > (size_t)8 << 20; ++i)
        usleep(50000);
    return threads_now() == 2 && idle_bytes() <= (size_t)8 << 20;
}

static bool scavenges_too(void) {
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, 100000));
    return scavenges() && child_does(scavenges) && threads_now() == 2;
}

static void test_the_scavenger_goes_on(void **state) {
    (void)state;
    swiss_heap_set_scavenging(NULL, 50);
    assert_true(swiss_heap_set_scavenger_thread(true));
    assert_true(child_does(scavenges_too));
    assert_true(swiss_heap_set_scavenger_thread(false));
    assert_false(child_does(scavenges_too)); /* no one asks for it */
}

int main(void) {
    alarm(120);
    pthread_atfork(allocate, allocate, allocate); /* before the heap is first used */
    own = swiss_heap_create();
    assert_non_null(own);
    pthread_atfork(allocate, allocate, allocate);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handlers_allocate),
        cmocka_unit_test(test_threads_are_at_work),
        cmocka_unit_test(test_the_scavenger_goes_on),
    };
    return RUN_TESTS(tests);
}
