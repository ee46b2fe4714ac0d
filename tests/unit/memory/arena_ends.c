/* What ends when an arena is rewound, reset or freed: blocks since the mark, child arenas and cleanups, in which order,
 * and what cleanups may do. */
#include "tests/support.h"
#include <swiss/arena.h>

static memory m;
static char said[200]; /* what the cleanups have said */

static int begin(void **state) {
    (void)state;
    memory_begin(&m);
    said[0] = 0;
    return 0;
}

static int end(void **state) {
    (void)state;
    memory_end(&m);
    return 0;
}

static swiss_arena arena_of_memory(void) {
    swiss_arena arena;
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
    return arena;
}

static void say(void *word) {
    strcat(strcat(said, word), " ");
}

static void add(swiss_arena *arena, const char *word) {
    char *copy = swiss_arena_copy_string(arena, word); /* must be there still when the cleanup runs */
    assert_non_null(swiss_arena_add_cleanup(arena, NULL, say, copy));
}

static void a_rewind_gives_back(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    swiss_arena_mark empty = swiss_arena_mark_here(&arena);
    char *before = swiss_arena_copy_string(&arena, "before");
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    char *first = NULL;
    for (size_t round = 0; round < 5; ++round) {
        char *block = swiss_arena_alloc(&arena, 10, 1);
        assert_true(!first || block == first);
        first = block;
        for (size_t i = 0; i < 100; ++i)
            memset(swiss_arena_alloc(&arena, 1000, 8), 1, 1000);
        assert_non_null(swiss_arena_alloc(&arena, 100000, 8));
        assert_true(swiss_arena_rewind(&arena, mark));
        assert_int_equal(swiss_arena_get_stats(&arena).used, 7);
        assert_string_equal(before, "before");
    }
    assert_int_equal(swiss_arena_get_stats(&arena).peak, 7 + 10 + 100000 + 100000);
    size_t calls = m.calls; /* the chunks are there still, not the oversize blocks */
    for (size_t i = 0; i < 100; ++i)
        memset(swiss_arena_alloc(&arena, 1000, 8), 1, 1000);
    assert_int_equal(m.calls, calls);
    assert_true(swiss_arena_rewind(&arena, empty));
    assert_int_equal(swiss_arena_get_stats(&arena).used, 0);
    assert_true(swiss_arena_get_stats(&arena).reserved > 100000);
    assert_int_equal(m.calls, calls);
    assert_true(swiss_arena_rewind(&arena, empty));
    assert_non_null(swiss_arena_alloc(&arena, 10, 1));
    swiss_arena_free(&arena);
}

/* The bytes before a mark are not resized in place: else a rewind would cut off, or bring back, what is not its own. */
static void blocks_before_a_mark_stay(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *block = swiss_arena_alloc(&arena, 10, 1);
    memcpy(block, "0123456789", 10);
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    char *grown = swiss_arena_resize(&arena, block, 10, 20, 1);
    assert_ptr_not_equal(grown, block);
    memset(grown, 'x', 20);
    assert_true(swiss_arena_rewind(&arena, mark));
    assert_memory_equal(block, "0123456789", 10);
    assert_ptr_equal(swiss_arena_resize(&arena, block, 10, 5, 1), block);
    char *next = swiss_arena_alloc(&arena, 5, 1);
    assert_true(next >= block + 10);
    swiss_arena_free_block(&arena, block, 5, 1);
    assert_true(swiss_arena_alloc(&arena, 5, 1) > (void *)next);
    assert_true(swiss_arena_rewind(&arena, mark));
    assert_int_equal(swiss_arena_get_stats(&arena).used, 10); /* as the header says */
    swiss_arena_free(&arena);
}

/* Gives each block a lower address than the one before. */
static void *allocate_downwards(void *context, size_t size, size_t alignment) {
    char **end = context;
    *end -= size;
    *end -= (uintptr_t)*end % alignment;
    return *end;
}

static void free_nothing(void *context, void *block, size_t size, size_t alignment) {
    (void)context, (void)block, (void)size, (void)alignment;
}

/* Blocks of a new chunk are newer than the mark, wherever the chunk lies. */
static void chunks_at_lower_addresses(void **state) {
    (void)state;
    static char room[40000];
    char *top = room + sizeof room;
    const swiss_allocator downwards = {allocate_downwards, NULL, free_nothing, &top};
    swiss_arena arena;
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &downwards});
    char *old = swiss_arena_alloc(&arena, 3000, 1);
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    char *young = swiss_arena_alloc(&arena, 3000, 1);
    assert_true(young < old);
    assert_ptr_equal(swiss_arena_resize(&arena, young, 3000, 3500, 1), young);
    swiss_arena_free_block(&arena, young, 3500, 1);
    assert_ptr_equal(swiss_arena_alloc(&arena, 10, 1), young);
    assert_true(swiss_arena_rewind(&arena, mark));
    assert_int_equal(swiss_arena_get_stats(&arena).used, 3000);
    swiss_arena_free(&arena);
}

static void oversize_blocks_by_age(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *old = swiss_arena_alloc(&arena, 10000, 1), *older = swiss_arena_alloc(&arena, 10000, 1);
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    assert_non_null(swiss_arena_alloc(&arena, 20000, 1));
    old = swiss_arena_resize(&arena, old, 10000, 30000, 1); /* stays as old as it was */
    assert_non_null(swiss_arena_alloc(&arena, 20000, 1));
    swiss_arena_free_block(&arena, older, 10000, 1);
    assert_int_equal(m.blocks, 3);
    assert_true(swiss_arena_rewind(&arena, mark));
    assert_int_equal(m.blocks, 1);
    assert_int_equal(swiss_arena_get_stats(&arena).used, 30000);
    old[29999] = 1;
    swiss_arena_free(&arena);
}

#ifdef __GNUC__
static int in_scope(swiss_arena *arena, int depth) {
    SWISS_ARENA_SCOPE(arena);
    char *text = swiss_arena_printf(arena, "%d", depth);
    assert_non_null(text);
    assert_non_null(swiss_arena_alloc(arena, 3000, 1));
    add(arena, text);
    if (depth == 0)
        return 1;
    for (int i = 0; i < 3; ++i) {
        SWISS_ARENA_SCOPE(arena);
        assert_non_null(swiss_arena_alloc(arena, 3000, 1));
        if (i == 2)
            break;
    }
    int result = 1 + in_scope(arena, depth - 1);
    assert_int_equal(atoi(text), depth);
    return result;
}

static void scopes(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    char *block = swiss_arena_alloc(&arena, 10, 1);
    assert_int_equal(in_scope(&arena, 9), 10);
    assert_string_equal(said, "0 1 2 3 4 5 6 7 8 9 ");
    assert_int_equal(swiss_arena_get_stats(&arena).used, 10);
    assert_ptr_equal(swiss_arena_resize(&arena, block, 10, 20, 1), block); /* as if the scope had never been */
    swiss_arena_free(&arena);
}
#endif

static void cleanups_run_last_in_first_out(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    add(&arena, "a"), add(&arena, "b");
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    add(&arena, "c"), add(&arena, "d");
    assert_true(swiss_arena_rewind(&arena, mark));
    assert_string_equal(said, "d c ");
    add(&arena, "e");
    assert_true(swiss_arena_reset(&arena, 0));
    assert_string_equal(said, "d c e b a ");
    assert_true(swiss_arena_reset(&arena, 0));
    assert_true(swiss_arena_free(&arena));
    assert_string_equal(said, "d c e b a ");
}

static void cleanups_are_cancelled(void **state) {
    (void)state;
    static char a[] = "a", b[] = "b", c[] = "c";
    swiss_arena arena = arena_of_memory();
    swiss_arena_cleanup mine[3] = {0};
    assert_false(swiss_arena_cancel_cleanup(&mine[0]));
    assert_ptr_equal(swiss_arena_add_cleanup(&arena, &mine[0], say, a), &mine[0]);
    assert_ptr_equal(swiss_arena_add_cleanup(&arena, &mine[1], say, b), &mine[1]);
    assert_ptr_equal(swiss_arena_add_cleanup(&arena, &mine[2], say, c), &mine[2]);
    assert_int_equal(m.calls, 0);
    assert_true(swiss_arena_cancel_cleanup(&mine[1]));
    assert_false(swiss_arena_cancel_cleanup(&mine[1]));
    assert_true(swiss_arena_reset(&arena, 0));
    assert_string_equal(said, "c a ");
    assert_false(swiss_arena_cancel_cleanup(&mine[0]));
    assert_ptr_equal(swiss_arena_add_cleanup(&arena, &mine[1], say, b), &mine[1]); /* the record serves again */
    swiss_arena_cleanup *its_own = swiss_arena_add_cleanup(&arena, NULL, say, a);
    assert_true(swiss_arena_cancel_cleanup(its_own));
    assert_true(swiss_arena_free(&arena));
    assert_string_equal(said, "c a b ");
}

static void children_die_with_the_parent(void **state) {
    (void)state;
    swiss_arena parent = arena_of_memory();
    add(&parent, "parent");
    swiss_arena *child = swiss_arena_new(&parent, swiss_arena, 3);
    for (int i = 0; i < 2; ++i)
        swiss_arena_init(&child[i], &(swiss_arena_options){.parent = &parent}); /* over the parent's allocator */
    add(&child[0], "first"), add(&child[1], "second");
    swiss_arena_init(&child[2], &(swiss_arena_options){.parent = &child[0]});
    add(&child[2], "grandchild");
    assert_non_null(swiss_arena_alloc(&child[2], 10000, 1));
    assert_int_equal(m.blocks, 5);
    assert_true(swiss_arena_free(&parent));
    assert_string_equal(said, "second grandchild first parent ");
    assert_int_equal(m.blocks, 0);
}

static void children_die_before(void **state) {
    (void)state;
    swiss_arena parent = arena_of_memory(), old = {0}, young = {0};
    swiss_arena_init(&old, &(swiss_arena_options){.parent = &parent});
    add(&old, "old");
    swiss_arena_mark mark = swiss_arena_mark_here(&parent);
    swiss_arena_init(&young, &(swiss_arena_options){.parent = &parent});
    add(&young, "young");
    add(&old, "new");
    assert_true(swiss_arena_rewind(&parent, mark));
    assert_string_equal(said, "young ");
    add(&young, "free"); /* it is nobody's child now */
    assert_true(swiss_arena_reset(&old, 0));
    assert_string_equal(said, "young new old ");
    add(&old, "again"); /* it is a child still */
    assert_true(swiss_arena_free(&parent));
    assert_string_equal(said, "young new old again ");
    swiss_arena_init(&old, &(swiss_arena_options){.parent = &parent});
    assert_true(swiss_arena_free(&old));
    assert_true(swiss_arena_free(&parent));
    assert_true(swiss_arena_free(&young));
    assert_string_equal(said, "young new old again free ");
}

static swiss_arena *the_arena;

static void allocate_and_add(void *argument) {
    int *times = argument;
    say("again");
    memset(swiss_arena_alloc(the_arena, 5000, 8), 1, 5000);
    memset(swiss_arena_alloc(the_arena, 3000, 8), 1, 3000);
    if ((*times)--)
        assert_non_null(swiss_arena_add_cleanup(the_arena, NULL, allocate_and_add, times));
}

static void use_a_mark(void *argument) {
    (void)argument;
    swiss_arena_mark mark = swiss_arena_mark_here(the_arena);
    add(the_arena, "inner");
    swiss_arena child;
    swiss_arena_init(&child, &(swiss_arena_options){.parent = the_arena});
    add(&child, "child");
    assert_true(swiss_arena_rewind(the_arena, mark));
    swiss_arena_init(&child, &(swiss_arena_options){.parent = the_arena});
    add(&child, "second");
    assert_true(swiss_arena_free(&child));
    say("outer");
}

static void cleanups_use_their_arena(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    the_arena = &arena;
    for (int how = 0; how < 3; ++how) {
        said[0] = 0;
        swiss_arena_mark mark = swiss_arena_mark_here(&arena);
        int times = 3;
        assert_non_null(swiss_arena_alloc(&arena, 4000, 1));
        add(&arena, "first");
        assert_non_null(swiss_arena_add_cleanup(&arena, NULL, allocate_and_add, &times));
        assert_non_null(swiss_arena_add_cleanup(&arena, NULL, use_a_mark, NULL));
        assert_true(how == 0   ? swiss_arena_rewind(&arena, mark)
                    : how == 1 ? swiss_arena_reset(&arena, 10000)
                               : swiss_arena_free(&arena));
        assert_string_equal(said, "child inner second outer again again again again first ");
        assert_int_equal(swiss_arena_get_stats(&arena).used, 0);
    }
    memory_end(&m);
}

static swiss_arena_cleanup records[3];

static void cancel_another(void *argument) {
    say("cancels");
    assert_true(swiss_arena_cancel_cleanup(argument));
}

static void cleanups_cancel_others(void **state) {
    (void)state;
    static char a[] = "a", b[] = "b";
    swiss_arena arena = arena_of_memory();
    assert_non_null(swiss_arena_add_cleanup(&arena, &records[0], say, a));
    assert_non_null(swiss_arena_add_cleanup(&arena, &records[1], say, b));
    assert_non_null(swiss_arena_add_cleanup(&arena, &records[2], cancel_another, &records[1]));
    assert_true(swiss_arena_free(&arena));
    assert_string_equal(said, "cancels a ");
}

static int times_more;

/* Its record is its own again when it runs. */
static void add_again(void *argument) {
    say("again");
    assert_false(swiss_arena_cancel_cleanup(argument));
    if (times_more-- > 0)
        assert_non_null(swiss_arena_add_cleanup(the_arena, argument, add_again, argument));
}

static void cleanups_use_their_record(void **state) {
    (void)state;
    swiss_arena arena = arena_of_memory();
    the_arena = &arena;
    times_more = 2;
    add(&arena, "first");
    assert_non_null(swiss_arena_add_cleanup(&arena, &records[0], add_again, &records[0]));
    assert_true(swiss_arena_free(&arena));
    assert_string_equal(said, "again again again first ");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_rewind_gives_back),
        TEST(blocks_before_a_mark_stay),
        TEST(chunks_at_lower_addresses),
        TEST(oversize_blocks_by_age),
#ifdef __GNUC__
        TEST(scopes),
#endif
        TEST(cleanups_run_last_in_first_out),
        TEST(cleanups_are_cancelled),
        TEST(children_die_with_the_parent),
        TEST(children_die_before),
        TEST(cleanups_use_their_arena),
        TEST(cleanups_cancel_others),
        TEST(cleanups_use_their_record),
    };
    return RUN_TESTS(tests);
}
