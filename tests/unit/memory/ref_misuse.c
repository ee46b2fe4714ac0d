/* Misuse of counted objects that debug builds assert. The source is part of this file, so that its assertions are seen
 * here too, in every build. */
#define SWISS_ASSERT(condition) mock_assert((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#include "tests/support.h"
#include "swiss/ref.c"

/* Static, for an assertion that fails jumps out of the function that it is in. */
static void *object;
static swiss_weak weak;
static swiss_ref_cleanup cleanup;
static memory m;

static void new_dead_object(void) {
    object = swiss_ref_alloc(&m.allocator, 8, 8);
    assert_non_null(object);
    weak = swiss_weak_of(object);
    swiss_ref_release(object);
}

static void test_references_to_a_dead_object(void **state) {
    (void)state;
    memory_begin(&m);
    new_dead_object();
    expect_assert_failure(swiss_ref_release(object));
    expect_assert_failure(swiss_ref_release_local(object));
    expect_assert_failure((void)swiss_ref_retain(object));
    expect_assert_failure((void)swiss_ref_retain_local(object));
    assert_null(swiss_weak_upgrade(weak));
    swiss_weak_drop(weak);
    memory_end(&m);
}

/* Where the memory was freed, and no one has written to its end since, a second release is still seen. */
static void keep_block(void *context, void *block, size_t size, size_t alignment) {
    (void)context, (void)alignment;
    memset(block, 0, 16 < size ? 16 : size); /* as an allocator that keeps its lists in free blocks */
}

static void test_what_is_freed(void **state) {
    (void)state;
    swiss_allocator keeping = {memory_allocate, memory_resize, keep_block, &m};
    memory_begin(&m);
    object = swiss_ref_alloc(&m.allocator, 8, 8);
    swiss_ref_block_ *block = swiss_ref_block_of_(object);
    weak = swiss_weak_of(object);
    block->allocator = &keeping;
    swiss_ref_release(object);
    swiss_weak_drop(weak);
    expect_assert_failure(swiss_ref_release(object));
    expect_assert_failure(swiss_weak_drop(weak));
    expect_assert_failure((void)swiss_weak_copy(weak));
    expect_assert_failure((void)swiss_weak_of_local(object));
    const size_t front = (sizeof *block + 7) / 8 * 8;
    memory_free(&m, (char *)object - front, front + 8, 8);
    memory_end(&m);
}

static void nothing(void *argument) {
    (void)argument;
}

static void test_cleanups_that_cannot_be(void **state) {
    (void)state;
    memory_begin(&m);
    object = swiss_ref_alloc(&m.allocator, 8, 8);
    expect_assert_failure(cleanup = swiss_ref_add_cleanup(object, nothing, object, NULL));
    expect_assert_failure(cleanup = swiss_ref_add_cleanup(object, NULL, NULL, NULL));
    expect_assert_failure(cleanup = swiss_ref_add_cleanup(NULL, nothing, NULL, NULL));
    expect_assert_failure((void)swiss_ref_stop_cleanup(NULL, 1));
    assert_int_equal(m.blocks, 1);
    swiss_ref_release(object);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references_to_a_dead_object),
        cmocka_unit_test(test_what_is_freed),
        cmocka_unit_test(test_cleanups_that_cannot_be),
    };
    return RUN_TESTS(tests);
}
