/* What a thread keeps of the default heap: large blocks that it freed, how many of them, and that they count as free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "swiss/heap.h"
#include "swiss/heap/state.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

static swiss_heap_stats get_stats(void) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    return stats;
}

static void test_a_large_block_is_used_again(void **state) {
    (void)state;
    const size_t sizes[] = {40 * KIB, 100000, MIB, 8 * MIB, 16 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        unsigned char *block = swiss_heap_alloc(NULL, sizes[i]);
        assert_non_null(block);
        size_t usable = swiss_heap_usable_size(NULL, block);
        memset(block, 0xEE, usable);
        swiss_heap_stats alive = get_stats();
        swiss_heap_free(NULL, block);
        assert_false(swiss_heap_owns(NULL, block));
        assert_false(swiss_heap_owns(NULL, block + usable - 1));
        swiss_heap_stats freed = get_stats();
        assert_int_equal(freed.in_use_bytes, alive.in_use_bytes - usable);
        assert_int_equal(freed.span_bytes, alive.span_bytes - usable);
        assert_int_equal(freed.idle_bytes, alive.idle_bytes + usable);
        assert_int_equal(freed.classes[0].spans, alive.classes[0].spans - 1);
#ifdef NDEBUG
        swiss_heap_free(NULL, block);
        swiss_heap_free(NULL, block + SWISS_PAGE_SIZE);
        swiss_heap_stats again = get_stats();
        assert_memory_equal(&again, &freed, sizeof again);
#endif
        unsigned char *next = swiss_heap_alloc_zeroed(NULL, usable, 1);
        assert_ptr_equal(next, block);
        for (size_t j = 0; j < usable; j += 509)
            assert_int_equal(next[j], 0);
        assert_int_equal(get_stats().in_use_bytes, alive.in_use_bytes);
        swiss_heap_free(NULL, next);
    }
}

static void test_few_are_kept(void **state) {
    (void)state;
    void *blocks[40];
    swiss_heap_stats before = get_stats();
    for (size_t i = 0; i < 40; ++i)
        blocks[i] = swiss_heap_alloc(NULL, (1 + i % 7) * MIB + i * 10 * KIB);
    for (size_t i = 0; i < 40; ++i) {
        swiss_heap_free(NULL, blocks[i]);
        size_t bytes = 0, count = 0;
        for (unsigned place = 0; place < SWISS_CACHE_LARGE; ++place) {
            bytes += swiss_cache_mine->large_size[place];
            count += swiss_cache_mine->large_size[place] != 0;
        }
        assert_true(count > 0 && bytes <= SWISS_CACHE_LARGE_BYTES);
        assert_int_equal(bytes, swiss_cache_mine->large_bytes);
        assert_int_equal(count, swiss_cache_mine->large_count);
    }
    assert_int_equal(get_stats().in_use_bytes, before.in_use_bytes);
    void *too_large = swiss_heap_alloc(NULL, 17 * MIB); /* and those kept go, for they may be in its way */
    assert_int_equal(swiss_cache_mine->large_bytes, 0);
    swiss_heap_free(NULL, too_large);
    assert_int_equal(swiss_cache_mine->large_bytes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_large_block_is_used_again),
        cmocka_unit_test(test_few_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
