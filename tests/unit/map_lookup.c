/* Looking keys up by a second type: slices find owned strings. */
#include "../support.h"
#include <swiss/hash.h>

static bool equals_slice(char *const *key, const swiss_slice *slice) {
    return strlen(*key) == slice->size && memcmp(*key, slice->data, slice->size) == 0;
}

static size_t made, dropped;

static bool copy_slice(char **key, const swiss_slice *slice) {
    *key = malloc(slice->size + 1);
    if (!*key)
        return false;
    memcpy(*key, slice->data, slice->size);
    (*key)[slice->size] = 0;
    ++made;
    return true;
}

static void drop_string(char **key) {
    ++dropped;
    free(*key);
}

/* The default hashes of a string and of a slice of the same bytes are the same. */
#define SWISS_NAME words
#define SWISS_KEY char *
#define SWISS_VALUE int
#define SWISS_KEY_DROP drop_string
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL equals_slice
#define SWISS_LOOKUP_MAKE copy_slice
#include <swiss/map.h>

/* A hash of the user's own that does not spread: both are mixed. */
typedef struct point {
    int x, y;
} point;

#define SWISS_NAME points
#define SWISS_KEY point
#define SWISS_HASH(p, seed) ((void)(seed), (uint64_t)((p)->x * 1000 + (p)->y))
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#define SWISS_LOOKUP int
#define SWISS_LOOKUP_HASH(number, seed) ((void)(seed), (uint64_t) * (number))
#define SWISS_LOOKUP_EQUAL(p, number) ((p)->x * 1000 + (p)->y == *(number))
#include <swiss/set.h>

/* One that spreads: neither is mixed. */
#define SWISS_NAME spread_points
#define SWISS_KEY point
#define SWISS_HASH(p, seed) swiss_hash_u64((uint64_t)((p)->x * 1000 + (p)->y), (seed))
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#define SWISS_LOOKUP int
#define SWISS_LOOKUP_HASH(number, seed) swiss_hash_u64((uint64_t) * (number), (seed))
#define SWISS_LOOKUP_EQUAL(p, number) ((p)->x * 1000 + (p)->y == *(number))
#include <swiss/set.h>

/* The key's default hash, met by a function of the user's. */
#define SWISS_NAME numbers
#define SWISS_KEY uint64_t
#define SWISS_LOOKUP const char *
#define SWISS_LOOKUP_HASH(text, seed) swiss_hash_u64(strtoull(*(text), NULL, 10), (seed))
#define SWISS_LOOKUP_EQUAL(key, text) (*(key) == strtoull(*(text), NULL, 10))
#include <swiss/set.h>

static swiss_slice slice_of(const char *string) {
    swiss_slice slice = {string, strlen(string)};
    return slice;
}

static void slices_find_owned_strings(void **state) {
    (void)state;
    static const char text[] = "one two three two one two";
    made = dropped = 0;
    words map = {0};
    for (const char *word = text; *word;) {
        swiss_slice slice = {word, strcspn(word, " ")};
        words_result result = words_insert_as(&map, slice, 0);
        assert_non_null(result.entry);
        ++result.entry->value;
        word += slice.size + (word[slice.size] == ' ');
    }
    assert_int_equal(words_size(&map), 3);
    assert_int_equal(made, 3);
    assert_int_equal(words_find_as(&map, slice_of("one"))->value, 2);
    assert_int_equal(words_find_as(&map, slice_of("two"))->value, 3);
    assert_int_equal(words_find_as(&map, slice_of("three"))->value, 1);
    assert_false(words_contains_as(&map, slice_of("thre")));
    assert_int_equal(*words_get_as(&map, slice_of("two")), 3);
    assert_null(words_get_as(&map, slice_of("thre")));
    assert_int_equal(*words_get_or_insert_as(&map, slice_of("one"), 9), 2);
    assert_int_equal(made, 3);
    assert_int_equal(*words_get_or_insert_as(&map, slice_of("four"), 4), 4);
    assert_int_equal(made, 4);
    assert_true(words_remove_as(&map, slice_of("four")));
    assert_int_equal(dropped, 1);
    made = 3;
    dropped = 0;
    assert_false(words_contains_as(&map, (swiss_slice){NULL, 0}));

    /* By the key's own type it is the same entry. */
    char two[] = "two";
    assert_ptr_equal(words_find(&map, two), words_find_as(&map, slice_of("two")));

    words_entry entry = {NULL, 0};
    assert_false(words_remove_as(&map, slice_of("four")));
    assert_true(words_remove_as(&map, slice_of("two")));
    assert_false(words_contains(&map, two));
    assert_int_equal(dropped, 1);
    assert_false(words_take_as(&map, slice_of("two"), &entry));
    assert_true(words_take_as(&map, slice_of("three"), &entry));
    assert_string_equal(entry.key, "three");
    assert_int_equal(dropped, 1);
    free(entry.key);
    words_free(&map);
    assert_int_equal(dropped, 2);
}

static void many_words(void **state) {
    (void)state;
    made = dropped = 0;
    char text[16];
    words map = {0};
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 3000; ++i) {
            snprintf(text, sizeof text, "%d", i);
            words_result result = words_insert_as(&map, slice_of(text), i);
            assert_int_equal(result.inserted, round == 0);
            assert_string_equal(result.entry->key, text);
            assert_int_equal(result.entry->value, i);
        }
    assert_int_equal(made, 3000);
    for (int i = 0; i < 3000; i += 2) {
        snprintf(text, sizeof text, "%d", i);
        assert_true(words_remove_as(&map, slice_of(text)));
    }
    for (int i = 0; i < 3000; ++i) {
        snprintf(text, sizeof text, "%d", i);
        assert_int_equal(words_contains_as(&map, slice_of(text)), i % 2);
        assert_int_equal(words_contains(&map, text), i % 2);
    }
    words_free(&map);
    assert_int_equal(dropped, 3000);
}

static void hashes_of_the_users_own(void **state) {
    (void)state;
    points set = {0};
    spread_points spread = {0};
    for (int x = 0; x < 30; ++x)
        for (int y = 0; y < 30; ++y) {
            assert_true(points_insert(&set, (point){x, y}).inserted);
            assert_true(spread_points_insert(&spread, (point){x, y}).inserted);
        }
    for (int number = 0; number < 40000; ++number) {
        bool there = number / 1000 < 30 && number % 1000 < 30;
        assert_int_equal(points_contains_as(&set, number), there);
        assert_int_equal(spread_points_contains_as(&spread, number), there);
        assert_int_equal(points_contains(&set, (point){number / 1000, number % 1000}), there);
    }
    points_free(&set);
    spread_points_free(&spread);
}

static void the_default_hash_met_by_the_users(void **state) {
    (void)state;
    numbers set = {0};
    for (uint64_t i = 0; i < 1000; ++i)
        assert_true(numbers_insert(&set, i).inserted);
    assert_true(numbers_contains_as(&set, "999"));
    assert_false(numbers_contains_as(&set, "1000"));
    assert_true(numbers_remove_as(&set, "17"));
    assert_false(numbers_contains(&set, 17));
    numbers_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_find_owned_strings),
        cmocka_unit_test(many_words),
        cmocka_unit_test(hashes_of_the_users_own),
        cmocka_unit_test(the_default_hash_met_by_the_users),
    };
    return RUN_TESTS(tests);
}
