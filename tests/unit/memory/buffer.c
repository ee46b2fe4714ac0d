/* A buffer has the bytes that were appended and not yet consumed, whatever its memory does, and gives all memory back.
 * */
#include "tests/support.h"
#include <swiss/buffer.h>

static swiss_byte_pool *create(memory *m) {
    memory_begin(m);
    swiss_byte_pool_options options = {0};
    options.allocator = &m->allocator;
    options.smallest = 16;
    options.largest = 4096;
    swiss_byte_pool *pool = swiss_byte_pool_create(&options);
    assert_non_null(pool);
    return pool;
}

static void test_append_and_consume(void **state) {
    (void)state;
    memory m;
    swiss_byte_pool *pool = create(&m);
    swiss_buffer buffer = swiss_buffer_of(pool);
    uint64_t random = 1, written = 0, read = 0;
    for (int i = 0; i < 20000; ++i) {
        unsigned char bytes[300];
        size_t count = random_below(&random, sizeof bytes);
        for (size_t j = 0; j < count; ++j)
            bytes[j] = (unsigned char)((written + j) * 37);
        if (random_below(&random, 3)) {
            assert_true(swiss_buffer_append(&buffer, bytes, count));
        } else {
            assert_true(swiss_buffer_reserve(&buffer, count));
            assert_true(swiss_buffer_room(&buffer) >= count);
            if (count)
                memcpy(swiss_buffer_end(&buffer), bytes, count);
            swiss_buffer_extend(&buffer, count);
        }
        written += count;
        assert_int_equal(buffer.size, written - read);
        size_t take = random_below(&random, i % 1000 < 500 ? 200 : 600);
        for (size_t j = 0; j < take && j < buffer.size; ++j)
            assert_int_equal(buffer.data[j], (unsigned char)((read + j) * 37));
        read += take < buffer.size ? take : buffer.size;
        swiss_buffer_consume(&buffer, take);
        assert_int_equal(buffer.size, written - read);
        assert_true(buffer.consumed + buffer.size <= buffer.capacity);
    }
    swiss_buffer_free(&buffer);
    assert_true(buffer.data == NULL && buffer.size == 0 && buffer.capacity == 0 && buffer.pool == pool);
    assert_true(swiss_buffer_append(&buffer, "again", 5) && memcmp(buffer.data, "again", 5) == 0);
    swiss_buffer_free(&buffer);
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void test_a_queue_stays_small(void **state) {
    (void)state;
    memory m;
    swiss_byte_pool *pool = create(&m);
    swiss_buffer buffer = swiss_buffer_of(pool);
    char bytes[100] = {0};
    for (int i = 0; i < 10000; ++i) { /* never empty, never more than 200 */
        assert_true(swiss_buffer_append(&buffer, bytes, sizeof bytes));
        if (i)
            swiss_buffer_consume(&buffer, sizeof bytes);
    }
    assert_true(buffer.size == 100 && buffer.capacity <= 512);
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void test_more_than_half_is_not_moved(void **state) {
    (void)state;
    memory m;
    swiss_byte_pool *pool = create(&m);
    swiss_buffer buffer = swiss_buffer_of(pool);
    static const char bytes[1024];
    assert_true(swiss_buffer_append(&buffer, bytes, 1024) && buffer.capacity == 1024);
    swiss_buffer_consume(&buffer, 512);
    assert_true(swiss_buffer_append(&buffer, bytes, 1) && buffer.capacity == 1024);
    assert_true(swiss_buffer_append(&buffer, bytes, 511) && buffer.capacity == 1024 && buffer.size == 1024);
    swiss_buffer_consume(&buffer, 1);
    assert_true(swiss_buffer_append(&buffer, bytes, 1) && buffer.capacity == 2048 && buffer.size == 1024);
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void test_beyond_the_tiers(void **state) {
    (void)state;
    memory m;
    swiss_byte_pool *pool = create(&m);
    swiss_buffer buffer = swiss_buffer_of(pool);
    for (unsigned i = 0; i < 100000; ++i) {
        unsigned char byte = (unsigned char)i;
        assert_true(swiss_buffer_append(&buffer, &byte, 1));
    }
    for (unsigned i = 0; i < 100000; ++i)
        assert_int_equal(buffer.data[i], (unsigned char)i);
    assert_true(m.calls < 60); /* it doubles */
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void test_nothing(void **state) {
    (void)state;
    memory m;
    swiss_byte_pool *pool = create(&m);
    swiss_buffer buffer = swiss_buffer_of(pool);
    size_t calls = m.calls;
    assert_true(swiss_buffer_append(&buffer, NULL, 0));
    swiss_buffer_consume(&buffer, 0);
    swiss_buffer_consume(&buffer, 10);
    assert_true(swiss_buffer_room(&buffer) == 0 && swiss_buffer_end(&buffer) == NULL);
    swiss_buffer_extend(&buffer, 0);
    swiss_buffer_free(&buffer);
    assert_int_equal(m.calls, calls);
    assert_true(swiss_buffer_reserve(&buffer, 0) && swiss_buffer_end(&buffer) != NULL);
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void check_unchanged(swiss_buffer *buffer, size_t count) {
    const swiss_buffer before = *buffer;
    assert_false(swiss_buffer_reserve(buffer, count));
    assert_memory_equal(&before, buffer, sizeof before);
    assert_memory_equal(buffer->data, "hello", 5);
}

static void test_impossible_sizes(void **state) {
    (void)state;
    memory m;
    swiss_byte_pool *pool = create(&m);
    swiss_buffer buffer = swiss_buffer_of(pool);
    assert_true(swiss_buffer_append(&buffer, "hello", 5));
    check_unchanged(&buffer, SIZE_MAX);
    check_unchanged(&buffer, SIZE_MAX - 4);
    check_unchanged(&buffer, (size_t)PTRDIFF_MAX - 4);
    m.fail_at = m.calls;
    check_unchanged(&buffer, 10000);
    assert_true(swiss_buffer_reserve(&buffer, 1000));
    assert_memory_equal(buffer.data, "hello", 5);
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_and_consume),
        cmocka_unit_test(test_a_queue_stays_small),
        cmocka_unit_test(test_more_than_half_is_not_moved),
        cmocka_unit_test(test_beyond_the_tiers),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_impossible_sizes),
    };
    return RUN_TESTS(tests);
}
