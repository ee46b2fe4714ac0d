/* map.h - a hash map, or a set, for the key and value types that the includer names: a template. Include it once per
 * type.
 *
 *     #define SWISS_NAME  word_count          // the type, and the prefix of its functions
 *     #define SWISS_KEY   const char *
 *     #define SWISS_VALUE uint64_t            // left out: a set (then set.h says it better)
 *     #include <swiss/map.h>
 *
 *     word_count words = {0};                 // valid as it is: empty, on the default heap, nothing allocated
 *     uint64_t *n = word_count_get_or_insert(&words, "cat", 0);   // NULL only when out of memory
 *     if (n) ++*n;
 *     word_count_iter it = word_count_iterate(&words);
 *     for (word_count_entry *e; (e = word_count_next(&it));) printf("%s %" PRIu64 "\n", e->key, e->value);
 *     word_count_free(&words);
 *
 * Parameters, all undefined again at the end of this header. KEY, VALUE and LOOKUP stand for the types named. What is
 * described as a function is the name of one, or a function-like macro. void * in the place of KEY *, as free has it, is
 * refused, since it is the address of the key that is passed: #define SWISS_KEY_DROP(key) free(*(key)).
 *
 *   SWISS_NAME, SWISS_KEY   needed. The name is none of the parameters below (map, key, value, entry, iter, to, from ...).
 *                           A function pointer as a key wants a typedef, an array a struct around it. In C++ the key and
 *                           the value are trivially copyable.
 *   SWISS_VALUE             the value's type; left out, entries are keys only.
 *   SWISS_HASH              uint64_t f(const KEY *, uint64_t seed). Default: for integers, enumerations, bool, pointers,
 *                           float and double (0.0 and -0.0 are one key, a NaN is never found), `const char *` and
 *                           `char *` (the string, not the pointer), and swiss_slice. Not for pointers to other
 *                           characters, which may be meant either way. A struct needs its own, for its
 *                           padding bytes hold anything. What it returns is mixed with the seed, unless
 *   SWISS_HASH_AVALANCHES   promises that each of its bits depends on the whole key and on the seed.
 *   SWISS_HASH_KEYED        makes SipHash-1-3 the default hash: for keys from strangers (hash.h). Not with SWISS_HASH, which
 *                           may call swiss_hash_keyed itself.
 *   SWISS_EQUAL             bool f(const KEY *, const KEY *). Default: for the same types as the hash.
 *   SWISS_KEY_DROP          void f(KEY *): gives up what a key owns. Likewise SWISS_VALUE_DROP.
 *   SWISS_KEY_CLONE         bool f(KEY *to, const KEY *from): makes a copy that owns what it needs; false when out of
 *                           memory. Likewise SWISS_VALUE_CLONE. There is no NAME_clone if a drop lacks its clone.
 *   SWISS_LOOKUP            a second type to look keys up by: a swiss_slice finds an owned `char *`, say. With it come
 *                           NAME_find_as, _get_as, _contains_as, _remove_as, _take_as. It needs
 *   SWISS_LOOKUP_EQUAL      bool f(const KEY *, const LOOKUP *), and, if the key has a SWISS_HASH or the default hashes differ,
 *   SWISS_LOOKUP_HASH       uint64_t f(const LOOKUP *, uint64_t seed): equal to the hash of the keys that it equals. By default
 *                           integers of all sizes are hashed alike, by value, and so are float and double, and
 *                           strings and slices.
 *   SWISS_LOOKUP_MAKE       bool f(KEY *to, const LOOKUP *from): makes the key to be stored; false when out of memory.
 *                           With it come NAME_insert_as and _get_or_insert_as, which make a key only if there is none.
 *   SWISS_DECLARE           only declare, with external linkage: for a header.
 *   SWISS_DEFINE            only define, with external linkage, what such a header declares: for one source file, which
 *                           includes the header and then this one with the same parameters.
 *                           With neither of the two everything is static inline.
 *
 * What is given as a function does not change the map. SWISS_LOOKUP_MAKE and the clones may look at it: it is without the entry
 * that is being made, and a copy is empty until it is whole. The others do not look at it, for entries may be on the move.
 *
 * Ownership: insert and get_or_insert take over the key and the value only if they insert; put always takes them over,
 * and drops what they replace. The very key or value that the entry owns already, put again, is owned once as before: a
 * caller who counts references adds none for it. When out of memory none takes anything. remove, remove_entry, iter_remove,
 * retain, clear and free drop entries; take and merge move them without dropping.
 *
 * Pointers to entries, keys and values stay valid as long as the entry is in a map and does not move. Entries move when a new
 * key is inserted for which no room was reserved, and by reserve, shrink and merge (into the map) where these have something to
 * do; nothing else moves them. So they stay where they are when the key to be inserted is there (put replaces it in its place),
 * when others are removed, and when memory runs out, but for a key that SWISS_LOOKUP_MAKE cannot make. swap and move take
 * entries along: pointers stay valid, iterators do not. What else is guaranteed, and how it works: table.h.
 */
#include "table.h"

#ifndef SWISS_NAME
#    error "swiss: #define SWISS_NAME to the name of the map type before including <swiss/map.h>"
#endif
#ifndef SWISS_KEY
#    error "swiss: #define SWISS_KEY to the key type before including <swiss/map.h>"
#endif
#if defined(SWISS_HASH_AVALANCHES) && !defined(SWISS_HASH)
#    error "swiss: SWISS_HASH_AVALANCHES is a promise about SWISS_HASH: define that too"
#endif
#if defined(SWISS_HASH_KEYED) && defined(SWISS_HASH)
#    error "swiss: SWISS_HASH_KEYED is about the default hash: leave it out, and call swiss_hash_keyed in SWISS_HASH"
#endif
#if !defined(SWISS_VALUE) && (defined(SWISS_VALUE_DROP) || defined(SWISS_VALUE_CLONE))
#    error "swiss: SWISS_VALUE_DROP and SWISS_VALUE_CLONE need SWISS_VALUE"
#endif
#if defined(SWISS_LOOKUP) && !defined(SWISS_LOOKUP_EQUAL)
#    error "swiss: SWISS_LOOKUP needs SWISS_LOOKUP_EQUAL(const KEY *, const LOOKUP *)"
#endif
#if defined(SWISS_LOOKUP) && defined(SWISS_HASH) && !defined(SWISS_LOOKUP_HASH)
#    error                                                                                                             \
        "swiss: SWISS_LOOKUP with SWISS_HASH needs SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to the hash of the key"
#endif
#if !defined(SWISS_LOOKUP) && (defined(SWISS_LOOKUP_HASH) || defined(SWISS_LOOKUP_EQUAL) || defined(SWISS_LOOKUP_MAKE))
#    error "swiss: SWISS_LOOKUP_HASH, SWISS_LOOKUP_EQUAL and SWISS_LOOKUP_MAKE need SWISS_LOOKUP"
#endif
#if defined(SWISS_DECLARE) && defined(SWISS_DEFINE)
#    error "swiss: define SWISS_DECLARE in a header or SWISS_DEFINE in a source file, not both"
#endif

#define SWISS_PASTE_(a, b) a##_##b
#define SWISS_PASTE(a, b) SWISS_PASTE_(a, b)
#define SWISS_FN(function) SWISS_PASTE(SWISS_NAME, function)
#define SWISS_ENTRY SWISS_FN(entry)
#if defined(SWISS_DECLARE) || defined(SWISS_DEFINE)
#    define SWISS_LINKAGE
#else
#    define SWISS_LINKAGE static inline SWISS_UNUSED
#endif
#if (!defined(SWISS_KEY_DROP) || defined(SWISS_KEY_CLONE)) && (!defined(SWISS_VALUE_DROP) || defined(SWISS_VALUE_CLONE))
#    define SWISS_CAN_CLONE
#endif
#ifdef SWISS_HASH_KEYED
#    define SWISS_IS_KEYED true
#else
#    define SWISS_IS_KEYED false
#endif
#ifdef SWISS_EQUAL /* which may find a NaN */
#    define SWISS_NAN_APART false
#else
#    define SWISS_NAN_APART true
#endif
#ifdef SWISS_VALUE
#    define SWISS_COMMA_VALUE , SWISS_FN(value) value
#    define SWISS_COMMA_VALUES , const SWISS_FN(value) * values
#    define SWISS_COMMA_VALUES_PASSED , values
#    define SWISS_COMMA_VALUE_I , values[i]
#else
#    define SWISS_COMMA_VALUE
#    define SWISS_COMMA_VALUES
#    define SWISS_COMMA_VALUES_PASSED
#    define SWISS_COMMA_VALUE_I
#endif

/* The types -------------------------------------------------------------------------------------------------------- */

#ifndef SWISS_DEFINE

typedef SWISS_KEY SWISS_FN(key);
#    ifdef SWISS_VALUE
typedef SWISS_VALUE SWISS_FN(value);
#    endif
#    ifdef SWISS_LOOKUP
typedef SWISS_LOOKUP SWISS_FN(lookup);
#    endif

/* An entry. Its key does not change while it is in a map. */
typedef struct SWISS_ENTRY {
    SWISS_FN(key) key;
#    ifdef SWISS_VALUE
    SWISS_FN(value) value;
#    endif
} SWISS_ENTRY;

/* A map. {0} is a valid empty one. */
typedef struct SWISS_NAME {
    swiss_table table;
} SWISS_NAME;

/* What an insertion did. */
typedef struct SWISS_FN(result) {
    SWISS_ENTRY *entry; /* the entry, new or found; NULL: out of memory, and nothing has changed */
    bool inserted;      /* it is new */
} SWISS_FN(result);

/* Where an iteration is. */
typedef struct SWISS_FN(iter) {
    swiss_table_iter at;
} SWISS_FN(iter);

#    ifdef __cplusplus
SWISS_STATIC_ASSERT(std::is_trivially_copyable<SWISS_ENTRY>::value,
                    "swiss: entries are moved with memcpy: the key and the value must be trivially copyable");
#    endif
#    if !defined(SWISS_HASH) || !defined(SWISS_EQUAL)
SWISS_STATIC_ASSERT(
    !SWISS_IS_CHARACTERS_(SWISS_FN(key)),
    "swiss: for the characters at this pointer (here char16_t, char32_t and wchar_t may be integers) define "
    "SWISS_HASH and SWISS_EQUAL; for the address make SWISS_KEY const void *");
SWISS_STATIC_ASSERT(
    swiss_has_default(SWISS_FN(key)) || SWISS_IS_CHARACTERS_(SWISS_FN(key)),
    "swiss: this key type needs SWISS_HASH(const KEY *, seed) and SWISS_EQUAL(const KEY *, const KEY *)");
#    endif
#    if defined(SWISS_LOOKUP) && !defined(SWISS_LOOKUP_HASH)
SWISS_STATIC_ASSERT(swiss_has_default(SWISS_FN(lookup)),
                    "swiss: this lookup type needs SWISS_LOOKUP_HASH(const LOOKUP *, seed)");
SWISS_STATIC_ASSERT(!swiss_has_default(SWISS_FN(lookup)) || swiss_hashed_alike(SWISS_FN(key), SWISS_FN(lookup)),
                    "swiss: not all equal values of this key and this lookup type have one hash: it needs "
                    "SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to the hash of the key");
#    endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The functions ---------------------------------------------------------------------------------------------------- */

/* Makes *map an empty map, as `options` say (NULL: the defaults). What *map was is forgotten, not freed.
 * Returns false when out of memory or when the byte size of what is reserved overflows; then *map is a valid map
 * without room. O(reserve). */
SWISS_LINKAGE bool SWISS_FN(init)(SWISS_NAME *map, const swiss_options *options);

/* Drops every entry and gives the memory back. The map is then at its end: initialise it, by init or with
 * {0}, before using or freeing it again. O(capacity). */
SWISS_LINKAGE void SWISS_FN(free)(SWISS_NAME *map);

/* The number of entries. O(1). */
SWISS_LINKAGE size_t SWISS_FN(size)(const SWISS_NAME *map);

/* The number of slots; 0 if nothing is allocated. O(1). */
SWISS_LINKAGE size_t SWISS_FN(capacity)(const SWISS_NAME *map);

/* The entry of `key`, or NULL. O(1) expected. */
SWISS_LINKAGE SWISS_ENTRY *SWISS_FN(find)(const SWISS_NAME *map, SWISS_FN(key) key);

/* True if there is an entry of `key`. O(1) expected. */
SWISS_LINKAGE bool SWISS_FN(contains)(const SWISS_NAME *map, SWISS_FN(key) key);

/* Inserts `key`, with `value`, unless it is there already; then nothing changes. O(1) expected and amortised, but O(capacity)
 * in a full map that cannot grow, where entries were removed. */
SWISS_LINKAGE SWISS_FN(result) SWISS_FN(insert)(SWISS_NAME *map, SWISS_FN(key) key SWISS_COMMA_VALUE);

/* As insert, but an entry that is there is dropped and replaced. A key or a value that the entry has already, byte for byte,
 * stays and is not dropped: put(&map, entry->key, value) replaces the value, put(&map, key, entry->value) the key.
 * A struct's padding bytes count too, and do not always come along with its copies. */
SWISS_LINKAGE SWISS_FN(result) SWISS_FN(put)(SWISS_NAME *map, SWISS_FN(key) key SWISS_COMMA_VALUE);

#ifdef SWISS_VALUE
/* The value of `key`, or NULL. O(1) expected. */
SWISS_LINKAGE SWISS_FN(value) * SWISS_FN(get)(const SWISS_NAME *map, SWISS_FN(key) key);

/* The value of `key`, which is inserted with `value` if it is not there. NULL: out of memory, and nothing has
 * changed. O(1) expected and amortised. */
SWISS_LINKAGE SWISS_FN(value) * SWISS_FN(get_or_insert)(SWISS_NAME *map, SWISS_FN(key) key, SWISS_FN(value) value);
#endif

/* Removes and drops the entry of `key`. Returns false if there is none. Never allocates. O(1) expected. */
SWISS_LINKAGE bool SWISS_FN(remove)(SWISS_NAME *map, SWISS_FN(key) key);

/* Batches: as so many calls, one after the other; but where the map is larger than the caches the searches for up to 32
 * keys run side by side, which takes a fraction of the time. O(count) expected. */

/* entries[i] = the entry of keys[i], or NULL. */
SWISS_LINKAGE void SWISS_FN(find_many)(const SWISS_NAME *map, const SWISS_FN(key) * keys, size_t count,
                                       SWISS_ENTRY **entries);

/* Inserts each of `count` keys, with its value, unless it is there already. Neither array lies in the map itself. Returns how
 * many it has come to: less than `count` when out of memory; then the rest is not in the map and belongs to the caller. What is
 * not inserted because it is there belongs to the caller too, who can tell by the map's size whether there was any, and
 * by insert_many_marked which. */
SWISS_LINKAGE size_t SWISS_FN(insert_many)(SWISS_NAME *map, const SWISS_FN(key) * keys SWISS_COMMA_VALUES,
                                           size_t count);

/* As insert_many, and says which keys and values the map has taken over: inserted[i] = true if it has the i-th, false if that
 * was there already and is the caller's still; of those that it has not come to, nothing. */
SWISS_LINKAGE size_t SWISS_FN(insert_many_marked)(SWISS_NAME *map, const SWISS_FN(key) * keys SWISS_COMMA_VALUES,
                                                  size_t count, bool *inserted);

/* Removes and drops the entries of `count` keys. Returns how many there were. */
SWISS_LINKAGE size_t SWISS_FN(remove_many)(SWISS_NAME *map, const SWISS_FN(key) * keys, size_t count);

/* Moves the entry of `key` out of the map to *entry (NULL: nowhere), without dropping it. Returns false, and leaves *entry
 * alone, if there is none. O(1) expected. */
SWISS_LINKAGE bool SWISS_FN(take)(SWISS_NAME *map, SWISS_FN(key) key, SWISS_ENTRY *entry);

/* Removes and drops an entry in hand, without a search. O(1). */
SWISS_LINKAGE void SWISS_FN(remove_entry)(SWISS_NAME *map, SWISS_ENTRY *entry);

/* Begins an iteration over all entries, in no particular order. O(1). */
SWISS_LINKAGE SWISS_FN(iter) SWISS_FN(iterate)(const SWISS_NAME *map);

/* The next entry, or NULL after the last. Meanwhile values may be changed and the entry returned last removed with iter_remove;
 * inserting a new key, any other removal, and whatever else moves entries make the iterator stale, and so does another map in
 * the place of this one, by swap, move, clone or init. Debug builds assert that. In all O(capacity). */
SWISS_LINKAGE SWISS_ENTRY *SWISS_FN(next)(SWISS_FN(iter) * iter);

/* Removes and drops the entry that next returned last, once; the iteration goes on. O(1). */
SWISS_LINKAGE void SWISS_FN(iter_remove)(SWISS_NAME *map, SWISS_FN(iter) * iter);

/* Makes room for `size` entries in all: until there are so many, and as long as none is removed, no insertion
 * allocates or moves entries. Returns false when out of memory or when the byte size overflows. O(capacity) when the map
 * grows, else O(1) amortised: it may come before every insertion. */
SWISS_LINKAGE bool SWISS_FN(reserve)(SWISS_NAME *map, size_t size);

/* Gives back what the entries do not need. Returns false when out of memory. O(capacity). */
SWISS_LINKAGE bool SWISS_FN(shrink)(SWISS_NAME *map);

/* Drops every entry and keeps the memory, but for that of a large map that is nearly empty (table.h). */
SWISS_LINKAGE void SWISS_FN(clear)(SWISS_NAME *map);

#ifdef SWISS_CAN_CLONE
/* Makes *to, which is overwritten and not freed, a copy of *from, on the same allocator. Returns false when
 * out of memory; then *to is an empty map. O(capacity). */
SWISS_LINKAGE SWISS_MUST_USE bool SWISS_FN(clone)(SWISS_NAME *to, const SWISS_NAME *from);
#endif

/* Exchanges two maps. O(1). */
SWISS_LINKAGE void SWISS_FN(swap)(SWISS_NAME *map, SWISS_NAME *other);

/* Returns the map and leaves *from empty, with nothing allocated, on the same allocator. O(1). */
SWISS_LINKAGE SWISS_MUST_USE SWISS_NAME SWISS_FN(move)(SWISS_NAME *from);

/* Moves into *to every entry of *from whose key *to lacks; the others stay. Returns false when out of memory,
 * with both maps as they were. Room for all of them is made first. O(capacity of both). */
SWISS_LINKAGE SWISS_MUST_USE bool SWISS_FN(merge)(SWISS_NAME *to, SWISS_NAME *from);

/* Removes and drops every entry for which `keep` returns false. `keep` may change the entry's value, and
 * nothing else of the map. Returns how many were removed. O(capacity). */
SWISS_LINKAGE size_t SWISS_FN(retain)(SWISS_NAME *map, bool (*keep)(SWISS_ENTRY *entry, void *context), void *context);

/* True if both hold the same keys, and, in maps, `value_equal` (NULL: any) accepts the two values of each. O(capacity).
 */
#ifdef SWISS_VALUE
SWISS_LINKAGE bool SWISS_FN(equal)(const SWISS_NAME *map, const SWISS_NAME *other,
                                   bool (*value_equal)(const SWISS_FN(value) *, const SWISS_FN(value) *));
#else
SWISS_LINKAGE bool SWISS_FN(equal)(const SWISS_NAME *map, const SWISS_NAME *other);
#endif

/* Measures the map (table.h). O(capacity). */
SWISS_LINKAGE swiss_table_stats SWISS_FN(stats)(const SWISS_NAME *map);

#ifdef SWISS_LOOKUP
/* find, get, contains, remove and take by the second key type. */
SWISS_LINKAGE SWISS_ENTRY *SWISS_FN(find_as)(const SWISS_NAME *map, SWISS_FN(lookup) key);
#    ifdef SWISS_VALUE
SWISS_LINKAGE SWISS_FN(value) * SWISS_FN(get_as)(const SWISS_NAME *map, SWISS_FN(lookup) key);
#    endif
SWISS_LINKAGE bool SWISS_FN(contains_as)(const SWISS_NAME *map, SWISS_FN(lookup) key);
SWISS_LINKAGE bool SWISS_FN(remove_as)(SWISS_NAME *map, SWISS_FN(lookup) key);
SWISS_LINKAGE bool SWISS_FN(take_as)(SWISS_NAME *map, SWISS_FN(lookup) key, SWISS_ENTRY *entry);
#    ifdef SWISS_LOOKUP_MAKE
/* insert by the second key type: SWISS_LOOKUP_MAKE makes the key only if it is to be inserted. If that fails, the result is
 * that of running out of memory. What the lookup points to may lie in the map. */
SWISS_LINKAGE SWISS_FN(result) SWISS_FN(insert_as)(SWISS_NAME *map, SWISS_FN(lookup) key SWISS_COMMA_VALUE);
#        ifdef SWISS_VALUE
/* get_or_insert likewise. */
SWISS_LINKAGE SWISS_FN(value) *
    SWISS_FN(get_or_insert_as)(SWISS_NAME *map, SWISS_FN(lookup) key, SWISS_FN(value) value);
#        endif
#    endif
#endif

/* The definitions -------------------------------------------------------------------------------------------------- */
#ifndef SWISS_DECLARE
#    include "detail/hooks.h"

/* Function-like macros and functions alike become functions that the core can be given. Not SWISS_ALWAYS_INLINE: gcc -Og finds
 * out too late whom the core calls, and then refuses. */
static inline SWISS_UNUSED uint64_t SWISS_FN(hash_)(const void *key, uint64_t seed, const swiss_table_type *type) {
    (void)type;
#    ifndef SWISS_HASH
    return swiss_default_hash_(SWISS_KIND_(*(const SWISS_FN(key) *)key), key, sizeof(SWISS_FN(key)), seed,
                               SWISS_IS_KEYED, SWISS_NAN_APART);
#    elif defined(SWISS_HASH_AVALANCHES)
    return SWISS_HASH((const SWISS_FN(key) *)key, seed);
#    else
    return swiss_hash_mix(SWISS_HASH((const SWISS_FN(key) *)key, seed), seed);
#    endif
}

static inline SWISS_UNUSED bool SWISS_FN(equal_)(const void *stored, const void *key, const swiss_table_type *type) {
    (void)type;
#    ifdef SWISS_EQUAL
    return SWISS_EQUAL((const SWISS_FN(key) *)stored, (const SWISS_FN(key) *)key);
#    else
    return swiss_default_equal((const SWISS_FN(key) *)stored, (const SWISS_FN(key) *)key);
#    endif
}

#    if defined(SWISS_KEY_DROP) || defined(SWISS_VALUE_DROP)
static inline void SWISS_FN(drop_)(void *slot, const swiss_table_type *type) {
    SWISS_ENTRY *entry = (SWISS_ENTRY *)slot;
    (void)type;
#        ifdef SWISS_KEY_DROP
    SWISS_KEY_DROP(&entry->key);
#        endif
#        ifdef SWISS_VALUE_DROP
    SWISS_VALUE_DROP(&entry->value);
#        endif
}
#        define SWISS_DROP SWISS_FN(drop_)
#    else
#        define SWISS_DROP NULL
#    endif

#    if defined(SWISS_CAN_CLONE) && (defined(SWISS_KEY_CLONE) || defined(SWISS_VALUE_CLONE))
static inline bool SWISS_FN(clone_)(void *to, const void *from, const swiss_table_type *type) {
    SWISS_ENTRY *copy = (SWISS_ENTRY *)to;
    const SWISS_ENTRY *entry = (const SWISS_ENTRY *)from;
    (void)type;
    *copy = *entry;
#        ifdef SWISS_KEY_CLONE
    if (!SWISS_KEY_CLONE(&copy->key, &entry->key))
        return false;
#        endif
#        ifdef SWISS_VALUE_CLONE
    if (!SWISS_VALUE_CLONE(&copy->value, &entry->value)) {
#            ifdef SWISS_KEY_DROP
        SWISS_KEY_DROP(&copy->key);
#            endif
        return false;
    }
#        endif
    return true;
}
#        define SWISS_CLONE SWISS_FN(clone_)
#    else
#        define SWISS_CLONE NULL
#    endif

static size_t SWISS_FN(split_)(swiss_table *to, const swiss_table *from, const swiss_table_type *type);

static const swiss_table_type SWISS_FN(type_) = {
    sizeof(SWISS_FN(key)),
#    ifdef SWISS_VALUE
    offsetof(SWISS_ENTRY, value),
    sizeof(SWISS_FN(value)),
#    else
    sizeof(SWISS_FN(key)),
    0,
#    endif
    sizeof(SWISS_ENTRY),
    SWISS_ALIGNOF(SWISS_ENTRY),
    SWISS_FN(hash_),
    SWISS_FN(equal_),
    SWISS_DROP,
    NULL,
    SWISS_CLONE,
    SWISS_FN(split_),
    NULL,
    true,
};

static size_t SWISS_FN(split_)(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    (void)type;
    return swiss_table_split_core(to, from, &SWISS_FN(type_));
}

SWISS_LINKAGE bool SWISS_FN(init)(SWISS_NAME *map, const swiss_options *options) {
    return swiss_table_init(&map->table, &SWISS_FN(type_), options);
}

SWISS_LINKAGE void SWISS_FN(free)(SWISS_NAME *map) {
    SWISS_ASSERT(!map->table.freed);
    swiss_table_free(&map->table, &SWISS_FN(type_));
}

SWISS_LINKAGE size_t SWISS_FN(size)(const SWISS_NAME *map) {
    return swiss_table_size(&map->table);
}

SWISS_LINKAGE size_t SWISS_FN(capacity)(const SWISS_NAME *map) {
    return swiss_table_capacity(&map->table);
}

/* The key goes by value, so that it need not be in memory where this is not called. */
static SWISS_NOINLINE void *SWISS_FN(find_further_)(const swiss_table *table, uint64_t hash, SWISS_FN(key) key) {
    return swiss_table_find_further(table, &SWISS_FN(type_), hash, SWISS_FN(equal_), &key);
}

SWISS_ALWAYS_INLINE void *SWISS_FN(find_)(const swiss_table *table, uint64_t hash, const SWISS_FN(key) * key,
                                          bool fetch) {
    SWISS_ASSERT(!table->freed);
    if (SWISS_UNLIKELY(table->control == NULL))
        return NULL;
    void *slot = swiss_table_find_first(table, &SWISS_FN(type_), hash, SWISS_FN(equal_), key, fetch, NULL);
    if (slot == NULL && SWISS_UNLIKELY(swiss_table_goes_further(table, hash)))
        slot = SWISS_FN(find_further_)(table, hash, *key);
    return slot;
}

SWISS_LINKAGE SWISS_ENTRY *SWISS_FN(find)(const SWISS_NAME *map, SWISS_FN(key) key) {
    return (SWISS_ENTRY *)SWISS_FN(find_)(&map->table, SWISS_FN(hash_)(&key, map->table.seed, NULL), &key, true);
}

SWISS_LINKAGE bool SWISS_FN(contains)(const SWISS_NAME *map, SWISS_FN(key) key) {
    return SWISS_FN(find)(map, key) != NULL;
}

/* What claim_hashed_ does where the group is not enough; or if the table has no block, where there is no hash yet either. */
static SWISS_NOINLINE swiss_table_result SWISS_FN(claim_further_)(swiss_table *table, uint64_t hash,
                                                                  SWISS_FN(key) key) {
    swiss_table_result result = {NULL, false};
    if (table->control == NULL) {
        if (!swiss_table_make_room(table, &SWISS_FN(type_)))
            return result;
        hash = SWISS_FN(hash_)(&key, table->seed, NULL);
    } else if (swiss_table_goes_further(table, hash)) {
        result.slot = SWISS_FN(find_further_)(table, hash, key);
        if (result.slot)
            return result;
    }
    result.slot = swiss_table_add_further(table, &SWISS_FN(type_), hash);
    result.inserted = result.slot != NULL;
    return result;
}

/* Finds the entry of a key or takes a slot for it, which the caller fills. The table has a block. */
SWISS_ALWAYS_INLINE swiss_table_result SWISS_FN(claim_hashed_)(swiss_table *table, uint64_t hash,
                                                               const SWISS_FN(key) * key, bool fetch) {
    swiss_table_result result = {NULL, false};
    result.slot = swiss_table_find_first(table, &SWISS_FN(type_), hash, SWISS_FN(equal_), key, fetch, NULL);
    if (result.slot)
        return result;
    if (SWISS_LIKELY(!swiss_table_goes_further(table, hash))) {
        result.slot = swiss_table_add_first(table, &SWISS_FN(type_), hash);
        result.inserted = true;
        if (SWISS_LIKELY(result.slot != NULL))
            return result;
    }
    return SWISS_FN(claim_further_)(table, hash, *key);
}

SWISS_ALWAYS_INLINE swiss_table_result SWISS_FN(claim_)(SWISS_NAME *map, const SWISS_FN(key) * key) {
    swiss_table *table = &map->table;
    SWISS_ASSERT(!table->freed);
    if (SWISS_UNLIKELY(table->control == NULL))
        return SWISS_FN(claim_further_)(table, 0, *key);
    return SWISS_FN(claim_hashed_)(table, SWISS_FN(hash_)(key, table->seed, NULL), key, true);
}

SWISS_LINKAGE SWISS_FN(result) SWISS_FN(insert)(SWISS_NAME *map, SWISS_FN(key) key SWISS_COMMA_VALUE) {
    swiss_table_result claimed = SWISS_FN(claim_)(map, &key);
    SWISS_FN(result) result = {(SWISS_ENTRY *)claimed.slot, claimed.inserted};
    if (SWISS_LIKELY(claimed.inserted)) {
        result.entry->key = key;
#    ifdef SWISS_VALUE
        result.entry->value = value;
#    endif
    }
    return result;
}

SWISS_LINKAGE SWISS_FN(result) SWISS_FN(put)(SWISS_NAME *map, SWISS_FN(key) key SWISS_COMMA_VALUE) {
    swiss_table_result claimed = SWISS_FN(claim_)(map, &key);
    SWISS_FN(result) result = {(SWISS_ENTRY *)claimed.slot, claimed.inserted};
    if (SWISS_UNLIKELY(result.entry == NULL))
        return result;
#    ifdef SWISS_KEY_DROP
    if (!claimed.inserted && memcmp(&result.entry->key, &key, sizeof key) != 0)
        SWISS_KEY_DROP(&result.entry->key);
#    endif
#    ifdef SWISS_VALUE_DROP
    if (!claimed.inserted && memcmp(&result.entry->value, &value, sizeof value) != 0)
        SWISS_VALUE_DROP(&result.entry->value);
#    endif
    result.entry->key = key;
#    ifdef SWISS_VALUE
    result.entry->value = value;
#    endif
    return result;
}

#    ifdef SWISS_VALUE
SWISS_LINKAGE SWISS_FN(value) * SWISS_FN(get)(const SWISS_NAME *map, SWISS_FN(key) key) {
    SWISS_ENTRY *entry = SWISS_FN(find)(map, key);
    return entry ? &entry->value : NULL;
}

SWISS_LINKAGE SWISS_FN(value) * SWISS_FN(get_or_insert)(SWISS_NAME *map, SWISS_FN(key) key, SWISS_FN(value) value) {
    SWISS_ENTRY *entry = SWISS_FN(insert)(map, key, value).entry;
    return entry ? &entry->value : NULL;
}
#    endif

SWISS_LINKAGE void SWISS_FN(remove_entry)(SWISS_NAME *map, SWISS_ENTRY *entry) {
    SWISS_ASSERT(swiss_table_holds(&map->table, &SWISS_FN(type_), entry));
    size_t index = swiss_table_index(&map->table, &SWISS_FN(type_), entry);
#    if defined(SWISS_KEY_DROP) || defined(SWISS_VALUE_DROP)
    SWISS_FN(drop_)(entry, &SWISS_FN(type_));
#    endif
    swiss_table_release(&map->table, index);
}

/* Removes the entry of `key`, after it has been dropped, if `with_drop`, and copied to *taken, unless that is NULL. The table
 * has a block. */
SWISS_ALWAYS_INLINE bool SWISS_FN(remove_)(swiss_table *table, uint64_t hash, const SWISS_FN(key) * key, bool fetch,
                                           bool with_drop, SWISS_ENTRY *taken) {
    swiss_found found;
    void *first = swiss_table_find_first(table, &SWISS_FN(type_), hash, SWISS_FN(equal_), key, fetch, &found);
    SWISS_ENTRY *entry = (SWISS_ENTRY *)first;
    if (SWISS_UNLIKELY(first == NULL)) {
        if (SWISS_LIKELY(!swiss_table_goes_further(table, hash)))
            return false;
        entry = (SWISS_ENTRY *)SWISS_FN(find_further_)(table, hash, *key);
        if (entry == NULL)
            return false;
    }
    if (taken)
        *taken = *entry;
#    if defined(SWISS_KEY_DROP) || defined(SWISS_VALUE_DROP)
    if (with_drop)
        SWISS_FN(drop_)(entry, &SWISS_FN(type_));
#    else
    (void)with_drop;
#    endif
    if (SWISS_LIKELY(first != NULL))
        swiss_table_release_found(table, &found, hash);
    else
        swiss_table_release(table, swiss_table_index(table, &SWISS_FN(type_), entry));
    return true;
}

SWISS_LINKAGE bool SWISS_FN(remove)(SWISS_NAME *map, SWISS_FN(key) key) {
    swiss_table *table = &map->table;
    SWISS_ASSERT(!table->freed);
    return SWISS_LIKELY(table->control != NULL) &&
           SWISS_FN(remove_)(table, SWISS_FN(hash_)(&key, table->seed, NULL), &key, true, true, NULL);
}

SWISS_LINKAGE bool SWISS_FN(take)(SWISS_NAME *map, SWISS_FN(key) key, SWISS_ENTRY *entry) {
    swiss_table *table = &map->table;
    SWISS_ASSERT(!table->freed);
    return SWISS_LIKELY(table->control != NULL) &&
           SWISS_FN(remove_)(table, SWISS_FN(hash_)(&key, table->seed, NULL), &key, true, false, entry);
}

SWISS_LINKAGE void SWISS_FN(find_many)(const SWISS_NAME *map, const SWISS_FN(key) * keys, size_t count,
                                       SWISS_ENTRY **entries) {
    const swiss_table *table = &map->table;
    if (!swiss_table_gains_by_batches(table, &SWISS_FN(type_))) {
        for (size_t i = 0; i < count; ++i)
            entries[i] = SWISS_FN(find)(map, keys[i]);
        return;
    }
    uint64_t ring[SWISS_BATCH_RING];
    for (size_t i = 0; i < count; ++i) {
        if (i % SWISS_BATCH == 0)
            swiss_table_fetch_ahead(table, &SWISS_FN(type_), ring, keys, sizeof *keys, i, count, false);
        entries[i] = (SWISS_ENTRY *)SWISS_FN(find_)(table, ring[i % SWISS_BATCH_RING], &keys[i], false);
    }
}

/* insert_many; `inserted` may be NULL. */
SWISS_ALWAYS_INLINE size_t SWISS_FN(insert_many_)(SWISS_NAME *map, const SWISS_FN(key) * keys SWISS_COMMA_VALUES,
                                                  size_t count, bool *inserted) {
    swiss_table *table = &map->table;
    size_t i = 0;
    for (; i < count && !swiss_table_gains_by_batches(table, &SWISS_FN(type_)); ++i) {
        SWISS_FN(result) result = SWISS_FN(insert)(map, keys[i] SWISS_COMMA_VALUE_I);
        if (result.entry == NULL)
            return i;
        if (inserted)
            inserted[i] = result.inserted;
    }
    uint64_t ring[SWISS_BATCH_RING];
    const size_t done = i;
    for (; i < count; ++i) {
        if ((i - done) % SWISS_BATCH == 0)
            swiss_table_fetch_ahead(table, &SWISS_FN(type_), ring, keys + done, sizeof *keys, i - done, count - done,
                                    true);
        swiss_table_result claimed =
            SWISS_FN(claim_hashed_)(table, ring[(i - done) % SWISS_BATCH_RING], &keys[i], false);
        if (claimed.slot == NULL)
            return i;
        if (inserted)
            inserted[i] = claimed.inserted;
        if (claimed.inserted) {
            ((SWISS_ENTRY *)claimed.slot)->key = keys[i];
#    ifdef SWISS_VALUE
            ((SWISS_ENTRY *)claimed.slot)->value = values[i];
#    endif
        }
    }
    return count;
}

SWISS_LINKAGE size_t SWISS_FN(insert_many)(SWISS_NAME *map, const SWISS_FN(key) * keys SWISS_COMMA_VALUES,
                                           size_t count) {
    return SWISS_FN(insert_many_)(map, keys SWISS_COMMA_VALUES_PASSED, count, NULL);
}

SWISS_LINKAGE size_t SWISS_FN(insert_many_marked)(SWISS_NAME *map, const SWISS_FN(key) * keys SWISS_COMMA_VALUES,
                                                  size_t count, bool *inserted) {
    return SWISS_FN(insert_many_)(map, keys SWISS_COMMA_VALUES_PASSED, count, inserted);
}

SWISS_LINKAGE size_t SWISS_FN(remove_many)(SWISS_NAME *map, const SWISS_FN(key) * keys, size_t count) {
    swiss_table *table = &map->table;
    const size_t before = swiss_table_size(table);
    if (!swiss_table_gains_by_batches(table, &SWISS_FN(type_))) {
        for (size_t i = 0; i < count; ++i)
            SWISS_FN(remove)(map, keys[i]);
        return before - swiss_table_size(table);
    }
    uint64_t ring[SWISS_BATCH_RING];
    for (size_t i = 0; i < count; ++i) {
        if (i % SWISS_BATCH == 0)
            swiss_table_fetch_ahead(table, &SWISS_FN(type_), ring, keys, sizeof *keys, i, count, false);
        SWISS_FN(remove_)(table, ring[i % SWISS_BATCH_RING], &keys[i], false, true, NULL);
    }
    return before - swiss_table_size(table);
}

SWISS_LINKAGE SWISS_FN(iter) SWISS_FN(iterate)(const SWISS_NAME *map) {
    SWISS_FN(iter) iter = {swiss_table_iterate(&map->table)};
    return iter;
}

SWISS_LINKAGE SWISS_ENTRY *SWISS_FN(next)(SWISS_FN(iter) * iter) {
    return (SWISS_ENTRY *)swiss_table_next(&iter->at, &SWISS_FN(type_));
}

SWISS_LINKAGE void SWISS_FN(iter_remove)(SWISS_NAME *map, SWISS_FN(iter) * iter) {
    swiss_table_iter_remove(&map->table, &SWISS_FN(type_), &iter->at);
}

SWISS_LINKAGE bool SWISS_FN(reserve)(SWISS_NAME *map, size_t size) {
    return swiss_table_reserve(&map->table, &SWISS_FN(type_), size);
}

SWISS_LINKAGE bool SWISS_FN(shrink)(SWISS_NAME *map) {
    return swiss_table_shrink(&map->table, &SWISS_FN(type_));
}

SWISS_LINKAGE void SWISS_FN(clear)(SWISS_NAME *map) {
    swiss_table_clear(&map->table, &SWISS_FN(type_));
}

#    ifdef SWISS_CAN_CLONE
SWISS_LINKAGE bool SWISS_FN(clone)(SWISS_NAME *to, const SWISS_NAME *from) {
    return swiss_table_clone(&to->table, &from->table, &SWISS_FN(type_));
}
#    endif

SWISS_LINKAGE void SWISS_FN(swap)(SWISS_NAME *map, SWISS_NAME *other) {
    swiss_table_swap(&map->table, &other->table);
}

SWISS_LINKAGE SWISS_NAME SWISS_FN(move)(SWISS_NAME *from) {
    SWISS_NAME moved = {swiss_table_move(&from->table)};
    return moved;
}

SWISS_LINKAGE bool SWISS_FN(merge)(SWISS_NAME *to, SWISS_NAME *from) {
    return swiss_table_merge(&to->table, &from->table, &SWISS_FN(type_));
}

/* The caller's function and context, for the core to carry. */
typedef struct SWISS_FN(keep_) {
    bool (*keep)(SWISS_ENTRY *entry, void *context);
    void *context;
} SWISS_FN(keep_);

static inline bool SWISS_FN(keep_call_)(void *slot, void *context) {
    const SWISS_FN(keep_) *keep = (const SWISS_FN(keep_) *)context;
    return keep->keep((SWISS_ENTRY *)slot, keep->context);
}

SWISS_LINKAGE size_t SWISS_FN(retain)(SWISS_NAME *map, bool (*keep)(SWISS_ENTRY *entry, void *context), void *context) {
    SWISS_FN(keep_) call = {keep, context};
    return swiss_table_retain(&map->table, &SWISS_FN(type_), SWISS_FN(keep_call_), &call);
}

#    ifdef SWISS_VALUE
typedef struct SWISS_FN(value_equal_) {
    bool (*equal)(const SWISS_FN(value) *, const SWISS_FN(value) *);
} SWISS_FN(value_equal_);

static inline bool SWISS_FN(value_equal_call_)(const void *a, const void *b, void *context) {
    return ((const SWISS_FN(value_equal_) *)context)->equal((const SWISS_FN(value) *)a, (const SWISS_FN(value) *)b);
}

SWISS_LINKAGE bool SWISS_FN(equal)(const SWISS_NAME *map, const SWISS_NAME *other,
                                   bool (*value_equal)(const SWISS_FN(value) *, const SWISS_FN(value) *)) {
    SWISS_FN(value_equal_) call = {value_equal};
    return swiss_table_equal(&map->table, &other->table, &SWISS_FN(type_),
                             value_equal ? SWISS_FN(value_equal_call_) : NULL, &call);
}
#    else
SWISS_LINKAGE bool SWISS_FN(equal)(const SWISS_NAME *map, const SWISS_NAME *other) {
    return swiss_table_equal(&map->table, &other->table, &SWISS_FN(type_), NULL, NULL);
}
#    endif

SWISS_LINKAGE swiss_table_stats SWISS_FN(stats)(const SWISS_NAME *map) {
    return swiss_table_get_stats(&map->table, &SWISS_FN(type_));
}

#    ifdef SWISS_LOOKUP
SWISS_ALWAYS_INLINE uint64_t SWISS_FN(lookup_hash_)(const SWISS_FN(lookup) * key, uint64_t seed) {
#        ifndef SWISS_LOOKUP_HASH
    return swiss_default_hash_(SWISS_KIND_(*key), key, sizeof *key, seed, SWISS_IS_KEYED, false);
#        elif defined(SWISS_HASH_AVALANCHES) || !defined(SWISS_HASH)
    return SWISS_LOOKUP_HASH(key, seed);
#        else
    return swiss_hash_mix(SWISS_LOOKUP_HASH(key, seed), seed);
#        endif
}

static inline SWISS_UNUSED bool SWISS_FN(lookup_equal_)(const void *stored, const void *key,
                                                        const swiss_table_type *type) {
    (void)type;
    return SWISS_LOOKUP_EQUAL((const SWISS_FN(key) *)stored, (const SWISS_FN(lookup) *)key);
}

static SWISS_NOINLINE void *SWISS_FN(find_further_as_)(const swiss_table *table, uint64_t hash, SWISS_FN(lookup) key) {
    return swiss_table_find_further(table, &SWISS_FN(type_), hash, SWISS_FN(lookup_equal_), &key);
}

SWISS_ALWAYS_INLINE void *SWISS_FN(find_as_)(const swiss_table *table, uint64_t hash, const SWISS_FN(lookup) * key) {
    SWISS_ASSERT(!table->freed);
    if (SWISS_UNLIKELY(table->control == NULL))
        return NULL;
    void *slot = swiss_table_find_first(table, &SWISS_FN(type_), hash, SWISS_FN(lookup_equal_), key, true, NULL);
    if (slot == NULL && SWISS_UNLIKELY(swiss_table_goes_further(table, hash)))
        slot = SWISS_FN(find_further_as_)(table, hash, *key);
    return slot;
}

SWISS_LINKAGE SWISS_ENTRY *SWISS_FN(find_as)(const SWISS_NAME *map, SWISS_FN(lookup) key) {
    return (SWISS_ENTRY *)SWISS_FN(find_as_)(&map->table, SWISS_FN(lookup_hash_)(&key, map->table.seed), &key);
}

#        ifdef SWISS_VALUE
SWISS_LINKAGE SWISS_FN(value) * SWISS_FN(get_as)(const SWISS_NAME *map, SWISS_FN(lookup) key) {
    SWISS_ENTRY *entry = SWISS_FN(find_as)(map, key);
    return entry ? &entry->value : NULL;
}
#        endif

SWISS_LINKAGE bool SWISS_FN(contains_as)(const SWISS_NAME *map, SWISS_FN(lookup) key) {
    return SWISS_FN(find_as)(map, key) != NULL;
}

SWISS_LINKAGE bool SWISS_FN(remove_as)(SWISS_NAME *map, SWISS_FN(lookup) key) {
    SWISS_ENTRY *entry = SWISS_FN(find_as)(map, key);
    if (entry == NULL)
        return false;
    SWISS_FN(remove_entry)(map, entry);
    return true;
}

SWISS_LINKAGE bool SWISS_FN(take_as)(SWISS_NAME *map, SWISS_FN(lookup) key, SWISS_ENTRY *entry) {
    SWISS_ENTRY *found = SWISS_FN(find_as)(map, key);
    if (found == NULL)
        return false;
    if (entry)
        *entry = *found;
    swiss_table_release(&map->table, swiss_table_index(&map->table, &SWISS_FN(type_), found));
    return true;
}

#        ifdef SWISS_LOOKUP_MAKE
SWISS_LINKAGE SWISS_FN(result) SWISS_FN(insert_as)(SWISS_NAME *map, SWISS_FN(lookup) key SWISS_COMMA_VALUE) {
    swiss_table *table = &map->table;
    SWISS_FN(result) result = {NULL, false};
    if (!swiss_table_prepare(table, &SWISS_FN(type_)))
        return result;
    const uint64_t hash = SWISS_FN(lookup_hash_)(&key, table->seed);
    result.entry = (SWISS_ENTRY *)SWISS_FN(find_as_)(table, hash, &key);
    if (result.entry)
        return result;
    /* The key is made before there is a slot for it and before entries may move: the hook may look at the map, and `key` point
     * into it. */
    const uint32_t generation = table->generation;
    SWISS_FN(key) own_key;
    if (!SWISS_LOOKUP_MAKE(&own_key, &key))
        return result;
    SWISS_ASSERT(table->generation == generation); /* the hook has changed the map */
    (void)generation;
    result.entry = (SWISS_ENTRY *)swiss_table_add(table, &SWISS_FN(type_), hash);
    result.inserted = result.entry != NULL;
    if (!result.inserted) {
#            ifdef SWISS_KEY_DROP
        SWISS_KEY_DROP(&own_key);
#            endif
        return result;
    }
    result.entry->key = own_key;
#            ifdef SWISS_VALUE
    result.entry->value = value;
#            endif
    return result;
}

#            ifdef SWISS_VALUE
SWISS_LINKAGE SWISS_FN(value) *
    SWISS_FN(get_or_insert_as)(SWISS_NAME *map, SWISS_FN(lookup) key, SWISS_FN(value) value) {
    SWISS_ENTRY *entry = SWISS_FN(insert_as)(map, key, value).entry;
    return entry ? &entry->value : NULL;
}
#            endif
#        endif
#    endif
#endif

#ifdef __cplusplus
}
#endif

#undef SWISS_NAME
#undef SWISS_KEY
#undef SWISS_VALUE
#undef SWISS_HASH
#undef SWISS_HASH_AVALANCHES
#undef SWISS_HASH_KEYED
#undef SWISS_EQUAL
#undef SWISS_KEY_DROP
#undef SWISS_VALUE_DROP
#undef SWISS_KEY_CLONE
#undef SWISS_VALUE_CLONE
#undef SWISS_LOOKUP
#undef SWISS_LOOKUP_HASH
#undef SWISS_LOOKUP_EQUAL
#undef SWISS_LOOKUP_MAKE
#undef SWISS_DECLARE
#undef SWISS_DEFINE
#undef SWISS_FN
#undef SWISS_PASTE
#undef SWISS_PASTE_
#undef SWISS_ENTRY
#undef SWISS_LINKAGE
#undef SWISS_CAN_CLONE
#undef SWISS_IS_KEYED
#undef SWISS_NAN_APART
#undef SWISS_COMMA_VALUE
#undef SWISS_COMMA_VALUES
#undef SWISS_COMMA_VALUES_PASSED
#undef SWISS_COMMA_VALUE_I
#undef SWISS_DROP
#undef SWISS_CLONE
