/* Cleanups of counted objects: each runs once, the newest first, when the last strong reference goes and weak ones find
 * nothing any more; not if it was stopped. What a cleanup may do, and those that wait in a queue. */
#include "tests/support.h"
#include <swiss/ref.h>

enum { MOST_RUN = 64 };

/* What ran, in order. */
static struct {
    size_t count;
    int order[MOST_RUN];
} ran;

static int numbers[MOST_RUN] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

static void note(void *number) {
    assert_true(ran.count < MOST_RUN);
    ran.order[ran.count++] = *(int *)number;
}

static void assert_ran(size_t count, const int *order) {
    assert_int_equal(ran.count, count);
    for (size_t i = 0; i < count; ++i)
        assert_int_equal(ran.order[i], order[i]);
    ran.count = 0;
}

#define ASSERT_RAN(...)                                                                                                \
    do {                                                                                                               \
        static const int expected[] = {__VA_ARGS__};                                                                   \
        assert_ran(sizeof expected / sizeof *expected, expected);                                                      \
    } while (0)

static memory m;

static void *new_object(void) {
    void *object = swiss_ref_alloc(&m.allocator, 40, 8);
    assert_non_null(object);
    return object;
}

static swiss_ref_cleanup add(void *object, int number, swiss_ref_queue *queue) {
    swiss_ref_cleanup cleanup = swiss_ref_add_cleanup(object, note, &numbers[number], queue);
    assert_true(cleanup != 0);
    return cleanup;
}

static void test_the_newest_runs_first_and_once(void **state) {
    (void)state;
    memory_begin(&m);
    for (int local = 0; local < 2; ++local) {
        void *object = new_object();
        swiss_ref_retain(object);
        for (int i = 0; i < 5; ++i)
            add(object, i, NULL);
        add(object, 2, NULL); /* the same once more */
        swiss_ref_release(object);
        assert_int_equal(ran.count, 0);
        local ? swiss_ref_release_local(object) : swiss_ref_release(object);
        ASSERT_RAN(2, 4, 3, 2, 1, 0);
        assert_int_equal(m.blocks, 0);
    }
    memory_end(&m);
}

static void test_a_stopped_one_does_not_run(void **state) {
    (void)state;
    memory_begin(&m);
    void *object = new_object(), *other = new_object();
    swiss_ref_cleanup cleanups[6], of_other = add(other, 9, NULL);
    for (int i = 0; i < 6; ++i)
        cleanups[i] = add(object, i, NULL);
    const size_t blocks = m.blocks;
    assert_true(swiss_ref_stop_cleanup(object, cleanups[5])); /* the newest */
    assert_true(swiss_ref_stop_cleanup(object, cleanups[0])); /* the oldest */
    assert_true(swiss_ref_stop_cleanup(object, cleanups[2]));
    assert_int_equal(m.blocks, blocks - 3);
    for (int i = 0; i < 6; ++i) /* a name that is used up is never that of another */
        assert_true(add(object, 10 + i, NULL) > cleanups[5]);
    assert_false(swiss_ref_stop_cleanup(object, cleanups[5]));
    assert_false(swiss_ref_stop_cleanup(object, cleanups[0]));
    assert_false(swiss_ref_stop_cleanup(object, cleanups[2]));
    assert_false(swiss_ref_stop_cleanup(object, of_other));
    assert_false(swiss_ref_stop_cleanup(object, 0));
    assert_true(swiss_ref_stop_cleanup(other, of_other));
    swiss_ref_release(other);
    assert_int_equal(ran.count, 0);
    swiss_ref_release(object);
    ASSERT_RAN(15, 14, 13, 12, 11, 10, 4, 3, 1);
    memory_end(&m);
}

static void test_all_stopped(void **state) {
    (void)state;
    memory_begin(&m);
    void *object = new_object();
    for (int i = 0; i < 100; ++i)
        assert_true(swiss_ref_stop_cleanup(object, add(object, i % 8, NULL)));
    assert_int_equal(m.blocks, 1);
    swiss_ref_release(object);
    assert_int_equal(ran.count, 0);
    memory_end(&m);
}

/* What the next cleanups look at. */
static swiss_weak seen;
static void *dying, *child;
static swiss_ref_cleanup pending;
static char *member;

static void see_that_it_is_dead(void *argument) {
    note(argument);
    assert_true(swiss_weak_is_dead(seen));
    assert_null(swiss_weak_upgrade(seen));
    assert_null(swiss_weak_upgrade_local(seen));
    assert_int_equal(swiss_ref_count(dying), 0);
}

static void test_weak_references_find_nothing_before_a_cleanup_runs(void **state) {
    (void)state;
    memory_begin(&m);
    for (int queued = 0; queued < 2; ++queued) {
        swiss_ref_queue queue = {0};
        dying = new_object();
        seen = swiss_weak_of(dying);
        for (int i = 0; i < 3; ++i)
            assert_true(swiss_ref_add_cleanup(dying, see_that_it_is_dead, &numbers[i], queued ? &queue : NULL) != 0);
        assert_ptr_equal(swiss_weak_upgrade(seen), dying);
        swiss_ref_release(dying);
        swiss_ref_release(dying);
        assert_null(swiss_weak_upgrade(seen));
        assert_int_equal(swiss_ref_drain(&queue), queued ? 3 : 0);
        ASSERT_RAN(2, 1, 0);
        swiss_weak_drop(seen);
    }
    memory_end(&m);
}

static void release_child(void *object) {
    assert_ptr_equal(object, child);
    swiss_ref_release(object);
}

static void allocate_and_add(void *argument) {
    note(argument);
    void *made = new_object();
    add(made, 20, NULL);
    add(child, 21, NULL);
    swiss_ref_release(made);
}

static void test_a_cleanup_may_allocate_release_others_and_add_to_them(void **state) {
    (void)state;
    memory_begin(&m);
    void *object = new_object();
    child = new_object();
    add(child, 7, NULL);
    add(object, 0, NULL);
    assert_true(swiss_ref_add_cleanup(object, release_child, child, NULL) != 0);
    assert_true(swiss_ref_add_cleanup(object, allocate_and_add, &numbers[1], NULL) != 0);
    swiss_ref_release(object);
    ASSERT_RAN(1, 20, 21, 7, 0);
    memory_end(&m);
}

static void add_to_the_dying(void *argument) {
    note(argument);
    const size_t calls = m.calls;
    assert_int_equal(swiss_ref_add_cleanup(dying, note, &numbers[9], NULL), 0);
    assert_int_equal(m.calls, calls);
    assert_false(swiss_ref_stop_cleanup(dying, pending));
    swiss_weak weak = swiss_weak_of(dying);
    assert_true(swiss_weak_is_dead(weak));
    assert_true(swiss_weak_equal(weak, seen));
    swiss_weak_drop(weak);
    swiss_weak_drop(seen);
}

static void test_what_a_cleanup_can_do_with_its_own_object(void **state) {
    (void)state;
    memory_begin(&m);
    dying = new_object();
    seen = swiss_weak_of(dying);
    pending = add(dying, 3, NULL);
    assert_true(swiss_ref_add_cleanup(dying, add_to_the_dying, &numbers[4], NULL) != 0);
    add(dying, 5, NULL);
    swiss_ref_release(dying);
    ASSERT_RAN(5, 4, 3);
    memory_end(&m);
}

static void look_at_member(void *argument) {
    assert_ptr_equal(argument, member);
    assert_string_equal(argument, "still here");
    note(&numbers[6]);
}

static void test_the_memory_stays_until_the_cleanups_have_run(void **state) {
    (void)state;
    memory_begin(&m);
    for (int queued = 0; queued < 2; ++queued) {
        swiss_ref_queue queue = {0};
        char *object = new_object();
        member = object + 8;
        strcpy(member, "still here");
        assert_true(swiss_ref_add_cleanup(object, look_at_member, member, queued ? &queue : NULL) != 0);
        assert_true(swiss_ref_add_cleanup(object, look_at_member, member, NULL) != 0);
        swiss_ref_release(object);
        assert_int_equal(ran.count, queued ? 1 : 2);
        assert_int_equal(m.blocks, queued ? 2 : 0);
        assert_int_equal(swiss_ref_drain(&queue), queued);
        ASSERT_RAN(6, 6);
        assert_int_equal(m.blocks, 0);
    }
    memory_end(&m);
}

static void test_a_queue_runs_objects_in_the_order_of_their_death(void **state) {
    (void)state;
    memory_begin(&m);
    swiss_ref_queue queue = {0};
    void *a = new_object(), *b = new_object();
    assert_int_equal(swiss_ref_drain(&queue), 0);
    add(a, 0, &queue), add(b, 10, &queue), add(a, 1, NULL), add(b, 11, NULL), add(a, 2, &queue), add(b, 12, &queue);
    assert_true(swiss_ref_stop_cleanup(b, add(b, 13, &queue)));
    const size_t calls = m.calls;
    m.fail_at = calls;
    swiss_ref_release(b);
    swiss_ref_release(a);
    assert_int_equal(m.calls, calls); /* to get there needs no memory */
    m.fail_at = NEVER;
    ASSERT_RAN(11, 1);
    assert_int_equal(swiss_ref_drain(&queue), 4);
    ASSERT_RAN(12, 10, 2, 0);
    assert_int_equal(swiss_ref_drain(&queue), 0);
    memory_end(&m);
}

static swiss_ref_queue inner;

static void drain_inside(void *argument) {
    note(argument);
    void *object = new_object();
    add(object, 30, &inner);
    swiss_ref_release(object);
    assert_int_equal(swiss_ref_drain(&inner), 1);
}

static void test_a_queue_may_be_drained_by_a_cleanup_in_it(void **state) {
    (void)state;
    memory_begin(&m);
    void *object = new_object();
    add(object, 0, &inner);
    assert_true(swiss_ref_add_cleanup(object, drain_inside, &numbers[1], &inner) != 0);
    swiss_ref_release(object);
    assert_int_equal(swiss_ref_drain(&inner), 2);
    ASSERT_RAN(1, 30, 0);
    memory_end(&m);
}

/* A list of objects, each of which has the only reference to the next: in a queue their cleanups do not nest. */
static void test_a_long_list_in_a_queue_does_not_nest(void **state) {
    (void)state;
    enum { LENGTH = 300000 };
    swiss_ref_queue queue = {0};
    void *list = NULL;
    for (int i = 0; i < LENGTH; ++i) {
        void *first = swiss_ref_alloc(NULL, 8, 8);
        assert_non_null(first);
        assert_true(swiss_ref_add_cleanup(first, swiss_ref_release, list, &queue) != 0);
        list = first;
    }
    swiss_ref_release(list);
    assert_int_equal(swiss_ref_drain(&queue), LENGTH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_runs_first_and_once),
        cmocka_unit_test(test_a_stopped_one_does_not_run),
        cmocka_unit_test(test_all_stopped),
        cmocka_unit_test(test_weak_references_find_nothing_before_a_cleanup_runs),
        cmocka_unit_test(test_a_cleanup_may_allocate_release_others_and_add_to_them),
        cmocka_unit_test(test_what_a_cleanup_can_do_with_its_own_object),
        cmocka_unit_test(test_the_memory_stays_until_the_cleanups_have_run),
        cmocka_unit_test(test_a_queue_runs_objects_in_the_order_of_their_death),
        cmocka_unit_test(test_a_queue_may_be_drained_by_a_cleanup_in_it),
        cmocka_unit_test(test_a_long_list_in_a_queue_does_not_nest),
    };
    return RUN_TESTS(tests);
}
