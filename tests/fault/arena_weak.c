/* Every allocation of an arena with weak handles fails once: then a handle is one to nothing, those that there are stay
 * as they are, and it works when it is tried again. To end and to drop them needs no memory. */
#include "tests/support.h"
#include <swiss/arena_weak.h>

enum { OBJECTS = 40 };

static memory m;

/* Returns whether an allocation failed. */
static bool run(size_t fail_at) {
    swiss_arena arena;
    void *objects[OBJECTS];
    swiss_arena_weak handles[OBJECTS];
    memory_begin(&m);
    m.fail_at = fail_at;
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
    for (size_t i = 0; i < OBJECTS; ++i) {
        if (!(objects[i] = swiss_arena_alloc(&arena, 8, 8)))
            objects[i] = swiss_arena_alloc(&arena, 8, 8);
        assert_non_null(objects[i]);
        const size_t failures = m.failures;
        handles[i] = swiss_arena_weak_of(&arena, objects[i]);
        if (m.failures > failures && swiss_arena_weak_is_dead(handles[i]))
            handles[i] = swiss_arena_weak_of(&arena, objects[i]);
        for (size_t j = 0; j <= i; ++j)
            assert_ptr_equal(swiss_arena_weak_get(handles[j]), objects[j]);
        swiss_arena_weak same = swiss_arena_weak_of(&arena, objects[i / 2]);
        assert_true(swiss_arena_weak_equal(same, handles[i / 2]));
        swiss_arena_weak_drop(same);
    }
    const size_t calls = m.calls;
    assert_true(swiss_arena_free(&arena));
    for (size_t i = 0; i < OBJECTS; ++i) {
        assert_null(swiss_arena_weak_get(handles[i]));
        swiss_arena_weak_drop(handles[i]);
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
    assert_true(n > OBJECTS + 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_fails_once),
    };
    return RUN_TESTS(tests);
}
