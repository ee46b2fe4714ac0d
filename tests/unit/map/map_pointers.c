/* What leaves pointers to entries valid, as map.h and table.h say: each entry is where it was, with what it held. */
#include "tests/support.h"
#include <swiss/hash.h>

static bool equal_to_word(const uint64_t *key, const uint32_t *word) {
    return *key == *word;
}

static uint64_t hash_of_word(const uint32_t *word, uint64_t seed) {
    return swiss_hash_u64(*word, seed);
}

static bool makes_keys = true;

static bool make_key(uint64_t *key, const uint32_t *word) {
    *key = *word;
    return makes_keys;
}

#define SWISS_NAME pairs
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_LOOKUP uint32_t
#define SWISS_LOOKUP_HASH hash_of_word
#define SWISS_LOOKUP_EQUAL equal_to_word
#define SWISS_LOOKUP_MAKE make_key
#include <swiss/map.h>

enum { MOST = 300 };

static memory m;
static pairs tried;
static pairs_entry *places[2 * MOST]; /* of each key; NULL: not there */

static pairs with_allocator(void) {
    swiss_options options = {&m.allocator, 0, 0};
    pairs made;
    assert_true(pairs_init(&made, &options));
    return made;
}

/* Notes where each entry is. */
static void note_places(const pairs *of) {
    memset(places, 0, sizeof places);
    pairs_iter iter = pairs_iterate(of);
    for (pairs_entry *entry; (entry = pairs_next(&iter));)
        places[entry->key] = entry;
}

/* `tried` with the keys 0 to size - 1, each with its complement, and their places noted. */
static void begin(uint64_t size) {
    memory_begin(&m);
    tried = with_allocator();
    for (uint64_t i = 0; i < size; ++i)
        assert_true(pairs_insert(&tried, i, ~i).inserted);
    note_places(&tried);
}

static void end(void) {
    pairs_free(&tried);
    memory_end(&m);
}

/* Asserts that the entry of `key` is in *in where it was noted to be, unchanged. */
static void check_place(const pairs *in, uint64_t key) {
    assert_ptr_equal(pairs_find(in, key), places[key]);
    assert_true(places[key]->key == key && places[key]->value == ~key);
}

static void check_places(const pairs *in, uint64_t from, uint64_t to, uint64_t step) {
    for (uint64_t i = from; i < to; i += step)
        check_place(in, i);
}

/* Sizes at which a map is full: the next new key makes it grow. */
static const size_t full[] = {4, 8, 16, 28, 56, 112, 224};
enum { FULL = sizeof full / sizeof *full };

static void begin_full(size_t size) {
    memory_begin(&m);
    swiss_options options = {&m.allocator, 1, size};
    assert_true(pairs_init(&tried, &options));
    for (uint64_t i = 0; i < size; ++i)
        assert_true(pairs_insert(&tried, i, ~i).inserted);
    assert_int_equal(tried.table.growth_left, 0);
    note_places(&tried);
}

static bool same_value(const uint64_t *a, const uint64_t *b) {
    return *a == *b;
}

static void looking_moves_nothing(void **state) {
    (void)state;
    static pairs_entry *found[MOST];
    static uint64_t keys[MOST];
    begin(MOST);
    pairs copy;
    assert_true(pairs_clone(&copy, &tried));
    assert_true(pairs_equal(&tried, &copy, same_value));
    pairs_free(&copy);
    assert_int_equal(pairs_stats(&tried).size, MOST);
    for (uint64_t i = 0; i < MOST; ++i) {
        keys[i] = i;
        assert_ptr_equal(pairs_get(&tried, i), &places[i]->value);
        assert_true(pairs_contains(&tried, i) && !pairs_contains(&tried, MOST + i));
        assert_ptr_equal(pairs_find_as(&tried, (uint32_t)i), places[i]);
    }
    pairs_find_many(&tried, keys, MOST, found);
    assert_memory_equal(found, places, sizeof found);
    check_places(&tried, 0, MOST, 1);
    end();
}

/* In a full map too, which has no room for another. */
static void inserting_what_is_there_moves_nothing(void **state) {
    (void)state;
    static uint64_t keys[MOST], values[MOST];
    for (int which = 0; which < FULL; ++which) {
        const size_t size = full[which];
        begin_full(size);
        size_t calls = m.calls;
        for (uint64_t i = 0; i < size; ++i) {
            keys[i] = i;
            values[i] = 0;
            assert_ptr_equal(pairs_insert(&tried, i, 0).entry, places[i]);
            assert_ptr_equal(pairs_insert_as(&tried, (uint32_t)i, 0).entry, places[i]);
            assert_ptr_equal(pairs_get_or_insert(&tried, i, 0), &places[i]->value);
            assert_ptr_equal(pairs_get_or_insert_as(&tried, (uint32_t)i, 0), &places[i]->value);
            assert_ptr_equal(pairs_put(&tried, i, i).entry, places[i]);
            assert_int_equal(places[i]->value, i);
            assert_ptr_equal(pairs_put(&tried, i, ~i).entry, places[i]);
        }
        assert_int_equal(pairs_insert_many(&tried, keys, values, size), size);
        check_places(&tried, 0, size, 1);
        assert_int_equal(m.calls, calls);
        end();
    }
}

static void inserting_where_room_was_reserved_moves_nothing(void **state) {
    (void)state;
    static uint64_t keys[MOST], values[MOST];
    for (uint64_t size = 0; size < MOST; size += 7) {
        begin(size);
        assert_true(pairs_reserve(&tried, 2 * MOST));
        note_places(&tried);
        for (uint64_t i = size; i < 2 * MOST; ++i) {
            if (i % 4 == 0)
                places[i] = pairs_put(&tried, i, ~i).entry;
            else if (i % 4 == 1)
                places[i] = pairs_insert_as(&tried, (uint32_t)i, ~i).entry;
            else if (i % 4 == 2)
                places[i] = pairs_insert(&tried, i, ~i).entry;
            else
                assert_non_null(pairs_get_or_insert(&tried, i, ~i));
            if (i % 4 == 3)
                places[i] = pairs_find(&tried, i);
        }
        check_places(&tried, 0, 2 * MOST, 1);
        end();
    }
    begin(MOST / 2);
    assert_true(pairs_reserve(&tried, MOST));
    note_places(&tried);
    for (uint64_t i = 0; i < MOST; ++i) {
        keys[i] = i;
        values[i] = ~i;
    }
    assert_int_equal(pairs_insert_many(&tried, keys, values, MOST), MOST);
    check_places(&tried, 0, MOST / 2, 1);
    end();
}

/* Not even where rehashing would bring entries back to the group that their search begins with. */
static void reserving_what_is_there_moves_nothing(void **state) {
    (void)state;
    begin_full(224);
    for (uint64_t i = 0; i < 224; i += 2)
        assert_true(pairs_remove(&tried, i));
    assert_true(pairs_stats(&tried).retired > 0);
    assert_true(pairs_reserve(&tried, 0));
    assert_true(pairs_reserve(&tried, 112));
    assert_true(pairs_reserve(&tried, 112 + tried.table.growth_left));
    check_places(&tried, 1, 224, 2);
    end();
}

/* A full map that cannot grow, and no other memory either. */
static void out_of_memory_moves_nothing(void **state) {
    (void)state;
    const uint64_t key = MOST + 1;
    for (int which = 0; which < FULL; ++which) {
        const size_t size = full[which];
        begin_full(size);
        pairs other = with_allocator();
        assert_true(pairs_insert(&other, key, ~key).inserted);
        pairs_entry *others = pairs_find(&other, key);
        for (int way = 0; way < 9; ++way) {
            pairs copy;
            size_t failures = m.failures;
            m.fail_at = m.calls;
            if (way == 0)
                assert_null(pairs_insert(&tried, key, 0).entry);
            else if (way == 1)
                assert_null(pairs_put(&tried, key, 0).entry);
            else if (way == 2)
                assert_null(pairs_get_or_insert(&tried, key, 0));
            else if (way == 3)
                assert_null(pairs_insert_as(&tried, (uint32_t)key, 0).entry);
            else if (way == 4)
                assert_null(pairs_get_or_insert_as(&tried, (uint32_t)key, 0));
            else if (way == 5)
                assert_int_equal(pairs_insert_many(&tried, &key, &key, 1), 0);
            else if (way == 6)
                assert_false(pairs_reserve(&tried, size + 1));
            else if (way == 7)
                assert_false(pairs_merge(&tried, &other));
            else
                assert_false(pairs_clone(&copy, &tried));
            assert_int_equal(m.failures, failures + 1);
            check_places(&tried, 0, size, 1);
            assert_ptr_equal(pairs_find(&other, key), others);
        }
        pairs_free(&other);
        end();
    }
}

/* A key that cannot be made is no entry; the others have the content that they had, but may have moved. */
static void a_key_that_cannot_be_made(void **state) {
    (void)state;
    begin_full(28);
    makes_keys = false;
    assert_null(pairs_insert_as(&tried, MOST, 0).entry);
    makes_keys = true;
    assert_int_equal(pairs_size(&tried), 28);
    assert_null(pairs_find(&tried, MOST));
    for (uint64_t i = 0; i < 28; ++i)
        assert_true(*pairs_get(&tried, i) == ~i);
    end();
}

static bool is_kept(pairs_entry *entry, void *context) {
    (void)context;
    return entry->key % 2;
}

static void removing_moves_no_other(void **state) {
    (void)state;
    static uint64_t keys[MOST / 2];
    for (int way = 0; way < 8; ++way) {
        begin(MOST);
        pairs_iter iter = pairs_iterate(&tried);
        for (uint64_t i = 0; i < MOST; i += 2) {
            pairs_entry taken;
            keys[i / 2] = i;
            if (way == 0)
                assert_true(pairs_remove(&tried, i));
            else if (way == 1)
                assert_true(pairs_take(&tried, i, &taken) && taken.value == ~i);
            else if (way == 2)
                pairs_remove_entry(&tried, places[i]);
            else if (way == 3)
                assert_true(pairs_remove_as(&tried, (uint32_t)i));
            else if (way == 4)
                assert_true(pairs_take_as(&tried, (uint32_t)i, &taken) && taken.value == ~i);
        }
        if (way == 5)
            assert_int_equal(pairs_remove_many(&tried, keys, MOST / 2), MOST / 2);
        else if (way == 6)
            assert_int_equal(pairs_retain(&tried, is_kept, NULL), MOST / 2);
        for (pairs_entry *entry; way == 7 && (entry = pairs_next(&iter));)
            if (entry->key % 2 == 0)
                pairs_iter_remove(&tried, &iter);
        assert_int_equal(pairs_size(&tried), MOST / 2);
        check_places(&tried, 1, MOST, 2);
        end();
    }
}

/* What *to has stays behind, where it was. */
static void merging_from_moves_none_that_stays(void **state) {
    (void)state;
    begin(MOST);
    pairs to = with_allocator();
    for (uint64_t i = 1; i < MOST; i += 2)
        assert_true(pairs_insert(&to, i, 0).inserted);
    assert_true(pairs_merge(&to, &tried));
    assert_int_equal(pairs_size(&to), MOST);
    assert_int_equal(pairs_size(&tried), MOST / 2);
    check_places(&tried, 1, MOST, 2);
    pairs_free(&to);
    end();
}

static void merging_into_room_moves_nothing(void **state) {
    (void)state;
    begin(MOST);
    pairs from = with_allocator();
    for (uint64_t i = MOST; i < 2 * MOST; ++i)
        assert_true(pairs_insert(&from, i, ~i).inserted);
    assert_true(pairs_reserve(&tried, 2 * MOST));
    note_places(&tried);
    assert_true(pairs_merge(&tried, &from));
    check_places(&tried, 0, MOST, 1);
    pairs_free(&from);
    end();
}

static void swap_and_move_take_entries_along(void **state) {
    (void)state;
    begin(MOST);
    pairs other = with_allocator();
    pairs_swap(&tried, &other);
    check_places(&other, 0, MOST, 1);
    tried = pairs_move(&other);
    check_places(&tried, 0, MOST, 1);
    pairs_free(&other);
    end();
}

/* Tables whose types are known at run time: the same, also where the key lies in the table itself. */
static void tables_too(void **state) {
    (void)state;
    static void *slots[MOST];
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 8, 8, NULL, NULL));
    for (int which = 0; which < FULL; ++which) {
        const size_t size = full[which];
        const uint64_t key = MOST;
        memory_begin(&m);
        swiss_options options = {&m.allocator, 0, size};
        swiss_table table;
        assert_true(swiss_table_init(&table, &type, &options));
        for (uint64_t i = 0; i < size; ++i)
            slots[i] = swiss_table_insert(&table, &type, &i, &i).slot;
        for (uint64_t i = 0; i < size; ++i) {
            assert_ptr_equal(swiss_table_find(&table, &type, &i), slots[i]);
            assert_ptr_equal(swiss_table_insert(&table, &type, slots[i], slots[0]).slot, slots[i]);
            assert_ptr_equal(swiss_table_put(&table, &type, &i, &i).slot, slots[i]);
            assert_ptr_equal(swiss_table_get_or_insert(&table, &type, &i, NULL), swiss_table_value(&type, slots[i]));
        }
        m.fail_at = m.calls;
        assert_null(swiss_table_insert(&table, &type, &key, NULL).slot);
        for (uint64_t i = 0; i < size; i += 2)
            assert_true(swiss_table_remove(&table, &type, &i));
        for (uint64_t i = 1; i < size; i += 2)
            assert_ptr_equal(swiss_table_find(&table, &type, &i), slots[i]);
        swiss_table_free(&table, &type);
        memory_end(&m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looking_moves_nothing),
        cmocka_unit_test(inserting_what_is_there_moves_nothing),
        cmocka_unit_test(inserting_where_room_was_reserved_moves_nothing),
        cmocka_unit_test(reserving_what_is_there_moves_nothing),
        cmocka_unit_test(out_of_memory_moves_nothing),
        cmocka_unit_test(a_key_that_cannot_be_made),
        cmocka_unit_test(removing_moves_no_other),
        cmocka_unit_test(merging_from_moves_none_that_stays),
        cmocka_unit_test(merging_into_room_moves_nothing),
        cmocka_unit_test(swap_and_move_take_entries_along),
        cmocka_unit_test(tables_too),
    };
    return RUN_TESTS(tests);
}
