/* Arenas and threads: the children of one arena are used by several threads at once, each its own, and an arena is
 * handed from thread to thread. ThreadSanitizer sees no race. */
#include "tests/support.h"
#include <pthread.h>
#include <swiss/arena.h>

enum { THREADS = 4, BLOCKS = 20000 };

static void fill(swiss_arena *arena, uint64_t seed) {
    unsigned char *blocks[16] = {0};
    size_t sizes[16] = {0};
    for (size_t i = 0; i < BLOCKS; ++i) {
        size_t at = random_below(&seed, 16), size = 1 + random_below(&seed, random_below(&seed, 50) ? 200 : 9000);
        for (size_t k = 0; k < sizes[at]; ++k)
            if (blocks[at][k] != (unsigned char)at)
                abort();
        swiss_arena_free_block(arena, blocks[at], sizes[at], 8);
        blocks[at] = swiss_arena_alloc(arena, size, 8);
        sizes[at] = size;
        memset(blocks[at], (int)at, size);
    }
}

static void *use_child(void *argument) {
    swiss_arena *child = argument;
    for (uint64_t round = 0; round < 3; ++round) {
        fill(child, round);
        swiss_arena_reset(child, 100000);
    }
    fill(child, 7);
    return NULL;
}

static void count(void *argument) {
    ++*(int *)argument;
}

static void children_of_several_threads(void **state) {
    (void)state;
    swiss_arena parent = {0};
    int cleanups[THREADS] = {0};
    pthread_t threads[THREADS];
    swiss_arena *children = swiss_arena_new(&parent, swiss_arena, THREADS);
    for (size_t i = 0; i < THREADS; ++i) {
        swiss_arena_init(&children[i], &(swiss_arena_options){.parent = &parent});
        assert_non_null(swiss_arena_add_cleanup(&children[i], NULL, count, &cleanups[i]));
        swiss_arena_hand_over(&children[i]);
    }
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, use_child, &children[i]), 0);
    fill(&parent, 1);
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < THREADS; ++i) {
        assert_int_equal(cleanups[i], 1); /* run by the first reset */
        assert_true(swiss_arena_get_stats(&children[i]).used > 0);
    }
    assert_true(swiss_arena_free(&parent));
}

static void *go_on(void *argument) {
    swiss_arena *arena = argument;
    char *text = swiss_arena_printf(arena, "%d", 1);
    swiss_arena_hand_over(arena);
    return text;
}

static void from_thread_to_thread(void **state) {
    (void)state;
    swiss_arena arena = {0};
    char *text = swiss_arena_copy_string(&arena, "begun");
    for (size_t i = 0; i < 10; ++i) {
        pthread_t thread;
        void *result;
        swiss_arena_hand_over(&arena);
        assert_int_equal(pthread_create(&thread, NULL, go_on, &arena), 0);
        assert_int_equal(pthread_join(thread, &result), 0);
        assert_string_equal(result, "1");
        assert_non_null(swiss_arena_alloc(&arena, 10, 1));
    }
    assert_string_equal(text, "begun");
    assert_true(swiss_arena_free(&arena));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_of_several_threads),
        cmocka_unit_test(from_thread_to_thread),
    };
    return RUN_TESTS(tests);
}
