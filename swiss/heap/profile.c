/* profile.c - samples of the blocks of all heaps, and their call stacks.
 *
 *      the front's slow paths          sampling.c: is this block one?
 *           |  a block that is one         |
 *           v                              v
 *      take ---> trace.c: from where ---> samples.c: record and site       state byte := SAMPLED
 *      end  <--- the front finds SAMPLED when the block is freed           state byte := as it was
 *
 * No fast path knows of this. A thread cache counts down to the next sample in the word that it writes anyway
 * (cache.c); large blocks, and those of heaps without caches, are asked one by one on their slow paths. A sample has a
 * state byte of its own, so that its free takes the slow path of blocks that other caches handed out, which costs other
 * frees nothing.
 *
 * Take. Runs without a lock and outside of any use of a cache, because a walk up the stack may call the program's
 * functions, and may allocate: the C library does so when it first unwinds. The thread notes that it takes a sample
 * (swiss_thread.sampling), and what it allocates meanwhile, also in a signal handler, is no sample but counts as
 * dropped. The lock of the samples is held for a moment only. The thread notes that, too, and a signal handler that
 * frees a sample meanwhile leaves its record behind, until its address is sampled again. So no handler waits for the
 * thread that it has interrupted.
 *
 * Tracking is sampling at the rate 1: the countdown of each class is at its end with each block.
 *
 * Hardening lies below: what a hardened heap returns is sampled like a large block, and its sample ends when the
 * program frees the block, not when that leaves the quarantine.
 */
#include "profile.h"
#include "../os/os.h"
#include "plain.h"
#include "registry.h"
#include "samples.h"
#include "trace.h"
#include <string.h>

/* The values of swiss_thread.sampling. */
enum { IDLE, TAKES, HOLDS, TELLS };

_Atomic(swiss_profile_listener *) swiss_profile_listen;
atomic_bool swiss_profile_used;

/* Guarded by the lock of the samples, but for `dropped`. */
static struct {
    size_t rate; /* that swiss_profile_start has set */
    bool tracks;
    uint64_t since;
    _Atomic(uint64_t) dropped;
} profile;

/* Returns what this thread did before, for unlock_samples. */
static uint8_t lock_samples(void) {
    uint8_t before = swiss_thread_mine.sampling;
    swiss_thread_mine.sampling = HOLDS;
    atomic_signal_fence(memory_order_seq_cst);
    swiss_samples_lock();
    return before;
}

static void unlock_samples(uint8_t before) {
    swiss_samples_unlock();
    atomic_signal_fence(memory_order_seq_cst);
    swiss_thread_mine.sampling = before;
}

static void drop_one(void) {
    atomic_fetch_add_explicit(&profile.dropped, 1, memory_order_relaxed);
}

/* Returns the state byte of a block that is live; NULL if there is none. */
static _Atomic(uint8_t) *state_of(const void *block) {
    swiss_span *span = swiss_segment_find(block);
    uint32_t slot = span ? swiss_span_slot(span, block) : UINT32_MAX;
    return slot == UINT32_MAX ? NULL : swiss_span_state(span, slot);
}

/* Tells the listener, unless the thread is in it already. */
static void tell_listener(const swiss_sample *sample, uint64_t freed) {
    swiss_profile_listener *listen = atomic_load_explicit(&swiss_profile_listen, memory_order_acquire);
    uint8_t before = swiss_thread_mine.sampling;
    if (!listen || before >= HOLDS)
        return;
    swiss_profile_event event = {.block = sample->block,
                                 .size = sample->size,
                                 .usable = sample->usable,
                                 .weight = sample->weight,
                                 .born = sample->born,
                                 .freed = freed ? swiss_os_nanoseconds() : 0,
                                 .site = sample->site};
    swiss_thread_mine.sampling = TELLS;
    atomic_signal_fence(memory_order_seq_cst);
    listen(&event);
    atomic_signal_fence(memory_order_seq_cst);
    swiss_thread_mine.sampling = before;
}

/* Samples that begin and end --------------------------------------------------------------------------------------- */

/* Returns how many blocks a sample stands for. That is slow, so the last ones of each class are kept. The lock is
 * held. */
static uint64_t weight_of(const swiss_span *span, size_t drawn, size_t rate) {
    static struct {
        size_t rate;
        uint64_t weight;
    } kept[SWISS_CLASS_COUNT];
    unsigned size_class = span->size_class;
    if (!size_class || drawn != span->size)
        return swiss_sampling_weight(drawn, rate);
    if (kept[size_class].rate != rate) {
        kept[size_class].rate = rate;
        kept[size_class].weight = swiss_sampling_weight(drawn, rate);
    }
    return kept[size_class].weight;
}

/* Walks up the stack, and adds the sample. */
static SWISS_NOINLINE bool add_from_new_stack(swiss_sample *sample, const void *base, const void *caller) {
    swiss_trace trace;
    swiss_trace_capture(&trace, SWISS_PROFILE_FRAMES, base, caller);
    if (!trace.count) {
        trace.frames[trace.count++] = caller;
        trace.placed = false; /* nobody knows where it was found */
    }
    uint8_t before = lock_samples();
    bool added = swiss_samples_find_site(&trace, base, &sample->site) && swiss_samples_add(sample);
    unlock_samples(before);
    return added;
}

SWISS_NOINLINE void swiss_profile_take(void *block, size_t size, size_t drawn, size_t rate, const void *caller) {
    if (swiss_thread_mine.sampling != IDLE) {
        drop_one();
        return;
    }
    swiss_thread_mine.sampling = TAKES;
    atomic_signal_fence(memory_order_seq_cst);
    _Atomic(uint8_t) *state = state_of(block);
    const swiss_span *span = swiss_segment_find(block);
    const bool listens = atomic_load_explicit(&swiss_profile_listen, memory_order_relaxed);
    swiss_sample sample = {.block = block,
                           .size = size,
                           .usable = span->size,
                           .born = listens ? swiss_os_nanoseconds() : swiss_os_nanoseconds_coarse(),
                           .tag = atomic_load_explicit(state, memory_order_relaxed)};
    const void *base = &sample;
    uint8_t before = lock_samples();
    sample.weight = weight_of(span, drawn, rate);
    bool known = swiss_samples_recall(base, &sample.site), added = known && swiss_samples_add(&sample);
    unlock_samples(before);
    if (!known)
        added = add_from_new_stack(&sample, base, caller);
    if (added) {
        atomic_store_explicit(state, SWISS_SLOT_SAMPLED, memory_order_relaxed);
        tell_listener(&sample, 0);
    } else {
        drop_one();
    }
    atomic_signal_fence(memory_order_seq_cst);
    swiss_thread_mine.sampling = IDLE;
}

SWISS_NOINLINE void swiss_profile_offer(void *block, size_t size, const void *caller) {
    const size_t drawn = size + !size, rate = swiss_sampling_pick(drawn);
    if (SWISS_UNLIKELY(rate))
        swiss_profile_take(block, size, drawn, rate, caller);
}

void swiss_profile_end(const void *block, _Atomic(uint8_t) *state) {
    swiss_sample sample = {.tag = SWISS_SLOT_LIVE};
    bool found = false;
    if (swiss_thread_mine.sampling != HOLDS) {
        uint8_t before = lock_samples();
        found = swiss_samples_drop(block, &sample);
        unlock_samples(before);
    }
    atomic_store_explicit(state, sample.tag, memory_order_relaxed);
    if (found)
        tell_listener(&sample, 1);
}

static void end_if_sample(void *argument, void *block, size_t size) {
    (void)argument, (void)size;
    _Atomic(uint8_t) *state = state_of(block);
    if (atomic_load_explicit(state, memory_order_relaxed) == SWISS_SLOT_SAMPLED)
        swiss_profile_end(block, state);
}

void swiss_profile_end_at(const swiss_heap *heap, const void *block) {
    if (swiss_plain_find(heap, block))
        end_if_sample(NULL, (void *)(uintptr_t)block, 0);
}

void swiss_profile_end_all(swiss_heap *heap) {
    swiss_plain_walk(heap, end_if_sample, NULL);
}

void swiss_profile_resize(void *block, size_t usable, size_t size, const void *caller) {
    _Atomic(uint8_t) *state = state_of(block);
    bool sampled = atomic_load_explicit(state, memory_order_relaxed) == SWISS_SLOT_SAMPLED;
    if (swiss_segment_find(block)->size != usable) {
        if (sampled)
            swiss_profile_end(block, state);
        swiss_profile_offer(block, size, caller);
    } else if (sampled && swiss_thread_mine.sampling != HOLDS) {
        uint8_t before = lock_samples();
        swiss_samples_resize(block, size);
        unlock_samples(before);
    }
}

/* What programs call ----------------------------------------------------------------------------------------------- */

/* Does before the first sample what is slow the first time: takes memory, and lets the unwinder begin. */
static SWISS_NOINLINE void prepare_sampling(void) {
    swiss_trace trace;
    uint8_t before = lock_samples();
    swiss_samples_prepare();
    unlock_samples(TAKES);
    swiss_trace_capture(&trace, SWISS_PROFILE_FRAMES, &trace.count, NULL);
    swiss_thread_mine.sampling = before;
}

/* Sets the rate that follows from what the program wants, and lets all threads follow it. The lock is held, and
 * released. */
static void set_rate(uint8_t before) {
    size_t rate = profile.tracks ? 1 : profile.rate;
    if (!profile.since)
        profile.since = swiss_os_nanoseconds();
    if (rate)
        atomic_store(&swiss_profile_used, true);
    atomic_store(&swiss_sampling_rate, rate);
    unlock_samples(before);
    swiss_cache_begin_all_anew(&swiss_heap_main.caches);
}

void swiss_profile_start(size_t rate) {
    swiss_registry_guard_forks();
    if (rate)
        prepare_sampling();
    uint8_t before = lock_samples();
    profile.rate = rate;
    set_rate(before);
}

void swiss_profile_stop(void) {
    swiss_profile_start(0);
}

void swiss_heap_track(bool wanted) {
    swiss_registry_guard_forks();
    if (wanted)
        prepare_sampling();
    uint8_t before = lock_samples();
    profile.tracks = wanted;
    set_rate(before);
}

void swiss_profile_reset(void) {
    uint8_t before = lock_samples();
    swiss_samples_forget();
    profile.since = swiss_os_nanoseconds();
    atomic_store(&profile.dropped, 0);
    unlock_samples(before);
}

void swiss_profile_get_totals(swiss_profile_totals *totals) {
    swiss_site_sums sums;
    size_t bytes;
    uint8_t before = lock_samples();
    swiss_samples_total(&sums, &bytes);
    *totals = (swiss_profile_totals){.rate = profile.rate,
                                     .tracks = profile.tracks,
                                     .sites = swiss_samples_sites(),
                                     .live = (size_t)sums.inuse_samples,
                                     .taken = sums.alloc_samples,
                                     .dropped = atomic_load(&profile.dropped),
                                     .since = profile.since ? swiss_os_nanoseconds() - profile.since : 0,
                                     .bytes = bytes};
    unlock_samples(before);
}

/* Copies the sums and the frames of a site. Returns false if there is none with this id. */
static bool copy_site(uint32_t id, swiss_site_sums *sums, const void **frames, unsigned *count) {
    uint8_t before = lock_samples();
    bool found = id < swiss_samples_sites();
    if (found) {
        const swiss_site *site = swiss_samples_site(id);
        *sums = site->sums;
        *count = site->frame_count;
        memcpy(frames, site->frames, site->frame_count * sizeof *frames);
    }
    unlock_samples(before);
    return found;
}

unsigned swiss_profile_frames(uint32_t site, const void *frames[SWISS_PROFILE_FRAMES]) {
    swiss_site_sums sums;
    unsigned count = 0;
    (void)copy_site(site, &sums, frames, &count);
    return count;
}

static uint64_t whole(uint64_t objects) {
    return (objects + SWISS_WEIGHT_ONE / 2) / SWISS_WEIGHT_ONE;
}

void swiss_profile_walk(void (*visit)(void *argument, const swiss_profile_site *site), void *argument) {
    const void *frames[SWISS_PROFILE_FRAMES];
    swiss_site_sums sums;
    unsigned count = 0;
    for (uint32_t id = 0; copy_site(id, &sums, frames, &count); ++id) {
        const swiss_profile_site site = {.frames = frames,
                                         .frame_count = count,
                                         .id = id,
                                         .alloc_objects = whole(sums.alloc_objects),
                                         .alloc_space = sums.alloc_space,
                                         .inuse_objects = whole(sums.inuse_objects),
                                         .inuse_space = sums.inuse_space,
                                         .inuse_usable = sums.inuse_usable,
                                         .alloc_samples = sums.alloc_samples,
                                         .inuse_samples = sums.inuse_samples};
        visit(argument, &site);
    }
}

/* Copies a record, if it is in use, and the frames of its site. Returns false if there is none with this index. */
static bool copy_sample(uint32_t index, swiss_sample *sample, const void **frames, unsigned *count) {
    uint8_t before = lock_samples();
    bool found = index < swiss_samples_count();
    if (found)
        *sample = *swiss_samples_get(index);
    if (found && sample->block) {
        const swiss_site *site = swiss_samples_site(sample->site);
        *count = site->frame_count;
        memcpy(frames, site->frames, site->frame_count * sizeof *frames);
    }
    unlock_samples(before);
    return found;
}

void swiss_profile_walk_live(void (*visit)(void *argument, const swiss_profile_live *live), void *argument) {
    const void *frames[SWISS_PROFILE_FRAMES];
    swiss_sample sample = {.block = NULL};
    unsigned count = 0;
    for (uint32_t index = 0; copy_sample(index, &sample, frames, &count); ++index) {
        if (!sample.block)
            continue;
        const swiss_profile_live live = {.block = sample.block,
                                         .size = sample.size,
                                         .usable = sample.usable,
                                         .age = swiss_os_nanoseconds() - sample.born,
                                         .weight = (double)sample.weight / (double)SWISS_WEIGHT_ONE,
                                         .frames = frames,
                                         .frame_count = count,
                                         .site = sample.site};
        visit(argument, &live);
    }
}
