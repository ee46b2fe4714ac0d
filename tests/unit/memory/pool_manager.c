/* A manager finds its pools by their names, reports the numbers of all in text and in JSON that is JSON whatever the
 * names, and destroys what it was given, once. */
#include "tests/support.h"
#include <swiss/pool_manager.h>

static swiss_pool *create_pool(memory *m) {
    swiss_pool_options options = {0};
    options.size = 32;
    options.allocator = &m->allocator;
    return swiss_pool_create(&options);
}

static swiss_byte_pool *create_bytes(memory *m) {
    swiss_byte_pool_options options = {0};
    options.allocator = &m->allocator;
    return swiss_byte_pool_create(&options);
}

static void use_pool(swiss_pool *pool) {
    void *a = swiss_pool_get(pool), *b = swiss_pool_get(pool);
    swiss_pool_put(pool, a);
    swiss_pool_put(pool, b);
    swiss_pool_put(pool, swiss_pool_get(pool));
}

static void use_bytes(swiss_byte_pool *pool) {
    const size_t sizes[] = {100, 128, 5000, (size_t)2 << 20};
    for (size_t i = 0; i < 4; ++i) {
        size_t capacity;
        void *buffer = swiss_byte_pool_get(pool, sizes[i], &capacity);
        assert_true(swiss_byte_pool_put(pool, buffer, capacity));
    }
}

static void test_names(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_pool_manager *manager = swiss_pool_manager_create(&m.allocator);
    swiss_pool *a = create_pool(&m), *b = create_pool(&m);
    swiss_byte_pool *bytes = create_bytes(&m), *other = create_bytes(&m);
    char name[] = "first";
    assert_true(swiss_pool_manager_add(manager, name, a));
    name[0] = 'F'; /* the manager has a copy */
    assert_true(swiss_pool_manager_add(manager, "", b));
    assert_true(swiss_pool_manager_add_bytes(manager, "bytes", bytes));
    assert_ptr_equal(swiss_pool_manager_find(manager, "first"), a);
    assert_ptr_equal(swiss_pool_manager_find(manager, ""), b);
    assert_ptr_equal(swiss_pool_manager_find_bytes(manager, "bytes"), bytes);
    assert_null(swiss_pool_manager_find(manager, "bytes")); /* of the other kind */
    assert_null(swiss_pool_manager_find_bytes(manager, "first"));
    assert_null(swiss_pool_manager_find(manager, "First"));
    /* A name that is taken, or no pool: nothing changes hands. */
    size_t blocks = m.blocks;
    assert_false(swiss_pool_manager_add_bytes(manager, "first", other));
    assert_false(swiss_pool_manager_add(manager, "bytes", a));
    assert_false(swiss_pool_manager_add(manager, "none", NULL));
    assert_false(swiss_pool_manager_add_bytes(manager, "none", NULL));
    assert_int_equal(m.blocks, blocks);
    assert_ptr_equal(swiss_pool_manager_find(manager, "first"), a);
    swiss_byte_pool_destroy(other);
    swiss_pool_manager_destroy(manager);
    swiss_pool_manager_destroy(NULL);
    memory_end(&m);
}

/* Checks a report in a buffer of every size: the beginning of the whole, with a 0 at its end. */
static void check_report(size_t (*format)(const swiss_pool_manager *, char *, size_t),
                         const swiss_pool_manager *manager, const char *expected) {
    static char buffer[4096];
    size_t length = strlen(expected);
    assert_int_equal(format(manager, NULL, 0), length);
    for (size_t size = 1; size < length + 5; ++size) {
        memset(buffer, '#', sizeof buffer);
        assert_int_equal(format(manager, buffer, size), length);
        size_t fits = size - 1 < length ? size - 1 : length;
        assert_int_equal(strlen(buffer), fits);
        assert_true(memcmp(buffer, expected, fits) == 0 && buffer[size] == '#');
    }
    assert_string_equal(buffer, expected);
}

static void test_reports(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_pool_manager *manager = swiss_pool_manager_create(&m.allocator);
    check_report(swiss_pool_manager_format_json, manager, "{\"pools\":[],\"byte_pools\":[]}");
    const char *title =
        "         gets         hits       misses         puts         made        drops         idle  pool\n";
    check_report(swiss_pool_manager_format_text, manager, title);
    assert_true(swiss_pool_manager_add_bytes(manager, "buffers", create_bytes(&m)));
    assert_true(swiss_pool_manager_add(manager, "a \"b\"\\\n\x01", create_pool(&m)));
    assert_true(swiss_pool_manager_add(manager, "unused", create_pool(&m)));
    use_bytes(swiss_pool_manager_find_bytes(manager, "buffers"));
    use_pool(swiss_pool_manager_find(manager, "a \"b\"\\\n\x01"));
    check_report(
        swiss_pool_manager_format_json, manager,
        "{\"pools\":["
        "{\"name\":\"a "
        "\\\"b\\\"\\\\\\u000a\\u0001\",\"gets\":3,\"hits\":1,\"misses\":2,\"puts\":3,\"made\":2,\"drops\":0,"
        "\"idle\":2},"
        "{\"name\":\"unused\",\"gets\":0,\"hits\":0,\"misses\":0,\"puts\":0,\"made\":0,\"drops\":0,\"idle\":0}],"
        "\"byte_pools\":[{\"name\":\"buffers\",\"oversize_gets\":1,\"oversize_frees\":1,\"foreign_frees\":0,"
        "\"foreign_refused\":0,\"idle_bytes\":8320,\"tiers\":["
        "{\"capacity\":128,\"gets\":2,\"hits\":1,\"misses\":1,\"puts\":2,\"made\":1,\"drops\":0,\"idle\":1},"
        "{\"capacity\":8192,\"gets\":1,\"hits\":0,\"misses\":1,\"puts\":1,\"made\":1,\"drops\":0,\"idle\":1}]}]}");
    char expected[1000];
    snprintf(
        expected, sizeof expected, "%s%s", title,
        "            2            1            1            2            1            0            1  buffers/128\n"
        "            1            0            1            1            1            0            1  buffers/8192\n"
        "            3            1            2            3            2            0            2  a \"b\"\\??\n"
        "            0            0            0            0            0            0            0  unused\n");
    check_report(swiss_pool_manager_format_text, manager, expected);
    swiss_pool_manager_destroy(manager);
    memory_end(&m);
}

static void test_trim(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_pool_manager *manager = swiss_pool_manager_create(&m.allocator);
    swiss_pool *pool = create_pool(&m);
    swiss_byte_pool *bytes = create_bytes(&m);
    assert_true(swiss_pool_manager_add(manager, "pool", pool) && swiss_pool_manager_add_bytes(manager, "bytes", bytes));
    use_pool(pool);
    use_bytes(bytes);
    swiss_pool_manager_trim(manager);
    swiss_pool_manager_trim(manager);
    swiss_pool_stats stats;
    swiss_byte_pool_stats byte_stats;
    swiss_pool_get_stats(pool, &stats);
    swiss_byte_pool_get_stats(bytes, &byte_stats);
    assert_true(stats.idle == 0 && stats.drops == 2 && byte_stats.idle_bytes == 0);
    swiss_pool_manager_destroy(manager);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_trim),
    };
    return RUN_TESTS(tests);
}
