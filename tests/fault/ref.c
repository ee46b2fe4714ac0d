/* Every allocation of counted objects fails once: what failed has changed nothing, and works when it is tried again.
 * Releasing and draining, with all that cleanups do, need no memory. */
#include "tests/support.h"
#include <swiss/ref.h>

enum { OBJECTS = 8, CLEANUPS = 4 };

static memory m;
static size_t ran;

static void count(void *argument) {
    (void)argument;
    ++ran;
}

/* Makes sure that a call that returned nothing met the allocation that fails, and has changed nothing. */
static void assert_failed(const memory *before) {
    assert_int_equal(m.failures, before->failures + 1);
    assert_int_equal(m.blocks, before->blocks);
    assert_int_equal(m.bytes, before->bytes);
}

static void *make(size_t size) {
    const memory before = m;
    void *object = swiss_ref_alloc(&m.allocator, size, 16);
    if (object)
        return object;
    assert_failed(&before);
    object = swiss_ref_alloc(&m.allocator, size, 16);
    assert_non_null(object);
    return object;
}

static void add(void *object, void (*function)(void *), void *argument, swiss_ref_queue *queue) {
    const memory before = m;
    swiss_ref_cleanup name = swiss_ref_add_cleanup(object, function, argument, queue);
    if (!name) {
        assert_failed(&before);
        name = swiss_ref_add_cleanup(object, function, argument, queue);
    }
    assert_true(name != 0);
}

/* Returns whether an allocation failed. */
static bool run(size_t fail_at) {
    swiss_ref_queue queue = {0};
    void *objects[OBJECTS];
    swiss_weak weak[OBJECTS];
    memory_begin(&m);
    m.fail_at = fail_at;
    ran = 0;
    for (size_t i = 0; i < OBJECTS; ++i) {
        objects[i] = make(10 * i);
        weak[i] = swiss_weak_of(objects[i]);
        for (size_t j = 0; j < CLEANUPS; ++j)
            add(objects[i], count, NULL, j % 2 ? &queue : NULL);
        if (i)
            add(objects[i], swiss_ref_release, objects[i - 1], i % 2 ? &queue : NULL);
    }
    const size_t calls = m.calls;
    swiss_ref_release(objects[OBJECTS - 1]);
    assert_int_equal(swiss_ref_drain(&queue), OBJECTS * CLEANUPS / 2 + OBJECTS / 2);
    assert_int_equal(ran, OBJECTS * CLEANUPS);
    for (size_t i = 0; i < OBJECTS; ++i) {
        assert_null(swiss_weak_upgrade(weak[i]));
        swiss_weak_drop(weak[i]);
    }
    assert_int_equal(m.calls, calls);
    memory_end(&m);
    return m.failures != 0;
}

static void test_every_allocation_fails_once(void **state) {
    (void)state;
    size_t n = 0;
    while (run(n))
        ++n;
    assert_int_equal(n, OBJECTS * (CLEANUPS + 2) - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_fails_once),
    };
    return RUN_TESTS(tests);
}
