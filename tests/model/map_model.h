/* map_model.h - random operations on two maps, each compared with an array that says which value each key has. A
 * template, for any map: define before including it
 *     MODEL                the map type, with the functions that map.h makes; its values are `MODEL_value`
 *     MODEL_KEY(id)        the key of number `id`; made anew, if the map is to own it
 *     MODEL_DISCARD(key)   gives up a key that the map has not taken over
 *     MODEL_ID(key)        the number of a key
 *     MODEL_VALUE(stamp)   a value that carries the 32-bit number `stamp`
 *     MODEL_STAMP(value)   the number of *value, which it asserts to be whole
 *     MODEL_IDS            how many keys there are
 * It defines model_test_MODEL(seed, steps). */
#include "tests/support.h"

#define MODEL_PASTE_(a, b) a##_##b
#define MODEL_PASTE(a, b) MODEL_PASTE_(a, b)
#define FN(function) MODEL_PASTE(MODEL, function)
#define STATE FN(state)

/* A map and what it must hold: of each key, its value's stamp, or 0 if it is not there. */
typedef struct STATE {
    MODEL map;
    size_t size;
    uint32_t stamps[MODEL_IDS];
} STATE;

static void FN(check_one)(const STATE *s, size_t id) {
    FN(key) key = MODEL_KEY(id);
    FN(entry) *entry = FN(find)(&s->map, key);
    assert_int_equal(FN(contains)(&s->map, key), s->stamps[id] != 0);
    assert_int_equal(entry != NULL, s->stamps[id] != 0);
    assert_ptr_equal(FN(get)(&s->map, key), entry ? &entry->value : NULL);
    if (entry) {
        assert_int_equal(MODEL_ID(entry->key), id);
        assert_int_equal(MODEL_STAMP(&entry->value), s->stamps[id]);
    }
    MODEL_DISCARD(key);
}

static void FN(check_all)(const STATE *s) {
    static bool met[MODEL_IDS];
    memset(met, 0, sizeof met);
    size_t count = 0;
    FN(iter) iter = FN(iterate)(&s->map);
    for (FN(entry) * entry; (entry = FN(next)(&iter)); ++count) {
        size_t id = MODEL_ID(entry->key);
        assert_true(id < MODEL_IDS && !met[id]);
        met[id] = true;
        assert_int_equal(MODEL_STAMP(&entry->value), s->stamps[id]);
    }
    assert_int_equal(count, s->size);
    assert_int_equal(FN(size)(&s->map), s->size);
    for (size_t id = 0; id < MODEL_IDS; ++id) {
        assert_int_equal(met[id], s->stamps[id] != 0);
        FN(check_one)(s, id);
    }
    swiss_table_stats stats = FN(stats)(&s->map);
    assert_int_equal(stats.size, s->size);
    assert_int_equal(stats.capacity, FN(capacity)(&s->map));
    assert_true(stats.size + stats.retired <= stats.capacity);
    assert_null(swiss_table_validate(&s->map.table, &FN(type_)));
    assert_true(stats.max_probe <= (stats.capacity + 15) / 16);
}

static void FN(set)(STATE *s, size_t id, uint32_t stamp) {
    s->size += (s->stamps[id] == 0) - (size_t)(stamp == 0);
    s->stamps[id] = stamp;
}

/* insert, put, or get_or_insert of one key. */
static void FN(do_insert)(STATE *s, size_t id, uint32_t stamp, size_t way) {
    FN(key) key = MODEL_KEY(id);
    FN(value) value = MODEL_VALUE(stamp);
    bool was_there = s->stamps[id] != 0;
    if (way == 2) {
        FN(value) *found = FN(get_or_insert)(&s->map, key, value);
        assert_int_equal(MODEL_STAMP(found), was_there ? s->stamps[id] : stamp);
    } else {
        FN(result) result = way ? FN(put)(&s->map, key, value) : FN(insert)(&s->map, key, value);
        assert_int_equal(result.inserted, !was_there);
        assert_int_equal(MODEL_ID(result.entry->key), id);
        assert_int_equal(MODEL_STAMP(&result.entry->value), was_there && !way ? s->stamps[id] : stamp);
    }
    if (was_there && way != 1)
        MODEL_DISCARD(key);
    else if (was_there)
        s->stamps[id] = stamp;
    else
        FN(set)(s, id, stamp);
}

/* remove, take, or remove_entry of one key. */
static void FN(do_remove)(STATE *s, size_t id, size_t way) {
    FN(key) key = MODEL_KEY(id);
    bool was_there = s->stamps[id] != 0;
    if (way == 0) {
        assert_int_equal(FN(remove)(&s->map, key), was_there);
    } else if (way == 1) {
        FN(entry) entry;
        bool taken = FN(take)(&s->map, key, &entry);
        assert_int_equal(taken, was_there);
        if (taken) {
            assert_int_equal(MODEL_ID(entry.key), id);
            assert_int_equal(MODEL_STAMP(&entry.value), s->stamps[id]);
            MODEL_DISCARD(entry.key);
        }
    } else {
        FN(entry) *entry = FN(find)(&s->map, key);
        assert_int_equal(entry != NULL, was_there);
        if (entry)
            FN(remove_entry)(&s->map, entry);
    }
    if (was_there)
        FN(set)(s, id, 0);
    MODEL_DISCARD(key);
}

/* Of a key, whether a thinning by `salt` keeps it. */
static bool FN(survives)(size_t id, uint64_t salt) {
    uint64_t random = id + salt;
    return next_random(&random) % 8 >= salt % 9;
}

static bool FN(keep)(FN(entry) * entry, void *salt) {
    return FN(survives)(MODEL_ID(entry->key), *(const uint64_t *)salt);
}

/* Removes a part of the entries while iterating, or by retain. */
static void FN(do_thin)(STATE *s, uint64_t salt, bool by_iterating) {
    size_t removed = 0;
    if (by_iterating) {
        FN(iter) iter = FN(iterate)(&s->map);
        for (FN(entry) * entry; (entry = FN(next)(&iter));)
            if (!FN(survives)(MODEL_ID(entry->key), salt)) {
                FN(iter_remove)(&s->map, &iter);
                ++removed;
            }
    } else {
        removed = FN(retain)(&s->map, FN(keep), &salt);
    }
    size_t before = s->size;
    for (size_t id = 0; id < MODEL_IDS; ++id)
        if (s->stamps[id] && !FN(survives)(id, salt))
            FN(set)(s, id, 0);
    assert_int_equal(before - s->size, removed);
}

static bool FN(same_value)(const FN(value) * a, const FN(value) * b) {
    return MODEL_STAMP(a) == MODEL_STAMP(b);
}

static void FN(do_compare)(const STATE *a, const STATE *b) {
    bool same = memcmp(a->stamps, b->stamps, sizeof a->stamps) == 0;
    assert_int_equal(FN(equal)(&a->map, &b->map, FN(same_value)), same);
    assert_int_equal(FN(equal)(&b->map, &a->map, FN(same_value)), same);
}

/* *to becomes a copy of *from. */
static void FN(do_clone)(STATE *to, const STATE *from) {
    FN(free)(&to->map);
    assert_true(FN(clone)(&to->map, &from->map));
    to->size = from->size;
    memcpy(to->stamps, from->stamps, sizeof to->stamps);
    FN(do_compare)(to, from);
}

static void FN(do_merge)(STATE *to, STATE *from) {
    assert_true(FN(merge)(&to->map, &from->map));
    for (size_t id = 0; id < MODEL_IDS; ++id)
        if (from->stamps[id] && !to->stamps[id]) {
            FN(set)(to, id, from->stamps[id]);
            FN(set)(from, id, 0);
        }
}

static void FN(do_move)(STATE *s) {
    MODEL moved = FN(move)(&s->map);
    assert_int_equal(FN(size)(&s->map), 0);
    assert_int_equal(FN(capacity)(&s->map), 0);
    FN(free)(&s->map);
    s->map = moved;
}

static void FN(do_clear)(STATE *s) {
    FN(clear)(&s->map);
    memset(s->stamps, 0, sizeof s->stamps);
    s->size = 0;
}

static void FN(do_swap)(STATE *a, STATE *b) {
    static STATE t;
    t = *a;
    FN(swap)(&a->map, &b->map);
    a->size = b->size, b->size = t.size;
    memcpy(a->stamps, b->stamps, sizeof a->stamps);
    memcpy(b->stamps, t.stamps, sizeof b->stamps);
}

static void MODEL_PASTE(model_test, MODEL)(uint64_t seed, size_t steps) {
    static STATE states[2];
    memory m[2];
    uint64_t random = seed;
    memset(states, 0, sizeof states);
    for (size_t i = 0; i < 2; ++i) {
        memory_begin(&m[i]);
        swiss_options options = {&m[i].allocator, i ? seed : 0, i ? random_below(&random, MODEL_IDS) : 0};
        assert_true(FN(init)(&states[i].map, &options));
    }
    /* The chance of an insertion changes now and then, so that the maps fill, stay, and empty. */
    size_t inserts = 50;
    for (uint32_t step = 1; step <= steps; ++step) {
        STATE *s = &states[random_below(&random, 8) == 0], *other = s == states ? states + 1 : states;
        size_t id = random_below(&random, MODEL_IDS), choice = random_below(&random, 2000);
        if (step % 512 == 0)
            inserts = 15 + random_below(&random, 71);
        if (choice < 1960 && choice % 100 < inserts)
            FN(do_insert)(s, id, step, choice % 3);
        else if (choice < 1900)
            FN(do_remove)(s, id, choice % 3);
        else if (choice < 1960)
            FN(check_one)(s, id);
        else if (choice < 1966)
            assert_true(FN(reserve)(&s->map, random_below(&random, 2 * MODEL_IDS)));
        else if (choice < 1972)
            assert_true(FN(shrink)(&s->map));
        else if (choice < 1974)
            FN(do_clear)(s);
        else if (choice < 1980)
            FN(do_thin)(s, random, choice % 2);
        else if (choice < 1984)
            FN(do_clone)(s, other);
        else if (choice < 1988)
            FN(do_merge)(s, other);
        else if (choice < 1992)
            FN(do_swap)(s, other);
        else if (choice < 1994)
            FN(do_move)(s);
        else
            FN(do_compare)(s, other);
        assert_int_equal(FN(size)(&s->map), s->size);
        if (step % 500 == 0)
            FN(check_all)(&states[0]), FN(check_all)(&states[1]);
    }
    for (size_t i = 0; i < 2; ++i) {
        FN(check_all)(&states[i]);
        FN(free)(&states[i].map);
    }
    /* The two maps may have changed allocators. */
    memory_end(&m[0]), memory_end(&m[1]);
}

#undef MODEL_PASTE_
#undef MODEL_PASTE
#undef FN
#undef STATE
#undef MODEL
#undef MODEL_KEY
#undef MODEL_DISCARD
#undef MODEL_ID
#undef MODEL_VALUE
#undef MODEL_STAMP
#undef MODEL_IDS
