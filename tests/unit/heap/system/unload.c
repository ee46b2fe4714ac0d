/* A library that carries the heap is closed while threads that used it go on, again and again. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "tests/support.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static void *open_plugin(void) {
    void *library = dlopen(TEST_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    return library;
}

static void *find(void *library, const char *name) {
    void *function = dlsym(library, name);
    assert_non_null(function);
    return function;
}

static void use(void *library) {
    int (*work)(void);
    *(void **)&work = find(library, "work");
    assert_int_equal(work(), 1001);
}

static void close_plugin(void *library) {
    assert_int_equal(dlclose(library), 0);
    assert_null(dlopen(TEST_PLUGIN, RTLD_NOW | RTLD_NOLOAD));
}

static void *use_and_close(void *argument) {
    void *library = open_plugin();
    use(library);
    close_plugin(library);
    return argument;
}

static void test_a_thread_outlives_the_library(void **state) {
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, use_and_close, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *shared;
static atomic_int stage;

static void *use_and_wait(void *argument) {
    use(shared);
    atomic_store(&stage, 1);
    while (atomic_load(&stage) == 1)
        usleep(100);
    return argument;
}

static void test_another_thread_closes_it(void **state) {
    (void)state;
    pthread_t thread;
    shared = open_plugin();
    atomic_store(&stage, 0);
    assert_int_equal(pthread_create(&thread, NULL, use_and_wait, NULL), 0);
    while (atomic_load(&stage) == 0)
        usleep(100);
    close_plugin(shared);
    atomic_store(&stage, 2);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_the_thread_that_scavenges_ends(void **state) {
    (void)state;
    void *library = open_plugin();
    int (*scavenge)(void);
    *(void **)&scavenge = find(library, "scavenge");
    assert_true(scavenge());
    close_plugin(library);
    usleep(30000);
}

static void test_a_block_that_is_alive_stays(void **state) {
    (void)state;
    void *library = open_plugin();
    void *(*leak)(void);
    *(void **)&leak = find(library, "leak");
    unsigned char *block = leak();
    close_plugin(library);
    for (int i = 0; i < 100; ++i)
        assert_int_equal(block[i], 7);
}

static void test_a_fork_after_it(void **state) {
    (void)state;
    use_and_close(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(5);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

/* Pages of address space, and of memory. */
static void sizes(unsigned long *address_space, unsigned long *resident) {
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", address_space, resident), 2);
    fclose(file);
}

static void test_everything_comes_back(void **state) {
    (void)state;
    unsigned long space, resident, space_after, resident_after;
    for (int i = 0; i < 10; ++i)
        use_and_close(NULL);
    sizes(&space, &resident);
    for (int i = 0; i < 1000; ++i)
        use_and_close(NULL);
    sizes(&space_after, &resident_after);
    assert_true(space_after < space + 64);
    assert_true(resident_after < resident + 256);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thread_outlives_the_library),
        cmocka_unit_test(test_another_thread_closes_it),
        cmocka_unit_test(test_the_thread_that_scavenges_ends),
        cmocka_unit_test(test_a_block_that_is_alive_stays),
        cmocka_unit_test(test_a_fork_after_it),
        cmocka_unit_test(test_everything_comes_back),
    };
    return RUN_TESTS(tests);
}
