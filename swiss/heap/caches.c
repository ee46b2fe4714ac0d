/* caches.c - which thread has which thread cache: how a thread gets one and leaves it, and how the caches of idle
 * threads are emptied.
 *
 * Terms:
 * - Use: a call that reads or writes more of the cache than the top of a stack. The flag `busy` is set meanwhile.
 * - Take: to give what the cache of another thread holds back to the spans and to the page heap. The cache is then
 *   *taken*, until its thread calls again.
 * - Revoke: to tell a thread, by its flag `revoked`, that its cache is about to be taken, or was taken. The same flag
 *   tells it to draw its samples anew, because the rate has changed: `stale` in its cache is set then.
 * - Parked: a cache without a thread, because that has ended. The next new thread gets it.
 *
 *                   join: a thread begins                  take: by another thread
 *     new, parked  ----------------------->    in use    -------------------------->    taken
 *         ^                                     |   ^                                     |
 *         '---- leave: the thread ends ---------'   '------- join: the thread calls ------'
 *
 * Take. Memory that is not used goes back, after a second unless it is set otherwise. When a stack is found empty or
 * full, the thread looks at the clock every 32nd time. It gives back the blocks of the size classes that it has not
 * used since, and then looks after the other threads. A thread that makes no calls cannot give anything back. Its cache
 * is taken, by a thread that trims the heap, or that finds that the idle one has made no call for a second. To take it
 * is to revoke it, to have all processors pass a barrier, and to look:
 *
 *     the thread                                      the one that takes
 *     1. reads the counts of a stack, pops or         1. revoked = true
 *        pushes a block, writes the counts            2. barrier on all processors
 *     2. not revoked? done                            3. reads counts, and keeps them in seen_counts
 *        else, under the lock of all caches:          4. gives the blocks below to their spans, and the spans away
 *        the kept counts are the new ones,
 *        or nothing was taken? done;
 *        else once more, with empty stacks
 *
 * If the thread is not revoked in its second step, it has written its counts before the barrier, and these are the ones
 * that are kept. The one that takes writes nothing that the thread reads without a lock. So a thread that was stopped
 * in its first step for any time does no harm when it goes on, nor does one that begins a call later. swiss_cache_use
 * gives it its cache back, with empty stacks. Most calls are those two steps. The others are uses: they set `busy`
 * before they look at `revoked`, and a cache that is busy in the other's third step is not taken.
 *
 * The barrier for the many is done by the few (membarrier, Linux 4.14; the idea is that of D. Dice, H. Huang and M.
 * Yang, "Asymmetric Dekker Synchronization", 2001). All of this costs a call one test. (doc/experiments.md: "Taking
 * caches".)
 *
 * End. When a thread ends, its spans go to central, where the next thread that needs one finds them, and its pages to
 * the page heap. The cache is parked and never freed: another thread may be announcing a span to its bins (bin.c). So
 * there are as many caches as there ever were threads at once. A parked one keeps 16 KiB; the rest of its memory goes
 * with the next trim. From then on the thread, whose other destructors may still run, has swiss_cache_gone, and
 * allocates from central.
 *
 * tests/model/take.pml is how a cache is taken in Promela, all interleavings of which spin has tried, for a weakly
 * ordered processor, too.
 */
#include "cache.h"
#include "central.h"
#include "options.h"

SWISS_OS_THREAD_LOCAL swiss_thread swiss_thread_mine = {.cache = &swiss_cache_none};
swiss_cache swiss_cache_none = {.absent = true}, swiss_cache_gone = {.absent = true};

void swiss_cache_count(const swiss_caches *caches, unsigned size_class, uint64_t *mallocs, uint64_t *frees) {
    for (swiss_cache *cache = caches->all; cache; cache = cache->next) {
        uint64_t counts = atomic_load_explicit(&cache->stacks[size_class].counts, memory_order_relaxed);
        uint64_t count = (uint16_t)counts / SWISS_STACK_BLOCK, got;
        if (cache->taken) {
            counts = cache->seen_counts[size_class];
            count = 0;
        }
        got = swiss_cache_made(cache, size_class, counts);
        *mallocs += got;
        *frees += got + count - atomic_load_explicit(&cache->stacks[size_class].drawn, memory_order_relaxed);
    }
}

swiss_large_sums swiss_cache_count_large(const swiss_caches *caches) {
    swiss_large_sums sums = {0, 0, 0, 0};
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END; ++i) {
        uint64_t mallocs = 0, frees = 0; /* less those that went to the page heap since */
        swiss_cache_count(caches, i, &mallocs, &frees);
        sums.mallocs += mallocs;
        sums.malloc_bytes += mallocs * swiss_class_large_size(i);
        sums.cached += frees - mallocs;
        sums.cached_bytes += (frees - mallocs) * swiss_class_large_size(i);
    }
    return sums;
}

/* Gives the spans of an empty cache to central, and its pages to the page heap. */
static void give_spans(swiss_caches *caches, swiss_cache *cache) {
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        if (cache->bins[i].owned)
            swiss_central_receive(&caches->central[i], &cache->bins[i]);
    swiss_span_cache_flush(caches->share->spans, &cache->spans);
    cache->spare = (swiss_spare){SWISS_SPARE_LEAST, SWISS_SPARE_LEAST, 0};
}

static void set_revoked(swiss_thread *thread, bool revoked) {
    atomic_store_explicit(&thread->revoked, revoked, memory_order_relaxed);
}

/* Goes on with a cache that was revoked and not taken, or is restored: draws samples anew. The lock is held. */
static void begin_anew(swiss_cache *cache) {
    swiss_cache_begin_anew(cache);
    cache->stale = false;
    set_revoked(cache->owner, false);
}

/* Returns true if a change of these counts was made before the cache was taken, or if the cache was not taken. Else
 * undoes it. Undoes an allocation also if the thread was only to draw its samples anew: so this one may be a sample. */
static bool is_kept(swiss_stack *stack, uint64_t counts, bool pops) {
    swiss_os_lock *lock = &swiss_thread_mine.caches->lock;
    swiss_os_lock_acquire(lock, SWISS_RANK_REGISTRY);
    swiss_cache *cache = swiss_thread_mine.owned;
    bool kept = cache->taken ? cache->seen_counts[stack - cache->stacks] != counts : !pops;
    if (!kept)
        atomic_store_explicit(&stack->counts, counts, memory_order_relaxed);
    if (!cache->taken)
        begin_anew(cache);
    swiss_os_lock_release(lock, SWISS_RANK_REGISTRY);
    return kept;
}

SWISS_COLD void *swiss_cache_settle_pop(swiss_stack *stack, uint64_t counts, void *address, _Atomic(uint8_t) *state) {
    if (!is_kept(stack, counts + SWISS_STACK_TAKEN, true))
        return NULL;
    atomic_store_explicit(state, SWISS_SLOT_LIVE, memory_order_relaxed);
    return address;
}

SWISS_COLD bool swiss_cache_settle_push(swiss_stack *stack, uint64_t counts, _Atomic(uint8_t) *state) {
    if (is_kept(stack, counts, false))
        return true;
    atomic_store_explicit(state, SWISS_SLOT_LIVE, memory_order_relaxed);
    return false;
}

/* Keeps the cache for the next thread that begins. The lock is held. */
static void park(swiss_caches *caches, swiss_cache *cache) {
    cache->owner = NULL;
    cache->touched = true;
    cache->next_parked = caches->parked;
    caches->parked = cache;
}

swiss_os_exit swiss_cache_exit;

/* Runs when the thread ends: gives back all that its cache holds, and parks it. */
static void leave_caches(void *argument) {
    swiss_thread *thread = argument;
    swiss_caches *caches = thread->caches;
    swiss_os_lock_acquire(&caches->lock, SWISS_RANK_REGISTRY);
    swiss_cache *cache = thread->owned;
    thread->owned = NULL;
    thread->cache = &swiss_cache_gone;
    set_revoked(thread, false);
    if (cache) {
        cache->owner = NULL;
        swiss_cache_restore(cache);
    }
    swiss_os_lock_release(&caches->lock, SWISS_RANK_REGISTRY);
    if (!cache)
        return;
    swiss_cache_empty(cache);
    give_spans(caches, cache);
    swiss_os_lock_acquire(&caches->lock, SWISS_RANK_REGISTRY);
    park(caches, cache);
    swiss_os_lock_release(&caches->lock, SWISS_RANK_REGISTRY);
}

/* Returns a new cache, or NULL when out of memory. The lock is held. */
static swiss_cache *create_cache(swiss_caches *caches) {
    swiss_cache *cache = swiss_os_alloc(swiss_cache_size());
    if (!cache)
        return NULL;
    swiss_cache_prepare(cache, caches->share);
    swiss_spans_add_cache(caches->share->spans, &cache->spans);
    cache->caches = caches;
    cache->next = caches->all;
    caches->all = cache;
    return cache;
}

/* Gives an empty cache the next tag: what it has handed out so far lies in spans that others may own by now. */
static void renew_tag(swiss_caches *caches, swiss_cache *cache) {
    bool more = caches->last_tag >= SWISS_SLOT_TAG_MIN && caches->last_tag < SWISS_SLOT_TAG_MAX;
    caches->last_tag = (uint8_t)(more ? caches->last_tag + 1 : SWISS_SLOT_TAG_MIN);
    swiss_cache_set_tag(cache, caches->last_tag);
}

/* Calls `wake` if that was asked for. */
static void wake(swiss_caches *caches) {
    if (atomic_load_explicit(&caches->asked, memory_order_relaxed) && atomic_exchange(&caches->asked, false))
        caches->wake();
}

/* Gives the thread its own cache back, or a parked one, or a new one. Returns false when out of memory. */
SWISS_COLD static bool join_caches(swiss_caches *caches, swiss_thread *thread) {
    if (swiss_options_hardened()) /* which has to see every call */
        return false;
    thread->caches = caches;
    swiss_os_lock_acquire(&caches->lock, SWISS_RANK_REGISTRY);
    bool is_new = !thread->owned;
    swiss_cache *cache = is_new ? caches->parked : thread->owned;
    if (is_new && cache)
        caches->parked = cache->next_parked;
    else if (is_new)
        cache = create_cache(caches);
    if (cache) {
        cache->owner = thread;
        thread->owned = cache;
        if (is_new || cache->taken)
            renew_tag(caches, cache);
        swiss_cache_restore(cache);
        cache->due |= atomic_load_explicit(&caches->asked, memory_order_relaxed);
        thread->cache = cache;
        begin_anew(cache);
    }
    swiss_os_lock_release(&caches->lock, SWISS_RANK_REGISTRY);
    if (!cache || !is_new)
        return cache;
    swiss_cache_leave(); /* what follows may allocate, if this heap serves malloc */
    wake(caches);
    bool told = swiss_os_at_thread_exit(&swiss_cache_exit, leave_caches, thread);
    if (!told)
        leave_caches(thread);
    return told;
}

SWISS_COLD swiss_cache *swiss_cache_join(swiss_caches *caches) {
    while (swiss_cache_mine() != &swiss_cache_gone && join_caches(caches, &swiss_thread_mine)) {
        swiss_cache *cache = swiss_cache_enter();
        if (cache)
            return cache;
    }
    swiss_cache_leave();
    return NULL;
}

SWISS_COLD void swiss_cache_end(swiss_cache *cache) {
    cache->due = false;
    swiss_cache_leave();
    swiss_cache_upkeep(cache->caches);
    wake(cache->caches);
}

/* Returns a number that changes when the thread allocates or frees blocks, also others', which only `drawn` tells; of
 * the large ones those that it caches. */
static uint64_t activity_of(const swiss_cache *cache) {
    uint64_t sum = 0;
    for (unsigned i = 1; i < SWISS_CLASS_END; ++i)
        sum += atomic_load_explicit(&cache->stacks[i].counts, memory_order_relaxed) -
               atomic_load_explicit(&cache->stacks[i].drawn, memory_order_relaxed);
    return sum;
}

/* Takes what the cache of a thread holds that is revoked and not busy. The lock is held. */
static void take_from(swiss_caches *caches, swiss_cache *cache) {
    swiss_cache_take(cache);
    give_spans(caches, cache);
}

/* Takes the caches of other threads, unless they are busy, or, if `idle`, have allocated or freed since a thread last
 * looked. The lock is held. */
static void take_all(swiss_caches *caches, bool idle) {
    bool any = false;
    for (swiss_cache *cache = caches->all; cache; cache = cache->next) {
        swiss_thread *owner = cache->owner;
        if (!owner || owner == &swiss_thread_mine || cache->taken)
            continue;
        uint64_t seen = activity_of(cache);
        bool wanted = !idle || seen == cache->seen;
        cache->seen = seen;
        if (wanted)
            set_revoked(owner, true);
        any |= wanted;
    }
    if (!any)
        return;
    bool passed = swiss_os_barrier_all();
    for (swiss_cache *cache = caches->all; cache; cache = cache->next) {
        swiss_thread *owner = cache->owner;
        if (!owner || cache->taken || !atomic_load_explicit(&owner->revoked, memory_order_relaxed))
            continue;
        if (passed && !atomic_load_explicit(&owner->busy, memory_order_acquire))
            take_from(caches, cache);
        else
            set_revoked(owner, cache->stale);
    }
}

/* Gives back the memory of stacks, all of which are empty. */
static void discard_blocks(swiss_cache *cache) {
    char *first = (char *)swiss_os_round((uintptr_t)cache->blocks), *end = (char *)cache + swiss_cache_size();
    (void)swiss_os_discard(first, (size_t)(end - first));
}

/* Gives back what a parked or taken cache still holds: spans that were just being announced, and the memory of its
 * stacks. */
static void clean(swiss_caches *caches, swiss_cache *cache) {
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        if (cache->bins[i].owned)
            swiss_central_receive(&caches->central[i], &cache->bins[i]);
    if (cache->touched)
        discard_blocks(cache);
    cache->touched = false;
}

static void reclaim(swiss_caches *caches, bool idle) {
    swiss_os_lock_acquire(&caches->lock, SWISS_RANK_REGISTRY);
    take_all(caches, idle);
    for (swiss_cache *cache = caches->parked; cache; cache = cache->next_parked)
        clean(caches, cache);
    for (swiss_cache *cache = caches->all; cache; cache = cache->next)
        if (cache->taken)
            clean(caches, cache);
    swiss_os_lock_release(&caches->lock, SWISS_RANK_REGISTRY);
}

void swiss_cache_begin_all_anew(swiss_caches *caches) {
    swiss_os_lock_acquire(&caches->lock, SWISS_RANK_REGISTRY);
    for (swiss_cache *cache = caches->all; cache; cache = cache->next)
        if (cache->owner) {
            cache->stale = true;
            set_revoked(cache->owner, true);
        }
    swiss_os_lock_release(&caches->lock, SWISS_RANK_REGISTRY);
}

void swiss_cache_trim(swiss_caches *caches) {
    swiss_cache *cache = swiss_cache_mine()->absent ? NULL : swiss_cache_use(caches);
    if (cache) {
        swiss_cache_empty(cache);
        discard_blocks(cache);
        for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
            swiss_bin_trim(&cache->bins[i]);
        cache->spare = (swiss_spare){SWISS_SPARE_LEAST, SWISS_SPARE_LEAST, 0};
    }
    swiss_cache_leave();
    reclaim(caches, false);
}

void swiss_cache_upkeep(swiss_caches *caches) {
    static _Atomic(uint64_t) last;
    uint64_t now = swiss_os_milliseconds(), before = atomic_load(&last);
    uint32_t every = swiss_cache_interval();
    if (!every || now - before < every || !atomic_compare_exchange_strong(&last, &before, now))
        return;
    reclaim(caches, true);
    (void)swiss_spans_scavenge(caches->share, 0);
}

void swiss_cache_retire(swiss_caches *caches) {
    swiss_thread_mine.caches = caches;
    leave_caches(&swiss_thread_mine);
    reclaim(caches, false);
}

bool swiss_cache_none_is_used(const swiss_caches *caches) {
    const swiss_cache *cache = caches->all;
    while (cache && (!cache->owner || cache->taken))
        cache = cache->next;
    return !cache;
}

void swiss_cache_release_all(swiss_caches *caches) {
    while (caches->all) {
        swiss_cache *cache = caches->all;
        caches->all = cache->next;
        if (cache->owner)
            *cache->owner = (swiss_thread){.cache = &swiss_cache_none};
        swiss_os_release(cache, swiss_cache_size());
    }
    caches->parked = NULL;
}

void swiss_cache_after_fork(swiss_caches *caches) {
    for (swiss_cache *cache = caches->all; cache; cache = cache->next)
        if (cache->owner && cache->owner != &swiss_thread_mine) {
            cache->owner = NULL;
            if (cache->taken)
                park(caches, cache);
        }
}

void swiss_cache_ask(swiss_caches *caches) {
    atomic_store(&caches->asked, true);
    if (!swiss_cache_mine()->absent)
        swiss_cache_mine()->due = true;
}
