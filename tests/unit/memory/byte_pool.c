/* Buffers come from the smallest tier that fits and go back to it; what is of no tier is freed or refused; buffers that
 * are to be clear are; and the numbers of each tier say so. */
#include "tests/support.h"
#include <swiss/byte_pool.h>

static swiss_byte_pool *create(size_t smallest, size_t largest, memory *m) {
    swiss_byte_pool_options options = {0};
    options.smallest = smallest;
    options.largest = largest;
    options.allocator = m ? &m->allocator : NULL;
    return swiss_byte_pool_create(&options);
}

static swiss_pool_stats stats_of(const swiss_byte_pool *pool, size_t capacity) {
    swiss_byte_tier_stats stats;
    for (unsigned i = 0; swiss_byte_pool_get_tier_stats(pool, i, &stats); ++i)
        if (stats.capacity == capacity)
            return stats.pool;
    fail_msg("no tier of %zu", capacity);
    return stats.pool;
}

static swiss_byte_pool_stats all_of(const swiss_byte_pool *pool) {
    swiss_byte_pool_stats stats;
    swiss_byte_pool_get_stats(pool, &stats);
    return stats;
}

static void test_the_smallest_tier_that_fits(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_byte_pool *pool = create(16, 4096, &m);
    assert_int_equal(swiss_byte_pool_tiers(pool), 9);
    size_t tier = 16;
    for (size_t size = 0; size <= 4096; ++size) {
        if (size > tier)
            tier *= 2;
        size_t capacity = 1;
        unsigned char *buffer = swiss_byte_pool_get(pool, size, &capacity);
        assert_non_null(buffer);
        assert_int_equal(capacity, tier);
        assert_int_equal((uintptr_t)buffer % SWISS_BYTE_POOL_ALIGNMENT, 0);
        memset(buffer, 0x5A, capacity);
        assert_true(swiss_byte_pool_put(pool, buffer, capacity));
    }
    for (tier = 32; tier <= 4096; tier *= 2) {
        swiss_pool_stats stats = stats_of(pool, tier);
        assert_true(stats.gets == tier / 2 && stats.made == 1 && stats.hits == tier / 2 - 1 && stats.idle == 1);
    }
    assert_int_equal(stats_of(pool, 16).gets, 17);
    assert_int_equal(all_of(pool).idle_bytes, 2 * 4096 - 16);
    swiss_byte_tier_stats none;
    assert_false(swiss_byte_pool_get_tier_stats(pool, 9, &none));
    swiss_byte_pool_destroy(pool);
    swiss_byte_pool_destroy(NULL);
    memory_end(&m);
}

/* The way past a tier's pool is that of the pool, also when it has got slots. */
static void test_views(void **state) {
    (void)state;
    swiss_byte_pool *pool = create(64, 4096, NULL);
    for (int round = 0; round < 2; ++round) {
        unsigned tiers = 0;
        for (unsigned i = 0; i < sizeof(size_t) * 8; ++i) {
            const swiss_pool *view = &pool->views_[i], *objects = pool->tiers_[i].pool_;
            tiers += objects != NULL;
            assert_int_equal(view->count_, objects ? objects->count_ : 0);
            assert_ptr_equal(view->slots_, objects ? objects->slots_ : NULL);
        }
        assert_int_equal(tiers, 12);
        for (size_t size = 64; size <= 4096; size *= 2) {
            size_t capacity;
            void *buffer = swiss_byte_pool_get(pool, size, &capacity);
            assert_true(swiss_byte_pool_put(pool, buffer, capacity));
        }
    }
    swiss_byte_pool_destroy(pool);
}

static void test_limits(void **state) {
    (void)state;
    swiss_byte_pool *pool = swiss_byte_pool_create(NULL);
    swiss_byte_tier_stats stats;
    assert_true(swiss_byte_pool_get_tier_stats(pool, 0, &stats) && stats.capacity == 64);
    assert_true(swiss_byte_pool_get_tier_stats(pool, swiss_byte_pool_tiers(pool) - 1, &stats));
    assert_int_equal(stats.capacity, 1 << 20);
    swiss_byte_pool_destroy(pool);
    pool = create(1000, 5000, NULL); /* rounded up */
    assert_true(swiss_byte_pool_tiers(pool) == 4 && swiss_byte_pool_get_tier_stats(pool, 0, &stats));
    assert_int_equal(stats.capacity, 1024);
    swiss_byte_pool_destroy(pool);
    pool = create(1, 1, NULL); /* to the least that there is */
    assert_int_equal(swiss_byte_pool_tiers(pool), 1);
    size_t capacity;
    void *one = swiss_byte_pool_get(pool, 1, &capacity);
    assert_true(one && capacity == 16 && swiss_byte_pool_put(pool, one, 16));
    one = swiss_byte_pool_get(pool, 17, &capacity);
    assert_true(one && capacity == 17 && swiss_byte_pool_put(pool, one, 17));
    swiss_byte_pool_destroy(pool);
    const size_t highest = (size_t)PTRDIFF_MAX / 2 + 1;
    pool = create(highest, highest, NULL);
    assert_int_equal(swiss_byte_pool_tiers(pool), 1);
    if (sizeof(size_t) == 8) { /* where a quarter of all addresses is more than there is */
        assert_null(swiss_byte_pool_get(pool, 1, &capacity));
        assert_null(swiss_byte_pool_get(pool, highest + 1, &capacity));
    }
    swiss_byte_pool_destroy(pool);
    assert_null(create(64, highest + 1, NULL));
    assert_null(create(2048, 1024, NULL));
    assert_null(create(SIZE_MAX, SIZE_MAX, NULL));
    assert_null(create(64, SIZE_MAX / 2 + 1, NULL));
    assert_null(create((size_t)4 << 20, 0, NULL)); /* more than the largest that nobody named */
}

static void test_beyond_the_largest(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_byte_pool *pool = create(64, 1024, &m);
    size_t before = m.bytes, capacity;
    void *large = swiss_byte_pool_get(pool, 1025, &capacity);
    assert_true(large && capacity == 1025);
    void *larger = swiss_byte_pool_get(pool, 4096, &capacity);
    assert_true(larger && capacity == 4096);
    assert_int_equal(m.bytes, before + 1025 + 4096);
    assert_true(swiss_byte_pool_put(pool, large, 1025));
    assert_true(swiss_byte_pool_put(pool, larger, 4096));
    assert_int_equal(m.bytes, before);
    swiss_byte_pool_stats stats = all_of(pool);
    assert_true(stats.oversize_gets == 2 && stats.oversize_frees == 2 && stats.foreign_frees == 0);
    assert_int_equal(stats.idle_bytes, 0);
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void test_sizes_that_overflow(void **state) {
    (void)state;
    swiss_byte_pool *pool = create(64, (size_t)1 << 20, NULL);
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 63, SIZE_MAX / 2 + 2, (size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        size_t capacity = 7;
        assert_null(swiss_byte_pool_get(pool, sizes[i], &capacity));
        assert_int_equal(capacity, 0);
    }
    assert_int_equal(all_of(pool).oversize_gets, 0);
    swiss_byte_pool_destroy(pool);
    memory m; /* which is not asked for more than PTRDIFF_MAX */
    memory_begin(&m);
    pool = create(64, 1024, &m);
    for (size_t i = 0; i < 4; ++i) {
        size_t capacity;
        assert_null(swiss_byte_pool_get(pool, sizes[i], &capacity));
    }
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void test_foreign_capacities_are_freed(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_byte_pool *pool = create(64, 1024, &m);
    size_t before = m.blocks;
    const size_t capacities[] = {100, 1, 32, 65, 1000, 16};
    for (size_t i = 0; i < 6; ++i) {
        void *foreign = swiss_allocator_allocate(&m.allocator, capacities[i], SWISS_BYTE_POOL_ALIGNMENT);
        assert_true(swiss_byte_pool_put(pool, foreign, capacities[i]));
        assert_int_equal(m.blocks, before);
    }
    assert_int_equal(all_of(pool).foreign_frees, 6);
    assert_true(swiss_byte_pool_put(pool, NULL, 100)); /* nothing */
    assert_true(swiss_byte_pool_put(pool, NULL, 64));
    assert_int_equal(all_of(pool).foreign_frees, 6);
    char none;
    assert_false(swiss_byte_pool_put(pool, &none, 0)); /* no buffer has that */
    /* A foreign buffer with the capacity of a tier is as good as any. */
    void *foreign = swiss_allocator_allocate(&m.allocator, 128, SWISS_BYTE_POOL_ALIGNMENT);
    assert_true(swiss_byte_pool_put(pool, foreign, 128));
    size_t capacity;
    assert_ptr_equal(swiss_byte_pool_get(pool, 128, &capacity), foreign);
    assert_true(swiss_byte_pool_put(pool, foreign, capacity));
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void test_foreign_capacities_are_refused(void **state) {
    (void)state;
    swiss_byte_pool_options options = {0};
    options.smallest = 64;
    options.largest = 1024;
    options.refuse_foreign = true;
    swiss_byte_pool *pool = swiss_byte_pool_create(&options);
    char mine[1000];
    assert_false(swiss_byte_pool_put(pool, mine, sizeof mine));
    assert_false(swiss_byte_pool_put(pool, mine, 63));
    assert_false(swiss_byte_pool_put(pool, mine, 0));
    swiss_byte_pool_stats stats = all_of(pool);
    assert_true(stats.foreign_refused == 3 && stats.foreign_frees == 0);
    size_t capacity;
    void *large = swiss_byte_pool_get(pool, 5000, &capacity); /* the pool's own, though of no tier */
    assert_true(large && swiss_byte_pool_put(pool, large, capacity));
    swiss_byte_pool_destroy(pool);
}

static bool is_clear(const unsigned char *buffer, size_t size) {
    for (size_t i = 0; i < size; ++i)
        if (buffer[i])
            return false;
    return true;
}

static void test_clearing(void **state) {
    (void)state;
    memory m;
    memory_begin(&m); /* its blocks are full of junk */
    swiss_byte_pool_options options = {0};
    options.clear = true;
    options.allocator = &m.allocator;
    swiss_byte_pool *pool = swiss_byte_pool_create(&options);
    for (int round = 0; round < 3; ++round)
        for (size_t size = 1; size < (size_t)4 << 20; size = 3 * size + 1) {
            size_t capacity, other_capacity;
            unsigned char *buffer = swiss_byte_pool_get(pool, size, &capacity);
            unsigned char *other = swiss_byte_pool_get(pool, size, &other_capacity);
            assert_true(buffer && is_clear(buffer, capacity) && other && is_clear(other, capacity));
            memset(buffer, 1, capacity);
            memset(other, 2, other_capacity);
            assert_true(swiss_byte_pool_put(pool, buffer, capacity));
            if (capacity <= (size_t)1 << 20)
                assert_true(is_clear(buffer, capacity)); /* already while it is idle */
            assert_true(swiss_byte_pool_put(pool, other, other_capacity));
        }
    swiss_byte_pool_destroy(pool);
    memory_end(&m);
}

static void test_bound(void **state) {
    (void)state;
    /* With a bound each thread has one aside, also of small ones; of 64 KiB one stays, though that is more than it. */
    const struct {
        size_t bound, capacity, kept;
    } cases[] = {{40000, 4096, 9 + 1}, {40000, 65536, 1}, {640, 64, 10 + 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        swiss_byte_pool_options options = {0};
        options.largest = 65536;
        options.bound = cases[i].bound;
        swiss_byte_pool *pool = swiss_byte_pool_create(&options);
        void *held[20];
        for (int j = 0; j < 20; ++j) {
            size_t capacity;
            held[j] = swiss_byte_pool_get(pool, cases[i].capacity, &capacity);
            assert_non_null(held[j]);
        }
        for (int j = 0; j < 20; ++j)
            assert_true(swiss_byte_pool_put(pool, held[j], cases[i].capacity));
        swiss_pool_stats stats = stats_of(pool, cases[i].capacity);
        assert_int_equal(stats.idle, cases[i].kept);
        assert_int_equal(stats.drops, 20 - cases[i].kept);
        swiss_byte_pool_destroy(pool);
    }
}

static void test_trim(void **state) {
    (void)state;
    swiss_byte_pool *pool = swiss_byte_pool_create(NULL);
    void *held[5];
    size_t capacities[5], bytes = 0;
    for (size_t i = 0; i < 5; ++i) {
        held[i] = swiss_byte_pool_get(pool, (size_t)100 << 3 * i, &capacities[i]);
        assert_non_null(held[i]);
        bytes += capacities[i];
    }
    for (size_t i = 0; i < 5; ++i)
        assert_true(swiss_byte_pool_put(pool, held[i], capacities[i]));
    assert_int_equal(all_of(pool).idle_bytes, bytes);
    assert_int_equal(swiss_byte_pool_trim(pool), 0);
    assert_int_equal(swiss_byte_pool_trim(pool), bytes);
    assert_int_equal(all_of(pool).idle_bytes, 0);
    swiss_byte_pool_destroy(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_smallest_tier_that_fits),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_beyond_the_largest),
        cmocka_unit_test(test_sizes_that_overflow),
        cmocka_unit_test(test_foreign_capacities_are_freed),
        cmocka_unit_test(test_foreign_capacities_are_refused),
        cmocka_unit_test(test_clearing),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_trim),
    };
    return RUN_TESTS(tests);
}
