/* Counted objects that several threads share: releasing against upgrading, adding against stopping, queues filled and
 * drained at once; what cleanups see of what others wrote. Also for ThreadSanitizer. */
#include "tests/support.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <swiss/ref.h>

enum { THREADS = 4, ROUNDS = UNDER_TSAN ? 300 : 3000, TURNS = UNDER_TSAN ? 3000 : 400000 };

typedef struct shared_object {
    uint64_t written[THREADS]; /* by each thread its own, without atomics: whoever has the last reference sees all */
    atomic_uint alive;
} shared_object;

SWISS_REF_TYPE(shared, shared_object);

static void run_threads(void *(*function)(void *number)) {
    static int numbers[THREADS] = {0, 1, 2, 3};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, function, &numbers[i]), 0);
    for (int i = 0; i < THREADS; ++i) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
}

/* Waits for all threads. */
static void meet(void) {
    static atomic_uint arrived;
    unsigned round = atomic_fetch_add(&arrived, 1) / THREADS;
    while (atomic_load(&arrived) / THREADS == round)
        sched_yield();
}

static shared_object *object;
static shared_weak weak;
static atomic_uint deaths, upgrades, wrong;

static void die(void *argument) {
    shared_object *dead = (shared_object *)(void *)((char *)argument - offsetof(shared_object, alive));
    uint64_t sum = 0;
    for (int i = 0; i < THREADS; ++i)
        sum += dead->written[i];
    atomic_fetch_add(&wrong, sum != THREADS || atomic_fetch_sub(&dead->alive, 1) != 1);
    atomic_fetch_add(&deaths, 1);
}

/* Each round: every thread has a strong reference, and releases it while the others upgrade their weak ones. */
static void *release_against_upgrade(void *argument) {
    const int number = *(int *)argument;
    for (unsigned round = 0; round < ROUNDS; ++round) {
        if (number == 0) {
            object = shared_new(NULL);
            atomic_store(&object->alive, 1);
            if (!swiss_ref_add_cleanup(object, die, &object->alive, NULL))
                return argument;
            weak = shared_weak_of(object);
        }
        meet();
        shared_object *mine = shared_retain(object);
        shared_weak my_weak = shared_weak_copy(weak);
        meet();
        if (number == 0)
            shared_release(object);
        mine->written[number] = 1;
        shared_release(mine);
        for (int i = 0; i < 10; ++i) {
            shared_object *again = shared_upgrade(my_weak);
            if (!again) {
                atomic_fetch_add(&wrong, !shared_weak_is_dead(my_weak));
                continue;
            }
            atomic_fetch_add(&wrong, atomic_load(&again->alive) != 1);
            atomic_fetch_add(&upgrades, 1);
            shared_release(again);
        }
        meet();
        atomic_fetch_add(&wrong, shared_upgrade(my_weak) != NULL || atomic_load(&deaths) != round + 1);
        meet();
        shared_weak_drop(my_weak);
        if (number == 0)
            shared_weak_drop(weak);
    }
    return NULL;
}

static void test_releasing_against_upgrading(void **state) {
    (void)state;
    run_threads(release_against_upgrade);
    assert_int_equal(atomic_load(&wrong), 0);
    assert_int_equal(atomic_load(&deaths), ROUNDS);
}

/* Nobody releases the first one: so the count is at last what it was. */
static void *upgrade_at_once(void *argument) {
    meet();
    for (unsigned i = 0; i < TURNS; ++i) {
        shared_object *again = shared_upgrade(weak);
        if (again != object)
            return argument;
        shared_release(shared_retain(again));
        shared_weak_drop(shared_weak_of(again));
        shared_release(again);
    }
    return NULL;
}

static void test_upgrading_at_once(void **state) {
    (void)state;
    object = shared_new(NULL);
    weak = shared_weak_of(object);
    run_threads(upgrade_at_once);
    assert_int_equal(swiss_ref_count(object), 1);
    assert_int_equal(swiss_ref_block_of_(object)->weak, 1); /* that, and the one for all strong ones */
    shared_release(object);
    shared_weak_drop(weak);
}

static atomic_uint ran[THREADS];

static void count(void *number) {
    atomic_fetch_add((atomic_uint *)number, 1);
}

/* All add to one object, and stop every second one. */
static void *add_and_stop(void *argument) {
    const int number = *(int *)argument;
    meet();
    for (unsigned i = 0; i < TURNS / 4; ++i) {
        swiss_ref_cleanup first = swiss_ref_add_cleanup(object, count, &ran[number], NULL);
        swiss_ref_cleanup second = swiss_ref_add_cleanup(object, count, &ran[number], NULL);
        if (!first || !second || first == second)
            return argument;
        if (!swiss_ref_stop_cleanup(object, i % 2 ? first : second) ||
            swiss_ref_stop_cleanup(object, i % 2 ? first : second))
            return argument;
        if (i >= 10 && !swiss_ref_stop_cleanup(object, i % 2 ? second : first)) /* so that the list stays short */
            return argument;
    }
    return NULL;
}

static void test_adding_against_stopping(void **state) {
    (void)state;
    object = shared_new(NULL);
    run_threads(add_and_stop);
    shared_release(object);
    for (int i = 0; i < THREADS; ++i)
        assert_int_equal(atomic_load(&ran[i]), 10);
}

static swiss_ref_queue queue;
static atomic_uint drained, queued;

static void *fill_and_drain(void *argument) {
    meet();
    for (unsigned i = 0; i < ROUNDS; ++i) {
        shared_object *mine = shared_new(NULL);
        if (!mine || !swiss_ref_add_cleanup(mine, count, &queued, &queue))
            return argument;
        shared_release(mine);
        if (i % 8 == 7)
            atomic_fetch_add(&drained, (unsigned)swiss_ref_drain(&queue));
    }
    return NULL;
}

static void test_a_queue_filled_and_drained_at_once(void **state) {
    (void)state;
    run_threads(fill_and_drain);
    atomic_fetch_add(&drained, (unsigned)swiss_ref_drain(&queue));
    assert_int_equal(atomic_load(&drained), THREADS * ROUNDS);
    assert_int_equal(atomic_load(&queued), THREADS * ROUNDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_releasing_against_upgrading),
        cmocka_unit_test(test_upgrading_at_once),
        cmocka_unit_test(test_adding_against_stopping),
        cmocka_unit_test(test_a_queue_filled_and_drained_at_once),
    };
    return RUN_TESTS(tests);
}
