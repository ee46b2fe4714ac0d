/* arena_misuse.h - what a program may not do with an arena, each as a case: for arena_misuse.c, in a debug build, and
 * arena_misuse_release.c, in a release build. REFUSED(call) says how the call must end. Whatever happens, nothing is
 * lost or freed twice. */
#include <swiss/arena.h>

static memory m;
static swiss_arena arena, other;

static int begin(void **state) {
    (void)state;
    memory_begin(&m);
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
    swiss_arena_init(&other, &(swiss_arena_options){.allocator = &m.allocator});
    return 0;
}

static int end(void **state) {
    (void)state;
    assert_true(swiss_arena_free(&arena));
    assert_true(swiss_arena_free(&other));
    memory_end(&m);
    return 0;
}

static void *fill(swiss_arena *which, size_t size) {
    void *block = swiss_arena_alloc(which, size, 1);
    assert_non_null(block);
    return memset(block, 1, size);
}

static void a_mark_of_another_arena(void **state) {
    (void)state;
    swiss_arena_mark mark = swiss_arena_mark_here(&other);
    swiss_arena_mark own = swiss_arena_mark_here(&arena);
    swiss_arena_mark none;
    memset(&none, 0, sizeof none);
    fill(&arena, 100);
    REFUSED(swiss_arena_rewind(&arena, mark));
    REFUSED(swiss_arena_rewind(&arena, none));
    assert_int_equal(swiss_arena_get_stats(&arena).used, 100);
    assert_true(swiss_arena_rewind(&arena, own));
}

static void a_mark_that_was_rewound_past(void **state) {
    (void)state;
    fill(&arena, 100);
    swiss_arena_mark first = swiss_arena_mark_here(&arena);
    fill(&arena, 100);
    swiss_arena_mark second = swiss_arena_mark_here(&arena);
    fill(&arena, 100);
    swiss_arena_mark third = swiss_arena_mark_here(&arena);
    assert_true(swiss_arena_rewind(&arena, second));
    REFUSED(swiss_arena_rewind(&arena, third));
    assert_true(swiss_arena_rewind(&arena, second));
    assert_true(swiss_arena_rewind(&arena, first));
    REFUSED(swiss_arena_rewind(&arena, second));
    fill(&arena, 500); /* beyond the place where it was */
    REFUSED(swiss_arena_rewind(&arena, second));
    REFUSED(swiss_arena_rewind(&arena, third));
    for (int i = 0; i < 50; ++i) { /* long afterwards, too */
        swiss_arena_mark mark = swiss_arena_mark_here(&arena), inner = swiss_arena_mark_here(&arena);
        fill(&arena, 10);
        assert_true(swiss_arena_rewind(&arena, inner));
        assert_true(swiss_arena_rewind(&arena, mark));
        REFUSED(swiss_arena_rewind(&arena, inner));
        if (i % 10 == 0)
            assert_true(swiss_arena_rewind(&arena, first));
    }
    REFUSED(swiss_arena_rewind(&arena, second));
    assert_true(swiss_arena_rewind(&arena, first));
    assert_int_equal(swiss_arena_get_stats(&arena).used, 100);
}

#ifdef __GNUC__
static void a_mark_of_a_scope_that_is_left(void **state) {
    (void)state;
    swiss_arena_mark outer = swiss_arena_mark_here(&arena), inner, first;
    for (int i = 0; i < 20; ++i) {
        {
            SWISS_ARENA_SCOPE(&arena);
            inner = swiss_arena_mark_here(&arena);
            fill(&arena, 1000);
        }
        if (i == 0)
            first = inner;
        REFUSED(swiss_arena_rewind(&arena, inner));
        REFUSED(swiss_arena_rewind(&arena, first)); /* however many scopes were left since */
        fill(&arena, 10);
    }
    assert_true(swiss_arena_rewind(&arena, outer));
}
#endif

static void a_mark_of_an_older_generation(void **state) {
    (void)state;
    fill(&arena, 100);
    swiss_arena_mark marks[3];
    for (size_t i = 0; i < 3; ++i) {
        marks[i] = swiss_arena_mark_here(&arena);
        fill(&arena, 4000); /* the second and the third are in chunks that will not be there */
    }
    assert_true(swiss_arena_reset(&arena, 0));
    for (size_t i = 0; i < 3; ++i)
        REFUSED(swiss_arena_rewind(&arena, marks[i]));
    fill(&arena, 100);
    for (size_t i = 0; i < 3; ++i)
        REFUSED(swiss_arena_rewind(&arena, marks[i]));
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    assert_true(swiss_arena_free(&arena));
    REFUSED(swiss_arena_rewind(&arena, mark));
    assert_int_equal(swiss_arena_get_stats(&arena).used, 0);
}

/* More ranges of stale marks than are kept: the oldest are not known any more, and still nothing breaks. */
static void stale_marks_without_number(void **state) {
    (void)state;
    enum { MANY = 20 };
    swiss_arena_mark live[MANY], stale[MANY];
    for (size_t i = 0; i < MANY; ++i) {
        live[i] = swiss_arena_mark_here(&arena);
        stale[i] = swiss_arena_mark_here(&arena);
        assert_true(swiss_arena_rewind(&arena, live[i]));
        fill(&arena, 100);
    }
    for (size_t i = MANY - 4; i < MANY; ++i)
        REFUSED(swiss_arena_rewind(&arena, stale[i]));
    for (size_t i = MANY; i-- > 0;)
        assert_true(swiss_arena_rewind(&arena, live[i]));
}

static swiss_arena child;
static swiss_arena_mark old;
static int calls;

static void end_what_is_ending(void *argument) {
    ++calls;
    swiss_arena *above = argument;
    REFUSED(swiss_arena_free(above));
    REFUSED(swiss_arena_reset(above, 0));
    REFUSED(swiss_arena_rewind(above, old));
    fill(above, 10);
}

/* By a cleanup of the arena itself, and of one that is below it. */
static void an_end_within_an_end(void **state) {
    (void)state;
    for (int how = 0; how < 6; ++how) {
        calls = 0;
        fill(&arena, 10);
        old = swiss_arena_mark_here(&arena);
        swiss_arena_mark mark = swiss_arena_mark_here(&arena);
        fill(&arena, 10);
        if (how < 3)
            assert_non_null(swiss_arena_add_cleanup(&arena, NULL, end_what_is_ending, &arena));
        else {
            swiss_arena_init(&child, &(swiss_arena_options){.parent = &arena});
            assert_non_null(swiss_arena_add_cleanup(&child, NULL, end_what_is_ending, &arena));
        }
        if (how == 5)
            assert_true(swiss_arena_free(&child)); /* the arena above it is not ending itself */
        assert_true(how % 3 == 0   ? swiss_arena_reset(&arena, 0)
                    : how % 3 == 1 ? swiss_arena_rewind(&arena, mark)
                                   : swiss_arena_free(&arena));
        assert_int_equal(calls, 1);
    }
}
