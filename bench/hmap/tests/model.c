/* Random operations on the baseline map against a plain array of entries: elems, counts, and what open iterators show,
 * with memory that fails now and then. */
#include "tests/support.h"
#include "bench/hmap/hmap.h"

enum { KEYS = 3000, ITERATORS = 3, STEPS = 60000 };

typedef struct wide_key {
    uint64_t number;
    char padding[HMAP_MAX_INLINE];
} wide_key;

typedef struct wide_elem {
    uint64_t number;
    char padding[HMAP_MAX_INLINE];
} wide_elem;

/* Few different hashes: long chains. */
static uint64_t weak_hash(const void *key, uint64_t seed) {
    return swiss_hash_u64(*(const uint64_t *)key & 63, seed);
}

/* Names for the keys 0..KEYS of each type, and the functions for maps of it. */
typedef struct kind {
    hmap_type type;
    void *(*find)(const hmap *h, uint64_t n);
    void *(*assign)(hmap *h, uint64_t n);
    bool (*delete_key)(hmap *h, uint64_t n);
    uint64_t (*number_of)(const void *key);
} kind;

static void *u32_find(const hmap *h, uint64_t n) {
    return hmap_find_u32(h, (uint32_t)n);
}
static void *u32_assign(hmap *h, uint64_t n) {
    return hmap_assign_u32(h, (uint32_t)n);
}
static bool u32_delete(hmap *h, uint64_t n) {
    return hmap_delete_u32(h, (uint32_t)n);
}
static uint64_t u32_number(const void *key) {
    return *(const uint32_t *)key;
}

static void *u64_find(const hmap *h, uint64_t n) {
    return hmap_find_u64(h, n);
}
static void *u64_assign(hmap *h, uint64_t n) {
    return hmap_assign_u64(h, n);
}
static bool u64_delete(hmap *h, uint64_t n) {
    return hmap_delete_u64(h, n);
}
static uint64_t u64_number(const void *key) {
    return *(const uint64_t *)key;
}

static char digits[KEYS][48];

static swiss_slice str_key(uint64_t n) {
    return (swiss_slice){digits[n], strlen(digits[n])};
}
static void *str_find(const hmap *h, uint64_t n) {
    return hmap_find_str(h, str_key(n));
}
static void *str_assign(hmap *h, uint64_t n) {
    return hmap_assign_str(h, str_key(n));
}
static bool str_delete(hmap *h, uint64_t n) {
    return hmap_delete_str(h, str_key(n));
}
static uint64_t str_number(const void *key) {
    return strtoull(((const swiss_slice *)key)->data, NULL, 10);
}

static void *generic_find(const hmap *h, uint64_t n) {
    wide_key key = {n, {0}};
    return hmap_find(h, &key);
}
static void *generic_assign(hmap *h, uint64_t n) {
    wide_key key = {n, {0}};
    return hmap_assign(h, &key);
}
static bool generic_delete(hmap *h, uint64_t n) {
    wide_key key = {n, {0}};
    return hmap_delete(h, &key);
}

static const kind u32_kind = {HMAP_TYPE_U32(uint32_t), u32_find, u32_assign, u32_delete, u32_number};
static const kind u64_kind = {HMAP_TYPE_U64(uint64_t), u64_find, u64_assign, u64_delete, u64_number};
static const kind str_kind = {HMAP_TYPE_STR(uint32_t), str_find, str_assign, str_delete, str_number};
static const kind weak_kind = {HMAP_TYPE(uint64_t, uint64_t, weak_hash, hmap_equal_u64, 0), generic_find,
                               generic_assign, generic_delete, u64_number};
static const kind wide_kind = {HMAP_TYPE(wide_key, wide_elem, weak_hash, hmap_equal_u64, 0), generic_find,
                               generic_assign, generic_delete, u64_number};

/* An open iterator, and what it has shown. */
typedef struct walk {
    hmap_iter it;
    bool open;
    size_t opened; /* the step */
    unsigned char seen[KEYS];
} walk;

typedef struct model {
    const kind *kind;
    hmap map;
    memory memory;
    uint64_t random;
    size_t step, count;
    size_t universe; /* keys below this one are entered */
    bool there[KEYS];
    uint32_t elem[KEYS];
    size_t entered[KEYS]; /* the step */
    walk walks[ITERATORS];
    size_t walked; /* iterators that came to their end */
} model;

static void assign(model *m, size_t n) {
    const size_t failures = m->memory.failures;
    uint32_t *elem = m->kind->assign(&m->map, n);
    if (!elem) {
        assert_true(m->memory.failures > failures);
        return;
    }
    assert_int_equal(*elem, m->there[n] ? m->elem[n] : 0);
    if (!m->there[n]) {
        m->there[n] = true;
        m->entered[n] = m->step;
        m->count++;
    }
    m->elem[n] = *elem = (uint32_t)m->step + 1;
}

static void delete_key(model *m, size_t n) {
    assert_int_equal(m->kind->delete_key(&m->map, n), m->there[n]);
    m->count -= m->there[n];
    m->there[n] = false;
}

static void find(model *m, size_t n) {
    const uint32_t *elem = m->kind->find(&m->map, n);
    assert_int_equal(elem != NULL, m->there[n]);
    if (elem)
        assert_int_equal(*elem, m->elem[n]);
}

static void clear(model *m) {
    hmap_clear(&m->map);
    memset(m->there, 0, sizeof m->there);
    m->count = 0;
}

static void open_walk(model *m, walk *w) {
    memset(w->seen, 0, sizeof w->seen);
    w->open = true;
    w->opened = m->step;
    hmap_iter_init(&w->it, &m->map);
}

/* What was there from the beginning to the end must have come. */
static void check_walk(model *m, walk *w) {
    for (size_t n = 0; n < KEYS; n++)
        if (m->there[n] && m->entered[n] < w->opened)
            assert_int_equal(w->seen[n], 1);
    w->open = false;
    m->walked++;
}

static void step_walk(model *m, walk *w, size_t steps) {
    while (steps--) {
        if (!hmap_iter_next(&w->it)) {
            check_walk(m, w);
            return;
        }
        const uint64_t n = m->kind->number_of(w->it.key);
        assert_true(n < KEYS && m->there[n]);
        assert_int_equal(*(const uint32_t *)w->it.elem, m->elem[n]);
        assert_true(m->entered[n] >= w->opened || w->seen[n] == 0);
        w->seen[n] = 1;
        if (random_below(&m->random, 8) == 0)
            delete_key(m, n);
    }
}

static void walk_on(model *m) {
    walk *w = &m->walks[random_below(&m->random, ITERATORS)];
    if (!w->open) {
        open_walk(m, w);
    } else if (random_below(&m->random, 200) == 0) {
        hmap_iter_done(&w->it);
        w->open = false;
    } else {
        step_walk(m, w, 1 + random_below(&m->random, 1 + m->count / 8));
    }
}

/* Phases of growing, shrinking and churning alternate, so that the table grows under iterators and thins out. */
static void one_step(model *m, size_t phase) {
    static const size_t assigns[] = {80, 20, 50};
    const size_t what = random_below(&m->random, 128), n = random_below(&m->random, m->universe);
    m->memory.fail_at = random_below(&m->random, 8) ? NEVER : m->memory.calls + random_below(&m->random, 2);
    m->step++;
    if (what < assigns[phase])
        assign(m, n);
    else if (what < 100)
        delete_key(m, n);
    else if (what < (m->map.oldbuckets ? 104 : 120)) /* growing is when iterating is hard */
        find(m, n);
    else
        walk_on(m);
    assert_int_equal(hmap_count(&m->map), m->count);
}

static void run(const kind *k, uint64_t seed, size_t universe) {
    model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->kind = k;
    m->universe = universe;
    m->random = seed;
    memory_begin(&m->memory);
    assert_true(hmap_init(&m->map, &k->type, random_below(&m->random, 2 * universe) / 2, &m->memory.allocator));
    size_t phase = 0;
    for (size_t step = 0; step < STEPS; step++) {
        if (random_below(&m->random, universe * 2) == 0)
            phase = random_below(&m->random, 3);
        if (random_below(&m->random, universe * 20) == 0)
            clear(m);
        one_step(m, phase);
    }
    for (size_t n = 0; n < KEYS; n++)
        find(m, n);
    assert_true(m->walked > 10);
    hmap_free(&m->map);
    memory_end(&m->memory);
    free(m);
}

static void run_all(const kind *k) {
    for (uint64_t seed = 1; seed <= 4; seed++) {
        run(k, seed, 9);
        run(k, seed, 60);
        run(k, seed, 500);
        run(k, seed, KEYS);
    }
}

static void u32_keys(void **state) {
    (void)state;
    run_all(&u32_kind);
}

static void u64_keys(void **state) {
    (void)state;
    run_all(&u64_kind);
}

static void str_keys(void **state) {
    (void)state;
    /* One in four is longer than 32 bytes: the number, and many zeros behind a blank. */
    for (size_t n = 0; n < KEYS; n++)
        snprintf(digits[n], sizeof digits[n], n % 4 ? "%zu" : "%zu %032d", n, 0);
    run_all(&str_kind);
}

static void keys_that_collide(void **state) {
    (void)state;
    run_all(&weak_kind);
}

static void wide_keys_that_collide(void **state) {
    (void)state;
    run_all(&wide_kind);
}

/* A queue of keys that never come back: the chains that they leave behind get thin, over and over. The table is packed,
 * and no more than now and then. */
static void churning_packs(void **state) {
    (void)state;
    enum { QUEUE = 600, PACKINGS = 5 };
    uint64_t keys[QUEUE] = {0}, random = 1; /* key number n at n % QUEUE */
    memory counted;
    hmap map;
    memory_begin(&counted);
    assert_true(hmap_init(&map, &u64_kind.type, 0, &counted.allocator));
    size_t packings = 0, last = 0, n = 0;
    for (; packings < PACKINGS; n++) {
        assert_true(n < 10000000);
        const bool same_size = (map.flags & HMAP_SAME_SIZE_GROW) != 0;
        const uint64_t oldest = keys[n % QUEUE];
        keys[n % QUEUE] = next_random(&random);
        *(uint64_t *)hmap_assign_u64(&map, keys[n % QUEUE]) = n;
        if (!same_size && (map.flags & HMAP_SAME_SIZE_GROW)) {
            assert_true(n - last > (size_t)1 << map.B);
            packings++;
            last = n;
        }
        if (n >= QUEUE)
            assert_true(hmap_delete_u64(&map, oldest));
        assert_true(counted.bytes <= 4 * ((size_t)1 << map.B) * map.type->bucket_size);
        const size_t some = n < QUEUE ? n : n - random_below(&random, QUEUE);
        const uint64_t *elem = hmap_find_u64(&map, keys[some % QUEUE]);
        assert_true(elem && *elem == some);
    }
    assert_int_equal(hmap_count(&map), QUEUE);
    hmap_free(&map);
    memory_end(&counted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(u32_keys),
        cmocka_unit_test(u64_keys),
        cmocka_unit_test(str_keys),
        cmocka_unit_test(keys_that_collide),
        cmocka_unit_test(wide_keys_that_collide),
        cmocka_unit_test(churning_packs),
    };
    return RUN_TESTS(tests);
}
