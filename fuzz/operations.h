/* operations.h - runs the operations of an input on two maps of one type, and on a model of each: a template, as map.h
 * is. Compares every result, and now and then all that the maps hold.
 *
 *     #define FUZZ_NAME wide                      // the map type; NAME_run is what is defined here
 *     #define FUZZ_KEY(id) ...                    // makes the key number `id`
 *     #define FUZZ_VALUE(number) ...              // makes a value that carries `number`; left out: a set
 *     #define FUZZ_CARRIES(value, number) ...     // whether *value does
 *     #define FUZZ_EQUAL wide_value_equal         // compares two values for NAME_equal
 * and, if the defaults below do not fit,
 *     #define FUZZ_BORROW(id) ...                 // the key number `id`, for searches only
 *     #define FUZZ_ID(entry) ...                  // the number of an entry's key
 *     #define FUZZ_VALUE_OF(entry) ...            // a pointer to its value
 *     #define FUZZ_VALUE_SET(entry, number) ...   // makes its value carry `number`
 *     #define FUZZ_SAME(a, b) ...                 // whether values that carry these numbers are equal
 *     #define FUZZ_KEY_DROP(key), FUZZ_VALUE_DROP(value), FUZZ_ENTRY_DROP(entry)   // what a map did not take, or gave
 *     #define FUZZ_OWNED n                        // pieces of memory.owned per entry
 *     #define FUZZ_ENTRY_SIZE n                   // NAME_entry objects that one entry takes
 *     #define FUZZ_LOOKUP(id) ...                 // the key as the second type
 *     #define FUZZ_ALIAS                          // there is NAME_insert_from, which takes a value of the map's own
 *     #include "operations.h"
 */
#define FUZZ_PASTE_(a, b) a##_##b
#define FUZZ_PASTE(a, b) FUZZ_PASTE_(a, b)
#define FN(function) FUZZ_PASTE(FUZZ_NAME, function)
#ifndef FUZZ_BORROW
#    define FUZZ_BORROW(id) FUZZ_KEY(id)
#endif
#ifndef FUZZ_ID
#    define FUZZ_ID(entry) ((unsigned)(entry)->key)
#endif
#ifndef FUZZ_VALUE_OF
#    define FUZZ_VALUE_OF(entry) (&(entry)->value)
#endif
#ifndef FUZZ_VALUE_SET
#    define FUZZ_VALUE_SET(entry, number) (*FUZZ_VALUE_OF(entry) = FUZZ_VALUE(number))
#endif
#ifndef FUZZ_SAME
#    define FUZZ_SAME(a, b) ((a) == (b))
#endif
#ifndef FUZZ_ENTRY_DROP
#    define FUZZ_KEY_DROP(key) ((void)(key))
#    define FUZZ_VALUE_DROP(value) ((void)(value))
#    define FUZZ_ENTRY_DROP(entry) ((void)(entry))
#endif
#ifndef FUZZ_OWNED
#    define FUZZ_OWNED 0
#endif
#ifndef FUZZ_ENTRY_SIZE
#    define FUZZ_ENTRY_SIZE 1
#endif

#ifndef SWISS_FUZZ_OPERATIONS_H
#    define SWISS_FUZZ_OPERATIONS_H

/* What an operation does; its arguments are a key, or as said here. */
enum {
    OP_INSERT,
    OP_INSERT_RANGE, /* from 8 * first, second + 1 keys */
    OP_PUT,
    OP_GET_OR_INSERT,
    OP_FIND, /* and hold the pointer: it stays valid as long as promised */
    OP_REMOVE,
    OP_REMOVE_RANGE, /* as insert's */
    OP_CHURN,        /* from 8 * first, 256 keys in, and each, as soon as second + 1 are, out again */
    OP_TAKE,
    OP_REMOVE_ENTRY,
    OP_ITERATE, /* removes the keys whose bits in `second` are those of `first`, changes the other values */
    OP_RETAIN,  /* the same */
    OP_RESERVE, /* so many; by the top bits of `second` also more than there can be, or all that the slots allow */
    OP_SHRINK,
    OP_CLEAR,
    OP_CLONE, /* onto the other map */
    OP_SWAP,
    OP_MOVE, /* onto the other map */
    OP_MERGE,
    OP_EQUAL,
    OP_FREE, /* and begin anew, with room for so many */
    OP_FAIL, /* the how manieth allocation from now is refused */
    OP_CHECK,
    OP_LOOKUP, /* find, remove, take or insert by the second key type */
    OP_ALIAS,  /* insert the value of the key `first` under the key `second` */
    OP_NEWER,  /* from here on chosen by the upper bits of `second`: see fuzz_op */
    OP_INSERT_HASHED = OP_NEWER,
    OP_PUT_HASHED,
    OP_REPLACE,
    OP_REPLACE_HASHED,
    OP_INSERT_PTR,
    OP_PUT_PTR,
    OP_REMOVE_HASHED,
    OP_TAKE_HASHED,
    OP_REMOVE_PTR,
    OP_POP,          /* first + 1 entries */
    OP_ITERATE_FROM, /* somewhere by `first`, and remove others on the way */
    OP_WALK,         /* `first` entries from where the last walk ended */
    OP_CLEAR_KEEP,
    OP_INSERT_MANY, /* from 8 * first, 16 keys in steps of `second` */
    OP_REMOVE_MANY, /* the same */
    OPERATIONS
};

/* The newer operations are those of two values of a byte that were little used, so that inputs of before mean what they
 * did. */
static inline unsigned fuzz_op(unsigned byte, unsigned second) {
    byte &= 0x7F;
    if (byte == 125 || byte == 126)
        return OP_NEWER + (second >> 4) % (OPERATIONS - OP_NEWER);
    return byte % OP_NEWER;
}

typedef struct {
    unsigned op;
    unsigned side; /* which of the two maps */
    unsigned first, second;
    unsigned key;
} fuzz_operation;

static inline bool fuzz_doomed(const fuzz_operation *operation, unsigned id) {
    return ((id ^ operation->first) & operation->second) == 0;
}

#endif

/* A map, its model, and a pointer into the map. */
typedef struct {
    FUZZ_NAME map;
    fuzz_model model;
    size_t promised; /* until there are so many, nothing is allocated and nothing moves */
    FN(entry) * held;
    unsigned held_key;
    size_t cursor; /* where the last walk ended */
} FN(side);

#ifdef FUZZ_VALUE
#    define FUZZ_COMMA(value) , value
#else
#    define FUZZ_COMMA(value)
#endif

/* One entry against the model -------------------------------------------------------------------------------------- */

static bool FN(carries)(FN(entry) * entry, uint64_t number) {
#ifdef FUZZ_VALUE
    return FUZZ_CARRIES(FUZZ_VALUE_OF(entry), number);
#else
    (void)number;
    return entry != NULL;
#endif
}

static void FN(check_key)(const FN(side) * side, unsigned id) {
    FN(entry) *entry = FN(find)(&side->map, FUZZ_BORROW(id));
    CHECK((entry != NULL) == side->model.present[id]);
    if (entry)
        CHECK(FUZZ_ID(entry) == id && FN(carries)(entry, side->model.number[id]));
}

/* Gives the entry a value that carries the next number. */
static void FN(renumber)(FN(side) * side, fuzz_run *run, FN(entry) * entry) {
#ifdef FUZZ_VALUE
    FUZZ_VALUE_SET(entry, ++run->number);
    side->model.number[FUZZ_ID(entry)] = run->number;
#else
    (void)side, (void)run, (void)entry;
#endif
}

/* After keys have gone from the map and the model: the pointer held is still good, unless its entry has gone too. */
static void FN(gone)(FN(side) * side) {
    side->promised = 0;
    if (side->held && !side->model.present[side->held_key])
        side->held = NULL;
    if (side->held)
        CHECK(FN(find)(&side->map, FUZZ_BORROW(side->held_key)) == side->held);
}

/* All that both maps hold, and all that they use. */
static void FN(check)(FN(side) sides[2], const fuzz_run *run) {
    size_t entries = 0, bytes = 0;
    for (unsigned which = 0; which < 2; ++which) {
        FN(side) *side = &sides[which];
        bool seen[FUZZ_KEYS] = {false};
        size_t count = 0;
        CHECK(FN(size)(&side->map) == side->model.size);
        for (unsigned id = 0; id < run->keys; ++id)
            FN(check_key)(side, id);
        FN(iter) iter = FN(iterate)(&side->map);
        for (FN(entry) * entry; (entry = FN(next)(&iter)); ++count) {
            unsigned id = FUZZ_ID(entry);
            CHECK(id < run->keys && side->model.present[id] && !seen[id]);
            seen[id] = true;
        }
        CHECK(count == side->model.size);
        if (side->held)
            CHECK(FN(find)(&side->map, FUZZ_BORROW(side->held_key)) == side->held);
        swiss_table_stats stats = FN(stats)(&side->map);
        fuzz_check_layout(&side->map.table, &FN(type_), &stats);
        CHECK(run->zero || side->map.table.seed == run->options.seed);
        entries += count;
        bytes += stats.bytes;
    }
    CHECK(memory.owned == entries * (FUZZ_OWNED));
    if (run->options.allocator)
        CHECK(memory.bytes == bytes);
}

/* The operations --------------------------------------------------------------------------------------------------- */

/* What insertions have in common: out of memory exactly if an allocation was refused, unless the table still has room
 * where entries were removed; room if it was promised; and the entry that the model expects. `replaces`: an entry that
 * is there gets the new value. */
static void FN(inserted)(FN(side) * side, unsigned id, uint64_t number, FN(result) result, bool replaces,
                         const fuzz_memory *before) {
    bool present = side->model.present[id];
    if (result.entry == NULL || memory.failures != before->failures) {
        size_t capacity = FN(capacity)(&side->map);
        CHECK(memory.failures != before->failures);
        CHECK(result.entry == NULL || (capacity > 16 && FN(size)(&side->map) <= capacity - capacity / 8));
    }
    if (present || side->model.size < side->promised)
        CHECK(memory.asked == before->asked);
    else
        side->held = NULL;
    if (result.entry == NULL) {
        CHECK(!result.inserted);
        return;
    }
    CHECK(result.inserted == !present && FUZZ_ID(result.entry) == id);
    if (!present || replaces)
        model_set(&side->model, id, number);
    CHECK(FN(carries)(result.entry, side->model.number[id]) && FN(size)(&side->map) == side->model.size);
}

static void FN(insert_key)(FN(side) * side, fuzz_run *run, unsigned id) {
    uint64_t number = ++run->number;
    fuzz_memory before = memory;
    FN(key) key = FUZZ_KEY(id);
#ifdef FUZZ_VALUE
    FN(value) value = FUZZ_VALUE(number);
    FN(result) result = FN(insert)(&side->map, key, value);
    if (!result.inserted)
        FUZZ_VALUE_DROP(value);
#else
    FN(result) result = FN(insert)(&side->map, key);
#endif
    if (!result.inserted)
        FUZZ_KEY_DROP(key);
    FN(inserted)(side, id, number, result, false, &before);
}

static void FN(put_key)(FN(side) * side, fuzz_run *run, unsigned id) {
    uint64_t number = ++run->number;
    fuzz_memory before = memory;
    if (side->held && side->held_key == id) /* the slot stays, but the entry is another */
        side->held = NULL;
    FN(key) key = FUZZ_KEY(id);
#ifdef FUZZ_VALUE
    FN(value) value = FUZZ_VALUE(number);
    FN(result) result = FN(put)(&side->map, key, value);
    if (result.entry == NULL)
        FUZZ_VALUE_DROP(value);
#else
    FN(result) result = FN(put)(&side->map, key);
#endif
    if (result.entry == NULL)
        FUZZ_KEY_DROP(key);
    FN(inserted)(side, id, number, result, true, &before);
}

#ifdef FUZZ_VALUE
static void FN(get_key)(FN(side) * side, fuzz_run *run, unsigned id) {
    bool present = side->model.present[id];
    uint64_t number = ++run->number;
    fuzz_memory before = memory;
    FN(key) key = FUZZ_KEY(id);
    FN(value) value = FUZZ_VALUE(number);
    FN(value) *got = FN(get_or_insert)(&side->map, key, value);
    FN(result) result = {FN(find)(&side->map, FUZZ_BORROW(id)), got && !present};
    if (!result.inserted) {
        FUZZ_VALUE_DROP(value);
        FUZZ_KEY_DROP(key);
    }
    CHECK((got == NULL) == (result.entry == NULL));
    if (got)
        CHECK(got == FUZZ_VALUE_OF(result.entry) && got == FN(get)(&side->map, FUZZ_BORROW(id)));
    FN(inserted)(side, id, number, result, false, &before);
}
#endif

/* insert, put and replace with a known hash, and by pointer; and replace. */
static void FN(insert_otherwise)(FN(side) * side, fuzz_run *run, unsigned id, unsigned op) {
    const bool replaces = op != OP_INSERT_HASHED && op != OP_INSERT_PTR;
    const uint64_t number = ++run->number;
    if (replaces && side->held && side->held_key == id)
        side->held = NULL;
    fuzz_memory before = memory;
    FN(key) key = FUZZ_KEY(id);
    FN(entry) old[FUZZ_ENTRY_SIZE];
    FN(result) result;
#ifdef FUZZ_VALUE
    FN(value) value = FUZZ_VALUE(number);
#endif
    const uint64_t hash = FN(hash)(&side->map, key);
    CHECK(memory.asked == before.asked);
    if (op == OP_INSERT_HASHED)
        result = FN(insert_hashed)(&side->map, hash, key FUZZ_COMMA(value));
    else if (op == OP_PUT_HASHED)
        result = FN(put_hashed)(&side->map, hash, key FUZZ_COMMA(value));
    else if (op == OP_REPLACE)
        result = FN(replace)(&side->map, key FUZZ_COMMA(value), old);
    else if (op == OP_REPLACE_HASHED)
        result = FN(replace_hashed)(&side->map, hash, key FUZZ_COMMA(value), old);
    else if (op == OP_INSERT_PTR)
        result = FN(insert_ptr)(&side->map, &key FUZZ_COMMA(&value));
    else
        result = FN(put_ptr)(&side->map, &key FUZZ_COMMA(&value));
    if (result.entry && !result.inserted && (op == OP_REPLACE || op == OP_REPLACE_HASHED)) {
        CHECK(FUZZ_ID(old) == id && FN(carries)(old, side->model.number[id]));
        FUZZ_ENTRY_DROP(old);
    }
    if (!result.inserted && !(replaces && result.entry)) {
        FUZZ_KEY_DROP(key);
#ifdef FUZZ_VALUE
        FUZZ_VALUE_DROP(value);
#endif
    }
    FN(inserted)(side, id, number, result, replaces, &before);
}

/* An entry has come out of the map. */
static void FN(came_out)(FN(side) * side, unsigned id, FN(entry) * taken) {
    CHECK(side->model.present[id] && FUZZ_ID(taken) == id && FN(carries)(taken, side->model.number[id]));
    FUZZ_ENTRY_DROP(taken);
    model_remove(&side->model, id);
    FN(gone)(side);
}

static void FN(take_key)(FN(side) * side, unsigned id) {
    FN(entry) taken[FUZZ_ENTRY_SIZE];
    bool found = FN(take)(&side->map, FUZZ_BORROW(id), taken);
    CHECK(found == side->model.present[id]);
    if (found)
        FN(came_out)(side, id, taken);
}

static void FN(take_hashed_key)(FN(side) * side, unsigned id) {
    FN(entry) taken[FUZZ_ENTRY_SIZE];
    const uint64_t hash = FN(hash)(&side->map, FUZZ_BORROW(id));
    CHECK(FN(find_hashed)(&side->map, hash, FUZZ_BORROW(id)) == FN(find)(&side->map, FUZZ_BORROW(id)));
    bool found = FN(take_hashed)(&side->map, hash, FUZZ_BORROW(id), taken);
    CHECK(found == side->model.present[id]);
    if (found)
        FN(came_out)(side, id, taken);
}

static void FN(pop_some)(FN(side) * side, fuzz_run *run, size_t count) {
    for (; count > 0 && run->work; --count, --run->work) {
        FN(entry) taken[FUZZ_ENTRY_SIZE];
        bool found = FN(pop)(&side->map, taken);
        CHECK(found == (side->model.size != 0));
        if (!found)
            return;
        unsigned id = FUZZ_ID(taken);
        CHECK(id < run->keys);
        FN(came_out)(side, id, taken);
    }
}

static void FN(remove_key)(FN(side) * side, unsigned id) {
    CHECK(FN(remove)(&side->map, FUZZ_BORROW(id)) == side->model.present[id]);
    if (!side->model.present[id])
        return;
    model_remove(&side->model, id);
    FN(gone)(side);
}

static void FN(remove_otherwise)(FN(side) * side, unsigned id, bool by_hash) {
    const FN(key) key = FUZZ_BORROW(id);
    const bool present = side->model.present[id];
    const bool removed =
        by_hash ? FN(remove_hashed)(&side->map, FN(hash)(&side->map, key), key) : FN(remove_ptr)(&side->map, &key);
    CHECK(removed == present);
    if (!removed)
        return;
    model_remove(&side->model, id);
    FN(gone)(side);
}

static void FN(remove_found)(FN(side) * side, unsigned id) {
    FN(entry) *entry = FN(find)(&side->map, FUZZ_BORROW(id));
    CHECK((entry != NULL) == side->model.present[id]);
    if (!entry)
        return;
    FN(remove_entry)(&side->map, entry);
    model_remove(&side->model, id);
    FN(gone)(side);
}

static void FN(hold)(FN(side) * side, unsigned id) {
    FN(entry) *entry = FN(find)(&side->map, FUZZ_BORROW(id));
    FN(check_key)(side, id);
    CHECK(FN(contains)(&side->map, FUZZ_BORROW(id)) == side->model.present[id]);
#ifdef FUZZ_VALUE
    CHECK((FN(get)(&side->map, FUZZ_BORROW(id)) != NULL) == side->model.present[id]);
#endif
    side->held = entry;
    side->held_key = id;
}

static void FN(iterate_all)(FN(side) * side, fuzz_run *run, const fuzz_operation *operation) {
    size_t before = side->model.size, count = 0;
    FN(iter) iter = FN(iterate)(&side->map);
    for (FN(entry) * entry; (entry = FN(next)(&iter)); ++count) {
        unsigned id = FUZZ_ID(entry);
        CHECK(id < run->keys && side->model.present[id] && FN(carries)(entry, side->model.number[id]));
        if (fuzz_doomed(operation, id)) {
            FN(iter_remove)(&side->map, &iter);
            model_remove(&side->model, id);
        } else {
            FN(renumber)(side, run, entry);
        }
    }
    CHECK(count == before && FN(size)(&side->map) == side->model.size);
    if (side->model.size != before)
        FN(gone)(side);
}

/* Each entry takes another one along, which may have come, may have to come, or may be itself. */
static void FN(iterate_from_anywhere)(FN(side) * side, fuzz_run *run, const fuzz_operation *operation) {
    bool seen[FUZZ_KEYS] = {false};
    FN(iter) iter = FN(iterate_from)(&side->map, operation->first * 37u + operation->second);
    for (FN(entry) * entry; (entry = FN(next)(&iter));) {
        unsigned id = FUZZ_ID(entry), other = (id * 5 + operation->second) & (run->keys - 1);
        CHECK(id < run->keys && side->model.present[id] && !seen[id]);
        CHECK(FN(carries)(entry, side->model.number[id]));
        seen[id] = true;
        if (((id ^ operation->first) & 6) == 0)
            FN(remove_key)(side, other);
        if (side->model.present[id] && ((id ^ operation->first) & 24) == 0) {
            FN(iter_remove)(&side->map, &iter);
            model_remove(&side->model, id);
            FN(gone)(side);
        }
    }
    for (unsigned id = 0; id < run->keys; ++id)
        CHECK(seen[id] || !side->model.present[id]);
}

static void FN(walk)(FN(side) * side, size_t count) {
    FN(iter) iter = FN(iterate_from)(&side->map, side->cursor);
    for (FN(entry) * entry; count > 0 && (entry = FN(next)(&iter)); --count)
        CHECK(FN(carries)(entry, side->model.number[FUZZ_ID(entry)]));
    side->cursor = FN(iter_place)(&iter);
    const size_t numbers = FN(capacity)(&side->map) * (swiss_table_grows_(&side->map.table, &FN(type_)) ? 4 : 1);
    CHECK(side->cursor == 0 || side->cursor <= numbers);
}

/* Inserts 16 keys, or removes them. */
static void FN(treat_many)(FN(side) * side, fuzz_run *run, const fuzz_operation *operation, bool removes) {
    enum { MANY = 16 };
    FN(key) many[MANY];
    bool inserted[MANY];
    unsigned which[MANY];
    for (unsigned i = 0; i < MANY; ++i)
        which[i] = (8 * operation->first + i * operation->second) & (run->keys - 1);
    if (removes) {
        size_t removed = 0;
        for (unsigned i = 0; i < MANY; ++i) {
            many[i] = FUZZ_BORROW(which[i]);
            removed += side->model.present[which[i]];
            model_remove(&side->model, which[i]);
        }
        CHECK(FN(remove_many)(&side->map, many, MANY) == removed);
        FN(gone)(side);
        return;
    }
    const size_t failures = memory.failures;
#ifdef FUZZ_VALUE
    FN(value) values[MANY];
    for (unsigned i = 0; i < MANY; ++i)
        values[i] = FUZZ_VALUE(run->number + i);
#endif
    for (unsigned i = 0; i < MANY; ++i)
        many[i] = FUZZ_KEY(which[i]);
    const size_t done = FN(insert_many_marked)(&side->map, many FUZZ_COMMA(values), MANY, inserted);
    CHECK(done == MANY || memory.failures != failures);
    for (unsigned i = 0; i < MANY; ++i) {
        if (i < done)
            CHECK(inserted[i] == !side->model.present[which[i]]);
        if (i < done && inserted[i]) {
            model_set(&side->model, which[i], run->number + i);
            continue;
        }
        FUZZ_KEY_DROP(many[i]);
#ifdef FUZZ_VALUE
        FUZZ_VALUE_DROP(values[i]);
#endif
    }
    run->number += MANY;
    side->held = NULL;
    CHECK(FN(size)(&side->map) == side->model.size);
}

typedef struct {
    FN(side) * side;
    fuzz_run *run;
    const fuzz_operation *operation;
    size_t asked, kept;
} FN(retaining);

static bool FN(keep)(FN(entry) * entry, void *context) {
    FN(retaining) *retaining = context;
    unsigned id = FUZZ_ID(entry);
    CHECK(id < retaining->run->keys && retaining->side->model.present[id]);
    ++retaining->asked;
    if (fuzz_doomed(retaining->operation, id)) {
        model_remove(&retaining->side->model, id);
        return false;
    }
    FN(renumber)(retaining->side, retaining->run, entry);
    ++retaining->kept;
    return true;
}

static void FN(retain_some)(FN(side) * side, fuzz_run *run, const fuzz_operation *operation) {
    FN(retaining) retaining = {side, run, operation, 0, 0};
    size_t before = side->model.size, removed = FN(retain)(&side->map, FN(keep), &retaining);
    CHECK(retaining.asked == before && removed == before - retaining.kept && side->model.size == retaining.kept);
    if (removed)
        FN(gone)(side);
}

static void FN(reserve_some)(FN(side) * side, const fuzz_operation *operation) {
    size_t size = (operation->first | (size_t)operation->second << 8) & 0x1FFF;
    bool too_much = operation->second >> 6 == 3;
    if (too_much)
        size = SIZE_MAX >> (operation->first % 16);
    else if (operation->second >> 6 == 2) /* where retired slots are in the way */
        size = fuzz_max_load(FN(capacity)(&side->map));
    size_t failures = memory.failures;
    bool done = FN(reserve)(&side->map, size);
    /* Without memory to grow it may yet win back what removals have used up. */
    CHECK(too_much ? !done : done || memory.failures != failures);
    if (!done) {
        CHECK(FN(size)(&side->map) == side->model.size);
        return;
    }
    CHECK(size <= fuzz_max_load(FN(capacity)(&side->map)));
    side->promised = size > side->promised ? size : side->promised;
    FN(iter) iter = FN(iterate)(&side->map);
    side->held = FN(next)(&iter); /* stays where it is until the promise has been used up */
    if (side->held)
        side->held_key = FUZZ_ID(side->held);
}

static void FN(shrink_all)(FN(side) * side) {
    size_t failures = memory.failures;
    bool done = FN(shrink)(&side->map);
    CHECK(done == (memory.failures == failures));
    side->held = NULL;
    if (!done)
        return;
    side->promised = 0;
    size_t least = side->model.size ? 4 : 0;
    while (fuzz_max_load(least) < side->model.size)
        least *= 2;
    CHECK(FN(capacity)(&side->map) == least && FN(stats)(&side->map).retired == 0);
}

/* The map ends, and leaves its place to another. */
static void FN(end)(FN(side) * side) {
    FN(free)(&side->map);
    memset(&side->model, 0, sizeof side->model);
    side->promised = 0;
    side->held = NULL;
}

static void FN(begin)(FN(side) * side, const fuzz_run *run, size_t room) {
    memset(&side->model, 0, sizeof side->model);
    side->promised = 0;
    side->held = NULL;
    if (run->zero) {
        memset(&side->map, 0, sizeof side->map);
        return;
    }
    swiss_options options = run->options;
    options.reserve = room;
    size_t failures = memory.failures;
    bool done = FN(init)(&side->map, &options);
    CHECK(done == (memory.failures == failures) && FN(size)(&side->map) == 0);
    CHECK(done ? FN(capacity)(&side->map) >= room : FN(capacity)(&side->map) == 0);
    if (done)
        side->promised = room;
}

static void FN(clone_onto)(FN(side) * to, const FN(side) * from) {
    FN(end)(to);
    size_t failures = memory.failures;
    bool done = FN(clone)(&to->map, &from->map);
    CHECK(done == (memory.failures == failures));
    if (done)
        to->model = from->model;
}

static void FN(move_onto)(FN(side) * to, FN(side) * from) {
    FN(end)(to);
    to->map = FN(move)(&from->map);
    to->model = from->model;
    to->promised = from->promised;
    to->held = from->held;
    to->held_key = from->held_key;
    memset(&from->model, 0, sizeof from->model);
    from->promised = 0;
    from->held = NULL;
    CHECK(FN(size)(&from->map) == 0 && FN(capacity)(&from->map) == 0);
}

static void FN(swap_sides)(FN(side) sides[2]) {
    FN(swap)(&sides[0].map, &sides[1].map);
    FN(side) kept = sides[0];
    FUZZ_NAME first = sides[0].map, second = sides[1].map;
    sides[0] = sides[1];
    sides[1] = kept;
    sides[0].map = first; /* the maps have changed places already */
    sides[1].map = second;
}

static void FN(merge_from)(FN(side) * to, FN(side) * from, const fuzz_run *run) {
    size_t failures = memory.failures;
    bool done = FN(merge)(&to->map, &from->map);
    CHECK(done || memory.failures != failures);
    to->held = NULL;
    if (!done)
        return;
    for (unsigned id = 0; id < run->keys; ++id)
        if (from->model.present[id] && !to->model.present[id]) {
            model_set(&to->model, id, from->model.number[id]);
            model_remove(&from->model, id);
        }
    FN(gone)(from);
}

static void FN(compare)(const FN(side) sides[2], const fuzz_run *run) {
    bool same = sides[0].model.size == sides[1].model.size;
    for (unsigned id = 0; id < run->keys && same; ++id) {
        same = sides[0].model.present[id] == sides[1].model.present[id];
#ifdef FUZZ_VALUE
        if (same && sides[0].model.present[id])
            same = FUZZ_SAME(sides[0].model.number[id], sides[1].model.number[id]);
#endif
    }
#ifdef FUZZ_VALUE
    CHECK(FN(equal)(&sides[0].map, &sides[1].map, FUZZ_EQUAL) == same);
    CHECK(FN(equal)(&sides[1].map, &sides[0].map, FUZZ_EQUAL) == same);
#else
    CHECK(FN(equal)(&sides[0].map, &sides[1].map) == same);
    CHECK(FN(equal)(&sides[1].map, &sides[0].map) == same);
#endif
}

#ifdef FUZZ_LOOKUP
static void FN(look_up)(FN(side) * side, fuzz_run *run, const fuzz_operation *operation) {
    unsigned id = operation->key;
    bool present = side->model.present[id];
    FN(entry) *found = FN(find_as)(&side->map, FUZZ_LOOKUP(id));
    CHECK(found == FN(find)(&side->map, FUZZ_BORROW(id)) && (found != NULL) == present);
    CHECK(FN(contains_as)(&side->map, FUZZ_LOOKUP(id)) == present);
    switch (operation->second >> 6) {
    case 0:
        CHECK(FN(remove_as)(&side->map, FUZZ_LOOKUP(id)) == present);
        if (!present)
            break;
        model_remove(&side->model, id);
        FN(gone)(side);
        break;
    case 1: {
        FN(entry) taken[FUZZ_ENTRY_SIZE];
        CHECK(FN(take_as)(&side->map, FUZZ_LOOKUP(id), taken) == present);
        if (!present)
            break;
        CHECK(FUZZ_ID(taken) == id && FN(carries)(taken, side->model.number[id]));
        FUZZ_ENTRY_DROP(taken);
        model_remove(&side->model, id);
        FN(gone)(side);
        break;
    }
    default: {
        uint64_t number = ++run->number;
        fuzz_memory before = memory;
        FN(value) value = FUZZ_VALUE(number);
        FN(result) result = FN(insert_as)(&side->map, FUZZ_LOOKUP(id), value);
        if (!result.inserted)
            FUZZ_VALUE_DROP(value);
        FN(inserted)(side, id, number, result, false, &before);
        break;
    }
    }
}
#endif

#ifdef FUZZ_ALIAS
static void FN(insert_alias)(FN(side) * side, const fuzz_run *run, const fuzz_operation *operation) {
    unsigned from = operation->first & (run->keys - 1), id = operation->second & (run->keys - 1);
    FN(entry) *entry = FN(find)(&side->map, FUZZ_BORROW(from));
    if (entry == NULL)
        return;
    fuzz_memory before = memory;
    uint64_t number = side->model.number[from];
    FN(result) result = FN(insert_from)(&side->map, FUZZ_BORROW(id), entry);
    FN(inserted)(side, id, number, result, false, &before);
}
#endif

/* A run ------------------------------------------------------------------------------------------------------------ */

static void FN(operate)(FN(side) sides[2], fuzz_run *run, const fuzz_operation *operation) {
    FN(side) *side = &sides[operation->side], *other = &sides[!operation->side];
    unsigned id = operation->key;
    size_t asked = memory.asked;
    switch (operation->op) {
    case OP_INSERT:
        FN(insert_key)(side, run, id);
        return;
    case OP_INSERT_RANGE:
        for (unsigned i = 0; i <= operation->second && run->work; ++i, --run->work)
            FN(insert_key)(side, run, (8 * operation->first + i) & (run->keys - 1));
        return;
    case OP_PUT:
        FN(put_key)(side, run, id);
        return;
    case OP_GET_OR_INSERT:
#ifdef FUZZ_VALUE
        FN(get_key)(side, run, id);
#endif
        return;
    case OP_RESERVE:
        FN(reserve_some)(side, operation);
        return;
    case OP_SHRINK:
        FN(shrink_all)(side);
        return;
    case OP_CLONE:
        FN(clone_onto)(other, side);
        return;
    case OP_MERGE:
        FN(merge_from)(side, other, run);
        return;
    case OP_FREE:
        FN(end)(side);
        FN(begin)(side, run, operation->first);
        return;
    case OP_FAIL:
        memory.fail_in = operation->first % 16;
        return;
    case OP_LOOKUP:
#ifdef FUZZ_LOOKUP
        FN(look_up)(side, run, operation);
#endif
        return;
    case OP_ALIAS:
#ifdef FUZZ_ALIAS
        FN(insert_alias)(side, run, operation);
#endif
        return;
    case OP_CHURN:
        for (unsigned i = 0; i < 256 && run->work; ++i, --run->work) {
            unsigned in = 8 * operation->first + i, out = in + run->keys - operation->second % run->keys - 1;
            FN(insert_key)(side, run, in & (run->keys - 1));
            FN(remove_key)(side, out & (run->keys - 1));
        }
        return;
    case OP_INSERT_HASHED:
    case OP_PUT_HASHED:
    case OP_REPLACE:
    case OP_REPLACE_HASHED:
    case OP_INSERT_PTR:
    case OP_PUT_PTR:
        FN(insert_otherwise)(side, run, id, operation->op);
        return;
    case OP_INSERT_MANY:
        FN(treat_many)(side, run, operation, false);
        return;
    /* From here on nothing is allocated. */
    case OP_REMOVE_HASHED:
    case OP_REMOVE_PTR:
        FN(remove_otherwise)(side, id, operation->op == OP_REMOVE_HASHED);
        break;
    case OP_TAKE_HASHED:
        FN(take_hashed_key)(side, id);
        break;
    case OP_REMOVE_MANY:
        FN(treat_many)(side, run, operation, true);
        break;
    case OP_POP:
        FN(pop_some)(side, run, operation->first + 1);
        break;
    case OP_ITERATE_FROM:
        FN(iterate_from_anywhere)(side, run, operation);
        break;
    case OP_WALK:
        FN(walk)(side, operation->first);
        break;
    case OP_FIND:
        FN(hold)(side, id);
        break;
    case OP_REMOVE:
        FN(remove_key)(side, id);
        break;
    case OP_REMOVE_RANGE:
        for (unsigned i = 0; i <= operation->second && run->work; ++i, --run->work)
            FN(remove_key)(side, (8 * operation->first + i) & (run->keys - 1));
        break;
    case OP_TAKE:
        FN(take_key)(side, id);
        break;
    case OP_REMOVE_ENTRY:
        FN(remove_found)(side, id);
        break;
    case OP_ITERATE:
        FN(iterate_all)(side, run, operation);
        break;
    case OP_RETAIN:
        FN(retain_some)(side, run, operation);
        break;
    case OP_CLEAR:
    case OP_CLEAR_KEEP: {
        size_t capacity = FN(capacity)(&side->map), size = FN(size)(&side->map);
        if (swiss_table_grows_(&side->map.table, &FN(type_))) /* it ends */
            capacity *= 2;
        bool keep = operation->op == OP_CLEAR_KEEP;
        bool sparse = !keep && capacity > 4096 && size < capacity / 16; /* then the memory goes back */
        (keep ? FN(clear_keep) : FN(clear))(&side->map);
        CHECK(FN(capacity)(&side->map) == (sparse ? 0 : capacity) && FN(size)(&side->map) == 0);
        memset(&side->model, 0, sizeof side->model);
        side->promised = 0;
        side->held = NULL;
        break;
    }
    case OP_SWAP:
        FN(swap_sides)(sides);
        break;
    case OP_MOVE:
        FN(move_onto)(other, side);
        break;
    case OP_EQUAL:
        FN(compare)(sides, run);
        break;
    default:
        FN(check)(sides, run);
        break;
    }
    CHECK(memory.asked == asked);
}

static void FN(run)(fuzz_run *run, fuzz_input *input) {
    static FN(side) sides[2];
    FN(begin)(&sides[0], run, 0);
    FN(begin)(&sides[1], run, 0);
    size_t failures = memory.failures;
    for (unsigned count = 1; input->at < input->end && run->work; ++count) {
        unsigned op = fuzz_byte(input);
        fuzz_operation operation = {0, op >> 7, fuzz_byte(input), fuzz_byte(input), 0};
        operation.op = fuzz_op(op, operation.second);
        operation.key = (operation.first | operation.second << 8) & (run->keys - 1);
        --run->work;
        FN(operate)(sides, run, &operation);
        if (count % 64 == 0 || failures != memory.failures)
            FN(check)(sides, run);
        failures = memory.failures;
    }
    FN(check)(sides, run);
    FN(end)(&sides[0]);
    FN(end)(&sides[1]);
    CHECK(memory.owned == 0 && memory.bytes == 0);
}

#undef FUZZ_NAME
#undef FUZZ_KEY
#undef FUZZ_BORROW
#undef FUZZ_ID
#undef FUZZ_VALUE
#undef FUZZ_VALUE_OF
#undef FUZZ_VALUE_SET
#undef FUZZ_CARRIES
#undef FUZZ_SAME
#undef FUZZ_EQUAL
#undef FUZZ_KEY_DROP
#undef FUZZ_VALUE_DROP
#undef FUZZ_ENTRY_DROP
#undef FUZZ_OWNED
#undef FUZZ_LOOKUP
#undef FUZZ_ENTRY_SIZE
#undef FUZZ_ALIAS
#undef FUZZ_COMMA
#undef FUZZ_PASTE_
#undef FUZZ_PASTE
#undef FN
