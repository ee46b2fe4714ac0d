/* The hook is told of each entry that leaves, once, with the reason, before it is dropped; what it does with the cache
 * itself has an end. Nothing is lost, and nothing is dropped twice. */
#include "tests/support.h"

enum { THINGS = 2000 };

/* For each value that was ever put: how often it was dropped, and told of. */
static int dropped[THINGS], told[THINGS];
static size_t reasons[5];

static void drop_thing(int *value) {
    assert_true(*value >= 0 && *value < THINGS);
    ++dropped[*value];
}

#define SWISS_NAME things
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_VALUE_DROP drop_thing
#include <swiss/cache.h>

typedef struct witness {
    things cache;
    int next; /* the value to be put by the hook; 0: none */
    swiss_cache_result result;
    bool removes, again;
    int calls;
} witness;

static void tell(things_entry *entry, swiss_cache_reason reason, void *context) {
    witness *w = context;
    assert_int_equal(dropped[entry->value], 0);
    ++told[entry->value];
    ++reasons[reason];
    ++w->calls;
    if (w->removes)
        things_remove(&w->cache, entry->key + 1);
    if (w->again) { /* the same key again, and it is removed and replaced */
        assert_int_equal(things_put(&w->cache, entry->key, w->next++), SWISS_CACHE_INSERTED);
        assert_int_equal(things_put(&w->cache, entry->key, w->next++), SWISS_CACHE_UPDATED);
        assert_true(things_remove(&w->cache, entry->key));
    } else if (w->next) {
        w->result = things_put(&w->cache, 1000 + w->next, w->next);
        ++w->next;
    }
}

static void begin(witness *w, size_t capacity, swiss_cache_policy policy) {
    memset(dropped, 0, sizeof dropped);
    memset(told, 0, sizeof told);
    memset(reasons, 0, sizeof reasons);
    memset(w, 0, sizeof *w);
    things_options options = {0};
    options.capacity = capacity;
    options.policy = policy;
    options.evicted = tell;
    options.context = w;
    assert_true(things_init(&w->cache, &options));
}

/* Everything up to `count` was told of and dropped once. */
static void end(witness *w, int count) {
    assert_null(things_validate(&w->cache));
    things_free(&w->cache);
    for (int i = 0; i < count; ++i) {
        assert_int_equal(dropped[i], 1);
        assert_int_equal(told[i], 1);
    }
}

static void reasons_are_told(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        witness w;
        begin(&w, 10, p ? SWISS_CACHE_LRU : SWISS_CACHE_S3_FIFO);
        for (int i = 0; i < 30; ++i)
            things_put(&w.cache, i, i);
        assert_int_equal(reasons[SWISS_CACHE_CAPACITY], 20);
        things_put(&w.cache, 29, 30);
        assert_int_equal(reasons[SWISS_CACHE_REPLACED], 1);
        assert_true(things_remove(&w.cache, 28));
        assert_int_equal(reasons[SWISS_CACHE_REMOVED], 1);
        things_resize(&w.cache, 4);
        assert_int_equal(reasons[SWISS_CACHE_CAPACITY], 25);
        things_clear(&w.cache);
        assert_int_equal(reasons[SWISS_CACHE_CLEARED], 4);
        things_resize(&w.cache, 0);
        assert_int_equal(things_put(&w.cache, 31, 31), SWISS_CACHE_REFUSED);
        assert_int_equal(reasons[SWISS_CACHE_CAPACITY], 26);
        things_resize(&w.cache, 4);
        things_put(&w.cache, 32, 32);
        end(&w, 33);
        assert_int_equal(reasons[SWISS_CACHE_CLEARED], 5);
    }
}

static void taken_entries_are_not_told_of(void **state) {
    (void)state;
    witness w;
    begin(&w, 10, SWISS_CACHE_LRU);
    things_put(&w.cache, 1, 1);
    assert_true(things_take(&w.cache, 1, NULL));
    assert_int_equal(w.calls + dropped[1], 0);
    end(&w, 0);
}

/* A hook that puts: there is no room, so it is refused, and nobody is told of that. */
static void hook_that_inserts(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        witness w;
        begin(&w, 10, p ? SWISS_CACHE_LRU : SWISS_CACHE_S3_FIFO);
        for (int i = 0; i < 10; ++i)
            things_put(&w.cache, i, i);
        w.next = 500;
        assert_int_equal(things_put(&w.cache, 10, 10), SWISS_CACHE_INSERTED);
        assert_int_equal(w.calls, 1);
        assert_int_equal(w.result, SWISS_CACHE_REFUSED);
        assert_int_equal(dropped[500], 1);
        assert_int_equal(told[500], 0);
        assert_int_equal(things_size(&w.cache), 10);
        assert_true(things_contains(&w.cache, 10));
        assert_true(things_remove(&w.cache, 10)); /* now there is room for what the hook puts */
        assert_int_equal(w.result, SWISS_CACHE_INSERTED);
        assert_true(things_contains(&w.cache, 1501));
        things_clear(&w.cache); /* it could bring another for each that goes */
        assert_int_equal(w.result, SWISS_CACHE_REFUSED);
        assert_int_equal(things_size(&w.cache), 0);
        w.next = 0;
        end(&w, 11);
    }
}

/* A hook that puts and removes the key that it is told of. */
static void hook_that_replaces_and_removes(void **state) {
    (void)state;
    witness w;
    begin(&w, 10, SWISS_CACHE_LRU);
    for (int i = 0; i < 10; ++i)
        things_put(&w.cache, i, i);
    w.again = true;
    w.next = 500;
    assert_true(things_remove(&w.cache, 5));
    assert_int_equal(w.calls, 1);
    assert_int_equal(dropped[500] + dropped[501], 2);
    assert_int_equal(told[500] + told[501], 0);
    assert_int_equal(things_size(&w.cache), 9);
    w.again = false;
    w.next = 0;
    w.removes = true; /* another than it is told of */
    assert_true(things_remove(&w.cache, 6));
    assert_int_equal(dropped[7], 1);
    assert_int_equal(told[7], 0);
    assert_int_equal(things_size(&w.cache), 7);
    w.removes = false;
    things_free(&w.cache);
    for (int i = 0; i < 10; ++i)
        assert_int_equal(dropped[i], 1);
}

#define COST_OF(key, value) ((void)(value), (size_t) * (key))
#define SWISS_NAME dear
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_COST COST_OF
#include <swiss/cache.h>

typedef struct filler {
    dear cache;
    int calls, inserted;
} filler;

static void fill(dear_entry *entry, swiss_cache_reason reason, void *context) {
    (void)entry, (void)reason;
    filler *f = context;
    ++f->calls;
    f->inserted += dear_put(&f->cache, f->calls, 0) == SWISS_CACHE_INSERTED;
}

/* One entry takes the room of many, one by one: the hook does not get between. */
static void hook_that_fills_the_room(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        filler f;
        memset(&f, 0, sizeof f);
        dear_options options = {0};
        options.capacity = 1000;
        options.policy = p ? SWISS_CACHE_LRU : SWISS_CACHE_S3_FIFO;
        options.evicted = fill;
        options.context = &f;
        assert_true(dear_init(&f.cache, &options));
        for (int i = 0; i < 9; ++i)
            dear_put(&f.cache, 100 + i, 0);
        assert_int_equal(f.calls, 0);
        assert_int_equal(dear_put(&f.cache, 1000, 0), SWISS_CACHE_INSERTED);
        assert_int_equal(f.calls, 9);
        assert_int_equal(f.inserted, 0);
        assert_int_equal(dear_stats(&f.cache).entries, 1);
        assert_int_equal(dear_stats(&f.cache).cost, 1000);
        assert_null(dear_validate(&f.cache));
        dear_free(&f.cache);
    }
}

/* A hook that makes the cache larger again while it is being cleared and freed: all are dropped even so. */
static things *enlarged;

static void enlarge(things_entry *entry, swiss_cache_reason reason, void *context) {
    (void)context;
    static int keys = 100000;
    ++told[entry->value];
    if (reason != SWISS_CACHE_CLEARED)
        return;
    things_resize(enlarged, 1000);
    for (int i = 0; i < 10; ++i)
        things_put(enlarged, ++keys, 1000 + i);
    things_resize(enlarged, 5);
}

static void hook_that_resizes(void **state) {
    (void)state;
    memset(dropped, 0, sizeof dropped);
    memset(told, 0, sizeof told);
    memory m;
    memory_begin(&m);
    things cache;
    things_options options = {0};
    options.allocator = &m.allocator;
    options.capacity = 20;
    options.evicted = enlarge;
    enlarged = &cache;
    assert_true(things_init(&cache, &options));
    for (int i = 0; i < 20; ++i)
        things_put(&cache, i, i);
    things_clear(&cache);
    for (int i = 0; i < 20; ++i) {
        assert_int_equal(dropped[i], 1);
        assert_int_equal(told[i], 1);
    }
    assert_null(things_validate(&cache));
    for (int i = 20; i < 30; ++i)
        things_put(&cache, i, i);
    things_free(&cache);
    memory_end(&m);
    for (int i = 20; i < 30; ++i)
        assert_int_equal(dropped[i], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_are_told),         cmocka_unit_test(taken_entries_are_not_told_of),
        cmocka_unit_test(hook_that_inserts),        cmocka_unit_test(hook_that_replaces_and_removes),
        cmocka_unit_test(hook_that_fills_the_room), cmocka_unit_test(hook_that_resizes),
    };
    return RUN_TESTS(tests);
}
