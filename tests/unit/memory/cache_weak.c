/* An evicted entry whose object someone holds is found again; one that nobody holds is gone, and so is its memory. */
#include "tests/support.h"
#include <swiss/ref.h>

typedef struct thing {
    int number;
} thing;

SWISS_REF_TYPE(thing, thing);

#define SWISS_NAME things
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE thing *
#define SWISS_WEAK
#define SWISS_TIMES
#include <swiss/cache.h>

enum { CAPACITY = 4 };

static memory m;
static int dead;
static uint64_t now;

static uint64_t tell_time(void *context) {
    (void)context;
    return now;
}

static void count_dead(void *argument) {
    (void)argument;
    ++dead;
}

static thing *make(int number) {
    thing *t = thing_new(&m.allocator);
    assert_non_null(t);
    t->number = number;
    assert_true(swiss_ref_add_cleanup(t, count_dead, NULL, NULL) != 0);
    return t;
}

static swiss_slice name_of(int number) {
    static char text[20];
    snprintf(text, sizeof text, "thing %d", number);
    return swiss_slice_of(text);
}

static void begin(things *cache, swiss_cache_policy policy) {
    memory_begin(&m);
    dead = 0;
    now = 1;
    things_options options = {0};
    options.allocator = &m.allocator;
    options.capacity = CAPACITY;
    options.policy = policy;
    options.clock = tell_time;
    assert_true(things_init(cache, &options));
}

static void end(things *cache) {
    assert_null(things_validate(cache));
    things_free(cache);
    memory_end(&m);
}

static void put_new(things *cache, int from, int to) {
    for (int i = from; i < to; ++i) {
        assert_int_equal(things_put_as(cache, name_of(i), make(i)), SWISS_CACHE_INSERTED);
        assert_null(things_validate(cache));
    }
}

static void held_things_are_found_again(void **state) {
    (void)state;
    for (int p = 0; p < 2; ++p) {
        things cache;
        begin(&cache, p ? SWISS_CACHE_LRU : SWISS_CACHE_S3_FIFO);
        thing *held = make(0);
        things_put_as(&cache, name_of(0), thing_retain(held));
        put_new(&cache, 1, 20);
        assert_int_equal(dead, 15);
        assert_false(things_contains_as(&cache, name_of(0)));
        assert_int_equal(things_stats(&cache).weak, 1);
        assert_int_equal(things_size(&cache), CAPACITY);
        thing **found = things_get_as(&cache, name_of(0));
        assert_non_null(found);
        assert_ptr_equal(*found, held);
        assert_int_equal(swiss_ref_count(held), 2);
        assert_true(things_contains_as(&cache, name_of(0)));
        assert_int_equal(things_size(&cache), CAPACITY); /* another had to go for it */
        const swiss_cache_stats stats = things_stats(&cache);
        assert_int_equal(stats.revivals, 1);
        assert_int_equal(stats.hits, 1);
        assert_int_equal(stats.weak, 0);
        put_new(&cache, 20, 40);
        thing *copy = NULL;
        assert_true(things_get_copy_as(&cache, name_of(0), &copy));
        assert_ptr_equal(copy, held);
        assert_int_equal(swiss_ref_count(held), 3);
        thing_release(copy);
        thing_release(held);
        end(&cache);
        assert_int_equal(dead, 40);
    }
}

static void dead_things_are_not(void **state) {
    (void)state;
    things cache;
    begin(&cache, SWISS_CACHE_LRU);
    thing *held[50];
    for (int i = 0; i < 50; ++i) {
        held[i] = make(i);
        things_put_as(&cache, name_of(i), thing_retain(held[i]));
    }
    assert_int_equal(things_stats(&cache).weak, 50 - CAPACITY);
    for (int i = 0; i < 50; ++i)
        thing_release(held[i]);
    assert_int_equal(dead, 50 - CAPACITY);
    assert_null(things_get_as(&cache, name_of(0)));
    assert_int_equal(things_stats(&cache).weak, 49 - CAPACITY);
    /* The others go as new ones come, if these are held, too. */
    thing *more[30];
    for (int i = 0; i < 30; ++i) {
        more[i] = make(i);
        things_put_as(&cache, name_of(100 + i), thing_retain(more[i]));
        assert_null(things_validate(&cache));
    }
    assert_int_equal(things_stats(&cache).weak, 30 - CAPACITY);
    assert_int_equal(things_put_as(&cache, name_of(100), make(-1)), SWISS_CACHE_INSERTED); /* in its place */
    assert_false(things_remove_as(&cache, name_of(101)));                                  /* was evicted, */
    assert_null(things_get_as(&cache, name_of(101)));                                      /* and now is gone */
    for (int i = 0; i < 30; ++i)
        thing_release(more[i]);
    things_clear(&cache);
    assert_int_equal(things_stats(&cache).weak, 0);
    end(&cache);
}

static void their_time_goes_on(void **state) {
    (void)state;
    things cache;
    begin(&cache, SWISS_CACHE_S3_FIFO);
    thing *held = make(0);
    assert_int_equal(things_put_for_as(&cache, name_of(0), thing_retain(held), 10), SWISS_CACHE_INSERTED);
    put_new(&cache, 1, 10);
    now += 10;
    assert_null(things_get_as(&cache, name_of(0)));
    assert_int_equal(things_stats(&cache).weak, 0);
    thing_release(held);
    end(&cache);
}

/* With a null pointer there is nothing to be found again. */
static void nothing_is_a_value(void **state) {
    (void)state;
    things cache;
    begin(&cache, SWISS_CACHE_LRU);
    for (int i = 0; i < 10; ++i)
        assert_int_equal(things_put_as(&cache, name_of(i), NULL), SWISS_CACHE_INSERTED);
    assert_null(*things_get_as(&cache, name_of(9)));
    end(&cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_things_are_found_again),
        cmocka_unit_test(dead_things_are_not),
        cmocka_unit_test(their_time_goes_on),
        cmocka_unit_test(nothing_is_a_value),
    };
    return RUN_TESTS(tests);
}
