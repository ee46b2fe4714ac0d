/* find_many, insert_many and remove_many do what as many single calls do: in maps of every size, with batches of every
 * length, in which keys come more than once. */
#include "tests/support.h"

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* Slots so large that a few of them are past the caches, where batches begin. The value owns something: a count. */
typedef struct {
    uint64_t number;
    char rest[4080];
} page;
static size_t owned;
#define SWISS_NAME page_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE page
#define SWISS_VALUE_DROP(value) ((void)(value), (void)--owned)
#include <swiss/map.h>

#define SWISS_NAME u64_set
#define SWISS_KEY uint64_t
#include <swiss/set.h>

/* Shorter and longer than a block, the ring, and both. */
static const size_t counts[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129, 1000, 5000};
#define COUNTS (sizeof counts / sizeof *counts)
enum { MOST = 5000 };

/* Fills keys[0..count) with numbers below `range`: about half of them in a map of the even ones. */
static void draw(uint64_t *keys, size_t count, uint64_t range, uint64_t *random) {
    for (size_t i = 0; i < count; ++i)
        keys[i] = next_random(random) % range;
}

static void find_many_finds_what_find_finds(void **state) {
    (void)state;
    static uint64_t keys[MOST];
    static u64_map_entry *entries[MOST + 1];
    uint64_t random = 3;
    /* The last is past the caches. */
    static const uint64_t sizes[] = {0, 1, 10, 1000, 50000, 1000000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        u64_map map = {0};
        for (uint64_t i = 0; i < sizes[s]; ++i)
            assert_true(u64_map_insert(&map, 2 * i, ~i).inserted);
        for (size_t c = 0; c < COUNTS; ++c) {
            draw(keys, counts[c], 2 * sizes[s] + 2, &random);
            entries[counts[c]] = (u64_map_entry *)&map; /* not to be written */
            u64_map_find_many(&map, keys, counts[c], entries);
            assert_ptr_equal(entries[counts[c]], &map);
            for (size_t i = 0; i < counts[c]; ++i) {
                assert_ptr_equal(entries[i], u64_map_find(&map, keys[i]));
                assert_int_equal(entries[i] != NULL, keys[i] % 2 == 0 && keys[i] < 2 * sizes[s]);
            }
        }
        u64_map_free(&map);
    }
}

static page numbered(uint64_t number) {
    page value;
    memset(&value, 0, sizeof value);
    value.number = number;
    return value;
}

/* The batches grow the map from nothing to past the caches, and empty it again. Half of the keys are there already. */
static void insert_many_and_remove_many_go_with_single_calls(void **state) {
    (void)state;
    enum { RANGE = 4000 };
    static uint64_t keys[MOST];
    static bool there[RANGE];
    static uint64_t value_of[RANGE];
    page *values = malloc(MOST * sizeof *values);
    assert_non_null(values);
    page_map map = {0};
    uint64_t random = 11, number = 0;
    size_t size = 0;
    memset(there, 0, sizeof there);
    owned = 0;
    for (int round = 0; round < 3; ++round) {
        for (size_t c = 0; c < COUNTS; ++c) {
            draw(keys, counts[c], RANGE, &random);
            for (size_t i = 0; i < counts[c]; ++i) {
                values[i] = numbered(++number);
                if (!there[keys[i]]) {
                    there[keys[i]] = true;
                    value_of[keys[i]] = number;
                    ++size;
                    ++owned;
                }
            }
            assert_int_equal(page_map_insert_many(&map, keys, values, counts[c]), counts[c]);
            assert_int_equal(page_map_size(&map), size);
        }
        assert_true(swiss_table_gains_by_batches_(&map.table, &page_map_type_));
        for (uint64_t key = 0; key < RANGE; ++key) {
            page *value = page_map_get(&map, key);
            assert_int_equal(value != NULL, there[key]);
            if (value)
                assert_true(value->number == value_of[key]);
        }
        for (size_t c = 0; c < COUNTS; ++c) {
            size_t before = size;
            draw(keys, counts[c], RANGE, &random);
            for (size_t i = 0; i < counts[c]; ++i) {
                size -= there[keys[i]];
                there[keys[i]] = false;
            }
            assert_int_equal(page_map_remove_many(&map, keys, counts[c]), before - size);
            assert_int_equal(page_map_size(&map), size);
            assert_int_equal(owned, size);
        }
        for (uint64_t key = 0; key < RANGE; ++key)
            assert_int_equal(page_map_contains(&map, key), there[key]);
    }
    page_map_free(&map);
    assert_int_equal(owned, 0);
    free(values);
}

/* Whichever allocation fails: what insert_many says it has taken is there, the rest is not, and it can be done again.
 * */
static void insert_many_out_of_memory(void **state) {
    (void)state;
    static uint64_t keys[MOST];
    page *values = calloc(MOST, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < MOST; ++i)
        keys[i] = i;
    size_t failures = 0;
    for (size_t fail_at = 0;; ++fail_at) {
        memory m;
        memory_begin(&m);
        swiss_options options = {&m.allocator, 0, 0};
        page_map map;
        assert_true(page_map_init(&map, &options));
        m.fail_at = fail_at;
        size_t taken = page_map_insert_many(&map, keys, values, MOST);
        assert_int_equal(taken == MOST, m.failures == 0);
        assert_int_equal(page_map_size(&map), taken);
        for (size_t i = 0; i < MOST; ++i)
            assert_int_equal(page_map_contains(&map, i), i < taken);
        assert_int_equal(page_map_insert_many(&map, keys + taken, values + taken, MOST - taken), MOST - taken);
        assert_int_equal(page_map_size(&map), MOST);
        page_map_free(&map);
        bool done = m.failures == 0;
        failures += m.failures;
        memory_end(&m);
        if (done)
            break;
    }
    assert_true(failures >= 8);
    free(values);
}

/* Which keys stay the caller's: those there already, those twice in the batch, and the rest when out of memory. */
static void insert_many_marked_says_what_was_taken(void **state) {
    (void)state;
    enum { RANGE = 4000 };
    static uint64_t keys[MOST];
    static bool marks[MOST + 1];
    page *values = calloc(MOST, sizeof *values);
    assert_non_null(values);
    uint64_t random = 5;
    for (size_t fail_at = 0; fail_at <= 8; ++fail_at) {
        memory m;
        memory_begin(&m);
        swiss_options options = {&m.allocator, 0, 0};
        page_map map;
        assert_true(page_map_init(&map, &options));
        m.fail_at = fail_at < 8 ? fail_at : NEVER;
        bool there[RANGE] = {false};
        owned = 0;
        for (size_t c = 0; c < COUNTS; ++c) {
            draw(keys, counts[c], RANGE, &random);
            memset(marks, 0x7F, sizeof marks);
            size_t failures = m.failures, taken = page_map_insert_many_marked(&map, keys, values, counts[c], marks);
            assert_int_equal(taken == counts[c], m.failures == failures);
            for (size_t i = 0; i < counts[c]; ++i) {
                unsigned char mark;
                memcpy(&mark, &marks[i], 1);
                assert_int_equal(mark, i >= taken ? 0x7F : !there[keys[i]]);
                if (i < taken) {
                    owned += !there[keys[i]];
                    there[keys[i]] = true;
                }
            }
            assert_int_equal(page_map_size(&map), owned);
        }
        assert_int_equal(m.failures, fail_at < 8);
        page_map_free(&map);
        assert_int_equal(owned, 0);
        memory_end(&m);
    }
    free(values);
}

static void sets_have_batches_too(void **state) {
    (void)state;
    static const uint64_t keys[] = {5, 7, 5, 9};
    u64_set_entry *entries[4];
    u64_set set = {0};
    bool marks[4];
    assert_int_equal(u64_set_insert_many_marked(&set, keys, 3, marks), 3);
    assert_true(marks[0] && marks[1] && !marks[2]);
    assert_int_equal(u64_set_insert_many(&set, keys, 4), 4);
    assert_int_equal(u64_set_size(&set), 3);
    u64_set_find_many(&set, keys, 4, entries);
    for (size_t i = 0; i < 4; ++i)
        assert_true(entries[i] && entries[i]->key == keys[i]);
    assert_ptr_equal(entries[0], entries[2]);
    assert_int_equal(u64_set_remove_many(&set, keys + 1, 2), 2);
    assert_int_equal(u64_set_remove_many(&set, keys, 4), 1);
    assert_int_equal(u64_set_size(&set), 0);
    u64_set_free(&set);
}

static void run_time_tables_find_many(void **state) {
    (void)state;
    enum { ENTRIES = 3000 };
    static uint64_t keys[2 * ENTRIES];
    static void *slots[2 * ENTRIES];
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, sizeof(page), 8, NULL, NULL));
    for (size_t size = 10; size <= ENTRIES; size *= 300) {
        swiss_table table = {0};
        for (uint64_t i = 0; i < size; ++i)
            assert_true(swiss_table_insert(&table, &type, &i, NULL).inserted);
        assert_int_equal(swiss_table_gains_by_batches_(&table, &type), size > 10);
        for (size_t i = 0; i < 2 * size; ++i)
            keys[i] = 2 * size - 1 - i;
        swiss_table_find_many(&table, &type, keys, 2 * size, slots);
        for (size_t i = 0; i < 2 * size; ++i) {
            assert_ptr_equal(slots[i], swiss_table_find(&table, &type, &keys[i]));
            assert_int_equal(slots[i] != NULL, keys[i] < size);
        }
        swiss_table_free(&table, &type);
    }
}

/* A single slot is larger than all slots of a map where batches begin. */
static void no_block_is_no_batch(void **state) {
    (void)state;
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 2 * (size_t)SWISS_BATCH_FROM_SIZE_, 8, NULL, NULL));
    swiss_table table = {0};
    uint64_t key = 1;
    void *slot = &key;
    swiss_table_find_many(&table, &type, &key, 1, &slot);
    assert_null(slot);
    swiss_table_free(&table, &type);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find_many_finds_what_find_finds),
        cmocka_unit_test(insert_many_and_remove_many_go_with_single_calls),
        cmocka_unit_test(insert_many_out_of_memory),
        cmocka_unit_test(insert_many_marked_says_what_was_taken),
        cmocka_unit_test(sets_have_batches_too),
        cmocka_unit_test(run_time_tables_find_many),
        cmocka_unit_test(no_block_is_no_batch),
    };
    return RUN_TESTS(tests);
}
