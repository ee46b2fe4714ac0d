/* Weak handles to objects in an arena: they give the object until the arena is reset or freed, or rewound to a mark
 * that is older than they are, and NULL ever after; they are equal by their object, also when it is gone and its
 * address is another's. */
#include "tests/support.h"
#include <swiss/arena_weak.h>

static memory m;
static swiss_arena arena;

static void begin(void) {
    memory_begin(&m);
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
}

static void end(void) {
    assert_true(swiss_arena_free(&arena));
    memory_end(&m);
}

static void *new_object(void) {
    void *object = swiss_arena_alloc(&arena, 24, 8);
    assert_non_null(object);
    return object;
}

static swiss_arena_weak handle_to(void *object) {
    swiss_arena_weak handle = swiss_arena_weak_of(&arena, object);
    assert_ptr_equal(swiss_arena_weak_get(handle), object);
    assert_false(swiss_arena_weak_is_dead(handle));
    return handle;
}

static void assert_dead(swiss_arena_weak handle) {
    assert_null(swiss_arena_weak_get(handle));
    assert_true(swiss_arena_weak_is_dead(handle));
}

static void test_a_handle_turns_null_when_the_arena_ends(void **state) {
    (void)state;
    for (int way = 0; way < 3; ++way) {
        begin();
        swiss_arena_weak handles[200];
        for (int i = 0; i < 200; ++i)
            handles[i] = handle_to(new_object());
        way == 0   ? swiss_arena_reset(&arena, 0)
        : way == 1 ? swiss_arena_reset(&arena, SIZE_MAX)
                   : swiss_arena_free(&arena);
        for (int i = 0; i < 200; ++i) {
            assert_dead(handles[i]);
            (void)new_object();
            assert_dead(handles[i]);
            swiss_arena_weak_drop(handles[i]);
        }
        end();
    }
}

static void test_handles_are_equal_by_their_object(void **state) {
    (void)state;
    begin();
    char *object = new_object();
    swiss_arena_weak a = handle_to(object), b = handle_to(object), c = swiss_arena_weak_copy(a);
    swiss_arena_weak other = handle_to(new_object()), part = handle_to(object + 1);
    for (int dead = 0; dead < 2; ++dead) {
        assert_true(swiss_arena_weak_equal(a, b) && swiss_arena_weak_equal(b, c));
        assert_false(swiss_arena_weak_equal(a, other) || swiss_arena_weak_equal(a, part));
        swiss_arena_reset(&arena, SIZE_MAX);
    }
    /* The same address again. */
    assert_ptr_equal(new_object(), object);
    swiss_arena_weak later = handle_to(object);
    assert_false(swiss_arena_weak_equal(a, later));
    assert_dead(a);
    swiss_arena_weak_drop(a), swiss_arena_weak_drop(b), swiss_arena_weak_drop(c);
    swiss_arena_weak_drop(other), swiss_arena_weak_drop(part);
    assert_ptr_equal(swiss_arena_weak_get(later), object);
    swiss_arena_weak_drop(later);
    later = handle_to(object); /* also when none was left */
    swiss_arena_weak_drop(later);
    end();
}

static void test_nothing(void **state) {
    (void)state;
    begin();
    swiss_arena_weak nothing = {{NULL}}, same = swiss_arena_weak_of(&arena, NULL);
    assert_true(swiss_arena_weak_equal(nothing, same));
    assert_dead(nothing);
    swiss_arena_weak_drop(swiss_arena_weak_copy(same));
    assert_int_equal(m.calls, 0);
    end();
}

static void test_a_rewind_ends_the_handles_since_the_mark(void **state) {
    (void)state;
    begin();
    for (int round = 0; round < 3; ++round) {
        void *old = new_object(), *late = new_object();
        swiss_arena_weak before = handle_to(old);
        swiss_arena_mark mark = swiss_arena_mark_here(&arena);
        void *young = new_object();
        swiss_arena_weak since = handle_to(young), of_late = handle_to(late), same = handle_to(old);
        assert_true(swiss_arena_rewind(&arena, mark));
        assert_ptr_equal(swiss_arena_weak_get(before), old);
        assert_true(swiss_arena_weak_equal(before, same));
        assert_dead(since);
        assert_dead(of_late); /* though the object is older than the mark */
        assert_ptr_equal(new_object(), young);
        swiss_arena_weak again = handle_to(young);
        assert_false(swiss_arena_weak_equal(again, since));
        assert_true(swiss_arena_rewind(&arena, mark));
        assert_dead(again);
        assert_ptr_equal(swiss_arena_weak_get(before), old);
        swiss_arena_weak_drop(before), swiss_arena_weak_drop(since), swiss_arena_weak_drop(of_late);
        swiss_arena_weak_drop(same), swiss_arena_weak_drop(again);
    }
    /* The first handle of all came after the mark. */
    swiss_arena_reset(&arena, 0);
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    swiss_arena_weak first = handle_to(new_object());
    assert_true(swiss_arena_rewind(&arena, mark));
    assert_dead(first);
    swiss_arena_weak_drop(first);
    end();
}

static void test_a_child_ends_with_its_parent(void **state) {
    (void)state;
    begin();
    swiss_arena child;
    swiss_arena_init(&child, &(swiss_arena_options){.parent = &arena});
    void *object = swiss_arena_alloc(&child, 8, 8);
    swiss_arena_weak handle = swiss_arena_weak_of(&child, object);
    assert_ptr_equal(swiss_arena_weak_get(handle), object);
    swiss_arena_reset(&arena, 0);
    assert_dead(handle);
    swiss_arena_weak_drop(handle);
    end();
}

static swiss_arena_weak seen, made;
static void *object_seen, *expected;

static void look(void *argument) {
    *(int *)argument += 1;
    assert_ptr_equal(swiss_arena_weak_get(seen), expected);
    if (!expected) { /* one made so late ends at once */
        swiss_arena_weak_drop(made);
        made = handle_to(object_seen);
    }
    expected = NULL;
}

static void test_what_cleanups_see(void **state) {
    (void)state;
    begin();
    int looked = 0;
    expected = object_seen = new_object();
    assert_non_null(swiss_arena_add_cleanup(&arena, NULL, look, &looked));
    seen = handle_to(object_seen);
    made = swiss_arena_weak_copy(seen);
    assert_non_null(swiss_arena_add_cleanup(&arena, NULL, look, &looked));
    swiss_arena_reset(&arena, 0);
    assert_int_equal(looked, 2);
    assert_dead(made);
    assert_false(swiss_arena_weak_equal(seen, made));
    swiss_arena_weak_drop(seen), swiss_arena_weak_drop(made);
    end();
}

static void test_a_counted_object_to_which_an_arena_has_a_reference(void **state) {
    (void)state;
    begin();
    swiss_weak weak[2];
    for (int i = 0; i < 2; ++i) {
        void *object = swiss_ref_alloc(&m.allocator, 8, 8);
        assert_non_null(object);
        weak[i] = swiss_weak_of(object);
        assert_non_null(swiss_arena_add_cleanup(&arena, NULL, swiss_ref_release, object));
    }
    void *used = swiss_weak_upgrade(weak[0]);
    assert_non_null(used);
    swiss_arena_reset(&arena, 0);
    assert_true(swiss_weak_is_dead(weak[1]));
    assert_false(swiss_weak_is_dead(weak[0]));
    swiss_ref_release(used);
    assert_true(swiss_weak_is_dead(weak[0]));
    swiss_weak_drop(weak[0]), swiss_weak_drop(weak[1]);
    end();
}

/* An arena that is never asked for a handle pays nothing; one that is gives back what they took. */
static void test_memory(void **state) {
    (void)state;
    begin();
    void *object = new_object();
    const size_t blocks = m.blocks;
    swiss_arena_weak handle = handle_to(object);
    const size_t with_one = m.blocks;
    for (int i = 0; i < 100; ++i)
        swiss_arena_weak_drop(handle_to(object));
    assert_int_equal(m.blocks, with_one);
    swiss_arena_reset(&arena, SIZE_MAX);
    assert_int_equal(m.blocks, blocks + 1);
    swiss_arena_weak_drop(handle);
    assert_int_equal(m.blocks, blocks);
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_handle_turns_null_when_the_arena_ends),
        cmocka_unit_test(test_handles_are_equal_by_their_object),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_a_rewind_ends_the_handles_since_the_mark),
        cmocka_unit_test(test_a_child_ends_with_its_parent),
        cmocka_unit_test(test_what_cleanups_see),
        cmocka_unit_test(test_a_counted_object_to_which_an_arena_has_a_reference),
        cmocka_unit_test(test_memory),
    };
    return RUN_TESTS(tests);
}
