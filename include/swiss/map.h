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
 * Parameters, all undefined again at the end of this header. KEY, VALUE and LOOKUP stand for the types named. A
 * parameter that is described as a function is the name of a function or of a function-like macro. A function that
 * takes void * in the place of KEY *, as free does, is refused, because it would get the address of the key: #define
 * SWISS_KEY_DROP(key) free(*(key)).
 *
 *   SWISS_NAME, SWISS_KEY   needed. A function pointer as a key needs a typedef, an array a struct around it. In C++
 *                           the key and the value are trivially copyable, and one name may be used in several
 *                           namespaces: then include table.h first, outside of them. With SWISS_DECLARE it may not,
 *                           because those functions are C's, which knows no namespaces.
 *   SWISS_KEY_OWNED_STRING  in the place of SWISS_KEY, its hooks and lookups: keys are const char *, strings of the
 *                           map's own. insert takes over a string from malloc, and the map frees it; the caller frees
 *                           what take, pop and replace hand out. A clone copies. The lookups are by swiss_slice:
 *                           insert_as(&map, swiss_slice_of("cat"), value) copies the bytes. If there is a NUL among
 *                           them, which no string has, the result is as when out of memory. malloc and free are those
 *                           of the file that includes this; in a namespace include <stdlib.h> before.
 *   SWISS_VALUE             the type of the value. Left out, entries are keys only.
 *   SWISS_HASH              uint64_t f(const KEY *, uint64_t seed). Default: for integers, enumerations, bool,
 *                           pointers, float and double (0.0 and -0.0 are one key, a NaN is never found),
 *                           `const char *` and `char *` (the string, not the pointer), and swiss_slice. There is none
 *                           for pointers to other characters, which could mean a string or an address, and none for a
 *                           struct, whose padding bytes hold anything. The result is mixed with the seed, unless
 *   SWISS_HASH_AVALANCHES   promises that each of its bits depends on the whole key and on the seed.
 *   SWISS_HASH_KEYED        makes SipHash-1-3 the default hash: for keys from strangers (hash.h). Not with SWISS_HASH,
 *                           which may call swiss_hash_keyed itself.
 *   SWISS_EQUAL             bool f(const KEY *, const KEY *). Default: for the same types as the hash.
 *   SWISS_KEY_DROP          void f(KEY *): gives up what a key owns. Likewise SWISS_VALUE_DROP.
 *   SWISS_KEY_CLONE         bool f(KEY *to, const KEY *from): makes a copy that owns what it needs. Returns false when
 *                           out of memory. Likewise SWISS_VALUE_CLONE. There is no NAME_clone if a drop lacks
 *                           its clone.
 *   SWISS_LOOKUP            a second type to look keys up by: a swiss_slice finds an owned `char *`, say. With it each
 *                           operation by key exists once more, as NAME_find_as and so on. It needs
 *   SWISS_LOOKUP_EQUAL      bool f(const KEY *, const LOOKUP *), and, if the key has a SWISS_HASH or the default hashes
 *                           of the two types differ,
 *   SWISS_LOOKUP_HASH       uint64_t f(const LOOKUP *, uint64_t seed), equal to the hash of the keys that it equals. By
 *                           default integers of all sizes are hashed alike, by value, and so are float and double, and
 *                           strings and slices.
 *   SWISS_LOOKUP_MAKE       bool f(KEY *to, const LOOKUP *from): makes the key to be stored. Returns false when out of
 *                           memory. Without it there are no insertions by the second type.
 *   SWISS_CONTEXT           the type of a context: const pool *, if keys are offsets into a pool. The map gets a public
 *                           member `context`, and every function above gets it, by value, as its last
 *                           argument: SWISS_HASH is then uint64_t f(const KEY *, uint64_t seed, CONTEXT). Set it before
 *                           the first key, by {.context = &the_pool} or map.context = &the_pool; init and free leave it
 *                           as it is. A copy has that of its original, swap exchanges them, move hands it over and
 *                           leaves it with *from, too. merge uses that of *to, and equal that of its first map: for
 *                           keys of both maps it must mean the same.
 *   SWISS_BOUNDED           no insertion works on more than a few groups of the map besides its own: the map grows, and
 *                           is rehashed, bit by bit, a few groups in each insertion. Without it the insertion that
 *                           doubles a map of 10,000,000 entries moves half of them, which takes about a tenth of a
 *                           second; but all insertions together then take less. table.h says at swiss_table_bounded
 *                           what is different besides.
 *   SWISS_DECLARE           only declares, with external linkage: for a header.
 *   SWISS_DEFINE            only defines, with external linkage, the functions that such a header declares: for one
 *                           source file, which includes the header and then this one with the same parameters.
 *                           With neither of the two everything is static inline.
 *
 * Names: a type called NAME takes these, and others that begin with NAME_ and end in _. A name below that begins with
 * _ has NAME before it. With several conditions all of them hold.
 *
 *   always                  NAME _key _entry _result _iter
 *                           _init _free _clear _clear_keep _size _capacity _reserve _shrink
 *                           _find _contains _insert _put _replace _remove _take _remove_entry _pop
 *                           _find_many _insert_many _insert_many_marked _remove_many
 *                           _hash _prefetch _find_hashed _contains_hashed _insert_hashed _put_hashed _replace_hashed
 *                           _remove_hashed _take_hashed
 *                           _find_ptr _contains_ptr _insert_ptr _put_ptr _remove_ptr
 *                           _iterate _iterate_from _iter_place _next _iter_remove
 *                           _swap _move _merge _retain _equal _stats _validate
 *   a value                 _value _get _get_or_insert _get_hashed _get_or_insert_hashed _get_ptr
 *   no drop lacks its clone _clone
 *   SWISS_CONTEXT           _context
 *   SWISS_BOUNDED           _step
 *   SWISS_LOOKUP            _lookup _find_as _contains_as _remove_as _take_as _find_many_as _remove_many_as
 *                           _hash_as _find_hashed_as _contains_hashed_as _remove_hashed_as _take_hashed_as
 *   ... and a value         _get_as _get_hashed_as
 *   SWISS_LOOKUP_MAKE       _insert_as _put_as _insert_many_as _insert_many_marked_as
 *                           _insert_hashed_as _put_hashed_as
 *   ... and a value         _get_or_insert_as _get_or_insert_hashed_as _replace_as _replace_hashed_as
 *
 * None of the functions given as parameters changes the map. SWISS_LOOKUP_MAKE and the clones may look at it: the map
 * is then without the entry that is being made, and a copy is empty until it is whole. The others do not look at it,
 * because entries may be on the move.
 *
 * Ownership: insert and get_or_insert take over the key and the value only if they insert. put always takes them over,
 * and drops what they replace; replace hands that out. The very key or value that the entry owns already, put again, is
 * owned once as before: a caller who counts references adds none for it. When out of memory no operation takes anything
 * over. remove, remove_entry, iter_remove, retain, clear and free drop entries; take, pop and merge move them without
 * dropping. Operations by the second key type make the keys that they insert, and take over values like the others.
 *
 * Pointers to entries, keys and values stay valid as long as the entry is in a map and does not move. Entries move when
 * a new key is inserted without room reserved for it; and by reserve, shrink and merge (into the map) when these have
 * something to do. Nothing else moves them: they stay in place when the key to be inserted is there (put replaces it in
 * its place), when others are removed, and when memory runs out. swap and move take entries along: pointers stay valid,
 * iterators do not. table.h has the other guarantees, detail/probe.h says how it works.
 */
#include "table.h"
#include "template/begin.h"

/* The types -------------------------------------------------------------------------------------------------------- */

#ifndef SWISS_DEFINE

/* An entry. Its key does not change while it is in a map. */
typedef struct SWISS_ENTRY_ {
    SWISS_FN_(key) key;
#    ifdef SWISS_VALUE
    SWISS_FN_(value) value;
#    endif
} SWISS_ENTRY_;

/* A map. {0} is a valid empty one. Below it is `struct SWISS_NAME` after a parameter that may have the same name. */
typedef struct SWISS_NAME {
    swiss_table table;
#    ifdef SWISS_CONTEXT
    SWISS_FN_(context) context; /* what every hook gets: set it before the first key comes */
#    endif
} SWISS_NAME;

/* The outcome of an insertion. */
typedef struct SWISS_FN_(result) {
    SWISS_ENTRY_ *entry; /* the entry, new or found; NULL: out of memory, and nothing has changed */
    bool inserted;       /* it is new */
} SWISS_FN_(result);

/* The place of an iteration. */
typedef struct SWISS_FN_(iter) {
    swiss_table_iter at;
} SWISS_FN_(iter);

#    ifdef __cplusplus
SWISS_STATIC_ASSERT(std::is_trivially_copyable<SWISS_ENTRY_>::value,
                    "swiss: entries are moved with memcpy: the key and the value must be trivially copyable");
#    endif
#endif

SWISS_BEGIN_FUNCTIONS_

/* The functions ---------------------------------------------------------------------------------------------------- */

/* Makes *map an empty map, as `options` say (NULL: the defaults). The former contents of *map are forgotten, not freed.
 * Returns false when out of memory or when the byte size of what is reserved overflows; then *map is a valid map
 * without room. O(reserve). */
SWISS_LINKAGE_ bool SWISS_FN_(init)(SWISS_NAME *map, const swiss_options *options);

/* Drops every entry and gives the memory back. The map is then at its end: initialise it, by init or with {0}, before
 * using or freeing it again. O(capacity). */
SWISS_LINKAGE_ void SWISS_FN_(free)(SWISS_NAME *map);

/* Returns the number of entries. O(1). */
SWISS_LINKAGE_ size_t SWISS_FN_(size)(const SWISS_NAME *map);

/* Returns the number of slots; 0 if nothing is allocated. O(1). */
SWISS_LINKAGE_ size_t SWISS_FN_(capacity)(const SWISS_NAME *map);

/* Returns the entry of `key`, or NULL. O(1) expected. */
SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_FN_(find)(const SWISS_NAME *map, SWISS_FN_(key) key);

/* True if there is an entry of `key`. O(1) expected. */
SWISS_LINKAGE_ bool SWISS_FN_(contains)(const SWISS_NAME *map, SWISS_FN_(key) key);

/* Inserts `key`, with `value`, unless it is there already; then nothing changes. O(1) expected and amortised, but
 * O(capacity) in a full map that cannot grow, where entries were removed. */
SWISS_LINKAGE_ SWISS_FN_(result) SWISS_FN_(insert)(SWISS_NAME *map, SWISS_FN_(key) key SWISS_COMMA_VALUE_);

/* As insert, but an entry that is there is dropped and replaced. A key or a value that the entry has already, byte for
 * byte, stays and is not dropped: put(&map, entry->key, value) replaces the value, put(&map, key, entry->value) the
 * key. The padding bytes of a struct count too, and do not always come along with its copies. */
SWISS_LINKAGE_ SWISS_FN_(result) SWISS_FN_(put)(SWISS_NAME *map, SWISS_FN_(key) key SWISS_COMMA_VALUE_);

/* As put, but an entry that is there is handed out in *old (NULL: nowhere), its key and its value, and not dropped. If
 * none is there, or when out of memory, *old is left alone. A key or a value that the entry has already is in both
 * afterwards, and owned once. */
SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_FN_(replace)(SWISS_NAME *map, SWISS_FN_(key) key SWISS_COMMA_VALUE_, SWISS_ENTRY_ *old);

#ifdef SWISS_VALUE
/* Returns the value of `key`, or NULL. O(1) expected. */
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(get)(const SWISS_NAME *map, SWISS_FN_(key) key);

/* Returns the value of `key`, which is inserted with `value` if it is not there. NULL: out of memory, and nothing has
 * changed. O(1) expected and amortised. */
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(get_or_insert)(SWISS_NAME *map, SWISS_FN_(key) key, SWISS_FN_(value) value);
#endif

/* Removes and drops the entry of `key`. Returns false if there is none. Never allocates. O(1) expected. */
SWISS_LINKAGE_ bool SWISS_FN_(remove)(SWISS_NAME *map, SWISS_FN_(key) key);

/* Moves the entry of `key` out of the map to *entry (NULL: nowhere), without dropping it. Returns false, and leaves
 * *entry alone, if there is none. O(1) expected. */
SWISS_LINKAGE_ bool SWISS_FN_(take)(SWISS_NAME *map, SWISS_FN_(key) key, SWISS_ENTRY_ *entry);

/* Removes and drops an entry in hand, without a search. O(1). */
SWISS_LINKAGE_ void SWISS_FN_(remove_entry)(SWISS_NAME *map, SWISS_ENTRY_ *entry);

/* Moves some entry out of the map to *entry (NULL: nowhere), without dropping it. Returns false, and leaves *entry
 * alone, if the map is empty. Each goes on where the one before ended, round and round: to pop all entries is
 * O(capacity) in all, and O(1) each while a good part of the slots is in use. In one round, which is O(capacity), all
 * entries that were there at its beginning are popped, unless they have moved, whatever is inserted meanwhile. */
SWISS_LINKAGE_ bool SWISS_FN_(pop)(SWISS_NAME *map, SWISS_ENTRY_ *entry);

/* A hash known beforehand: to look a key up in several maps, or again after something else, and hash it once. Each
 * operation whose name ends in _hashed does as the one without, and is given what NAME_hash returns for the key. (The
 * key is compared, and inserted.) */

/* Returns the hash of `key` in this map. It holds for as long as the map does, whatever is inserted or removed, and
 * however the map grows, shrinks or is cleared: until free or init, or until another map comes in its place, by swap,
 * move or clone. Maps of one type and one seed have the same hashes: those with the same options.seed, a copy and its
 * original, and what move returns and has left behind; with a SWISS_CONTEXT only if it means the same in both. A map
 * that has no seed yet gets one; nothing is allocated. A hash that is not that of the key is noticed in debug builds,
 * which assert. Other builds may not find the key, or insert it twice, and do no other harm. O(1). */
SWISS_LINKAGE_ uint64_t SWISS_FN_(hash)(SWISS_NAME *map, SWISS_FN_(key) key);

/* Fetches from memory what a search by this hash reads first: to be called some time before it. O(1). */
SWISS_LINKAGE_ void SWISS_FN_(prefetch)(const SWISS_NAME *map, uint64_t hash);

/* Each does as the one without _hashed, by the hash of the key. */
SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_FN_(find_hashed)(const SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key);
SWISS_LINKAGE_ bool SWISS_FN_(contains_hashed)(const SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key);
SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_FN_(insert_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key SWISS_COMMA_VALUE_);
SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_FN_(put_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key SWISS_COMMA_VALUE_);
SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_FN_(replace_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key SWISS_COMMA_VALUE_, SWISS_ENTRY_ *old);
SWISS_LINKAGE_ bool SWISS_FN_(remove_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key);
SWISS_LINKAGE_ bool SWISS_FN_(take_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key, SWISS_ENTRY_ *entry);
#ifdef SWISS_VALUE
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(get_hashed)(const SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key);
SWISS_LINKAGE_ SWISS_FN_(value) *
    SWISS_FN_(get_or_insert_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(key) key, SWISS_FN_(value) value);
#endif

/* For large keys and values: each does as the one without _ptr, and takes the addresses of the key and the value, which
 * are copied once, into their slot. Both may lie in the map itself, also where that has to grow (from a copy on the
 * map's allocator); but the value that put_ptr gives an entry does not lie in the key that it replaces. */
SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_FN_(find_ptr)(const SWISS_NAME *map, const SWISS_FN_(key) * key);
SWISS_LINKAGE_ bool SWISS_FN_(contains_ptr)(const SWISS_NAME *map, const SWISS_FN_(key) * key);
SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_FN_(insert_ptr)(SWISS_NAME *map, const SWISS_FN_(key) * key SWISS_COMMA_VALUE_AT_);
SWISS_LINKAGE_ SWISS_FN_(result) SWISS_FN_(put_ptr)(SWISS_NAME *map, const SWISS_FN_(key) * key SWISS_COMMA_VALUE_AT_);
SWISS_LINKAGE_ bool SWISS_FN_(remove_ptr)(SWISS_NAME *map, const SWISS_FN_(key) * key);
#ifdef SWISS_VALUE
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(get_ptr)(const SWISS_NAME *map, const SWISS_FN_(key) * key);
#endif

/* Batches do the same as so many calls, one after the other. In a map that is larger than the caches the searches for
 * up to 32 keys run side by side, in a fraction of the time. O(count) expected. */

/* Sets entries[i] to the entry of keys[i], or to NULL. */
SWISS_LINKAGE_ void SWISS_FN_(find_many)(const SWISS_NAME *map, const SWISS_FN_(key) * keys, size_t count,
                                         SWISS_ENTRY_ **entries);

/* Inserts each of `count` keys, with its value, unless it is there already. Neither array lies in the map itself.
 * Returns the number of keys that it has come to: less than `count` when out of memory; then the rest is not in the map
 * and belongs to the caller. A key that was there already belongs to the caller too, with its value. The size of the
 * map tells if there was any, and insert_many_marked which. */
SWISS_LINKAGE_ size_t SWISS_FN_(insert_many)(SWISS_NAME *map, const SWISS_FN_(key) * keys SWISS_COMMA_VALUES_,
                                             size_t count);

/* As insert_many, and says which keys and values the map has taken over: inserted[i] becomes true if it has the i-th,
 * and false if that was there already and is still the caller's. Nothing is written for keys that it has not come
 * to. */
SWISS_LINKAGE_ size_t SWISS_FN_(insert_many_marked)(SWISS_NAME *map, const SWISS_FN_(key) * keys SWISS_COMMA_VALUES_,
                                                    size_t count, bool *inserted);

/* Removes and drops the entries of `count` keys. Returns the number of entries that were there. */
SWISS_LINKAGE_ size_t SWISS_FN_(remove_many)(SWISS_NAME *map, const SWISS_FN_(key) * keys, size_t count);

#ifdef SWISS_LOOKUP
/* The operations by key once more, by the second key type: each does as the one without _as. */
SWISS_LINKAGE_ uint64_t SWISS_FN_(hash_as)(SWISS_NAME *map, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_FN_(find_hashed_as)(const SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(contains_hashed_as)(const SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(remove_hashed_as)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(take_hashed_as)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key,
                                              SWISS_ENTRY_ *entry);
SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_FN_(find_as)(const SWISS_NAME *map, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(contains_as)(const SWISS_NAME *map, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(remove_as)(SWISS_NAME *map, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(take_as)(SWISS_NAME *map, SWISS_FN_(lookup) key, SWISS_ENTRY_ *entry);
SWISS_LINKAGE_ void SWISS_FN_(find_many_as)(const SWISS_NAME *map, const SWISS_FN_(lookup) * keys, size_t count,
                                            SWISS_ENTRY_ **entries);
/* The keys point to nothing that belongs to the entries, which are dropped. */
SWISS_LINKAGE_ size_t SWISS_FN_(remove_many_as)(SWISS_NAME *map, const SWISS_FN_(lookup) * keys, size_t count);
#    ifdef SWISS_VALUE
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(get_as)(const SWISS_NAME *map, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(get_hashed_as)(const SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key);
#    endif

#    ifdef SWISS_LOOKUP_MAKE
/* Insertions by the second key type: SWISS_LOOKUP_MAKE makes the key if there is none. If that fails, the result is
 * that of running out of memory. An entry that is there keeps its key: put_as replaces only the value, and in a set
 * nothing. replace_as hands out the old value alone. A single key may point into the map; the keys of a batch may
 * not. */
SWISS_LINKAGE_ SWISS_FN_(result) SWISS_FN_(insert_as)(SWISS_NAME *map, SWISS_FN_(lookup) key SWISS_COMMA_VALUE_);
SWISS_LINKAGE_ SWISS_FN_(result) SWISS_FN_(put_as)(SWISS_NAME *map, SWISS_FN_(lookup) key SWISS_COMMA_VALUE_);
SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_FN_(insert_hashed_as)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key SWISS_COMMA_VALUE_);
SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_FN_(put_hashed_as)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key SWISS_COMMA_VALUE_);
SWISS_LINKAGE_ size_t SWISS_FN_(insert_many_as)(SWISS_NAME *map, const SWISS_FN_(lookup) * keys SWISS_COMMA_VALUES_,
                                                size_t count);
SWISS_LINKAGE_ size_t SWISS_FN_(insert_many_marked_as)(SWISS_NAME *map,
                                                       const SWISS_FN_(lookup) * keys SWISS_COMMA_VALUES_, size_t count,
                                                       bool *inserted);
#        ifdef SWISS_VALUE
SWISS_LINKAGE_ SWISS_FN_(value) *
    SWISS_FN_(get_or_insert_as)(SWISS_NAME *map, SWISS_FN_(lookup) key, SWISS_FN_(value) value);
SWISS_LINKAGE_ SWISS_FN_(value) *
    SWISS_FN_(get_or_insert_hashed_as)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key, SWISS_FN_(value) value);
SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_FN_(replace_as)(SWISS_NAME *map, SWISS_FN_(lookup) key, SWISS_FN_(value) value, SWISS_FN_(value) * old);
SWISS_LINKAGE_ SWISS_FN_(result) SWISS_FN_(replace_hashed_as)(SWISS_NAME *map, uint64_t hash, SWISS_FN_(lookup) key,
                                                              SWISS_FN_(value) value, SWISS_FN_(value) * old);
#        endif
#    endif
#endif

/* Begins an iteration over all entries, in no particular order. O(1). */
SWISS_LINKAGE_ SWISS_FN_(iter) SWISS_FN_(iterate)(const SWISS_NAME *map);

/* The same from the slot number `hint` on, modulo the capacity, and round to it. With random hints the first entry is a
 * random one, though not each is as likely: an entry is the likelier the more free slots lie before it. O(1). */
SWISS_LINKAGE_ SWISS_FN_(iter) SWISS_FN_(iterate_from)(const SWISS_NAME *map, size_t hint);

/* Returns the next entry, or NULL after the last. Meanwhile values may be changed, and entries removed, this one and
 * any other, by whatever removes: one that has gone is not returned any more, each other one is returned once. The
 * iterator becomes stale when a new key is inserted, by whatever else moves entries, by clear, and when another map
 * comes in the place of this one, by swap, move, clone or init. Debug builds assert that it is not stale. In all
 * O(capacity). */
SWISS_LINKAGE_OF_LOOPS_ SWISS_ENTRY_ *SWISS_FN_(next)(SWISS_FN_(iter) * iter);

/* Removes and drops the entry that next returned last, once, unless it has gone already; the iteration goes on. O(1).
 */
SWISS_LINKAGE_ void SWISS_FN_(iter_remove)(SWISS_NAME *map, SWISS_FN_(iter) * iter);

/* Returns the slot where the iteration goes on, as a hint for iterate_from at any later time: a cursor that survives
 * changes of the map. As long as no entry moves, iterations that begin each at the place of the one before are as one
 * that goes round and round: an entry that is there all the while comes once in each round, one that is inserted
 * meanwhile comes in this round or in the next. When entries have moved, some may come twice in that round, or not at
 * all; in the next round all do. O(1). */
SWISS_LINKAGE_ size_t SWISS_FN_(iter_place)(const SWISS_FN_(iter) * iter);

/* Makes room for `size` entries in all: until there are so many, and as long as none is removed, no insertion allocates
 * or moves entries. Returns false when out of memory or when the byte size overflows. O(capacity) when the map grows,
 * else O(1) amortised: it may come before every insertion. */
SWISS_LINKAGE_ bool SWISS_FN_(reserve)(SWISS_NAME *map, size_t size);

#ifdef SWISS_BOUNDED
/* Goes on with what the map has begun, growing or rehashing, as the next insertion would: for when nobody waits.
 * Returns true if more is left to do. Entries may move. O(1). */
SWISS_LINKAGE_ bool SWISS_FN_(step)(SWISS_NAME *map);
#endif

/* Gives back the memory that the entries do not need. Returns false when out of memory. O(capacity). */
SWISS_LINKAGE_ bool SWISS_FN_(shrink)(SWISS_NAME *map);

/* Drops every entry and keeps the memory, except that of a large map that is nearly empty (table.h). */
SWISS_LINKAGE_ void SWISS_FN_(clear)(SWISS_NAME *map);

/* Drops every entry and keeps the memory in any case. O(capacity). */
SWISS_LINKAGE_ void SWISS_FN_(clear_keep)(SWISS_NAME *map);

#ifdef SWISS_CAN_CLONE_
/* Makes *to, which is overwritten and not freed, a copy of *from, on the same allocator. Returns false when out of
 * memory; then *to is an empty map. O(capacity). */
SWISS_LINKAGE_ SWISS_MUST_USE bool SWISS_FN_(clone)(SWISS_NAME *to, const struct SWISS_NAME *from);
#endif

/* Exchanges two maps. O(1). */
SWISS_LINKAGE_ void SWISS_FN_(swap)(SWISS_NAME *map, struct SWISS_NAME *other);

/* Returns the map and leaves *from empty, with nothing allocated, on the same allocator. O(1). */
SWISS_LINKAGE_ SWISS_MUST_USE SWISS_NAME SWISS_FN_(move)(SWISS_NAME *from);

/* Moves into *to every entry of *from whose key *to lacks; the others stay. Returns false when out of memory, with both
 * maps as they were. Room for all of them is made first. O(capacity of both). */
SWISS_LINKAGE_ SWISS_MUST_USE bool SWISS_FN_(merge)(SWISS_NAME *to, struct SWISS_NAME *from);

/* Removes and drops every entry for which `keep` returns false. `keep` may change the value of the entry, and nothing
 * else of the map. Returns the number of entries that were removed. O(capacity). */
SWISS_LINKAGE_ size_t SWISS_FN_(retain)(SWISS_NAME *map, bool (*keep)(SWISS_ENTRY_ *entry, void *context),
                                        void *context);

/* True if both hold the same keys, and, in maps, `value_equal` (NULL: any) accepts the two values of each.
 * O(capacity). */
#ifdef SWISS_VALUE
SWISS_LINKAGE_ bool SWISS_FN_(equal)(const SWISS_NAME *map, const struct SWISS_NAME *other,
                                     bool (*value_equal)(const SWISS_FN_(value) *, const SWISS_FN_(value) *));
#else
SWISS_LINKAGE_ bool SWISS_FN_(equal)(const SWISS_NAME *map, const struct SWISS_NAME *other);
#endif

/* Measures the map (table.h); map_stats.h writes that as text and as JSON. O(capacity). */
SWISS_LINKAGE_ swiss_table_stats SWISS_FN_(stats)(const SWISS_NAME *map);

/* Returns NULL if the map holds all that it promises about itself, or else a sentence that says what does not
 * (table.h). For debugging. O(capacity). */
SWISS_LINKAGE_ const char *SWISS_FN_(validate)(const SWISS_NAME *map);

/* The definitions -------------------------------------------------------------------------------------------------- */
#ifndef SWISS_DECLARE
#    include "template/hooks.h"

/* Function-like macros and functions alike become functions that the core can be given. Not SWISS_ALWAYS_INLINE: gcc
 * -Og finds out too late whom the core calls, and then refuses. */
static inline uint64_t SWISS_FN_(hash_)(const void *key, uint64_t seed, const swiss_table_type *type) {
    (void)type;
#    ifndef SWISS_HASH
    return SWISS_HASH_OF_KIND_(SWISS_FN_(kind_), key, sizeof(SWISS_FN_(key)), seed, SWISS_IS_KEYED_, SWISS_NAN_APART_);
#    elif defined(SWISS_HASH_AVALANCHES)
    return SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_HASH, (const SWISS_FN_(key) *)key, seed);
#    else
    return swiss_hash_mix(SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_HASH, (const SWISS_FN_(key) *)key, seed), seed);
#    endif
}

static inline bool SWISS_FN_(equal_)(const void *stored, const void *key, const swiss_table_type *type) {
    (void)type;
#    ifdef SWISS_EQUAL
    return SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_EQUAL, (const SWISS_FN_(key) *)stored,
                       (const SWISS_FN_(key) *)key);
#    else
    return SWISS_EQUAL_OF_KIND_(SWISS_FN_(kind_), stored, key, sizeof(SWISS_FN_(key)));
#    endif
}

#    if defined(SWISS_KEY_DROP) || defined(SWISS_VALUE_DROP)
static inline void SWISS_FN_(drop_)(void *slot, const swiss_table_type *type) {
    SWISS_ENTRY_ *entry = (SWISS_ENTRY_ *)slot;
    (void)type;
#        ifdef SWISS_KEY_DROP
    SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_KEY_DROP, &entry->key);
#        endif
#        ifdef SWISS_VALUE_DROP
    SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_VALUE_DROP, &entry->value);
#        endif
}
#        define SWISS_DROP_ SWISS_FN_(drop_)
#    else
#        define SWISS_DROP_ NULL
#    endif

#    if defined(SWISS_CAN_CLONE_) && (defined(SWISS_KEY_CLONE) || defined(SWISS_VALUE_CLONE))
static inline bool SWISS_FN_(clone_)(void *to, const void *from, const swiss_table_type *type) {
    SWISS_ENTRY_ *copy = (SWISS_ENTRY_ *)to;
    const SWISS_ENTRY_ *entry = (const SWISS_ENTRY_ *)from;
    (void)type;
    *copy = *entry;
#        ifdef SWISS_KEY_CLONE
    if (!SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_KEY_CLONE, &copy->key, &entry->key))
        return false;
#        endif
#        ifdef SWISS_VALUE_CLONE
    if (!SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_VALUE_CLONE, &copy->value, &entry->value)) {
#            ifdef SWISS_KEY_DROP
        SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_KEY_DROP, &copy->key);
#            endif
        return false;
    }
#        endif
    return true;
}
#        define SWISS_CLONE_ SWISS_FN_(clone_)
#    else
#        define SWISS_CLONE_ NULL
#    endif

static void SWISS_FN_(split_)(const swiss_table *table, const swiss_table_type *type, swiss_split *split);

static const swiss_table_type SWISS_FN_(type_) = {
    sizeof(SWISS_FN_(key)),
#    ifdef SWISS_VALUE
    offsetof(SWISS_ENTRY_, value),
    sizeof(SWISS_FN_(value)),
#    else
    sizeof(SWISS_FN_(key)),
    0,
#    endif
    sizeof(SWISS_ENTRY_),
    SWISS_ALIGNOF(SWISS_ENTRY_),
    SWISS_IS_OF_WORDS_(sizeof(SWISS_ENTRY_)) ? swiss_words_hash_ : SWISS_FN_(hash_),
    SWISS_IS_OF_WORDS_(sizeof(SWISS_ENTRY_)) ? swiss_words_equal_ : SWISS_FN_(equal_),
    SWISS_DROP_,
    NULL,
    SWISS_CLONE_,
    SWISS_IS_OF_WORDS_(16)  ? swiss_words_split_16_
    : SWISS_IS_OF_WORDS_(8) ? swiss_words_split_8_
                            : SWISS_FN_(split_),
    NULL,
    true,
#    ifdef SWISS_BOUNDED
    &swiss_table_bounded,
#    else
    NULL,
#    endif
};

#    ifdef SWISS_CONTEXT
/* The type with a context. An array, because that can be passed on without a name: it lives as long as the call in
 * whose arguments it is made. What is inlined there takes its members one by one: nothing of it is ever in memory. */
typedef struct SWISS_FN_(typed_) {
    swiss_table_type type[1];
} SWISS_FN_(typed_);

static inline SWISS_FN_(typed_) SWISS_FN_(type_of_)(const SWISS_FN_(context) * context) {
    SWISS_FN_(typed_) typed = {{SWISS_FN_(type_)}};
    typed.type[0].context = (void *)(uintptr_t)context; /* which nobody writes to */
    return typed;
}
#    endif

static void SWISS_FN_(split_)(const swiss_table *table, const swiss_table_type *type, swiss_split *split) {
    (void)type;
#    ifdef SWISS_CONTEXT
    swiss_table_split_(table, (SWISS_FN_(type_of_))(&SWISS_CONTEXT_IN_(type)).type, split);
#    else
    swiss_table_split_(table, &SWISS_FN_(type_), split);
#    endif
}

SWISS_LINKAGE_ bool SWISS_FN_(init)(SWISS_NAME *map, const swiss_options *options) {
    return swiss_table_init(&map->table, SWISS_TYPE_(map), options);
}

SWISS_LINKAGE_ void SWISS_FN_(free)(SWISS_NAME *map) {
    SWISS_ASSERT_LIVES_(&map->table);
    swiss_table_free(&map->table, SWISS_TYPE_(map));
}

SWISS_LINKAGE_ size_t SWISS_FN_(size)(const SWISS_NAME *map) {
    return swiss_table_size(&map->table);
}

SWISS_LINKAGE_ size_t SWISS_FN_(capacity)(const SWISS_NAME *map) {
    return swiss_table_capacity(&map->table);
}

/* In parentheses C++ does not also look for a function in the namespaces of its arguments, where a map of the same name
 * may have one. */
#    define SWISS_BY_ SWISS_FN_(key)
#    define SWISS_OP_(verb) (SWISS_FN_(verb))
#    define SWISS_OWN_(verb) (SWISS_FN_(verb##_))
#    include "template/by_key.h"

#    ifdef SWISS_LOOKUP
static inline uint64_t SWISS_FN_(hash_as_)(const void *key, uint64_t seed, const swiss_table_type *type) {
    (void)type;
#        ifndef SWISS_LOOKUP_HASH
    return SWISS_HASH_OF_KIND_(SWISS_KIND_OF_(SWISS_FN_(lookup)), key, sizeof(SWISS_FN_(lookup)), seed, SWISS_IS_KEYED_,
                               false);
#        elif defined(SWISS_HASH_AVALANCHES) || !defined(SWISS_HASH)
    return SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_LOOKUP_HASH, (const SWISS_FN_(lookup) *)key, seed);
#        else
    return swiss_hash_mix(SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_LOOKUP_HASH, (const SWISS_FN_(lookup) *)key, seed),
                          seed);
#        endif
}

static inline bool SWISS_FN_(equal_as_)(const void *stored, const void *key, const swiss_table_type *type) {
    (void)type;
    return SWISS_HOOK_(SWISS_CONTEXT_IN_(type), SWISS_LOOKUP_EQUAL, (const SWISS_FN_(key) *)stored,
                       (const SWISS_FN_(lookup) *)key);
}

#        define SWISS_BY_ SWISS_FN_(lookup)
#        define SWISS_OP_(verb) (SWISS_FN_(verb##_as))
#        define SWISS_OWN_(verb) (SWISS_FN_(verb##_as_))
#        define SWISS_BY_LOOKUP_
#        include "template/by_key.h"
#    endif

SWISS_LINKAGE_ void SWISS_FN_(remove_entry)(SWISS_NAME *map, SWISS_ENTRY_ *entry) {
    SWISS_ASSERT_HOLDS_(&map->table, &SWISS_FN_(type_), entry);
#    if defined(SWISS_KEY_DROP) || defined(SWISS_VALUE_DROP)
    (SWISS_FN_(drop_))(entry, SWISS_TYPE_(map));
#    endif
#    ifdef SWISS_BOUNDED
    swiss_table_release_slot_(&map->table, &SWISS_FN_(type_), entry);
#    else
    swiss_table_release_(&map->table, swiss_table_index_(&map->table, &SWISS_FN_(type_), entry));
#    endif
}

SWISS_LINKAGE_ bool SWISS_FN_(pop)(SWISS_NAME *map, SWISS_ENTRY_ *entry) {
    return swiss_table_pop_(&map->table, &SWISS_FN_(type_), entry);
}

SWISS_LINKAGE_ void SWISS_FN_(prefetch)(const SWISS_NAME *map, uint64_t hash) {
    swiss_table_prefetch_home_(&map->table, &SWISS_FN_(type_), hash);
}

SWISS_LINKAGE_ SWISS_FN_(iter) SWISS_FN_(iterate)(const SWISS_NAME *map) {
    SWISS_FN_(iter) iter = {swiss_table_iterate(&map->table)};
    return iter;
}

SWISS_LINKAGE_ SWISS_FN_(iter) SWISS_FN_(iterate_from)(const SWISS_NAME *map, size_t hint) {
    SWISS_FN_(iter) iter = {swiss_table_iterate_from(&map->table, &SWISS_FN_(type_), hint)};
    return iter;
}

SWISS_LINKAGE_OF_LOOPS_ SWISS_ENTRY_ *SWISS_FN_(next)(SWISS_FN_(iter) * iter) {
    return (SWISS_ENTRY_ *)swiss_table_next(&iter->at, &SWISS_FN_(type_));
}

SWISS_LINKAGE_ void SWISS_FN_(iter_remove)(SWISS_NAME *map, SWISS_FN_(iter) * iter) {
    swiss_table_iter_remove(&map->table, SWISS_TYPE_(map), &iter->at);
}

SWISS_LINKAGE_ size_t SWISS_FN_(iter_place)(const SWISS_FN_(iter) * iter) {
    return swiss_table_iter_place(&iter->at);
}

SWISS_LINKAGE_ bool SWISS_FN_(reserve)(SWISS_NAME *map, size_t size) {
    return swiss_table_reserve(&map->table, SWISS_TYPE_(map), size);
}

#    ifdef SWISS_BOUNDED
SWISS_LINKAGE_ bool SWISS_FN_(step)(SWISS_NAME *map) {
    return swiss_table_step(&map->table, SWISS_TYPE_(map));
}
#    endif

SWISS_LINKAGE_ bool SWISS_FN_(shrink)(SWISS_NAME *map) {
    return swiss_table_shrink(&map->table, SWISS_TYPE_(map));
}

SWISS_LINKAGE_ void SWISS_FN_(clear)(SWISS_NAME *map) {
    swiss_table_clear(&map->table, SWISS_TYPE_(map));
}

SWISS_LINKAGE_ void SWISS_FN_(clear_keep)(SWISS_NAME *map) {
    swiss_table_clear_keep(&map->table, SWISS_TYPE_(map));
}

#    ifdef SWISS_CAN_CLONE_
SWISS_LINKAGE_ bool SWISS_FN_(clone)(SWISS_NAME *to, const struct SWISS_NAME *from) {
#        ifdef SWISS_CONTEXT
    to->context = from->context;
#        endif
    return swiss_table_clone(&to->table, &from->table, SWISS_TYPE_(from));
}
#    endif

SWISS_LINKAGE_ void SWISS_FN_(swap)(SWISS_NAME *map, struct SWISS_NAME *other) {
    swiss_table_swap(&map->table, &other->table);
#    ifdef SWISS_CONTEXT
    const SWISS_FN_(context) context = map->context;
    map->context = other->context;
    other->context = context;
#    endif
}

SWISS_LINKAGE_ SWISS_NAME SWISS_FN_(move)(SWISS_NAME *from) {
#    ifdef SWISS_CONTEXT
    struct SWISS_NAME moved = {swiss_table_move(&from->table), from->context};
#    else
    struct SWISS_NAME moved = {swiss_table_move(&from->table)};
#    endif
    return moved;
}

SWISS_LINKAGE_ bool SWISS_FN_(merge)(SWISS_NAME *to, struct SWISS_NAME *from) {
    return swiss_table_merge(&to->table, &from->table, SWISS_TYPE_(to));
}

/* The caller's function and context, for the core to carry. */
typedef struct SWISS_FN_(keep_) {
    bool (*keep)(SWISS_ENTRY_ *entry, void *context);
    void *context;
} SWISS_FN_(keep_);

static inline bool SWISS_FN_(keep_call_)(void *slot, void *context) {
    const SWISS_FN_(keep_) *keep = (const SWISS_FN_(keep_) *)context;
    return keep->keep((SWISS_ENTRY_ *)slot, keep->context);
}

SWISS_LINKAGE_ size_t SWISS_FN_(retain)(SWISS_NAME *map, bool (*keep)(SWISS_ENTRY_ *entry, void *context),
                                        void *context) {
    SWISS_FN_(keep_) call = {keep, context};
    return swiss_table_retain(&map->table, SWISS_TYPE_(map), SWISS_FN_(keep_call_), &call);
}

#    ifdef SWISS_VALUE
typedef struct SWISS_FN_(value_equal_) {
    bool (*equal)(const SWISS_FN_(value) *, const SWISS_FN_(value) *);
} SWISS_FN_(value_equal_);

static inline bool SWISS_FN_(value_equal_call_)(const void *a, const void *b, void *context) {
    return ((const SWISS_FN_(value_equal_) *)context)->equal((const SWISS_FN_(value) *)a, (const SWISS_FN_(value) *)b);
}

SWISS_LINKAGE_ bool SWISS_FN_(equal)(const SWISS_NAME *map, const struct SWISS_NAME *other,
                                     bool (*value_equal)(const SWISS_FN_(value) *, const SWISS_FN_(value) *)) {
    SWISS_FN_(value_equal_) call = {value_equal};
    return swiss_table_equal(&map->table, &other->table, SWISS_TYPE_(map),
                             value_equal ? SWISS_FN_(value_equal_call_) : NULL, &call);
}
#    else
SWISS_LINKAGE_ bool SWISS_FN_(equal)(const SWISS_NAME *map, const struct SWISS_NAME *other) {
    return swiss_table_equal(&map->table, &other->table, SWISS_TYPE_(map), NULL, NULL);
}
#    endif

SWISS_LINKAGE_ swiss_table_stats SWISS_FN_(stats)(const SWISS_NAME *map) {
    return swiss_table_get_stats(&map->table, SWISS_TYPE_(map));
}

SWISS_LINKAGE_ const char *SWISS_FN_(validate)(const SWISS_NAME *map) {
    return swiss_table_validate(&map->table, SWISS_TYPE_(map));
}
#endif

SWISS_END_FUNCTIONS_

#include "template/end.h"
