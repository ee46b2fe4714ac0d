/* Samples: their sums are on average those of all blocks, a record lives as long as its block, and no other number of
 * the heap changes. Tracking: all of it is exact. */
#include "tests/support.h"
#include "swiss/heap_stats.h"
#include "swiss/profile.h"
#include "swiss/heap/options.h"
#include "swiss/heap/profile.h"
#include "swiss/heap/registry.h"
#include "swiss/heap/samples.h"
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The sums of all sites. */
typedef struct sums {
    uint64_t alloc_objects, alloc_space, inuse_objects, inuse_space, alloc_samples, inuse_samples, usable;
    size_t sites;
} sums;

static void add_site(void *argument, const swiss_profile_site *site) {
    sums *all = argument;
    assert_true(site->frame_count >= 1 && site->frame_count <= SWISS_PROFILE_FRAMES);
    assert_int_equal(site->id, all->sites);
    assert_true(site->inuse_samples <= site->alloc_samples);
    ++all->sites;
    all->alloc_objects += site->alloc_objects;
    all->alloc_space += site->alloc_space;
    all->inuse_objects += site->inuse_objects;
    all->inuse_space += site->inuse_space;
    all->alloc_samples += site->alloc_samples;
    all->inuse_samples += site->inuse_samples;
    all->usable += site->inuse_usable;
}

static sums get_sums(void) {
    sums all = {0};
    swiss_profile_walk(add_site, &all);
    swiss_profile_totals totals;
    swiss_profile_get_totals(&totals);
    assert_int_equal(totals.sites, all.sites);
    assert_int_equal(totals.live, all.inuse_samples);
    assert_int_equal(totals.taken, all.alloc_samples);
    return all;
}

static void add_live(void *argument, const swiss_profile_live *live) {
    sums *all = argument;
    assert_true(live->weight >= 1 && live->frame_count >= 1 && live->size <= live->usable);
    ++all->inuse_samples;
    all->inuse_space += (uint64_t)(live->weight * (double)live->size + 0.5);
    all->usable += (uint64_t)(live->weight * (double)live->usable + 0.5);
}

static void begin(size_t rate) {
    swiss_profile_stop();
    swiss_heap_track(false);
    swiss_profile_reset();
    if (rate)
        swiss_profile_start(rate);
}

static size_t live_samples(void) {
    swiss_profile_totals totals;
    swiss_profile_get_totals(&totals);
    return totals.live;
}

/* Two functions of which the call stacks tell apart what they allocate. */
static SWISS_NOINLINE void *allocate_here(swiss_heap *heap, size_t size) {
    void *block = swiss_heap_alloc(heap, size);
    assert_non_null(block);
    return block;
}

static SWISS_NOINLINE void *allocate_there(swiss_heap *heap, size_t size) {
    void *block = swiss_heap_alloc_zeroed(heap, 1, size);
    assert_non_null(block);
    return block;
}

static void assert_near(uint64_t value, uint64_t truth, double part) {
    double off = (double)value / (double)truth - 1;
    if (off > part || off < -part)
        fail_msg("%llu is not within %.0f%% of %llu", (unsigned long long)value, part * 100, (unsigned long long)truth);
}

/* Blocks of 16 bytes to 1 MiB, of which a third stays: in the mean of ten runs the bytes are within 5% of the
 * truth. */
static void test_sums_are_unbiased(void **state) {
    (void)state;
    enum { RUNS = 10, BLOCKS = 60000 };
    static void *blocks[BLOCKS];
    static size_t sizes[BLOCKS];
    uint64_t random = 1;
    sums truth = {0}, seen = {0};
    const size_t rate = 12 << 10;
    for (int run = 0; run < RUNS; ++run) {
        begin(rate);
        for (size_t i = 0; i < BLOCKS; ++i) {
            /* as many bytes in each octave */
            size_t octave = 4 + random_below(&random, 17), size = (size_t)1 << octave;
            if (random_below(&random, size) >= 16384)
                octave = 4 + random_below(&random, 6);
            sizes[i] = ((size_t)1 << octave) - random_below(&random, (size_t)1 << (octave - 1));
            blocks[i] = i % 2 ? allocate_here(NULL, sizes[i]) : allocate_there(NULL, sizes[i]);
            ++truth.alloc_objects;
            truth.alloc_space += sizes[i];
            if (i % 3) {
                swiss_heap_free(NULL, blocks[i]);
                blocks[i] = NULL;
            } else {
                ++truth.inuse_objects;
                truth.inuse_space += sizes[i];
            }
        }
        sums all = get_sums();
        seen.alloc_objects += all.alloc_objects;
        seen.alloc_space += all.alloc_space;
        seen.inuse_objects += all.inuse_objects;
        seen.inuse_space += all.inuse_space;
        assert_true(all.alloc_samples < BLOCKS / 2);
        sums live = {0};
        swiss_profile_walk_live(add_live, &live);
        assert_int_equal(live.inuse_samples, all.inuse_samples);
        assert_int_equal(live.inuse_space, all.inuse_space);
        assert_int_equal(live.usable, all.usable);
        for (size_t i = 0; i < BLOCKS; ++i)
            swiss_heap_free(NULL, blocks[i]);
        all = get_sums();
        assert_int_equal(all.inuse_samples, 0);
        assert_int_equal(all.inuse_objects, 0);
        assert_int_equal(all.inuse_space, 0);
        assert_int_equal(all.usable, 0);
    }
    assert_true(truth.inuse_space > 10000 * rate); /* so that 5% is five times the error to be expected */
    assert_near(seen.alloc_space, truth.alloc_space, 0.05);
    assert_near(seen.inuse_space, truth.inuse_space, 0.05);
    assert_near(seen.alloc_objects, truth.alloc_objects, 0.2); /* most are small, and few samples */
    assert_near(seen.inuse_objects, truth.inuse_objects, 0.2);
}

/* A pair of malloc and free that finds its block in the cache each time, for each size class. */
static void test_pairs_are_sampled(void **state) {
    (void)state;
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; i += 9) {
        const size_t size = swiss_class_size[i], rate = 200 * size, pairs = 400000;
        begin(rate);
        for (size_t n = 0; n < pairs; ++n)
            swiss_heap_free(NULL, swiss_heap_alloc(NULL, size));
        sums all = get_sums();
        assert_near(all.alloc_objects, pairs, 0.12); /* of 2,000 samples, by chance: 5.3 times what is to be expected */
        assert_int_equal(all.inuse_samples, 0);
    }
}

/* Sampling changes no other number, and with sampling off nothing is sampled. */
static void test_statistics_are_exact(void **state) {
    (void)state;
    enum { BLOCKS = 40000 };
    static void *blocks[BLOCKS];
    const size_t rates[] = {0, 1, 100, 5000, SWISS_PROFILE_RATE};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; ++r) {
        begin(rates[r]);
        swiss_heap_stats before, full, after;
        swiss_heap_get_stats(NULL, &before);
        for (size_t i = 0; i < BLOCKS; ++i)
            blocks[i] = allocate_here(NULL, i % 700 ? 10 + i % 900 : 40000);
        swiss_heap_get_stats(NULL, &full);
        for (size_t i = 0; i < BLOCKS; ++i)
            swiss_heap_free(NULL, blocks[i]);
        swiss_heap_get_stats(NULL, &after);
        assert_int_equal(full.mallocs - before.mallocs, BLOCKS);
        assert_int_equal(full.frees, before.frees);
        assert_int_equal(after.mallocs, full.mallocs);
        assert_int_equal(after.frees - before.frees, BLOCKS);
        assert_int_equal(after.in_use_bytes, before.in_use_bytes);
        for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
            assert_int_equal(after.classes[i].mallocs - before.classes[i].mallocs,
                             after.classes[i].frees - before.classes[i].frees);
        sums all = get_sums();
        assert_int_equal(all.inuse_samples, 0);
        assert_int_equal(all.alloc_samples == 0, rates[r] == 0);
        if (rates[r] == 1)
            assert_int_equal(all.alloc_samples, BLOCKS);
    }
}

/* More allocations than the word of a stack counts by itself: 2^32 would take too long, so it begins a bit before. */
static void test_counts_do_not_overflow(void **state) {
    (void)state;
    begin(0);
    for (int i = 0; i < 2; ++i) /* the first hears of the new rate */
        swiss_heap_free(NULL, allocate_here(NULL, 48));
    swiss_cache *cache = swiss_thread_mine.cache;
    const unsigned size_class = swiss_class_of(48);
    swiss_stack *stack = &cache->stacks[size_class];
    uint64_t counts = stack->counts, made = swiss_cache_made(cache, size_class, counts);
    const uint64_t more = UINT32_MAX - 20000 - made;
    cache->made[size_class] += more;
    stack->counts += more * SWISS_STACK_MADE;
    made += more;
    for (uint64_t i = 0; i < 100000; ++i) {
        assert_int_equal(swiss_cache_made(cache, size_class, stack->counts), made + i);
        swiss_heap_free(NULL, swiss_heap_alloc(NULL, 48));
    }
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    assert_true(stats.classes[size_class].mallocs >= made + 100000);
    assert_int_equal(stats.classes[size_class].mallocs, stats.classes[size_class].frees);
}

static uint64_t inuse_space(void) {
    return get_sums().inuse_space;
}

/* Tracking knows each block and its size, whichever way it is allocated, resized and freed. */
static void test_tracking_is_exact(void **state) {
    (void)state;
    const size_t sizes[] = {0, 1, 8, 100, 1000, 5000, 32768, 32769, 100000, 3 << 20, (size_t)65 << 20};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        const size_t size = sizes[s];
        begin(0);
        swiss_heap_track(true);
        void *plain = allocate_here(NULL, size), *zeroed = allocate_there(NULL, size);
        void *aligned = swiss_heap_alloc_aligned(NULL, size, 256);
        void *resized = swiss_heap_resize(NULL, NULL, size);
        assert_int_equal(live_samples(), 4);
        assert_int_equal(inuse_space(), 4 * size);
        resized = swiss_heap_resize(NULL, resized, size + 1); /* in place, or not */
        assert_int_equal(live_samples(), 4);
        assert_int_equal(inuse_space(), 4 * size + 1);
        resized = swiss_heap_resize(NULL, resized, size * 3 + 200);
        assert_int_equal(inuse_space(), 6 * size + 200);
        swiss_heap_free(NULL, plain);
        assert_int_equal(inuse_space(), 5 * size + 200);
        swiss_heap_free_sized(NULL, zeroed, size);
        swiss_heap_free(swiss_heap_default(), aligned);
        assert_int_equal(live_samples(), 1);
        swiss_heap_free(NULL, swiss_heap_resize(NULL, resized, size / 2));
        assert_int_equal(live_samples(), 0);
        assert_int_equal(inuse_space(), 0);
        swiss_heap_track(false);
        swiss_heap_free(NULL, allocate_here(NULL, size));
        assert_int_equal(live_samples(), 0);
    }
}

/* The frames of sites begin in the function that called the heap. */
static void note_first(void *argument, const swiss_profile_site *site) {
    const void **firsts = argument;
    while (*firsts)
        ++firsts;
    *firsts = site->frames[0];
    assert_true(site->frame_count > 2);
}

static void test_sites_are_call_stacks(void **state) {
    (void)state;
    begin(1);
    void *blocks[100];
    for (int i = 0; i < 100; ++i)
        blocks[i] = i % 2 ? allocate_here(NULL, 8) : allocate_there(NULL, 40000);
    sums all = get_sums();
    assert_int_equal(all.sites, 2);
    const void *firsts[3] = {NULL};
    swiss_profile_walk(note_first, firsts);
    const uintptr_t here = (uintptr_t)allocate_here, there = (uintptr_t)allocate_there;
    assert_true((uintptr_t)firsts[0] - there < 200);
    assert_true((uintptr_t)firsts[1] - here < 200);
    for (int i = 0; i < 100; ++i)
        swiss_heap_free(NULL, blocks[i]);
    all = get_sums();
    assert_int_equal(all.sites, 2);
    assert_int_equal(all.alloc_objects, 100);
    assert_int_equal(all.inuse_objects, 0);
}

/* Recursion deeper than there are frames for. */
static SWISS_NOINLINE void *allocate_deep(unsigned depth) {
    void *block = depth ? allocate_deep(depth - 1) : swiss_heap_alloc(NULL, 8);
    __asm__ volatile("" ::"r"(block));
    return block;
}

static void note_most(void *argument, const swiss_profile_site *site) {
    unsigned *most = argument;
    *most = site->frame_count > *most ? site->frame_count : *most;
}

static void test_deep_stacks_are_cut_off(void **state) {
    (void)state;
    begin(1);
    void *shallow = allocate_deep(20), *deep = allocate_deep(200);
    unsigned most = 0;
    swiss_profile_walk(note_most, &most);
    assert_int_equal(most, SWISS_PROFILE_FRAMES);
    swiss_heap_free(NULL, shallow);
    swiss_heap_free(NULL, deep);
}

/* Twelve functions with frames of one size, at one depth: their stacks differ in the return addresses only. Each is
 * seen again and again, so that most are recalled and not walked up. */
#define ALLOCATE_AT(number)                                                                                            \
    static SWISS_NOINLINE void *allocate_at_##number(void) {                                                           \
        void *block = swiss_heap_alloc(NULL, 10 + number);                                                             \
        __asm__ volatile("" ::"r"(block));                                                                             \
        return block;                                                                                                  \
    }
ALLOCATE_AT(0)
ALLOCATE_AT(1)
ALLOCATE_AT(2)
ALLOCATE_AT(3)
ALLOCATE_AT(4)
ALLOCATE_AT(5)
ALLOCATE_AT(6)
ALLOCATE_AT(7)
ALLOCATE_AT(8)
ALLOCATE_AT(9)
ALLOCATE_AT(10)
ALLOCATE_AT(11)

enum { PLACES = 12, ROUNDS = 50 };

static void *(*const places[PLACES])(void) = {allocate_at_0, allocate_at_1, allocate_at_2,  allocate_at_3,
                                              allocate_at_4, allocate_at_5, allocate_at_6,  allocate_at_7,
                                              allocate_at_8, allocate_at_9, allocate_at_10, allocate_at_11};

/* Calls one of them from some depth, out of line. */
static SWISS_NOINLINE void *call_from(unsigned depth, size_t place) {
    void *block = depth ? call_from(depth - 1, place) : places[place]();
    __asm__ volatile("" ::"r"(block));
    return block;
}

static void check_place(void *argument, const swiss_profile_site *site) {
    size_t *seen = argument;
    assert_int_equal(site->alloc_objects, ROUNDS);
    const size_t place = (size_t)site->alloc_space / ROUNDS - 10;
    assert_true(place < PLACES);
    assert_true((uintptr_t)site->frames[0] - (uintptr_t)places[place] < 200);
    ++seen[place];
}

static void test_stacks_that_differ_little(void **state) {
    (void)state;
    begin(1);
    for (size_t pass = 0; pass < ROUNDS; ++pass)
        for (unsigned depth = 0; depth < 5; ++depth)
            for (size_t place = 0; place < PLACES; ++place)
                swiss_heap_free(NULL, call_from(depth, (place * 5 + pass) % PLACES));
    size_t seen[PLACES] = {0};
    swiss_profile_walk(check_place, seen);
    for (size_t place = 0; place < PLACES; ++place)
        assert_int_equal(seen[place], 5);
    begin(0);
}

#if defined(__x86_64__) && defined(__linux__)

/* A function of which nothing is known to an unwinder, and that has no frame pointer. */
void *call_unknown(void *(*function)(void));
__asm__(".text\n.globl call_unknown\n.type call_unknown, @function\ncall_unknown:\n"
        "subq $1032, %rsp\ncall *%rdi\naddq $1032, %rsp\nret\n.size call_unknown, .-call_unknown\n"
        ".section .note.GNU-stack,\"\",@progbits\n.text\n");

static void note_site(void *argument, const swiss_profile_site *site) {
    swiss_profile_site *last = argument;
    *last = *site;
    assert_true((uintptr_t)site->frames[0] - (uintptr_t)allocate_at_3 < 200);
}

/* As much as is known of such a stack: at least the function that allocates. */
static void test_stacks_that_cannot_be_walked(void **state) {
    (void)state;
    begin(1);
    for (int i = 0; i < 10; ++i)
        swiss_heap_free(NULL, call_unknown(allocate_at_3));
    swiss_profile_site last = {0};
    swiss_profile_walk(note_site, &last);
    assert_int_equal(last.alloc_objects, 10);
    assert_true(last.frame_count <= 2);
    begin(0);
}

#else

static void test_stacks_that_cannot_be_walked(void **state) {
    (void)state;
    skip();
}

#endif

/* Heaps of one's own are sampled alike; what such a heap still has goes with it. */
static void test_heaps_of_ones_own(void **state) {
    (void)state;
    enum { BLOCKS = 20000 };
    static void *blocks[BLOCKS];
    begin(10000);
    swiss_heap *heap = swiss_heap_create();
    uint64_t bytes = 0;
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = allocate_here(heap, i % 100 ? 10 + i % 2000 : 50000);
        bytes += i % 100 ? 10 + i % 2000 : 50000;
    }
    assert_near(inuse_space(), bytes, 0.1);
    for (size_t i = 0; i < BLOCKS; i += 2)
        swiss_heap_free(heap, blocks[i]);
    assert_true(live_samples() > 0);
    swiss_heap_destroy(heap);
    assert_int_equal(live_samples(), 0);
    assert_int_equal(inuse_space(), 0);
    begin(0);
    swiss_heap_track(true);
    heap = swiss_heap_create();
    void *block = allocate_here(heap, 5);
    assert_int_equal(inuse_space(), 5);
    block = swiss_heap_resize(heap, block, 7000);
    assert_int_equal(inuse_space(), 7000);
    swiss_heap_free(heap, block);
    assert_int_equal(inuse_space(), 0);
    (void)allocate_there(heap, 100000);
    swiss_heap_destroy(heap);
    assert_int_equal(live_samples(), 0);
}

/* A change of the rate leaves what was sampled as it is. */
static void test_rates_change(void **state) {
    (void)state;
    enum { BLOCKS = 200000 };
    static void *blocks[BLOCKS];
    const size_t rates[] = {20000, 0, 3000, 1, 100000};
    uint64_t objects = 0;
    begin(0);
    for (size_t i = 0; i < BLOCKS; ++i) {
        size_t rate = rates[i / (BLOCKS / 5)];
        if (i % (BLOCKS / 5) == 0)
            swiss_profile_start(rate);
        blocks[i] = allocate_here(NULL, 200);
        objects += rate != 0;
    }
    assert_near(get_sums().inuse_objects, objects, 0.2);
    swiss_profile_stop();
    for (size_t i = 0; i < BLOCKS; ++i)
        swiss_heap_free(NULL, blocks[i]);
    assert_int_equal(live_samples(), 0);
}

/* Blocks whose records are forgotten are like others. */
static void test_records_are_forgotten(void **state) {
    (void)state;
    begin(1);
    void *small = allocate_here(NULL, 100), *large = allocate_here(NULL, 100000);
    swiss_profile_reset();
    swiss_profile_totals totals;
    swiss_profile_get_totals(&totals);
    assert_int_equal(totals.bytes, 0);
    assert_int_equal(totals.rate, 1);
    assert_int_equal(totals.sites + totals.live + (size_t)totals.taken, 0);
    swiss_heap_stats before, after;
    swiss_heap_get_stats(NULL, &before);
    swiss_heap_free(NULL, small);
    large = swiss_heap_resize(NULL, large, 200000);
    assert_int_equal(live_samples(), 1);
    swiss_heap_free(NULL, large);
    swiss_heap_get_stats(NULL, &after);
    assert_int_equal(after.mallocs - after.frees + 2, before.mallocs - before.frees);
    begin(0);
}

/* Threads --------------------------------------------------------------------------------------------------------- */

enum { HANDED = 5000 };
static void *handed[HANDED];

static void *free_handed(void *argument) {
    for (size_t i = 0; i < HANDED; ++i)
        swiss_heap_free(NULL, handed[i]);
    return argument;
}

static void run_thread(void *(*function)(void *), void *argument) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, function, argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_another_thread_frees(void **state) {
    (void)state;
    for (size_t rate = 1; rate <= 1000; rate += 999) {
        begin(rate);
        for (size_t i = 0; i < HANDED; ++i)
            handed[i] = allocate_here(NULL, 20 + i % 300);
        assert_true(live_samples() > 0);
        run_thread(free_handed, NULL);
        assert_int_equal(live_samples(), 0);
    }
    begin(0);
}

static void *allocate_handed(void *argument) {
    for (size_t i = 0; i < HANDED; ++i)
        handed[i] = allocate_there(NULL, 20 + i % 300);
    return argument;
}

/* Blocks outlive the thread that allocated them, and so do their records. */
static void test_a_thread_ends(void **state) {
    (void)state;
    begin(1);
    run_thread(allocate_handed, NULL);
    uint64_t bytes = 0;
    for (size_t i = 0; i < HANDED; ++i)
        bytes += 20 + i % 300;
    assert_int_equal(inuse_space(), bytes);
    swiss_heap_trim(NULL);
    (void)free_handed(NULL);
    assert_int_equal(live_samples(), 0);
    begin(0);
}

static atomic_bool over;
static atomic_uint rounds;

static void *churn(void *argument) {
    enum { KEPT = 500 };
    void *kept[KEPT] = {NULL};
    uint64_t random = (uintptr_t)argument;
    while (!atomic_load(&over)) {
        for (int i = 0; i < 2000; ++i) {
            size_t which = random_below(&random, KEPT);
            if (random_below(&random, 4)) {
                swiss_heap_free(NULL, kept[which]);
                kept[which] = allocate_here(NULL, random_below(&random, 100) ? random_below(&random, 600) : 40000);
            } else if (kept[which]) {
                kept[which] = swiss_heap_resize(NULL, kept[which], 1 + random_below(&random, 600));
            }
        }
        atomic_fetch_add(&rounds, 1);
    }
    for (size_t i = 0; i < KEPT; ++i)
        swiss_heap_free(NULL, kept[i]);
    return NULL;
}

/* Sampling begins, changes and ends, is read and reset while threads go on. */
static void test_rates_change_while_threads_allocate(void **state) {
    (void)state;
    enum { THREADS = 2, CHANGES = 60 };
    pthread_t threads[THREADS];
    begin(0);
    atomic_store(&over, false);
    for (uintptr_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
    const size_t rates[] = {1, 0, 100, 10000};
    for (unsigned i = 0; i < CHANGES; ++i) {
        swiss_profile_start(rates[i % 4]);
        swiss_heap_track(i % 5 == 0);
        if (i % 7 == 0)
            swiss_profile_reset();
        if (i % 9 == 0)
            swiss_heap_trim(NULL);
        unsigned now = atomic_load(&rounds);
        while (atomic_load(&rounds) - now < 2) {
            sums all = {0};
            swiss_profile_walk(add_site, &all);
            swiss_profile_walk_live(add_live, &all);
        }
    }
    atomic_store(&over, true);
    for (int i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    begin(0);
    swiss_heap_stats stats;
    swiss_heap_trim(NULL);
    swiss_heap_get_stats(NULL, &stats);
    assert_true(stats.mallocs >= stats.frees);
}

/* A thread that finds all blocks in its cache, and never calls anything else, follows at once. */
static atomic_uint step;

static void *pair_until_told(void *argument) {
    while (atomic_load(&step) < 2) {
        swiss_heap_free(NULL, swiss_heap_alloc(NULL, 32768));
        if (atomic_load(&step) == 1) {
            swiss_heap_free(NULL, swiss_heap_alloc(NULL, 32768)); /* hears of it */
            for (int i = 0; i < 10; ++i)
                swiss_heap_free(NULL, swiss_heap_alloc(NULL, 32768));
            atomic_store(&step, 2);
        }
        atomic_fetch_add(&rounds, 1);
    }
    return argument;
}

static void test_busy_threads_follow_at_once(void **state) {
    (void)state;
    begin(0);
    atomic_store(&step, 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, pair_until_told, NULL), 0);
    unsigned now = atomic_load(&rounds);
    while (atomic_load(&rounds) - now < 10) {
    }
    swiss_heap_track(true);
    atomic_store(&step, 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(get_sums().alloc_objects >= 10);
    begin(0);
}

/* A thread that was told of a new rate amid a call, and whose cache another wants to take meanwhile, is still told. */
static void *trim(void *argument) {
    swiss_heap_trim(NULL);
    return argument;
}

static void test_a_busy_thread_is_told_later(void **state) {
    (void)state;
    begin(0);
    swiss_heap_free(NULL, allocate_here(NULL, 100));
    assert_non_null(swiss_cache_enter());
    swiss_heap_track(true);
    run_thread(trim, NULL);
    assert_true(swiss_cache_is_revoked());
    swiss_cache_leave();
    void *block = allocate_here(NULL, 100);
    assert_false(swiss_cache_is_revoked());
    assert_int_equal(live_samples(), 1);
    swiss_heap_free(NULL, block);
    begin(0);
}

/* Processes and signals ------------------------------------------------------------------------------------------- */

static void test_fork(void **state) {
    (void)state;
    begin(1);
    pthread_t thread;
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&thread, NULL, churn, (void *)(uintptr_t)9), 0);
    void *mine = allocate_here(NULL, 123);
    for (int i = 0; i < 10; ++i) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (!child) {
            size_t live = live_samples();
            void *block = swiss_heap_alloc(NULL, 1000);
            bool right = live_samples() == live + 1;
            swiss_heap_free(NULL, block);
            swiss_heap_free(NULL, mine);
            right = right && live_samples() == live - 1;
            _exit(right ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    atomic_store(&over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    swiss_heap_free(NULL, mine);
    assert_int_equal(live_samples(), 0);
    begin(0);
}

/* A signal handler that allocates while the thread takes a sample: that is no sample, and nothing waits for itself. The
 * listener stands in for the moment. */
static unsigned told_taken, told_freed;
static void *listened;

static void listen(const swiss_profile_event *event) {
    const void *frames[SWISS_PROFILE_FRAMES];
    assert_true(swiss_profile_frames(event->site, frames) > 0);
    assert_int_equal(event->size, 77);
    assert_true(event->weight == SWISS_WEIGHT_ONE);
    if (event->freed) {
        ++told_freed;
        assert_true(event->freed >= event->born);
    } else {
        ++told_taken;
        listened = swiss_heap_alloc(NULL, 10);
    }
}

static void test_the_listener_is_told(void **state) {
    (void)state;
    begin(1);
    swiss_profile_listen = listen;
    void *block = allocate_here(NULL, 77);
    assert_int_equal(told_taken, 1);
    assert_int_equal(live_samples(), 1);
    swiss_profile_totals totals;
    swiss_profile_get_totals(&totals);
    assert_int_equal(totals.dropped, 1);
    swiss_heap_free(NULL, block);
    assert_int_equal(told_freed, 1);
    swiss_profile_listen = NULL;
    swiss_heap_free(NULL, listened);
    begin(0);
}

static void *kept_by_handler;

static void on_signal(int number) {
    (void)number;
    void *block = swiss_heap_alloc(NULL, 100000);
    swiss_heap_free(NULL, kept_by_handler);
    kept_by_handler = block;
}

static void *hold_samples(void *argument) {
    swiss_samples_lock();
    atomic_store(&step, 1);
    while (atomic_load(&step) != 2) {
    }
    swiss_samples_unlock();
    return argument;
}

/* The same while it holds the lock of the samples: a record whose block the handler frees is left behind, and goes when
 * the address is sampled again. */
static void test_a_signal_while_the_lock_is_held(void **state) {
    (void)state;
    begin(1);
    kept_by_handler = allocate_here(NULL, 100000);
    void *old = kept_by_handler;
    (void)signal(SIGUSR1, on_signal);
    atomic_store(&step, 0);
    pthread_t thread; /* holds the lock for this one, so that a wait for it would never end */
    assert_int_equal(pthread_create(&thread, NULL, hold_samples, NULL), 0);
    while (atomic_load(&step) != 1) {
    }
    swiss_thread_mine.sampling = 2;
    assert_int_equal(raise(SIGUSR1), 0);
    swiss_thread_mine.sampling = 0;
    atomic_store(&step, 2);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(live_samples(), 1); /* left behind */
    swiss_heap_free(NULL, kept_by_handler);
    void *again = allocate_here(NULL, 100000);
    for (int i = 0; i < 3 && again != old; ++i)
        again = allocate_here(NULL, 100000);
    assert_ptr_equal(again, old);
    swiss_heap_free(NULL, again);
    begin(0);
}

int main(void) {
    if (swiss_options_hardened())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_are_unbiased),
        cmocka_unit_test(test_pairs_are_sampled),
        cmocka_unit_test(test_statistics_are_exact),
        cmocka_unit_test(test_counts_do_not_overflow),
        cmocka_unit_test(test_tracking_is_exact),
        cmocka_unit_test(test_sites_are_call_stacks),
        cmocka_unit_test(test_deep_stacks_are_cut_off),
        cmocka_unit_test(test_stacks_that_differ_little),
        cmocka_unit_test(test_stacks_that_cannot_be_walked),
        cmocka_unit_test(test_heaps_of_ones_own),
        cmocka_unit_test(test_rates_change),
        cmocka_unit_test(test_records_are_forgotten),
        cmocka_unit_test(test_another_thread_frees),
        cmocka_unit_test(test_a_thread_ends),
        cmocka_unit_test(test_rates_change_while_threads_allocate),
        cmocka_unit_test(test_busy_threads_follow_at_once),
        cmocka_unit_test(test_a_busy_thread_is_told_later),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_the_listener_is_told),
        cmocka_unit_test(test_a_signal_while_the_lock_is_held),
    };
    return RUN_TESTS(tests);
}
