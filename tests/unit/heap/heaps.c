/* Heaps of one's own, and what is asked of a heap as a whole: destroying it, trimming it, limits, a walk over its
 * blocks. */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#    define _DEFAULT_SOURCE
#endif
#include "tests/support.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "swiss/heap_stats.h"
#include "swiss/heap/registry.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define SEGMENT (64 * MIB)

/* Under ThreadSanitizer each byte has others beside it that stay. AddressSanitizer needs all address space that there
 * is. */
#define COUNTS_RESIDENT !UNDER_TSAN
#define SHADOWED UNDER_ASAN

/* What the system says of this process: bytes of address space, and of memory. Its own pages count, whatever the heap
 * is told that they are. */
static struct usage { size_t mapped, resident; } usage(void) {
    unsigned long mapped = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &mapped, &resident), 2);
    fclose(file);
    size_t page = (size_t)getpagesize();
    return (struct usage){mapped * page, resident * page};
}

static size_t resident(void) {
    return usage().resident;
}

static swiss_heap_stats stats_of(const swiss_heap *heap) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(heap, &stats);
    return stats;
}

/* How much may stay idle: where system pages are the larger ones, parts of some in each segment. */
static size_t remainders(void) {
    size_t page = swiss_os_page_size();
    return page > SWISS_PAGE_SIZE ? swiss_heap_main.spans.pages.tree.count * 4 * page : 0;
}

/* Blocks of all sorts. Returns how many. */
enum { BLOCKS = 3000 };
static char *blocks[BLOCKS];

static void fill(swiss_heap *heap) {
    for (size_t i = 0; i < BLOCKS; ++i) {
        size_t size = i % 500 == 7 ? SEGMENT + i : i % 20 == 3 ? 50000 + 100 * i : i % 2000 + 1;
        blocks[i] = swiss_heap_alloc(heap, size);
        assert_non_null(blocks[i]);
        memset(blocks[i], (int)(i & 0x7F), size < 400 * KIB ? size : 400 * KIB);
    }
}

static void test_create_and_destroy(void **state) {
    (void)state;
    for (int round = 0; round < 5; ++round) {
        swiss_heap *heap = swiss_heap_create(), *other = swiss_heap_create();
        assert_non_null(heap);
        assert_non_null(other);
        fill(heap);
        char *kept = swiss_heap_alloc(other, 1000);
        memset(kept, 5, 1000);
        assert_true(swiss_heap_owns(heap, blocks[3]));
        assert_int_equal(stats_of(other).mallocs, 1);
#ifdef NDEBUG
        swiss_heap_free(other, blocks[0]); /* misuse: of the wrong heap */
        swiss_heap_free(other, blocks[7]);
        assert_int_equal(stats_of(heap).frees, 0);
#endif
        swiss_heap_destroy(heap);
        for (size_t i = 0; i < BLOCKS; ++i)
            assert_null(swiss_segment_find(blocks[i]));
        assert_int_equal(kept[999], 5);
        swiss_heap_free(other, kept);
        swiss_heap_destroy(other);
    }
    swiss_heap_destroy(NULL);
    assert_null(swiss_heap_main.heap.next);
}

static void test_destroying_gives_everything_back(void **state) {
    (void)state;
    size_t before = 0;
    for (int round = 0; round < 4; ++round) {
        swiss_heap *heap = swiss_heap_create();
        fill(heap);
        swiss_heap_destroy(heap);
        if (round == 0)
            before = resident();
    }
    assert_true(!COUNTS_RESIDENT || resident() < before + 2 * MIB);
}

/* After everything is freed, and a trim, at least nine tenths are back with the system. */
static void test_trim(void **state) {
    (void)state;
    for (int own = 0; own <= 1; ++own) {
        swiss_heap *heap = own ? swiss_heap_create() : NULL;
        swiss_heap_trim(NULL);
        size_t before = resident();
        fill(heap);
        size_t peak = resident() - before;
        for (size_t i = 0; i < BLOCKS; ++i)
            swiss_heap_free(heap, blocks[i]);
        size_t idle = stats_of(NULL).idle_bytes;
        assert_true(idle > 10 * MIB);
        assert_true(swiss_heap_trim(heap) >= idle);
        size_t left = resident() > before ? resident() - before : 0;
        assert_true(peak > 20 * MIB);
        assert_true(!COUNTS_RESIDENT || left < peak / 10);
        assert_true(stats_of(NULL).idle_bytes <= remainders());
        assert_int_equal(stats_of(heap).span_bytes, 0);
        assert_int_equal(swiss_heap_trim(heap), 0);
        /* What was given back is known to be zero, and is: but not what was not. */
        for (size_t size = 40 * KIB; size < 30 * MIB; size = size * 3 / 2) {
            unsigned char *block = swiss_heap_alloc_zeroed(heap, size, 1);
            for (size_t i = 0; i < size; i += 61)
                assert_int_equal(block[i], 0);
            memset(block, 1, size);
            swiss_heap_free(heap, block);
        }
        swiss_heap_trim(heap);
        swiss_heap_destroy(heap);
    }
}

/* By itself a heap gives back what has been free for a while, and only that. */
static void test_scavenging(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    swiss_heap_trim(NULL);
    swiss_heap_set_scavenging(heap, 20);
    char *idle = swiss_heap_alloc(heap, 20 * MIB), *live = swiss_heap_alloc(heap, 40000);
    memset(idle, 1, 20 * MIB);
    memset(live, 1, 40000);
    swiss_heap_free(heap, idle);
    assert_true(stats_of(NULL).idle_bytes >= 20 * MIB);
    for (int i = 0; i < 4; ++i) {
        usleep(40 * 1000);
        swiss_heap_free(heap, swiss_heap_alloc(heap, 50000)); /* looks at the clock; what it frees is young */
    }
    size_t left = stats_of(NULL).idle_bytes;
    assert_true(left > 0 && left < 4 * MIB);
    assert_int_equal(live[39999], 1);
    char *again = swiss_heap_alloc_zeroed(heap, 20 * MIB, 1);
    for (size_t i = 0; i < 20 * MIB; i += 64)
        assert_int_equal(again[i], 0);
    swiss_heap_set_scavenging(heap, 0);
    swiss_heap_free(heap, again);
    for (int i = 0; i < 3; ++i) {
        usleep(5 * 1000);
        swiss_heap_free(heap, swiss_heap_alloc(heap, 50000));
    }
    assert_true(stats_of(NULL).idle_bytes > 19 * MIB);
    swiss_heap_destroy(heap);
}

/* Live blocks stay as they are. */
static void test_trim_keeps_what_is_alive(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    fill(heap);
    for (size_t i = 0; i < BLOCKS; ++i)
        if (i % 3)
            swiss_heap_free(heap, blocks[i]);
    assert_true(swiss_heap_trim(heap) > MIB);
    for (size_t i = 0; i < BLOCKS; i += 3) {
        assert_int_equal(blocks[i][0], i & 0x7F);
        swiss_heap_free(heap, blocks[i]);
    }
    assert_int_equal(stats_of(heap).in_use_bytes, 0);
    swiss_heap_destroy(heap);
}

static void test_hard_limit(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    swiss_heap_set_limits(heap, 0, 10 * MIB);
    char *large = swiss_heap_alloc(heap, 9 * MIB);
    assert_non_null(large);
    assert_null(swiss_heap_alloc(heap, 2 * MIB));
    assert_null(swiss_heap_alloc(heap, 2 * SEGMENT));
    assert_null(swiss_heap_resize(heap, large, 11 * MIB));
    size_t small = 0;
    while (swiss_heap_alloc(heap, 1000))
        small += 1024;
    assert_true(small > 900 * KIB && small <= MIB);
    assert_true(stats_of(heap).span_bytes <= 10 * MIB);
    swiss_heap_free(heap, large);
    assert_non_null(swiss_heap_alloc(heap, 2 * MIB));
    swiss_heap_set_limits(heap, 0, 0);
    assert_non_null(swiss_heap_alloc(heap, 200 * MIB));
    swiss_heap_destroy(heap);
}

static void test_soft_limit(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    swiss_heap_set_limits(heap, 8 * MIB, 0);
    for (size_t size = 1 * MIB; size < 30 * MIB; size += MIB) { /* none fits where the last one was */
        char *block = swiss_heap_alloc(heap, size);
        assert_non_null(block);
        memset(block, 1, size);
        size_t held = stats_of(heap).span_bytes + stats_of(NULL).idle_bytes;
        assert_true(held <= (size > 8 * MIB ? size : 8 * MIB) + 64 * KIB + remainders());
        swiss_heap_free(heap, block);
    }
    swiss_heap_destroy(heap);
}

struct visited {
    size_t count, bytes, marked;
};

static void visit(void *argument, void *block, size_t size) {
    struct visited *visited = argument;
    ++visited->count;
    visited->bytes += size;
    visited->marked += *(char *)block == 0x55;
}

static void test_walk(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    struct visited none = {0};
    swiss_heap_walk(heap, visit, &none);
    assert_int_equal(none.count, 0);
    fill(heap);
    struct visited visited = {0};
    size_t kept = 0;
    for (size_t i = 0; i < BLOCKS; ++i)
        if (i % 4) {
            swiss_heap_free(heap, blocks[i]);
        } else {
            blocks[i][0] = 0x55;
            ++kept;
        }
    swiss_heap_walk(heap, visit, &visited);
    assert_int_equal(visited.count, kept);
    assert_int_equal(visited.marked, kept);
    assert_int_equal(visited.bytes, stats_of(heap).in_use_bytes);
    swiss_heap_destroy(heap);
}

/* Of a heap with a page heap of its own. */
static void test_rates(void **state) {
    (void)state;
    static swiss_spans pages = SWISS_SPANS_INITIALIZER;
    static swiss_heap own = SWISS_HEAP_INITIALIZER(&pages);
    swiss_heap *heap = &own;
    swiss_heap_stats stats = stats_of(heap);
    assert_true(swiss_heap_waste(&stats) == 0.0 && swiss_heap_fragmentation(&stats) == 0.0);
    char *runs[8];
    for (int i = 0; i < 8; ++i)
        runs[i] = swiss_heap_alloc(heap, 8 * MIB); /* all of a segment */
    stats = stats_of(heap);
    assert_true(swiss_heap_waste(&stats) == 0.0 && swiss_heap_fragmentation(&stats) == 0.0);
    swiss_heap_free(heap, runs[0]);
    swiss_heap_free(heap, runs[2]);
    swiss_heap_free(heap, runs[3]);
    stats = stats_of(heap);
    assert_int_equal(stats.free_bytes, 24 * MIB);
    assert_int_equal(stats.longest_bytes, 16 * MIB);
    assert_true(swiss_heap_fragmentation(&stats) > 0.333 && swiss_heap_fragmentation(&stats) < 0.334);
    for (int i = 0; i < 8; ++i)
        if (i != 0 && i != 2 && i != 3)
            swiss_heap_free(heap, runs[i]);
    assert_non_null(swiss_heap_alloc(heap, 2048)); /* one of four slots */
    stats = stats_of(heap);
    assert_true(swiss_heap_waste(&stats) == 0.75);
}

static void test_text_and_json(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    swiss_heap_free(heap, swiss_heap_alloc(heap, 100));
    assert_non_null(swiss_heap_alloc(heap, 100));
    assert_non_null(swiss_heap_alloc(heap, MIB));
    swiss_heap_stats stats = stats_of(heap);
    char text[4096], cut[100];
    size_t length = swiss_heap_format_json(&stats, text, sizeof text);
    assert_int_equal(length, strlen(text));
    const char *expected[] = {"{\"mallocs\":3,\"frees\":1,\"live\":2,\"in_use_bytes\":1048688,", "\"waste\":0.007646,",
                              "\"classes\":[{\"block_size\":0,\"mallocs\":1,\"frees\":0,\"live\":1,\"spans\":1},{",
                              ",{\"block_size\":112,\"mallocs\":2,\"frees\":1,\"live\":1,\"spans\":1}]}"};
    for (int i = 0; i < 4; ++i)
        assert_non_null(strstr(text, expected[i]));
    assert_int_equal(swiss_heap_format_json(&stats, cut, sizeof cut), length);
    assert_int_equal(strlen(cut), sizeof cut - 1);
    assert_memory_equal(cut, text, sizeof cut - 1);
    assert_int_equal(swiss_heap_format_json(&stats, NULL, 0), length);
    length = swiss_heap_format_text(&stats, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_non_null(strstr(text, "in_use_bytes                   1048688\n"));
    assert_non_null(strstr(text, "waste                         0.007646\n"));
    swiss_heap_destroy(heap);
}

/* Where address space is short a segment is reserved piece by piece: the first there is, so this test comes first. */
static bool fill_little(void) {
    swiss_heap *heap = swiss_heap_create();
    for (size_t i = 0; heap && i < 2500; ++i) {
        size_t size = i % 50 == 0 ? 100 * KIB : i % 3 * 1000 + 1;
        blocks[i] = swiss_heap_alloc(heap, size);
        if (!blocks[i])
            return false;
        memset(blocks[i], (int)(i & 0x7F), size);
    }
    char *large = swiss_heap_alloc(heap, 10 * MIB); /* more than a piece */
    if (!large)
        return false;
    memset(large, 1, 10 * MIB);
    swiss_heap_free(heap, large);
    swiss_heap_stats stats = stats_of(NULL); /* address space counts there */
    if (stats.reserved_bytes >= SEGMENT || stats.reserved_bytes < stats.committed_bytes)
        return false;
    for (size_t i = 0; i < 2500; ++i)
        if (blocks[i][0] != (char)(i & 0x7F))
            return false;
    size_t rounds = 0;
    while (swiss_heap_alloc(heap, 500 * KIB)) /* ends cleanly */
        ++rounds;
    for (size_t i = 0; i < 2500; ++i)
        swiss_heap_free(heap, blocks[i]);
    bool good = rounds > 10 && swiss_heap_alloc(heap, 10000);
    swiss_heap_destroy(heap);
    return good;
}

static void test_little_address_space(void **state) {
    (void)state;
    if (!COUNTS_RESIDENT || SHADOWED)
        skip();
    pid_t child = fork();
    if (child == 0) {
        rlim_t most = usage().mapped + 40 * MIB;
        if (setrlimit(RLIMIT_AS, &(struct rlimit){most, most}) != 0)
            _exit(3);
        _exit(fill_little() ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

static void test_fork_with_own_heap(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    char *block = swiss_heap_alloc(heap, 100);
    pid_t child = fork();
    if (child == 0) {
        swiss_heap_free(heap, block);
        bool good = swiss_heap_alloc(heap, 50000) && stats_of(heap).frees == 1;
        swiss_heap_destroy(heap);
        _exit(good ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    swiss_heap_free(heap, block);
    swiss_heap_destroy(heap);
}

/* How many mappings this process has. */
static size_t mappings(void) {
    size_t lines = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    assert_non_null(file);
    for (int byte; (byte = getc(file)) != EOF;)
        lines += byte == '\n';
    fclose(file);
    return lines;
}

/* Very many heaps with a block each share segments, and leave nothing behind. */
enum { MANY = 100000 };
static swiss_heap *heaps[MANY];
static char *block_of[MANY];

static void make_very_many(void) {
    for (size_t i = 0; i < MANY; ++i) {
        assert_non_null(heaps[i] = swiss_heap_create());
        assert_non_null(block_of[i] = swiss_heap_alloc(heaps[i], 100));
        memset(block_of[i], (int)(i & 0x7F), 100);
    }
}

static void check_very_many(void) {
    for (size_t i = 0; i < MANY; i += 97) {
        swiss_heap_stats stats = stats_of(heaps[i]);
        assert_int_equal(stats.mallocs, 1);
        assert_int_equal(stats.in_use_bytes, 112);
        assert_int_equal(stats.span_bytes, 8 * KIB);
        assert_int_equal(stats.reserved_bytes, 8 * KIB);
        assert_true(stats.metadata_bytes >= sizeof(swiss_heap) && stats.metadata_bytes < 2 * KIB);
        assert_true(swiss_heap_owns(heaps[i], block_of[i] + 99));
        assert_false(swiss_heap_owns(heaps[(i + 1) % MANY], block_of[i]));
    }
    for (size_t i = 0; i < MANY; ++i)
        assert_true(block_of[i][0] == (char)(i & 0x7F) && block_of[i][99] == block_of[i][0]);
}

static void test_very_many(void **state) {
    (void)state;
    memset(heaps, 1, sizeof heaps); /* so that what they lie on is counted before */
    memset(block_of, 1, sizeof block_of);
    swiss_heap_trim(NULL);
    struct usage before = usage();
    size_t mappings_before = mappings(), span_bytes = stats_of(NULL).span_bytes,
           metadata = stats_of(NULL).metadata_bytes;
    make_very_many();
    assert_true(usage().mapped - before.mapped < 2048 * MIB);
    assert_true(mappings() < mappings_before + MANY / 100);
    check_very_many();
    pid_t child = fork(); /* which takes the locks of all */
    if (child == 0) {
        swiss_heap_destroy(heaps[7]);
        _exit(swiss_heap_alloc(heaps[8], 100000) ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    for (size_t i = 0; i < MANY; ++i)
        swiss_heap_destroy(heaps[i * 7919 % MANY]);
    for (size_t i = 0; i < MANY; i += 97)
        assert_null(swiss_segment_find(block_of[i]));
    assert_int_equal(stats_of(NULL).span_bytes, span_bytes);
    assert_null(swiss_heap_main.heap.next);
    swiss_heap_trim(NULL);
    size_t records = stats_of(NULL).metadata_bytes - metadata; /* of spans: they stay, for other spans */
    assert_true(records < MANY * (size_t)400);
    assert_true(!COUNTS_RESIDENT || SHADOWED || resident() < before.resident + records + 4 * MIB);
}

/* What all heaps say of themselves is, added up, what there is. */
static void test_heaps_add_up(void **state) {
    (void)state;
    swiss_heap *some[4] = {NULL};
    swiss_heap_stats sum = {0};
    for (size_t i = 1; i < 4; ++i) {
        some[i] = swiss_heap_create();
        assert_non_null(swiss_heap_alloc(some[i], 1000 * i));
        assert_non_null(swiss_heap_alloc(some[i], 100000 * i));
        assert_non_null(swiss_heap_alloc(some[i], SEGMENT + i));
    }
    void *block = swiss_heap_alloc(NULL, 5000);
    for (size_t i = 0; i < 4; ++i) {
        swiss_heap_stats stats = stats_of(some[i]);
        assert_true(stats.span_bytes + stats.idle_bytes <= stats.committed_bytes);
        assert_true(stats.committed_bytes <= stats.reserved_bytes);
        sum.span_bytes += stats.span_bytes;
        sum.committed_bytes += stats.committed_bytes;
        sum.reserved_bytes += stats.reserved_bytes;
    }
    const swiss_spans *spans = &swiss_heap_main.spans;
    size_t zero, at_hand = swiss_spans_count(&swiss_heap_main.heap.share, &zero);
    assert_int_equal(sum.span_bytes, (spans->pages.used_pages - at_hand) * SWISS_PAGE_SIZE + spans->mappings.bytes);
    assert_int_equal(sum.committed_bytes, spans->pages.committed_pages * SWISS_PAGE_SIZE + spans->mappings.bytes +
                                              spans->mappings.kept.size);
    assert_int_equal(sum.reserved_bytes, spans->pages.tree.count * SEGMENT + spans->mappings.reserved +
                                             swiss_mappings_kept_reserved(&spans->mappings));
    for (size_t i = 1; i < 4; ++i)
        swiss_heap_destroy(some[i]);
    swiss_heap_free(NULL, block);
}

/* A heap's limit is for what it has itself, and so is the default heap's. */
static void test_limits_are_a_heaps_own(void **state) {
    (void)state;
    swiss_heap *limited = swiss_heap_create(), *other = swiss_heap_create();
    swiss_heap_set_limits(limited, 0, 2 * MIB);
    assert_non_null(swiss_heap_alloc(other, 20 * MIB));
    assert_non_null(swiss_heap_alloc(other, SEGMENT + 1));
    char *block = swiss_heap_alloc(limited, MIB);
    assert_non_null(block);
    assert_null(swiss_heap_alloc(limited, MIB + 1));
    assert_null(swiss_heap_resize(limited, block, 3 * MIB));
    assert_ptr_equal(swiss_heap_resize(limited, block, 500 * KIB), block);
    void *more = swiss_heap_alloc(limited, 1500 * KIB);
    assert_non_null(more);
    assert_null(swiss_heap_alloc(limited, 100 * KIB));
    swiss_heap_free(limited, more);
    assert_non_null(swiss_heap_alloc(limited, 1500 * KIB));
    swiss_heap_set_limits(NULL, 0, stats_of(NULL).span_bytes + 2 * MIB);
    assert_null(swiss_heap_alloc(NULL, 3 * MIB));
    block = swiss_heap_alloc(NULL, MIB);
    assert_non_null(block);
    assert_non_null(swiss_heap_alloc(other, 20 * MIB));
    void *rest = swiss_heap_alloc(NULL, 900 * KIB);
    assert_non_null(rest);
    swiss_heap_free(NULL, block);
    swiss_heap_free(NULL, rest);
    swiss_heap_set_limits(NULL, 0, 0);
    swiss_heap_destroy(limited);
    swiss_heap_destroy(other);
}

/* Threads take turns with the blocks of one heap, until it is destroyed with the last of them alive. */
enum { WORKERS = 4, SHELF = 200 };

static swiss_heap *worked;
static _Atomic(char *) shelf[SHELF];

static void *work(void *argument) {
    unsigned random = (unsigned)(uintptr_t)argument * 2654435761u + 1;
    for (int i = 0; i < 5000; ++i) {
        random = random * 1664525u + 1013904223u;
        size_t size = i % 1000 == 0 ? SEGMENT + 1 : i % 50 == 0 ? 50000 + random % 100000 : 1 + (random >> 8) % 3000;
        char *block = swiss_heap_alloc(worked, size);
        if (!block)
            abort();
        block[0] = block[size - 1] = 1;
        swiss_heap_free(worked, atomic_exchange(&shelf[(random >> 4) % SHELF], block));
    }
    return NULL;
}

static void test_destroy_what_threads_left(void **state) {
    (void)state;
    char *kept = swiss_heap_alloc(NULL, 10000);
    memset(kept, 3, 10000);
    for (int round = 0; round < 3; ++round) {
        swiss_heap_stats before = stats_of(NULL), stats;
        struct visited visited = {0};
        pthread_t threads[WORKERS];
        worked = swiss_heap_create();
        for (uintptr_t i = 0; i < WORKERS; ++i)
            assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
        for (int i = 0; i < WORKERS; ++i)
            pthread_join(threads[i], NULL);
        stats = stats_of(worked);
        assert_int_equal(stats.mallocs, WORKERS * 5000);
        assert_true(stats.mallocs - stats.frees <= SHELF);
        swiss_heap_walk(worked, visit, &visited);
        assert_int_equal(visited.count, stats.mallocs - stats.frees);
        assert_int_equal(visited.bytes, stats.in_use_bytes);
        swiss_heap_destroy(worked);
        for (int i = 0; i < SHELF; ++i)
            assert_null(swiss_segment_find(atomic_exchange(&shelf[i], NULL)));
        stats = stats_of(NULL);
        assert_int_equal(stats.span_bytes, before.span_bytes);
        assert_int_equal(stats.mallocs, before.mallocs);
    }
    for (int i = 0; i < 10000; ++i)
        assert_int_equal(kept[i], 3);
    swiss_heap_free(NULL, kept);
}

/* A fork finds a heap that threads are using in order: the child can use all of it, and end it. */
static atomic_bool ends;

static void *work_on(void *argument) {
    while (!atomic_load(&ends))
        work(argument);
    return NULL;
}

static void test_fork_while_threads_work(void **state) {
    (void)state;
    pthread_t threads[WORKERS];
    worked = swiss_heap_create();
    atomic_store(&ends, false);
    for (uintptr_t i = 0; i < WORKERS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, work_on, (void *)(i + 1)), 0);
    int status = 0;
    for (int i = 0; i < 30 && status == 0; ++i) {
        usleep(1000);
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            bool good = true;
            for (size_t size = 1; size < 200 * KIB; size += size / 8 + 1)
                good = good && swiss_heap_alloc(worked, size);
            swiss_heap_trim(worked);
            swiss_heap_destroy(worked);
            _exit(good ? 0 : 1);
        }
        status = -1;
        waitpid(child, &status, 0);
    }
    atomic_store(&ends, true);
    for (int i = 0; i < WORKERS; ++i)
        pthread_join(threads[i], NULL);
    assert_int_equal(status, 0);
    for (int i = 0; i < SHELF; ++i)
        atomic_store(&shelf[i], NULL);
    swiss_heap_destroy(worked);
}

/* Threads make heaps and end them, while others fork, count, and look after memory. */
static void use_heap(swiss_heap *heap, unsigned random, char mark) {
    char *last = NULL;
    for (int i = 0; i < 60; ++i) {
        random = random * 1664525u + 1013904223u;
        size_t size = i % 20 == 9 ? 40000 + random % 100000 : 1 + (random >> 8) % 2000;
        char *block = swiss_heap_alloc(heap, size), *between = swiss_heap_alloc(NULL, size);
        if (!block || !between || (last && *last != mark))
            abort();
        block[0] = block[size - 1] = mark;
        between[0] = between[size - 1] = 100;
        if (i % 3 == 0)
            swiss_heap_free(heap, block);
        else
            last = block;
        swiss_heap_free(NULL, between);
    }
}

static void *make_heaps(void *argument) {
    for (unsigned i = 0; i < 600; ++i) {
        swiss_heap *heap = swiss_heap_create();
        if (!heap)
            abort();
        use_heap(heap, (unsigned)(uintptr_t)argument * 2654435761u + i, (char)(i % 100));
        swiss_heap_destroy(heap);
    }
    return NULL;
}

static void *look(void *argument) {
    while (!atomic_load(&ends)) {
        swiss_heap_stats stats = stats_of(argument);
        if (stats.span_bytes + stats.idle_bytes > stats.committed_bytes)
            abort();
        swiss_heap_trim(argument);
        usleep(500);
    }
    return NULL;
}

static void test_heaps_come_and_go(void **state) {
    (void)state;
    pthread_t threads[WORKERS], looking;
    atomic_store(&ends, false);
    assert_true(swiss_heap_set_scavenger_thread(true));
    assert_int_equal(pthread_create(&looking, NULL, look, NULL), 0);
    for (uintptr_t i = 0; i < WORKERS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, make_heaps, (void *)(i + 1)), 0);
    for (int i = 0; i < 10; ++i) {
        assert_true(swiss_heap_set_scavenger_thread(!UNDER_TSAN)); /* which lets no forked child start it again */
        pid_t child = fork();
        if (child == 0) { /* no lock is held there, and the records are whole */
            alarm(20);
            make_heaps(NULL);
            _exit(0);
        }
        int status = -1;
        waitpid(child, &status, 0);
        assert_int_equal(status, 0);
        assert_true(swiss_heap_set_scavenger_thread(true));
    }
    for (int i = 0; i < WORKERS; ++i)
        pthread_join(threads[i], NULL);
    atomic_store(&ends, true);
    pthread_join(looking, NULL);
    assert_true(swiss_heap_set_scavenger_thread(false));
    assert_null(swiss_heap_main.heap.next);
    assert_int_equal(swiss_heap_main.spans.lent.pages + swiss_heap_main.spans.lent.huge_bytes, 0);
}

/* The records of heaps that are gone serve others, and say nothing of the first. */
static void test_records_are_used_again(void **state) {
    (void)state;
    size_t mapped = 0;
    for (int round = 0; round < 3000; ++round) {
        swiss_heap *heap = swiss_heap_create();
        assert_int_equal(stats_of(heap).mallocs, 0);
        assert_int_equal(stats_of(heap).span_bytes, 0);
        assert_int_equal(stats_of(heap).metadata_bytes, swiss_class_size[swiss_class_of(sizeof *heap)]);
        void *block = swiss_heap_alloc(heap, 2 * MIB);
        assert_non_null(block);
        swiss_heap_free(heap, block);
        swiss_heap_set_limits(heap, MIB, MIB);
        assert_non_null(swiss_heap_alloc(heap, 100));
        assert_null(swiss_heap_alloc(heap, 2 * MIB));
        swiss_heap_destroy(heap);
        if (round == 100)
            mapped = usage().mapped;
    }
    assert_int_equal(usage().mapped, mapped);
}

static bool refuse_all(void) {
    return true;
}

static void test_no_record_to_be_had(void **state) {
    (void)state;
    size_t count = 0, left;
    swiss_heap_trim(NULL);
    swiss_os_refuse = refuse_all;
    while (count < MANY && (heaps[count] = swiss_heap_create()))
        ++count;
    assert_true(count > 0 && count < MANY);
    for (left = count; left && swiss_heap_alloc(heaps[left - 1], 100); --left) {
    }
    swiss_os_refuse = NULL;
    assert_true(left > 0); /* there was no room for its central */
    assert_non_null(swiss_heap_alloc(heaps[left - 1], 100));
    while (count)
        swiss_heap_destroy(heaps[--count]);
    assert_null(swiss_heap_main.heap.next);
}

int main(void) {
    swiss_heap_set_huge_pages(SWISS_HEAP_HUGE_OFF); /* resident bytes are to be those that were touched */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_little_address_space),
        cmocka_unit_test(test_create_and_destroy),
        cmocka_unit_test(test_destroying_gives_everything_back),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_trim_keeps_what_is_alive),
        cmocka_unit_test(test_scavenging),
        cmocka_unit_test(test_hard_limit),
        cmocka_unit_test(test_soft_limit),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_text_and_json),
        cmocka_unit_test(test_fork_with_own_heap),
        cmocka_unit_test(test_heaps_add_up),
        cmocka_unit_test(test_limits_are_a_heaps_own),
        cmocka_unit_test(test_destroy_what_threads_left),
        cmocka_unit_test(test_fork_while_threads_work),
        cmocka_unit_test(test_heaps_come_and_go),
        cmocka_unit_test(test_records_are_used_again),
        cmocka_unit_test(test_no_record_to_be_had),
        cmocka_unit_test(test_very_many),
    };
    return RUN_TESTS(tests);
}
