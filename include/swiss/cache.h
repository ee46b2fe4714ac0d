/* cache.h - a bounded cache for the key and value types that the includer names: a template, as map.h. It keeps what is
 * asked for, and evicts what is not. Include it once per type.
 *
 *     #define SWISS_NAME  pages               // the type, and the prefix of its functions
 *     #define SWISS_KEY   uint64_t
 *     #define SWISS_VALUE struct page *
 *     #include <swiss/cache.h>
 *
 *     pages cache;
 *     if (!pages_init(&cache, &(pages_options){.capacity = 10000})) return out_of_memory;
 *     struct page **page = pages_get(&cache, 7);
 *     if (page == NULL) pages_put(&cache, 7, read_page(7));        // which may evict another
 *     pages_free(&cache);
 *
 * Parameters, all undefined again at the end of this header. As in map.h: SWISS_NAME, SWISS_KEY, SWISS_VALUE (needed
 * here), SWISS_KEY_OWNED_STRING, SWISS_HASH, SWISS_HASH_AVALANCHES, SWISS_HASH_KEYED, SWISS_EQUAL, SWISS_KEY_DROP,
 * SWISS_VALUE_DROP, SWISS_KEY_CLONE, SWISS_VALUE_CLONE, SWISS_LOOKUP, SWISS_LOOKUP_HASH, SWISS_LOOKUP_EQUAL,
 * SWISS_LOOKUP_MAKE, SWISS_DECLARE and SWISS_DEFINE. There is no SWISS_CONTEXT. What only a cache has, each at the
 * price of what it adds to an entry:
 *
 *   SWISS_COST      size_t f(const KEY *, const VALUE *): the cost of an entry, in units of your own, bytes say; 0
 *                   counts as 1. The capacity is then the sum of costs. Without it each entry costs 1. It is asked
 *                   once, by put.
 *   SWISS_TIMES     entries have an end: a time to live, an idle time, or both.
 *   SWISS_WEAK      the value is a pointer to a counted object (ref.h), to which the cache has a reference. An evicted
 *                   entry whose object someone else still holds is found again, as long as that is so. SWISS_VALUE_DROP
 *                   and SWISS_VALUE_CLONE are then swiss_ref_release and swiss_ref_retain.
 *   SWISS_THREADS   several threads may use a cache at once. It is cut into shards, each with a part of the capacity
 *                   and a lock. What returns pointers into the cache, get, peek and the iterators, is then missing:
 *                   values are copied out, by get_copy and get_or_load. Where the heap is left out (SWISS_NO_HEAP), and
 *                   where the compiler has no atomic operations, there are no locks: then one thread at a time.
 *
 * Names: a type called NAME takes these, and others that begin with NAME_ and end in _. A name below that begins with _
 * has NAME before it. With several conditions all of them hold; `copies` is that SWISS_VALUE_DROP does not lack its
 * SWISS_VALUE_CLONE.
 *
 *   always                   NAME _key _value _entry _options
 *                            _init _free _clear _resize _size _stats _each _validate
 *                            _contains _put _remove _take _pin _unpin
 *   no SWISS_THREADS         _get _peek _iter _iterate _next
 *   copies                   _get_copy _peek_copy _get_or_load
 *   SWISS_TIMES              _put_for _expire
 *   SWISS_LOOKUP             _lookup _contains_as _remove_as _take_as _pin_as _unpin_as
 *   ... and no SWISS_THREADS _get_as _peek_as
 *   ... and copies           _get_copy_as _peek_copy_as
 *   SWISS_LOOKUP_MAKE        _put_as
 *   ... and SWISS_TIMES      _put_for_as
 *   ... and copies           _get_or_load_as
 *
 * Eviction. When there is no room for a new entry, entries are evicted until there is: by S3-FIFO, or by LRU if the
 * options say so (detail/cache_core.h says how they work). On the words of a text, on keys of Zipf's law, also with
 * scans between them, and on loops S3-FIFO has at least as many hits as LRU, mostly more, and a hit takes less time. It
 * has fewer where what is popular changes soon: 2 to 4 of 100 in a test of keys that drift. Its worst case: once the
 * cache is full of what was popular before, nothing but keys that are each asked for twice, the second time when more
 * than a tenth of the capacity has been put meanwhile: it misses nearly all, of which LRU finds half.
 *
 * Ownership. put takes over the key and the value, unless it is out of memory; what the cache cannot keep, because it
 * is dearer than all of it or because all others are pinned, it drops at once. An entry that leaves the cache is
 * dropped, after the hook was told. take moves it out without either. An entry that is put again while it is in the
 * cache is another: the old one is dropped, even if its bytes are the same.
 *
 * The hook, `evicted` of the options, is told of each entry that leaves, with the reason, before it is dropped. It is
 * called without a lock, on the thread whose call was the reason, and may use any cache. In this one, what its own
 * calls replace or remove is dropped without a further call of the hook; and they evict nothing: put returns
 * SWISS_CACHE_REFUSED if there is no room, and while the cache is being cleared, freed, or rid of what has expired. An
 * entry whose time is over stays until later. So there is an end to it.
 *
 * What else is defined:
 * - Capacity 0: the cache keeps nothing. {0} is such a cache, which need not be initialised.
 * - A cost larger than the capacity, or with SWISS_THREADS than a shard's part: refused; what was there by that key
 *   goes.
 * - Out of memory: the result says so, nothing has changed, and the key and the value are the caller's.
 * - A loader that fails: get_or_load returns SWISS_CACHE_FAILED, to those who wait for it as well, and nothing has
 *   changed. The next call tries again.
 * - A loader that uses the cache, or another: it may. If it asks, itself or by way of loaders that wait for each other,
 *   for the key that it loads, that call returns SWISS_CACHE_CIRCULAR instead of waiting forever. A loader that waits
 *   in another way for a thread that asks for its key, by joining it, say, waits forever.
 * - A key that is put while it is being loaded stays; one that is removed meanwhile, by remove, take or clear, is not
 *   kept when it is loaded.
 * - A clock that goes back: nothing expires early, entries stay longer by as much. One that jumps forward, also back to
 *   what it was, lets entries end as if so much time had passed. Times that overflow are endless.
 * - More than 2^28 entries in a shard: it evicts as if that was the capacity.
 * - A fork while other threads use a cache: the child leaves that cache alone.
 *
 * Functions given as parameters do not use the cache, except SWISS_VALUE_DROP, which may, but not put into it without
 * an end. Pointers to entries and values are valid until something is put into the cache, loaded, evicted or unpinned,
 * or until it is resized: entries move when the table behind them grows. A cache whose options reserve its capacity
 * needs no memory later, unless its costs let entries become more than that. But S3-FIFO asks for some to remember
 * evicted keys by, 6 to 12 bytes an entry, and does without it, with fewer hits, if it cannot have it.
 */
#include "detail/cache_core.h"

#ifdef SWISS_WEAK
#    if defined(SWISS_VALUE_DROP) || defined(SWISS_VALUE_CLONE)
#        error "swiss: SWISS_WEAK has a SWISS_VALUE_DROP and a SWISS_VALUE_CLONE of its own: leave yours out"
#        undef SWISS_VALUE_DROP
#        undef SWISS_VALUE_CLONE
#    endif
#    if defined(SWISS_KEY_DROP) && !defined(SWISS_KEY_CLONE)
#        error "swiss: SWISS_WEAK with SWISS_KEY_DROP needs SWISS_KEY_CLONE"
#    endif
#    define SWISS_VALUE_DROP(value) swiss_ref_release((void *)(uintptr_t) * (value))
#    define SWISS_VALUE_CLONE(to, from) (*(to) = *(from), swiss_ref_retain((void *)(uintptr_t) * (to)), true)
#    define SWISS_IS_WEAK_ true
#else
#    define SWISS_IS_WEAK_ false
#endif
#if !defined(SWISS_VALUE_DROP) || defined(SWISS_VALUE_CLONE)
#    define SWISS_CAN_COPY_
#elif defined(SWISS_THREADS)
#    error "swiss: SWISS_THREADS hands out copies of values: SWISS_VALUE_DROP needs SWISS_VALUE_CLONE"
#    undef SWISS_THREADS
#endif
#ifdef SWISS_TIMES
#    define SWISS_HAS_TIMES_ true
#else
#    define SWISS_HAS_TIMES_ false
#endif
#ifdef SWISS_THREADS
#    define SWISS_LOCK_(verb, shard) swiss_cache_##verb##_(shard)
#else
#    define SWISS_LOCK_(verb, shard) ((void)(shard))
#endif
#define SWISS_IS_CACHE_
#include "template/begin.h"

/* The types -------------------------------------------------------------------------------------------------------- */

#ifndef SWISS_DEFINE

/* An entry. Its key does not change while it is in a cache; nor does what its cost is made of. */
typedef struct SWISS_ENTRY_ {
    SWISS_FN_(key) key;
    SWISS_FN_(value) value;
} SWISS_ENTRY_;

/* A cache. {0} is a valid one, of capacity 0. Its members are private. With SWISS_THREADS it stays where it is while
 * threads use it. */
typedef struct SWISS_NAME {
    swiss_cache_shard_ shards_[1]; /* with SWISS_THREADS: of a cache that has no others */
#    ifdef SWISS_THREADS
    swiss_cache_shard_ *many_;
    size_t count_;
#    endif
} SWISS_NAME;

/* The beginning of a cache. All zero is a cache of capacity 0. */
typedef struct SWISS_FN_(options) {
    const swiss_allocator *allocator; /* NULL: swiss_allocator_default() */
    uint64_t seed;                    /* 0: a fresh one. Another: this one, for runs that can be repeated */
    size_t capacity;                  /* the most entries, or with SWISS_COST the largest sum of costs */
    size_t reserve;                   /* room for so many entries from the beginning; else it comes as it is needed */
    swiss_cache_policy policy;        /* default: SWISS_CACHE_S3_FIFO */
    /* Is told of each entry that leaves, before it is dropped. It may take things out of *entry, if what is left there
     * can be dropped. NULL: nobody is told. */
    void (*evicted)(SWISS_ENTRY_ *entry, swiss_cache_reason reason, void *context);
    void *context; /* for `evicted` and `clock` */
#    ifdef SWISS_TIMES
    uint64_t ttl;  /* an entry ends so long after it was put; 0: it does not. put_for may say another time */
    uint64_t idle; /* and so long after it was put, or got, last; 0: it does not */
    /* Returns the time now, in the units of the two. Called once by each operation by key, without a lock. NULL:
     * milliseconds of the system's clock, which SWISS_NO_HEAP has not. */
    uint64_t (*clock)(void *context);
#    endif
#    ifdef SWISS_THREADS
    size_t shards; /* as many locks, rounded up to a power of two; 0: one for each 64 of the capacity, up to 16 */
#    endif
} SWISS_FN_(options);

#    ifndef SWISS_THREADS
/* The place of an iteration. */
typedef struct SWISS_FN_(iter) {
    swiss_cache_iter_ at;
} SWISS_FN_(iter);
#    endif

/* A slot of the table: an entry, and what is the cache's own. */
typedef struct SWISS_FN_(slot_) {
    SWISS_ENTRY_ entry;
    swiss_cache_node_ node;
#    ifdef SWISS_COST
    size_t cost;
#    endif
#    ifdef SWISS_TIMES
    swiss_cache_times_ times;
#    endif
} SWISS_FN_(slot_);

#    ifdef __cplusplus
SWISS_STATIC_ASSERT(std::is_trivially_copyable<SWISS_ENTRY_>::value,
                    "swiss: entries are moved with memcpy: the key and the value must be trivially copyable");
#    endif
#    ifdef SWISS_WEAK
SWISS_STATIC_ASSERT(sizeof(SWISS_FN_(value)) == sizeof(void *),
                    "swiss: SWISS_WEAK needs a SWISS_VALUE that is a pointer to a counted object (ref.h)");
#    endif
#endif

SWISS_BEGIN_FUNCTIONS_

/* The functions ---------------------------------------------------------------------------------------------------- */

/* Makes *cache an empty cache. The former contents of *cache are forgotten, not freed. Returns false when out of
 * memory, or if there are to be times and there is no clock; then *cache is a valid cache of capacity 0. O(reserve). */
SWISS_LINKAGE_ SWISS_MUST_USE bool SWISS_FN_(init)(SWISS_NAME *cache, const SWISS_FN_(options) * options);

/* Drops every entry, with SWISS_CACHE_CLEARED as the reason, and gives the memory back. The cache is then as {0} is. No
 * other thread uses it. O(slots). */
SWISS_LINKAGE_ void SWISS_FN_(free)(SWISS_NAME *cache);

/* Drops every entry, also those that are pinned, with SWISS_CACHE_CLEARED as the reason. What others put meanwhile may
 * stay. Keeps the memory. O(slots). */
SWISS_LINKAGE_ void SWISS_FN_(clear)(SWISS_NAME *cache);

/* Changes the capacity. If it becomes less, evicts what is over it, and gives back memory that is no longer needed, if
 * it can be had for that; pinned entries stay, even if they are over it. O(slots) if it becomes less, else O(1). */
SWISS_LINKAGE_ void SWISS_FN_(resize)(SWISS_NAME *cache, size_t capacity);

/* Returns the number of entries, also of those whose time is over and that nobody has come across yet. O(shards). */
SWISS_LINKAGE_ size_t SWISS_FN_(size)(const SWISS_NAME *cache);

/* Returns the numbers of the cache: what it holds, and what happened since it was initialised; map_stats.h writes them
 * as text and as JSON. O(shards). */
SWISS_LINKAGE_ swiss_cache_stats SWISS_FN_(stats)(const SWISS_NAME *cache);

#ifndef SWISS_THREADS
/* Returns the value of `key`, or NULL. It counts as a hit or a miss, and the entry as asked for. An entry whose time is
 * over is removed. O(1) expected. */
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(get)(SWISS_NAME *cache, SWISS_FN_(key) key);

/* As get, but nothing counts and nothing changes. O(1) expected. */
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(peek)(const SWISS_NAME *cache, SWISS_FN_(key) key);
#endif

/* True if there is an entry of `key`. Nothing changes. O(1) expected. */
SWISS_LINKAGE_ bool SWISS_FN_(contains)(const SWISS_NAME *cache, SWISS_FN_(key) key);

#ifdef SWISS_CAN_COPY_
/* As get, and as peek, but the value is copied to *value, by SWISS_VALUE_CLONE if there is one, and the copy is the
 * caller's. Return false, and leave *value alone, if there is none; or if there was no memory for the copy. O(1)
 * expected. */
SWISS_LINKAGE_ bool SWISS_FN_(get_copy)(SWISS_NAME *cache, SWISS_FN_(key) key, SWISS_FN_(value) * value);
SWISS_LINKAGE_ bool SWISS_FN_(peek_copy)(const SWISS_NAME *cache, SWISS_FN_(key) key, SWISS_FN_(value) * value);

/* Copies the value of `key` to *value, as get_copy. If there is none, has load(&key, value, context) make it, keeps a
 * copy in the cache, and leaves *value to the caller. The loader is called without a lock. It runs once for all threads
 * that ask for the key meanwhile: the others wait for it. Returns
 *
 *     SWISS_CACHE_HIT            it was there
 *     SWISS_CACHE_LOADED         the loader has made it; and the cache has taken over the key. Even so it may not be in
 *                                the cache: if it was too dear, or there was no memory for it
 *     SWISS_CACHE_WAITED         another thread has loaded it
 *     SWISS_CACHE_FAILED         the loader, or that of the other thread, returned false: *value says nothing
 *     SWISS_CACHE_CIRCULAR       the loader of this key is waiting for this call
 *     SWISS_CACHE_OUT_OF_MEMORY  there was no memory for the copy
 *
 * and except for SWISS_CACHE_LOADED the key is still the caller's. O(1) expected, and the loader. */
SWISS_LINKAGE_ swiss_cache_result SWISS_FN_(get_or_load)(SWISS_NAME *cache, SWISS_FN_(key) key,
                                                         bool (*load)(const SWISS_FN_(key) * key,
                                                                      SWISS_FN_(value) * value, void *context),
                                                         void *context, SWISS_FN_(value) * value);
#endif

/* Puts an entry in the cache, in the place of the one that has the key already. Returns
 *
 *     SWISS_CACHE_INSERTED       it is new
 *     SWISS_CACHE_UPDATED        it has replaced the other, which was dropped (SWISS_CACHE_REPLACED)
 *     SWISS_CACHE_REFUSED        it is dearer than the capacity, or all others are pinned: it was dropped
 *                                (SWISS_CACHE_CAPACITY), and so was the one that had its key (SWISS_CACHE_REPLACED)
 *     SWISS_CACHE_OUT_OF_MEMORY  nothing has changed, and the key and the value are the caller's
 *
 * O(1) expected and amortised, and the entries that are evicted for it. */
SWISS_LINKAGE_ swiss_cache_result SWISS_FN_(put)(SWISS_NAME *cache, SWISS_FN_(key) key, SWISS_FN_(value) value);

#ifdef SWISS_TIMES
/* As put, with a time to live of its own; 0: that of the cache. */
SWISS_LINKAGE_ swiss_cache_result SWISS_FN_(put_for)(SWISS_NAME *cache, SWISS_FN_(key) key, SWISS_FN_(value) value,
                                                     uint64_t ttl);

/* Removes all entries whose time is over. Those that nobody comes across stay until then, or until they are evicted.
 * Returns how many. O(slots). */
SWISS_LINKAGE_ size_t SWISS_FN_(expire)(SWISS_NAME *cache);
#endif

/* Removes and drops the entry of `key` (SWISS_CACHE_REMOVED), also if it is pinned. Returns false if there is none.
 * O(1) expected. */
SWISS_LINKAGE_ bool SWISS_FN_(remove)(SWISS_NAME *cache, SWISS_FN_(key) key);

/* Moves the entry of `key` out to *entry (NULL: nowhere), without telling the hook and without dropping it. Returns
 * false, and leaves *entry alone, if there is none. O(1) expected. */
SWISS_LINKAGE_ bool SWISS_FN_(take)(SWISS_NAME *cache, SWISS_FN_(key) key, SWISS_ENTRY_ *entry);

/* Keeps the entry of `key` from being evicted until it is unpinned as often as it was pinned. It can still expire, be
 * removed and be replaced; its key stays pinned then, as long as there is an entry. Return false if there is none, or
 * if it is not pinned. An entry that is unpinned counts as new; it may be evicted at once if the cache is over its
 * capacity. O(1) expected. */
SWISS_LINKAGE_ bool SWISS_FN_(pin)(SWISS_NAME *cache, SWISS_FN_(key) key);
SWISS_LINKAGE_ bool SWISS_FN_(unpin)(SWISS_NAME *cache, SWISS_FN_(key) key);

#ifdef SWISS_LOOKUP
/* The operations by key once more, by the second key type. Those that put make the key with SWISS_LOOKUP_MAKE; if that
 * fails the result is that of running out of memory. */
#    ifndef SWISS_THREADS
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(get_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_FN_(peek_as)(const SWISS_NAME *cache, SWISS_FN_(lookup) key);
#    endif
SWISS_LINKAGE_ bool SWISS_FN_(contains_as)(const SWISS_NAME *cache, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(remove_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(take_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key, SWISS_ENTRY_ *entry);
SWISS_LINKAGE_ bool SWISS_FN_(pin_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key);
SWISS_LINKAGE_ bool SWISS_FN_(unpin_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key);
#    ifdef SWISS_CAN_COPY_
SWISS_LINKAGE_ bool SWISS_FN_(get_copy_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key, SWISS_FN_(value) * value);
SWISS_LINKAGE_ bool SWISS_FN_(peek_copy_as)(const SWISS_NAME *cache, SWISS_FN_(lookup) key, SWISS_FN_(value) * value);
#    endif
#    ifdef SWISS_LOOKUP_MAKE
SWISS_LINKAGE_ swiss_cache_result SWISS_FN_(put_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key, SWISS_FN_(value) value);
#        ifdef SWISS_TIMES
SWISS_LINKAGE_ swiss_cache_result SWISS_FN_(put_for_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key,
                                                        SWISS_FN_(value) value, uint64_t ttl);
#        endif
#        ifdef SWISS_CAN_COPY_
SWISS_LINKAGE_ swiss_cache_result SWISS_FN_(get_or_load_as)(SWISS_NAME *cache, SWISS_FN_(lookup) key,
                                                            bool (*load)(const SWISS_FN_(key) * key,
                                                                         SWISS_FN_(value) * value, void *context),
                                                            void *context, SWISS_FN_(value) * value);
#        endif
#    endif
#endif

#ifndef SWISS_THREADS
/* Begins an iteration over all entries: by LRU from the one that was used last to the one to be evicted next. By
 * S3-FIFO those that were asked for again come first, from the newest on, and then the others from the newest on. Those
 * that are pinned are the last, in no order. O(1). */
SWISS_LINKAGE_ SWISS_FN_(iter) SWISS_FN_(iterate)(const SWISS_NAME *cache);

/* Returns the next entry, or NULL after the last. Meanwhile nothing else is done with the cache. O(entries) in all, and
 * O(slots) if any is pinned. */
SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_FN_(next)(SWISS_FN_(iter) * iter);
#endif

/* Calls visit(entry, context) for each entry, in the order of iterate, shard by shard, until it returns false. With
 * SWISS_THREADS a lock is held meanwhile: it does not use the cache. Returns false if it has. O(entries). */
SWISS_LINKAGE_ bool SWISS_FN_(each)(const SWISS_NAME *cache, bool (*visit)(const SWISS_ENTRY_ *entry, void *context),
                                    void *context);

/* Returns NULL if the cache holds all that it promises about itself, or else a sentence that says what does not. For
 * debugging; no other thread uses it meanwhile. O(slots). */
SWISS_LINKAGE_ const char *SWISS_FN_(validate)(const SWISS_NAME *cache);

/* The definitions -------------------------------------------------------------------------------------------------- */
#ifndef SWISS_DECLARE
#    include "template/hooks.h"

static inline uint64_t SWISS_FN_(hash_)(const void *key, uint64_t seed, const swiss_table_type *type) {
    (void)type;
#    ifndef SWISS_HASH
    return SWISS_HASH_OF_KIND_(SWISS_FN_(kind_), key, sizeof(SWISS_FN_(key)), seed, SWISS_IS_KEYED_, SWISS_NAN_APART_);
#    elif defined(SWISS_HASH_AVALANCHES)
    return SWISS_HASH((const SWISS_FN_(key) *)key, seed);
#    else
    return swiss_hash_mix(SWISS_HASH((const SWISS_FN_(key) *)key, seed), seed);
#    endif
}

static inline bool SWISS_FN_(equal_)(const void *stored, const void *key, const swiss_table_type *type) {
    (void)type;
#    ifdef SWISS_EQUAL
    return SWISS_EQUAL((const SWISS_FN_(key) *)stored, (const SWISS_FN_(key) *)key);
#    else
    return SWISS_EQUAL_OF_KIND_(SWISS_FN_(kind_), stored, key, sizeof(SWISS_FN_(key)));
#    endif
}

#    ifdef SWISS_COST
static inline size_t SWISS_FN_(cost_)(const void *slot) {
    const SWISS_ENTRY_ *entry = (const SWISS_ENTRY_ *)slot;
    return SWISS_COST(&entry->key, &entry->value);
}
#    endif
#    ifdef SWISS_KEY_DROP
static inline void SWISS_FN_(drop_key_)(void *key) {
    SWISS_KEY_DROP((SWISS_FN_(key) *)key);
}
#    endif
#    ifdef SWISS_KEY_CLONE
static inline bool SWISS_FN_(clone_key_)(void *to, const void *from) {
    return SWISS_KEY_CLONE((SWISS_FN_(key) *)to, (const SWISS_FN_(key) *)from);
}
#    endif
#    ifdef SWISS_VALUE_DROP
static inline void SWISS_FN_(drop_value_)(void *value) {
    SWISS_VALUE_DROP((SWISS_FN_(value) *)value);
}
#    endif
static inline bool SWISS_FN_(clone_value_)(void *to, const void *from) {
#    ifdef SWISS_VALUE_CLONE
    return SWISS_VALUE_CLONE((SWISS_FN_(value) *)to, (const SWISS_FN_(value) *)from);
#    else
    *(SWISS_FN_(value) *)to = *(const SWISS_FN_(value) *)from;
    return true;
#    endif
}

/* The caller's functions. The library keeps the hook without its type. */
static inline void SWISS_FN_(tell_)(void (*hook)(void), void *slot, swiss_cache_reason reason, void *context) {
    void (*typed)(SWISS_ENTRY_ *, swiss_cache_reason, void *);
    memcpy(&typed, &hook, sizeof typed);
    typed((SWISS_ENTRY_ *)slot, reason, context);
}

typedef struct SWISS_FN_(visitor_) {
    bool (*visit)(const SWISS_ENTRY_ *entry, void *context);
    void *context;
} SWISS_FN_(visitor_);

static inline bool SWISS_FN_(visit_)(const void *slot, void *visitor) {
    const SWISS_FN_(visitor_) *call = (const SWISS_FN_(visitor_) *)visitor;
    return call->visit((const SWISS_ENTRY_ *)slot, call->context);
}

#    ifdef SWISS_CAN_COPY_
typedef struct SWISS_FN_(loader_) {
    bool (*load)(const SWISS_FN_(key) * key, SWISS_FN_(value) * value, void *context);
    void *context;
} SWISS_FN_(loader_);

static inline bool SWISS_FN_(load_)(const void *key, void *value, void *loader) {
    const SWISS_FN_(loader_) *call = (const SWISS_FN_(loader_) *)loader;
    return call->load((const SWISS_FN_(key) *)key, (SWISS_FN_(value) *)value, call->context);
}
#    endif

static const swiss_cache_type_ SWISS_FN_(type_) = {
    {
        sizeof(SWISS_FN_(key)),
        offsetof(SWISS_ENTRY_, value),
        sizeof(SWISS_FN_(value)),
        sizeof(SWISS_FN_(slot_)),
        SWISS_ALIGNOF(SWISS_FN_(slot_)),
        SWISS_FN_(hash_),
        SWISS_FN_(equal_),
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        true,
        NULL,
    },
    sizeof(SWISS_ENTRY_),
    offsetof(SWISS_FN_(slot_), node),
#    ifdef SWISS_COST
    offsetof(SWISS_FN_(slot_), cost),
#    else
    0,
#    endif
#    ifdef SWISS_TIMES
    offsetof(SWISS_FN_(slot_), times),
#    else
    0,
#    endif
#    ifdef SWISS_COST
    SWISS_FN_(cost_),
#    else
    NULL,
#    endif
#    ifdef SWISS_KEY_DROP
    SWISS_FN_(drop_key_),
#    else
    NULL,
#    endif
#    ifdef SWISS_VALUE_DROP
    SWISS_FN_(drop_value_),
#    else
    NULL,
#    endif
#    ifdef SWISS_KEY_CLONE
    SWISS_FN_(clone_key_),
#    else
    NULL,
#    endif
#    ifdef SWISS_VALUE_CLONE
    SWISS_FN_(clone_value_),
#    else
    NULL,
#    endif
    SWISS_FN_(tell_),
    SWISS_IS_WEAK_,
#    ifdef SWISS_THREADS
    SWISS_CACHE_HAS_LOCKS_,
#    else
    false,
#    endif
};

/* The shards. They are not changed by functions that take a const cache, but for their locks. */
SWISS_ALWAYS_INLINE swiss_cache_shard_ *SWISS_FN_(shards_)(const SWISS_NAME *cache) {
#    ifdef SWISS_THREADS
    if (SWISS_LIKELY(cache->many_ != NULL))
        return cache->many_;
#    endif
    return (swiss_cache_shard_ *)(uintptr_t)cache->shards_;
}

SWISS_ALWAYS_INLINE size_t SWISS_FN_(shard_count_)(const SWISS_NAME *cache) {
#    ifdef SWISS_THREADS
    if (SWISS_LIKELY(cache->many_ != NULL))
        return cache->count_;
#    endif
    (void)cache;
    return 1;
}

/* The bits of the hash below those that the table uses choose the shard: the lowest depend too little on the key. */
SWISS_ALWAYS_INLINE swiss_cache_shard_ *SWISS_FN_(shard_of_)(const SWISS_NAME *cache, uint64_t hash) {
    return (SWISS_FN_(shards_))(cache) + ((size_t)hash & ((SWISS_FN_(shard_count_))(cache)-1));
}

SWISS_ALWAYS_INLINE uint64_t SWISS_FN_(now_)(const SWISS_NAME *cache) {
    const swiss_cache_shard_ *shard = (SWISS_FN_(shards_))(cache);
    return SWISS_HAS_TIMES_ && shard->clock ? shard->clock(shard->context) : 0;
}

/* LRU is not inlined: it takes as much code as all the rest of a hit. */
static SWISS_NOINLINE void SWISS_FN_(touch_lru_)(swiss_cache_shard_ *shard, SWISS_FN_(slot_) * slot) {
    swiss_cache_touch_lru_(shard, &SWISS_FN_(type_), slot);
}

SWISS_ALWAYS_INLINE void SWISS_FN_(touch_)(swiss_cache_shard_ *shard, SWISS_FN_(slot_) * slot) {
    if (SWISS_LIKELY(shard->policy == SWISS_CACHE_S3_FIFO))
        swiss_cache_count_(&slot->node);
    else
        (SWISS_FN_(touch_lru_))(shard, slot);
}

SWISS_LINKAGE_ bool SWISS_FN_(init)(SWISS_NAME *cache, const SWISS_FN_(options) * options) {
    static const struct SWISS_NAME none = SWISS_CACHE_NONE_;
    swiss_cache_settings_ settings = {
        options->allocator, options->seed, options->capacity, options->reserve, options->policy, 0, 0, NULL, NULL,
        options->context,
    };
    memcpy(&settings.hook, &options->evicted, sizeof settings.hook);
#    ifdef SWISS_TIMES
    settings.ttl = options->ttl;
    settings.idle = options->idle;
    settings.clock = options->clock;
#    endif
    *cache = none;
#    ifdef SWISS_THREADS
    cache->many_ = swiss_cache_create_shards_(options->allocator, options->shards, options->capacity, &cache->count_);
    if (!cache->many_)
        return false;
#    endif
    if (swiss_cache_init_((SWISS_FN_(shards_))(cache), (SWISS_FN_(shard_count_))(cache), &SWISS_FN_(type_), &settings))
        return true;
    (SWISS_FN_(free))(cache);
    return false;
}

SWISS_LINKAGE_ void SWISS_FN_(free)(SWISS_NAME *cache) {
    static const struct SWISS_NAME none = SWISS_CACHE_NONE_;
    SWISS_FN_(slot_) spare;
    swiss_cache_free_((SWISS_FN_(shards_))(cache), (SWISS_FN_(shard_count_))(cache), &SWISS_FN_(type_), &spare);
    *cache = none;
}

SWISS_LINKAGE_ void SWISS_FN_(clear)(SWISS_NAME *cache) {
    SWISS_FN_(slot_) spare;
    for (size_t i = 0; i < (SWISS_FN_(shard_count_))(cache); ++i)
        swiss_cache_clear_(&(SWISS_FN_(shards_))(cache)[i], &SWISS_FN_(type_), &spare);
}

SWISS_LINKAGE_ void SWISS_FN_(resize)(SWISS_NAME *cache, size_t capacity) {
    SWISS_FN_(slot_) spare;
    swiss_cache_resize_((SWISS_FN_(shards_))(cache), (SWISS_FN_(shard_count_))(cache), &SWISS_FN_(type_), capacity,
                        &spare);
}

SWISS_LINKAGE_ swiss_cache_stats SWISS_FN_(stats)(const SWISS_NAME *cache) {
    swiss_cache_stats stats = SWISS_CACHE_NONE_;
    for (size_t i = 0; i < (SWISS_FN_(shard_count_))(cache); ++i)
        swiss_cache_add_stats_(&(SWISS_FN_(shards_))(cache)[i], &SWISS_FN_(type_), &stats);
    return stats;
}

SWISS_LINKAGE_ size_t SWISS_FN_(size)(const SWISS_NAME *cache) {
    return (SWISS_FN_(stats))(cache).entries;
}

#    ifdef SWISS_TIMES
SWISS_LINKAGE_ size_t SWISS_FN_(expire)(SWISS_NAME *cache) {
    SWISS_FN_(slot_) spare;
    size_t count = 0;
    for (size_t i = 0; i < (SWISS_FN_(shard_count_))(cache); ++i)
        count += swiss_cache_expire_(&(SWISS_FN_(shards_))(cache)[i], &SWISS_FN_(type_), &spare);
    return count;
}
#    endif

#    ifndef SWISS_THREADS
SWISS_LINKAGE_ SWISS_FN_(iter) SWISS_FN_(iterate)(const SWISS_NAME *cache) {
    SWISS_FN_(iter) iter = {{cache->shards_, 0, 0, 0}};
    return iter;
}

SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_FN_(next)(SWISS_FN_(iter) * iter) {
    return (SWISS_ENTRY_ *)swiss_cache_next_(&iter->at, &SWISS_FN_(type_));
}
#    endif

SWISS_LINKAGE_ bool SWISS_FN_(each)(const SWISS_NAME *cache, bool (*visit)(const SWISS_ENTRY_ *entry, void *context),
                                    void *context) {
    SWISS_FN_(visitor_) visitor = {visit, context};
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < (SWISS_FN_(shard_count_))(cache); ++i)
        goes_on = swiss_cache_each_(&(SWISS_FN_(shards_))(cache)[i], &SWISS_FN_(type_), SWISS_FN_(visit_), &visitor);
    return goes_on;
}

SWISS_LINKAGE_ const char *SWISS_FN_(validate)(const SWISS_NAME *cache) {
    const char *wrong = NULL;
    for (size_t i = 0; !wrong && i < (SWISS_FN_(shard_count_))(cache); ++i)
        wrong = swiss_cache_validate_(&(SWISS_FN_(shards_))(cache)[i], &SWISS_FN_(type_));
    return wrong;
}

#    define SWISS_BY_ SWISS_FN_(key)
#    define SWISS_OP_(verb) (SWISS_FN_(verb))
#    define SWISS_OWN_(verb) (SWISS_FN_(verb##_))
#    include "template/cache_by_key.h"

#    ifdef SWISS_LOOKUP
static inline uint64_t SWISS_FN_(hash_as_)(const void *key, uint64_t seed, const swiss_table_type *type) {
    (void)type;
#        ifndef SWISS_LOOKUP_HASH
    return SWISS_HASH_OF_KIND_(SWISS_KIND_OF_(SWISS_FN_(lookup)), key, sizeof(SWISS_FN_(lookup)), seed, SWISS_IS_KEYED_,
                               false);
#        elif defined(SWISS_HASH_AVALANCHES) || !defined(SWISS_HASH)
    return SWISS_LOOKUP_HASH((const SWISS_FN_(lookup) *)key, seed);
#        else
    return swiss_hash_mix(SWISS_LOOKUP_HASH((const SWISS_FN_(lookup) *)key, seed), seed);
#        endif
}

static inline bool SWISS_FN_(equal_as_)(const void *stored, const void *key, const swiss_table_type *type) {
    (void)type;
    return SWISS_LOOKUP_EQUAL((const SWISS_FN_(key) *)stored, (const SWISS_FN_(lookup) *)key);
}

#        define SWISS_BY_ SWISS_FN_(lookup)
#        define SWISS_OP_(verb) (SWISS_FN_(verb##_as))
#        define SWISS_OWN_(verb) (SWISS_FN_(verb##_as_))
#        define SWISS_BY_LOOKUP_
#        include "template/cache_by_key.h"
#    endif
#endif

SWISS_END_FUNCTIONS_

#include "template/end.h"
#undef SWISS_COST
#undef SWISS_TIMES
#undef SWISS_WEAK
#undef SWISS_THREADS
#undef SWISS_IS_CACHE_
#undef SWISS_IS_WEAK_
#undef SWISS_HAS_TIMES_
#undef SWISS_CAN_COPY_
#undef SWISS_LOCK_
