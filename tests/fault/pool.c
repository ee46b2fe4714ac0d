/* Every allocation of pools, buffers and managers fails once: what fails says so, nothing is lost or freed twice, and
 * everything works as before afterwards. */
#include "tests/support.h"
#include <pthread.h>
#include <swiss/buffer.h>
#include <swiss/pool_manager.h>

enum { OBJECTS = 40 };

static int made, dropped;
static char objects[OBJECTS];

static void *make_one(void *context) {
    (void)context;
    assert_true(made < OBJECTS);
    return &objects[made++];
}

static void drop_one(void *object, void *context) {
    (void)context;
    char *one = object;
    assert_true(one >= objects && one < objects + made && *one == 0);
    *one = 1;
    ++dropped;
}

static void use_pool(swiss_pool *pool) {
    void *held[20];
    for (int i = 0; i < 20; ++i) {
        held[i] = swiss_pool_get(pool);
        assert_non_null(held[i]);
    }
    for (int i = 0; i < 20; ++i)
        swiss_pool_put(pool, held[i]);
}

static void *use_pool_in_thread(void *argument) {
    use_pool(argument);
    return NULL;
}

/* The objects are not the allocator's: a pool that is there always serves, and loses none. */
static size_t own_objects;

static void run_objects(memory *m) {
    made = dropped = 0;
    memset(objects, 0, sizeof objects);
    swiss_pool_options options = {0};
    options.make = make_one;
    options.drop = drop_one;
    options.own = own_objects;
    options.allocator = &m->allocator;
    swiss_pool *pool = swiss_pool_create(&options);
    if (!pool)
        return;
    use_pool(pool);
    pthread_t thread; /* its slot, and no larger table */
    assert_int_equal(pthread_create(&thread, NULL, use_pool_in_thread, pool), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    swiss_pool_trim(pool);
    swiss_pool_trim(pool);
    swiss_pool_stats stats;
    swiss_pool_get_stats(pool, &stats);
    assert_true(stats.idle == 0 && stats.drops == stats.made && (int)stats.made == made && dropped == made);
    (void)swiss_pool_prefill(pool, 1);
    swiss_pool_destroy(pool);
    assert_int_equal(dropped, made);
}

/* What was dropped because the stack could not grow does not count against the bound. */
static void run_bound(memory *m) {
    made = dropped = 0;
    memset(objects, 0, sizeof objects);
    swiss_pool_options options = {0};
    options.make = make_one;
    options.drop = drop_one;
    options.bound = 12;
    options.shared = true;
    options.allocator = &m->allocator;
    swiss_pool *pool = swiss_pool_create(&options);
    if (!pool)
        return;
    use_pool(pool);
    use_pool(pool);
    swiss_pool_stats stats;
    swiss_pool_get_stats(pool, &stats);
    assert_int_equal(stats.idle, 12);
    swiss_pool_destroy(pool);
    assert_int_equal(dropped, made);
}

/* Blocks: one that cannot be made is NULL, and counts as a miss. */
static void run_blocks(memory *m) {
    swiss_pool_options options = {0};
    options.size = 48;
    options.allocator = &m->allocator;
    swiss_pool *pool = swiss_pool_create(&options);
    if (!pool)
        return;
    void *held[10];
    uint64_t failed = 0;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 10; ++i) {
            held[i] = swiss_pool_get(pool);
            failed += held[i] == NULL;
        }
        for (int i = 0; i < 10; ++i)
            swiss_pool_put(pool, held[i]);
    }
    size_t before = m->failures;
    bool filled = swiss_pool_prefill(pool, 20);
    assert_true(filled || m->failures > before);
    swiss_pool_stats stats;
    swiss_pool_get_stats(pool, &stats);
    assert_true(failed <= 1 && stats.gets == 20 && stats.puts == 20 - failed);
    assert_int_equal(stats.idle, stats.made - stats.drops);
    swiss_pool_destroy(pool);
}

static void run_bytes(memory *m) {
    swiss_byte_pool_options options = {0};
    options.smallest = 64;
    options.largest = 1024;
    options.clear = true;
    options.allocator = &m->allocator;
    swiss_byte_pool *pool = swiss_byte_pool_create(&options);
    if (!pool)
        return;
    for (size_t size = 50; size < 3000; size *= 2)
        for (int round = 0; round < 2; ++round) {
            size_t capacity;
            void *buffer = swiss_byte_pool_get(pool, size, &capacity);
            assert_true(buffer ? capacity >= size : capacity == 0);
            assert_true(swiss_byte_pool_put(pool, buffer, capacity));
        }
    swiss_byte_pool_destroy(pool);
}

/* A buffer that could not grow has the bytes that it had, and grows the next time. */
static void run_buffer(memory *m) {
    swiss_byte_pool_options options = {0};
    options.smallest = 16;
    options.largest = 256;
    options.allocator = &m->allocator;
    swiss_byte_pool *pool = swiss_byte_pool_create(&options);
    if (!pool)
        return;
    swiss_buffer buffer = swiss_buffer_of(pool);
    for (unsigned i = 0; i < 2000; ++i) {
        unsigned char byte = (unsigned char)i;
        const swiss_buffer before = buffer;
        if (!swiss_buffer_append(&buffer, &byte, 1)) {
            assert_memory_equal(&before, &buffer, sizeof buffer);
            assert_true(swiss_buffer_append(&buffer, &byte, 1));
        }
    }
    for (unsigned i = 0; i < 2000; ++i)
        assert_int_equal(buffer.data[i], (unsigned char)i);
    swiss_buffer_free(&buffer);
    swiss_byte_pool_destroy(pool);
}

/* What could not be added stays the caller's. */
static void run_manager(memory *m) {
    swiss_pool_manager *manager = swiss_pool_manager_create(&m->allocator);
    if (!manager)
        return;
    swiss_pool_options options = {0};
    options.size = 1;
    options.allocator = &m->allocator;
    for (int i = 0; i < 3; ++i) {
        const char name[] = {(char)('a' + i), 0};
        swiss_pool *pool = swiss_pool_create(&options);
        bool added = swiss_pool_manager_add(manager, name, pool);
        assert_ptr_equal(swiss_pool_manager_find(manager, name), added ? pool : NULL);
        if (!added)
            swiss_pool_destroy(pool);
    }
    char report[1000];
    size_t calls = m->calls;
    assert_true(swiss_pool_manager_format_json(manager, report, sizeof report) < sizeof report);
    assert_int_equal(m->calls, calls);
    swiss_pool_manager_destroy(manager);
}

static void fail_each(void (*run)(memory *)) {
    memory m;
    memory_begin(&m);
    run(&m);
    size_t calls = m.calls;
    memory_end(&m);
    assert_true(calls > 3);
    for (size_t at = 0; at < calls; ++at) {
        memory_begin(&m);
        m.fail_at = at;
        run(&m);
        assert_int_equal(m.failures, 1);
        memory_end(&m);
    }
}

static void test_objects(void **state) {
    (void)state;
    for (own_objects = 0; own_objects < 15; own_objects += 7)
        fail_each(run_objects);
}

static void test_bound(void **state) {
    (void)state;
    fail_each(run_bound);
}

static void test_blocks(void **state) {
    (void)state;
    fail_each(run_blocks);
}

static void test_bytes(void **state) {
    (void)state;
    fail_each(run_bytes);
}

static void test_buffer(void **state) {
    (void)state;
    fail_each(run_buffer);
}

static void test_manager(void **state) {
    (void)state;
    fail_each(run_manager);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects), cmocka_unit_test(test_bound),  cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_bytes),   cmocka_unit_test(test_buffer), cmocka_unit_test(test_manager),
    };
    return RUN_TESTS(tests);
}
