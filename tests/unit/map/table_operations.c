/* The run-time table: the operations with a hash known beforehand, those of many keys, replace, pop, and iterations
 * that begin anywhere. */
#include "tests/support.h"
#include <swiss/table.h>

static memory m;

static int begin(void **state) {
    (void)state;
    memory_begin(&m);
    return 0;
}

static int end(void **state) {
    (void)state;
    memory_end(&m);
    return 0;
}

static swiss_table empty_table(const swiss_table_type *type) {
    swiss_options options = {&m.allocator, 0, 0};
    swiss_table table;
    assert_true(swiss_table_init(&table, type, &options));
    return table;
}

static size_t drops;

static void count_drop(void *slot, const swiss_table_type *type) {
    (void)slot, (void)type;
    ++drops;
}

static swiss_table_type u64_to_u32(void) {
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 4, 4, NULL, NULL));
    type.drop = count_drop;
    type.drop_value = count_drop;
    drops = 0;
    return type;
}

static uint32_t number_in(const void *value) {
    uint32_t number;
    memcpy(&number, value, sizeof number);
    return number;
}

static void insert_range(swiss_table *table, const swiss_table_type *type, uint64_t from, uint64_t to) {
    for (uint64_t key = from; key < to; ++key) {
        uint32_t value = (uint32_t)(2 * key);
        assert_true(swiss_table_insert(table, type, &key, &value).inserted);
    }
}

static void with_a_known_hash(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = empty_table(&type);
    struct {
        uint64_t key;
        uint32_t value;
    } slot;
    uint64_t key = 0;
    const uint64_t of_0 = swiss_table_hash(&table, &type, &key);
    assert_int_equal(m.calls, 0);
    swiss_table_prefetch(&table, &type, of_0);
    for (key = 0; key < 1000; ++key) {
        const uint64_t hash = swiss_table_hash(&table, &type, &key);
        const uint32_t one = 1, two = 2, three = 3, four = 4;
        assert_null(swiss_table_find_hashed(&table, &type, hash, &key));
        assert_null(swiss_table_get_hashed(&table, &type, hash, &key));
        swiss_table_result first = swiss_table_insert_hashed(&table, &type, hash, &key, &one);
        assert_true(first.inserted);
        assert_false(swiss_table_insert_hashed(&table, &type, hash, &key, &two).inserted);
        assert_int_equal(number_in(swiss_table_get_hashed(&table, &type, hash, &key)), 1);
        assert_ptr_equal(swiss_table_put_hashed(&table, &type, hash, &key, &two).slot, first.slot);
        assert_int_equal(number_in(swiss_table_get_or_insert_hashed(&table, &type, hash, &key, &four)), 2);
        assert_false(swiss_table_replace_hashed(&table, &type, hash, &key, &three, &slot).inserted);
        assert_true(slot.key == key && slot.value == 2);
        assert_ptr_equal(swiss_table_find_hashed(&table, &type, hash, &key), first.slot);
        assert_ptr_equal(swiss_table_find(&table, &type, &key), first.slot);
        swiss_table_prefetch(&table, &type, hash);
        if (key % 3 == 1) {
            assert_true(swiss_table_take_hashed(&table, &type, hash, &key, &slot));
            assert_true(slot.key == key && slot.value == 3);
        } else if (key % 3 == 2) {
            assert_true(swiss_table_remove_hashed(&table, &type, hash, &key));
            assert_false(swiss_table_remove_hashed(&table, &type, hash, &key));
        }
        assert_int_equal(swiss_table_contains_hashed(&table, &type, hash, &key), key % 3 == 0);
    }
    assert_int_equal(drops, 1000 + 333); /* by put and by remove */
    key = 0;
    assert_true(swiss_table_hash(&table, &type, &key) == of_0);
    swiss_table_clear_keep(&table, &type);
    assert_true(swiss_table_shrink(&table, &type));
    assert_true(swiss_table_hash(&table, &type, &key) == of_0);
    swiss_table_free(&table, &type);
}

static void contains_get_and_remove_entry(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = empty_table(&type);
    uint64_t key = 0;
    assert_false(swiss_table_contains(&table, &type, &key));
    assert_null(swiss_table_get(&table, &type, &key));
    insert_range(&table, &type, 0, 300);
    for (key = 0; key < 300; ++key) {
        assert_true(swiss_table_contains(&table, &type, &key));
        assert_int_equal(number_in(swiss_table_get(&table, &type, &key)), 2 * key);
        swiss_table_remove_entry(&table, &type, swiss_table_find(&table, &type, &key));
        assert_int_equal(drops, key + 1);
        assert_false(swiss_table_contains(&table, &type, &key));
        assert_null(swiss_table_get(&table, &type, &key));
        assert_int_equal(swiss_table_size(&table), 299 - key);
    }
    assert_null(swiss_table_validate(&table, &type));
    swiss_table_free(&table, &type);
}

static void replace_hands_the_old_entry_out(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = empty_table(&type);
    struct {
        uint64_t key;
        uint32_t value;
    } old = {77, 78};
    uint64_t key = 5;
    const uint32_t one = 1, two = 2;
    m.fail_at = 0;
    assert_null(swiss_table_replace(&table, &type, &key, &one, &old).slot);
    assert_true(swiss_table_replace(&table, &type, &key, &one, &old).inserted);
    assert_true(old.key == 77 && old.value == 78);
    swiss_table_result result = swiss_table_replace(&table, &type, &key, &two, &old);
    assert_true(!result.inserted && old.key == 5 && old.value == 1);
    assert_int_equal(number_in(swiss_table_value(&type, result.slot)), 2);
    assert_false(swiss_table_replace(&table, &type, &key, NULL, NULL).inserted);
    assert_int_equal(number_in(swiss_table_value(&type, result.slot)), 0);
    /* Its own key and value. */
    assert_false(swiss_table_replace(&table, &type, result.slot, swiss_table_value(&type, result.slot), &old).inserted);
    assert_true(old.key == 5 && old.value == 0);
    assert_int_equal(drops, 0);
    swiss_table_free(&table, &type);
    assert_int_equal(drops, 1);
}

/* Odd sizes, and slots so large that few are past the caches, where batches begin. */
static void many_keys(void **state) {
    (void)state;
    enum { RANGE = 3000, MOST = 4000 };
    static const size_t sizes[][2] = {{3, 0}, {3, 5}, {8, 4}, {8, 4088}, {8, 0}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        const size_t key_size = sizes[s][0], value_size = sizes[s][1];
        swiss_table_type type;
        assert_true(swiss_table_type_init(&type, key_size, 1, value_size, 1, NULL, NULL));
        swiss_table table = empty_table(&type);
        char *keys = calloc(MOST, key_size), *values = calloc(MOST, value_size + 1);
        void **slots = calloc(MOST, sizeof *slots);
        assert_true(keys && values && slots);
        static bool there[RANGE], marks[MOST];
        static size_t numbers[MOST];
        uint64_t random = s + 1;
        size_t size = 0;
        memset(there, 0, sizeof there);
        for (int round = 0; round < 12; ++round) {
            const size_t count = round < 6 ? 1 + random_below(&random, 100) : MOST;
            for (size_t i = 0; i < count; ++i) {
                numbers[i] = random_below(&random, RANGE);
                const uint16_t number = (uint16_t)numbers[i];
                memset(keys + i * key_size, 0, key_size);
                memcpy(keys + i * key_size, &number, sizeof number);
                memset(values + i * value_size, number % 251, value_size);
            }
            if (round % 3 == 2) {
                size_t removed = 0;
                for (size_t i = 0; i < count; ++i) {
                    removed += there[numbers[i]];
                    there[numbers[i]] = false;
                }
                assert_int_equal(swiss_table_remove_many(&table, &type, keys, count), removed);
                size -= removed;
            } else if (round % 3 == 1) {
                assert_int_equal(swiss_table_insert_many_marked(&table, &type, keys, values, count, marks), count);
                for (size_t i = 0; i < count; ++i) {
                    assert_int_equal(marks[i], !there[numbers[i]]);
                    size += !there[numbers[i]];
                    there[numbers[i]] = true;
                }
            } else {
                assert_int_equal(swiss_table_insert_many(&table, &type, keys, values, count), count);
                for (size_t i = 0; i < count; ++i) {
                    size += !there[numbers[i]];
                    there[numbers[i]] = true;
                }
            }
            assert_int_equal(swiss_table_size(&table), size);
            swiss_table_find_many(&table, &type, keys, count, slots);
            for (size_t i = 0; i < count; ++i) {
                assert_int_equal(slots[i] != NULL, there[numbers[i]]);
                const unsigned char *value = slots[i] ? swiss_table_value(&type, slots[i]) : NULL;
                for (size_t at = 0; value && at < value_size; at += 7)
                    assert_int_equal(value[at], (unsigned char)(numbers[i] % 251));
            }
        }
        assert_true(value_size < 1000 || swiss_table_gains_by_batches_(&table, &type));
        assert_null(swiss_table_validate(&table, &type));
        swiss_table_free(&table, &type);
        free(keys), free(values), free(slots);
    }
}

static void many_keys_out_of_memory(void **state) {
    (void)state;
    enum { MOST = 3000 };
    static uint64_t keys[MOST];
    static bool marks[MOST];
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 4088, 8, NULL, NULL));
    for (size_t i = 0; i < MOST; ++i)
        keys[i] = i;
    for (size_t fail_at = 0; fail_at < 9; ++fail_at) {
        swiss_table table = empty_table(&type);
        memset(marks, 0x7F, sizeof marks);
        m.calls = 0;
        m.fail_at = fail_at;
        const size_t taken = swiss_table_insert_many_marked(&table, &type, keys, NULL, MOST, marks);
        m.fail_at = NEVER;
        assert_true(taken < MOST);
        assert_int_equal(swiss_table_size(&table), taken);
        for (size_t i = 0; i < MOST; ++i) {
            unsigned char mark;
            memcpy(&mark, &marks[i], 1);
            assert_int_equal(mark, i < taken ? 1 : 0x7F);
            assert_int_equal(swiss_table_contains(&table, &type, &keys[i]), i < taken);
        }
        assert_int_equal(swiss_table_insert_many(&table, &type, keys + taken, NULL, MOST - taken), MOST - taken);
        assert_int_equal(swiss_table_size(&table), MOST);
        swiss_table_free(&table, &type);
    }
}

static void pop_takes_all_out(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{3, 0}, {3, 5}, {8, 4}, {40, 60}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s)
        for (size_t size = 0; size < 2000; size += 1 + size / 2) {
            static bool out[2000];
            unsigned char slot[100] = {7};
            swiss_table_type type;
            assert_true(swiss_table_type_init(&type, sizes[s][0], 1, sizes[s][1], 1, NULL, NULL));
            type.drop = count_drop;
            drops = 0;
            swiss_table table = empty_table(&type);
            for (size_t i = 0; i < size; ++i) {
                unsigned char key[40] = {(unsigned char)i, (unsigned char)(i >> 8)};
                assert_true(swiss_table_insert(&table, &type, key, NULL).inserted);
            }
            memset(out, 0, sizeof out);
            for (size_t left = size; left-- > 0;) {
                assert_true(swiss_table_pop(&table, &type, left % 7 ? slot : NULL));
                assert_int_equal(swiss_table_size(&table), left);
                const size_t number = slot[0] | (size_t)slot[1] << 8;
                if (left % 7)
                    assert_true(number < size && !out[number] && (out[number] = true));
            }
            slot[0] = 9;
            assert_false(swiss_table_pop(&table, &type, slot));
            assert_int_equal(slot[0], 9);
            assert_int_equal(drops, 0);
            assert_null(swiss_table_validate(&table, &type));
            swiss_table_free(&table, &type);
        }
}

static void iterations_from_anywhere(void **state) {
    (void)state;
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 3, 1, 5, 1, NULL, NULL));
    swiss_table table = empty_table(&type);
    swiss_table_iter none = swiss_table_iterate_from(&table, &type, 5);
    assert_int_equal(swiss_table_iter_place(&none), 0);
    assert_null(swiss_table_next(&none, &type));
    for (size_t size = 1; size < 300; ++size) {
        unsigned char key[3] = {(unsigned char)size, (unsigned char)(size >> 8)};
        assert_true(swiss_table_insert(&table, &type, key, NULL).inserted);
        for (size_t hint = 0; hint < 600; hint += 29) {
            size_t met = 0, cursor = hint;
            /* Of all entries two, then again two ... */
            for (size_t begun = 0; begun < size; begun += 2) {
                swiss_table_iter iter = swiss_table_iterate_from(&table, &type, cursor);
                for (int i = 0; i < 2 && met < size; ++i, ++met) {
                    const unsigned char *slot = swiss_table_next(&iter, &type);
                    assert_non_null(slot);
                    assert_int_equal(slot[7], 0);
                    static size_t stamps[300];
                    const size_t number = slot[0] | (size_t)slot[1] << 8, stamp = size * 1000 + hint;
                    assert_true(number <= size && stamps[number] != stamp);
                    stamps[number] = stamp;
                }
                cursor = swiss_table_iter_place(&iter);
            }
            assert_int_equal(met, size);
        }
    }
    swiss_table_free(&table, &type);
}

static void clear_keep_keeps_the_memory(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = empty_table(&type);
    swiss_table_clear_keep(&table, &type);
    assert_true(swiss_table_reserve(&table, &type, 50000));
    const size_t capacity = swiss_table_capacity(&table), calls = m.calls;
    insert_range(&table, &type, 0, 10);
    swiss_table_clear_keep(&table, &type);
    assert_int_equal(drops, 10);
    assert_int_equal(swiss_table_size(&table), 0);
    assert_int_equal(swiss_table_capacity(&table), capacity);
    insert_range(&table, &type, 0, 50000);
    assert_int_equal(m.calls, calls);
    assert_null(swiss_table_validate(&table, &type));
    swiss_table_free(&table, &type);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(with_a_known_hash, begin, end),
        cmocka_unit_test_setup_teardown(contains_get_and_remove_entry, begin, end),
        cmocka_unit_test_setup_teardown(replace_hands_the_old_entry_out, begin, end),
        cmocka_unit_test_setup_teardown(many_keys, begin, end),
        cmocka_unit_test_setup_teardown(many_keys_out_of_memory, begin, end),
        cmocka_unit_test_setup_teardown(pop_takes_all_out, begin, end),
        cmocka_unit_test_setup_teardown(iterations_from_anywhere, begin, end),
        cmocka_unit_test_setup_teardown(clear_keep_keeps_the_memory, begin, end),
    };
    return RUN_TESTS(tests);
}
