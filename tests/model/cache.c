/* A cache against a plain list: random operations, all that its hook is told of, and the contents after each. By LRU
 * the list knows which entry has to go; by S3-FIFO, which also depends on hashes, that it is one that may. */
#include "tests/support.h"

#define COST_OF(key, value) ((void)(key), (size_t)(*(value) % 8))
#define SWISS_NAME numbers
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_COST COST_OF
#define SWISS_TIMES
#include <swiss/cache.h>

enum { KEYS = 90, TURNS = 40000 };

typedef struct item {
    int key, value, pins;
    uint64_t expires, used;
} item;

/* The list: the newest first. */
static item items[KEYS];
static size_t count, capacity;
static uint64_t now, ttl, idle;
static bool is_lru;
static numbers cache;
static int putting; /* the value that is being put */
static uint64_t putting_ttl;

static size_t cost_of(int value) {
    return value % 8 ? (size_t)(value % 8) : 1;
}

static size_t find(int key) {
    size_t i = 0;
    while (i < count && items[i].key != key)
        ++i;
    return i;
}

static bool is_over(const item *at) {
    return now >= at->expires || (idle && now > at->used && now - at->used >= idle);
}

static void cut(size_t i) {
    memmove(items + i, items + i + 1, (--count - i) * sizeof *items);
}

static void to_front(size_t i) {
    item moved = items[i];
    memmove(items + 1, items, i * sizeof *items);
    items[0] = moved;
}

static uint64_t end_of(uint64_t time_to_live) {
    return time_to_live ? now + time_to_live : UINT64_MAX;
}

static size_t total(void) {
    size_t cost = 0;
    for (size_t i = 0; i < count; ++i)
        cost += cost_of(items[i].value);
    return cost;
}

static uint64_t tell_time(void *context) {
    (void)context;
    return now;
}

static void update(item *at) {
    at->value = putting;
    at->expires = end_of(putting_ttl ? putting_ttl : ttl);
    at->used = now;
}

static void tell(numbers_entry *entry, swiss_cache_reason reason, void *context) {
    (void)context;
    const size_t i = find(entry->key);
    if (reason == SWISS_CACHE_CAPACITY && entry->value == putting && (i == count || items[i].value != putting))
        return; /* refused */
    assert_true(i < count);
    assert_int_equal(items[i].value, entry->value);
    if (reason == SWISS_CACHE_REPLACED) {
        update(&items[i]);
        if (cost_of(putting) > capacity)
            cut(i);
        else
            to_front(i);
        return;
    }
    if (reason == SWISS_CACHE_CAPACITY) {
        assert_int_equal(items[i].pins, 0);
        for (size_t older = i + 1; is_lru && older < count; ++older)
            assert_true(items[older].pins > 0);
    }
    if (reason == SWISS_CACHE_EXPIRED)
        assert_true(is_over(&items[i]));
    cut(i);
}

static void put(int key) {
    static int values;
    putting = ++values;
    putting_ttl = values % 5 ? 0 : (uint64_t)(values % 40);
    const size_t before = find(key);
    const bool was_there = before < count;
    swiss_cache_result result =
        putting_ttl ? numbers_put_for(&cache, key, putting, putting_ttl) : numbers_put(&cache, key, putting);
    size_t pinned = 0;
    for (size_t i = 0; i < count; ++i)
        pinned += items[i].pins ? cost_of(items[i].value) : 0;
    if (result == SWISS_CACHE_INSERTED) {
        assert_false(was_there);
        item new = {key, putting, 0, 0, 0};
        items[count] = new;
        update(&items[count]);
        to_front(count++);
    } else if (result == SWISS_CACHE_REFUSED) {
        assert_true(cost_of(putting) > capacity || pinned + cost_of(putting) > capacity);
    } else {
        assert_int_equal(result, SWISS_CACHE_UPDATED);
        assert_true(was_there);
    }
    assert_true(total() <= capacity || total() == pinned);
    putting = 0;
}

static void get(int key) {
    const int *value = numbers_get(&cache, key);
    const size_t i = find(key);
    assert_int_equal(value != NULL, i < count); /* one whose time is over has been told of */
    if (!value)
        return;
    assert_int_equal(*value, items[i].value);
    assert_false(is_over(&items[i]));
    items[i].used = now;
    if (!items[i].pins)
        to_front(i);
}

static bool load(const int *key, int *value, void *context) {
    (void)key;
    *value = putting = *(int *)context;
    return putting % 4 != 0;
}

static void get_or_load(int key) {
    static int loads = 1000000;
    int made = ++loads, value = 0;
    putting_ttl = 0;
    swiss_cache_result result = numbers_get_or_load(&cache, key, load, &made, &value);
    const size_t i = find(key);
    if (result == SWISS_CACHE_HIT) {
        assert_int_equal(value, items[i].value);
        items[i].used = now;
        if (!items[i].pins)
            to_front(i);
    } else {
        assert_int_equal(i, count);
        assert_int_equal(result, made % 4 ? SWISS_CACHE_LOADED : SWISS_CACHE_FAILED);
        if (numbers_peek(&cache, key)) {
            item new = {key, made, 0, 0, 0};
            items[count] = new;
            update(&items[count]);
            to_front(count++);
        }
    }
    putting = 0;
}

static void pin(int key, bool pins) {
    const size_t i = find(key);
    const bool is_there = i < count && (pins ? items[i].pins || !is_over(&items[i]) : items[i].pins > 0);
    if (is_there && !pins && --items[i].pins == 0)
        to_front(i);
    assert_int_equal(pins ? numbers_pin(&cache, key) : numbers_unpin(&cache, key), is_there);
    if (is_there && pins)
        ++items[i].pins;
}

static void remove_one(int key, bool takes) {
    const size_t i = find(key);
    const bool is_there = i < count && !is_over(&items[i]);
    numbers_entry entry = {0};
    if (takes) {
        assert_int_equal(numbers_take(&cache, key, &entry), is_there);
        if (is_there) {
            assert_int_equal(entry.value, items[i].value);
            cut(i);
        }
    } else {
        assert_int_equal(numbers_remove(&cache, key), is_there);
    }
    assert_int_equal(find(key), count);
}

static void compare(void) {
    assert_null(numbers_validate(&cache));
    assert_int_equal(numbers_size(&cache), count);
    assert_int_equal(numbers_stats(&cache).cost, total());
    for (size_t i = 0; i < count; ++i) {
        const int *value = numbers_peek(&cache, items[i].key);
        if (is_over(&items[i]))
            assert_null(value);
        else
            assert_int_equal(*value, items[i].value);
    }
    numbers_iter iter = numbers_iterate(&cache);
    size_t i = 0, seen = 0;
    for (numbers_entry *e; (e = numbers_next(&iter)) != NULL; ++seen) {
        assert_true(find(e->key) < count);
        while (i < count && items[i].pins)
            ++i;
        if (is_lru && i < count)
            assert_int_equal(items[i++].key, e->key);
    }
    assert_int_equal(seen, count);
}

static void run(swiss_cache_policy policy, uint64_t seed, bool has_times) {
    numbers_options options = {0};
    is_lru = policy == SWISS_CACHE_LRU;
    capacity = 100;
    count = 0;
    now = 100;
    ttl = has_times ? 200 : 0;
    idle = has_times ? 60 : 0;
    options.capacity = capacity;
    options.policy = policy;
    options.evicted = tell;
    options.clock = tell_time;
    options.ttl = ttl;
    options.idle = idle;
    assert_true(numbers_init(&cache, &options));
    for (int turn = 0; turn < TURNS; ++turn) {
        const int key = (int)random_below(&seed, KEYS);
        const size_t what = random_below(&seed, 1000);
        if (has_times || what == 0)
            now += random_below(&seed, 3);
        if (what < 350)
            put(key);
        else if (what < 600)
            get(key);
        else if (what < 800)
            get_or_load(key);
        else if (what < 860)
            remove_one(key, what % 2);
        else if (what < 950)
            pin(key, turn / 1000 % 2 ? what % 5 < 4 : what % 5 < 1);
        else if (what < 960 && has_times)
            (void)numbers_expire(&cache);
        else if (what < 970 && now > 10)
            now -= has_times ? random_below(&seed, 5) : 0;
        else if (what < 972)
            numbers_clear(&cache);
        else if (what < 980)
            numbers_resize(&cache, capacity = random_below(&seed, 200));
        if (turn % 16 == 0)
            compare();
    }
    numbers_clear(&cache);
    assert_int_equal(count, 0);
    numbers_free(&cache);
}

static void by_lru(void **state) {
    (void)state;
    run(SWISS_CACHE_LRU, 1, false);
    run(SWISS_CACHE_LRU, 2, true);
}

static void by_s3_fifo(void **state) {
    (void)state;
    run(SWISS_CACHE_S3_FIFO, 3, false);
    run(SWISS_CACHE_S3_FIFO, 4, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_lru),
        cmocka_unit_test(by_s3_fifo),
    };
    return RUN_TESTS(tests);
}
