/* What the environment says of the default heap, and that calls say it better. */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#    define _DEFAULT_SOURCE
#endif
#include "tests/support.h"
#include <sys/wait.h>
#include <unistd.h>
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

#define MIB ((size_t)1 << 20)

static void test_values(void **state) {
    (void)state;
    const struct {
        const char *text;
        size_t bytes;
        uint32_t milliseconds;
    } values[] = {
        {"0", 0, 0},
        {"123", 123, 123},
        {"5k", 5 << 10, SWISS_SCAVENGE_EVERY},
        {"7M", 7 * MIB, SWISS_SCAVENGE_EVERY},
        {"2g", 2048 * MIB, SWISS_SCAVENGE_EVERY},
        {"", 0, SWISS_SCAVENGE_EVERY},
        {"k", 0, SWISS_SCAVENGE_EVERY},
        {"-5", 0, SWISS_SCAVENGE_EVERY},
        {"5kk", 0, SWISS_SCAVENGE_EVERY},
        {"12 ", 0, SWISS_SCAVENGE_EVERY},
        {"99999999999999999999", 0, SWISS_SCAVENGE_EVERY},
        {"18446744073709551615g", 0, SWISS_SCAVENGE_EVERY},
        {"4294967295", 4294967295u, UINT32_MAX},
        {"5000000000", 5000000000u, UINT32_MAX},
    };
    swiss_limits tuning;
    for (size_t i = 0; i < sizeof values / sizeof *values; ++i) {
        setenv("SWISS_SOFT_LIMIT", values[i].text, 1);
        setenv("SWISS_HARD_LIMIT", values[i].text, 1);
        setenv("SWISS_SCAVENGE", values[i].text, 1);
        swiss_limits_read(&tuning);
        assert_true(tuning.known);
        assert_int_equal(tuning.soft_limit, values[i].bytes);
        assert_int_equal(tuning.hard_limit, values[i].bytes);
        assert_int_equal(tuning.scavenge_every, values[i].milliseconds);
    }
    unsetenv("SWISS_SOFT_LIMIT");
    unsetenv("SWISS_HARD_LIMIT");
    unsetenv("SWISS_SCAVENGE");
    swiss_limits_read(&tuning);
    assert_int_equal(tuning.soft_limit, 0);
    assert_int_equal(tuning.hard_limit, 0);
    assert_int_equal(tuning.scavenge_every, SWISS_SCAVENGE_EVERY);
}

/* The first test in which the default heap is asked for anything. */
static void test_default_heap(void **state) {
    (void)state;
    assert_int_equal(swiss_heap_main.spans.pages.tree.count, 0);
    setenv("SWISS_HARD_LIMIT", "20m", 1);
    setenv("SWISS_SCAVENGER", "thread", 1);
    setenv("SWISS_SCAVENGE", "10", 1);
    assert_null(swiss_heap_alloc(NULL, 30 * MIB));
    char *block = swiss_heap_alloc(NULL, 15 * MIB);
    assert_non_null(block);
    memset(block, 1, 15 * MIB);
    setenv("SWISS_HARD_LIMIT", "10m", 1); /* too late */
    assert_non_null(swiss_heap_alloc(NULL, 2 * MIB));
    swiss_heap_free(NULL, block);
    swiss_heap_stats stats;
    for (int i = 0; i < 200; ++i) { /* the thread gives it back, with no call of ours */
        usleep(10 * 1000);
        swiss_heap_get_stats(NULL, &stats);
        if (stats.idle_bytes < 5 * MIB)
            break;
    }
    assert_true(stats.idle_bytes < 5 * MIB);
    assert_true(swiss_heap_set_scavenger_thread(false));
    swiss_heap_set_limits(NULL, 0, 0);
    block = swiss_heap_alloc(NULL, 30 * MIB);
    assert_non_null(block);
    swiss_heap_free(NULL, block);
}

/* Heaps of one's own, more than one, are looked after, and may come and go meanwhile. */
static void test_scavenger_thread(void **state) {
    (void)state;
    swiss_heap *heaps[3];
    swiss_heap_stats stats;
    assert_true(swiss_heap_set_scavenger_thread(true));
    assert_true(swiss_heap_set_scavenger_thread(true));
    for (int i = 0; i < 3; ++i) {
        heaps[i] = swiss_heap_create();
        swiss_heap_set_scavenging(heaps[i], 10);
        char *block = swiss_heap_alloc(heaps[i], 20 * MIB);
        memset(block, 1, 20 * MIB);
        swiss_heap_free(heaps[i], block);
    }
    swiss_heap_destroy(heaps[1]);
    for (int i = 0; i < 3; i += 2) {
        for (int j = 0; j < 200; ++j) {
            usleep(10 * 1000);
            swiss_heap_get_stats(NULL, &stats); /* free memory counts there */
            if (stats.idle_bytes < 5 * MIB)
                break;
        }
        assert_true(stats.idle_bytes < 5 * MIB);
        unsigned char *again = swiss_heap_alloc_zeroed(heaps[i], 20 * MIB, 1);
        for (size_t j = 0; j < 20 * MIB; j += 512)
            assert_int_equal(again[j], 0);
    }
/* ThreadSanitizer lets no forked child start threads. */
#if !UNDER_TSAN
    pid_t child = fork(); /* it has no thread, and may get one */
    if (child == 0) {
        bool good = swiss_heap_set_scavenger_thread(true) && swiss_heap_set_scavenger_thread(false);
        _exit(good ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
#endif
    assert_true(swiss_heap_set_scavenger_thread(false));
    assert_true(swiss_heap_set_scavenger_thread(false));
    swiss_heap_destroy(heaps[0]);
    swiss_heap_destroy(heaps[2]);
}

static bool refuse_all(void) {
    return true;
}

static void test_thread_is_refused(void **state) {
    (void)state;
    swiss_os_refuse = refuse_all;
    bool started = swiss_heap_set_scavenger_thread(true);
    swiss_os_refuse = NULL;
    assert_false(started);
    assert_true(swiss_heap_set_scavenger_thread(true));
    assert_true(swiss_heap_set_scavenger_thread(false));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_default_heap),
        cmocka_unit_test(test_scavenger_thread),
        cmocka_unit_test(test_thread_is_refused),
    };
    return RUN_TESTS(tests);
}
