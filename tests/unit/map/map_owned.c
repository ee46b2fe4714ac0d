/* SWISS_KEY_OWNED_STRING: strings that the map frees, found by strings and slices. AddressSanitizer, or the hardened
 * heap, sees what is freed twice or not at all. */
#include "tests/support.h"

#define SWISS_NAME words
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#include <swiss/map.h>

/* From strangers; and with a context, which is for the value alone. */
static void count_drop(int *value, size_t *dropped) {
    *dropped += (size_t)*value;
}

#define SWISS_NAME counted
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#define SWISS_VALUE_DROP count_drop
#define SWISS_CONTEXT size_t *
#define SWISS_HASH_KEYED
#include <swiss/map.h>

/* In a header and a source. */
#define SWISS_NAME names
#define SWISS_KEY_OWNED_STRING
#define SWISS_DECLARE
#include <swiss/set.h>
#define SWISS_NAME names
#define SWISS_KEY_OWNED_STRING
#define SWISS_DEFINE
#include <swiss/set.h>

static char *new_string(const char *text) {
    char *string = malloc(strlen(text) + 1);
    assert_non_null(string);
    return strcpy(string, text);
}

static void the_map_owns_its_keys(void **state) {
    (void)state;
    words map = {0}, copy;
    char *cat = new_string("cat"), *again = new_string("cat");
    assert_true(words_insert(&map, cat, 1).inserted);
    assert_ptr_equal(words_find(&map, "cat")->key, cat);
    assert_false(words_insert(&map, again, 2).inserted);
    free(again); /* is the caller's still */
    assert_false(words_put(&map, new_string("cat"), 3).inserted);
    assert_int_equal(*words_get(&map, "cat"), 3);
    assert_true(words_insert(&map, new_string(""), 4).inserted);
    assert_true(words_clone(&copy, &map));
    assert_true(words_find(&copy, "cat")->key != words_find(&map, "cat")->key);
    words_entry taken = {NULL, 0};
    assert_true(words_take(&copy, "cat", &taken));
    assert_string_equal(taken.key, "cat");
    free((char *)taken.key);
    assert_true(words_remove(&map, "cat"));
    assert_false(words_contains(&map, "cat"));
    assert_int_equal(*words_get(&map, ""), 4);
    words_free(&map);
    words_free(&copy);
}

static void slices_are_copied(void **state) {
    (void)state;
    words map = {0};
    char text[16] = "cat dog";
    assert_true(words_insert_as(&map, (swiss_slice){text, 3}, 1).inserted);
    assert_true(words_insert_as(&map, swiss_slice_of("dog"), 2).inserted);
    assert_true(words_insert_as(&map, (swiss_slice){NULL, 0}, 3).inserted);
    text[0] = 'b';
    assert_string_equal(words_find(&map, "cat")->key, "cat");
    assert_int_equal(*words_get_as(&map, (swiss_slice){text + 4, 3}), 2);
    assert_int_equal(*words_get(&map, ""), 3);
    assert_null(words_find_as(&map, (swiss_slice){"cats", 2}));
    assert_null(words_find_as(&map, (swiss_slice){"cats", 4}));
    for (int i = 0; i < 1000; ++i) {
        snprintf(text, sizeof text, "%d", i);
        assert_true(words_insert_as(&map, swiss_slice_of(text), i).inserted);
    }
    assert_int_equal(*words_get(&map, "999"), 999);
    assert_null(words_validate(&map));
    words_free(&map);
}

/* No string has a NUL in it: such a slice finds nothing, and is not inserted. */
static void slices_with_a_nul(void **state) {
    (void)state;
    words map = {0};
    const swiss_slice slice = {"cat\0s", 5}, nul = {"", 1};
    assert_true(words_insert_as(&map, swiss_slice_of("cat"), 1).inserted);
    assert_null(words_find_as(&map, slice));
    assert_null(words_insert_as(&map, slice, 2).entry);
    assert_null(words_insert_as(&map, nul, 2).entry);
    assert_int_equal(words_size(&map), 1);
    assert_null(words_validate(&map));
    words_free(&map);
}

/* Hashes of seven bits may be alike: then the strings themselves are compared, in their whole length. */
static void a_beginning_is_another_string(void **state) {
    (void)state;
    char text[] = "cat0";
    for (uint64_t seed = 1; seed <= 500; ++seed) {
        const swiss_options options = {NULL, seed, 14};
        words map;
        assert_true(words_init(&map, &options));
        for (text[3] = 'a'; text[3] < 'o'; ++text[3])
            assert_true(words_insert_as(&map, swiss_slice_of(text), 1).inserted);
        for (size_t size = 0; size < 4; ++size)
            assert_false(words_contains_as(&map, (swiss_slice){text, size}));
        assert_false(words_contains(&map, "catalogue"));
        words_free(&map);
    }
}

static void with_a_context_and_a_keyed_hash(void **state) {
    (void)state;
    size_t dropped = 0;
    counted map = {.context = &dropped}, copy = {.context = &dropped};
    assert_true(counted_insert(&map, new_string("cat"), 1).inserted);
    assert_true(counted_insert_as(&map, swiss_slice_of("dog"), 10).inserted);
    assert_int_equal(*counted_get_as(&map, swiss_slice_of("cat")), 1);
    assert_true(counted_remove(&map, "cat"));
    assert_int_equal(dropped, 1);
    assert_true(counted_merge(&copy, &map));
    counted_free(&map);
    assert_int_equal(dropped, 1);
    counted_free(&copy);
    assert_int_equal(dropped, 11);
}

static void in_a_set_that_is_declared_and_defined(void **state) {
    (void)state;
    names set = {0}, copy;
    assert_true(names_insert_as(&set, swiss_slice_of("cat")).inserted);
    assert_true(names_contains(&set, "cat"));
    assert_true(names_clone(&copy, &set));
    assert_true(names_equal(&set, &copy));
    names_free(&set);
    names_free(&copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_owns_its_keys),
        cmocka_unit_test(slices_are_copied),
        cmocka_unit_test(slices_with_a_nul),
        cmocka_unit_test(a_beginning_is_another_string),
        cmocka_unit_test(with_a_context_and_a_keyed_hash),
        cmocka_unit_test(in_a_set_that_is_declared_and_defined),
    };
    return RUN_TESTS(tests);
}
