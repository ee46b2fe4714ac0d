/* Operations and parameters together that the other tests have one by one: a context with hashes known beforehand, pop,
 * replace, pointers and batches, in a map that is declared and defined; and owned strings with the same. */
#include "tests/support.h"
#include <swiss/hash.h>

/* Keys are numbers of records, which the context has: with another context, or none, they mean nothing. */
typedef struct {
    int id;  /* what counts */
    int tag; /* and what does not */
} record;

typedef struct {
    const record *records;
    long live; /* keys and values that are owned */
    long calls;
} store;

static const record *record_of(uint32_t key, store *of) {
    assert_non_null(of);
    ++of->calls;
    return of->records + key;
}

static uint64_t hash_record(const uint32_t *key, uint64_t seed, store *of) {
    return swiss_hash_combine(seed, (uint64_t)record_of(*key, of)->id);
}

static bool same_record(const uint32_t *a, const uint32_t *b, store *of) {
    return record_of(*a, of)->id == record_of(*b, of)->id;
}

static void drop_record(uint32_t *key, store *of) {
    assert_true(record_of(*key, of)->id >= 0);
    --of->live;
}

static void drop_double(double *value, store *of) {
    assert_true(*value >= 0);
    --of->live;
}

static uint64_t hash_id(const int *id, uint64_t seed, store *of) {
    ++of->calls;
    return swiss_hash_combine(seed, (uint64_t)*id);
}

static bool has_id(const uint32_t *key, const int *id, store *of) {
    return record_of(*key, of)->id == *id;
}

static bool make_record(uint32_t *to, const int *id, store *of) {
    *to = (uint32_t)*id; /* record number n has the id n */
    ++of->live;
    return record_of(*to, of)->id == *id;
}

#define SWISS_NAME map /* as the functions' own parameter */
#define SWISS_KEY uint32_t
#define SWISS_VALUE double
#define SWISS_CONTEXT store *
#define SWISS_HASH hash_record
#define SWISS_EQUAL same_record
#define SWISS_KEY_DROP drop_record
#define SWISS_VALUE_DROP drop_double
#define SWISS_LOOKUP int
#define SWISS_LOOKUP_HASH hash_id
#define SWISS_LOOKUP_EQUAL has_id
#define SWISS_LOOKUP_MAKE make_record
#define SWISS_DECLARE
#include <swiss/map.h>

#define SWISS_NAME map
#define SWISS_KEY uint32_t
#define SWISS_VALUE double
#define SWISS_CONTEXT store *
#define SWISS_HASH hash_record
#define SWISS_EQUAL same_record
#define SWISS_KEY_DROP drop_record
#define SWISS_VALUE_DROP drop_double
#define SWISS_LOOKUP int
#define SWISS_LOOKUP_HASH hash_id
#define SWISS_LOOKUP_EQUAL has_id
#define SWISS_LOOKUP_MAKE make_record
#define SWISS_DEFINE
#include <swiss/map.h>

/* So large that batches run side by side, and the operations by pointer are the ones to use. */
typedef struct {
    uint32_t at;
    char rest[4092];
} page;

static uint64_t hash_page(const page *key, uint64_t seed, store *of) {
    return hash_record(&key->at, seed, of);
}

static bool same_page(const page *a, const page *b, store *of) {
    return same_record(&a->at, &b->at, of);
}

static void drop_page(page *key, store *of) {
    drop_record(&key->at, of);
}

#define SWISS_NAME pages
#define SWISS_KEY page
#define SWISS_VALUE page
#define SWISS_CONTEXT store *
#define SWISS_HASH hash_page
#define SWISS_EQUAL same_page
#define SWISS_KEY_DROP drop_page
#include <swiss/map.h>

#define SWISS_NAME strings
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#define SWISS_CONTEXT store *
#include <swiss/map.h>

enum { IDS = 600 };
static record records[2 * IDS]; /* each id twice: with the tag 0, and 1 */
static store of;

static int begin(void **state) {
    (void)state;
    for (int i = 0; i < 2 * IDS; ++i)
        records[i] = (record){i % IDS, i / IDS};
    of = (store){records, 0, 0};
    return 0;
}

static int no_key_left(void **state) {
    (void)state;
    return of.live != 0;
}

static void hashes_known_beforehand(void **state) {
    (void)state;
    map m = {.context = &of};
    static uint64_t hashes[IDS];
    for (uint32_t i = 0; i < IDS; ++i)
        hashes[i] = map_hash(&m, i);
    for (uint32_t i = 0; i < IDS; ++i) { /* they hold while it grows */
        of.live += 2;
        map_prefetch(&m, hashes[i]);
        assert_true(map_insert_hashed(&m, hashes[i], i, i).inserted);
        assert_true(map_hash(&m, i + IDS) == hashes[i] && map_hash_as(&m, (int)i) == hashes[i]);
    }
    assert_null(map_validate(&m));
    map_entry old;
    for (uint32_t i = 0; i < IDS; ++i) {
        assert_ptr_equal(map_find_hashed(&m, hashes[i], i + IDS), map_find_hashed_as(&m, hashes[i], (int)i));
        of.live += 2;
        assert_false(map_put_hashed(&m, hashes[i], i + IDS, i + 0.5).inserted);
        assert_int_equal(of.live, 2 * IDS); /* both of before are dropped */
        assert_int_equal(map_find(&m, i)->key, i + IDS);
        ++of.live;
        assert_false(map_replace_hashed(&m, hashes[i], i + IDS, i + 1.5, &old).inserted);
        assert_true(old.key == i + IDS && old.value == i + 0.5);
        --of.live; /* old.value; its key is the new one */
        double value = 0;
        assert_false(map_replace_hashed_as(&m, hashes[i], (int)i, i, &value).inserted);
        assert_true(value == i + 1.5 && map_find(&m, i)->key == i + IDS);
    }
    for (uint32_t i = 0; i < IDS; i += 2) {
        assert_true(map_remove_hashed(&m, hashes[i], i));
        assert_true(map_take_hashed_as(&m, hashes[i + 1], (int)i + 1, &old) && old.key == i + 1 + IDS);
        of.live -= 2;
        assert_int_equal(of.live, 2 * map_size(&m));
        assert_true(*map_get_or_insert_hashed_as(&m, hashes[i], (int)i, i) == i);
        ++of.live; /* the value; make_record has counted the key */
    }
    map_clear_keep(&m);
    assert_int_equal(of.live, 0);
    map_free(&m);
}

static void pop_and_replace(void **state) {
    (void)state;
    map m = {.context = &of};
    for (uint32_t i = 0; i < IDS; ++i) {
        of.live += 2;
        assert_true(map_replace(&m, i, i, NULL).inserted);
    }
    map_entry entry;
    for (uint32_t i = 0; i < IDS; ++i) {
        of.live += 2;
        assert_false(map_replace(&m, i + IDS, i + 0.5, &entry).inserted);
        assert_true(entry.key == i && entry.value == i);
        of.live -= 2;
        double value = 0;
        assert_false(map_replace_as(&m, (int)i, i, &value).inserted);
        assert_true(value == i + 0.5);
    }
    const long calls = of.calls;
    for (size_t left = IDS; left; --left) {
        assert_int_equal(map_size(&m), left);
        assert_true(map_pop(&m, &entry));
        assert_true(entry.key == (uint32_t)entry.value + IDS);
        of.live -= 2;
    }
    assert_false(map_pop(&m, &entry));
    assert_int_equal(of.calls, calls); /* pop neither hashes nor drops */
    map_free(&m);
}

static bool keep_third(map_entry *entry, void *context) {
    return *(int *)context == 3 && (uint32_t)entry->value % 3 == 0;
}

static void whole_maps(void **state) {
    (void)state;
    static const record others[IDS] = {{5, 0}};
    store another = {others, 0, 0};
    map m = {.context = &of}, unused = {.context = &another};
    for (int i = 0; i < IDS; ++i) {
        ++of.live;
        assert_true(map_insert_as(&m, i, i).inserted);
    }
    map_iter iter = map_iterate_from(&m, 99);
    size_t met = 0;
    for (map_entry *entry; (entry = map_next(&iter)); ++met)
        if ((uint32_t)entry->value % 2 == 0) {
            map_iter_remove(&m, &iter);
        } else if ((uint32_t)entry->value % 3 != 0) {
            map_remove_entry(&m, entry);
        }
    assert_int_equal(met, IDS);
    assert_int_equal(map_size(&m), IDS / 6);
    int three = 3;
    assert_int_equal(map_retain(&m, keep_third, &three), 0);
    assert_int_equal(of.live, IDS / 3);
    map_swap(&m, &unused);
    assert_ptr_equal(m.context, &another);
    map moved = map_move(&unused);
    assert_true(moved.context == &of && unused.context == &of);
    assert_true(map_shrink(&moved) && map_reserve(&moved, 5 * IDS));
    assert_true(map_merge(&unused, &moved)); /* `to` is without a block */
    assert_true(map_contains(&unused, 3) && map_contains(&unused, 3 + IDS) && map_contains_as(&unused, 3));
    three = 0;
    assert_int_equal(map_retain(&unused, keep_third, &three), IDS / 6);
    assert_int_equal(another.calls, 0);
    /* merge goes by the context of the map that gets the entries, equal by that of its first one. */
    store same = {records, 0, 0};
    map mine = {.context = &of}, theirs = {.context = &same};
    for (int i = 0; i < IDS / 2; ++i) {
        ++of.live, ++same.live;
        assert_true(map_insert_as(&mine, 2 * i, i).inserted && map_insert_as(&theirs, i, i).inserted);
    }
    const long calls = same.calls;
    assert_false(map_equal(&mine, &theirs, NULL));
    assert_true(map_merge(&mine, &theirs));
    assert_int_equal(same.calls, calls);
    assert_int_equal(map_size(&theirs), IDS / 4); /* those that both had */
    of.live += IDS / 2;
    same.live -= IDS / 2;
    map_free(&mine);
    map_free(&theirs);
    assert_int_equal(same.live, 0);
    map_free(&unused);
    map_free(&moved);
    map_free(&m);
}

static void out_of_memory(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    const swiss_options options = {&m.allocator, 0, 0};
    map it;
    assert_true(map_init(&it, &options));
    it.context = &of;
    for (int i = 0; i < IDS;) {
        const size_t size = map_size(&it);
        const uint64_t hash = map_hash_as(&it, i);
        m.fail_at = m.calls;
        ++of.live;
        const bool inserted = i % 2 ? map_insert_as(&it, i, i).inserted : map_put_hashed_as(&it, hash, i, i).inserted;
        of.live -= !inserted;
        assert_int_equal(of.live, 2 * map_size(&it)); /* the key that was made is dropped again */
        m.fail_at = NEVER;
        assert_int_equal(map_size(&it), size + inserted);
        if (!inserted)
            assert_true(map_reserve(&it, size + 1));
        i += inserted;
    }
    assert_true(m.failures > 5);
    map_free(&it);
    memory_end(&m);
}

static page page_of(uint32_t at) {
    page made = {0};
    made.at = at;
    memset(made.rest, (int)(at % 128), sizeof made.rest);
    return made;
}

/* Also with keys and values that lie in the map, each time that it is full. */
static void by_pointer(void **state) {
    (void)state;
    pages m = {.context = &of};
    for (uint32_t i = 0; i < 200; ++i) {
        ++of.live;
        if (i < 2 || pages_size(&m) % 2 == 0) {
            const page key = page_of(i), value = page_of(i + 1);
            assert_true(pages_insert_ptr(&m, &key, &value).inserted);
        } else { /* the value of the entry before is this key */
            const page before = page_of(i - 1);
            const pages_entry *entry = pages_find_ptr(&m, &before);
            assert_true(pages_insert_ptr(&m, &entry->value, &entry->key).inserted);
        }
        const page key = page_of(i), twin = page_of(i + IDS);
        pages_entry *entry = pages_find_ptr(&m, &twin);
        assert_memory_equal(&entry->key, &key, sizeof key);
        const page value = page_of(i + 1);
        assert_false(pages_put_ptr(&m, &entry->key, &value).inserted); /* its own key, which stays */
        assert_int_equal(of.live, i + 1);
        ++of.live;
        assert_false(pages_put_ptr(&m, &twin, &entry->value).inserted); /* another, and its own value */
        assert_int_equal(of.live, i + 1);
        assert_true(entry->key.at == i + IDS && pages_get_ptr(&m, &key)->at == i + 1);
    }
    assert_null(pages_validate(&m));
    for (uint32_t i = 0; i < 200; ++i) {
        const page key = page_of(i);
        assert_true(pages_contains_ptr(&m, &key) && pages_remove_ptr(&m, &key));
        assert_int_equal(of.live, 199 - i);
    }
    pages_free(&m);
}

static void batches(void **state) {
    (void)state;
    enum { KEYS = 400 };
    static page keys[KEYS];
    static bool inserted[KEYS];
    static pages_entry *entries[KEYS];
    for (uint32_t i = 0; i < KEYS; ++i)
        keys[i] = page_of(i % 2 ? i : i / 4 * 4);
    pages m = {.context = &of};
    assert_true(pages_reserve(&m, 1200)); /* 8 MiB */
    assert_int_equal(pages_insert_many_marked(&m, keys, keys, KEYS, inserted), KEYS);
    size_t size = 0;
    for (uint32_t i = 0; i < KEYS; ++i) {
        assert_int_equal(inserted[i], i % 4 != 2);
        size += inserted[i];
    }
    of.live = (long)size;
    assert_int_equal(pages_size(&m), size);
    pages_find_many(&m, keys, KEYS, entries);
    for (uint32_t i = 0; i < KEYS; ++i)
        assert_int_equal(entries[i]->key.at, keys[i].at);
    assert_int_equal(pages_remove_many(&m, keys, KEYS), size);
    pages_free(&m);
}

static char *new_string(const char *text) {
    char *string = malloc(strlen(text) + 1);
    assert_non_null(string);
    return strcpy(string, text);
}

static void give_up(const char *key) {
    free((char *)(uintptr_t)key);
}

static void owned_strings(void **state) {
    (void)state;
    strings m = {.context = &of};
    char text[16];
    const swiss_slice cat = swiss_slice_of("cat");
    const uint64_t hash = strings_hash_as(&m, cat);
    assert_true(strings_hash(&m, "cat") == hash);
    assert_true(strings_insert_hashed_as(&m, hash, cat, 1).inserted);
    assert_false(strings_put_hashed_as(&m, hash, cat, 2).inserted);
    assert_int_equal(strings_find_hashed(&m, hash, "cat")->value, 2);
    for (int i = 0; i < IDS; ++i) {
        snprintf(text, sizeof text, "%d", i);
        assert_true(strings_insert_as(&m, swiss_slice_of(text), i).inserted);
    }
    /* The old key is handed out with the old value, and the new one is the map's; a slice leaves the key. */
    char *again = new_string("cat");
    strings_entry old;
    assert_false(strings_replace(&m, again, 3, &old).inserted);
    assert_string_equal(old.key, "cat");
    assert_true(old.value == 2 && old.key != again && strings_find(&m, "cat")->key == again);
    give_up(old.key);
    assert_false(strings_replace(&m, again, 4, &old).inserted); /* owned once, as before */
    assert_ptr_equal(old.key, again);
    int value = 0;
    assert_false(strings_replace_hashed_as(&m, hash, cat, 5, &value).inserted);
    assert_true(value == 4 && strings_find(&m, "cat")->key == again);
    assert_true(strings_take_hashed_as(&m, hash, cat, &old) && old.value == 5);
    give_up(old.key);
    assert_int_equal(*strings_get_or_insert_hashed_as(&m, hash, cat, 6), 6);
    assert_true(strings_remove_hashed_as(&m, hash, cat) && !strings_contains_hashed(&m, hash, "cat"));
    strings copy;
    assert_true(strings_clone(&copy, &m));
    assert_ptr_equal(copy.context, &of);
    for (size_t left = IDS; left; --left) {
        assert_true(strings_pop(&m, &old));
        snprintf(text, sizeof text, "%d", old.value);
        assert_string_equal(old.key, text);
        give_up(old.key);
        assert_int_equal(*strings_get(&copy, text), old.value); /* which has its own */
    }
    strings_free(&m);
    strings_free(&copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hashes_known_beforehand, begin, no_key_left),
        cmocka_unit_test_setup_teardown(pop_and_replace, begin, no_key_left),
        cmocka_unit_test_setup_teardown(whole_maps, begin, no_key_left),
        cmocka_unit_test_setup_teardown(out_of_memory, begin, no_key_left),
        cmocka_unit_test_setup_teardown(by_pointer, begin, no_key_left),
        cmocka_unit_test_setup_teardown(batches, begin, no_key_left),
        cmocka_unit_test_setup_teardown(owned_strings, begin, no_key_left),
    };
    return RUN_TESTS(tests);
}
