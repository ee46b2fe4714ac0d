/* A cache with shards and locks, used by several threads at once: values come out whole, each object dies once, a key
 * is loaded once for all that ask for it, and nobody waits forever. Where there are no locks, one thread does it
 * all. */
#include "tests/support.h"
#include <swiss/ref.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

typedef struct page {
    int number;
    char bytes[60];
} page;

SWISS_REF_TYPE(page, page);

#define SWISS_NAME pages
#define SWISS_KEY int
#define SWISS_VALUE page *
#define SWISS_WEAK
#define SWISS_THREADS
#define SWISS_TIMES
#include <swiss/cache.h>

/* Who waits for a loader takes a while to copy what it has made. */
static bool copy_slowly(int *to, const int *from) {
    for (int i = 0; i < 20; ++i)
        sched_yield();
    *to = *from;
    return true;
}

#define SWISS_NAME sums
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_VALUE_CLONE copy_slowly
#define SWISS_THREADS
#include <swiss/cache.h>

enum { THREADS = 4, ROUNDS = UNDER_TSAN || UNDER_ASAN ? 4000 : 20000, PAGES = 300 };

static atomic_int made, dead, told;
static atomic_uint_fast64_t now;
static pages cache;

static void count_dead(void *argument) {
    (void)argument;
    atomic_fetch_add(&dead, 1);
}

static page *make_page(int number) {
    page *p = page_new(NULL);
    assert_non_null(p);
    p->number = number;
    memset(p->bytes, number % 100, sizeof p->bytes);
    assert_true(swiss_ref_add_cleanup(p, count_dead, NULL, NULL) != 0);
    atomic_fetch_add(&made, 1);
    return p;
}

static void look_at(const page *p, int number) {
    assert_int_equal(p->number, number);
    for (size_t i = 0; i < sizeof p->bytes; ++i)
        assert_int_equal(p->bytes[i], number % 100);
}

static uint64_t tell_time(void *context) {
    (void)context;
    return atomic_load(&now);
}

static void tell(pages_entry *entry, swiss_cache_reason reason, void *context) {
    (void)reason, (void)context;
    look_at(entry->value, entry->key);
    page *other = NULL;
    if (atomic_fetch_add(&told, 1) % 8 == 0 && pages_get_copy(&cache, entry->key + 1, &other)) {
        look_at(other, entry->key + 1);
        page_release(other);
    }
}

static bool load_page(const int *key, page **value, void *context) {
    (void)context;
    if (*key % 10 == 0)
        return false;
    *value = make_page(*key);
    return true;
}

static void *use_cache(void *argument) {
    uint64_t seed = (uint64_t)(uintptr_t)argument;
    page *held[10] = {NULL};
    for (int i = 0; i < ROUNDS; ++i) {
        const int key = (int)(random_below(&seed, PAGES) * random_below(&seed, PAGES) / PAGES);
        page *p = NULL;
        switch (random_below(&seed, 12)) {
        case 0:
            pages_put(&cache, key, make_page(key));
            break;
        case 1:
            pages_remove(&cache, key);
            break;
        case 2:
            if (pages_pin(&cache, key))
                pages_unpin(&cache, key);
            break;
        case 3:
            atomic_fetch_add(&now, 1);
            pages_put_for(&cache, key, make_page(key), 50);
            break;
        case 4:
            if (i % 500 == 0)
                pages_expire(&cache);
            if (i % 3000 == 0)
                pages_clear(&cache);
            if (i % 1000 == 0)
                pages_resize(&cache, 60 + random_below(&seed, 60));
            break;
        case 5:
        case 6:
            p = pages_get_copy(&cache, key, &p) ? p : NULL;
            break;
        default: {
            swiss_cache_result result = pages_get_or_load(&cache, key, load_page, NULL, &p);
            if (result == SWISS_CACHE_FAILED)
                p = NULL;
            else
                assert_true(result >= SWISS_CACHE_HIT);
        }
        }
        if (p) {
            look_at(p, key);
            page **place = &held[random_below(&seed, 10)];
            if (*place)
                page_release(*place);
            *place = p;
        }
    }
    for (size_t i = 0; i < 10; ++i)
        if (held[i])
            page_release(held[i]);
    return NULL;
}

static void run_threads(void *(*run)(void *), size_t count) {
    pthread_t threads[THREADS];
    if (!SWISS_CACHE_HAS_LOCKS_) {
        run((void *)(uintptr_t)1);
        return;
    }
    for (size_t i = 0; i < count; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)(i + 1)), 0);
    for (size_t i = 0; i < count; ++i)
        pthread_join(threads[i], NULL);
}

static void all_at_once(void **state) {
    (void)state;
    static const size_t shards[] = {1, 4};
    for (int p = 0; p < 4; ++p) {
        atomic_store(&made, 0);
        atomic_store(&dead, 0);
        pages_options options = {0};
        options.capacity = 100;
        options.shards = shards[p / 2];
        options.policy = p % 2 ? SWISS_CACHE_LRU : SWISS_CACHE_S3_FIFO;
        options.evicted = tell;
        options.clock = tell_time;
        assert_true(pages_init(&cache, &options));
        run_threads(use_cache, THREADS);
        assert_null(pages_validate(&cache));
        const swiss_cache_stats stats = pages_stats(&cache);
        assert_true(stats.hits > 0 && stats.misses > 0 && stats.evictions > 0 && stats.loads > stats.failures);
        pages_free(&cache);
        assert_int_equal(atomic_load(&dead), atomic_load(&made));
    }
}

static void shards_share_the_capacity(void **state) {
    (void)state;
    static const size_t wanted[] = {0, 1, 2, 3, 100};
    for (size_t w = 0; w < 5 * 20; ++w) {
        sums many;
        sums_options options = {0};
        options.seed = w + 1;
        options.capacity = 1000;
        options.shards = wanted[w % 5];
        assert_true(sums_init(&many, &options));
        assert_int_equal(sums_stats(&many).capacity, 1000);
        for (int i = 0; i < 5000; ++i)
            sums_put(&many, i, i);
        assert_int_equal(sums_size(&many), 1000);
        sums_resize(&many, 10);
        assert_int_equal(sums_stats(&many).capacity, 10);
        assert_int_equal(sums_size(&many), 10);
        sums_free(&many);
    }
    sums zero = {0};
    int value = 0;
    assert_int_equal(sums_put(&zero, 1, 1), SWISS_CACHE_REFUSED);
    assert_false(sums_get_copy(&zero, 1, &value));
    sums_free(&zero);
}

/* Loaders that wait until others have begun ------------------------------------------------------------------------ */

static sums loaded;
static atomic_int calls, asked, circles;
static bool fails;

/* Goes on when all have asked: those who wait cannot say so, hence a while longer. */
static bool load_slowly(const int *key, int *value, void *context) {
    (void)context;
    atomic_fetch_add(&calls, 1);
    while (SWISS_CACHE_HAS_LOCKS_ && atomic_load(&asked) < THREADS)
        sched_yield();
    for (int i = 0; i < 1000; ++i)
        sched_yield();
    *value = *key + 1;
    return !fails;
}

static void *ask_for_one(void *argument) {
    (void)argument;
    volatile int gone; /* when this returns */
    int value = 0;
    atomic_fetch_add(&asked, 1);
    swiss_cache_result result = sums_get_or_load(&loaded, 7, load_slowly, NULL, &value);
    if (fails) {
        assert_int_equal(result, SWISS_CACHE_FAILED);
    } else {
        assert_true(result == SWISS_CACHE_LOADED || result == SWISS_CACHE_WAITED || result == SWISS_CACHE_HIT);
        assert_int_equal(value, 8);
    }
    value = -1; /* it is nobody's but this thread's */
    gone = value;
    (void)gone;
    return NULL;
}

static void loads_once(void **state) {
    (void)state;
    for (int round = 0; round < 2; ++round) {
        sums_options options = {0};
        options.capacity = round ? 0 : 100; /* those who wait get what is not kept, too */
        assert_true(sums_init(&loaded, &options));
        atomic_store(&calls, 0);
        atomic_store(&asked, 0);
        fails = false;
        run_threads(ask_for_one, THREADS);
        if (!round)
            assert_int_equal(atomic_load(&calls), 1);
        fails = true;
        sums_clear(&loaded);
        atomic_store(&asked, 0);
        run_threads(ask_for_one, THREADS);
        assert_int_equal(sums_stats(&loaded).entries, 0);
        sums_free(&loaded);
    }
}

/* The loader of each of a circle of keys asks for the next one. */
static bool load_next(const int *key, int *value, void *context) {
    const int count = *(const int *)context;
    int other = 0;
    atomic_fetch_add(&asked, 1);
    while (SWISS_CACHE_HAS_LOCKS_ && atomic_load(&asked) < count)
        sched_yield();
    swiss_cache_result result = sums_get_or_load(&loaded, (*key + 1) % count, load_next, context, &other);
    *value = 1;
    if (result == SWISS_CACHE_CIRCULAR)
        atomic_fetch_add(&circles, 1);
    return result != SWISS_CACHE_CIRCULAR;
}

static int circle;

static void *ask_in_circle(void *argument) {
    int value = 0;
    sums_get_or_load(&loaded, (int)(uintptr_t)argument - 1, load_next, &circle, &value);
    return NULL;
}

static void circles_end(void **state) {
    (void)state;
    for (circle = 1; circle <= THREADS; ++circle) {
        sums_options options = {0};
        options.capacity = 100;
        assert_true(sums_init(&loaded, &options));
        atomic_store(&asked, 0);
        atomic_store(&circles, 0);
        run_threads(ask_in_circle, (size_t)circle);
        assert_int_equal(atomic_load(&circles), 1);
        sums_free(&loaded);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_at_once),
        cmocka_unit_test(shards_share_the_capacity),
        cmocka_unit_test(loads_once),
        cmocka_unit_test(circles_end),
    };
    return RUN_TESTS(tests);
}
