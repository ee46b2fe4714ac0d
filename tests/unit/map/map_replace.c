/* replace hands out what it replaces, and drops nothing; clear_keep keeps the memory. */
#include "tests/support.h"
#include <swiss/hash.h>

/* Counts what is owned: every text is freed once. */
static size_t texts;

static char *text_of(const char *from) {
    const size_t size = strlen(from) + 1;
    char *text = malloc(size);
    assert_non_null(text);
    ++texts;
    return memcpy(text, from, size);
}

static void drop_text(char **text) {
    free(*text);
    --texts;
}

static bool make_text(char **to, const swiss_slice *from) {
    char text[32] = {0};
    memcpy(text, from->data, from->size);
    *to = text_of(text);
    return true;
}

#define SLICE_EQUAL(key, slice) (strlen(*(key)) == (slice)->size && memcmp(*(key), (slice)->data, (slice)->size) == 0)

#define SWISS_NAME dict
#define SWISS_KEY char *
#define SWISS_VALUE char *
#define SWISS_KEY_DROP drop_text
#define SWISS_VALUE_DROP drop_text
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL SLICE_EQUAL
#define SWISS_LOOKUP_MAKE make_text
#include <swiss/map.h>

#define SWISS_NAME names
#define SWISS_KEY char *
#define SWISS_KEY_DROP drop_text
#include <swiss/set.h>

static void the_old_entry_is_handed_out(void **state) {
    (void)state;
    dict map = {0};
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 100; ++i) {
            char text[24];
            snprintf(text, sizeof text, "key %d", i);
            char *key = text_of(text), *value = text_of(round == 0 ? "first" : round == 1 ? "second" : "third");
            dict_entry old = {NULL, NULL};
            dict_result result = round < 2 ? dict_replace(&map, key, value, &old)
                                           : dict_replace_hashed(&map, dict_hash(&map, key), key, value, &old);
            assert_int_equal(result.inserted, round == 0);
            assert_true(result.entry->key == key && result.entry->value == value);
            if (round == 0) {
                assert_true(old.key == NULL && old.value == NULL);
                continue;
            }
            assert_true(old.key != key);
            assert_string_equal(old.key, key);
            assert_string_equal(old.value, round == 1 ? "first" : "second");
            drop_text(&old.key), drop_text(&old.value);
        }
    assert_int_equal(texts, 200);
    dict_free(&map);
    assert_int_equal(texts, 0);
}

static void a_set_hands_out_its_old_key(void **state) {
    (void)state;
    names set = {0};
    names_entry old = {NULL};
    char *first = text_of("name"), *second = text_of("name");
    assert_true(names_replace(&set, first, &old).inserted);
    assert_null(old.key);
    assert_false(names_replace(&set, second, &old).inserted);
    assert_ptr_equal(old.key, first);
    assert_ptr_equal(names_find(&set, first)->key, second);
    drop_text(&old.key);
    names_free(&set);
    assert_int_equal(texts, 0);
}

static void to_nowhere(void **state) {
    (void)state;
    dict map = {0};
    char *key = text_of("key"), *other = text_of("key"), *value = text_of("value"), *another = text_of("value");
    assert_true(dict_replace(&map, key, value, NULL).inserted);
    assert_false(dict_replace(&map, other, another, NULL).inserted);
    drop_text(&key), drop_text(&value);
    dict_free(&map);
    assert_int_equal(texts, 0);
}

/* The very key and value that the entry has: in both, owned once. */
static void what_the_entry_has_already(void **state) {
    (void)state;
    dict map = {0};
    dict_entry old;
    char *key = text_of("key"), *value = text_of("value"), *other = text_of("other");
    assert_true(dict_insert(&map, key, value).inserted);
    assert_false(dict_replace(&map, key, other, &old).inserted);
    assert_true(old.key == key && old.value == value && dict_find(&map, key)->value == other);
    drop_text(&old.value);
    dict_free(&map);
    assert_int_equal(texts, 0);
}

static void by_the_second_key_type_the_key_stays(void **state) {
    (void)state;
    dict map = {0};
    const swiss_slice slice = {"a word", 6};
    char *old = NULL;
    assert_true(dict_replace_as(&map, slice, text_of("first"), &old).inserted);
    assert_null(old);
    const char *key = dict_find_as(&map, slice)->key;
    dict_result result = dict_replace_as(&map, slice, text_of("second"), &old);
    assert_true(!result.inserted && result.entry->key == key);
    assert_string_equal(result.entry->value, "second");
    assert_string_equal(old, "first");
    drop_text(&old);
    result = dict_replace_hashed_as(&map, dict_hash_as(&map, slice), slice, text_of("third"), &old);
    assert_true(!result.inserted && result.entry->key == key);
    assert_string_equal(old, "second");
    drop_text(&old);
    dict_free(&map);
    assert_int_equal(texts, 0);
}

static void out_of_memory(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    dict map;
    assert_true(dict_init(&map, &options));
    size_t size = 0;
    for (int i = 0; i < 100; ++i) {
        char text[24];
        snprintf(text, sizeof text, "key %d", i);
        char *key = text_of(text), *value = text_of("value");
        dict_entry old = {NULL, NULL};
        m.fail_at = m.calls;
        dict_result result = dict_replace(&map, key, value, &old);
        assert_true(result.inserted == (result.entry != NULL));
        if (result.entry == NULL) {
            drop_text(&key), drop_text(&value);
            assert_true(m.failures != 0);
            m.failures = 0;
            m.fail_at = NEVER;
            assert_true(dict_replace(&map, text_of(text), text_of("value"), &old).inserted);
        }
        assert_true(old.key == NULL && old.value == NULL);
        assert_int_equal(dict_size(&map), ++size);
    }
    dict_free(&map);
    memory_end(&m);
    assert_int_equal(texts, 0);
}

static void clear_keep_keeps_the_memory(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    names set;
    assert_true(names_init(&set, &options));
    names_clear_keep(&set);
    assert_int_equal(m.calls, 0);
    assert_true(names_reserve(&set, 100000));
    const size_t calls = m.calls, capacity = names_capacity(&set);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 10; ++i) {
            char text[24];
            snprintf(text, sizeof text, "name %d", i);
            assert_true(names_insert(&set, text_of(text)).inserted);
        }
        if (round == 1)
            for (int i = 5; i < 10; ++i) {
                names_entry entry;
                assert_true(names_pop(&set, &entry));
                drop_text(&entry.key);
            }
        names_clear_keep(&set);
        assert_int_equal(names_size(&set), 0);
        assert_int_equal(names_capacity(&set), capacity);
        assert_int_equal(texts, 0);
        assert_null(names_validate(&set));
    }
    assert_int_equal(m.calls, calls);
    names_clear(&set); /* which gives it back */
    assert_int_equal(names_capacity(&set), 0);
    names_free(&set);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_entry_is_handed_out),
        cmocka_unit_test(a_set_hands_out_its_old_key),
        cmocka_unit_test(to_nowhere),
        cmocka_unit_test(what_the_entry_has_already),
        cmocka_unit_test(by_the_second_key_type_the_key_stays),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(clear_keep_keeps_the_memory),
    };
    return RUN_TESTS(tests);
}
