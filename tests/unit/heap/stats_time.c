/* What statistics say of the time since the program began: bytes allocated and freed, peaks, what went back to the
 * system, and what limits have done. Each heap here has a page heap of its own, so that all numbers are known. */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#    define _POSIX_C_SOURCE 200809L
#endif
#include "tests/support.h"
#include <time.h>
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define SEGMENT (64 * MIB)
#define PAGE (8 * KIB)

#define PRIVATE_HEAP(name)                                                                                             \
    static swiss_spans name##_pages = SWISS_SPANS_INITIALIZER;                                                         \
    static swiss_heap name = SWISS_HEAP_INITIALIZER(&name##_pages)

static swiss_heap_stats stats_of(const swiss_heap *heap) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(heap, &stats);
    assert_true(stats.allocated_bytes - stats.freed_bytes == stats.in_use_bytes);
    assert_true(stats.span_bytes <= stats.peak_span_bytes);
    assert_true(stats.span_bytes + stats.idle_bytes <= stats.peak_memory_bytes);
    return stats;
}

static void check_bytes(const swiss_heap *heap, size_t allocated, size_t freed) {
    swiss_heap_stats stats = stats_of(heap);
    assert_int_equal(stats.allocated_bytes, allocated);
    assert_int_equal(stats.freed_bytes, freed);
}

/* A small block counts with the size of its class, a large one with its pages, or those of its
 * class: 26 where 25 were asked for. */
static void test_bytes(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    check_bytes(&heap, 0, 0);
    void *small = swiss_heap_alloc(&heap, 100), *other = swiss_heap_alloc(&heap, 5);
    check_bytes(&heap, 112 + 8, 0);
    swiss_heap_free(&heap, small);
    check_bytes(&heap, 120, 112);
    small = swiss_heap_alloc(&heap, 112);
    check_bytes(&heap, 232, 112);
    char *large = swiss_heap_alloc(&heap, 100000);
    check_bytes(&heap, 232 + 13 * PAGE, 112);
    assert_ptr_equal(swiss_heap_resize(&heap, large, 200000), large); /* in place: nothing is behind it */
    check_bytes(&heap, 232 + 26 * PAGE, 112);
    assert_ptr_equal(swiss_heap_resize(&heap, large, 100001), large);
    check_bytes(&heap, 232 + 26 * PAGE, 112 + 13 * PAGE);
    swiss_heap_stats stats = stats_of(&heap);
    assert_int_equal(stats.mallocs, 4);
    assert_int_equal(stats.frees, 1);
    char *moved = swiss_heap_resize(&heap, other, 1000);
    assert_ptr_not_equal(moved, other);
    check_bytes(&heap, 232 + 26 * PAGE + 1024, 120 + 13 * PAGE);
    swiss_heap_free(&heap, large);
    swiss_heap_free(&heap, small);
    swiss_heap_free(&heap, moved);
    check_bytes(&heap, 232 + 26 * PAGE + 1024, 232 + 26 * PAGE + 1024);
    char *huge = swiss_heap_alloc(&heap, SEGMENT + 3 * PAGE);
    check_bytes(&heap, 1256 + 29 * PAGE + SEGMENT, 1256 + 26 * PAGE);
    assert_ptr_equal(swiss_heap_resize(&heap, huge, SEGMENT + 9 * PAGE), huge);
    check_bytes(&heap, 1256 + 35 * PAGE + SEGMENT, 1256 + 26 * PAGE);
    swiss_heap_free(&heap, huge);
    check_bytes(&heap, 1256 + 35 * PAGE + SEGMENT, 1256 + 35 * PAGE + SEGMENT);
    assert_null(swiss_heap_alloc(&heap, SIZE_MAX / 2));
    check_bytes(&heap, 1256 + 35 * PAGE + SEGMENT, 1256 + 35 * PAGE + SEGMENT);
    swiss_heap_trim(&heap);
}

/* Peaks stay when memory is freed, and when it goes back. What is idle counts in one of them only. */
static void test_peaks(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    assert_int_equal(stats_of(&heap).peak_span_bytes + stats_of(&heap).peak_memory_bytes, 0);
    char *first = swiss_heap_alloc(&heap, 10 * MIB);
    assert_int_equal(stats_of(&heap).peak_span_bytes, 10 * MIB);
    assert_int_equal(stats_of(&heap).peak_memory_bytes, 10 * MIB);
    char *small = swiss_heap_alloc(&heap, 8);
    swiss_heap_free(&heap, first);
    assert_int_equal(stats_of(&heap).peak_span_bytes, 10 * MIB + PAGE);
    char *longer = swiss_heap_alloc(&heap, 11 * MIB); /* begins with a huge page, if there are any: a gap is idle */
    swiss_heap_stats stats = stats_of(&heap);
    assert_int_equal(stats.peak_span_bytes, 11 * MIB + PAGE);
    assert_int_equal(stats.peak_memory_bytes, stats.span_bytes + stats.idle_bytes);
    const size_t most = stats.peak_memory_bytes;
    assert_non_null(swiss_heap_resize(&heap, longer, 12 * MIB));
    stats = stats_of(&heap);
    assert_int_equal(stats.peak_span_bytes, 12 * MIB + PAGE);
    assert_int_equal(stats.peak_memory_bytes, most + MIB);
    swiss_heap_free(&heap, longer);
    swiss_heap_free(&heap, small);
    swiss_heap_trim(&heap);
    stats = stats_of(&heap);
    assert_int_equal(stats.peak_span_bytes, 12 * MIB + PAGE);
    assert_int_equal(stats.peak_memory_bytes, most + MIB);
    char *huge = swiss_heap_alloc(&heap, SEGMENT + PAGE);
    swiss_heap_free(&heap, huge); /* kept for the next one */
    stats = stats_of(&heap);
    assert_int_equal(stats.peak_span_bytes, SEGMENT + PAGE);
    assert_int_equal(stats.peak_memory_bytes, SEGMENT + PAGE + stats.idle_bytes - (SEGMENT + PAGE));
    swiss_heap_trim(&heap);
}

/* A heap of the program's own has its peaks, and nothing of what all heaps have in common. */
static void test_own_heaps(void **state) {
    (void)state;
    swiss_heap *one = swiss_heap_create(), *other = swiss_heap_create();
    char *block = swiss_heap_alloc(one, 5 * MIB);
    swiss_heap_free(one, block);
    char *small = swiss_heap_alloc(one, 30), *more = swiss_heap_alloc(other, 200000);
    (void)swiss_heap_trim(NULL);
    swiss_heap_stats stats = stats_of(one);
    assert_int_equal(stats.peak_span_bytes, 5 * MIB);
    assert_int_equal(stats.peak_memory_bytes, 5 * MIB);
    assert_int_equal(stats.allocated_bytes, 5 * MIB + 32);
    assert_int_equal(stats.given_back_bytes + stats.scavenges + stats.last_scavenge, 0);
    assert_int_equal(stats_of(other).peak_span_bytes, 25 * PAGE);
    assert_true(stats_of(NULL).peak_memory_bytes >= 5 * MIB);
    swiss_heap_free(one, small);
    swiss_heap_free(other, more);
    swiss_heap_destroy(one);
    swiss_heap_destroy(other);
    stats = stats_of(NULL);
    assert_true(!GIVES_BACK ||
                stats.given_back_bytes >= 4 * MIB); /* of the first block, less what other blocks have taken */
}

/* What goes back on request, when a huge block ends, and when one shrinks. */
static void test_given_back(void **state) {
    (void)state;
    if (!GIVES_BACK)
        skip();
    PRIVATE_HEAP(heap);
    swiss_heap_set_scavenging(&heap, 0);
    char *block = swiss_heap_alloc(&heap, MIB), *other = swiss_heap_alloc(&heap, 8);
    swiss_heap_free(&heap, block);
    assert_int_equal(stats_of(&heap).given_back_bytes, 0);
    assert_true(swiss_heap_trim(&heap) >= MIB);
    assert_int_equal(stats_of(&heap).given_back_bytes, MIB);
    (void)swiss_heap_trim(&heap); /* has nothing more to give */
    assert_int_equal(stats_of(&heap).given_back_bytes, MIB);
    char *first = swiss_heap_alloc(&heap, SEGMENT + 4 * PAGE), *last = swiss_heap_alloc(&heap, 2 * SEGMENT + PAGE);
    assert_ptr_equal(swiss_heap_resize(&heap, first, SEGMENT + PAGE), first);
    assert_int_equal(stats_of(&heap).given_back_bytes, MIB + 3 * PAGE);
    swiss_heap_free(&heap, first); /* not the last that was made: it goes at once */
    assert_int_equal(stats_of(&heap).given_back_bytes, MIB + 4 * PAGE + SEGMENT);
    swiss_heap_free(&heap, last);
    swiss_heap_stats stats = stats_of(&heap);
    size_t given = MIB + 4 * PAGE + SEGMENT; /* the last one is kept, if it was freed within a second */
    assert_true(stats.given_back_bytes == given || stats.given_back_bytes == given + 2 * SEGMENT + PAGE);
    (void)swiss_heap_trim(&heap);
    stats = stats_of(&heap);
    assert_int_equal(stats.given_back_bytes, given + 2 * SEGMENT + PAGE);
    given = (size_t)stats.given_back_bytes;
    swiss_heap_free(&heap, swiss_heap_alloc(&heap, SEGMENT + PAGE)); /* kept, but not for a longer one */
    last = swiss_heap_alloc(&heap, 3 * SEGMENT);
    stats = stats_of(&heap);
    assert_int_equal(stats.given_back_bytes, given + SEGMENT + PAGE);
    assert_int_equal(stats.scavenges, 0);
    assert_int_equal(stats.last_scavenge, 0);
    swiss_heap_free(&heap, last);
    (void)swiss_heap_trim(&heap);
    swiss_heap_free(&heap, other);
}

/* Scavenging counts when it has given something. */
static void test_scavenging(void **state) {
    (void)state;
    if (!GIVES_BACK)
        skip();
    PRIVATE_HEAP(heap);
    swiss_heap_set_scavenging(&heap, 1);
    time_t began = time(NULL);
    char *block = swiss_heap_alloc(&heap, 20 * MIB);
    assert_int_equal(stats_of(&heap).scavenges, 0);
    swiss_heap_free(&heap, block);
    for (int i = 0; i < 1000 && !stats_of(&heap).scavenges; ++i) {
        nanosleep(&(struct timespec){0, 2000000}, NULL);
        swiss_heap_free(&heap, swiss_heap_alloc(&heap, 40000)); /* has it look at the clock */
    }
    swiss_heap_stats stats = stats_of(&heap);
    assert_true(stats.scavenges >= 1 && stats.scavenges <= 20);
    assert_true(stats.given_back_bytes > 10 * MIB && stats.given_back_bytes <= 21 * MIB);
    assert_true(stats.last_scavenge + 2 >= (uint64_t)began && stats.last_scavenge <= (uint64_t)time(NULL) + 2);
    for (int i = 0; i < 5; ++i) { /* there is nothing more to give */
        nanosleep(&(struct timespec){0, 2000000}, NULL);
        swiss_heap_free(&heap, swiss_heap_alloc(&heap, 40000));
    }
    assert_int_equal(stats_of(&heap).scavenges, stats.scavenges);
    swiss_heap_set_scavenging(&heap, 0);
}

static void test_limits(void **state) {
    (void)state;
    PRIVATE_HEAP(heap);
    swiss_heap_set_scavenging(&heap, 0);
    swiss_heap_stats stats = stats_of(&heap);
    assert_int_equal(stats.soft_limit_bytes + stats.hard_limit_bytes, 0);
    swiss_heap_set_limits(&heap, 4 * MIB, 10 * MIB);
    char *first = swiss_heap_alloc(&heap, 3 * MIB);
    stats = stats_of(&heap);
    assert_int_equal(stats.soft_limit_bytes, 4 * MIB);
    assert_int_equal(stats.hard_limit_bytes, 10 * MIB);
    assert_int_equal(stats.soft_limit_hits + stats.hard_limit_hits, 0);
    char *second = swiss_heap_alloc(&heap, 2 * MIB); /* beyond the soft limit, with nothing to give back */
    assert_int_equal(stats_of(&heap).soft_limit_hits, 1);
    assert_int_equal(stats_of(&heap).given_back_bytes, 0);
    swiss_heap_free(&heap, first);
    assert_null(swiss_heap_alloc(&heap, 9 * MIB)); /* what is idle does not count for the hard limit */
    stats = stats_of(&heap);
    assert_int_equal(stats.hard_limit_hits, 2);
    assert_int_equal(stats.failures, 1);
    assert_int_equal(stats.soft_limit_hits, 1);
    first = swiss_heap_alloc(&heap, 4 * MIB);
    stats = stats_of(&heap);
    assert_int_equal(stats.hard_limit_hits, 2);
    assert_int_equal(stats.soft_limit_hits, 2);
    assert_true(!GIVES_BACK || stats.given_back_bytes >= 2 * MIB);
    assert_null(swiss_heap_resize(&heap, second, 20 * MIB));
    stats = stats_of(&heap);
    assert_true(stats.hard_limit_hits > 2 && stats.failures > 1); /* in place, and then as another block */
    const uint64_t failures = stats.failures;
    while (swiss_heap_alloc(&heap, 1000))
        ;
    assert_int_equal(stats_of(&heap).failures, failures + 1);
    assert_null(swiss_heap_alloc(&heap, SIZE_MAX - 5));
    assert_int_equal(stats_of(&heap).failures, failures + 2);
    swiss_heap_free(&heap, first);
    swiss_heap_free(&heap, second);
    swiss_heap_set_limits(&heap, 0, 0);
    stats = stats_of(&heap);
    assert_int_equal(stats.soft_limit_bytes + stats.hard_limit_bytes, 0);
    assert_int_equal(stats.failures, failures + 2); /* counts are not forgotten */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),      cmocka_unit_test(test_peaks),      cmocka_unit_test(test_own_heaps),
        cmocka_unit_test(test_given_back), cmocka_unit_test(test_scavenging), cmocka_unit_test(test_limits),
    };
    return RUN_TESTS(tests);
}
