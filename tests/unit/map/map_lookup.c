/* Looking keys up by a second type: slices find owned strings. */
#include "tests/support.h"
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

/* Default hashes of two types: integers are hashed by value. */
#define SWISS_NAME wide
#define SWISS_KEY int64_t
#define SWISS_LOOKUP int
#define SWISS_LOOKUP_EQUAL(key, lookup) (*(key) == *(lookup))
#include <swiss/set.h>

#define SWISS_NAME tight
#define SWISS_KEY int16_t
#define SWISS_LOOKUP uint64_t
#define SWISS_LOOKUP_EQUAL(key, lookup) ((uint64_t) * (key) == *(lookup))
#define SWISS_HASH_KEYED
#include <swiss/set.h>

/* And strings and slices by the keyed hash. */
#define SWISS_NAME keyed_words
#define SWISS_KEY char *
#define SWISS_KEY_DROP drop_string
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL equals_slice
#define SWISS_LOOKUP_MAKE copy_slice
#define SWISS_HASH_KEYED
#include <swiss/set.h>

/* Values that the map owns, and entries so large that a few thousand make batches worth it. */
typedef struct {
    char text[4096 - sizeof(char *) - sizeof(size_t)];
    size_t number; /* 0: owns nothing */
} big;

static size_t values_dropped;

static void drop_big(big *value) {
    values_dropped += value->number != 0;
}

#define SWISS_NAME big_words
#define SWISS_KEY char *
#define SWISS_VALUE big
#define SWISS_KEY_DROP drop_string
#define SWISS_VALUE_DROP drop_big
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL equals_slice
#define SWISS_LOOKUP_MAKE copy_slice
#include <swiss/map.h>

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

/* A key that holds its text, so that a slice of it lies in the map and moves when the map grows; and a hook that looks
 * at the map, before the key that it makes is in there. */
typedef struct {
    char text[15];
    char size;
} label;

static swiss_slice slice_of_label(const label *of) {
    return (swiss_slice){of->text, (size_t)of->size};
}

static uint64_t hash_slice(const swiss_slice *slice, uint64_t seed) {
    return swiss_hash_bytes(slice->data, slice->size, seed);
}

static uint64_t hash_label(const label *of, uint64_t seed) {
    const swiss_slice slice = slice_of_label(of);
    return hash_slice(&slice, seed);
}

static bool label_is(const label *stored, const swiss_slice *slice) {
    return (size_t)stored->size == slice->size && memcmp(stored->text, slice->data, slice->size) == 0;
}

static bool same_label(const label *a, const label *b) {
    const swiss_slice slice = slice_of_label(b);
    return label_is(a, &slice);
}

static bool make_label(label *to, const swiss_slice *from);

#define SWISS_NAME labels
#define SWISS_KEY label
#define SWISS_VALUE int
#define SWISS_HASH hash_label
#define SWISS_EQUAL same_label
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_HASH hash_slice
#define SWISS_LOOKUP_EQUAL label_is
#define SWISS_LOOKUP_MAKE make_label
#include <swiss/map.h>

static labels *looked_at;
static size_t looks;
static bool refuse;

static bool make_label(label *to, const swiss_slice *from) {
    ++looks;
    assert_null(labels_find_as(looked_at, *from));
    size_t count = 0;
    labels_iter iter = labels_iterate(looked_at);
    for (labels_entry *entry; (entry = labels_next(&iter)); ++count) {
        assert_true((size_t)entry->key.size == strlen(entry->key.text));
        assert_ptr_equal(labels_find(looked_at, entry->key), entry);
    }
    assert_int_equal(count, labels_size(looked_at));
    if (refuse)
        return false;
    memset(to, 0, sizeof *to);
    memcpy(to->text, from->data, from->size);
    to->size = (char)from->size;
    return true;
}

static void a_hook_sees_the_map_without_the_entry(void **state) {
    (void)state;
    labels map = {0};
    char text[15];
    looked_at = &map;
    looks = 0;
    for (int i = 0; i < 200; ++i) {
        snprintf(text, sizeof text, "%d", i);
        refuse = true;
        assert_null(labels_insert_as(&map, slice_of(text), i).entry);
        assert_int_equal(labels_size(&map), i);
        refuse = false;
        assert_true(labels_insert_as(&map, slice_of(text), i).inserted);
        assert_false(labels_insert_as(&map, slice_of(text), i).inserted);
        assert_int_equal(looks, 2 * (i + 1));
    }
    labels_free(&map);
}

/* Each key is a part of one that is in the map already: also when the map is full. */
static void a_lookup_that_lies_in_the_map(void **state) {
    (void)state;
    labels map = {0};
    looked_at = &map;
    char text[32];
    for (int i = 0; i < 100; ++i) {
        snprintf(text, sizeof text, "%d-%d", i + 1000, i + 2000);
        assert_true(labels_insert_as(&map, slice_of(text), 2 * i).inserted);
        swiss_slice part = slice_of_label(&labels_find_as(&map, slice_of(text))->key);
        part.size = 4;
        labels_result result = labels_insert_as(&map, part, 2 * i + 1);
        assert_true(result.inserted && memcmp(result.entry->key.text, text, 4) == 0);
        part = slice_of_label(&labels_find_as(&map, slice_of(text))->key);
        part.data += 5, part.size -= 5;
        assert_true(*labels_get_or_insert_as(&map, part, 2 * i) == 2 * i);
        assert_true(labels_contains_as(&map, slice_of(text + 5)));
    }
    assert_int_equal(labels_size(&map), 300);
    labels_free(&map);
}

static void integers_of_two_sizes(void **state) {
    (void)state;
    wide set = {0};
    tight small = {0};
    for (int i = -300; i < 300; ++i) {
        assert_true(wide_insert(&set, i).inserted);
        assert_true(tight_insert(&small, (int16_t)i).inserted);
    }
    for (int i = -600; i < 600; ++i) {
        assert_int_equal(wide_contains_as(&set, i), i >= -300 && i < 300);
        assert_int_equal(tight_contains_as(&small, (uint64_t)i), i >= -300 && i < 300);
    }
    wide_free(&set);
    tight_free(&small);
}

static void words_by_the_keyed_hash(void **state) {
    (void)state;
    made = dropped = 0;
    char text[32];
    keyed_words set = {0};
    for (int i = 0; i < 1000; ++i) {
        snprintf(text, sizeof text, "%d and %d", i, i * i);
        assert_true(keyed_words_insert_as(&set, slice_of(text)).inserted);
        assert_false(keyed_words_insert_as(&set, slice_of(text)).inserted);
        assert_true(keyed_words_contains(&set, text));
    }
    assert_true(keyed_words_stats(&set).mean_probe_miss < 1.5);
    for (int i = 0; i < 1000; i += 2) {
        snprintf(text, sizeof text, "%d and %d", i, i * i);
        assert_true(keyed_words_remove(&set, text));
        assert_false(keyed_words_contains_as(&set, slice_of(text)));
    }
    assert_int_equal(keyed_words_size(&set), 500);
    keyed_words_free(&set);
    assert_int_equal(dropped, 1000);
}

/* put_as keeps the key that is there and replaces the value alone. */
static void put_replaces_the_value(void **state) {
    (void)state;
    made = dropped = values_dropped = 0;
    big_words map = {0};
    static big value;
    value.number = 1;
    big_words_result first = big_words_put_as(&map, slice_of("one"), value);
    assert_true(first.inserted && first.entry->value.number == 1);
    assert_string_equal(first.entry->key, "one");
    const char *key = first.entry->key;
    value.number = 2;
    big_words_result second = big_words_put_as(&map, slice_of("one"), value);
    assert_ptr_equal(second.entry, first.entry);
    assert_ptr_equal(second.entry->key, key);
    assert_false(second.inserted);
    assert_int_equal(second.entry->value.number, 2);
    assert_int_equal(values_dropped, 1);
    /* The value that the entry owns already is owned once as before. */
    assert_false(big_words_put_as(&map, slice_of("one"), value).inserted);
    assert_int_equal(values_dropped, 1);
    assert_int_equal(made, 1);
    assert_int_equal(dropped, 0);
    big_words_free(&map);
    assert_int_equal(values_dropped, 2);

    keyed_words set = {0};
    made = 0;
    assert_true(keyed_words_put_as(&set, slice_of("one")).inserted);
    assert_false(keyed_words_put_as(&set, slice_of("one")).inserted);
    assert_int_equal(made, 1);
    keyed_words_free(&set);
}

enum { BATCH = 5000 };
static char batch_texts[BATCH][12];
static swiss_slice batch_keys[BATCH];
static bool marks[BATCH];

/* Half of the keys come twice. */
static void name_batch(void) {
    for (int i = 0; i < BATCH; ++i) {
        snprintf(batch_texts[i], sizeof batch_texts[i], "%d", i % 4 == 3 ? i - 1 : i);
        batch_keys[i] = slice_of(batch_texts[i]);
    }
}

/* Batches do what single calls do, in a small map, while it grows, and where it is larger than the caches. */
static void batches_by_slices(void **state) {
    (void)state;
    name_batch();
    big *values = calloc(BATCH, sizeof *values);
    big_words_entry **found = malloc(BATCH * sizeof *found);
    assert_true(values && found);
    for (int i = 0; i < BATCH; ++i)
        values[i].number = (size_t)i + 1;
    made = dropped = values_dropped = 0;
    big_words map = {0};
    assert_int_equal(big_words_insert_many_as(&map, batch_keys, values, 10), 10);
    assert_int_equal(made, 8);
    assert_int_equal(big_words_insert_many_marked_as(&map, batch_keys, values, BATCH, marks), BATCH);
    assert_int_equal(made, BATCH / 4 * 3);
    assert_int_equal(big_words_size(&map), BATCH / 4 * 3);
    assert_true(swiss_table_gains_by_batches_(&map.table, &big_words_type_));
    for (int i = 0; i < BATCH; ++i)
        assert_int_equal(marks[i], i >= 10 && i % 4 != 3);
    /* And with the map that large from the start. */
    assert_int_equal(big_words_insert_many_marked_as(&map, batch_keys, values, BATCH, marks), BATCH);
    for (int i = 0; i < BATCH; ++i)
        assert_false(marks[i]);
    big_words_find_many_as(&map, batch_keys, BATCH, found);
    for (int i = 0; i < BATCH; ++i) {
        assert_ptr_equal(found[i], big_words_find_as(&map, batch_keys[i]));
        assert_string_equal(found[i]->key, batch_texts[i]);
        assert_int_equal(found[i]->value.number, i % 4 == 3 ? i : i + 1);
    }
    assert_int_equal(big_words_remove_many_as(&map, batch_keys, BATCH / 2), BATCH / 8 * 3);
    assert_int_equal(dropped, BATCH / 8 * 3);
    assert_int_equal(values_dropped, BATCH / 8 * 3);
    big_words_find_many_as(&map, batch_keys, BATCH, found);
    for (int i = 0; i < BATCH; ++i)
        assert_int_equal(found[i] != NULL, i >= BATCH / 2);
    assert_true(big_words_insert_many_as(&map, batch_keys, values, BATCH / 2) == BATCH / 2);
    assert_int_equal(big_words_size(&map), BATCH / 4 * 3);
    big_words_free(&map);
    assert_int_equal(made, dropped);
    assert_int_equal(made, values_dropped);

    keyed_words set = {0};
    assert_int_equal(keyed_words_insert_many_as(&set, batch_keys, 100), 100);
    assert_int_equal(keyed_words_insert_many_marked_as(&set, batch_keys, 104, marks), 104);
    assert_true(!marks[98] && marks[100] && !marks[103]);
    assert_int_equal(keyed_words_remove_many_as(&set, batch_keys, 50), 38);
    assert_int_equal(keyed_words_size(&set), 78 - 38);
    keyed_words_free(&set);
    free(values);
    free(found);
}

/* Whichever key cannot be made, or has no room: those before it are in the map, it and the rest are not. */
static void a_batch_out_of_memory(void **state) {
    (void)state;
    name_batch();
    labels map = {0};
    static int values[100];
    looked_at = &map;
    refuse = true;
    assert_int_equal(labels_insert_many_as(&map, batch_keys, values, 100), 0);
    assert_int_equal(labels_size(&map), 0);
    refuse = false;
    assert_int_equal(labels_insert_many_marked_as(&map, batch_keys, values, 10, marks), 10);
    assert_null(labels_find_as(&map, slice_of("10")));
    refuse = true;
    assert_int_equal(labels_insert_many_as(&map, batch_keys, values, 100), 10);
    assert_int_equal(labels_size(&map), 8);
    refuse = false;
    labels_free(&map);

    made = dropped = 0;
    memory m;
    memory_begin(&m);
    words counted;
    swiss_options options = {&m.allocator, 1, 16};
    assert_true(words_init(&counted, &options));
    m.fail_at = m.calls;
    assert_int_equal(words_insert_many_as(&counted, batch_keys, values, 100), 21);
    assert_int_equal(words_size(&counted), 16);
    assert_int_equal(made, 17);
    assert_int_equal(dropped, 1);
    words_free(&counted);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_replaces_the_value),
        cmocka_unit_test(batches_by_slices),
        cmocka_unit_test(a_batch_out_of_memory),
        cmocka_unit_test(a_hook_sees_the_map_without_the_entry),
        cmocka_unit_test(a_lookup_that_lies_in_the_map),
        cmocka_unit_test(slices_find_owned_strings),
        cmocka_unit_test(many_words),
        cmocka_unit_test(hashes_of_the_users_own),
        cmocka_unit_test(the_default_hash_met_by_the_users),
        cmocka_unit_test(integers_of_two_sizes),
        cmocka_unit_test(words_by_the_keyed_hash),
    };
    return RUN_TESTS(tests);
}
