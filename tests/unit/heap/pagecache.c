/* The pages that threads have at hand: a piece of 64 against a plain map of them, pieces of a page heap against its
 * bitmaps, and that the default heap's numbers, limits, and walks know of them. */
#include "tests/support.h"
#include <pthread.h>
#include <stdatomic.h>
#include "swiss/heap_stats.h"
#include "swiss/heap/bits.h"
#include "swiss/heap/registry.h"

static char *page_of(char *piece, size_t page) {
    return piece + page * SWISS_PAGE_SIZE;
}

/* Takes what a plain search of the map finds, and gives back what was taken. */
static void test_take_and_put(void **state) {
    (void)state;
    char *piece = (char *)(uintptr_t)(64 * SWISS_PAGE_SIZE * 5); /* never touched */
    srand(1);
    for (int round = 0; round < 2000; ++round) {
        bool here[64];
        swiss_page_cache cache = {piece, 0, 0};
        for (size_t page = 0; page < 64; ++page) {
            here[page] = round == 0 || rand() % (round % 10 + 2);
            cache.free |= (uint64_t)here[page] << page;
        }
        cache.zero = cache.free & (uint64_t)rand();
        for (int step = 0; step < 20; ++step) {
            size_t count = round == 0 && step == 0 ? 64 : (size_t)rand() % 12 + 1, first = 0, run = 0;
            for (; first < 64 && run < count; ++first)
                run = here[first] ? run + 1 : 0;
            first -= count;
            char *taken = swiss_page_cache_take(&cache, count);
            assert_ptr_equal(taken, run == count ? page_of(piece, first) : NULL);
            if (taken && rand() % 2) {
                assert_true(swiss_page_cache_put(&cache, taken, count));
            } else if (taken) {
                memset(here + first, 0, count);
            }
            for (size_t page = 0; page < 64; ++page)
                assert_int_equal(cache.free >> page & 1, here[page]);
            assert_int_equal(cache.zero & ~cache.free, 0);
            if (taken) /* whether it was put back or not, its memory may have been written */
                assert_int_equal(cache.zero >> first & 1, 0);
        }
    }
    swiss_page_cache full = {piece, UINT64_MAX, 0}, empty = {NULL, 0, 0};
    assert_ptr_equal(swiss_page_cache_take(&full, 64), piece);
    assert_false(swiss_page_cache_put(&full, piece - SWISS_PAGE_SIZE, 1));
    assert_false(swiss_page_cache_put(&full, page_of(piece, 63), 2));
    assert_false(swiss_page_cache_put(&full, page_of(piece, 64), 1));
    assert_false(swiss_page_cache_put(&empty, (char *)(uintptr_t)SWISS_PAGE_SIZE, 1));
    assert_int_equal(full.free, 0);
}

/* Of the first 64 with a reusable page the reusable ones, or else fresh ones; and of these those of which that is true
 * are zero. */
static void check_refill(swiss_pages *pages, swiss_page_cache *cache) {
    uint64_t expected = 0;
    const char *piece = NULL;
    for (size_t i = 0; i < pages->tree.count && !expected; ++i) {
        const swiss_segment *segment = pages->tree.segments[i];
        for (uint32_t page = 0; page < segment->top && (!expected || page % 64); ++page)
            if (segment->free[page / 64] >> (page % 64) & 1) {
                expected |= UINT64_C(1) << (page % 64);
                piece = segment->base + (page - page % 64) * SWISS_PAGE_SIZE;
            }
    }
    size_t used = pages->used_pages;
    assert_true(swiss_page_cache_refill(cache, pages));
    assert_int_equal((uintptr_t)cache->piece % (64 * SWISS_PAGE_SIZE), 0);
    if (expected) {
        assert_ptr_equal(cache->piece, piece);
        assert_int_equal(cache->free, expected);
    }
    assert_true(cache->free);
    assert_int_equal(pages->used_pages, used + swiss_bits_count(cache->free));
    assert_int_equal(cache->zero & ~cache->free, 0);
    if (!expected)
        assert_int_equal(cache->zero, cache->free);
    for (size_t page = 0; page < 64; ++page)
        if (cache->zero >> page & 1)
            for (size_t i = 0; i < SWISS_PAGE_SIZE; i += 512)
                assert_int_equal(page_of(cache->piece, page)[i], 0);
}

/* What is touched is what is below the tops and was not given back; but a cache's pages may wait for it. */
static void check_touched(const swiss_pages *pages) {
    size_t touched = 0;
    for (size_t i = 0; i < pages->tree.count; ++i) {
        const swiss_segment *segment = pages->tree.segments[i];
        touched += segment->top;
        for (size_t word = 0; word < SWISS_SEGMENT_PAGES / 64; ++word) {
            touched -= swiss_bits_count(segment->released[word]);
            assert_int_equal(segment->released[word] & ~segment->free[word], 0);
        }
    }
    assert_int_equal(pages->touched_pages, touched);
}

/* True if every idle page goes back when it is asked for: Windows takes none that stays usable, and a part of a page of
 * the system goes nowhere. */
static bool all_go_back(void) {
#ifdef _WIN32
    return false;
#else
    return swiss_os_page_size() <= SWISS_PAGE_SIZE;
#endif
}

/* What was in use before comes first, and by itself. */
static void test_reusable_pages_first(void **state) {
    (void)state;
    swiss_pages pages = {0};
    swiss_page_cache first = {NULL, 0, 0}, second = first;
    bool zeroed;
    char *run = swiss_pages_alloc(&pages, 10, 1, 1, &zeroed);
    assert_non_null(run);
    swiss_pages_free(&pages, page_of(run, 3), 2);
    check_refill(&pages, &first);
    assert_ptr_equal(first.piece, run);
    assert_int_equal(first.free, 3u << 3);
    assert_int_equal(first.zero, 0);
    check_refill(&pages, &second);
    assert_ptr_equal(second.piece, run);
    assert_int_equal(second.free, UINT64_MAX << 10);
    assert_int_equal(second.zero, second.free);
    swiss_pages_destroy(&pages);
}

struct run {
    char *address;
    size_t count;
};

static void test_pieces_of_a_page_heap(void **state) {
    (void)state;
    enum { LIVE = 300, STEPS = 30000 };
    static struct run runs[LIVE];
    swiss_pages pages = {0};
    swiss_page_cache caches[3] = {{NULL, 0, 0}};
    size_t live = 0, used = 0;
    srand(2);
    for (size_t step = 0; step < STEPS; ++step) {
        swiss_page_cache *cache = &caches[rand() % 3];
        size_t count = (size_t)rand() % (rand() % 4 ? 10 : 100) + 1;
        int operation = rand() % 100;
        if (operation < 50 && live < LIVE) {
            if (!cache->free)
                check_refill(&pages, cache);
            bool zeroed = false;
            char *run = count <= 10 ? swiss_page_cache_take(cache, count) : NULL;
            run = run ? run : swiss_pages_alloc(&pages, count, 1, 1, &zeroed);
            assert_non_null(run);
            for (size_t i = 0; i < count * SWISS_PAGE_SIZE; i += 512) {
                assert_true(!zeroed || !run[i]);
                run[i] = 1;
            }
            runs[live++] = (struct run){run, count};
            used += count;
        } else if (operation < 97 && live) {
            struct run run = runs[(size_t)rand() % live];
            for (size_t i = 0; i < live; ++i)
                if (runs[i].address == run.address)
                    runs[i] = runs[--live];
            if (!swiss_page_cache_put(cache, run.address, run.count))
                swiss_pages_free(&pages, run.address, run.count);
            used -= run.count;
        } else if (operation == 97) {
            swiss_page_cache_flush(cache, &pages);
            assert_int_equal(cache->free, 0);
        } else if (operation == 98) {
            (void)swiss_pages_release(&pages);
        }
        if (step % 100 == 0)
            check_touched(&pages);
        assert_int_equal(pages.used_pages, used + swiss_bits_count(caches[0].free) + swiss_bits_count(caches[1].free) +
                                               swiss_bits_count(caches[2].free));
    }
    while (live--)
        swiss_pages_free(&pages, runs[live].address, runs[live].count);
    for (size_t i = 0; i < 3; ++i)
        swiss_page_cache_flush(&caches[i], &pages);
    assert_int_equal(pages.used_pages, 0);
    (void)swiss_pages_release(&pages);
    check_touched(&pages);
    if (all_go_back())
        assert_int_equal(pages.touched_pages, 0);
    swiss_pages_destroy(&pages);
}

static swiss_heap_stats get_stats(void) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    assert_true(stats.in_use_bytes <= stats.span_bytes);
    assert_true(stats.span_bytes + stats.idle_bytes <= stats.committed_bytes);
    assert_true(stats.committed_bytes <= stats.reserved_bytes);
    return stats;
}

/* How many pages threads have at hand. */
static size_t at_hand(void) {
    size_t zero;
    swiss_spans_stop(&swiss_heap_main.spans);
    size_t count = swiss_spans_count(&swiss_heap_main.heap.share, &zero);
    swiss_spans_go(&swiss_heap_main.spans);
    return count;
}

#define BLOCKS 40

static void alloc_pages(void **blocks) {
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = swiss_heap_alloc(NULL, SWISS_PAGE_SIZE); /* a span each */
        assert_non_null(blocks[i]);
        memset(blocks[i], 1, SWISS_PAGE_SIZE);
    }
}

static void free_pages(void **blocks) {
    for (size_t i = 0; i < BLOCKS; ++i)
        swiss_heap_free(NULL, blocks[i]);
}

/* What a thread has at hand is neither in use nor, before it was touched, idle. */
static void test_statistics(void **state) {
    (void)state;
    void *blocks[BLOCKS];
    swiss_heap_trim(NULL);
    swiss_heap_stats before = get_stats();
    assert_int_equal(before.span_bytes, 0);
    alloc_pages(blocks);
    swiss_heap_stats full = get_stats();
    assert_true(at_hand() > 0);
    assert_int_equal(full.span_bytes, BLOCKS * SWISS_PAGE_SIZE);
    assert_int_equal(full.idle_bytes, 0);
    assert_int_equal(full.classes[swiss_class_of(SWISS_PAGE_SIZE)].spans, BLOCKS);
    assert_int_equal(full.free_bytes % SWISS_SEGMENT_SIZE, SWISS_SEGMENT_SIZE - BLOCKS * SWISS_PAGE_SIZE);
    free_pages(blocks);
    swiss_cache_trim(&swiss_heap_main.caches); /* so that spans end */
    swiss_heap_stats freed = get_stats();
    assert_int_equal(freed.span_bytes, 0);
    assert_int_equal(freed.idle_bytes, BLOCKS * SWISS_PAGE_SIZE);
    assert_int_equal(freed.classes[swiss_class_of(SWISS_PAGE_SIZE)].spans, 0);
    for (size_t i = 0; i < BLOCKS; ++i)
        assert_null(swiss_segment_find(blocks[i]));
    swiss_heap_trim(NULL);
    assert_int_equal(at_hand(), 0);
    if (all_go_back())
        assert_int_equal(get_stats().idle_bytes, 0);
}

/* Where there is a limit no pages are at hand, and the limit is exact. */
static void test_limits(void **state) {
    (void)state;
    enum { MOST = 1000 };
    static void *blocks[MOST + 1];
    void *other[BLOCKS];
    alloc_pages(other);
    assert_true(at_hand() > 0);
    swiss_heap_set_limits(NULL, 0, MOST * SWISS_PAGE_SIZE);
    assert_int_equal(at_hand(), 0);
    size_t count = 0;
    while (count <= MOST && (blocks[count] = swiss_heap_alloc(NULL, SWISS_PAGE_SIZE)))
        ++count;
    assert_int_equal(count, MOST - BLOCKS);
    assert_int_equal(get_stats().span_bytes, MOST * SWISS_PAGE_SIZE);
    assert_int_equal(at_hand(), 0);
    while (count)
        swiss_heap_free(NULL, blocks[--count]);
    free_pages(other);
    swiss_heap_set_limits(NULL, 0, 0);
    swiss_heap_trim(NULL);
    assert_int_equal(get_stats().span_bytes, 0);
}

static atomic_int turn;

static void wait_for(int wanted) {
    while (atomic_load(&turn) != wanted)
        ;
}

static void *keep_pages(void *argument) {
    void **blocks = argument;
    alloc_pages(blocks);
    atomic_store(&turn, 1);
    wait_for(2);
    free_pages(blocks);
    swiss_cache_trim(&swiss_heap_main.caches); /* else the spans that it keeps are used again */
    alloc_pages(blocks);
    free_pages(blocks);
    swiss_cache_trim(&swiss_heap_main.caches);
    atomic_store(&turn, 3);
    wait_for(4);
    alloc_pages(blocks);
    free_pages(blocks);
    return NULL;
}

/* What another thread has at hand goes on request, and when it ends. */
static void test_other_threads(void **state) {
    (void)state;
    void *blocks[BLOCKS];
    pthread_t thread;
    atomic_store(&turn, 0);
    assert_int_equal(pthread_create(&thread, NULL, keep_pages, blocks), 0);
    wait_for(1);
    assert_true(at_hand() > 0);
    swiss_heap_trim(NULL);
    assert_int_equal(at_hand(), 0);
    assert_int_equal(get_stats().span_bytes, BLOCKS * SWISS_PAGE_SIZE);
    atomic_store(&turn, 2);
    wait_for(3);
    assert_int_equal(get_stats().span_bytes, 0);
    swiss_heap_trim(NULL);
    assert_int_equal(at_hand(), 0);
    atomic_store(&turn, 4);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(at_hand(), 0);
    swiss_heap_trim(NULL);
    assert_int_equal(get_stats().span_bytes, 0);
}

static atomic_bool over;

static void *make_spans(void *argument) {
    enum { LIVE = 200 };
    void *blocks[LIVE] = {NULL};
    uint64_t random = (uintptr_t)argument;
    while (!atomic_load(&over)) {
        void **block = &blocks[random_below(&random, LIVE)];
        swiss_heap_free(NULL, *block);
        *block = swiss_heap_alloc(NULL, random_below(&random, SWISS_SMALL_MAX));
        assert_non_null(*block);
        *(char *)*block = 1;
    }
    for (size_t i = 0; i < LIVE; ++i)
        swiss_heap_free(NULL, blocks[i]);
    return NULL;
}

static void *begin_and_end(void *argument) {
    void *blocks[BLOCKS];
    alloc_pages(blocks);
    free_pages(blocks);
    while (argument && !atomic_load(&over)) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, begin_and_end, NULL) == 0)
            pthread_join(thread, NULL);
    }
    return NULL;
}

static void count_bytes(void *argument, void *block, size_t size) {
    (void)block;
    *(size_t *)argument += size;
}

/* Walks, statistics, questions, and trims while spans come and go and caches are added. */
static void test_all_at_once(void **state) {
    (void)state;
    pthread_t threads[3];
    char *block = swiss_heap_alloc(NULL, 5000);
    atomic_store(&over, false);
    for (size_t i = 0; i < 2; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, make_spans, (void *)(i + 1)), 0);
    assert_int_equal(pthread_create(&threads[2], NULL, begin_and_end, (void *)1), 0);
    for (int round = 0; round < 200; ++round) {
        size_t bytes = 0;
        swiss_heap_walk(NULL, count_bytes, &bytes);
        assert_true(bytes >= 5000);
        (void)get_stats();
        assert_true(swiss_heap_owns(NULL, block + 100));
        assert_false(swiss_heap_owns(NULL, &bytes));
        if (round % 10 == 0)
            swiss_heap_trim(NULL);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < 3; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    swiss_heap_free(NULL, block);
    swiss_heap_trim(NULL);
    assert_int_equal(at_hand(), 0);
    swiss_heap_stats stats = get_stats();
    assert_int_equal(stats.span_bytes, 0);
    assert_int_equal(stats.mallocs, stats.frees);
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        assert_int_equal(stats.classes[i].spans, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_and_put),
        cmocka_unit_test(test_reusable_pages_first),
        cmocka_unit_test(test_pieces_of_a_page_heap),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_other_threads),
        cmocka_unit_test(test_all_at_once),
    };
    return RUN_TESTS(tests);
}
