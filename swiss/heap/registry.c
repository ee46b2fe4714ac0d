/* registry.c - the default heap, and heaps of one's own: how they are made and destroyed; the thread that scavenges;
 * fork.
 *
 * A *heap of one's own* is one that the program makes for itself. All heaps share one page heap.
 *
 *      heap    heap    heap    ...     a record each, 1.3 KiB: its share of the page heap (spans.c), its limits
 *       | \     |       | \
 *       c  c    c       c  c           centrals (central.c), 128 bytes each: one per size class asked for
 *        \ |    |       | /
 *        the page heap                 segments, records of spans, free pages: one for all heaps
 *
 * So a program may have very many heaps. (If each has a segment of its own, 100,000 heaps with a block each take 16,000
 * GiB of address space, and more mappings than Linux allows.)
 *
 * Create. Takes a record, a slot of one of two bins that the lock of all caches guards. Their pages come from a page
 * heap that has no other use. So records do not lie among blocks, where one that overflows might reach them, and their
 * memory goes back like that of blocks.
 *
 * Destroy. Gives the spans of the heap's centrals back, and then its records.
 *
 * Fork. fork copies the memory of all threads, but only one of them. So that no lock is held in the child and no list
 * is half changed, the locks of all heaps are held across it. Other fork handlers may run meanwhile, and allocate: the
 * thread that forks passes the locks. The caches of the other threads stay as they are in the child: their blocks may
 * be freed, but no thread allocates from their spans again. The child starts the thread that scavenges anew when it
 * first uses the heap.
 */
#include "registry.h"
#include "harden_records.h"
#include "large.h"
#include "options.h"
#include "samples.h"
#include "validate_heap.h"
#include <string.h>

static void wake_up(void);

swiss_main_heap swiss_heap_main = {
    .heap = {.share = {.spans = &swiss_heap_main.spans, .main = true}},
    .spans = SWISS_SPANS_INITIALIZER,
    .central = {{.bin = {.share = &swiss_heap_main.heap.share}}},
    .caches = {.share = &swiss_heap_main.heap.share,
               .central = swiss_heap_main.central,
               .wake = wake_up,
               .asked = true,
               .lock = SWISS_OS_LOCK_INITIALIZER},
};

static swiss_spans record_spans = SWISS_SPANS_INITIALIZER;
static swiss_share record_share = SWISS_SHARE_INITIALIZER(&record_spans, false);
static swiss_bin heap_records = {.share = &record_share}, central_records = {.share = &record_share};

/* Returns a new record, all zero; NULL when out of memory. */
static void *record_take(swiss_bin *bin, size_t size) {
    void *record = swiss_bin_take(bin);
    if (!record && (swiss_bin_next(bin) || swiss_bin_grow(bin, swiss_class_of(size))))
        record = swiss_bin_take(bin);
    return record ? memset(record, 0, size) : NULL;
}

static void record_give(swiss_bin *bin, void *record) {
    swiss_span *span = swiss_segment_find(record);
    (void)swiss_bin_give(bin, span, swiss_span_slot(span, record));
}

static void lock_registry(void) {
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
}

static void unlock_registry(void) {
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
}

swiss_heap *swiss_heap_create(void) {
    static const swiss_share share = SWISS_SHARE_INITIALIZER(&swiss_heap_main.spans, false);
    swiss_registry_guard_forks();
    swiss_options_apply_huge_pages();
    lock_registry();
    swiss_heap *heap = record_take(&heap_records, sizeof *heap), *first = &swiss_heap_main.heap;
    if (heap) {
        heap->share = share;
        heap->prev = first;
        heap->next = first->next;
        if (heap->next)
            heap->next->prev = heap;
        first->next = heap;
    }
    unlock_registry();
    return heap;
}

swiss_central *swiss_heap_need_central(swiss_heap *heap, unsigned size_class) {
    swiss_central *central = swiss_heap_central(heap, size_class);
    if (SWISS_LIKELY(central))
        return central;
    lock_registry();
    central = swiss_heap_central(heap, size_class);
    if (!central && (central = record_take(&central_records, sizeof *central))) {
        central->bin.share = &heap->share;
        atomic_store_explicit(&heap->central[size_class], central, memory_order_release);
    }
    unlock_registry();
    return central;
}

void swiss_registry_remove(swiss_heap *heap) {
    lock_registry();
    heap->prev->next = heap->next;
    if (heap->next)
        heap->next->prev = heap->prev;
    unlock_registry();
    swiss_central *large = swiss_heap_central(heap, 0);
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        if (swiss_heap_central(heap, i))
            SWISS_VALIDATE_BIN(&swiss_heap_central(heap, i)->bin, i);
    for (swiss_span *span = large ? large->bin.owned : NULL, *next; span; span = next) {
        next = swiss_span_remote_of(span)->next_owned;
        swiss_mapping_release(swiss_large_drop(&heap->share, span));
    }
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        if (swiss_heap_central(heap, i))
            swiss_bin_destroy(&swiss_heap_central(heap, i)->bin);
    SWISS_ASSERT(heap->share.held.pages + heap->share.held.huge_bytes == 0);
    lock_registry();
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        if (swiss_heap_central(heap, i))
            record_give(&central_records, swiss_heap_central(heap, i));
    record_give(&heap_records, heap);
    unlock_registry();
}

void swiss_heap_stop(swiss_heap *heap) {
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        if (swiss_heap_central(heap, i))
            swiss_os_spin_acquire(&swiss_heap_central(heap, i)->lock, SWISS_RANK_CENTRAL);
}

void swiss_heap_go(swiss_heap *heap) {
    for (unsigned i = SWISS_CLASS_COUNT; i-- > 0;)
        if (swiss_heap_central(heap, i))
            swiss_os_spin_release(&swiss_heap_central(heap, i)->lock, SWISS_RANK_CENTRAL);
}

uint32_t swiss_registry_scavenge_every(void) {
    uint32_t least = 0;
    for (swiss_heap *heap = swiss_heap_main.heap.next; heap; heap = heap->next) {
        uint32_t every = heap->share.limits.scavenge_every;
        if (every && (!least || every < least))
            least = every;
    }
    return least;
}

size_t swiss_registry_bytes(swiss_heap *heap) {
    if (heap == &swiss_heap_main.heap)
        return swiss_pages_metadata(&record_spans.pages) + record_spans.records.bytes;
    size_t bytes = swiss_class_size[swiss_class_of(sizeof *heap)];
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        if (swiss_heap_central(heap, i))
            bytes += swiss_class_size[swiss_class_of(sizeof(swiss_central))];
    return bytes;
}

size_t swiss_registry_trim(void) {
    lock_registry();
    swiss_bin_trim(&heap_records);
    swiss_bin_trim(&central_records);
    SWISS_VALIDATE_BIN(&heap_records, swiss_class_of(sizeof(swiss_heap)));
    SWISS_VALIDATE_BIN(&central_records, swiss_class_of(sizeof(swiss_central)));
    size_t bytes = swiss_spans_release(&record_spans);
    unlock_registry();
    return bytes;
}

/* The thread that scavenges ---------------------------------------------------------------------------------------- */

static swiss_os_lock worker_lock =
    SWISS_OS_LOCK_INITIALIZER;     /* held while the thread that scavenges is started or stopped */
static atomic_bool worker_missing; /* a fork has left the thread behind */

static void (*_Atomic tick_call)(void); /* what else the thread calls, and how often it wakes up for that */
static uint32_t tick_every = SWISS_SCAVENGE_EVERY;

void swiss_registry_set_tick(void (*tick)(void), uint32_t milliseconds) {
    if (tick)
        tick_every = milliseconds;
    atomic_store(&tick_call, tick);
}

/* Gives back the free memory of all heaps, as often as any of them wants. Returns the milliseconds until the next
 * time. */
static uint32_t scavenge_now(void) {
    swiss_cache_upkeep(&swiss_heap_main.caches);
    lock_registry();
    uint32_t often = swiss_registry_scavenge_every();
    unlock_registry();
    uint32_t every = swiss_spans_scavenge(&swiss_heap_main.heap.share, often);
    return every && every < SWISS_SCAVENGE_EVERY ? every : SWISS_SCAVENGE_EVERY;
}

/* Scavenges when it is due, and calls what swiss_registry_set_tick has set. Returns the milliseconds until the thread
 * is to wake up. */
static uint32_t scavenge_all(void) {
    static uint64_t due;
    void (*tick)(void) = atomic_load(&tick_call);
    uint64_t now = swiss_os_milliseconds();
    if (tick)
        tick();
    if (!tick || now >= due)
        due = now + scavenge_now();
    return tick && due - now > tick_every ? tick_every : (uint32_t)(due - now);
}

bool swiss_heap_set_scavenger_thread(bool wanted) {
    swiss_os_lock_acquire(&worker_lock, SWISS_RANK_WORKER);
    bool done = true;
    if (wanted)
        done = swiss_os_worker_start(scavenge_all, 10);
    else
        swiss_os_worker_stop();
    swiss_os_lock_release(&worker_lock, SWISS_RANK_WORKER);
    return done;
}

/* Does what the environment asks for and no call of the heap's functions would look up. Without a lock. */
static void begin_heap(void) {
    swiss_heap *heap = &swiss_heap_main.heap;
    lock_registry();
    swiss_os_lock_acquire(&swiss_heap_main.spans.lock, SWISS_RANK_PAGES);
    const swiss_limits *limits = swiss_limits_know(&heap->share.limits);
    swiss_cache_set_interval(limits->scavenge_every);
    swiss_cache_set_limited(limits->soft_limit || limits->hard_limit);
    swiss_os_lock_release(&swiss_heap_main.spans.lock, SWISS_RANK_PAGES);
    unlock_registry();
    size_t most = swiss_option_get(SWISS_OPTION_CACHE_LIMIT);
    if (most != SWISS_OPTION_UNSAID)
        swiss_cache_set_limit(most);
    if (swiss_option_get(SWISS_OPTION_SCAVENGER))
        (void)swiss_heap_set_scavenger_thread(true);
#ifndef SWISS_STAYS_LOADED
    swiss_unload_prepare();
#endif
}

/* Called when a thread has got a cache: the first of all, or the first since a fork. */
static void wake_up(void) {
    static atomic_bool begun;
    swiss_registry_guard_forks();
    if (!atomic_exchange(&begun, true))
        begin_heap();
    if (atomic_exchange(&worker_missing, false))
        (void)swiss_heap_set_scavenger_thread(true);
}

/* Fork ------------------------------------------------------------------------------------------------------------- */

static void before_fork(void) {
    swiss_harden_lock();
    swiss_os_lock_acquire(&worker_lock, SWISS_RANK_WORKER);
    lock_registry();
    for (swiss_heap *heap = &swiss_heap_main.heap; heap; heap = heap->next)
        swiss_heap_stop(heap);
    swiss_spans_stop(&swiss_heap_main.spans);
    swiss_samples_lock();
    SWISS_VALIDATE_REGISTRY();
    swiss_os_fork_begin();
}

static void after_fork(void) {
    swiss_os_fork_end();
    swiss_samples_unlock();
    swiss_spans_go(&swiss_heap_main.spans);
    for (swiss_heap *heap = &swiss_heap_main.heap; heap; heap = heap->next)
        swiss_heap_go(heap);
    unlock_registry();
    swiss_os_lock_release(&worker_lock, SWISS_RANK_WORKER);
    swiss_harden_unlock();
}

static void after_fork_in_child(void) {
    swiss_cache_after_fork(&swiss_heap_main.caches);
    SWISS_VALIDATE_REGISTRY();
    if (swiss_os_worker_forget()) {
        atomic_store(&worker_missing, true);
        swiss_cache_ask(&swiss_heap_main.caches);
    }
    after_fork();
}

void swiss_registry_guard_forks(void) {
    static atomic_bool done;
    if (!atomic_load_explicit(&done, memory_order_relaxed) && !atomic_exchange(&done, true))
        swiss_os_at_fork(before_fork, after_fork, after_fork_in_child);
}
