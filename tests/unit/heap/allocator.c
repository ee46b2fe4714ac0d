/* The allocators that come with swiss, and the calls that take NULL for the default one. With SWISS_NO_HEAP there is
 * only malloc. */
#include "tests/support.h"
#ifndef SWISS_NO_HEAP
#    include <swiss/heap.h>
#endif

static void fill(unsigned char *block, size_t size) {
    for (size_t i = 0; i < size; ++i)
        block[i] = (unsigned char)(i * 7);
}

static bool is_filled(const unsigned char *block, size_t size) {
    for (size_t i = 0; i < size; ++i)
        if (block[i] != (unsigned char)(i * 7))
            return false;
    return true;
}

static void test_blocks_keep_their_bytes_and_alignment(void **state) {
    (void)state;
    const swiss_allocator *const allocators[] = {NULL, swiss_allocator_default(), swiss_allocator_malloc(),
#ifndef SWISS_NO_HEAP
                                                 swiss_allocator_heap()
#endif
    };
    for (size_t a = 0; a < sizeof allocators / sizeof *allocators; ++a)
        for (size_t alignment = 1; alignment <= 256; alignment *= 4)
            for (size_t size = 1; size < 100000; size = size * 3 + 1) {
                unsigned char *block = swiss_allocator_allocate(allocators[a], size, alignment);
                assert_non_null(block);
                assert_int_equal((uintptr_t)block % alignment, 0);
                fill(block, size);
                block = swiss_allocator_resize(allocators[a], block, size, 2 * size, alignment);
                assert_non_null(block);
                assert_int_equal((uintptr_t)block % alignment, 0);
                assert_true(is_filled(block, size));
                swiss_allocator_free(allocators[a], block, 2 * size, alignment);
            }
}

/* Also malloc's: what needs a larger alignment than its own lies inside a larger block. */
static void test_what_can_never_be_had_is_out_of_memory(void **state) {
    (void)state;
    const swiss_allocator *const allocators[] = {swiss_allocator_default(), swiss_allocator_malloc()};
    const size_t half = SIZE_MAX / 2 + 1; /* the greatest alignment */
    for (size_t a = 0; a < 2; ++a) {
        assert_null(swiss_allocator_allocate(allocators[a], half, 16));
        assert_null(swiss_allocator_allocate(allocators[a], SIZE_MAX, 16));
        assert_null(swiss_allocator_allocate(allocators[a], SIZE_MAX, 4096));
        assert_null(swiss_allocator_allocate(allocators[a], half - 1, 4096));
        void *block = swiss_allocator_allocate(allocators[a], 1, half);
        if (block) { /* there is one such address in 32 bits */
            assert_true(sizeof(void *) == 4 && (uintptr_t)block == half);
            swiss_allocator_free(allocators[a], block, 1, half);
        }
        block = swiss_allocator_allocate(allocators[a], 100, 4096);
        assert_non_null(block);
        assert_null(swiss_allocator_resize(allocators[a], block, 100, SIZE_MAX, 4096));
        swiss_allocator_free(allocators[a], block, 100, 4096);
    }
}

/* What a caller gives is passed on, and so is what it gets. */
static void test_calls_are_passed_on(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    void *block = swiss_allocator_allocate(&m.allocator, 100, 32);
    assert_int_equal(m.bytes, 100);
    block = swiss_allocator_resize(&m.allocator, block, 100, 300, 32);
    assert_int_equal(m.bytes, 300);
    m.fail_at = m.calls;
    assert_null(swiss_allocator_allocate(&m.allocator, 1, 1));
    m.fail_at = m.calls;
    assert_null(swiss_allocator_resize(&m.allocator, block, 300, 400, 32));
    assert_int_equal(m.bytes, 300);
    swiss_allocator_free(&m.allocator, block, 300, 32);
    memory_end(&m);
}

#ifdef SWISS_NO_HEAP

static void test_the_default_is_malloc(void **state) {
    (void)state;
    assert_ptr_equal(swiss_allocator_default(), swiss_allocator_malloc());
}

#else

/* Under sanitizers, whose malloc sees more, it is malloc. */
static void test_the_default_is_one_of_the_two(void **state) {
    (void)state;
    const swiss_allocator *chosen = swiss_allocator_default();
    assert_true(chosen == swiss_allocator_heap() || chosen == swiss_allocator_malloc());
    void *block = swiss_allocator_allocate(NULL, 64, 8);
    assert_int_equal(swiss_heap_owns(NULL, block), chosen == swiss_allocator_heap());
    swiss_allocator_free(NULL, block, 64, 8);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_keep_their_bytes_and_alignment),
        cmocka_unit_test(test_calls_are_passed_on),
        cmocka_unit_test(test_what_can_never_be_had_is_out_of_memory),
#ifdef SWISS_NO_HEAP
        cmocka_unit_test(test_the_default_is_malloc),
#else
        cmocka_unit_test(test_the_default_is_one_of_the_two),
#endif
    };
    return RUN_TESTS(tests);
}
