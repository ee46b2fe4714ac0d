/* map_model.h - random operations on two maps, each compared with an array that says which value each key has. A
 * template, for any map: define before including it
 *     MODEL                the map type, with the functions that map.h makes; its values are `MODEL_value`
 *     MODEL_KEY(id)        the key of number `id`; made anew, if the map is to own it
 *     MODEL_DISCARD(key)   gives up a key that the map has not taken over
 *     MODEL_ID(key)        the number of a key
 *     MODEL_VALUE(stamp)   a value that carries the 32-bit number `stamp`
 *     MODEL_STAMP(value)   the number of *value, which it asserts to be whole
 *     MODEL_IDS            how many keys there are
 *     MODEL_CONTEXT        the context of the maps, if they have one
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
    size_t cursor; /* where the last walk ended */
} STATE;

static void FN(check_one)(const STATE *s, size_t id) {
    FN(key) key = MODEL_KEY(id);
    FN(entry) *entry = FN(find)(&s->map, key);
    assert_int_equal(FN(contains)(&s->map, key), s->stamps[id] != 0);
    assert_int_equal(entry != NULL, s->stamps[id] != 0);
    assert_ptr_equal(FN(get)(&s->map, key), entry ? &entry->value : NULL);
    assert_ptr_equal(FN(find_ptr)(&s->map, &key), entry);
    assert_ptr_equal(FN(get_ptr)(&s->map, &key), entry ? &entry->value : NULL);
    assert_int_equal(FN(contains_ptr)(&s->map, &key), entry != NULL);
    if (entry) {
        assert_int_equal(MODEL_ID(entry->key), id);
        assert_int_equal(MODEL_STAMP(&entry->value), s->stamps[id]);
    }
    MODEL_DISCARD(key);
}

/* The same by the key's hash. */
static void FN(check_hashed)(STATE *s, size_t id) {
    FN(key) key = MODEL_KEY(id);
    const uint64_t hash = FN(hash)(&s->map, key);
    FN(prefetch)(&s->map, hash);
    FN(entry) *entry = FN(find)(&s->map, key);
    assert_ptr_equal(FN(find_hashed)(&s->map, hash, key), entry);
    assert_ptr_equal(FN(get_hashed)(&s->map, hash, key), entry ? &entry->value : NULL);
    assert_int_equal(FN(contains_hashed)(&s->map, hash, key), entry != NULL);
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
    size_t found = 0, ended = 0;
    for (size_t i = 0; i < SWISS_TABLE_PROBES; ++i) {
        found += stats.probe_hits[i];
        ended += stats.probe_misses[i];
    }
    assert_int_equal(found, stats.size);
    assert_int_equal(ended, 8 * stats.groups);
    assert_null(FN(validate)(&s->map));
    assert_true(stats.max_probe <= (stats.capacity + 15) / 16);
}

static void FN(set)(STATE *s, size_t id, uint32_t stamp) {
    s->size += (s->stamps[id] == 0) - (size_t)(stamp == 0);
    s->stamps[id] = stamp;
}

/* insert, put, get_or_insert or replace of one key; also by its hash or its address. */
enum { FN(INSERTIONS) = 10 };
static void FN(do_insert)(STATE *s, size_t id, uint32_t stamp, size_t way) {
    FN(key) key = MODEL_KEY(id);
    FN(value) value = MODEL_VALUE(stamp);
    const bool was_there = s->stamps[id] != 0, hashed = way >= 4 && way < 8, replaces = way % 2 == 1;
    const uint64_t hash = hashed ? FN(hash)(&s->map, key) : 0;
    if (way == 2 || way == 6) {
        FN(value) *found =
            hashed ? FN(get_or_insert_hashed)(&s->map, hash, key, value) : FN(get_or_insert)(&s->map, key, value);
        assert_int_equal(MODEL_STAMP(found), was_there ? s->stamps[id] : stamp);
    } else {
        FN(result) result;
        FN(entry) old;
        memset(&old, 0, sizeof old);
        if (way == 0)
            result = FN(insert)(&s->map, key, value);
        else if (way == 1)
            result = FN(put)(&s->map, key, value);
        else if (way == 3)
            result = FN(replace)(&s->map, key, value, &old);
        else if (way == 4)
            result = FN(insert_hashed)(&s->map, hash, key, value);
        else if (way == 5)
            result = FN(put_hashed)(&s->map, hash, key, value);
        else if (way == 7)
            result = FN(replace_hashed)(&s->map, hash, key, value, &old);
        else
            result = way == 8 ? FN(insert_ptr)(&s->map, &key, &value) : FN(put_ptr)(&s->map, &key, &value);
        assert_int_equal(result.inserted, !was_there);
        assert_int_equal(MODEL_ID(result.entry->key), id);
        assert_int_equal(MODEL_STAMP(&result.entry->value), was_there && !replaces ? s->stamps[id] : stamp);
        if (was_there && (way == 3 || way == 7)) {
            assert_int_equal(MODEL_ID(old.key), id);
            assert_int_equal(MODEL_STAMP(&old.value), s->stamps[id]);
            MODEL_DISCARD(old.key);
        }
    }
    if (was_there && !replaces)
        MODEL_DISCARD(key);
    else if (was_there)
        s->stamps[id] = stamp;
    else
        FN(set)(s, id, stamp);
}

/* An entry that has come out of the map. */
static void FN(taken)(STATE *s, size_t id, FN(entry) * entry) {
    assert_int_equal(MODEL_ID(entry->key), id);
    assert_int_equal(MODEL_STAMP(&entry->value), s->stamps[id]);
    MODEL_DISCARD(entry->key);
}

/* remove, take, or remove_entry of one key; also by its hash or its address. */
enum { FN(REMOVALS) = 6 };
static void FN(do_remove)(STATE *s, size_t id, size_t way) {
    FN(key) key = MODEL_KEY(id);
    bool was_there = s->stamps[id] != 0;
    if (way == 2) {
        FN(entry) *entry = FN(find)(&s->map, key);
        assert_int_equal(entry != NULL, was_there);
        if (entry)
            FN(remove_entry)(&s->map, entry);
    } else if (way == 1 || way == 4) {
        FN(entry) entry;
        bool taken =
            way == 1 ? FN(take)(&s->map, key, &entry) : FN(take_hashed)(&s->map, FN(hash)(&s->map, key), key, &entry);
        assert_int_equal(taken, was_there);
        if (taken)
            FN(taken)(s, id, &entry);
    } else if (way == 0) {
        assert_int_equal(FN(remove)(&s->map, key), was_there);
    } else if (way == 3) {
        assert_int_equal(FN(remove_hashed)(&s->map, FN(hash)(&s->map, key), key), was_there);
    } else {
        assert_int_equal(FN(remove_ptr)(&s->map, &key), was_there);
    }
    if (was_there)
        FN(set)(s, id, 0);
    MODEL_DISCARD(key);
}

static void FN(do_pop)(STATE *s, size_t count) {
    FN(entry) entry;
    for (; count > 0 && s->size > 0; --count) {
        assert_true(FN(pop)(&s->map, &entry));
        size_t id = MODEL_ID(entry.key);
        assert_true(id < MODEL_IDS && s->stamps[id] != 0);
        FN(taken)(s, id, &entry);
        FN(set)(s, id, 0);
        assert_int_equal(FN(size)(&s->map), s->size);
    }
    if (s->size == 0)
        assert_false(FN(pop)(&s->map, &entry));
}

/* An iteration from anywhere, while entries are removed by all that removes. */
static void FN(do_iterate)(STATE *s, uint64_t *random) {
    static bool met[MODEL_IDS];
    memset(met, 0, sizeof met);
    const size_t rarely = 1 + random_below(random, 20);
    FN(iter) iter = FN(iterate_from)(&s->map, (size_t)next_random(random));
    for (FN(entry) * entry; (entry = FN(next)(&iter));) {
        size_t id = MODEL_ID(entry->key);
        assert_true(id < MODEL_IDS && s->stamps[id] != 0 && !met[id]);
        assert_int_equal(MODEL_STAMP(&entry->value), s->stamps[id]);
        met[id] = true;
        if (random_below(random, rarely) == 0)
            FN(do_remove)(s, random_below(random, MODEL_IDS), random_below(random, FN(REMOVALS)));
        if (random_below(random, rarely) == 0)
            FN(do_pop)(s, 1);
        if (s->stamps[id] != 0 && random_below(random, rarely) == 0) {
            FN(iter_remove)(&s->map, &iter);
            FN(set)(s, id, 0);
        }
        assert_int_equal(FN(size)(&s->map), s->size);
    }
    for (size_t id = 0; id < MODEL_IDS; ++id)
        assert_true(met[id] || s->stamps[id] == 0);
}

/* A few entries from where the last walk ended. */
static void FN(do_walk)(STATE *s, size_t count) {
    FN(iter) iter = FN(iterate_from)(&s->map, s->cursor);
    for (FN(entry) * entry; count > 0 && (entry = FN(next)(&iter)); --count)
        assert_int_equal(MODEL_STAMP(&entry->value), s->stamps[MODEL_ID(entry->key)]);
    s->cursor = FN(iter_place)(&iter);
    assert_true(s->cursor == 0 || s->cursor < FN(capacity)(&s->map));
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

static void FN(do_clear)(STATE *s, bool keeps) {
    const size_t capacity = FN(capacity)(&s->map);
    if (keeps)
        FN(clear_keep)(&s->map);
    else
        FN(clear)(&s->map);
    assert_true(!keeps || FN(capacity)(&s->map) == capacity);
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
#ifdef MODEL_CONTEXT
        states[i].map.context = MODEL_CONTEXT;
#endif
    }
    /* The chance of an insertion changes now and then, so that the maps fill, stay, and empty. */
    size_t inserts = 50;
    for (uint32_t step = 1; step <= steps; ++step) {
        STATE *s = &states[random_below(&random, 8) == 0], *other = s == states ? states + 1 : states;
        size_t id = random_below(&random, MODEL_IDS), choice = random_below(&random, 2000);
        if (step % 512 == 0)
            inserts = 15 + random_below(&random, 71);
        if (choice < 1960 && choice % 100 < inserts)
            FN(do_insert)(s, id, step, random_below(&random, FN(INSERTIONS)));
        else if (choice < 1900)
            FN(do_remove)(s, id, random_below(&random, FN(REMOVALS)));
        else if (choice < 1930)
            FN(check_one)(s, id);
        else if (choice < 1945)
            FN(check_hashed)(s, id);
        else if (choice < 1960)
            FN(do_walk)(s, choice % 8);
        else if (choice < 1966)
            assert_true(FN(reserve)(&s->map, random_below(&random, 2 * MODEL_IDS)));
        else if (choice < 1972)
            assert_true(FN(shrink)(&s->map));
        else if (choice < 1974)
            FN(do_clear)(s, choice % 2);
        else if (choice < 1976)
            FN(do_iterate)(s, &random);
        else if (choice < 1978)
            FN(do_pop)(s, random_below(&random, 2 * MODEL_IDS));
        else if (choice < 1982)
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
#undef MODEL_CONTEXT
