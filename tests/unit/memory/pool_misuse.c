/* Misuse of pools and buffers that debug builds assert. */
#define SWISS_ASSERT(condition) mock_assert((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#include "tests/support.h"
#include <swiss/buffer.h>

enum { OBJECTS = 40 };

static void test_an_object_is_put_twice(void **state) {
    (void)state;
    int objects[OBJECTS];
    for (size_t own = 0; own < 60; own += 12) {
        swiss_pool_options options = {0};
        options.shared = own == 0;
        options.own = own;
        swiss_pool *pool = swiss_pool_create(&options);
        for (int i = 0; i < OBJECTS; ++i) {
            assert_false(swiss_pool_has_(pool, &objects[i]));
            swiss_pool_put(pool, &objects[i]);
            for (int j = 0; j < OBJECTS; ++j)
                assert_int_equal(swiss_pool_has_(pool, &objects[j]), j <= i);
            expect_assert_failure(swiss_pool_put(pool, &objects[i / 2]));
        }
        swiss_pool_put(pool, NULL); /* is nothing, however often */
        swiss_pool_put(pool, NULL);
        for (int i = 0; i < OBJECTS; ++i)
            assert_false(swiss_pool_has_(pool, swiss_pool_get(pool)));
        assert_null(swiss_pool_get(pool));
        swiss_pool_destroy(pool);
    }
}

static void test_a_buffer_is_put_twice(void **state) {
    (void)state;
    swiss_byte_pool *pool = swiss_byte_pool_create(NULL);
    size_t capacity;
    void *buffer = swiss_byte_pool_get(pool, 100, &capacity);
    assert_true(swiss_byte_pool_put(pool, buffer, capacity));
    expect_assert_failure((void)swiss_byte_pool_put(pool, buffer, capacity));
    swiss_byte_pool_destroy(pool);
}

static void test_more_bytes_than_there_is_room_for(void **state) {
    (void)state;
    swiss_byte_pool *pool = swiss_byte_pool_create(NULL);
    swiss_buffer buffer = swiss_buffer_of(pool);
    assert_true(swiss_buffer_append(&buffer, "hello", 5));
    expect_assert_failure(swiss_buffer_extend(&buffer, swiss_buffer_room(&buffer) + 1));
    assert_int_equal(buffer.size, 5);
    swiss_buffer_extend(&buffer, swiss_buffer_room(&buffer));
    assert_int_equal(buffer.size, buffer.capacity);
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_object_is_put_twice),
        cmocka_unit_test(test_a_buffer_is_put_twice),
        cmocka_unit_test(test_more_bytes_than_there_is_room_for),
    };
    return RUN_TESTS(tests);
}
