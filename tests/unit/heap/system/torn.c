/* A thread cache is counted while its thread moves blocks to it or from it, so that for a moment it seems that fewer
 * blocks were freed, or more. Statistics keep their promises: counters do not go back, and no more is freed than was
 * allocated. The linker puts a function of the test in front of the one that counts. */
#include "tests/support.h"
#include <swiss/heap_stats.h>
#include "swiss/heap/cache.h"

enum { CLASS = 10 }; /* blocks of 112 bytes */

static int64_t moved; /* by which the count of frees is off */

void __real_swiss_cache_count(const swiss_caches *caches, unsigned size_class, uint64_t *mallocs, uint64_t *frees);
void __wrap_swiss_cache_count(const swiss_caches *caches, unsigned size_class, uint64_t *mallocs, uint64_t *frees);

void __wrap_swiss_cache_count(const swiss_caches *caches, unsigned size_class, uint64_t *mallocs, uint64_t *frees) {
    __real_swiss_cache_count(caches, size_class, mallocs, frees);
    if (size_class == CLASS)
        *frees += (uint64_t)moved;
}

static swiss_heap_class_stats stats_when(int64_t off) {
    static swiss_heap_stats stats;
    moved = off;
    swiss_heap_get_stats(NULL, &stats);
    assert_true(stats.allocated_bytes - stats.freed_bytes == stats.in_use_bytes);
    return stats.classes[CLASS];
}

static void test_counters_do_not_go_back(void **state) {
    (void)state;
    void *blocks[100];
    for (int i = 0; i < 100; ++i)
        blocks[i] = swiss_heap_alloc(NULL, 112);
    for (int i = 0; i < 50; ++i)
        swiss_heap_free(NULL, blocks[i]);
    assert_int_equal(stats_when(0).frees, 50);
    assert_int_equal(stats_when(-20).frees, 50);
    assert_int_equal(stats_when(10).frees, 60);
    assert_int_equal(stats_when(0).frees, 60);
    swiss_heap_free(NULL, blocks[50]);
    assert_int_equal(stats_when(0).frees, 60);
    assert_int_equal(stats_when(1000).frees, 100); /* all that there were */
    assert_int_equal(stats_when(0).mallocs, 100);
    for (int i = 51; i < 100; ++i)
        swiss_heap_free(NULL, blocks[i]);
    assert_int_equal(stats_when(0).frees, 100);
    assert_int_equal(stats_when(-100).frees, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_do_not_go_back),
    };
    return RUN_TESTS(tests);
}
