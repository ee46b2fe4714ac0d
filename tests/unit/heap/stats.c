/* What heap.h states of the statistics holds also of numbers that are read while threads allocate and free. */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#    define _POSIX_C_SOURCE 200809L
#endif
#include "tests/support.h"
#include <pthread.h>
#include <stdatomic.h>
#include <swiss/heap_stats.h>

#define MIB ((size_t)1 << 20)

enum { THREADS = 3, SHELF = 256, BATCH = 200 };

static atomic_bool stop;
static atomic_uint begun;
static _Atomic(void *) shelf[2][SHELF]; /* blocks that one thread leaves there and another frees */

/* Batches of one size, some freed by others, so that stacks fill up and are flushed; now and then large blocks, and
 * huge ones that are not touched. */
static void work(swiss_heap *heap, uint64_t *random) {
    void *batch[BATCH];
    size_t size = random_below(random, 4) ? 1 + random_below(random, 600) : 1 + random_below(random, 32768);
    for (size_t i = 0; i < BATCH; ++i)
        batch[i] = swiss_heap_alloc(heap, size);
    for (size_t i = 0; i < BATCH; ++i) {
        void *block = batch[i];
        if (i % 3 == 0)
            block = atomic_exchange(&shelf[heap != NULL][random_below(random, SHELF)], block);
        swiss_heap_free(heap, block);
    }
    void *large = swiss_heap_alloc(heap, 40000 + random_below(random, 400000));
    large = swiss_heap_resize(heap, large, 40000 + random_below(random, 400000));
    void *huge = random_below(random, 16) ? NULL : swiss_heap_alloc(heap, 65 * MIB + random_below(random, 90 * MIB));
    swiss_heap_free(heap, large);
    swiss_heap_free(heap, huge);
    if (random_below(random, 200) == 0)
        swiss_heap_trim(heap);
}

static void *live(void *heap) {
    uint64_t random = atomic_fetch_add(&begun, 1);
    for (int i = 0; i < 100 && !atomic_load(&stop); ++i)
        work(heap, &random);
    return NULL;
}

/* Threads that end are followed by others. */
static void *live_again_and_again(void *heap) {
    while (!atomic_load(&stop)) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, live, heap) != 0 || pthread_join(thread, NULL) != 0)
            abort();
    }
    return NULL;
}

/* What counts since the program began is never less than it was. */
static void check_counters(const swiss_heap_stats *before, const swiss_heap_stats *now) {
    assert_true(before->allocated_bytes <= now->allocated_bytes && before->freed_bytes <= now->freed_bytes);
    assert_true(before->given_back_bytes <= now->given_back_bytes && before->scavenges <= now->scavenges);
    assert_true(before->peak_span_bytes <= now->peak_span_bytes && before->peak_memory_bytes <= now->peak_memory_bytes);
    for (size_t i = 0; i < SWISS_HEAP_CLASSES; ++i) {
        assert_true(before->classes[i].mallocs <= now->classes[i].mallocs);
        assert_true(before->classes[i].frees <= now->classes[i].frees);
    }
}

static void check(const swiss_heap_stats *stats) {
    uint64_t mallocs = 0, frees = 0;
    size_t alive_bytes = 0;
    for (size_t i = 0; i < SWISS_HEAP_CLASSES; ++i) {
        const swiss_heap_class_stats *of_class = &stats->classes[i];
        assert_true(of_class->frees <= of_class->mallocs);
        uint64_t alive = of_class->mallocs - of_class->frees;
        if (i == 0)
            assert_true(alive <= of_class->spans);
        else
            assert_true(alive == 0 || of_class->spans > 0);
        alive_bytes += (size_t)alive * of_class->block_size;
        mallocs += of_class->mallocs;
        frees += of_class->frees;
    }
    assert_int_equal(stats->mallocs, mallocs);
    assert_int_equal(stats->frees, frees);
    assert_true(alive_bytes <= stats->in_use_bytes);
    assert_true(stats->in_use_bytes <= stats->span_bytes);
    assert_true(stats->span_bytes + stats->idle_bytes <= stats->committed_bytes);
    assert_true(stats->committed_bytes <= stats->reserved_bytes);
    assert_true(stats->allocated_bytes - stats->freed_bytes == stats->in_use_bytes);
    assert_true(stats->span_bytes <= stats->peak_span_bytes);
    assert_true(stats->span_bytes + stats->idle_bytes <= stats->peak_memory_bytes);
    assert_true(stats->longest_bytes <= stats->free_bytes);
    assert_true(swiss_heap_waste(stats) >= 0 && swiss_heap_waste(stats) <= 1);
    assert_true(swiss_heap_fragmentation(stats) >= 0 && swiss_heap_fragmentation(stats) <= 1);
}

static void stats_hold_while_threads_work(void **state) {
    (void)state;
    swiss_heap *own = swiss_heap_create();
    assert_non_null(own);
    pthread_t threads[2 * THREADS];
    static swiss_heap_stats last[2];
    for (size_t i = 0; i < 2 * THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, live_again_and_again, i % 2 ? own : NULL), 0);
    for (int i = 0; i < 100000 || atomic_load(&begun) < 20; ++i) {
        swiss_heap_stats stats;
        swiss_heap_get_stats(i % 2 ? own : NULL, &stats);
        check(&stats);
        check_counters(&last[i % 2], &stats);
        last[i % 2] = stats;
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < 2 * THREADS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < SHELF; ++i) {
        swiss_heap_free(NULL, atomic_load(&shelf[0][i]));
        swiss_heap_free(own, atomic_load(&shelf[1][i]));
    }
    for (int i = 0; i < 2; ++i) { /* and in the end they are exact */
        swiss_heap_stats stats;
        swiss_heap_get_stats(i ? own : NULL, &stats);
        check(&stats);
        assert_int_equal(stats.mallocs, stats.frees);
        assert_int_equal(stats.in_use_bytes, 0);
    }
    swiss_heap_destroy(own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stats_hold_while_threads_work),
    };
    return RUN_TESTS(tests);
}
