/* Samples of hardened heaps: they are those of the program's blocks, as it asked for them, from the call that allocates
 * a block to the one that frees it, not to the end of its time in the quarantine. */
#include "tests/support.h"
#include "swiss/heap_misuse.h"
#include "swiss/profile.h"

static size_t live_samples(void) {
    swiss_profile_totals totals;
    swiss_profile_get_totals(&totals);
    return totals.live;
}

typedef struct sums {
    uint64_t objects, space;
} sums;

static void add_site(void *argument, const swiss_profile_site *site) {
    sums *all = argument;
    all->objects += site->inuse_objects;
    all->space += site->inuse_space;
}

static uint64_t inuse_space(void) {
    sums all = {0, 0};
    swiss_profile_walk(add_site, &all);
    return all.space;
}

static size_t misuses;

static void on_misuse(void *argument, const swiss_heap_misuse *misuse) {
    (void)argument, (void)misuse;
    ++misuses;
}

static void test_tracking_is_exact(void **state) {
    (void)state;
    const size_t sizes[] = {1, 24, 100, 4096, 40000, 5 << 20};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        const size_t size = sizes[s];
        swiss_profile_reset();
        swiss_heap_track(true);
        void *block = swiss_heap_alloc(NULL, size), *other = swiss_heap_alloc_aligned(NULL, size, 4096);
        assert_int_equal(inuse_space(), 2 * size);
        block = swiss_heap_resize(NULL, block, size + 10);
        assert_int_equal(live_samples(), 2);
        assert_int_equal(inuse_space(), 2 * size + 10);
        swiss_heap_free(NULL, block);
        assert_int_equal(inuse_space(), size);
        swiss_heap_free_sized(NULL, other, size);
        assert_int_equal(live_samples(), 0);
        swiss_heap_track(false);
        swiss_heap_free(NULL, swiss_heap_alloc(NULL, size));
        assert_int_equal(live_samples(), 0);
    }
}

static void test_sums_are_unbiased(void **state) {
    (void)state;
    enum { BLOCKS = 20000 };
    static void *blocks[BLOCKS];
    uint64_t bytes = 0;
    swiss_profile_reset();
    swiss_profile_start(1000);
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = swiss_heap_alloc(NULL, 1 + i % 1000);
        bytes += 1 + i % 1000;
    }
    assert_true(live_samples() < BLOCKS / 2);
    const double off = (double)inuse_space() / (double)bytes - 1;
    assert_true(off > -0.1 && off < 0.1);
    for (size_t i = 0; i < BLOCKS; ++i)
        swiss_heap_free(NULL, blocks[i]);
    assert_int_equal(live_samples(), 0);
    swiss_profile_stop();
}

/* Misuse is reported as without samples, and leaves those of live blocks. */
static void test_misuse(void **state) {
    (void)state;
    swiss_heap_set_misuse_handler(on_misuse, NULL);
    swiss_heap_track(true);
    swiss_heap *heap = swiss_heap_create();
    char *block = swiss_heap_alloc(NULL, 50), *other = swiss_heap_alloc(heap, 50);
    swiss_heap_free(NULL, block + 16);
    assert_int_equal(misuses, 1);
    swiss_heap_free(heap, block);
    assert_int_equal(misuses, 2);
    assert_int_equal(live_samples(), 2);
    swiss_heap_free(NULL, block);
    assert_int_equal(misuses, 2);
    swiss_heap_free(NULL, block);
    assert_int_equal(misuses, 3);
    assert_int_equal(live_samples(), 1);
    assert_non_null(other);
    swiss_heap_destroy(heap);
    assert_int_equal(live_samples(), 0);
    swiss_heap_track(false);
    swiss_heap_set_misuse_handler(NULL, NULL);
}

int main(void) {
    if (!swiss_heap_harden())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tracking_is_exact),
        cmocka_unit_test(test_sums_are_unbiased),
        cmocka_unit_test(test_misuse),
    };
    return RUN_TESTS(tests);
}
