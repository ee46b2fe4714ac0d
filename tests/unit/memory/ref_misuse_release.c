/* What release builds promise of misuse: as long as the memory of a dead object is there, nothing revives it, and its
 * cleanups run once. The source is part of this file, so that it is a release build of it. */
#ifndef NDEBUG
#    define NDEBUG
#endif
#include "tests/support.h"
#include "swiss/ref.c"

static memory m;
static void *dying;
static size_t runs;

static void count(void *argument) {
    (void)argument;
    ++runs;
}

/* More often than the other way round. */
static void release_and_retain(void) {
    for (int i = 0; i < 10; ++i)
        swiss_ref_release(dying), swiss_ref_release_local(dying);
    for (int i = 0; i < 30; ++i) {
        (void)swiss_ref_retain(dying), (void)swiss_ref_retain_local(dying);
        assert_int_equal(swiss_ref_count(dying), 0);
        if (i % 3 == 0)
            swiss_ref_release(dying);
    }
}

static void misuse(void *weak) {
    ++runs;
    /* Far from a count, also while several threads misuse it. */
    assert_int_equal(swiss_ref_block_of_(dying)->strong, REF_DEAD);
    release_and_retain();
    assert_int_equal(swiss_ref_block_of_(dying)->strong, REF_DEAD);
    assert_null(swiss_weak_upgrade(*(swiss_weak *)weak));
    assert_null(swiss_weak_upgrade_local(*(swiss_weak *)weak));
}

static void test_releasing_and_retaining_a_dead_object(void **state) {
    (void)state;
    memory_begin(&m);
    for (int queued = 0; queued < 2; ++queued) {
        swiss_ref_queue queue = {0};
        runs = 0;
        dying = swiss_ref_alloc(&m.allocator, 8, 8);
        swiss_weak weak = swiss_weak_of(dying);
        assert_true(swiss_ref_add_cleanup(dying, count, NULL, NULL) != 0);
        assert_true(swiss_ref_add_cleanup(dying, misuse, &weak, queued ? &queue : NULL) != 0);
        assert_true(swiss_ref_add_cleanup(dying, misuse, &weak, NULL) != 0);
        swiss_ref_release(dying);
        release_and_retain();
        assert_int_equal(swiss_ref_drain(&queue), queued);
        release_and_retain();
        assert_int_equal(runs, 3);
        assert_null(swiss_weak_upgrade(weak));
        assert_int_equal(m.blocks, 1);
        swiss_weak_drop(weak);
        assert_int_equal(m.blocks, 0);
    }
    memory_end(&m);
}

static void test_cleanups_that_cannot_be_are_refused(void **state) {
    (void)state;
    memory_begin(&m);
    dying = swiss_ref_alloc(&m.allocator, 8, 8);
    assert_int_equal(swiss_ref_add_cleanup(dying, count, dying, NULL), 0);
    assert_int_equal(swiss_ref_add_cleanup(dying, NULL, NULL, NULL), 0);
    assert_int_equal(swiss_ref_add_cleanup(NULL, count, NULL, NULL), 0);
    assert_false(swiss_ref_stop_cleanup(NULL, 1));
    assert_int_equal(m.calls, 1);
    runs = 0;
    swiss_ref_release(dying);
    assert_int_equal(runs, 0);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_releasing_and_retaining_a_dead_object),
        cmocka_unit_test(test_cleanups_that_cannot_be_are_refused),
    };
    return RUN_TESTS(tests);
}
