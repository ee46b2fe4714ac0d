/* The operating system refuses: at every call in turn, once or from then on. Whatever fails returns NULL and loses
 * nothing, and afterwards the heap works as if it had not happened. */
#include "tests/support.h"
#include <pthread.h>
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

#define MIB ((size_t)1 << 20)
#define SEGMENT (64 * MIB)

enum { HEAPS = 400, BLOCKS = 700, POLICIES = 2 };

/* Which calls are refused: the one at `refuse_at`, and those behind it unless `once`. */
static long calls, refuse_at;
static bool once, refused;

static bool refuse(void) {
    long call = calls++;
    bool refuses = once ? call == refuse_at : call >= refuse_at;
    refused |= refuses;
    return refuses;
}

static void refuse_from(long at, bool only_once) {
    calls = 0;
    refuse_at = at;
    once = only_once;
    refused = false;
    swiss_os_refuse = refuse;
}

/* A heap and its page heap per run, so that each begins with nothing; their address space is all that they keep. */
static swiss_spans spans[HEAPS];
static swiss_heap heaps[HEAPS];
static size_t heaps_used;

static swiss_heap *new_heap(void) {
    assert_true(heaps_used < HEAPS);
    static const swiss_spans no_spans = SWISS_SPANS_INITIALIZER;
    static const swiss_heap empty = SWISS_HEAP_INITIALIZER(NULL);
    spans[heaps_used] = no_spans;
    heaps[heaps_used] = empty;
    heaps[heaps_used].share.spans = &spans[heaps_used];
    return &heaps[heaps_used++];
}

static struct {
    unsigned char *bytes;
    size_t size;
} blocks[BLOCKS];

static void paint(size_t i) {
    size_t count = blocks[i].size < 64 ? blocks[i].size : 64;
    memset(blocks[i].bytes, (int)(i & 0xFF), count);
    memset(blocks[i].bytes + blocks[i].size - count, (int)(i & 0xFF), count);
}

static void check_paint(size_t i, size_t size) {
    size_t count = size < 64 ? size : 64;
    for (size_t j = 0; j < count; ++j)
        assert_int_equal(blocks[i].bytes[j], i & 0xFF);
    if (size == blocks[i].size)
        assert_int_equal(blocks[i].bytes[size - 1], i & 0xFF);
}

/* Every way to allocate, sizes of every kind; enough for several segments and chunks of records. Returns how many of
 * the BLOCKS requests were met; what was not is NULL. */
static size_t fill(swiss_heap *heap) {
    size_t met = 0;
    for (size_t i = 0; i < BLOCKS; ++i) {
        size_t size = i % 70 == 0 ? 40 * MIB : i % 90 == 1 ? SEGMENT + MIB : i % 5 == 0 ? 40000 : i * 17;
        switch (i % 4) {
        case 0:
            blocks[i].bytes = swiss_heap_alloc(heap, size);
            break;
        case 1:
            blocks[i].bytes = swiss_heap_alloc_zeroed(heap, size, 1);
            break;
        case 2:
            blocks[i].bytes = swiss_heap_alloc_aligned(heap, size, i % 8 == 2 ? 64 : 32768);
            break;
        default:
            blocks[i].bytes = swiss_heap_resize(heap, NULL, size);
        }
        blocks[i].size = size;
        met += blocks[i].bytes != NULL;
        if (blocks[i].bytes)
            paint(i);
    }
    return met;
}

/* Doubles small blocks, and makes large ones a little larger. Those that cannot be are as they were. Returns how many
 * were met. */
static size_t grow(swiss_heap *heap) {
    size_t met = 0;
    for (size_t i = 13; i < BLOCKS; i += 13) {
        if (!blocks[i].bytes)
            continue;
        size_t kept = blocks[i].size, more = kept + (kept < MIB ? kept + 1 : MIB);
        unsigned char *moved = swiss_heap_resize(heap, blocks[i].bytes, more);
        if (moved) {
            ++met;
            blocks[i].bytes = moved;
            blocks[i].size = more;
        }
        check_paint(i, kept);
        paint(i);
    }
    return met;
}

/* All that is alive is what the list says, and all of it can be freed. */
static void check_and_free(swiss_heap *heap) {
    swiss_heap_stats stats;
    size_t usable = 0, live = 0;
    for (size_t i = 0; i < BLOCKS; ++i)
        if (blocks[i].bytes) {
            check_paint(i, blocks[i].size);
            usable += swiss_heap_usable_size(heap, blocks[i].bytes);
            ++live;
        }
    swiss_heap_get_stats(heap, &stats);
    assert_int_equal(stats.in_use_bytes, usable);
    assert_int_equal(stats.mallocs - stats.frees, live);
    for (size_t i = 0; i < BLOCKS; ++i)
        swiss_heap_free(heap, blocks[i].bytes);
    swiss_heap_get_stats(heap, &stats);
    assert_int_equal(stats.in_use_bytes, 0);
    size_t kept = 0; /* per class the span allocated from, and one empty one, at most */
    for (unsigned i = 1; i < SWISS_HEAP_CLASSES; ++i) {
        assert_true(stats.classes[i].spans <= 2);
        kept += stats.classes[i].spans * swiss_class_pages[i] * SWISS_PAGE_SIZE;
    }
    assert_int_equal(stats.span_bytes, kept);
}

static void test_every_call(void **state) {
    (void)state;
    for (int policy = 0; policy < POLICIES; ++policy) {
        long at = 0, unmet = 0;
        do {
            swiss_heap *heap = new_heap();
            refuse_from(at, policy == 1);
            size_t met = fill(heap);
            met += grow(heap);
            bool was_refused = refused;
            swiss_os_refuse = NULL;
            if (at == 0 && policy == 0)
                assert_int_equal(met, 0);
            unmet += met < BLOCKS + (BLOCKS - 1) / 13; /* not always: another segment may have room */
            check_and_free(heap);
            /* The system gives memory again, and everything can be had. */
            assert_int_equal(fill(heap), BLOCKS);
            assert_int_equal(grow(heap), (BLOCKS - 1) / 13);
            check_and_free(heap);
            swiss_heap_trim(heap); /* much where every page is huge */
            if (!was_refused)
                break;
            ++at;
        } while (true);
        assert_true(at > 40); /* calls of every kind were reached */
        assert_true(unmet > (policy == 0 ? 40 : 10));
    }
}

static void test_failure_changes_nothing(void **state) {
    (void)state;
    swiss_heap *heap = new_heap();
    void *small = swiss_heap_alloc(heap, 100), *huge = swiss_heap_alloc(heap, SEGMENT + MIB);
    swiss_heap_stats before, after;
    swiss_heap_get_stats(heap, &before);
    refuse_from(0, false);
    assert_null(swiss_heap_alloc(heap, 2 * SEGMENT));
    assert_null(swiss_heap_alloc(heap, SEGMENT));
    assert_null(swiss_heap_resize(heap, small, SEGMENT));
    assert_null(swiss_heap_resize(heap, huge, SEGMENT + 2 * MIB)); /* in place, but the commit is refused */
    assert_null(swiss_heap_resize(heap, huge, 3 * SEGMENT));
    assert_ptr_equal(swiss_heap_resize(heap, huge, SEGMENT), huge); /* what shrinks cannot fail: no room to move to */
    swiss_os_refuse = NULL;
    swiss_heap_get_stats(heap, &after);
    assert_true(after.failures >= before.failures + 5);
    after.failures = before.failures;
    assert_memory_equal(&before, &after, sizeof before);
    swiss_heap_free(heap, small);
    swiss_heap_free(heap, huge);
}

/* Empty spans that central keeps are given up for a block that needs their pages. */
static void test_kept_spans_are_given_up(void **state) {
    (void)state;
    swiss_heap *heap = new_heap();
    void *small = swiss_heap_alloc(heap, 100);
    void *rest = swiss_heap_alloc(heap, SEGMENT - SWISS_PAGE_SIZE);
    assert_non_null(rest);
    swiss_heap_free(heap, small); /* its span is kept */
    refuse_from(0, false);
    void *one = swiss_heap_alloc(heap, 8192); /* of another class, and the only page there is */
    assert_non_null(one);
    assert_null(swiss_heap_alloc(heap, 100));
    swiss_heap_free(heap, one);
    void *again = swiss_heap_alloc(heap, 100);
    assert_non_null(again);
    swiss_heap_free(heap, again);
    void *page = swiss_heap_alloc_aligned(heap, 10, 16384); /* a run of its own */
    assert_ptr_equal(page, one);
    swiss_heap_free(heap, page);
    swiss_os_refuse = NULL;
    swiss_heap_free(heap, rest);
}

/* A thread whose cache the system refuses uses what ended threads have left, and has a cache later. */
static void *leave_spans(void *argument) {
    void **left = argument;
    for (size_t i = 0; i < 100; ++i)
        left[i] = swiss_heap_alloc(NULL, 500);
    return NULL;
}

static void *live_without_cache(void *argument) {
    void **left = argument;
    refuse_from(0, false);
    for (size_t i = 0; i < 50; ++i)
        swiss_heap_free(NULL, left[i]);
    void *found = swiss_heap_alloc(NULL, 500);
    bool good = found && swiss_thread_mine.cache == &swiss_cache_none && !swiss_heap_alloc(NULL, 5 * SEGMENT) &&
                swiss_heap_usable_size(NULL, found) == 512;
    swiss_heap_free(NULL, found);
    good = good && !swiss_heap_owns(NULL, found) && swiss_thread_mine.cache == &swiss_cache_none;
    swiss_os_refuse = NULL;
    for (size_t i = 50; i < 100; ++i)
        swiss_heap_free(NULL, left[i]);
    void *block = swiss_heap_alloc(NULL, 16000);
    good = good && block && swiss_thread_mine.cache != &swiss_cache_none;
    swiss_heap_free(NULL, block);
    return good ? argument : NULL;
}

static void test_a_cache_is_refused(void **state) {
    (void)state;
    void *left[100], *result = NULL;
    swiss_heap_stats before, after;
    swiss_heap_get_stats(NULL, &before);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, leave_spans, left), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, 1)); /* this thread takes the cache that is left */
    assert_int_equal(pthread_create(&thread, NULL, live_without_cache, left), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    swiss_heap_get_stats(NULL, &after);
    assert_int_equal(after.mallocs - before.mallocs, after.frees - before.frees);
    assert_int_equal(after.in_use_bytes, before.in_use_bytes);
}

/* Records that are longer than a span needs serve when no other can be had. */
static size_t unused_records(void) {
    size_t count = 0;
    for (unsigned words = 1; words <= SWISS_SPAN_SLOTS_MAX / 64; ++words)
        for (swiss_span *span = swiss_heap_main.spans.records.unused[words]; span;
             span = swiss_span_remote_of(span)->next)
            ++count;
    return count;
}

static void test_longer_records_serve(void **state) {
    (void)state;
    enum { SPANS = 5, SLOTS = SWISS_SPAN_SLOTS_MAX, LARGE = 1000 };
    static void *tiny[SPANS * SLOTS], *large[LARGE], *pages[LARGE];
    const swiss_spans *own = &swiss_heap_main.spans;
    size_t count = 0, got = 0;
    for (size_t i = 0; i < SPANS * SLOTS; ++i)
        assert_non_null(tiny[i] = swiss_heap_alloc(NULL, 4)); /* spans with the longest records */
    swiss_heap_trim(NULL);
    while (own->records.unused[1] ||
           own->records.chunk_end - own->records.chunk >= 3 * 64) { /* until no shortest one is left */
        assert_true(count < LARGE);
        assert_non_null(large[count++] = swiss_heap_alloc(NULL, 40000));
    }
    for (size_t i = 0; i < SPANS * SLOTS; ++i)
        swiss_heap_free(NULL, tiny[i]);
    swiss_heap_trim(NULL);
    size_t records = unused_records();
    assert_true(records >= SPANS && records < LARGE);
    refuse_from(0, false);
    while (got < records && (pages[got] = swiss_heap_alloc(NULL, SWISS_PAGE_SIZE)))
        ++got;
    assert_int_equal(got, records);
    assert_null(swiss_heap_alloc(NULL, SWISS_PAGE_SIZE));
    swiss_os_refuse = NULL;
    while (got)
        swiss_heap_free(NULL, pages[--got]);
    while (count)
        swiss_heap_free(NULL, large[--count]);
}

int main(void) {
    swiss_heap_set_huge_pages(SWISS_HEAP_HUGE_OFF); /* the system would clear gigabytes of them */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cache_is_refused),
        cmocka_unit_test(test_longer_records_serve),
        cmocka_unit_test(test_every_call),
        cmocka_unit_test(test_failure_changes_nothing),
        cmocka_unit_test(test_kept_spans_are_given_up),
    };
    return RUN_TESTS(tests);
}
