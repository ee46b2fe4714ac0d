/* The order of locks, and the assertion that tells when it is broken. The source of locks is part of this file, so that
 * its assertions are seen here too, in every build. */
#undef NDEBUG
#define SWISS_ASSERT(condition) mock_assert((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#include "tests/support.h"
#include "swiss/heap/ranks.h"
#include "swiss/os/lock.c"
#include <pthread.h>

static swiss_os_lock lock = SWISS_OS_LOCK_INITIALIZER, other = SWISS_OS_LOCK_INITIALIZER;
static swiss_os_spin spin, spins[2];

static void test_order_is_allowed(void **state) {
    (void)state;
    swiss_os_lock_acquire(&lock, SWISS_RANK_REGISTRY);
    swiss_os_spin_acquire(&spin, SWISS_RANK_CENTRAL);
    swiss_os_lock_acquire(&other, SWISS_RANK_PAGES);
    swiss_os_lock_release(&lock, SWISS_RANK_REGISTRY); /* in whatever order */
    swiss_os_lock_release(&other, SWISS_RANK_PAGES);
    swiss_os_spin_release(&spin, SWISS_RANK_CENTRAL);
    swiss_os_lock_acquire(&lock, SWISS_RANK_HARDEN);
    swiss_os_lock_release(&lock, SWISS_RANK_HARDEN);
}

static void test_lower_rank_is_refused(void **state) {
    (void)state;
    swiss_os_lock_acquire(&lock, SWISS_RANK_PAGES);
    expect_assert_failure(swiss_os_spin_acquire(&spin, SWISS_RANK_SPAN_CACHE));
    expect_assert_failure(swiss_os_lock_acquire(&other, SWISS_RANK_HARDEN));
    swiss_os_lock_release(&lock, SWISS_RANK_PAGES);
    swiss_os_spin_acquire(&spin, SWISS_RANK_SPAN_CACHE); /* the lock was not taken */
    swiss_os_spin_release(&spin, SWISS_RANK_SPAN_CACHE);
}

static void test_same_rank_is_refused(void **state) {
    (void)state;
    swiss_os_lock_acquire(&lock, SWISS_RANK_PAGES);
    expect_assert_failure(swiss_os_lock_acquire(&other, SWISS_RANK_PAGES));
    expect_assert_failure(swiss_os_lock_acquire(&lock, SWISS_RANK_PAGES)); /* which would never return */
    swiss_os_lock_release(&lock, SWISS_RANK_PAGES);
}

static void test_odd_rank_may_be_held_several_times(void **state) {
    (void)state;
    swiss_os_spin_acquire(&spins[0], SWISS_RANK_CENTRAL);
    swiss_os_spin_acquire(&spins[1], SWISS_RANK_CENTRAL);
    expect_assert_failure(swiss_os_lock_acquire(&lock, SWISS_RANK_REGISTRY));
    swiss_os_spin_release(&spins[0], SWISS_RANK_CENTRAL);
    expect_assert_failure(swiss_os_lock_acquire(&lock, SWISS_RANK_REGISTRY)); /* one is left */
    swiss_os_spin_release(&spins[1], SWISS_RANK_CENTRAL);
    swiss_os_lock_acquire(&lock, SWISS_RANK_REGISTRY);
    swiss_os_lock_release(&lock, SWISS_RANK_REGISTRY);
}

static void test_release_without_holding_is_refused(void **state) {
    (void)state;
    expect_assert_failure(swiss_os_spin_release(&spin, SWISS_RANK_CENTRAL));
}

static void *take_lower(void *argument) {
    swiss_os_lock_acquire(&other, SWISS_RANK_HARDEN);
    swiss_os_lock_release(&other, SWISS_RANK_HARDEN);
    return argument;
}

static void test_threads_have_orders_of_their_own(void **state) {
    (void)state;
    pthread_t thread;
    swiss_os_lock_acquire(&lock, SWISS_RANK_PAGES);
    assert_int_equal(pthread_create(&thread, NULL, take_lower, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    swiss_os_lock_release(&lock, SWISS_RANK_PAGES);
}

/* The thread that forks passes all locks. */
static void test_fork_passes(void **state) {
    (void)state;
    swiss_os_lock_acquire(&lock, SWISS_RANK_PAGES);
    swiss_os_fork_begin();
    swiss_os_lock_acquire(&other, SWISS_RANK_HARDEN);
    swiss_os_lock_acquire(&lock, SWISS_RANK_PAGES);
    swiss_os_lock_release(&lock, SWISS_RANK_PAGES);
    swiss_os_lock_release(&other, SWISS_RANK_HARDEN);
    swiss_os_fork_end();
    expect_assert_failure(swiss_os_lock_acquire(&other, SWISS_RANK_HARDEN));
    swiss_os_lock_release(&lock, SWISS_RANK_PAGES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_allowed),
        cmocka_unit_test(test_lower_rank_is_refused),
        cmocka_unit_test(test_same_rank_is_refused),
        cmocka_unit_test(test_odd_rank_may_be_held_several_times),
        cmocka_unit_test(test_release_without_holding_is_refused),
        cmocka_unit_test(test_threads_have_orders_of_their_own),
        cmocka_unit_test(test_fork_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
