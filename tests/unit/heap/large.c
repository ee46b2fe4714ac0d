/* Large blocks that a thread has freed and caches: which it uses again, how many they are, that they count as free, and
 * when they go. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "tests/support.h"
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#ifndef _WIN32
#    include <sys/wait.h>
#    include <unistd.h>
#endif
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static swiss_heap_stats get_stats(void) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    return stats;
}

static const swiss_cache *mine(void) {
    return swiss_thread_mine.cache;
}

/* The large blocks in a cache, and their bytes. */
static size_t count_in(const swiss_cache *cache) {
    size_t count = 0;
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END && !cache->taken; ++i)
        count += swiss_stack_count(&cache->stacks[i]);
    return count;
}

static size_t bytes_in(const swiss_cache *cache) {
    size_t bytes = 0;
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END && !cache->taken; ++i)
        bytes += swiss_stack_count(&cache->stacks[i]) * swiss_class_large_size(i);
    return bytes;
}

static char *alloc(size_t size) {
    char *block = swiss_heap_alloc(NULL, size);
    assert_non_null(block);
    assert_true(swiss_heap_usable_size(NULL, block) >= size);
    block[0] = block[size - 1] = 1;
    return block;
}

static void cache(size_t size) {
    swiss_heap_free(NULL, alloc(size));
}

/* Nothing is cached, by any thread. */
static void begin(void) {
    swiss_heap_trim(NULL);
    assert_int_equal(count_in(mine()), 0);
    assert_int_equal(get_stats().span_bytes, 0);
}

static void test_the_block_freed_last_is_used_first(void **state) {
    (void)state;
    begin();
    for (size_t size = 33 * KIB; size <= SWISS_CACHE_LARGE_BYTES / 2; size = size * 3 / 2) {
        char *first = alloc(size), *second = alloc(size);
        swiss_heap_free(NULL, first);
        swiss_heap_free(NULL, second);
        assert_ptr_equal(alloc(size), second);
        assert_ptr_equal(alloc(size), first);
        swiss_heap_free(NULL, second);
        swiss_heap_free(NULL, first);
        begin();
    }
}

/* A cached block serves what has its class. */
static void test_what_fits(void **state) {
    (void)state;
    begin();
    const size_t pages = 32, size = pages * SWISS_PAGE_SIZE;
    char *block = alloc(size), *other;
    for (size_t wanted = 5; wanted <= pages + 8; ++wanted) {
        swiss_heap_free(NULL, block);
        assert_int_equal(count_in(mine()), 1);
        other = alloc(wanted * SWISS_PAGE_SIZE);
        const bool fits = wanted == pages || wanted == pages - 1;
        assert_int_equal(other == block, fits);
        assert_int_equal(count_in(mine()), !fits);
        swiss_heap_free(NULL, other);
        begin();
        assert_non_null(block = swiss_heap_alloc_aligned(NULL, size, size));
    }
    swiss_heap_free(NULL, block);
    other = swiss_heap_alloc_aligned(NULL, size, size); /* it is aligned well enough */
    assert_ptr_equal(other, block);
    swiss_heap_free(NULL, block);
    begin();
    void *first = swiss_heap_alloc_aligned(NULL, 100 * KIB, MIB); /* so that the next begins elsewhere */
    block = alloc(100 * KIB);
    swiss_heap_free(NULL, block);
    other = swiss_heap_alloc_aligned(NULL, 100 * KIB, MIB);
    assert_true(other != block && (uintptr_t)other % MIB == 0);
    swiss_heap_free(NULL, other);
    swiss_heap_free(NULL, first);
}

/* What was cached has been written to. */
static void test_zeroed_blocks_are_zero(void **state) {
    (void)state;
    begin();
    const size_t size = 200 * KIB;
    char *block = alloc(size);
    memset(block, 0x77, size);
    swiss_heap_free(NULL, block);
    char *zeroed = swiss_heap_alloc_zeroed(NULL, 1, size);
    assert_ptr_equal(zeroed, block);
    for (size_t i = 0; i < size; ++i)
        assert_int_equal(zeroed[i], 0);
    swiss_heap_free(NULL, zeroed);
}

/* A thread caches so many, and of so many bytes, of those freed last. */
static void test_they_are_few(void **state) {
    (void)state;
    enum { COUNT = 20 };
    char *blocks[COUNT];
    for (size_t size = 40 * KIB; size <= 8 * MIB; size *= 2) {
        begin();
        for (size_t i = 0; i < COUNT; ++i)
            blocks[i] = alloc(size);
        for (size_t i = 0; i < COUNT; ++i) {
            swiss_heap_free(NULL, blocks[i]);
            assert_false(swiss_heap_owns(NULL, blocks[i]));
            assert_true(count_in(mine()) <= SWISS_CACHE_LARGE && bytes_in(mine()) <= SWISS_CACHE_LARGE_BYTES);
        }
        const size_t most =
            SWISS_CACHE_LARGE_BYTES / size < SWISS_CACHE_LARGE ? SWISS_CACHE_LARGE_BYTES / size : SWISS_CACHE_LARGE;
        assert_int_equal(count_in(mine()), most);
        for (size_t i = 0; i < most; ++i)
            assert_ptr_equal(alloc(size), blocks[COUNT - 1 - i]);
        assert_int_equal(count_in(mine()), 0);
        for (size_t i = 0; i < most; ++i)
            swiss_heap_free(NULL, blocks[COUNT - 1 - i]);
    }
    swiss_heap_free(NULL, alloc(100)); /* small blocks, mappings, and blocks of other heaps are not cached here */
    begin();
    cache(100 * MIB);
    swiss_heap_free(NULL, swiss_heap_alloc_aligned(NULL, 100 * KIB, 128 * MIB));
    swiss_heap *heap = swiss_heap_create();
    swiss_heap_free(heap, swiss_heap_alloc(heap, 100 * KIB));
    assert_int_equal(count_in(mine()), 0);
    swiss_heap_destroy(heap);
}

/* To the statistics they are free, and idle. */
static void test_numbers(void **state) {
    (void)state;
    begin();
    const swiss_heap_stats before = get_stats();
    char *block = alloc(100 * KIB), *other = alloc(MIB);
    const swiss_heap_stats live = get_stats();
    assert_int_equal(live.mallocs - before.mallocs, 2);
    assert_int_equal(live.classes[0].spans, 2);
    const size_t bytes = live.in_use_bytes - before.in_use_bytes;
    assert_true(bytes >= 100 * KIB + MIB && bytes < 120 * KIB + MIB);
    for (unsigned i = 1; i <= 50; ++i) {
        swiss_heap_free(NULL, block);
        swiss_heap_free(NULL, other);
        const swiss_heap_stats freed = get_stats();
        assert_int_equal(count_in(mine()), 2);
        assert_int_equal(freed.mallocs - before.mallocs, 2 * i);
        assert_int_equal(freed.frees - before.frees, 2 * i);
        assert_int_equal(freed.classes[0].frees - before.classes[0].frees, 2 * i);
        assert_int_equal(freed.classes[0].spans, 0);
        assert_int_equal(freed.in_use_bytes, before.in_use_bytes);
        assert_int_equal(freed.span_bytes, 0);
        assert_true(freed.idle_bytes >= bytes);
        assert_int_equal(freed.committed_bytes, live.committed_bytes);
        assert_int_equal(freed.allocated_bytes - before.allocated_bytes, i * bytes);
        assert_int_equal(freed.freed_bytes - before.freed_bytes, i * bytes);
        assert_ptr_equal(alloc(MIB), other);
        assert_ptr_equal(alloc(100 * KIB), block);
        const swiss_heap_stats again = get_stats();
        assert_int_equal(again.in_use_bytes, live.in_use_bytes);
        assert_int_equal(again.span_bytes, live.span_bytes);
        assert_int_equal(again.idle_bytes, live.idle_bytes);
    }
    swiss_heap_free(NULL, block);
    swiss_heap_free(NULL, other);
    const swiss_heap_stats cached = get_stats();
    assert_true(swiss_heap_trim(NULL) >= bytes || !GIVES_BACK);
    const swiss_heap_stats after = get_stats();
    assert_int_equal(after.mallocs, cached.mallocs);
    assert_int_equal(after.frees, cached.frees);
    assert_int_equal(after.freed_bytes, cached.freed_bytes);
}

static void count_block(void *argument, void *block, size_t size) {
    (void)block, (void)size;
    ++*(size_t *)argument;
}

static void test_they_are_free(void **state) {
    (void)state;
    begin();
    char *block = alloc(100 * KIB);
    size_t live = 0, freed = 0;
    swiss_heap_walk(NULL, count_block, &live);
    swiss_heap_free(NULL, block);
    swiss_heap_walk(NULL, count_block, &freed);
    assert_int_equal(live - freed, 1);
    assert_int_equal(count_in(mine()), 1);
    assert_false(swiss_heap_owns(NULL, block));
    assert_false(swiss_heap_owns(NULL, block + 50 * KIB));
#ifdef NDEBUG
    const swiss_heap_stats before = get_stats();
    swiss_heap_free(NULL, block);
    swiss_heap_free(NULL, block + SWISS_PAGE_SIZE);
    swiss_heap_free(NULL, block + 1);
    assert_int_equal(swiss_heap_usable_size(NULL, block), 0);
    assert_null(swiss_heap_resize(NULL, block, 50 * KIB));
    assert_null(swiss_heap_resize(NULL, block, 200 * KIB));
    const swiss_heap_stats after = get_stats();
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(count_in(mine()), 1);
    swiss_heap_trim(NULL);
    swiss_heap_free(NULL, block);
    assert_int_equal(count_in(mine()), 0);
#endif
}

/* A block grows into what lies behind it, also if that is cached. */
static void test_a_block_grows_over_them(void **state) {
    (void)state;
    begin();
    char *block = alloc(128 * KIB), *next = alloc(128 * KIB), *third = alloc(64 * KIB), *last = alloc(64 * KIB);
    assert_true(next == block + 128 * KIB && third == next + 128 * KIB && last == third + 64 * KIB);
    swiss_heap_free(NULL, third);
    swiss_heap_free(NULL, next);
    assert_int_equal(count_in(mine()), 2);
    char *grown = swiss_heap_resize(NULL, block, 256 * KIB);
    assert_ptr_equal(grown, block);
    assert_int_equal(count_in(mine()), 1);
    grown = swiss_heap_resize(NULL, block, 300 * KIB);
    assert_ptr_equal(grown, block);
    assert_int_equal(count_in(mine()), 0);
    assert_true(grown[0] == 1 && grown[128 * KIB - 1] == 1);
    grown = swiss_heap_resize(NULL, block, 400 * KIB); /* there is a live one */
    assert_ptr_not_equal(grown, block);
    swiss_heap_free(NULL, grown);
    swiss_heap_free(NULL, last);
}

/* A limit on the memory of the heap, and on what threads cache. */
static void test_limits(void **state) {
    (void)state;
    for (int hard = 0; hard < 2; ++hard) {
        begin();
        cache(MIB);
        assert_int_equal(count_in(mine()), 1);
        swiss_heap_set_limits(NULL, hard ? 0 : 8 * MIB, hard ? 8 * MIB : 0);
        assert_int_equal(count_in(mine()), 0);
        for (int i = 0; i < 20; ++i)
            cache(MIB);
        assert_int_equal(count_in(mine()), 0);
        if (hard) {
            cache(7 * MIB);
            assert_null(swiss_heap_alloc(NULL, 9 * MIB));
        }
        swiss_heap_set_limits(NULL, 0, 0);
        cache(MIB);
        assert_int_equal(count_in(mine()), 1);
    }
    for (size_t bytes = 0; bytes <= 3 * MIB; bytes += MIB / 2) {
        begin();
        swiss_heap_set_cache_limit(bytes + 256 * KIB); /* a little of it for small blocks */
        cache(MIB / 2 - 1);
        cache(MIB);
        assert_true(mine()->large_room <= (bytes + 256 * KIB) / 2 && bytes_in(mine()) <= mine()->large_room);
        assert_int_equal(bytes_in(mine()), bytes < MIB       ? 0
                                           : bytes < 2 * MIB ? MIB / 2
                                           : bytes < 3 * MIB ? MIB
                                                             : 3 * MIB / 2);
    }
    begin();
    swiss_heap_set_cache_limit(SWISS_CACHE_LIMIT);
}

static void *run_and_end(void *argument) {
    (void)argument;
    cache(MIB);
    cache(300 * KIB);
    assert_int_equal(count_in(mine()), 2);
    return NULL;
}

static void run(void *(*what)(void *), void *argument) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, what, argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_a_thread_that_ends_gives_them_back(void **state) {
    (void)state;
    begin();
    run(run_and_end, NULL);
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    for (swiss_cache *each = swiss_heap_main.caches.all; each; each = each->next)
        assert_int_equal(count_in(each) + each->large_room, 0);
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    assert_int_equal(get_stats().classes[0].spans, 0);
}

static void *trim(void *argument) {
    swiss_heap_trim(NULL);
    return argument;
}

static void *look_after_caches(void *argument) {
    swiss_cache_upkeep(&swiss_heap_main.caches);
    return argument;
}

/* Others take them from a thread that does nothing, and from one that only uses these not. */
static void test_they_are_taken(void **state) {
    (void)state;
    begin();
    if (!swiss_os_barrier_all())
        skip();
    char *block = alloc(MIB);
    swiss_heap_free(NULL, block);
    const swiss_cache *taken = mine();
    run(trim, NULL);
    assert_true(swiss_cache_is_revoked());
    assert_int_equal(count_in(taken) + taken->large_room, 0);
    swiss_heap_stats stats = get_stats();
    assert_int_equal(stats.mallocs, stats.frees);
    cache(MIB);
    cache(MIB);
    assert_int_equal(count_in(taken), 1);

    assert_non_null(swiss_cache_enter()); /* it is amid a call */
    run(trim, NULL);
    assert_int_equal(count_in(taken), 1);
    swiss_cache_leave();

    swiss_heap_set_scavenging(NULL, 10);
    for (int i = 0; i < 5; ++i) {
        cache(MIB);
        nanosleep(&(struct timespec){0, 20000 * 1000}, NULL);
        run(look_after_caches, NULL);
        assert_false(swiss_cache_is_revoked());
        assert_int_equal(count_in(taken), 1);
    }
    for (int i = 0; i < 3; ++i) {
        nanosleep(&(struct timespec){0, 20000 * 1000}, NULL);
        run(look_after_caches, NULL);
    }
    assert_true(swiss_cache_is_revoked());
    assert_int_equal(count_in(taken), 0);
    swiss_heap_set_scavenging(NULL, 1000);
}

/* A thread gives back what it has not used for a while, and goes on with what it uses. */
static void test_what_is_not_used_goes(void **state) {
    (void)state;
    begin();
    swiss_heap_set_scavenging(NULL, 20);
    cache(MIB);
    cache(500 * KIB);
    char *used = alloc(100 * KIB);
    for (int i = 0; i < 60 * 16; ++i) {
        swiss_heap_free(NULL, used);
        assert_ptr_equal(alloc(100 * KIB), used);
        if (i % 16 == 0)
            nanosleep(&(struct timespec){0, 2000 * 1000}, NULL);
    }
    swiss_heap_free(NULL, used);
    swiss_heap_set_scavenging(NULL, 1000);
    assert_int_equal(count_in(mine()), 1);
    assert_ptr_equal(alloc(100 * KIB), used);
    swiss_heap_free(NULL, used);
}

/* A class, and alignments beyond a page, which one in the middle of a stack may have. */
static void test_aligned_blocks(void **state) {
    (void)state;
    begin();
    char *blocks[4];
    for (int i = 0; i < 4; ++i)
        blocks[i] = swiss_heap_alloc_aligned(NULL, 100 * KIB, i == 1 ? MIB : 1);
    assert_true((uintptr_t)blocks[1] % MIB == 0 && (uintptr_t)blocks[2] % MIB && (uintptr_t)blocks[3] % MIB);
    for (int i = 0; i < 4; ++i)
        swiss_heap_free(NULL, blocks[i]);
    assert_ptr_equal(swiss_heap_alloc_aligned(NULL, 100 * KIB, MIB), blocks[1]);
    assert_ptr_equal(swiss_heap_alloc_aligned(NULL, 100 * KIB, SWISS_PAGE_SIZE), blocks[2]);
    assert_int_equal(count_in(mine()), 2);
    swiss_heap_free(NULL, blocks[1]);
    swiss_heap_free(NULL, blocks[2]);
    swiss_heap_free(NULL, swiss_heap_alloc_aligned(NULL, 100, 2 * SWISS_PAGE_SIZE)); /* of fewer pages than a class */
    assert_int_equal(count_in(mine()), 4);
}

/* What is freed now takes the place of other classes, first of the largest blocks. */
static void test_one_class_gives_way_to_another(void **state) {
    (void)state;
    begin();
    char *blocks[8];
    for (size_t i = 0; i < 8; ++i)
        blocks[i] = alloc(MIB / 2);
    for (size_t i = 0; i < 8; ++i)
        swiss_heap_free(NULL, blocks[i]);
    assert_int_equal(bytes_in(mine()), 4 * MIB);
    char *block = alloc(100 * KIB), *small = alloc(40 * KIB), *large = alloc(MIB);
    swiss_heap_free(NULL, block);
    swiss_heap_free(NULL, small);
    assert_int_equal(bytes_in(mine()), 7 * MIB / 2 + 144 * KIB); /* 100 KiB are 13 pages */
    swiss_heap_free(NULL, large);
    assert_int_equal(bytes_in(mine()), 5 * MIB / 2 + MIB + 144 * KIB);
    swiss_heap_free(NULL, alloc(3 * MIB));
    assert_int_equal(bytes_in(mine()), 3 * MIB + MIB / 2 + 144 * KIB);
    assert_ptr_equal(alloc(40 * KIB), small);
    swiss_heap_free(NULL, small);
    assert_ptr_equal(alloc(100 * KIB), block);
    cache(4 * MIB);
    assert_int_equal(bytes_in(mine()), 4 * MIB);
    cache(4 * MIB + 1); /* has no class */
    assert_int_equal(bytes_in(mine()), 4 * MIB);
    swiss_heap_free(NULL, block);
    assert_int_equal(count_in(mine()), 1);
}

/* A block that is resized in place has the class of its new size, or none. */
static void test_resized_blocks(void **state) {
    (void)state;
    begin();
    char *block = alloc(200 * KIB);
    assert_int_equal(swiss_heap_usable_size(NULL, block), 208 * KIB);
    assert_ptr_equal(swiss_heap_resize(NULL, block, 100 * KIB), block);
    swiss_heap_free(NULL, block);
    assert_ptr_equal(alloc(100 * KIB), block);
    assert_ptr_equal(swiss_heap_resize(NULL, block, 5 * MIB / 2), block);
    swiss_heap_free(NULL, block);
    assert_int_equal(bytes_in(mine()), 5 * MIB / 2);
    assert_ptr_equal(alloc(5 * MIB / 2), block);
    block = swiss_heap_resize(NULL, block, 40 * MIB);
    assert_non_null(block);
    const size_t before = bytes_in(mine());
    swiss_heap_free(NULL, block);
    assert_int_equal(bytes_in(mine()), before);
    begin();
}

static void *set_limit(void *argument) {
    swiss_heap_set_limits(NULL, 0, 64 * MIB);
    return argument;
}

/* A thread that is amid a call when another one sets a limit gives them back in its next call. */
static void test_a_limit_reaches_all_threads(void **state) {
    (void)state;
    for (int frees = 0; frees < 2; ++frees) {
        begin();
        char *block = alloc(MIB), *other = alloc(MIB);
        swiss_heap_free(NULL, block);
        assert_non_null(swiss_cache_enter());
        run(set_limit, NULL);
        assert_int_equal(count_in(mine()), 1);
        swiss_cache_leave();
        if (frees)
            swiss_heap_free(NULL, other);
        char *small = alloc(100);
        assert_int_equal(count_in(mine()) + mine()->large_room, 0);
        swiss_heap_free(NULL, small);
        if (!frees)
            swiss_heap_free(NULL, other);
        assert_int_equal(count_in(mine()), 0);
        assert_int_equal(get_stats().classes[0].spans, 0);
        swiss_heap_set_limits(NULL, 0, 0);
    }
    cache(MIB);
    assert_int_equal(count_in(mine()), 1);
}

static void test_pairs_take_no_lock(void **state) {
    (void)state;
    begin();
    swiss_heap_set_scavenging(NULL, 0);
    cache(MIB);
    swiss_spans_stop(&swiss_heap_main.spans);
    for (int i = 0; i < 100; ++i)
        cache(MIB);
    swiss_spans_go(&swiss_heap_main.spans);
    swiss_heap_set_scavenging(NULL, 1000);
    assert_int_equal(count_in(mine()), 1);
}

enum { THREADS = 4, SLOTS = 16 };
static _Atomic(char *) slots[SLOTS];
static atomic_bool over;

/* Exchanges blocks with the other threads: what one has allocated another frees. */
static void *exchange(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (int i = 0; i < 3000; ++i) {
        const size_t size = 40 * KIB + random_below(&random, 10) * 20 * KIB;
        char *block = alloc(size);
        memcpy(block + 8, &size, sizeof size);
        block = atomic_exchange(&slots[random_below(&random, SLOTS)], block);
        if (block) {
            size_t found;
            memcpy(&found, block + 8, sizeof found);
            assert_true(found >= 40 * KIB && found <= 220 * KIB);
            assert_true(block[0] == 1 && block[found - 1] == 1);
            block[found - 1] = 0;
            swiss_heap_free(NULL, block);
        }
    }
    return NULL;
}

static void *look_at_numbers(void *argument) {
    swiss_heap_stats before = get_stats();
    while (!atomic_load(&over)) {
        const swiss_heap_stats stats = get_stats();
        assert_true(stats.frees <= stats.mallocs && stats.in_use_bytes <= stats.span_bytes);
        assert_true(stats.span_bytes + stats.idle_bytes <= stats.committed_bytes);
        assert_int_equal(stats.allocated_bytes - stats.freed_bytes, stats.in_use_bytes);
        assert_true(stats.mallocs >= before.mallocs && stats.frees >= before.frees);
        assert_true(stats.allocated_bytes >= before.allocated_bytes && stats.freed_bytes >= before.freed_bytes);
        before = stats;
    }
    return argument;
}

static void *trim_again_and_again(void *argument) {
    while (!atomic_load(&over)) {
        swiss_heap_trim(NULL);
        nanosleep(&(struct timespec){0, 500 * 1000}, NULL);
    }
    return argument;
}

static void test_threads(void **state) {
    (void)state;
    pthread_t threads[THREADS], others[2];
    begin();
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&others[0], NULL, look_at_numbers, NULL), 0);
    assert_int_equal(pthread_create(&others[1], NULL, trim_again_and_again, NULL), 0);
    for (uintptr_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, exchange, (void *)(i + 1)), 0);
    for (unsigned i = 0; i < THREADS; ++i)
        pthread_join(threads[i], NULL);
    atomic_store(&over, true);
    pthread_join(others[0], NULL);
    pthread_join(others[1], NULL);
    for (unsigned i = 0; i < SLOTS; ++i)
        swiss_heap_free(NULL, atomic_exchange(&slots[i], NULL));
    swiss_heap_trim(NULL);
    const swiss_heap_stats stats = get_stats();
    assert_int_equal(stats.mallocs, stats.frees);
    assert_int_equal(stats.in_use_bytes + stats.span_bytes, 0);
}

#ifndef _WIN32
/* A child has what its thread cached. */
static void test_fork(void **state) {
    (void)state;
    begin();
    char *block = alloc(MIB);
    swiss_heap_free(NULL, block);
    pid_t child = fork();
    if (!child) {
        char *again = swiss_heap_alloc(NULL, MIB);
        bool good = again == block;
        swiss_heap_free(NULL, again);
        swiss_heap_trim(NULL);
        _exit(good && count_in(mine()) == 0 && get_stats().span_bytes == 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ptr_equal(alloc(MIB), block);
    swiss_heap_free(NULL, block);
}
#endif

int main(void) {
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, 1)); /* the thread has a cache */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_block_freed_last_is_used_first),
        cmocka_unit_test(test_what_fits),
        cmocka_unit_test(test_zeroed_blocks_are_zero),
        cmocka_unit_test(test_they_are_few),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_they_are_free),
        cmocka_unit_test(test_a_block_grows_over_them),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_a_thread_that_ends_gives_them_back),
        cmocka_unit_test(test_they_are_taken),
        cmocka_unit_test(test_what_is_not_used_goes),
        cmocka_unit_test(test_aligned_blocks),
        cmocka_unit_test(test_one_class_gives_way_to_another),
        cmocka_unit_test(test_resized_blocks),
        cmocka_unit_test(test_a_limit_reaches_all_threads),
        cmocka_unit_test(test_pairs_take_no_lock),
        cmocka_unit_test(test_threads),
#ifndef _WIN32
        cmocka_unit_test(test_fork),
#endif
    };
    return RUN_TESTS(tests);
}
