/* Every allocation fails once: the operation says so, both maps are as they were, the same operation then succeeds, and
 * at the end nothing has leaked. Keys and values own memory, so that hooks fail too. */
#include "tests/support.h"
#include <swiss/hash.h>

static memory m;

/* Keys are words: owned strings of decimal digits. Values are owned numbers. */
static char *make_word(const char *text, size_t size) {
    char *word = m.allocator.allocate(&m, 8, 1);
    if (word) {
        memcpy(word, text, size);
        word[size] = 0;
    }
    return word;
}

static bool word_from_slice(char **word, const swiss_slice *slice) {
    return (*word = make_word(slice->data, slice->size)) != NULL;
}

static bool clone_word(char **to, char *const *from) {
    return (*to = make_word(*from, strlen(*from))) != NULL;
}

static void drop_word(char **word) {
    m.allocator.free(&m, *word, 8, 1);
}

static bool clone_number(uint64_t **to, uint64_t *const *from) {
    *to = m.allocator.allocate(&m, sizeof **to, _Alignof(uint64_t));
    if (*to)
        **to = **from;
    return *to != NULL;
}

static void drop_number(uint64_t **number) {
    m.allocator.free(&m, *number, sizeof **number, _Alignof(uint64_t));
}

static bool word_is(char *const *word, const swiss_slice *slice) {
    return strlen(*word) == slice->size && memcmp(*word, slice->data, slice->size) == 0;
}

#define SWISS_NAME dict
#define SWISS_KEY char *
#define SWISS_VALUE uint64_t *
#define SWISS_KEY_DROP drop_word
#define SWISS_KEY_CLONE clone_word
#define SWISS_VALUE_DROP drop_number
#define SWISS_VALUE_CLONE clone_number
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL word_is
#define SWISS_LOOKUP_MAKE word_from_slice
#include <swiss/map.h>

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* A map, and what it must hold: the value of each number's word; 0: it is not there. */
enum { IDS = 100 };
typedef struct checked {
    dict map;
    uint64_t values[IDS];
} checked;

/* The two maps that the operations work on. */
static checked a, b;

static swiss_slice text_of(size_t id) {
    static char text[8];
    snprintf(text, sizeof text, "%u", (unsigned)id);
    return (swiss_slice){text, strlen(text)};
}

static void check(const checked *c) {
    size_t size = 0;
    for (size_t id = 0; id < IDS; ++id) {
        const dict_entry *entry = dict_find_as(&c->map, text_of(id));
        assert_int_equal(entry != NULL, c->values[id] != 0);
        if (entry)
            assert_true(*entry->value == c->values[id]);
        size += entry != NULL;
    }
    assert_int_equal(dict_size(&c->map), size);
    size_t met = 0;
    dict_iter iter = dict_iterate(&c->map);
    while (dict_next(&iter))
        ++met;
    assert_int_equal(met, size);
}

/* The operations: each returns false if it ran out of memory, and updates the values only when it did not. */
static bool init(size_t room) {
    dict_free(&a.map);
    swiss_options options = {&m.allocator, 1, room};
    memset(a.values, 0, sizeof a.values);
    return dict_init(&a.map, &options);
}

/* A key and a value for inserting `id`; false if there is no memory for them. */
static bool make_entry(size_t id, uint64_t number, dict_entry *made) {
    swiss_slice text = text_of(id);
    const uint64_t *from = &number;
    if (!word_from_slice(&made->key, &text))
        return false;
    if (clone_number(&made->value, (uint64_t *const *)&from))
        return true;
    drop_word(&made->key);
    return false;
}

/* Finishes an insertion: drops the entry made unless the map has taken it over. */
static bool finish(size_t id, uint64_t number, dict_entry *made, bool taken, bool done) {
    if (!taken)
        drop_word(&made->key), drop_number(&made->value);
    if (taken)
        a.values[id] = number;
    return done;
}

static bool insert(size_t id) {
    dict_entry made;
    if (!make_entry(id, id + 1000, &made))
        return false;
    dict_result result = dict_insert(&a.map, made.key, made.value);
    assert_true(result.entry != NULL || !result.inserted);
    return finish(id, id + 1000, &made, result.inserted, result.entry != NULL);
}

static bool put(size_t id) {
    dict_entry made;
    if (!make_entry(id, id + 2000, &made))
        return false;
    bool done = dict_put(&a.map, made.key, made.value).entry != NULL;
    return finish(id, id + 2000, &made, done, done);
}

static bool get_or_insert(size_t id) {
    dict_entry made;
    if (!make_entry(id, id + 3000, &made))
        return false;
    uint64_t **value = dict_get_or_insert(&a.map, made.key, made.value);
    return finish(id, id + 3000, &made, value && *value == made.value, value != NULL);
}

static bool insert_as(size_t id) {
    dict_entry made;
    if (!make_entry(id, id + 4000, &made))
        return false;
    drop_word(&made.key);
    dict_result result = dict_insert_as(&a.map, text_of(id), made.value);
    if (result.inserted)
        a.values[id] = id + 4000;
    else
        drop_number(&made.value);
    return result.entry != NULL;
}

/* The same by pointer, with a known hash, and handing out what was there. */
static bool insert_ptr(size_t id) {
    dict_entry made;
    if (!make_entry(id, id + 5000, &made))
        return false;
    dict_result result = dict_insert_ptr(&a.map, &made.key, &made.value);
    return finish(id, id + 5000, &made, result.inserted, result.entry != NULL);
}

static bool replace(size_t id) {
    dict_entry made, old = {NULL, NULL};
    if (!make_entry(id, id + 6000, &made))
        return false;
    bool done = dict_replace(&a.map, made.key, made.value, &old).entry != NULL;
    assert_int_equal(old.key != NULL, done && a.values[id] != 0);
    if (old.key)
        drop_word(&old.key), drop_number(&old.value);
    return finish(id, id + 6000, &made, done, done);
}

static bool put_hashed(size_t id) {
    dict_entry made;
    if (!make_entry(id, id + 7000, &made))
        return false;
    bool done = dict_put_hashed(&a.map, dict_hash(&a.map, made.key), made.key, made.value).entry != NULL;
    return finish(id, id + 7000, &made, done, done);
}

static bool pop(size_t unused) {
    (void)unused;
    dict_entry entry;
    if (!dict_pop(&a.map, &entry)) {
        assert_int_equal(dict_size(&a.map), 0);
        return true;
    }
    const size_t id = (size_t)strtoul(entry.key, NULL, 10);
    assert_true(a.values[id] != 0 && *entry.value == a.values[id]);
    a.values[id] = 0;
    drop_word(&entry.key), drop_number(&entry.value);
    return true;
}

static bool remove_one(size_t id) {
    assert_int_equal(dict_remove_as(&a.map, text_of(id)), a.values[id] != 0);
    a.values[id] = 0;
    return true;
}

static bool reserve(size_t size) {
    return dict_reserve(&a.map, size);
}

static bool shrink(size_t unused) {
    (void)unused;
    return dict_shrink(&a.map);
}

static bool clear(size_t unused) {
    (void)unused;
    dict_clear(&a.map);
    memset(a.values, 0, sizeof a.values);
    return true;
}

static bool clone(size_t unused) {
    (void)unused;
    dict copy;
    if (!dict_clone(&copy, &a.map)) {
        assert_int_equal(dict_size(&copy), 0);
        dict_free(&copy);
        return false;
    }
    dict_free(&b.map);
    b.map = copy;
    memcpy(b.values, a.values, sizeof b.values);
    return true;
}

static bool merge(size_t unused) {
    (void)unused;
    if (!dict_merge(&a.map, &b.map))
        return false;
    for (size_t id = 0; id < IDS; ++id)
        if (a.values[id] == 0) {
            a.values[id] = b.values[id];
            b.values[id] = 0;
        }
    return true;
}

static bool swap(size_t unused) {
    (void)unused;
    checked t = a;
    a = b;
    b = t;
    return true;
}

/* The script: each operation with each number of a range. */
static const struct {
    bool (*operation)(size_t number);
    size_t from, to, step;
} script[] = {
    {init, 0, 1, 1},           {insert, 0, 20, 1},      {insert, 0, 20, 7},      {put, 10, 34, 2},
    {clone, 0, 1, 1},          {swap, 0, 1, 1},         {remove_one, 0, 30, 3},  {shrink, 0, 1, 1},
    {get_or_insert, 0, 40, 1}, {merge, 0, 1, 1},        {clear, 0, 1, 1},        {shrink, 0, 1, 1},
    {insert_as, 5, 60, 1},     {insert_as, 0, 9, 1},    {reserve, 70, 300, 100}, {clone, 0, 1, 1},
    {remove_one, 20, 55, 1},   {shrink, 0, 1, 1},       {swap, 0, 1, 1},         {merge, 0, 1, 1},
    {swap, 0, 1, 1},           {remove_one, 0, 100, 1}, {clone, 0, 1, 1},        {init, 40, 41, 1},
    {put, 0, 100, 1},          {clone, 0, 1, 1},        {remove_one, 0, 100, 2}, {merge, 0, 1, 1},
    {init, 5, 6, 1},           {merge, 0, 1, 1},        {pop, 0, 60, 1},         {insert_ptr, 0, 70, 1},
    {replace, 60, 100, 1},     {replace, 0, 20, 1},     {shrink, 0, 1, 1},       {pop, 0, 30, 1},
    {put_hashed, 0, 100, 1},   {pop, 0, 101, 1},        {init, 0, 1, 1},         {insert_ptr, 0, 20, 1},
    {init, 0, 1, 1},           {replace, 0, 20, 1},     {init, 0, 1, 1},         {put_hashed, 0, 20, 1},
};

/* Runs the script while the allocation number `fail_at` fails. Returns whether there was one. */
static bool run(size_t fail_at) {
    memory_begin(&m);
    m.fail_at = fail_at;
    swiss_options options = {&m.allocator, 1, 0};
    assert_true(dict_init(&a.map, &options) && dict_init(&b.map, &options));
    memset(a.values, 0, sizeof a.values);
    memset(b.values, 0, sizeof b.values);
    for (size_t line = 0; line < sizeof script / sizeof *script; ++line)
        for (size_t n = script[line].from; n < script[line].to; n += script[line].step) {
            size_t failures = m.failures;
            if (!script[line].operation(n)) {
                assert_int_equal(m.failures, failures + 1);
                check(&a), check(&b);
                assert_true(script[line].operation(n));
            } else {
                assert_int_equal(m.failures, failures);
            }
            if (failures != m.failures || n == script[line].from)
                check(&a), check(&b);
        }
    check(&a), check(&b);
    dict_free(&a.map);
    dict_free(&b.map);
    memory_end(&m);
    return m.failures != 0;
}

static void every_allocation_fails_once(void **state) {
    (void)state;
    size_t n = 0;
    while (run(n))
        ++n;
    assert_true(n > 500);
}

/* A full map that cannot grow has room for an entry where one was removed, also where searches have gone past it. */
static void where_an_entry_was_there_is_room(void **state) {
    (void)state;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 7, 1000};
    u64_map map;
    assert_true(u64_map_init(&map, &options));
    const uint64_t room = map.table.growth_left;
    for (uint64_t key = 0; key < room; ++key)
        assert_true(u64_map_insert(&map, key, ~key).inserted);
    for (uint64_t key = 0; key < room; ++key) {
        m.fail_at = m.calls;
        assert_null(u64_map_insert(&map, room, 0).entry);
        m.fail_at = m.calls;
        assert_true(u64_map_remove(&map, key));
        assert_true(u64_map_insert(&map, key, key).inserted);
    }
    assert_int_equal(u64_map_size(&map), room);
    for (uint64_t key = 0; key < room; ++key)
        assert_true(*u64_map_get(&map, key) == key);
    u64_map_free(&map);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_an_entry_was_there_is_room),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return RUN_TESTS(tests);
}
