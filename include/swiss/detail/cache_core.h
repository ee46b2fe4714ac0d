/* cache_core.h - what caches of all types have in common: the words of their interface, and how a cache keeps its
 * entries in order. The templates in cache.h inline what a hit needs; cache.c has the rest, by sizes and functions that
 * a swiss_cache_type_ names.
 *
 * A shard is a table and three lists through its slots. A slot is an entry, a node, and, if the type has them, its cost
 * and its times:
 *
 *     | key | value | newer 30, kind 2 | older 30, asked 2 | cost | expires | used |
 *
 *     main    newest <-> ... <-> oldest     what has been asked for; by LRU all entries
 *     small   newest <-> ... <-> oldest     what is new; a tenth of the capacity
 *     weak    newest <-> ... <-> oldest     evicted, but somebody may still hold it: no entries any more
 *     pinned                                in no list: `older` counts the pins
 *
 * A node names its neighbours by the numbers of their slots. When the table moves its slots, all are another: so before
 * that each node gets its place in the order instead, and afterwards the links are made from the places (cache.c). It
 * needs no memory. Entries in an array of their own, with their numbers in the table, would not move; but a hit would
 * wait for one cache line more (doc/experiments.md: "Caches").
 *
 * LRU: a hit moves its entry to the newest end of `main`; the oldest is evicted.
 *
 * S3-FIFO (J. Yang and others, SOSP 2023): a hit only counts, up to 3. New entries begin in `small`. If that is over a
 * tenth of the capacity its oldest entry is evicted, unless it was asked for twice: then it moves to `main`. Else the
 * oldest of `main` is evicted, unless it has been asked for: then it begins again as the newest, with one less. Hashes
 * of what `small` has evicted are remembered for a while (`ghosts`): such a key, put again, begins in `main`.
 */
#ifndef SWISS_DETAIL_CACHE_CORE_H
#define SWISS_DETAIL_CACHE_CORE_H

#include "../ref.h"
#include "../table.h"

SWISS_BEGIN_C

/* Decides which entry has to go when there is no room. */
typedef enum swiss_cache_policy {
    SWISS_CACHE_S3_FIFO, /* the default: more hits, and a hit changes no links */
    SWISS_CACHE_LRU      /* the one that was asked for, or put, least recently */
} swiss_cache_policy;

/* Tells why an entry has left a cache. */
typedef enum swiss_cache_reason {
    SWISS_CACHE_CAPACITY, /* there was no room, for it or for another */
    SWISS_CACHE_REPLACED, /* its key was put again */
    SWISS_CACHE_REMOVED,  /* by remove */
    SWISS_CACHE_EXPIRED,  /* its time was over */
    SWISS_CACHE_CLEARED   /* by clear or free */
} swiss_cache_reason;

/* The outcome of put and of get_or_load. */
typedef enum swiss_cache_result {
    SWISS_CACHE_OUT_OF_MEMORY, /* nothing has changed */
    SWISS_CACHE_FAILED,        /* the loader has failed */
    SWISS_CACHE_CIRCULAR,      /* the loader waits, itself or by way of others, for what it should load */
    SWISS_CACHE_REFUSED,       /* put: it has been dropped: it is dearer than the cache, or all others are pinned */
    SWISS_CACHE_INSERTED,      /* put: it is new */
    SWISS_CACHE_UPDATED,       /* put: its key was there, and it has replaced that entry */
    SWISS_CACHE_HIT,           /* get_or_load: it was there */
    SWISS_CACHE_WAITED,        /* get_or_load: another thread has loaded it meanwhile */
    SWISS_CACHE_LOADED         /* get_or_load: the loader has made it */
} swiss_cache_result;

/* Numbers since the cache was initialised. Those of a cache with several shards are added up one by one. */
typedef struct swiss_cache_stats {
    uint64_t hits, misses;  /* of get, get_copy and get_or_load */
    uint64_t insertions;    /* of new entries */
    uint64_t replacements;  /* of the entry of a key by another */
    uint64_t evictions;     /* reason: capacity; of entries that were in the cache */
    uint64_t expirations;   /* reason: expired */
    uint64_t removals;      /* by remove and take */
    uint64_t refusals;      /* of entries that put could not keep */
    uint64_t loads;         /* calls of loaders */
    uint64_t failures;      /* of those */
    uint64_t revivals;      /* of evicted entries that were found through their weak references; they are also hits */
    size_t entries, pinned; /* now; the latter are part of the former */
    size_t weak;            /* now: weak references to evicted entries, alive or not */
    size_t cost, capacity;  /* now; in entries if they have no cost */
} swiss_cache_stats;

/* Where a list is, or would be. */
typedef enum swiss_cache_kind_ {
    SWISS_CACHE_SMALL_,
    SWISS_CACHE_MAIN_,
    SWISS_CACHE_WEAK_,
    SWISS_CACHE_PINNED_,
    SWISS_CACHE_KINDS_
} swiss_cache_kind_;

#define SWISS_CACHE_INDEX_ UINT32_C(0x3FFFFFFF) /* the bits of a slot's number, of a place, of a count of pins */
#define SWISS_CACHE_ASKED_ UINT32_C(0x40000000) /* one in the count of how often an entry was asked for */

typedef struct swiss_cache_node_ {
    uint32_t newer, older;
} swiss_cache_node_;

/* A list; with none in it, `newest` and `oldest` say nothing. In that of the pinned they never do. */
typedef struct swiss_cache_list_ {
    uint32_t newest, oldest;
    size_t count, cost;
} swiss_cache_list_;

typedef struct swiss_cache_times_ {
    uint64_t expires; /* UINT64_MAX: never */
    uint64_t used;
} swiss_cache_times_;

/* An entry that is being loaded; on the stack of the thread that does it. */
typedef struct swiss_cache_load_ swiss_cache_load_;
/* A call of the hook, on the stack of the thread that makes it. */
typedef struct swiss_cache_call_ swiss_cache_call_;

/* All zero is an empty shard without room. */
typedef struct swiss_cache_shard_ {
    swiss_table table;
    swiss_cache_list_ lists[SWISS_CACHE_KINDS_];
    size_t capacity;
    size_t moves;   /* how often the table has moved its slots */
    size_t claimed; /* room that is being made, for what is put then; hooks leave it alone */
    size_t sweeps;  /* under way: hooks put nothing meanwhile */
    uint64_t hits, misses;
    unsigned char lock;   /* only in types that have threads */
    unsigned char policy; /* swiss_cache_policy */
    uint32_t *ghosts;     /* buckets of 8; NULL: none */
    size_t ghost_mask;    /* buckets - 1 */
    uint64_t ghost_time;  /* goes on by one with each ghost */
    uint64_t ttl, idle;   /* 0: none */
    uint64_t (*clock)(void *context);
    void (*hook)(void); /* NULL: none. The template knows its type */
    void *context;
    swiss_cache_load_ *loads;
    swiss_cache_call_ *calls;          /* in the first shard: for all */
    struct swiss_cache_shard_ *family; /* the first shard */
    bool created;                      /* by swiss_cache_create_shards_ */
    swiss_cache_stats counts;          /* without hits and misses, and what is now */
    char apart[64];                    /* from the next one, in whose cache line another thread may write */
} swiss_cache_shard_;

/* The entries of a cache, and the functions that treat them. Those that are NULL are not needed. */
typedef struct swiss_cache_type_ {
    swiss_table_type table;   /* drops and clones nothing */
    size_t entry_size;        /* of a slot, without what is the cache's own */
    size_t node, cost, times; /* offsets in the slot; 0: it has none */
    size_t (*cost_of)(const void *slot);
    void (*drop_key)(void *key);
    void (*drop_value)(void *value);
    bool (*clone_key)(void *to, const void *from);
    bool (*clone_value)(void *to, const void *from);
    void (*tell)(void (*hook)(void), void *slot, swiss_cache_reason reason, void *context);
    bool weak;    /* the value is a pointer to a counted object */
    bool threads; /* shards have locks */
} swiss_cache_type_;

/* A key that is looked for. */
typedef struct swiss_cache_search_ {
    uint64_t hash;
    swiss_equal_function equal;
    const void *key;
    uint64_t now;
} swiss_cache_search_;

/* What a cache begins with: the members of NAME_options, whose hook is typed. */
typedef struct swiss_cache_settings_ {
    const swiss_allocator *allocator;
    uint64_t seed;
    size_t capacity, reserve;
    swiss_cache_policy policy;
    uint64_t ttl, idle;
    uint64_t (*clock)(void *context);
    void (*hook)(void);
    void *context;
} swiss_cache_settings_;

/* Returns shards for a cache with threads, and their number: that wanted, rounded up to a power of two. NULL: out of
 * memory. swiss_cache_free_ gives them back. */
SWISS_API swiss_cache_shard_ *swiss_cache_create_shards_(const swiss_allocator *allocator, size_t wanted,
                                                         size_t capacity, size_t *count);

/* Each takes the slots that it needs on the way from the caller, whose compiler knows how large they are. */
SWISS_API bool swiss_cache_init_(swiss_cache_shard_ *shards, size_t count, const swiss_cache_type_ *type,
                                 const swiss_cache_settings_ *settings);
SWISS_API void swiss_cache_free_(swiss_cache_shard_ *shards, size_t count, const swiss_cache_type_ *type, void *spare);
SWISS_API void swiss_cache_clear_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *spare);
SWISS_API void swiss_cache_resize_(swiss_cache_shard_ *shards, size_t count, const swiss_cache_type_ *type,
                                   size_t capacity, void *spare);
/* Puts the entry in `slot`; `ttl` 0: as the cache says. */
SWISS_API swiss_cache_result swiss_cache_put_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                              const swiss_cache_search_ *search, void *slot, uint64_t ttl, void *spare);
/* Moves an entry to `spare`; then tells of it and drops it, or not. */
SWISS_API bool swiss_cache_remove_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                   const swiss_cache_search_ *search, bool drops, void *spare);

typedef enum swiss_cache_how_ {
    SWISS_CACHE_PEEKS_,
    SWISS_CACHE_TRIES_, /* as get, but a miss does not count */
    SWISS_CACHE_GETS_
} swiss_cache_how_;

/* Returns the slot of an entry, or NULL: for entries with times, or that may have been evicted, and for what is rare.
 * With `value` its value is copied there, and the slot is nothing to look at; *failed tells that there was no memory
 * for that. */
SWISS_API void *swiss_cache_get_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                 const swiss_cache_search_ *search, swiss_cache_how_ how, void *value, bool *failed,
                                 void *spare);
SWISS_API swiss_cache_result swiss_cache_load_entry_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                                     const swiss_cache_search_ *search,
                                                     bool (*load)(const void *key, void *value, void *loader),
                                                     void *loader, void *value, void *slot, void *spare);
SWISS_API bool swiss_cache_pin_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                const swiss_cache_search_ *search, bool pins, void *spare);
SWISS_API size_t swiss_cache_expire_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *spare);
SWISS_API void swiss_cache_add_stats_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                      swiss_cache_stats *stats);
SWISS_API const char *swiss_cache_validate_(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type);

/* The place of an iteration. */
typedef struct swiss_cache_iter_ {
    const swiss_cache_shard_ *shard;
    size_t left;         /* in the list at hand; of the pinned: slots */
    uint32_t at;         /* the next one */
    unsigned char phase; /* 0: not begun */
} swiss_cache_iter_;

/* Returns the next slot, or NULL. */
SWISS_API void *swiss_cache_next_(swiss_cache_iter_ *iter, const swiss_cache_type_ *type);

/* Calls `visit` for each entry, under the lock. Returns false if that has. */
SWISS_API bool swiss_cache_each_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                 bool (*visit)(const void *slot, void *visitor), void *visitor);

/* Waits for a lock. */
SWISS_API SWISS_NOINLINE void swiss_cache_wait_(unsigned char *lock);

/* Locks are held for as long as an operation takes, but not while a function of the program is called, other than those
 * that hash, compare, copy and measure. Without threads they do nothing. */
#if defined(SWISS_NO_HEAP) || !(defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 5))
#    define SWISS_CACHE_HAS_LOCKS_ false
SWISS_ALWAYS_INLINE void swiss_cache_acquire_(swiss_cache_shard_ *shard) {
    (void)shard;
}

SWISS_ALWAYS_INLINE void swiss_cache_release_(swiss_cache_shard_ *shard) {
    (void)shard;
}
#else
#    define SWISS_CACHE_HAS_LOCKS_ true
SWISS_ALWAYS_INLINE void swiss_cache_acquire_(swiss_cache_shard_ *shard) {
    if (SWISS_UNLIKELY(__atomic_exchange_n(&shard->lock, 1, __ATOMIC_ACQUIRE)))
        swiss_cache_wait_(&shard->lock);
}

SWISS_ALWAYS_INLINE void swiss_cache_release_(swiss_cache_shard_ *shard) {
    __atomic_store_n(&shard->lock, 0, __ATOMIC_RELEASE);
}
#endif

/* Where things are ------------------------------------------------------------------------------------------------- */

SWISS_ALWAYS_INLINE swiss_cache_node_ *swiss_cache_node_of_(const swiss_cache_type_ *type, const void *slot) {
    return (swiss_cache_node_ *)(void *)((char *)(uintptr_t)slot + type->node);
}

SWISS_ALWAYS_INLINE swiss_cache_node_ *swiss_cache_node_at_(const swiss_cache_shard_ *shard,
                                                            const swiss_cache_type_ *type, uint32_t index) {
    return swiss_cache_node_of_(type, swiss_table_slot_(&shard->table, &type->table, index));
}

SWISS_ALWAYS_INLINE swiss_cache_kind_ swiss_cache_kind_of_(const swiss_cache_node_ *node) {
    return (swiss_cache_kind_)(node->newer >> 30);
}

SWISS_ALWAYS_INLINE void swiss_cache_set_(uint32_t *link, uint32_t index) {
    *link = (*link & ~SWISS_CACHE_INDEX_) | index;
}

/* Finding ---------------------------------------------------------------------------------------------------------- */

/* The home group's slots, fetched while its control bytes are on their way; see swiss_table_prefetch_. With 24 bytes a
 * slot two lines more are worth it: hits among 1,000,000 took 0.96 of the time. */
SWISS_ALWAYS_INLINE void swiss_cache_fetch_(const swiss_table *table, const swiss_table_type *type, uint64_t hash) {
    if (type->slot_size <= 32 && SWISS_UNLIKELY(table->mask >= SWISS_PREFETCH_FROM_)) {
        const char *slots = swiss_table_slot_(table, type, swiss_h1_(hash, table->mask));
        SWISS_PREFETCH(slots);
        SWISS_PREFETCH(slots + 64);
        if (type->slot_size > 16) {
            SWISS_PREFETCH(slots + 128);
            SWISS_PREFETCH(slots + 192);
        }
    }
}

/* The lists -------------------------------------------------------------------------------------------------------- */

SWISS_ALWAYS_INLINE void swiss_cache_unlink_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, uint32_t index,
                                             swiss_cache_node_ *node, size_t cost) {
    swiss_cache_list_ *list = &shard->lists[swiss_cache_kind_of_(node)];
    const uint32_t newer = node->newer & SWISS_CACHE_INDEX_, older = node->older & SWISS_CACHE_INDEX_;
    if (index == list->newest)
        list->newest = older;
    else
        swiss_cache_set_(&swiss_cache_node_at_(shard, type, newer)->older, older);
    if (index == list->oldest)
        list->oldest = newer;
    else
        swiss_cache_set_(&swiss_cache_node_at_(shard, type, older)->newer, newer);
    list->count -= 1;
    list->cost -= cost;
}

/* Makes a node that is in no list the newest of one. It counts as not asked for. */
SWISS_ALWAYS_INLINE void swiss_cache_push_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, uint32_t index,
                                           swiss_cache_node_ *node, size_t cost, swiss_cache_kind_ kind) {
    swiss_cache_list_ *list = &shard->lists[kind];
    node->newer = (uint32_t)kind << 30 | index; /* of the newest nobody asks for it */
    node->older = index;
    if (list->count == 0) {
        list->oldest = index;
    } else {
        node->older = list->newest;
        swiss_cache_set_(&swiss_cache_node_at_(shard, type, list->newest)->newer, index);
    }
    list->newest = index;
    list->count += 1;
    list->cost += cost;
}

/* Note that an entry is asked for: by S3-FIFO it counts; by LRU it becomes the newest. What is asked for often is not
 * written to: its line of memory stays as it is. */
SWISS_ALWAYS_INLINE void swiss_cache_count_(swiss_cache_node_ *node) {
    if (SWISS_UNLIKELY(node->older < 3 * SWISS_CACHE_ASKED_))
        node->older += SWISS_CACHE_ASKED_;
}

SWISS_ALWAYS_INLINE void swiss_cache_touch_lru_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot) {
    swiss_cache_node_ *node = swiss_cache_node_of_(type, slot);
    uint32_t index = (uint32_t)swiss_table_index_(&shard->table, &type->table, slot);
    if (index == shard->lists[SWISS_CACHE_MAIN_].newest || swiss_cache_kind_of_(node) == SWISS_CACHE_PINNED_)
        return;
    swiss_cache_unlink_(shard, type, index, node, 0);
    swiss_cache_push_(shard, type, index, node, 0, SWISS_CACHE_MAIN_);
}

SWISS_END_C

/* What all zero is. */
#ifdef __cplusplus
#    define SWISS_CACHE_NONE_                                                                                          \
        {}
#else
#    define SWISS_CACHE_NONE_                                                                                          \
        { 0 }
#endif

#endif
