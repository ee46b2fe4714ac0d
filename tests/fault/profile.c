/* The system refuses the memory of samples, at every call in turn: the allocation is met, the sample is dropped and
 * counted, and the sums are those of the samples that are there. */
#include "tests/support.h"
#include "swiss/heap_stats.h"
#include "swiss/profile.h"
#include "swiss/heap/options.h"
#include "swiss/os/os.h"

enum { BLOCKS = 4000, DEPTHS = 40 };
static void *blocks[BLOCKS];
static uint64_t bytes;
static long calls, refuse_at;
static bool once;

static bool refuse(void) {
    long call = calls++;
    return once ? call == refuse_at : call >= refuse_at;
}

/* Many stacks, so that sites need memory, too. */
static SWISS_NOINLINE void *allocate(unsigned depth, size_t size) {
    void *block = depth ? allocate(depth - 1, size) : swiss_heap_alloc(NULL, size);
    __asm__ volatile("" ::"r"(block));
    return block;
}

static void add_live(void *argument, const swiss_profile_live *live) {
    (void)argument;
    bytes += live->size;
}

static void add_site(void *argument, const swiss_profile_site *site) {
    uint64_t *inuse = argument;
    *inuse += site->inuse_space;
}

static swiss_profile_totals get_totals(void) {
    swiss_profile_totals totals;
    swiss_profile_get_totals(&totals);
    return totals;
}

static void free_all(void) {
    for (size_t i = 0; i < BLOCKS; ++i)
        swiss_heap_free(NULL, blocks[i]);
}

/* Allocates all blocks. The heap has memory for them from before, so that only samples ask for more. */
static void fill(void) {
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = allocate((unsigned)(i % DEPTHS), 48);
        assert_non_null(blocks[i]);
    }
}

static void test_samples_are_dropped(void **state) {
    (void)state;
    if (swiss_options_hardened())
        skip(); /* hardening has records of its own, and no cache keeps memory for blocks */
    swiss_heap_set_scavenging(NULL, 0);
    fill();
    free_all();
    swiss_heap_stats before, after;
    swiss_heap_get_stats(NULL, &before);
    for (int policy = 0; policy < 2; ++policy) {
        bool any = true;
        size_t dropped = 0;
        for (refuse_at = 0; any; ++refuse_at) {
            once = policy;
            calls = 0;
            swiss_profile_reset();
            swiss_os_refuse = refuse;
            swiss_heap_track(true);
            fill();
            swiss_os_refuse = NULL;
            swiss_profile_totals totals = get_totals();
            assert_int_equal(totals.taken + totals.dropped, BLOCKS);
            assert_int_equal(totals.live, totals.taken);
            any = calls > refuse_at;
            dropped += totals.dropped != 0;
            assert_true(any || !totals.dropped);
            uint64_t inuse = 0;
            bytes = 0;
            swiss_profile_walk(add_site, &inuse);
            swiss_profile_walk_live(add_live, NULL);
            assert_int_equal(inuse, totals.live * 48);
            assert_int_equal(bytes, inuse);
            free_all();
            assert_int_equal(get_totals().live, 0);
            swiss_heap_track(false);
        }
        assert_true(refuse_at > 5 && dropped > 5);
    }
    swiss_heap_get_stats(NULL, &after);
    assert_int_equal(after.mallocs - after.frees, before.mallocs - before.frees);
    swiss_profile_reset();
    assert_int_equal(get_totals().bytes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples_are_dropped)};
    return RUN_TESTS(tests);
}
