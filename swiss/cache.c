/* cache.c - caches: all that a hit does not need, for entries of any type. detail/cache_core.h has the picture.
 *
 * An operation holds the lock of its shard, if there is one, while it looks and changes. What has left the cache by
 * then lies in a slot that the caller brings (`spare`); then the lock is released, the hook is told, and the entry
 * dropped. When that was done to make room, the operation begins again: anything may have changed meanwhile.
 *
 * A hook may use the cache. What its own calls replace or remove is dropped without a further call of the hook, and
 * they evict nothing: so there is an end to it.
 */
#include "swiss/detail/cache_core.h"
#include "pool_lock.h"
#include "swiss/detail/thread.h"
#include <string.h>
#ifndef SWISS_NO_HEAP
#    include "os/os.h"
#endif

enum { GHOSTS = 8 /* in a bucket */, GHOST_STEPS = 4096, MOST_SHARDS = 1024 };

/* A shard has at most so many slots, and is full with so many entries: their numbers fit in 30 bits. */
#define CACHE_SLOTS ((size_t)SWISS_CACHE_INDEX_ + 1)
#define CACHE_ENTRIES (CACHE_SLOTS / 4)

struct swiss_cache_call_ {
    swiss_cache_call_ *next;
    const void *thread;
};

struct swiss_cache_load_ {
    swiss_cache_load_ *next; /* in the shard */
    uint64_t hash;
    const void *key;
    void *value;               /* once it is loaded */
    swiss_cache_result result; /* then */
    bool forgotten;            /* its key was removed meanwhile */
    bool begun;
    swiss_cache_load_ *further;       /* of all that are under way */
    const void *thread;               /* which loads it */
    const swiss_cache_load_ *awaited; /* by that thread; NULL: none */
    unsigned done, waiters;
};

/* Threads ---------------------------------------------------------------------------------------------------------- */

#ifdef SWISS_NO_HEAP

void swiss_cache_wait_(unsigned char *lock) {
    (void)lock;
}

static const void *this_thread(const swiss_cache_type_ *type) {
    (void)type;
    return NULL;
}

static void begin_load(swiss_cache_load_ *load) {
    (void)load;
}

static void end_load(swiss_cache_load_ *load) {
    (void)load;
}

static bool await_load(swiss_cache_load_ *load) {
    (void)load;
    return false;
}

static void change_waiters(swiss_cache_load_ *load, int by) {
    (void)load;
    (void)by;
}

#else

/* The header has no types of locks: it is C++, too. */
_Static_assert(sizeof(swiss_os_spin) == sizeof(unsigned char), "a lock is a byte");

void swiss_cache_wait_(unsigned char *lock) {
    swiss_os_spin_wait((swiss_os_spin *)(void *)lock);
}

static const void *this_thread(const swiss_cache_type_ *type) {
    return type->threads ? swiss_os_self() : NULL;
}

/* All loads that are under way in caches with threads. They show who waits for whom. */
static swiss_pool_lock loads_lock;
static swiss_cache_load_ *all_loads;

static void begin_load(swiss_cache_load_ *load) {
    swiss_pool_lock_acquire(&loads_lock);
    load->further = all_loads;
    all_loads = load;
    swiss_pool_lock_release(&loads_lock);
}

/* Lets those who wait for it go on, and waits until they have what they need. */
static void end_load(swiss_cache_load_ *load) {
    swiss_pool_lock_acquire(&loads_lock);
    swiss_cache_load_ **at = &all_loads;
    while (*at != load)
        at = &(*at)->further;
    *at = load->further;
    swiss_pool_lock_release(&loads_lock);
    swiss_os_change(&load->done, 1);
    for (unsigned waiters = swiss_os_read(&load->waiters); waiters;)
        waiters = swiss_os_await(&load->waiters, waiters);
}

static void set_awaited(const void *thread, const swiss_cache_load_ *awaited) {
    for (swiss_cache_load_ *own = all_loads; own; own = own->further)
        if (own->thread == thread)
            own->awaited = awaited;
}

/* Returns the load that the thread waits for, as far as others could have to wait for that. */
static const swiss_cache_load_ *awaited_by(const void *thread) {
    for (const swiss_cache_load_ *own = all_loads; own; own = own->further)
        if (own->thread == thread && own->awaited)
            return own->awaited;
    return NULL;
}

/* Waits for a load. Returns false if it waits for this thread. */
static bool await_load(swiss_cache_load_ *load) {
    const void *thread = swiss_os_self();
    swiss_pool_lock_acquire(&loads_lock);
    const swiss_cache_load_ *at = load;
    while (at && at->thread != thread)
        at = awaited_by(at->thread);
    if (!at)
        set_awaited(thread, load);
    swiss_pool_lock_release(&loads_lock);
    if (at)
        return false;
    (void)swiss_os_await(&load->done, 0);
    swiss_pool_lock_acquire(&loads_lock);
    set_awaited(thread, NULL);
    swiss_pool_lock_release(&loads_lock);
    return true;
}

/* Says that this thread needs what the load brings, or has it. */
static void change_waiters(swiss_cache_load_ *load, int by) {
    swiss_os_change(&load->waiters, (unsigned)by);
}

static uint64_t cache_clock(void *context) {
    (void)context;
    return swiss_os_milliseconds();
}

#endif

static void lock_shard(swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    if (type->threads)
        swiss_cache_acquire_(shard);
}

static void unlock_shard(swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    if (type->threads)
        swiss_cache_release_(shard);
}

/* Parts of a slot -------------------------------------------------------------------------------------------------- */

static void *value_of(const swiss_cache_type_ *type, const void *slot) {
    return (char *)(uintptr_t)slot + type->table.value_offset;
}

static swiss_cache_times_ *times_of(const swiss_cache_type_ *type, const void *slot) {
    return (swiss_cache_times_ *)(void *)((char *)(uintptr_t)slot + type->times);
}

static size_t cost_of(const swiss_cache_type_ *type, const void *slot) {
    return type->cost ? *(const size_t *)(const void *)((const char *)slot + type->cost) : 1;
}

static swiss_weak weak_at(const swiss_cache_type_ *type, const void *slot) {
    swiss_weak weak;
    memcpy(&weak.object_, value_of(type, slot), sizeof weak.object_);
    return weak;
}

static uint32_t index_of(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type, const void *slot) {
    return (uint32_t)swiss_table_index_(&shard->table, &type->table, slot);
}

static swiss_cache_kind_ kind_of(const swiss_cache_type_ *type, const void *slot) {
    return swiss_cache_kind_of_(swiss_cache_node_of_(type, slot));
}

static bool is_past(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type, const void *slot, uint64_t now) {
    if (!type->times)
        return false;
    const swiss_cache_times_ *times = times_of(type, slot);
    return now >= times->expires || (shard->idle && now > times->used && now - times->used >= shard->idle);
}

static size_t entry_count(const swiss_cache_shard_ *shard) {
    return shard->lists[SWISS_CACHE_SMALL_].count + shard->lists[SWISS_CACHE_MAIN_].count +
           shard->lists[SWISS_CACHE_PINNED_].count;
}

static size_t cost_in_use(const swiss_cache_shard_ *shard) {
    return shard->lists[SWISS_CACHE_SMALL_].cost + shard->lists[SWISS_CACHE_MAIN_].cost +
           shard->lists[SWISS_CACHE_PINNED_].cost;
}

/* Returns true if an entry of that cost fits in, beside the `claimed` cost of others. */
static bool fits_in(const swiss_cache_shard_ *shard, size_t cost, size_t claimed) {
    size_t used = cost_in_use(shard);
    if (used > shard->capacity || claimed > shard->capacity - used)
        return false;
    return cost <= shard->capacity - used - claimed && entry_count(shard) < CACHE_ENTRIES;
}

static bool has_room(const swiss_cache_shard_ *shard, size_t cost) {
    return fits_in(shard, cost, 0);
}

static void *find_slot(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                       const swiss_cache_search_ *search) {
    const swiss_table *table = &shard->table;
    if (table->control == NULL)
        return NULL;
    void *slot = swiss_table_find_first_(table, &type->table, search->hash, search->equal, search->key,
                                         SWISS_FETCH_EARLY_, NULL);
    if (slot == NULL && SWISS_UNLIKELY(swiss_table_goes_further_(table, search->hash)))
        slot = swiss_table_find_further_(table, &type->table, search->hash, search->equal, search->key);
    return slot;
}

/* When the table moves its slots ----------------------------------------------------------------------------------- */

static const swiss_cache_kind_ linked_kinds[] = {SWISS_CACHE_SMALL_, SWISS_CACHE_MAIN_, SWISS_CACHE_WEAK_};
enum { LINKED_KINDS = sizeof linked_kinds / sizeof *linked_kinds };

/* Writes into `older` of each node in a list its place: those in the first list come first. */
static void links_to_places(swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    uint32_t place = 0;
    for (size_t k = 0; k < LINKED_KINDS; ++k) {
        const swiss_cache_list_ *list = &shard->lists[linked_kinds[k]];
        uint32_t index = list->newest;
        for (size_t left = list->count; left; --left) {
            swiss_cache_node_ *node = swiss_cache_node_at_(shard, type, index);
            index = node->older & SWISS_CACHE_INDEX_;
            swiss_cache_set_(&node->older, place++);
        }
    }
}

static uint32_t at_place(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type, size_t place) {
    return swiss_cache_node_at_(shard, type, (uint32_t)place)->newer & SWISS_CACHE_INDEX_;
}

/* Makes links of the places again, in three passes. The first uses `newer` of the slots, also of empty ones, as an
 * array: at the place of each node it writes the number of its slot. The second goes through that and sets `older`, the
 * third goes through `older` and sets `newer`. */
static void places_to_links(swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    const swiss_table *table = &shard->table;
    shard->moves += 1;
    for (size_t base = 0; table->control && base <= table->mask; base += SWISS_GROUP_WIDTH)
        for (swiss_mask full = swiss_group_match_full(swiss_group_load(table->control + base)); full;
             full = swiss_mask_next(full)) {
            uint32_t index = (uint32_t)(base + swiss_mask_lowest(full));
            const swiss_cache_node_ *node = swiss_cache_node_at_(shard, type, index);
            if (swiss_cache_kind_of_(node) != SWISS_CACHE_PINNED_)
                swiss_cache_set_(&swiss_cache_node_at_(shard, type, node->older & SWISS_CACHE_INDEX_)->newer, index);
        }
    size_t begin = 0;
    for (size_t k = 0; k < LINKED_KINDS; ++k) {
        swiss_cache_list_ *list = &shard->lists[linked_kinds[k]];
        if (list->count == 0)
            continue;
        const size_t end = begin + list->count;
        uint32_t index = list->newest = at_place(shard, type, begin);
        while (++begin < end) {
            uint32_t next = at_place(shard, type, begin);
            swiss_cache_set_(&swiss_cache_node_at_(shard, type, index)->older, next);
            index = next;
        }
        swiss_cache_set_(&swiss_cache_node_at_(shard, type, index)->older, index);
        list->oldest = index;
    }
    for (size_t k = 0; k < LINKED_KINDS; ++k) {
        const swiss_cache_list_ *list = &shard->lists[linked_kinds[k]];
        uint32_t index = list->newest, newer = index;
        for (size_t left = list->count; left; --left) {
            swiss_cache_node_ *node = swiss_cache_node_at_(shard, type, index);
            swiss_cache_set_(&node->newer, newer);
            newer = index;
            index = node->older & SWISS_CACHE_INDEX_;
        }
    }
}

typedef struct cache_mover {
    swiss_cache_shard_ *shard;
    const swiss_cache_type_ *type;
} cache_mover;

/* Lets the neighbours of an entry know where it is now. */
static void relink(void *context, size_t from, size_t to) {
    const cache_mover *mover = context;
    const uint32_t index = (uint32_t)to;
    const swiss_cache_node_ *node = swiss_cache_node_at_(mover->shard, mover->type, index);
    swiss_cache_list_ *list = &mover->shard->lists[swiss_cache_kind_of_(node)];
    if (swiss_cache_kind_of_(node) == SWISS_CACHE_PINNED_)
        return;
    if (list->newest == from)
        list->newest = index;
    else
        swiss_cache_set_(&swiss_cache_node_at_(mover->shard, mover->type, node->newer & SWISS_CACHE_INDEX_)->older,
                         index);
    if (list->oldest == from)
        list->oldest = index;
    else
        swiss_cache_set_(&swiss_cache_node_at_(mover->shard, mover->type, node->older & SWISS_CACHE_INDEX_)->newer,
                         index);
}

/* Makes room in the table for one more slot. Returns false when out of memory: then nothing has changed. */
static bool make_slot_room(swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    if (shard->table.control && shard->table.growth_left)
        return true;
    if (swiss_table_capacity(&shard->table) >= CACHE_SLOTS)
        return false;
    cache_mover mover = {shard, type};
    if (swiss_table_rehash_moving_(&shard->table, &type->table, relink, &mover)) {
        shard->moves += 1;
        return true;
    }
    links_to_places(shard, type);
    bool made = swiss_table_make_room_(&shard->table, &type->table);
    places_to_links(shard, type);
    return made;
}

/* Ghosts ----------------------------------------------------------------------------------------------------------- */

/* A ghost is 16 bits of a hash, and when it came: the time by steps of a 4,096th of the entries. It is gone when as
 * many others have come as the cache has entries. Without memory for them there are none. */

static uint32_t ghost_step(const swiss_cache_shard_ *shard) {
    return (uint32_t)(shard->ghost_mask * GHOSTS / GHOST_STEPS + 1);
}

static uint32_t ghost_of(const swiss_cache_shard_ *shard, uint64_t hash) {
    return (uint32_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> 48) << 16 |
           (uint32_t)(shard->ghost_time / ghost_step(shard) & 0xFFFF);
}

static uint32_t *ghost_bucket(const swiss_cache_shard_ *shard, uint64_t hash) {
    return shard->ghosts + ((size_t)(hash >> 24) & shard->ghost_mask) * GHOSTS;
}

static uint32_t ghost_age(uint32_t ghost, uint32_t now) {
    return (now - ghost) & 0xFFFF;
}

static void free_ghosts(swiss_cache_shard_ *shard) {
    if (shard->ghosts)
        swiss_allocator_free(shard->table.allocator, shard->ghosts,
                             (shard->ghost_mask + 1) * GHOSTS * sizeof *shard->ghosts, SWISS_ALIGNOF(uint32_t));
    shard->ghosts = NULL;
}

/* Begins to remember, or again if there are many more entries than there were. */
static void prepare_ghosts(swiss_cache_shard_ *shard) {
    size_t entries = entry_count(shard), buckets = 1;
    if (shard->ghosts && entries / GHOSTS <= shard->ghost_mask + 1)
        return;
    while (buckets * GHOSTS < entries + entries / 2)
        buckets *= 2;
    free_ghosts(shard);
    shard->ghosts = swiss_allocator_allocate(shard->table.allocator, buckets * GHOSTS * sizeof *shard->ghosts,
                                             SWISS_ALIGNOF(uint32_t));
    if (!shard->ghosts)
        return;
    memset(shard->ghosts, 0, buckets * GHOSTS * sizeof *shard->ghosts);
    shard->ghost_mask = buckets - 1;
    shard->ghost_time = (uint64_t)ghost_step(shard) << 15; /* far from the time 0 of those that are none */
}

static void remember(swiss_cache_shard_ *shard, uint64_t hash) {
    prepare_ghosts(shard);
    if (!shard->ghosts)
        return;
    shard->ghost_time += 1;
    uint32_t *bucket = ghost_bucket(shard, hash), ghost = ghost_of(shard, hash), oldest = 0;
    for (uint32_t i = 0; i < GHOSTS; ++i) { /* without branches: which is the oldest cannot be foretold */
        uint32_t one = ghost_age(bucket[i], ghost) << 3 | i;
        oldest = one > oldest ? one : oldest;
    }
    bucket[oldest & (GHOSTS - 1)] = ghost;
}

/* Forgets the ghost of a key, and returns true if there was one. */
static bool recall(swiss_cache_shard_ *shard, uint64_t hash) {
    if (!shard->ghosts)
        return false;
    uint32_t *bucket = ghost_bucket(shard, hash), ghost = ghost_of(shard, hash);
    uint32_t most = (uint32_t)(entry_count(shard) / ghost_step(shard));
    for (int i = 0; i < GHOSTS; ++i)
        if (bucket[i] >> 16 == ghost >> 16 && ghost_age(bucket[i], ghost) <= most) {
            bucket[i] = ghost - 0x8000; /* as old as can be */
            return true;
        }
    return false;
}

/* Leaving ---------------------------------------------------------------------------------------------------------- */

/* Returns the shard that has the calls of the hook. A cache of one thread is one shard, which may be moved. */
static swiss_cache_shard_ *family_of(swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    return type->threads ? shard->family : shard;
}

/* Returns true if this thread is in a call of the hook. The lock is not held. */
static bool is_in_hook(swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    swiss_cache_shard_ *family = family_of(shard, type);
    if (!shard->hook || !SWISS_LOAD_(family->calls))
        return false;
    const void *thread = this_thread(type);
    lock_shard(family, type);
    const swiss_cache_call_ *call = family->calls;
    while (call && call->thread != thread)
        call = call->next;
    unlock_shard(family, type);
    return call != NULL;
}

static void drop_entry(const swiss_cache_type_ *type, void *slot) {
    if (type->drop_value)
        type->drop_value(value_of(type, slot));
    if (type->drop_key)
        type->drop_key(slot);
}

/* Tells the hook of an entry that has left, unless a hook has made it, and drops it. The lock is not held. */
static void let_go(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot, swiss_cache_reason reason,
                   bool inside) {
    if (shard->hook && !inside) {
        swiss_cache_shard_ *family = family_of(shard, type);
        swiss_cache_call_ call = {NULL, this_thread(type)}, **at = &family->calls;
        lock_shard(family, type);
        call.next = family->calls;
        SWISS_STORE_(family->calls, &call);
        unlock_shard(family, type);
        type->tell(shard->hook, slot, reason, shard->context);
        lock_shard(family, type);
        while (*at != &call)
            at = &(*at)->next;
        SWISS_STORE_(*at, call.next);
        unlock_shard(family, type);
    }
    drop_entry(type, slot);
}

static void unlink_slot(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot) {
    swiss_cache_node_ *node = swiss_cache_node_of_(type, slot);
    swiss_cache_kind_ kind = swiss_cache_kind_of_(node);
    size_t cost = kind == SWISS_CACHE_WEAK_ ? 0 : cost_of(type, slot);
    if (kind == SWISS_CACHE_PINNED_) {
        shard->lists[kind].count -= 1;
        shard->lists[kind].cost -= cost;
    } else {
        swiss_cache_unlink_(shard, type, index_of(shard, type, slot), node, cost);
    }
}

/* Moves an entry out of the cache. */
static void take_out(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot, void *spare) {
    unlink_slot(shard, type, slot);
    memcpy(spare, slot, type->table.slot_size);
    swiss_table_release_slot_(&shard->table, &type->table, slot);
}

static void drop_weak(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot) {
    unlink_slot(shard, type, slot);
    swiss_weak_drop(weak_at(type, slot));
    if (type->drop_key)
        type->drop_key(slot);
    swiss_table_release_slot_(&shard->table, &type->table, slot);
}

/* Moves an entry out to `spare`, but leaves its key with a weak reference, if somebody else has a reference. Each time
 * two old ones are looked at, and those that are dead go: so these do not become many. */
static void weaken(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot, void *spare) {
    void *object = weak_at(type, slot).object_;
    if (!object || swiss_ref_count(object) < 2) {
        take_out(shard, type, slot, spare);
        return;
    }
    unsigned char *key = spare;
    if (type->clone_key && !type->clone_key(key, slot)) {
        take_out(shard, type, slot, spare);
        return;
    }
    if (!type->clone_key)
        memcpy(key, slot, type->table.key_size);
    memcpy(value_of(type, spare), value_of(type, slot), type->table.value_size);
    (void)swiss_weak_of(object);
    unlink_slot(shard, type, slot);
    swiss_cache_push_(shard, type, index_of(shard, type, slot), swiss_cache_node_of_(type, slot), 0, SWISS_CACHE_WEAK_);
    for (int i = 0; i < 2; ++i) {
        uint32_t index = shard->lists[SWISS_CACHE_WEAK_].oldest;
        void *old = swiss_table_slot_(&shard->table, &type->table, index);
        if (swiss_weak_is_dead(weak_at(type, old))) {
            drop_weak(shard, type, old);
        } else {
            unlink_slot(shard, type, old);
            swiss_cache_push_(shard, type, index, swiss_cache_node_of_(type, old), 0, SWISS_CACHE_WEAK_);
        }
    }
}

/* Returns the slot of the entry that has to go; NULL: all are pinned. */
static void *choose_victim(swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    const swiss_cache_list_ *small = &shard->lists[SWISS_CACHE_SMALL_], *most = &shard->lists[SWISS_CACHE_MAIN_];
    const size_t target = shard->capacity < 10 ? 1 : shard->capacity / 10;
    while (small->count || most->count) {
        const bool from_small = small->count && (small->cost >= target || most->count == 0);
        const uint32_t index = from_small ? small->oldest : most->oldest;
        void *slot = swiss_table_slot_(&shard->table, &type->table, index);
        swiss_cache_node_ *node = swiss_cache_node_of_(type, slot);
        const uint32_t asked = node->older & ~SWISS_CACHE_INDEX_;
        if (shard->policy == SWISS_CACHE_LRU || asked < (from_small ? 2 * SWISS_CACHE_ASKED_ : SWISS_CACHE_ASKED_))
            return slot;
        const size_t cost = cost_of(type, slot);
        swiss_cache_unlink_(shard, type, index, node, cost);
        swiss_cache_push_(shard, type, index, node, cost, SWISS_CACHE_MAIN_);
        if (!from_small)
            node->older |= asked - SWISS_CACHE_ASKED_;
    }
    return NULL;
}

/* Moves the entry that has to go out to `spare`. Returns false if all are pinned. */
static bool evict(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *spare) {
    void *slot = choose_victim(shard, type);
    if (!slot)
        return false;
    if (kind_of(type, slot) == SWISS_CACHE_SMALL_)
        remember(shard, swiss_table_hash_(&shard->table, &type->table, slot));
    if (type->weak)
        weaken(shard, type, slot, spare);
    else
        take_out(shard, type, slot, spare);
    shard->counts.evictions += 1;
    return true;
}

/* Evicts until what is there has room. The lock is held before and after. */
static void trim(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *spare, bool inside) {
    while (!inside && !has_room(shard, 0) && evict(shard, type, spare)) {
        unlock_shard(shard, type);
        let_go(shard, type, spare, SWISS_CACHE_CAPACITY, inside);
        lock_shard(shard, type);
    }
}

static void touch(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot) {
    if (shard->policy == SWISS_CACHE_LRU)
        swiss_cache_touch_lru_(shard, type, slot);
    else
        swiss_cache_count_(swiss_cache_node_of_(type, slot));
}

/* Coming ----------------------------------------------------------------------------------------------------------- */

static void set_times(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot, uint64_t now,
                      uint64_t ttl) {
    if (!type->times)
        return;
    swiss_cache_times_ *times = times_of(type, slot);
    if (ttl == 0)
        ttl = shard->ttl;
    times->expires = ttl == 0 || ttl > UINT64_MAX - now ? UINT64_MAX : now + ttl;
    times->used = now;
}

/* Puts the entry that `search` has found no slot for, nor memory or room is lacking. */
static void add_entry(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, const swiss_cache_search_ *search,
                      const void *entry, size_t cost, uint64_t ttl) {
    swiss_cache_kind_ kind = SWISS_CACHE_MAIN_;
    if (shard->policy == SWISS_CACHE_S3_FIFO && !recall(shard, search->hash))
        kind = SWISS_CACHE_SMALL_;
    void *slot = swiss_table_add_(&shard->table, &type->table, search->hash);
    memcpy(slot, entry, type->entry_size);
    if (type->cost)
        *(size_t *)(void *)((char *)slot + type->cost) = cost;
    set_times(shard, type, slot, search->now, ttl);
    swiss_cache_push_(shard, type, index_of(shard, type, slot), swiss_cache_node_of_(type, slot), cost, kind);
    shard->counts.insertions += 1;
}

/* Moves the old entry to `spare`, and another in its place. */
static void replace_entry(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot, const void *entry,
                          size_t cost, uint64_t now, uint64_t ttl, void *spare) {
    swiss_cache_list_ *list = &shard->lists[kind_of(type, slot)];
    const size_t before = cost_of(type, slot);
    list->cost = list->cost - before + cost;
    memcpy(spare, slot, type->entry_size);
    memcpy(slot, entry, type->entry_size);
    if (type->cost)
        *(size_t *)(void *)((char *)slot + type->cost) = cost;
    set_times(shard, type, slot, now, ttl);
    touch(shard, type, slot);
    swiss_cache_node_ *node = swiss_cache_node_of_(type, slot);
    if (cost > before && shard->policy == SWISS_CACHE_S3_FIFO && swiss_cache_kind_of_(node) != SWISS_CACHE_PINNED_) {
        const uint32_t index = index_of(shard, type, slot); /* others are to go for it */
        swiss_cache_unlink_(shard, type, index, node, cost);
        swiss_cache_push_(shard, type, index, node, cost, SWISS_CACHE_MAIN_);
        node->older |= 3 * SWISS_CACHE_ASKED_;
    }
    shard->counts.replacements += 1;
}

/* Ends what others see of a load. `load` may be NULL. */
static void unlist_load(swiss_cache_shard_ *shard, const swiss_cache_load_ *load) {
    swiss_cache_load_ **at = &shard->loads;
    if (!load)
        return;
    while (*at != load)
        at = &(*at)->next;
    *at = load->next;
}

/* Puts an entry; if it comes from a load, only if its key is not there, and the load then ends. */
static swiss_cache_result put_entry(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                    const swiss_cache_search_ *search, void *entry, uint64_t ttl,
                                    const swiss_cache_load_ *load, void *spare) {
    const bool inside = is_in_hook(shard, type);
    size_t cost = type->cost_of ? type->cost_of(entry) : 1;
    if (cost == 0)
        cost = 1;
    for (lock_shard(shard, type);;) {
        void *slot = find_slot(shard, type, search);
        if (slot && kind_of(type, slot) == SWISS_CACHE_WEAK_) {
            drop_weak(shard, type, slot);
            slot = NULL;
        }
        if (load && (load->forgotten || (slot && !is_past(shard, type, slot, search->now)))) {
            unlist_load(shard, load);
            unlock_shard(shard, type);
            drop_entry(type, entry);
            return SWISS_CACHE_REFUSED;
        }
        if (!slot && cost <= shard->capacity && !make_slot_room(shard, type)) {
            unlist_load(shard, load);
            unlock_shard(shard, type);
            return SWISS_CACHE_OUT_OF_MEMORY;
        }
        bool fits = cost <= shard->capacity && !(inside && shard->sweeps);
        if (fits && slot)
            fits = !inside || cost <= cost_of(type, slot) || fits_in(shard, cost - cost_of(type, slot), shard->claimed);
        else if (fits)
            fits = fits_in(shard, cost, inside ? shard->claimed : 0);
        if (fits)
            unlist_load(shard, load);
        if (fits && slot) {
            replace_entry(shard, type, slot, entry, cost, search->now, ttl, spare);
            unlock_shard(shard, type);
            let_go(shard, type, spare, SWISS_CACHE_REPLACED, inside);
            lock_shard(shard, type);
            trim(shard, type, spare, inside);
            unlock_shard(shard, type);
            return SWISS_CACHE_UPDATED;
        }
        if (fits) {
            add_entry(shard, type, search, entry, cost, ttl);
            unlock_shard(shard, type);
            return SWISS_CACHE_INSERTED;
        }
        if (cost <= shard->capacity && !inside && evict(shard, type, spare)) {
            const bool is_enough = has_room(shard, cost);
            if (!shard->hook && !type->drop_key && !type->drop_value) {
                if (!is_enough)
                    continue;
                unlist_load(shard, load);
                add_entry(shard, type, search, entry, cost, ttl);
                unlock_shard(shard, type);
                return SWISS_CACHE_INSERTED;
            }
            if (is_enough) {
                unlist_load(shard, load);
                add_entry(shard, type, search, entry, cost, ttl);
            } else {
                shard->claimed += cost;
            }
            unlock_shard(shard, type);
            let_go(shard, type, spare, SWISS_CACHE_CAPACITY, inside);
            if (is_enough)
                return SWISS_CACHE_INSERTED;
            lock_shard(shard, type);
            shard->claimed -= cost;
            continue;
        }
        if (slot) {
            take_out(shard, type, slot, spare);
            shard->counts.replacements += 1;
        }
        shard->counts.refusals += 1;
        unlist_load(shard, load);
        unlock_shard(shard, type);
        if (slot)
            let_go(shard, type, spare, SWISS_CACHE_REPLACED, inside);
        let_go(shard, type, entry, SWISS_CACHE_CAPACITY, inside);
        return SWISS_CACHE_REFUSED;
    }
}

swiss_cache_result swiss_cache_put_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                    const swiss_cache_search_ *search, void *slot, uint64_t ttl, void *spare) {
    return put_entry(shard, type, search, slot, ttl, NULL, spare);
}

/* Finding ---------------------------------------------------------------------------------------------------------- */

/* Makes an entry again of a slot that has a weak reference. Returns false if the object is dead, or has no room. */
static bool revive(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *slot, uint64_t now, bool inside) {
    const size_t cost = cost_of(type, slot);
    if (is_past(shard, type, slot, now) || swiss_weak_is_dead(weak_at(type, slot))) {
        drop_weak(shard, type, slot);
        return false;
    }
    if (cost > shard->capacity || (inside && !fits_in(shard, cost, shard->claimed)))
        return false;
    swiss_weak weak = weak_at(type, slot);
    if (!swiss_weak_upgrade(weak)) {
        drop_weak(shard, type, slot);
        return false;
    }
    unlink_slot(shard, type, slot);
    swiss_weak_drop(weak);
    swiss_cache_push_(shard, type, index_of(shard, type, slot), swiss_cache_node_of_(type, slot), cost,
                      SWISS_CACHE_MAIN_);
    shard->counts.revivals += 1;
    return true;
}

/* Copies a value. Returns false when out of memory. */
static bool copy_value(const swiss_cache_type_ *type, void *to, const void *from) {
    if (type->clone_value)
        return type->clone_value(to, from);
    memcpy(to, from, type->table.value_size);
    return true;
}

void *swiss_cache_get_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, const swiss_cache_search_ *search,
                       swiss_cache_how_ how, void *value, bool *failed, void *spare) {
    const bool inside = is_in_hook(shard, type), touches = how != SWISS_CACHE_PEEKS_;
    bool revived = false, past = false;
    lock_shard(shard, type);
    void *slot = find_slot(shard, type, search);
    if (slot && kind_of(type, slot) == SWISS_CACHE_WEAK_) {
        revived = touches && revive(shard, type, slot, search->now, inside);
        slot = revived ? slot : NULL;
    } else if (slot && is_past(shard, type, slot, search->now)) {
        past = touches && !inside;
        if (past) {
            take_out(shard, type, slot, spare);
            shard->counts.expirations += 1;
        }
        slot = NULL;
    }
    if (slot && touches) {
        if (type->times)
            times_of(type, slot)->used = search->now;
        touch(shard, type, slot);
    }
    if (slot && touches)
        shard->hits += 1;
    else if (how == SWISS_CACHE_GETS_)
        shard->misses += 1;
    if (slot && value)
        *failed = !copy_value(type, value, value_of(type, slot));
    if (revived) {
        trim(shard, type, spare, inside);
        if (!value) {
            slot = find_slot(shard, type, search);
            if (slot && kind_of(type, slot) == SWISS_CACHE_WEAK_)
                slot = NULL; /* it had to go again */
            if (!slot) {
                shard->hits -= 1;
                shard->misses += how == SWISS_CACHE_GETS_;
            }
        }
    }
    unlock_shard(shard, type);
    if (past)
        let_go(shard, type, spare, SWISS_CACHE_EXPIRED, inside);
    return slot;
}

/* Loading ---------------------------------------------------------------------------------------------------------- */

static swiss_cache_load_ *find_load(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                    const swiss_cache_search_ *search) {
    swiss_cache_load_ *load = shard->loads;
    while (load && (load->hash != search->hash || !search->equal(load->key, search->key, &type->table)))
        load = load->next;
    return load;
}

/* Waits for a thread that loads the entry, and gets it from there. */
static swiss_cache_result take_loaded(const swiss_cache_type_ *type, swiss_cache_load_ *load, void *value) {
    swiss_cache_result result = SWISS_CACHE_CIRCULAR;
    if (await_load(load)) {
        result = load->result;
        if (result == SWISS_CACHE_LOADED)
            result = copy_value(type, value, load->value) ? SWISS_CACHE_WAITED : SWISS_CACHE_OUT_OF_MEMORY;
    }
    change_waiters(load, -1);
    return result;
}

/* Keeps a copy of what was loaded, if there is memory for it. */
static void keep_loaded(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, swiss_cache_search_ search,
                        const swiss_cache_load_ *load, void *slot, void *spare) {
    if (type->times)
        search.now = shard->clock(shard->context);
    if (copy_value(type, value_of(type, slot), load->value)) {
        if (put_entry(shard, type, &search, slot, 0, load, spare) == SWISS_CACHE_OUT_OF_MEMORY)
            drop_entry(type, slot);
        return;
    }
    lock_shard(shard, type);
    unlist_load(shard, load);
    unlock_shard(shard, type);
    if (type->drop_key)
        type->drop_key(slot);
}

/* Returns what there is to be had without a load of one's own. If there is nothing, that begins. */
static swiss_cache_result get_or_begin(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                       const swiss_cache_search_ *search, swiss_cache_load_ *load, void *value,
                                       void *spare) {
    for (;;) {
        bool failed = false;
        if (swiss_cache_get_(shard, type, search, SWISS_CACHE_TRIES_, value, &failed, spare))
            return failed ? SWISS_CACHE_OUT_OF_MEMORY : SWISS_CACHE_HIT;
        lock_shard(shard, type);
        swiss_cache_load_ *other = find_load(shard, type, search);
        if (other) {
            shard->misses += 1;
            if (type->threads)
                change_waiters(other, 1);
            unlock_shard(shard, type);
            return type->threads ? take_loaded(type, other, value) : SWISS_CACHE_CIRCULAR;
        }
        const void *slot = find_slot(shard, type, search);
        if (!slot || kind_of(type, slot) == SWISS_CACHE_WEAK_ || is_past(shard, type, slot, search->now))
            break;
        unlock_shard(shard, type); /* another thread has put it meanwhile */
    }
    load->next = shard->loads;
    shard->loads = load;
    load->begun = true;
    shard->misses += 1;
    shard->counts.loads += 1;
    unlock_shard(shard, type);
    return SWISS_CACHE_FAILED;
}

swiss_cache_result swiss_cache_load_entry_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                           const swiss_cache_search_ *search,
                                           bool (*function)(const void *key, void *value, void *loader), void *loader,
                                           void *value, void *slot, void *spare) {
    swiss_cache_load_ load = {.hash = search->hash, .key = slot, .thread = this_thread(type)};
    swiss_cache_result result = get_or_begin(shard, type, search, &load, value, spare);
    if (!load.begun)
        return result;
    if (type->threads)
        begin_load(&load);
    if (function(slot, value, loader)) {
        load.result = SWISS_CACHE_LOADED;
        load.value = value;
        keep_loaded(shard, type, *search, &load, slot, spare);
    } else {
        load.result = SWISS_CACHE_FAILED;
        lock_shard(shard, type);
        unlist_load(shard, &load);
        shard->counts.failures += 1;
        unlock_shard(shard, type);
    }
    if (type->threads)
        end_load(&load);
    return load.result;
}

/* Removing --------------------------------------------------------------------------------------------------------- */

bool swiss_cache_remove_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, const swiss_cache_search_ *search,
                         bool drops, void *spare) {
    const bool inside = is_in_hook(shard, type);
    lock_shard(shard, type);
    swiss_cache_load_ *load = find_load(shard, type, search);
    if (load)
        load->forgotten = true;
    void *slot = find_slot(shard, type, search);
    if (slot && kind_of(type, slot) == SWISS_CACHE_WEAK_) {
        drop_weak(shard, type, slot);
        slot = NULL;
    }
    const bool past = slot && is_past(shard, type, slot, search->now);
    if (slot) {
        take_out(shard, type, slot, spare);
        *(past ? &shard->counts.expirations : &shard->counts.removals) += 1;
    }
    unlock_shard(shard, type);
    if (slot && (past || drops))
        let_go(shard, type, spare, past ? SWISS_CACHE_EXPIRED : SWISS_CACHE_REMOVED, inside);
    return slot && !past;
}

/* Takes out, slot by slot, all entries, or, if `now` is not NULL, those whose time is over; from the beginning again if
 * the table has moved meanwhile. Returns the number of them. The lock is held before and after. */
static size_t sweep_shard(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, const uint64_t *now, void *spare,
                          bool inside) {
    size_t count = 0;
    shard->sweeps += 1;
    for (size_t index = 0; index < swiss_table_capacity(&shard->table); ++index) {
        if (shard->table.control[index] == SWISS_EMPTY)
            continue;
        void *slot = swiss_table_slot_(&shard->table, &type->table, index);
        if (now && !is_past(shard, type, slot, *now))
            continue;
        if (kind_of(type, slot) == SWISS_CACHE_WEAK_) {
            drop_weak(shard, type, slot);
            continue;
        }
        const size_t moves = shard->moves;
        take_out(shard, type, slot, spare);
        ++count;
        unlock_shard(shard, type);
        let_go(shard, type, spare, now ? SWISS_CACHE_EXPIRED : SWISS_CACHE_CLEARED, inside);
        lock_shard(shard, type);
        if (moves != shard->moves)
            index = SIZE_MAX;
    }
    shard->sweeps -= 1;
    return count;
}

size_t swiss_cache_expire_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *spare) {
    if (!shard->clock)
        return 0;
    const uint64_t now = shard->clock(shard->context);
    const bool inside = is_in_hook(shard, type);
    lock_shard(shard, type);
    size_t count = sweep_shard(shard, type, &now, spare, inside);
    shard->counts.expirations += count;
    unlock_shard(shard, type);
    return count;
}

void swiss_cache_clear_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, void *spare) {
    const bool inside = is_in_hook(shard, type);
    lock_shard(shard, type);
    for (swiss_cache_load_ *load = shard->loads; load; load = load->next)
        load->forgotten = true;
    (void)sweep_shard(shard, type, NULL, spare, inside);
    free_ghosts(shard);
    unlock_shard(shard, type);
}

bool swiss_cache_pin_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, const swiss_cache_search_ *search,
                      bool pins, void *spare) {
    const bool inside = is_in_hook(shard, type);
    lock_shard(shard, type);
    void *slot = find_slot(shard, type, search);
    swiss_cache_node_ *node = slot ? swiss_cache_node_of_(type, slot) : NULL;
    swiss_cache_kind_ kind = node ? swiss_cache_kind_of_(node) : SWISS_CACHE_WEAK_;
    swiss_cache_list_ *pinned = &shard->lists[SWISS_CACHE_PINNED_];
    bool done =
        kind == SWISS_CACHE_PINNED_ || (pins && kind != SWISS_CACHE_WEAK_ && !is_past(shard, type, slot, search->now));
    if (done && kind != SWISS_CACHE_PINNED_) {
        unlink_slot(shard, type, slot);
        node->newer = (uint32_t)SWISS_CACHE_PINNED_ << 30;
        node->older = 0;
        pinned->count += 1;
        pinned->cost += cost_of(type, slot);
    }
    if (done) {
        const uint32_t count = node->older & SWISS_CACHE_INDEX_;
        if (count < SWISS_CACHE_INDEX_) /* so many are never undone */
            swiss_cache_set_(&node->older, pins ? count + 1 : count - 1);
        if (!pins && count == 1) {
            unlink_slot(shard, type, slot);
            swiss_cache_push_(shard, type, index_of(shard, type, slot), node, cost_of(type, slot), SWISS_CACHE_MAIN_);
            trim(shard, type, spare, inside);
        }
    }
    unlock_shard(shard, type);
    return done;
}

/* Whole caches ----------------------------------------------------------------------------------------------------- */

static size_t share_of(size_t whole, size_t count, size_t i) {
    return whole / count + (i < whole % count);
}

swiss_cache_shard_ *swiss_cache_create_shards_(const swiss_allocator *allocator, size_t wanted, size_t capacity,
                                               size_t *count) {
    *count = 1;
    if (wanted == 0)
        wanted = capacity / 64 < 16 ? capacity / 64 : 16;
    while (*count < wanted && *count < MOST_SHARDS)
        *count *= 2;
    swiss_cache_shard_ *shards =
        swiss_allocator_allocate(allocator, *count * sizeof *shards, SWISS_ALIGNOF(swiss_cache_shard_));
    if (shards) {
        memset(shards, 0, *count * sizeof *shards);
        shards->created = true;
    }
    return shards;
}

bool swiss_cache_init_(swiss_cache_shard_ *shards, size_t count, const swiss_cache_type_ *type,
                       const swiss_cache_settings_ *settings) {
    static const swiss_cache_shard_ empty;
    uint64_t (*clock)(void *) = settings->clock;
    bool made = true;
#ifndef SWISS_NO_HEAP
    if (!clock)
        clock = cache_clock;
#endif
    if (type->times && !clock)
        made = false; /* there is no time */
    swiss_options options = {settings->allocator, settings->seed, 0};
    for (size_t i = 0; i < count; ++i) {
        swiss_cache_shard_ *shard = &shards[i];
        const bool created = shard->created;
        *shard = empty;
        shard->created = created;
        shard->policy = (unsigned char)settings->policy;
        shard->capacity = share_of(settings->capacity, count, i);
        shard->ttl = settings->ttl;
        shard->idle = settings->idle;
        shard->clock = clock;
        shard->hook = settings->hook;
        shard->context = settings->context;
        shard->family = shards;
        const size_t share = share_of(settings->reserve, count, i);
        /* So many that a table with as many retired slots as a rehash asks for need not grow (table.c: 25 of 32). */
        options.reserve = !made || share == 0 ? 0 : share < SIZE_MAX / 2 ? share + share / 8 + 1 : share;
        if (!swiss_table_init(&shard->table, &type->table, &options))
            made = false;
        swiss_table_draw_seed_(&shard->table);
        options.seed = shard->table.seed;
    }
    return made;
}

void swiss_cache_free_(swiss_cache_shard_ *shards, size_t count, const swiss_cache_type_ *type, void *spare) {
    for (size_t i = 0; i < count; ++i)
        shards[i].capacity = 0; /* what the hook puts is refused */
    for (size_t i = 0; i < count; ++i)
        swiss_cache_clear_(&shards[i], type, spare);
    for (size_t i = 0; i < count; ++i) {
        shards[i].hook = NULL; /* and if it has found a way, nobody is told */
        swiss_cache_clear_(&shards[i], type, spare);
    }
    const swiss_allocator *allocator = shards->table.allocator;
    for (size_t i = 0; i < count; ++i) {
        free_ghosts(&shards[i]);
        swiss_table_free(&shards[i].table, &type->table);
    }
    if (shards->created)
        swiss_allocator_free(allocator, shards, count * sizeof *shards, SWISS_ALIGNOF(swiss_cache_shard_));
}

void swiss_cache_resize_(swiss_cache_shard_ *shards, size_t count, const swiss_cache_type_ *type, size_t capacity,
                         void *spare) {
    for (size_t i = 0; i < count; ++i) {
        swiss_cache_shard_ *shard = &shards[i];
        const bool inside = is_in_hook(shard, type);
        lock_shard(shard, type);
        const bool lower = share_of(capacity, count, i) < shard->capacity;
        shard->capacity = share_of(capacity, count, i);
        if (lower) {
            trim(shard, type, spare, inside);
            free_ghosts(shard);
            links_to_places(shard, type);
            (void)swiss_table_shrink(&shard->table, &type->table);
            places_to_links(shard, type);
        }
        unlock_shard(shard, type);
    }
}

void swiss_cache_add_stats_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type, swiss_cache_stats *stats) {
    lock_shard(shard, type);
    const swiss_cache_stats *own = &shard->counts;
    stats->hits += shard->hits;
    stats->misses += shard->misses;
    stats->insertions += own->insertions;
    stats->replacements += own->replacements;
    stats->evictions += own->evictions;
    stats->expirations += own->expirations;
    stats->removals += own->removals;
    stats->refusals += own->refusals;
    stats->loads += own->loads;
    stats->failures += own->failures;
    stats->revivals += own->revivals;
    stats->entries += entry_count(shard);
    stats->pinned += shard->lists[SWISS_CACHE_PINNED_].count;
    stats->weak += shard->lists[SWISS_CACHE_WEAK_].count;
    stats->cost += cost_in_use(shard);
    stats->capacity += shard->capacity;
    unlock_shard(shard, type);
}

/* Iterating -------------------------------------------------------------------------------------------------------- */

void *swiss_cache_next_(swiss_cache_iter_ *iter, const swiss_cache_type_ *type) {
    static const swiss_cache_kind_ order[] = {SWISS_CACHE_MAIN_, SWISS_CACHE_SMALL_, SWISS_CACHE_PINNED_};
    const swiss_cache_shard_ *shard = iter->shard;
    for (;;) {
        while (iter->left == 0) {
            if (iter->phase == sizeof order / sizeof *order)
                return NULL;
            const swiss_cache_list_ *list = &shard->lists[order[iter->phase++]];
            iter->at = list->newest;
            iter->left = list->count;
            if (iter->phase == sizeof order / sizeof *order) {
                iter->at = 0;
                iter->left = list->count ? swiss_table_capacity(&shard->table) : 0;
            }
        }
        iter->left -= 1;
        const uint32_t index = iter->at;
        void *slot = swiss_table_slot_(&shard->table, &type->table, index);
        if (iter->phase < sizeof order / sizeof *order) {
            iter->at = swiss_cache_node_of_(type, slot)->older & SWISS_CACHE_INDEX_;
            return slot;
        }
        iter->at += 1;
        if (shard->table.control[index] != SWISS_EMPTY && kind_of(type, slot) == SWISS_CACHE_PINNED_)
            return slot;
    }
}

bool swiss_cache_each_(swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                       bool (*visit)(const void *slot, void *visitor), void *visitor) {
    swiss_cache_iter_ iter = {.shard = shard};
    bool goes_on = true;
    lock_shard(shard, type);
    for (const void *slot; goes_on && (slot = swiss_cache_next_(&iter, type)) != NULL;)
        goes_on = visit(slot, visitor);
    unlock_shard(shard, type);
    return goes_on;
}

/* Checking --------------------------------------------------------------------------------------------------------- */

static const char *validate_list(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type,
                                 swiss_cache_kind_ kind) {
    const swiss_cache_list_ *list = &shard->lists[kind];
    uint32_t index = list->newest, newer = 0;
    size_t cost = 0;
    for (size_t left = list->count; left; --left) {
        if (index >= swiss_table_capacity(&shard->table) || shard->table.control[index] == SWISS_EMPTY)
            return "a link leads to a slot without an entry";
        const void *slot = swiss_table_slot_(&shard->table, &type->table, index);
        const swiss_cache_node_ *node = swiss_cache_node_of_(type, slot);
        if (swiss_cache_kind_of_(node) != kind)
            return "a list holds an entry of another";
        if (left < list->count && (node->newer & SWISS_CACHE_INDEX_) != newer)
            return "two neighbours do not agree";
        if (left == 1 && index != list->oldest)
            return "a list does not end with its oldest entry";
        cost += kind == SWISS_CACHE_WEAK_ ? 0 : cost_of(type, slot);
        newer = index;
        index = node->older & SWISS_CACHE_INDEX_;
    }
    return cost == list->cost ? NULL : "the cost of a list is not that of its entries";
}

const char *swiss_cache_validate_(const swiss_cache_shard_ *shard, const swiss_cache_type_ *type) {
    const char *wrong = swiss_table_validate(&shard->table, &type->table);
    for (size_t k = 0; !wrong && k < LINKED_KINDS; ++k)
        wrong = validate_list(shard, type, linked_kinds[k]);
    size_t pinned = 0, cost = 0;
    for (size_t index = 0; !wrong && index < swiss_table_capacity(&shard->table); ++index) {
        const void *slot = swiss_table_slot_(&shard->table, &type->table, index);
        if (shard->table.control[index] == SWISS_EMPTY || kind_of(type, slot) != SWISS_CACHE_PINNED_)
            continue;
        ++pinned;
        cost += cost_of(type, slot);
    }
    if (wrong)
        return wrong;
    if (pinned != shard->lists[SWISS_CACHE_PINNED_].count || cost != shard->lists[SWISS_CACHE_PINNED_].cost)
        return "the pinned entries are not as many, or as dear, as is counted";
    if (entry_count(shard) + shard->lists[SWISS_CACHE_WEAK_].count != shard->table.size)
        return "not every entry is in a list";
    if (cost_in_use(shard) - cost > shard->capacity)
        return "there is more than the capacity allows";
    return NULL;
}
