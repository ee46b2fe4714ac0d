/* Misuse of buffers without assertions: what is said to change nothing changes nothing. */
#define SWISS_ASSERT(condition) ((void)0)
#include "tests/support.h"
#include <swiss/buffer.h>

static void test_more_bytes_than_there_is_room_for(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_byte_pool_options options = {0};
    options.allocator = &m.allocator;
    swiss_byte_pool *pool = swiss_byte_pool_create(&options);
    swiss_buffer buffer = swiss_buffer_of(pool);
    swiss_buffer_extend(&buffer, 1);
    assert_int_equal(buffer.size, 0);
    assert_true(swiss_buffer_append(&buffer, "hello", 5));
    swiss_buffer_extend(&buffer, SIZE_MAX);
    assert_int_equal(buffer.size, buffer.capacity);
    swiss_buffer_consume(&buffer, 3);
    swiss_buffer_extend(&buffer, 1);
    assert_int_equal(buffer.size, buffer.capacity - 3);
    assert_true(memcmp(buffer.data, "lo", 2) == 0 && swiss_buffer_room(&buffer) == 0);
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_more_bytes_than_there_is_room_for)};
    return RUN_TESTS(tests);
}
